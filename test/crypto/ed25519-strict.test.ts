import { createPublicKey, verify } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { describe, expect, it } from "vitest";
import { concat, toLittleEndian } from "../support/bytes.js";
import { diag } from "../support/diag.js";
import { type Signed, verifyBothWays } from "../support/ed25519.js";
import {
  add,
  BASE,
  challenge,
  encode,
  L,
  mod,
  multiply,
  P,
  recoverX,
  TORSION,
  type Point,
} from "../support/edwards25519.js";

/** Rules as bits of both verdicts (assembly/crypto/ed25519.ts). */
const RULE = {
  sBelowOrder: 1,
  keyCanonical: 2,
  rCanonical: 4,
  keyLargeOrder: 8,
  rLargeOrder: 16,
  keyOnCurve: 32,
} as const;

/** The secret scalar of the key that forges, and the scalar of its nonce; any would do. */
const SECRET = 0x1234567890abcdef1234567890abcdefn;
const NONCE = 0xfedcba0987654321fedcba0987654321n;
const PLAIN_KEY = multiply(SECRET, BASE);
const PLAIN_R = multiply(NONCE, BASE);

const message = (n: number): Uint8Array => new TextEncoder().encode(`message ${n}`);

/**
 * Makes a signature under the key A = aB + [i]T by trying messages until the torsion of [S]B - [k]A - R is `residue` times T,
 * where R = rB + [j]T. A residue of 0 satisfies the equation without cofactor; any residue satisfies the one with it.
 */
function forge(options: {
  /** 0 for a key that is all torsion. */
  readonly a: bigint;
  readonly i: number;
  readonly r: bigint;
  readonly j: number;
  readonly residue: (torsion: number) => boolean;
  readonly encodedKey?: Uint8Array;
  readonly encodedR?: Uint8Array;
}): Signed {
  const { a, i, r, j } = options;
  const key = options.encodedKey ?? encode(add(multiply(a, BASE), TORSION[i]!));
  const encodedR = options.encodedR ?? encode(add(multiply(r, BASE), TORSION[j]!));
  for (let n = 0; n < 1000; n++) {
    const k = challenge(encodedR, key, message(n));
    if (!options.residue(Number(mod(-k * BigInt(i) - BigInt(j), 8n)))) continue;
    return { key, message: message(n), signature: concat(encodedR, toLittleEndian(mod(r + k * a, L), 32)) };
  }
  throw new Error("no message of 1000 gives this residue: the construction is wrong");
}

const none = (torsion: number): boolean => torsion === 0;
const some = (torsion: number): boolean => torsion !== 0;

/** Every case of this file goes both ways, without and with a prepared key, and must come to the same. */
const run = (signed: Signed): ReturnType<typeof verifyBothWays> => verifyBothWays(diag, signed);

/** node:crypto: cofactorless, lenient about small orders. The positive control that a forgery satisfies the equation. */
function nodeAccepts({ key, message: text, signature }: Signed): boolean {
  const x = Buffer.from(key).toString("base64url");
  return verify(
    null,
    text,
    createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" }),
    signature,
  );
}

/** @noble/curves by ZIP 215: with cofactor, lenient about encodings too. */
const zip215Accepts = ({ key, message: text, signature }: Signed): boolean =>
  ed25519.verify(signature, text, key, { zip215: true });

/** Every encoding of 32 bytes that some decoder takes for a point of small order: canonical, and not. */
const SMALL_ENCODINGS = smallEncodings();

function smallEncodings(): { bytes: Uint8Array; canonical: boolean; point: number }[] {
  const all = new Map<string, { bytes: Uint8Array; canonical: boolean; point: number }>();
  TORSION.forEach((point, n) => {
    for (const y of [point.y, point.y + P]) {
      if (y >= 2n ** 255n) continue;
      // x = 0 may be written with either sign bit; only 0 is canonical.
      for (const sign of point.x === 0n ? [0n, 1n] : [point.x & 1n]) {
        const bytes = toLittleEndian(y + (sign << 255n), 32);
        const canonical = Buffer.compare(bytes, encode(point)) === 0;
        all.set(Buffer.from(bytes).toString("hex"), { bytes, canonical, point: n });
      }
    }
  });
  return [...all.values()];
}

