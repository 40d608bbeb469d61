/**
 * Refusals that cost no signature coalesce here, in RAM, and reach the meter stream at most once per port and minute (SPEC 7):
 * so a flood is recorded, and wears nothing out.
 */
import { REFUSALS } from "./layout";
import { PORTS } from "./limits";
import { eventBegin, eventUnsigned } from "./log/event";
import { commit } from "./store/journal";
import * as status from "./status";
import { take } from "./throttle";

/** Different statuses counted apart per port; further ones share the last place as status 0. */
const STATUSES_MAX: u32 = 4;
const FLUSH_MS: u64 = 60000;
const EVENT_REFUSED: u32 = 11;

@unmanaged
export class Refusal {
  status: u32;
  count: u32;
  first_ms: u64;
}

/** A port: the budget of its writes, then its refusals. */
const PORT_BYTES: u32 = 8 + STATUSES_MAX * 16;
export const REFUSALS_BYTES: u32 = (PORTS + 1) * PORT_BYTES;

function portAt(port: u32): usize {
  return REFUSALS + port * PORT_BYTES;
}

function refusalAt(port: u32, index: u32): Refusal {
  return changetype<Refusal>(portAt(port) + 8 + index * offsetof<Refusal>());
}

/** Counts a refusal on `port`; PORTS stands for calls that come without a port. */
export function refused(port: u32, reason: u32, now_ms: u64): void {
  for (let i: u32 = 0; i < STATUSES_MAX; i++) {
    const r = refusalAt(port, i);
    if (i == STATUSES_MAX - 1) reason = 0;
    if (r.count != 0 && r.status != reason) continue;
    if (r.count == 0) r.first_ms = now_ms;
    r.status = reason;
    if (r.count != u32.MAX_VALUE) r.count++;
    return;
  }
}

/** Writes one refusal of one port that is due. WORKING if it wrote, NOTHING if none was due, else the store's status. */
export function refusalsStep(now_ms: u64): u32 {
  for (let port: u32 = 0; port <= PORTS; port++) {
    for (let i: u32 = 0; i < STATUSES_MAX; i++) {
      const r = refusalAt(port, i);
      if (r.count == 0) continue;
      // Taken also by a write that fails: flash that is failing is not worn further.
      if (!take(portAt(port), FLUSH_MS, FLUSH_MS, now_ms)) break;
      eventBegin(EVENT_REFUSED, 4);
      eventUnsigned(0, <u64>port);
      eventUnsigned(1, <u64>r.status);
      eventUnsigned(2, <u64>r.count);
      eventUnsigned(3, r.first_ms);
      const outcome = commit(1);
      if (outcome != status.OK) return outcome;
      r.count = 0;
      return status.WORKING;
    }
  }
  return status.NOTHING;
}
