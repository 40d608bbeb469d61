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
  Bounds,
  BOUNDS,
  contentOf,
  customOf,
  doseBounds,
  DoseLimits,
  doseOf,
  Drug,
  drugHas,
  drugSurface,
  drugWeight,
  KEY_BOLUS_DOSE,
  KEY_BOLUS_RATE,
  KEY_CONTENT,
  KEY_CONTINUOUS,
  KEY_CUSTOM,
  KEY_INGREDIENT,
  KEY_SURFACE,
  KEY_VTBI,
  KEY_WEIGHT,
  Profile,
  profileSurface,
  profileWeight,
  Span,
  vtbiOf,
} from "./entry";

/** Stands for bounds that do not ascend: above every number an entry can have. */
const NOT_ASCENDING: u64 = 0xffffffffffffffff;

/** The largest bound of those present, 0 if there is none, or NOT_ASCENDING. */
function top(b: Bounds): u64 {
  let last: u64 = 0;
  for (let i: u32 = 0; i < BOUNDS; i++) {
    if (((b.present >> i) & 1) == 0) continue;
    const bound = load<u64>(changetype<usize>(b) + (i << 3), offsetof<Bounds>("hard_min"));
    if (bound < last) return NOT_ASCENDING;
    last = bound;
  }
  return last;
}

function falls(s: Span): bool {
  return s.low > s.high;
}

/** Judges a profile for a pump of class `pump_class`: OK, ENTRY_SENSE or ENTRY_CEILING. */
export function profileSense(p: Profile, pump_class: u32): u32 {
  const contradiction: u32 = falls(profileWeight(p)) ? 7 : falls(profileSurface(p)) ? 8 : 0;
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

/** The first key of a profile that exceeds what is compiled in, or 0. */
function profileExcess(p: Profile, pump_class: u32): u32 {
  const rate = ceilingRate(pump_class, p.patient_class);
  if (<u64>p.rate_nl_per_h_max > rate) return 5;
  if (p.vtbi_nl_max > ceilingVtbi(pump_class, p.patient_class)) return 6;
  return <u64>p.kvo_rate_nl_per_h > rate ? 9 : 0;
}

/** The first key of a drug that contradicts itself or another, or 0. What is absent is all zero, and passes. */
function drugContradiction(d: Drug): u32 {
  const dimension = d.ingredient & 7;
  if (dimension > DIMENSION_VOLUME) return KEY_INGREDIENT;
  if (drugHas(d, KEY_CONTENT) == drugHas(d, KEY_CUSTOM)) return KEY_CUSTOM;
  if (contentOf(d).volume_nl > CONCENTRATION_NL_MAX) return KEY_CONTENT;
  if (top(customOf(d)) == NOT_ASCENDING) return KEY_CUSTOM;
  for (let key: u32 = KEY_CONTINUOUS; key <= KEY_BOLUS_RATE; key++) {
    if (drugHas(d, key) && !doseMakesSense(doseOf(d, key), dimension, key == KEY_BOLUS_DOSE)) return key;
  }
  if (drugHas(d, KEY_BOLUS_DOSE) != drugHas(d, KEY_BOLUS_RATE)) return KEY_BOLUS_RATE;
  if (top(vtbiOf(d)) == NOT_ASCENDING) return KEY_VTBI;
  return falls(drugWeight(d)) ? KEY_WEIGHT : falls(drugSurface(d)) ? KEY_SURFACE : 0;
}

/** Unit valid and of the ingredient's dimension or a volume, a time exactly where one belongs, bounds ascending. */
function doseMakesSense(limits: DoseLimits, dimension: u32, isBolusDose: bool): bool {
  const unit = limits.unit;
  if (!unitValid(unit)) return false;
  if (unitDimension(unit) != dimension && unitDimension(unit) != DIMENSION_VOLUME) return false;
  return (unitTime(unit) == TIME_NONE) == isBolusDose && top(doseBounds(limits)) != NOT_ASCENDING;
}

/**
 * The first key of a drug that exceeds what is compiled in, or 0: everything that is a volume or a flow by itself. Other doses become
 * one only with an order, and are judged there (step 18 of SPEC 4.4).
 */
function drugExcess(d: Drug, pump_class: u32, patient_class: u32): u32 {
  const rate = ceilingRate(pump_class, patient_class);
  const bolus = ceilingBolus(pump_class, patient_class);
  for (let key: u32 = KEY_CONTINUOUS; key <= KEY_BOLUS_RATE; key++) {
    const limits = doseOf(d, key);
    // An absent one counts as 0 ng.
    if (unitDimension(limits.unit) != DIMENSION_VOLUME || unitBasis(limits.unit) != BASIS_NONE) continue;
    const time = unitTime(limits.unit);
    // Below 2^53 times 60, and a ceiling times 24: both far from 2^64.
    const highest = top(doseBounds(limits)) * (time == TIME_MIN ? 60 : 1);
    const allowed = (key == KEY_BOLUS_DOSE ? bolus : rate) * (time == TIME_DAY ? 24 : 1);
    if (highest > allowed) return key;
  }
  return top(vtbiOf(d)) > ceilingVtbi(pump_class, patient_class) ? KEY_VTBI : 0;
}
