/** The figures of a run under flat names, as bars, budgets and the history know them. */
import type { CommandRow } from "./command-run.js";
import type { LibraryRun } from "./library-run.js";
import { OURS } from "./module.js";
import type { Series } from "./primitives-run.js";

/** `x`: how many times our time a peer takes, so more is better; of all others, less is. */
export type Unit = "x" | "us" | "ms" | "growth";

export interface Figure {
  readonly value: number;
  readonly unit: Unit;
}

export type Figures = Readonly<Record<string, Figure>>;

/** Whether `a` is at least as good as `b`. */
export function isAsGood(unit: Unit, a: number, b: number): boolean {
  return unit === "x" ? a >= b : a <= b;
}

/** The better of two runs, figure by figure. */
export function best(a: Figures, b: Figures): Figures {
  const all = { ...a };
  for (const [id, figure] of Object.entries(b)) {
    const other = all[id];
    if (other === undefined || isAsGood(figure.unit, figure.value, other.value)) all[id] = figure;
  }
  return all;
}

/** `ed25519/unprepared/<peer>`, `ed25519/prepared/<peer>`, `sha256/200/<peer>`: peers that are wrong or absent have none. */
export function seriesFigures(series: Series): Figures {
  const figures: Record<string, Figure> = {};
  const way = series.id === "ed25519" ? "/unprepared" : "";
  for (const { name, wrong, timesOurs, timesOursPrepared, us } of series.rows) {
    if (wrong !== null || us === null) continue;
    const own = name === OURS || name.startsWith(`${OURS},`);
    if (own) figures[`${series.id}/us/${name}`] = { value: us, unit: "us" };
    if (timesOurs !== null && !own) figures[`${series.id}${way}/${name}`] = { value: timesOurs, unit: "x" };
    if (timesOursPrepared !== null && !own) {
      figures[`${series.id}/prepared/${name}`] = { value: timesOursPrepared, unit: "x" };
    }
    if (timesOursPrepared !== null && name === OURS) {
      figures[`${series.id}/prepared/${OURS}, key unknown`] = { value: timesOursPrepared, unit: "x" };
    }
  }
  return figures;
}

/** `command/known-key/p50` and the like. */
export function commandFigures(rows: readonly CommandRow[]): Figures {
  return Object.fromEntries(
    rows.flatMap(({ id, p50Us, p99Us, maxUs }) => [
      [`${id}/p50`, { value: p50Us, unit: "us" }],
      [`${id}/p99`, { value: p99Us, unit: "us" }],
      [`${id}/max`, { value: maxUs, unit: "us" }],
    ]),
  );
}

/** `library/install/1200`, `library/proof/1200`, `library/command/1200`, and how a proof grows. */
export function libraryFigures({ rows, proofGrowth }: LibraryRun): Figures {
  return Object.fromEntries([
    ...rows.flatMap(({ entries, installMs, proofUs, commandUs }): [string, Figure][] => [
      [`library/install/${entries}`, { value: installMs, unit: "ms" }],
      [`library/proof/${entries}`, { value: proofUs, unit: "us" }],
      [`library/command/${entries}`, { value: commandUs, unit: "us" }],
    ]),
    ["library/proof-growth", { value: proofGrowth, unit: "growth" } satisfies Figure],
  ]);
}
