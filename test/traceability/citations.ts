/** Who cites what: ids of requirements, and sections of SPEC, in sources, tests and pages. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { idsOf, type RequirementList, ROOT } from "./requirements.js";

/** `1.4.3, 1.4.4 and 2.1`; a number behind a comma that belongs to the sentence is none if it has no dot. */
const MORE = "(?:(?:, | and | or )\\d+(?:\\.\\d+)+(?![\\w.-]*\\w))*";
const GIP = new RegExp(`\\bGIP (hazards? )?(\\d+(?:\\.\\d+)+${MORE})`, "g");
const OPEN_PCA_R = /(?<![\w.])R(\d+\.\d+(?:\.\d+)*(?:\(\d+\))?)/g;
const OPEN_PCA_EC = /(Open PCA )?(?<![\w-])EC(\d+)(?!\d)/g;
const OPEN_PCA_TABLE = /\bOpen PCA table (\d+)/g;
const CVE = /\bCVE-\d{4}-\d{4,7}/g;
const OWN = /\bDG-[A-Z]{3,}-\d+/g;
/** The key type of COSE (RFC 9053), which is no error case of a pump. */
const COSE_EC2 = "2";

/** A comment may break a line anywhere. */
function joined(text: string): string {
  return text.replace(/\s*\n\s*(?:\*(?!\/)|\/\/|#)?\s*/g, " ");
}

const numbers = (list: string): string[] => list.split(/, | and | or /);

/** Ids that a text cites, each once. */
export function idsCitedIn(text: string): string[] {
  const line = joined(text);
  const found = [
    ...[...line.matchAll(GIP)].flatMap((m) =>
      numbers(m[2]!).map((n) => (m[1] === undefined ? `GIP ${n}` : `GIP hazard ${n}`)),
    ),
    ...[...line.matchAll(OPEN_PCA_R)].map((m) => `Open PCA R${m[1]!}`),
    ...[...line.matchAll(OPEN_PCA_EC)]
      .filter((m) => m[1] !== undefined || m[2] !== COSE_EC2)
      .map((m) => `Open PCA EC${m[2]!}`),
    ...[...line.matchAll(OPEN_PCA_TABLE)].map((m) => `Open PCA table ${m[1]!}`),
    ...[...line.matchAll(CVE)].map((m) => m[0]),
    ...[...line.matchAll(OWN)].map((m) => m[0]),
  ];
  return [...new Set(found)];
}

/** Ids that a text may cite. */
export function knownIds(list: RequirementList): Set<string> {
  return new Set([...list.requirements.flatMap(idsOf), ...Object.keys(list.placeholders)]);
}

/** Cited ids that the list does not have. A numbered item of a known requirement, `R5.2(5)`, is known. */
export function unknownIds(text: string, known: ReadonlySet<string>): string[] {
  return idsCitedIn(text).filter((id) => !known.has(id) && !known.has(id.replace(/\(\d+\)$/, "")));
}

/** Numbers of the sections of a page, with their titles. */
export function sectionsOf(page: string): Map<string, string> {
  return new Map([...page.matchAll(/^#{2,3} (\d+(?:\.\d+)?) (.+)$/gm)].map((m) => [m[1]!, m[2]!]));
}

/** `SPEC 4.4, 10`: the sections that a text cites. */
export function sectionsCitedIn(text: string): string[] {
  const list = /\bSPEC(?:\.md)? (\d+(?:\.\d+)*(?:(?:, | and | or )\d+(?:\.\d+)*(?![\w.-]|, \d))*)/g;
  return [...joined(text).matchAll(list)].flatMap((m) => numbers(m[1]!));
}

/** Text files of the repository's folders, by path from its root. */
export function sourceFiles(folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(ts|mjs|py|md|json|ya?ml|css|html)$/.test(name))
      .map((name) => `${folder}/${name}`)
      .sort(),
  );
}
