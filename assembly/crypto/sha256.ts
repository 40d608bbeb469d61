/**
 * SHA-256 (FIPS 180-4 6.2), streaming. Each caller owns its context, a region of layout.ts of `offsetof<Sha256>()` bytes, so
 * that a log digest, a Merkle path and a library digest can be under way at once.
 */
import { clearBytes, copyBytes } from "../bytes";
import { SHA256_SCRATCH } from "../layout";
import { INITIAL_STATE, ROUND_CONSTANTS } from "./sha2";

/** A digest under way: `offsetof<Sha256>()` is 104 bytes. */
@unmanaged
export class Sha256 {
  /** The chaining value, eight words. */
  h0: u32;
  h1: u32;
  h2: u32;
  h3: u32;
  h4: u32;
  h5: u32;
  h6: u32;
  h7: u32;
  /** Bytes taken in so far; the block holds the last `lengthBytes % 64` of them. */
  lengthBytes: u64;
  /** The block being filled, 64 bytes. */
  block0: u64;
  block1: u64;
  block2: u64;
  block3: u64;
  block4: u64;
  block5: u64;
  block6: u64;
  block7: u64;
}

/** Bytes of a digest. */
export const SHA256_DIGEST_BYTES: u32 = 32;

/** Bytes of a block (FIPS 180-4 1, figure 1). */
export const SHA256_BLOCK_BYTES: u32 = 64;

/** Starts a digest in the context at `context`. */
export function sha256Begin(context: usize): void {
  for (let i: usize = 0; i < 8; i++) {
    store<u32>(context + (i << 2), load<u32>(INITIAL_STATE + (i << 3), 4));
  }
  changetype<Sha256>(context).lengthBytes = 0;
}

/** Takes in `length` bytes at `data`; any length, also 0. */
export function sha256Update(context: usize, data: usize, length: u32): void {
  const c = changetype<Sha256>(context);
  const block = context + offsetof<Sha256>("block0");
  let filled = (<u32>c.lengthBytes) & 63;
  c.lengthBytes += <u64>length;
  while (length != 0) {
    if (filled == 0 && length >= SHA256_BLOCK_BYTES) {
      compress(context, data); // whole blocks are read in place
      data += 64;
      length -= 64;
      continue;
    }
    const piece = min(SHA256_BLOCK_BYTES - filled, length);
    copyBytes(block + filled, data, piece);
    data += piece;
    length -= piece;
    filled += piece;
    if (filled == SHA256_BLOCK_BYTES) {
      compress(context, block);
      filled = 0;
    }
  }
}

/** Ends the digest and writes its 32 bytes to `digest`. The context must be begun again before reuse. */
export function sha256Finish(context: usize, digest: usize): void {
  const block = context + offsetof<Sha256>("block0");
  const lengthBits = changetype<Sha256>(context).lengthBytes << 3;
  let filled = (<u32>(lengthBits >> 3)) & 63;
  // FIPS 180-4 5.1.1: a 1 bit, zeros, and the length in the last eight bytes of a block.
  store<u8>(block + filled, 0x80);
  filled++;
  if (filled > 56) {
    clearBytes(block + filled, 64 - filled);
    compress(context, block);
    filled = 0;
  }
  clearBytes(block + filled, 56 - filled);
  store<u64>(block, bswap(lengthBits), 56);
  compress(context, block);
  for (let i: usize = 0; i < 32; i += 4) store<u32>(digest + i, bswap(load<u32>(context + i)));
}

/** Writes the digest of the `length` bytes at `data` to `digest`; the two may overlap. */
export function sha256(data: usize, length: u32, digest: usize): void {
  sha256Begin(SHA256_SCRATCH);
  sha256Update(SHA256_SCRATCH, data, length);
  sha256Finish(SHA256_SCRATCH, digest);
}

/**
 * One compression (FIPS 180-4 6.2.2): four times sixteen rounds, the schedule's window of sixteen words in locals, since each access to
 * memory costs a bounds check. A word of it is w[i] += s0(w[i+1]) + w[i+9] + s1(w[i+14]), indices modulo 16. In a round
 * t1 = h + S1(e) + Ch(e, f, g) + K + w is added to d and, with S0(a) + Maj(a, b, c), becomes h; then the letters move on by one. The
 * majority is b ^ ((a ^ b) & (b ^ c)), and b ^ c is the a ^ b of the round before.
 */