describe("the equation without cofactor", () => {
  it("is enough for a key and an R of mixed order: the one liberty that strictness leaves", () => {
    for (let i = 0; i < 8; i++) {
      const signed = forge({ a: SECRET, i, r: NONCE, j: mixedR(i), residue: none });
      expect(nodeAccepts(signed)).toBe(true);
      expect(run(signed), `torsion ${i}`).toMatchObject({ valid: true, difference: 0, witness: 0 });
    }
  });

  it("is needed: refuses what only the equation with cofactor accepts", () => {
    for (const [i, j] of [
      [1, 0],
      [0, 1],
      [4, 4],
      [2, 6],
      [7, 3],
    ] as const) {
      const signed = forge({ a: SECRET, i, r: NONCE, j, residue: some });
      expect(zip215Accepts(signed)).toBe(true);
      expect(run(signed), `torsion ${i}, ${j}`).toMatchObject({ acceptable: true, valid: false });
    }
  });
});

/** A torsion for R that some message can cancel: any multiple of the key's. */
function mixedR(i: number): number {
  return (3 * i) % 8;
}

describe("a key of small order", () => {
  it("comes in 14 encodings, 8 of them canonical", () => {
    expect(SMALL_ENCODINGS.length).toBe(14);
    expect(SMALL_ENCODINGS.filter((e) => e.canonical).length).toBe(8);
  });

  it.each(TORSION.map((_, i) => i))("is refused as multiple %i of T, and for no other reason", (i) => {
    const signed = forge({ a: 0n, i, r: NONCE, j: mixedR(i), residue: none });
    expect(nodeAccepts(signed)).toBe(true);
    expect(run(signed)).toEqual({
      acceptable: false,
      slices: expect.any(Number) as number,
      valid: false,
      difference: RULE.keyLargeOrder,
      witness: RULE.keyLargeOrder,
    });
  });

  it("is refused in every non-canonical encoding, by the order of the point too", () => {
    let seen = 0;
    for (const { bytes, canonical, point } of SMALL_ENCODINGS) {
      if (canonical) continue;
      const signed = forge({ a: 0n, i: point, r: NONCE, j: mixedR(point), residue: none, encodedKey: bytes });
      expect(zip215Accepts(signed)).toBe(true);
      const { acceptable, valid, difference, witness } = run(signed);
      expect({ acceptable, valid }).toEqual({ acceptable: false, valid: false });
      expect(difference & (RULE.keyCanonical | RULE.keyLargeOrder)).not.toBe(0);
      expect(witness & RULE.keyLargeOrder).toBe(RULE.keyLargeOrder);
      expect(witness & RULE.keyCanonical).toBe(RULE.keyCanonical);
      seen++;
    }
    expect(seen).toBe(6);
  });
});

