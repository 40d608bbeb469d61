/**
 * What an order has too much of, for the second opinion (witness.ts): each function is 0 if nothing exceeds anything. Doses are
 * computed back from rates and volumes, the other direction of units.ts; every rule is asked, masks say which of them count.
 */
import { bagLeftNl, bolusLeftNl, flow } from "../delivery/flow";
import { ledgerRoom, planFits, planSet } from "../delivery/ledger";
import { ceilingBolus, ceilingTotal, ceilingVtbi } from "../library/ceilings";
import {
  Bounds,
  contentOf,
  customOf,
  doseBounds,
  doseOf,
  Drug,
  durationOf,
  ENTRY_BOLUS_APART,
  KEY_BOLUS_DOSE,
  KEY_BOLUS_RATE,
  KEY_CONTINUOUS,
  KEY_INTERMITTENT,
  KEY_LOADING,
  KEY_PCA_DOSE,
  KEY_WINDOWS,
  lockoutOf,
  Profile,
  stepBounds,
  stepOf,
  vtbiOf,
  windowBounds,
  WINDOWS,
  windowsOf,
} from "../library/entry";
import { COMMAND, DRUG, NEXT, PROFILE } from "../layout";
import { State, stepAt } from "../store/state";
import { pumpClass } from "../trust/device";
import { sender } from "./authenticate";
import {
  BODY_AT,
  bodyOf,
  Command,
  concentrationOf,
  KIND_BOLUS,
  KIND_PCA,
  KIND_TITRATE,
  kindIsDose,
  kindStarts,
  Loading,
  LOADING_AT,
  loadingOf,
  MODE_PCA,
  orderStepAt,
  PCA_AT,
  pcaOf,
  rangeOf,
} from "./command";
import { rateMaxNlPerH } from "./judgement";
import { doseToFlow, rateOnStep, unitBasis, unitDimension, unitTime } from "./units";
import { compareProducts, ratio, ratioCeil, remains } from "./wide";

/** 0 if x is 0, else 1. */
export function nonZero(x: u64): u64 {
  return (x | (0 - x)) >> 63;
}

/** All ones if `condition` holds, else 0. */
export function ones(condition: bool): u64 {
  return 0 - <u64>condition;
}

/** 1 if a > b, else 0; both below 2^63. */
function over(a: u64, b: u64): u64 {
  return (b - a) >> 63;
}

/** 1 if `low` is below a minimum or `high` above a maximum; a soft bound counts unless its bit is waived. `limit` is the pair's minimum. */
function outside(b: Bounds, low: u64, high: u64, limit: u32, waived: u32): u64 {
  const has = <u64>b.present;
  const below = (<u64>((waived >> limit) & 1)) ^ 1;
  const above = (<u64>((waived >> (limit + 1)) & 1)) ^ 1;
  return (
    (has & over(b.hard_min, low)) |
    ((has >> 1) & over(b.soft_min, low) & below) |
    ((has >> 2) & over(high, b.soft_max) & above) |
    ((has >> 3) & over(high, b.hard_max))
  );
}

/** 1 if the entry has no key `key`. */
function lacks(key: u32): u64 {
  return <u64>(((changetype<Drug>(DRUG).present >> key) & 1) ^ 1);
}

/** 0 if neither dose, rate, volume nor concentration goes beyond a limit, and no rate or volume gives more than its dose. */
export function doseExcess(kind: u32, waived: u32): u64 {
  const body: usize = COMMAND + BODY_AT;
  const isDose = ones(kindIsDose(kind));
  const asked = ones(bodyOf(COMMAND).dose != 0) & ~isDose;
  const bolus = kind == KIND_BOLUS;
  const loading = ones(loadingOf(COMMAND).present != 0);
  const pca = ones(pcaOf(COMMAND).present != 0);
  const key = bolus ? KEY_BOLUS_DOSE : KEY_LOADING;
  return (
    (basalExcess(waived) & asked) |
    (givenExcess(body, key, bolus ? 3 : 16, waived) & isDose) |
    (givenExcess(body + LOADING_AT, KEY_LOADING, 16, waived) & loading) |
    (givenExcess(body + PCA_AT, KEY_PCA_DOSE, 18, waived) & pca) |
    (startExcess(waived) & ones(kindStarts(kind))) |
    (stepExcess(waived) & ones(kind == KIND_TITRATE)) |
    rateExcess(isDose) |
    concentrationOff(waived)
  );
}

