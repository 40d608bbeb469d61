/*
 * wasm2c's runtime without malloc, signals or mmap: one linear memory of one page, in a static array. A gate has one
 * instance; making another one starts over in the same memory, as a reset does.
 */
#include "wasm-rt.h"

#include "port.h"

#if WASM_RT_USE_STACK_DEPTH_COUNT
uint32_t wasm_rt_call_stack_depth;
#endif

static uint8_t linear_memory[DOSEGATE_MEMORY_BYTES] __attribute__((aligned(16)));

void wasm_rt_init(void) {}

bool wasm_rt_is_initialized(void) {
  return true;
}

void wasm_rt_allocate_memory(wasm_rt_memory_t* memory, uint32_t pages, uint32_t pages_max) {
  memset(linear_memory, 0, sizeof linear_memory);
  memory->data = (uint8_t*)((uintptr_t)linear_memory - DOSEGATE_MEMORY_BASE);
  memory->size = DOSEGATE_MEMORY_BASE + sizeof linear_memory;
  memory->pages = pages;
  memory->max_pages = pages_max;
#if WASM_RT_USE_STACK_DEPTH_COUNT
  wasm_rt_call_stack_depth = 0;
#endif
}

void wasm_rt_free_memory(wasm_rt_memory_t* memory) {
  (void)memory;
}

/* The module has no table, hence no call_indirect: types are registered and never compared. */
uint32_t wasm_rt_register_func_type(uint32_t parameters, uint32_t results, ...) {
  (void)parameters;
  (void)results;
  return 1;
}

void wasm_rt_trap(wasm_rt_trap_t code) {
  port_trapped(code);
}

#if !defined(__ARM_FEATURE_UNALIGNED)
void dosegate_copy_unaligned(void* to, const void* from, size_t size) {
  uint8_t* out = to;
  const uint8_t* in = from;
  for (size_t i = 0; i < size; i++) out[i] = in[i];
}
#endif
