import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import binaryen from "binaryen";
import { describe, expect, it } from "vitest";
import { AREAS, EXPORTS, IMPORTS, LAYOUTS } from "../../host-sim/gate/abi.js";
import { loadModule, MODULE_URL, MODULE_VARIABLE } from "../../host-sim/gate/instance.js";
import { STATUS } from "../../host-sim/gate/status.js";
import { stubGateWasm } from "../support/stub-gate.js";
import { headerText, snake } from "./header.js";

const FILE = fileURLToPath(new URL("../../ports/c/dosegate.h", import.meta.url));
const assembly = readFileSync(new URL("../../assembly/status.ts", import.meta.url), "utf8");
const header = (): string => readFileSync(FILE, "utf8");

/** `[name in the module, name in C, parameters]` of an X-macro. */
function rows(text: string, macro: string): [string, string, number][] {
  const from = text.indexOf(`#define ${macro}(X)`);
  const body = text.slice(from, text.indexOf("\n\n", from));
  return [...body.matchAll(/X\((\w+), (\w+), (\d+)\)/g)].map((m) => [m[1]!, m[2]!, Number(m[3])]);
}

/** What the module says and the header does not, or otherwise. */
function differences(text: string): string[] {
  const module = loadModule();
  const exported = WebAssembly.Module.exports(module).filter(({ kind }) => kind === "function");
  const imported = WebAssembly.Module.imports(module);
  const compare = (what: string, inModule: readonly string[], inHeader: readonly string[]) => [
    ...inModule.filter((name) => !inHeader.includes(name)).map((name) => `header lacks ${what} ${name}`),
    ...inHeader.filter((name) => !inModule.includes(name)).map((name) => `module lacks ${what} ${name}`),
  ];
  const exportRows = rows(text, "DOSEGATE_EXPORTS");
  const importRows = rows(text, "DOSEGATE_IMPORTS");
  const found = [
    ...compare(
      "export",
      exported.map(({ name }) => name),
      exportRows.map(([name]) => name),
    ),
    ...compare(
      "import",
      imported.map(({ name }) => name),
      importRows.map(([name]) => name),
    ),
  ];
  const prototype = (c: string) => new RegExp(`^uint32_t ${c}\\((.*)\\);$`, "m").exec(text)?.[1];
  const parameters = (list: string | undefined) => (list === "void" ? 0 : (list?.split(",").length ?? -1));
  for (const [name, c, count] of exportRows) {
    const types = (EXPORTS as Record<string, readonly string[]>)[name];
    if (count !== types?.length) found.push(`${name}: other parameters`);
    if (parameters(prototype(`dosegate_${c}`)) !== count) found.push(`the prototype of ${c} is another`);
  }
  for (const [name, c, count] of importRows) {
    const types = (IMPORTS as Record<string, readonly string[]>)[name];
    if (count !== types?.length) {
      found.push(`${name} takes others`);
    }
    if (parameters(prototype(`dosegate_host_${c}`)) !== count) found.push(`the prototype of ${c} is another`);
  }
  for (const [area, { bytes }] of Object.entries(AREAS)) {
    if (!text.includes(`#define DOSEGATE_${area.toUpperCase()}_BYTES ${bytes}u\n`)) {
      found.push(`size of ${area}`);
    }
  }
  for (const [, name, number] of assembly.matchAll(/^export const (\w+): u32 = (0x[0-9a-f]{2});/gm)) {
    if (!text.includes(`  DOSEGATE_${name} = ${number},\n`)) found.push(`status ${name}`);
  }
  for (const { name, type, bytes } of LAYOUTS) {
    const tag = snake(name.replace(/ /g, "_"));
    if (
      !text.includes(`#define DOSEGATE_${tag.toUpperCase()}_TYPE 0x${type.toString(16).padStart(4, "0")}u\n`)
    ) {
      found.push(`type of ${tag}`);
    }
    if (!text.includes(`sizeof(struct dosegate_${tag}) == ${bytes}`)) found.push(`size of ${tag}`);
  }
  return found;
}

describe("ports/c/dosegate.h", () => {
  it("is generated from the tables of the ABI (npx vitest run test/ports/header.test.ts -u)", async () => {
    await expect(headerText()).toMatchFileSnapshot(FILE);
  });

  it("has every export, import, area, record and status of the module", () => {
    expect(differences(header())).toEqual([]);
    expect(Object.keys(STATUS).length).toBeGreaterThan(80);
  });

  it("leaves nothing out of a state that is kept: the module has no mutable globals", () => {
    const wasm = readFileSync(process.env[MODULE_VARIABLE] ?? MODULE_URL);
    const mutable = (module: binaryen.Module) =>
      Array.from({ length: module.getNumGlobals() }, (_, i) => {
        return binaryen.getGlobalInfo(module.getGlobalByIndex(i));
      }).filter((global) => global.mutable).length;
    expect(mutable(binaryen.readBinary(new Uint8Array(wasm)))).toBe(0);
    expect(mutable(binaryen.readBinary(stubGateWasm()))).toBeGreaterThan(0);
  });

  it("was made for the module's version", () => {
    const version = /DOSEGATE_ABI_VERSION (0x[0-9a-f]+)u/.exec(header())?.[1];
    const none = Object.fromEntries(Object.keys(IMPORTS).map((name) => [name, () => 1]));
    const { abiVersion } = new WebAssembly.Instance(loadModule(), { host: none }).exports;
    expect((abiVersion as () => number)()).toBe(Number(version));
  });
});

describe("the comparison itself", () => {
  it("notices an export that is not there, a size and a status that are others", () => {
    const text = header();
    expect(differences(text.replace("  X(cancel, cancel, 0) \\\n", ""))).toEqual([
      "header lacks export cancel",
    ]);
    expect(differences(text.replace("DOSEGATE_TICK_BYTES 128u", "DOSEGATE_TICK_BYTES 96u"))).toEqual([
      "size of tick",
    ]);
    expect(differences(text.replace("DOSEGATE_FAULT = 0x87", "DOSEGATE_FAULT = 0x88"))).toEqual([
      "status FAULT",
    ]);
    expect(differences(text.replace("dosegate_boot(uint32_t cause, ", "dosegate_boot("))).toEqual([
      "the prototype of boot is another",
    ]);
  });
});
