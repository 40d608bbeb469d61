/**
 * The diagnostic build: primitives of the gate as thin exports over IO_BUFFER, for vectors and benchmarks. Input is
 * read from the start of IO_BUFFER unless said otherwise, results are written back to its start. It is never
 * shipped to a pump.
 */
import { copyBytes } from "./bytes";
import { BASE_COMB } from "./crypto/base25519";
import * as ed25519 from "./crypto/ed25519";
import * as field from "./crypto/field25519";
import * as inverse from "./crypto/inverse25519";
import * as prepared from "./crypto/prepared25519";
import * as mac from "./crypto/hmac";
import * as scalar from "./crypto/scalar25519";
import * as hash from "./crypto/sha256";
import * as hash512 from "./crypto/sha512";
import { ED25519_COMB, ED25519_DIGITS, ED25519_STATE, IO_BUFFER, PREPARED } from "./layout";
import { DIAG_HMAC_KEY, DIAG_SHA256, DIAG_SHA512 } from "./layout-diag";

export * from "./diag-codec";

/** Address of the 8192-byte buffer shared with the caller. */
export function ioBuffer(): usize {
  return IO_BUFFER;
}

/** SHA-256 of `length` bytes; leaves 32 bytes. */
export function sha256(length: u32): void {
  hash.sha256(IO_BUFFER, length, IO_BUFFER);
}

/** SHA-512 of `length` bytes; leaves 64 bytes. */
export function sha512(length: u32): void {
  hash512.sha512Begin(DIAG_SHA512);
  hash512.sha512Update(DIAG_SHA512, IO_BUFFER, length);
  hash512.sha512Finish(DIAG_SHA512, IO_BUFFER);
}

/** HMAC-SHA256 of the `messageLength` bytes after the `keyLength` bytes of key; leaves 32 bytes. */
export function hmacSha256(keyLength: u32, messageLength: u32): void {
  mac.hmacKey(DIAG_HMAC_KEY, IO_BUFFER, keyLength);
  mac.hmac(DIAG_HMAC_KEY, IO_BUFFER + keyLength, messageLength, IO_BUFFER);
}

/** Starts a streaming digest; SHA-256 and SHA-512 may be under way together. `bits` is 256 or 512. */
export function hashBegin(bits: u32): void {
  if (bits == 256) hash.sha256Begin(DIAG_SHA256);
  else hash512.sha512Begin(DIAG_SHA512);
}

/** Takes in the `length` bytes from `offset` on. */
export function hashUpdate(bits: u32, offset: u32, length: u32): void {
  if (bits == 256) hash.sha256Update(DIAG_SHA256, IO_BUFFER + offset, length);
  else hash512.sha512Update(DIAG_SHA512, IO_BUFFER + offset, length);
}

/** Leaves 32 or 64 bytes. */
export function hashFinish(bits: u32): void {
  if (bits == 256) hash.sha256Finish(DIAG_SHA256, IO_BUFFER);
  else hash512.sha512Finish(DIAG_SHA512, IO_BUFFER);
}

/** Starts a streaming HMAC-SHA256 with the `keyLength` bytes of key; shares its context with SHA-256. */
export function hmacBegin(keyLength: u32): void {
  mac.hmacKey(DIAG_HMAC_KEY, IO_BUFFER, keyLength);
  mac.hmacBegin(DIAG_SHA256, DIAG_HMAC_KEY);
}

/** Takes in `length` bytes. */
export function hmacUpdate(length: u32): void {
  mac.hmacUpdate(DIAG_SHA256, IO_BUFFER, length);
}

/** Leaves 32 bytes. */
export function hmacFinish(): void {
  mac.hmacFinish(DIAG_SHA256, DIAG_HMAC_KEY, IO_BUFFER);
}

/** Verifies key (32 bytes), signature (64), message (`messageLength`), in this order; returns VALID or INVALID. */
export function ed25519Verify(messageLength: u32): u32 {
  ed25519.verifyBegin(IO_BUFFER, IO_BUFFER + 32);
  ed25519.verifyUpdate(IO_BUFFER + 96, messageLength);
  while (ed25519.verifyStep() == 0) continue;
  return ed25519.verifyResult();
}

/** Starts a verification of key (32 bytes) and signature (64); returns 1 if their form is acceptable. */
export function ed25519Begin(): u32 {
  return ed25519.verifyBegin(IO_BUFFER, IO_BUFFER + 32);
}

