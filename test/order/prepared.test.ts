import { describe, expect, it } from "vitest";
import { STATUS } from "../../host-sim/gate/status.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { bolus, outcome, permitted, running } from "../support/ward.js";

/** Long enough for a bolus, and for what the pump does when it has nothing else to do. */
const PAUSE_MS = 600_000;
/** Slices of a bolus in the slower way, give or take one for the length of its scalar; a prepared key spares at least 17. */
const UNPREPARED = 34;
const PREPARED = 18;

/** A bolus, to its end. Returns its slices. */
function slicesOfBolus(bed: Bed): number {
  const { calls } = permitted(bolus(bed));
  bed.pump.runFor(PAUSE_MS);
  return calls;
}

describe("an ordering key that has verified", () => {
  it("is prepared when the pump has nothing else to do, and its next orders take fewer slices", () => {
    const bed = running();
    expect(slicesOfBolus(bed)).toBeGreaterThanOrEqual(UNPREPARED);
    expect(slicesOfBolus(bed)).toBeLessThanOrEqual(PREPARED);
    expect(slicesOfBolus(bed)).toBeLessThanOrEqual(PREPARED);
  });

  it("verifies the slower way, to the same verdict, while its preparation is not done", () => {
    const bed = running();
    permitted(bolus(bed));
    // The bolus ends in ticks alone; two slices are all the idle time there is.
    expect(bed.pump.gate.work(2)).toBe(STATUS.WORKING);
    for (let s = 0; s < PAUSE_MS / 1000; s++) {
      bed.device.clock.advanceUs(1_000_000);
      bed.pump.tick();
    }
    expect(permitted(bolus(bed)).calls).toBeGreaterThanOrEqual(UNPREPARED);
  });

  it("is prepared anew after a reset: what is prepared is not stored", () => {
    const bed = running();
    bed.pump.runFor(PAUSE_MS);
    expect(slicesOfBolus(bed)).toBeLessThanOrEqual(PREPARED);
    bed.pump.powerCycle();
    bed.desk.open();
    permitted(bed.command({ kind: "resume" }));
    expect(slicesOfBolus(bed)).toBeGreaterThanOrEqual(UNPREPARED);
    expect(slicesOfBolus(bed)).toBeLessThanOrEqual(PREPARED);
  });

  it("keeps no stop and no state record waiting for more than a slice of its preparation", () => {
    const bed = running();
    slicesOfBolus(bed);
    permitted(bolus(bed));
    let slices = 0;
    while (bed.pump.gate.work(1) === STATUS.WORKING) {
      slices++;
      expect(bed.pump.gate.inspect().status).toBe(STATUS.OK);
    }
    expect(slices).toBeLessThan(100);
    expect(bed.pump.panel("STOP").status).toBe(STATUS.OK);
    expect(outcome(bolus(bed))).toBe("PHASE");
  });
});