/** Basal doses: the order's, its steps' and its range's. */
function basalExcess(waived: u32): u64 {
  const b = bodyOf(COMMAND);
  const r = rangeOf(COMMAND);
  const d = changetype<Drug>(DRUG);
  const timed = ones(b.duration_s != 0);
  const key = b.duration_s != 0 ? KEY_INTERMITTENT : KEY_CONTINUOUS;
  const limit: u32 = 1 + ((<u32>timed) & 23);
  const limits = doseBounds(doseOf(d, key));
  const whole =
    over(implied(b.volume_nl, b.unit, 1), b.dose) |
    ones(compareProducts(<u64>b.rate_nl_per_h, <u64>b.duration_s, b.volume_nl, 3600) > 0) |
    outside(durationOf(d), <u64>b.duration_s, <u64>b.duration_s, 22, waived);
  const ranged = outside(limits, r.max, r.max, limit, waived) | over(b.dose, r.max) | over(r.min, b.dose);
  let trouble =
    lacks(key) | (<u64>(doseOf(d, key).unit ^ b.unit)) | outside(limits, b.dose, b.dose, limit, waived);
  trouble |= (whole & timed) | (over(implied(<u64>b.rate_nl_per_h, b.unit, 1), b.dose) & ~timed);
  trouble |= ranged & ones(r.present != 0);
  for (let i: u32 = 0; i < b.stepCount; i++) {
    const s = orderStepAt(COMMAND, i);
    trouble |= outside(limits, s.dose, s.dose, limit, waived);
    trouble |= over(implied(<u64>s.rate_nl_per_h, b.unit, 1), s.dose);
  }
  return trouble;
}

/** A dose given by volume, read as `Loading`. */
function givenExcess(at: usize, key: u32, limit: u32, waived: u32): u64 {
  const d = changetype<Drug>(DRUG);
  const g = changetype<Loading>(at);
  const rates = doseOf(d, KEY_BOLUS_RATE);
  const rate = <u64>g.rate_nl_per_h;
  return (
    lacks(key) |
    lacks(KEY_BOLUS_RATE) |
    (<u64>(doseOf(d, key).unit ^ g.unit)) |
    outside(doseBounds(doseOf(d, key)), g.dose, g.dose, limit, waived) |
    outside(doseBounds(rates), implied(rate, rates.unit, 0), implied(rate, rates.unit, 1), 5, waived) |
    over(implied(g.volume_nl, g.unit, 1), g.dose) |
    over(g.volume_nl, ceilingBolus(pumpClass(), changetype<Profile>(PROFILE).patient_class))
  );
}

/** What a new program may grow to, and how soon its patient may ask again. */
function startExcess(waived: u32): u64 {
  const b = bodyOf(COMMAND);
  const d = changetype<Drug>(DRUG);
  const p = changetype<Profile>(PROFILE);
  const lockout = <u64>pcaOf(COMMAND).lockout_s;
  let before_nl = loadingOf(COMMAND).volume_nl;
  for (let i: u32 = 0; i < b.stepCount; i++) before_nl += orderStepAt(COMMAND, i).after_nl;
  return (
    over(b.volume_nl, ceilingVtbi(pumpClass(), p.patient_class)) |
    over(b.volume_nl, p.vtbi_nl_max) |
    over(b.total_nl, ceilingTotal(pumpClass(), p.patient_class)) |
    over(b.volume_nl, b.total_nl) |
    over(before_nl + 1, b.volume_nl) |
    outside(vtbiOf(d), b.volume_nl, b.volume_nl, 7, waived) |
    (outside(lockoutOf(d), lockout, lockout, 20, waived) & ones(lockout != 0))
  );
}

