/** The drivers of this repository: two of its own engine, and those that ports/ describes, each in a driver.json. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LineDriver } from "./line-driver.js";
import { MemoryDriver } from "./memory-driver.js";
import type { Driver } from "./protocol.js";

/** What ports/NAME/driver.json says; a file may hold one of them, or several in an array. Commands run in the repository's root. */
export interface DriverText {
  readonly name: string;
  readonly summary: string;
  /** Builds what the command needs; exit code 77: a tool is missing, named on its last line. `{module}` is the wasm file. */
  readonly setup?: readonly string[];
  readonly command: readonly string[];
  /** Packages of Debian, PyPI or npm. */
  readonly needs: string;
  /** Slow: `--all` runs the subset on it. */
  readonly subset?: boolean;
  /** Silence that is taken for its end, s. */
  readonly timeoutS?: number;
}

/** A driver that can be started, or what it lacks. */
export interface DriverEntry {
  readonly name: string;
  readonly summary: string;
  readonly subset: boolean;
  /** Throws DriverMissing where a tool is absent, Error where setting up fails. */
  readonly start: (modulePath: string) => Promise<Driver>;
}

/** A tool of this driver is not installed; the message names the package. */
export class DriverMissing extends Error {
  override readonly name = "DriverMissing";
}

/** What a setup ends with where a tool is missing, as automake's tests do. */
const EXIT_MISSING = 77;

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NODE_DRIVER = join(ROOT, "dist", "conformance", "node-driver.js");

export function driverEntries(root = ROOT): DriverEntry[] {
  return [
    {
      name: "node",
      summary: "this engine, in this process",
      subset: false,
      start: (path) => Promise.resolve(new MemoryDriver(new Uint8Array(readFileSync(path)))),
    },
    {
      name: "node-lines",
      summary: "this engine, in a process of its own, through the line protocol",
      subset: false,
      start: (path) => {
        if (!existsSync(NODE_DRIVER)) throw new DriverMissing("dist/: build it with npm run build:host");
        return LineDriver.start({ command: [process.execPath, NODE_DRIVER, path] });
      },
    },
    ...portTexts(root).map((text) => entryOf(text, root)),
  ];
}

function portTexts(root: string): DriverText[] {
  const ports = join(root, "ports");
  if (!existsSync(ports)) return [];
  return readdirSync(ports)
    .sort()
    .map((name) => join(ports, name, "driver.json"))
    .filter((file) => existsSync(file))
    .flatMap((file) => [JSON.parse(readFileSync(file, "utf8")) as DriverText | DriverText[]].flat());
}

function entryOf(
  { name, summary, setup, command, needs, subset = false, timeoutS }: DriverText,
  root: string,
): DriverEntry {
  const filled = (words: readonly string[], path: string) =>
    words.map((word) => word.replace("{module}", path));
  return {
    name,
    summary,
    subset,
    start: (path) => {
      if (setup !== undefined) setUp(name, filled(setup, path), root, needs);
      return LineDriver.start({
        command: filled(command, path),
        cwd: root,
        ...(timeoutS !== undefined && { timeoutS }),
      });
    },
  };
}

function setUp(name: string, [command, ...args]: readonly string[], root: string, needs: string): void {
  const { status, stdout, stderr, error } = spawnSync(command!, args, { cwd: root, encoding: "utf8" });
  if (error !== undefined) throw new DriverMissing(`${command!}; needs ${needs}`);
  if (status === 0) return;
  const last = stdout.trim().split("\n").at(-1);
  if (status === EXIT_MISSING) throw new DriverMissing(last === undefined || last === "" ? needs : last);
  throw new Error(`driver ${name} cannot be set up: ${(stderr + stdout).trim().slice(-1000)}`);
}