describe("an R of small order", () => {
  it.each(TORSION.map((_, j) => j))("is refused as multiple %i of T, and for no other reason", (j) => {
    const signed = forge({ a: SECRET, i: 1, r: 0n, j, residue: none });
    expect(nodeAccepts(signed)).toBe(true);
    expect(run(signed)).toMatchObject({
      acceptable: false,
      valid: false,
      difference: RULE.rLargeOrder,
      witness: RULE.rLargeOrder,
    });
  });

  it("is refused in every non-canonical encoding", () => {
    for (const { bytes, canonical, point } of SMALL_ENCODINGS) {
      if (canonical) continue;
      const signed = forge({ a: SECRET, i: 1, r: 0n, j: point, residue: none, encodedR: bytes });
      expect(zip215Accepts(signed)).toBe(true);
      const { acceptable, valid, difference, witness } = run(signed);
      expect({ acceptable, valid }).toEqual({ acceptable: false, valid: false });
      expect(difference).not.toBe(0);
      expect(witness & RULE.rLargeOrder).toBe(RULE.rLargeOrder);
      expect(witness & RULE.rCanonical).toBe(RULE.rCanonical);
    }
  });

  it("is refused together with a key of small order and S = 0, which signs any message", () => {
    const signed = forge({ a: 0n, i: 4, r: 0n, j: 0, residue: none });
    expect(nodeAccepts(signed)).toBe(true);
    expect(run(signed)).toMatchObject({
      valid: false,
      difference: RULE.keyLargeOrder | RULE.rLargeOrder,
      witness: RULE.keyLargeOrder | RULE.rLargeOrder,
    });
  });
});

describe("a y that is not canonical", () => {
  // Of y = 0..18 those of large order that are on the curve; nobody knows their logarithm, so only the rule itself shows.
  const ys = Array.from({ length: 19 }, (_, y) => BigInt(y)).filter(
    (y) => recoverX(y, 0n) !== null && !TORSION.some((t) => t.y === y),
  );
  const good = forge({ a: SECRET, i: 0, r: NONCE, j: 0, residue: none });

  it("exists for points of large order", () => {
    expect(ys.length).toBeGreaterThan(5);
  });

  it.each(ys)("is refused as a key and as an R: y = p + %d, while y itself has an acceptable form", (y) => {
    for (const sign of [0n, 1n]) {
      const plain = toLittleEndian(y + (sign << 255n), 32);
      const raised = toLittleEndian(y + P + (sign << 255n), 32);
      expect(run({ ...good, key: plain }).acceptable).toBe(true);
      expect(run({ ...good, key: raised })).toMatchObject({ acceptable: false, valid: false });
      expect(run({ ...good, key: raised }).difference & RULE.keyCanonical).not.toBe(0);
      expect(run({ ...good, key: raised }).witness & RULE.keyCanonical).not.toBe(0);
      const s = good.signature.subarray(32);
      expect(run({ ...good, signature: concat(plain, s) }).acceptable).toBe(true);
      expect(run({ ...good, signature: concat(raised, s) })).toMatchObject({
        acceptable: false,
        valid: false,
      });
    }
  });

  it("is refused at p and accepted in form at p - 2, where p - 1 is of small order", () => {
    const form = (y: bigint): boolean => run({ ...good, key: toLittleEndian(y, 32) }).acceptable;
    expect([P - 2n, P - 1n, P, P + 1n].map(form)).toEqual([true, false, false, false]);
  });
});

describe("a key that is no point", () => {
  const good = forge({ a: SECRET, i: 0, r: NONCE, j: 0, residue: none });
  const ys = Array.from({ length: 200 }, (_, y) => BigInt(y)).filter((y) => recoverX(y, 0n) === null);

  it("is refused by both verdicts, for the half of small y that are on no point", () => {
    expect(ys.length).toBeGreaterThan(80);
    for (const y of ys) {
      const { valid, difference, witness } = run({ ...good, key: toLittleEndian(y, 32) });
      expect(valid).toBe(false);
      expect(difference & RULE.keyOnCurve).not.toBe(0);
      expect(witness & RULE.keyOnCurve).not.toBe(0);
    }
  });

  it("is not the case of any multiple of the base point, of either sign", () => {
    for (const point of [BASE, PLAIN_KEY, PLAIN_R, multiply(L - 1n, BASE)] satisfies Point[]) {
      const { difference, witness } = run({ ...good, key: encode(point) });
      expect((difference & RULE.keyOnCurve) * (witness & RULE.keyOnCurve)).toBe(0);
      expect(witness & RULE.keyOnCurve).toBe(0);
    }
  });
});