/** The titration step. */
function stepExcess(waived: u32): u64 {
  const n = changetype<State>(NEXT);
  const step = stepOf(changetype<Drug>(DRUG));
  const since_ms = sender().now_ms - flow().step_ms;
  const within = ones(since_ms < <u64>step.interval_s * 1000);
  const base = (n.step_base_dose & within) | (n.dose & ~within);
  const dose = bodyOf(COMMAND).dose;
  return outside(stepBounds(step), 0, (dose - base) & ones(dose > base), 25, waived);
}

/** Every rate that the order can lead to, and a dose's beside the basal rate. */
function rateExcess(isDose: u64): u64 {
  const n = changetype<State>(NEXT);
  const b = bodyOf(COMMAND);
  const most = rateMaxNlPerH();
  const rate = <u64>b.rate_nl_per_h;
  const beside = ((<u64>n.rate_nl_per_h) & isDose) + <u64>pcaOf(COMMAND).rate_nl_per_h;
  const highest = doseToFlow(rangeOf(COMMAND).max, b.unit, n.weight_g, n.bsa_cm2, amountOf(), volumeOf());
  const ranged = min(rateOnStep(highest, pumpClass()), <u64>i64.MAX_VALUE);
  let trouble = over(rate + beside, most) | over(<u64>loadingOf(COMMAND).rate_nl_per_h, most);
  trouble |= over(ranged, most) & ones(rangeOf(COMMAND).present != 0);
  for (let i: u32 = 0; i < b.stepCount; i++) {
    trouble |= over(<u64>orderStepAt(COMMAND, i).rate_nl_per_h, most);
  }
  return trouble;
}

/** The concentration of the order: its own at a start, else the program's. */
function amountOf(): u64 {
  const starts = ones(kindStarts(changetype<Command>(COMMAND).kind));
  return (concentrationOf(COMMAND).amount & starts) | (changetype<State>(NEXT).amount & ~starts);
}
function volumeOf(): u64 {
  const starts = ones(kindStarts(changetype<Command>(COMMAND).kind));
  return (concentrationOf(COMMAND).volume_nl & starts) | (changetype<State>(NEXT).amount_volume_nl & ~starts);
}

/** What a basis divides by: the patient's measure, 0 if it is not known, and how many of them are one unit of it. */
function measureOf(unit: u32): u64 {
  const n = changetype<State>(NEXT);
  const basis = unitBasis(unit);
  return <u64>(basis == 1 ? n.weight_g : basis == 2 ? n.bsa_cm2 : 1);
}
function perOf(unit: u32): u64 {
  const basis = unitBasis(unit);
  return basis == 1 ? 1000 : basis == 2 ? 10000 : 1;
}

/** The dose that a rate or a volume really gives, rounded up, or down if `up` is 0. */
function implied(flow_nl: u64, unit: u32, up: u32): u64 {
  const isVolume = unitDimension(unit) == 4;
  const amount = isVolume ? 1 : amountOf();
  const volume = isVolume ? 1 : volumeOf();
  const time = unitTime(unit);
  const days: u64 = time == 3 ? 24 : 1;
  const minutes: u64 = time == 1 ? 60 : 1;
  const measure = measureOf(unit);
  // A measure that is not known leaves no finite dose.
  if (measure == 0 || volume == 0) return i64.MAX_VALUE;
  const floor = ratio(flow_nl, amount, perOf(unit) * days, volume, measure * minutes);
  return min(floor, <u64>i64.MAX_VALUE - 1) + ((<u64>remains()) & (<u64>up));
}

/** 0 if the concentration is the entry's own, or within its bounds. */
function concentrationOff(waived: u32): u64 {
  const d = changetype<Drug>(DRUG);
  const amount = amountOf();
  const volume = max(volumeOf(), 1);
  const fixed = contentOf(d);
  const has = ones(fixed.volume_nl != 0);
  const custom = customOf(d);
  // Rounded down against minima, up against maxima: base units per mL, as the bounds are.
  const low = min(ratio(amount, 1000000, 1, volume, 1), <u64>i64.MAX_VALUE);
  const high = min(ratioCeil(amount, 1000000, 1, volume, 1), <u64>i64.MAX_VALUE);
  return (
    ((<u64>compareProducts(amount, fixed.volume_nl, fixed.amount, volume)) & has) |
    (outside(custom, low, high, 9, waived) & ~has)
  );
}

