import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readBudgets } from "../../bench/host/budgets.js";
import { runCommands } from "../../bench/host/command-run.js";
import { lineChart } from "../../bench/host/line-chart.js";
import { OURS, Primitives, readBuild } from "../../bench/host/module.js";
import { renderPage } from "../../bench/host/page.js";
import { runHash } from "../../bench/host/primitives-run.js";
import type { Result } from "../../bench/host/run.js";
import { renderText } from "../../bench/host/terminal.js";
import { BenchPump, libraryOf } from "../../bench/host/ward-fixture.js";

const BUILD = fileURLToPath(new URL("../../build", import.meta.url));
const release = readBuild(BUILD, "dosegate.wasm");
const diag = readBuild(BUILD, "dosegate-diag.wasm");

describe("the bench's pump", () => {
  it("has a library of exactly the size that is asked for", () => {
    expect([40, 41, 1200].map((entries) => libraryOf(entries).entries.length)).toEqual([40, 41, 1200]);
  });

  it("permits its order again and again, also after a boot, and refuses to time one that is denied", () => {
    const pump = new BenchPump(release.module, libraryOf(40));
    for (let i = 0; i < 40; i++) {
      pump.rest();
      expect(pump.submit(pump.order()).us).toBeGreaterThan(0);
    }
    pump.rest();
    pump.reboot();
    expect(pump.submit(pump.order()).us).toBeGreaterThan(0);
    pump.rest();
    const forged = pump.order();
    forged[forged.length - 1]! ^= 1;
    expect(() => pump.submit(forged)).toThrow("the bench's order is refused");
  });

  it("times a proof that holds, and notices one that does not", () => {
    const pump = new BenchPump(release.module, libraryOf(40));
    const { entry, index, path } = pump.proofs();
    const place = new Uint8Array(16);
    place[0] = index;
    place[8] = 40;
    const prove = (root: Uint8Array) => new Primitives(diag).proof(entry, place, root, Buffer.concat(path))();
    expect(prove(pump.library.root)).toBe(true);
    expect(prove(pump.library.root.map((byte) => byte ^ 1))).toBe(false);
  });
});

/** A run small enough for a test. */
async function smallResult(): Promise<Result> {
  const series = [await runHash(diag, 256, 64, { rounds: 3, turnMs: 1, warmUpMs: 1 })];
  const commands = runCommands(release.module, 10);
  const rows = [40, 1200, 65_536].map((entries, i) => ({
    entries,
    entryBytesMean: 200,
    pathNodes: 6 + 5 * i,
    installMs: entries / 200,
    installUsPerEntry: 5,
    proofUs: 4 + i,
    commandUs: 80 + i,
  }));
  return {
    schema: 1,
    commit: "0123456789abcdef",
    commitDate: "2026-01-01T00:00:00Z",
    machine: { processor: "<cpu>", cores: 2, node: "20", v8: "11", openssl: "3", asc: "0.28" },
    release: { bytes: release.bytes, sha256: release.sha256 },
    diag: { bytes: diag.bytes, sha256: diag.sha256 },
    quick: true,
    series,
    commands,
    libraries: { rows, proofGrowth: 1 },
    figures: { "library/install/1200": { value: 31, unit: "ms" } },
  };
}

describe("a result", () => {
  it("names every peer, what is wrong with it, and the bars that are not met, on the terminal and on the page", async () => {
    const result = await smallResult();
    const page = renderPage(result);
    const text = renderText(result);
    for (const shown of [page, text]) {
      expect(shown).toContain(OURS);
      expect(shown).toContain("@chainsafe/as-sha256");
      expect(shown).toContain("wrong digest");
      expect(shown).toContain("not met, short by 1.00 ms");
    }
    expect(page).not.toMatch(/<script|https?:|<cpu>/);
    expect(result.series[0]!.rows.find(({ name }) => name === OURS)?.timesOurs).toBe(1);
    expect(result.commands.every(({ p50Us, p99Us, maxUs }) => p50Us <= p99Us && p99Us <= maxUs)).toBe(true);
  });

  it("draws what grows with the logarithm as a straight line", () => {
    const points = [40, 1600, 64_000].map((x, i) => ({ x, y: 4 + 3 * i }));
    const { text } = lineChart("t", "x", "y", [{ label: "l", colour: "#000", points }]);
    const drawn = /points="([^"]+)"/
      .exec(text)![1]!
      .split(" ")
      .map((pair) => pair.split(",").map(Number));
    const [[x0, y0], [x1, y1], [x2, y2]] = drawn as [[number, number], [number, number], [number, number]];
    expect(x1 - x0).toBeCloseTo(x2 - x1, 0);
    expect(y1 - y0).toBeCloseTo(y2 - y1, 0);
    expect(y2).toBeLessThan(y0);
  });

  it("is committed whole, with the page of the same run", () => {
    const path = fileURLToPath(new URL("../../bench/results/host.json", import.meta.url));
    const result = JSON.parse(readFileSync(path, "utf8")) as Result;
    const page = readFileSync(path.replace(/json$/, "html"), "utf8");
    expect(result).toMatchObject({ schema: 1, quick: false });
    expect(result.series.map(({ id }) => id)).toHaveLength(9);
    expect(page).toContain(result.release.sha256.slice(0, 16));
    expect(page).toContain(result.commit.slice(0, 12));
    const { figures } = result;
    const missing = Object.keys(readBudgets()).filter((figure) => figures[figure] === undefined);
    expect(missing).toEqual([]);
  });
});
