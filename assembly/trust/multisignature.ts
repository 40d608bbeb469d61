/**
 * Verification of a COSE_Sign in slices (SPEC 1.2, 1.5, 2.1), under one root record or, for a root update, two.
 *
 *   multisignatureOpen -> (decode the payload) -> multisignatureKeys -> multisignatureStep until it is not WORKING
 *
 * Every signer must be known, must have the role under one of the records, and its signature must hold: one that does
 * not refuses the whole object, so that nothing can hide among good signatures. What counts is the public key, not its
 * kid: a key counts under each record that has the same bytes, algorithm and role.
 */
import {
  COSE_SIGN,
  coseParse,
  Envelope,
  PIECES,
  pieceAt,
  Signer,
  signerAt,
  sigStructure,
} from "../codec/cose";
import { VALID, verifyBegin, verifyResult, verifyStep, verifyUpdate } from "../crypto/ed25519";
import { sha256Begin, sha256Finish, sha256Update } from "../crypto/sha256";
import { MULTISIGNATURE, OBJECT_ENVELOPE, OBJECT_SHA256, OBJECT_TO_BE_SIGNED } from "../layout";
import { FEED_BYTES_MAX } from "../limits";
import * as status from "../status";
import { Key, keyHasRole, kidOf, PUBLIC_KEY_BYTES, publicKeyOf, ROLE_ROOT } from "./key";
import { failedAt } from "./object";
import { findKey, keyIndexOf } from "./root";
import { thresholdStatus } from "./threshold";

/** The verification under way. */
@unmanaged
export class MultiSignature {
  role: u32;
  /** The root records: the second is 0 except in a root update. */
  trust: u32;
  trustSecond: u32;
  /** Keys of each record whose signature has held (before: is claimed), bit i for key i. */
  keys: u32;
  keysSecond: u32;
  /** The signer being verified, and where its message stands: piece, and bytes of the piece taken in. */
  signer: u32;
  piece: u32;
  pieceBytes: u32;
  /** `external_aad`, which must stay where it is. */
  external: u32;
  externalBytes: u32;
  /** SHA-256 of the first signer's Sig_structure. */
  digest_0: u64;
  digest_1: u64;
  digest_2: u64;
  digest_3: u64;
}

/** `external_aad` (SPEC 1.4): ["dosegate/root/1", null, null], and behind it ["dosegate/library/1", null, null]. */
// prettier-ignore
const AAD: usize = memory.data<u8>([
  0x83, 0x6f, 0x64, 0x6f, 0x73, 0x65, 0x67, 0x61, 0x74, 0x65, 0x2f, 0x72, 0x6f, 0x6f, 0x74, 0x2f, 0x31, 0xf6, 0xf6,
  0x83, 0x72, 0x64, 0x6f, 0x73, 0x65, 0x67, 0x61, 0x74, 0x65, 0x2f,
  0x6c, 0x69, 0x62, 0x72, 0x61, 0x72, 0x79, 0x2f, 0x31, 0xf6, 0xf6,
]);
const AAD_ROOT_BYTES: u32 = 19;
const AAD_LIBRARY_BYTES: u32 = 22;

function current(): MultiSignature {
  return changetype<MultiSignature>(MULTISIGNATURE);
}

/** The envelope that was opened. */
export function openedEnvelope(): Envelope {
  return changetype<Envelope>(OBJECT_ENVELOPE);
}

/** Says what else is signed, where it is neither a root document nor a manifest: `length` bytes at `address`. */
export function multisignatureExternal(address: usize, length: u32): void {
  current().external = <u32>address;
  current().externalBytes = length;
}

/** Takes the COSE_Sign of `length` bytes at `address` apart, an object signed by `role` (root or library). OK or ENVELOPE. */
export function multisignatureOpen(address: usize, length: u32, role: u32): u32 {
  const isRoot = role == ROLE_ROOT;
  current().role = role;
  multisignatureExternal(isRoot ? AAD : AAD + AAD_ROOT_BYTES, isRoot ? AAD_ROOT_BYTES : AAD_LIBRARY_BYTES);
  return coseParse(openedEnvelope(), COSE_SIGN, <u32>address, length, 0) == 0 ? status.OK : status.ENVELOPE;
}

/** Lays out what signer `index` of the opened envelope signed, at OBJECT_TO_BE_SIGNED. */
export function layOut(index: u32): void {
  const m = current();
  sigStructure(OBJECT_TO_BE_SIGNED, openedEnvelope(), index, m.external, m.externalBytes);
}

/**
 * What costs nothing, before anything is verified: every signer known, with its algorithm and role, and the thresholds
 * within reach if all signatures hold. OK, KID_UNKNOWN, ALGORITHM, ROLE (each at its signer), THRESHOLD or DUTY. `second` may be 0.
 */
