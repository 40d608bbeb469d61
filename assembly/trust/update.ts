/**
 * `trustUpdate` (SPEC 2.4): from root document N to N+1. In slices: the signatures, under both documents; the stored
 * manifests, under the new one; the objects; and one record that makes it all valid. Until that record is in flash nothing has
 * changed, in flash or in RAM, except that an install was dropped once the new document proved to be genuine.
 */
import { copyBytes } from "../bytes";
import { candidateManifest, counterLags, libraryActivateIfDue, slotOpen } from "../library/active";
import { installDrop } from "../library/install";
import { manifestIsOf } from "../library/manifest";
import { INPUT, NEXT, TRUST, TRUST_NEXT, UPDATE } from "../layout";
import { INPUT_BYTES_MAX } from "../limits";
import { eventBegin, eventBytes, eventUnsigned } from "../log/event";
import { finish } from "../result";
import * as status from "../status";
import { counterAdvance } from "../store/counter";
import { commit } from "../store/journal";
import { objectRead, objectsBegin, objectsStage, objectsStep, PART_ROOT } from "../store/objects";
import { FLAG_REVOKED, State } from "../store/state";
import { throttleReset } from "../throttle";
import { ROLE_ROOT } from "./key";
import {
  multisignatureDigest,
  multisignatureKeys,
  multisignatureOpen,
  multisignatureStep,
  openedEnvelope,
} from "./multisignature";
import { endRefused, failedAt, refuse, takeInput } from "./object";
import { Root, ROOT_BYTES, rootDecode, rootDigestOf } from "./root";
import { floorAccepts, floorRaise } from "./time";

/** The root update, or the provisioning, under way. */
@unmanaged
export class Update {
  /** STAGE_ below, or one of provisioning's. */
  stage: u32;
  /** The manifest slot being verified again, and those whose manifest held, bit n for slot n. */
  slot: u32;
  held: u32;
  /** The root document's payload in INPUT, and behind it its digest: what flash keeps. */
  payload: u32;
  payloadBytes: u32;
}

export const STAGE_SIGNATURES: u32 = 0;
const STAGE_NEXT_SLOT: u32 = 1;
const STAGE_SLOT: u32 = 2;
const STAGE_OBJECTS: u32 = 3;

/** Manifest slots are 1 and 2. */
const SLOTS: u32 = 2;

const DIGEST_BYTES: u32 = 32;

const EVENT_ROOT_UPDATED: u32 = 3;

export function update(): Update {
  return changetype<Update>(UPDATE);
}

/** Stages a root document of `length` bytes: everything that costs nothing is judged at once. */
export function trustUpdateBegin(length: u32): u32 {
  const taken = takeInput(length, INPUT_BYTES_MAX);
  if (taken != status.OK) return refuse(taken);
  const judged = judge(length);
  if (judged != status.OK) return refuse(judged);
  if (counterLags()) return status.COUNTER;
  update().stage = STAGE_SIGNATURES;
  return status.WORKING;
}

/** Takes the root document of `length` bytes at `address` apart, into TRUST_NEXT, unverified. */
export function rootOpen(address: usize, length: u32): u32 {
  const opened = multisignatureOpen(address, length, ROLE_ROOT);
  if (opened != status.OK) return opened;
  const e = openedEnvelope();
  return rootDecode(e.payload, e.payloadLength, TRUST_NEXT);
}

function judge(length: u32): u32 {
  const opened = rootOpen(INPUT, length);
  if (opened != status.OK) return opened;
  const now = changetype<Root>(TRUST);
  const next = changetype<Root>(TRUST_NEXT);
  // Exactly one more: who skips a version skips the document that took a key away.
  if (now.version == u32.MAX_VALUE || next.version != now.version + 1) {
    return failedAt(status.ROOT_VERSION, 1);
  }
  const sameId = next.library_id_0 == now.library_id_0 && next.library_id_1 == now.library_id_1;
  if (!sameId) return failedAt(status.LIBRARY_ID, 4);
  if (next.library_epoch < now.library_epoch) return failedAt(status.LIBRARY_ID, 5);
  // Whether N itself has expired is not asked: else a pump left in a cupboard could never be updated again.
  const timely = floorAccepts(next.issued_s, next.expires_s, now.max_skew_s);
  if (timely != status.OK) return timely;
  return multisignatureKeys(TRUST, TRUST_NEXT);
}

