import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Device } from "../../host-sim/device/device.js";
import { MODULE_URL } from "../../host-sim/gate/instance.js";
import { GateTrap } from "../../host-sim/gate/gate.js";
import { PORT } from "../../host-sim/gate/names.js";
import { Recorder } from "../../host-sim/gate/recorder.js";
import { Pump } from "../../host-sim/pump/pump.js";
import { patientStory, STORY_S } from "../support/story.js";
import { stubGateWasm } from "../support/stub-gate.js";
import { DRIVER, setUpWasmtime } from "./setup.js";

/** What the driver prints. */
interface Summary {
  readonly instances: number;
  readonly calls: number;
  readonly imports: number;
  readonly bytes_compared: number;
  readonly memory: readonly string[];
  readonly fuel_max: Readonly<Record<string, number>>;
}
type Replayed =
  { readonly ok: true; readonly summary: Summary } | { readonly ok: false; readonly why: string };
type Line = Record<string, unknown>;

const environment = setUpWasmtime();
if ("missing" in environment) {
  if (process.env.CI === "true") throw new Error(environment.missing);
  process.stderr.write(`skipped: ${environment.missing}\n`);
}
const python = "python" in environment ? environment.python : "";
const folder = mkdtempSync(join(tmpdir(), "dosegate-wasmtime-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Records what `story` makes one pump do, from blank flash. */
function record(wasm: Uint8Array, story: (pump: Pump) => void): string {
  const device = new Device({ seed: "wasmtime", wallTimeS: STORY_S });
  const observer = new Recorder(wasm, device.flash.geometry);
  story(new Pump({ module: new WebAssembly.Module(wasm), device, observer }));
  return observer.text();
}

function replay(wasm: Uint8Array, trace: string): Replayed {
  const wasmPath = join(folder, "module.wasm");
  const tracePath = join(folder, "trace.jsonl");
  writeFileSync(wasmPath, wasm);
  writeFileSync(tracePath, trace);
  const { status, stdout, stderr } = spawnSync(python, [DRIVER, wasmPath, tracePath], { encoding: "utf8" });
  if (status === 0) return { ok: true, summary: JSON.parse(stdout) as Summary };
  return { ok: false, why: stderr.replace(tracePath, "trace") };
}

/** A day in small: commands, delivery, panel, sensors, a power cycle, log and attestation. */
function stubStory(pump: Pump): void {
  const submit = (...command: number[]) =>
    pump.submit({ port: PORT.NETWORK, command: new Uint8Array(command) });
  pump.powerOn();
  pump.provision(new Uint8Array([1, 2, 3]));
  pump.openSession(PORT.NETWORK);
  submit(1, 2, 3);
  pump.runFor(30_000);
  submit(0xdd);
  pump.panel("PAUSE");
  pump.panel("RESTORE");
  pump.powerCycle({ offMs: 5_000 }, { offMs: 5_000 });
  submit(4);
  pump.runFor(5_000);
  pump.attest(new Uint8Array(32).fill(9));
  pump.gate.logRead(0, 0);
  pump.inspect();
  expect(() => submit(0xee)).toThrow(GateTrap);
}

describe.skipIf(python === "")("replayed under wasmtime", () => {
  it("a pump with a stub for its gate does the same, byte for byte, traps included", () => {
    const wasm = stubGateWasm();
    const replayed = replay(wasm, record(wasm, stubStory));
    expect(replayed).toMatchObject({ ok: true, summary: { instances: 2 } });
    if (!replayed.ok) return;
    const { summary } = replayed;
    expect(summary.bytes_compared).toBe(summary.calls * (8192 + 256 + 128 + 64 + 320));
    expect(summary.memory).toHaveLength(2);
    expect(summary.fuel_max["tick"]).toBeGreaterThan(0);
  });

  it("the release module does the same in a patient's hour, byte for byte", () => {
    const wasm = new Uint8Array(readFileSync(MODULE_URL));
    const replayed = replay(wasm, record(wasm, patientStory));
    expect(replayed).toMatchObject({ ok: true, summary: { instances: 2 } });
    if (!replayed.ok) return;
    const { calls, imports, bytes_compared } = replayed.summary;
    console.log(
      `wasmtime: ${calls} calls, ${imports} imports, ${bytes_compared} bytes compared, 0 differences`,
    );
    expect(calls).toBeGreaterThan(1000);
  });
});

describe.skipIf(python === "")("the replay itself notices", () => {
  let wasm: Uint8Array;
  let lines: Line[];

  beforeAll(() => {
    wasm = stubGateWasm();
    const text = record(wasm, stubStory);
    lines = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Line);
  });

  /** Why the replay of the trace with one thing changed stops; `null` if it does not. */
  const altered = (change: (lines: Line[]) => void): string | null => {
    const copy = structuredClone(lines);
    change(copy);
    const replayed = replay(wasm, copy.map((line) => JSON.stringify(line) + "\n").join(""));
    return replayed.ok ? null : replayed.why;
  };
  const call = (all: Line[], name: string): Line => all.find((line) => line["name"] === name)!;
  const imports = (all: Line[], name: string): [string, number[], number, string][] =>
    all
      .flatMap((line) => (line["imports"] ?? []) as [string, number[], number, string][])
      .filter((entry) => Array.isArray(entry) && entry[0] === name);

  it("nothing in the trace as it was recorded", () => {
    expect(altered(() => undefined)).toBeNull();
  });

  it("another status, and names the line and the export", () => {
    expect(altered((all) => void (call(all, "submit")["status"] = 7))).toMatch(
      /trace:\d+: submit: status: recorded 7/,
    );
  });

  it("another byte in an area", () => {
    const why = altered((all) => {
      const change = (call(all, "tick")["changes"] as [string, number, string][])[0]!;
      change[2] = (change[2].startsWith("0") ? "1" : "0") + change[2].slice(1);
    });
    expect(why).toMatch(/tick: byte \d+ of the tick buffer: recorded 0x/);
  });

  it("a change in an area that was not recorded", () => {
    expect(altered((all) => void (call(all, "inspect")["changes"] = []))).toMatch(/of the inspect buffer/);
  });

  it("other bytes programmed into flash, and another answer read from it", () => {
    expect(altered((all) => void (imports(all, "flashProgram")[0]![3] = "00".repeat(32)))).toMatch(
      /bytes programmed at 0x1000/,
    );
    expect(altered((all) => void (imports(all, "flashRead")[0]![3] = "00".repeat(32)))).toMatch(
      /answer of flashRead/,
    );
  });

  it("another counter after the first read", () => {
    expect(altered((all) => void (imports(all, "counterRead")[1]![3] = "07000000"))).toMatch(
      /answer of counterRead/,
    );
  });

  it("an import with another argument, one too few and one too many", () => {
    expect(altered((all) => void imports(all, "flashErase")[0]![1].splice(0, 1, 2))).toMatch(
      /arguments of flashErase/,
    );
    expect(altered((all) => void (call(all, "tick")["imports"] = []))).toMatch(/uptimeMs.*none was recorded/);
    const twice = altered((all) => {
      const entries = call(all, "tick")["imports"] as unknown[];
      entries.push(entries[0]);
    });
    expect(twice).toMatch(/import calls: recorded 2, replayed 1/);
  });

  it("another entropy or time, by what the module makes of it", () => {
    expect(altered((all) => void (imports(all, "entropy").at(-1)![3] = "aa".repeat(32)))).not.toBeNull();
    expect(altered((all) => void (imports(all, "uptimeMs").at(-1)![3] = "aa".repeat(8)))).not.toBeNull();
  });

  it("another memory image at the end", () => {
    const why = altered((all) => void (all.find((line) => line.op === "memory")!["sha256"] = "00"));
    expect(why).toMatch(/SHA-256 of memory/);
  });

  it("a trap that was not recorded, and one that did not come", () => {
    const trapped = altered((all) => {
      const last = all.findLast((line) => line["name"] === "work")!;
      delete last["died"];
      last["status"] = 2;
    });
    expect(trapped).toMatch(/work: trapped/);
    const survived = altered((all) => {
      const first = call(all, "tick");
      delete first["status"];
      first["died"] = "trap";
    });
    expect(survived).toMatch(/tick: status: recorded a trap, replayed 0/);
  });

  it("another module, and a trace that was cut", () => {
    const trace = lines.map((line) => JSON.stringify(line) + "\n");
    // One custom section more: the same code, another file.
    const other = new Uint8Array([...wasm, 0, 2, 1, 0x78]);
    const replayed = replay(other, trace.join(""));
    expect(replayed.ok ? "" : replayed.why).toMatch(/SHA-256 of the module/);
    expect(altered((all) => void all.pop())).toMatch(/ends without its end line/);
    expect(altered((all) => void all.splice(-3, 1))).not.toBeNull();
  });
});
