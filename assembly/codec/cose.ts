/**
 * COSE envelopes (RFC 9052) in the one profile the gate accepts (SPEC 1): tagged, unprotected header empty, payload
 * inside, nothing behind. COSE_Sign1 has exactly {1: alg, 4: kid} in its protected header; COSE_Sign has an empty
 * protected header of its own, encoded as an empty byte string (never as a wrapped empty map), and 1 to SIGNERS_MAX
 * signers with exactly {1: alg, 4: kid} each, kids rising. COSE_Mac0 is only written.
 *
 * What is signed is never assembled: it is six pieces, three of them heads, that stream into the digests.
 */
import { sha256Begin, sha256Finish, sha256Update } from "../crypto/sha256";
import { COSE_CURSOR, COSE_HEADER_CURSOR, CODEC_SHA256, COSE_WRITER } from "../layout";
import { SIGNERS_MAX } from "../limits";
import {
  CBOR_MALFORMED,
  CBOR_OUT_OF_RANGE,
  CBOR_UNEXPECTED_KEY,
  Cursor,
  cursorBegin,
  cursorFinished,
  fail,
  MAJOR_ARRAY,
  MAJOR_BYTES,
  MAJOR_MAP,
  MAJOR_TAG,
  readBytes,
  readCount,
  readHead,
  readInteger,
  readKey,
  readString,
} from "./cbor";
import { Writer, writeBytes, writeHead, writeRaw, writerBegin } from "./writer";

/** CBOR tags (RFC 9052 2, table 1). */
export const COSE_MAC0: u32 = 17;
export const COSE_SIGN1: u32 = 18;
export const COSE_SIGN: u32 = 98;

/** Signature algorithms (IANA COSE). The key in the trust store decides; the message must name the same. */
export const ALG_EDDSA: i32 = -8;
export const ALG_ED25519: i32 = -19;
export const ALG_HSS_LMS: i32 = -46;

/** Header labels (RFC 9052 3.1). */
export const LABEL_ALG: i32 = 1;
export const LABEL_KID: i32 = 4;

/** Bytes of a key identifier: the first of SHA-256 of the public key (SPEC 1). */
export const KID_BYTES: u32 = 8;

/** Bytes of an Ed25519 signature (RFC 8032 5.1.6). */
export const ED25519_SIGNATURE_BYTES: u32 = 64;

/** One signature of an envelope, in place. */
@unmanaged
export class Signer {
  /** One of ALG_*. */
  alg: i32;
  /** Address of the KID_BYTES of the key identifier. */
  kid: u32;
  /** The protected header's content, without its byte string head. */
  protectedHeader: u32;
  protectedLength: u32;
  signature: u32;
  signatureLength: u32;
}

/** An envelope that was accepted. SIGNERS_MAX signers follow in its region; `signerAt` finds them. */
@unmanaged
export class Envelope {
  /** COSE_SIGN1 or COSE_SIGN. */
  tag: u32;
  signerCount: u32;
  payload: u32;
  payloadLength: u32;
}

/** The signer of index `index`, below `signerCount`. */
export function signerAt(e: Envelope, index: u32): Signer {
  assert(index < SIGNERS_MAX);
  return changetype<Signer>(changetype<usize>(e) + offsetof<Envelope>() + index * offsetof<Signer>());
}

/**
 * Reads the envelope of `length` bytes at `address`, which must be of tag `tag`. Returns 0, or a CBOR_*; `e` then
 * has no signers. HSS-LMS signatures may have up to `hssLmsBytesMax` bytes; 0 refuses that algorithm.
 */
export function coseParse(e: Envelope, tag: u32, address: u32, length: u32, hssLmsBytesMax: u32): u32 {
  const c = changetype<Cursor>(COSE_CURSOR);
  cursorBegin(c, address, length);
  e.tag = tag;
  e.signerCount = 0;
  if (readHead(c, MAJOR_TAG) != <u64>tag) fail(c, CBOR_MALFORMED);
  requireCount(c, MAJOR_ARRAY, 4);
  const protectedHeader = readString(c, MAJOR_BYTES);
  const protectedLength = c.length;
  requireCount(c, MAJOR_MAP, 0);
  e.payload = readString(c, MAJOR_BYTES);
  e.payloadLength = c.length;
  let count: u32 = 1;
  if (tag == COSE_SIGN1) {
    readSigner(c, signerAt(e, 0), protectedHeader, protectedLength, hssLmsBytesMax);
  } else {
    if (protectedLength != 0) fail(c, CBOR_UNEXPECTED_KEY);
    count = readCount(c, MAJOR_ARRAY);
    if (count == 0 || count > SIGNERS_MAX) fail(c, CBOR_OUT_OF_RANGE);
    readSigners(c, e, count, hssLmsBytesMax);
  }
  if (!cursorFinished(c)) return (fail(c, CBOR_MALFORMED), c.error);
  e.signerCount = count;
  return 0;
}

