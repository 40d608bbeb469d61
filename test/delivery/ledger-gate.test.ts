/** SPEC 6.3 in the gate that ships: what its windows let pass, refuse and remember, against what the motor really moved. */
import { describe, expect, it } from "vitest";
import { parseDoseUnit } from "../../host-sim/authority/dose.js";
import type { Drug, WindowName, Windows } from "../../host-sim/authority/library/model.js";
import { Random } from "../../host-sim/device/random.js";
import { BOOT_CAUSE, PHASE } from "../../host-sim/gate/names.js";
import type { State } from "../../host-sim/gate/records.js";
import { STATUS } from "../../host-sim/gate/status.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import {
  bolus,
  drug,
  drugOf,
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

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const NAMES: readonly WindowName[] = ["1h", "2h", "4h", "24h"];
const HOURS = [1, 2, 4, 24] as const;

/** Hard maxima of windows, in pg. */
function windows(limits: Partial<Record<WindowName, number>>): Windows {
  const bounds = Object.entries(limits).map(([name, hardMax]) => [name, { hardMax }]);
  return { unit: parseDoseUnit("mg"), limits: Object.fromEntries(bounds) as Windows["limits"] };
}

const library = (...drugs: readonly Partial<Drug>[]): [ReturnType<typeof profile>, ...Drug[]] => [
  profile(),
  ...drugs.map((change) => drug(change)),
];

function hadIn(state: State, name: WindowName): number {
  const had = { "1h": state.window1h, "2h": state.window2h, "4h": state.window4h, "24h": state.window24h };
  return Number(had[name]);
}

const restart = (bed: Bed, offMs: number, trusted: boolean): void => {
  bed.pump.powerCycle({ offMs }, { cause: BOOT_CAUSE.POWER_ON, offMs, trusted });
};

describe("an order against windows", () => {
  const long = { vtbiNl: 200 * ML, totalNl: 200 * ML };

  it.each(NAMES.map((name, i) => [name, HOURS[i]!, 27 + i] as const))(
    "may fill the window of %s exactly, and not by one unit more",
    (name, hours, limit) => {
      const cap = 5 * MG * hours;
      const exact = ward({ models: library({ windows: windows({ [name]: cap }) }) });
      expect(outcome(start(exact, long))).toBe("PERMIT");
      const over = ward({ models: library({ windows: windows({ [name]: cap - 1 }) }) });
      const sent = start(over, long);
      expect(outcome(sent)).toBe("LIMIT_HARD");
      expect(sent.verdict).toMatchObject({ limit, bound: BigInt(cap - 1) });
      // As much as the bag holds, and no more, can flow.
      const short = ward({ models: library({ windows: windows({ [name]: cap - 1 }) }) });
      expect(outcome(start(short, { vtbiNl: cap / 1000 - 1, totalNl: 200 * ML }))).toBe("PERMIT");
    },
  );

  it("counts a bolus beside the basal rate, unless the entry sets boluses apart", () => {
    for (const [flags, expected] of [
      [1, "LIMIT_HARD"],
      [1 | 32, "PERMIT"],
    ] as const) {
      const bed = running({ models: library({ flags, windows: windows({ "1h": 5 * MG + 1 }) }) });
      expect(outcome(bolus(bed)), `flags ${flags}`).toBe(expected);
    }
  });

  it("counts an increase from what was already had, and no reduction", () => {
    const bed = running({ models: library({ windows: windows({ "2h": 16 * MG }) }) });
    bed.pump.runFor(HOUR_MS);
    // 5 mg are had: two hours at 8 mg/h beside the quarter hours that they begin in would be too much.
    expect(outcome(titrate(bed, { dose: 8 * MG }))).toBe("LIMIT_HARD");
    expect(outcome(titrate(bed, { dose: 7 * MG }))).toBe("PERMIT");
    expect(outcome(titrate(bed, { dose: 4 * MG }))).toBe("PERMIT");
    expect(outcome(titrate(bed, { dose: 5 * MG }))).toBe("PERMIT");
  });
});

