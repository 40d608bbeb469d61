/**
 * COSE envelopes as SPEC 1.2..1.5 narrows RFC 9052: tagged, empty unprotected map, protected exactly `{1: alg, 4: kid}`,
 * the purpose and the receiver bound in by external_aad. Signatures and MACs by node:crypto; the algorithm of a signature is
 * the key's, never the message's.
 */
import { createHash, createHmac, createPublicKey, timingSafeEqual, verify } from "node:crypto";
import { compareBytes, concatBytes } from "./bytes.js";
import {
  type CborValue,
  checkArray,
  checkBytes,
  decodeCbor,
  decodeTagged,
  encodeCbor,
  encodeTagged,
  EncodingError,
  MapReader,
} from "./encoding.js";

/** COSE algorithm numbers. EdDSA (-8) only for a key that the root document declares so (RFC 9864). */
export const ALGORITHM = { ed25519: -19, eddsa: -8, hmac256: 5 } as const;
export type SignatureAlgorithm = -19 | -8;

export const TAG = { sign1: 18, sign: 98, mac0: 17 } as const;

/** The profile texts of SPEC 1.4: no object is taken for another. */
export const PROFILE = {
  root: "dosegate/root/1",
  library: "dosegate/library/1",
  command: "dosegate/command/1",
  approval: "dosegate/approval/1",
  decommission: "dosegate/decommission/1",
  attestation: "dosegate/attestation/1",
} as const;
export type ProfileName = keyof typeof PROFILE;

export const KID_BYTES = 8;
export const SIGNATURE_BYTES = 64;
/** Most signers of one envelope (SPEC 1.2). */
export const SIGNERS_MAX = 16;

/** Whoever can sign: a key pair in a file, or a signing service. */
export interface Signer {
  /** First 8 bytes of SHA-256(public key) (SPEC 1.3). */
  readonly kid: Uint8Array;
  readonly algorithm: SignatureAlgorithm;
  /** Signs with Ed25519: 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}

/** A signed object with its digest (SPEC 1.5). */
export interface Signed {
  readonly bytes: Uint8Array;
  /** SHA-256 of the Sig_structure, of the first signer where there are several. */
  readonly digest: Uint8Array;
}

export interface EnvelopeSignature {
  readonly algorithm: number;
  readonly kid: Uint8Array;
  readonly protectedHeader: Uint8Array;
  readonly signature: Uint8Array;
}

export type Envelope =
  | {
      readonly type: "sign1";
      readonly payload: Uint8Array;
      readonly signatures: readonly [EnvelopeSignature];
    }
  | { readonly type: "sign"; readonly payload: Uint8Array; readonly signatures: readonly EnvelopeSignature[] }
  | {
      readonly type: "mac0";
      readonly payload: Uint8Array;
      readonly protectedHeader: Uint8Array;
      readonly tag: Uint8Array;
    };

/** First 8 bytes of SHA-256(public key) (SPEC 1.3). */
export function kidOf(publicKey: Uint8Array): Uint8Array {
  return sha256(publicKey).subarray(0, KID_BYTES);
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(bytes).digest());
}

export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac("sha256", key).update(message).digest());
}

/** `[profile, device, challenge]` (SPEC 1.4). Device 16 bytes or null, challenge 32 bytes or null; else RangeError. */
export function externalAad(
  profile: string,
  device: Uint8Array | null,
  challenge: Uint8Array | null,
): Uint8Array {
  if (device && device.length !== 16) {
    throw new RangeError(`the device id has ${device.length} bytes; it needs 16`);
  }
  if (challenge && challenge.length !== 32) {
    throw new RangeError(`the challenge has ${challenge.length} bytes; it needs 32`);
  }
  return encodeCbor([profile, device, challenge]);
}

const EMPTY = new Uint8Array();

function protectedHeader(signer: Signer): Uint8Array {
  return encodeCbor({ 1: signer.algorithm, 4: signer.kid });
}

/** ToBeSigned of COSE_Sign1 (RFC 9052 4.4). */
export function sig1Structure(header: Uint8Array, aad: Uint8Array, payload: Uint8Array): Uint8Array {
  return encodeUnbounded(["Signature1", header, aad, payload]);
}