/** Takes in `length` bytes of message. */
export function ed25519Update(length: u32): void {
  ed25519.verifyUpdate(IO_BUFFER, length);
}

/** One slice; returns 1 when the result is there. */
export function ed25519Step(): u32 {
  return ed25519.verifyStep();
}

/** VALID or INVALID. */
export function ed25519Result(): u32 {
  return ed25519.verifyResult();
}

/** 1 if the 32-byte key is prepared. */
export function ed25519IsPrepared(): u32 {
  return prepared.preparedFind(IO_BUFFER) != 0 ? 1 : 0;
}

/** Prepares the 32-byte key at once; returns 1 if it has its comb then. A key that breaks rules gets one too: it verifies nothing. */
export function ed25519Prepare(): u32 {
  ed25519.prepareKey(IO_BUFFER);
  while (prepared.preparationStep() != 0) continue;
  return ed25519IsPrepared();
}

/** Has the key of the last verification prepared, if that was valid, by the slices that follow. */
export function ed25519KeyUsed(): void {
  ed25519.keyUsed();
}

/** One slice of preparing the key that verified last; returns 1 while there is more to do. */
export function ed25519PrepareStep(): u32 {
  return prepared.preparationStep();
}

/** Address of the comb in the first slot: 32 entries of three elements. */
export function preparedComb(): usize {
  return PREPARED + prepared.COMB;
}

/** Forgets every prepared key. */
export function ed25519Forget(): void {
  prepared.preparedForget();
}

/** The verdict by the rules on bytes, 0 if valid. */
export function ed25519Difference(): u32 {
  return changetype<ed25519.Ed25519>(ED25519_STATE).difference;
}

/** The verdict by the rules on points and scalars, 0 if valid. */
export function ed25519Witness(): u32 {
  return changetype<ed25519.Ed25519>(ED25519_STATE).witness;
}

/** Address of the base point's comb: 32 entries of three elements. */
export function baseComb(): usize {
  return BASE_COMB;
}

/** Field elements a and b at 0 and 36; leaves a + b at 72. */
export function fieldAdd(): void {
  field.feAdd(IO_BUFFER + 72, IO_BUFFER, IO_BUFFER + 36);
}

/** Leaves a - b at 72. */
export function fieldSubtract(): void {
  field.feSub(IO_BUFFER + 72, IO_BUFFER, IO_BUFFER + 36);
}

/** Leaves a * b at 72. */
export function fieldMultiply(): void {
  field.feMul(IO_BUFFER + 72, IO_BUFFER, IO_BUFFER + 36);
}

/** Leaves a^(2^times) at 72. */
export function fieldSquare(times: u32): void {
  field.feSquareTimes(IO_BUFFER + 72, IO_BUFFER, times);
}

/** Leaves 1/a at 72. */
export function fieldInvert(): void {
  inverse.feInvert(IO_BUFFER + 72, IO_BUFFER);
}

/** Reads 32 bytes at 36; leaves the element at 0. */
export function fieldFromBytes(): void {
  field.feFromBytes(IO_BUFFER, IO_BUFFER + 36);
}

/** Leaves the 32 canonical bytes of a at 36. */
export function fieldToBytes(): void {
  field.feToBytes(IO_BUFFER + 36, IO_BUFFER);
}

/** Reduces 64 bytes modulo L; leaves 32 bytes. */
export function scalarReduce(): void {
  scalar.scalarReduce(IO_BUFFER, IO_BUFFER);
}

/** 0 if the 32 bytes are below L. */
export function scalarNotCanonical(): u32 {
  return scalar.scalarNotCanonical(IO_BUFFER);
}

/** Recodes 32 bytes, four zero bytes after them; leaves 256 signed digits and returns how many count. */
export function scalarDigits(): u32 {
  const count = scalar.scalarDigits(ED25519_DIGITS, IO_BUFFER);
  copyBytes(IO_BUFFER, ED25519_DIGITS, scalar.SCALAR_DIGITS);
  return count;
}

/** Recodes 32 bytes below L for the comb; leaves its 43 columns, a byte each. */
export function combColumns(): void {
  copyBytes(ED25519_COMB, IO_BUFFER, scalar.SCALAR_BYTES);
  scalar.combPrepare(ED25519_COMB);
  for (let column: u32 = 0; column < scalar.COMB_COLUMNS; column++) {
    store<u8>(IO_BUFFER + column, scalar.combColumn(ED25519_COMB, column));
  }
}
