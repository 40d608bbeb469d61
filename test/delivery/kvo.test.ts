import { describe, expect, it } from "vitest";
import { FLAG_KVO, FLAG_OVERRIDE, type Profile } from "../../host-sim/authority/library/model.js";
import { ALARM, PHASE, SENSOR } from "../../host-sim/gate/names.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { done, limits, ML, outcome, PATIENT, permitted, send, titrateBody } from "../support/ward.js";
import {
  begin,
  everyCut,
  flowPl,
  HOUR_MS,
  interrupt,
  movedPl,
  panel,
  pca,
  programWard,
  runUntil,
  state,
  step,
  told,
} from "../support/programs.js";

const KVO_RATE = 2 * ML;
const BAG_NL = ML;
const ENTRY = { flags: FLAG_OVERRIDE | FLAG_KVO };
const AREA: Partial<Profile> = { kvoRateNlPerH: KVO_RATE };
/** As provisioned. */
const KVO_MS = 3_600_000;

/** A bag of 1 mL at 60 mL/h, delivered. */
function emptied(rateNlPerH = 60 * ML, entry: object = ENTRY, area: Partial<Profile> = AREA): Bed {
  const bed = programWard(entry, area);
  permitted(begin(bed, rateNlPerH, BAG_NL, { totalNl: 10 * ML }));
  bed.pump.runFor((BAG_NL / rateNlPerH) * HOUR_MS + 3_000);
  return bed;
}

const alarms = (bed: Bed): number => bed.pump.journal.samples.at(-1)!.alarms;

