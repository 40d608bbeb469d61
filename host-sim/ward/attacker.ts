/**
 * Somebody on the ward's network, all day: records what passes, sends it again, alters it, signs with keys of its own, floods. It
 * may open sessions, as anybody may, and has stolen one nurse's key. `host-sim/attack/` has the published cases one by one.
 */
import { type CommandBody, commandAad, encodeCommandUnchecked } from "../authority/command.js";
import { sign1, type Signer } from "../authority/cose.js";
import { type KeyPair, simulatedKey } from "../authority/keys.js";
import { titrateBody } from "../authority/order.js";
import { signManifest } from "../authority/manifest.js";
import { approvalSubmission, submitRecord } from "../authority/submission.js";
import { PHASE, PORT, STATE_FLAG } from "../gate/names.js";
import type { State, Verdict } from "../gate/records.js";
import { STATUS, statusName } from "../gate/status.js";
import type { Bedside } from "./bedside.js";

/** A message that was recorded on the network. */
export interface Captured {
  readonly record: Uint8Array;
  readonly verdict: Verdict;
}

/** One kind of attack over the whole day. */
export interface TechniqueCount {
  readonly technique: string;
  /** Messages sent. */
  readonly messages: number;
  /** Messages after which the pump was not as before: none, or the gate has failed. */
  readonly accepted: number;
  /** Statuses with how often the gate answered so. */
  readonly answers: Readonly<Record<string, number>>;
}

interface Sending {
  readonly technique: string;
  /** Returns the status of every message. */
  readonly send: () => number[];
}

/** Offset of the port, and of the command, in a submit record (SPEC 11.2). */
const PORT_AT = 8;
const COMMAND_AT = 32;
const COMMAND_BYTES_AT = 12;
/** The error that a decimal point makes, and what every forged order asks for. */
const TENFOLD = 10;
const FLOOD_MESSAGES = 60;

export class Attacker {
  readonly #stolen: (side: Bedside) => KeyPair;
  readonly #own: KeyPair;
  readonly #ownLibrary: readonly [KeyPair, KeyPair];
  readonly #counts = new Map<
    string,
    { messages: number; accepted: number; answers: Record<string, number> }
  >();
  /** Orders of all pumps, by pump: the network is one. */
  readonly #captured = new Map<Bedside, Captured[]>();

  /** `stolen`: the key that was stolen; a nurse's unless told. */
  constructor(seed: string, stolen: (side: Bedside) => KeyPair = (side) => side.bed.hospital.keys.nurse) {
    this.#stolen = stolen;
    const key = (name: string, duty: "author" | "approver", roles: KeyPair["roles"]) =>
      simulatedKey(`${seed} attacker`, { name, holder: name, duty, roles });
    this.#own = key("stranger", "author", ["order", "bedside", "override"]);
    this.#ownLibrary = [key("forger", "author", ["library"]), key("accomplice", "approver", ["library"])];
  }

  get techniques(): TechniqueCount[] {
    return [...this.#counts].map(([technique, count]) => ({ technique, ...count }));
  }

  capture(side: Bedside, message: Captured): void {
    const kept = this.#captured.get(side) ?? [];
    if (kept.length === 0) this.#captured.set(side, kept);
    kept.push(message);
  }

  /** One attack on one pump, by chance. */
  strike(side: Bedside): void {
    const random = side.random.fork(`attack ${side.nowMs}`);
    const ways = [
      () => this.#replay(side, random.u32(), PORT.NETWORK, "recorded order sent again"),
      () => this.#replay(side, random.u32(), PORT.SERIAL, "recorded order at the serial port"),
      () => this.#misdirected(side, random.u32()),
      () => this.#altered(side, random.u32(), random.u32()),
      () => this.#signed(side, this.#own, "order signed by a stranger", tenfold(side)),
      () => this.#signed(side, impostor(side, this.#own), "order in the prescriber's name", tenfold(side)),
      () => this.#signed(side, this.#stolen(side), "order with a stolen key", tenfold(side)),
      () => this.#signed(side, this.#own, "stop signed by a stranger", { kind: "stop" }),
      () => this.#library(side),
      () => this.#approval(side, random.bytes(32)),
    ];
    const sending = random.pick(ways)();
    if (sending !== null) this.#carryOut(side, sending);
  }

  /** Noise: many messages that are none. */
  flood(side: Bedside): void {
    const random = side.random.fork(`flood ${side.nowMs}`);
    const send = () =>
      Array.from({ length: FLOOD_MESSAGES }, () => {
        const noise = random.bytes(random.between(1, 600));
        return side.bed.pump.submit(noise).status;
      });
    this.#carryOut(side, { technique: "flood of noise", send });
  }

  #carryOut(side: Bedside, { technique, send }: Sending): void {
    const { pump } = side.bed;
    const before = pump.inspect();
    const statuses = send();
    const changed = differs(before, pump.inspect());
    const count = this.#counts.get(technique) ?? { messages: 0, accepted: 0, answers: {} };
    this.#counts.set(technique, count);
    count.messages += statuses.length;
    if (changed !== null) count.accepted++;
    for (const status of statuses) {
      const name = statusName(status);
      count.answers[name] = (count.answers[name] ?? 0) + 1;
    }
    const first = statusName(statuses[0] ?? STATUS.NOTHING);
    const ask = { actor: "attacker", kind: "attack", what: technique, expect: [] } as const;
    if (changed === null) side.note({ ...ask, expect: first as never }, "REFUSED", first);
    else side.note(ask, "DONE", `CHANGED ${changed}`);
  }

  // --- ways -----------------------------------------------------------------------------------------------------

