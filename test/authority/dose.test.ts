import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  allDoseUnits,
  AMOUNT_UNITS,
  decimal,
  doseInUnit,
  formatAmount,
  formatConcentration,
  formatDose,
  formatDoseUnit,
  packDoseUnit,
  parseAmount,
  parseConcentration,
  parseDose,
  parseDoseUnit,
  parsePerMl,
  QuantityError,
  unpackDoseUnit,
} from "../../host-sim/authority/dose.js";

/** The dosing units that one hospital's library really used. */
const UNITS_IN_USE = [
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

const anyUnit = fc.constantFrom(...allDoseUnits());

describe("a dosing unit", () => {
  it.each(UNITS_IN_USE)("%s is read, packed and written back", (text) => {
    const unit = parseDoseUnit(text);
    expect(formatDoseUnit(unit)).toBe(text);
    expect(unpackDoseUnit(packDoseUnit(unit))).toEqual(unit);
  });

  it("is packed as amount, basis and time (SPEC 3.3)", () => {
    expect(packDoseUnit(parseDoseUnit("mcg/kg/min"))).toBe(0x111);
    expect(packDoseUnit(parseDoseUnit("unit/m2"))).toBe(0x025);
    expect(packDoseUnit(parseDoseUnit("mL/h"))).toBe(0x208);
    expect(packDoseUnit(parseDoseUnit("ng/day"))).toBe(0x300);
  });

  it("exists for exactly 108 of all integers up to 16 bits, each of which packs back to itself", () => {
    let count = 0;
    for (let packed = 0; packed < 0x10000; packed++) {
      const unit = unpackDoseUnit(packed);
      if (!unit) continue;
      count++;
      expect(packDoseUnit(parseDoseUnit(formatDoseUnit(unit)))).toBe(packed);
    }
    expect(count).toBe(9 * 3 * 4);
    expect(unpackDoseUnit(-1)).toBeUndefined();
    expect(unpackDoseUnit(1.5)).toBeUndefined();
  });

  it.each([
    ["U/h", /write "unit": "U" has been read as a zero/],
    ["IU/kg", /write "unit": "IU"/],
    ["µg/kg/min", /write "mcg"/],
    ["ug/min", /write "mcg"/],
    ["ml/h", /capital L/],
    ["cc/h", /write "mL"/],
    ["mg/hr", /write "h"/],
    ["mg/d", /write "day"/],
    ["mg/m²", /write "m2"/],
    ["units/h", /singular/],
    ["mg/min/kg", /out of place/],
    ["mg/kg/kg", /out of place/],
    ["mg/min/h", /out of place/],
    ["mg/", /neither a basis nor a time/],
    ["mg//min", /neither a basis nor a time/],
    ["", /write one of: ng, mcg, mg/],
    ["stone/fortnight", /write one of: ng, mcg, mg/],
    ["constructor", /write one of/],
  ])("%s is refused, with what to write instead", (text, message) => {
    expect(() => parseDoseUnit(text)).toThrow(QuantityError);
    expect(() => parseDoseUnit(text)).toThrow(message);
  });
});

describe("a dose", () => {
  it.each([
    ["0.05 mcg/kg/min", 50_000],
    ["5 mcg/kg/min", 5_000_000],
    ["2 mg/h", 2_000_000_000],
    ["1 g/kg", 1_000_000_000_000],
    ["12.5 unit/kg/h", 12_500_000],
    ["1.5 milliunit/min", 1500],
    ["0.001 ng/min", 1],
    ["40 mEq", 40_000_000],
    ["0.000001 mL/h", 1],
  ])("%s is %i base units", (text, value) => {
    expect(parseDose(text).value).toBe(value);
    expect(formatDose(parseDose(text))).toBe(text);
  });

  it("of any unit is written and read back without loss", () => {
    fc.assert(
      fc.property(anyUnit, fc.maxSafeNat(), (unit, value) => {
        expect(parseDose(formatDose({ value, unit }))).toEqual({ value, unit });
      }),
    );
  });

  it("is the written decimal times the unit, by rational arithmetic", () => {
    const number = fc.tuple(fc.nat(9006), fc.nat(999), fc.constantFrom(...AMOUNT_UNITS));
    fc.assert(
      fc.property(number, ([whole, thousandths, amount]) => {
        const text = `${whole}.${String(thousandths).padStart(3, "0")}`;
        // value * 1000 = (whole * 1000 + thousandths) * base units, as integers
        const value = doseInUnit(text, { amount, basis: 0, time: 0 });
        expect(BigInt(value) * 1000n).toBe(BigInt(whole * 1000 + thousandths) * amount.baseUnits);
      }),
    );
  });

  it("with one digit more than the base unit carries is refused, never rounded", () => {
    for (const unit of allDoseUnits()) {
      const step = decimal(1n, unit.amount.baseUnits);
      expect(doseInUnit(step, unit)).toBe(1);
      expect(() => doseInUnit(`${step}1`, unit)).toThrow(/more digits than its base unit carries/);
    }
  });

  it("is refused above 2^53 - 1 base units by one", () => {
    const unit = parseDoseUnit("mL/h");
    expect(doseInUnit("9007199254.740991", unit)).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => doseInUnit("9007199254.740992", unit)).toThrow(/too large/);
  });

  it.each([
    [".5 mg/h", /write "0\.5"/],
    ["5. mg/h", /not a number/],
    ["-5 mg/h", /without a sign/],
    ["+5 mg/h", /without a sign/],
    ["1e3 mg/h", /without an exponent/],
    ["1,200 mg/h", /without commas/],
    ["0,5 mg/h", /without commas/],
    ["05 mg/h", /leading zeros/],
    ["5mg/h", /one blank/],
    ["5  mg/h", /one blank/],
    ["5", /add its unit/],
    ["", /not a quantity/],
    ["five mg/h", /not a number/],
    ["0x10 mg/h", /not a number/],
    ["5 U/h", /write "unit"/],
  ])("%s is refused, with what to write instead", (text, message) => {
    expect(() => parseDose(text)).toThrow(QuantityError);
    expect(() => parseDose(text)).toThrow(message);
  });

  it("with a trailing zero is read, with a warning that says how to write it", () => {
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    expect(parseDose("1.0 mg/h", warn).value).toBe(1_000_000_000);
    expect(parseDose("0.50 mg/h", warn).value).toBe(500_000_000);
    expect(parseDose("10 mg/h", warn).value).toBe(10_000_000_000);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain('write "1"');
    expect(warnings[1]).toContain('write "0.5"');
  });

  it("of any text is a dose or a QuantityError, never another exception", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9.,]{0,6} ?[a-zA-Z/2]{0,9}$/)), (text) => {
        try {
          expect(Number.isSafeInteger(parseDose(text).value)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(QuantityError);
        }
      }),
    );
  });
});

