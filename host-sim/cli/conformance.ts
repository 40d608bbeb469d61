import { existsSync, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import type { Command } from "commander";
import { claimsProtocol, FIXTURES_FILE } from "../conformance/suite.js";
import { ROOT } from "../conformance/drivers.js";
import { type DriverRun, failureLines, topicCounts } from "../conformance/report.js";
import { MODULE_VARIABLE } from "../gate/instance.js";
import { Primitives } from "../gate/primitives.js";
import { claimsLimits } from "../vectors/limit-vectors.js";
import { limitVectorsOf, runLimitVectors } from "./conformance-limits.js";
import {
  printMatrix,
  printRun,
  PROTOCOL_FOLDER,
  type ProtocolOptions,
  runProtocol,
  suiteOf,
} from "./conformance-protocol.js";
import { CliError } from "./errors.js";
import { readJsonFile } from "./json-file.js";
import { checkCase, type CheckedCase } from "./primitive-check.js";
import { readPrimitiveVectors, type PrimitiveVectors } from "./primitive-vectors.js";

interface Options extends Partial<ProtocolOptions> {
  readonly vectors?: string[];
  readonly json?: boolean;
}

/** What one file came to. */
interface FileResult {
  readonly file: string;
  readonly primitive: string;
  readonly source: string | null;
  readonly passed: number;
  readonly failed: number;
  readonly failures: readonly Omit<CheckedCase, "passed">[];
}

/** As short as it can be said from here. */
const here = (path: string): string => {
  const short = relative(process.cwd(), path);
  return short === "" || short.startsWith("..") ? path : short;
};
const SHIPPED = here(join(ROOT, "vectors"));

/** `dosegate conformance`: every vector against the gate, its primitives and the drivers that embed it. */
export function registerConformance(program: Command): void {
  program
    .command("conformance")
    .description(
      "Runs test vectors against the gate, its primitives and the engines it is embedded in, and says which fail.",
    )
    .option("--vectors <path...>", "files or folders of vectors; all that come with Dosegate if left out")
    .option(
      "--driver <name>",
      "engine that runs the protocol vectors: node, node-lines, or one of ports/ (default: node)",
    )
    .option(
      "--driver-command <command>",
      "your own driver: a shell command that speaks docs/CONFORMANCE.md, section 2",
    )
    .option("--all", "protocol vectors on every driver, and a matrix")
    .option("--subset", "only the vectors of vectors/protocol/subset.json, which cover every status")
    .option("--full", "with --all: all vectors also on slow drivers")
    .option("--module <file>", "the gate that drivers of this repository embed")
    .option("--junit <file>", "write the protocol vectors' results as JUnit XML")
    .option("--json", "print one JSON object instead of lines")
    .option("--quiet", "no progress on standard error")
    .addHelpText("after", "\nExit code: 0 all passed, 1 a case failed, 2 a file cannot be used.")
    .action(conformance);
}

function builtModule(): string {
  return process.env[MODULE_VARIABLE] ?? join(ROOT, "build", "dosegate.wasm");
}

async function conformance(options: Options): Promise<void> {
  // Every file is read before the first case runs: a bad one is not found after minutes.
  const { files, protocol } = sorted(options.vectors ?? shipped(options));
  const { module = builtModule() } = options;
  const prepared = files.map((file) => prepare(file, module));
  const suite = protocol.length === 0 ? null : suiteOf(protocol);
  const results = prepared.map((run) => run(options.quiet === true || options.json === true));
  if (options.json !== true) for (const result of results) printFile(result);
  const runs = suite === null ? [] : await runProtocol(suite, { ...options, module });
  const all = [...results, ...runs.flatMap(fileResults)];
  const passed = sum(all.map((result) => result.passed));
  const failed = sum(all.map((result) => result.failed));
  const missing = runs.filter((run) => "missing" in run).length;
  if (options.json === true) {
    console.log(JSON.stringify({ passed, failed, files: all, ...(missing > 0 && { missing }) }, null, 2));
  } else {
    if (options.all === true) printMatrix(runs);
    else for (const run of runs) printRun(run);
    console.log(`${passed} passed, ${failed} failed`);
  }
  // Where everything should be installed, a driver that was not run has not passed.
  const unmet = missing > 0 && (options.all !== true || process.env["CI"] === "true");
  if (failed > 0 || unmet) process.exitCode = 1;
}

/** What comes with Dosegate. Primitives and limits are run in this process: with another driver only protocol vectors are. */
function shipped({ driver, driverCommand, all, subset }: Options): string[] {
  const here = (driver === undefined || driver === "node") && driverCommand === undefined;
  return here && all !== true && subset !== true ? [SHIPPED] : [PROTOCOL_FOLDER];
}

/** Files of protocol vectors, which need their fixtures, apart from the others. Folders are looked into. */
function sorted(paths: readonly string[]): { files: string[]; protocol: string[] } {
  const files: string[] = [];
  const protocol: string[] = [];
  for (const path of paths) {
    if (existsSync(path) && statSync(path).isDirectory()) {
      if (existsSync(join(path, FIXTURES_FILE))) protocol.push(path);
      else {
        const inside = sorted(
          readdirSync(path)
            .filter(isVectors(path))
            .sort()
            .map((name) => join(path, name)),
        );
        files.push(...inside.files);
        protocol.push(...inside.protocol);
      }
    } else if (claimsProtocol(readJsonFile(path))) protocol.push(path);
    else files.push(path);
  }
  return { files, protocol };
}

/** In a folder, only what says that it is a file of vectors. */
const isVectors =
  (folder: string) =>
  (name: string): boolean => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return readdirSync(path).some((inside) => inside.endsWith(".json"));
    if (!name.endsWith(".json")) return false;
    const data = readJsonFile(path);
    if (typeof data !== "object" || data === null || !("schema" in data)) return false;
    return typeof data.schema === "string" && data.schema.startsWith("dosegate-");
  };

