import { describe, expect, it } from "vitest";
import { BOOT_CAUSE, LOCAL_ACTION, PHASE, SENSOR } from "../../host-sim/gate/names.js";
import { statusName } from "../../host-sim/gate/status.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { done, limits, ML, outcome, PATIENT, permitted, send, titrateBody } from "../support/ward.js";
import {
  begin,
  demand,
  demandWard,
  dose,
  everyCut,
  flowPl,
  HOUR_MS,
  movedPl,
  panel,
  pca,
  programWard,
  runUntil,
  state,
  told,
} from "../support/programs.js";

const DOSE_PL = BigInt(ML) * 1000n;
/** The dose of `demandWard` flows in a minute; the next may come 10 min after its end. */
const DOSE_MS = 60_000;
const LOCKOUT_MS = 600_000;

const given = (bed: Bed): void => runUntil(bed, ({ bolusLeftNl }) => bolusLeftNl === 0n, 120_000);

/** SPEC 6.4 */
describe("a demand", () => {
  it("gives one dose at its own rate, and nothing else flows without a basal rate", () => {
    const bed = demandWard();
    bed.pump.runFor(HOUR_MS);
    expect(movedPl(bed)).toBe(0n);
    expect(bed.pump.grant!.reachStep).toBe(bed.device.motor.report().steps);
    expect(demand(bed)).toBe("OK");
    expect(bed.pump.grant!.rateMaxNlPerH).toBe(60 * ML);
    bed.pump.runFor(DOSE_MS + 2_000);
    expect(movedPl(bed)).toBe(DOSE_PL);
    bed.pump.runFor(HOUR_MS);
    expect(movedPl(bed)).toBe(DOSE_PL);
    expect(told(bed, "LOCAL").map(({ action }) => action)).toEqual([LOCAL_ACTION.DEMAND]);
  });

  it("comes beside the basal rate", () => {
    const bed = demandWard({ basalNlPerH: 2 * ML });
    bed.pump.runFor(HOUR_MS);
    expect(demand(bed)).toBe("OK");
    expect(bed.pump.grant!.rateMaxNlPerH).toBe(62 * ML);
    bed.pump.runFor(HOUR_MS);
    const over = movedPl(bed) - DOSE_PL - flowPl(2 * ML, 2 * HOUR_MS);
    expect(Number(over) / 1000).toBeGreaterThan(-5_000);
    expect(Number(over) / 1000).toBeLessThan(5_000);
  });

  it.each([
    [ML, 100_000],
    [333_333, 12_347],
    [ML, 7_777_000],
    [ML, 300_000_000],
  ])(
    "of %i nL and a motor step of %i pL: any number of doses give no more than they say, and less than a step less",
    (doseNl, plPerStep) => {
      const bed = demandWard({ doseNl, lockoutS: 60 }, {}, { plPerStep });
      for (let i = 1; i <= 20; i++) {
        expect(demand(bed)).toBe("OK");
        given(bed);
        const short = BigInt(doseNl * i) * 1000n - movedPl(bed);
        expect(short, `dose ${i}`).toBeGreaterThanOrEqual(0n);
        expect(short, `dose ${i}`).toBeLessThanOrEqual(BigInt(plPerStep));
        bed.pump.runFor(62_000);
      }
      expect(state(bed)).toMatchObject({ attempts: 20, demands: 20 });
    },
  );

  it("counts every call, also a refused one, and the doses given; no denial is an alarm", () => {
    const bed = demandWard();
    for (let i = 0; i < 5; i++) demand(bed);
    expect(state(bed)).toMatchObject({ attempts: 5, demands: 1, alarms: 0 });
    bed.pump.runFor(DOSE_MS + LOCKOUT_MS + 3_000);
    for (let i = 0; i < 3; i++) demand(bed);
    expect(state(bed)).toMatchObject({ attempts: 8, demands: 2, alarms: 0 });
    done(bed.pump.panel("STOP"));
    bed.pump.runFor(2_000);
    permitted(pca(bed));
    bed.pump.runFor(1_000);
    expect(state(bed)).toMatchObject({ attempts: 0, demands: 0 });
  });

  it("keeps both counts over a reset, once the account has its record", () => {
    const bed = demandWard();
    expect(demand(bed)).toBe("OK");
    for (let i = 0; i < 4; i++) demand(bed);
    bed.pump.runFor(20 * 60_000);
    bed.pump.powerCycle({ offMs: 1000 }, { offMs: 1000 });
    expect(state(bed)).toMatchObject({ attempts: 5, demands: 1 });
  });
});

