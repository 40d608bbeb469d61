/** `dosegate conformance` with protocol vectors: which driver, what is printed, what is written, how it ends. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { run } from "../../host-sim/cli/program.js";
import { driverEntries, DriverMissing } from "../../host-sim/conformance/drivers.js";
import { matrix } from "../../host-sim/conformance/report.js";
import type { ProtocolVectors } from "../../host-sim/conformance/vector.js";
import { FOLDER, MODULE_PATH, onNode, results, SUBSET, SUITE } from "./support.js";

const folder = mkdtempSync(join(tmpdir(), "dosegate-conformance-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

async function conformance(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  vi.spyOn(console, "log").mockImplementation((text: unknown) => void (out += `${String(text)}\n`));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => (err += String(text)) !== "");
  await run(["conformance", "--module", MODULE_PATH, ...args]);
  const code = Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  vi.restoreAllMocks();
  return { code, out, err };
}

const TRUST = join(FOLDER, "trust.json");
const trust = SUITE.topics.find(({ topic }) => topic === "trust")!;

/** A folder with the trust vectors as `change` leaves them. */
function altered(name: string, change: (vectors: ProtocolVectors) => void): string {
  const path = join(folder, name);
  mkdirSync(path);
  const vectors = structuredClone(trust);
  change(vectors);
  writeFileSync(join(path, "trust.json"), JSON.stringify(vectors));
  writeFileSync(join(path, "fixtures.json"), readFileSync(join(FOLDER, "fixtures.json")));
  return path;
}

describe("dosegate conformance", () => {
  it("runs one topic on this engine, tells how far it is, and says what passed", async () => {
    const { code, out, err } = await conformance("--vectors", TRUST);
    expect(out).toMatch(new RegExp(`^protocol/trust: ${trust.numberOfTests} vectors on node \\(V8 `));
    expect(out.endsWith(`\n${trust.numberOfTests} passed, 0 failed\n`)).toBe(true);
    expect(err).toMatch(/\[ *\d+\/\d+\] vectors on node/);
    expect(code).toBe(0);
  });

  it("runs the subset", async () => {
    const { code, out, err } = await conformance("--subset", "--quiet");
    expect([code, err]).toEqual([0, ""]);
    expect(out.endsWith(`\n${SUBSET.length} passed, 0 failed\n`)).toBe(true);
  });

  it("names a vector that fails: where it begins, what it expects, what differs; exit code 1", async () => {
    const path = altered("wrong", ({ tests }) => {
      (tests[0]!.steps[0] as { returns: string }).returns = "BUSY";
    });
    const { code, out } = await conformance("--vectors", path, "--quiet");
    const { comment, fixture, steps } = tests(0);
    expect(out).toContain(
      `  FAILED trust 1 "${comment}" at "${fixture}", expects OK: step 1 of ${steps.length}: trustUpdate returns WORKING, not BUSY\n`,
    );
    expect(out.endsWith(`\n${trust.numberOfTests - 1} passed, 1 failed\n`)).toBe(true);
    expect(code).toBe(1);
  });

  it("prints one JSON object, and writes JUnit", async () => {
    const path = join(folder, "junit.xml");
    const { code, out } = await conformance("--vectors", TRUST, "--json", "--quiet", "--junit", path);
    const { passed, failed, files } = JSON.parse(out) as {
      passed: number;
      failed: number;
      files: { file: string }[];
    };
    expect([code, passed, failed, files[0]!.file]).toEqual([0, trust.numberOfTests, 0, "protocol/trust"]);
    const xml = readFileSync(path, "utf8");
    expect(xml).toContain(`<testsuite name="node.trust" tests="${trust.numberOfTests}" failures="0">`);
    expect(xml.match(/<testcase /g)).toHaveLength(trust.numberOfTests);
    expect(xml).not.toContain("<failure");
  });

  it("runs a driver that is given as a command", async () => {
    const python = join(folder, "driver.sh");
    writeFileSync(python, "#!/bin/sh\necho no gate here >&2\nexit 3\n");
    chmodSync(python, 0o755);
    const { code, err } = await conformance("--vectors", TRUST, "--quiet", "--driver-command", python);
    expect(err).toBe("dosegate: the driver is gone (exit 3); it says: no gate here\n");
    expect(code).toBe(2);
  });

  it("refuses an unknown driver, two ways to choose one, and files that are not whole", async () => {
    const unknown = await conformance("--vectors", TRUST, "--driver", "abacus");
    expect([unknown.code, unknown.err]).toEqual([
      2,
      expect.stringMatching(/^dosegate: no driver "abacus"; there are node, /),
    ]);
    const two = await conformance("--vectors", TRUST, "--driver", "node", "--all");
    expect([two.code, two.err]).toEqual([
      2,
      "dosegate: choose one of --driver, --driver-command and --all\n",
    ]);
    const cut = await conformance(
      "--vectors",
      altered("cut", (file) => void (file.tests as unknown[]).pop()),
    );
    expect([cut.code, cut.err]).toEqual([
      2,
      expect.stringMatching(/^dosegate: trust: numberOfTests is \d+, not \d+\n/),
    ]);
    const strange = await conformance(
      "--vectors",
      altered("strange", (file) => Object.assign(file.tests[0]!, { more: 1 })),
    );
    expect(strange.code).toBe(2);
    expect(strange.err).toMatch(/^dosegate: \S+trust\.json: \/tests\/0: /);
  });
});

