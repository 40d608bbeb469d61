import { describe, expect, it } from "vitest";
import { PHASE } from "../../host-sim/gate/names.js";
import { statusName } from "../../host-sim/gate/status.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { done, drug, limits, MG, ML, permitted, profile, running, start, ward } from "../support/ward.js";

const RANGE = { min: MG, max: 20 * MG, stepMax: MG, intervalS: 600 };

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
