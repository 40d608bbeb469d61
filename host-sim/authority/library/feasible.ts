/**
 * What can be ordered at all, and what a limit can keep from happening: limits that no patient of the care area can reach at
 * this concentration, doses so small that the pump's rate steps lose them (SPEC 4.5), windows below a single dose. Warnings
 * only: the gate judges each order by itself.
 */
import {
  DIMENSION,
  type Dose,
  type DoseUnit,
  formatBodySurface,
  formatConcentration,
  formatDose,
  formatDuration,
  formatRate,
  formatWeight,
} from "../dose.js";
import { type Body, exactRate, exactVolume, rateFromDose } from "../rate.js";
import type { Finding } from "./finding.js";
import { DOSE_GROUPS, type Drug, FLAG_BOLUS_APART, type Profile, WINDOWS } from "./model.js";

/** Judges an entry that makes sense otherwise. */
export function infeasible(drug: Drug, profile: Profile, pumpClass: number): Finding[] {
  return [
    ...outOfReach(drug, profile, pumpClass),
    ...neverActs(drug),
    ...tooLittleTime(drug, profile),
    ...exceedsWindow(drug, profile),
    ...unlimitedPca(drug),
  ];
}

/** The continuous dose against the profile's rate and the pump's rate steps. */
function outOfReach(drug: Drug, profile: Profile, pumpClass: number): Finding[] {
  const limits = drug.continuous;
  if (!limits || !volumeKnown(drug, limits.unit)) return [];
  const lightest = bodyOf(drug, profile, "min");
  const heaviest = bodyOf(drug, profile, "max");
  const at = drug.concentration ? ` at ${formatConcentration(drug.concentration)}` : "";
  const findings: Finding[] = [];
  const { softMax, hardMax } = limits.bounds;

  const upper = hardMax ?? softMax;
  if (upper !== undefined) {
    const dose: Dose = { value: upper, unit: limits.unit };
    const { numerator, denominator } = exactRate(dose, lightest, drug.concentration);
    if (numerator > BigInt(profile.rateNlPerHMax) * denominator) {
      findings.push({
        severity: "warning",
        field: hardMax === undefined ? "continuous.soft_max" : "continuous.hard_max",
        message:
          `${formatDose(dose)}${at} needs more than rate_max ${formatRate(profile.rateNlPerHMax)}${forPatient(dose, lightest)}, ` +
          `so this limit never acts; lower it or use a higher concentration`,
      });
    }
  }
  const usual = softMax ?? hardMax;
  if (usual !== undefined && usual > 0) {
    const dose: Dose = { value: usual, unit: limits.unit };
    if (rateFromDose(dose, heaviest, drug.concentration, pumpClass).tooCoarse) {
      findings.push({
        severity: "warning",
        field: softMax === undefined ? "continuous.hard_max" : "continuous.soft_max",
        message:
          `${formatDose(dose)}${at} is too little for the pump's rate steps${forPatient(dose, heaviest)}, ` +
          `so hardly anything can be ordered; use a lower concentration`,
      });
    }
  }
  return findings;
}

/** A step that may reach the highest dose at once. */
function neverActs({ continuous, titrationStep }: Drug): Finding[] {
  const most = continuous && (continuous.bounds.hardMax ?? continuous.bounds.softMax);
  const step = titrationStep && (titrationStep.bounds.hardMax ?? titrationStep.bounds.softMax);
  if (!continuous || most === undefined || step === undefined || step < most) return [];
  const unit = continuous.unit;
  return [
    {
      severity: "warning",
      field: "titration_step",
      message:
        `titration_step ${formatDose({ value: step, unit })} reaches ${formatDose({ value: most, unit })} at once, ` +
        "so it never acts; lower it",
    },
  ];
}

/** A usual intermittent dose that even the longest duration and the profile's rate cannot give. */
function tooLittleTime(drug: Drug, profile: Profile): Finding[] {
  const { intermittent, duration, concentration } = drug;
  const longestS = duration && (duration.hardMax ?? duration.softMax);
  const value = intermittent && (intermittent.bounds.softMax ?? intermittent.bounds.hardMax);
  if (
    !intermittent ||
    value === undefined ||
    longestS === undefined ||
    !volumeKnown(drug, intermittent.unit)
  ) {
    return [];
  }
  const dose: Dose = { value, unit: intermittent.unit };
  const lightest = bodyOf(drug, profile, "min");
  const { numerator, denominator } = exactVolume(dose, lightest, concentration);
  if (numerator * 3600n <= BigInt(profile.rateNlPerHMax) * BigInt(longestS) * denominator) return [];
  return [
    {
      severity: "warning",
      field: "duration",
      message:
        `${formatDose(dose)} in ${formatDuration(longestS)} needs more than rate_max ` +
        `${formatRate(profile.rateNlPerHMax)}${forPatient(dose, lightest)}; allow more time`,
    },
  ];
}

