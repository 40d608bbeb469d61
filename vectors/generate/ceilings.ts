/** The compiled-in ceilings of every pump and patient class, the profile's own, weight and body surface, and the pump's rate steps. */
import { ceilingsFor, rateStepNlPerH } from "../../host-sim/authority/rate.js";
import type { Expected, Fixture } from "../../host-sim/vectors/limit-vectors.js";
import { deny, type DraftGroup, group, PERMIT, test } from "./group.js";
import {
  associate,
  bolus,
  drug,
  LIQUID,
  liquid,
  MCG,
  MG,
  ML,
  PATIENT,
  pca,
  rated,
  start,
  type StartChange,
  therapy,
  titrate,
  whole,
} from "./orders.js";

const PER_H = "mL/h";
const flowing = (rateNlPerH: number, pumpClass = 1, change: StartChange = {}) =>
  start(rateNlPerH, { unit: PER_H, context: { ...LIQUID, pumpClass }, ...change });
const giving = (volumeNl: number, rateNlPerH = 10 * ML) => bolus(whole(volumeNl, rateNlPerH, "mL", LIQUID));

export function ceilingGroups(): DraftGroup[] {
  const classes = [1, 2, 3].flatMap((pumpClass) => [1, 2, 3].map((patient) => [pumpClass, patient] as const));
  return [
    ...classes.flatMap(([pumpClass, patientClass]) => classGroups(pumpClass, patientClass)),
    ...bodyGroups(),
    stepGroup(1),
    stepGroup(2),
    stepGroup(3),
    coarseDoseGroup(),
  ];
}

function classGroups(pumpClass: number, patientClass: number): DraftGroup[] {
  const { rateNlPerHMax, vtbiNlMax, totalNlMax, bolusNlMax } = ceilingsFor(pumpClass, patientClass);
  const stepNlPerH = rateStepNlPerH(pumpClass, rateNlPerHMax);
  const name = `pump class ${pumpClass}, patient class ${patientClass}`;
  const area = { patientClass, rateNlPerHMax, vtbiNlMax };
  const within = ["Ceiling", "WithinBounds"];
  const above = ["Ceiling", "AboveMaximum"];
  const beside = rateNlPerHMax - 5 * ML;
  const basal = [flowing(5 * ML, pumpClass, { vtbiNl: vtbiNlMax, totalNl: vtbiNlMax })];
  const demanded = (rateNlPerH: number) =>
    pca(
      {
        vtbiNl: 100 * ML,
        concentration: LIQUID.concentration,
        basal: rated(5 * ML, PER_H, { ...LIQUID, pumpClass }),
      },
      whole(ML, rateNlPerH, "mL", LIQUID),
    );
  const ceiling = group(
    `ceilings of ${name}`,
    liquid(),
    [
      test("rate - 1 step", within, flowing(rateNlPerHMax - stepNlPerH, pumpClass), PERMIT),
      test("rate", within, flowing(rateNlPerHMax, pumpClass), PERMIT),
      test(
        "rate + 1 step",
        above,
        flowing(rateNlPerHMax + stepNlPerH, pumpClass),
        deny("LIMIT_CEILING", 13, rateNlPerHMax),
      ),
      test("increase to the rate", within, titrated(rateNlPerHMax, pumpClass), PERMIT, basal),
      test(
        "increase to the rate + 1 step",
        above,
        titrated(rateNlPerHMax + stepNlPerH, pumpClass),
        deny("LIMIT_CEILING", 13, rateNlPerHMax),
        basal,
      ),
      ...[-1, 0].map((by) =>
        test(
          `VTBI${by < 0 ? " - 1 nL" : ""}`,
          within,
          flowing(5 * ML, pumpClass, { vtbiNl: vtbiNlMax + by }),
          PERMIT,
        ),
      ),
      test(
        "VTBI + 1 nL",
        above,
        flowing(5 * ML, pumpClass, { vtbiNl: vtbiNlMax + 1 }),
        deny("LIMIT_CEILING", 8, vtbiNlMax),
      ),
      ...[-1, 0].map((by) =>
        test(
          `total${by < 0 ? " - 1 nL" : ""}`,
          within,
          flowing(5 * ML, pumpClass, { totalNl: totalNlMax + by }),
          PERMIT,
        ),
      ),
      test(
        "total + 1 nL",
        above,
        flowing(5 * ML, pumpClass, { totalNl: totalNlMax + 1 }),
        deny("LIMIT_CEILING", 14, totalNlMax),
      ),
      ...[-1, 0].map((by) =>
        test(`bolus${by < 0 ? " - 1 nL" : ""}`, within, giving(bolusNlMax + by), PERMIT, basal),
      ),
      test("bolus + 1 nL", above, giving(bolusNlMax + 1), deny("LIMIT_CEILING", 15, bolusNlMax), basal),
      test("bolus and basal rate together", within, giving(ML, beside), PERMIT, basal),
      test(
        "bolus and basal rate together + 1 step",
        above,
        giving(ML, beside + stepNlPerH),
        deny("LIMIT_CEILING", 13, rateNlPerHMax),
        basal,
      ),
      test("demand and basal rate together", within, demanded(beside), PERMIT),
      test(
        "demand and basal rate together + 1 step",
        above,
        demanded(beside + stepNlPerH),
        deny("LIMIT_CEILING", 13, rateNlPerHMax),
      ),
    ],
    { pumpClass, profile: area },
  );
  const rate = rateNlPerHMax - 5 * stepNlPerH;
  const vtbi = vtbiNlMax - 1000;
  const bag = { vtbiNl: 10 * ML };
  const profiled = ["Profile", "AboveMaximum"];
  const fine = ["Profile", "WithinBounds"];
  const areas = group(
    `profile below the ceilings of ${name}`,
    liquid(),
    [
      test("rate - 1 step", fine, flowing(rate - stepNlPerH, pumpClass, bag), PERMIT),
      test("rate", fine, flowing(rate, pumpClass, bag), PERMIT),
      test(
        "rate + 1 step",
        profiled,
        flowing(rate + stepNlPerH, pumpClass, bag),
        deny("LIMIT_PROFILE", 13, rate),
      ),
      test("VTBI - 1 nL", fine, flowing(5 * ML, pumpClass, { vtbiNl: vtbi - 1 }), PERMIT),
      test("VTBI", fine, flowing(5 * ML, pumpClass, { vtbiNl: vtbi }), PERMIT),
      test(
        "VTBI + 1 nL",
        profiled,
        flowing(5 * ML, pumpClass, { vtbiNl: vtbi + 1 }),
        deny("LIMIT_PROFILE", 8, vtbi),
      ),
    ],
    { pumpClass, profile: { ...area, rateNlPerHMax: rate, vtbiNlMax: vtbi } },
  );
  return [ceiling, areas];
}

