/**
 * Dosing units as SPEC 3.3 packs them, read here a second time: the reference judgement shares no arithmetic with the tools
 * that write orders, so that a slip in one of them shows as a disagreement.
 */

/** The volume dimension: its amounts are nL, and no concentration stands between dose and volume. */
export const VOLUME_DIMENSION = 4;

/** An integer of SPEC 3.3 taken apart. */
export interface UnpackedUnit {
  /** 0 mass, 1 activity, 2 equivalents, 3 substance, 4 volume */
  readonly dimension: number;
  readonly basis: "none" | "kg" | "m2";
  readonly time: "none" | "min" | "h" | "day";
}

/** Dimension of each amount, by its number: ng, mcg, mg, g, milliunit, unit, mEq, mmol, mL. */
const DIMENSION_OF_AMOUNT = [0, 0, 0, 0, 1, 1, 2, 3, VOLUME_DIMENSION] as const;
const BASES = ["none", "kg", "m2"] as const;
const TIMES = ["none", "min", "h", "day"] as const;

/** The unit `amount | basis << 4 | time << 8`; undefined if SPEC 3.3 has no such unit. */
export function unpackUnit(packed: number): UnpackedUnit | undefined {
  const dimension = DIMENSION_OF_AMOUNT[packed % 16];
  const basis = BASES[Math.floor(packed / 16) % 16];
  const time = TIMES[Math.floor(packed / 256)];
  if (dimension === undefined || basis === undefined || time === undefined) return undefined;
  return { dimension, basis, time };
}

/** A decoded entry's unit as the integer that an order must name exactly. */
export function packUnit(unit: {
  readonly amount: { readonly number: number };
  readonly basis: number;
  readonly time: number;
}): number {
  return unit.amount.number + 16 * unit.basis + 256 * unit.time;
}
