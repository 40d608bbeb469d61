/** The bytes of an entry (SPEC 3.2): one deterministic CBOR map with keys 0..21. */
import { type CborValue, decodeCbor, EncodingError, MapReader } from "../encoding.js";
import { type DoseUnit, packDoseUnit, unpackDoseUnit } from "../dose.js";
import {
  AIR_UL,
  BOUND_NAMES,
  type Bounds,
  DAY_S,
  DOSE_GROUPS,
  type DoseField,
  type DoseLimits,
  type Drug,
  ENTRY_BYTES_MAX,
  FLAGS_ALL,
  NAME_BYTES_MAX,
  OCCLUSION_MMHG,
  type Profile,
  type Range,
  type TitrationStep,
  WINDOWS,
  type WindowName,
  type Windows,
} from "./model.js";
import { EntryWriter } from "./writer.js";

/** The raw bytes of an entry. Throws RangeError for what no entry can hold; its length is judged by the caller. */
export function encodeEntry(entry: Profile | Drug): Uint8Array {
  const writer = new EntryWriter();
  if (entry.kind === "profile") writeProfile(writer, entry);
  else writeDrug(writer, entry);
  return writer.finish();
}

function writeProfile(writer: EntryWriter, profile: Profile): void {
  const { airUl, occlusionMmHg } = profile;
  writer.map(10 + Number(airUl !== undefined) + Number(occlusionMmHg !== undefined));
  writer.field(0, profile.area);
  writer.field(1, 0);
  writer.field(2, 0);
  writer.unsigned(3);
  writer.text(profile.name);
  writer.field(4, profile.patientClass);
  writer.field(5, profile.rateNlPerHMax);
  writer.field(6, profile.vtbiNlMax);
  writer.pair(7, profile.weightG.min, profile.weightG.max);
  writer.pair(8, profile.bsaCm2.min, profile.bsaCm2.max);
  writer.field(9, profile.kvoRateNlPerH);
  if (airUl !== undefined) writer.field(10, airUl);
  if (occlusionMmHg !== undefined) writer.field(11, occlusionMmHg);
}

/** What an entry may leave out, in the order of the keys. */
const OPTIONAL = [
  "concentration",
  "customConcentration",
  "continuous",
  "bolusDose",
  "bolusRate",
  "vtbi",
  "weightG",
  "bsaCm2",
  "intermittent",
  "loading",
  "duration",
  "lockout",
  "pcaDose",
  "titrationStep",
  "windows",
  "advisory",
] as const;

function writeDrug(writer: EntryWriter, drug: Drug): void {
  const { concentration, customConcentration, vtbi, weightG, bsaCm2, duration, lockout } = drug;
  writer.map(6 + OPTIONAL.filter((field) => drug[field] !== undefined).length);
  writer.field(0, drug.area);
  writer.field(1, drug.drug);
  writer.field(2, drug.variant);
  writer.unsigned(3);
  writer.text(drug.name);
  writer.field(4, drug.ingredient);
  if (concentration) writer.pair(5, concentration.amount.value, concentration.volumeNl);
  if (customConcentration) writeBounds(writer, 6, customConcentration);
  if (drug.continuous) writeLimits(writer, 7, drug.continuous);
  if (drug.bolusDose) writeLimits(writer, 8, drug.bolusDose);
  if (drug.bolusRate) writeLimits(writer, 9, drug.bolusRate);
  if (vtbi) writeBounds(writer, 10, vtbi);
  if (weightG) writer.pair(11, weightG.min, weightG.max);
  if (bsaCm2) writer.pair(12, bsaCm2.min, bsaCm2.max);
  writer.field(13, drug.flags);
  if (drug.intermittent) writeLimits(writer, 14, drug.intermittent);
  if (drug.loading) writeLimits(writer, 15, drug.loading);
  if (duration) writeBounds(writer, 16, duration);
  if (lockout) writeBounds(writer, 17, lockout);
  if (drug.pcaDose) writeLimits(writer, 18, drug.pcaDose);
  if (drug.titrationStep) writeStep(writer, drug.titrationStep);
  if (drug.windows) writeWindows(writer, drug.windows);
  if (drug.advisory !== undefined) writer.field(21, drug.advisory);
}

function writeStep(writer: EntryWriter, { intervalS, bounds }: TitrationStep): void {
  writer.unsigned(19);
  writer.map(2);
  writer.field(0, intervalS);
  writeBounds(writer, 1, bounds);
}

function writeWindows(writer: EntryWriter, { unit, limits }: Windows): void {
  const written = WINDOWS.map(({ name }) => limits[name]);
  writer.unsigned(20);
  writer.map(1 + written.filter((bounds) => bounds !== undefined).length);
  writer.field(0, packDoseUnit(unit));
  written.forEach((bounds, i) => {
    if (bounds) writeBounds(writer, i + 1, bounds);
  });
}

function writeBounds(writer: EntryWriter, key: number, bounds: Bounds): void {
  const values = BOUND_NAMES.map(([name]) => bounds[name]);
  writer.unsigned(key);
  writer.map(values.filter((value) => value !== undefined).length);
  values.forEach((value, number) => {
    if (value !== undefined) writer.field(number, value);
  });
}

function writeLimits(writer: EntryWriter, key: number, limits: DoseLimits): void {
  writer.unsigned(key);
  writer.map(2);
  writer.field(0, packDoseUnit(limits.unit));
  writeBounds(writer, 1, limits.bounds);
}

