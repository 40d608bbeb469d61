/** Entries and orders of the vectors. 1 mg is 1 mL, hence 1,000 pg are 1 nL; what `change` does not say follows from the dose. */
import { parseDoseUnit } from "../../host-sim/authority/dose.js";
import { bolusVolumeNl, rateForDuration, rateFromDose } from "../../host-sim/authority/rate.js";
import type {
  DoseText,
  DrugText,
  Operation,
  Past,
  PcaOrderText,
  PcaText,
  ProfileText,
  RatedText,
  StartText,
  TitrateText,
  WholeText,
} from "../../host-sim/vectors/limit-vectors.js";

/** One mL in nL, one mg and one mcg in pg. */
export const ML = 1_000_000;
export const MCG = 1_000_000;
export const MG = 1_000_000_000;

export const PATIENT = { weightG: 70_000, bsaCm2: 18_000, area: 1 };

/** Whose rates and volumes are reckoned: patient, pump, and what the bag holds. */
export interface Context {
  readonly patient: { readonly weightG: number; readonly bsaCm2: number };
  readonly pumpClass: number;
  readonly concentration: { readonly amount: number; readonly volumeNl: number };
  readonly dimension: number;
}

export const MG_PER_ML = { amount: MG, volumeNl: ML };
export const CONTEXT: Context = {
  patient: PATIENT,
  pumpClass: 1,
  concentration: MG_PER_ML,
  dimension: 0,
};

export function profile(change: Partial<ProfileText> = {}): ProfileText {
  return {
    area: 1,
    name: "Test area",
    patientClass: 3,
    rateNlPerHMax: 500 * ML,
    vtbiNlMax: 5000 * ML,
    weightG: { min: 200, max: 500_000 },
    bsaCm2: { min: 500, max: 35_000 },
    kvoRateNlPerH: 0,
    ...change,
  };
}

/** 1 mg/mL in mg/h and mg, continuously and as a bolus, without any limit. */
export function drug(change: Partial<DrugText> = {}): DrugText {
  return {
    area: 1,
    drug: 10,
    name: "testamine",
    ingredient: 8,
    concentration: MG_PER_ML,
    continuous: { unit: "mg/h" },
    bolusDose: { unit: "mg" },
    bolusRate: { unit: "mL/h" },
    flags: ["override"],
    ...change,
  };
}

/** A drug that may be given in every way. */
export function therapy(change: Partial<DrugText> = {}): DrugText {
  return drug({
    intermittent: { unit: "mg" },
    duration: {},
    loading: { unit: "mg" },
    pcaDose: { unit: "mg" },
    lockout: { hardMin: 60 },
    ...change,
  });
}

/** Counted in volume: a dose in mL/h is its own rate, one in mL its own volume. */
export function liquid(change: Partial<DrugText> = {}): DrugText {
  return therapy({
    ingredient: 12,
    concentration: { amount: ML, volumeNl: ML },
    continuous: { unit: "mL/h" },
    bolusDose: { unit: "mL" },
    intermittent: { unit: "mL" },
    loading: { unit: "mL" },
    pcaDose: { unit: "mL" },
    ...change,
  });
}
export const LIQUID: Context = { ...CONTEXT, concentration: { amount: ML, volumeNl: ML }, dimension: 4 };

const strength = ({ concentration, dimension }: Context) => ({
  amount: { value: concentration.amount, dimension },
  volumeNl: concentration.volumeNl,
});

export function rated(dose: number, unit = "mg/h", context = CONTEXT): RatedText {
  const given = { value: dose, unit: parseDoseUnit(unit) };
  const { rateNlPerH } = rateFromDose(given, context.patient, strength(context), context.pumpClass);
  return { unit, dose, rateNlPerH };
}

/** A dose that ends, at 60 mL/h unless told. */
export function whole(dose: number, rateNlPerH = 60 * ML, unit = "mg", context = CONTEXT): WholeText {
  const given = { value: dose, unit: parseDoseUnit(unit) };
  return { unit, dose, rateNlPerH, volumeNl: bolusVolumeNl(given, context.patient, strength(context)) };
}

export function step(afterNl: number, dose: number, context = CONTEXT) {
  const { rateNlPerH } = rated(dose, "mg/h", context);
  return { afterNl, dose, rateNlPerH };
}

type Order = Extract<Operation, { op: "order" }>;
const order = (body: Order["body"]): Order => ({ op: "order", body });

export interface StartChange extends Partial<StartText> {
  readonly context?: Context;
}

/** 5 mg/h from 100 mL. */
export function startBody(dose = 5 * MG, change: StartChange = {}): StartText {
  const { context = CONTEXT, ...body } = change;
  const vtbiNl = body.vtbiNl ?? 100 * ML;
  return {
    kind: "start",
    drug: 10,
    ...rated(dose, body.unit ?? "mg/h", context),
    vtbiNl,
    totalNl: Math.max(vtbiNl, 100 * ML),
    concentration: context.concentration,
    setId: 1,
    ...body,
  };
}
export const start = (dose?: number, change?: StartChange): Order => order(startBody(dose, change));

/** The whole dose of a bag. */
export function intermittent(dose = 36 * MG, durationS = 3600, change: Partial<StartText> = {}): Order {
  const { unit, volumeNl } = whole(dose);
  return order({
    kind: "start",
    mode: "intermittent",
    drug: 10,
    unit,
    dose,
    rateNlPerH: rateForDuration(volumeNl, durationS, CONTEXT.pumpClass),
    vtbiNl: volumeNl,
    totalNl: Math.max(volumeNl, 100 * ML),
    concentration: MG_PER_ML,
    setId: 1,
    durationS,
    ...change,
  });
}

export function titrate(dose: number, code = 10): Order {
  const body: TitrateText = { kind: "titrate", drug: code, ...rated(dose) };
  return order(body);
}

export function bolus(change: Partial<WholeText> & { readonly drug?: number } = {}): Order {
  const body: DoseText = { kind: "bolus", drug: 10, ...whole(2 * MG), ...change };
  return order(body);
}

export function loading(change: Partial<WholeText> & { readonly drug?: number } = {}): Order {
  const body: DoseText = { kind: "loading", drug: 10, ...whole(2 * MG), ...change };
  return order(body);
}

/** 1 mg on demand at 60 mL/h, ten minutes apart, without a basal rate. */
export function pca(change: Partial<PcaOrderText> = {}, demand: Partial<PcaText> = {}): Order {
  const vtbiNl = change.vtbiNl ?? 100 * ML;
  return order({
    kind: "PCA",
    drug: 10,
    pca: { ...whole(MG), lockoutS: 600, ...demand },
    vtbiNl,
    totalNl: Math.max(vtbiNl, 100 * ML),
    concentration: MG_PER_ML,
    setId: 1,
    ...change,
  });
}

export const plain = (kind: "pause" | "resume" | "stop" | "disassociate"): Order => order({ kind });
export const newBag = (vtbiNl: number): Order => order({ kind: "new bag", vtbiNl });
export const associate = (change: Partial<typeof PATIENT> = {}): Order =>
  order({ kind: "associate", ...PATIENT, ...change });

export type PanelStep = Extract<Operation, { op: "panel" }>;
export const panel = (
  action: PanelStep["action"],
  change: Partial<Omit<PanelStep, "op" | "action">> = {},
): PanelStep => ({ op: "panel", action, ...change });
export const demand = panel("DEMAND");
export const run = (s: number): Past => ({ op: "run", s });
export const pass = (s: number): Past => ({ op: "pass", s });
