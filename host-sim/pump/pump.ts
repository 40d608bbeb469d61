import type { Device, PowerCycleOptions } from "../device/device.js";
import { PowerCut } from "../device/errors.js";
import { Gate, GateTrap, type Attested, type Ended, type GateObserver, type Judged } from "../gate/gate.js";
import {
  alarmNames,
  BOOT_CAUSE,
  kindName,
  LIMIT_NAMES,
  LOCAL_ACTION,
  PHASE,
  phaseName,
  SENSOR,
  verdictName,
  type LocalActionName,
} from "../gate/names.js";
import type {
  Approval,
  Grant,
  LocalRequest,
  LocalResult,
  Session,
  State,
  Submission,
} from "../gate/records.js";
import { STATUS, statusName } from "../gate/status.js";
import { Account } from "./account.js";
import { Journal, type EntryKind } from "./journal.js";
import type { Profile } from "./profile.js";
import { both, ProfileMeter } from "./profile-meter.js";

export interface PumpOptions {
  /** The compiled gate: `loadModule()` of gate/gate.ts. */
  readonly module: WebAssembly.Module;
  readonly device: Device;
  /** Default 1000. */
  readonly tickEveryMs?: number;
  /** What one slice of staged work costs in virtual time. Default 5000 us; nothing else costs any. */
  readonly sliceUs?: number;
  /** The processor: then every call and every slice costs what it takes there, and `sliceUs` says nothing. */
  readonly profile?: Profile;
  /** How often delivery is sampled while nothing changes. Default 60,000. */
  readonly sampleEveryMs?: number;
  /** Told of everything that crosses the ABI, of every instance (gate/recorder.ts). */
  readonly observer?: GateObserver;
}

export interface PowerOn {
  /** BOOT_CAUSE. Default POWER_ON. */
  readonly cause?: number;
  /** What the host tells of the time without power, -1 = unknown. Default: what the device's clock says of it. */
  readonly offMs?: number;
  /** That time is of a clock that nobody can set. Default: as the device's clock is; of a time given here, no. */
  readonly trusted?: boolean;
}

/** A panel action and what its second step needs. */
export interface PanelOptions extends Partial<Omit<LocalRequest, "action" | "nonce">> {
  /** False: leave a CONFIRM_NEEDED unanswered. */
  readonly confirm?: boolean;
  /** How long the person takes to confirm. Default 1000. */
  readonly confirmAfterMs?: number;
}

export interface PanelAnswer {
  readonly status: number;
  readonly result: LocalResult | null;
  /** A second step was made. */
  readonly confirmed: boolean;
}

/** Background slices a second: more than a pump has to do, few enough to stay out of the way. */
const BACKGROUND_UNITS = 64;

/** What a tick may answer without anything being wrong. */
const QUIET: ReadonlySet<number> = new Set([STATUS.OK, STATUS.OPENING, STATUS.NOT_PROVISIONED]);

/**
 * A simulated pump: one gate, the device it runs in, and the loop between them. Every second of virtual time it
 * reports the motor's steps and hands the grant on, also in the middle of staged work; it relays what arrives at its
 * ports and panel without looking into it. It holds no rule of therapy: those are the gate's.
 *
 * A PowerCut or GateTrap is noted, ends the instance and is thrown on: `powerCycle` brings the pump back.
 */
export class Pump {
  readonly device: Device;
  readonly journal: Journal;
  readonly account: Account;
  /** What the processor was busy with; null without a profile. */
  readonly meter: ProfileMeter | null;
  readonly #module: WebAssembly.Module;
  readonly #observer: GateObserver | undefined;
  readonly #tickUs: number;
  readonly #sliceUs: number;
  #gate: Gate | null = null;
  #grant: Grant | null = null;
  #sensors = 0;
  #tickStatus: number = STATUS.OK;
  /** The program last granted anything: a pause or the end of a bag still belongs to it. */
  #program = 0;
  #nextTickUs: number;

  constructor(options: PumpOptions) {
    this.device = options.device;
    this.journal = new Journal(options.sampleEveryMs);
    this.account = new Account(options.device.motor.deliveredPl);
    this.#module = options.module;
    const { profile, observer } = options;
    this.meter = profile === undefined ? null : new ProfileMeter(profile, options.device.clock);
    this.#observer = this.meter === null ? observer : both(this.meter, observer);
    this.#tickUs = (options.tickEveryMs ?? 1000) * 1000;
    this.#sliceUs = options.sliceUs ?? 5000;
    this.#nextTickUs = options.device.clock.elapsedUs + this.#tickUs;
  }

