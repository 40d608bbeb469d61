import { describe, expect, it } from "vitest";
import { ALARM, PHASE } from "../../host-sim/gate/names.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { bolusBody, done, ML, outcome, PATIENT, permitted, send } from "../support/ward.js";
import {
  begin,
  dose,
  everyCut,
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

const MODE = { CONTINUOUS: 1, SECONDARY: 3 } as const;
const RANGE = { min: 30 * ML, max: 90 * ML, stepMax: 60 * ML, intervalS: 0 };
/** What a grant of the primary, 60 mL/h for 5 s and two motor steps, may still move when it is left. */
const LAST_GRANT_NL = (60 * ML * 5) / 3600 + 200;

/** A primary at 60 mL/h from a bag of 10 mL, 1 mL of it delivered. */
function primary(change: Parameters<typeof begin>[3] = {}): Bed {
  const bed = programWard();
  permitted(begin(bed, 60 * ML, 10 * ML, change));
  bed.pump.runFor(60_000);
  return bed;
}

/** The same, interrupted by 2 mL at 120 mL/h. */
function interrupted(change: Parameters<typeof begin>[3] = {}): Bed {
  const bed = primary(change);
  permitted(interrupt(bed, 120 * ML, 2 * ML));
  return bed;
}

const returned = (bed: Bed): void => runUntil(bed, ({ mode }) => mode !== MODE.SECONDARY, 300_000);

/** SPEC 6.1 */
describe("a secondary", () => {
  it("holds its primary, runs from its own bag, and hands back", () => {
    const bed = primary();
    const before = state(bed);
    permitted(interrupt(bed, 120 * ML, 2 * ML));
    expect(state(bed)).toMatchObject({
      mode: MODE.SECONDARY,
      generation: 2,
      primaryGeneration: 1,
      phase: PHASE.RUNNING,
      deliveredNl: 0n,
      rateNlPerH: BigInt(120 * ML),
    });
    returned(bed);
    const after = state(bed);
    expect(after).toMatchObject({
      mode: MODE.CONTINUOUS,
      generation: 3,
      primaryGeneration: 0,
      phase: PHASE.RUNNING,
      rateNlPerH: BigInt(60 * ML),
      vtbiNl: before.vtbiNl,
      alarms: 0,
    });
    expect(after.deliveredNl).toBeGreaterThanOrEqual(before.deliveredNl);
    expect(Number(after.deliveredNl - before.deliveredNl)).toBeLessThanOrEqual(
      LAST_GRANT_NL + (60 * ML * 6) / 3600,
    );
    expect(bed.pump.account.deliveredPl(2)).toBe(BigInt(2 * ML) * 1000n);
    expect(told(bed, "COMPLETE")).toEqual([
      { generation: 2, deliveredNl: 2 * ML, phase: PHASE.RUNNING, generationAfter: 3 },
    ]);
  });

  it("shows what the primary may still have moved as uncertain, and counts it", () => {
    const bed = interrupted();
    returned(bed);
    const { uncertainNl, deliveredNl } = state(bed);
    expect(Number(uncertainNl)).toBeGreaterThan(0);
    expect(Number(uncertainNl)).toBeLessThanOrEqual(LAST_GRANT_NL);
    const truth = bed.pump.account.deliveredPl(1) + bed.pump.account.deliveredPl(3);
    expect(deliveredNl * 1000n).toBeGreaterThanOrEqual(truth);
  });

  it("leaves a primary that was paused paused", () => {
    const bed = primary();
    done(bed.pump.panel("PAUSE"));
    permitted(interrupt(bed, 120 * ML, 2 * ML));
    expect(state(bed).phase).toBe(PHASE.RUNNING);
    returned(bed);
    expect(state(bed)).toMatchObject({ phase: PHASE.PAUSED, generation: 3, uncertainNl: 0n });
    expect(bed.pump.grant).toBeNull();
    expect(panel(bed, "RESTORE")).toBe("OK");
    expect(state(bed).rateNlPerH).toBe(BigInt(60 * ML));
  });

  it("may come again and again: the primary's bag is not overrun", () => {
    const bed = primary();
    for (let i = 0; i < 4; i++) {
      permitted(interrupt(bed, 120 * ML, ML));
      returned(bed);
      bed.pump.runFor(60_000);
    }
    runUntil(bed, ({ phase }) => phase === PHASE.COMPLETE);
    const truth = Number(movedPl(bed)) / 1000 - 4 * ML;
    expect(truth).toBeLessThanOrEqual(10 * ML);
    expect(truth).toBeGreaterThanOrEqual(10 * ML - Number(state(bed).uncertainNl) - 200);
    expect(Number(state(bed).uncertainNl)).toBeLessThanOrEqual(4 * LAST_GRANT_NL);
  });

  it("takes the signed range with the primary's return, and has none itself", () => {
    const bed = interrupted({ range: RANGE });
    expect(panel(bed, "TITRATE", { value: BigInt(70 * ML) })).toBe("RANGE");
    returned(bed);
    expect(panel(bed, "TITRATE", { value: BigInt(70 * ML) })).toBe("OK");
    expect(state(bed).rateNlPerH).toBe(BigInt(70 * ML));
  });

  it("keeps the reduction of its primary", () => {
    const bed = primary();
    done(bed.pump.panel("REDUCE", { value: BigInt(30 * ML) }));
    permitted(interrupt(bed, 120 * ML, ML));
    returned(bed);
    expect(state(bed)).toMatchObject({ rateNlPerH: BigInt(30 * ML), permittedRateNlPerH: BigInt(60 * ML) });
    expect(panel(bed, "RESTORE")).toBe("OK");
  });

  it("is paused and restored like any program", () => {
    const bed = interrupted();
    done(bed.pump.panel("PAUSE"));
    expect(state(bed)).toMatchObject({ phase: PHASE.PAUSED, mode: MODE.SECONDARY });
    done(bed.pump.panel("RESTORE"));
    returned(bed);
    expect(state(bed).phase).toBe(PHASE.RUNNING);
    expect(bed.pump.account.deliveredPl(2)).toBe(BigInt(2 * ML) * 1000n);
  });
});

describe.each([
  ["at the panel", (bed: Bed) => void done(bed.pump.panel("STOP"))],
  ["by signature", (bed: Bed) => void permitted(send(bed, { kind: "stop" }))],
])("a stop of a secondary %s", (_how, stop) => {
  it("leaves the primary paused, with its volumes; a second stop ends it", () => {
    const bed = interrupted();
    bed.pump.runFor(10_000);
    stop(bed);
    expect(state(bed)).toMatchObject({
      phase: PHASE.PAUSED,
      mode: MODE.CONTINUOUS,
      generation: 3,
      primaryGeneration: 0,
      vtbiNl: BigInt(10 * ML),
    });
    expect(Number(state(bed).deliveredNl)).toBeGreaterThan(ML);
    expect(Number(state(bed).deliveredNl)).toBeLessThan(ML * 1.2);
    bed.pump.runFor(10_000);
    expect(bed.pump.grant).toBeNull();
    stop(bed);
    expect(state(bed)).toMatchObject({ phase: PHASE.IDLE, generation: 3 });
  });

  it("lets the primary be restored, and be given a new bag at once", () => {
    const bed = interrupted({ totalNl: 20 * ML });
    bed.pump.runFor(10_000);
    stop(bed);
    expect(panel(bed, "NEW_BAG", { value: BigInt(19 * ML) })).toBe("TOTAL");
    expect(panel(bed, "NEW_BAG", { value: BigInt(18 * ML) })).toBe("OK");
    expect(panel(bed, "RESTORE")).toBe("OK");
    expect(state(bed)).toMatchObject({ phase: PHASE.RUNNING, rateNlPerH: BigInt(60 * ML) });
  });
});

describe("a secondary is refused", () => {
  it("without a program", () => {
    expect(outcome(interrupt(programWard(), 120 * ML, ML))).toBe("PHASE");
  });

  it("of its primary's own ingredient", () => {
    const bed = primary();
    expect(outcome(begin(bed, 60 * ML, ML, { mode: "secondary" }))).toBe("ORDER");
  });

  it("beside a bolus", () => {
    const bed = primary();
    permitted(send(bed, bolusBody(bed, dose(ML, 60 * ML))));
    expect(outcome(interrupt(bed, 120 * ML, ML))).toBe("BOLUS_ACTIVE");
  });

  it("over another secondary, a PCA, a finished bag, or a step to come", () => {
    expect(outcome(interrupt(interrupted(), 120 * ML, ML))).toBe("PHASE");
    const demands = programWard();
    permitted(pca(demands));
    expect(outcome(interrupt(demands, 120 * ML, ML))).toBe("PHASE");
    const finished = primary();
    finished.pump.runFor(HOUR_MS);
    expect(outcome(interrupt(finished, 120 * ML, ML))).toBe("PHASE");
    const steps = [step(2 * ML, 30 * ML)];
    const bed = primary({ steps });
    expect(outcome(interrupt(bed, 120 * ML, ML))).toBe("PHASE");
    runUntil(bed, (now) => now.step === 1);
    expect(outcome(interrupt(bed, 120 * ML, ML))).toBe("PERMIT");
    returned(bed);
    expect(state(bed)).toMatchObject({ step: 1, rateNlPerH: BigInt(30 * ML) });
  });
});

describe("a reset during a secondary", () => {
  const reset = (bed: Bed): void => {
    bed.pump.powerCycle({ offMs: 1000 }, { offMs: 1000 });
    bed.desk.open();
  };
  const restored = (bed: Bed, patientToken: Uint8Array) => panel(bed, "RESTORE", { patientToken });

  it("pauses it; restored, it hands back to a primary that runs", () => {
    const bed = primary();
    permitted(interrupt(bed, 120 * ML, 5 * ML));
    bed.pump.runFor(10_000);
    reset(bed);
    expect(state(bed)).toMatchObject({ phase: PHASE.PAUSED, mode: MODE.SECONDARY, primaryGeneration: 1 });
    expect(restored(bed, PATIENT.token)).toBe("OK");
    returned(bed);
    expect(state(bed)).toMatchObject({ phase: PHASE.RUNNING, generation: 3 });
    const truth = bed.pump.account.deliveredPl(1) + bed.pump.account.deliveredPl(3);
    expect(state(bed).deliveredNl * 1000n).toBeGreaterThanOrEqual(truth);
  });

  it("and a stop afterwards: the primary still asks whose it is", () => {
    const bed = interrupted();
    reset(bed);
    done(bed.pump.panel("STOP"));
    expect(state(bed)).toMatchObject({ phase: PHASE.PAUSED, mode: MODE.CONTINUOUS });
    expect(restored(bed, new Uint8Array(16))).toBe("PATIENT");
    expect(restored(bed, PATIENT.token)).toBe("OK");
  });

  it("keeps what was uncertain of the primary over the return and the next reset", () => {
    const bed = programWard();
    permitted(begin(bed, 60 * ML, 10 * ML));
    bed.pump.runFor(30_000);
    reset(bed);
    expect(restored(bed, PATIENT.token)).toBe("OK");
    const { uncertainNl } = state(bed);
    expect(uncertainNl).toBeGreaterThan(0n);
    permitted(interrupt(bed, 120 * ML, ML));
    expect(state(bed).uncertainNl).toBe(0n);
    returned(bed);
    expect(state(bed).uncertainNl).toBeGreaterThanOrEqual(uncertainNl);
    const counted = state(bed).uncertainNl;
    reset(bed);
    expect(state(bed).uncertainNl).toBeGreaterThanOrEqual(counted);
  });
});

describe("a power cut where a secondary begins or ends", () => {
  interface Truth {
    readonly primaryPl: bigint;
    readonly secondaryPl: bigint;
  }
  /** What the motor moved, by program: the secondary is generation 2. */
  const truth = (bed: Bed): Truth => {
    const { account } = bed.pump;
    return {
      primaryPl: account.deliveredPl(1) + account.deliveredPl(3),
      secondaryPl: account.deliveredPl(2),
    };
  };

  it("at its start leaves either program, counted in full", () => {
    const seen = new Set<number>();
    for (const { bed, name } of everyCut(
      primary,
      (cut) => void permitted(interrupt(cut, 120 * ML, 2 * ML)),
    )) {
      const { mode, phase, deliveredNl, primaryGeneration } = state(bed);
      seen.add(mode);
      expect(phase, name).toBe(PHASE.PAUSED);
      expect(primaryGeneration, name).toBe(mode === MODE.SECONDARY ? 1 : 0);
      const { primaryPl, secondaryPl } = truth(bed);
      const counted = mode === MODE.SECONDARY ? secondaryPl : primaryPl;
      expect(deliveredNl * 1000n, name).toBeGreaterThanOrEqual(counted);
      if (mode === MODE.SECONDARY) {
        done(bed.pump.panel("STOP"));
        expect(state(bed).deliveredNl * 1000n, name).toBeGreaterThanOrEqual(primaryPl);
      }
    }
    expect([...seen].sort()).toEqual([MODE.CONTINUOUS, MODE.SECONDARY]);
  });

  it("at the end of its bag leaves the secondary with an empty bag or the primary, and no drop is lost", () => {
    const near = (): Bed => {
      const bed = interrupted();
      runUntil(bed, ({ deliveredNl }) => Number(deliveredNl) > 2 * ML - 40_000, 300_000);
      return bed;
    };
    const seen = new Set<number>();
    for (const { bed, name } of everyCut(near, returned, { offMs: 1000 }, 1)) {
      const { mode, phase } = state(bed);
      seen.add(mode);
      expect(phase, name).toBe(PHASE.PAUSED);
      const restored = panel(bed, "RESTORE", { patientToken: PATIENT.token });
      // What is uncertain may have used up the secondary's bag: then only a stop is left of it.
      if (restored !== "OK") done(bed.pump.panel("STOP"));
      else if (mode === MODE.SECONDARY) returned(bed);
      const { primaryPl, secondaryPl } = truth(bed);
      expect(state(bed).mode, name).toBe(MODE.CONTINUOUS);
      expect(state(bed).deliveredNl * 1000n, name).toBeGreaterThanOrEqual(primaryPl);
      expect(secondaryPl, name).toBeLessThanOrEqual(BigInt(2 * ML) * 1000n);
    }
    expect(seen.size).toBe(2);
  });

  it("at a stop leaves the one or the other, paused", () => {
    for (const { bed, name } of everyCut(interrupted, (cut) => void done(cut.pump.panel("STOP")))) {
      expect(state(bed).phase, name).toBe(PHASE.PAUSED);
      expect(state(bed).alarms & ALARM.VTBI_DONE, name).toBe(0);
    }
  });
});
