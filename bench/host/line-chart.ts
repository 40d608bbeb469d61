/** A quantity against the size of a library, the size by orders of magnitude. */
import { el, type Markup, svg, tip } from "../../host-sim/report/markup.js";
import { linear, logarithmic, plain, type Scale } from "../../host-sim/report/scale.js";
import { COLOUR } from "../../host-sim/report/style.js";

export interface Line {
  readonly label: string;
  readonly colour: string;
  /** x ascending, above 0. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

const WIDTH = 400;
const HEIGHT = 240;
const LEFT = 40;
const RIGHT = WIDTH - 22;
const TOP = 22;
const BOTTOM = HEIGHT - 42;

/** From 0 upward, with a mark and a figure at every point; the lines' labels stand in `legend`. */
export function lineChart(title: string, xTitle: string, yTitle: string, lines: readonly Line[]): Markup {
  const xs = [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  const top = niceAbove(Math.max(...lines.flatMap(({ points }) => points.map(({ y }) => y))) * 1.12);
  const ticks = Array.from({ length: 6 }, (_, i) => (top * i) / 5);
  const x = logarithmic([xs[0]! / 2, xs.at(-1)! * 2], [LEFT, RIGHT]);
  const y = linear([0, top], [BOTTOM, TOP], ticks);
  return svg(
    WIDTH,
    HEIGHT,
    title,
    axes(x, y, xs),
    el("text", { x: RIGHT, y: HEIGHT - 4, "text-anchor": "end", class: "muted" }, xTitle),
    el("text", { x: 4, y: 12, class: "muted" }, yTitle),
    lines.map((line) => drawn(line, x, y)),
  );
}

function axes(x: Scale, y: Scale, xs: readonly number[]): Markup[] {
  const grid = y.ticks.map((tick) =>
    el(
      "g",
      {},
      el("line", { x1: LEFT, x2: RIGHT, y1: y(tick), y2: y(tick), stroke: COLOUR.faint }),
      el("text", { x: LEFT - 8, y: y(tick) + 4, "text-anchor": "end", class: "muted" }, plain(tick)),
    ),
  );
  const sizes = xs.map((value) =>
    el(
      "text",
      { x: x(value), y: BOTTOM + 18, "text-anchor": "middle", class: "muted" },
      value.toLocaleString("en-US"),
    ),
  );
  return [...grid, ...sizes];
}

function drawn({ label, colour, points }: Line, x: Scale, y: Scale): Markup {
  const path = points.map((point) => `${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}`).join(" ");
  return el(
    "g",
    {},
    el("polyline", { points: path, fill: "none", stroke: colour, "stroke-width": 2 }),
    points.map((point) =>
      el(
        "g",
        {},
        tip(`${label}: ${plain(point.y)}`),
        el("circle", { cx: x(point.x), cy: y(point.y), r: 4.5, fill: colour, stroke: "#fff" }),
        el(
          "text",
          { x: x(point.x), y: y(point.y) - 9, "text-anchor": "middle", class: "strong" },
          plain(point.y),
        ),
      ),
    ),
  );
}

/** The next value whose fifths are round. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return (
    [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 10].map((step) => step * power).find((step) => step >= value) ??
    10 * power
  );
}
