/** The ward's day: one lane per pump with what it did, what was asked of it, what was refused, and who attacked it. */
import { PHASE } from "../gate/names.js";
import { clockTime, timeOfDay } from "../ward/clock-time.js";
import type { Happening } from "../ward/happening.js";
import type { DayResult, DosePoint, PumpResult } from "../ward/result.js";
import { el, type Markup, svg, tip } from "./markup.js";
import { logarithmic, type Scale, timeScale } from "./scale.js";
import { legend, lineItem, patchItem, sign, type Sign, signItem } from "./signs.js";
import { COLOUR } from "./style.js";

const WIDTH = 1230;
const LEFT = 176;
const RIGHT = WIDTH - 20;
const TOP = 52;
const LANE = 92;
/** Within a lane, from its top. */
const ATTACKS_Y = 8;
const REFUSED_Y = 20;
const MARKS_Y = 32;
const BOLUS_Y = 42;
const AREA_TOP = 48;
const AREA_BOTTOM = 78;
const STRIP = 7;

export function timeline(day: DayResult): Markup {
  const height = TOP + day.pumps.length * LANE + 8;
  const x = timeScale(day.hours, [LEFT, RIGHT]);
  const label = `Timeline of ${day.pumps.length} pumps over ${day.hours} hours`;
  return el(
    "div",
    {},
    timelineLegend(),
    svg(
      WIDTH,
      height,
      label,
      axis(day, x, height),
      day.pumps.map((pump, index) => lane(day, pump, index, x)),
      landmarks(day, x, height),
    ),
  );
}

function timelineLegend(): Markup {
  return legend([
    patchItem(COLOUR.running, "running; height: dose, log scale"),
    patchItem(COLOUR.paused, "paused"),
    patchItem(COLOUR.complete, "bag delivered"),
    patchItem(COLOUR.off, "power lost"),
    patchItem(COLOUR.bolus, "bolus"),
    signItem("permit", "permitted"),
    signItem("soft", "stopped at a soft limit"),
    signItem("refused", "refused"),
    signItem("alarm", "alarm"),
    signItem("attack", "attack, refused"),
    lineItem(COLOUR.landmark, "hospital-wide", "5 3"),
  ]);
}

function axis(day: DayResult, x: Scale, height: number): Markup[] {
  return x.ticks.map((tick) =>
    el(
      "g",
      {},
      el("line", { x1: x(tick), x2: x(tick), y1: TOP, y2: height - 8, stroke: COLOUR.faint }),
      el(
        "text",
        { x: x(tick), y: TOP - 6, "text-anchor": "middle", class: "muted" },
        timeOfDay(day.openedS, tick),
      ),
    ),
  );
}

function landmarks(day: DayResult, x: Scale, height: number): Markup[] {
  return day.landmarks.map(({ atMs, text }, index) => {
    const at = x(atMs);
    const last = index === day.landmarks.length - 1;
    // Labels stand apart: to the left, in the middle, to the right of their lines.
    const anchor = index === 0 ? "end" : last ? "start" : "middle";
    const shift = index === 0 ? 4 : last ? -4 : 0;
    return el(
      "g",
      {},
      el("line", {
        x1: at,
        x2: at,
        y1: 20,
        y2: height - 8,
        stroke: COLOUR.landmark,
        "stroke-width": 1.6,
        "stroke-dasharray": "5 3",
      }),
      el(
        "text",
        {
          x: at + shift,
          y: 14,
          "text-anchor": anchor,
          fill: COLOUR.landmark,
          style: `fill:${COLOUR.landmark}`,
        },
        text,
      ),
    );
  });
}

function lane(day: DayResult, pump: PumpResult, index: number, x: Scale): Markup {
  const top = TOP + index * LANE;
  const when = ({ atMs }: { readonly atMs: number }) => clockTime(day.openedS, atMs);
  return el(
    "g",
    { transform: `translate(0 ${top})` },
    el("rect", {
      x: 0,
      y: 0,
      width: WIDTH,
      height: LANE - 4,
      fill: index % 2 === 0 ? "#f7f9fb" : "#ffffff",
      "fill-opacity": 0.6,
    }),
    el("text", { x: 8, y: 26, class: "strong" }, pump.name),
    el("text", { x: 8, y: 44 }, pump.drug),
    el("text", { x: 8, y: 60, class: "muted" }, `${weight(pump.weightG)}, ${pump.unit}`),
    flow(day, pump, x),
    pump.boluses.map(({ fromMs, toMs }) =>
      el(
        "rect",
        {
          x: x(fromMs),
          y: BOLUS_Y - 4,
          width: Math.max(x(toMs) - x(fromMs), 4),
          height: 7,
          rx: 3,
          fill: COLOUR.bolus,
        },
        tip(`bolus at ${clockTime(day.openedS, fromMs)}`),
      ),
    ),
    pump.powerLosses.map(({ fromMs, toMs }) =>
      el(
        "rect",
        {
          x: x(fromMs),
          y: REFUSED_Y - 6,
          width: Math.max(x(toMs) - x(fromMs), 3),
          height: AREA_BOTTOM + STRIP - REFUSED_Y + 6,
          fill: COLOUR.off,
        },
        tip(`power lost at ${clockTime(day.openedS, fromMs)}`),
      ),
    ),
    pump.happenings.map((it) => {
      const kind = signOf(it);
      const y = kind === "attack" ? ATTACKS_Y : kind === "permit" ? MARKS_Y : REFUSED_Y;
      return kind === null
        ? null
        : sign(kind, x(it.atMs), y, `${when(it)} ${it.actor} ${it.what}: ${it.answer} ${it.reason ?? ""}`);
    }),
  );
}

/** Log reading is too frequent to show; what did not concern the gate has no sign. */
export function signOf({ actor, kind, answer, what }: Happening): Sign | null {
  if (actor === "attacker") return "attack";
  if (kind === "alarm") return "alarm";
  if (kind === "log" || kind === "power" || (actor === "world" && what !== "")) return null;
  if (answer === "NEEDS_OVERRIDE") return "soft";
  return answer === "DENY" || answer === "REFUSED" ? "refused" : "permit";
}

/** The dose as an area, and the phase as a strip below it. */
function flow(day: DayResult, pump: PumpResult, x: Scale): Markup[] {
  const doses = pump.doses.map(({ dose }) => dose ?? 0).filter((dose) => dose > 0);
  if (doses.length === 0) return [];
  const y = logarithmic([Math.min(...doses) / 2, Math.max(...doses)], [0, AREA_BOTTOM - AREA_TOP]);
  return pump.doses.flatMap((point, i): Markup[] => {
    if (point.dose === null) return [];
    const from = x(point.atMs);
    const width = Math.max(x(pump.doses[i + 1]?.atMs ?? day.hours * 3_600_000) - from, 0.6);
    const tall = point.dose > 0 ? y(point.dose) : 0;
    const strip = el("rect", { x: from, y: AREA_BOTTOM, width, height: STRIP, fill: phaseColour(point) });
    if (tall === 0) return [strip];
    return [
      el("rect", {
        x: from,
        y: AREA_BOTTOM - tall,
        width,
        height: tall,
        fill: COLOUR.running,
        "fill-opacity": 0.55,
      }),
      strip,
    ];
  });
}

function phaseColour({ phase }: DosePoint): string {
  if (phase === PHASE.RUNNING) return COLOUR.running;
  return phase === PHASE.PAUSED ? COLOUR.paused : COLOUR.complete;
}

export function weight(weightG: number): string {
  return weightG < 10_000 ? `${weightG} g` : `${weightG / 1000} kg`;
}
