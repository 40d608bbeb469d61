/** The compiled-in ceilings of SPEC 5.1, written down a second time from its table. Volumes in nL, rates in nL/h. */

const ML = 1_000_000n;

export interface CeilingRow {
  readonly rateNlPerHMax: bigint;
  readonly vtbiNlMax: bigint;
  readonly totalNlMax: bigint;
  readonly bolusNlMax: bigint;
}

/** A rate step that holds below a rate; `undefined`: at any rate above the rows before it. */
interface StepRow {
  readonly belowNlPerH: bigint | undefined;
  readonly stepNlPerH: bigint;
}

function row(rateTenthMlPerH: bigint, vtbiMl: bigint, totalMl: bigint, bolusMl: bigint): CeilingRow {
  return {
    rateNlPerHMax: (rateTenthMlPerH * ML) / 10n,
    vtbiNlMax: vtbiMl * ML,
    totalNlMax: totalMl * ML,
    bolusNlMax: bolusMl * ML,
  };
}

const PUMPS: ReadonlyMap<number, CeilingRow> = new Map([
  [1, row(9990n, 9999n, 49_995n, 250n)],
  [2, row(999n, 100n, 500n, 50n)],
  [3, row(900n, 500n, 2500n, 20n)],
]);

const PATIENTS: ReadonlyMap<number, CeilingRow> = new Map([
  [1, row(250n, 1200n, 6000n, 20n)],
  [2, row(2500n, 3000n, 15_000n, 100n)],
  [3, row(9990n, 9999n, 49_995n, 250n)],
]);

const STEPS: ReadonlyMap<number, readonly StepRow[]> = new Map([
  [
    1,
    [
      { belowNlPerH: 10n * ML, stepNlPerH: ML / 100n },
      { belowNlPerH: 100n * ML, stepNlPerH: ML / 10n },
      { belowNlPerH: undefined, stepNlPerH: ML },
    ],
  ],
  [2, [{ belowNlPerH: 100n * ML, stepNlPerH: ML / 100n }]],
  [3, [{ belowNlPerH: undefined, stepNlPerH: ML / 10n }]],
]);

/** The smaller of the two rows that apply; undefined for a class that SPEC does not have. */
export function ceilingsOf(pumpClass: number, patientClass: number): CeilingRow | undefined {
  const pump = PUMPS.get(pumpClass);
  const patient = PATIENTS.get(patientClass);
  if (!pump || !patient) return undefined;
  const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
  return {
    rateNlPerHMax: smaller(pump.rateNlPerHMax, patient.rateNlPerHMax),
    vtbiNlMax: smaller(pump.vtbiNlMax, patient.vtbiNlMax),
    totalNlMax: smaller(pump.totalNlMax, patient.totalNlMax),
    bolusNlMax: smaller(pump.bolusNlMax, patient.bolusNlMax),
  };
}

/** The rate step of the row that `rateNlPerH` falls in; undefined where the class has no step. */
export function rateStepAt(pumpClass: number, rateNlPerH: bigint): bigint | undefined {
  return STEPS.get(pumpClass)?.find(
    ({ belowNlPerH }) => belowNlPerH === undefined || rateNlPerH < belowNlPerH,
  )?.stepNlPerH;
}
