/** Every limit of an entry against its four bounds, one unit below, at and above each. */
import type { Bounds } from "../../host-sim/authority/library/model.js";
import type { DrugText, Operation, Past } from "../../host-sim/vectors/limit-vectors.js";
import { deny, type Draft, type DraftGroup, group, PERMIT, soft, test } from "./group.js";
import {
  bolus,
  CONTEXT,
  drug,
  intermittent,
  loading,
  MG,
  ML,
  pca,
  rated,
  start,
  startBody,
  step,
  therapy,
  titrate,
  whole,
} from "./orders.js";

type Bound = keyof Bounds;
const BOUNDS: readonly { readonly bound: Bound; readonly beyond: -1 | 1; readonly drug: number }[] = [
  { bound: "hardMin", beyond: -1, drug: 11 },
  { bound: "softMin", beyond: -1, drug: 12 },
  { bound: "softMax", beyond: 1, drug: 13 },
  { bound: "hardMax", beyond: 1, drug: 14 },
];
const CODES = { ...Object.fromEntries(BOUNDS.map(({ bound, drug: code }) => [bound, code])), fixed: 15 };

interface Limited {
  readonly what: string;
  readonly flag: string;
  /** Limit number of the minimum; the maximum is one more. */
  readonly number: number;
  readonly at: number;
  readonly entry: (bounds: Bounds) => Partial<DrugText>;
  readonly order: (value: number, drug: number) => Operation;
  readonly before?: (drug: number) => readonly Past[];
  readonly maximaOnly?: boolean;
  /** Units of the bound in one of the order's. */
  readonly scale?: number;
  readonly unit: string;
}

const running = (code: number): readonly Past[] => [start(5 * MG, { drug: code })];
/** A lockout always has a minimum. */
const lockout = (bounds: Bounds): Bounds => ({
  ...(bounds.softMin === undefined && { hardMin: 1 }),
  ...bounds,
});
const custom = { amount: 2 * MG, volumeNl: ML };

