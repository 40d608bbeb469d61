import { describe, expect, it } from "vitest";
import { concat, fromHex, fromLittleEndian, toLittleEndian } from "../support/bytes.js";
import { diag } from "../support/diag.js";
import { flip, type Signed, signer } from "../support/ed25519.js";
import { L } from "../support/edwards25519.js";
import { numbers, randomBytes } from "../support/random.js";
import { describeVectors, vectorJson } from "../support/vectors.js";

/** Slices of a short message (ed25519.ts): hash, two of decompression, multiples, 22 of multiplication, comparison. */
const SLICES_MAX = 27;

const random = numbers(9032);

function honest(length: number): Signed {
  const by = signer();
  const message = randomBytes(random, length);
  return { key: by.key, message, signature: by.sign(message) };
}

const RFC = "rfc8032/ed25519.json";
describeVectors(RFC, "Ed25519 against RFC 8032 7.1", () => {
  const cases = vectorJson(RFC) as { name: string; publicKey: string; message: string; signature: string }[];

  it.each(cases)(
    "accepts test $name, and refuses it with the last bit of the message or signature changed",
    (test) => {
      const key = fromHex(test.publicKey);
      const message = fromHex(test.message);
      const signature = fromHex(test.signature);
      expect(diag.ed25519Verify(key, message, signature)).toBe(true);
      expect(diag.ed25519Verify(key, message, flip(signature, 0))).toBe(false);
      expect(diag.ed25519Verify(key, concat(message, Uint8Array.of(0)), signature)).toBe(false);
      if (message.length > 0) expect(diag.ed25519Verify(key, flip(message, 7), signature)).toBe(false);
    },
  );
});

describe("an honest signature", () => {
  const signed = Array.from({ length: 500 }, (_, i) => honest(i % 301));

  it("by node:crypto is accepted, 500 of 500, for every message length from 0 to 300", () => {
    for (const { key, message, signature } of signed) {
      const verification = diag.ed25519Verification(key, message, signature);
      expect(verification, `message of ${message.length} bytes`).toMatchObject({
        acceptable: true,
        valid: true,
        difference: 0,
        witness: 0,
      });
      expect(verification.slices).toBeLessThanOrEqual(SLICES_MAX);
    }
  });

  it("is refused under each other key and with each other message", () => {
    signed.slice(1).forEach(({ key, message, signature }, i) => {
      const other = signed[i]!;
      expect(diag.ed25519Verify(other.key, message, signature)).toBe(false);
      expect(diag.ed25519Verify(key, other.message, signature)).toBe(false);
    });
  });

  it("over a message of many pieces is accepted, and refused with the last bit of it changed", () => {
    for (const length of [1023, 1024, 1025, 8192, 20_001]) {
      const { key, message, signature } = honest(length);
      expect(diag.ed25519Verify(key, message, signature)).toBe(true);
      expect(diag.ed25519Verify(key, flip(message, 8 * length - 1), signature)).toBe(false);
    }
  });

  it("is verified in one call as in slices", () => {
    for (const { key, message, signature } of signed.slice(0, 50)) {
      diag.write(concat(key, signature, message));
      const valid = diag.call("ed25519Verify", message.length);
      diag.write(concat(key, flip(signature, 300), message));
      const invalid = diag.call("ed25519Verify", message.length);
      expect([valid, invalid]).toEqual([0x2d5aa5d2, 0xd2a55a2d]);
    }
  });
});

