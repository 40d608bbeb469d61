import { readFileSync } from "node:fs";
import binaryen from "binaryen";

/** What a host, an auditor or an old runtime asks of a wasm binary. */
export interface WasmReport {
  readonly bytes: number;
  /** `module.name` and kind of every import. */
  readonly imports: readonly string[];
  /** Names of every export. */
  readonly exports: readonly string[];
  /** Whether instantiation runs code. */
  readonly hasStart: boolean;
  /** Pages of 64 KiB; `maximum` is null where there is none. One entry for each memory. */
  readonly memories: readonly { readonly initial: number; readonly maximum: number | null }[];
  readonly tables: number;
  /** Whether any function can grow memory. */
  readonly growsMemory: boolean;
  /** Valid with the features of the first WebAssembly version and no other. */
  readonly mvp: boolean;
}

const SECTION_TABLE = 4;
const SECTION_MEMORY = 5;
const SECTION_START = 8;

/** Inspects a binary: sections by reading them, features by validating without any. Throws on what is no wasm at all. */
export function inspectWasm(binary: Uint8Array): WasmReport {
  const module = new WebAssembly.Module(binary);
  const sections = readSections(binary);
  const table = sections.get(SECTION_TABLE);
  return {
    bytes: binary.length,
    imports: WebAssembly.Module.imports(module).map((i) => `${i.kind} ${i.module}.${i.name}`),
    exports: WebAssembly.Module.exports(module).map((e) => e.name),
    hasStart: sections.has(SECTION_START),
    memories: readLimits(sections.get(SECTION_MEMORY)),
    tables: table === undefined ? 0 : readLeb(table, 0).value,
    ...analyse(binary),
  };
}

/** The same for a file. */
export function inspectWasmFile(url: URL | string): WasmReport {
  return inspectWasm(new Uint8Array(readFileSync(url)));
}

/** Binaryen's reading of the binary: whether it is valid without any later feature, and whether it grows its memory. */
function analyse(binary: Uint8Array): { mvp: boolean; growsMemory: boolean } {
  const module = binaryen.readBinary(binary);
  try {
    module.setFeatures(binaryen.Features.MVP);
    return { mvp: module.validate() !== 0, growsMemory: /\bmemory\.grow\b/.test(module.emitText()) };
  } finally {
    module.dispose();
  }
}

/** The payload of each section but custom ones, by its number (WebAssembly core 5.5.2). */
function readSections(binary: Uint8Array): Map<number, Uint8Array> {
  const sections = new Map<number, Uint8Array>();
  let at = 8; // magic and version
  while (at < binary.length) {
    const id = binary[at]!;
    const size = readLeb(binary, at + 1);
    if (id !== 0) sections.set(id, binary.subarray(size.next, size.next + size.value));
    at = size.next + size.value;
  }
  return sections;
}

/** The limits in a memory section (WebAssembly core 5.3.7). */
function readLimits(section: Uint8Array | undefined): WasmReport["memories"] {
  if (section === undefined) return [];
  const memories: { initial: number; maximum: number | null }[] = [];
  const count = readLeb(section, 0);
  let at = count.next;
  for (let i = 0; i < count.value; i++) {
    const hasMaximum = (section[at]! & 1) !== 0;
    const initial = readLeb(section, at + 1);
    const maximum = hasMaximum ? readLeb(section, initial.next) : null;
    memories.push({ initial: initial.value, maximum: maximum?.value ?? null });
    at = (maximum ?? initial).next;
  }
  return memories;
}

/** An unsigned LEB128 number and where it ends (WebAssembly core 5.2.2). */
function readLeb(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined || shift > 28) throw new Error("wasm: a number runs past its section");
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, next: at };
  }
}
