/**
 * The judgement of a command (SPEC 4.4, steps 9 to 21), by branches: the first rule that fails is the reason. Changes nothing but
 * its own record. `witness.ts` asks the same question another way; `decision.ts` believes only both.
 */
import { rateStepNlPerH, ceilingBolus, ceilingRate, ceilingTotal, ceilingVtbi } from "../library/ceilings";
import {
  BOUND_HARD_MIN,
  Bounds,
  BOUNDS,
  contentOf,
  customOf,
  doseBounds,
  doseOf,
  Drug,
  drugHas,
  drugSurface,
  drugWeight,
  ENTRY_OVERRIDE,
  KEY_BOLUS_DOSE,
  KEY_BOLUS_RATE,
  KEY_CONTENT,
  KEY_CONTINUOUS,
  KEY_SURFACE,
  KEY_VTBI,
  KEY_WEIGHT,
  Profile,
  profileSurface,
  profileWeight,
  Span,
  vtbiOf,
} from "../library/entry";
import { libraryUsable } from "../library/active";
import { Manifest } from "../library/manifest";
import { ACTIVE, COMMAND, DRUG, JUDGEMENT, NEXT, PROFILE, TRUST } from "../layout";
import { flow } from "../delivery/flow";
import { besideBolus, COMPLETE, IDLE, PAUSED, RUNNING, stoppable, upwardAllowed } from "../delivery/program";
import { FLAG_ASSOCIATED, State } from "../store/state";
import * as status from "../status";
import { calibrationPlPerStep, pumpClass } from "../trust/device";
import { Root } from "../trust/root";
import { knownTimeS } from "../trust/time";
import {
  bodyOf,
  Command,
  concentrationOf,
  KIND_ASSOCIATE,
  KIND_BOLUS,
  KIND_DISASSOCIATE,
  KIND_LOG_ACK,
  KIND_NEW_BAG,
  KIND_PAUSE,
  KIND_RESUME,
  KIND_START,
  KIND_STOP,
  KIND_TITRATE,
  kindIsOrder,
  rangeOf,
  referenceOf,
} from "./command";
import { basisKnown, doseToFlow, rateOnStep, unitTime } from "./units";
import { compareProducts, remains } from "./wide";

/** Limit numbers (SPEC 4.4); of a pair the minimum, the maximum is one more. */
export const LIMIT_DOSE: u32 = 1;
export const LIMIT_BOLUS: u32 = 3;
export const LIMIT_BOLUS_RATE: u32 = 5;
export const LIMIT_VTBI: u32 = 7;
export const LIMIT_CONCENTRATION: u32 = 9;
export const LIMIT_WEIGHT: u32 = 11;
export const LIMIT_SURFACE: u32 = 12;
export const LIMIT_RATE: u32 = 13;
export const LIMIT_TOTAL: u32 = 14;
export const LIMIT_BOLUS_VOLUME: u32 = 15;

/** What was judged, and how it ended. */
@unmanaged
export class Judgement {
  status: u32;
  limit: u32;
  bound: u64;
  nearest_dose: u64;
  /** Soft limits broken, bit n for limit n, and those of them that an override waives. */
  soft: u32;
  waived: u32;
  /** Outcome of the proofs, from `lookup`; OK if none were needed. */
  proofs: u32;
  /** 1 for a titration that does not raise the rate: it needs no library (SPEC 3.5). */
  reducing: u32;
  /** First soft limit broken and its bound, reported if nothing harder fails. */
  soft_limit: u32;
  /** The verdict by branches, and the complement of the verdict by the witness. */
  word: u32;
  word_complement: u32;
  verdict: u32;
  soft_bound: u64;
  /** 1 for an order without a signature, at the panel (SPEC 6.6): set before judging. */
  emergency: u32;
  pad: u32;
  /** The dose that a titration's increase counts from (SPEC 4.4). */
  base_dose: u64;
  /** Worst sums found for the windows of 1, 2, 4, 24 h, base units; 0 where the entry has none. */
  window_1: u64;
  window_2: u64;
  window_4: u64;
  window_24: u64;
  /** Caps that the program carries from now on, given the limits waived; 0 = none. */
  cap_1: u64;
  cap_2: u64;
  cap_4: u64;
  cap_24: u64;
}

/** What a bound is compared with. */
const PLAIN: u32 = 0;
const CONCENTRATION: u32 = 1;
const FLOW_RATE: u32 = 2;

const NL_PER_ML: u64 = 1000000;