const LIMITED: readonly Limited[] = [
  {
    what: "continuous dose of a start",
    flag: "ContinuousDose",
    number: 1,
    at: 5 * MG,
    unit: "pg/h",
    entry: (bounds) => ({ continuous: { unit: "mg/h", ...bounds } }),
    order: (dose, code) => start(dose, { drug: code }),
  },
  {
    what: "continuous dose per kg and minute",
    flag: "ContinuousDose",
    number: 1,
    at: 2_000_000,
    unit: "pg/kg/min",
    entry: (bounds) => ({ continuous: { unit: "mcg/kg/min", ...bounds } }),
    order: (dose, code) => start(dose, { unit: "mcg/kg/min", drug: code }),
  },
  {
    what: "dose of a later step",
    flag: "ContinuousDose",
    number: 1,
    at: 5 * MG,
    unit: "pg/h",
    entry: (bounds) => ({ continuous: { unit: "mg/h", ...bounds } }),
    order: (dose, code) => start(5 * MG, { drug: code, steps: [step(ML, 5 * MG), step(ML, dose)] }),
  },
  {
    what: "maximum of a titration range",
    flag: "ContinuousDose",
    number: 1,
    at: 9 * MG,
    unit: "pg/h",
    maximaOnly: true,
    entry: (bounds) => ({ continuous: { unit: "mg/h", ...bounds } }),
    order: (max, code) => start(5 * MG, { drug: code, range: { min: MG, max, stepMax: MG, intervalS: 0 } }),
  },
  {
    what: "dose of an increase",
    flag: "ContinuousDose",
    number: 1,
    at: 8 * MG,
    unit: "pg/h",
    maximaOnly: true,
    entry: (bounds) => ({ continuous: { unit: "mg/h", ...bounds } }),
    before: running,
    order: (dose, code) => titrate(dose, code),
  },
  {
    what: "basal dose of a PCA order",
    flag: "ContinuousDose",
    number: 1,
    at: 5 * MG,
    unit: "pg/h",
    entry: (bounds) => ({ continuous: { unit: "mg/h", ...bounds } }),
    order: (dose, code) => pca({ drug: code, basal: rated(dose) }),
  },
  {
    what: "bolus dose",
    flag: "BolusDose",
    number: 3,
    at: 2 * MG,
    unit: "pg",
    entry: (bounds) => ({ bolusDose: { unit: "mg", ...bounds } }),
    before: running,
    order: (dose, code) => bolus({ drug: code, ...whole(dose) }),
  },
  {
    what: "bolus rate, in steps of the pump",
    flag: "BolusRate",
    number: 5,
    at: 100,
    unit: "x 100,000 nL/h",
    scale: 100_000,
    entry: (bounds) => ({ bolusRate: { unit: "mL/h", ...bounds } }),
    before: running,
    order: (steps, code) => bolus({ drug: code, rateNlPerH: steps * 100_000 }),
  },
  {
    what: "rate of the loading dose of a start",
    flag: "BolusRate",
    number: 5,
    at: 100,
    unit: "x 100,000 nL/h",
    scale: 100_000,
    entry: (bounds) => ({ bolusRate: { unit: "mL/h", ...bounds } }),
    order: (steps, code) => start(5 * MG, { drug: code, loading: whole(2 * MG, steps * 100_000) }),
  },
  {
    what: "rate of a PCA dose",
    flag: "BolusRate",
    number: 5,
    at: 100,
    unit: "x 100,000 nL/h",
    scale: 100_000,
    entry: (bounds) => ({ bolusRate: { unit: "mL/h", ...bounds } }),
    order: (steps, code) => pca({ drug: code }, { rateNlPerH: steps * 100_000 }),
  },
  {
    what: "VTBI of a start",
    flag: "Vtbi",
    number: 7,
    at: 40 * ML,
    unit: "nL",
    entry: (vtbi) => ({ vtbi }),
    order: (vtbiNl, code) => start(5 * MG, { drug: code, vtbiNl }),
  },
  {
    what: "VTBI of a PCA order",
    flag: "Vtbi",
    number: 7,
    at: 40 * ML,
    unit: "nL",
    entry: (vtbi) => ({ vtbi }),
    order: (vtbiNl, code) => pca({ drug: code, vtbiNl }),
  },
  {
    what: "custom concentration in 1 mL",
    flag: "CustomConcentration",
    number: 9,
    at: custom.amount,
    unit: "pg/mL",
    entry: (customConcentration) => ({ customConcentration }),
    order: (amount, code) => concentrated(code, amount, ML),
  },
  {
    what: "custom concentration in 250 mL, by one pg in all of it",
    flag: "CustomConcentration",
    number: 9,
    at: custom.amount,
    unit: "pg/mL, of which the order is off by 1 pg in 250 mL",
    entry: (customConcentration) => ({ customConcentration }),
    order: (perMl, code) => concentrated(code, 249 * custom.amount + perMl, 250 * ML),
  },
  {
    what: "loading dose of a start",
    flag: "LoadingDose",
    number: 16,
    at: 3 * MG,
    unit: "pg",
    entry: (bounds) => ({ loading: { unit: "mg", ...bounds } }),
    order: (dose, code) => start(5 * MG, { drug: code, loading: whole(dose) }),
  },
  {
    what: "loading dose of a PCA order",
    flag: "LoadingDose",
    number: 16,
    at: 3 * MG,
    unit: "pg",
    entry: (bounds) => ({ loading: { unit: "mg", ...bounds } }),
    order: (dose, code) => pca({ drug: code, loading: whole(dose) }),
  },
  {
    what: "loading dose beside the basal rate",
    flag: "LoadingDose",
    number: 16,
    at: 3 * MG,
    unit: "pg",
    entry: (bounds) => ({ loading: { unit: "mg", ...bounds } }),
    before: running,
    order: (dose, code) => loading({ drug: code, ...whole(dose) }),
  },
  {
    what: "PCA dose",
    flag: "PcaDose",
    number: 18,
    at: 3 * MG,
    unit: "pg",
    entry: (bounds) => ({ pcaDose: { unit: "mg", ...bounds } }),
    order: (dose, code) => pca({ drug: code }, whole(dose)),
  },
  {
    what: "lockout",
    flag: "LockoutBounds",
    number: 20,
    at: 600,
    unit: "s",
    entry: (bounds) => ({ lockout: lockout(bounds) }),
    order: (lockoutS, code) => pca({ drug: code }, { lockoutS }),
  },
  {
    what: "duration of an intermittent dose",
    flag: "Duration",
    number: 22,
    at: 3600,
    unit: "s",
    entry: (duration) => ({ duration }),
    order: (durationS, code) => intermittent(36 * MG, durationS, { drug: code }),
  },
  {
    what: "intermittent dose",
    flag: "IntermittentDose",
    number: 24,
    at: 36 * MG,
    unit: "pg",
    entry: (bounds) => ({ intermittent: { unit: "mg", ...bounds } }),
    order: (dose, code) => intermittent(dose, 3600, { drug: code }),
  },
];

function concentrated(code: number, amount: number, volumeNl: number): Operation {
  const context = { ...CONTEXT, concentration: { amount, volumeNl } };
  return { op: "order", body: startBody(5 * MG, { drug: code, context }) };
}

function entries(limited: Limited): DrugText[] {
  const made = (code: number, bounds: Bounds, flags: readonly string[]): DrugText => {
    const change = { drug: code, name: `drug ${code}`, flags, ...limited.entry(bounds) };
    if (change.customConcentration === undefined) return therapy(change);
    const { concentration, ...rest } = therapy(change);
    if (concentration === undefined) throw new Error("nothing to leave open");
    return rest;
  };
  const at = limited.at * (limited.scale ?? 1);
  return [
    ...BOUNDS.map(({ bound, drug: code }) => made(code, { [bound]: at }, ["override"])),
    made(CODES.fixed, { softMax: at }, []),
  ];
}

