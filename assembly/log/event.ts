/**
 * The event being prepared (SPEC 8): deterministic CBOR {0: sequence, 1: boot, 2: uptime, 3: kind, 4: {details}}. Begin it, write the
 * details in ascending order of keys, and commit: one event at a time, and the sequence is filled in when it has one.
 */
import {
  writeArray,
  Writer,
  writeBytes,
  writeMap,
  writerBegin,
  writeRaw,
  writeUnsigned,
} from "../codec/writer";
import { fieldValue, TO } from "../fields";
import { uptimeMs } from "../host";
import { EVENT, EVENT_WRITER, NEXT, TAG } from "../layout";
import { EVENT_BYTES_MAX } from "../limits";
import { State } from "../store/state";

function writer(): Writer {
  return changetype<Writer>(EVENT_WRITER);
}

/** Starts an event of `kind` with `details` entries in its details. If the clock fails its uptime is 0. */
export function eventBegin(kind: u32, details: u32): void {
  const w = writer();
  writerBegin(w, <u32>EVENT, EVENT_BYTES_MAX);
  writeUnsigned(w, 1);
  writeUnsigned(w, <u64>changetype<State>(NEXT).boot);
  writeUnsigned(w, 2);
  writeUnsigned(w, uptimeMs(TAG) == 0 ? load<u64>(TAG) : 0);
  writeUnsigned(w, 3);
  writeUnsigned(w, <u64>kind);
  eventMap(4, details);
}

/** Adds an unsigned integer. */
export function eventUnsigned(key: u32, value: u64): void {
  writeUnsigned(writer(), <u64>key);
  writeUnsigned(writer(), value);
}

/** Adds every field of the table at `rows` as an unsigned integer, under the key that its row names (fields.ts). */
export function eventFields(rows: usize): void {
  let row = load<u32>(rows);
  while (row != 0) {
    eventUnsigned(row >> TO, fieldValue(row));
    rows += 4;
    row = load<u32>(rows);
  }
}

/** Adds a byte string. */
export function eventBytes(key: u32, address: usize, length: u32): void {
  writeUnsigned(writer(), <u64>key);
  writeBytes(writer(), <u32>address, length);
}

/** Adds a map of `entries` entries, which the following calls fill. */
export function eventMap(key: u32, entries: u32): void {
  writeUnsigned(writer(), <u64>key);
  writeMap(writer(), entries);
}

/** Adds an array of `items` integers, which as many calls of `eventItem` fill. */
export function eventArray(key: u32, items: u32): void {
  writeUnsigned(writer(), <u64>key);
  writeArray(writer(), items);
}
export function eventItem(value: u64): void {
  writeUnsigned(writer(), value);
}

/** Forgets the event. */
export function eventClear(): void {
  writer().at = 0;
}

/** Writes the event with its sequence to `out`, at most EVENT_BYTES_MAX bytes; returns how many, 0 if there is none. */
export function eventWrite(out: usize, sequence: u32): u32 {
  const w = writer();
  if (w.at == 0) return 0;
  assert(w.overflow == 0); // EVENT_BYTES_MAX holds the longest event there is
  const length = w.at - <u32>EVENT;
  writerBegin(w, <u32>out, EVENT_BYTES_MAX);
  writeMap(w, 5);
  writeUnsigned(w, 0);
  writeUnsigned(w, <u64>sequence);
  writeRaw(w, <u32>EVENT, length);
  assert(w.overflow == 0);
  return w.at - <u32>out;
}
