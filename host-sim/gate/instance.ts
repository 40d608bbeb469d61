import { readFileSync } from "node:fs";
import type { Device } from "../device/device.js";
import { MisuseError, PowerCut } from "../device/errors.js";
import { hostImports } from "../device/host.js";
import {
  AREAS,
  AREA_NAMES,
  EXPORTS,
  GLOBAL_EXPORTS,
  IMPORTS,
  IMPORT_MODULE,
  MEMORY_EXPORT,
  type AreaName,
  type ExportName,
  type HostImportName,
} from "./abi.js";

/** The functions of the import module `host`. */
export type GateImports = Record<HostImportName, (...args: number[]) => number>;

/** What an instance needs of its host. `guard`, where there is one, is told which export runs. */
export interface GateHost {
  readonly imports: (memory: () => WebAssembly.Memory) => GateImports;
  readonly guard?: { run<T>(exportName: string, body: () => T): T };
}

/** Sees everything that crosses the ABI, in order: enough to replay it elsewhere (recorder.ts). */
export interface GateObserver {
  instantiated?(instance: Instance): void;
  wrote?(area: AreaName, bytes: Uint8Array): void;
  calling?(name: ExportName, args: readonly number[]): void;
  /** An import was called; it may yet lose the power. */
  importing?(name: HostImportName, args: readonly number[]): void;
  /** An import is about to return `status`; its outputs are in memory. */
  imported?(name: HostImportName, args: readonly number[], status: number): void;
  returned?(name: ExportName, status: number): void;
  died?(name: ExportName, cause: unknown): void;
}

/** The module trapped: a defect of the gate, whatever was fed to it (SPEC 11: no trap is reachable). */
export class GateTrap extends Error {
  override readonly name = "GateTrap";
}

/** A call to an instance that trapped or lost its power. */
export class GateDead extends Error {
  override readonly name = "GateDead";
}

type Functions = Readonly<Record<ExportName, (...args: (number | bigint)[]) => number>>;

/** Where `npm run build` puts the release module; the same from host-sim/gate and from dist/gate. */
export const MODULE_URL: URL = new URL("../../build/dosegate.wasm", import.meta.url);

/** Environment variable that names another build of the gate, so that the same tests judge it (test/mutation). */
export const MODULE_VARIABLE = "DOSEGATE_WASM";

/** Reads and compiles the release module, or the one that the environment names. */
export function loadModule(
  url: URL | string = process.env[MODULE_VARIABLE] ?? MODULE_URL,
): WebAssembly.Module {
  let wasm: Uint8Array<ArrayBuffer>;
  try {
    wasm = new Uint8Array(readFileSync(url));
  } catch (cause) {
    throw new Error(`gate module ${String(url)} cannot be read; build it with: npm run build:wasm`, {
      cause,
    });
  }
  return new WebAssembly.Module(wasm);
}

/** The imports and the call guard of a simulated device. */
export function deviceHost(device: Device): GateHost {
  return { imports: (memory) => hostImports(device, memory), guard: device.guard };
}

/**
 * One instance of the gate's module: raw calls and shared areas, nothing of what they mean (that is gate.ts). Anything
 * thrown inside an export ends the instance, as losing its RAM would; every later call throws GateDead.
 */
export class Instance {
  readonly memory: WebAssembly.Memory;
  /** One past the last byte the module uses statically. */
  readonly heapBase: number;
  readonly areas: Readonly<Record<AreaName, number>>;
  readonly #exports: Functions;
  readonly #guard: GateHost["guard"];
  readonly #observer: GateObserver | undefined;
  #dead: string | null = null;

  constructor(module: WebAssembly.Module, host: GateHost, observer?: GateObserver) {
    this.#observer = observer;
    this.#guard = host.guard;
    const imports = this.#watched(host.imports(() => this.memory));
    const { exports } = new WebAssembly.Instance(module, { [IMPORT_MODULE]: imports });
    requireExports(exports);
    this.memory = exports[MEMORY_EXPORT] as WebAssembly.Memory;
    this.heapBase = (exports["__heap_base"] as WebAssembly.Global).value;
    this.#exports = exports as Functions;
    // Asked without the observer: addresses are what a recording begins with, not a part of it.
    const address = (area: AreaName) => this.#exports[AREAS[area].address]() >>> 0;
    this.areas = Object.fromEntries(AREA_NAMES.map((area) => [area, address(area)])) as typeof this.areas;
    observer?.instantiated?.(this);
  }

