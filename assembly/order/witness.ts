/**
 * The second opinion on a permit (SPEC 4.4), written another way: no branch decides, every rule that matters for a dose adds to
 * one word of trouble, and the verdict is that word's zero test. It reads the signature's own words, so that skipping their
 * comparison elsewhere cannot permit.
 */
import { verifyTrouble } from "../crypto/ed25519";
import { flow } from "../delivery/flow";
import { loadingUnderWay } from "../delivery/steps";
import { Drug, ENTRY_EMERGENCY, Profile } from "../library/entry";
import { Manifest } from "../library/manifest";
import { ACTIVE, COMMAND, DRUG, NEXT, PROFILE, TRUST } from "../layout";
import { FLAG_ASSOCIATED, FLAG_MEASURES, FLAG_TAMPERED, State } from "../store/state";
import { DENY, PERMIT } from "../status";
import { calibrationPlPerStep } from "../trust/device";
import { POLICY_EMERGENCY, Root } from "../trust/root";
import {
  bodyOf,
  Command,
  KIND_ASSOCIATE,
  KIND_NEW_BAG,
  KIND_START,
  kindIsDose,
  kindIsService,
  kindStarts,
  loadingOf,
  MODE_CONTINUOUS,
  MODE_SECONDARY,
  rangeOf,
  referenceOf,
} from "./command";
import { bagExcess, doseExcess, nonZero, ones, windowExcess } from "./excess";
import { judgement, needsLibrary } from "./judgement";
import { compareProducts } from "./wide";

/** PERMIT if nothing speaks against the command in COMMAND, else DENY. */
export function witness(waived: u32, signed: u32): u32 {
  const kind = changetype<Command>(COMMAND).kind;
  let trouble: u64 = ((<u64>verifyTrouble()) & (<u64>signed)) | strangePatient(kind) | unanswerable(kind);
  if (needsLibrary()) {
    trouble |= strangeLibrary(kind) | untimely(kind) | doseExcess(kind, waived) | windowExcess(kind, waived);
  }
  if (kind == KIND_NEW_BAG) trouble |= bagExcess();
  const mask = <u32>nonZero(trouble) - 1; // all ones exactly if there is no trouble
  return DENY ^ ((PERMIT ^ DENY) & mask);
}

/** 0 if the command is for the associated patient and, where it goes on with a program, for that order; or needs no patient. */
function strangePatient(kind: u32): u64 {
  const n = changetype<State>(NEXT);
  const c = changetype<Command>(COMMAND);
  const associates = ones(kind == KIND_ASSOCIATE);
  const absent = <u64>((n.flags & FLAG_ASSOCIATED) ^ FLAG_ASSOCIATED);
  const different = (c.patient_0 ^ n.patient_0) | (c.patient_1 ^ n.patient_1) | absent;
  // An association may be new while there is neither another nor a program.
  const free = associates & ones(absent != 0 && n.phase == 0);
  const continues = ones(kind == KIND_NEW_BAG || (needsLibrary() && !kindStarts(kind)));
  const order = (c.order_0 ^ n.order_0) | (c.order_1 ^ n.order_1);
  return ((different & ~free) | (order & continues)) & ~ones(kindIsService(kind));
}

/** 0 if somebody signed, or the order is one that nobody needs to sign (SPEC 6.6). */
function unanswerable(kind: u32): u64 {
  const b = bodyOf(COMMAND);
  const root = changetype<Root>(TRUST);
  const starts = ones(kind == KIND_START);
  const forbidden =
    ((root.policyFlags & POLICY_EMERGENCY) ^ POLICY_EMERGENCY) |
    ((changetype<Drug>(DRUG).flags & ENTRY_EMERGENCY) ^ ENTRY_EMERGENCY);
  const more = b.stepCount | rangeOf(COMMAND).present | loadingOf(COMMAND).present;
  const lasts = compareProducts(b.total_nl, 3600, <u64>b.rate_nl_per_h, <u64>root.emergency_s_max) > 0;
  const long = starts & ((<u64>(b.mode ^ MODE_CONTINUOUS)) | ones(lasts));
  return ((<u64>(forbidden | more)) | long | ones(!needsLibrary())) & ones(judgement().emergency != 0);
}

/** 0 if order and entries are of the active library and of the patient's area; and a running program's drug is the same. */
function strangeLibrary(kind: u32): u64 {
  const active = changetype<Manifest>(ACTIVE);
  const d = changetype<Drug>(DRUG);
  const p = changetype<Profile>(PROFILE);
  const r = referenceOf(COMMAND);
  const n = changetype<State>(NEXT);
  const other = (r.drug ^ n.drug) | (r.variant ^ n.variant) | (d.ingredient ^ n.ingredient);
  const secondary = ones(bodyOf(COMMAND).mode == MODE_SECONDARY && d.ingredient == n.ingredient);
  return (
    (r.root_prefix ^ active.root_0) |
    (<u64>(
      ((r.epoch ^ active.epoch) | (r.version ^ active.version) | (r.drug ^ d.drug) | (r.variant ^ d.variant))
    )) |
    (<u64>((r.area ^ d.area) | (r.area ^ p.area) | (r.area ^ n.area))) |
    (<u64>judgement().proofs) |
    ((<u64>other) & ~ones(kindStarts(kind))) |
    secondary
  );
}

/** 0 if device and program are where something may go upward. */
function untimely(kind: u32): u64 {
  const n = changetype<State>(NEXT);
  const b = bodyOf(COMMAND);
  const doubt = (n.flags & (FLAG_TAMPERED | FLAG_MEASURES)) | flow().degraded;
  const fresh = ones(kindStarts(kind) && b.mode != MODE_SECONDARY);
  const beside = ones(kindIsDose(kind) || b.mode == MODE_SECONDARY);
  // Of the phases RUNNING and PAUSED nothing is left; the one is odd, the other even.
  const elsewhere = (n.phase - 1) >> 1;
  const unready = n.alarms | flow().hold | (loadingUnderWay() ? 1 : 0) | ((n.phase & 1) ^ 1);
  const otherSet = ones(b.mode == MODE_SECONDARY) & (<u64>(b.set ^ n.set));
  return (
    (<u64>doubt) |
    ((<u64>n.phase) & fresh) |
    ((<u64>elsewhere) & ~fresh) |
    ((<u64>n.bolus_rate_nl_per_h) & beside) |
    ((<u64>unready) & ones(kindIsDose(kind))) |
    (ones(calibrationPlPerStep(b.set) == 0) & ones(kindStarts(kind))) |
    otherSet
  );
}
