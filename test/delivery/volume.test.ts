import { describe, expect, it } from "vitest";
import { ALARM, PHASE } from "../../host-sim/gate/names.js";
import type { Grant } from "../../host-sim/gate/records.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { bolus, done, drug, limits, ML, permitted, profile, start, titrate, ward } from "../support/ward.js";

/** A dose counted in mL/h is its own rate, and one in mL its own volume. */
const VOLUMES = drug({
  ingredient: 8 + 4,
  concentration: { amount: { value: ML, dimension: 4 }, volumeNl: ML },
  continuous: limits("mL/h"),
  bolusDose: limits("mL"),
  bolusRate: limits("mL/h"),
});
const HOUR_MS = 3_600_000;

interface Running {
  readonly rateNlPerH: number;
  readonly vtbiNl: number;
  readonly plPerStep?: number;
}

function infusion({ rateNlPerH, vtbiNl, plPerStep = 100_000 }: Running): Bed {
  const bed = ward({ models: [profile(), VOLUMES], plPerStep });
  permitted(start(bed, { dose: rateNlPerH, vtbiNl }));
  return bed;
}

/** Flow at `rateNlPerH` for `ms`, in pL. */
function flowPl(rateNlPerH: number, ms: number): bigint {
  return (BigInt(rateNlPerH) * BigInt(ms)) / BigInt(HOUR_MS / 1000);
}

const delivered = (bed: Bed): bigint => bed.device.motor.deliveredPl;

/** SPEC 6.2 */
describe("a grant", () => {
  const RATE = 120 * ML;

  function grants(bed: Bed, count: number): { grant: Grant; steps: bigint }[] {
    return Array.from({ length: count }, () => {
      bed.pump.runFor(1000);
      return { grant: bed.pump.tick()!, steps: bed.device.motor.report().steps };
    });
  }

  it("ends 5 s after its tick, at the ordered rate", () => {
    const bed = infusion({ rateNlPerH: RATE, vtbiNl: 100 * ML });
    for (const { grant } of grants(bed, 20)) {
      expect(grant.untilUptimeMs - bed.device.clock.uptimeMs()).toBeLessThanOrEqual(5000n);
      expect(grant).toMatchObject({ rateMaxNlPerH: RATE, generation: 1, phase: PHASE.RUNNING });
    }
  });

  it("reaches no further than 5 s of flow and a step, and never beyond what flash holds reserved", () => {
    const bed = infusion({ rateNlPerH: RATE, vtbiNl: 100 * ML });
    for (const { grant, steps } of grants(bed, 200)) {
      expect((grant.reachStep - steps) * 100_000n).toBeLessThanOrEqual(flowPl(RATE, 5000) + 200_000n);
      expect(grant.reachStep * 100n).toBeLessThanOrEqual(grant.reservedNl);
      expect(grant.reservedNl - grant.deliveredNl).toBeLessThanOrEqual(BigInt(RATE / 60) + 202n);
      expect(grant.deliveredNl).toBe(steps * 100n);
    }
  });

  it("of another program begins where the motor stands", () => {
    const bed = infusion({ rateNlPerH: RATE, vtbiNl: 100 * ML });
    bed.pump.runFor(60_000);
    done(bed.pump.panel("STOP"));
    const before = delivered(bed);
    permitted(start(bed, { dose: 10 * ML, vtbiNl: ML }));
    const { steps } = bed.device.motor.report();
    expect(bed.pump.grant!.generation).toBe(2);
    expect(bed.pump.grant!.deliveredNl).toBe(0n);
    expect(bed.pump.grant!.reachStep - steps).toBe(flowPl(10 * ML, 5000) / 100_000n + 1n);
    bed.pump.runFor(HOUR_MS / 5);
    expect(delivered(bed) - before).toBe(BigInt(ML) * 1000n);
  });
});

