/**
 * The reference judgement: steps 13 to 21 of SPEC 4.4 in TypeScript with unbounded integers, written from SPEC alone. It recomputes
 * what a pump's log says that its gate decided.
 *
 * SPEC orders the steps but not what one step looks at, so a step yields every cause it finds; a record agrees if it names one of
 * those of the first step that fails.
 */
import type { Drug, Profile } from "../authority/library/model.js";
import { ceilingsOf, type CeilingRow, rateStepAt } from "./ceilings.js";
import { type Against, broken, type Cause, exceeds, JUDGED, LIMIT, number } from "./limits.js";
import { basisUnknown, exactFlow, type Preparation, type Ratio, steppedRate } from "./rate.js";
import { packUnit, unpackUnit, type UnpackedUnit } from "./units.js";

/** Command kinds that are judged by limits (SPEC 4.2). */
export const KIND = { start: 2, titrate: 3, bolus: 4 } as const;
export type JudgedKind = (typeof KIND)[keyof typeof KIND];

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
  /** VTBI of a start, volume of a bolus. */
  readonly volumeNl: number;
  readonly amount: number;
  readonly concentrationNl: number;
  readonly setId: number;
  /** The rate that runs already. */
  readonly basalRateNlPerH: number;
  readonly totalNl: number;
  readonly rangeMax?: number;
  readonly pumpClass: number;
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
  readonly dose: bigint;
  readonly rateNlPerH: bigint;
  readonly volumeNl: bigint;
  readonly unpacked: UnpackedUnit | undefined;
  readonly ceilings: CeilingRow;
  /** Flow that would run after a permit: a bolus runs beside the basal rate (SPEC 6.2). */
  readonly flowNlPerH: bigint;
  /** The rate of a signed range's maximum, which is judged like a dose at start (SPEC 4.2). */
  readonly rangeRateNlPerH: bigint | undefined;
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
  const { inputs, kind } = what;
  const ceilings = ceilingsOf(inputs.pumpClass, what.profile.patientClass);
  if (!ceilings) {
    throw new RangeError(
      `no ceilings for pump class ${inputs.pumpClass} and patient class ${what.profile.patientClass} (SPEC 5.1)`,
    );
  }
  const unpacked = unpackUnit(inputs.unit);
  const given = preparationOf(inputs);
  const rateNlPerH = BigInt(inputs.rateNlPerH);
  const besides = kind === KIND.bolus ? BigInt(inputs.basalRateNlPerH) : 0n;
  return {
    ...what,
    ...given,
    dose: BigInt(inputs.dose),
    rateNlPerH,
    volumeNl: BigInt(inputs.volumeNl),
    unpacked,
    ceilings,
    flowNlPerH: rateNlPerH + besides,
    rangeRateNlPerH: rangeRate(what, unpacked, given),
  };
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

function rangeRate(what: Case, unit: UnpackedUnit | undefined, given: Preparation): bigint | undefined {
  if (what.kind !== KIND.start || what.inputs.rangeMax === undefined || !unit) return undefined;
  const flow = exactFlow(unit, BigInt(what.inputs.rangeMax), given);
  // Beyond the class's last rate step there is none to round to, and the ceiling refuses anyway (SPEC 5.1).
  return flow && (steppedRate(flow, what.inputs.pumpClass)?.rateNlPerH ?? flow.over / flow.under);
}

