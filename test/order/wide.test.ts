import { describe, expect, it } from "vitest";
import { compileHarness } from "../support/harness.js";
import { numbers } from "../support/random.js";

const SOURCE = `
import * as wide from "./order/wide";
export function ratio(a: u64, b: u64, c: u64, d: u64, e: u64): u64 { return wide.ratio(a, b, c, d, e); }
export function ratioCeil(a: u64, b: u64, c: u64, d: u64, e: u64): u64 { return wide.ratioCeil(a, b, c, d, e); }
export function compareProducts(a: u64, b: u64, c: u64, d: u64): i32 { return wide.compareProducts(a, b, c, d); }
`;

interface Wide {
  ratio(a: bigint, b: bigint, c: bigint, d: bigint, e: bigint): bigint;
  ratioCeil(a: bigint, b: bigint, c: bigint, d: bigint, e: bigint): bigint;
  compareProducts(a: bigint, b: bigint, c: bigint, d: bigint): number;
}

const SATURATED = 2n ** 64n - 1n;
const random = numbers(128);

/** A number of at most `bits` bits, with as many leading zeros as it happens to have, and often at an edge. */
function some(bits: number): bigint {
  const width = Math.floor(random() * (bits + 1));
  let value = 0n;
  for (let i = 0; i < width; i += 16) value = (value << 16n) | BigInt(Math.floor(random() * 65536));
  value &= (1n << BigInt(width)) - 1n;
  const edge = random();
  if (edge < 0.1) value = (1n << BigInt(width)) - 1n;
  if (edge > 0.9 && width > 0) value = 1n << BigInt(width - 1);
  return value;
}

const floor = (n: bigint, d: bigint): bigint => (n / d > SATURATED ? SATURATED : n / d);
const ceil = (n: bigint, d: bigint): bigint => {
  const quotient = n / d;
  if (quotient >= SATURATED) return SATURATED;
  return n % d === 0n ? quotient : quotient + 1n;
};

describe("128-bit quotients", async () => {
  const module = await compileHarness("division", SOURCE);
  const wide = new WebAssembly.Instance(module, {}).exports as unknown as Wide;
  const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value);

  it("are those of integers without end, rounded down and up, over 200,000 random products", () => {
    let saturated = 0;
    let whole = 0;
    for (let n = 0; n < 200_000; n++) {
      // 53 + 37 + 38 bits below, 63 + 63 above the line: the largest that wide.ts admits.
      const [a, b, c] = [some(53), some(37), some(38)];
      const [d, e] = [some(63) || 1n, some(63) || 1n];
      expect(unsigned(wide.ratio(a, b, c, d, e))).toBe(floor(a * b * c, d * e));
      expect(unsigned(wide.ratioCeil(a, b, c, d, e))).toBe(ceil(a * b * c, d * e));
      if (a * b * c > SATURATED * d * e) saturated++;
      if (a * b * c > 0n && (a * b * c) % (d * e) === 0n) whole++;
    }
    expect(saturated).toBeGreaterThan(1000);
    expect(whole).toBeGreaterThan(1000);
  });

  it("at the edge of 64 bits are exact below, and saturated from 2^64 on", () => {
    expect(unsigned(wide.ratio(SATURATED, 1n, 1n, 1n, 1n))).toBe(SATURATED);
    expect(unsigned(wide.ratio(SATURATED, 2n ** 63n, 1n, 2n ** 63n, 1n))).toBe(SATURATED);
    expect(unsigned(wide.ratio(SATURATED - 1n, 2n ** 63n, 1n, 2n ** 63n, 1n))).toBe(SATURATED - 1n);
  });

  it("of products compare as the products do", () => {
    for (let n = 0; n < 50_000; n++) {
      const [a, b, c] = [some(64), some(64), some(64)];
      const d = random() < 0.3 ? b : some(64);
      const [left, right] = [a * b, c * d];
      expect(wide.compareProducts(a, b, c, d)).toBe(left < right ? -1 : left > right ? 1 : 0);
    }
  });
});
