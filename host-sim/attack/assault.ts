/** One attack as it runs: every step with the gate's answer and with what it changed, and what clinicians ordered meanwhile. */
import type { Command, CommandBody } from "../authority/command.js";
import type { Signer } from "../authority/cose.js";
import { commandAad, encodeCommandUnchecked, type Receiver } from "../authority/command.js";
import { sign1 } from "../authority/cose.js";
import { type Proofs, type Submission, submitRecord } from "../authority/submission.js";
import { PORT, VERDICTS } from "../gate/names.js";
import type { Session, State } from "../gate/records.js";
import { describeStatus, STATUS, statusName, type StatusName } from "../gate/status.js";
import type { FaultReason } from "../log/fault.js";
import type { Bed } from "../ward/bed.js";
import type { Expected, Step } from "./attack.js";
import type { Scene } from "./scene.js";
import type { Received } from "./transcript.js";

/** What moves by itself while a therapy runs and a log is written; everything else must stay as it is. */
const METERS: ReadonlySet<keyof State> = new Set([
  "deliveredNl",
  "reservedNl",
  "decisionsNextSequence",
  "meterNextSequence",
  "ledgerClockS",
  "lockoutLeftS",
  "window1h",
  "window2h",
  "window4h",
  "window24h",
]);

/** What a restart changes: it is counted, a running program pauses, and what was granted counts as given (SPEC 6.2). */
const REBOOTED: readonly (keyof State)[] = ["boot", "counter", "phase", "uncertainNl"];

/** What passes between two steps of an attacker: time enough for the verification budget to fill again (SPEC 7). */
const PAUSE_MS = 10_000;

/** What a clinician did meanwhile, to be done in the same moment where there is no attacker. */
export interface ClinicalOrder {
  readonly atUs: number;
  readonly what: string;
  readonly give: (scene: Scene) => { readonly status: number };
}

/** A step as the gate answered it; what a pump without a gate does with it is worked out afterwards. */
export type Tried = Omit<Step, "withoutGate">;

/** How a step is judged beside its status. */
export interface StepOptions {
  /** What a pump without a gate makes of it, where it cannot read the same bytes as the gate. */
  readonly believed?: Received["believe"];
  /** State that it may change; everything else but the meters must stay. */
  readonly mayChange?: readonly (keyof State)[];
}

export interface BarrageOptions extends StepOptions {
  /** Time between two of its messages, ms. Default: none. */
  readonly everyMs?: number;
}

/** What a step came to: `accepted` where the status alone does not say it. */
interface Answer {
  readonly status: number | FaultReason | "verified" | "refused";
  readonly accepted?: boolean;
}

export class Assault {
  readonly scene: Scene;
  readonly steps: Tried[] = [];
  readonly answers: string[] = [];
  readonly orders: ClinicalOrder[] = [];
  /** Orders of clinicians that the gate did not permit: the attack was in their way. */
  readonly hindered: string[] = [];
  /** What was measured of the attack's bound, and which of it was outside. */
  readonly figures: string[] = [];
  readonly exceeded: string[] = [];
  /** The world's time at which it began, us, and what had left the pump by then, pL. */
  readonly beganUs: number;
  readonly truthPl: bigint;
  /** Sequences of both log streams when it began. */
  readonly sequences: readonly [number, number];

  constructor(scene: Scene) {
    this.scene = scene;
    this.beganUs = this.#nowUs;
    this.truthPl = scene.bed.device.motor.deliveredPl;
    const { decisionsNextSequence, meterNextSequence } = scene.bed.pump.inspect();
    this.sequences = [decisionsNextSequence, meterNextSequence];
  }

  get bed(): Bed {
    return this.scene.bed;
  }

  /** Lets time pass. */
  wait(ms: number): void {
    this.bed.pump.runFor(ms);
  }

  /** One step: `act` sends something and returns the gate's status. OK means that the attacker got what it wanted. */
  attempt(what: string, expected: StatusName, act: () => number, options: StepOptions = {}): void {
    this.#step(what, expected, () => ({ status: act() }), options);
  }

