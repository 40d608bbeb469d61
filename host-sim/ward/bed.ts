/**
 * One bed: a pump that is provisioned and has the library, a desk that sends to it, and a patient. Orders are written as people
 * write them; rates, volumes, proofs and signatures follow.
 */
import {
  type Concentration,
  type Dose,
  parseDose,
  parseRateNlPerH,
  parseVolumeNl,
} from "../authority/dose.js";
import type { KeyPair } from "../authority/keys.js";
import type { CompiledLibrary } from "../authority/library/compile.js";
import type { Drug } from "../authority/library/model.js";
import {
  bolusBody,
  type DoseOrder,
  intermittentBody,
  loadingBody,
  type OrderBase,
  pcaBody,
  startBody,
  titrateBody,
  type WholeOrder,
} from "../authority/order.js";
import type { BodyOf, CommandBody, TitrationRange } from "../authority/command.js";
import type { Body } from "../authority/rate.js";
import type { ServiceKind } from "../authority/roles.js";
import { Device, type DeviceOptions } from "../device/device.js";
import type { Judged } from "../gate/gate.js";
import { statusName, STATUS } from "../gate/status.js";
import { Pump, type PumpOptions } from "../pump/pump.js";
import { Desk, type Forgery, type Sent } from "./desk.js";
import { type Hospital, type Issued, SETS } from "./hospital.js";

/** Who lies in the bed. The token is opaque: the gate never sees a name. */
export interface Patient extends Body {
  readonly token: Uint8Array;
  readonly area: number;
}

export interface BedOptions {
  readonly name: string;
  readonly hospital: Hospital;
  readonly library: CompiledLibrary;
  readonly module: WebAssembly.Module;
  readonly pumpClass?: number;
  /** Disposable set mounted, by id (SETS). Default 1. */
  readonly setId?: number;
  readonly device?: Partial<DeviceOptions>;
  readonly pump?: Partial<Omit<PumpOptions, "module" | "device">>;
}

/** A start, in words. */
export interface StartInWords {
  readonly dose: string;
  readonly vtbi: string;
  /** Default: the VTBI. */
  readonly total?: string;
  /** Needed where the entry leaves it open. */
  readonly concentration?: Concentration;
  readonly range?: {
    readonly min: string;
    readonly max: string;
    readonly step: string;
    readonly intervalS: number;
  };
  readonly loading?: DoseInWords;
  /** Steps after the first: what the one before delivers, and the dose from then on. */
  readonly steps?: readonly { readonly after: string; readonly dose: string }[];
  /** Interrupts the program that runs, and gives way to it again. */
  readonly secondary?: boolean;
}

/** A dose that is given whole, and how fast. */
export interface DoseInWords {
  readonly dose: string;
  readonly rate: string;
}

/** A whole dose in a bag of its own. */
export interface BagInWords {
  readonly dose: string;
  readonly durationS: number;
  readonly concentration?: Concentration;
  readonly secondary?: boolean;
}

/** PCA, in words. */
export interface PcaInWords {
  readonly demand: DoseInWords & { readonly lockoutS: number };
  /** Default: nothing flows between the doses. */
  readonly basal?: string;
  readonly loading?: DoseInWords;
  readonly vtbi: string;
  readonly total?: string;
  readonly concentration?: Concentration;
}

export class Bed {
  readonly name: string;
  readonly hospital: Hospital;
  readonly issued: Issued;
  readonly device: Device;
  readonly pump: Pump;
  readonly desk: Desk;
  library: CompiledLibrary;
  readonly #setId: number;
  #patient: Patient | null = null;
  #orderId: Uint8Array = new Uint8Array(16);
  #drug: Drug | null = null;
  #concentration: Concentration | null = null;
  #orders = 0;

