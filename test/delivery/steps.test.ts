import { describe, expect, it } from "vitest";
import { ALARM, PHASE } from "../../host-sim/gate/names.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { bolusBody, done, ML, outcome, PATIENT, permitted, send, titrateBody } from "../support/ward.js";
import {
  begin,
  dose,
  everyCut,
  HOUR_MS,
  movedPl,
  panel,
  programWard,
  runUntil,
  state,
  step,
  told,
} from "../support/programs.js";

/** One motor step of the ward's pump, nL. */
const STEP_NL = 100;

/** 1 mL at 60 mL/h, 2 mL at 20, 1 mL at 120, and the rest of 10 mL at 40. */
const STEPS = [step(ML, 20 * ML), step(2 * ML, 120 * ML), step(ML, 40 * ML)];
const BOUNDARIES = [ML, 3 * ML, 4 * ML];
const RATES = [60 * ML, 20 * ML, 120 * ML, 40 * ML];

function stepped(change: Parameters<typeof begin>[3] = {}): Bed {
  const bed = programWard();
  permitted(begin(bed, 60 * ML, 10 * ML, { steps: STEPS, ...change }));
  return bed;
}

const rate = (bed: Bed): number => Number(state(bed).rateNlPerH);

/** SPEC 6.1 */
describe("steps of a program", () => {
  it("begin where their predecessors' volume has been delivered, each with its record", () => {
    const bed = stepped();
    runUntil(bed, ({ phase }) => phase === PHASE.COMPLETE);
    const begun = told(bed, "STEP");
    expect(begun.map(({ step: number, rateNlPerH }) => [number, rateNlPerH])).toEqual([
      [1, RATES[1]],
      [2, RATES[2]],
      [3, RATES[3]],
    ]);
    begun.forEach(({ deliveredNl, generation }, i) => {
      expect(generation).toBe(1);
      const late = Number(deliveredNl) - BOUNDARIES[i]!;
      expect(late).toBeGreaterThanOrEqual(0);
      // A second at the lower of both rates, and a motor step or two.
      expect(late).toBeLessThanOrEqual(Math.min(RATES[i]!, RATES[i + 1]!) / 3600 + 2 * STEP_NL);
    });
    expect(movedPl(bed)).toBe(BigInt(10 * ML) * 1000n);
  });

  it("take the time that their volumes need, to a second a step", () => {
    const bed = stepped();
    const since = Number(bed.device.clock.uptimeMs());
    const wanted = (HOUR_MS * (1 / 60 + 2 / 20 + 1 / 120 + 6 / 40)) | 0;
    runUntil(bed, ({ phase }) => phase === PHASE.COMPLETE);
    const took = Number(bed.device.clock.uptimeMs()) - since;
    expect(Math.abs(took - wanted)).toBeLessThan(4_000);
  });

  it("no grant passes the beginning of a slower step by more than a motor step", () => {
    const bed = stepped();
    let met = 0;
    for (let i = 0; i < 600; i++) {
      bed.pump.runFor(1000);
      const { grant } = bed.pump;
      const { step: number } = state(bed);
      const next = BOUNDARIES[number];
      if (grant === null || next === undefined || RATES[number + 1]! > RATES[number]!) continue;
      if (Number(grant.reachStep) * STEP_NL >= next) met++;
      expect(Number(grant.reachStep) * STEP_NL).toBeLessThanOrEqual(next + 2 * STEP_NL);
      expect(grant.rateMaxNlPerH).toBe(RATES[number]);
    }
    expect(met, "a grant met a slower step").toBeGreaterThan(0);
  });

  it.each([
    [ML - 1, 0],
    [ML, 1],
    [ML + 1, 1],
  ])("a bag of %i nL has %i steps, if the first ends at 1 mL less 1 nL", (vtbiNl, steps) => {
    const bed = programWard();
    const sent = begin(bed, 60 * ML, vtbiNl, { steps: [step(ML - 1, 20 * ML)] });
    expect(outcome(sent)).toBe(steps === 0 ? "TOTAL" : "PERMIT");
    if (steps === 0) return;
    bed.pump.runFor(120_000);
    expect(state(bed)).toMatchObject({ step: 1, steps: 2, phase: PHASE.COMPLETE });
    // 10,000 steps of 100 nL; less than one more fits.
    expect(movedPl(bed)).toBe(BigInt(vtbiNl - (vtbiNl % STEP_NL)) * 1000n);
  });

  it("smaller than a motor step are passed over: the rate is that of the last one begun", () => {
    const bed = programWard();
    const tiny = Array.from({ length: 9 }, (_, i) => step(1, (i + 1) * ML));
    permitted(begin(bed, 60 * ML, 10 * ML, { steps: tiny }));
    bed.pump.runFor(3_000);
    expect(state(bed)).toMatchObject({ step: 9, rateNlPerH: BigInt(9 * ML) });
    expect(told(bed, "STEP").at(-1)).toMatchObject({ step: 9, rateNlPerH: 9 * ML });
  });

  it("go on after a pause from the volume that has flowed", () => {
    const bed = stepped();
    bed.pump.runFor(30_000);
    done(bed.pump.panel("PAUSE"));
    bed.pump.runFor(HOUR_MS);
    expect(state(bed).step).toBe(0);
    done(bed.pump.panel("RESTORE"));
    bed.pump.runFor(27_000);
    expect(state(bed).step).toBe(0);
    bed.pump.runFor(6_000);
    expect(state(bed).step).toBe(1);
  });
});

