/**
 * What can go wrong with a flash part, and when.
 *
 * Two families. A *power cut* tears the step in flight: one unit of a program, or the erase of one sector. A *fault* is
 * the part failing with the power on: the five of littlefs's emulated block device (program error and no-op, erase
 * error and no-op, read error), once or for good, everywhere or in one sector.
 */

/**
 * What the unit in flight holds after a cut:
 * - `random`: seeded bytes, never the intended ones;
 * - `uncorrectable`: every read of it answers UNCORRECTABLE;
 * - `looks-blank`: reads as if never attempted, though it may not be programmed again;
 * - `looks-programmed`: reads as intended, though nobody was told;
 * - `unstable`: each read gives another mixture of erased and intended bits (half-charged cells);
 * - `prefixBytes`: so many bytes as intended, the rest erased; 0..unit-1.
 */
export type TornUnit =
  | "random"
  | "uncorrectable"
  | "looks-blank"
  | "looks-programmed"
  | "unstable"
  | { readonly prefixBytes: number };

/**
 * What the sector in flight holds after a cut in its erase:
 * - `mixed`: each unit, by the seed, old, erased, random or uncorrectable;
 * - `looks-untouched`, `looks-erased`: as it says, though it must be erased again before any program;
 * - `uncorrectable`: every unit;
 * - `prefixUnits`: so many units erased, the rest old.
 */
export type TornSector =
  "mixed" | "looks-untouched" | "looks-erased" | "uncorrectable" | { readonly prefixUnits: number };

/** How the step that is cut ends. */
export interface CutShape {
  /** `before`: nothing of the step happened. `inside`: torn. `after`: it is complete, but the call never returns. */
  readonly when: "before" | "inside" | "after";
  /** For a program; default the flash's own `tornUnit`. */
  readonly unit?: TornUnit;
  /** For an erase; default the flash's own `tornSector`. */
  readonly sector?: TornSector;
}

/** Every way to tear one unit, for sweeps. */
export const TORN_UNITS: readonly Extract<TornUnit, string>[] = [
  "random",
  "uncorrectable",
  "looks-blank",
  "looks-programmed",
  "unstable",
];

/** Every way to tear one sector, for sweeps. */
export const TORN_SECTORS: readonly Extract<TornSector, string>[] = [
  "mixed",
  "looks-untouched",
  "looks-erased",
  "uncorrectable",
];

/** Operations that can fail. */
export type FlashOperation = "read" | "program" | "erase";

export interface FlashFault {
  /**
   * - `program-error`: status 1; the units before a seeded one are done, that one is torn, and none of the call's units
   *   may be programmed again, because a driver does not say how far it got;
   * - `program-dropped`: status 0, nothing stored;
   * - `erase-error`: status 1, the sector torn as by a cut;
   * - `erase-stuck`: status 0, everything as it was;
   * - `read-error`: status 1, garbage in the buffer.
   */
  readonly effect: "program-error" | "program-dropped" | "erase-error" | "erase-stuck" | "read-error";
  /** Operations of that kind (in that sector, if one is given) that still succeed first. Default 0. */
  readonly after?: number;
  /** How many then fail. Default 1; Infinity is for good. */
  readonly count?: number;
  /** Only in this sector. Default: anywhere. */
  readonly sector?: number;
}

interface Pending {
  readonly fault: FlashFault;
  readonly operation: FlashOperation;
  passing: number;
  failing: number;
}

/** The faults still to come, in the order they were planned; of several that apply, the first wins. */
export class FaultPlan {
  #pending: Pending[] = [];

  add(fault: FlashFault): void {
    const operation = fault.effect.slice(0, fault.effect.indexOf("-")) as FlashOperation;
    this.#pending.push({ fault, operation, passing: fault.after ?? 0, failing: fault.count ?? 1 });
  }

  clear(): void {
    this.#pending = [];
  }

  /** Counts one operation; the fault that strikes it, if any. */
  take(operation: FlashOperation, sector: number): FlashFault["effect"] | null {
    if (this.#pending.length === 0) return null;
    const applies = this.#pending.filter(
      (pending) => pending.operation === operation && (pending.fault.sector ?? sector) === sector,
    );
    let struck: Pending | null = null;
    for (const pending of applies) {
      if (pending.passing > 0) pending.passing--;
      else struck ??= pending;
    }
    if (struck === null) return null;
    struck.failing--;
    if (struck.failing === 0) this.#pending = this.#pending.filter((pending) => pending !== struck);
    return struck.fault.effect;
  }
}
