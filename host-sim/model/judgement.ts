/**
 * The reference judgement: steps 13 to 21 of SPEC 4.4 in TypeScript with unbounded integers, written from SPEC alone. It recomputes
 * what a pump's log says that its gate decided.
 *
 * SPEC orders the steps but not what one step looks at, so a step yields every cause it finds; a record agrees if it names one of
 * those of the first step that fails.
 */
import { type DoseLimits, type Drug, type Profile, WINDOWS } from "../authority/library/model.js";
import { ceilingsOf, type CeilingRow, rateStepAt } from "./ceilings.js";
import {
  type Against,
  broken,
  type Cause,
  exceeds,
  type FourBounds,
  JUDGED,
  LIMIT,
  number,
} from "./limits.js";
import { basisUnknown, exactFlow, type Preparation, type Ratio, steppedRate } from "./rate.js";
import { packUnit, unpackUnit, type UnpackedUnit } from "./units.js";

/** Command kinds that are judged by limits (SPEC 4.2). */
export const KIND = { start: 2, titrate: 3, bolus: 4, loading: 5, pca: 7 } as const;
export type JudgedKind = (typeof KIND)[keyof typeof KIND];

/** True for the kinds of `KIND`. */
export function isJudgedKind(kind: number): kind is JudgedKind {
  return (Object.values(KIND) as number[]).includes(kind);
}

/** Verdicts as the DECISION event counts them (SPEC 8). */
export const VERDICT = { permit: 1, deny: 2, needsOverride: 3 } as const;
export type VerdictNumber = (typeof VERDICT)[keyof typeof VERDICT];

/** The `inputs` of a DECISION event (SPEC 8). Doses in base units of `unit`, weight in g, body surface in cm2. */
export interface Inputs {
  readonly area: number;
  readonly drug: number;
  readonly variant: number;
  readonly libraryEpoch: number;
  readonly libraryVersion: number;
  /** 0 = unknown */
  readonly weightG: number;
  /** 0 = unknown */
  readonly bsaCm2: number;
  readonly unit: number;
  readonly dose: number;
  readonly rateNlPerH: number;
  /** VTBI of a start or PCA, volume of a bolus or loading dose; of a titration the dose that its increase counts from. */
  readonly volumeNl: number;
  readonly amount: number;
  readonly concentrationNl: number;
  readonly setId: number;
  /** The rate that runs already. */
  readonly basalRateNlPerH: number;
  readonly totalNl: number;
  readonly rangeMax?: number;
  readonly pumpClass: number;
  /** The worst sums found for the windows of 1, 2, 4 and 24 h, base units; absent if the entry has none. */
  readonly windows?: readonly number[];
  /** Of the steps after the first. */
  readonly steps?: {
    readonly lowestDose: number;
    readonly highestDose: number;
    readonly highestRateNlPerH: number;
  };
  readonly loading?: GivenDose;
  readonly pca?: GivenDose & { readonly lockoutS: number };
  /** An intermittent order has one: its dose is the whole dose of the bag. */
  readonly durationS?: number;
  /** 1 continuous, 2 intermittent, 3 secondary, 4 PCA: the order's, or the program's. */
  readonly mode: number;
}

/** A dose by volume: unit packed, dose in base units. */
export interface GivenDose {
  readonly unit: number;
  readonly dose: number;
  readonly rateNlPerH: number;
  readonly volumeNl: number;
}

/** What is judged, by what: the entry and profile of the order's drug. */
export interface Case {
  readonly kind: JudgedKind;
  readonly inputs: Inputs;
  readonly drug: Drug;
  readonly profile: Profile;
  /** Soft limits that an override waives. */
  readonly waivedMask: number;
}

export interface Judgement {
  readonly verdict: VerdictNumber;
  /** The step of SPEC 4.4 that fails; undefined for a permit. */
  readonly step?: number;
  /** What fails there; the first is what this model would name. Empty for a permit. */
  readonly causes: readonly Cause[];
  /** Every soft limit that is broken, waived or not; 0 if an earlier step fails. */
  readonly softMask: number;
}

