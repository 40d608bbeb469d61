/**
 * When an entry makes sense (SPEC 3.2): it does not contradict itself, and it does not exceed what is compiled in. A
 * signature says who wrote an entry, not that the entry is right.
 */
import {
  BASIS_NONE,
  DIMENSION_VOLUME,
  TIME_DAY,
  TIME_MIN,
  TIME_NONE,
  unitBasis,
  unitDimension,
  unitTime,
  unitValid,
} from "../order/units";
import { CONCENTRATION_NL_MAX } from "../limits";
import * as status from "../status";
import { failedAt } from "../trust/object";
import { ceilingBolus, ceilingRate, ceilingVtbi } from "./ceilings";
import {
  AIR_UL_MIN,
  Bounds,
  BOUND_HARD_MIN,
  BOUND_SOFT_MIN,
  BOUNDS,
  contentOf,
  customOf,
  DAY_S,
  DOSE_KEYS,
  doseBounds,
  doseIsRate,
  DoseLimits,
  doseOf,
  Drug,
  drugHas,
  drugSurface,
  drugWeight,
  durationOf,
  KEY_BOLUS_DOSE,
  KEY_BOLUS_RATE,
  KEY_CONTENT,
  KEY_CONTINUOUS,
  KEY_CUSTOM,
  KEY_DURATION,
  KEY_INGREDIENT,
  KEY_INTERMITTENT,
  KEY_LOADING,
  KEY_LOCKOUT,
  KEY_PCA_DOSE,
  KEY_STEP,
  KEY_SURFACE,
  KEY_VTBI,
  KEY_WEIGHT,
  KEY_WINDOWS,
  lockoutOf,
  OCCLUSION_MMHG_MIN,
  Profile,
  PROFILE_AIR,
  PROFILE_OCCLUSION,
  profileSurface,
  profileWeight,
  Span,
  stepBounds,
  stepOf,
  vtbiOf,
  windowBounds,
  WINDOWS,
  windowsOf,
} from "./entry";

/** Stands for bounds that do not ascend: above every number an entry can have. */
const NOT_ASCENDING: u64 = 0xffffffffffffffff;

/** The largest of `least` and the bounds present, or NOT_ASCENDING, also if the first is below `least`. */
function top(b: Bounds, least: u64): u64 {
  let last = least;
  for (let i: u32 = 0; i < BOUNDS; i++) {
    if (((b.present >> i) & 1) == 0) continue;
    const bound = load<u64>(changetype<usize>(b) + (i << 3), offsetof<Bounds>("hard_min"));
    if (bound < last) return NOT_ASCENDING;
    last = bound;
  }
  return last;
}

function ascends(b: Bounds): bool {
  return top(b, 0) != NOT_ASCENDING;
}

function hasMinimum(b: Bounds): bool {
  return (b.present & (BOUND_HARD_MIN | BOUND_SOFT_MIN)) != 0;
}

/** True if the bounds are maxima, and ascend. */
function maxima(b: Bounds): bool {
  return !hasMinimum(b) && ascends(b);
}

function falls(s: Span): bool {
  return s.low > s.high;
}

/** Judges a profile for a pump of class `pump_class`: OK, ENTRY_SENSE or ENTRY_CEILING. */
export function profileSense(p: Profile, pump_class: u32): u32 {
  const contradiction = profileContradiction(p);
  return judged(contradiction, contradiction != 0 ? 0 : profileExcess(p, pump_class));
}

/** Judges a drug in an area of `patient_class`: OK, ENTRY_SENSE or ENTRY_CEILING, at the key. */
export function drugSense(d: Drug, pump_class: u32, patient_class: u32): u32 {
  const contradiction = drugContradiction(d);
  return judged(contradiction, contradiction != 0 ? 0 : drugExcess(d, pump_class, patient_class));
}

/** The status for the keys that were found wrong, 0 for none. */
function judged(contradiction: u32, excess: u32): u32 {
  if (contradiction != 0) return failedAt(status.ENTRY_SENSE, contradiction);
  return excess != 0 ? failedAt(status.ENTRY_CEILING, excess) : status.OK;
}

/** The first key of a profile that contradicts itself or is no number that a sensor has, or 0. */
function profileContradiction(p: Profile): u32 {
  if (falls(profileWeight(p))) return 7;
  if (falls(profileSurface(p))) return 8;
  // Present ones are not 0.
  if (p.air_ul - 1 < AIR_UL_MIN - 1) return PROFILE_AIR;
  return p.occlusion_mmhg - 1 < OCCLUSION_MMHG_MIN - 1 ? PROFILE_OCCLUSION : 0;
}

/** The first key of a profile that exceeds what is compiled in, or 0. */
function profileExcess(p: Profile, pump_class: u32): u32 {
  if (<u64>p.rate_nl_per_h_max > ceilingRate(pump_class, p.patient_class)) return 5;
  if (p.vtbi_nl_max > ceilingVtbi(pump_class, p.patient_class)) return 6;
  return p.kvo_rate_nl_per_h > p.rate_nl_per_h_max ? 9 : 0;
}

