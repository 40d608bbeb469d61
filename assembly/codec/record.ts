/**
 * Decodes a CBOR map into a fixed record, driven by a table: so the objects of the protocol share one piece of code,
 * and each is described by rows that read like its definition in SPEC.
 *
 *   // prettier-ignore
 *   const ORDER: usize = memory.data<u32>([
 *     1 | UINT32 | REQUIRED | NONZERO | offsetof<Order>("version") << AT, 0xffffffff,
 *     2 | COPY | REQUIRED | offsetof<Order>("patient") << AT, 16,
 *     4 | TEXT | offsetof<Order>("note") << AT, 40,
 *     5 | LIST | REQUIRED | NONZERO | offsetof<Order>("stepCount") << AT, 10 | (STEP_BYTES << 16),
 *       MAP, 0,
 *         1 | UINT64 | REQUIRED | offsetof<Step>("rate_nl_per_h") << AT, 40,
 *       END,
 *     END,
 *     END,
 *   ]);
 *
 * (`memory.data`, because a StaticArray costs a header of 20 bytes, and these are only passed on by their address.)
 * A row is two words, {key | type | flags | offset in the record, bound}; rows of one map stand in ascending key order. MAP, TUPLE and LIST are followed
 * by the rows of what they hold and END, a single word; so is the whole table. A MAP or TUPLE whose bound is not 0 has
 * its rows at that address instead: what many maps have in common is written once. Every record, nested or not, begins
 * with its presence word: bit k is set if key k was there. The record is cleared first, so what is absent is 0.
 */
import { clearBytes, copyBytes } from "../bytes";
import { RECORD_FRAMES } from "../layout";
import { RECORD_DEPTH_MAX } from "../limits";
import {
  CBOR_MISSING_KEY,
  CBOR_OUT_OF_RANGE,
  CBOR_UNEXPECTED_KEY,
  Cursor,
  fail,
  KEY_MAX,
  MAJOR_ARRAY,
  MAJOR_BYTES,
  MAJOR_MAP,
  MAJOR_TEXT,
  MAJOR_UNSIGNED,
  readBool,
  readCount,
  readHead,
  readInteger,
  readString,
  readUnsigned,
} from "./cbor";

/** Unsigned integer, 4 bytes in the record. Bound: its maximum. */
export const UINT32: u32 = 0 << 8;
/** Unsigned integer, 8 bytes in the record. Bound: how many bits it may have, at most 53. */
export const UINT64: u32 = 1 << 8;
/** Integer of either sign, 4 bytes in the record. Bound: its largest magnitude. */
export const INT32: u32 = 2 << 8;
/** Boolean, 4 bytes in the record, 0 or 1. */
export const BOOL: u32 = 3 << 8;
/** Byte string of exactly `bound` bytes (needs no EXACT), copied into the record. */
export const COPY: u32 = 4 << 8;
/** Byte string of at most `bound` bytes; the record gets its address and its length, 4 bytes each. */
export const BYTES: u32 = 5 << 8;
/** UTF-8 text of at most `bound` bytes; the record gets its address and its length, 4 bytes each. */
export const TEXT: u32 = 6 << 8;
/**
 * Everything from here to the end of the input, whatever it is, unread: for a last key whose shape the other keys
 * decide. The record gets its address and its length; the caller decodes it with a table of its own.
 */
export const REST: u32 = 7 << 8;
/** Map with a record of its own inside this one; its rows and END follow, or stand at the address in `bound`. */
export const MAP: u32 = 8 << 8;
/** Array whose element i is the row of key i; a record of its own, and rows, like a map. */
export const TUPLE: u32 = 9 << 8;
/**
 * Array of equal elements, described by the one row that follows, and END. The record gets the count (4 bytes), and
 * 8 bytes after the count begins the first element. Bound: the largest count | (bytes from one element to the next << 16).
 */
export const LIST: u32 = 10 << 8;
/** Closes the rows of a map, tuple, list or table. */
export const END: u32 = 11 << 8;

/** The key must be there. */
export const REQUIRED: u32 = 1 << 12;
/** The number, the length or the count must not be 0. */
export const NONZERO: u32 = 1 << 13;
/** The length or the count must be the bound itself. */
export const EXACT: u32 = 1 << 14;

