/**
 * The field of 2^255 - 19 (RFC 7748 4.1). An element is nine signed limbs of radix 2^29, stored as i32:
 * 36 bytes of static memory, given by address.
 *
 * Bounds. Write |a| <= A when every limb of a is at most A * 2^28 in magnitude.
 * - feMul and feSquare give |out| <= 1 + 2^-12, which the rest of this page calls 1 ("reduced").
 * - feAdd and feSub add the bounds of their inputs and do not carry.
 * - feMul needs A * B <= 14, feSquare A * A <= 14 and A < 4; each says below why. The formulas of edwards25519.ts never exceed 12.
 *
 * Why this shape: 81 products of 32 x 32 -> 64 bits and 9 folds are fewest among the radices that need no
 * carry between additions and products. Every factor is a visible extension of an i32, so that a 32-bit core uses its
 * one-instruction long multiply (a wider factor costs it two to three times as much).
 */
import { clearBytes } from "../bytes";
import { FIELD_FROZEN, FIELD_POWER } from "../layout";

/** Bytes of an element. */
export const FE_BYTES: i32 = 36;

/** 2^29 - 1. */
const LIMB_MASK: u32 = 0x1fffffff;

/** Half a limb: added before the shift, it rounds the carry to nearest, so that the limb left over is centred. */
const ROUND: i64 = 0x10000000;

/** 2^261 = 64 * 2^255 = 64 * 19 modulo p. */
const FOLD: i64 = 1216;

/** d = -121665/121666 (RFC 8032 5.1), in centred limbs. */
// prettier-ignore
export const FE_D: usize = memory.data<i32>([-212240202, 257584721, -260691235, 1350275, -24543225, 3980221, -103927011, -37392896, -3013779]);

/** 2d. */
// prettier-ignore
export const FE_2D: usize = memory.data<i32>([112390489, -21701471, 15488443, 2700549, -49086450, 7960442, -207854022, -74785792, 2361050]);

/** 2^((p-1)/4), a square root of -1 (RFC 8032 5.1.3). */
// prettier-ignore
export const FE_SQRT_MINUS_ONE: usize = memory.data<i32>([168730800, 124836154, 200875569, 103812442, -42306828, 5021438, -64180940, -267782084, 2851621]);

/** out = a + b; `out` may be either. */
export function feAdd(out: usize, a: usize, b: usize): void {
  store<i32>(out, load<i32>(a, 0) + load<i32>(b, 0), 0);
  store<i32>(out, load<i32>(a, 4) + load<i32>(b, 4), 4);
  store<i32>(out, load<i32>(a, 8) + load<i32>(b, 8), 8);
  store<i32>(out, load<i32>(a, 12) + load<i32>(b, 12), 12);
  store<i32>(out, load<i32>(a, 16) + load<i32>(b, 16), 16);
  store<i32>(out, load<i32>(a, 20) + load<i32>(b, 20), 20);
  store<i32>(out, load<i32>(a, 24) + load<i32>(b, 24), 24);
  store<i32>(out, load<i32>(a, 28) + load<i32>(b, 28), 28);
  store<i32>(out, load<i32>(a, 32) + load<i32>(b, 32), 32);
}

/** out = a - b; `out` may be either. */
export function feSub(out: usize, a: usize, b: usize): void {
  store<i32>(out, load<i32>(a, 0) - load<i32>(b, 0), 0);
  store<i32>(out, load<i32>(a, 4) - load<i32>(b, 4), 4);
  store<i32>(out, load<i32>(a, 8) - load<i32>(b, 8), 8);
  store<i32>(out, load<i32>(a, 12) - load<i32>(b, 12), 12);
  store<i32>(out, load<i32>(a, 16) - load<i32>(b, 16), 16);
  store<i32>(out, load<i32>(a, 20) - load<i32>(b, 20), 20);
  store<i32>(out, load<i32>(a, 24) - load<i32>(b, 24), 24);
  store<i32>(out, load<i32>(a, 28) - load<i32>(b, 28), 28);
  store<i32>(out, load<i32>(a, 32) - load<i32>(b, 32), 32);
}

