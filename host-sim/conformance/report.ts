/** What a run of protocol vectors came to: in lines, in a matrix, as JUnit. */
import type { Hello } from "./protocol.js";
import type { VectorResult } from "./runner.js";

/** A driver's run, or why there was none. */
export type DriverRun =
  | {
      readonly driver: string;
      readonly hello: Hello;
      readonly results: readonly VectorResult[];
      readonly seconds: number;
    }
  | { readonly driver: string; readonly missing: string };

export interface TopicCount {
  readonly topic: string;
  readonly passed: number;
  readonly failed: number;
}

export function topicCounts(results: readonly VectorResult[]): TopicCount[] {
  const topics = [...new Set(results.map(({ topic }) => topic))].sort();
  return topics.map((topic) => {
    const of = results.filter((result) => result.topic === topic);
    const passed = of.filter((result) => result.passed).length;
    return { topic, passed, failed: of.length - passed };
  });
}

/** One line for each failed vector: which, where it begins, what differs first, and what is at stake. */
export function failureLines(results: readonly VectorResult[]): string[] {
  return results
    .filter(({ passed }) => !passed)
    .map(({ topic, vector, why }) => {
      const { tcId, comment, fixture, expected } = vector;
      return `  FAILED ${topic} ${tcId} "${comment}" at "${fixture}", expects ${expected.status}: ${why ?? "no reason"}`;
    });
}

/** Sentences about what was not compared. */
export function skippedLines(results: readonly VectorResult[]): string[] {
  const count = (what: VectorResult["skipped"]) => results.filter(({ skipped }) => skipped === what).length;
  const [memory, vectors] = [count("memory"), count("vector")];
  return [
    ...(memory > 0
      ? [`  ${memory} memory hashes not compared: the vectors were made with another module`]
      : []),
    ...(vectors > 0 ? [`  ${vectors} vectors not run: they reach into the memory of another module`] : []),
  ];
}

/** Drivers by topics: `passed` alone where all did, `passed/all` where not, `-` where none ran. */
export function matrix(runs: readonly DriverRun[]): string {
  const topics = [
    ...new Set(runs.flatMap((run) => ("results" in run ? run.results.map(({ topic }) => topic) : []))),
  ].sort();
  const rows = runs.map((run) => {
    if ("missing" in run) return [run.driver, ...topics.map(() => "-"), `not run: needs ${run.missing}`];
    const counts = topicCounts(run.results);
    const cells = topics.map((topic) => {
      const found = counts.find((count) => count.topic === topic);
      if (found === undefined) return "-";
      return found.failed === 0 ? String(found.passed) : `${found.passed}/${found.passed + found.failed}`;
    });
    const failed = counts.reduce((sum, count) => sum + count.failed, 0);
    const verdict = failed === 0 ? "all pass" : `${failed} FAILED`;
    return [run.driver, ...cells, `${verdict}, ${run.seconds.toFixed(1)} s, ${run.hello.engine}`];
  });
  const table = [["driver", ...topics, "result"], ...rows];
  const widths = table[0]!.map((_cell, i) => Math.max(...table.map((row) => row[i]!.length)));
  return table
    .map((row) =>
      row
        .map((cell, i) =>
          i === 0 || i === row.length - 1 ? cell.padEnd(i === 0 ? widths[i]! : 0) : cell.padStart(widths[i]!),
        )
        .join("  "),
    )
    .join("\n");
}

/** JUnit XML, a suite for each driver and topic, for the collectors that continuous integration has. */
export function junit(runs: readonly DriverRun[]): string {
  const suites = runs.flatMap((run) => {
    if ("missing" in run) {
      const name = attribute(run.driver);
      return [
        `  <testsuite name="${name}" tests="1" skipped="1" failures="0">\n    <testcase classname="${name}" name="driver"><skipped message="${attribute(run.missing)}"/></testcase>\n  </testsuite>`,
      ];
    }
    return topicCounts(run.results).map(({ topic, passed, failed }) => {
      const cases = run.results
        .filter((result) => result.topic === topic)
        .map((result) => testCase(run.driver, result));
      const head = `name="${attribute(`${run.driver}.${topic}`)}" tests="${passed + failed}" failures="${failed}"`;
      return `  <testsuite ${head}>\n${cases.join("\n")}\n  </testsuite>`;
    });
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join("\n")}\n</testsuites>\n`;
}

function testCase(driver: string, { topic, vector, passed, why, skipped, ms }: VectorResult): string {
  const name = attribute(`${vector.tcId} ${vector.comment}`);
  const head = `    <testcase classname="${attribute(`${driver}.${topic}`)}" name="${name}" time="${(ms / 1000).toFixed(3)}"`;
  if (!passed) return `${head}><failure message="${attribute(why ?? "")}"/></testcase>`;
  return skipped === "vector" ? `${head}><skipped/></testcase>` : `${head}/>`;
}

function attribute(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