/** ToBeSigned of one signer of COSE_Sign (RFC 9052 4.4); the body's protected header is empty. */
export function sigStructure(header: Uint8Array, aad: Uint8Array, payload: Uint8Array): Uint8Array {
  return encodeUnbounded(["Signature", EMPTY, header, aad, payload]);
}

/** ToBeMaced of COSE_Mac0 (RFC 9052 6.3). */
export function macStructure(header: Uint8Array, aad: Uint8Array, payload: Uint8Array): Uint8Array {
  return encodeUnbounded(["MAC0", header, aad, payload]);
}

/** An array of a text and byte strings; it may be longer than an object, as it is never sent. */
function encodeUnbounded(items: readonly [string, ...Uint8Array[]]): Uint8Array {
  const [context, ...rest] = items;
  return concatBytes(new Uint8Array([0x80 + items.length]), encodeCbor(context), ...rest.map(byteString));
}

/** A CBOR byte string with its shortest length (RFC 8949 3). */
function byteString(bytes: Uint8Array): Uint8Array {
  const n = bytes.length;
  if (n < 24) return concatBytes(new Uint8Array([0x40 + n]), bytes);
  if (n < 0x100) return concatBytes(new Uint8Array([0x58, n]), bytes);
  return concatBytes(new Uint8Array([0x59, n >> 8, n & 0xff]), bytes);
}

/** COSE_Sign1 over `payload`. */
export function sign1(payload: Uint8Array, aad: Uint8Array, signer: Signer): Signed {
  const header = protectedHeader(signer);
  const message = sig1Structure(header, aad, payload);
  const bytes = encodeTagged(TAG.sign1, [header, {}, payload, signer.sign(message)]);
  return checked(bytes, sha256(message));
}

/** COSE_Sign over `payload`, signers ascending by kid. Throws RangeError for no, too many or equal signers. */
export function sign(payload: Uint8Array, aad: Uint8Array, signers: readonly Signer[]): Signed {
  if (signers.length === 0 || signers.length > SIGNERS_MAX) {
    throw new RangeError(`${signers.length} signers; an object needs 1..${SIGNERS_MAX} (SPEC 1.2)`);
  }
  const ascending = [...signers].sort((a, b) => compareBytes(a.kid, b.kid));
  ascending.forEach((signer, i) => {
    if (i > 0 && compareBytes(ascending[i - 1]!.kid, signer.kid) === 0) {
      throw new RangeError("one key signs twice; name each signer once");
    }
  });
  const first = sigStructure(protectedHeader(ascending[0]!), aad, payload);
  const signatures = ascending.map((signer) => {
    const header = protectedHeader(signer);
    return [header, {}, signer.sign(sigStructure(header, aad, payload))];
  });
  return checked(encodeTagged(TAG.sign, [EMPTY, {}, payload, signatures]), sha256(first));
}

function checked(bytes: Uint8Array, digest: Uint8Array): Signed {
  if (bytes.length > 8192) {
    throw new RangeError(`the signed object has ${bytes.length} bytes; at most 8192 are allowed (SPEC 1.1)`);
  }
  return { bytes, digest };
}

/** COSE_Mac0 with HMAC 256/256. */
export function mac0(payload: Uint8Array, aad: Uint8Array, key: Uint8Array): Uint8Array {
  const header = encodeCbor({ 1: ALGORITHM.hmac256 });
  return encodeTagged(TAG.mac0, [header, {}, payload, hmacSha256(key, macStructure(header, aad, payload))]);
}

