/** Whether the tests of the requirements really ran, and passed: judged on the JSON report that vitest leaves after the suite. */
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import type { Requirement, RequirementList, TestReference } from "./requirements.js";

/** One test of a run. */
export interface TestResult {
  /** From the root of the repository. */
  readonly file: string;
  /** `describe > describe > it`, as vitest prints it. */
  readonly name: string;
  /** `passed`, `failed`, `skipped`, `todo` ... */
  readonly status: string;
}

/** What a report lacks, and what to do about it. */
export class ReportError extends Error {}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

/** Results of vitest's JSON reporter. `root`: what its paths begin with. Throws ReportError where it is none. */
export function parseReport(text: string, root: string): TestResult[] {
  try {
    const { testResults } = JSON.parse(text) as Report;
    return testResults.flatMap(({ name: path, assertionResults }) =>
      assertionResults.map(({ ancestorTitles, title, status }) => ({
        file: relative(root, path).replaceAll("\\", "/"),
        name: [...ancestorTitles, title].join(" > "),
        status,
      })),
    );
  } catch (error) {
    throw new ReportError(`not a report of vitest's JSON reporter: ${(error as Error).message}`);
  }
}

export function readReport(path: string, root: string): TestResult[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new ReportError(
      `${path} cannot be read (${(error as Error).message}); write it by npm test -- --reporter=json --outputFile.json=${path}`,
    );
  }
  return parseReport(text, root);
}

export interface JudgeOptions {
  /** Lets requirements pass that are still planned. */
  readonly allowPlanned?: boolean;
}

/** One requirement that the run does not show, with why. */
export interface Gap {
  readonly id: string;
  readonly why: string;
}

/** Which requirements the run leaves unshown. None: every one inside has a test that ran and passed. */
export function gaps(
  list: RequirementList,
  results: readonly TestResult[],
  options: JudgeOptions = {},
): Gap[] {
  const byFile = groupBy(results, ({ file }) => file);
  return list.requirements.flatMap((requirement): Gap[] => {
    const { id, scope } = requirement;
    if (scope === "outside") return [];
    if (scope === "planned" && options.allowPlanned !== true) return [{ id, why: "is planned, not there" }];
    return whyNotShown(requirement, byFile).map((why) => ({ id, why }));
  });
}

/** Items by key, in the order of their first one. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

function whyNotShown(
  { scope, tests }: Requirement,
  byFile: ReadonlyMap<string, readonly TestResult[]>,
): string[] {
  const found: string[] = [];
  let passed = 0;
  for (const test of tests) {
    const results = resultsOf(test, byFile);
    const failed = results.filter(({ status }) => status === "failed");
    passed += results.filter(({ status }) => status === "passed").length;
    if (results.length === 0) found.push(`no test "${test.name}" in ${test.file} was in the run`);
    if (failed.length > 0) found.push(`"${failed[0]!.name}" in ${test.file} failed`);
  }
  if (passed === 0 && scope !== "planned") found.push("none of its tests ran and passed");
  return found;
}

function resultsOf(
  { file, name }: TestReference,
  byFile: ReadonlyMap<string, readonly TestResult[]>,
): readonly TestResult[] {
  return (byFile.get(file) ?? []).filter((result) => result.name.includes(name));
}

/**
 * The control of a run: each requirement's tests are taken out of the report, and the judgement has to notice. Returns the ids that it
 * did not miss; none, or the judgement is broken.
 */
export function unnoticed(
  list: RequirementList,
  results: readonly TestResult[],
  judge: typeof gaps = gaps,
): string[] {
  return list.requirements
    .filter(({ scope }) => scope === "inside" || scope === "partly")
    .filter((requirement) => {
      const without = results.filter(
        (result) => !requirement.tests.some((t) => t.file === result.file && result.name.includes(t.name)),
      );
      return judge({ ...list, requirements: [requirement] }, without).length === 0;
    })
    .map(({ id }) => id);
}
