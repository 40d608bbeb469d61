import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formatDoseUnit } from "../../../host-sim/authority/dose.js";
import { checkLibrary, exampleDirectory, readSources } from "../../../host-sim/authority/library/load.js";
import { DOSE_GROUPS, type Drug, FLAGS_ALL } from "../../../host-sim/authority/library/model.js";
import { errorProne, missingTallMan } from "../../../host-sim/authority/library/names.js";
import { formatProblem } from "../../../host-sim/authority/library/problem.js";
import { checkDrug, checkProfile } from "../../../host-sim/authority/library/sense.js";

const sources = readSources(exampleDirectory());
const { library, areas, problems } = checkLibrary(sources);
const drugs: Drug[] = library?.areas.flatMap((area) => area.drugs) ?? [];

/** The 29 dosing units that one hospital's library was seen to use. */
const UNITS_SEEN = [
  ...[
    "mg",
    "mcg",
    "g",
    "unit",
    "mEq",
    "mmol",
    "mL/h",
    "mg/h",
    "mg/min",
    "mg/kg",
    "mg/kg/h",
    "mg/kg/min",
    "mcg/min",
  ],
  ...[
    "mcg/h",
    "mcg/kg",
    "mcg/kg/h",
    "mcg/kg/min",
    "g/h",
    "g/kg",
    "unit/h",
    "unit/min",
    "unit/kg",
    "unit/kg/h",
  ],
  ...["unit/kg/min", "milliunit/min", "mEq/kg", "mmol/kg", "mg/m2", "unit/m2"],
];

describe("the example library", () => {
  it("compiles without an error or a warning", () => {
    expect(problems.map(formatProblem)).toEqual([]);
    expect(library).toBeDefined();
  });

  it("has five care areas of all three patient classes, at least 40 drugs and 100 entries", () => {
    expect(library?.areas).toHaveLength(5);
    expect(new Set(library?.areas.map(({ profile }) => profile.patientClass))).toEqual(new Set([1, 2, 3]));
    expect(new Set(drugs.map(({ ingredient }) => ingredient)).size).toBeGreaterThanOrEqual(40);
    expect(library?.entries.length).toBeGreaterThanOrEqual(100);
  });

  it("says in every file and in its manifest's note that it is not for clinical use", () => {
    for (const { name, text } of sources) expect(text.split("\n")[0], name).toContain("NOT FOR CLINICAL USE");
    expect(library?.header.note).toContain("NOT FOR CLINICAL USE");
  });

  it("gives every limit group a source or the word illustrative", () => {
    let groups = 0;
    for (const { profile, drugs: authored } of areas) {
      expect(profile.origin.sources.get("profile")).toBeTruthy();
      for (const { entry, origin } of authored) {
        const named = [
          ...DOSE_GROUPS.map(({ field, name }) => [name, entry[field]] as const),
          ["duration", entry.duration],
          ["lockout", entry.lockout],
          ["titration_step", entry.titrationStep],
          ["windows", entry.windows],
          ["vtbi", entry.vtbi],
          ["weight", entry.weightG],
          ["bsa", entry.bsaCm2],
          ["concentration", entry.customConcentration],
        ] as const;
        const present = named.filter(([, group]) => group !== undefined).map(([name]) => name);
        expect([...origin.sources.keys()].sort(), origin.subject).toEqual([...present].sort());
        groups += present.length;
      }
    }
    expect(groups).toBeGreaterThan(200);
  });

  it("uses every dosing unit that was seen in a hospital, and more", () => {
    const used = new Set(
      drugs.flatMap((drug) =>
        DOSE_GROUPS.flatMap(({ field }) => drug[field] ?? []).map(({ unit }) => formatDoseUnit(unit)),
      ),
    );
    expect(UNITS_SEEN).toHaveLength(29);
    expect(UNITS_SEEN.filter((unit) => !used.has(unit))).toEqual([]);
    expect(used.size).toBeGreaterThan(29);
  });

  it("has no error-prone abbreviation anywhere, and look-alike names in tall man letters", () => {
    expect(
      drugs
        .map(({ name }) => errorProne(name) ?? missingTallMan(name))
        .filter((wrong) => wrong !== undefined),
    ).toEqual([]);
    for (const { name, text } of sources) {
      expect(text.replace(/source: .*|#.*/g, ""), name).not.toMatch(/\bI?U\b|µ|μ|\bcc\b/);
    }
  });

  it("has fixed and custom concentrations, all four bounds, weight-banded variants and each flag", () => {
    expect(drugs.some(({ customConcentration }) => customConcentration)).toBe(true);
    expect(drugs.some(({ continuous }) => continuous?.bounds.hardMin !== undefined)).toBe(true);
    expect(drugs.filter(({ weightG }) => weightG).length).toBeGreaterThan(5);
    expect(drugs.reduce((all, { flags }) => all | flags, 0)).toBe(FLAGS_ALL);
  });

  it("has every way of giving a drug that the gate knows", () => {
    const counts = DOSE_GROUPS.map(({ field }) => drugs.filter((drug) => drug[field]).length);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(8);
    const opioids = drugs.filter(({ pcaDose, windows }) => pcaDose && windows);
    expect(opioids.length).toBeGreaterThanOrEqual(6);
    expect(drugs.filter(({ titrationStep }) => titrationStep).length).toBeGreaterThan(15);
    expect(drugs.filter(({ advisory }) => advisory).length).toBeGreaterThan(3);
    expect(new Set(drugs.flatMap(({ windows }) => Object.keys(windows?.limits ?? {})))).toEqual(
      new Set(["1h", "4h", "24h"]),
    );
    for (const { profile } of library?.areas ?? []) {
      expect(profile.airUl).toBeGreaterThan(0);
      expect(profile.occlusionMmHg).toBeGreaterThan(0);
    }
  });

  it("makes sense by itself too, entry by entry", () => {
    for (const { profile, drugs: of } of library?.areas ?? []) {
      expect(checkProfile(profile, 1)).toEqual([]);
      for (const drug of of) expect(checkDrug(drug, profile, 1)).toEqual([]);
    }
  });
});

describe("docs/LIBRARY.md", () => {
  const text = readFileSync(new URL("../../../docs/LIBRARY.md", import.meta.url), "utf8");

  it("shows an example that compiles without an error or a warning", () => {
    const yaml = /```yaml\n([^`]*)```/.exec(text)?.[1] ?? "";
    const checked = checkLibrary([{ name: "icu.yaml", text: yaml }]);
    expect(checked.problems.map(formatProblem)).toEqual([]);
    expect(checked.library?.entries).toHaveLength(5);
    const wrong = yaml.replace("soft_max: 1, hard_max: 3", "soft_max: 3, hard_max: 2");
    const said = checkLibrary([{ name: "icu.yaml", text: wrong }]).problems.map(formatProblem);
    expect(said).toHaveLength(1);
    const shown = /^icu\.yaml:42: .*$/m.exec(text)?.[0] ?? "";
    // The page shows the message for another line and concentration; the rest is what the tool says.
    expect(said[0]!.split("mL: ")[1]).toBe(shown.split("mL: ")[1]);
  });
});
