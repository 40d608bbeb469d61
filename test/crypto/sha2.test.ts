import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { concat, fromHex, toHex } from "../support/bytes.js";
import { diag } from "../support/diag.js";
import { describeVectors, vectorText } from "../support/vectors.js";

type Bits = 256 | 512;
const FUNCTIONS = [256, 512] as const;

function digest(bits: Bits, message: Uint8Array): string {
  return toHex(bits === 256 ? diag.sha256(message) : diag.sha512(message));
}

function expected(bits: Bits, message: Uint8Array): string {
  return createHash(`sha${bits}`).update(message).digest("hex");
}

/** The `name = value` records of a NIST response file, each ending with its MD. */
function* records(text: string): Generator<Record<string, string>> {
  let record: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const [, name, value] = /^(\w+) = (\w+)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    record[name] = value;
    if (name !== "MD") continue;
    yield record;
    record = {};
  }
}

describe.each(FUNCTIONS)("SHA-%i against NIST CAVP", (bits) => {
  describe.each([
    ["Short", bits / 4 + 1],
    ["Long", bits / 4],
  ])("%s messages", (kind, count) => {
    const path = `nist-cavp-shs/SHA${bits}${kind}Msg.rsp`;
    describeVectors(path, path, () => {
      it(`agrees on all ${count}`, () => {
        let seen = 0;
        for (const { Len, Msg, MD } of records(vectorText(path))) {
          const message = fromHex(Msg!).subarray(0, Number(Len) / 8);
          expect(digest(bits, message), `Len = ${Len}`).toBe(MD);
          seen++;
        }
        expect(seen).toBe(count);
      });
    });
  });

  const path = `nist-cavp-shs/SHA${bits}Monte.rsp`;
  describeVectors(path, path, () => {
    it("agrees on all 100 checkpoints of the Monte Carlo test", () => {
      const text = vectorText(path);
      let seed = fromHex(/^Seed = (\w+)/m.exec(text)![1]!);
      let seen = 0;
      for (const { MD } of records(text)) {
        const last = [seed, seed, seed];
        for (let i = 0; i < 1000; i++) {
          last.push(fromHex(digest(bits, concat(...last.splice(0, 1), last[0]!, last[1]!))));
        }
        seed = last[2]!;
        expect(toHex(seed)).toBe(MD);
        seen++;
      }
      expect(seen).toBe(100);
    });
  });
});

describe.each(FUNCTIONS)("SHA-%i", (bits) => {
  const text = Uint8Array.from({ length: 20_000 }, (_, i) => (i * 167 + (i >> 8)) & 255);

  it("agrees with node:crypto at every length from 0 to 600", () => {
    for (let length = 0; length <= 600; length++) {
      const message = text.subarray(0, length);
      expect(digest(bits, message), `length ${length}`).toBe(expected(bits, message));
    }
  });

  it("agrees on messages longer than the buffer, by one byte and by many", () => {
    for (const length of [8191, 8192, 8193, 16_384, 20_000]) {
      const message = text.subarray(0, length);
      expect(digest(bits, message), `length ${length}`).toBe(expected(bits, message));
    }
  });

  it("gives the same however the message is cut in three around the ends of blocks", () => {
    const block = bits / 4;
    const length = 2 * block + 9;
    const message = text.subarray(0, length);
    const whole = expected(bits, message);
    for (let first = 0; first <= length; first++) {
      for (const second of [0, 1, block - 1, block, block + 1]) {
        if (first + second > length) continue;
        diag.write(message);
        diag.call("hashBegin", bits);
        diag.call("hashUpdate", bits, 0, first);
        diag.call("hashUpdate", bits, first, second);
        diag.call("hashUpdate", bits, first + second, length - first - second);
        diag.call("hashFinish", bits);
        expect(toHex(diag.read(bits / 8)), `${first} | ${second} | rest`).toBe(whole);
      }
    }
  });

  it("keeps a digest under way apart from one-shot digests and from the other function's", () => {
    const other = bits === 256 ? 512 : 256;
    const message = text.subarray(0, 300);
    diag.call("hashBegin", bits);
    diag.write(message);
    diag.call("hashUpdate", bits, 0, 100);
    diag.call("hashBegin", other);
    diag.call("hashUpdate", other, 0, 300);
    diag.call("hashFinish", other);
    expect(toHex(diag.read(other / 8))).toBe(expected(other, message));
    if (bits === 256) diag.sha256(message);
    diag.write(message);
    diag.call("hashUpdate", bits, 100, 200);
    diag.call("hashFinish", bits);
    expect(toHex(diag.read(bits / 8))).toBe(expected(bits, message));
  });
});
