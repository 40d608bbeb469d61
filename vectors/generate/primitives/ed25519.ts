/**
 * Ed25519 at the places where verifiers part (SPEC 1.6): encodings, small and mixed orders, the equation with and without cofactor. The
 * points are made in BigInt; what is valid is said by the construction.
 */
import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { fromLittleEndian, toLittleEndian } from "../../../test/support/bytes.js";
import {
  add,
  BASE,
  challenge,
  encode,
  L,
  mod,
  multiply,
  P,
  TORSION,
} from "../../../test/support/edwards25519.js";
import { flipped, hex, pattern, type PrimitiveDraft } from "./case.js";

const SECRET = 0x1234567890abcdef1234567890abcdefn;
const NONCE = 0xfedcba0987654321fedcba0987654321n;
const ORDER = ["1", "8", "4", "8", "2", "8", "4", "8"];

interface Signed {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

/** An honest signature by another implementation. */
function honest(messageBytes: number, seed: number): Signed {
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8, pattern(32, seed)]),
    format: "der",
    type: "pkcs8",
  });
  const publicKey = new Uint8Array(
    createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32),
  );
  const message = pattern(messageBytes, seed + 1);
  return { publicKey, message, signature: new Uint8Array(sign(null, message, key)) };
}

/** A signature under aB + [i]T with R = rB + [j]T; the message is sought so that the equation's torsion is, or is not, 0. */
function forged(
  a: bigint,
  i: number,
  r: bigint,
  j: number,
  zero: boolean,
  encoded: { key?: Uint8Array; r?: Uint8Array } = {},
): Signed {
  const publicKey = encoded.key ?? encode(add(multiply(a, BASE), TORSION[i]!));
  const encodedR = encoded.r ?? encode(add(multiply(r, BASE), TORSION[j]!));
  for (let n = 0; n < 1000; n++) {
    const message = new TextEncoder().encode(`message ${n}`);
    const k = challenge(encodedR, publicKey, message);
    if ((mod(-k * BigInt(i) - BigInt(j), 8n) === 0n) !== zero) continue;
    return { publicKey, message, signature: join(encodedR, toLittleEndian(mod(r + k * a, L), 32)) };
  }
  throw new Error(`no message of 1000 has this torsion for ${i}, ${j}`);
}

const join = (a: Uint8Array, b: Uint8Array): Uint8Array => new Uint8Array([...a, ...b]);

function one(
  comment: string,
  flag: string,
  valid: boolean,
  { publicKey, message, signature }: Signed,
): PrimitiveDraft {
  return {
    comment,
    flags: [flag],
    valid,
    publicKey: hex(publicKey),
    message: hex(message),
    signature: hex(signature),
  };
}

/** The same R with S + n L: the equation holds as well. */
function withS(signed: Signed, change: (s: bigint) => bigint): Signed {
  const s = fromLittleEndian(signed.signature.subarray(32));
  return { ...signed, signature: join(signed.signature.subarray(0, 32), toLittleEndian(change(s), 32)) };
}

export function ed25519Cases(): PrimitiveDraft[] {
  return [...honestCases(), ...scalarCases(), ...orderCases(), ...encodingCases()];
}

function honestCases(): PrimitiveDraft[] {
  const good = honest(200, 3);
  const other = honest(200, 9);
  const damaged = (comment: string, change: Partial<Signed>): PrimitiveDraft =>
    one(comment, "WrongSignature", false, { ...good, ...change });
  return [
    ...[0, 1, 32, 63, 64, 65, 111, 112, 200, 511, 512, 513, 1024, 8192].map((length) =>
      one(`a message of ${length} bytes`, "Valid", true, honest(length, length % 251)),
    ),
    ...[0, 31, 32, 62].map((at) =>
      damaged(`byte ${at} of the signature changed`, { signature: flipped(good.signature, at) }),
    ),
    damaged("the message changed", { message: flipped(good.message, 100) }),
    damaged("the message a byte shorter", { message: good.message.subarray(1) }),
    damaged("the key changed", { publicKey: flipped(good.publicKey, 5) }),
    damaged("another key", { publicKey: other.publicKey }),
    damaged("R and S exchanged", {
      signature: join(good.signature.subarray(32), good.signature.subarray(0, 32)),
    }),
    damaged("a signature of zeros", { signature: new Uint8Array(64) }),
    one("a signature of 63 bytes", "Length", false, { ...good, signature: good.signature.subarray(0, 63) }),
    one("a signature of 65 bytes", "Length", false, {
      ...good,
      signature: join(good.signature, new Uint8Array(1)),
    }),
    one("a key of 31 bytes", "Length", false, { ...good, publicKey: good.publicKey.subarray(0, 31) }),
    one("a key of 33 bytes", "Length", false, {
      ...good,
      publicKey: join(good.publicKey, new Uint8Array(1)),
    }),
  ];
}

