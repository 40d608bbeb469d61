/**
 * What the simulator charges for every call of the gate (host-sim/pump/profile-costs.ts), from the figures of this benchmark: the most
 * that was seen of every kind, full checks.
 */
import type { CoreCosts, Costs, KindCosts } from "../../host-sim/pump/profile.js";
import { type Core, CORES } from "./build.js";
import type { Result } from "./figures.js";
import type { Row } from "./rows.js";

/** Rows that price a call as a whole, by the name under which it is charged. */
const CALLS: readonly (readonly [RegExp, string])[] = [
  [/^boot\/[\w-]+$/, "boot"],
  [/^sessionOpen$/, "sessionOpen"],
  [/^inspect$/, "inspect"],
  [/^logRead\/stream-\d$/, "logRead"],
  [/^(tick\/(?:no-flash|reservation))$/, "$1"],
  [/^(local\/[A-Z_]+)$/, "$1"],
  [/^(\w+)\/call$/, "$1"],
];
const STAGED = /^slice\/(\w+?)(?:-prepared)?\/(\d{2,})$/;
const BACKGROUND = /^slice\/(opening|background\/[\w-]+)$/;

/** Prices of every call and slice. Throws where a core has no figure of its slices. */
export function costsOf({ module, rows }: Result): Costs {
  const cores = CORES.map((core): [Core, CoreCosts] => {
    const mine = rows.filter((row) => row.core === core && row.check === "full");
    const instructions = kindsOf(mine, (row) => row.instructions);
    if (Object.keys(instructions.slices).length === 0) throw new Error(`${core}: no row of a single slice`);
    const ratios = mine.flatMap((row) => (row.cycles === undefined ? [] : [row.cycles / row.instructions]));
    // The few rows without cycles are charged at the dearest ratio of those that have some.
    const dearest = Math.max(...ratios);
    const cyclesOf = (row: Row) => row.cycles ?? Math.ceil(row.instructions * dearest);
    const cycles = ratios.length > 0 ? kindsOf(mine, cyclesOf) : null;
    return [core, { instructions, cycles }];
  });
  return { module: module.sha256, cores: Object.fromEntries(cores) as Costs["cores"] };
}

/** A key that is prepared and one that is not share a price: the host learns which it was when it is over. */
function kindsOf(rows: readonly Row[], of: (row: Row) => number): KindCosts {
  const calls: Record<string, number> = {};
  const slices: Record<string, number[]> = {};
  for (const row of rows) {
    const staged = STAGED.exec(row.row);
    const background = BACKGROUND.exec(row.row);
    const [verb, index] = staged ? [staged[1]!, Number(staged[2])] : [background?.[1], 0];
    if (verb !== undefined) {
      const prices = (slices[verb] ??= []);
      prices[index] = Math.max(prices[index] ?? 0, of(row));
      continue;
    }
    const named = CALLS.find(([pattern]) => pattern.test(row.row));
    if (named === undefined) continue;
    const name = row.row.replace(...named);
    calls[name] = Math.max(calls[name] ?? 0, of(row));
  }
  return { calls, slices };
}

/** What a price may be off by before it is stale: a rebuilt gate may be a little faster or slower than its price. */
export const TOLERANCE = 0.05;

/** In which kinds two tables differ by more than the tolerance: in a call, in the sum of a verb's slices or in the longest of them. */
export function staleCosts(used: Costs, fresh: Costs, tolerance = TOLERANCE): string[] {
  return CORES.flatMap((core) => {
    const stale = (what: string, ours: KindCosts | null, theirs: KindCosts | null) => {
      const [mine, current] = [totals(ours), totals(theirs)];
      const kinds = [...new Set([...mine.keys(), ...current.keys()])].sort();
      return kinds.flatMap((kind) => {
        const [a = 0, b = 0] = [mine.get(kind), current.get(kind)];
        if (Math.abs(a - b) <= tolerance * b) return [];
        return [`${core} ${kind}: ${a} ${what} charged, ${b} measured`];
      });
    };
    const [mine, current] = [used.cores[core], fresh.cores[core]];
    return [
      ...stale("instructions", mine.instructions, current.instructions),
      ...stale("cycles", mine.cycles, current.cycles),
    ];
  });
}

function totals(kinds: KindCosts | null): Map<string, number> {
  const { calls, slices } = kinds ?? { calls: {}, slices: {} };
  const sums = Object.entries(slices).flatMap(([verb, prices]): [string, number][] => [
    [`${verb}, all slices`, prices.reduce((sum, price) => sum + price, 0)],
    [`${verb}, longest slice`, Math.max(...prices)],
  ]);
  return new Map([...Object.entries(calls), ...sums]);
}

/** The table as TypeScript. */
export function costsText(costs: Costs): string {
  return [
    "/** Written by `npm run bench:costs` from bench/results/mcu.json; not by hand. */",
    'import type { Costs } from "./profile.js";',
    "",
    `export const COSTS: Costs = ${JSON.stringify(costs, null, 2)};`,
    "",
  ].join("\n");
}
