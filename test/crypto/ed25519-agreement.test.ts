import { verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { diag } from "../support/diag.js";
import { flip, prepare, signer } from "../support/ed25519.js";
import { numbers, randomBytes } from "../support/random.js";

const SIGNATURES = 10_000;

const random = numbers(8032);
const below = (bound: number): number => Math.floor(random() * bound);

/** What node:crypto says, and what the module says without and with a prepared key. */
type Opinions = readonly [node: boolean, plain: boolean, prepared: boolean];

describe("10,000 honest signatures by 100 keys", () => {
  const tally = { accepted: 0, corrupted: 0 };

  it("are accepted by node:crypto, unprepared and prepared; with a bit of R, S, key or message changed, by none", () => {
    for (let n = 0; n < SIGNATURES / 100; n++) {
      const by = signer();
      const cases = Array.from({ length: 100 }, () => {
        const message = randomBytes(random, 1 + below(300));
        return { message, signature: by.sign(message) };
      });
      const variants = cases.flatMap(({ message, signature }) => [
        { message, signature, honest: true },
        { message, signature: flip(signature, below(256)), honest: false },
        { message, signature: flip(signature, 256 + below(256)), honest: false },
        { message: flip(message, below(8 * message.length)), signature, honest: false },
      ]);
      const ask = (): boolean[] => variants.map((v) => diag.ed25519Verify(by.key, v.message, v.signature));
      diag.call("ed25519Forget");
      const plain = ask();
      prepare(diag, by.key);
      const prepared = ask();
      variants.forEach((v, i) => {
        const opinions: Opinions = [
          verify(null, v.message, by.publicKey, v.signature),
          plain[i]!,
          prepared[i]!,
        ];
        expect(opinions).toEqual([v.honest, v.honest, v.honest]);
        tally[v.honest ? "accepted" : "corrupted"]++;
      });
    }
    expect(tally).toEqual({ accepted: SIGNATURES, corrupted: 3 * SIGNATURES });
  });

  it("in every corrupted variant of one: each bit of signature, key and message, both ways", () => {
    const by = signer();
    const message = randomBytes(random, 60);
    const signature = by.sign(message);
    for (const prepared of [false, true]) {
      for (let bit = 0; bit < 512; bit++) {
        expect(verified(by.key, message, flip(signature, bit), prepared), `bit ${bit}`).toBe(false);
      }
      for (let bit = 0; bit < 480; bit++) {
        expect(verified(by.key, flip(message, bit), signature, prepared), `bit ${bit}`).toBe(false);
      }
      for (let bit = 0; bit < 256; bit++) {
        expect(verified(flip(by.key, bit), message, signature, prepared), `bit ${bit}`).toBe(false);
      }
      expect(verified(by.key, message, signature, prepared)).toBe(true);
    }
  });
});

function verified(key: Uint8Array, message: Uint8Array, signature: Uint8Array, prepared: boolean): boolean {
  diag.call("ed25519Forget");
  if (prepared) prepare(diag, key);
  return diag.ed25519Verify(key, message, signature);
}
