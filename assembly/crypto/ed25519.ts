/**
 * Ed25519 verification (RFC 8032 5.1.7), strict and in slices.
 *
 * Strict (SPEC 1): S < L; A and R canonical; neither of small order; and the 32 bytes of [S]B - [k]A equal R, without
 * cofactor. There is one signing side and it is ours, so as little as possible is accepted. The caller has read a
 * key of 32 bytes and a signature of 64 by their exact lengths.
 *
 * In slices: nothing lives on the stack between two calls. A slice costs at most 194 field operations, about
 * 100,000 instructions on a Cortex-M4; a short message takes 27, or 8 under a prepared key. One verification at a time.
 *
 *   verifyBegin -> verifyUpdate ... -> verifyStep until it returns 1 -> verifyResult
 *
 * Two verdicts, and each starts with a bit set for every rule, which only that rule's success clears: `difference` applies
 * the rules to the received bytes, `witness` applies them another way, to what the arithmetic gave. A skipped or
 * falsified step leaves one of them not 0.
 */
import { clearBytes, copyBytes } from "../bytes";
import {
  ED25519_COMB,
  ED25519_DIGITS,
  ED25519_KEY,
  ED25519_MULTIPLES,
  ED25519_R,
  ED25519_S,
  ED25519_SHA512,
  ED25519_STATE,
  ED25519_X,
  EDWARDS_POINT,
} from "../layout";
import { BASE_COMB } from "./base25519";
import {
  decompressHead,
  decompressTail,
  pointAdd,
  pointDouble,
  pointEncode,
  pointLargeOrder,
  pointOffCurve,
  pointSetIdentity,
  pointStore,
  X,
  Z,
} from "./edwards25519";
import { feCopy } from "./field25519";
import { feInvert } from "./inverse25519";
import {
  COMB,
  Prepared,
  preparedDifference,
  preparedFind,
  preparedKey,
  preparedPoint,
  preparedUsed,
} from "./prepared25519";
import {
  COMB_COLUMNS,
  combColumn,
  combOfOdd,
  combPrepare,
  scalarDigits,
  scalarNotCanonical,
  scalarReduce,
} from "./scalar25519";
import { sha512Begin, sha512Finish, sha512Update } from "./sha512";

/** The state of the one verification. */
@unmanaged
export class Ed25519 {
  /** 0 exactly if the signature is valid, by the rules on bytes. */
  difference: u32;
  /** 0 exactly if the signature is valid, by the rules on points and scalars. */
  witness: u32;
  /** What verifyStep does next. */
  phase: u32;
  /** Bits of the double multiplication still to do; columns of the combs if the key is prepared. */
  bits: u32;
  /** The key's slot if it is prepared, else 0. */
  prepared: u32;
  /** 1 if k is even and its comb stands for k + 1. */
  even: u32;
}

/** What verifyResult returns; they differ in every bit. */
export const VALID: u32 = 0x2d5aa5d2;
export const INVALID: u32 = 0xd2a55a2d;

/** Steps of the double multiplication in one slice: 12 doublings, 3 additions, 12 mixed additions. */
const BITS_PER_SLICE: u32 = 12;

/** Columns of two combs in one slice: 8 doublings, 16 mixed additions. */
const COLUMNS_PER_SLICE: u32 = 8;

const IDLE: u32 = 0;
const HASH: u32 = 1;
const DECOMPRESS_HEAD: u32 = 2;
const DECOMPRESS_TAIL: u32 = 3;
const MULTIPLES: u32 = 4;
const MULTIPLY: u32 = 5;

/** One bit for each rule; a verdict starts as all of them. */
const S_BELOW_ORDER: u32 = 1;
const KEY_CANONICAL: u32 = 2;
const R_CANONICAL: u32 = 4;
const KEY_LARGE_ORDER: u32 = 8;
const R_LARGE_ORDER: u32 = 16;
const KEY_ON_CURVE: u32 = 32;
const R_EQUAL: u32 = 64;
const ALL_RULES: u32 = 127;

/** Those that speak of the key alone: a prepared key was seen to keep them when it verified. */
const RULES_OF_KEY: u32 = KEY_CANONICAL | KEY_LARGE_ORDER | KEY_ON_CURVE;

