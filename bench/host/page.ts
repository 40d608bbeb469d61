/** A run as one HTML file that needs nothing else: no script, no font, no network. */
import { type Bar, barChart } from "../../host-sim/report/bars.js";
import { htmlDocument } from "../../host-sim/report/document.js";
import { type Child, el, Markup } from "../../host-sim/report/markup.js";
import { COLOUR } from "../../host-sim/report/style.js";
import { numberCell, table } from "../../host-sim/report/table.js";
import { judgement, type Measured, measured } from "./bars.js";
import { lineChart } from "./line-chart.js";
import { OURS, OURS_TABLE } from "./module.js";
import type { Row, Series } from "./primitives-run.js";
import type { Result } from "./run.js";
import { byTime, count, micros } from "./terminal.js";

/** The whole file. */
export function renderPage(result: Result): string {
  const title = "Dosegate: latency on a host";
  return htmlDocument(
    title,
    header(title, result),
    el(
      "main",
      {},
      tiles(result),
      barSection(result),
      result.series.filter(({ id }) => id === "ed25519").map(verifySection),
      commandSection(result),
      librarySection(result),
      [256, 512].map((bits) => hashSection(bits, result)),
      footer(),
    ),
  );
}

function header(title: string, { commit, commitDate, machine, release }: Result): Markup {
  return el(
    "header",
    {},
    el(
      "div",
      {},
      el("h1", {}, title),
      el(
        "p",
        {},
        "Every peer takes its turn in every round; what counts is the median of each round's ratio.",
      ),
      el(
        "p",
        {},
        `Node ${machine.node} (V8 ${machine.v8}), ${machine.processor}, ${machine.cores} cores. Commit ${commit.slice(0, 12)} of ${commitDate.slice(0, 10)}, `,
        `dosegate.wasm ${release.bytes.toLocaleString("en-US")} bytes, sha256 ${release.sha256.slice(0, 16)}.`,
      ),
      el("p", {}, "Made by ", el("code", {}, "npm run bench:host")),
    ),
  );
}

function tiles({ figures }: Result): Markup {
  const tile = (figure: string, digits: number, suffix: string, text: string) => {
    const found = figures[figure];
    if (found === undefined) return null;
    return el(
      "div",
      { class: "tile plain" },
      el("b", {}, found.value.toFixed(digits) + suffix),
      el("span", {}, text),
    );
  };
  return el(
    "div",
    { class: "tiles" },
    tile("ed25519/unprepared/libsodium-wrappers", 2, "x", "the speed of libsodium-wrappers, key unknown"),
    tile("ed25519/prepared/libsodium-wrappers", 2, "x", "the speed of libsodium-wrappers, key prepared"),
    tile("command/known-key/p50", 0, " \u00b5s", "a whole dose command, half of them faster"),
    tile("library/install/1200", 1, " ms", "to install a library of 1,200 entries"),
    tile("sha256/200/@chainsafe/as-sha256", 2, "x", "the speed of as-sha256 at 200 bytes"),
  );
}

function section(title: string, text: string, ...children: readonly Child[]): Markup {
  return el("section", {}, el("h2", {}, title), el("p", {}, text), children);
}

function barSection({ figures }: Result): Markup {
  const rows = measured(figures).map((bar) => [
    el("td", {}, bar.title),
    numberCell(figure(bar, bar.value)),
    numberCell(figure(bar, bar.bar)),
    numberCell(figure(bar, bar.stretch)),
    el("td", {}, el("span", { class: classOf(bar) }, judgement(bar))),
  ]);
  return section(
    "Bars",
    "What good means was written down before there was anything to measure. What is not reached is reported as it is.",
    table(["", "measured", "bar", "stretch", ""], rows, [1, 2, 3]),
  );
}

function figure({ unit }: Measured, value: number | null): string {
  if (value === null) return "";
  return value.toFixed(2) + (unit === "x" ? "x" : unit === "growth" ? "" : ` ${unit}`);
}

function classOf({ met, value }: Measured): string {
  if (met === null) return value === null ? "warn-text" : "";
  return met ? "ok" : "bad-text";
}

const isOurs = (name: string): boolean => name === OURS || name.startsWith(`${OURS},`);

function colourOf({ name, wrong, engine }: Row): string {
  if (wrong !== null) return COLOUR.refused;
  if (isOurs(name)) return COLOUR.permit;
  return engine === "native" ? COLOUR.complete : COLOUR.running;
}

function legend(): Markup {
  const mark = (colour: string, text: string) =>
    el(
      "span",
      {},
      el(
        "svg",
        { viewBox: "0 0 18 14", "aria-hidden": "true" },
        el("rect", { x: 0, y: 1, width: 18, height: 12, rx: 2, fill: colour }),
      ),
      text,
    );
  return el(
    "div",
    { class: "legend" },
    mark(COLOUR.permit, "dosegate"),
    mark(COLOUR.running, "WebAssembly and JavaScript"),
    mark(COLOUR.complete, "native code"),
    mark(COLOUR.refused, "gives wrong results"),
  );
}

