/** `npm run bench:host`: latency beside every peer (README.md of this folder). */
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readBudgets } from "./budgets.js";
import { check } from "./check.js";
import { GROUPS, type Options, parseOptions } from "./options.js";
import { ROOT } from "./package-version.js";
import { renderPage } from "./page.js";
import { Bench, type Result } from "./run.js";
import { renderText } from "./terminal.js";

const RESULTS = join(ROOT, "bench/results");

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const bench = new Bench(options, (what) => say(`... ${what}`));
  for (const group of options.groups) await bench.measure(group);
  const short = options.check ? await check(bench, readBudgets(), options.groups) : [];
  const result = bench.result();
  process.stdout.write(`${options.json ? JSON.stringify(result, null, 2) : renderText(result)}\n`);
  write(result, options);
  for (const line of short) say(`bench:host: ${line}`);
  if (options.check && short.length === 0) say("bench:host: within every limit of bench/budgets.json");
  return short.length === 0 ? 0 : 1;
}

/** Whole, thorough runs replace the result that the repository shows. */
function write(result: Result, { quick, groups, record }: Options): void {
  const whole = groups.length === GROUPS.length;
  mkdirSync(RESULTS, { recursive: true });
  if (whole && !quick) {
    writeFileSync(join(RESULTS, "host.json"), `${JSON.stringify(result, null, 2)}\n`);
    writeFileSync(join(RESULTS, "host.html"), renderPage(result));
  }
  if (record) {
    const { commit, commitDate, release, machine, figures } = result;
    const values = Object.fromEntries(
      Object.entries(figures).map(([id, { value }]) => [id, Number(value.toPrecision(4))]),
    );
    const line = {
      bench: "host",
      date: commitDate,
      commit,
      module: release.sha256,
      quick,
      machine,
      figures: values,
    };
    appendFileSync(join(RESULTS, "history.jsonl"), `${JSON.stringify(line)}\n`);
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench:host: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
