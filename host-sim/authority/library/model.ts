/**
 * A drug library as the gate sees it (SPEC 3.1, 3.2): every amount is already an exact integer of base units, at most
 * 2^53-1. How people write it is `parse.ts`, whether it makes sense is `sense.ts`, its bytes are `entry.ts`.
 */
import type { Concentration, DoseUnit } from "../dose.js";

/** Largest entry, bytes (SPEC 3.2): the gate judges an entry and a profile beside a command in one 8 KiB record. */
export const ENTRY_BYTES_MAX = 512;

/** Largest library, entries (SPEC 3.1): bounds a Merkle path to 16 nodes. */
export const ENTRIES_MAX = 65_536;

/** Longest displayed name, bytes of UTF-8 (SPEC 3.2). */
export const NAME_BYTES_MAX = 48;

/** Four bounds, each optional, in base units: a real library lacks hard minima. */
export interface Bounds {
  readonly hardMin?: number;
  readonly softMin?: number;
  readonly softMax?: number;
  readonly hardMax?: number;
}

/** The bounds in ascending order, which is also that of their keys 0..3 (SPEC 3.2), with the names authors use. */
export const BOUND_NAMES = [
  ["hardMin", "hard_min"],
  ["softMin", "soft_min"],
  ["softMax", "soft_max"],
  ["hardMax", "hard_max"],
] as const;

/** Bounds of a dose, in base units per basis per time of one dosing unit (SPEC 3.3). */
export interface DoseLimits {
  readonly unit: DoseUnit;
  readonly bounds: Bounds;
}

/** A closed range: weight in g, body surface in cm2. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** What a care area allows whatever the drug. */
export interface Profile {
  readonly kind: "profile";
  readonly area: number;
  readonly name: string;
  /** 1 neonatal, 2 paediatric, 3 adult: selects the compiled-in ceilings (SPEC 5.1). */
  readonly patientClass: number;
  readonly rateNlPerHMax: number;
  readonly vtbiNlMax: number;
  readonly weightG: Range;
  readonly bsaCm2: Range;
  /** 0 = no flow is kept up after the end of a bag. */
  readonly kvoRateNlPerH: number;
}

/** One drug at one concentration or for one therapy, in one care area. */
export interface Drug {
  readonly kind: "drug";
  readonly area: number;
  readonly drug: number;
  readonly variant: number;
  readonly name: string;
  /** Its low three bits are the dimension (SPEC 3.3). */
  readonly ingredient: number;
  /** Exactly one of `concentration` and `customConcentration` is present. */
  readonly concentration?: Concentration;
  /** Bounds in base units per mL. */
  readonly customConcentration?: Bounds;
  readonly continuous?: DoseLimits;
  readonly bolusDose?: DoseLimits;
  readonly bolusRate?: DoseLimits;
  /** Bounds in nL. */
  readonly vtbi?: Bounds;
  readonly weightG?: Range;
  readonly bsaCm2?: Range;
  readonly flags: number;
}

/** Soft limits of this entry may be overridden. */
export const FLAG_OVERRIDE = 1;
/** A soft limit is waived only by a signed approval, never by a local confirm. */
export const FLAG_APPROVAL = 2;
/** After the end of a bag the profile's KVO rate may run. */
export const FLAG_KVO = 4;

/** The position of an entry: entries are strictly ascending by it. A profile has drug 0 and variant 0. */
export interface EntryKey {
  readonly area: number;
  readonly drug: number;
  readonly variant: number;
}

/** The manifest's fields that an author decides (SPEC 3.1); times are Unix seconds. */
export interface LibraryHeader {
  readonly id: Uint8Array;
  readonly epoch: number;
  readonly version: number;
  readonly issuedS: number;
  /** 0 = at once. */
  readonly enableS: number;
  readonly expiresS: number;
  readonly graceS: number;
  readonly minimumRootVersion: number;
  /** major << 16 | minor. */
  readonly minimumAbi: number;
  /** What people read beside it; not part of the manifest. */
  readonly note: string;
}

/** Ascending by area, drug, variant. */
export function compareKeys(a: EntryKey, b: EntryKey): number {
  return a.area - b.area || a.drug - b.drug || a.variant - b.variant;
}

/** The key of a profile or drug. */
export function keyOf(entry: Profile | Drug): EntryKey {
  return entry.kind === "profile"
    ? { area: entry.area, drug: 0, variant: 0 }
    : { area: entry.area, drug: entry.drug, variant: entry.variant };
}