describe("a bag", () => {
  it.each<Running>([
    { rateNlPerH: 500 * ML, vtbiNl: 20 * ML },
    { rateNlPerH: 120 * ML, vtbiNl: 3 * ML + 7 },
    { rateNlPerH: 5 * ML, vtbiNl: 1 * ML, plPerStep: 20_000 },
    { rateNlPerH: 7_770_000, vtbiNl: 333_333, plPerStep: 12_347 },
    { rateNlPerH: 10 * ML, vtbiNl: 2 * ML, plPerStep: 1_000_000_000 },
    { rateNlPerH: 100_000, vtbiNl: 150_000, plPerStep: 50_000_000 },
    { rateNlPerH: 10_000, vtbiNl: 5_000, plPerStep: 1_000_000 },
    { rateNlPerH: 500 * ML, vtbiNl: 1 },
  ])("ends to a motor step: %o", ({ rateNlPerH, vtbiNl, plPerStep = 100_000 }) => {
    const bed = infusion({ rateNlPerH, vtbiNl, plPerStep });
    const ms = Math.ceil((vtbiNl / rateNlPerH) * HOUR_MS);
    const wholeSteps = (BigInt(vtbiNl) * 1000n) / BigInt(plPerStep);
    bed.pump.runFor(ms + 20_000);
    expect(delivered(bed)).toBe(wholeSteps * BigInt(plPerStep));
    expect(bed.pump.inspect()).toMatchObject({ phase: PHASE.COMPLETE, alarms: ALARM.VTBI_DONE });
    expect(bed.pump.grant).toBeNull();
    bed.pump.runFor(60_000);
    expect(delivered(bed)).toBe(wholeSteps * BigInt(plPerStep));
  });

  it.each<Running>([
    { rateNlPerH: 125 * ML, vtbiNl: 4000 * ML },
    { rateNlPerH: 3_330_000, vtbiNl: 4000 * ML, plPerStep: 12_347 },
    { rateNlPerH: 10_000, vtbiNl: 4000 * ML, plPerStep: 30_000_000 },
  ])("is not run ahead of or behind over 24 h: %o", ({ rateNlPerH, vtbiNl, plPerStep = 100_000 }) => {
    const bed = infusion({ rateNlPerH, vtbiNl, plPerStep });
    for (let hour = 1; hour <= 24; hour++) {
      bed.pump.runFor(HOUR_MS);
      const behind = flowPl(rateNlPerH, hour * HOUR_MS) - delivered(bed);
      expect(behind).toBeGreaterThanOrEqual(-BigInt(plPerStep));
      expect(behind).toBeLessThanOrEqual(BigInt(plPerStep));
      const inNl = bed.pump.tick()!.deliveredNl;
      // Counted up to a whole nanolitre.
      expect(inNl * 1000n).toBeGreaterThanOrEqual(delivered(bed));
      expect(inNl * 1000n - delivered(bed)).toBeLessThan(1000n);
    }
  });

  it("keeps its time over changes of the rate", () => {
    const bed = infusion({ rateNlPerH: 60 * ML, vtbiNl: 500 * ML });
    let exact = 0n;
    for (const [rate, minutes] of [
      [60, 7],
      [90, 11],
      [30, 3],
      [120, 5],
    ] as const) {
      permitted(titrate(bed, { dose: rate * ML }));
      bed.pump.runFor(minutes * 60_000);
      exact += flowPl(rate * ML, minutes * 60_000);
    }
    // Each change may shift the flow by the part of a second since the last tick.
    expect(Number(delivered(bed) - exact) / Number(exact)).toBeCloseTo(0, 3);
  });
});

describe("lost time", () => {
  it("is not made up after a gap longer than a grant", () => {
    const bed = infusion({ rateNlPerH: 60 * ML, vtbiNl: 100 * ML });
    bed.pump.runFor(10_000);
    const before = delivered(bed);
    bed.device.clock.advanceMs(600_000);
    // Of these 10 min only what the last grant left: 5 s.
    expect(delivered(bed) - before).toBeLessThanOrEqual(flowPl(60 * ML, 5000));
    const after = delivered(bed);
    bed.pump.runFor(60_000);
    expect(delivered(bed) - after).toBeLessThanOrEqual(flowPl(60 * ML, 60_000) + 100_000n);
    expect(delivered(bed) - after).toBeGreaterThanOrEqual(flowPl(60 * ML, 58_000));
  });

  it("of a motor that stood still is made up by no more than a grant's flow", () => {
    const bed = infusion({ rateNlPerH: 60 * ML, vtbiNl: 100 * ML });
    bed.pump.runFor(10_000);
    bed.device.motor.stall();
    bed.pump.runFor(300_000);
    bed.device.motor.stall(false);
    const before = delivered(bed);
    bed.pump.runFor(60_000);
    expect(delivered(bed) - before).toBeLessThanOrEqual(flowPl(60 * ML, 65_000) + 100_000n);
  });
});

