/**
 * The flash partition as the store sees it: geometry, exact reads, programs that are read back, erases. A program unit is
 * programmed once per erase, whole and aligned (SPEC 9.1).
 */
import { flashErase, flashGeometry, flashProgram, flashRead } from "../host";
import { FLASH, READBACK } from "../layout";
import {
  PROGRAM_UNIT_BYTES_MAX,
  READBACK_BYTES,
  SECTOR_BYTES_MAX,
  SECTOR_BYTES_MIN,
  SEGMENT_BYTES_MIN,
  SEGMENTS_MAX,
  SEGMENTS_MIN,
} from "../limits";
import { FLASH_FAILED, FLASH_GEOMETRY, NOTHING, OK } from "../status";

/** What `flashGeometry` says, then what follows from it. */
@unmanaged
export class Flash {
  unit_bytes: u32;
  sector_bytes: u32;
  sector_count: u32;
  erase_ms_max: u32;
  /** Program unit, at least 4: a record begins at a multiple of it. */
  align_bytes: u32;
  segment_sectors: u32;
  segment_bytes: u32;
  segment_count: u32;
}

/** The host's word for a unit that was torn or damaged. */
const UNCORRECTABLE: u32 = 2;

export function flash(): Flash {
  return changetype<Flash>(FLASH);
}

/** Asks the host for the geometry: OK, FLASH_FAILED, or FLASH_GEOMETRY if it is outside SPEC 9.2. */
export function flashMount(): u32 {
  const f = flash();
  if (flashGeometry(FLASH) != 0) return FLASH_FAILED;
  const unit = f.unit_bytes;
  const sector = f.sector_bytes;
  if (unit == 0 || unit > PROGRAM_UNIT_BYTES_MAX || (unit & (unit - 1)) != 0) return FLASH_GEOMETRY;
  f.align_bytes = max<u32>(unit, 4);
  if (sector < SECTOR_BYTES_MIN || sector > SECTOR_BYTES_MAX) return FLASH_GEOMETRY;
  if ((sector & (f.align_bytes - 1)) != 0) return FLASH_GEOMETRY;
  f.segment_sectors = (SEGMENT_BYTES_MIN + sector - 1) / sector; // ceil: at least SEGMENT_BYTES_MIN
  f.segment_bytes = f.segment_sectors * sector;
  f.segment_count = min(f.sector_count / f.segment_sectors, SEGMENTS_MAX); // floor: a segment is whole
  return f.segment_count < SEGMENTS_MIN ? FLASH_GEOMETRY : OK;
}

/** `length` rounded up to what can be programmed. */
export function padded(length: u32): u32 {
  const mask = flash().align_bytes - 1;
  return (length + mask) & ~mask;
}

/** Address of the first byte of a segment. */
export function segmentAddress(segment: u32): u32 {
  return segment * flash().segment_bytes;
}

/** Reads exactly `length` bytes: OK, NOTHING if a unit in them is uncorrectable (`out` holds garbage), FLASH_FAILED. */
export function flashLoad(address: u32, out: usize, length: u32): u32 {
  const answer = flashRead(address, out, length);
  return answer == 0 ? OK : answer == UNCORRECTABLE ? NOTHING : FLASH_FAILED;
}

/**
 * Reads `length` bytes in pieces and compares them with those at `bytes`: OK, NOTHING if they differ (a torn or unstable cell),
 * FLASH_FAILED.
 */
export function flashCompare(address: u32, bytes: usize, length: u32): u32 {
  for (let at: u32 = 0; at < length; at += READBACK_BYTES) {
    const piece = min(READBACK_BYTES, length - at);
    const outcome = flashLoad(address + at, READBACK, piece);
    if (outcome != OK) return outcome;
    if (memory.compare(READBACK, bytes + at, piece) != 0) return NOTHING;
  }
  return OK;
}

/**
 * Programs `length` bytes (padded by the caller) that may cross sectors, and reads them back: a driver that drops a write
 * answers 0 too. OK or FLASH_FAILED; after a failure none of these units may be programmed again before an erase.
 */
export function flashStore(address: u32, from: usize, length: u32): u32 {
  const sector = flash().sector_bytes;
  for (let at: u32 = 0; at < length;) {
    const piece = min(sector - ((address + at) % sector), length - at);
    if (flashProgram(address + at, from + at, piece) != 0) return FLASH_FAILED;
    at += piece;
  }
  return flashCompare(address, from, length) == OK ? OK : FLASH_FAILED;
}

/** Erases sector `index` of a segment. */
export function segmentErase(segment: u32, index: u32): u32 {
  return flashErase(segment * flash().segment_sectors + index) == 0 ? OK : FLASH_FAILED;
}
