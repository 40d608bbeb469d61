import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { table } from "../../bench/mcu/bars.js";
import { type Budget, overBudget } from "../../bench/mcu/budgets.js";
import type { Count } from "../../bench/mcu/emulator.js";
import { deepest, type Figure, figuresOf, type Result, resultText } from "../../bench/mcu/figures.js";
import { BUDGETS, RESULTS } from "../../bench/mcu/paths.js";
import { sameCounts } from "../../bench/mcu/measure.js";
import { addLife, derivedRows, measured, RowSheet, type Row } from "../../bench/mcu/rows.js";
import { checksum, encodeScript, type RecordedCall, recordedCalls } from "../../bench/mcu/script.js";
import { signatures } from "../../bench/mcu/signature.js";
import type { Chapter, Tape } from "../../bench/mcu/tape.js";
import { LOCAL_ACTION } from "../../host-sim/gate/names.js";
import { encodeLocal } from "../../host-sim/gate/records.js";
import { missingText } from "../../bench/mcu/tools.js";
import { calling, recordingOf, wasmOf } from "./mcu-support.js";

const [OK, WORKING, DONE, NOTHING, STORE_BUSY] = [0, 1, 2, 4, 0x82];

const count = (instructions: number, stackBytes = 8): Count => ({
  status: 0,
  instructions,
  importInstructions: 0,
  imports: 0,
  stackBytes,
});
const erases = (call: RecordedCall): RecordedCall => ({
  ...call,
  imports: [{ name: "flashErase", args: [1], status: 0, data: "" }],
});

/** Calls with 1, 2, 4, 8 ... instructions, so that every sum tells what it is made of. */
function sheetOf(calls: readonly RecordedCall[], chapters: readonly Chapter[]): RowSheet {
  const tape: Tape = { name: "test", recording: recordingOf(calls), chapters, touchedBytes: 0 };
  const sheet = new RowSheet("cortex-m4", "full");
  addLife(
    sheet,
    measured(
      tape,
      calls.map((_, i) => count(2 ** i)),
    ),
  );
  return sheet;
}

