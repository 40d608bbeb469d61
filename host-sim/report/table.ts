/** Tables of a report. */
import { type Child, el, type Markup } from "./markup.js";

/** `numbers`: columns whose heads stand right. Cells are whole `td` elements. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly Child[])[],
  numbers: readonly number[] = [],
): Markup {
  const head = heads.map((text, i) => el("th", numbers.includes(i) ? { class: "number" } : {}, text));
  return el(
    "table",
    {},
    el("thead", {}, el("tr", {}, head)),
    el(
      "tbody",
      {},
      rows.map((row) => el("tr", {}, row)),
    ),
  );
}

export function numberCell(value: number | string): Markup {
  return el("td", { class: "number" }, typeof value === "number" ? value.toLocaleString("en-US") : value);
}

/** A verdict in a word and a colour. */
export function mark(ok: boolean, yes: string, no: string): Markup {
  return el("span", { class: ok ? "ok" : "bad-text" }, ok ? `\u2713 ${yes}` : `\u2717 ${no}`);
}
