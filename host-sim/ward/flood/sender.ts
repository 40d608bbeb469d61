/**
 * Somebody with an order, a key and patience: asks for a session, sends, sends again when told to wait, and at last gives up. Who is
 * told to wait under the session in use tries a new one, because that has a budget of its own (SPEC 7); never the other way: what is
 * signed twice must be void once, and only a later session makes the earlier ones void (SPEC 4.1).
 */
import type { CommandBody } from "../../authority/command.js";
import type { KeyPair } from "../../authority/keys.js";
import type { Random } from "../../device/random.js";
import { VERDICTS } from "../../gate/names.js";
import type { Session } from "../../gate/records.js";
import { STATUS, statusName } from "../../gate/status.js";
import type { Bed } from "../bed.js";
import type { Answer, Controller } from "./controller.js";
import { commandRecord, LIFE_S } from "./message.js";

/** An answer that says "not now" is asked again after so long; a refused repeat costs the gate nothing. */
const AGAIN_MS = 500;
/** No answer at all: the message was lost. */
const LOST_MS = 1000;
/** Then a person goes to the pump. */
const PATIENCE_MS = 60_000;
/** Age of a session at which an order under it could expire while it is tried. */
const OVER_MS = LIFE_S * 1000 - PATIENCE_MS;

/** How one order fared. */
export interface Asked {
  readonly port: number;
  readonly atMs: number;
  /** Until the permit; null if it was given up. */
  readonly waitMs: number | null;
  /** Slices that the gate worked meanwhile. */
  readonly waitSlices: number;
  /** Times that it was sent. */
  readonly attempts: number;
}

/** Refusals of the moment: they say nothing about the order. */
const PASSING: readonly number[] = [
  STATUS.THROTTLED,
  STATUS.SESSION,
  STATUS.SEQUENCE,
  STATUS.COMMAND_EXPIRED,
  STATUS.STORE_BUSY,
];
/** The order itself may be sent again as it is. */
const WAITING: readonly number[] = [STATUS.THROTTLED, STATUS.STORE_BUSY];

/** A session with the sequence used last. */
interface Line {
  readonly session: Session;
  sequence: number;
}

interface Pending {
  readonly atMs: number;
  readonly slices: number;
  attempts: number;
  /** What was signed, and under which session. */
  sent: { readonly record: Uint8Array; readonly line: Line } | null;
  /** Only under a session newer than the one in use. */
  renews: boolean;
}

export interface SenderOptions {
  readonly controller: Controller;
  readonly bed: Bed;
  readonly port: number;
  readonly key: KeyPair;
  readonly body: () => CommandBody;
  readonly random: Random;
  /** Told of every record that goes over the wire. */
  readonly onSent?: (record: Uint8Array, session: Session) => void;
}

export class Sender {
  readonly asked: Asked[] = [];
  /** Digests of the commands that were permitted, hex. */
  readonly permitted: string[] = [];
  /** Messages refused on the way. */
  refusals = 0;
  /** Answers that no flood explains. */
  readonly surprises: string[] = [];
  readonly #options: SenderOptions;
  #line: Line | null = null;
  #next: Line | null = null;
  #order: Pending | null = null;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** A new order, unless the last one is still on its way. */
  ask(): void {
    if (this.#order !== null) return;
    const { controller } = this.#options;
    const { nowMs, slices } = controller;
    this.#order = { atMs: nowMs, slices, attempts: 0, sent: null, renews: false };
    this.#try(this.#order);
  }

  #try(order: Pending): void {
    const { controller, port, onSent } = this.#options;
    if (controller.nowMs - order.atMs > PATIENCE_MS) {
      this.#end(order, null);
      return;
    }
    const line = this.#lineFor(order);
    if (line === null) {
      const answered = (answer: Answer | null) => this.#opened(order, answer);
      controller.arrive({ inbox: port, verb: "sessionOpen", bytes: new Uint8Array(), answered });
      return;
    }
    if (order.sent?.line !== line) order.sent = { record: this.#sign(line), line };
    order.attempts++;
    const { record } = order.sent;
    onSent?.(record, line.session);
    const answered = (answer: Answer | null) => this.#answered(order, line, answer);
    controller.arrive({ inbox: port, verb: "submit", bytes: record, answered });
  }

  /** The session to send under; null: ask for one first. */
  #lineFor(order: Pending): Line | null {
    if (this.#next !== null && this.#age(this.#next) >= OVER_MS) this.#next = null;
    const { renews } = order;
    const inUse = this.#line !== null && this.#age(this.#line) < OVER_MS;
    return inUse && !renews ? this.#line : this.#next;
  }

  #age({ session }: Line): number {
    return Number(this.#options.bed.device.clock.uptimeMs() - session.uptimeMs);
  }

  #sign(line: Line): Uint8Array {
    const { bed, port, key, body } = this.#options;
    const { session } = line;
    const sequence = ++line.sequence;
    return commandRecord(bed, { port, session, signer: key, sequence, body: body() }).record;
  }

  #opened(order: Pending, answer: Answer | null): void {
    const session = answer?.session ?? null;
    if (session === null) {
      this.#later(order, LOST_MS);
      return;
    }
    this.#next = { session, sequence: 0 };
    this.#try(order);
  }

  #answered(order: Pending, line: Line, answer: Answer | null): void {
    if (answer === null) {
      this.#later(order, LOST_MS);
      return;
    }
    const { status, verdict } = answer;
    if (verdict?.verdict === VERDICTS.PERMIT) {
      if (line === this.#next) {
        this.#line = line;
        this.#next = null;
      }
      this.permitted.push(Buffer.from(verdict.digest).toString("hex"));
      this.#end(order, this.#options.controller.nowMs - order.atMs);
      return;
    }
    this.refusals++;
    if (!PASSING.includes(status)) {
      this.surprises.push(statusName(status));
      this.#end(order, null);
    } else this.#again(order, line, status);
  }

  #again(order: Pending, line: Line, status: number): void {
    if (!WAITING.includes(status)) {
      if (line === this.#next) this.#next = null;
      else this.#line = null;
    }
    order.renews = true;
    this.#later(order, AGAIN_MS);
  }

  #later(order: Pending, ms: number): void {
    const { controller, random } = this.#options;
    const jitterMs = random.below(ms / 2);
    controller.events.schedule(controller.nowMs + ms + jitterMs, () => this.#try(order));
  }

  #end(order: Pending, waitMs: number | null): void {
    const { controller, port } = this.#options;
    const waitSlices = controller.slices - order.slices;
    this.asked.push({ port, atMs: order.atMs, waitMs, waitSlices, attempts: order.attempts });
    this.#order = null;
  }
}
