/**
 * Whether an entry makes sense: every rule of SPEC 3.2 and the ceilings of SPEC 5.1, judged before anyone signs, so that
 * the author reads a line number instead of a pump's refusal. Independent of where the entry came from: YAML, a signed
 * directory or the generator. A few rules are stricter than the gate's; they are marked.
 */
import {
  DIMENSION,
  formatAmount,
  formatBodySurface,
  formatDose,
  formatDoseUnit,
  formatRate,
  formatVolume,
  formatWeight,
} from "../dose.js";
import { BODY_SURFACE_CM2, type Ceilings, ceilingsFor, PATIENT_CLASSES, WEIGHT_G } from "../rate.js";
import {
  BOUND_NAMES,
  type Bounds,
  type DoseLimits,
  type Drug,
  FLAG_APPROVAL,
  FLAG_KVO,
  FLAG_OVERRIDE,
  NAME_BYTES_MAX,
  type Profile,
  type Range,
} from "./model.js";
import { errorProne, missingTallMan } from "./names.js";

/** One thing that is wrong or doubtful in an entry. */
export interface Finding {
  readonly severity: "error" | "warning";
  /** As authors name it: "continuous.soft_max". */
  readonly field: string;
  /** What is wrong, and after a semicolon what to do next. */
  readonly message: string;
}

const U32_MAX = 0xffffffff;
const AREA_MAX = 65_535;
const VARIANT_MAX = 65_535;
/** Largest volume of a concentration, nL: keeps dose arithmetic within 128 bits (SPEC 3.2). */
const CONCENTRATION_NL_MAX = 10 ** 11;

class Findings {
  readonly list: Finding[] = [];
  error(field: string, message: string): void {
    this.list.push({ severity: "error", field, message });
  }
  warning(field: string, message: string): void {
    this.list.push({ severity: "warning", field, message });
  }
}

/** Judges a care area's profile for a pump class (1..3). */
export function checkProfile(profile: Profile, pumpClass: number): Finding[] {
  const found = new Findings();
  checkInteger(found, "area", profile.area, 1, AREA_MAX);
  checkName(found, profile.name);
  if (!(profile.patientClass in PATIENT_CLASSES)) {
    found.error(
      "patient",
      `patient class ${profile.patientClass} does not exist; write neonatal, paediatric or adult`,
    );
    return found.list;
  }
  const ceilings = ceilingsFor(pumpClass, profile.patientClass);
  const rate = `ceiling of ${formatRate(ceilings.rateNlPerHMax)} (${ceilings.name}, SPEC 5.1)`;
  checkInteger(found, "rate_max", profile.rateNlPerHMax, 1);
  if (profile.rateNlPerHMax > ceilings.rateNlPerHMax) {
    found.error("rate_max", `rate_max ${formatRate(profile.rateNlPerHMax)} is above the ${rate}; lower it`);
  }
  checkInteger(found, "vtbi_max", profile.vtbiNlMax, 1);
  checkVtbiCeiling(found, "vtbi_max", "vtbi_max", profile.vtbiNlMax, ceilings);
  checkInteger(found, "kvo", profile.kvoRateNlPerH, 0);
  if (profile.kvoRateNlPerH > ceilings.rateNlPerHMax) {
    found.error("kvo", `kvo ${formatRate(profile.kvoRateNlPerH)} is above the ${rate}; lower it`);
  } else if (profile.kvoRateNlPerH > profile.rateNlPerHMax) {
    // Stricter than the gate: it would refuse the flow only when a bag has run out, with nobody at the bedside.
    found.error(
      "kvo",
      `kvo ${formatRate(profile.kvoRateNlPerH)} is above rate_max ${formatRate(profile.rateNlPerHMax)}; lower kvo`,
    );
  }
  checkWeight(found, profile.weightG);
  checkBodySurface(found, profile.bsaCm2);
  return found.list;
}

/** Judges a drug entry beside its care area's profile for a pump class (1..3). */
export function checkDrug(drug: Drug, profile: Profile, pumpClass: number): Finding[] {
  const found = new Findings();
  checkInteger(found, "code", drug.drug, 1, U32_MAX);
  checkInteger(found, "variant", drug.variant, 0, VARIANT_MAX);
  checkInteger(found, "ingredient", drug.ingredient, 1, U32_MAX);
  checkName(found, drug.name);
  const dimension = drug.ingredient & 7;
  if (dimension > DIMENSION.volume) {
    found.error("ingredient", `dimension ${dimension} does not exist; use 0 (mass) to 4 (volume)`);
    return found.list;
  }
  checkConcentration(found, drug, dimension);
  if (!(profile.patientClass in PATIENT_CLASSES)) return found.list; // reported with the profile
  const ceilings = ceilingsFor(pumpClass, profile.patientClass);
  checkDoses(found, drug, dimension, ceilings);
  if (drug.vtbi) {
    checkBounds(found, "vtbi", drug.vtbi, formatVolume);
    for (const [key, name] of BOUND_NAMES) {
      const bound = drug.vtbi[key];
      if (bound !== undefined) checkVtbiCeiling(found, `vtbi.${name}`, `vtbi.${name}`, bound, ceilings);
    }
  }
  if (drug.weightG) checkWeight(found, drug.weightG);
  if (drug.bsaCm2) checkBodySurface(found, drug.bsaCm2);
  checkFlags(found, drug, profile);
  return found.list;
}

