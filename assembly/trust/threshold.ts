/** Thresholds (SPEC 2.1): how many distinct holders, and which duties, stand behind a set of keys. */
import { ROOT_KEYS_MAX } from "../limits";
import * as status from "../status";
import { DUTIES_BOTH, keyHasRole, ROLE_LIBRARY } from "./key";
import { keyAt, thresholdOf } from "./root";

/**
 * Judges the keys in the mask `keys` (bit i is key i) for `role`: OK, THRESHOLD or DUTY. Keys without the role do not
 * count, a holder counts once whatever number of keys it used. A role whose threshold is 0 is reached by nobody.
 */
export function thresholdStatus(root: usize, keys: u32, role: u32): u32 {
  const threshold = thresholdOf(root, role);
  let holders: u32 = 0;
  let duties: u32 = 0;
  for (let i: u32 = 0; i < ROOT_KEYS_MAX; i++) {
    if (!counts(root, keys, i, role)) continue;
    const key = keyAt(root, i);
    duties |= key.duty;
    let isNew: u32 = 1;
    for (let j: u32 = 0; j < i; j++) {
      if (counts(root, keys, j, role) && keyAt(root, j).holder == key.holder) isNew = 0;
    }
    holders += isNew;
  }
  if (threshold == 0 || holders < threshold) return status.THRESHOLD;
  // Whoever wrote an object of two or more holders shall not be alone in having approved it.
  const needsDuties = threshold > 1 && role <= ROLE_LIBRARY;
  return needsDuties && duties != DUTIES_BOTH ? status.DUTY : status.OK;
}

function counts(root: usize, keys: u32, index: u32, role: u32): bool {
  return ((keys >> index) & 1) != 0 && keyHasRole(keyAt(root, index), role);
}
