import { describe, expect, it } from "vitest";
import { type AlarmName, alarmNames, PHASE, SENSOR } from "../../host-sim/gate/names.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import {
  bolus,
  DAY_S,
  done,
  libraryOf,
  ML,
  NOW_S,
  outcome,
  permitted,
  running,
  send,
  start,
  titrate,
  ward,
} from "../support/ward.js";

const shown = (bed: Bed): string[] => alarmNames(bed.pump.inspect().alarms);
/** Alarms of the last tick, those included that last no longer than their cause. */
function ticked(bed: Bed): string[] {
  const { gate, device } = bed.pump;
  const { epoch, steps } = device.motor.report();
  return alarmNames(gate.tick({ steps, stepEpoch: epoch, sensors: 0 }).grant!.alarms);
}
const phase = (bed: Bed): number => bed.pump.inspect().phase;

function sensed(sensor: number): (bed: Bed) => void {
  return (bed) => {
    bed.pump.setSensor(sensor, true);
    bed.pump.runFor(1000);
    bed.pump.setSensor(sensor, false);
  };
}

/** Alarms that pause, and how each comes about (SPEC 6.4). */
const PAUSING: readonly { readonly alarm: AlarmName; readonly raise: (bed: Bed) => void }[] = [
  { alarm: "OCCLUSION", raise: sensed(SENSOR.OCCLUSION) },
  { alarm: "AIR", raise: sensed(SENSOR.AIR) },
  {
    alarm: "OVER_DELIVERY",
    raise: (bed) => {
      const { reachStep } = bed.pump.grant ?? { reachStep: bed.device.motor.report().steps };
      bed.device.motor.overrun(reachStep + 1n - bed.device.motor.report().steps);
      bed.pump.tick();
    },
  },
  {
    alarm: "REVERSE",
    raise: (bed) => {
      bed.pump.tick();
      bed.device.motor.reverse(1n);
      bed.pump.tick();
    },
  },
];

describe.each(PAUSING)("$alarm", ({ alarm, raise }) => {
  it("pauses the program at once and stays shown after its cause has gone", () => {
    const bed = running();
    bed.pump.runFor(10_000);
    raise(bed);
    expect(phase(bed)).toBe(PHASE.PAUSED);
    expect(shown(bed)).toEqual([alarm]);
    bed.pump.runFor(30_000);
    expect(shown(bed)).toEqual([alarm]);
    const before = bed.device.motor.deliveredPl;
    bed.pump.runFor(60_000);
    expect(bed.device.motor.deliveredPl).toBe(before);
  });

  it.each([
    ["restoring", (bed: Bed) => void done(bed.pump.panel("RESTORE")), PHASE.RUNNING],
    ["a signed resume", (bed: Bed) => void permitted(send(bed, { kind: "resume" })), PHASE.RUNNING],
    ["a stop at the panel", (bed: Bed) => void done(bed.pump.panel("STOP")), PHASE.IDLE],
    ["a signed stop", (bed: Bed) => void permitted(send(bed, { kind: "stop" })), PHASE.IDLE],
  ])("is cleared by %s", (_how, clear, after) => {
    const bed = running();
    bed.pump.runFor(10_000);
    raise(bed);
    clear(bed);
    bed.pump.tick();
    expect(shown(bed)).toEqual([]);
    expect(phase(bed)).toBe(after);
  });

  it("is not cleared by a new bag, nor by a power cycle", () => {
    const bed = running({}, { totalNl: 1000 * ML });
    bed.pump.runFor(10_000);
    raise(bed);
    done(bed.pump.panel("NEW_BAG", { value: BigInt(50 * ML) }));
    expect(shown(bed)).toEqual([alarm]);
    bed.pump.powerCycle();
    expect(shown(bed)).toEqual([alarm]);
  });

  it("is latched while nothing runs, and the next program is paused by it all the same", () => {
    const bed = ward();
    bed.pump.tick();
    bed.device.motor.overrun(5n);
    bed.pump.tick();
    done(bed.pump.panel("STOP"));
    raise(bed);
    expect(shown(bed)).toEqual([alarm]);
    permitted(start(bed));
    bed.pump.runFor(5_000);
    expect(shown(bed)).toEqual([]);
    expect(phase(bed)).toBe(PHASE.RUNNING);
    raise(bed);
    expect(shown(bed)).toEqual([alarm]);
    expect(phase(bed)).toBe(PHASE.PAUSED);
  });

  /** GIP 3.1.3; SPEC 6.1. */
  it("drops the bolus that is under way, which no restoring brings back", () => {
    const bed = running();
    permitted(bolus(bed));
    bed.pump.runFor(10_000);
    expect(bed.pump.inspect().bolusLeftNl).toBeGreaterThan(0n);
    raise(bed);
    expect(phase(bed)).toBe(PHASE.PAUSED);
    expect(bed.pump.inspect().bolusLeftNl).toBe(0n);
    done(bed.pump.panel("RESTORE"));
    expect(bed.pump.inspect().bolusLeftNl).toBe(0n);
  });

  it("refuses a bolus", () => {
    const bed = running();
    bed.pump.runFor(10_000);
    raise(bed);
    expect(outcome(bolus(bed))).toBe("ALARM_ACTIVE");
  });
});

