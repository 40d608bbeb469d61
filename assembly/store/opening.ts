/**
 * Opening segments, in slices: one sector erased, or about a KiB copied, or one header programmed (SPEC 9.2). Every boot opens a new
 * segment of each stream, because the place behind the last record may have been touched by a cut; a tail that is nearly
 * full is replaced in background. Steps of one stream:
 *
 *   IDLE ----> VERIFY ----> CHOOSE -> ERASE -> READY -> CARRY -> header -> IDLE
 *          (after a boot)     ^ quarter free    | roll due       |
 *                             +----------- a failure: the next segment -> FAILED
 */
import { clearBytes, copyBytes } from "../bytes";
import { chainBegin, chainNext, epochNext } from "../log/chain";
import { eventBegin, eventUnsigned } from "../log/event";
import { RECORD_FAILED, RECORD_TAG_BYTES, recordLoad } from "../log/record";
import { RECORD, TAG } from "../layout";
import { OPEN_ATTEMPTS_MAX, SLICE_BYTES, STREAM_COUNT } from "../limits";
import { FLASH_FAILED, NOTHING, OK, WORKING } from "../status";
import { flash, flashStore, padded, segmentAddress, segmentErase } from "./flash";
import { commit, STEP_FAILED } from "./journal";
import { deriveKeys } from "./objects";
import {
  ackedOf,
  header,
  HEADER_MAGIC,
  headerLoad,
  headerTag,
  oldestKept,
  segmentAt,
  segmentNext,
  SHARED_AT,
  SHARED_BYTES,
} from "./segment";
import {
  chainCarriedOf,
  chainFirstOf,
  chainOf,
  HEADER_FIXED_BYTES,
  HEADER_TAG_BYTES,
  headerBytes,
  OBJECT_SEGMENTS,
  rollBytes,
  roomOf,
  sharedOf,
  snapshotBytes,
  Stream,
  streamAt,
} from "./stream";
import { deviceId } from "../trust/device";

/** After a boot: `at` counts the headers verified. */
const STEP_VERIFY: u32 = 0;
const STEP_IDLE: u32 = 1;
/** `at` counts the sectors erased. */
const STEP_ERASE: u32 = 2;
/** Erased, waiting for the tail to fill. */
const STEP_READY: u32 = 3;
/** `at` is where the next carried record goes. */
const STEP_CARRY: u32 = 4;

const EVENT_LOST: u32 = 10;

/** One slice of opening the streams' first segments after a boot, stream 0 first: WORKING, OK, FLASH_FAILED. */
export function openStep(): u32 {
  for (let stream: u32 = 0; stream < STREAM_COUNT; stream++) {
    const s = streamAt(stream);
    if (s.open != 0) continue;
    if (s.step == STEP_FAILED) return FLASH_FAILED;
    const outcome = openSlice(s);
    return outcome == OK && stream + 1 < STREAM_COUNT ? WORKING : outcome;
  }
  return OK;
}

/**
 * One slice of background work: WORKING, NOTHING if none is due, FLASH_FAILED when the last segment tried has failed. Nothing may
 * be prepared in NEXT meanwhile: a LOST event may be committed.
 */
export function backgroundStep(): u32 {
  const quarter = flash().segment_bytes >> 2;
  for (let stream: u32 = 0; stream < STREAM_COUNT; stream++) {
    const s = streamAt(stream);
    if (s.step == STEP_FAILED) continue;
    const rollDue = s.open == 0 || roomOf(s) < s.roll_bytes;
    const isDue = s.step == STEP_READY || s.step == STEP_CARRY ? rollDue : rollDue || roomOf(s) < quarter;
    if (isDue) return openSlice(s) == FLASH_FAILED ? FLASH_FAILED : WORKING;
  }
  return NOTHING;
}

/** Bit s is set if the tail of stream s ended, at boot, in a record that was begun and does not verify. */
export function tornStreams(): u32 {
  return streamAt(0).torn | (streamAt(1).torn << 1);
}

