/** Figures of SPEC that the module's sources have too: the two must not drift apart. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const spec = read("docs/SPEC.md");

/** Text of SPEC between two marks. */
function between(from: string, to: string): string {
  const start = spec.indexOf(from);
  const end = spec.indexOf(to, start + from.length);
  if (start < 0 || end < 0) throw new Error(`SPEC has no text between "${from}" and "${to}"`);
  return spec.slice(start, end);
}

/** Offset, type and name of every field of a class of u32 and u64, laid out as the compiler does. */
function fieldsOf(source: string, name: string): [number, string, string][] {
  const body = new RegExp(`class ${name} \\{([\\s\\S]*?)\\n\\}`).exec(source)![1]!;
  let at = 0;
  return [...body.matchAll(/^ {2}(\w+): u(32|64);/gm)].map(([, field, bits]) => {
    const size = Number(bits) / 8;
    const offset = Math.ceil(at / size) * size;
    at = offset + size;
    return [offset, `u${bits}`, field === "pad" ? "zero" : field!];
  });
}

/** Fields as SPEC writes them, in columns. */
function statedIn(text: string): [number, string, string][] {
  const found = [...text.matchAll(/(?<=^|\s)(\d+) (u32|u64) +(\w+)/gm)];
  return found.map((m): [number, string, string] => [Number(m[1]), m[2]!, m[3]!]).sort((a, b) => a[0] - b[0]);
}

describe("SPEC 9.4", () => {
  const source = read("assembly/store/state.ts");
  const state = fieldsOf(source, "State");
  const programAt = state.find(([, , name]) => name === "phase")![0];
  const head = state.filter(([offset]) => offset < programAt);
  const program = state
    .filter(([offset]) => offset >= programAt)
    .map(([offset, type, name]): [number, string, string] => [offset - programAt, type, name]);

  it.each([
    ["State before its program", head, "*State* of stream 0, 880 bytes:", "[240] program", programAt],
    ["a program", program, "*Program*, 240 bytes", "*Step*", 240],
    ["Step", fieldsOf(source, "Step"), "*Step*, 24 bytes:", "`flags`", 24],
    ["Meter", fieldsOf(source, "Meter"), "*Meter*, the state of stream 1: 72 bytes", "`ahead_nl`", 72],
    ["Account", fieldsOf(source, "Account"), "*Account*, 432 bytes:", "[384]", 48],
  ])("has every field of %s at its place", (_name, fields, from, to, bytes) => {
    expect(statedIn(between(from, to))).toEqual(fields);
    const [offset, type] = fields.at(-1)!;
    expect(offset + Number(type.slice(1)) / 8).toBe(bytes);
  });

  it("adds up the state of stream 0 and an account", () => {
    const number = (name: string): number => Number(new RegExp(`const ${name}: u32 = (\\d+);`).exec(source)![1]);
    const parts = between(" 152 [240] program", "\n```");
    const [primaryAt, primaryBytes, stepsAt, stepsBytes] = /(\d+) \[(\d+)\] primary +(\d+) \[(\d+)\] ten steps/
      .exec(parts)!
      .slice(1)
      .map(Number);
    expect(primaryAt).toBe(programAt + 240);
    expect(primaryBytes).toBe(240 + 8); // and what resets left uncertain of it
    expect(stepsAt).toBe(primaryAt! + primaryBytes!);
    expect(stepsBytes).toBe(number("STEPS_MAX") * 24);
    expect(stepsAt! + stepsBytes!).toBe(880);
    expect(48 + number("BUCKETS") * 4).toBe(432);
  });
});

describe("SPEC 8", () => {
  const events = new Map(
    [...between("| kind              | number | stream", "LOCAL tells").matchAll(/^\| ([A-Z_]+) +\| (\d+) /gm)].map((m) => [m[1]!, Number(m[2])]),
  );

  it("has the event kinds that the module writes, with their numbers", () => {
    const files = readdirSync(new URL("../../assembly", import.meta.url), { recursive: true, encoding: "utf8" });
    const written = files
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) => [...read(`assembly/${file}`).matchAll(/const EVENT_([A-Z_]+): u32 = (\d+);/g)])
      .filter((m) => m[1] !== "BYTES_MAX" && m[1] !== "FIRST");
    const kinds = new Map(written.map((m) => [m[1]!, Number(m[2])]));
    expect([...kinds].sort((a, b) => a[1] - b[1])).toEqual([...events]);
  });
});

describe("limits", () => {
  const limits = read("assembly/limits.ts");
  const limit = (name: string): number =>
    Number(new RegExp(`export const ${name}: u\\d+ = (\\d+);`).exec(limits)![1]);
  const thousands = (n: number): string => n.toLocaleString("en-US");

  it.each([
    ["INPUT_BYTES_MAX", "1.1", (n: number) => `| root document, provisioning block | ${thousands(n)} `],
    ["MANIFEST_BYTES_MAX", "1.1", (n: number) => `| signed manifest                   | ${thousands(n)} `],
    ["COMMAND_OBJECT_BYTES_MAX", "1.1", (n: number) => `| command, approval                 | ${thousands(n)} `],
    ["ENTRY_BYTES_MAX", "1.1", (n: number) => `| library entry                     | ${thousands(n)} `],
    ["COMMAND_LIFE_S_MAX", "2.2", (n: number) => `; command_life_s_max, 1..${thousands(n)}`],
    ["TREE_LEAVES_MAX", "3.1", (n: number) => `; entry count, 1..${thousands(n)}`],
    ["SEQUENCE_AHEAD_MAX", "4.2", (n: number) => `last < n <= last + ${n}`],
    ["CONCENTRATION_VOLUME_BITS", "4.2", (n: number) => `volume in nL 1..2^${n}-1`],
    ["EVENT_BYTES_MAX", "8", (n: number) => `An event has at most ${n} bytes`],
    ["PATCH_BYTES_MAX", "8", (n: number) => `a patch at most ${n}`],
    ["EPOCH_RECORDS_MAX", "8", (n: number) => `after every ${n} records`],
    ["SEGMENTS_MIN", "9.2", (n: number) => `at least ${n} segments`],
    ["SEGMENTS_MAX", "9.2", (n: number) => `at most ${n}`],
    ["SEGMENT_BYTES_MIN", "9.2", (n: number) => `at least ${thousands(n)} bytes`],
    ["RECORD_BYTES_MAX", "9.2", (n: number) => `${thousands(n)} bytes (stream 0)`],
    ["METER_ROLL_BYTES", "9.2", (n: number) => `${n} bytes (stream 1)`],
    ["OPEN_ATTEMPTS_MAX", "9.2", (n: number) => `after ${n} in a row`],
  ])("%s is what SPEC %s says", (name, section, words) => {
    const start = spec.search(new RegExp(`^#{2,3} ${section.replace(".", "\\.")} `, "m"));
    const rest = spec.slice(start + 4);
    const text = rest.slice(0, rest.search(/^## \d|^### \d/m)).replaceAll("\n", " ");
    expect(text).toContain(words(limit(name)));
  });
});
