/**
 * The journal: what a verb decided and the event that says so become one record, programmed before RAM changes (SPEC 8, 9).
 * After a reset the records of the tail are replayed onto the snapshot in its header.
 */
import { clearBytes, copyBytes } from "../bytes";
import { hmac } from "../crypto/hmac";
import { epochIfDue, keyPrepare } from "../log/chain";
import { eventClear, eventWrite } from "../log/event";
import {
  patchApply,
  patchBuild,
  RECORD_FAILED,
  RECORD_HEAD_BYTES,
  RECORD_TAG_BYTES,
  recordChain,
  recordHead,
  recordLoad,
  recordSeal,
  runAt,
  runBytes,
} from "../log/record";
import { CHAIN_NEXT, HASH_SCRATCH, NEXT, RECORD, STATE, TAG } from "../layout";
import {
  EPOCH_RECORDS_MAX,
  EVENT_BYTES_MAX,
  OPEN_ATTEMPTS_MAX,
  PATCH_BYTES_MAX,
  RECORD_BYTES_MAX,
} from "../limits";
import { FLASH_FAILED, NOTHING, OK, STORE_BUSY, STORE_CORRUPT } from "../status";
import { flash, flashCompare, flashLoad, flashStore, padded, segmentAddress } from "./flash";
import { objectsAdopt } from "./objects";
import { headerLoad, segmentAt, segmentNewest, segmentsScan, SHARED_AT, SHARED_BYTES } from "./segment";
import { State } from "./state";
import {
  chainOf,
  HEADER_FIXED_BYTES,
  headerBytes,
  preparedOf,
  roomOf,
  sharedOf,
  SNAPSHOT_STEP_BYTES,
  Stream,
  streamAt,
} from "./stream";

/** Opening was given up: every segment that could be tried has failed (opening.ts). */
export const STEP_FAILED: u32 = 5;

/**
 * Programs one record of `stream`: the event begun before, if any, and the difference of its prepared state (NEXT or METER_NEXT) against the committed
 * one. OK: the prepared state is now the committed one. Else it is forgotten: STORE_BUSY (no room before background work has
 * run), FLASH_FAILED. With neither event nor difference nothing is programmed. The event is cleared either way.
 *
 * A record whose program call failed may still count after a reset, if the next segment has not opened by then: the same two
 * outcomes as a power cut.
 */
export function commit(stream: u32): u32 {
  const s = streamAt(stream);
  const outcome = append(s);
  eventClear();
  if (outcome != OK) {
    copyBytes(s.next, s.state, s.state_bytes);
    return outcome;
  }
  const named = changetype<State>(STATE).object_segment;
  if (stream == 0 && changetype<State>(NEXT).object_segment != named) objectsAdopt();
  copyBytes(s.state, s.next, s.state_bytes);
  return OK;
}

/** Forgets what was prepared: both states and the event. */
export function rollback(): void {
  for (let stream: u32 = 0; stream < 2; stream++) {
    const s = streamAt(stream);
    copyBytes(s.next, s.state, s.state_bytes);
  }
  eventClear();
}

/** True once stream 0 takes records. */
export function storeOpen(): bool {
  return streamAt(0).open != 0;
}

function append(s: Stream): u32 {
  const event_bytes = eventWrite(RECORD + RECORD_HEAD_BYTES, s.sequence);
  const patch_bytes = patchBuild(s, RECORD + RECORD_HEAD_BYTES + event_bytes);
  if (event_bytes + patch_bytes == 0) return OK;
  if (s.open == 0) return s.step == STEP_FAILED ? FLASH_FAILED : STORE_BUSY;
  const bytes = RECORD_HEAD_BYTES + event_bytes + patch_bytes + RECORD_TAG_BYTES;
  const room = padded(bytes);
  if (room > roomOf(s)) {
    s.roll_bytes = max(s.roll_bytes, room); // a rare one, for which the tail is replaced early
    return STORE_BUSY;
  }

  epochIfDue(s);
  const head = recordHead();
  head.event_bytes = <u16>event_bytes;
  head.patch_bytes = <u16>patch_bytes;
  head.sequence = s.sequence;
  head.epoch = s.epoch;
  recordSeal(s, bytes);
  copyBytes(RECORD + bytes - RECORD_TAG_BYTES, TAG, RECORD_TAG_BYTES);
  clearBytes(RECORD + bytes, room - bytes);
  if (flashStore(segmentAddress(s.tail) + s.used, RECORD, room) != OK) {
    s.open = 0; // these units are spent, and nothing may follow a record that is none
    return FLASH_FAILED;
  }
  advance(s, room);
  return OK;
}