  /** A log that was altered: `act` returns the verifier's word on it, "verified" where the attacker remained unnoticed. */
  alteredLog(what: string, expected: FaultReason, act: () => FaultReason | "verified"): void {
    this.#step(
      what,
      expected,
      () => {
        const status = act();
        return { status, accepted: status === "verified" };
      },
      {},
    );
  }

  /** A command, as a submit record. A permit counts as accepted only if it is a new decision: a repeated verdict moves nothing. */
  submit(
    what: string,
    expected: StatusName,
    record: Uint8Array | Submission,
    options: StepOptions = {},
  ): void {
    const bytes = record instanceof Uint8Array ? record : record.record;
    this.#step(what, expected, () => this.#send(bytes), options);
  }

  /** Sends many records in a row. The answer of all, or the first that was another. */
  volley(records: Iterable<Uint8Array>): number {
    let first: number | null = null;
    for (const record of records) {
      const { status } = this.bed.pump.submit(record);
      if (first !== null && status !== first) return status;
      first = status;
    }
    return first ?? STATUS.NOTHING;
  }

  /** Very many records at once, each of which must be refused, in whatever way. The answers are counted. */
  barrage(what: string, records: Iterable<Uint8Array>, options: BarrageOptions = {}): void {
    const { everyMs = 0 } = options;
    const answers = new Map<string, number>();
    this.#step(
      what,
      "refused",
      () => {
        let through: Answer | null = null;
        for (const record of records) {
          this.wait(everyMs);
          const answer = this.#send(record);
          const name = statusName(answer.status);
          answers.set(name, (answers.get(name) ?? 0) + 1);
          if (answer.accepted || answer.status === STATUS.OK) through ??= answer;
        }
        return through ?? { status: "refused", accepted: false };
      },
      options,
    );
    const counts = [...answers].map(([name, count]) => `${name} ${count}`).sort();
    this.figures.push(`${what}: ${counts.join(", ")}`);
  }

  /** A command under the live session of a port, signed by whomever. */
  command(
    what: string,
    expected: StatusName,
    signer: Signer,
    body: CommandBody,
    forged: Forged = {},
    options: StepOptions = {},
  ): void {
    this.submit(what, expected, this.forge(signer, body, forged), options);
  }

  /** A submit record of a forged command: patient, order and proofs are the running therapy's unless told. */
  forge(signer: Signer, body: CommandBody, forged: Forged = {}): Submission {
    const { bed } = this;
    const session = forged.session ?? this.session(forged.port ?? PORT.NETWORK);
    const command: Command = {
      sessionId: session.sessionId,
      sequence: forged.sequence ?? 1,
      lifeS: 300,
      patientToken: forged.patientToken ?? bed.patient.token,
      orderId: bed.orderId,
      body,
    };
    const proofs =
      "drug" in body
        ? (forged.proofs ?? bed.library.proofs(body.drug.area, body.drug.drug, body.drug.variant))
        : undefined;
    return this.sealed(signer, encodeCommandUnchecked(command), session, {
      ...forged,
      ...(proofs && { proofs }),
    });
  }

  /** A submit record of any payload, signed for this pump and a session. */
  sealed(
    signer: Signer,
    payload: Uint8Array,
    session: Session,
    forged: Pick<Forged, "port" | "receiver" | "proofs"> = {},
  ): Submission {
    const receiver = {
      deviceId: this.bed.issued.deviceId,
      challenge: session.challenge,
      ...forged.receiver,
    };
    const signed = sign1(payload, commandAad(receiver), signer);
    return submitRecord(forged.port ?? PORT.NETWORK, signed, forged.proofs);
  }

  /** A challenge for a port: anybody may ask for one, and gains nothing by it. */
  session(port: number): Session {
    const { tap } = this.scene;
    tap.muted = true;
    const { status, session } = this.bed.pump.openSession(port);
    tap.muted = false;
    if (session === null) throw new Error(`the pump opened no session: ${describeStatus(status)}`);
    return session;
  }

  /** A drug library, manifest first. An install that its commit refuses is dropped, as a pump's host would. */
  library(what: string, expected: StatusName, manifest: Uint8Array, entries: readonly Uint8Array[]): void {
    this.#step(
      what,
      expected,
      () => {
        const { status } = this.bed.pump.installLibrary(manifest, entries);
        if (status !== STATUS.OK) this.bed.pump.gate.libraryAbort();
        return { status };
      },
      { believed: (controller) => controller.library(entries) },
    );
  }

  /** A root document: the trust of the pump and its policy. */
  root(what: string, expected: StatusName, document: Uint8Array): void {
    this.attempt(what, expected, () => this.bed.pump.trustUpdate(document).status);
  }

  /** A provisioning block: keys, pump class and calibration. */
  provision(what: string, expected: StatusName, block: Uint8Array): void {
    this.attempt(what, expected, () => this.bed.pump.provision(block).status, {
      believed: (controller) => controller.configure(block),
    });
  }

  /** What no gate can refuse, with what it may change. `act` returns the status that it ends with. */
  concede(
    what: string,
    mayChange: readonly (keyof State)[],
    act: () => number,
    options: StepOptions = {},
  ): void {
    const done = () => ({ status: act(), accepted: false });
    this.#step(what, "OK", done, { ...options, mayChange }, true);
  }

  /** The pump loses its power, or its processor hangs and is started anew; what it was doing it does not forget. */
  restart(what: string, offMs: number): void {
    const act = () => this.bed.pump.powerCycle({ offMs }, { offMs });
    this.concede(what, REBOOTED, act, { believed: (controller) => controller.restart() });
  }

  /** What staff do about it: not part of what was ordered, so it is not done where there is no attacker. */
  remedy(
    what: string,
    act: (scene: Scene) => { readonly status: number },
    believed: Received["believe"],
  ): void {
    this.wait(PAUSE_MS);
    const { status } = act(this.scene);
    this.scene.transcript.note(this.#nowUs, believed);
    if (status !== STATUS.OK) this.hindered.push(`${what} ended with ${statusName(status)}`);
  }

  /** Something measured of the attack's bound. */
  figure(text: string, within: boolean): void {
    this.figures.push(text);
    if (!within) this.exceeded.push(`outside the bound: ${text}`);
  }

  /** Something a clinician does while the attack goes on; it must be permitted, here and without an attacker. */
  clinician(what: string, give: ClinicalOrder["give"]): void {
    this.wait(PAUSE_MS);
    this.orders.push({ atUs: this.#nowUs, what, give });
    const { status } = give(this.scene);
    if (status !== STATUS.OK) this.hindered.push(`${what} ended with ${statusName(status)}`);
  }

  /**
   * The prescriber changes the dose, under a new challenge: an attack must leave a therapy in the hands of those who are responsible
   * for it.
   */
  titrates(dose: string): void {
    this.clinician(`prescriber titrates to ${dose}`, ({ bed }) => {
      bed.desk.open();
      return bed.titrate(dose);
    });
  }

  /** The hospital's keys, by person. */
  get keys(): Scene["hospital"]["keys"] {
    return this.scene.hospital.keys;
  }

  get #nowUs(): number {
    return this.bed.device.clock.elapsedUs;
  }

  /** A permit counts as accepted only if it is a new decision. */
  #send(record: Uint8Array): { readonly status: number; readonly accepted: boolean } {
    const before = this.bed.pump.inspect().decisionsNextSequence;
    const { status, verdict } = this.bed.pump.submit(record);
    const decided = this.bed.pump.inspect().decisionsNextSequence !== before;
    return { status, accepted: verdict?.verdict === VERDICTS.PERMIT && decided };
  }

  #step(what: string, expected: Expected, act: () => Answer, options: StepOptions, conceded = false): void {
    this.wait(PAUSE_MS);
    const { tap, transcript } = this.scene;
    transcript.step = this.steps.length;
    tap.muted = true;
    const before = this.bed.pump.inspect();
    const { status, accepted = status === STATUS.OK } = act();
    if (options.believed !== undefined) transcript.note(this.#nowUs, options.believed);
    tap.muted = false;
    transcript.step = null;
    const changed = differences(before, this.bed.pump.inspect(), options.mayChange);
    this.steps.push({
      what,
      status: typeof status === "number" ? statusName(status) : status,
      expected,
      accepted: accepted || changed.length > 0,
      conceded,
      changed,
    });
    this.answers.push(`${what}: ${typeof status === "number" ? describeStatus(status) : status}`);
  }
}

/** What differs from an honest command of the running therapy. */
export interface Forged {
  readonly session?: Session;
  readonly sequence?: number;
  readonly port?: number;
  readonly patientToken?: Uint8Array;
  readonly receiver?: Partial<Receiver>;
  readonly proofs?: Proofs;
}

function differences(before: State, after: State, mayChange: readonly (keyof State)[] = []): string[] {
  const names = Object.keys(before) as (keyof State)[];
  return names.filter((name) => {
    if (METERS.has(name) || mayChange.includes(name)) return false;
    // A bolus that was ordered before runs out; one that grows is the attacker's.
    return name === "bolusLeftNl" ? after[name] > before[name] : !same(before[name], after[name]);
  });
}

function same(a: State[keyof State], b: State[keyof State]): boolean {
  return a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : a === b;
}
