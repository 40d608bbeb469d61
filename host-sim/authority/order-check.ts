/**
 * What the gate would say to an order, told at the desk where it is written: limits of the entry, of the profile, and the
 * compiled-in ceilings (SPEC 4.4, steps 13 to 21). It helps the prescriber and guards nothing: the gate judges again. What the
 * patient has had already, and how far a running program is, only the pump knows.
 */
import type { BodyOf, RatedDose, WholeDose } from "./command.js";
import { type Dose, formatDose, formatDuration, formatRate, formatVolume, unpackDoseUnit } from "./dose.js";
import { type DoseField, FLAG_BOLUS_APART, FLAG_OVERRIDE, WINDOWS } from "./library/model.js";
import {
  boundProblems,
  type CheckedOrder,
  commonProblems,
  doseBounds,
  flowProblems,
  maximum,
  modeProblem,
  type OrderProblem,
  stepProblems,
  unitProblems,
} from "./order-limits.js";
import { ceilingsFor, exactVolume } from "./rate.js";

export type { CheckedOrder, OrderProblem } from "./order-limits.js";

/** Fields of a whole dose in an order file: those of a bolus stand by themselves, those of a loading dose in a map. */
const PLAIN = { dose: "dose", rate: "rate" } as const;
const inMap = (map: string) => ({ dose: `${map}.dose`, rate: `${map}.rate` }) as const;

const doseOf = ({ unit, dose }: { unit: number; dose: number }): Dose => ({
  value: dose,
  unit: unpackDoseUnit(unit)!,
});

/** Everything that a start breaks. */
export function startProblems(order: CheckedOrder, body: BodyOf<"start">): OrderProblem[] {
  const { durationS, loading, range, steps = [] } = body;
  const isIntermittent = durationS !== undefined;
  const problems = isIntermittent
    ? intermittentProblems(order, body, durationS)
    : continuousProblems(order, body);
  if (problems.some(({ field }) => field === "drug")) return problems;
  problems.push(...commonProblems(order), ...bagProblems(order, body));
  if (loading) problems.push(...wholeProblems(order, loading, "loading", "loading dose", inMap("loading")));
  if (range) problems.push(...rangeProblems(order, body));
  steps.forEach((step, i) => {
    const dose = { ...step, unit: body.unit };
    problems.push(...continuousProblems(order, dose, `steps[${i}].dose`));
  });
  const before = steps.reduce((sum, step) => sum + step.afterNl, loading?.volumeNl ?? 0);
  if (before >= body.vtbiNl) {
    const message = `the steps before the last take ${formatVolume(before)}; limit: below the VTBI of ${formatVolume(body.vtbiNl)}; shorten them`;
    problems.push({ field: steps.length > 0 ? "steps" : "loading", soft: false, message });
  }
  const rates = [body.rateNlPerH, ...steps.map((step) => step.rateNlPerH)];
  problems.push(...windowProblems(order, loading?.volumeNl ?? 0, Math.max(...rates), body.vtbiNl));
  return problems;
}

/** Everything that a PCA order breaks. */
export function pcaProblems(order: CheckedOrder, body: BodyOf<"PCA">): OrderProblem[] {
  const { basal, loading, pca } = body;
  const problems = wholeProblems(order, pca, "pcaDose", "PCA", inMap("pca"));
  if (problems.some(({ field }) => field === "drug")) return problems;
  problems.push(...commonProblems(order), ...bagProblems(order, body));
  if (order.drug.lockout) {
    problems.push(
      ...boundProblems("pca.lockout", pca.lockoutS, order.drug.lockout, order.drug, formatDuration),
    );
  }
  if (basal) problems.push(...continuousProblems(order, basal));
  if (loading) problems.push(...wholeProblems(order, loading, "loading", "loading dose", inMap("loading")));
  problems.push(...windowProblems(order, loading?.volumeNl ?? 0, basal?.rateNlPerH ?? 0, body.vtbiNl));
  return problems;
}

/** Everything that a titration breaks. */
export function titrateProblems(order: CheckedOrder, body: RatedDose): OrderProblem[] {
  const problems = continuousProblems(order, body);
  return problems.some(({ field }) => field === "drug") ? problems : [...problems, ...commonProblems(order)];
}

/** Everything that a bolus or a loading dose breaks. */
export function bolusProblems(
  order: CheckedOrder,
  body: BodyOf<"bolus"> | BodyOf<"loading">,
): OrderProblem[] {
  const [field, name] =
    body.kind === "bolus" ? (["bolusDose", "bolus"] as const) : (["loading", "loading dose"] as const);
  const problems = wholeProblems(order, body, field, name, PLAIN);
  return problems.some((problem) => problem.field === "drug")
    ? problems
    : [...problems, ...commonProblems(order), ...windowProblems(order, body.volumeNl, 0, body.volumeNl)];
}

/** A dose per time: unit, rate and bounds. */
function continuousProblems(order: CheckedOrder, body: RatedDose, field = "dose"): OrderProblem[] {
  const limits = order.drug.continuous;
  if (!limits) return [modeProblem(order, "continuous infusion")];
  const problems = unitProblems(field, doseOf(body), limits.unit);
  if (problems.length > 0) return problems;
  return [...rateMaxima(order, field, body.rateNlPerH), ...doseBounds(field, body.dose, limits, order.drug)];
}

