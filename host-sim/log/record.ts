/** One record of a log stream as flash and `logRead` hold it, without its padding (SPEC 8). */

/** `e u16, p u16, sequence u32, log epoch u32`. */
const HEADER_BYTES = 12;
const TAG_BYTES = 16;

export interface RawRecord {
  /** From the record's own header. */
  readonly sequence: number;
  readonly epoch: number;
  /** CBOR; empty for a record that only moves state. */
  readonly event: Uint8Array;
  /** Header, event and patch: what the chain covers. */
  readonly covered: Uint8Array;
  readonly tag: Uint8Array;
  /** Bytes of the whole record. */
  readonly length: number;
}

/** The record at `offset`; undefined if its lengths reach beyond the bytes. */
export function recordAt(bytes: Uint8Array, offset: number): RawRecord | undefined {
  if (bytes.length - offset < HEADER_BYTES + TAG_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, bytes.length - offset);
  const eventBytes = view.getUint16(0, true);
  const covered = HEADER_BYTES + eventBytes + view.getUint16(2, true);
  if (view.byteLength < covered + TAG_BYTES) return undefined;
  return {
    sequence: view.getUint32(4, true),
    epoch: view.getUint32(8, true),
    event: bytes.subarray(offset + HEADER_BYTES, offset + HEADER_BYTES + eventBytes),
    covered: bytes.subarray(offset, offset + covered),
    tag: bytes.subarray(offset + covered, offset + covered + TAG_BYTES),
    length: covered + TAG_BYTES,
  };
}

/** The same record under another sequence number: what it was, if only that was altered. */
export function withSequence(record: RawRecord, sequence: number): RawRecord {
  const covered = record.covered.slice();
  new DataView(covered.buffer).setUint32(4, sequence, true);
  return { ...record, sequence, covered };
}
