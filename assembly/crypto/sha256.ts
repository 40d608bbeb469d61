/**
 * SHA-256 (FIPS 180-4 6.2), streaming. Each caller owns its context, a region of layout.ts of `offsetof<Sha256>()` bytes, so
 * that a log digest, a Merkle path and a library digest can be under way at once.
 */
import { SHA256_SCRATCH, SHA2_SCHEDULE } from "../layout";
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
 * One compression (FIPS 180-4 6.2.2), a round a turn over a schedule expanded in memory. The majority of a, b, c is
 * b ^ ((a ^ b) & (b ^ c)), and b ^ c is the a ^ b of the round before, which `x` and `y` hand over in turn.
 */
function compress(state: usize, block: usize): void {
  const w0 = SHA2_SCHEDULE;
  for (let i: usize = 0; i < 64; i += 4) store<u32>(w0 + i, bswap(load<u32>(block + i)));
  for (let at: usize = w0; at < w0 + 192; at += 4) {
    const p = load<u32>(at, 4);
    const q = load<u32>(at, 56);
    const s0 = rotr<u32>(p, 7) ^ rotr<u32>(p, 18) ^ (p >> 3);
    const s1 = rotr<u32>(q, 17) ^ rotr<u32>(q, 19) ^ (q >> 10);
    store<u32>(at, load<u32>(at) + s0 + load<u32>(at, 36) + s1, 64);
  }

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

  for (let t: usize = 0; t < 256; t += 4) {
    const s1 = rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25);
    // The upper half of SHA-512's constant (sha2.ts).
    const t1 = h + s1 + (g ^ (e & (f ^ g))) + load<u32>(ROUND_CONSTANTS + (t << 1), 4) + load<u32>(w0 + t);
    const s0 = rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22);
    const y = a ^ b;
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + s0 + (c ^ (x & y));
    x = y;
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
