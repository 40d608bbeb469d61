/** Limit numbers, statuses of a judgement, and the four bounds (SPEC 3.2, 4.4, 12). */

/** SPEC 4.4; the soft mask has bit `1 << number`. */
export const LIMIT = {
  doseMin: 1,
  doseMax: 2,
  bolusDoseMin: 3,
  bolusDoseMax: 4,
  bolusRateMin: 5,
  bolusRateMax: 6,
  vtbiMin: 7,
  vtbiMax: 8,
  concentrationMin: 9,
  concentrationMax: 10,
  weight: 11,
  bodySurface: 12,
  rate: 13,
  total: 14,
  bolusVolume: 15,
  loadingMin: 16,
  loadingMax: 17,
  pcaDoseMin: 18,
  pcaDoseMax: 19,
  lockoutMin: 20,
  lockoutMax: 21,
  durationMin: 22,
  durationMax: 23,
  intermittentMin: 24,
  intermittentMax: 25,
  titrationStep: 26,
  /** Windows of 1, 2, 4 and 24 h: this and the three that follow. */
  window: 27,
} as const;

/** What each limit is, for people. */
export const LIMIT_NAMES: readonly string[] = [
  "none",
  "continuous dose below minimum",
  "continuous dose above maximum",
  "bolus dose below minimum",
  "bolus dose above maximum",
  "bolus rate below minimum",
  "bolus rate above maximum",
  "VTBI below minimum",
  "VTBI above maximum",
  "concentration below minimum",
  "concentration above maximum",
  "weight",
  "body surface",
  "rate",
  "total",
  "bolus volume",
  "loading dose below minimum",
  "loading dose above maximum",
  "PCA dose below minimum",
  "PCA dose above maximum",
  "lockout below minimum",
  "lockout above maximum",
  "duration below minimum",
  "duration above maximum",
  "intermittent dose below minimum",
  "intermittent dose above maximum",
  "titration step",
  "window of 1 h",
  "window of 2 h",
  "window of 4 h",
  "window of 24 h",
];

/** The statuses of SPEC 12 that steps 13 to 21 can end in. */
export const JUDGED = {
  ok: 0x00,
  area: 0x62,
  unit: 0x63,
  weightUnknown: 0x64,
  set: 0x65,
  rateMismatch: 0x66,
  rateTooCoarse: 0x67,
  ceiling: 0x68,
  profile: 0x69,
  hard: 0x6a,
  soft: 0x6b,
} as const;

/** Why a step fails. Where SPEC does not say what limit or bound a status carries, that is undefined. */
export interface Cause {
  readonly status: number;
  readonly limit?: number;
  readonly bound?: bigint;
}

/** Bounds as an entry has them, each optional. */
export interface FourBounds {
  readonly hardMin?: number;
  readonly softMin?: number;
  readonly softMax?: number;
  readonly hardMax?: number;
}

/** Tells whether what is judged lies below or above a bound; a bound itself is neither. */
export interface Against {
  readonly below: (bound: bigint) => boolean;
  readonly above: (bound: bigint) => boolean;
}

/** A plain number against bounds in its own unit. */
export function number(value: bigint): Against {
  return { below: (bound) => value < bound, above: (bound) => value > bound };
}

/** The bounds of one kind that are broken, the minimum first. `limits`: the numbers for below and above. */
export function broken(
  kind: "hard" | "soft",
  what: Against,
  bounds: FourBounds | undefined,
  limits: readonly [below: number, above: number],
): Cause[] {
  const status = kind === "hard" ? JUDGED.hard : JUDGED.soft;
  const min = kind === "hard" ? bounds?.hardMin : bounds?.softMin;
  const max = kind === "hard" ? bounds?.hardMax : bounds?.softMax;
  const causes: Cause[] = [];
  if (min !== undefined && what.below(BigInt(min))) {
    causes.push({ status, limit: limits[0], bound: BigInt(min) });
  }
  if (max !== undefined && what.above(BigInt(max))) {
    causes.push({ status, limit: limits[1], bound: BigInt(max) });
  }
  return causes;
}

/** A maximum alone: a ceiling or a profile's. */
export function exceeds(status: number, limit: number, value: bigint, max: bigint): Cause[] {
  return value > max ? [{ status, limit, bound: max }] : [];
}
