import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeCbor,
  type Encodable,
  encodeCbor,
  EncodingError,
  MapReader,
} from "../../host-sim/authority/encoding.js";
import { array, bstr, bytes, hex, map, negative, tstr, uint } from "./support.js";

const anyValue = fc.letrec<{ value: Encodable; map: Encodable }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.maxSafeInteger(),
    fc.string({ unit: "grapheme" }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie("value"), { maxLength: 5 }),
    tie("map"),
  ),
  map: fc
    .uniqueArray(fc.tuple(fc.nat(23), tie("value")), { selector: ([k]) => k, maxLength: 6 })
    .map((e) => new Map(e)),
})).value;

/** RFC 8949 by hand, map keys in ascending order. */
function byHand(value: Encodable): string {
  if (typeof value === "number") return value < 0 ? negative(value) : uint(value);
  if (typeof value === "string") return tstr(value);
  if (value instanceof Uint8Array) return bstr(hex(value));
  if (Array.isArray(value)) return array(...(value as Encodable[]).map(byHand));
  const entries = [...(value as Map<number, Encodable>)].sort(([a], [b]) => a - b);
  return map(...entries.flatMap(([k, v]) => [uint(k), byHand(v)]));
}

describe("encoding", () => {
  it("is what RFC 8949 says, whatever the value", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(hex(encodeCbor(value))).toBe(byHand(value));
      }),
    );
  });

  it("takes plain records with numeric keys, in any order, and leaves out what is undefined", () => {
    expect(hex(encodeCbor({ 5: "a", 1: 2, 3: undefined }))).toBe(map(uint(1), uint(2), uint(5), tstr("a")));
  });

  it("takes integers of both kinds up to 2^53-1 and writes -0 as 0", () => {
    expect(hex(encodeCbor(2n ** 53n - 1n))).toBe("1b001fffffffffffff");
    expect(hex(encodeCbor(-0))).toBe("00");
  });

  it.each([
    ["2^53", 2n ** 53n, /2\^53-1/],
    ["a fraction", 0.5, /not an integer/],
    ["NaN", NaN, /not an integer/],
    ["a key of 24", { 24: 1 }, /map key 24/],
    ["a negative key", new Map([[-1, 1]]), /map key -1/],
    ["half a character", "\ud800", /well-formed/],
    ["nothing in an array", [undefined], /item 0: no value/],
    ["8,193 bytes", new Uint8Array(8190), /at most 8192/],
  ])("refuses %s", (_name, value, message) => {
    expect(() => encodeCbor(value)).toThrow(EncodingError);
    expect(() => encodeCbor(value)).toThrow(message);
  });

  it("names the field it refuses", () => {
    expect(() => encodeCbor({ 6: [1, { 4: 0.5 }] })).toThrow(/^key 6, item 1, key 4: /);
  });

  it("holds 8,192 bytes", () => {
    expect(encodeCbor(new Uint8Array(8192 - 3))).toHaveLength(8192);
  });
});

describe("decoding", () => {
  it("gives back what was encoded", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(hex(encodeCbor(decodeCbor(encodeCbor(value))))).toBe(byHand(value));
      }),
    );
  });

  it("of any bytes yields a value that encodes to the same bytes, or an EncodingError", () => {
    let decoded = 0;
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 12 }), (input) => {
        try {
          const value = decodeCbor(input);
          decoded++;
          expect(hex(encodeCbor(value))).toBe(hex(input));
        } catch (error) {
          expect(error).toBeInstanceOf(EncodingError);
        }
      }),
      { numRuns: 2000 },
    );
    expect(decoded).toBeGreaterThan(0);
  });

  it.each([
    ["no bytes", ""],
    ["a long integer", "1817"],
    ["an indefinite array", "9f00ff"],
    ["keys out of order", "a201000000"],
    ["a key twice", "a200000000"],
    ["a float", "f93c00"],
    ["a boolean", "f5"],
    ["undefined", "f7"],
    ["a tag inside", "81c100"],
    ["a bignum", "c24101"],
    ["2^53", "1b0020000000000000"],
    ["2^64-1", "1bffffffffffffffff"],
    ["a text key", "a1616100"],
    ["a key of 24", "a1181800"],
    ["a negative key", "a12000"],
    ["bad UTF-8", "62c328"],
    ["a byte too many", "0000"],
    ["a byte too few", "4200"],
  ])("refuses %s", (_name, input) => {
    expect(() => decodeCbor(bytes(input))).toThrow(EncodingError);
  });

  it("refuses 8,193 bytes", () => {
    const input = bytes("592000" + "00".repeat(8192));
    expect(() => decodeCbor(input)).toThrow(/at most 8192/);
  });
});

describe("a map reader", () => {
  const reader = () =>
    new MapReader(decodeCbor(encodeCbor({ 0: 7, 1: bytes("0102"), 2: "text", 3: [1, 2] })), "top");

  it("reads each field and ends", () => {
    const map = reader();
    expect(map.uint(0, "number", 7, 7)).toBe(7);
    expect(map.bytes(1, "bytes", 2)).toEqual(bytes("0102"));
    expect(map.text(2, "text", 4, 4)).toBe("text");
    expect(map.pair(3, "pair")).toEqual([1, 2]);
    expect(map.optional(9, () => map.uint(9, "absent"))).toBeUndefined();
    expect(() => map.end()).not.toThrow();
  });

  it.each<[string, (map: MapReader) => unknown, RegExp]>([
    ["a missing key", (m) => m.uint(9, "dose"), /^top, key 9 \(dose\): is missing/],
    [
      "another type",
      (m) => m.uint(2, "dose"),
      /^top, key 2 \(dose\): expected an unsigned integer, found a text/,
    ],
    ["a value below its range", (m) => m.uint(0, "dose", 8), /7 is outside 8/],
    ["a value above its range", (m) => m.uint(0, "dose", 0, 6), /7 is outside 0..6/],
    ["bytes one too few", (m) => m.bytes(1, "id", 3), /has 2 bytes; exactly 3/],
    ["bytes one too many", (m) => m.bytes(1, "id", 1), /has 2 bytes; exactly 1/],
    ["a text too long", (m) => m.text(2, "name", 1, 3), /has 4 bytes; 1..3/],
    ["an array too short", (m) => m.array(3, "keys", 3, 3), /has 2 items; 3/],
    ["a map where there is none", (m) => m.mapAt(0, "body"), /expected a map, found the integer 7/],
    ["a key nobody asked for", (m) => m.end(), /^top, key 0: is unknown/],
  ])("refuses %s and names it", (_name, read, message) => {
    expect(() => read(reader())).toThrow(message);
  });
});
