/**
 * `npm run bench:document`: the tables of docs/BENCHMARKS.md from bench/results, between their markers; `-- --check` only says whether
 * they are there.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BARS } from "./host/bars.js";
import { TABLE } from "./mcu/bars.js";
import type { Result } from "./mcu/figures.js";
import { ROOT } from "./mcu/paths.js";
import type { Row } from "./mcu/rows.js";

const PAGE = join(ROOT, "docs/BENCHMARKS.md");

/** What of bench/results/host.json is shown. */
interface HostResult {
  readonly machine: { readonly processor: string; readonly cores: number; readonly node: string };
  readonly series: readonly {
    readonly id: string;
    readonly title: string;
    readonly rows: readonly {
      readonly name: string;
      readonly version: string;
      readonly engine: string;
      readonly wrong: string | null;
      readonly us: number | null;
      readonly timesOurs: number | null;
      readonly timesOursPrepared?: number | null;
    }[];
  }[];
  readonly commands: readonly {
    readonly title: string;
    readonly p50Us: number;
    readonly p99Us: number;
    readonly maxUs: number;
  }[];
  readonly libraries: {
    readonly rows: readonly {
      readonly entries: number;
      readonly installMs: number;
      readonly proofUs: number;
      readonly commandUs: number;
    }[];
  };
  readonly figures: Readonly<Record<string, { readonly value: number; readonly unit: string }>>;
}

/** The page with both tables as the results have them now. */
export function documented(page: string): string {
  const mcu = JSON.parse(readFileSync(join(ROOT, "bench/results/mcu.json"), "utf8")) as Result;
  const host = JSON.parse(readFileSync(join(ROOT, "bench/results/host.json"), "utf8")) as HostResult;
  return between(between(page, "host", hostTables(host)), "mcu", mcuTables(mcu));
}

function between(page: string, name: string, text: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = page.indexOf(open);
  const to = page.indexOf(close);
  if (from < 0 || to < from) throw new Error(`docs/BENCHMARKS.md has no ${open} ... ${close}`);
  return `${page.slice(0, from + open.length)}\n\n${text}\n\n${page.slice(to)}`;
}

// --- host -----------------------------------------------------------------------------------------------------

function hostTables(host: HostResult): string {
  const { processor, cores, node } = host.machine;
  const series = host.series.filter(({ id }) => ["ed25519", "sha256/200", "sha256/65536"].includes(id));
  return [
    `On ${cores} shared cores of an ${processor} under Node ${node}. \`x ours\` is their time over ours in the same round, the median over the rounds: above 1 we are faster.`,
    ...series.map(({ title, rows }) =>
      [
        `*${title}*`,
        table(
          ["", "version", "where", "us", "x ours", "x prepared"],
          [...rows]
            .filter(({ us }) => us !== null)
            .sort((a, b) => a.us! - b.us!)
            .map(peer),
        ),
      ].join("\n\n"),
    ),
    "*What was aimed at*",
    table(
      ["", "measured", "bar", "stretch"],
      BARS.map((bar) => aimed(bar, host)),
    ),
    "*A whole command, from the bytes to the verdict, journalled and logged to simulated flash; and libraries by size*",
    table(
      ["", "p50", "p99", "longest"],
      host.commands.map(({ title, p50Us, p99Us, maxUs }) => [
        title,
        ...[p50Us, p99Us, maxUs].map((us) => `${us.toFixed(0)} us`),
      ]),
    ),
    table(
      ["entries", "install", "one proof", "whole command"],
      host.libraries.rows.map((row) => [
        row.entries.toLocaleString("en"),
        `${row.installMs.toFixed(1)} ms`,
        `${row.proofUs.toFixed(1)} us`,
        `${row.commandUs.toFixed(0)} us`,
      ]),
    ),
  ].join("\n\n");
}

type Peer = HostResult["series"][number]["rows"][number];

function peer({ name, version, engine, wrong, us, timesOurs, timesOursPrepared }: Peer): string[] {
  const label = wrong === null ? name : `${name} (gives wrong results)`;
  const times = (value: number | null | undefined): string =>
    value === null || value === undefined ? "" : value.toFixed(2);
  return [label, version, engine, microseconds(us!), times(timesOurs), times(timesOursPrepared)];
}