/** A driver's results in the form of files, a topic each. */
function fileResults(run: DriverRun): FileResult[] {
  if ("missing" in run) return [];
  return topicCounts(run.results).map(({ topic, passed, failed }) => ({
    file: `protocol/${topic}`,
    primitive: "protocol",
    source: `${run.driver}, ${run.hello.engine}`,
    passed,
    failed,
    failures: run.results
      .filter((result) => result.topic === topic && !result.passed)
      .map((result) => ({
        id: result.vector.tcId,
        expected: result.vector.expected.status,
        got: failureLines([result])[0]!.trim(),
      })),
  }));
}

/** Reads and checks a file of either kind; what is returned runs it. */
function prepare(file: string, modulePath: string): (quiet: boolean) => FileResult {
  const data = readJsonFile(file);
  if (!claimsLimits(data)) {
    const vectors = readPrimitiveVectors(file);
    return () => runFile(loadPrimitives(), file, vectors);
  }
  const vectors = limitVectorsOf(file, data);
  return (quiet) => {
    const { passed, failures } = runLimitVectors(vectors, modulePath, quiet);
    return { file, primitive: "limits", source: null, passed, failed: failures.length, failures };
  };
}

/** The diagnostic module, or one line that says how to build it. */
function loadPrimitives(): Primitives {
  try {
    return new Primitives();
  } catch (error) {
    throw new CliError((error as Error).message);
  }
}

function runFile(gate: Primitives, file: string, vectors: PrimitiveVectors): FileResult {
  const checked = vectors.cases.map((one) => checkCase(gate, vectors.primitive, one));
  const failures = checked
    .filter((one) => !one.passed)
    .map(({ id, expected, got }) => ({ id, expected, got }));
  return {
    file,
    primitive: vectors.primitive,
    source: vectors.source ?? null,
    passed: checked.length - failures.length,
    failed: failures.length,
    failures,
  };
}

function printFile(result: FileResult): void {
  console.log(`${result.file}: ${result.primitive}, ${result.passed + result.failed} cases`);
  for (const { id, expected, got } of result.failures) {
    console.log(`  FAILED ${id}: expected ${expected}, got ${got}`);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
