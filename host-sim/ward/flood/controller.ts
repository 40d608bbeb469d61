/**
 * The controller around a gate while messages pour in: a short inbox for each port, emptied in turn, one verb staged at a time, one
 * slice at a time; and between two slices whatever cannot wait: ticks, and hands that reach for STOP.
 */
import type { Ended, Judged } from "../../gate/gate.js";
import type { Session, Verdict } from "../../gate/records.js";
import { STATUS } from "../../gate/status.js";
import type { Pump } from "../../pump/pump.js";
import { EventQueue } from "../events.js";

/** Inboxes: of the three ports, and of what comes without one. */
export const INBOXES = 4;
export const UPDATES = 3;
/** Messages an inbox holds; what comes when it is full is lost, as on a UART or a socket. */
const INBOX_MESSAGES = 16;
/** Without a profile: what a call that does a slice's work costs, and an idle look around. */
const SLICE_US = 5000;
/** With one: the longest that a controller sleeps. */
const SLEEP_US_MAX = 1_000_000;
const TICK_MS = 1000;

export type Verb = "submit" | "sessionOpen" | "libraryBegin";

export interface Answer {
  readonly status: number;
  readonly verdict: Verdict | null;
  readonly session: Session | null;
  /** The gate verified a signature for it, to the end. */
  readonly verified: boolean;
}

export interface Message {
  /** 0..2, or UPDATES. */
  readonly inbox: number;
  readonly verb: Verb;
  /** Empty for `sessionOpen`. */
  readonly bytes: Uint8Array;
  /** Called once; null if the inbox was full. */
  readonly answered: (answer: Answer | null) => void;
}

/** Something of the host's own that must wait until nothing is staged. */
export type Errand = () => void;

/** How long something waited that cannot wait. */
export interface Urgency {
  readonly count: number;
  /** Most slices that ended between its time and its service. */
  readonly slicesMax: number;
  readonly msMax: number;
}

interface Due {
  readonly what: "tick" | "stop";
  readonly sinceUs: number;
  slices: number;
  /** False if the gate would not: it is tried again after the next slice. */
  readonly serve: () => boolean;
}

