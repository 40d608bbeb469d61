/** A run as text. */
import { judgement, measured } from "./bars.js";
import type { Row, Series } from "./primitives-run.js";
import type { Result } from "./run.js";

/** Every table of a result. */
export function renderText(result: Result): string {
  const { release, machine } = result;
  return [
    `dosegate.wasm ${release.bytes} bytes, sha256 ${release.sha256}`,
    `Node ${machine.node}, V8 ${machine.v8}, ${machine.processor}, ${machine.cores} cores`,
    ...result.series.map(seriesText),
    commandText(result),
    libraryText(result),
    barText(result),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** Sorted by time; what is wrong or absent is said below. */
function seriesText(series: Series): string {
  const rows = byTime(series.rows);
  const prepared = rows.some(({ timesOursPrepared }) => timesOursPrepared !== null);
  const heads = ["", "version", "where", "us", "ops/s", "x ours", ...(prepared ? ["x prepared"] : [])];
  const cells = rows.map((row) => [
    row.wrong === null ? row.name : `${row.name} (!)`,
    row.version,
    row.engine,
    micros(row.us!),
    count(row.opsPerS!),
    row.timesOurs!.toFixed(2),
    ...(prepared ? [row.timesOursPrepared!.toFixed(2)] : []),
  ]);
  const notes = series.rows.flatMap(({ name, wrong, absent }) => [
    ...(wrong === null ? [] : [`  (!) ${name}: ${wrong}`]),
    ...(absent === null ? [] : [`  ${name}: ${absent}`]),
  ]);
  return [`${series.title}, ${series.rounds} rounds`, table(heads, cells, 3), ...notes].join("\n");
}

/** Those that were measured, the fastest first. */
export function byTime(rows: readonly Row[]): Row[] {
  return rows.filter(({ us }) => us !== null).sort((a, b) => a.us! - b.us!);
}

function commandText({ commands }: Result): string {
  if (commands.length === 0) return "";
  const cells = commands.map(({ title, count, interrupted, p50Us, p99Us, maxUs }) => [
    title,
    String(count),
    String(interrupted),
    ...[p50Us, p99Us, maxUs].map(micros),
  ]);
  return `A dose command on the release module, us\n${table(["", "count", "interrupted", "p50", "p99", "max"], cells, 1)}`;
}

function libraryText({ libraries }: Result): string {
  if (libraries === null) return "";
  const cells = libraries.rows.map((row) => [
    count(row.entries),
    row.entryBytesMean.toFixed(0),
    row.installMs.toFixed(2),
    row.installUsPerEntry.toFixed(2),
    String(row.pathNodes),
    micros(row.proofUs),
    micros(row.commandUs),
  ]);
  const heads = ["entries", "mean bytes", "install ms", "us/entry", "path nodes", "proof us", "command us"];
  return `A drug library\n${table(heads, cells, 0)}`;
}

function barText({ figures }: Result): string {
  const cells = measured(figures)
    .filter(({ value }) => value !== null)
    .map((bar) => [
      bar.title,
      bar.value!.toFixed(2),
      bar.bar === null ? "" : bar.bar.toFixed(2),
      bar.stretch === null ? "" : bar.stretch.toFixed(2),
      bar.unit === "growth" ? "" : bar.unit,
      judgement(bar),
    ]);
  if (cells.length === 0) return "";
  return `Bars\n${table(["", "measured", "bar", "stretch", "", ""], cells, 1, 4)}`;
}

/** Three digits, as many as a round's noise leaves. */
export function micros(us: number): string {
  return us >= 100 ? count(us) : us >= 10 ? us.toFixed(1) : us.toFixed(2);
}

/** 26,543 */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** Columns from `numbersFrom` to before `numbersTo` stand right. */
function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  numbersFrom: number,
  numbersTo = heads.length,
): string {
  const all = [heads, ...rows];
  const widths = heads.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const right = column >= numbersFrom && column < numbersTo;
        return right ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
      })
      .join("  ")
      .trimEnd();
  return all.map((row) => `  ${line(row)}`).join("\n");
}
