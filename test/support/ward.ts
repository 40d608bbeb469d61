/**
 * A bed whose library a test makes up: one care area, one drug, only the limits that the test is about. Doses are in base units,
 * so that a limit can be met to the unit. With the drug as it stands 1 mg is 1 mL, hence 1,000 pg are 1 nL.
 */
import type { CommandBody } from "../../host-sim/authority/command.js";
import {
  type Concentration,
  type DoseUnit,
  packDoseUnit,
  parseConcentration,
  parseDoseUnit,
} from "../../host-sim/authority/dose.js";
import { decodeProvisioning, encodeProvisioning } from "../../host-sim/authority/provisioning.js";
import type { KeyPair } from "../../host-sim/authority/keys.js";
import { type CompiledLibrary, compile } from "../../host-sim/authority/library/compile.js";
import {
  type Drug,
  FLAG_OVERRIDE,
  type LibraryHeader,
  type Profile,
} from "../../host-sim/authority/library/model.js";
import { bolusVolumeNl, rateFromDose } from "../../host-sim/authority/rate.js";
import { COMMAND_KINDS } from "../../host-sim/authority/roles.js";
import { type Judged, loadModule } from "../../host-sim/gate/gate.js";
import { verdictName } from "../../host-sim/gate/names.js";
import { statusName } from "../../host-sim/gate/status.js";
import { Bed, type BedOptions, type Patient, patientToken } from "../../host-sim/ward/bed.js";
import type { Forgery, Sent } from "../../host-sim/ward/desk.js";
import { Hospital, type HospitalOptions, type Issued } from "../../host-sim/ward/hospital.js";

/** 2026-02-01, Unix seconds. */
export const NOW_S = 1_769_904_000;
export const DAY_S = 86_400;
/** One mL in nL, and one mL/h in nL/h. */
export const ML = 1_000_000;
/** One mg in pg. */
export const MG = 1_000_000_000;

export const MODULE = loadModule();

export const PATIENT: Patient = { token: patientToken("patient"), weightG: 70_000, bsaCm2: 18_000, area: 1 };

/** An adult area that leaves 500 mL/h and 5 L. */
export function profile(change: Partial<Profile> = {}): Profile {
  return {
    kind: "profile",
    area: 1,
    name: "Test area",
    patientClass: 3,
    rateNlPerHMax: 500 * ML,
    vtbiNlMax: 5000 * ML,
    weightG: { min: 200, max: 500_000 },
    bsaCm2: { min: 500, max: 35_000 },
    kvoRateNlPerH: 0,
    ...change,
  };
}

/** A drug of 1 mg/mL, in mg/h, mg and mg/h, without any limit. */
export function drug(change: Partial<Drug> = {}): Drug {
  return {
    kind: "drug",
    area: 1,
    drug: 10,
    variant: 1,
    name: "testamine",
    ingredient: 8,
    concentration: parseConcentration("1 mg in 1 mL"),
    continuous: limits("mg/h"),
    bolusDose: limits("mg"),
    bolusRate: limits("mg/h"),
    flags: FLAG_OVERRIDE,
    ...change,
  };
}

/** `drug` without a fixed concentration. */
export function customDrug(change: Partial<Drug> = {}): Drug {
  const made: { -readonly [K in keyof Drug]: Drug[K] } = { ...drug(), customConcentration: {}, ...change };
  delete made.concentration;
  return made;
}

/** Limits of a dose counted in `unit`. */
export function limits(unit: string, bounds: NonNullable<Drug["continuous"]>["bounds"] = {}) {
  return { unit: parseDoseUnit(unit), bounds };
}

export function header(change: Partial<LibraryHeader> = {}): LibraryHeader {
  return {
    id: new Uint8Array(16).fill(0x11),
    epoch: 1,
    version: 1,
    issuedS: NOW_S,
    enableS: 0,
    expiresS: NOW_S + 365 * DAY_S,
    graceS: 0,
    minimumRootVersion: 1,
    minimumAbi: 1 << 16,
    note: "NOT FOR CLINICAL USE",
    ...change,
  };
}

