import { describe, expect, it } from "vitest";
import { Random } from "../../host-sim/device/random.js";

const draws = (random: Random, count = 8) => Array.from({ length: count }, () => random.u32());

/** xoshiro128** written a second time, with BigInt and no 32-bit operators, from the authors' C. */
function reference(state: bigint[], count: number): number[] {
  const u32 = (value: bigint) => value & 0xffffffffn;
  const rotate = (value: bigint, by: bigint) => u32((value << by) | (value >> (32n - by)));
  const s = [...state] as [bigint, bigint, bigint, bigint];
  return Array.from({ length: count }, () => {
    const result = u32(rotate(u32(s[1] * 5n), 7n) * 9n);
    const t = u32(s[1] << 9n);
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11n);
    return Number(result);
  });
}

describe("the generator", () => {
  it("gives xoshiro128**'s numbers from the state 1, 2, 3, 4", () => {
    const random = new Random("any");
    random.restore([1, 2, 3, 4]);
    const ours = draws(random, 1000);
    expect(ours.slice(0, 4)).toEqual([11520, 0, 5927040, 70819200]);
    expect(ours).toEqual(reference([1n, 2n, 3n, 4n], 1000));
  });

  it("refuses the all-zero state, which never moves", () => {
    expect(() => new Random(1).restore([0, 0, 0, 0])).toThrow(RangeError);
  });

  it("repeats by seed, whether the seed is a number, a bigint or text", () => {
    expect(draws(new Random(7))).toEqual(draws(new Random("7")));
    expect(draws(new Random(7n))).toEqual(draws(new Random("7")));
    expect(draws(new Random(8))).not.toEqual(draws(new Random(7)));
  });

  it("forks by label alone, however much was drawn from the parent", () => {
    const fresh = new Random(1);
    const used = new Random(1);
    draws(used, 100);
    expect(draws(used.fork("flash"))).toEqual(draws(fresh.fork("flash")));
    expect(draws(used.fork("flash"))).not.toEqual(draws(used.fork("motor")));
  });

  it("gives 10,000 numbered forks 10,000 different streams", () => {
    const parent = new Random(1);
    const firsts = new Set(Array.from({ length: 10_000 }, (_, i) => parent.fork(i).u64()));
    expect(firsts.size).toBe(10_000);
  });

  it("continues from a saved state", () => {
    const random = new Random(3);
    draws(random, 5);
    const state = random.save();
    const once = draws(random);
    random.restore(state);
    expect(draws(random)).toEqual(once);
  });
});

describe("a bounded draw", () => {
  it("hits every value of a small bound about equally and never the bound", () => {
    const random = new Random("bounded");
    const counts = [0, 0, 0];
    for (let i = 0; i < 30_000; i++) counts[random.below(3)]!++;
    expect(counts).toHaveLength(3);
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400); // five standard deviations
  });

  it("draws again where the remainder would favour the small values", () => {
    // Of 2^32 values, 2^31 + 1 is the bound that wastes most: nearly half the draws must be thrown away.
    const random = new Random("biased");
    const low = Array.from({ length: 4000 }, () => random.below(2 ** 31 + 1)).filter(
      (value) => value < 2 ** 30,
    );
    expect(Math.abs(low.length - 2000)).toBeLessThan(160); // a plain remainder would give 3000
  });

  it.each([0, -1, 1.5, 2 ** 32 + 1, NaN])("refuses the bound %s", (bound) => {
    expect(() => new Random(1).below(bound)).toThrow(RangeError);
  });

  it("accepts the bounds 1 and 2^32", () => {
    expect(new Random(1).below(1)).toBe(0);
    expect(new Random(1).below(2 ** 32)).toBe(new Random(1).u32());
  });

  it("includes both ends of between", () => {
    const random = new Random(2);
    const seen = new Set(Array.from({ length: 100 }, () => random.between(-1, 1)));
    expect([...seen].sort((a, b) => a - b)).toEqual([-1, 0, 1]);
  });

  it("refuses to pick from nothing, and shuffles without loss", () => {
    expect(() => new Random(1).pick([])).toThrow(RangeError);
    const items = Array.from({ length: 50 }, (_, i) => i);
    const shuffled = new Random(1).shuffle([...items]);
    expect(shuffled).not.toEqual(items);
    expect(shuffled.sort((a, b) => a - b)).toEqual(items);
  });

  it("fills any length, and the same bytes for the same seed", () => {
    for (const length of [0, 1, 3, 4, 5, 64]) expect(new Random(1).bytes(length)).toHaveLength(length);
    expect(new Random(1).bytes(64)).toEqual(new Random(1).bytes(64));
    expect(new Set(new Random(1).bytes(64)).size).toBeGreaterThan(40);
  });
});