  /** Why the instance is dead; `null` while it lives. */
  get dead(): string | null {
    return this.#dead;
  }

  /** Calls an export with integers; the result as an unsigned number. */
  call(name: ExportName, ...args: number[]): number {
    if (this.#dead !== null) {
      throw new GateDead(`${name} called on an instance that ${this.#dead}; discard it and boot a new one`);
    }
    const types: readonly string[] = EXPORTS[name];
    if (args.length !== types.length) {
      throw new RangeError(`${name} takes ${types.length} arguments, not ${args.length}`);
    }
    const values = args.map((value, i) => (types[i] === "i64" ? BigInt(value) : value));
    const body = () => this.#exports[name](...values) >>> 0;
    this.#observer?.calling?.(name, args);
    try {
      const status = this.#guard === undefined ? body() : this.#guard.run(name, body);
      this.#observer?.returned?.(name, status);
      return status;
    } catch (thrown) {
      this.#observer?.died?.(name, thrown);
      throw this.#die(name, thrown);
    }
  }

  /** Copies `bytes` to the start of an area. */
  write(area: AreaName, bytes: Uint8Array): void {
    const size = AREAS[area].bytes;
    if (bytes.length > size) {
      throw new RangeError(`${bytes.length} B do not fit the ${area} buffer of ${size} B (SPEC 11.1)`);
    }
    new Uint8Array(this.memory.buffer).set(bytes, this.areas[area]);
    this.#observer?.wrote?.(area, bytes);
  }

  /** A copy of the first `length` bytes of an area. */
  read(area: AreaName, length: number = AREAS[area].bytes): Uint8Array {
    return this.bytes(this.areas[area], length);
  }

  /** A copy of any piece of linear memory. */
  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length).slice();
  }

  /** Nothing may be called on it any more: its power went. */
  discard(why = "was discarded"): void {
    this.#dead ??= why;
  }

  #die(name: ExportName, thrown: unknown): unknown {
    if (thrown instanceof WebAssembly.RuntimeError || isStackOverflow(thrown)) {
      this.#dead = `trapped in ${name}`;
      return new GateTrap(`${name} trapped: ${thrown.message}`, { cause: thrown });
    }
    if (thrown instanceof PowerCut) this.#dead = `lost its power in ${name}`;
    else if (thrown instanceof MisuseError) this.#dead = `misused its host in ${name}`;
    else this.#dead = `was left by an exception in ${name}`;
    return thrown;
  }

  #watched(imports: GateImports): GateImports {
    const observer = this.#observer;
    if (observer?.imported === undefined) return imports;
    const watch = (name: HostImportName) => {
      return (...args: number[]): number => {
        const given = args.map((value) => value >>> 0);
        observer.importing?.(name, given);
        const status = imports[name](...args);
        observer.imported?.(name, given, status >>> 0);
        return status;
      };
    };
    const names = Object.keys(IMPORTS) as HostImportName[];
    return Object.fromEntries(names.map((name) => [name, watch(name)])) as GateImports;
  }
}

/** V8 reports an overflow of the wasm stack as a RangeError. */
function isStackOverflow(thrown: unknown): thrown is RangeError {
  return thrown instanceof RangeError && thrown.message.includes("call stack");
}

function requireExports(exports: Readonly<Record<string, unknown>>): void {
  const needed = [MEMORY_EXPORT, ...GLOBAL_EXPORTS, ...Object.keys(EXPORTS)];
  const missing = needed.filter((name) => exports[name] === undefined);
  if (missing.length > 0) {
    throw new Error(`not a gate module: it lacks the exports ${missing.join(", ")} (SPEC 11.1)`);
  }
}
