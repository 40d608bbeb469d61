/** The limits of a library, an area and a pump, told one at a time: what order-check.ts is made of. */
import type { Concentration, Dose, DoseUnit } from "./dose.js";
import {
  decimal,
  formatBodySurface,
  formatConcentration,
  formatDose,
  formatDoseUnit,
  formatRate,
  formatWeight,
} from "./dose.js";
import {
  type Bounds,
  type DoseLimits,
  type Drug,
  FLAG_OVERRIDE,
  type Profile,
  type Range,
} from "./library/model.js";
import { sameUnit } from "./order.js";
import { type Body, exactRate, rateStepNlPerH } from "./rate.js";

/** One limit that an order breaks. `soft`: the gate asks for an override; else it refuses. */
export interface OrderProblem {
  /** Field of the order, as its author names it. */
  readonly field: string;
  readonly soft: boolean;
  /** What is wrong, the limit, the next step. */
  readonly message: string;
}

/** An order with what it was written against. */
export interface CheckedOrder {
  readonly drug: Drug;
  readonly profile: Profile;
  readonly pumpClass: number;
  readonly patient: Body;
  readonly concentration: Concentration;
}

/** Patient and concentration. */
export function commonProblems(order: CheckedOrder): OrderProblem[] {
  const { drug, profile, patient } = order;
  return [
    ...rangeProblems("weight", patient.weightG, [profile.weightG, drug.weightG], formatWeight),
    ...rangeProblems("bsa", patient.bsaCm2, [profile.bsaCm2, drug.bsaCm2], formatBodySurface),
    ...concentrationProblems(order.concentration, drug),
  ];
}

/** The entry does not have this way of giving the drug. */
export function modeProblem(order: CheckedOrder, mode: string): OrderProblem {
  const message = `the library allows no ${mode} of ${order.drug.name}; limit: none is defined; choose another entry`;
  return { field: "drug", soft: false, message };
}

/** The dose must be in the unit of its section, exactly. */
export function unitProblems(field: string, dose: Dose, unit: DoseUnit): OrderProblem[] {
  if (sameUnit(dose.unit, unit)) return [];
  const message =
    `${formatDose(dose)} is not in the entry's unit; limit: ${formatDoseUnit(unit)} and no other; ` +
    `write the dose in ${formatDoseUnit(unit)}`;
  return [{ field, soft: false, message }];
}

type Format = (value: number) => string;

/** A figure that has a largest value. */
export function maximum(
  field: string,
  what: string,
  value: number,
  max: number,
  whose: string,
  format: Format,
): OrderProblem[] {
  if (value <= max) return [];
  const message = `${what} ${format(value)} exceeds the ${whose}; limit ${format(max)}; order less`;
  return [{ field, soft: false, message }];
}

/** A rate that somebody has chosen lies on a step of the pump. */
export function stepProblems(field: string, order: CheckedOrder, rateNlPerH: number): OrderProblem[] {
  const step = rateStepNlPerH(order.pumpClass, rateNlPerH);
  if (rateNlPerH % step === 0) return [];
  const message = `${formatRate(rateNlPerH)} is between two rate steps; limit: steps of ${formatRate(step)}; round it`;
  return [{ field, soft: false, message }];
}

/** A measure (0 = unknown) against the profile's range and the entry's; only the entry's demands that it is known. */
function rangeProblems(
  field: string,
  value: number,
  [profile, entry]: readonly [Range, Range | undefined],
  format: Format,
): OrderProblem[] {
  if (value === 0) {
    if (!entry) return [];
    const limit = `${format(entry.min)} to ${format(entry.max)}`;
    return [
      { field, soft: false, message: `is not known, but the entry needs it; limit ${limit}; measure it` },
    ];
  }
  for (const range of [profile, entry]) {
    if (range && (value < range.min || value > range.max)) {
      const limit = `${format(range.min)} to ${format(range.max)}`;
      const message = `${format(value)} is outside the entry's range; limit ${limit}; choose the entry for this patient`;
      return [{ field, soft: false, message }];
    }
  }
  return [];
}

/** A dose against the bounds of its section. */
export function doseBounds(field: string, value: number, limits: DoseLimits, drug: Drug): OrderProblem[] {
  return boundProblems(field, value, limits.bounds, drug, (bound) =>
    formatDose({ value: bound, unit: limits.unit }),
  );
}

