/**
 * One whole CBOR item of any shape: checked to be deterministic (RFC 8949 4.2.1) and stepped over, without recursion.
 *
 * Allowed are integers of the full 64-bit range of either sign, byte strings, text, arrays, maps with keys of any
 * type, false, true and null. Refused are tags, floats, undefined and every other simple value, indefinite lengths,
 * forms that are not the shortest, text that is not UTF-8, map keys that do not rise in the bytewise order of their
 * encodings (which also excludes repeated keys), and more than ITEM_DEPTH_MAX arrays and maps inside one another.
 */
import { ITEM_CURSOR, ITEM_FRAMES } from "../layout-diag";
import { ITEM_DEPTH_MAX } from "../limits";
import {
  CBOR_MALFORMED,
  CBOR_OUT_OF_RANGE,
  CBOR_UNEXPECTED_KEY,
  Cursor,
  cursorBegin,
  cursorFinished,
  fail,
  MAJOR_ARRAY,
  MAJOR_BYTES,
  MAJOR_MAP,
  MAJOR_SIMPLE,
  MAJOR_TAG,
  MAJOR_TEXT,
  readAnyHead,
  SIMPLE_FALSE,
  SIMPLE_NULL,
} from "./cbor";
import { isUtf8 } from "./utf8";

/** An array or a map that has been entered and not yet left. */
@unmanaged
export class ItemFrame {
  /** Address of its first byte, its head's. */
  start: u32;
  /** Items in it still to come; a map entry is two. */
  remaining: u32;
  /** 1 for a map. */
  isMap: u32;
  /** The last key read: its encoding, of length 0 before the first. */
  key: u32;
  keyLength: u32;
}

/** True if the `length` bytes at `address` are exactly one deterministic item. */
export function isDeterministicItem(address: u32, length: u32): bool {
  const c = changetype<Cursor>(ITEM_CURSOR);
  cursorBegin(c, address, length);
  skipItem(c);
  return cursorFinished(c);
}

/** Steps over one item, or records why it is not deterministic. */
export function skipItem(c: Cursor): void {
  let depth: u32 = 0;
  // Each turn takes a byte at least, and the levels left below were entered by a turn: input length bounds both loops.
  while (c.error == 0) {
    let start = c.at;
    const argument = readAnyHead(c);
    if (c.error != 0) return;
    const major = c.major;
    if (major == MAJOR_ARRAY || major == MAJOR_MAP) {
      if (depth == ITEM_DEPTH_MAX) {
        fail(c, CBOR_OUT_OF_RANGE);
        return;
      }
      // Each item takes a byte, each entry two: a larger count is cut short, and twice the count fits 32 bits.
      if (argument > <u64>((c.end - c.at) >> (major - MAJOR_ARRAY))) {
        fail(c, CBOR_MALFORMED);
        return;
      }
      const entered = frameAt(depth);
      entered.start = start;
      entered.remaining = (<u32>argument) << (major - MAJOR_ARRAY);
      entered.isMap = major - MAJOR_ARRAY;
      entered.keyLength = 0;
      depth++;
    } else if (!skipLeaf(c, major, argument)) {
      fail(c, CBOR_MALFORMED);
      return;
    } else if (depth == 0) {
      return;
    } else {
      itemEnded(c, frameAt(depth - 1), start);
    }

    // Leaves every level that is complete; what is left is itself an item of the level around it.
    while (c.error == 0 && frameAt(depth - 1).remaining == 0) {
      start = frameAt(depth - 1).start;
      depth--;
      if (depth == 0) return;
      itemEnded(c, frameAt(depth - 1), start);
    }
  }
}

function frameAt(level: u32): ItemFrame {
  return changetype<ItemFrame>(ITEM_FRAMES + level * <u32>offsetof<ItemFrame>());
}

/** Steps over what follows the head of an item that holds no others. False if there is no such item. */
function skipLeaf(c: Cursor, major: u32, argument: u64): bool {
  if (major == MAJOR_BYTES || major == MAJOR_TEXT) {
    if (argument > <u64>(c.end - c.at)) return false;
    if (major == MAJOR_TEXT && !isUtf8(c.at, <u32>argument)) return false;
    c.at += <u32>argument;
    return true;
  }
  // Arguments of more than the head's byte (floats among them) are 24 at least, since they are shortest.
  if (major == MAJOR_SIMPLE) return argument >= <u64>SIMPLE_FALSE && argument <= <u64>SIMPLE_NULL;
  return major != MAJOR_TAG;
}

/** Counts the item from `start` up to the cursor as one of `frame`; if it is a map's key, it must rise. */
function itemEnded(c: Cursor, frame: ItemFrame, start: u32): void {
  // An even number of items to come in a map: this one is a key.
  if (frame.isMap != 0 && (frame.remaining & 1) == 0) {
    const length = c.at - start;
    if (!isBefore(frame.key, frame.keyLength, start, length)) fail(c, CBOR_UNEXPECTED_KEY);
    frame.key = start;
    frame.keyLength = length;
  }
  frame.remaining--;
}

/** True if the bytes at `a` come before those at `b` in bytewise lexicographic order. */
function isBefore(a: u32, aLength: u32, b: u32, bLength: u32): bool {
  const common = min(aLength, bLength);
  for (let i: u32 = 0; i < common; i++) {
    const x = <u32>load<u8>(a + i);
    const y = <u32>load<u8>(b + i);
    if (x != y) return x < y;
  }
  return aLength < bLength;
}
