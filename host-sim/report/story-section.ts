/** Stories of single patients: which limit held and by how much, the windows of the demands, and the rates that were allowed. */
import { formatRate } from "../authority/quantity.js";
import { type HeldLimit, shareOf, type StoryResult } from "../ward/stories/result.js";
import { el, type Markup, svg, tip } from "./markup.js";
import { linear, logarithmic, plain, type Scale } from "./scale.js";
import { legend, lineItem, patchItem, sign, signItem } from "./signs.js";
import { COLOUR } from "./style.js";
import { mark, table } from "./table.js";
import { windowChart } from "./window-chart.js";

export function storySection(stories: readonly StoryResult[]): Markup {
  const planned = stories.filter(({ problems }) => problems.length === 0).length;
  return el(
    "section",
    { id: "stories" },
    el("h2", {}, `Stories of single patients: ${planned} of ${stories.length} ended as planned`),
    el(
      "p",
      {},
      "Each is a pump of its own with the example library, told after the ward's day. Whatever was asked beyond a limit is drawn beside " +
        "the bound that held, in shares of that bound.",
    ),
    limitLegend(),
    limitChart(stories),
    stories.some(({ windows }) => windows.length > 0) ? windowsPart(stories) : null,
    el("h3", { style: "margin-top:18px" }, "Rates that the grants allowed"),
    legend([
      lineItem(COLOUR.line, "the program"),
      lineItem(COLOUR.landmark, "a program that followed it"),
      patchItem(COLOUR.off, "without power"),
      signItem("refused", "a limit held"),
    ]),
    el("div", { class: "two" }, stories.filter(({ windows }) => windows.length === 0).map(rateChart)),
    stories.map(details),
  );
}

// --- limits -----------------------------------------------------------------------------------------------------

const WIDTH = 1230;
const LEFT = 360;
const RIGHT = WIDTH - 320;
const ROW = 24;
const TOP = 26;
const BAR = 12;

function limitLegend(): Markup {
  return legend([
    patchItem(COLOUR.running, "asked, within the bound"),
    patchItem(COLOUR.refused, "asked beyond it, and refused"),
    patchItem(COLOUR.bandHard, "missing to a minimum, and refused"),
    lineItem(COLOUR.ink, "the bound"),
  ]);
}

function limitChart(stories: readonly StoryResult[]): Markup {
  const rows = stories.flatMap(({ name, limits }) =>
    limits.map((held, i) => ({ name: i === 0 ? name : "", held })),
  );
  const most = Math.max(1.2, ...rows.map(({ held }) => shareOf(held)));
  const ticks = [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2].filter((tick) => tick <= most);
  const x = linear([0, most], [LEFT, RIGHT], ticks);
  const height = TOP + rows.length * ROW + 6;
  return svg(
    WIDTH,
    height,
    "What was asked beside the bound that held, in shares of the bound",
    limitAxis(x, height),
    rows.map(({ name, held }, i) => limitRow(name, held, TOP + i * ROW, x)),
    el("line", { x1: x(1), x2: x(1), y1: TOP - 6, y2: height - 4, stroke: COLOUR.ink, "stroke-width": 2 }),
  );
}

function limitAxis(x: Scale, height: number): Markup[] {
  return x.ticks.map((tick) =>
    el(
      "g",
      {},
      el("line", { x1: x(tick), x2: x(tick), y1: TOP - 6, y2: height - 4, stroke: COLOUR.faint }),
      el(
        "text",
        { x: x(tick), y: 14, "text-anchor": "middle", class: tick === 1 ? "strong" : "muted" },
        tick === 1 ? "bound" : `${Math.round(tick * 100)} %`,
      ),
    ),
  );
}

function limitRow(name: string, held: HeldLimit, top: number, x: Scale): Markup {
  const share = shareOf(held);
  const y = top + 4;
  const part = (from: number, to: number, fill: string) =>
    to > from ? el("rect", { x: x(from), y, width: x(to) - x(from), height: BAR, fill }) : null;
  const figure = `${held.asked.text} of ${held.bound.text}`;
  return el(
    "g",
    {},
    tip(`${held.what}: ${held.limit}, ${figure}`),
    name === "" ? null : el("text", { x: 4, y: y + 10, class: "strong" }, name),
    el(
      "text",
      { x: LEFT - 12, y: y + 10, "text-anchor": "end" },
      `${held.limit}${held.soft ? " (soft)" : ""}`,
    ),
    part(0, Math.min(share, 1), COLOUR.running),
    part(1, share, COLOUR.refused),
    part(share, 1, COLOUR.bandHard),
    el("text", { x: RIGHT + 12, y: y + 10 }, figure),
    el("text", { x: WIDTH - 4, y: y + 10, "text-anchor": "end", class: "muted" }, distance(share)),
  );
}

/** How far from the bound, in percent of it. */
function distance(share: number): string {
  const percent = Math.round((share - 1) * 100);
  return percent === 0 ? "exact" : `${percent > 0 ? "+" : "\u2212"}${Math.abs(percent)} %`;
}

// --- windows ----------------------------------------------------------------------------------------------------

function windowsPart(stories: readonly StoryResult[]): Markup {
  const told = stories.filter(({ windows }) => windows.length > 0);
  return el(
    "div",
    {},
    el("h3", { style: "margin-top:18px" }, "What the patient has had in any window, and its cap"),
    legend([
      lineItem(COLOUR.line, "sum of the window"),
      lineItem(COLOUR.refused, "its cap", "5 3"),
      signItem("permit", "a press that gave a dose"),
      signItem("refused", "a press that this window denied"),
    ]),
    told.map((story) =>
      el(
        "div",
        { class: "two" },
        story.windows.map((series) => windowChart(story, series)),
      ),
    ),
    told.map((story) => el("p", { class: "note" }, pressesText(story))),
  );
}