describe("a demand is refused", () => {
  it("without a program, in one of another mode, and while paused", () => {
    expect(demand(programWard())).toBe("PHASE");
    const drip = programWard();
    permitted(begin(drip, 60 * ML, 10 * ML));
    expect(demand(drip)).toBe("PHASE");
    expect(state(drip).attempts).toBe(0);
    const bed = demandWard();
    done(bed.pump.panel("PAUSE"));
    expect(demand(bed)).toBe("PHASE");
    expect(state(bed).attempts).toBe(1);
    done(bed.pump.panel("RESTORE"));
    expect(demand(bed)).toBe("OK");
  });

  it("while a dose is under way, which goes on", () => {
    const bed = demandWard();
    expect(demand(bed)).toBe("OK");
    bed.pump.runFor(DOSE_MS - 3_000);
    expect(demand(bed)).toBe("BOLUS_ACTIVE");
    given(bed);
    expect(movedPl(bed)).toBe(DOSE_PL);
  });

  it("before the lockout is over, and by less than two seconds longer", () => {
    const bed = demandWard();
    expect(demand(bed)).toBe("OK");
    given(bed);
    const end = Number(bed.device.clock.uptimeMs());
    const press = (): string => statusName(bed.pump.gate.local({ action: LOCAL_ACTION.DEMAND }).status);
    expect(press()).toBe("LOCKOUT");
    // The end may have been up to a second before the tick that saw it.
    bed.pump.runFor(LOCKOUT_MS - 1_010);
    expect(press()).toBe("LOCKOUT");
    while (press() === "LOCKOUT") {
      expect(state(bed).lockoutLeftS).toBeGreaterThan(0);
      bed.device.clock.advanceMs(10);
    }
    expect(state(bed)).toMatchObject({ lockoutLeftS: 0, demands: 2 });
    const waited = Number(bed.device.clock.uptimeMs()) - end;
    expect(waited).toBeGreaterThan(LOCKOUT_MS - 1_000);
    expect(waited).toBeLessThanOrEqual(LOCKOUT_MS + 1_000);
  });

  it("for the whole lockout after a dose that was dropped", () => {
    const bed = demandWard();
    expect(demand(bed)).toBe("OK");
    bed.pump.runFor(20_000);
    done(bed.pump.panel("PAUSE"));
    const moved = movedPl(bed);
    expect(moved).toBeLessThan(DOSE_PL / 2n);
    done(bed.pump.panel("RESTORE"));
    expect(demand(bed)).toBe("LOCKOUT");
    bed.pump.runFor(LOCKOUT_MS - 6_000);
    expect(demand(bed)).toBe("LOCKOUT");
    bed.pump.runFor(6_000);
    expect(demand(bed)).toBe("OK");
    given(bed);
    expect(movedPl(bed) - moved).toBe(DOSE_PL);
  });

  it.each([
    [3 * ML - 1, "TOTAL"],
    [3 * ML, "OK"],
    [3 * ML + 1, "OK"],
  ])("where a bag of %i nL has no third dose of 1 mL left: %s", (vtbiNl, wanted) => {
    const bed = demandWard({ vtbiNl, lockoutS: 60 });
    for (let i = 0; i < 2; i++) {
      expect(demand(bed)).toBe("OK");
      bed.pump.runFor(DOSE_MS + 63_000);
    }
    expect(demand(bed)).toBe(wanted);
  });

  const capped = (capNl: number): Bed => {
    const windows = { unit: limits("mL").unit, limits: { "1h": { hardMax: capNl } } };
    return demandWard({ lockoutS: 60 }, { windows });
  };

  it.each([
    [3 * ML - 1, 2],
    [3 * ML, 3],
    [3 * ML + 1, 3],
    [4 * ML, 4],
  ])("beyond a window of 1 h of %i nL: %i doses, then the limit is named", (capNl, doses) => {
    const bed = capped(capNl);
    for (let i = 0; i < doses; i++) {
      expect(demand(bed)).toBe("OK");
      bed.pump.runFor(DOSE_MS + 63_000);
    }
    const { status, result } = bed.pump.panel("DEMAND");
    expect(statusName(status)).toBe("LIMIT_HARD");
    expect(result!.limit).toBe(27);
    expect(movedPl(bed)).toBe(DOSE_PL * BigInt(doses));
    bed.pump.runFor(HOUR_MS);
    expect(demand(bed)).toBe("OK");
  });

  it("while the interlock input stands, which pauses, with an alarm that a person answers", () => {
    const bed = demandWard();
    expect(demand(bed)).toBe("OK");
    bed.pump.runFor(10_000);
    bed.pump.setSensor(SENSOR.INTERLOCK, true);
    bed.pump.runFor(2_000);
    expect(state(bed)).toMatchObject({ phase: PHASE.PAUSED, bolusLeftNl: 0n, alarms: 1 << 13 });
    expect(demand(bed)).toBe("PHASE");
    // Restored while the input still stands: no tick has seen it clear.
    const { gate } = bed.pump;
    const { nonce } = gate.local({ action: LOCAL_ACTION.RESTORE }).result!;
    expect(statusName(gate.confirm(nonce).status)).toBe("OK");
    expect(state(bed)).toMatchObject({ phase: PHASE.RUNNING, alarms: 0 });
    expect(statusName(gate.local({ action: LOCAL_ACTION.DEMAND }).status)).toBe("INTERLOCK");
    bed.pump.runFor(2_000);
    expect(state(bed).phase).toBe(PHASE.PAUSED);
    bed.pump.setSensor(SENSOR.INTERLOCK, false);
    bed.pump.runFor(LOCKOUT_MS + 5_000);
    done(bed.pump.panel("RESTORE"));
    expect(demand(bed)).toBe("OK");
  });

  it("by a gate whose flash has failed", () => {
    const bed = demandWard({ basalNlPerH: 10 * ML });
    bed.pump.runFor(5_000);
    bed.device.flash.inject({ effect: "program-error", count: Infinity });
    bed.pump.runFor(300_000);
    expect(state(bed).phase).toBe(PHASE.RUNNING);
    expect(demand(bed)).toBe("FLASH_FAILED");
  });

  it("where it and a basal rate that was raised would be too fast for the area", () => {
    const bed = programWard({}, { rateNlPerHMax: 70 * ML });
    permitted(pca(bed, { basalNlPerH: 5 * ML }));
    const raised = outcome(send(bed, titrateBody(bed, { dose: 11 * ML, rateNlPerH: 11 * ML })));
    if (raised === "PERMIT") expect(demand(bed)).toBe("LIMIT_PROFILE");
    else expect(raised).toMatch(/LIMIT_PROFILE|BOLUS_ACTIVE/);
  });
});

