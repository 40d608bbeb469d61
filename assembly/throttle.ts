/**
 * The verification budget (SPEC 7): what a stranger can make the gate spend is a fixed rate per lane, with a slot kept for each
 * known key; what a key holder can make it do is a fixed rate per key. Local actions and ticks never pass here.
 */
import { clearBytes } from "./bytes";
import { THROTTLE } from "./layout";
import { LANES, ROOT_KEYS_MAX } from "./limits";

/** One more verification of a lane: a quarter of one Cortex-M0+ at 48 MHz at worst (half a second each). */
const TOKEN_MS: u64 = 2000;
/** Eight at once. */
const BUCKET_MS: u64 = 8 * TOKEN_MS;
/** How often a known kid gets through although the bucket is empty. */
const SLOT_MS: u64 = 10000;
/** Valid commands of one key, 30 at once: at most 60 in any minute, far above a nurse, far below a loop. */
const KEY_MS: u64 = 30 * TOKEN_MS;

/** A lane: its bucket, and one budget per key. The last lane has the bucket of updates, and the keys' own shares. */
const LANE_BYTES: u32 = 8 * (1 + ROOT_KEYS_MAX);
export const THROTTLE_BYTES: u32 = (LANES + 1) * LANE_BYTES;

/**
 * Takes one from the budget at `budget`: a word that says at what uptime it will be whole again (the generic cell rate
 * algorithm), so that zeroed memory is a whole one and no span of time has an edge. False if it would take longer than `whole_ms`.
 */
export function take(budget: usize, whole_ms: u64, each_ms: u64, now_ms: u64): bool {
  const at_ms = max(load<u64>(budget), now_ms) + each_ms;
  if (at_ms - now_ms > whole_ms) return false;
  store<u64>(budget, at_ms);
  return true;
}

function bucket(lane: u32): usize {
  return THROTTLE + lane * LANE_BYTES;
}

function budgetOf(lane: u32, keyIndex: u32): usize {
  return bucket(lane) + 8 + (keyIndex << 3);
}

/** Takes a verification of `lane` for the key of index `keyIndex`: from the bucket, or the key's own slot there. */
export function takeVerification(lane: u32, keyIndex: u32, now_ms: u64): bool {
  return (
    take(bucket(lane), BUCKET_MS, TOKEN_MS, now_ms) ||
    take(budgetOf(lane, keyIndex), SLOT_MS, SLOT_MS, now_ms)
  );
}

/** Takes a verification for a root document or manifest, which come without a port. */
export function takeUpdate(now_ms: u64): bool {
  return take(bucket(LANES), BUCKET_MS, TOKEN_MS, now_ms);
}

/** Counts a command with a valid signature; false if the key has had its share. */
export function chargeKey(keyIndex: u32, now_ms: u64): bool {
  return take(budgetOf(LANES, keyIndex), KEY_MS, TOKEN_MS, now_ms);
}

/** After a root update an index may be another key's: all budgets are whole again. */
export function throttleReset(): void {
  clearBytes(THROTTLE, THROTTLE_BYTES);
}
