/**
 * The signed command (SPEC 4.2) as a fixed record. Every kind decodes into the same record, so that what comes after
 * reads fields, not encodings.
 */
import {
  AT,
  COPY,
  decodeMap,
  END,
  LIST,
  MAP,
  NONZERO,
  REQUIRED,
  TUPLE,
  UINT32,
  UINT64,
} from "../codec/record";
import { CBOR_MALFORMED, Cursor, cursorBegin, cursorFinished } from "../codec/cbor";
import { COMMAND, COMMAND_CURSOR } from "../layout";
import { AREA_MAX, COMMAND_LIFE_S_MAX } from "../limits";
import * as status from "../status";

export const KIND_ASSOCIATE: u32 = 1;
export const KIND_START: u32 = 2;
export const KIND_TITRATE: u32 = 3;
export const KIND_BOLUS: u32 = 4;
export const KIND_LOADING: u32 = 5;
export const KIND_NEW_BAG: u32 = 6;
export const KIND_PCA: u32 = 7;
export const KIND_PAUSE: u32 = 8;
export const KIND_RESUME: u32 = 9;
export const KIND_STOP: u32 = 10;
export const KIND_DISASSOCIATE: u32 = 11;
export const KIND_CALIBRATE: u32 = 12;
export const KIND_CONFIGURE: u32 = 13;
export const KIND_LOG_ACK: u32 = 14;
export const KIND_TIME: u32 = 15;
export const KIND_MAX: u32 = 15;

export const MODE_CONTINUOUS: u32 = 1;
export const MODE_INTERMITTENT: u32 = 2;
export const MODE_SECONDARY: u32 = 3;
export const MODE_PCA: u32 = 4;

/** Drug and library that the prescriber meant. */
@unmanaged
export class DrugReference {
  present: u32;
  area: u32;
  drug: u32;
  variant: u32;
  epoch: u32;
  version: u32;
  /** First 8 bytes of the library's root. */
  root_prefix: u64;
  root_version_min: u32;
  pad: u32;
}

/** Concentration as amount in volume. */
@unmanaged
export class Concentration {
  present: u32;
  pad: u32;
  amount: u64;
  volume_nl: u64;
}

/** Signed titration range, in the order's unit. */
@unmanaged
export class Range {
  present: u32;
  interval_s: u32;
  min: u64;
  max: u64;
  step: u64;
}

/**
 * One dose that is given by its volume, at a rate of its own: the loading dose of a start. `Body` and `Pca` begin alike, so that a
 * bolus, a loading and a PCA dose are judged by the same lines.
 */
@unmanaged
export class Loading {
  present: u32;
  pad: u32;
  /** Unit without time. */
  unit: u32;
  rate_nl_per_h: u32;
  dose: u64;
  volume_nl: u64;
}

/** What each demand of a PCA order gives. */
@unmanaged
export class Pca {
  present: u32;
  lockout_s: u32;
  unit: u32;
  rate_nl_per_h: u32;
  dose: u64;
  volume_nl: u64;
}

/** A step after the first. */
@unmanaged
export class OrderStep {
  present: u32;
  rate_nl_per_h: u32;
  /** Volume that the step before this one gives, nL. */
  after_nl: u64;
  /** In the order's unit. */
  dose: u64;
}

/** Steps that an order lists; with the first, or with loading dose and first, a program has one or two more (SPEC 4.2). */
export const ORDER_STEPS_MAX: u32 = 9;

/** The body of every kind, begun like `Loading`; `present` is its presence word. The listed steps follow it (`orderStepAt`). */
@unmanaged
export class Body {
  present: u32;
  mode: u32;
  unit: u32;
  rate_nl_per_h: u32;
  dose: u64;
  /** VTBI of a start or a new bag, volume of a bolus. */
  volume_nl: u64;
  total_nl: u64;
  set: u32;
  weight_g: u32;
  bsa_cm2: u32;
  area: u32;
  stream: u32;
  acked: u32;
  /** Stated duration of an intermittent dose. */
  duration_s: u32;
  /** Picolitres per motor step of the set. */
  pl_per_step: u32;
  /** Presence word of the configuration, and what it holds. */
  configuration: u32;
  near_end_s: u32;
  paused_long_s: u32;
  kvo_s_max: u32;
  /** Unix seconds. */
  time_s: u64;
  /** How many steps are listed after the first. */
  stepCount: u32;
  pad: u32;
}