/** A case with everything that more than one step asks for. */
interface Matter extends Case, Preparation {
  readonly ceilings: CeilingRow;
  /** Its basal dose, if it has one. */
  readonly basal: Part | undefined;
  /** Doses given by volume: a bolus, a loading or a PCA dose. */
  readonly given: readonly GivenPart[];
  /** The highest rate that it can lead to: of steps, range, or a dose beside the basal rate (SPEC 4.4, step 18). */
  readonly highestNlPerH: bigint;
}

/** A dose of the order, and the group of the entry that it falls under. */
interface Part {
  readonly unit: number;
  readonly limits: DoseLimits | undefined;
  readonly numbers: readonly [below: number, above: number];
}
interface GivenPart extends Part {
  readonly dose: bigint;
  readonly rateNlPerH: bigint;
  readonly volumeNl: bigint;
}

const RATE_STEP = 17;
const SOFT_STEP = 21;

type Step = readonly [number: number, causes: (matter: Matter) => Cause[]];

const STEPS: readonly Step[] = [
  [13, bodyCauses],
  [14, unitCauses],
  [15, (matter) => concentrationCauses("hard", matter)],
  [RATE_STEP, rateCauses],
  [18, ceilingCauses],
  [19, profileCauses],
  [20, (matter) => entryCauses("hard", matter)],
];
const FLAG_OVERRIDE = 1;

/** True for a titration to a rate not above the running one (SPEC 3.5). */
export function isReduction(kind: JudgedKind, inputs: Inputs): boolean {
  return kind === KIND.titrate && inputs.rateNlPerH <= inputs.basalRateNlPerH;
}

/** Recomputes a verdict. Throws RangeError for a pump or patient class that does not exist: no gate can have written that. */
export function judge(what: Case): Judgement {
  if (isReduction(what.kind, what.inputs)) return judgeReduction(what.inputs);
  const matter = prepare(what);
  for (const [step, causesOf] of STEPS) {
    let causes = causesOf(matter);
    // A soft limit that may not be overridden refuses like a hard one, thus beside them (SPEC 4.4).
    if (step === 20 && !overridable(matter)) {
      causes = [
        ...causes,
        ...softCauses(matter).flatMap((cause) => [{ ...cause, status: JUDGED.hard }, cause]),
      ];
    }
    if (causes.length > 0) return { verdict: VERDICT.deny, step, causes, softMask: 0 };
  }
  const soft = softCauses(matter);
  const softMask = maskOf(soft);
  const left = soft.filter(({ limit }) => (what.waivedMask & (1 << limit!)) === 0);
  if (left.length === 0) return { verdict: VERDICT.permit, causes: [], softMask };
  return { verdict: VERDICT.needsOverride, step: SOFT_STEP, causes: left, softMask };
}

/**
 * A reduction needs no library: of steps 13 to 21 it is judged by 14, against the running program's unit, which `inputs` do not
 * hold, and by 17 (SPEC 3.5).
 */
export function judgeReduction(inputs: Inputs): Judgement {
  const causes = continuousCauses(inputs);
  if (causes.length === 0) return { verdict: VERDICT.permit, causes, softMask: 0 };
  return { verdict: VERDICT.deny, step: RATE_STEP, causes, softMask: 0 };
}

function prepare(what: Case): Matter {
  const { inputs } = what;
  const ceilings = ceilingsOf(inputs.pumpClass, what.profile.patientClass);
  if (!ceilings) {
    throw new RangeError(
      `no ceilings for pump class ${inputs.pumpClass} and patient class ${what.profile.patientClass} (SPEC 5.1)`,
    );
  }
  return {
    ...what,
    ...preparationOf(inputs),
    ceilings,
    basal: basalPart(what),
    given: givenParts(what),
    highestNlPerH: highestRate(what),
  };
}

const isDose = (kind: JudgedKind): boolean => kind === KIND.bolus || kind === KIND.loading;
const starts = (kind: JudgedKind): boolean => kind === KIND.start || kind === KIND.pca;
const greatest = (...values: bigint[]): bigint => values.reduce((a, b) => (a > b ? a : b), 0n);

