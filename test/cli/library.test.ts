import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { simulatedKey, writeKeyFiles } from "../../host-sim/authority/keys.js";
import { exampleDirectory } from "../../host-sim/authority/library/load.js";
import { CliError } from "../../host-sim/cli/errors.js";
import { registerLibrary } from "../../host-sim/cli/library.js";
import { SOUND } from "../authority/library/support.js";

interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line as `dosegate` would, with what it printed and its exit code. */
function run(...args: string[]): Ran {
  const out: string[] = [];
  const err: string[] = [];
  const stdout = vi.spyOn(process.stdout, "write").mockImplementation((text) => out.push(String(text)) > 0);
  const stderr = vi.spyOn(process.stderr, "write").mockImplementation((text) => err.push(String(text)) > 0);
  const before = process.exitCode;
  process.exitCode = 0;
  try {
    const program = new Command("dosegate").exitOverride();
    registerLibrary(program);
    program.commands
      .flatMap((command) => [command, ...command.commands])
      .forEach((command) => command.exitOverride());
    program.parse(["library", ...args], { from: "user" });
    return { exitCode: process.exitCode, out: out.join(""), err: err.join("") };
  } catch (error) {
    if (error instanceof CliError) return { exitCode: error.exitCode, out: out.join(""), err: error.message };
    if (error instanceof CommanderError) return { exitCode: 2, out: out.join(""), err: err.join("") };
    throw error;
  } finally {
    process.exitCode = before;
    stdout.mockRestore();
    stderr.mockRestore();
  }
}

let directory: string;
let authorFile: string;
let approverFile: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "dosegate-cli-library-"));
  const key = (name: string, duty: "author" | "approver"): string =>
    writeKeyFiles(
      join(directory, name),
      simulatedKey("cli", { name, holder: name, duty, roles: ["library"] }),
    ).privateFile;
  authorFile = key("anna", "author");
  approverFile = key("ben", "approver");
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function yamlFile(text: string): string {
  const path = join(directory, "icu.yaml");
  writeFileSync(path, text);
  return path;
}

describe("library check", () => {
  it("prints areas, ranges, sizes and sources of the example, and exits with 0", () => {
    const { exitCode, out } = run("check", exampleDirectory());
    expect(exitCode).toBe(0);
    expect(out).toContain("NOT FOR CLINICAL USE");
    expect(out).toMatch(/1 Adult ICU \(adult\): \d+ drugs, \d+ entries/);
    expect(out).toContain("weight 0.4 kg to 7 kg");
    expect(out).toMatch(
      /\d+ entries in 5 areas, mean [\d.]+ B, largest \d+ B; path 8 nodes; root [0-9a-f]{64}/,
    );
    expect(out).toMatch(/\d+ limit groups: \d+ cite a source, \d+ illustrative/);
    expect(out).toContain("large volume: fits");
    expect(out).toContain("0 errors, 0 warnings");
  });

  it("prints file, line and advice of every error, and exits with 1", () => {
    const path = yamlFile(
      SOUND.replace("soft_max: 1,", "soft_max: 3,").replace("hard_max: 35", "hard_max: 20"),
    );
    const { exitCode, out } = run("check", path);
    expect(exitCode).toBe(1);
    expect(out).toMatch(
      /^icu\.yaml:29: NORepinephrine 4 mg\/250 mL: continuous\.soft_max 3 mcg\/kg\/min is above hard_max 2 mcg\/kg\/min; lower soft_max or raise hard_max$/m,
    );
    expect(out).toMatch(
      /^icu\.yaml:\d+: vancomycin custom concentration: intermittent\.soft_max 25 mg\/kg is above hard_max 20 mg\/kg/m,
    );
    expect(out).toContain("2 errors, 0 warnings");
    expect(out).not.toContain("root ");
  });

  it("exits with 0 for warnings alone", () => {
    const { exitCode, out } = run(
      "check",
      yamlFile(SOUND.replace("name: NORepinephrine", "name: norepinephrine")),
    );
    expect(exitCode).toBe(0);
    expect(out).toContain("warning: ");
    expect(out).toContain("0 errors, 1 warnings");
  });

  it("judges by the pump class that is named", () => {
    const { exitCode, out } = run("check", yamlFile(SOUND), "--pump-class", "2");
    expect(exitCode).toBe(1);
    expect(out).toContain("above the ceiling of 99.9 mL/h (syringe, adult, SPEC 5.1)");
    expect(run("check", yamlFile(SOUND), "--pump-class", "4").exitCode).toBe(2);
  });

  it("says which path it cannot read, with the exit code of a file that cannot be used", () => {
    const absent = run("check", join(directory, "absent.yaml"));
    expect(absent.exitCode).toBe(2);
    expect(absent.err).toMatch(/absent\.yaml: no such file or directory; name a file of YAML/);
    mkdirSync(join(directory, "empty"));
    expect(run("check", join(directory, "empty"))).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining("has no .yaml file") as string,
    });
    expect(run("inspect", join(directory, "absent")).exitCode).toBe(2);
  });
});

