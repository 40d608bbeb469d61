/** The bars this project has set itself, and the table that holds figures against them. */
import { type Core, CORES } from "./build.js";
import { deepest, type Result } from "./figures.js";
import type { Row } from "./rows.js";

export interface Bar {
  readonly row: string;
  readonly what: string;
  /** Instructions with full checks; a core without a bar has none. */
  readonly bars?: Partial<Readonly<Record<Core, number>>>;
}

const K = 1_000;
const M = 1_000_000;

export const TABLE: readonly Bar[] = [
  {
    row: "verify/unprepared",
    what: "Ed25519 verify, unprepared key",
    bars: { "cortex-m4": 2.2 * M, "cortex-m0plus": 20 * M },
  },
  {
    row: "verify/prepared",
    what: "Ed25519 verify, prepared key",
    bars: { "cortex-m4": 1.1 * M, "cortex-m0plus": 10 * M },
  },
  { row: "prepare-key", what: "a key's preparation, whole" },
  { row: "sha256/one-block", what: "SHA-256, one block" },
  { row: "sha256/200", what: "SHA-256, 200 B" },
  { row: "sha256/1024", what: "SHA-256, 1 KiB" },
  { row: "sha512/one-block", what: "SHA-512, one block" },
  { row: "sha512/200", what: "SHA-512, 200 B" },
  { row: "sha512/1024", what: "SHA-512, 1 KiB" },
  { row: "hmac-sha256/200", what: "HMAC-SHA-256, 200 B" },
  { row: "dose/unprepared", what: "a dose command, unprepared key", bars: { "cortex-m4": 1.6 * M } },
  { row: "dose/prepared", what: "a dose command, prepared key", bars: { "cortex-m4": 1.6 * M } },
  {
    row: "dose-full/unprepared",
    what: "the same, largest entries, unprepared",
    bars: { "cortex-m4": 1.6 * M },
  },
  { row: "dose-full/prepared", what: "the same, largest entries, prepared", bars: { "cortex-m4": 1.6 * M } },
  { row: "approve/whole", what: "an approval" },
  {
    row: "tick/no-flash",
    what: "a tick without flash",
    bars: { "cortex-m4": 8 * K, "cortex-m0plus": 60 * K },
  },
  {
    row: "tick/reservation",
    what: "a tick with a reservation",
    bars: { "cortex-m4": 60 * K, "cortex-m0plus": 400 * K },
  },
  { row: "local/STOP", what: "stop at the panel" },
  { row: "local/REDUCE", what: "reduction at the panel" },
  { row: "slice/max", what: "the longest slice", bars: { "cortex-m4": 200 * K, "cortex-m0plus": 1.6 * M } },
  { row: "slice/background/prepare-key/max", what: "a slice of key preparation" },
  { row: "slice/background/erase/max", what: "a slice that erases" },
  { row: "boot/blank", what: "boot, blank device" },
  { row: "boot/little-log", what: "boot, little log" },
  { row: "boot/full-log", what: "boot, full log" },
  {
    row: "boot/little-log/until-local",
    what: "until a stop is stored, little log",
    bars: { "cortex-m4": 1 * M },
  },
  {
    row: "boot/full-log/until-local",
    what: "until a stop is stored, full log",
    bars: { "cortex-m4": 1 * M },
  },
  { row: "libraryEntry/typical", what: "install of one entry, about 200 B" },
  { row: "libraryEntry/full", what: "install of one entry, about 450 B" },
  {
    row: "install/typical/1200-entries",
    what: "install of 1,200 entries, about 200 B",
    bars: { "cortex-m4": 60 * M },
  },
  { row: "install/full/1200-entries", what: "install of 1,200 entries, about 450 B" },
  { row: "trustUpdate/whole", what: "a root document" },
  { row: "provision/whole", what: "provisioning" },
  { row: "attest/whole", what: "an attestation" },
  { row: "sessionOpen", what: "a session" },
  { row: "inspect", what: "inspect" },
  { row: "logRead/stream-0", what: "a page of the log" },
  { row: "response/tick", what: "response of a tick, worst slice before it" },
  { row: "response/STOP", what: "response of a stop, worst slice before it" },
];

