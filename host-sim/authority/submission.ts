/** From a signed object to the record that goes into the pump (SPEC 11.2): `submit` and `approve`. */
import { PORT } from "../gate/names.js";
import { encodeApprove, encodeSubmit, type ProvenEntry } from "../gate/records.js";
import { type Approval, signApproval } from "./approval.js";
import {
  type Command,
  type CommandBody,
  encodeCommandUnchecked,
  type Receiver,
  signCommand,
} from "./command.js";
import { sha256, type Signed, type Signer } from "./cose.js";
import { isOrderKind } from "./roles.js";

export type { ProvenEntry } from "../gate/records.js";

/** Largest path: 65,536 entries make 16 levels (SPEC 3.1). */
const PATH_NODES_MAX = 16;
/** Largest entry, bytes (SPEC 3.2). */
const ENTRY_BYTES_MAX = 512;

/** The drug's entry and its area's profile, each with its place in the library (SPEC 3.5). */
export interface Proofs {
  readonly drug: ProvenEntry;
  readonly profile: ProvenEntry;
}

/** A record for the I/O buffer, with the digest of the object in it. */
export interface Submission {
  readonly record: Uint8Array;
  /** COSE_Sign1 */
  readonly object: Uint8Array;
  readonly digest: Uint8Array;
}

/** True for the kinds that bring an entry and a profile. */
export function needsProofs(kind: CommandBody["kind"]): boolean {
  return isOrderKind(kind);
}

/** A submit record around a command that is signed already. Throws RangeError for proofs that no library has. */
export function submitRecord(port: number, command: Signed, proofs?: Proofs): Submission {
  for (const [name, proven] of proofs
    ? ([
        ["drug", proofs.drug],
        ["profile", proofs.profile],
      ] as const)
    : []) {
    if (proven.entry.length === 0 || proven.entry.length > ENTRY_BYTES_MAX) {
      throw new RangeError(
        `the ${name} entry has ${proven.entry.length} bytes; 1..${ENTRY_BYTES_MAX} are allowed (SPEC 3.2)`,
      );
    }
    if (proven.path.length > PATH_NODES_MAX) {
      throw new RangeError(
        `the ${name} path has ${proven.path.length} nodes; at most ${PATH_NODES_MAX} (SPEC 3.1)`,
      );
    }
  }
  const record = encodeSubmit({ port, command: command.bytes, ...(proofs ?? {}) });
  return { record, object: command.bytes, digest: command.digest };
}

/** Signs a command and wraps it. An order kind needs proofs, another kind must have none; else RangeError. */
export function submission(
  port: number,
  command: Command,
  receiver: Receiver,
  signer: Signer,
  proofs?: Proofs,
): Submission {
  const { kind } = command.body;
  if (needsProofs(kind) !== (proofs !== undefined)) {
    throw new RangeError(
      needsProofs(kind)
        ? `a ${kind} needs the drug's entry and the area's profile with their paths (SPEC 3.5)`
        : `a ${kind} brings no library entries`,
    );
  }
  return submitRecord(port, signCommand(command, receiver, signer), proofs);
}

/**
 * An unsigned start or increase from the panel (SPEC 6.6): the command's session, sequence and life are not looked at. Its
 * digest is that of the bare payload.
 */
export function emergencySubmission(
  command: Pick<Command, "patientToken" | "orderId" | "body">,
  proofs: Proofs,
): Submission {
  const payload = encodeCommandUnchecked({
    ...command,
    sessionId: new Uint8Array(8),
    sequence: 1,
    lifeS: 1,
  });
  const record = encodeSubmit({ port: PORT.PANEL, command: payload, emergency: true, ...proofs });
  return { record, object: payload, digest: sha256(payload) };
}

/** An approve record around an approval that is signed already. */
export function approveRecord(port: number, approval: Signed): Submission {
  const record = encodeApprove({ port, approval: approval.bytes });
  return { record, object: approval.bytes, digest: approval.digest };
}

/** Signs an approval and wraps it. */
export function approvalSubmission(
  port: number,
  approval: Approval,
  receiver: Receiver,
  signer: Signer,
): Submission {
  return approveRecord(port, signApproval(approval, receiver, signer));
}
