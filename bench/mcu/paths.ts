import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout, whether this runs as TypeScript or compiled, some folders deeper. */
export const ROOT = rootAbove(dirname(fileURLToPath(import.meta.url)));

export const RELEASE_WASM = join(ROOT, "build/dosegate.wasm");
export const DIAG_WASM = join(ROOT, "build/dosegate-diag.wasm");
export const IMAGE_C = join(ROOT, "bench/mcu/image.c");
export const RUNTIME = join(ROOT, "ports/c/runtime");
export const REPLAY = join(ROOT, "ports/c/replay");
export const RESULTS = join(ROOT, "bench/results/mcu.json");
export const HISTORY = join(ROOT, "bench/results/history.jsonl");
export const BUDGETS = join(ROOT, "bench/budgets.json");
/** Where images are built and scripts written; nothing of it is kept in the repository. */
export const WORK = join(ROOT, "out/mcu");

function rootAbove(folder: string): string {
  if (existsSync(join(folder, "package.json"))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error("bench/mcu is not inside a checkout: no package.json above it");
  return rootAbove(parent);
}