const STACK_BAR_BYTES = 1024;
const TEXT_WIDTH = 50;
const NUMBER_WIDTH = 13;
const MS_WIDTH = 9;
/** What parts with these cores commonly run at. */
const MHZ = { "cortex-m4": 64, "cortex-m0plus": 48 } as const;

/** The whole table, for a terminal. */
export function table(result: Result): string {
  const heads = ["M4 full", "M4 constant", "M4 cycles", "ms", "M0+ full", "M0+ constant", "M0+ cycles", "ms"];
  const title = `instructions; derived: cycles, ms at ${MHZ["cortex-m4"]}, ${MHZ["cortex-m0plus"]} MHz`;
  const head = line(title, heads);
  const lines = [head, "-".repeat(head.length)];
  for (const bar of TABLE) {
    const [m4, m0] = CORES.map((core) => rowOf(result.rows, core, "full", bar.row));
    if (m4 === undefined && m0 === undefined) continue;
    const text = line(bar.what, [
      ...cells(result, "cortex-m4", bar.row),
      ...cells(result, "cortex-m0plus", bar.row),
    ]);
    const verdicts = [
      verdict("M4", m4, bar.bars?.["cortex-m4"]),
      verdict("M0+", m0, bar.bars?.["cortex-m0plus"]),
    ];
    lines.push([text, ...verdicts.filter((word) => word !== "")].join("  "));
  }
  return [...lines, "", ...footer(result)].join("\n");
}

function footer({ memory, sizes, rows }: Result): string[] {
  const code = sizes.map(
    ({ core, check, module, gateTextBytes }) => `${module} ${core} ${check} ${formatted(gateTextBytes)} B`,
  );
  const stack = [...deepest(rows)].map(([key, bytes]) => {
    const over =
      key === "cortex-m4/full"
        ? `, bar ${STACK_BAR_BYTES}: ${bytes <= STACK_BAR_BYTES ? "met" : "NOT met"}`
        : "";
    return `${key} ${bytes} B${over}`;
  });
  return [
    `code: ${code.join("; ")}`,
    `RAM: linear memory ${formatted(memory.linearBytes)} B, of which ${formatted(memory.touchedBytes)} B changed; wasm2c's instance ${memory.globalsBytes} B`,
    `stack, host functions not included: ${stack.join("; ")}`,
  ];
}

/** Full, constant, cycles, ms. */
function cells(result: Result, core: Core, name: string): string[] {
  const full = rowOf(result.rows, core, "full", name);
  const { cycles } = full ?? {};
  const ms = cycles === undefined ? "" : (cycles / (MHZ[core] * 1000)).toFixed(1);
  const constant = rowOf(result.rows, core, "constant", name);
  return [formatted(full?.instructions), formatted(constant?.instructions), formatted(cycles), ms];
}

/** `M4 met (-11 %)`. */
function verdict(core: string, row: Row | undefined, bar: number | undefined): string {
  if (row === undefined || bar === undefined) return "";
  const percent = Math.round((row.instructions / bar - 1) * 100);
  return `${core} ${row.instructions <= bar ? "met" : "NOT met"} (${percent > 0 ? "+" : ""}${percent} %)`;
}

function rowOf(rows: readonly Row[], core: Core, check: string, name: string): Row | undefined {
  return rows.find(
    (row) => row.core === core && row.check === check && row.row.replace("-extrapolated", "") === name,
  );
}

/** Every fourth cell is a time. */
function line(text: string, cells: readonly string[]): string {
  const padded = cells.map((cell, i) => cell.padStart(i % 4 === 3 ? MS_WIDTH : NUMBER_WIDTH));
  return text.padEnd(TEXT_WIDTH) + padded.join("");
}

function formatted(value: number | undefined): string {
  return value === undefined ? "" : value.toLocaleString("en-US");
}