/** The y of the eight points of small order (order 1, 2, 4 and 8), canonical: 1, p - 1, 0 and two more. */
// prettier-ignore
const SMALL_ORDER_Y: usize = memory.data<u32>([
  0x00000001, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000,
  0xffffffec, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x7fffffff,
  0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000,
  0x8f95e826, 0xb027b2c2, 0x89f4c345, 0xf098eff2, 0x05acdfd5, 0x3933c6d3, 0x880238b1, 0x05fc536d,
  0x706a17c7, 0x4fd84d3d, 0x760b3cba, 0x0f67100d, 0xfa53202a, 0xc6cc392c, 0x77fdc74e, 0x7a03ac92,
]);

/**
 * Starts a verification with the 32-byte key and the 64-byte signature, which are copied. Returns 1 if they can be
 * part of a valid signature at all, so that a caller can refuse for free; if it goes on regardless, the result is INVALID.
 */
export function verifyBegin(publicKey: usize, signature: usize): u32 {
  const v = changetype<Ed25519>(ED25519_STATE);
  v.difference = ALL_RULES;
  v.witness = ALL_RULES;
  copyBytes(ED25519_R, signature, 32);
  copyBytes(ED25519_KEY, publicKey, 32);
  copyBytes(ED25519_S, signature + 32, 32);

  if (scalarNotCanonical(ED25519_S) == 0) v.difference &= ~S_BELOW_ORDER;
  if (notCanonical(ED25519_KEY) == 0) v.difference &= ~KEY_CANONICAL;
  if (notCanonical(ED25519_R) == 0) v.difference &= ~R_CANONICAL;
  if (smallOrder(ED25519_KEY) == 0) v.difference &= ~KEY_LARGE_ORDER;
  if (smallOrder(ED25519_R) == 0) v.difference &= ~R_LARGE_ORDER;

  sha512Begin(ED25519_SHA512);
  sha512Update(ED25519_SHA512, ED25519_R, 32); // k hashes R and A as received
  sha512Update(ED25519_SHA512, ED25519_KEY, 32);
  v.prepared = <u32>preparedFind(ED25519_KEY);
  v.phase = HASH;
  return v.difference == (KEY_ON_CURVE | R_EQUAL) ? 1 : 0;
}

/** Takes in a piece of the message. A slice of work is at most 1 KiB of it: eight compressions of SHA-512. */
export function verifyUpdate(data: usize, length: u32): void {
  assert(changetype<Ed25519>(ED25519_STATE).phase == HASH);
  sha512Update(ED25519_SHA512, data, length);
}

/** Does one slice of the work. Returns 1 when the result is there, else 0. */
export function verifyStep(): u32 {
  const v = changetype<Ed25519>(ED25519_STATE);
  const phase = v.phase;
  if (phase == IDLE) return 1;
  v.phase = phase + 1;
  if (phase == HASH) {
    recode(v);
    if (v.prepared != 0) v.phase = MULTIPLY;
  } else if (phase == DECOMPRESS_HEAD) {
    decompressHead(ED25519_KEY);
  } else if (phase == DECOMPRESS_TAIL) {
    decompressKey(v);
  } else if (phase == MULTIPLES) {
    buildMultiples(v);
  } else if (phase == MULTIPLY) {
    if ((v.prepared != 0 ? multiplyPrepared(v) : multiply(v)) != 0) v.phase = MULTIPLY;
  } else {
    compare(v);
    v.phase = IDLE;
    return 1;
  }
  return 0;
}

/** After a valid signature by a key that will sign again: has it prepared in idle time. Nothing after any other. */
export function keyUsed(): void {
  if (changetype<Ed25519>(ED25519_STATE).phase == IDLE && verifyResult() == VALID) {
    preparedUsed(ED25519_KEY, ED25519_X, RULES_OF_KEY);
  }
}

/**
 * Prepares the 32-byte key without a signature, as far as it keeps the rules: for benchmarks, and for tests of keys under
 * which no signature is valid. A gate prepares keys that have verified, a slice at a time.
 */
