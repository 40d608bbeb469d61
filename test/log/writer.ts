/**
 * A pump's log as SPEC 8 writes it down, made without any of the verifier's code: own framing, own chain, own keys, own CBOR. What
 * it writes need not make sense.
 */
import { createHash, createHmac } from "node:crypto";
import type { ExportPage, LogExport } from "../../host-sim/log/export.js";

type Item = number | Uint8Array | Item[] | Map<number, Item>;

function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value]);
  if (value < 0x100) return Buffer.from([(major << 5) | 24, value]);
  const bytes = Buffer.alloc(9);
  bytes.writeBigUInt64BE(BigInt(value), 1);
  if (value < 0x1_0000) return Buffer.concat([Buffer.from([(major << 5) | 25]), bytes.subarray(7)]);
  if (value < 0x1_0000_0000) return Buffer.concat([Buffer.from([(major << 5) | 26]), bytes.subarray(5)]);
  bytes[0] = (major << 5) | 27;
  return bytes;
}

/** Deterministic CBOR (RFC 8949 4.2.1) of what events need. */
export function cbor(item: Item): Buffer {
  if (typeof item === "number") return head(0, item);
  if (item instanceof Uint8Array) return Buffer.concat([head(2, item.length), item]);
  if (Array.isArray(item)) return Buffer.concat([head(4, item.length), ...item.map(cbor)]);
  const entries = [...item].sort(([a], [b]) => a - b);
  return Buffer.concat([
    head(5, entries.length),
    ...entries.flatMap(([key, value]) => [cbor(key), cbor(value)]),
  ]);
}

/** A map from an object with numeric keys; undefined values are left out. */
export function details(object: Readonly<Record<number, Item | undefined>>): Map<number, Item> {
  return new Map(
    Object.entries(object).flatMap(([key, value]) =>
      value === undefined ? [] : [[Number(key), value] as const],
    ),
  );
}

const sha256 = (...parts: Uint8Array[]): Buffer => createHash("sha256").update(Buffer.concat(parts)).digest();
const hmac = (key: Uint8Array, ...parts: Uint8Array[]): Buffer =>
  createHmac("sha256", key).update(Buffer.concat(parts)).digest();

export interface Written {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly chainBefore: Uint8Array;
  readonly chainAfter: Uint8Array;
}

/** One stream, record by record. */
export class StreamWriter {
  readonly records: Written[] = [];
  #chain: Buffer;
  #key: Buffer;
  #epoch = 1;
  #inEpoch = 0;
  boot = 0;
  uptimeMs = 0;

  constructor(
    readonly stream: 0 | 1,
    deviceId: Uint8Array,
    logKey: Uint8Array,
    readonly firstSequence = 1,
    private readonly epochRecords = 64,
  ) {
    this.#chain = sha256(Buffer.from("dosegate chain"), Buffer.from([stream]), deviceId);
    this.#key = hmac(logKey, Buffer.from("dosegate log"), Buffer.from([stream]));
  }

  get next(): number {
    return this.firstSequence + this.records.length;
  }

  get chain(): Uint8Array {
    return this.#chain;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** The next log epoch: a boot, or 64 records. */
  newEpoch(): void {
    this.#key = hmac(this.#key, Buffer.from("dosegate epoch"));
    this.#epoch++;
    this.#inEpoch = 0;
  }

  newBoot(uptimeMs = 100): void {
    this.newEpoch();
    this.boot++;
    this.uptimeMs = uptimeMs;
  }

  event(kind: number, body: Map<number, Item>): Written {
    this.uptimeMs += 1000;
    return this.raw(cbor(details({ 0: this.next, 1: this.boot, 2: this.uptimeMs, 3: kind, 4: body })));
  }

  raw(event: Uint8Array, patch: Uint8Array = Buffer.alloc(8, 0x5a)): Written {
    if (this.#inEpoch === this.epochRecords) this.newEpoch();
    this.#inEpoch++;
    const header = Buffer.alloc(12);
    header.writeUInt16LE(event.length, 0);
    header.writeUInt16LE(patch.length, 2);
    header.writeUInt32LE(this.next, 4);
    header.writeUInt32LE(this.#epoch, 8);
    const chainBefore = this.#chain;
    this.#chain = sha256(chainBefore, header, event, patch);
    const tag = hmac(this.#key, this.#chain).subarray(0, 16);
    const written: Written = {
      sequence: this.next,
      bytes: new Uint8Array(Buffer.concat([header, event, patch, tag])),
      chainBefore,
      chainAfter: this.#chain,
    };
    this.records.push(written);
    return written;
  }

  /** Writes a record once more from its bytes, epochs included: how a pump gets to the same state a second time. */
  replay({ bytes }: Written): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const event = 12 + view.getUint16(0, true);
    while (this.#epoch < view.getUint32(8, true)) this.newEpoch();
    this.raw(bytes.slice(12, event), bytes.slice(event, event + view.getUint16(2, true)));
  }
}

/** Records as pages of at most `perPage`. */
export function pagesOf(records: readonly Written[], perPage = Infinity): ExportPage[] {
  const pages: ExportPage[] = [];
  for (let i = 0; i < records.length; i += Math.min(perPage, records.length)) {
    const part = records.slice(i, i + perPage);
    pages.push({
      firstSequence: part[0]!.sequence,
      chainBefore: part[0]!.chainBefore,
      records: new Uint8Array(Buffer.concat(part.map(({ bytes }) => bytes))),
    });
  }
  return pages;
}

export function exportOf(
  deviceId: Uint8Array,
  decisions: readonly ExportPage[],
  meter: readonly ExportPage[],
): LogExport {
  return { deviceId, streams: [decisions, meter] };
}
