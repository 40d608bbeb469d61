/** A folder with what a checkout holds after a build, made anew, so that what is packed is never a leftover. */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Never copied: what is not of the checkout, but of somebody's work in it. */
const LEFTOVERS = new Set(["node_modules", "__pycache__", "build"]);

/** A folder of this test's own. */
export const scratch = (name: string): string =>
  realpathSync(mkdtempSync(join(tmpdir(), `dosegate-${name}-`)));

/** Copies files and folders of the checkout to the same places under `to`. */
export function copy(to: string, ...paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    cpSync(join(ROOT, path), join(to, path), {
      recursive: true,
      filter: (source) => !LEFTOVERS.has(basename(source)),
    });
  }
}

/** The checkout's installed packages, seen from `to`. */
export function linkPackages(to: string): void {
  symlinkSync(join(ROOT, "node_modules"), join(to, "node_modules"));
}

/** Files that must stay out of a package, each where a build or an installation would leave it. */
export const DECOYS = [
  "ports/c/build/dosegate_module.c",
  "ports/node/node_modules/ajv/package.json",
  "ports/node/package-lock.json",
  "ports/node/dosegate-0.0.9.tgz",
  "ports/wasmtime/__pycache__/driver.pyc",
] as const;

/** A checkout as `npm pack` finds it: built, with `DECOYS` lying about. */
export function stage(): string {
  const to = scratch("stage");
  copy(
    to,
    "package.json",
    "package-lock.json",
    "LICENSE",
    "README.md",
    "docs",
    "vectors",
    "ports",
    "bench/release",
  );
  copy(to, "host-sim", "tsconfig.json", "assembly", "build/dosegate.wasm", "build/dosegate-diag.wasm");
  linkPackages(to);
  run(to, process.execPath, "node_modules/typescript/bin/tsc", "-p", "tsconfig.json");
  run(to, process.execPath, "bench/release/sbom.mjs");
  for (const path of DECOYS) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    writeFileSync(join(to, path), "{}");
  }
  return to;
}

/** Runs a command in a folder; its standard output. Throws with what it printed. */
export function run(folder: string, command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { cwd: folder, encoding: "utf8", maxBuffer: 1 << 26, stdio: "pipe" });
}

export const readJson = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));

/** The package's own description, as far as these tests read it. */
export const MANIFEST = readJson(join(ROOT, "package.json")) as {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};
