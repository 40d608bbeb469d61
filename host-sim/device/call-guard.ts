import { MisuseError } from "./errors.js";

/** Exports that must answer at once: an erase inside them would hold up delivery or a local stop (SPEC 9.2, 10). */
const NO_ERASE_IN: ReadonlySet<string> = new Set(["tick", "local", "submit"]);

/**
 * Knows which export runs and whether an import is in progress. Whoever calls exports calls them through `run`, and the
 * guard then catches an export called from inside an import, an export called while another one runs, and a call to an
 * instance that died.
 */
export class CallGuard {
  #export: string | null = null;
  #import: string | null = null;
  #dead: string | null = null;

  /** Name of the export in progress. */
  get runningExport(): string | null {
    return this.#export;
  }

  /** Why an erase is forbidden at this moment; `null` if it is not. */
  get eraseForbiddenBecause(): string | null {
    return this.#export !== null && NO_ERASE_IN.has(this.#export)
      ? `${this.#export} runs; erase in background work`
      : null;
  }

  /** Runs one export. A throw (trap, power cut, misuse) kills the instance: nothing more may be called on it. */
  run<T>(exportName: string, body: () => T): T {
    if (this.#import !== null) {
      throw new MisuseError(
        `export ${exportName} called from inside the import ${this.#import}; imports must not call back`,
      );
    }
    if (this.#export !== null) {
      throw new MisuseError(`export ${exportName} called while ${this.#export} runs; wait until it returns`);
    }
    if (this.#dead !== null) {
      throw new MisuseError(
        `export ${exportName} called on an instance that died in ${this.#dead}; discard it and boot`,
      );
    }
    this.#export = exportName;
    try {
      return body();
    } catch (thrown) {
      this.#dead = exportName;
      throw thrown;
    } finally {
      this.#export = null;
    }
  }

  /** Runs the body of one import. */
  runImport<T>(importName: string, body: () => T): T {
    if (this.#import !== null) {
      throw new MisuseError(`import ${importName} called from inside the import ${this.#import}`);
    }
    this.#import = importName;
    try {
      return body();
    } finally {
      this.#import = null;
    }
  }

  /** A new instance is about to be booted. */
  reset(): void {
    this.#export = null;
    this.#import = null;
    this.#dead = null;
  }
}
