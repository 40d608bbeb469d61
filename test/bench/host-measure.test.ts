import { describe, expect, it } from "vitest";
import { type Contender, timed } from "../../bench/host/contender.js";
import { interleave } from "../../bench/host/interleave.js";
import { median, medianRatio, quantile } from "../../bench/host/statistics.js";

describe("statistics", () => {
  it("takes the middle value, or the mean of the two middle ones", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 7])).toBe(6);
    expect(median([3])).toBe(3);
  });

  it("takes a quantile by nearest rank, the ends included", () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect([0, 0.5, 0.99, 0.991, 1].map((q) => quantile(values, q))).toEqual([1, 50, 99, 100, 100]);
  });

  it("refuses to speak of no values, and of rounds that do not pair", () => {
    expect(() => median([])).toThrow(RangeError);
    expect(() => quantile([], 0.5)).toThrow(RangeError);
    expect(() => medianRatio([1, 2], [1])).toThrow("2 rounds against 1");
  });

  it("keeps a ratio though half of the rounds ran at a tenth of the speed, where a ratio of medians does not", () => {
    const ours = [10, 100, 10, 100, 100];
    const theirs = [20, 200, 20, 20, 200].map((ns, i) => (i === 3 ? ours[3]! * 2 : ns));
    expect(medianRatio(theirs, ours)).toBe(2);
    const disturbedOnce = [20, 200, 20, 200, 20];
    expect(median(disturbedOnce) / median(ours)).not.toBe(2);
    expect(medianRatio(disturbedOnce, ours)).toBe(2);
  });
});

/** Takes `perOperationNs` an operation, by its own word. */
function scripted(name: string, perOperationNs: number, turns: string[]): Contender {
  return {
    name,
    version: "1",
    engine: "JavaScript",
    wrong: null,
    measure: (times) => {
      turns.push(name);
      return times * perOperationNs;
    },
  };
}

describe("an interleaved run", () => {
  const options = { rounds: 3, turnMs: 1, warmUpMs: 0 };

  it("gives everybody one turn a round, in an order that is not always the same", async () => {
    const turns: string[] = [];
    const names = ["a", "b", "c"];
    const rounds = await interleave(
      names.map((name, i) => scripted(name, 1e6 * (i + 1), turns)),
      { ...options, rounds: 30 },
    );
    // Three batches a turn, behind the one each has for its warm-up.
    const order = turns.slice(3).filter((_, i) => i % 3 === 0);
    const inRounds = Array.from({ length: 30 }, (_, i) => order.slice(3 * i, 3 * i + 3));
    expect(inRounds.every((round) => [...round].sort().join() === names.join())).toBe(true);
    expect(new Set(inRounds.map((round) => round.join())).size).toBe(6);
    expect(rounds).toEqual([1e6, 2e6, 3e6].map((ns) => Array<number>(30).fill(ns)));
  });

  it("forgets a batch in which the processor was somebody else's", async () => {
    let batch = 0;
    const interrupted: Contender = {
      ...scripted("x", 0, []),
      measure: (times) => times * 1000 + (batch++ % 5 === 4 ? 4e6 : 0),
    };
    expect(await interleave([interrupted], { ...options, turnMs: 4 })).toEqual([[1000, 1000, 1000]]);
  });

  it("fills a batch with as many operations as fit, and a turn with as many batches; does a slow one thrice", async () => {
    const counts: number[] = [];
    const counted = (perOperationNs: number): Contender => ({
      ...scripted("x", perOperationNs, []),
      measure: (times) => {
        counts.push(times);
        return times * perOperationNs;
      },
    });
    await interleave([counted(1000)], { rounds: 1, turnMs: 4, warmUpMs: 1 });
    expect(counts.slice(-10)).toEqual(Array<number>(10).fill(400));
    counts.length = 0;
    await interleave([counted(50e6)], { rounds: 1, turnMs: 4, warmUpMs: 1 });
    expect(counts).toEqual([1, 1, 1, 1]);
  });

  it("awaits those that answer later", async () => {
    const later: Contender = { ...scripted("later", 0, []), measure: (times) => Promise.resolve(times * 7) };
    expect(await interleave([later], options)).toEqual([[7, 7, 7]]);
  });

  it("times what it is given, and goes on through the cases", () => {
    const seen: number[] = [];
    const measure = timed((index) => seen.push(index));
    expect(measure(3)).toBeGreaterThan(0);
    measure(2);
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });
});
