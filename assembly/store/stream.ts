/**
 * A stream in RAM: where its tail is, its chain and key, and how far the opening of its next segment has come (SPEC 8, 9.2).
 * Stream 0 (decisions) carries State, stream 1 (meter) carries Meter.
 */
import { clearBytes } from "../bytes";
import { METER, METER_NEXT, NEXT, SEGMENTS, STATE, STREAMS } from "../layout";
import { HEADER_BYTES_MAX, METER_ROLL_BYTES, RECORD_BYTES_MAX, SEGMENTS_MAX, STREAM_COUNT } from "../limits";
import { flash, padded } from "./flash";
import { METER_BYTES, STATE_BYTES } from "./state";

/** Object segments 0 and 1 come first (SPEC 9.2). */
export const OBJECT_SEGMENTS: u32 = 2;

/** One stream. What stands between `stream` and the key is part of a segment header, so that one copy takes it there and back. */
@unmanaged
export class Stream {
  /** Committed copy of the state and the one being prepared, addresses. */
  state: u32;
  next: u32;
  state_bytes: u32;
  /** Where records begin in the tail: a header is as long as the state was (SPEC 9.4). */
  header_bytes: u32;
  /** With less room than this the tail is replaced: what most records need, or the one that last found no room. */
  roll_bytes: u32;
  /** The ring: its first segment and how many. */
  ring_first: u32;
  ring_count: u32;

  /** 1: the tail takes records. */
  open: u32;
  tail: u32;
  /** Where the next record goes, from the start of the tail. */
  used: u32;
  /** Records made with the epoch's key. */
  epoch_records: u32;
  /** 1: at boot the tail ended in a record that was begun and does not verify. */
  torn: u32;

  /** Opening the next segment (opening.ts): its step, segment, and position in it. */
  step: u32;
  target: u32;
  at: u32;
  /** Carrying: sequence of the record copied next, and 1 once carrying was given up. */
  carried_sequence: u32;
  stay: u32;
  /** Segments tried since the last one that opened. */
  attempts: u32;

  // From here to the key: bytes 8 to 143 of a segment header.
  stream: u32;
  /** Number of the last segment whose header was tried. */
  number: u32;
  /** Sequence of the tail's first record, and of the next record. */
  first: u32;
  sequence: u32;
  /** Bytes of records that the tail took over from its predecessor. */
  carried_bytes: u32;
  /** Epoch of the key. */
  epoch: u32;
  /** Sequence of the oldest record kept. */
  oldest: u32;
  /** A LOST event still owed: first and last lost sequence, 0 = none. */
  lost_first: u32;
  lost_last: u32;
  /** Bytes of state in the header, of the tail or of the segment being opened. */
  snapshot_bytes: u32;
  /** Chain value before the tail's first record, and after the last. */
  chain_first_0: u64;
  chain_first_1: u64;
  chain_first_2: u64;
  chain_first_3: u64;
  chain_0: u64;
  chain_1: u64;
  chain_2: u64;
  chain_3: u64;
  /** The epoch's key. */
  key_0: u64;
  key_1: u64;
  key_2: u64;
  key_3: u64;
  /** The same prepared for HMAC. */
  prepared_0: u64;
  prepared_1: u64;
  prepared_2: u64;
  prepared_3: u64;
  prepared_4: u64;
  prepared_5: u64;
  prepared_6: u64;
  prepared_7: u64;
  /** Chain value after the records carried so far. */
  chain_carried_0: u64;
  chain_carried_1: u64;
  chain_carried_2: u64;
  chain_carried_3: u64;
}

export function streamAt(stream: u32): Stream {
  assert(stream < STREAM_COUNT);
  return changetype<Stream>(STREAMS + stream * offsetof<Stream>());
}

/** What a segment header keeps of a stream (SHARED_BYTES, segment.ts). */
export function sharedOf(s: Stream): usize {
  return changetype<usize>(s) + offsetof<Stream>("stream");
}

