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

/**
 * The six groups of dose limits: their field, their key (SPEC 3.2), the name that authors use, and whether their unit has a
 * time, in the order of their keys.
 */
export const DOSE_GROUPS = [
  { field: "continuous", key: 7, name: "continuous", timed: true },
  { field: "bolusDose", key: 8, name: "bolus", timed: false },
  { field: "bolusRate", key: 9, name: "bolus_rate", timed: true },
  { field: "intermittent", key: 14, name: "intermittent", timed: false },
  { field: "loading", key: 15, name: "loading", timed: false },
  { field: "pcaDose", key: 18, name: "pca", timed: false },
] as const;

/** Field of a drug that holds dose limits. */
export type DoseField = (typeof DOSE_GROUPS)[number]["field"];

/** The largest increase of the continuous dose within an interval (SPEC 4.4). */
export interface TitrationStep {
  readonly intervalS: number;
  /** Maxima only, in the unit of the continuous dose. */
  readonly bounds: Bounds;
}

/** The windows in the order of their keys, 1..4, as authors name them, with their hours. */
export const WINDOWS = [
  { name: "1h", hours: 1 },
  { name: "2h", hours: 2 },
  { name: "4h", hours: 4 },
  { name: "24h", hours: 24 },
] as const;

export type WindowName = (typeof WINDOWS)[number]["name"];

/** How much of the ingredient any window of so many hours may hold (SPEC 6.3). */
export interface Windows {
  readonly unit: DoseUnit;
  /** Maxima only, in base units per basis. */
  readonly limits: Readonly<Partial<Record<WindowName, Bounds>>>;
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
  /** Air in the line, uL, and pressure, mmHg, that the pump's sensors must report. The gate only carries them. */
  readonly airUl?: number;
  readonly occlusionMmHg?: number;
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
  /** The rate of a bolus, a loading dose or a PCA dose. */
  readonly bolusRate?: DoseLimits;
  /** Bounds in nL. */
  readonly vtbi?: Bounds;
  readonly weightG?: Range;
  readonly bsaCm2?: Range;
  readonly flags: number;
  /** The whole dose of a bag, and how long it may take, s. */
  readonly intermittent?: DoseLimits;
  readonly duration?: Bounds;
  readonly loading?: DoseLimits;
  /** A dose on the patient's demand, and the time that must pass before the next, s. */
  readonly pcaDose?: DoseLimits;
  readonly lockout?: Bounds;
  readonly titrationStep?: TitrationStep;
  readonly windows?: Windows;
  /** Number of a text that the pump displays. */
  readonly advisory?: number;
}

/** Soft limits of this entry may be overridden. */
export const FLAG_OVERRIDE = 1;
/** A soft limit is waived only by a signed approval, never by a local confirm. */
export const FLAG_APPROVAL = 2;
/** After the end of a bag the profile's KVO rate may run. */
export const FLAG_KVO = 4;
/** Somebody at the panel may start or increase this drug without a signature (SPEC 6.6). */
export const FLAG_EMERGENCY = 8;
/** Resumes by itself after a reset of at most 60 s (SPEC 6.5). */
export const FLAG_RESUME = 16;
/** Boluses, loading and PCA doses do not count toward the windows. */
export const FLAG_BOLUS_APART = 32;

/** The flags by the words that authors use. */
export const FLAGS: Readonly<Record<string, number>> = {
  override: FLAG_OVERRIDE,
  approval: FLAG_APPROVAL,
  kvo: FLAG_KVO,
  emergency: FLAG_EMERGENCY,
  resume: FLAG_RESUME,
  bolus_apart: FLAG_BOLUS_APART,
};
export const FLAGS_ALL = Object.values(FLAGS).reduce((all, flag) => all | flag, 0);

/** Longest lockout, duration and titration interval, s (SPEC 3.2). */
export const DAY_S = 86_400;
/** Air in the line, uL, and pressure, mmHg, that a profile may ask the sensors for (SPEC 3.2). */
export const AIR_UL = { min: 10, max: 1000 } as const;
export const OCCLUSION_MMHG = { min: 10, max: 2000 } as const;

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
