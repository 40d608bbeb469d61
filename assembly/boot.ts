/**
 * From reset to service (SPEC 2.6, 6.5): state is read, older flash is recognised, a running program is paused or goes on. What must be
 * written waits for `work`, which first opens new segments; local stop and inspect are legal before that.
 */
import { flow, flowDistrust, flowLoad } from "./delivery/flow";
import { PAUSING, RESTARTED } from "./delivery/alarms";
import { ledgerBoot } from "./delivery/ledger";
import { COMPLETE, IDLE, KVO, kvoEnd, PAUSED, RUNNING } from "./delivery/program";
import { loadingUnderWay } from "./delivery/steps";
import { BootRecord, RESUME_AGE_MS } from "./delivery/local";
import * as host from "./host";
import { BOOT_RECORD, CALL, COUNTER_WORD, METER, NEXT, STATE, TRUST, UPTIME } from "./layout";
import { libraryActivateIfDue, libraryLoad } from "./library/active";
import { eventBegin, eventUnsigned } from "./log/event";
import { bootStore } from "./store/boot";
import { counterAdvance, counterCheckAtBoot } from "./store/counter";
import { commit, STEP_FAILED, storeOpen } from "./store/journal";
import { openStep, tornStreams } from "./store/opening";
import { FLAG_AFTER_RESET, FLAG_TAMPERED, FLAGS_RESET, Meter, State } from "./store/state";
import { streamAt } from "./store/stream";
import * as status from "./status";
import { MODE_PCA } from "./order/command";
import { ENTRY_RESUME } from "./library/entry";
import { Root } from "./trust/root";
import { trustLoad } from "./trust/update";

/** How far the gate has come since reset. */
export const STAGE_RESET: u32 = 0;
/** Flash is empty: only `provision` is legal. */
export const STAGE_EMPTY: u32 = 1;
/** State is read; segments are being opened. */
export const STAGE_OPENING: u32 = 2;
export const STAGE_READY: u32 = 3;
/** The device was decommissioned: nothing is legal but `work`, which erases (SPEC 2.7). */
export const STAGE_GONE: u32 = 4;

const EVENT_BOOT: u32 = 2;
const OFF_UNKNOWN: u32 = 0xffffffff;
const CAUSE_WARM: u32 = 1;
const CAUSE_MAX: u32 = 2;
/** Beside the cause: the time without power is of a clock that the host trusts. */
const CAUSE_TRUSTED: u32 = 256;
/** Longest time without power after which a program whose entry says so goes on by itself, ms (SPEC 6.5). */
const RESTART_MS_MAX: u32 = 60000;
/** `tornStreams`: the meter. */
const TORN_METER: u32 = 2;

/** `busy` guards against an import that calls an export; `stage` is one of STAGE_. */
@unmanaged
export class Call {
  busy: u32;
  stage: u32;
}

export function stageNow(): u32 {
  return changetype<Call>(CALL).stage;
}

/** True if there is a device to serve, or an empty one to provision. */
export function isBooted(): bool {
  return stageNow() != STAGE_RESET && stageNow() != STAGE_GONE;
}

export function setStage(stage: u32): void {
  changetype<Call>(CALL).stage = stage;
}

/** Reads what flash holds. OK, NOT_PROVISIONED, DECOMMISSIONED, TAMPERED (blank flash, counter moved), or why the store cannot be read. */
export function boot(cause: u32, off_ms: u32): u32 {
  if (stageNow() != STAGE_RESET || (cause & ~CAUSE_TRUSTED) > CAUSE_MAX) return status.BAD_ARGUMENT;
  if (host.uptimeMs(UPTIME) != 0) return status.CLOCK;
  const b = changetype<BootRecord>(BOOT_RECORD);
  b.cause = cause;
  b.off_ms = off_ms;
  let outcome = bootStore();
  if (outcome == status.DECOMMISSIONED) setStage(STAGE_GONE);
  if (outcome == status.NOT_PROVISIONED) {
    outcome = counterCheckAtBoot();
    if (outcome == status.OK) setStage(STAGE_EMPTY);
    return outcome == status.OK ? status.NOT_PROVISIONED : outcome;
  }
  if (outcome == status.OK) outcome = trustLoad();
  if (outcome == status.OK) outcome = libraryLoad();
  if (outcome != status.OK) return outcome;
  if ((tornStreams() & TORN_METER) != 0) flowDistrust();
  const s = changetype<State>(STATE);
  const dosing = s.bolus_rate_nl_per_h != 0 || loadingUnderWay();
  const own = changetype<Meter>(METER).generation == s.generation;
  ledgerBoot(off_ms == OFF_UNKNOWN ? 0 : off_ms, (cause & CAUSE_TRUSTED) != 0, dosing && own);
  flowLoad();
  // Nothing has flowed, and nobody has titrated, for as long as this instance knows.
  flow().paused_ms = load<u64>(UPTIME);
  flow().titrated_ms = load<u64>(UPTIME);
  flow().step_ms = load<u64>(UPTIME);
  setStage(STAGE_OPENING);
  return status.OK;
}

