/** The ABI (SPEC 11.1): a list of exports, each guarded by `call.ts`, nothing else. */
import {
  boot as bootVerb,
  isBooted,
  openingStep,
  setStage,
  STAGE_GONE,
  STAGE_OPENING,
  STAGE_READY,
  stageNow,
} from "./boot";
import { deliveryRefusal, enter, leave, provisionRefusal, serviceRefusal } from "./call";
import { local as localVerb } from "./delivery/local";
import { grantNothing, tick as tickVerb } from "./delivery/tick";
import { inspect as inspectVerb } from "./inspect";
import { INSPECT, IO_BUFFER, LOCAL, RESULT, TICK } from "./layout";
import { libraryAbort as libraryAbortVerb } from "./library/install";
import { ABI_VERSION } from "./limits";
import { logRead as logReadVerb } from "./log/read";
import { sessionOpen as sessionOpenVerb } from "./order/session";
import { stagedVerb, workStaged } from "./staged";
import * as status from "./status";
import { eraseStep } from "./store/tombstone";
import {
  stage,
  VERB_APPROVE,
  VERB_ATTEST,
  VERB_DECOMMISSION,
  VERB_LIBRARY_BEGIN,
  VERB_LIBRARY_COMMIT,
  VERB_LIBRARY_ENTRY,
  VERB_PROVISION,
  VERB_SUBMIT,
  VERB_TRUST_UPDATE,
  work as workVerb,
  workCancel,
} from "./work";
import { updateBudget } from "./update";

// A runtime may trim the page to what lies below __heap_base.
// @ts-ignore: globals that only the compiler declares
export { __data_end, __heap_base };

/** major << 16 | minor. */
export function abiVersion(): u32 {
  return ABI_VERSION;
}
/** Address of the I/O buffer, 8,192 bytes. */
export function ioBuffer(): usize {
  return IO_BUFFER;
}
/** Address of the result buffer, 256 bytes. */
export function resultBuffer(): usize {
  return RESULT;
}
/** Address of the tick buffer, 128 bytes. */
export function tickBuffer(): usize {
  return TICK;
}
/** Address of the local buffer, 64 bytes. */
export function localBuffer(): usize {
  return LOCAL;
}
/** Address of the inspect buffer, 320 bytes. */
export function inspectBuffer(): usize {
  return INSPECT;
}

/** Reads stored state after a reset. `cause` 0 power-on, 1 warm restart, 2 unknown, + 256 if `offMs` (time without power, -1 unknown) is trusted. */
export function boot(cause: u32, offMs: u32): u32 {
  return enter() != status.OK ? status.NESTED : leave(bootVerb(cause, offMs));
}

/** Stages a provisioning block. */
export function provision(length: u32): u32 {
  if (enter() != status.OK) return status.NESTED;
  const refusal = provisionRefusal();
  return leave(refusal == status.OK ? stage(VERB_PROVISION, length) : refusal);
}

/** Stages a decommissioning. */
export function decommission(length: u32): u32 {
  return updateVerb(VERB_DECOMMISSION, length);
}
/** Stages a root document. */
export function trustUpdate(length: u32): u32 {
  return updateVerb(VERB_TRUST_UPDATE, length);
}
/** Stages a library manifest. */
export function libraryBegin(length: u32): u32 {
  return updateVerb(VERB_LIBRARY_BEGIN, length);
}
/** Stages one raw entry of the install under way. */
export function libraryEntry(length: u32): u32 {
  return serviceVerb(VERB_LIBRARY_ENTRY, length);
}
/** Stages the commit of the install. */
export function libraryCommit(): u32 {
  return serviceVerb(VERB_LIBRARY_COMMIT, 0);
}
/** Drops the install. */
export function libraryAbort(): u32 {
  if (enter() != status.OK) return status.NESTED;
  const refusal = serviceRefusal();
  return leave(refusal == status.OK ? libraryAbortVerb() : refusal);
}

/** Makes a challenge for a port; session record in the result buffer. */
export function sessionOpen(port: u32): u32 {
  if (enter() != status.OK) return status.NESTED;
  const refusal = serviceRefusal();
  return leave(refusal == status.OK ? sessionOpenVerb(port) : refusal);
}

/** Stages a command with its proofs. */
export function submit(length: u32): u32 {
  return serviceVerb(VERB_SUBMIT, length);
}
/** Stages an approval. */
export function approve(length: u32): u32 {
  return serviceVerb(VERB_APPROVE, length);
}
/** Stages an attestation over the 32-byte nonce in the I/O buffer. */
export function attest(): u32 {
  return serviceVerb(VERB_ATTEST, 0);
}

/** Runs up to `units` slices of staged work, or of opening and background work. */
export function work(units: u32): u32 {
  if (enter() != status.OK) return status.NESTED;
  if (stageNow() == STAGE_GONE) return leave(eraseStep(units));
  const refusal = deliveryRefusal();
  if (refusal != status.OK && !workStaged()) return leave(refusal);
  let outcome: u32 = status.WORKING;
  while (units != 0 && outcome == status.WORKING && stageNow() == STAGE_OPENING) {
    outcome = openingStep();
    units--;
  }
  if (outcome != status.WORKING && outcome != status.OK) return leave(outcome);
  const verb = stagedVerb();
  outcome = workVerb(units);
  if (outcome == status.DONE && load<u32>(RESULT, 8) == status.OK) {
    // An empty device has its first state, or a device has had its last.
    if (verb == VERB_PROVISION) setStage(STAGE_READY);
    if (verb == VERB_DECOMMISSION) setStage(STAGE_GONE);
  }
  return leave(outcome);
}

/** Drops staged work. */
export function cancel(): u32 {
  return enter() != status.OK ? status.NESTED : leave(workCancel());
}

/** One local action; record in the local buffer. Legal between slices. */
export function local(): u32 {
  if (enter() != status.OK) return status.NESTED;
  const refusal = deliveryRefusal();
  return leave(refusal == status.OK ? localVerb() : refusal);
}

/** One delivery tick; record in the tick buffer. Legal between slices. */
export function tick(): u32 {
  if (enter() != status.OK) return status.NESTED;
  let refusal = deliveryRefusal();
  if (refusal == status.OK && stageNow() == STAGE_OPENING) refusal = status.OPENING;
  return leave(refusal == status.OK ? tickVerb() : grantNothing(refusal));
}

/** Copies records of a stream, from `sequence` on, to the I/O buffer. */
export function logRead(stream: u32, sequence: u32): u32 {
  if (enter() != status.OK) return status.NESTED;
  const refusal = serviceRefusal();
  return leave(refusal == status.OK ? logReadVerb(stream, sequence) : refusal);
}

/** Writes the state record to the inspect buffer. Legal always after boot, also between slices. */
export function inspect(): u32 {
  if (enter() != status.OK) return status.NESTED;
  return leave(isBooted() ? inspectVerb() : status.NOT_BOOTED);
}

function serviceVerb(verb: u32, length: u32): u32 {
  if (enter() != status.OK) return status.NESTED;
  const refusal = serviceRefusal();
  return leave(refusal == status.OK ? stage(verb, length) : refusal);
}

/** Root documents and manifests come from anybody: they have a bucket of their own, taken after their free checks. */
function updateVerb(verb: u32, length: u32): u32 {
  if (enter() != status.OK) return status.NESTED;
  const refusal = serviceRefusal();
  if (refusal != status.OK) return leave(refusal);
  const outcome = stage(verb, length);
  if (outcome != status.WORKING) return leave(outcome);
  const budget = updateBudget();
  if (budget == status.OK) return leave(outcome);
  workCancel();
  return leave(budget);
}
