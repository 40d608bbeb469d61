/** The patient's button (SPEC 6.4, DEMAND): one dose of the ordered size, if nothing speaks against it. */
import { MODE_PCA } from "../order/command";
import { NEXT } from "../layout";
import { State } from "../store/state";
import * as status from "../status";
import { LATCHED, SENSOR_INTERLOCK } from "./alarms";
import { bagLeftNl, flow } from "./flow";
import { lockoutLeftS, programFits } from "./ledger";
import { IDLE, RUNNING, withLimit } from "./program";
import { loadingUnderWay, rateToCome } from "./steps";

/** Counts an attempt, whatever comes of it: how often a patient asks in vain is what the prescriber needs to see. */
export function demandCount(): void {
  const n = changetype<State>(NEXT);
  if (n.mode == MODE_PCA && n.phase != IDLE) flow().demand_attempts++;
}

/** The first reason against a dose, or OK; a limit's number stands above the status (local.ts). */
export function demandRefusal(): u32 {
  const n = changetype<State>(NEXT);
  const f = flow();
  if (n.mode != MODE_PCA || n.phase != RUNNING || f.hold != 0) return status.PHASE;
  if ((n.alarms & LATCHED) != 0) return status.ALARM_ACTIVE;
  if ((f.sensors & SENSOR_INTERLOCK) != 0) return status.INTERLOCK;
  if (n.bolus_rate_nl_per_h != 0 || loadingUnderWay()) return status.BOLUS_ACTIVE;
  if (lockoutLeftS() != 0) return status.LOCKOUT;
  if (bagLeftNl() < n.pca_dose_nl) return status.TOTAL;
  if (<u64>n.rate_nl_per_h + <u64>n.pca_rate_nl_per_h > <u64>n.rate_max_nl_per_h) return status.LIMIT_PROFILE;
  const limit = programFits(n.pca_dose_nl, rateToCome(), bagLeftNl());
  return withLimit(limit);
}

/** Prepares the dose in NEXT. */
export function demandDose(): void {
  const n = changetype<State>(NEXT);
  n.bolus_rate_nl_per_h = n.pca_rate_nl_per_h;
  n.bolus_end_nl = flow().bolus_delivered_nl + n.pca_dose_nl;
}