describe("a signature with one bit changed", () => {
  const { key, message, signature } = honest(40);

  it.each([
    ["R", 0, 256],
    ["S", 256, 512],
  ])("in %s is refused, 256 of 256, by both verdicts", (_part, from, to) => {
    for (let bit = from; bit < to; bit++) {
      const verification = diag.ed25519Verification(key, message, flip(signature, bit));
      expect(verification.valid, `bit ${bit}`).toBe(false);
      expect(verification.difference, `bit ${bit}`).not.toBe(0);
      expect(verification.witness, `bit ${bit}`).not.toBe(0);
    }
  });

  it("in the key is refused, 256 of 256", () => {
    for (let bit = 0; bit < 256; bit++) {
      expect(diag.ed25519Verify(flip(key, bit), message, signature), `bit ${bit}`).toBe(false);
    }
  });

  it("in the message is refused, 320 of 320", () => {
    for (let bit = 0; bit < 320; bit++) {
      expect(diag.ed25519Verify(key, flip(message, bit), signature), `bit ${bit}`).toBe(false);
    }
  });
});

describe("a key or signature of the wrong length", () => {
  const { key, message, signature } = honest(40);

  it.each([0, 1, 31, 33, 64])("is refused: a key of %i bytes", (length) => {
    const other = concat(key, key, key).subarray(0, length);
    expect(diag.ed25519Verify(other, message, signature)).toBe(false);
  });

  it.each([0, 1, 32, 63, 65, 128])("is refused: a signature of %i bytes", (length) => {
    const other = concat(signature, signature).subarray(0, length);
    expect(diag.ed25519Verify(key, message, other)).toBe(false);
  });
});

describe("a verification in slices", () => {
  const { key, message, signature } = honest(100);

  function begin(): void {
    diag.write(concat(key, signature));
    diag.call("ed25519Begin");
    diag.write(message);
    diag.call("ed25519Update", message.length);
  }

  it("says INVALID, by both verdicts, until its last slice is done", () => {
    begin();
    let slices = 0;
    do {
      expect(diag.call("ed25519Result")).toBe(0xd2a55a2d);
      expect(diag.call("ed25519Difference")).not.toBe(0);
      expect(diag.call("ed25519Witness")).not.toBe(0);
      slices++;
    } while (diag.call("ed25519Step") === 0);
    expect(slices).toBeGreaterThan(20);
    expect(diag.call("ed25519Result")).toBe(0x2d5aa5d2);
  });

  it("keeps nothing of an unfinished one: begun again after any number of slices, it comes to the same", () => {
    for (let slices = 0; slices < SLICES_MAX; slices++) {
      begin();
      for (let i = 0; i < slices; i++) diag.call("ed25519Step");
      expect(diag.ed25519Verify(key, message, signature)).toBe(true);
      begin();
      for (let i = 0; i < slices; i++) diag.call("ed25519Step");
      expect(diag.ed25519Verify(key, message, flip(signature, 256 + slices))).toBe(false);
    }
  });

  it("does not let a valid one stand for the next: a new beginning is INVALID at once", () => {
    expect(diag.ed25519Verify(key, message, signature)).toBe(true);
    begin();
    expect(diag.call("ed25519Result")).toBe(0xd2a55a2d);
  });

  it("may be asked for more slices than there are, to no effect", () => {
    expect(diag.ed25519Verify(key, message, signature)).toBe(true);
    expect(diag.call("ed25519Step")).toBe(1);
    expect(diag.call("ed25519Result")).toBe(0x2d5aa5d2);
  });

  it("uses the copies made at its beginning: what the host writes afterwards does not count", () => {
    begin();
    diag.write(new Uint8Array(200).fill(0xff));
    while (diag.call("ed25519Step") === 0) continue;
    expect(diag.call("ed25519Result")).toBe(0x2d5aa5d2);
  });
});

describe("S plus a multiple of L", () => {
  const { key, message, signature } = honest(64);
  const s = fromLittleEndian(signature.subarray(32));
  const withS = (value: bigint): Uint8Array => concat(signature.subarray(0, 32), toLittleEndian(value, 32));

  it.each(Array.from({ length: 14 }, (_, i) => BigInt(i + 1)))("is refused: S + %d L", (times) => {
    expect(diag.ed25519Verification(key, message, withS(s + times * L))).toMatchObject({
      acceptable: false,
      valid: false,
      difference: 1, // the rule S < L, and nothing else: the equation holds
      witness: 1,
    });
  });
});
