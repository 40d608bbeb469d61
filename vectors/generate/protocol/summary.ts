/** What follows from all vectors: a subset that covers every status at least cost, and the table of coverage. */
import type {
  ProtocolFixtures,
  ProtocolVector,
  ProtocolVectors,
  Step,
} from "../../../host-sim/conformance/vector.js";
import { lineOf } from "../../../host-sim/conformance/runner.js";
import { STATUS, type StatusName } from "../../../host-sim/gate/status.js";

type Topics = Readonly<Record<string, ProtocolVectors>>;

interface Candidate {
  readonly topic: string;
  readonly vector: ProtocolVector;
}

/** About how much a step costs a slow core: its slices of work, and its lines. */
function costOf(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => {
    if (!("call" in step)) return sum + 5;
    const units = step.call === "work" ? Math.min(step.args?.[0] ?? 1, 40) : 1;
    return sum + (step.times ?? 1) * units + (step.host?.length ?? 0) / 4;
  }, 0);
}

/** Greedy: for each status, rarest first, the vector that costs least beside what is chosen already. */
export function subsetOf(topics: Topics, fixtures: ProtocolFixtures["fixtures"]): Record<string, number[]> {
  const all: Candidate[] = Object.entries(topics).flatMap(([topic, { tests }]) =>
    tests.filter(({ steps }) => !steps.some((step) => "flip" in step)).map((vector) => ({ topic, vector })),
  );
  const reached = new Set<string>();
  const fixtureCost = (name: string): number =>
    lineOf(name, fixtures)
      .filter((one) => !reached.has(one))
      .reduce((sum, one) => sum + costOf(fixtures[one]!.steps), 0);
  const chosen = new Map<string, Candidate>();
  const choose = (candidates: readonly Candidate[]): void => {
    const cost = ({ vector }: Candidate): number => costOf(vector.steps) + fixtureCost(vector.fixture);
    const best = candidates.reduce<Candidate | undefined>(
      (least, one) => (least === undefined || cost(one) < cost(least) ? one : least),
      undefined,
    );
    if (best === undefined) return;
    chosen.set(`${best.topic} ${best.vector.tcId}`, best);
    for (const one of lineOf(best.vector.fixture, fixtures)) reached.add(one);
  };
  const statuses = (Object.keys(STATUS) as StatusName[])
    .map((name) => all.filter(({ vector }) => vector.expected.status === name))
    .sort((a, b) => a.length - b.length);
  for (const candidates of statuses) choose(candidates);
  // A permit of each topic, and a cut: what no status says.
  for (const topic of Object.keys(topics)) {
    const ofTopic = all.filter((one) => one.topic === topic);
    choose(
      ofTopic.filter(
        ({ vector }) => vector.flags.includes("Accepted") || vector.flags.includes("WithinBounds"),
      ),
    );
  }
  choose(all.filter(({ vector }) => vector.flags.includes("PowerCut")));
  const made: Record<string, number[]> = {};
  for (const { topic, vector } of chosen.values()) (made[topic] ??= []).push(vector.tcId);
  return Object.fromEntries(
    Object.entries(made)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([topic, ids]) => [topic, ids.sort((a, b) => a - b)]),
  );
}

export function layOutSubset(tests: Readonly<Record<string, readonly number[]>>): string {
  const rows = Object.entries(tests).map(
    ([topic, ids]) => `    ${JSON.stringify(topic)}: ${JSON.stringify(ids)}`,
  );
  const about = "Vectors that cover every status that needs no flipped bit, for targets that are slow.";
  return `{\n  "header": ${JSON.stringify([about])},\n  "tests": {\n${rows.join(",\n")}\n  }\n}\n`;
}

/** Most vectors that a row of the table names. */
const NAMED_MAX = 4;

/** Every status with the vectors that end with it. */
export function coverageOf(topics: Topics): string {
  const all = Object.entries(topics).flatMap(([topic, { tests }]) =>
    tests.map((vector) => ({ topic, vector })),
  );
  const rows = (Object.keys(STATUS) as StatusName[]).map((name) => {
    const of = all.filter(({ vector }) => vector.expected.status === name);
    const named = of.slice(0, NAMED_MAX).map(({ topic, vector }) => `${topic} ${vector.tcId}`);
    const more = of.length > NAMED_MAX ? ", …" : "";
    return `| ${name} | 0x${STATUS[name].toString(16).padStart(2, "0")} | ${of.length} | ${named.join(", ")}${more} |`;
  });
  const flags = new Map<string, number>();
  for (const { vector } of all) for (const flag of vector.flags) flags.set(flag, (flags.get(flag) ?? 0) + 1);
  const flagRows = [...flags]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([flag, count]) => `| ${flag} | ${count} |`);
  const topicRows = Object.entries(topics).map(
    ([topic, { numberOfTests, header }]) => `| ${topic} | ${numberOfTests} | ${header[0]!} |`,
  );
  return [
    "# What the protocol vectors cover",
    "",
    `Written by \`npm run vectors\`: ${all.length} vectors. How to read and run them: [CONFORMANCE](../docs/CONFORMANCE.md).`,
    "",
    "| topic | vectors | about |",
    "|---|---|---|",
    ...topicRows,
    "",
    "## By status",
    "",
    "The status is that of the vector's act. Statuses in between (WORKING, DONE) are in nearly all of them.",
    "",
    "| status | number | vectors | which |",
    "|---|---|---|---|",
    ...rows,
    "",
    "## By flag",
    "",
    "| flag | vectors |",
    "|---|---|",
    ...flagRows,
    "",
  ].join("\n");
}
