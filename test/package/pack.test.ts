import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copy, DECOYS, MANIFEST, ROOT, run, scratch, stage } from "./stage.js";

const TARBALL = `dosegate-${MANIFEST.version}.tgz`;
/** Unpacked, all but the vectors: growth is a decision. */
const BYTES_MAX = 4_000_000;
const TARBALL_BYTES_MAX = 2_000_000;

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

let staged = "";
let packed: Packed;
let paths: readonly string[] = [];
/** An example project, installed from the tarball; empty where the registry cannot be reached. */
let project = "";

beforeAll(() => {
  staged = stage();
  const answer = JSON.parse(run(staged, "npm", "pack", "--ignore-scripts", "--json")) as
    Packed[] | Record<string, Packed>;
  // A list until npm 11, then a map by name.
  packed = Object.values(answer)[0]!;
  paths = packed.files.map((file) => file.path);

  // Beside the tarball as package.json of the example names it.
  copy(staged, "ports/node");
  project = join(staged, "ports/node");
  for (const path of DECOYS) rmSync(join(staged, path), { force: true });
  rmSync(join(project, "node_modules"), { recursive: true, force: true });
  const install = ["install", "--no-package-lock", "--no-audit", "--no-fund", "--prefer-offline"];
  const installed = spawnSync("npm", install, { cwd: project, encoding: "utf8" });
  if (installed.status === 0) return;
  if (
    process.env["CI"] === "true" ||
    !/EAI_AGAIN|ENOTFOUND|ECONN|ETIMEDOUT|ENOTCACHED/.test(installed.stderr)
  ) {
    throw new Error(`npm install of ${TARBALL} in ports/node failed:\n${installed.stderr}`);
  }
  console.warn("skipped: the package's dependencies cannot be fetched, no network");
  project = "";
});

afterAll(() => rmSync(staged, { recursive: true, force: true }));

describe("npm pack", () => {
  it.each([
    "build/dosegate.wasm",
    "build/dosegate-diag.wasm",
    "build/sbom.cdx.json",
    "dist/gate/index.js",
    "dist/gate/index.d.ts",
    "dist/cli/main.js",
    "vectors/limits.json",
    "vectors/protocol/calls.json",
    "vectors/primitives/ed25519.json",
    "vectors/protocol.schema.json",
    "ports/c/dosegate.h",
    "ports/c/Makefile",
    "ports/c/gate-wasm2c.c",
    "ports/c/example/pump.c",
    "ports/node/main.mjs",
    "docs/SPEC.md",
    "docs/BUILD.md",
    "LICENSE",
    "README.md",
  ])("holds %s", (path) => expect(paths).toContain(path));

  it("holds every source of the C port, every vector and every schema of the checkout", () => {
    const wanted = run(ROOT, "git", "ls-files", "ports", "vectors/*.json", "vectors/p*")
      .split("\n")
      .filter(
        (path) => path !== "" && !path.startsWith("vectors/generate/") && path !== "vectors/tsconfig.json",
      );
    expect(wanted.length).toBeGreaterThan(50);
    expect(wanted.filter((path) => !paths.includes(path))).toEqual([]);
  });

  it("compiles a declaration beside every module of dist", () => {
    const scripts = paths.filter((path) => /^dist\/.*\.js$/.test(path));
    expect(scripts.length).toBeGreaterThan(100);
    expect(scripts.filter((path) => !paths.includes(path.replace(/js$/, "d.ts")))).toEqual([]);
  });

  it.each(DECOYS)("leaves out %s, which a build leaves behind", (path) => expect(paths).not.toContain(path));

  it("leaves out sources that nobody runs, tests, and whatever belongs to one machine", () => {
    const stray =
      /^(assembly|test|bench|release|out|\.|node_modules)|\.ts$|tsconfig|\.wat$|\.html$|\.(o|elf|tgz)$/;
    expect(paths.filter((path) => stray.test(path) && !path.endsWith(".d.ts"))).toEqual([]);
    expect(
      ["test/a.test.ts", "vectors/tsconfig.json", "ports/c/build/m.o"].filter((p) => !stray.test(p)),
    ).toEqual([]);
  });

  it(`stays below ${TARBALL_BYTES_MAX} bytes, and ${BYTES_MAX} unpacked without the vectors`, () => {
    expect(packed.filename).toBe(TARBALL);
    expect(packed.size).toBe(statSync(join(staged, TARBALL)).size);
    expect(packed.size).toBeLessThan(TARBALL_BYTES_MAX);
    const rest = packed.files.filter((file) => !file.path.startsWith("vectors/"));
    expect(rest.reduce((sum, file) => sum + file.size, 0)).toBeLessThan(BYTES_MAX);
  });
});

