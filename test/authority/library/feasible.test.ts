import { describe, expect, it } from "vitest";
import { infeasible } from "../../../host-sim/authority/library/feasible.js";
import { FLAG_BOLUS_APART } from "../../../host-sim/authority/library/model.js";
import { changed, libraryOf, problemsOf, SOUND } from "./support.js";

/** Each change keeps the sound library sound and draws one warning. */
function warnsOfEach(
  rows: readonly (readonly [what: string, find: string, replacement: string, message: string])[],
): void {
  it.each(rows)("warns of %s", (_, find, replacement, message) => {
    const problems = problemsOf(changed(find, replacement));
    expect(problems.map(({ severity, message: said }) => [severity, said])).toEqual([
      ["warning", expect.stringContaining(message)],
    ]);
  });
}

const WINDOWS = `        windows:
          unit: mg
          1h: { soft_max: 11, hard_max: 16 }
          4h: { soft_max: 33, hard_max: 44 }
          source: illustrative
`;
const PCA = "pca: { unit: mg, soft_min: 0.5, soft_max: 1.5, hard_max: 2.5,";

describe("windows", () => {
  warnsOfEach([
    ["PCA without any", WINDOWS, "", "pca without windows"],
    [
      "a window without a maximum",
      "4h: { soft_max: 33, hard_max: 44 }",
      "4h: {}",
      "windows.4h has no upper limit",
    ],
    [
      "a window that one usual dose exceeds",
      "1h: { soft_max: 11, hard_max: 16 }",
      "1h: { soft_max: 1, hard_max: 3.9 }",
      "one dose of 4 mg (loading) is more than the 3.9 mg that 1 h may hold",
    ],
  ]);

  it("of exactly one dose draw no warning, of a base unit less they do", () => {
    // The largest usual dose of this drug is the loading dose of 4 mg.
    const at = (most: string): string[] =>
      problemsOf(changed("1h: { soft_max: 11, hard_max: 16 }", `1h: { hard_max: ${most} }`)).map(
        ({ message }) => message,
      );
    expect(at("4")).toEqual([]);
    expect(at("3.999999999")).toEqual([expect.stringContaining("one dose of 4 mg (loading)")]);
  });

  it("per kg or in mL are compared for the lightest and the heaviest patient, and doubt draws no warning", () => {
    const library = libraryOf(SOUND);
    const { drug, profileModel } = library.find(7, 4004, 1);
    const pca = (unit: string) =>
      libraryOf(changed(PCA, `pca: { unit: ${unit}, soft_max: 1,`)).find(7, 4004, 1).drug;
    const capped = (of: typeof drug, hardMax: number) =>
      infeasible(
        {
          ...of,
          windows: { unit: drug.windows!.unit, limits: { "1h": { hardMax } } },
          loading: drug.pcaDose!,
        },
        profileModel,
        1,
      ).filter(({ message }) => message.includes("(pca)"));
    // 1 mL is 1 mg; 1 mg/kg is 30 mg for the lightest and 200 mg for the heaviest patient of the area.
    expect(capped(pca("mL"), 1_000_000_000)).toEqual([]);
    expect(capped(pca("mL"), 999_999_999)).toHaveLength(1);
    expect(capped(pca("mg/kg"), 30_000_000_000)).toEqual([]);
    expect(capped(pca("mg/kg"), 29_999_999_999)).toHaveLength(1);
    expect(capped(pca("mg/m2"), 999_999_999)).toHaveLength(1);
    expect(capped({ ...pca("mg"), flags: FLAG_BOLUS_APART }, 1)).toEqual([]);
  });

  it("that only some entries of an ingredient have draw a warning for each of the others", () => {
    const other = `      - name: morphine
        code: 4005
        ingredient: { code: 13, dimension: mass }
        continuous: { unit: mg/h, soft_max: 0.9, hard_max: 2.8, source: illustrative }
        variants:
          - { variant: 1, concentration: 50 mg / 50 mL }
          - { variant: 2, concentration: 100 mg / 50 mL }
`;
    const problems = problemsOf(SOUND + other);
    expect(problems.map(({ severity, subject }) => [severity, subject])).toEqual([
      ["warning", "morphine 50 mg/50 mL"],
      ["warning", "morphine 100 mg/50 mL"],
    ]);
    expect(problems[0]!.message).toContain("the same ingredient has some at icu.yaml:");
    expect(problemsOf(SOUND + other.replace("code: 13,", "code: 15,"))).toEqual([]);
  });
});

describe("limits that cannot act", () => {
  warnsOfEach([
    [
      "a step that reaches the highest dose at once",
      "soft_max: 0.4, hard_max: 0.8",
      "soft_max: 0.4, hard_max: 2.8",
      "reaches 2.8 mg/h at once, so it never acts",
    ],
    [
      "a usual intermittent dose that the longest duration cannot give",
      "intermittent: { unit: mg/kg, soft_max: 25, hard_max: 35,",
      "intermittent: { unit: mL, soft_max: 2000.01,",
      "needs more than rate_max 500 mL/h",
    ],
  ]);

  it("and those that just can draw none", () => {
    expect(problemsOf(changed("soft_max: 0.4, hard_max: 0.8", "soft_max: 0.4, hard_max: 2.799"))).toEqual([]);
    const whole = "intermittent: { unit: mg/kg, soft_max: 25, hard_max: 35,";
    expect(problemsOf(changed(whole, "intermittent: { unit: mL, soft_max: 2000,"))).toEqual([]);
  });
});

describe("flags", () => {
  const ALL = "flags: [override, approval, emergency, resume]";
  warnsOfEach([
    ["KVO with an opioid", ALL, "flags: [override, kvo]", "flag kvo with morphine"],
    [
      "KVO with a vasoactive",
      "flags: [override, approval]\n        variants:\n          - { variant: 1, concentration: 4 mg",
      "flags: [override, kvo]\n        variants:\n          - { variant: 1, concentration: 4 mg",
      "flag kvo with NORepinephrine",
    ],
    [
      "windows that PCA doses do not count toward",
      ALL,
      "flags: [override, bolus_apart]",
      "flag bolus_apart leaves PCA doses out",
    ],
    [
      "bolus_apart without windows",
      "flags: [override, kvo]",
      "flags: [override, kvo, bolus_apart]",
      "flag bolus_apart has no effect",
    ],
    [
      "emergency where no continuous dose could be started",
      "        intermittent: {",
      "        flags: [emergency]\n        intermittent: {",
      "flag emergency has no effect",
    ],
  ]);

  it("emergency and resume have no effect on a drug that is only given as PCA", () => {
    const only = changed(/ +continuous: [^\n]*0\.9[^\n]*\n +titration_step: [^\n]*\n/.exec(SOUND)![0], "");
    expect(problemsOf(only).map(({ severity, message }) => [severity, message])).toEqual([
      ["warning", expect.stringContaining("flag emergency has no effect")],
      ["warning", expect.stringContaining("flag resume has no effect")],
    ]);
  });

  it("kvo is no matter of a fluid, nor of a name that only contains another", () => {
    expect(problemsOf(SOUND)).toEqual([]);
    expect(problemsOf(changed("name: sodium chloride 0.9%", "name: insulinoma test fluid"))).toEqual([]);
    expect(problemsOf(changed("name: sodium chloride 0.9%", "name: insulin regular"))).toHaveLength(1);
  });
});
