/** Library entries (SPEC 3.2) as fixed records: the profile of a care area, and a drug in it. */
import { Cursor, cursorBegin, MAJOR_MAP, readCount, readKey, readUnsigned } from "../codec/cbor";
import { AT, END, MAP, NONZERO, REQUIRED, TEXT, TUPLE, UINT32, UINT64 } from "../codec/record";
import { OBJECT_CURSOR } from "../layout";
import { AREA_MAX, CONCENTRATION_VOLUME_BITS, ENTRY_BYTES_MAX } from "../limits";
import * as status from "../status";
import { decodeObject } from "../trust/object";
import { PATIENT_CLASS_MAX } from "./ceilings";

/** A range, both ends included, of weight (g) or body surface (cm2). */
@unmanaged
export class Span {
  present: u32;
  low: u32;
  high: u32;
  pad: u32;
}

/** Limits, each optional: bit k of `present` for hard min, soft min, soft max, hard max, in this order. */
@unmanaged
export class Bounds {
  present: u32;
  pad: u32;
  hard_min: u64;
  soft_min: u64;
  soft_max: u64;
  hard_max: u64;
}

/** `Bounds.present`. */
export const BOUND_HARD_MIN: u32 = 1;
export const BOUND_SOFT_MIN: u32 = 2;
export const BOUND_SOFT_MAX: u32 = 4;
export const BOUND_HARD_MAX: u32 = 8;
export const BOUNDS: u32 = 4;

/** Limits of a dose: the dosing unit, and right behind this record the bounds (`doseBounds`), in base units. */
@unmanaged
export class DoseLimits {
  present: u32;
  unit: u32;
}

/** The largest increase of a continuous dose within an interval; right behind it its maxima (`stepBounds`). */
@unmanaged
export class TitrationStep {
  present: u32;
  interval_s: u32;
}

/** Maxima of what a window of 1, 2, 4 or 24 h may hold: their unit, and right behind it the bounds of each (`windowBounds`). */
@unmanaged
export class Windows {
  present: u32;
  unit: u32;
}
export const WINDOWS: u32 = 4;

/** A concentration: base units of the drug in a volume. */
@unmanaged
export class Content {
  present: u32;
  pad: u32;
  amount: u64;
  volume_nl: u64;
}

/** The profile of a care area. Weight and body surface ranges follow (`profileWeight`, `profileSurface`). */
@unmanaged
export class Profile {
  present: u32;
  area: u32;
  /** 0, both: this is what makes the entry a profile. */
  drug: u32;
  variant: u32;
  /** Name, in the input that was decoded. */
  name: u32;
  nameBytes: u32;
  patient_class: u32;
  rate_nl_per_h_max: u32;
  vtbi_nl_max: u64;
  kvo_rate_nl_per_h: u32;
  /** What the host's sensors must report: air in the line, and pressure. The gate only carries it. */
  air_ul: u32;
  occlusion_mmhg: u32;
  pad: u32;
}

/** A drug of a care area. What is optional follows, each part with a presence word of its own, all zero if absent. */
@unmanaged
export class Drug {
  /** Bit k: key k of the entry was there. */
  present: u32;
  area: u32;
  drug: u32;
  variant: u32;
  /** Name as displayed, in the input that was decoded. */
  name: u32;
  nameBytes: u32;
  /** Its low three bits are the dimension. */
  ingredient: u32;
  /** ENTRY_ bits below. */
  flags: u32;
  /** A text that the host displays, by number. */
  advisory: u32;
  pad: u32;
}

/** `Drug.flags`. */
export const ENTRY_OVERRIDE: u32 = 1;
export const ENTRY_OVERRIDE_SIGNED: u32 = 2;
export const ENTRY_KVO: u32 = 4;
export const ENTRY_EMERGENCY: u32 = 8;
export const ENTRY_RESUME: u32 = 16;
export const ENTRY_BOLUS_APART: u32 = 32;
const ENTRY_FLAGS: u32 = 63;