export function judgement(): Judgement {
  return changetype<Judgement>(JUDGEMENT);
}

/** True if the command in COMMAND must bring entry and profile: an order that is not a mere reduction. */
export function needsLibrary(): bool {
  const kind = changetype<Command>(COMMAND).kind;
  return kindIsOrder(kind) && !isReduction();
}

function isReduction(): bool {
  const n = changetype<State>(NEXT);
  const titrates = changetype<Command>(COMMAND).kind == KIND_TITRATE;
  return titrates && n.phase != IDLE && bodyOf(COMMAND).rate_nl_per_h <= n.rate_nl_per_h;
}

/** Judges the command in COMMAND with the soft limits of `waived` set aside. The reason stands in the judgement too. */
export function judge(waived: u32): u32 {
  const j = judgement();
  j.limit = 0;
  j.bound = 0;
  j.nearest_dose = 0;
  j.soft = 0;
  j.soft_limit = 0;
  j.soft_bound = 0;
  j.waived = waived;
  j.reducing = isReduction() ? 1 : 0;
  j.status = firstFailure(j);
  return j.status;
}

function firstFailure(j: Judgement): u32 {
  const kind = changetype<Command>(COMMAND).kind;
  let failure = deviceAndProgram(kind);
  if (failure == status.OK) failure = patient(kind);
  if (failure != status.OK || !kindIsOrder(kind)) return failure;
  // A reduction needs no library, but its dose must count in the unit that the program counts in (SPEC 3.3, 3.5).
  if (j.reducing != 0) {
    return bodyOf(COMMAND).unit == changetype<State>(NEXT).unit ? arithmetic(kind) : status.UNIT;
  }
  failure = library(j);
  if (failure == status.OK) failure = measures();
  if (failure == status.OK) failure = units(kind);
  if (failure == status.OK) failure = concentration(kind);
  if (failure == status.OK) failure = arithmetic(kind);
  if (failure == status.OK) failure = ceilings(kind);
  if (failure == status.OK) failure = doses(kind);
  return failure == status.OK ? softLimits(j) : failure;
}

/** Names the limit, the bound and, for a dose, the nearest one permitted. */
function broken(reason: u32, limit: u32, bound: u64): u32 {
  const j = judgement();
  j.limit = limit;
  j.bound = bound;
  j.nearest_dose = limit < LIMIT_BOLUS_RATE ? bound : 0;
  return reason;
}

/** Step 9: what the device and the program allow for this kind. */
function deviceAndProgram(kind: u32): u32 {
  const n = changetype<State>(NEXT);
  const phase = n.phase;
  if (kind == KIND_LOG_ACK) return status.OK;
  if (kind == KIND_ASSOCIATE) return phase == IDLE ? status.OK : status.ASSOCIATED;
  if (kind == KIND_PAUSE) return phase == RUNNING ? status.OK : status.PHASE;
  if (kind == KIND_STOP) return stoppable();
  if (kind == KIND_DISASSOCIATE) return phase == IDLE ? status.OK : status.PHASE;
  if (judgement().reducing != 0) return phase != COMPLETE ? status.OK : status.PHASE;
  const refusal = upwardAllowed();
  if (refusal != status.OK) return refusal;
  // Expiry blocks what is new, never what runs (SPEC 2.5).
  if (knownTimeS() >= changetype<Root>(TRUST).expires_s) return status.EXPIRED;
  if (kind == KIND_START) return phase == IDLE ? status.OK : status.PHASE;
  if (kind == KIND_NEW_BAG) return phase != IDLE ? status.OK : status.PHASE;
  if (kind == KIND_RESUME) return phase == PAUSED ? status.OK : status.PHASE;
  if (kind == KIND_TITRATE) {
    if (phase != RUNNING && phase != PAUSED) return status.PHASE;
    return besideBolus(<u64>bodyOf(COMMAND).rate_nl_per_h);
  }
  // GIP 1.4.11: no bolus while an alarm stands.
  if (n.alarms != 0) return status.ALARM_ACTIVE;
  if (phase != RUNNING || flow().hold != 0) return status.PHASE;
  return n.bolus_rate_nl_per_h == 0 ? status.OK : status.BOLUS_ACTIVE;
}