function checkConcentration(found: Findings, drug: Drug, dimension: number): void {
  const { concentration, customConcentration } = drug;
  if ((concentration === undefined) === (customConcentration === undefined)) {
    found.error("concentration", "exactly one of a fixed and a custom concentration is needed; write one");
  }
  if (concentration) {
    if (concentration.amount.dimension !== dimension) {
      found.error(
        "concentration",
        `concentration counts in ${dimensionName(concentration.amount.dimension)}, but the ingredient in ` +
          `${dimensionName(dimension)}; use one for both`,
      );
    }
    checkInteger(found, "concentration", concentration.amount.value, 1);
    checkInteger(found, "concentration", concentration.volumeNl, 1, CONCENTRATION_NL_MAX);
  }
  if (customConcentration) {
    checkBounds(
      found,
      "concentration",
      customConcentration,
      (value) => `${formatAmount({ value, dimension })}/mL`,
    );
  }
}

function checkDoses(found: Findings, drug: Drug, dimension: number, ceilings: Ceilings): void {
  if (drug.continuous) checkDose(found, "continuous", drug.continuous, dimension, true);
  if (drug.bolusDose) checkDose(found, "bolus", drug.bolusDose, dimension, false);
  if (drug.bolusRate) checkDose(found, "bolus_rate", drug.bolusRate, dimension, true);

  if ((drug.bolusDose === undefined) !== (drug.bolusRate === undefined)) {
    const [here, missing] = drug.bolusDose ? ["bolus", "bolus_rate"] : ["bolus_rate", "bolus"];
    found.error(
      here,
      `${here} without ${missing}: a bolus needs both (SPEC 3.2); add ${missing} or remove ${here}`,
    );
  }
  if (!drug.continuous && !drug.bolusDose) {
    // Stricter than the gate: such an entry is of no use, so something was forgotten.
    found.error("continuous", "neither continuous nor bolus: nothing could be ordered; add a dose group");
  }
  for (const [field, limits, ceiling, format] of [
    ["continuous", drug.continuous, ceilings.rateNlPerHMax, formatRate],
    ["bolus", drug.bolusDose, ceilings.bolusNlMax, formatVolume],
    ["bolus_rate", drug.bolusRate, ceilings.rateNlPerHMax, formatRate],
  ] as const) {
    if (limits) {
      checkVolumeCeiling(found, field, limits, ceiling, `${format(ceiling)} (${ceilings.name}, SPEC 5.1)`);
    }
  }
}

function checkDose(
  found: Findings,
  field: string,
  limits: DoseLimits,
  dimension: number,
  timed: boolean,
): void {
  const { unit, bounds } = limits;
  const name = formatDoseUnit(unit);
  if (unit.amount.dimension !== dimension && unit.amount.dimension !== DIMENSION.volume) {
    found.error(
      `${field}.unit`,
      `${field}.unit ${name} counts in ${dimensionName(unit.amount.dimension)}, but the ingredient in ` +
        `${dimensionName(dimension)}; use a unit of the ingredient's dimension, or mL`,
    );
  }
  if (timed && unit.time === 0) {
    found.error(`${field}.unit`, `${field}.unit ${name} has no time; write it per min, h or day`);
  }
  if (!timed && unit.time !== 0) {
    found.error(
      `${field}.unit`,
      `${field}.unit ${name} has a time, but a bolus is an amount; leave the time out`,
    );
  }
  checkBounds(found, field, bounds, (value) => formatDose({ value, unit }));
  if (bounds.softMax === undefined && bounds.hardMax === undefined) {
    found.warning(field, `${field} has no upper limit; add soft_max or hard_max`);
  }
}

