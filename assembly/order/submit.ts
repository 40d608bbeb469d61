/** `submit`: the way of a dose command from bytes to verdict (SPEC 4.4, 10). Each stage leaves one record for the next. */
import { Cursor } from "../codec/cbor";
import { entryKey } from "../library/entry";
import { lookupDrug, lookupProfile } from "../library/lookup";
import { sha256 } from "../crypto/sha256";
import { COMMAND, COMMAND_CURSOR, COMMAND_DIGEST, COMMANDER, INPUT, SUBMISSION } from "../layout";
import { COMMAND_OBJECT_BYTES_MAX, INPUT_BYTES_MAX } from "../limits";
import { refused } from "../refusals";
import * as status from "../status";
import { Key, ROLE_BEDSIDE, ROLE_ORDER, ROLE_SERVICE, ROLE_TIME } from "../trust/key";
import { takeInput } from "../trust/object";
import { updateRefused } from "../update";
import {
  Commander,
  identify,
  openEnvelope,
  openedPayload,
  sender,
  senderAccept,
  senderBegin,
} from "./authenticate";
import { Command, commandDecode, KIND_TIME, kindIsOrder, kindIsService, referenceOf } from "./command";
import { decide } from "./decision";
import { judgement, needsLibrary } from "./judgement";
import { signatureStep } from "./signature";
import { writeRefusal } from "./verdict";

const SUBMIT_RECORD: u32 = 0x0101 | (1 << 16);
const HEADER_BYTES: u32 = 32;
const NODE_BYTES: u32 = 32;
const FLAG_EMERGENCY: u32 = 1;
const PORT_PANEL: u32 = 0;
/** How long an emergency order waits for the person who sent it to confirm it, ms (SPEC 6.6). */
const EMERGENCY_WAIT_MS: u64 = 60000;

/** Steps of the staged work. */
const SIGNATURE: u32 = 0;
const ENTRY: u32 = 1;
const PROFILE: u32 = 2;
const JUDGE: u32 = 3;

/** The submit record (SPEC 11.2), as the host wrote it. */
@unmanaged
export class SubmitRecord {
  header: u32;
  length: u32;
  port: u32;
  command_bytes: u16;
  entry_bytes: u16;
  profile_bytes: u16;
  entry_nodes: u8;
  profile_nodes: u8;
  entry_index: u32;
  profile_index: u32;
  /** FLAG_EMERGENCY, or 0. */
  flags: u32;
}

/** Where the staged submission stands, and its parts in INPUT. */
@unmanaged
export class Submission {
  step: u32;
  command: u32;
  entry: u32;
  entry_path: u32;
  profile: u32;
  profile_path: u32;
}

function submission(): Submission {
  return changetype<Submission>(SUBMISSION);
}

function record(): SubmitRecord {
  return changetype<SubmitRecord>(INPUT);
}

/** Copies and checks the record, does the free checks and stages the signature: WORKING, DONE for an exact repeat, or a refusal. */
export function submitBegin(length: u32): u32 {
  let outcome = takeInput(length, INPUT_BYTES_MAX);
  if (outcome == status.OK) outcome = head(length);
  if (outcome != status.OK) return updateRefused(outcome);
  changetype<Cursor>(COMMAND_CURSOR).failedKey = 0;
  outcome = freeChecks(length);
  if (outcome == status.OK) return status.WORKING;
  return outcome == status.DONE ? outcome : refuseUnproven(outcome);
}

/** OK, BAD_RECORD, BAD_PORT or CLOCK. */
function head(length: u32): u32 {
  if (length < HEADER_BYTES || record().header != SUBMIT_RECORD || record().length != length) {
    return status.BAD_RECORD;
  }
  return senderBegin(record().port, false);
}

/** Nobody is known to have sent this: it is counted, and costs no flash (SPEC 7). */
function refuseUnproven(reason: u32): u32 {
  refused(sender().port, reason, sender().now_ms);
  writeRefusal(reason);
  return reason;
}

