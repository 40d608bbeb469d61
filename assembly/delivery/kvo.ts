/** Keep vein open (SPEC 6.6): a trickle behind the end of a bag, for as long as the pump is configured to. */
import { NEXT } from "../layout";
import { rateStepNlPerH } from "../library/ceilings";
import { State } from "../store/state";
import * as status from "../status";
import { pumpClass } from "../trust/device";
import { flow } from "./flow";
import { programFits } from "./ledger";
import { KVO, RUNNING, upwardAllowed } from "./program";

/** Prepares in NEXT that a delivered bag is followed by KVO. False: nothing allows it, and nothing has changed. */
export function kvoBegin(): bool {
  const n = changetype<State>(NEXT);
  // 0 unless entry and mode have it (order/effect.ts).
  const allowed = n.kvo_rate_nl_per_h;
  const rate = min(allowed - (allowed % rateStepNlPerH(pumpClass(), allowed)), n.rate_nl_per_h);
  const volume_nl = (<u64>rate * <u64>n.kvo_s_max) / 3600;
  if (n.phase != RUNNING || volume_nl == 0 || upwardAllowed() != status.OK) return false;
  if (programFits(0, <u64>rate, volume_nl) != 0) return false;
  n.phase = KVO;
  n.rate_nl_per_h = rate;
  n.bag_end_nl = flow().delivered_nl + volume_nl;
  return true;
}
