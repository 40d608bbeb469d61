/** Cases of one primitive as they are written (vectors/primitive-vectors.schema.json). What is right is said by other code than the gate's. */
import type { Note } from "../../../host-sim/conformance/vector.js";

export type PrimitiveName =
  | "sha256"
  | "sha512"
  | "hmac-sha256"
  | "ed25519-verify"
  | "cbor-strict"
  | "cose-sign1-verify"
  | "merkle-inclusion";

export interface PrimitiveDraft {
  readonly comment: string;
  readonly flags: readonly string[];
  readonly valid?: boolean;
  readonly [field: string]: unknown;
}

export interface PrimitiveFile {
  readonly schema: "dosegate-primitive-vectors/1";
  readonly primitive: PrimitiveName;
  readonly source: string;
  readonly notes: Readonly<Record<string, Note>>;
  readonly cases: readonly (PrimitiveDraft & { readonly id: number })[];
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Bytes that no two cases share, and that are the same each time. */
export function pattern(length: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length }, (_none, i) => (i * 167 + seed * 89 + (i >> 8) * 31 + 7) & 0xff);
}

/** With one bit inverted. */
export function flipped(bytes: Uint8Array, at: number, bit = 0): Uint8Array {
  const copy = bytes.slice();
  copy[at < 0 ? copy.length + at : at]! ^= 1 << bit;
  return copy;
}
