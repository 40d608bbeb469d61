/* Reset and faults of a Cortex-M without operating system; semihosting. No C library initialisation is needed. */
#include "port.h"

extern uint32_t __stack_top, __data_load, __data_start, __data_end, __bss_start, __bss_end;

#define SYS_WRITE0 0x04
#define SYS_EXIT_EXTENDED 0x20
#define ADP_STOPPED_APPLICATION_EXIT 0x20026

int port_semihost(int operation, const void* argument) {
  register int r0 __asm__("r0") = operation;
  register const void* r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

void port_write(const char* text) {
  port_semihost(SYS_WRITE0, text);
}

void port_exit(int code) {
  const uint32_t reason[2] = {ADP_STOPPED_APPLICATION_EXIT, (uint32_t)code};
  port_semihost(SYS_EXIT_EXTENDED, reason);
  for (;;) {
  }
}

static void fault(void) {
  port_trapped(PORT_FAULT);
}

/* The entry point that sections.ld names. */
void reset(void) {
  const uint32_t* from = &__data_load;
  for (uint32_t* to = &__data_start; to < &__data_end;) *to++ = *from++;
  for (uint32_t* to = &__bss_start; to < &__bss_end;) *to++ = 0;
  port_exit(main());
}

__attribute__((section(".vectors"), used)) static const void* const vectors[16] = {
    &__stack_top, reset, fault, fault, fault, fault, fault,
};
