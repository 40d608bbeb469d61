import { describe, expect, it } from "vitest";
import { ceilingsFor, rateStepNlPerH } from "../../host-sim/authority/rate.js";
import type { Profile } from "../../host-sim/authority/library/model.js";
import {
  drug,
  limits,
  ML,
  outcome,
  permitted,
  profile,
  running,
  start,
  titrate,
  bolus,
  ward,
} from "../support/ward.js";

const CLASSES = [1, 2, 3].flatMap((pumpClass) =>
  [1, 2, 3].map((patientClass) => ({ pumpClass, patientClass })),
);

/** A dose counted in mL/h is its own rate, and one in mL its own volume. */
const VOLUMES = drug({
  ingredient: 8 + 4,
  concentration: { amount: { value: ML, dimension: 4 }, volumeNl: ML },
  continuous: limits("mL/h"),
  bolusDose: limits("mL"),
  bolusRate: limits("mL/h"),
});

/** An area that leaves all that the ceilings leave. */
function area(pumpClass: number, patientClass: number, change: Partial<Profile> = {}): Profile {
  const { rateNlPerHMax, vtbiNlMax } = ceilingsFor(pumpClass, patientClass);
  return profile({ patientClass, rateNlPerHMax, vtbiNlMax, ...change });
}

/** SPEC 5.1: the smaller of the pump class's row and the patient class's. */
describe.each(CLASSES)(
  "pump class $pumpClass in patient class $patientClass",
  ({ pumpClass, patientClass }) => {
    const ceilings = ceilingsFor(pumpClass, patientClass);
    const step = rateStepNlPerH(pumpClass, ceilings.rateNlPerHMax);
    const on = (change: Partial<Profile> = {}) =>
      ward({ models: [area(pumpClass, patientClass, change), VOLUMES], pumpClass });

    it("runs at the ceiling's rate and not a step above", () => {
      expect(outcome(start(on(), { dose: ceilings.rateNlPerHMax - step }))).toBe("PERMIT");
      expect(outcome(start(on(), { dose: ceilings.rateNlPerHMax }))).toBe("PERMIT");
      const above = start(on(), { dose: ceilings.rateNlPerHMax + step });
      expect(outcome(above)).toBe("LIMIT_CEILING");
      expect(above.verdict).toMatchObject({ limit: 13, bound: BigInt(ceilings.rateNlPerHMax) });
    });

    it("runs at the profile's rate and not a step above", () => {
      const rateNlPerHMax = ceilings.rateNlPerHMax - 5 * step;
      expect(outcome(start(on({ rateNlPerHMax }), { dose: rateNlPerHMax }))).toBe("PERMIT");
      const above = start(on({ rateNlPerHMax }), { dose: rateNlPerHMax + step });
      expect(outcome(above)).toBe("LIMIT_PROFILE");
      expect(above.verdict).toMatchObject({ limit: 13, bound: BigInt(rateNlPerHMax) });
    });

    it("does not let a titration above the ceiling either", () => {
      const bed = on();
      permitted(start(bed, { dose: ceilings.rateNlPerHMax - step }));
      expect(outcome(titrate(bed, { dose: ceilings.rateNlPerHMax + step }))).toBe("LIMIT_CEILING");
      expect(outcome(titrate(bed, { dose: ceilings.rateNlPerHMax }))).toBe("PERMIT");
    });

    it("takes the ceiling's VTBI and not a nanolitre more", () => {
      const dose = 5 * ML;
      const at = ceilings.vtbiNlMax;
      expect(outcome(start(on(), { dose, vtbiNl: at }))).toBe("PERMIT");
      const above = start(on(), { dose, vtbiNl: at + 1 });
      expect(outcome(above)).toBe("LIMIT_CEILING");
      expect(above.verdict).toMatchObject({ limit: 8, bound: BigInt(at) });
      const within = on({ vtbiNlMax: at - 1 });
      const ofProfile = start(within, { dose, vtbiNl: at });
      expect(outcome(ofProfile)).toBe("LIMIT_PROFILE");
      expect(ofProfile.verdict).toMatchObject({ limit: 8, bound: BigInt(at - 1) });
      expect(outcome(start(within, { dose, vtbiNl: at - 1 }))).toBe("PERMIT");
    });

    it("takes the ceiling's total and not a nanolitre more", () => {
      const at = { dose: 5 * ML, totalNl: ceilings.totalNlMax };
      expect(outcome(start(on(), at))).toBe("PERMIT");
      const above = start(on(), { ...at, totalNl: ceilings.totalNlMax + 1 });
      expect(outcome(above)).toBe("LIMIT_CEILING");
      expect(above.verdict).toMatchObject({ limit: 14, bound: BigInt(ceilings.totalNlMax) });
    });

    it("takes the ceiling's bolus and not a nanolitre more", () => {
      const bed = on();
      permitted(start(bed, { dose: 5 * ML, vtbiNl: ceilings.vtbiNlMax }));
      const rateNlPerH = 10 * ML;
      const above = bolus(bed, { dose: ceilings.bolusNlMax + 1, rateNlPerH });
      expect(outcome(above)).toBe("LIMIT_CEILING");
      expect(above.verdict).toMatchObject({ limit: 15, bound: BigInt(ceilings.bolusNlMax) });
      expect(outcome(bolus(bed, { dose: ceilings.bolusNlMax, rateNlPerH }))).toBe("PERMIT");
    });

    it("gives basal and bolus together at most the ceiling's rate", () => {
      const bed = on();
      permitted(start(bed, { dose: 5 * ML }));
      const most = ceilings.rateNlPerHMax - 5 * ML;
      const above = bolus(bed, { dose: ML, rateNlPerH: most + step });
      expect(outcome(above)).toBe("LIMIT_CEILING");
      expect(above.verdict).toMatchObject({ limit: 13, bound: BigInt(ceilings.rateNlPerHMax) });
      expect(outcome(bolus(bed, { dose: ML, rateNlPerH: most }))).toBe("PERMIT");
    });

    it("gives basal and bolus together at most the profile's rate", () => {
      const rateNlPerHMax = ceilings.rateNlPerHMax - 5 * step;
      const bed = on({ rateNlPerHMax });
      permitted(start(bed, { dose: 5 * ML }));
      const most = rateNlPerHMax - 5 * ML;
      const above = bolus(bed, { dose: ML, rateNlPerH: most + step });
      expect(outcome(above)).toBe("LIMIT_PROFILE");
      expect(outcome(bolus(bed, { dose: ML, rateNlPerH: most }))).toBe("PERMIT");
    });
  },
);

