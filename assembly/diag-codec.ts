/** The codec's share of the diagnostic build (diag.ts). */
import { Cursor, cursorBegin } from "./codec/cbor";
import * as cose from "./codec/cose";
import { verifySign1 } from "./codec/cose-generic";
import * as item from "./codec/item";
import * as merkle from "./codec/merkle";
import { decodeMap } from "./codec/record";
import {
  Writer,
  writeArray,
  writeBool,
  writeBytes,
  writeInteger,
  writeMap,
  writeNull,
  writerBegin,
  writeText,
  writeUnsigned,
} from "./codec/writer";
import { IO_BUFFER } from "./layout";
import { DIAG_CURSOR, DIAG_ENVELOPE, DIAG_TO_BE_SIGNED, DIAG_TREE, DIAG_WRITER } from "./layout-diag";

/** 1 if the `length` bytes are exactly one deterministic CBOR item. */
export function cborItem(length: u32): u32 {
  return <u32>item.isDeterministicItem(<u32>IO_BUFFER, length);
}

/**
 * How many of the 256^`bytes` inputs of that length (1, 2 or 3 bytes) that begin with the bytes of `prefix`, `prefixBytes` of them, are
 * one deterministic item: the whole space in one call.
 */
export function cborCountItems(bytes: u32, prefix: u32, prefixBytes: u32): u32 {
  const free = (bytes - prefixBytes) << 3;
  let count: u32 = 0;
  for (let i: u32 = 0; i < 1 << free; i++) {
    const input = (prefix << free) | i;
    for (let k: u32 = 0; k < bytes; k++) store<u8>(IO_BUFFER + k, <u8>(input >> ((bytes - 1 - k) << 3)));
    count += cborItem(bytes);
  }
  return count;
}

/**
 * Decodes the `length` bytes as a map by the table at `schemaAt` into the `recordBytes` at `recordAt`, both offsets in IO_BUFFER.
 * Returns a CBOR_* | failedKey << 8 (its low 24 bits), or 0xff if bytes are left over.
 */
export function recordDecode(length: u32, schemaAt: u32, recordAt: u32, recordBytes: u32): u32 {
  const c = changetype<Cursor>(DIAG_CURSOR);
  cursorBegin(c, <u32>IO_BUFFER, length);
  const error = decodeMap(c, IO_BUFFER + schemaAt, IO_BUFFER + recordAt, recordBytes);
  return error != 0 ? error | (c.failedKey << 8) : c.at != c.end ? 0xff : 0;
}

/** Starts writing into the `capacity` bytes at `at` of IO_BUFFER. */
export function writeBegin(at: u32, capacity: u32): void {
  writerBegin(changetype<Writer>(DIAG_WRITER), <u32>IO_BUFFER + at, capacity);
}

/**
 * Writes one item: by `type` 0 unsigned, 1 integer, 2 bytes, 3 text, 4 array head, 5 map head, 6 boolean, 7 null. The number is
 * `low` and `high`, 32 bits each; a string is at `low` of IO_BUFFER and has `high` bytes. Returns the address behind what is
 * written so far, or -1 after an overflow.
 */
export function writeItem(type: u32, low: u32, high: u32): i32 {
  const w = changetype<Writer>(DIAG_WRITER);
  const value = (<u64>low) | ((<u64>high) << 32);
  const address = <u32>IO_BUFFER + low;
  if (type == 0) writeUnsigned(w, value);
  else if (type == 1) writeInteger(w, <i64>value);
  else if (type == 2) writeBytes(w, address, high);
  else if (type == 3) writeText(w, address, high);
  else if (type == 4) writeArray(w, low);
  else if (type == 5) writeMap(w, low);
  else if (type == 6) writeBool(w, low);
  else writeNull(w);
  return w.overflow != 0 ? -1 : <i32>w.at;
}

