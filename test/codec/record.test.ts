import { cdeEncodeOptions, encode } from "cbor2";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../support/bytes.js";
import { decodeRecord, REASON, ROW, sharedRows } from "./support.js";

const { REQUIRED, NONZERO, EXACT, END } = ROW;

/** Rows of a map with one key, which must be there, in a record whose presence word is at 0 and whose field is at 8. */
const only = (row: number, bound: number, ...inner: number[]): number[] => [
  3 | row | REQUIRED,
  8,
  bound,
  ...inner,
  END,
];

/** {3: value}, the value in hex. */
const one = (valueHex: string): Uint8Array => fromHex(`a103${valueHex}`);

const reasonOf = (rows: readonly number[], valueHex: string): number =>
  decodeRecord(rows, one(valueHex)).reason;

describe("a record", () => {
  const rows = [
    1 | ROW.UINT32 | REQUIRED, 4, 10,
    2 | ROW.COPY, 8, 4,
    5 | ROW.UINT64 | REQUIRED, 16, 53,
    9 | ROW.BOOL, 24, 0,
    END,
  ]; // prettier-ignore

  it("holds what is there, a bit for each key, and zero for what is not", () => {
    const { reason, record } = decodeRecord(rows, fromHex("a3010a0244010203040500"));
    expect(reason).toBe(REASON.OK);
    expect(record.getUint32(0, true)).toBe((1 << 1) | (1 << 2) | (1 << 5));
    expect(record.getUint32(4, true)).toBe(10);
    expect(record.getUint32(8, true)).toBe(0x04030201);
    expect(record.getBigUint64(16, true)).toBe(0n);
    const bare = decodeRecord(rows, fromHex("a20100051b001fffffffffffff"));
    expect(bare.record.getUint32(8, true)).toBe(0);
    expect(bare.record.getUint32(24, true)).toBe(0);
    expect(bare.record.getBigUint64(16, true)).toBe(2n ** 53n - 1n);
  });

  it.each([
    ["a missing first key", "a10500", REASON.MISSING_KEY, [1]],
    ["a missing last key", "a10100", REASON.MISSING_KEY, [5]],
    ["an empty map", "a0", REASON.MISSING_KEY, [1]],
    ["an unknown key between known ones", "a3010003000500", REASON.UNEXPECTED_KEY, [3]],
    ["an unknown key behind all", "a301000500" + "0a00", REASON.UNEXPECTED_KEY, [10]],
    ["a repeated key", "a3010001000500", REASON.UNEXPECTED_KEY, [1]],
    ["keys out of order", "a305000100" + "09f4", REASON.MISSING_KEY, [1]],
    ["an optional key out of order", "a4010005000244010203040" + "9f4", REASON.UNEXPECTED_KEY, [2]],
    ["a key of 24", "a301000500" + "181800", REASON.UNEXPECTED_KEY, [24]],
    ["a key that would be known but for its upper bits", "a201001a0001000500", REASON.MISSING_KEY, [5]],
    ["a negative key", "a22000" + "0500", REASON.WRONG_TYPE, []],
    ["a text key", "a2613100" + "0500", REASON.WRONG_TYPE, []],
    ["a value of another type", "a2010005f4", REASON.WRONG_TYPE, [5]],
    ["a value one above its maximum", "a2010b0500", REASON.OUT_OF_RANGE, [1]],
    ["a value not in its shortest form", "a201180a0500", REASON.MALFORMED, [1]],
    ["a value cut short", "a20100051b001fffff", REASON.MALFORMED, [5]],
    ["a key cut short", "a20100", REASON.MALFORMED, [1]],
    ["an array in place of the map", "820100", REASON.WRONG_TYPE, []],
    ["an indefinite map", "bf01000500ff", REASON.MALFORMED, []],
    ["more entries than bytes", "bbffffffffffffffff01000500", REASON.MALFORMED, []],
    ["no bytes", "", REASON.MALFORMED, []],
  ])("refuses %s and names the place", (_what, hex, reason, place) => {
    const decoded = decodeRecord(rows, fromHex(hex));
    expect([decoded.reason, decoded.place]).toEqual([reason, place]);
  });

  it("leaves bytes behind it to its caller", () => {
    expect(decodeRecord(rows, fromHex("a20100050000")).reason).toBe(REASON.LEFT_OVER);
  });

  it("is refused at every cut and never read beyond", () => {
    const whole = fromHex("a4010a02440102030405001809f5".replace("1809", "09"));
    expect(decodeRecord(rows, whole).reason).toBe(REASON.OK);
    for (let length = 0; length < whole.length; length++) {
      expect(decodeRecord(rows, whole.subarray(0, length)).reason, `${length} bytes`).not.toBe(REASON.OK);
    }
  });
});