/** The sealed record counts: `room` bytes of the tail are used. */
function advance(s: Stream, room: u32): void {
  copyBytes(chainOf(s), CHAIN_NEXT, 32);
  s.used += room;
  s.sequence++;
  s.epoch_records++;
}

/**
 * Finds the stream's tail under the present seal key and replays it: OK, NOTHING if the stream has no segment,
 * STORE_CORRUPT, FLASH_FAILED. Reads only; the cost is that of one segment, however long the log.
 */
export function streamMount(s: Stream): u32 {
  let outcome = segmentsScan(s);
  if (outcome != OK) return outcome;
  // Each turn rules out a segment: at most ring_count turns.
  for (;;) {
    s.tail = segmentNewest(s);
    if (s.tail == 0) return NOTHING;
    outcome = headerLoad(s, s.tail);
    if (outcome == OK) break;
    if (outcome != NOTHING) return outcome;
    segmentAt(s.tail).number = 0;
  }
  adopt(s);
  outcome = replay(s);
  return outcome == OK ? lookForOrphans(s) : outcome;
}

/** Takes over what the tail's header, in RECORD, says. */
function adopt(s: Stream): void {
  copyBytes(sharedOf(s), RECORD + SHARED_AT, SHARED_BYTES);
  s.target = s.tail;
  s.header_bytes = headerBytes(s.snapshot_bytes);
  s.used = s.header_bytes + s.carried_bytes;
  keyPrepare(s);
  clearBytes(s.state, s.state_bytes);
  copyBytes(s.state, RECORD + HEADER_FIXED_BYTES, s.snapshot_bytes);
}

/**
 * Applies the tail's own records up to the last that verifies. A tag covers the chain, and so all records before it: the chain is followed
 * through every record, and only the last one's tag is checked, and that of each that ends an epoch, whose key is then gone. If the last
 * does not verify, it was cut: the segment is read once more, to the record before it.
 */
function replay(s: Stream): u32 {
  let outcome = follow(s, flash().segment_bytes);
  if (outcome == OK) return lookBehind(s);
  if (outcome != NOTHING) return outcome;
  const end = s.used;
  outcome = headerLoad(s, s.tail);
  if (outcome == OK) {
    adopt(s);
    outcome = follow(s, end);
  }
  if (outcome == NOTHING) return STORE_CORRUPT;
  return outcome == OK ? lookBehind(s) : outcome;
}

/**
 * Applies the records below `end`. OK if the last of them verifies; NOTHING if it does not: it begins at `used`, and the state is none;
 * FLASH_FAILED.
 */
function follow(s: Stream, end: u32): u32 {
  let last = s.used; // where the record before `used` begins
  let unproven = false;
  // `used` rises in every turn: the segment's length bounds the loop.
  while (s.used < end) {
    const address = segmentAddress(s.tail) + s.used;
    const bytes = recordLoad(address, roomOf(s), s.sequence);
    if (bytes == RECORD_FAILED) return FLASH_FAILED;
    if (bytes == 0) break;
    if (unproven && s.epoch_records == EPOCH_RECORDS_MAX) {
      if (!lastProven(s)) return stepBack(s, last);
      unproven = false;
    }
    epochIfDue(s);
    if (recordHead().epoch != s.epoch) break;
    // A cell that a cut left half-charged may read right by chance: what counts must read right again.
    let outcome = flashCompare(address, RECORD, bytes);
    if (outcome == OK) outcome = flashCompare(address, RECORD, bytes);
    if (outcome == FLASH_FAILED) return outcome;
    if (outcome != OK) break;
    recordChain(s, bytes);
    copyBytes(HASH_SCRATCH, RECORD + bytes - RECORD_TAG_BYTES, RECORD_TAG_BYTES);
    const event_bytes = <u32>recordHead().event_bytes;
    const patch_bytes = <u32>recordHead().patch_bytes;
    if (!patchApply(s, RECORD + RECORD_HEAD_BYTES + event_bytes, patch_bytes)) return stepBack(s, s.used);
    last = s.used;
    unproven = true;
    advance(s, padded(bytes));
    s.lost_first = 0; // LOST is the first record of a segment that owes it
  }
  return !unproven || lastProven(s) ? OK : stepBack(s, last);
}

