import { describe, expect, it } from "vitest";
import { ALARM, LOCAL_ACTION, PHASE } from "../../host-sim/gate/names.js";
import { statusName } from "../../host-sim/gate/status.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import {
  bolus,
  done,
  drug,
  limits,
  MG,
  ML,
  outcome,
  PATIENT,
  permitted,
  profile,
  running,
  start,
  titrate,
  titrateBody,
  send,
  ward,
} from "../support/ward.js";
import { everyCut, panel, state, told } from "../support/programs.js";

/** 1 mg/mL by weight: at 70 kg 0.1 mg/kg/h are 7 mL/h. */
const BY_WEIGHT = [
  profile(),
  drug({ continuous: limits("mg/kg/h"), bolusDose: limits("mg/kg"), bolusRate: limits("mg/h") }),
];
const RANGE = { min: MG / 20, max: MG / 5, stepMax: MG / 5, intervalS: 0 };

const weighed = (): Bed => running({ models: BY_WEIGHT }, { dose: MG / 10, range: RANGE });
const reweigh = (bed: Bed, weightG: number) => bed.associate({ ...PATIENT, weightG });
const rate = (bed: Bed): number => Number(state(bed).rateNlPerH);
const alarms = (bed: Bed): number => (bed.pump.tick(), bed.pump.journal.samples.at(-1)!.alarms);

/** SPEC 6.4 */
describe("measures of an associate while a program runs", () => {
  it("wait, with an alarm, until they are confirmed at the panel; the rate stays", () => {
    const bed = weighed();
    permitted(reweigh(bed, 80_000));
    expect(state(bed)).toMatchObject({
      weightG: 70_000,
      weightNextG: 80_000,
      bsaNextCm2: 18_000,
      areaNext: 1,
    });
    expect(alarms(bed) & ALARM.MEASURES).toBe(ALARM.MEASURES);
    expect(state(bed).alarms).toBe(0);
    expect(panel(bed, "MEASURES")).toBe("OK");
    expect(state(bed)).toMatchObject({ weightG: 80_000, weightNextG: 0, bsaNextCm2: 0, areaNext: 0 });
    expect(alarms(bed) & ALARM.MEASURES).toBe(0);
    expect(rate(bed)).toBe(7 * ML);
    expect(told(bed, "LOCAL").map(({ action }) => action)).toEqual([LOCAL_ACTION.MEASURES]);
    permitted(titrate(bed, { dose: MG / 10 }));
    expect(rate(bed)).toBe(8 * ML);
  });

  it("need a second step", () => {
    const bed = weighed();
    permitted(reweigh(bed, 80_000));
    expect(panel(bed, "MEASURES", { confirm: false })).toBe("CONFIRM_NEEDED");
    expect(state(bed).weightG).toBe(70_000);
  });

  it("are confirmed once, and not if none wait", () => {
    expect(panel(weighed(), "MEASURES")).toBe("NOTHING");
    expect(panel(ward(), "MEASURES")).toBe("NOTHING");
    const bed = weighed();
    permitted(reweigh(bed, 80_000));
    expect(panel(bed, "MEASURES")).toBe("OK");
    expect(panel(bed, "MEASURES")).toBe("NOTHING");
  });

  it.each<[string, Parameters<Bed["associate"]>[0]]>([
    ["weight", { ...PATIENT, weightG: 80_001 }],
    ["surface", { ...PATIENT, weightG: 80_000, bsaCm2: 18_001 }],
    ["area", { ...PATIENT, weightG: 80_000, area: 2 }],
  ])("are those that the first step was about: another %s came between", (_what, again) => {
    const bed = weighed();
    permitted(reweigh(bed, 80_000));
    const { nonce } = bed.pump.panel("MEASURES", { confirm: false }).result!;
    permitted(bed.associate(again));
    expect(statusName(bed.pump.confirm(nonce).status)).toBe("CONFIRM_STALE");
    expect(state(bed).weightG).toBe(70_000);
    expect(panel(bed, "MEASURES")).toBe("OK");
  });

  it("hold at once where there is no program", () => {
    const bed = ward();
    permitted(reweigh(bed, 80_000));
    expect(state(bed)).toMatchObject({ weightG: 80_000, weightNextG: 0 });
    expect(alarms(bed)).toBe(0);
  });

  it("of another patient are refused", () => {
    const bed = weighed();
    expect(outcome(bed.associate({ ...PATIENT, token: new Uint8Array(16).fill(9) }))).toBe("ASSOCIATED");
    expect(state(bed).weightNextG).toBe(0);
  });
});

