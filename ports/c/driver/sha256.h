/* SHA-256 (FIPS 180-4) for the driver's own hashes: not the gate's, so that neither vouches for the other. */
#ifndef DOSEGATE_DRIVER_SHA256_H
#define DOSEGATE_DRIVER_SHA256_H

#include <stdint.h>

struct sha256 {
  uint32_t state[8];
  uint64_t bytes;
  uint8_t block[64];
};

void sha256_begin(struct sha256* hash);
void sha256_update(struct sha256* hash, const uint8_t* data, uint32_t bytes);
void sha256_end(struct sha256* hash, uint8_t digest[32]);

#endif
