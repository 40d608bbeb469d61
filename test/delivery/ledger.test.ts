/** SPEC 6.3, function by function: packing, the check of what is to come, the program's caps, the clock. Accounts: ledger-accounts.test.ts. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IDLE, Ledger, RUNNING, WINDOWS } from "../support/ledger.js";

const QUARTER_S = 900;
const DAY_S = 86_400;
const SATURATED = 2n ** 64n - 1n;
const INGREDIENT = 8;
const BOLUS_APART = 32;

const ceilDiv = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;

/** The least m * 10^e that is not below `amount`, with m below 2^28. */
function packedModel(amount: bigint): bigint {
  for (let power = 1n; ; power *= 10n) {
    const mantissa = ceilDiv(amount, power);
    if (mantissa < 2n ** 28n) return mantissa * power;
  }
}

describe("a packed bucket", () => {
  const ledger = new Ledger();
  const packed = (amount: bigint): bigint => ledger.wide("unpack", ledger.call("pack", amount));

  it("is exact below 2^28, and the least packed number that is not below the amount above it", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 63n - 1n), fc.integer({ min: 0, max: 62 }), (wide, shift) => {
        const amount = wide >> BigInt(shift);
        expect(packed(amount)).toBe(packedModel(amount));
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    [0n, 0n],
    [2n ** 28n - 1n, 2n ** 28n - 1n],
    [2n ** 28n, 268_435_460n],
    [2n ** 28n + 5n, 268_435_470n],
    [2n ** 63n - 1n, 9_223_372_100_000_000_000n],
  ])("keeps %i as %i", (amount, kept) => {
    expect(packed(amount)).toBe(kept);
  });
});

interface Plan {
  readonly amount: bigint;
  readonly volumeNl: bigint;
  readonly flags: number;
  readonly bolusNl: bigint;
  readonly rateNlPerH: bigint;
  readonly leftNl: bigint;
}

interface History {
  /** Quarter and minute that are open, and their amounts; closed amounts, the latest first. */
  readonly clockS: number;
  readonly open: bigint;
  readonly quarters: readonly bigint[];
  readonly openMinute: bigint;
  readonly minutes: readonly bigint[];
}

/** SPEC 6.3, word by word, in integers without end. */
function worstModel(history: History, plan: Plan, window: number): bigint {
  const { buckets, bucketS } = WINDOWS[window]!;
  const [open, closed] =
    window === 0 ? [history.openMinute, history.minutes] : [history.open, history.quarters];
  const amountOf = (volumeNl: bigint): bigint => ceilDiv(volumeNl * plan.amount, plan.volumeNl);
  const had = (back: number): bigint =>
    open + closed.slice(0, back).reduce((sum, a) => sum + packedModel(a), 0n);
  const flows = (count: number): bigint => {
    const hours = [plan.rateNlPerH * BigInt(count * bucketS) * plan.amount, 3600n * plan.volumeNl] as const;
    const most = amountOf(plan.leftNl);
    const all = ceilDiv(...hours);
    return all < most ? all : most;
  };
  const bolus = (plan.flags & BOLUS_APART) === 0 ? amountOf(plan.bolusNl) : 0n;
  let worst = 0n;
  for (let k = 0; k < buckets; k++) {
    const sum = had(buckets - k) + bolus + flows(k + 1);
    if (sum > worst) worst = sum;
  }
  return worst;
}

/** A ledger with this history in account 1. */
function withHistory(history: History): Ledger {
  const ledger = new Ledger();
  ledger.start(1);
  ledger.until(history.clockS);
  const quarter = Math.floor(history.clockS / QUARTER_S);
  const minute = Math.floor(history.clockS / 60);
  history.quarters.forEach((amount, i) => ledger.call("setClosed", 1, quarter - 1 - i, amount));
  history.minutes.forEach((amount, i) => ledger.call("setMinute", 1, minute - 1 - i, amount));
  ledger.call("setOpen", 1, history.open, history.openMinute);
  return ledger;
}

