/**
 * From an author's YAML (docs/LIBRARY.md) to profiles and drugs in base units. Only form is judged here: what a line says
 * and that it carries a source. Whether the numbers make sense together is `sense.ts`.
 */
import {
  DIMENSION,
  type DimensionName,
  formatAmount,
  formatDoseUnit,
  formatVolume,
  packDoseUnit,
  parseRateNlPerH,
  parseVolumeNl,
  QuantityError,
} from "../dose.js";
import { BODY_SURFACE_CM2, PATIENT_CLASSES, WEIGHT_G } from "../rate.js";
import type { Fields, SourceFile } from "./document.js";
import {
  GROUP_KEYS,
  groupOf,
  type Groups,
  Notes,
  readGroups,
  readPerMl,
  readRange,
  readSource,
} from "./groups.js";
import type { Drug, Profile, TitrationStep } from "./model.js";
import { airUlOf, concentrationOf, integer, one, pressureMmHg } from "./words.js";

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

const PROFILE_KEYS = [
  "area",
  "name",
  "patient",
  "rate_max",
  "vtbi_max",
  "weight",
  "bsa",
  "kvo",
  "air",
  "occlusion",
  "source",
];
const DRUG_KEYS = ["name", "code", "ingredient", ...GROUP_KEYS, "variants"];
const VARIANT_KEYS = ["variant", "name", "concentration", ...GROUP_KEYS];
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
  const airUl = written.read("air", airUlOf);
  const occlusionMmHg = written.read("occlusion", pressureMmHg);
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
    ...(airUl !== undefined && { airUl }),
    ...(occlusionMmHg !== undefined && { occlusionMmHg }),
  };
  return { entry, origin: originOf(written, notes) };
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
    Object.entries(shared).filter(([key]) => !written.has(groupOf(key as keyof Groups))),
  ) as Groups;
  const { titrationStep: step, ...groups } = { ...inherited, ...own };
  const titrationStep = step && stepOf(written, notes, step, groups);
  const entry: Drug = {
    kind: "drug",
    area: header.area,
    drug: header.drug,
    variant: number,
    name: named ?? header.name,
    ingredient: header.ingredient,
    ...(concentration && { concentration }),
    ...(customConcentration && { customConcentration }),
    ...groups,
    ...(titrationStep && { titrationStep }),
    flags: groups.flags ?? 0,
  };
  return { entry, origin: originOf(written, notes) };
}

/** The step without its unit, which must be that of the dose it limits. */
function stepOf(
  written: Fields,
  notes: Notes,
  { unit, ...step }: NonNullable<Groups["titrationStep"]>,
  { continuous }: Groups,
): TitrationStep {
  if (continuous && packDoseUnit(continuous.unit) !== packDoseUnit(unit)) {
    written.file.error(
      notes.lines.get("titration_step.unit") ?? written.line,
      written.subject,
      `titration_step.unit ${formatDoseUnit(unit)} is not continuous.unit ${formatDoseUnit(continuous.unit)}; ` +
        "write both in one unit, for this variant too",
    );
  }
  return step;
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

function patient(text: string): number {
  const found = Object.entries(PATIENT_CLASSES).find(([, row]) => row.name === text);
  if (!found) {
    throw new QuantityError(`"${text}" is not a patient class; write neonatal, paediatric or adult`);
  }
  return Number(found[0]);
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
