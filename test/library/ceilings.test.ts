import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { TrustBench } from "../support/trust-bench.js";

/** The table of SPEC 5.1 as it is written there: name, then rate, VTBI, total and bolus in mL. */
function specRows(kind: "pump class" | "patient class"): number[][] {
  const spec = readFileSync(new URL("../../docs/SPEC.md", import.meta.url), "utf8");
  return [
    ...spec.matchAll(new RegExp(`^\\| ${kind} \\d, [^|]*\\|([^|]*)\\|([^|]*)\\|([^|]*)\\|([^|]*)\\|`, "gm")),
  ].map((row) => row.slice(1, 5).map((cell) => Number(cell.trim().replaceAll(",", ""))));
}

describe("compiled-in ceilings", () => {
  let bench: TrustBench;
  beforeAll(async () => {
    bench = await TrustBench.create();
  });

  it("are, for all nine pairs of classes, the smaller of the two rows that SPEC 5.1 names", () => {
    const pumps = specRows("pump class");
    const patients = specRows("patient class");
    expect([pumps.length, patients.length]).toEqual([3, 3]);
    const exports = ["ceilingRate", "ceilingVtbi", "ceilingTotal", "ceilingBolus"];
    pumps.forEach((pump, p) =>
      patients.forEach((patient, c) =>
        exports.forEach((name, column) => {
          const nl = Math.round(Math.min(pump[column]!, patient[column]!) * 1e6);
          expect([name, p + 1, c + 1, bench.call(name, p + 1, c + 1)]).toEqual([name, p + 1, c + 1, nl]);
        }),
      ),
    );
  });

  // Steps in nL/h: 0.01 mL/h is 10,000.
  it.each([
    [1, 0, 10_000],
    [1, 9_999_999, 10_000],
    [1, 10_000_000, 100_000],
    [1, 99_999_999, 100_000],
    [1, 100_000_000, 1_000_000],
    [1, 0xffff_ffff, 1_000_000],
    [2, 0, 10_000],
    [2, 99_900_000, 10_000],
    [3, 0, 100_000],
    [3, 90_000_000, 100_000],
  ])("pump class %i runs around %i nL/h in steps of %i", (pump, rate, step) => {
    expect(bench.call("rateStep", pump, rate)).toBe(step);
  });
});
