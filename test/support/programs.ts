/**
 * Programs of every mode over drugs that are counted in volume: a dose in mL/h is its own rate, and one in mL its own volume, so that
 * a test can say to the nanolitre what should have flowed.
 */
import type { BodyOf, WholeDose } from "../../host-sim/authority/command.js";
import { packDoseUnit, parseDoseUnit } from "../../host-sim/authority/dose.js";
import type { Drug, Profile } from "../../host-sim/authority/library/model.js";
import { PowerCut } from "../../host-sim/device/errors.js";
import type { CutShape } from "../../host-sim/device/flash-fault.js";
import { type LocalActionName } from "../../host-sim/gate/names.js";
import type { State } from "../../host-sim/gate/records.js";
import { statusName } from "../../host-sim/gate/status.js";
import { decodeEvent, type EventName, namedDetails } from "../../host-sim/log/event.js";
import { recordAt } from "../../host-sim/log/record.js";
import type { PanelOptions, PowerOn } from "../../host-sim/pump/pump.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import type { Sent } from "../../host-sim/ward/desk.js";
import { drug, limits, ML, permitted, profile, send, ward, type WardOptions } from "./ward.js";

export const SECOND_MS = 1000;
export const HOUR_MS = 3_600_000;

const PER_HOUR = packDoseUnit(parseDoseUnit("mL/h"));
const WHOLE = packDoseUnit(parseDoseUnit("mL"));

/** A drug that may be given in every way, counted in volume. `code` 10 and 20 are different ingredients. */
export function liquid(change: Partial<Drug> = {}, code = 10): Drug {
  return drug({
    drug: code,
    ingredient: 8 * code + 4,
    concentration: { amount: { value: ML, dimension: 4 }, volumeNl: ML },
    continuous: limits("mL/h"),
    bolusDose: limits("mL"),
    bolusRate: limits("mL/h"),
    intermittent: limits("mL"),
    duration: {},
    loading: limits("mL"),
    pcaDose: limits("mL"),
    lockout: { hardMin: 60 },
    ...change,
  });
}

/** A ward whose pump knows `liquid` as drug 10 and, for secondaries, as drug 20. */
export function programWard(
  change: Partial<Drug> = {},
  area: Partial<Profile> = {},
  options: WardOptions = {},
): Bed {
  return ward({ models: [profile(area), liquid(change), liquid({}, 20)], ...options });
}

export function dose(volumeNl: number, rateNlPerH: number): WholeDose {
  return { unit: WHOLE, dose: volumeNl, rateNlPerH, volumeNl };
}

/** A step that begins when `afterNl` more have been delivered. */
export function step(afterNl: number, rateNlPerH: number) {
  return { afterNl, dose: rateNlPerH, rateNlPerH };
}

type Change<K extends "start" | "PCA"> = Partial<BodyOf<K>> & { readonly code?: number };

function bag(bed: Bed, code: number, vtbiNl: number) {
  const meant = bed.library.areas.flatMap((area) => area.drugs).find((found) => found.drug === code);
  if (meant === undefined) throw new RangeError(`the library has no drug ${code}`);
  bed.newOrder(meant);
  return {
    drug: bed.library.reference(meant.area, meant.drug, meant.variant),
    vtbiNl,
    totalNl: vtbiNl,
    concentration: { amount: ML, volumeNl: ML },
    setId: 1,
  };
}

/** A start of mode 1, 2 or 3 at `rateNlPerH` under a new order id. */
export function begin(bed: Bed, rateNlPerH: number, vtbiNl: number, change: Change<"start"> = {}): Sent {
  const { code = 10, ...body } = change;
  const flow = { unit: PER_HOUR, dose: rateNlPerH, rateNlPerH };
  return send(bed, { kind: "start", ...bag(bed, code, vtbiNl), ...flow, ...body });
}

/** A secondary of drug 20. */
export function interrupt(bed: Bed, rateNlPerH: number, vtbiNl: number): Sent {
  return begin(bed, rateNlPerH, vtbiNl, { mode: "secondary", code: 20 });
}

export interface Pca {
  readonly doseNl?: number;
  readonly doseRateNlPerH?: number;
  readonly lockoutS?: number;
  readonly basalNlPerH?: number;
  readonly vtbiNl?: number;
  readonly loading?: WholeDose;
}

