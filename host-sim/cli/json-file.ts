import { readFileSync } from "node:fs";
import { CliError } from "./errors.js";

/** A string or a number of a JSON text; strings are matched whole, so that digits inside them are left alone. */
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * Reads a file of JSON. A file that is missing or not JSON is refused with its name and, for the latter, the line and the column.
 * Integers that a double would round arrive as strings of their digits.
 */
export function readJsonFile(path: string): unknown {
  const text = readTextFile(path);
  try {
    return JSON.parse(text.replace(STRING_OR_NUMBER, exactInteger));
  } catch {
    const offset = firstJsonFault(text);
    const before = text.slice(0, offset).split("\n");
    const place = `${before.length}:${before.at(-1)!.length + 1}`;
    const what = offset >= text.length ? "the file ends too early" : `unexpected ${quote(text, offset)}`;
    throw new CliError(`${path}:${place}: not JSON: ${what}`);
  }
}

/** Reads a file of UTF-8 text, or refuses with its name and the reason. */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, "utf8").replace(/^\u{feff}/u, "");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    const reasons: Record<string, string> = {
      ENOENT: "no such file",
      EISDIR: "is a directory, not a file",
      EACCES: "not allowed to read it",
    };
    throw new CliError(`${path}: ${reasons[code] ?? `cannot be read (${code})`}`);
  }
}

function exactInteger(token: string): string {
  if (token.startsWith('"') || !/^-?\d+$/.test(token)) return token;
  return Number.isSafeInteger(Number(token)) ? token : `"${token}"`;
}

function quote(text: string, offset: number): string {
  return JSON.stringify(String.fromCodePoint(text.codePointAt(offset)!));
}

/**
 * The offset of the first character that no JSON text could have there (RFC 8259), because JSON.parse does not always say. Walks
 * the tokens with the closing brackets still owed as its only memory.
 */
function firstJsonFault(text: string): number {
  const token =
    /[{}[\],:]|"(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy;
  const owed: string[] = [];
  let at = 0;
  let expects: "value" | "value or ]" | "key" | "key or }" | ":" | "end of value" = "value";
  for (;;) {
    while (at < text.length && " \t\r\n".includes(text[at]!)) at++;
    token.lastIndex = at;
    const found = token.exec(text)?.[0];
    if (found === undefined) return faultInside(text, at);
    const closes = found === owed.at(-1) && (expects === "end of value" || expects.endsWith(found));
    if (closes) {
      owed.pop();
      expects = "end of value";
    } else if (expects === "end of value") {
      if (found !== "," || owed.length === 0) return at;
      expects = owed.at(-1) === "}" ? "key" : "value";
    } else if (expects === ":") {
      if (found !== ":") return at;
      expects = "value";
    } else if (expects.startsWith("key")) {
      if (!found.startsWith('"')) return at;
      expects = ":";
    } else if (found === "{" || found === "[") {
      owed.push(found === "{" ? "}" : "]");
      expects = found === "{" ? "key or }" : "value or ]";
    } else if (/^[}\],:]/.test(found)) {
      return at;
    } else {
      expects = "end of value";
    }
    at += found.length;
  }
}

/** Inside a string that does not end, the fault is its line's end, where a person looks for the missing quote. */
function faultInside(text: string, at: number): number {
  if (text[at] !== '"') return at;
  const lineEnd = text.indexOf("\n", at);
  const escape = text
    .slice(at, lineEnd < 0 ? undefined : lineEnd)
    .search(/\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})/);
  if (escape >= 0) return at + escape;
  return lineEnd < 0 ? text.length : lineEnd;
}
