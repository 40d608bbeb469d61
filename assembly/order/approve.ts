/** `approve`: somebody with role override answers, by signature, for the soft limits of the waiting command (SPEC 4.3). */
import { clearBytes } from "../bytes";
import { CBOR_MALFORMED, Cursor, cursorBegin, cursorFinished } from "../codec/cbor";
import { AT, COPY, decodeMap, END, NONZERO, REQUIRED, UINT32 } from "../codec/record";
import { APPROVAL, COMMAND_CURSOR, COMMAND_DIGEST, INPUT, PENDING_NONCE } from "../layout";
import { COMMAND_LIFE_S_MAX, COMMAND_OBJECT_BYTES_MAX } from "../limits";
import { refused } from "../refusals";
import * as status from "../status";
import { Key, ROLE_OVERRIDE } from "../trust/key";
import { takeInput } from "../trust/object";
import { updateRefused } from "../update";
import { identify, openEnvelope, openedPayload, sender, senderAccept, senderBegin } from "./authenticate";
import { overridePending } from "./override";
import { pending, pendingActive, pendingDigest } from "./pending";
import { signatureStep } from "./signature";
import { writeRefusal } from "./verdict";

const APPROVE_RECORD: u32 = 0x0102 | (1 << 16);
const HEADER_BYTES: u32 = 16;

@unmanaged
export class Approval {
  present: u32;
  sequence: u32;
  session_id: u64;
  digest_0: u64;
  digest_1: u64;
  digest_2: u64;
  digest_3: u64;
  nonce: u64;
  life_s: u32;
  mask: u32;
  reason_code: u32;
  pad: u32;
}

// prettier-ignore
const SCHEMA: usize = memory.data<u32>([
  0 | COPY | REQUIRED | offsetof<Approval>("session_id") << AT, 8,
  1 | UINT32 | REQUIRED | NONZERO | offsetof<Approval>("sequence") << AT, 0xffffffff,
  2 | UINT32 | REQUIRED | NONZERO | offsetof<Approval>("life_s") << AT, COMMAND_LIFE_S_MAX,
  3 | COPY | REQUIRED | offsetof<Approval>("digest_0") << AT, 32,
  4 | UINT32 | REQUIRED | NONZERO | offsetof<Approval>("mask") << AT, 0x7fffffff,
  5 | COPY | REQUIRED | offsetof<Approval>("nonce") << AT, 8,
  6 | UINT32 | REQUIRED | NONZERO | offsetof<Approval>("reason_code") << AT, 255,
  END,
]);

/** Copies and checks the record, does the free checks and stages the signature: WORKING, DONE for an exact repeat, or a refusal. */
export function approveBegin(length: u32): u32 {
  let outcome = takeInput(length, HEADER_BYTES + COMMAND_OBJECT_BYTES_MAX);
  if (outcome == status.OK) outcome = head(length);
  if (outcome != status.OK) return updateRefused(outcome);
  changetype<Cursor>(COMMAND_CURSOR).failedKey = 0;
  outcome = freeChecks(length);
  if (outcome == status.OK) return status.WORKING;
  return outcome == status.DONE ? outcome : refuse(outcome);
}

/** OK, BAD_RECORD, BAD_PORT or CLOCK. */
function head(length: u32): u32 {
  const framed =
    load<u32>(INPUT) == APPROVE_RECORD && load<u32>(INPUT, 4) == length && load<u32>(INPUT, 12) == 0;
  return length < HEADER_BYTES || !framed ? status.BAD_RECORD : senderBegin(load<u32>(INPUT, 8), true);
}

function freeChecks(length: u32): u32 {
  const outcome = openEnvelope(INPUT + HEADER_BYTES, length - HEADER_BYTES);
  if (outcome != status.OK) return outcome;
  const c = changetype<Cursor>(COMMAND_CURSOR);
  cursorBegin(c, openedPayload().payload, openedPayload().payloadLength);
  const error = decodeMap(c, SCHEMA, APPROVAL, <u32>offsetof<Approval>());
  if (error != 0) return error == CBOR_MALFORMED ? status.CBOR : status.SCHEMA;
  if (!cursorFinished(c)) return status.CBOR;
  const a = changetype<Approval>(APPROVAL);
  return identify(APPROVAL + offsetof<Approval>("session_id"), a.sequence, a.life_s, ROLE_OVERRIDE, 0);
}

/** One slice. WORKING or DONE, with the verdict of the command that waited, or the refusal of the approval. */
export function approveStep(): u32 {
  const outcome = signatureStep();
  if (outcome == status.WORKING) return status.WORKING;
  let refusal = outcome == status.OK ? senderAccept() : outcome;
  if (refusal == status.OK) refusal = mismatch();
  if (refusal != status.OK) {
    refuse(refusal);
    return status.DONE;
  }
  const a = changetype<Approval>(APPROVAL);
  const approver = sender().key + <u32>offsetof<Key>("kid");
  overridePending(a.mask, a.reason_code, approver, 0xffffffff);
  return status.DONE;
}

/** Why this approval is not for the command that waits, or OK. */
function mismatch(): u32 {
  const a = changetype<Approval>(APPROVAL);
  if (!pendingActive(sender().now_ms)) return status.PENDING_NONE;
  if (changetype<Key>(sender().key).holder == pending().holder) return status.APPROVER_SAME;
  const sameDigest = memory.compare(APPROVAL + offsetof<Approval>("digest_0"), pendingDigest(), 32) == 0;
  const same = sameDigest && a.mask == pending().mask && a.nonce == load<u64>(PENDING_NONCE);
  return same ? status.OK : status.APPROVAL_MISMATCH;
}

function refuse(reason: u32): u32 {
  refused(sender().port, reason, sender().now_ms);
  clearBytes(COMMAND_DIGEST, 32);
  writeRefusal(reason);
  return reason;
}
