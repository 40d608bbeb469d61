/** What a gate says of itself under its attestation key (SPEC 11.2): log heads, trust, library, state. */
import { equalBytes } from "./bytes.js";
import { decodeEnvelope, externalAad, mac0, PROFILE, verifyMac0 } from "./cose.js";
import { checkBytes, checkUint, decodeCbor, encodeCbor, EncodingError, MapReader } from "./encoding.js";

/** Head of one log stream. */
export interface LogHead {
  /** 32 bytes */
  readonly chain: Uint8Array;
  readonly nextSequence: number;
}

export interface Attestation {
  /** As given to `attest`, 32 bytes. */
  readonly nonce: Uint8Array;
  readonly decisions: LogHead;
  readonly meter: LogHead;
  readonly rootVersion: number;
  readonly rootDigest: Uint8Array;
  /** Zeros if no library is active. */
  readonly library: { readonly epoch: number; readonly version: number; readonly merkleRoot: Uint8Array };
  readonly counter: number;
  readonly boot: number;
  readonly phase: number;
  /** Flags of the state record. */
  readonly flags: number;
}

/** An attestation that proves nothing; the message says why. */
export class AttestationError extends Error {
  override readonly name = "AttestationError";
}

/** The payload, as a gate would write it: for models and tests. */
export function encodeAttestationPayload(a: Attestation): Uint8Array {
  return encodeCbor({
    0: a.nonce,
    1: [a.decisions.chain, a.decisions.nextSequence, a.meter.chain, a.meter.nextSequence],
    2: [a.rootVersion, a.rootDigest],
    3: [a.library.epoch, a.library.version, a.library.merkleRoot],
    4: a.counter,
    5: a.boot,
    6: a.phase,
    7: a.flags,
  });
}

/** Reads a payload. Throws EncodingError that names the field. */
export function decodeAttestationPayload(payload: Uint8Array): Attestation {
  const map = new MapReader(decodeCbor(payload), "");
  const logs = map.array(1, "log heads", 4, 4);
  const root = map.array(2, "root", 2, 2);
  const library = map.array(3, "library", 3, 3);
  const attestation: Attestation = {
    nonce: map.bytes(0, "nonce", 32),
    decisions: {
      chain: checkBytes(logs[0], "key 1 (log heads), item 0", 32),
      nextSequence: checkUint(logs[1]!, "key 1 (log heads), item 1"),
    },
    meter: {
      chain: checkBytes(logs[2], "key 1 (log heads), item 2", 32),
      nextSequence: checkUint(logs[3]!, "key 1 (log heads), item 3"),
    },
    rootVersion: checkUint(root[0]!, "key 2 (root), item 0"),
    rootDigest: checkBytes(root[1], "key 2 (root), item 1", 32),
    library: {
      epoch: checkUint(library[0]!, "key 3 (library), item 0"),
      version: checkUint(library[1]!, "key 3 (library), item 1"),
      merkleRoot: checkBytes(library[2], "key 3 (library), item 2", 32),
    },
    counter: map.uint32(4, "counter"),
    boot: map.uint32(5, "boot"),
    phase: map.uint(6, "phase", 0, 3),
    flags: map.uint32(7, "flags"),
  };
  map.end();
  return attestation;
}

function attestationAad(deviceId: Uint8Array): Uint8Array {
  return externalAad(PROFILE.attestation, deviceId, null);
}

/** An attestation as a gate would make it: for models and tests. `key` is the derived key `attest` (SPEC 2.3). */
export function makeAttestation(attestation: Attestation, deviceId: Uint8Array, key: Uint8Array): Uint8Array {
  return mac0(encodeAttestationPayload(attestation), attestationAad(deviceId), key);
}

/**
 * Verifies the COSE_Mac0 of an attestation record. `key` is the derived key `attest` (SPEC 2.3), `nonce` what was asked with.
 * Throws AttestationError.
 */
export function verifyAttestation(
  object: Uint8Array,
  expected: { readonly deviceId: Uint8Array; readonly key: Uint8Array; readonly nonce: Uint8Array },
): Attestation {
  try {
    const envelope = decodeEnvelope(object);
    if (!verifyMac0(envelope, attestationAad(expected.deviceId), expected.key)) {
      throw new AttestationError("the tag is wrong: altered, another device's, or made with another secret");
    }
    const attestation = decodeAttestationPayload(envelope.payload);
    if (!equalBytes(attestation.nonce, expected.nonce)) {
      throw new AttestationError(
        "the nonce is not the one that was asked with: an older attestation was replayed",
      );
    }
    return attestation;
  } catch (error) {
    if (error instanceof EncodingError) throw new AttestationError(`not an attestation: ${error.message}`);
    throw error;
  }
}
