import { describe, expect, it } from "vitest";
import { CHECKS, CORES, withConstantCheck } from "../../bench/mcu/build.js";
import { fixedMemoryBytes } from "../../bench/mcu/signature.js";
import { calling, HAS_TOOLS, recordingOf, replayOn, wasmOf } from "./mcu-support.js";

const PAGE = 65536;
const WASM2C_CHECK = "if (UNLIKELY(offset + (uint64_t)len > mem->size))";

/** Loads and stores of every width, with and without an offset of their own. */
const ACCESSES = [
  { name: "load8", body: "(i32.load8_u (local.get 0))", bytes: 1, offset: 0 },
  { name: "load16", body: "(i32.load16_u (local.get 0))", bytes: 2, offset: 0 },
  { name: "load32", body: "(i32.load (local.get 0))", bytes: 4, offset: 0 },
  { name: "load64", body: "(i32.wrap_i64 (i64.load (local.get 0)))", bytes: 8, offset: 0 },
  { name: "load32at12", body: "(i32.load offset=12 (local.get 0))", bytes: 4, offset: 12 },
  { name: "store8", body: "(i32.store8 (local.get 0) (i32.const 0)) (i32.const 0)", bytes: 1, offset: 0 },
  { name: "store32", body: "(i32.store (local.get 0) (i32.const 0)) (i32.const 0)", bytes: 4, offset: 0 },
  { name: "store64", body: "(i64.store (local.get 0) (i64.const 0)) (i32.const 0)", bytes: 8, offset: 0 },
] as const;

const MODULE = wasmOf(
  "mcu-check",
  `(module (memory (export "memory") 1 1)
    ${ACCESSES.map(({ name, body }) => `(func (export "${name}") (param i32) (result i32) ${body})`).join("\n")})`,
);

describe("the constant check", () => {
  it("replaces wasm2c's check, and only that", () => {
    const source = `before\n${WASM2C_CHECK}\nafter`;
    expect(withConstantCheck(source, PAGE)).toBe("before\nif (UNLIKELY(offset > 65536u - len))\nafter");
  });

  it("refuses a source without wasm2c's check, and one with two of them", () => {
    expect(() => withConstantCheck("int main;", PAGE)).toThrow(/0 found/);
    expect(() => withConstantCheck(WASM2C_CHECK + WASM2C_CHECK, PAGE)).toThrow(/2 found/);
  });

  it("refuses a memory that is not one page", () => {
    for (const bytes of [PAGE - 1, PAGE + 1, 2 * PAGE]) {
      expect(() => withConstantCheck(WASM2C_CHECK, bytes)).toThrow(/one page/);
    }
  });

  it("refuses a memory that can grow, and a module without memory", () => {
    const { wasm } = wasmOf("mcu-grows", "(module (memory 1 2))");
    expect(() => fixedMemoryBytes(wasm)).toThrow(/can grow/);
    expect(() => fixedMemoryBytes(wasmOf("mcu-unbounded", "(module (memory 1))").wasm)).toThrow(/can grow/);
    expect(() => fixedMemoryBytes(wasmOf("mcu-none", "(module)").wasm)).toThrow(/no memory/);
    expect(fixedMemoryBytes(MODULE.wasm)).toBe(PAGE);
  });
});

describe.skipIf(!HAS_TOOLS)("on the target", () => {
  for (const core of CORES) {
    for (const check of CHECKS) {
      const run = (name: string, address: number) =>
        replayOn(MODULE, { label: "mcu-check", core, check }, recordingOf([calling(name, [address], 0)]));

      it(`${core}, ${check} check: reaches the last byte of linear memory and traps at the one past it`, async () => {
        for (const { name, bytes, offset } of ACCESSES) {
          const last = PAGE - bytes - offset;
          expect(await run(name, last), `${name} at ${last}`).toMatchObject({ counts: [{ status: 0 }] });
          expect(await run(name, last + 1), `${name} at ${last + 1}`).toMatch(/TRAP 00000001/);
        }
      });

      it(`${core}, ${check} check: traps at addresses that wrap around 32 bits`, async () => {
        for (const name of ["load32at12", "store64"]) {
          for (const address of [0x7fff_ffff, 0x8000_0000, 0xffff_fff8, 0xffff_ffff]) {
            expect(await run(name, address), `${name} at ${address}`).toMatch(/TRAP 00000001/);
          }
        }
      });
    }
  }
});
