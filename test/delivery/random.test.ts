import { describe, expect, it } from "vitest";
import { PowerCut } from "../../host-sim/device/errors.js";
import { PHASE, SENSOR } from "../../host-sim/gate/names.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import {
  bolus,
  drug,
  libraryOf,
  limits,
  MG,
  ML,
  PATIENT,
  profile,
  send,
  start,
  titrate,
  ward,
} from "../support/ward.js";
import { numbers } from "../support/random.js";
import { LONG } from "../support/snapshot.js";

const SEEDS = Array.from({ length: LONG ? 500 : 30 }, (_, i) => i + 1);
const ACTS = 250;
const RATE_MAX = 100 * ML;
const TOTAL = 30 * ML;
const MODELS = [
  profile({ rateNlPerHMax: RATE_MAX }),
  drug({ continuous: limits("mg/h", { hardMax: 80 * MG }), bolusDose: limits("mg", { hardMax: 5 * MG }) }),
];

/** One life of a pump, and what must hold of it at every moment, whatever people, power and flash do. */
class Life {
  readonly bed: Bed;
  readonly random: () => number;
  version = 1;

  constructor(seed: number) {
    this.random = numbers(seed);
    this.bed = ward({
      models: MODELS,
      name: `life ${seed}`,
      plPerStep: this.one([12_347, 100_000, 1_000_000]),
    });
  }

  one<T>(of: readonly T[]): T {
    return of[Math.floor(this.random() * of.length)]!;
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  /** Does one thing; a power cut in it is followed by a boot. */
  act(): void {
    const { pump, device } = this.bed;
    try {
      if (this.random() < 0.08) {
        device.flash.cutAfter(this.below(60), { when: this.one(["before", "inside", "after"]) });
      }
      this.one(this.acts)();
      pump.runFor(this.below(this.one([500, 5_000, 90_000])));
    } catch (thrown) {
      if (!(thrown instanceof PowerCut)) throw thrown;
      this.reboot();
    }
  }

  reboot(): void {
    const { bed } = this;
    for (let attempt = 0; ; attempt++) {
      const offMs = this.below(100_000);
      try {
        bed.pump.powerCycle(
          { offMs, motor: this.one(["resets", "keeps-steps"]) },
          { offMs: this.one([offMs, -1]) },
        );
        bed.desk.open();
        return;
      } catch (thrown) {
        if (!(thrown instanceof PowerCut) || attempt > 5) throw thrown;
      }
    }
  }

  readonly acts: readonly (() => unknown)[] = [
    () =>
      start(this.bed, {
        dose: (1 + this.below(90)) * MG,
        vtbiNl: 1 + this.below(20 * ML),
        totalNl: TOTAL,
        range: RANGE,
      }),
    () => start(this.bed, { dose: (1 + this.below(80)) * MG, vtbiNl: 5 * ML, totalNl: TOTAL }),
    () => titrate(this.bed, { dose: (1 + this.below(90)) * MG }),
    () => bolus(this.bed, { dose: 1 + this.below(6 * MG), rateNlPerH: (1 + this.below(100)) * ML }),
    () => send(this.bed, { kind: this.one(["pause", "resume", "resume", "stop"]) }),
    () => send(this.bed, { kind: "new bag", vtbiNl: 1 + this.below(20 * ML) }),
    () => this.bed.pump.panel("PAUSE"),
    () => this.bed.pump.panel("RESTORE", { patientToken: PATIENT.token }),
    () => this.bed.pump.panel("RESTORE", { patientToken: PATIENT.token }),
    () => this.bed.pump.panel("REDUCE", { value: BigInt(this.below(100) * ML) }),
    () => this.bed.pump.panel("TITRATE", { value: BigInt(this.below(90) * MG) }),
    () => this.bed.pump.panel("NEW_BAG", { value: BigInt(this.below(20 * ML)) }),
    () => (this.random() < 0.3 ? this.bed.pump.panel("STOP") : null),
    () => this.sense(),
    () => this.bed.device.motor.stall(this.random() < 0.3),
    () => this.bed.device.clock.advanceMs(this.below(20_000)),
    () => (this.random() < 0.5 ? this.reboot() : null),
    () => (this.random() < 0.3 ? this.bed.install(libraryOf(MODELS, { version: ++this.version })) : null),
    () => this.bed.pump.gate.settle(),
  ];

  sense(): void {
    const sensor = this.one([SENSOR.AIR, SENSOR.OCCLUSION]);
    this.bed.pump.setSensor(sensor, true);
    this.bed.pump.runFor(1_500);
    this.bed.pump.setSensor(sensor, false);
  }

  check(what: string): void {
    const { pump, device } = this.bed;
    const grant = pump.tick();
    const state = pump.inspect();
    const truthPl = pump.account.deliveredPl(state.generation);
    expect(pump.account.deliveredPl(0), `${what}: moved without a grant`).toBe(0n);
    expect(truthPl, `${what}: more delivered than counted`).toBeLessThanOrEqual(state.deliveredNl * 1000n);
    expect(state.deliveredNl, `${what}: more counted than reserved`).toBeLessThanOrEqual(state.reservedNl);
    expect(state.reservedNl, `${what}: more reserved than the order's total`).toBeLessThanOrEqual(
      state.totalNl,
    );
    expect(truthPl, `${what}: more than the order's total`).toBeLessThanOrEqual(BigInt(TOTAL) * 1000n);
    expect(state.rateNlPerH, `${what}: above the permit`).toBeLessThanOrEqual(state.permittedRateNlPerH);
    if (grant !== null) {
      expect(state.phase, what).toBe(PHASE.RUNNING);
      expect(grant.rateMaxNlPerH, `${what}: above the area's rate`).toBeLessThanOrEqual(RATE_MAX);
      expect(grant.untilUptimeMs - device.clock.uptimeMs(), what).toBeLessThanOrEqual(5_000n);
    }
  }
}

const RANGE = { min: MG, max: 80 * MG, stepMax: 40 * MG, intervalS: 5 };

/** What holds whatever happens (SPEC 6). */
describe("a pump's life", () => {
  it.each(SEEDS)(
    "of seed %i counts all that it delivers, and delivers no more than was permitted",
    (seed) => {
      const life = new Life(seed);
      let ran = 0;
      for (let i = 0; i < ACTS; i++) {
        life.act();
        try {
          life.check(`seed ${seed}, act ${i}`);
        } catch (thrown) {
          if (!(thrown instanceof PowerCut)) throw thrown;
          life.reboot();
        }
        if (life.bed.pump.inspect().phase === PHASE.RUNNING) ran++;
      }
      // A life in which nothing ran would prove nothing.
      expect(ran).toBeGreaterThan(3);
      expect(life.bed.device.motor.deliveredPl).toBeGreaterThan(0n);
    },
  );
});