/** A library of these entries; the area's profile and the drug as they stand if nothing is given. */
export function libraryOf(
  models: readonly (Profile | Drug)[] = [profile(), drug()],
  change: Partial<LibraryHeader> = {},
): CompiledLibrary {
  return compile(header(change), models);
}

export interface WardOptions extends Partial<Omit<BedOptions, "hospital">> {
  readonly models?: readonly (Profile | Drug)[];
  readonly header?: Partial<LibraryHeader>;
  readonly hospital?: Partial<HospitalOptions> | Hospital;
  /** What the motor moves a step, in pL; the pump is provisioned with it as set 1. Default 100,000. */
  readonly plPerStep?: number;
  /** `null`: nobody is associated. */
  readonly patient?: Patient | null;
}

/** A hospital that calibrates set 1 as it likes. */
class Workshop extends Hospital {
  constructor(
    options: HospitalOptions,
    readonly plPerStep: number,
  ) {
    super(options);
  }

  override issuePump(name: string, pumpClass = 1): Issued {
    const issued = super.issuePump(name, pumpClass);
    const block = decodeProvisioning(issued.block);
    const calibrations = [{ setId: 1, plPerStep: this.plPerStep }, ...block.calibrations.slice(1)];
    return { ...issued, block: encodeProvisioning({ ...block, calibrations }) };
  }
}

/** Somebody in a bed, with a pump that has this library. */
export function ward(options: WardOptions = {}): Bed {
  const { models, header: change, patient = PATIENT, hospital: given, plPerStep, ...rest } = options;
  const library = options.library ?? libraryOf(models, change);
  const settings = { seed: "ward", library, nowS: NOW_S };
  const hospital =
    given instanceof Hospital ? given : new Workshop({ ...settings, ...given }, plPerStep ?? 100_000);
  const device = { ...rest.device, motor: { ...(plPerStep && { plPerStep }), ...rest.device?.motor } };
  const bed = Bed.ready({ name: "bed", module: MODULE, ...rest, device, hospital, library });
  if (patient !== null) {
    const associated = bed.associate(patient);
    if (associated.status !== 0) throw new Error(`associate: ${statusName(associated.status)}`);
  }
  return bed;
}

/** The bed's only drug, or the one of this code. */
export function drugOf(bed: Bed, code?: number): Drug {
  const drugs = bed.library.areas.flatMap((area) => area.drugs);
  const found = code === undefined ? drugs[0] : drugs.find((candidate) => candidate.drug === code);
  if (found === undefined) throw new RangeError("the library has no such drug");
  return found;
}

type BodyOf<K extends CommandBody["kind"]> = Extract<CommandBody, { kind: K }>;
export type StartBody = BodyOf<"start">;
export type TitrateBody = BodyOf<"titrate">;
export type BolusBody = BodyOf<"bolus">;

/** Which drug is meant; its unit and concentration where the order does not say. */
interface Meant {
  readonly of?: Drug;
  readonly concentrated?: Concentration;
}

/** 5 mg/h for 20 h. What `change` does not say follows from the dose. */
export function startBody(bed: Bed, change: Partial<StartBody> & Meant = {}): StartBody {
  const { of = drugOf(bed), concentrated, ...body } = change;
  const concentration = concentrated ?? of.concentration ?? parseConcentration("1 mg in 1 mL");
  const vtbiNl = body.vtbiNl ?? 100 * ML;
  return {
    kind: "start",
    ...flowFields(bed, of, of.continuous?.unit, concentration, body),
    vtbiNl,
    totalNl: Math.max(vtbiNl, 100 * ML),
    concentration: { amount: concentration.amount.value, volumeNl: concentration.volumeNl },
    setId: 1,
    ...body,
  };
}

export function titrateBody(bed: Bed, change: Partial<TitrateBody> & Meant = {}): TitrateBody {
  const { of = drugOf(bed), concentrated, ...body } = change;
  const concentration = concentrated ?? of.concentration ?? parseConcentration("1 mg in 1 mL");
  return { kind: "titrate", ...flowFields(bed, of, of.continuous?.unit, concentration, body), ...body };
}

