/** The committed vectors are what their generator writes, in one piece, and cover what they are meant to cover. */
import { describe, expect, it } from "vitest";
import { LIMIT_NAMES } from "../../host-sim/gate/names.js";
import { STATUS, statusFault, type StatusName } from "../../host-sim/gate/status.js";
import { checkLimitVectors } from "../../host-sim/vectors/limit-vectors.js";
import { layOut } from "../../vectors/generate/lay-out.js";
import { limitVectors } from "../../vectors/generate/limits.js";
import { UNITS } from "../../vectors/generate/units.js";
import { ALL, COMMITTED, VECTORS } from "./support.js";

const expectations = ALL.map(({ test }) => test.expected);
const flags = new Set(ALL.flatMap(({ test }) => test.flags));

describe("vectors/limits.json", () => {
  it("is what the generator writes, byte for byte: npm run vectors", () => {
    expect(layOut(limitVectors()) === COMMITTED).toBe(true);
  });

  it("stays small enough to read", () => {
    expect(COMMITTED.length).toBeLessThan(1_000_000);
    expect(Math.max(...COMMITTED.split("\n").map((line) => line.length))).toBeLessThan(1000);
  });

  it("numbers its tests without a gap", () => {
    expect(ALL.map(({ test }) => test.tcId)).toEqual(ALL.map((_one, i) => i + 1));
    expect(VECTORS.numberOfTests).toBe(ALL.length);
  });

  it("has a note for every flag, and a flag for every note", () => {
    expect([...flags].sort()).toEqual(Object.keys(VECTORS.notes).sort());
  });

  it("has no two groups of one name, and no two tests of one name in a group", () => {
    const groups = VECTORS.testGroups.map(({ comment }) => comment);
    expect(new Set(groups).size).toBe(groups.length);
    for (const { tests } of VECTORS.testGroups) {
      expect(new Set(tests.map(({ comment }) => comment)).size).toBe(tests.length);
    }
  });

  it.each<[string, (data: Record<string, unknown>) => void]>([
    ["an unknown field", (data) => (data["more"] = 1)],
    ["an unknown field of a test", (data) => (firstTest(data)["more"] = 1)],
    ["a fraction", (data) => (firstTest(data)["tcId"] = 1.5)],
    ["an unknown verdict", (data) => (firstTest(data)["expected"] = { verdict: "MAYBE" })],
    ["no expectation", (data) => (firstTest(data)["expected"] = {})],
  ])("with %s is refused by its schema", (_what, damage) => {
    const data = JSON.parse(COMMITTED) as Record<string, unknown>;
    expect(() => checkLimitVectors(data)).not.toThrow();
    damage(data);
    expect(() => checkLimitVectors(data)).toThrow(TypeError);
  });
});

function firstTest(data: Record<string, unknown>): Record<string, unknown> {
  const [group] = data["testGroups"] as { tests: Record<string, unknown>[] }[];
  return group!.tests[0]!;
}

describe("the vectors cover", () => {
  const refusals = expectations.filter(({ verdict }) => verdict !== "PERMIT");

  it("every limit, with a refusal of which it is the cause", () => {
    const limits = new Set(refusals.flatMap(({ limit }) => limit ?? []));
    expect([...limits].sort((a, b) => a - b)).toEqual(Object.keys(LIMIT_NAMES).map(Number));
  });

  it("every limit beside the same order within it, so that the limit is the sole cause", () => {
    const beside = VECTORS.testGroups
      .filter(({ tests }) => tests.some(({ expected }) => expected.verdict === "PERMIT"))
      .flatMap(({ tests }) => tests.flatMap(({ expected }) => expected.limit ?? []));
    expect(Object.keys(LIMIT_NAMES).filter((limit) => !beside.includes(Number(limit)))).toEqual([]);
  });

  it("every status of judgement and of delivery", () => {
    const wanted = (Object.keys(STATUS) as StatusName[]).filter((name) =>
      ["prescription", "delivery phase"].includes(statusFault(STATUS[name])!),
    );
    expect(wanted.length).toBe(STATUS.MEASURES - STATUS.PATIENT + 1 + (STATUS.INTERLOCK - STATUS.PHASE + 1));
    expect(wanted.filter((name) => !refusals.some(({ status }) => status === name))).toEqual([]);
  });

  it("both hard and soft bounds of every limit that an entry can set", () => {
    const ofStatus = (wanted: StatusName): Set<number> =>
      new Set(refusals.flatMap(({ status, limit }) => (status === wanted ? (limit ?? []) : [])));
    const entries = Object.keys(LIMIT_NAMES)
      .map(Number)
      .filter((limit) => limit < 11 || limit > 15);
    expect(entries.filter((limit) => !ofStatus("LIMIT_HARD").has(limit))).toEqual([]);
    expect(entries.filter((limit) => !ofStatus("LIMIT_SOFT").has(limit))).toEqual([]);
  });

  it("every dosing unit, each once", () => {
    expect(new Set(UNITS).size).toBe(UNITS.length);
    for (const unit of UNITS) {
      const found = VECTORS.testGroups.filter(
        ({ comment }) =>
          /^(rate of a dose|volume of a bolus) in /.test(comment) && comment.endsWith(` ${unit}`),
      );
      expect(found.length, unit).toBe(1);
    }
  });

  it("what is permitted beside what is refused, under every flag but those that name a defect", () => {
    const kinds = new Set(["WithinBounds", "AboveMaximum", "BelowMinimum"]);
    const only = [...flags].filter((flag) => {
      const answers = ALL.filter(({ test }) => test.flags.includes(flag)).map(({ test }) => test.expected);
      const refused = answers.some(
        ({ verdict, phase }) => verdict === "DENY" || verdict === "NEEDS_OVERRIDE" || phase === "PAUSED",
      );
      return !kinds.has(flag) && !refused;
    });
    expect(only).toEqual(["WindowReduction"]);
  });
});
