import { describe, expect, it } from "vitest";
import { checkLibrary } from "../../../host-sim/authority/library/load.js";
import { formatProblem } from "../../../host-sim/authority/library/problem.js";
import { changed, lineOf, linesOf, problemsOf, SOUND } from "./support.js";

/** One change, one message; the rest of the library is sound. */
function refusesEach(
  rows: readonly (readonly [refusal: string, find: string, replacement: string, message: string])[],
): void {
  it.each(rows)("refuses %s", (_, find, replacement, message) => {
    const problems = problemsOf(changed(find, replacement));
    expect(problems.map((problem) => problem.message)).toEqual([expect.stringContaining(message)]);
    expect(problems[0]!.severity).toBe("error");
  });
}

describe("a drug", () => {
  refusesEach([
    [
      "a bolus without a bolus rate",
      "        bolus_rate: { unit: mcg/min, hard_max: 50, source: illustrative }\n",
      "",
      "bolus without bolus_rate",
    ],
    [
      "a bolus rate without a dose that it limits",
      "bolus: none, bolus_rate: none",
      "bolus: none",
      "bolus_rate without bolus, loading or pca",
    ],
    [
      "a drug that cannot be ordered at all",
      "        intermittent: { unit: mg/kg, soft_max: 25, hard_max: 35, source: illustrative }\n        duration: { unit: min, hard_min: 60, soft_max: 240, source: illustrative }\n",
      "",
      "nothing could be ordered",
    ],
    [
      "an intermittent dose without a duration",
      "        duration: { unit: min, hard_min: 60, soft_max: 240, source: illustrative }\n",
      "",
      "intermittent without duration: they come together",
    ],
    [
      "a duration without an intermittent dose",
      "        bsa: {",
      "        duration: { unit: min, hard_min: 60, source: illustrative }\n        bsa: {",
      "duration without intermittent: they come together",
    ],
    [
      "a PCA dose without a lockout",
      "        lockout: { unit: min, hard_min: 5, soft_min: 8, soft_max: 20, hard_max: 60, source: illustrative }\n",
      "",
      "pca without lockout: they come together",
    ],
    [
      "a lockout without a PCA dose",
      "        bsa: {",
      "        lockout: { unit: min, hard_min: 60, source: illustrative }\n        bsa: {",
      "lockout without pca: they come together",
    ],
    [
      "a titration step without a continuous dose",
      "        duration: {",
      "        titration_step: { interval: 5 min, unit: mg/h, soft_max: 1, source: illustrative }\n        duration: {",
      "titration_step without continuous",
    ],
    ["an advisory 0", "advisory: 12", "advisory: 0", "advisory 0 is outside 1 to 4294967295"],
    ["an advisory above 2^32-1", "advisory: 12", "advisory: 4294967296", "outside 1 to 4294967295"],
    ["a window of hours that no gate has", "          4h: {", "          3h: {", 'unknown key "windows.3h"'],
    [
      "an unknown bound of a window",
      "4h: { soft_max: 33,",
      "4h: { upper: 1, soft_max: 33,",
      'unknown key "windows.4h.upper"',
    ],
    ["code 0, which is a profile's", "code: 3003", "code: 0", "code 0 is outside 1 to"],
    ["a code above 2^32-1", "code: 3003", "code: 4294967296", "outside 1 to 4294967295"],
    [
      "ingredient 0",
      "{ code: 11, dimension: mass }",
      "{ code: 0, dimension: mass }",
      "ingredient.code 0 is outside",
    ],
    [
      "an ingredient that leaves no room for its dimension",
      "{ code: 11, dimension: mass }",
      "{ code: 536870912, dimension: mass }",
      "outside 1 to 536870911",
    ],
    [
      "an unknown dimension",
      "{ code: 11, dimension: mass }",
      "{ code: 11, dimension: length }",
      '"length" is not one of: mass, activity',
    ],
    ["a variant above 65,535", "- variant: 1\n", "- variant: 65536\n", "variant 65536 is outside"],
    ["a name of 49 bytes", "name: vancomycin", `name: ${"v".repeat(49)}`, "49 bytes"],
    [
      "an approval that nothing could ask for",
      "flags: [override, approval]",
      "flags: [approval]",
      "approval without override",
    ],
    [
      "an unknown flag",
      "flags: [override, approval]",
      "flags: [override, always]",
      'flag "always" does not exist',
    ],
    [
      "a concentration of nothing",
      "concentration: 4 mg / 250 mL",
      "concentration: 0 mg / 250 mL",
      "concentration 0 is outside 1",
    ],
    [
      "a concentration in nothing",
      "concentration: 4 mg / 250 mL",
      "concentration: 4 mg / 0 mL",
      "concentration 0 is outside 1",
    ],
    [
      "a concentration without a volume",
      "concentration: 4 mg / 250 mL",
      "concentration: 4 mg",
      "is not amount / volume",
    ],
    [
      "a missing concentration",
      "{ variant: 1, concentration: 4 mg / 250 mL }",
      "{ variant: 1 }",
      "concentration is missing",
    ],
    [
      "a missing variant number",
      "{ variant: 1, concentration: 4 mg / 250 mL }",
      "{ concentration: 4 mg / 250 mL }",
      "variant is missing",
    ],
    [
      "a drug without variants",
      "        variants:\n          - { variant: 1, concentration: 1000 mL / 1000 mL }\n",
      "",
      "no variants",
    ],
    [
      "an unknown key, which might be a limit",
      "vtbi: { unit: mL,",
      "max_daily: 3\n        vtbi: { unit: mL,",
      'unknown key "max_daily"',
    ],
    ["an unknown bound", "hard_max: 7,", "upper: 7, hard_max: 7,", 'unknown key "bolus_rate.upper"'],
  ]);

  it("with a name of 48 bytes fits", () => {
    expect(linesOf(changed("name: vancomycin", `name: ${"v".repeat(48)}`))).toEqual([]);
  });

  it("that states every bound of every group no longer fits an entry, and is told by how much", () => {
    const all = "hard_min: 5, soft_min: 6, soft_max: 7, hard_max: 8, source: illustrative";
    const maxima = "{ soft_max: 7, hard_max: 8 }";
    const rows = (name: string): string =>
      [
        `      - name: ${name}`,
        "        code: 4294967295",
        "        ingredient: { code: 14, dimension: mass }",
        ...["continuous", "bolus_rate"].map((group) => `        ${group}: { unit: mg/h, ${all} }`),
        ...["bolus", "intermittent", "loading", "pca"].map(
          (group) => `        ${group}: { unit: mg, ${all} }`,
        ),
        ...["duration", "lockout"].map((group) => `        ${group}: { unit: h, ${all} }`),
        "        titration_step: { interval: 5 h, unit: mg/h, soft_max: 2, hard_max: 3, source: illustrative }",
        "        windows:",
        "          unit: mg",
        ...["1h", "2h", "4h", "24h"].map((window) => `          ${window}: ${maxima}`),
        "          source: illustrative",
        `        vtbi: { unit: mL, ${all} }`,
        "        weight: { unit: kg, min: 40, max: 150, source: illustrative }",
        "        bsa: { unit: m2, min: 1.2, max: 2.5, source: illustrative }",
        "        variants: [{ variant: 1, concentration: 50 mg / 50 mL }]",
        "",
      ].join("\n");
    expect(linesOf(`${SOUND}${rows("short")}`)).toEqual([]);
    const problems = problemsOf(`${SOUND}${rows("n".repeat(48))}`).map(({ message }) => message);
    expect(problems).toEqual([expect.stringMatching(/^the entry has 5[1-9][0-9] bytes; at most 512 fit$/)]);
  });

  it("with flag kvo in an area without KVO is accepted with a warning", () => {
    expect(linesOf(changed("kvo: 2 mL/h", "kvo: 0 mL/h"))).toEqual([
      expect.stringMatching(/warning: .*kvo is 0/),
    ]);
  });
});

