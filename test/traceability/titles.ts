/**
 * Titles of tests as their sources have them, without running anything: enough to tell a stale reference at once. Whether a test ran
 * and passed is asked of the report of a run (coverage.ts).
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import ts from "typescript";
import { ROOT } from "./requirements.js";

/** Text that only a run knows: of a parameter, of a variable. Within one title. */
const ANY = Symbol("any");
/** Titles that only a run knows: of whatever calls a helper. */
const OUTER = Symbol("outer");
/** Letters and unknown stretches of a full name. */
export type Title = readonly (string | typeof ANY | typeof OUTER)[];

/** What stands between two titles of a full name, as one letter that no title has. */
const BETWEEN = "\0";
const lettersOf = (name: string): string[] => Array.from(name.replaceAll(" > ", BETWEEN));

/** Letters of a name that must stand in the source, so that a title which is all parameter does not vouch for anything. */
const LITERAL_MIN = 4;
const PLACEHOLDER = /%(?:%|[sdifjoOc#$])|\$(?:\w+(?:\.\w+)*|#)/;

/** Full titles of the tests in a source text. */
export function titlesOf(source: string): Title[] {
  const file = ts.createSourceFile("titles.ts", source, ts.ScriptTarget.ES2022, true);
  const found: Title[] = [];
  visit(file, [], (title) => found.push(title));
  return found;
}

function visit(node: ts.Node, path: Title, tell: (title: Title) => void): void {
  let below = path;
  const call = testCall(node);
  if (call !== undefined) {
    below = [...path, ...(path.length > 0 ? [BETWEEN] : []), ...titleOf(call)];
    if (call.kind === "it") tell(below);
  } else if (isHelper(node)) {
    below = [...path, OUTER]; // called from who knows where
  }
  ts.forEachChild(node, (child) => visit(child, below, tell));
}

/** Tests in a function with a name stand below whatever calls it. */
function isHelper(node: ts.Node): boolean {
  if (ts.isFunctionDeclaration(node)) return true;
  return (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) && ts.isVariableDeclaration(node.parent);
}

interface TestCall {
  readonly kind: "describe" | "it";
  readonly title: ts.Expression;
  /** Whether its title may hold placeholders. */
  readonly each: boolean;
}

/** `it("...")`, `it.each(table)("...")`, `describe.skipIf(x)("...")`; undefined for what is no test. */
function testCall(node: ts.Node): TestCall | undefined {
  if (!ts.isCallExpression(node) || node.arguments.length < 2) return undefined;
  let callee: ts.Node = node.expression;
  let each = false;
  for (;;) {
    if (ts.isPropertyAccessExpression(callee)) {
      each ||= callee.name.text === "each" || callee.name.text === "for";
      callee = callee.expression;
    } else if (ts.isCallExpression(callee)) {
      callee = callee.expression;
    } else if (ts.isTaggedTemplateExpression(callee)) {
      callee = callee.tag;
    } else {
      break;
    }
  }
  if (!ts.isIdentifier(callee)) return undefined;
  const name = callee.text === "test" ? "it" : callee.text;
  if (name !== "it" && name !== "describe") return undefined;
  return { kind: name, title: node.arguments[0]!, each };
}

function titleOf({ title, each }: TestCall): Title {
  return literals(title).flatMap((part) => {
    if (part === ANY) return [ANY];
    const known = each ? part.split(PLACEHOLDER) : [part];
    return known.flatMap((text, i) => (i === 0 ? lettersOf(text) : [ANY, ...lettersOf(text)]));
  });
}

/** The known and unknown stretches of an expression. */
function literals(node: ts.Expression): (string | typeof ANY)[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isTemplateExpression(node)) {
    return [node.head.text, ...node.templateSpans.flatMap(({ literal }) => [ANY, literal.text] as const)];
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    return [...literals(node.left), ...literals(node.right)];
  }
  return [ANY];
}

/** Whether some full name of this title contains `name`, with enough of it standing in the source. */
export function canContain(title: Title, name: string): boolean {
  const wanted = lettersOf(name);
  const enough = Math.min(LITERAL_MIN, wanted.length);
  // best[p]: most letters found in the source, with the letters so far read and the next one to stand at p; -1: impossible.
  let best: number[] = title.map(() => 0);
  best.push(-1);
  for (const [i, letter] of wanted.entries()) {
    const next: number[] = new Array<number>(title.length + 1).fill(-1);
    const reach = (at: number, count: number): void => {
      next[at] = Math.max(next[at]!, count);
    };
    for (let p = 0; p < title.length; p++) {
      if (best[p]! < 0) continue;
      // An unknown stretch takes a letter, or is over: then the letter stands behind it.
      let q = p;
      for (; isUnknown(title[q]); q++) {
        if (letter !== BETWEEN || title[q] === OUTER) reach(q, best[p]!);
      }
      if (title[q] === letter) reach(q + 1, best[p]! + 1);
    }
    best = next;
    if (i + 1 < wanted.length && best.every((count) => count < 0)) return false;
  }
  return best.some((count) => count >= enough);
}

function isUnknown(part: Title[number] | undefined): boolean {
  return part === ANY || part === OUTER;
}

/** Titles in a file of tests and in the files below test/ that it imports. */
export function titlesIn(path: string, seen = new Set<string>()): Title[] {
  if (seen.has(path) || !existsSync(join(ROOT, path))) return [];
  seen.add(path);
  const source = readFileSync(join(ROOT, path), "utf8");
  const imported = [...source.matchAll(/\bfrom "(\.{1,2}\/[^"]+)\.js"/g)]
    .map((m) => normalize(join(dirname(path), `${m[1]!}.ts`)))
    .filter((file) => file.startsWith("test/"));
  return [...titlesOf(source), ...imported.flatMap((file) => titlesIn(file, seen))];
}
