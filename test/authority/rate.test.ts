import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  allDoseUnits,
  type Concentration,
  DIMENSION,
  parseConcentration,
  parseDose,
  parseRateNlPerH,
  parseVolumeNl,
} from "../../host-sim/authority/dose.js";
import {
  bolusVolumeNl,
  ceilingsFor,
  exactRate,
  rateForOrder,
  rateFromDose,
  rateStepNlPerH,
} from "../../host-sim/authority/rate.js";

const ADULT = { weightG: 70_000, bsaCm2: 18_000 };
const UNKNOWN = { weightG: 0, bsaCm2: 0 };
const DOPAMINE = parseConcentration("400 mg in 250 mL");

function rate(dose: string, concentration: Concentration | undefined = DOPAMINE, pumpClass = 1) {
  return rateFromDose(parseDose(dose), ADULT, concentration, pumpClass);
}

describe("the rate of a dose", () => {
  it.each([
    // 5 mcg/kg/min * 70 kg * 60 = 21 mg/h; 400 mg in 250 mL: 13.125 mL/h, on a 0.1 step 13.1
    ["5 mcg/kg/min", "13.1 mL/h"],
    ["16 mg/h", "10 mL/h"],
    ["12 mL/h", "12 mL/h"],
    // 384 mg/day = 16 mg/h
    ["384 mg/day", "10 mL/h"],
    // 10 mg/m2/h * 1.8 m2 = 18 mg/h = 11.25 mL/h
    ["10 mg/m2/h", "11.2 mL/h"],
  ])("%s at 70 kg, 1.8 m2, 400 mg in 250 mL is %s", (dose, expected) => {
    expect(rate(dose).rateNlPerH).toBe(parseRateNlPerH(expected));
    expect(rate(dose).tooCoarse).toBe(false);
  });

  it("may keep exactly 95 % and not one nanolitre per hour less", () => {
    // Pump class 2 steps by 0.01 mL/h = 10,000 nL/h. 95 % of 200,000 is 190,000, but 200,000 is itself a step; below it,
    // 10,000 is kept of 10,526 (95 % are 9,999.7) and of 10,527 (95 % are 10,000.65).
    const at = (rateNlPerH: number) =>
      rateFromDose({ ...parseDose("1 mL/h"), value: rateNlPerH }, UNKNOWN, undefined, 2);
    expect(at(10_526)).toMatchObject({ rateNlPerH: 10_000, tooCoarse: false });
    expect(at(10_527)).toMatchObject({ rateNlPerH: 10_000, tooCoarse: true });
    expect(at(200_000)).toMatchObject({ rateNlPerH: 200_000, tooCoarse: false });
    expect(at(9999)).toMatchObject({ rateNlPerH: 0, tooCoarse: true });
    expect(at(10_000)).toMatchObject({ rateNlPerH: 10_000, tooCoarse: false });
  });

  it("follows from dose, body and concentration by rational arithmetic, in every unit", () => {
    const units = allDoseUnits().filter((unit) => unit.time !== 0);
    const input = fc.record({
      unit: fc.constantFrom(...units),
      value: fc.nat({ max: 10 ** 12 }),
      weightG: fc.integer({ min: 200, max: 500_000 }),
      bsaCm2: fc.integer({ min: 500, max: 35_000 }),
      amount: fc.integer({ min: 1, max: 10 ** 15 }),
      volumeNl: fc.integer({ min: 1, max: 10 ** 10 }),
      pumpClass: fc.constantFrom(1, 2, 3),
    });
    fc.assert(
      fc.property(input, ({ unit, value, weightG, bsaCm2, amount, volumeNl, pumpClass }) => {
        const concentration = { amount: { value: amount, dimension: unit.amount.dimension }, volumeNl };
        const exact = exactRate({ value, unit }, { weightG, bsaCm2 }, concentration);
        // The other way round: the rate times everything that divides equals the dose times everything that multiplies.
        const basis = [1n, BigInt(weightG), BigInt(bsaCm2)][unit.basis]!;
        const perBasis = [1n, 1000n, 10_000n][unit.basis]!;
        const isVolume = unit.amount.dimension === DIMENSION.volume;
        const drug = isVolume ? 1n : BigInt(amount);
        const fluid = isVolume ? 1n : BigInt(volumeNl);
        const [perHour, hours] = ([[], [60n, 1n], [1n, 1n], [1n, 24n]] as const)[unit.time] as [
          bigint,
          bigint,
        ];
        const left = exact.numerator * perBasis * hours * drug;
        expect(left).toBe(BigInt(value) * basis * perHour * fluid * exact.denominator);

        if (exact.numerator / exact.denominator > BigInt(Number.MAX_SAFE_INTEGER)) return;
        const { rateNlPerH, tooCoarse } = rateFromDose(
          { value, unit },
          { weightG, bsaCm2 },
          concentration,
          pumpClass,
        );
        const step = rateStepNlPerH(pumpClass, rateNlPerH);
        expect(rateNlPerH % step).toBe(0);
        const kept = BigInt(rateNlPerH) * exact.denominator;
        expect(kept <= exact.numerator).toBe(true);
        expect(kept + BigInt(step) * exact.denominator > exact.numerator).toBe(true);
        const whole = exact.numerator / exact.denominator;
        expect(tooCoarse).toBe(rateNlPerH === 0 || BigInt(rateNlPerH) * 100n < whole * 95n);
      }),
    );
  });

  it("has the steps of the pump class, at the boundary and one beside it", () => {
    const mL = 1_000_000;
    expect([1, 10 * mL - 1, 10 * mL, 100 * mL - 1, 100 * mL].map((r) => rateStepNlPerH(1, r))).toEqual([
      10_000, 10_000, 100_000, 100_000, 1_000_000,
    ]);
    expect(rateStepNlPerH(2, 99 * mL)).toBe(10_000);
    expect(rateStepNlPerH(3, 1)).toBe(100_000);
  });

  it("needs the weight, the body surface, the concentration and a time where its unit does", () => {
    expect(() => exactRate(parseDose("1 mg/kg/h"), UNKNOWN, DOPAMINE)).toThrow(/weight is not known/);
    expect(() => exactRate(parseDose("1 mg/m2/h"), UNKNOWN, DOPAMINE)).toThrow(/body surface is not known/);
    expect(() => exactRate(parseDose("1 mg/h"), UNKNOWN, undefined)).toThrow(/concentration is not known/);
    expect(() => exactRate(parseDose("1 unit/h"), UNKNOWN, DOPAMINE)).toThrow(/another dimension/);
    expect(() => exactRate(parseDose("1 mg"), UNKNOWN, DOPAMINE)).toThrow(/has no time/);
  });

  it("that would lose more than 5 % names the pump's step", () => {
    expect(rateForOrder(parseDose("16 mg/h"), ADULT, DOPAMINE, 1)).toBe(10_000_000);
    expect(() => rateForOrder(parseDose("0.01 mg/h"), ADULT, DOPAMINE, 1)).toThrow(
      /step there is 0.01 mL\/h/,
    );
  });
});