function scalarCases(): PrimitiveDraft[] {
  const good = honest(64, 5);
  const room = 2n ** 256n;
  const multiples = [1n, 2n, 8n, 15n];
  return [
    ...multiples
      .filter((n) => fromLittleEndian(good.signature.subarray(32)) + n * L < room)
      .map((n) =>
        one(
          `S + ${n} L`,
          "ScalarRange",
          false,
          withS(good, (s) => s + n * L),
        ),
      ),
    one(
      "S = L",
      "ScalarRange",
      false,
      withS(good, () => L),
    ),
    one(
      "S = L - 1",
      "WrongSignature",
      false,
      withS(good, () => L - 1n),
    ),
    one(
      "S = 2^252",
      "WrongSignature",
      false,
      withS(good, () => 2n ** 252n),
    ),
    one(
      "S = 2^256 - 1",
      "ScalarRange",
      false,
      withS(good, () => room - 1n),
    ),
    one("S with its highest bit set", "ScalarRange", false, {
      ...good,
      signature: flipped(good.signature, 63, 7),
    }),
    one(
      "S negated",
      "WrongSignature",
      false,
      withS(good, (s) => mod(-s, L)),
    ),
  ];
}

function orderCases(): PrimitiveDraft[] {
  const cases: PrimitiveDraft[] = [];
  for (let i = 1; i < 8; i++) {
    const order = ORDER[i]!;
    cases.push(
      one(
        `a key with a part of order ${order} (${i}), and R with its like: the equation holds`,
        "MixedOrder",
        true,
        forged(SECRET, i, NONCE, 8 - i, true),
      ),
      one(
        `a key with a part of order ${order} (${i}): the equation holds with cofactor only`,
        "Cofactor",
        false,
        forged(SECRET, i, NONCE, 0, false),
      ),
      one(
        `R with a part of order ${order} (${i}): the equation holds with cofactor only`,
        "Cofactor",
        false,
        forged(SECRET, 0, NONCE, i, false),
      ),
    );
  }
  for (let i = 0; i < 8; i++) {
    cases.push(
      one(
        `a key of order ${ORDER[i]!} (${i}): the equation holds`,
        "SmallOrder",
        false,
        forged(0n, i, NONCE, 0, true),
      ),
      one(
        `R of order ${ORDER[i]!} (${i}): the equation holds with cofactor`,
        "SmallOrder",
        false,
        forged(SECRET, 0, 0n, i, i === 0),
      ),
    );
  }
  return cases;
}

function encodingCases(): PrimitiveDraft[] {
  const good = honest(64, 7);
  const withKey = (comment: string, publicKey: Uint8Array): PrimitiveDraft =>
    one(`a key that is ${comment}`, "Encoding", false, { ...good, publicKey });
  const withR = (comment: string, r: Uint8Array): PrimitiveDraft =>
    one(`an R that is ${comment}`, "Encoding", false, {
      ...good,
      signature: join(r, good.signature.subarray(32)),
    });
  const y = (value: bigint, sign = 0n): Uint8Array => toLittleEndian(value + (sign << 255n), 32);
  const spellings: readonly (readonly [string, Uint8Array])[] = [
    ["y = p", y(P)],
    ["y = p + 1", y(P + 1n)],
    ["y = 2^255 - 1", y(2n ** 255n - 1n)],
    ["x = 0 with its sign set", y(1n, 1n)],
    ["y = -1, x = 0 with its sign set", y(P - 1n, 1n)],
    ["not on the curve: y = 2", y(2n)],
    ["not on the curve: y = 7", y(7n)],
    ["all ones", new Uint8Array(32).fill(0xff)],
    ["all zeros", new Uint8Array(32)],
  ];
  return [
    ...spellings.map(([comment, bytes]) => withKey(comment, bytes)),
    ...spellings.map(([comment, bytes]) => withR(comment, bytes)),
  ];
}
