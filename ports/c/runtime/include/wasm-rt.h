/*
 * Runtime interface of wasm2c 1.0.32 for a target without operating system: wabt's own header, found next on the include path,
 * with one thing changed. The generated code copies every load and store through `wasm_rt_memcpy`, because WebAssembly allows
 * unaligned accesses. ARMv6-M does not: the compiler then takes four byte loads for a word. Nearly every access of the gate
 * is aligned, so that asking first is twice as fast.
 */
#ifndef DOSEGATE_WASM_RT_H
#define DOSEGATE_WASM_RT_H

#include_next <wasm-rt.h>

/* Generated helpers are inlined only if they are told to be: at -Os gcc calls them, at twice the price. */
#define inline inline __attribute__((always_inline))

#if !defined(__ARM_FEATURE_UNALIGNED)

typedef uint16_t __attribute__((may_alias)) dosegate_u16;
typedef uint32_t __attribute__((may_alias)) dosegate_u32;

/* Out of line: the way less travelled must not cost flash at each of some thousand accesses. */
void dosegate_copy_unaligned(void* to, const void* from, size_t size);

static inline void dosegate_copy(void* to, const void* from, size_t size) {
  const uintptr_t both = (uintptr_t)to | (uintptr_t)from;
  if (size == 1) {
    *(uint8_t*)to = *(const uint8_t*)from;
  } else if (size == 2) {
    if (LIKELY((both & 1) == 0)) {
      *(dosegate_u16*)to = *(const dosegate_u16*)from;
    } else {
      dosegate_copy_unaligned(to, from, 2);
    }
  } else if (LIKELY((both & 3) == 0)) {
    ((dosegate_u32*)to)[0] = ((const dosegate_u32*)from)[0];
    if (size == 8) ((dosegate_u32*)to)[1] = ((const dosegate_u32*)from)[1];
  } else {
    dosegate_copy_unaligned(to, from, size);
  }
}

#undef wasm_rt_memcpy
#define wasm_rt_memcpy dosegate_copy

#endif
#endif
