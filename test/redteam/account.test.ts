import { describe, expect, it } from "vitest";
import { Gate } from "../../host-sim/gate/gate.js";
import { ALARM, BOOT_CAUSE, PHASE, STATE_FLAG } from "../../host-sim/gate/names.js";
import { statusName } from "../../host-sim/gate/status.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { bolus, done, MG, ML, MODULE, outcome, PATIENT, permitted, running, start } from "../support/ward.js";

const truthNl = (bed: Bed): bigint => bed.device.motor.deliveredPl / 1000n;
const counted = (bed: Bed): bigint => bed.pump.inspect().deliveredNl;

/** SPEC 6.2: the excess counts, and no power cut makes it less. */
describe("a motor that moves beyond its grant", () => {
  it("is counted in full though the power goes with the very next tick", () => {
    const bed = running();
    bed.pump.runFor(10_000);
    bed.device.motor.overrun(50_000n); // 5 mL
    bed.pump.tick();
    expect(bed.pump.inspect()).toMatchObject({ phase: PHASE.PAUSED, alarms: ALARM.OVER_DELIVERY });
    bed.pump.powerCycle();
    expect(counted(bed)).toBeGreaterThanOrEqual(truthNl(bed));
  });

  it("is counted in full while it creeps on, paused and long after the alarm", () => {
    const bed = running();
    bed.pump.runFor(10_000);
    for (let i = 0; i < 30; i++) {
      bed.device.motor.overrun(10_000n); // 1 mL
      bed.pump.runFor(2_000);
    }
    bed.pump.powerCycle();
    expect(counted(bed)).toBeGreaterThanOrEqual(truthNl(bed));
  });

  it("wears out no flash while it creeps", () => {
    const bed = running();
    bed.pump.runFor(10_000);
    bed.device.motor.overrun(1_000n);
    bed.pump.runFor(10_000);
    const { meterNextSequence } = bed.pump.inspect();
    for (let i = 0; i < 120; i++) {
      bed.device.motor.overrun(1n); // 0.36 mL/h
      bed.pump.runFor(1_000);
    }
    expect(bed.pump.inspect().meterNextSequence - meterNextSequence).toBeLessThanOrEqual(3);
  });
});

/** SPEC 6.2: what a damaged last record can have held was reserved at the rate of its time, not of the boot's. */
describe("an account whose last record was damaged", () => {
  it("counts a reservation made before the panel reduced the rate", () => {
    const bed = running({}, { dose: 100 * MG, vtbiNl: 100 * ML });
    bed.pump.runFor(61_000);
    const { meterNextSequence } = bed.pump.inspect();
    let before = bed.device.flash.rawBytes().slice();
    while (bed.pump.inspect().meterNextSequence === meterNextSequence) {
      before = bed.device.flash.rawBytes().slice();
      bed.pump.runFor(1_000);
    }
    const after = bed.device.flash.rawBytes().slice();
    const last = [...after.keys()].filter((address) => after[address] !== before[address]).at(-1)!;
    bed.pump.runFor(50_000);
    done(bed.pump.panel("REDUCE", { value: 10_000n }));
    bed.pump.runFor(5_000);
    const { sectorBytes } = bed.device.flash.geometry;
    const now = bed.device.flash.rawBytes();
    const newest =
      [...now.keys()].filter((at) => at < 6 * sectorBytes && now[at] !== after[at]).at(-1) ?? last;
    bed.device.flash.flipBit(newest - 8, 0); // its tag: padding follows
    bed.pump.powerCycle();
    expect(counted(bed)).toBeGreaterThanOrEqual(truthNl(bed));
  });
});

/** SPEC 6.2: two resets close together count what one counts. */
describe("a damaged reservation of a bolus", () => {
  it("counts also if the power goes again before the gate is in service", () => {
    const bed = running();
    bed.pump.runFor(5_000);
    const before = bed.device.flash.rawBytes().slice();
    permitted(bolus(bed, { dose: 20 * MG, rateNlPerH: 400 * ML }));
    const after = bed.device.flash.rawBytes();
    const { sectorBytes } = bed.device.flash.geometry;
    const meter = [...after.keys()].filter((at) => after[at] !== before[at] && at < 6 * sectorBytes);
    expect(meter.length).toBeGreaterThan(16);
    bed.pump.runFor(60_000);
    bed.device.flash.flipBit(meter.at(-1)! - 8, 0);
    bed.pump.powerOff();
    const state = bed.device.save();
    for (let slices = 0, opening = true; opening; slices++) {
      bed.device.restore(state);
      bed.device.powerCycle();
      const gate = new Gate(MODULE, bed.device);
      gate.boot(BOOT_CAUSE.POWER_ON);
      for (let slice = 0; slice < slices; slice++) gate.work(1);
      opening = (gate.inspect().state!.flags & STATE_FLAG.OPENING) !== 0;
      bed.device.powerCycle();
      const again = new Gate(MODULE, bed.device);
      again.boot(BOOT_CAUSE.POWER_ON);
      const counted = again.inspect().state!.deliveredNl;
      expect(counted, `power lost after ${slices} slices`).toBeGreaterThanOrEqual(truthNl(bed));
    }
  });
});

/** SPEC 9.1: a program that fails spends its place, and the next segment is opened. */
describe("one program call that fails while an infusion runs", () => {
  it("costs neither the therapy nor the pump", () => {
    const bed = running();
    bed.pump.runFor(10_000);
    bed.device.flash.inject({ effect: "program-error" });
    bed.pump.runFor(180_000);
    expect(truthNl(bed)).toBeGreaterThanOrEqual(BigInt(Math.floor((5 * ML * 188) / 3600)));
    expect(bed.pump.grant!.alarms).toBe(0);
    bed.pump.powerCycle({ offMs: 1000 }, { offMs: 1000 });
    expect(bed.pump.inspect().flags & STATE_FLAG.TAMPERED).toBe(0);
    expect(counted(bed)).toBeGreaterThanOrEqual(truthNl(bed));
    expect(statusName(bed.pump.panel("RESTORE", { patientToken: PATIENT.token }).status)).toBe("OK");
    done(bed.pump.panel("STOP"));
    expect(outcome(start(bed))).toBe("PERMIT");
  });
});

/** SPEC 6.4: a drug that a life may hang on goes on. */
describe("an account whose ring can be erased no more", () => {
  it("lets the infusion go on to the end of its bag, with an alarm", () => {
    const bed = running({}, { vtbiNl: 20 * ML, totalNl: 20 * ML });
    for (let sector = 2; sector < 6; sector++) {
      bed.device.flash.inject({ effect: "erase-error", count: Infinity, sector });
    }
    bed.pump.runFor(5 * 3_600_000);
    expect(bed.pump.inspect()).toMatchObject({ phase: PHASE.COMPLETE });
    expect(bed.pump.inspect().flags & STATE_FLAG.DEGRADED).toBe(STATE_FLAG.DEGRADED);
    expect(truthNl(bed)).toBe(BigInt(20 * ML));
  });
});
