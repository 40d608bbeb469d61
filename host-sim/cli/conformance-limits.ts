/** Limit vectors (vectors/limits.json) against the gate that ships, and against the reference model where it judges. */
import { loadModule } from "../gate/gate.js";
import { checkLimitVectors, type LimitVectors } from "../vectors/limit-vectors.js";
import { checkGate, checkModel } from "../vectors/runner.js";
import { CliError } from "./errors.js";
import { Progress } from "./progress.js";

/** How many groups pass between two words of progress. */
const SHOWN_GROUPS = 20;

/** A vector that failed: by the gate, or by the model. */
export interface LimitFailure {
  readonly id: string;
  readonly expected: string;
  readonly got: string;
}

/** The vectors, or a refusal that names the file and the place in it. */
export function limitVectorsOf(file: string, data: unknown): LimitVectors {
  try {
    return checkLimitVectors(data);
  } catch (error) {
    throw new CliError(`${file}: ${(error as Error).message}`);
  }
}

/** Runs every vector, each on a new pump: about 30 ms each. */
export function runLimitVectors(
  vectors: LimitVectors,
  modulePath: string,
  quiet = true,
): { passed: number; failures: LimitFailure[] } {
  const module = moduleOf(modulePath);
  const progress = new Progress(quiet);
  const failures: LimitFailure[] = [];
  let tests = 0;
  const groups = vectors.testGroups.length;
  for (const [i, group] of vectors.testGroups.entries()) {
    if (i % SHOWN_GROUPS === 0) progress.at(i, groups, "groups of limit vectors");
    for (const test of group.tests) {
      tests++;
      const byModel = checkModel(group, test);
      const failed = checkGate(module, group, test) ?? (byModel === "skipped" ? undefined : byModel);
      if (failed === undefined) continue;
      const { by, expected, got } = failed;
      failures.push({ id: `${test.tcId} (${by})`, expected, got });
    }
  }
  progress.end();
  return { passed: tests - failures.length, failures };
}

/** The gate's module, or one line that says how to build it. */
function moduleOf(path: string): WebAssembly.Module {
  try {
    return loadModule(path);
  } catch (error) {
    throw new CliError((error as Error).message);
  }
}
