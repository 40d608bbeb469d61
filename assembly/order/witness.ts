/**
 * The second opinion on a permit (SPEC 4.4), written another way: no branch decides, every rule that matters for a dose adds to
 * one word of trouble, and the verdict is that word's zero test. It reads the signature's own words, so that skipping their
 * comparison elsewhere cannot permit.
 */
import { verifyTrouble } from "../crypto/ed25519";
import { flow } from "../delivery/flow";
import { IDLE } from "../delivery/program";
import { ceilingBolus, ceilingTotal, ceilingVtbi } from "../library/ceilings";
import {
  Bounds,
  contentOf,
  customOf,
  doseBounds,
  doseOf,
  Drug,
  KEY_BOLUS_DOSE,
  KEY_CONTINUOUS,
  Profile,
  vtbiOf,
} from "../library/entry";
import { Manifest } from "../library/manifest";
import { ACTIVE, COMMAND, DRUG, NEXT, PROFILE } from "../layout";
import { State } from "../store/state";
import { DENY, PERMIT } from "../status";
import { pumpClass } from "../trust/device";
import {
  bodyOf,
  Command,
  concentrationOf,
  KIND_ASSOCIATE,
  KIND_BOLUS,
  KIND_LOG_ACK,
  KIND_START,
  rangeOf,
  referenceOf,
} from "./command";
import { judgement, needsLibrary, rateMaxNlPerH } from "./judgement";
import { unitBasis, unitDimension, unitTime } from "./units";
import { compareProducts, ratioCeil } from "./wide";

/** 1 if a > b, else 0; both below 2^63. */
function over(a: u64, b: u64): u64 {
  return (b - a) >> 63;
}

/** 0 if x is 0, else 1. */
function nonZero(x: u64): u64 {
  return (x | (0 - x)) >> 63;
}

/** 1 if `value` is outside the bounds; a soft bound counts unless its bit is waived. */
function outside(b: Bounds, value: u64, limit: u32, waived: u32): u64 {
  const has = <u64>b.present;
  const below = (<u64>((waived >> limit) & 1)) ^ 1;
  const above = (<u64>((waived >> (limit + 1)) & 1)) ^ 1;
  return (
    (has & over(b.hard_min, value)) |
    ((has >> 1) & over(b.soft_min, value) & below) |
    ((has >> 2) & over(value, b.soft_max) & above) |
    ((has >> 3) & over(value, b.hard_max))
  );
}

/** PERMIT if nothing speaks against the command in COMMAND, else DENY. */
export function witness(waived: u32, signed: u32): u32 {
  const kind = changetype<Command>(COMMAND).kind;
  let trouble: u64 = ((<u64>verifyTrouble()) & (<u64>signed)) | strangePatient(kind);
  if (needsLibrary()) trouble |= strangeLibrary() | tooMuch(kind, waived);
  const mask = <u32>nonZero(trouble) - 1; // all ones exactly if there is no trouble
  return DENY ^ ((PERMIT ^ DENY) & mask);
}

/** 0 if the command is for the associated patient, or needs none. */
function strangePatient(kind: u32): u64 {
  const n = changetype<State>(NEXT);
  const c = changetype<Command>(COMMAND);
  const exempt = kind == KIND_ASSOCIATE || kind == KIND_LOG_ACK;
  const different = (c.patient_0 ^ n.patient_0) | (c.patient_1 ^ n.patient_1);
  return exempt ? 0 : different;
}

/** 0 if order and entries are of the active library and of the patient's area. */
function strangeLibrary(): u64 {
  const active = changetype<Manifest>(ACTIVE);
  const d = changetype<Drug>(DRUG);
  const p = changetype<Profile>(PROFILE);
  const r = referenceOf(COMMAND);
  return (
    (r.root_prefix ^ active.root_0) |
    (<u64>(
      ((r.epoch ^ active.epoch) | (r.version ^ active.version) | (r.drug ^ d.drug) | (r.variant ^ d.variant))
    )) |
    (<u64>((r.area ^ d.area) | (r.area ^ p.area) | (r.area ^ changetype<State>(NEXT).area))) |
    (<u64>judgement().proofs)
  );
}

