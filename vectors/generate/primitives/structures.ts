/** Deterministic CBOR, COSE_Sign1 and Merkle paths, by rule and by hand. */
import { createHash } from "node:crypto";
import { type Signer, sign1, sig1Structure } from "../../../host-sim/authority/cose.js";
import { encodeTagged } from "../../../host-sim/authority/encoding.js";
import { simulatedKey } from "../../../host-sim/authority/keys.js";
import { flipped, hex, pattern, type PrimitiveDraft } from "./case.js";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));

const GOOD_CBOR: readonly (readonly [string, string])[] = [
  ["0", "00"],
  ["23", "17"],
  ["24", "1818"],
  ["255", "18ff"],
  ["256", "190100"],
  ["65,535", "19ffff"],
  ["65,536", "1a00010000"],
  ["2^32 - 1", "1affffffff"],
  ["2^32", "1b0000000100000000"],
  ["-1", "20"],
  ["-24", "37"],
  ["-25", "3818"],
  ["no bytes", "40"],
  ["three bytes", "43010203"],
  ["24 bytes", `5818${"00".repeat(24)}`],
  ["no text", "60"],
  ["a text", "6568656c6c6f"],
  ["a text of two bytes a letter", "62c3bc"],
  ["a text of four bytes a letter", "64f0908d88"],
  ["an empty array", "80"],
  ["an array in an array", "818101"],
  ["sixteen arrays inside one another", `${"81".repeat(15)}80`],
  ["an empty map", "a0"],
  ["a map in order", "a2000001020".slice(0, 10)],
  ["keys of 23 and 24", "a217001818 00".replace(" ", "")],
  ["false, true, null", "83f4f5f6"],
];

const BAD_CBOR: readonly (readonly [string, string, string])[] = [
  ["nothing", "", "Truncated"],
  ["a head without its argument", "18", "Truncated"],
  ["half an argument", "1900", "Truncated"],
  ["bytes that end early", "43 0102", "Truncated"],
  ["an array that ends early", "8201", "Truncated"],
  ["a map without its value", "a100", "Truncated"],
  ["a byte behind it", "0000", "Trailing"],
  ["23 in two bytes", "1817", "NotShortest"],
  ["255 in three", "1900ff", "NotShortest"],
  ["65,535 in five", "1a0000ffff", "NotShortest"],
  ["2^32 - 1 in nine", "1b00000000ffffffff", "NotShortest"],
  ["a length in two bytes", "580100", "NotShortest"],
  ["an array's count in two bytes", "980100", "NotShortest"],
  ["a map's count in two bytes", "b8010000", "NotShortest"],
  ["indefinite bytes", "5f4100ff", "Indefinite"],
  ["an indefinite text", "7f6100ff", "Indefinite"],
  ["an indefinite array", "9f00ff", "Indefinite"],
  ["an indefinite map", "bf0000ff", "Indefinite"],
  ["a break by itself", "ff", "Indefinite"],
  ["keys that fall", "a201000000", "KeyOrder"],
  ["a key twice", "a200000000", "KeyOrder"],
  ["a longer key first", "a2181800 0000", "KeyOrder"],
  ["half a float", "f93c00", "Type"],
  ["a float", "fa3f800000", "Type"],
  ["a double", "fb3ff0000000000000", "Type"],
  ["undefined", "f7", "Type"],
  ["simple value 16", "f0", "Type"],
  ["simple value 32", "f820", "Type"],
  ["a tag", "c000", "Type"],
  ["a reserved head", "1c", "Type"],
  ["a text cut inside a letter", "61c3", "Utf8"],
  ["an overlong letter", "62c080", "Utf8"],
  ["a surrogate", "63eda080", "Utf8"],
  ["a letter above U+10FFFF", "64f4908080", "Utf8"],
  ["seventeen arrays inside one another", `${"81".repeat(16)}80`, "Depth"],
];