@unmanaged
export class Command {
  present: u32;
  kind: u32;
  sequence: u32;
  life_s: u32;
  session_id: u64;
  patient_0: u64;
  patient_1: u64;
  order_0: u64;
  order_1: u64;
}

export const BODY_AT: usize = offsetof<Command>();
const STEP_BYTES: u32 = <u32>offsetof<OrderStep>();
export const CONCENTRATION_AT: usize = offsetof<Body>() + <usize>(ORDER_STEPS_MAX * STEP_BYTES);
export const REFERENCE_AT: usize = CONCENTRATION_AT + offsetof<Concentration>();
export const RANGE_AT: usize = REFERENCE_AT + offsetof<DrugReference>();
export const LOADING_AT: usize = RANGE_AT + offsetof<Range>();
export const PCA_AT: usize = LOADING_AT + offsetof<Loading>();
/** Bytes of a command with its body. */
export const COMMAND_BYTES: u32 = <u32>(BODY_AT + PCA_AT + offsetof<Pca>());

export function bodyOf(command: usize): Body {
  return changetype<Body>(command + BODY_AT);
}
export function concentrationOf(command: usize): Concentration {
  return changetype<Concentration>(command + BODY_AT + CONCENTRATION_AT);
}
export function referenceOf(command: usize): DrugReference {
  return changetype<DrugReference>(command + BODY_AT + REFERENCE_AT);
}
export function rangeOf(command: usize): Range {
  return changetype<Range>(command + BODY_AT + RANGE_AT);
}
export function loadingOf(command: usize): Loading {
  return changetype<Loading>(command + BODY_AT + LOADING_AT);
}
export function pcaOf(command: usize): Pca {
  return changetype<Pca>(command + BODY_AT + PCA_AT);
}
/** The listed step `index`, below `stepCount`: the order's first step is the body itself. */
export function orderStepAt(command: usize, index: u32): OrderStep {
  assert(index < ORDER_STEPS_MAX);
  return changetype<OrderStep>(command + BODY_AT + offsetof<Body>() + index * STEP_BYTES);
}

const MUST: u32 = REQUIRED;
const MUST_NOT_BE_0: u32 = REQUIRED | NONZERO;
const ANY32: u32 = 0xffffffff;
const DAY_S: u32 = 86400;
/** A millilitre each, far above every motor (SPEC 2.3). */
const PL_PER_STEP_MAX: u32 = 1000000000;
/** Shortest time before the alarms NEAR_END and PAUSED_LONG, s. */
const ALARM_S_MIN: u32 = 60;
/** Volumes and amounts: integers up to 2^53 - 1 (SPEC 1.1). */
const BITS: u32 = 53;
/** A concentration's volume: up to 2^36.5, 100 L, keeps dose arithmetic within 128 bits (order/wide.ts). */
const VOLUME_BITS: u32 = 37;

/** Within the configuration's own record places count from its presence word. */
const CONFIGURATION_AT: u32 = <u32>offsetof<Body>("configuration");

