/** Whether the groups that say how a drug may be given make sense (SPEC 3.2), alone and together. */
import {
  DIMENSION,
  type DoseUnit,
  formatDose,
  formatDoseUnit,
  formatDuration,
  formatRate,
  formatVolume,
} from "../dose.js";
import type { Ceilings } from "../rate.js";
import { checkBounds, checkInteger, checkMaxima, type Findings, warnWithoutMaximum } from "./finding.js";
import {
  BOUND_NAMES,
  type Bounds,
  DAY_S,
  DOSE_GROUPS,
  type DoseField,
  type DoseLimits,
  type Drug,
  WINDOWS,
  type Windows,
} from "./model.js";

/** Judges all groups of a drug; `ceilings` are those of its pump and patient class. */
export function checkDoses(found: Findings, drug: Drug, dimension: number, ceilings: Ceilings): void {
  for (const { field, name, timed } of DOSE_GROUPS) {
    const limits = drug[field];
    if (!limits) continue;
    checkUnit(found, name, limits.unit, dimension, timed);
    checkBounds(found, name, limits.bounds, (value) => formatDose({ value, unit: limits.unit }));
    warnWithoutMaximum(found, name, limits.bounds);
    checkVolumeCeiling(found, field, name, limits, ceilings);
  }
  if (drug.duration) checkSeconds(found, "duration", drug.duration);
  if (drug.lockout) checkLockout(found, drug.lockout);
  checkCompany(found, drug);
  checkStep(found, drug);
  if (drug.windows) checkWindows(found, drug.windows, dimension);
}

function checkUnit(found: Findings, group: string, unit: DoseUnit, dimension: number, timed: boolean): void {
  const name = formatDoseUnit(unit);
  const field = `${group}.unit`;
  if (unit.amount.dimension !== dimension && unit.amount.dimension !== DIMENSION.volume) {
    found.error(
      field,
      `${field} ${name} counts in ${dimensionName(unit.amount.dimension)}, but the ingredient in ` +
        `${dimensionName(dimension)}; use a unit of the ingredient's dimension, or mL`,
    );
  }
  if (timed && unit.time === 0) {
    found.error(field, `${field} ${name} has no time; write it per min, h or day`);
  }
  if (!timed && unit.time !== 0) {
    const what = group === "bolus" ? "a bolus" : `a dose of ${group}`;
    found.error(field, `${field} ${name} has a time, but ${what} is an amount; leave the time out`);
  }
}

/** A dose counted in volume without a basis is a rate or a volume itself, so the ceilings hold for it (SPEC 3.2). */
function checkVolumeCeiling(
  found: Findings,
  field: DoseField,
  group: string,
  { unit, bounds }: DoseLimits,
  ceilings: Ceilings,
): void {
  if (unit.amount.dimension !== DIMENSION.volume || unit.basis !== 0) return;
  const { ceiling, text } = ceilingOf(field, ceilings);
  for (const [key, name] of BOUND_NAMES) {
    const bound = bounds[key];
    if (bound === undefined) continue;
    // Compared without dividing: per min and per h are brought up to an hour, per day brings the ceiling to a day.
    const perHour = BigInt(bound) * (unit.time === 1 ? 60n : 1n);
    if (perHour > BigInt(ceiling) * (unit.time === 3 ? 24n : 1n)) {
      const dose = formatDose({ value: bound, unit });
      found.error(
        `${group}.${name}`,
        `${group}.${name} ${dose} is above the ceiling of ${text} (${ceilings.name}, SPEC 5.1); lower it`,
      );
    }
  }
}

function ceilingOf(field: DoseField, ceilings: Ceilings): { ceiling: number; text: string } {
  if (field === "continuous" || field === "bolusRate") {
    return { ceiling: ceilings.rateNlPerHMax, text: formatRate(ceilings.rateNlPerHMax) };
  }
  const ceiling = field === "intermittent" ? ceilings.vtbiNlMax : ceilings.bolusNlMax;
  return { ceiling, text: formatVolume(ceiling) };
}

