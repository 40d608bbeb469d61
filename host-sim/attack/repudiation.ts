/**
 * Signatures that verifiers disagree about: genuine ones in a second form, and ones whose R is of small order, made by whoever has
 * the key and wants to be able to deny it. A strict verifier accepts none of them (SPEC 1.6; "Taming the many EdDSAs", 2020).
 */
import { createHash } from "node:crypto";
import { concatBytes } from "../authority/bytes.js";
import type { Signer } from "../authority/cose.js";
import type { KeyPair } from "../authority/keys.js";

/** Order of the base point (RFC 8032 5.1). */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const SCALAR_BYTES = 32;

/** Encodings of the neutral element, y = 1: as RFC 8032 5.1.2 has it, and as y = p + 1, which is not canonical. */
export const NEUTRAL = littleEndian(1n);
export const NEUTRAL_NOT_CANONICAL = littleEndian(2n ** 255n - 19n + 1n);

/** The signature with S + L in place of S: the same equation holds (RFC 8032 8.4). */
export function malleated(signature: Uint8Array): Uint8Array {
  const s = numberOf(signature.subarray(SCALAR_BYTES));
  return concatBytes(signature.subarray(0, SCALAR_BYTES), littleEndian(s + ORDER));
}

/** Signs with R = the neutral element in the encoding given: S = k a, so that [S]B = R + [k]A. */
export function repudiable(key: KeyPair, encodedR: Uint8Array): Signer {
  const digest = createHash("sha512").update(key.exportSeed()).digest();
  const clamped = digest.subarray(0, SCALAR_BYTES);
  clamped[0]! &= 248;
  clamped[31] = (clamped[31]! & 127) | 64;
  const secret = numberOf(clamped);
  const sign = (message: Uint8Array): Uint8Array => {
    const k = createHash("sha512")
      .update(concatBytes(encodedR, key.publicKey, message))
      .digest();
    return concatBytes(encodedR, littleEndian((numberOf(k) * secret) % ORDER));
  };
  return { kid: key.kid, algorithm: key.algorithm, sign };
}

function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function littleEndian(value: bigint): Uint8Array {
  return Uint8Array.from({ length: SCALAR_BYTES }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}
