/** A pump at one moment, with the input of one staged verb in hand: to be gone back to, slice by slice. */
import { approvalSubmission } from "../../host-sim/authority/submission.js";
import type { CommandBody } from "../../host-sim/authority/command.js";
import { parseDose } from "../../host-sim/authority/dose.js";
import { exampleDirectory, loadLibrary } from "../../host-sim/authority/library/load.js";
import { titrateBody } from "../../host-sim/authority/order.js";
import type { Device, DeviceState } from "../../host-sim/device/device.js";
import { Gate, loadModule, type Judged, type StagedVerb } from "../../host-sim/gate/gate.js";
import { VERDICTS } from "../../host-sim/gate/names.js";
import type { Grant, LocalRequest, State } from "../../host-sim/gate/records.js";
import { STATUS, statusName } from "../../host-sim/gate/status.js";
import { Bed, patientToken } from "../../host-sim/ward/bed.js";
import { Hospital } from "../../host-sim/ward/hospital.js";

/** What the pump does when the verb arrives. */
export type Situation = "running" | "paused" | "idle";

/** One verb with its input. */
export interface Input {
  readonly verb: StagedVerb | "libraryCommit" | "attest";
  readonly bytes: Uint8Array;
}

export interface Scene {
  readonly title: string;
  readonly situation: Situation;
  readonly input: Input;
  readonly device: Device;
  readonly saved: DeviceState;
  readonly memory: Uint8Array;
}

export const NOW_S = 1_769_904_000;
export const DAY_S = 86_400;
const LIBRARY = loadLibrary(exampleDirectory());
const MODULE = loadModule();
export const PATIENT = { token: patientToken("interleave"), area: 1, weightG: 80_000, bsaCm2: 0 };

/** A bed with midazolam, 1 mg in 1 mL, in the situation. */
export function bedOf(situation: Situation): Bed {
  const hospital = new Hospital({ seed: "interleave", library: LIBRARY, nowS: NOW_S });
  const bed = Bed.ready({ name: `interleave ${situation}`, hospital, library: LIBRARY, module: MODULE });
  bed.associate(PATIENT);
  const drug = bed.drug("midazolam");
  if (situation === "idle") {
    bed.newOrder(drug);
    return bed;
  }
  expectOk(bed.start(drug, { dose: "6 mg/h", vtbi: "50 mL" }));
  bed.pump.runFor(20_000);
  if (situation === "paused") expectOk(bed.pump.panel("PAUSE"));
  bed.pump.runFor(20_000);
  return bed;
}

/** The moment at which `bed` is, with `input` for it. */
export function sceneOf(title: string, situation: Situation, bed: Bed, input: Input): Scene {
  const { device, pump } = bed;
  const memory = new Uint8Array(pump.gate.instance.memory.buffer).slice();
  return { title, situation, input, device, saved: device.save(), memory };
}

function commandScene(
  title: string,
  situation: Situation,
  key: "nurse" | "prescriber" | "engineer",
  body: (bed: Bed) => CommandBody,
): Scene {
  const bed = bedOf(situation);
  const { record } = bed.desk.prepare(bed.hospital.keys[key], tokenFor(key), bed.orderId, body(bed));
  return sceneOf(title, situation, bed, { verb: "submit", bytes: record });
}

function tokenFor(key: string): Uint8Array {
  return key === "engineer" ? new Uint8Array(16) : PATIENT.token;
}

/** A titration of the running order. */
export function titration(dose: string): CommandBody {
  const { drug } = LIBRARY.named("midazolam")
    .map((found) => ({ drug: found }))
    .find(({ drug: d }) => d.area === PATIENT.area)!;
  return titrateBody({
    drug: LIBRARY.reference(drug.area, drug.drug, drug.variant),
    dose: parseDose(dose),
    patient: PATIENT,
    concentration: drug.concentration!,
    pumpClass: 1,
  });
}

function approvalScene(): Scene {
  const bed = bedOf("running");
  const waiting = bed.titrate("12 mg/h").verdict!;
  if (waiting.verdict !== VERDICTS.NEEDS_OVERRIDE) throw new Error("nothing waits");
  const { sessionId, challenge } = bed.desk.session();
  const approval = {
    sessionId,
    sequence: 1,
    lifeS: 300,
    commandDigest: waiting.digest,
    mask: waiting.softMask,
    nonce: waiting.nonce,
    reasonCode: 1,
  };
  const receiver = { deviceId: bed.issued.deviceId, challenge };
  const { record } = approvalSubmission(bed.desk.port, approval, receiver, bed.hospital.keys.supervisor);
  return sceneOf("approve", "running", bed, { verb: "approve", bytes: record });
}

/** The new library's manifest; then, as far as `installed`, its entries. */
function libraryScene(title: string, verb: Input["verb"], installed: number): Scene {
  const bed = bedOf("running");
  const manifest = bed.hospital.publishLibrary(LIBRARY, { version: 8, enableS: NOW_S + 10 * DAY_S }).bytes;
  const entries = LIBRARY.entries.map(({ bytes }) => bytes);
  const { gate } = bed.pump;
  const bytes = verb === "libraryBegin" ? manifest : (entries[installed] ?? new Uint8Array());
  if (verb !== "libraryBegin") expectOk(gate.libraryBegin(manifest));
  for (const entry of entries.slice(0, installed)) expectOk(gate.libraryEntry(entry));
  return sceneOf(title, "running", bed, { verb, bytes });
}