  // --- power ----------------------------------------------------------------------------------------------------

  /** The instance in force; throws while the pump is off. */
  get gate(): Gate {
    if (this.#gate === null) throw new Error("the pump is off: call powerOn() or powerCycle() first");
    return this.#gate;
  }

  get on(): boolean {
    return this.#gate !== null;
  }

  /** The last grant given; `null` while nothing may move. */
  get grant(): Grant | null {
    return this.#grant;
  }

  /**
   * Instantiates the gate, boots it and lets it open its storage. Returns the status of `boot`: OK, or NOT_PROVISIONED
   * and the like, with which the pump is on all the same.
   */
  powerOn(options: PowerOn = {}): number {
    if (this.#gate !== null) throw new Error("the pump is on already: powerOff() or powerCycle() first");
    const { cause = BOOT_CAUSE.POWER_ON } = options;
    const measured = options.offMs === undefined ? this.device.offTime() : { offMs: -1, trusted: false };
    const { offMs = measured.offMs, trusted = measured.trusted } = options;
    return this.#watch(() => {
      const gate = new Gate(this.#module, this.device, this.#observer);
      this.#gate = gate;
      this.#nextTickUs = this.device.clock.elapsedUs + this.#tickUs;
      const status = gate.boot(cause, offMs, trusted);
      this.#note("power", `on, boot ${statusName(status)}`, status);
      if (status === STATUS.DECOMMISSIONED) this.#erase();
      if (status !== STATUS.OK) return status;
      const opened = gate.settle({ between: this.#between });
      if (opened !== STATUS.NOTHING) this.#note("fault", `opening ${statusName(opened)}`, opened);
      return status;
    });
  }

  /** Stops the motor and drops the instance, as pulling the plug does. */
  powerOff(): void {
    this.device.motor.halt();
    this.#drop("off");
    this.#grant = null;
    this.device.guard.reset();
  }

  /** Off, a pause, on. Unless `offMs` of `boot` says otherwise the gate is told what the device's clock knows. */
  powerCycle(cycle: PowerCycleOptions = {}, boot: PowerOn = {}): number {
    this.#drop("power cycle");
    this.#book();
    this.device.powerCycle(cycle);
    return this.powerOn(boot);
  }

  // --- time -----------------------------------------------------------------------------------------------------

  /** Lets `ms` of virtual time pass, with a tick and some background work at every tick time. */
  runFor(ms: number): void {
    const { clock } = this.device;
    const until = clock.elapsedUs + Math.round(ms * 1000);
    while (this.#nextTickUs <= until) {
      clock.advanceUs(Math.max(this.#nextTickUs - clock.elapsedUs, 0));
      this.#dueTick();
      if (this.#gate !== null) this.#background();
    }
    this.pay();
    clock.advanceUs(Math.max(until - clock.elapsedUs, 0));
  }

  /** Lets the time pass that the gate has taken: with a profile, before anything else happens. */
  pay(): void {
    if (this.meter !== null) this.device.clock.advanceUs(this.meter.take());
  }

  /** Reports the motor to the gate and hands the grant on. Nothing while the pump is off. */
  tick(): Grant | null {
    this.#report(true);
    return this.#grant;
  }

  /** Sets or clears a sensor (SENSOR); an occlusion also holds the motor. The interlock is the device's monitor's, too. */
  setSensor(sensor: number, on: boolean): void {
    this.#sensors = on ? this.#sensors | sensor : this.#sensors & ~sensor;
    if ((sensor & SENSOR.OCCLUSION) !== 0) this.device.motor.stall(on);
  }

  // --- ports ----------------------------------------------------------------------------------------------------

  provision(block: Uint8Array): Ended {
    const ended = this.#watch(() => this.gate.provision(block, this.#options()));
    this.#note("trust", `provisioning ${statusName(ended.status)}`, ended.status);
    return ended;
  }

  /** Ends the pump, and erases what it held. */
  decommission(object: Uint8Array): Ended {
    const ended = this.#watch(() => this.gate.decommission(object, this.#options()));
    this.#note("trust", `decommissioning ${statusName(ended.status)}`, ended.status);
    if (ended.status === STATUS.OK) this.#erase();
    return ended;
  }

  trustUpdate(root: Uint8Array): Ended {
    const ended = this.#watch(() => this.gate.trustUpdate(root, this.#options()));
    this.#note("trust", `root update ${statusName(ended.status)}`, ended.status);
    return ended;
  }

  installLibrary(manifest: Uint8Array, entries: Iterable<Uint8Array>): Ended & { entryIndex: number | null } {
    const ended = this.#watch(() => this.gate.installLibrary(manifest, entries, this.#options()));
    const where = ended.entryIndex === null ? "" : ` at entry ${ended.entryIndex}`;
    this.#note("library", `install ${statusName(ended.status)}${where}`, ended.status);
    return ended;
  }

  openSession(port: number): { status: number; session: Session | null } {
    return this.#watch(() => this.gate.sessionOpen(port));
  }

  /** Relays a command; the motor hears of the verdict at once. */
  submit(submission: Submission | Uint8Array): Judged {
    const judged = this.#watch(() => this.gate.submit(submission, this.#options()));
    this.#noteJudged("command", judged);
    this.tick();
    return judged;
  }

  /** Relays an approval. */
  approve(approval: Approval | Uint8Array): Judged {
    const judged = this.#watch(() => this.gate.approve(approval, this.#options()));
    this.#noteJudged("approval", judged);
    this.tick();
    return judged;
  }

  attest(nonce: Uint8Array): Attested {
    return this.#watch(() => this.gate.attest(nonce, this.#options()));
  }

  inspect(): State {
    const { status, state } = this.#watch(() => this.gate.inspect());
    if (state === null) throw new Error(`inspect answered ${statusName(status)}`);
    return state;
  }

  // --- panel ----------------------------------------------------------------------------------------------------

  /**
   * A person at the panel. The motor is reported before and after, so that the gate counts what was really delivered; a
   * stop or pause halts it first (SPEC 11: the host may always stop first). The second step of an upward action is made
   * `confirmAfterMs` later unless `confirm` is false.
   */
  panel(name: LocalActionName, options: PanelOptions = {}): PanelAnswer {
    const { confirm = true, confirmAfterMs = 1000, ...fields } = options;
    const action = LOCAL_ACTION[name];
    if (action === LOCAL_ACTION.STOP || action === LOCAL_ACTION.PAUSE) this.device.motor.halt();
    this.pay();
    const pressedUs = this.device.clock.elapsedUs;
    this.#report(false);
    const first = this.#watch(() => this.gate.local({ ...fields, action }));
    this.meter?.served("local", pressedUs);
    this.#note("panel", `${name} ${statusName(first.status)}`, first.status);
    if (confirm && first.status === STATUS.CONFIRM_NEEDED && first.result !== null) {
      this.runFor(confirmAfterMs);
      return { ...this.confirm(first.result.nonce), confirmed: true };
    }
    this.tick();
    return { ...first, confirmed: false };
  }

  /** The second step by itself. */
  confirm(nonce: number): { status: number; result: LocalResult | null } {
    this.#report(false);
    const answer = this.#watch(() => this.gate.confirm(nonce));
    this.#note("panel", `CONFIRM ${statusName(answer.status)}`, answer.status);
    this.tick();
    return answer;
  }

  // --- inside ---------------------------------------------------------------------------------------------------

  /** Between two slices: their time passes, and a tick that is due is made. */
  readonly #between = (): void => {
    if (this.meter === null) this.device.clock.advanceUs(this.#sliceUs);
    else this.pay();
    if (this.device.clock.elapsedUs >= this.#nextTickUs) this.#dueTick();
  };

  #dueTick(): void {
    const dueUs = this.#nextTickUs;
    this.tick();
    if (this.#gate !== null) this.meter?.served("tick", dueUs);
  }

  /** With a profile one slice at a time, and none once the next tick is due. */
  #background(): void {
    if (this.meter === null) {
      this.#watch(() => this.gate.work(BACKGROUND_UNITS));
      return;
    }
    for (let i = 0; i < BACKGROUND_UNITS; i++) {
      const status = this.#watch(() => this.gate.work(1));
      this.pay();
      if (status !== STATUS.WORKING || this.device.clock.elapsedUs >= this.#nextTickUs) return;
    }
  }

  /** A sector that cannot be erased is passed over; at most every one of them is. */
  #erase(): void {
    const { sectorCount } = this.device.flash.geometry;
    let status: number = STATUS.WORKING;
    for (let i = 0; i <= sectorCount && status !== STATUS.NOTHING; i++) {
      status = this.#watch(() => this.gate.settle({ between: this.#between }));
      if (status !== STATUS.NOTHING) this.#note("fault", `erasing ${statusName(status)}`, status);
    }
  }

  #options() {
    return { between: this.#between };
  }

  #report(obey: boolean): void {
    const { device } = this;
    this.pay();
    // A tick time missed (a long erase, a slow slice) is not made up: the next one is in the future.
    while (this.#nextTickUs <= device.clock.elapsedUs) this.#nextTickUs += this.#tickUs;
    this.#book();
    if (this.#gate === null) return;
    const { epoch, steps } = device.motor.report();
    const sensors = this.#sensors | (device.monitor.interlock ? SENSOR.INTERLOCK : 0);
    const { status, grant } = this.#watch(() => this.gate.tick({ steps, stepEpoch: epoch, sensors }));
    if (status !== this.#tickStatus && !QUIET.has(status)) {
      this.#note("fault", `tick ${statusName(status)}`, status);
    }
    this.#tickStatus = status;
    // A refused tick grants nothing and says nothing of the program; it ends at uptime 0.
    if (grant !== null && grant.untilUptimeMs !== 0n) this.#noteGrant(grant);
    const may = grant !== null && grant.generation !== 0;
    if (!may) {
      device.motor.halt();
      // The gate's own work took time, in which the motor still had its last grant.
      this.#book();
    }
    this.#grant = may ? grant : null;
    if (!may) return;
    if (obey) {
      device.motor.obey({
        program: grant.generation,
        generation: grant.grantNumber,
        reachStep: grant.reachStep,
        rateMaxNlPerH: grant.rateMaxNlPerH,
        untilMs: grant.untilUptimeMs,
        epoch,
      });
    }
  }

  #book(): void {
    this.account.book(this.device.motor.deliveredPl, this.#grant === null ? 0 : this.#program);
  }

  #drop(why: string): void {
    this.#book();
    this.#gate?.instance.discard(`lost its power (${why})`);
    if (this.#gate !== null) this.#note("power", why);
    this.#gate = null;
  }

  #watch<T>(body: () => T): T {
    try {
      return body();
    } catch (thrown) {
      if (thrown instanceof PowerCut) this.#drop(thrown.message);
      else if (thrown instanceof GateTrap) {
        this.device.motor.halt();
        this.#note("fault", thrown.message);
        this.#gate = null;
      }
      throw thrown;
    }
  }

  #note(kind: EntryKind, text: string, status: number | null = null): void {
    this.journal.note(this.device.clock.elapsedUs, kind, text, status);
  }

  #noteJudged(kind: EntryKind, { status, verdict }: Judged): void {
    const what = verdict === null ? kind : (kindName(verdict.kind) ?? "kind " + String(verdict.kind));
    const word = verdict === null ? "REFUSED" : (verdictName(verdict.verdict) ?? "no verdict");
    const limit = verdict === null ? undefined : LIMIT_NAMES[verdict.limit];
    const text = `${what} ${word}, ${statusName(status)}${limit === undefined ? "" : `: ${limit}`}`;
    this.journal.note(this.device.clock.elapsedUs, kind, text, status, verdict);
  }

  #noteGrant(grant: Grant): void {
    if (grant.generation !== 0) this.#program = grant.generation;
    const last = this.journal.samples.at(-1);
    const before = last?.alarms ?? 0;
    const raised = grant.alarms & ~before;
    const cleared = before & ~grant.alarms;
    if (raised !== 0) this.#note("alarm", `raised ${alarmNames(raised).join(", ")}`);
    if (cleared !== 0) this.#note("alarm", `cleared ${alarmNames(cleared).join(", ")}`);
    const phase = last?.phase ?? PHASE.IDLE;
    const rate = last?.rateNlPerH ?? 0;
    if (grant.phase !== phase || grant.rateMaxNlPerH !== rate) {
      const name = phaseName(grant.phase) ?? `phase ${grant.phase}`;
      this.#note("delivery", `${name} at ${grant.rateMaxNlPerH} nL/h (program ${this.#program})`);
    }
    this.journal.sample({
      atUs: this.device.clock.elapsedUs,
      generation: this.#program,
      phase: grant.phase,
      rateNlPerH: grant.rateMaxNlPerH,
      deliveredNl: grant.deliveredNl,
      reservedNl: grant.reservedNl,
      bagLeftNl: grant.bagLeftNl,
      bolusLeftNl: grant.bolusLeftNl,
      alarms: grant.alarms,
      truthPl: this.account.deliveredPl(this.#program),
    });
  }
}