describe("sources", () => {
  const groups: [string, string][] = [
    ["profile", "500 mmHg\n      source: illustrative\n"],
    ["continuous", ", source: illustrative }\n        bolus: { unit: mcg,"],
    ["bolus rate", "hard_max: 50, source: illustrative"],
    ["VTBI", "hard_max: 500, source: illustrative }\n        weight"],
    ["weight", "max: 150, source: illustrative"],
    ["body surface", "min: 1.2, max: 2.5, source: illustrative"],
    ["custom concentration", "soft_max: 5, source: illustrative"],
    ["intermittent dose", "hard_max: 35, source: illustrative"],
    ["duration", "soft_max: 240, source: illustrative"],
    ["loading dose", "hard_max: 9, source: illustrative"],
    ["PCA dose", "soft_max: 1.5, hard_max: 2.5, source: illustrative"],
    ["lockout", "hard_max: 60, source: illustrative"],
    ["titration step", "hard_max: 0.8, source: illustrative"],
    ["windows", "44 }\n          source: illustrative\n"],
  ];
  it.each(groups)("refuses a group without one: %s", (_, find) => {
    const problems = problemsOf(changed(find, find.replace(/,? *source: illustrative\n?/, "")));
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining("source is missing")]);
  });

  it("refuses one that no reader could find, and accepts a citation", () => {
    const cite = (text: string): string[] =>
      linesOf(changed("soft_max: 5, source: illustrative", `soft_max: 5, source: ${text}`));
    expect(cite("the label")).toEqual([expect.stringContaining("cannot be found by a reader")]);
    expect(cite("Vancomycin Injection US prescribing information")).toEqual([]);
  });
});