/** Reads the bytes of an entry. Throws EncodingError where they are not of SPEC 3.2's form; sense is `sense.ts`. */
export function decodeEntry(bytes: Uint8Array): Profile | Drug {
  if (bytes.length > ENTRY_BYTES_MAX) {
    throw new EncodingError(
      "",
      `the entry has ${bytes.length} bytes; at most ${ENTRY_BYTES_MAX} are allowed (SPEC 3.2)`,
    );
  }
  const map = new MapReader(decodeCbor(bytes), "");
  const entry = map.uint32(1, "drug") === 0 ? readProfile(map) : readDrug(map);
  map.end();
  return entry;
}

function readProfile(map: MapReader): Profile {
  map.uint(2, "variant", 0, 0);
  return {
    kind: "profile",
    area: map.uint(0, "area", 1, 65_535),
    name: map.text(3, "name", 1, NAME_BYTES_MAX),
    patientClass: map.uint(4, "patient class", 1, 3),
    rateNlPerHMax: map.uint(5, "rate_max", 1),
    vtbiNlMax: map.uint(6, "vtbi_max", 1),
    weightG: readRange(map, 7, "weight"),
    bsaCm2: readRange(map, 8, "body surface"),
    kvoRateNlPerH: map.uint(9, "kvo"),
    ...optional(
      "airUl",
      map.optional(10, () => map.uint(10, "air", AIR_UL.min, AIR_UL.max)),
    ),
    ...optional(
      "occlusionMmHg",
      map.optional(11, () => map.uint(11, "occlusion", OCCLUSION_MMHG.min, OCCLUSION_MMHG.max)),
    ),
  };
}

/** A field that is there, or nothing. */
function optional<K extends string, V>(field: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [field]: value } as Record<K, V>);
}

function readDrug(map: MapReader): Drug {
  const ingredient = map.uint32(4, "ingredient", 1);
  const concentration = map.optional(5, () => map.pair(5, "concentration"));
  const bounds = (key: number, name: string): Bounds | undefined =>
    map.optional(key, () => readBounds(map.any(key, name), `key ${key} (${name})`));
  const range = (key: number, name: string): Range | undefined =>
    map.optional(key, () => readRange(map, key, name));
  const doses: { [K in DoseField]?: DoseLimits } = {};
  for (const { field, key, name } of DOSE_GROUPS) {
    if (map.has(key)) doses[field] = readLimits(map, key, name);
  }
  return {
    kind: "drug",
    area: map.uint(0, "area", 1, 65_535),
    drug: map.uint32(1, "drug", 1),
    variant: map.uint(2, "variant", 0, 65_535),
    name: map.text(3, "name", 1, NAME_BYTES_MAX),
    ingredient,
    ...(concentration && {
      concentration: {
        amount: { value: concentration[0], dimension: ingredient & 7 },
        volumeNl: concentration[1],
      },
    }),
    ...optional("customConcentration", bounds(6, "custom concentration")),
    ...doses,
    ...optional("vtbi", bounds(10, "VTBI")),
    ...optional("weightG", range(11, "weight")),
    ...optional("bsaCm2", range(12, "body surface")),
    flags: map.uint(13, "flags", 0, FLAGS_ALL),
    ...optional("duration", bounds(16, "duration")),
    ...optional("lockout", bounds(17, "lockout")),
    ...optional(
      "titrationStep",
      map.optional(19, () => readStep(map.mapAt(19, "titration step"))),
    ),
    ...optional(
      "windows",
      map.optional(20, () => readWindows(map.mapAt(20, "windows"))),
    ),
    ...optional(
      "advisory",
      map.optional(21, () => map.uint32(21, "advisory", 1)),
    ),
  };
}

function readStep(map: MapReader): TitrationStep {
  const intervalS = map.uint(0, "interval", 1, DAY_S);
  const bounds = readBounds(map.any(1, "bounds"), map.at(1, "bounds"));
  map.end();
  return { intervalS, bounds };
}

function readWindows(map: MapReader): Windows {
  const unit = readUnit(map);
  const limits: { [K in WindowName]?: Bounds } = {};
  WINDOWS.forEach(({ name }, i) => {
    if (map.has(i + 1)) limits[name] = readBounds(map.any(i + 1, name), map.at(i + 1, name));
  });
  map.end();
  return { unit, limits };
}

function readRange(map: MapReader, key: number, name: string): Range {
  const [min, max] = map.pair(key, name);
  return { min, max };
}

function readBounds(value: CborValue, path: string): Bounds {
  const map = new MapReader(value, path);
  const bounds: { -readonly [K in keyof Bounds]: Bounds[K] } = {};
  BOUND_NAMES.forEach(([key, name], number) => {
    if (map.has(number)) bounds[key] = map.uint(number, name);
  });
  map.end();
  return bounds;
}

function readLimits(map: MapReader, key: number, name: string): DoseLimits {
  const limits = map.mapAt(key, name);
  const unit = readUnit(limits);
  const bounds = readBounds(limits.any(1, "bounds"), limits.at(1, "bounds"));
  limits.end();
  return { unit, bounds };
}

function readUnit(map: MapReader): DoseUnit {
  const packed = map.uint(0, "unit");
  const unit = unpackDoseUnit(packed);
  if (!unit) throw new EncodingError(map.at(0, "unit"), `${packed} is not a dosing unit (SPEC 3.3)`);
  return unit;
}
