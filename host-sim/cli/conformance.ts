import type { Command } from "commander";
import { Primitives } from "../gate/primitives.js";
import { claimsLimits } from "../vectors/limit-vectors.js";
import { limitVectorsOf, runLimitVectors } from "./conformance-limits.js";
import { CliError } from "./errors.js";
import { readJsonFile } from "./json-file.js";
import { checkCase, type CheckedCase } from "./primitive-check.js";
import { readPrimitiveVectors, type PrimitiveVectors } from "./primitive-vectors.js";

interface Options {
  vectors: string[];
  json?: boolean;
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

/** `dosegate conformance`: test vectors of the primitives, and of the limits, against the modules built from the gate's sources. */
export function registerConformance(program: Command): void {
  program
    .command("conformance")
    .description("Runs test vectors against the gate and its primitives and says which fail.")
    .requiredOption(
      "--vectors <file...>",
      "JSON file of vectors; vectors/primitive-vectors.schema.json and vectors/limits.schema.json describe it",
    )
    .option("--json", "print one JSON object instead of lines")
    .addHelpText("after", "\nExit code: 0 all passed, 1 a case failed, 2 a file cannot be used.")
    .action((options: Options) => {
      // Every file is read before the first case runs: a bad one is not found after minutes.
      const runs = options.vectors.map(prepare);
      const results = runs.map((run) => run());
      const passed = sum(results.map((r) => r.passed));
      const failed = sum(results.map((r) => r.failed));
      if (options.json === true) {
        console.log(JSON.stringify({ passed, failed, files: results }, null, 2));
      } else {
        for (const result of results) printFile(result);
        console.log(`${passed} passed, ${failed} failed`);
      }
      if (failed > 0) process.exitCode = 1;
    });
}

/** Reads and checks a file of either kind; what is returned runs it. */
function prepare(file: string): () => FileResult {
  const data = readJsonFile(file);
  if (!claimsLimits(data)) {
    const vectors = readPrimitiveVectors(file);
    return () => runFile(loadPrimitives(), file, vectors);
  }
  const vectors = limitVectorsOf(file, data);
  return () => {
    const { passed, failures } = runLimitVectors(vectors);
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