/** SPEC 6.6 */
describe("KVO", () => {
  it("follows the end of a bag at the profile's rate, with its alarms and record", () => {
    const bed = emptied();
    expect(state(bed)).toMatchObject({
      phase: PHASE.KVO,
      rateNlPerH: BigInt(KVO_RATE),
      permittedRateNlPerH: BigInt(60 * ML),
      alarms: ALARM.VTBI_DONE,
    });
    expect(alarms(bed) & (ALARM.KVO | ALARM.VTBI_DONE)).toBe(ALARM.KVO | ALARM.VTBI_DONE);
    expect(bed.pump.grant).toMatchObject({ phase: PHASE.KVO, generation: 1, rateMaxNlPerH: KVO_RATE });
    expect(told(bed, "COMPLETE")).toEqual([
      { generation: 1, deliveredNl: BAG_NL, phase: PHASE.KVO, generationAfter: 1 },
    ]);
  });

  it("ends after its time of flow, to a motor step, and what flowed counts", () => {
    const bed = emptied();
    bed.pump.runFor(KVO_MS - 10_000);
    expect(state(bed).phase).toBe(PHASE.KVO);
    bed.pump.runFor(20_000);
    expect(state(bed)).toMatchObject({ phase: PHASE.COMPLETE, alarms: ALARM.VTBI_DONE });
    expect(alarms(bed) & ALARM.KVO).toBe(0);
    const wanted = BigInt(BAG_NL) * 1000n + flowPl(KVO_RATE, KVO_MS);
    expect(movedPl(bed)).toBe(wanted);
    expect(state(bed).deliveredNl).toBe(wanted / 1000n);
    expect(told(bed, "COMPLETE").map(({ phase }) => phase)).toEqual([PHASE.KVO, PHASE.COMPLETE]);
    bed.pump.runFor(HOUR_MS);
    expect(movedPl(bed)).toBe(wanted);
  });

  it.each([
    [60 * ML, KVO_RATE, KVO_RATE],
    [KVO_RATE, KVO_RATE, KVO_RATE],
    [KVO_RATE - 10_000, KVO_RATE, KVO_RATE - 10_000],
    [60 * ML, ML + 9_999, ML],
    [60 * ML, 10_000, 10_000],
  ])("of an order of %i nL/h where the area has %i nL/h runs at %i", (rateNlPerH, kvoRateNlPerH, wanted) => {
    const bed = emptied(rateNlPerH, ENTRY, { kvoRateNlPerH });
    expect(state(bed)).toMatchObject({ phase: PHASE.KVO, rateNlPerH: BigInt(wanted) });
  });

  it("runs no faster than what a person reduced to", () => {
    const bed = programWard(ENTRY, AREA);
    permitted(begin(bed, 60 * ML, BAG_NL));
    done(bed.pump.panel("REDUCE", { value: BigInt(ML) }));
    bed.pump.runFor(HOUR_MS + 5_000);
    expect(state(bed)).toMatchObject({ phase: PHASE.KVO, rateNlPerH: BigInt(ML) });
  });

  it.each<[string, object, Partial<Profile>]>([
    ["an entry without its flag", {}, AREA],
    ["an area without a rate", ENTRY, {}],
    ["a rate below the pump's step", ENTRY, { kvoRateNlPerH: 9_999 }],
  ])("does not follow: %s", (_why, entry, area) => {
    expect(state(emptied(60 * ML, entry, area)).phase).toBe(PHASE.COMPLETE);
  });

  it.each([
    [0, PHASE.COMPLETE],
    [1, PHASE.KVO],
  ])("with a pump that is configured to %i s of it: phase %i", (kvoSMax, phase) => {
    const bed = programWard(ENTRY, AREA);
    const { engineer } = bed.hospital.keys;
    const configuration = { nearEndS: 300, pausedLongS: 600, kvoSMax };
    permitted(send(bed, { kind: "configure", configuration }, { key: engineer, token: new Uint8Array(16) }));
    permitted(begin(bed, 60 * ML, BAG_NL));
    runUntil(bed, (now) => now.phase !== PHASE.RUNNING, 70_000);
    expect(state(bed).phase).toBe(phase);
    bed.pump.runFor(4_000);
    expect(state(bed).phase).toBe(PHASE.COMPLETE);
  });

  it("does not follow a PCA; of a secondary the primary follows", () => {
    const demands = programWard(ENTRY, AREA);
    permitted(pca(demands, { basalNlPerH: 60 * ML, vtbiNl: 2 * ML }));
    demands.pump.runFor(130_000);
    expect(state(demands).phase).toBe(PHASE.COMPLETE);
    const bed = programWard(ENTRY, AREA);
    permitted(begin(bed, 60 * ML, 10 * ML));
    bed.pump.runFor(5_000);
    permitted(interrupt(bed, 60 * ML, ML));
    bed.pump.runFor(65_000);
    expect(state(bed)).toMatchObject({ phase: PHASE.RUNNING, generation: 3 });
  });

  it.each([
    [BAG_NL + KVO_RATE - 1, PHASE.COMPLETE],
    [BAG_NL + KVO_RATE, PHASE.KVO],
    [BAG_NL + KVO_RATE + 1, PHASE.KVO],
  ])("within a window of %i nL in 4 h: phase %i", (hardMax, phase) => {
    const windows = { unit: limits("mL").unit, limits: { "4h": { hardMax } } };
    expect(state(emptied(60 * ML, { ...ENTRY, windows })).phase).toBe(phase);
  });

  it("follows the last step of a program, and keeps its order's rate for the next bag", () => {
    const bed = programWard(ENTRY, AREA);
    permitted(begin(bed, 60 * ML, 2 * ML, { totalNl: 10 * ML, steps: [step(ML, 30 * ML)] }));
    bed.pump.runFor(190_000);
    expect(state(bed)).toMatchObject({ phase: PHASE.KVO, step: 1 });
    done(bed.pump.panel("NEW_BAG", { value: BigInt(ML) }));
    done(bed.pump.panel("RESTORE"));
    expect(state(bed)).toMatchObject({ phase: PHASE.RUNNING, rateNlPerH: BigInt(30 * ML) });
  });
});