describe("the interlock", () => {
  it("is nothing to a program without demands", () => {
    const bed = programWard();
    permitted(begin(bed, 60 * ML, 10 * ML));
    bed.pump.setSensor(SENSOR.INTERLOCK, true);
    bed.pump.runFor(5_000);
    expect(state(bed)).toMatchObject({ phase: PHASE.RUNNING, alarms: 0 });
  });
});

describe("a loading dose before demands", () => {
  const loaded = (): Bed => demandWard({ loading: dose(2 * ML, 120 * ML) });

  it("is a dose under way, and the lockout counts from its end", () => {
    const bed = loaded();
    expect(demand(bed)).toBe("BOLUS_ACTIVE");
    bed.pump.runFor(50_000);
    expect(demand(bed)).toBe("BOLUS_ACTIVE");
    runUntil(bed, ({ step }) => step === 1, 20_000);
    expect(state(bed).rateNlPerH).toBe(0n);
    expect(demand(bed)).toBe("LOCKOUT");
    bed.pump.runFor(LOCKOUT_MS - 6_000);
    expect(demand(bed)).toBe("LOCKOUT");
    bed.pump.runFor(8_000);
    expect(demand(bed)).toBe("OK");
    given(bed);
    const over = Number(movedPl(bed)) / 1000 - 3 * ML;
    expect(Math.abs(over)).toBeLessThanOrEqual(200);
  });

  it("that a reset ended counts toward the lockout: what was reserved of it counts as given", () => {
    const bed = loaded();
    bed.pump.runFor(30_000);
    bed.pump.powerCycle({ offMs: 1000 }, { offMs: 1000 });
    expect(state(bed).deliveredNl).toBeGreaterThanOrEqual(BigInt(2 * ML));
    expect(state(bed).lockoutLeftS).toBeGreaterThan(LOCKOUT_MS / 1000);
    expect(panel(bed, "RESTORE", { patientToken: PATIENT.token })).toBe("OK");
    expect(demand(bed)).toBe("LOCKOUT");
    expect(state(bed)).toMatchObject({ step: 1, rateNlPerH: 0n });
  });
});

