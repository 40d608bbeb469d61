import { describe, expect, it } from "vitest";
import { FLAG_OVERRIDE, FLAG_RESUME } from "../../host-sim/authority/library/model.js";
import { ALARM, BOOT_CAUSE, LOCAL_ACTION, PHASE, SENSOR } from "../../host-sim/gate/names.js";
import { statusName } from "../../host-sim/gate/status.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { bolusBody, done, ML, outcome, PATIENT, permitted, send } from "../support/ward.js";
import {
  begin,
  dose,
  everyCut,
  interrupt,
  movedPl,
  panel,
  pca,
  programWard,
  runUntil,
  state,
  told,
} from "../support/programs.js";

const { POWER_ON, WARM, UNKNOWN } = BOOT_CAUSE;
const RESUMES = { flags: FLAG_OVERRIDE | FLAG_RESUME };

function running(entry: object = {}): Bed {
  const bed = programWard(entry);
  permitted(begin(bed, 60 * ML, 10 * ML));
  bed.pump.runFor(10_000);
  return bed;
}

function reset(bed: Bed, cause: number, offMs: number): void {
  bed.pump.powerCycle({ offMs: Math.max(offMs, 0) }, { cause, offMs });
  bed.desk.open();
}

/** SPEC 6.5; the root policy of the test's hospital says nothing of restarts, so 5 s count. */
describe("a program that ran goes on by itself", () => {
  it.each([
    [WARM, 0, true],
    [WARM, 4_999, true],
    [WARM, 5_000, true],
    [WARM, 5_001, false],
    [WARM, -1, false],
    [POWER_ON, 0, false],
    [UNKNOWN, 0, false],
  ])("after a boot of cause %i and %i ms: %s", (cause, offMs, goesOn) => {
    const bed = running();
    reset(bed, cause, offMs);
    expect(state(bed).phase).toBe(goesOn ? PHASE.RUNNING : PHASE.PAUSED);
    expect(state(bed).alarms).toBe(goesOn ? ALARM.RESTARTED : 0);
    const moved = movedPl(bed);
    bed.pump.runFor(10_000);
    expect(movedPl(bed) > moved).toBe(goesOn);
  });

  it.each([
    [POWER_ON, 59_999, true],
    [POWER_ON, 60_000, true],
    [UNKNOWN, 60_000, true],
    [WARM, 60_000, true],
    [POWER_ON, 60_001, false],
    [WARM, 60_001, false],
    [POWER_ON, -1, false],
  ])("if its entry says so, after cause %i and %i ms: %s", (cause, offMs, goesOn) => {
    const bed = running(RESUMES);
    reset(bed, cause, offMs);
    expect(state(bed).phase).toBe(goesOn ? PHASE.RUNNING : PHASE.PAUSED);
  });

  it("at the rate it ran at, with what was reserved counted, and to the end of its bag", () => {
    const bed = running();
    done(bed.pump.panel("REDUCE", { value: BigInt(30 * ML) }));
    reset(bed, WARM, 1_000);
    expect(state(bed)).toMatchObject({ rateNlPerH: BigInt(30 * ML), permittedRateNlPerH: BigInt(60 * ML) });
    expect(state(bed).deliveredNl * 1000n).toBeGreaterThanOrEqual(movedPl(bed));
    runUntil(bed, ({ phase }) => phase === PHASE.COMPLETE);
    expect(movedPl(bed)).toBeLessThanOrEqual(BigInt(10 * ML) * 1000n);
    expect(movedPl(bed)).toBeGreaterThanOrEqual(
      (BigInt(10 * ML) - state(bed).uncertainNl) * 1000n - 200_000n,
    );
  });

  it("again and again: nothing is under-counted, and the bag is never overrun", () => {
    const bed = running();
    for (let i = 0; i < 8; i++) {
      reset(bed, WARM, 700 * i);
      expect(state(bed).phase).toBe(PHASE.RUNNING);
      expect(state(bed).deliveredNl * 1000n).toBeGreaterThanOrEqual(movedPl(bed));
      bed.pump.runFor(7_000);
    }
    bed.pump.runFor(600_000);
    expect(state(bed).phase).toBe(PHASE.COMPLETE);
    expect(movedPl(bed)).toBeLessThanOrEqual(BigInt(10 * ML) * 1000n);
  });

  it("as a secondary, whose primary follows", () => {
    const bed = running();
    permitted(interrupt(bed, 60 * ML, 3 * ML));
    bed.pump.runFor(10_000);
    reset(bed, WARM, 1_000);
    expect(state(bed)).toMatchObject({ phase: PHASE.RUNNING, mode: 3, alarms: ALARM.RESTARTED });
    runUntil(bed, ({ mode }) => mode === 1, 200_000);
    expect(state(bed).phase).toBe(PHASE.RUNNING);
  });

  it("with its record: the boot tells the phase, and no token is asked for later", () => {
    const bed = running();
    reset(bed, WARM, 1_000);
    expect(told(bed, "BOOT").at(-1)).toMatchObject({ cause: WARM, offMs: 1_000, phase: PHASE.RUNNING });
    done(bed.pump.panel("PAUSE"));
    expect(panel(bed, "RESTORE")).toBe("OK");
  });

  it("and a titration waits its interval from the boot", () => {
    const bed = programWard();
    const range = { min: ML, max: 90 * ML, stepMax: 90 * ML, intervalS: 60 };
    permitted(begin(bed, 60 * ML, 10 * ML, { range }));
    bed.pump.runFor(70_000);
    reset(bed, WARM, 1_000);
    expect(panel(bed, "TITRATE", { value: BigInt(50 * ML) })).toBe("RANGE_INTERVAL");
    bed.pump.runFor(60_000);
    expect(panel(bed, "TITRATE", { value: BigInt(50 * ML) })).toBe("OK");
  });
});

