/**
 * Deterministic CBOR (SPEC 1.1, RFC 8949 4.2.1) over cbor2: definite lengths, shortest forms, ascending unsigned map keys,
 * integers at most 2^53-1, no floats, no tags. Objects are written as plain records with numeric keys, an absent optional
 * field as undefined; what is read comes out as Maps, through readers whose errors name the field.
 */
import { decode, dcborDecodeOptions, dcborEncodeOptions, encode, Tag } from "cbor2";
import { toHex } from "./bytes.js";

/** Largest object the gate accepts, in bytes (SPEC 1.1). */
export const OBJECT_BYTES_MAX = 8192;
/** Largest map key of a payload (SPEC 1.1): keys of one byte, whose order is that of the numbers. */
const KEY_MAX = 23;

/** What can be encoded. */
export type Encodable =
  | number
  | bigint
  | string
  | null
  | Uint8Array
  | readonly Encodable[]
  | { readonly [key: number]: Encodable | undefined }
  | ReadonlyMap<number, Encodable | undefined>;

/** What decoding yields. */
export type CborValue = number | string | null | Uint8Array | readonly CborValue[] | CborMap;
export type CborMap = ReadonlyMap<number, CborValue>;

/** Bytes or values that are not what SPEC asks for. `path` names the field: "key 6, item 2, key 1 (public key)". */
export class EncodingError extends Error {
  override readonly name = "EncodingError";
  readonly path: string;
  constructor(path: string, problem: string) {
    super(path === "" ? problem : `${path}: ${problem}`);
    this.path = path;
  }
}

/** Encodes a payload. Throws EncodingError for what deterministic CBOR or SPEC 1.1 does not allow. */
export function encodeCbor(value: Encodable): Uint8Array {
  const bytes = encodeRaw(prepare(value, ""));
  if (bytes.length > OBJECT_BYTES_MAX) {
    throw new EncodingError(
      "",
      `the object has ${bytes.length} bytes; at most ${OBJECT_BYTES_MAX} are allowed (SPEC 1.1)`,
    );
  }
  return bytes;
}

/** Encodes an envelope: a tag around an array. */
export function encodeTagged(tag: number, items: readonly Encodable[]): Uint8Array {
  return encodeRaw(new Tag(tag, prepare(items, "")));
}

function encodeRaw(value: unknown): Uint8Array {
  // Texts are encoded as they are given: a signature covers the author's bytes, not a normal form of them.
  return new Uint8Array(encode(value, { ...dcborEncodeOptions, stringNormalization: null }));
}

function prepare(value: Encodable | undefined, path: string): unknown {
  if (value === undefined) throw new EncodingError(path, "no value given");
  if (typeof value === "number" || typeof value === "bigint") return prepareInteger(value, path);
  if (value === null) return null;
  if (typeof value === "string") {
    if (/\p{Surrogate}/u.test(value)) throw new EncodingError(path, "the text is not well-formed Unicode");
    return value;
  }
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) {
    return (value as readonly Encodable[]).map((item, i) => prepare(item, join(path, `item ${i}`)));
  }
  const entries: [number, Encodable | undefined][] =
    value instanceof Map
      ? [...(value as ReadonlyMap<number, Encodable | undefined>)]
      : Object.entries(value as Record<string, Encodable | undefined>).map(([key, item]) => [
          Number(key),
          item,
        ]);
  const prepared = new Map<number, unknown>();
  for (const [key, item] of entries) {
    if (!Number.isInteger(key) || key < 0 || key > KEY_MAX) {
      throw new EncodingError(path, `map key ${key} is not in 0..${KEY_MAX} (SPEC 1.1)`);
    }
    if (item !== undefined) prepared.set(key, prepare(item, join(path, `key ${key}`)));
  }
  return prepared;
}

