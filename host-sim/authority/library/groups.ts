/**
 * The groups of limits that a drug states for all its variants, or a variant for itself, as an author writes them. Only form
 * is judged here, and that each group carries a source.
 */
import {
  type DoseUnit,
  doseInUnit,
  parseBodySurfaceCm2,
  parseDoseUnit,
  parseDurationS,
  parsePerMl,
  parseVolumeNl,
  parseWeightG,
} from "../dose.js";
import type { Fields } from "./document.js";
import {
  type Bounds,
  BOUND_NAMES,
  DOSE_GROUPS,
  type DoseField,
  type DoseLimits,
  FLAGS,
  type Range,
  type TitrationStep,
  type WindowName,
  WINDOWS,
  type Windows,
} from "./model.js";
import { integer, one } from "./words.js";

/** The word for limits nobody vouches for. */
export const ILLUSTRATIVE = "illustrative";

/** The groups by the names that authors use. */
export const GROUP_KEYS = [
  ...DOSE_GROUPS.map(({ name }) => name),
  "duration",
  "lockout",
  "titration_step",
  "windows",
  "vtbi",
  "weight",
  "bsa",
  "advisory",
  "flags",
] as const;
type GroupKey = (typeof GROUP_KEYS)[number];

/** A titration step as written, with the unit that the entry leaves out: it is that of the continuous dose. */
export interface AuthoredStep extends TitrationStep {
  readonly unit: DoseUnit;
}

/** What a drug or a variant states. */
export interface Groups extends Readonly<Partial<Record<DoseField, DoseLimits>>> {
  readonly duration?: Bounds;
  readonly lockout?: Bounds;
  readonly titrationStep?: AuthoredStep;
  readonly windows?: Windows;
  readonly vtbi?: Bounds;
  readonly weightG?: Range;
  readonly bsaCm2?: Range;
  readonly advisory?: number;
  readonly flags?: number;
}

/** The group that a field is written in. */
export function groupOf(field: keyof Groups): GroupKey {
  const dose = DOSE_GROUPS.find((group) => group.field === field);
  return dose ? dose.name : OTHER_GROUPS[field as Exclude<keyof Groups, DoseField>];
}

const OTHER_GROUPS: Readonly<Record<Exclude<keyof Groups, DoseField>, GroupKey>> = {
  duration: "duration",
  lockout: "lockout",
  titrationStep: "titration_step",
  windows: "windows",
  vtbi: "vtbi",
  weightG: "weight",
  bsaCm2: "bsa",
  advisory: "advisory",
  flags: "flags",
};

/** Collects lines and sources while an entry is read. */
export class Notes {
  readonly lines = new Map<string, number>();
  readonly sources = new Map<string, string>();
  /** Remembers where each key of a map stands. */
  lineUp(fields: Fields, keys: readonly string[]): void {
    for (const key of keys) if (fields.has(key)) this.lines.set(`${fields.path}${key}`, fields.lineOf(key));
  }
  merge(other: Notes, keep: (group: string) => boolean): void {
    for (const [path, line] of other.lines) if (keep(path.split(".")[0]!)) this.lines.set(path, line);
    for (const [group, source] of other.sources) if (keep(group)) this.sources.set(group, source);
  }
}

/** Reads every group that `written` states. */
export function readGroups(written: Fields, notes: Notes): Groups {
  const doses: { [K in DoseField]?: DoseLimits } = {};
  for (const { field, name } of DOSE_GROUPS) {
    const limits = readDose(written, name, notes);
    if (limits) doses[field] = limits;
  }
  const duration = readScaled(written, "duration", notes);
  const lockout = readScaled(written, "lockout", notes);
  const titrationStep = readStep(written, notes);
  const windows = readWindows(written, notes);
  const vtbi = readScaled(written, "vtbi", notes);
  const weightG = readRange(written, "weight", notes, true);
  const bsaCm2 = readRange(written, "bsa", notes, true);
  const advisory = isNone(written, "advisory") ? undefined : written.read("advisory", integer);
  const flags = written.has("flags") ? readFlags(written) : undefined;
  return {
    ...doses,
    ...(duration && { duration }),
    ...(lockout && { lockout }),
    ...(titrationStep && { titrationStep }),
    ...(windows && { windows }),
    ...(vtbi && { vtbi }),
    ...(weightG && { weightG }),
    ...(bsaCm2 && { bsaCm2 }),
    ...(advisory !== undefined && { advisory }),
    ...(flags !== undefined && { flags }),
  };
}

/** A variant writes `none` to drop what its drug states. */
function isNone(written: Fields, key: string): boolean {
  return written.has(key) && !written.isMap(key) && written.text(key) === "none";
}

/** A group as a map, or undefined where it is absent or `none`. */
function group(written: Fields, key: string, known: readonly string[], notes: Notes): Fields | undefined {
  if (!written.has(key) || isNone(written, key)) return undefined;
  const fields = written.fields(key);
  if (!fields) return undefined;
  fields.only(known);
  notes.lineUp(fields, known);
  return fields;
}

const BOUND_KEYS = BOUND_NAMES.map(([, name]) => name);