/** Air in the line, for a tick. */
function breathe(bed: Bed): void {
  bed.pump.setSensor(SENSOR.AIR, true);
  bed.pump.runFor(1_500);
}

describe("a program does not go on by itself", () => {
  const after = (bed: Bed): number => {
    reset(bed, WARM, 0);
    return state(bed).phase;
  };

  it("if it is a PCA", () => {
    const bed = programWard(RESUMES);
    permitted(pca(bed, { basalNlPerH: 5 * ML }));
    bed.pump.runFor(10_000);
    expect(after(bed)).toBe(PHASE.PAUSED);
  });

  it("while a bolus was under way; after it does", () => {
    const bed = running(RESUMES);
    permitted(send(bed, bolusBody(bed, dose(ML, 120 * ML))));
    bed.pump.runFor(5_000);
    expect(after(bed)).toBe(PHASE.PAUSED);
    const over = running(RESUMES);
    permitted(send(over, bolusBody(over, dose(ML, 120 * ML))));
    runUntil(over, ({ bolusLeftNl }) => bolusLeftNl === 0n, 60_000);
    expect(after(over)).toBe(PHASE.RUNNING);
  });

  it("while a loading dose was under way; after it does", () => {
    const loaded = (): Bed => {
      const bed = programWard(RESUMES);
      permitted(begin(bed, 60 * ML, 10 * ML, { loading: dose(ML, 120 * ML) }));
      return bed;
    };
    const bed = loaded();
    bed.pump.runFor(5_000);
    expect(after(bed)).toBe(PHASE.PAUSED);
    const over = loaded();
    runUntil(over, ({ step }) => step === 1, 60_000);
    expect(after(over)).toBe(PHASE.RUNNING);
  });

  it.each<[string, (bed: Bed) => unknown, number]>([
    ["was paused", (bed) => done(bed.pump.panel("PAUSE")), PHASE.PAUSED],
    ["was paused by air", breathe, PHASE.PAUSED],
    ["was stopped", (bed) => done(bed.pump.panel("STOP")), PHASE.IDLE],
    ["was finished", (bed) => bed.pump.runFor(900_000), PHASE.COMPLETE],
  ])("if it %s", (_what, act, phase) => {
    const bed = running(RESUMES);
    act(bed);
    bed.pump.setSensor(SENSOR.AIR, false);
    expect(after(bed)).toBe(phase);
    expect(state(bed).alarms & ALARM.RESTARTED).toBe(0);
  });

  it("in a gate whose flash has failed and is therefore TAMPERED", () => {
    const bed = running(RESUMES);
    bed.device.flash.inject({ effect: "program-error", count: Infinity });
    bed.pump.runFor(300_000);
    bed.device.flash.clearFaults();
    expect(after(bed)).toBe(PHASE.PAUSED);
    expect(state(bed).flags & 2).toBe(2);
    expect(panel(bed, "RESTORE", { patientToken: PATIENT.token })).toBe("TAMPERED");
  });

  it("once a reset has paused it: a second, shorter one leaves it so, and the token is still asked for", () => {
    const bed = running();
    reset(bed, POWER_ON, 60_000);
    reset(bed, WARM, 0);
    expect(state(bed).phase).toBe(PHASE.PAUSED);
    expect(panel(bed, "RESTORE")).toBe("PATIENT");
    expect(panel(bed, "RESTORE", { patientToken: PATIENT.token })).toBe("OK");
  });
});

