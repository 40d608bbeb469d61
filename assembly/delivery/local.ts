/**
 * What a person at the panel may do without a signature (SPEC 6.4): stop, pause and reduce at once, and in two steps what
 * goes upward, never beyond what a signed order permitted.
 */
import { clearBytes, copyBytes } from "../bytes";
import { activateNext, HOW_LOCAL, waitingManifest } from "../library/active";
import { bodyRate } from "../order/rate";
import { overrideLocal } from "../order/override";
import { pendingClear } from "../order/pending";
import * as host from "../host";
import { BOOT_RECORD, LOCAL, LOCAL_PENDING, NEXT, PENDING_NONCE, STATE } from "../layout";
import { eventBegin, eventUnsigned } from "../log/event";
import { commit, rollback } from "../store/journal";
import { FLAG_AFTER_RESET, FLAG_ASSOCIATED, FLAG_RANGE, FLAG_TOO_LATE, State } from "../store/state";
import * as status from "../status";
import { rateStepNlPerH } from "../library/ceilings";
import { pumpClass } from "../trust/device";
import { workStaged } from "../staged";
import { RESTARTED } from "./alarms";
import { demandCount, demandDose, demandRefusal } from "./demand";
import { bagLeftNl, bolusLeftNl, flow, flowFollow } from "./flow";
import { ledgerAdvance, programFits } from "./ledger";
import { measuresTake, measuresWait, measuresWaiting } from "./measures";
import {
  besideBolus,
  dropBolus,
  flowing,
  LIMIT_SHIFT,
  newBag,
  newBagRefusal,
  PAUSED,
  pause,
  resume,
  RUNNING,
  stop,
  stoppable,
  upwardAllowed,
  withLimit,
} from "./program";
import { stepToCome } from "./steps";

export const ACTION_STOP: u32 = 1;
export const ACTION_PAUSE: u32 = 2;
export const ACTION_REDUCE: u32 = 3;
export const ACTION_RESTORE: u32 = 4;
export const ACTION_TITRATE: u32 = 5;
export const ACTION_NEW_BAG: u32 = 6;
export const ACTION_ACTIVATE_LIBRARY: u32 = 7;
export const ACTION_OVERRIDE: u32 = 8;
export const ACTION_CONFIRM: u32 = 9;
export const ACTION_DEMAND: u32 = 10;
export const ACTION_MEASURES: u32 = 11;
export const ACTION_ACKNOWLEDGE: u32 = 12;

/** How long the second step may wait, ms (GIP 2.1.1 asks for two steps; SPEC 6.4 bounds them). */
const CONFIRM_MS: u64 = 60000;
/** How old a program may be that is resumed after a reset, ms (GIP 1.7.1 keeps settings 4 h). */
export const RESUME_AGE_MS: u32 = 4 * 3600000;

const LOCAL_RECORD: u32 = 0x0401 | (1 << 16);
const LOCAL_BYTES: u32 = 48;
const LOCAL_RESULT: u32 = 0x0402 | (1 << 16);
const LOCAL_RESULT_BYTES: u32 = 32;
const EVENT_LOCAL: u32 = 7;
const STATUS_MASK: u32 = (1 << LIMIT_SHIFT) - 1;

/** A local action as the panel gave it, and as it waits for its second step. */
@unmanaged
export class LocalAction {
  /** In LOCAL_PENDING header and length are the subject. */
  header: u32;
  length: u32;
  action: u32;
  nonce: u32;
  value: u64;
  mask: u32;
  reason_code: u32;
  patient_0: u64;
  patient_1: u64;
  /** Uptime of the first step; only in LOCAL_PENDING. */
  made_ms: u64;
}

/** Cause of the last boot and the time without power, ms. */
@unmanaged
export class BootRecord {
  cause: u32;
  off_ms: u32;
}

