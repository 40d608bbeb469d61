/**
 * A desk from which people send signed commands to one pump: it opens sessions, keeps the sequences of each key, adds the proofs
 * of the library that the pump has, and knows what it sent, so that attackers have something to record.
 */
import {
  type BodyOf,
  type Command,
  type CommandBody,
  encodeCommandUnchecked,
  commandAad,
  type Receiver,
} from "../authority/command.js";
import { sign1, type Signed } from "../authority/cose.js";
import type { KeyPair } from "../authority/keys.js";
import type { CompiledLibrary } from "../authority/library/compile.js";
import {
  approvalSubmission,
  emergencySubmission,
  submitRecord,
  type Submission,
} from "../authority/submission.js";
import type { Judged } from "../gate/gate.js";
import type { Session, Verdict } from "../gate/records.js";
import { statusName } from "../gate/status.js";
import type { Pump } from "../pump/pump.js";

export interface DeskOptions {
  readonly pump: Pump;
  readonly deviceId: Uint8Array;
  /** The library whose entries go with an order. */
  readonly library: CompiledLibrary;
  /** 0 panel, 1 network (default), 2 serial. */
  readonly port?: number;
  /** Life of a command, s. Default 300. */
  readonly lifeS?: number;
}

export interface Sent extends Judged {
  readonly submission: Submission;
}

/** What differs from an honest command: for attackers and tests of refusals. */
export interface Forgery {
  readonly sequence?: number;
  readonly sessionId?: Uint8Array;
  readonly receiver?: Partial<Receiver>;
  readonly lifeS?: number;
  readonly port?: number;
  readonly library?: CompiledLibrary;
  /** Who signs instead of the one whose duty it is. */
  readonly key?: KeyPair;
}

export class Desk {
  readonly pump: Pump;
  readonly port: number;
  library: CompiledLibrary;
  readonly #deviceId: Uint8Array;
  readonly #lifeS: number;
  readonly #sequences = new Map<string, number>();
  #session: Session | null = null;
  #openedMs = 0;

  constructor(options: DeskOptions) {
    this.pump = options.pump;
    this.port = options.port ?? 1;
    this.library = options.library;
    this.#deviceId = options.deviceId;
    this.#lifeS = options.lifeS ?? 300;
  }

  /** The session in force; opened anew when its challenge is so old that commands would expire. */
  session(): Session {
    const nowMs = Number(this.pump.device.clock.uptimeMs());
    const stale = nowMs - this.#openedMs > (this.#lifeS * 1000) / 2 || nowMs < this.#openedMs;
    return this.#session === null || stale ? this.open() : this.#session;
  }

  /** Asks the pump for a new challenge; sequences begin again. */
  open(): Session {
    const { status, session } = this.pump.openSession(this.port);
    if (session === null) throw new Error(`the pump opened no session: ${statusName(status)}`);
    this.#session = session;
    this.#openedMs = Number(session.uptimeMs);
    this.#sequences.clear();
    return session;
  }

  /** The next sequence of a key; `use` counts it. */
  sequenceOf(key: KeyPair): number {
    return (this.#sequences.get(key.name) ?? 0) + 1;
  }

  /** Signs `body` and returns the record without sending it. */
  prepare(
    key: KeyPair,
    patientToken: Uint8Array,
    orderId: Uint8Array,
    body: CommandBody,
    forgery: Forgery = {},
  ): Submission {
    const session = this.session();
    const sequence = forgery.sequence ?? this.sequenceOf(key);
    this.#sequences.set(key.name, sequence);
    const command: Command = {
      sessionId: forgery.sessionId ?? session.sessionId,
      sequence,
      lifeS: forgery.lifeS ?? this.#lifeS,
      patientToken,
      orderId,
      body,
    };
    const receiver: Receiver = {
      deviceId: this.#deviceId,
      challenge: session.challenge,
      ...forgery.receiver,
    };
    const signed: Signed = sign1(encodeCommandUnchecked(command), commandAad(receiver), key);
    const library = forgery.library ?? this.library;
    const proofs =
      "drug" in body ? library.proofs(body.drug.area, body.drug.drug, body.drug.variant) : undefined;
    return submitRecord(forgery.port ?? this.port, signed, proofs);
  }

  /** Signs and sends. */
  send(
    key: KeyPair,
    patientToken: Uint8Array,
    orderId: Uint8Array,
    body: CommandBody,
    forgery: Forgery = {},
  ): Sent {
    const submission = this.prepare(key, patientToken, orderId, body, forgery);
    return { ...this.pump.submit(submission.record), submission };
  }

  /** A start or increase that nobody signs, from the pump's own panel (SPEC 6.6). It waits there for OVERRIDE. */
  emergency(patientToken: Uint8Array, orderId: Uint8Array, body: BodyOf<"start"> | BodyOf<"titrate">): Sent {
    const proofs = this.library.proofs(body.drug.area, body.drug.drug, body.drug.variant);
    const submission = emergencySubmission({ patientToken, orderId, body }, proofs);
    return { ...this.pump.submit(submission.record), submission };
  }

  /** A supervisor answers for the soft limits of a command that waits. */
  approve(
    key: KeyPair,
    waiting: Verdict,
    reasonCode: number,
    change: { mask?: number; nonce?: Uint8Array } = {},
  ): Judged {
    const session = this.session();
    const sequence = this.sequenceOf(key);
    this.#sequences.set(key.name, sequence);
    const approval = {
      sessionId: session.sessionId,
      sequence,
      lifeS: this.#lifeS,
      commandDigest: waiting.digest,
      mask: change.mask ?? waiting.softMask,
      nonce: change.nonce ?? waiting.nonce,
      reasonCode,
    };
    const receiver = { deviceId: this.#deviceId, challenge: session.challenge };
    return this.pump.approve(approvalSubmission(this.port, approval, receiver, key).record);
  }
}
