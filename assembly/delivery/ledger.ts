/**
 * The ledger (SPEC 6.3): what a patient has had of an ingredient, by quarter hours in flash and by minutes in RAM, and whether what is to
 * come keeps every window whatever happens to it.
 */

/** The order that `planWorst` and `planFits` are about. */
export function planSet(
  ingredient: u32,
  amount: u64,
  volume_nl: u64,
  flags: u32,
  bolus_nl: u64,
  rate_nl_per_h: u64,
  left_nl: u64,
): void {}

/** The worst sum of a window (0 to 3: 1, 2, 4, 24 h), base units; SATURATED if it does not fit 63 bits. */
export function planWorst(window: u32): u64 {
  return 0;
}

/** 0 if no sum of the window exceeds `cap`. */
export function planFits(window: u32, cap: u64): u64 {
  return 0;
}

/** True if the patient has an account of this ingredient, or one can be had. */
export function ledgerRoom(ingredient: u32): bool {
  return true;
}

/** Number of the limit that stands for a window (SPEC 4.4). */
export function windowLimit(window: u32): u32 {
  return 27 + window;
}

/** The running program's caps against such a future: 0, or the number of the limit that would break. */
export function programFits(bolus_nl: u64, rate_nl_per_h: u64, left_nl: u64): u32 {
  return 0;
}

/** Seconds of the lockout still to pass for the running program's account. */
export function lockoutLeftS(): u32 {
  return 0;
}

/** A dose of the program ends `in_ms` from now. */
export function doseEnds(in_ms: u64): void {}

/** Rolls the clock and buckets; true if a record of the account is due. */
export function ledgerAdvance(now_ms: u64): bool {
  return false;
}

/** After the store has been read: ages the accounts by time without power that a trusted clock measured. */
export function ledgerBoot(off_ms: u32, trusted: bool): void {}

/** Whether a window of the program's account is above nine tenths of its cap. */
export function windowNear(): bool {
  return false;
}
