/**
 * The hardware counter against the state (SPEC 2.6): the record with counter + 1 is committed first, then the counter advances, so
 * that older flash shows itself by a state that is behind.
 */
import { counterAdvance as advance, counterRead } from "../host";
import { COUNTER_WORD, STATE } from "../layout";
import { COUNTER, OK, TAMPERED } from "../status";
import { State } from "./state";

/**
 * At boot: OK, also when an interrupted advance could be completed; TAMPERED if flash is older than the counter says (or blank
 * although it moved); COUNTER if the hardware fails. Storing TAMPERED is the caller's.
 */
export function counterCheckAtBoot(): u32 {
  const expected = changetype<State>(STATE).counter;
  if (counterRead(COUNTER_WORD) != 0) return COUNTER;
  const found = load<u32>(COUNTER_WORD);
  if (found == expected) return OK;
  if (expected == 0 || found != expected - 1) return TAMPERED;
  return counterAdvance();
}

/**
 * After the commit of a state whose counter is one higher: OK, or COUNTER if the hardware does not say so. It is asked, because a call
 * that fails may have advanced it.
 */
export function counterAdvance(): u32 {
  advance();
  if (counterRead(COUNTER_WORD) != 0) return COUNTER;
  return load<u32>(COUNTER_WORD) == changetype<State>(STATE).counter ? OK : COUNTER;
}
