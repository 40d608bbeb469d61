import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  ALGORITHM,
  decodeEnvelope,
  digestOf,
  externalAad,
  kidOf,
  mac0,
  macStructure,
  sig1Structure,
  sign,
  sign1,
  sigStructure,
  verifyMac0,
  verifySignature,
} from "../../host-sim/authority/cose.js";
import { EncodingError } from "../../host-sim/authority/encoding.js";
import { simulatedKey } from "../../host-sim/authority/keys.js";
import { describeVectors, vectorJson } from "../support/vectors.js";
import * as cbor from "./support.js";
import { AUTHOR, APPROVER, bytes, CHALLENGE, DEVICE_ID, ed25519Verifies, hex } from "./support.js";

const PAYLOAD = bytes("a10007");
const AAD = externalAad("dosegate/command/1", DEVICE_ID, CHALLENGE);
const sha256 = (input: string): string =>
  createHash("sha256").update(Buffer.from(input, "hex")).digest("hex");

/** Envelope and message of SPEC 1.2 and RFC 9052 4.4, by hand. */
const headerOf = (kid: Uint8Array, algorithm = -19): string =>
  cbor.map(cbor.uint(1), cbor.negative(algorithm), cbor.uint(4), cbor.bstr(hex(kid)));
const messageOf = (context: string, ...parts: string[]): string =>
  cbor.array(cbor.tstr(context), ...parts.map(cbor.bstr));

describe("external_aad", () => {
  it("is the array of profile, device and challenge (SPEC 1.4)", () => {
    const expected = cbor.array(
      cbor.tstr("dosegate/command/1"),
      cbor.bstr(hex(DEVICE_ID)),
      cbor.bstr(hex(CHALLENGE)),
    );
    expect(hex(AAD)).toBe(expected);
    expect(hex(externalAad("dosegate/root/1", null, null))).toBe(
      cbor.array(cbor.tstr("dosegate/root/1"), "f6", "f6"),
    );
  });

  it("refuses a device id or a challenge that is one byte off", () => {
    for (const length of [15, 17]) {
      expect(() => externalAad("x", cbor.fill(length, 0), null)).toThrow(/needs 16/);
    }
    for (const length of [31, 33]) {
      expect(() => externalAad("x", null, cbor.fill(length, 0))).toThrow(/needs 32/);
    }
  });
});

describe("COSE_Sign1", () => {
  it("is byte for byte what SPEC 1.2 says, and its signature verifies over the hand-made Sig_structure", () => {
    const signed = sign1(PAYLOAD, AAD, AUTHOR);
    const kid = createHash("sha256").update(AUTHOR.publicKey).digest().subarray(0, 8);
    const header = headerOf(kid);
    const message = messageOf("Signature1", header, hex(AAD), hex(PAYLOAD));
    const signature = hex(signed.bytes).slice(-128);
    expect(hex(signed.bytes)).toBe(
      cbor.tag(18, cbor.array(cbor.bstr(header), "a0", cbor.bstr(hex(PAYLOAD)), cbor.bstr(signature))),
    );
    expect(ed25519Verifies(AUTHOR.publicKey, message, signature)).toBe(true);
    expect(hex(signed.digest)).toBe(sha256(message));
    const envelope = decodeEnvelope(signed.bytes);
    expect(hex(digestOf(envelope, AAD))).toBe(hex(signed.digest));
    expect(verifySignature(envelope, AAD, AUTHOR.publicKey)).toBe(true);
  });

  it("carries -8 for a key that is declared so", () => {
    const old = simulatedKey("s", {
      name: "old",
      holder: "h",
      duty: "author",
      roles: ["order"],
      algorithm: ALGORITHM.eddsa,
    });
    const envelope = decodeEnvelope(sign1(PAYLOAD, AAD, old).bytes);
    expect(envelope.type === "sign1" && envelope.signatures[0].algorithm).toBe(-8);
    expect(verifySignature(envelope, AAD, old.publicKey)).toBe(true);
  });

  it("does not verify for another key, pump, session, profile or payload", () => {
    const envelope = decodeEnvelope(sign1(PAYLOAD, AAD, AUTHOR).bytes);
    expect(verifySignature(envelope, AAD, APPROVER.publicKey)).toBe(false);
    const others = [
      externalAad("dosegate/command/1", cbor.fill(16, 0xdf), CHALLENGE),
      externalAad("dosegate/command/1", DEVICE_ID, cbor.fill(32, 0xc5)),
      externalAad("dosegate/approval/1", DEVICE_ID, CHALLENGE),
    ];
    for (const other of others) expect(verifySignature(envelope, other, AUTHOR.publicKey)).toBe(false);
    const altered = sign1(PAYLOAD, AAD, AUTHOR).bytes;
    altered[hex(altered).indexOf(hex(PAYLOAD)) / 2 + 2]! ^= 1;
    expect(verifySignature(decodeEnvelope(altered), AAD, AUTHOR.publicKey)).toBe(false);
  });
});

