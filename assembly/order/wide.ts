/**
 * 128-bit arithmetic for doses: products of up to three factors, compared or divided exactly. Everything is unsigned; an
 * intermediate lives in static memory as two u64 (low, high), so that nothing hides in a global.
 */
import { WIDE_DENOMINATOR, WIDE_NUMERATOR } from "../layout";

/** Stands for every quotient that does not fit 64 bits: above each limit, so that it is refused. */
export const SATURATED: u64 = 0xffffffffffffffff;

/**
 * floor(a * b * c / (d * e)), or SATURATED. Needs a * b * c < 2^128, d * e < 2^127 and d * e > 0: doses and amounts are below
 * 2^53, weight times 60 below 2^26, volumes below 2^37 (limits.ts), hence 2^116 at most.
 */
export function ratio(a: u64, b: u64, c: u64, d: u64, e: u64): u64 {
  product(WIDE_NUMERATOR, a, b);
  scale(WIDE_NUMERATOR, c);
  product(WIDE_DENOMINATOR, d, e);
  return divide();
}

/** Ceiling of the same quotient. */
export function ratioCeil(a: u64, b: u64, c: u64, d: u64, e: u64): u64 {
  const quotient = ratio(a, b, c, d, e);
  return quotient != SATURATED && remains() ? quotient + 1 : quotient;
}

/** True if the last quotient was rounded: divide() leaves the remainder in the numerator. */
export function remains(): bool {
  return (load<u64>(WIDE_NUMERATOR) | load<u64>(WIDE_NUMERATOR, 8)) != 0;
}

/** Sign of a * b - c * d. */
export function compareProducts(a: u64, b: u64, c: u64, d: u64): i32 {
  product(WIDE_NUMERATOR, a, b);
  product(WIDE_DENOMINATOR, c, d);
  const left = load<u64>(WIDE_NUMERATOR, 8);
  const right = load<u64>(WIDE_DENOMINATOR, 8);
  if (left != right) return left < right ? -1 : 1;
  const leftLow = load<u64>(WIDE_NUMERATOR);
  const rightLow = load<u64>(WIDE_DENOMINATOR);
  return leftLow == rightLow ? 0 : leftLow < rightLow ? -1 : 1;
}

/** Writes x * y, all 128 bits, to `out`. */
function product(out: usize, x: u64, y: u64): void {
  const x0 = x & 0xffffffff;
  const x1 = x >> 32;
  const y0 = y & 0xffffffff;
  const y1 = y >> 32;
  // Each partial product is at most (2^32 - 1)^2; with two carries of 32 bits it still fits 64.
  const low = x0 * y0;
  const middle = x1 * y0 + (low >> 32);
  const cross = x0 * y1 + (middle & 0xffffffff);
  store<u64>(out, (cross << 32) | (low & 0xffffffff));
  store<u64>(out, x1 * y1 + (middle >> 32) + (cross >> 32), 8);
}

/** Multiplies the value at `out` by `factor`; the product must stay below 2^128. */
function scale(out: usize, factor: u64): void {
  const high = load<u64>(out, 8);
  product(out, load<u64>(out), factor);
  store<u64>(out, load<u64>(out, 8) + high * factor, 8);
}

/**
 * Divides numerator by denominator; the remainder stays in the numerator. At once if both fit 64 bits, as every volume of a tick does;
 * else by shift and subtract, a turn for each bit that the quotient can have.
 */
function divide(): u64 {
  let high = load<u64>(WIDE_NUMERATOR, 8);
  let low = load<u64>(WIDE_NUMERATOR);
  let divisorHigh = load<u64>(WIDE_DENOMINATOR, 8);
  let divisorLow = load<u64>(WIDE_DENOMINATOR);
  assert((divisorHigh | divisorLow) != 0 && divisorHigh >> 63 == 0);
  if ((high | divisorHigh) == 0) {
    const quotient = low / divisorLow;
    store<u64>(WIDE_NUMERATOR, low - quotient * divisorLow);
    return quotient;
  }
  // The divisor moves up until its highest bit is under the numerator's: `shift` places.
  const zeros = leadingZeros(divisorHigh, divisorLow);
  const shift = zeros - min(zeros, leadingZeros(high, low));
  if (shift > 64) return SATURATED;
  if (shift == 64) {
    divisorHigh = divisorLow;
    divisorLow = 0;
  } else if (shift != 0) {
    divisorHigh = (divisorHigh << shift) | (divisorLow >> (64 - shift));
    divisorLow <<= shift;
  }
  let quotient: u64 = 0;
  for (let i: u64 = 0; i <= shift; i++) {
    quotient <<= 1;
    if (high > divisorHigh || (high == divisorHigh && low >= divisorLow)) {
      // Of 65 bits the highest is set.
      if (i == 0 && shift == 64) return SATURATED;
      const borrow: u64 = low < divisorLow ? 1 : 0;
      low -= divisorLow;
      high -= divisorHigh + borrow;
      quotient |= 1;
    }
    divisorLow = (divisorLow >> 1) | (divisorHigh << 63);
    divisorHigh >>= 1;
  }
  store<u64>(WIDE_NUMERATOR, low);
  store<u64>(WIDE_NUMERATOR, high, 8);
  return quotient;
}

function leadingZeros(high: u64, low: u64): u64 {
  return high != 0 ? clz(high) : 64 + clz(low);
}
