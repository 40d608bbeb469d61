/** The approval of a command that waits for an override (SPEC 4.3). */
import { type Receiver } from "./command.js";
import { externalAad, PROFILE, sign1, type Signed, type Signer } from "./cose.js";
import { decodeCbor, encodeCbor, MapReader } from "./encoding.js";

export interface Approval {
  /** 8 bytes */
  readonly sessionId: Uint8Array;
  readonly sequence: number;
  /** 1..3600 */
  readonly lifeS: number;
  /** Digest of the command that waits, 32 bytes. */
  readonly commandDigest: Uint8Array;
  /** The soft limits waived, bit `1 << limit number` (SPEC 4.4). */
  readonly mask: number;
  /** Nonce of the pending slot, 8 bytes. */
  readonly nonce: Uint8Array;
  /** 1..255 */
  readonly reasonCode: number;
}

/** Limits are numbered 1 to 30 (SPEC 4.4). */
const MASK_MAX = 0x7fff_ffff;

/** The payload. Throws EncodingError for a field out of its range. */
export function encodeApproval(approval: Approval): Uint8Array {
  const payload = encodeCbor({
    0: approval.sessionId,
    1: approval.sequence,
    2: approval.lifeS,
    3: approval.commandDigest,
    4: approval.mask,
    5: approval.nonce,
    6: approval.reasonCode,
  });
  decodeApproval(payload);
  return payload;
}

/** Reads a payload. Throws EncodingError that names the field. */
export function decodeApproval(payload: Uint8Array): Approval {
  const map = new MapReader(decodeCbor(payload), "");
  const approval: Approval = {
    sessionId: map.bytes(0, "session id", 8),
    sequence: map.uint32(1, "sequence", 1),
    lifeS: map.uint(2, "life", 1, 3600),
    commandDigest: map.bytes(3, "command digest", 32),
    mask: map.uint(4, "mask", 1, MASK_MAX),
    nonce: map.bytes(5, "nonce", 8),
    reasonCode: map.uint(6, "reason code", 1, 255),
  };
  map.end();
  return approval;
}

/** external_aad of an approval for this pump under this challenge. */
export function approvalAad(receiver: Receiver): Uint8Array {
  return externalAad(PROFILE.approval, receiver.deviceId, receiver.challenge);
}

/** Signs an approval with a key of role override whose holder did not sign the command. */
export function signApproval(approval: Approval, receiver: Receiver, signer: Signer): Signed {
  return sign1(encodeApproval(approval), approvalAad(receiver), signer);
}
