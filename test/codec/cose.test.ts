import { createHash } from "node:crypto";
import { cdeEncodeOptions, encode } from "cbor2";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, fromHex, toHex } from "../support/bytes.js";
import { diag } from "../support/diag.js";
import { describeVectors, vectorJson } from "../support/vectors.js";
import { REASON } from "./support.js";

const SIGN1 = 18;
const SIGN = 98;
const AAD_AT = 6000;
const DIGEST_AT = 8000;
const OUT_AT = 7000;

const cbor = (value: unknown): Uint8Array => Uint8Array.from(encode(value, cdeEncodeOptions));
const kid = (n: number): Uint8Array => new Uint8Array(8).fill(n);
const header = (alg: number, id: Uint8Array): Uint8Array => cbor(new Map<number, unknown>([[1, alg], [4, id]])); // prettier-ignore
const signature = new Uint8Array(64).fill(0x5a);
const payload = fromHex("a10001");
const none = new Map<number, unknown>();
const tagged = (tag: number, ...parts: unknown[]): Uint8Array =>
  concat(fromHex(tag === SIGN1 ? "d2" : "d862"), cbor(parts));

/** A COSE_Sign1 that is accepted, with parts replaced. */
function sign1(
  parts: { header?: Uint8Array; unprotected?: unknown; payload?: unknown; signature?: unknown } = {},
): Uint8Array {
  return tagged(
    SIGN1,
    parts.header ?? header(-19, kid(1)),
    parts.unprotected ?? none,
    parts.payload === undefined ? payload : parts.payload,
    parts.signature ?? signature,
  );
}

const signer = (n: number, alg = -19): unknown[] => [header(alg, kid(n)), none, signature];
const signN = (
  signers: unknown,
  body: Uint8Array = new Uint8Array(),
  unprotected: unknown = none,
): Uint8Array => tagged(SIGN, body, unprotected, payload, signers);

function parse(tag: number, bytes: Uint8Array, hssLmsBytesMax = 0): number {
  diag.write(bytes);
  return diag.call("coseParse", tag, bytes.length, hssLmsBytesMax);
}

/** The words of the envelope last read (assembly/codec/cose.ts). */
function envelope(): {
  tag: number;
  payload: Uint8Array;
  signers: { alg: number; kid: string; header: string; signature: string }[];
} {
  const at = diag.call("coseEnvelope");
  const words = new DataView(diag.peek(at, 16 + 16 * 24).buffer);
  const word = (i: number): number => words.getUint32(4 * i, true);
  const hex = (address: number, length: number): string => toHex(diag.peek(address, length));
  return {
    tag: word(0),
    payload: diag.peek(word(2), word(3)),
    signers: Array.from({ length: word(1) }, (_, i) => {
      const s = 4 + 6 * i;
      return {
        alg: words.getInt32(4 * s, true),
        kid: hex(word(s + 1), 8),
        header: hex(word(s + 2), word(s + 3)),
        signature: hex(word(s + 4), word(s + 5)),
      };
    }),
  };
}

/** The six pieces that a structure was laid out in, joined. */
function joined(toBeSigned: number): Uint8Array {
  const pieces = new DataView(diag.peek(toBeSigned, 48).buffer);
  const parts = Array.from({ length: 6 }, (_, i) =>
    diag.peek(pieces.getUint32(8 * i, true), pieces.getUint32(8 * i + 4, true)),
  );
  return concat(...parts);
}

function sigStructure(index: number, aad: Uint8Array): Uint8Array {
  diag.write(aad, AAD_AT);
  return joined(diag.call("coseSigStructure", index, AAD_AT, aad.length));
}