/** Reads the signers of a COSE_Sign (RFC 9052 4.1), which must stand in rising order of their kids. */
function readSigners(c: Cursor, e: Envelope, count: u32, hssLmsBytesMax: u32): void {
  for (let i: u32 = 0; i < count && c.error == 0; i++) {
    requireCount(c, MAJOR_ARRAY, 3);
    const protectedHeader = readString(c, MAJOR_BYTES);
    const protectedLength = c.length;
    requireCount(c, MAJOR_MAP, 0);
    readSigner(c, signerAt(e, i), protectedHeader, protectedLength, hssLmsBytesMax);
    if (c.error != 0 || i == 0) continue;
    // As big-endian numbers the kids compare like their bytes do.
    if (bswap(load<u64>(signerAt(e, i - 1).kid)) >= bswap(load<u64>(signerAt(e, i).kid))) {
      fail(c, CBOR_UNEXPECTED_KEY);
    }
  }
}

/** Takes a protected header of exactly {1: alg, 4: kid} apart and reads the signature that follows at the cursor. */
function readSigner(c: Cursor, s: Signer, header: u32, headerLength: u32, hssLmsBytesMax: u32): void {
  const h = changetype<Cursor>(COSE_HEADER_CURSOR);
  cursorBegin(h, header, headerLength);
  requireCount(h, MAJOR_MAP, 2);
  if (readKey(h, -1) != LABEL_ALG) fail(h, CBOR_UNEXPECTED_KEY);
  const alg = readInteger(h);
  if (readKey(h, LABEL_ALG) != LABEL_KID) fail(h, CBOR_UNEXPECTED_KEY);
  s.kid = readBytes(h, KID_BYTES);
  if (!cursorFinished(h)) fail(h, CBOR_MALFORMED);
  if (h.error != 0) fail(c, h.error);

  s.protectedHeader = header;
  s.protectedLength = headerLength;
  s.signature = readString(c, MAJOR_BYTES);
  s.signatureLength = c.length;
  if (alg == ALG_HSS_LMS) {
    if (c.length == 0 || c.length > hssLmsBytesMax) fail(c, CBOR_OUT_OF_RANGE);
  } else if ((alg != ALG_ED25519 && alg != ALG_EDDSA) || c.length != ED25519_SIGNATURE_BYTES) {
    fail(c, CBOR_OUT_OF_RANGE);
  }
  s.alg = <i32>alg;
}

/** Reads the head of an array or a map that must have exactly `count` elements or entries. */
function requireCount(c: Cursor, major: u32, count: u32): void {
  if (readCount(c, major) != count) fail(c, CBOR_UNEXPECTED_KEY);
}

/** What is signed or authenticated, as six pieces to stream one after the other; may be empty, never absent. */
export const PIECES: u32 = 6;

/** One piece: `length` bytes at `address`. */
@unmanaged
export class Piece {
  address: u32;
  length: u32;
}

/** The pieces of one structure, and the bytes of the heads among them: 12 + 9, 9 and 9 at most. */
@unmanaged
export class ToBeSigned {
  piece0: u64;
  piece1: u64;
  piece2: u64;
  piece3: u64;
  piece4: u64;
  piece5: u64;
  heads0: u64;
  heads1: u64;
  heads2: u64;
  heads3: u64;
  heads4: u64;
}

/** Bytes of the heads. */
const HEADS_BYTES: u32 = 40;

/** The piece of index `index`, below PIECES. */
export function pieceAt(toBeSigned: usize, index: u32): Piece {
  return changetype<Piece>(toBeSigned + index * offsetof<Piece>());
}

/** How the structures begin (RFC 9052 4.4, 6.3): the array's head and the context; for a signer the body's empty header. */
// prettier-ignore
const BEGINNINGS: usize = memory.data<u8>([
  0x84, 0x6a, 0x53, 0x69, 0x67, 0x6e, 0x61, 0x74, 0x75, 0x72, 0x65, 0x31, // [ "Signature1"
  0x85, 0x69, 0x53, 0x69, 0x67, 0x6e, 0x61, 0x74, 0x75, 0x72, 0x65, 0x40, // [ "Signature", h''
  0x84, 0x64, 0x4d, 0x41, 0x43, 0x30, // [ "MAC0"
]);
const BEGINNING_SIGN_AT: u32 = 12;
const BEGINNING_MAC0_AT: u32 = 24;
const BEGINNING_SIGN_BYTES: u32 = 12;
const BEGINNING_MAC0_BYTES: u32 = 6;

