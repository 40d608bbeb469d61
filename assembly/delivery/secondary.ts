/** A program that interrupts another one, its primary, and hands back to it (SPEC 6.1). */
import { clearBytes, copyBytes } from "../bytes";
import { NEXT } from "../layout";
import {
  FLAG_RANGE,
  PRIMARY_AT,
  PRIMARY_UNCERTAIN_AT,
  PROGRAM_AT,
  PROGRAM_BYTES,
  State,
} from "../store/state";
import { flow, flowForgo, meterWrite } from "./flow";
import { IDLE, PAUSED } from "./program";

/** The primary, seen as the state whose program it is: only what stands in a program may be read. */
function primary(): State {
  return changetype<State>(NEXT + PRIMARY_AT - PROGRAM_AT);
}

/** True if a program waits for the present one to end. */
export function primaryWaits(): bool {
  return primary().phase != IDLE;
}

/** The phase that the primary was in when it was interrupted. */
export function primaryPhase(): u32 {
  return primary().phase;
}

/**
 * The account of a program that is left is closed: what it was granted counts, because the motor may still be on its way. Whether this
 * can be written decides nothing: what stays reserved is counted as delivered.
 */
export function closeAccount(): void {
  flowForgo();
  meterWrite(flow().delivered_nl);
}

/** Keeps the program in NEXT, with what it has delivered, as the primary. What it may still move on its last grant is uncertain. */
export function holdPrimary(): void {
  const p = primary();
  const known_nl = flow().delivered_nl;
  closeAccount();
  copyBytes(NEXT + PRIMARY_AT, NEXT + PROGRAM_AT, PROGRAM_BYTES);
  if (flow().hold != 0) p.phase = PAUSED; // a pause that could not be written is one all the same
  p.base_nl = flow().delivered_nl;
  store<u64>(NEXT + PRIMARY_UNCERTAIN_AT, flow().uncertain_nl + (flow().delivered_nl - known_nl));
}

/** The primary is the program again, in `phase`, under a new generation and with its volumes. */
export function returnToPrimary(phase: u32): void {
  const n = changetype<State>(NEXT);
  const generation = n.generation + 1;
  closeAccount();
  copyBytes(NEXT + PROGRAM_AT, NEXT + PRIMARY_AT, PROGRAM_BYTES);
  // What resets left uncertain of it stays where it is: the new generation's account begins with it.
  clearBytes(NEXT + PRIMARY_AT, PROGRAM_BYTES);
  n.phase = phase;
  n.generation = generation;
  n.flags = n.range_max == 0 ? n.flags & ~FLAG_RANGE : n.flags | FLAG_RANGE;
}
