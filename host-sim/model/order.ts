/** An order as the reference reads it (SPEC 4.2). */
import type { Drug, Profile } from "../authority/library/model.js";
import type { Inputs } from "./judgement.js";

/** A signed start or PCA, a titration, bolus or loading dose, in figures. */
export interface Order {
  readonly kind: 2 | 3 | 4 | 5 | 7;
  readonly orderId: string;
  readonly drug: Drug;
  readonly profile: Profile;
  readonly inputs: Inputs;
  readonly range?: {
    readonly min: number;
    readonly max: number;
    readonly step: number;
    readonly intervalS: number;
  };
  /** Steps after the first: the volume of the one before, dose, rate. */
  readonly steps?: readonly {
    readonly afterNl: number;
    readonly dose: number;
    readonly rateNlPerH: number;
  }[];
}

/** Where steps begin, as volumes since the program's start: the loading dose's end, and each later step. */
export function stepStarts({ inputs, steps }: Order): bigint[] {
  let from = BigInt(inputs.loading?.volumeNl ?? 0);
  const starts = from > 0n ? [from] : [];
  for (const { afterNl } of steps ?? []) starts.push((from += BigInt(afterNl)));
  return starts;
}

/** The rates of those steps. */
export function stepRates({ inputs, steps }: Order): bigint[] {
  const first = inputs.loading ? [BigInt(inputs.rateNlPerH)] : [];
  return [...first, ...(steps ?? []).map(({ rateNlPerH }) => BigInt(rateNlPerH))];
}
