import { describe, expect, it } from "vitest";
import { refusesEach } from "./refuses-each.js";
import { changed, lineOf, linesOf, problemsOf, SOUND } from "./support.js";

const NORE =
  "continuous: { unit: mcg/kg/min, hard_min: 0.005, soft_min: 0.01, soft_max: 1, hard_max: 2, source: illustrative }";
const SALINE_RATE = "continuous: { unit: mL/h, soft_max: 250, hard_max: 500, source: illustrative }";

describe("the sound library", () => {
  it("has no problem at all: every refusal below is the sole cause of its message", () => {
    expect(linesOf(SOUND)).toEqual([]);
  });

  it("is spoken of with file, line, drug with concentration, field, and what to do next", () => {
    const text = changed("soft_max: 1, hard_max: 2", "soft_max: 3, hard_max: 2");
    expect(linesOf(text)).toEqual([
      `icu.yaml:${lineOf(text, "soft_max: 3, hard")}: NORepinephrine 4 mg/250 mL: continuous.soft_max 3 mcg/kg/min is above ` +
        "hard_max 2 mcg/kg/min; lower soft_max or raise hard_max",
    ]);
  });

  it("with four mistakes is told all four, in the order of their lines", () => {
    let text = changed("patient: adult", "patient: grown-up");
    text = text.replace("hard_max: 35", "hard_max: 20").replace("{ unit: mcg, ", "{ unit: ug, ");
    text = text.replace("version: 5", "version: 0");
    const problems = problemsOf(text);
    expect(problems.map(({ line }) => line)).toEqual([
      lineOf(text, "version: 0"),
      lineOf(text, "patient: grown-up"),
      lineOf(text, "{ unit: ug, "),
      lineOf(text, "soft_max: 25, hard_max: 20"),
    ]);
  });
});

