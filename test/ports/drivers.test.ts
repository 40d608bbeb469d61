/** The drivers of ports/c against the committed vectors: they fit the protocol, and notice a gate broken on purpose. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import binaryen from "binaryen";
import { afterAll, describe, expect, it } from "vitest";
import {
  ALL,
  failures,
  fileOf,
  MODULE_PATH,
  onNode,
  results,
  started,
  SUBSET,
  textOf,
} from "../conformance/support.js";
import { stubGateWasm } from "../support/stub-gate.js";
import { weakenedBytes } from "../support/weakened.js";
import { PORT } from "./tools.js";

const folder = mkdtempSync(join(tmpdir(), "dosegate-drivers-"));
afterAll(() => rmSync(folder, { recursive: true }));
const MINUTES_MS = 300_000;

/** Those that a broken gate is built for. */
const EVERY = ["interpreter", "native", "cortex-m4", "interpreter-cortex-m4", "rp2040"];

/** An emulated Cortex-M0+ verifies a signature in a second: it gets what needs no library. */
const FEW = SUBSET.filter(({ vector }) => vector.fixture === "new instance");

describe("drivers of ports/c", () => {
  it("native: every vector", { timeout: MINUTES_MS }, async () => {
    const driver = await started("native");
    if ("missing" in driver) return;
    expect(await failures(driver, ALL)).toEqual([]);
  });

  it.each(["interpreter", "cortex-m4", "interpreter-cortex-m4"])(
    "%s: every status",
    { timeout: MINUTES_MS },
    async (name) => {
      const driver = await started(name);
      if ("missing" in driver) return;
      expect(await failures(driver, SUBSET)).toEqual([]);
    },
  );

  it("rp2040: vectors of a blank pump", { timeout: MINUTES_MS }, async () => {
    const driver = await started("rp2040");
    if ("missing" in driver) return;
    expect(FEW.length).toBeGreaterThan(1);
    expect(await failures(driver, FEW)).toEqual([]);
  });

  it("cortex-m4: the same number of instructions each time", { timeout: MINUTES_MS }, async () => {
    const counts: number[][] = [];
    for (let run = 0; run < 2; run++) {
      const driver = await started("cortex-m4");
      if ("missing" in driver) return;
      counts.push((await results(driver, FEW)).map(({ instructions }) => instructions));
    }
    expect(counts[0]).toEqual(counts[1]);
    expect(Math.min(...counts[0]!)).toBeGreaterThan(0);
  });

  it.each(EVERY)(
    "%s: says of a gate without maxima what this engine says",
    { timeout: MINUTES_MS },
    async (name) => {
      const wasm = await weakenedBytes("maxima");
      const driver = await started(name, fileOf(folder, "maxima", wasm));
      if ("missing" in driver) return;
      const failed = (await results(onNode(wasm), SUBSET)).filter(({ passed }) => !passed);
      expect(failed.length).toBeGreaterThan(0);
      const failing = SUBSET.filter((work) => failed.some(({ vector }) => vector === work.vector));
      const there = await results(driver, failing);
      expect(there.map(textOf).sort()).toEqual(failed.map(textOf).sort());
    },
  );
});

/** What a driver answers, line by line. */
function converse(lines: readonly string[], name = "native", module = MODULE_PATH): string[] {
  const { stdout } = spawnSync(join(PORT, "driver/drive.sh"), ["run", name, module], {
    input: lines.map((line) => `${line}\n`).join(""),
    encoding: "utf8",
  });
  return stdout.trim().split("\n");
}

const HELLO = '{"op":"hello","protocol":1}';
const LOAD = '{"op":"load"}';

/** A module of this ABI whose calls end badly, each in its own way. */
function trappingWasm(): Uint8Array<ArrayBuffer> {
  const module = binaryen.readBinary(stubGateWasm());
  const { i32 } = module;
  const hosts = Array.from({ length: module.getNumFunctions() }, (_, i) => {
    return binaryen.getFunctionInfo(module.getFunctionByIndex(i));
  });
  const internal = (name: string) => hosts.find(({ base }) => base === name)!.name;
  const endings: Readonly<Record<string, number>> = {
    tick: module.unreachable(),
    cancel: i32.load(0, 1, i32.const(65_533)),
    inspect: i32.div_u(i32.const(1), i32.load(0, 4, i32.const(0))),
    attest: module.call(internal("entropy"), [i32.const(65_530), i32.const(32)], binaryen.i32),
  };
  for (const [name, body] of Object.entries(endings)) {
    module.removeExport(name);
    module.addFunction(`bad ${name}`, binaryen.none, binaryen.i32, [], body);
    module.addFunctionExport(`bad ${name}`, name);
  }
  const wasm = module.emitBinary();
  module.dispose();
  return new Uint8Array(wasm);
}

