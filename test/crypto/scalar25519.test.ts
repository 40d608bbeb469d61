import { describe, expect, it } from "vitest";
import { fromLittleEndian, toLittleEndian } from "../support/bytes.js";
import { diag } from "../support/diag.js";
import { L } from "../support/edwards25519.js";
import { numbers, randomBytes } from "../support/random.js";

const random = numbers(8032);

function reduce(wide: Uint8Array): bigint {
  diag.write(wide);
  diag.call("scalarReduce");
  return fromLittleEndian(diag.read(32));
}

/** The signed digits, lowest first, and how many the module says count. */
function digits(scalar: bigint): { digits: number[]; count: number } {
  diag.write(toLittleEndian(scalar, 36));
  const count = diag.call("scalarDigits");
  return { digits: [...new Int8Array(diag.read(256).buffer)], count };
}

const edges = [
  0n,
  1n,
  2n,
  15n,
  16n,
  17n,
  31n,
  32n,
  L - 1n,
  L - 2n,
  2n ** 252n,
  2n ** 252n - 1n,
  (L - 1n) / 2n,
];
const scalars = [
  ...edges,
  ...Array.from({ length: 300 }, () => fromLittleEndian(randomBytes(random, 64)) % L),
];

describe("reduction modulo L", () => {
  it("agrees with BigInt on 2,000 random inputs of 64 bytes", () => {
    for (let i = 0; i < 2000; i++) {
      const wide = randomBytes(random, 64);
      expect(reduce(wide)).toBe(fromLittleEndian(wide) % L);
    }
  });

  it("agrees beside every multiple of L that is a power of two, and at both ends", () => {
    const values = [0n, 1n, 2n ** 512n - 1n];
    for (let shift = 0n; shift < 259n; shift++) {
      for (const near of [-1n, 0n, 1n]) values.push((L << shift) + near, (1n << (shift + 252n)) + near);
    }
    for (const value of values) {
      expect(reduce(toLittleEndian(value, 64)), `0x${value.toString(16)}`).toBe(value % L);
    }
  });
});

describe("S", () => {
  const notCanonical = (scalar: bigint): boolean => {
    diag.write(toLittleEndian(scalar, 32));
    return diag.call("scalarNotCanonical") !== 0;
  };

  it.each([0n, 1n, L - 2n, L - 1n, 2n ** 252n])("is canonical below L: %d", (scalar) => {
    expect(notCanonical(scalar)).toBe(false);
  });

  it.each([L, L + 1n, 2n * L, 2n ** 253n, 2n ** 255n, 2n ** 256n - 1n])(
    "is not canonical from L on: %d",
    (scalar) => {
      expect(notCanonical(scalar)).toBe(true);
    },
  );
});

describe("the signed window form", () => {
  it("sums up to the scalar", () => {
    for (const scalar of scalars) {
      const sum = digits(scalar).digits.reduceRight((value, digit) => 2n * value + BigInt(digit), 0n);
      expect(sum).toBe(scalar);
    }
  });

  it("has digits that are 0 or odd in -15..15, one of any five in a row at most", () => {
    for (const scalar of scalars) {
      let free = 0;
      digits(scalar).digits.forEach((digit, i) => {
        if (digit === 0) return;
        expect(Math.abs(digit) <= 15 && digit % 2 !== 0, `digit ${digit}`).toBe(true);
        expect(i).toBeGreaterThanOrEqual(free);
        free = i + 5;
      });
    }
  });

  it("counts up to its highest digit, 254 at most", () => {
    for (const scalar of scalars) {
      const form = digits(scalar);
      expect(form.count).toBe(form.digits.findLastIndex((digit) => digit !== 0) + 1);
      expect(form.count).toBeLessThanOrEqual(254);
    }
  });
});

describe("the comb", () => {
  it("reads every scalar as 258 signs that sum up to it modulo L", () => {
    for (const scalar of scalars) {
      diag.write(toLittleEndian(scalar, 32));
      diag.call("combColumns");
      let sum = 0n;
      diag.read(43).forEach((column, j) => {
        expect(column).toBeLessThan(64);
        for (let row = 0; row < 6; row++) sum += ((column >> row) & 1 ? 1n : -1n) << BigInt(j + 43 * row);
      });
      expect(((sum % L) + L) % L).toBe(scalar);
    }
  });
});
