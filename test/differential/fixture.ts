/** Drugs with every limit within reach of a few orders, and a pump that knows them. */
import { parseDoseUnit } from "../../host-sim/authority/dose.js";
import type { Drug, Profile } from "../../host-sim/authority/library/model.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { Snapshot } from "../support/snapshot.js";
import { drug, limits, MG, ML, profile, ward } from "../support/ward.js";

const UNIT_MG = parseDoseUnit("mg");

/** Milligrams in pg. */
export const mg = (value: number): number => value * MG;

/** Drugs with every limit within reach of a few orders. 1 mg is 1 mL. */
export const PROFILE: Profile = profile({ rateNlPerHMax: 70 * ML, vtbiNlMax: 30 * ML, kvoRateNlPerH: 0 });
export const DRUGS: readonly Drug[] = [
  drug({
    drug: 10,
    ingredient: 80,
    continuous: limits("mg/h", { softMin: mg(2), softMax: mg(6), hardMax: mg(10) }),
    bolusDose: limits("mg", { softMax: mg(3), hardMax: mg(5) }),
    bolusRate: limits("mg/h", { hardMax: mg(60) }),
    loading: limits("mg", { softMin: mg(2), hardMax: mg(6) }),
    pcaDose: limits("mg", { softMax: mg(2), hardMax: mg(3) }),
    lockout: { hardMin: 60, softMin: 120, softMax: 1200 },
    intermittent: limits("mg", { hardMin: mg(2), softMax: mg(8), hardMax: mg(11) }),
    duration: { hardMin: 600, softMin: 900, softMax: 7200 },
    vtbi: { hardMin: 2 * ML, softMax: 20 * ML },
    titrationStep: { intervalS: 600, bounds: { softMax: mg(3), hardMax: mg(5) } },
    windows: {
      unit: UNIT_MG,
      limits: {
        "1h": { softMax: mg(7), hardMax: mg(12) },
        "2h": { hardMax: mg(16) },
        "4h": { softMax: mg(18), hardMax: mg(22) },
        "24h": { hardMax: mg(31) },
      },
    },
  }),
  drug({
    drug: 11,
    ingredient: 88,
    continuous: limits("mg/h", { hardMin: mg(1) + 1, softMax: mg(9) }),
    windows: { unit: parseDoseUnit("mg/kg"), limits: { "4h": { hardMax: 200_000_000 } } },
    flags: 0,
  }),
  drug({ drug: 12, ingredient: 96, continuous: limits("mg/h") }),
  drug({
    drug: 13,
    ingredient: 80,
    continuous: limits("mg/h", { softMax: mg(11) }),
    windows: { unit: UNIT_MG, limits: { "1h": { hardMax: mg(12) } } },
  }),
];

/** A pump as every trace finds it. */
export function fixture(change: Parameters<typeof ward>[0] = {}): Fixture {
  const bed = ward({
    models: [PROFILE, ...DRUGS],
    pump: { tickEveryMs: 1e9, sliceUs: 0 },
    hospital: { flags: 1 } as never,
    ...change,
  });
  bed.desk.open();
  return { bed, snapshot: new Snapshot(bed.pump) };
}
export interface Fixture {
  readonly bed: Bed;
  readonly snapshot: Snapshot;
}
