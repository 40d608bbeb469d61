/** `npm run bench:host`: latency beside every peer (README.md of this folder). */
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { breaches, type Budgets, describe, readBudgets } from "./budgets.js";
import { NATIVE } from "./native-libsodium.js";
import { GROUPS, groupOf, type Options, parseOptions } from "./options.js";
import { ROOT } from "./package-version.js";
import { renderPage } from "./page.js";
import { Bench, type Result } from "./run.js";
import { renderText } from "./terminal.js";

const RESULTS = join(ROOT, "bench/results");

/** Runs in all, of what is short: a busy neighbour makes a figure worse, never better, so the best one is nearest to the truth. */
const TRIES = 3;

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const bench = new Bench(options, (what) => say(`... ${what}`));
  for (const group of options.groups) await bench.measure(group);
  const short = options.check ? await check(bench, options) : [];
  const result = bench.result();
  process.stdout.write(`${options.json ? JSON.stringify(result, null, 2) : renderText(result)}\n`);
  write(result, options);
  for (const line of short) say(`bench:host: ${line}`);
  if (options.check && short.length === 0) say("bench:host: within every limit of bench/budgets.json");
  return short.length === 0 ? 0 : 1;
}

/** What stays on the wrong side of its limit, in words. */
async function check(bench: Bench, { groups }: Options): Promise<string[]> {
  const budgets: Budgets = Object.fromEntries(
    Object.entries(readBudgets()).filter(([figure]) => groups.some((group) => group === groupOf(figure))),
  );
  // Not every machine has the C library; everything else is a development dependency and has to be there.
  const found = () => breaches(bench.figures, budgets, (figure) => figure.endsWith(`/${NATIVE}`));
  for (let run = 2; run <= TRIES; run++) {
    const again = new Set(found().map(({ figure }) => groupOf(figure)));
    for (const group of GROUPS.filter((it) => again.has(it))) {
      bench.say(`${group} again, run ${run} of ${TRIES}`);
      await bench.measure(group);
    }
  }
  return found().map(describe);
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
