import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Clock } from "../../host-sim/device/clock.js";
import { MisuseError } from "../../host-sim/device/errors.js";
import { Motor, type Grant, type MotorOptions } from "../../host-sim/device/motor.js";

/** 50 nL a step; 180 mL/h is then exactly one step a millisecond. */
const PL_PER_STEP = 50_000;
const ONE_STEP_PER_MS_NL_PER_H = 180_000_000;
const HOUR_US = 3_600_000_000n;

function setUp(options: MotorOptions = { plPerStep: PL_PER_STEP }): { clock: Clock; motor: Motor } {
  const clock = new Clock();
  return { clock, motor: new Motor(clock, options) };
}

function grantOf(change: Partial<Grant> = {}): Grant {
  return {
    program: 1,
    generation: 1,
    reachStep: 1000n,
    rateMaxNlPerH: ONE_STEP_PER_MS_NL_PER_H,
    untilMs: 60_000n,
    ...change,
  };
}

describe("a motor without a grant", () => {
  it("stands still, and throws when driven", () => {
    const { clock, motor } = setUp();
    clock.advanceMs(100_000);
    expect(motor.advance()).toBe(0n);
    expect(() => motor.drive(1n)).toThrow(/without a grant/);
    expect(motor.report()).toEqual({ epoch: 1, steps: 0n });
    expect(motor.deliveredPl).toBe(0n);
  });
});

describe("a motor under a grant", () => {
  it("makes a step only once it is paid in full", () => {
    const { clock, motor } = setUp();
    motor.obey(grantOf());
    clock.advanceUs(999);
    expect(motor.advance()).toBe(0n);
    clock.advanceUs(1);
    expect(motor.advance()).toBe(1n);
  });

  it("moves exactly at the granted rate, however often it is looked at", () => {
    const often = setUp();
    const once = setUp();
    const grant = grantOf({ rateMaxNlPerH: 7_654_321 });
    often.motor.obey(grant);
    once.motor.obey(grant);
    for (let i = 0; i < 1000; i++) {
      often.clock.advanceUs(7919);
      often.motor.advance();
    }
    once.clock.advanceUs(7_919_000);
    const expected = (7_919_000n * 7_654_321n * 1000n) / (BigInt(PL_PER_STEP) * HOUR_US);
    expect(once.motor.report().steps).toBe(expected);
    expect(often.motor.report().steps).toBe(expected);
    expect(once.motor.deliveredPl).toBe(expected * BigInt(PL_PER_STEP));
  });

  it("stops at the step it may reach, and does not make up the time it waited there", () => {
    const { clock, motor } = setUp();
    motor.obey(grantOf({ reachStep: 10n }));
    clock.advanceMs(500);
    expect(motor.report().steps).toBe(10n);
    expect(motor.running).toBe(false);
    motor.obey(grantOf({ reachStep: 1000n }));
    expect(motor.report().steps).toBe(10n);
    clock.advanceMs(5);
    expect(motor.report().steps).toBe(15n);
  });

  it("stops at the end of its time", () => {
    const { clock, motor } = setUp();
    motor.obey(grantOf({ untilMs: 20n }));
    expect(motor.running).toBe(true);
    clock.advanceMs(500);
    expect(motor.report().steps).toBe(20n);
    expect(motor.running).toBe(false);
  });

  it("loses the part of a step it had paid for when its time ends", () => {
    const { clock, motor } = setUp({ plPerStep: 2 * PL_PER_STEP }); // two milliseconds a step
    motor.obey(grantOf({ untilMs: 19n }));
    clock.advanceMs(30);
    expect(motor.report().steps).toBe(9n);
    motor.obey(grantOf());
    clock.advanceUs(1999);
    expect(motor.report().steps).toBe(9n);
    clock.advanceUs(1);
    expect(motor.report().steps).toBe(10n);
  });

  it("carries a grant out up to the moment the next one replaces it", () => {
    const { clock, motor } = setUp();
    motor.obey(grantOf());
    clock.advanceMs(30);
    motor.obey(grantOf({ rateMaxNlPerH: 0 }));
    clock.advanceMs(30);
    expect(motor.report().steps).toBe(30n);
  });

  it("takes a repeated grant without moving a step more", () => {
    const { clock, motor } = setUp();
    for (let i = 0; i < 100; i++) {
      motor.obey(grantOf({ reachStep: 70n }));
      clock.advanceUs(700);
    }
    expect(motor.report().steps).toBe(70n);
  });

  it("does not move backwards to a grant that ends behind it", () => {
    const { clock, motor } = setUp();
    motor.obey(grantOf());
    clock.advanceMs(50);
    motor.obey(grantOf({ reachStep: 20n }));
    clock.advanceMs(50);
    expect(motor.report().steps).toBe(50n);
  });

  it("keeps its deadline when the gate's uptime starts again", () => {
    const { clock, motor } = setUp();
    clock.advanceMs(1000);
    motor.obey(grantOf({ untilMs: 1020n }));
    clock.powerCycle(0);
    clock.advanceMs(500);
    expect(motor.report().steps).toBe(20n);
  });

  it("halts at once, and forgets the grant", () => {
    const { clock, motor } = setUp();
    motor.obey(grantOf());
    clock.advanceMs(5);
    motor.halt();
    clock.advanceMs(5);
    expect(motor.report().steps).toBe(5n);
    expect(motor.grant).toBeNull();
    expect(() => motor.drive(1n)).toThrow(MisuseError);
  });

  it("refuses an older generation of the same program, and takes any of another", () => {
    const { motor } = setUp();
    motor.obey(grantOf({ generation: 5 }));
    expect(() => motor.obey(grantOf({ generation: 4 }))).toThrow(/goes back from generation 5 to 4/);
    expect(motor.obey(grantOf({ generation: 5 }))).toBe(true);
    expect(motor.obey(grantOf({ program: 2, generation: 1 }))).toBe(true);
  });

  it.each<[string, Partial<Grant>]>([
    ["a negative rate", { rateMaxNlPerH: -1 }],
    ["a fractional rate", { rateMaxNlPerH: 0.5 }],
    ["a reach below 0", { reachStep: -1n }],
    ["a reach of 2^64", { reachStep: 1n << 64n }],
    ["a time of 2^64", { untilMs: 1n << 64n }],
  ])("refuses a grant with %s", (_what, change) => {
    const { motor } = setUp();
    expect(() => motor.obey(grantOf(change))).toThrow(MisuseError);
    expect(motor.grant).toBeNull();
  });
});

