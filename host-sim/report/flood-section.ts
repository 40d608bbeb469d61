/** The flood: how long genuine orders waited while it lasted, and what it must not have cost. */
import { PORT } from "../gate/names.js";
import type { Asked } from "../ward/flood/sender.js";
import { ELSEWHERE_SLICES_MAX, type FloodResult, SLICES_MAX } from "../ward/flood/result.js";
import { formatVolume } from "../authority/quantity.js";
import { el, type Markup, svg, tip } from "./markup.js";
import { linear, logarithmic, plain, type Scale } from "./scale.js";
import { legend, type LegendItem, sign, signItem } from "./signs.js";
import { COLOUR } from "./style.js";
import { mark, numberCell, table } from "./table.js";

const WIDTH = 1230;
const HEIGHT = 270;
const LEFT = 62;
const RIGHT = WIDTH - 16;
const TOP = 34;
const BOTTOM = HEIGHT - 28;
const WAIT_S = { min: 0.1, max: 60 } as const;

export function floodSection(flood: FloodResult): Markup {
  const refused = `${flood.count.toLocaleString("en-US")} forged messages at one pump`;
  return el(
    "section",
    { id: "flood" },
    el("h2", {}, refused),
    el(
      "p",
      {},
      `In ${minutes(flood.floodMs)} of a therapy, on two ports, while genuine orders come on all three. Drawn is how long each ` +
        "genuine order waited for its permit, retries and lost messages included; by itself an order takes 0.17 s, at 5 ms for every " +
        "slice, which is assumed here. The same therapy was run without the flood, with the same seed, to compare.",
    ),
    waitChart(flood),
    portTable(flood),
    boundTable(flood),
    techniqueTable(flood),
  );
}

// --- the chart --------------------------------------------------------------------------------------------------

function waitChart(flood: FloodResult): Markup {
  const ticks = Array.from({ length: Math.floor(flood.floodMs / 120_000) + 1 }, (_, i) => i * 120_000);
  const x = linear([0, flood.floodMs], [LEFT, RIGHT], ticks);
  const y = logarithmic([WAIT_S.min, WAIT_S.max], [BOTTOM, TOP]);
  const title = "Wait of each genuine order for its permit, in seconds, during the flood";
  return el(
    "div",
    {},
    legend([
      ...flood.ports.map(({ port, name }): LegendItem => ({
        drawn: svg(18, 14, name, dot(port, 9, 7, name)),
        text: `order, ${name}`,
      })),
      signItem("refused", "given up after a minute"),
    ]),
    svg(
      WIDTH,
      HEIGHT,
      title,
      flood.phases.map(({ name, fromMs, toMs }, i) => phase(name, i, x(fromMs), x(toMs))),
      axes(x, y),
      flood.asked.map((it) => waited(it, x, y)),
    ),
  );
}

function phase(name: string, index: number, from: number, to: number): Markup {
  const fill = index % 2 === 0 ? "#f7f9fb" : "#eef2f6";
  return el(
    "g",
    {},
    el("rect", { x: from, y: TOP - 24, width: to - from, height: BOTTOM - TOP + 24, fill }),
    el("text", { x: (from + to) / 2, y: TOP - 9, "text-anchor": "middle", class: "muted" }, name),
  );
}

function axes(x: Scale, y: Scale): Markup[] {
  return [
    ...y.ticks.flatMap((seconds) => [
      el("line", { x1: LEFT, x2: RIGHT, y1: y(seconds), y2: y(seconds), stroke: COLOUR.faint }),
      el(
        "text",
        { x: LEFT - 8, y: y(seconds) + 4, "text-anchor": "end", class: "muted" },
        `${plain(seconds)} s`,
      ),
    ]),
    ...x.ticks.map((ms) =>
      el("text", { x: x(ms), y: BOTTOM + 18, "text-anchor": "middle", class: "muted" }, `${ms / 60_000} min`),
    ),
  ];
}

function waited({ port, atMs, waitMs, attempts }: Asked, x: Scale, y: Scale): Markup {
  const sent = attempts === 1 ? "sent once" : `sent ${attempts} times`;
  if (waitMs === null) return sign("refused", x(atMs), y(WAIT_S.max), `given up, ${sent}`);
  return dot(port, x(atMs), y(waitMs / 1000), `${seconds(waitMs)}, ${sent}`);
}

