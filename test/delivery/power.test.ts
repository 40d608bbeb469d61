import { describe, expect, it } from "vitest";
import { ALARM, alarmNames, BOOT_CAUSE, PHASE, STATE_FLAG } from "../../host-sim/gate/names.js";
import { statusName } from "../../host-sim/gate/status.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import {
  bolus,
  done,
  ML,
  outcome,
  PATIENT,
  permitted,
  running,
  send,
  start,
  titrate,
} from "../support/ward.js";

const HOUR_MS = 3_600_000;
/** 60 s of flow at 5 mL/h and two steps (SPEC 6.2). */
const RESERVED_NL = BigInt(Math.floor((5 * ML) / 60) + 202);
const state = (bed: Bed) => bed.pump.inspect();
const truthNl = (bed: Bed): bigint => bed.device.motor.deliveredPl / 1000n;

/** A program that ran for 95 s and lost its power. */
function cut(offMs?: number): Bed {
  const bed = running();
  bed.pump.runFor(95_000);
  bed.pump.powerCycle({ offMs: offMs ?? 1000 }, { offMs: offMs ?? -1 });
  return bed;
}

const restored = (bed: Bed, patientToken: Uint8Array): string =>
  statusName(bed.pump.panel("RESTORE", { patientToken }).status);

/** SPEC 6.1, 6.2 */
describe("a power cut in the middle of an infusion", () => {
  it("leaves it paused, and nothing moves", () => {
    const bed = cut(1000);
    const before = truthNl(bed);
    bed.pump.runFor(60_000);
    expect(state(bed)).toMatchObject({ phase: PHASE.PAUSED, generation: 1, rateNlPerH: BigInt(5 * ML) });
    expect(truthNl(bed)).toBe(before);
  });

  it("counts all that was reserved as delivered, and shows what is uncertain of it", () => {
    const bed = cut(1000);
    const { deliveredNl, uncertainNl, reservedNl } = state(bed);
    expect(deliveredNl).toBe(reservedNl);
    expect(deliveredNl).toBeGreaterThanOrEqual(truthNl(bed));
    expect(uncertainNl).toBeGreaterThan(0n);
    expect(uncertainNl).toBeLessThanOrEqual(RESERVED_NL);
    expect(deliveredNl - truthNl(bed)).toBeLessThanOrEqual(uncertainNl);
  });

  it("shortens the bag by what is uncertain", () => {
    const bed = running({}, { vtbiNl: ML, totalNl: ML });
    bed.pump.runFor(95_000);
    bed.pump.powerCycle({ offMs: 1000 }, { offMs: 1000 });
    expect(restored(bed, PATIENT.token)).toBe("OK");
    bed.pump.runFor(HOUR_MS);
    expect(state(bed).phase).toBe(PHASE.COMPLETE);
    expect(truthNl(bed)).toBeLessThanOrEqual(BigInt(ML));
    expect(truthNl(bed)).toBeGreaterThanOrEqual(BigInt(ML) - state(bed).uncertainNl);
  });

  it("adds up over many: never less counted than delivered", () => {
    const bed = running();
    for (let i = 0; i < 12; i++) {
      bed.pump.runFor(7_000 * (i + 1));
      bed.pump.powerCycle({ offMs: 500, motor: i % 2 === 0 ? "resets" : "keeps-steps" }, { offMs: 500 });
      expect(state(bed).deliveredNl).toBeGreaterThanOrEqual(truthNl(bed));
      expect(restored(bed, PATIENT.token)).toBe("OK");
    }
    expect(state(bed).uncertainNl).toBeLessThanOrEqual(12n * RESERVED_NL);
  });

  it("drops a bolus", () => {
    const bed = running();
    permitted(bolus(bed, { dose: 20_000_000_000 }));
    bed.pump.runFor(10_000);
    bed.pump.powerCycle({ offMs: 1000 }, { offMs: 1000 });
    expect(state(bed).bolusLeftNl).toBe(0n);
    expect(state(bed).deliveredNl).toBeGreaterThanOrEqual(BigInt(20 * ML));
    expect(restored(bed, PATIENT.token)).toBe("OK");
    expect(bed.pump.grant!.rateMaxNlPerH).toBe(5 * ML);
  });

  it("ends every session", () => {
    const bed = running();
    const { session } = bed.pump.openSession(1);
    bed.pump.powerCycle();
    const old = { sessionId: session!.sessionId, receiver: { challenge: session!.challenge } };
    expect(outcome(send(bed, { kind: "stop" }, old))).toBe("SESSION");
  });
});