describe("a motor driven by hand", () => {
  it("takes the steps time has paid for and refuses one more", () => {
    const { clock, motor } = setUp();
    motor.obey(grantOf());
    clock.advanceMs(10);
    expect(() => motor.drive(11n)).toThrow(/allow 10 since/);
    motor.drive(10n);
    expect(() => motor.drive(1n)).toThrow(MisuseError);
    expect(motor.report().steps).toBe(10n);
  });

  it("refuses to pass the granted step by one", () => {
    const { clock, motor } = setUp();
    motor.obey(grantOf({ reachStep: 5n }));
    clock.advanceMs(10);
    expect(() => motor.drive(6n)).toThrow(/pass the granted step 5/);
    motor.drive(5n);
  });

  it("refuses to move a millisecond after the end", () => {
    const { clock, motor } = setUp();
    motor.obey(grantOf({ untilMs: 10n }));
    clock.advanceMs(11);
    expect(() => motor.drive(1n)).toThrow(/after the grant ended at 10 ms/);
  });

  it("refuses to move backwards", () => {
    const { motor } = setUp();
    motor.obey(grantOf());
    expect(() => motor.drive(-1n)).toThrow(MisuseError);
  });
});

describe("faults of the motor", () => {
  it("stalls: no step, no volume, nothing made up afterwards", () => {
    const { clock, motor } = setUp();
    motor.obey(grantOf());
    clock.advanceMs(5);
    motor.stall();
    clock.advanceMs(100);
    expect(motor.running).toBe(false);
    motor.stall(false);
    expect(motor.report().steps).toBe(5n);
    clock.advanceMs(5);
    expect(motor.report().steps).toBe(10n);
  });

  it("overruns: steps and volume beyond every grant", () => {
    const { motor } = setUp();
    motor.overrun(7n);
    expect(motor.report().steps).toBe(7n);
    expect(motor.deliveredPl).toBe(7n * BigInt(PL_PER_STEP));
  });

  it("reverses: steps and volume go back, never below the start", () => {
    const { motor } = setUp();
    motor.overrun(7n);
    motor.reverse(3n);
    expect(motor.report().steps).toBe(4n);
    expect(motor.deliveredPl).toBe(4n * BigInt(PL_PER_STEP));
    expect(() => motor.reverse(5n)).toThrow(RangeError);
  });

  it("resets its controller: a new epoch from 0, halted, with the delivered volume untouched", () => {
    const { clock, motor } = setUp();
    motor.obey(grantOf());
    clock.advanceMs(9);
    motor.resetController();
    clock.advanceMs(9);
    expect(motor.report()).toEqual({ epoch: 2, steps: 0n });
    expect(motor.deliveredPl).toBe(9n * BigInt(PL_PER_STEP));
  });

  it("does not take a grant that answers a report of another epoch", () => {
    const { clock, motor } = setUp();
    const stale = grantOf({ epoch: motor.report().epoch });
    motor.resetController();
    expect(motor.obey(stale)).toBe(false);
    clock.advanceMs(9);
    expect(motor.report().steps).toBe(0n);
    expect(motor.obey(grantOf({ epoch: 2 }))).toBe(true);
  });

  it("delivers what the mounted set really moves, not what it is calibrated to", () => {
    const { clock, motor } = setUp({ plPerStep: PL_PER_STEP, truePlPerStep: 2 * PL_PER_STEP });
    motor.obey(grantOf());
    clock.advanceMs(10);
    expect(motor.report().steps).toBe(10n);
    expect(motor.deliveredPl).toBe(20n * BigInt(PL_PER_STEP));
  });

  it("takes another set only while halted", () => {
    const { clock, motor } = setUp();
    motor.obey(grantOf());
    expect(() => motor.mount({ plPerStep: 100_000 })).toThrow(/halt\(\) first/);
    motor.halt();
    motor.mount({ plPerStep: 100_000 });
    motor.obey(grantOf());
    clock.advanceMs(10);
    expect(motor.report().steps).toBe(5n);
    expect(() => setUp({ plPerStep: 0 })).toThrow(RangeError);
  });
});

