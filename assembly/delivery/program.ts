/** What may happen to a program: each function prepares NEXT and leaves the commit to its caller (SPEC 6.1). */
import { NEXT } from "../layout";
import { FLAG_RANGE, FLAG_TAMPERED, FLAGS_RESET, State } from "../store/state";
import * as status from "../status";
import { MODE_PCA } from "../order/command";
import { pending } from "../order/pending";
import { unitTime } from "../order/units";
import { ANSWERED, EMERGENCY, REVERSE, VTBI_DONE } from "./alarms";
import { bagLeftNl, bolusLeftNl, flow } from "./flow";
import { doseEnds, programFits } from "./ledger";
import { primaryWaits, returnToPrimary } from "./secondary";
import { rateToCome, reducedRate } from "./steps";

export const IDLE: u32 = 0;
export const RUNNING: u32 = 1;
export const PAUSED: u32 = 2;
export const COMPLETE: u32 = 3;
/** The bag is empty and the vein is kept open for a while (SPEC 6.6). */
export const KVO: u32 = 4;

export { holdPrimary, returnToPrimary } from "./secondary";
export { stepNow } from "./steps";

/** Where the number of a limit stands above a status: `LIMIT_HARD | limit << LIMIT_SHIFT`. */
export const LIMIT_SHIFT: u32 = 8;

/** The refusal that names a limit, or OK if there is none. */
export function withLimit(limit: u32): u32 {
  return limit == 0 ? status.OK : status.LIMIT_HARD | (limit << LIMIT_SHIFT);
}

/** Whether the motor may have a grant in this phase. */
export function flowing(phase: u32): bool {
  return phase == RUNNING || phase == KVO;
}

function next(): State {
  return changetype<State>(NEXT);
}

/** Whether anything may move delivery upward: not while stored state is in doubt (SPEC 2.6, 6.4). */
export function upwardAllowed(): u32 {
  if ((next().flags & FLAG_TAMPERED) != 0) return status.TAMPERED;
  return flow().degraded != 0 ? status.FLASH_FAILED : status.OK;
}

/** Whether there is anything to stop: a program, a latched alarm, or a command that waits for an override. OK or PHASE. */
export function stoppable(): u32 {
  return next().phase == IDLE && next().alarms == 0 && pending().active == 0 ? status.PHASE : status.OK;
}

/** Whether this basal rate may run beside the bolus under way: together at most what the area leaves (SPEC 6.2). OK or BOLUS_ACTIVE. */
export function besideBolus(rate_nl_per_h: u64): u32 {
  const bolus = <u64>next().bolus_rate_nl_per_h;
  const much = bolus != 0 && rate_nl_per_h + bolus > <u64>next().rate_max_nl_per_h;
  return much ? status.BOLUS_ACTIVE : status.OK;
}

/** The rest of a bolus is dropped whenever flow stops: resuming one silently would be a dose nobody asked for again. */
export function dropBolus(): void {
  const n = next();
  if (n.bolus_rate_nl_per_h != 0) doseEnds(0);
  n.bolus_rate_nl_per_h = 0;
  n.bolus_end_nl = 0;
  flow().bolus_known_nl = 0;
}

/** Flow stops. What kept a vein open is not taken up again: its bag is empty. */
export function pause(): u32 {
  const n = next();
  if (!flowing(n.phase)) return status.PHASE;
  dropBolus();
  if (n.phase == KVO) kvoEnd(COMPLETE);
  else n.phase = PAUSED;
  return status.OK;
}

/** KVO is over, whatever follows: the rate is the order's again. */
export function kvoEnd(phase: u32): void {
  const n = next();
  n.phase = phase;
  n.rate_nl_per_h = reducedRate(n.rate_permitted_nl_per_h);
}

/** Back to `rate_nl_per_h`; answers latched alarms. */
export function resume(rate_nl_per_h: u32): u32 {
  const n = next();
  if (n.phase != PAUSED || bagLeftNl() == 0) return status.PHASE;
  n.phase = RUNNING;
  n.rate_nl_per_h = rate_nl_per_h;
  answerAlarms();
  n.flags &= ~FLAGS_RESET;
  return status.OK;
}

/** A person has seen to what was latched. A motor that went backwards is taken from where it is: the same way again counts again. */
export function answerAlarms(): void {
  const n = next();
  if ((n.alarms & REVERSE) != 0) flow().bound = 0;
  n.alarms &= ~ANSWERED;
}

/** Ends the program; always possible, also when there is none. The primary of a secondary waits, PAUSED. */
export function stop(): void {
  const n = next();
  answerAlarms();
  n.alarms &= ~EMERGENCY;
  dropBolus();
  if (primaryWaits()) {
    returnToPrimary(PAUSED);
    return; // after a reset the primary still asks whose it is
  }
  n.phase = IDLE;
  n.flags &= ~(FLAGS_RESET | FLAG_RANGE);
  n.rate_nl_per_h = 0;
  n.rate_permitted_nl_per_h = 0;
}

/** Whether the order is one of a whole dose a bag: its unit has no time. */
function wholeDose(): bool {
  return next().mode != MODE_PCA && unitTime(next().unit) == 0;
}

/** The first reason against a new bag, or OK; of a window its limit stands above the status. */
export function newBagRefusal(vtbi_nl: u64): u32 {
  const n = next();
  if (n.phase == IDLE) return status.PHASE;
  // A whole dose is the bag's: a larger bag would be a larger dose than was judged (SPEC 4.2).
  const most_nl = wholeDose() ? min(n.vtbi_nl, n.total_nl) : n.total_nl;
  if (vtbi_nl == 0 || vtbi_nl > most_nl || flow().delivered_nl > n.total_nl - vtbi_nl) return status.TOTAL;
  return withLimit(programFits(bolusLeftNl(), rateToCome(), vtbi_nl));
}

/**
 * A new bag of `vtbi_nl` for the same order. A finished bag leaves the program PAUSED: flow starts again by resuming. Returns what
 * `newBagRefusal` does.
 */
export function newBag(vtbi_nl: u64): u32 {
  const n = next();
  const refusal = newBagRefusal(vtbi_nl);
  if (refusal != status.OK) return refusal;
  n.vtbi_nl = vtbi_nl;
  n.bag_end_nl = flow().delivered_nl + vtbi_nl;
  n.alarms &= ~VTBI_DONE; // an occlusion is not answered by a bag
  if (n.phase == COMPLETE || n.phase == KVO) {
    kvoEnd(PAUSED);
    flow().paused_ms = flow().last_ms;
  }
  return status.OK;
}
