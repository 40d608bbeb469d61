import { decode, encode } from "cbor2";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex } from "../../../host-sim/authority/bytes.js";
import { allDoseUnits, packDoseUnit, parseDoseUnit } from "../../../host-sim/authority/dose.js";
import { decodeEntry, encodeEntry } from "../../../host-sim/authority/library/entry.js";
import type { Bounds, DoseLimits, Drug, Profile } from "../../../host-sim/authority/library/model.js";
import { libraryOf, SOUND } from "./support.js";

const cbor = (bytes: Uint8Array): unknown => decode(bytes, { preferMap: true });
const map = (entries: Record<number, unknown>): Map<number, unknown> =>
  new Map(Object.entries(entries).map(([key, value]) => [Number(key), value]));

const profile: Profile = {
  kind: "profile",
  area: 1,
  name: "ICU",
  patientClass: 3,
  rateNlPerHMax: 999_000_000,
  vtbiNlMax: 3_000_000_000,
  weightG: { min: 30_000, max: 300_000 },
  bsaCm2: { min: 10_000, max: 35_000 },
  kvoRateNlPerH: 0,
};
const minimal: Drug = {
  kind: "drug",
  area: 1,
  drug: 23,
  variant: 24,
  name: "x",
  ingredient: 8,
  concentration: { amount: { value: 255, dimension: 0 }, volumeNl: 256 },
  flags: 7,
};

describe("the bytes of an entry (SPEC 3.2)", () => {
  it("are these, for a profile, written down by hand", () => {
    expect(toHex(encodeEntry(profile))).toBe(
      "aa" + // ten pairs
        "0001" +
        "0100" +
        "0200" + // area 1, drug 0, variant 0
        "0363494355" + // "ICU"
        "0403" +
        "051a3b8b87c0" + // 999,000,000 nL/h
        "061ab2d05e00" + // 3,000,000,000 nL
        "0782197530" +
        "1a000493e0" + // 30,000 and 300,000 g
        "0882192710" +
        "1988b8" + // 10,000 and 35,000 cm2
        "0900",
    );
  });

  it("are these, for the smallest drug: every integer in its shortest form", () => {
    expect(toHex(encodeEntry(minimal))).toBe(
      "a7" + "0001" + "0117" + "021818" + "036178" + "0408" + "058218ff190100" + "0d07",
    );
  });

  it("hold the large integers of real doses, up to 2^53-1", () => {
    const amount = (value: number): string =>
      toHex(encodeEntry({ ...minimal, concentration: { amount: { value, dimension: 0 }, volumeNl: 1 } }));
    expect(amount(2 ** 32 - 1)).toContain("05821affffffff01");
    expect(amount(2 ** 32)).toContain("05821b000000010000000001");
    expect(amount(Number.MAX_SAFE_INTEGER)).toContain("05821b001fffffffffffff01");
  });

  it.each([2 ** 53, -1, 0.5, NaN])("refuse %s, which an entry cannot hold", (flags) => {
    expect(() => encodeEntry({ ...minimal, flags })).toThrow("0..2^53-1");
  });

  it("say, read by another decoder, what the author wrote in words", () => {
    const { entries } = libraryOf(SOUND);
    expect(entries.map(({ bytes }) => cbor(bytes))[1]).toEqual(
      map({
        0: 7,
        1: 1001,
        2: 1,
        3: "NORepinephrine",
        4: 5 * 8 + 0,
        5: [4_000_000_000, 250_000_000],
        7: map({ 0: 0x111, 1: map({ 0: 5000, 1: 10_000, 2: 1_000_000, 3: 2_000_000 }) }),
        8: map({ 0: 0x001, 1: map({ 2: 10_000_000, 3: 20_000_000 }) }),
        9: map({ 0: 0x101, 1: map({ 3: 50_000_000 }) }),
        10: map({ 2: 250_000_000, 3: 500_000_000 }),
        11: [40_000, 150_000],
        12: [12_000, 25_000],
        13: 3,
      }),
    );
    // The variant that says `none` has no bolus; a custom concentration stands under 6, in pg per mL.
    expect([...(cbor(entries[2]!.bytes) as Map<number, unknown>).keys()]).toEqual([
      0, 1, 2, 3, 4, 5, 7, 10, 11, 12, 13,
    ]);
    expect((cbor(entries[4]!.bytes) as Map<number, unknown>).get(6)).toEqual(
      map({ 0: 1_000_000_000, 1: 2_000_000_000, 2: 5_000_000_000 }),
    );
    expect((cbor(entries[3]!.bytes) as Map<number, unknown>).get(9)).toEqual(
      map({ 0: 0x108, 1: map({ 3: 8_000_000 }) }),
    );
  });
});