/** Where the offset in the record stands in a row's first word, in bytes below 65,536. */
export const AT: u32 = 16;

const KEY_MASK: u32 = 0xff;
const TYPE_MASK: u32 = 0xf00;
/** Bytes of a row that is not END. */
const ROW_BYTES: u32 = 8;
/** Where the elements of a list begin after its count: 64-bit fields stay aligned. */
const LIST_HEAD_BYTES: u32 = 8;

/** A map, tuple or list that has been entered and not yet left. */
@unmanaged
export class RecordFrame {
  /** MAP, TUPLE or LIST. */
  type: u32;
  /** The first row not yet passed; in a list the row of every element. */
  row: u32;
  /** Entries or elements still to come. */
  remaining: u32;
  /** The last key read, or the index of the last element; KEY_NONE before the first. */
  key: u32;
  /** Address of the record, or of the list's first element. */
  base: u32;
  /** Bytes from one element of a list to the next. */
  stride: u32;
}

/** One below 0, so that the first index is 0 and the first place in `failedKey` is none. */
const KEY_NONE: u32 = 0xffffffff;

/**
 * Reads the map at the cursor by the rows at `schema` into the `recordBytes` bytes at `record`, which are cleared first.
 * Returns 0, or the CBOR_* also left in the cursor, beside the place of the failure in `failedKey`. Bytes behind the map are the
 * caller's to refuse (`cursorFinished`).
 */
export function decodeMap(c: Cursor, schema: usize, record: usize, recordBytes: u32): u32 {
  clearBytes(record, recordBytes);
  enter(c, frameAt(0), MAP, <u32>schema, <u32>record);
  let level: u32 = 0;
  // Every turn reads an item or leaves a level that an item entered: input length bounds the loop.
  while (c.error == 0) {
    const frame = frameAt(level);
    if (frame.remaining == 0) {
      passRows(c, frame, KEY_NONE);
      if (c.error != 0 || level == 0) break;
      level--;
      continue;
    }
    frame.remaining--;
    const row = nextRow(c, frame);
    if (c.error != 0) break;
    const type = load<u32>(row) & TYPE_MASK;
    const isList = frame.type == LIST;
    const to = frame.base + (isList ? frame.key * frame.stride : load<u32>(row) >> AT);
    if (!isList) {
      store<u32>(frame.base, load<u32>(frame.base) | (1 << frame.key));
      frame.row = skipRow(row);
    }
    if (type < MAP) {
      readScalar(c, row, to);
      continue;
    }
    level++;
    assert(level < RECORD_DEPTH_MAX); // a table's depth is the programmer's
    enter(c, frameAt(level), type, rowsFollow(row) ? row + ROW_BYTES : load<u32>(row, 4), to);
    if (type == LIST) enterList(c, frameAt(level), row, to);
  }
  if (c.error != 0) c.failedKey = placeOf(level);
  return c.error;
}

function frameAt(level: u32): RecordFrame {
  return changetype<RecordFrame>(RECORD_FRAMES + level * <u32>offsetof<RecordFrame>());
}

/** Reads the head of a map, tuple or list and opens its level. */
function enter(c: Cursor, frame: RecordFrame, type: u32, row: u32, base: u32): void {
  frame.type = type;
  frame.row = row;
  frame.key = KEY_NONE;
  frame.base = base;
  frame.remaining = readCount(c, type == MAP ? MAJOR_MAP : MAJOR_ARRAY);
}

/** Checks and stores the count of a list that has been entered. */
function enterList(c: Cursor, frame: RecordFrame, row: u32, to: u32): void {
  const bound = load<u32>(row, 4);
  requireSize(c, load<u32>(row), frame.remaining, bound & 0xffff);
  store<u32>(to, frame.remaining);
  frame.base = to + LIST_HEAD_BYTES;
  frame.stride = bound >> 16;
}