describe("a titration range", () => {
  const ranged = (max: number) => ({ dose: 5 * ML, range: { min: 0, max, stepMax: ML, intervalS: 0 } });

  it("reaches no further than the area's rate", () => {
    const models = [profile({ rateNlPerHMax: 20 * ML }), VOLUMES];
    expect(outcome(start(ward({ models }), ranged(20 * ML)))).toBe("PERMIT");
    const above = start(ward({ models }), ranged(20 * ML + 100_000));
    expect(outcome(above)).toBe("LIMIT_PROFILE");
    expect(above.verdict).toMatchObject({ limit: 13, bound: BigInt(20 * ML) });
  });

  it("reaches no further than the ceiling", () => {
    const models = [profile({ rateNlPerHMax: 999 * ML }), VOLUMES];
    expect(outcome(start(ward({ models }), ranged(999 * ML)))).toBe("PERMIT");
    expect(outcome(start(ward({ models }), ranged(1000 * ML)))).toBe("LIMIT_CEILING");
  });

  it.each([
    [{ min: 5 * ML + 1, max: 6 * ML }, "RANGE"],
    [{ min: 5 * ML, max: 5 * ML }, "PERMIT"],
    [{ min: 4 * ML, max: 5 * ML - 1 }, "RANGE"],
  ])("around its dose of 5 mL/h: %o is %s", (range, wanted) => {
    const bed = ward({ models: [profile(), VOLUMES] });
    expect(outcome(start(bed, { dose: 5 * ML, range: { ...range, stepMax: ML, intervalS: 0 } }))).toBe(
      wanted,
    );
  });
});

/** SPEC 4.5 */
describe("the rate of a dose", () => {
  const on = (pumpClass: number) =>
    ward({ models: [profile({ rateNlPerHMax: 90 * ML, vtbiNlMax: 100 * ML }), VOLUMES], pumpClass });

  it.each([
    // Exactly 5 % lost, and one nanolitre per hour more than that.
    [1, 10_526, 10_000, "PERMIT"],
    [1, 10_527, 10_000, "RATE_TOO_COARSE"],
    [3, 105_263, 100_000, "PERMIT"],
    [3, 105_264, 100_000, "RATE_TOO_COARSE"],
    [1, 9_999, 10_000, "RATE_TOO_COARSE"],
    // Steps of 0.01 mL/h below 10 mL/h, of 0.1 mL/h from there on.
    [1, 10 * ML - 1, 9_990_000, "PERMIT"],
    [1, 10 * ML + 99_999, 10 * ML, "PERMIT"],
    [2, 10 * ML + 99_999, 10_090_000, "PERMIT"],
  ])("of pump class %i: %i nL/h runs at %i: %s", (pumpClass, dose, rateNlPerH, wanted) => {
    expect(outcome(start(on(pumpClass), { dose, rateNlPerH }))).toBe(wanted);
  });

  it.each([-10_000, -1, 1, 10_000])("is not the order's if it is %i nL/h off", (by) => {
    expect(outcome(start(on(1), { dose: 5 * ML, rateNlPerH: 5 * ML + by }))).toBe("RATE_MISMATCH");
  });

  it.each([-1, 1])("and the volume of a bolus do not differ by %i nL from the order's", (by) => {
    const bed = running({ models: [profile(), VOLUMES] }, { dose: 5 * ML });
    expect(outcome(bolus(bed, { dose: ML, volumeNl: ML + by }))).toBe("RATE_MISMATCH");
  });

  it("of a bolus lies on a step of the pump", () => {
    const bed = running({ models: [profile(), VOLUMES] }, { dose: 5 * ML });
    expect(outcome(bolus(bed, { dose: ML, rateNlPerH: 60 * ML + 10_000 }))).toBe("RATE_TOO_COARSE");
    expect(outcome(bolus(bed, { dose: ML, rateNlPerH: 60 * ML + 100_000 }))).toBe("PERMIT");
  });
});
