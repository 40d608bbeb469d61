/** What a patient has had in one window over time, under the cap that the program carries. */
import type { StoryResult, WindowSeries } from "../ward/stories/result.js";
import { el, type Markup, svg } from "./markup.js";
import { linear, plain, type Scale } from "./scale.js";
import { sign } from "./signs.js";
import { COLOUR } from "./style.js";

const WIDTH = 600;
const HEIGHT = 230;
const LEFT = 44;
const RIGHT = WIDTH - 70;
const TOP = 34;
const BOTTOM = HEIGHT - 26;
const HOUR_MS = 3_600_000;

export function windowChart({ name, lastsMs }: StoryResult, series: WindowSeries): Markup {
  const { hours, unit, cap, baseUnitsPerUnit, demands } = series;
  const units = (base: number) => base / baseUnitsPerUnit;
  const most = units(cap) * 1.15;
  const x = linear([0, lastsMs], [LEFT, RIGHT], hourTicks(lastsMs));
  const y = linear([0, most], [BOTTOM, TOP], amountTicks(units(cap)));
  const title = `Window of ${hours} h`;
  const denial = `window of ${hours} h`;
  return el(
    "figure",
    { style: "margin:0" },
    el("h3", {}, title, el("span", { class: "unit" }, ` ${unit}, ${name}`)),
    svg(
      WIDTH,
      HEIGHT,
      `${title}: sum in ${unit} over time, with its cap`,
      el("rect", {
        x: LEFT,
        y: TOP,
        width: RIGHT - LEFT,
        height: y(units(cap)) - TOP,
        fill: COLOUR.bandHard,
      }),
      axes(x, y),
      el("path", { d: steps(series, units, x, y), fill: "none", stroke: COLOUR.line, "stroke-width": 2 }),
      el("line", {
        x1: LEFT,
        x2: RIGHT,
        y1: y(units(cap)),
        y2: y(units(cap)),
        stroke: COLOUR.refused,
        "stroke-width": 1.6,
        "stroke-dasharray": "5 3",
      }),
      el("text", { x: RIGHT + 6, y: y(units(cap)) + 4, class: "muted" }, `cap ${plain(units(cap))}`),
      demands.map(({ atMs, denied }) => {
        if (denied === null) return sign("permit", x(atMs), TOP - 8, "a dose");
        return denied === denial ? sign("refused", x(atMs), TOP - 22, `denied by the ${denied}`, 3) : null;
      }),
    ),
  );
}

function axes(x: Scale, y: Scale): Markup[] {
  return [
    ...y.ticks.flatMap((tick) => [
      el("line", { x1: LEFT, x2: RIGHT, y1: y(tick), y2: y(tick), stroke: COLOUR.faint }),
      el("text", { x: LEFT - 7, y: y(tick) + 4, "text-anchor": "end", class: "muted" }, plain(tick)),
    ]),
    ...x.ticks.map((ms) =>
      el("text", { x: x(ms), y: BOTTOM + 17, "text-anchor": "middle", class: "muted" }, `${ms / HOUR_MS} h`),
    ),
  ];
}

/** Only where the sum changes: a line across, and one up or down. */
function steps({ points }: WindowSeries, units: (base: number) => number, x: Scale, y: Scale): string {
  const place = (atMs: number, sum: number) => `${fixed(x(atMs))} ${fixed(y(units(sum)))}`;
  let path = "";
  points.forEach(({ atMs, sum }, i) => {
    const before = points[i - 1];
    if (before === undefined) path = `M${place(atMs, sum)}`;
    else if (before.sum !== sum || i === points.length - 1) {
      path += `L${place(atMs, before.sum)}L${place(atMs, sum)}`;
    }
  });
  return path;
}

function hourTicks(lastsMs: number): number[] {
  return Array.from({ length: Math.floor(lastsMs / HOUR_MS) + 1 }, (_, i) => i * HOUR_MS);
}

function amountTicks(cap: number): number[] {
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20].find((it) => cap / it <= 5) ?? 50;
  return Array.from({ length: Math.floor(cap / step) + 1 }, (_, i) => Math.round(i * step * 10) / 10);
}

function fixed(value: number): number {
  return Math.round(value * 10) / 10;
}