/** sum = a + b and difference = a - b at once, which halves the loads; both may be inputs. */
export function feSumDifference(sum: usize, difference: usize, a: usize, b: usize): void {
  const a0 = load<i32>(a, 0);
  const b0 = load<i32>(b, 0);
  store<i32>(sum, a0 + b0, 0);
  store<i32>(difference, a0 - b0, 0);
  const a1 = load<i32>(a, 4);
  const b1 = load<i32>(b, 4);
  store<i32>(sum, a1 + b1, 4);
  store<i32>(difference, a1 - b1, 4);
  const a2 = load<i32>(a, 8);
  const b2 = load<i32>(b, 8);
  store<i32>(sum, a2 + b2, 8);
  store<i32>(difference, a2 - b2, 8);
  const a3 = load<i32>(a, 12);
  const b3 = load<i32>(b, 12);
  store<i32>(sum, a3 + b3, 12);
  store<i32>(difference, a3 - b3, 12);
  const a4 = load<i32>(a, 16);
  const b4 = load<i32>(b, 16);
  store<i32>(sum, a4 + b4, 16);
  store<i32>(difference, a4 - b4, 16);
  const a5 = load<i32>(a, 20);
  const b5 = load<i32>(b, 20);
  store<i32>(sum, a5 + b5, 20);
  store<i32>(difference, a5 - b5, 20);
  const a6 = load<i32>(a, 24);
  const b6 = load<i32>(b, 24);
  store<i32>(sum, a6 + b6, 24);
  store<i32>(difference, a6 - b6, 24);
  const a7 = load<i32>(a, 28);
  const b7 = load<i32>(b, 28);
  store<i32>(sum, a7 + b7, 28);
  store<i32>(difference, a7 - b7, 28);
  const a8 = load<i32>(a, 32);
  const b8 = load<i32>(b, 32);
  store<i32>(sum, a8 + b8, 32);
  store<i32>(difference, a8 - b8, 32);
}

/**
 * out = a * b, reduced; `out` may be either. Needs A * B <= 14.
 *
 * Bounds: a column sums at most nine products, 9 * 14 * 2^56 < 2^62.98. Below 2^63 there is room for what is added to
 * it: h * 1216 < 2^43, a carry < 2^35 and the rounding 2^28. Column 16 is one product, so h8 < 14 * 2^27 + 2^6 < 2^31. The last
 * carry is < 2^34 + 1, times 1216 < 2^45, so it changes limb 1 by at most 2^16: |limb 1| <= 2^28 + 2^16, every other limb
 * lies in [-2^28, 2^28).
 */
