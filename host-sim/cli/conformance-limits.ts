/** Limit vectors (vectors/limits.json) against the gate that ships, and against the reference model where it judges. */
import { loadModule } from "../gate/gate.js";
import { checkLimitVectors, type LimitVectors } from "../vectors/limit-vectors.js";
import { checkGate, checkModel } from "../vectors/runner.js";
import { CliError } from "./errors.js";

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
export function runLimitVectors(vectors: LimitVectors): { passed: number; failures: LimitFailure[] } {
  const module = moduleOf();
  const failures: LimitFailure[] = [];
  let tests = 0;
  for (const group of vectors.testGroups) {
    for (const test of group.tests) {
      tests++;
      const byModel = checkModel(group, test);
      const failed = checkGate(module, group, test) ?? (byModel === "skipped" ? undefined : byModel);
      if (failed === undefined) continue;
      const { by, expected, got } = failed;
      failures.push({ id: `${test.tcId} (${by})`, expected, got });
    }
  }
  return { passed: tests - failures.length, failures };
}

/** The release module, or one line that says how to build it. */
function moduleOf(): WebAssembly.Module {
  try {
    return loadModule();
  } catch (error) {
    throw new CliError((error as Error).message);
  }
}
