/** `decommission` (SPEC 2.7). */
import { finish } from "../result";
import * as status from "../status";

/** Stages a decommissioning of `length` bytes. */
export function decommissionBegin(length: u32): u32 {
  return length == 0 ? status.BAD_LENGTH : status.PHASE;
}

export function decommissionStep(): u32 {
  return finish(status.PHASE, 0, 0);
}