function microseconds(us: number): string {
  return us < 10 ? us.toFixed(2) : us.toFixed(us < 100 ? 1 : 0);
}

function aimed({ figure, title, unit, bar, stretch }: (typeof BARS)[number], host: HostResult): string[] {
  const found = host.figures[figure]?.value;
  const shown = (value: number | null | undefined): string =>
    value === null || value === undefined ? "" : `${+value.toFixed(2)} ${unit}`;
  const met = found === undefined || bar === null || (unit === "x" ? found >= bar : found <= bar);
  return [title, `${shown(found)}${met ? "" : ", **not met**"}`, shown(bar), shown(stretch)];
}

// --- microcontrollers -----------------------------------------------------------------------------------------

const M4_MHZ = 64;
const M0_MHZ = 48;

function mcuTables({ module, rows, sizes, memory, tools }: Result): string {
  const of = (core: string, check: string, row: string): Row | undefined =>
    rows.find((one) => one.core === core && one.check === check && one.row === row);
  const lines = TABLE.filter(({ row }) => of("cortex-m4", "full", row) !== undefined).map(
    ({ row, what, bars }) => {
      const m4 = of("cortex-m4", "full", row);
      const m0 = of("cortex-m0plus", "full", row);
      return [
        what,
        marked(m4, bars?.["cortex-m4"]),
        count(of("cortex-m4", "constant", row)),
        ms(m4, M4_MHZ),
        marked(m0, bars?.["cortex-m0plus"]),
        count(of("cortex-m0plus", "constant", row)),
        ms(m0, M0_MHZ),
      ];
    },
  );
  const code = sizes
    .filter((size) => size.module === "release")
    .map((size) => [size.core, size.check, `${Math.round(size.gateTextBytes / 1000)} KB`]);
  const stack = ["cortex-m4", "cortex-m0plus"].flatMap((core) =>
    ["full", "constant"].map((check) => {
      const depths = rows
        .filter((one) => one.core === core && one.check === check)
        .map(({ stackBytes }) => stackBytes ?? 0);
      return `${core} ${check} ${Math.max(...depths).toLocaleString("en")} B`;
    }),
  );
  return [
    `Instructions, exact, of the module whose SHA-256 begins with ${module.sha256.slice(0, 16)} (${module.bytes.toLocaleString("en")} bytes); wasm2c ${tools["wasm2c"]}, -O2. *full*: wasm2c's own bounds check; *constant*: one compare with the size of the page, as small and as safe where memory cannot grow. Milliseconds are derived, at ${M4_MHZ} and ${M0_MHZ} MHz, full checks. Bold: beyond the bar, which is behind it.`,
    table(["", "M4 full", "M4 constant", "ms", "M0+ full", "M0+ constant", "ms"], lines),
    table(["code of the module", "check", "size"], code),
    `RAM: ${memory.linearBytes.toLocaleString("en")} bytes of linear memory, ${memory.globalsBytes} of wasm2c's instance. Deepest stack without host functions: ${stack.join(", ")}; the bar is 1,024 B on a Cortex-M4.`,
  ].join("\n\n");
}

function count(row: Row | undefined): string {
  return row === undefined ? "" : row.instructions.toLocaleString("en");
}

function marked(row: Row | undefined, bar: number | undefined): string {
  if (row === undefined || bar === undefined || row.instructions <= bar) return count(row);
  return `**${count(row)}** (${bar.toLocaleString("en")})`;
}

function ms(row: Row | undefined, mhz: number): string {
  return row?.cycles === undefined ? "" : (row.cycles / mhz / 1000).toFixed(1);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

if (process.argv[1] === import.meta.filename) {
  const page = readFileSync(PAGE, "utf8");
  const now = documented(page);
  if (!process.argv.includes("--check")) writeFileSync(PAGE, now);
  else if (now !== page) {
    console.error("docs/BENCHMARKS.md does not show bench/results: npm run bench:document");
    process.exitCode = 1;
  }
}
