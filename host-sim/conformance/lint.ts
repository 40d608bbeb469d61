/** What a schema cannot say of protocol vectors. */
import { AREAS, EXPORTS, type AreaName } from "../gate/abi.js";
import { STATUS } from "../gate/status.js";
import { DATA_BYTES_MAX } from "./protocol.js";
import { lineOf } from "./runner.js";
import type { Suite } from "./suite.js";
import type { CallStep, HostLine, ProtocolVectors, Step } from "./vector.js";

/** Sentences that name file, test and fault; none if all is well. */
export function lint({ fixtures, topics }: Suite): string[] {
  const problems: string[] = [];
  for (const [name, { from, steps }] of Object.entries(fixtures)) {
    const where = `fixture "${name}"`;
    try {
      lineOf(name, fixtures);
    } catch (error) {
      problems.push(`${where}: ${(error as Error).message}`);
    }
    const first = steps[0];
    if (from === undefined && !(first && "load" in first)) {
      problems.push(`${where}: does not begin with an instance`);
    }
    problems.push(...stepProblems(where, steps));
  }
  const seen = new Set<string>();
  for (const topic of topics) {
    if (seen.has(topic.topic)) problems.push(`${topic.topic}: two files have this topic`);
    seen.add(topic.topic);
    problems.push(...topicProblems(topic, fixtures));
  }
  return problems;
}

function topicProblems(
  { topic, numberOfTests, notes, tests }: ProtocolVectors,
  fixtures: Suite["fixtures"],
): string[] {
  const problems: string[] = [];
  if (numberOfTests !== tests.length) {
    problems.push(`${topic}: numberOfTests is ${numberOfTests}, not ${tests.length}`);
  }
  const comments = new Set<string>();
  const flags = new Set<string>();
  for (const [i, test] of tests.entries()) {
    const where = `${topic} ${test.tcId}`;
    if (test.tcId !== i + 1) problems.push(`${where}: tests are numbered from 1 without a gap`);
    const comment = `${test.fixture}: ${test.comment}`;
    if (comments.has(comment)) {
      problems.push(`${where}: another test at this fixture is called "${test.comment}"`);
    }
    comments.add(comment);
    if (fixtures[test.fixture] === undefined) problems.push(`${where}: no fixture "${test.fixture}"`);
    if (!(test.expected.status in STATUS)) problems.push(`${where}: no status ${test.expected.status}`);
    for (const flag of test.flags) {
      flags.add(flag);
      if (notes[flag] === undefined) problems.push(`${where}: flag ${flag} has no note`);
    }
    problems.push(...stepProblems(where, test.steps));
  }
  for (const flag of Object.keys(notes)) {
    if (!flags.has(flag)) problems.push(`${topic}: note ${flag} has no test`);
  }
  return problems;
}

function stepProblems(where: string, steps: readonly Step[]): string[] {
  return steps.flatMap((step, i) => {
    if (!("call" in step)) return [];
    return callProblems(step).map((problem) => `${where}, step ${i + 1}: ${problem}`);
  });
}

function callProblems({
  call,
  args = [],
  times = 1,
  write = [],
  host = [],
  returns,
  changes = [],
}: CallStep): string[] {
  const problems: string[] = [];
  const types = (EXPORTS as Readonly<Record<string, readonly unknown[] | undefined>>)[call];
  if (types === undefined) problems.push(`no export ${call}`);
  else if (types.length !== args.length) problems.push(`${call} takes ${types.length} arguments`);
  if (typeof returns === "string" && returns !== "trap" && returns !== "cut" && !(returns in STATUS)) {
    problems.push(`no status ${returns}`);
  }
  const fits = (area: AreaName, offset: number, text: string) => {
    if (offset + text.length / 2 > AREAS[area].bytes) problems.push(`${area}: more bytes than it has`);
  };
  for (const [area, text] of write) fits(area, 0, text);
  for (const [area, offset, text] of changes) fits(area, offset, text);
  for (const line of host) {
    if (bytesOf(line) > DATA_BYTES_MAX) problems.push(`${line[0]}: more data than a line has`);
  }
  if (times > 1 && write.length + host.length + changes.length > 0) {
    problems.push("only a plain call is repeated");
  }
  const cut = host.findIndex((line) => (line as readonly unknown[]).includes("cut"));
  if (cut >= 0 !== (returns === "cut") || (cut >= 0 && cut !== host.length - 1)) {
    problems.push("a cut is the end of its call");
  }
  return problems;
}

function bytesOf(line: HostLine): number {
  if (line[0] === "nested") return line[1] in EXPORTS ? 0 : Infinity;
  const texts = line.slice(1).filter((value) => typeof value === "string" && value !== "cut") as string[];
  return line[0] === "flashRead" ? line[2] : Math.max(0, ...texts.map((text) => text.length / 2));
}
