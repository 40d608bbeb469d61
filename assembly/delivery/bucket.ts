/** Buckets of the ledger (SPEC 6.3): amounts of a quarter hour each, packed into a word and rounded up, in a ring of a day. */
import { SATURATED } from "../order/wide";
import { Account, accountAt, ACCOUNTS, BUCKETS, Meter } from "../store/state";

export const QUARTER_S: u32 = 900;

/** Mantissa of a packed amount: `m * 10^e` is `e << 28 | m`. */
const MANTISSA_BITS: u32 = 28;
const MANTISSA_MAX: u64 = (1 << 28) - 1;

/** Largest amount that an open bucket shows: every sum with it is beyond every cap, and it still packs. */
const AMOUNT_MAX: u64 = i64.MAX_VALUE;

/** a + b, SATURATED if it does not fit 63 bits. */
export function plus(a: u64, b: u64): u64 {
  const sum = a + b;
  return sum < a || sum > AMOUNT_MAX ? SATURATED : sum;
}

/** What an open bucket holds after a charge. */
export function charged(open: u64, amount: u64): u64 {
  return min(plus(open, amount), AMOUNT_MAX);
}

/** The least packed amount that is not below `amount`, which is below 2^63: more by less than 1 part in 26,000,000. */
export function pack(amount: u64): u32 {
  let exponent: u32 = 0;
  // 2^63 is below 2^28 * 10^11: at most eleven turns; a ceiling of ceilings is the ceiling of the whole.
  for (; amount > MANTISSA_MAX; exponent++) amount = (amount + 9) / 10;
  return (exponent << MANTISSA_BITS) | (<u32>amount);
}

export function unpack(packed: u32): u64 {
  let amount = (<u64>packed) & MANTISSA_MAX;
  for (let exponent = packed >> MANTISSA_BITS; exponent != 0; exponent--) amount *= 10;
  return amount;
}

/** Number of the quarter hour that holds a second of the ledger's clock. */
export function quarterOf(clock_s: u32): u32 {
  return clock_s / QUARTER_S;
}

/** The bucket of a quarter hour of the last day. */
export function bucketAt(account: Account, quarter: u32): usize {
  return changetype<usize>(account) + offsetof<Account>() + ((quarter % BUCKETS) << 2);
}

/** Sets the clock of the state at `meter` forward to `clock_s` and closes the buckets that end before. */
export function bucketsRoll(meter: usize, clock_s: u32): void {
  const m = changetype<Meter>(meter);
  if (clock_s <= m.clock_s) return;
  const first = quarterOf(m.clock_s);
  // After a day and a quarter hour every bucket is empty.
  const passed = min(quarterOf(clock_s) - first, BUCKETS + 1);
  for (let number: u32 = 1; number <= ACCOUNTS; number++) {
    const a = accountAt(meter, number);
    for (let i: u32 = 0; i < passed; i++) {
      store<u32>(bucketAt(a, first + i), pack(a.open));
      a.open = 0;
    }
  }
  m.clock_s = clock_s;
}
