/**
 * From an author's YAML (docs/LIBRARY.md) to profiles and drugs in base units. Only form is judged here: what a line says
 * and that it carries a source. Whether the numbers make sense together is `sense.ts`.
 */
import {
  doseInUnit,
  formatAmount,
  formatVolume,
  parseAmount,
  parseAmountUnit,
  parseBodySurfaceCm2,
  parseDecimal,
  parseDoseUnit,
  parsePerMl,
  parseRateNlPerH,
  parseVolumeNl,
  parseWeightG,
  DIMENSION,
  type Concentration,
  type DimensionName,
  QuantityError,
} from "../dose.js";
import { BODY_SURFACE_CM2, PATIENT_CLASSES, WEIGHT_G } from "../rate.js";
import type { Fields, SourceFile } from "./document.js";
import { type Bounds, BOUND_NAMES, type DoseLimits, type Drug, type Profile, type Range } from "./model.js";
import { FLAG_APPROVAL, FLAG_KVO, FLAG_OVERRIDE } from "./model.js";

/** Where an entry was written, and by what authority its limits are. */
export interface Origin {
  readonly file: string;
  readonly line: number;
  /** What messages call it, "NORepinephrine 16 mg/250 mL". */
  readonly subject: string;
  /** Line of each field, "continuous.soft_max". */
  readonly lines: ReadonlyMap<string, number>;
  /** Source of each limit group, "continuous": a citation, or the word `illustrative`. */
  readonly sources: ReadonlyMap<string, string>;
}

/** An entry with its origin. */
export interface Authored<T extends Profile | Drug> {
  readonly entry: T;
  readonly origin: Origin;
}

/** One care area as written. */
export interface AuthoredArea {
  readonly profile: Authored<Profile>;
  /** False where the profile could not be read and a lenient one stands in, so that its drugs are judged all the same. */
  readonly readable: boolean;
  readonly drugs: readonly Authored<Drug>[];
}

/** The word for limits nobody vouches for. */
export const ILLUSTRATIVE = "illustrative";

const SOURCE_EXAMPLE = ILLUSTRATIVE;
const PROFILE_KEYS = ["area", "name", "patient", "rate_max", "vtbi_max", "weight", "bsa", "kvo", "source"];
const GROUP_KEYS = ["continuous", "bolus", "bolus_rate", "vtbi", "weight", "bsa", "flags"] as const;
const DRUG_KEYS = ["name", "code", "ingredient", ...GROUP_KEYS, "variants"];
const VARIANT_KEYS = ["variant", "name", "concentration", ...GROUP_KEYS];
const FLAG_NAMES: Readonly<Record<string, number>> = {
  override: FLAG_OVERRIDE,
  approval: FLAG_APPROVAL,
  kvo: FLAG_KVO,
};
/** Largest ingredient code as written: three bits of the encoded one carry the dimension (SPEC 3.2). */
const INGREDIENT_CODE_MAX = 2 ** 29 - 1;

/** Allows all that any pump allows. */
const LENIENT_PROFILE: Profile = {
  kind: "profile",
  area: 1,
  name: "unreadable",
  patientClass: 3,
  rateNlPerHMax: PATIENT_CLASSES[3]!.rateNlPerHMax,
  vtbiNlMax: PATIENT_CLASSES[3]!.vtbiNlMax,
  weightG: WEIGHT_G,
  bsaCm2: BODY_SURFACE_CM2,
  kvoRateNlPerH: 1,
};

