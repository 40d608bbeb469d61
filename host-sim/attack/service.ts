/** Service commands as an attacker sends them (SPEC 4.2): on any port, under whatever signature, or under none. */
import { type CommandBody, encodeCommandUnchecked, type Receiver } from "../authority/command.js";
import type { Signer } from "../authority/cose.js";
import { submitRecord, type Submission } from "../authority/submission.js";
import { PORT } from "../gate/names.js";
import type { StatusName } from "../gate/status.js";
import { SETS } from "../ward/hospital.js";
import type { Assault } from "./assault.js";

export type ServiceBody = Extract<CommandBody, { kind: "calibrate" | "configure" | "time" }>;

/** The mounted set moves half of what it does: twice the drug behind an unsuspicious screen. */
export const HALVED: ServiceBody = {
  kind: "calibrate",
  setId: SETS[0]!.setId,
  plPerStep: SETS[0]!.plPerStep / 2,
};

/** The latest warnings there can be, and hours of flow after the end of a bag. */
export const SILENCED: ServiceBody = {
  kind: "configure",
  configuration: { nearEndS: 60, pausedLongS: 3600, kvoSMax: 14_400 },
};

export interface ServiceOptions {
  readonly port?: number;
  readonly receiver?: Partial<Receiver>;
}

/** Token and order of commands that concern no patient. */
const NOBODY = new Uint8Array(16);

/** A submit record under the live session of a port. `signer` null: the bare command. */
export function serviceRecord(
  assault: Assault,
  signer: Signer | null,
  body: ServiceBody,
  options: ServiceOptions = {},
): Submission {
  const { port = PORT.NETWORK } = options;
  const session = assault.session(port);
  const { sessionId } = session;
  const header = { sessionId, sequence: 1, lifeS: 300, patientToken: NOBODY, orderId: NOBODY };
  const payload = encodeCommandUnchecked({ ...header, body });
  if (signer === null) return submitRecord(port, { bytes: payload, digest: new Uint8Array(32) });
  return assault.sealed(signer, payload, session, { ...options, port });
}

/** Sends it as a step. */
export function service(
  assault: Assault,
  what: string,
  expected: StatusName,
  signer: Signer | null,
  body: ServiceBody,
  options: ServiceOptions = {},
): void {
  assault.submit(what, expected, serviceRecord(assault, signer, body, options));
}
