import { describe, expect, it } from "vitest";
import { type LocalActionName, PHASE } from "../../host-sim/gate/names.js";
import { statusName } from "../../host-sim/gate/status.js";
import type { PanelOptions } from "../../host-sim/pump/pump.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import {
  bolusBody,
  done,
  drug,
  limits,
  MG,
  ML,
  outcome,
  permitted,
  profile,
  running,
  send,
  start,
  titrate,
  ward,
} from "../support/ward.js";

const panel = (bed: Bed, action: LocalActionName, options?: PanelOptions): string =>
  statusName(bed.pump.panel(action, options).status);
const rate = (bed: Bed): number => Number(bed.pump.inspect().rateNlPerH);
const delivered = (bed: Bed): number => Number(bed.pump.inspect().deliveredNl);

/** SPEC 6.4 */
describe("reducing", () => {
  it.each([
    [5 * ML + 10_000, "NOT_REDUCED"],
    [5 * ML, "NOT_REDUCED"],
    [5 * ML - 10_000, "OK"],
    [5 * ML - 10_001, "RATE_TOO_COARSE"],
    [10_000, "OK"],
    [9_999, "RATE_TOO_COARSE"],
    [0, "NOT_REDUCED"],
    [2 ** 33, "NOT_REDUCED"],
  ])("from 5 mL/h to %i nL/h: %s", (value, wanted) => {
    const bed = running();
    expect(panel(bed, "REDUCE", { value: BigInt(value) })).toBe(wanted);
    expect(rate(bed)).toBe(wanted === "OK" ? value : 5 * ML);
  });

  it("needs no second step and no library", () => {
    const bed = running();
    const asked = bed.pump.panel("REDUCE", { value: BigInt(ML) });
    expect(asked.confirmed).toBe(false);
    expect(asked.result).toMatchObject({ status: 0, rateNlPerH: BigInt(ML), phase: PHASE.RUNNING });
    expect(bed.pump.grant!.rateMaxNlPerH).toBe(ML);
  });

  it("is possible while paused, and refused with no program", () => {
    const bed = running();
    done(bed.pump.panel("PAUSE"));
    expect(panel(bed, "REDUCE", { value: BigInt(ML) })).toBe("OK");
    done(bed.pump.panel("STOP"));
    expect(panel(bed, "REDUCE", { value: BigInt(ML) })).toBe("PHASE");
  });
});

describe("restoring", () => {
  it("goes back to the last permitted rate, after any number of reductions", () => {
    const bed = running();
    for (const value of [4 * ML, 3 * ML, ML]) done(bed.pump.panel("REDUCE", { value: BigInt(value) }));
    expect(panel(bed, "RESTORE")).toBe("OK");
    expect(rate(bed)).toBe(5 * ML);
    expect(panel(bed, "RESTORE")).toBe("NOT_REDUCED");
  });

  it("goes no higher than a signed titration downward left it", () => {
    const bed = running();
    permitted(titrate(bed, { dose: 2 * MG }));
    done(bed.pump.panel("REDUCE", { value: BigInt(ML) }));
    done(bed.pump.panel("RESTORE"));
    expect(rate(bed)).toBe(2 * ML);
  });

  it("resumes a paused program at the permitted rate", () => {
    const bed = running();
    done(bed.pump.panel("REDUCE", { value: BigInt(ML) }));
    done(bed.pump.panel("PAUSE"));
    done(bed.pump.panel("RESTORE"));
    expect(bed.pump.inspect()).toMatchObject({ phase: PHASE.RUNNING, rateNlPerH: BigInt(5 * ML) });
  });

  it("is refused with no program and with a finished bag", () => {
    expect(panel(ward(), "RESTORE")).toBe("PHASE");
    const bed = running({}, { vtbiNl: 10_000 });
    bed.pump.runFor(30_000);
    expect(panel(bed, "RESTORE")).toBe("PHASE");
  });

  it("beside a bolus goes as far as the two may run together", () => {
    const bed = ward({ models: [profile({ rateNlPerHMax: 100 * ML }), drug()] });
    permitted(start(bed, { dose: 50 * MG }));
    done(bed.pump.panel("REDUCE", { value: BigInt(5 * ML) }));
    permitted(send(bed, bolusBody(bed, { dose: 10 * MG, rateNlPerH: 95 * ML })));
    expect(panel(bed, "RESTORE")).toBe("BOLUS_ACTIVE");
    expect(rate(bed)).toBe(5 * ML);
  });
});

