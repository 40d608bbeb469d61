/**
 * From a judged command to a decision (SPEC 4.4, 8): both opinions, one verdict word, the effect made of data that the verdict
 * masks, and one record that commits event and state together.
 */
import { acknowledge } from "./acknowledge";
import { flow, flowLoad } from "../delivery/flow";
import { answerAlarms, newBag, pause, resume, RUNNING, stop } from "../delivery/program";
import { Drug } from "../library/entry";
import { COMMAND, DRUG, NEXT, SUBMITTED_HASH } from "../layout";
import { commit, rollback } from "../store/journal";
import { FLAG_AFTER_RESET, FLAG_ASSOCIATED, FLAG_RANGE, State } from "../store/state";
import * as status from "../status";
import { sender } from "./authenticate";
import {
  bodyOf,
  Command,
  concentrationOf,
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
  rangeOf,
  referenceOf,
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

function associate(): void {
  const n = changetype<State>(NEXT);
  const c = changetype<Command>(COMMAND);
  const b = bodyOf(COMMAND);
  n.flags |= FLAG_ASSOCIATED;
  n.patient_0 = c.patient_0;
  n.patient_1 = c.patient_1;
  n.weight_g = b.weight_g;
  n.bsa_cm2 = b.bsa_cm2;
  n.area = b.area;
}

function disassociate(): void {
  const n = changetype<State>(NEXT);
  n.flags &= ~FLAG_ASSOCIATED;
  n.patient_0 = 0;
  n.patient_1 = 0;
  n.weight_g = 0;
  n.bsa_cm2 = 0;
  n.area = 0;
}

/** A new program: everything the permit is about, from the command that was judged. */
function start(): void {
  const n = changetype<State>(NEXT);
  const c = changetype<Command>(COMMAND);
  const b = bodyOf(COMMAND);
  const ref = referenceOf(COMMAND);
  const r = rangeOf(COMMAND);
  const mask = permitMask();
  n.phase = RUNNING;
  n.generation++;
  n.drug = ref.drug;
  n.variant = ref.variant;
  n.ingredient = changetype<Drug>(DRUG).ingredient;
  n.entry_flags = changetype<Drug>(DRUG).flags;
  n.unit = b.unit;
  n.set = b.set;
  n.dose = b.dose & mask;
  n.rate_nl_per_h = b.rate_nl_per_h & (<u32>mask);
  n.rate_permitted_nl_per_h = n.rate_nl_per_h;
  n.rate_max_nl_per_h = <u32>(rateMaxNlPerH() & mask);
  n.amount = concentrationOf(COMMAND).amount;
  n.amount_volume_nl = concentrationOf(COMMAND).volume_nl;
  n.vtbi_nl = b.volume_nl & mask;
  n.bag_end_nl = n.vtbi_nl;
  n.total_nl = b.total_nl & mask;
  n.range_min = r.min;
  n.range_max = r.max & mask;
  n.range_step = r.step & mask;
  n.range_interval_s = r.interval_s;
  n.flags &= ~(FLAG_RANGE | FLAG_AFTER_RESET);
  answerAlarms(); // else one that rose while idle would not pause this program
  if (r.present != 0) n.flags |= FLAG_RANGE;
  n.bolus_rate_nl_per_h = 0;
  n.bolus_end_nl = 0;
  n.library_epoch = ref.epoch;
  n.library_version = ref.version;
  n.order_0 = c.order_0;
  n.order_1 = c.order_1;
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
