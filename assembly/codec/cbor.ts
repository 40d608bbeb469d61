/**
 * A strict reader for deterministic CBOR (RFC 8949 4.2.1), as far as the protocol uses it: integers, byte strings,
 * text, arrays, maps, booleans and the outer tag. It never allocates and never recurses.
 *
 * Errors are sticky: after the first one every read returns 0 and `error` stays, so a decoder reads a whole object
 * and asks once. What is not the shortest form is an error, not a variant (SPEC 1). Several cursors may be alive at
 * once; each is a region of its own.
 */
import { isUtf8 } from "./utf8";

/** Where a reader stands, as a view over static memory: `changetype<Cursor>(REGION)`. */
@unmanaged
export class Cursor {
  /** Address of the next unread byte. */
  at: u32;
  /** Address one past the last byte; `at <= end` always. */
  end: u32;
  /** 0, or for good the reason of the first failure, one of CBOR_*. */
  error: u32;
  /**
   * Where a decoded record failed, for the message: one byte a level, the innermost four, the very innermost lowest,
   * each a map key or an array index plus one. 0x0504 is index 3 of the array under key 4. 0 is the record itself.
   */
  failedKey: u32;
  /** Major type of the last head read. */
  major: u32;
  /** Length in bytes of the last string read. */
  length: u32;
}

/** Not deterministic CBOR, or cut short. */
export const CBOR_MALFORMED: u32 = 1;
/** Another type than the object has here. */
export const CBOR_WRONG_TYPE: u32 = 2;
/** A key the object does not have, a repeated one or one out of order; an array with an element too many. */
export const CBOR_UNEXPECTED_KEY: u32 = 3;
/** A key that must be there is not; an array with an element too few. */
export const CBOR_MISSING_KEY: u32 = 4;
/** A number, a length or a count outside its bounds. */
export const CBOR_OUT_OF_RANGE: u32 = 5;

export const MAJOR_UNSIGNED: u32 = 0;
export const MAJOR_NEGATIVE: u32 = 1;
export const MAJOR_BYTES: u32 = 2;
export const MAJOR_TEXT: u32 = 3;
export const MAJOR_ARRAY: u32 = 4;
export const MAJOR_MAP: u32 = 5;
export const MAJOR_TAG: u32 = 6;
export const MAJOR_SIMPLE: u32 = 7;

/** Arguments of the simple values allowed (RFC 8949 3.3, table 4). */
export const SIMPLE_FALSE: u32 = 20;
export const SIMPLE_TRUE: u32 = 21;
export const SIMPLE_NULL: u32 = 22;

/** Largest integer allowed, 2^53 - 1, so that every host language can hold it (SPEC 1). */
export const INTEGER_MAX: u64 = 9007199254740991;

/** Largest map key allowed: it fits the head's byte, and every order of keys in use agrees on 0..23 (SPEC 1). */
export const KEY_MAX: u32 = 23;

/** Starts reading `length` bytes at `address`. */
export function cursorBegin(c: Cursor, address: u32, length: u32): void {
  c.at = address;
  c.end = address + length;
  c.error = 0;
  c.failedKey = 0;
  c.major = 0;
  c.length = 0;
}

/** True if everything was read without error and nothing is left over. */
export function cursorFinished(c: Cursor): bool {
  return c.error == 0 && c.at == c.end;
}

/** Records the first failure. Returns 0, so that readers can `return fail(...)`. */
export function fail(c: Cursor, error: u32): u64 {
  if (c.error == 0) c.error = error;
  c.length = 0;
  return 0;
}