describe("rows", () => {
  it("a verb's slices are counted from its staging on, those of a prepared key by themselves", () => {
    const order = [
      calling("submit", [9], WORKING),
      calling("work", [1], WORKING),
      calling("work", [1], DONE),
    ];
    const sheet = sheetOf(
      [...order, ...order],
      [
        { name: "dose/unprepared", firstCall: 0 },
        { name: "dose/prepared", firstCall: 3 },
      ],
    );
    expect(sheet.most("dose/unprepared")).toBe(1 + 2 + 4);
    expect(sheet.most("dose/prepared")).toBe(8 + 16 + 32);
    expect(sheet.most("slice/submit/00")).toBe(2);
    expect(sheet.most("slice/submit/01")).toBe(4);
    expect(sheet.most("slice/submit-prepared/max")).toBe(32);
    expect(sheet.most("slice/max")).toBe(32);
  });

  it("background slices are told apart by what they do, and several units at once are no slice", () => {
    const calls = [
      calling("boot", [0, 0], OK),
      calling("work", [1], NOTHING),
      erases(calling("work", [1], WORKING)),
      calling("work", [1], WORKING),
      calling("work", [1], NOTHING),
      calling("work", [64], WORKING),
    ];
    const sheet = sheetOf(calls, [{ name: "boot/blank", firstCall: 0 }]);
    expect(sheet.most("slice/opening/max")).toBe(2);
    expect(sheet.most("slice/background/erase/max")).toBe(4);
    expect(sheet.most("slice/background/prepare-key/max")).toBe(8);
    expect(sheet.most("slice/background/nothing/max")).toBe(16);
    expect(sheet.most("slice/max")).toBe(16);
  });

  it("a boot counts until the first stop that is stored, without those that were not", () => {
    const stop = (status: number): RecordedCall => ({
      ...calling("local", [], status),
      inputs: [["local", Buffer.from(encodeLocal({ action: LOCAL_ACTION.STOP })).toString("hex")]],
    });
    const calls = [
      calling("boot", [0, 0], OK),
      stop(STORE_BUSY),
      calling("work", [1], WORKING),
      stop(OK),
      stop(OK),
    ];
    const sheet = sheetOf(calls, [{ name: "boot/little-log", firstCall: 0 }]);
    expect(sheet.most("boot/little-log/until-local")).toBe(1 + 4 + 8);
  });

  it("a row is its worst sample, with the mean of all beside it", () => {
    const sheet = new RowSheet("cortex-m4", "full");
    for (const instructions of [10, 30, 20]) sheet.add("row", [count(instructions, 100 - instructions)]);
    expect(sheet.rows()).toEqual([
      {
        core: "cortex-m4",
        check: "full",
        row: "row",
        instructions: 30,
        mean: 20,
        samples: 3,
        stackBytes: 90,
      },
    ]);
  });

  it("an install is manifest, entries and commit, and says if it is extrapolated", () => {
    const sheet = new RowSheet("cortex-m4", "full");
    for (const [row, instructions] of [
      ["libraryBegin/typical", 1000],
      ["libraryEntry/typical", 10],
      ["libraryEntry/typical", 30],
      ["libraryCommit/typical", 500],
    ] as const) {
      sheet.add(row, [count(instructions)]);
    }
    const row = (entries: number) => derivedRows(sheet.rows(), "cortex-m4", "full", entries)[0];
    expect(row(1199)).toMatchObject({
      row: "install/typical/1200-entries-extrapolated",
      instructions: 25_500,
    });
    expect(row(1200)).toMatchObject({ row: "install/typical/1200-entries", instructions: 25_500 });
  });

  it("a tick waits for the longest slice beside a therapy, not for provisioning", () => {
    const sheet = new RowSheet("cortex-m4", "full");
    sheet.add("slice/submit/max", [count(100)]);
    sheet.add("slice/provision/max", [count(999)]);
    sheet.add("tick/reservation", [count(7)]);
    expect(derivedRows(sheet.rows(), "cortex-m4", "full", 1200)[0]).toMatchObject({
      row: "response/tick",
      instructions: 107,
    });
  });

  it("refuses counts of another number of calls", () => {
    const tape: Tape = {
      name: "t",
      recording: recordingOf([calling("boot", [], 0)]),
      chapters: [],
      touchedBytes: 0,
    };
    expect(() => measured(tape, [])).toThrow(/1 calls recorded, 0 counted/);
    expect(recordedCalls(tape.recording)).toHaveLength(1);
  });
});

describe("two runs", () => {
  it("that agree pass; one instruction, one byte of stack or one call more does not", () => {
    const same = [count(5), count(6)];
    expect(() => sameCounts("t", "a", same, [count(5), count(6)])).not.toThrow();
    expect(() => sameCounts("t", "a", same, [count(5), count(7)])).toThrow(/call 2: instructions 6 and 7/);
    expect(() => sameCounts("t", "a", same, [count(5, 9), count(6)])).toThrow(/call 1: stackBytes 8 and 9/);
    expect(() => sameCounts("t", "a", same, [count(5)])).toThrow(/2 and 1 calls/);
  });
});

describe("budgets", () => {
  const figure = (value: number): Figure => ({ name: "cortex-m4/full/row", value, unit: "instructions" });
  const limits: Record<string, Record<string, Budget>> = {
    mcu: { "cortex-m4/full/row": { limit: 1000, unit: "instructions" } },
  };

  it("hold at the limit and break one above it, saying which and by how much", () => {
    expect(overBudget([figure(999)], limits)).toEqual([]);
    expect(overBudget([figure(1000)], limits)).toEqual([]);
    expect(overBudget([figure(1001)], limits)).toEqual([
      "cortex-m4/full/row: 1001 instructions, limit 1000: 1 too many (0.1 %)",
    ]);
  });

  it("break for a figure without a limit", () => {
    expect(overBudget([figure(1)], {})).toEqual([expect.stringMatching(/no limit/)]);
  });
});

