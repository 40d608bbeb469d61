import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import { describe, expect, it } from "vitest";
import { VERDICTS, alarmNames, verdictName } from "../../host-sim/gate/names.js";
import {
  describeStatus,
  STATUS,
  STATUS_SENTENCES,
  statusFault,
  statusName,
  type StatusName,
} from "../../host-sim/gate/status.js";

const source = readFileSync(new URL("../../assembly/status.ts", import.meta.url), "utf8");
const spec = readFileSync(new URL("../../docs/SPEC.md", import.meta.url), "utf8");

/** `export const NAME: u32 = 0x..;` with the sentence in the comment above it. */
function constants(): Map<string, { number: number; sentence: string | undefined }> {
  const found = source.matchAll(/(?:^\/\*\* ([^\n]*) \*\/\n)?^export const (\w+): u32 = (0x[0-9a-f]+);/gm);
  return new Map([...found].map((m) => [m[2]!, { number: Number(m[3]), sentence: m[1] }]));
}

/** The TypeScript of host-sim/gate/status-table.ts. */
function table(): string {
  const statuses = [...constants()].filter(([name]) => !(name in VERDICTS));
  const numbers = statuses.map(([name, { number }]) => `${name}: 0x${number.toString(16).padStart(2, "0")},`);
  const sentences = statuses.map(([name, { sentence }]) => `${name}: ${JSON.stringify(sentence)},`);
  return [
    "/** Generated from assembly/status.ts by test/gate/status.test.ts: change it there. */",
    "export const STATUS = {",
    ...numbers,
    "} as const;",
    "",
    "/** What each status means, for people. */",
    "export const STATUS_SENTENCES: Readonly<Record<keyof typeof STATUS, string>> = {",
    ...sentences,
    "};",
    "",
  ].join("\n");
}

describe("the status table", () => {
  const names = Object.keys(STATUS) as StatusName[];

  it("is generated from assembly/status.ts (npx vitest run test/gate/status.test.ts -u)", async () => {
    const file = fileURLToPath(new URL("../../host-sim/gate/status-table.ts", import.meta.url));
    const options = await resolveConfig(file);
    await expect(await format(table(), { ...options, parser: "typescript" })).toMatchFileSnapshot(file);
    expect(names.length).toBeGreaterThan(80);
  });

  it("has the numbers and sentences of SPEC 12 and no others", () => {
    const section = spec.slice(spec.indexOf("## 12 Statuses"));
    const rows = [...section.matchAll(/^\| (\w+) \| (0x[0-9a-f]{2}) \| (.*) \|$/gm)];
    expect(names.map((name) => [name, STATUS[name], STATUS_SENTENCES[name]])).toEqual(
      rows.map((row) => [row[1], Number(row[2]), row[3]]),
    );
  });

  it("says whose fault each range is as SPEC 12 does", () => {
    expect(statusFault(STATUS.DONE)).toBe("nobody");
    expect(statusFault(STATUS.BUSY)).toBe("host");
    expect(statusFault(STATUS.CBOR)).toBe("sender");
    expect(statusFault(STATUS.DUTY)).toBe("signer");
    expect(statusFault(STATUS.ENTRY_SENSE)).toBe("library author");
    expect(statusFault(STATUS.LIMIT_HARD)).toBe("prescription");
    expect(statusFault(STATUS.CLOCK)).toBe("device");
    expect(statusFault(0xff)).toBeNull();
  });

  it("names a number that is no status as unknown", () => {
    expect(statusName(0x6a)).toBe("LIMIT_HARD");
    expect(statusName(0xff)).toBe("UNKNOWN_0xff");
    expect(describeStatus(0x01)).toMatch(/^WORKING \(0x01\): Staged/);
    expect(describeStatus(0x0f)).toMatch(/^UNKNOWN_0xf \(0x0f\): Not a status/);
  });
});

describe("verdict words", () => {
  it("are those of assembly/status.ts", () => {
    const module = constants();
    for (const [name, word] of Object.entries(VERDICTS)) expect(module.get(name)?.number).toBe(word);
  });

  it("are at least 16 bits apart, and one bit off is none of them", () => {
    const words = Object.values(VERDICTS);
    for (const a of words) {
      for (const b of words) if (a !== b) expect(ones(a ^ b)).toBeGreaterThanOrEqual(16);
      for (let bit = 0; bit < 32; bit++) expect(verdictName((a ^ (1 << bit)) >>> 0)).toBeNull();
      expect(verdictName(a)).not.toBeNull();
    }
  });
});

describe("alarm names", () => {
  it("show every bit, those that SPEC reserves by number", () => {
    expect(alarmNames(0)).toEqual([]);
    expect(alarmNames(0b1011)).toEqual(["NEAR_END", "VTBI_DONE", "OCCLUSION"]);
    expect(alarmNames(0x8002_0004)).toEqual(["KVO", "bit 17", "bit 31"]);
  });

  it("are those of SPEC 6.7", () => {
    const section = spec.slice(spec.indexOf("### 6.7"), spec.indexOf("## 7"));
    const rows = [...section.matchAll(/^\| (\d+) \| ([A-Z_]+) \|/gm)];
    expect(rows).toHaveLength(17);
    for (const [, bit, name] of rows) expect(alarmNames((1 << Number(bit)) >>> 0)).toEqual([name]);
  });
});

function ones(word: number): number {
  let count = 0;
  for (let bit = 0; bit < 32; bit++) count += (word >>> bit) & 1;
  return count;
}