export function multisignatureKeys(trust: usize, second: usize): u32 {
  const m = current();
  m.trust = <u32>trust;
  m.trustSecond = <u32>second;
  forget(m);
  const count = openedEnvelope().signerCount;
  for (let i: u32 = 0; i < count; i++) {
    const s = signerAt(openedEnvelope(), i);
    const key = keyOf(m, s);
    if (key == 0) return failedAt(status.KID_UNKNOWN, i);
    if (changetype<Key>(key).algorithm != s.alg) return failedAt(status.ALGORITHM, i);
    if (!countKey(m, changetype<Key>(key))) return failedAt(status.ROLE, i);
  }
  const reached = thresholds(m);
  forget(m);
  return reached;
}

/** Nothing has held yet. */
function forget(m: MultiSignature): void {
  m.keys = 0;
  m.keysSecond = 0;
  m.signer = 0;
  m.piece = 0;
  m.pieceBytes = 0;
}

/** The key that a signer names, or 0; of two records the one whose algorithm is the signer's. */
function keyOf(m: MultiSignature, s: Signer): usize {
  const key = findKey(m.trust, s.kid);
  const second: usize = m.trustSecond == 0 ? 0 : findKey(m.trustSecond, s.kid);
  const first = second == 0 || (key != 0 && changetype<Key>(key).algorithm == s.alg);
  return first ? key : second;
}

/** Counts `key` under each record that has it with the role. False if none does. */
function countKey(m: MultiSignature, key: Key): bool {
  const bits = sameKey(m.trust, key, m.role);
  const bitsSecond = m.trustSecond == 0 ? 0 : sameKey(m.trustSecond, key, m.role);
  m.keys |= bits;
  m.keysSecond |= bitsSecond;
  return (bits | bitsSecond) != 0;
}

/** The bit of the key in `root` that has these bytes, this algorithm and `role`, or 0. */
function sameKey(root: usize, key: Key, role: u32): u32 {
  const found = findKey(root, kidOf(key)); // kids of one document are distinct
  if (found == 0) return 0;
  const other = changetype<Key>(found);
  if (other.algorithm != key.algorithm || !keyHasRole(other, role)) return 0;
  // Across documents a kid may be made to collide; the bytes may not.
  if (memory.compare(publicKeyOf(other), publicKeyOf(key), PUBLIC_KEY_BYTES) != 0) return 0;
  return 1 << keyIndexOf(root, found);
}

function thresholds(m: MultiSignature): u32 {
  const first = thresholdStatus(m.trust, m.keys, m.role);
  if (first != status.OK || m.trustSecond == 0) return first;
  return thresholdStatus(m.trustSecond, m.keysSecond, m.role);
}

/**
 * One slice. WORKING; OK once every signature has held and the thresholds are reached by them; SIGNATURE (at its
 * signer), THRESHOLD or DUTY. The envelope's bytes and the root records must stay as they were.
 */
export function multisignatureStep(): u32 {
  const m = current();
  const s = signerAt(openedEnvelope(), m.signer);
  const key = changetype<Key>(keyOf(m, s));
  if (m.piece < PIECES) {
    if (m.piece == 0) {
      layOut(m.signer);
      verifyBegin(publicKeyOf(key), s.signature);
      if (m.signer == 0) sha256Begin(OBJECT_SHA256);
    }
    takeIn(m);
    return status.WORKING;
  }
  if (verifyStep() == 0) return status.WORKING;
  if (verifyResult() != VALID) return failedAt(status.SIGNATURE, m.signer);
  if (m.signer == 0) sha256Finish(OBJECT_SHA256, multisignatureDigest());
  countKey(m, key);
  m.piece = 0;
  m.signer++;
  return m.signer < openedEnvelope().signerCount ? status.WORKING : thresholds(m);
}

/** Takes in the next bytes of the message: all of a short piece, FEED_BYTES_MAX of a long one. */
function takeIn(m: MultiSignature): void {
  const piece = pieceAt(OBJECT_TO_BE_SIGNED, m.piece);
  const length = min(piece.length - m.pieceBytes, FEED_BYTES_MAX);
  verifyUpdate(piece.address + m.pieceBytes, length);
  if (m.signer == 0) sha256Update(OBJECT_SHA256, piece.address + m.pieceBytes, length);
  m.pieceBytes += length;
  if (m.pieceBytes == piece.length) {
    m.piece++;
    m.pieceBytes = 0;
  }
}

/** Address of the object's digest, 32 bytes, once the first signature has held. */
export function multisignatureDigest(): usize {
  return MULTISIGNATURE + offsetof<MultiSignature>("digest_0");
}
