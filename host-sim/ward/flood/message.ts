/** From a command body to the bytes that arrive at a port, genuine or forged: the same builder, so that they look alike. */
import { type CommandBody, commandAad, encodeCommandUnchecked } from "../../authority/command.js";
import { sign1, type Signer } from "../../authority/cose.js";
import { type Submission, submitRecord } from "../../authority/submission.js";
import type { Session } from "../../gate/records.js";
import type { Bed } from "../bed.js";

/** Who sends what, under which session. */
export interface Order {
  readonly port: number;
  readonly session: Pick<Session, "sessionId" | "challenge">;
  readonly signer: Signer;
  readonly sequence: number;
  readonly body: CommandBody;
}

/** Life of every command, s. */
export const LIFE_S = 300;
const NOBODY = new Uint8Array(16);

export function commandRecord(bed: Bed, { port, session, signer, sequence, body }: Order): Submission {
  const { sessionId, challenge } = session;
  const forAnyone = body.kind === "log-ack";
  const command = {
    sessionId,
    sequence,
    lifeS: LIFE_S,
    patientToken: forAnyone ? NOBODY : bed.patient.token,
    orderId: forAnyone ? NOBODY : bed.orderId,
    body,
  };
  const receiver = { deviceId: bed.issued.deviceId, challenge };
  const signed = sign1(encodeCommandUnchecked(command), commandAad(receiver), signer);
  if (!("drug" in body)) return submitRecord(port, signed);
  const { area, drug, variant } = body.drug;
  return submitRecord(port, signed, bed.library.proofs(area, drug, variant));
}