function basalPart({ kind, inputs, drug }: Case): Part | undefined {
  if (isDose(kind) || inputs.dose === 0) return undefined;
  const { unit } = inputs;
  return inputs.durationS !== undefined
    ? { unit, limits: drug.intermittent, numbers: [LIMIT.intermittentMin, LIMIT.intermittentMax] }
    : { unit, limits: drug.continuous, numbers: [LIMIT.doseMin, LIMIT.doseMax] };
}

function givenParts({ kind, inputs, drug }: Case): GivenPart[] {
  const part = (given: GivenDose, limits: Part["limits"], numbers: Part["numbers"]): GivenPart => ({
    unit: given.unit,
    limits,
    numbers,
    dose: BigInt(given.dose),
    rateNlPerH: BigInt(given.rateNlPerH),
    volumeNl: BigInt(given.volumeNl),
  });
  const loading = [LIMIT.loadingMin, LIMIT.loadingMax] as const;
  if (kind === KIND.bolus) return [part(inputs, drug.bolusDose, [LIMIT.bolusDoseMin, LIMIT.bolusDoseMax])];
  if (kind === KIND.loading) return [part(inputs, drug.loading, loading)];
  return [
    ...(inputs.loading ? [part(inputs.loading, drug.loading, loading)] : []),
    ...(inputs.pca ? [part(inputs.pca, drug.pcaDose, [LIMIT.pcaDoseMin, LIMIT.pcaDoseMax])] : []),
  ];
}

/** Basal and a dose together; a loading dose at the start runs alone (SPEC 4.2, 4.4). */
function highestRate(what: Case): bigint {
  const { kind, inputs } = what;
  const rate = BigInt(inputs.rateNlPerH);
  if (isDose(kind)) return rate + BigInt(inputs.basalRateNlPerH);
  const beside = BigInt(inputs.pca?.rateNlPerH ?? 0);
  return greatest(
    greatest(rate, BigInt(inputs.steps?.highestRateNlPerH ?? 0)) + beside,
    BigInt(inputs.loading?.rateNlPerH ?? 0),
    rangeRate(what) ?? 0n,
  );
}

/** Weight, body surface and concentration of the inputs. */
export function preparationOf(inputs: Inputs): Preparation {
  return {
    weightG: BigInt(inputs.weightG),
    bsaCm2: BigInt(inputs.bsaCm2),
    amount: BigInt(inputs.amount),
    concentrationNl: BigInt(inputs.concentrationNl),
  };
}

function rangeRate({ kind, inputs }: Case): bigint | undefined {
  const unit = unpackUnit(inputs.unit);
  if (kind !== KIND.start || inputs.rangeMax === undefined || !unit) return undefined;
  const flow = exactFlow(unit, BigInt(inputs.rangeMax), preparationOf(inputs));
  // Beyond the class's last rate step there is none to round to, and the ceiling refuses anyway (SPEC 5.1).
  return flow && (steppedRate(flow, inputs.pumpClass)?.rateNlPerH ?? flow.over / flow.under);
}

/** Step 13: weight and body surface, where known, against profile and entry; unknown only where the entry does not need them. */
function bodyCauses(matter: Matter): Cause[] {
  const { profile, drug, inputs } = matter;
  const causes: Cause[] = [];
  for (const [value, limit, ofProfile, ofEntry] of [
    [inputs.weightG, LIMIT.weight, profile.weightG, drug.weightG],
    [inputs.bsaCm2, LIMIT.bodySurface, profile.bsaCm2, drug.bsaCm2],
  ] as const) {
    if (value === 0) {
      if (ofEntry) causes.push({ status: JUDGED.weightUnknown });
      continue;
    }
    for (const [status, range] of [
      [JUDGED.profile, ofProfile],
      [JUDGED.hard, ofEntry],
    ] as const) {
      if (range && value < range.min) causes.push({ status, limit, bound: BigInt(range.min) });
      if (range && value > range.max) causes.push({ status, limit, bound: BigInt(range.max) });
    }
  }
  if (neededUnits(matter).some((unit) => basisUnknown(unit, matter))) {
    causes.push({ status: JUDGED.weightUnknown });
    // Which unit asks for the weight is the order's only if it is the entry's (step 14).
    causes.push(...unitCauses(matter));
  }
  return causes;
}

