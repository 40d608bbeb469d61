/** What can be said of the list of requirements without a run: ids, files, names of tests, citations. Each returns what is wrong. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { sectionsCitedIn, unknownIds } from "./citations.js";
import { idsOf, originOf, type RequirementList, ROOT } from "./requirements.js";
import { canContain, type Title, titlesIn } from "./titles.js";

/** Ids that occur twice, have no origin or no room, or do not say where they are from. */
export function badIds(list: RequirementList): string[] {
  const ids = list.requirements.flatMap(idsOf);
  const twice = ids.filter((id, i) => ids.indexOf(id) !== i);
  const rooms = Object.keys(list.rooms);
  const own = ids.filter((id) => id.startsWith("DG-"));
  return [
    ...twice.map((id) => `${id}: listed twice`),
    ...ids.filter((id) => originOf(list, id) === undefined).map((id) => `${id}: no origin has ids like this`),
    ...own.filter((id) => !rooms.includes(id.slice(0, -3))).map((id) => `${id}: its room is not listed`),
    ...rooms
      .filter((room) => !own.some((id) => id.startsWith(`${room}-`)))
      .map((room) => `${room}: an empty room`),
    ...Object.keys(list.placeholders)
      .filter((id) => ids.includes(id))
      .map((id) => `${id}: a placeholder is no requirement`),
  ];
}

/** Files named as code that are not there, or stand where no code stands. */
export function missingCode(list: RequirementList): string[] {
  return list.requirements.flatMap(({ id, code }) =>
    code
      .filter((path) => !/^(assembly|host-sim)\//.test(path) || !isFile(path))
      .map((path) => `${id}: ${path} is no file of assembly/ or host-sim/`),
  );
}

/** Tests named that no file has. */
export function missingTests(list: RequirementList): string[] {
  const read = new Map<string, readonly Title[]>();
  return list.requirements.flatMap(({ id, tests }) =>
    tests.flatMap(({ file, name }) => {
      if (!isFile(file)) return [`${id}: ${file} is not there`];
      const titles = read.get(file) ?? titlesIn(file);
      read.set(file, titles);
      return titles.some((title) => canContain(title, name)) ? [] : [`${id}: ${file} has no test "${name}"`];
    }),
  );
}

/** Requirements whose source is a section of SPEC that does not exist, and sections from which no requirement is taken. */
export function badSections(list: RequirementList, sections: ReadonlyMap<string, string>): string[] {
  const cited = new Map(list.requirements.map(({ id, source }) => [id, sectionsCitedIn(source ?? "")]));
  const used = new Set([...cited.values()].flat());
  const hasParts = (section: string): boolean =>
    [...sections.keys()].some((other) => other.startsWith(`${section}.`));
  return [
    ...[...cited].flatMap(([id, found]) =>
      found
        .filter((section) => !sections.has(section))
        .map((section) => `${id}: SPEC has no section ${section}`),
    ),
    ...[...sections]
      .filter(([section]) => !used.has(section) && !hasParts(section))
      .map(([section, title]) => `SPEC ${section} (${title}): no requirement is taken from it`),
  ];
}

/** Citations in texts, by path, of ids that are not listed. */
export function unknownCitations(texts: ReadonlyMap<string, string>, known: ReadonlySet<string>): string[] {
  return [...texts].flatMap(([path, text]) => unknownIds(text, known).map((id) => `${path}: ${id}`));
}

function isFile(path: string): boolean {
  const full = join(ROOT, path);
  return existsSync(full) && statSync(full).isFile();
}
