/** A strict reader of markup for tests: the elements of a text, or an error where it is not well-formed. */
export interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

const TAG = /^<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/;
const ATTRIBUTE = /([\w:-]+)="([^"<]*)"/g;
const ENTITY = /&(?!(?:amp|lt|gt|quot|#39);)/;
const DOCTYPE = /^<!doctype html>/;

export function elementsOf(text: string): Element[] {
  const elements: Element[] = [];
  const open: string[] = [];
  let at = DOCTYPE.exec(text)?.[0].length ?? 0;
  while (at < text.length) {
    // HTML takes what stands in a style as it is.
    const end = open.at(-1) === "style" ? text.indexOf("</style>", at) : text.indexOf("<", at);
    const until = end < 0 ? text.length : end;
    const between = text.slice(at, until);
    if (open.at(-1) !== "style" && (ENTITY.test(between) || between.includes(">"))) fail(text, at);
    at = until;
    if (at === text.length) break;
    const tag = TAG.exec(text.slice(at, at + 20_000));
    if (tag === null) fail(text, at);
    const [whole, closing, name, written, empty] = tag as unknown as [string, string, string, string, string];
    if (ENTITY.test(written)) fail(text, at);
    if (closing !== "") {
      if (open.pop() !== name) fail(text, at);
    } else {
      const attributes = new Map(
        [...written.matchAll(ATTRIBUTE)].map(([, key, value]) => [key!, value!] as const),
      );
      elements.push({ name, attributes });
      if (empty === "") open.push(name);
    }
    at += whole.length;
  }
  if (open.length > 0) throw new Error(`not well-formed: ${open.join(" ")} never closed`);
  return elements;
}

function fail(text: string, at: number): never {
  throw new Error(`not well-formed at ${at}: ${text.slice(Math.max(0, at - 40), at + 60)}`);
}