/** `Drug.present`: the key's number. */
export const KEY_INGREDIENT: u32 = 4;
export const KEY_CONTENT: u32 = 5;
export const KEY_CUSTOM: u32 = 6;
export const KEY_CONTINUOUS: u32 = 7;
export const KEY_BOLUS_DOSE: u32 = 8;
export const KEY_BOLUS_RATE: u32 = 9;
export const KEY_VTBI: u32 = 10;
export const KEY_WEIGHT: u32 = 11;
export const KEY_SURFACE: u32 = 12;
export const KEY_FLAGS: u32 = 13;
export const KEY_INTERMITTENT: u32 = 14;
export const KEY_LOADING: u32 = 15;
export const KEY_DURATION: u32 = 16;
export const KEY_LOCKOUT: u32 = 17;
export const KEY_PCA_DOSE: u32 = 18;
export const KEY_STEP: u32 = 19;
export const KEY_WINDOWS: u32 = 20;
export const KEY_ADVISORY: u32 = 21;

/** The keys that hold dose limits, a bit for each. */
export const DOSE_KEYS: u32 =
  (1 << KEY_CONTINUOUS) |
  (1 << KEY_BOLUS_DOSE) |
  (1 << KEY_BOLUS_RATE) |
  (1 << KEY_INTERMITTENT) |
  (1 << KEY_LOADING) |
  (1 << KEY_PCA_DOSE);

/** Keys of a profile that are optional. */
export const PROFILE_AIR: u32 = 10;
export const PROFILE_OCCLUSION: u32 = 11;
export const AIR_UL_MIN: u32 = 10;
const AIR_UL_MAX: u32 = 1000;
export const OCCLUSION_MMHG_MIN: u32 = 10;
const OCCLUSION_MMHG_MAX: u32 = 2000;

const PROFILE_WEIGHT_AT: u32 = <u32>offsetof<Profile>();
const PROFILE_SURFACE_AT: u32 = PROFILE_WEIGHT_AT + <u32>offsetof<Span>();
/** Bytes of a profile record. */
export const PROFILE_BYTES: u32 = PROFILE_SURFACE_AT + <u32>offsetof<Span>();

const DOSE_BYTES: u32 = <u32>(offsetof<DoseLimits>() + offsetof<Bounds>());
const BOUNDS_BYTES: u32 = <u32>offsetof<Bounds>();
const CONTENT_AT: u32 = <u32>offsetof<Drug>();
// The bounds that stand alone, then the doses, each in the order of their keys.
const CUSTOM_AT: u32 = CONTENT_AT + <u32>offsetof<Content>();
const VTBI_AT: u32 = CUSTOM_AT + BOUNDS_BYTES;
const DURATION_AT: u32 = VTBI_AT + BOUNDS_BYTES;
const LOCKOUT_AT: u32 = DURATION_AT + BOUNDS_BYTES;
const DOSES_AT: u32 = LOCKOUT_AT + BOUNDS_BYTES;
const STEP_AT: u32 = DOSES_AT + 6 * DOSE_BYTES;
const WINDOWS_AT: u32 = STEP_AT + <u32>offsetof<TitrationStep>() + BOUNDS_BYTES;
const WEIGHT_AT: u32 = WINDOWS_AT + <u32>offsetof<Windows>() + WINDOWS * BOUNDS_BYTES;
const SURFACE_AT: u32 = WEIGHT_AT + <u32>offsetof<Span>();
/** Bytes of a drug record. */
export const DRUG_BYTES: u32 = SURFACE_AT + <u32>offsetof<Span>();

const MUST: u32 = REQUIRED;
const ANY32: u32 = 0xffffffff;
const BITS: u32 = 53;
const NAME_BYTES_MAX: u32 = 48;
const VARIANT_MAX: u32 = 65535;
/** The longest duration, lockout and interval of an entry, s. */
export const DAY_S: u32 = 86400;
const UNIT_MAX: u32 = 0xfff;
/** Bounds stand right behind the two words of dose limits, of a step and of windows. */
const BEHIND: u32 = <u32>offsetof<DoseLimits>();