/** Every kind's command: body keys have one meaning throughout, so one table serves and KEYS says what each kind has. */
// prettier-ignore
const SCHEMA: usize = memory.data<u32>([
  0 | UINT32 | MUST | offsetof<Command>("kind") << AT, ANY32,
  1 | COPY | MUST | offsetof<Command>("session_id") << AT, 8,
  2 | UINT32 | MUST_NOT_BE_0 | offsetof<Command>("sequence") << AT, ANY32,
  3 | UINT32 | MUST_NOT_BE_0 | offsetof<Command>("life_s") << AT, COMMAND_LIFE_S_MAX,
  4 | COPY | MUST | offsetof<Command>("patient_0") << AT, 16,
  5 | COPY | MUST | offsetof<Command>("order_0") << AT, 16,
  6 | MAP | MUST | <u32>BODY_AT << AT, 0,
    0 | UINT32 | NONZERO | offsetof<Body>("mode") << AT, MODE_PCA,
    1 | MAP | <u32>REFERENCE_AT << AT, 0,
      0 | UINT32 | MUST_NOT_BE_0 | offsetof<DrugReference>("area") << AT, AREA_MAX,
      1 | UINT32 | MUST_NOT_BE_0 | offsetof<DrugReference>("drug") << AT, ANY32,
      2 | UINT32 | MUST | offsetof<DrugReference>("variant") << AT, 65535,
      3 | UINT32 | MUST | offsetof<DrugReference>("epoch") << AT, ANY32,
      4 | UINT32 | MUST | offsetof<DrugReference>("version") << AT, ANY32,
      5 | COPY | MUST | offsetof<DrugReference>("root_prefix") << AT, 8,
      6 | UINT32 | MUST | offsetof<DrugReference>("root_version_min") << AT, ANY32,
    END,
    2 | UINT32 | offsetof<Body>("unit") << AT, 0xfff,
    3 | UINT64 | NONZERO | offsetof<Body>("dose") << AT, BITS,
    4 | UINT32 | NONZERO | offsetof<Body>("rate_nl_per_h") << AT, ANY32,
    5 | UINT64 | NONZERO | offsetof<Body>("volume_nl") << AT, BITS,
    6 | TUPLE | <u32>CONCENTRATION_AT << AT, 0,
      0 | UINT64 | MUST_NOT_BE_0 | offsetof<Concentration>("amount") << AT, BITS,
      1 | UINT64 | MUST_NOT_BE_0 | offsetof<Concentration>("volume_nl") << AT, VOLUME_BITS,
    END,
    7 | UINT32 | NONZERO | offsetof<Body>("set") << AT, ANY32,
    8 | UINT64 | NONZERO | offsetof<Body>("total_nl") << AT, BITS,
    9 | MAP | <u32>RANGE_AT << AT, 0,
      0 | UINT64 | MUST | offsetof<Range>("min") << AT, BITS,
      1 | UINT64 | MUST_NOT_BE_0 | offsetof<Range>("max") << AT, BITS,
      2 | UINT64 | MUST_NOT_BE_0 | offsetof<Range>("step") << AT, BITS,
      3 | UINT32 | MUST | offsetof<Range>("interval_s") << AT, DAY_S,
    END,
    10 | UINT32 | offsetof<Body>("weight_g") << AT, ANY32,
    11 | UINT32 | offsetof<Body>("bsa_cm2") << AT, ANY32,
    12 | UINT32 | NONZERO | offsetof<Body>("area") << AT, AREA_MAX,
    13 | UINT32 | offsetof<Body>("stream") << AT, 1,
    14 | UINT32 | offsetof<Body>("acked") << AT, ANY32,
    15 | TUPLE | <u32>LOADING_AT << AT, 0,
      0 | UINT32 | MUST | offsetof<Loading>("unit") << AT, 0xff,
      1 | UINT64 | MUST_NOT_BE_0 | offsetof<Loading>("dose") << AT, BITS,
      2 | UINT32 | MUST_NOT_BE_0 | offsetof<Loading>("rate_nl_per_h") << AT, ANY32,
      3 | UINT64 | MUST_NOT_BE_0 | offsetof<Loading>("volume_nl") << AT, BITS,
    END,
    16 | LIST | NONZERO | offsetof<Body>("stepCount") << AT, ORDER_STEPS_MAX | STEP_BYTES << 16,
      TUPLE, 0,
        0 | UINT64 | MUST_NOT_BE_0 | offsetof<OrderStep>("after_nl") << AT, BITS,
        1 | UINT64 | MUST_NOT_BE_0 | offsetof<OrderStep>("dose") << AT, BITS,
        2 | UINT32 | MUST_NOT_BE_0 | offsetof<OrderStep>("rate_nl_per_h") << AT, ANY32,
      END,
    END,
    17 | TUPLE | <u32>PCA_AT << AT, 0,
      0 | UINT32 | MUST | offsetof<Pca>("unit") << AT, 0xff,
      1 | UINT64 | MUST_NOT_BE_0 | offsetof<Pca>("dose") << AT, BITS,
      2 | UINT32 | MUST_NOT_BE_0 | offsetof<Pca>("rate_nl_per_h") << AT, ANY32,
      3 | UINT64 | MUST_NOT_BE_0 | offsetof<Pca>("volume_nl") << AT, BITS,
      4 | UINT32 | MUST_NOT_BE_0 | offsetof<Pca>("lockout_s") << AT, DAY_S,
    END,
    18 | UINT32 | NONZERO | offsetof<Body>("duration_s") << AT, DAY_S,
    19 | UINT32 | NONZERO | offsetof<Body>("pl_per_step") << AT, PL_PER_STEP_MAX,
    20 | MAP | CONFIGURATION_AT << AT, 0,
      0 | UINT32 | MUST | (<u32>offsetof<Body>("near_end_s") - CONFIGURATION_AT) << AT, 3600,
      1 | UINT32 | MUST | (<u32>offsetof<Body>("paused_long_s") - CONFIGURATION_AT) << AT, 3600,
      2 | UINT32 | MUST | (<u32>offsetof<Body>("kvo_s_max") - CONFIGURATION_AT) << AT, 14400,
    END,
    21 | UINT64 | offsetof<Body>("time_s") << AT, BITS,
  END,
  END,
]);