describe("the package, installed in the example project", () => {
  it("makes main.mjs print what ports/node/README.md shows", ({ skip }) => {
    skip(project === "", "no network");
    const shown = /```text\n([^`]*)```/.exec(readFileSync(join(ROOT, "ports/node/README.md"), "utf8"))![1];
    expect(run(project, process.execPath, "main.mjs")).toBe(shown);
  });

  it("gives the modules, a vector file and the bill of materials by name, and nothing inside dist", ({
    skip,
  }) => {
    skip(project === "", "no network");
    const resolve = (name: string): string =>
      run(project, process.execPath, "-p", `require.resolve(${JSON.stringify(name)})`).trim();
    const installed = join(project, "node_modules/dosegate");
    expect(resolve("dosegate/dosegate.wasm")).toBe(join(installed, "build/dosegate.wasm"));
    expect(resolve("dosegate/dosegate-diag.wasm")).toBe(join(installed, "build/dosegate-diag.wasm"));
    expect(resolve("dosegate/vectors/protocol/calls.json")).toBe(
      join(installed, "vectors/protocol/calls.json"),
    );
    expect(resolve("dosegate/sbom.cdx.json")).toBe(join(installed, "build/sbom.cdx.json"));
    expect(() => resolve("dosegate/dist/gate/layout.js")).toThrow("ERR_PACKAGE_PATH_NOT_EXPORTED");
    const module = (folder: string) => readFileSync(join(folder, "build/dosegate.wasm"));
    expect(module(installed).equals(module(staged))).toBe(true);
  });

  it("runs its command line, which knows its own version", ({ skip }) => {
    skip(project === "", "no network");
    expect(run(project, "node_modules/.bin/dosegate", "--version").trim()).toBe(MANIFEST.version);
  });

  it("brings its dependencies and none for development", ({ skip }) => {
    skip(project === "", "no network");
    const installed = join(project, "node_modules");
    for (const name of Object.keys(MANIFEST.dependencies)) {
      expect(existsSync(join(installed, name)), name).toBe(true);
    }
    const names = readdirSync(installed);
    expect(names.filter((name) => name in MANIFEST.devDependencies)).toEqual([]);
  });

  /** What tsc says of a consumer's source; empty if it is right. */
  function typesOf(source: string): string {
    writeFileSync(join(project, "consumer.ts"), source);
    // `lib` is left at its default, and no package of types is there to lean on.
    const compilerOptions = { strict: true, noEmit: true, module: "nodenext", target: "es2022", types: [] };
    writeFileSync(
      join(project, "tsconfig.json"),
      JSON.stringify({ compilerOptions, files: ["consumer.ts"] }),
    );
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    return spawnSync(process.execPath, [tsc, "-p", "."], { cwd: project, encoding: "utf8" }).stdout;
  }

  it("has types that a strict consumer compiles against, and that refuse a wrong one", ({ skip }) => {
    skip(project === "", "no network");
    const right = [
      'import { Device, Gate, loadModule, STATUS, type Grant } from "dosegate";',
      'const gate = new Gate(loadModule(), new Device({ seed: "types" }));',
      "const blank: boolean = gate.boot(0) === STATUS.NOT_PROVISIONED;",
      "const grant: Grant | null = gate.tick({ steps: 0n, stepEpoch: 1, sensors: 0 }).grant;",
      "export { blank, grant };",
    ].join("\n");
    expect(typesOf(right)).toBe("");
    expect(typesOf(right.replace("steps: 0n", "steps: 0"))).toContain("TS2322");
  });
});

it("a project without the tarball cannot pass for one with it", () => {
  const empty = scratch("empty");
  copy(empty, "ports/node");
  expect(() => run(join(empty, "ports/node"), process.execPath, "main.mjs")).toThrow("ERR_MODULE_NOT_FOUND");
  rmSync(empty, { recursive: true });
});