describe("amounts and concentrations", () => {
  it("are read in base units of their dimension", () => {
    expect(parseAmount("400 mg")).toEqual({ value: 400_000_000_000, dimension: 0 });
    expect(parseAmount("100 unit")).toEqual({ value: 100_000_000, dimension: 1 });
    expect(parseConcentration("400 mg in 250 mL")).toEqual({
      amount: { value: 400_000_000_000, dimension: 0 },
      volumeNl: 250_000_000,
    });
    expect(parsePerMl("1.6 mg/mL")).toEqual({ value: 1_600_000_000, dimension: 0 });
  });

  it("are written back as they were read", () => {
    for (const text of [
      "400 mg",
      "250 mcg",
      "1.5 g",
      "100 unit",
      "500 milliunit",
      "40 mEq",
      "20 mmol",
      "50 mL",
    ]) {
      expect(formatAmount(parseAmount(text))).toBe(text);
    }
    expect(formatConcentration(parseConcentration("400 mg in 250 mL"))).toBe("400 mg in 250 mL");
  });

  it("of any value are written and read back without loss", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(4), (value, dimension) => {
        expect(parseAmount(formatAmount({ value, dimension }))).toEqual({ value, dimension });
      }),
    );
  });

  it.each([
    ["400 mg", /write an amount and a volume/],
    ["400 mg in 250", /add its unit/],
    ["400 mg in 250 mg", /not a volume/],
    ["0 mg in 250 mL", /above 0/],
    ["400 mg in 0 mL", /above 0/],
    ["400 mg/h in 250 mL", /not an amount/],
  ])("%s is refused as a concentration", (text, message) => {
    expect(() => parseConcentration(text)).toThrow(message);
  });

  it.each(["1.6 mg", "1.6 mg/L", "1.6 mg/mL/h", "1.6 mg/kg"])("%s is refused as a bound per mL", (text) => {
    expect(() => parsePerMl(text)).toThrow(/per mL/);
  });
});