function rootScene(): Scene {
  const bed = bedOf("running");
  const root = bed.hospital.rootDocument({ version: 2, issuedS: NOW_S + 1, epoch: LIBRARY.header.epoch });
  return sceneOf("trustUpdate", "running", bed, {
    verb: "trustUpdate",
    bytes: bed.hospital.publishRoot(root).bytes,
  });
}

function attestScene(): Scene {
  return sceneOf("attest", "running", bedOf("running"), {
    verb: "attest",
    bytes: new Uint8Array(32).fill(9),
  });
}

/** Every staged verb that a pump in service has, and every kind of command. */
export function everyScene(): Scene[] {
  const count = LIBRARY.entries.length;
  return [
    rootScene(),
    libraryScene("libraryBegin", "libraryBegin", 0),
    libraryScene("libraryEntry", "libraryEntry", count - 1),
    libraryScene("libraryCommit", "libraryCommit", count),
    commandScene("submit, associate", "idle", "nurse", () => ({
      kind: "associate",
      weightG: 80_000,
      bsaCm2: 0,
      area: 1,
    })),
    commandScene("submit, start", "idle", "prescriber", (bed) =>
      bed.startBody(bed.drug("midazolam"), { dose: "6 mg/h", vtbi: "50 mL" }),
    ),
    commandScene("submit, titrate upward", "running", "prescriber", () => titration("8 mg/h")),
    commandScene("submit, titrate downward", "running", "prescriber", () => titration("4 mg/h")),
    commandScene("submit, bolus", "running", "prescriber", (bed) => bed.bolusBody("0.5 mg", "36 mL/h")),
    commandScene("submit, new bag", "running", "nurse", () => ({ kind: "new bag", vtbiNl: 20_000_000 })),
    commandScene("submit, pause", "running", "nurse", () => ({ kind: "pause" })),
    commandScene("submit, resume", "paused", "nurse", () => ({ kind: "resume" })),
    commandScene("submit, stop", "running", "nurse", () => ({ kind: "stop" })),
    commandScene("submit, disassociate", "idle", "nurse", () => ({ kind: "disassociate" })),
    commandScene("submit, log-ack", "running", "engineer", () => ({
      kind: "log-ack",
      stream: 0,
      acknowledged: 1,
    })),
    approvalScene(),
    attestScene(),
  ];
}

/** The scene once more, from its moment on. */
export class Run {
  readonly gate: Gate;
  readonly device: Device;
  readonly #scene: Scene;
  grant: Grant | null = null;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.device = scene.device;
    this.device.restore(scene.saved);
    this.gate = new Gate(MODULE, this.device);
    new Uint8Array(this.gate.instance.memory.buffer).set(scene.memory);
  }

  /** Stages the scene's verb. */
  stage(): number {
    const { verb, bytes } = this.#scene.input;
    if (verb === "libraryCommit") return this.gate.instance.call(verb);
    if (verb !== "attest") return this.gate.stage(verb, bytes);
    this.gate.instance.write("io", bytes);
    return this.gate.instance.call(verb);
  }

  /** One slice at a time to the end, `between` before each. Slices, and how it ended. */
  finish(between: (slice: number) => void = () => undefined): Judged {
    let slice = 0;
    return this.gate.finish({ units: 1, between: () => between(slice++) });
  }

  /** One slice. */
  slice(): number {
    return this.gate.work(1);
  }

  /** What is left to do in background. */
  background(): void {
    this.gate.settle();
  }

  /** Reports the motor and hands the grant on, as a pump does. */
  tick(sensors = 0): Grant {
    const { motor } = this.device;
    const { epoch, steps } = motor.report();
    const { status, grant } = this.gate.tick({ steps, stepEpoch: epoch, sensors });
    if (status !== STATUS.OK || grant === null) throw new Error(`tick answers ${statusName(status)}`);
    if (grant.generation === 0) motor.halt();
    else {
      motor.obey({
        program: grant.generation,
        generation: grant.grantNumber,
        reachStep: grant.reachStep,
        rateMaxNlPerH: grant.rateMaxNlPerH,
        untilMs: grant.untilUptimeMs,
        epoch,
      });
    }
    this.grant = grant;
    return grant;
  }

  /** A second at a time, with ticks. */
  seconds(count: number): void {
    for (let i = 0; i < count; i++) {
      this.device.clock.advanceMs(1_000);
      this.tick();
    }
  }

  local(request: LocalRequest): number {
    return this.gate.local(request).status;
  }

  state(): State {
    const { state } = this.gate.inspect();
    if (state === null) throw new Error("inspect answers nothing");
    return state;
  }
}

function expectOk(answer: { readonly status: number }): void {
  if (answer.status !== STATUS.OK) throw new Error(`the scene cannot be set: ${statusName(answer.status)}`);
}