function compress(state: usize, block: usize): void {
  let w0 = bswap(load<u32>(block, 0));
  let w1 = bswap(load<u32>(block, 4));
  let w2 = bswap(load<u32>(block, 8));
  let w3 = bswap(load<u32>(block, 12));
  let w4 = bswap(load<u32>(block, 16));
  let w5 = bswap(load<u32>(block, 20));
  let w6 = bswap(load<u32>(block, 24));
  let w7 = bswap(load<u32>(block, 28));
  let w8 = bswap(load<u32>(block, 32));
  let w9 = bswap(load<u32>(block, 36));
  let w10 = bswap(load<u32>(block, 40));
  let w11 = bswap(load<u32>(block, 44));
  let w12 = bswap(load<u32>(block, 48));
  let w13 = bswap(load<u32>(block, 52));
  let w14 = bswap(load<u32>(block, 56));
  let w15 = bswap(load<u32>(block, 60));

  const s = changetype<Sha256>(state);
  let a = s.h0;
  let b = s.h1;
  let c = s.h2;
  let d = s.h3;
  let e = s.h4;
  let f = s.h5;
  let g = s.h6;
  let h = s.h7;
  let x = b ^ c;
  let y: u32;

  // The upper halves of SHA-512's constants (sha2.ts), 16 of 8 bytes a turn.
  for (let k: usize = ROUND_CONSTANTS; ;) {
    h += (rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25)) + (g ^ (e & (f ^ g))) + load<u32>(k, 4) + w0;
    d += h;
    y = a ^ b;
    h += (rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22)) + (b ^ (y & x));
    g +=
      (rotr<u32>(d, 6) ^ rotr<u32>(d, 11) ^ rotr<u32>(d, 25)) + (f ^ (d & (e ^ f))) + load<u32>(k, 12) + w1;
    c += g;
    x = h ^ a;
    g += (rotr<u32>(h, 2) ^ rotr<u32>(h, 13) ^ rotr<u32>(h, 22)) + (a ^ (x & y));
    f +=
      (rotr<u32>(c, 6) ^ rotr<u32>(c, 11) ^ rotr<u32>(c, 25)) + (e ^ (c & (d ^ e))) + load<u32>(k, 20) + w2;
    b += f;
    y = g ^ h;
    f += (rotr<u32>(g, 2) ^ rotr<u32>(g, 13) ^ rotr<u32>(g, 22)) + (h ^ (y & x));
    e +=
      (rotr<u32>(b, 6) ^ rotr<u32>(b, 11) ^ rotr<u32>(b, 25)) + (d ^ (b & (c ^ d))) + load<u32>(k, 28) + w3;
    a += e;
    x = f ^ g;
    e += (rotr<u32>(f, 2) ^ rotr<u32>(f, 13) ^ rotr<u32>(f, 22)) + (g ^ (x & y));
    d +=
      (rotr<u32>(a, 6) ^ rotr<u32>(a, 11) ^ rotr<u32>(a, 25)) + (c ^ (a & (b ^ c))) + load<u32>(k, 36) + w4;
    h += d;
    y = e ^ f;
    d += (rotr<u32>(e, 2) ^ rotr<u32>(e, 13) ^ rotr<u32>(e, 22)) + (f ^ (y & x));
    c +=
      (rotr<u32>(h, 6) ^ rotr<u32>(h, 11) ^ rotr<u32>(h, 25)) + (b ^ (h & (a ^ b))) + load<u32>(k, 44) + w5;
    g += c;
    x = d ^ e;
    c += (rotr<u32>(d, 2) ^ rotr<u32>(d, 13) ^ rotr<u32>(d, 22)) + (e ^ (x & y));
    b +=
      (rotr<u32>(g, 6) ^ rotr<u32>(g, 11) ^ rotr<u32>(g, 25)) + (a ^ (g & (h ^ a))) + load<u32>(k, 52) + w6;
    f += b;
    y = c ^ d;
    b += (rotr<u32>(c, 2) ^ rotr<u32>(c, 13) ^ rotr<u32>(c, 22)) + (d ^ (y & x));
    a +=
      (rotr<u32>(f, 6) ^ rotr<u32>(f, 11) ^ rotr<u32>(f, 25)) + (h ^ (f & (g ^ h))) + load<u32>(k, 60) + w7;
    e += a;
    x = b ^ c;
    a += (rotr<u32>(b, 2) ^ rotr<u32>(b, 13) ^ rotr<u32>(b, 22)) + (c ^ (x & y));
    h +=
      (rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25)) + (g ^ (e & (f ^ g))) + load<u32>(k, 68) + w8;
    d += h;
    y = a ^ b;
    h += (rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22)) + (b ^ (y & x));
    g +=
      (rotr<u32>(d, 6) ^ rotr<u32>(d, 11) ^ rotr<u32>(d, 25)) + (f ^ (d & (e ^ f))) + load<u32>(k, 76) + w9;
    c += g;
    x = h ^ a;
    g += (rotr<u32>(h, 2) ^ rotr<u32>(h, 13) ^ rotr<u32>(h, 22)) + (a ^ (x & y));
    f +=
      (rotr<u32>(c, 6) ^ rotr<u32>(c, 11) ^ rotr<u32>(c, 25)) + (e ^ (c & (d ^ e))) + load<u32>(k, 84) + w10;
    b += f;
    y = g ^ h;
    f += (rotr<u32>(g, 2) ^ rotr<u32>(g, 13) ^ rotr<u32>(g, 22)) + (h ^ (y & x));
    e +=
      (rotr<u32>(b, 6) ^ rotr<u32>(b, 11) ^ rotr<u32>(b, 25)) + (d ^ (b & (c ^ d))) + load<u32>(k, 92) + w11;
    a += e;
    x = f ^ g;
    e += (rotr<u32>(f, 2) ^ rotr<u32>(f, 13) ^ rotr<u32>(f, 22)) + (g ^ (x & y));
    d +=
      (rotr<u32>(a, 6) ^ rotr<u32>(a, 11) ^ rotr<u32>(a, 25)) + (c ^ (a & (b ^ c))) + load<u32>(k, 100) + w12;
    h += d;
    y = e ^ f;
    d += (rotr<u32>(e, 2) ^ rotr<u32>(e, 13) ^ rotr<u32>(e, 22)) + (f ^ (y & x));
    c +=
      (rotr<u32>(h, 6) ^ rotr<u32>(h, 11) ^ rotr<u32>(h, 25)) + (b ^ (h & (a ^ b))) + load<u32>(k, 108) + w13;
    g += c;
    x = d ^ e;
    c += (rotr<u32>(d, 2) ^ rotr<u32>(d, 13) ^ rotr<u32>(d, 22)) + (e ^ (x & y));
    b +=
      (rotr<u32>(g, 6) ^ rotr<u32>(g, 11) ^ rotr<u32>(g, 25)) + (a ^ (g & (h ^ a))) + load<u32>(k, 116) + w14;
    f += b;
    y = c ^ d;
    b += (rotr<u32>(c, 2) ^ rotr<u32>(c, 13) ^ rotr<u32>(c, 22)) + (d ^ (y & x));
    a +=
      (rotr<u32>(f, 6) ^ rotr<u32>(f, 11) ^ rotr<u32>(f, 25)) + (h ^ (f & (g ^ h))) + load<u32>(k, 124) + w15;
    e += a;
    x = b ^ c;
    a += (rotr<u32>(b, 2) ^ rotr<u32>(b, 13) ^ rotr<u32>(b, 22)) + (c ^ (x & y));
    k += 128;
    if (k == ROUND_CONSTANTS + 512) break;
    w0 +=
      (rotr<u32>(w1, 7) ^ rotr<u32>(w1, 18) ^ (w1 >> 3)) +
      w9 +
      (rotr<u32>(w14, 17) ^ rotr<u32>(w14, 19) ^ (w14 >> 10));
    w1 +=
      (rotr<u32>(w2, 7) ^ rotr<u32>(w2, 18) ^ (w2 >> 3)) +
      w10 +
      (rotr<u32>(w15, 17) ^ rotr<u32>(w15, 19) ^ (w15 >> 10));
    w2 +=
      (rotr<u32>(w3, 7) ^ rotr<u32>(w3, 18) ^ (w3 >> 3)) +
      w11 +
      (rotr<u32>(w0, 17) ^ rotr<u32>(w0, 19) ^ (w0 >> 10));
    w3 +=
      (rotr<u32>(w4, 7) ^ rotr<u32>(w4, 18) ^ (w4 >> 3)) +
      w12 +
      (rotr<u32>(w1, 17) ^ rotr<u32>(w1, 19) ^ (w1 >> 10));
    w4 +=
      (rotr<u32>(w5, 7) ^ rotr<u32>(w5, 18) ^ (w5 >> 3)) +
      w13 +
      (rotr<u32>(w2, 17) ^ rotr<u32>(w2, 19) ^ (w2 >> 10));
    w5 +=
      (rotr<u32>(w6, 7) ^ rotr<u32>(w6, 18) ^ (w6 >> 3)) +
      w14 +
      (rotr<u32>(w3, 17) ^ rotr<u32>(w3, 19) ^ (w3 >> 10));
    w6 +=
      (rotr<u32>(w7, 7) ^ rotr<u32>(w7, 18) ^ (w7 >> 3)) +
      w15 +
      (rotr<u32>(w4, 17) ^ rotr<u32>(w4, 19) ^ (w4 >> 10));
    w7 +=
      (rotr<u32>(w8, 7) ^ rotr<u32>(w8, 18) ^ (w8 >> 3)) +
      w0 +
      (rotr<u32>(w5, 17) ^ rotr<u32>(w5, 19) ^ (w5 >> 10));
    w8 +=
      (rotr<u32>(w9, 7) ^ rotr<u32>(w9, 18) ^ (w9 >> 3)) +
      w1 +
      (rotr<u32>(w6, 17) ^ rotr<u32>(w6, 19) ^ (w6 >> 10));
    w9 +=
      (rotr<u32>(w10, 7) ^ rotr<u32>(w10, 18) ^ (w10 >> 3)) +
      w2 +
      (rotr<u32>(w7, 17) ^ rotr<u32>(w7, 19) ^ (w7 >> 10));
    w10 +=
      (rotr<u32>(w11, 7) ^ rotr<u32>(w11, 18) ^ (w11 >> 3)) +
      w3 +
      (rotr<u32>(w8, 17) ^ rotr<u32>(w8, 19) ^ (w8 >> 10));
    w11 +=
      (rotr<u32>(w12, 7) ^ rotr<u32>(w12, 18) ^ (w12 >> 3)) +
      w4 +
      (rotr<u32>(w9, 17) ^ rotr<u32>(w9, 19) ^ (w9 >> 10));
    w12 +=
      (rotr<u32>(w13, 7) ^ rotr<u32>(w13, 18) ^ (w13 >> 3)) +
      w5 +
      (rotr<u32>(w10, 17) ^ rotr<u32>(w10, 19) ^ (w10 >> 10));
    w13 +=
      (rotr<u32>(w14, 7) ^ rotr<u32>(w14, 18) ^ (w14 >> 3)) +
      w6 +
      (rotr<u32>(w11, 17) ^ rotr<u32>(w11, 19) ^ (w11 >> 10));
    w14 +=
      (rotr<u32>(w15, 7) ^ rotr<u32>(w15, 18) ^ (w15 >> 3)) +
      w7 +
      (rotr<u32>(w12, 17) ^ rotr<u32>(w12, 19) ^ (w12 >> 10));
    w15 +=
      (rotr<u32>(w0, 7) ^ rotr<u32>(w0, 18) ^ (w0 >> 3)) +
      w8 +
      (rotr<u32>(w13, 17) ^ rotr<u32>(w13, 19) ^ (w13 >> 10));
  }

  s.h0 += a;
  s.h1 += b;
  s.h2 += c;
  s.h3 += d;
  s.h4 += e;
  s.h5 += f;
  s.h6 += g;
  s.h7 += h;
}