/** Step 10: the patient who is associated, and the order that runs. */
function patient(kind: u32): u32 {
  const n = changetype<State>(NEXT);
  const c = changetype<Command>(COMMAND);
  if (kind == KIND_LOG_ACK) return status.OK;
  const associated = (n.flags & FLAG_ASSOCIATED) != 0;
  const same = associated && c.patient_0 == n.patient_0 && c.patient_1 == n.patient_1;
  if (kind == KIND_ASSOCIATE) return associated && !same ? status.ASSOCIATED : measuresSane();
  if (!same) return status.PATIENT;
  if (kind != KIND_TITRATE && kind != KIND_BOLUS && kind != KIND_NEW_BAG) return status.OK;
  const r = referenceOf(COMMAND);
  if (c.order_0 != n.order_0 || c.order_1 != n.order_1) return status.ORDER;
  if (kind == KIND_NEW_BAG) return status.OK;
  return r.area == n.area && r.drug == n.drug && r.variant == n.variant ? status.OK : status.ORDER;
}

/** Weight 200 g to 500 kg, body surface 0.05 to 3.5 m2, or unknown (SPEC 5.1). */
function measuresSane(): u32 {
  const b = bodyOf(COMMAND);
  if (b.weight_g != 0 && (b.weight_g < 200 || b.weight_g > 500000)) {
    return broken(status.LIMIT_CEILING, LIMIT_WEIGHT, b.weight_g < 200 ? 200 : 500000);
  }
  if (b.bsa_cm2 != 0 && (b.bsa_cm2 < 500 || b.bsa_cm2 > 35000)) {
    return broken(status.LIMIT_CEILING, LIMIT_SURFACE, b.bsa_cm2 < 500 ? 500 : 35000);
  }
  return status.OK;
}

/** Steps 11 and 12: the active library is usable, is the one the prescriber meant, and the entries are its own. */
function library(j: Judgement): u32 {
  const usable = libraryUsable();
  if (usable != status.OK) return usable;
  const active = changetype<Manifest>(ACTIVE);
  const r = referenceOf(COMMAND);
  const same = r.epoch == active.epoch && r.version == active.version && r.root_prefix == active.root_0;
  if (!same) return status.LIBRARY_REFERENCE;
  if (r.root_version_min > changetype<Root>(TRUST).version) return status.LIBRARY_NEEDS_ROOT;
  if (j.proofs != status.OK) return j.proofs;
  const d = changetype<Drug>(DRUG);
  const named = d.area == r.area && d.drug == r.drug && d.variant == r.variant;
  return named && changetype<Profile>(PROFILE).area == r.area ? status.OK : status.PROOF;
}

/** Step 13: the care area and the patient's measures, against profile and entry. */
function measures(): u32 {
  const n = changetype<State>(NEXT);
  const d = changetype<Drug>(DRUG);
  const p = changetype<Profile>(PROFILE);
  if (d.area != n.area) return status.AREA;
  let failure = within(n.weight_g, profileWeight(p), false, status.LIMIT_PROFILE, LIMIT_WEIGHT);
  if (failure == status.OK) {
    failure = within(n.bsa_cm2, profileSurface(p), false, status.LIMIT_PROFILE, LIMIT_SURFACE);
  }
  if (failure == status.OK && drugHas(d, KEY_WEIGHT)) {
    failure = within(n.weight_g, drugWeight(d), true, status.LIMIT_HARD, LIMIT_WEIGHT);
  }
  if (failure == status.OK && drugHas(d, KEY_SURFACE)) {
    failure = within(n.bsa_cm2, drugSurface(d), true, status.LIMIT_HARD, LIMIT_SURFACE);
  }
  return failure;
}

/** A measure inside its range; unknown (0) passes only where it is not `needed`. */
function within(value: u32, range: Span, needed: bool, reason: u32, limit: u32): u32 {
  if (value == 0) return needed ? status.WEIGHT_UNKNOWN : status.OK;
  if (value < range.low) return broken(reason, limit, <u64>range.low);
  return value > range.high ? broken(reason, limit, <u64>range.high) : status.OK;
}

/** Step 14: the unit is the entry's own, and what it counts by is known. */
function units(kind: u32): u32 {
  const n = changetype<State>(NEXT);
  const d = changetype<Drug>(DRUG);
  const unit = bodyOf(COMMAND).unit;
  const key = kind == KIND_BOLUS ? KEY_BOLUS_DOSE : KEY_CONTINUOUS;
  if (!drugHas(d, key) || doseOf(d, key).unit != unit) return status.UNIT;
  if (kind == KIND_BOLUS && !drugHas(d, KEY_BOLUS_RATE)) return status.UNIT;
  if (kind == KIND_TITRATE && unit != n.unit) return status.UNIT;
  if (!basisKnown(unit, n.weight_g, n.bsa_cm2)) return status.WEIGHT_UNKNOWN;
  const rateUnit = doseOf(d, KEY_BOLUS_RATE).unit;
  const rateKnown = kind != KIND_BOLUS || basisKnown(rateUnit, n.weight_g, n.bsa_cm2);
  return rateKnown ? status.OK : status.WEIGHT_UNKNOWN;
}

