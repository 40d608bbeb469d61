/** Which verb is legal when (SPEC 10, 11): one rule for all, before any of them reads its input. */
import { Call, isBooted, STAGE_EMPTY, STAGE_OPENING, STAGE_READY, stageNow } from "./boot";
import { CALL } from "./layout";
import * as status from "./status";
import { workStaged } from "./staged";

/** Marks a call as under way. NESTED if one is: an import has called an export. Every return passes through `leave`. */
export function enter(): u32 {
  const c = changetype<Call>(CALL);
  if (c.busy != 0) return status.NESTED;
  c.busy = 1;
  return status.OK;
}

/** Ends a call with its status. After a trap `busy` stays set: the instance is to be discarded. */
export function leave(outcome: u32): u32 {
  changetype<Call>(CALL).busy = 0;
  return outcome;
}

/** Why a verb that needs a provisioned, opened, idle gate may not run now; OK if it may. */
export function serviceRefusal(): u32 {
  const stage = stageNow();
  if (!isBooted()) return status.NOT_BOOTED;
  if (stage == STAGE_EMPTY) return status.NOT_PROVISIONED;
  if (stage == STAGE_OPENING) return status.OPENING;
  return workStaged() ? status.BUSY : status.OK;
}

/** The same for `provision`, which needs an empty device. */
export function provisionRefusal(): u32 {
  const stage = stageNow();
  if (!isBooted()) return status.NOT_BOOTED;
  if (stage == STAGE_OPENING || stage == STAGE_READY) return status.ALREADY_PROVISIONED;
  return workStaged() ? status.BUSY : status.OK;
}

/** The same for what is legal between slices: tick and local. */
export function deliveryRefusal(): u32 {
  if (!isBooted()) return status.NOT_BOOTED;
  return stageNow() == STAGE_EMPTY ? status.NOT_PROVISIONED : status.OK;
}