/** A dose counted in volume without a basis is a rate or a bolus volume itself, so the ceilings hold for it (SPEC 3.2). */
function checkVolumeCeiling(
  found: Findings,
  field: string,
  limits: DoseLimits,
  ceiling: number,
  text: string,
): void {
  const { unit, bounds } = limits;
  if (unit.amount.dimension !== DIMENSION.volume || unit.basis !== 0) return;
  for (const [key, name] of BOUND_NAMES) {
    const bound = bounds[key];
    if (bound === undefined) continue;
    // Compared without dividing: per min and per h are brought up to an hour, per day brings the ceiling to a day.
    const perHour = BigInt(bound) * (unit.time === 1 ? 60n : 1n);
    if (perHour > BigInt(ceiling) * (unit.time === 3 ? 24n : 1n)) {
      const dose = formatDose({ value: bound, unit });
      found.error(`${field}.${name}`, `${field}.${name} ${dose} is above the ceiling of ${text}; lower it`);
    }
  }
}

function checkVtbiCeiling(
  found: Findings,
  field: string,
  name: string,
  value: number,
  ceilings: Ceilings,
): void {
  if (value <= ceilings.vtbiNlMax) return;
  const ceiling = `${formatVolume(ceilings.vtbiNlMax)} (${ceilings.name}, SPEC 5.1)`;
  found.error(field, `${name} ${formatVolume(value)} is above the ceiling of ${ceiling}; lower it`);
}

function checkBounds(
  found: Findings,
  field: string,
  bounds: Bounds,
  format: (value: number) => string,
): void {
  const present = BOUND_NAMES.flatMap(([key, name]) => {
    const value = bounds[key];
    return value === undefined ? [] : [{ name, value }];
  });
  for (const { name, value } of present) checkInteger(found, `${field}.${name}`, value, 0);
  present.slice(1).forEach((upper, i) => {
    const lower = present[i]!;
    if (lower.value <= upper.value) return;
    found.error(
      `${field}.${lower.name}`,
      `${field}.${lower.name} ${format(lower.value)} is above ${upper.name} ${format(upper.value)}; ` +
        `lower ${lower.name} or raise ${upper.name}`,
    );
  });
}

function checkWeight(found: Findings, range: Range): void {
  checkRange(found, "weight", range, WEIGHT_G, formatWeight);
}

function checkBodySurface(found: Findings, range: Range): void {
  checkRange(found, "bsa", range, BODY_SURFACE_CM2, formatBodySurface);
}

function checkRange(
  found: Findings,
  field: string,
  range: Range,
  outer: Range,
  format: (value: number) => string,
): void {
  if (range.min > range.max) {
    found.error(
      `${field}.min`,
      `${field}.min ${format(range.min)} is above max ${format(range.max)}; lower min or raise max`,
    );
  }
  for (const end of ["min", "max"] as const) {
    const value = range[end];
    if (Number.isSafeInteger(value) && value >= outer.min && value <= outer.max) continue;
    found.error(
      `${field}.${end}`,
      `${field}.${end} ${format(value)} is outside ${format(outer.min)} to ${format(outer.max)} (SPEC 5.1); ` +
        `no patient of such a size can be associated`,
    );
  }
}

function checkFlags(found: Findings, drug: Drug, profile: Profile): void {
  checkInteger(found, "flags", drug.flags, 0, FLAG_OVERRIDE | FLAG_APPROVAL | FLAG_KVO);
  if ((drug.flags & FLAG_APPROVAL) !== 0 && (drug.flags & FLAG_OVERRIDE) === 0) {
    // Stricter than the gate: with soft limits that nothing may override, an approval would never be asked for.
    found.error("flags", "flag approval without override has no effect; add override or remove approval");
  }
  if ((drug.flags & FLAG_KVO) !== 0 && profile.kvoRateNlPerH === 0) {
    found.warning("flags", "flag kvo has no effect: the profile's kvo is 0; set it there or remove the flag");
  }
}

function checkName(found: Findings, name: string): void {
  const bytes = new TextEncoder().encode(name).length;
  if (bytes < 1 || bytes > NAME_BYTES_MAX) {
    found.error(
      "name",
      `the name has ${bytes} bytes of UTF-8; 1 to ${NAME_BYTES_MAX} fit on a pump's display`,
    );
  }
  const wrong = errorProne(name);
  if (wrong !== undefined) found.error("name", wrong);
  const tall = missingTallMan(name);
  if (tall !== undefined) found.warning("name", tall);
}

function checkInteger(
  found: Findings,
  field: string,
  value: number,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  found.error(
    field,
    `${field} ${value} is outside ${min} to ${max === Number.MAX_SAFE_INTEGER ? "2^53-1" : max}`,
  );
}

/** "mass", "activity", ... */
export function dimensionName(dimension: number): string {
  return (
    Object.entries(DIMENSION).find(([, number]) => number === dimension)?.[0] ?? `dimension ${dimension}`
  );
}
