/** Who keeps up: each processor's times beside the deadlines, as bars and as a table. */
import { type Check, duration } from "../ward/deadline/deadline.js";
import type { ProfileResult } from "../ward/deadline/measure.js";
import { el, type Markup, svg, tip } from "./markup.js";
import { logarithmic, type Scale } from "./scale.js";
import { legend, lineItem, patchItem } from "./signs.js";
import { COLOUR } from "./style.js";
import { mark, table } from "./table.js";

const WIDTH = 1230;
const LEFT = 262;
const GAP = 62;
const TOP = 46;
const ROW = 46;
const BAR = 13;

/** A group of bars with one deadline. */
interface Group {
  readonly title: string;
  /** What is drawn of each processor, top to bottom. */
  readonly of: readonly Check["of"][];
  readonly fromMs: number;
  readonly toMs: number;
}

const GROUPS: readonly Group[] = [
  { title: "order to verdict, 99 %", of: ["order", "orderBeside"], fromMs: 1, toMs: 10_000 },
  { title: "tick served, longest", of: ["tick", "tickFlooded", "tickWorst"], fromMs: 0.1, toMs: 1000 },
  { title: "panel answered, longest", of: ["stop", "stopFlooded", "stopWorst"], fromMs: 0.1, toMs: 1000 },
];

const DAY = "#0b5394";
const FLOOD = "#a0337d";
const WORST = "#9aa5b1";
const COLOURS: Readonly<Partial<Record<Check["of"], string>>> = {
  order: DAY,
  tick: DAY,
  stop: DAY,
  orderBeside: FLOOD,
  tickFlooded: FLOOD,
  stopFlooded: FLOOD,
};

/** `results`: at least one. */
export function profileSection(results: readonly ProfileResult[]): Markup {
  const { hours, floodCount } = results[0]!;
  const met = results.filter((result) => result.met).length;
  return el(
    "section",
    { id: "profiles" },
    el("h2", {}, `Processors: ${met} of ${results.length} meet every deadline`),
    el(
      "p",
      {},
      `${hours} hours of one pump and a flood of ${floodCount.toLocaleString("en-US")} forged messages, once more for each processor, in the ` +
        "time that it takes for every call and every slice: the most that was counted of its kind. Instructions are exact, of wasm2c's " +
        "C at -O2 with every access checked; cycles and so times are derived, with zero wait states, and not validated on silicon. Flash is the " +
        "simulated pump's: 60 \u00b5s for 8 bytes, 40 ms for every erase, during which the processor stands still. The deadlines are this " +
        "project's choice.",
    ),
    legend([
      patchItem(DAY, "in the day"),
      patchItem(FLOOD, "during the flood; orders: at the terminal, whose port nobody floods"),
      patchItem(WORST, "calculated: asked for just as the longest slice began, a flash erase among them"),
      lineItem(COLOUR.refused, "deadline", "5 4"),
    ]),
    chart(results),
    checkTable(results),
    basisTable(results),
  );
}

// --- the chart --------------------------------------------------------------------------------------------------

function chart(results: readonly ProfileResult[]): Markup {
  const height = TOP + results.length * ROW + 22;
  const width = (WIDTH - LEFT - GROUPS.length * GAP) / GROUPS.length;
  return svg(
    WIDTH,
    height,
    "Times of each processor beside the deadlines, in milliseconds, by orders of magnitude",
    results.map(({ profile, met }, i) => processor(profile.title, met, TOP + i * ROW, i)),
    GROUPS.map((group, i) => {
      const left = LEFT + i * (width + GAP);
      return groupOf(group, results, logarithmic([group.fromMs, group.toMs], [left, left + width]), height);
    }),
  );
}

function processor(title: string, met: boolean, top: number, index: number): Markup {
  const band =
    index % 2 === 0 ? el("rect", { x: 0, y: top, width: WIDTH, height: ROW, fill: "#f7f9fb" }) : null;
  return el(
    "g",
    {},
    band,
    el("text", { x: LEFT - 14, y: top + 20, "text-anchor": "end", class: "strong" }, title),
    el(
      "text",
      { x: LEFT - 14, y: top + 36, "text-anchor": "end", style: `fill: ${met ? "#00714f" : "#a83f00"}` },
      met ? "\u2713 meets every deadline" : "\u2717 misses a deadline",
    ),
  );
}

