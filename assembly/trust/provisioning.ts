/** `provision` (SPEC 2.3): one block, over a physical port, into an empty device. Its root document is the trust it starts from. */
import { clearBytes, copyBytes } from "../bytes";
import { AT, BYTES, COPY, END, LIST, NONZERO, REQUIRED, TUPLE, UINT32 } from "../codec/record";
import * as host from "../host";
import { COUNTER_WORD, DEVICE, INPUT, NEXT, TRUST, TRUST_NEXT } from "../layout";
import { CALIBRATIONS_MAX, INPUT_BYTES_MAX } from "../limits";
import { PUMP_CLASS_MAX } from "../library/ceilings";
import { eventBegin, eventBytes, eventUnsigned } from "../log/event";
import { finish } from "../result";
import * as status from "../status";
import { counterAdvance } from "../store/counter";
import { commit } from "../store/journal";
import { formatBegin, formatStep } from "../store/opening";
import { objectsBegin, objectsStage, objectsStep, PART_DEVICE, PART_ROOT } from "../store/objects";
import { State } from "../store/state";
import {
  Calibration,
  calibrationAt,
  CALIBRATION_BYTES,
  Device,
  DEVICE_BYTES,
  DEVICE_ID_BYTES,
  deviceId,
} from "./device";
import { multisignatureKeys, multisignatureStep } from "./multisignature";
import { decodeObject, endRefused, failedAt, refuse, takeInput } from "./object";
import { Root, ROOT_BYTES, rootDigestOf } from "./root";
import { floorRaise } from "./time";
import { rootKeep, rootOpen, STAGE_SIGNATURES, Update, update } from "./update";

/** Behind the device record while provisioning: what it does not keep. */
@unmanaged
class Provisioning {
  logKey_0: u64;
  logKey_1: u64;
  logKey_2: u64;
  logKey_3: u64;
  root: u32;
  rootBytes: u32;
}

/** Bytes of the device region: the record, and what follows it while provisioning. */
export const PROVISIONING_BYTES: u32 = DEVICE_BYTES + <u32>offsetof<Provisioning>();

const STAGE_FORMAT: u32 = 1;
const STAGE_OBJECTS: u32 = 2;

const EVENT_PROVISIONED: u32 = 1;
const DIGEST_BYTES: u32 = 32;
const PL_PER_STEP_MAX: u32 = 1000000000;

const MUST: u32 = REQUIRED;

// prettier-ignore
const PROVISIONING: usize = memory.data<u32>([
  0 | COPY | MUST | offsetof<Device>("id_0") << AT, DEVICE_ID_BYTES,
  1 | COPY | MUST | offsetof<Device>("secret_0") << AT, 32,
  2 | COPY | MUST | (DEVICE_BYTES + offsetof<Provisioning>("logKey_0")) << AT, 32,
  3 | UINT32 | MUST | NONZERO | offsetof<Device>("pumpClass") << AT, PUMP_CLASS_MAX,
  4 | LIST | MUST | NONZERO | offsetof<Device>("calibrationCount") << AT, CALIBRATIONS_MAX | (CALIBRATION_BYTES << 16),
    TUPLE, 0,
      0 | UINT32 | MUST | NONZERO | offsetof<Calibration>("set") << AT, 0xffffffff,
      1 | UINT32 | MUST | NONZERO | offsetof<Calibration>("pl_per_step") << AT, PL_PER_STEP_MAX,
    END,
  END,
  5 | BYTES | MUST | (DEVICE_BYTES + offsetof<Provisioning>("root")) << AT, INPUT_BYTES_MAX,
  END,
]);

function block(): Provisioning {
  return changetype<Provisioning>(DEVICE + DEVICE_BYTES);
}

/** Stages a provisioning block of `length` bytes. ALREADY_PROVISIONED or TAMPERED unless the device is empty. */
export function provisionBegin(length: u32): u32 {
  const empty = judgeEmpty();
  if (empty != status.OK) return empty;
  const taken = takeInput(length, INPUT_BYTES_MAX);
  if (taken != status.OK) return refuse(taken);
  const judged = judge(length);
  if (judged != status.OK) return refuse(judged);
  update().stage = STAGE_SIGNATURES;
  return status.WORKING;
}