export function prepareKey(publicKey: usize): void {
  const v = changetype<Ed25519>(ED25519_STATE);
  verifyBegin(publicKey, publicKey - 32); // whatever stands before it: no signature is judged
  decompressHead(ED25519_KEY);
  decompressKey(v);
  buildMultiples(v);
  v.phase = IDLE;
  preparedUsed(ED25519_KEY, ED25519_X, RULES_OF_KEY & ~verifyTrouble());
}

/** The rules not yet seen to hold, 0 for a valid signature: for verdicts that take it in as data. */
export function verifyTrouble(): u32 {
  const v = changetype<Ed25519>(ED25519_STATE);
  return v.difference | v.witness;
}

/** VALID or INVALID, computed from both verdicts; INVALID before the last step. */
export function verifyResult(): u32 {
  const v = changetype<Ed25519>(ED25519_STATE);
  const any = v.difference | v.witness;
  const zeroMask = ((any | (0 - any)) >> 31) - 1;
  return INVALID ^ ((VALID ^ INVALID) & zeroMask);
}

/** 1 if y >= p (RFC 8032 5.1.3, step 1). That x = 0 has no negative is left to the order: both such points have a small one. */
function notCanonical(encoded: usize): u32 {
  let ones = load<u32>(encoded, 28) | 0x80000000;
  for (let i: usize = 4; i < 28; i += 4) ones &= load<u32>(encoded + i);
  return ones == 0xffffffff && load<u32>(encoded) >= 0xffffffed ? 1 : 0;
}

/** 1 if y is that of a point whose order divides 8, whatever the sign of x. */
function smallOrder(encoded: usize): u32 {
  let found: u32 = 0;
  for (let entry: usize = 0; entry < 160; entry += 32) {
    const y = SMALL_ORDER_Y + entry;
    let different = (load<u32>(encoded, 28) ^ load<u32>(y, 28)) & 0x7fffffff;
    for (let i: usize = 0; i < 28; i += 4) different |= load<u32>(encoded + i) ^ load<u32>(y + i);
    found |= different == 0 ? 1 : 0;
  }
  return found;
}

/** Number of equal bytes of two times 32: the second way to compare, by count instead of by difference. */
function equalBytes(a: usize, b: usize): u32 {
  let equal: u32 = 0;
  for (let i: usize = 0; i < 32; i++) equal += load<u8>(a + i) == load<u8>(b + i) ? 1 : 0;
  return equal;
}

/** k = SHA-512(R | A | M) mod L, and both scalars in the forms the multiplication reads. */
function recode(v: Ed25519): void {
  const wide = ED25519_MULTIPLES;
  sha512Finish(ED25519_SHA512, wide);
  scalarReduce(wide, wide);
  store<u32>(wide, 0, 32); // scalarDigits reads on past the scalar
  if (v.prepared != 0) {
    recodePrepared(v, wide);
  } else {
    const digits = scalarDigits(ED25519_DIGITS, wide);
    v.bits = digits > COMB_COLUMNS ? digits : COMB_COLUMNS;
  }

  // Second way: S is below L if reduction changes nothing.
  copyBytes(wide, ED25519_S, 32);
  clearBytes(wide + 32, 32);
  scalarReduce(ED25519_COMB, wide);
  if (equalBytes(ED25519_COMB, ED25519_S) == 32) v.witness &= ~S_BELOW_ORDER;
  combPrepare(ED25519_COMB);
}

/** k in the form of its comb, and what preparing the key has shown: to each verdict only if the slot's key is the one received. */
function recodePrepared(v: Ed25519, k: usize): void {
  const slot: usize = v.prepared;
  const rules = changetype<Prepared>(slot).rules & RULES_OF_KEY;
  v.difference = (v.difference & ~rules) | preparedDifference(slot, ED25519_KEY);
  if (equalBytes(preparedKey(slot), ED25519_KEY) == 32) v.witness &= ~rules;
  v.even = (load<u8>(k) & 1) ^ 1;
  copyBytes(ED25519_DIGITS, k, 32);
  combOfOdd(ED25519_DIGITS);
  v.bits = COMB_COLUMNS;
  pointSetIdentity();
}

