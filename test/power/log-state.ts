/** The state that a log tells, from its first record on: what `inspect` must say too, or record and state were torn apart. */
import { equalBytes, fromHex } from "../../host-sim/authority/bytes.js";
import { KIND, LOCAL_ACTION, PHASE, STATE_FLAG } from "../../host-sim/gate/names.js";
import type { State } from "../../host-sim/gate/records.js";
import type { VerifiedRecord } from "../../host-sim/log/verify.js";

type Details = Record<string, unknown>;

const PERMIT = 1;
const NOBODY = new Uint8Array(16);

/** Folds the events of stream 0. */
export class ToldState {
  rootVersion = 0;
  active = 0;
  next = 0;
  revoked = false;
  counter = 0;
  patientToken: Uint8Array = NOBODY;
  phase: number = PHASE.IDLE;
  generation = 0;
  rateNlPerH = 0n;
  /** Volume that an event of the present program named last. */
  deliveredNl = 0n;

  constructor(records: readonly VerifiedRecord[]) {
    for (const { stream, event, details } of records) {
      if (stream === 0 && event !== undefined) this.#apply(event, details ?? {});
    }
  }

  /** Names of the fields in which `state` says something else. */
  differences(state: State): string[] {
    const same: [string, boolean][] = [
      ["root version", state.rootVersion === this.rootVersion],
      ["active library", state.activeVersion === this.active],
      ["next library", state.nextVersion === this.next],
      ["revoked", ((state.flags & STATE_FLAG.REVOKED) !== 0) === this.revoked],
      ["counter", state.counter === this.counter],
      ["patient", equalBytes(state.patientToken, this.patientToken)],
      ["phase", state.phase === this.phase],
      ["generation", state.generation === this.generation],
      ["rate", state.rateNlPerH === this.rateNlPerH],
      ["delivered", state.deliveredNl >= this.deliveredNl],
    ];
    return same.filter(([, holds]) => !holds).map(([name]) => name);
  }

  #apply(event: string, d: Details): void {
    switch (event) {
      case "PROVISIONED":
        this.rootVersion = number(d["rootVersion"]);
        this.counter = 1;
        break;
      case "BOOT":
        this.counter = number(d["counter"]);
        this.phase = number(d["phase"]);
        break;
      case "ROOT_UPDATED":
        this.rootVersion = number(d["version"]);
        this.revoked = number(d["activeRevoked"]) !== 0;
        if (number(d["nextDropped"]) !== 0) this.next = 0;
        this.counter++;
        break;
      case "LIBRARY_STAGED":
        this.next = number(d["version"]);
        break;
      case "LIBRARY_ACTIVATED":
        this.active = number(d["version"]);
        this.next = 0;
        this.revoked = false;
        this.counter++;
        break;
      case "LOCAL":
        this.#program(d);
        this.rateNlPerH = BigInt(number(d["rateNlPerH"]));
        if (number(d["action"]) === LOCAL_ACTION.STOP) this.rateNlPerH = 0n;
        break;
      case "ALARM":
        this.#program(d);
        break;
      case "COMPLETE":
        this.phase = PHASE.COMPLETE;
        this.deliveredNl = BigInt(number(d["deliveredNl"]));
        break;
      case "DECISION":
        if (number(d["verdict"]) === PERMIT) this.#permitted(number(d["kind"]), d);
    }
  }

  #program(d: Details): void {
    this.phase = number(d["phase"]);
    this.deliveredNl = BigInt(number(d["deliveredNl"]));
  }

  #permitted(kind: number, d: Details): void {
    const inputs = d["inputs"] as Details | undefined;
    if (kind === KIND.ASSOCIATE) this.patientToken = fromHex(d["patientToken"] as string)!;
    if (kind === KIND.DISASSOCIATE) this.patientToken = NOBODY;
    if (kind === KIND.START) {
      this.generation++;
      this.deliveredNl = 0n;
    }
    if (kind === KIND.START || kind === KIND.RESUME) this.phase = PHASE.RUNNING;
    if (kind === KIND.START || kind === KIND.TITRATE) {
      this.rateNlPerH = BigInt(number(inputs?.["rateNlPerH"]));
    }
    if (kind === KIND.PAUSE) this.phase = PHASE.PAUSED;
    if (kind === KIND.NEW_BAG && this.phase === PHASE.COMPLETE) this.phase = PHASE.PAUSED;
    if (kind === KIND.STOP) {
      this.phase = PHASE.IDLE;
      this.rateNlPerH = 0n;
    }
  }
}

function number(value: unknown): number {
  if (typeof value === "number" || typeof value === "bigint") return Number(value);
  throw new Error(`an event lacks a number, or has ${String(value)} in its place`);
}