/** SPEC 6.3 */
describe("restoring after a reset", () => {
  it("needs the patient's token", () => {
    const bed = cut(1000);
    expect(restored(bed, new Uint8Array(16))).toBe("PATIENT");
    expect(
      restored(
        bed,
        PATIENT.token.map((byte, i) => (i === 15 ? byte ^ 1 : byte)),
      ),
    ).toBe("PATIENT");
    expect(state(bed).phase).toBe(PHASE.PAUSED);
    expect(restored(bed, PATIENT.token)).toBe("OK");
    expect(state(bed).phase).toBe(PHASE.RUNNING);
  });

  it("counts the time without power and the time since, up to 4 h", () => {
    const bed = cut(4 * HOUR_MS - 60_000);
    // The clock goes on from the boot; of the last minute some has passed already.
    const left = 60_000 - Number(bed.device.clock.uptimeMs());
    const first = (atMs: number) => {
      bed.device.clock.advanceMs(atMs - Number(bed.device.clock.uptimeMs()));
      return statusName(bed.pump.panel("RESTORE", { patientToken: PATIENT.token, confirm: false }).status);
    };
    expect(left).toBeGreaterThan(1000);
    expect(first(60_000)).toBe("CONFIRM_NEEDED");
    expect(first(60_001)).toBe("RESUME_TOO_LATE");
  });

  it("is refused when nobody knows how long the power was off", () => {
    const bed = cut();
    expect(restored(bed, PATIENT.token)).toBe("RESUME_TOO_LATE");
    // A nurse who signs for it has seen the patient.
    permitted(send(bed, { kind: "resume" }));
    expect(state(bed).phase).toBe(PHASE.RUNNING);
  });

  it("is plain again after the next pause", () => {
    const bed = cut(1000);
    expect(restored(bed, PATIENT.token)).toBe("OK");
    done(bed.pump.panel("PAUSE"));
    expect(restored(bed, new Uint8Array(16))).toBe("OK");
  });

  it.each([BOOT_CAUSE.POWER_ON, BOOT_CAUSE.UNKNOWN])("is needed after a boot of cause %i", (cause) => {
    const bed = running();
    bed.pump.runFor(10_000);
    bed.pump.powerCycle({ offMs: 0 }, { cause, offMs: 0 });
    expect(state(bed).phase).toBe(PHASE.PAUSED);
  });
});

describe.each([
  ["a pause at the panel", (bed: Bed) => void done(bed.pump.panel("PAUSE"))],
  ["a stop at the panel", (bed: Bed) => void done(bed.pump.panel("STOP"))],
  ["a signed pause", (bed: Bed) => void permitted(send(bed, { kind: "pause" }))],
  ["a signed stop", (bed: Bed) => void permitted(send(bed, { kind: "stop" }))],
])("%s", (_how, halt) => {
  it("gives back what was reserved and not delivered, also beyond a power cut", () => {
    const bed = running();
    permitted(bolus(bed, { dose: 20_000_000_000 }));
    bed.pump.runFor(33_000);
    expect(state(bed).reservedNl - state(bed).deliveredNl).toBeGreaterThan(BigInt(10 * ML));
    halt(bed);
    bed.pump.runFor(2_000);
    expect(state(bed).reservedNl).toBe(state(bed).deliveredNl);
    expect(state(bed).deliveredNl).toBe(truthNl(bed));
    bed.pump.powerCycle();
    expect(state(bed)).toMatchObject({ deliveredNl: truthNl(bed), uncertainNl: 0n });
  });
});