/** Units whose basis must be known: those of the groups, of the bolus rate beside a dose, and of the windows. */
function neededUnits({ basal, given, drug }: Matter): UnpackedUnit[] {
  const units = [...(basal ? [basal] : []), ...given].map(({ limits }) => limits?.unit);
  if (given.length > 0) units.push(drug.bolusRate?.unit);
  units.push(drug.windows?.unit);
  return units.flatMap((unit) => {
    const unpacked = unit && unpackUnit(packUnit(unit));
    return unpacked ? [unpacked] : [];
  });
}

/** Step 14: the entry has this way of giving the drug, in this unit; a dose by volume needs a rate of its own. */
function unitCauses({ basal, given, drug }: Matter): Cause[] {
  const parts: readonly Part[] = basal ? [basal, ...given] : given;
  const strange = parts.some(({ limits, unit }) => !limits || packUnit(limits.unit) !== unit);
  return strange || (given.length > 0 && !drug.bolusRate) ? [{ status: JUDGED.unit }] : [];
}

/** Step 15, and the soft bounds of a custom concentration. Bounds are base units per mL: compared without dividing. */
function concentrationCauses(kind: "hard" | "soft", matter: Matter): Cause[] {
  const { amount, concentrationNl, drug } = matter;
  const limits = [LIMIT.concentrationMin, LIMIT.concentrationMax] as const;
  if (drug.concentration) {
    if (kind === "soft") return [];
    const ofEntry = BigInt(drug.concentration.amount.value) * concentrationNl;
    const ofOrder = amount * BigInt(drug.concentration.volumeNl);
    if (ofOrder < ofEntry) return [{ status: JUDGED.hard, limit: limits[0] }];
    return ofOrder > ofEntry ? [{ status: JUDGED.hard, limit: limits[1] }] : [];
  }
  const amountPerMl = amount * 1_000_000n;
  const against: Against = {
    below: (bound) => amountPerMl < bound * concentrationNl,
    above: (bound) => amountPerMl > bound * concentrationNl,
  };
  return broken(kind, against, drug.customConcentration, limits);
}

/** Step 17: rate or volume must follow from the dose, on the pump's rate steps; what steps after the first say is not in a log. */
function rateCauses(matter: Matter): Cause[] {
  const { basal, inputs } = matter;
  const causes = !basal
    ? []
    : inputs.durationS !== undefined
      ? intermittentCauses(inputs, inputs.durationS)
      : continuousCauses(inputs);
  causes.push(...matter.given.flatMap((part) => givenCauses(matter, part)));
  // Beyond a class's last rate step lies its ceiling too (SPEC 5.1).
  return causes.some(({ status }) => status === JUDGED.rateTooCoarse)
    ? [...causes, ...ceilingCauses(matter)]
    : causes;
}

/** The whole dose in the stated time (SPEC 4.4). */
function intermittentCauses(inputs: Inputs, durationS: number): Cause[] {
  const unit = unpackUnit(inputs.unit);
  const volume = unit && exactFlow(unit, BigInt(inputs.dose), preparationOf(inputs));
  if (!volume) return [{ status: JUDGED.weightUnknown }, { status: JUDGED.unit }];
  const volumeNl = volume.over / volume.under;
  const causes: Cause[] = [];
  if (volumeNl !== BigInt(inputs.volumeNl)) causes.push({ status: JUDGED.rateMismatch });
  const flow = { over: BigInt(inputs.volumeNl) * 3600n, under: BigInt(durationS) };
  return [...causes, ...steppedCauses(flow, inputs)];
}

