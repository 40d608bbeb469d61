/** The signs that charts share, each drawn around a point, and their legends. */
import { el, type Markup, svg, tip } from "./markup.js";
import { COLOUR } from "./style.js";

export type Sign = "permit" | "soft" | "refused" | "attack" | "alarm";

export function sign(kind: Sign, x: number, y: number, text: string, size = 4.5): Markup {
  const title = tip(text);
  const [left, right, top, bottom] = [x - size, x + size, y - size, y + size].map(
    (it) => Math.round(it * 100) / 100,
  );
  switch (kind) {
    case "permit":
      return el("circle", { cx: x, cy: y, r: size - 1, fill: COLOUR.permit, stroke: "#fff" }, title);
    case "soft": {
      const points = `${x},${top} ${right},${y} ${x},${bottom} ${left},${y}`;
      return el("polygon", { points, fill: COLOUR.soft, stroke: "#5f4200", "stroke-width": 0.8 }, title);
    }
    case "refused": {
      const d = `M${left} ${top}L${right} ${bottom}M${left} ${bottom}L${right} ${top}`;
      return el("path", { d, stroke: COLOUR.refused, "stroke-width": 2.6, fill: "none" }, title);
    }
    case "attack":
      return el(
        "line",
        { x1: x, x2: x, y1: top, y2: bottom, stroke: COLOUR.attack, "stroke-width": 1.6 },
        title,
      );
    case "alarm": {
      const points = `${x},${top} ${right},${bottom} ${left},${bottom}`;
      return el("polygon", { points, fill: "#fff", stroke: COLOUR.refused, "stroke-width": 1.8 }, title);
    }
  }
}

/** A line of a legend: what is drawn, and what it means. */
export interface LegendItem {
  readonly drawn: Markup;
  readonly text: string;
}

export function legend(items: readonly LegendItem[]): Markup {
  return el(
    "div",
    { class: "legend" },
    items.map(({ drawn, text }) => el("span", {}, drawn, text)),
  );
}

export function signItem(kind: Sign, text: string): LegendItem {
  return { drawn: svg(18, 14, text, sign(kind, 9, 7, text)), text };
}

export function patchItem(fill: string, text: string): LegendItem {
  const box = el("rect", {
    x: 1,
    y: 2,
    width: 16,
    height: 10,
    rx: 2,
    fill,
    stroke: "#8893a0",
    "stroke-width": 0.6,
  });
  return { drawn: svg(18, 14, text, box), text };
}

export function lineItem(stroke: string, text: string, dash: string | null = null): LegendItem {
  const line = el("line", {
    x1: 0,
    x2: 18,
    y1: 7,
    y2: 7,
    stroke,
    "stroke-width": 2.4,
    "stroke-dasharray": dash,
  });
  return { drawn: svg(18, 14, text, line), text };
}