/** Decodes any of the three envelopes as strictly as the gate does. Throws EncodingError. */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const { tag, content } = decodeTagged(bytes);
  const items = checkArray(content, "envelope", 4, 4);
  const header = checkBytes(items[0], "protected header");
  checkEmptyMap(items[1], "unprotected header");
  const payload = checkBytes(items[2], "payload");
  if (tag === TAG.sign1) {
    return { type: "sign1", payload, signatures: [signatureOf(header, items[3], "signature")] };
  }
  if (tag === TAG.mac0) {
    const reader = new MapReader(decodeCbor(header), "protected header");
    if (reader.int(1, "algorithm") !== ALGORITHM.hmac256) {
      throw new EncodingError(reader.at(1, "algorithm"), "is not HMAC 256/256 (5)");
    }
    reader.end();
    return { type: "mac0", payload, protectedHeader: header, tag: checkBytes(items[3], "tag", 32) };
  }
  if (tag !== TAG.sign) {
    throw new EncodingError("", `tag ${tag} is none of COSE_Sign1 (18), COSE_Sign (98), COSE_Mac0 (17)`);
  }
  if (header.length !== 0) {
    throw new EncodingError("protected header", "must be empty: each signer has its own (SPEC 1.2)");
  }
  const signatures = checkArray(items[3], "signatures", 1, SIGNERS_MAX).map((item, i) => {
    const path = `signature ${i}`;
    const parts = checkArray(item, path, 3, 3);
    checkEmptyMap(parts[1], `${path}, unprotected header`);
    return signatureOf(checkBytes(parts[0], `${path}, protected header`), parts[2], path);
  });
  signatures.forEach((signature, i) => {
    if (i > 0 && compareBytes(signatures[i - 1]!.kid, signature.kid) >= 0) {
      throw new EncodingError(`signature ${i}`, "the signers are not strictly ascending by kid (SPEC 1.2)");
    }
  });
  return { type: "sign", payload, signatures };
}

function signatureOf(header: Uint8Array, value: CborValue | undefined, path: string): EnvelopeSignature {
  const reader = new MapReader(decodeCbor(header), `${path}, protected header`);
  const algorithm = reader.int(1, "algorithm");
  const kid = reader.bytes(4, "kid", KID_BYTES);
  reader.end();
  if (algorithm !== ALGORITHM.ed25519 && algorithm !== ALGORITHM.eddsa) {
    throw new EncodingError(
      reader.at(1, "algorithm"),
      `${algorithm} is neither Ed25519 (-19) nor EdDSA (-8)`,
    );
  }
  return { algorithm, kid, protectedHeader: header, signature: checkBytes(value, path, SIGNATURE_BYTES) };
}

function checkEmptyMap(value: CborValue | undefined, path: string): void {
  const reader = new MapReader(value, path);
  reader.end();
}

/** The ToBeSigned bytes of signature `index`. Throws RangeError for a MAC. */
export function messageOf(envelope: Envelope, aad: Uint8Array, index = 0): Uint8Array {
  if (envelope.type === "mac0") throw new RangeError("a COSE_Mac0 has no signature");
  const { protectedHeader: header } = envelope.signatures[index]!;
  return envelope.type === "sign1"
    ? sig1Structure(header, aad, envelope.payload)
    : sigStructure(header, aad, envelope.payload);
}

/** The digest of a signed object (SPEC 1.5). */
export function digestOf(envelope: Envelope, aad: Uint8Array): Uint8Array {
  return sha256(messageOf(envelope, aad));
}

/** SubjectPublicKeyInfo of an Ed25519 key up to the key itself (RFC 8410 4). */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/**
 * Checks one signature of an envelope. Honest signatures only: what this accepts beyond the gate's strict rule (SPEC 1.6)
 * the gate refuses.
 */
export function verifySignature(
  envelope: Envelope,
  aad: Uint8Array,
  publicKey: Uint8Array,
  index = 0,
): boolean {
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: "der", type: "spki" });
  if (envelope.type === "mac0") return false;
  return verify(null, messageOf(envelope, aad, index), key, envelope.signatures[index]!.signature);
}

/** Checks the tag of a COSE_Mac0 in constant time. */
export function verifyMac0(envelope: Envelope, aad: Uint8Array, key: Uint8Array): boolean {
  if (envelope.type !== "mac0") return false;
  return timingSafeEqual(
    hmacSha256(key, macStructure(envelope.protectedHeader, aad, envelope.payload)),
    envelope.tag,
  );
}
