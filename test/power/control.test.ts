/** The checker of the sweeps is itself held to faults that it must find. */
import { describe, expect, it } from "vitest";
import { PHASE } from "../../host-sim/gate/names.js";
import { verifyLog } from "../../host-sim/log/verify.js";
import type { CutPoint } from "./cut-points.js";
import { ToldState } from "./log-state.js";
import { OFF_MS, pagesOf, powerOn, recordsOf, recover } from "./recovery.js";
import { live, type Scenario } from "./scenario.js";
import { call, caseId, cutsOf, parseCase, SHAPES } from "./sweep.js";

const SETUP = { unitBytes: 8, blankRead: "ones" } as const;

/** The call of `point`, whole; then the power goes, and comes back to a pump that must have all of it. */
function whole(scenario: Scenario, point: CutPoint, spoil: () => void = () => undefined): void {
  const { device } = scenario;
  device.restore(point.device);
  call(scenario, point);
  spoil();
  device.powerCycle({ offMs: OFF_MS });
  recover(scenario, point, "after");
}

describe.each(["provisioning", "trust", "therapy", "boots"] as const)("the checker of %s", (name) => {
  const scenario = live(name, SETUP);
  const { device } = scenario;
  const recording = scenario.points.filter((point) => recordsOf(point) > 0);

  it("accepts every call that ended before the power went", () => {
    expect(scenario.points.length).toBeGreaterThan(recording.length);
    for (const point of scenario.points) whole(scenario, point);
  });

  it("finds every acknowledged call whose programs the flash then dropped", () => {
    expect(recording.length).toBeGreaterThan(0);
    for (const point of recording) {
      const drop = (): void => device.flash.restore(point.device.flash);
      expect(() => whole(scenario, point, drop), `call ${point.index}`).toThrow();
    }
    console.log(`power, control, ${name}: ${recording.length} dropped calls, ${recording.length} found`);
  });
});

describe("the checker", () => {
  const scenario = live("therapy", SETUP);
  const { device } = scenario;
  const last = scenario.points.at(-1)!;

  it("finds volume that left the pump and is not counted", () => {
    const running = scenario.points.find(({ after }) => (after.state?.deliveredNl ?? 0n) > 0n)!;
    expect(() => whole(scenario, running, () => device.motor.overrun(100_000n))).toThrow(/left the pump/);
  });

  it("finds flash that is older than the counter says", () => {
    const earlier = scenario.points[0]!;
    const advance = (): void => {
      device.flash.restore(earlier.device.flash);
      device.counter.advance();
      device.counter.advance();
    };
    expect(() => whole(scenario, last, advance)).toThrow(/TAMPERED/);
  });

  it("finds a log that tells another state than the pump", () => {
    device.restore(last.device);
    device.powerCycle({ offMs: OFF_MS });
    const { pump } = powerOn(device, scenario);
    const { deviceId, logKey } = scenario.bed.issued;
    const streams = [pagesOf(pump, 0), pagesOf(pump, 1)] as const;
    const { records } = verifyLog({ deviceId, streams }, { logKey, libraries: scenario.libraries });
    const told = new ToldState(records);
    const state = pump.inspect();
    expect(told.differences(state)).toEqual([]);
    expect(told.differences({ ...state, phase: PHASE.RUNNING })).toEqual(["phase"]);
    expect(told.differences({ ...state, rootVersion: 2, activeVersion: 8 })).toEqual([
      "root version",
      "active library",
    ]);
    const decisions = records.filter(({ stream }) => stream === 0);
    expect(new ToldState(decisions.slice(0, -1)).differences(state)).toContain("counter");
  });
});

describe("a case", () => {
  const scenario = live("provisioning", SETUP);

  it("is named so that its name replays it", () => {
    for (const [cut, word] of [
      [{ at: "step", number: 31, shape: 4 }, "s31.4"],
      [{ at: "advance", number: 0, shape: 1 }, "c0.1"],
    ] as const) {
      const one = { point: 3, cut, again: { at: "step", number: 5, shape: 0 } } as const;
      expect(caseId(scenario, one)).toBe(`provisioning/8/ones/3.${word}+s5.0`);
      expect(parseCase(`3.${word}+s5.0`)).toEqual(one);
      expect(parseCase(`3.${word}`)).toEqual({ point: 3, cut });
    }
    expect(() => parseCase("3.x1.2")).toThrow(/DOSEGATE_CASE/);
  });

  it("of all shapes is every step in every shape, and both sides of every advance", () => {
    expect([...cutsOf(3, 2, SHAPES.length)]).toHaveLength(3 * SHAPES.length + 4);
    const few = [...cutsOf(SHAPES.length, 0, 1)];
    expect(new Set(few.map(({ shape }) => shape)).size).toBe(SHAPES.length);
  });
});
