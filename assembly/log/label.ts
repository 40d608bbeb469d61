/** Labels under which keys and chains are derived: "dosegate " and a word (SPEC 2.3, 8). */
import { clearBytes } from "../bytes";
import { hmac, hmacKey } from "../crypto/hmac";
import { KEY_SCRATCH, LABEL, TAG } from "../layout";

/** "dosegate", little-endian. */
const DOSEGATE: u64 = (0x65746167 << 32) | 0x65736f64;

/** The words, each with its space before it, little-endian. */
export const SEAL: u64 = 0x6c61657320; // " seal"
export const SESSION: u64 = (0x6e6f6973 << 32) | 0x73657320; // " session"
export const ATTEST: u64 = 0x74736574746120; // " attest"
export const LOG: u64 = 0x676f6c20; // " log"
export const EPOCH: u64 = 0x68636f706520; // " epoch"
export const CHAIN: u64 = 0x6e6961686320; // " chain"

/** Writes "dosegate" and the word to LABEL and returns their length. */
export function label(word: u64): u32 {
  store<u64>(LABEL, DOSEGATE);
  store<u64>(LABEL, word, 8);
  return 16 - ((<u32>clz(word)) >> 3); // a word shorter than eight bytes ends in zeros
}

/** Prepares HMAC(secret, label) as a key at `prepared`; the secret is 32 bytes. */
export function deriveKey(secret: usize, word: u64, prepared: usize): void {
  hmacKey(KEY_SCRATCH, secret, 32);
  hmac(KEY_SCRATCH, LABEL, label(word), TAG);
  hmacKey(prepared, TAG, 32);
  clearBytes(TAG, 32);
}
