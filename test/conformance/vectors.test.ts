/** Every protocol vector on every engine that is at hand; a gate broken on purpose fails on each of them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Driver } from "../../host-sim/conformance/protocol.js";
import { type Weakness, weakenedBytes } from "../support/weakened.js";
import { ALL, failures, fileOf, onNode, results, started, SUBSET, textOf } from "./support.js";

const folder = mkdtempSync(join(tmpdir(), "dosegate-vectors-"));
afterAll(() => rmSync(folder, { recursive: true }));
const MINUTES_MS = 300_000;

describe("the gate does what the vectors say", () => {
  it("in this process, every vector", { timeout: MINUTES_MS }, async () => {
    expect(ALL.length).toBeGreaterThanOrEqual(400);
    expect(await failures(onNode(), ALL)).toEqual([]);
  });

  it("through the line protocol, the subset", { timeout: MINUTES_MS }, async () => {
    const driver = await started("node-lines");
    if ("missing" in driver) return;
    expect(await failures(driver, SUBSET)).toEqual([]);
  });

  it("under wasmtime, every vector", { timeout: MINUTES_MS }, async () => {
    const driver = await started("wasmtime");
    if ("missing" in driver) return;
    expect(await failures(driver, ALL)).toEqual([]);
  });
});

/** What no longer holds, and a vector that has to notice. */
const BROKEN: readonly (readonly [Weakness, RegExp])[] = [
  ["maxima", /^limits \d+ continuous dose of a start: four bounds: hardMax \+1 pg/],
  ["librarySignature", /^trust \d+ root document with a bit of a signature wrong/],
  ["sequence", /^sessions \d+ a sequence that was passed over/],
  ["patient", /^statuses \d+ PATIENT/],
];

describe.each(BROKEN)("a gate broken on purpose (%s) fails", (weakness, noticed) => {
  const work = ALL.filter(({ topic, vector }) => {
    return (
      noticed.test(`${topic} ${vector.tcId} ${vector.comment}`) || SUBSET.some((one) => one.vector === vector)
    );
  });
  const said = async (driver: Driver): Promise<string[]> =>
    (await results(driver, work)).filter(({ passed }) => !passed).map(textOf);

  it("in this process, through lines, and under wasmtime", { timeout: MINUTES_MS }, async () => {
    const wasm = await weakenedBytes(weakness);
    const path = fileOf(folder, weakness, wasm);
    const failed = await said(onNode(wasm));
    expect(
      failed.some((text) => noticed.test(text)),
      failed.join("\n"),
    ).toBe(true);
    // Most vectors have nothing to do with what was broken.
    expect(failed.length).toBeLessThan(work.length / 2);
    for (const name of ["node-lines", "wasmtime"]) {
      const driver = await started(name, path);
      if ("missing" in driver) continue;
      expect(await said(driver), name).toEqual(failed);
    }
  });
});
