/**
 * Prepared keys: for a few keys that have verified, a comb like the base point's (base25519.ts), so that a verification under one costs
 * 42 doublings and 86 mixed additions instead of 252 doublings. All of it is public, and what only saves time: a key without its
 * comb verifies the other way (ed25519.ts), with the same answer.
 *
 * With S_i[j] = P_i + the sum over r < i of (2 j_r - 1) P_r and P_i = 2^(43 i) A, the comb is S_5, and S_i follows from S_(i-1) in
 * place: its upper half is P_i + S_(i-1)[m], its lower half P_i - S_(i-1)[~m]. Entries are X, Y, Z until the last row; then they
 * become y + x, y - x, 2dxy. So a comb under construction lives in its own slot, and verifications between its slices do not disturb it.
 *
 * 23 slices of at most 160 field operations, in idle time only. Bounds are those of field25519.ts, in brackets.
 */
import { clearBytes, copyBytes } from "../bytes";
import {
  ED25519_MULTIPLES,
  EDWARDS_E,
  EDWARDS_POINT,
  EDWARDS_U,
  EDWARDS_V,
  PREPARATION,
  PREPARED,
  PREPARED_KEYS,
} from "../layout";
import { pointAdd, pointDouble, pointStore, T, X, Y, Z } from "./edwards25519";
import {
  FE_2D,
  feCopy,
  feFromBytes,
  feMul,
  feNegate,
  feSetSmall,
  feSquare,
  feSumDifference,
} from "./field25519";
import { feInvert } from "./inverse25519";
import { COMB_COLUMNS, COMB_ROWS } from "./scalar25519";

/** A key, and behind it its x and its comb. */
@unmanaged
export class Prepared {
  /** The rules of ed25519.ts that were seen to hold for the key, and READY once its comb is there. */
  rules: u32;
  /** When it last verified: the count of verifications. 0: the slot is empty. */
  used: u32;
}

/** Beside the rules. */
const READY: u32 = 0x80000000;

/** Offsets in a slot. */
const KEY: usize = 8;
const KEY_X: usize = 40;
export const COMB: usize = 76;

/** Bytes of a slot: within 3.5 KiB. */
export const PREPARED_BYTES: usize = 76 + 32 * 108;

/** The preparation under way. */
@unmanaged
export class Preparation {
  /** The slot, 0 if none is under way. */
  slot: u32;
  /** The row under way; past the last one, entries become affine. */
  row: u32;
  /** Doublings of the row done. */
  doublings: u32;
  /** Entries of the row done. */
  entries: u32;
  /** Valid signatures so far, the clock of `used`. */
  clock: u32;
}

/** And, behind it, P_i as X, Y, Z. */
export const PREPARATION_BYTES: usize = offsetof<Preparation>() + 108;

/** 22 times 7 field operations. */
const DOUBLINGS_PER_SLICE: u32 = 22;
/** 5 field operations for P_i, and 12 for each sum. */
const SUMS_PER_SLICE: u32 = 12;
/** 7 field operations an entry, and an inverse that costs about 80. */
const AFFINE_PER_SLICE: u32 = 8;

/** The prepared slot of the 32-byte key, 0 if it has none. */
export function preparedFind(key: usize): usize {
  for (let i: usize = 0; i < PREPARED_KEYS; i++) {
    const slot = PREPARED + i * PREPARED_BYTES;
    if (changetype<Prepared>(slot).rules >= READY && preparedDifference(slot, key) == 0) return slot;
  }
  return 0;
}

/** 0 if the slot's key is the 32 bytes at `key`. */
export function preparedDifference(slot: usize, key: usize): u32 {
  let different: u32 = 0;
  for (let i: usize = 0; i < 32; i += 4) different |= load<u32>(slot + i, KEY) ^ load<u32>(key + i);
  return different;
}

/** The bytes of the slot's key. */
export function preparedKey(slot: usize): usize {
  return slot + KEY;
}

