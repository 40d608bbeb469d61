/**
 * The verification budget (SPEC 7): what a stranger can make the gate spend is a fixed rate per port, with a slot kept for each
 * known key; what a key holder can make it do is a fixed rate per key. Local actions and ticks never pass here.
 */
import { THROTTLE_BUCKETS, THROTTLE_KEYS, THROTTLE_SLOTS } from "./layout";
import { ROOT_KEYS_MAX } from "./limits";

/** Verifications a port may do at once. */
const TOKENS_MAX: u32 = 8;
/** One more each, ms: a third of one Cortex-M0+ at 48 MHz at worst (half a second each). */
const TOKEN_MS: u64 = 2000;
/** How often a known kid gets through although the bucket is empty, ms. */
const SLOT_MS: u64 = 10000;
/** Valid commands of one key in one minute: far above a nurse, far below a loop. */
const KEY_COMMANDS_MAX: u32 = 60;
const KEY_WINDOW_MS: u64 = 60000;

/** A port's tokens; `spent` so that zeroed memory is a full bucket. */
@unmanaged
export class Bucket {
  spent: u32;
  pad: u32;
  refilled_ms: u64;
}

/** Valid commands of one key in the present window. */
@unmanaged
export class KeyWindow {
  count: u32;
  pad: u32;
  began_ms: u64;
}

/** Takes a token of `bucket` (a port's number, or PORTS for updates that come without one). */
export function takeToken(bucket: u32, now_ms: u64): bool {
  const b = changetype<Bucket>(THROTTLE_BUCKETS + bucket * offsetof<Bucket>());
  const refill = (now_ms - b.refilled_ms) / TOKEN_MS;
  if (refill >= <u64>b.spent) {
    b.spent = 0;
    b.refilled_ms = now_ms;
  } else {
    b.spent -= <u32>refill;
    b.refilled_ms += refill * TOKEN_MS;
  }
  if (b.spent >= TOKENS_MAX) return false;
  b.spent++;
  return true;
}

/** Whether the key of index `keyIndex` may still have a verification on `port` although the bucket is empty; takes its slot. */
export function takeSlot(port: u32, keyIndex: u32, now_ms: u64): bool {
  const slot = THROTTLE_SLOTS + ((port * ROOT_KEYS_MAX + keyIndex) << 3);
  const used_ms = load<u64>(slot);
  if (used_ms != 0 && now_ms - used_ms < SLOT_MS) return false;
  store<u64>(slot, max(now_ms, 1));
  return true;
}

/** Counts a command with a valid signature; false if the key has had its share of this minute. */
export function chargeKey(keyIndex: u32, now_ms: u64): bool {
  const w = changetype<KeyWindow>(THROTTLE_KEYS + keyIndex * offsetof<KeyWindow>());
  if (now_ms - w.began_ms >= KEY_WINDOW_MS) {
    w.began_ms = now_ms;
    w.count = 0;
  }
  if (w.count >= KEY_COMMANDS_MAX) return false;
  w.count++;
  return true;
}