/** A kind without body keys: a bit that no key has. */
const BARE: u32 = 1 << 31;
/** Of these an order has at most one: range and steps. */
const RANGE_OR_STEPS: u32 = 0x10200;
/** Unit, dose and rate: a PCA order has all of them, or no basal rate. */
const BASAL: u32 = 0x1c;

/** Body keys that a form must have and may have, bit k for key k. Form 0 is no kind; 1..15 are the kinds, 16 and 17 the start in modes 2 and 3. */
// prettier-ignore
const KEYS: StaticArray<u32> = [
  0, 0,  0x1c00, 0,  0x1ff, 0x18200,  0x1e, 0,  0x3e, 0,  0x3e, 0,  0x20, 0,  0x201e3, 0x801c,
  BARE, 0,  BARE, 0,  BARE, 0,  BARE, 0,  0x80080, 0,  0x100000, 0,  0x6000, 0,  0x200000, 0,
  0x401ff, 0,  0x1ff, 0x40000,
];
const FORM_OF_MODE: u32 = 14;

/** Reads the command of `length` bytes at `payload` into COMMAND. Returns OK, KIND, CBOR or SCHEMA. */
export function commandDecode(payload: u32, length: u32): u32 {
  const c = changetype<Cursor>(COMMAND_CURSOR);
  cursorBegin(c, payload, length);
  const error = decodeMap(c, SCHEMA, COMMAND, COMMAND_BYTES);
  if (error != 0) return error == CBOR_MALFORMED ? status.CBOR : status.SCHEMA;
  if (!cursorFinished(c)) return status.CBOR;
  const kind = changetype<Command>(COMMAND).kind;
  if (kind - 1 >= KIND_MAX) return status.KIND;
  return bodyFits(kind) ? status.OK : status.SCHEMA;
}

/** Whether the body has the keys of its kind and mode, no step too many, and a configuration its minima (SPEC 4.2). */
function bodyFits(kind: u32): bool {
  const b = bodyOf(COMMAND);
  if ((kind == KIND_PCA) != (b.mode == MODE_PCA)) return false;
  const form = kind == KIND_START && b.mode > MODE_CONTINUOUS ? FORM_OF_MODE + b.mode : kind;
  const optional = unchecked(KEYS[2 * form + 1]);
  const either = b.present & RANGE_OR_STEPS;
  const basal = b.present & BASAL;
  if (either == RANGE_OR_STEPS || (kind == KIND_PCA && basal != 0 && basal != BASAL)) return false;
  if (b.stepCount == ORDER_STEPS_MAX && loadingOf(COMMAND).present != 0) return false;
  if (kind == KIND_CONFIGURE && min(b.near_end_s, b.paused_long_s) < ALARM_S_MIN) return false;
  return ((b.present & ~optional) | BARE) == (unchecked(KEYS[2 * form]) | BARE);
}

/** True for the kinds that need library, entry and profile. */
export function kindIsOrder(kind: u32): bool {
  return kindStarts(kind) || kind == KIND_TITRATE || kindIsDose(kind);
}

/** True for the kinds that begin a program. */
export function kindStarts(kind: u32): bool {
  return kind == KIND_START || kind == KIND_PCA;
}

/** True for the kinds that give a dose beside the basal rate. */
export function kindIsDose(kind: u32): bool {
  return kind == KIND_BOLUS || kind == KIND_LOADING;
}

/** True for the kinds that are about the pump, not about a patient (SPEC 4.2). */
export function kindIsService(kind: u32): bool {
  return kind >= KIND_CALIBRATE;
}