export function feMul(out: usize, a: usize, b: usize): void {
  const a0 = <i64>load<i32>(a, 0);
  const a1 = <i64>load<i32>(a, 4);
  const a2 = <i64>load<i32>(a, 8);
  const a3 = <i64>load<i32>(a, 12);
  const a4 = <i64>load<i32>(a, 16);
  const a5 = <i64>load<i32>(a, 20);
  const a6 = <i64>load<i32>(a, 24);
  const a7 = <i64>load<i32>(a, 28);
  const a8 = <i64>load<i32>(a, 32);
  const b0 = <i64>load<i32>(b, 0);
  const b1 = <i64>load<i32>(b, 4);
  const b2 = <i64>load<i32>(b, 8);
  const b3 = <i64>load<i32>(b, 12);
  const b4 = <i64>load<i32>(b, 16);
  const b5 = <i64>load<i32>(b, 20);
  const b6 = <i64>load<i32>(b, 24);
  const b7 = <i64>load<i32>(b, 28);
  const b8 = <i64>load<i32>(b, 32);

  // Columns 9..16, the multiples of 2^261, in limbs h0..h8.
  let t = a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1;
  const h0 = <i64>((<u32>t) & LIMB_MASK);
  t = a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2 + (t >> 29);
  const h1 = <i64>((<u32>t) & LIMB_MASK);
  t = a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3 + (t >> 29);
  const h2 = <i64>((<u32>t) & LIMB_MASK);
  t = a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4 + (t >> 29);
  const h3 = <i64>((<u32>t) & LIMB_MASK);
  t = a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5 + (t >> 29);
  const h4 = <i64>((<u32>t) & LIMB_MASK);
  t = a6 * b8 + a7 * b7 + a8 * b6 + (t >> 29);
  const h5 = <i64>((<u32>t) & LIMB_MASK);
  t = a7 * b8 + a8 * b7 + (t >> 29);
  const h6 = <i64>((<u32>t) & LIMB_MASK);
  t = a8 * b8 + (t >> 29);
  const h7 = <i64>((<u32>t) & LIMB_MASK);
  const h8 = <i64>(<i32>(t >> 29));

  // Columns 0..8, with 2^261 = 1216 folded in.
  t = a0 * b0 + h0 * FOLD;
  const r0 = ((<i32>t) << 3) >> 3;
  t = a0 * b1 + a1 * b0 + h1 * FOLD + ((t + ROUND) >> 29);
  const r1 = ((<i32>t) << 3) >> 3;
  t = a0 * b2 + a1 * b1 + a2 * b0 + h2 * FOLD + ((t + ROUND) >> 29);
  store<i32>(out, ((<i32>t) << 3) >> 3, 8);
  t = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 + h3 * FOLD + ((t + ROUND) >> 29);
  store<i32>(out, ((<i32>t) << 3) >> 3, 12);
  t = a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0 + h4 * FOLD + ((t + ROUND) >> 29);
  store<i32>(out, ((<i32>t) << 3) >> 3, 16);
  t = a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0 + h5 * FOLD + ((t + ROUND) >> 29);
  store<i32>(out, ((<i32>t) << 3) >> 3, 20);
  t = a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0 + h6 * FOLD + ((t + ROUND) >> 29);
  store<i32>(out, ((<i32>t) << 3) >> 3, 24);
  t =
    a0 * b7 +
    a1 * b6 +
    a2 * b5 +
    a3 * b4 +
    a4 * b3 +
    a5 * b2 +
    a6 * b1 +
    a7 * b0 +
    h7 * FOLD +
    ((t + ROUND) >> 29);
  store<i32>(out, ((<i32>t) << 3) >> 3, 28);
  t =
    a0 * b8 +
    a1 * b7 +
    a2 * b6 +
    a3 * b5 +
    a4 * b4 +
    a5 * b3 +
    a6 * b2 +
    a7 * b1 +
    a8 * b0 +
    h8 * FOLD +
    ((t + ROUND) >> 29);
  store<i32>(out, ((<i32>t) << 3) >> 3, 32);

  // What leaves column 8 comes back into limb 0, and from there at most 2^16 into limb 1.
  t = <i64>r0 + ((t + ROUND) >> 29) * FOLD;
  store<i32>(out, ((<i32>t) << 3) >> 3);
  store<i32>(out, r1 + <i32>((t + ROUND) >> 29), 4);
}

/**
 * out = a * a, reduced; `out` may be `a`. Needs A <= 3.7: then A * A <= 14 and the bounds are those of feMul, and a
 * doubled limb stays below 2 * 3.7 * 2^28 < 2^31.
 */