describe("COSE_Sign", () => {
  it("is byte for byte what SPEC 1.2 says, signers ascending by kid whatever the order they came in", () => {
    const one = sign(PAYLOAD, AAD, [AUTHOR, APPROVER]);
    const other = sign(PAYLOAD, AAD, [APPROVER, AUTHOR]);
    expect(hex(one.bytes)).toBe(hex(other.bytes));
    const signers = [AUTHOR, APPROVER].sort((a, b) =>
      hex(kidOf(a.publicKey)) < hex(kidOf(b.publicKey)) ? -1 : 1,
    );
    const messages = signers.map((s) => messageOf("Signature", "", headerOf(s.kid), hex(AAD), hex(PAYLOAD)));
    const envelope = decodeEnvelope(one.bytes);
    if (envelope.type !== "sign") throw new Error("not a COSE_Sign");
    const signatures = envelope.signatures.map((s, i) => {
      expect(ed25519Verifies(signers[i]!.publicKey, messages[i]!, hex(s.signature))).toBe(true);
      return cbor.array(cbor.bstr(headerOf(signers[i]!.kid)), "a0", cbor.bstr(hex(s.signature)));
    });
    expect(hex(one.bytes)).toBe(
      cbor.tag(98, cbor.array("40", "a0", cbor.bstr(hex(PAYLOAD)), cbor.array(...signatures))),
    );
    expect(hex(one.digest)).toBe(sha256(messages[0]!));
  });

  it("refuses no signer, seventeen, and one that signs twice", () => {
    const many = Array.from({ length: 17 }, (_, i) => cbor.key(`k${i}`, "author", "root"));
    expect(() => sign(PAYLOAD, AAD, [])).toThrow(/0 signers/);
    expect(() => sign(PAYLOAD, AAD, many)).toThrow(/17 signers/);
    expect(decodeEnvelope(sign(PAYLOAD, AAD, many.slice(1)).bytes)).toMatchObject({ type: "sign" });
    expect(() => sign(PAYLOAD, AAD, [AUTHOR, AUTHOR])).toThrow(/signs twice/);
  });

  it("refuses an object above 8,192 bytes by one", () => {
    expect(sign(cbor.fill(8101, 0), AAD, [AUTHOR]).bytes).toHaveLength(8192);
    expect(() => sign(cbor.fill(8102, 0), AAD, [AUTHOR])).toThrow(/at most 8192/);
  });
});

describe("COSE_Mac0", () => {
  const KEY = cbor.fill(32, 5);

  it("is byte for byte what SPEC 1.2 says, and verifies", () => {
    const object = mac0(PAYLOAD, AAD, KEY);
    const message = messageOf("MAC0", "a10105", hex(AAD), hex(PAYLOAD));
    const macTag = createHmac("sha256", KEY).update(Buffer.from(message, "hex")).digest("hex");
    expect(hex(object)).toBe(
      cbor.tag(17, cbor.array(cbor.bstr("a10105"), "a0", cbor.bstr(hex(PAYLOAD)), cbor.bstr(macTag))),
    );
    expect(verifyMac0(decodeEnvelope(object), AAD, KEY)).toBe(true);
  });

  it("does not verify with another key or after a flipped bit", () => {
    const object = mac0(PAYLOAD, AAD, KEY);
    expect(verifyMac0(decodeEnvelope(object), AAD, cbor.fill(32, 6))).toBe(false);
    object[object.length - 1]! ^= 1;
    expect(verifyMac0(decodeEnvelope(object), AAD, KEY)).toBe(false);
    expect(verifyMac0(decodeEnvelope(sign1(PAYLOAD, AAD, AUTHOR).bytes), AAD, KEY)).toBe(false);
  });
});

