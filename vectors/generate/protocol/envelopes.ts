/** Envelopes other than exactly the one that an object needs (SPEC 1.2). The signatures in them are right. */
import { type Signer, sig1Structure, sigStructure } from "../../../host-sim/authority/cose.js";
import { commandAad, encodeCommandUnchecked } from "../../../host-sim/authority/command.js";
import { type Encodable, encodeCbor, encodeTagged } from "../../../host-sim/authority/encoding.js";
import { encodeManifest, LIBRARY_AAD } from "../../../host-sim/authority/manifest.js";
import { submitRecord } from "../../../host-sim/authority/submission.js";
import type { Bed } from "../../../host-sim/ward/bed.js";
import { libraryOf } from "../../../test/support/ward.js";
import { IDLE, PATIENT } from "./places.js";
import { type Came, type Draft, vector } from "./scene.js";

type Bytes = Uint8Array;
const FLAG = "MalformedEnvelope";

/** The parts of a COSE_Sign1 that a case may change. */
interface Sign1Change {
  readonly tag?: number;
  readonly header?: (signer: Signer) => Encodable;
  readonly rawHeader?: Bytes;
  readonly unprotected?: Encodable;
  readonly payload?: (payload: Bytes) => Encodable;
  readonly signature?: (signature: Bytes) => Encodable;
  readonly items?: (items: Encodable[]) => Encodable[];
  readonly bytes?: (bytes: Bytes) => Bytes;
}

const SIGN1: readonly (readonly [string, Sign1Change])[] = [
  ["the tag of COSE_Sign", { tag: 98 }],
  ["the tag of COSE_Mac0", { tag: 17 }],
  ["no tag", { bytes: (bytes) => bytes.subarray(1) }],
  ["an unprotected header", { unprotected: { 4: 1 } }],
  ["no kid", { header: ({ algorithm }) => ({ 1: algorithm }) }],
  ["no algorithm", { header: ({ kid }) => ({ 4: kid }) }],
  ["a header too many", { header: ({ algorithm, kid }) => ({ 1: algorithm, 3: 0, 4: kid }) }],
  ["a kid of 7 bytes", { header: ({ algorithm, kid }) => ({ 1: algorithm, 4: kid.subarray(1) }) }],
  [
    "a kid of 9 bytes",
    { header: ({ algorithm, kid }) => ({ 1: algorithm, 4: new Uint8Array([...kid, 0]) }) },
  ],
  ["algorithm ES256", { header: ({ kid }) => ({ 1: -7, 4: kid }) }],
  ["no protected header", { rawHeader: new Uint8Array() }],
  ["a payload that is left out", { payload: () => null }],
  ["a payload that is a text", { payload: () => "pause" }],
  ["a signature of 63 bytes", { signature: (signature) => signature.subarray(1) }],
  ["a signature of 65 bytes", { signature: (signature) => new Uint8Array([...signature, 0]) }],
  ["no signature", { items: (items) => items.slice(0, 3) }],
  ["an item too many", { items: (items) => [...items, 0] }],
  ["a byte behind it", { bytes: (bytes) => new Uint8Array([...bytes, 0]) }],
  ["its last byte missing", { bytes: (bytes) => bytes.subarray(0, -1) }],
];

function sign1As(change: Sign1Change, payload: Bytes, aad: Bytes, signer: Signer): Bytes {
  const { algorithm, kid } = signer;
  const header = change.rawHeader ?? encodeCbor(change.header?.(signer) ?? { 1: algorithm, 4: kid });
  const signature = signer.sign(sig1Structure(header, aad, payload));
  const items: Encodable[] = [
    header,
    change.unprotected ?? {},
    change.payload?.(payload) ?? (change.payload ? null : payload),
    change.signature?.(signature) ?? signature,
  ];
  const encoded = encodeTagged(change.tag ?? 18, change.items?.(items) ?? items);
  return change.bytes?.(encoded) ?? encoded;
}

