import { createHmac } from "node:crypto";
import { decode as decodeByCbor2 } from "cbor2";
import { describe, expect, it } from "vitest";
import {
  type Approval,
  decodeApproval,
  encodeApproval,
  signApproval,
} from "../../host-sim/authority/approval.js";
import {
  type Attestation,
  AttestationError,
  makeAttestation,
  verifyAttestation,
} from "../../host-sim/authority/attestation.js";
import { externalAad, mac0 } from "../../host-sim/authority/cose.js";
import {
  decodeDecommissioning,
  encodeDecommissioning,
  signDecommissioning,
} from "../../host-sim/authority/decommission.js";
import { EncodingError } from "../../host-sim/authority/encoding.js";
import {
  decodeManifest,
  encodeManifest,
  type Manifest,
  signManifest,
} from "../../host-sim/authority/manifest.js";
import {
  decodeProvisioning,
  derivedKeys,
  encodeProvisioning,
  type Provisioning,
  streamLogKey,
} from "../../host-sim/authority/provisioning.js";
import { signRoot } from "../../host-sim/authority/root.js";
import {
  APPROVER,
  AUTHOR,
  CHALLENGE,
  DEVICE_ID,
  ed25519Verifies,
  fill,
  hex,
  RECEIVER,
  ROOT,
} from "./support.js";
import * as cbor from "./support.js";

/** What an encoder made, read by cbor2 alone. */
const independent = (payload: Uint8Array): unknown => decodeByCbor2(payload, { preferMap: true });
const mapOf = (...values: unknown[]): Map<number, unknown> =>
  new Map(values.map((value, key) => [key, value]));

const MANIFEST: Manifest = {
  libraryId: fill(16, 1),
  epoch: 0,
  version: 7,
  issuedS: 1_770_000_000,
  enableS: 0,
  expiresS: 1_800_000_000,
  entryCount: 1200,
  merkleRoot: fill(32, 2),
  rootVersionMin: 1,
  abiMin: 0x1_0000,
  graceS: 86_400,
};

describe("a manifest", () => {
  it("has the fields of SPEC 3.1", () => {
    const expected = mapOf(
      ...[fill(16, 1), 0, 7, 1_770_000_000, 0, 1_800_000_000, 1200, fill(32, 2), 1, 65_536, 86_400],
    );
    expect(independent(encodeManifest(MANIFEST))).toEqual(expected);
    expect(decodeManifest(encodeManifest(MANIFEST))).toEqual(MANIFEST);
  });

  it("is signed for libraries and nothing else", () => {
    const signed = hex(signManifest(MANIFEST, [AUTHOR]).bytes);
    const header = cbor.map("01", cbor.negative(-19), "04", cbor.bstr(hex(AUTHOR.kid)));
    const message = (profile: string): string =>
      cbor.array(
        cbor.tstr("Signature"),
        "40",
        cbor.bstr(header),
        cbor.bstr(cbor.array(cbor.tstr(profile), "f6", "f6")),
        cbor.bstr(hex(encodeManifest(MANIFEST))),
      );
    expect(ed25519Verifies(AUTHOR.publicKey, message("dosegate/library/1"), signed.slice(-128))).toBe(true);
    expect(ed25519Verifies(AUTHOR.publicKey, message("dosegate/root/1"), signed.slice(-128))).toBe(false);
  });

  it.each<[string, Partial<Manifest>, RegExp]>([
    ["a library id of 15 bytes", { libraryId: fill(15, 1) }, /key 0 \(library id\)/],
    ["version 0", { version: 0 }, /key 2 \(version\)/],
    ["expiry at issue", { expiresS: MANIFEST.issuedS }, /key 5 \(expires\)/],
    ["no entry", { entryCount: 0 }, /key 6 \(entry count\)/],
    ["65,537 entries", { entryCount: 65_537 }, /key 6 \(entry count\)/],
    ["a root of 31 bytes", { merkleRoot: fill(31, 1) }, /key 7 \(Merkle root\)/],
    ["grace above 30 days by 1 s", { graceS: 2_592_001 }, /key 10 \(grace\)/],
  ])("is refused with %s", (_name, change, message) => {
    expect(() => encodeManifest({ ...MANIFEST, ...change })).toThrow(message);
  });
});

