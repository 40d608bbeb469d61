/**
 * `npm run trace`: how many requirements there are, of whom, and which have no test.
 *
 *   npm run trace -- --write           makes docs/TRACEABILITY.md anew
 *   npm run trace -- --report FILE     judges a run: every requirement in scope has a test that ran and passed
 *              --allow-planned         the same, though some are still planned
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Gap, gaps, readReport, ReportError, unnoticed } from "./coverage.js";
import { PAGE, page, summary } from "./page.js";
import { ListError, loadRequirements, type RequirementList, ROOT } from "./requirements.js";

const USAGE = "usage: npm run trace -- [--write] [--report FILE [--allow-planned]]";

interface Options {
  readonly write: boolean;
  readonly report: string | null;
  readonly allowPlanned: boolean;
}

/** Null if they cannot be understood. */
function parseArguments(args: readonly string[]): Options | null {
  const options = { write: false, report: null as string | null, allowPlanned: false };
  for (let i = 0; i < args.length; i++) {
    const next = args[i + 1];
    if (args[i] === "--write") options.write = true;
    else if (args[i] === "--allow-planned") options.allowPlanned = true;
    else if (args[i] === "--report" && next !== undefined) options.report = args[++i]!;
    else return null;
  }
  return options.allowPlanned && options.report === null ? null : options;
}

/** Lines to print for a run, and whether it shows what it must. */
export function judge(
  list: RequirementList,
  report: string,
  allowPlanned: boolean,
  root = ROOT,
): { readonly lines: string[]; readonly ok: boolean } {
  const results = readReport(report, root);
  const missed = unnoticed(list, results);
  if (missed.length > 0) {
    return {
      ok: false,
      lines: [`trace: a run without tests of these was not noticed: ${missed.join(", ")}`],
    };
  }
  const found = gaps(list, results, { allowPlanned });
  const counted = list.requirements.filter(({ scope }) => scope === "inside" || scope === "partly").length;
  const told = (gap: Gap): string => `  ${gap.id}: ${gap.why}`;
  if (found.length === 0) {
    return {
      ok: true,
      lines: [
        `trace: ${counted} requirements, each with a test that ran and passed; taken out one by one, each was missed`,
      ],
    };
  }
  const ids = new Set(found.map(({ id }) => id));
  return {
    ok: false,
    lines: [`trace: ${ids.size} requirements are not shown by this run`, ...found.map(told)],
  };
}

/** Runs the command; the exit code: 0 well, 1 something is not shown, 2 cannot be used. */
export function main(args: readonly string[], print: (line: string) => void): number {
  const options = parseArguments(args);
  if (options === null) {
    print(USAGE);
    return 2;
  }
  try {
    const list = loadRequirements();
    if (options.write) {
      writeFileSync(join(ROOT, PAGE), page(list));
      print(`${PAGE} written`);
    }
    if (options.report === null) {
      print(summary(list));
      return 0;
    }
    const { lines, ok } = judge(list, options.report, options.allowPlanned);
    lines.forEach(print);
    return ok ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ListError) && !(error instanceof ReportError)) throw error;
    print(error.message);
    return 2;
  }
}