/** No root in flash, and a counter that has never moved: a device with a past is not made new by erasing its flash. */
function judgeEmpty(): u32 {
  if (changetype<State>(NEXT).root_version != 0) return status.ALREADY_PROVISIONED;
  if (host.counterRead(COUNTER_WORD) != 0) return status.COUNTER;
  return load<u32>(COUNTER_WORD) == 0 ? status.OK : status.TAMPERED;
}

function judge(length: u32): u32 {
  const decoded = decodeObject(INPUT, length, PROVISIONING, DEVICE, PROVISIONING_BYTES);
  if (decoded != status.OK) return decoded;
  const count = changetype<Device>(DEVICE).calibrationCount;
  for (let i: u32 = 1; i < count; i++) {
    if (calibrationAt(i).set <= calibrationAt(i - 1).set) return failedAt(status.SCHEMA, 4);
  }
  const opened = rootOpen(block().root, block().rootBytes);
  return opened == status.OK ? multisignatureKeys(TRUST_NEXT, 0) : opened;
}

export function provisionStep(): u32 {
  const u = update();
  if (u.stage == STAGE_SIGNATURES) return signaturesStep(u);
  const done = u.stage == STAGE_FORMAT ? formatStep() : objectsStep();
  if (done == status.WORKING) return done;
  if (done != status.OK) return finish(done, 0, 0);
  if (u.stage == STAGE_OBJECTS) return conclude();
  objectsStage(PART_DEVICE, DEVICE, DEVICE_BYTES);
  objectsStage(PART_ROOT, u.payload, u.payloadBytes + DIGEST_BYTES);
  objectsBegin();
  u.stage = STAGE_OBJECTS;
  return status.WORKING;
}

function signaturesStep(u: Update): u32 {
  const verified = multisignatureStep();
  if (verified == status.WORKING) return verified;
  if (verified != status.OK) return endRefused(verified);
  rootKeep(u);
  formatBegin(DEVICE + DEVICE_BYTES); // the log key
  u.stage = STAGE_FORMAT;
  return status.WORKING;
}

/** Calibrations as provisioned, and what a pump is configured to before anybody has (SPEC 4.2). */
function configure(next: State): void {
  next.near_end_s = 300;
  next.paused_long_s = 600;
  next.kvo_s_max = 3600;
  const count = changetype<Device>(DEVICE).calibrationCount;
  for (let i: u32 = 0; i < count; i++) {
    const to = NEXT + offsetof<State>("set_0") + (i << 3);
    store<u32>(to, calibrationAt(i).set);
    store<u32>(to, calibrationAt(i).pl_per_step, 4);
  }
}

function conclude(): u32 {
  const next = changetype<State>(NEXT);
  const root = changetype<Root>(TRUST_NEXT);
  next.root_version = root.version;
  next.counter = 1;
  floorRaise(root.issued_s);
  configure(next);
  eventBegin(EVENT_PROVISIONED, 4);
  eventBytes(0, deviceId(), DEVICE_ID_BYTES);
  eventUnsigned(1, root.version);
  eventBytes(2, rootDigestOf(TRUST_NEXT), DIGEST_BYTES);
  eventUnsigned(3, changetype<Device>(DEVICE).pumpClass);
  const committed = commit(0);
  if (committed != status.OK) return finish(committed, 0, 0);
  copyBytes(TRUST, TRUST_NEXT, ROOT_BYTES);
  // The log key goes out of reach: who opens the pump later cannot rewrite what was logged before.
  clearBytes(DEVICE + DEVICE_BYTES, PROVISIONING_BYTES - DEVICE_BYTES);
  clearBytes(INPUT, INPUT_BYTES_MAX);
  return finish(counterAdvance(), 0, root.version);
}
