/** The sizing table of docs/INTEGRATION.md, from what the benchmarks on emulated cores have measured (bench/mcu). */

interface Row {
  readonly core: string;
  readonly check: string;
  readonly row: string;
  readonly instructions: number;
  readonly stackBytes?: number;
}

interface Sizes {
  readonly core: string;
  readonly check: string;
  readonly module: string;
  readonly gateTextBytes: number;
}

/** bench/results/mcu.json, as far as the table needs it. */
export interface Measured {
  readonly module: { readonly sha256: string };
  readonly memory: { readonly linearBytes: number; readonly globalsBytes: number };
  readonly sizes: readonly Sizes[];
  readonly rows: readonly Row[];
}

const COLUMNS = [
  ["cortex-m4", "full", "Cortex-M4"],
  ["cortex-m4", "constant", "Cortex-M4, constant check"],
  ["cortex-m0plus", "full", "Cortex-M0+"],
  ["cortex-m0plus", "constant", "Cortex-M0+, constant check"],
] as const;

/** Rows of the benchmarks that decide whether a core is large enough. */
const ROWS: readonly (readonly [row: string, text: string])[] = [
  ["verify/unprepared", "one signature, key not prepared"],
  ["verify/prepared", "one signature, key prepared"],
  ["prepare-key", "preparing a key, in idle slices"],
  ["dose/unprepared", "a start, from submit to verdict, key not prepared"],
  ["dose/prepared", "the same, key prepared"],
  ["slice/max", "the longest slice seen"],
  ["tick/no-flash", "tick, longest without flash"],
  ["tick/reservation", "tick that reserves"],
  ["local/STOP", "STOP at the panel"],
  ["response/STOP", "STOP, the longest slice before it included"],
  ["boot/full-log/until-local", "boot with a full log, until the panel is accepted"],
  ["install/typical/1200-entries", "install of 1,200 typical entries"],
];

const digits = (value: number | undefined): string => value?.toLocaleString("en") ?? "-";
const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

/** The table, ending with a line feed. */
export function sizingText({ module, memory, sizes, rows }: Measured): string {
  const of = (name: string, core: string, check: string): Row | undefined =>
    rows.find((one) => one.row === name && one.core === core && one.check === check);
  const flash = COLUMNS.map(([core, check]) => {
    const found = sizes.find((one) => one.core === core && one.check === check && one.module === "release");
    return digits(found?.gateTextBytes);
  });
  const stack = COLUMNS.map(([core, check]) => {
    const depths = rows
      .filter((one) => one.core === core && one.check === check)
      .map(({ stackBytes = 0 }) => stackBytes);
    return digits(Math.max(...depths));
  });
  const same = (value: number): string[] => COLUMNS.map(() => digits(value));
  return [
    `Measured on emulated cores (\`npm run bench:mcu\`), module ${module.sha256.slice(0, 12)}. *Constant check*: wasm2c's bounds check as a`,
    "comparison with a constant. Instructions are exact; how many cycles one takes depends on the part and its flash.",
    "",
    line(["", ...COLUMNS.map(([, , text]) => text)]),
    line(["---", ...COLUMNS.map(() => "---:")]),
    line(["flash for the gate's code, bytes", ...flash]),
    line(["linear memory, bytes", ...same(memory.linearBytes)]),
    line(["other RAM, bytes", ...same(memory.globalsBytes)]),
    line(["stack, bytes", ...stack]),
    ...ROWS.map(([row, text]) =>
      line([
        `${text}, instructions`,
        ...COLUMNS.map(([core, check]) => digits(of(row, core, check)?.instructions)),
      ]),
    ),
    "",
  ].join("\n");
}