/** At most one problem: the hard bound if that is broken, else the soft one. */
export function boundProblems(
  field: string,
  value: number,
  bounds: Bounds,
  drug: Drug,
  format: Format,
): OrderProblem[] {
  const cases: readonly [number | undefined, "below" | "above", "hard" | "soft"][] = [
    [bounds.hardMin, "below", "hard"],
    [bounds.hardMax, "above", "hard"],
    [bounds.softMin, "below", "soft"],
    [bounds.softMax, "above", "soft"],
  ];
  for (const [bound, side, kind] of cases) {
    if (bound === undefined || (side === "below" ? value >= bound : value <= bound)) continue;
    const soft = kind === "soft" && (drug.flags & FLAG_OVERRIDE) !== 0;
    const extreme = side === "below" ? "minimum" : "maximum";
    const next = soft ? "the pump will ask for an override" : "order within it";
    const message = `${format(value)} is ${side} the ${kind} ${extreme}; limit ${format(bound)}; ${next}`;
    return [{ field, soft, message }];
  }
  return [];
}

function concentrationProblems(concentration: Concentration, drug: Drug): OrderProblem[] {
  const fixed = drug.concentration;
  if (fixed) {
    // as a ratio: 800 mg in 500 mL is 400 mg in 250 mL
    const left = BigInt(fixed.amount.value) * BigInt(concentration.volumeNl);
    if (left === BigInt(concentration.amount.value) * BigInt(fixed.volumeNl)) return [];
    const message =
      `${formatConcentration(concentration)} is not the entry's; limit: ${formatConcentration(fixed)} exactly; ` +
      "leave the field out, or choose the variant for this bag";
    return [{ field: "concentration", soft: false, message }];
  }
  const bounds = drug.customConcentration ?? {};
  // amount / volume against a bound per mL, cross-multiplied: nothing is rounded
  const amountMl = BigInt(concentration.amount.value) * 1_000_000n;
  const volume = BigInt(concentration.volumeNl);
  const perMl = (bound: number): string => `${decimal(BigInt(bound), 1n)} base units per mL`;
  const broken = (bound: number | undefined, above: boolean): boolean =>
    bound !== undefined && (above ? amountMl > BigInt(bound) * volume : amountMl < BigInt(bound) * volume);
  const result: OrderProblem[] = [];
  for (const [bound, above, kind] of [
    [bounds.hardMin, false, "hard minimum"],
    [bounds.hardMax, true, "hard maximum"],
    [bounds.softMin, false, "soft minimum"],
    [bounds.softMax, true, "soft maximum"],
  ] as const) {
    if (result.length > 0 || !broken(bound, above)) continue;
    const soft = kind.startsWith("soft") && (drug.flags & FLAG_OVERRIDE) !== 0;
    const next = soft ? "the pump will ask for an override" : "prepare another concentration";
    const side = above ? "above" : "below";
    const message = `${formatConcentration(concentration)} is ${side} the ${kind}; limit ${perMl(bound!)}; ${next}`;
    result.push({ field: "concentration", soft, message });
  }
  return result;
}

/** The rate of a whole dose is a flow; its bounds are doses per time, turned into exact flows. */
export function flowProblems(
  field: string,
  order: CheckedOrder,
  rateNlPerH: number,
  limits: DoseLimits,
): OrderProblem[] {
  const rate = BigInt(rateNlPerH);
  for (const [bound, above, kind] of [
    [limits.bounds.hardMin, false, "hard minimum"],
    [limits.bounds.hardMax, true, "hard maximum"],
    [limits.bounds.softMin, false, "soft minimum"],
    [limits.bounds.softMax, true, "soft maximum"],
  ] as const) {
    if (bound === undefined) continue;
    const flow = exactRate({ value: bound, unit: limits.unit }, order.patient, order.concentration);
    const limitFlow = flow.numerator / flow.denominator; // floor, as for a rate
    if (above ? rate <= limitFlow : rate >= limitFlow) continue;
    const soft = kind.startsWith("soft") && (order.drug.flags & FLAG_OVERRIDE) !== 0;
    const next = soft ? "the pump will ask for an override" : "give it within the limit";
    const limit = formatDose({ value: bound, unit: limits.unit });
    const message = `${formatRate(rateNlPerH)} is ${above ? "above" : "below"} the ${kind}; limit ${limit}; ${next}`;
    return [{ field, soft, message }];
  }
  return [];
}