/** True if the tag at HASH_SCRATCH is that of the chain so far. */
function lastProven(s: Stream): bool {
  hmac(preparedOf(s), chainOf(s), 32, TAG);
  return memory.compare(TAG, HASH_SCRATCH, RECORD_TAG_BYTES) == 0;
}

/** Says from where on nothing counts. */
function stepBack(s: Stream, used: u32): u32 {
  s.used = used;
  return NOTHING;
}

/**
 * The head at `at` of `segment`, if one can be read; its sequence, else 0. Its epoch must be one that may follow, and an event or a
 * patch must begin behind it: state holds small numbers, and two of them in the body of a torn record are not a successor.
 */
function sequenceAt(s: Stream, segment: u32, at: u32): u32 {
  if (flashLoad(segmentAddress(segment) + at, RECORD, PROBE_BYTES) != OK) return 0;
  const head = recordHead();
  if (<u32>head.event_bytes > EVENT_BYTES_MAX || <u32>head.patch_bytes > PATCH_BYTES_MAX) return 0;
  const first = <u32>load<u16>(RECORD, RECORD_HEAD_BYTES);
  // Of a patch its first run: word, and how many.
  const begins =
    head.event_bytes != 0
      ? first == EVENT_FIRST
      : runBytes(first) < <u32>head.patch_bytes && runAt(first) + runBytes(first) <= s.state_bytes;
  return begins && head.epoch - s.epoch <= EPOCH_AHEAD ? head.sequence : 0;
}

/** A head and the two bytes behind it. An event is a map of five, whose first key is 0. */
const PROBE_BYTES: u32 = RECORD_HEAD_BYTES + 2;
const EVENT_FIRST: u32 = 0x00a5;

/** Epochs by which a segment's first record may be ahead of the stream's last: one for each opening tried, and one. */
const EPOCH_AHEAD: u32 = OPEN_ATTEMPTS_MAX + 1;

/**
 * Looks at what follows the last record that verifies. Nothing is ever programmed behind a record that was cut, so a
 * successor behind it means that an acknowledged record was damaged: STORE_CORRUPT, not a quiet step back. If only the last record is
 * damaged that cannot be told from a cut; `torn` says that something was there.
 */
function lookBehind(s: Stream): u32 {
  const step = flash().align_bytes;
  const end = min(s.used + RECORD_BYTES_MAX + step, flash().segment_bytes - PROBE_BYTES);
  for (let at = s.used + step; at <= end; at += step) {
    if (sequenceAt(s, s.tail, at) == s.sequence + 1) return STORE_CORRUPT;
  }
  if (roomOf(s) < RECORD_HEAD_BYTES) return OK;
  if (flashLoad(segmentAddress(s.tail) + s.used, RECORD, RECORD_HEAD_BYTES) != OK) return OK;
  const wrong = popcnt(recordHead().sequence ^ s.sequence) + popcnt(recordHead().epoch ^ s.epoch);
  s.torn = wrong <= 1 ? 1 : 0;
  return OK;
}

/**
 * Looks for a segment that goes on where the tail ends and yet has no valid header: its header was damaged after records
 * had followed it, and the tail found is not the newest.
 */
function lookForOrphans(s: Stream): u32 {
  for (let i: u32 = 0; i < s.ring_count; i++) {
    const segment = s.ring_first + i;
    if (segment == s.tail) continue;
    if (!goesOn(s, segment)) continue;
    const outcome = headerLoad(s, segment);
    if (outcome != OK) return outcome == NOTHING ? STORE_CORRUPT : outcome;
  }
  return OK;
}

/**
 * Whether `segment` holds the stream's next record where its own records may begin: behind a header, of whatever length, or behind the
 * tail's records carried there.
 */
function goesOn(s: Stream, segment: u32): bool {
  const last = flash().segment_bytes - PROBE_BYTES;
  for (
    let bytes = SNAPSHOT_STEP_BYTES;
    bytes < s.state_bytes + SNAPSHOT_STEP_BYTES;
    bytes += SNAPSHOT_STEP_BYTES
  ) {
    const at = headerBytes(min(bytes, s.state_bytes));
    const behind = min(at + s.used - s.header_bytes, last);
    if (sequenceAt(s, segment, at) == s.sequence || sequenceAt(s, segment, behind) == s.sequence) return true;
  }
  return false;
}