function continuousCauses(inputs: Inputs): Cause[] {
  const unit = unpackUnit(inputs.unit);
  if (!unit || unit.time === "none") return [{ status: JUDGED.unit }];
  const flow = exactFlow(unit, BigInt(inputs.dose), preparationOf(inputs));
  if (!flow) return [{ status: JUDGED.weightUnknown }];
  return steppedCauses(flow, inputs);
}

function steppedCauses(flow: Ratio, inputs: Inputs): Cause[] {
  const stepped = steppedRate(flow, inputs.pumpClass);
  if (!stepped) return [{ status: JUDGED.rateTooCoarse }, { status: JUDGED.rateMismatch }];
  const causes: Cause[] = [];
  if (stepped.tooCoarse) causes.push({ status: JUDGED.rateTooCoarse });
  if (stepped.rateNlPerH !== BigInt(inputs.rateNlPerH)) causes.push({ status: JUDGED.rateMismatch });
  return causes;
}

/** The volume of a bolus, loading or PCA dose, and its rate. */
function givenCauses(matter: Matter, { unit, dose, rateNlPerH, volumeNl }: GivenPart): Cause[] {
  const unpacked = unpackUnit(unit);
  if (!unpacked || unpacked.time !== "none") return [{ status: JUDGED.unit }];
  const volume = exactFlow(unpacked, dose, matter);
  if (!volume) return [{ status: JUDGED.weightUnknown }];
  const step = rateStepAt(matter.inputs.pumpClass, rateNlPerH);
  const causes: Cause[] = [];
  if (volume.over / volume.under !== volumeNl) causes.push({ status: JUDGED.rateMismatch });
  if (step === undefined || rateNlPerH % step !== 0n) {
    causes.push({ status: JUDGED.rateMismatch }, { status: JUDGED.rateTooCoarse });
  }
  return causes;
}

/** Step 18: the smaller of the pump class's and the patient class's ceilings. */
function ceilingCauses(matter: Matter): Cause[] {
  const { ceilings, inputs, kind } = matter;
  return [
    ...exceeds(JUDGED.ceiling, LIMIT.rate, matter.highestNlPerH, ceilings.rateNlPerHMax),
    ...matter.given.flatMap(({ volumeNl }) =>
      exceeds(JUDGED.ceiling, LIMIT.bolusVolume, volumeNl, ceilings.bolusNlMax),
    ),
    ...(starts(kind)
      ? [
          ...exceeds(JUDGED.ceiling, LIMIT.vtbiMax, BigInt(inputs.volumeNl), ceilings.vtbiNlMax),
          ...exceeds(JUDGED.ceiling, LIMIT.total, BigInt(inputs.totalNl), ceilings.totalNlMax),
        ]
      : []),
  ];
}

/** Step 19. */
function profileCauses({ profile, kind, inputs, highestNlPerH }: Matter): Cause[] {
  return [
    ...exceeds(JUDGED.profile, LIMIT.rate, highestNlPerH, BigInt(profile.rateNlPerHMax)),
    ...(starts(kind)
      ? exceeds(JUDGED.profile, LIMIT.vtbiMax, BigInt(inputs.volumeNl), BigInt(profile.vtbiNlMax))
      : []),
  ];
}

/** Steps 20 and 21: the entry's own bounds, concentration apart. Limits judge the stated dose (SPEC 4.5). */
function entryCauses(kind: "hard" | "soft", matter: Matter): Cause[] {
  const { drug, inputs, basal } = matter;
  const causes: Cause[] = [];
  if (basal) {
    const doses = [inputs.dose, inputs.steps?.lowestDose, inputs.steps?.highestDose];
    if (matter.kind === KIND.start) doses.push(inputs.rangeMax);
    for (const dose of doses) {
      if (dose !== undefined) {
        causes.push(...broken(kind, number(BigInt(dose)), basal.limits?.bounds, basal.numbers));
      }
    }
  }
  for (const part of matter.given) {
    causes.push(...broken(kind, number(part.dose), part.limits?.bounds, part.numbers));
    causes.push(...bolusRateCauses(kind, matter, part.rateNlPerH));
  }
  if (inputs.durationS !== undefined && basal) {
    const numbers = [LIMIT.durationMin, LIMIT.durationMax] as const;
    causes.push(...broken(kind, number(BigInt(inputs.durationS)), drug.duration, numbers));
  }
  if (inputs.pca) {
    const numbers = [LIMIT.lockoutMin, LIMIT.lockoutMax] as const;
    causes.push(...broken(kind, number(BigInt(inputs.pca.lockoutS)), drug.lockout, numbers));
  }
  if (starts(matter.kind)) {
    causes.push(...broken(kind, number(BigInt(inputs.volumeNl)), drug.vtbi, [LIMIT.vtbiMin, LIMIT.vtbiMax]));
  }
  if (matter.kind === KIND.titrate) causes.push(...increaseCauses(kind, matter));
  return [...causes, ...windowCauses(kind, matter)];
}

