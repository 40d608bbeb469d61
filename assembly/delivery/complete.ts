/** The end of a bag (SPEC 6.1, 6.6): the program is over, keeps the vein open, or hands back to its primary. */
import { eventBegin, eventUnsigned } from "../log/event";
import { NEXT, STATE } from "../layout";
import { commit } from "../store/journal";
import { State } from "../store/state";
import * as status from "../status";
import { VTBI_DONE } from "./alarms";
import { flow, flowFollow, stepsFor } from "./flow";
import { kvoBegin } from "./kvo";
import { COMPLETE, dropBolus, kvoEnd } from "./program";
import { primaryPhase, primaryWaits, returnToPrimary } from "./secondary";

const EVENT_COMPLETE: u32 = 9;

/** True when not one more motor step fits into the bag. */
export function bagDone(): bool {
  return flow().last_steps >= stepsFor(changetype<State>(STATE).bag_end_nl);
}

/** The bag is delivered. If that cannot be written, the grant is at its end all the same. */
export function complete(): u32 {
  const n = changetype<State>(NEXT);
  const f = flow();
  dropBolus();
  if (primaryWaits()) {
    returnToPrimary(primaryPhase());
  } else {
    n.alarms |= VTBI_DONE;
    if (!kvoBegin()) kvoEnd(COMPLETE);
  }
  eventBegin(EVENT_COMPLETE, 4);
  eventUnsigned(0, <u64>f.generation);
  eventUnsigned(1, f.delivered_nl);
  eventUnsigned(2, <u64>n.phase);
  eventUnsigned(3, <u64>n.generation);
  const outcome = commit(0);
  if (outcome != status.OK) return outcome;
  f.settle = 1;
  flowFollow();
  return status.OK;
}
