/** Carries out the operations of limit vectors on a pump, and says what became of the last one. */
import { BOOT_CAUSE, LOCAL_ACTION, phaseName, SENSOR, verdictName, type VerdictName } from "../gate/names.js";
import type { Judged } from "../gate/gate.js";
import { statusName } from "../gate/status.js";
import { type Bed, patientToken } from "../ward/bed.js";
import { bodyOf, drugIn, libraryOf } from "./fixture.js";
import type { BodyText, Operation } from "./limit-vectors.js";

/** What the pump answered. Limit, bound and mask are 0 where there is none. */
export interface Answer {
  readonly verdict: VerdictName;
  readonly status: string;
  readonly limit: number;
  /** The panel names none. */
  readonly bound?: number;
  readonly softMask?: number;
  readonly phase: string;
}

/** Seconds that pass between two ticks of an idle pump. */
const PASS_S = 60;
const NO_ONE = new Uint8Array(16);
const SERVICE: ReadonlySet<string> = new Set(["calibrate", "configure", "log-ack", "time"]);

/** One bed, and what a vector has done there so far. */
export class Operator {
  readonly bed: Bed;
  #version = 1;
  #waiting: Judged | null = null;

  constructor(bed: Bed) {
    this.bed = bed;
  }

  /** Throws for an operation that cannot be carried out; a refusal is an answer. */
  do(operation: Operation): Answer {
    const { pump, device } = this.bed;
    switch (operation.op) {
      case "order":
        return this.#order(operation);
      case "emergency":
        return this.#emergency(operation.body);
      case "approve":
        if (this.#waiting === null) throw new Error("approve: no command waits");
        return this.#judged(this.bed.approve(this.#waiting));
      case "panel":
        return this.#panel(operation);
      case "run":
        pump.runFor(operation.s * 1000);
        return this.#done();
      case "pass":
        for (let left = operation.s; left > 0; left -= PASS_S) {
          device.clock.advanceMs(Math.min(left, PASS_S) * 1000);
          pump.tick();
        }
        return this.#done();
      case "uptime":
        device.clock.advanceMs(operation.ms - Number(device.clock.uptimeMs()));
        return this.#done();
      case "reset": {
        const { cause, offMs } = operation;
        const status = pump.powerCycle({ offMs }, { cause: BOOT_CAUSE[cause], offMs });
        this.bed.desk.open();
        return this.#plain(status);
      }
      case "sensor":
        pump.setSensor(SENSOR[operation.sensor], operation.on);
        pump.tick();
        return this.#done();
      case "library":
        this.#version += 1;
        return this.#plain(this.bed.install(libraryOf(operation.library, this.#version)).status);
    }
  }

  #order({ body, patient, order }: Extract<Operation, { op: "order" }>): Answer {
    const { bed } = this;
    const begins = body.kind === "start" || body.kind === "PCA";
    if (begins) bed.newOrder(drugIn(bed.library, body.drug));
    if (body.kind === "associate") {
      const { weightG, bsaCm2, area } = body;
      const token = patientToken(patient === "other" ? "other" : "patient");
      return this.#judged(bed.associate({ token, weightG, bsaCm2, area }));
    }
    const { prescriber, nurse, engineer, timekeeper } = bed.hospital.keys;
    const service = SERVICE.has(body.kind);
    const key = "drug" in body ? prescriber : body.kind === "time" ? timekeeper : service ? engineer : nurse;
    const token = service ? NO_ONE : patient === "other" ? patientToken("other") : bed.patient.token;
    const orderId = order === "other" ? new Uint8Array(16).fill(0xee) : bed.orderId;
    return this.#judged(bed.desk.send(key, token, orderId, bodyOf(body, bed.library)));
  }

  #emergency(text: BodyText): Answer {
    const { bed } = this;
    if (text.kind === "start") bed.newOrder(drugIn(bed.library, text.drug));
    const body = bodyOf(text, bed.library);
    if (body.kind !== "start" && body.kind !== "titrate") {
      throw new Error(`emergency: a ${body.kind} cannot be one`);
    }
    return this.#judged(bed.desk.emergency(bed.patient.token, bed.orderId, body));
  }

  #panel(operation: Extract<Operation, { op: "panel" }>): Answer {
    const { pump, device } = this.bed;
    const { action, value = 0, mask = 0, reasonCode = 0, token, confirmAfterMs = 1000, tick } = operation;
    const fields = {
      value: BigInt(value),
      mask,
      reasonCode,
      ...(token && { patientToken: this.bed.patient.token }),
    };
    const { gate } = pump;
    const asked =
      tick === false
        ? gate.local({ ...fields, action: LOCAL_ACTION[action] })
        : pump.panel(action, { ...fields, confirm: false });
    if (statusName(asked.status) !== "CONFIRM_NEEDED" || asked.result === null) {
      return this.#plain(asked.status, asked.result?.limit);
    }
    device.clock.advanceMs(confirmAfterMs);
    const { nonce } = asked.result;
    const { status, result } = tick === false ? gate.confirm(nonce) : pump.confirm(nonce);
    return this.#plain(status, result?.limit);
  }

  #judged(judged: Judged): Answer {
    const { verdict } = judged;
    this.#waiting = judged;
    if (verdict === null) return this.#plain(judged.status);
    return {
      verdict: verdictName(verdict.verdict) ?? "DENY",
      status: statusName(judged.status),
      limit: verdict.limit,
      bound: Number(verdict.bound),
      softMask: verdict.softMask,
      phase: this.#phase(),
    };
  }

  #plain(status: number, limit = 0): Answer {
    return {
      verdict: status === 0 ? "PERMIT" : "DENY",
      status: statusName(status),
      limit,
      phase: this.#phase(),
    };
  }

  #done(): Answer {
    return this.#plain(0);
  }

  #phase(): string {
    return phaseName(this.bed.pump.inspect().phase) ?? "unknown";
  }
}
