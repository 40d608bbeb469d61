/** Weight, surface and area that came while a program was under way, and wait for somebody to confirm them (SPEC 6.4). */
import { NEXT } from "../layout";
import { FLAG_MEASURES, State } from "../store/state";

/** True if some wait. */
export function measuresWait(): bool {
  return (changetype<State>(NEXT).flags & FLAG_MEASURES) != 0;
}

/** Those that wait as one number, for a second step to be about no others: 19 bits of grams, 16 of cm2, 16 of area. */
export function measuresWaiting(): u64 {
  const n = changetype<State>(NEXT);
  return (<u64>n.weight_next_g) | ((<u64>n.bsa_next_cm2) << 20) | ((<u64>n.area_next) << 40);
}

/** Prepares in NEXT that they hold. The running rate stays: the next order is judged by them. */
export function measuresTake(): void {
  const n = changetype<State>(NEXT);
  n.area = n.area_next;
  n.weight_g = n.weight_next_g;
  n.bsa_cm2 = n.bsa_next_cm2;
  n.area_next = 0;
  n.weight_next_g = 0;
  n.bsa_next_cm2 = 0;
  n.flags &= ~FLAG_MEASURES;
}
