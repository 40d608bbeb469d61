/**
 * From a dose to what the pump does (SPEC 4.5): an exact fraction, rounded down to the rate step of the pump class, and
 * refused where rounding would lose more than 5 % of the dose. Also the compiled-in ceilings (SPEC 5.1).
 */
import { type Concentration, DIMENSION, type Dose } from "./dose.js";
import { formatRate, QuantityError } from "./quantity.js";

/** Ceilings and rate steps; volumes in nL, rates in nL/h. */
export interface Ceilings {
  readonly name: string;
  readonly rateNlPerHMax: number;
  readonly vtbiNlMax: number;
  readonly totalNlMax: number;
  readonly bolusNlMax: number;
}

export interface PumpClass extends Ceilings {
  /** Ascending: the step that holds below `belowNlPerH`. The last one has no upper end. */
  readonly rateSteps: readonly { readonly belowNlPerH: number; readonly stepNlPerH: number }[];
}

/** One mL in nL, one mL/h in nL/h. */
const ML = 1_000_000;

/** SPEC 5.1, by pump class number. */
export const PUMP_CLASSES: Readonly<Record<number, PumpClass>> = {
  1: {
    name: "large volume",
    rateNlPerHMax: 999 * ML,
    vtbiNlMax: 9999 * ML,
    totalNlMax: 49_995 * ML,
    bolusNlMax: 250 * ML,
    rateSteps: [
      { belowNlPerH: 10 * ML, stepNlPerH: ML / 100 },
      { belowNlPerH: 100 * ML, stepNlPerH: ML / 10 },
      { belowNlPerH: Infinity, stepNlPerH: ML },
    ],
  },
  2: {
    name: "syringe",
    rateNlPerHMax: (999 * ML) / 10,
    vtbiNlMax: 100 * ML,
    totalNlMax: 500 * ML,
    bolusNlMax: 50 * ML,
    rateSteps: [{ belowNlPerH: Infinity, stepNlPerH: ML / 100 }],
  },
  3: {
    name: "ambulatory PCA",
    rateNlPerHMax: 90 * ML,
    vtbiNlMax: 500 * ML,
    totalNlMax: 2500 * ML,
    bolusNlMax: 20 * ML,
    rateSteps: [{ belowNlPerH: Infinity, stepNlPerH: ML / 10 }],
  },
};

/** SPEC 5.1, by patient class number. */
export const PATIENT_CLASSES: Readonly<Record<number, Ceilings>> = {
  1: {
    name: "neonatal",
    rateNlPerHMax: 25 * ML,
    vtbiNlMax: 1200 * ML,
    totalNlMax: 6000 * ML,
    bolusNlMax: 20 * ML,
  },
  2: {
    name: "paediatric",
    rateNlPerHMax: 250 * ML,
    vtbiNlMax: 3000 * ML,
    totalNlMax: 15_000 * ML,
    bolusNlMax: 100 * ML,
  },
  3: {
    name: "adult",
    rateNlPerHMax: 999 * ML,
    vtbiNlMax: 9999 * ML,
    totalNlMax: 49_995 * ML,
    bolusNlMax: 250 * ML,
  },
};

/** Weight, where known, in g; body surface, where known, in cm2 (SPEC 5.1). */
export const WEIGHT_G = { min: 200, max: 500_000 } as const;
export const BODY_SURFACE_CM2 = { min: 500, max: 35_000 } as const;

/** The smaller of the two rows that apply. Throws RangeError for an unknown class. */
export function ceilingsFor(pumpClass: number, patientClass: number): Ceilings {
  const pump = pumpClassOf(pumpClass);
  const patient = PATIENT_CLASSES[patientClass];
  if (!patient) {
    throw new RangeError(
      `patient class ${patientClass} does not exist; use 1 neonatal, 2 paediatric, 3 adult`,
    );
  }
  return {
    name: `${pump.name}, ${patient.name}`,
    rateNlPerHMax: Math.min(pump.rateNlPerHMax, patient.rateNlPerHMax),
    vtbiNlMax: Math.min(pump.vtbiNlMax, patient.vtbiNlMax),
    totalNlMax: Math.min(pump.totalNlMax, patient.totalNlMax),
    bolusNlMax: Math.min(pump.bolusNlMax, patient.bolusNlMax),
  };
}

/** The pump class. Throws RangeError if there is none of this number. */
export function pumpClassOf(number: number): PumpClass {
  const found = PUMP_CLASSES[number];
  if (!found) {
    throw new RangeError(
      `pump class ${number} does not exist; use 1 large volume, 2 syringe, 3 ambulatory PCA`,
    );
  }
  return found;
}

/** The step of the pump class at a rate, in nL/h. */
export function rateStepNlPerH(pumpClass: number, rateNlPerH: number): number {
  return pumpClassOf(pumpClass).rateSteps.find((range) => rateNlPerH < range.belowNlPerH)!.stepNlPerH;
}

/** A non-negative fraction. */
export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** What a dose is given to: g and cm2, 0 = unknown. */
export interface Body {
  readonly weightG: number;
  readonly bsaCm2: number;
}