export class Controller {
  readonly events = new EventQueue();
  /** Calls so far that did a slice's work. */
  slices = 0;
  readonly #pump: Pump;
  readonly #inboxes: Message[][] = Array.from({ length: INBOXES }, () => []);
  readonly #errands: Errand[] = [];
  readonly #waits = {
    tick: { count: 0, slicesMax: 0, msMax: 0 },
    stop: { count: 0, slicesMax: 0, msMax: 0 },
  };
  #dues: Due[] = [];
  #turn = 0;
  #background = false;
  #nextTickMs: number;
  #haltUs = Infinity;

  constructor(pump: Pump) {
    this.#pump = pump;
    this.#nextTickMs = Math.ceil(this.nowMs / TICK_MS) * TICK_MS;
    this.events.runUntil(this.nowMs);
    this.#tickAgain();
  }

  get nowMs(): number {
    return this.#pump.device.clock.elapsedUs / 1000;
  }

  get waits(): Readonly<Record<"tick" | "stop", Urgency>> {
    return this.#waits;
  }

  /** A message arrives now. */
  arrive(message: Message): void {
    const inbox = this.#inboxes[message.inbox]!;
    if (inbox.length < INBOX_MESSAGES) inbox.push(message);
    else message.answered(null);
  }

  /** Is done before the next message. */
  errand(errand: Errand): void {
    this.#errands.push(errand);
  }

  /** At `atMs` something is due that waits for no more than the slice under way. */
  urgent(atMs: number, what: Due["what"], serve: () => boolean): void {
    this.events.schedule(atMs, () => {
      this.#dues.push({ what, sinceUs: atMs * 1000, slices: 0, serve });
    });
  }

  /** At `atMs` the motor is halted, whatever runs: a hand at STOP needs no gate for that (SPEC 11). */
  haltAt(atMs: number): void {
    this.#haltUs = Math.round(atMs * 1000);
  }

  run(untilMs: number): void {
    while (this.nowMs < untilMs) {
      if (this.#background) this.#work();
      else this.#serve();
    }
  }

  #serve(): void {
    const errand = this.#errands.shift();
    if (errand !== undefined) {
      errand();
      this.#pass(true);
      return;
    }
    const message = this.#next();
    if (message === null) this.#pass(false);
    else this.#handle(message);
  }

  /** The oldest message of the next inbox that has one. */
  #next(): Message | null {
    for (let i = 0; i < INBOXES; i++) {
      this.#turn = (this.#turn + 1) % INBOXES;
      const message = this.#inboxes[this.#turn]!.shift();
      if (message !== undefined) return message;
    }
    return null;
  }

  #handle({ verb, bytes, inbox, answered }: Message): void {
    const { gate } = this.#pump;
    if (verb === "sessionOpen") {
      const { status, session } = gate.sessionOpen(inbox);
      this.#pass(true);
      answered({ status, session, verdict: null, verified: false });
      return;
    }
    const ended: Ended & Partial<Pick<Judged, "verdict">> = gate[verb](bytes, {
      units: 1,
      between: this.#between,
    });
    this.#pass(true);
    if (ended.calls > 0) this.#background = true;
    const { status, verdict = null } = ended;
    answered({ status, verdict, session: null, verified: ended.calls > 0 });
  }

  readonly #between = (): void => this.#pass(true);

  #work(): void {
    this.#background = this.#pump.gate.work(1) === STATUS.WORKING;
    this.#pass(true);
  }

  /** The time of one slice passes, or of none that was needed; then comes what was due meanwhile. */
  #pass(worked: boolean): void {
    this.#advance();
    this.events.runUntil(this.nowMs);
    if (worked) {
      this.slices++;
      for (const due of this.#dues) due.slices++;
    }
    this.#dues = this.#dues.filter((due) => !this.#served(due));
  }

  #served({ what, sinceUs, slices, serve }: Due): boolean {
    const wait = this.#waits[what];
    const { meter } = this.#pump;
    const beganUs = meter?.nowUs ?? this.#pump.device.clock.elapsedUs;
    const waited = (us: number) => {
      wait.msMax = Math.max(wait.msMax, us / 1000);
    };
    // Also while it is refused: what is never served must not look as if it had not been asked for.
    wait.slicesMax = Math.max(wait.slicesMax, slices);
    waited(beganUs - sinceUs);
    if (!serve()) return false;
    wait.count++;
    if (meter !== null) waited(beganUs - sinceUs + meter.lastUs(what === "tick" ? "tick" : "local"));
    return true;
  }

  #advance(): void {
    const { clock, motor } = this.#pump.device;
    const untilUs = clock.elapsedUs + this.#passingUs();
    if (this.#haltUs <= untilUs) {
      clock.advanceUs(Math.max(this.#haltUs - clock.elapsedUs, 0));
      motor.halt();
      this.#haltUs = Infinity;
    }
    clock.advanceUs(untilUs - clock.elapsedUs);
  }

  /** What the gate has taken; while it has nothing to do, until something comes. */
  #passingUs(): number {
    const { meter } = this.#pump;
    if (meter === null) return SLICE_US;
    const owedUs = meter.take();
    if (owedUs > 0) return owedUs;
    const idleUs = Math.ceil((this.events.nextMs - this.nowMs) * 1000);
    return Math.min(Math.max(idleUs, 1), SLEEP_US_MAX);
  }

  #tickAgain(): void {
    this.urgent(this.#nextTickMs, "tick", () => {
      this.#background = true;
      return this.#pump.tick() !== null;
    });
    this.#nextTickMs += TICK_MS;
    this.events.schedule(this.#nextTickMs - TICK_MS, () => this.#tickAgain());
  }
}
