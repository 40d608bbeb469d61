/** Signatures for the tests of verification, and verification both ways: without and with a prepared key. */
import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import type { Diag } from "../../host-sim/gate/diag.js";
import { fromLittleEndian } from "./bytes.js";
import { P, recoverX } from "./edwards25519.js";

export interface Signed {
  readonly key: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

export interface Signer {
  readonly key: Uint8Array;
  readonly publicKey: KeyObject;
  sign(message: Uint8Array): Uint8Array;
}

export function signer(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return {
    key: new Uint8Array(Buffer.from(publicKey.export({ format: "jwk" }).x!, "base64url")),
    publicKey,
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  };
}

export const flip = (bytes: Uint8Array, bit: number): Uint8Array =>
  bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));

type Verification = ReturnType<Diag["ed25519Verification"]>;

/** Prepares the key at once, whatever it is. */
export function prepare(diag: Diag, key: Uint8Array): void {
  diag.write(key);
  if (diag.call("ed25519Prepare") !== 1) throw new Error("the key was not prepared");
}

/**
 * Verifies without and with a prepared key, and throws where the two do not come to the same: the verdict always, and rule by rule
 * if the key encodes a point (two ways to compute with what is none differ). Returns the first.
 */
export function verifyBothWays(diag: Diag, { key, message, signature }: Signed): Verification {
  diag.call("ed25519Forget");
  const plain = diag.ed25519Verification(key, message, signature);
  prepare(diag, key);
  const prepared = diag.ed25519Verification(key, message, signature);
  diag.call("ed25519Forget");
  const sign = fromLittleEndian(key) >> 255n;
  const y = fromLittleEndian(key) % 2n ** 255n;
  const x = recoverX(y % P, sign);
  const isPoint = y < P && x !== null && (x & 1n) === sign;
  const same =
    plain.valid === prepared.valid &&
    plain.acceptable === prepared.acceptable &&
    (!isPoint || (plain.difference === prepared.difference && plain.witness === prepared.witness));
  if (!same) {
    throw new Error(
      `prepared and unprepared differ: ${JSON.stringify(prepared)} and ${JSON.stringify(plain)}, key ${Buffer.from(key).toString("hex")}`,
    );
  }
  return plain;
}
