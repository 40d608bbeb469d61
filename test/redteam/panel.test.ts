import { describe, expect, it } from "vitest";
import { BOOT_CAUSE, LOCAL_ACTION, PHASE } from "../../host-sim/gate/names.js";
import { statusName } from "../../host-sim/gate/status.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import {
  done,
  drug,
  limits,
  MG,
  ML,
  PATIENT,
  permitted,
  profile,
  running,
  start,
  ward,
} from "../support/ward.js";

const HOUR_MS = 3_600_000;
const RANGE = { min: MG, max: 20 * MG, stepMax: MG, intervalS: 600 };
const restored = (bed: Bed, patientToken = PATIENT.token): string =>
  statusName(bed.pump.panel("RESTORE", { patientToken }).status);
const cycle = (bed: Bed, offMs: number) => void bed.pump.powerCycle({ offMs }, { offMs });

describe("the second step of a panel action", () => {
  const asked = (bed: Bed, action: "NEW_BAG" | "TITRATE", value: number): number => {
    const { status, result } = bed.pump.panel(action, { value: BigInt(value), confirm: false });
    expect(statusName(status)).toBe("CONFIRM_NEEDED");
    return result!.nonce;
  };

  it.each([
    ["NEW_BAG", 50 * ML],
    ["TITRATE", 6 * MG],
  ] as const)("confirms %s of the program it was asked for, not of the one after it", (action, value) => {
    const range = { ...RANGE, intervalS: 0 };
    const bed = running({}, { totalNl: 1000 * ML, range });
    const nonce = asked(bed, action, value);
    done(bed.pump.panel("STOP"));
    permitted(start(bed, { totalNl: 1000 * ML, range }));
    const before = bed.pump.inspect();
    expect(statusName(bed.pump.confirm(nonce).status)).toBe("CONFIRM_STALE");
    expect(bed.pump.inspect()).toMatchObject({ vtbiNl: before.vtbiNl, rateNlPerH: before.rateNlPerH });
  });

  it("waives the soft limit of the command that was shown, not of one that came since", () => {
    const models = [profile(), drug({ continuous: limits("mg/h", { softMax: 7 * MG }) })];
    const bed = ward({ models });
    const shown = start(bed, { dose: 8 * MG }, { lifeS: 10 });
    expect(statusName(shown.status)).toBe("LIMIT_SOFT");
    const mask = shown.verdict!.softMask;
    bed.pump.runFor(5_000);
    const first = bed.pump.panel("OVERRIDE", { mask, reasonCode: 1, confirm: false });
    expect(statusName(first.status)).toBe("CONFIRM_NEEDED");
    bed.pump.runFor(10_000); // the first command's life is over
    const other = start(bed, { dose: 400 * MG });
    expect(statusName(other.status)).toBe("LIMIT_SOFT");
    expect(other.verdict!.softMask).toBe(mask);
    expect(statusName(bed.pump.confirm(first.result!.nonce).status)).toBe("CONFIRM_STALE");
    expect(bed.pump.inspect().phase).toBe(PHASE.IDLE);
  });
});

/** SPEC 6.3: after a reset with the patient token and an age of at most 4 h. */
describe("restoring after a reset", () => {
  it("needs the token also where the program was paused before", () => {
    const bed = running();
    bed.pump.runFor(10_000);
    done(bed.pump.panel("PAUSE"));
    bed.pump.runFor(5_000);
    cycle(bed, 100 * HOUR_MS);
    expect(restored(bed, new Uint8Array(16))).not.toBe("OK");
    expect(restored(bed)).toBe("RESUME_TOO_LATE");
  });

  it.each([10 * HOUR_MS, -1])("is too late for good: a second reset makes nothing of %i ms", (offMs) => {
    const bed = running();
    bed.pump.runFor(10_000);
    bed.pump.powerCycle({ offMs: 1000 }, { offMs });
    expect(restored(bed)).toBe("RESUME_TOO_LATE");
    cycle(bed, 1000);
    expect(restored(bed)).toBe("RESUME_TOO_LATE");
  });

  it("is possible after any number of short ones", () => {
    const bed = running();
    for (let i = 0; i < 3; i++) cycle(bed, 1000);
    expect(restored(bed)).toBe("OK");
  });
});

/** A host that lost only the instance boots another one, and its uptime goes on. */
describe("a new instance under an uptime that goes on", () => {
  const instanceLost = (bed: Bed): void => {
    bed.pump.powerOff();
    expect(bed.pump.powerOn({ cause: BOOT_CAUSE.UNKNOWN, offMs: 0 })).toBe(0);
  };

  it("can be restored at once, however long the pump has been on", () => {
    const bed = running({}, { dose: MG / 10, vtbiNl: 100 * ML });
    bed.device.clock.advanceMs(5 * HOUR_MS);
    bed.pump.runFor(10_000);
    instanceLost(bed);
    expect(restored(bed)).toBe("OK");
  });

  it("does not shorten the interval between two titrations", () => {
    const bed = running({}, { range: RANGE });
    bed.pump.runFor(601_000);
    done(bed.pump.panel("TITRATE", { value: BigInt(6 * MG) }));
    instanceLost(bed);
    expect(restored(bed)).toBe("OK");
    const again = bed.pump.gate.local({ action: LOCAL_ACTION.TITRATE, value: BigInt(7 * MG) });
    expect(statusName(again.status)).toBe("RANGE_INTERVAL");
  });
});
