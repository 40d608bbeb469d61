/**
 * The inverse of a field element by division steps (Bernstein and Yang, "Fast constant-time gcd computation and modular
 * inversion", 2019), in variable time: what is verified here is public. About half the time of the power p - 2, and a
 * fifth of its work on a core that multiplies slowly.
 *
 * A division step keeps f odd and halves g: (f, g) becomes (g, (g - f)/2) if delta > 0 and g is odd, else (f, (g + (g & 1) f)/2).
 * 29 steps depend on the lowest limbs only, so they are run on those, collected in a matrix, and then applied to the whole
 * of (f, g) and, modulo p, to (d, e), where d x = f and e x = g always hold. When g is 0, f is 1 or -1.
 */
import { FIELD_FROZEN, FIELD_POWER, INVERSE_MATRIX } from "../layout";
import { feCopy, feFreeze, feNegate, feSetSmall } from "./field25519";

/** Division steps in a batch, the width of a limb. */
const STEPS: u32 = 29;

/** Batches for 255 bits: 738 steps suffice (the paper's theorem 11.2), and 26 * 29 = 754. */
const BATCHES_MAX: u32 = 26;

const LIMB_MASK: u32 = 0x1fffffff;

/** 1/p modulo 2^29; p is -19 there. */
const P_INVERSE: u32 = 0x179435e5;

/** The transition matrix of a batch: 2^29 (f, g) becomes (u f + v g, q f + r g). |u| + |v| and |q| + |r| are at most 2^29. */
@unmanaged
export class Matrix {
  u: i32;
  v: i32;
  q: i32;
  r: i32;
}

/** out = 1/a; 0 for 0. Needs A <= 7; |out| <= 2. Uses FIELD_POWER for d, e, f, g. About 25,000 instructions on a Cortex-M4. */
export function feInvert(out: usize, a: usize): void {
  const d = FIELD_POWER;
  const e = FIELD_POWER + 36;
  const f = FIELD_POWER + 72;
  const g = FIELD_POWER + 108;
  feSetSmall(d, 0);
  feSetSmall(e, 1);
  feSetSmall(f, -19); // p = 2^255 - 19
  store<i32>(f, 0x800000, 32);
  feFreeze(a);
  feCopy(g, FIELD_FROZEN);

  let delta: i32 = 1;
  for (let batch: u32 = 0; batch < BATCHES_MAX && isNonZero(g); batch++) {
    delta = divisionSteps(delta, load<u32>(f), load<u32>(g));
    applyModulo(d, e);
    apply(f, g, 0, 0);
  }
  feCopy(out, d);
  if (load<i32>(f, 32) < 0) feNegate(out);
}

/**
 * Runs a batch on the lowest limbs into INVERSE_MATRIX; returns the new delta. Zeros of g are taken off all at once, and while
 * delta <= 0 so many multiples of f are added at once as clear up to six bits of g: -g/f modulo 64 is f g (f^2 - 2).
 */
function divisionSteps(delta: i32, f: u32, g: u32): i32 {
  let u: i32 = 1;
  let v: i32 = 0;
  let q: i32 = 0;
  let r: i32 = 1;
  let left: i32 = <i32>STEPS;
  for (;;) {
    const zeros = <i32>ctz<u32>(g | (0xffffffff << left)); // no more than are left
    g >>= zeros;
    u <<= zeros;
    v <<= zeros;
    delta += zeros;
    left -= zeros;
    if (left == 0) break;
    if (delta > 0) {
      delta = -delta;
      const oldF = f;
      f = g;
      g = 0 - oldF;
      const oldU = u;
      u = q;
      q = -oldU;
      const oldV = v;
      v = r;
      r = -oldV;
    }
    const clear = min<i32>(min<i32>(1 - delta, left), 6);
    const multiple = (f * g * (f * f - 2)) & ((1 << clear) - 1);
    g += f * multiple;
    q += u * <i32>multiple;
    r += v * <i32>multiple;
  }
  const m = changetype<Matrix>(INVERSE_MATRIX);
  m.u = u;
  m.v = v;
  m.q = q;
  m.r = r;
  return delta;
}

/** Applies the batch to (d, e) modulo p. Both stay in (-2p, p): a negative one enters as if p had been added to it. */
function applyModulo(d: usize, e: usize): void {
  const m = changetype<Matrix>(INVERSE_MATRIX);
  const signD = load<i32>(d, 32) >> 31;
  const signE = load<i32>(e, 32) >> 31;
  const plusD = (m.u & signD) + (m.v & signE);
  const plusE = (m.q & signD) + (m.r & signE);
  // How much p makes the lowest limb of each sum 0.
  const lowD = <u32>m.u * load<u32>(d) + <u32>m.v * load<u32>(e);
  const lowE = <u32>m.q * load<u32>(d) + <u32>m.r * load<u32>(e);
  apply(
    d,
    e,
    plusD - <i32>((P_INVERSE * lowD + <u32>plusD) & LIMB_MASK),
    plusE - <i32>((P_INVERSE * lowE + <u32>plusE) & LIMB_MASK),
  );
}

/**
 * (a, b) = the batch of (a, b), plus plusA and plusB times p, over 2^29. The lowest limb of each sum is 0 and
 * falls away. A limb is below 2^29, or 2^24 the highest, and |plusA| <= 2^30, so sums stay below 2^59.
 */
function apply(a: usize, b: usize, plusA: i32, plusB: i32): void {
  const m = changetype<Matrix>(INVERSE_MATRIX);
  const u = <i64>m.u;
  const v = <i64>m.v;
  const q = <i64>m.q;
  const r = <i64>m.r;
  let sumA: i64 = -19 * <i64>plusA; // p = 2^255 - 19
  let sumB: i64 = -19 * <i64>plusB;
  for (let i: usize = 0; i < 32; i += 4) {
    const limbA = <i64>load<i32>(a + i);
    const limbB = <i64>load<i32>(b + i);
    sumA += u * limbA + v * limbB;
    sumB += q * limbA + r * limbB;
    if (i != 0) {
      store<i32>(a + i - 4, <i32>((<u32>sumA) & LIMB_MASK));
      store<i32>(b + i - 4, <i32>((<u32>sumB) & LIMB_MASK));
    }
    sumA >>= 29;
    sumB >>= 29;
  }
  const topA = <i64>load<i32>(a, 32);
  const topB = <i64>load<i32>(b, 32);
  sumA += u * topA + v * topB + ((<i64>plusA) << 23);
  sumB += q * topA + r * topB + ((<i64>plusB) << 23);
  store<i32>(a, <i32>((<u32>sumA) & LIMB_MASK), 28);
  store<i32>(b, <i32>((<u32>sumB) & LIMB_MASK), 28);
  store<i32>(a, <i32>(sumA >> 29), 32);
  store<i32>(b, <i32>(sumB >> 29), 32);
}

function isNonZero(a: usize): bool {
  let any: i32 = 0;
  for (let i: usize = 0; i < 36; i += 4) any |= load<i32>(a + i);
  return any != 0;
}
