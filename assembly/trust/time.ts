/** Time (SPEC 2.5): a floor that only threshold-signed objects raise, and the host's clock as a hint that is never stored. */
import * as host from "../host";
import { NEXT, WALL_TIME } from "../layout";
import * as status from "../status";
import { State } from "../store/state";

/** The most that one object may raise the floor: 400 days, so that one slip cannot expire everything. */
export const FLOOR_STEP_S_MAX: u64 = 34560000;

/** The larger of the floor and the host's time, Unix seconds. */
export function knownTimeS(): u64 {
  const floor = changetype<State>(NEXT).floor_s;
  return host.wallTimeS(WALL_TIME) == 0 ? max(load<u64>(WALL_TIME), floor) : floor;
}

/**
 * Whether an object issued and expiring at these seconds may be accepted now: OK, EXPIRED, FUTURE or TIME_STEP. It has
 * expired from the second `expires_s` on, and must live beyond its own issue, which becomes the floor.
 */
export function floorAccepts(issued_s: u64, expires_s: u64, max_skew_s: u32): u32 {
  const known = knownTimeS();
  const floor = changetype<State>(NEXT).floor_s;
  if (expires_s <= max(known, issued_s)) return status.EXPIRED;
  if (issued_s > known && issued_s - known > <u64>max_skew_s) return status.FUTURE;
  if (issued_s > floor && issued_s - floor > FLOOR_STEP_S_MAX) return status.TIME_STEP;
  return status.OK;
}

/** Raises the floor in NEXT to `issued_s`, if that is later. */
export function floorRaise(issued_s: u64): void {
  const next = changetype<State>(NEXT);
  next.floor_s = max(next.floor_s, issued_s);
}
