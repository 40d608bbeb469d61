import { describe, expect, it } from "vitest";
import { diag } from "../support/diag.js";
import { add, BASE, D, mod, multiply, negate, L, IDENTITY, type Point } from "../support/edwards25519.js";
import { valueOf } from "../support/field.js";

const ROWS = 6;
const COLUMNS = 43n;

/** Entry n: 2^215 B plus or minus 2^(43 i) B for each bit i of n (base25519.ts). */
function entry(n: number, rows: readonly Point[]): Point {
  return rows
    .slice(0, ROWS - 1)
    .reduce((sum, row, i) => add(sum, (n >> i) & 1 ? row : negate(row)), rows[ROWS - 1]!);
}

describe("the comb of the base point", () => {
  const rows = Array.from({ length: ROWS }, (_, i) => multiply(2n ** (COLUMNS * BigInt(i)), BASE));
  const address = diag.call("baseComb");
  const stored = new Int32Array(diag.peek(address, 32 * 108).buffer);
  const element = (n: number, which: number): number[] => [
    ...stored.subarray(27 * n + 9 * which, 27 * n + 9 * which + 9),
  ];

  it("has a base point of order L", () => {
    expect(multiply(L, BASE)).toEqual(IDENTITY);
  });

  it.each(Array.from({ length: 32 }, (_, n) => n))("has y + x, y - x and 2dxy of entry %i", (n) => {
    const { x, y } = entry(n, rows);
    expect(mod(valueOf(element(n, 0)))).toBe(mod(y + x));
    expect(mod(valueOf(element(n, 1)))).toBe(mod(y - x));
    expect(mod(valueOf(element(n, 2)))).toBe(mod(2n * D * x * y));
  });

  it("has centred limbs, as the bounds of pointAdd need", () => {
    expect(stored.every((limb) => Math.abs(limb) <= 2 ** 28)).toBe(true);
  });
});
