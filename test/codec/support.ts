import { diag } from "../support/diag.js";

/** Types of the rows of a record table (assembly/codec/record.ts). */
export const ROW = {
  UINT32: 0 << 8,
  UINT64: 1 << 8,
  INT32: 2 << 8,
  BOOL: 3 << 8,
  COPY: 4 << 8,
  BYTES: 5 << 8,
  TEXT: 6 << 8,
  REST: 7 << 8,
  MAP: 8 << 8,
  TUPLE: 9 << 8,
  LIST: 10 << 8,
  END: 11 << 8,
  REQUIRED: 1 << 12,
  NONZERO: 1 << 13,
  EXACT: 1 << 14,
} as const;

const TYPE_MASK = 0xf00;

/** Reasons of a refusal (assembly/codec/cbor.ts); LEFT_OVER is the diagnostic export's own. */
export const REASON = {
  OK: 0,
  MALFORMED: 1,
  WRONG_TYPE: 2,
  UNEXPECTED_KEY: 3,
  MISSING_KEY: 4,
  OUT_OF_RANGE: 5,
  LEFT_OVER: 0xff,
} as const;

/** Whether the gate takes the bytes for exactly one deterministic item. */
export function isItem(bytes: Uint8Array): boolean {
  diag.write(bytes);
  return diag.call("cborItem", bytes.length) === 1;
}

/** The reason, and the innermost key or index of the place it names (`null`: the record itself). */
export interface Decoded {
  readonly reason: number;
  /** Keys and indices from the outermost to the innermost. */
  readonly place: readonly number[];
  readonly record: DataView;
  /** Bytes that a (address, length) pair at this offset of the record points to. */
  slice(offset: number): Uint8Array;
}

const SCHEMA_AT = 4096;
const SHARED_AT = 5632;
const RECORD_AT = 6144;
const RECORD_BYTES = 512;

/** Rows of {key | type | flags, offset, bound} as the module has them: the offset in the upper half of the first word. */
function packed(rows: readonly number[]): number[] {
  const words: number[] = [];
  for (let i = 0; i < rows.length;) {
    const head = rows[i]!;
    const ends = (head & TYPE_MASK) === ROW.END;
    words.push(...(ends ? [head] : [head | (rows[i + 1]! << 16), rows[i + 2]!]));
    i += ends ? 1 : 3;
  }
  return words;
}

/** Address of a table of rows that others share: the bound of a MAP or TUPLE whose rows `decodeRecord` is given as `shared`. */
export function sharedRows(): number {
  return diag.call("ioBuffer") + SHARED_AT;
}

/** Decodes a map by a table of rows into a record that held garbage before. */
export function decodeRecord(
  rows: readonly number[],
  bytes: Uint8Array,
  shared: readonly number[] = [],
): Decoded {
  diag.write(new Uint8Array(RECORD_BYTES).fill(0xa5), RECORD_AT);
  diag.write(new Uint8Array(Uint32Array.from(packed(rows)).buffer), SCHEMA_AT);
  diag.write(new Uint8Array(Uint32Array.from(packed(shared)).buffer), SHARED_AT);
  diag.write(bytes);
  const result = diag.call("recordDecode", bytes.length, SCHEMA_AT, RECORD_AT, RECORD_BYTES);
  const place = [result >>> 24, (result >>> 16) & 255, (result >>> 8) & 255].filter((key) => key !== 0);
  const record = new DataView(diag.read(RECORD_BYTES, RECORD_AT).buffer);
  return {
    reason: result & 255,
    place: place.map((key) => key - 1),
    record,
    slice: (offset) => diag.peek(record.getUint32(offset, true), record.getUint32(offset + 4, true)),
  };
}