/** 0 if neither dose, rate, volume nor concentration goes beyond a limit, and the rate gives no more than the dose. */
function tooMuch(kind: u32, waived: u32): u64 {
  const n = changetype<State>(NEXT);
  const d = changetype<Drug>(DRUG);
  const b = bodyOf(COMMAND);
  const patientClass = changetype<Profile>(PROFILE).patient_class;
  const isBolus = kind == KIND_BOLUS;
  const key = isBolus ? KEY_BOLUS_DOSE : KEY_CONTINUOUS;
  const basal = isBolus ? <u64>n.rate_nl_per_h : 0;
  let trouble = <u64>(doseOf(d, key).unit ^ b.unit);
  trouble |= outside(doseBounds(doseOf(d, key)), b.dose, isBolus ? 3 : 1, waived);
  trouble |= over(<u64>b.rate_nl_per_h + basal, rateMaxNlPerH());
  trouble |= over(impliedDose(kind), b.dose);
  trouble |= concentrationOff(kind);
  if (isBolus) {
    trouble |=
      over(b.volume_nl, ceilingBolus(pumpClass(), patientClass)) | (<u64>n.alarms) | (<u64>flow().hold);
  } else if (kind == KIND_START) {
    const r = rangeOf(COMMAND);
    trouble |= over(b.volume_nl, ceilingVtbi(pumpClass(), patientClass));
    trouble |= over(b.volume_nl, changetype<Profile>(PROFILE).vtbi_nl_max);
    trouble |= over(b.total_nl, ceilingTotal(pumpClass(), patientClass)) | over(b.volume_nl, b.total_nl);
    trouble |= outside(vtbiOf(d), b.volume_nl, 7, waived);
    trouble |=
      r.present == 0 ? 0 : outside(doseBounds(doseOf(d, key)), r.max, 1, waived) | over(b.dose, r.max);
    trouble |= <u64>(n.phase ^ IDLE);
  }
  return trouble;
}

/** The dose that the ordered rate or volume really gives, rounded up: the other direction of units.ts. */
function impliedDose(kind: u32): u64 {
  const n = changetype<State>(NEXT);
  const b = bodyOf(COMMAND);
  const flow_nl = kind == KIND_BOLUS ? b.volume_nl : <u64>b.rate_nl_per_h;
  const starts = kind == KIND_START;
  const isVolume = unitDimension(b.unit) == 4;
  const amount = isVolume ? 1 : starts ? concentrationOf(COMMAND).amount : n.amount;
  const volume = isVolume ? 1 : starts ? concentrationOf(COMMAND).volume_nl : n.amount_volume_nl;
  const basis = unitBasis(b.unit);
  const per = basis == 1 ? 1000 : basis == 2 ? 10000 : 1;
  const measure = basis == 1 ? n.weight_g : basis == 2 ? n.bsa_cm2 : 1;
  const time = unitTime(b.unit);
  const days: u64 = time == 3 ? 24 : 1;
  const minutes: u64 = time == 1 ? 60 : 1;
  // A measure that is not known leaves no finite dose.
  if (measure == 0 || volume == 0) return i64.MAX_VALUE;
  const most = ratioCeil(flow_nl, amount, per * days, volume, <u64>measure * minutes);
  return min(most, <u64>i64.MAX_VALUE);
}

/** 0 if the concentration is the entry's own, or within its hard bounds. */
function concentrationOff(kind: u32): u64 {
  const n = changetype<State>(NEXT);
  const d = changetype<Drug>(DRUG);
  const starts = kind == KIND_START;
  const amount = starts ? concentrationOf(COMMAND).amount : n.amount;
  const volume = starts ? concentrationOf(COMMAND).volume_nl : n.amount_volume_nl;
  const fixed = contentOf(d);
  if (fixed.volume_nl != 0) return <u64>compareProducts(amount, fixed.volume_nl, fixed.amount, volume);
  // Rounded down against maxima, up against minima: base units per mL, as the bounds are.
  const custom = customOf(d);
  const perMl = ratioCeil(amount, 1000000, 1, max(volume, 1), 1);
  const above =
    compareProducts(amount, 1000000, custom.hard_max, max(volume, 1)) > 0 ? <u64>(custom.present >> 3) : 0;
  return above | ((<u64>custom.present) & over(custom.hard_min, perMl));
}
