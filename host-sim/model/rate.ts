/** From a dose to a flow or a volume (SPEC 4.5), as exact fractions of unbounded integers: nothing here can overflow. */
import { rateStepAt } from "./ceilings.js";
import { type UnpackedUnit, VOLUME_DIMENSION } from "./units.js";

/** A non-negative fraction; the denominator is above 0. */
export interface Ratio {
  readonly over: bigint;
  readonly under: bigint;
}

/** What a dose is given to and drawn from. 0 = unknown weight (g) or body surface (cm2). */
export interface Preparation {
  readonly weightG: bigint;
  readonly bsaCm2: bigint;
  /** Base units in `concentrationNl`. */
  readonly amount: bigint;
  readonly concentrationNl: bigint;
}

/** True if a dose in this unit cannot be computed because what it counts per is unknown. */
export function basisUnknown(unit: UnpackedUnit, given: Pick<Preparation, "weightG" | "bsaCm2">): boolean {
  return (unit.basis === "kg" && given.weightG === 0n) || (unit.basis === "m2" && given.bsaCm2 === 0n);
}

/**
 * The exact flow of `dose`, in nL/h; for a unit without a time, the exact volume in nL.
 * Undefined where a basis or the concentration is unknown.
 */
export function exactFlow(unit: UnpackedUnit, dose: bigint, given: Preparation): Ratio | undefined {
  if (basisUnknown(unit, given)) return undefined;
  let over = dose;
  let under = 1n;
  if (unit.basis === "kg") [over, under] = [over * given.weightG, under * 1000n];
  if (unit.basis === "m2") [over, under] = [over * given.bsaCm2, under * 10_000n];
  if (unit.time === "min") over *= 60n;
  if (unit.time === "day") under *= 24n;
  if (unit.dimension !== VOLUME_DIMENSION) {
    if (given.amount === 0n || given.concentrationNl === 0n) return undefined;
    over *= given.concentrationNl;
    under *= given.amount;
  }
  return { over, under };
}

/** What the pump makes of a flow. */
export interface SteppedRate {
  readonly rateNlPerH: bigint;
  /** Nothing, or less than 95 % of the flow, is left after rounding down to a step. */
  readonly tooCoarse: boolean;
}

/** The flow rounded down to whole nL/h and then to the rate step there; undefined where the class has no step (SPEC 5.1). */
export function steppedRate(flow: Ratio, pumpClass: number): SteppedRate | undefined {
  const whole = flow.over / flow.under;
  const step = rateStepAt(pumpClass, whole);
  if (step === undefined) return undefined;
  const rateNlPerH = (whole / step) * step;
  return { rateNlPerH, tooCoarse: rateNlPerH === 0n || 100n * rateNlPerH < 95n * whole };
}
