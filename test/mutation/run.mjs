/**
 * Mutation of the gate: `npm run mutate`. Builds the module with one rule taken out at a time, runs the fast tests against it, and prints
 * which test noticed first. Exits with 1 if a mutant survives, if one breaks what must hold without it, if an edit no longer fits the
 * source, or if the module as it is fails.
 *
 *   npm run mutate                        all mutants, with the control: ten minutes on two slow cores
 *   npm run mutate -- throttle duties     only those whose name contains one of the words
 *   npm run mutate -- --no-control        without the tests of the module as it is
 */
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MUTANTS } from "./mutants.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const COMPILER = join(ROOT, "node_modules/assemblyscript/bin/asc.js");
const VITEST = join(ROOT, "node_modules/vitest/vitest.mjs");
/** Two at a time: a build and a test run take one core each. */
const JOBS = 2;
/** Leaves out the module as it is: for a run of the whole suite, which is the control. */
const NO_CONTROL = "--no-control";
/** Where a survivor of its own tests is looked for at last, and what the control must pass. */
const FAST = [
  "test/mutation/gaps.test.ts",
  "test/mutation/trust-gaps.test.ts",
  "test/mutation/line.test.ts",
  "test/order",
  "test/session",
  "test/throttle",
  "test/delivery",
  "test/interleave",
  "test/trust/device.test.ts",
  "test/power/control.test.ts",
  "test/pump/story.test.ts",
  "test/authority/gate.test.ts",
];

/** Runs a Node script; its exit code and what it said. */
function node(script, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], options);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, said }));
  });
}

/** The changed files of a mutant, by path in the repository. Throws unless each edit fits exactly once. */
export function edited({ name, edits }) {
  const texts = new Map();
  for (const [file, from, to] of edits) {
    const pieces = (texts.get(file) ?? readFileSync(join(ROOT, file), "utf8")).split(from);
    if (pieces.length !== 2) {
      const found = pieces.length - 1;
      throw new Error(
        `"${name}": ${file} has its text ${found} times, not once; write the edit of test/mutation/mutants.mjs anew:\n${from}`,
      );
    }
    texts.set(file, pieces.join(to));
  }
  return texts;
}

/** Builds the module with the mutant's edits. Returns its path; throws if it does not compile. */
async function build(directory, mutant) {
  for (const part of ["assembly", "asconfig.json"]) {
    cpSync(join(ROOT, part), join(directory, part), { recursive: true });
  }
  for (const [file, text] of edited(mutant)) writeFileSync(join(directory, file), text);
  const output = join(directory, "gate.wasm");
  const text = join(directory, "gate.wat");
  const args = ["assembly/index.ts", "--target", "release", "--outFile", output, "--textFile", text];
  const { code, said } = await node(COMPILER, args, { cwd: directory });
  if (code !== 0) throw new Error(`"${mutant.name}" does not compile:\n${said}`);
  return output;
}

/** Runs tests against a build. The first failure as "file > name", null if all pass. */
async function firstFailure(wasm, files, directory) {
  const report = join(directory, "report.json");
  const args = ["run", "--bail=1", "--reporter=json", `--outputFile=${report}`, ...files];
  const env = { ...process.env, DOSEGATE_WASM: wasm };
  const { code, said } = await node(VITEST, args, { cwd: ROOT, env });
  let results;
  try {
    results = JSON.parse(readFileSync(report, "utf8"));
  } catch {
    throw new Error(`the tests could not be run:\n${said}`);
  }
  for (const { name, assertionResults, status, message } of results.testResults) {
    const failed = assertionResults.find((test) => test.status === "failed");
    const file = name.slice(ROOT.length);
    if (failed !== undefined) return `${file} > ${failed.fullName}`;
    if (status === "failed") return `${file}: ${message.split("\n")[0]}`;
  }
  if (code !== 0) throw new Error(`the tests failed, and none says why:\n${said}`);
  if (results.numPassedTests === 0) throw new Error(`no test ran of ${files.join(", ")}`);
  return null;
}

/** Which test notices the mutant (null: none), and which test fails of those that must hold all the same. */
async function judge({ holds = [], ...mutant }) {
  const directory = mkdtempSync(join(tmpdir(), "dosegate-mutant-"));
  try {
    const wasm = await build(directory, mutant);
    const broken = holds.length === 0 ? null : await firstFailure(wasm, holds, directory);
    const own = await firstFailure(wasm, mutant.tests, directory);
    const isControl = mutant.edits.length === 0;
    return { noticed: own ?? (isControl ? null : await firstFailure(wasm, FAST, directory)), broken };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The module as it is must pass what the mutants are held to, or nothing can be told. */
async function control(mutants) {
  const tests = new Set([...FAST, ...mutants.flatMap(({ tests, holds = [] }) => [...tests, ...holds])]);
  const { noticed } = await judge({ name: "(none)", edits: [], tests: [...tests] });
  if (noticed !== null) throw new Error(`the module as it is fails, so that nothing can be told: ${noticed}`);
  console.log("control: the module as it is passes");
}

async function main(args) {
  const withoutControl = args.includes(NO_CONTROL);
  const words = args.filter((word) => word !== NO_CONTROL);
  const chosen = MUTANTS.filter(
    ({ name }) => words.length === 0 || words.some((word) => name.includes(word)),
  );
  if (chosen.length === 0) throw new Error(`no mutant's name contains ${words.join(" or ")}`);
  const began = Date.now();
  if (!withoutControl) await control(chosen);
  const queue = [...chosen];
  const survivors = [];
  const worker = async () => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const { noticed, broken } = await judge(mutant);
      if (noticed === null || broken !== null) survivors.push(mutant.name);
      const word = broken !== null ? "BREAKS  " : noticed === null ? "SURVIVES" : "noticed ";
      console.log(`${word}  ${mutant.name.padEnd(56)}  ${broken ?? noticed ?? ""}`);
    }
  };
  await Promise.all(Array.from({ length: JOBS }, worker));
  const seconds = Math.round((Date.now() - began) / 1000);
  console.log(`${chosen.length} mutants, ${survivors.length} survive, ${seconds} s`);
  return survivors.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