describe("a 32-bit number", () => {
  it("is bounded at its maximum, also the largest there is", () => {
    const rows = only(ROW.UINT32, 0xffffffff);
    expect(reasonOf(rows, "1affffffff")).toBe(REASON.OK);
    expect(reasonOf(rows, "1b0000000100000000")).toBe(REASON.OUT_OF_RANGE);
    expect(reasonOf(rows, "20")).toBe(REASON.WRONG_TYPE);
    expect(reasonOf(only(ROW.UINT32, 0), "00")).toBe(REASON.OK);
    expect(reasonOf(only(ROW.UINT32, 0), "01")).toBe(REASON.OUT_OF_RANGE);
  });

  it("is not 0 where it must not be", () => {
    expect(reasonOf(only(ROW.UINT32 | NONZERO, 5), "00")).toBe(REASON.OUT_OF_RANGE);
    expect(reasonOf(only(ROW.UINT32 | NONZERO, 5), "01")).toBe(REASON.OK);
    expect(reasonOf(only(ROW.UINT32 | NONZERO, 5), "05")).toBe(REASON.OK);
    expect(reasonOf(only(ROW.UINT32 | NONZERO, 5), "06")).toBe(REASON.OUT_OF_RANGE);
  });

  it("is exactly its bound where it must be", () => {
    const rows = only(ROW.UINT32 | EXACT, 5);
    expect(["04", "05", "06"].map((hex) => reasonOf(rows, hex))).toEqual([
      REASON.OUT_OF_RANGE,
      REASON.OK,
      REASON.OUT_OF_RANGE,
    ]);
  });
});

describe("a 64-bit number", () => {
  it("is at most 2^53 - 1 whatever the row says", () => {
    expect(reasonOf(only(ROW.UINT64, 63), "1b001fffffffffffff")).toBe(REASON.OK);
    expect(reasonOf(only(ROW.UINT64, 63), "1b0020000000000000")).toBe(REASON.OUT_OF_RANGE);
  });

  it("has at most the bits of its row", () => {
    expect(reasonOf(only(ROW.UINT64, 40), "1b000000ffffffffff")).toBe(REASON.OK);
    expect(reasonOf(only(ROW.UINT64, 40), "1b0000010000000000")).toBe(REASON.OUT_OF_RANGE);
    expect(reasonOf(only(ROW.UINT64 | NONZERO, 40), "00")).toBe(REASON.OUT_OF_RANGE);
  });
});

describe("a signed number", () => {
  it.each([
    ["00", 0],
    ["13", 19],
    ["32", -19],
  ])("holds %s", (hex, value) => {
    const { reason, record } = decodeRecord(only(ROW.INT32, 19), one(hex));
    expect([reason, record.getInt32(8, true)]).toEqual([REASON.OK, value]);
  });

  it("is within its magnitude on either side", () => {
    for (const hex of [
      "14",
      "33",
      "3b001ffffffffffffe",
      "3b001fffffffffffff",
      "3bffffffffffffffff",
      "1bffffffffffffffff",
    ]) {
      expect(reasonOf(only(ROW.INT32, 19), hex), hex).toBe(REASON.OUT_OF_RANGE);
    }
    expect(reasonOf(only(ROW.INT32, 19), "40")).toBe(REASON.WRONG_TYPE);
    expect(reasonOf(only(ROW.INT32 | NONZERO, 19), "00")).toBe(REASON.OUT_OF_RANGE);
  });
});

describe("a boolean", () => {
  it("is false or true and nothing else", () => {
    const rows = only(ROW.BOOL, 0);
    for (const [hex, value] of [
      ["f4", 0],
      ["f5", 1],
    ] as const) {
      const { reason, record } = decodeRecord(rows, one(hex));
      expect([reason, record.getUint32(8, true)]).toEqual([REASON.OK, value]);
    }
    for (const hex of ["f6", "f7", "f3", "00", "01", "14"]) {
      expect(reasonOf(rows, hex), hex).toBe(REASON.WRONG_TYPE);
    }
    for (const hex of ["f814", "f815"]) expect(reasonOf(rows, hex), hex).toBe(REASON.MALFORMED);
    for (const hex of ["f93c00", "fa00000014"]) expect(reasonOf(rows, hex), hex).not.toBe(REASON.OK);
  });
});

