/**
 * Scalars modulo L = 2^252 + c, the order of the base point (RFC 8032 5.1), and the two forms in which
 * edwards25519.ts consumes them. All scalars here are public (a signature and a hash), so time may depend on them.
 */
import { clearBytes } from "../bytes";
import { SCALAR_LIMBS } from "../layout";

/** Bytes of a scalar. */
export const SCALAR_BYTES: u32 = 32;

/** Digits of the signed window form: one for each bit of a scalar and one for its last carry, a byte each. */
export const SCALAR_DIGITS: u32 = 256;

/** Width of the signed window form: odd digits up to 15 in magnitude, so a table of eight multiples. */
const WINDOW_BITS: u32 = 5;

/** Rows and columns of the comb: 6 * 43 = 258 bits hold every scalar made odd. */
export const COMB_ROWS: u32 = 6;
export const COMB_COLUMNS: u32 = 43;

/** L in eight words, little-endian. */
// prettier-ignore
const ORDER: StaticArray<u32> = [
  0x5cf5d3ed, 0x5812631a, 0xa2f79cd6, 0x14def9de, 0x00000000, 0x00000000, 0x00000000, 0x10000000,
];

/** c = L - 2^252 in limbs of 28 bits. */
// prettier-ignore
const ORDER_LOW: StaticArray<i32> = [0xcf5d3ed, 0x12631a5, 0x79cd658, 0xf9dea2f, 0x00014de];

/** 0 if the 32 bytes at `scalar` are below L (RFC 8032 5.1.7, step 1), otherwise not 0. */
export function scalarNotCanonical(scalar: usize): u32 {
  // The borrow of scalar - L, from the lowest word up.
  let borrow: i64 = 0;
  for (let i: u32 = 0; i < 8; i++) {
    borrow += <i64>load<u32>(scalar + (i << 2)) - <i64>unchecked(ORDER[i]);
    borrow >>= 32;
  }
  return 1 + <u32>borrow;
}

/**
 * Reduces the 64 bytes at `wide` modulo L to the 32 bytes at `scalar`; the two may overlap.
 *
 * Horner's rule over limbs of 28 bits, from the highest: r becomes r * 2^28 + limb, then q, all of r above 2^252, is replaced
 * by -q * c. Since c < 2^125 and q < 2^29, r stays within (-2^154, L): nine limbs, the highest signed.
 */
export function scalarReduce(scalar: usize, wide: usize): void {
  const r = SCALAR_LIMBS;
  clearBytes(r, 36);
  store<i32>(r, <i32>load<u8>(wide, 63)); // bits 504..511
  for (let limb: i32 = 17; limb >= 0; limb--) {
    const q = load<i32>(r, 32);
    const bit = 28 * limb;
    for (let i: usize = 32; i != 0; i -= 4) store<i32>(r + i, load<i32>(r + i - 4));
    store<i32>(r, <i32>((load<u32>(wide + (bit >> 3)) >> (bit & 7)) & 0xfffffff));
    subtractOrderLow(q);
  }
  // In (-2^154, L): one more L if negative. Adding L is adding 2^252 and subtracting c * -1.
  if (load<i32>(r, 32) < 0) {
    store<i32>(r, load<i32>(r, 32) + 0x10000000, 32);
    subtractOrderLow(-1);
  }

  // Nine limbs of 28 bits to 32 bytes: every seven bytes are two limbs, and the last limb is four bytes.
  for (let i: usize = 0; i < 4; i++) {
    const low = <u64>load<u32>(r + (i << 3));
    const high = <u64>load<u32>(r + (i << 3), 4);
    const pair = low | (high << 28);
    store<u32>(scalar + 7 * i, <u32>pair);
    store<u32>(scalar + 7 * i, <u32>(pair >> 24), 3);
  }
  store<u32>(scalar, load<u32>(r, 32), 28);
}

/** r -= q * c, carried. |q| < 2^29, so a term is below 2^57. */
function subtractOrderLow(q: i32): void {
  const r = SCALAR_LIMBS;
  let carry: i64 = 0;
  for (let i: u32 = 0; i < 8; i++) {
    carry += <i64>load<i32>(r + (i << 2));
    if (i < 5) carry -= <i64>q * <i64>unchecked(ORDER_LOW[i]);
    store<i32>(r + (i << 2), <i32>((<u32>carry) & 0xfffffff));
    carry >>= 28;
  }
  store<i32>(r, load<i32>(r, 32) + <i32>carry, 32);
}

/**
 * Recodes the scalar below 2^253 at `scalar`, which four zero bytes must follow, into SCALAR_DIGITS signed bytes at
 * `digits`: each is 0 or odd in -15..15, of any five in a row at most one is not 0, and the sum of digit * 2^i is the scalar.
 * Returns the number of digits up to the highest that is not 0.
 */
export function scalarDigits(digits: usize, scalar: usize): u32 {
  clearBytes(digits, SCALAR_DIGITS);
  let carry: u32 = 0;
  let count: u32 = 0;
  let bit: u32 = 0;
  while (bit < SCALAR_DIGITS) {
    const window = (load<u32>(scalar + (bit >> 3)) >> (bit & 7)) & 31;
    if ((window & 1) == carry) {
      bit++; // the digit is even: the carry, if any, moves on
      continue;
    }
    const value = window + carry;
    carry = value >> 4; // 17..31 is taken as -15..-1 and one more in the next window
    store<u8>(digits + bit, value - (carry << WINDOW_BITS));
    count = bit + 1;
    bit += WINDOW_BITS;
  }
  return count;
}

/**
 * Prepares the scalar at `comb`, 32 bytes below L with four bytes of room after them, for combColumn: an even one is
 * replaced by scalar + L, which is odd and the same multiple of the base point.
 */
export function combPrepare(comb: usize): void {
  if ((load<u8>(comb) & 1) == 0) {
    let carry: u64 = 0;
    for (let i: u32 = 0; i < 8; i++) {
      carry += <u64>load<u32>(comb + (i << 2)) + <u64>unchecked(ORDER[i]);
      store<u32>(comb + (i << 2), <u32>carry);
      carry >>= 32;
    }
  }
  combOfOdd(comb);
}

/**
 * The same for a scalar that is taken as odd: an even one stands for itself and one more.
 *
 * An odd s below 2^258 is the sum of (2 b_i - 1) 2^i over 258 bits b = (s - 1)/2 + 2^257: the bits of s moved down by one, and
 * the highest set. Here the bits stay where they are and bit 258 is set.
 */
export function combOfOdd(comb: usize): void {
  store<u32>(comb, 4, 32);
}

/** The bits b of one column of the comb, 0..42, from row 0 in the lowest bit: each stands for +1 if set, else -1. */
export function combColumn(comb: usize, column: u32): u32 {
  let bits: u32 = 0;
  let bit = column + 1;
  for (let row: u32 = 0; row < COMB_ROWS; row++) {
    bits |= (((<u32>load<u8>(comb + (bit >> 3))) >> (bit & 7)) & 1) << row;
    bit += COMB_COLUMNS;
  }
  return bits;
}
