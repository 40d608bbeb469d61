/** How much an order may give: ceilings, the profile's limits and the entry's, and what the patient has had (SPEC 4.4, steps 18 to 20). */
import { bagLeftNl, bolusLeftNl, flow } from "../delivery/flow";
import { basalLeftNl, ledgerRoom, planSet, planWorst } from "../delivery/ledger";
import { rateToCome } from "../delivery/steps";
import { ceilingBolus, ceilingRate, ceilingTotal, ceilingVtbi } from "../library/ceilings";
import {
  BOUND_HARD_MAX,
  BOUND_SOFT_MAX,
  doseBounds,
  doseOf,
  Drug,
  drugHas,
  durationOf,
  KEY_BOLUS_RATE,
  KEY_INTERMITTENT,
  KEY_WINDOWS,
  lockoutOf,
  Profile,
  stepBounds,
  stepOf,
  vtbiOf,
  windowBounds,
  WINDOWS,
} from "../library/entry";
import { COMMAND, DRUG, JUDGEMENT, NEXT, PROFILE } from "../layout";
import { State } from "../store/state";
import * as status from "../status";
import { pumpClass } from "../trust/device";
import { flowOf } from "./arithmetic";
import { sender } from "./authenticate";
import {
  bodyOf,
  KIND_PCA,
  KIND_TITRATE,
  kindIsDose,
  kindStarts,
  Loading,
  loadingOf,
  orderStepAt,
  pcaOf,
  rangeOf,
} from "./command";
import { Judgement, judgement } from "./judgement";
import {
  AMOUNT,
  bounds,
  broken,
  capOf,
  FLOW_RATE,
  LIMIT_BOLUS_RATE,
  LIMIT_BOLUS_VOLUME,
  LIMIT_DURATION,
  LIMIT_LOCKOUT,
  LIMIT_RATE,
  LIMIT_STEP,
  LIMIT_TOTAL,
  LIMIT_VTBI,
  LIMIT_WINDOW,
  limitOfDose,
  PLAIN,
} from "./limit";
import { amountNow, basalHighest, basalKey, GIVEN_MAX, givenAt, givenKey, volumeNow } from "./parts";
import { rateOnStep } from "./units";

/** Highest rate that ceilings and profile leave, nL/h. */
export function rateMaxNlPerH(): u64 {
  const p = changetype<Profile>(PROFILE);
  return min(ceilingRate(pumpClass(), p.patient_class), <u64>p.rate_nl_per_h_max);
}

/** Highest rate that the order can lead to, nL/h: of its steps, its range, and a dose beside the basal rate. */
function rateHighest(kind: u32): u64 {
  const b = bodyOf(COMMAND);
  // GIP 1.4.3: basal and bolus together stay below the pump's maximum.
  if (kindIsDose(kind)) return <u64>b.rate_nl_per_h + <u64>changetype<State>(NEXT).rate_nl_per_h;
  const rate = basalHighest() + <u64>pcaOf(COMMAND).rate_nl_per_h;
  // What a nurse may titrate to without a signature is judged now (SPEC 4.2).
  const range = rangeOf(COMMAND);
  const most = range.present == 0 ? 0 : rateOnStep(flowOf(range.max), pumpClass());
  return max(max(rate, most), <u64>loadingOf(COMMAND).rate_nl_per_h);
}

/** Steps 18 and 19: compiled-in ceilings, then the profile. */
export function ceilings(kind: u32): u32 {
  const b = bodyOf(COMMAND);
  const p = changetype<Profile>(PROFILE);
  const pump = pumpClass();
  const rate = rateHighest(kind);
  const rateCeiling = ceilingRate(pump, p.patient_class);
  if (rate > rateCeiling) return broken(status.LIMIT_CEILING, LIMIT_RATE, rateCeiling);
  const bolusMost = ceilingBolus(pump, p.patient_class);
  for (let i: u32 = 0; i < GIVEN_MAX; i++) {
    if (givenAt(i) != 0 && changetype<Loading>(givenAt(i)).volume_nl > bolusMost) {
      return broken(status.LIMIT_CEILING, LIMIT_BOLUS_VOLUME, bolusMost);
    }
  }
  if (kindStarts(kind)) {
    const vtbiMost = ceilingVtbi(pump, p.patient_class);
    if (b.volume_nl > vtbiMost) return broken(status.LIMIT_CEILING, LIMIT_VTBI + 1, vtbiMost);
    const totalMost = ceilingTotal(pump, p.patient_class);
    if (b.total_nl > totalMost) return broken(status.LIMIT_CEILING, LIMIT_TOTAL, totalMost);
    if (b.volume_nl > p.vtbi_nl_max) return broken(status.LIMIT_PROFILE, LIMIT_VTBI + 1, p.vtbi_nl_max);
  }
  const profileMost = <u64>p.rate_nl_per_h_max;
  return rate > profileMost ? broken(status.LIMIT_PROFILE, LIMIT_RATE, profileMost) : status.OK;
}

