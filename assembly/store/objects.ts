/**
 * Object segments (SPEC 9.3): the device record, the root payload and up to two manifests, under one tag. A change writes all of it to
 * the segment not in use; it counts once the record of stream 0 is committed that names segment and tag.
 */
import { clearBytes, copyBytes } from "../bytes";
import { hmac } from "../crypto/hmac";
import { sha256, sha256Begin, sha256Finish, sha256Update } from "../crypto/sha256";
import {
  ATTEST_KEY,
  DEVICE,
  NEXT,
  OBJECTS,
  OBJECTS_NEXT,
  RECORD,
  REWRITE,
  SEAL_KEY,
  SESSION_KEY,
  STATE,
  TAG,
} from "../layout";
import { INPUT_BYTES_MAX, OBJECT_PARTS, OBJECT_PIECE_BYTES } from "../limits";
import { ATTEST, deriveKey, SEAL, SESSION } from "../log/label";
import { BAD_LENGTH, FLASH_FAILED, NOTHING, OK, STORE_CORRUPT, WORKING } from "../status";
import { DEVICE_BYTES, deviceSecret } from "../trust/device";
import { flash, flashLoad, flashStore, padded, segmentAddress, segmentErase } from "./flash";
import { State } from "./state";

/** "DGO1", little-endian. */
const OBJECTS_MAGIC: u32 = 0x314f4744;

/** Parts by number (OBJECT_PARTS): 0 the device record, 1 the root payload, 2 and 3 the manifests of slots 1 and 2. */
export const PART_DEVICE: u32 = 0;
export const PART_ROOT: u32 = 1;
export const PART_MANIFESTS: u32 = 2;

/** The header (SPEC 9.4): lengths of parts 1 to 3, their digests; the device record and the tag follow. */
@unmanaged
export class Objects {
  magic: u32;
  segment: u32;
  zero: u32;
  length_1: u32;
  length_2: u32;
  length_3: u32;
  digest_1_0: u64;
  digest_1_1: u64;
  digest_1_2: u64;
  digest_1_3: u64;
  digest_2_0: u64;
  digest_2_1: u64;
  digest_2_2: u64;
  digest_2_3: u64;
  digest_3_0: u64;
  digest_3_1: u64;
  digest_3_2: u64;
  digest_3_3: u64;
}

const DEVICE_AT: u32 = <u32>offsetof<Objects>();
const TAG_AT: u32 = DEVICE_AT + DEVICE_BYTES;
const TAG_BYTES: u32 = 16;
/** Bytes of a header. */
export const OBJECTS_BYTES: u32 = TAG_AT + TAG_BYTES;

/** Where a part comes from: an address in RAM, 0 = from the segment in use. */
@unmanaged
export class Source {
  address: u32;
  length: u32;
}

/** A rewrite under way. */
@unmanaged
export class Rewrite {
  /** Sectors erased. */
  sector: u32;
  part: u32;
  /** Bytes of the part that have been copied. */
  offset: u32;
  pad: u32;
}

/**
 * The region of a rewrite: what is staged for the next one, what the present one copies, and the digest of its present part.
 *
 *   0         STAGED_AT   SOURCES_AT   DIGEST_AT   end
 *   +---------+-----------+------------+-----------+
 *   | Rewrite | Source x4 | Source x4  | Sha256    |
 *   +---------+-----------+------------+-----------+
 */
const STAGED_AT: usize = offsetof<Rewrite>();
const SOURCES_BYTES: usize = OBJECT_PARTS * offsetof<Source>();
const SOURCES_AT: usize = STAGED_AT + SOURCES_BYTES;
const DIGEST_AT: usize = SOURCES_AT + SOURCES_BYTES;

function rewrite(): Rewrite {
  return changetype<Rewrite>(REWRITE);
}

function sourceAt(part: u32): Source {
  return changetype<Source>(REWRITE + SOURCES_AT + part * offsetof<Source>());
}

function lengthOf(objects: usize, part: u32): u32 {
  return load<u32>(objects + ((part - 1) << 2), offsetof<Objects>("length_1"));
}

function digestOf(objects: usize, part: u32): usize {
  return objects + offsetof<Objects>("digest_1_0") + ((part - 1) << 5);
}