/** A usual dose that alone is more than a window may hold, for every patient of the area. */
function exceedsWindow(drug: Drug, profile: Profile): Finding[] {
  const { windows } = drug;
  if (!windows) return [];
  const apart = (drug.flags & FLAG_BOLUS_APART) !== 0;
  const bodies = [bodyOf(drug, profile, "min"), bodyOf(drug, profile, "max")];
  const findings: Finding[] = [];
  for (const { field, name, timed } of DOSE_GROUPS) {
    const limits = drug[field];
    const value = limits && (limits.bounds.softMax ?? limits.bounds.hardMax);
    if (timed || !limits || value === undefined || (apart && field !== "intermittent")) continue;
    const dose: Dose = { value, unit: limits.unit };
    for (const window of WINDOWS) {
      const bounds = windows.limits[window.name];
      const most = bounds && (bounds.hardMax ?? bounds.softMax);
      if (most === undefined) continue;
      const cap: Dose = { value: most, unit: windows.unit };
      if (!bodies.every((body) => isMore(dose, cap, body, drug))) continue;
      findings.push({
        severity: "warning",
        field: `windows.${window.name}`,
        message:
          `one dose of ${formatDose(dose)} (${name}) is more than the ${formatDose(cap)} that ` +
          `${window.hours} h may hold, so it can never be given; raise the window or lower ${name}`,
      });
    }
  }
  return findings;
}

/** Whether a dose is more than another for this patient; false where that cannot be told. */
function isMore(a: Dose, b: Dose, body: Body, drug: Drug): boolean {
  const basis = ({ unit }: Dose): bigint =>
    unit.basis === 0 ? 10_000_000n : BigInt(unit.basis === 1 ? body.weightG * 10_000 : body.bsaCm2 * 1000);
  if (a.unit.amount.dimension === b.unit.amount.dimension) {
    return BigInt(a.value) * basis(a) > BigInt(b.value) * basis(b);
  }
  if (!volumeKnown(drug, a.unit) || !volumeKnown(drug, b.unit)) return false;
  const x = exactVolume(a, body, drug.concentration);
  const y = exactVolume(b, body, drug.concentration);
  return x.numerator * y.denominator > y.numerator * x.denominator;
}

/** Where a patient presses the button, only windows limit what adds up. */
function unlimitedPca(drug: Drug): Finding[] {
  const { windows } = drug;
  const counts = windows && Object.keys(windows.limits).length > 0 && (drug.flags & FLAG_BOLUS_APART) === 0;
  if (!drug.pcaDose || counts) return [];
  const message = windows
    ? "flag bolus_apart leaves PCA doses out of the windows, so nothing limits what a patient gets in hours; remove it"
    : "pca without windows: nothing limits what a patient gets in hours; add windows";
  return [{ severity: "warning", field: windows ? "flags" : "pca", message }];
}

function volumeKnown({ concentration }: Drug, unit: DoseUnit): boolean {
  return concentration !== undefined || unit.amount.dimension === DIMENSION.volume;
}

/** Names the patient where the dose depends on one. */
function forPatient({ unit }: Dose, { weightG, bsaCm2 }: Body): string {
  if (unit.basis === 0) return "";
  return ` even for a patient of ${unit.basis === 1 ? formatWeight(weightG) : formatBodySurface(bsaCm2)}`;
}

/** The smallest or largest patient whom both the profile and the entry admit. */
function bodyOf(drug: Drug, profile: Profile, end: "min" | "max"): Body {
  const pick = end === "min" ? Math.max : Math.min;
  return {
    weightG: pick(profile.weightG[end], drug.weightG?.[end] ?? profile.weightG[end]),
    bsaCm2: pick(profile.bsaCm2[end], drug.bsaCm2?.[end] ?? profile.bsaCm2[end]),
  };
}
