import { type Child, el, Markup, render } from "./markup.js";
import { STYLE } from "./style.js";

/** A page as one HTML file that needs nothing else: no script, no font, no network. */
export function htmlDocument(title: string, ...body: readonly Child[]): string {
  const page = el(
    "html",
    { lang: "en" },
    el(
      "head",
      {},
      el("meta", { charset: "utf-8" }),
      el("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
      el("title", {}, title),
      el("style", {}, new Markup(STYLE)),
    ),
    el("body", {}, ...body),
  );
  return `<!doctype html>\n${render(page)}\n`;
}