function planned(ledger: Ledger, plan: Plan): Ledger {
  const { amount, volumeNl, flags, bolusNl, rateNlPerH, leftNl } = plan;
  ledger.call("planSet", INGREDIENT, amount, volumeNl, flags, bolusNl, rateNlPerH, leftNl);
  return ledger;
}

const EMPTY: History = { clockS: 3 * DAY_S + 1234, open: 0n, quarters: [], openMinute: 0n, minutes: [] };
const NOTHING: Plan = { amount: 1n, volumeNl: 1n, flags: 0, bolusNl: 0n, rateNlPerH: 0n, leftNl: 0n };

describe("the check of what is to come", () => {
  const some = fc.oneof(fc.constant(0n), fc.bigInt(0n, 10n ** 6n), fc.bigInt(0n, 10n ** 15n));
  const histories = fc.record({
    clockS: fc.integer({ min: 2 * DAY_S, max: 10 * DAY_S }),
    open: some,
    quarters: fc.array(some, { maxLength: 96 }),
    openMinute: some,
    minutes: fc.array(some, { maxLength: 60 }),
  });
  const plans = fc.record({
    amount: fc.oneof(fc.bigInt(1n, 1000n), fc.bigInt(1n, 2n ** 40n)),
    volumeNl: fc.oneof(fc.bigInt(1n, 1000n), fc.bigInt(1n, 2n ** 37n - 1n)),
    flags: fc.constantFrom(0, 31, BOLUS_APART, 63),
    bolusNl: fc.bigInt(0n, 250_000_000n),
    rateNlPerH: fc.bigInt(0n, 999_000_000n),
    leftNl: fc.oneof(fc.bigInt(0n, 1000n), fc.bigInt(0n, 9_999_000_000n)),
  });

  it("finds the worst of all moments of every window, in both computations, to the unit", () => {
    fc.assert(
      fc.property(histories, plans, (history, plan) => {
        const ledger = planned(withHistory(history), plan);
        for (const window of WINDOWS.keys()) {
          const worst = worstModel(history, plan, window);
          const expected = worst < 2n ** 63n ? worst : SATURATED;
          expect(ledger.wide("planWorst", window), `window ${window}`).toBe(expected);
          if (expected === SATURATED) {
            expect(ledger.wide("planFits", window, 2n ** 63n - 1n)).not.toBe(0n);
            continue;
          }
          expect(ledger.wide("planFits", window, worst)).toBe(0n);
          expect(ledger.wide("planFits", window, worst + 1n)).toBe(0n);
          if (worst > 0n) expect(ledger.wide("planFits", window, worst - 1n)).not.toBe(0n);
        }
      }),
      { numRuns: 400 },
    );
  });

  it("lets exactly a cap pass where nothing was had: an infusion of it over the whole window", () => {
    WINDOWS.forEach(({ hours }, window) => {
      const cap = 12_000n * BigInt(hours);
      const rate = { ...NOTHING, rateNlPerH: 12_000n, leftNl: 10n ** 9n };
      const worstOf = (plan: Plan): bigint => planned(withHistory(EMPTY), plan).wide("planWorst", window);
      expect(worstOf(rate)).toBe(cap);
      expect(worstOf({ ...rate, rateNlPerH: 12_001n })).toBe(cap + BigInt(hours));
      expect(worstOf({ ...rate, leftNl: cap - 1n })).toBe(cap - 1n);
      expect(worstOf({ ...NOTHING, bolusNl: cap })).toBe(cap);
      expect(worstOf({ ...NOTHING, bolusNl: cap, flags: BOLUS_APART })).toBe(0n);
    });
  });

  it("rounds the amount up: a third of a unit counts as one", () => {
    const third = { ...NOTHING, volumeNl: 3n, bolusNl: 1n };
    expect(planned(withHistory(EMPTY), third).wide("planWorst", 3)).toBe(1n);
    const flowing = { ...NOTHING, volumeNl: 3n, rateNlPerH: 1n, leftNl: 10n ** 9n };
    expect(planned(withHistory(EMPTY), flowing).wide("planWorst", 0)).toBe(1n); // 1/3 in an hour
    expect(planned(withHistory(EMPTY), flowing).wide("planWorst", 3)).toBe(8n); // 24/3 in a day, exactly
  });

  it("counts only what was had of this ingredient, by this patient", () => {
    const ledger = withHistory({ ...EMPTY, open: 500n, openMinute: 500n });
    const worst = (ingredient: number): bigint => {
      ledger.call("planSet", ingredient, 1n, 1n, 0, 7n, 0n, 0n);
      return ledger.wide("planWorst", 3);
    };
    expect(worst(INGREDIENT)).toBe(507n);
    expect(worst(INGREDIENT + 8)).toBe(7n);
    ledger.call("setPatient", 1n, 0n);
    expect(worst(INGREDIENT)).toBe(7n);
    ledger.call("setPatient", 0n, 1n);
    expect(worst(INGREDIENT)).toBe(7n);
    ledger.call("setPatient", 0n, 0n);
    expect(worst(INGREDIENT)).toBe(507n);
  });

  it("counts what is delivered but not yet in a record; of a program that is over what may still come of it", () => {
    const ledger = withHistory(EMPTY);
    const worst = (): bigint => planned(ledger, NOTHING).wide("planWorst", 0);
    ledger.call("setMeter", 1000n);
    expect(worst()).toBe(0n);
    ledger.call("setFlow", 1, 400n, 0n);
    expect(worst()).toBe(400n);
    ledger.call("setProgram", IDLE, 1, INGREDIENT, 0, 1n, 1n);
    expect(worst()).toBe(1000n);
    // Another program has begun, and nothing of it is written.
    ledger.call("setProgram", RUNNING, 2, INGREDIENT, 0, 1n, 1n);
    ledger.call("setFlow", 2, 0n, 0n);
    expect(worst()).toBe(1000n);
  });

  it("is saturated by amounts beyond 63 bits, and says so of every cap", () => {
    const ledger = planned(withHistory(EMPTY), {
      ...NOTHING,
      amount: 2n ** 53n - 1n,
      rateNlPerH: 999_000_000n,
      leftNl: 2n ** 40n,
    });
    expect(ledger.wide("planWorst", 3)).toBe(SATURATED);
    expect(ledger.wide("planFits", 3, 2n ** 63n - 1n)).not.toBe(0n);
    // A rate that is beyond every number, of which little is left.
    const little = planned(withHistory(EMPTY), {
      ...NOTHING,
      amount: 2n ** 53n - 1n,
      rateNlPerH: 2n ** 32n - 1n,
      leftNl: 3n,
    });
    expect(little.wide("planWorst", 0)).toBe(3n * (2n ** 53n - 1n));
    expect(little.wide("planFits", 0, 3n * (2n ** 53n - 1n))).toBe(0n);
    expect(little.wide("planFits", 0, 3n * (2n ** 53n - 1n) - 1n)).not.toBe(0n);
  });
});