function pressesText({ windows }: StoryResult): string {
  const presses = windows[0]?.demands ?? [];
  const counts = new Map<string, number>();
  for (const { denied } of presses) counts.set(denied ?? "", (counts.get(denied ?? "") ?? 0) + 1);
  const denied = [...counts]
    .filter(([why]) => why !== "")
    .map(([why, count]) => `${count} by the ${why.toLowerCase()}`);
  return `${presses.length} presses: ${counts.get("") ?? 0} gave a dose, denied were ${denied.join(", ")}.`;
}

// --- rates ------------------------------------------------------------------------------------------------------

const R_WIDTH = 600;
const R_HEIGHT = 150;
const R_LEFT = 50;
const R_RIGHT = R_WIDTH - 16;
const R_TOP = 12;
const R_BOTTOM = R_HEIGHT - 24;
const SPREAD_MAX = 8;

function rateChart({ name, title, rates, limits, powerLosses, lastsMs }: StoryResult): Markup {
  const x = linear([0, lastsMs], [R_LEFT, R_RIGHT], minuteTicks(lastsMs));
  const y = rateScale(rates);
  return el(
    "figure",
    { style: "margin:0" },
    el("h3", {}, name, el("span", { class: "unit" }, ` mL/h: ${title}`)),
    svg(
      R_WIDTH,
      R_HEIGHT,
      `${name}: rate in mL/h over time`,
      y.ticks.map((tick) =>
        el(
          "g",
          {},
          el("line", { x1: R_LEFT, x2: R_RIGHT, y1: y(tick), y2: y(tick), stroke: COLOUR.faint }),
          el("text", { x: R_LEFT - 7, y: y(tick) + 4, "text-anchor": "end", class: "muted" }, plain(tick)),
        ),
      ),
      x.ticks.map((tick) =>
        el(
          "text",
          { x: x(tick), y: R_BOTTOM + 17, "text-anchor": "middle", class: "muted" },
          `${tick / 60_000} min`,
        ),
      ),
      rates.map((point, i) => rateStep(point, rates[i + 1], lastsMs, x, y)),
      powerLosses.map(({ fromMs, toMs }) =>
        el("rect", {
          x: x(fromMs),
          y: R_TOP,
          width: Math.max(x(toMs) - x(fromMs), 3),
          height: R_BOTTOM - R_TOP,
          fill: COLOUR.off,
        }),
      ),
      limits.map(({ atMs, what, limit }) => sign("refused", x(atMs), R_TOP + 4, `${what}: ${limit}`)),
    ),
  );
}

/** From nothing; by orders of magnitude where a loading dose would flatten the rest. */
function rateScale(rates: StoryResult["rates"]): Scale {
  const flowing = rates.map(({ rateNlPerH }) => rateNlPerH / 1e6).filter((rate) => rate > 0);
  const [least, most] = [Math.min(...flowing), Math.max(...flowing)];
  if (most > least * SPREAD_MAX) return logarithmic([least / 1.5, most * 1.3], [R_BOTTOM, R_TOP]);
  return linear([0, most * 1.12], [R_BOTTOM, R_TOP], rateTicks(most));
}

/** One rate until the next one. */
function rateStep(
  { atMs, rateNlPerH, generation }: StoryResult["rates"][number],
  next: StoryResult["rates"][number] | undefined,
  lastsMs: number,
  x: Scale,
  y: Scale,
): Markup | null {
  if (rateNlPerH === 0) return null;
  const until = x(next?.atMs ?? lastsMs);
  const level = y(rateNlPerH / 1e6);
  const down = next === undefined ? R_BOTTOM : y(next.rateNlPerH / 1e6);
  const d = `M${short(x(atMs))} ${short(level)}L${short(until)} ${short(level)}L${short(until)} ${short(down)}`;
  const stroke = generation % 2 === 1 ? COLOUR.line : COLOUR.landmark;
  return el("path", { d, fill: "none", stroke, "stroke-width": 2.2 }, tip(formatRate(rateNlPerH)));
}

function minuteTicks(lastsMs: number): number[] {
  const step = [10, 15, 30, 60].find((minutes) => lastsMs / 60_000 / minutes <= 8) ?? 120;
  return Array.from({ length: Math.floor(lastsMs / 60_000 / step) + 1 }, (_, i) => i * step * 60_000);
}

function rateTicks(most: number): number[] {
  const step = [1, 2, 5, 10, 20, 50, 100, 200].find((it) => most / it <= 5) ?? 500;
  return Array.from({ length: Math.floor((most * 1.12) / step) + 1 }, (_, i) => i * step);
}

function short(value: number): number {
  return Math.round(value * 10) / 10;
}

// --- for those who read -----------------------------------------------------------------------------------------

function details({ name, title, steps, problems }: StoryResult): Markup {
  return el(
    "details",
    {},
    el(
      "summary",
      {},
      mark(problems.length === 0, name, `${name}, not as planned`),
      ` ${title}: ${steps.length} steps`,
    ),
    table(
      ["time", "what", "answer", ""],
      steps.map(({ atMs, what, answer, asPlanned }) => [
        el("td", { class: "nowrap" }, `${(atMs / 60_000).toFixed(1)} min`),
        el("td", {}, what),
        el("td", {}, answer),
        el("td", {}, mark(asPlanned, "as planned", "not as planned")),
      ]),
    ),
  );
}