describe("a string", () => {
  it("is copied only in exactly its length, and nothing beside it is touched", () => {
    const rows = only(ROW.COPY, 3);
    const { reason, record } = decodeRecord(rows, one("43010203"));
    expect(reason).toBe(REASON.OK);
    expect([8, 9, 10, 11].map((at) => record.getUint8(at))).toEqual([1, 2, 3, 0]);
    for (const hex of ["40", "420102", "4401020304"]) {
      const refused = decodeRecord(rows, one(hex));
      expect(refused.reason, hex).toBe(REASON.OUT_OF_RANGE);
      expect(refused.record.getUint32(8, true), hex).toBe(0);
    }
    expect(reasonOf(rows, "63616263")).toBe(REASON.WRONG_TYPE);
  });

  it("is pointed to where it stands, up to its longest", () => {
    const rows = only(ROW.BYTES, 3);
    expect(toHex(decodeRecord(rows, one("43010203")).slice(8))).toBe("010203");
    expect(toHex(decodeRecord(rows, one("40")).slice(8))).toBe("");
    expect(reasonOf(rows, "4401020304")).toBe(REASON.OUT_OF_RANGE);
    expect(reasonOf(only(ROW.BYTES | NONZERO, 3), "40")).toBe(REASON.OUT_OF_RANGE);
    expect(reasonOf(only(ROW.BYTES | EXACT, 3), "420102")).toBe(REASON.OUT_OF_RANGE);
  });

  it("has no length beyond the input, however large it claims to be", () => {
    for (const hex of ["4401", "5affffffff00", "5bffffffffffffffff00"]) {
      expect(reasonOf(only(ROW.BYTES, 0xffffffff), hex), hex).toBe(REASON.MALFORMED);
    }
  });

  it("is UTF-8 if it is text, bounded in bytes", () => {
    const rows = only(ROW.TEXT | NONZERO, 3);
    expect(toHex(decodeRecord(rows, one("63e282ac")).slice(8))).toBe("e282ac");
    expect(reasonOf(rows, "62c0af")).toBe(REASON.MALFORMED);
    expect(reasonOf(rows, "6461626364")).toBe(REASON.OUT_OF_RANGE);
    expect(reasonOf(rows, "60")).toBe(REASON.OUT_OF_RANGE);
    expect(reasonOf(rows, "43616263")).toBe(REASON.WRONG_TYPE);
  });
});

