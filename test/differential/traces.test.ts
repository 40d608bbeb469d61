/** The gate that ships and the reference, operation by operation, over random traces of legal, illegal and near-limit orders. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Difference, fixture, operations, type Tally, Trace } from "./trace.js";

const RUNS = Number(process.env["DOSEGATE_TRACES"] ?? 1000);

describe("random traces", () => {
  it("leave gate and reference agreed", () => {
    const pump = fixture();
    const tally: Tally = new Map();
    fc.assert(
      fc.property(fc.array(operations, { minLength: 1, maxLength: 8 }), (trace) => {
        new Trace(pump, tally).run(trace);
      }),
      { numRuns: RUNS, seed: Number(process.env["DOSEGATE_SEED"] ?? 1) },
    );
    console.log(
      [...tally]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, n]) => `${n} ${name}`)
        .join("\n"),
    );
    expect(tally.size).toBeGreaterThan(40);
    void Difference;
  });
});