/** The titration step: an increase counts from the dose in force when the interval began, which the inputs hold (SPEC 4.4). */
function increaseCauses(kind: "hard" | "soft", { drug, inputs }: Matter): Cause[] {
  const increase = BigInt(inputs.dose) - BigInt(inputs.volumeNl);
  const numbers = [LIMIT.titrationStep, LIMIT.titrationStep] as const;
  return broken(kind, number(increase > 0n ? increase : 0n), drug.titrationStep?.bounds, numbers);
}

/** The worst sums against the windows' maxima, which count per kg or m2 for this patient, rounded down (SPEC 4.5). */
function windowCauses(kind: "hard" | "soft", matter: Matter): Cause[] {
  const { drug, inputs } = matter;
  const unit = drug.windows && unpackUnit(packUnit(drug.windows.unit));
  if (!drug.windows || !unit) return [];
  const { limits } = drug.windows;
  return WINDOWS.flatMap(({ name }, i) => {
    const capOf = (bound: number | undefined): number | undefined =>
      bound === undefined ? undefined : Number(forPatient(BigInt(bound), unit, matter));
    const caps = { softMax: capOf(limits[name]?.softMax), hardMax: capOf(limits[name]?.hardMax) };
    const numbers = [LIMIT.window + i, LIMIT.window + i] as const;
    return broken(kind, number(BigInt(inputs.windows?.[i] ?? 0)), withoutAbsent(caps), numbers);
  });
}

function forPatient(bound: bigint, unit: UnpackedUnit, { weightG, bsaCm2 }: Preparation): bigint {
  if (unit.basis === "kg") return (bound * weightG) / 1000n;
  return unit.basis === "m2" ? (bound * bsaCm2) / 10_000n : bound;
}

function withoutAbsent(bounds: Record<string, number | undefined>): FourBounds {
  return Object.fromEntries(Object.entries(bounds).filter(([, bound]) => bound !== undefined));
}

/** The order states a dose's rate as a flow, the entry as a dose per time: each bound becomes an exact flow. */
function bolusRateCauses(kind: "hard" | "soft", matter: Matter, rateNlPerH: bigint): Cause[] {
  const section = matter.drug.bolusRate;
  const unit = section && unpackUnit(packUnit(section.unit));
  if (!section || !unit) return [];
  const flowOf = (bound: bigint): Ratio => exactFlow(unit, bound, matter) ?? { over: 0n, under: 1n };
  const against: Against = {
    below: (bound) => rateNlPerH * flowOf(bound).under < flowOf(bound).over,
    above: (bound) => rateNlPerH * flowOf(bound).under > flowOf(bound).over,
  };
  return broken(kind, against, section.bounds, [LIMIT.bolusRateMin, LIMIT.bolusRateMax]);
}

function softCauses(matter: Matter): Cause[] {
  return [...entryCauses("soft", matter), ...concentrationCauses("soft", matter)];
}

function overridable({ drug }: Case): boolean {
  return (drug.flags & FLAG_OVERRIDE) !== 0;
}

function maskOf(causes: readonly Cause[]): number {
  return causes.reduce((mask, { limit }) => mask | (1 << limit!), 0);
}