/** Starts the streams of a device being provisioned: its record is in DEVICE, its log key the 32 bytes at `logKey`. */
export function formatBegin(logKey: usize): void {
  deriveKeys();
  for (let stream: u32 = 0; stream < STREAM_COUNT; stream++) {
    const s = streamAt(stream);
    chainBegin(s, logKey, deviceId());
    s.open = 0;
    s.number = 0;
    s.sequence = 1;
    s.oldest = 1;
    s.at = 0;
    s.target = s.ring_first;
  }
}

/**
 * One slice of provisioning: every segment of both rings is erased, so that no earlier life shows through; then the meter is opened
 * and, last, the decisions: a device without them is empty. WORKING, OK, FLASH_FAILED.
 */
export function formatStep(): u32 {
  const s = streamAt(0);
  const sectors = (flash().segment_count - OBJECT_SEGMENTS) * flash().segment_sectors;
  if (s.at < sectors) {
    const outcome = segmentErase(OBJECT_SEGMENTS, s.at++);
    return outcome == OK ? WORKING : outcome;
  }
  const next = streamAt(1).open == 0 ? streamAt(1) : s;
  prepare(next);
  const outcome = openTarget(next);
  return outcome != OK ? outcome : next.stream == 0 ? OK : WORKING;
}

/** One slice of opening the next segment of `s`: WORKING, OK when it is open, FLASH_FAILED when it was given up. */
function openSlice(s: Stream): u32 {
  switch (s.step) {
    case STEP_VERIFY:
      return verify(s);
    case STEP_IDLE: {
      s.target = segmentNext(s);
      segmentAt(s.target).number = 0;
      s.at = 0;
      s.step = STEP_ERASE;
      return WORKING;
    }
    case STEP_ERASE: {
      if (segmentErase(s.target, s.at) != OK) return tryNext(s);
      if (++s.at == flash().segment_sectors) s.step = STEP_READY;
      return WORKING;
    }
    case STEP_READY: {
      prepare(s);
      s.carried_sequence = s.first;
      copyBytes(chainCarriedOf(s), chainFirstOf(s), 32);
      s.step = STEP_CARRY;
      return WORKING;
    }
    default: {
      // Half of the room at most: the other half must be worth opening. A tail with so few records is not open, so none follow.
      const most = (flash().segment_bytes - nextHeaderBytes(s)) >> 1;
      const carries = s.stay == 0 && s.used - s.header_bytes <= most;
      if (carries && sourceAt(s) < s.used) return carry(s);
      if (snapshotBytes(s) > s.snapshot_bytes) {
        // The state has grown since: what was carried lies where the header must go.
        s.step = s.at == nextHeaderBytes(s) ? STEP_READY : STEP_ERASE;
        s.at = 0;
        return WORKING;
      }
      if (openTarget(s) != OK) return tryNext(s);
      return reportLost(s);
    }
  }
}

/** Leaves room for the header of the segment that is opened next. */
function prepare(s: Stream): void {
  s.snapshot_bytes = snapshotBytes(s);
  s.at = nextHeaderBytes(s);
}

/** Where records begin in the segment that is opened next. */
function nextHeaderBytes(s: Stream): u32 {
  return headerBytes(s.snapshot_bytes);
}

/** Where in the tail the record stands that is carried to `at`. */
function sourceAt(s: Stream): u32 {
  return s.at - nextHeaderBytes(s) + s.header_bytes;
}

/** The segment cannot be used: takes the next one, and gives up after OPEN_ATTEMPTS_MAX. */
function tryNext(s: Stream): u32 {
  s.step = ++s.attempts < OPEN_ATTEMPTS_MAX ? STEP_IDLE : STEP_FAILED;
  return s.step == STEP_FAILED ? FLASH_FAILED : WORKING;
}