describe("the volume of a bolus", () => {
  it.each([
    ["16 mg", "10 mL"],
    ["1 mg/kg", "43.75 mL"],
    ["5 mL", "5 mL"],
  ])("of %s is %s", (dose, expected) => {
    expect(bolusVolumeNl(parseDose(dose), ADULT, DOPAMINE)).toBe(parseVolumeNl(expected));
  });

  it("is rounded down to whole nanolitres", () => {
    // 1 mg in 3 mL: 1 mcg is 3000 nL; 3 mg in 1 mL: 1 mcg is 333.3 nL
    expect(bolusVolumeNl(parseDose("1 mcg"), ADULT, parseConcentration("3 mg in 1 mL"))).toBe(333);
  });

  it("is refused where the dose has a time", () => {
    expect(() => bolusVolumeNl(parseDose("1 mg/h"), ADULT, DOPAMINE)).toThrow(/has no time/);
  });
});

describe("the ceilings", () => {
  it("are the smaller of the pump's and the patient's", () => {
    expect(ceilingsFor(1, 1)).toMatchObject({ rateNlPerHMax: 25_000_000, bolusNlMax: 20_000_000 });
    expect(ceilingsFor(2, 3)).toMatchObject({ rateNlPerHMax: 99_900_000, vtbiNlMax: 100_000_000 });
    expect(ceilingsFor(3, 2)).toMatchObject({ rateNlPerHMax: 90_000_000, totalNlMax: 2_500_000_000 });
  });

  it("do not exist for another class", () => {
    expect(() => ceilingsFor(4, 1)).toThrow(/pump class 4/);
    expect(() => ceilingsFor(1, 0)).toThrow(/patient class 0/);
  });
});
