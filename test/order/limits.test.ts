import { describe, expect, it } from "vitest";
import { parseConcentration } from "../../host-sim/authority/dose.js";
import type { Drug } from "../../host-sim/authority/library/model.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import {
  bolus,
  customDrug,
  drug,
  limits,
  MG,
  ML,
  outcome,
  PATIENT,
  profile,
  running,
  start,
  titrate,
  ward,
} from "../support/ward.js";
import { describeLimited, type Limited } from "./boundary.js";

const on = (entry: Drug): Bed => ward({ models: [profile(), entry] });
const onRunning = (entry: Drug): Bed => running({ models: [profile(), entry] });
const inMl = (value: number, millilitres: number) => ({
  amount: { value, dimension: 0 },
  volumeNl: millilitres * ML,
});

const LIMITED: readonly Limited[] = [
  {
    what: "a continuous dose at start",
    number: 1,
    at: 5 * MG,
    entry: (bounds) => drug({ continuous: limits("mg/h", bounds) }),
    order: (entry, dose) => start(on(entry), { dose }),
    dose: true,
  },
  {
    what: "a continuous dose per kg and minute",
    number: 1,
    at: 2_000_000,
    entry: (bounds) => drug({ continuous: limits("mcg/kg/min", bounds) }),
    order: (entry, dose) => start(on(entry), { dose }),
    dose: true,
  },
  {
    what: "the maximum of a titration range",
    number: 1,
    at: 9 * MG,
    // A range lies around its dose, so only its maximum can meet a bound alone.
    entry: (bounds) => drug({ continuous: limits("mg/h", bounds) }),
    order: (entry, max) => start(on(entry), { range: { min: MG, max, stepMax: MG, intervalS: 0 } }),
    dose: true,
    maximaOnly: true,
  },
  {
    what: "a bolus dose",
    number: 3,
    at: 2 * MG,
    entry: (bounds) => drug({ bolusDose: limits("mg", bounds) }),
    order: (entry, dose) => bolus(onRunning(entry), { dose }),
    dose: true,
  },
  {
    what: "a bolus rate, in units of its own",
    number: 5,
    at: 100,
    // 100 steps of 0.1 mL/h, counted as 1/6,000 mg per kg and minute: exactly 100,000 nL/h a step.
    entry: (bounds) => drug({ bolusRate: limits("mL/h", bounds) }),
    order: (entry, steps) => bolus(onRunning(entry), { rateNlPerH: steps * 100_000 }),
    dose: false,
    scale: 100_000,
  },
  {
    what: "a VTBI",
    number: 7,
    at: 40 * ML,
    entry: (bounds) => drug({ vtbi: bounds }),
    order: (entry, vtbiNl) => start(on(entry), { vtbiNl }),
    dose: false,
  },
  {
    what: "a custom concentration in 1 mL",
    number: 9,
    at: 2 * MG,
    entry: (customConcentration) => customDrug({ customConcentration }),
    order: (entry, perMl) => start(on(entry), { concentrated: inMl(perMl, 1) }),
    dose: false,
  },
  {
    what: "a custom concentration in 250 mL, by one base unit in all of it",
    number: 9,
    at: 2 * MG,
    entry: (customConcentration) => customDrug({ customConcentration }),
    order: (entry, perMl) => start(on(entry), { concentrated: inMl(500 * MG + (perMl - 2 * MG), 250) }),
    dose: false,
  },
];

describeLimited(LIMITED);

describe("a titration upward", () => {
  it.each([
    ["hardMax", "LIMIT_HARD"],
    ["softMax", "NEEDS_OVERRIDE"],
  ] as const)("is judged by the %s of the dose to the unit", (bound, beyond) => {
    const limited = drug({ continuous: limits("mg/h", { [bound]: 8 * MG }) });
    const bed = onRunning(limited);
    expect(outcome(titrate(bed, { dose: 8 * MG + 1 }))).toBe(beyond);
    expect(outcome(titrate(bed, { dose: 8 * MG }))).toBe("PERMIT");
  });
});

describe("a bolus rate", () => {
  // 1 mg/min is exactly 60 mL/h; one base unit less a fraction of a nanolitre less.
  it.each([
    ["hardMax", -1, "LIMIT_HARD"],
    ["hardMax", 0, "PERMIT"],
    ["hardMax", 1, "PERMIT"],
    ["hardMin", -1, "PERMIT"],
    ["hardMin", 0, "PERMIT"],
    ["hardMin", 1, "LIMIT_HARD"],
  ] as const)("is compared exactly with a %s of 1 mg/min %i pg", (bound, by, wanted) => {
    const bed = onRunning(drug({ bolusRate: limits("mg/min", { [bound]: MG + by }) }));
    expect(outcome(bolus(bed, { rateNlPerH: 60 * ML }))).toBe(wanted);
  });
});

describe("a fixed concentration", () => {
  it.each([
    [-1, 9],
    [1, 10],
  ])("is refused %i pg off in 250 mL", (by, limit) => {
    const bed = ward();
    const off = start(bed, { concentrated: inMl(250 * MG + by, 250) });
    expect(outcome(off)).toBe("LIMIT_HARD");
    expect(off.verdict).toMatchObject({ limit, bound: BigInt(MG), nearestPermittedDose: 0n });
  });

  it("is met by the same ratio in another volume", () => {
    expect(outcome(start(ward(), { concentrated: parseConcentration("250 mg in 250 mL") }))).toBe("PERMIT");
  });
});