describe("the running program's caps", () => {
  it.each([0, 1, 2, 3])("break at one unit more, by the number of window %i", (window) => {
    const ledger = withHistory({ ...EMPTY, open: 40n, openMinute: 40n });
    expect(ledger.call("programFits", 60n, 0n, 0n)).toBe(0); // no caps at all
    ledger.call("setCap", window, 100n);
    expect(ledger.call("windowLimit", window)).toBe(27 + window);
    expect([59n, 60n, 61n].map((bolus) => ledger.call("programFits", bolus, 0n, 0n))).toEqual([
      0,
      0,
      27 + window,
    ]);
    expect(ledger.wide("windowHad", window)).toBe(40n);
  });

  it("are near above nine tenths, told when a minute has passed", () => {
    const ledger = withHistory({ ...EMPTY, open: 90n });
    ledger.call("setCap", 3, 100n);
    ledger.until(EMPTY.clockS + 60);
    expect(ledger.call("windowNear")).toBe(0);
    ledger.call("setOpen", 1, 91n, 0n);
    ledger.until(EMPTY.clockS + 120);
    expect(ledger.call("windowNear")).toBe(1);
    ledger.call("setCap", 3, 102n);
    ledger.until(EMPTY.clockS + 180);
    expect(ledger.call("windowNear")).toBe(0);
  });
});