/** Reads the envelope of `length` bytes by the gate's profile; it must have tag `tag`. Returns 0 or a CBOR_*. */
export function coseParse(tag: u32, length: u32, hssLmsBytesMax: u32): u32 {
  return cose.coseParse(
    changetype<cose.Envelope>(DIAG_ENVELOPE),
    tag,
    <u32>IO_BUFFER,
    length,
    hssLmsBytesMax,
  );
}

/** Address of the envelope last read: cose.ts says what its words are. */
export function coseEnvelope(): usize {
  return DIAG_ENVELOPE;
}

/**
 * Lays out what signer `index` of the envelope last read signs, under the external data at `aadAt` of IO_BUFFER, and
 * returns the address of its six pieces.
 */
export function coseSigStructure(index: u32, aadAt: u32, aadLength: u32): usize {
  const e = changetype<cose.Envelope>(DIAG_ENVELOPE);
  cose.sigStructure(DIAG_TO_BE_SIGNED, e, index, <u32>IO_BUFFER + aadAt, aadLength);
  return DIAG_TO_BE_SIGNED;
}

/** The same for a COSE_Mac0 with this payload. */
export function coseMacStructure(aadAt: u32, aadLength: u32, payloadAt: u32, payloadLength: u32): usize {
  const io = <u32>IO_BUFFER;
  cose.macStructure(DIAG_TO_BE_SIGNED, io + aadAt, aadLength, io + payloadAt, payloadLength);
  return DIAG_TO_BE_SIGNED;
}

/** Writes the digest of the structure last laid out to the 32 bytes at `digestAt` of IO_BUFFER. */
export function coseDigest(digestAt: u32): void {
  cose.objectDigest(DIAG_TO_BE_SIGNED, IO_BUFFER + digestAt);
}

/** Writes a COSE_Mac0 through the writer begun; returns what `writeItem` does. */
export function coseWriteMac0(payloadAt: u32, payloadLength: u32, tagAt: u32, tagLength: u32): i32 {
  const w = changetype<Writer>(DIAG_WRITER);
  cose.writeMac0(w, <u32>IO_BUFFER + payloadAt, payloadLength, <u32>IO_BUFFER + tagAt, tagLength);
  return w.overflow != 0 ? -1 : <i32>w.at;
}

/** IO_BUFFER holds a key (32 bytes), external data and a tagged COSE_Sign1. 1 if the message is valid (cose-generic.ts). */
export function coseSign1Verify(aadLength: u32, messageLength: u32): u32 {
  const aad = <u32>IO_BUFFER + 32;
  return <u32>verifySign1(<u32>IO_BUFFER, aad, aadLength, aad + aadLength, messageLength);
}

/**
 * IO_BUFFER holds a leaf hash, a root (32 bytes each), the leaf's index, the tree's size (u64 each) and a path of
 * `pathHashes` hashes. 1 if the path leads from the leaf to the root.
 */
export function merkleInclusion(pathHashes: u32): u32 {
  const index = load<u64>(IO_BUFFER, 64);
  const size = load<u64>(IO_BUFFER, 72);
  if (!merkle.inclusionRoot(IO_BUFFER, index, size, IO_BUFFER + 80, pathHashes)) return 0;
  let difference: u64 = 0;
  for (let at = IO_BUFFER; at < IO_BUFFER + 32; at += 8) difference |= load<u64>(at) ^ load<u64>(at, 32);
  return difference == 0 ? 1 : 0;
}

/** Starts an empty tree. */
export function treeBegin(): void {
  merkle.treeBegin(changetype<merkle.Tree>(DIAG_TREE));
}

/** Appends the leaf of `length` bytes in IO_BUFFER; 0 if the tree is full. */
export function treeAppend(length: u32): u32 {
  return <u32>merkle.treeAppend(changetype<merkle.Tree>(DIAG_TREE), IO_BUFFER, length);
}

/** Writes the root of what was appended to the first 32 bytes of IO_BUFFER. */
export function treeRoot(): void {
  merkle.treeRoot(changetype<merkle.Tree>(DIAG_TREE), IO_BUFFER);
}
