/** Steps of a program (SPEC 6.1): the one in force follows from the volume delivered, so neither a pause nor a reset makes one longer. */
import { NEXT } from "../layout";
import { State, stepAt, STEPS_MAX } from "../store/state";
import * as status from "../status";
import { flow } from "./flow";
import { besideBolus, RUNNING } from "./program";

function next(): State {
  return changetype<State>(NEXT);
}

/** A rate as a person's reduction leaves it, nL/h. */
export function reducedRate(rate_nl_per_h: u32): u32 {
  const reduced = next().rate_reduced_nl_per_h;
  return reduced == 0 ? rate_nl_per_h : min(rate_nl_per_h, reduced);
}

/** Rate at which step `index` would run, nL/h. */
export function stepRate(index: u32): u32 {
  return reducedRate(stepAt(NEXT, index).rate_nl_per_h);
}

/** True if another step follows the one in force. */
export function stepToCome(): bool {
  return next().step + 1 < next().steps;
}

/** True while the first step is a loading dose that is not yet given. */
export function loadingUnderWay(): bool {
  return stepToCome() && stepAt(NEXT, next().step).loading != 0;
}

/** The step that follows from the volume delivered. */
export function stepDue(): u32 {
  const n = next();
  let index = n.step;
  while (index + 1 < n.steps && flow().delivered_nl >= stepAt(NEXT, index + 1).from_nl) index++;
  return index;
}

/** True if a step is due that may begin: one that would be too fast beside the bolus under way waits for its end. */
export function stepReady(): bool {
  const due = stepDue();
  if (due == next().step || next().phase != RUNNING) return false;
  return besideBolus(<u64>stepRate(due)) == status.OK;
}

/** Prepares in NEXT the step that is due: its rate is permitted, and runs unless a person has reduced it. */
export function stepNow(): void {
  const n = next();
  n.step = stepDue();
  const s = stepAt(NEXT, n.step);
  n.dose = s.dose;
  n.step_base_dose = s.dose;
  n.rate_permitted_nl_per_h = s.rate_nl_per_h;
  n.rate_nl_per_h = stepRate(n.step);
}

/**
 * Basal rate that may run now, nL/h. A step that is due but has no record yet runs at the lower of both rates; when flash has failed it
 * takes place in RAM.
 */
export function basalNow(): u32 {
  const n = next();
  const due = stepDue();
  if (due == n.step || n.phase != RUNNING) return n.rate_nl_per_h;
  const rate = stepRate(due);
  return flow().degraded != 0 && stepReady() ? rate : min(n.rate_nl_per_h, rate);
}

/** Number of the first step behind `step` that runs slower than `rate_nl_per_h`, else STEPS_MAX: no grant runs on into it. */
export function slowerStep(step: u32, rate_nl_per_h: u32): u32 {
  for (let index = step + 1; index < next().steps; index++) {
    if (stepRate(index) < rate_nl_per_h) return index;
  }
  return STEPS_MAX;
}

/** Highest rate that the program may still run at without another order, nL/h. */
export function rateToCome(): u64 {
  const n = next();
  let rate = n.rate_permitted_nl_per_h;
  for (let index = n.step + 1; index < n.steps; index++) rate = max(rate, stepAt(NEXT, index).rate_nl_per_h);
  return <u64>rate;
}
