/**
 * The signed command (SPEC 4.2) as a fixed record. Every kind decodes into the same record, so that what comes after
 * reads fields, not encodings.
 */
import { AT, COPY, decodeMap, END, MAP, NONZERO, REQUIRED, TUPLE, UINT32, UINT64 } from "../codec/record";
import { CBOR_MALFORMED, Cursor, cursorBegin, cursorFinished } from "../codec/cbor";
import { COMMAND, COMMAND_CURSOR } from "../layout";
import { AREA_MAX, COMMAND_LIFE_S_MAX } from "../limits";
import * as status from "../status";

export const KIND_ASSOCIATE: u32 = 1;
export const KIND_START: u32 = 2;
export const KIND_TITRATE: u32 = 3;
export const KIND_BOLUS: u32 = 4;
export const KIND_NEW_BAG: u32 = 6;
export const KIND_PAUSE: u32 = 8;
export const KIND_RESUME: u32 = 9;
export const KIND_STOP: u32 = 10;
export const KIND_DISASSOCIATE: u32 = 11;
export const KIND_LOG_ACK: u32 = 14;
export const KIND_MAX: u32 = 14;

export const MODE_CONTINUOUS: u32 = 1;

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

/** The body of every kind; `present` is the body's presence word. */
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
export const CONCENTRATION_AT: usize = offsetof<Body>();
export const REFERENCE_AT: usize = CONCENTRATION_AT + offsetof<Concentration>();
export const RANGE_AT: usize = REFERENCE_AT + offsetof<DrugReference>();
/** Bytes of a command with its body. */
export const COMMAND_BYTES: u32 = <u32>(BODY_AT + RANGE_AT + offsetof<Range>());

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

const MUST: u32 = REQUIRED;
const MUST_NOT_BE_0: u32 = REQUIRED | NONZERO;
const ANY32: u32 = 0xffffffff;
/** Volumes and amounts: integers up to 2^53 - 1 (SPEC 1.1). */
const BITS: u32 = 53;
/** A concentration's volume: up to 2^36.5, 100 L, keeps dose arithmetic within 128 bits (order/wide.ts). */
const VOLUME_BITS: u32 = 37;

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
    0 | UINT32 | NONZERO | offsetof<Body>("mode") << AT, MODE_CONTINUOUS,
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
      3 | UINT32 | MUST | offsetof<Range>("interval_s") << AT, 86400,
    END,
    10 | UINT32 | offsetof<Body>("weight_g") << AT, ANY32,
    11 | UINT32 | offsetof<Body>("bsa_cm2") << AT, ANY32,
    12 | UINT32 | NONZERO | offsetof<Body>("area") << AT, AREA_MAX,
    13 | UINT32 | offsetof<Body>("stream") << AT, 1,
    14 | UINT32 | offsetof<Body>("acked") << AT, ANY32,
  END,
  END,
]);

/** A kind without body keys: a bit that no key has. */
const BARE: u32 = 1 << 31;

/** Which body keys a kind has, bit k for key k; 0 for a kind that is unknown or reserved. Key 9 of a start is optional. */
// prettier-ignore
const KEYS: StaticArray<u32> = [
  0, 0x1c00, 0x1ff, 0x1e, 0x3e, 0, 0x20, 0, BARE, BARE, BARE, BARE, 0, 0, 0x6000,
];
const RANGE_KEY: u32 = 1 << 9;

/** Reads the command of `length` bytes at `payload` into COMMAND. Returns OK, KIND, CBOR or SCHEMA. */
export function commandDecode(payload: u32, length: u32): u32 {
  const c = changetype<Cursor>(COMMAND_CURSOR);
  cursorBegin(c, payload, length);
  const error = decodeMap(c, SCHEMA, COMMAND, COMMAND_BYTES);
  if (error != 0) return error == CBOR_MALFORMED ? status.CBOR : status.SCHEMA;
  if (!cursorFinished(c)) return status.CBOR;
  const kind = changetype<Command>(COMMAND).kind;
  const keys: u32 = kind > KIND_MAX ? 0 : unchecked(KEYS[kind]);
  if (keys == 0) return status.KIND;
  const optional = kind == KIND_START ? RANGE_KEY : 0;
  if (((bodyOf(COMMAND).present & ~optional) | BARE) != (keys | BARE)) return status.SCHEMA;
  return status.OK;
}

/** True for the kinds that need library, entry and profile. */
export function kindIsOrder(kind: u32): bool {
  return kind == KIND_START || kind == KIND_TITRATE || kind == KIND_BOLUS;
}
