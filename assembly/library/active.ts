/**
 * The library in use and the one that waits: their manifests, kept in RAM in step with the state (SPEC 3.4), and whether
 * orders may rely on the active one.
 */
import { copyBytes } from "../bytes";
import { ACTIVE, CANDIDATE, MANIFEST_RAW, NEXT, WAITING } from "../layout";
import { MANIFEST_BYTES_MAX } from "../limits";
import { eventBegin, eventBytes, eventUnsigned } from "../log/event";
import { objectRead, PART_MANIFESTS } from "../store/objects";
import { counterAdvance, counterCheckAtBoot } from "../store/counter";
import { commit } from "../store/journal";
import { FLAG_REVOKED, State } from "../store/state";
import * as status from "../status";
import { knownTimeS } from "../trust/time";
import {
  Manifest,
  MANIFEST_RECORD_BYTES,
  manifestDigest,
  manifestIsAfter,
  manifestOpen,
  manifestRoot,
} from "./manifest";

/** How a library became active (event LIBRARY_ACTIVATED). */
export const HOW_COMMIT: u32 = 0;
export const HOW_TIME: u32 = 1;
export const HOW_LOCAL: u32 = 2;

export const EVENT_LIBRARY_STAGED: u32 = 4;
export const EVENT_LIBRARY_ACTIVATED: u32 = 5;

/** Part of the objects that is manifest slot `slot`, 1 or 2. */
export function partOfSlot(slot: u32): u32 {
  return PART_MANIFESTS + slot - 1;
}

/** The active manifest; meaningful while the state names a slot. */
export function activeManifest(): Manifest {
  return changetype<Manifest>(ACTIVE);
}

/** The manifest that waits for its enable date; meaningful while the state names a slot. */
export function waitingManifest(): Manifest {
  return changetype<Manifest>(WAITING);
}

/** Reads the manifest in `slot` from flash into `m`. Uses MANIFEST_RAW, so that no install may be under way. */
export function slotOpen(slot: u32, m: Manifest): u32 {
  const length = objectRead(partOfSlot(slot), MANIFEST_RAW, MANIFEST_BYTES_MAX);
  return manifestOpen(m, MANIFEST_RAW, length);
}

/** At boot, after the store is verified: reads the manifests that the state names. OK or STORE_CORRUPT. */
export function libraryLoad(): u32 {
  const s = changetype<State>(NEXT);
  if (s.manifest_active != 0 && slotOpen(s.manifest_active, activeManifest()) != status.OK) {
    return status.STORE_CORRUPT;
  }
  if (s.manifest_next != 0 && slotOpen(s.manifest_next, waitingManifest()) != status.OK) {
    return status.STORE_CORRUPT;
  }
  return status.OK;
}

/** Whether an order may rely on the active library: OK, LIBRARY_NONE, LIBRARY_REVOKED or LIBRARY_EXPIRED. */
export function libraryUsable(): u32 {
  const s = changetype<State>(NEXT);
  if (s.manifest_active == 0) return status.LIBRARY_NONE;
  if ((s.flags & FLAG_REVOKED) != 0) return status.LIBRARY_REVOKED;
  const m = activeManifest();
  return knownTimeS() >= m.expires_s + <u64>m.grace_s ? status.LIBRARY_EXPIRED : status.OK;
}

/** True if the active library is past its expiry but still within its grace. */
export function libraryInGrace(): bool {
  if (changetype<State>(NEXT).manifest_active == 0) return false;
  const m = activeManifest();
  const known = knownTimeS();
  return known >= m.expires_s && known < m.expires_s + <u64>m.grace_s;
}

/** True if `m` comes after the active library and after the one that waits. */
export function libraryIsNewer(m: Manifest): bool {
  const s = changetype<State>(NEXT);
  if (s.manifest_active != 0 && !manifestIsAfter(m, activeManifest())) return false;
  return s.manifest_next == 0 || manifestIsAfter(m, waitingManifest());
}

/** Prepares LIBRARY_STAGED (`last`: enable) or LIBRARY_ACTIVATED (`last`: how). */
export function libraryEvent(kind: u32, m: Manifest, last: u64): void {
  eventBegin(kind, 5);
  eventUnsigned(0, m.epoch);
  eventUnsigned(1, m.version);
  eventBytes(2, manifestRoot(m), 32);
  eventBytes(3, manifestDigest(m), 32);
  eventUnsigned(4, last);
}

/**
 * True if the hardware counter has not followed the state and cannot be brought to. No record may then raise the state's counter: two
 * steps ahead of the hardware would read as older flash at the next boot (SPEC 2.6).
 */
export function counterLags(): bool {
  return counterCheckAtBoot() == status.COUNTER;
}

/** Prepares in NEXT that the manifest in `slot` is active and none waits. */
export function prepareActive(slot: u32): void {
  const next = changetype<State>(NEXT);
  next.manifest_active = slot;
  next.manifest_next = 0;
  next.flags &= ~FLAG_REVOKED;
  next.counter++;
}

/**
 * Makes the waiting library active, in one record. OK; NOTHING if none waits; a storage status, and nothing has changed; or COUNTER: the
 * hardware counter failed, either before anything changed or after the library became active (the next boot completes it).
 */
export function activateNext(how: u32): u32 {
  const slot = changetype<State>(NEXT).manifest_next;
  if (slot == 0) return status.NOTHING;
  if (counterLags()) return status.COUNTER;
  prepareActive(slot);
  libraryEvent(EVENT_LIBRARY_ACTIVATED, waitingManifest(), how);
  const committed = commit(0);
  if (committed != status.OK) return committed;
  copyBytes(ACTIVE, WAITING, MANIFEST_RECORD_BYTES);
  return counterAdvance();
}

/** Activates the waiting library if the floor has reached its enable date; NOTHING if it has not. */
export function libraryActivateIfDue(): u32 {
  const s = changetype<State>(NEXT);
  if (s.manifest_next == 0 || waitingManifest().enable_s > s.floor_s) return status.NOTHING;
  return activateNext(HOW_TIME);
}

/** The scratch record of a manifest that is being judged. */
export function candidateManifest(): Manifest {
  return changetype<Manifest>(CANDIDATE);
}
