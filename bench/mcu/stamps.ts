/** Readings of the target's clock, as an emulator's host sees them. */

/** Readings of the clock by image.c before the first call. */
export const CALIBRATION_STAMPS = 14;

/** From the first stamp to the last, without what lies within the pairs between them: those are the host functions'. */
export function between(stamps: readonly number[], reading: number): number {
  let sum = stamps.at(-1)! - stamps[0]! - reading;
  for (let at = 1; at + 1 < stamps.length; at += 2) sum -= stamps[at + 1]! - stamps[at]! + reading;
  return sum;
}
