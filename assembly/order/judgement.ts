/**
 * The judgement of a command (SPEC 4.4, steps 9 to 21), by branches: the first rule that fails is the reason. Changes nothing but
 * its own record. `witness.ts` asks the same question another way; `decision.ts` believes only both.
 */
import { clearBytes } from "../bytes";
import { ledgerAdvance } from "../delivery/ledger";
import {
  Drug,
  drugHas,
  drugSurface,
  drugWeight,
  ENTRY_OVERRIDE,
  KEY_SURFACE,
  KEY_WEIGHT,
  Profile,
  profileSurface,
  profileWeight,
  Span,
} from "../library/entry";
import { libraryUsable } from "../library/active";
import { Manifest } from "../library/manifest";
import { ACTIVE, COMMAND, DRUG, JUDGEMENT, NEXT, PROFILE, TRUST } from "../layout";
import { State } from "../store/state";
import * as status from "../status";
import { calibrationOf } from "../trust/device";
import { Root } from "../trust/root";
import { arithmetic, concentration, units } from "./arithmetic";
import { sender } from "./authenticate";
import {
  bodyOf,
  Command,
  KIND_CALIBRATE,
  kindIsOrder,
  kindStarts,
  MODE_SECONDARY,
  referenceOf,
} from "./command";
import { ceilings, doses } from "./doses";
import { eligible, isReduction } from "./eligibility";
import { broken, LIMIT_SURFACE, LIMIT_WEIGHT } from "./limit";

export { rateMaxNlPerH } from "./doses";

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
  /** 1 if a titration begins a new interval of the titration step. */
  began: u32;
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

export function judgement(): Judgement {
  return changetype<Judgement>(JUDGEMENT);
}

/** True if the command in COMMAND must bring entry and profile: an order that is not a mere reduction. */
export function needsLibrary(): bool {
  const kind = changetype<Command>(COMMAND).kind;
  return kindIsOrder(kind) && !isReduction();
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
  ledgerAdvance(sender().now_ms); // what is older than a window no longer counts
  const results = offsetof<Judgement>("began");
  clearBytes(JUDGEMENT + results, offsetof<Judgement>() - results);
  j.status = firstFailure(j);
  return j.status;
}

function firstFailure(j: Judgement): u32 {
  const kind = changetype<Command>(COMMAND).kind;
  let failure = eligible(kind);
  if (failure == status.OK && kind == KIND_CALIBRATE) return place();
  if (failure != status.OK || !kindIsOrder(kind)) return failure;
  // A reduction needs no library, but its dose must count in the unit that the program counts in (SPEC 3.3, 3.5).
  if (j.reducing != 0) {
    return bodyOf(COMMAND).unit == changetype<State>(NEXT).unit ? arithmetic(kind) : status.UNIT;
  }
  failure = library(j);
  if (failure == status.OK) failure = ingredient(kind);
  if (failure == status.OK) failure = measures();
  if (failure == status.OK) failure = units(kind);
  if (failure == status.OK) failure = concentration();
  if (failure == status.OK) failure = arithmetic(kind);
  if (failure == status.OK) failure = ceilings(kind);
  if (failure == status.OK) failure = doses(kind);
  return failure == status.OK ? softLimits(j) : failure;
}

/** Step 16 of a calibration: the set is known, or there is room for another. */
function place(): u32 {
  const known = calibrationOf(NEXT, bodyOf(COMMAND).set) != 0 || calibrationOf(NEXT, 0) != 0;
  return known ? status.OK : status.SET;
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

/** A program's account goes on with what its entry still is; a secondary has one of its own, so its drug is another (SPEC 6.1). */
function ingredient(kind: u32): u32 {
  const same = changetype<Drug>(DRUG).ingredient == changetype<State>(NEXT).ingredient;
  if (bodyOf(COMMAND).mode == MODE_SECONDARY) return same ? status.ORDER : status.OK;
  return same || kindStarts(kind) ? status.OK : status.ORDER;
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

/** Step 21: soft limits, all of them at once. One that may not be overridden refuses like a hard one. */
function softLimits(j: Judgement): u32 {
  if ((j.soft & ~j.waived) == 0) return status.OK;
  const may = (changetype<Drug>(DRUG).flags & ENTRY_OVERRIDE) != 0;
  return broken(may ? status.LIMIT_SOFT : status.LIMIT_HARD, j.soft_limit, j.soft_bound);
}
