/** Orders of a trace: as the desk sends them, and as the reference reads them. */
import type {
  CommandBody,
  OrderStep,
  PcaDose,
  RatedDose,
  TitrationRange,
  WholeDose,
} from "../../host-sim/authority/command.js";
import { type DoseUnit, packDoseUnit, parseDoseUnit } from "../../host-sim/authority/dose.js";
import type { Drug } from "../../host-sim/authority/library/model.js";
import { bolusVolumeNl, rateFromDose } from "../../host-sim/authority/rate.js";
import { type Inputs, KIND } from "../../host-sim/model/judgement.js";
import type { Order } from "../../host-sim/model/order.js";
import type { ReferenceGate } from "../../host-sim/model/program.js";
import { MG, ML, PATIENT } from "../support/ward.js";
import { PROFILE } from "./fixture.js";

export const UNIT_MG_H = parseDoseUnit("mg/h");
export const UNIT_MG = parseDoseUnit("mg");

export function rated(dose: number, unit: DoseUnit) {
  const { rateNlPerH } = rateFromDose(
    { value: dose, unit },
    PATIENT,
    { amount: { value: MG, dimension: 0 }, volumeNl: ML },
    1,
  );
  return { unit: packDoseUnit(unit), dose, rateNlPerH };
}

export function whole(dose: number, unit: DoseUnit) {
  const volumeNl = bolusVolumeNl({ value: dose, unit }, PATIENT, {
    amount: { value: MG, dimension: 0 },
    volumeNl: ML,
  });
  return { unit: packDoseUnit(unit), dose, rateNlPerH: 60 * ML, volumeNl };
}

export function step(afterNl: number, dose: number): OrderStep {
  return { afterNl, dose, rateNlPerH: rated(dose, UNIT_MG_H).rateNlPerH };
}

/** Down to a rate step of a large-volume pump. */
export function onStep(rate: number): number {
  const by = rate < 10 * ML ? ML / 100 : rate < 100 * ML ? ML / 10 : ML;
  return rate - (rate % by);
}

/** Every field that an order can have. */
interface Fields extends Partial<WholeDose> {
  readonly vtbiNl?: number;
  readonly totalNl?: number;
  readonly range?: TitrationRange;
  readonly steps?: readonly OrderStep[];
  readonly durationS?: number;
  readonly loading?: WholeDose;
  readonly pca?: PcaDose;
  readonly basal?: RatedDose;
}

/** The command as the reference reads it. */
export function orderOf(
  body: CommandBody,
  meant: Drug,
  orderId: string,
  pumpClass: number,
  model?: ReferenceGate,
): Order {
  const b = body as Fields;
  const kind = (
    {
      start: KIND.start,
      PCA: KIND.pca,
      titrate: KIND.titrate,
      bolus: KIND.bolus,
      loading: KIND.loading,
    } as Record<string, Order["kind"]>
  )[body.kind]!;
  const steps = b.steps?.map(({ afterNl, dose, rateNlPerH }) => ({ afterNl, dose, rateNlPerH }));
  const strength = model?.program?.strength;
  const inputs: Inputs = {
    area: meant.area,
    drug: meant.drug,
    variant: meant.variant,
    libraryEpoch: 1,
    libraryVersion: 1,
    weightG: PATIENT.weightG,
    bsaCm2: PATIENT.bsaCm2,
    unit: b.basal?.unit ?? b.unit ?? 0,
    dose: b.basal?.dose ?? b.dose ?? 0,
    rateNlPerH: b.basal?.rateNlPerH ?? b.rateNlPerH ?? 0,
    volumeNl: b.vtbiNl ?? b.volumeNl ?? 0,
    amount: Number(strength?.amount ?? MG),
    concentrationNl: Number(strength?.volumeNl ?? ML),
    setId: 1,
    basalRateNlPerH: 0,
    totalNl: b.totalNl ?? 0,
    ...(b.range && { rangeMax: b.range.max }),
    pumpClass,
    ...summary(steps),
    ...(b.loading && { loading: b.loading }),
    ...(b.pca && { pca: b.pca }),
    ...(b.durationS !== undefined && { durationS: b.durationS }),
    mode: kind === KIND.pca ? 4 : b.durationS !== undefined ? 2 : 1,
  };
  return {
    kind,
    orderId,
    drug: meant,
    profile: PROFILE,
    inputs,
    ...(b.range && {
      range: { min: b.range.min, max: b.range.max, step: b.range.stepMax, intervalS: b.range.intervalS },
    }),
    ...(steps && { steps }),
  };
}

/** What a log says of the steps after the first (SPEC 8). */
function summary(steps: Order["steps"]): Pick<Inputs, "steps"> {
  if (!steps) return {};
  const doses = steps.map(({ dose }) => dose);
  const rates = steps.map(({ rateNlPerH }) => rateNlPerH);
  return {
    steps: {
      lowestDose: Math.min(...doses),
      highestDose: Math.max(...doses),
      highestRateNlPerH: Math.max(...rates),
    },
  };
}