/** Step 20, and the notes for step 21: the entry's own limits, then the windows. */
export function doses(kind: u32): u32 {
  const d = changetype<Drug>(DRUG);
  const b = bodyOf(COMMAND);
  let failure = basal();
  for (let i: u32 = 0; i < GIVEN_MAX; i++) {
    const at = givenAt(i);
    if (at == 0 || failure != status.OK) continue;
    const g = changetype<Loading>(at);
    failure = dose(givenKey(i), g.dose);
    if (failure == status.OK) {
      failure = bounds(
        doseBounds(doseOf(d, KEY_BOLUS_RATE)),
        FLOW_RATE,
        <u64>g.rate_nl_per_h,
        0,
        LIMIT_BOLUS_RATE,
      );
    }
  }
  if (failure == status.OK && kind == KIND_PCA) {
    failure = bounds(lockoutOf(d), PLAIN, <u64>pcaOf(COMMAND).lockout_s, 0, LIMIT_LOCKOUT);
  }
  if (failure == status.OK && kindStarts(kind)) {
    failure = bounds(vtbiOf(d), PLAIN, b.volume_nl, 0, LIMIT_VTBI);
  }
  if (failure == status.OK && kind == KIND_TITRATE) failure = increase();
  if (failure != status.OK) return failure;
  const counted = drugHas(d, KEY_WINDOWS);
  if (counted) failure = windows(kind);
  if (failure != status.OK) return failure;
  // A lockout counts from a dose that an account remembers.
  return (counted || kind == KIND_PCA) && !ledgerRoom(d.ingredient) ? status.LEDGER_FULL : status.OK;
}

/** The basal dose of every step, of the range's maximum, and an intermittent dose's duration. */
function basal(): u32 {
  const b = bodyOf(COMMAND);
  const key = basalKey();
  if (key == 0) return status.OK;
  let failure = dose(key, b.dose);
  for (let i: u32 = 0; i < b.stepCount; i++) {
    if (failure == status.OK) failure = dose(key, orderStepAt(COMMAND, i).dose);
  }
  // A nurse may titrate to the range's maximum without a signature, so it is judged like a dose (SPEC 4.2).
  const r = rangeOf(COMMAND);
  if (failure == status.OK && r.present != 0) failure = dose(key, r.max);
  if (failure != status.OK || key != KEY_INTERMITTENT) return failure;
  return bounds(durationOf(changetype<Drug>(DRUG)), PLAIN, <u64>b.duration_s, 0, LIMIT_DURATION);
}

/** A dose against the limits of `key`. */
function dose(key: u32, value: u64): u32 {
  return bounds(doseBounds(doseOf(changetype<Drug>(DRUG), key)), PLAIN, value, 0, limitOfDose(key));
}

/** The titration step: an increase counts from the dose in force when the present interval began. */
function increase(): u32 {
  const n = changetype<State>(NEXT);
  const j = judgement();
  const step = stepOf(changetype<Drug>(DRUG));
  const interval_ms = <u64>step.interval_s * 1000;
  j.began = sender().now_ms - flow().step_ms >= interval_ms ? 1 : 0;
  j.base_dose = j.began != 0 ? n.dose : n.step_base_dose;
  const value = bodyOf(COMMAND).dose;
  // One less, because the pair's minimum does not exist.
  return bounds(stepBounds(step), PLAIN, value > j.base_dose ? value - j.base_dose : 0, 0, LIMIT_STEP - 1);
}

/** What the patient may come to have of the drug if all goes on as ordered (SPEC 6.3). */
function plan(kind: u32): void {
  const b = bodyOf(COMMAND);
  const d = changetype<Drug>(DRUG);
  let bolus_nl = bolusLeftNl();
  let rate = basalHighest();
  let bag_nl = bagLeftNl();
  if (kindStarts(kind)) {
    bolus_nl = loadingOf(COMMAND).volume_nl + pcaOf(COMMAND).volume_nl;
    bag_nl = b.volume_nl;
  } else if (kindIsDose(kind)) {
    bolus_nl = b.volume_nl;
    rate = rateToCome();
  }
  const left_nl = basalLeftNl(bag_nl, bolus_nl, d.flags);
  planSet(d.ingredient, amountNow(), volumeNow(), d.flags, bolus_nl, rate, left_nl);
}

/** The worst sum of each window against its maxima; notes it, and the cap that the program carries from now on. */
function windows(kind: u32): u32 {
  const j = judgement();
  plan(kind);
  for (let i: u32 = 0; i < WINDOWS; i++) {
    const b = windowBounds(changetype<Drug>(DRUG), i);
    if (b.present == 0) continue;
    const worst = planWorst(i);
    const limit = LIMIT_WINDOW + i;
    const softHolds = (b.present & BOUND_SOFT_MAX) != 0 && ((j.waived >> limit) & 1) == 0;
    const cap = softHolds ? capOf(b.soft_max) : (b.present & BOUND_HARD_MAX) != 0 ? capOf(b.hard_max) : 0;
    store<u64>(JUDGEMENT + (i << 3), worst, offsetof<Judgement>("window_1"));
    store<u64>(JUDGEMENT + (i << 3), cap, offsetof<Judgement>("cap_1"));
    const failure = bounds(b, AMOUNT, worst, 0, limit - 1);
    if (failure != status.OK) return failure;
  }
  return status.OK;
}
