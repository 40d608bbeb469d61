/**
 * How a binary record is described: a table of fields from which both the TypeScript type and the code that reads and
 * writes it follow, so that an offset stands in one place only (abi.ts). All values are little-endian (SPEC 11.2).
 */

/** One field: where it stands, what it holds, how many bytes it has. `zero` is written as 0 and not shown. */
export interface Field<K extends string = "u8" | "u16" | "u32" | "u64" | "bytes" | "zero"> {
  readonly kind: K;
  readonly offset: number;
  readonly bytes: number;
}

export type Fields = Readonly<Record<string, Field>>;

/** One record type. `bytes` counts the 8 byte header; a `tail` of raw bytes may follow. */
export interface Layout<F extends Fields = Fields> {
  readonly name: string;
  readonly type: number;
  readonly version: number;
  readonly bytes: number;
  readonly tail: boolean;
  readonly fields: F;
}

type ValueOf<F> = F extends { kind: "u64" } ? bigint : F extends { kind: "bytes" } ? Uint8Array : number;

/** The decoded record: u64 as bigint, byte strings as Uint8Array, everything else as number. */
export type RecordOf<L extends Layout> = {
  -readonly [K in keyof L["fields"] as L["fields"][K] extends { kind: "zero" } ? never : K]: ValueOf<
    L["fields"][K]
  >;
};

/** Bytes of `u16 type, u16 version, u32 length`. */
export const HEADER_BYTES = 8;

export const u8 = (offset: number) => ({ kind: "u8", offset, bytes: 1 }) as const;
export const u16 = (offset: number) => ({ kind: "u16", offset, bytes: 2 }) as const;
export const u32 = (offset: number) => ({ kind: "u32", offset, bytes: 4 }) as const;
export const u64 = (offset: number) => ({ kind: "u64", offset, bytes: 8 }) as const;
export const bytes = (offset: number, count: number) => ({ kind: "bytes", offset, bytes: count }) as const;
export const zero = (offset: number) => ({ kind: "zero", offset, bytes: 4 }) as const;

/** A record of exactly `length` bytes. */
export function fixed<F extends Fields>(name: string, type: number, length: number, fields: F): Layout<F> {
  return { name, type, version: 1, bytes: length, tail: false, fields };
}

/** A record of `head` bytes followed by raw bytes up to its length. */
export function tailed<F extends Fields>(name: string, type: number, head: number, fields: F): Layout<F> {
  return { name, type, version: 1, bytes: head, tail: true, fields };
}

/** A record that is not what its reader or writer needs; the message names record, field and rule. */
export class RecordError extends Error {
  override readonly name = "RecordError";
}

/** Encodes `values`, then `tail`. Throws RecordError for a value outside its field. */
export function encode<L extends Layout>(layout: L, values: RecordOf<L>, tail?: Uint8Array): Uint8Array {
  if (tail !== undefined && !layout.tail) refuse(layout, "ends after its fields: it has no tail");
  const length = layout.bytes + (tail?.length ?? 0);
  const out = new Uint8Array(length);
  const view = new DataView(out.buffer);
  view.setUint16(0, layout.type, true);
  view.setUint16(2, layout.version, true);
  view.setUint32(4, length, true);
  const given = values as Readonly<Record<string, unknown>>;
  for (const [name, field] of Object.entries(layout.fields)) {
    if (field.kind !== "zero") put(layout, name, field, view, given[name]);
  }
  if (tail !== undefined) out.set(tail, layout.bytes);
  return out;
}

/** What `decode` returns: the fields, and what follows them (empty for a fixed record). */
export interface Decoded<L extends Layout> {
  readonly values: RecordOf<L>;
  readonly tail: Uint8Array;
}

/**
 * Decodes the record at the start of `source`, which may be longer. Throws RecordError for another type, a length that
 * does not fit, or a version 0. A newer version may be longer: versions only append (SPEC 11.2).
 */
export function decode<L extends Layout>(layout: L, source: Uint8Array): Decoded<L> {
  if (source.length < HEADER_BYTES) {
    refuse(layout, `needs ${HEADER_BYTES} header bytes, got ${source.length}`);
  }
  const view = new DataView(source.buffer, source.byteOffset, source.length);
  const type = view.getUint16(0, true);
  const version = view.getUint16(2, true);
  const length = view.getUint32(4, true);
  if (type !== layout.type) refuse(layout, `has type ${hex(type)}, expected ${hex(layout.type)}`);
  if (version < layout.version) refuse(layout, `has version ${version}, expected ${layout.version}`);
  if (length > source.length) refuse(layout, `says ${length} B, only ${source.length} are there`);
  if (length < layout.bytes) refuse(layout, `says ${length} B, expected at least ${layout.bytes}`);
  if (!layout.tail && version === layout.version && length !== layout.bytes) {
    refuse(layout, `says ${length} B, expected ${layout.bytes}`);
  }
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(layout.fields)) {
    if (field.kind !== "zero") values[name] = get(field, view, source);
  }
  const tail = layout.tail ? source.slice(layout.bytes, length) : new Uint8Array();
  return { values: values as RecordOf<L>, tail };
}

/** Type of the record at the start of `source`; 0 if there is none. */
export function typeOf(source: Uint8Array): number {
  return source.length < HEADER_BYTES ? 0 : source[0]! | (source[1]! << 8);
}

function put(layout: Layout, name: string, field: Field, view: DataView, value: unknown): void {
  if (field.kind === "bytes") {
    if (!(value instanceof Uint8Array) || value.length !== field.bytes) {
      refuse(layout, `field ${name} needs exactly ${field.bytes} bytes, got ${show(value)}`);
    }
    new Uint8Array(view.buffer).set(value, field.offset);
  } else if (field.kind === "u64") {
    if (typeof value !== "bigint" || BigInt.asUintN(64, value) !== value) {
      refuse(layout, `field ${name} needs a bigint of 0..2^64-1, got ${show(value)}`);
    }
    view.setBigUint64(field.offset, value, true);
  } else {
    const limit = 2 ** (field.bytes * 8) - 1;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > limit) {
      refuse(layout, `field ${name} needs an integer of 0..${limit}, got ${show(value)}`);
    }
    if (field.kind === "u8") view.setUint8(field.offset, value);
    else if (field.kind === "u16") view.setUint16(field.offset, value, true);
    else view.setUint32(field.offset, value, true);
  }
}

function get(field: Field, view: DataView, source: Uint8Array): number | bigint | Uint8Array {
  if (field.kind === "bytes") return source.slice(field.offset, field.offset + field.bytes);
  if (field.kind === "u64") return view.getBigUint64(field.offset, true);
  if (field.kind === "u8") return view.getUint8(field.offset);
  return field.kind === "u16" ? view.getUint16(field.offset, true) : view.getUint32(field.offset, true);
}

function show(value: unknown): string {
  return value instanceof Uint8Array ? `${value.length} bytes` : String(value);
}

function hex(type: number): string {
  return `0x${type.toString(16).padStart(4, "0")}`;
}

function refuse(layout: Layout, what: string): never {
  throw new RecordError(`${layout.name} record: ${what} (SPEC 11.2)`);
}
