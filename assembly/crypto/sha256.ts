/**
 * SHA-256 (FIPS 180-4 6.2), streaming. Each caller owns its context, a region of layout.ts of `offsetof<Sha256>()` bytes, so
 * that a log digest, a Merkle path and a library digest can be under way at once.
 */
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
    store<u8>(block + filled, load<u8>(data));
    data++;
    length--;
    if (++filled == SHA256_BLOCK_BYTES) {
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
    memory.fill(block + filled, 0, 64 - filled);
    compress(context, block);
    filled = 0;
  }
  memory.fill(block + filled, 0, 56 - filled);
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
 * One compression (FIPS 180-4 6.2.2). The sixteen words of the schedule live in locals; each turn of the loop
 * does eight rounds and computes the eight words that follow (sixteen a turn: +6 % speed, +960 bytes). The
 * majority of a, b, c is b ^ ((a ^ b) & (b ^ c)), and b ^ c is the a ^ b of the round before, which `x` and `y`
 * hand over in turn.
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

  let k = ROUND_CONSTANTS + 4;
  for (let chunk: u32 = 0; chunk < 8; chunk++) {
    h += (rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25)) + (g ^ (e & (f ^ g))) + load<u32>(k, 0) + w0;
    d += h;
    y = a ^ b;
    h += (rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22)) + (b ^ (x & y));
    g += (rotr<u32>(d, 6) ^ rotr<u32>(d, 11) ^ rotr<u32>(d, 25)) + (f ^ (d & (e ^ f))) + load<u32>(k, 8) + w1;
    c += g;
    x = h ^ a;
    g += (rotr<u32>(h, 2) ^ rotr<u32>(h, 13) ^ rotr<u32>(h, 22)) + (a ^ (x & y));
    f +=
      (rotr<u32>(c, 6) ^ rotr<u32>(c, 11) ^ rotr<u32>(c, 25)) + (e ^ (c & (d ^ e))) + load<u32>(k, 16) + w2;
    b += f;
    y = g ^ h;
    f += (rotr<u32>(g, 2) ^ rotr<u32>(g, 13) ^ rotr<u32>(g, 22)) + (h ^ (x & y));
    e +=
      (rotr<u32>(b, 6) ^ rotr<u32>(b, 11) ^ rotr<u32>(b, 25)) + (d ^ (b & (c ^ d))) + load<u32>(k, 24) + w3;
    a += e;
    x = f ^ g;
    e += (rotr<u32>(f, 2) ^ rotr<u32>(f, 13) ^ rotr<u32>(f, 22)) + (g ^ (x & y));
    d +=
      (rotr<u32>(a, 6) ^ rotr<u32>(a, 11) ^ rotr<u32>(a, 25)) + (c ^ (a & (b ^ c))) + load<u32>(k, 32) + w4;
    h += d;
    y = e ^ f;
    d += (rotr<u32>(e, 2) ^ rotr<u32>(e, 13) ^ rotr<u32>(e, 22)) + (f ^ (x & y));
    c +=
      (rotr<u32>(h, 6) ^ rotr<u32>(h, 11) ^ rotr<u32>(h, 25)) + (b ^ (h & (a ^ b))) + load<u32>(k, 40) + w5;
    g += c;
    x = d ^ e;
    c += (rotr<u32>(d, 2) ^ rotr<u32>(d, 13) ^ rotr<u32>(d, 22)) + (e ^ (x & y));
    b +=
      (rotr<u32>(g, 6) ^ rotr<u32>(g, 11) ^ rotr<u32>(g, 25)) + (a ^ (g & (h ^ a))) + load<u32>(k, 48) + w6;
    f += b;
    y = c ^ d;
    b += (rotr<u32>(c, 2) ^ rotr<u32>(c, 13) ^ rotr<u32>(c, 22)) + (d ^ (x & y));
    a +=
      (rotr<u32>(f, 6) ^ rotr<u32>(f, 11) ^ rotr<u32>(f, 25)) + (h ^ (f & (g ^ h))) + load<u32>(k, 56) + w7;
    e += a;
    x = b ^ c;
    a += (rotr<u32>(b, 2) ^ rotr<u32>(b, 13) ^ rotr<u32>(b, 22)) + (c ^ (x & y));
    k += 64;
    const t0 =
      w0 +
      (rotr<u32>(w1, 7) ^ rotr<u32>(w1, 18) ^ (w1 >> 3)) +
      w9 +
      (rotr<u32>(w14, 17) ^ rotr<u32>(w14, 19) ^ (w14 >> 10));
    const t1 =
      w1 +
      (rotr<u32>(w2, 7) ^ rotr<u32>(w2, 18) ^ (w2 >> 3)) +
      w10 +
      (rotr<u32>(w15, 17) ^ rotr<u32>(w15, 19) ^ (w15 >> 10));
    const t2 =
      w2 +
      (rotr<u32>(w3, 7) ^ rotr<u32>(w3, 18) ^ (w3 >> 3)) +
      w11 +
      (rotr<u32>(t0, 17) ^ rotr<u32>(t0, 19) ^ (t0 >> 10));
    const t3 =
      w3 +
      (rotr<u32>(w4, 7) ^ rotr<u32>(w4, 18) ^ (w4 >> 3)) +
      w12 +
      (rotr<u32>(t1, 17) ^ rotr<u32>(t1, 19) ^ (t1 >> 10));
    const t4 =
      w4 +
      (rotr<u32>(w5, 7) ^ rotr<u32>(w5, 18) ^ (w5 >> 3)) +
      w13 +
      (rotr<u32>(t2, 17) ^ rotr<u32>(t2, 19) ^ (t2 >> 10));
    const t5 =
      w5 +
      (rotr<u32>(w6, 7) ^ rotr<u32>(w6, 18) ^ (w6 >> 3)) +
      w14 +
      (rotr<u32>(t3, 17) ^ rotr<u32>(t3, 19) ^ (t3 >> 10));
    const t6 =
      w6 +
      (rotr<u32>(w7, 7) ^ rotr<u32>(w7, 18) ^ (w7 >> 3)) +
      w15 +
      (rotr<u32>(t4, 17) ^ rotr<u32>(t4, 19) ^ (t4 >> 10));
    const t7 =
      w7 +
      (rotr<u32>(w8, 7) ^ rotr<u32>(w8, 18) ^ (w8 >> 3)) +
      t0 +
      (rotr<u32>(t5, 17) ^ rotr<u32>(t5, 19) ^ (t5 >> 10));
    w0 = w8;
    w1 = w9;
    w2 = w10;
    w3 = w11;
    w4 = w12;
    w5 = w13;
    w6 = w14;
    w7 = w15;
    w8 = t0;
    w9 = t1;
    w10 = t2;
    w11 = t3;
    w12 = t4;
    w13 = t5;
    w14 = t6;
    w15 = t7;
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