describe("bounds (SPEC 3.2)", () => {
  refusesEach([
    [
      "a hard minimum above the soft minimum",
      "hard_min: 0.005",
      "hard_min: 0.0101",
      "hard_min 0.0101 mcg/kg/min is above soft_min",
    ],
    [
      "a soft minimum above the soft maximum",
      "soft_min: 0.01",
      "soft_min: 1.001",
      "soft_min 1.001 mcg/kg/min is above soft_max",
    ],
    [
      "a soft maximum above the hard maximum",
      "soft_max: 1,",
      "soft_max: 2.000001,",
      "soft_max 2.000001 mcg/kg/min is above hard_max",
    ],
    [
      "a bolus out of order",
      "soft_max: 10,",
      "soft_max: 21,",
      "bolus.soft_max 21 mcg is above hard_max 20 mcg",
    ],
    [
      "a VTBI out of order",
      "hard_max: 500, source: illustrative }\n        weight",
      "hard_max: 249, source: illustrative }\n        weight",
      "vtbi.soft_max 250 mL is above hard_max 249 mL",
      "vtbi:",
    ],
    [
      "a custom concentration out of order",
      "soft_min: 2,",
      "soft_min: 6,",
      "concentration.soft_min 6 mg/mL is above soft_max 5 mg/mL",
    ],
    [
      "an intermittent dose out of order",
      "soft_max: 25, hard_max: 35",
      "soft_max: 36, hard_max: 35",
      "intermittent.soft_max 36 mg/kg is above hard_max 35 mg/kg",
    ],
    [
      "a loading dose out of order",
      "soft_max: 4, hard_max: 9",
      "soft_max: 10, hard_max: 9",
      "loading.soft_max 10 mg is above hard_max 9 mg",
    ],
    [
      "a PCA dose out of order",
      "soft_min: 0.5, soft_max: 1.5",
      "soft_min: 1.6, soft_max: 1.5",
      "pca.soft_min 1.6 mg is above soft_max 1.5 mg",
    ],
    [
      "a lockout out of order",
      "hard_min: 5, soft_min: 8",
      "hard_min: 9, soft_min: 8",
      "lockout.hard_min 9 min is above soft_min 8 min",
    ],
    [
      "a duration out of order",
      "hard_min: 60, soft_max: 240",
      "hard_min: 241, soft_max: 240",
      "duration.hard_min 241 min is above soft_max 4 h",
    ],
    [
      "a titration step out of order",
      "soft_max: 0.4, hard_max: 0.8",
      "soft_max: 0.9, hard_max: 0.8",
      "titration_step.soft_max 0.9 mg/h is above hard_max 0.8 mg/h",
    ],
    [
      "a window out of order",
      "soft_max: 33, hard_max: 44",
      "soft_max: 45, hard_max: 44",
      "windows.4h.soft_max 45 mg is above hard_max 44 mg",
    ],
    [
      "a step with a hard minimum",
      "soft_max: 0.4, hard_max: 0.8",
      "hard_min: 0.1, hard_max: 0.8",
      "titration_step.hard_min: only a maximum has a meaning here",
    ],
    [
      "a window with a soft minimum",
      "soft_max: 33, hard_max: 44",
      "soft_min: 33, hard_max: 44",
      "windows.4h.soft_min: only a maximum has a meaning here",
    ],
    [
      "a lockout without a minimum",
      "hard_min: 5, soft_min: 8, soft_max: 20",
      "soft_max: 20",
      "lockout has no minimum",
      "lockout:",
    ],
    [
      "a lockout of nothing",
      "hard_min: 5, soft_min: 8",
      "hard_min: 0, soft_min: 8",
      "0 is outside 1 to 86400",
    ],
    [
      "a lockout of more than a day",
      "soft_max: 20, hard_max: 60",
      "soft_max: 20, hard_max: 1441",
      "lockout.hard_max 86460 is outside 1 to 86400",
    ],
    [
      "a duration of more than a day",
      "hard_min: 60, soft_max: 240",
      "hard_min: 60, soft_max: 1441",
      "duration.soft_max 86460 is outside 1 to 86400",
    ],
    [
      "an interval of nothing",
      "interval: 90 min",
      "interval: 0 min",
      "titration_step.interval 0 is outside 1 to 86400",
    ],
    [
      "an interval of more than a day",
      "interval: 90 min",
      "interval: 1441 min",
      "titration_step.interval 86460 is outside 1 to 86400",
    ],
    ["air of less than 10 uL", "air: 0.1 mL", "air: 0.009 mL", "air 9 is outside 10 to 1000"],
    ["air of more than 1,000 uL", "air: 0.1 mL", "air: 1.001 mL", "air 1001 is outside 10 to 1000"],
    ["air finer than sensors tell", "air: 0.1 mL", "air: 0.0101 mL", "is finer than sensors tell"],
    [
      "a pressure below 10 mmHg",
      "occlusion: 500 mmHg",
      "occlusion: 9 mmHg",
      "occlusion 9 is outside 10 to 2000",
    ],
    ["a pressure above 2,000 mmHg", "occlusion: 500 mmHg", "occlusion: 2001 mmHg", "outside 10 to 2000"],
    [
      "a weight range upside down",
      "min: 40, max: 150",
      "min: 151, max: 150",
      "weight.min 151 kg is above max 150 kg",
    ],
    [
      "a body surface range upside down",
      "min: 1.2, max: 2.5",
      "min: 2.6, max: 2.5",
      "bsa.min 2.6 m2 is above max 2.5 m2",
    ],
  ]);

  it("may be equal, zero, or absent altogether", () => {
    expect(
      linesOf(
        changed(
          NORE,
          "continuous: { unit: mcg/kg/min, hard_min: 0, soft_min: 2, soft_max: 2, hard_max: 2, source: illustrative }",
        ),
      ),
    ).toEqual([]);
    expect(
      linesOf(
        changed(
          "vtbi: { unit: mL, soft_max: 250, hard_max: 500, source: illustrative }",
          "vtbi: { unit: mL, source: illustrative }",
        ),
      ),
    ).toEqual([]);
  });

  it("without any upper one are accepted with a warning", () => {
    const problems = problemsOf(
      changed("bolus_rate: { unit: mg/min, hard_max: 7, ", "bolus_rate: { unit: mg/min, soft_min: 1, "),
    );
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({
      severity: "warning",
      message: expect.stringContaining("no upper limit") as string,
    });
  });
});

