/**
 * Writes deterministic CBOR (RFC 8949 4.2.1) into a bounded buffer: every head in its shortest form. The order of
 * map keys is the caller's. Overflow is sticky: what does not fit is not written, and `overflow` stays set.
 */
import { copyBytes } from "../bytes";
import {
  MAJOR_ARRAY,
  MAJOR_BYTES,
  MAJOR_MAP,
  MAJOR_NEGATIVE,
  MAJOR_SIMPLE,
  MAJOR_TEXT,
  MAJOR_UNSIGNED,
  SIMPLE_FALSE,
  SIMPLE_NULL,
  SIMPLE_TRUE,
} from "./cbor";

/** Where a writer stands, as a view over static memory. */
@unmanaged
export class Writer {
  /** Address of the next byte to write. */
  at: u32;
  /** Address one past the buffer; `at <= end` always. */
  end: u32;
  /** 1 once something did not fit. */
  overflow: u32;
}

/** Starts writing into the `capacity` bytes at `address`. */
export function writerBegin(w: Writer, address: u32, capacity: u32): void {
  w.at = address;
  w.end = address + capacity;
  w.overflow = 0;
}

/** Writes a head of type `major` with its argument in the shortest form: 1, 2, 3, 5 or 9 bytes. */
export function writeHead(w: Writer, major: u32, argument: u64): void {
  // log2 of the bytes that follow the first, or -1 for none.
  const size: i32 =
    argument < 24 ? -1 : argument < 0x100 ? 0 : argument < 0x10000 ? 1 : argument < 0x100000000 ? 2 : 3;
  const width: u32 = size < 0 ? 0 : 1 << size;
  if (w.overflow != 0 || w.end - w.at <= width) {
    w.overflow = 1;
    return;
  }
  store<u8>(w.at, <u8>((major << 5) | (size < 0 ? <u32>argument : 24 + size)));
  for (let i = width; i > 0; i--) {
    store<u8>(w.at + i, <u8>argument);
    argument >>= 8;
  }
  w.at += width + 1;
}

/** Writes an unsigned integer. */
export function writeUnsigned(w: Writer, value: u64): void {
  writeHead(w, MAJOR_UNSIGNED, value);
}

/** Writes an integer of either sign. */
export function writeInteger(w: Writer, value: i64): void {
  // RFC 8949 3.1: a negative n is held as -1 - n, which is its complement.
  writeHead(w, value < 0 ? MAJOR_NEGATIVE : MAJOR_UNSIGNED, <u64>(value < 0 ? ~value : value));
}

/** Writes the head of an array of `count` elements, which the caller writes next. */
export function writeArray(w: Writer, count: u32): void {
  writeHead(w, MAJOR_ARRAY, <u64>count);
}

/** Writes the head of a map of `count` entries, which the caller writes next, keys rising. */
export function writeMap(w: Writer, count: u32): void {
  writeHead(w, MAJOR_MAP, <u64>count);
}

/** Writes false for 0, else true. */
export function writeBool(w: Writer, value: u32): void {
  writeHead(w, MAJOR_SIMPLE, <u64>(value != 0 ? SIMPLE_TRUE : SIMPLE_FALSE));
}

/** Writes null. */
export function writeNull(w: Writer): void {
  writeHead(w, MAJOR_SIMPLE, <u64>SIMPLE_NULL);
}

/** Writes a byte string. */
export function writeBytes(w: Writer, address: u32, length: u32): void {
  writeHead(w, MAJOR_BYTES, <u64>length);
  writeRaw(w, address, length);
}

/** Writes text, which the caller knows to be UTF-8. */
export function writeText(w: Writer, address: u32, length: u32): void {
  writeHead(w, MAJOR_TEXT, <u64>length);
  writeRaw(w, address, length);
}

/** Writes bytes that are CBOR already. */
export function writeRaw(w: Writer, address: u32, length: u32): void {
  if (w.overflow != 0 || length > w.end - w.at) {
    w.overflow = 1;
    return;
  }
  copyBytes(w.at, address, length);
  w.at += length;
}
