import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import type { Figure, Result } from "./figures.js";
import { HISTORY, ROOT } from "./paths.js";

/** Appends one line: date, commit, module, every figure. `date` YYYY-MM-DD; default: the commit's. */
export function recordHistory({ module, extent }: Result, figures: readonly Figure[], date?: string): void {
  if (date !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(date)) {
    throw new Error(`--date ${date}: give YYYY-MM-DD`);
  }
  const line = {
    bench: "mcu",
    date: date ?? git("log", "-1", "--format=%cs"),
    commit: git("rev-parse", "--short", "HEAD"),
    extent,
    module: module.sha256,
    figures: Object.fromEntries(figures.map(({ name, value }) => [name, value])),
  };
  appendFileSync(HISTORY, JSON.stringify(line) + "\n");
}

function git(...args: string[]): string {
  return execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim();
}