describe("a loading dose as the first step", () => {
  const loaded = (): Bed => {
    const bed = programWard();
    permitted(begin(bed, 12 * ML, 10 * ML, { loading: dose(2 * ML, 240 * ML) }));
    return bed;
  };

  it("is given at its own rate, then the order's", () => {
    const bed = loaded();
    expect(rate(bed)).toBe(240 * ML);
    bed.pump.runFor(29_000);
    expect(rate(bed)).toBe(240 * ML);
    bed.pump.runFor(5_000);
    expect(rate(bed)).toBe(12 * ML);
    const after = Number(movedPl(bed)) / 1000 - 2 * ML;
    expect(after).toBeGreaterThanOrEqual(0);
    expect(after).toBeLessThan((12 * ML * 8) / 3600);
  });

  it("takes no titration before it is over, signed or at the panel", () => {
    const bed = programWard();
    const range = { min: ML, max: 30 * ML, stepMax: 30 * ML, intervalS: 0 };
    permitted(begin(bed, 12 * ML, 10 * ML, { loading: dose(2 * ML, 240 * ML), range }));
    bed.pump.runFor(10_000);
    const lower = { dose: 6 * ML, rateNlPerH: 6 * ML };
    expect(panel(bed, "TITRATE", { value: BigInt(6 * ML) })).toBe("PHASE");
    expect(outcome(send(bed, titrateBody(bed, lower)))).toBe("PHASE");
    bed.pump.runFor(30_000);
    expect(panel(bed, "TITRATE", { value: BigInt(6 * ML) })).toBe("OK");
    expect(outcome(send(bed, titrateBody(bed, { dose: 7 * ML, rateNlPerH: 7 * ML })))).toBe("PERMIT");
    expect(rate(bed)).toBe(7 * ML);
  });
});

describe("what a person reduced to", () => {
  const reduced = (toNlPerH: number): Bed => {
    const bed = stepped();
    bed.pump.runFor(10_000);
    done(bed.pump.panel("REDUCE", { value: BigInt(toNlPerH) }));
    return bed;
  };

  it("caps every later step, and none that is slower", () => {
    const bed = reduced(30 * ML);
    const seen = new Map<number, number>();
    runUntil(bed, ({ step: number, rateNlPerH, phase }) => {
      seen.set(number, Number(rateNlPerH));
      return phase === PHASE.COMPLETE;
    });
    expect([...seen]).toEqual([
      [0, 30 * ML],
      [1, 20 * ML],
      [2, 30 * ML],
      [3, 30 * ML],
    ]);
    expect(state(bed).permittedRateNlPerH).toBe(BigInt(40 * ML));
  });

  it("is lifted by RESTORE, also where the step in force was slower anyway", () => {
    const bed = reduced(30 * ML);
    runUntil(bed, (now) => now.step === 1);
    expect(rate(bed)).toBe(20 * ML);
    expect(panel(bed, "RESTORE")).toBe("OK");
    expect(panel(bed, "RESTORE")).toBe("NOT_REDUCED");
    runUntil(bed, (now) => now.step === 2);
    expect(rate(bed)).toBe(120 * ML);
  });

  it("lasts over a signed pause and resume, and over a reset", () => {
    const bed = reduced(30 * ML);
    permitted(send(bed, { kind: "pause" }));
    permitted(send(bed, { kind: "resume" }));
    runUntil(bed, (now) => now.step === 2);
    expect(rate(bed)).toBe(30 * ML);
    bed.pump.powerCycle({ offMs: 0 }, { offMs: 0 });
    bed.desk.open();
    permitted(send(bed, { kind: "resume" }));
    runUntil(bed, (now) => now.step === 3);
    expect(rate(bed)).toBe(30 * ML);
  });

  it("is lifted by RESTORE from a pause", () => {
    const bed = reduced(30 * ML);
    done(bed.pump.panel("PAUSE"));
    done(bed.pump.panel("RESTORE"));
    expect(rate(bed)).toBe(60 * ML);
    runUntil(bed, (now) => now.step === 2);
    expect(rate(bed)).toBe(120 * ML);
  });
});