/** Each port has a shape and a colour. */
function dot(port: number, x: number, y: number, text: string): Markup {
  const title = tip(text);
  if (port === PORT.NETWORK) {
    return el("circle", { cx: x, cy: y, r: 4, fill: COLOUR.attack, stroke: "#fff" }, title);
  }
  if (port === PORT.SERIAL) {
    const points = `${x},${y - 4.5} ${x + 4.5},${y} ${x},${y + 4.5} ${x - 4.5},${y}`;
    return el("polygon", { points, fill: COLOUR.running, stroke: "#fff" }, title);
  }
  return el("rect", { x: x - 3, y: y - 3, width: 6, height: 6, fill: COLOUR.line, stroke: "#fff" }, title);
}

// --- the tables -------------------------------------------------------------------------------------------------

function portTable({ ports, quietPorts }: FloodResult): Markup {
  const heads = [
    "genuine orders",
    "accepted",
    "times sent",
    "median wait",
    "99 % within",
    "longest",
    "slices waited, longest",
    "99 % without a flood",
  ];
  const rows = ports.map((it, i) => [
    el("td", { class: "nowrap" }, el("b", {}, it.name)),
    el(
      "td",
      {},
      mark(it.accepted === it.orders, `${it.accepted} of ${it.orders}`, `${it.accepted} of ${it.orders}`),
    ),
    numberCell(it.attempts),
    numberCell(seconds(it.p50Ms)),
    numberCell(seconds(it.p99Ms)),
    numberCell(seconds(it.maxMs)),
    numberCell(it.maxSlices),
    numberCell(seconds(quietPorts[i]!.p99Ms)),
  ]);
  return table(heads, rows, [2, 3, 4, 5, 6, 7]);
}

/** What the flood cost, what it may cost at most, and whether that held. */
export function boundRows(flood: FloodResult): readonly (readonly [string, string, string, boolean])[] {
  const { ticks, stops, log } = flood;
  const bounded = (what: string, { count, bound }: { readonly count: number; readonly bound: number }) =>
    [what, String(count), `at most ${bound}`, count <= bound] as const;
  const slices = (count: number) => ({ count, bound: SLICES_MAX });
  const elsewhere = flood.ports.find(({ port }) => port === PORT.PANEL)!;
  const difference = Number(flood.deliveredPl - flood.quietDeliveredPl) / 1000;
  return [
    bounded(`slices before STOP acted, pressed ${stops.count} times`, slices(stops.slicesMax)),
    bounded(`slices before a tick was served, of ${ticks.count}`, slices(ticks.slicesMax)),
    [
      "delivered volume, against the same therapy without a flood",
      `${volume(difference)} more, of ${volume(Number(flood.deliveredPl) / 1000)}`,
      "the same",
      difference === 0,
    ],
    bounded(`slices that an order waited, ${elsewhere.name}`, {
      count: elsewhere.maxSlices,
      bound: ELSEWHERE_SLICES_MAX,
    }),
    ...flood.verifications.map((it) => bounded(`verifications of forgeries, ${it.what}`, it)),
    bounded("refusals written to flash, one a minute and port", flood.refusedRecords),
    bounded("flash programs more than without a flood", flood.extraPrograms),
    bounded("flash erases more than without a flood", flood.extraErases),
    [
      "refusals that the log tells of",
      flood.refusalsLogged.toLocaleString("en-US"),
      `all ${flood.refusalsGiven.toLocaleString("en-US")}`,
      flood.refusalsLogged === flood.refusalsGiven,
    ],
    bounded("forged messages accepted", {
      count: flood.techniques.reduce((sum, { accepted }) => sum + accepted, 0),
      bound: 0,
    }),
    bounded("records lost, permitted orders not in the log", { count: log.lost + flood.missing, bound: 0 }),
  ];
}

function boundTable(flood: FloodResult): Markup {
  const rows = boundRows(flood).map(([what, figure, bound, ok]) => [
    el("td", {}, what),
    numberCell(figure),
    el("td", {}, bound),
    el("td", {}, mark(ok, "held", "BROKEN")),
  ]);
  return table(["what the flood may cost", "it cost", "bound", ""], rows, [1]);
}

function techniqueTable({ techniques }: FloodResult): Markup {
  const rows = techniques.map(({ technique, messages, dropped, verified, answers }) => [
    el("td", {}, technique),
    numberCell(messages),
    numberCell(dropped),
    numberCell(verified),
    el(
      "td",
      {},
      Object.entries(answers)
        .sort(([, a], [, b]) => b - a)
        .map(([name, count]) => `${name} ${count.toLocaleString("en-US")}`)
        .join(", "),
    ),
  ]);
  const heads = ["message", "sent", "lost, inbox full", "verified", "answers"];
  return el("details", {}, el("summary", {}, "What was sent"), table(heads, rows, [1, 2, 3]));
}

function volume(nl: number): string {
  return formatVolume(Math.round(nl));
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function minutes(ms: number): string {
  return `${(ms / 60_000).toFixed(0)} minutes`;
}
