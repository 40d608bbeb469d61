/** What `npm run bench:host` takes. */
import { join } from "node:path";
import { ROOT } from "./package-version.js";

/** Parts of a run; each can be measured again by itself. */
export const GROUPS = ["ed25519", "sha256", "sha512", "command", "library"] as const;
export type Group = (typeof GROUPS)[number];

export interface Options {
  readonly quick: boolean;
  readonly json: boolean;
  readonly check: boolean;
  readonly record: boolean;
  readonly groups: readonly Group[];
  /** Directory of the modules. */
  readonly build: string;
}

export const USAGE = `usage: npm run bench:host -- [--quick] [--json] [--check] [--record] [--only GROUP,...] [--build DIR]
  --quick    fewer and shorter rounds, nothing written: about half a minute
  --json     the result as JSON on standard output instead of tables
  --check    holds the figures against bench/budgets.json; what is short is measured again, three times in all; exit code 1 if it stays short
  --record   appends the figures to bench/results/history.jsonl
  --only     of ${GROUPS.join(", ")}; nothing written
  --build    measures the modules of this directory instead of build/`;

/** Throws with what was not understood. */
export function parseOptions(args: readonly string[]): Options {
  const flags = { quick: false, json: false, check: false, record: false };
  let groups: readonly Group[] = GROUPS;
  let build = join(ROOT, "build");
  for (let i = 0; i < args.length; i++) {
    const name = args[i]!.replace(/^--/, "");
    if (name in flags) flags[name as keyof typeof flags] = true;
    else if (name === "only") groups = (args[++i] ?? "").split(",").map(group);
    else if (name === "build" && args[i + 1] !== undefined) build = args[++i]!;
    else throw new Error(`${args[i]!} is not understood\n${USAGE}`);
  }
  if (flags.record && groups.length < GROUPS.length) {
    throw new Error("--record takes whole runs: leave out --only");
  }
  return { ...flags, groups, build };
}

function group(text: string): Group {
  const found = GROUPS.find((it) => it === text);
  if (found === undefined) throw new Error(`--only ${text}: no such group\n${USAGE}`);
  return found;
}

/** The group that measures a figure. */
export function groupOf(figure: string): Group | undefined {
  return GROUPS.find((it) => figure.startsWith(`${it}/`));
}
