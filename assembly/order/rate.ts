/** The rate of a dose under the running program's concentration and the patient's measures (SPEC 4.5). */
import { NEXT } from "../layout";
import { State } from "../store/state";
import { pumpClass } from "../trust/device";
import { doseToFlow, rateOnStep } from "./units";

/** Rate in nL/h that gives `dose` in `unit`, on a rate step; 0 if steps would lose more than 5 %. */
export function bodyRate(dose: u64, unit: u32): u64 {
  const n = changetype<State>(NEXT);
  return rateOnStep(doseToFlow(dose, unit, n.weight_g, n.bsa_cm2, n.amount, n.amount_volume_nl), pumpClass());
}
