/**
 * What the order in COMMAND consists of (SPEC 4.2): a basal rate in one or more steps, doses that are given by their volume beside or
 * before it, and the concentration that all of them are of.
 */
import { COMMAND, NEXT } from "../layout";
import {
  KEY_BOLUS_DOSE,
  KEY_CONTINUOUS,
  KEY_INTERMITTENT,
  KEY_LOADING,
  KEY_PCA_DOSE,
} from "../library/entry";
import { State } from "../store/state";
import {
  BODY_AT,
  bodyOf,
  Command,
  concentrationOf,
  KIND_BOLUS,
  kindIsDose,
  kindStarts,
  Loading,
  LOADING_AT,
  orderStepAt,
  PCA_AT,
} from "./command";

/** Doses by volume that one order can hold. */
export const GIVEN_MAX: u32 = 2;

function kindNow(): u32 {
  return changetype<Command>(COMMAND).kind;
}

/** Amount of the concentration in force, base units: a start brings it, later orders use the program's. */
export function amountNow(): u64 {
  return kindStarts(kindNow()) ? concentrationOf(COMMAND).amount : changetype<State>(NEXT).amount;
}
/** The volume that it is in, nL. */
export function volumeNow(): u64 {
  return kindStarts(kindNow())
    ? concentrationOf(COMMAND).volume_nl
    : changetype<State>(NEXT).amount_volume_nl;
}

/** Key of the dose limits that the order's basal dose falls under, 0 if it has none: a bolus, or PCA on demand alone. */
export function basalKey(): u32 {
  const b = bodyOf(COMMAND);
  if (kindIsDose(kindNow()) || b.dose == 0) return 0;
  return b.duration_s != 0 ? KEY_INTERMITTENT : KEY_CONTINUOUS;
}

/** Address of dose `index` of those given by volume, read as `Loading`; 0 if the order does not have it. */
export function givenAt(index: u32): usize {
  const body: usize = COMMAND + BODY_AT;
  if (kindIsDose(kindNow())) return index == 0 ? body : 0;
  const at = body + (index == 0 ? LOADING_AT : PCA_AT);
  return changetype<Loading>(at).present != 0 ? at : 0;
}

/** Key of the dose limits that it falls under. */
export function givenKey(index: u32): u32 {
  return kindNow() == KIND_BOLUS ? KEY_BOLUS_DOSE : index == 0 ? KEY_LOADING : KEY_PCA_DOSE;
}

/** Highest basal rate that the order names, nL/h. */
export function basalHighest(): u64 {
  let rate = bodyOf(COMMAND).rate_nl_per_h;
  for (let i: u32 = 0; i < bodyOf(COMMAND).stepCount; i++) {
    rate = max(rate, orderStepAt(COMMAND, i).rate_nl_per_h);
  }
  return <u64>rate;
}