/** 2 mg at 60 mL/h. */
export function bolusBody(bed: Bed, change: Partial<BolusBody> & Meant = {}): BolusBody {
  const { of = drugOf(bed), concentrated, ...body } = change;
  const concentration = concentrated ?? of.concentration ?? parseConcentration("1 mg in 1 mL");
  const unit = of.bolusDose?.unit ?? parseDoseUnit("mg");
  const dose = body.dose ?? 2 * MG;
  return {
    kind: "bolus",
    drug: bed.library.reference(of.area, of.drug, of.variant),
    unit: packDoseUnit(unit),
    dose,
    rateNlPerH: 60 * ML,
    volumeNl: bolusVolumeNl({ value: dose, unit }, bed.patient, concentration),
    ...body,
  };
}

function flowFields(
  bed: Bed,
  of: Drug,
  unitOfEntry: DoseUnit | undefined,
  concentration: Concentration,
  body: { readonly dose?: number },
) {
  const unit = unitOfEntry ?? parseDoseUnit("mg/h");
  const dose = body.dose ?? 5 * MG;
  const rate = rateFromDose({ value: dose, unit }, bed.patient, concentration, bed.issued.pumpClass);
  return {
    drug: bed.library.reference(of.area, of.drug, of.variant),
    unit: packDoseUnit(unit),
    dose,
    rateNlPerH: Math.min(rate.rateNlPerH, 0xffff_ffff),
  };
}

/** Who signs what, and how it differs from an honest command. */
export interface Sending extends Forgery {
  readonly key?: KeyPair;
  readonly token?: Uint8Array;
  readonly orderId?: Uint8Array;
}

/** Sends any body for the bed's patient and order. */
export function send(bed: Bed, body: CommandBody, sending: Sending = {}): Sent {
  const { token = bed.patient.token, orderId = bed.orderId, ...forgery } = sending;
  const { prescriber, nurse, engineer, timekeeper } = bed.hospital.keys;
  const keys = { order: prescriber, bedside: nurse, service: engineer, time: timekeeper };
  const { role } = COMMAND_KINDS[body.kind];
  return bed.desk.send(sending.key ?? keys[role], token, orderId, body, forgery);
}

/** A start under a new order id. */
export function start(bed: Bed, change: Partial<StartBody> & Meant = {}, sending: Sending = {}): Sent {
  bed.newOrder(change.of ?? drugOf(bed));
  return send(bed, startBody(bed, change), sending);
}

export function titrate(bed: Bed, change: Partial<TitrateBody> & Meant = {}, sending: Sending = {}): Sent {
  return send(bed, titrateBody(bed, change), sending);
}

export function bolus(bed: Bed, change: Partial<BolusBody> & Meant = {}, sending: Sending = {}): Sent {
  return send(bed, bolusBody(bed, change), sending);
}

/** A ward whose program runs. */
export function running(options: WardOptions = {}, change: Partial<StartBody> & Meant = {}): Bed {
  const bed = ward(options);
  permitted(start(bed, change));
  return bed;
}

/** Passes on what was permitted; throws otherwise, so that a test never goes on from a wrong state. */
export function permitted<T extends Judged>(judged: T): T {
  const { verdict } = judged;
  if (verdict === null || verdictName(verdict.verdict) !== "PERMIT") {
    throw new Error(`not permitted: ${statusName(judged.status)}, limit ${verdict?.limit ?? "none"}`);
  }
  return judged;
}

/** Passes on an answer with status OK; throws otherwise. */
export function done<T extends { readonly status: number }>(answer: T): T {
  if (answer.status !== 0) throw new Error(`not done: ${statusName(answer.status)}`);
  return answer;
}

/** `PERMIT`, `LIMIT_HARD`: what became of a command, in one word. */
export function outcome(judged: Judged): string {
  const word = judged.verdict === null ? null : verdictName(judged.verdict.verdict);
  const status = statusName(judged.status);
  if (word === "PERMIT" && status === "OK") return "PERMIT";
  if (word === "NEEDS_OVERRIDE" && status === "LIMIT_SOFT") return "NEEDS_OVERRIDE";
  if (word === "DENY" || word === null) return status;
  return `${word} with ${status}`;
}
