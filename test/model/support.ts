/** One order, one entry and one profile, all round figures, for the judgement's tests. */
import { parseDoseUnit } from "../../host-sim/authority/dose.js";
import type { Drug, Profile } from "../../host-sim/authority/library/model.js";
import {
  type Inputs,
  judge,
  type JudgedKind,
  type Judgement,
  KIND,
  VERDICT,
} from "../../host-sim/model/judgement.js";
import { LIMIT } from "../../host-sim/model/limits.js";
import { packUnit } from "../../host-sim/model/units.js";

export const ML = 1_000_000;

export const profile: Profile = {
  kind: "profile",
  area: 1,
  name: "ICU",
  patientClass: 3,
  rateNlPerHMax: 500 * ML,
  vtbiNlMax: 2000 * ML,
  weightG: { min: 30_000, max: 200_000 },
  bsaCm2: { min: 10_000, max: 30_000 },
  kvoRateNlPerH: 0,
};

/** Counted in mL/h, so that a dose is its rate: bounds of 1, 2, 20 and 40 mL/h. */
export const drug: Drug = {
  kind: "drug",
  area: 1,
  drug: 5,
  variant: 0,
  name: "drug",
  ingredient: 8,
  customConcentration: { hardMin: 1_000_000, softMin: 2_000_000, softMax: 8_000_000, hardMax: 16_000_000 },
  continuous: {
    unit: parseDoseUnit("mL/h"),
    bounds: { hardMin: ML, softMin: 2 * ML, softMax: 20 * ML, hardMax: 40 * ML },
  },
  bolusDose: {
    unit: parseDoseUnit("mL"),
    bounds: { hardMin: ML, softMin: 2 * ML, softMax: 5 * ML, hardMax: 10 * ML },
  },
  bolusRate: {
    unit: parseDoseUnit("mL/min"),
    bounds: { hardMin: ML / 10, softMin: ML / 5, softMax: ML, hardMax: 2 * ML },
  },
  vtbi: { hardMin: 10 * ML, softMin: 20 * ML, softMax: 500 * ML, hardMax: 1000 * ML },
  weightG: { min: 40_000, max: 150_000 },
  flags: 1,
};

/** A start at 10 mL/h within every limit. */
export const START: Inputs = {
  area: 1,
  drug: 5,
  variant: 0,
  libraryEpoch: 1,
  libraryVersion: 1,
  weightG: 70_000,
  bsaCm2: 18_000,
  unit: packUnit(parseDoseUnit("mL/h")),
  dose: 10 * ML,
  rateNlPerH: 10 * ML,
  volumeNl: 100 * ML,
  amount: 4_000_000,
  concentrationNl: ML,
  setId: 1,
  basalRateNlPerH: 0,
  totalNl: 200 * ML,
  pumpClass: 1,
  mode: 1,
};
/** 3 mL at 30 mL/h beside 10 mL/h. */
export const BOLUS: Inputs = {
  ...START,
  unit: packUnit(parseDoseUnit("mL")),
  dose: 3 * ML,
  rateNlPerH: 30 * ML,
  volumeNl: 3 * ML,
  basalRateNlPerH: 10 * ML,
};

interface Parts {
  readonly kind?: JudgedKind;
  readonly inputs?: Partial<Inputs>;
  readonly drug?: Partial<Drug>;
  readonly profile?: Partial<Profile>;
  readonly waived?: number;
}

export function judged(parts: Parts): Judgement {
  const kind = parts.kind ?? KIND.start;
  return judge({
    kind,
    inputs: { ...(kind === KIND.bolus ? BOLUS : START), ...parts.inputs },
    drug: { ...drug, ...parts.drug },
    profile: { ...profile, ...parts.profile },
    waivedMask: parts.waived ?? 0,
  });
}

export const P = "permit";
/** "6a/2/40": status, limit, bound of the first cause; "permit"; or "ask 2" for the soft limits asked for. */
export function outcome(parts: Parts): string {
  const { verdict, causes, softMask } = judged(parts);
  if (verdict === VERDICT.permit) return P;
  if (verdict === VERDICT.needsOverride) {
    const limits = Object.values(LIMIT).filter((limit) => (softMask & (1 << limit)) !== 0);
    return `ask ${limits.join(" ")}`;
  }
  const { status, limit, bound } = causes[0]!;
  return [status.toString(16), limit, bound].filter((part) => part !== undefined).join("/");
}

/** A dose in mL/h at its rate. */
export const dose = (nl: number): Partial<Inputs> => ({ dose: nl, rateNlPerH: nl });
export const bolus = (nl: number): Partial<Inputs> => ({ dose: nl, volumeNl: nl });
const free = { bounds: {} };
export const noLimits: Partial<Drug> = {
  continuous: { unit: parseDoseUnit("mL/h"), ...free },
  bolusDose: { unit: parseDoseUnit("mL"), ...free },
  bolusRate: { unit: parseDoseUnit("mL/min"), ...free },
  vtbi: {},
};
export const wideProfile: Partial<Profile> = { rateNlPerHMax: 999 * ML, vtbiNlMax: 9999 * ML };
/** Rates differ by a step of the pump, the smallest that can be ordered. */
export const STEP = 10_000;

/** The entry without some of its sections. */
export function without(...sections: readonly (keyof Drug)[]): Drug {
  return Object.fromEntries(
    Object.entries(drug).filter(([name]) => !sections.includes(name as keyof Drug)),
  ) as unknown as Drug;
}
