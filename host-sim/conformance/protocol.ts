/**
 * The line protocol between the conformance runner and a driver, as values (docs/CONFORMANCE.md, section 2): what a runner asks, what a
 * module's host calls look like, and how both are written in a line.
 */
import type { ExportName, HostImportName } from "../gate/abi.js";

export const PROTOCOL = 1;
/** Bytes of one line, its LF included. */
export const LINE_BYTES_MAX = 4352;
/** Bytes that one line carries as hex. */
export const DATA_BYTES_MAX = 2048;
export const WATCHES_MAX = 8;

/** What a driver says of itself. */
export interface Hello {
  readonly driver: string;
  readonly engine: string;
  /** SHA-256 of the wasm file, hex. */
  readonly module: string;
  /** States it can keep. */
  readonly slots: number;
}

/** A host call of the module, its pointers left out. */
export interface HostCall {
  readonly name: HostImportName;
  /** `address`, `length`, `sector`, in the order of the line. */
  readonly numbers: readonly number[];
  /** What flashProgram is to write. */
  readonly data?: Uint8Array;
}

/** How a host call is answered: like hardware, by the power going, or by an export called from inside it. */
export type HostAnswer =
  | { readonly status: number; readonly data: Uint8Array }
  | { readonly cut: true }
  | {
      readonly call: ExportName;
      readonly args: readonly number[];
      readonly then: (end: CallEnd) => HostAnswer;
    };

export type Host = (call: HostCall) => HostAnswer;

/** How a call ended. `watched`: SHA-256 over the watched ranges, hex. */
export interface CallEnd {
  readonly status?: number;
  readonly trap?: string;
  readonly watched: string;
  readonly instructions?: number;
}

/** A program that embeds the module. Each method is a request of section 2.1; DriverError for what it answers with `error`. */
export interface Driver {
  readonly hello: Hello;
  load(): Promise<{ readonly heapBase: number }>;
  write(at: number, bytes: Uint8Array): Promise<void>;
  read(at: number, length: number): Promise<Uint8Array>;
  hash(at: number, length: number): Promise<string>;
  watch(at: number, length: number): Promise<void>;
  call(name: ExportName, args: readonly number[], host: Host): Promise<CallEnd>;
  save(slot: number): Promise<void>;
  restore(slot: number): Promise<void>;
  close(): Promise<void>;
}

/** The driver cannot go on: it died, was silent for too long, or broke the protocol. */
export class DriverError extends Error {
  override readonly name = "DriverError";
}

interface HostCallShape {
  /** Names of the numbers in the line. */
  readonly numbers: readonly string[];
  /** Bytes that it writes; "length" where the caller says. */
  readonly writes: number | "length";
}

/** Every import as it crosses a line (section 2.2). */
export const HOST_CALLS: Readonly<Record<HostImportName, HostCallShape>> = {
  flashGeometry: { numbers: [], writes: 16 },
  flashRead: { numbers: ["address", "length"], writes: "length" },
  flashProgram: { numbers: ["address"], writes: 0 },
  flashErase: { numbers: ["sector"], writes: 0 },
  uptimeMs: { numbers: [], writes: 8 },
  wallTimeS: { numbers: [], writes: 8 },
  entropy: { numbers: ["length"], writes: "length" },
  counterRead: { numbers: [], writes: 4 },
  counterAdvance: { numbers: [], writes: 0 },
};

/** Where an import's arguments stand: which are numbers of the line, and which point to memory. */
const ARGUMENTS: Readonly<Record<HostImportName, readonly ("number" | "pointer" | "length")[]>> = {
  flashGeometry: ["pointer"],
  flashRead: ["number", "pointer", "number"],
  flashProgram: ["number", "pointer", "length"],
  flashErase: ["number"],
  uptimeMs: ["pointer"],
  wallTimeS: ["pointer"],
  entropy: ["pointer", "number"],
  counterRead: ["pointer"],
  counterAdvance: [],
};

/** Splits an import's raw arguments: `pointer` and `length` of what it reads or writes in memory, and the rest. */
export function hostArguments(
  name: HostImportName,
  raw: readonly number[],
): { readonly numbers: readonly number[]; readonly pointer: number; readonly length: number } {
  const shape = ARGUMENTS[name];
  const numbers = raw.filter((_value, i) => shape[i] === "number").map((value) => value >>> 0);
  const at = (what: "pointer" | "length") => {
    const i = shape.indexOf(what);
    return i < 0 ? 0 : raw[i]! >>> 0;
  };
  const { writes } = HOST_CALLS[name];
  const length = name === "flashProgram" ? at("length") : writes === "length" ? numbers.at(-1)! : writes;
  return { numbers, pointer: at("pointer"), length };
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}

export function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"));
}

/** `flashRead(4096, 64)`, for people. */
export function hostCallText({ name, numbers, data }: HostCall): string {
  const shown = [...numbers.map(String), ...(data ? [`${data.length} B`] : [])];
  return `${name}(${shown.join(", ")})`;
}
