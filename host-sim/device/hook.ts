import type { HostStatus } from "./status.js";

/** The imports of the module `host`, in the order of SPEC 11.3. */
export const IMPORT_NAMES = [
  "flashGeometry",
  "flashRead",
  "flashProgram",
  "flashErase",
  "uptimeMs",
  "wallTimeS",
  "entropy",
  "counterRead",
  "counterAdvance",
] as const;

export type ImportName = (typeof IMPORT_NAMES)[number];

/** One call of an import, as a hook sees it. */
export interface HostCall {
  readonly name: ImportName;
  /** Raw arguments, unsigned. */
  readonly args: readonly number[];
  /** Calls of any import since the device was made, this one included. */
  readonly index: number;
  /** The export in progress, where the caller uses the guard. */
  readonly inExport: string | null;
}

/**
 * Watches import calls. A hook may throw PowerCut (`device.cutPower`) to cut between operations: from `before`, nothing
 * of the call has happened; from `after`, all of it has, and the module never hears.
 */
export interface HostHook {
  before?(call: HostCall): void;
  after?(call: HostCall, status: HostStatus): void;
}