const PROVISIONING: Provisioning = {
  deviceId: DEVICE_ID,
  deviceSecret: fill(32, 3),
  logKey: fill(32, 4),
  pumpClass: 1,
  calibrations: [
    { setId: 1, plPerStep: 1000 },
    { setId: 9, plPerStep: 1_000_000_000 },
  ],
  root: signRoot(ROOT, [AUTHOR, APPROVER]).bytes,
};

describe("a provisioning block", () => {
  it("has the fields of SPEC 2.3", () => {
    const block = encodeProvisioning(PROVISIONING);
    const calibration = [
      [1, 1000],
      [9, 1_000_000_000],
    ];
    expect(independent(block)).toEqual(
      mapOf(DEVICE_ID, fill(32, 3), fill(32, 4), 1, calibration, PROVISIONING.root),
    );
    expect(decodeProvisioning(block)).toEqual(PROVISIONING);
  });

  const one = { setId: 1, plPerStep: 1 };
  it.each<[string, Partial<Provisioning>]>([
    ["a device id of 17 bytes", { deviceId: fill(17, 0) }],
    ["a secret of 31 bytes", { deviceSecret: fill(31, 0) }],
    ["a log key of 33 bytes", { logKey: fill(33, 0) }],
    ["pump class 0", { pumpClass: 0 }],
    ["pump class 4", { pumpClass: 4 }],
    ["no calibration", { calibrations: [] }],
    ["five calibrations", { calibrations: [1, 2, 3, 4, 5].map((setId) => ({ setId, plPerStep: 1 })) }],
    ["set id 0", { calibrations: [{ setId: 0, plPerStep: 1 }] }],
    ["0 pL per step", { calibrations: [{ setId: 1, plPerStep: 0 }] }],
    ["10^9 + 1 pL per step", { calibrations: [{ setId: 1, plPerStep: 1_000_000_001 }] }],
    ["a set twice", { calibrations: [one, one] }],
  ])("is refused with %s", (_name, change) => {
    expect(() => encodeProvisioning({ ...PROVISIONING, ...change })).toThrow(EncodingError);
  });

  it("yields the derived keys of SPEC 2.3", () => {
    const derive = (key: Uint8Array, label: string): string =>
      createHmac("sha256", key).update(label).digest("hex");
    const keys = derivedKeys(PROVISIONING.deviceSecret);
    expect(hex(keys.seal)).toBe(derive(PROVISIONING.deviceSecret, "dosegate seal"));
    expect(hex(keys.session)).toBe(derive(PROVISIONING.deviceSecret, "dosegate session"));
    expect(hex(keys.attest)).toBe(derive(PROVISIONING.deviceSecret, "dosegate attest"));
    expect(hex(streamLogKey(PROVISIONING.logKey, 1))).toBe(derive(PROVISIONING.logKey, "dosegate log\u0001"));
    expect(hex(streamLogKey(PROVISIONING.logKey, 0))).not.toBe(hex(streamLogKey(PROVISIONING.logKey, 1)));
  });
});

const APPROVAL: Approval = {
  sessionId: fill(8, 1),
  sequence: 4,
  lifeS: 60,
  commandDigest: fill(32, 2),
  mask: 1 << 2,
  nonce: fill(8, 3),
  reasonCode: 12,
};

describe("an approval", () => {
  it("has the fields of SPEC 4.3 and a profile of its own", () => {
    const payload = encodeApproval(APPROVAL);
    expect(independent(payload)).toEqual(mapOf(fill(8, 1), 4, 60, fill(32, 2), 4, fill(8, 3), 12));
    expect(decodeApproval(payload)).toEqual(APPROVAL);
    const signed = hex(signApproval(APPROVAL, RECEIVER, APPROVER).bytes);
    const aad = cbor.array(
      cbor.tstr("dosegate/approval/1"),
      cbor.bstr(hex(DEVICE_ID)),
      cbor.bstr(hex(CHALLENGE)),
    );
    const header = cbor.map("01", cbor.negative(-19), "04", cbor.bstr(hex(APPROVER.kid)));
    const message = cbor.array(cbor.tstr("Signature1"), ...[header, aad, hex(payload)].map(cbor.bstr));
    expect(ed25519Verifies(APPROVER.publicKey, message, signed.slice(-128))).toBe(true);
  });

  it("waives every limit there is, the last one by bit 30", () => {
    const all = { ...APPROVAL, mask: 0x7fff_ffff };
    expect(decodeApproval(encodeApproval(all))).toEqual(all);
  });

  it.each<[string, Partial<Approval>]>([
    ["sequence 0", { sequence: 0 }],
    ["life 0", { lifeS: 0 }],
    ["a life above an hour", { lifeS: 3601 }],
    ["a digest of 31 bytes", { commandDigest: fill(31, 0) }],
    ["no limit to waive", { mask: 0 }],
    ["a limit beyond the last to waive", { mask: 2 ** 31 }],
    ["a nonce of 7 bytes", { nonce: fill(7, 0) }],
    ["reason 0", { reasonCode: 0 }],
    ["reason 256", { reasonCode: 256 }],
  ])("is refused with %s", (_name, change) => {
    expect(() => encodeApproval({ ...APPROVAL, ...change })).toThrow(EncodingError);
  });
});

