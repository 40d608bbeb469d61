import { describe, expect, it } from "vitest";
import { parseDoseUnit } from "../../host-sim/authority/dose.js";
import { FLAG_EMERGENCY, FLAG_OVERRIDE } from "../../host-sim/authority/library/model.js";
import { ALARM, MODE, PHASE, SENSOR } from "../../host-sim/gate/names.js";
import { statusName } from "../../host-sim/gate/status.js";
import { Bedside } from "../../host-sim/ward/bedside.js";
import { CARES } from "../../host-sim/ward/care.js";
import {
  drug,
  drugOf,
  limits,
  ML,
  NOW_S,
  outcome,
  PATIENT,
  profile,
  ward,
  type WardOptions,
} from "../support/ward.js";

/** What a bed, its desk and its people can do beyond a plain start: each once, against the gate. */
const MODELS = [
  profile(),
  drug({
    intermittent: limits("mg"),
    duration: {},
    loading: limits("mg"),
    pcaDose: limits("mg"),
    lockout: { hardMin: 60 },
    flags: FLAG_OVERRIDE | FLAG_EMERGENCY,
    continuous: { unit: parseDoseUnit("mg/h"), bounds: { softMax: 20_000_000_000 } },
  }),
  drug({ drug: 20, name: "secondine", ingredient: 16, intermittent: limits("mg"), duration: {} }),
];
const bedWith = (options: WardOptions = {}) => ward({ models: MODELS, ...options });
const START = { dose: "5 mg/h", vtbi: "100 mL" };

describe("a bed", () => {
  it("starts a program with a loading dose and steps", () => {
    const bed = bedWith();
    const order = {
      ...START,
      loading: { dose: "2 mg", rate: "60 mL/h" },
      steps: [{ after: "1 mL", dose: "4 mg/h" }],
    };
    expect(outcome(bed.start(drugOf(bed), order))).toBe("PERMIT");
    expect(bed.pump.inspect()).toMatchObject({ mode: MODE.CONTINUOUS, steps: 3 });
  });

  it("starts a program of ten steps, the loading dose among them, and none of eleven", () => {
    const steps = (count: number) => Array.from({ length: count }, () => ({ after: "1 mL", dose: "4 mg/h" }));
    const loading = { dose: "2 mg", rate: "60 mL/h" };
    const bed = bedWith();
    expect(outcome(bed.start(drugOf(bed), { ...START, loading, steps: steps(9) }))).toBe("SCHEMA");
    expect(outcome(bed.start(drugOf(bed), { ...START, loading, steps: steps(8) }))).toBe("PERMIT");
    expect(bed.pump.inspect().steps).toBe(10);
    bed.command({ kind: "stop" });
    expect(outcome(bed.start(drugOf(bed), { ...START, steps: steps(9) }))).toBe("PERMIT");
    expect(bed.pump.inspect().steps).toBe(10);
  });

  it("starts a whole dose in a time, and one that interrupts a program", () => {
    const bed = bedWith();
    expect(outcome(bed.startBag(drugOf(bed), { dose: "10 mg", durationS: 1200 }))).toBe("PERMIT");
    expect(bed.pump.inspect()).toMatchObject({ mode: MODE.INTERMITTENT, vtbiNl: 10_000_000n });
    const secondary = { dose: "5 mg", durationS: 600, secondary: true };
    expect(outcome(bed.startBag(drugOf(bed, 20), secondary))).toBe("PERMIT");
    expect(bed.pump.inspect()).toMatchObject({ mode: MODE.SECONDARY, primaryGeneration: 1 });
  });

  it("gives a loading dose beside a running program", () => {
    const bed = bedWith();
    expect(outcome(bed.start(drugOf(bed), START))).toBe("PERMIT");
    expect(outcome(bed.loading("2 mg", "60 mL/h"))).toBe("PERMIT");
    expect(bed.pump.inspect().bolusLeftNl).toBe(2_000_000n);
  });

  it("sends the pump's service commands by the keys whose duty they are", () => {
    const bed = bedWith();
    expect(outcome(bed.service({ kind: "calibrate", setId: 1, plPerStep: 90_000 }))).toBe("PERMIT");
    const configuration = { nearEndS: 60, pausedLongS: 60, kvoSMax: 0 };
    expect(outcome(bed.service({ kind: "configure", configuration }))).toBe("PERMIT");
    expect(outcome(bed.service({ kind: "time", timeS: NOW_S + 60 }))).toBe("PERMIT");
    expect(bed.pump.inspect().floorS).toBe(BigInt(NOW_S + 60));
    expect(outcome(bed.service({ kind: "time", timeS: NOW_S + 90 }, bed.hospital.keys.engineer))).toBe(
      "ROLE",
    );
  });
});