export function trustUpdateStep(): u32 {
  const u = update();
  if (u.stage == STAGE_SIGNATURES) return signaturesStep(u);
  if (u.stage == STAGE_NEXT_SLOT) return nextSlot(u);
  if (u.stage == STAGE_SLOT) {
    const verified = multisignatureStep();
    if (verified == status.WORKING) return verified;
    if (verified == status.OK) u.held |= 1 << u.slot;
    u.stage = STAGE_NEXT_SLOT;
    return status.WORKING;
  }
  const written = objectsStep();
  if (written == status.WORKING) return written;
  return written == status.OK ? conclude(u) : finish(written, 0, 0);
}

function signaturesStep(u: Update): u32 {
  const verified = multisignatureStep();
  if (verified == status.WORKING) return verified;
  if (verified != status.OK) return endRefused(verified);
  rootKeep(u);
  installDrop(); // its manifest was signed under N; and its region is needed
  u.slot = 0;
  u.held = 0;
  u.stage = STAGE_NEXT_SLOT;
  return status.WORKING;
}

/** After the signatures held: sets the digest, and writes it behind the payload, over signatures that are spent. */
export function rootKeep(u: Update): void {
  const e = openedEnvelope();
  u.payload = e.payload;
  u.payloadBytes = e.payloadLength;
  copyBytes(rootDigestOf(TRUST_NEXT), multisignatureDigest(), DIGEST_BYTES);
  copyBytes(e.payload + e.payloadLength, multisignatureDigest(), DIGEST_BYTES);
}

/** Opens the next stored manifest under the new document. Slots, not "active" and "next": a local action may swap them meanwhile. */
function nextSlot(u: Update): u32 {
  const s = changetype<State>(NEXT);
  u.slot++;
  if (u.slot > SLOTS) {
    objectsStage(PART_ROOT, u.payload, u.payloadBytes + DIGEST_BYTES);
    objectsBegin();
    u.stage = STAGE_OBJECTS;
    return status.WORKING;
  }
  if (s.manifest_active != u.slot && s.manifest_next != u.slot) return status.WORKING;
  const m = candidateManifest();
  const signable =
    slotOpen(u.slot, m) == status.OK &&
    manifestIsOf(m, changetype<Root>(TRUST_NEXT)) &&
    multisignatureKeys(TRUST_NEXT, 0) == status.OK;
  if (signable) u.stage = STAGE_SLOT;
  return status.WORKING;
}

/** One record makes the new document, the objects and what became of the libraries valid together. */
function conclude(u: Update): u32 {
  const next = changetype<State>(NEXT);
  const root = changetype<Root>(TRUST_NEXT);
  // An empty slot is 0, whose bit is never set.
  const revoked = next.manifest_active != 0 && ((u.held >> next.manifest_active) & 1) == 0;
  const dropped = next.manifest_next != 0 && ((u.held >> next.manifest_next) & 1) == 0;
  next.root_version = root.version;
  next.counter++;
  next.flags = (next.flags & ~FLAG_REVOKED) | (revoked ? FLAG_REVOKED : 0);
  if (dropped) next.manifest_next = 0;
  floorRaise(root.issued_s);
  eventBegin(EVENT_ROOT_UPDATED, 4);
  eventUnsigned(0, root.version);
  eventBytes(1, rootDigestOf(TRUST_NEXT), DIGEST_BYTES);
  eventUnsigned(2, revoked ? 1 : 0);
  eventUnsigned(3, dropped ? 1 : 0);
  const committed = commit(0);
  if (committed != status.OK) return finish(committed, 0, 0);
  copyBytes(TRUST, TRUST_NEXT, ROOT_BYTES);
  throttleReset();
  const advanced = counterAdvance();
  libraryActivateIfDue(); // refuses by itself while the hardware counter lags
  return finish(advanced, 0, root.version);
}

/** At boot, after the store is verified: reads the root document into TRUST. OK or STORE_CORRUPT. */
export function trustLoad(): u32 {
  const length = objectRead(PART_ROOT, INPUT, INPUT_BYTES_MAX);
  if (length <= DIGEST_BYTES) return status.STORE_CORRUPT;
  const payloadBytes = length - DIGEST_BYTES;
  if (rootDecode(INPUT, payloadBytes, TRUST) != status.OK) return status.STORE_CORRUPT;
  copyBytes(rootDigestOf(TRUST), INPUT + payloadBytes, DIGEST_BYTES);
  return status.OK;
}
