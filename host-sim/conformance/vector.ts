/** Protocol vectors as they stand in the files (vectors/protocol.schema.json). */
import type { AreaName, ExportName } from "../gate/abi.js";
import type { VerdictName } from "../gate/names.js";
import type { StatusName } from "../gate/status.js";

export const PROTOCOL_SCHEMA = "dosegate-protocol-vectors/1";
export const FIXTURES_SCHEMA = "dosegate-protocol-fixtures/1";

/** Status of a host call; `cut`: the power went, and it never returned. */
export type HostStatusText = number | "cut";

/**
 * One host call and its answer, in order. Data of a flashRead that are null are what was programmed there since the last erase, bytes
 * of ff where nothing was. `nested` stands before the host call inside which an export is called.
 */
export type HostLine =
  | readonly ["flashGeometry" | "uptimeMs" | "wallTimeS" | "counterRead", HostStatusText, string]
  | readonly ["flashRead", number, number, HostStatusText, string | null]
  | readonly ["flashProgram", number, string, HostStatusText]
  | readonly ["flashErase", number, HostStatusText]
  | readonly ["entropy", number, HostStatusText, string]
  | readonly ["counterAdvance", HostStatusText]
  | readonly ["nested", ExportName, readonly number[], StatusName | number];

/** Bytes of an area that a call leaves changed: area, offset, hex. */
export type Change = readonly [AreaName, number, string];

export interface CallStep {
  readonly call: ExportName;
  readonly args?: readonly number[];
  /** How often, one after the other: of calls that write nothing, ask nothing and change nothing. Once if left out. */
  readonly times?: number;
  /** What the host writes to the beginning of areas before the call. */
  readonly write?: readonly (readonly [AreaName, string])[];
  readonly host?: readonly HostLine[];
  /** What it returns: a status by its name, anything else as a number; `trap` or `cut` if it does not return. */
  readonly returns: StatusName | number | "trap" | "cut";
  /** Every byte of every area that differs from before the call and after `write`. */
  readonly changes?: readonly Change[];
}

/** A new instance, as after power-on; flash keeps what it holds. */
export interface LoadStep {
  readonly load: true;
}

/**
 * A bit flips in memory: in the byte `before` bytes before the first place that holds `find`. Only of the module that the vectors were
 * made with, because no other has its variables there.
 */
export interface FlipStep {
  readonly flip: {
    readonly find: string;
    readonly before: number;
    readonly xor: number;
    readonly place: number;
  };
}

export type Step = CallStep | LoadStep | FlipStep;

export interface Fixture {
  readonly comment: string;
  /** The fixture it begins from; from a new instance over blank flash if left out. */
  readonly from?: string;
  readonly steps: readonly Step[];
}

/** What was stated before the gate was asked; the generator stops where the gate disagrees. */
export interface Expected {
  readonly status: StatusName;
  readonly verdict?: VerdictName;
  readonly limit?: number;
  /** Where the object is wrong (SPEC 12). */
  readonly detail?: number;
  /** Phase of the program afterwards. */
  readonly phase?: string;
  /** Name of the last decision in the log. */
  readonly event?: string;
}

export interface ProtocolVector {
  readonly tcId: number;
  readonly comment: string;
  readonly flags: readonly string[];
  readonly fixture: string;
  readonly expected: Expected;
  readonly steps: readonly Step[];
  /** SHA-256 of linear memory [0, __heap_base) at the end; of the module of the file's head only. */
  readonly memory: string;
}

export interface Note {
  readonly bugType: string;
  readonly description: string;
  /** What a pump that got this wrong would do to the patient. */
  readonly effect: string;
  readonly links: readonly string[];
}

export interface ProtocolVectors {
  readonly schema: typeof PROTOCOL_SCHEMA;
  readonly topic: string;
  readonly source: string;
  /** SHA-256 of the module that the memory hashes are of. */
  readonly module: string;
  readonly numberOfTests: number;
  readonly header: readonly string[];
  readonly notes: Readonly<Record<string, Note>>;
  readonly tests: readonly ProtocolVector[];
}

/** The fixtures of every topic: one file beside theirs. */
export interface ProtocolFixtures {
  readonly schema: typeof FIXTURES_SCHEMA;
  readonly header: readonly string[];
  readonly fixtures: Readonly<Record<string, Fixture>>;
}
