import { generateKeyPairSync, sign } from "node:crypto";
import { cdeEncodeOptions, encode } from "cbor2";
import { describe, expect, it } from "vitest";
import { Primitives } from "../../host-sim/gate/primitives.js";
import { concat, fromHex } from "../support/bytes.js";
import { diag } from "../support/diag.js";
import { describeVectors, vectorJson } from "../support/vectors.js";

const gate = new Primitives(diag);
const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const key = Uint8Array.from(publicKey.export({ format: "der", type: "spki" }).subarray(-32));
const cbor = (value: unknown): Uint8Array => Uint8Array.from(encode(value, cdeEncodeOptions));
const payload = fromHex("546869732069732074686520636f6e74656e742e");
const map = (...entries: [unknown, unknown][]): Map<unknown, unknown> => new Map(entries);
const alg = (value: unknown = -19): [unknown, unknown] => [1, value];

/** A tagged COSE_Sign1 whose signature is right, whatever its headers say. */
function signed(
  protectedHeader: Map<unknown, unknown> | Uint8Array,
  unprotected = map(),
  aad: Uint8Array = new Uint8Array(),
): Uint8Array {
  const header = protectedHeader instanceof Map ? cbor(protectedHeader) : protectedHeader;
  const toBeSigned = cbor(["Signature1", header, aad, payload]);
  const signature = Uint8Array.from(sign(null, toBeSigned, privateKey));
  return concat(fromHex("d2"), cbor([header, unprotected, payload, signature]));
}

const valid = (message: Uint8Array, aad: Uint8Array = new Uint8Array(), under: Uint8Array = key): boolean =>
  gate.coseSign1(under, aad, message).valid;

