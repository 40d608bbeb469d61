import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatBodySurface,
  formatDuration,
  formatRate,
  formatVolume,
  formatWeight,
  parseBodySurfaceCm2,
  parseDurationS,
  parseRateNlPerH,
  parseVolumeNl,
  parseWeightG,
  QuantityError,
} from "../../host-sim/authority/quantity.js";

const KINDS = [
  { name: "a volume", parse: parseVolumeNl, format: formatVolume },
  { name: "a rate", parse: parseRateNlPerH, format: formatRate },
  { name: "a weight", parse: parseWeightG, format: formatWeight },
  { name: "a body surface", parse: parseBodySurfaceCm2, format: formatBodySurface },
  { name: "a duration", parse: parseDurationS, format: formatDuration },
];

describe.each(KINDS)("$name", ({ parse, format }) => {
  it("is written and read back without loss", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(parse(format(value))).toBe(value);
      }),
    );
  });

  it("without or with an unknown unit is refused", () => {
    for (const text of ["5", "5 mg", "5 furlong", "5 toString", "", " ", "mL"]) {
      expect(() => parse(text), text).toThrow(QuantityError);
    }
  });
});

it.each([
  [parseVolumeNl, "50 mL", 50_000_000],
  [parseVolumeNl, "1.5 L", 1_500_000_000],
  [parseVolumeNl, "0.000001 mL", 1],
  [parseRateNlPerH, "12.5 mL/h", 12_500_000],
  [parseWeightG, "70.5 kg", 70_500],
  [parseWeightG, "850 g", 850],
  [parseBodySurfaceCm2, "1.73 m2", 17_300],
  [parseDurationS, "10 min", 600],
  [parseDurationS, "30 day", 2_592_000],
])("%o reads %s as %i", (parse, text, value) => {
  expect(parse(text)).toBe(value);
});

it.each([
  [parseVolumeNl, "50 ml", /capital L/],
  [parseVolumeNl, "50 cc", /write "mL"/],
  [parseVolumeNl, "0.0000001 mL", /smallest step is 0.000001/],
  [parseRateNlPerH, "12.5 mL/hr", /write one of: mL\/h/],
  [parseWeightG, "70.5001 kg", /more digits/],
  [parseDurationS, "1.5 s", /more digits/],
  [parseDurationS, "2 hr", /write "h"/],
])("%o refuses %s", (parse, text, message) => {
  expect(() => parse(text)).toThrow(message);
});