describe("a library", () => {
  refusesEach([
    [
      "two variants of one number",
      "{ variant: 2, concentration: 16 mg",
      "{ variant: 1, concentration: 16 mg",
      "code 1001 variant 1 is already at icu.yaml:",
    ],
    [
      "one ingredient in two dimensions",
      "{ code: 9, dimension: volume }",
      "{ code: 5, dimension: volume }",
      "ingredient 5 counts in mass at icu.yaml:",
    ],
    ["an unknown key at the top", "areas:\n", "areals: []\nareas:\n", 'unknown key "areals"'],
    ["an unknown key in the header", "epoch: 2", "epoch: 2\n  rank: 3", 'unknown key "library.rank"'],
    ["a missing header field", "  epoch: 2\n", "", "library.epoch is missing"],
    ["a version 0", "version: 5", "version: 0", "0 is outside 1"],
    ["an id that is not 16 bytes", "aabbccddeeff", "aabbccddee", "is not a library id"],
    ["a date that does not exist", "expires: 2027-01-15", "expires: 2027-02-29", "is not a date"],
    [
      "a time without its zone",
      "issued: 2026-01-15T08:00:00Z",
      "issued: 2026-01-15T08:00:00",
      "is not a date",
    ],
    ["an expiry before issue", "expires: 2027-01-15", "expires: 2026-01-15", "is not after issued"],
    ["an enable date after expiry", "enable: at once", "enable: 2027-01-16", "is not before expires"],
    ["a grace above 30 days", "grace: 14 day", "grace: 31 day", "longer than 30 day"],
    ["an area 0", "area: 7", "area: 0", "area 0 is outside 1 to 65535"],
    ["an area above 65,535", "area: 7", "area: 65536", "area 65536 is outside"],
    ["an unknown patient class", "patient: adult", "patient: elderly", "is not a patient class"],
  ]);

  it("says so where one code stands for two ingredients in different variants", () => {
    const text = changed("code: 3003", "code: 1001").replace("- variant: 1\n", "- variant: 9\n");
    expect(linesOf(text)).toEqual([expect.stringContaining("code 1001 has another ingredient at icu.yaml:")]);
  });

  it("that no longer says NOT FOR CLINICAL USE is accepted with a warning", () => {
    expect(linesOf(changed("note: NOT FOR CLINICAL USE", "note: released by the pharmacy"))).toEqual([
      expect.stringContaining("warning: library: the note does not say"),
    ]);
  });

  it("may lie in several files, whose problems name each their own", () => {
    const [head, areas] = SOUND.split("areas:\n") as [string, string];
    const sources = [
      { name: "library.yaml", text: head },
      { name: "one.yaml", text: `areas:\n${areas}` },
      { name: "two.yaml", text: `areas:\n${areas.replace("area: 7", "area: 8")}` },
    ];
    const checked = checkLibrary(sources);
    expect(checked.problems).toEqual([]);
    expect(checked.library?.entries).toHaveLength(12);
    const twice = checkLibrary([...sources, { name: "three.yaml", text: `areas:\n${areas}` }]);
    expect(twice.library).toBeUndefined();
    expect(twice.problems.map(formatProblem)).toContainEqual(
      expect.stringMatching(/^three\.yaml:3: profile Test ICU: area 7 is already at one\.yaml:/),
    );
  });

  it("with two headers, none, or no area is refused", () => {
    const [head, areas] = SOUND.split("areas:\n") as [string, string];
    const twice = checkLibrary([
      { name: "a.yaml", text: SOUND },
      { name: "b.yaml", text: head },
    ]);
    expect(twice.problems.map(formatProblem)).toEqual([
      expect.stringContaining("b.yaml:1: the library's header is already in a.yaml"),
    ]);
    expect(linesOf(`areas:\n${areas}`)).toEqual([expect.stringContaining("no file has a `library:` header")]);
    expect(linesOf(head)).toEqual([expect.stringContaining("no file has a usable care area")]);
  });
});

describe("YAML", () => {
  it.each([
    ["a duplicate key", changed("code: 3003", "code: 3003\n        code: 3004"), "unique"],
    [
      "a broken brace",
      changed("max: 150, source: illustrative }", "max: 150, source: illustrative"),
      "not usable YAML",
    ],
    ["an anchor", changed("hard_max: 7,", "hard_max: &most 7,"), "anchors and aliases are refused"],
    ["a list where a map belongs", changed("{ code: 11, dimension: mass }", "[11, mass]"), "must be a map"],
    ["a map where a value belongs", changed("code: 3003", "code: { number: 3003 }"), "must be one value"],
    ["an empty value", changed("code: 3003", "code:"), "has no value"],
    ["text instead of YAML", "hello", "the file holds no map"],
    ["an empty file", "", "the file holds no map"],
  ])("refuses %s", (_, text, message) => {
    expect(linesOf(text)).toContainEqual(expect.stringContaining(message));
    expect(checkLibrary([{ name: "icu.yaml", text }]).library).toBeUndefined();
  });

  it("names the line of a syntax error", () => {
    const text = changed("kvo: 2 mL/h", "kvo: 2 mL/h\n       oops");
    const line = lineOf(text, "oops");
    expect(problemsOf(text).some((problem) => Math.abs(problem.line - line) <= 1)).toBe(true);
  });
});
