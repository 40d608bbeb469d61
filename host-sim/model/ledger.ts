/**
 * The reference ledger (SPEC 6.3): what patients have had, by quarter hours and by minutes, and whether a future keeps every window.
 * Unbounded integers, written from SPEC alone.
 */

const QUARTER_S = 900n;
const MINUTE_S = 60n;
const QUARTERS_KEPT = 96n;
const MINUTES_KEPT = 60n;
const ACCOUNTS = 3;
const DAY_S = 86_400n;

/** Windows of 1, 2, 4 and 24 h: how long a bucket of theirs is, and how many they have. */
export const WINDOWS = [
  { hours: 1, bucketS: MINUTE_S, buckets: 60n },
  { hours: 2, bucketS: QUARTER_S, buckets: 8n },
  { hours: 4, bucketS: QUARTER_S, buckets: 16n },
  { hours: 24, bucketS: QUARTER_S, buckets: 96n },
] as const;
export type WindowIndex = 0 | 1 | 2 | 3;

/** A concentration: base units in nanolitres. */
export interface Strength {
  readonly amount: bigint;
  readonly volumeNl: bigint;
}

/** What an order could come to: bolus volume, highest basal rate, and the basal volume to come at most. */
export interface Future extends Strength {
  readonly bolusNl: bigint;
  readonly rateNlPerH: bigint;
  readonly leftNl: bigint;
  /** Boluses do not count. */
  readonly bolusApart: boolean;
}

/** One patient's account of one ingredient. Buckets by the number of their quarter hour or minute. */
export interface Account {
  readonly patient: string;
  readonly ingredient: number;
  held: boolean;
  chargedS: bigint;
  doseEndS: bigint;
  readonly quarters: Map<bigint, bigint>;
  readonly minutes: Map<bigint, bigint>;
}

const ceilDivide = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** Amount of a volume, rounded up: base units. */
export function amountOf(volumeNl: bigint, strength: Strength): bigint {
  return ceilDivide(volumeNl * strength.amount, strength.volumeNl);
}

/** What a closed bucket keeps of an amount: `m * 10^e`, m below 2^28, rounded up. */
export function kept(amount: bigint): bigint {
  let unit = 1n;
  while (ceilDivide(amount, unit) >= 1n << 28n) unit *= 10n;
  return ceilDivide(amount, unit) * unit;
}

/** The accounts of one pump and their clock. */
export class Ledger {
  clockS = 0n;
  accounts: Account[] = [];

  find(patient: string, ingredient: number): Account | undefined {
    return this.accounts.find((a) => a.patient === patient && a.ingredient === ingredient);
  }

  /** Time goes on by so many seconds. */
  advance(seconds: bigint): void {
    this.clockS += seconds;
  }

  /**
   * After a reset: the clock is what flash had, the open quarter hour goes on, and a closed one stands in its last minute. `offS` is the
   * time without power that a trusted clock measured, else 0.
   */
  reset(clockS: bigint, offS: bigint): void {
    this.clockS = clockS + offS;
    const open = this.clockS / QUARTER_S;
    for (const account of this.accounts) {
      account.minutes.clear();
      for (const [quarter, amount] of account.quarters) {
        const minute = quarter === open ? this.clockS / MINUTE_S : quarter * 15n + 14n;
        account.minutes.set(minute, amount);
      }
    }
  }

  /** The account to charge; undefined if none can be had. `inUse` stay whatever becomes of the rest. */
  open(patient: string, ingredient: number, inUse: readonly Account[]): Account | undefined {
    const known = this.find(patient, ingredient);
    if (known) return known;
    const account: Account = {
      patient,
      ingredient,
      held: false,
      chargedS: this.clockS,
      doseEndS: 0n,
      quarters: new Map(),
      minutes: new Map(),
    };
    if (this.accounts.length >= ACCOUNTS) {
      const gone = this.#givesWay(inUse);
      if (!gone) return undefined;
      this.accounts = this.accounts.filter((a) => a !== gone);
    }
    this.accounts.push(account);
    return account;
  }

  /** True if the patient has an account of this ingredient, or one can be had. */
  hasRoom(patient: string, ingredient: number, inUse: readonly Account[]): boolean {
    return (
      this.find(patient, ingredient) !== undefined ||
      this.accounts.length < ACCOUNTS ||
      this.#givesWay(inUse) !== undefined
    );
  }

  /** One whose buckets are empty and whose last dose ended a day ago; else the one charged longest ago that was never held. */
  #givesWay(inUse: readonly Account[]): Account | undefined {
    const idle = this.accounts.filter((a) => !inUse.includes(a));
    const empty = idle.find((a) => {
      const oldest = this.clockS / QUARTER_S - QUARTERS_KEPT;
      const holds = [...a.quarters].some(([quarter, amount]) => quarter >= oldest && amount > 0n);
      return !holds && a.doseEndS + DAY_S <= this.clockS;
    });
    if (empty) return empty;
    return idle
      .filter((a) => !a.held)
      .sort((a, b) => (a.chargedS < b.chargedS ? -1 : a.chargedS > b.chargedS ? 1 : 0))[0];
  }

  /** Adds an amount to the buckets that are open now. */
  charge(account: Account, amount: bigint): void {
    account.chargedS = this.clockS;
    add(account.quarters, this.clockS / QUARTER_S, amount);
    add(account.minutes, this.clockS / MINUTE_S, amount);
  }

  /** Everything since a window began: the open bucket and every closed one of the window, each whole. */
  had(account: Account | undefined, window: WindowIndex): bigint {
    return account ? this.#since(account, window, WINDOWS[window].buckets) : 0n;
  }

  /** H(a): the open bucket and the closed ones of the last `a` buckets. */
  #since(account: Account, window: WindowIndex, a: bigint): bigint {
    const { bucketS } = WINDOWS[window];
    const buckets = bucketS === MINUTE_S ? account.minutes : account.quarters;
    const open = this.clockS / bucketS;
    let sum = 0n;
    for (const [number, amount] of buckets) {
      if (number === open) sum += amount;
      else if (number < open && number >= open - a) sum += kept(amount);
    }
    return sum;
  }

  /** The worst sum of a window that can come about; `owed` is delivered but not yet charged. */
  worst(account: Account | undefined, window: WindowIndex, owed: bigint, future: Future): bigint {
    const { bucketS, buckets } = WINDOWS[window];
    const bolus = future.bolusApart ? 0n : amountOf(future.bolusNl, future);
    const left = amountOf(future.leftNl, future);
    let worst = 0n;
    for (let k = 0n; k < buckets; k++) {
      const past = account ? this.#since(account, window, buckets - k) : 0n;
      const seconds = (k + 1n) * bucketS;
      const flow = ceilDivide(future.rateNlPerH * seconds * future.amount, 3600n * future.volumeNl);
      const sum = past + owed + bolus + least(flow, left);
      if (sum > worst) worst = sum;
    }
    return worst;
  }

  /** Seconds of a lockout still to pass after the end of the account's last dose. */
  lockoutLeftS(account: Account | undefined, lockoutS: bigint): bigint {
    if (!account || account.doseEndS === 0n) return 0n;
    const over = account.doseEndS + lockoutS;
    return over > this.clockS ? over - this.clockS : 0n;
  }
}

function add(buckets: Map<bigint, bigint>, number: bigint, amount: bigint): void {
  buckets.set(number, (buckets.get(number) ?? 0n) + amount);
  for (const old of buckets.keys()) if (old < number - QUARTERS_KEPT - MINUTES_KEPT) buckets.delete(old);
}