describe("RESTARTED", () => {
  it("stands until it is acknowledged, once", () => {
    const bed = running();
    expect(panel(bed, "ACKNOWLEDGE")).toBe("NOTHING");
    reset(bed, WARM, 0);
    bed.pump.runFor(60_000);
    expect(state(bed).alarms).toBe(ALARM.RESTARTED);
    expect(panel(bed, "ACKNOWLEDGE")).toBe("OK");
    expect(state(bed)).toMatchObject({ alarms: 0, phase: PHASE.RUNNING });
    expect(panel(bed, "ACKNOWLEDGE")).toBe("NOTHING");
    expect(told(bed, "LOCAL").map(({ action }) => action)).toEqual([LOCAL_ACTION.ACKNOWLEDGE]);
  });

  it("needs no second step", () => {
    const bed = running();
    reset(bed, WARM, 0);
    expect(bed.pump.panel("ACKNOWLEDGE", { confirm: false })).toMatchObject({ status: 0, confirmed: false });
  });

  it.each<[string, (bed: Bed) => unknown]>([
    ["a stop", (bed) => done(bed.pump.panel("STOP"))],
    ["a signed stop", (bed) => permitted(send(bed, { kind: "stop" }))],
    ["a pause and RESTORE", (bed) => [done(bed.pump.panel("PAUSE")), done(bed.pump.panel("RESTORE"))]],
    ["a signed resume", (bed) => [done(bed.pump.panel("PAUSE")), permitted(send(bed, { kind: "resume" }))]],
    [
      "RESTORE of what was reduced",
      (bed) => [done(bed.pump.panel("REDUCE", { value: BigInt(ML) })), done(bed.pump.panel("RESTORE"))],
    ],
  ])("is answered by %s", (_how, act) => {
    const bed = running();
    reset(bed, WARM, 0);
    act(bed);
    expect(state(bed).alarms).toBe(0);
  });

  it("forbids a bolus until it is answered", () => {
    const bed = running();
    reset(bed, WARM, 0);
    expect(outcome(send(bed, bolusBody(bed, dose(ML, 60 * ML))))).toBe("ALARM_ACTIVE");
    done(bed.pump.panel("ACKNOWLEDGE"));
    expect(outcome(send(bed, bolusBody(bed, dose(ML, 60 * ML))))).toBe("PERMIT");
  });
});

describe("boot", () => {
  it.each([
    [0, "OK"],
    [2, "OK"],
    [3, "BAD_ARGUMENT"],
    [256, "OK"],
    [258, "OK"],
    [259, "BAD_ARGUMENT"],
    [512, "BAD_ARGUMENT"],
    [0xffff_ffff, "BAD_ARGUMENT"],
  ])("of cause %i: %s", (cause, wanted) => {
    const bed = running();
    bed.pump.powerOff();
    expect(statusName(bed.pump.powerOn({ cause, offMs: 1000 }))).toBe(wanted);
  });
});

describe("a power cut during the boot that lets a program go on", () => {
  it("leaves it to the next boot, and counts no less", () => {
    const off = (): Bed => {
      const bed = running();
      bed.pump.powerOff();
      return bed;
    };
    const act = (bed: Bed): void => {
      bed.pump.powerOn({ cause: WARM, offMs: 0 });
      bed.pump.runFor(3_000);
    };
    let cuts = 0;
    for (const { bed, name, movedPl: moved } of everyCut(off, act, { cause: WARM, offMs: 100 }, 1)) {
      expect(state(bed), name).toMatchObject({ phase: PHASE.RUNNING, alarms: ALARM.RESTARTED });
      expect(state(bed).deliveredNl * 1000n, name).toBeGreaterThanOrEqual(moved);
      cuts++;
    }
    expect(cuts).toBeGreaterThan(10);
  });
});

describe("a pause that flash could not take", () => {
  it.each(["PAUSE", "STOP"] as const)("(%s) is written as soon as it can: no restart undoes it", (action) => {
    const bed = running(RESUMES);
    bed.device.flash.inject({ effect: "program-error" });
    expect(panel(bed, action)).toBe("FLASH_FAILED");
    expect(bed.pump.grant).toBeNull();
    bed.pump.runFor(3_000);
    expect(state(bed).phase).toBe(PHASE.PAUSED);
    const moved = movedPl(bed);
    reset(bed, WARM, 0);
    expect(state(bed)).toMatchObject({ phase: PHASE.PAUSED, alarms: 0 });
    bed.pump.runFor(10_000);
    expect(movedPl(bed)).toBe(moved);
  });
});
