/** Rate and volume follow from the dose, in every dosing unit that libraries in use have. */
import { parseDoseUnit } from "../../host-sim/authority/dose.js";
import { exactRate, exactVolume, rateStepNlPerH } from "../../host-sim/authority/rate.js";
import type { DrugText } from "../../host-sim/vectors/limit-vectors.js";
import { deny, type DraftGroup, group, PERMIT, test } from "./group.js";
import { bolus, type Context, drug, ML, rated, start, whole } from "./orders.js";

/** Of public exports of hospital libraries; then a few that other hospitals use. */
export const UNITS = [
  ...["mg", "mcg", "g", "unit", "mEq", "mmol", "mL/h", "mg/h", "mg/min", "mg/kg", "mg/kg/h", "mg/kg/min"],
  ...["mcg/min", "mcg/h", "mcg/kg", "mcg/kg/h", "mcg/kg/min", "g/h", "g/kg", "unit/h", "unit/min", "unit/kg"],
  ...["unit/kg/h", "unit/kg/min", "milliunit/min", "mEq/kg", "mmol/kg", "mg/m2", "unit/m2"],
  ...["ng/kg/min", "mEq/h", "mmol/h", "mL/kg/h", "mg/day", "unit/kg/day", "mL/m2/day"],
] as const;

/** Odd figures, so that no division comes out even. */
const PATIENT = { weightG: 71_300, bsaCm2: 18_700, area: 1 };
const BAG_NL = 51 * ML;
const AMOUNTS = [503_000_000_000, 101_000_000, 53_000_000, 47_000_000, BAG_NL] as const;
const RATE = 12_300_000;
const VOLUME = 2_345_678;

export function unitGroups(): DraftGroup[] {
  return UNITS.map((name) => {
    const unit = parseDoseUnit(name);
    const { dimension } = unit.amount;
    const context: Context = {
      patient: PATIENT,
      pumpClass: 1,
      concentration: { amount: AMOUNTS[dimension as 0], volumeNl: BAG_NL },
      dimension,
    };
    return unit.time === 0 ? wholeGroup(name, context) : ratedGroup(name, context);
  });
}

const strength = ({ concentration, dimension }: Context) => ({
  amount: { value: concentration.amount, dimension },
  volumeNl: concentration.volumeNl,
});

/** The smallest dose of which `wanted` nL or nL/h follow: a base unit less would be less. */
function leastDose(name: string, context: Context, wanted: number): number {
  const unit = parseDoseUnit(name);
  const exact = unit.time === 0 ? exactVolume : exactRate;
  const { numerator, denominator } = exact({ value: 1, unit }, context.patient, strength(context));
  return Number((BigInt(wanted) * denominator + numerator - 1n) / numerator);
}

function entryOf(context: Context, change: Partial<DrugText>): DrugText {
  return drug({ ingredient: 8 + context.dimension, concentration: context.concentration, ...change });
}

function ratedGroup(name: string, context: Context): DraftGroup {
  const dose = leastDose(name, context, RATE);
  const { rateNlPerH } = rated(dose, name, context);
  if (rateNlPerH !== RATE) throw new Error(`${name}: ${dose} makes ${rateNlPerH} nL/h`);
  const stepNlPerH = rateStepNlPerH(1, RATE);
  const at = (value: number, rate: number) => start(value, { unit: name, context, rateNlPerH: rate });
  const flags = ["DoseRate", "RateAgreement"];
  const bolusDose = { unit: "mL" };
  return group(
    `rate of a dose in ${name}`,
    entryOf(context, { continuous: { unit: name }, bolusDose }),
    [
      test("1 step below", flags, at(dose, RATE - stepNlPerH), deny("RATE_MISMATCH")),
      test("the rate of the dose", ["DoseRate", "WithinBounds"], at(dose, RATE), PERMIT),
      test("1 step above", flags, at(dose, RATE + stepNlPerH), deny("RATE_MISMATCH")),
      test("the rate of a dose one base unit less", flags, at(dose - 1, RATE), deny("RATE_MISMATCH")),
    ],
    { patient: PATIENT },
  );
}

function wholeGroup(name: string, context: Context): DraftGroup {
  const dose = leastDose(name, context, VOLUME);
  const { volumeNl } = whole(dose, 60 * ML, name, context);
  const at = (value: number, volume: number) =>
    bolus({ ...whole(value, 60 * ML, name, context), volumeNl: volume });
  const flags = ["DoseRate", "RateAgreement"];
  return group(
    `volume of a bolus in ${name}`,
    entryOf(context, { continuous: { unit: "mL/h" }, bolusDose: { unit: name } }),
    [
      test("1 nL less", flags, at(dose, volumeNl - 1), deny("RATE_MISMATCH")),
      test("the volume of the dose", ["DoseRate", "WithinBounds"], at(dose, volumeNl), PERMIT),
      test("1 nL more", flags, at(dose, volumeNl + 1), deny("RATE_MISMATCH")),
      test("the volume of a dose one base unit less", flags, at(dose - 1, volumeNl), deny("RATE_MISMATCH")),
    ],
    { patient: PATIENT, history: [start(5 * ML, { unit: "mL/h", context })] },
  );
}