export function feSquare(out: usize, a: usize): void {
  const x0 = load<i32>(a, 0);
  const x1 = load<i32>(a, 4);
  const x2 = load<i32>(a, 8);
  const x3 = load<i32>(a, 12);
  const x4 = load<i32>(a, 16);
  const x5 = load<i32>(a, 20);
  const x6 = load<i32>(a, 24);
  const x7 = load<i32>(a, 28);
  const x8 = load<i32>(a, 32);
  const a0 = <i64>x0;
  const a1 = <i64>x1;
  const a2 = <i64>x2;
  const a3 = <i64>x3;
  const a4 = <i64>x4;
  const a5 = <i64>x5;
  const a6 = <i64>x6;
  const a7 = <i64>x7;
  const a8 = <i64>x8;
  const d0 = <i64>(x0 << 1);
  const d1 = <i64>(x1 << 1);
  const d2 = <i64>(x2 << 1);
  const d3 = <i64>(x3 << 1);
  const d4 = <i64>(x4 << 1);
  const d5 = <i64>(x5 << 1);
  const d6 = <i64>(x6 << 1);
  const d7 = <i64>(x7 << 1);

  // Columns 9..16, the multiples of 2^261, in limbs h0..h8.
  let t = d1 * a8 + d2 * a7 + d3 * a6 + d4 * a5;
  const h0 = <i64>((<u32>t) & LIMB_MASK);
  t = d2 * a8 + d3 * a7 + d4 * a6 + a5 * a5 + (t >> 29);
  const h1 = <i64>((<u32>t) & LIMB_MASK);
  t = d3 * a8 + d4 * a7 + d5 * a6 + (t >> 29);
  const h2 = <i64>((<u32>t) & LIMB_MASK);
  t = d4 * a8 + d5 * a7 + a6 * a6 + (t >> 29);
  const h3 = <i64>((<u32>t) & LIMB_MASK);
  t = d5 * a8 + d6 * a7 + (t >> 29);
  const h4 = <i64>((<u32>t) & LIMB_MASK);
  t = d6 * a8 + a7 * a7 + (t >> 29);
  const h5 = <i64>((<u32>t) & LIMB_MASK);
  t = d7 * a8 + (t >> 29);
  const h6 = <i64>((<u32>t) & LIMB_MASK);
  t = a8 * a8 + (t >> 29);
  const h7 = <i64>((<u32>t) & LIMB_MASK);
  const h8 = <i64>(<i32>(t >> 29));

  // Columns 0..8, with 2^261 = 1216 folded in.
  t = a0 * a0 + h0 * FOLD;
  const r0 = ((<i32>t) << 3) >> 3;
  t = d0 * a1 + h1 * FOLD + ((t + ROUND) >> 29);
  const r1 = ((<i32>t) << 3) >> 3;
  t = d0 * a2 + a1 * a1 + h2 * FOLD + ((t + ROUND) >> 29);
  store<i32>(out, ((<i32>t) << 3) >> 3, 8);
  t = d0 * a3 + d1 * a2 + h3 * FOLD + ((t + ROUND) >> 29);
  store<i32>(out, ((<i32>t) << 3) >> 3, 12);
  t = d0 * a4 + d1 * a3 + a2 * a2 + h4 * FOLD + ((t + ROUND) >> 29);
  store<i32>(out, ((<i32>t) << 3) >> 3, 16);
  t = d0 * a5 + d1 * a4 + d2 * a3 + h5 * FOLD + ((t + ROUND) >> 29);
  store<i32>(out, ((<i32>t) << 3) >> 3, 20);
  t = d0 * a6 + d1 * a5 + d2 * a4 + a3 * a3 + h6 * FOLD + ((t + ROUND) >> 29);
  store<i32>(out, ((<i32>t) << 3) >> 3, 24);
  t = d0 * a7 + d1 * a6 + d2 * a5 + d3 * a4 + h7 * FOLD + ((t + ROUND) >> 29);
  store<i32>(out, ((<i32>t) << 3) >> 3, 28);
  t = d0 * a8 + d1 * a7 + d2 * a6 + d3 * a5 + a4 * a4 + h8 * FOLD + ((t + ROUND) >> 29);
  store<i32>(out, ((<i32>t) << 3) >> 3, 32);

  // What leaves column 8 comes back into limb 0, and from there at most 2^16 into limb 1.
  t = <i64>r0 + ((t + ROUND) >> 29) * FOLD;
  store<i32>(out, ((<i32>t) << 3) >> 3);
  store<i32>(out, r1 + <i32>((t + ROUND) >> 29), 4);
}

/** out = a^(2^times); `out` may be `a`; `times` is at least 1. */
export function feSquareTimes(out: usize, a: usize, times: u32): void {
  feSquare(out, a);
  for (let i: u32 = 1; i < times; i++) feSquare(out, out);
}

/** out = a. */
export function feCopy(out: usize, a: usize): void {
  for (let i: usize = 0; i < 36; i += 4) store<i32>(out + i, load<i32>(a + i));
}

/** a = -a. */
export function feNegate(a: usize): void {
  for (let i: usize = 0; i < 36; i += 4) store<i32>(a + i, -load<i32>(a + i));
}

/** out = value, 0 or 1. */
export function feSetSmall(out: usize, value: i32): void {
  clearBytes(out, FE_BYTES);
  store<i32>(out, value);
}

/** Reads 255 bits, little-endian, ignoring the highest bit of 32 bytes. |out| <= 2: limbs lie in [0, 2^29). */
export function feFromBytes(out: usize, bytes: usize): void {
  let held: u64 = 0;
  let word: usize = 0;
  for (let i: usize = 0; i < 36; i += 4) {
    // i/4 limbs are out, so 3 * i/4 bits are held; a word more makes 29 or more, and the last limb needs only 23.
    if (word < 32) held |= (<u64>load<u32>(bytes + word)) << ((3 * i) >> 2);
    word += 4;
    store<i32>(out + i, <i32>((<u32>held) & LIMB_MASK));
    held >>= 29;
  }
  store<i32>(out, load<i32>(out, 32) & 0x7fffff, 32);
}

