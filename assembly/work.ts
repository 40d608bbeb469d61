/**
 * The slice scheduler (SPEC 10): one staged verb at a time, and what the gate does when nothing is staged. A slice is bounded, so that
 * a tick or a stop never waits longer than for one.
 */
import { approveBegin, approveStep } from "./order/approve";
import { submitBegin, submitStep } from "./order/submit";
import { preparationStep } from "./crypto/prepared25519";
import * as host from "./host";
import { libraryActivateIfDue } from "./library/active";
import { RESULT, UPTIME } from "./layout";
import {
  libraryBeginBegin,
  libraryBeginStep,
  libraryCommitBegin,
  libraryCommitStep,
  libraryEntryBegin,
  libraryEntryStep,
} from "./library/install";
import { attestBegin, attestStep } from "./attest";
import { refusalsStep } from "./refusals";
import { setStagedVerb, stagedVerb, VERB_NONE, workStaged } from "./staged";
import * as status from "./status";
import { backgroundStep } from "./store/opening";
import { decommissionBegin, decommissionStep } from "./trust/decommission";
import { provisionBegin, provisionStep } from "./trust/provisioning";
import { trustUpdateBegin, trustUpdateStep } from "./trust/update";
import { updateRefused } from "./update";

export const VERB_PROVISION: u32 = 1;
export const VERB_TRUST_UPDATE: u32 = 2;
export const VERB_LIBRARY_BEGIN: u32 = 3;
export const VERB_LIBRARY_ENTRY: u32 = 4;
export const VERB_LIBRARY_COMMIT: u32 = 5;
export const VERB_DECOMMISSION: u32 = 6;
export const VERB_SUBMIT: u32 = 7;
export const VERB_APPROVE: u32 = 8;
export const VERB_ATTEST: u32 = 9;

/** Stages a verb with `length` bytes of input: WORKING, or at once DONE or a refusal with nothing staged. */
export function stage(verb: u32, length: u32): u32 {
  const outcome = begin(verb, length);
  if (outcome == status.WORKING) setStagedVerb(verb);
  else countRefusal(verb, outcome);
  return outcome;
}

/** Drops what is staged; nothing has changed. CANCELLED, or NOTHING. */
export function workCancel(): u32 {
  if (!workStaged()) return status.NOTHING;
  setStagedVerb(VERB_NONE);
  return status.CANCELLED;
}

/** Up to `units` slices: WORKING while staged or background work remains, DONE when the staged verb has ended, else NOTHING or a failure. */
export function work(units: u32): u32 {
  let outcome: u32 = status.WORKING;
  for (let i: u32 = 0; i < units && outcome == status.WORKING; i++) {
    outcome = workStaged() ? step(stagedVerb()) : background();
    if (outcome == status.DONE) countRefusal(stagedVerb(), load<u32>(RESULT, 8));
    if (outcome != status.WORKING) setStagedVerb(VERB_NONE);
  }
  return outcome;
}

/** A root document or library that was refused, at once or in a later slice, leaves its trace (SPEC 7, 8). */
function countRefusal(verb: u32, ended: u32): void {
  if (verb < VERB_TRUST_UPDATE || verb > VERB_DECOMMISSION) return;
  if (ended != status.OK) updateRefused(ended);
}

function begin(verb: u32, length: u32): u32 {
  if (verb == VERB_PROVISION) return provisionBegin(length);
  if (verb == VERB_TRUST_UPDATE) return trustUpdateBegin(length);
  if (verb == VERB_LIBRARY_BEGIN) return libraryBeginBegin(length);
  if (verb == VERB_LIBRARY_ENTRY) return libraryEntryBegin(length);
  if (verb == VERB_LIBRARY_COMMIT) return libraryCommitBegin();
  if (verb == VERB_DECOMMISSION) return decommissionBegin(length);
  if (verb == VERB_SUBMIT) return submitBegin(length);
  return verb == VERB_APPROVE ? approveBegin(length) : attestBegin();
}

function step(verb: u32): u32 {
  if (verb == VERB_PROVISION) return provisionStep();
  if (verb == VERB_TRUST_UPDATE) return trustUpdateStep();
  if (verb == VERB_LIBRARY_BEGIN) return libraryBeginStep();
  if (verb == VERB_LIBRARY_ENTRY) return libraryEntryStep();
  if (verb == VERB_LIBRARY_COMMIT) return libraryCommitStep();
  if (verb == VERB_DECOMMISSION) return decommissionStep();
  if (verb == VERB_SUBMIT) return submitStep();
  return verb == VERB_APPROVE ? approveStep() : attestStep();
}

/** Erases and rolls first: they make the room that everything else writes to. */
function background(): u32 {
  const outcome = backgroundStep();
  if (outcome != status.NOTHING) return outcome;
  // An update that raised the floor may have found no erased segment left for the activation it made due.
  if (libraryActivateIfDue() == status.OK) return status.WORKING;
  const refusals = host.uptimeMs(UPTIME) == 0 ? refusalsStep(load<u64>(UPTIME)) : status.CLOCK;
  if (refusals != status.NOTHING) return refusals;
  return preparationStep() != 0 ? status.WORKING : status.NOTHING;
}
