/**
 * From a judged command to a decision (SPEC 4.4, 8): both opinions, one verdict word, the effect made of data that the verdict
 * masks, and one record that commits event and state together.
 */
import { acknowledge } from "./acknowledge";
import { flow, flowLoad } from "../delivery/flow";
import { answerAlarms, newBag, pause, resume, RUNNING, stop } from "../delivery/program";
import { copyFields, TO, WIDE } from "../fields";
import { Drug } from "../library/entry";
import { COMMAND, DRUG, NEXT, SUBMITTED_HASH } from "../layout";
import { commit, rollback } from "../store/journal";
import { FLAG_ASSOCIATED, FLAG_RANGE, FLAGS_RESET, State } from "../store/state";
import * as status from "../status";
import { sender } from "./authenticate";
import {
  Body,
  BODY_AT,
  bodyOf,
  Command,
  Concentration,
  CONCENTRATION_AT,
  DrugReference,
  KIND_ASSOCIATE,
  KIND_BOLUS,
  KIND_DISASSOCIATE,
  KIND_LOG_ACK,
  KIND_NEW_BAG,
  KIND_PAUSE,
  KIND_RESUME,
  KIND_START,
  KIND_STOP,
  KIND_TITRATE,
  Range,
  RANGE_AT,
  rangeOf,
  REFERENCE_AT,
} from "./command";
import { writeDecision } from "./event";
import { judge, judgement, rateMaxNlPerH } from "./judgement";
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
  const reason = judge(waived);
  // Stored, and loaded again by the combination: two opinions that no optimizer may fold into one.
  j.word =
    reason == status.OK ? status.PERMIT : reason == status.LIMIT_SOFT ? status.NEEDS_OVERRIDE : status.DENY;
  j.word_complement = ~witness(waived, signed);
  j.verdict = reason == status.OK ? j.word & ~j.word_complement : j.word;
  if (reason == status.OK && j.verdict != status.PERMIT) {
    j.verdict = status.DENY;
    j.status = status.FAULT;
  }
  if (j.verdict == status.NEEDS_OVERRIDE) wait();
  if (j.verdict == status.PERMIT) effect();
  if (j.status != status.OK && j.verdict == status.PERMIT) j.verdict = status.DENY;
  if (j.verdict != status.PERMIT) rollback();
  writeDecision(reason_code, approver);
  finishDecision(commit(0));
  // A panel's answer has no bytes that could come again.
  if (signed != 0) verdictRemember(sender().port, SUBMITTED_HASH);
  return j.status;
}

/** A soft limit: the command waits for an override, unless another one does already. */
function wait(): void {
  const j = judgement();
  if (pendingActive(sender().now_ms)) {
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
    if (kind == KIND_START || kind == KIND_RESUME) f.hold = 0;
    if (kind == KIND_START) flowLoad(); // what follows before the first tick counts from here
    if (kind == KIND_START || kind == KIND_TITRATE) f.titrated_ms = sender().now_ms;
  }
  writeVerdict();
}

/** All ones if the verdict is PERMIT, else 0: what a permit moves is masked with it, so that a branch alone moves nothing. */
function permitMask(): u64 {
  const off = <u64>(judgement().verdict ^ status.PERMIT);
  return ((off | (0 - off)) >> 63) - 1;
}

/** Prepares NEXT for a permitted command. */
function effect(): void {
  const kind = changetype<Command>(COMMAND).kind;
  const n = changetype<State>(NEXT);
  let outcome: u32 = status.OK;
  if (kind == KIND_ASSOCIATE) associate();
  if (kind == KIND_START) start();
  if (kind == KIND_TITRATE) titrate();
  if (kind == KIND_BOLUS) bolus();
  if (kind == KIND_NEW_BAG) outcome = newBag(bodyOf(COMMAND).volume_nl & permitMask());
  if (kind == KIND_PAUSE) outcome = pause();
  if (kind == KIND_RESUME) outcome = resume(n.rate_nl_per_h & (<u32>permitMask()));
  if (kind == KIND_STOP) stop();
  if (kind == KIND_DISASSOCIATE) disassociate();
  if (kind == KIND_LOG_ACK) outcome = acknowledge();
  judgement().status = outcome;
}