describe("titrating inside the signed range", () => {
  const ranged = (range: object = {}) =>
    running({}, { range: { min: 3 * MG, max: 8 * MG, stepMax: MG, intervalS: 60, ...range } });

  it.each([
    [5 * MG + 1 * MG, "OK"],
    [6 * MG + 1, "RANGE_STEP"],
    [4 * MG, "OK"],
    [4 * MG - 1, "RANGE_STEP"],
    [3 * MG - 1, "RANGE"],
    [8 * MG + 1, "RANGE"],
  ])("from 5 mg/h to %i pg/h: %s", (value, wanted) => {
    const bed = ranged();
    bed.pump.runFor(60_000);
    expect(panel(bed, "TITRATE", { value: BigInt(value) })).toBe(wanted);
    expect(rate(bed)).toBe(wanted === "OK" ? Math.floor(value / 1000) : 5 * ML);
  });

  it.each([
    [3 * MG, "OK"],
    [3 * MG - 1, "RANGE"],
    [8 * MG, "OK"],
    [8 * MG + 1, "RANGE"],
  ])("whose step spans all of it, to %i pg/h: %s", (value, wanted) => {
    const bed = ranged({ stepMax: 9 * MG, intervalS: 0 });
    expect(panel(bed, "TITRATE", { value: BigInt(value) })).toBe(wanted);
  });

  it("upward needs a second step, downward none", () => {
    const bed = ranged({ intervalS: 0 });
    expect(panel(bed, "TITRATE", { value: BigInt(6 * MG), confirm: false })).toBe("CONFIRM_NEEDED");
    expect(rate(bed)).toBe(5 * ML);
    expect(panel(bed, "TITRATE", { value: BigInt(4 * MG), confirm: false })).toBe("OK");
  });

  it("waits the interval, counted from the start and from each titration", () => {
    const bed = ranged();
    const since = Number(bed.device.clock.uptimeMs());
    const ask = (value: number) => panel(bed, "TITRATE", { value: BigInt(value), confirm: false });
    bed.pump.runFor(58_000);
    expect(ask(6 * MG)).toBe("RANGE_INTERVAL");
    bed.pump.runFor(60_000 - (Number(bed.device.clock.uptimeMs()) - since));
    expect(ask(6 * MG)).toBe("CONFIRM_NEEDED");
    const { nonce } = bed.pump.panel("TITRATE", { value: BigInt(6 * MG), confirm: false }).result!;
    bed.device.clock.advanceMs(30_000);
    const again = Number(bed.device.clock.uptimeMs());
    done(bed.pump.gate.confirm(nonce));
    expect(ask(5 * MG)).toBe("RANGE_INTERVAL");
    bed.device.clock.advanceMs(59_999 - (Number(bed.device.clock.uptimeMs()) - again));
    expect(ask(5 * MG)).toBe("RANGE_INTERVAL");
    bed.device.clock.advanceMs(1);
    expect(ask(5 * MG)).toBe("OK");
  });

  it("is refused without a range, while paused, and after a stop", () => {
    expect(panel(running(), "TITRATE", { value: BigInt(5 * MG) })).toBe("RANGE");
    const bed = ranged({ intervalS: 0 });
    done(bed.pump.panel("PAUSE"));
    expect(panel(bed, "TITRATE", { value: BigInt(4 * MG) })).toBe("PHASE");
    done(bed.pump.panel("STOP"));
    expect(panel(bed, "TITRATE", { value: BigInt(4 * MG) })).toBe("PHASE");
  });

  it("is refused where the pump's steps lose more than 5 % of the dose", () => {
    const bed = running({}, { range: { min: 0, max: 8 * MG, stepMax: 8 * MG, intervalS: 0 } });
    expect(panel(bed, "TITRATE", { value: 10_526_999n })).toBe("OK");
    expect(panel(bed, "TITRATE", { value: 10_527_000n })).toBe("RATE_TOO_COARSE");
    expect(panel(bed, "TITRATE", { value: 0n })).toBe("RATE_TOO_COARSE");
  });

  it("moves what restoring goes back to", () => {
    const bed = ranged({ intervalS: 0 });
    done(bed.pump.panel("TITRATE", { value: BigInt(6 * MG) }));
    done(bed.pump.panel("REDUCE", { value: BigInt(ML) }));
    done(bed.pump.panel("RESTORE"));
    expect(rate(bed)).toBe(6 * ML);
  });
});

