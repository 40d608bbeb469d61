/** The bytes of an entry (SPEC 3.2): one deterministic CBOR map with keys 0..13. */
import { type CborValue, decodeCbor, EncodingError, MapReader } from "../encoding.js";
import { packDoseUnit, unpackDoseUnit } from "../dose.js";
import {
  BOUND_NAMES,
  type Bounds,
  type DoseLimits,
  type Drug,
  ENTRY_BYTES_MAX,
  NAME_BYTES_MAX,
  type Profile,
  type Range,
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
  writer.map(10);
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
}

function writeDrug(writer: EntryWriter, drug: Drug): void {
  const { concentration, customConcentration, continuous, bolusDose, bolusRate, vtbi, weightG, bsaCm2 } =
    drug;
  const optional = [
    concentration,
    customConcentration,
    continuous,
    bolusDose,
    bolusRate,
    vtbi,
    weightG,
    bsaCm2,
  ];
  writer.map(6 + optional.filter((part) => part !== undefined).length);
  writer.field(0, drug.area);
  writer.field(1, drug.drug);
  writer.field(2, drug.variant);
  writer.unsigned(3);
  writer.text(drug.name);
  writer.field(4, drug.ingredient);
  if (concentration) writer.pair(5, concentration.amount.value, concentration.volumeNl);
  if (customConcentration) writeBounds(writer, 6, customConcentration);
  if (continuous) writeLimits(writer, 7, continuous);
  if (bolusDose) writeLimits(writer, 8, bolusDose);
  if (bolusRate) writeLimits(writer, 9, bolusRate);
  if (vtbi) writeBounds(writer, 10, vtbi);
  if (weightG) writer.pair(11, weightG.min, weightG.max);
  if (bsaCm2) writer.pair(12, bsaCm2.min, bsaCm2.max);
  writer.field(13, drug.flags);
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
  };
}

function readDrug(map: MapReader): Drug {
  const ingredient = map.uint32(4, "ingredient", 1);
  const concentration = map.optional(5, () => map.pair(5, "concentration"));
  const customConcentration = map.optional(6, () => readBounds(map.any(6, "custom concentration"), "key 6"));
  const continuous = map.optional(7, () => readLimits(map, 7, "continuous"));
  const bolusDose = map.optional(8, () => readLimits(map, 8, "bolus"));
  const bolusRate = map.optional(9, () => readLimits(map, 9, "bolus rate"));
  const vtbi = map.optional(10, () => readBounds(map.any(10, "VTBI"), "key 10 (VTBI)"));
  const weightG = map.optional(11, () => readRange(map, 11, "weight"));
  const bsaCm2 = map.optional(12, () => readRange(map, 12, "body surface"));
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
    ...(customConcentration && { customConcentration }),
    ...(continuous && { continuous }),
    ...(bolusDose && { bolusDose }),
    ...(bolusRate && { bolusRate }),
    ...(vtbi && { vtbi }),
    ...(weightG && { weightG }),
    ...(bsaCm2 && { bsaCm2 }),
    flags: map.uint(13, "flags", 0, 7),
  };
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
  const packed = limits.uint(0, "unit");
  const unit = unpackDoseUnit(packed);
  if (!unit) throw new EncodingError(limits.at(0, "unit"), `${packed} is not a dosing unit (SPEC 3.3)`);
  const bounds = readBounds(limits.any(1, "bounds"), limits.at(1, "bounds"));
  limits.end();
  return { unit, bounds };
}
