/** Whether areas and entries form one library (SPEC 3.2): what no single entry can show. */
import type { LibraryHeader } from "./model.js";
import { type Drug, ENTRIES_MAX, ENTRY_BYTES_MAX, keyOf, type Profile } from "./model.js";
import { encodeEntry } from "./entry.js";
import type { Authored, AuthoredArea, Origin } from "./parse.js";
import type { Problem } from "./problem.js";
import { checkDrug, checkProfile, type Finding } from "./sense.js";
import { dimensionName } from "./doses.js";
import { infeasible } from "./feasible.js";

/** Every problem of the areas together: each entry's own sense, then their order, codes, names and number. */
export function checkAreas(areas: readonly AuthoredArea[], pumpClass: number): Problem[] {
  const problems: Problem[] = [];
  for (const { profile, readable, drugs } of areas) {
    if (readable) problems.push(...located(checkProfile(profile.entry, pumpClass), profile.origin));
    for (const { entry, origin } of drugs) {
      const findings = checkDrug(entry, profile.entry, pumpClass);
      problems.push(...located(findings, origin));
      if (findings.some(({ severity }) => severity === "error")) continue;
      problems.push(
        ...located(infeasible(entry, profile.entry, pumpClass), origin),
        ...tooLong(entry, origin),
      );
    }
  }
  problems.push(...checkKeys(areas), ...checkCodes(areas), ...areas.flatMap(checkWindows));
  const count = areas.reduce((sum, area) => sum + 1 + area.drugs.length, 0);
  if (count > ENTRIES_MAX) {
    const { origin } = areas.at(-1)!.profile;
    problems.push(
      problem(origin, origin.line, `the library has ${count} entries; at most ${ENTRIES_MAX} fit`),
    );
  }
  return problems;
}

/** A header's times against nothing but each other are judged where they are read; here stands what needs entries too. */
export function checkHeader(header: LibraryHeader, file: string): Problem[] {
  if (/not for clinical use/i.test(header.note)) return [];
  const message =
    'the note does not say "NOT FOR CLINICAL USE"; keep it unless a pharmacist has released this library';
  return [{ severity: "warning", file, line: 0, subject: "library", message }];
}

function checkKeys(areas: readonly AuthoredArea[]): Problem[] {
  const problems: Problem[] = [];
  const first = new Map<string, Origin>();
  const all: Authored<Profile | Drug>[] = areas
    .filter(({ readable }) => readable)
    .flatMap((area) => [area.profile, ...area.drugs]);
  for (const { entry, origin } of all) {
    const { area, drug, variant } = keyOf(entry);
    const key = `${area}/${drug}/${variant}`;
    const before = first.get(key);
    if (!before) first.set(key, origin);
    else if (entry.kind === "profile") {
      const line = origin.lines.get("area") ?? origin.line;
      problems.push(
        problem(origin, line, `area ${area} is already ${place(before)}; give each area one profile`),
      );
    } else {
      const line = origin.lines.get("variant") ?? origin.line;
      problems.push(
        problem(
          origin,
          line,
          `code ${drug} variant ${variant} is already ${place(before)}; give it another number`,
        ),
      );
    }
  }
  return problems;
}

/** One drug code is one ingredient, and one ingredient one base unit: doses in a patient's record must add up. */
function checkCodes(areas: readonly AuthoredArea[]): Problem[] {
  const problems: Problem[] = [];
  const byCode = new Map<number, Authored<Drug>>();
  const byIngredient = new Map<number, Authored<Drug>>();
  for (const authored of areas.flatMap((area) => area.drugs)) {
    const { entry, origin } = authored;
    const same = byCode.get(entry.drug);
    if (!same) byCode.set(entry.drug, authored);
    else if (same.entry.ingredient !== entry.ingredient) {
      const line = origin.lines.get("code") ?? origin.line;
      const message = `code ${entry.drug} has another ingredient ${place(same.origin)}; use one code for one drug`;
      problems.push(problem(origin, line, message));
    }
    const ingredient = Math.floor(entry.ingredient / 8);
    const kin = byIngredient.get(ingredient);
    if (!kin) byIngredient.set(ingredient, authored);
    else if (kin.entry.ingredient !== entry.ingredient) {
      const line = origin.lines.get("ingredient") ?? origin.line;
      const dimension = dimensionName(kin.entry.ingredient & 7);
      const message = `ingredient ${ingredient} counts in ${dimension} ${place(kin.origin)}; use one dimension for it`;
      problems.push(problem(origin, line, message));
    }
  }
  return problems;
}

/** Windows count an ingredient, whatever the entry: one without them is a way around those of another. */
function checkWindows({ drugs }: AuthoredArea): Problem[] {
  const limited = new Map<number, Authored<Drug>>();
  for (const authored of drugs) {
    const { ingredient, windows } = authored.entry;
    if (windows && !limited.has(ingredient)) limited.set(ingredient, authored);
  }
  return drugs.flatMap(({ entry, origin }) => {
    const kin = limited.get(entry.ingredient);
    if (!kin || entry.windows) return [];
    const message =
      `has no windows, but the same ingredient has some ${place(kin.origin)}; ` +
      "orders of this entry keep none of them, so give it windows too";
    return [{ ...problem(origin, origin.line, message), severity: "warning" as const }];
  });
}

function tooLong(entry: Drug, origin: Origin): Problem[] {
  const { length } = encodeEntry(entry);
  if (length <= ENTRY_BYTES_MAX) return [];
  return [problem(origin, origin.line, `the entry has ${length} bytes; at most ${ENTRY_BYTES_MAX} fit`)];
}

function located(findings: readonly Finding[], origin: Origin): Problem[] {
  return findings.map(({ severity, field, message }) => ({
    severity,
    file: origin.file,
    line: origin.lines.get(field) ?? origin.lines.get(field.split(".")[0]!) ?? origin.line,
    subject: origin.subject,
    message,
  }));
}

function problem(origin: Origin, line: number, message: string): Problem {
  return { severity: "error", file: origin.file, line, subject: origin.subject, message };
}

function place(origin: Origin): string {
  return `at ${origin.file}:${origin.line} (${origin.subject})`;
}