function readDose(written: Fields, key: string, notes: Notes): DoseLimits | undefined {
  const fields = group(written, key, ["unit", ...BOUND_KEYS, "source"], notes);
  if (!fields) return undefined;
  readSource(fields, key, notes);
  const unit = fields.required("unit", "mcg/kg/min", parseDoseUnit);
  if (!unit) return undefined;
  return { unit, bounds: readBounds(fields, (text, warn) => doseInUnit(text, unit, warn)) };
}

/** Bounds of volumes or durations, whose unit is one of a few. */
function readScaled(written: Fields, key: "vtbi" | "duration" | "lockout", notes: Notes): Bounds | undefined {
  const fields = group(written, key, ["unit", ...BOUND_KEYS, "source"], notes);
  if (!fields) return undefined;
  readSource(fields, key, notes);
  const isVolume = key === "vtbi";
  const unit = fields.required(
    "unit",
    isVolume ? "mL" : "min",
    one(...(isVolume ? ["mL"] : ["s", "min", "h"])),
  );
  const parse = isVolume ? parseVolumeNl : parseDurationS;
  return unit === undefined ? undefined : readBounds(fields, (text, warn) => parse(`${text} ${unit}`, warn));
}

function readStep(written: Fields, notes: Notes): AuthoredStep | undefined {
  const key = "titration_step";
  const fields = group(written, key, ["interval", "unit", ...BOUND_KEYS, "source"], notes);
  if (!fields) return undefined;
  readSource(fields, key, notes);
  const intervalS = fields.required("interval", "5 min", parseDurationS);
  const unit = fields.required("unit", "mcg/kg/min", parseDoseUnit);
  if (intervalS === undefined || !unit) return undefined;
  return { intervalS, unit, bounds: readBounds(fields, (text, warn) => doseInUnit(text, unit, warn)) };
}

function readWindows(written: Fields, notes: Notes): Windows | undefined {
  const names = WINDOWS.map(({ name }) => name);
  const fields = group(written, "windows", ["unit", ...names, "source"], notes);
  if (!fields) return undefined;
  readSource(fields, "windows", notes);
  const unit = fields.required("unit", "mg", parseDoseUnit);
  if (!unit) return undefined;
  const limits: { [K in WindowName]?: Bounds } = {};
  for (const name of names) {
    const inner = fields.fields(name);
    if (!inner) continue;
    inner.only(BOUND_KEYS);
    notes.lineUp(inner, BOUND_KEYS);
    limits[name] = readBounds(inner, (text, warn) => doseInUnit(text, unit, warn));
  }
  return { unit, limits };
}

/** Bounds of a custom concentration. */
export function readPerMl(written: Fields, notes: Notes): Bounds | undefined {
  const fields = group(written, "concentration", ["unit", ...BOUND_KEYS, "source"], notes);
  if (!fields) return undefined;
  readSource(fields, "concentration", notes);
  const unit = fields.required("unit", "mg/mL", (text) => {
    parsePerMl(`1 ${text}`);
    return text;
  });
  return unit === undefined
    ? undefined
    : readBounds(fields, (text, warn) => parsePerMl(`${text} ${unit}`, warn).value);
}

function readBounds(
  fields: Fields,
  parse: (text: string, warn: (message: string) => void) => number,
): Bounds {
  const bounds: { -readonly [K in keyof Bounds]: Bounds[K] } = {};
  for (const [key, name] of BOUND_NAMES) {
    const value = fields.read(name, parse);
    if (value !== undefined) bounds[key] = value;
  }
  return bounds;
}

/** A weight (kg or g) or body surface (m2) range; a profile's source stands for its ranges too. */
export function readRange(
  written: Fields,
  key: "weight" | "bsa",
  notes: Notes,
  sourced: boolean,
): Range | undefined {
  const fields = group(written, key, ["unit", "min", "max", "source"], notes);
  if (!fields) return undefined;
  for (const end of ["min", "max"]) {
    if (fields.has(end)) notes.lines.set(`${key}.${end}`, fields.lineOf(end));
  }
  if (sourced) readSource(fields, key, notes);
  const [example, units] = key === "weight" ? ["kg", ["kg", "g"]] : ["m2", ["m2"]];
  const unit = fields.required("unit", example, one(...units));
  const parse = key === "weight" ? parseWeightG : parseBodySurfaceCm2;
  if (unit === undefined) return undefined;
  const min = fields.required("min", "30", (text, warn) => parse(`${text} ${unit}`, warn));
  const max = fields.required("max", "250", (text, warn) => parse(`${text} ${unit}`, warn));
  return min === undefined || max === undefined ? undefined : { min, max };
}

/** Where the limits of a group come from. */
export function readSource(fields: Fields, group: string, notes: Notes): void {
  const source = fields.requiredText("source", ILLUSTRATIVE);
  if (source === undefined) return;
  // Shorter than any document's name: "label" or "?" tells a reader nothing.
  if (source !== ILLUSTRATIVE && source.length < 12) {
    fields.error(
      "source",
      `source "${source}" cannot be found by a reader; cite a document or write ${ILLUSTRATIVE}`,
    );
  }
  notes.sources.set(group, source);
}

function readFlags(written: Fields): number {
  let flags = 0;
  for (const word of written.words("flags")) {
    const flag = Object.hasOwn(FLAGS, word) ? FLAGS[word]! : 0;
    if (flag === 0) {
      written.error("flags", `flag "${word}" does not exist; write one of: ${Object.keys(FLAGS).join(", ")}`);
    }
    flags |= flag;
  }
  return flags;
}
