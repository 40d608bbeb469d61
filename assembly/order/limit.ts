/** Limits by number (SPEC 4.4), and what it means to break one. */
import { DRUG, NEXT } from "../layout";
import {
  BOUND_HARD_MIN,
  Bounds,
  BOUNDS,
  doseOf,
  Drug,
  KEY_BOLUS_DOSE,
  KEY_BOLUS_RATE,
  KEY_CONTINUOUS,
  KEY_INTERMITTENT,
  KEY_LOADING,
  windowsOf,
} from "../library/entry";
import { State } from "../store/state";
import * as status from "../status";
import { judgement } from "./judgement";
import { amountNow, volumeNow } from "./parts";
import { doseToAmount, doseToFlow } from "./units";
import { compareProducts, remains } from "./wide";

/** Of a pair the minimum, the maximum is one more; the titration step and the windows have a maximum only. */
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
export const LIMIT_LOADING: u32 = 16;
export const LIMIT_PCA_DOSE: u32 = 18;
export const LIMIT_LOCKOUT: u32 = 20;
export const LIMIT_DURATION: u32 = 22;
export const LIMIT_INTERMITTENT: u32 = 24;
export const LIMIT_STEP: u32 = 26;
export const LIMIT_WINDOW: u32 = 27;

/** Limits whose bound is a dose: 1 to 4, 16 to 19, 24 and 25. */
const DOSE_LIMITS: u32 = 0x30f001e;

/** What a bound is compared with: a figure as it is, an amount in a volume, a flow, what this patient has had. */
export const PLAIN: u32 = 0;
export const CONCENTRATION: u32 = 1;
export const FLOW_RATE: u32 = 2;
export const AMOUNT: u32 = 3;

const NL_PER_ML: u64 = 1000000;

/** The limit pair that belongs to the dose limits of a key. */
export function limitOfDose(key: u32): u32 {
  if (key == KEY_CONTINUOUS) return LIMIT_DOSE;
  if (key == KEY_BOLUS_DOSE) return LIMIT_BOLUS;
  if (key == KEY_INTERMITTENT) return LIMIT_INTERMITTENT;
  return key == KEY_LOADING ? LIMIT_LOADING : LIMIT_PCA_DOSE;
}

/** Names the limit, the bound and, for a dose, the nearest one permitted. */
export function broken(reason: u32, limit: u32, bound: u64): u32 {
  const j = judgement();
  j.limit = limit;
  j.bound = bound;
  j.nearest_dose = ((DOSE_LIMITS >> limit) & 1) != 0 ? bound : 0;
  return reason;
}

/** A value against up to four bounds: hard ones refuse, soft ones are noted. `limit` is the pair's minimum. */
export function bounds(b: Bounds, mode: u32, value: u64, volume_nl: u64, limit: u32): u32 {
  const j = judgement();
  const first = changetype<usize>(b) + offsetof<Bounds>("hard_min");
  for (let i: u32 = 0; i < BOUNDS; i++) {
    if ((b.present & (BOUND_HARD_MIN << i)) == 0) continue;
    let bound = load<u64>(first + (i << 3));
    if (mode == AMOUNT) bound = capOf(bound);
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

/** A window's bound as base units for this patient, rounded down (SPEC 4.5). */
export function capOf(bound: u64): u64 {
  const n = changetype<State>(NEXT);
  return doseToAmount(bound, windowsOf(changetype<Drug>(DRUG)).unit, n.weight_g, n.bsa_cm2);
}

/** Sign of value - bound. A concentration is amount in volume against base units per mL; a bolus rate is nL/h against a dose rate. */
function compareBound(mode: u32, value: u64, volume_nl: u64, bound: u64): i32 {
  if (mode == CONCENTRATION) return compareProducts(value, NL_PER_ML, bound, volume_nl);
  let limit = bound;
  if (mode == FLOW_RATE) {
    const n = changetype<State>(NEXT);
    const unit = doseOf(changetype<Drug>(DRUG), KEY_BOLUS_RATE).unit;
    limit = doseToFlow(bound, unit, n.weight_g, n.bsa_cm2, amountNow(), volumeNow());
    if (value == limit && remains()) return -1; // the exact bound lies between this nanolitre and the next
  }
  return value == limit ? 0 : value < limit ? -1 : 1;
}