const uint = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const bounds: fc.Arbitrary<Bounds> = fc.record(
  { hardMin: uint, softMin: uint, softMax: uint, hardMax: uint },
  { requiredKeys: [] },
);
const limits: fc.Arbitrary<DoseLimits> = fc.record({ unit: fc.constantFrom(...allDoseUnits()), bounds });
const range = fc.record({ min: uint, max: uint });
const dimension = 0;
const drug: fc.Arbitrary<Drug> = fc.record(
  {
    kind: fc.constant("drug" as const),
    area: fc.integer({ min: 1, max: 65_535 }),
    drug: fc.integer({ min: 1, max: 0xffffffff }),
    variant: fc.nat({ max: 65_535 }),
    name: fc
      .string({ minLength: 1, maxLength: 12, unit: "grapheme" })
      .filter((name) => Buffer.byteLength(name) <= 48),
    ingredient: fc.integer({ min: 1, max: 1000 }).map((code) => code * 8 + dimension),
    concentration: fc.record({
      amount: fc.record({ value: uint, dimension: fc.constant(dimension) }),
      volumeNl: uint,
    }),
    customConcentration: bounds,
    continuous: limits,
    bolusDose: limits,
    bolusRate: limits,
    vtbi: bounds,
    weightG: range,
    bsaCm2: range,
    flags: fc.nat({ max: 7 }),
  },
  { requiredKeys: ["kind", "area", "drug", "variant", "name", "ingredient", "flags"] },
);

describe("an entry read back", () => {
  it("is the same, whatever it holds, and its bytes are what a general encoder writes", () => {
    fc.assert(
      fc.property(drug, (entry) => {
        const bytes = encodeEntry(entry);
        if (bytes.length > 512) return;
        expect(decodeEntry(bytes)).toEqual(entry);
        expect(toHex(bytes)).toBe(toHex(encode(cbor(bytes), { cde: true, collapseBigInts: true })));
      }),
    );
    expect(decodeEntry(encodeEntry(profile))).toEqual(profile);
  });

  const bytesOf = (
    change: (entry: Map<number, unknown>) => void,
    from: Profile | Drug = minimal,
  ): Uint8Array => {
    const entry = cbor(encodeEntry(from)) as Map<number, unknown>;
    change(entry);
    return encode(entry, { cde: true });
  };
  it.each<[string, Uint8Array, string]>([
    ["a reserved key, which might be a limit", bytesOf((e) => e.set(14, 0)), "key 14: is unknown"],
    ["a drug's key in a profile", bytesOf((e) => e.set(13, 0), profile), "key 13: is unknown"],
    ["a profile with a variant", bytesOf((e) => e.set(2, 1), profile), "key 2 (variant)"],
    ["a missing field", bytesOf((e) => e.delete(13)), "key 13 (flags): is missing"],
    [
      "a unit that does not exist",
      bytesOf((e) => e.set(7, map({ 0: 0x9, 1: map({}) }))),
      "9 is not a dosing unit",
    ],
    ["a bound of a number too many", bytesOf((e) => e.set(10, map({ 4: 1 }))), "key 4: is unknown"],
    ["flags that mean nothing", bytesOf((e) => e.set(13, 8)), "8 is outside 0..7"],
    ["a name of 49 bytes", bytesOf((e) => e.set(3, "n".repeat(49))), "49 bytes"],
    ["trailing bytes", Uint8Array.of(...encodeEntry(minimal), 0), "deterministic CBOR"],
    [
      "an integer that is not in its shortest form",
      Uint8Array.of(0xa1, 0x00, 0x18, 0x01),
      "deterministic CBOR",
    ],
    ["more than 512 bytes", new Uint8Array(513), "at most 512"],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => decodeEntry(bytes)).toThrow(message);
  });

  it("keeps every dosing unit apart", () => {
    const all = allDoseUnits().map((unit) =>
      toHex(encodeEntry({ ...minimal, continuous: { unit, bounds: {} } })),
    );
    expect(new Set(all).size).toBe(9 * 3 * 4);
    expect(packDoseUnit(parseDoseUnit("mg/m2/day"))).toBe(2 | (2 << 4) | (3 << 8));
  });
});
