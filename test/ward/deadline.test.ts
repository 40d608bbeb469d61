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

const of = ({ checks }: ProfileResult, key: Check["of"]) => checks.find((it) => it.of === key)!;
const named = (name: string) => results.find((it) => it.profile.name === name)!;

describe.each(results.map((result) => [result.profile.title, result] as const))("%s", (_, result) => {
  it("goes through the day and the flood as planned, and accepts nothing forged", () => {
    expect(result.troubles).toEqual([]);
    expect(result.forgedAccepted).toBe(0);
  });

  it("meets the deadlines of orders, ticks and the panel, in the day and in the flood", () => {
    const kept = result.checks.filter(({ of }) => of !== "tickWorst");
    expect(kept.filter(({ met }) => !met)).toEqual([]);
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

  it("at 48 MHz may miss one deadline: of a tick that is due as an erase begins; it is shown whether they do", () => {
    const m0 = named("m0plus-48");
    expect(m0.sliceMaxMs).toBeGreaterThan(40);
    expect(m0.met).toBe(of(m0, "tickWorst").met);
    expect(profileLines([m0]).join("\n")).toMatch(
      m0.met ? /meets all/ : /MISSES 1 .*\n +missed: tick, asked for/,
    );
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
