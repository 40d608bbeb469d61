import { cdeDecodeOptions, cdeEncodeOptions, decode, encode } from "cbor2";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, fromHex, toHex } from "../support/bytes.js";
import { diag } from "../support/diag.js";
import { describeVectors, vectorJson } from "../support/vectors.js";
import { isDeterministic, LEVELS_MAX } from "./reference.js";
import { isItem } from "./support.js";

const accepts = (hex: string): boolean => isItem(fromHex(hex));

describe("one deterministic item", () => {
  // Each width at the smallest argument that needs it, and one below, which must use the shorter form.
  it.each(["0", "2", "4", "6", "8", "a"])(
    "has its argument in the shortest form (initial bytes %s. and the next)",
    (half) => {
      const major = parseInt(half, 16) >> 1;
      for (const [shortest, wasteful] of [
        ["18", "17"],
        ["0100", "00ff"],
        ["00010000", "0000ffff"],
        ["0000000100000000", "00000000ffffffff"],
      ] as const) {
        const width = shortest.length / 2;
        const head = ((major << 5) | (24 + Math.log2(width))).toString(16).padStart(2, "0");
        // Only integers stand alone; what else needs that many bytes of content is refused for their lack.
        expect(accepts(head + shortest), head + shortest).toBe(major < 2);
        expect(accepts(head + wasteful), head + wasteful).toBe(false);
      }
    },
  );

  it("may be an integer of the full 64 bits of either sign", () => {
    expect(accepts("1bffffffffffffffff")).toBe(true);
    expect(accepts("3bffffffffffffffff")).toBe(true);
  });

  it.each([
    ["nothing at all", ""],
    ["an indefinite byte string", "5f4101ff"],
    ["an indefinite text", "7f6161ff"],
    ["an indefinite array", "9f01ff"],
    ["an indefinite map", "bf0101ff"],
    ["a lone break", "ff"],
    ["a half float", "f93c00"],
    ["a single float", "fa47c35000"],
    ["a double float", "fb3ff199999999999a"],
    ["undefined", "f7"],
    ["an unassigned simple value", "f0"],
    ["a simple value in two bytes", "f8ff"],
    ["false in two bytes", "f814"],
    ["a tag", "c074"],
    ["a tagged integer", "c101"],
    ["a byte behind the item", "0000"],
    ["a reserved length, 28", "1c"],
    ["an array cut short", "820102".slice(0, 4)],
    ["a map without its last value", "a10102".slice(0, 4)],
    ["a length that would wrap the address", "5bffffffffffffffff00"],
    ["a count that would wrap when doubled", "bb800000000000000100"],
    ["a count of entries of which half would fit", "a2010203"],
  ])("is not %s", (_what, hex) => {
    expect(accepts(hex)).toBe(false);
  });

  it("has keys that rise in the bytewise order of their encodings, of whatever type", () => {
    // The order of RFC 8949 4.2.1: 10, 100, -1, "z", "aa", [100], [-1], false.
    const keys = ["0a", "1864", "20", "617a", "626161", "811864", "8120", "f4"];
    expect(accepts("a8" + keys.map((key) => key + "00").join(""))).toBe(true);
    for (let i = 1; i < keys.length; i++) {
      const swapped = keys.with(i, keys[i - 1]!).with(i - 1, keys[i]!);
      expect(
        accepts("a8" + swapped.map((key) => key + "00").join("")),
        `${keys[i]!} before ${keys[i - 1]!}`,
      ).toBe(false);
    }
  });

  it("has no key twice, be it an integer, a text or an array", () => {
    for (const key of ["01", "6161", "8101"]) expect(accepts(`a2${key}00${key}00`)).toBe(false);
  });

  it("keeps the order of an outer map across a map inside it", () => {
    expect(accepts("a201a2050006000200")).toBe(true);
    expect(accepts("a202a2050006000100")).toBe(false);
    expect(accepts("a2a10500 00 a10600 00".replaceAll(" ", ""))).toBe(true);
    expect(accepts("a2a10600 00 a10500 00".replaceAll(" ", ""))).toBe(false);
  });

  it.each([81, 0xa1])(`has at most ${LEVELS_MAX} levels`, (kind) => {
    const level = kind === 0xa1 ? "a100" : "81";
    expect(accepts(level.repeat(LEVELS_MAX - 1) + "80")).toBe(true);
    expect(accepts(level.repeat(LEVELS_MAX) + "00")).toBe(true);
    expect(accepts(level.repeat(LEVELS_MAX) + "80")).toBe(false);
    expect(accepts(level.repeat(LEVELS_MAX + 1) + "00")).toBe(false);
  });

  it("leaves levels again: many arrays side by side are not deep", () => {
    expect(accepts("9864" + "8180".repeat(100))).toBe(true);
  });
});

describe("text", () => {
  const text = (hex: string): string => (0x60 + hex.length / 2).toString(16) + hex;

  it.each([
    ["U+007F", "7f"],
    ["U+0080", "c280"],
    ["U+07FF", "dfbf"],
    ["U+0800", "e0a080"],
    ["U+D7FF, the last before the surrogates", "ed9fbf"],
    ["U+E000, the first after the surrogates", "ee8080"],
    ["U+FFFF", "efbfbf"],
    ["U+10000", "f0908080"],
    ["U+10FFFF", "f48fbfbf"],
  ])("may hold %s", (_name, hex) => {
    expect(accepts(text(hex))).toBe(true);
    expect(accepts(text(hex + hex + "61"))).toBe(true);
  });

  it.each([
    ["a continuation alone", "80"],
    ["an overlong U+007F in two bytes", "c1bf"],
    ["an overlong U+07FF in three bytes", "e09fbf"],
    ["an overlong U+FFFF in four bytes", "f08fbfbf"],
    ["a surrogate, U+D800", "eda080"],
    ["a surrogate, U+DFFF", "edbfbf"],
    ["U+110000", "f4908080"],
    ["a first byte of 0xF5", "f5808080"],
    ["a first byte of 0xF8", "f888808080"],
    ["a character cut short by the end", "e282"],
    ["a character cut short by another", "e28261"],
  ])("does not hold %s", (_name, hex) => {
    expect(accepts(text(hex))).toBe(false);
  });

  it("is not cut short by its length within a character, though the bytes go on", () => {
    expect(accepts("8261c261".concat("80"))).toBe(false);
  });
});

