#include "sha256.h"

#include <string.h>

static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotated(uint32_t x, unsigned bits) {
  return x >> bits | x << (32 - bits);
}

#define ROUND(a, b, c, d, e, f, g, h, i)                                                                         \
  do {                                                                                                           \
    const uint32_t one = s[h] + (rotated(s[e], 6) ^ rotated(s[e], 11) ^ rotated(s[e], 25)) +                     \
                         ((s[e] & s[f]) ^ (~s[e] & s[g])) + K[i] + w[i];                                         \
    s[d] += one;                                                                                                 \
    s[h] = one + (rotated(s[a], 2) ^ rotated(s[a], 13) ^ rotated(s[a], 22)) +                                    \
           ((s[a] & s[b]) ^ (s[a] & s[c]) ^ (s[b] & s[c]));                                                      \
  } while (0)

static void compress(uint32_t state[8], const uint8_t block[64]) {
  uint32_t w[64], s[8];
  for (unsigned i = 0; i < 16; i++) {
    w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
  }
  for (unsigned i = 16; i < 64; i++) {
    const uint32_t a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + (rotated(a, 7) ^ rotated(a, 18) ^ a >> 3) + (rotated(b, 17) ^ rotated(b, 19) ^ b >> 10);
  }
  memcpy(s, state, sizeof s);
  /* Names turn instead of values: that of round i's `a` is s[-i mod 8]. */
  for (unsigned i = 0; i < 64; i += 8) {
    ROUND(0, 1, 2, 3, 4, 5, 6, 7, i);
    ROUND(7, 0, 1, 2, 3, 4, 5, 6, i + 1);
    ROUND(6, 7, 0, 1, 2, 3, 4, 5, i + 2);
    ROUND(5, 6, 7, 0, 1, 2, 3, 4, i + 3);
    ROUND(4, 5, 6, 7, 0, 1, 2, 3, i + 4);
    ROUND(3, 4, 5, 6, 7, 0, 1, 2, i + 5);
    ROUND(2, 3, 4, 5, 6, 7, 0, 1, i + 6);
    ROUND(1, 2, 3, 4, 5, 6, 7, 0, i + 7);
  }
  for (unsigned i = 0; i < 8; i++) state[i] += s[i];
}

void sha256_begin(struct sha256* hash) {
  static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  memcpy(hash->state, initial, sizeof initial);
  hash->bytes = 0;
}

void sha256_update(struct sha256* hash, const uint8_t* data, uint32_t bytes) {
  while (bytes != 0) {
    const uint32_t held = (uint32_t)(hash->bytes & 63), count = bytes < 64 - held ? bytes : 64 - held;
    memcpy(hash->block + held, data, count);
    hash->bytes += count;
    data += count;
    bytes -= count;
    if (held + count == 64) compress(hash->state, hash->block);
  }
}

void sha256_end(struct sha256* hash, uint8_t digest[32]) {
  const uint64_t bits = hash->bytes * 8;
  uint8_t end[72] = {0x80};
  const uint32_t padding = 1 + ((119 - (uint32_t)(hash->bytes & 63)) & 63);
  for (unsigned i = 0; i < 8; i++) end[padding + i] = (uint8_t)(bits >> (56 - 8 * i));
  sha256_update(hash, end, padding + 8);
  for (unsigned i = 0; i < 32; i++) digest[i] = (uint8_t)(hash->state[i >> 2] >> (24 - 8 * (i & 3)));
}