/** Address of a part in flash; `part` 4 is the end of the last. */
function partAddress(objects: usize, part: u32): u32 {
  let address = segmentAddress(changetype<Objects>(objects).segment) + padded(OBJECTS_BYTES);
  for (let before: u32 = 1; before < part; before++) address += padded(lengthOf(objects, before));
  return address;
}

/** Derives the keys that the secret in the device record stands for (SPEC 2.3). */
export function deriveKeys(): void {
  const secret = deviceSecret();
  deriveKey(secret, SEAL, SEAL_KEY);
  deriveKey(secret, SESSION, SESSION_KEY);
  deriveKey(secret, ATTEST, ATTEST_KEY);
}

/**
 * Reads the header of an object segment, and takes it and its seal key into use if it agrees with itself: OK, NOTHING, FLASH_FAILED. Which
 * one counts is for stream 0 to say; the other keys are then derived.
 */
export function objectsLoad(segment: u32): u32 {
  const outcome = flashLoad(segmentAddress(segment), OBJECTS, OBJECTS_BYTES);
  if (outcome != OK) return outcome;
  const o = changetype<Objects>(OBJECTS);
  if (o.magic != OBJECTS_MAGIC || o.segment != segment) return NOTHING;
  copyBytes(DEVICE, OBJECTS + DEVICE_AT, DEVICE_BYTES);
  deriveKey(deviceSecret(), SEAL, SEAL_KEY);
  hmac(SEAL_KEY, OBJECTS, TAG_AT, TAG);
  return memory.compare(TAG, OBJECTS + TAG_AT, TAG_BYTES) == 0 ? OK : NOTHING;
}

/** True if the header in use has the tag that the committed state names. */
export function objectsNamed(): bool {
  return memory.compare(OBJECTS + TAG_AT, STATE + offsetof<State>("object_tag_0"), TAG_BYTES) == 0;
}

/** Verifies every part of the objects in use, reading each to `scratch`: OK, STORE_CORRUPT, FLASH_FAILED. */
export function objectsVerify(scratch: usize, max: u32): u32 {
  for (let part = PART_ROOT; part < OBJECT_PARTS; part++) {
    const outcome = partLoad(part, scratch, max);
    if (outcome != OK) return outcome;
  }
  return OK;
}

/**
 * Reads a part of the objects in use to `out` and verifies what it read. Returns its length, 0 if it is empty, longer than
 * `max`, or not what was written.
 */
export function objectRead(part: u32, out: usize, max: u32): u32 {
  assert(part >= PART_ROOT && part < OBJECT_PARTS);
  return partLoad(part, out, max) == OK ? lengthOf(OBJECTS, part) : 0;
}

function partLoad(part: u32, out: usize, max: u32): u32 {
  const length = lengthOf(OBJECTS, part);
  if (length == 0) return OK;
  if (length > max) return STORE_CORRUPT;
  const outcome = flashLoad(partAddress(OBJECTS, part), out, length);
  if (outcome != OK) return outcome == NOTHING ? STORE_CORRUPT : outcome;
  sha256(out, length, TAG);
  return memory.compare(TAG, digestOf(OBJECTS, part), 32) == 0 ? OK : STORE_CORRUPT;
}

/**
 * Says where a part of the next rewrite comes from: `length` bytes at `address`, which must stay until the rewrite is over. Length 0 leaves
 * the part empty; a part that is not staged stays as it is. Part 0 is a device record of DEVICE_BYTES.
 */
export function objectsStage(part: u32, address: usize, length: u32): void {
  assert(part < OBJECT_PARTS && address != 0 && (part != PART_DEVICE || length == DEVICE_BYTES));
  const staged = changetype<Source>(REWRITE + STAGED_AT + part * offsetof<Source>());
  staged.address = <u32>address;
  staged.length = length;
}

