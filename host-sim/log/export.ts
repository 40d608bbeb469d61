/** The file in which a log leaves a pump (SPEC 8.1): JSON with the pages of both streams as `logRead` gave them. */
import { fromHex, toHex } from "../authority/bytes.js";
import type { StreamNumber } from "./keys.js";

export const EXPORT_FORMAT = "dosegate-log/1";

/** A run of records as one `logRead` gave them. */
export interface ExportPage {
  readonly firstSequence: number;
  /** Chain before the first record, 32 bytes. */
  readonly chainBefore: Uint8Array;
  /** Records one after the other, without padding. */
  readonly records: Uint8Array;
}

export interface LogExport {
  /** 16 bytes */
  readonly deviceId: Uint8Array;
  /** Pages of stream 0 and of stream 1, ascending. */
  readonly streams: readonly [readonly ExportPage[], readonly ExportPage[]];
}

/** A file that is no exported log; the message names the field and what is wrong there. */
export class ExportError extends Error {
  override readonly name = "ExportError";
}

/** The text of the file. */
export function encodeExport(log: LogExport): string {
  const streams = log.streams.map((pages) =>
    pages.map((page) => ({
      firstSequence: page.firstSequence,
      chainBefore: toHex(page.chainBefore),
      records: toHex(page.records),
    })),
  );
  const file = {
    format: EXPORT_FORMAT,
    device: toHex(log.deviceId),
    decisions: streams[0],
    meter: streams[1],
  };
  return `${JSON.stringify(file, null, 1)}\n`;
}

/** Reads what `JSON.parse` made of a file. Throws ExportError. */
export function decodeExport(value: unknown): LogExport {
  const file = object(value, "the file");
  if (file["format"] !== EXPORT_FORMAT) {
    throw new ExportError(`format: must be "${EXPORT_FORMAT}", not ${shown(file["format"])}`);
  }
  only(file, ["format", "device", "decisions", "meter"], "");
  return {
    deviceId: hex(file["device"], "device", 16),
    streams: [pages(file["decisions"], "decisions"), pages(file["meter"], "meter")],
  };
}

/** The name of a stream in the file and for people. */
export function streamName(stream: StreamNumber): string {
  return stream === 0 ? "decisions" : "meter";
}

function pages(value: unknown, field: string): ExportPage[] {
  if (!Array.isArray(value)) {
    throw new ExportError(`${field}: must be an array of pages, not ${shown(value)}`);
  }
  return value.map((item, i) => {
    const path = `${field}[${i}]`;
    const page = object(item, path);
    only(page, ["firstSequence", "chainBefore", "records"], `${path}.`);
    const first = page["firstSequence"];
    if (typeof first !== "number" || !Number.isInteger(first) || first < 0 || first > 0xffff_ffff) {
      throw new ExportError(`${path}.firstSequence: must be an integer of 0..2^32-1, not ${shown(first)}`);
    }
    return {
      firstSequence: first,
      chainBefore: hex(page["chainBefore"], `${path}.chainBefore`, 32),
      records: hex(page["records"], `${path}.records`),
    };
  });
}

function object(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new ExportError(`${path}: must be an object, not ${shown(value)}`);
}

function only(value: Record<string, unknown>, fields: readonly string[], path: string): void {
  const unknown = Object.keys(value).find((key) => !fields.includes(key));
  if (unknown !== undefined) {
    throw new ExportError(`${path}${unknown}: is unknown; fields are ${fields.join(", ")}`);
  }
}

function hex(value: unknown, path: string, length?: number): Uint8Array {
  const bytes = typeof value === "string" ? fromHex(value) : undefined;
  if (!bytes) {
    throw new ExportError(`${path}: must be hexadecimal digits of whole bytes, not ${shown(value)}`);
  }
  if (length !== undefined && bytes.length !== length) {
    throw new ExportError(`${path}: has ${bytes.length} bytes; ${length} are needed`);
  }
  return bytes;
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
