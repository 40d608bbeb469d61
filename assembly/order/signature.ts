/** The one signature of a command or an approval, verified in slices; the object's digest is made on the way (SPEC 1.5, 10). */
import { Envelope, PIECES, pieceAt, signerAt, sigStructure } from "../codec/cose";
import { Writer, writeArray, writeBytes, writerBegin, writeText } from "../codec/writer";
import { keyUsed, VALID, verifyBegin, verifyResult, verifyStep, verifyUpdate } from "../crypto/ed25519";
import { sha256Begin, sha256Finish, sha256Update } from "../crypto/sha256";
import {
  COMMAND_AAD,
  COMMAND_DIGEST,
  COMMAND_WRITER,
  OBJECT_ENVELOPE,
  OBJECT_SHA256,
  OBJECT_TO_BE_SIGNED,
  SIGNATURE_FEED,
} from "../layout";
import { AAD_BYTES_MAX, FEED_BYTES_MAX } from "../limits";
import * as status from "../status";
import { DEVICE_ID_BYTES, deviceId } from "../trust/device";
import { Key, publicKeyOf } from "../trust/key";
import { CHALLENGE_BYTES } from "./session";

/** How far the message has been taken in. */
@unmanaged
export class Feed {
  piece: u32;
  pieceBytes: u32;
}

/** "dosegate/command/1" and, behind it, "dosegate/approval/1". */
// prettier-ignore
const PROFILES: usize = memory.data<u8>([
  0x64, 0x6f, 0x73, 0x65, 0x67, 0x61, 0x74, 0x65, 0x2f, 0x63, 0x6f, 0x6d, 0x6d, 0x61, 0x6e, 0x64, 0x2f, 0x31,
  0x64, 0x6f, 0x73, 0x65, 0x67, 0x61, 0x74, 0x65, 0x2f, 0x61, 0x70, 0x70, 0x72, 0x6f, 0x76, 0x61, 0x6c, 0x2f, 0x31,
]);
const COMMAND_PROFILE_BYTES: u32 = 18;
const APPROVAL_PROFILE_BYTES: u32 = 19;

/** Stages the verification of the parsed COSE_Sign1 in OBJECT_ENVELOPE under `key`, for this device and `challenge`. */
export function signatureBegin(key: usize, isApproval: bool, challenge: usize): void {
  const w = changetype<Writer>(COMMAND_WRITER);
  const profile = <u32>PROFILES + (isApproval ? COMMAND_PROFILE_BYTES : 0);
  writerBegin(w, <u32>COMMAND_AAD, AAD_BYTES_MAX);
  writeArray(w, 3);
  writeText(w, profile, isApproval ? APPROVAL_PROFILE_BYTES : COMMAND_PROFILE_BYTES);
  writeBytes(w, <u32>deviceId(), DEVICE_ID_BYTES);
  writeBytes(w, <u32>challenge, CHALLENGE_BYTES);
  assert(w.overflow == 0);
  const envelope = changetype<Envelope>(OBJECT_ENVELOPE);
  sigStructure(OBJECT_TO_BE_SIGNED, envelope, 0, <u32>COMMAND_AAD, w.at - <u32>COMMAND_AAD);
  verifyBegin(publicKeyOf(changetype<Key>(key)), signerAt(envelope, 0).signature);
  sha256Begin(OBJECT_SHA256);
  const f = changetype<Feed>(SIGNATURE_FEED);
  f.piece = 0;
  f.pieceBytes = 0;
}

/** One slice. WORKING; then OK, with the digest at COMMAND_DIGEST, or SIGNATURE. */
export function signatureStep(): u32 {
  const f = changetype<Feed>(SIGNATURE_FEED);
  if (f.piece < PIECES) {
    const piece = pieceAt(OBJECT_TO_BE_SIGNED, f.piece);
    const length = min(piece.length - f.pieceBytes, FEED_BYTES_MAX);
    verifyUpdate(piece.address + f.pieceBytes, length);
    sha256Update(OBJECT_SHA256, piece.address + f.pieceBytes, length);
    f.pieceBytes += length;
    if (f.pieceBytes == piece.length) {
      f.piece++;
      f.pieceBytes = 0;
      if (f.piece == PIECES) sha256Finish(OBJECT_SHA256, COMMAND_DIGEST);
    }
    return status.WORKING;
  }
  if (verifyStep() == 0) return status.WORKING;
  if (verifyResult() != VALID) return status.SIGNATURE;
  keyUsed();
  return status.OK;
}
