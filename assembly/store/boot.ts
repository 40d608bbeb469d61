/** What the store finds after a reset (SPEC 9): reads only, and costs one segment of each stream, however long the log. */
import { clearBytes } from "../bytes";
import { INPUT, OBJECTS, STATE } from "../layout";
import { INPUT_BYTES_MAX } from "../limits";
import { NOT_PROVISIONED, NOTHING, OK, STORE_CORRUPT } from "../status";
import { flashMount } from "./flash";
import { rollback, streamMount } from "./journal";
import { deriveKeys, Objects, objectsLoad, objectsNamed, OBJECTS_BYTES, objectsVerify } from "./objects";
import { State } from "./state";
import { OBJECT_SEGMENTS, streamAt, streamsReset } from "./stream";
import { tombstoneFind } from "./tombstone";

/**
 * Loads State, Meter, device record and keys; NEXT and METER_NEXT are copies of them. OK; NOT_PROVISIONED if no device lives here (then
 * both states are zero); DECOMMISSIONED; STORE_CORRUPT, FLASH_GEOMETRY, FLASH_FAILED. Uses INPUT.
 */
export function bootStore(): u32 {
  clearBytes(OBJECTS, OBJECTS_BYTES);
  let outcome = flashMount();
  if (outcome == OK) outcome = tombstoneFind();
  if (outcome != OK) return outcome;
  streamsReset();
  outcome = decisionsMount();
  const named = changetype<State>(STATE).object_segment;
  // A device is one from its first record on, which names its objects.
  if (outcome == NOTHING || (outcome == OK && !hasObjects())) return forget();
  if (outcome == OK) outcome = streamMount(streamAt(1));
  // Those that opened stream 0 are mostly those that it names.
  if (outcome == OK && changetype<Objects>(OBJECTS).segment != named) outcome = objectsLoad(named);
  if (outcome == OK && !objectsNamed()) return STORE_CORRUPT;
  if (outcome == OK) deriveKeys();
  if (outcome == OK) outcome = objectsVerify(INPUT, INPUT_BYTES_MAX);
  rollback();
  return outcome == NOTHING ? STORE_CORRUPT : outcome;
}

/**
 * Mounts stream 0. Its seal is under the device secret, which stands in the object segments; which of these counts, stream 0
 * says. So each that agrees with itself is tried: an older one has the same secret, a forged one opens nothing.
 */
function decisionsMount(): u32 {
  for (let segment: u32 = 0; segment < OBJECT_SEGMENTS; segment++) {
    let outcome = objectsLoad(segment);
    if (outcome == OK) outcome = streamMount(streamAt(0));
    if (outcome != NOTHING) return outcome;
  }
  return NOTHING;
}

function hasObjects(): bool {
  const s = changetype<State>(STATE);
  return (s.object_tag_0 | s.object_tag_1 | s.object_tag_2 | s.object_tag_3) != 0;
}

/** Leaves nothing of what was found behind. */
function forget(): u32 {
  streamsReset();
  clearBytes(OBJECTS, OBJECTS_BYTES);
  rollback();
  return NOT_PROVISIONED;
}