function tests(index: number): ProtocolVectors["tests"][number] {
  return trust.tests[index]!;
}

describe("drivers of ports/", () => {
  const root = join(folder, "root");
  const port = (name: string, text: object): void => {
    mkdirSync(join(root, "ports", name), { recursive: true });
    writeFileSync(join(root, "ports", name, "driver.json"), JSON.stringify(text));
  };

  it("are found by their driver.json; one whose tool is missing says which", async () => {
    const command = ["true"];
    port("one", {
      name: "one",
      summary: "",
      setup: ["sh", "-c", "echo gcc; exit 77"],
      command,
      needs: "gcc (Debian)",
    });
    port("two", [
      { name: "two", summary: "", setup: ["no-such-tool"], command, needs: "tool (PyPI)", subset: true },
      { name: "three", summary: "", setup: ["sh", "-c", "echo no rule >&2; exit 2"], command, needs: "" },
    ]);
    const entries = driverEntries(root);
    expect(entries.map(({ name, subset }) => [name, subset])).toEqual([
      ["node", false],
      ["node-lines", false],
      ["one", false],
      ["two", true],
      ["three", false],
    ]);
    const start = (name: string) => async () => entries.find((one) => one.name === name)!.start("gate.wasm");
    await expect(start("one")()).rejects.toThrow(new DriverMissing("gcc"));
    await expect(start("two")()).rejects.toThrow(new DriverMissing("no-such-tool; needs tool (PyPI)"));
    await expect(start("three")()).rejects.toThrow(/driver three cannot be set up: no rule/);
  });

  it("stand in the matrix beside those that ran", async () => {
    const { hello } = onNode();
    const some = SUITE.topics
      .slice(0, 1)
      .map(({ topic, module, tests: [vector] }) => ({ topic, module, vector: vector! }));
    const ran = await results(onNode(), some);
    const failed = ran.map((result) => ({ ...result, passed: false }));
    const text = matrix([
      { driver: "node", hello, results: ran, seconds: 1 },
      { driver: "bad", hello, results: failed, seconds: 1 },
      { driver: "one", missing: "gcc" },
    ]);
    const [head, good, bad, missing] = text.split("\n");
    expect(head).toMatch(/^driver +calls +result$/);
    expect(good).toMatch(/^node +1 +all pass, 1\.0 s, V8/);
    expect(bad).toMatch(/^bad +0\/1 +1 FAILED/);
    expect(missing).toMatch(/^one +- +not run: needs gcc$/);
  });
});
