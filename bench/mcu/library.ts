/** Libraries made to measure: as many entries as asked, of about the bytes asked. */
import { parseConcentration, parseDoseUnit } from "../../host-sim/authority/dose.js";
import { compile, type CompiledLibrary } from "../../host-sim/authority/library/compile.js";
import type { Bounds, Drug, LibraryHeader, Profile } from "../../host-sim/authority/library/model.js";

/** 2026-02-01, Unix seconds. */
export const NOW_S = 1_769_904_000;
const DAY_S = 86_400;
const MG = 1_000_000_000;
const ML = 1_000_000;

/** 2^50: its encoding is the longest that an integer has. */
const WIDE = 2 ** 50;

/** `typical`: about 200 bytes, what a hospital's entries have; `full`: nearly the 512 that an entry may have. */
export type EntrySize = "typical" | "full";

export const ORDERED = { area: 1, drug: 1, variant: 1, name: "testAMINE" } as const;

const AREA: Profile = {
  kind: "profile",
  area: ORDERED.area,
  name: "Adult intensive care, general, second floor west",
  patientClass: 3,
  rateNlPerHMax: 999 * ML,
  vtbiNlMax: 9_999 * ML,
  weightG: { min: 200, max: 500_000 },
  bsaCm2: { min: 500, max: 35_000 },
  kvoRateNlPerH: ML,
  airUl: 100,
  occlusionMmHg: 500,
};

/** Four bounds that exclude little; `wide` ones take nine bytes each. */
function bounds(wide: boolean): Bounds {
  return wide
    ? { hardMin: 1, softMin: 2, softMax: WIDE, hardMax: WIDE + 1 }
    : { hardMin: MG / 10, softMin: MG / 5, softMax: 400 * MG, hardMax: 500 * MG };
}

function maxima(): Bounds {
  return { softMax: WIDE, hardMax: WIDE + 1 };
}

/** A drug of 1 mg/mL; `code` 1 is the one that is ordered. */
function drug(code: number, size: EntrySize): Drug {
  const full = size === "full";
  const limits = (unit: string) => ({ unit: parseDoseUnit(unit), bounds: bounds(full) });
  const base: Drug = {
    kind: "drug",
    area: AREA.area,
    drug: code,
    variant: 1,
    name: code === ORDERED.drug ? ORDERED.name : `testamine ${code}, for infusion only`,
    ingredient: 8 * code,
    concentration: parseConcentration("1 mg in 1 mL"),
    continuous: limits("mg/h"),
    bolusDose: limits("mg"),
    bolusRate: limits("mg/h"),
    vtbi: { hardMin: ML, softMin: 2 * ML, softMax: 900 * ML, hardMax: 999 * ML },
    weightG: { min: 200, max: 500_000 },
    flags: 1,
  };
  if (!full) return base;
  return {
    ...base,
    bsaCm2: { min: 500, max: 35_000 },
    intermittent: limits("mg"),
    loading: limits("mg"),
    duration: { hardMin: 60, softMin: 120, softMax: 70_000, hardMax: 80_000 },
    lockout: { hardMin: 60, softMin: 120, softMax: 70_000, hardMax: 80_000 },
    pcaDose: limits("mg"),
    titrationStep: { intervalS: 60, bounds: maxima() },
    windows: {
      unit: parseDoseUnit("mg"),
      limits: { "1h": maxima(), "2h": maxima(), "4h": maxima(), "24h": maxima() },
    },
    advisory: 70_000,
  };
}

/** `count` entries: the area's profile, and drugs of that size. */
export function libraryOf(count: number, size: EntrySize, version = 1): CompiledLibrary {
  const header: LibraryHeader = {
    id: new Uint8Array(16).fill(0x11),
    epoch: 1,
    version,
    issuedS: NOW_S,
    enableS: 0,
    expiresS: NOW_S + 365 * DAY_S,
    graceS: 0,
    minimumRootVersion: 1,
    minimumAbi: 1 << 16,
    note: "NOT FOR CLINICAL USE",
  };
  const drugs = Array.from({ length: count - 1 }, (_, i) => drug(i + 1, size));
  return compile(header, [AREA, ...drugs]);
}

export function meanBytes(library: CompiledLibrary): number {
  return library.entries.reduce((sum, { bytes }) => sum + bytes.length, 0) / library.entries.length;
}
