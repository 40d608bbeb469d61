/* Depth of the stack, by what a call leaves of a painted one. */
#include "port.h"

#define PAINT 0x5ac35ac3u

static uintptr_t painted_from;

/* Naked: what it returns is the stack pointer of its caller. */
__attribute__((naked, noinline)) uintptr_t port_stack_pointer(void) {
  __asm__ volatile("mov r0, sp\n\tbx lr");
}

/* Down from its own frame: what a call leaves untouched below is paint, whatever this frame holds. */
__attribute__((noinline)) void port_paint_stack(uintptr_t stack_pointer) {
  painted_from = stack_pointer;
  const uintptr_t mine = port_stack_pointer();
  for (uintptr_t at = stack_pointer - PORT_STACK_BYTES; at < mine; at += 4) *(volatile uint32_t*)at = PAINT;
}

uint32_t port_stack_used(void) {
  uintptr_t at = painted_from - PORT_STACK_BYTES;
  while (at < painted_from && *(volatile uint32_t*)at == PAINT) at += 4;
  return painted_from - at;
}