describe("all soft limits broken", () => {
  const low = { softMin: 0, softMax: MG };

  it("by a start stand in one mask: dose, VTBI, concentration", () => {
    const entry = customDrug({
      continuous: limits("mg/h", low),
      vtbi: { softMin: 200 * ML },
      customConcentration: { softMax: MG - 1 },
    });
    const broken = start(on(entry), { concentrated: inMl(MG, 1) });
    expect(outcome(broken)).toBe("NEEDS_OVERRIDE");
    expect(broken.verdict!.softMask).toBe((1 << 2) | (1 << 7) | (1 << 10));
  });

  it("by a bolus stand in one mask: dose and rate", () => {
    const entry = drug({ bolusDose: limits("mg", low), bolusRate: limits("mg/h", { softMin: 61 * MG }) });
    const broken = bolus(onRunning(entry));
    expect(broken.verdict!.softMask).toBe((1 << 4) | (1 << 5));
    expect(outcome(broken)).toBe("NEEDS_OVERRIDE");
  });
});

describe("weight and body surface", () => {
  const around = (value: number) => ({ min: value - 10, max: value + 10 });

  it.each([
    ["weight", "profile", { weightG: around(70_000) }, {}, "weightG", 70_000, 11, "LIMIT_PROFILE"],
    ["weight", "entry", {}, { weightG: around(70_000) }, "weightG", 70_000, 11, "LIMIT_HARD"],
    ["surface", "profile", { bsaCm2: around(18_000) }, {}, "bsaCm2", 18_000, 12, "LIMIT_PROFILE"],
    ["surface", "entry", {}, { bsaCm2: around(18_000) }, "bsaCm2", 18_000, 12, "LIMIT_HARD"],
  ] as const)(
    "of the patient: %s within the range of the %s",
    (_w, _o, ofArea, ofDrug, field, value, limit, status) => {
      for (const [by, inside] of [
        [-11, false],
        [-10, true],
        [10, true],
        [11, false],
      ] as const) {
        const bed = ward({
          models: [profile(ofArea), drug(ofDrug)],
          patient: { ...PATIENT, [field]: value + by },
        });
        const sent = start(bed);
        expect(outcome(sent)).toBe(inside ? "PERMIT" : status);
        if (!inside) expect(sent.verdict).toMatchObject({ limit, bound: BigInt(value + Math.sign(by) * 10) });
      }
    },
  );

  it.each([
    ["weight", "weightG", { weightG: around(70_000) }],
    ["surface", "bsaCm2", { bsaCm2: around(18_000) }],
  ] as const)(
    "%s unknown: refused where the entry has a range, not where only the area has",
    (_w, field, range) => {
      const patient = { ...PATIENT, [field]: 0 };
      expect(outcome(start(ward({ models: [profile(), drug(range)], patient })))).toBe("WEIGHT_UNKNOWN");
      expect(outcome(start(ward({ models: [profile(range), drug()], patient })))).toBe("PERMIT");
    },
  );

  it.each([
    ["mcg/kg/min", "weightG"],
    ["mg/m2/h", "bsaCm2"],
  ] as const)("unknown is refused for a dose in %s", (unit, field) => {
    const bed = ward({
      models: [profile(), drug({ continuous: limits(unit) })],
      patient: { ...PATIENT, [field]: 0 },
    });
    // The sender reckoned with some weight: the gate knows of none.
    expect(
      outcome(
        start(bed, { of: drug({ continuous: limits("mg/h") }), unit: unit === "mcg/kg/min" ? 0x111 : 0x222 }),
      ),
    ).toBe("WEIGHT_UNKNOWN");
  });

  it("unknown is refused where only the bolus rate counts by it", () => {
    const bed = running({
      models: [profile(), drug({ bolusRate: limits("mg/kg/h") })],
      patient: { ...PATIENT, weightG: 0 },
    });
    expect(outcome(bolus(bed))).toBe("WEIGHT_UNKNOWN");
  });

  it.each([
    ["weightG", 199, "LIMIT_CEILING", 11, 200],
    ["weightG", 200, "PERMIT", 0, 0],
    ["weightG", 500_000, "PERMIT", 0, 0],
    ["weightG", 500_001, "LIMIT_CEILING", 11, 500_000],
    ["bsaCm2", 499, "LIMIT_CEILING", 12, 500],
    ["bsaCm2", 500, "PERMIT", 0, 0],
    ["bsaCm2", 35_000, "PERMIT", 0, 0],
    ["bsaCm2", 35_001, "LIMIT_CEILING", 12, 35_000],
  ] as const)("of an association: %s of %i is %s", (field, value, wanted, limit, bound) => {
    const bed = ward({ patient: null });
    const sent = bed.associate({ ...PATIENT, [field]: value });
    expect(outcome(sent)).toBe(wanted);
    expect(sent.verdict).toMatchObject({ limit, bound: BigInt(bound) });
  });
});
