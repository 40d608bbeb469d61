/** Orders of the other kinds and modes. As in `ward.ts` 1 mg is 1 mL, and what `change` does not say follows from the dose. */
import type { BodyOf, CommandBody, OrderStep, WholeDose } from "../../host-sim/authority/command.js";
import { packDoseUnit, parseDoseUnit } from "../../host-sim/authority/dose.js";
import type { Drug } from "../../host-sim/authority/library/model.js";
import { bolusVolumeNl, rateForDuration, rateFromDose } from "../../host-sim/authority/rate.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import type { Sent } from "../../host-sim/ward/desk.js";
import {
  drug,
  drugOf,
  limits,
  MG,
  ML,
  permitted,
  send,
  type Sending,
  start,
  startBody,
} from "../support/ward.js";

const MG_UNIT = parseDoseUnit("mg");
const MG_PER_H = parseDoseUnit("mg/h");

/** A drug that may be given in every way, without any limit but a lockout of a minute. */
export function therapy(change: Partial<Drug> = {}): Drug {
  return drug({
    intermittent: limits("mg"),
    duration: {},
    loading: limits("mg"),
    pcaDose: limits("mg"),
    lockout: { hardMin: 60 },
    ...change,
  });
}

/** Another drug of another ingredient. */
export const OTHER = therapy({ drug: 20, name: "othermine", ingredient: 16 });

/** A dose that ends: 2 mg at 60 mL/h. */
export function whole(bed: Bed, change: Partial<WholeDose> = {}): WholeDose {
  const { concentration } = drugOf(bed);
  const dose = change.dose ?? 2 * MG;
  return {
    unit: packDoseUnit(MG_UNIT),
    dose,
    rateNlPerH: 60 * ML,
    volumeNl: bolusVolumeNl({ value: dose, unit: MG_UNIT }, bed.patient, concentration),
    ...change,
  };
}

/** A later step of so many base units per hour. */
export function step(bed: Bed, afterNl: number, dose: number): OrderStep {
  const given = { value: dose, unit: MG_PER_H };
  const { rateNlPerH } = rateFromDose(given, bed.patient, drugOf(bed).concentration, bed.issued.pumpClass);
  return { afterNl, dose, rateNlPerH };
}

/** 36 mg in an hour. */
export function intermittentBody(bed: Bed, change: Partial<BodyOf<"start">> & { readonly of?: Drug } = {}) {
  const durationS = change.durationS ?? 3600;
  const { unit, dose, volumeNl } = whole(bed, { dose: change.dose ?? 36 * MG });
  const rateNlPerH = rateForDuration(volumeNl, durationS, bed.issued.pumpClass);
  return startBody(bed, {
    mode: "intermittent",
    unit,
    dose,
    vtbiNl: volumeNl,
    durationS,
    rateNlPerH,
    ...change,
  });
}

export type PcaBody = BodyOf<"PCA">;

/** 1 mg on demand at 60 mL/h, every ten minutes at most; without a basal rate. */
export function pcaBody(bed: Bed, change: Partial<PcaBody> = {}): PcaBody {
  const { drug: reference, vtbiNl, totalNl, concentration, setId } = startBody(bed);
  const pca = { ...whole(bed, { dose: MG }), lockoutS: 600 };
  return { kind: "PCA", drug: reference, vtbiNl, totalNl, concentration, setId, pca, ...change };
}

/** A basal rate beside the demands. */
export function basal(bed: Bed, dose: number): NonNullable<PcaBody["basal"]> {
  const { unit, rateNlPerH } = startBody(bed, { dose });
  return { unit, dose, rateNlPerH };
}

export function loadingBody(bed: Bed, change: Partial<WholeDose> = {}): BodyOf<"loading"> {
  return { kind: "loading", drug: startBody(bed).drug, ...whole(bed, change) };
}

/** Sends a start of any kind under a new order id. */
export function begin(bed: Bed, body: CommandBody, sending: Sending = {}): Sent {
  bed.newOrder(drugOf(bed));
  return send(bed, body, sending);
}

/** The other drug as a secondary of what runs, under an order id of its own. */
export function secondary(bed: Bed, change: Partial<BodyOf<"start">> = {}): Sent {
  return start(bed, { of: OTHER, mode: "secondary", vtbiNl: 10 * ML, ...change });
}

/** A bed in which the drug's program runs. */
export function underWay(bed: Bed): Bed {
  permitted(start(bed));
  return bed;
}
