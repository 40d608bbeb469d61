/** What every Ed25519 contender verifies: sixteen keys with a message of 200 bytes each, and one key with sixteen messages. */
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";

/** One signed message: key of 32 bytes, signature of 64. */
export interface SignedCase {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** Keys, or messages of one key; a power of two. */
export const CASES = 16;
/** About a dose command's Sig_structure. */
export const MESSAGE_BYTES = 200;

/** What comes before the seed in a PKCS #8 key (RFC 8410 7). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/** Case number `index` of `key`, with a message of `bytes`; the same on every machine. */
export function signedCase(key: number, index: number, bytes = MESSAGE_BYTES): SignedCase {
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, digest(`key ${key}`)]),
    format: "der",
    type: "pkcs8",
  });
  const message = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 32) {
    message.set(digest(`message ${key}/${index}/${at}`).subarray(0, Math.min(32, bytes - at)), at);
  }
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return {
    publicKey: new Uint8Array(spki.subarray(-32)),
    message,
    signature: new Uint8Array(sign(null, message, privateKey)),
  };
}

/** One message for each of the sixteen keys. */
export function casesOfManyKeys(): SignedCase[] {
  return Array.from({ length: CASES }, (_, i) => signedCase(i, i));
}

/** Sixteen messages of one key. */
export function casesOfOneKey(): SignedCase[] {
  return Array.from({ length: CASES }, (_, i) => signedCase(0, i));
}

/** The case with one bit of one part turned over. */
export function tampered(
  good: SignedCase,
  part: "publicKey" | "message" | "signature",
  byte: number,
): SignedCase {
  const bytes = good[part].slice();
  bytes[byte] = bytes[byte]! ^ 1;
  return { ...good, [part]: bytes };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(`dosegate bench ${text}`).digest();
}
