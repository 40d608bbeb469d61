import { readFileSync } from "node:fs";
import binaryen from "binaryen";
import { describe, expect, it } from "vitest";
import { EXPORTS, GLOBAL_EXPORTS, IMPORTS, IMPORT_MODULE, MEMORY_EXPORT } from "../../host-sim/gate/abi.js";
import { MODULE_URL } from "../../host-sim/gate/instance.js";
import { stubGateWasm } from "../support/stub-gate.js";
import { inspectWasm } from "../support/wasm.js";

const spec = readFileSync(new URL("../../docs/SPEC.md", import.meta.url), "utf8");

/** What differs between a module and SPEC 11: one line for each export or import, empty if nothing does. */
function differences(wasm: Uint8Array): string[] {
  const { exports, imports, ...report } = inspectWasm(wasm);
  const wanted = [MEMORY_EXPORT, ...GLOBAL_EXPORTS, ...Object.keys(EXPORTS)];
  const wantedImports = Object.keys(IMPORTS).map((name) => `function ${IMPORT_MODULE}.${name}`);
  const found = [
    ...wanted.filter((name) => !exports.includes(name)).map((name) => `lacks export ${name}`),
    ...exports.filter((name) => !wanted.includes(name)).map((name) => `has export ${name}`),
    ...wantedImports.filter((name) => !imports.includes(name)).map((name) => `lacks import ${name}`),
    ...imports.filter((name) => !wantedImports.includes(name)).map((name) => `has import ${name}`),
  ];
  if (report.hasStart) found.push("has a start function");
  if (report.growsMemory) found.push("grows its memory");
  if (!report.mvp) found.push("needs features beyond the first version of WebAssembly");
  if (JSON.stringify(report.memories) !== JSON.stringify([{ initial: 1, maximum: 1 }])) {
    found.push(`has memories ${JSON.stringify(report.memories)}`);
  }
  return [...found, ...signatureDifferences(wasm)];
}

/** The same for parameters and results. */
function signatureDifferences(wasm: Uint8Array): string[] {
  const module = binaryen.readBinary(wasm);
  const code: Record<string, number> = { i32: binaryen.i32, i64: binaryen.i64 };
  const found: string[] = [];
  const compare = (what: string, name: string, types: readonly string[], internal: string) => {
    const { params, results } = binaryen.getFunctionInfo(module.getFunction(internal));
    const given = binaryen.expandType(params);
    const same = given.length === types.length && given.every((type, i) => type === code[types[i]!]);
    if (!same || results !== binaryen.i32) found.push(`has another signature of ${what} ${name}`);
  };
  for (let i = 0; i < module.getNumExports(); i++) {
    const { name, kind, value } = binaryen.getExportInfo(module.getExportByIndex(i));
    const types = (EXPORTS as Record<string, readonly string[]>)[name];
    if (kind === binaryen.ExternalFunction && types !== undefined) compare("export", name, types, value);
  }
  for (let i = 0; i < module.getNumFunctions(); i++) {
    const { name, base } = binaryen.getFunctionInfo(module.getFunctionByIndex(i));
    const types = (IMPORTS as Record<string, readonly string[]>)[base ?? ""];
    if (base !== null && types !== undefined) compare("import", base, types, name);
  }
  module.dispose();
  return found;
}

/** Names in the first column of a table of SPEC. */
function specNames(from: string, to: string): string[] {
  const section = spec.slice(spec.indexOf(from), spec.indexOf(to));
  const rows = [...section.matchAll(/^\| (`.*?) \|/gm)].map((row) => row[1]!);
  return rows.flatMap((row) => [...row.matchAll(/`(\w+)\(/g)].map((name) => name[1]!));
}

describe("the ABI table", () => {
  it("has the exports of SPEC 11.1 with as many parameters", () => {
    const section = spec.slice(spec.indexOf("### 11.1"), spec.indexOf("### 11.2"));
    const stated = [...section.matchAll(/`(\w+)\(([^)]*)\)`/g)].filter(([, name]) => name !== undefined);
    for (const [, name, parameters] of stated) {
      const count = parameters === "" ? 0 : parameters!.split(",").length;
      expect((EXPORTS as Record<string, readonly string[]>)[name!], name).toHaveLength(count);
    }
    expect(specNames("### 11.1", "### 11.2").sort()).toEqual(Object.keys(EXPORTS).sort());
  });

  it("has the imports of SPEC 11.3", () => {
    expect(specNames("### 11.3", "## 12").sort()).toEqual(Object.keys(IMPORTS).sort());
  });
});

describe("the release module", () => {
  it("exports and imports exactly what SPEC 11 says, in MVP features, without start function or growth", () => {
    expect(differences(new Uint8Array(readFileSync(MODULE_URL)))).toEqual([]);
  });
});

describe("the comparison itself", () => {
  const changed = (change: (module: binaryen.Module) => void): string[] => {
    const module = binaryen.readBinary(stubGateWasm());
    change(module);
    const wasm = module.emitBinary();
    module.dispose();
    return differences(wasm);
  };

  it("passes a module with this ABI", () => {
    expect(differences(stubGateWasm())).toEqual([]);
  });

  it("notices an export too few, one too many, and one of another signature", () => {
    expect(changed((module) => module.removeExport("cancel"))).toEqual(["lacks export cancel"]);
    const more = changed((module) => {
      module.addFunction("backdoor", binaryen.none, binaryen.i32, [], module.i32.const(0));
      module.addFunctionExport("backdoor", "backdoor");
    });
    expect(more).toEqual(["has export backdoor"]);
    const wider = changed((module) => {
      module.removeExport("cancel");
      module.addFunction("wide", binaryen.i64, binaryen.i32, [], module.i32.const(0));
      module.addFunctionExport("wide", "cancel");
    });
    expect(wider).toEqual(["has another signature of export cancel"]);
  });

  it("notices an import too many and a start function", () => {
    const more = changed((module) => {
      module.addFunctionImport("spy", "host", "spy", binaryen.i32, binaryen.i32);
      module.addFunctionExport("spy", "spy");
      module.addFunction("begin", binaryen.none, binaryen.none, [], module.nop());
      module.setStart(module.getFunction("begin"));
    });
    expect(more).toEqual(["has export spy", "has import function host.spy", "has a start function"]);
  });
});