describe("PCA at a bed", () => {
  const PCA = { demand: { dose: "1 mg", rate: "60 mL/h", lockoutS: 300 }, vtbi: "50 mL" };

  it("gives a dose on demand, and the next after its lockout", () => {
    const bed = bedWith();
    expect(outcome(bed.startPca(drugOf(bed), PCA))).toBe("PERMIT");
    expect(statusName(bed.pump.panel("DEMAND").status)).toBe("OK");
    bed.pump.runFor(90_000);
    expect(statusName(bed.pump.panel("DEMAND").status)).toBe("LOCKOUT");
    bed.pump.runFor(300_000);
    expect(statusName(bed.pump.panel("DEMAND").status)).toBe("OK");
    expect(bed.pump.inspect()).toMatchObject({ mode: MODE.PCA, attempts: 3, demands: 2 });
  });

  it("gives none while the monitor or the input asks for none", () => {
    const bed = bedWith();
    bed.startPca(drugOf(bed), PCA);
    bed.device.monitor.breathsPerMin = 6;
    bed.pump.runFor(2000);
    expect(bed.pump.inspect().alarms & ALARM.INTERLOCK).not.toBe(0);
    expect(bed.pump.inspect().phase).toBe(PHASE.PAUSED);
    bed.device.monitor.breathsPerMin = 14;
    bed.pump.panel("RESTORE");
    bed.pump.setSensor(SENSOR.INTERLOCK, true);
    bed.pump.runFor(2000);
    expect(bed.pump.inspect().phase).toBe(PHASE.PAUSED);
  });
});

describe("people at a bed", () => {
  const CARE = { ...CARES[0]!, drug: "testamine", variant: 1, bag: "100 mL" };
  const at = (bed: ReturnType<typeof ward>): Bedside => new Bedside(bed, CARE, PATIENT, "modes");

  it("carry out an emergency that nobody signed, by a second step at the panel", () => {
    const bed = bedWith({ hospital: { emergencySMax: 3600 } });
    const side = at(bed);
    const order = { dose: "25 mg/h", vtbi: "20 mL" };
    const status = side.emergency({ what: "emergency", expect: "OK" }, () =>
      bed.emergencyStart(drugOf(bed), order),
    );
    expect(statusName(status)).toBe("OK");
    expect(bed.pump.inspect().alarms & ALARM.EMERGENCY).not.toBe(0);
    expect(bed.pump.inspect()).toMatchObject({ phase: PHASE.RUNNING, rateNlPerH: BigInt(25 * ML) });
    const more = side.emergency({ what: "more", expect: "OK" }, () => bed.emergencyTitrate("30 mg/h"));
    expect(statusName(more)).toBe("OK");
    expect(side.happenings.every(({ asPlanned }) => asPlanned)).toBe(true);
  });

  it("cannot, where the root document allows none", () => {
    const bed = bedWith();
    const side = at(bed);
    const status = side.emergency({ what: "emergency", expect: "EMERGENCY_NOT_ALLOWED" }, () =>
      bed.emergencyStart(drugOf(bed), { dose: "5 mg/h", vtbi: "5 mL" }),
    );
    expect(statusName(status)).toBe("EMERGENCY_NOT_ALLOWED");
    expect(side.happenings.at(-1)).toMatchObject({ answer: "DENY", asPlanned: true });
  });

  it("confirm a new weight at the panel while the program runs", () => {
    const bed = bedWith();
    const side = at(bed);
    bed.start(drugOf(bed), START);
    side.measure({ ...PATIENT, weightG: 65_000 });
    expect(bed.pump.inspect()).toMatchObject({ weightG: 65_000, weightNextG: 0, phase: PHASE.RUNNING });
    expect(side.happenings.map(({ reason }) => reason)).toEqual(["OK", "OK"]);
  });

  it("answer for a program that went on by itself after a short reset", () => {
    const bed = bedWith({ device: { offClock: "trusted" } });
    const side = at(bed);
    bed.start(drugOf(bed), START);
    bed.pump.powerCycle({ offMs: 1000 }, { cause: 1 });
    expect(bed.pump.inspect().phase).toBe(PHASE.RUNNING);
    expect(bed.pump.inspect().alarms & ALARM.RESTARTED).not.toBe(0);
    expect(statusName(side.acknowledgeRestart())).toBe("OK");
    expect(bed.pump.inspect().alarms & ALARM.RESTARTED).toBe(0);
  });
});