describe("the ledger's clock", () => {
  it("runs with uptime from where flash says, never back, and in whole seconds", () => {
    const ledger = new Ledger().start(1);
    ledger.call("forget");
    ledger.call("ledgerAdvance", 5_000_000n); // the first look at an uptime: the clock begins
    expect(ledger.call("clock")).toBe(0);
    ledger.call("ledgerAdvance", 5_000_999n);
    expect(ledger.call("clock")).toBe(0);
    ledger.call("ledgerAdvance", 5_001_000n);
    expect(ledger.call("clock")).toBe(1);
    ledger.call("ledgerAdvance", 5_001_999n);
    ledger.call("ledgerAdvance", 5_002_500n);
    expect(ledger.call("clock")).toBe(2); // fractions are not lost
    ledger.call("ledgerAdvance", 1_000n);
    expect(ledger.call("clock")).toBe(2);
  });

  it("ages an amount out of each window a bucket after its hours, not a second sooner", () => {
    for (const [window, { hours, bucketS }] of WINDOWS.entries()) {
      // Charged in the first second of a bucket.
      const begin = 2 * DAY_S;
      const ledger = new Ledger().start(1);
      ledger.until(begin);
      ledger.call("setCap", window, 1n);
      ledger.deliver(1, 77n);
      ledger.until(begin + hours * 3600 + bucketS - 1);
      expect(ledger.wide("windowHad", window), `${hours} h`).toBe(77n);
      ledger.until(begin + hours * 3600 + bucketS);
      expect(ledger.wide("windowHad", window), `${hours} h`).toBe(0n);
      // Charged in the last second: two buckets less a second early would be a whole bucket too soon.
      ledger.until(begin + 2 * DAY_S + bucketS - 1);
      ledger.deliver(1, 100n);
      ledger.until(begin + 2 * DAY_S + hours * 3600 + bucketS - 1);
      expect(ledger.wide("windowHad", window), `${hours} h`).toBe(23n);
      ledger.until(begin + 2 * DAY_S + hours * 3600 + bucketS);
      expect(ledger.wide("windowHad", window), `${hours} h`).toBe(0n);
    }
  });

  it("asks for a record once a quarter hour, while an account holds anything", () => {
    const ledger = new Ledger().start(1);
    ledger.until(2 * DAY_S);
    ledger.deliver(1, 5n);
    let records = 0;
    let last = 0;
    for (let second = 2 * DAY_S; second < 5 * DAY_S; second += 5) {
      if (ledger.call("ledgerAdvance", BigInt(second) * 1000n) === 0) continue;
      ledger.call("commit");
      records++;
      last = second;
    }
    expect(records).toBe(97);
    expect(last - 2 * DAY_S).toBeGreaterThan(DAY_S + QUARTER_S);
    expect(last - 2 * DAY_S).toBeLessThan(DAY_S + QUARTER_S + 100);
  });

  it("catches up before anything is charged, so that a charge after hours without a tick is not old", () => {
    for (const pause of [10 * 3600, 23 * 3600, 9 * DAY_S]) {
      const ledger = new Ledger().start(1);
      ledger.until(2 * DAY_S);
      ledger.deliver(1, 5n);
      const now = 2 * DAY_S + pause;
      ledger.call("ledgerAdvance", BigInt(now) * 1000n);
      ledger.deliver(1, 12n);
      ledger.call("setCap", 3, 1n);
      ledger.until(now + DAY_S);
      expect(ledger.wide("windowHad", 3), `${pause} s`).toBe(7n);
    }
  });
});
