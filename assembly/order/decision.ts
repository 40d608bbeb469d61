/**
 * From a judged command to a decision (SPEC 4.4, 8): both opinions, one verdict word, the effect (effect.ts), and one record that
 * commits event and state together.
 */
import { flow, flowFollow } from "../delivery/flow";
import { COMMAND, SUBMITTED_HASH } from "../layout";
import { commit, rollback } from "../store/journal";
import * as status from "../status";
import { sender } from "./authenticate";
import { Command, KIND_PAUSE, KIND_RESUME, KIND_STOP, KIND_TITRATE, kindStarts } from "./command";
import { effect } from "./effect";
import { writeDecision } from "./event";
import { judge, judgement } from "./judgement";
import { keepPending, pendingActive, pendingClear } from "./pending";
import { verdictRemember } from "./session";
import { writeVerdict } from "./verdict";
import { witness } from "./witness";

/**
 * Judges the command in COMMAND twice and carries the outcome through. `waived` are the soft limits an override names, `reason_code`
 * and `approver` (address of a kid, 0 = local) who answers for it; `signed` is all ones if a signature was verified just now.
 * Leaves the verdict record; returns the status that it holds.
 */
export function decide(waived: u32, reason_code: u32, approver: usize, signed: u32): u32 {
  const j = judgement();
  let reason = judge(waived);
  // What nobody signed waits for a person to answer for it, whatever it keeps (SPEC 6.6).
  const unanswered = j.emergency != 0 && reason_code == 0;
  if (unanswered && (reason == status.OK || reason == status.LIMIT_SOFT)) reason = status.LIMIT_SOFT;
  // Stored, and loaded again by the combination: two opinions that no optimizer may fold into one.
  j.word =
    reason == status.OK ? status.PERMIT : reason == status.LIMIT_SOFT ? status.NEEDS_OVERRIDE : status.DENY;
  j.word_complement = ~witness(waived, signed);
  j.verdict = reason == status.OK ? j.word & ~j.word_complement : j.word;
  if (reason == status.OK && j.verdict != status.PERMIT) {
    j.verdict = status.DENY;
    j.status = status.FAULT;
  }
  if (j.verdict == status.NEEDS_OVERRIDE) {
    if (unanswered) j.status = status.CONFIRM_NEEDED;
    wait();
  }
  if (j.verdict == status.PERMIT) j.status = effect();
  if (j.status != status.OK && j.verdict == status.PERMIT) j.verdict = status.DENY;
  if (j.verdict != status.PERMIT) rollback();
  writeDecision(reason_code, approver);
  finishDecision(commit(0));
  // A panel's answer has no bytes that could come again.
  if (signed != 0) verdictRemember(sender().port, SUBMITTED_HASH);
  return j.status;
}

/** A soft limit: the command waits for an override, unless another one does already. For an emergency nothing that waits is in the way. */
function wait(): void {
  const j = judgement();
  if (j.emergency == 0 && pendingActive(sender().now_ms)) {
    j.verdict = status.DENY;
    j.status = status.PENDING_BUSY;
    return;
  }
  keepPending();
}

/** After the record: what could not be written did not happen. */
function finishDecision(written: u32): void {
  const j = judgement();
  const f = flow();
  const kind = changetype<Command>(COMMAND).kind;
  const permitted = j.verdict == status.PERMIT;
  if (permitted && (kind == KIND_STOP || kind == KIND_PAUSE)) {
    f.hold = 1; // also if the record failed: stopping never waits for flash
    f.paused_ms = sender().now_ms;
    if (written == status.OK) f.settle = 1;
    if (kind == KIND_STOP) pendingClear();
  }
  if (written != status.OK) {
    if (j.verdict == status.NEEDS_OVERRIDE) pendingClear();
    // Who was refused anyway is told why.
    if (j.verdict != status.DENY) j.status = written;
    j.verdict = status.DENY;
  } else if (permitted) {
    const starts = kindStarts(kind);
    if (starts || kind == KIND_RESUME) f.hold = 0;
    flowFollow(); // what follows before the first tick counts from here
    if (starts || kind == KIND_TITRATE) f.titrated_ms = sender().now_ms;
    if (starts) f.step_ms = f.titrated_ms;
  }
  writeVerdict();
}
