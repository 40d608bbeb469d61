/** Whether a recorded verdict is one that the reference judgement could have reached, and if not, why. */
import { type Judgement, VERDICT } from "./judgement.js";
import { type Cause, JUDGED, LIMIT_NAMES } from "./limits.js";

/** What a DECISION event says of its outcome (SPEC 8). */
export interface RecordedVerdict {
  readonly verdict: number;
  readonly status: number;
  readonly limit: number;
  readonly bound: number;
  readonly softMask: number;
  readonly waivedMask: number;
}

/** Statuses that steps 13 to 21 end in; any other denial rests on the device's state, which a log does not hold. */
const RECOMPUTED: ReadonlySet<number> = new Set(Object.values(JUDGED));
/** Steps of SPEC 4.4 whose own facts a log does not hold: the association's area, and the calibrated sets. */
const UNSEEN: ReadonlyMap<number, number> = new Map([
  [JUDGED.area, 13],
  [JUDGED.set, 16],
]);

const NAMES: ReadonlyMap<number, string> = new Map([
  [JUDGED.ok, "OK"],
  [JUDGED.area, "AREA"],
  [JUDGED.unit, "UNIT"],
  [JUDGED.weightUnknown, "WEIGHT_UNKNOWN"],
  [JUDGED.set, "SET"],
  [JUDGED.rateMismatch, "RATE_MISMATCH"],
  [JUDGED.rateTooCoarse, "RATE_TOO_COARSE"],
  [JUDGED.ceiling, "LIMIT_CEILING"],
  [JUDGED.profile, "LIMIT_PROFILE"],
  [JUDGED.hard, "LIMIT_HARD"],
  [JUDGED.soft, "LIMIT_SOFT"],
]);

/** A reduction is held against the running program's unit, which its record does not name (SPEC 3.5). */
export function reductionDisagreement(record: RecordedVerdict, judged: Judgement): string | undefined {
  if (record.verdict === VERDICT.deny && record.status === JUDGED.unit) return undefined;
  return disagreement(record, judged);
}

/** What is wrong with the record, in words; undefined if it agrees. */
export function disagreement(record: RecordedVerdict, judged: Judgement): string | undefined {
  switch (record.verdict) {
    case VERDICT.permit:
      return permitFault(record, judged);
    case VERDICT.deny:
      return denyFault(record, judged);
    case VERDICT.needsOverride:
      return overrideFault(record, judged);
    default:
      return `the log says verdict ${record.verdict}, which does not exist`;
  }
}

function permitFault(record: RecordedVerdict, judged: Judgement): string | undefined {
  if (judged.verdict !== VERDICT.permit) return `the log says PERMIT, but ${wording(judged)}`;
  if (record.status !== JUDGED.ok) return `a PERMIT has status 0, not ${statusName(record.status)}`;
  // The mask of a permit may be written before or after the waived bits are taken out of it.
  if (record.softMask === judged.softMask) return undefined;
  if (record.softMask === without(judged.softMask, record.waivedMask)) return undefined;
  return `the soft mask is ${mask(record.softMask)}, but ${mask(judged.softMask)} is broken`;
}

function denyFault(record: RecordedVerdict, judged: Judgement): string | undefined {
  if (record.status === JUDGED.ok) return "the log says DENY with status 0, which is no reason";
  if (!RECOMPUTED.has(record.status)) return undefined;
  const unseen = UNSEEN.get(record.status);
  if (unseen !== undefined) {
    if (judged.step === undefined || judged.step >= unseen) return undefined;
    return `the log says DENY for ${statusName(record.status)}, but ${wording(judged)} before`;
  }
  if (judged.verdict !== VERDICT.deny) {
    return `the log says DENY for ${statusName(record.status)}, but ${wording(judged)}`;
  }
  return namedFault(record, judged);
}

function overrideFault(record: RecordedVerdict, judged: Judgement): string | undefined {
  if (judged.verdict !== VERDICT.needsOverride) return `the log says NEEDS_OVERRIDE, but ${wording(judged)}`;
  const left = without(judged.softMask, record.waivedMask);
  if (record.softMask !== judged.softMask && record.softMask !== left) {
    return `the soft mask is ${mask(record.softMask)}, but ${mask(judged.softMask)} is broken`;
  }
  return namedFault(record, judged);
}

/** The reason must be one of the causes, with its limit and bound where SPEC gives them. */
function namedFault(record: RecordedVerdict, judged: Judgement): string | undefined {
  const fits = ({ status, limit, bound }: Cause): boolean =>
    status === record.status &&
    (limit === undefined || limit === record.limit) &&
    (bound === undefined || bound === BigInt(record.bound));
  if (judged.causes.some(fits)) return undefined;
  const said = describe({
    status: record.status,
    ...(record.limit === 0 ? {} : { limit: record.limit, bound: BigInt(record.bound) }),
  });
  return `the log names ${said}, but ${wording(judged)}`;
}

function wording(judged: Judgement): string {
  if (judged.verdict === VERDICT.permit) return "the order breaks nothing";
  const [first] = judged.causes;
  const does = judged.verdict === VERDICT.deny ? "refuses" : "asks for an override";
  return `step ${judged.step!} ${does}: ${describe(first!)}`;
}

function describe({ status, limit, bound }: Cause): string {
  if (limit === undefined) return statusName(status);
  const value = bound === undefined ? "" : `, bound ${bound}`;
  return `${statusName(status)} (${LIMIT_NAMES[limit] ?? `limit ${limit}`}${value})`;
}

function statusName(status: number): string {
  return NAMES.get(status) ?? `status 0x${status.toString(16).padStart(2, "0")}`;
}

/** The limits of a mask, by number: "{2, 8}". */
function mask(bits: number): string {
  const numbers = LIMIT_NAMES.flatMap((_, limit) => ((bits & (1 << limit)) === 0 ? [] : [limit]));
  return `{${numbers.join(", ")}}`;
}

function without(bits: number, taken: number): number {
  return (bits & ~taken) >>> 0;
}
