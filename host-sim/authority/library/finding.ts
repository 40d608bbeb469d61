/** What is wrong or doubtful in an entry, and the checks that several rules share. */
import { BOUND_NAMES, type Bounds, type Range } from "./model.js";

/** One thing that is wrong or doubtful in an entry. */
export interface Finding {
  readonly severity: "error" | "warning";
  /** As authors name it: "continuous.soft_max". */
  readonly field: string;
  /** What is wrong, and after a semicolon what to do next. */
  readonly message: string;
}

export class Findings {
  readonly list: Finding[] = [];
  error(field: string, message: string): void {
    this.list.push({ severity: "error", field, message });
  }
  warning(field: string, message: string): void {
    this.list.push({ severity: "warning", field, message });
  }
}

/** An integer of `min`..`max`, 2^53-1 if left out. */
export function checkInteger(
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

/** Bounds of `min`..`max` that ascend. */
export function checkBounds(
  found: Findings,
  field: string,
  bounds: Bounds,
  format: (value: number) => string,
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
): void {
  const present = BOUND_NAMES.flatMap(([key, name]) => {
    const value = bounds[key];
    return value === undefined ? [] : [{ name, value }];
  });
  for (const { name, value } of present) checkInteger(found, `${field}.${name}`, value, min, max);
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

/** Bounds of which only maxima have a meaning. */
export function checkMaxima(
  found: Findings,
  field: string,
  bounds: Bounds,
  format: (value: number) => string,
): void {
  for (const [key, name] of BOUND_NAMES.slice(0, 2)) {
    if (bounds[key] === undefined) continue;
    found.error(`${field}.${name}`, `${field}.${name}: only a maximum has a meaning here; remove ${name}`);
  }
  checkBounds(found, field, bounds, format);
  warnWithoutMaximum(found, field, bounds);
}

/** A group without an upper bound limits nothing that hurts. */
export function warnWithoutMaximum(found: Findings, field: string, bounds: Bounds): void {
  if (bounds.softMax !== undefined || bounds.hardMax !== undefined) return;
  found.warning(field, `${field} has no upper limit; add soft_max or hard_max`);
}

/** A closed range within `outer`, outside of which no patient can be associated. */
export function checkRange(
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