/** One local action. The record in the local buffer becomes a local result, whatever the status. */
export function local(): u32 {
  const given = changetype<LocalAction>(LOCAL);
  flowFollow();
  if (given.header != LOCAL_RECORD || given.length != LOCAL_BYTES) return answer(status.BAD_RECORD, 0);
  if (given.action == ACTION_DEMAND) demandCount();
  if (host.uptimeMs(LOCAL + offsetof<LocalAction>("made_ms")) != 0) {
    // Without a clock no second step can be timed; stopping needs none.
    if (given.action != ACTION_STOP && given.action != ACTION_PAUSE) return answer(status.CLOCK, 0);
  }
  if (given.action == ACTION_CONFIRM) return confirm(given);
  const refusal = permissible(given);
  if (refusal != status.OK) return answer(refusal, 0);
  if (!needsConfirm(given)) return answer(perform(given), 0);
  const waiting = changetype<LocalAction>(LOCAL_PENDING);
  const nonce = waiting.nonce + 1;
  copyBytes(LOCAL_PENDING, LOCAL, offsetof<LocalAction>());
  store<u64>(LOCAL_PENDING, subjectOf(waiting.action));
  waiting.nonce = nonce;
  return answer(status.CONFIRM_NEEDED, nonce);
}

/** What the person at the panel saw: the waiting command, library or measures, or the program. */
function subjectOf(action: u32): u64 {
  if (action == ACTION_OVERRIDE) return load<u64>(PENDING_NONCE);
  if (action == ACTION_MEASURES) return measuresWaiting();
  if (action == ACTION_ACTIVATE_LIBRARY) return waitingManifest().root_0;
  return <u64>changetype<State>(STATE).generation;
}

/** The second step: the waiting action, judged once more, happens. It is about nothing that has come since the first. */
function confirm(given: LocalAction): u32 {
  const waiting = changetype<LocalAction>(LOCAL_PENDING);
  const same = load<u64>(LOCAL_PENDING) == subjectOf(waiting.action);
  const fresh = same && given.made_ms - waiting.made_ms <= CONFIRM_MS;
  if (waiting.action == 0 || given.nonce != waiting.nonce || !fresh) return answer(status.CONFIRM_STALE, 0);
  waiting.made_ms = given.made_ms; // ages and intervals count to and from the step that acts
  const refusal = permissible(waiting);
  const outcome = refusal == status.OK ? perform(waiting) : refusal;
  waiting.action = 0;
  return answer(outcome, 0);
}

/** Everything that moves delivery upward, or changes what may. */
function needsConfirm(a: LocalAction): bool {
  if (a.action <= ACTION_REDUCE || a.action == ACTION_DEMAND || a.action == ACTION_ACKNOWLEDGE) return false;
  return a.action != ACTION_TITRATE || titratedRate(a) > <u64>changetype<State>(STATE).rate_nl_per_h;
}

/** The first reason against an action, or OK; of a window its limit stands above the status (LIMIT_SHIFT). Changes no state. */
function permissible(a: LocalAction): u32 {
  const s = changetype<State>(STATE);
  if (a.action == ACTION_STOP) return stoppable();
  if (a.action == ACTION_PAUSE) return flowing(s.phase) ? status.OK : status.PHASE;
  if (a.action == ACTION_REDUCE) return reducible(a.value);
  const refusal = upwardAllowed();
  if (refusal != status.OK) return refusal;
  ledgerAdvance(a.made_ms);
  switch (a.action) {
    case ACTION_RESTORE:
      return restorable(a);
    case ACTION_TITRATE:
      return titratable(a);
    case ACTION_NEW_BAG:
      return newBagRefusal(a.value);
    case ACTION_DEMAND:
      return demandRefusal();
    case ACTION_MEASURES:
      return measuresWait() ? status.OK : status.NOTHING;
    case ACTION_ACKNOWLEDGE:
      return (s.alarms & RESTARTED) != 0 ? status.OK : status.NOTHING;
    case ACTION_ACTIVATE_LIBRARY:
    case ACTION_OVERRIDE:
      return status.OK;
  }
  return status.BAD_ARGUMENT;
}