describe("against a reference", () => {
  it("agrees on every input of one and of two bytes", () => {
    let accepted = 0;
    for (let value = -1; value < 65536; value++) {
      const one = value < 256 && value >= 0 ? [Uint8Array.of(value)] : [];
      const inputs = [...one, ...(value < 0 ? [] : [Uint8Array.of(value >> 8, value & 255)])];
      for (const bytes of inputs) {
        const expected = isDeterministic(bytes);
        if (isItem(bytes) !== expected) expect.fail(`${toHex(bytes)}: the reference says ${expected}`);
        if (expected) accepted++;
      }
    }
    expect(accepted).toBeGreaterThan(256);
  });

  it("accepts as many of the 65,536 inputs of three bytes under each first byte", () => {
    const bytes = new Uint8Array(3);
    for (let first = 0; first < 256; first++) {
      bytes[0] = first;
      let expected = 0;
      for (let rest = 0; rest < 65536; rest++) {
        bytes[1] = rest >> 8;
        bytes[2] = rest & 255;
        if (isDeterministic(bytes)) expected++;
      }
      const counted = diag.call("cborCountItems", 3, first, 1);
      if (counted !== expected) {
        expect.fail(`first byte ${first}: ${counted}, the reference counts ${expected}`);
      }
    }
    expect(diag.call("cborCountItems", 3, 0, 0)).toBeGreaterThan(0);
  });

  /** Anything the profile can say, keys of any type included. */
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n - 1n }),
      fc.maxSafeInteger(),
      fc.string({ unit: "binary" }),
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom(true, false, null),
      fc.array(tie("any"), { maxLength: 30 }),
      fc
        .array(fc.tuple(fc.oneof(fc.nat(), fc.string(), fc.boolean()), tie("any")), { maxLength: 30 })
        .map((entries) => new Map(entries)),
    ),
  })).any;

  it("accepts whatever another implementation encodes, cut at no byte but the last", () => {
    fc.assert(
      fc.property(value, (one) => {
        const bytes = encode(one, cdeEncodeOptions);
        expect(isItem(bytes)).toBe(isDeterministic(bytes));
        expect(isItem(bytes.subarray(0, -1))).toBe(false);
        expect(isItem(concat(bytes, Uint8Array.of(0)))).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it("agrees on flipped bits, and with another implementation on what both have types for", () => {
    let refused = 0;
    fc.assert(
      fc.property(value, fc.nat(), (one, place) => {
        const bytes = encode(one, cdeEncodeOptions).slice();
        const bit = place % (bytes.length * 8);
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        const accepted = isItem(bytes);
        expect(accepted).toBe(isDeterministic(bytes));
        if (accepted) expect(() => decode(bytes, cdeDecodeOptions)).not.toThrow();
        else refused++;
      }),
      { numRuns: 2000 },
    );
    expect(refused).toBeGreaterThan(100);
  });
});

interface PublicCase {
  readonly hex: string;
  readonly roundtrip?: boolean;
  readonly diagnostic?: string;
}

/** Of a public vector that is deterministic: whether it is of a type that the protocol has. Type is told by the first byte. */
function typeIsOurs(hex: string): boolean {
  const first = parseInt(hex.slice(0, 2), 16);
  return first < 0xc0 || ["f4", "f5", "f6"].includes(hex);
}

describeVectors("cbor-appendix-a/appendix_a.json", "RFC 8949 appendix A", () => {
  const cases = vectorJson("cbor-appendix-a/appendix_a.json") as PublicCase[];

  it("accepts every case that is in its preferred form and of a type the protocol has, and no other", () => {
    const expected = cases
      .filter((one) => one.roundtrip === true && typeIsOurs(one.hex))
      .map((one) => one.hex);
    expect(cases.map((one) => one.hex).filter(accepts)).toEqual(expected);
    expect(expected.length).toBeGreaterThan(20);
    expect(cases.length - expected.length).toBeGreaterThan(20);
  });
});

describeVectors("dcbor/invalid.json", "dCBOR test vectors", () => {
  const valid = vectorJson("dcbor/valid.json") as PublicCase[];
  const invalid = vectorJson("dcbor/invalid.json") as (PublicCase & { notes?: string })[];

  it("accepts every valid case of a type the protocol has, and no other", () => {
    const ours = valid.map((one) => one.hex).filter(typeIsOurs);
    expect(valid.map((one) => one.hex).filter(accepts)).toEqual(ours);
    expect(ours.length).toBeGreaterThan(10);
  });

  it("refuses every invalid case but those that only dCBOR forbids: 65-bit negatives and text that is not normalised", () => {
    const onlyDcbor = /65-bit negative|NFC|normal/i;
    const accepted = invalid.filter((one) => accepts(one.hex));
    for (const one of accepted) expect(one.notes ?? "", one.hex).toMatch(onlyDcbor);
    expect(invalid.length - accepted.length).toBeGreaterThan(20);
  });
});