describe("the result in the repository", () => {
  const kept = JSON.parse(readFileSync(RESULTS, "utf8")) as Result;

  it("is within the limits in the repository, of which it has every one", () => {
    expect(kept.extent).toBe("whole");
    expect(overBudget(figuresOf(kept))).toEqual([]);
    const { mcu } = JSON.parse(readFileSync(BUDGETS, "utf8")) as { mcu: object };
    expect(
      figuresOf(kept)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(Object.keys(mcu).sort());
  });

  it("is written again as it stands, a line for each row", () => {
    expect(resultText(kept)).toBe(readFileSync(RESULTS, "utf8"));
  });
});

describe("the result", () => {
  const row = (name: string, instructions: number): Row => ({
    core: "cortex-m4",
    check: "full",
    row: name,
    instructions,
    stackBytes: 1000,
  });
  const result = (...rows: Row[]): Result => ({
    schema: 1,
    extent: "quick",
    module: { sha256: "", bytes: 1 },
    diag: { sha256: "", bytes: 1 },
    tools: {},
    sizes: [{ core: "cortex-m4", check: "full", module: "release", gateTextBytes: 7, imageTextBytes: 9 }],
    memory: { linearBytes: 1, touchedBytes: 1, globalsBytes: 1 },
    rows,
  });

  it("says which bars are met and which are not, to the instruction", () => {
    expect(table(result(row("verify/unprepared", 2_200_000)))).toMatch(/M4 met \(0 %\)/);
    expect(table(result(row("verify/unprepared", 2_200_001)))).toMatch(/M4 NOT met/);
  });

  it("limits every row but those of single slices, code and stack too", () => {
    const names = figuresOf(result(row("slice/submit/max", 5), row("slice/submit/07", 5))).map(
      ({ name }) => name,
    );
    expect(names).toEqual([
      "cortex-m4/full/slice/submit/max",
      "cortex-m4/full/text/release",
      "cortex-m4/full/stack",
    ]);
  });

  it("a quick run's extrapolated install is held against the whole run's limit", () => {
    const [figure] = figuresOf(result(row("install/typical/1200-entries-extrapolated", 5)));
    expect(figure?.name).toBe("cortex-m4/full/install/typical/1200-entries");
  });

  it("the deepest stack is that of any row", () => {
    const rows = [row("a", 1), { ...row("b", 1), stackBytes: 1001 }];
    expect(deepest(rows).get("cortex-m4/full")).toBe(1001);
  });
});

describe("modules and scripts", () => {
  const { wasm } = wasmOf(
    "mcu-signatures",
    `(module (import "host" "three" (func (param i32 i32 i32) (result i32))) (memory (export "memory") 1 1)
      (func (export "none")) (func (export "two") (param i32 i32) (result i32) (i32.const 0)))`,
  );

  it("functions are read with their parameters, in order, and memory is none of them", () => {
    expect(signatures(wasm)).toEqual({
      imports: [{ name: "three", parameters: 3, returns: true }],
      exports: [
        { name: "none", parameters: 0, returns: false },
        { name: "two", parameters: 2, returns: true },
      ],
    });
  });

  it("a script of an export or import that the module has not is refused", () => {
    const encode = (call: RecordedCall) => encodeScript(recordingOf([call]), signatures(wasm));
    const made = { name: "four", args: [], status: 0, data: "" };
    expect(() => encode(calling("three", [], 0))).toThrow(/no export three/);
    expect(() => encode({ ...calling("two", [1, 2], 0), imports: [made] })).toThrow(/no import four/);
  });

  it("a script is whole words, and ends with its number of calls", () => {
    const input: RecordedCall = { ...calling("two", [1, 2], 0), inputs: [["io", "aabbcc"]] };
    const recording = { ...recordingOf([input]), areas: [["io", 16]] as const };
    const script = encodeScript(recording, signatures(wasm));
    expect(script.length % 4).toBe(0);
    expect([...script.slice(-8)]).toEqual([4, 0, 0, 0, 1, 0, 0, 0]);
  });

  it("a checksum notices every single bit", () => {
    const memory = new Uint8Array(64);
    const whole = checksum(memory);
    for (let bit = 0; bit < memory.length * 8; bit++) {
      const other = memory.slice();
      other[bit >> 3]! ^= 1 << (bit & 7);
      expect(checksum(other)).not.toBe(whole);
    }
  });

  it("missing packages are named, with the command that installs them", () => {
    expect(missingText(["wabt", "qemu-system-arm"])).toMatch(/apt-get install .*wabt qemu-system-arm/);
  });
});