describe("a COSE_Sign1 of the gate's profile", () => {
  it("is taken apart in place", () => {
    for (const alg of [-19, -8]) {
      expect(parse(SIGN1, sign1({ header: header(alg, kid(7)) }))).toBe(REASON.OK);
      expect(envelope()).toEqual({
        tag: SIGN1,
        payload,
        signers: [
          { alg, kid: "0707070707070707", header: toHex(header(alg, kid(7))), signature: toHex(signature) },
        ],
      });
    }
  });

  it.each([
    ["no tag", sign1().slice(1)],
    ["the tag of COSE_Sign", concat(fromHex("d862"), sign1().slice(1))],
    ["its tag in two bytes", concat(fromHex("d812"), sign1().slice(1))],
    ["its tag twice", concat(fromHex("d2"), sign1())],
    ["three elements", tagged(SIGN1, header(-19, kid(1)), none, payload)],
    ["five elements", tagged(SIGN1, header(-19, kid(1)), none, payload, signature, 0)],
    ["a byte behind it", concat(sign1(), Uint8Array.of(0))],
    ["an unprotected header that is not empty", sign1({ unprotected: new Map([[4, kid(1)]]) })],
    ["an unprotected header that is an array", sign1({ unprotected: [] })],
    ["a detached payload", sign1({ payload: null })],
    ["a text payload", sign1({ payload: "text" })],
    ["an empty protected header", sign1({ header: new Uint8Array() })],
    ["a wrapped empty protected header", sign1({ header: fromHex("a0") })],
    ["no kid", sign1({ header: cbor(new Map([[1, -19]])) })],
    ["no algorithm", sign1({ header: cbor(new Map([[4, kid(1)]])) })],
    ["a third label", sign1({ header: cbor(new Map<number, unknown>([[1, -19], [3, 0], [4, kid(1)]])) })],
    ["another label than kid", sign1({ header: cbor(new Map<number, unknown>([[1, -19], [5, kid(1)]])) })],
    ["labels out of order", sign1({ header: fromHex("a20448" + "01".repeat(8) + "0132") })],
    ["labels twice", sign1({ header: fromHex("a201320132") })],
    ["a kid of 7 bytes", sign1({ header: header(-19, new Uint8Array(7)) })],
    ["a kid of 9 bytes", sign1({ header: header(-19, new Uint8Array(9)) })],
    ["a text kid", sign1({ header: cbor(new Map<number, unknown>([[1, -19], [4, "12345678"]])) })],
    ["a byte behind the protected header's map", sign1({ header: concat(header(-19, kid(1)), Uint8Array.of(0)) })],
    ["another algorithm, ES256", sign1({ header: header(-7, kid(1)) })],
    ["another algorithm, Ed448", sign1({ header: header(-53, kid(1)) })],
    ["an algorithm that equals -19 in its lower 32 bits", sign1({ header: header(-19 - 2 ** 32, kid(1)) })],
    ["a positive algorithm", sign1({ header: header(18, kid(1)) })],
    ["an algorithm by name", sign1({ header: cbor(new Map<number, unknown>([[1, "EdDSA"], [4, kid(1)]])) })],
    ["a signature of 63 bytes", sign1({ signature: new Uint8Array(63) })],
    ["a signature of 65 bytes", sign1({ signature: new Uint8Array(65) })],
    ["an empty signature", sign1({ signature: new Uint8Array() })],
    ["HSS-LMS where none is expected", sign1({ header: header(-46, kid(1)), signature: new Uint8Array(100) })],
    ["nothing at all", new Uint8Array()],
  ])("is not one with %s", (_what, bytes) => {
    expect(parse(SIGN1, bytes)).not.toBe(REASON.OK);
    expect(envelope().signers).toEqual([]);
  }); // prettier-ignore

  it("may have an HSS-LMS signature up to the length asked for", () => {
    const message = (length: number): Uint8Array =>
      sign1({ header: header(-46, kid(1)), signature: new Uint8Array(length) });
    expect([1, 100, 101, 0].map((length) => parse(SIGN1, message(length), 100) === REASON.OK)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it("is refused at every cut, and with any bit of its framing flipped", () => {
    const whole = sign1();
    for (let length = 0; length < whole.length; length++) {
      expect(parse(SIGN1, whole.subarray(0, length)), `${length} bytes`).not.toBe(REASON.OK);
    }
    // Framing: everything but kid, payload and signature, where any bits are data.
    const data = [...whole.keys()].filter((i) => (i >= 8 && i < 16) || (i >= 18 && i < 21) || i >= 23);
    for (let bit = 0; bit < whole.length * 8; bit++) {
      if (data.includes(bit >> 3)) continue;
      const flipped = whole.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(parse(SIGN1, flipped), `bit ${bit} of ${toHex(whole)}`).not.toBe(REASON.OK);
    }
  });
});

describe("a COSE_Sign of the gate's profile", () => {
  it("has one to sixteen signers", () => {
    for (const count of [1, 2, 16]) {
      const signers = Array.from({ length: count }, (_, i) => signer(i));
      expect(parse(SIGN, signN(signers))).toBe(REASON.OK);
      expect(envelope().signers.map((one) => parseInt(one.kid.slice(0, 2), 16))).toEqual([...signers.keys()]);
    }
    expect(parse(SIGN, signN([]))).not.toBe(REASON.OK);
    expect(parse(SIGN, signN(Array.from({ length: 17 }, (_, i) => signer(i))))).not.toBe(REASON.OK);
  });

  it("compares kids as unsigned bytes, the first the most significant", () => {
    const of = (hex: string): unknown[] => [header(-19, fromHex(hex)), none, signature];
    const rising = [
      "00000000000000ff",
      "0000000000000100",
      "0100000000000000",
      "7fffffffffffffff",
      "8000000000000000",
    ];
    expect(parse(SIGN, signN(rising.map(of)))).toBe(REASON.OK);
    for (let i = 1; i < rising.length; i++) {
      expect(parse(SIGN, signN([of(rising[i]!), of(rising[i - 1]!)]))).toBe(REASON.UNEXPECTED_KEY);
    }
  });

  it.each([
    ["the same kid twice", signN([signer(1), signer(1)])],
    ["the same kid twice under two algorithms", signN([signer(1, -19), signer(1, -8)])],
    ["a body header that is a wrapped empty map", signN([signer(1)], fromHex("a0"))],
    ["a body header with an algorithm", signN([signer(1)], cbor(new Map([[1, -19]])))],
    ["an unprotected body header", signN([signer(1)], new Uint8Array(), new Map([[4, kid(1)]]))],
    ["an unprotected signer header", signN([[header(-19, kid(1)), new Map([[4, kid(1)]]), signature]])],
    ["a signer of two elements", signN([[header(-19, kid(1)), signature]])],
    ["a signer of four elements", signN([[...signer(1), 0]])],
    ["one good signer and one with a short signature", signN([signer(1), [header(-19, kid(2)), none, new Uint8Array(63)]])],
    ["one good signer and one with another algorithm", signN([signer(1), signer(2, -7)])],
    ["a signature in place of the signers", signN(signature)],
    ["the tag of COSE_Sign1", concat(fromHex("d2"), signN([signer(1)]).slice(2))],
    ["a byte behind it", concat(signN([signer(1)]), Uint8Array.of(0))],
  ])("is not one with %s", (_what, bytes) => {
    expect(parse(SIGN, bytes)).not.toBe(REASON.OK);
    expect(envelope().signers).toEqual([]);
  }); // prettier-ignore
});

describe("what is signed", () => {
  it("is the Sig_structure of RFC 9052 4.4, as another implementation encodes it", () => {
    const lengths = fc.constantFrom(0, 1, 23, 24, 255, 256, 1000);
    fc.assert(
      fc.property(lengths, lengths, (aadLength, payloadLength) => {
        const aad = new Uint8Array(aadLength).fill(1);
        const content = new Uint8Array(payloadLength).fill(2);
        expect(parse(SIGN1, sign1({ payload: content }))).toBe(REASON.OK);
        const expected = cbor(["Signature1", header(-19, kid(1)), aad, content]);
        expect(toHex(sigStructure(0, aad))).toBe(toHex(expected));
        diag.call("coseDigest", DIGEST_AT);
        expect(toHex(diag.read(32, DIGEST_AT))).toBe(createHash("sha256").update(expected).digest("hex"));
      }),
    );
  });

  it("is each signer's own, with the body's empty header, in a COSE_Sign", () => {
    const aad = fromHex("83f6f6f6");
    expect(parse(SIGN, signN([signer(1), signer(2, -8)]))).toBe(REASON.OK);
    for (const [index, own] of [header(-19, kid(1)), header(-8, kid(2))].entries()) {
      const expected = cbor(["Signature", new Uint8Array(), own, aad, payload]);
      expect(toHex(sigStructure(index, aad))).toBe(toHex(expected));
    }
  });
});

function macStructure(aad: Uint8Array, content: Uint8Array): Uint8Array {
  diag.write(content);
  diag.write(aad, AAD_AT);
  return joined(diag.call("coseMacStructure", AAD_AT, aad.length, 0, content.length));
}

/** A COSE_Mac0 written into `capacity` bytes, or `null`. */
function mac0(content: Uint8Array, tag: Uint8Array, capacity = 900): Uint8Array | null {
  diag.write(content);
  diag.write(tag, AAD_AT);
  diag.call("writeBegin", OUT_AT, capacity);
  const end = diag.call("coseWriteMac0", 0, content.length, AAD_AT, tag.length);
  const start = diag.call("ioBuffer") + OUT_AT;
  return end === 0xffffffff ? null : diag.peek(start, end - start);
}

describe("a COSE_Mac0", () => {
  it("is written as another implementation encodes it, or not at all", () => {
    const tag = new Uint8Array(32).fill(9);
    const protectedHeader = cbor(new Map([[1, 5]]));
    const expected = concat(fromHex("d1"), cbor([protectedHeader, none, payload, tag]));
    expect(toHex(mac0(payload, tag)!)).toBe(toHex(expected));
    expect(mac0(payload, tag, expected.length)).not.toBe(null);
    expect(mac0(payload, tag, expected.length - 1)).toBe(null);
    expect(toHex(macStructure(fromHex("01"), payload))).toBe(
      toHex(cbor(["MAC0", protectedHeader, fromHex("01"), payload])),
    );
  });
});

interface Mac0Example {
  readonly input: { readonly plaintext: string; readonly mac0: { readonly external?: string } };
  readonly intermediates: { readonly ToMac_hex: string };
}

const MAC0 = "cose-wg-examples/mac0-tests";
describeVectors(MAC0, "COSE working group examples of COSE_Mac0", () => {
  it.each(["mac-pass-01", "mac-pass-02"])("authenticate the same bytes (%s)", (name) => {
    const example = vectorJson(`${MAC0}/${name}.json`) as Mac0Example;
    const aad = fromHex(example.input.mac0.external ?? "");
    const made = toHex(macStructure(aad, new TextEncoder().encode(example.input.plaintext)));
    const stated = example.intermediates.ToMac_hex.toLowerCase();
    // Where an example keeps its algorithm unprotected, the two differ in just that: 40 for 43 a10105.
    expect([stated, stated.replace("84644d41433040", "84644d41433043a10105")]).toContain(made);
  });
});