/** A PCA: 1 mL at 60 mL/h on demand, 10 min apart, from a bag of 50 mL; without basal rate unless told. */
export function pca(bed: Bed, change: Pca = {}): Sent {
  const { doseNl = ML, doseRateNlPerH = 60 * ML, lockoutS = 600, basalNlPerH = 0, vtbiNl = 50 * ML } = change;
  return send(bed, {
    kind: "PCA",
    ...bag(bed, 10, vtbiNl),
    pca: { ...dose(doseNl, doseRateNlPerH), lockoutS },
    ...(basalNlPerH === 0 ? {} : { basal: { unit: PER_HOUR, dose: basalNlPerH, rateNlPerH: basalNlPerH } }),
    ...(change.loading === undefined ? {} : { loading: change.loading }),
  });
}

/** A PCA that runs. */
export function demandWard(change: Pca = {}, entry: Partial<Drug> = {}, options: WardOptions = {}): Bed {
  const bed = programWard(entry, {}, options);
  permitted(pca(bed, change));
  return bed;
}

export const panel = (bed: Bed, action: LocalActionName, options?: PanelOptions): string =>
  statusName(bed.pump.panel(action, options).status);

/** Presses the patient's button. */
export const demand = (bed: Bed): string => panel(bed, "DEMAND");

export const state = (bed: Bed): State => bed.pump.inspect();

/** What the motor has moved, pL. */
export const movedPl = (bed: Bed): bigint => bed.device.motor.deliveredPl;

/** Flow of `ms` at a rate, pL. */
export function flowPl(rateNlPerH: number, ms: number): bigint {
  return (BigInt(rateNlPerH) * BigInt(ms)) / BigInt(HOUR_MS / 1000);
}

/** Details of all events of a kind in the pump's log, oldest first. */
export function told(bed: Bed, wanted: EventName): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  for (const { records } of bed.pump.gate.logPages(0)) {
    for (let at = 0; at < records.length;) {
      const record = recordAt(records, at);
      if (record === undefined) throw new Error(`no record at ${at} of a page`);
      at += record.length;
      const event = record.event.length === 0 ? null : decodeEvent(record.event);
      if (event?.name === wanted) found.push(namedDetails(event));
    }
  }
  return found;
}

/** Runs until `when`, a second at a time; throws if that takes longer than `ms`. */
export function runUntil(bed: Bed, when: (state: State) => boolean, ms = HOUR_MS): void {
  for (let left = ms; !when(state(bed)); left -= SECOND_MS) {
    if (left < 0) throw new Error(`not within ${ms} ms`);
    bed.pump.runFor(SECOND_MS);
  }
}

/** A pump that lost its power in `act`, booted again. */
export interface Cut {
  readonly bed: Bed;
  /** `3 inside`: at which flash step, and how it ended. */
  readonly name: string;
  /** What the motor had moved when the power went, pL. */
  readonly movedPl: bigint;
}

const SHAPES: readonly CutShape[] = [
  { when: "before" },
  { when: "inside", unit: "random" },
  { when: "inside", unit: "looks-programmed" },
  { when: "after" },
];

/**
 * Loses the power at every step that flash takes in `act`, each time in another pump that `make` made, and boots it: `shapes` times a
 * step, in another way at each.
 */
export function* everyCut(
  make: () => Bed,
  act: (bed: Bed) => void,
  boot: PowerOn = { offMs: 1000 },
  shapes = SHAPES.length,
): Generator<Cut> {
  for (let number = 0; ; number++) {
    for (let i = 0; i < shapes; i++) {
      const shape = SHAPES[(number * shapes + i) % SHAPES.length]!;
      const bed = make();
      bed.device.flash.cutAfter(number, shape);
      try {
        act(bed);
        if (number === 0) throw new Error("nothing was written: no cut was made");
        return;
      } catch (thrown) {
        if (!(thrown instanceof PowerCut)) throw thrown;
      }
      const movedPl = bed.device.motor.deliveredPl;
      bed.pump.powerCycle({ offMs: 1000 }, boot);
      bed.desk.open();
      yield { bed, name: `${number} ${shape.when} ${JSON.stringify(shape.unit ?? "")}`, movedPl };
    }
  }
}
