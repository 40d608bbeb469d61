/** The committed vectors are whole, are what the generator gives, and cover what they are meant to cover. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../../host-sim/conformance/drivers.js";
import { lint } from "../../host-sim/conformance/lint.js";
import { lineOf } from "../../host-sim/conformance/runner.js";
import { checkSchema, type Suite } from "../../host-sim/conformance/suite.js";
import type { Fixture, ProtocolVector, ProtocolVectors, Step } from "../../host-sim/conformance/vector.js";
import { LIMIT_NAMES } from "../../host-sim/gate/names.js";
import { STATUS, type StatusName } from "../../host-sim/gate/status.js";
import { layOutPrimitives, primitiveFiles } from "../../vectors/generate/primitives/files.js";
import { generate, layOutTopic, TOPICS } from "../../vectors/generate/protocol/files.js";
import { coverageOf, layOutSubset, subsetOf } from "../../vectors/generate/protocol/summary.js";
import { ALL, FOLDER, MODULE_PATH, onNode, SUBSET, SUITE, wasmOf } from "./support.js";

const text = (name: string): string => readFileSync(join(ROOT, "vectors", name), "utf8");
/** In the order of the generator. */
const TOPIC_FILES = Object.fromEntries(
  Object.keys(TOPICS).map((topic) => [topic, SUITE.topics.find((one) => one.topic === topic)!]),
);
/** Topics that are generated anew in every run; `npm run vectors` writes all of them. */
const SAMPLED = ["statuses", "trust"];

describe("vectors/protocol", () => {
  it("has a file for every topic, laid out as the generator does", () => {
    expect(SUITE.topics.map(({ topic }) => topic).sort()).toEqual(Object.keys(TOPICS).sort());
    for (const [topic, file] of Object.entries(TOPIC_FILES)) {
      expect(layOutTopic(file) === text(`protocol/${topic}.json`), topic).toBe(true);
    }
  });

  it("stays below 12 MB", () => {
    const bytes = readdirSync(FOLDER).reduce((sum, name) => sum + statSync(join(FOLDER, name)).size, 0);
    expect(bytes).toBeLessThan(12_000_000);
  });

  it.skipIf(process.env["DOSEGATE_WASM"] !== undefined)(
    "is of the module that is built: npm run vectors",
    () => {
      const modules = new Set(SUITE.topics.map(({ module }) => module));
      const built = onNode().hello.module;
      if (process.env["CI"] === "true") expect([...modules]).toEqual([built]);
      else if (!modules.has(built)) {
        process.stderr.write("the vectors' memory hashes are of another module: npm run vectors\n");
      }
      expect(modules.size).toBe(1);
    },
  );

  it.skipIf(process.env["DOSEGATE_WASM"] !== undefined)(
    "is what the generator gives, in a sample",
    { timeout: 300_000 },
    () => {
      const made = generate(wasmOf(MODULE_PATH), SAMPLED);
      for (const topic of SAMPLED) {
        const file = TOPIC_FILES[topic]!;
        const same = made.topics[topic]!.module === file.module;
        const whole = (fixtures: Record<string, Fixture>, { fixture, memory, ...rest }: ProtocolVector) => ({
          ...rest,
          ...(same && { memory }),
          way: lineOf(fixture, fixtures).flatMap((name): Step[] => [...fixtures[name]!.steps]),
        });
        const fresh = made.topics[topic]!.tests.map((one) => whole(made.fixtures.fixtures, one));
        const committed = file.tests.map((one) => whole(SUITE.fixtures, one));
        expect(fresh.length).toBe(committed.length);
        fresh.forEach((one, i) => {
          expect(
            JSON.stringify(one) === JSON.stringify(committed[i]),
            `${topic} ${one.tcId} ${one.comment}`,
          ).toBe(true);
        });
      }
    },
  );

  it("covers what its table says, and its subset what it says", () => {
    expect(coverageOf(TOPIC_FILES) === text("COVERAGE.md")).toBe(true);
    expect(layOutSubset(subsetOf(TOPIC_FILES, SUITE.fixtures)) === text("protocol/subset.json")).toBe(true);
  });

  it("has a vector that ends with every status, and a subset that has one but for the flipped bit", () => {
    const ends = (work: typeof ALL) => new Set(work.map(({ vector }) => vector.expected.status));
    const names = Object.keys(STATUS) as StatusName[];
    expect(names.filter((name) => !ends(ALL).has(name))).toEqual([]);
    expect(names.filter((name) => !ends(SUBSET).has(name))).toEqual(["FAULT"]);
    expect(SUBSET.length).toBeLessThan(150);
  });

  it("has a refusal of every limit, and a permit beside it", () => {
    const limits = ALL.filter(({ topic }) => topic === "limits").map(({ vector }) => vector);
    const refused = new Set(limits.map(({ expected }) => expected.limit ?? 0));
    expect(Object.keys(LIMIT_NAMES).filter((limit) => !refused.has(Number(limit)))).toEqual([]);
    const permitted = new Set(
      limits.filter(({ expected }) => expected.verdict === "PERMIT").map(({ fixture }) => fixture),
    );
    const beside = new Set(
      limits.filter(({ fixture }) => permitted.has(fixture)).map(({ expected }) => expected.limit),
    );
    expect(Object.keys(LIMIT_NAMES).filter((limit) => !beside.has(Number(limit)))).toEqual([]);
  });

  it("has power cuts, resets, and calls from inside host calls", () => {
    const steps = ALL.flatMap(({ vector }) => vector.steps);
    const calls = steps.filter((step) => "call" in step);
    expect(calls.filter(({ returns }) => returns === "cut").length).toBeGreaterThan(50);
    expect(steps.filter((step) => "load" in step).length).toBeGreaterThan(50);
    expect(calls.some(({ host }) => host?.some((line) => line[0] === "nested"))).toBe(true);
    expect(calls.every(({ returns }) => returns !== "trap")).toBe(true);
  });
});

