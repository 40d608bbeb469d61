/** What the port needs of the machine, and how its tests run it. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MODULE_URL, MODULE_VARIABLE } from "../../host-sim/gate/instance.js";

export const PORT = fileURLToPath(new URL("../../ports/c", import.meta.url));

const PACKAGES: Readonly<Record<string, string>> = {
  make: "make",
  gcc: "gcc",
  wasm2c: "wabt",
  "arm-none-eabi-gcc": "gcc-arm-none-eabi libnewlib-arm-none-eabi",
  "qemu-system-arm": "qemu-system-arm",
};

/** Debian packages of the programs that are not there. In CI all must be. Throws if one is not. */
export function missing(...programs: readonly string[]): string[] {
  const packages = programs
    .filter((program) => spawnSync(program, ["--version"]).error !== undefined)
    .map((program) => PACKAGES[program] ?? program);
  if (packages.length === 0) return [];
  const text = `needs Debian packages: apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  if (process.env["CI"] === "true") throw new Error(text);
  console.warn(`skipped: ${text}`);
  return packages;
}

/** The module under test, and a build folder of its own, which the drivers use too (driver/drive.sh). */
export function buildFolder(): { readonly wasm: string; readonly build: string } {
  const bytes = readFileSync(process.env[MODULE_VARIABLE] ?? MODULE_URL);
  const build = `build/${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}`;
  const wasm = `${build}/dosegate.wasm`;
  mkdirSync(join(PORT, build), { recursive: true });
  const module = process.env[MODULE_VARIABLE] ?? fileURLToPath(MODULE_URL);
  if (!existsSync(join(PORT, wasm))) copyFileSync(module, join(PORT, wasm));
  return { wasm, build };
}

/** Runs a command line of ports/c/README.md there. Throws with what it said if it fails. */
export function run(command: string): string {
  const { wasm, build } = buildFolder();
  const { status, stdout, stderr } = spawnSync("flock", ["build/lock", "sh", "-c", command], {
    cwd: PORT,
    encoding: "utf8",
    env: { ...process.env, WASM: wasm, BUILD: build },
  });
  if (status !== 0) throw new Error(`${command}: exit ${String(status)}\n${stdout}${stderr}`);
  return stdout;
}
