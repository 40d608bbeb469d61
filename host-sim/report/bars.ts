/** Horizontal bars with their figures, and the distance of a dose from what was ordered. */
import { el, type Markup, svg, tip } from "./markup.js";
import { logarithmic, plain, type Scale } from "./scale.js";
import { COLOUR } from "./style.js";

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Written after the bar. */
  readonly figure: string;
  readonly colour: string;
}

const ROW = 24;
const LABEL = 190;
const FIGURE = 80;

/** Lengths from 0, or by orders of magnitude from `logFrom`. */
export function barChart(
  title: string,
  bars: readonly Bar[],
  width = 600,
  logFrom: number | null = null,
): Markup {
  const most = Math.max(...bars.map(({ value }) => value), logFrom ?? 0);
  const room = width - LABEL - FIGURE;
  const scale = logFrom === null ? null : logarithmic([logFrom, Math.max(most, logFrom * 10)], [2, room]);
  const length = (value: number) => (scale === null ? (value / (most || 1)) * room : scale(value));
  return svg(
    width,
    bars.length * ROW + 4,
    title,
    bars.map(({ label, value, figure, colour }, i) => {
      const y = i * ROW + 4;
      const long = Math.max(length(value), 2);
      return el(
        "g",
        {},
        tip(`${label}: ${figure}`),
        el("text", { x: LABEL - 8, y: y + 13, "text-anchor": "end" }, label),
        el("rect", { x: LABEL, y, width: long, height: ROW - 7, rx: 2, fill: colour }),
        el("text", { x: LABEL + long + 6, y: y + 13, class: "muted" }, figure),
      );
    }),
  );
}

/** A dose beside what was ordered. */
export interface Distance {
  readonly label: string;
  readonly sublabel: string;
  /** Of what was ordered: 1 is right, 0 is nothing. */
  readonly withGate: number;
  readonly withoutGate: number;
  readonly figure: string;
}

const D_WIDTH = 1230;
const D_LEFT = 370;
const D_RIGHT = D_WIDTH - 300;
const D_ROW = 34;
const D_TOP = 30;
/** Where "nothing" is drawn on a scale that has no zero. */
const NOTHING = 0.1;

/** One row per attack: how far from the order a dose ends, with the gate and without. */
export function distanceChart(title: string, rows: readonly Distance[]): Markup {
  const most = Math.max(3, ...rows.map(({ withoutGate }) => withoutGate));
  const x = logarithmic([NOTHING, most * 1.15], [D_LEFT, D_RIGHT]);
  const height = D_TOP + rows.length * D_ROW + 6;
  return svg(
    D_WIDTH,
    height,
    title,
    distanceAxis(x, height),
    rows.map((row, i) => distanceRow(row, D_TOP + i * D_ROW, x)),
  );
}

function distanceAxis(x: Scale, height: number): Markup[] {
  const ticks = x.ticks.filter((tick) => tick > NOTHING * 1.5 && Math.log10(tick) % 1 === 0);
  const labelled = [NOTHING, ...new Set([1, ...ticks])];
  return labelled.map((tick) => {
    const right = tick === 1;
    const text = right ? "as ordered" : tick === NOTHING ? "nothing" : `x ${plain(tick)}`;
    return el(
      "g",
      {},
      el("line", {
        x1: x(tick),
        x2: x(tick),
        y1: D_TOP - 8,
        y2: height - 4,
        stroke: right ? COLOUR.line : COLOUR.faint,
        "stroke-width": right ? 1.6 : 1,
      }),
      el("text", { x: x(tick), y: 14, "text-anchor": "middle", class: right ? "strong" : "muted" }, text),
    );
  });
}

function distanceRow(
  { label, sublabel, withGate, withoutGate, figure }: Distance,
  top: number,
  x: Scale,
): Markup {
  const y = top + 13;
  const [gate, without] = [x(withGate), x(withoutGate)];
  return el(
    "g",
    {},
    tip(`${label}: ${figure}`),
    el("text", { x: D_LEFT - 16, y: y - 1, "text-anchor": "end", class: "strong" }, label),
    el("text", { x: D_LEFT - 16, y: y + 13, "text-anchor": "end", class: "muted" }, sublabel),
    el("rect", {
      x: Math.min(x(1), without),
      y: y - 3,
      width: Math.abs(without - x(1)),
      height: 10,
      fill: COLOUR.refused,
      "fill-opacity": 0.75,
    }),
    el("circle", { cx: without, cy: y + 2, r: 6.5, fill: COLOUR.refused, stroke: "#fff" }),
    el("circle", { cx: gate, cy: y + 2, r: 5.5, fill: COLOUR.line, stroke: "#fff" }),
    el("text", { x: D_RIGHT + 16, y: y + 6 }, figure),
  );
}