/** Whom a permit is for, and what it is about; the figures that move the motor are masked (`start`). */
function associationFields(): usize {
  // prettier-ignore
  return memory.data<usize>([
    offsetof<State>("patient_0") << TO | WIDE | COMMAND + offsetof<Command>("patient_0"),
    offsetof<State>("patient_1") << TO | WIDE | COMMAND + offsetof<Command>("patient_1"),
    offsetof<State>("weight_g") << TO | COMMAND + BODY_AT + offsetof<Body>("weight_g"),
    offsetof<State>("bsa_cm2") << TO | COMMAND + BODY_AT + offsetof<Body>("bsa_cm2"),
    offsetof<State>("area") << TO | COMMAND + BODY_AT + offsetof<Body>("area"),
    0,
  ]);
}
function programFields(): usize {
  // prettier-ignore
  return memory.data<usize>([
    offsetof<State>("drug") << TO | COMMAND + BODY_AT + REFERENCE_AT + offsetof<DrugReference>("drug"),
    offsetof<State>("variant") << TO | COMMAND + BODY_AT + REFERENCE_AT + offsetof<DrugReference>("variant"),
    offsetof<State>("ingredient") << TO | DRUG + offsetof<Drug>("ingredient"),
    offsetof<State>("entry_flags") << TO | DRUG + offsetof<Drug>("flags"),
    offsetof<State>("unit") << TO | COMMAND + BODY_AT + offsetof<Body>("unit"),
    offsetof<State>("set") << TO | COMMAND + BODY_AT + offsetof<Body>("set"),
    offsetof<State>("amount") << TO | WIDE | COMMAND + BODY_AT + CONCENTRATION_AT + offsetof<Concentration>("amount"),
    offsetof<State>("amount_volume_nl") << TO | WIDE | COMMAND + BODY_AT + CONCENTRATION_AT + offsetof<Concentration>("volume_nl"),
    offsetof<State>("range_min") << TO | WIDE | COMMAND + BODY_AT + RANGE_AT + offsetof<Range>("min"),
    offsetof<State>("range_interval_s") << TO | COMMAND + BODY_AT + RANGE_AT + offsetof<Range>("interval_s"),
    offsetof<State>("library_epoch") << TO | COMMAND + BODY_AT + REFERENCE_AT + offsetof<DrugReference>("epoch"),
    offsetof<State>("library_version") << TO | COMMAND + BODY_AT + REFERENCE_AT + offsetof<DrugReference>("version"),
    offsetof<State>("order_0") << TO | WIDE | COMMAND + offsetof<Command>("order_0"),
    offsetof<State>("order_1") << TO | WIDE | COMMAND + offsetof<Command>("order_1"),
    0,
  ]);
}

function associate(): void {
  changetype<State>(NEXT).flags |= FLAG_ASSOCIATED;
  copyFields(associationFields(), NEXT);
}

function disassociate(): void {
  changetype<State>(NEXT).flags &= ~FLAG_ASSOCIATED;
  // Area, weight, surface and token: all that stands before the program.
  memory.fill(NEXT + offsetof<State>("area"), 0, offsetof<State>("phase") - offsetof<State>("area"));
}

/** A new program: everything the permit is about, from the command that was judged. */
function start(): void {
  const n = changetype<State>(NEXT);
  const b = bodyOf(COMMAND);
  const r = rangeOf(COMMAND);
  const mask = permitMask();
  copyFields(programFields(), NEXT);
  n.phase = RUNNING;
  n.generation++;
  n.dose = b.dose & mask;
  n.rate_nl_per_h = b.rate_nl_per_h & (<u32>mask);
  n.rate_permitted_nl_per_h = n.rate_nl_per_h;
  n.rate_max_nl_per_h = <u32>(rateMaxNlPerH() & mask);
  n.vtbi_nl = b.volume_nl & mask;
  n.bag_end_nl = n.vtbi_nl;
  n.total_nl = b.total_nl & mask;
  n.range_max = r.max & mask;
  n.range_step = r.step & mask;
  n.flags &= ~(FLAG_RANGE | FLAGS_RESET);
  answerAlarms(); // else one that rose while idle would not pause this program
  if (r.present != 0) n.flags |= FLAG_RANGE;
  n.bolus_rate_nl_per_h = 0;
  n.bolus_end_nl = 0;
}

function titrate(): void {
  const n = changetype<State>(NEXT);
  const b = bodyOf(COMMAND);
  const mask = permitMask();
  n.dose = b.dose & mask;
  n.rate_nl_per_h = b.rate_nl_per_h & (<u32>mask);
  n.rate_permitted_nl_per_h = n.rate_nl_per_h;
  if (judgement().reducing == 0) n.rate_max_nl_per_h = <u32>(rateMaxNlPerH() & mask);
}

function bolus(): void {
  const n = changetype<State>(NEXT);
  const b = bodyOf(COMMAND);
  const mask = permitMask();
  n.bolus_rate_nl_per_h = b.rate_nl_per_h & (<u32>mask);
  n.bolus_end_nl = (flow().bolus_delivered_nl + b.volume_nl) & mask;
}