function titrated(rateNlPerH: number, pumpClass: number) {
  const { body } = titrate(0);
  if (body.kind !== "titrate") throw new Error("a titration is one");
  const flow = rated(rateNlPerH, PER_H, { ...LIQUID, pumpClass });
  return { op: "order" as const, body: { ...body, ...flow } };
}

/** Weight and body surface: ceilings at the association, then profile and entry. */
function bodyGroups(): DraftGroup[] {
  const MEASURES = [
    { field: "weightG", value: 70_000, limit: 11, flag: "Weight", unit: "g", least: 200, most: 500_000 },
    { field: "bsaCm2", value: 18_000, limit: 12, flag: "BodySurface", unit: "cm2", least: 500, most: 35_000 },
  ] as const;
  return MEASURES.flatMap(({ field, value, limit, flag, unit, least, most }) => {
    const range = { [field]: { min: value - 10, max: value + 10 } };
    const association = [
      [least - 1, deny("LIMIT_CEILING", limit, least)],
      [least, PERMIT],
      [least + 1, PERMIT],
      [most - 1, PERMIT],
      [most, PERMIT],
      [most + 1, deny("LIMIT_CEILING", limit, most)],
    ] as const;
    const associated = group(
      `${flag} of an association`,
      drug(),
      association.map(([at, expected]) =>
        test(`${at} ${unit}`, [flag, kindOf(expected, at > value)], associate({ [field]: at }), expected),
      ),
      { associated: false },
    );
    const orders = [-11, -10, -9, 9, 10, 11].flatMap((by) =>
      (["profile", "entry"] as const).map((whose) => {
        const status = whose === "profile" ? "LIMIT_PROFILE" : "LIMIT_HARD";
        const expected = Math.abs(by) > 10 ? deny(status, limit, value + Math.sign(by) * 10) : PERMIT;
        const change: Partial<Fixture> & { profile?: object } = {
          patient: { ...PATIENT, [field]: value + by },
          ...(whose === "profile" && { profile: range }),
        };
        return group(
          `${flag} of ${value + by} ${unit}: the ${whose} has ${value - 10}..${value + 10}`,
          drug(whose === "entry" ? range : {}),
          [test("start", [flag, kindOf(expected, by > 0)], start(), expected)],
          change,
        );
      }),
    );
    const unknown = { patient: { ...PATIENT, [field]: 0 } };
    const perBasis = flag === "Weight" ? "mcg/kg/min" : "mg/m2/h";
    return [
      associated,
      ...orders,
      group(
        `${flag} unknown, an entry with a range`,
        drug(range),
        [test("start", [flag, "MeasureUnknown"], start(), deny("WEIGHT_UNKNOWN"))],
        unknown,
      ),
      group(
        `${flag} unknown, an area with a range`,
        drug(),
        [test("start", [flag, "WithinBounds"], start(), PERMIT)],
        { ...unknown, profile: range },
      ),
      group(
        `${flag} unknown, a dose in ${perBasis}`,
        drug({ continuous: { unit: perBasis } }),
        // The sender reckoned with some measure; the gate knows of none.
        [
          test(
            "start",
            [flag, "MeasureUnknown"],
            start(flag === "Weight" ? 2 * MCG : 2 * MG, { unit: perBasis }),
            deny("WEIGHT_UNKNOWN"),
          ),
        ],
        unknown,
      ),
    ];
  });
}

