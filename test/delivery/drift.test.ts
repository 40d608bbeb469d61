import { describe, expect, it } from "vitest";
import { PHASE } from "../../host-sim/gate/names.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { bolusBody, ML, permitted, send } from "../support/ward.js";
import {
  begin,
  demand,
  dose,
  flowPl,
  HOUR_MS,
  interrupt,
  movedPl,
  pca,
  programWard,
  runUntil,
  SECOND_MS,
  state,
  step,
} from "../support/programs.js";

const DAY_MS = 24 * HOUR_MS;
/** What sets move a step: from far below a nanolitre to a hundredth of a millilitre, none a round number but one. */
const CALIBRATIONS = [777, 12_347, 3_333_333, 10_000_000];

/** The time that has passed since `from`, ms. */
const since = (bed: Bed, from: bigint): number => Number(bed.device.clock.uptimeMs() - from);

/** What a grant may hold of a rate (SPEC 6.2), and a tick: at the end of a bolus the motor may be so far ahead, but never farther. */
const grantPl = (rateNlPerH: number): number => Number(flowPl(rateNlPerH, 6 * SECOND_MS));

/**
 * SPEC 6.2: volumes are recomputed from cumulative steps, and flow is due by exact arithmetic, so however long a program runs what has
 * been delivered differs from rate times time by a motor step and what flows in one tick.
 */
describe.each(CALIBRATIONS)("over days, at %i pL a step,", (plPerStep) => {
  const bedOf = (): Bed => programWard({}, {}, { plPerStep });

  it("a basal rate neither runs ahead nor falls behind", () => {
    const rate = 7_770_000;
    const bed = bedOf();
    permitted(begin(bed, rate, 4000 * ML));
    const from = bed.device.clock.uptimeMs();
    for (let day = 1; day <= 3; day++) {
      bed.pump.runFor(DAY_MS);
      const off = Number(movedPl(bed) - flowPl(rate, since(bed, from)));
      const slack = plPerStep + Number(flowPl(rate, SECOND_MS));
      expect(Math.abs(off), `day ${day}`).toBeLessThanOrEqual(slack);
      bed.pump.tick();
      const counted = state(bed).deliveredNl * 1000n - movedPl(bed);
      expect(counted).toBeGreaterThanOrEqual(0n);
      expect(counted).toBeLessThan(1000n);
    }
  });

  it("doses on demand beside a basal rate add up to what they say", () => {
    const basal = 1_110_000;
    const doseNl = 123_457;
    const bed = bedOf();
    permitted(pca(bed, { basalNlPerH: basal, doseNl, lockoutS: 600, vtbiNl: 500 * ML }));
    const from = bed.device.clock.uptimeMs();
    let given = 0;
    for (let i = 0; i < 150; i++) {
      expect(demand(bed)).toBe("OK");
      given++;
      bed.pump.runFor(20 * 60_000 + 137);
      if (given % 50 !== 0) continue;
      const exact = flowPl(basal, since(bed, from)) + BigInt(doseNl * given) * 1000n;
      const off = Number(movedPl(bed) - exact);
      expect(Math.abs(off), `${given} doses`).toBeLessThanOrEqual(plPerStep + grantPl(basal));
    }
  });

  it("boluses add up to what they say", () => {
    const rate = 5_550_000;
    const bed = bedOf();
    permitted(begin(bed, rate, 4000 * ML));
    const from = bed.device.clock.uptimeMs();
    for (let i = 0; i < 40; i++) {
      permitted(send(bed, bolusBody(bed, dose(333_331, 333 * ML))));
      bed.pump.runFor(HOUR_MS);
    }
    const exact = flowPl(rate, since(bed, from)) + BigInt(40 * 333_331) * 1000n;
    const off = Number(movedPl(bed) - exact);
    expect(Math.abs(off)).toBeLessThanOrEqual(plPerStep + grantPl(rate));
  });

  it("steps take the time that their volumes need, and end to a motor step", () => {
    const bed = bedOf();
    const steps = [step(30 * ML, 5 * ML), step(31 * ML, 9 * ML), step(7 * ML, 2 * ML)];
    permitted(begin(bed, 3 * ML, 100 * ML, { steps }));
    const from = bed.device.clock.uptimeMs();
    runUntil(bed, ({ phase }) => phase === PHASE.COMPLETE, 4 * DAY_MS);
    const wanted = HOUR_MS * (30 / 3 + 31 / 5 + 7 / 9 + 32 / 2);
    // A second a step, and the time of a motor step at the slowest rate.
    const slack = 5 * SECOND_MS + (plPerStep / 1000 / ML) * HOUR_MS * 2;
    expect(Math.abs(since(bed, from) - wanted)).toBeLessThanOrEqual(slack);
    expect(BigInt(100 * ML) * 1000n - movedPl(bed)).toBeLessThan(BigInt(plPerStep));
    expect(BigInt(100 * ML) * 1000n - movedPl(bed)).toBeGreaterThanOrEqual(0n);
  });
});

it("secondaries every hour for two days take from the primary's bag no more than is shown as uncertain", () => {
  const bed = programWard();
  permitted(begin(bed, 5 * ML, 250 * ML));
  for (let i = 0; i < 48; i++) {
    bed.pump.runFor(HOUR_MS);
    permitted(interrupt(bed, 100 * ML, 2 * ML));
    runUntil(bed, ({ mode }) => mode === 1);
  }
  bed.pump.runFor(12 * HOUR_MS);
  expect(state(bed).phase).toBe(PHASE.COMPLETE);
  const primary = movedPl(bed) - BigInt(48 * 2 * ML) * 1000n;
  expect(primary).toBeLessThanOrEqual(BigInt(250 * ML) * 1000n);
  expect(primary).toBeGreaterThanOrEqual((BigInt(250 * ML) - state(bed).uncertainNl) * 1000n - 100_000n);
});