describe("a power cut at a demand", () => {
  it("never leaves a drop of a dose without its lockout", () => {
    let begun = 0;
    const act = (bed: Bed): void => {
      demand(bed);
      bed.pump.runFor(DOSE_MS + 3_000);
    };
    for (const { bed, name, movedPl: moved } of everyCut(() => demandWard(), act)) {
      const { phase, deliveredNl, bolusLeftNl, lockoutLeftS } = state(bed);
      expect(phase, name).toBe(PHASE.PAUSED);
      expect(bolusLeftNl, name).toBe(0n);
      expect(deliveredNl * 1000n, name).toBeGreaterThanOrEqual(moved);
      if (moved > 0n) {
        begun++;
        expect(lockoutLeftS, name).toBeGreaterThanOrEqual(LOCKOUT_MS / 1000);
      }
    }
    expect(begun, "cuts after the first drop").toBeGreaterThan(0);
  });

  it("in the middle of a small dose, for which enough was reserved already, leaves its lockout too", () => {
    const bed = demandWard({ basalNlPerH: 60 * ML, doseNl: 50_000, doseRateNlPerH: 60 * ML });
    bed.pump.runFor(5_000);
    const { reservedNl, deliveredNl } = state(bed);
    expect(reservedNl - deliveredNl).toBeGreaterThan(500_000n);
    expect(demand(bed)).toBe("OK");
    bed.pump.runFor(1_000);
    bed.pump.powerCycle({ offMs: 1000 }, { offMs: 1000 });
    expect(state(bed).lockoutLeftS).toBeGreaterThanOrEqual(LOCKOUT_MS / 1000);
  });

  it("in the middle of a dose: the dose is dropped, all of it counts, and so does its lockout", () => {
    const bed = demandWard();
    expect(demand(bed)).toBe("OK");
    bed.pump.runFor(20_000);
    bed.pump.powerCycle({ offMs: 1000 }, { cause: BOOT_CAUSE.WARM, offMs: 1000 });
    expect(state(bed)).toMatchObject({ phase: PHASE.PAUSED, bolusLeftNl: 0n });
    expect(state(bed).deliveredNl).toBeGreaterThanOrEqual(BigInt(ML));
    expect(state(bed).lockoutLeftS).toBeGreaterThanOrEqual(LOCKOUT_MS / 1000);
    expect(panel(bed, "RESTORE", { patientToken: PATIENT.token })).toBe("OK");
    expect(demand(bed)).toBe("LOCKOUT");
  });
});