/**
 * The account is in its new segment before the boot's record forgets what was running: a second reset in between must find one of
 * them. A ring of the account that was given up holds up nothing.
 */
function streamsOpen(): bool {
  const meter = streamAt(1);
  return storeOpen() && (meter.open != 0 || meter.step == STEP_FAILED);
}

/** One slice of opening. WORKING; NOTHING when the gate is in service; or why it cannot write. */
export function openingStep(): u32 {
  if (!streamsOpen()) {
    const outcome = openStep();
    return outcome == status.OK || streamsOpen() ? status.WORKING : outcome;
  }
  const outcome = recordBoot();
  if (outcome != status.OK) return outcome;
  setStage(STAGE_READY);
  const advanced = counterAdvance();
  // May have become due by a record that a cut followed; never while the hardware counter lags (SPEC 2.6).
  if (advanced == status.OK) libraryActivateIfDue();
  return advanced;
}

/**
 * Whether the program that ran goes on by itself: nothing was under way that a person has to look at again, and the time without
 * power is known and short (SPEC 6.5).
 */
function restarts(): bool {
  const b = changetype<BootRecord>(BOOT_RECORD);
  const n = changetype<State>(NEXT);
  if (n.phase != RUNNING || n.mode == MODE_PCA || (n.flags & FLAG_TAMPERED) != 0) return false;
  // Whoever stopped or paused while storage opened is not overruled by the next reset.
  if (flow().hold != 0) return false;
  if (n.bolus_rate_nl_per_h != 0 || loadingUnderWay() || (n.alarms & PAUSING) != 0) return false;
  const warm = (b.cause & ~CAUSE_TRUSTED) == CAUSE_WARM;
  if (warm && b.off_ms <= changetype<Root>(TRUST).warm_restart_ms_max) return true;
  return (n.entry_flags & ENTRY_RESUME) != 0 && b.off_ms <= RESTART_MS_MAX;
}

/**
 * One record: the boot, the counter it expects, and a program that ran paused. Until it is written nothing runs, because
 * `tick` grants nothing while opening; if it cannot be written it is made anew in the next slice.
 */
function recordBoot(): u32 {
  const b = changetype<BootRecord>(BOOT_RECORD);
  const n = changetype<State>(NEXT);
  const checked = counterCheckAtBoot();
  if (checked != status.OK && checked != status.TAMPERED) return checked;
  if (checked == status.TAMPERED) {
    n.flags |= FLAG_TAMPERED;
    n.counter = load<u32>(COUNTER_WORD); // stays in step with the hardware, so that the mark is what is remembered
  }
  n.counter++;
  n.boot++;
  if (restarts()) {
    n.alarms |= RESTARTED;
  } else if (n.phase != IDLE) {
    if (n.phase == RUNNING) n.phase = PAUSED;
    if (n.phase == KVO) kvoEnd(COMPLETE);
    // An unknown time is the longest there is.
    n.flags |= b.off_ms > RESUME_AGE_MS ? FLAGS_RESET : FLAG_AFTER_RESET;
  }
  // A dose that was under way ended, for the lockout, where the account expected it to.
  n.bolus_rate_nl_per_h = 0;
  n.bolus_end_nl = 0;
  const known: u32 = b.off_ms == OFF_UNKNOWN ? 0 : 1;
  eventBegin(EVENT_BOOT, 5 + known);
  eventUnsigned(0, <u64>b.cause);
  if (known != 0) eventUnsigned(1, <u64>b.off_ms);
  eventUnsigned(2, <u64>n.counter);
  eventUnsigned(3, (n.flags & FLAG_TAMPERED) != 0 ? 1 : 0);
  eventUnsigned(4, <u64>n.phase);
  eventUnsigned(5, flow().uncertain_nl);
  return commit(0);
}
