import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const REQUIREMENTS = fileURLToPath(new URL("requirements.txt", import.meta.url));
const VENV = join(ROOT, ".venv");

export const DRIVER = fileURLToPath(new URL("driver.py", import.meta.url));

/** The interpreter that has wasmtime, or why there is none. */
export type Environment = { readonly python: string } | { readonly missing: string };

/**
 * Makes `.venv` with exactly the wasmtime of requirements.txt, if it is not there yet: a few seconds and 30 MB, once.
 * Never throws: what is missing comes back as a sentence that says what to install.
 */
export function setUpWasmtime(): Environment {
  const python = join(VENV, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const pinned = readFileSync(REQUIREMENTS, "utf8").trim();
  try {
    if (installed(python) === pinned) return { python };
    execFileSync("python3", ["-m", "venv", VENV], { stdio: "pipe" });
    execFileSync(python, ["-m", "pip", "install", "--quiet", "-r", REQUIREMENTS], { stdio: "pipe" });
  } catch (thrown) {
    const reason =
      thrown instanceof Error ? thrown.message.split("\n").slice(0, 3).join(" ") : String(thrown);
    return { missing: `wasmtime for Python cannot be set up (needs python3 with venv and pip): ${reason}` };
  }
  return installed(python) === pinned
    ? { python }
    : { missing: `${VENV} does not have ${pinned}: delete it` };
}

/** `wasmtime==x.y.z` as it is installed; `null` if it is not. */
function installed(python: string): string | null {
  if (!existsSync(python)) return null;
  const ask = "import importlib.metadata as m; print('wasmtime==' + m.version('wasmtime'))";
  const { status, stdout } = spawnSync(python, ["-c", ask], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : null;
}