  /** A new pump, still blank. `Bed.ready` is what most callers want. */
  constructor(options: BedOptions) {
    this.name = options.name;
    this.hospital = options.hospital;
    this.library = options.library;
    this.#setId = options.setId ?? 1;
    this.issued = options.hospital.issuePump(options.name, options.pumpClass ?? 1);
    const plPerStep = SETS.find(({ setId }) => setId === this.#setId)?.plPerStep;
    if (plPerStep === undefined) throw new RangeError(`no disposable set ${this.#setId}; see SETS`);
    this.device = new Device({
      seed: `bed ${options.name}`,
      wallTimeS: options.hospital.root.issuedS,
      ...options.device,
      motor: { plPerStep, ...options.device?.motor },
    });
    this.pump = new Pump({ module: options.module, device: this.device, ...options.pump });
    this.desk = new Desk({ pump: this.pump, deviceId: this.issued.deviceId, library: options.library });
  }

  /** Provisioned, with the library active. Throws if the gate refuses either. */
  static ready(options: BedOptions): Bed {
    const bed = new Bed(options);
    expectStatus("boot of a blank pump", bed.pump.powerOn(), STATUS.NOT_PROVISIONED);
    expectStatus("provisioning", bed.pump.provision(bed.issued.block).status, STATUS.OK);
    expectStatus("library", bed.install(bed.library).status, STATUS.OK);
    return bed;
  }

  /** Streams a library with the hospital's manifest. */
  install(library: CompiledLibrary, manifest = this.hospital.publishLibrary(library).bytes) {
    const ended = this.pump.installLibrary(
      manifest,
      library.entries.map(({ bytes }) => bytes),
    );
    if (ended.status === STATUS.OK) {
      this.library = library;
      this.desk.library = library;
    }
    return ended;
  }

  get patient(): Patient {
    if (this.#patient === null) throw new Error(`bed ${this.name} has no patient: associate one first`);
    return this.#patient;
  }

  /** Order id of the running order, 16 bytes. */
  get orderId(): Uint8Array {
    return this.#orderId;
  }

  associate(patient: Patient, key: KeyPair = this.hospital.keys.nurse): Sent {
    this.#patient = patient;
    const { weightG, bsaCm2, area } = patient;
    return this.#send(key, { kind: "associate", weightG, bsaCm2, area });
  }

  /** The drug of the patient's area with this displayed name, first variant unless told. Throws RangeError. */
  drug(name: string, variant?: number): Drug {
    const found = this.library
      .named(name)
      .find((drug) => drug.area === this.patient.area && (variant === undefined || drug.variant === variant));
    if (!found) throw new RangeError(`area ${this.patient.area} has no ${name} ${variant ?? ""}`);
    return found;
  }

  /** The body of a start, for those who want to change it before it is signed. */
  startBody(drug: Drug, order: StartInWords): BodyOf<"start"> {
    const { range, secondary, steps } = order;
    return startBody({
      ...this.#dose(drug, parseDose(order.dose), order.concentration),
      ...this.#bag(order),
      ...(range === undefined ? {} : { range: inUnits(range) }),
      ...(secondary === undefined ? {} : { secondary }),
      ...(steps && {
        steps: steps.map(({ after, dose }) => ({ afterNl: parseVolumeNl(after), dose: parseDose(dose) })),
      }),
    });
  }

  /** The body of a whole dose in a bag of its own, as a primary or a secondary. */
  bagBody(drug: Drug, order: BagInWords): BodyOf<"start"> {
    const { durationS, secondary = false } = order;
    const dose = this.#dose(drug, parseDose(order.dose), order.concentration);
    return intermittentBody({ ...dose, durationS, secondary, setId: this.#setId });
  }

  /** The body of a PCA order. */
  pcaBody(drug: Drug, order: PcaInWords): BodyOf<"PCA"> {
    const { demand, basal } = order;
    return pcaBody({
      ...this.#base(drug, order.concentration),
      ...this.#bag(order),
      pca: { ...whole(demand), lockoutS: demand.lockoutS },
      ...(basal === undefined ? {} : { basal: parseDose(basal) }),
    });
  }

  /** Begins a new order for `drug`. */
  start(drug: Drug, order: StartInWords, forgery: Forgery = {}): Sent {
    this.newOrder(drug, order.concentration);
    return this.#send(forgery.key ?? this.hospital.keys.prescriber, this.startBody(drug, order), forgery);
  }

  /** Begins a new order for a whole dose of `drug`. */
  startBag(drug: Drug, order: BagInWords, forgery: Forgery = {}): Sent {
    this.newOrder(drug, order.concentration);
    return this.#send(forgery.key ?? this.hospital.keys.prescriber, this.bagBody(drug, order), forgery);
  }

  /** Begins PCA with `drug`. */
  startPca(drug: Drug, order: PcaInWords, forgery: Forgery = {}): Sent {
    this.newOrder(drug, order.concentration);
    return this.#send(forgery.key ?? this.hospital.keys.prescriber, this.pcaBody(drug, order), forgery);
  }

  /** A start that nobody signs, from the panel; OVERRIDE there carries it out (SPEC 6.6). */
  emergencyStart(drug: Drug, order: StartInWords): Sent {
    this.newOrder(drug, order.concentration);
    return this.desk.emergency(this.patient.token, this.#orderId, this.startBody(drug, order));
  }

  /** An increase that nobody signs. */
  emergencyTitrate(dose: string): Sent {
    const body = titrateBody(this.#dose(this.#running, parseDose(dose)));
    return this.desk.emergency(this.patient.token, this.#orderId, body);
  }

  /** Makes the next order id, and remembers the drug that titrations and boluses mean. */
  newOrder(drug: Drug, concentration?: Concentration): void {
    this.#orders += 1;
    this.#orderId = new TextEncoder().encode(`${this.name}#${this.#orders}`.padEnd(16, ".").slice(0, 16));
    this.#drug = drug;
    this.#concentration = concentration ?? drug.concentration ?? null;
  }

  titrate(dose: string, forgery: Forgery = {}): Sent {
    return this.#send(
      forgery.key ?? this.hospital.keys.prescriber,
      titrateBody(this.#dose(this.#running, parseDose(dose))),
      forgery,
    );
  }

  /** The body of a bolus. */
  bolusBody(dose: string, rate: string): BodyOf<"bolus"> {
    return bolusBody({ ...this.#dose(this.#running, parseDose(dose)), rateNlPerH: parseRateNlPerH(rate) });
  }

  bolus(dose: string, rate: string, forgery: Forgery = {}): Sent {
    return this.#send(forgery.key ?? this.hospital.keys.prescriber, this.bolusBody(dose, rate), forgery);
  }

  /** A loading dose beside the running program. */
  loading(dose: string, rate: string, forgery: Forgery = {}): Sent {
    const order = { ...this.#dose(this.#running, parseDose(dose)), rateNlPerH: parseRateNlPerH(rate) };
    return this.#send(forgery.key ?? this.hospital.keys.prescriber, loadingBody(order), forgery);
  }

  /** A command without dose, by the nurse. */
  command(body: BodyOf<"pause" | "resume" | "stop" | "disassociate" | "new bag">): Sent {
    return this.#send(this.hospital.keys.nurse, body);
  }

  /** The service engineer has the log up to `sequence`. */
  acknowledge(stream: 0 | 1, sequence: number): Sent {
    return this.service({ kind: "log-ack", stream, acknowledged: sequence });
  }

  /** What concerns the pump and no patient: by the engineer, the time by the hospital's clock. */
  service(body: BodyOf<ServiceKind>, key?: KeyPair): Sent {
    const { engineer, timekeeper } = this.hospital.keys;
    const signer = key ?? (body.kind === "time" ? timekeeper : engineer);
    return this.desk.send(signer, new Uint8Array(16), new Uint8Array(16), body);
  }

  /** A supervisor answers for the soft limits of a command that waits. */
  approve(waiting: Judged, reasonCode = 1, key: KeyPair = this.hospital.keys.supervisor): Judged {
    if (waiting.verdict === null) throw new Error("nothing waits: the command had no verdict");
    return this.desk.approve(key, waiting.verdict, reasonCode);
  }

  get #running(): Drug {
    if (this.#drug === null) throw new Error(`bed ${this.name} has no order: start one first`);
    return this.#drug;
  }

  #send(key: KeyPair, body: CommandBody, forgery: Forgery = {}): Sent {
    return this.desk.send(key, this.patient.token, this.#orderId, body, forgery);
  }

  #bag(order: { readonly vtbi: string; readonly total?: string; readonly loading?: DoseInWords }) {
    const vtbiNl = parseVolumeNl(order.vtbi);
    return {
      vtbiNl,
      totalNl: order.total === undefined ? vtbiNl : parseVolumeNl(order.total),
      setId: this.#setId,
      ...(order.loading && { loading: whole(order.loading) }),
    };
  }

  #dose(drug: Drug, dose: Dose, given?: Concentration): DoseOrder {
    return { ...this.#base(drug, given), dose };
  }

  #base(drug: Drug, given?: Concentration): OrderBase {
    const concentration = given ?? drug.concentration ?? this.#concentration;
    if (concentration === null) throw new RangeError(`${drug.name} has no fixed concentration: give one`);
    return {
      drug: this.library.reference(drug.area, drug.drug, drug.variant),
      patient: this.patient,
      concentration,
      pumpClass: this.issued.pumpClass,
    };
  }
}

function whole({ dose, rate }: DoseInWords): WholeOrder {
  return { dose: parseDose(dose), rateNlPerH: parseRateNlPerH(rate) };
}

function inUnits(range: NonNullable<StartInWords["range"]>): TitrationRange {
  return {
    min: parseDose(range.min).value,
    max: parseDose(range.max).value,
    stepMax: parseDose(range.step).value,
    intervalS: range.intervalS,
  };
}

/** A patient token from a name, for simulations: 16 bytes that say nothing. */
export function patientToken(label: string): Uint8Array {
  return new TextEncoder().encode(label.padEnd(16, "-").slice(0, 16));
}

function expectStatus(what: string, status: number, wanted: number): void {
  if (status !== wanted) {
    throw new Error(`${what} ended with ${statusName(status)}, not ${statusName(wanted)}`);
  }
}