describe("an envelope is refused", () => {
  const h = headerOf(AUTHOR.kid);
  const sig = cbor.bstr("00".repeat(64));
  const pay = cbor.bstr("a0");
  const one = (...items: string[]): string => cbor.tag(18, cbor.array(...items));
  const signer = (kid: string): string => cbor.array(cbor.bstr(headerOf(bytes(kid))), "a0", sig);
  const many = (...signers: string[]): string =>
    cbor.tag(98, cbor.array("40", "a0", pay, cbor.array(...signers)));
  const low = signer("0000000000000001");
  const high = signer("0000000000000002");

  it("unless it is exactly of SPEC's form", () => {
    expect(decodeEnvelope(bytes(one(cbor.bstr(h), "a0", pay, sig))).type).toBe("sign1");
    expect(decodeEnvelope(bytes(many(low, high))).type).toBe("sign");
  });

  const kid = cbor.bstr(hex(AUTHOR.kid));
  it.each([
    ["without tag", cbor.array(cbor.bstr(h), "a0", pay, sig)],
    ["with another tag", cbor.tag(16, cbor.array(cbor.bstr(h), "a0", pay, sig))],
    ["with three items", one(cbor.bstr(h), "a0", pay)],
    ["with an unprotected header", one(cbor.bstr(h), cbor.map(cbor.uint(4), kid), pay, sig)],
    ["with a detached payload", one(cbor.bstr(h), "a0", "f6", sig)],
    ["with a signature of 63 bytes", one(cbor.bstr(h), "a0", pay, cbor.bstr("00".repeat(63)))],
    ["without kid", one(cbor.bstr(cbor.map(cbor.uint(1), cbor.negative(-19))), "a0", pay, sig)],
    ["with a kid of 7 bytes", one(cbor.bstr(headerOf(cbor.fill(7, 0))), "a0", pay, sig)],
    ["with another algorithm", one(cbor.bstr(headerOf(AUTHOR.kid, -7)), "a0", pay, sig)],
    [
      "with a third header",
      one(
        cbor.bstr(cbor.map(cbor.uint(1), cbor.negative(-19), cbor.uint(3), "00", cbor.uint(4), kid)),
        "a0",
        pay,
        sig,
      ),
    ],
    ["with an empty header", one("40", "a0", pay, sig)],
    ["with no signer", many()],
    ["with signers out of order", many(high, low)],
    ["with a signer twice", many(low, low)],
    ["with a body header", cbor.tag(98, cbor.array(cbor.bstr(h), "a0", pay, cbor.array(low)))],
    ["with a byte behind it", one(cbor.bstr(h), "a0", pay, sig) + "00"],
    [
      "as a MAC of 8 bytes",
      cbor.tag(17, cbor.array(cbor.bstr("a10105"), "a0", pay, cbor.bstr("00".repeat(8)))),
    ],
    [
      "as a MAC of another algorithm",
      cbor.tag(17, cbor.array(cbor.bstr("a10104"), "a0", pay, cbor.bstr("00".repeat(32)))),
    ],
  ])("%s", (_name, input) => {
    expect(() => decodeEnvelope(bytes(input))).toThrow(EncodingError);
  });
});

interface CoseVector {
  readonly input: { readonly plaintext: string };
  readonly intermediates: {
    readonly ToBeSign_hex?: string;
    readonly ToMac_hex?: string;
    readonly signers?: readonly { readonly ToBeSign_hex: string }[];
  };
}

const EXAMPLES = "cose-wg-examples";
describeVectors(EXAMPLES, "the structures that are signed", () => {
  const read = (file: string): CoseVector => vectorJson(`${EXAMPLES}/${file}`) as CoseVector;
  const payloadOf = (vector: CoseVector): Uint8Array => new Uint8Array(Buffer.from(vector.input.plaintext));
  const none = new Uint8Array();

  it("are those of the COSE working group's examples", () => {
    const signed = read("eddsa-examples/eddsa-sig-01.json");
    const expected = signed.intermediates.ToBeSign_hex!.toLowerCase();
    expect(hex(sig1Structure(bytes("a201270300"), none, payloadOf(signed)))).toBe(expected);
    const maced = read("mac0-tests/HMac-01.json");
    expect(hex(macStructure(bytes("a10105"), none, payloadOf(maced)))).toBe(
      maced.intermediates.ToMac_hex!.toLowerCase(),
    );
  });

  it("of a COSE_Sign differ from the example only in the body header, which SPEC keeps empty", () => {
    const vector = read("eddsa-examples/eddsa-01.json");
    const expected = vector.intermediates.signers![0]!.ToBeSign_hex.toLowerCase().replace("43a10300", "40");
    expect(hex(sigStructure(bytes("a10127"), none, payloadOf(vector)))).toBe(expected);
  });
});