describe("ceilings (SPEC 5.1)", () => {
  refusesEach([
    [
      "a profile rate above the patient's and pump's",
      "rate_max: 500 mL/h",
      "rate_max: 999.000001 mL/h",
      "above the ceiling of 999 mL/h",
    ],
    [
      "a profile VTBI above the pump's",
      "vtbi_max: 2000 mL",
      "vtbi_max: 9999.000001 mL",
      "above the ceiling of 9999 mL",
    ],
    ["a KVO rate above the profile's own", "kvo: 2 mL/h", "kvo: 500.1 mL/h", "above rate_max 500 mL/h"],
    [
      "a VTBI limit above the ceiling",
      "soft_max: 250, hard_max: 500, source: illustrative }\n        weight",
      "soft_max: 250, hard_max: 9999.1, source: illustrative }\n        weight",
      "vtbi.hard_max 9999.1 mL is above the ceiling",
      "vtbi:",
    ],
    [
      "a bolus in mL above the bolus ceiling",
      "hard_max: 250, source",
      "hard_max: 250.1, source",
      "bolus.hard_max 250.1 mL is above the ceiling of 250 mL",
    ],
    [
      "a bolus rate in mL/min above the rate ceiling",
      "hard_max: 8,",
      "hard_max: 16.651,",
      "bolus_rate.hard_max 16.651 mL/min is above the ceiling of 999 mL/h",
    ],
    [
      "an intermittent dose in mL above the VTBI ceiling",
      "intermittent: { unit: mg/kg, soft_max: 25, hard_max: 35,",
      "intermittent: { unit: mL, hard_max: 9999.000001,",
      "intermittent.hard_max 9999.000001 mL is above the ceiling of 9999 mL",
    ],
    [
      "a loading dose in mL above the bolus ceiling",
      "loading: { unit: mg, soft_max: 4, hard_max: 9,",
      "loading: { unit: mL, hard_max: 250.000001,",
      "loading.hard_max 250.000001 mL is above the ceiling of 250 mL",
    ],
    [
      "a PCA dose in mL above the bolus ceiling",
      "pca: { unit: mg, soft_min: 0.5, soft_max: 1.5, hard_max: 2.5,",
      "pca: { unit: mL, soft_max: 1, hard_max: 250.000001,",
      "pca.hard_max 250.000001 mL is above the ceiling of 250 mL",
    ],
    [
      "a patient weight no association can have",
      "min: 30, max: 200",
      "min: 0.199, max: 200",
      "weight.min 0.199 kg is outside 0.2 kg to 500 kg",
    ],
    [
      "a body surface no association can have",
      "min: 1.2, max: 2.5",
      "min: 1.2, max: 3.5001",
      "bsa.max 3.5001 m2 is outside 0.05 m2 to 3.5 m2",
    ],
  ]);

  it("hold at exactly their value", () => {
    const text = changed("rate_max: 500 mL/h", "rate_max: 999 mL/h").replace(
      "vtbi_max: 2000 mL",
      "vtbi_max: 9999 mL",
    );
    expect(linesOf(text.replace("hard_max: 8,", "hard_max: 16.65,"))).toEqual([]);
  });

  it("hold per day without rounding: 23,976 mL/day are 999 mL/h", () => {
    const daily = (most: string): string =>
      changed(SALINE_RATE, `continuous: { unit: mL/day, hard_max: ${most}, source: illustrative }`).replace(
        "rate_max: 500 mL/h",
        "rate_max: 999 mL/h",
      );
    expect(linesOf(daily("23976"))).toEqual([]);
    expect(linesOf(daily("23976.000001"))).toEqual([
      expect.stringContaining("is above the ceiling of 999 mL/h"),
    ]);
  });

  it("depend on patient class and pump class: an adult library does not fit a neonate or a syringe pump", () => {
    expect(linesOf(changed("patient: adult", "patient: neonatal")).length).toBeGreaterThan(2);
    expect(linesOf(SOUND, 2)).toContainEqual(
      expect.stringContaining("rate_max 500 mL/h is above the ceiling of 99.9 mL/h"),
    );
  });
});