describe("while measures wait", () => {
  const waiting = (): Bed => {
    const bed = weighed();
    permitted(reweigh(bed, 80_000));
    return bed;
  };

  it("nothing goes up: neither signed nor at the panel", () => {
    const bed = waiting();
    expect(outcome(titrate(bed, { dose: MG / 8 }))).toBe("MEASURES");
    expect(outcome(bolus(bed, { dose: MG / 100 }))).toBe("MEASURES");
    expect(panel(bed, "TITRATE", { value: BigInt(MG / 8) })).toBe("MEASURES");
    expect(rate(bed)).toBe(7 * ML);
    done(bed.pump.panel("STOP"));
    expect(outcome(start(bed, { dose: MG / 10 }))).toBe("MEASURES");
    done(bed.pump.panel("MEASURES"));
    permitted(start(bed, { dose: MG / 10, rateNlPerH: 8 * ML }));
  });

  it("everything goes down and on: reductions, pause and restore, a new bag", () => {
    const bed = waiting();
    expect(panel(bed, "TITRATE", { value: BigInt((MG * 7) / 100) })).toBe("OK");
    expect(panel(bed, "REDUCE", { value: BigInt(ML) })).toBe("OK");
    expect(panel(bed, "PAUSE")).toBe("OK");
    expect(panel(bed, "RESTORE")).toBe("OK");
    expect(panel(bed, "NEW_BAG", { value: BigInt(ML) })).toBe("OK");
    expect(outcome(send(bed, titrateBody(bed, { dose: MG / 20, rateNlPerH: 3_500_000 })))).toBe("PERMIT");
  });

  it("a disassociation forgets them", () => {
    const bed = waiting();
    done(bed.pump.panel("STOP"));
    expect(alarms(bed) & ALARM.MEASURES).toBe(ALARM.MEASURES);
    permitted(send(bed, { kind: "disassociate" }));
    expect(alarms(bed) & ALARM.MEASURES).toBe(0);
    expect(panel(bed, "MEASURES")).toBe("NOTHING");
    expect(state(bed)).toMatchObject({ weightG: 0, weightNextG: 0 });
  });

  it("a reset keeps them", () => {
    const bed = waiting();
    bed.pump.powerCycle({ offMs: 1000 }, { offMs: 1000 });
    expect(state(bed)).toMatchObject({ weightG: 70_000, weightNextG: 80_000, phase: PHASE.PAUSED });
    expect(panel(bed, "MEASURES")).toBe("OK");
  });

  it("the panel titrates by the measures that hold: a lower dose may be a higher rate afterwards, and is asked about", () => {
    const bed = waiting();
    done(bed.pump.panel("MEASURES"));
    const lower = bed.pump.panel("TITRATE", { value: BigInt((MG * 9) / 100), confirm: false });
    expect(statusName(lower.status)).toBe("CONFIRM_NEEDED");
    expect(panel(bed, "TITRATE", { value: BigInt((MG * 8) / 100), confirm: false })).toBe("OK");
    expect(rate(bed)).toBe((8 * 80 * ML) / 100);
  });

  it("a power cut at the confirmation leaves the old ones or the new", () => {
    const seen = new Set<number>();
    for (const { bed, name } of everyCut(waiting, (cut) => void done(cut.pump.panel("MEASURES")))) {
      const { weightG, weightNextG } = state(bed);
      seen.add(weightG);
      expect(weightNextG, name).toBe(weightG === 70_000 ? 80_000 : 0);
    }
    expect([...seen].sort()).toEqual([70_000, 80_000]);
  });
});