/** [low, high] */
// prettier-ignore
const SPAN_ROWS: u32 = <u32>memory.data<u32>([
  0 | UINT32 | MUST | offsetof<Span>("low") << AT, ANY32,
  1 | UINT32 | MUST | offsetof<Span>("high") << AT, ANY32,
  END,
]);

// prettier-ignore
const BOUNDS_ROWS: u32 = <u32>memory.data<u32>([
  0 | UINT64 | offsetof<Bounds>("hard_min") << AT, BITS,
  1 | UINT64 | offsetof<Bounds>("soft_min") << AT, BITS,
  2 | UINT64 | offsetof<Bounds>("soft_max") << AT, BITS,
  3 | UINT64 | offsetof<Bounds>("hard_max") << AT, BITS,
  END,
]);

// prettier-ignore
const DOSE_ROWS: u32 = <u32>memory.data<u32>([
  0 | UINT32 | MUST | offsetof<DoseLimits>("unit") << AT, UNIT_MAX,
  1 | MAP | MUST | BEHIND << AT, BOUNDS_ROWS,
  END,
]);

// prettier-ignore
const PROFILE: usize = memory.data<u32>([
  0 | UINT32 | MUST | NONZERO | offsetof<Profile>("area") << AT, AREA_MAX,
  1 | UINT32 | MUST | offsetof<Profile>("drug") << AT, 0,
  2 | UINT32 | MUST | offsetof<Profile>("variant") << AT, 0,
  3 | TEXT | MUST | NONZERO | offsetof<Profile>("name") << AT, NAME_BYTES_MAX,
  4 | UINT32 | MUST | NONZERO | offsetof<Profile>("patient_class") << AT, PATIENT_CLASS_MAX,
  5 | UINT32 | MUST | NONZERO | offsetof<Profile>("rate_nl_per_h_max") << AT, ANY32,
  6 | UINT64 | MUST | NONZERO | offsetof<Profile>("vtbi_nl_max") << AT, BITS,
  7 | TUPLE | MUST | PROFILE_WEIGHT_AT << AT, SPAN_ROWS,
  8 | TUPLE | MUST | PROFILE_SURFACE_AT << AT, SPAN_ROWS,
  9 | UINT32 | MUST | offsetof<Profile>("kvo_rate_nl_per_h") << AT, ANY32,
  PROFILE_AIR | UINT32 | NONZERO | offsetof<Profile>("air_ul") << AT, AIR_UL_MAX,
  PROFILE_OCCLUSION | UINT32 | NONZERO | offsetof<Profile>("occlusion_mmhg") << AT, OCCLUSION_MMHG_MAX,
  END,
]);

