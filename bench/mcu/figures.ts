/** What a run of the benchmark found, in the shape in which it is kept (bench/results/mcu.json). */
import type { Check, Core, ModuleName, Sizes } from "./build.js";
import type { Row } from "./rows.js";

export interface Result {
  readonly schema: 1;
  /** `quick`: fewer entries and minutes, no cycles for most rows. */
  readonly extent: "quick" | "whole";
  readonly module: { readonly sha256: string; readonly bytes: number };
  readonly diag: { readonly sha256: string; readonly bytes: number };
  readonly tools: Readonly<Record<string, string>>;
  readonly sizes: readonly ({ core: Core; check: Check; module: ModuleName } & Sizes)[];
  readonly memory: {
    /** What the module uses of its page: `__heap_base`. */
    readonly linearBytes: number;
    /** What differed at any two calls of the recorded lives. */
    readonly touchedBytes: number;
    /** wasm2c's instance, beside linear memory. */
    readonly globalsBytes: number;
  };
  readonly rows: readonly Row[];
}

/** One figure with a limit of its own. */
export interface Figure {
  /** `cortex-m4/full/verify/prepared`. */
  readonly name: string;
  readonly value: number;
  readonly unit: "instructions" | "B";
}

/** `slice/submit/07`: no figure of its own, and kept for full checks only. */
export const isSingleSlice = (row: string): boolean => /\/\d{2,}$/.test(row) && row.startsWith("slice/");

/** The figures that have limits: all rows but those of single slices, the deepest stack, and the gate's code. */
export function figuresOf(result: Result): Figure[] {
  const rows = result.rows.filter(({ row }) => !isSingleSlice(row));
  const figures = rows.map(({ core, check, row, instructions }): Figure => {
    const name = `${core}/${check}/${row.replace("-extrapolated", "")}`;
    return { name, value: instructions, unit: "instructions" };
  });
  for (const { core, check, module, gateTextBytes } of result.sizes) {
    figures.push({ name: `${core}/${check}/text/${module}`, value: gateTextBytes, unit: "B" });
  }
  for (const [key, value] of deepest(result.rows)) figures.push({ name: `${key}/stack`, value, unit: "B" });
  return figures;
}

/** Of each core and check. */
export function deepest(rows: readonly Row[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { core, check, stackBytes = 0 } of rows) {
    const key = `${core}/${check}`;
    found.set(key, Math.max(found.get(key) ?? 0, stackBytes));
  }
  return found;
}

/** The result as JSON, a line for each row. */
export function resultText({ rows, ...head }: Result): string {
  const text = JSON.stringify(head, null, 2).replace(/\n\}$/, "");
  return `${text},\n  "rows": [\n${rows.map((row) => `    ${JSON.stringify(row)}`).join(",\n")}\n  ]\n}\n`;
}