/** Verifies one header of the ring: until then the table holds claims. */
function verify(s: Stream): u32 {
  if (s.at == s.ring_count) {
    s.step = STEP_IDLE;
    return WORKING;
  }
  const segment = s.ring_first + s.at++;
  // A read that fails says nothing: the claim stands, and nothing is erased because of it.
  if (segmentAt(segment).number != 0 && headerLoad(s, segment) == NOTHING) segmentAt(segment).number = 0;
  return WORKING;
}

/**
 * Copies records of the tail, unchanged, to the segment being prepared. Their chain must end where the stream's does; if it does not, a
 * cell has become unreadable, and the old tail stays as it is.
 */
function carry(s: Stream): u32 {
  const source = segmentAddress(s.tail);
  const target = segmentAddress(s.target);
  const end = min(sourceAt(s) + SLICE_BYTES, s.used);
  while (sourceAt(s) < end) {
    const bytes = recordLoad(source + sourceAt(s), s.used - sourceAt(s), s.carried_sequence);
    if (bytes == 0 || bytes == RECORD_FAILED) return stay(s);
    chainNext(chainCarriedOf(s), RECORD, bytes - RECORD_TAG_BYTES);
    const room = padded(bytes);
    clearBytes(RECORD + bytes, room - bytes);
    if (flashStore(target + s.at, RECORD, room) != OK) return tryNext(s);
    s.at += room;
    s.carried_sequence++;
  }
  if (sourceAt(s) == s.used && memory.compare(chainCarriedOf(s), chainOf(s), 32) != 0) return stay(s);
  return WORKING;
}

/** Gives up carrying. */
function stay(s: Stream): u32 {
  s.stay = 1;
  return tryNext(s);
}

/**
 * Programs the header of the segment prepared: it is the tail from now on. Whatever comes of it, the old tail takes no more records,
 * because a header whose program failed may yet be found valid after a reset.
 */
function openTarget(s: Stream): u32 {
  s.open = 0;
  if (s.number != 0) epochNext(s);
  s.number++;
  s.carried_bytes = s.at - nextHeaderBytes(s);
  if (s.carried_bytes == 0) {
    s.first = s.sequence;
    copyBytes(chainFirstOf(s), chainOf(s), 32);
  }
  loseUpTo(s, oldestKept(s, s.target, s.first));

  clearBytes(RECORD, nextHeaderBytes(s));
  header().magic = HEADER_MAGIC;
  header().segment = s.target;
  copyBytes(RECORD + SHARED_AT, sharedOf(s), SHARED_BYTES);
  copyBytes(RECORD + HEADER_FIXED_BYTES, s.state, s.snapshot_bytes);
  copyBytes(headerTag(), TAG, HEADER_TAG_BYTES);
  if (flashStore(segmentAddress(s.target), RECORD, nextHeaderBytes(s)) != OK) return FLASH_FAILED;

  segmentAt(s.target).number = s.number;
  segmentAt(s.target).first = s.first;
  s.tail = s.target;
  s.header_bytes = nextHeaderBytes(s);
  s.used = s.at;
  s.open = 1;
  s.step = STEP_IDLE;
  s.stay = 0;
  s.attempts = 0;
  s.roll_bytes = rollBytes(s);
  return OK;
}

/** The oldest record kept is now `oldest`: what went and nobody had acknowledged is owed a LOST event. */
function loseUpTo(s: Stream, oldest: u32): void {
  const from = max(s.oldest, ackedOf(s) + 1);
  if (from < oldest) {
    if (s.lost_first == 0) s.lost_first = from;
    s.lost_last = oldest - 1;
  }
  s.oldest = oldest;
}

/** Writes the LOST event that is owed; the header remembers it until it is written. */
function reportLost(s: Stream): u32 {
  if (s.lost_first == 0) return OK;
  eventBegin(EVENT_LOST, 2);
  eventUnsigned(0, <u64>s.lost_first);
  eventUnsigned(1, <u64>s.lost_last);
  if (commit(s.stream) == OK) s.lost_first = 0;
  return OK;
}
