/**
 * SHA-512 (FIPS 180-4 6.4), streaming, as Ed25519 needs it (RFC 8032 5.1). One context is enough: a single
 * signature is verified at a time.
 */
import { clearBytes, copyBytes } from "../bytes";
import { SHA512_SCHEDULE } from "../layout";
import { INITIAL_STATE, ROUND_CONSTANTS } from "./sha2";

/** A digest under way: `offsetof<Sha512>()` is 200 bytes. */
@unmanaged
export class Sha512 {
  /** The chaining value, eight words. */
  h0: u64;
  h1: u64;
  h2: u64;
  h3: u64;
  h4: u64;
  h5: u64;
  h6: u64;
  h7: u64;
  /** Bytes taken in so far; the block holds the last `lengthBytes % 128` of them. */
  lengthBytes: u64;
  /** The block being filled, 128 bytes. */
  block0: u64;
  block1: u64;
  block2: u64;
  block3: u64;
  block4: u64;
  block5: u64;
  block6: u64;
  block7: u64;
  block8: u64;
  block9: u64;
  block10: u64;
  block11: u64;
  block12: u64;
  block13: u64;
  block14: u64;
  block15: u64;
}

/** Bytes of a digest. */
export const SHA512_DIGEST_BYTES: u32 = 64;

/** Bytes of a block (FIPS 180-4 1, figure 1). */
export const SHA512_BLOCK_BYTES: u32 = 128;

/** Starts a digest in the context at `context`. */
export function sha512Begin(context: usize): void {
  copyBytes(context, INITIAL_STATE, 64);
  changetype<Sha512>(context).lengthBytes = 0;
}

/** Takes in `length` bytes at `data`; any length, also 0. */
export function sha512Update(context: usize, data: usize, length: u32): void {
  const c = changetype<Sha512>(context);
  const block = context + offsetof<Sha512>("block0");
  let filled = (<u32>c.lengthBytes) & 127;
  c.lengthBytes += <u64>length;
  while (length != 0) {
    if (filled == 0 && length >= SHA512_BLOCK_BYTES) {
      compress(context, data); // whole blocks are read in place
      data += 128;
      length -= 128;
      continue;
    }
    const piece = min(SHA512_BLOCK_BYTES - filled, length);
    copyBytes(block + filled, data, piece);
    data += piece;
    length -= piece;
    filled += piece;
    if (filled == SHA512_BLOCK_BYTES) {
      compress(context, block);
      filled = 0;
    }
  }
}

/** Ends the digest and writes its 64 bytes to `digest`. The context must be begun again before reuse. */
export function sha512Finish(context: usize, digest: usize): void {
  const block = context + offsetof<Sha512>("block0");
  const lengthBits = changetype<Sha512>(context).lengthBytes << 3;
  let filled = (<u32>(lengthBits >> 3)) & 127;
  // FIPS 180-4 5.1.2: a 1 bit, zeros, and the length in the last sixteen bytes of a block, of which the upper
  // eight stay zero here: 2^61 bytes are out of reach.
  store<u8>(block + filled, 0x80);
  filled++;
  if (filled > 112) {
    clearBytes(block + filled, 128 - filled);
    compress(context, block);
    filled = 0;
  }
  clearBytes(block + filled, 120 - filled);
  store<u64>(block, bswap(lengthBits), 120);
  compress(context, block);
  for (let i: usize = 0; i < 64; i += 8) store<u64>(digest + i, bswap(load<u64>(context + i)));
}

/**
 * One compression (FIPS 180-4 6.4.2), a round a turn over a schedule expanded in memory: the hash is 1 % of a
 * verification, so size comes before speed. `x` and `y` are those of SHA-256.
 */
function compress(state: usize, block: usize): void {
  const w0 = SHA512_SCHEDULE;
  for (let i: usize = 0; i < 128; i += 8) store<u64>(w0 + i, bswap(load<u64>(block + i)));
  for (let at: usize = w0; at < w0 + 512; at += 8) {
    const p = load<u64>(at, 8);
    const q = load<u64>(at, 112);
    const s0 = rotr<u64>(p, 1) ^ rotr<u64>(p, 8) ^ (p >> 7);
    const s1 = rotr<u64>(q, 19) ^ rotr<u64>(q, 61) ^ (q >> 6);
    store<u64>(at, load<u64>(at) + s0 + load<u64>(at, 72) + s1, 128);
  }

  const s = changetype<Sha512>(state);
  let a = s.h0;
  let b = s.h1;
  let c = s.h2;
  let d = s.h3;
  let e = s.h4;
  let f = s.h5;
  let g = s.h6;
  let h = s.h7;
  let x = b ^ c;

  for (let t: usize = 0; t < 640; t += 8) {
    const s1 = rotr<u64>(e, 14) ^ rotr<u64>(e, 18) ^ rotr<u64>(e, 41);
    const t1 = h + s1 + (g ^ (e & (f ^ g))) + load<u64>(ROUND_CONSTANTS + t) + load<u64>(w0 + t);
    const s0 = rotr<u64>(a, 28) ^ rotr<u64>(a, 34) ^ rotr<u64>(a, 39);
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
