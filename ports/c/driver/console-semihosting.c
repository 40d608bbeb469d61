/* A core in an emulator: files of the host by semihosting, and an exact count of instructions. */
#include "console.h"
#include "port.h"

#define SYS_OPEN 0x01
#define SYS_WRITE 0x05
#define SYS_READ 0x06
#define MODE_READ 0u
#define MODE_WRITE 4u

static uint32_t in, out;

static uint32_t opened(const char* path, uint32_t path_bytes, uint32_t mode) {
  const uint32_t request[3] = {(uint32_t)(uintptr_t)path, mode, path_bytes};
  return (uint32_t)port_semihost(SYS_OPEN, request);
}

static void start_clock(void);

/* Not ":tt": QEMU's console has no end of input, and waits in a way that moves the clock. */
void console_open(void) {
  in = opened("/dev/stdin", 10, MODE_READ);
  out = opened("/dev/stdout", 11, MODE_WRITE);
  if (in == 0xffffffffu || out == 0xffffffffu) {
    port_write("standard input and output must be pipes\n");
    port_exit(1);
  }
  start_clock();
}

/* SYS_READ and SYS_WRITE answer how many bytes they did not move. */
uint32_t console_read(char* to, uint32_t bytes_max) {
  const uint32_t request[3] = {in, (uint32_t)(uintptr_t)to, bytes_max};
  const uint32_t left = (uint32_t)port_semihost(SYS_READ, request);
  return left > bytes_max ? 0 : bytes_max - left;
}

void console_write(const char* text, uint32_t bytes) {
  while (bytes != 0) {
    const uint32_t request[3] = {out, (uint32_t)(uintptr_t)text, bytes};
    const uint32_t left = (uint32_t)port_semihost(SYS_WRITE, request);
    if (left >= bytes) port_exit(1);
    text += bytes - left;
    bytes = left;
  }
}

#ifdef PORT_RP2040

/* A breakpoint that the emulator's host answers in r0. */
__attribute__((naked, noinline)) uint32_t console_instructions(void) {
  __asm__ volatile("bkpt 0xac\n\tbx lr");
}
static void start_clock(void) {}

#else

/*
 * CMSDK APB timer 0: counts down at 25 MHz. Under QEMU's `-icount shift=6` an instruction takes 64 ns, that is 1.6 ticks: eight
 * ticks are five instructions, and the tick within eight tells which. The timer goes round after 2^32 * 5/8 instructions, which are
 * added then; no branch, so that each reading costs the same.
 */
#define TIMER ((volatile uint32_t*)0x40000000)
#define INSTRUCTION_OF_TICK 0x43321100u
#define ROUND_INSTRUCTIONS 2684354560u
__attribute__((noinline)) uint32_t console_instructions(void) {
  static uint32_t last, rounds;
  const uint32_t ticks = ~TIMER[1];
  rounds += ROUND_INSTRUCTIONS & -(uint32_t)(ticks < last);
  last = ticks;
  return rounds + (ticks >> 3) * 5 + (INSTRUCTION_OF_TICK >> ((ticks & 7) * 4) & 7);
}
static void start_clock(void) {
  TIMER[2] = 0xffffffff;
  TIMER[1] = 0xffffffff;
  TIMER[0] = 1;
}

#endif
