/*
 * The benchmark's image: replays a script and prints a line for each call, all in hexadecimal,
 *
 *   C export status instructions import-instructions imports stack-bytes
 *
 * then `G globals-bytes`, or `X what call recorded found`. Instructions exclude what reading the clock costs.
 */
#include "dosegate.h"
#include "port.h"
#include "replay.h"

/* Where the emulator has put the script; the linker is told. */
extern const uint32_t replay_script[];
static const uint32_t* next = replay_script;

const uint32_t* replay_take(uint32_t words) {
  const uint32_t* at = next;
  next += words;
  return at;
}

#ifdef PORT_RP2040

/* A breakpoint that the emulator's host answers in r0: instructions or cycles until now. */
__attribute__((naked, noinline)) uint32_t replay_now(void) {
  __asm__ volatile("bkpt 0xac\n\tbx lr");
}
static void start_clock(void) {}

#else

/*
 * CMSDK APB timer 0: counts down at 25 MHz. Under QEMU's `-icount shift=6` an instruction takes 64 ns, that is 1.6 ticks, so
 * that every instruction has a tick of its own: eight ticks are five instructions, and the tick within eight tells which.
 * No branch: each reading costs the same.
 */
#define TIMER ((volatile uint32_t*)0x40000000)
__attribute__((noinline)) uint32_t replay_now(void) {
  const uint32_t ticks = ~TIMER[1];
  return (ticks >> 3) * 5 + (INSTRUCTION_OF_TICK >> ((ticks & 7) * 4) & 7);
}
static void start_clock(void) {
  TIMER[2] = 0xffffffff;
  TIMER[1] = 0xffffffff;
  TIMER[0] = 1;
}

#endif

/* The host functions' own stack: what a call takes of the other one is the gate's. */
uint64_t image_host_stack[64];

/* Goes over to it, answers, and comes back. */
__attribute__((naked)) uint32_t image_import(uint32_t import, const uint32_t* args, uint32_t count) {
  (void)import, (void)args, (void)count;
  __asm__ volatile(
      "push {r4, lr}\n\t"
      "mov r4, sp\n\t"
      "ldr r3, =image_host_stack + 512\n\t"
      "mov sp, r3\n\t"
      "bl replay_import\n\t"
      "mov sp, r4\n\t"
      "pop {r4, pc}\n\t"
      ".ltorg");
}

/* What lies between two readings of the clock with nothing between them. */
static uint32_t reading;

static void put(uint32_t value) {
  char text[10];
  for (int i = 0; i < 8; i++) text[i] = "0123456789abcdef"[value >> (28 - 4 * i) & 15];
  text[8] = ' ';
  text[9] = 0;
  port_write(text);
}

void replay_counted(const struct replay_count* count) {
  port_write("C ");
  put(count->export);
  put(count->status);
  put(count->total - reading - count->inside_imports - count->imports * reading);
  put(count->inside_imports - count->imports * reading);
  put(count->imports);
  put(count->stack_bytes);
  port_write("\n");
}

void port_trapped(int code) {
  port_write("TRAP ");
  put((uint32_t)code);
  port_write("\n");
  port_exit(100 + code);
}

#define BETWEEN(nops)                                   \
  do {                                                  \
    const uint32_t before = replay_now();               \
    __asm__ volatile(nops);                             \
    const uint32_t after = replay_now();                \
    counted = after - before;                           \
  } while (0)

/* The clock must count single instructions: 0 to 5 of them, each at another place within eight ticks. */
static bool calibrated(void) {
  uint32_t counted;
  BETWEEN("");
  reading = counted;
  BETWEEN("nop");
  if (counted != reading + 1) return false;
  BETWEEN("nop\n\tnop");
  if (counted != reading + 2) return false;
  BETWEEN("nop\n\tnop\n\tnop");
  if (counted != reading + 3) return false;
  BETWEEN("nop\n\tnop\n\tnop\n\tnop");
  if (counted != reading + 4) return false;
  BETWEEN("nop\n\tnop\n\tnop\n\tnop\n\tnop");
  if (counted != reading + 5) return false;
  BETWEEN("");
  return counted == reading;
}

int main(void) {
  start_clock();
  if (!calibrated()) {
    port_write("X clock 00000000 ");
    put(reading);
    put(0);
    port_write("\n");
    return 2;
  }
  Z_dosegate_init_module();
  struct replay_difference first;
  const bool good = replay_run(&first);
  if (!good) {
    port_write("X ");
    port_write(first.what == 0 ? "script" : first.what);
    port_write(": ");
    put(first.call);
    put(first.recorded);
    put(first.found);
    port_write("\n");
    return 1;
  }
  port_write("G ");
  put(sizeof(Z_dosegate_instance_t));
  port_write("\n");
  return 0;
}
