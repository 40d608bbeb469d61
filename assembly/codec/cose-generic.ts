/**
 * COSE_Sign1 as anybody may write it (RFC 9052), for public vectors: only the diagnostic build reaches this file. The
 * gate's own profile (cose.ts) is narrower: it fixes both headers to the byte.
 *
 * Beyond the signature itself, by strict Ed25519, a message is valid only if it is tagged 18, in deterministic CBOR to
 * its last byte, its payload inside; its protected header names alg -8 or -19 (RFC 9053 2.2, RFC 9864); all labels
 * are integers or texts and none occurs twice, in one header or across both (RFC 9052 3); and crit, if there, is
 * protected and names only labels that are understood and present (RFC 9052 3.1).
 */
import { VALID, verifyBegin, verifyResult, verifyStep, verifyUpdate } from "../crypto/ed25519";
import { COSE_CURSOR, COSE_HEADER_CURSOR } from "../layout";
import { DIAG_CURSOR, DIAG_ENVELOPE, DIAG_TO_BE_SIGNED } from "../layout-diag";
import {
  Cursor,
  cursorBegin,
  MAJOR_ARRAY,
  MAJOR_BYTES,
  MAJOR_MAP,
  MAJOR_NEGATIVE,
  MAJOR_TAG,
  MAJOR_TEXT,
  MAJOR_UNSIGNED,
  readCount,
  readHead,
  readString,
  readUnsigned,
} from "./cbor";
import {
  COSE_SIGN1,
  ED25519_SIGNATURE_BYTES,
  Envelope,
  pieceAt,
  PIECES,
  signerAt,
  sigStructure,
} from "./cose";
import { isDeterministicItem, skipItem } from "./item";

/** Encodings of the labels alg and crit, stored so that they have addresses. */
const LABELS: usize = memory.data<u8>([0x01, 0x02]);
const LABEL_ALG_AT: u32 = 0;
const LABEL_CRIT_AT: u32 = 1;

/** Labels 1 to 7 are those of RFC 9052 3.1 and 11.2, which every implementation understands. */
const LABEL_COMMON_MAX: u64 = 7;

/** Encodings of the algorithms EdDSA (-8) and Ed25519 (-19). */
const ENCODED_EDDSA: u32 = 0x27;
const ENCODED_ED25519: u32 = 0x32;

/** True if the tagged message is valid under the 32-byte key and the external data. */
export function verifySign1(
  publicKey: u32,
  aad: u32,
  aadLength: u32,
  message: u32,
  messageLength: u32,
): bool {
  const e = changetype<Envelope>(DIAG_ENVELOPE);
  if (!parseSign1(e, message, messageLength)) return false;
  verifyBegin(publicKey, signerAt(e, 0).signature);
  sigStructure(DIAG_TO_BE_SIGNED, e, 0, aad, aadLength);
  for (let i: u32 = 0; i < PIECES; i++) {
    verifyUpdate(pieceAt(DIAG_TO_BE_SIGNED, i).address, pieceAt(DIAG_TO_BE_SIGNED, i).length);
  }
  while (verifyStep() == 0) continue;
  return verifyResult() == VALID;
}

/** Takes the message apart into `e` and checks everything but the signature. */
function parseSign1(e: Envelope, message: u32, messageLength: u32): bool {
  const c = changetype<Cursor>(COSE_CURSOR);
  cursorBegin(c, message, messageLength);
  if (readHead(c, MAJOR_TAG) != <u64>COSE_SIGN1) return false;
  if (!isDeterministicItem(c.at, c.end - c.at)) return false;
  if (readCount(c, MAJOR_ARRAY) != 4) return false;

  const s = signerAt(e, 0);
  s.protectedHeader = readString(c, MAJOR_BYTES);
  s.protectedLength = c.length;
  const unprotected = c.at;
  skipItem(c);
  const unprotectedLength = c.at - unprotected;
  e.tag = COSE_SIGN1;
  e.payload = readString(c, MAJOR_BYTES);
  e.payloadLength = c.length;
  s.signature = readString(c, MAJOR_BYTES);
  if (c.error != 0 || c.length != ED25519_SIGNATURE_BYTES) return false;

  // An empty byte string is no item: the algorithm would be missing.
  if (!isDeterministicItem(s.protectedHeader, s.protectedLength)) return false;
  return headersAcceptable(s.protectedHeader, s.protectedLength, unprotected, unprotectedLength);
}

