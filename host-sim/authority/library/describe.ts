/** A compiled library in words, with units: what a pharmacist reads before signing, and an integrator before installing. */
import {
  decimal,
  type DoseUnit,
  formatAmount,
  formatBodySurface,
  formatConcentration,
  formatDoseUnit,
  formatDuration,
  formatRate,
  formatVolume,
  formatWeight,
} from "../dose.js";
import { toHex } from "../bytes.js";
import { PATIENT_CLASSES } from "../rate.js";
import type { CompiledArea, CompiledLibrary } from "./compile.js";
import {
  BOUND_NAMES,
  type Bounds,
  type DoseLimits,
  type Drug,
  FLAG_APPROVAL,
  FLAG_BOLUS_APART,
  FLAG_EMERGENCY,
  FLAG_KVO,
  FLAG_OVERRIDE,
  FLAG_RESUME,
  type LibraryHeader,
  type Profile,
  type Range,
  WINDOWS,
} from "./model.js";

/** The manifest's fields, one line each. */
export function describeHeader(header: LibraryHeader): string[] {
  const abi = `${header.minimumAbi >>> 16}.${header.minimumAbi & 0xffff}`;
  const enable = header.enableS === 0 ? "at once" : formatTime(header.enableS);
  return [
    header.note,
    `library ${toHex(header.id)}, epoch ${header.epoch}, version ${header.version}`,
    `issued ${formatTime(header.issuedS)}, enable ${enable}, expires ${formatTime(header.expiresS)}, ` +
      `grace ${formatDuration(header.graceS)}`,
    `needs root version ${header.minimumRootVersion} and ABI ${abi}`,
  ];
}

/** Unix seconds as 2026-01-31T12:00:00Z. */
export function formatTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

/** A profile, a line each. */
export function describeProfile(profile: Profile): string[] {
  const kvo = profile.kvoRateNlPerH === 0 ? "none" : formatRate(profile.kvoRateNlPerH);
  const sensors = [
    profile.airUl === undefined ? [] : `air from ${formatVolume(profile.airUl * 1000)}`,
    profile.occlusionMmHg === undefined ? [] : `occlusion from ${profile.occlusionMmHg} mmHg`,
  ].flat();
  return [
    `rate up to ${formatRate(profile.rateNlPerHMax)}, VTBI up to ${formatVolume(profile.vtbiNlMax)}, KVO ${kvo}`,
    `weight ${formatRange(profile.weightG, formatWeight)}, body surface ${formatRange(profile.bsaCm2, formatBodySurface)}`,
    ...(sensors.length > 0 ? [`sensors report ${sensors.join(", ")}`] : []),
  ];
}

/** "patient adult" of a profile. */
export function patientName(profile: Profile): string {
  return PATIENT_CLASSES[profile.patientClass]?.name ?? `patient class ${profile.patientClass}`;
}

/** "1 Adult ICU (adult), 32 drugs, 45 entries" */
export function describeArea({ profile, drugs }: CompiledArea): string {
  const codes = new Set(drugs.map(({ drug }) => drug)).size;
  return `${profile.area} ${profile.name} (${patientName(profile)}): ${codes} drugs, ${drugs.length + 1} entries`;
}

/** A drug, its first line a heading. */
export function describeDrug(library: CompiledLibrary, drug: Drug): string[] {
  const lines = [`${drug.name}, code ${drug.drug}, variant ${drug.variant}`];
  const dimension = drug.ingredient & 7;
  const row = (label: string, text: string): number => lines.push(`  ${label.padEnd(14)}${text}`);
  if (drug.concentration) row("concentration", formatConcentration(drug.concentration));
  if (drug.customConcentration) {
    const text = formatBounds(
      drug.customConcentration,
      (value) => `${formatAmount({ value, dimension })}/mL`,
    );
    row("concentration", `custom; ${text}`);
  }
  const { continuous, titrationStep, windows } = drug;
  row("continuous", continuous ? formatLimits(continuous) : "not allowed");
  if (titrationStep && continuous) {
    const bounds = formatBounds(titrationStep.bounds, amountsOf(continuous.unit));
    row(
      "increase",
      `${bounds} ${formatDoseUnit(continuous.unit)} in ${formatDuration(titrationStep.intervalS)}`,
    );
  }
  if (drug.intermittent) row("intermittent", formatLimits(drug.intermittent));
  if (drug.duration) row("duration", formatBounds(drug.duration, formatDuration));
  row("bolus", drug.bolusDose ? formatLimits(drug.bolusDose) : "not allowed");
  if (drug.loading) row("loading", formatLimits(drug.loading));
  if (drug.pcaDose) row("PCA dose", formatLimits(drug.pcaDose));
  if (drug.lockout) row("lockout", formatBounds(drug.lockout, formatDuration));
  if (drug.bolusRate) row("bolus rate", formatLimits(drug.bolusRate));
  for (const { name, hours } of WINDOWS) {
    const bounds = windows?.limits[name];
    if (windows && bounds) row(`in ${hours} h`, formatLimits({ unit: windows.unit, bounds }));
  }
  if (drug.vtbi) row("VTBI", formatBounds(drug.vtbi, formatVolume));
  if (drug.weightG) row("weight", formatRange(drug.weightG, formatWeight));
  if (drug.bsaCm2) row("body surface", formatRange(drug.bsaCm2, formatBodySurface));
  if (drug.advisory !== undefined) row("advisory", `text ${drug.advisory}`);
  row("soft limits", describeFlags(drug.flags));
  row("proof", describeProof(library, drug));
  return lines;
}

function describeFlags(flags: number): string {
  let text = "may not be overridden";
  if ((flags & FLAG_OVERRIDE) !== 0) {
    text = (flags & FLAG_APPROVAL) !== 0 ? "overridden only by a signed approval" : "may be overridden";
  }
  return [text, ...REST_OF_FLAGS.flatMap(([flag, words]) => ((flags & flag) === 0 ? [] : [words]))].join(
    "; ",
  );
}

const REST_OF_FLAGS = [
  [FLAG_KVO, "KVO allowed"],
  [FLAG_EMERGENCY, "emergency start at the panel"],
  [FLAG_RESUME, "resumes after a short reset"],
  [FLAG_BOLUS_APART, "boluses do not count toward the windows"],
] as const;

/** What an order of this drug carries beside the signed command (SPEC 11.2). */
function describeProof(library: CompiledLibrary, { area, drug, variant }: Drug): string {
  const found = library.find(area, drug, variant);
  const nodes = found.entryPath.length + found.profilePath.length;
  const total = found.entry.length + found.profile.length + 32 * nodes;
  return (
    `entry ${found.entryIndex}, ${found.entry.length} B, path ${found.entryPath.length} nodes; ` +
    `with its profile ${total} B beside an order`
  );
}

function formatLimits({ unit, bounds }: DoseLimits): string {
  return `${formatBounds(bounds, amountsOf(unit))} ${formatDoseUnit(unit)}`;
}

function amountsOf({ amount }: DoseUnit): (value: number) => string {
  return (value) => decimal(BigInt(value), amount.baseUnits);
}

/** "soft min 0.01, soft max 1, hard max 3" */
function formatBounds(bounds: Bounds, format: (value: number) => string): string {
  const parts = BOUND_NAMES.flatMap(([key, name]) => {
    const value = bounds[key];
    return value === undefined ? [] : [`${name.replace("_", " ")} ${format(value)}`];
  });
  return parts.length === 0 ? "no limits" : parts.join(", ");
}

function formatRange({ min, max }: Range, format: (value: number) => string): string {
  return `${format(min)} to ${format(max)}`;
}