/** SPEC 6.4: a drug that a life may hang on goes on. */
describe("flash that fails in the middle of an infusion", () => {
  const failing = (): Bed => {
    const bed = running({}, { vtbiNl: 2 * ML, totalNl: 10 * ML, range: RANGE });
    bed.pump.runFor(30_000);
    bed.device.flash.inject({ effect: "program-error", count: Infinity });
    bed.pump.runFor(120_000);
    return bed;
  };
  const RANGE = { min: 0, max: 9_000_000_000, stepMax: 9_000_000_000, intervalS: 0 };

  it("raises DEGRADED, and the infusion goes on to the end of its bag", () => {
    const bed = failing();
    expect(alarmNames(bed.pump.grant!.alarms)).toEqual(["DEGRADED"]);
    expect(state(bed).flags & STATE_FLAG.DEGRADED).toBe(STATE_FLAG.DEGRADED);
    bed.pump.runFor(HOUR_MS);
    expect(truthNl(bed)).toBe(BigInt(2 * ML));
    bed.pump.runFor(60_000);
    expect(truthNl(bed)).toBe(BigInt(2 * ML));
    const alarms = bed.pump.journal.samples.at(-1)!.alarms;
    expect(alarms & (ALARM.DEGRADED | ALARM.VTBI_DONE)).toBe(ALARM.DEGRADED | ALARM.VTBI_DONE);
  });

  it("lets nothing upward", () => {
    const bed = failing();
    expect(outcome(titrate(bed, { dose: 6_000_000_000 }))).toBe("FLASH_FAILED");
    expect(outcome(bolus(bed))).toBe("FLASH_FAILED");
    for (const [action, value] of [
      ["TITRATE", 6_000_000_000n],
      ["NEW_BAG", 1_000_000n],
      ["RESTORE", 0n],
    ] as const) {
      expect(statusName(bed.pump.panel(action, { value }).status)).toBe("FLASH_FAILED");
    }
    expect(bed.pump.grant!.rateMaxNlPerH).toBe(5 * ML);
  });

  it.each(["PAUSE", "STOP"] as const)("lets %s hold the motor, though it cannot be written", (action) => {
    const bed = failing();
    expect(statusName(bed.pump.panel(action).status)).toBe("FLASH_FAILED");
    const before = truthNl(bed);
    bed.pump.runFor(600_000);
    expect(truthNl(bed)).toBe(before);
    expect(bed.pump.grant).toBeNull();
  });

  it.each(["pause", "stop"] as const)("lets a signed %s hold the motor", (kind) => {
    const bed = failing();
    expect(outcome(send(bed, { kind }))).toBe("FLASH_FAILED");
    const before = truthNl(bed);
    bed.pump.runFor(600_000);
    expect(truthNl(bed)).toBe(before);
  });

  it("is found at the next boot: TAMPERED, nothing upward, stop and pause work", () => {
    const bed = failing();
    bed.device.flash.clearFaults();
    bed.pump.powerCycle({ offMs: 1000 }, { offMs: 1000 });
    bed.desk.open();
    expect(state(bed).flags & STATE_FLAG.TAMPERED).toBe(STATE_FLAG.TAMPERED);
    expect(restored(bed, PATIENT.token)).toBe("TAMPERED");
    expect(outcome(send(bed, { kind: "resume" }))).toBe("TAMPERED");
    expect(outcome(bolus(bed))).toBe("TAMPERED");
    expect(statusName(bed.pump.panel("REDUCE", { value: BigInt(4 * ML) }).status)).toBe("OK");
    done(bed.pump.panel("STOP"));
    expect(outcome(start(bed))).toBe("TAMPERED");
  });
});

/** SPEC 2.6 */
describe("older flash put back", () => {
  it("is TAMPERED for good", () => {
    const bed = running();
    const old = bed.device.flash.save();
    bed.pump.powerCycle();
    bed.pump.powerOff();
    bed.device.flash.restore(old);
    bed.device.powerCycle();
    expect(statusName(bed.pump.powerOn())).toBe("OK");
    expect(state(bed).flags & STATE_FLAG.TAMPERED).toBe(STATE_FLAG.TAMPERED);
    bed.pump.powerCycle();
    bed.desk.open();
    expect(state(bed).flags & STATE_FLAG.TAMPERED).toBe(STATE_FLAG.TAMPERED);
    bed.pump.runFor(1_000);
    expect(outcome(send(bed, { kind: "resume" }))).toBe("TAMPERED");
    expect(bed.pump.journal.samples.at(-1)!.alarms & ALARM.TAMPERED).toBe(ALARM.TAMPERED);
  });
});