/** Forgets every prepared key, and the one under preparation. */
export function preparedForget(): void {
  clearBytes(PREPARED, PREPARED_KEYS * PREPARED_BYTES);
  changetype<Preparation>(PREPARATION).slot = 0;
}

/**
 * A signature under `key` was valid, and showed that the key keeps `rules`; its point has the x at `x` [1]. A key without a slot takes an
 * empty one, else that which was used longest ago; but not the one under preparation.
 */
export function preparedUsed(key: usize, x: usize, rules: u32): void {
  if (PREPARED_KEYS == 0) return;
  const p = changetype<Preparation>(PREPARATION);
  p.clock++;
  let oldest: usize = 0;
  for (let i: usize = 0; i < PREPARED_KEYS; i++) {
    const slot = PREPARED + i * PREPARED_BYTES;
    const entry = changetype<Prepared>(slot);
    if (entry.used != 0 && preparedDifference(slot, key) == 0) {
      entry.used = p.clock;
      return;
    }
    if (slot != p.slot && (oldest == 0 || entry.used < changetype<Prepared>(oldest).used)) oldest = slot;
  }
  if (oldest == 0) return;
  changetype<Prepared>(oldest).rules = rules;
  changetype<Prepared>(oldest).used = p.clock;
  copyBytes(oldest + KEY, key, 32);
  feCopy(oldest + KEY_X, x);
}

/** A key that waits for its comb becomes the one under preparation; false if none does. */
function preparationBegin(p: Preparation): bool {
  for (let i: usize = 0; i < PREPARED_KEYS; i++) {
    const slot = PREPARED + i * PREPARED_BYTES;
    const entry = changetype<Prepared>(slot);
    if (entry.used == 0 || entry.rules >= READY) continue;
    p.slot = <u32>slot;
    p.row = 0;
    p.doublings = 0;
    p.entries = 0;
    return true;
  }
  return false;
}

/** One slice of the preparation under way, or of the next. Returns 1 while there is more to do, 0 if nothing was. */
export function preparationStep(): u32 {
  if (PREPARED_KEYS == 0) return 0;
  const p = changetype<Preparation>(PREPARATION);
  if (p.slot == 0 && !preparationBegin(p)) return 0;
  const slot: usize = p.slot;
  if (p.row == 0) {
    // S_0 is P_0 alone.
    pointOfKey(slot);
    savePoint(rowPoint());
    savePoint(slot + COMB);
    p.row = 1;
  } else if (p.row == COMB_ROWS) {
    affine(slot + COMB + <usize>p.entries * 108);
    p.entries += AFFINE_PER_SLICE;
    if (p.entries == 32) {
      changetype<Prepared>(slot).rules |= READY;
      p.slot = 0;
    }
  } else if (p.doublings < COMB_COLUMNS) {
    copyBytes(EDWARDS_POINT, rowPoint(), 108);
    for (let i: u32 = 0; i < DOUBLINGS_PER_SLICE && p.doublings < COMB_COLUMNS; i++) {
      pointDouble(false);
      p.doublings++;
    }
    savePoint(rowPoint());
  } else {
    sums(p, slot + COMB);
    if (p.entries == (<u32>1) << p.row) {
      p.row++;
      p.doublings = 0;
      p.entries = 0;
    }
  }
  return 1;
}

/**
 * Stores A, in the form of an entry, at `entry`. It is what an even scalar lacks: a comb of odd digits multiplies by an odd one, and A
 * itself is no sum of its entries.
 */
export function preparedPoint(entry: usize, slot: usize): void {
  feFromBytes(EDWARDS_V, slot + KEY); // y, [2]
  feMul(EDWARDS_E, EDWARDS_V, slot + KEY_X);
  feMul(entry + 72, EDWARDS_E, FE_2D);
  feSumDifference(entry, entry + 36, EDWARDS_V, slot + KEY_X); // [3], [3]: 3 * 2 of 14 in pointAdd
}