describe("a COSE_Sign1 as anybody may write it", () => {
  it.each([
    ["Ed25519", signed(map(alg(-19)))],
    ["EdDSA", signed(map(alg(-8)))],
    ["a kid of any length, unprotected", signed(map(alg()), map([4, fromHex("3131")]))],
    ["a kid, protected", signed(map(alg(), [4, fromHex("3131")]))],
    [
      "a content type, and labels nobody knows",
      signed(map(alg(), [3, 0], [-70000, "x"]), map([99, [1, 2]], ["label", null])),
    ],
    ["crit that names labels every implementation understands", signed(map(alg(), [2, [1, 3]], [3, 0]))],
  ])("is valid with %s", (_what, message) => {
    expect(valid(message)).toBe(true);
  });

  it("is valid only with its own external data", () => {
    const aad = fromHex("11aa22bb");
    expect(valid(signed(map(alg()), map(), aad), aad)).toBe(true);
    expect(valid(signed(map(alg()), map(), aad))).toBe(false);
    expect(valid(signed(map(alg())), aad)).toBe(false);
  });

  it("is not valid under another key", () => {
    const other = generateKeyPairSync("ed25519")
      .publicKey.export({ format: "der", type: "spki" })
      .subarray(-32);
    expect(valid(signed(map(alg())), new Uint8Array(), Uint8Array.from(other))).toBe(false);
  });

  it.each([
    ["no algorithm, the header empty", signed(new Uint8Array())],
    ["no algorithm, the header a wrapped empty map", signed(map())],
    ["its algorithm unprotected", signed(map([4, key]), map(alg()))],
    ["its algorithm in both headers", signed(map(alg()), map(alg()))],
    ["another algorithm", signed(map(alg(-7)))],
    ["its algorithm by name", signed(map(alg("EdDSA")))],
    ["a label in both headers", signed(map(alg(), [4, key]), map([4, key]))],
    ["a text label in both headers", signed(map(alg(), ["a", 1]), map(["a", 1]))],
    ["a label that is neither integer nor text", signed(map(alg(), [key, 1]))],
    ["an unprotected label that is neither", signed(map(alg()), map([[1], 1]))],
    ["crit that names an unknown label", signed(map(alg(), [2, [99]], [99, 1]))],
    ["crit that names a label that is not there", signed(map(alg(), [2, [3]]))],
    ["crit that names a label by text", signed(map(alg(), [2, ["a"]], ["a", 1]))],
    ["crit that names a label that is only unprotected", signed(map(alg(), [2, [4]]), map([4, key]))],
    ["an empty crit", signed(map(alg(), [2, []]))],
    ["crit that is no array", signed(map(alg(), [2, 1]))],
    ["crit unprotected", signed(map(alg()), map([2, [1]]))],
    ["a kid that is text", signed(map(alg()), map([4, "11"]))],
    ["a content type that is bytes", signed(map(alg(), [3, key]))],
    ["a header that is no map", signed(cbor([1, -19]))],
    ["a header with a byte behind it", signed(concat(cbor(map(alg())), Uint8Array.of(0)))],
    ["a header with its labels out of order", signed(fromHex("a2030001" + "32"))],
    ["a header of indefinite length", signed(fromHex("bf0132ff"))],
    ["no tag", signed(map(alg())).slice(1)],
    ["another tag", concat(fromHex("d3"), signed(map(alg())).slice(1))],
    ["a byte behind it", concat(signed(map(alg())), Uint8Array.of(0))],
    ["an array of indefinite length", concat(fromHex("d29f"), signed(map(alg())).slice(2), fromHex("ff"))],
  ])("is not valid with %s", (_what, message) => {
    expect(valid(message)).toBe(false);
  });

  it("is not valid with its payload detached, its signature cut, or any element too many", () => {
    const header = cbor(map(alg()));
    const signature = Uint8Array.from(
      sign(null, cbor(["Signature1", header, new Uint8Array(), payload]), privateKey),
    );
    const build = (...parts: unknown[]): Uint8Array => concat(fromHex("d2"), cbor(parts));
    expect(valid(build(header, map(), payload, signature))).toBe(true);
    expect(valid(build(header, map(), null, signature))).toBe(false);
    expect(valid(build(header, map(), payload, signature.subarray(1)))).toBe(false);
    expect(valid(build(header, map(), payload, concat(signature, Uint8Array.of(0))))).toBe(false);
    expect(valid(build(header, map(), payload))).toBe(false);
    expect(valid(build(header, map(), payload, signature, 0))).toBe(false);
    expect(valid(build(header, [], payload, signature))).toBe(false);
  });

  it("is not valid with any bit flipped", () => {
    const message = signed(map(alg()), map([4, fromHex("3131")]));
    // The unprotected header is not signed: its label 4 may become another one, and the two bytes of its kid are a hint.
    const unsigned = [7, 9, 10];
    for (let bit = 0; bit < message.length * 8; bit++) {
      const at = bit >> 3;
      if (unsigned.includes(at)) continue;
      const flipped = message.slice();
      flipped[at]! ^= 1 << (bit & 7);
      if (valid(flipped)) expect.fail(`bit ${bit} flipped is still valid`);
    }
  });

  it("is refused, not misread, when key or message have the wrong length", () => {
    const message = signed(map(alg()));
    expect(gate.coseSign1(key.subarray(1), new Uint8Array(), message)).toMatchObject({
      valid: false,
      why: "publicKey has 31 bytes, not 32",
    });
    expect(gate.coseSign1(key, new Uint8Array(9000), message).why).toMatch("more than the 8160");
  });
});

interface Sign1Example {
  readonly input: {
    readonly sign0: { readonly key: { readonly x_hex: string }; readonly external?: string };
  };
  readonly output: { readonly cbor: string };
}

const EXAMPLE = "cose-wg-examples/eddsa-examples/eddsa-sig-01.json";
describeVectors(EXAMPLE, "the COSE working group's EdDSA example", () => {
  const { input, output } = vectorJson(EXAMPLE) as Sign1Example;
  const [under, aad, message] = [input.sign0.key.x_hex, input.sign0.external ?? "", output.cbor].map(fromHex) as [Uint8Array, Uint8Array, Uint8Array]; // prettier-ignore

  it("is valid, and not with a bit of its payload or signature flipped", () => {
    expect(valid(message, aad, under)).toBe(true);
    for (const back of [1, 64, 70]) {
      const flipped = message.slice();
      flipped[message.length - back]! ^= 1;
      expect(valid(flipped, aad, under)).toBe(false);
    }
  });
});