describe("the cause of an alarm that lasts", () => {
  it.each([
    ["OCCLUSION", SENSOR.OCCLUSION],
    ["AIR", SENSOR.AIR],
  ] as const)("pauses again after every restoring: %s", (alarm, sensor) => {
    const bed = running();
    bed.pump.runFor(5_000);
    bed.pump.setSensor(sensor, true);
    bed.pump.runFor(2_000);
    for (let i = 0; i < 3; i++) {
      done(bed.pump.panel("RESTORE"));
      bed.pump.tick();
      expect(phase(bed)).toBe(PHASE.PAUSED);
      expect(shown(bed)).toEqual([alarm]);
    }
  });
});

describe("steps beyond a grant", () => {
  it("count as delivered; one at the grant's end is no alarm", () => {
    const bed = running();
    bed.pump.runFor(10_000);
    const { reachStep } = bed.pump.tick()!;
    bed.device.motor.overrun(reachStep - bed.device.motor.report().steps);
    expect(bed.pump.tick()!.deliveredNl).toBe(reachStep * 100n);
    expect(phase(bed)).toBe(PHASE.RUNNING);
    const { reachStep: next } = bed.pump.grant!;
    bed.device.motor.overrun(next + 40n - bed.device.motor.report().steps);
    bed.pump.tick();
    expect(shown(bed)).toEqual(["OVER_DELIVERY"]);
    expect(bed.pump.inspect().deliveredNl).toBe((next + 40n) * 100n);
  });

  it("shorten the bag by what they gave", () => {
    const bed = running({}, { vtbiNl: ML, totalNl: 10 * ML });
    bed.pump.runFor(10_000);
    bed.device.motor.overrun(5_000n);
    bed.pump.tick();
    done(bed.pump.panel("RESTORE"));
    bed.pump.runFor(3_600_000);
    expect(bed.device.motor.deliveredPl).toBe(BigInt(ML) * 1000n);
    expect(phase(bed)).toBe(PHASE.COMPLETE);
  });
});

describe("steps that fall", () => {
  it("credit nothing, and going over the same way again counts again", () => {
    const bed = running();
    bed.pump.runFor(60_000);
    const before = bed.pump.tick()!.deliveredNl;
    bed.device.motor.reverse(50n);
    bed.pump.tick();
    expect(shown(bed)).toEqual(["REVERSE"]);
    expect(bed.pump.inspect().deliveredNl).toBe(before);
    done(bed.pump.panel("RESTORE"));
    bed.pump.tick();
    bed.device.motor.overrun(1n);
    bed.pump.tick();
    expect(bed.pump.inspect().deliveredNl).toBe(before + 100n);
  });
});

describe("a new step epoch", () => {
  it("counts all that was granted, and takes the motor from where it is", () => {
    const bed = running();
    bed.pump.runFor(60_000);
    const { reachStep } = bed.pump.tick()!;
    bed.device.motor.resetController();
    bed.pump.tick();
    expect(bed.pump.inspect().deliveredNl).toBe(reachStep * 100n);
    expect(phase(bed)).toBe(PHASE.RUNNING);
    const before = bed.device.motor.deliveredPl;
    bed.pump.runFor(60_000);
    bed.pump.tick();
    const moved = (bed.device.motor.deliveredPl - before) / 1000n;
    expect(bed.pump.inspect().deliveredNl).toBe(reachStep * 100n + moved);
  });
});

describe("NEAR_END", () => {
  it("lasts from 5 min of flow before the bag's end to a new bag", () => {
    // 5 mL/h for 12 min.
    const bed = running({}, { vtbiNl: ML, totalNl: 10 * ML });
    bed.pump.runFor(6.9 * 60_000);
    expect(ticked(bed)).toEqual([]);
    bed.pump.runFor(0.2 * 60_000);
    expect(ticked(bed)).toEqual(["NEAR_END"]);
    done(bed.pump.panel("NEW_BAG", { value: BigInt(2 * ML) }));
    expect(ticked(bed)).toEqual([]);
    expect(phase(bed)).toBe(PHASE.RUNNING);
  });
});