/** Steps 1 to 7 of the judgement order. */
function freeChecks(length: u32): u32 {
  if (!partsFit(length)) return status.BAD_RECORD;
  judgement().emergency = 0;
  if (record().flags != 0) return emergency();
  submission().step = SIGNATURE;
  let outcome = openEnvelope(submission().command, record().command_bytes);
  if (outcome != status.OK) return outcome;
  outcome = commandDecode(openedPayload().payload, openedPayload().payloadLength);
  if (outcome != status.OK) return outcome;
  const c = changetype<Command>(COMMAND);
  let role = kindIsOrder(c.kind) ? ROLE_ORDER : ROLE_BEDSIDE;
  if (kindIsService(c.kind)) role = c.kind == KIND_TIME ? ROLE_TIME : ROLE_SERVICE;
  return identify(COMMAND + offsetof<Command>("session_id"), c.sequence, c.life_s, role, c.kind);
}

/** A bare command from the panel (SPEC 6.6): nobody is asked who sent it, because somebody must stand there to confirm it. */
function emergency(): u32 {
  if (record().port != PORT_PANEL) return status.EMERGENCY_NOT_ALLOWED;
  const s = submission();
  const outcome = commandDecode(s.command, record().command_bytes);
  if (outcome != status.OK) return outcome;
  sha256(s.command, record().command_bytes, COMMAND_DIGEST);
  const commander = changetype<Commander>(COMMANDER);
  commander.kid = 0;
  commander.holder = 0;
  commander.until_ms = sender().now_ms + EMERGENCY_WAIT_MS;
  judgement().emergency = 1;
  stageJudgement();
  return status.OK;
}

/** After the sender is known: the proofs, if the command needs any, then the judgement. */
function stageJudgement(): void {
  // A reduction brings none. If it has become an increase by the last slice, it has none to show.
  judgement().proofs = status.PROOF;
  submission().step = needsLibrary() ? ENTRY : JUDGE;
}

/** The five parts fill the record exactly. Their sizes come from 16 and 8 bits, so the sum cannot wrap. */
function partsFit(length: u32): bool {
  const r = record();
  const s = submission();
  if (r.flags > FLAG_EMERGENCY || <u32>r.command_bytes > COMMAND_OBJECT_BYTES_MAX) return false;
  s.command = <u32>INPUT + HEADER_BYTES;
  s.entry = s.command + <u32>r.command_bytes;
  s.entry_path = s.entry + <u32>r.entry_bytes;
  s.profile = s.entry_path + <u32>r.entry_nodes * NODE_BYTES;
  s.profile_path = s.profile + <u32>r.profile_bytes;
  return s.profile_path + <u32>r.profile_nodes * NODE_BYTES == <u32>INPUT + length;
}

/** One slice: of the signature, of a proof, or the judgement with its record. WORKING or DONE. */
export function submitStep(): u32 {
  const s = submission();
  if (s.step == SIGNATURE) return signatureSlice();
  const r = record();
  const ref = referenceOf(COMMAND);
  if (s.step == ENTRY) {
    const key = entryKey(ref.area, ref.drug, ref.variant);
    judgement().proofs = lookupDrug(key, s.entry, r.entry_bytes, r.entry_index, s.entry_path, r.entry_nodes);
    s.step = judgement().proofs == status.OK ? PROFILE : JUDGE;
    return status.WORKING;
  }
  if (s.step == PROFILE) {
    judgement().proofs = lookupProfile(
      ref.area,
      s.profile,
      r.profile_bytes,
      r.profile_index,
      s.profile_path,
      r.profile_nodes,
    );
    s.step = JUDGE;
    return status.WORKING;
  }
  return judgeSlice();
}

/** The last slice: only here is anything used up or changed. */
function judgeSlice(): u32 {
  const unsigned = judgement().emergency != 0;
  const refusal = unsigned ? senderBegin(PORT_PANEL, false) : senderAccept();
  if (refusal == status.OK) decide(0, 0, 0, unsigned ? 0 : 0xffffffff);
  else refuseUnproven(refusal);
  return status.DONE;
}

function signatureSlice(): u32 {
  const outcome = signatureStep();
  if (outcome == status.WORKING) return status.WORKING;
  if (outcome != status.OK) {
    refuseUnproven(outcome);
    return status.DONE;
  }
  const commander = changetype<Commander>(COMMANDER);
  commander.kid = changetype<Key>(sender().key).kid;
  commander.holder = changetype<Key>(sender().key).holder;
  commander.until_ms = sender().until_ms;
  stageJudgement();
  return status.WORKING;
}