describe("maps, tuples and lists inside a record", () => {
  // {0: {0: uint, ? 1: [uint, uint]}, ? 2: [* {7: uint}], 3: uint}, the shape of a drug entry and of a root document.
  const rows = [
    0 | ROW.MAP | REQUIRED, 8, 0,
      0 | ROW.UINT32 | REQUIRED, 4, 100,
      1 | ROW.TUPLE, 8, 0,
        0 | ROW.UINT32 | REQUIRED, 4, 100,
        1 | ROW.UINT32 | REQUIRED, 8, 100,
      END,
    END,
    2 | ROW.LIST | NONZERO, 32, 3 | (8 << 16),
      0 | ROW.MAP, 0, 0,
        7 | ROW.UINT32 | REQUIRED, 4, 100,
      END,
    END,
    3 | ROW.UINT32 | REQUIRED, 64, 100,
    END,
  ]; // prettier-ignore

  it("have records of their own, elements at equal distances", () => {
    const { reason, record } = decodeRecord(
      rows,
      fromHex("a3 00a2000101820203 0283a10704a10705a10706 0307".replaceAll(" ", "")),
    );
    expect(reason).toBe(REASON.OK);
    const words = Array.from({ length: 17 }, (_, i) => record.getUint32(4 * i, true));
    expect(words).toEqual([0b1101, 0, 0b11, 1, 0b11, 2, 3, 0, 3, 0, 1 << 7, 4, 1 << 7, 5, 1 << 7, 6, 7]);
  });

  it("may be absent with all they hold", () => {
    const { reason, record } = decodeRecord(rows, fromHex("a200a100010307"));
    expect([reason, record.getUint32(0, true), record.getUint32(8, true)]).toEqual([REASON.OK, 0b1001, 1]);
  });

  it.each([
    ["a key missing in the inner map", "a200a10182010203 07".replace(" ", ""), REASON.MISSING_KEY, [0, 0]],
    ["a key unknown in the inner map", "a200a2000105000307", REASON.UNEXPECTED_KEY, [0, 5]],
    [
      "an inner key too many, though the outer map has it",
      "a200a2000103000307",
      REASON.UNEXPECTED_KEY,
      [0, 3],
    ],
    ["a tuple with an element too few", "a200a20001018102" + "0307", REASON.MISSING_KEY, [0, 1, 1]],
    ["a tuple with an element too many", "a200a2000101830203040307", REASON.UNEXPECTED_KEY, [0, 1, 2]],
    ["a tuple element out of range", "a200a20001018202" + "1865" + "0307", REASON.OUT_OF_RANGE, [0, 1, 1]],
    ["a map in place of a tuple", "a200a2000101a102030307", REASON.WRONG_TYPE, [0, 1]],
    ["an empty list where one is needed", "a300a1000102800307", REASON.OUT_OF_RANGE, [2]],
    [
      "a list with an element too many",
      "a300a100010284" + "a10700".repeat(4) + "0307",
      REASON.OUT_OF_RANGE,
      [2],
    ],
    ["a list element that lacks its key", "a300a100010282a10700a00307", REASON.MISSING_KEY, [2, 1, 7]],
    ["a list element out of range", "a300a100010282a10700a10718650307", REASON.OUT_OF_RANGE, [2, 1, 7]],
    ["a list element of another type", "a300a10001028200000307", REASON.WRONG_TYPE, [2, 0]],
    ["a missing key behind them", "a200a100010281a10700", REASON.MISSING_KEY, [3]],
    ["an inner map that takes the outer one's entries", "a200a3000103070307", REASON.UNEXPECTED_KEY, [0, 3]],
  ])("refuse %s and name the place", (_what, hex, reason, place) => {
    const decoded = decodeRecord(rows, fromHex(hex));
    expect([decoded.reason, decoded.place]).toEqual([reason, place]);
  });

  it("hold lists of plain numbers, and of exactly so many", () => {
    const thresholds = only(ROW.LIST | EXACT, 3 | (4 << 16), ROW.UINT32, 0, 16, END);
    const { reason, record } = decodeRecord(thresholds, one("83020110"));
    expect([reason, ...[8, 16, 20, 24].map((at) => record.getUint32(at, true))]).toEqual([
      REASON.OK,
      3,
      2,
      1,
      16,
    ]);
    expect(reasonOf(thresholds, "820201")).toBe(REASON.OUT_OF_RANGE);
    expect(reasonOf(thresholds, "8402010000")).toBe(REASON.OUT_OF_RANGE);
    expect(decodeRecord(thresholds, one("83020111"))).toMatchObject({
      reason: REASON.OUT_OF_RANGE,
      place: [3, 2],
    });
  });

  it("hold lists of tuples", () => {
    const pairs = only(
      ROW.LIST | NONZERO,
      4 | (12 << 16),
      ROW.TUPLE,
      0,
      0,
      REQUIRED,
      4,
      9,
      1 | REQUIRED,
      8,
      9,
      END,
      END,
    );
    const { reason, record } = decodeRecord(pairs, one("82820102820304"));
    expect([reason, ...[8, 20, 24, 32, 36].map((at) => record.getUint32(at, true))]).toEqual([
      REASON.OK,
      2,
      1,
      2,
      3,
      4,
    ]);
  });
});

describe("the rest of the input", () => {
  it("is pointed to, whatever it is, and only as the last key", () => {
    const rows = [0 | ROW.UINT32 | REQUIRED, 4, 9, 6 | ROW.REST | REQUIRED, 8, 0, END];
    const last = decodeRecord(rows, fromHex("a2000106a1ff00"));
    expect(last.reason).toBe(REASON.OK);
    expect(toHex(last.slice(8))).toBe("a1ff00");
    expect(decodeRecord(rows, fromHex("a300010600" + "0700")).reason).toBe(REASON.MALFORMED);
    expect(decodeRecord(rows, fromHex("a10001"))).toMatchObject({ reason: REASON.MISSING_KEY, place: [6] });
  });
});

