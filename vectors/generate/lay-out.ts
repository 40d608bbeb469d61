/** JSON for people and for diffs: a line for what belongs together. */
import type { LimitTest, LimitVectors, TestGroup } from "../../host-sim/vectors/limit-vectors.js";

/** The whole file, with a newline at its end. */
export function layOut({ notes, testGroups, ...head }: LimitVectors): string {
  const fields = Object.entries(head).map(([name, value]) => `  ${line(name)}: ${block(value, "  ")}`);
  const noted = Object.entries(notes).map(([flag, note]) => `    ${line(flag)}: ${block(note, "    ")}`);
  return [
    "{",
    `${fields.join(",\n")},`,
    `  "notes": {\n${noted.join(",\n")}\n  },`,
    `  "testGroups": [\n${testGroups.map(layOutGroup).join(",\n")}\n  ]`,
    "}\n",
  ].join("\n");
}

function layOutGroup({ comment, library, history, tests, ...fixture }: TestGroup): string {
  return [
    "    {",
    `      "comment": ${line(comment)},`,
    ...Object.entries(fixture).map(([name, value]) => `      ${line(name)}: ${line(value)},`),
    `      "library": {`,
    `        "profiles": ${lines(library.profiles, "        ")},`,
    `        "drugs": ${lines(library.drugs, "        ")}`,
    "      },",
    `      "history": ${lines(history, "      ")},`,
    `      "tests": [\n${tests.map(layOutTest).join(",\n")}\n      ]`,
    "    }",
  ].join("\n");
}

function layOutTest({ tcId, comment, flags, before, operation, expected }: LimitTest): string {
  const gap = "          ";
  return [
    `        { "tcId": ${tcId}, "comment": ${line(comment)}, "flags": ${line(flags)},`,
    ...(before ? [`${gap}"before": ${lines(before, gap)},`] : []),
    `${gap}"operation": ${line(operation)},`,
    `${gap}"expected": ${line(expected)} }`,
  ].join("\n");
}

const line = (value: unknown): string => JSON.stringify(value);

/** An array with an item a line. */
function lines(items: readonly unknown[], gap: string): string {
  if (items.length === 0) return "[]";
  if (items.length === 1) return `[${line(items[0])}]`;
  return `[\n${items.map((item) => `${gap}  ${line(item)}`).join(",\n")}\n${gap}]`;
}

const block = (value: unknown, gap: string): string =>
  JSON.stringify(value, null, 2).replace(/\n/g, `\n${gap}`);
