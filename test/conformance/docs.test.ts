/** docs/CONFORMANCE.md says what drivers do: its example is spoken, its tables name every request, host call and option. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../host-sim/cli/program.js";
import { ROOT } from "../../host-sim/conformance/drivers.js";
import {
  DATA_BYTES_MAX,
  HOST_CALLS,
  LINE_BYTES_MAX,
  WATCHES_MAX,
} from "../../host-sim/conformance/protocol.js";
import { STATUS } from "../../host-sim/gate/status.js";
import { MODULE_PATH, SUITE } from "./support.js";

const PAGE = readFileSync(join(ROOT, "docs", "CONFORMANCE.md"), "utf8");
const DRIVER = join(ROOT, "dist", "conformance", "node-driver.js");

describe("the page of the line protocol", () => {
  it.skipIf(!existsSync(DRIVER) && process.env["CI"] !== "true")(
    "has an example that a driver speaks",
    () => {
      const lines = (mark: string): string[] =>
        [...PAGE.matchAll(new RegExp(`^${mark} (\\{.*\\})$`, "gm"))].map((match) => match[1]!);
      // Sent ahead, all at once: a driver takes them as it needs them.
      const input = lines(">").join("\n") + "\n";
      const { status, stdout } = spawnSync(process.execPath, [DRIVER, MODULE_PATH], {
        input,
        encoding: "utf8",
      });
      expect(status).toBe(0);
      const said = stdout.trim().split("\n");
      const keys = (line: string) => Object.keys(JSON.parse(line) as object);
      expect(said.map(keys)).toEqual(lines("<").map(keys));
      const end = (all: string[]) => (JSON.parse(all.at(-1)!) as { status: number }).status;
      expect([end(said), end(lines("<"))]).toEqual([STATUS.FLASH_FAILED, STATUS.FLASH_FAILED]);
    },
  );

  it("names the bounds, every request, and every host call with its bytes", () => {
    expect(PAGE).toContain(`${LINE_BYTES_MAX.toLocaleString("en")} bytes`);
    expect(PAGE).toContain(`${DATA_BYTES_MAX.toLocaleString("en")} bytes`);
    expect(PAGE).toContain(`at most ${WATCHES_MAX};`);
    for (const op of ["hello", "load", "write", "read", "hash", "watch", "call", "save", "restore", "bye"]) {
      expect(PAGE, op).toContain(`| \`{"op":"${op}"`);
    }
    for (const [name, { numbers, writes }] of Object.entries(HOST_CALLS)) {
      const row = PAGE.split("\n").find((line) => line.startsWith(`| \`{"host":"${name}"`))!;
      for (const field of numbers) expect(row).toContain(`"${field}":N`);
      expect(row).toContain(
        writes === 0 ? "none" : writes === "length" ? "`length` bytes" : `${writes} bytes`,
      );
    }
  });

  it("names every option of the command", () => {
    const command = createProgram().commands.find((one) => one.name() === "conformance")!;
    const section = PAGE.slice(PAGE.indexOf("## 5 The command"));
    for (const { long } of command.options) expect(section, long).toContain(`\`${long!}`);
  });
});

describe("notes of the vectors", () => {
  it("link to sections that are there", () => {
    const anchor = (heading: string) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, "")
        .replaceAll(" ", "-");
    const spec = readFileSync(join(ROOT, "docs", "SPEC.md"), "utf8");
    const known = [...spec.matchAll(/^#+ (.+)$/gm)].map((match) => `docs/SPEC.md#${anchor(match[1]!)}`);
    const links = SUITE.topics.flatMap(({ notes }) => Object.values(notes).flatMap((note) => note.links));
    expect(links.filter((link) => link.startsWith("docs/") && !known.includes(link))).toEqual([]);
    expect(links.length).toBeGreaterThan(20);
  });
});
