/**
 * What every verb that takes an object does first and last: copy the input, decode by table, and say where it failed.
 *
 * The place of a failure is one byte a level, the innermost lowest, each a map key or an array index plus one
 * (codec/cbor.ts); a rule between fields names the key it is about, a signature its signer. It becomes `detail`.
 */
import { copyBytes } from "../bytes";
import { CBOR_MALFORMED, Cursor, cursorBegin, fail } from "../codec/cbor";
import { decodeMap } from "../codec/record";
import { FAILURE_PLACE, INPUT, IO_BUFFER, OBJECT_CURSOR } from "../layout";
import { finish } from "../result";
import * as status from "../status";

/** Copies `length` bytes of input, 1 to `bytesMax`, to INPUT. OK or BAD_LENGTH. */
export function takeInput(length: u32, bytesMax: u32): u32 {
  store<u32>(FAILURE_PLACE, 0);
  if (length - 1 >= bytesMax) return status.BAD_LENGTH; // 0 wraps above every bound
  copyBytes(INPUT, IO_BUFFER, length);
  return status.OK;
}

/** Decodes exactly one map by the table at `schema` into the `recordBytes` bytes at `record`. OK, CBOR or SCHEMA. */
export function decodeObject(
  address: usize,
  length: u32,
  schema: usize,
  record: usize,
  recordBytes: u32,
): u32 {
  const c = changetype<Cursor>(OBJECT_CURSOR);
  cursorBegin(c, <u32>address, length);
  decodeMap(c, schema, record, recordBytes);
  if (c.at != c.end) fail(c, CBOR_MALFORMED); // keeps an earlier failure
  store<u32>(FAILURE_PLACE, c.failedKey);
  if (c.error == 0) return status.OK;
  return c.error == CBOR_MALFORMED ? status.CBOR : status.SCHEMA;
}

/** Notes that what failed is about `key` (a map key or an index), and returns `reason`. */
export function failedAt(reason: u32, key: u32): u32 {
  store<u32>(FAILURE_PLACE, key + 1);
  return reason;
}

/** Refuses at once: leaves the outcome record, so that the place can be read, and returns the reason. */
export function refuse(reason: u32): u32 {
  endRefused(reason);
  return reason;
}

/** Refuses in a later slice. Returns DONE. */
export function endRefused(reason: u32): u32 {
  return finish(reason, load<u32>(FAILURE_PLACE), 0);
}
