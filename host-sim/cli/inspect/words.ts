/** Numbers of objects and records in words. */
import {
  formatBodySurface,
  formatConcentration,
  formatDose,
  formatDoseUnit,
  formatVolume,
  formatWeight,
  unpackDoseUnit,
} from "../../authority/dose.js";
import { LIMIT_NAMES, modeName, phaseName, STATE_FLAG } from "../../gate/names.js";
import type { Shown } from "./shown.js";

/** A recognised object. */
export interface Recognised {
  readonly what: string;
  readonly parts: readonly Shown[];
}

/** A dose in its packed unit. */
export function doseWords(value: number, packed: number): string {
  const unit = unpackDoseUnit(packed);
  return unit ? formatDose({ value, unit }) : `${value} of no known unit (${packed})`;
}

export function unitWords(packed: number): string {
  const unit = unpackDoseUnit(packed);
  return unit ? formatDoseUnit(unit) : `none known (${packed})`;
}

/** An amount of drug: its dimension follows from the order's unit. */
export function amountWords(amount: number, volumeNl: number, packed: number): string {
  const unit = unpackDoseUnit(packed);
  if (!unit) return `${amount} base units in ${formatVolume(volumeNl)}`;
  return formatConcentration({ amount: { value: amount, dimension: unit.amount.dimension }, volumeNl });
}

export const weightWords = (weightG: number): string => (weightG === 0 ? "unknown" : formatWeight(weightG));
export const surfaceWords = (bsaCm2: number): string =>
  bsaCm2 === 0 ? "unknown" : formatBodySurface(bsaCm2);

/** "continuous dose above maximum, VTBI above maximum" */
export function maskWords(mask: number): string {
  const names: string[] = [];
  for (let bit = 0; bit < 32; bit++) if ((mask >>> bit) & 1) names.push(LIMIT_NAMES[bit] ?? `bit ${bit}`);
  return names.join(", ") || "none";
}

export function flagWords(flags: number): string {
  const names = Object.entries(STATE_FLAG).filter(([, bit]) => (flags & bit) !== 0);
  return names.map(([name]) => name.toLowerCase()).join(", ") || "none";
}

export function phaseWords(phase: number): string {
  return phaseName(phase) ?? `unknown (${phase})`;
}

export function modeWords(mode: number): string {
  return mode === 0 ? "none" : (modeName(mode) ?? `unknown (${mode})`);
}