/** A lower rate, above 0, on a rate step of the pump. */
function reducible(rate: u64): u32 {
  const s = changetype<State>(STATE);
  if (s.phase != RUNNING && s.phase != PAUSED) return status.PHASE;
  if (rate == 0 || rate >= <u64>s.rate_nl_per_h) return status.NOT_REDUCED;
  return <u32>rate % rateStepNlPerH(pumpClass(), <u32>rate) == 0 ? status.OK : status.RATE_TOO_COARSE;
}

/** Back to the last permitted rate; after a reset only for the patient who is there, and not after a shift change. */
function restorable(a: LocalAction): u32 {
  const s = changetype<State>(STATE);
  const lowered =
    s.rate_nl_per_h < s.rate_permitted_nl_per_h || s.rate_reduced_nl_per_h != 0 || flow().hold != 0;
  if (s.phase == RUNNING) return lowered ? besideBolus(<u64>s.rate_permitted_nl_per_h) : status.NOT_REDUCED;
  if (s.phase != PAUSED) return status.PHASE;
  if ((s.flags & FLAG_AFTER_RESET) == 0) return status.OK;
  // Paused since the boot, whatever the uptime was then: a host may boot another instance without a reset of its own.
  const age_ms = <u64>changetype<BootRecord>(BOOT_RECORD).off_ms + a.made_ms - flow().paused_ms;
  if ((s.flags & FLAG_TOO_LATE) != 0 || age_ms > <u64>RESUME_AGE_MS) return status.RESUME_TOO_LATE;
  const associated = (s.flags & FLAG_ASSOCIATED) != 0;
  const same = a.patient_0 == s.patient_0 && a.patient_1 == s.patient_1;
  return associated && same ? status.OK : status.PATIENT;
}

/** Rate of a local titration, nL/h; 0 if the pump cannot give it closely enough. */
function titratedRate(a: LocalAction): u64 {
  return bodyRate(a.value, changetype<State>(STATE).unit);
}

/** Inside the signed range, by at most its step, not sooner than its interval (SPEC 6.4). */
function titratable(a: LocalAction): u32 {
  const s = changetype<State>(STATE);
  if (s.phase != RUNNING || stepToCome()) return status.PHASE;
  if ((s.flags & FLAG_RANGE) == 0 || a.value < s.range_min || a.value > s.range_max) return status.RANGE;
  const change = a.value > s.dose ? a.value - s.dose : s.dose - a.value;
  if (change > s.range_step) return status.RANGE_STEP;
  const since_ms = a.made_ms - flow().titrated_ms;
  if (since_ms < <u64>s.range_interval_s * 1000) return status.RANGE_INTERVAL;
  const rate = titratedRate(a);
  if (rate == 0) return status.RATE_TOO_COARSE;
  if (rate > <u64>s.rate_max_nl_per_h) return status.LIMIT_PROFILE;
  const beside = besideBolus(rate);
  if (beside != status.OK || rate <= <u64>s.rate_nl_per_h) return beside;
  if (measuresWait()) return status.MEASURES;
  return withLimit(programFits(bolusLeftNl(), rate, bagLeftNl()));
}

/** Does it: prepares NEXT, writes the record, and only then is it so. */
function perform(a: LocalAction): u32 {
  const n = changetype<State>(NEXT);
  if (a.action == ACTION_ACTIVATE_LIBRARY) return workStaged() ? status.BUSY : activateNext(HOW_LOCAL);
  if (a.action == ACTION_OVERRIDE) return overrideLocal(a.mask, a.reason_code);
  let outcome: u32 = status.OK;
  switch (a.action) {
    case ACTION_STOP:
      stop();
      break;
    case ACTION_PAUSE:
      outcome = pause();
      break;
    case ACTION_REDUCE:
      n.rate_nl_per_h = <u32>a.value;
      n.rate_reduced_nl_per_h = n.rate_nl_per_h;
      break;
    case ACTION_RESTORE:
      outcome = restore();
      break;
    case ACTION_TITRATE:
      titrate(a);
      break;
    case ACTION_NEW_BAG:
      outcome = newBag(a.value);
      break;
    case ACTION_DEMAND:
      demandDose();
      break;
    case ACTION_MEASURES:
      measuresTake();
      break;
    case ACTION_ACKNOWLEDGE:
      n.alarms &= ~RESTARTED;
      break;
  }
  if (outcome != status.OK) {
    rollback();
    return outcome;
  }
  return record(a);
}

