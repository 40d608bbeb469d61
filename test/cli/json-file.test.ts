import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { CliError } from "../../host-sim/cli/errors.js";
import { readJsonFile } from "../../host-sim/cli/json-file.js";

const folder = mkdtempSync(join(tmpdir(), "dosegate-json-"));
const file = join(folder, "file.json");
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string): unknown {
  writeFileSync(file, text);
  return readJsonFile(file);
}

/** What is said of a text that is no JSON, without the file's name. */
function complaint(text: string): string {
  try {
    read(text);
  } catch (error) {
    if (error instanceof CliError && error.exitCode === 2) return error.message.replace(`${file}:`, "");
    throw error;
  }
  return "accepted";
}

describe("a file of JSON", () => {
  it("is read, with a byte order mark or without", () => {
    expect(read('{"a": [1, "x", null, true, -1.5e3]}')).toEqual({ a: [1, "x", null, true, -1500] });
    expect(read("\u{feff}[]")).toEqual([]);
  });

  it("keeps integers that a double would round, as strings", () => {
    expect(
      read(
        '[9007199254740991, 9007199254740992, 18446744073709551615, -9007199254740993, "9007199254740993"]',
      ),
    ).toEqual([
      9007199254740991,
      "9007199254740992",
      "18446744073709551615",
      "-9007199254740993",
      "9007199254740993",
    ]);
    expect(read('["\\"9007199254740993", 1.0, 1e30]')).toEqual(['"9007199254740993', 1, 1e30]);
  });

  it.each([
    ["", "1:1: not JSON: the file ends too early"],
    ["  \n ", "2:2: not JSON: the file ends too early"],
    ['{"a": 1', "1:8: not JSON: the file ends too early"],
    ['{"a": 1,}', '1:9: not JSON: unexpected "}"'],
    ["[1, 2,\n 3,\n]", '3:1: not JSON: unexpected "]"'],
    ["[1 2]", '1:4: not JSON: unexpected "2"'],
    ["[1}", '1:3: not JSON: unexpected "}"'],
    ["{1: 2}", '1:2: not JSON: unexpected "1"'],
    ['{"a" 1}', '1:6: not JSON: unexpected "1"'],
    ['{"a"}', '1:5: not JSON: unexpected "}"'],
    ["{,}", '1:2: not JSON: unexpected ","'],
    ["[,]", '1:2: not JSON: unexpected ","'],
    ["[]]", '1:3: not JSON: unexpected "]"'],
    ["[] []", '1:4: not JSON: unexpected "["'],
    ["1,2", '1:2: not JSON: unexpected ","'],
    ["{'a': 1}", `1:2: not JSON: unexpected "'"`],
    ["[01]", '1:3: not JSON: unexpected "1"'],
    ["[.5]", '1:2: not JSON: unexpected "."'],
    ["[+1]", '1:2: not JSON: unexpected "+"'],
    ["[NaN]", '1:2: not JSON: unexpected "N"'],
    ["[truer]", '1:6: not JSON: unexpected "r"'],
    ['["a\nb"]', '1:4: not JSON: unexpected "\\n"'],
    ['["open]\n', '1:8: not JSON: unexpected "\\n"'],
    ['["open', "1:7: not JSON: the file ends too early"],
    ['["a\\xb"]', '1:4: not JSON: unexpected "\\\\"'],
    ["[1] // why", '1:5: not JSON: unexpected "/"'],
    ["[\u{1f600}]", '1:2: not JSON: unexpected "\u{1f600}"'],
    ["schema: yaml\n", '1:1: not JSON: unexpected "s"'],
  ])("is refused with its line and column: %j", (text, expected) => {
    expect(complaint(text)).toBe(expected);
  });

  it("is refused exactly when JSON.parse refuses it, however it is damaged", () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.nat(),
        fc.constantFrom("", ",", '"', "]", "}", "1", "\\", " "),
        (text, place, insert) => {
          const at = place % (text.length + 1);
          const damaged = text.slice(0, at) + insert + text.slice(insert === "" ? at + 1 : at);
          let accepted = true;
          try {
            JSON.parse(damaged);
          } catch {
            accepted = false;
          }
          const said = complaint(damaged);
          expect(said === "accepted").toBe(accepted);
          if (!accepted) expect(said).toMatch(/^\d+:\d+: not JSON: /);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("is refused by name when it is not there, or a folder", () => {
    const missing = join(folder, "missing.json");
    expect(() => readJsonFile(missing)).toThrow(`${missing}: no such file`);
    expect(() => readJsonFile(folder)).toThrow(`${folder}: is a directory, not a file`);
  });
});