describe("what a patient has had", () => {
  const models = library({ windows: windows({ "1h": 50 * MG, "24h": 500 * MG }) });

  it("is at least what the motor moved within the window, and little more", () => {
    const bed = running({ models });
    const moved: number[] = [0];
    for (let minute = 1; minute <= 200; minute++) {
      bed.pump.runFor(MINUTE_MS);
      const state = bed.pump.inspect();
      moved.push(Number(state.deliveredNl) * 1000); // pg
      const hourAgo = moved[Math.max(0, minute - 60)]!;
      const truth = moved[minute]! - hourAgo;
      expect(hadIn(state, "1h"), `minute ${minute}`).toBeGreaterThanOrEqual(truth);
      // Two minutes of flow, and a step, at most.
      expect(hadIn(state, "1h"), `minute ${minute}`).toBeLessThan(truth + (5 * MG) / 30 + 1_000_000);
      expect(hadIn(state, "24h"), `minute ${minute}`).toBeGreaterThanOrEqual(moved[minute]!);
    }
    expect(bed.pump.inspect()).toMatchObject({
      cap1h: BigInt(50 * MG),
      cap24h: BigInt(500 * MG),
      cap2h: 0n,
      window2h: 0n,
    });
  });

  it("outlives stop, start, disassociation and resets, and is nobody else's", () => {
    const bed = running({ models });
    bed.pump.runFor(HOUR_MS);
    const had = hadIn(bed.pump.inspect(), "24h");
    expect(had).toBeGreaterThan(4.9 * MG);
    expect(outcome(send(bed, { kind: "stop" }))).toBe("PERMIT");
    bed.pump.runFor(5000);
    const { patient } = bed;
    expect(outcome(send(bed, { kind: "disassociate" }))).toBe("PERMIT");
    restart(bed, 1000, false);
    bed.pump.runFor(MINUTE_MS);
    const other = { ...patient, token: new Uint8Array(16).fill(9) };
    expect(outcome(bed.associate(other))).toBe("PERMIT");
    permitted(start(bed));
    expect(hadIn(bed.pump.inspect(), "24h")).toBe(0);
    expect(outcome(send(bed, { kind: "stop" }))).toBe("PERMIT");
    bed.pump.runFor(5000);
    expect(outcome(send(bed, { kind: "disassociate" }))).toBe("PERMIT");
    expect(outcome(bed.associate(patient))).toBe("PERMIT");
    permitted(start(bed));
    expect(hadIn(bed.pump.inspect(), "24h")).toBeGreaterThanOrEqual(had);
  });

  it("ages with the pump off only by a trusted clock", () => {
    for (const [trusted, expected] of [
      [false, true],
      [true, false],
    ] as const) {
      const bed = running({ models });
      bed.pump.runFor(HOUR_MS);
      restart(bed, 25 * HOUR_MS, trusted);
      bed.pump.runFor(MINUTE_MS);
      expect(hadIn(bed.pump.inspect(), "24h") > 0, `trusted ${trusted}`).toBe(expected);
    }
  });

  it("is charged as of now after hours without a tick, and what is old has left", () => {
    for (const hours of [3, 20, 30]) {
      const bed = running({ models });
      bed.pump.runFor(HOUR_MS);
      bed.device.clock.advanceMs(hours * HOUR_MS);
      bed.pump.runFor(10 * MINUTE_MS);
      const state = bed.pump.inspect();
      expect(state.phase).toBe(PHASE.RUNNING);
      const old = hours > 24 ? 0 : 4.9 * MG;
      expect(hadIn(state, "24h"), `${hours} h`).toBeGreaterThan(old + 0.7 * MG);
      expect(hadIn(state, "24h"), `${hours} h`).toBeLessThan(old + 1.2 * MG);
      expect(hadIn(state, "1h"), `${hours} h`).toBeGreaterThan(0.7 * MG);
      // Nothing of it is older than it is: a day less a quarter hour later it is all there.
      bed.pump.panel("PAUSE");
      bed.pump.runFor(23.5 * HOUR_MS);
      expect(hadIn(bed.pump.inspect(), "24h"), `${hours} h`).toBeGreaterThan(0.7 * MG);
      restart(bed, 0, false);
      expect(hadIn(bed.pump.inspect(), "24h"), `${hours} h`).toBeGreaterThan(0.7 * MG);
    }
  });

  it("is counted through many resets: never less than the motor moved", () => {
    const random = new Random("ledger resets");
    const bed = running({ models });
    for (let i = 0; i < 30; i++) {
      bed.pump.runFor(1000 + random.below(200_000));
      restart(bed, random.below(100_000), random.below(2) === 0);
      const had = hadIn(bed.pump.inspect(), "24h");
      expect(had, `reset ${i}`).toBeGreaterThanOrEqual(Number(bed.device.motor.deliveredPl));
      bed.pump.panel("RESTORE", { patientToken: bed.patient.token });
      expect(bed.pump.inspect().phase).toBe(PHASE.RUNNING);
    }
  });
});

