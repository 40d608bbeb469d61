/** Every limit vector against the gate that ships, and against the reference model where it judges. */
import { describe, expect, it } from "vitest";
import { loadModule } from "../../host-sim/gate/gate.js";
import { checkGate, checkModel } from "../../host-sim/vectors/runner.js";
import { ALL, VECTORS } from "./support.js";

const MODULE = loadModule();

describe("the gate answers as the vectors say", () => {
  it.each(VECTORS.testGroups.map((group) => [group.comment, group] as const))("%s", (_comment, group) => {
    const failures = group.tests.flatMap((test) => checkGate(MODULE, group, test) ?? []);
    expect(failures).toEqual([]);
  });
});

describe("the reference model judges as the vectors say", () => {
  const results = ALL.map(({ group, test }) => ({ test, result: checkModel(group, test) }));

  it("wherever it judges", () => {
    expect(results.flatMap(({ result }) => (result === "skipped" ? [] : (result ?? [])))).toEqual([]);
  });

  it("and that is most vectors, and every limit that an order can break", () => {
    const judged = results.filter(({ result }) => result !== "skipped");
    expect(judged.length).toBeGreaterThan(ALL.length / 2);
    const limits = new Set(judged.flatMap(({ test }) => test.expected.limit ?? []));
    expect([...limits].sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_none, i) => i + 1));
  });
});
