/** The committed vectors, and drivers to run them on. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { driverEntries, DriverMissing, ROOT } from "../../host-sim/conformance/drivers.js";
import { MemoryDriver } from "../../host-sim/conformance/memory-driver.js";
import type { Driver } from "../../host-sim/conformance/protocol.js";
import { runVectors, type VectorResult, type Work } from "../../host-sim/conformance/runner.js";
import { readSubset, readSuite, workOf } from "../../host-sim/conformance/suite.js";
import { MODULE_URL, MODULE_VARIABLE } from "../../host-sim/gate/instance.js";

export const FOLDER = join(ROOT, "vectors", "protocol");
export const MODULE_PATH = process.env[MODULE_VARIABLE] ?? MODULE_URL.pathname;
export const SUITE = readSuite([FOLDER]);
export const ALL = workOf(SUITE);
export const SUBSET = workOf(SUITE, readSubset(FOLDER));

export const wasmOf = (path = MODULE_PATH): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(path));

/** Runs vectors on a driver; the failed ones in words. */
export async function failures(driver: Driver, work: readonly Work[]): Promise<string[]> {
  return (await results(driver, work)).filter(({ passed }) => !passed).map(textOf);
}

export const results = (driver: Driver, work: readonly Work[]): Promise<VectorResult[]> =>
  runVectors(driver, work, { fixtures: SUITE.fixtures });

export const textOf = ({ topic, vector, why }: VectorResult): string =>
  `${topic} ${vector.tcId} ${vector.comment}: ${why ?? "passed"}`;

/** A driver of the repository by its name, or why there is none; in continuous integration there has to be. */
export async function started(
  name: string,
  path = MODULE_PATH,
): Promise<Driver | { readonly missing: string }> {
  const entry = driverEntries().find((one) => one.name === name);
  if (entry === undefined) throw new Error(`no driver ${name}`);
  try {
    return await entry.start(path);
  } catch (error) {
    if (!(error instanceof DriverMissing) || process.env["CI"] === "true") throw error;
    process.stderr.write(`skipped: ${name} needs ${error.message}\n`);
    return { missing: error.message };
  }
}

export const onNode = (wasm = wasmOf()): Driver => new MemoryDriver(wasm);

/** A module in a file, for drivers that read one. */
export function fileOf(folder: string, name: string, wasm: Uint8Array): string {
  const path = join(folder, `${name}.wasm`);
  writeFileSync(path, wasm);
  return path;
}

export const vectorAt = (topic: string, comment: string | RegExp): Work => {
  const found = ALL.find(
    (one) =>
      one.topic === topic &&
      (typeof comment === "string" ? one.vector.comment === comment : comment.test(one.vector.comment)),
  );
  if (found === undefined) throw new Error(`no vector ${String(comment)} in ${topic}`);
  return found;
};
