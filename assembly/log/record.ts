/** One record of a stream (SPEC 8): head, event, patch, tag, in RECORD; and its patch, the difference of two states. */
import { copyBytes } from "../bytes";
import { hmac } from "../crypto/hmac";
import { CHAIN_NEXT, RECORD, TAG } from "../layout";
import { EVENT_BYTES_MAX, PATCH_BYTES_MAX } from "../limits";
import { NOTHING, OK } from "../status";
import { flashLoad } from "../store/flash";
import { chainOf, preparedOf, Stream } from "../store/stream";
import { chainNext } from "./chain";

/** Bytes before the event, and of the tag. */
export const RECORD_HEAD_BYTES: u32 = 12;
export const RECORD_TAG_BYTES: u32 = 16;

/** The head of a record. */
@unmanaged
export class RecordHead {
  event_bytes: u16;
  patch_bytes: u16;
  sequence: u32;
  epoch: u32;
}

export function recordHead(): RecordHead {
  return changetype<RecordHead>(RECORD);
}

/** What `recordLoad` returns when flash answers nothing at all. */
export const RECORD_FAILED: u32 = 0xffffffff;

/**
 * Reads the record at `address` into RECORD. Returns its bytes without padding, 0 if none of sequence `sequence` fits into
 * `room` bytes there (blank, torn or uncorrectable), or RECORD_FAILED. Reads exactly the record's units: what lies
 * behind it may be uncorrectable and is none of its business.
 */
export function recordLoad(address: u32, room: u32, sequence: u32): u32 {
  if (room < RECORD_HEAD_BYTES + RECORD_TAG_BYTES) return 0;
  let outcome = flashLoad(address, RECORD, RECORD_HEAD_BYTES);
  if (outcome != OK) return outcome == NOTHING ? 0 : RECORD_FAILED;
  const head = recordHead();
  const event_bytes = <u32>head.event_bytes;
  const patch_bytes = <u32>head.patch_bytes;
  if (event_bytes > EVENT_BYTES_MAX || patch_bytes > PATCH_BYTES_MAX || head.sequence != sequence) return 0;
  const bytes = RECORD_HEAD_BYTES + event_bytes + patch_bytes + RECORD_TAG_BYTES;
  if (bytes > room) return 0;
  outcome = flashLoad(address + RECORD_HEAD_BYTES, RECORD + RECORD_HEAD_BYTES, bytes - RECORD_HEAD_BYTES);
  return outcome == OK ? bytes : outcome == NOTHING ? 0 : RECORD_FAILED;
}

/** Leaves the chain after the record of `bytes` bytes in RECORD in CHAIN_NEXT. */
export function recordChain(s: Stream, bytes: u32): void {
  copyBytes(CHAIN_NEXT, chainOf(s), 32);
  chainNext(CHAIN_NEXT, RECORD, bytes - RECORD_TAG_BYTES);
}

/** The same, and its tag in TAG. */
export function recordSeal(s: Stream, bytes: u32): void {
  recordChain(s, bytes);
  hmac(preparedOf(s), CHAIN_NEXT, 32, TAG);
}

/** A run's head: its first word, and above RUN_WORD how many words it has, less one (SPEC 8). */
const RUN_WORD: u32 = 1024;
/** A run of 64 words with its head. */
const RUN_BYTES_MAX: usize = 2 + 64 * 4;

/** Where in the state a run of this head begins, and its bytes. */
export function runAt(head: u32): u32 {
  return (head & (RUN_WORD - 1)) << 2;
}
export function runBytes(head: u32): u32 {
  return (head / RUN_WORD + 1) << 2;
}

/** Writes the runs of words in which the prepared state differs from the committed one to `out`; returns their bytes. */
export function patchBuild(s: Stream, out: usize): u32 {
  const words = s.state_bytes >> 2;
  let to = out;
  let run: usize = 0;
  for (let word: u32 = 0; word < words; word++) {
    const value = load<u32>(s.next + (word << 2));
    if (value == load<u32>(s.state + (word << 2))) {
      run = 0;
      continue;
    }
    if (run == 0 || to - run == RUN_BYTES_MAX) {
      run = to;
      store<u16>(to, <u16>word); // words less one in the upper bits: none yet
      to += 2;
    } else {
      store<u16>(run, <u16>(<u32>load<u16>(run) + RUN_WORD));
    }
    store<u32>(to, value);
    to += 4;
  }
  assert(to - out <= PATCH_BYTES_MAX);
  return <u32>(to - out);
}

/** Applies the `length` bytes of runs at `patch` to the committed state; false if they leave it, which no tag allows. */
export function patchApply(s: Stream, patch: usize, length: u32): bool {
  while (length >= 2) {
    const at = runAt(<u32>load<u16>(patch));
    const bytes = runBytes(<u32>load<u16>(patch));
    if (bytes > length - 2 || bytes > s.state_bytes || at > s.state_bytes - bytes) return false;
    copyBytes(s.state + at, patch + 2, bytes);
    patch += 2 + bytes;
    length -= 2 + bytes;
  }
  return length == 0;
}
