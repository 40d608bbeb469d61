/**
 * Typed encode and decode of every record of SPEC 11.2. Encoding throws RecordError for a value its field cannot hold,
 * decoding for bytes that are not the record asked for; neither judges what the values mean: that is the gate's.
 */
import * as abi from "./abi.js";
import { decode, encode, RecordError, type Layout, type RecordOf } from "./layout.js";
import { SUBMIT_FLAG } from "./names.js";

export type { Grant, Local, LocalResult, Outcome, Session, State, Tick, Verdict } from "./abi.js";
export { RecordError, typeOf } from "./layout.js";

/** One raw entry of the library with its place in the tree (SPEC 3.5). */
export interface ProvenEntry {
  /** The entry's CBOR as it was signed. */
  readonly entry: Uint8Array;
  /** Leaf index. */
  readonly index: number;
  /** Merkle path, leaf upwards, 32 bytes a node. */
  readonly path: readonly Uint8Array[];
}

/** What goes to `submit`: the command, and with an order the drug's entry and the area's profile. */
export interface Submission {
  readonly port: number;
  /** COSE_Sign1; of an emergency the bare payload. */
  readonly command: Uint8Array;
  /** An unsigned start or increase from the panel (SPEC 6.6). */
  readonly emergency?: boolean;
  readonly drug?: ProvenEntry;
  readonly profile?: ProvenEntry;
}

/** What goes to `approve`. */
export interface Approval {
  readonly port: number;
  /** COSE_Sign1. */
  readonly approval: Uint8Array;
}

/** A page of the log as `logRead` gives it. */
export type LogPage = RecordOf<typeof abi.LOG> & {
  /** `count` records one after the other, without padding (SPEC 8). */
  readonly records: Uint8Array;
};

const NODE_BYTES = 32;

export function encodeSubmit(submission: Submission): Uint8Array {
  const { command, drug, profile } = submission;
  const tail = concat([
    command,
    drug?.entry ?? EMPTY,
    path("entry", drug),
    profile?.entry ?? EMPTY,
    path("profile", profile),
  ]);
  return encode(
    abi.SUBMIT,
    {
      port: submission.port,
      commandBytes: command.length,
      entryBytes: drug?.entry.length ?? 0,
      profileBytes: profile?.entry.length ?? 0,
      entryPathNodes: drug?.path.length ?? 0,
      profilePathNodes: profile?.path.length ?? 0,
      entryIndex: drug?.index ?? 0,
      profileIndex: profile?.index ?? 0,
      flags: submission.emergency === true ? SUBMIT_FLAG.EMERGENCY : 0,
    },
    tail,
  );
}

export function decodeSubmit(source: Uint8Array): Submission {
  const { values, tail } = decode(abi.SUBMIT, source);
  let at = 0;
  const take = (count: number): Uint8Array => tail.slice(at, (at += count));
  const nodes = (count: number): Uint8Array[] => Array.from({ length: count }, () => take(NODE_BYTES));
  const command = take(values.commandBytes);
  const drug = {
    entry: take(values.entryBytes),
    index: values.entryIndex,
    path: nodes(values.entryPathNodes),
  };
  const profile = {
    entry: take(values.profileBytes),
    index: values.profileIndex,
    path: nodes(values.profilePathNodes),
  };
  if (at !== tail.length) {
    throw new RecordError(`submit record: its parts say ${at} B, its length ${tail.length} (SPEC 11.2)`);
  }
  return {
    port: values.port,
    command,
    ...((values.flags & SUBMIT_FLAG.EMERGENCY) !== 0 ? { emergency: true } : {}),
    ...(values.entryBytes > 0 ? { drug } : {}),
    ...(values.profileBytes > 0 ? { profile } : {}),
  };
}

export function encodeApprove(approval: Approval): Uint8Array {
  return encode(abi.APPROVE, { port: approval.port }, approval.approval);
}

export function decodeApprove(source: Uint8Array): Approval {
  const { values, tail } = decode(abi.APPROVE, source);
  return { port: values.port, approval: tail };
}

export const encodeTick = (tick: abi.Tick): Uint8Array => encode(abi.TICK, tick);
export const decodeTick = reader(abi.TICK);

/** Fields of a local action that it does not need may be left out. */
export type LocalRequest = Pick<abi.Local, "action"> & Partial<abi.Local>;

export function encodeLocal(request: LocalRequest): Uint8Array {
  const {
    action,
    nonce = 0,
    value = 0n,
    mask = 0,
    reasonCode = 0,
    patientToken = new Uint8Array(16),
  } = request;
  return encode(abi.LOCAL, { action, nonce, value, mask, reasonCode, patientToken });
}
export const decodeLocal = reader(abi.LOCAL);

export const encodeVerdict = (verdict: abi.Verdict): Uint8Array => encode(abi.VERDICT, verdict);
export const decodeVerdict = reader(abi.VERDICT);
export const encodeSession = (session: abi.Session): Uint8Array => encode(abi.SESSION, session);
export const decodeSession = reader(abi.SESSION);
export const encodeOutcome = (outcome: abi.Outcome): Uint8Array => encode(abi.OUTCOME, outcome);
export const decodeOutcome = reader(abi.OUTCOME);
export const encodeGrant = (grant: abi.Grant): Uint8Array => encode(abi.GRANT, grant);
export const decodeGrant = reader(abi.GRANT);
export const encodeLocalResult = (result: abi.LocalResult): Uint8Array => encode(abi.LOCAL_RESULT, result);
export const decodeLocalResult = reader(abi.LOCAL_RESULT);
export const encodeState = (state: abi.State): Uint8Array => encode(abi.STATE, state);
export const decodeState = reader(abi.STATE);

export function encodeLog(page: LogPage): Uint8Array {
  return encode(abi.LOG, page, page.records);
}

export function decodeLog(source: Uint8Array): LogPage {
  const { values, tail } = decode(abi.LOG, source);
  return { ...values, records: tail };
}

export const encodeAttestation = (mac0: Uint8Array): Uint8Array => encode(abi.ATTESTATION, {}, mac0);

/** The COSE_Mac0 of an attestation record. */
export const decodeAttestation = (source: Uint8Array): Uint8Array => decode(abi.ATTESTATION, source).tail;

const EMPTY = new Uint8Array();

function reader<L extends Layout>(layout: L): (source: Uint8Array) => RecordOf<L> {
  return (source) => decode(layout, source).values;
}

function path(what: string, proven: ProvenEntry | undefined): Uint8Array {
  if (proven === undefined) return EMPTY;
  for (const node of proven.path) {
    if (node.length !== NODE_BYTES) {
      throw new RecordError(
        `submit record: a node of the ${what} path has ${node.length} B, not ${NODE_BYTES}`,
      );
    }
  }
  return concat(proven.path);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
