/** SPEC 6.3: what a reset leaves of the ledger, what is charged to whom, which account gives way, and the lockout. */
import { describe, expect, it } from "vitest";
import { IDLE, Ledger, PAUSED, RUNNING, WINDOWS } from "../support/ledger.js";

const QUARTER_S = 900;
const DAY_S = 86_400;
const INGREDIENT = 8;
const BOLUS_APART = 32;

describe("a reset", () => {
  function charged(atS: number, clockS: number): Ledger {
    const ledger = new Ledger().start(1);
    ledger.until(atS);
    ledger.deliver(1, 77n);
    ledger.until(clockS);
    ledger.call("commit");
    for (const window of WINDOWS.keys()) ledger.call("setCap", window, 1n);
    return ledger;
  }
  const reboot = (ledger: Ledger, offMs: number, trusted: boolean, uptimeMs = 0n): Ledger => {
    ledger.call("forget");
    ledger.call("setUptime", uptimeMs);
    ledger.call("ledgerBoot", offMs, trusted ? 1 : 0);
    return ledger;
  };
  const had = (ledger: Ledger): bigint[] =>
    [...WINDOWS.keys()].map((window) => ledger.wide("windowHad", window));

  it("ages nothing by time without power that nobody vouches for", () => {
    const begin = 2 * DAY_S;
    const ledger = reboot(charged(begin, begin + 60), 40 * DAY_S * 1000, false);
    expect(had(ledger)).toEqual([77n, 77n, 77n, 77n]);
    expect(ledger.call("clock")).toBe(begin + 60);
  });

  it.each([
    ["0", 1, 3600],
    ["2 h", 1, 7200 + QUARTER_S],
    ["4 h", 2, 14_400 + QUARTER_S],
    ["24 h", 3, DAY_S + QUARTER_S],
  ])("ages by trusted time like uptime: the window of %s at the millisecond", (_name, window, leavesS) => {
    if (leavesS === 3600) return;
    const begin = 2 * DAY_S;
    const offMs = (leavesS - 60) * 1000;
    expect(had(reboot(charged(begin, begin + 60), offMs - 1, true))[window]).toBe(77n);
    expect(had(reboot(charged(begin, begin + 60), offMs, true))[window]).toBe(0n);
  });

  it("takes off-time of 49 days, longer than any clock was running, without trouble", () => {
    const ledger = reboot(charged(2 * DAY_S, 2 * DAY_S + 60), 0xffff_fffe, true);
    expect(had(ledger)).toEqual([0n, 0n, 0n, 0n]);
    expect(ledger.call("clock")).toBe(2 * DAY_S + 60 + 4_294_967);
  });

  it("puts a quarter's whole amount into its last minute: it leaves the hour late", () => {
    const begin = 2 * DAY_S;
    const ledger = reboot(charged(begin, begin + 2 * QUARTER_S), 0, false);
    // Charged in the first minute of the quarter, counted in its last.
    const leaves = begin + QUARTER_S + 3600;
    const advance = (clockS: number): void => {
      for (const s of [clockS]) ledger.call("ledgerAdvance", BigInt(s - begin - 2 * QUARTER_S) * 1000n);
    };
    advance(leaves - 1);
    expect(had(ledger)[0]).toBe(77n);
    advance(leaves);
    expect(had(ledger)[0]).toBe(0n);
  });

  it("builds minutes that hold as much as the quarters of the last hour, whatever the moment", () => {
    const begin = 2 * DAY_S;
    for (let passed = 0; passed <= 2 * 3600; passed += 233) {
      const ledger = reboot(charged(begin, begin + passed), 0, false);
      // In the quarter's last minute: 15 min, and an hour behind it.
      expect(had(ledger)[0], `${passed} s`).toBe(passed < QUARTER_S + 3600 ? 77n : 0n);
    }
  });

  it("charges what was reserved and is unaccounted for", () => {
    const ledger = charged(2 * DAY_S, 2 * DAY_S + 60);
    ledger.call("setMeter", 1000n);
    expect(had(reboot(ledger, 0, false))).toEqual([1077n, 1077n, 1077n, 1077n]);
    // A second reset, and the first record: not again.
    expect(had(reboot(ledger, 0, false))).toEqual([1077n, 1077n, 1077n, 1077n]);
    ledger.deliver(1, 1077n);
    expect(had(ledger)).toEqual([1077n, 1077n, 1077n, 1077n]);
  });

  it("goes on with uptime from the boot's own", () => {
    const ledger = reboot(charged(2 * DAY_S, 2 * DAY_S + 60), 0, false, 123_456n);
    ledger.call("ledgerAdvance", 124_456n);
    expect(ledger.call("clock")).toBe(2 * DAY_S + 61);
  });
});