/** Collects lines and sources while an entry is read. */
class Notes {
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

/** The care areas of a file, as far as they can be read; the rest is among the file's problems. */
export function parseAreas(file: SourceFile): AuthoredArea[] {
  return (file.root?.list("areas") ?? []).flatMap((fields) => {
    fields.only(["profile", "drugs"]);
    const inner = fields.fields("profile");
    if (!inner) {
      if (!fields.has("profile")) fields.missing("profile", "{ area: 1, name: Adult ICU, ... }");
      return [];
    }
    const parsed = parseProfile(inner);
    const profile = parsed ?? { entry: LENIENT_PROFILE, origin: originOf(inner, new Notes()) };
    const drugs = fields.list("drugs").flatMap((drug) => parseDrug(drug, profile.entry.area));
    return [{ profile, readable: parsed !== undefined, drugs }];
  });
}

function parseProfile(written: Fields): Authored<Profile> | undefined {
  const name = written.text("name");
  written.subject = `profile ${name ?? ""}`.trim();
  written.only(PROFILE_KEYS);
  const notes = new Notes();
  notes.lineUp(written, PROFILE_KEYS);
  for (const [path, line] of notes.lines) notes.lines.set(path.replace(/^profile\./, ""), line);
  readSource(written, "profile", notes);

  written.requiredText("name", "Adult ICU");
  const area = written.required("area", "1", integer);
  const patientClass = written.required("patient", "adult", patient);
  const rateNlPerHMax = written.required("rate_max", "999 mL/h", parseRateNlPerH);
  const vtbiNlMax = written.required("vtbi_max", "3000 mL", parseVolumeNl);
  const kvoRateNlPerH = written.required("kvo", "1 mL/h", parseRateNlPerH);
  const weightG = readRange(written, "weight", notes, false);
  const bsaCm2 = readRange(written, "bsa", notes, false);
  if (!written.has("weight")) written.missing("weight", "{ unit: kg, min: 30, max: 250 }");
  if (!written.has("bsa")) written.missing("bsa", "{ unit: m2, min: 1, max: 3 }");

  if (name === undefined || area === undefined || patientClass === undefined || rateNlPerHMax === undefined) {
    return undefined;
  }
  if (vtbiNlMax === undefined || kvoRateNlPerH === undefined || !weightG || !bsaCm2) return undefined;
  const entry: Profile = {
    kind: "profile",
    area,
    name,
    patientClass,
    rateNlPerHMax,
    vtbiNlMax,
    weightG,
    bsaCm2,
    kvoRateNlPerH,
  };
  return { entry, origin: originOf(written, notes) };
}

/** The groups that a drug may state for all its variants, and a variant for itself. */
interface Groups {
  readonly continuous?: DoseLimits;
  readonly bolusDose?: DoseLimits;
  readonly bolusRate?: DoseLimits;
  readonly vtbi?: Bounds;
  readonly weightG?: Range;
  readonly bsaCm2?: Range;
  readonly flags?: number;
}

function parseDrug(written: Fields, area: number): Authored<Drug>[] {
  const unreadable = written.file.unreadable;
  const name = written.requiredText("name", "NORepinephrine");
  written.subject = name ?? "drug";
  written.only(DRUG_KEYS);
  const code = written.required("code", "1001", integer);
  const ingredient = readIngredient(written);
  const shared = new Notes();
  shared.lineUp(written, DRUG_KEYS);
  const groups = readGroups(written, shared);
  const readable = written.file.unreadable === unreadable;
  const variants = written.list("variants");
  if (variants.length === 0) {
    written.error(
      "variants",
      "no variants; add, for example, `- { variant: 1, concentration: 4 mg / 250 mL }`",
    );
  }
  return variants.flatMap((variant) => {
    variant.subject = written.subject;
    const header =
      !readable || name === undefined || code === undefined || ingredient === undefined
        ? undefined
        : { area, name, drug: code, ingredient };
    const parsed = parseVariant(variant, header, groups, shared);
    return parsed ? [parsed] : [];
  });
}

function parseVariant(
  written: Fields,
  header: { area: number; name: string; drug: number; ingredient: number } | undefined,
  shared: Groups,
  sharedNotes: Notes,
): Authored<Drug> | undefined {
  const unreadable = written.file.unreadable;
  const named = written.text("name");
  if (named !== undefined) written.subject = named;
  const custom = written.isMap("concentration");
  const concentration = custom
    ? undefined
    : written.required("concentration", "4 mg / 250 mL", concentrationOf);
  if (concentration) {
    const amount = formatAmount(concentration.amount);
    written.subject += ` ${amount}/${formatVolume(concentration.volumeNl)}`;
  } else if (custom) {
    written.subject += " custom concentration";
  }
  written.only(VARIANT_KEYS);
  const number = written.required("variant", "1", integer);
  const notes = new Notes();
  notes.merge(sharedNotes, (group) => !written.has(group));
  notes.lineUp(written, VARIANT_KEYS);
  const customConcentration = custom ? readPerMl(written, notes) : undefined;
  const own = readGroups(written, notes);
  if (!header || written.file.unreadable !== unreadable) return undefined;
  if (number === undefined || (!concentration && !customConcentration)) return undefined;

  const inherited = Object.fromEntries(
    Object.entries(shared).filter(([key]) => !written.has(GROUP_OF[key as keyof Groups])),
  ) as Groups;
  const entry: Drug = {
    kind: "drug",
    area: header.area,
    drug: header.drug,
    variant: number,
    name: named ?? header.name,
    ingredient: header.ingredient,
    ...(concentration && { concentration }),
    ...(customConcentration && { customConcentration }),
    ...inherited,
    ...own,
    flags: own.flags ?? inherited.flags ?? 0,
  };
  return { entry, origin: originOf(written, notes) };
}

const GROUP_OF: Readonly<Record<keyof Groups, (typeof GROUP_KEYS)[number]>> = {
  continuous: "continuous",
  bolusDose: "bolus",
  bolusRate: "bolus_rate",
  vtbi: "vtbi",
  weightG: "weight",
  bsaCm2: "bsa",
  flags: "flags",
};

function readGroups(written: Fields, notes: Notes): Groups {
  const continuous = readDose(written, "continuous", notes);
  const bolusDose = readDose(written, "bolus", notes);
  const bolusRate = readDose(written, "bolus_rate", notes);
  const vtbi = readVolumes(written, "vtbi", notes);
  const weightG = readRange(written, "weight", notes, true);
  const bsaCm2 = readRange(written, "bsa", notes, true);
  const flags = written.has("flags") ? readFlags(written) : undefined;
  return {
    ...(continuous && { continuous }),
    ...(bolusDose && { bolusDose }),
    ...(bolusRate && { bolusRate }),
    ...(vtbi && { vtbi }),
    ...(weightG && { weightG }),
    ...(bsaCm2 && { bsaCm2 }),
    ...(flags !== undefined && { flags }),
  };
}

/** A group as a map, or undefined where it is absent or `none` (a variant that drops what its drug states). */
function group(written: Fields, key: string, known: readonly string[], notes: Notes): Fields | undefined {
  if (!written.has(key) || (!written.isMap(key) && written.text(key) === "none")) return undefined;
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

function readVolumes(written: Fields, key: string, notes: Notes): Bounds | undefined {
  const fields = group(written, key, ["unit", ...BOUND_KEYS, "source"], notes);
  if (!fields) return undefined;
  readSource(fields, key, notes);
  const unit = fields.required("unit", "mL", one("mL"));
  return unit === undefined
    ? undefined
    : readBounds(fields, (text, warn) => parseVolumeNl(`${text} ${unit}`, warn));
}

function readPerMl(written: Fields, notes: Notes): Bounds | undefined {
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
function readRange(
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

function readSource(fields: Fields, group: string, notes: Notes): void {
  const source = fields.requiredText("source", SOURCE_EXAMPLE);
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

function readIngredient(written: Fields): number | undefined {
  const example = "{ code: 101, dimension: mass }";
  if (!written.has("ingredient")) written.missing("ingredient", example);
  const fields = written.fields("ingredient");
  if (!fields) return undefined;
  fields.only(["code", "dimension"]);
  const code = fields.required("code", "101", integer);
  const dimension = fields.required("dimension", "mass", (text) => {
    one(...Object.keys(DIMENSION))(text);
    return DIMENSION[text as DimensionName];
  });
  if (code === undefined || dimension === undefined) return undefined;
  if (code < 1 || code > INGREDIENT_CODE_MAX) {
    fields.error("code", `ingredient.code ${code} is outside 1 to ${INGREDIENT_CODE_MAX}`);
    return undefined;
  }
  return code * 8 + dimension;
}

function readFlags(written: Fields): number {
  let flags = 0;
  for (const word of written.words("flags")) {
    const flag = Object.hasOwn(FLAG_NAMES, word) ? FLAG_NAMES[word]! : 0;
    if (flag === 0) {
      written.error(
        "flags",
        `flag "${word}" does not exist; write one of: ${Object.keys(FLAG_NAMES).join(", ")}`,
      );
    }
    flags |= flag;
  }
  return flags;
}

/** "16 mg / 250 mL" */
function concentrationOf(text: string, onWarning: (message: string) => void): Concentration {
  const parts = text.split("/");
  if (parts.length !== 2) {
    throw new QuantityError(`"${text}" is not amount / volume; write, for example, "16 mg / 250 mL"`);
  }
  const amount = parseAmount(parts[0]!.trim(), onWarning);
  const volumeNl = parseVolumeNl(parts[1]!.trim(), onWarning);
  return { amount, volumeNl };
}

function patient(text: string): number {
  const found = Object.entries(PATIENT_CLASSES).find(([, row]) => row.name === text);
  if (!found) {
    throw new QuantityError(`"${text}" is not a patient class; write neonatal, paediatric or adult`);
  }
  return Number(found[0]);
}

/** A plain count. */
export function integer(text: string): number {
  const { digits, places } = parseDecimal(text);
  if (places !== 0 || digits > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new QuantityError(`"${text}" is not a whole number below 2^53`);
  }
  return Number(digits);
}

/** Accepts one of a few words, with advice for amounts that are commonly miswritten. */
function one(...allowed: string[]): (text: string) => string {
  return (text) => {
    if (allowed.includes(text)) return text;
    if (allowed.includes("mL")) parseAmountUnit(text); // says what to write instead of "ml" or "cc"
    throw new QuantityError(`"${text}" is not one of: ${allowed.join(", ")}`);
  };
}

function originOf(fields: Fields, notes: Notes): Origin {
  return {
    file: fields.file.name,
    line: fields.line,
    subject: fields.subject,
    lines: notes.lines,
    sources: notes.sources,
  };
}