/** A COSE_Mac0 up to its payload: tag 17, array of 4, protected {1: 5} (HMAC 256/256), unprotected {}. */
const MAC0_BEGINNING: usize = memory.data<u8>([0xd1, 0x84, 0x43, 0xa1, 0x01, 0x05, 0xa0]);
const MAC0_BEGINNING_BYTES: u32 = 7;
const MAC0_PROTECTED_AT: u32 = 3;
const MAC0_PROTECTED_BYTES: u32 = 3;

/** Lays out the Sig_structure (RFC 9052 4.4) of signer `index` of `e` at `toBeSigned`. */
export function sigStructure(toBeSigned: usize, e: Envelope, index: u32, aad: u32, aadLength: u32): void {
  const s = signerAt(e, index);
  const at = e.tag == COSE_SIGN ? BEGINNING_SIGN_AT : 0;
  structureBegin(toBeSigned, at, BEGINNING_SIGN_BYTES, s.protectedHeader, s.protectedLength);
  structureEnd(toBeSigned, aad, aadLength, e.payload, e.payloadLength);
}

/** Lays out the MAC_structure (RFC 9052 6.3) of a COSE_Mac0 under HMAC 256/256 at `toBeSigned`. */
export function macStructure(
  toBeSigned: usize,
  aad: u32,
  aadLength: u32,
  payload: u32,
  payloadLength: u32,
): void {
  const header = <u32>MAC0_BEGINNING + MAC0_PROTECTED_AT;
  structureBegin(toBeSigned, BEGINNING_MAC0_AT, BEGINNING_MAC0_BYTES, header, MAC0_PROTECTED_BYTES);
  structureEnd(toBeSigned, aad, aadLength, payload, payloadLength);
}

/** The context and the protected header: pieces 0 and 1. Starts the writer of the heads. */
function structureBegin(
  toBeSigned: usize,
  beginningAt: u32,
  beginningBytes: u32,
  header: u32,
  headerLength: u32,
): void {
  const w = changetype<Writer>(COSE_WRITER);
  const heads = <u32>(toBeSigned + offsetof<ToBeSigned>("heads0"));
  writerBegin(w, heads, HEADS_BYTES);
  writeRaw(w, <u32>BEGINNINGS + beginningAt, beginningBytes);
  piecesOf(toBeSigned, 0, heads, header, headerLength);
}

/** The external data and the payload: pieces 2 to 5. */
function structureEnd(toBeSigned: usize, aad: u32, aadLength: u32, payload: u32, payloadLength: u32): void {
  const w = changetype<Writer>(COSE_WRITER);
  piecesOf(toBeSigned, 2, w.at, aad, aadLength);
  piecesOf(toBeSigned, 4, w.at, payload, payloadLength);
  assert(w.overflow == 0); // HEADS_BYTES holds the longest heads there are
}

/** Ends the piece of heads that began at `heads` with that of a byte string, and makes its content the next piece. */
function piecesOf(toBeSigned: usize, index: u32, heads: u32, content: u32, contentLength: u32): void {
  const w = changetype<Writer>(COSE_WRITER);
  writeHead(w, MAJOR_BYTES, <u64>contentLength);
  pieceAt(toBeSigned, index).address = heads;
  pieceAt(toBeSigned, index).length = w.at - heads;
  pieceAt(toBeSigned, index + 1).address = content;
  pieceAt(toBeSigned, index + 1).length = contentLength;
}

/** Streams the pieces into a SHA-256 or HMAC-SHA256 under way at `context`. */
export function feedSha256(context: usize, toBeSigned: usize): void {
  for (let i: u32 = 0; i < PIECES; i++) {
    sha256Update(context, pieceAt(toBeSigned, i).address, pieceAt(toBeSigned, i).length);
  }
}

/** The digest by which an object is known: SHA-256 of its whole Sig_structure, 32 bytes at `digest` (SPEC 1). */
export function objectDigest(toBeSigned: usize, digest: usize): void {
  sha256Begin(CODEC_SHA256);
  feedSha256(CODEC_SHA256, toBeSigned);
  sha256Finish(CODEC_SHA256, digest);
}

/** Writes a COSE_Mac0 (RFC 9052 6.2) of a payload and the `tagLength` bytes of its tag, made over `macStructure`. */
export function writeMac0(w: Writer, payload: u32, payloadLength: u32, tag: u32, tagLength: u32): void {
  writeRaw(w, <u32>MAC0_BEGINNING, MAC0_BEGINNING_BYTES);
  writeBytes(w, payload, payloadLength);
  writeBytes(w, tag, tagLength);
}
