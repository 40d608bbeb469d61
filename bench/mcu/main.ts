/**
 * `npm run bench:mcu`: instructions of every export on a Cortex-M4 and a Cortex-M0+, without a board.
 *
 *   -- --quick     fewer entries and minutes; cycles for few rows
 *   -- --check     fails where a figure is beyond its limit in bench/budgets.json
 *   -- --json      prints the result instead of a table
 *   -- --write     writes bench/results/mcu.json
 *   -- --budget    writes new limits from what was found
 *   -- --record    appends to bench/results/history.jsonl; --date YYYY-MM-DD, else the commit's
 *   -- --install   installs the Debian packages first (as root)
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { table } from "./bars.js";
import { overBudget, writeBudgets } from "./budgets.js";
import { figuresOf, resultText } from "./figures.js";
import { recordHistory } from "./history.js";
import { measure } from "./measure.js";
import { RESULTS } from "./paths.js";
import { installPackages, missingPackages, missingText } from "./tools.js";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    budget: { type: "boolean", default: false },
    record: { type: "boolean", default: false },
    date: { type: "string" },
    install: { type: "boolean", default: false },
  },
});

async function main(): Promise<number> {
  if (options.install) installPackages(missingPackages());
  const missing = missingPackages();
  if (missing.length > 0) {
    console.error(missingText(missing));
    return 2;
  }
  const result = await measure({
    quick: options.quick,
    onProgress: (text) => process.stderr.write(`${text}\n`),
  });
  console.log(options.json ? resultText(result) : table(result));
  if (options.write) {
    mkdirSync(dirname(RESULTS), { recursive: true });
    writeFileSync(RESULTS, resultText(result));
  }
  const figures = figuresOf(result);
  if (options.budget) writeBudgets(figures);
  if (options.record) recordHistory(result, figures, options.date);
  const over = options.check ? overBudget(figures) : [];
  for (const sentence of over) console.error(`over budget: ${sentence}`);
  if (options.check && over.length === 0) console.error(`${figures.length} figures within their limits`);
  return over.length === 0 ? 0 : 1;
}

process.exitCode = await main();
