import type { Judged, Primitives } from "../gate/primitives.js";
import type { Primitive, PrimitiveCase } from "./primitive-vectors.js";

/** The outcome of one case; `expected` and `got` are for a person to compare. */
export interface CheckedCase {
  readonly id: string | number;
  readonly passed: boolean;
  readonly expected: string;
  readonly got: string;
}

/** Fewest bytes of a truncated HMAC-SHA256 tag: half the digest (RFC 2104 5). */
const TAG_BYTES_MIN = 16;

/** Runs one case of a checked file on the module. */
export function checkCase(gate: Primitives, primitive: Primitive, one: PrimitiveCase): CheckedCase {
  if (primitive === "sha256" || primitive === "sha512") {
    return checkDigest(gate, primitive === "sha256" ? 256 : 512, one);
  }
  const judged = judge(gate, primitive, one);
  return {
    id: one.id,
    passed: judged.valid === one.valid,
    expected: one.valid === true ? "valid" : "invalid",
    got: (judged.valid ? "valid" : "invalid") + (judged.why === undefined ? "" : ` (${judged.why})`),
  };
}

/** A digest is there to be compared: it must be the stated one, or, in a case marked not valid, another one. */
function checkDigest(gate: Primitives, bits: 256 | 512, one: PrimitiveCase): CheckedCase {
  const got = toHex(gate.hash(bits, hex(one, "message")));
  const stated = (one["digest"] as string).toLowerCase();
  const shouldMatch = one.valid !== false;
  return {
    id: one.id,
    passed: (got === stated) === shouldMatch,
    expected: shouldMatch ? stated : `another digest than ${stated}`,
    got,
  };
}

function judge(
  gate: Primitives,
  primitive: Exclude<Primitive, "sha256" | "sha512">,
  one: PrimitiveCase,
): Judged {
  switch (primitive) {
    case "hmac-sha256":
      return judgeTag(gate.hmac(hex(one, "key"), hex(one, "message")), hex(one, "tag"));
    case "ed25519-verify":
      return gate.ed25519(hex(one, "publicKey"), hex(one, "message"), hex(one, "signature"));
    case "cbor-strict":
      return gate.cborItem(hex(one, "bytes"));
    case "cose-sign1-verify":
      return gate.coseSign1(hex(one, "publicKey"), hex(one, "externalAad"), hex(one, "message"));
    case "merkle-inclusion":
      return gate.merkleInclusion(
        BigInt(one["leafIndex"] as string | number),
        BigInt(one["treeSize"] as string | number),
        hex(one, "leafHash"),
        hex(one, "root"),
        pathOf(one["proof"] as string | string[]),
      );
  }
}

function judgeTag(full: Uint8Array, tag: Uint8Array): Judged {
  if (tag.length < TAG_BYTES_MIN || tag.length > full.length) {
    return { valid: false, why: `a tag has ${TAG_BYTES_MIN} to ${full.length} bytes, not ${tag.length}` };
  }
  return { valid: toHex(full.subarray(0, tag.length)) === toHex(tag) };
}

/** The hashes of a path: an array of hex, or all of them in one string. A rest that is no whole hash stays as one. */
function pathOf(proof: string | readonly string[]): Uint8Array[] {
  const parts = typeof proof === "string" ? (proof.match(/.{1,64}/g) ?? []) : proof;
  return parts.map(fromHex);
}

function hex(one: PrimitiveCase, field: string): Uint8Array {
  return fromHex(one[field] as string);
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "hex"));
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
