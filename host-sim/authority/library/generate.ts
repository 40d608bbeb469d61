/**
 * Libraries of any size for benchmarks and scale tests: every entry makes sense, no name is a drug's, and the same seed
 * gives the same bytes everywhere. Entries are about 200 bytes: most limit groups are common and names are long.
 */
import { Random } from "../../device/random.js";
import { type DoseUnit, parseDoseUnit } from "../dose.js";
import { ceilingsFor } from "../rate.js";
import { compile, type CompiledLibrary } from "./compile.js";
import {
  type Bounds,
  type DoseLimits,
  type Drug,
  ENTRIES_MAX,
  type LibraryHeader,
  type Profile,
} from "./model.js";
import { FLAG_APPROVAL, FLAG_KVO, FLAG_OVERRIDE } from "./model.js";

/** What to generate. */
export interface GenerateOptions {
  /** All entries, profiles included: `areas`..65,536. */
  readonly entries: number;
  readonly areas: number;
  readonly seed: string | number;
}

/** Dosing units that go together: continuous, bolus, bolus rate, and a concentration per mL in the first unit's amount. */
const DOSING: readonly (readonly [
  dimension: number,
  continuous: string,
  bolus: string,
  bolusRate: string,
])[] = [
  [0, "mcg/kg/min", "mcg/kg", "mcg/kg/min"],
  [0, "mcg/kg/h", "mg/kg", "mg/kg/h"],
  [0, "mg/h", "mg", "mg/min"],
  [0, "mg/m2/day", "mg/m2", "mg/m2/h"],
  [0, "g/h", "g/kg", "g/h"],
  [1, "unit/kg/h", "unit/kg", "unit/min"],
  [1, "milliunit/min", "unit", "unit/min"],
  [2, "mEq/kg/h", "mEq/kg", "mEq/h"],
  [3, "mmol/h", "mmol", "mmol/h"],
];
const WORDS = [
  "amber",
  "birch",
  "cedar",
  "delta",
  "ember",
  "fjord",
  "grove",
  "heron",
  "ivory",
  "juniper",
  "kelp",
  "linden",
];
const ML = 1_000_000;

/** Generates and compiles. Throws RangeError for numbers that no library has. */
export function generateLibrary(options: GenerateOptions): CompiledLibrary {
  const { entries, areas } = options;
  if (!Number.isInteger(entries) || entries < 1 || entries > ENTRIES_MAX) {
    throw new RangeError(`${entries} entries: a library has 1 to ${ENTRIES_MAX}`);
  }
  if (!Number.isInteger(areas) || areas < 1 || areas > Math.min(entries, 65_535)) {
    throw new RangeError(`${areas} areas: each takes one of ${entries} entries, and at least one is needed`);
  }
  const random = new Random(options.seed);
  const models: (Profile | Drug)[] = [];
  const drugs = entries - areas;
  for (let area = 1; area <= areas; area++) {
    const profile = generateProfile(area);
    models.push(profile);
    // The first areas take what does not divide evenly.
    const share = Math.floor(drugs / areas) + (area <= drugs % areas ? 1 : 0);
    for (let i = 0; i < share; i++) models.push(generateDrug(random, profile, i));
  }
  return compile(generatedHeader(new Random(`${options.seed}/library`)), models);
}

function generatedHeader(random: Random): LibraryHeader {
  return {
    id: random.bytes(16),
    epoch: 1,
    version: 1,
    issuedS: Date.UTC(2026, 0, 15) / 1000,
    enableS: 0,
    expiresS: Date.UTC(2027, 0, 15) / 1000,
    graceS: 14 * 86_400,
    minimumRootVersion: 1,
    minimumAbi: 1 << 16,
    note: "NOT FOR CLINICAL USE. Generated: no entry is a real drug.",
  };
}

function generateProfile(area: number): Profile {
  const patientClass = 3 - ((area - 1) % 3);
  const ceilings = ceilingsFor(1, patientClass);
  return {
    kind: "profile",
    area,
    name: `Generated care area ${area}`,
    patientClass,
    rateNlPerHMax: ceilings.rateNlPerHMax,
    vtbiNlMax: ceilings.vtbiNlMax,
    weightG: { min: 400, max: 250_000 },
    bsaCm2: { min: 500, max: 30_000 },
    kvoRateNlPerH: ML / 2,
  };
}