/** The rate of a dose in the signed range; it is what reducing and restoring are about from now on. */
function titrate(a: LocalAction): void {
  const n = changetype<State>(NEXT);
  const rate = <u32>titratedRate(a);
  if (rate > n.rate_nl_per_h) n.step_base_dose = n.dose; // an interval of the titration step begins (SPEC 4.4)
  n.dose = a.value;
  n.rate_nl_per_h = rate;
  n.rate_permitted_nl_per_h = rate;
  n.rate_reduced_nl_per_h = 0;
}

/** Back to the permitted rate. What was reduced is no longer, and the bolus that a person held is not given after all. */
function restore(): u32 {
  const n = changetype<State>(NEXT);
  n.rate_reduced_nl_per_h = 0;
  if (n.phase == PAUSED) return resume(n.rate_permitted_nl_per_h);
  if (flow().hold != 0) dropBolus();
  n.rate_nl_per_h = n.rate_permitted_nl_per_h;
  n.alarms &= ~RESTARTED;
  return status.OK;
}

/** Writes the LOCAL event with the state it makes. A stop or pause that cannot be written holds the motor in RAM instead. */
function record(a: LocalAction): u32 {
  const n = changetype<State>(NEXT);
  const f = flow();
  const rate_before = changetype<State>(STATE).rate_nl_per_h;
  eventBegin(EVENT_LOCAL, 6);
  eventUnsigned(0, <u64>a.action);
  eventUnsigned(1, <u64>f.generation);
  eventUnsigned(2, <u64>n.phase);
  eventUnsigned(3, <u64>n.rate_nl_per_h);
  eventUnsigned(4, f.delivered_nl);
  eventUnsigned(5, a.value);
  const outcome = commit(0);
  const halts = a.action == ACTION_STOP || a.action == ACTION_PAUSE;
  if (halts) {
    // Held at once; freed when a start, resume or restore has been written.
    f.hold = 1;
    if (a.action == ACTION_STOP) pendingClear();
    if (outcome == status.OK) f.settle = 1;
    f.paused_ms = a.made_ms;
    flowFollow();
    return outcome;
  }
  if (outcome != status.OK) return outcome;
  if (a.action == ACTION_TITRATE) {
    if (n.rate_nl_per_h > rate_before) f.step_ms = a.made_ms;
    f.titrated_ms = a.made_ms;
  }
  if (a.action == ACTION_RESTORE) f.hold = 0;
  if (a.action == ACTION_DEMAND) f.demand_given++;
  return outcome;
}

/** Turns the local buffer into a result and passes the status on. */
function answer(outcome: u32, nonce: u32): u32 {
  const s = changetype<State>(STATE);
  clearBytes(LOCAL, 64);
  store<u32>(LOCAL, LOCAL_RESULT);
  store<u32>(LOCAL, LOCAL_RESULT_BYTES, 4);
  store<u32>(LOCAL, outcome & STATUS_MASK, 8);
  store<u32>(LOCAL, nonce, 12);
  store<u64>(LOCAL, <u64>s.rate_nl_per_h, 16);
  store<u32>(LOCAL, s.phase, 24);
  store<u32>(LOCAL, outcome >> LIMIT_SHIFT, 28);
  return outcome & STATUS_MASK;
}