/** SPEC 6.2: a bolus runs beside the basal rate. */
describe("a bolus", () => {
  const BASAL = 5 * ML;

  it.each([
    [1, 495],
    [1, 60],
    [10, 400],
    [0.02, 495],
    [2, 10],
  ])("of %f mL at %f mL/h adds its volume to the basal flow, and nothing else", (millilitres, rate) => {
    const bed = infusion({ rateNlPerH: BASAL, vtbiNl: 500 * ML });
    bed.pump.runFor(600_000);
    const before = delivered(bed);
    permitted(bolus(bed, { dose: millilitres * ML, rateNlPerH: rate * ML }));
    expect(bed.pump.grant!.rateMaxNlPerH).toBe(BASAL + rate * ML);
    const ms = Math.ceil((millilitres / rate) * HOUR_MS) + 30_000;
    bed.pump.runFor(ms);
    const over = delivered(bed) - before - flowPl(BASAL, ms) - BigInt(millilitres * ML) * 1000n;
    expect(over).toBeLessThanOrEqual(flowPl(BASAL, 5000) + 100_000n);
    expect(over).toBeGreaterThanOrEqual(-flowPl(BASAL, 5000) - 100_000n);
    expect(bed.pump.inspect().bolusLeftNl).toBe(0n);
    expect(bed.pump.grant!.rateMaxNlPerH).toBe(BASAL);
  });

  it("is not followed by a pause of the basal flow", () => {
    const bed = infusion({ rateNlPerH: BASAL, vtbiNl: 500 * ML });
    permitted(bolus(bed, { dose: ML, rateNlPerH: 495 * ML }));
    bed.pump.runFor(12_000);
    for (let i = 0; i < 60; i++) {
      const before = delivered(bed);
      bed.pump.runFor(10_000);
      expect(delivered(bed) - before).toBeGreaterThan(flowPl(BASAL, 4000));
    }
  });

  it("does not run on when ticks stop: the grant holds no more than what is left of it", () => {
    const bed = infusion({ rateNlPerH: BASAL, vtbiNl: 500 * ML });
    permitted(bolus(bed, { dose: 100_000, rateNlPerH: 495 * ML }));
    const before = delivered(bed);
    bed.device.clock.advanceMs(60_000);
    expect(delivered(bed) - before).toBeLessThanOrEqual(100_000n * 1000n + flowPl(BASAL, 5000) + 100_000n);
  });

  it("is reserved whole in flash before its first drop", () => {
    const bed = infusion({ rateNlPerH: BASAL, vtbiNl: 500 * ML });
    bed.pump.runFor(30_000);
    permitted(bolus(bed, { dose: 20 * ML, rateNlPerH: 60 * ML }));
    const { reservedNl, deliveredNl, bolusLeftNl } = bed.pump.grant!;
    expect(bolusLeftNl).toBe(BigInt(20 * ML));
    expect(reservedNl - deliveredNl).toBeGreaterThanOrEqual(BigInt(20 * ML));
    expect(bed.pump.inspect().reservedNl).toBe(reservedNl);
  });

  it("ends with the bag", () => {
    const bed = infusion({ rateNlPerH: BASAL, vtbiNl: ML });
    permitted(bolus(bed, { dose: 2 * ML, rateNlPerH: 60 * ML }));
    bed.pump.runFor(300_000);
    expect(delivered(bed)).toBe(BigInt(ML) * 1000n);
    expect(bed.pump.inspect()).toMatchObject({ phase: PHASE.COMPLETE, bolusLeftNl: 0n });
  });

  it.each(["PAUSE", "STOP"] as const)("is dropped by %s and does not come back", (action) => {
    const bed = infusion({ rateNlPerH: BASAL, vtbiNl: 500 * ML });
    permitted(bolus(bed, { dose: 20 * ML, rateNlPerH: 60 * ML }));
    bed.pump.runFor(10_000);
    done(bed.pump.panel(action));
    expect(bed.pump.inspect().bolusLeftNl).toBe(0n);
    if (action === "PAUSE") done(bed.pump.panel("RESTORE"));
    else permitted(start(bed, { dose: BASAL, vtbiNl: 10 * ML }));
    expect(bed.pump.grant!.rateMaxNlPerH).toBe(BASAL);
  });
});
