import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { costsOf, costsText, staleCosts, TOLERANCE } from "../../bench/mcu/costs.js";
import type { Result } from "../../bench/mcu/figures.js";
import type { Row } from "../../bench/mcu/rows.js";
import { CORES } from "../../bench/mcu/build.js";
import { RESULTS } from "../../bench/mcu/paths.js";
import { COSTS } from "../../host-sim/pump/profile-costs.js";

const result = JSON.parse(readFileSync(RESULTS, "utf8")) as Result;
const fresh = costsOf(result);

/** The same result with the rows of one name changed. */
function changed(pattern: RegExp, change: (instructions: number) => number): Result {
  const rows = result.rows.map((row) =>
    pattern.test(row.row) ? { ...row, instructions: change(row.instructions) } : row,
  );
  return { ...result, rows };
}

describe("what the simulator charges", () => {
  it("is what the microcontroller benchmark found, within a twentieth; else: npm run bench:costs", () => {
    expect(staleCosts(COSTS, fresh)).toEqual([]);
  });

  it("names the module that was measured", () => {
    expect(COSTS.module).toMatch(/^[0-9a-f]{64}$/);
  });

  it("has a price for every slice of a command, with a prepared key and without: the dearer one", () => {
    const { instructions } = fresh.cores["cortex-m4"];
    const of = (verb: string) =>
      result.rows.filter(
        ({ core, check, row }) =>
          core === "cortex-m4" && check === "full" && row.startsWith(`slice/${verb}/`),
      );
    const rows = [...of("submit"), ...of("submit-prepared")].filter(({ row }) => !row.endsWith("/max"));
    expect(rows.length).toBeGreaterThan(30);
    for (const { row, instructions: count } of rows) {
      const price = instructions.slices["submit"]![Number(/\d+$/.exec(row)![0])]!;
      expect(price).toBeGreaterThanOrEqual(count);
    }
    for (const prices of Object.values(instructions.slices)) {
      expect(prices.every((price) => price > 0)).toBe(true);
    }
  });

  it.each(CORES)("has cycles for the %s, more than its instructions", (core) => {
    const { instructions, cycles } = fresh.cores[core];
    expect(Object.keys(cycles!.calls)).toEqual(Object.keys(instructions.calls));
    for (const [name, price] of Object.entries(cycles!.calls)) {
      expect(price).toBeGreaterThan(instructions.calls[name]!);
    }
    for (const [verb, prices] of Object.entries(cycles!.slices)) {
      expect(prices).toHaveLength(instructions.slices[verb]!.length);
    }
  });

  it("charges a row without cycles at the dearest ratio of its core, and has none where no row has", () => {
    const isStop = ({ core, row }: Row) => core === "cortex-m4" && row === "local/STOP";
    const without = (drop: (row: Row) => boolean): Result => ({
      ...result,
      rows: result.rows.map((row) => {
        const { cycles, ...rest } = row;
        return drop(row) || cycles === undefined ? rest : { ...rest, cycles };
      }),
    });
    const price = (of: Result) => costsOf(of).cores["cortex-m4"].cycles?.calls["local/STOP"];
    expect(price(without(isStop))).toBeGreaterThan(price(result)!);
    expect(price(without(({ core }) => core === "cortex-m4"))).toBeUndefined();
  });

  it("is written so that it reads back as it was", () => {
    const text = costsText(fresh);
    expect(JSON.parse(text.slice(text.indexOf("= {") + 2, text.lastIndexOf(";")))).toEqual(fresh);
  });

  it("cannot be made of rows without single slices", () => {
    const rows = result.rows.filter(({ row }) => !row.startsWith("slice/"));
    expect(() => costsOf({ ...result, rows })).toThrow("cortex-m4: no row of a single slice");
  });
});

describe("a stale price", () => {
  it.each<[string, RegExp, RegExp]>([
    ["of a call", /^tick\/no-flash$/, /tick\/no-flash: \d+ instructions charged, \d+ measured/],
    ["of a local action", /^local\/STOP$/, /local\/STOP/],
    ["of all slices of a verb", /^slice\/submit(-prepared)?\/\d+$/, /submit, all slices/],
  ])("%s is noticed beyond the tolerance, above and below, and not within it", (_, rows, sentence) => {
    for (const by of [1 + TOLERANCE * 1.3, 1 - TOLERANCE * 1.3]) {
      const found = staleCosts(fresh, costsOf(changed(rows, (count) => Math.round(count * by))));
      expect(found.some((it) => sentence.test(it))).toBe(true);
    }
    const near = changed(rows, (count) => Math.round(count * (1 + TOLERANCE * 0.8)));
    expect(staleCosts(fresh, costsOf(near))).toEqual([]);
  });

  it("of one longer slice is noticed, and so is a kind that is gone", () => {
    const longer = changed(/^slice\/submit\/07$/, (count) => count * 10);
    expect(staleCosts(fresh, costsOf(longer)).join()).toMatch(/submit, longest slice/);
    const without = { ...result, rows: result.rows.filter(({ row }) => row !== "sessionOpen") };
    expect(staleCosts(fresh, costsOf(without)).join()).toMatch(
      /sessionOpen: \d+ instructions charged, 0 measured/,
    );
  });
});