/** Amount of the concentration in force: a start brings it, later orders use the program's. */
function amountNow(kind: u32): u64 {
  return kind == KIND_START ? concentrationOf(COMMAND).amount : changetype<State>(NEXT).amount;
}
function volumeNow(kind: u32): u64 {
  return kind == KIND_START ? concentrationOf(COMMAND).volume_nl : changetype<State>(NEXT).amount_volume_nl;
}

/** Step 15: exactly the fixed concentration, as a ratio, or inside the custom bounds. */
function concentration(kind: u32): u32 {
  const d = changetype<Drug>(DRUG);
  const amount = amountNow(kind);
  const volume = volumeNow(kind);
  if (!drugHas(d, KEY_CONTENT)) {
    return bounds(customOf(d), CONCENTRATION, amount, volume, LIMIT_CONCENTRATION);
  }
  const fixed = contentOf(d);
  const order = compareProducts(amount, fixed.volume_nl, fixed.amount, volume);
  if (order == 0) return status.OK;
  return broken(status.LIMIT_HARD, order < 0 ? LIMIT_CONCENTRATION : LIMIT_CONCENTRATION + 1, fixed.amount);
}

/** Steps 16 and 17: a known set, and a rate or volume that follows from the dose. */
function arithmetic(kind: u32): u32 {
  const n = changetype<State>(NEXT);
  const b = bodyOf(COMMAND);
  if (kind == KIND_START && calibrationPlPerStep(b.set) == 0) return status.SET;
  const derived = doseToFlow(b.dose, b.unit, n.weight_g, n.bsa_cm2, amountNow(kind), volumeNow(kind));
  if (kind == KIND_BOLUS) {
    if (derived != b.volume_nl) return status.RATE_MISMATCH;
    const step = rateStepNlPerH(pumpClass(), b.rate_nl_per_h);
    return b.rate_nl_per_h % step == 0 ? status.OK : status.RATE_TOO_COARSE;
  }
  if (unitTime(b.unit) == 0) return status.UNIT;
  const rate = rateOnStep(derived, pumpClass());
  if (rate == 0) return status.RATE_TOO_COARSE;
  if (rate != <u64>b.rate_nl_per_h) return status.RATE_MISMATCH;
  if (kind != KIND_START) return status.OK;
  const r = rangeOf(COMMAND);
  if (r.present != 0 && (b.dose < r.min || b.dose > r.max)) return status.RANGE;
  return b.volume_nl <= b.total_nl ? status.OK : status.TOTAL;
}

/** Highest rate that ceilings and profile leave, nL/h. */
export function rateMaxNlPerH(): u64 {
  const p = changetype<Profile>(PROFILE);
  return min(ceilingRate(pumpClass(), p.patient_class), <u64>p.rate_nl_per_h_max);
}

/** Steps 18 and 19: compiled-in ceilings, then the profile. */
function ceilings(kind: u32): u32 {
  const n = changetype<State>(NEXT);
  const b = bodyOf(COMMAND);
  const p = changetype<Profile>(PROFILE);
  const pump = pumpClass();
  // GIP 1.4.3: basal and bolus together stay below the pump's maximum.
  let rate = <u64>b.rate_nl_per_h + (kind == KIND_BOLUS ? <u64>n.rate_nl_per_h : 0);
  // What a nurse may titrate to without a signature is judged now (SPEC 4.2).
  const range = rangeOf(COMMAND);
  if (range.present != 0) {
    const most = doseToFlow(range.max, b.unit, n.weight_g, n.bsa_cm2, amountNow(kind), volumeNow(kind));
    rate = max(rate, rateOnStep(most, pump));
  }
  const rateCeiling = ceilingRate(pump, p.patient_class);
  if (rate > rateCeiling) return broken(status.LIMIT_CEILING, LIMIT_RATE, rateCeiling);
  if (kind == KIND_BOLUS) {
    const most = ceilingBolus(pump, p.patient_class);
    if (b.volume_nl > most) return broken(status.LIMIT_CEILING, LIMIT_BOLUS_VOLUME, most);
  }
  if (kind == KIND_START) {
    const vtbiMost = ceilingVtbi(pump, p.patient_class);
    if (b.volume_nl > vtbiMost) return broken(status.LIMIT_CEILING, LIMIT_VTBI + 1, vtbiMost);
    const totalMost = ceilingTotal(pump, p.patient_class);
    if (b.total_nl > totalMost) return broken(status.LIMIT_CEILING, LIMIT_TOTAL, totalMost);
    if (b.volume_nl > p.vtbi_nl_max) return broken(status.LIMIT_PROFILE, LIMIT_VTBI + 1, p.vtbi_nl_max);
  }
  const profileMost = <u64>p.rate_nl_per_h_max;
  return rate > profileMost ? broken(status.LIMIT_PROFILE, LIMIT_RATE, profileMost) : status.OK;
}

