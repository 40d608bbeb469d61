/** `decommission` (SPEC 2.7): the end of a device, by the holders who could have replaced its root document. */
import { clearBytes, copyBytes } from "../bytes";
import { AT, END, REQUIRED, UINT64 } from "../codec/record";
import { IDLE } from "../delivery/program";
import {
  COMMAND_AAD,
  DEVICE,
  INPUT,
  NEXT,
  OBJECTS,
  OBJECTS_NEXT,
  SEAL_KEY,
  STREAMS,
  TRUST,
  TRUST_NEXT,
} from "../layout";
import { INPUT_BYTES_MAX, STREAM_COUNT } from "../limits";
import { eventBegin, eventBytes, eventUnsigned } from "../log/event";
import { finish } from "../result";
import * as status from "../status";
import { commit } from "../store/journal";
import { OBJECTS_BYTES } from "../store/objects";
import { State } from "../store/state";
import { Stream } from "../store/stream";
import { tombstoneBegin, tombstoneStep } from "../store/tombstone";
import { DEVICE_BYTES, DEVICE_ID_BYTES, deviceId } from "./device";
import { ROLE_ROOT } from "./key";
import {
  multisignatureDigest,
  multisignatureExternal,
  multisignatureKeys,
  multisignatureOpen,
  multisignatureStep,
  openedEnvelope,
} from "./multisignature";
import { decodeObject, endRefused, failedAt, refuse, takeInput } from "./object";
import { STAGE_SIGNATURES, update } from "./update";

/** The object's payload; while it is judged it stands where a root document would. */
@unmanaged
class Decommissioning {
  present: u32;
  pad: u32;
  counter: u64;
}

// prettier-ignore
const DECOMMISSIONING: usize = memory.data<u32>([
  0 | UINT64 | REQUIRED | offsetof<Decommissioning>("counter") << AT, 53,
  END,
]);

/** `external_aad` (SPEC 1.4): ["dosegate/decommission/1", and the head of the device id; it and null follow. */
// prettier-ignore
const AAD_HEAD: usize = memory.data<u8>([
  0x83, 0x77, 0x64, 0x6f, 0x73, 0x65, 0x67, 0x61, 0x74, 0x65, 0x2f, 0x64, 0x65, 0x63, 0x6f, 0x6d, 0x6d, 0x69, 0x73,
  0x73, 0x69, 0x6f, 0x6e, 0x2f, 0x31, 0x50,
]);
const AAD_HEAD_BYTES: u32 = 26;
const AAD_BYTES: u32 = AAD_HEAD_BYTES + DEVICE_ID_BYTES + 1;
const CBOR_NULL: u32 = 0xf6;

const STAGE_TOMBSTONE: u32 = 1;

const EVENT_DECOMMISSIONED: u32 = 13;
const DIGEST_BYTES: u32 = 32;
/** Seal, session and attestation key. */
const KEYS_BYTES: u32 = 192;

/** Stages a decommissioning of `length` bytes: everything that costs nothing is judged at once. */
export function decommissionBegin(length: u32): u32 {
  const taken = takeInput(length, INPUT_BYTES_MAX);
  if (taken != status.OK) return refuse(taken);
  const judged = judge(length);
  if (judged != status.OK) return refuse(judged);
  update().stage = STAGE_SIGNATURES;
  return status.WORKING;
}

function judge(length: u32): u32 {
  // Nothing can start while a verb is staged: what is idle now is idle in the last slice.
  const state = changetype<State>(NEXT);
  if (state.phase != IDLE) return status.PHASE;
  const opened = multisignatureOpen(INPUT, length, ROLE_ROOT);
  if (opened != status.OK) return opened;
  const e = openedEnvelope();
  const size = <u32>offsetof<Decommissioning>();
  const decoded = decodeObject(e.payload, e.payloadLength, DECOMMISSIONING, TRUST_NEXT, size);
  if (decoded != status.OK) return decoded;
  if (changetype<Decommissioning>(TRUST_NEXT).counter != <u64>state.counter) {
    return failedAt(status.COUNTER, 0);
  }
  copyBytes(COMMAND_AAD, AAD_HEAD, AAD_HEAD_BYTES);
  copyBytes(COMMAND_AAD + AAD_HEAD_BYTES, deviceId(), DEVICE_ID_BYTES);
  store<u8>(COMMAND_AAD + AAD_BYTES - 1, CBOR_NULL);
  multisignatureExternal(COMMAND_AAD, AAD_BYTES);
  return multisignatureKeys(TRUST, 0);
}

export function decommissionStep(): u32 {
  const u = update();
  if (u.stage == STAGE_SIGNATURES) {
    const verified = multisignatureStep();
    if (verified == status.WORKING) return verified;
    if (verified != status.OK) return endRefused(verified);
    tombstoneBegin();
    u.stage = STAGE_TOMBSTONE;
    return status.WORKING;
  }
  const buried = tombstoneStep();
  if (buried == status.WORKING) return buried;
  return buried == status.OK ? conclude() : finish(buried, 0, 0);
}

/** The device has ended, whether or not its log still takes the event. No key outlives it in RAM. */
function conclude(): u32 {
  eventBegin(EVENT_DECOMMISSIONED, 2);
  eventBytes(0, multisignatureDigest(), DIGEST_BYTES);
  eventUnsigned(1, <u64>changetype<State>(NEXT).counter);
  commit(0);
  clearBytes(DEVICE, DEVICE_BYTES);
  clearBytes(OBJECTS, OBJECTS_BYTES);
  clearBytes(OBJECTS_NEXT, OBJECTS_BYTES);
  clearBytes(SEAL_KEY, KEYS_BYTES);
  clearBytes(STREAMS, STREAM_COUNT * <u32>offsetof<Stream>());
  return finish(status.OK, 0, 0);
}