describe("the schema refuses", () => {
  const file = TOPIC_FILES["trust"]!;
  type Loose = {
    [key: string]: unknown;
    tests: { [key: string]: unknown; steps: Record<string, unknown>[] }[];
  };
  it.each<[string, (data: Loose) => void]>([
    ["an unknown field", (data) => (data["more"] = 1)],
    ["an unknown field of a test", (data) => (data.tests[0]!["more"] = 1)],
    ["no expectation", (data) => (data.tests[0]!["expected"] = {})],
    ["an unknown kind of step", (data) => (data.tests[0]!.steps[0] = { wait: 1 })],
    ["hex of an odd number of digits", (data) => (data.tests[0]!.steps[0]!["write"] = [["io", "012"]])],
    ["upper-case hex", (data) => (data.tests[0]!.steps[0]!["write"] = [["io", "AB"]])],
    ["an area that there is not", (data) => (data.tests[0]!.steps[0]!["write"] = [["heap", "00"]])],
    ["a host call that there is not", (data) => (data.tests[0]!.steps[0]!["host"] = [["sleep", 0]])],
    ["no tests", (data) => (data.tests = [])],
  ])("%s", (_what, damage) => {
    const data = structuredClone(file) as unknown as Loose;
    expect(() => checkSchema(data)).not.toThrow();
    damage(data);
    expect(() => checkSchema(data)).toThrow(TypeError);
  });
});

describe("the linter says", () => {
  const said = (damage: (topic: Mutable, fixtures: Record<string, Fixture>) => void): string[] => {
    const topic = structuredClone(TOPIC_FILES["trust"]!) as unknown as Mutable;
    const fixtures = structuredClone(SUITE.fixtures) as Record<string, Fixture>;
    damage(topic, fixtures);
    return lint({ fixtures, topics: [topic as unknown as ProtocolVectors] } satisfies Suite);
  };
  type Mutable = { numberOfTests: number; notes: Record<string, unknown>; tests: Record<string, unknown>[] };
  const step = (topic: Mutable): Record<string, unknown> =>
    (topic.tests[0]!["steps"] as Record<string, unknown>[])[0]!;

  it("nothing of the committed ones", () => {
    expect(said(() => undefined)).toEqual([]);
    expect(lint(SUITE)).toEqual([]);
  });

  it.each<[string, Parameters<typeof said>[0], RegExp]>([
    ["another number of tests", (topic) => (topic.numberOfTests += 1), /numberOfTests is/],
    ["a gap in the numbers", (topic) => (topic.tests[1]!["tcId"] = 9), /without a gap/],
    [
      "a fixture that is not there",
      (topic) => (topic.tests[0]!["fixture"] = "nowhere"),
      /no fixture "nowhere"/,
    ],
    [
      "a flag without a note",
      (topic) => (topic.tests[0]!["flags"] = ["Mystery"]),
      /flag Mystery has no note/,
    ],
    ["a note without a test", (topic) => (topic.notes["Mystery"] = {}), /note Mystery has no test/],
    ["two tests of one name", (topic) => (topic.tests[1] = { ...topic.tests[0]!, tcId: 2 }), /another test/],
    ["an unknown status", (topic) => (topic.tests[0]!["expected"] = { status: "FINE" }), /no status FINE/],
    ["an unknown export", (topic) => (step(topic)["call"] = "sleep"), /no export sleep/],
    ["too few arguments", (topic) => (step(topic)["args"] = []), /takes 1 arguments/],
    [
      "bytes beyond an area",
      (topic) => (step(topic)["changes"] = [["tick", 127, "0000"]]),
      /more bytes than it has/,
    ],
    ["a cut in the middle", (topic) => (step(topic)["host"] = [["uptimeMs", "cut", ""]]), /a cut is the end/],
    [
      "fixtures that lead in a circle",
      (_topic, fixtures) => (fixtures["idle"] = { ...fixtures["idle"]!, from: "running" }),
      /leads to itself/,
    ],
  ])("%s", (_what, damage, wanted) => {
    expect(said((topic, fixtures) => damage(topic, fixtures)).join("\n")).toMatch(wanted);
  });
});

describe("vectors/primitives", () => {
  it("are what the generator writes, byte for byte", () => {
    for (const [name, file] of Object.entries(primitiveFiles())) {
      expect(layOutPrimitives(file) === text(`primitives/${name}.json`), name).toBe(true);
    }
  });

  it("have a note for every flag, and of every primitive what is valid and what is not", () => {
    for (const [name, { notes, cases }] of Object.entries(primitiveFiles())) {
      expect([...new Set(cases.flatMap(({ flags }) => flags))].sort(), name).toEqual(
        Object.keys(notes).sort(),
      );
      expect(
        cases.some(({ valid }) => valid === false),
        name,
      ).toBe(true);
      expect(
        cases.some(({ valid }) => valid !== false),
        name,
      ).toBe(true);
    }
  });
});