/** A window's bound for this patient, base units. */
function capBack(bound: u64, unit: u32): u64 {
  return ratio(bound, measureOf(unit), 1, perOf(unit), 1);
}

/** Hands the ledger what may come: the highest of `rate` and the program's rates to come, out of what the bag holds beside the bolus. */
function planFor(
  amount: u64,
  volume_nl: u64,
  flags: u32,
  bolus_nl: u64,
  rate: u64,
  toCome: u64,
  bag_nl: u64,
): void {
  const n = changetype<State>(NEXT);
  const apart = ones((flags & ENTRY_BOLUS_APART) != 0);
  const rest = (bag_nl - bolus_nl) & ~ones(bolus_nl > bag_nl);
  for (let i = n.step + 1; i < n.steps; i++) rate = max(rate, (<u64>stepAt(NEXT, i).rate_nl_per_h) & toCome);
  const ingredient = toCome == 0 ? changetype<Drug>(DRUG).ingredient : n.ingredient;
  planSet(ingredient, amount, volume_nl, flags, bolus_nl, rate, (bag_nl & apart) | (rest & ~apart));
}

/** What the patient may come to have: 0 if every window keeps every bound that the order must keep, and is counted. */
export function windowExcess(kind: u32, waived: u32): u64 {
  const b = bodyOf(COMMAND);
  const n = changetype<State>(NEXT);
  const d = changetype<Drug>(DRUG);
  const goesOn = ones(!kindStarts(kind));
  const isDose = ones(kindIsDose(kind));
  const given = loadingOf(COMMAND).volume_nl + pcaOf(COMMAND).volume_nl;
  const bolus_nl = (given & ~goesOn) | (b.volume_nl & isDose) | (bolusLeftNl() & goesOn & ~isDose);
  const bag_nl = (b.volume_nl & ~goesOn) | (bagLeftNl() & goesOn);
  let rate = ((<u64>n.rate_permitted_nl_per_h) & isDose) | ((<u64>b.rate_nl_per_h) & ~isDose);
  for (let i: u32 = 0; i < b.stepCount; i++) rate = max(rate, <u64>orderStepAt(COMMAND, i).rate_nl_per_h);
  planFor(amountOf(), volumeOf(), d.flags, bolus_nl, rate, goesOn, bag_nl);
  const unit = windowsOf(d).unit;
  const counted = lacks(KEY_WINDOWS) ^ 1;
  let trouble = (counted | (ones(kind == KIND_PCA) & 1)) & (ones(!ledgerRoom(d.ingredient)) & 1);
  trouble |= ones(measureOf(unit) == 0) & counted;
  for (let i: u32 = 0; i < WINDOWS; i++) {
    const w = windowBounds(d, i);
    const soft = (w.present >> 2) & ~(waived >> (27 + i)) & 1;
    const hard = (w.present >> 3) & 1;
    // What breaks either breaks the lower one.
    let cap: u64 = u64.MAX_VALUE;
    if (soft != 0) cap = capBack(w.soft_max, unit);
    if (hard != 0) cap = min(cap, capBack(w.hard_max, unit));
    if ((soft | hard) != 0) trouble |= planFits(i, cap);
  }
  return trouble;
}

/** A new bag: 0 if it is within the order's total, and every window keeps the cap that the program carries. */
export function bagExcess(): u64 {
  const n = changetype<State>(NEXT);
  const volume_nl = bodyOf(COMMAND).volume_nl;
  const rate = <u64>n.rate_permitted_nl_per_h;
  planFor(n.amount, n.amount_volume_nl, n.entry_flags, bolusLeftNl(), rate, u64.MAX_VALUE, volume_nl);
  const whole = ones(n.mode != MODE_PCA) & ones(unitTime(n.unit) == 0);
  let trouble = over(flow().delivered_nl + volume_nl, n.total_nl) | (over(volume_nl, n.vtbi_nl) & whole);
  for (let i: u32 = 0; i < WINDOWS; i++) {
    const cap = load<u64>(NEXT + (i << 3), offsetof<State>("window_1"));
    if (cap != 0) trouble |= planFits(i, cap);
  }
  return trouble;
}