/** The signers' part of a COSE_Sign, and what stands around it. */
interface SignChange {
  readonly tag?: number;
  readonly body?: Bytes;
  readonly unprotected?: Encodable;
  readonly signers?: (signers: Encodable[]) => Encodable;
  readonly signer?: (signer: Encodable[]) => Encodable[];
  readonly bytes?: (bytes: Bytes) => Bytes;
}

const SIGN: readonly (readonly [string, SignChange])[] = [
  ["the tag of COSE_Sign1", { tag: 18 }],
  ["a protected header of its body", { body: encodeCbor({ 1: -19 }) }],
  ["an unprotected header of its body", { unprotected: { 4: 1 } }],
  ["no signers", { signers: () => [] }],
  ["signers that descend", { signers: (signers) => [...signers].reverse() }],
  ["a signer twice", { signers: (signers) => [signers[0]!, signers[0]!] }],
  ["17 signers", { signers: (signers) => Array.from({ length: 17 }, () => signers[0]!) }],
  ["a signer's unprotected header", { signer: ([header, , signature]) => [header!, { 4: 1 }, signature!] }],
  ["a signer without a signature", { signer: ([header, unprotected]) => [header!, unprotected!] }],
  [
    "a signature of 63 bytes",
    { signer: ([header, map, signature]) => [header!, map!, (signature as Bytes).subarray(1)] },
  ],
  ["a byte behind it", { bytes: (bytes) => new Uint8Array([...bytes, 0]) }],
  ["its last byte missing", { bytes: (bytes) => bytes.subarray(0, -1) }],
];

function signAs(change: SignChange, payload: Bytes, aad: Bytes, keys: readonly Signer[]): Bytes {
  const ascending = [...keys].sort((a, b) => Buffer.compare(a.kid, b.kid));
  const signers = ascending.map((signer): Encodable => {
    const header = encodeCbor({ 1: signer.algorithm, 4: signer.kid });
    const parts: Encodable[] = [header, {}, signer.sign(sigStructure(header, aad, payload))];
    return change.signer?.(parts) ?? parts;
  });
  const items = [
    change.body ?? new Uint8Array(),
    change.unprotected ?? {},
    payload,
    change.signers?.(signers) ?? signers,
  ];
  const encoded = encodeTagged(change.tag ?? 98, items);
  return change.bytes?.(encoded) ?? encoded;
}

function command(bed: Bed, change: Sign1Change): Came {
  const { sessionId, challenge } = bed.desk.session();
  const payload = encodeCommandUnchecked({
    sessionId,
    sequence: 2,
    lifeS: 300,
    patientToken: PATIENT.token,
    orderId: bed.orderId,
    body: { kind: "stop" },
  });
  const aad = commandAad({ deviceId: bed.issued.deviceId, challenge });
  const bytes = sign1As(change, payload, aad, bed.hospital.keys.nurse);
  return bed.pump.submit(submitRecord(1, { bytes, digest: new Uint8Array(32) }).record);
}

function manifest(bed: Bed, change: SignChange): Came {
  const payload = encodeManifest(libraryOf(undefined, { version: 2 }).manifest());
  const { pharmacist, pharmacyChief } = bed.hospital.keys;
  return bed.pump.gate.libraryBegin(signAs(change, payload, LIBRARY_AAD, [pharmacist, pharmacyChief]));
}

export function envelopeDrafts(): Draft[] {
  return [
    ...SIGN1.map(([what, change]) =>
      vector(
        IDLE,
        `command in an envelope with ${what}`,
        FLAG,
        ({ bed }) => command(bed, change),
        "ENVELOPE",
      ),
    ),
    ...SIGN.map(([what, change]) =>
      vector(
        IDLE,
        `manifest in an envelope with ${what}`,
        FLAG,
        ({ bed }) => manifest(bed, change),
        "ENVELOPE",
      ),
    ),
  ];
}
