/**
 * The vectors notice what they are there for: gates and models with the flaws known of the Open PCA Pump fail them, each under the flag
 * of its flaw.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { loadModule } from "../../host-sim/gate/gate.js";
import type { DrugText, TestGroup } from "../../host-sim/vectors/limit-vectors.js";
import { checkGate, checkModel } from "../../host-sim/vectors/runner.js";
import { flagged, type Numbered } from "./support.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const LEDGER = "assembly/delivery/ledger.ts";
const directory = mkdtempSync(join(tmpdir(), "dosegate-flaw-"));
afterAll(() => rmSync(directory, { recursive: true }));

const MODULE = loadModule();
const numbers = (vectors: readonly Numbered[]): number[] => vectors.map(({ test }) => test.tcId);
/** Vectors that a gate fails, beside those whose history already goes otherwise. */
const failing = (module: WebAssembly.Module, vectors: readonly Numbered[]): number[] =>
  vectors.flatMap(({ group, test }) => checkGate(module, group, test)?.tcId ?? []);
const refusals = (vectors: readonly Numbered[]): Numbered[] =>
  vectors.filter(({ test }) => test.expected.verdict === "DENY");

/** A library without a field for the window. */
function withoutField(group: TestGroup): TestGroup {
  const drugs = group.library.drugs.map((drug) => {
    const { windows, ...rest }: DrugText = drug;
    if (windows === undefined) throw new Error("nothing to leave out");
    return rest;
  });
  return { ...group, library: { ...group.library, drugs } };
}

describe("a hard volume over a window, without a field for it in the library", () => {
  const vectors = flagged("OpenPcaNoField");
  const flawed = vectors.map(({ group, test }) => ({ group: withoutField(group), test }));

  it("fails every refusal in the gate, and nothing else", () => {
    expect(refusals(vectors).length).toBeGreaterThan(0);
    expect(failing(MODULE, flawed)).toEqual(numbers(refusals(vectors)));
  });

  it("fails them in the model as well", () => {
    const failed = flawed.flatMap(({ group, test }) => {
      const result = checkModel(group, test);
      return result === undefined || result === "skipped" ? [] : result.tcId;
    });
    expect(failed).toEqual(numbers(refusals(vectors)));
  });
});

/** Builds the gate with `edits` of its ledger, each of which must fit once. */
function built(edits: readonly (readonly [from: string, to: string])[]): WebAssembly.Module {
  for (const part of ["assembly", "asconfig.json"]) {
    cpSync(join(ROOT, part), join(directory, part), { recursive: true });
  }
  let text = readFileSync(join(ROOT, LEDGER), "utf8");
  for (const [from, to] of edits) {
    expect(text.split(from).length, `"${from}" in ${LEDGER}`).toBe(2);
    text = text.replace(from, to);
  }
  writeFileSync(join(directory, LEDGER), text);
  const output = join(directory, "gate.wasm");
  const compiler = join(ROOT, "node_modules/assemblyscript/bin/asc.js");
  const args = ["assembly/index.ts", "--target", "release", "--outFile", output];
  args.push("--textFile", join(directory, "gate.wat"));
  execFileSync(process.execPath, [compiler, ...args], { cwd: directory, stdio: "pipe" });
  return loadModule(output);
}

/** The windows count what was delivered and the dose asked for, but no basal flow to come: what Open PCA does. */
const BASAL_UNSEEN = [
  [
    "worst = max(worst, plus(past, flows(flowingIn(window), buckets - back + 1)));",
    "worst = max(worst, past);",
  ],
  ["if (plus(sum, min(p.left, plus(whole, rest == 0 ? 0 : 1))) > cap) breaks++;", "if (sum > cap) breaks++;"],
] as const;

describe("a gate whose windows leave out the basal flow to come", () => {
  const vectors = flagged("OpenPcaBasalAlone");

  it("fails the refusals of that flag, and nothing else under it; the gate as it is fails none", () => {
    const flawed = built(BASAL_UNSEEN);
    expect(refusals(vectors).length).toBeGreaterThan(1);
    expect(failing(flawed, vectors)).toEqual(numbers(refusals(vectors)));
    expect(failing(MODULE, vectors)).toEqual([]);
    expect(failing(flawed, refusals(flagged("WindowBasal")))).toEqual(
      numbers(refusals(flagged("WindowBasal"))),
    );
  });
});