/** The rules on the two headers, each an item known to be deterministic. */
function headersAcceptable(header: u32, headerLength: u32, other: u32, otherLength: u32): bool {
  const labels = <u32>LABELS;
  if (!labelsAcceptable(header, headerLength, 0, 0)) return false;
  if (!labelsAcceptable(other, otherLength, header, headerLength)) return false;

  const alg = findValue(header, headerLength, labels + LABEL_ALG_AT, 1);
  if (alg == 0) return false;
  const algorithm = <u32>load<u8>(alg);
  if (algorithm != ENCODED_EDDSA && algorithm != ENCODED_ED25519) return false;

  if (findValue(other, otherLength, labels + LABEL_CRIT_AT, 1) != 0) return false;
  const crit = findValue(header, headerLength, labels + LABEL_CRIT_AT, 1);
  return crit == 0 || critAcceptable(header, headerLength, crit);
}

/** Major types that the values of labels 0 to 6 may have (RFC 9052 3.1), a bit each: content type, kid, IV, Partial IV. */
// prettier-ignore
const VALUE_TYPES: StaticArray<u32> = [
  0xff, 0xff, 0xff, (1 << MAJOR_UNSIGNED) | (1 << MAJOR_TEXT), 1 << MAJOR_BYTES, 1 << MAJOR_BYTES, 1 << MAJOR_BYTES,
];
const VALUE_TYPES_LABELS: u32 = 7;

/**
 * True if the item is a map whose labels are integers or texts, none of them also in the map `other` (0: no such map), and
 * whose common labels have values of their types.
 */
function labelsAcceptable(header: u32, headerLength: u32, other: u32, otherLength: u32): bool {
  const h = changetype<Cursor>(COSE_HEADER_CURSOR);
  cursorBegin(h, header, headerLength);
  const count = readCount(h, MAJOR_MAP);
  for (let i: u32 = 0; i < count; i++) {
    const label = h.at;
    const major = (<u32>load<u8>(label)) >> 5;
    if (major > MAJOR_NEGATIVE && major != MAJOR_TEXT) return false;
    skipItem(h);
    const number = <u32>load<u8>(label);
    const value = (<u32>load<u8>(h.at)) >> 5;
    if (number < VALUE_TYPES_LABELS && ((unchecked(VALUE_TYPES[number]) >> value) & 1) == 0) return false;
    if (other != 0 && findValue(other, otherLength, label, h.at - label) != 0) return false;
    skipItem(h);
  }
  return h.error == 0;
}

/** True if the value at `crit` is an array of labels, at least one, all common and all in the header around it. */
function critAcceptable(header: u32, headerLength: u32, crit: u32): bool {
  const h = changetype<Cursor>(COSE_HEADER_CURSOR);
  cursorBegin(h, crit, header + headerLength - crit);
  const count = readCount(h, MAJOR_ARRAY);
  for (let i: u32 = 0; i < count; i++) {
    const label = h.at;
    const number = readUnsigned(h);
    if (h.error != 0 || number == 0 || number > LABEL_COMMON_MAX) return false;
    if (findValue(header, headerLength, label, 1) == 0) return false;
  }
  return h.error == 0 && count != 0;
}

/** Address of the value under the label of these encoded bytes, or 0 if the map does not have it. */
function findValue(header: u32, headerLength: u32, label: u32, labelLength: u32): u32 {
  const c = changetype<Cursor>(DIAG_CURSOR);
  cursorBegin(c, header, headerLength);
  const count = readCount(c, MAJOR_MAP);
  for (let i: u32 = 0; i < count; i++) {
    const start = c.at;
    skipItem(c);
    if (c.at - start == labelLength && memory.compare(start, label, labelLength) == 0) return c.at;
    skipItem(c);
  }
  return 0;
}