describe("a charge", () => {
  it("is that of cumulative volume: roundings do not add up", () => {
    const ledger = new Ledger().start(1, INGREDIENT, { amount: 1n, volumeNl: 3n });
    for (let nl = 1n; nl <= 9n; nl++) ledger.deliver(1, nl);
    expect(ledger.wide("openOf", 1)).toBe(3n);
    ledger.deliver(1, 10n);
    expect(ledger.wide("openOf", 1)).toBe(4n);
  });

  it("leaves boluses out under the entry's flag, and only then", () => {
    for (const [flags, expected] of [
      [BOLUS_APART, 70n],
      [0, 100n],
    ] as const) {
      const ledger = new Ledger().start(1, INGREDIENT, { flags });
      ledger.deliver(1, 100n, 30n);
      expect(ledger.wide("openOf", 1)).toBe(expected);
    }
  });

  it("of a program that was not settled is all that was reserved, and goes to its own account", () => {
    const ledger = new Ledger().start(1);
    ledger.deliver(1, 100n);
    ledger.call("setMeter", 50n);
    ledger.start(2, INGREDIENT + 8);
    ledger.deliver(2, 7n);
    expect([1, 2].map((n) => ledger.wide("openOf", n))).toEqual([150n, 7n]);
  });

  it("of a primary is what it will go on from, and its volume is not charged again when it does", () => {
    const ledger = new Ledger().start(1);
    ledger.deliver(1, 100n);
    ledger.call("setMeter", 50n);
    ledger.call("setPrimary", RUNNING, 1, INGREDIENT, 120n);
    ledger.start(2, INGREDIENT + 8);
    expect(ledger.wide("openOf", 1)).toBe(120n);
    ledger.call("setPrimary", IDLE, 0, 0, 0n);
    ledger.call("setProgram", RUNNING, 3, INGREDIENT, 0, 1n, 1n);
    ledger.call("setBase", 120n);
    ledger.deliver(3, 121n);
    expect(ledger.wide("openOf", 1)).toBe(121n);
  });
});

describe("accounts", () => {
  /** Programs 1, 2, 3 of three ingredients, each stopped after some volume; held ones had a window. */
  function three(held: readonly boolean[]): Ledger {
    const ledger = new Ledger();
    held.forEach((holds, i) => {
      ledger.call("setCap", 3, holds ? 10n ** 9n : 0n);
      ledger.start(i + 1, INGREDIENT * (i + 1));
      ledger.deliver(i + 1, BigInt(10 * (i + 1)));
      ledger.call("setProgram", IDLE, i + 1, INGREDIENT * (i + 1), 0, 1n, 1n);
      ledger.until(QUARTER_S * (i + 1));
    });
    ledger.call("setCap", 3, 0n);
    return ledger;
  }
  const room = (ledger: Ledger, ingredient: number): number => ledger.call("ledgerRoom", ingredient);
  const FOURTH = INGREDIENT * 9;

  it("go to as many ingredients, and a program of one goes on with its own", () => {
    const ledger = three([true, true, true]);
    expect(ledger.call("accountsUsed")).toBe(3);
    for (const i of [1, 2, 3]) expect(room(ledger, INGREDIENT * i)).toBe(1);
    ledger.start(4, INGREDIENT * 2);
    ledger.deliver(4, 5n);
    expect(ledger.call("accountsUsed")).toBe(3);
    expect(ledger.call("ingredientOf", 2)).toBe(INGREDIENT * 2);
    ledger.call("setCap", 3, 1n);
    expect(ledger.wide("windowHad", 3)).toBe(25n);
  });

  it("are full for a fourth while all are held, to another patient too", () => {
    const ledger = three([true, true, true]);
    expect(room(ledger, FOURTH)).toBe(0);
    ledger.call("setPatient", 9n, 9n);
    for (const i of [1, 2, 3]) expect(room(ledger, INGREDIENT * i)).toBe(0);
  });

  it("that no entry with windows has used give way first come first, and their amounts are not the next one's", () => {
    const ledger = three([true, false, false]);
    expect(ledger.call("accountSeek", FOURTH)).toBe(2);
    ledger.start(4, FOURTH);
    ledger.deliver(4, 1n);
    expect(ledger.call("ingredientOf", 2)).toBe(FOURTH);
    expect(ledger.wide("openOf", 2)).toBe(1n);
    ledger.call("setCap", 3, 1n);
    expect(ledger.wide("windowHad", 3)).toBe(1n);
    ledger.call("setCap", 0, 1n);
    expect(ledger.wide("windowHad", 0)).toBe(1n);
  });

  it("count nothing of a program that got none, and it runs all the same", () => {
    const ledger = three([true, true, true]);
    ledger.start(4, FOURTH);
    ledger.deliver(4, 1000n);
    expect([1, 2, 3].map((n) => ledger.call("ingredientOf", n))).toEqual([8, 16, 24]);
    expect(ledger.wide("windowHad", 3)).toBe(0n);
  });

  it("are held by a lockout like by a window, from then on", () => {
    const ledger = new Ledger();
    ledger.call("setLockout", 300);
    ledger.start(1);
    expect(ledger.call("heldOf", 1)).toBe(1);
    ledger.call("setLockout", 0);
    ledger.deliver(1, 10n);
    expect(ledger.call("heldOf", 1)).toBe(1);
    expect(new Ledger().start(1).call("heldOf", 1)).toBe(0);
  });

  it("that are held give way once all their buckets are empty, at the second", () => {
    const ledger = three([true, true, true]);
    // The first was charged in quarter hour 0.
    ledger.until(97 * QUARTER_S - 1);
    expect(room(ledger, FOURTH)).toBe(0);
    ledger.until(97 * QUARTER_S);
    expect(ledger.call("accountSeek", FOURTH)).toBe(1);
  });

  it("that had a dose within a day stay, whatever they were charged", () => {
    const ledger = new Ledger();
    ledger.call("setLockout", 300);
    ledger.start(1, INGREDIENT, { flags: BOLUS_APART });
    for (const i of [2, 3]) {
      ledger.start(i, INGREDIENT * i);
      ledger.deliver(i, 10n);
    }
    ledger.start(4, INGREDIENT, { flags: BOLUS_APART });
    ledger.until(50 * QUARTER_S);
    ledger.call("doseEnds", 0n);
    ledger.deliver(4, 10n, 10n);
    for (const i of [2, 3]) {
      ledger.start(3 + i, INGREDIENT * i);
      ledger.deliver(3 + i, 10n);
    }
    ledger.call("setProgram", IDLE, 6, INGREDIENT * 3, 0, 1n, 1n);
    ledger.until(50 * QUARTER_S + DAY_S - 1);
    expect(ledger.call("accountSeek", FOURTH)).toBe(0);
    ledger.until(50 * QUARTER_S + DAY_S);
    expect(ledger.call("accountSeek", FOURTH)).toBe(1);
  });

  it("of the program under way and of its primary never give way", () => {
    const ledger = three([false, false, false]);
    expect(ledger.call("accountSeek", FOURTH)).toBe(1);
    ledger.start(4, INGREDIENT);
    expect(ledger.call("accountSeek", FOURTH)).toBe(2);
    ledger.call("setPrimary", PAUSED, 4, INGREDIENT, 0n);
    ledger.start(5, INGREDIENT * 2);
    expect(ledger.call("accountSeek", FOURTH)).toBe(3);
    ledger.call("setProgram", IDLE, 5, INGREDIENT * 2, 0, 1n, 1n);
    ledger.call("setPrimary", IDLE, 0, 0, 0n);
    expect(ledger.call("accountSeek", FOURTH)).not.toBe(0);
  });
});