/** Begins the rewrite of what was staged; what an earlier rewrite that was given up had staged is forgotten. */
export function objectsBegin(): void {
  copyBytes(REWRITE + SOURCES_AT, REWRITE + STAGED_AT, SOURCES_BYTES);
  clearBytes(REWRITE + STAGED_AT, SOURCES_BYTES);
  clearBytes(REWRITE, offsetof<Rewrite>());
  copyBytes(OBJECTS_NEXT, OBJECTS, OBJECTS_BYTES);
  for (let part = PART_ROOT; part < OBJECT_PARTS; part++) {
    if (sourceAt(part).address == 0) continue;
    store<u32>(OBJECTS_NEXT + ((part - 1) << 2), sourceAt(part).length, offsetof<Objects>("length_1"));
  }
  const device = sourceAt(PART_DEVICE).address;
  if (device != 0) copyBytes(OBJECTS_NEXT + DEVICE_AT, device, DEVICE_BYTES);
}

/**
 * One slice of the rewrite: a sector erased, or a piece copied and hashed, or the header. WORKING; BAD_LENGTH if the parts do not fit a
 * segment; STORE_CORRUPT, FLASH_FAILED. OK: NEXT names the new objects, and the caller commits in this same slice.
 */
export function objectsStep(): u32 {
  const r = rewrite();
  const o = changetype<Objects>(OBJECTS_NEXT);
  const segment = changetype<State>(STATE).object_segment ^ 1;
  if (r.sector == 0) {
    o.magic = OBJECTS_MAGIC;
    o.segment = segment;
    for (let part = PART_ROOT; part < OBJECT_PARTS; part++) {
      // One at a time, so that no sum can wrap; and so that each can be read back.
      if (lengthOf(OBJECTS_NEXT, part) > INPUT_BYTES_MAX) return BAD_LENGTH;
    }
    if (partAddress(OBJECTS_NEXT, OBJECT_PARTS) > segmentAddress(segment + 1)) return BAD_LENGTH;
  }
  if (r.sector < flash().segment_sectors) {
    const outcome = segmentErase(segment, r.sector++);
    r.part = PART_ROOT;
    return outcome == OK ? WORKING : outcome;
  }
  if (r.part < OBJECT_PARTS) return copyPiece(r);
  return writeHeader(segment);
}

/** Copies and hashes one piece of the present part. */
function copyPiece(r: Rewrite): u32 {
  const digest = REWRITE + DIGEST_AT;
  const length = lengthOf(OBJECTS_NEXT, r.part);
  if (r.offset == 0) sha256Begin(digest);
  const piece = min(length - r.offset, OBJECT_PIECE_BYTES);
  const source = sourceAt(r.part).address;
  if (piece != 0) {
    const room = padded(piece);
    clearBytes(RECORD + piece, room - piece);
    if (source != 0) copyBytes(RECORD, source + r.offset, piece);
    else if (flashLoad(partAddress(OBJECTS, r.part) + r.offset, RECORD, piece) != OK) return FLASH_FAILED;
    sha256Update(digest, RECORD, piece);
    if (flashStore(partAddress(OBJECTS_NEXT, r.part) + r.offset, RECORD, room) != OK) return FLASH_FAILED;
    r.offset += piece;
  }
  if (r.offset < length) return WORKING;
  sha256Finish(digest, digestOf(OBJECTS_NEXT, r.part));
  if (source == 0 && memory.compare(digestOf(OBJECTS_NEXT, r.part), digestOf(OBJECTS, r.part), 32) != 0) {
    // Nothing was ever kept before provisioning; a part without bytes has nothing to lose.
    if (length != 0) return STORE_CORRUPT;
  }
  r.part++;
  r.offset = 0;
  return WORKING;
}

/** Tags and programs the header, last, and prepares the state that names it. */
function writeHeader(segment: u32): u32 {
  const room = padded(OBJECTS_BYTES);
  hmac(SEAL_KEY, OBJECTS_NEXT, TAG_AT, TAG);
  copyBytes(OBJECTS_NEXT + TAG_AT, TAG, TAG_BYTES);
  clearBytes(RECORD, room);
  copyBytes(RECORD, OBJECTS_NEXT, OBJECTS_BYTES);
  if (flashStore(segmentAddress(segment), RECORD, room) != OK) return FLASH_FAILED;
  changetype<State>(NEXT).object_segment = segment;
  copyBytes(NEXT + offsetof<State>("object_tag_0"), TAG, TAG_BYTES);
  return OK;
}

/** The objects just written are in use: their record has been committed. */
export function objectsAdopt(): void {
  copyBytes(OBJECTS, OBJECTS_NEXT, OBJECTS_BYTES);
}
