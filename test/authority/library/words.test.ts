import { describe, expect, it } from "vitest";
import {
  describeArea,
  describeDrug,
  describeHeader,
  describeProfile,
} from "../../../host-sim/authority/library/describe.js";
import { errorProne, missingTallMan } from "../../../host-sim/authority/library/names.js";
import { changed, libraryOf, linesOf, SOUND } from "./support.js";

const library = libraryOf(SOUND);

describe("a library in words", () => {
  it("states its header, areas and profiles with units", () => {
    expect(describeHeader(library.header)).toEqual([
      "NOT FOR CLINICAL USE",
      "library 00112233445566778899aabbccddeeff, epoch 2, version 5",
      "issued 2026-01-15T08:00:00Z, enable at once, expires 2027-01-15T00:00:00Z, grace 14 day",
      "needs root version 3 and ABI 1.0",
    ]);
    expect(describeArea(library.areas[0]!)).toBe("7 Test ICU (adult): 4 drugs, 6 entries");
    expect(describeProfile(library.areas[0]!.profile)).toEqual([
      "rate up to 500 mL/h, VTBI up to 2000 mL, KVO 2 mL/h",
      "weight 30 kg to 200 kg, body surface 1 m2 to 3 m2",
      "sensors report air from 0.1 mL, occlusion from 500 mmHg",
    ]);
  });

  it("states every limit of a drug in its own unit, and the size of its proof", () => {
    const { entry, profile } = library.find(7, 1001, 1);
    expect(describeDrug(library, library.areas[0]!.drugs[0]!)).toEqual([
      "NORepinephrine, code 1001, variant 1",
      "  concentration 4 mg in 250 mL",
      "  continuous    hard min 0.005, soft min 0.01, soft max 1, hard max 2 mcg/kg/min",
      "  bolus         soft max 10, hard max 20 mcg",
      "  bolus rate    hard max 50 mcg/min",
      "  VTBI          soft max 250 mL, hard max 500 mL",
      "  weight        40 kg to 150 kg",
      "  body surface  1.2 m2 to 2.5 m2",
      "  soft limits   overridden only by a signed approval",
      `  proof         entry 1, ${entry.length} B, path 3 nodes; with its profile ` +
        `${entry.length + profile.length + 6 * 32} B beside an order`,
    ]);
    const lines = library.areas[0]!.drugs.flatMap((drug) => describeDrug(library, drug));
    expect(lines).toContain("  concentration custom; hard min 1 mg/mL, soft min 2 mg/mL, soft max 5 mg/mL");
    expect(lines).toContain("  continuous    not allowed");
    expect(lines).toContain("  soft limits   may be overridden; KVO allowed");
    expect(lines).toContain("  intermittent  soft max 25, hard max 35 mg/kg");
    expect(lines).toContain("  duration      hard min 1 h, soft max 4 h");
    expect(lines).toContain("  soft limits   may not be overridden");
  });
});

describe("a drug for PCA in words", () => {
  it("states step, doses, lockout, windows, advisory and flags", () => {
    expect(describeDrug(library, library.find(7, 4004, 1).drug).slice(1, -1)).toEqual([
      "  concentration 50 mg in 50 mL",
      "  continuous    soft max 0.9, hard max 2.8 mg/h",
      "  increase      soft max 0.4, hard max 0.8 mg/h in 90 min",
      "  bolus         not allowed",
      "  loading       soft max 4, hard max 9 mg",
      "  PCA dose      soft min 0.5, soft max 1.5, hard max 2.5 mg",
      "  lockout       hard min 5 min, soft min 8 min, soft max 20 min, hard max 1 h",
      "  bolus rate    hard max 7 mg/min",
      "  in 1 h        soft max 11, hard max 16 mg",
      "  in 4 h        soft max 33, hard max 44 mg",
      "  advisory      text 12",
      "  soft limits   overridden only by a signed approval; emergency start at the panel; resumes after a short reset",
    ]);
    const apart = { ...library.find(7, 4004, 1).drug, flags: 4 | 32 };
    expect(describeDrug(library, apart).at(-2)).toBe(
      "  soft limits   may not be overridden; KVO allowed; boluses do not count toward the windows",
    );
  });
});

describe("names", () => {
  it.each([
    "insulin 100 units/mL",
    "heparin 25000 U",
    "5 IU",
    "vitamin K i.u.",
    "dose 10u",
    "5 µg",
    "5 ug",
    "3 cc",
    "MS drip",
  ])("judges %s", (name) => {
    // The first one is a control: "units" is a word, and nobody misreads it.
    expect(errorProne(name) === undefined).toBe(name.includes("units"));
  });

  it.each([
    "dextrose 10%",
    "bupivacaine 0.125% epidural",
    "insulin regular",
    "MCT oil",
    "Umbilical line",
    "2.05 mg",
    "100 mL",
    "lactated Ringer's",
  ])("accepts %s", (name) => {
    expect(errorProne(name)).toBeUndefined();
  });

  it("asks for tall man letters word by word, whatever stands around them", () => {
    expect(missingTallMan("fentanyl PCA")).toContain('"fentaNYL"');
    expect(missingTallMan("FENTANYL")).toContain('"fentaNYL"');
    expect(missingTallMan("high-dose dopamine")).toContain('"DOPamine"');
    expect(missingTallMan("fentaNYL and DOPamine")).toBeUndefined();
    expect(missingTallMan("sufentanyl")).toBeUndefined();
  });
});

describe("what can be ordered at all", () => {
  const dose =
    "continuous: { unit: mcg/kg/min, hard_min: 0.005, soft_min: 0.01, soft_max: 1, hard_max: 2, source: illustrative }";

  it("draws a warning where a limit is out of reach even for the lightest patient", () => {
    // 40 kg (the entry's own range) at 4 mg/250 mL: 3.333 mcg/kg/min is 500 mL/h.
    const at = (most: string): string[] =>
      linesOf(changed(dose, dose.replace("hard_max: 2", `hard_max: ${most}`)));
    expect(at("3.333333")).toEqual([]);
    expect(at("3.333334")).toEqual([
      expect.stringMatching(/warning: .*500 mL\/h even for a patient of 40 kg, so this limit never acts/),
    ]);
  });

  it("draws a warning where even the heaviest patient's dose is lost in the pump's rate steps", () => {
    const tiny = "continuous: { unit: ng/kg/min, soft_max: 0.01, source: illustrative }";
    expect(linesOf(changed(dose, tiny))).toEqual([
      expect.stringMatching(/4 mg\/250 mL: .*rate steps even for a patient of 150 kg/),
      expect.stringMatching(/16 mg\/250 mL: .*rate steps even for a patient of 150 kg/),
    ]);
  });
});