/** The first key of a drug that contradicts itself or another, or 0. What is absent is all zero, and passes. */
function drugContradiction(d: Drug): u32 {
  const dimension = d.ingredient & 7;
  if (dimension > DIMENSION_VOLUME) return KEY_INGREDIENT;
  if (drugHas(d, KEY_CONTENT) == drugHas(d, KEY_CUSTOM)) return KEY_CUSTOM;
  if (contentOf(d).volume_nl > CONCENTRATION_NL_MAX) return KEY_CONTENT;
  if (!ascends(customOf(d))) return KEY_CUSTOM;
  for (let key: u32 = KEY_CONTINUOUS; key <= KEY_PCA_DOSE; key++) {
    if ((d.present & DOSE_KEYS & (1 << key)) == 0) continue;
    if (!doseMakesSense(doseOf(d, key), dimension, key)) return key;
  }
  if (!ascends(vtbiOf(d))) return KEY_VTBI;
  if (falls(drugWeight(d))) return KEY_WEIGHT;
  return falls(drugSurface(d)) ? KEY_SURFACE : doseContradiction(d, dimension);
}

/** The first key of a drug that lacks another which it needs, or whose seconds, step or windows make no sense; or 0. */
function doseContradiction(d: Drug, dimension: u32): u32 {
  const given = (1 << KEY_BOLUS_DOSE) | (1 << KEY_LOADING) | (1 << KEY_PCA_DOSE);
  if (drugHas(d, KEY_BOLUS_RATE) != ((d.present & given) != 0)) return KEY_BOLUS_RATE;
  const duration = drugHas(d, KEY_DURATION);
  if (duration != drugHas(d, KEY_INTERMITTENT) || top(durationOf(d), 1) > <u64>DAY_S) return KEY_DURATION;
  const pca = drugHas(d, KEY_PCA_DOSE);
  const lockout = lockoutOf(d);
  // A lockout without a minimum would be none.
  if (drugHas(d, KEY_LOCKOUT) != pca || hasMinimum(lockout) != pca) return KEY_LOCKOUT;
  if (top(lockout, 1) > <u64>DAY_S) return KEY_LOCKOUT;
  if (drugHas(d, KEY_STEP) && !drugHas(d, KEY_CONTINUOUS)) return KEY_STEP;
  if (!maxima(stepBounds(stepOf(d)))) return KEY_STEP;
  for (let window: u32 = 0; window < WINDOWS; window++) {
    if (!maxima(windowBounds(d, window))) return KEY_WINDOWS;
  }
  if (!drugHas(d, KEY_WINDOWS)) return 0;
  const unit = windowsOf(d).unit;
  const counts = unitValid(unit) && unitDimension(unit) == dimension && unitTime(unit) == TIME_NONE;
  return counts ? 0 : KEY_WINDOWS;
}

/** Unit valid and of the ingredient's dimension or a volume, a time exactly where one belongs, bounds ascending. */
function doseMakesSense(limits: DoseLimits, dimension: u32, key: u32): bool {
  const unit = limits.unit;
  if (!unitValid(unit)) return false;
  if (unitDimension(unit) != dimension && unitDimension(unit) != DIMENSION_VOLUME) return false;
  return (unitTime(unit) != TIME_NONE) == doseIsRate(key) && ascends(doseBounds(limits));
}

/**
 * The first key of a drug that exceeds what is compiled in, or 0: everything that is a volume or a flow by itself. Other doses become
 * one only with an order, and are judged there (step 18 of SPEC 4.4).
 */
function drugExcess(d: Drug, pump_class: u32, patient_class: u32): u32 {
  const vtbi = ceilingVtbi(pump_class, patient_class);
  for (let key: u32 = KEY_CONTINUOUS; key <= KEY_PCA_DOSE; key++) {
    if (((DOSE_KEYS >> key) & 1) == 0) continue;
    const limits = doseOf(d, key);
    // An absent one counts as 0 ng.
    if (unitDimension(limits.unit) != DIMENSION_VOLUME || unitBasis(limits.unit) != BASIS_NONE) continue;
    const time = unitTime(limits.unit);
    let allowed = key == KEY_INTERMITTENT ? vtbi : ceilingBolus(pump_class, patient_class);
    if (doseIsRate(key)) allowed = ceilingRate(pump_class, patient_class) * (time == TIME_DAY ? 24 : 1);
    // Below 2^53 times 60, and a ceiling times 24: both far from 2^64.
    if (top(doseBounds(limits), 0) * (time == TIME_MIN ? 60 : 1) > allowed) return key;
  }
  return top(vtbiOf(d), 0) > vtbi ? KEY_VTBI : 0;
}