/** Reads the head of any item: leaves its type in `major` and returns its argument, which must be shortest. */
export function readAnyHead(c: Cursor): u64 {
  const at = c.at;
  const left = c.end - at;
  if (c.error != 0 || left == 0) return fail(c, CBOR_MALFORMED);
  const first = <u32>load<u8>(at);
  const info = first & 31;
  c.major = first >> 5;
  if (info < 24) {
    c.at = at + 1;
    return <u64>info;
  }
  if (info > 27) return fail(c, CBOR_MALFORMED); // 28..30 are reserved, 31 is an indefinite length
  const width: u32 = 1 << (info - 24); // 1, 2, 4 or 8 bytes follow
  if (width >= left) return fail(c, CBOR_MALFORMED);
  c.at = at + 1 + width;
  let value: u64;
  if (width == 1) value = <u64>load<u8>(at, 1);
  else if (width == 2) value = (<u64>bswap(load<u32>(at, 1))) >> 16;
  else if (width == 4) value = <u64>bswap(load<u32>(at, 1));
  else value = bswap(load<u64>(at, 1));

  // The smallest value that needs this width; below it a shorter form exists (RFC 8949 4.2.1).
  const smallest: u64 = width == 1 ? 24 : (<u64>1) << (width << 2);
  return value < smallest ? fail(c, CBOR_MALFORMED) : value;
}

/** Reads the head of an item that must be of type `major`, and returns its argument. */
export function readHead(c: Cursor, major: u32): u64 {
  const value = readAnyHead(c);
  return c.error == 0 && c.major == major ? value : fail(c, CBOR_WRONG_TYPE);
}

/** Reads an unsigned integer of at most 2^53 - 1. */
export function readUnsigned(c: Cursor): u64 {
  const value = readAnyHead(c);
  if (c.major != MAJOR_UNSIGNED) return fail(c, CBOR_WRONG_TYPE);
  return value > INTEGER_MAX ? fail(c, CBOR_OUT_OF_RANGE) : value; // after an error it is 0
}

/** Reads an integer of either sign, from -(2^53 - 1) to 2^53 - 1. */
export function readInteger(c: Cursor): i64 {
  const argument = readAnyHead(c);
  if (c.major > MAJOR_NEGATIVE) return fail(c, CBOR_WRONG_TYPE);
  // RFC 8949 3.1: major type 1 holds -1 - argument.
  if (argument > INTEGER_MAX - <u64>c.major) return fail(c, CBOR_OUT_OF_RANGE);
  return c.error != 0 ? 0 : c.major == MAJOR_NEGATIVE ? -1 - <i64>argument : <i64>argument;
}

/** Reads a string of type `major`; returns its address and leaves its length in `length`. Text must be UTF-8. */
export function readString(c: Cursor, major: u32): u32 {
  const length = readHead(c, major);
  // Compared before anything is added: a hostile length must not wrap the address.
  if (c.error != 0 || length > <u64>(c.end - c.at)) return <u32>fail(c, CBOR_MALFORMED);
  const address = c.at;
  if (major == MAJOR_TEXT && !isUtf8(address, <u32>length)) return <u32>fail(c, CBOR_MALFORMED);
  c.length = <u32>length;
  c.at += <u32>length;
  return address;
}

/** Reads a byte string of exactly `length` bytes and returns its address. */
export function readBytes(c: Cursor, length: u32): u32 {
  const address = readString(c, MAJOR_BYTES);
  return c.length == length ? address : <u32>fail(c, CBOR_OUT_OF_RANGE);
}

/** Enters an array or a map (type `major`) and returns its number of elements or entries, at most those bytes left. */
export function readCount(c: Cursor, major: u32): u32 {
  const count = readHead(c, major);
  // Every element takes a byte at least, so a larger count is cut short; what remains fits 32 bits.
  return <u32>(count > <u64>(c.end - c.at) ? fail(c, CBOR_MALFORMED) : count);
}

/**
 * Reads a map key, which must be larger than `previous` (-1 before the first): so keys rise and none is repeated.
 * The caller holds `previous`, hence maps nest without a stack here.
 */
export function readKey(c: Cursor, previous: i32): i32 {
  const key = readHead(c, MAJOR_UNSIGNED);
  if (key > <u64>KEY_MAX || <i32>key <= previous) return <i32>fail(c, CBOR_UNEXPECTED_KEY);
  return <i32>key;
}

/** Reads a boolean as 0 or 1. */
export function readBool(c: Cursor): u32 {
  const value = <u32>readHead(c, MAJOR_SIMPLE);
  // An argument that needed more than the head's byte is a float or an unassigned value, and larger than these.
  if (value != SIMPLE_FALSE && value != SIMPLE_TRUE) return <u32>fail(c, CBOR_WRONG_TYPE);
  return value - SIMPLE_FALSE;
}
