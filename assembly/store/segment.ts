/**
 * Segments: their headers, and the table of them in RAM from which tail, oldest and next are found (SPEC 9.2, 9.4). A header is
 * programmed last and in one call, so a segment that is half prepared does not exist.
 */
import { hmac } from "../crypto/hmac";
import { RECORD, SEAL_KEY, SEGMENTS, STATE, TAG } from "../layout";
import { NOTHING, OK } from "../status";
import { flashLoad, segmentAddress } from "./flash";
import { State } from "./state";
import { HEADER_FIXED_BYTES, HEADER_TAG_BYTES, Stream } from "./stream";

/** "DGS1", little-endian. */
export const HEADER_MAGIC: u32 = 0x31534744;

/** A segment header (SPEC 9.4). From `stream` to the key it is what Stream holds there; the snapshot and the tag follow. */
@unmanaged
export class Header {
  magic: u32;
  segment: u32;
  stream: u32;
  number: u32;
  first: u32;
  sequence: u32;
  carried_bytes: u32;
  epoch: u32;
  oldest: u32;
  lost_first: u32;
  lost_last: u32;
  snapshot_bytes: u32;
}

/** What a header and a Stream have in common: where in the header, and how much. */
export const SHARED_AT: u32 = 8;
export const SHARED_BYTES: u32 = HEADER_FIXED_BYTES - SHARED_AT;
/** Where in a header the chain before its first record stands. */
export const CHAIN_FIRST_AT: u32 = 48;

/** Bytes of a header that say which segment it is, without what the tag protects. */
const HEADER_NAME_BYTES: u32 = 20;

/** Number and first sequence of a segment; number 0 = not a segment of its stream. */
@unmanaged
export class Segment {
  number: u32;
  first: u32;
}

export function segmentAt(segment: u32): Segment {
  return changetype<Segment>(SEGMENTS + (segment << 3));
}

/** The header being read or built. */
export function header(): Header {
  return changetype<Header>(RECORD);
}

/** Where in RECORD the tag of the header there stands, having written the tag that it must have to TAG. */
export function headerTag(): usize {
  const bytes = HEADER_FIXED_BYTES + header().snapshot_bytes;
  hmac(SEAL_KEY, RECORD, bytes, TAG);
  return RECORD + bytes;
}

function isHeaderOf(s: Stream, segment: u32): bool {
  const h = header();
  return h.magic == HEADER_MAGIC && h.segment == segment && h.stream == s.stream && h.number != 0;
}

/** Reads the header of `segment` into RECORD: OK, NOTHING if it has none that verifies, FLASH_FAILED. */
export function headerLoad(s: Stream, segment: u32): u32 {
  const address = segmentAddress(segment);
  let outcome = flashLoad(address, RECORD, HEADER_FIXED_BYTES);
  if (outcome != OK) return outcome;
  // Shorter than the state is fine: an older gate's had fewer fields.
  if (!isHeaderOf(s, segment) || header().snapshot_bytes > s.state_bytes) return NOTHING;
  const rest = header().snapshot_bytes + HEADER_TAG_BYTES;
  outcome = flashLoad(address + HEADER_FIXED_BYTES, RECORD + HEADER_FIXED_BYTES, rest);
  if (outcome != OK) return outcome;
  return memory.compare(TAG, headerTag(), HEADER_TAG_BYTES) == 0 ? OK : NOTHING;
}

/** Fills the table with what the headers of the ring claim; who relies on a claim verifies it first. OK or FLASH_FAILED. */
export function segmentsScan(s: Stream): u32 {
  for (let i: u32 = 0; i < s.ring_count; i++) {
    const segment = s.ring_first + i;
    const outcome = flashLoad(segmentAddress(segment), RECORD, HEADER_NAME_BYTES);
    if (outcome != OK && outcome != NOTHING) return outcome;
    const known = outcome == OK && isHeaderOf(s, segment);
    segmentAt(segment).number = known ? header().number : 0;
    segmentAt(segment).first = known ? header().first : 0;
  }
  return OK;
}

/** The segment with the highest number, 0 if the ring has none (segment 0 is never a ring's). */
export function segmentNewest(s: Stream): u32 {
  let newest: u32 = 0;
  let number: u32 = 0;
  for (let i: u32 = 0; i < s.ring_count; i++) {
    const segment = s.ring_first + i;
    if (segmentAt(segment).number <= number) continue;
    newest = segment;
    number = segmentAt(segment).number;
  }
  return newest;
}

/**
 * One past the sequence of the last record that counts in `segment`: what later segments hold, carried or as a fresh start
 * after a failed program, counts there. A segment that ends before it begins is superseded.
 */
export function segmentEnd(s: Stream, segment: u32): u32 {
  let end = s.sequence;
  for (let i: u32 = 0; i < s.ring_count; i++) {
    const later = segmentAt(s.ring_first + i);
    if (later.number > segmentAt(segment).number) end = min(end, later.first);
  }
  return end;
}

/** Highest acknowledged sequence of a stream, 0 = none. */
export function ackedOf(s: Stream): u32 {
  const state = changetype<State>(STATE);
  return s.stream == 0 ? state.acked_0 : state.acked_1;
}

/** Sequence of the oldest record kept in any segment but `except`, at most `sequence`. */
export function oldestKept(s: Stream, except: u32, sequence: u32): u32 {
  for (let i: u32 = 0; i < s.ring_count; i++) {
    const segment = s.ring_first + i;
    const kept = segment != except && segmentAt(segment).number != 0;
    if (kept) sequence = min(sequence, segmentAt(segment).first);
  }
  return sequence;
}

/**
 * The segment to open next: the first free one after the one tried last, else the oldest (SPEC 9.2); one that has just failed only if
 * there is no other.
 */
export function segmentNext(s: Stream): u32 {
  const acked = ackedOf(s);
  let oldest: u32 = 0;
  for (let i: u32 = 1; i <= s.ring_count; i++) {
    const segment = s.ring_first + ((s.target - s.ring_first + i) % s.ring_count);
    if (segment == s.tail || (segment == s.target && s.attempts != 0)) continue;
    const candidate = segmentAt(segment);
    if (candidate.number == 0) return segment;
    const end = segmentEnd(s, segment);
    if (end <= candidate.first || end - 1 <= acked) return segment;
    if (oldest == 0 || candidate.number < segmentAt(oldest).number) oldest = segment;
  }
  return oldest != 0 ? oldest : s.target;
}
