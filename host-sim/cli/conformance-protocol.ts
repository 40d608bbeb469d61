/** Protocol vectors (vectors/protocol) against drivers: one of this repository, somebody's own, or all of them. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type DriverEntry, driverEntries, DriverMissing, ROOT } from "../conformance/drivers.js";
import { LineDriver } from "../conformance/line-driver.js";
import { type Driver, DriverError } from "../conformance/protocol.js";
import {
  type DriverRun,
  failureLines,
  junit,
  matrix,
  skippedLines,
  topicCounts,
} from "../conformance/report.js";
import { runVectors } from "../conformance/runner.js";
import { readSubset, readSuite, type Suite, workOf } from "../conformance/suite.js";
import { CliError } from "./errors.js";
import { Progress } from "./progress.js";

export interface ProtocolOptions {
  readonly driver?: string;
  readonly driverCommand?: string;
  readonly all?: boolean;
  readonly subset?: boolean;
  readonly full?: boolean;
  readonly junit?: string;
  readonly quiet?: boolean;
  readonly module: string;
}

export const PROTOCOL_FOLDER = join(ROOT, "vectors", "protocol");

/** The suite, or one line that names file and fault. */
export function suiteOf(paths: readonly string[]): Suite {
  try {
    return readSuite(paths);
  } catch (error) {
    throw new CliError((error as Error).message);
  }
}

/** The drivers asked for. */
function entriesFor({ driver, driverCommand, all }: ProtocolOptions): DriverEntry[] {
  if ([driver, driverCommand, all].filter((asked) => asked !== undefined).length > 1) {
    throw new CliError("choose one of --driver, --driver-command and --all");
  }
  if (driverCommand !== undefined) {
    const start = () => LineDriver.start({ command: ["sh", "-c", driverCommand] });
    return [{ name: driverCommand, summary: "", subset: false, start }];
  }
  const known = driverEntries();
  if (all === true) return known;
  const wanted = driver ?? "node";
  const found = known.find(({ name }) => name === wanted);
  if (found === undefined) {
    throw new CliError(`no driver "${wanted}"; there are ${known.map(({ name }) => name).join(", ")}`);
  }
  return [found];
}

/** Runs the suite on each driver asked for. */
export async function runProtocol(suite: Suite, options: ProtocolOptions): Promise<DriverRun[]> {
  const entries = entriesFor(options);
  const runs: DriverRun[] = [];
  for (const entry of entries) {
    runs.push(await runOn(entry, suite, options));
  }
  if (options.junit !== undefined) writeFileSync(options.junit, junit(runs));
  return runs;
}

async function runOn(entry: DriverEntry, suite: Suite, options: ProtocolOptions): Promise<DriverRun> {
  const few = options.subset === true || (entry.subset && options.all === true && options.full !== true);
  const work = workOf(suite, few ? readSubset(PROTOCOL_FOLDER) : undefined);
  const progress = new Progress(options.quiet === true);
  const began = performance.now();
  let driver: Driver;
  try {
    driver = await entry.start(options.module);
  } catch (error) {
    if (error instanceof DriverMissing) return { driver: entry.name, missing: error.message };
    throw new CliError((error as Error).message);
  }
  const step = Math.max(1, Math.floor(work.length / 10));
  try {
    const results = await runVectors(driver, work, {
      fixtures: suite.fixtures,
      restart: () => entry.start(options.module),
      result: (_result, done, all) => {
        if (done % step === 0 || done === all) progress.at(done, all, `vectors on ${entry.name}`);
      },
    });
    return { driver: entry.name, hello: driver.hello, results, seconds: (performance.now() - began) / 1000 };
  } catch (error) {
    if (error instanceof DriverError) throw new CliError(error.message, 1);
    throw error;
  } finally {
    progress.end();
  }
}

/** What one driver came to, in lines. */
export function printRun(run: DriverRun): void {
  if ("missing" in run) {
    console.log(`${run.driver}: not run: needs ${run.missing}`);
    return;
  }
  for (const { topic, passed, failed } of topicCounts(run.results)) {
    console.log(`protocol/${topic}: ${passed + failed} vectors on ${run.driver} (${run.hello.engine})`);
  }
  for (const line of [...failureLines(run.results), ...skippedLines(run.results)]) console.log(line);
}

export function printMatrix(runs: readonly DriverRun[]): void {
  for (const run of runs) {
    if ("missing" in run) continue;
    for (const line of [...failureLines(run.results), ...skippedLines(run.results)]) {
      console.log(`${run.driver}:${line}`);
    }
  }
  console.log(matrix(runs));
}
