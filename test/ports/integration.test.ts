/** docs/INTEGRATION.md says something of every import, export, status and alarm, and nothing of others. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { EXPORTS, IMPORTS } from "../../host-sim/gate/abi.js";
import { ALARM } from "../../host-sim/gate/names.js";
import { STATUS } from "../../host-sim/gate/status.js";
import { type Measured, sizingText } from "./sizing.js";

const PAGE = fileURLToPath(new URL("../../docs/INTEGRATION.md", import.meta.url));
const MEASURED = new URL("../../bench/results/mcu.json", import.meta.url);
const SPEC = readFileSync(new URL("../../docs/SPEC.md", import.meta.url), "utf8");
const page = readFileSync(PAGE, "utf8");
const BETWEEN = /(<!-- sizing: [^\n]* -->\n)[\s\S]*?(<!-- end of sizing -->)/;
const UPDATE = "DOSEGATE_SIZING=new npx vitest run test/ports/integration.test.ts -u";

/** Text of `## n ...`. */
function section(text: string, n: number): string {
  const from = text.indexOf(`\n## ${n} `);
  const to = text.indexOf("\n## ", from + 1);
  return text.slice(from, to < 0 ? undefined : to);
}

/** First cells of a section's table, their names taken apart. */
function named(text: string, n: number): string[] {
  const cells = [...section(text, n).matchAll(/^\| ([^|]+) \|/gm)].map((match) => match[1]!);
  return cells.flatMap((cell) => [...cell.matchAll(/\b(\w+)\b/g)].map((match) => match[1]!));
}

/** What a page lacks, or has too many of. */
function differences(text: string): string[] {
  const compare = (what: string, found: readonly string[], wanted: readonly string[]): string[] => [
    ...wanted.filter((name) => !found.includes(name)).map((name) => `${what} ${name} is missing`),
    ...found.filter((name) => !wanted.includes(name)).map((name) => `no ${what} ${name}`),
    ...found.filter((name, i) => found.indexOf(name) !== i).map((name) => `${what} ${name} twice`),
  ];
  const heads = ["import", "status", "alarm", "---"];
  const rows = (n: number) => named(text, n).filter((name) => !heads.includes(name));
  const exported = Object.keys(EXPORTS).filter((name) => !section(text, 5).includes(`\`${name}\``));
  return [
    ...compare("import", rows(4), Object.keys(IMPORTS)),
    ...compare("status", rows(6), Object.keys(STATUS)),
    ...compare("alarm", rows(7), Object.keys(ALARM)),
    ...exported.map((name) => `export ${name} is missing`),
  ];
}

describe("docs/INTEGRATION.md", () => {
  it("has the host's part of every import, export, status and alarm, once", () => {
    expect(differences(page)).toEqual([]);
  });

  it("gives every alarm the priority of SPEC 6.7", () => {
    const priorities = [...section(page, 7).matchAll(/^\| ([A-Z_, ]+) \| (\w+) \|/gm)];
    for (const [, names, priority] of priorities) {
      for (const name of names!.split(", ")) {
        expect(SPEC, name).toMatch(new RegExp(`^\\| \\d+ \\| ${name} \\| [^|]+ \\| ${priority!} \\|`, "m"));
      }
    }
    expect(priorities.length).toBeGreaterThan(10);
  });

  it(`has the sizes that were measured, of the module that it names (${UPDATE})`, async () => {
    expect(page).toMatch(BETWEEN);
    if (!existsSync(MEASURED)) return;
    const measured = JSON.parse(readFileSync(MEASURED, "utf8")) as Measured;
    const again = process.env["DOSEGATE_SIZING"] === "new";
    if (!again && !page.includes(`module ${measured.module.sha256.slice(0, 12)}.`)) {
      console.warn(
        `docs/INTEGRATION.md has the sizes of another module than bench/results/mcu.json: ${UPDATE}`,
      );
      return;
    }
    const filled = page.replace(BETWEEN, (_all, begin: string, end: string) => {
      return `${begin}\n${sizingText(measured)}\n${end}`;
    });
    await expect(filled).toMatchFileSnapshot(PAGE);
  });
});

describe("the comparison itself", () => {
  it("notices a status that is missing, one that does not exist, and one that stands twice", () => {
    expect(differences(page.replace("STORE_CORRUPT |", "STORE_BROKEN |"))).toEqual([
      "status STORE_CORRUPT is missing",
      "no status STORE_BROKEN",
    ]);
    expect(differences(page.replace("| STORE_BUSY |", "| STORE_BUSY, CLOCK |"))).toEqual([
      "status CLOCK twice",
    ]);
    expect(differences(page.replace("| `counterRead` |", "| `counterLook` |"))).toContain(
      "import counterRead is missing",
    );
  });
});