function verifySection(series: Series): Markup {
  const rows = byTime(series.rows).filter(({ name }) => name !== OURS_TABLE);
  const bars = rows.map((row) => bar(row, row.opsPerS!, `${count(row.opsPerS!)} /s`));
  const heads = ["", "version", "where", "\u00b5s", "a second", "x ours", "x prepared", ""];
  const cells = byTime(series.rows).map((row) => [
    el("td", { class: "nowrap" }, row.name),
    el("td", { class: "nowrap" }, row.version),
    el("td", {}, row.engine),
    numberCell(micros(row.us!)),
    numberCell(count(row.opsPerS!)),
    numberCell(row.timesOurs!.toFixed(2)),
    numberCell(row.timesOursPrepared?.toFixed(2) ?? ""),
    el(
      "td",
      {},
      row.wrong === null
        ? (row.note ?? "")
        : el("span", { class: "bad-text", style: "white-space: normal" }, row.wrong),
    ),
  ]);
  return section(
    "Ed25519: verifications a second",
    `Messages of ${series.bytes} bytes under sixteen keys, ${series.rounds} rounds; the scale is logarithmic. A prepared key has its table built before, which the gate does in idle time after a key has verified.`,
    legend(),
    barChart("Ed25519 verifications a second", bars, 1180, 100),
    table(heads, cells, [3, 4, 5, 6]),
    absentNotes(series),
  );
}

function bar(row: Row, value: number, text: string): Bar {
  return { label: row.name, value, figure: text, colour: colourOf(row) };
}

function absentNotes({ rows }: Series): readonly Child[] {
  return rows
    .filter(({ absent }) => absent !== null)
    .map(({ name, absent }) => el("p", { class: "note" }, `${name} was not measured: ${absent!}`));
}

function hashSection(bits: number, { series }: Result): Markup | null {
  const all = series.filter(({ id }) => id.startsWith(`sha${bits}/`));
  if (all.length === 0) return null;
  const charts = all.map((it) => {
    const bars = byTime(it.rows).map((row) => {
      const megabytes = it.bytes / row.us!;
      return bar(row, megabytes, `${megabytes.toFixed(0)} MB/s`);
    });
    const size = it.bytes >= 1024 ? `${it.bytes / 1024} KiB` : `${it.bytes} bytes`;
    return el("div", {}, el("h3", {}, size), barChart(it.title, bars, 560));
  });
  const wrong = all[0]!.rows.filter((row) => row.wrong !== null);
  return section(
    `SHA-${bits}: throughput`,
    `One message in one call, ${all[0]!.rounds} rounds, megabytes a second.`,
    legend(),
    el("div", { class: "two" }, charts),
    wrong.map((row) => el("p", { class: "note" }, `${row.name}: ${row.wrong!}.`)),
  );
}

function commandSection({ commands }: Result): Markup | null {
  if (commands.length === 0) return null;
  const rows = commands.map(({ title, count: times, interrupted, p50Us, p99Us, maxUs }) => [
    el("td", {}, title),
    ...[times, interrupted, micros(p50Us), micros(p99Us), micros(maxUs)].map(numberCell),
  ]);
  const bars = commands.flatMap(({ title, p50Us, p99Us }): Bar[] => {
    const who = title.includes("boot") ? "after a boot" : "key known";
    return [
      { label: `${who}, p50`, value: p50Us, figure: `${micros(p50Us)} \u00b5s`, colour: COLOUR.permit },
      { label: `${who}, p99`, value: p99Us, figure: `${micros(p99Us)} \u00b5s`, colour: COLOUR.soft },
    ];
  });
  return section(
    "A dose command, from its bytes to the verdict",
    "A signed start with both library proofs on the release module: decoded, verified, proved, judged, journalled and logged to simulated flash. Commands in which the scheduler gave the processor to another process are counted apart.",
    barChart("Latency of a dose command", bars, 900),
    table(
      ["", "commands", "interrupted", "p50, \u00b5s", "p99, \u00b5s", "longest, \u00b5s"],
      rows,
      [1, 2, 3, 4, 5],
    ),
  );
}

function librarySection({ libraries }: Result): Markup | null {
  if (libraries === null) return null;
  const { rows, proofGrowth } = libraries;
  const points = (y: (row: (typeof rows)[number]) => number) =>
    rows.map((row) => ({ x: row.entries, y: y(row) }));
  const chart = (title: string, colour: string, y: (row: (typeof rows)[number]) => number) =>
    el(
      "div",
      {},
      el("h3", {}, title),
      lineChart(title, "entries, logarithmic", "\u00b5s", [{ label: title, colour, points: points(y) }]),
    );
  const cells = rows.map((row) =>
    [
      count(row.entries),
      row.entryBytesMean.toFixed(0),
      row.installMs.toFixed(2),
      row.installUsPerEntry.toFixed(2),
      row.pathNodes,
      micros(row.proofUs),
      micros(row.commandUs),
    ].map(numberCell),
  );
  const heads = [
    "entries",
    "bytes each",
    "install, ms",
    "\u00b5s an entry",
    "path nodes",
    "proof, \u00b5s",
    "command, \u00b5s",
  ];
  return section(
    "Cost against the size of the library",
    `A straight line here is a cost that grows with the logarithm of the size: the path to the root has one node more for each doubling. A node of the largest library costs ${proofGrowth.toFixed(2)} times one of the smaller ones. Installing a small library, most goes to the two signatures of its manifest.`,
    el(
      "div",
      { class: "two", style: "grid-template-columns: repeat(3, 1fr)" },
      chart("Proof of one entry", COLOUR.line, ({ proofUs }) => proofUs),
      chart("A whole dose command with two proofs", COLOUR.permit, ({ commandUs }) => commandUs),
      chart("Installing, each entry", COLOUR.attack, ({ installUsPerEntry }) => installUsPerEntry),
    ),
    table(heads, cells, [0, 1, 2, 3, 4, 5, 6]),
  );
}

function footer(): Markup {
  return el(
    "footer",
    {},
    el(
      "p",
      {},
      "Times are of one machine and change with its neighbours; ratios are taken within a round and stay. How it works and how to read it: bench/host/README.md.",
    ),
  );
}