/** Step 20, and the notes for step 21: the entry's own limits. */
function doses(kind: u32): u32 {
  const d = changetype<Drug>(DRUG);
  const b = bodyOf(COMMAND);
  if (kind == KIND_BOLUS) {
    const failure = bounds(doseBounds(doseOf(d, KEY_BOLUS_DOSE)), PLAIN, b.dose, 0, LIMIT_BOLUS);
    if (failure != status.OK) return failure;
    const rates = doseBounds(doseOf(d, KEY_BOLUS_RATE));
    return bounds(rates, FLOW_RATE, <u64>b.rate_nl_per_h, 0, LIMIT_BOLUS_RATE);
  }
  const limits = doseBounds(doseOf(d, KEY_CONTINUOUS));
  let failure = bounds(limits, PLAIN, b.dose, 0, LIMIT_DOSE);
  if (failure != status.OK || kind != KIND_START) return failure;
  // A nurse may titrate to the range's maximum without a signature, so it is judged like a dose (SPEC 4.2).
  const r = rangeOf(COMMAND);
  if (r.present != 0) failure = bounds(limits, PLAIN, r.max, 0, LIMIT_DOSE);
  if (failure != status.OK || !drugHas(d, KEY_VTBI)) return failure;
  return bounds(vtbiOf(d), PLAIN, b.volume_nl, 0, LIMIT_VTBI);
}

/** A value against up to four bounds: hard ones refuse, soft ones are noted. `limit` is the pair's minimum. */
function bounds(b: Bounds, mode: u32, value: u64, volume_nl: u64, limit: u32): u32 {
  const j = judgement();
  const first = changetype<usize>(b) + offsetof<Bounds>("hard_min");
  for (let i: u32 = 0; i < BOUNDS; i++) {
    if ((b.present & (BOUND_HARD_MIN << i)) == 0) continue;
    const bound = load<u64>(first + (i << 3));
    const order = compareBound(mode, value, volume_nl, bound);
    const isMinimum = i < 2;
    if (isMinimum ? order >= 0 : order <= 0) continue;
    const which = isMinimum ? limit : limit + 1;
    if (i == 0 || i == 3) return broken(status.LIMIT_HARD, which, bound);
    j.soft |= 1 << which;
    if (j.soft_limit == 0) {
      j.soft_limit = which;
      j.soft_bound = bound;
    }
  }
  return status.OK;
}

/** Sign of value - bound. A concentration is amount in volume against base units per mL; a bolus rate is nL/h against a dose rate. */
function compareBound(mode: u32, value: u64, volume_nl: u64, bound: u64): i32 {
  if (mode == CONCENTRATION) return compareProducts(value, NL_PER_ML, bound, volume_nl);
  let limit = bound;
  if (mode == FLOW_RATE) {
    const n = changetype<State>(NEXT);
    const unit = doseOf(changetype<Drug>(DRUG), KEY_BOLUS_RATE).unit;
    limit = doseToFlow(bound, unit, n.weight_g, n.bsa_cm2, n.amount, n.amount_volume_nl);
    if (value == limit && remains()) return -1; // the exact bound lies between this nanolitre and the next
  }
  return value == limit ? 0 : value < limit ? -1 : 1;
}

/** Step 21: soft limits, all of them at once. One that may not be overridden refuses like a hard one. */
function softLimits(j: Judgement): u32 {
  if ((j.soft & ~j.waived) == 0) return status.OK;
  const may = (changetype<Drug>(DRUG).flags & ENTRY_OVERRIDE) != 0;
  return broken(may ? status.LIMIT_SOFT : status.LIMIT_HARD, j.soft_limit, j.soft_bound);
}