export function cborCases(): PrimitiveDraft[] {
  const clean = (text: string): string => text.replaceAll(" ", "");
  return [
    ...GOOD_CBOR.map(([comment, text]) => ({ comment, flags: ["Valid"], valid: true, bytes: clean(text) })),
    ...BAD_CBOR.map(([comment, text, flag]) => ({
      comment,
      flags: [flag],
      valid: false,
      bytes: clean(text),
    })),
  ];
}

const KEY = simulatedKey("vectors", { name: "signer", holder: "signer", duty: "author", roles: ["bedside"] });

/** A COSE_Sign1 over parts that no honest signer would write; the signature is over just these. */
function envelope(parts: {
  readonly tag?: number;
  readonly header?: Uint8Array;
  readonly unprotected?: Uint8Array;
  readonly signer?: Signer;
  readonly signature?: (signature: Uint8Array) => Uint8Array;
  readonly extra?: boolean;
}): Uint8Array {
  const {
    header = bytes(`a2013204 48${hex(KEY.kid)}`.replaceAll(" ", "")),
    signature = (s: Uint8Array) => s,
  } = parts;
  const payload = pattern(40, 4);
  const made = signature(KEY.sign(sig1Structure(header, AAD, payload)));
  const items = [header, {}, payload, made, ...(parts.extra === true ? [0] : [])];
  const encoded = encodeTagged(parts.tag ?? 18, items);
  if (parts.unprotected === undefined) return encoded;
  // The unprotected map follows the protected header: one byte, a0.
  const at = Buffer.from(encoded).indexOf(Buffer.from(header)) + header.length;
  return new Uint8Array([...encoded.subarray(0, at), ...parts.unprotected, ...encoded.subarray(at + 1)]);
}

const AAD = pattern(20, 8);

export function coseCases(): PrimitiveDraft[] {
  const honest = sign1(pattern(40, 4), AAD, KEY).bytes;
  const one = (
    comment: string,
    flag: string,
    valid: boolean,
    message: Uint8Array,
    aad = AAD,
    key = KEY.publicKey,
  ) => ({
    comment,
    flags: [flag],
    valid,
    publicKey: hex(key),
    externalAad: hex(aad),
    message: hex(message),
  });
  const bad = (comment: string, flag: string, message: Uint8Array): PrimitiveDraft =>
    one(comment, flag, false, message);
  const eddsa = bytes("a10127");
  return [
    one("as an honest signer writes it", "Valid", true, honest),
    one("EdDSA (-8), and no kid", "Valid", true, envelope({ header: eddsa })),
    one("no payload bytes", "Valid", true, sign1(new Uint8Array(), AAD, KEY).bytes),
    one("a payload of 1,000 bytes", "Valid", true, sign1(pattern(1000), AAD, KEY).bytes),
    one("an unprotected label of its own", "Valid", true, envelope({ unprotected: bytes("a118c800") })),
    one("other external data", "External", false, honest, flipped(AAD, 3)),
    one("no external data", "External", false, honest, new Uint8Array()),
    one("external data a byte longer", "External", false, honest, new Uint8Array([...AAD, 0])),
    one("another key", "WrongSignature", false, honest, AAD, flipped(KEY.publicKey, 1)),
    bad("the payload changed", "WrongSignature", flipped(honest, honest.length - 80)),
    bad("the signature changed", "WrongSignature", flipped(honest, -1)),
    bad("a signature of 63 bytes", "Length", envelope({ signature: (s) => s.subarray(1) })),
    bad("no signature", "Length", envelope({ signature: () => new Uint8Array() })),
    bad("no tag", "Structure", honest.subarray(1)),
    bad("the tag of COSE_Sign", "Structure", envelope({ tag: 98 })),
    bad("the tag of COSE_Mac0", "Structure", envelope({ tag: 17 })),
    bad("an item too many", "Structure", envelope({ extra: true })),
    bad("a byte behind it", "Structure", new Uint8Array([...honest, 0])),
    bad("the last byte missing", "Structure", honest.subarray(0, -1)),
    bad("no protected header", "Header", envelope({ header: new Uint8Array() })),
    bad("an empty protected map", "Header", envelope({ header: bytes("a0") })),
    bad("algorithm ES256", "Header", envelope({ header: bytes("a10126") })),
    bad("algorithm HMAC 256/256", "Header", envelope({ header: bytes("a10105") })),
    bad("a protected header that is not deterministic", "Header", envelope({ header: bytes("bf0127ff") })),
    bad("the algorithm in both headers", "Header", envelope({ unprotected: bytes("a10127") })),
    bad(
      "a critical label that nobody understands",
      "Header",
      envelope({ header: bytes("a301270281 1903e7 1903e700".replaceAll(" ", "")) }),
    ),
  ];
}

