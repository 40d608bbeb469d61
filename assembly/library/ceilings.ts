/** Compiled-in ceilings by pump class and patient class, and the pump classes' rate steps (SPEC 5.1). */

export const PUMP_CLASS_MAX: u32 = 3;
export const PATIENT_CLASS_MAX: u32 = 3;

const COLUMN_RATE: u32 = 0;
const COLUMN_VTBI: u32 = 1;
const COLUMN_TOTAL: u32 = 2;
const COLUMN_BOLUS: u32 = 3;
const COLUMNS: u32 = 4;

/** Rows: pump class 1..3, then patient class 1..3. Rate in uL/h, VTBI, total and bolus volume in uL. */
// prettier-ignore
const CEILINGS: StaticArray<u32> = [
  999000, 9999000, 49995000, 250000,
   99900,  100000,   500000,  50000,
   90000,  500000,  2500000,  20000,
   25000, 1200000,  6000000,  20000,
  250000, 3000000, 15000000, 100000,
  999000, 9999000, 49995000, 250000,
];
const PATIENT_ROWS: u32 = PUMP_CLASS_MAX;
const NL_PER_UL: u64 = 1000;

/** Highest rate, nL/h. */
export function ceilingRate(pump_class: u32, patient_class: u32): u64 {
  return ceiling(COLUMN_RATE, pump_class, patient_class);
}

/** Largest volume of one bag, nL. */
export function ceilingVtbi(pump_class: u32, patient_class: u32): u64 {
  return ceiling(COLUMN_VTBI, pump_class, patient_class);
}

/** Largest volume of one order, nL. */
export function ceilingTotal(pump_class: u32, patient_class: u32): u64 {
  return ceiling(COLUMN_TOTAL, pump_class, patient_class);
}

/** Largest volume of one bolus, nL. */
export function ceilingBolus(pump_class: u32, patient_class: u32): u64 {
  return ceiling(COLUMN_BOLUS, pump_class, patient_class);
}

/** The smaller of the two rows that apply. */
function ceiling(column: u32, pump_class: u32, patient_class: u32): u64 {
  // A command whose proof failed is judged over a profile that was never read, whose class is 0: nothing is allowed there.
  if (pump_class - 1 >= PUMP_CLASS_MAX || patient_class - 1 >= PATIENT_CLASS_MAX) return 0;
  const pump = unchecked(CEILINGS[(pump_class - 1) * COLUMNS + column]);
  const patient = unchecked(CEILINGS[(PATIENT_ROWS + patient_class - 1) * COLUMNS + column]);
  return <u64>min(pump, patient) * NL_PER_UL;
}

const PUMP_LARGE_VOLUME: u32 = 1;
const PUMP_PCA: u32 = 3;

/** The step between rates that the pump can run at around `rate_nl_per_h`, nL/h. */
export function rateStepNlPerH(pump_class: u32, rate_nl_per_h: u32): u32 {
  if (pump_class == PUMP_PCA) return 100000;
  if (pump_class != PUMP_LARGE_VOLUME || rate_nl_per_h < 10000000) return 10000;
  return rate_nl_per_h < 100000000 ? 100000 : 1000000;
}