/**
 * Leaves the canonical form of a, in [0, p) and limbs in [0, 2^29), at FIELD_FROZEN. Needs A <= 7.
 *
 * The first pass leaves a value in [0, 2^255) and what was above, |q| <= 2^8, comes back as 19 * q. That can push
 * the value over either end by less than 2^13, once; the third pass brings it back. The value is p or more exactly if
 * adding 19 overflows: then the overflow dropped is what makes it value - p, else the 19 is taken off again.
 */
export function feFreeze(a: usize): void {
  const f = FIELD_FROZEN;
  feCopy(f, a);
  let q: i32 = 0;
  for (let pass: u32 = 0; pass < 3; pass++) q = carryModulo255(f, 19 * q);
  q = carryModulo255(f, 19);
  carryModulo255(f, 19 * q - 19);
}

/** Writes the canonical 32 bytes of a, in [0, p). Needs A <= 7. */
export function feToBytes(bytes: usize, a: usize): void {
  const f = FIELD_FROZEN;
  feFreeze(a);
  let held: u64 = 0;
  let word: usize = 0;
  for (let i: usize = 0; i < 36; i += 4) {
    // As in feFromBytes: 32 - 3 * i/4 bits are held; a limb more makes a word or more, except the first time.
    held |= (<u64>load<u32>(f + i)) << (i == 0 ? 0 : 32 - ((3 * i) >> 2));
    if (i == 0) continue;
    store<u32>(bytes + word, <u32>held);
    held >>= 32;
    word += 4;
  }
}

/** Adds to limb 0, carries into limbs in [0, 2^29), the last in [0, 2^23); returns and drops what is above 2^255. */
function carryModulo255(a: usize, carry: i32): i32 {
  for (let i: usize = 0; i < 32; i += 4) {
    carry += load<i32>(a + i);
    store<i32>(a + i, carry & LIMB_MASK);
    carry >>= 29;
  }
  carry += load<i32>(a, 32);
  store<i32>(a, carry & 0x7fffff, 32);
  return carry >> 23;
}

/** The least significant bit of the canonical form: the "sign" of RFC 8032 5.1.2. Leaves the bytes at `scratch`. */
export function feIsOdd(a: usize, scratch: usize): u32 {
  feToBytes(scratch, a);
  return load<u8>(scratch) & 1;
}

/** 0 if a = 0 modulo p, and otherwise not 0. Leaves the canonical form at `scratch`, 32 bytes. */
export function feNonZero(a: usize, scratch: usize): u32 {
  feToBytes(scratch, a);
  let any: u32 = 0;
  for (let i: usize = 0; i < 32; i += 4) any |= load<u32>(scratch + i);
  return any;
}

/**
 * The first half of the power below: 99 squarings and 8 products. Split so that a slice of work stays
 * bounded; FIELD_POWER carries what the second half needs, so no other power may come between.
 * Names: zN is z^N; eN is z^(2^N - 1).
 */
export function fePowerHead(z: usize): void {
  const z2 = FIELD_POWER;
  const e50 = FIELD_POWER + 36;
  const e100 = FIELD_POWER + 72;
  const t = FIELD_POWER + 108;
  feSquare(z2, z);
  feSquareTimes(t, z2, 2); // z8
  feMul(t, t, z); // z9
  feMul(e100, t, z2); // z11
  feSquare(e100, e100); // z22
  feMul(t, t, e100); // e5
  feSquareTimes(e100, t, 5);
  feMul(e50, e100, t); // e10
  feSquareTimes(t, e50, 10);
  feMul(t, t, e50); // e20
  feSquareTimes(e100, t, 20);
  feMul(t, t, e100); // e40
  feSquareTimes(t, t, 10);
  feMul(e50, t, e50);
  feSquareTimes(t, e50, 50);
  feMul(e100, t, e50);
}

/** out = z^(2^252 - 3), after fePowerHead(z): the power in the square root of RFC 8032 5.1.3. 155 field operations. */
export function fePowerTail(out: usize, z: usize): void {
  const e50 = FIELD_POWER + 36;
  const e100 = FIELD_POWER + 72;
  const t = FIELD_POWER + 108;
  feSquareTimes(t, e100, 100);
  feMul(t, t, e100); // e200
  feSquareTimes(t, t, 50);
  feMul(t, t, e50); // e250
  feSquareTimes(t, t, 2);
  feMul(out, t, z);
}
