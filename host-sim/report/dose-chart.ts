/** One pump's dose over the day between the limits of the library it had: what was given, and what was asked for in vain. */
import { clockTime, timeOfDay } from "../ward/clock-time.js";
import type { LimitsSpan } from "../ward/bedside.js";
import type { DayResult, PumpResult } from "../ward/result.js";
import { el, type Markup, svg } from "./markup.js";
import { logarithmic, plain, type Scale, timeScale } from "./scale.js";
import { legend, lineItem, patchItem, sign, signItem } from "./signs.js";
import { COLOUR } from "./style.js";
import { signOf, weight } from "./timeline.js";

const WIDTH = 600;
const HEIGHT = 250;
const LEFT = 50;
const RIGHT = WIDTH - 92;
const TOP = 10;
const BOTTOM = HEIGHT - 26;

export function doseCharts(day: DayResult): Markup {
  return el(
    "div",
    {},
    legend([
      lineItem(COLOUR.line, "dose that the grants allowed"),
      patchItem(COLOUR.bandSafe, "within the soft limits"),
      patchItem(COLOUR.bandSoft, "only with an override"),
      patchItem(COLOUR.bandHard, "beyond a hard limit: refused"),
      signItem("soft", "ordered, stopped at a soft limit"),
      signItem("refused", "ordered, refused"),
      patchItem(COLOUR.bolus, "bolus"),
    ]),
    el(
      "div",
      { class: "two" },
      day.pumps.map((pump) => doseChart(day, pump)),
    ),
  );
}

function doseChart(day: DayResult, pump: PumpResult): Markup {
  const x = timeScale(day.hours, [LEFT, RIGHT]);
  const y = doseScale(pump);
  const limits = pump.limits.filter((span, i) => i === 0 || differs(span, pump.limits[i - 1]!));
  const units = (base: number) => base / pump.baseUnitsPerUnit;
  const title = `${pump.name}: ${pump.drug}, ${weight(pump.weightG)}`;
  return el(
    "figure",
    { style: "margin:0" },
    el("h3", {}, title, el("span", { class: "unit" }, ` ${pump.unit}, log scale`)),
    svg(
      WIDTH,
      HEIGHT,
      `${title}, dose in ${pump.unit} over time, with limits`,
      limits.map((span, i) => bands(day, span, limits[i + 1]?.fromMs, units, x, y)),
      axes(day, x, y),
      pump.boluses.map(({ fromMs, toMs }) =>
        el("rect", {
          x: x(fromMs),
          y: BOTTOM - 7,
          width: Math.max(x(toMs) - x(fromMs), 3),
          height: 7,
          fill: COLOUR.bolus,
        }),
      ),
      steps(day, pump, units, x, y),
      asked(day, pump, units, x, y),
      limitLabels(limits, units, y),
      limits.slice(1).map((span) => changed(span, x)),
    ),
  );
}

/** From below the lowest dose to above the highest dose or limit, by orders of magnitude: a hard limit may be far away. */
function doseScale(pump: PumpResult): Scale {
  const asked = pump.happenings.flatMap(({ dose }) => (dose === null ? [] : [dose]));
  const given = pump.doses.flatMap(({ dose }) => (dose !== null && dose > 0 ? [dose] : []));
  const limits = pump.limits.flatMap(({ softMin, softMax, hardMax }) => [softMin, softMax, hardMax]);
  const all = [...asked, ...given, ...limits.filter((it): it is number => it !== null && it > 0)];
  const per = pump.baseUnitsPerUnit;
  return logarithmic([Math.min(...all) / per / 1.5, (Math.max(...all) / per) * 1.35], [BOTTOM, TOP]);
}

/** The limits of one library, until the next one was active. */
function bands(
  day: DayResult,
  span: LimitsSpan,
  untilMs: number | undefined,
  units: (base: number) => number,
  x: Scale,
  y: Scale,
): Markup[] {
  const from = x(span.fromMs);
  const width = x(untilMs ?? day.hours * 3_600_000) - from;
  const at = (base: number | null, edge: number) => (base === null ? edge : y(units(base)));
  const band = (top: number, bottom: number, fill: string) =>
    bottom - top > 0.1 ? [el("rect", { x: from, y: top, width, height: bottom - top, fill })] : [];
  const hardTop = at(span.hardMax, TOP);
  const softTop = Math.max(at(span.softMax, hardTop), hardTop);
  const hardBottom = at(span.hardMin, BOTTOM);
  const softBottom = Math.min(at(span.softMin, hardBottom), hardBottom);
  return [
    ...band(TOP, hardTop, COLOUR.bandHard),
    ...band(hardTop, softTop, COLOUR.bandSoft),
    ...band(softTop, softBottom, COLOUR.bandSafe),
    ...band(softBottom, hardBottom, COLOUR.bandSoft),
    ...band(hardBottom, BOTTOM, COLOUR.bandHard),
  ];
}