  /** Not the last one: its exact repeat is answered with the stored verdict and does nothing (SPEC 4.2). */
  #older(side: Bedside, draw: number): Captured | null {
    const older = (this.#captured.get(side) ?? []).slice(0, -1);
    return older[draw % Math.max(older.length, 1)] ?? null;
  }

  #replay(side: Bedside, draw: number, port: number, technique: string): Sending | null {
    const message = this.#older(side, draw);
    if (message === null) return null;
    const record = message.record.slice();
    record[PORT_AT] = port;
    return { technique, send: () => [side.bed.pump.submit(record).status] };
  }

  #misdirected(side: Bedside, draw: number): Sending | null {
    const others = [...this.#captured].filter(([other]) => other !== side).flatMap(([, kept]) => kept);
    const message = others[draw % Math.max(others.length, 1)];
    if (message === undefined) return null;
    const send = () => [side.bed.pump.submit(message.record).status];
    return { technique: "order for another pump", send };
  }

  #altered(side: Bedside, draw: number, where: number): Sending | null {
    const message = this.#older(side, draw);
    if (message === null) return null;
    const record = message.record.slice();
    const commandBytes = record[COMMAND_BYTES_AT]! | (record[COMMAND_BYTES_AT + 1]! << 8);
    const bit = where % (commandBytes * 8);
    record[COMMAND_AT + (bit >> 3)]! ^= 1 << (bit & 7);
    return {
      technique: "one bit of an order altered",
      send: () => [side.bed.pump.submit(record).status],
    };
  }

  #signed(side: Bedside, signer: Signer, technique: string, body: CommandBody | null): Sending | null {
    const { bed } = side;
    const { session } = bed.pump.openSession(PORT.NETWORK);
    if (session === null || body === null) return null;
    const { token } = side.patient;
    const { sessionId, challenge } = session;
    const command = { sessionId, sequence: 1, lifeS: 300, patientToken: token, orderId: bed.orderId, body };
    const receiver = { deviceId: bed.issued.deviceId, challenge };
    const signed = sign1(encodeCommandUnchecked(command), commandAad(receiver), signer);
    const { area, drug, variant } = side.drug;
    const proofs = body.kind === "titrate" ? bed.library.proofs(area, drug, variant) : undefined;
    const { record } = submitRecord(PORT.NETWORK, signed, proofs);
    return { technique, send: () => [bed.pump.submit(record).status] };
  }

  #library(side: Bedside): Sending {
    const { bed } = side;
    const wide = { ...bed.library.manifest(), version: bed.library.header.version + 100 };
    const forged = signManifest(wide, this.#ownLibrary).bytes;
    const entries = bed.library.entries.map(({ bytes }) => bytes);
    const send = () => [bed.pump.installLibrary(forged, entries).status];
    return { technique: "drug library signed by strangers", send };
  }

  #approval(side: Bedside, digest: Uint8Array): Sending | null {
    const { bed } = side;
    const { session } = bed.pump.openSession(PORT.NETWORK);
    if (session === null) return null;
    const { sessionId, challenge } = session;
    const nonce = digest.slice(0, 8);
    const approval = {
      sessionId,
      sequence: 1,
      lifeS: 300,
      commandDigest: digest,
      mask: 4,
      nonce,
      reasonCode: 1,
    };
    const receiver = { deviceId: bed.issued.deviceId, challenge };
    const { record } = approvalSubmission(PORT.NETWORK, approval, receiver, this.#own);
    return { technique: "approval by a stranger", send: () => [bed.pump.approve(record).status] };
  }
}

/** Signs with `own`, but names the prescriber's key. */
function impostor(side: Bedside, own: KeyPair): Signer {
  const { prescriber } = side.bed.hospital.keys;
  return { algorithm: own.algorithm, kid: prescriber.kid, sign: (message) => own.sign(message) };
}

/** Ten times the present dose, written as the prescriber would. */
function tenfold(side: Bedside): CommandBody | null {
  const { bed, drug } = side;
  const { continuous, concentration } = drug;
  const running = bed.pump.inspect().phase === PHASE.RUNNING;
  if (continuous === undefined || concentration === undefined || !running) return null;
  return titrateBody({
    drug: bed.library.reference(drug.area, drug.drug, drug.variant),
    dose: { value: side.dose * TENFOLD, unit: continuous.unit },
    patient: side.patient,
    concentration,
    pumpClass: bed.issued.pumpClass,
  });
}

const KEPT_FLAGS = STATE_FLAG.PROVISIONED | STATE_FLAG.TAMPERED | STATE_FLAG.REVOKED | STATE_FLAG.ASSOCIATED;

/** The first thing that an unsigned message must never change, if it did; what runs its course by itself is left out. */
function differs(before: State, after: State): string | null {
  if ((before.flags & KEPT_FLAGS) !== (after.flags & KEPT_FLAGS)) return "flags";
  const fixed = [
    "counter",
    "rootVersion",
    "activeEpoch",
    "activeVersion",
    "nextEpoch",
    "nextVersion",
    "floorS",
    "generation",
    "permittedRateNlPerH",
    "rateNlPerH",
    "vtbiNl",
    "totalNl",
    "area",
    "weightG",
    "bsaCm2",
  ] as const;
  const changed = fixed.find((field) => before[field] !== after[field]);
  if (changed !== undefined) return changed;
  if (Buffer.compare(before.patientToken, after.patientToken) !== 0) return "patientToken";
  if (after.bolusLeftNl > before.bolusLeftNl) return "bolus";
  const ranOut = before.phase === PHASE.RUNNING && after.phase === PHASE.COMPLETE;
  return before.phase === after.phase || ranOut ? null : "phase";
}
