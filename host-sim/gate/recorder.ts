import { createHash } from "node:crypto";
import type { FlashGeometry } from "../device/geometry.js";
import { AREA_NAMES, AREAS, IMPORTS, type AreaName, type ExportName, type HostImportName } from "./abi.js";
import type { GateObserver, Instance } from "./instance.js";

/**
 * A recording of everything that crosses the ABI, as JSON lines, for replay by another engine
 * (bench/mcu). One object a line, `op` says what it is; bytes are hex, integers unsigned:
 *
 * - `trace`, first: `version`, `module_sha256`, `geometry`, `areas` {name: bytes}, `memory_bytes` (`__heap_base`);
 * - `instance`: a new instance, after power-on; flash and counter keep what they hold; `areas` {name: address};
 * - `call`: one export. `name`, `args`; `inputs` [[area, hex]] written at an area's start before it; `imports`
 *   [[name, args, status, outputs hex]] in order; `status` (absent if it did not return) or `died` ("trap", "host"); `changes`
 *   [[area, offset, hex]]: the bytes of the shared areas that differ from before the call, inputs included. What a
 *   replay holds beyond them is unchanged, so every byte of every area is compared at every call;
 * - `memory`: SHA-256 of linear memory [0, `memory_bytes`) at the end of an instance;
 * - `end`, last: numbers of instances, calls and imports, so that a cut file is noticed.
 */
export type TraceLine = Readonly<Record<string, unknown>> & { readonly op: string };

export const TRACE_VERSION = 1;

/** Where each import writes, and how much: index of the pointer argument, and the size or the index of its length. */
const OUTPUTS: Readonly<Record<HostImportName, { pointer: number; bytes?: number; length?: number } | null>> =
  {
    flashGeometry: { pointer: 0, bytes: 16 },
    flashRead: { pointer: 1, length: 2 },
    flashProgram: null,
    flashErase: null,
    uptimeMs: { pointer: 0, bytes: 8 },
    wallTimeS: { pointer: 0, bytes: 8 },
    entropy: { pointer: 0, length: 1 },
    counterRead: { pointer: 0, bytes: 4 },
    counterAdvance: null,
  };

type ImportLine = [HostImportName, readonly number[], number, string];

/** Hand it to `new Gate` or `new Pump` as `observer`; ask for `lines` or `text` when the story is over. */
export class Recorder implements GateObserver {
  readonly #lines: TraceLine[] = [];
  readonly #moduleSha256: string;
  readonly #geometry: FlashGeometry;
  #instance: Instance | null = null;
  #before: Record<AreaName, Uint8Array> | null = null;
  #inputs: [AreaName, string][] = [];
  #imports: ImportLine[] = [];
  #args: readonly number[] = [];
  #counts = { instances: 0, calls: 0, imports: 0 };

  /** `wasm`: the module's bytes; the replay refuses any other. */
  constructor(wasm: Uint8Array, geometry: FlashGeometry) {
    this.#moduleSha256 = sha256(wasm);
    this.#geometry = geometry;
  }

  instantiated(instance: Instance): void {
    this.#endInstance();
    if (this.#lines.length === 0) this.#lines.push(this.#header(instance));
    this.#instance = instance;
    this.#before = null;
    this.#inputs = [];
    this.#counts.instances++;
    this.#lines.push({ op: "instance", areas: instance.areas });
  }

  wrote(area: AreaName, bytes: Uint8Array): void {
    // The areas as they were before the host wrote anything for the coming call.
    this.#inputs.push([area, hex(bytes)]);
  }

  calling(_name: ExportName, args: readonly number[]): void {
    this.#args = args.map((value) => value >>> 0);
    this.#imports = [];
  }

  imported(name: HostImportName, args: readonly number[], status: number): void {
    this.#counts.imports++;
    const output = OUTPUTS[name];
    let outputs = "";
    if (output !== null) {
      const bytes = output.bytes ?? args[output.length!]!;
      outputs = hex(this.#live().bytes(args[output.pointer]!, bytes));
    }
    // A program's input is compared by the replay's own flash when it is read back; here it is stated outright.
    if (name === "flashProgram") outputs = hex(this.#live().bytes(args[1]!, args[2]!));
    this.#imports.push([name, args, status, outputs]);
  }

  returned(name: ExportName, status: number): void {
    this.#call(name, { status });
  }

  died(name: ExportName, cause: unknown): void {
    this.#call(name, { died: cause instanceof WebAssembly.RuntimeError ? "trap" : "host" });
  }

  /** The whole recording; the recorder can go on afterwards only with a new instance. */
  lines(): readonly TraceLine[] {
    this.#endInstance();
    return [...this.#lines, { op: "end", ...this.#counts }];
  }

  text(): string {
    return this.lines()
      .map((line) => JSON.stringify(line) + "\n")
      .join("");
  }

  #header(instance: Instance): TraceLine {
    const { unitBytes, sectorBytes, sectorCount, eraseMsMax } = this.#geometry;
    return {
      op: "trace",
      version: TRACE_VERSION,
      module_sha256: this.#moduleSha256,
      geometry: {
        unit_bytes: unitBytes,
        sector_bytes: sectorBytes,
        sector_count: sectorCount,
        erase_ms_max: eraseMsMax,
      },
      areas: Object.fromEntries(AREA_NAMES.map((area) => [area, AREAS[area].bytes])),
      imports: Object.fromEntries(Object.entries(IMPORTS).map(([name, types]) => [name, types.length])),
      memory_bytes: instance.heapBase,
    };
  }

  #call(name: ExportName, end: { status: number } | { died: "trap" | "host" }): void {
    this.#counts.calls++;
    const after = areasOf(this.#live());
    const changes = AREA_NAMES.flatMap((area) => difference(area, this.#before?.[area], after[area]));
    this.#before = after;
    this.#lines.push({
      op: "call",
      name,
      args: this.#args,
      inputs: this.#inputs,
      imports: this.#imports,
      changes,
      ...end,
    });
    this.#inputs = [];
  }

  #endInstance(): void {
    const instance = this.#instance;
    if (instance === null) return;
    this.#lines.push({ op: "memory", sha256: sha256(instance.bytes(0, instance.heapBase)) });
    this.#instance = null;
  }

  #live(): Instance {
    if (this.#instance === null) throw new Error("the recording was closed: record a new instance");
    return this.#instance;
  }
}

function areasOf(instance: Instance): Record<AreaName, Uint8Array> {
  return Object.fromEntries(AREA_NAMES.map((area) => [area, instance.read(area)])) as Record<
    AreaName,
    Uint8Array
  >;
}

/** From the first byte that differs to the last; nothing if none does. A new instance's areas begin as zeros. */
function difference(
  area: AreaName,
  before: Uint8Array | undefined,
  after: Uint8Array,
): [AreaName, number, string][] {
  let first = 0;
  let last = after.length - 1;
  while (first <= last && after[first] === (before?.[first] ?? 0)) first++;
  if (first > last) return [];
  while (after[last] === (before?.[last] ?? 0)) last--;
  return [[area, first, hex(after.subarray(first, last + 1))]];
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
