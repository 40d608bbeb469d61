import { describe, expect, it } from "vitest";
import { diag } from "../support/diag.js";
import { add, BASE, D, encode, mod, multiply, negate, type Point, TORSION } from "../support/edwards25519.js";
import { flip, prepare, signer, type Signer } from "../support/ed25519.js";
import { valueOf } from "../support/field.js";

/** Slots of the shipped layout (assembly/layout.ts). */
const SLOTS = 2;
/** A short message under a prepared key: hash, six of multiplication, comparison; and without. */
const SLICES = 8;
const SLICES_UNPREPARED = 27;
/** Slices of a preparation. */
const PREPARATION = 23;

const MESSAGE = new TextEncoder().encode("an order");

function slicesOf(by: Signer, message: Uint8Array = MESSAGE): number {
  const { valid, slices } = diag.ed25519Verification(by.key, message, by.sign(message));
  expect(valid).toBe(true);
  diag.call("ed25519KeyUsed");
  return slices;
}

function steps(most = 1000): number {
  let count = 0;
  while (count < most && diag.call("ed25519PrepareStep") === 1) count++;
  return count;
}

const isPrepared = (key: Uint8Array): boolean => {
  diag.write(key);
  return diag.call("ed25519IsPrepared") === 1;
};

describe("a key that has verified", () => {
  it("is prepared in slices of its own, and then verifies in fewer", () => {
    diag.call("ed25519Forget");
    const by = signer();
    expect(steps()).toBe(0);
    expect(slicesOf(by)).toBeGreaterThan(SLICES);
    expect(steps()).toBe(PREPARATION);
    expect(steps()).toBe(0);
    expect(slicesOf(by)).toBe(SLICES);
  });

  it("is not prepared by a signature that is not valid, whichever bit is wrong", () => {
    diag.call("ed25519Forget");
    const by = signer();
    const signature = by.sign(MESSAGE);
    for (let bit = 0; bit < 512; bit += 7) {
      diag.ed25519Verify(by.key, MESSAGE, flip(signature, bit));
      diag.call("ed25519KeyUsed");
      expect(steps()).toBe(0);
    }
    expect(isPrepared(by.key)).toBe(false);
  });

  it("verifies the slower way until the last slice of its preparation, and in between disturbs nothing", () => {
    const by = signer();
    const other = signer();
    for (let done = 0; done < PREPARATION; done++) {
      diag.call("ed25519Forget");
      slicesOf(by);
      expect(steps(done)).toBe(done);
      expect(isPrepared(by.key)).toBe(false);
      expect(slicesOf(by)).toBeGreaterThan(SLICES);
      expect(slicesOf(other)).toBeLessThanOrEqual(SLICES_UNPREPARED);
      expect(steps(PREPARATION - done)).toBe(PREPARATION - done);
      expect(slicesOf(by)).toBe(SLICES);
      expect(diag.ed25519Verify(by.key, MESSAGE, flip(by.sign(MESSAGE), 3))).toBe(false);
    }
  });

  it("takes the place of that which verified longest ago, once all are taken", () => {
    diag.call("ed25519Forget");
    const keys = Array.from({ length: SLOTS + 1 }, signer);
    for (const by of keys.slice(0, SLOTS)) {
      slicesOf(by);
      steps();
    }
    slicesOf(keys[0]!);
    slicesOf(keys[SLOTS]!);
    steps();
    expect(keys.map(({ key }) => isPrepared(key))).toEqual([true, false, true]);
    expect(slicesOf(keys[1]!)).toBeGreaterThan(SLICES);
    expect(slicesOf(keys[SLOTS]!)).toBe(SLICES);
  });

  it("waits for the preparation under way to end, and is prepared after it", () => {
    diag.call("ed25519Forget");
    const [first, second] = [signer(), signer()];
    slicesOf(first);
    expect(steps(5)).toBe(5);
    slicesOf(second);
    expect(steps()).toBe(2 * PREPARATION - 5);
    expect([isPrepared(first.key), isPrepared(second.key)]).toEqual([true, true]);
  });

  it("does not push out the one under preparation, however many others verify", () => {
    diag.call("ed25519Forget");
    const first = signer();
    slicesOf(first);
    expect(steps(5)).toBe(5);
    for (let n = 0; n < 2 * SLOTS; n++) slicesOf(signer());
    expect(steps()).toBe(SLOTS * PREPARATION - 5);
    expect(isPrepared(first.key)).toBe(true);
  });

  it("is not taken for a key that differs in one bit", () => {
    const by = signer();
    prepare(diag, by.key);
    for (let bit = 0; bit < 256; bit++) expect(isPrepared(flip(by.key, bit)), `bit ${bit}`).toBe(false);
  });
});

describe("the comb of a key", () => {
  const points: [string, Point][] = [
    ["of large order", multiply(0x1234567890abcdef1234567890abcdefn, BASE)],
    ["of mixed order", add(multiply(77n, BASE), TORSION[3]!)],
    ["of order 8", TORSION[1]!],
    ["the identity", TORSION[0]!],
  ];

  it.each(points)("has the 32 sums of its six rows: a point %s", (_name, point) => {
    diag.call("ed25519Forget");
    prepare(diag, encode(point));
    const comb = diag.peek(diag.call("preparedComb"), 32 * 108);
    const stored = new Int32Array(comb.slice().buffer);
    const rows = Array.from({ length: 6 }, (_, i) => multiply(2n ** BigInt(43 * i), point));
    for (let n = 0; n < 32; n++) {
      const { x, y } = rows
        .slice(0, 5)
        .reduce((sum, row, i) => add(sum, (n >> i) & 1 ? row : negate(row)), rows[5]!);
      const element = (which: number): bigint =>
        mod(valueOf([...stored.subarray(27 * n + 9 * which, 27 * n + 9 * which + 9)]));
      expect([element(0), element(1), element(2)]).toEqual([mod(y + x), mod(y - x), mod(2n * D * x * y)]);
    }
    // The bounds that pointAdd needs: [2], and [1] for the last element.
    expect(stored.every((limb, i) => Math.abs(limb) <= (i % 27 < 18 ? 2 : 1) * (2 ** 28 + 2 ** 16))).toBe(
      true,
    );
  });
});
