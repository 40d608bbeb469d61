/**
 * From an order in clinical units to the body of a command: the rate of a dose, the volume of a bolus, the library the
 * prescriber saw. The figures are the gate's own arithmetic (SPEC 4.5), so that it finds no RATE_MISMATCH.
 */
import type { BodyOf, DrugReference, PcaDose, RatedDose, TitrationRange, WholeDose } from "./command.js";
import { packDoseUnit } from "./dose.js";
import type { Concentration, Dose, DoseUnit } from "./dose.js";
import { type Body, bolusVolumeNl, rateForDuration, rateForOrder } from "./rate.js";

/** What an order refers to in a library (SPEC 3.1). */
export interface LibraryVersion {
  readonly epoch: number;
  readonly version: number;
  /** 32 bytes */
  readonly merkleRoot: Uint8Array;
  readonly rootVersionMin: number;
}

/** What every order needs, whatever its dose. */
export interface OrderBase {
  readonly drug: DrugReference;
  readonly patient: Body;
  readonly concentration: Concentration;
  /** 1..3 (SPEC 5.1) */
  readonly pumpClass: number;
}

/** What every dose needs. */
export interface DoseOrder extends OrderBase {
  readonly dose: Dose;
}

/** A dose that is given whole, and how fast. */
export interface WholeOrder {
  readonly dose: Dose;
  readonly rateNlPerH: number;
}

/** The bag of a start or a PCA order, and the loading dose before all else. */
export interface BagOrder extends OrderBase {
  readonly vtbiNl: number;
  readonly totalNl: number;
  readonly setId: number;
  readonly loading?: WholeOrder;
}

export interface StartOrder extends BagOrder, DoseOrder {
  /** Interrupts the program that runs (SPEC 6.1). */
  readonly secondary?: boolean;
  /** Doses in the order's unit. */
  readonly range?: TitrationRange;
  /** Steps after the first: what the step before delivers, and the dose from then on. */
  readonly steps?: readonly { readonly afterNl: number; readonly dose: Dose }[];
}

/** A whole dose in a bag of its own, within a time. Its volume and rate follow. */
export interface IntermittentOrder extends DoseOrder {
  readonly secondary?: boolean;
  readonly durationS: number;
  readonly setId: number;
  /** Default: the volume of the dose. */
  readonly totalNl?: number;
}

export interface PcaOrder extends BagOrder {
  readonly pca: WholeOrder & { readonly lockoutS: number };
  /** Default: nothing flows between the doses. */
  readonly basal?: Dose;
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

function rated(order: OrderBase, dose: Dose): RatedDose {
  const rateNlPerH = rateForOrder(dose, order.patient, order.concentration, order.pumpClass);
  return { unit: packDoseUnit(dose.unit), dose: dose.value, rateNlPerH };
}

function whole(order: OrderBase, { dose, rateNlPerH }: WholeOrder): WholeDose {
  const volumeNl = bolusVolumeNl(dose, order.patient, order.concentration);
  return { unit: packDoseUnit(dose.unit), dose: dose.value, rateNlPerH, volumeNl };
}

function bag(order: BagOrder) {
  return {
    drug: order.drug,
    vtbiNl: order.vtbiNl,
    concentration: { amount: order.concentration.amount.value, volumeNl: order.concentration.volumeNl },
    setId: order.setId,
    totalNl: order.totalNl,
    ...(order.loading && { loading: whole(order, order.loading) }),
  };
}

/** A start. Throws QuantityError where a rate does not follow or is too coarse. */
export function startBody(order: StartOrder): BodyOf<"start"> {
  const { range, steps } = order;
  return {
    kind: "start",
    ...(order.secondary === true && { mode: "secondary" }),
    ...rated(order, order.dose),
    ...bag(order),
    ...(range && { range }),
    ...(steps && {
      steps: steps.map(({ afterNl, dose }) => {
        const { rateNlPerH } = rated(order, dose);
        return { afterNl, dose: dose.value, rateNlPerH };
      }),
    }),
  };
}

/** A start of a whole dose within a time. Throws QuantityError as `startBody`, or where the volume is 0. */
export function intermittentBody(order: IntermittentOrder): BodyOf<"start"> {
  const { dose, durationS, pumpClass } = order;
  const vtbiNl = bolusVolumeNl(dose, order.patient, order.concentration);
  const rateNlPerH = rateForDuration(vtbiNl, durationS, pumpClass);
  return {
    kind: "start",
    mode: order.secondary === true ? "secondary" : "intermittent",
    unit: packDoseUnit(dose.unit),
    dose: dose.value,
    rateNlPerH,
    ...bag({ ...order, vtbiNl, totalNl: order.totalNl ?? vtbiNl }),
    durationS,
  };
}

/** PCA: doses on demand, with or without a basal rate. Throws QuantityError as `startBody`. */
export function pcaBody(order: PcaOrder): BodyOf<"PCA"> {
  const pca: PcaDose = { ...whole(order, order.pca), lockoutS: order.pca.lockoutS };
  return { kind: "PCA", ...bag(order), pca, ...(order.basal && { basal: rated(order, order.basal) }) };
}

/** A new dose for the running program. Throws QuantityError as `startBody`. */
export function titrateBody(order: DoseOrder): BodyOf<"titrate"> {
  return { kind: "titrate", drug: order.drug, ...rated(order, order.dose) };
}

/** A bolus beside the running program. Throws QuantityError where the volume does not follow. */
export function bolusBody(order: BolusOrder): BodyOf<"bolus"> {
  return { kind: "bolus", drug: order.drug, ...whole(order, order) };
}

/** A loading dose beside the running program. Throws QuantityError as `bolusBody`. */
export function loadingBody(order: BolusOrder): BodyOf<"loading"> {
  return { kind: "loading", drug: order.drug, ...whole(order, order) };
}

/** True if both name the same dosing unit; they are never converted (SPEC 3.3). */
export function sameUnit(a: DoseUnit, b: DoseUnit): boolean {
  return packDoseUnit(a) === packDoseUnit(b);
}
