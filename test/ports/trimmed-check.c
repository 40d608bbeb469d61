/* Loads a word at each address on standard input, through the check that the trimmed image has: "ADDRESS word" or "ADDRESS trap". */
#include "dosegate_module.c"

#include <setjmp.h>
#include <stdio.h>

/* The module is linked whole and never called. */
#define NOT_CALLED(name, ...) \
  u32 Z_hostZ_##name(struct Z_host_instance_t* host, ##__VA_ARGS__) { return 1; }
NOT_CALLED(flashGeometry, u32 a)
NOT_CALLED(flashRead, u32 a, u32 b, u32 c)
NOT_CALLED(flashProgram, u32 a, u32 b, u32 c)
NOT_CALLED(flashErase, u32 a)
NOT_CALLED(uptimeMs, u32 a)
NOT_CALLED(wallTimeS, u32 a)
NOT_CALLED(entropy, u32 a, u32 b)
NOT_CALLED(counterRead, u32 a)
NOT_CALLED(counterAdvance)

static jmp_buf trapped;

void port_trapped(int code) {
  longjmp(trapped, code);
}

int main(void) {
  static wasm_rt_memory_t memory;
  static unsigned long long at;
  wasm_rt_allocate_memory(&memory, 1, 1);
  while (scanf("%llu", &at) == 1) {
    if (setjmp(trapped) == 0) {
      i32_load(&memory, at);
      printf("%llu word\n", at);
    } else {
      printf("%llu trap\n", at);
    }
  }
  return 0;
}