function prepareInteger(value: number | bigint, path: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new EncodingError(path, `${value} is not an integer within -(2^53-1)..2^53-1 (SPEC 1.1)`);
  }
  return number === 0 ? 0 : number; // never -0, which would be a float
}

/** Decodes one deterministic CBOR item with nothing behind it. Throws EncodingError. */
export function decodeCbor(bytes: Uint8Array): CborValue {
  return convert(decodeStrict(bytes), "");
}

/** Decodes a tagged item. Throws EncodingError if the outermost item is not a tag. */
export function decodeTagged(bytes: Uint8Array): { tag: number; content: CborValue } {
  const value = decodeStrict(bytes);
  if (!(value instanceof Tag)) {
    throw new EncodingError("", "not an envelope: the outermost item has no tag (SPEC 1.2)");
  }
  return { tag: Number(value.tag), content: convert(value.contents, "") };
}

function decodeStrict(bytes: Uint8Array): unknown {
  if (bytes.length === 0) throw new EncodingError("", "there are no bytes");
  if (bytes.length > OBJECT_BYTES_MAX) {
    throw new EncodingError(
      "",
      `the object has ${bytes.length} bytes; at most ${OBJECT_BYTES_MAX} are allowed (SPEC 1.1)`,
    );
  }
  try {
    return decode(new Uint8Array(bytes), {
      ...dcborDecodeOptions,
      rejectFloats: true,
      rejectBigInts: true,
      rejectStringsNotNormalizedAs: null,
      convertUnsafeIntsToFloat: false,
      ignoreGlobalTags: true,
      preferMap: true,
      maxDepth: 32,
    });
  } catch (error) {
    throw new EncodingError(
      "",
      `not deterministic CBOR: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function convert(value: unknown, path: string): CborValue {
  if (typeof value === "string" || value === null) return value;
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  if (typeof value === "number" || typeof value === "bigint") {
    throw new EncodingError(path, `${value} is above 2^53-1 (SPEC 1.1)`);
  }
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map((item: unknown, i) => convert(item, join(path, `item ${i}`)));
  if (value instanceof Map) {
    const map = new Map<number, CborValue>();
    for (const [key, item] of value as Map<unknown, unknown>) {
      if (typeof key !== "number" || !Number.isInteger(key) || key < 0 || key > KEY_MAX) {
        throw new EncodingError(path, `a map key is not an unsigned integer of 0..${KEY_MAX} (SPEC 1.1)`);
      }
      map.set(key, convert(item, join(path, `key ${key}`)));
    }
    return map;
  }
  if (value instanceof Tag) {
    throw new EncodingError(path, `tag ${String(value.tag)} inside an object (SPEC 1.1)`);
  }
  throw new EncodingError(path, `a ${typeof value} has no place in an object (SPEC 1.1)`);
}

function join(path: string, step: string): string {
  return path === "" ? step : `${path}, ${step}`;
}

/** Reads one decoded map field by field; `end` refuses whatever was not asked for. */
export class MapReader {
  private readonly seen = new Set<number>();
  private readonly map: CborMap;
  readonly path: string;

  /** Throws EncodingError if `value` is no map. */
  constructor(value: CborValue | undefined, path: string) {
    if (!(value instanceof Map)) throw new EncodingError(path, `expected a map, found ${nameOf(value)}`);
    this.map = value as CborMap;
    this.path = path;
  }

  has(key: number): boolean {
    return this.map.has(key);
  }

  /** Path of a field: "key 5 (body surface)". */
  at(key: number, name: string): string {
    return join(this.path, `key ${key} (${name})`);
  }

  any(key: number, name: string): CborValue {
    this.seen.add(key);
    const value = this.map.get(key);
    if (value === undefined) throw new EncodingError(this.at(key, name), "is missing");
    return value;
  }

  /** An unsigned integer within a closed range. */
  uint(key: number, name: string, min = 0, max = Number.MAX_SAFE_INTEGER): number {
    return checkUint(this.any(key, name), this.at(key, name), min, max);
  }

  /** A 32-bit unsigned integer. */
  uint32(key: number, name: string, min = 0): number {
    return this.uint(key, name, min, 0xffff_ffff);
  }

  int(key: number, name: string): number {
    const value = this.any(key, name);
    if (typeof value !== "number") {
      throw new EncodingError(this.at(key, name), `expected an integer, found ${nameOf(value)}`);
    }
    return value;
  }

  /** A byte string of exactly `length` bytes; of any length if that is undefined. */
  bytes(key: number, name: string, length?: number): Uint8Array {
    return checkBytes(this.any(key, name), this.at(key, name), length);
  }

  /** A text of `min`..`max` bytes of UTF-8. */
  text(key: number, name: string, min: number, max: number): string {
    const value = this.any(key, name);
    const path = this.at(key, name);
    if (typeof value !== "string") throw new EncodingError(path, `expected a text, found ${nameOf(value)}`);
    const length = Buffer.byteLength(value);
    if (length < min || length > max) {
      throw new EncodingError(path, `has ${length} bytes; ${min}..${max} are allowed`);
    }
    return value;
  }

  /** An array of `min`..`max` items. */
  array(key: number, name: string, min: number, max: number): readonly CborValue[] {
    return checkArray(this.any(key, name), this.at(key, name), min, max);
  }

  /** An array of exactly two unsigned integers. */
  pair(key: number, name: string): readonly [number, number] {
    const items = this.array(key, name, 2, 2);
    const path = this.at(key, name);
    return [checkUint(items[0]!, join(path, "item 0")), checkUint(items[1]!, join(path, "item 1"))];
  }

  mapAt(key: number, name: string): MapReader {
    return new MapReader(this.any(key, name), this.at(key, name));
  }

  optional<T>(key: number, read: () => T): T | undefined {
    return this.map.has(key) ? read() : undefined;
  }

  /** Refuses keys that no one asked for: an unknown field might be a limit. */
  end(): void {
    for (const key of this.map.keys()) {
      if (!this.seen.has(key)) throw new EncodingError(join(this.path, `key ${key}`), "is unknown");
    }
  }
}

/** An unsigned integer within a closed range, or an EncodingError. */
export function checkUint(value: CborValue, path: string, min = 0, max = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== "number" || value < 0) {
    throw new EncodingError(path, `expected an unsigned integer, found ${nameOf(value)}`);
  }
  if (value < min || value > max) throw new EncodingError(path, `${value} is outside ${min}..${max}`);
  return value;
}

/** A byte string of exactly `length` bytes, or an EncodingError. */
export function checkBytes(value: CborValue | undefined, path: string, length?: number): Uint8Array {
  if (!(value instanceof Uint8Array)) {
    throw new EncodingError(path, `expected a byte string, found ${nameOf(value)}`);
  }
  if (length !== undefined && value.length !== length) {
    throw new EncodingError(path, `has ${value.length} bytes; exactly ${length} are needed`);
  }
  return value;
}

/** An array of `min`..`max` items, or an EncodingError. */
export function checkArray(
  value: CborValue | undefined,
  path: string,
  min: number,
  max: number,
): readonly CborValue[] {
  if (!Array.isArray(value)) throw new EncodingError(path, `expected an array, found ${nameOf(value)}`);
  const items = value as readonly CborValue[];
  if (items.length < min || items.length > max) {
    const range = min === max ? String(min) : `${min}..${max}`;
    throw new EncodingError(path, `has ${items.length} items; ${range} are needed`);
  }
  return items;
}

function nameOf(value: CborValue | undefined): string {
  if (value === undefined || value === null) return "nothing";
  if (typeof value === "number") return `the integer ${value}`;
  if (typeof value === "string") return "a text";
  if (value instanceof Uint8Array) return `the byte string ${toHex(value.subarray(0, 8))}`;
  return Array.isArray(value) ? "an array" : "a map";
}