describe("any map of small numbers", () => {
  it("is read back as another implementation wrote it, and refused with any key missing or added", () => {
    const entries = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 23 }), fc.nat()), {
      minLength: 1,
      maxLength: 24,
      selector: ([key]) => key,
    });
    fc.assert(
      fc.property(entries, fc.integer({ min: 0, max: 23 }), (pairs, other) => {
        const sorted = pairs.toSorted(([a], [b]) => a - b);
        const rows = [
          ...sorted.flatMap(([key], i) => [key | ROW.UINT32 | REQUIRED, 4 + 4 * i, 0xffffffff]),
          END,
        ];
        const { reason, record } = decodeRecord(rows, encode(new Map(pairs), cdeEncodeOptions));
        expect(reason).toBe(REASON.OK);
        expect(sorted.map((_, i) => record.getUint32(4 + 4 * i, true))).toEqual(
          sorted.map(([, value]) => value),
        );

        const changed = new Map(pairs);
        if (!changed.delete(other)) changed.set(other, 0);
        const refused = decodeRecord(rows, encode(changed, cdeEncodeOptions));
        expect([REASON.MISSING_KEY, REASON.UNEXPECTED_KEY]).toContain(refused.reason);
        expect(refused.place.length).toBe(1);
      }),
      { numRuns: 500 },
    );
  });
});

describe("rows that several maps share", () => {
  const shared = [0 | ROW.UINT32 | REQUIRED, 4, 99, 1 | ROW.UINT32, 8, 99, END];
  const at = sharedRows();
  // Two maps and a tuple by one table, a list between them, whose bound is no address.
  const rows = [
    1 | ROW.MAP | REQUIRED, 16, at,
    2 | ROW.TUPLE, 32, at,
    3 | ROW.LIST, 48, 2 | (4 << 16),
      ROW.UINT32, 0, 99,
    END,
    5 | ROW.MAP, 64, at,
    6 | ROW.UINT32, 80, 99,
    END,
  ]; // prettier-ignore
  const decode = (value: unknown) =>
    decodeRecord(rows, encode(value, { ...cdeEncodeOptions, collapseBigInts: true }), shared);
  const map = (entries: Record<number, unknown>): Map<number, unknown> =>
    new Map(Object.entries(entries).map(([key, inner]) => [Number(key), inner]));

  it("fill the record of each, and are passed over where a map is not there", () => {
    const full = decode(map({ 1: map({ 0: 7, 1: 8 }), 2: [9, 10], 3: [11, 12], 5: map({ 0: 13 }), 6: 14 }));
    expect(full.reason).toBe(REASON.OK);
    const words = (from: number, count: number): number[] =>
      Array.from({ length: count }, (_, i) => full.record.getUint32(from + 4 * i, true));
    expect(words(0, 1)).toEqual([(1 << 1) | (1 << 2) | (1 << 3) | (1 << 5) | (1 << 6)]);
    expect([words(16, 3), words(32, 3), words(64, 3)]).toEqual([
      [3, 7, 8],
      [3, 9, 10],
      [1, 13, 0],
    ]);
    expect([words(48, 1), words(56, 2), words(80, 1)]).toEqual([[2], [11, 12], [14]]);
    const bare = decode(map({ 1: map({ 0: 7 }), 6: 14 }));
    expect([bare.reason, bare.record.getUint32(80, true), bare.record.getUint32(64, true)]).toEqual([
      0, 14, 0,
    ]);
  });

  it.each([
    ["a required key missing", map({ 1: map({ 1: 8 }) }), REASON.MISSING_KEY, [1, 0]],
    ["one missing in a later map", map({ 1: map({ 0: 7 }), 5: map({}) }), REASON.MISSING_KEY, [5, 0]],
    ["an element missing", map({ 1: map({ 0: 7 }), 2: [] }), REASON.MISSING_KEY, [2, 0]],
    ["a key that the table lacks", map({ 1: map({ 0: 7, 2: 8 }) }), REASON.UNEXPECTED_KEY, [1, 2]],
    ["an element too many", map({ 1: map({ 0: 7 }), 2: [1, 2, 3] }), REASON.UNEXPECTED_KEY, [2, 2]],
    ["a value above its maximum", map({ 1: map({ 0: 7 }), 5: map({ 0: 100 }) }), REASON.OUT_OF_RANGE, [5, 0]],
    ["a key behind the shared ones", map({ 1: map({ 0: 7 }), 7: 1 }), REASON.UNEXPECTED_KEY, [7]],
  ])("refuse %s and name the place", (_what, value, reason, place) => {
    const decoded = decode(value);
    expect([decoded.reason, decoded.place]).toEqual([reason, place]);
  });
});