describe("KVO becomes COMPLETE", () => {
  it.each<[string, (bed: Bed) => unknown]>([
    ["by PAUSE", (bed) => done(bed.pump.panel("PAUSE"))],
    ["by a signed pause", (bed) => permitted(send(bed, { kind: "pause" }))],
    ["by an occlusion", (bed) => bed.pump.setSensor(SENSOR.OCCLUSION, true)],
    ["by air", (bed) => bed.pump.setSensor(SENSOR.AIR, true)],
    ["by a reset", (bed) => bed.pump.powerCycle({ offMs: 100 }, { cause: 1, offMs: 100 })],
  ])("%s, and nothing flows", (_how, act) => {
    const bed = emptied();
    bed.pump.runFor(60_000);
    act(bed);
    bed.pump.runFor(2_000);
    expect(state(bed)).toMatchObject({ phase: PHASE.COMPLETE, rateNlPerH: BigInt(60 * ML) });
    const moved = movedPl(bed);
    expect(state(bed).deliveredNl * 1000n).toBeGreaterThanOrEqual(moved);
    bed.pump.runFor(60_000);
    expect(movedPl(bed)).toBe(moved);
    expect(panel(bed, "RESTORE", { patientToken: PATIENT.token })).toBe("PHASE");
  });
});

describe("during KVO", () => {
  it("a new bag waits at the order's rate for a person to restore it, or a signed resume", () => {
    const bed = emptied();
    done(bed.pump.panel("NEW_BAG", { value: BigInt(ML) }));
    expect(state(bed)).toMatchObject({ phase: PHASE.PAUSED, alarms: 0, rateNlPerH: BigInt(60 * ML) });
    permitted(send(bed, { kind: "resume" }));
    expect(state(bed)).toMatchObject({ phase: PHASE.RUNNING, rateNlPerH: BigInt(60 * ML) });
    const before = movedPl(bed);
    bed.pump.runFor(65_000);
    expect(state(bed).phase).toBe(PHASE.KVO);
    expect(movedPl(bed) - before).toBeGreaterThanOrEqual(BigInt(ML) * 1000n);
  });

  it("what flowed counts toward the order's total", () => {
    const bed = emptied();
    bed.pump.runFor(600_000);
    const left = 10 * ML - Number(state(bed).deliveredNl);
    expect(left).toBeLessThan(9 * ML - KVO_RATE / 7);
    expect(outcome(send(bed, { kind: "new bag", vtbiNl: 9 * ML }))).toBe("TOTAL");
    done(bed.pump.panel("PAUSE"));
    bed.pump.runFor(2_000);
    const now = 10 * ML - Number(state(bed).deliveredNl);
    expect(panel(bed, "NEW_BAG", { value: BigInt(now + 1) })).toBe("TOTAL");
    expect(panel(bed, "NEW_BAG", { value: BigInt(now) })).toBe("OK");
  });

  it("nothing reduces, restores or titrates, and no bolus is given", () => {
    const bed = emptied();
    expect(panel(bed, "REDUCE", { value: BigInt(ML) })).toBe("PHASE");
    expect(panel(bed, "RESTORE")).toBe("PHASE");
    expect(panel(bed, "TITRATE", { value: BigInt(ML) })).toBe("PHASE");
    expect(outcome(send(bed, titrateBody(bed, { dose: ML, rateNlPerH: ML })))).toBe("PHASE");
    expect(outcome(send(bed, { kind: "resume" }))).toBe("PHASE");
    expect(state(bed)).toMatchObject({ phase: PHASE.KVO, rateNlPerH: BigInt(KVO_RATE) });
  });

  it("a stop ends it", () => {
    const bed = emptied();
    done(bed.pump.panel("STOP"));
    expect(state(bed)).toMatchObject({ phase: PHASE.IDLE, alarms: 0 });
  });
});

describe("a power cut at the end of a bag that KVO follows", () => {
  it("leaves PAUSED with an empty bag, or COMPLETE, and counts what flowed", () => {
    const near = (): Bed => {
      const bed = programWard(ENTRY, AREA);
      permitted(begin(bed, 60 * ML, BAG_NL));
      bed.pump.runFor(56_000);
      return bed;
    };
    const act = (bed: Bed): void => bed.pump.runFor(10_000);
    const seen = new Set<number>();
    for (const { bed, name, movedPl: moved } of everyCut(near, act)) {
      const { phase, deliveredNl } = state(bed);
      seen.add(phase);
      expect([PHASE.PAUSED, PHASE.COMPLETE], name).toContain(phase);
      expect(deliveredNl * 1000n, name).toBeGreaterThanOrEqual(moved);
      bed.pump.runFor(60_000);
      expect(movedPl(bed), name).toBe(moved);
    }
    expect(seen.size).toBe(2);
  });
});