function groupOf(group: Group, results: readonly ProfileResult[], x: Scale, height: number): Markup {
  const limitMs = checkOf(results[0]!, group.of[0]!).limitMs;
  const left = x(group.fromMs);
  return el(
    "g",
    {},
    el("text", { x: left, y: 14, class: "strong" }, group.title),
    x.ticks.map((ms) =>
      el("line", { x1: x(ms), x2: x(ms), y1: TOP - 6, y2: height - 20, stroke: COLOUR.faint }),
    ),
    el("line", {
      x1: x(limitMs),
      x2: x(limitMs),
      y1: TOP - 8,
      y2: height - 18,
      stroke: COLOUR.refused,
      "stroke-width": 1.8,
      "stroke-dasharray": "5 4",
    }),
    el(
      "text",
      { x: x(limitMs), y: TOP - 14, "text-anchor": "middle", style: "fill: #a83f00" },
      duration(limitMs),
    ),
    results.map((result, i) => bars(group, result, TOP + i * ROW, x)),
    [group.fromMs, group.toMs].map((ms) =>
      el("text", { x: x(ms), y: height - 4, "text-anchor": "middle", class: "muted" }, duration(ms)),
    ),
  );
}

function bars({ of, fromMs }: Group, result: ProfileResult, top: number, x: Scale): Markup[] {
  const above = top + (ROW - of.length * BAR) / 2;
  return of.map((key, i) => {
    const { ms, met, title } = checkOf(result, key);
    const y = above + i * BAR;
    const long = Math.max(x(Math.min(ms, 1e9)) - x(fromMs), 2);
    const text = `${duration(ms)}${met ? "" : " \u2717"}`;
    return el(
      "g",
      {},
      tip(`${result.profile.title}: ${title}: ${text}`),
      el("rect", { x: x(fromMs), y, width: long, height: BAR - 3, rx: 2, fill: COLOURS[key] ?? WORST }),
      el(
        "text",
        {
          x: x(fromMs) + long + 6,
          y: y + BAR - 4,
          style: `font-size: 11.5px; fill: ${met ? COLOUR.muted : "#a83f00"}; paint-order: stroke; stroke: #fff; stroke-width: 3px`,
        },
        text,
      ),
    );
  });
}

function checkOf({ checks }: ProfileResult, key: Check["of"]): Check {
  const found = checks.find(({ of }) => of === key);
  if (found === undefined) throw new Error(`no deadline of ${key}`);
  return found;
}

// --- the tables -------------------------------------------------------------------------------------------------

function checkTable(results: readonly ProfileResult[]): Markup {
  const heads = ["deadline", "at most", ...results.map(({ profile }) => profile.title)];
  const rows = results[0]!.checks.map(({ of, title, which, limitMs }) => [
    el("td", {}, which === "maxMs" ? title : `${title}, 99 %`),
    el("td", { class: "number" }, duration(limitMs)),
    ...results.map((result) => {
      const { ms, met } = checkOf(result, of);
      return el("td", { class: "number" }, mark(met, duration(ms), duration(ms)));
    }),
  ]);
  const all = [
    el("td", {}, el("b", {}, "all of them")),
    el("td", {}),
    ...results.map(({ met }) => el("td", { class: "number" }, mark(met, "met", "not met"))),
  ];
  const numbers = heads.map((_, i) => i).slice(1);
  return table(heads, [...rows, all], numbers);
}

function basisTable(results: readonly ProfileResult[]): Markup {
  const rows = results.map(({ profile, cyclesPerInstruction, sliceMaxMs, troubles }) => [
    el("td", { class: "nowrap" }, profile.title),
    el("td", {}, profile.engine),
    el("td", { class: "number" }, cyclesPerInstruction.toFixed(2)),
    el("td", {}, profile.basis),
    el("td", { class: "number" }, duration(sliceMaxMs)),
    el("td", {}, troubles.length === 0 ? mark(true, "as planned", "") : mark(false, "", troubles.join("; "))),
  ]);
  const heads = [
    "processor",
    "engine",
    "cycles an instruction",
    "known from",
    "longest slice, with flash",
    "day",
  ];
  return el("details", {}, el("summary", {}, "How these times are made"), table(heads, rows, [2, 4]));
}
