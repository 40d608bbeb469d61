/*
 * What the host of rp2040js does for a driver (rp2040.mjs), because an emulated M0+ has little time and less memory: 264 KiB of RAM
 * hold the gate and two states, and a fixture that is not kept is verified again, signature by signature.
 *
 *   breakpoint 0xad   keeps a piece of a state   r0 = slot and place, r1 = address, r2 = bytes
 *   breakpoint 0xae   gives it back
 *   breakpoint 0xaf   SHA-256                    r0 = 0 begin, 1 update, 2 end, r1 = address, r2 = bytes
 */
#include "sha256.h"
#include "slots.h"

const uint32_t slot_count = 64, slot_bytes = 65536;

#define BREAKPOINT(name, number)                                                                       \
  __attribute__((naked, noinline)) static void name(uint32_t r0, uint32_t r1, uint32_t r2) {           \
    (void)r0, (void)r1, (void)r2;                                                                      \
    __asm__ volatile("bkpt " #number "\n\tbx lr" ::: "memory");                                        \
  }
BREAKPOINT(keep, 0xad)
BREAKPOINT(kept, 0xae)
BREAKPOINT(hashed, 0xaf)

void slot_write(uint32_t slot, uint32_t at, const uint8_t* from, uint32_t bytes) {
  keep(slot * slot_bytes + at, (uint32_t)(uintptr_t)from, bytes);
}

void slot_read(uint32_t slot, uint32_t at, uint8_t* to, uint32_t bytes) {
  kept(slot * slot_bytes + at, (uint32_t)(uintptr_t)to, bytes);
}

void sha256_begin(struct sha256* hash) {
  (void)hash;
  hashed(0, 0, 0);
}

void sha256_update(struct sha256* hash, const uint8_t* data, uint32_t bytes) {
  (void)hash;
  hashed(1, (uint32_t)(uintptr_t)data, bytes);
}

void sha256_end(struct sha256* hash, uint8_t digest[32]) {
  (void)hash;
  hashed(2, (uint32_t)(uintptr_t)digest, 32);
}