/** Chain value after the last record, 32 bytes. */
export function chainOf(s: Stream): usize {
  return changetype<usize>(s) + offsetof<Stream>("chain_0");
}

/** Chain value before the tail's first record. */
export function chainFirstOf(s: Stream): usize {
  return changetype<usize>(s) + offsetof<Stream>("chain_first_0");
}

/** Chain value after the records carried so far. */
export function chainCarriedOf(s: Stream): usize {
  return changetype<usize>(s) + offsetof<Stream>("chain_carried_0");
}

/** The epoch's key, 32 bytes. */
export function keyOf(s: Stream): usize {
  return changetype<usize>(s) + offsetof<Stream>("key_0");
}

/** The epoch's key prepared for HMAC, 64 bytes. */
export function preparedOf(s: Stream): usize {
  return changetype<usize>(s) + offsetof<Stream>("prepared_0");
}

/** Forgets everything and gives each stream its ring: a third of the segments to the meter, the rest to decisions. */
export function streamsReset(): void {
  assert(offsetof<Stream>("prepared_0") - offsetof<Stream>("stream") == HEADER_FIXED_BYTES - 8); // no gap between them
  clearBytes(STREAMS, STREAM_COUNT * offsetof<Stream>());
  clearBytes(SEGMENTS, SEGMENTS_MAX * 8);
  const count = flash().segment_count;
  const meters = count / 3;
  const decisions = streamAt(0);
  decisions.state = <u32>STATE;
  decisions.next = <u32>NEXT;
  decisions.state_bytes = <u32>STATE_BYTES;
  decisions.ring_first = OBJECT_SEGMENTS + meters;
  decisions.ring_count = count - OBJECT_SEGMENTS - meters;
  const meter = streamAt(1);
  meter.stream = 1;
  meter.state = <u32>METER;
  meter.next = <u32>METER_NEXT;
  meter.state_bytes = <u32>METER_BYTES;
  meter.ring_first = OBJECT_SEGMENTS;
  meter.ring_count = meters;
  for (let stream: u32 = 0; stream < STREAM_COUNT; stream++) {
    const s = streamAt(stream);
    s.roll_bytes = rollBytes(s);
    assert(headerBytes(s.state_bytes) <= HEADER_BYTES_MAX && (s.state_bytes & 3) == 0);
    clearBytes(s.state, s.state_bytes);
    clearBytes(s.next, s.state_bytes);
  }
}

/** Bytes of a segment header before its snapshot, and of its tag. */
export const HEADER_FIXED_BYTES: u32 = 144;
export const HEADER_TAG_BYTES: u32 = 16;

/** A header's state comes in these steps, so that its length can be guessed if the header is damaged (`lookForOrphans`). */
export const SNAPSHOT_STEP_BYTES: u32 = 256;

/** Bytes of a header with so many of state, its padding included. */
export function headerBytes(snapshot_bytes: u32): u32 {
  return padded(HEADER_FIXED_BYTES + snapshot_bytes + HEADER_TAG_BYTES);
}

/** Bytes of state that a header opened now must hold: up to the last word that is not zero, in whole steps or to the state's end. */
export function snapshotBytes(s: Stream): u32 {
  let bytes = s.state_bytes;
  while (bytes > SNAPSHOT_STEP_BYTES && load<u32>(s.state + bytes - 4) == 0) bytes -= 4;
  return min((bytes + SNAPSHOT_STEP_BYTES - 1) & ~(SNAPSHOT_STEP_BYTES - 1), s.state_bytes);
}

/** With less room than this a tail is replaced, unless a larger record has asked for more. */
export function rollBytes(s: Stream): u32 {
  return s.stream == 0 ? RECORD_BYTES_MAX : METER_ROLL_BYTES;
}

/** Bytes left in the tail. */
export function roomOf(s: Stream): u32 {
  return flash().segment_bytes - s.used;
}
