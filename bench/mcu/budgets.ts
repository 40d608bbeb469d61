/** Limits of the figures, kept in bench/budgets.json: a change that costs more than its margin has to say so there. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { BUDGETS } from "./paths.js";
import type { Figure } from "./figures.js";

export interface Budget {
  readonly limit: number;
  readonly unit: string;
  readonly note?: string;
}
type Budgets = Readonly<Record<string, Readonly<Record<string, Budget>>>>;

/** What a figure may grow by before its limit is reached. */
const MARGIN = 1.02;
/** Of the formatter. */
const PRINT_WIDTH = 110;

/** What is beyond its limit, what has none, and which limit has no figure; each as a sentence. */
export function overBudget(figures: readonly Figure[], budgets: Budgets = readBudgets()): string[] {
  const limits = budgets["mcu"] ?? {};
  return figures.flatMap(({ name, value, unit }) => {
    const budget = limits[name];
    if (budget === undefined) return [`${name}: no limit in bench/budgets.json (is ${value} ${unit})`];
    if (value <= budget.limit) return [];
    const percent = ((value / budget.limit - 1) * 100).toFixed(1);
    return [
      `${name}: ${value} ${unit}, limit ${budget.limit}: ${value - budget.limit} too many (${percent} %)`,
    ];
  });
}

/** Writes the part "mcu" anew from these figures; what others keep in the file stays, and so do notes. */
export function writeBudgets(figures: readonly Figure[]): void {
  const all = readBudgets();
  const old = all["mcu"] ?? {};
  const entries = figures.map(({ name, value, unit }): [string, Budget] => {
    const note = old[name]?.note;
    return [name, { limit: rounded(value * MARGIN), unit, ...(note !== undefined && { note }) }];
  });
  const mcu = Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(BUDGETS, budgetsText({ ...all, mcu }));
}

/** A line for each limit, or as many as it takes: formatted as everything else here. */
function budgetsText(budgets: Budgets): string {
  const parts = Object.entries(budgets).map(([part, limits]) => {
    const entries = Object.entries(limits).map(([name, budget]) => entryText(name, budget));
    return `  ${JSON.stringify(part)}: {\n${entries.join(",\n")}\n  }`;
  });
  return `{\n${parts.join(",\n")}\n}\n`;
}

function entryText(name: string, budget: Budget): string {
  const fields = Object.entries(budget).map(
    ([field, value]) => `${JSON.stringify(field)}: ${JSON.stringify(value)}`,
  );
  const line = `    ${JSON.stringify(name)}: { ${fields.join(", ")} }`;
  // One column is the comma's.
  if (line.length < PRINT_WIDTH) return line;
  return `    ${JSON.stringify(name)}: {\n${fields.map((field) => `      ${field}`).join(",\n")}\n    }`;
}

/** Upward to three digits. */
function rounded(value: number): number {
  const unit = 10 ** Math.max(Math.floor(Math.log10(Math.max(value, 1))) - 2, 0);
  return Math.ceil(value / unit) * unit;
}

function readBudgets(): Budgets {
  return existsSync(BUDGETS) ? (JSON.parse(readFileSync(BUDGETS, "utf8")) as Budgets) : {};
}
