/**
 * The one source of chance in the simulator: xoshiro128** (Blackman and Vigna, "Scrambled Linear Pseudorandom Number
 * Generators", 2018), 32-bit integer arithmetic only, so that every engine draws the same numbers.
 *
 * A generator is named by a path: the seed, then the labels it was forked by. The path alone decides its stream; how
 * much was drawn from the parent does not. One more draw in the flash therefore never changes what the motor does,
 * and a failure is replayed from its seed even after the code around it has grown.
 *
 * Not for keys: 128 bits of state, trivially recovered from its output.
 */

/** Where a generator stands: four 32-bit words. */
export type RandomState = readonly [number, number, number, number];

const U32_RANGE = 0x1_0000_0000;

export class Random {
  readonly path: string;
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** `seed` may be anything printable: 7, 7n and "7" are the same seed, so that it survives a command line. */
  constructor(seed: string | number | bigint) {
    this.path = String(seed);
    this.#a = hashLane(this.path, 0);
    this.#b = hashLane(this.path, 1);
    this.#c = hashLane(this.path, 2);
    // The all-zero state is the generator's one fixed point.
    this.#d = hashLane(this.path, 3) || 1;
  }

  /** An independent stream. The same label gives the same stream again: number the labels of repeated forks. */
  fork(label: string | number): Random {
    return new Random(`${this.path}/${label}`);
  }

  /** 0..2^32-1. */
  u32(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotateLeft(this.#d, 11);
    return result;
  }

  /** 0..2^64-1. */
  u64(): bigint {
    const high = BigInt(this.u32());
    return (high << 32n) | BigInt(this.u32());
  }

  /** 0..bound-1, every value equally likely; `bound` is 1..2^32. */
  below(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > U32_RANGE) {
      throw new RangeError(`random below(${bound}): the bound must be an integer of 1..2^32`);
    }
    // Values past the last whole multiple of the bound would favour the small results: draw again.
    const fair = U32_RANGE - (U32_RANGE % bound);
    let value = this.u32();
    while (value >= fair) value = this.u32();
    return value % bound;
  }

  /** min..max, both included. */
  between(min: number, max: number): number {
    return min + this.below(max - min + 1);
  }

  /** True in `part` of `whole` cases. */
  chance(part: number, whole: number): boolean {
    return this.below(whole) < part;
  }

  /** One of `items`. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError("random pick(): the list is empty");
    return items[this.below(items.length)] as T;
  }

  /** Puts `items` into a random order, in place (Fisher and Yates). */
  shuffle<T>(items: T[]): T[] {
    for (let last = items.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      const kept = items[last] as T;
      items[last] = items[other] as T;
      items[other] = kept;
    }
    return items;
  }

  /** Fills `out` and returns it. */
  fill(out: Uint8Array): Uint8Array {
    let word = 0;
    for (let i = 0; i < out.length; i++) {
      word = i % 4 === 0 ? this.u32() : word >>> 8;
      out[i] = word & 0xff;
    }
    return out;
  }

  /** `length` fresh bytes. */
  bytes(length: number): Uint8Array {
    return this.fill(new Uint8Array(length));
  }

  save(): RandomState {
    return [this.#a, this.#b, this.#c, this.#d];
  }

  restore(state: RandomState): void {
    if (state.every((word) => word === 0)) {
      throw new RangeError("random restore(): the all-zero state never moves");
    }
    [this.#a, this.#b, this.#c, this.#d] = state;
  }
}

function rotateLeft(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

/** One of four 32-bit hashes of `text`: FNV-1a from a start of its own, closed by MurmurHash3's finaliser. */
function hashLane(text: string, lane: number): number {
  let hash = 0x811c9dc5 ^ Math.imul(lane + 1, 0x9e3779b9);
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
