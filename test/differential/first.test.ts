/** The gate that ships and the reference, operation by operation: the first half of the traces. */
import { describe, expect, it } from "vitest";
import { EVERYTHING, HALF, inWords, runTraces, SEED } from "./traces.js";

describe("random traces of legal, illegal and near-limit operations", () => {
  it(`leave gate and reference agreed, ${HALF} times from seed ${SEED + 0}`, () => {
    const tally = runTraces(HALF, SEED + 0);
    console.log(inWords(tally));
    // Too few traces cannot meet everything.
    if (HALF < 5000) return;
    for (const name of EVERYTHING) expect(tally.get(name) ?? 0, name).toBeGreaterThan(0);
  }, 3_600_000);
});