/** One thing that can happen to a motor; `us` is time passing, and faults are left out on purpose. */
type Event =
  | { kind: "grant"; reach: bigint; rateMaxNlPerH: number; forMs: number }
  | { kind: "time"; us: number }
  | { kind: "look" }
  | { kind: "halt" };

const events = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant("grant" as const),
      reach: fc.bigInt(0n, 400n),
      rateMaxNlPerH: fc.oneof(fc.nat(2_000_000_000), fc.constant(ONE_STEP_PER_MS_NL_PER_H), fc.constant(0)),
      forMs: fc.nat(300),
    }),
    fc.record({ kind: fc.constant("time" as const), us: fc.nat(200_000) }),
    fc.constant({ kind: "look" as const }),
    fc.constant({ kind: "halt" as const }),
  ),
  { maxLength: 60 },
);

/**
 * The law written as an account beside the motor: what every grant so far, while it was the newest and in its time,
 * could at most have paid for. The motor may use less (time lost is lost), never more.
 */
function checkAgainstAccount(history: Event[], plPerStep: number): void {
  const { clock, motor } = setUp({ plPerStep });
  let grant: { reach: bigint; rate: bigint; untilUs: number } | null = null;
  let paid = 0n; // pL x us/h
  let furthest = 0n;
  let generation = 0;
  for (const event of history) {
    const before = motor.report().steps;
    if (event.kind === "grant") {
      const untilMs = clock.uptimeMs() + BigInt(event.forMs);
      const { reach, rateMaxNlPerH } = event;
      motor.obey({ program: 1, generation: ++generation, reachStep: reach, rateMaxNlPerH, untilMs });
      grant = { reach, rate: BigInt(rateMaxNlPerH), untilUs: Number(untilMs) * 1000 };
    } else if (event.kind === "time") {
      if (grant !== null) {
        const live = Math.max(0, Math.min(clock.elapsedUs + event.us, grant.untilUs) - clock.elapsedUs);
        paid += BigInt(live) * grant.rate * 1000n;
        furthest = furthest > grant.reach ? furthest : grant.reach;
      }
      clock.advanceUs(event.us);
    } else if (event.kind === "halt") {
      motor.halt();
      grant = null;
    } else {
      motor.advance();
    }
    const { steps } = motor.report();
    expect(steps).toBeGreaterThanOrEqual(before);
    expect(steps).toBeLessThanOrEqual(furthest);
    if (steps > before) expect(steps).toBeLessThanOrEqual(grant?.reach ?? -1n);
    expect(steps * BigInt(plPerStep) * HOUR_US).toBeLessThanOrEqual(paid);
    expect(motor.deliveredPl).toBe(steps * BigInt(plPerStep));
  }
}

describe("any history of grants, clock steps, halts and looks", () => {
  it("never moves the motor past a grant's step, faster than its rate, or after its end", () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 1000, max: 200_000 }), (history, plPerStep) => {
        checkAgainstAccount(history, plPerStep);
      }),
      { numRuns: 1000 },
    );
  });

  it("is caught by the same account when the motor overruns by one step", () => {
    const { clock, motor } = setUp();
    motor.obey(grantOf());
    clock.advanceMs(10);
    motor.overrun(1n);
    const paid = 10_000n * BigInt(ONE_STEP_PER_MS_NL_PER_H) * 1000n;
    expect(motor.report().steps * BigInt(PL_PER_STEP) * HOUR_US).toBeGreaterThan(paid);
  });

  it("goes the whole way when a single grant gives it the time", () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(2_000_000_000), fc.nat(500), (us, rateMaxNlPerH, reach) => {
        const { clock, motor } = setUp();
        motor.obey(grantOf({ reachStep: BigInt(reach), rateMaxNlPerH }));
        clock.advanceUs(us);
        const payable = (BigInt(us) * BigInt(rateMaxNlPerH) * 1000n) / (BigInt(PL_PER_STEP) * HOUR_US);
        expect(motor.report().steps).toBe(payable < BigInt(reach) ? payable : BigInt(reach));
      }),
    );
  });

  it("continues the same from a saved state", () => {
    const { clock, motor } = setUp();
    motor.obey(grantOf({ rateMaxNlPerH: 12_345_678 }));
    clock.advanceUs(123_457);
    const [clockState, motorState] = [clock.save(), motor.save()];
    clock.advanceUs(654_321);
    const end = [motor.report(), motor.deliveredPl];
    clock.restore(clockState);
    motor.restore(motorState);
    clock.advanceUs(654_321);
    expect([motor.report(), motor.deliveredPl]).toEqual(end);
  });
});