const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};
const leafOf = (i: number): Uint8Array => sha256(new Uint8Array([0]), new Uint8Array([i]));
const nodeOf = (a: Uint8Array, b: Uint8Array): Uint8Array => sha256(new Uint8Array([1]), a, b);

/** RFC 6962 2.1: split at the largest power of two below the count. */
function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leaves[0]!;
  const split = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return nodeOf(rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
}

function pathOf(index: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  if (leaves.length === 1) return [];
  const split = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return index < split
    ? [...pathOf(index, leaves.slice(0, split)), rootOf(leaves.slice(split))]
    : [...pathOf(index - split, leaves.slice(split)), rootOf(leaves.slice(0, split))];
}

export function merkleCases(): PrimitiveDraft[] {
  const cases: PrimitiveDraft[] = [];
  for (const size of [1, 2, 3, 4, 5, 7, 8, 9, 13]) {
    const leaves = Array.from({ length: size }, (_none, i) => leafOf(i));
    const root = rootOf(leaves);
    for (const index of new Set([0, Math.floor(size / 2), size - 1])) {
      const proof = pathOf(index, leaves);
      const one = (comment: string, flag: string, change: object): PrimitiveDraft => ({
        comment: `leaf ${index} of ${size}${comment}`,
        flags: [flag],
        valid: flag === "Valid",
        leafIndex: index,
        treeSize: size,
        leafHash: hex(leaves[index]!),
        root: hex(root),
        proof: proof.map(hex),
        ...change,
      });
      cases.push(
        one("", "Valid", {}),
        one(", a hash too many", "PathLength", { proof: [...proof, root].map(hex) }),
        one(", another leaf", "WrongHash", { leafHash: hex(flipped(leaves[index]!, 0)) }),
        one(", another root", "WrongHash", { root: hex(flipped(root, 31)) }),
        one(", the index beyond the tree", "Place", { leafIndex: size }),
      );
      if (proof.length > 0) {
        cases.push(
          one(", a hash too few", "PathLength", { proof: proof.slice(1).map(hex) }),
          one(", a hash changed", "WrongHash", {
            proof: [flipped(proof[0]!, 7), ...proof.slice(1)].map(hex),
          }),
          one(", the neighbour's index", "Place", { leafIndex: index === 0 ? 1 : index - 1 }),
        );
      }
    }
  }
  const [leaf] = [leafOf(0)];
  const alone = { leafHash: hex(leaf), root: hex(leaf), proof: [], valid: false };
  return [
    ...cases,
    { comment: "a tree of no leaves", flags: ["Place"], leafIndex: 0, treeSize: 0, ...alone },
    { comment: "a tree of -1 leaves", flags: ["Place"], leafIndex: 0, treeSize: -1, ...alone },
    {
      comment: "an index of 2^64",
      flags: ["Place"],
      leafIndex: "18446744073709551616",
      treeSize: 1,
      ...alone,
    },
    {
      comment: "a leaf hash of 31 bytes",
      flags: ["WrongHash"],
      leafIndex: 0,
      treeSize: 1,
      ...alone,
      leafHash: hex(leaf.subarray(1)),
    },
  ];
}
