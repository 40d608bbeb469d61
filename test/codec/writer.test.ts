import { cdeEncodeOptions, encode } from "cbor2";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex } from "../support/bytes.js";
import { diag } from "../support/diag.js";

const [UNSIGNED, INTEGER, BYTES, TEXT, ARRAY, MAP, BOOL, NULL] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const OUT_AT = 4096;
const OVERFLOW = 0xffffffff;

/** Writes items into `capacity` bytes; what was written, or `null` after an overflow. */
function write(items: readonly [type: number, value: bigint | Uint8Array][], capacity = 2048): string | null {
  diag.call("writeBegin", OUT_AT, capacity);
  let end = 0;
  for (const [type, value] of items) {
    if (typeof value === "bigint") {
      const bits = BigInt.asUintN(64, value);
      end = diag.call("writeItem", type, Number(bits & 0xffffffffn), Number(bits >> 32n));
    } else {
      diag.write(value);
      end = diag.call("writeItem", type, 0, value.length);
    }
  }
  return end === OVERFLOW ? null : toHex(diag.peek(start(), end - start()));
}

/** Address of the output. */
function start(): number {
  return diag.call("ioBuffer") + OUT_AT;
}

const reference = (value: unknown): string => toHex(encode(value, cdeEncodeOptions));

describe("the writer", () => {
  it("writes every integer in its shortest form, at each width's edges", () => {
    for (const edge of [0n, 24n, 256n, 65536n, 2n ** 32n, 2n ** 53n]) {
      for (const value of [edge - 1n, edge, edge + 1n]) {
        if (value >= 0n) expect(write([[UNSIGNED, value]])).toBe(reference(value));
        expect(write([[INTEGER, value]])).toBe(reference(value));
        expect(write([[INTEGER, -value]])).toBe(reference(-value));
      }
    }
    expect(write([[UNSIGNED, 2n ** 64n - 1n]])).toBe("1bffffffffffffffff");
    expect(write([[INTEGER, -(2n ** 63n)]])).toBe("3b7fffffffffffffff");
  });

  it("writes strings, heads, booleans and null as another implementation does", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.string({ unit: "binary", maxLength: 80 }),
        (bytes, text) => {
          expect(write([[BYTES, bytes]])).toBe(reference(bytes));
          expect(write([[TEXT, new TextEncoder().encode(text)]])).toBe(reference(text));
        },
      ),
    );
    const written = write([[MAP, 2n], [UNSIGNED, 1n], [ARRAY, 3n], [BOOL, 0n], [BOOL, 1n], [NULL, 0n], [UNSIGNED, 2n], [INTEGER, -7n]]); // prettier-ignore
    expect(written).toBe(reference(new Map<number, unknown>([[1, [false, true, null]], [2, -7]]))); // prettier-ignore
  });

  it("fills a buffer to its last byte and writes nothing beyond", () => {
    const items: [number, bigint | Uint8Array][] = [[UNSIGNED, 2n ** 32n], [BYTES, Uint8Array.of(1, 2, 3)]]; // prettier-ignore
    const whole = write(items)!;
    expect(write(items, whole.length / 2)).toBe(whole);
    for (let capacity = 0; capacity < whole.length / 2; capacity++) {
      diag.write(new Uint8Array(64).fill(0xa5), OUT_AT);
      expect(write(items, capacity), `${capacity} bytes`).toBe(null);
      expect(new Set(diag.read(64 - capacity, OUT_AT + capacity)), `${capacity} bytes`).toEqual(
        new Set([0xa5]),
      );
    }
  });

  it("stays in overflow, though a later item would fit", () => {
    expect(write([[UNSIGNED, 2n ** 40n], [UNSIGNED, 0n]], 4)).toBe(null); // prettier-ignore
  });
});
