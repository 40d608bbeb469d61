/** Whether an order's figures follow from each other and from the entry: units, concentration, set, rates and volumes (SPEC 4.4, steps 14 to 17). */
import { rateStepNlPerH } from "../library/ceilings";
import {
  contentOf,
  customOf,
  doseOf,
  Drug,
  drugHas,
  ENTRY_EMERGENCY,
  KEY_BOLUS_RATE,
  KEY_CONTENT,
  KEY_INTERMITTENT,
  KEY_WINDOWS,
  windowsOf,
} from "../library/entry";
import { COMMAND, DRUG, NEXT, TRUST } from "../layout";
import { State } from "../store/state";
import * as status from "../status";
import { calibrationPlPerStep, pumpClass } from "../trust/device";
import { Root } from "../trust/root";
import {
  bodyOf,
  KIND_TITRATE,
  kindStarts,
  Loading,
  loadingOf,
  MODE_SECONDARY,
  orderStepAt,
  rangeOf,
} from "./command";
import { judgement } from "./judgement";
import { bounds, broken, CONCENTRATION, LIMIT_CONCENTRATION } from "./limit";
import { amountNow, basalKey, GIVEN_MAX, givenAt, givenKey, volumeNow } from "./parts";
import { basisKnown, doseToFlow, rateOnStep } from "./units";
import { compareProducts, ratio } from "./wide";

/** Step 14: every part's unit is the entry's own, and what it counts by is known. */
export function units(kind: u32): u32 {
  const d = changetype<Drug>(DRUG);
  const unit = bodyOf(COMMAND).unit;
  const key = basalKey();
  let failure: u32 = kind == KIND_TITRATE && unit != changetype<State>(NEXT).unit ? status.UNIT : status.OK;
  if (failure == status.OK && key != 0) failure = unitOf(key, unit);
  for (let i: u32 = 0; i < GIVEN_MAX; i++) {
    const at = givenAt(i);
    if (at == 0 || failure != status.OK) continue;
    failure = unitOf(givenKey(i), changetype<Loading>(at).unit);
    if (failure == status.OK) failure = unitOf(KEY_BOLUS_RATE, doseOf(d, KEY_BOLUS_RATE).unit);
  }
  if (failure != status.OK) return failure;
  if (drugHas(d, KEY_WINDOWS) && !known(windowsOf(d).unit)) return status.WEIGHT_UNKNOWN;
  const forbidden = judgement().emergency != 0 && (d.flags & ENTRY_EMERGENCY) == 0;
  return forbidden ? status.EMERGENCY_NOT_ALLOWED : status.OK;
}

function unitOf(key: u32, unit: u32): u32 {
  const d = changetype<Drug>(DRUG);
  if (!drugHas(d, key) || doseOf(d, key).unit != unit) return status.UNIT;
  return known(unit) ? status.OK : status.WEIGHT_UNKNOWN;
}

function known(unit: u32): bool {
  const n = changetype<State>(NEXT);
  return basisKnown(unit, n.weight_g, n.bsa_cm2);
}

/** Step 15: exactly the fixed concentration, as a ratio, or inside the custom bounds. */
export function concentration(): u32 {
  const d = changetype<Drug>(DRUG);
  if (!drugHas(d, KEY_CONTENT)) {
    return bounds(customOf(d), CONCENTRATION, amountNow(), volumeNow(), LIMIT_CONCENTRATION);
  }
  const fixed = contentOf(d);
  const order = compareProducts(amountNow(), fixed.volume_nl, fixed.amount, volumeNow());
  if (order == 0) return status.OK;
  return broken(status.LIMIT_HARD, order < 0 ? LIMIT_CONCENTRATION : LIMIT_CONCENTRATION + 1, fixed.amount);
}

/** Steps 16 and 17: a known set, and rates and volumes that follow from the doses. */
export function arithmetic(kind: u32): u32 {
  const b = bodyOf(COMMAND);
  if (kindStarts(kind)) {
    const secondary = b.mode == MODE_SECONDARY && b.set != changetype<State>(NEXT).set;
    if (calibrationPlPerStep(b.set) == 0 || secondary) return status.SET;
  }
  const key = basalKey();
  let failure =
    key == 0 ? status.OK : key == KEY_INTERMITTENT ? intermittent() : agrees(flowOf(b.dose), b.rate_nl_per_h);
  for (let i: u32 = 0; i < b.stepCount; i++) {
    const s = orderStepAt(COMMAND, i);
    if (failure == status.OK) failure = agrees(flowOf(s.dose), s.rate_nl_per_h);
  }
  for (let i: u32 = 0; i < GIVEN_MAX; i++) {
    if (failure == status.OK && givenAt(i) != 0) failure = given(changetype<Loading>(givenAt(i)));
  }
  return failure == status.OK && kindStarts(kind) ? extent() : failure;
}

/** The flow or volume of a dose in the order's unit. */
export function flowOf(dose: u64): u64 {
  return flowIn(dose, bodyOf(COMMAND).unit);
}
function flowIn(dose: u64, unit: u32): u64 {
  const n = changetype<State>(NEXT);
  return doseToFlow(dose, unit, n.weight_g, n.bsa_cm2, amountNow(), volumeNow());
}

/** Whether `rate_nl_per_h` is the flow, on a rate step. */
function agrees(flow_nl_per_h: u64, rate_nl_per_h: u32): u32 {
  const rate = rateOnStep(flow_nl_per_h, pumpClass());
  if (rate == 0) return status.RATE_TOO_COARSE;
  return rate == <u64>rate_nl_per_h ? status.OK : status.RATE_MISMATCH;
}

/** A whole dose in a stated time (SPEC 4.4). */
function intermittent(): u32 {
  const b = bodyOf(COMMAND);
  if (flowOf(b.dose) != b.volume_nl) return status.RATE_MISMATCH;
  return agrees(ratio(b.volume_nl, 3600, 1, <u64>b.duration_s, 1), b.rate_nl_per_h);
}

/** A dose by volume, at a rate on a rate step. */
function given(g: Loading): u32 {
  if (flowIn(g.dose, g.unit) != g.volume_nl) return status.RATE_MISMATCH;
  const step = rateStepNlPerH(pumpClass(), g.rate_nl_per_h);
  return g.rate_nl_per_h % step == 0 ? status.OK : status.RATE_TOO_COARSE;
}

/** What a program may grow to: its dose in its range, its steps within the bag, the bag within the total. */
function extent(): u32 {
  const b = bodyOf(COMMAND);
  const r = rangeOf(COMMAND);
  if (r.present != 0 && (b.dose < r.min || b.dose > r.max)) return status.RANGE;
  let before_nl = loadingOf(COMMAND).volume_nl;
  for (let i: u32 = 0; i < b.stepCount; i++) before_nl += orderStepAt(COMMAND, i).after_nl;
  if (before_nl >= b.volume_nl || b.volume_nl > b.total_nl) return status.TOTAL;
  if (judgement().emergency == 0) return status.OK;
  const most_nl = (<u64>b.rate_nl_per_h * <u64>changetype<Root>(TRUST).emergency_s_max) / 3600;
  return b.total_nl > most_nl ? status.TOTAL : status.OK;
}
