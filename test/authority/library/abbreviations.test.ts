import { describe, expect, it } from "vitest";
import { refusesEach } from "./refuses-each.js";
import { changed, linesOf, problemsOf } from "./support.js";

describe("error-prone abbreviations (ISMP)", () => {
  refusesEach([
    [
      "U as a unit",
      "continuous: { unit: mcg/kg/min",
      "continuous: { unit: U/kg/min",
      '"U" has been read as a zero',
    ],
    ["IU as a unit", "concentration: 4 mg / 250 mL", "concentration: 4 IU / 250 mL", '"IU" has been read as'],
    [
      "U touching a number",
      "concentration: 4 mg / 250 mL",
      "concentration: 4U / 250 mL",
      "is not a quantity",
    ],
    ["µg as a unit", "{ unit: mcg, ", "{ unit: µg, ", 'write "mcg"'],
    ["cc as a unit", "concentration: 4 mg / 250 mL", "concentration: 4 mg / 250 cc", '"cc" has been read as'],
    ["a trailing zero in a dose", "soft_max: 1,", "soft_max: 1.0,", "ends in a zero after the point"],
    [
      "a trailing zero in a concentration",
      "concentration: 4 mg / 250 mL",
      "concentration: 4.0 mg / 250 mL",
      "ends in a zero after the point",
    ],
    ["a naked decimal", "soft_min: 0.01", "soft_min: .01", 'write "0.01"'],
    ["an exponent", "soft_max: 1,", "soft_max: 1e0,", "without an exponent"],
    ["a negative limit", "hard_min: 0.005", "hard_min: -1", "without a sign"],
    ["IU in a name", "name: vancomycin", "name: vancomycin 100 IU", '"IU"'],
    ["U after a digit in a name", "name: vancomycin", "name: vancomycin 100U", '"U"'],
    ["µg in a name", "name: vancomycin", "name: vancomycin 5 μg", 'write "mcg"'],
    ["MgSO4 as a name", "name: vancomycin", "name: MgSO4", 'write "magnesium sulfate"'],
    [
      "a trailing zero in a name",
      "name: vancomycin",
      "name: vancomycin 1.0 mg",
      "leave out the trailing zero",
    ],
    [
      "a naked decimal in a name",
      "name: vancomycin",
      "name: vancomycin .5 mg",
      "write a zero before the point",
    ],
  ]);

  it("says that a comma split a number inside braces", () => {
    const problems = linesOf(changed("soft_max: 25,", "soft_max: 25,000,"));
    expect(problems).toContainEqual(expect.stringContaining("write numbers without commas"));
  });

  it("warns of a look-alike name without its tall man letters, and accepts it", () => {
    const problems = problemsOf(changed("name: NORepinephrine", "name: Norepinephrine"));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({
      severity: "warning",
      message: expect.stringContaining('write it "NORepinephrine"') as string,
    });
  });
});