/** Reads the next key, or counts the next element, and finds its row. */
function nextRow(c: Cursor, frame: RecordFrame): u32 {
  if (frame.type == MAP) {
    const key = readHead(c, MAJOR_UNSIGNED);
    if (c.error != 0) return 0;
    frame.key = <u32>min(key, <u64>(KEY_MAX + 1));
  } else {
    frame.key++;
    if (frame.type == LIST) return frame.row;
  }
  // Rows ascend and none is passed twice: a repeated or falling key finds no row, like an unknown one.
  if (!isRowOf(frame.row, frame.key)) {
    passRows(c, frame, frame.key);
    if (!isRowOf(frame.row, frame.key)) fail(c, CBOR_UNEXPECTED_KEY);
  }
  return frame.row;
}

function isRowOf(row: u32, key: u32): bool {
  const head = load<u32>(row);
  return (head & KEY_MASK) == key && (head & TYPE_MASK) != END;
}

/** Passes the rows below `key`, which must be optional; all of them for KEY_NONE. */
function passRows(c: Cursor, frame: RecordFrame, key: u32): void {
  let row = frame.row;
  while (frame.type != LIST) {
    const head = load<u32>(row);
    if ((head & TYPE_MASK) == END || (head & KEY_MASK) >= key) break;
    if ((head & REQUIRED) != 0) {
      frame.key = head & KEY_MASK;
      fail(c, CBOR_MISSING_KEY);
      return;
    }
    row = skipRow(row);
  }
  frame.row = row;
}

/** True if what `row` holds is described right behind it: a list's bound is no address. */
function rowsFollow(row: u32): bool {
  return (load<u32>(row) & TYPE_MASK) == LIST || load<u32>(row, 4) == 0;
}

/** The row behind `row` and all it holds. */
function skipRow(row: u32): u32 {
  if ((load<u32>(row) & TYPE_MASK) < MAP) return row + ROW_BYTES;
  let level: u32 = 0;
  do {
    const type = load<u32>(row) & TYPE_MASK;
    if (type == END) {
      level--;
      row += 4;
    } else {
      if (type >= MAP && rowsFollow(row)) level++;
      row += ROW_BYTES;
    }
  } while (level != 0);
  return row;
}

/** Reads one item that holds no others, checks it against its row and stores it at `to`. */
function readScalar(c: Cursor, row: u32, to: u32): void {
  const head = load<u32>(row);
  const bound = load<u32>(row, 4);
  const type = head & TYPE_MASK;
  if (type == UINT32) {
    const value = readUnsigned(c);
    requireSize(c, head, value, bound);
    store<u32>(to, <u32>value);
  } else if (type == UINT64) {
    const value = readUnsigned(c);
    requireSize(c, head, value, ((<u64>1) << bound) - 1);
    store<u64>(to, value);
  } else if (type == INT32) {
    const value = readInteger(c);
    requireSize(c, head, <u64>abs(value), bound);
    store<u32>(to, <u32>value);
  } else if (type == BOOL) {
    store<u32>(to, readBool(c));
  } else if (type == REST) {
    store<u32>(to, c.at);
    store<u32>(to, c.end - c.at, 4);
    c.at = c.end;
  } else {
    const address = readString(c, type == TEXT ? MAJOR_TEXT : MAJOR_BYTES);
    const length = c.length;
    requireSize(c, type == COPY ? head | EXACT : head, length, bound);
    if (c.error != 0) return;
    if (type == COPY) {
      copyBytes(to, address, length);
    } else {
      store<u32>(to, address);
      store<u32>(to, length, 4);
    }
  }
}

/** Checks a number, length or count against the bound and the flags of its row. */
function requireSize(c: Cursor, head: u32, size: u64, bound: u64): void {
  const tooSmall = (head & EXACT) != 0 ? size != bound : (head & NONZERO) != 0 && size == 0;
  if (size > bound || tooSmall) fail(c, CBOR_OUT_OF_RANGE);
}

/** The place of a failure at `level` as `failedKey` tells it. */
function placeOf(level: u32): u32 {
  let place: u32 = 0;
  for (let i: u32 = 0; i <= level; i++) {
    const key = frameAt(i).key;
    if (key != KEY_NONE) place = (place << 8) | ((key + 1) & 0xff);
  }
  return place;
}
