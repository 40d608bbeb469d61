/**
 * YAML with line numbers, as strict as a safety file should be: every scalar is text (failsafe schema), so no number ever
 * passes through floating point and `1.0` keeps its zero; no anchors, tags, duplicate or unknown keys.
 */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Node,
  type YAMLMap,
} from "yaml";
import { QuantityError } from "../dose.js";
import type { Problem } from "./problem.js";

/** One file being read; collects every problem instead of stopping at the first. */
export class SourceFile {
  private readonly counter = new LineCounter();
  /** How many values could not be read: what depends on them is not judged, so that one mistake has one message. */
  unreadable = 0;
  /** The file's outermost map; undefined if the text is not usable YAML, which is then among the problems. */
  readonly root: Fields | undefined;

  constructor(
    readonly name: string,
    text: string,
    readonly problems: Problem[],
    /** What the first line of such a file may be, for the message about a file of something else. */
    beginning = "`library:` or `areas:`",
  ) {
    const document = parseDocument(text, {
      schema: "failsafe",
      lineCounter: this.counter,
      prettyErrors: false,
      uniqueKeys: true,
    });
    for (const wrong of [...document.errors, ...document.warnings]) {
      this.error(this.lineAt(wrong.pos[0]), "", `not usable YAML: ${wrong.message}`);
    }
    visit(document, (_, node) => {
      if (isAlias(node) || ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor !== undefined)) {
        const advice = "write the value out, so that changing one limit never changes another unseen";
        this.error(this.lineOf(node), "", `anchors and aliases are refused; ${advice}`);
      }
    });
    if (document.errors.length > 0) return;
    const contents = document.contents as Node | null;
    if (isMap(contents)) this.root = new Fields(this, contents, "", "");
    else this.error(1, "", `the file holds no map; begin with ${beginning}`);
  }

  /** Line of a node, 1-based. */
  lineOf(node: Node): number {
    return this.lineAt(node.range?.[0] ?? 0);
  }

  error(line: number, subject: string, message: string): void {
    this.problems.push({ severity: "error", file: this.name, line, subject, message });
  }

  private lineAt(offset: number): number {
    return Math.max(1, this.counter.linePos(offset).line);
  }
}

/** One map of a file: typed access to its keys, with problems that name file, line, subject and field. */
export class Fields {
  private readonly values = new Map<string, Node>();
  private readonly lines = new Map<string, number>();
  readonly line: number;

  /** `path` prefixes field names ("continuous."), `subject` says what the map is about. */
  constructor(
    readonly file: SourceFile,
    node: YAMLMap,
    readonly path: string,
    public subject: string,
  ) {
    this.line = file.lineOf(node);
    for (const { key, value } of node.items) {
      if (!isScalar(key)) {
        this.error("", "a key must be a word");
        continue;
      }
      const name = String(key.value);
      this.lines.set(name, file.lineOf(key));
      const empty = value === null || (isScalar(value) && (value.value === null || value.value === ""));
      if (empty) this.unreadable(name, `${path}${name} has no value; write one or remove the line`);
      else this.values.set(name, value as Node);
    }
  }

  /** Whether the key is written at all, with a usable value or not. */
  has(key: string): boolean {
    return this.lines.has(key);
  }

  /** Line of a key, or of the map where the key is absent. */
  lineOf(key: string): number {
    return this.lines.get(key) ?? this.line;
  }

  error(key: string, message: string): void {
    this.file.error(this.lineOf(key), this.subject, message);
  }

  /** A value that cannot be read. */
  private unreadable(key: string, message: string): void {
    this.file.unreadable += 1;
    this.error(key, message);
  }

  /** Refuses every key that is not among `known`. */
  only(known: readonly string[]): void {
    for (const key of this.lines.keys()) {
      if (known.includes(key)) continue;
      const advice = /^[0-9]{3}$/.test(key)
        ? "write numbers without commas"
        : `write one of: ${known.join(", ")}`;
      this.error(key, `unknown key "${this.path}${key}"; ${advice}`);
    }
  }

  /** Text of a key; undefined if it is absent or not text, which is then a problem. */
  text(key: string): string | undefined {
    const node = this.values.get(key);
    if (node === undefined) return undefined;
    if (isScalar(node) && String(node.value).trim() !== "") return String(node.value).trim();
    this.unreadable(key, `${this.path}${key} must be one value`);
    return undefined;
  }

  /** Text of a key that must be there. */
  requiredText(key: string, example: string): string | undefined {
    if (!this.has(key)) this.missing(key, example);
    return this.text(key);
  }

  /** Reads a key by `parse`, whose QuantityError becomes a problem of this line. */
  read<T>(key: string, parse: (text: string, onWarning: (message: string) => void) => T): T | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    try {
      // A trailing zero is refused here, not only warned about: a library is copied for years.
      return parse(text, (message) => this.error(key, `${this.path}${key}: ${message}`));
    } catch (error) {
      if (!(error instanceof QuantityError)) throw error;
      this.unreadable(key, `${this.path}${key}: ${error.message}`);
      return undefined;
    }
  }

  /** As `read`, for a key that must be there. */
  required<T>(
    key: string,
    example: string,
    parse: (text: string, onWarning: (message: string) => void) => T,
  ): T | undefined {
    if (!this.has(key)) this.missing(key, example);
    return this.read(key, parse);
  }

  /** A map under a key. */
  fields(key: string): Fields | undefined {
    const node = this.values.get(key);
    if (node === undefined) return undefined;
    if (isMap(node)) return new Fields(this.file, node, `${this.path}${key}.`, this.subject);
    if (!isAlias(node)) {
      this.unreadable(key, `${this.path}${key} must be a map, for example { min: 30, max: 250 }`);
    }
    return undefined;
  }

  isMap(key: string): boolean {
    return isMap(this.values.get(key));
  }

  /** The maps of a list under a key; names inside start anew, without a prefix. */
  list(key: string): Fields[] {
    const node = this.values.get(key);
    if (node === undefined) return [];
    if (!isSeq(node)) {
      this.error(key, `${this.path}${key} must be a list, each item beginning with "- "`);
      return [];
    }
    return node.items.flatMap((item) => {
      if (isMap(item)) return [new Fields(this.file, item, "", this.subject)];
      this.error(key, `each item of ${this.path}${key} must be a map`);
      return [];
    });
  }

  /** A list of words under a key. */
  words(key: string): string[] {
    const node = this.values.get(key);
    if (node === undefined) return [];
    if (isSeq(node) && node.items.every((item) => isScalar(item))) {
      return node.items.map((item) => String(item.value));
    }
    this.error(key, `${this.path}${key} must be a list of words, for example [override]`);
    return [];
  }

  missing(key: string, example: string): void {
    // A missing source says nothing about the numbers beside it.
    if (key !== "source") this.file.unreadable += 1;
    this.error(key, `${this.path}${key} is missing; add, for example, \`${key}: ${example}\``);
  }
}