describe("accounts", () => {
  const limited = windows({ "24h": 500 * MG });
  const drugs = [1, 2, 3, 4].map((n) => ({
    drug: 10 * n,
    ingredient: 8 * n,
    name: `testamine ${n}`,
    windows: limited,
  }));
  const free: Partial<Drug> = { drug: 90, ingredient: 800, name: "freeamine" };

  function gaveThree(): Bed {
    const bed = ward({ models: library(...drugs, free) });
    for (const { drug: code } of drugs.slice(0, 3)) {
      permitted(start(bed, { of: drugOf(bed, code) }));
      bed.pump.runFor(10 * MINUTE_MS);
      permitted(send(bed, { kind: "stop" }));
      bed.pump.runFor(3000);
    }
    return bed;
  }

  it("of three drugs with windows leave none for a fourth, while a drug without them runs uncounted", () => {
    const bed = gaveThree();
    expect(bed.pump.inspect()).toMatchObject({ accountsInUse: 3 });
    expect(outcome(start(bed, { of: drugOf(bed, 40) }))).toBe("LEDGER_FULL");
    expect(outcome(start(bed, { of: drugOf(bed, 90) }))).toBe("PERMIT");
    bed.pump.runFor(10 * MINUTE_MS);
    expect(bed.pump.inspect()).toMatchObject({ accountsInUse: 3, phase: PHASE.RUNNING });
    permitted(send(bed, { kind: "stop" }));
    bed.pump.runFor(3000);
    expect(outcome(start(bed, { of: drugOf(bed, 20) }))).toBe("PERMIT");
    expect(hadIn(bed.pump.inspect(), "24h")).toBeGreaterThan(0);
  });

  it("that no windows need give way at once, with what they hold, and so it is after a reset", () => {
    const open = [1, 2, 3, 4].map((n) => ({ drug: 10 * n, ingredient: 8 * n, name: `testamine ${n}` }));
    const bed = ward({ models: library(...open, { ...free, windows: limited }) });
    for (const { drug: code } of open) {
      permitted(start(bed, { of: drugOf(bed, code) }));
      bed.pump.runFor(2 * HOUR_MS);
      permitted(send(bed, { kind: "stop" }));
      bed.pump.runFor(3000);
    }
    permitted(start(bed, { of: drugOf(bed, 90) }));
    bed.pump.runFor(10 * MINUTE_MS);
    const had = hadIn(bed.pump.inspect(), "24h");
    const moved = Number(bed.pump.inspect().deliveredNl) * 1000;
    expect(had).toBeGreaterThanOrEqual(moved);
    expect(had, "nothing of the account that gave way").toBeLessThan(moved + 5 * MG);
    restart(bed, 0, false);
    bed.pump.runFor(1000);
    expect(bed.pump.inspect()).toMatchObject({ accountsInUse: 3, phase: PHASE.PAUSED });
    expect(hadIn(bed.pump.inspect(), "24h")).toBeLessThan(had + 0.1 * MG + 1_000_000);
  });

  it("give way a day and a quarter hour later", () => {
    const bed = gaveThree();
    bed.pump.runFor(23 * HOUR_MS);
    expect(outcome(start(bed, { of: drugOf(bed, 40) }))).toBe("LEDGER_FULL");
    bed.pump.runFor(1.5 * HOUR_MS);
    expect(outcome(start(bed, { of: drugOf(bed, 40) }))).toBe("PERMIT");
  });
});

describe("any therapy", () => {
  const cap = { "1h": 12 * MG, "2h": 20 * MG } as const;

  /** The most that the motor moved within any window, sampled each minute. */
  function worst(moved: readonly number[], minutes: number): number {
    return Math.max(...moved.map((now, i) => now - moved[Math.max(0, i - minutes)]!));
  }

  function treat(
    seed: string,
    limits: Windows | undefined,
  ): { oneHour: number; twoHours: number; refused: number } {
    const random = new Random(seed);
    const models = library(limits === undefined ? {} : { windows: limits });
    const bed = ward({ models });
    const moved: number[] = [0];
    let refused = 0;
    const act = (): number => {
      const dose = (1 + random.below(20)) * MG;
      switch (random.below(6)) {
        case 0:
          return start(bed, { dose }).status;
        case 1:
          return titrate(bed, { dose }).status;
        case 2:
          return bolus(bed, { dose: (1 + random.below(5)) * MG }).status;
        case 3:
          return send(bed, { kind: random.below(2) === 0 ? "pause" : "resume" }).status;
        case 4:
          if (random.below(4) === 0) restart(bed, random.below(10) * MINUTE_MS, random.below(2) === 0);
          return bed.pump.panel("RESTORE", { patientToken: bed.patient.token }).status;
        default:
          return random.below(3) === 0 ? send(bed, { kind: "stop" }).status : STATUS.OK;
      }
    };
    for (let minute = 0; minute < 8 * 60; minute++) {
      if (random.below(4) === 0 && act() === STATUS.LIMIT_HARD) refused++;
      // Time off is time too: a sample each minute of the device's clock would need more; counting fewer is the harder test.
      bed.pump.runFor(MINUTE_MS);
      moved.push(Number(bed.device.motor.deliveredPl));
    }
    return { oneHour: worst(moved, 60), twoHours: worst(moved, 120), refused };
  }

  const SEEDS = ["a", "b", "c", "d", "e", "f"];

  it.each(SEEDS)("keeps every window at every minute, sequence %s", (seed) => {
    const kept = treat(seed, windows(cap));
    expect(kept.oneHour).toBeLessThanOrEqual(cap["1h"]);
    expect(kept.twoHours).toBeLessThanOrEqual(cap["2h"]);
    expect(kept.refused).toBeGreaterThan(0);
  });

  it("would not without windows: the same orders exceed both", () => {
    const free = SEEDS.map((seed) => treat(seed, undefined));
    expect(Math.max(...free.map(({ oneHour }) => oneHour))).toBeGreaterThan(cap["1h"]);
    expect(Math.max(...free.map(({ twoHours }) => twoHours))).toBeGreaterThan(cap["2h"]);
  });
});
