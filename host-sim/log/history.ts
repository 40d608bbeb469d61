/**
 * Whether genuine records tell a history that can be: boots and clocks that only rise, programs that someone started, rates
 * that someone permitted, libraries that were activated before they judged.
 */
import { equalBytes, toHex } from "../authority/bytes.js";
import { isJudgedKind, isReduction, type JudgedKind, KIND, VERDICT } from "../model/judgement.js";
import { belongsTo, type Decision, type LogEvent } from "./event.js";
import type { FaultReason } from "./fault.js";
import type { StreamNumber } from "./keys.js";

/** What is wrong with a record. */
export interface Complaint {
  readonly reason: FaultReason;
  readonly message: string;
}

/** A library as LIBRARY_ACTIVATED or LIBRARY_STAGED named it. */
export interface NamedLibrary {
  readonly epoch: number;
  readonly version: number;
  readonly root: Uint8Array;
}

/** A root document as PROVISIONED or ROOT_UPDATED named it. */
export interface NamedRoot {
  readonly version: number;
  readonly digest: Uint8Array;
}

/** Sequence, boots and clock of one stream. */
export class Clock {
  #boot = 0;
  #uptimeMs = 0;

  constructor(readonly stream: StreamNumber) {}

  get boot(): number {
    return this.#boot;
  }

  /** `sequence`: that of the record's header. */
  check(event: LogEvent, sequence: number): Complaint | undefined {
    if (event.sequence !== sequence) {
      return contradiction(`its event says sequence ${event.sequence}`);
    }
    if (!belongsTo(event.name, this.stream)) {
      return contradiction(`a ${event.name} event has no place in stream ${this.stream}`);
    }
    if (event.boot < this.#boot) {
      const message = `boot ${event.boot} follows boot ${this.#boot}: an older state of the pump was put back`;
      return { reason: "rolled back", message };
    }
    if (event.boot === this.#boot && event.uptimeMs < this.#uptimeMs) {
      return contradiction(
        `within boot ${event.boot} the uptime falls from ${this.#uptimeMs} to ${event.uptimeMs} ms`,
      );
    }
    this.#boot = event.boot;
    this.#uptimeMs = event.uptimeMs;
    return undefined;
  }
}

/** Start mode (SPEC 4.2) and panel action (SPEC 6.4). */
const SECONDARY = 3;
const LOCAL_STOP = 1;

/** An override that was asked for, by the command's digest. */
interface Waiting {
  readonly softMask: number;
  readonly kid: Uint8Array;
}

/** Stream 0. */
export class History {
  /** Every library that the log names, the active one apart. */
  readonly libraries: NamedLibrary[] = [];
  #active: NamedLibrary | undefined;
  #root: NamedRoot | undefined;
  #revoked = false;
  #tampered = false;
  #counter = -1;
  readonly #waiting = new Map<string, Waiting>();
  /** Programs started so far; undefined while a log without its beginning has not named one. */
  #generation: number | undefined;
  #named = 0;
  /** Highest rate that a verdict permitted in this program; undefined while its start is not in the log. */
  #permittedNlPerH: bigint | undefined;
  /** The same of the primary, while a secondary runs. */
  #primaryNlPerH: bigint | undefined;

  /** `fromGenesis`: the log begins at the pump's first record. */
  constructor(private readonly fromGenesis: boolean) {
    if (fromGenesis) this.#generation = 0;
  }

  get active(): NamedLibrary | undefined {
    return this.#active;
  }

  get root(): NamedRoot | undefined {
    return this.#root;
  }

  get revoked(): boolean {
    return this.#revoked;
  }

