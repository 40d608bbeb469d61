/** `logRead` (SPEC 11.2): a page of a stream as it stands in flash, for a verifier that has the log key. */
import { copyBytes } from "../bytes";
import { IO_BUFFER, RECORD } from "../layout";
import { INPUT_BYTES_MAX, STREAM_COUNT } from "../limits";
import { BAD_ARGUMENT, FLASH_FAILED, NOTHING, OK, STORE_CORRUPT } from "../status";
import { flash, padded, segmentAddress } from "../store/flash";
import { CHAIN_FIRST_AT, header, headerLoad, segmentAt, segmentEnd } from "../store/segment";
import { headerBytes, Stream, streamAt } from "../store/stream";
import { chainNext } from "./chain";
import { RECORD_FAILED, RECORD_TAG_BYTES, recordLoad } from "./record";

const LOG_RECORD: u32 = 0x0601 | (1 << 16);
const LOG_HEAD_BYTES: u32 = 64;
const CHAIN_BEFORE_AT: u32 = 32;

/**
 * Leaves a log record in IO_BUFFER: records from `sequence` on, or from the next one kept, as many as one segment and the
 * buffer hold. OK; NOTHING at the end of the log; STORE_CORRUPT if there is more that cannot be read; BAD_ARGUMENT; FLASH_FAILED. Hashes
 * one segment at most.
 */
export function logRead(stream: u32, sequence: u32): u32 {
  if (stream >= STREAM_COUNT) return BAD_ARGUMENT;
  const s = streamAt(stream);
  sequence = max(sequence, s.oldest);
  // A segment that gives nothing (its records were damaged) is passed over: the verifier sees the gap.
  for (let i: u32 = 0; i < s.ring_count && sequence < s.sequence; i++) {
    const segment = segmentOf(s, sequence);
    if (segment == 0) return STORE_CORRUPT;
    const end = segmentEnd(s, segment);
    const outcome = readPage(s, segment, sequence, end);
    if (outcome != NOTHING) return outcome;
    sequence = end;
    if (sequence == s.sequence) return STORE_CORRUPT;
  }
  return NOTHING;
}

/** The segment that holds `sequence` or, if none does, the first one after it; 0 at the end. */
function segmentOf(s: Stream, sequence: u32): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < s.ring_count; i++) {
    const segment = s.ring_first + i;
    const candidate = segmentAt(segment);
    if (candidate.number == 0) continue;
    const end = segmentEnd(s, segment);
    if (end <= candidate.first || end <= sequence) continue;
    if (found == 0 || candidate.first < segmentAt(found).first) found = segment;
  }
  return found;
}

/** Reads the records of `segment` from `sequence` up to `end`; the chain before the first is computed from the header's anchor. */
function readPage(s: Stream, segment: u32, sequence: u32, end: u32): u32 {
  const outcome = headerLoad(s, segment);
  if (outcome != OK) return outcome;
  const chain = IO_BUFFER + CHAIN_BEFORE_AT;
  copyBytes(chain, RECORD + CHAIN_FIRST_AT, 32);
  let next = header().first;
  let at = headerBytes(header().snapshot_bytes);
  let out = IO_BUFFER + LOG_HEAD_BYTES;
  let count: u32 = 0;
  // `at` rises in every turn.
  while (next < end) {
    const bytes = recordLoad(segmentAddress(segment) + at, flash().segment_bytes - at, next);
    if (bytes == RECORD_FAILED) return FLASH_FAILED;
    if (bytes == 0) break;
    if (next < sequence) {
      chainNext(chain, RECORD, bytes - RECORD_TAG_BYTES);
    } else {
      if (<u32>(out - IO_BUFFER) + bytes > INPUT_BYTES_MAX) break;
      copyBytes(out, RECORD, bytes);
      out += bytes;
      count++;
    }
    at += padded(bytes);
    next++;
  }
  if (count == 0) return NOTHING;
  store<u32>(IO_BUFFER, LOG_RECORD);
  store<u32>(IO_BUFFER, <u32>(out - IO_BUFFER), 4);
  store<u32>(IO_BUFFER, s.stream, 8);
  store<u32>(IO_BUFFER, next - count, 12);
  store<u32>(IO_BUFFER, count, 16);
  store<u32>(IO_BUFFER, s.sequence, 20);
  store<u32>(IO_BUFFER, s.oldest, 24);
  store<u32>(IO_BUFFER, 0, 28);
  return OK;
}