/** The n-th drug of an area: three variants share one code. */
function generateDrug(random: Random, profile: Profile, n: number): Drug {
  const code = 1000 + Math.floor(n / 3);
  // What all variants of one code share is drawn from the code, not from the stream.
  const [dimension, continuous, bolus, bolusRate] = DOSING[code % DOSING.length]!;
  const unit = parseDoseUnit(continuous);
  const words = [random.pick(WORDS), random.pick(WORDS), random.pick(WORDS)].join(" ");
  const extra = EXTRAS[code % EXTRAS.length]!;
  const withBolus = random.chance(9, 10) || extra === "pca";
  const ceiling = ceilingsFor(1, profile.patientClass);
  return {
    kind: "drug",
    area: profile.area,
    drug: code,
    variant: (n % 3) + 1,
    name: `generated drug ${code} ${words} ${["low", "middle", "high"][n % 3]!}`.slice(0, 48),
    ingredient: code * 8 + dimension,
    concentration: {
      amount: { value: random.between(1, 500) * Math.min(Number(unit.amount.baseUnits), 10 ** 9), dimension },
      volumeNl: random.pick([50, 100, 250, 500]) * ML,
    },
    continuous: { unit, bounds: generateBounds(random, unit) },
    ...(withBolus && {
      bolusDose: generateLimits(random, bolus),
      bolusRate: generateLimits(random, bolusRate),
    }),
    ...(random.chance(3, 4) && { vtbi: generateVolumes(random, ceiling.vtbiNlMax) }),
    ...(random.chance(5, 6) && {
      weightG: { min: random.between(400, 3000), max: random.between(3001, 250_000) },
    }),
    ...(random.chance(2, 3) && {
      bsaCm2: { min: random.between(500, 5000), max: random.between(5001, 30_000) },
    }),
    ...generateExtra(random, extra, unit, bolus),
    flags: random.pick([0, FLAG_OVERRIDE, FLAG_OVERRIDE | FLAG_APPROVAL, FLAG_OVERRIDE | FLAG_KVO]),
  };
}

/** What codes have beside the common groups: by the code, since what all variants of it share is one ingredient's. */
const EXTRAS = ["none", "step", "none", "windows", "none", "intermittent", "none", "pca", "none"] as const;

function generateExtra(
  random: Random,
  extra: (typeof EXTRAS)[number],
  continuous: DoseUnit,
  amountText: string,
): Partial<Drug> {
  if (extra === "none") return {};
  const unit = parseDoseUnit(amountText);
  const maxima = (of: DoseUnit): Bounds => {
    const { softMax, hardMax } = generateBounds(random, of);
    return { softMax: softMax!, hardMax: hardMax! };
  };
  if (extra === "step") {
    return {
      titrationStep: { intervalS: 60 * random.between(1, 30), bounds: maxima(continuous) },
      advisory: random.between(1, 99),
    };
  }
  if (extra === "intermittent") {
    const hardMin = 60 * random.between(5, 30);
    return {
      intermittent: { unit, bounds: maxima(unit) },
      duration: { hardMin, softMax: 10 * hardMin },
    };
  }
  const windows = { unit, limits: { "1h": maxima(unit), "4h": maxima(unit) } };
  if (extra === "windows") return { windows };
  return {
    pcaDose: { unit, bounds: { softMax: maxima(unit).softMax! } },
    lockout: { hardMin: 60 * random.between(3, 9), softMin: 600 },
    loading: { unit, bounds: maxima(unit) },
    windows,
  };
}

function generateLimits(random: Random, unitText: string): DoseLimits {
  const unit: DoseUnit = parseDoseUnit(unitText);
  return { unit, bounds: generateBounds(random, unit) };
}

/** Ascending bounds over three orders of magnitude, with three digits each, as authors write them. */
function generateBounds(random: Random, unit: DoseUnit): Bounds {
  const thousandth = Number(unit.amount.baseUnits) / 1000;
  const low = random.between(1, 99);
  return {
    ...(random.chance(9, 10) && { hardMin: low * thousandth }),
    softMin: 2 * low * thousandth,
    softMax: random.between(10, 40) * low * 10 * thousandth,
    hardMax: random.between(50, 90) * low * 10 * thousandth,
  };
}

function generateVolumes(random: Random, ceilingNl: number): Bounds {
  const most = ceilingNl / ML;
  const soft = random.between(1, most - 1);
  return { softMin: 0, softMax: soft * ML, hardMax: random.between(soft, most) * ML };
}
