/** What comes without a port (SPEC 7): the verification budget of root documents and manifests, and refusals. */
import * as host from "./host";
import { UPTIME } from "./layout";
import { PORTS } from "./limits";
import { refused } from "./refusals";
import * as status from "./status";
import { takeUpdate } from "./throttle";

/** Takes a token for an update whose free checks passed. THROTTLED, or a failing clock, refuses it. */
export function updateBudget(): u32 {
  if (host.uptimeMs(UPTIME) != 0) return status.CLOCK;
  if (takeUpdate(load<u64>(UPTIME))) return status.OK;
  return updateRefused(status.THROTTLED);
}

/** Counts what was refused and has no port that could be believed, and passes the reason on. */
export function updateRefused(reason: u32): u32 {
  if (host.uptimeMs(UPTIME) == 0) refused(PORTS, reason, load<u64>(UPTIME));
  return reason;
}
