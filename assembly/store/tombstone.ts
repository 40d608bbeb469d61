/**
 * The end of a device (SPEC 2.7): a tombstone in the object segment not in use, and every other sector erased. From the moment
 * it is programmed the device is decommissioned, whatever a power cut leaves of the rest: each boot erases anew.
 */
import { clearBytes } from "../bytes";
import { counterAdvance } from "../host";
import { RECORD, REWRITE, STATE } from "../layout";
import { PROGRAM_UNIT_BYTES_MAX } from "../limits";
import { DECOMMISSIONED, FLASH_FAILED, NOTHING, OK, WORKING } from "../status";
import { flash, flashCompare, flashStore, padded, segmentAddress, segmentErase } from "./flash";
import { Rewrite } from "./objects";
import { State } from "./state";
import { OBJECT_SEGMENTS } from "./stream";

/** "DGT1", little-endian; zeros follow. */
const TOMBSTONE_MAGIC: u32 = 0x31544744;
const TOMBSTONE_BYTES: u32 = 16;

/** A cell that a cut left half-charged may read right by chance: what ends a device must read right each time. */
const READS: u32 = 3;

/** How far it is: `part` the segment of the tombstone, `sector` those erased. No objects are written at the same time. */
function progress(): Rewrite {
  return changetype<Rewrite>(REWRITE);
}

/** What a tombstone is, in RECORD. */
function lay(): void {
  clearBytes(RECORD, PROGRAM_UNIT_BYTES_MAX);
  store<u32>(RECORD, TOMBSTONE_MAGIC);
}

export function tombstoneBegin(): void {
  progress().part = changetype<State>(STATE).object_segment ^ 1;
  progress().sector = 0;
}

/** One slice: a sector of the segment not in use erased, or the tombstone. WORKING, OK, FLASH_FAILED; before OK nothing has changed. */
export function tombstoneStep(): u32 {
  const p = progress();
  if (p.sector < flash().segment_sectors) {
    const outcome = segmentErase(p.part, p.sector++);
    return outcome == OK ? WORKING : outcome;
  }
  lay();
  const outcome = flashStore(segmentAddress(p.part), RECORD, padded(TOMBSTONE_BYTES));
  if (outcome == OK) bury(p.part);
  return outcome;
}

/** At boot: OK if there is none; DECOMMISSIONED, and `eraseStep` has all to do once more; FLASH_FAILED. */
export function tombstoneFind(): u32 {
  lay();
  for (let segment: u32 = 0; segment < OBJECT_SEGMENTS; segment++) {
    let outcome: u32 = OK;
    for (let i: u32 = 0; i < READS && outcome == OK; i++) {
      outcome = flashCompare(segmentAddress(segment), RECORD, TOMBSTONE_BYTES);
    }
    if (outcome == FLASH_FAILED) return outcome;
    if (outcome == OK) {
      bury(segment);
      return DECOMMISSIONED;
    }
  }
  return OK;
}

/** A copy of the flash that was made before shall be older than the counter (SPEC 2.6). */
function bury(segment: u32): void {
  progress().part = segment;
  progress().sector = 0;
  counterAdvance();
}

/** Up to `units` sectors erased. WORKING, NOTHING when none is left, FLASH_FAILED for a sector that cannot be: the next call goes on behind it. */
export function eraseStep(units: u32): u32 {
  const p = progress();
  const kept = p.part * flash().segment_sectors;
  for (; units != 0; units--) {
    if (p.sector == kept) p.sector += flash().segment_sectors;
    if (p.sector >= flash().sector_count) return NOTHING;
    if (segmentErase(0, p.sector++) != OK) return FLASH_FAILED;
  }
  return WORKING;
}
