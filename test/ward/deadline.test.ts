/** The ward's day and the flood on several processors: who meets the deadlines, and that a processor that is too slow does not. */
import { describe, expect, it } from "vitest";
import { loadModule } from "../../host-sim/gate/gate.js";
import { profileLines, profileProblems } from "../../host-sim/cli/simulate-profiles.js";
import { profile, profileNamed, PROFILES } from "../../host-sim/pump/profile.js";
import {
  type Check,
  checkAll,
  DEADLINES,
  duration,
  type Measured,
  type Measures,
} from "../../host-sim/ward/deadline/deadline.js";
import { measureProfile, type ProfileResult } from "../../host-sim/ward/deadline/measure.js";
import { type Weakness, weakenedGate } from "../support/weakened.js";

const module = loadModule();
const short = { seed: "deadline", module, hours: 2, floodCount: 400 };
const results = PROFILES.map((it) => measureProfile(it, short));
/** The control: a processor that nobody would take. */
const slow = measureProfile(profile("slow", "Cortex-M0+, 1 MHz", "cortex-m0plus", 1), short);

/**
 * At 48 MHz a Cortex-M0+ is too slow for a tick that is due as an erase begins, and, by the seed, for an order at the terminal that finds
 * a forged one of every other inbox before it: four verifications of 0.3 s.
 */
const TOO_MUCH: Readonly<Record<string, readonly Check["of"][]>> = {
  "m0plus-48": ["tickWorst", "orderBeside"],
};

const of = ({ checks }: ProfileResult, key: Check["of"]) => checks.find((it) => it.of === key)!;
const named = (name: string) => results.find((it) => it.profile.name === name)!;

describe.each(results.map((result) => [result.profile.title, result] as const))("%s", (_, result) => {
  it("goes through the day and the flood as planned, and accepts nothing forged", () => {
    expect(result.troubles).toEqual([]);
    expect(result.forgedAccepted).toBe(0);
  });

  it("meets the deadlines of orders, ticks and the panel, but for what is known to be too much for it", () => {
    const tooMuch = TOO_MUCH[result.profile.name] ?? [];
    const missed = result.checks.filter(({ of, met }) => !met && !tooMuch.includes(of));
    expect(missed).toEqual([]);
  });

  it("has had all of it to do", () => {
    expect(of(result, "order").measured.count).toBeGreaterThan(25);
    expect(of(result, "tick").measured.count).toBeGreaterThan(0.8 * 2 * 3600);
    expect(of(result, "stop").measured.count).toBeGreaterThan(5);
    expect(of(result, "orderBeside").measured.count).toBeGreaterThan(3);
    expect(of(result, "orderFlooded").measured.count).toBeGreaterThan(6);
    expect(of(result, "stopFlooded").measured.count).toBe(200);
  });

  it("never makes a tick or a hand wait for longer than what is calculated", () => {
    for (const [seen, worst] of [
      ["tick", "tickWorst"],
      ["tickFlooded", "tickWorst"],
      ["stop", "stopWorst"],
      ["stopFlooded", "stopWorst"],
    ] as const) {
      expect(of(result, seen).ms).toBeGreaterThan(0);
      expect(of(result, seen).ms).toBeLessThanOrEqual(of(result, worst).ms);
    }
  });
});

describe("processors", () => {
  it("are faster the faster they are: orders, ticks and the panel alike", () => {
    for (const key of ["order", "orderBeside", "tickWorst", "stopWorst"] as const) {
      const ms = ["m4-168", "m4-64", "m0plus-48"].map((name) => of(named(name), key).ms);
      expect(ms).toEqual([...ms].sort((a, b) => a - b));
    }
    expect(of(named("rp2040-133"), "order").ms).toBeLessThan(of(named("m0plus-48"), "order").ms);
  });

  it("have the same times again for the same seed", () => {
    expect(measureProfile(profileNamed("m0plus-48"), short)).toEqual(named("m0plus-48"));
  });

  it("are shown with the deadlines that they miss, or as meeting all of them", () => {
    for (const result of [...results, slow]) {
      const missed = result.checks.filter(({ met }) => !met);
      const text = profileLines([result]).join("\n");
      expect(text).toContain(missed.length === 0 ? "meets all" : `MISSES ${missed.length}`);
      expect(text.match(/ missed: /g) ?? []).toHaveLength(missed.length);
    }
  });

  it("wait for an erase of 40 ms as for a slice, and at 48 MHz for up to four orders in a flood", () => {
    const m0 = named("m0plus-48");
    expect(m0.sliceMaxMs).toBeGreaterThan(40);
    expect(of(m0, "orderBeside").ms).toBeLessThan(4 * of(m0, "order").measured.maxMs);
  });
});

describe("a Cortex-M0+ at 1 MHz, the control", () => {
  it("misses every deadline, the order's, the tick's and the panel's, with and without a flood", () => {
    expect(slow.met).toBe(false);
    expect(slow.checks.filter(({ met }) => met).map((it) => it.of)).toEqual([]);
  });

  it("still accepts nothing forged", () => {
    expect(slow.forgedAccepted).toBe(0);
  });

  it("is told with every deadline that it misses, and fails the command only if it was named", () => {
    const missed = (problems: readonly string[]) =>
      problems.filter((it) => /^slow: deadline missed/.test(it));
    expect(missed(profileProblems([slow], true))).toHaveLength(DEADLINES.length);
    expect(missed(profileProblems([slow], false))).toEqual([]);
    expect(profileLines([slow]).join("\n")).toContain(`MISSES ${DEADLINES.length}`);
    expect(profileProblems([{ ...slow, troubles: [], forgedAccepted: 1 }], false)).toEqual([
      "slow: 1 forged messages accepted",
    ]);
  });
});

describe("a gate that does not run in slices", () => {
  it("misses a tick's and STOP's deadline where the shipped one does not: they wait for its verification", async () => {
    const weakness: Weakness = "betweenSlices";
    const weak = measureProfile(profileNamed("m0plus-48"), {
      ...short,
      module: await weakenedGate(weakness),
    });
    for (const key of ["stopFlooded", "tickFlooded"] as const) {
      expect(of(weak, key).ms).toBeGreaterThan(2 * of(named("m0plus-48"), key).ms);
      expect(of(weak, key).met).toBe(false);
    }
  });
});

describe("a deadline", () => {
  const at = (maxMs: number, count = 1): Measured => ({ count, p50Ms: 0, p99Ms: maxMs, maxMs });
  const all = (measured: Measured): Measures =>
    Object.fromEntries(DEADLINES.map((it) => [it.of, measured])) as unknown as Measures;

  it.each(DEADLINES.map((deadline) => [deadline.title, deadline] as const))(
    "%s: is met up to its limit and not a microsecond beyond, and not by what never happened",
    (_, { of: key, limitMs }) => {
      const met = (measured: Measured) => checkAll(all(measured)).find((it) => it.of === key)!.met;
      expect(met(at(limitMs - 0.001))).toBe(true);
      expect(met(at(limitMs))).toBe(true);
      expect(met(at(limitMs + 0.001))).toBe(false);
      expect(met(at(Infinity))).toBe(false);
      expect(met(at(0, 0))).toBe(false);
    },
  );

  it.each([
    [0.519, "0.52 ms"],
    [84.2, "84 ms"],
    [149.4, "149 ms"],
    [1000, "1 s"],
    [8730, "8.7 s"],
    [Infinity, "never"],
  ])("of %d ms reads %s", (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});