// Keys above 21 have no row: a limit that this gate does not hold refuses the entry (SPEC 3.2).
// prettier-ignore
const DRUG: usize = memory.data<u32>([
  0 | UINT32 | MUST | NONZERO | offsetof<Drug>("area") << AT, AREA_MAX,
  1 | UINT32 | MUST | NONZERO | offsetof<Drug>("drug") << AT, ANY32,
  2 | UINT32 | MUST | offsetof<Drug>("variant") << AT, VARIANT_MAX,
  3 | TEXT | MUST | NONZERO | offsetof<Drug>("name") << AT, NAME_BYTES_MAX,
  KEY_INGREDIENT | UINT32 | MUST | NONZERO | offsetof<Drug>("ingredient") << AT, ANY32,
  KEY_CONTENT | TUPLE | CONTENT_AT << AT, 0,
    0 | UINT64 | MUST | NONZERO | offsetof<Content>("amount") << AT, BITS,
    1 | UINT64 | MUST | NONZERO | offsetof<Content>("volume_nl") << AT, CONCENTRATION_VOLUME_BITS,
  END,
  KEY_CUSTOM | MAP | CUSTOM_AT << AT, BOUNDS_ROWS,
  KEY_CONTINUOUS | MAP | DOSES_AT << AT, DOSE_ROWS,
  KEY_BOLUS_DOSE | MAP | (DOSES_AT + DOSE_BYTES) << AT, DOSE_ROWS,
  KEY_BOLUS_RATE | MAP | (DOSES_AT + 2 * DOSE_BYTES) << AT, DOSE_ROWS,
  KEY_VTBI | MAP | VTBI_AT << AT, BOUNDS_ROWS,
  KEY_WEIGHT | TUPLE | WEIGHT_AT << AT, SPAN_ROWS,
  KEY_SURFACE | TUPLE | SURFACE_AT << AT, SPAN_ROWS,
  KEY_FLAGS | UINT32 | MUST | offsetof<Drug>("flags") << AT, ENTRY_FLAGS,
  KEY_INTERMITTENT | MAP | (DOSES_AT + 3 * DOSE_BYTES) << AT, DOSE_ROWS,
  KEY_LOADING | MAP | (DOSES_AT + 4 * DOSE_BYTES) << AT, DOSE_ROWS,
  KEY_DURATION | MAP | DURATION_AT << AT, BOUNDS_ROWS,
  KEY_LOCKOUT | MAP | LOCKOUT_AT << AT, BOUNDS_ROWS,
  KEY_PCA_DOSE | MAP | (DOSES_AT + 5 * DOSE_BYTES) << AT, DOSE_ROWS,
  KEY_STEP | MAP | STEP_AT << AT, 0,
    0 | UINT32 | MUST | NONZERO | offsetof<TitrationStep>("interval_s") << AT, DAY_S,
    1 | MAP | MUST | BEHIND << AT, BOUNDS_ROWS,
  END,
  KEY_WINDOWS | MAP | WINDOWS_AT << AT, 0,
    0 | UINT32 | MUST | offsetof<Windows>("unit") << AT, UNIT_MAX,
    1 | MAP | BEHIND << AT, BOUNDS_ROWS,
    2 | MAP | (BEHIND + BOUNDS_BYTES) << AT, BOUNDS_ROWS,
    3 | MAP | (BEHIND + 2 * BOUNDS_BYTES) << AT, BOUNDS_ROWS,
    4 | MAP | (BEHIND + 3 * BOUNDS_BYTES) << AT, BOUNDS_ROWS,
  END,
  KEY_ADVISORY | UINT32 | NONZERO | offsetof<Drug>("advisory") << AT, ANY32,
  END,
]);