/** Sets the accumulator's X, Y and Z to the slot's key. */
function pointOfKey(slot: usize): void {
  feSetSmall(EDWARDS_POINT + Z, 1);
  feFromBytes(EDWARDS_V, slot + KEY); // [2]
  feMul(EDWARDS_POINT + Y, EDWARDS_V, EDWARDS_POINT + Z); // [1]
  feCopy(EDWARDS_POINT + X, slot + KEY_X);
}

/** P_i. */
function rowPoint(): usize {
  return PREPARATION + offsetof<Preparation>();
}

function savePoint(to: usize): void {
  copyBytes(to, EDWARDS_POINT, 108);
}

/** Sets the accumulator to the X, Y, Z at `from`, with its T: (X Z, Y Z, Z^2, X Y). 4 field operations. */
function loadPoint(from: usize): void {
  const p = EDWARDS_POINT;
  feMul(p + X, from + X, from + Z);
  feMul(p + Y, from + Y, from + Z);
  feMul(p + T, from + X, from + Y);
  feSquare(p + Z, from + Z);
}

/** A slice of sums of row `p.row`, upper half first: it reads what the lower half then changes. */
function sums(p: Preparation, comb: usize): void {
  const half: u32 = (<u32>1) << (p.row - 1);
  const point = ED25519_MULTIPLES;
  loadPoint(rowPoint());
  pointStore(point);
  for (let i: u32 = 0; i < SUMS_PER_SLICE && p.entries < 2 * half; i++) {
    if (p.entries == half) reverse(comb, half);
    const lower = p.entries >= half;
    const from = comb + <usize>(lower ? p.entries - half : p.entries) * 108;
    loadPoint(from);
    pointAdd(point, false, lower, false);
    // P - S is -(S - P), and -(x, y) = (-x, y).
    if (lower) feNegate(EDWARDS_POINT + X);
    savePoint(lower ? from : from + <usize>half * 108);
    p.entries++;
  }
}

/** Reverses the first `count` entries: entry m changes places with entry ~m. */
function reverse(comb: usize, count: u32): void {
  let low = comb;
  let high = comb + <usize>(count - 1) * 108;
  while (low < high) {
    copyBytes(ED25519_MULTIPLES + 144, low, 108);
    copyBytes(low, high, 108);
    copyBytes(high, ED25519_MULTIPLES + 144, 108);
    low += 108;
    high -= 108;
  }
}

/** Turns AFFINE_PER_SLICE entries from X, Y, Z into y + x, y - x, 2dxy, with one inverse for all (Montgomery's trick). No Z is 0. */
function affine(first: usize): void {
  const products = ED25519_MULTIPLES; // of the first 1, 2, ... 8 of the Z
  const inverse = ED25519_MULTIPLES + 36 * AFFINE_PER_SLICE; // of the last of them
  feCopy(products, first + Z);
  for (let i: usize = 1; i < AFFINE_PER_SLICE; i++) {
    feMul(products + 36 * i, products + 36 * (i - 1), first + 108 * i + Z);
  }
  feInvert(inverse, products + 36 * (AFFINE_PER_SLICE - 1)); // [2]
  for (let i: usize = AFFINE_PER_SLICE; i-- > 0;) {
    const entry = first + 108 * i;
    if (i == 0) {
      feCopy(EDWARDS_E, inverse);
    } else {
      feMul(EDWARDS_E, inverse, products + 36 * (i - 1)); // 1/Z
      feMul(inverse, inverse, entry + Z);
    }
    feMul(EDWARDS_U, entry + X, EDWARDS_E);
    feMul(EDWARDS_V, entry + Y, EDWARDS_E);
    feMul(EDWARDS_E, EDWARDS_U, EDWARDS_V);
    feMul(entry + 72, EDWARDS_E, FE_2D);
    feSumDifference(entry, entry + 36, EDWARDS_V, EDWARDS_U); // [2], [2]
  }
}
