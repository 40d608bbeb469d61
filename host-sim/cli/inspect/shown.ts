/** What inspection says: a tree of named words, beside the bare values for programs. */
import { toHex } from "../../authority/bytes.js";
import { formatInstant } from "../../authority/instant.js";
import { formatDuration } from "../../authority/quantity.js";

export interface Shown {
  readonly name: string;
  /** For people: the value with unit, date or name. */
  readonly words: string;
  /** For programs: a number, a text, hex digits; integers above 2^53-1 as text. */
  readonly value?: number | string | boolean;
  readonly parts?: readonly Shown[];
}

/** Byte strings up to this length are shown whole. */
const BYTES_SHOWN = 64;

export function field(name: string, value: number | string, words: string = String(value)): Shown {
  return { name, words, value };
}

export function hexField(name: string, bytes: Uint8Array, note = ""): Shown {
  const hex = toHex(bytes);
  const short = bytes.length <= BYTES_SHOWN ? hex : `${hex.slice(0, 32)}... (${bytes.length} bytes)`;
  return { name, words: (bytes.length === 0 ? "empty" : short) + note, value: hex };
}

export function secretField(name: string, bytes: Uint8Array): Shown {
  return { name, words: `${bytes.length} bytes, secret: not shown` };
}

export function dateField(name: string, seconds: number): Shown {
  return field(name, seconds, formatInstant(seconds));
}

export function durationField(name: string, seconds: number): Shown {
  return field(name, seconds, formatDuration(seconds));
}

export function group(name: string, words: string, parts: readonly Shown[]): Shown {
  return { name, words, parts };
}

/** The tree as indented lines. */
export function lines(shown: Shown, depth = 0): string[] {
  const pad = "  ".repeat(depth);
  const parts = shown.parts ?? [];
  const width = Math.max(0, ...parts.filter((part) => !part.parts).map((part) => part.name.length));
  const own = [shown.name, shown.words].filter((text) => text !== "").join(": ");
  return [
    pad + own,
    ...parts.flatMap((part) =>
      part.parts ? lines(part, depth + 1) : [`${pad}  ${part.name.padEnd(width)}  ${part.words}`.trimEnd()],
    ),
  ];
}
