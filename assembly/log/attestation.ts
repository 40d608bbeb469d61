/** `attest` (SPEC 11.2): a COSE_Mac0 under K_attest over a nonce, both log heads, trust, library and state. One slice. */
import { copyBytes } from "../bytes";
import { feedSha256, macStructure, writeMac0 } from "../codec/cose";
import {
  Writer,
  writeArray,
  writeBytes,
  writeMap,
  writeNull,
  writerBegin,
  writeText,
  writeUnsigned,
} from "../codec/writer";
import { hmacBegin, hmacFinish, HMAC_TAG_BYTES } from "../crypto/hmac";
import { ATTEST_KEY, ATTEST_WRITER, INPUT, IO_BUFFER, RECORD, SHA256_SCRATCH, STATE, TAG } from "../layout";
import { INPUT_BYTES_MAX } from "../limits";
import { BAD_LENGTH, OK, WORKING } from "../status";
import { finish } from "../result";
import { State } from "../store/state";
import { chainOf, streamAt } from "../store/stream";
import { deviceId, DEVICE_ID_BYTES } from "../trust/device";

const NONCE_BYTES: u32 = 32;
const ATTESTATION_RECORD: u32 = 0x0602 | (1 << 16);
const RECORD_HEAD_BYTES: u32 = 8;

/** "dosegate/attestation/1" */
// prettier-ignore
const PROFILE: usize = memory.data<u8>([
  0x64, 0x6f, 0x73, 0x65, 0x67, 0x61, 0x74, 0x65, 0x2f, 0x61, 0x74,
  0x74, 0x65, 0x73, 0x74, 0x61, 0x74, 0x69, 0x6f, 0x6e, 0x2f, 0x31,
]);
const PROFILE_BYTES: u32 = 22;

/**
 * RECORD while an attestation is made; no commit happens meanwhile.
 *
 *   0                    AAD_AT                 STRUCTURE_AT
 *   +--------------------+----------------------+-----------------------+
 *   | payload, <= 320    | external_aad, <= 64  | pieces of the MAC     |
 *   +--------------------+----------------------+-----------------------+
 */
const AAD_AT: u32 = 320;
const STRUCTURE_AT: u32 = 384;

/** What the log does not know. Addresses of 32 bytes each. */
@unmanaged
export class Attested {
  root_digest: u32;
  /** Active library: epoch, version, and its Merkle root, or zeros. */
  library_epoch: u32;
  library_version: u32;
  library_root: u32;
  /** Flags of the state record. */
  flags: u32;
}

/** Takes the nonce from IO_BUFFER: WORKING, or BAD_LENGTH unless `length` is 32. */
export function attestBegin(length: u32): u32 {
  if (length != NONCE_BYTES) return BAD_LENGTH;
  copyBytes(INPUT, IO_BUFFER, NONCE_BYTES);
  return WORKING;
}

/** Makes the attestation and leaves its record in IO_BUFFER. Returns DONE. */
export function attestStep(a: Attested): u32 {
  const w = changetype<Writer>(ATTEST_WRITER);
  const payload = <u32>RECORD;
  writerBegin(w, payload, AAD_AT);
  writePayload(w, a);
  const payloadLength = w.at - payload;
  const aad = <u32>RECORD + AAD_AT;
  writerBegin(w, aad, STRUCTURE_AT - AAD_AT);
  writeArray(w, 3);
  writeText(w, <u32>PROFILE, PROFILE_BYTES);
  writeBytes(w, <u32>deviceId(), DEVICE_ID_BYTES);
  writeNull(w);

  const structure = RECORD + STRUCTURE_AT;
  macStructure(structure, aad, w.at - aad, payload, payloadLength);
  hmacBegin(SHA256_SCRATCH, ATTEST_KEY);
  feedSha256(SHA256_SCRATCH, structure);
  hmacFinish(SHA256_SCRATCH, ATTEST_KEY, TAG);

  const start = <u32>IO_BUFFER + RECORD_HEAD_BYTES;
  writerBegin(w, start, INPUT_BYTES_MAX - RECORD_HEAD_BYTES);
  writeMac0(w, payload, payloadLength, <u32>TAG, HMAC_TAG_BYTES);
  assert(w.overflow == 0);
  const length = RECORD_HEAD_BYTES + (w.at - start);
  store<u32>(IO_BUFFER, ATTESTATION_RECORD);
  store<u32>(IO_BUFFER, length, 4);
  return finish(OK, 0, <u64>length);
}

function writePayload(w: Writer, a: Attested): void {
  const s = changetype<State>(STATE);
  writeMap(w, 8);
  writeUnsigned(w, 0);
  writeBytes(w, <u32>INPUT, NONCE_BYTES);
  writeUnsigned(w, 1);
  writeArray(w, 4);
  for (let stream: u32 = 0; stream < 2; stream++) {
    writeBytes(w, <u32>chainOf(streamAt(stream)), 32);
    writeUnsigned(w, <u64>streamAt(stream).sequence);
  }
  writeUnsigned(w, 2);
  writeArray(w, 2);
  writeUnsigned(w, <u64>s.root_version);
  writeBytes(w, a.root_digest, 32);
  writeUnsigned(w, 3);
  writeArray(w, 3);
  writeUnsigned(w, <u64>a.library_epoch);
  writeUnsigned(w, <u64>a.library_version);
  writeBytes(w, a.library_root, 32);
  writeUnsigned(w, 4);
  writeUnsigned(w, <u64>s.counter);
  writeUnsigned(w, 5);
  writeUnsigned(w, <u64>s.boot);
  writeUnsigned(w, 6);
  writeUnsigned(w, <u64>s.phase);
  writeUnsigned(w, 7);
  writeUnsigned(w, <u64>a.flags);
  assert(w.overflow == 0);
}
