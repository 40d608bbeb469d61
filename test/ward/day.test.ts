import { describe, expect, it } from "vitest";
import { loadModule } from "../../host-sim/gate/gate.js";
import { attackTotals, type DayResult, resultOf } from "../../host-sim/ward/result.js";
import { associate, start } from "../../host-sim/ward/acts.js";
import { Attacker } from "../../host-sim/ward/attacker.js";
import { HOURS_MAX, PUMPS_MAX, Ward } from "../../host-sim/ward/ward.js";
import { wardAfter } from "./support.js";

const SEEDS = ["1", "2", "three"];
const results = new Map<string, DayResult>();

function dayOf(seed: string): DayResult {
  const made = results.get(seed) ?? resultOf(wardAfter(seed));
  results.set(seed, made);
  return made;
}

describe.each(SEEDS)("a short day of seed %s", (seed) => {
  it("is as planned: every answer of the gate is the one that was expected", () => {
    expect(dayOf(seed).problems).toEqual([]);
  });

  it("accepts no hostile message of many", () => {
    const { messages, accepted } = attackTotals(dayOf(seed).attacks);
    expect(messages).toBeGreaterThan(1000);
    expect(accepted).toBe(0);
  });

  it("never counts less than left the pump, and moves nothing without a grant", () => {
    for (const { countedNl, truthNl, underCounts, ungrantedNl } of dayOf(seed).pumps) {
      expect(truthNl).toBeGreaterThan(0);
      expect(countedNl).toBeGreaterThanOrEqual(truthNl);
      expect({ underCounts, ungrantedNl }).toEqual({ underCounts: 0, ungrantedNl: 0 });
    }
  });

  it("leaves logs that verify against attested heads, with every verdict judged again", () => {
    for (const { log } of dayOf(seed).pumps) {
      expect(log).toMatchObject({ ok: true, faults: [], attested: true });
      expect(log.recomputed).toBe(log.judged);
      expect(log.judged).toBeGreaterThan(5);
    }
  });

  it("has every kind of thing in it: permits, overrides, refusals, power losses, a new library", () => {
    const day = dayOf(seed);
    const reasons = new Set(day.decisions.map(({ reason }) => reason));
    for (const reason of [
      "OK",
      "LIMIT_HARD",
      "LIMIT_SOFT",
      "LIMIT_CEILING",
      "LIMIT_PROFILE",
      "LIBRARY_REFERENCE",
      "KID_UNKNOWN",
      "RANGE",
      "RESUME_TOO_LATE",
      "OVERRIDE_NOT_ALLOWED",
    ]) {
      expect(reasons).toContain(reason);
    }
    expect(day.landmarks).toHaveLength(3);
    for (const pump of day.pumps) {
      expect(pump.powerLosses).toHaveLength(2);
      expect(pump.limits.map(({ libraryVersion }) => libraryVersion)).toEqual([7, 8]);
    }
  });
});

describe("a day of one seed", () => {
  it("is the same twice, to the last figure", () => {
    expect(resultOf(wardAfter("1"))).toEqual(dayOf("1"));
  });

  it("is another day with another seed", () => {
    expect(dayOf("2").pumps.map(({ truthNl }) => truthNl)).not.toEqual(
      dayOf("1").pumps.map(({ truthNl }) => truthNl),
    );
  });

  it("goes on with what runs when the stricter library arrives, and refuses the dose of the morning", () => {
    const [icu] = dayOf("1").pumps;
    const changed = icu!.limits[1]!.fromMs;
    const hardMax = icu!.limits[1]!.hardMax!;
    const before = icu!.doses.filter(({ atMs }) => atMs <= changed).at(-1)!;
    const after = icu!.doses.find(({ atMs }) => atMs > changed);
    expect(before.dose).toBeGreaterThan(hardMax);
    expect((after?.atMs ?? Infinity) - changed).toBeGreaterThan(60_000);
    const asked = icu!.happenings.filter(({ atMs, dose }) => atMs > changed && (dose ?? 0) > hardMax);
    expect(asked.map(({ reason }) => reason)).toContain("LIMIT_HARD");
    expect(asked.every(({ answer }) => answer === "DENY")).toBe(true);
  });
});

describe("what makes a day fail", () => {
  it("is a pump of which more left than the gate has counted", () => {
    const ward = wardAfter("falsified", 1, 2);
    const { pump } = ward.sides[1]!.bed;
    pump.account.book(pump.device.motor.deliveredPl + 10n ** 12n, 1);
    expect(resultOf(ward).problems).toEqual([expect.stringMatching(/^Adult ward 1: the gate counted less/)]);
  });

  it("is movement without a grant", () => {
    const ward = wardAfter("ungranted", 1, 2);
    const { pump } = ward.sides[0]!.bed;
    pump.account.book(pump.device.motor.deliveredPl + 1000n, 0);
    const { problems } = resultOf(ward);
    expect(problems.join()).toMatch(/Adult ICU 1: 1 nL were delivered without a grant/);
  });

  it("is a log with a record altered", () => {
    const ward = wardAfter("altered", 1, 2);
    const page = ward.sides[0]!.collector.export().streams[0][0]!;
    page.records[30]! ^= 1;
    expect(resultOf(ward).problems.join()).toMatch(/Adult ICU 1: log: stream 0 record/);
  });

  it("is an answer that nobody planned", () => {
    const ward = wardAfter("unplanned", 1, 1);
    const side = ward.sides[0]!;
    side.panel({ what: "stops what does not run", expect: "OK" }, "STOP");
    expect(resultOf(ward).problems.join()).toMatch(/stops what does not run: the gate answered PHASE/);
  });
});

describe("an attacker", () => {
  /** Strikes one pump, its infusion running, many times. */
  function strikes(stolen: "nurse" | "prescriber") {
    const [side] = new Ward({ seed: "attacker", hours: 1, pumps: 1, module: loadModule() }).sides;
    const attacker = new Attacker("attacker", ({ bed }) => bed.hospital.keys[stolen]);
    associate(side!);
    start(10)(side!);
    for (let i = 0; i < 60; i++) {
      side!.bed.pump.runFor(60_000);
      attacker.strike(side!);
    }
    return attacker.techniques;
  }

  it("gets nothing with the nurse's key", () => {
    expect(attackTotals(strikes("nurse")).accepted).toBe(0);
  });

  it("is noticed where it gets something: with the prescriber's key it does, once", () => {
    const through = strikes("prescriber").filter(({ accepted }) => accepted > 0);
    expect(through.map(({ technique }) => technique)).toEqual(["order with a stolen key"]);
  });
});

describe("a ward", () => {
  it.each([
    ["hours", { hours: 0 }],
    ["hours", { hours: HOURS_MAX + 1 }],
    ["hours", { hours: 1.5 }],
    ["pumps", { pumps: 0 }],
    ["pumps", { pumps: PUMPS_MAX + 1 }],
  ])("refuses %s out of range: %o", (what, options) => {
    expect(() => new Ward({ seed: "1", module: loadModule(), ...options })).toThrow(
      new RegExp(`^${what}: .* is not a whole number`),
    );
  });
});