describe("a step whose record cannot be written", () => {
  /** The pump shortly before step `number` begins; from then on nothing can be programmed. */
  const failing = (number: number): Bed => {
    const bed = stepped();
    runUntil(bed, ({ deliveredNl }) => Number(deliveredNl) > BOUNDARIES[number - 1]! - 150_000);
    bed.device.flash.inject({ effect: "program-error", count: Infinity });
    return bed;
  };

  it("runs at the lower of both rates: not faster", () => {
    const bed = failing(2);
    bed.pump.runFor(40_000);
    expect(Number(movedPl(bed)) / 1000).toBeGreaterThan(BOUNDARIES[1]!);
    expect(state(bed).step).toBe(1);
    expect(bed.pump.grant!.rateMaxNlPerH).toBe(RATES[1]);
  });

  it("runs at the lower of both rates: slower at once", () => {
    const bed = failing(1);
    bed.pump.runFor(20_000);
    expect(state(bed).step).toBe(0);
    expect(bed.pump.grant!.rateMaxNlPerH).toBe(RATES[1]);
    const beyond = Number(movedPl(bed)) / 1000 - BOUNDARIES[0]!;
    expect(beyond).toBeGreaterThan(0);
    expect(beyond).toBeLessThan((RATES[1]! * 20) / 3600);
  });

  it("takes place in RAM once flash has failed", () => {
    const bed = failing(2);
    bed.pump.runFor(120_000);
    expect(bed.pump.journal.samples.at(-1)!.alarms & ALARM.DEGRADED).not.toBe(0);
    expect(state(bed).step).toBe(1);
    const rates = new Set<number>();
    for (let i = 0; i < 700; i++) {
      bed.pump.runFor(1000);
      if (bed.pump.grant !== null) rates.add(bed.pump.grant.rateMaxNlPerH);
    }
    expect(rates).toContain(RATES[3]);
    expect(movedPl(bed)).toBe(BigInt(10 * ML) * 1000n);
  });

  it("is written as soon as that is possible", () => {
    const bed = failing(2);
    bed.pump.runFor(25_000);
    expect(state(bed).step).toBe(1);
    bed.device.flash.clearFaults();
    bed.pump.runFor(10_000);
    expect(state(bed)).toMatchObject({ step: 2, rateNlPerH: BigInt(RATES[2]!) });
    expect(told(bed, "STEP").map(({ step: number }) => number)).toEqual([1, 2]);
  });
});

describe("a step that would be too fast beside the bolus under way", () => {
  const beside = (rateNlPerH: number): Bed => {
    const bed = programWard();
    permitted(begin(bed, 60 * ML, 10 * ML, { steps: [step(ML, rateNlPerH)] }));
    runUntil(bed, ({ deliveredNl }) => Number(deliveredNl) > ML - 200_000);
    permitted(send(bed, bolusBody(bed, dose(2 * ML, 400 * ML))));
    runUntil(bed, ({ deliveredNl }) => Number(deliveredNl) > ML + 500_000);
    return bed;
  };

  it("waits for its end: the area leaves 500 mL/h for both", () => {
    const bed = beside(100 * ML + 1_000_000);
    expect(state(bed)).toMatchObject({ step: 0, rateNlPerH: BigInt(60 * ML) });
    runUntil(bed, ({ bolusLeftNl }) => bolusLeftNl === 0n, 30_000);
    bed.pump.runFor(1_000);
    expect(state(bed)).toMatchObject({ step: 1, rateNlPerH: BigInt(101 * ML) });
  });

  it("begins at once if there is just room", () => {
    const bed = beside(100 * ML);
    expect(state(bed)).toMatchObject({ step: 1, rateNlPerH: BigInt(100 * ML) });
    expect(bed.pump.grant!.rateMaxNlPerH).toBe(500 * ML);
  });
});

describe("a power cut around the beginning of a step", () => {
  const near = (number: number) => (): Bed => {
    const bed = stepped();
    runUntil(bed, ({ deliveredNl }) => Number(deliveredNl) > BOUNDARIES[number - 1]! - 60_000);
    return bed;
  };

  it.each([1, 2])("%i leaves a pump whose step follows from what it counts", (number) => {
    let cuts = 0;
    for (const { bed, name, movedPl: moved } of everyCut(near(number), (cut) =>
      runUntil(cut, (now) => now.step === number),
    )) {
      const { phase, deliveredNl } = state(bed);
      expect(phase, name).toBe(PHASE.PAUSED);
      expect(deliveredNl * 1000n, name).toBeGreaterThanOrEqual(moved);
      expect(panel(bed, "RESTORE", { patientToken: PATIENT.token }), name).toBe("OK");
      bed.pump.runFor(2_000);
      const counted = Number(state(bed).deliveredNl);
      const wanted = BOUNDARIES.filter((boundary) => counted >= boundary).length;
      expect(state(bed), name).toMatchObject({ step: wanted, rateNlPerH: BigInt(RATES[wanted]!) });
      cuts++;
    }
    expect(cuts).toBeGreaterThan(3);
  });
});