describe("units", () => {
  refusesEach([
    [
      "a unit of another dimension",
      "continuous: { unit: mcg/kg/min",
      "continuous: { unit: unit/kg/min",
      "counts in activity, but the ingredient in mass",
    ],
    [
      "a continuous dose without a time",
      "continuous: { unit: mcg/kg/min",
      "continuous: { unit: mcg/kg",
      "has no time",
    ],
    ["a bolus rate without a time", "bolus_rate: { unit: mg/min", "bolus_rate: { unit: mg", "has no time"],
    ["a bolus dose with a time", "bolus: { unit: mcg,", "bolus: { unit: mcg/min,", "a bolus is an amount"],
    [
      "a titration step in another unit than the dose",
      "interval: 90 min, unit: mg/h",
      "interval: 90 min, unit: mcg/h",
      "titration_step.unit mcg/h is not continuous.unit mg/h",
    ],
    ["a PCA dose with a time", "pca: { unit: mg,", "pca: { unit: mg/h,", "a dose of pca is an amount"],
    [
      "a loading dose with a time",
      "loading: { unit: mg,",
      "loading: { unit: mg/h,",
      "a dose of loading is an amount",
    ],
    [
      "an intermittent dose with a time",
      "intermittent: { unit: mg/kg,",
      "intermittent: { unit: mg/kg/h,",
      "a dose of intermittent is an amount",
    ],
    ["windows with a time", "          unit: mg\n", "          unit: mg/h\n", "but each window is one"],
    ["windows in volume", "          unit: mg\n", "          unit: mL\n", "add up all that a patient had"],
    [
      "a lockout in days",
      "lockout: { unit: min, hard_min: 5, soft_min: 8, soft_max: 20, hard_max: 60,",
      "lockout: { unit: day, hard_min: 1,",
      '"day" is not one of: s, min, h',
    ],
    ["a pressure in another unit", "occlusion: 500 mmHg", "occlusion: 0.6 bar", "write it in mmHg"],
    [
      "a concentration of another dimension",
      "concentration: 4 mg / 250 mL",
      "concentration: 4 unit / 250 mL",
      "concentration counts in activity, but the ingredient in mass",
    ],
    ["an unknown amount", "{ unit: mcg, ", "{ unit: drop, ", '"drop" is not an amount'],
    [
      "basis and time in the wrong order",
      "continuous: { unit: mcg/kg/min",
      "continuous: { unit: mcg/min/kg",
      "out of place",
    ],
    [
      "a dose too fine for its base unit",
      "soft_min: 0.01,",
      "soft_min: 0.0100001,",
      "more digits than its base unit carries",
    ],
    ["a VTBI in anything but mL", "vtbi: { unit: mL", "vtbi: { unit: mg", "is not one of: mL"],
    [
      "a weight in pounds",
      "weight: { unit: kg, min: 40",
      "weight: { unit: lb, min: 40",
      '"lb" is not one of: kg, g',
    ],
    ["a custom concentration per g", "unit: mg/mL", "unit: mg/g", "not a concentration per mL"],
  ]);

  it("accepts a dose in mL for a drug that counts in mass, as epidurals are ordered", () => {
    expect(linesOf(changed(NORE, "continuous: { unit: mL/h, hard_max: 20, source: illustrative }"))).toEqual(
      [],
    );
  });
});