/** The limits that hold for the kind; a bolus needs both its sections (SPEC 3.2). */
function sectionOf({ kind, drug }: Case): Drug["continuous"] {
  if (kind !== KIND.bolus) return drug.continuous;
  return drug.bolusRate && drug.bolusDose;
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

/** Units whose basis must be known: the section's own, and the bolus rate's. */
function neededUnits(matter: Matter): UnpackedUnit[] {
  const sections = [sectionOf(matter), matter.kind === KIND.bolus ? matter.drug.bolusRate : undefined];
  return sections.flatMap((section) => {
    const unit = section && unpackUnit(packUnit(section.unit));
    return unit ? [unit] : [];
  });
}

/** Step 14. */
function unitCauses(matter: Matter): Cause[] {
  const section = sectionOf(matter);
  if (section && packUnit(section.unit) === matter.inputs.unit) return [];
  return [{ status: JUDGED.unit }];
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

/** Step 17: rate or volume must follow from the dose, on the pump's rate steps. */
function rateCauses(matter: Matter): Cause[] {
  if (matter.kind === KIND.bolus) return bolusRateSteps(matter);
  const causes = continuousCauses(matter.inputs);
  // Beyond a class's last rate step lies its ceiling too (SPEC 5.1).
  return causes.some(({ status }) => status === JUDGED.rateTooCoarse)
    ? [...causes, ...ceilingCauses(matter)]
    : causes;
}

function continuousCauses(inputs: Inputs): Cause[] {
  const unit = unpackUnit(inputs.unit);
  if (!unit || unit.time === "none") return [{ status: JUDGED.unit }];
  const flow = exactFlow(unit, BigInt(inputs.dose), preparationOf(inputs));
  if (!flow) return [{ status: JUDGED.weightUnknown }];
  const stepped = steppedRate(flow, inputs.pumpClass);
  if (!stepped) return [{ status: JUDGED.rateTooCoarse }, { status: JUDGED.rateMismatch }];
  const causes: Cause[] = [];
  if (stepped.tooCoarse) causes.push({ status: JUDGED.rateTooCoarse });
  if (stepped.rateNlPerH !== BigInt(inputs.rateNlPerH)) causes.push({ status: JUDGED.rateMismatch });
  return causes;
}

function bolusRateSteps(matter: Matter): Cause[] {
  const { unpacked } = matter;
  if (!unpacked || unpacked.time !== "none") return [{ status: JUDGED.unit }];
  const volume = exactFlow(unpacked, matter.dose, matter);
  if (!volume) return [{ status: JUDGED.weightUnknown }];
  const step = rateStepAt(matter.inputs.pumpClass, matter.rateNlPerH);
  const causes: Cause[] = [];
  if (volume.over / volume.under !== matter.volumeNl) causes.push({ status: JUDGED.rateMismatch });
  if (step === undefined || matter.rateNlPerH % step !== 0n) {
    causes.push({ status: JUDGED.rateMismatch }, { status: JUDGED.rateTooCoarse });
    if (step === undefined) causes.push(...ceilingCauses(matter));
  }
  return causes;
}

/** Step 18: the smaller of the pump class's and the patient class's ceilings. */
function ceilingCauses(matter: Matter): Cause[] {
  const { ceilings, inputs, kind } = matter;
  return [
    ...flowCauses(JUDGED.ceiling, matter, ceilings.rateNlPerHMax),
    ...(kind === KIND.start
      ? [
          ...exceeds(JUDGED.ceiling, LIMIT.vtbiMax, matter.volumeNl, ceilings.vtbiNlMax),
          ...exceeds(JUDGED.ceiling, LIMIT.total, BigInt(inputs.totalNl), ceilings.totalNlMax),
        ]
      : []),
    ...(kind === KIND.bolus
      ? exceeds(JUDGED.ceiling, LIMIT.bolusVolume, matter.volumeNl, ceilings.bolusNlMax)
      : []),
  ];
}

/** Step 19. */
function profileCauses(matter: Matter): Cause[] {
  const { profile } = matter;
  return [
    ...flowCauses(JUDGED.profile, matter, BigInt(profile.rateNlPerHMax)),
    ...(matter.kind === KIND.start
      ? exceeds(JUDGED.profile, LIMIT.vtbiMax, matter.volumeNl, BigInt(profile.vtbiNlMax))
      : []),
  ];
}

function flowCauses(status: number, matter: Matter, max: bigint): Cause[] {
  const { flowNlPerH, rangeRateNlPerH } = matter;
  const greatest =
    rangeRateNlPerH !== undefined && rangeRateNlPerH > flowNlPerH ? rangeRateNlPerH : flowNlPerH;
  return exceeds(status, LIMIT.rate, greatest, max);
}

/** Steps 20 and 21: the entry's own bounds, concentration apart. Limits judge the stated dose (SPEC 4.5). */
function entryCauses(kind: "hard" | "soft", matter: Matter): Cause[] {
  const { drug, inputs } = matter;
  if (matter.kind === KIND.bolus) {
    return [
      ...broken(kind, number(matter.dose), drug.bolusDose?.bounds, [LIMIT.bolusDoseMin, LIMIT.bolusDoseMax]),
      ...bolusRateCauses(kind, matter),
    ];
  }
  const limits = [LIMIT.doseMin, LIMIT.doseMax] as const;
  const causes = broken(kind, number(matter.dose), drug.continuous?.bounds, limits);
  if (matter.kind === KIND.start) {
    if (inputs.rangeMax !== undefined) {
      causes.push(...broken(kind, number(BigInt(inputs.rangeMax)), drug.continuous?.bounds, limits));
    }
    causes.push(...broken(kind, number(matter.volumeNl), drug.vtbi, [LIMIT.vtbiMin, LIMIT.vtbiMax]));
  }
  return causes;
}

/** The order states a bolus rate as a flow, the entry as a dose per time: each bound becomes an exact flow. */
function bolusRateCauses(kind: "hard" | "soft", matter: Matter): Cause[] {
  const section = matter.drug.bolusRate;
  const unit = section && unpackUnit(packUnit(section.unit));
  if (!section || !unit) return [];
  const flowOf = (bound: bigint): Ratio => exactFlow(unit, bound, matter) ?? { over: 0n, under: 1n };
  const against: Against = {
    below: (bound) => matter.rateNlPerH * flowOf(bound).under < flowOf(bound).over,
    above: (bound) => matter.rateNlPerH * flowOf(bound).under > flowOf(bound).over,
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
