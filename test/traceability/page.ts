/** docs/TRACEABILITY.md and the table of `npm run trace`, both made from the list of requirements. */
import { posix } from "node:path";
import { groupBy } from "./coverage.js";
import {
  type Origin,
  originOf,
  type Requirement,
  type RequirementList,
  type Scope,
  type TestReference,
} from "./requirements.js";

export const PAGE = "docs/TRACEABILITY.md";
const SCOPES: readonly Scope[] = ["inside", "partly", "outside", "planned"];

/** Requirements of an origin, in the order of the list. */
function requirementsOf(list: RequirementList, origin: Origin): Requirement[] {
  return list.requirements.filter(({ id }) => originOf(list, id) === origin);
}

/** Header and rows: how many requirements of each origin have which scope, and how many tests they name. */
function counts(list: RequirementList): string[][] {
  const row = (name: string, requirements: readonly Requirement[]): string[] => [
    name,
    String(requirements.length),
    ...SCOPES.map((scope) => String(requirements.filter((r) => r.scope === scope).length)),
    String(new Set(requirements.flatMap(({ tests }) => tests.map((t) => `${t.file} ${t.name}`))).size),
  ];
  return [
    ["origin", "requirements", ...SCOPES, "tests named"],
    ...list.origins.map((origin) => row(origin.name, requirementsOf(list, origin))),
    row("all", list.requirements),
  ];
}

/** For a terminal: the counts, and which requirements have no test. */
export function summary(list: RequirementList): string {
  const rows = counts(list);
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ");
  const bare = list.requirements.filter((r) => r.scope !== "outside" && r.tests.length === 0);
  const without = bare.map(({ id, scope, text }) => `  ${id} (${scope}): ${text}`);
  const last =
    bare.length === 0 ? ["Every requirement in scope names a test."] : ["Without a test:", ...without];
  return [...rows.map(line), "", ...last].join("\n");
}

const INTRODUCTION = `# Traceability

What is asked of a gate, by whom, which file does it, and which test shows it. Made from [requirements.yaml](requirements.yaml) by
\`npm run trace -- --write\`: change the list, not this page. A test checks that both agree, that every file and test named is there, and
that no source, test or page cites an id that is not listed; after the suite \`npm run trace -- --report FILE\` checks on vitest's report
that every requirement in scope has a test that ran and passed.

*inside*: the gate does it. *partly*: the gate does its part; what remains with others is said. *outside*: no gate in the pump's
controller can do it. Texts are this project's words, not the sources'.
`;

/** The whole page, in Markdown. */
export function page(list: RequirementList): string {
  const [head, ...rows] = counts(list);
  const cells = (row: readonly string[]): string => `| ${row.join(" | ")} |`;
  const table = [cells(head!), cells(head!.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(cells)];
  return [INTRODUCTION, ...table, "", ...list.origins.flatMap((origin) => chapter(list, origin))].join("\n");
}

function chapter(list: RequirementList, origin: Origin): string[] {
  const requirements = requirementsOf(list, origin);
  const own = requirements.filter(({ id }) => id.startsWith("DG-"));
  const head = [`## ${origin.name}`, "", origin.title, ""];
  if (own.length === 0) return [...head, ...tables(requirements, "###")];
  const rooms = Object.entries(list.rooms).flatMap(([room, title]) => [
    `### ${room}: ${title}`,
    "",
    ...tables(
      requirements.filter(({ id }) => id.startsWith(`${room}-`)),
      "####",
    ),
  ]);
  return [...head, ...rooms];
}

/** What is in scope with its tests, then what is not with its reason. */
function tables(requirements: readonly Requirement[], heading: string): string[] {
  const outside = requirements.filter(({ scope }) => scope === "outside");
  const inside = requirements.filter(({ scope }) => scope !== "outside");
  const lines: string[] = [];
  if (inside.length > 0) {
    lines.push("| id | requirement | done in | shown by |", "|---|---|---|---|", ...inside.map(row), "");
  }
  if (outside.length > 0) {
    if (inside.length > 0) lines.push(`${heading} Outside`, "");
    lines.push("| id | requirement | why outside |", "|---|---|---|");
    lines.push(...outside.map((r) => `| ${names(r)} | ${cell(r.text)} | ${cell(r.reason ?? "")} |`), "");
  }
  return lines;
}

function row(r: Requirement): string {
  const from = r.source === undefined ? "" : ` (${cell(r.source)})`;
  const remains = r.scope === "partly" ? ` *Partly:* ${cell(r.reason ?? "")}` : "";
  const planned = r.scope === "planned" ? " *Planned.*" : "";
  const code = r.code.map((path) => link(path, path.replace(/^assembly\/|\.ts$/g, ""))).join(", ");
  const tests = [...groupBy(r.tests, ({ file }) => file)].map(([file, tests]) => shown(file, tests));
  return `| ${names(r)} | ${cell(r.text)}${from}${remains}${planned} | ${code} | ${tests.join("; ")} |`;
}

/** `GIP 1.3.1, 1.3.2`: what all ids begin with stands once. */
function names({ id, also = [] }: Requirement): string {
  const common = id.slice(0, id.lastIndexOf(" ") + 1);
  return [id, ...also.map((other) => (other.startsWith(common) ? other.slice(common.length) : other))].join(
    ", ",
  );
}

function shown(file: string, tests: readonly TestReference[]): string {
  return `${link(file, file.replace(/^test\/|\.test\.ts$/g, ""))}: ${tests.map(({ name }) => cell(name)).join("; ")}`;
}

function link(path: string, text: string): string {
  return `[${text}](${posix.relative("docs", path)})`;
}

/** Text that a table's cell can hold. */
function cell(text: string): string {
  return text
    .replaceAll("|", "\\|")
    .replaceAll("<", "&lt;")
    .replaceAll(/([*_])/g, "\\$1");
}