describe("library sign and inspect", () => {
  it("write a directory that inspect shows in words", () => {
    const target = join(directory, "signed");
    const signed = run(
      "sign",
      exampleDirectory(),
      "--keys",
      authorFile,
      "--keys",
      approverFile,
      "--out",
      target,
    );
    expect(signed).toMatchObject({ exitCode: 0, err: "" });
    expect(signed.out).toContain("signed by anna (author), ben (approver)");
    const shown = run("inspect", target, "--drug", "norepi");
    expect(shown.exitCode).toBe(0);
    expect(shown.out).toContain("NORepinephrine, code 1001, variant 3");
    expect(shown.out).toContain("continuous    soft min 0.01, soft max 1, hard max 3 mcg/kg/min");
    expect(shown.out).not.toContain("vasopressin");
    expect(shown.out).toMatch(/signed by key ids [0-9a-f]{16}, [0-9a-f]{16}/);
    expect(run("inspect", exampleDirectory(), "--drug", "norepi").out).toContain("not signed");
  });

  it("refuse a drug that is not there, and a directory that was tampered with", () => {
    const target = join(directory, "signed");
    run("sign", exampleDirectory(), "--keys", authorFile, "--keys", approverFile, "--out", target);
    expect(run("inspect", target, "--drug", "placebo")).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining("placebo") as string,
    });
    const entries = readFileSync(join(target, "entries.bin"));
    entries[entries.length - 1] = entries.at(-1)! ^ 1;
    writeFileSync(join(target, "entries.bin"), entries);
    expect(run("inspect", target)).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining("not those that were signed") as string,
    });
  });

  it("sign nothing that check refuses", () => {
    const target = join(directory, "signed");
    const ran = run(
      "sign",
      yamlFile(SOUND.replace("code: 3003", "code: 0")),
      "--keys",
      authorFile,
      "--out",
      target,
    );
    expect(ran).toMatchObject({ exitCode: 1, err: expect.stringContaining("code 0 is outside") as string });
    expect(() => readFileSync(join(target, "manifest.cose"))).toThrow();
  });

  it("warn when one person signs alone, and refuse a file that is no private key", () => {
    const alone = run("sign", yamlFile(SOUND), "--keys", authorFile, "--out", join(directory, "signed"));
    expect(alone.exitCode).toBe(0);
    expect(alone.err).toContain("fewer than two people signed");
    const publicFile = authorFile.replace(".key.json", ".pub.json");
    const wrong = run("sign", yamlFile(SOUND), "--keys", publicFile, "--out", join(directory, "other"));
    expect(wrong).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining("this is the public key") as string,
    });
    expect(run("sign", yamlFile(SOUND), "--out", join(directory, "other")).exitCode).toBe(2);
  });
});

describe("library generate", () => {
  it("prints the mean entry size and writes what inspect reads", () => {
    const target = join(directory, "generated");
    const { exitCode, out } = run(
      "generate",
      "--entries",
      "120",
      "--areas",
      "3",
      "--seed",
      "4",
      "--out",
      target,
    );
    expect(exitCode).toBe(0);
    expect(out).toMatch(/120 entries in 3 areas, mean [\d.]+ B/);
    expect(run("generate", "--entries", "120", "--areas", "3", "--seed", "4").out).toBe(
      `${out.split("\n")[0]!}\n`,
    );
    expect(run("inspect", target).out).toContain("not signed");
  });

  it("refuses impossible numbers, and keys without a directory", () => {
    expect(run("generate", "--entries", "70000")).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining("1 to 65536") as string,
    });
    expect(run("generate", "--entries", "0").exitCode).toBe(2);
    expect(run("generate", "--entries", "10", "--areas", "11").err).toContain("11 areas");
    expect(run("generate", "--entries", "10", "--keys", authorFile).err).toContain("--keys needs --out");
  });
});
