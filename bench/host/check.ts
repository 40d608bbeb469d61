/** `--check`: a run against its limits, with the rule for noise (README.md). */
import { breaches, type Budgets, describe } from "./budgets.js";
import type { Figures } from "./figures.js";
import { NATIVE } from "./native-libsodium.js";
import { type Group, GROUPS, groupOf } from "./options.js";

/** What is asked of a bench that has run once. */
export interface Remeasurable {
  /** The best of all runs so far. */
  readonly figures: Figures;
  measure(group: Group): Promise<void>;
  say(line: string): void;
}

/** Runs in all: what is beyond its limit is measured again. */
const RUNS = 3;

/** What stays on the wrong side of its limit in every run, in words; `groups` are those that were measured. */
export async function check(
  bench: Remeasurable,
  budgets: Budgets,
  groups: readonly Group[],
): Promise<string[]> {
  const measured = Object.fromEntries(
    Object.entries(budgets).filter(([figure]) => groups.some((group) => group === groupOf(figure))),
  );
  // Not every machine has the C library; everything else is a development dependency and has to be there.
  const found = () => breaches(bench.figures, measured, (figure) => figure.endsWith(`/${NATIVE}`));
  for (let run = 2; run <= RUNS; run++) {
    const short = new Set(found().map(({ figure }) => groupOf(figure)));
    for (const group of GROUPS.filter((it) => short.has(it))) {
      bench.say(`${group} again, run ${run} of ${RUNS}`);
      await bench.measure(group);
    }
  }
  return found().map(describe);
}
