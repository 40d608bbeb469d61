/**
 * Dosing units (SPEC 3.3) and the way from a dose to a rate or a volume (SPEC 4.5). A dose counts base units, so the amount
 * part of a unit only says how people write it; what the arithmetic needs is dimension, basis and time.
 */
import { rateStepNlPerH } from "../library/ceilings";
import { ratio, SATURATED } from "./wide";

/** Dimension whose base unit is the nanolitre: such a dose needs no concentration. */
export const DIMENSION_VOLUME: u32 = 4;

export const BASIS_NONE: u32 = 0;
export const BASIS_KG: u32 = 1;
export const BASIS_M2: u32 = 2;

export const TIME_NONE: u32 = 0;
export const TIME_MIN: u32 = 1;
export const TIME_H: u32 = 2;
export const TIME_DAY: u32 = 3;

const AMOUNT_MAX: u32 = 8;

/** Dimension of amounts 0..8, four bits each, amount 0 lowest: ng mcg mg g | milliunit unit | mEq | mmol | mL. */
const DIMENSIONS: u64 = 0x432110000;

export function unitValid(unit: u32): bool {
  return (
    unit >> 12 == 0 && (unit & 15) <= AMOUNT_MAX && unitBasis(unit) <= BASIS_M2 && unitTime(unit) <= TIME_DAY
  );
}

export function unitDimension(unit: u32): u32 {
  return (<u32>(DIMENSIONS >> ((<u64>(unit & 15)) << 2))) & 15;
}

export function unitBasis(unit: u32): u32 {
  return (unit >> 4) & 15;
}

export function unitTime(unit: u32): u32 {
  return (unit >> 8) & 15;
}

/** Factor of a basis: weight in g for kg, surface in cm2 for m2; 0 = the unit needs a measure that is not known. */
function basisFactor(basis: u32, weight_g: u32, bsa_cm2: u32): u64 {
  return <u64>(basis == BASIS_KG ? weight_g : basis == BASIS_M2 ? bsa_cm2 : 1);
}

/** Grams in a kilogram, square centimetres in a square metre. */
function basisDivisor(basis: u32): u64 {
  return basis == BASIS_KG ? 1000 : basis == BASIS_M2 ? 10000 : 1;
}

/** True if weight or surface is known where the unit needs it. */
export function basisKnown(unit: u32, weight_g: u32, bsa_cm2: u32): bool {
  return basisFactor(unitBasis(unit), weight_g, bsa_cm2) != 0;
}

/**
 * The flow that gives `dose` per time, in nL/h rounded down, or the volume in nL if the unit has no time; `amount` base units
 * are in `volume_nl`. SATURATED if it does not fit; never traps.
 */
export function doseToFlow(
  dose: u64,
  unit: u32,
  weight_g: u32,
  bsa_cm2: u32,
  amount: u64,
  volume_nl: u64,
): u64 {
  const basis = unitBasis(unit);
  const time = unitTime(unit);
  const isVolume = unitDimension(unit) == DIMENSION_VOLUME;
  const factor = basisFactor(basis, weight_g, bsa_cm2) * (time == TIME_MIN ? 60 : 1);
  const divisor = basisDivisor(basis) * (time == TIME_DAY ? 24 : 1);
  if (!isVolume && amount == 0) return SATURATED;
  return ratio(dose, factor, isVolume ? 1 : volume_nl, isVolume ? 1 : amount, divisor);
}

/** `dose` per basis as base units for this patient, rounded down; SATURATED if it does not fit. */
export function doseToAmount(dose: u64, unit: u32, weight_g: u32, bsa_cm2: u32): u64 {
  const basis = unitBasis(unit);
  return ratio(dose, basisFactor(basis, weight_g, bsa_cm2), 1, basisDivisor(basis), 1);
}

/**
 * `flow` rounded down to a rate step of the pump class, or 0 if that loses more than 5 % of it (SPEC 4.5): such an order is
 * refused, since what the pump would give is not what was prescribed.
 */
export function rateOnStep(flow_nl_per_h: u64, pump_class: u32): u64 {
  if (flow_nl_per_h > <u64>u32.MAX_VALUE) return flow_nl_per_h; // far above every ceiling: refused there, by name
  const step = <u64>rateStepNlPerH(pump_class, <u32>flow_nl_per_h);
  const rate = flow_nl_per_h - (flow_nl_per_h % step);
  return rate * 100 < flow_nl_per_h * 95 ? 0 : rate;
}
