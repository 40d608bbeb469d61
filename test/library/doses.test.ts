import { beforeEach, describe, expect, it } from "vitest";
import { encodeCbor } from "../../host-sim/authority/encoding.js";
import type { TrustBench } from "../support/trust-bench.js";
import {
  MCG_KG_MIN,
  MG,
  MG_MIN,
  ML,
  ML_H,
  profileEntry,
  STATUS,
  statusName,
} from "../support/trust-fixture.js";
import { type Change, opened, wholeEntry } from "./support.js";

const ML_NL = 1_000_000;

/** SPEC 3.2, keys 14 to 21: each rule is the only reason of its refusal, since the same entry without the change is accepted. */
describe("an entry of a drug that can be given in every way", () => {
  let bench: TrustBench;
  let untouched: string;

  beforeEach(async () => {
    bench = await opened();
    expect(take(profileEntry()).status).toBe("OK");
    untouched = bench.fingerprint();
  });

  function take(entry: Change): { status: string; key: number } {
    const outcome = bench.run("libraryEntry", encodeCbor(entry));
    // The place is one more than the key.
    return { status: statusName(outcome.status), key: outcome.detail - 1 };
  }

  // A dose that is given whole: the same rules, each of them beside what it needs.
  describe.each([[14], [15], [18]])("in section %i of an entry with every key", (section) => {
    it.each<[string, number, Record<number, number>]>([
      ["a time", MG_MIN, {}],
      ["a unit of another dimension", 5, {}],
      ["amount 9", 9, {}],
      ["basis 3", MG | (3 << 4), {}],
      ["hard min above soft min", MG, { 0: 2, 1: 1 }],
      ["soft min above soft max", MG, { 1: 2, 2: 1 }],
      ["soft max above hard max", MG, { 2: 2, 3: 1 }],
    ])("is refused with %s", (_name, unit, bounds) => {
      expect(take(wholeEntry({ [section]: { 0: unit, 1: bounds } }))).toEqual({
        status: "ENTRY_SENSE",
        key: section,
      });
      expect(bench.fingerprint()).toBe(untouched);
      expect(take(wholeEntry()).status).toBe("OK");
    });
  });

  // What was taken away, and the key that then has no company.
  it.each<[string, Change, number]>([
    [
      "a loading dose alone without a bolus rate",
      { 8: undefined, 9: undefined, 17: undefined, 18: undefined },
      9,
    ],
    ["a PCA dose alone without a bolus rate", { 8: undefined, 9: undefined, 15: undefined }, 9],
    ["a bolus rate alone", { 8: undefined, 15: undefined, 17: undefined, 18: undefined }, 9],
    ["an intermittent dose without a duration", { 16: undefined }, 16],
    ["a duration without an intermittent dose", { 14: undefined }, 16],
    ["a PCA dose without a lockout", { 17: undefined }, 17],
    ["a lockout without a PCA dose", { 18: undefined }, 17],
    ["a lockout of maxima alone without a PCA dose", { 17: { 3: 9 }, 18: undefined }, 17],
    ["an empty lockout without a PCA dose", { 17: {}, 18: undefined }, 17],
    ["a titration step without a continuous dose", { 7: undefined }, 19],
  ])("is refused with %s", (_name, change, key) => {
    expect(take(wholeEntry(change))).toEqual({ status: "ENTRY_SENSE", key });
    expect(bench.fingerprint()).toBe(untouched);
    expect(take(wholeEntry()).status).toBe("OK");
  });

  it.each<[string, Change]>([
    ["a loading dose alone", { 8: undefined, 17: undefined, 18: undefined }],
    ["a PCA dose alone", { 8: undefined, 15: undefined }],
    ["a bolus alone", { 15: undefined, 17: undefined, 18: undefined }],
    [
      "no dose that a bolus rate limits",
      { 8: undefined, 9: undefined, 15: undefined, 17: undefined, 18: undefined },
    ],
    ["no intermittent dose", { 14: undefined, 16: undefined }],
    ["no continuous dose", { 7: undefined, 19: undefined }],
    ["no windows", { 20: undefined }],
    ["windows that name none", { 20: { 0: MG } }],
    ["windows per kg", { 20: { 0: MG | (1 << 4), 1: { 2: 1 } } }],
    ["a window without a bound", { 20: { 0: MG, 3: {} } }],
    [
      "windows in volume of a volume ingredient",
      {
        ...{ 4: 12, 7: { 0: ML_H, 1: {} }, 8: { 0: ML, 1: {} }, 9: { 0: ML_H, 1: {} } },
        ...{ 14: { 0: ML, 1: {} }, 15: { 0: ML, 1: {} }, 18: { 0: ML, 1: {} }, 20: { 0: ML, 1: { 2: 1 } } },
      },
    ],
    ["doses in mL", { 14: { 0: ML, 1: { 3: 9 } }, 15: { 0: ML, 1: { 3: 9 } }, 18: { 0: ML, 1: { 3: 9 } } }],
    ["an empty duration", { 16: {} }],
    ["a duration and a lockout of 1 s", { 16: { 0: 1 }, 17: { 0: 1, 3: 1 } }],
    ["a duration and a lockout of a day", { 16: { 0: 86_400 }, 17: { 1: 86_400, 3: 86_400 } }],
    ["a lockout with a soft minimum only", { 17: { 1: 5 } }],
    ["an interval of 1 s", { 19: { 0: 1, 1: { 2: 0 } } }],
    ["an interval of a day", { 19: { 0: 86_400, 1: {} } }],
    ["the largest advisory", { 21: 2 ** 32 - 1 }],
  ])("is accepted with %s", (_name, change) => {
    expect(take(wholeEntry(change))).toEqual({ status: "OK", key: -1 });
  });

  it.each<[string, Change, string, number]>([
    ["a duration of 0 s", { 16: { 0: 0, 3: 5 } }, "ENTRY_SENSE", 16],
    ["a duration of more than a day", { 16: { 0: 5, 3: 86_401 } }, "ENTRY_SENSE", 16],
    ["a falling duration", { 16: { 1: 6, 2: 5 } }, "ENTRY_SENSE", 16],
    ["a lockout of 0 s", { 17: { 0: 0, 1: 5 } }, "ENTRY_SENSE", 17],
    ["a lockout of more than a day", { 17: { 0: 5, 3: 86_401 } }, "ENTRY_SENSE", 17],
    ["a falling lockout", { 17: { 0: 6, 1: 5 } }, "ENTRY_SENSE", 17],
    ["a lockout without a minimum", { 17: { 2: 300, 3: 600 } }, "ENTRY_SENSE", 17],
    ["an empty lockout", { 17: {} }, "ENTRY_SENSE", 17],
    ["a step with a hard minimum", { 19: { 0: 300, 1: { 0: 1, 3: 6 } } }, "ENTRY_SENSE", 19],
    ["a step with a soft minimum", { 19: { 0: 300, 1: { 1: 1, 3: 6 } } }, "ENTRY_SENSE", 19],
    ["a falling step", { 19: { 0: 300, 1: { 2: 6, 3: 5 } } }, "ENTRY_SENSE", 19],
    ["an interval of 0 s", { 19: { 0: 0, 1: {} } }, "SCHEMA", 19],
    ["an interval of more than a day", { 19: { 0: 86_401, 1: {} } }, "SCHEMA", 19],
    ["windows with a time", { 20: { 0: MG_MIN, 1: { 2: 1 } } }, "ENTRY_SENSE", 20],
    ["windows of another dimension", { 20: { 0: 5, 1: { 2: 1 } } }, "ENTRY_SENSE", 20],
    ["windows in volume", { 20: { 0: ML, 1: { 2: 1 } } }, "ENTRY_SENSE", 20],
    ["windows of amount 9", { 20: { 0: 9, 1: { 2: 1 } } }, "ENTRY_SENSE", 20],
    ["windows of basis 3", { 20: { 0: MG | (3 << 4), 1: { 2: 1 } } }, "ENTRY_SENSE", 20],
    ["a fifth window", { 20: { 0: MG, 5: {} } }, "SCHEMA", 20],
    ["windows without a unit", { 20: { 1: { 2: 1 } } }, "SCHEMA", 20],
    ["advisory 0", { 21: 0 }, "SCHEMA", 21],
    ["an advisory above 2^32-1", { 21: 2 ** 32 }, "SCHEMA", 21],
  ])("is refused with %s", (_name, change, status, key) => {
    const outcome = bench.run("libraryEntry", encodeCbor(wholeEntry(change)));
    // The outermost place, where the fault lies deeper.
    const place = outcome.detail > 0xff ? outcome.detail >> 8 : outcome.detail;
    expect({ status: statusName(outcome.status), key: place - 1 }).toEqual({ status, key });
    expect(bench.fingerprint()).toBe(untouched);
    expect(take(wholeEntry()).status).toBe("OK");
  });

  it.each([1, 2, 3, 4])("has nothing but maxima that ascend in window %i", (window) => {
    for (const bounds of [
      { 0: 1, 3: 2 },
      { 1: 1, 3: 2 },
      { 2: 2, 3: 1 },
    ]) {
      expect(take(wholeEntry({ 20: { 0: MG, [window]: bounds } }))).toEqual({
        status: "ENTRY_SENSE",
        key: 20,
      });
    }
    expect(take(wholeEntry({ 20: { 0: MG, [window]: { 2: 2, 3: 2 } } })).status).toBe("OK");
  });

  // Section, largest bound allowed in mL: bolus volume, and VTBI for a whole bag, on pump class 1 for adults.
  it.each([
    [14, 9999 * ML_NL],
    [15, 250 * ML_NL],
    [18, 250 * ML_NL],
  ])("in section %i may reach %i nL and not one more", (section, most) => {
    for (const bound of [0, 1, 2, 3]) {
      expect(take(wholeEntry({ [section]: { 0: ML, 1: { [bound]: most + 1 } } }))).toEqual({
        status: "ENTRY_CEILING",
        key: section,
      });
    }
    expect(bench.fingerprint()).toBe(untouched);
    expect(take(wholeEntry({ [section]: { 0: ML, 1: { 3: most } } })).status).toBe("OK");
  });

  /** An entry with every bound of every group as long as CBOR writes it, and a name of so many bytes. */
  function longest(nameBytes: number): Change {
    const most = Number.MAX_SAFE_INTEGER;
    const all = { 0: most, 1: most, 2: most, 3: most };
    const maxima = { 2: most, 3: most };
    return wholeEntry({
      1: 0xffff_ffff,
      2: 65_535,
      3: "n".repeat(nameBytes),
      4: 0xffff_fff8,
      5: [most, 10 ** 11],
      7: { 0: MCG_KG_MIN, 1: all },
      8: { 0: MG, 1: all },
      9: { 0: MG_MIN, 1: all },
      10: { 0: 2 ** 32, 1: 2 ** 32, 2: 2 ** 32, 3: 2 ** 32 },
      14: { 0: MG, 1: { 3: most } },
      15: { 0: MG, 1: maxima },
      16: { 0: 86_400 },
      17: { 0: 86_400, 1: 86_400, 2: 86_400, 3: 86_400 },
      18: { 0: MG, 1: maxima },
      19: { 0: 86_400, 1: maxima },
      20: { 0: MG, 1: maxima, 2: maxima, 3: maxima, 4: maxima },
      21: 0xffff_ffff,
    });
  }

  it("may have 512 bytes; one more is refused by its length, before anything is read", () => {
    const fixed = encodeCbor(longest(30)).length - 30;
    expect(encodeCbor(longest(512 - fixed)).length).toBe(512);
    expect(take(longest(512 - fixed))).toEqual({ status: "OK", key: -1 });
    expect(encodeCbor(longest(513 - fixed)).length).toBe(513);
    expect(bench.run("libraryEntry", encodeCbor(longest(513 - fixed))).status).toBe(STATUS.BAD_LENGTH);
  });
});
