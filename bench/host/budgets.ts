/** The limits that `--check` holds a run against: bench/budgets.json, part "host". */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Figures, isAsGood, type Unit } from "./figures.js";
import { ROOT } from "./package-version.js";

/** `x`: at least; every other unit: at most. */
export interface Budget {
  readonly limit: number;
  readonly unit: Unit;
  readonly note?: string;
}

export type Budgets = Readonly<Record<string, Budget>>;

/** A figure on the wrong side of its limit. */
export interface Breach extends Budget {
  readonly figure: string;
  /** `null`: it was not measured at all. */
  readonly value: number | null;
}

export function readBudgets(path = join(ROOT, "bench/budgets.json")): Budgets {
  const { host } = JSON.parse(readFileSync(path, "utf8")) as { readonly host: Budgets };
  return host;
}

/** Figures beyond their limits. `excused`: may be missing, because this machine lacks the peer. */
export function breaches(
  figures: Figures,
  budgets: Budgets,
  excused: (figure: string) => boolean = () => false,
): Breach[] {
  return Object.entries(budgets).flatMap(([figure, budget]): Breach[] => {
    const found = figures[figure];
    if (found === undefined) return excused(figure) ? [] : [{ ...budget, figure, value: null }];
    return isAsGood(budget.unit, found.value, budget.limit)
      ? []
      : [{ ...budget, figure, value: found.value }];
  });
}

/** "sha256/200/... is 1.10 x, below 1.20 x by 0.10". */
export function describe({ figure, value, limit, unit }: Breach): string {
  const written = (number: number) => `${number.toFixed(2)} ${unit}`;
  if (value === null) return `${figure} was not measured; its limit is ${written(limit)}`;
  const side = unit === "x" ? "below" : "above";
  const percent = Math.abs(100 * (value / limit - 1)).toFixed(0);
  return `${figure} is ${written(value)}, ${side} ${written(limit)} by ${percent} %`;
}