/** True if the unit of dose limits has a time: of a continuous dose and of a bolus rate. */
export function doseIsRate(key: u32): bool {
  return key == KEY_CONTINUOUS || key == KEY_BOLUS_RATE;
}
/** Dose limits by key: KEY_CONTINUOUS, _BOLUS_DOSE, _BOLUS_RATE, _INTERMITTENT, _LOADING or _PCA_DOSE. */
export function doseOf(drug: Drug, key: u32): DoseLimits {
  assert(((DOSE_KEYS >> key) & 1) != 0);
  // The six stand in the order of their keys, 7, 8, 9, 14, 15, 18.
  const index = key <= KEY_BOLUS_RATE ? key - KEY_CONTINUOUS : min(key, KEY_DURATION) - 11;
  return changetype<DoseLimits>(changetype<usize>(drug) + DOSES_AT + index * DOSE_BYTES);
}
/** The bounds of dose limits. */
export function doseBounds(limits: DoseLimits): Bounds {
  return changetype<Bounds>(changetype<usize>(limits) + offsetof<DoseLimits>());
}
/** The fixed concentration. */
export function contentOf(drug: Drug): Content {
  return changetype<Content>(changetype<usize>(drug) + CONTENT_AT);
}
/** The bounds of a custom concentration, base units per mL. */
export function customOf(drug: Drug): Bounds {
  return changetype<Bounds>(changetype<usize>(drug) + CUSTOM_AT);
}
/** The bounds of the VTBI, nL. */
export function vtbiOf(drug: Drug): Bounds {
  return changetype<Bounds>(changetype<usize>(drug) + VTBI_AT);
}
/** The bounds of an intermittent dose's duration, s. */
export function durationOf(drug: Drug): Bounds {
  return changetype<Bounds>(changetype<usize>(drug) + DURATION_AT);
}
/** The bounds of the lockout, s. */
export function lockoutOf(drug: Drug): Bounds {
  return changetype<Bounds>(changetype<usize>(drug) + LOCKOUT_AT);
}
/** The limit of an increase within an interval. */
export function stepOf(drug: Drug): TitrationStep {
  return changetype<TitrationStep>(changetype<usize>(drug) + STEP_AT);
}
/** The maxima of an increase within the step's interval, in the unit of KEY_CONTINUOUS. */
export function stepBounds(step: TitrationStep): Bounds {
  return changetype<Bounds>(changetype<usize>(step) + BEHIND);
}
/** What the windows may hold. */
export function windowsOf(drug: Drug): Windows {
  return changetype<Windows>(changetype<usize>(drug) + WINDOWS_AT);
}
/** The maxima of window 0..3, of 1, 2, 4 or 24 h; all zero if it has none. */
export function windowBounds(drug: Drug, window: u32): Bounds {
  assert(window < WINDOWS);
  return changetype<Bounds>(changetype<usize>(windowsOf(drug)) + BEHIND + window * BOUNDS_BYTES);
}
/** The drug's own weight range, g. */
export function drugWeight(drug: Drug): Span {
  return changetype<Span>(changetype<usize>(drug) + WEIGHT_AT);
}
/** The drug's own body surface range, cm2. */
export function drugSurface(drug: Drug): Span {
  return changetype<Span>(changetype<usize>(drug) + SURFACE_AT);
}
/** The area's weight range, g. */
export function profileWeight(profile: Profile): Span {
  return changetype<Span>(changetype<usize>(profile) + PROFILE_WEIGHT_AT);
}
/** The area's body surface range, cm2. */
export function profileSurface(profile: Profile): Span {
  return changetype<Span>(changetype<usize>(profile) + PROFILE_SURFACE_AT);
}

/** True if entry `drug` has key `key`. */
export function drugHas(drug: Drug, key: u32): bool {
  return ((drug.present >> key) & 1) != 0;
}

/** True if the entry's first two keys say that it is a profile; says nothing about the rest. */
export function isProfile(address: usize, length: u32): bool {
  const c = changetype<Cursor>(OBJECT_CURSOR);
  cursorBegin(c, <u32>address, length);
  readCount(c, MAJOR_MAP);
  readKey(c, -1);
  readUnsigned(c);
  return readKey(c, 0) == 1 && readUnsigned(c) == 0 && c.error == 0;
}

/** Reads the entry of a profile. OK, CBOR or SCHEMA. */
export function decodeProfile(address: usize, length: u32, record: usize): u32 {
  return decodeEntry(address, length, PROFILE, record, PROFILE_BYTES);
}

/** Reads the entry of a drug. OK, CBOR or SCHEMA. */
export function decodeDrug(address: usize, length: u32, record: usize): u32 {
  return decodeEntry(address, length, DRUG, record, DRUG_BYTES);
}

function decodeEntry(address: usize, length: u32, schema: usize, record: usize, recordBytes: u32): u32 {
  if (length > ENTRY_BYTES_MAX) return status.BAD_LENGTH;
  return decodeObject(address, length, schema, record, recordBytes);
}

/** (area, drug, variant) of an entry as one number: entries of a library strictly ascend by it. */
export function entryKey(area: u32, drug: u32, variant: u32): u64 {
  return ((<u64>area) << 48) | ((<u64>drug) << 16) | (<u64>variant);
}
