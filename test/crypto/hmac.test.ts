import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../support/bytes.js";
import { diag } from "../support/diag.js";
import { describeVectors, vectorJson } from "../support/vectors.js";

interface MacFile {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    /** Bits; shorter tags are the front of the whole one. */
    readonly tagSize: number;
    readonly tests: readonly {
      readonly tcId: number;
      readonly comment: string;
      readonly key: string;
      readonly msg: string;
      readonly tag: string;
      readonly result: "valid" | "invalid";
    }[];
  }[];
}

const bytes = (length: number, factor: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * factor + 3) & 255);

const WYCHEPROOF = "wycheproof/hmac_sha256_test.json";
describeVectors(WYCHEPROOF, "HMAC-SHA256 against Wycheproof", () => {
  const file = vectorJson(WYCHEPROOF) as MacFile;
  const cases = file.testGroups.flatMap((group) =>
    group.tests.map((test) => ({ ...test, tagSize: group.tagSize })),
  );
  const tagOf = ({ key, msg, tagSize }: (typeof cases)[number]): string =>
    toHex(diag.hmacSha256(fromHex(key), fromHex(msg)).subarray(0, tagSize / 8));

  it("makes the tag of every valid case", () => {
    const valid = cases.filter((test) => test.result === "valid");
    for (const test of valid) expect(tagOf(test), `tcId ${test.tcId} ${test.comment}`).toBe(test.tag);
    expect(valid.length).toBeGreaterThan(0);
  });

  it("refuses the tag of every invalid case", () => {
    const invalid = cases.filter((test) => test.result === "invalid");
    for (const test of invalid) expect(tagOf(test), `tcId ${test.tcId} ${test.comment}`).not.toBe(test.tag);
    expect(invalid.length).toBeGreaterThan(0);
  });

  it("has seen every case of the file", () => {
    expect(cases.length).toBe(file.numberOfTests);
  });
});

describe("HMAC-SHA256", () => {
  it("agrees with node:crypto for every key length from 0 to 200, across the block length where keys begin to be hashed", () => {
    const message = bytes(77, 31);
    for (let length = 0; length <= 200; length++) {
      const key = bytes(length, 59);
      const expected = createHmac("sha256", key).update(message).digest("hex");
      expect(toHex(diag.hmacSha256(key, message)), `key of ${length} bytes`).toBe(expected);
    }
  });

  it("agrees for every message length from 0 to 300 and for messages in pieces", () => {
    const key = bytes(32, 7);
    for (const length of [...Array(301).keys(), 8160, 8161, 20_000]) {
      const message = bytes(length, 13);
      const expected = createHmac("sha256", key).update(message).digest("hex");
      expect(toHex(diag.hmacSha256(key, message)), `message of ${length} bytes`).toBe(expected);
    }
  });

  it("tells a key from the same key with one zero byte more only beyond a block, as RFC 2104 has it", () => {
    const message = bytes(10, 3);
    const tag = (length: number): string => toHex(diag.hmacSha256(new Uint8Array(length).fill(0), message));
    expect(tag(63)).toBe(tag(64));
    expect(tag(64)).not.toBe(tag(65));
  });
});