function testsOf(limited: Limited): Draft[] {
  const { flag, number, at, order, before, maximaOnly = false, scale = 1, unit } = limited;
  const made = (
    comment: string,
    flags: readonly string[],
    value: number,
    code: number,
    expected: Draft["expected"],
  ) => test(comment, flags, order(value, code), expected, before?.(code));
  const drafts = BOUNDS.filter(({ beyond }) => !maximaOnly || beyond > 0).flatMap(
    ({ bound, beyond, drug: code }) => {
      const limit = beyond < 0 ? number : number + 1;
      const kind = beyond < 0 ? "BelowMinimum" : "AboveMaximum";
      const broken = bound.startsWith("soft")
        ? soft(limit, at * scale)
        : deny("LIMIT_HARD", limit, at * scale);
      const sign = (by: number) => `${by < 0 ? "-1" : "+1"} ${unit}`;
      return [
        made(`${bound} ${sign(-beyond)}`, [flag, "WithinBounds"], at - beyond, code, PERMIT),
        made(bound, [flag, "WithinBounds"], at, code, PERMIT),
        made(
          `${bound} ${sign(beyond)}`,
          [flag, kind, ...(bound.startsWith("soft") ? ["SoftBound"] : [])],
          at + beyond,
          code,
          broken,
        ),
      ];
    },
  );
  const limit = number + 1;
  return [
    ...drafts,
    made("softMax that takes no override", [flag, "WithinBounds"], at, CODES.fixed, PERMIT),
    made(
      `softMax that takes no override +1 ${unit}`,
      [flag, "AboveMaximum", "SoftBoundKept"],
      at + 1,
      CODES.fixed,
      { ...deny("LIMIT_HARD", limit, at * scale), softMask: 1 << limit },
    ),
  ];
}

export function boundGroups(): DraftGroup[] {
  return [
    ...LIMITED.map((limited) => group(`${limited.what}: four bounds`, entries(limited), testsOf(limited))),
    bolusRateGroup(),
    fixedConcentrationGroup(),
    severalSoftGroup(),
  ];
}

/** 1 mg/min is exactly 60 mL/h: a bound one base unit off is a fraction of a nanolitre off. */
function bolusRateGroup(): DraftGroup {
  const rows = [
    ["hardMax", -1, deny("LIMIT_HARD", 6, MG - 1)],
    ["hardMax", 0, PERMIT],
    ["hardMax", 1, PERMIT],
    ["hardMin", -1, PERMIT],
    ["hardMin", 0, PERMIT],
    ["hardMin", 1, deny("LIMIT_HARD", 5, MG + 1)],
  ] as const;
  const drugs = rows.map(([bound, by], i) =>
    drug({ drug: 10 + i, name: `drug ${10 + i}`, bolusRate: { unit: "mg/min", [bound]: MG + by } }),
  );
  const tests = rows.map(([bound, by, expected], i) => {
    const kind = expected === PERMIT ? "WithinBounds" : bound === "hardMax" ? "AboveMaximum" : "BelowMinimum";
    const operation = bolus({ drug: 10 + i });
    return test(`${bound} of ${MG + by} pg/min`, ["BolusRate", kind], operation, expected, running(10 + i));
  });
  return group("bolus rate of 60 mL/h against a bound in mg/min: compared exactly", drugs, tests);
}

function fixedConcentrationGroup(): DraftGroup {
  const flag = "FixedConcentration";
  return group("fixed concentration of 1 mg/mL: a ratio", drug(), [
    test("250 mg in 250 mL", [flag, "WithinBounds"], concentrated(10, 250 * MG, 250 * ML), PERMIT),
    test(
      "250 mg - 1 pg",
      [flag, "BelowMinimum"],
      concentrated(10, 250 * MG - 1, 250 * ML),
      deny("LIMIT_HARD", 9, MG),
    ),
    test(
      "250 mg + 1 pg",
      [flag, "AboveMaximum"],
      concentrated(10, 250 * MG + 1, 250 * ML),
      deny("LIMIT_HARD", 10, MG),
    ),
  ]);
}

function severalSoftGroup(): DraftGroup {
  const entry = therapy({
    continuous: { unit: "mg/h", softMax: MG },
    windows: {
      unit: "mg",
      "1h": { softMax: MG },
      "2h": { softMax: MG },
      "4h": { softMax: MG },
      "24h": { softMax: MG },
    },
  });
  const wanted = { ...soft(2, MG, 27, 28, 29, 30) };
  const { verdict, status, softMask } = wanted;
  return group("soft limits that an order breaks together", entry, [
    test("dose and four windows in one mask", ["SoftBound", "Window"], start(), {
      verdict: verdict!,
      status: status!,
      softMask: softMask!,
    }),
    test("the same, answered for by a signed approval", ["SoftBound", "Window"], { op: "approve" }, PERMIT, [
      { ...start(), status: "LIMIT_SOFT" },
    ]),
  ]);
}