/** A whole dose in a bag: unit, duration, rate and bounds. */
function intermittentProblems(order: CheckedOrder, body: RatedDose, durationS: number): OrderProblem[] {
  const { drug } = order;
  const limits = drug.intermittent;
  if (!limits) return [modeProblem(order, "intermittent dose")];
  const problems = unitProblems("dose", doseOf(body), limits.unit);
  if (problems.length > 0) return problems;
  return [
    ...rateMaxima(order, "duration", body.rateNlPerH),
    ...doseBounds("dose", body.dose, limits, drug),
    ...(drug.duration ? boundProblems("duration", durationS, drug.duration, drug, formatDuration) : []),
  ];
}

/** A bolus, loading or PCA dose: unit, volume, bounds, and the rate at which it is given. */
function wholeProblems(
  order: CheckedOrder,
  body: WholeDose,
  section: Extract<DoseField, "bolusDose" | "loading" | "pcaDose">,
  name: string,
  fields: { readonly dose: string; readonly rate: string },
): OrderProblem[] {
  const { drug, profile } = order;
  const limits = drug[section];
  if (!limits || !drug.bolusRate) return [modeProblem(order, name)];
  const problems = unitProblems(fields.dose, doseOf(body), limits.unit);
  if (problems.length > 0) return problems;
  const { bolusNlMax } = ceilingsFor(order.pumpClass, profile.patientClass);
  return [
    ...stepProblems(fields.rate, order, body.rateNlPerH),
    ...rateMaxima(order, fields.rate, body.rateNlPerH),
    ...maximum(fields.dose, "the volume", body.volumeNl, bolusNlMax, "compiled-in ceiling", formatVolume),
    ...doseBounds(fields.dose, body.dose, limits, drug),
    ...flowProblems(fields.rate, order, body.rateNlPerH, drug.bolusRate),
  ];
}

function rateMaxima({ pumpClass, profile }: CheckedOrder, field: string, rateNlPerH: number): OrderProblem[] {
  const { rateNlPerHMax } = ceilingsFor(pumpClass, profile.patientClass);
  return [
    ...maximum(field, "the rate", rateNlPerH, rateNlPerHMax, "compiled-in ceiling", formatRate),
    ...maximum(field, "the rate", rateNlPerH, profile.rateNlPerHMax, "profile's maximum", formatRate),
  ];
}

function bagProblems(order: CheckedOrder, body: BodyOf<"start"> | BodyOf<"PCA">): OrderProblem[] {
  const { drug, profile } = order;
  const { vtbiNlMax, totalNlMax } = ceilingsFor(order.pumpClass, profile.patientClass);
  const { vtbiNl, totalNl } = body;
  return [
    ...maximum("vtbi", "the VTBI", vtbiNl, vtbiNlMax, "compiled-in ceiling", formatVolume),
    ...maximum("vtbi", "the VTBI", vtbiNl, profile.vtbiNlMax, "profile's maximum", formatVolume),
    ...maximum("total", "the total", totalNl, totalNlMax, "compiled-in ceiling", formatVolume),
    ...(drug.vtbi ? boundProblems("vtbi", vtbiNl, drug.vtbi, drug, formatVolume) : []),
  ];
}

function rangeProblems(order: CheckedOrder, body: BodyOf<"start">): OrderProblem[] {
  const { range, dose } = body;
  const limits = order.drug.continuous;
  if (!range || !limits) return [];
  const problems = doseBounds("range.max", range.max, limits, order.drug);
  if (dose >= range.min && dose <= range.max) return problems;
  const [low, high] = [range.min, range.max].map((value) => formatDose({ value, unit: limits.unit }));
  const message = `${formatDose(doseOf(body))} is outside the titration range; limit ${low!} to ${high!}; widen the range or change the dose`;
  return [{ field: "dose", soft: false, message }, ...problems];
}

/**
 * How much the order alone can put into each window (SPEC 6.3): the whole dose and, for as long as the window, the basal rate,
 * together never more than the bag. Amounts are compared as the volumes they are for this patient, exactly.
 */
function windowProblems(
  order: CheckedOrder,
  bolusNl: number,
  rateNlPerH: number,
  bagNl: number,
): OrderProblem[] {
  const { drug, patient, concentration } = order;
  const { windows } = drug;
  if (!windows) return [];
  const countedNl = (drug.flags & FLAG_BOLUS_APART) !== 0 ? 0 : bolusNl;
  return WINDOWS.flatMap(({ name, hours }) => {
    const volumeNl = countedNl + Math.min(rateNlPerH * hours, Math.max(bagNl - bolusNl, 0));
    const exceeds = (bound: number | undefined): bound is number => {
      if (bound === undefined) return false;
      const cap = exactVolume({ value: bound, unit: windows.unit }, patient, concentration);
      return BigInt(volumeNl) * cap.denominator > cap.numerator;
    };
    const { hardMax, softMax } = windows.limits[name] ?? {};
    const kind = exceeds(hardMax) ? "hard" : "soft";
    const bound = kind === "hard" ? hardMax : softMax;
    if (!exceeds(bound)) return [];
    const soft = kind === "soft" && (drug.flags & FLAG_OVERRIDE) !== 0;
    const limit = formatDose({ value: bound, unit: windows.unit });
    const next = soft ? "the pump will ask for an override" : "order less";
    const message = `${formatVolume(volumeNl)} within ${hours} h is above the ${kind} maximum; limit ${limit}; ${next}`;
    return [{ field: "dose", soft, message }];
  });
}
