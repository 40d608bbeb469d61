/**
 * From an order in clinical units to the body of a command: the rate of a dose, the volume of a bolus, the library the
 * prescriber saw. The figures are the gate's own arithmetic (SPEC 4.5), so that it finds no RATE_MISMATCH.
 */
import type { CommandBody, DrugReference, TitrationRange } from "./command.js";
import { packDoseUnit } from "./dose.js";
import type { Concentration, Dose, DoseUnit } from "./dose.js";
import { type Body, bolusVolumeNl, rateForOrder } from "./rate.js";

/** What an order refers to in a library (SPEC 3.1). */
export interface LibraryVersion {
  readonly epoch: number;
  readonly version: number;
  /** 32 bytes */
  readonly merkleRoot: Uint8Array;
  readonly rootVersionMin: number;
}

/** What every dose needs. */
export interface DoseOrder {
  readonly drug: DrugReference;
  readonly dose: Dose;
  readonly patient: Body;
  readonly concentration: Concentration;
  /** 1..3 (SPEC 5.1) */
  readonly pumpClass: number;
}

export interface StartOrder extends DoseOrder {
  readonly vtbiNl: number;
  readonly totalNl: number;
  readonly setId: number;
  /** Doses in the order's unit. */
  readonly range?: TitrationRange;
}

export interface BolusOrder extends DoseOrder {
  /** How fast it is given. */
  readonly rateNlPerH: number;
}

/** The reference to a drug of a library (SPEC 4.2). */
export function drugReference(
  library: LibraryVersion,
  area: number,
  drug: number,
  variant: number,
): DrugReference {
  return {
    area,
    drug,
    variant,
    epoch: library.epoch,
    version: library.version,
    rootPrefix: library.merkleRoot.slice(0, 8),
    rootVersionMin: library.rootVersionMin,
  };
}

function doseFields(order: DoseOrder, rateNlPerH: number) {
  return { drug: order.drug, unit: packDoseUnit(order.dose.unit), dose: order.dose.value, rateNlPerH };
}

/** A start. Throws QuantityError where the rate does not follow or is too coarse. */
export function startBody(order: StartOrder): Extract<CommandBody, { kind: "start" }> {
  const rate = rateForOrder(order.dose, order.patient, order.concentration, order.pumpClass);
  return {
    kind: "start",
    ...doseFields(order, rate),
    vtbiNl: order.vtbiNl,
    concentration: { amount: order.concentration.amount.value, volumeNl: order.concentration.volumeNl },
    setId: order.setId,
    totalNl: order.totalNl,
    ...(order.range ? { range: order.range } : {}),
  };
}

/** A new dose for the running program. Throws QuantityError as `startBody`. */
export function titrateBody(order: DoseOrder): Extract<CommandBody, { kind: "titrate" }> {
  const rate = rateForOrder(order.dose, order.patient, order.concentration, order.pumpClass);
  return { kind: "titrate", ...doseFields(order, rate) };
}

/** A bolus beside the running program. Throws QuantityError where the volume does not follow. */
export function bolusBody(order: BolusOrder): Extract<CommandBody, { kind: "bolus" }> {
  const volumeNl = bolusVolumeNl(order.dose, order.patient, order.concentration);
  return { kind: "bolus", ...doseFields(order, order.rateNlPerH), volumeNl };
}

/** True if both name the same dosing unit; they are never converted (SPEC 3.3). */
export function sameUnit(a: DoseUnit, b: DoseUnit): boolean {
  return packDoseUnit(a) === packDoseUnit(b);
}