/** The key as a point. */
function decompressKey(v: Ed25519): void {
  if (decompressTail(ED25519_KEY) == 0) v.difference &= ~KEY_ON_CURVE;
  feCopy(ED25519_X, EDWARDS_POINT + X);
  // Second way: a point on the curve, encoded again, is the bytes received if these were canonical.
  const again = ED25519_MULTIPLES;
  pointEncode(again, EDWARDS_POINT + Z);
  if (equalBytes(again, ED25519_KEY) == 32) v.witness &= ~KEY_CANONICAL;
  if (pointOffCurve() == 0) v.witness &= ~KEY_ON_CURVE;
}

/** The odd multiples A, 3A, ... 15A of the key. About 95 field operations. */
function buildMultiples(v: Ed25519): void {
  const first = ED25519_MULTIPLES;
  const last = first + 7 * 144;
  pointStore(first);
  pointDouble(true);
  pointStore(last); // 2A, until 15A takes the place
  pointAdd(first, false, false, true);
  for (let q = first + 144; q < last; q += 144) {
    pointStore(q); // 3A, 5A, ... 13A
    pointAdd(last, false, false, true);
  }
  pointStore(last);
  // Second way, on 15A: 15 shares no factor with any order, so 15A has the order of A.
  if (pointLargeOrder() != 0) v.witness &= ~KEY_LARGE_ORDER;
  pointSetIdentity();
}

/**
 * A slice of R' = [S]B - [k]A, from the highest bit down (Straus): one doubling a bit, a subtraction of a multiple of
 * A where k's form has a digit (every sixth bit on average), and in the last 43 bits one entry of the comb for S. Returns
 * the bits left.
 */
function multiply(v: Ed25519): u32 {
  for (let done: u32 = 0; done < BITS_PER_SLICE && v.bits != 0; done++) {
    const bit = --v.bits;
    const digit = <i32>load<i8>(ED25519_DIGITS + bit);
    const inComb = bit < COMB_COLUMNS;
    pointDouble(digit != 0 || inComb);
    if (digit != 0) {
      const magnitude: u32 = digit < 0 ? 0 - digit : digit;
      pointAdd(ED25519_MULTIPLES + (magnitude >> 1) * 144, false, digit > 0, inComb);
    }
    if (inComb) combAdd(BASE_COMB, ED25519_COMB, bit, false, false);
  }
  return v.bits;
}

/** A slice of R' = [S]B - [k]A with a comb for each, column by column. Returns the columns left. */
function multiplyPrepared(v: Ed25519): u32 {
  for (let done: u32 = 0; done < COLUMNS_PER_SLICE && v.bits != 0; done++) {
    if (v.bits != COMB_COLUMNS) pointDouble(true);
    const column = --v.bits;
    combAdd(BASE_COMB, ED25519_COMB, column, false, true);
    combAdd(<usize>v.prepared + COMB, ED25519_DIGITS, column, true, column == 0);
  }
  if (v.bits == 0 && v.even != 0) {
    const a = ED25519_MULTIPLES;
    preparedPoint(a, v.prepared);
    pointAdd(a, true, false, false);
  }
  return v.bits;
}

/** Adds, or subtracts, what a comb has for one column of a scalar. */
function combAdd(table: usize, comb: usize, column: u32, subtract: bool, withT: bool): void {
  const bits = combColumn(comb, column);
  const negative = bits < 32; // the top row's bit decides the sign (base25519.ts)
  const entry = (negative ? ~bits : bits) & 31;
  pointAdd(table + entry * 108, true, negative != subtract, withT);
}

/** Encodes R' and compares it with the R received. About the cost of 80 field operations. */
function compare(v: Ed25519): void {
  const again = ED25519_MULTIPLES;
  const inverse = ED25519_MULTIPLES + 32;
  feInvert(inverse, EDWARDS_POINT + Z);
  pointEncode(again, inverse);
  let different: u32 = 0;
  for (let i: usize = 0; i < 32; i += 4) different |= load<u32>(again + i) ^ load<u32>(ED25519_R + i);
  v.difference = (v.difference ^ R_EQUAL) | different;

  // Second way: R' is canonical by construction, so an R equal to it is.
  if (equalBytes(again, ED25519_R) == 32) v.witness &= ~(R_EQUAL | R_CANONICAL);
  if (pointLargeOrder() != 0) v.witness &= ~R_LARGE_ORDER;
}