function checkSeconds(found: Findings, field: string, bounds: Bounds): void {
  checkBounds(found, field, bounds, formatDuration, 1, DAY_S);
}

function checkLockout(found: Findings, lockout: Bounds): void {
  checkSeconds(found, "lockout", lockout);
  if (lockout.hardMin === undefined && lockout.softMin === undefined) {
    found.error("lockout", "lockout has no minimum, so it locks nothing; add hard_min or soft_min");
  }
}

/** Which groups need each other. */
function checkCompany(found: Findings, drug: Drug): void {
  const given = [drug.bolusDose && "bolus", drug.loading && "loading", drug.pcaDose && "pca"].filter(
    (name) => name !== undefined,
  );
  if (!drug.bolusRate) {
    for (const here of given) {
      found.error(
        here,
        `${here} without bolus_rate: nothing would limit how fast it is given (SPEC 3.2); add bolus_rate or remove ${here}`,
      );
    }
  } else if (given.length === 0) {
    found.error(
      "bolus_rate",
      "bolus_rate without bolus, loading or pca has nothing to limit (SPEC 3.2); add one of them or remove bolus_rate",
    );
  }
  needEachOther(found, ["intermittent", drug.intermittent], ["duration", drug.duration]);
  needEachOther(found, ["pca", drug.pcaDose], ["lockout", drug.lockout]);
  if (!drug.continuous && !drug.intermittent && !drug.pcaDose) {
    // Stricter than the gate: a bolus needs a program of the same entry, so such an entry is of no use, and something was forgotten.
    found.error(
      "continuous",
      "neither continuous nor intermittent nor pca: nothing could be ordered; add one of them",
    );
  }
}

function needEachOther(
  found: Findings,
  ...pair: readonly [readonly [string, unknown], readonly [string, unknown]]
): void {
  for (const [[name, group], [other, partner]] of [pair, [pair[1], pair[0]] as const]) {
    if (group === undefined || partner !== undefined) continue;
    found.error(
      name,
      `${name} without ${other}: they come together (SPEC 3.2); add ${other} or remove ${name}`,
    );
  }
}

function checkStep(found: Findings, { titrationStep, continuous }: Drug): void {
  if (!titrationStep) return;
  checkInteger(found, "titration_step.interval", titrationStep.intervalS, 1, DAY_S);
  if (!continuous) {
    found.error(
      "titration_step",
      "titration_step without continuous: there is no dose to titrate (SPEC 3.2); remove it",
    );
  }
  checkMaxima(found, "titration_step", titrationStep.bounds, (value) =>
    continuous ? formatDose({ value, unit: continuous.unit }) : `${value}`,
  );
}

function checkWindows(found: Findings, { unit, limits }: Windows, dimension: number): void {
  const name = formatDoseUnit(unit);
  if (unit.amount.dimension !== dimension) {
    found.error(
      "windows.unit",
      `windows.unit ${name} counts in ${dimensionName(unit.amount.dimension)}, but the ingredient in ` +
        `${dimensionName(dimension)}; windows add up all that a patient had, so use the ingredient's`,
    );
  }
  if (unit.time !== 0) {
    found.error("windows.unit", `windows.unit ${name} has a time, but each window is one; leave it out`);
  }
  const present = WINDOWS.filter((window) => limits[window.name] !== undefined);
  if (present.length === 0) {
    const names = WINDOWS.map((window) => window.name).join(", ");
    found.warning("windows", `windows names none, so nothing is limited; add one of ${names}`);
  }
  for (const window of present) {
    checkMaxima(found, `windows.${window.name}`, limits[window.name]!, (value) =>
      formatDose({ value, unit }),
    );
  }
}

/** "mass", "activity", ... */
export function dimensionName(dimension: number): string {
  return (
    Object.entries(DIMENSION).find(([, number]) => number === dimension)?.[0] ?? `dimension ${dimension}`
  );
}
