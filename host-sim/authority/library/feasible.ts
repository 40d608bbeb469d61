/**
 * What can be ordered at all: limits that no patient of the care area can reach at this concentration, and doses so small
 * that the pump's rate steps lose them (SPEC 4.5). Warnings only: the gate judges each order by itself.
 */
import {
  DIMENSION,
  type Dose,
  formatBodySurface,
  formatConcentration,
  formatDose,
  formatRate,
  formatWeight,
} from "../dose.js";
import { type Body, exactRate, rateFromDose } from "../rate.js";
import type { Drug, Profile } from "./model.js";
import type { Finding } from "./sense.js";

/** Judges the continuous dose of an entry that makes sense otherwise. */
export function infeasible(drug: Drug, profile: Profile, pumpClass: number): Finding[] {
  const limits = drug.continuous;
  const known = drug.concentration !== undefined || limits?.unit.amount.dimension === DIMENSION.volume;
  if (!limits || !known) return [];
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