function kindOf(expected: Expected, high: boolean): string {
  return expected === PERMIT ? "WithinBounds" : high ? "AboveMaximum" : "BelowMinimum";
}

/** What is lost to a pump's rate steps: 5 % and no more. */
function stepGroup(pumpClass: number): DraftGroup {
  const stepNlPerH = rateStepNlPerH(pumpClass, 0);
  const flag = "RateStep";
  // 95 % of it is the step, and one nL/h more is beyond that.
  const largest = Math.floor((stepNlPerH * 100) / 95);
  const at = (dose: number, rateNlPerH: number) => flowing(dose, pumpClass, { rateNlPerH });
  const rows = [
    [`${largest - 1} nL/h at one step`, at(largest - 1, stepNlPerH), PERMIT],
    [`${largest} nL/h at one step: 5 % lost`, at(largest, stepNlPerH), PERMIT],
    [
      `${largest + 1} nL/h at one step: more than 5 % lost`,
      at(largest + 1, stepNlPerH),
      deny("RATE_TOO_COARSE"),
    ],
    ["one nL/h below the slowest rate", at(stepNlPerH - 1, stepNlPerH), deny("RATE_TOO_COARSE")],
    ["10 mL/h - 1 nL/h", at(10 * ML - 1, 10 * ML - stepNlPerH), PERMIT],
    ["10 mL/h", at(10 * ML, 10 * ML), PERMIT],
    ["10 mL/h - 1 nL/h at 10 mL/h", at(10 * ML - 1, 10 * ML), deny("RATE_MISMATCH")],
  ] as const;
  const tests = rows.map(([comment, operation, expected]) =>
    test(comment, [flag, expected === PERMIT ? "WithinBounds" : "RateAgreement"], operation, expected),
  );
  const beside = [flowing(5 * ML, pumpClass)];
  const bolusStep = rateStepNlPerH(pumpClass, 20 * ML);
  return group(
    `rate steps of pump class ${pumpClass}`,
    liquid(),
    [
      ...tests,
      test("bolus rate on a step", [flag, "WithinBounds"], giving(ML, 20 * ML), PERMIT, beside),
      test(
        "bolus rate between two steps",
        [flag, "RateAgreement"],
        giving(ML, 20 * ML + bolusStep / 2),
        deny("RATE_TOO_COARSE"),
        beside,
      ),
    ],
    { pumpClass, profile: { rateNlPerHMax: 90 * ML, vtbiNlMax: 100 * ML } },
  );
}

/** The same for a later step of an order and for a loading dose. */
function coarseDoseGroup(): DraftGroup {
  const slow = (dose: number, rateNlPerH: number) =>
    start(5 * ML, { unit: PER_H, context: LIQUID, steps: [{ afterNl: ML, dose, rateNlPerH }] });
  const loaded = (rateNlPerH: number) =>
    start(5 * ML, { unit: PER_H, context: LIQUID, loading: whole(2 * ML, rateNlPerH, "mL", LIQUID) });
  return group(
    "rate steps in later steps and loading doses",
    [liquid(), therapy({ drug: 20, name: "other", ingredient: 16 })],
    [
      test("later step of 0.01 mL/h", ["RateStep", "WithinBounds"], slow(10_000, 10_000), PERMIT),
      test(
        "later step of 0.01 mL/h - 1 nL/h",
        ["RateStep", "RateAgreement"],
        slow(9_999, 9_999),
        deny("RATE_TOO_COARSE"),
      ),
      test("loading rate on a step", ["RateStep", "WithinBounds"], loaded(60 * ML), PERMIT),
      test(
        "loading rate between two steps",
        ["RateStep", "RateAgreement"],
        loaded(60 * ML + 50_000),
        deny("RATE_TOO_COARSE"),
      ),
    ],
  );
}
