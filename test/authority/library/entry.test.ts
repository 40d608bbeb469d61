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
    // What PCA needs, with both of its windows.
    const pca = cbor(entries[5]!.bytes) as Map<number, unknown>;
    expect([15, 17, 18, 19, 20, 21].map((key) => pca.get(key))).toEqual([
      map({ 0: 0x002, 1: map({ 2: 4_000_000_000, 3: 9_000_000_000 }) }),
      map({ 0: 300, 1: 480, 2: 1200, 3: 3600 }),
      map({ 0: 0x002, 1: map({ 1: 500_000_000, 2: 1_500_000_000, 3: 2_500_000_000 }) }),
      map({ 0: 5400, 1: map({ 2: 400_000_000, 3: 800_000_000 }) }),
      map({
        0: 0x002,
        1: map({ 2: 11_000_000_000, 3: 16_000_000_000 }),
        3: map({ 2: 33_000_000_000, 3: 44_000_000_000 }),
      }),
      12,
    ]);
    const whole = cbor(entries[4]!.bytes) as Map<number, unknown>;
    expect([14, 16].map((key) => whole.get(key))).toEqual([
      map({ 0: 0x012, 1: map({ 2: 25_000_000_000, 3: 35_000_000_000 }) }),
      map({ 0: 3600, 2: 14_400 }),
    ]);
    expect([10, 11].map((key) => (cbor(entries[0]!.bytes) as Map<number, unknown>).get(key))).toEqual([
      100, 500,
    ]);
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
    flags: fc.nat({ max: 63 }),
    intermittent: limits,
    loading: limits,
    duration: bounds,
    lockout: bounds,
    pcaDose: limits,
    titrationStep: fc.record({ intervalS: fc.integer({ min: 1, max: 86_400 }), bounds }),
    windows: fc.record({
      unit: fc.constantFrom(...allDoseUnits()),
      limits: fc.record({ "1h": bounds, "2h": bounds, "4h": bounds, "24h": bounds }, { requiredKeys: [] }),
    }),
    advisory: fc.integer({ min: 1, max: 0xffffffff }),
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
    for (const sensors of [{}, { airUl: 10 }, { occlusionMmHg: 2000 }, { airUl: 1000, occlusionMmHg: 10 }]) {
      expect(decodeEntry(encodeEntry({ ...profile, ...sensors }))).toEqual({ ...profile, ...sensors });
    }
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
    ["a reserved key, which might be a limit", bytesOf((e) => e.set(22, 0)), "key 22: is unknown"],
    ["a drug's key in a profile", bytesOf((e) => e.set(13, 0), profile), "key 13: is unknown"],
    ["a profile with a variant", bytesOf((e) => e.set(2, 1), profile), "key 2 (variant)"],
    ["a missing field", bytesOf((e) => e.delete(13)), "key 13 (flags): is missing"],
    [
      "a unit that does not exist",
      bytesOf((e) => e.set(7, map({ 0: 0x9, 1: map({}) }))),
      "9 is not a dosing unit",
    ],
    ["a bound of a number too many", bytesOf((e) => e.set(10, map({ 4: 1 }))), "key 4: is unknown"],
    ["flags that mean nothing", bytesOf((e) => e.set(13, 64)), "64 is outside 0..63"],
    ["a fifth window", bytesOf((e) => e.set(20, map({ 0: 2, 5: map({}) }))), "key 5: is unknown"],
    ["windows without a unit", bytesOf((e) => e.set(20, map({ 1: map({}) }))), "key 0 (unit): is missing"],
    ["a step without an interval", bytesOf((e) => e.set(19, map({ 1: map({}) }))), "key 0 (interval)"],
    ["an interval of 0 s", bytesOf((e) => e.set(19, map({ 0: 0, 1: map({}) }))), "0 is outside 1..86400"],
    [
      "an interval of more than a day",
      bytesOf((e) => e.set(19, map({ 0: 86_401, 1: map({}) }))),
      "86401 is outside 1..86400",
    ],
    ["an advisory 0", bytesOf((e) => e.set(21, 0)), "key 21 (advisory)"],
    ["air of 9 uL", bytesOf((e) => e.set(10, 9), profile), "9 is outside 10..1000"],
    ["a pressure of 2,001 mmHg", bytesOf((e) => e.set(11, 2001), profile), "2001 is outside 10..2000"],
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
