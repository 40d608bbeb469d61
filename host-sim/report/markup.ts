/** HTML and SVG as text: every tag is closed, every string is escaped, so that a report is well-formed whatever names it shows. */

/** Markup that is escaped already. */
export class Markup {
  constructor(readonly text: string) {}
}

export type Child = Markup | string | number | null | readonly Child[];
export type Attributes = Readonly<Record<string, string | number | null | undefined>>;

/** An element; attributes that are null or undefined are left out, numbers are cut to two decimals. */
export function el(name: string, attributes: Attributes = {}, ...children: readonly Child[]): Markup {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]) => ` ${key}="${escape(typeof value === "number" ? short(value) : String(value))}"`)
    .join("");
  const inside = render(children);
  const empty = inside === "" && VOID.has(name);
  return new Markup(empty ? `<${name}${written}/>` : `<${name}${written}>${inside}</${name}>`);
}

/** Elements that may close themselves in HTML and in SVG. */
const VOID = new Set(["line", "rect", "circle", "path", "polygon", "polyline", "meta", "br", "use"]);

export function render(child: Child): string {
  if (child === null) return "";
  if (child instanceof Markup) return child.text;
  if (typeof child === "string") return escape(child);
  if (typeof child === "number") return escape(short(child));
  return child.map(render).join("");
}

/** A drawing with a name for those who cannot see it. `width` and `height` in user units; it scales with the page. */
export function svg(width: number, height: number, label: string, ...children: readonly Child[]): Markup {
  const box = `0 0 ${width} ${height}`;
  return el("svg", { viewBox: box, role: "img", "aria-label": label }, el("title", {}, label), children);
}

/** What shows when the pointer rests on its parent. */
export function tip(text: string): Markup {
  return el("title", {}, text);
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