describe("a decommissioning", () => {
  const OBJECT = { counter: 7 };

  it("has the field of SPEC 2.7 and a profile with the device", () => {
    const payload = encodeDecommissioning(OBJECT);
    expect(independent(payload)).toEqual(mapOf(7));
    expect(decodeDecommissioning(payload)).toEqual(OBJECT);
    const signed = hex(signDecommissioning(OBJECT, DEVICE_ID, [APPROVER]).bytes);
    const aad = cbor.array(cbor.tstr("dosegate/decommission/1"), cbor.bstr(hex(DEVICE_ID)), "f6");
    const header = cbor.map("01", cbor.negative(-19), "04", cbor.bstr(hex(APPROVER.kid)));
    const message = cbor.array(cbor.tstr("Signature"), ...["", header, aad, hex(payload)].map(cbor.bstr));
    expect(ed25519Verifies(APPROVER.publicKey, message, signed.slice(-128))).toBe(true);
  });

  it.each([
    ["no counter", "a0"],
    ["a negative counter", "a10020"],
    ["a key too many", "a200070107"],
  ])("is refused with %s", (_name, payload) => {
    expect(() => decodeDecommissioning(cbor.bytes(payload))).toThrow(EncodingError);
  });
});

const ATTESTATION: Attestation = {
  nonce: fill(32, 1),
  decisions: { chain: fill(32, 2), nextSequence: 100 },
  meter: { chain: fill(32, 3), nextSequence: 5 },
  rootVersion: 1,
  rootDigest: fill(32, 4),
  library: { epoch: 0, version: 7, merkleRoot: fill(32, 5) },
  counter: 12,
  boot: 9,
  phase: 1,
  flags: 9,
};

describe("an attestation", () => {
  const KEY = derivedKeys(PROVISIONING.deviceSecret).attest;
  const object = makeAttestation(ATTESTATION, DEVICE_ID, KEY);
  const expected = { deviceId: DEVICE_ID, key: KEY, nonce: ATTESTATION.nonce };

  it("of this device, with this nonce, is read", () => {
    expect(verifyAttestation(object, expected)).toEqual(ATTESTATION);
  });

  it.each<[string, Partial<typeof expected>, RegExp]>([
    ["another device's id", { deviceId: fill(16, 0) }, /tag is wrong/],
    ["another key", { key: fill(32, 0) }, /tag is wrong/],
    ["an older nonce", { nonce: fill(32, 9) }, /replayed/],
  ])("is refused for %s", (_name, change, message) => {
    expect(() => verifyAttestation(object, { ...expected, ...change })).toThrow(AttestationError);
    expect(() => verifyAttestation(object, { ...expected, ...change })).toThrow(message);
  });

  it("is refused with any bit flipped", () => {
    for (let i = 0; i < object.length; i++) {
      const altered = object.slice();
      altered[i]! ^= 1 << (i % 8);
      expect(() => verifyAttestation(altered, expected), `byte ${i}`).toThrow(AttestationError);
    }
  });

  it("is refused if the tag is right and the payload is another object", () => {
    const other = mac0(encodeApproval(APPROVAL), externalAad("dosegate/attestation/1", DEVICE_ID, null), KEY);
    expect(() => verifyAttestation(other, expected)).toThrow(/not an attestation/);
  });
});
