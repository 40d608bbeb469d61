/**
 * HMAC-SHA256 (RFC 2104, FIPS 198-1) with prepared keys: a key is kept as the two chaining values after its inner and
 * outer pad, so that a tag costs two compressions beyond its data instead of four.
 */
import { clearBytes, copyBytes } from "../bytes";
import { SHA256_SCRATCH } from "../layout";
import {
  Sha256,
  sha256,
  SHA256_BLOCK_BYTES,
  SHA256_DIGEST_BYTES,
  sha256Begin,
  sha256Finish,
  sha256Update,
} from "./sha256";

/** Bytes of a prepared key: the inner chaining value, then the outer one. It is as secret as the key. */
export const HMAC_KEY_BYTES: i32 = 64;

/** Bytes of a tag. */
export const HMAC_TAG_BYTES: u32 = 32;

/** Prepares the `length` bytes of key at `key` into the 64 bytes at `prepared`. Uses SHA256_SCRATCH. */
export function hmacKey(prepared: usize, key: usize, length: u32): void {
  // The pads are built where they are hashed from: the block of the scratch context.
  const block = SHA256_SCRATCH + offsetof<Sha256>("block0");
  for (let half: u32 = 0; half < 2; half++) {
    if (length > SHA256_BLOCK_BYTES) {
      sha256(key, length, block); // RFC 2104 2: a long key is hashed first
      clearBytes(block + SHA256_DIGEST_BYTES, SHA256_BLOCK_BYTES - SHA256_DIGEST_BYTES);
    } else {
      copyBytes(block, key, length);
      clearBytes(block + length, SHA256_BLOCK_BYTES - length);
    }
    const pad: u32 = half == 0 ? 0x36363636 : 0x5c5c5c5c;
    for (let i: usize = 0; i < 64; i += 4) store<u32>(block + i, load<u32>(block + i) ^ pad);
    sha256Begin(SHA256_SCRATCH);
    sha256Update(SHA256_SCRATCH, block, SHA256_BLOCK_BYTES);
    copyBytes(prepared + (half << 5), SHA256_SCRATCH, SHA256_DIGEST_BYTES);
  }
  clearBytes(block, SHA256_BLOCK_BYTES);
}

/** Starts a tag under the prepared key in the SHA-256 context at `context`. */
export function hmacBegin(context: usize, prepared: usize): void {
  resume(context, prepared);
}

/** Takes in `length` bytes at `data`; any length, also 0. */
export function hmacUpdate(context: usize, data: usize, length: u32): void {
  sha256Update(context, data, length);
}

/** Ends the tag and writes its 32 bytes to `tag`. */
export function hmacFinish(context: usize, prepared: usize, tag: usize): void {
  sha256Finish(context, tag);
  resume(context, prepared + SHA256_DIGEST_BYTES);
  sha256Update(context, tag, SHA256_DIGEST_BYTES);
  sha256Finish(context, tag);
}

/** Writes the tag of the `length` bytes at `data` under the prepared key to `tag`; the two may overlap. */
export function hmac(prepared: usize, data: usize, length: u32, tag: usize): void {
  hmacBegin(SHA256_SCRATCH, prepared);
  hmacUpdate(SHA256_SCRATCH, data, length);
  hmacFinish(SHA256_SCRATCH, prepared, tag);
}

/** Sets a context to where one block of pad has been taken in. */
function resume(context: usize, chainingValue: usize): void {
  copyBytes(context, chainingValue, SHA256_DIGEST_BYTES);
  changetype<Sha256>(context).lengthBytes = 64;
}