describe("VTBI_DONE", () => {
  const finished = () => {
    const bed = running({}, { vtbiNl: ML / 10, totalNl: 10 * ML });
    bed.pump.runFor(90_000);
    expect(shown(bed)).toEqual(["VTBI_DONE"]);
    expect(phase(bed)).toBe(PHASE.COMPLETE);
    return bed;
  };

  it("is cleared by a new bag, which waits for a restoring", () => {
    const bed = finished();
    done(bed.pump.panel("NEW_BAG", { value: BigInt(ML / 10) }));
    expect(ticked(bed)).toEqual([]);
    expect(phase(bed)).toBe(PHASE.PAUSED);
    done(bed.pump.panel("RESTORE"));
    bed.pump.runFor(90_000);
    expect(bed.device.motor.deliveredPl).toBe(BigInt(ML / 5) * 1000n);
  });

  it("is cleared by a stop, and by nothing else", () => {
    const bed = finished();
    expect(outcome(send(bed, { kind: "resume" }))).toBe("PHASE");
    expect(outcome(titrate(bed, { dose: 6_000_000_000 }))).toBe("PHASE");
    expect(bed.pump.panel("RESTORE").status).not.toBe(0);
    expect(shown(bed)).toEqual(["VTBI_DONE"]);
    done(bed.pump.panel("STOP"));
    expect(ticked(bed)).toEqual([]);
  });

  it("and a new bag long after do not show a long pause at once", () => {
    const bed = finished();
    bed.pump.runFor(3_600_000);
    done(bed.pump.panel("NEW_BAG", { value: BigInt(ML / 10) }));
    expect(ticked(bed)).toEqual([]);
    bed.pump.runFor(601_000);
    expect(ticked(bed)).toEqual(["PAUSED_LONG"]);
  });
});

describe("REPORT_LATE", () => {
  it.each([
    [5000, []],
    [5001, ["REPORT_LATE"]],
  ])("after %i ms without a tick: %o, until the next tick in time", (ms, alarms) => {
    const bed = running();
    bed.pump.runFor(3_000);
    bed.pump.tick();
    bed.device.clock.advanceMs(ms);
    expect(ticked(bed)).toEqual(alarms);
    bed.device.clock.advanceMs(1000);
    expect(ticked(bed)).toEqual([]);
  });
});

describe("PAUSED_LONG", () => {
  it.each(["RESTORE", "STOP"] as const)("lasts from 10 min of pause to %s", (how) => {
    const bed = running();
    bed.pump.runFor(10_000);
    done(bed.pump.panel("PAUSE"));
    bed.pump.runFor(599_000);
    expect(ticked(bed)).toEqual([]);
    bed.pump.runFor(2_000);
    expect(ticked(bed)).toEqual(["PAUSED_LONG"]);
    done(bed.pump.panel(how));
    expect(ticked(bed)).toEqual([]);
  });

  it("counts from the alarm that paused, too", () => {
    const bed = running();
    bed.pump.runFor(10_000);
    sensed(SENSOR.AIR)(bed);
    bed.pump.runFor(595_000);
    expect(ticked(bed)).toEqual(["AIR"]);
    bed.pump.runFor(10_000);
    expect(ticked(bed)).toEqual(["AIR", "PAUSED_LONG"]);
  });
});

/** SPEC 3.1, 6.4 */
describe("LIBRARY_EXPIRING", () => {
  const EXPIRES_S = NOW_S + 30 * DAY_S;
  const GRACE_S = 7 * DAY_S;
  const at = (wallTimeS: number): Bed => {
    const bed = ward({ header: { expiresS: EXPIRES_S, graceS: GRACE_S } });
    bed.device.clock.setWallTimeS(wallTimeS);
    return bed;
  };

  it.each([
    [EXPIRES_S - 1, [], "PERMIT"],
    [EXPIRES_S, ["LIBRARY_EXPIRING"], "PERMIT"],
    [EXPIRES_S + GRACE_S - 1, ["LIBRARY_EXPIRING"], "PERMIT"],
    [EXPIRES_S + GRACE_S, [], "LIBRARY_EXPIRED"],
  ])("at %i s: %o, and a start is %s", (wallTimeS, alarms, wanted) => {
    const bed = at(wallTimeS);
    expect(ticked(bed)).toEqual(alarms);
    expect(outcome(start(bed))).toBe(wanted);
  });

  it("does not touch what runs: it may be lowered, not raised, after the grace", () => {
    const bed = running({ header: { expiresS: EXPIRES_S, graceS: GRACE_S } });
    bed.device.clock.setWallTimeS(EXPIRES_S + GRACE_S);
    bed.pump.runFor(60_000);
    expect(phase(bed)).toBe(PHASE.RUNNING);
    expect(outcome(titrate(bed, { dose: 6_000_000_000 }))).toBe("LIBRARY_EXPIRED");
    expect(outcome(titrate(bed, { dose: 4_000_000_000 }))).toBe("PERMIT");
  });

  it("is cleared by a new library", () => {
    const bed = at(EXPIRES_S);
    expect(ticked(bed)).toEqual(["LIBRARY_EXPIRING"]);
    expect(bed.install(libraryOf(undefined, { version: 2, issuedS: EXPIRES_S })).status).toBe(0);
    expect(ticked(bed)).toEqual([]);
  });
});