function axes(day: DayResult, x: Scale, y: Scale): Markup[] {
  const times = x.ticks.filter((_, i) => i % 2 === 0);
  return [
    el("rect", {
      x: LEFT,
      y: TOP,
      width: RIGHT - LEFT,
      height: BOTTOM - TOP,
      fill: "none",
      stroke: "#9aa5b1",
    }),
    ...times.map((tick) =>
      el(
        "text",
        { x: x(tick), y: BOTTOM + 17, "text-anchor": "middle", class: "muted" },
        timeOfDay(day.openedS, tick),
      ),
    ),
    ...y.ticks.flatMap((tick) => [
      el("line", { x1: LEFT - 4, x2: LEFT, y1: y(tick), y2: y(tick), stroke: "#9aa5b1" }),
      el("text", { x: LEFT - 7, y: y(tick) + 4, "text-anchor": "end", class: "muted" }, plain(tick)),
    ]),
  ];
}

/** The given dose as steps; nothing is drawn where nothing flows. */
function steps(
  day: DayResult,
  pump: PumpResult,
  units: (base: number) => number,
  x: Scale,
  y: Scale,
): Markup {
  let path = "";
  let pen = false;
  pump.doses.forEach(({ atMs, dose }, i) => {
    const flows = dose !== null && dose > 0;
    if (flows) {
      const level = fixed(y(units(dose)));
      const until = fixed(x(pump.doses[i + 1]?.atMs ?? day.hours * 3_600_000));
      path += `${pen ? "L" : "M"}${fixed(x(atMs))} ${level}L${until} ${level}`;
    }
    pen = flows;
  });
  return el("path", {
    d: path,
    fill: "none",
    stroke: COLOUR.line,
    "stroke-width": 2.2,
    "stroke-linejoin": "round",
  });
}

/** Doses that were ordered and not given as ordered. */
function asked(
  day: DayResult,
  pump: PumpResult,
  units: (base: number) => number,
  x: Scale,
  y: Scale,
): (Markup | null)[] {
  return pump.happenings.map((it) => {
    const kind = signOf(it);
    if (it.dose === null || (kind !== "soft" && kind !== "refused")) return null;
    const text = `${clockTime(day.openedS, it.atMs)} ${it.what}: ${it.reason ?? ""}`;
    return sign(kind, x(it.atMs), y(units(it.dose)), text, 5.5);
  });
}

/** Names of the limits at the right edge, those of the last library. */
function limitLabels(
  limits: readonly LimitsSpan[],
  units: (base: number) => number,
  y: Scale,
): (Markup | null)[] {
  const last = limits.at(-1);
  const named = [
    ["hard max", last?.hardMax ?? null],
    ["soft max", last?.softMax ?? null],
    ["soft min", last?.softMin ?? null],
    ["hard min", last?.hardMin ?? null],
  ] as const;
  return named.map(([name, base]) =>
    base === null || base === 0
      ? null
      : el("text", { x: RIGHT + 6, y: y(units(base)) + 4, class: "muted" }, `${name} ${plain(units(base))}`),
  );
}

/** Where a new library changed the limits. */
function changed(span: LimitsSpan, x: Scale): Markup {
  const at = x(span.fromMs);
  const style = `fill:${COLOUR.landmark}`;
  return el(
    "g",
    {},
    el("line", { x1: at, x2: at, y1: TOP, y2: BOTTOM, stroke: COLOUR.landmark, "stroke-dasharray": "5 3" }),
    el("text", { x: at + 5, y: BOTTOM - 10, style }, `library v${span.libraryVersion}`),
  );
}

function differs(a: LimitsSpan, b: LimitsSpan): boolean {
  return (["hardMin", "softMin", "softMax", "hardMax"] as const).some((bound) => a[bound] !== b[bound]);
}

function fixed(value: number): number {
  return Math.round(value * 10) / 10;
}