/** `D * basis * V / A` in nL per time of the unit, exactly. Throws QuantityError where something needed is unknown. */
export function exactVolume(dose: Dose, body: Body, concentration: Concentration | undefined): Fraction {
  let numerator = BigInt(dose.value);
  let denominator = 1n;
  if (dose.unit.basis === 1) {
    if (body.weightG === 0) {
      throw new QuantityError("the dose is per kg, but the weight is not known; give the weight");
    }
    numerator *= BigInt(body.weightG);
    denominator *= 1000n;
  } else if (dose.unit.basis === 2) {
    if (body.bsaCm2 === 0) {
      throw new QuantityError("the dose is per m2, but the body surface is not known; give it");
    }
    numerator *= BigInt(body.bsaCm2);
    denominator *= 10_000n;
  }
  if (dose.unit.amount.dimension !== DIMENSION.volume) {
    if (!concentration) {
      throw new QuantityError("the dose is an amount of drug, but the concentration is not known; give it");
    }
    if (concentration.amount.dimension !== dose.unit.amount.dimension) {
      throw new QuantityError(
        `the dose counts in ${dose.unit.amount.name}, but the concentration in another dimension; use one for both`,
      );
    }
    numerator *= BigInt(concentration.volumeNl);
    denominator *= BigInt(concentration.amount.value);
  }
  return { numerator, denominator };
}

/** The exact rate of a continuous dose in nL/h, before any rounding. Throws QuantityError. */
export function exactRate(dose: Dose, body: Body, concentration: Concentration | undefined): Fraction {
  const { numerator, denominator } = exactVolume(dose, body, concentration);
  if (dose.unit.time === 1) return { numerator: numerator * 60n, denominator };
  if (dose.unit.time === 2) return { numerator, denominator };
  if (dose.unit.time === 3) return { numerator, denominator: denominator * 24n };
  throw new QuantityError("the dosing unit has no time; a continuous dose needs one, for example mg/h");
}

/** What rounding makes of an exact rate. */
export interface RateFromDose {
  /** Rounded down to a step of the pump class. */
  readonly rateNlPerH: number;
  readonly exact: Fraction;
  /** Nothing or less than 95 % of the rate is left: the gate refuses with RATE_TOO_COARSE. */
  readonly tooCoarse: boolean;
}

/** SPEC 4.5, without judging: the gate's own answer for a dose. Throws QuantityError where something needed is unknown. */
export function rateFromDose(
  dose: Dose,
  body: Body,
  concentration: Concentration | undefined,
  pumpClass: number,
): RateFromDose {
  return stepped(exactRate(dose, body, concentration), pumpClass);
}

function stepped(exact: Fraction, pumpClass: number): RateFromDose {
  const floor = exact.numerator / exact.denominator; // floor: never more than was ordered
  if (floor > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new QuantityError("the rate exceeds anything that can be encoded");
  }
  const step = BigInt(rateStepNlPerH(pumpClass, Number(floor)));
  const rate = floor - (floor % step);
  return { rateNlPerH: Number(rate), exact, tooCoarse: rate === 0n || 100n * rate < 95n * floor };
}

/** As `rateFromDose`, but a QuantityError that names the step if more than 5 % of the dose would be lost. */
export function rateForOrder(
  dose: Dose,
  body: Body,
  concentration: Concentration | undefined,
  pumpClass: number,
): number {
  return orRefuse(rateFromDose(dose, body, concentration, pumpClass), pumpClass);
}

/** The rate at which a volume takes a duration, rounded down to a rate step (SPEC 4.4, intermittent orders). Throws QuantityError. */
export function rateForDuration(volumeNl: number, durationS: number, pumpClass: number): number {
  const exact = { numerator: BigInt(volumeNl) * 3600n, denominator: BigInt(durationS) };
  return orRefuse(stepped(exact, pumpClass), pumpClass);
}

function orRefuse({ rateNlPerH, exact, tooCoarse }: RateFromDose, pumpClass: number): number {
  if (tooCoarse) {
    const step = rateStepNlPerH(pumpClass, rateNlPerH);
    throw new QuantityError(
      `the dose needs ${formatRate(Number(exact.numerator / exact.denominator))}, but the pump's step there is ` +
        `${formatRate(step)}: more than 5 % would be lost; use a lower concentration or another dose`,
    );
  }
  return rateNlPerH;
}

/** The volume of a bolus in nL, rounded down (SPEC 4.5). Throws QuantityError. */
export function bolusVolumeNl(dose: Dose, body: Body, concentration: Concentration | undefined): number {
  if (dose.unit.time !== 0) {
    throw new QuantityError("a bolus dose has no time; write it without, for example mg/kg");
  }
  const { numerator, denominator } = exactVolume(dose, body, concentration);
  const volume = numerator / denominator; // floor: never more than was ordered
  if (volume > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new QuantityError("the bolus exceeds anything that can be encoded");
  }
  return Number(volume);
}