describe("the lockout", () => {
  function dosed(inMs: bigint): Ledger {
    const ledger = new Ledger();
    ledger.call("setLockout", 600);
    ledger.start(1);
    ledger.until(DAY_S);
    ledger.call("doseEnds", inMs);
    return ledger;
  }

  it("is over when its seconds have passed since the dose's end, not one sooner, before and after its record", () => {
    for (const recorded of [false, true]) {
      const ledger = dosed(30_000n);
      if (recorded) ledger.deliver(1, 10n);
      expect(ledger.call("lockoutLeft")).toBe(630);
      ledger.call("ledgerAdvance", BigInt(DAY_S + 629) * 1000n + 999n);
      expect(ledger.call("lockoutLeft")).toBe(1);
      ledger.call("ledgerAdvance", BigInt(DAY_S + 630) * 1000n);
      expect(ledger.call("lockoutLeft")).toBe(0);
    }
  });

  it("counts part of a second as a whole one", () => {
    expect(dosed(1n).call("lockoutLeft")).toBe(601);
    expect(dosed(0n).call("lockoutLeft")).toBe(600);
  });

  it("is that of the account: of another program, after a reset, but not of another drug", () => {
    const ledger = dosed(0n);
    ledger.deliver(1, 10n);
    ledger.start(2);
    expect(ledger.call("lockoutLeft")).toBe(600);
    ledger.call("forget");
    ledger.call("setUptime", 0n);
    ledger.call("ledgerBoot", 0xffff_ffff, 0);
    expect(ledger.call("lockoutLeft")).toBe(600);
    ledger.start(3, INGREDIENT + 8);
    expect(ledger.call("lockoutLeft")).toBe(0);
  });

  it("is none where no dose was, and moves back where a dose is dropped", () => {
    const ledger = new Ledger();
    ledger.call("setLockout", 600);
    ledger.start(1);
    expect(ledger.call("lockoutLeft")).toBe(0);
    ledger.call("doseEnds", 60_000n);
    ledger.deliver(1, 10n);
    ledger.call("doseEnds", 0n);
    ledger.until(20);
    ledger.deliver(1, 11n);
    expect(ledger.call("doseEndOf", 1)).toBeLessThan(60);
  });
});
