import { readFileSync } from "node:fs";
import binaryen from "binaryen";
import { describe, expect, it } from "vitest";
import { DIAG_URL } from "../support/diag.js";
import { inspectWasm } from "../support/wasm.js";

/** A binary made from text, for the positive controls of the inspector. */
function assemble(text: string): Uint8Array {
  const module = binaryen.parseText(text);
  try {
    module.setFeatures(binaryen.Features.All);
    return new Uint8Array(module.emitBinary());
  } finally {
    module.dispose();
  }
}

describe("the diagnostic module", () => {
  const report = inspectWasm(new Uint8Array(readFileSync(DIAG_URL)));

  it("imports nothing, so that it cannot reach its host", () => {
    expect(report.imports).toEqual([]);
  });

  it("runs nothing at instantiation", () => {
    expect(report.hasStart).toBe(false);
  });

  it("has one page of memory, never grown, and no table", () => {
    expect(report.memories).toEqual([{ initial: 1, maximum: 1 }]);
    expect(report.growsMemory).toBe(false);
    expect(report.tables).toBe(0);
  });

  it("needs no feature beyond the first version of WebAssembly", () => {
    expect(report.mvp).toBe(true);
  });
});

describe("the inspector", () => {
  it("sees an import", () => {
    expect(inspectWasm(assemble(`(module (import "host" "f" (func)))`)).imports).toEqual(["function host.f"]);
  });

  it("sees a start function", () => {
    expect(inspectWasm(assemble(`(module (func $s) (start $s))`)).hasStart).toBe(true);
  });

  it("sees memory that grows, and memory without a maximum", () => {
    const report = inspectWasm(
      assemble(`(module (memory 2) (func (export "f") (drop (memory.grow (i32.const 1)))))`),
    );
    expect(report).toMatchObject({ growsMemory: true, memories: [{ initial: 2, maximum: null }] });
  });

  it("sees a table", () => {
    expect(inspectWasm(assemble(`(module (table (export "t") 1 funcref))`)).tables).toBe(1);
  });

  it.each([
    ["sign extension", `(func (export "f") (param i32) (result i32) (i32.extend8_s (local.get 0)))`],
    [
      "bulk memory",
      `(memory 1 1) (func (export "f") (memory.fill (i32.const 0) (i32.const 0) (i32.const 9)))`,
    ],
    [
      "saturating truncation",
      `(func (export "f") (param f32) (result i32) (i32.trunc_sat_f32_s (local.get 0)))`,
    ],
    ["an exported mutable global", `(global (export "g") (mut i32) (i32.const 0))`],
  ])("refuses %s as not of the first version", (_feature, body) => {
    expect(inspectWasm(assemble(`(module ${body})`)).mvp).toBe(false);
  });

  it("refuses what is no wasm", () => {
    expect(() => inspectWasm(Uint8Array.of(1, 2, 3))).toThrow();
  });
});