  /** Events other than DECISION. Throws EncodingError for details that are not SPEC's. */
  check(event: LogEvent): Complaint | undefined {
    const { details } = event;
    switch (event.name) {
      case "BOOT":
        return this.#boot(event);
      case "PROVISIONED":
        this.#root = {
          version: details.uint32(1, "root version"),
          digest: details.bytes(2, "root digest", 32),
        };
        return undefined;
      case "ROOT_UPDATED":
        return this.#rootUpdated(event);
      case "LIBRARY_STAGED":
      case "LIBRARY_ACTIVATED":
        return this.#library(event);
      case "LOCAL":
        if (details.uint(0, "action") === LOCAL_STOP) this.stopped();
        return (
          this.#program(event, details.uint(1, "generation")) ?? this.#rate(BigInt(details.uint(3, "rate")))
        );
      case "STEP":
        return (
          this.#program(event, details.uint(0, "generation")) ?? this.#rate(BigInt(details.uint(2, "rate")))
        );
      case "ALARM":
        return this.#program(event, details.uint(1, "generation"));
      case "COMPLETE": {
        const complaint = this.#program(event, details.uint(0, "generation"));
        if (details.uint(3, "generation after") > details.uint(0, "generation")) this.stopped();
        return complaint;
      }
      default:
        return undefined;
    }
  }

  #boot(event: LogEvent): Complaint | undefined {
    const counter = event.details.uint32(2, "counter");
    this.#tampered = event.details.uint(3, "tampered") !== 0;
    if (!this.#tampered && counter <= this.#counter) {
      const message = `boot ${event.boot} has counter ${counter}, not above ${this.#counter}: an older state was put back`;
      return { reason: "rolled back", message };
    }
    this.#counter = counter;
    return undefined;
  }

  #rootUpdated({ details }: LogEvent): Complaint | undefined {
    const version = details.uint32(0, "version");
    const before = this.#root;
    this.#root = { version, digest: details.bytes(1, "digest", 32) };
    // A document that vouches for the stored manifest again clears what an earlier one revoked (SPEC 2.4).
    this.#revoked = details.uint(2, "active library revoked") !== 0;
    if (before && version !== before.version + 1) {
      return contradiction(`root version ${version} follows ${before.version}`);
    }
    return undefined;
  }

  #library(event: LogEvent): Complaint | undefined {
    const { details } = event;
    const library: NamedLibrary = {
      epoch: details.uint32(0, "epoch"),
      version: details.uint32(1, "version"),
      root: details.bytes(2, "root", 32),
    };
    const before = this.#active;
    this.libraries.push(library);
    if (event.name === "LIBRARY_STAGED") return undefined;
    this.#active = library;
    this.#revoked = false;
    if (before && (library.epoch - before.epoch || library.version - before.version) <= 0) {
      return contradiction(
        `library ${nameOf(library)} is activated after ${nameOf(before)}, which is not older`,
      );
    }
    return undefined;
  }

  /** A program that an event names must have been started. */
  #program(event: LogEvent, generation: number): Complaint | undefined {
    if (generation === 0) return undefined;
    this.#generation ??= generation;
    if (generation > this.#generation) {
      const starts = this.fromGenesis
        ? `${this.#generation} were permitted`
        : "the log permits no such start";
      return contradiction(`the ${event.name} names program ${generation}, but ${starts}`);
    }
    if (generation < this.#named) {
      return contradiction(`the ${event.name} names program ${generation} after program ${this.#named}`);
    }
    this.#named = generation;
    return undefined;
  }

  #rate(rateNlPerH: bigint): Complaint | undefined {
    if (this.#permittedNlPerH === undefined || rateNlPerH <= this.#permittedNlPerH) return undefined;
    return contradiction(
      `the rate becomes ${rateNlPerH} nL/h, above the ${this.#permittedNlPerH} that was permitted`,
    );
  }

  /** What a decision presupposes; its verdict is recomputed elsewhere. */
  decide(decision: Decision): Complaint | undefined {
    const complaint = this.#waived(decision) ?? this.#allowed(decision);
    if (complaint) return complaint;
    const digest = toHex(decision.digest);
    if (decision.verdict === VERDICT.needsOverride) {
      this.#waiting.set(digest, { softMask: decision.softMask, kid: decision.kid });
    } else if (decision.verdict === VERDICT.permit) {
      this.#waiting.delete(digest);
    }
    return undefined;
  }

  /** An overridden permit names exactly the limits that its command was waiting for, once, with a reason (SPEC 4.3). */
  #waived(decision: Decision): Complaint | undefined {
    const { waivedMask, approverKid, reasonCode } = decision;
    if (approverKid && reasonCode === undefined) {
      return contradiction("an approver is named, but no reason code");
    }
    if (waivedMask === 0 || decision.verdict !== VERDICT.permit) return undefined;
    if (reasonCode === undefined) return contradiction("soft limits are waived without a reason code");
    const waiting = this.#waiting.get(toHex(decision.digest));
    if (!waiting) {
      if (!this.fromGenesis) return undefined;
      return contradiction("soft limits are waived of a command that did not wait for an override");
    }
    if (waiting.softMask !== waivedMask) {
      return contradiction(
        `the mask ${waivedMask} is waived, but the command waited for ${waiting.softMask}`,
      );
    }
    if (approverKid && equalBytes(approverKid, waiting.kid)) {
      return contradiction("the approver's key is the one that signed the command");
    }
    return undefined;
  }

  /** Nothing goes upward on a tampered device or by a library that is not active. */
  #allowed(decision: Decision): Complaint | undefined {
    const { inputs, kind, verdict } = decision;
    if (verdict === VERDICT.deny || !isJudgedKind(kind) || !inputs) return undefined;
    if (isReduction(kind, inputs)) return undefined;
    if (this.#tampered) return contradiction("the device is tampered with, and yet nothing was refused");
    if (this.#revoked) return contradiction("the active library is revoked, and yet nothing was refused");
    const { libraryEpoch: epoch, libraryVersion: version } = inputs;
    const active = this.#active;
    if (active && (active.epoch !== epoch || active.version !== version)) {
      return contradiction(`library ${epoch}/${version} judged, but ${nameOf(active)} is active`);
    }
    if (!active && this.fromGenesis) {
      return contradiction(`library ${epoch}/${version} judged, but none was activated`);
    }
    return undefined;
  }

  /** A secondary has ended: its primary is the program again, under a new generation (SPEC 6.1). */
  stopped(): void {
    if (this.#primaryNlPerH === undefined) return;
    if (this.#generation !== undefined) this.#generation++;
    this.#permittedNlPerH = this.#primaryNlPerH;
    this.#primaryNlPerH = undefined;
  }

  /** After a verdict agreed: a start makes a program, a titration may raise its rate. `rateNlPerH`: the greatest permitted. */
  permitted(kind: JudgedKind, rateNlPerH: bigint, mode: number): void {
    if (kind === KIND.bolus || kind === KIND.loading) return;
    if (kind === KIND.start || kind === KIND.pca) {
      if (this.#generation !== undefined) this.#generation++;
      this.#primaryNlPerH = mode === SECONDARY ? (this.#permittedNlPerH ?? rateNlPerH) : undefined;
      this.#permittedNlPerH = rateNlPerH;
    } else if (this.#permittedNlPerH !== undefined && rateNlPerH > this.#permittedNlPerH) {
      this.#permittedNlPerH = rateNlPerH;
    }
  }
}

/** "3/17": epoch and version. */
export function nameOf(library: { readonly epoch: number; readonly version: number }): string {
  return `${library.epoch}/${library.version}`;
}

function contradiction(message: string): Complaint {
  return { reason: "contradiction", message };
}
