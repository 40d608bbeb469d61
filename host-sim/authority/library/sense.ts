/**
 * Whether an entry makes sense: every rule of SPEC 3.2 and the ceilings of SPEC 5.1, judged before anyone signs, so that
 * the author reads a line number instead of a pump's refusal. Independent of where the entry came from: YAML, a signed
 * directory or the generator. A few rules are stricter than the gate's; they are marked.
 */
import {
  DIMENSION,
  formatAmount,
  formatBodySurface,
  formatRate,
  formatVolume,
  formatWeight,
} from "../dose.js";
import { BODY_SURFACE_CM2, type Ceilings, ceilingsFor, PATIENT_CLASSES, WEIGHT_G } from "../rate.js";
import { checkDoses, dimensionName } from "./doses.js";
import { checkBounds, checkInteger, checkRange, type Finding, Findings } from "./finding.js";
import {
  AIR_UL,
  BOUND_NAMES,
  type Drug,
  FLAG_APPROVAL,
  FLAG_BOLUS_APART,
  FLAG_EMERGENCY,
  FLAG_KVO,
  FLAG_OVERRIDE,
  FLAG_RESUME,
  FLAGS_ALL,
  NAME_BYTES_MAX,
  OCCLUSION_MMHG,
  type Profile,
  type Range,
} from "./model.js";
import { errorProne, missingTallMan, potentAtAnyRate } from "./names.js";

export type { Finding } from "./finding.js";

const U32_MAX = 0xffffffff;
const AREA_MAX = 65_535;
const VARIANT_MAX = 65_535;
/** Largest volume of a concentration, nL: keeps dose arithmetic within 128 bits (SPEC 3.2). */
const CONCENTRATION_NL_MAX = 10 ** 11;

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
  if (profile.kvoRateNlPerH > profile.rateNlPerHMax) {
    found.error(
      "kvo",
      `kvo ${formatRate(profile.kvoRateNlPerH)} is above rate_max ${formatRate(profile.rateNlPerHMax)}; lower kvo`,
    );
  }
  checkWeight(found, profile.weightG);
  checkBodySurface(found, profile.bsaCm2);
  if (profile.airUl !== undefined) checkInteger(found, "air", profile.airUl, AIR_UL.min, AIR_UL.max);
  if (profile.occlusionMmHg !== undefined) {
    checkInteger(found, "occlusion", profile.occlusionMmHg, OCCLUSION_MMHG.min, OCCLUSION_MMHG.max);
  }
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
  if (drug.advisory !== undefined) checkInteger(found, "advisory", drug.advisory, 1, U32_MAX);
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

function checkWeight(found: Findings, range: Range): void {
  checkRange(found, "weight", range, WEIGHT_G, formatWeight);
}

function checkBodySurface(found: Findings, range: Range): void {
  checkRange(found, "bsa", range, BODY_SURFACE_CM2, formatBodySurface);
}

function checkFlags(found: Findings, drug: Drug, profile: Profile): void {
  checkInteger(found, "flags", drug.flags, 0, FLAGS_ALL);
  const has = (flag: number): boolean => (drug.flags & flag) !== 0;
  if (has(FLAG_APPROVAL) && !has(FLAG_OVERRIDE)) {
    // Stricter than the gate: with soft limits that nothing may override, an approval would never be asked for.
    found.error("flags", "flag approval without override has no effect; add override or remove approval");
  }
  if (has(FLAG_KVO)) warnOfKvo(found, drug, profile);
  const startable = drug.continuous !== undefined;
  if (has(FLAG_EMERGENCY) && !startable) {
    found.warning(
      "flags",
      "flag emergency has no effect without continuous: only such a program can be started so; remove it",
    );
  }
  if (has(FLAG_RESUME) && !startable && !drug.intermittent) {
    found.warning(
      "flags",
      "flag resume has no effect on a drug that is only given as PCA: it never resumes by itself; remove it",
    );
  }
  if (has(FLAG_BOLUS_APART) && (!drug.windows || !drug.bolusRate)) {
    found.warning(
      "flags",
      "flag bolus_apart has no effect without both windows and a dose that could count toward them; remove it",
    );
  }
}

/** KVO keeps a vein open; with a drug that acts at such rates it is a dose that nobody ordered. */
function warnOfKvo(found: Findings, drug: Drug, profile: Profile): void {
  if (profile.kvoRateNlPerH === 0) {
    found.warning("flags", "flag kvo has no effect: the profile's kvo is 0; set it there or remove the flag");
  }
  const potent = potentAtAnyRate(drug.name);
  if (potent !== undefined) {
    found.warning(
      "flags",
      `flag kvo with ${potent}: the KVO rate is a dose of it, after the end of the ordered one; remove the flag`,
    );
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
