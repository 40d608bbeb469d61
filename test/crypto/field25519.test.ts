import { describe, expect, it } from "vitest";
import { toLittleEndian } from "../support/bytes.js";
import { mod, P, power } from "../support/edwards25519.js";
import {
  binary,
  canonical,
  fromBytes,
  inverse,
  LIMBS,
  limbsOf,
  square,
  valueOf,
  type Limbs,
} from "../support/field.js";
import { numbers } from "../support/random.js";

const UNIT = 2 ** 28;
const random = numbers(25519);

/** Every limb at the bound, with the signs of the bits of `signs`. */
function extreme(bound: number, signs: number): Limbs {
  const limb = Math.floor(bound * UNIT);
  return Array.from({ length: LIMBS }, (_, i) => ((signs >> i) & 1 ? -limb : limb));
}

function anywhere(bound: number): Limbs {
  return Array.from({ length: LIMBS }, () => Math.floor((2 * random() - 1) * bound * UNIT));
}

/** The bound on a product that field25519.ts proves. */
function expectReduced(limbs: Limbs): void {
  limbs.forEach((limb, i) => {
    expect(Math.abs(limb), `limb ${i}`).toBeLessThanOrEqual(i === 1 ? UNIT + 2 ** 16 : UNIT);
  });
}

const ALL_SIGNS = Array.from({ length: 512 }, (_, i) => i);

describe("a product of field elements", () => {
  // Pairs A, B with A * B = 14, and the largest pair the group's formulas use, 3 * 4.
  const bounds = [
    [2, 7],
    [7, 2],
    [3.5, 4],
    [Math.sqrt(14), Math.sqrt(14)],
    [3, 4],
    [1, 1],
  ] as const;

  it.each(bounds)("is exact and reduced with limbs at the bounds %f and %f, for all 512 signs", (a, b) => {
    for (const signs of ALL_SIGNS) {
      for (const other of [0, 0x1ff, 0x0aa, 0x155, signs, ~signs]) {
        const [x, y] = [extreme(a, signs), extreme(b, other)];
        const product = binary("fieldMultiply", x, y);
        expect(mod(valueOf(product))).toBe(mod(valueOf(x) * valueOf(y)));
        expectReduced(product);
      }
    }
  });

  it("is exact and reduced for 2,000 random pairs within the bounds", () => {
    for (let i = 0; i < 2000; i++) {
      const [x, y] = [anywhere(3.5), anywhere(4)];
      const product = binary("fieldMultiply", x, y);
      expect(mod(valueOf(product))).toBe(mod(valueOf(x) * valueOf(y)));
      expectReduced(product);
    }
  });

  it("is wrong beyond the bound: A * B = 16 overflows, so the cases above are at the edge", () => {
    const [x, y] = [extreme(4, 0), extreme(4, 0)];
    expect(mod(valueOf(binary("fieldMultiply", x, y)))).not.toBe(mod(valueOf(x) * valueOf(y)));
  });
});

describe("a square", () => {
  it.each([1, 2, 3, 3.7])("is exact and reduced with limbs at the bound %f, for all 512 signs", (bound) => {
    for (const signs of ALL_SIGNS) {
      const x = extreme(bound, signs);
      const result = square(x);
      expect(mod(valueOf(result))).toBe(mod(valueOf(x) ** 2n));
      expectReduced(result);
    }
  });

  it("is wrong beyond the bound: a doubled limb of 4 * 2^28 leaves 32 bits", () => {
    const x = extreme(4, 0);
    expect(mod(valueOf(square(x)))).not.toBe(mod(valueOf(x) ** 2n));
  });

  it("taken 255 times is the power 2^255", () => {
    const x = anywhere(1);
    expect(mod(valueOf(square(x, 255)))).toBe(power(valueOf(x), 2n ** 255n));
  });
});

describe("sum and difference", () => {
  it("are those of the limbs, exactly", () => {
    for (let i = 0; i < 200; i++) {
      const [x, y] = [anywhere(3.9), anywhere(3.9)];
      expect(binary("fieldAdd", x, y)).toEqual(x.map((limb, k) => limb + y[k]!));
      expect(binary("fieldSubtract", x, y)).toEqual(x.map((limb, k) => limb - y[k]!));
    }
  });
});

describe("the inverse", () => {
  it("times the element is 1, for the ends of the field, powers of two, limbs at the bound 7 and 1,000 others", () => {
    const elements = [1n, 2n, P - 1n, P - 2n, (P + 1n) / 2n].map(limbsOf);
    for (let i = 0; i < 1000; i++) elements.push(anywhere(7));
    for (const signs of ALL_SIGNS) elements.push(extreme(7, signs));
    for (let shift = 0n; shift < 255n; shift++) {
      elements.push(limbsOf(1n << shift), limbsOf(P - (1n << shift)));
    }
    for (const x of elements) expect(mod(valueOf(inverse(x)) * valueOf(x))).toBe(1n);
  });

  it("of 0, however written, is 0", () => {
    for (const zero of [0n, P]) expect(canonical(inverse(limbsOf(zero)))).toBe(0n);
  });
});

describe("bytes of an element", () => {
  const edges = [
    0n,
    1n,
    18n,
    19n,
    P - 1n,
    P,
    P + 1n,
    P + 18n,
    2n ** 255n - 1n,
    2n ** 254n,
    2n ** 232n,
    2n ** 232n - 1n,
  ];

  it.each(edges)("are read as they are, y = %d, with or without the highest bit", (y) => {
    expect(valueOf(fromBytes(toLittleEndian(y, 32)))).toBe(y);
    expect(valueOf(fromBytes(toLittleEndian(y + 2n ** 255n, 32)))).toBe(y);
  });

  it.each(edges)("are written canonical, y = %d and its negative", (y) => {
    const limbs = limbsOf(y);
    expect(canonical(limbs)).toBe(mod(y));
    expect(canonical(limbs.map((limb) => -limb))).toBe(mod(-y));
  });

  it("are written canonical near every multiple of p from -200 p to 200 p, within the bound 7", () => {
    for (let multiple = -200n; multiple <= 200n; multiple += 8n) {
      for (let near = -20n; near <= 20n; near++) {
        const value = multiple * P + near;
        const limbs = value < 0n ? limbsOf(-value).map((limb) => -limb) : limbsOf(value);
        expect(canonical(limbs)).toBe(mod(near));
      }
    }
  });

  it("are written canonical with every limb at the bound 7, for all 512 signs", () => {
    for (const signs of ALL_SIGNS) {
      const limbs = extreme(7, signs);
      expect(canonical(limbs)).toBe(mod(valueOf(limbs)));
    }
  });
});
