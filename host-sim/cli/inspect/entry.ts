/** Entries of a drug library in words (SPEC 3.2). */
import {
  BASE_UNITS,
  formatAmount,
  formatBodySurface,
  formatConcentration,
  formatDose,
  formatDuration,
  formatRate,
  formatVolume,
  formatWeight,
} from "../../authority/dose.js";
import { decodeEntry } from "../../authority/library/entry.js";
import {
  type Bounds,
  type DoseLimits,
  type Drug,
  type Profile,
  WINDOWS,
} from "../../authority/library/model.js";
import { PATIENT_CLASSES } from "../../authority/rate.js";
import { field, group, type Shown } from "./shown.js";
import type { Recognised } from "./words.js";

export function showEntry(bytes: Uint8Array): Recognised {
  const entry = decodeEntry(bytes);
  return entry.kind === "profile" ? showProfile(entry) : showDrug(entry);
}

function showProfile(profile: Profile): Recognised {
  const patient = PATIENT_CLASSES[profile.patientClass]?.name ?? "unknown";
  return {
    what: `library entry: profile of care area ${profile.area} (SPEC 3.2)`,
    parts: [
      field("name", profile.name),
      field("patient class", profile.patientClass, `${patient} (${profile.patientClass})`),
      field("rate max", profile.rateNlPerHMax, formatRate(profile.rateNlPerHMax)),
      field("VTBI max", profile.vtbiNlMax, formatVolume(profile.vtbiNlMax)),
      rangeField("weight", profile.weightG, formatWeight),
      rangeField("body surface", profile.bsaCm2, formatBodySurface),
      field(
        "KVO rate",
        profile.kvoRateNlPerH,
        profile.kvoRateNlPerH === 0 ? "none" : formatRate(profile.kvoRateNlPerH),
      ),
      ...(profile.airUl === undefined ? [] : [field("air in line", profile.airUl, `${profile.airUl} uL`)]),
      ...(profile.occlusionMmHg === undefined
        ? []
        : [field("occlusion", profile.occlusionMmHg, `${profile.occlusionMmHg} mmHg`)]),
    ],
  };
}

function showDrug(drug: Drug): Recognised {
  const dimension = drug.ingredient & 7;
  const flags = [
    [1, "soft limits may be overridden"],
    [2, "only by a signed approval"],
    [4, "KVO allowed"],
    [8, "emergency at the panel allowed"],
    [16, "resumes by itself after a short reset"],
    [32, "boluses do not count toward the windows"],
  ] as const;
  const perMl = (value: number): string => `${formatAmount({ value, dimension })}/mL`;
  return {
    what: `library entry: area ${drug.area}, drug ${drug.drug}, variant ${drug.variant} (SPEC 3.2)`,
    parts: [
      field("name", drug.name),
      field(
        "ingredient",
        drug.ingredient,
        `${drug.ingredient >>> 3}, counted in ${BASE_UNITS[dimension] ?? "no known unit"}`,
      ),
      ...(drug.concentration ? [field("concentration", formatConcentration(drug.concentration))] : []),
      ...(drug.customConcentration
        ? [boundsField("custom concentration", drug.customConcentration, perMl)]
        : []),
      ...limitsField("continuous", drug.continuous),
      ...limitsField("bolus dose", drug.bolusDose),
      ...limitsField("bolus rate", drug.bolusRate),
      ...limitsField("intermittent dose", drug.intermittent),
      ...(drug.duration ? [boundsField("duration", drug.duration, formatDuration)] : []),
      ...limitsField("loading dose", drug.loading),
      ...limitsField("PCA dose", drug.pcaDose),
      ...(drug.lockout ? [boundsField("lockout", drug.lockout, formatDuration)] : []),
      ...showTitrationStep(drug),
      ...showWindows(drug),
      ...(drug.vtbi ? [boundsField("VTBI", drug.vtbi, formatVolume)] : []),
      ...(drug.weightG ? [rangeField("weight", drug.weightG, formatWeight)] : []),
      ...(drug.bsaCm2 ? [rangeField("body surface", drug.bsaCm2, formatBodySurface)] : []),
      ...(drug.advisory === undefined ? [] : [field("advisory", drug.advisory)]),
      field(
        "flags",
        drug.flags,
        flags.flatMap(([bit, name]) => ((drug.flags & bit) !== 0 ? [name] : [])).join(", ") || "none",
      ),
    ],
  };
}

function showTitrationStep({ titrationStep, continuous }: Drug): Shown[] {
  if (!titrationStep || !continuous) return [];
  const words = (value: number): string => formatDose({ value, unit: continuous.unit });
  const name = `increase within ${formatDuration(titrationStep.intervalS)}`;
  return [boundsField(name, titrationStep.bounds, words)];
}

function showWindows({ windows }: Drug): Shown[] {
  if (!windows) return [];
  return WINDOWS.flatMap(({ name, hours }) => {
    const bounds = windows.limits[name];
    const words = (value: number): string => formatDose({ value, unit: windows.unit });
    return bounds ? [boundsField(`window of ${hours} h`, bounds, words)] : [];
  });
}

function rangeField(
  name: string,
  range: { min: number; max: number },
  format: (value: number) => string,
): Shown {
  return field(name, `${range.min}..${range.max}`, `${format(range.min)} to ${format(range.max)}`);
}

function limitsField(name: string, limits: DoseLimits | undefined): Shown[] {
  if (!limits) return [];
  return [boundsField(name, limits.bounds, (value) => formatDose({ value, unit: limits.unit }))];
}

function boundsField(name: string, bounds: Bounds, format: (value: number) => string): Shown {
  const named = [
    ["hard minimum", bounds.hardMin],
    ["soft minimum", bounds.softMin],
    ["soft maximum", bounds.softMax],
    ["hard maximum", bounds.hardMax],
  ] as const;
  const parts = named.flatMap(([bound, value]) =>
    value === undefined ? [] : [field(bound, value, format(value))],
  );
  return group(name, parts.length === 0 ? "no bounds" : "", parts);
}