describe("a trap", () => {
  it.each(["native", "interpreter", "cortex-m4", "interpreter-cortex-m4", "rp2040"])(
    "is an answer of %s, and ends the instance, not the driver",
    { timeout: MINUTES_MS },
    async (name) => {
      const path = fileOf(folder, "trapping", trappingWasm());
      const driver = await started(name, path);
      if ("missing" in driver) return;
      await driver.close();
      const call = (verb: string): string => `{"op":"call","name":"${verb}","args":[]}`;
      const verbs = ["tick", "cancel", "inspect", "attest"];
      const lines = [
        HELLO,
        ...verbs.flatMap((verb) => [LOAD, call(verb), call("abiVersion")]),
        LOAD,
        call("abiVersion"),
      ];
      const answers = converse(lines, name, path).map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(verbs.map((_, i) => answers[2 + 3 * i]!["trap"])).toEqual([
        "unreachable",
        "out of bounds",
        "division by zero",
        "out of bounds",
      ]);
      expect(verbs.map((_, i) => answers[3 + 3 * i]!["error"])).toEqual(
        verbs.map(() => "the instance is gone"),
      );
      expect(answers.at(-1)!["status"]).toBe((1 << 16) | 2);
    },
  );
});

describe("a line that cannot be carried out", () => {
  it("is answered, and the driver goes on", { timeout: MINUTES_MS }, async () => {
    const driver = await started("native");
    if ("missing" in driver) return;
    await driver.close();
    const bad: readonly (readonly [string, string])[] = [
      ['{"op":"call","name":"tick","args":[]}', "no instance"],
      [LOAD, ""],
      ['{"op":"call","name":"tick","args":[1]}', "other arguments"],
      ['{"op":"call","name":"tock","args":[]}', "no such export"],
      ['{"op":"read","at":65536,"length":1}', "outside memory"],
      ['{"op":"read","at":65535,"length":1}', ""],
      ['{"op":"read","at":0,"length":2049}', "too long"],
      ['{"op":"write","at":65535,"data":"0000"}', "outside memory"],
      ['{"op":"write","at":0,"data":"0g"}', "no data"],
      ['{"op":"restore","slot":0}', "an empty slot"],
      ['{"op":"save","slot":16}', "no such slot"],
      ['{"op":"save","slot":15}', ""],
      ['{"op":"dance"}', "no such request"],
      ["not a line of the protocol", "no request"],
      [`{"op":"write","at":0,"data":"${"00".repeat(2200)}"}`, "line too long"],
      ['{"op":"hello","protocol":2}', "another protocol"],
    ];
    const answers = converse([HELLO, ...bad.map(([line]) => line), '{"op":"bye"}']).slice(1);
    const found = answers.map((line) => (JSON.parse(line) as { error?: string }).error ?? "");
    expect(found).toEqual(bad.map(([, error]) => error));
  });

  it(
    "a cut ends the call, and the instance until it is loaded or restored",
    { timeout: MINUTES_MS },
    async () => {
      const driver = await started("native");
      if ("missing" in driver) return;
      await driver.close();
      const boot = '{"op":"call","name":"boot","args":[0,0]}';
      const answers = converse([
        HELLO,
        LOAD,
        '{"op":"save","slot":0}',
        boot,
        '{"cut":1}',
        boot,
        '{"op":"restore","slot":0}',
        boot,
      ]);
      expect(answers[4]).toContain('"trap":"cut"');
      expect(answers[5]).toBe('{"error":"the instance is gone"}');
      expect(answers[7]).toContain('{"host":');
    },
  );
});

describe("ports/c/driver.json", () => {
  it("names every driver that the Makefile builds", () => {
    const made = [...readFileSync(join(PORT, "Makefile"), "utf8").matchAll(/^driver-([\w-]+):/gm)].map(
      (m) => m[1]!,
    );
    const listed = JSON.parse(readFileSync(join(PORT, "driver.json"), "utf8")) as { name: string }[];
    expect(listed.map(({ name }) => name).sort()).toEqual(made.sort());
  });
});