/** SPEC 4.2: total is what the order may deliver in all. */
describe("a new bag", () => {
  const order = { vtbiNl: 2 * ML, totalNl: 5 * ML };

  it.each(["at the panel", "by signature"])("%s stays within the order's total, to the nanolitre", (how) => {
    const ask = (bed: Bed, vtbiNl: number): string =>
      how === "at the panel"
        ? panel(bed, "NEW_BAG", { value: BigInt(vtbiNl) })
        : outcome(send(bed, { kind: "new bag", vtbiNl })).replace("PERMIT", "OK");
    const paused = () => {
      const bed = running({}, order);
      bed.pump.runFor(600_000);
      done(bed.pump.panel("PAUSE"));
      return bed;
    };
    const left = 5 * ML - delivered(paused());
    expect(ask(paused(), left - 1)).toBe("OK");
    expect(ask(paused(), left)).toBe("OK");
    expect(ask(paused(), left + 1)).toBe("TOTAL");
    expect(ask(paused(), 2 ** 53 - 1)).toBe("TOTAL");
  });

  it("delivers the order's total in all, and no more", () => {
    const bed = running({}, order);
    for (let i = 0; i < 4; i++) {
      bed.pump.runFor(1_500_000);
      const left = 5 * ML - delivered(bed);
      const asked = panel(bed, "NEW_BAG", { value: BigInt(Math.min(2 * ML, Math.max(left, 1))) });
      expect(asked).toBe(left > 0 ? "OK" : "TOTAL");
      panel(bed, "RESTORE");
    }
    expect(bed.device.motor.deliveredPl).toBe(BigInt(5 * ML) * 1000n);
  });

  it("of nothing is refused, and with no program", () => {
    expect(panel(running(), "NEW_BAG", { value: 0n })).toBe("TOTAL");
    expect(panel(ward(), "NEW_BAG", { value: 1n })).toBe("PHASE");
  });

  it("replaces what was left of the one before", () => {
    const bed = running({}, order);
    bed.pump.runFor(60_000);
    done(bed.pump.panel("NEW_BAG", { value: BigInt(ML), confirmAfterMs: 0 }));
    expect(bed.pump.grant!.bagLeftNl).toBe(BigInt(ML));
  });
});

describe("the second step", () => {
  const asked = () => {
    const bed = running();
    done(bed.pump.panel("REDUCE", { value: BigInt(ML) }));
    return { bed, nonce: bed.pump.panel("RESTORE", { confirm: false }).result!.nonce };
  };
  const confirm = (bed: Bed, nonce: number) => statusName(bed.pump.confirm(nonce).status);

  it.each([
    [60_000, "OK"],
    [60_001, "CONFIRM_STALE"],
  ])("after %i ms: %s", (ms, wanted) => {
    const { bed, nonce } = asked();
    bed.device.clock.advanceMs(ms);
    expect(confirm(bed, nonce)).toBe(wanted);
  });

  it("needs the nonce of the first, works once, and not for an earlier one", () => {
    const { bed, nonce } = asked();
    expect(confirm(bed, nonce + 1)).toBe("CONFIRM_STALE");
    expect(confirm(bed, 0)).toBe("CONFIRM_STALE");
    const second = bed.pump.panel("RESTORE", { confirm: false }).result!.nonce;
    expect(confirm(bed, nonce)).toBe("CONFIRM_STALE");
    expect(confirm(bed, second)).toBe("OK");
    expect(confirm(bed, second)).toBe("CONFIRM_STALE");
  });

  it("judges once more: what a stop ended is not restored", () => {
    const { bed, nonce } = asked();
    done(bed.pump.panel("STOP"));
    expect(confirm(bed, nonce)).toBe("PHASE");
    expect(bed.pump.inspect().phase).toBe(PHASE.IDLE);
  });

  it("is of the panel's own making: there is none after a boot", () => {
    const { bed, nonce } = asked();
    bed.pump.powerCycle();
    expect(confirm(bed, nonce)).toBe("CONFIRM_STALE");
  });
});

describe("a stop", () => {
  it("ends a program in every phase, and with none there is nothing to stop", () => {
    const bed = running();
    expect(panel(bed, "STOP")).toBe("OK");
    expect(bed.pump.inspect()).toMatchObject({ phase: PHASE.IDLE, rateNlPerH: 0n, permittedRateNlPerH: 0n });
    expect(panel(bed, "STOP")).toBe("PHASE");
  });

  it("does not wait for the clock", () => {
    const bed = running();
    bed.device.clock.uptimeOutage.begin();
    expect(statusName(bed.pump.gate.local({ action: 1 }).status)).toBe("OK");
    expect(statusName(bed.pump.gate.local({ action: 3, value: BigInt(ML) }).status)).toBe("CLOCK");
  });
});

it("an action that does not exist is refused", () => {
  const bed = running({ models: [profile(), drug({ continuous: limits("mg/h") })] });
  for (const action of [0, 13, 14, 0xffff_ffff]) {
    expect(statusName(bed.pump.gate.local({ action }).status)).toBe("BAD_ARGUMENT");
  }
});
