import { describe, expect, it } from "vitest";
import { BARS, judgement, measured } from "../../bench/host/bars.js";
import { breaches, describe as describeBreach, readBudgets } from "../../bench/host/budgets.js";
import { check, type Remeasurable } from "../../bench/host/check.js";
import { best, type Figures, seriesFigures } from "../../bench/host/figures.js";
import { type Group, groupOf, parseOptions } from "../../bench/host/options.js";
import type { Row, Series } from "../../bench/host/primitives-run.js";

const budgets = {
  "ed25519/unprepared/peer": { limit: 1.15, unit: "x" },
  "library/install/1200": { limit: 30, unit: "ms" },
} as const;

const figures = (ratio: number, ms: number): Figures => ({
  "ed25519/unprepared/peer": { value: ratio, unit: "x" },
  "library/install/1200": { value: ms, unit: "ms" },
});

describe("budgets", () => {
  it.each([
    [1.149, 30.001, 2],
    [1.15, 30, 0],
    [1.151, 29.999, 0],
    [1.149, 30, 1],
    [1.15, 30.001, 1],
  ])("a ratio of %f and %f ms break %i limits: ratios from below, times from above", (ratio, ms, count) => {
    expect(breaches(figures(ratio, ms), budgets)).toHaveLength(count);
  });

  it("says what is short and by how much", () => {
    expect(breaches(figures(0.92, 60), budgets).map(describeBreach)).toEqual([
      "ed25519/unprepared/peer is 0.92 x, below 1.15 x by 20 %",
      "library/install/1200 is 60.00 ms, above 30.00 ms by 100 %",
    ]);
  });

  it("refuses a figure that was not measured, unless this machine cannot", () => {
    const found = breaches({}, budgets, (figure) => figure.startsWith("library/"));
    expect(found.map(describeBreach)).toEqual([
      "ed25519/unprepared/peer was not measured; its limit is 1.15 x",
    ]);
  });

  it("keeps the better of two runs, whichever way better lies", () => {
    expect(best(figures(1.1, 40), figures(1.2, 50))).toEqual(figures(1.2, 40));
    expect(best(figures(1.1, 40), {})).toEqual(figures(1.1, 40));
  });

  it("each belong to a group that can be measured again, and each bar but a stretch has one", () => {
    const committed = readBudgets();
    for (const [figure, { limit }] of Object.entries(committed)) {
      expect(groupOf(figure), figure).toBeDefined();
      expect(limit).toBeGreaterThan(0);
    }
    for (const { figure, unit, bar } of BARS) {
      if (bar !== null) expect(committed[figure]?.unit, figure).toBe(unit);
    }
  });
});

describe("a check", () => {
  /** A bench whose ratio gets as good as `runs` says, run by run. */
  function fake(runs: readonly Figures[]): Remeasurable & { readonly again: Group[] } {
    let run = 0;
    const again: Group[] = [];
    return {
      again,
      get figures() {
        return runs.slice(0, run + 1).reduce(best);
      },
      measure: (group) => {
        again.push(group);
        run++;
        return Promise.resolve();
      },
      say: () => undefined,
    };
  }
  const all: readonly Group[] = ["ed25519", "library"];

  it("measures nothing again that is within its limits", async () => {
    const bench = fake([figures(1.2, 20)]);
    expect(await check(bench, budgets, all)).toEqual([]);
    expect(bench.again).toEqual([]);
  });

  it("measures again what is short, and that alone, until it is not", async () => {
    const bench = fake([figures(1.1, 20), figures(1.2, 90)]);
    expect(await check(bench, budgets, all)).toEqual([]);
    expect(bench.again).toEqual(["ed25519"]);
  });

  it("fails what stays short in three runs, by its best one", async () => {
    const bench = fake([1.0, 1.1, 1.05].map((ratio) => figures(ratio, 20)));
    expect(await check(bench, budgets, all)).toEqual([
      "ed25519/unprepared/peer is 1.10 x, below 1.15 x by 4 %",
    ]);
    expect(bench.again).toEqual(["ed25519", "ed25519"]);
  });

  it("says nothing of groups that were left out, but misses a figure of one that was not", async () => {
    expect(await check(fake([{}]), budgets, ["sha256"])).toEqual([]);
    expect(await check(fake([{}]), budgets, ["library"])).toHaveLength(1);
  });

  it("excuses native libsodium where it is missing, and nobody else", async () => {
    const limit = { limit: 1, unit: "x" } as const;
    const peers = {
      "ed25519/prepared/native libsodium": limit,
      "ed25519/prepared/libsodium-wrappers": limit,
    };
    expect(await check(fake([{}]), peers, all)).toEqual([
      "ed25519/prepared/libsodium-wrappers was not measured; its limit is 1.00 x",
    ]);
  });
});

describe("bars", () => {
  const said = (ratio: number) =>
    measured(figures(ratio, 30), [
      { figure: "ed25519/unprepared/peer", title: "", unit: "x", bar: 1.25, stretch: 1.4 },
      { figure: "library/install/1200", title: "", unit: "ms", bar: 30, stretch: null },
      { figure: "none", title: "", unit: "x", bar: 1, stretch: null },
    ]).map(judgement);

  it("are met, stretched or missed by what they say", () => {
    expect(said(1.2)).toEqual(["not met, short by 0.05 x", "met", "not measured"]);
    expect(said(1.25)[0]).toBe("met, stretch missed by 0.15 x");
    expect(said(1.4)[0]).toBe("met, stretch met");
  });
});

describe("figures", () => {
  const row = (name: string, change: Partial<Row> = {}): Row => ({
    name,
    version: "1",
    engine: "wasm",
    note: null,
    wrong: null,
    absent: null,
    us: 10,
    opsPerS: 100_000,
    timesOurs: 2,
    timesOursPrepared: 4,
    ...change,
  });
  const series = (rows: readonly Row[]): Series => ({
    id: "ed25519",
    title: "",
    bytes: 200,
    rounds: 1,
    rows,
  });

  it("leave out who is wrong or absent", () => {
    const absent = { absent: "not here", us: null, opsPerS: null, timesOurs: null, timesOursPrepared: null };
    const found = seriesFigures(
      series([row("good"), row("forger", { wrong: "accepts all" }), row("missing", absent)]),
    );
    expect(found).toEqual({
      "ed25519/unprepared/good": { value: 2, unit: "x" },
      "ed25519/prepared/good": { value: 4, unit: "x" },
    });
  });

  it("do not compare us with ourselves", () => {
    expect(Object.keys(seriesFigures(series([row("dosegate"), row("dosegate, prepared key")])))).toEqual([
      "ed25519/us/dosegate",
      "ed25519/prepared/dosegate, key unknown",
      "ed25519/us/dosegate, prepared key",
    ]);
  });
});

describe("options", () => {
  it("are whole and thorough unless told otherwise", () => {
    expect(parseOptions([])).toMatchObject({ quick: false, check: false, json: false, record: false });
    expect(parseOptions([]).groups).toHaveLength(5);
    expect(parseOptions(["--quick", "--only", "sha256,library"])).toMatchObject({
      quick: true,
      groups: ["sha256", "library"],
    });
  });

  it.each([
    [["--fast"]],
    [["--only", "sha1"]],
    [["--only"]],
    [["--build"]],
    [["--record", "--only", "sha256"]],
  ])("refuse %j", (args) => {
    expect(() => parseOptions(args)).toThrow();
  });
});
