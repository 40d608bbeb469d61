/**
 * The delivery tick (SPEC 6.2): motor position and sensors in, a grant out. Nothing moves without one, and a grant never
 * reaches beyond what flash already counts.
 */
import { clearBytes } from "../bytes";
import { eventBegin, eventUnsigned } from "../log/event";
import { MODE_PCA } from "../order/command";
import { NEXT, STATE, TICK } from "../layout";
import { libraryInGrace } from "../library/active";
import * as host from "../host";
import { commit } from "../store/journal";
import { FLAG_TAMPERED, State, stepAt, STEPS_MAX } from "../store/state";
import * as status from "../status";
import * as alarms from "./alarms";
import { bagDone, complete } from "./complete";
import {
  bagLeftNl,
  bolusLeftNl,
  DUE_PER_NL,
  flow,
  flowAccount,
  flowFollow,
  meterWrite,
  reservationNl,
  reservedNl,
  stepNl,
  stepsFor,
} from "./flow";
import { doseEnds, ledgerAdvance, windowNear } from "./ledger";
import { measuresWait } from "./measures";
import { dropBolus, flowing, IDLE, KVO, pause, PAUSED, RUNNING } from "./program";
import { basalNow, loadingUnderWay, slowerStep, stepDue, stepNow, stepRate, stepReady } from "./steps";

/** Life of a grant, ms: how long the motor may run on without the gate. */
export const GRANT_MS: u64 = 5000;

const TICK_RECORD: u32 = 0x0301 | (1 << 16);
const TICK_BYTES: u32 = 24;
const GRANT_RECORD: u32 = 0x0302 | (1 << 16);
const GRANT_BYTES: u32 = 80;

const EVENT_ALARM: u32 = 8;
const EVENT_STEP: u32 = 12;

/** One tick. The record in the tick buffer becomes a grant record, also when the status is a failure: then it grants nothing. */
export function tick(): u32 {
  if (load<u32>(TICK) != TICK_RECORD || load<u32>(TICK, 4) != TICK_BYTES) {
    return grantNothing(status.BAD_RECORD);
  }
  const steps = load<u64>(TICK, 8);
  const step_epoch = load<u32>(TICK, 16);
  const sensors = load<u32>(TICK, 20);
  if (host.uptimeMs(TICK + 24) != 0) return grantNothing(status.CLOCK);
  const now = load<u64>(TICK, 24);

  const s = changetype<State>(STATE);
  const f = flow();
  flowFollow();
  const accountDue = ledgerAdvance(now);
  const raised = flowAccount(steps, step_epoch) | sensorAlarms(sensors);

  const late = flowing(s.phase) && f.until_ms != 0 && now > f.until_ms;
  if (flowing(s.phase) && !late && f.until_ms != 0) accrue(now - f.last_ms);
  f.last_ms = now;

  let outcome = raiseAlarms(raised, now);
  if (accountDue && f.degraded == 0) meterWrite(reservedNl());
  if (f.hold != 0 && flowing(s.phase)) writeHold();
  if (flowing(s.phase) && f.hold == 0) {
    const granted = grantRunning(now);
    if (outcome == status.OK) outcome = granted;
  } else {
    standStill();
  }
  writeGrant(now, outcome, raised | (late ? alarms.REPORT_LATE : 0));
  return outcome;
}

/** Alarms of the sensors; the interlock is about doses that a patient asks for. */
function sensorAlarms(sensors: u32): u32 {
  const s = changetype<State>(STATE);
  flow().sensors = sensors;
  let raised: u32 = 0;
  if ((sensors & alarms.SENSOR_OCCLUSION) != 0) raised |= alarms.OCCLUSION;
  if ((sensors & alarms.SENSOR_AIR) != 0) raised |= alarms.AIR;
  const demands = s.mode == MODE_PCA && s.phase != IDLE;
  return demands && (sensors & alarms.SENSOR_INTERLOCK) != 0 ? raised | alarms.INTERLOCK : raised;
}

/** A pause or stop that could not be written is a pause as soon as it can be: a reset must not let the program go on by itself (SPEC 6.5). */
function writeHold(): void {
  pause();
  commit(0);
}

/** No grant: the account closes. */
function standStill(): void {
  const f = flow();
  // Until the host has this tick's answer the motor may still use its last grant: the account closes one report later.
  if (f.until_ms != 0) {
    f.granted_steps = max(f.granted_steps, f.last_steps);
  } else {
    f.granted_steps = f.last_steps;
    if (f.settle != 0 && meterWrite(f.delivered_nl) == status.OK) f.settle = 0;
  }
  f.until_ms = 0;
  // A motor that moves without leave: the excess must not be lost with the power, nor every drop of it cost a record.
  if (f.delivered_nl > reservedNl()) {
    meterWrite(f.delivered_nl + reservationNl(changetype<State>(STATE).rate_nl_per_h));
  }
}

/**
 * Adds the flow of `elapsed_ms` to what is due, but never lets it run ahead of the motor by more than a grant: lost time is lost, though
 * not the bolus that fell into it.
 */
function accrue(elapsed_ms: u64): void {
  const f = flow();
  const bolus = bolusOf(elapsed_ms);
  f.due += flowOf(elapsed_ms);
  f.bolus_due -= bolus;
  const most = f.delivered_nl * DUE_PER_NL + max(flowOf(GRANT_MS), stepNl() * DUE_PER_NL);
  if (f.due <= most) return;
  f.bolus_due += min(bolus, f.due - most);
  f.due = most;
}

/** Bolus that `ms` of the last grant make due. */
function bolusOf(ms: u64): u64 {
  return min(<u64>flow().granted_bolus_rate * ms, flow().bolus_due);
}

/**
 * Flow of `ms` at the rates of the last grant, in nL/h times ms: basal, and of a bolus no more than what is left of it. Beyond the
 * beginning of a slower step it flows at that step's rate.
 */
function flowOf(ms: u64): u64 {
  const f = flow();
  const all = <u64>f.granted_rate * ms + bolusOf(ms);
  const slower = slowerStep(f.granted_step, f.granted_rate);
  if (slower == STEPS_MAX) return all;
  const begins = stepAt(STATE, slower).from_nl * DUE_PER_NL;
  const before = begins > f.due ? begins - f.due : 0;
  if (all <= before) return all;
  const rate = <u64>f.granted_rate + <u64>f.granted_bolus_rate;
  const after = (<u64>stepRate(slower) + <u64>f.granted_bolus_rate) * (ms - before / rate);
  return before + min(all - before, after);
}

/** Extends the grant of a running program, reserving first. */
function grantRunning(now: u64): u32 {
  const f = flow();
  const s = changetype<State>(STATE);
  if (f.until_ms == 0) f.due = f.delivered_nl * DUE_PER_NL;
  let outcome = beginStep();
  f.granted_step = stepDue();
  const basal = basalNow();
  if (basal < f.granted_rate) f.settle = 1;
  f.granted_rate = basal;
  const begun = beginBolus();
  if (outcome == status.OK) outcome = begun;
  f.granted_bolus_rate = f.bolus_known_nl == s.bolus_end_nl ? s.bolus_rate_nl_per_h : 0;
  const wanted = wantedNl();
  // A bolus is reserved whole before its first drop (SPEC 6.2).
  // What the bag no longer holds is not reserved: asking for it would write at every tick.
  const short = min(max(wanted, f.delivered_nl + bolusLeftNl()), s.bag_end_nl) > reservedNl();
  if (short || (f.settle != 0 && f.degraded == 0)) {
    const reserved = short ? reserve(wanted) : meterWrite(reservedNl());
    if (reserved == status.OK) f.settle = 0;
    if (outcome == status.OK) outcome = reserved;
  }
  const reach = stepsFor(min(wanted, reservedNl()));
  f.granted_steps = max(reach, f.last_steps);
  f.until_ms = now + GRANT_MS;
  f.grant_number++;
  if (bagDone()) return complete();
  if (bolusDone()) endBolus();
  return outcome;
}

/** The volume that the motor may reach in this grant, nL; flash may have less reserved. */
function wantedNl(): u64 {
  const f = flow();
  // One step beyond the flow: a motor that paces itself is on its way to its next step, and must not lose the way it has made. Between
  // the doses of a PCA without basal rate there is no such way.
  const ahead: u64 = f.granted_rate == 0 ? 0 : stepNl();
  let wanted = (f.due + flowOf(GRANT_MS)) / DUE_PER_NL + ahead;
  const slower = slowerStep(f.granted_step, f.granted_rate);
  // A step that runs slower is met and not passed: its own grant goes on from there.
  if (slower != STEPS_MAX) wanted = min(wanted, stepAt(STATE, slower).from_nl + stepNl());
  return min(wanted, changetype<State>(STATE).bag_end_nl);
}

/** Reserves at least `wanted_nl`; the account says until when the dose under way lasts. */
function reserve(wanted_nl: u64): u32 {
  const f = flow();
  const s = changetype<State>(STATE);
  if (s.bolus_rate_nl_per_h != 0) {
    doseEnds((bolusLeftNl() * DUE_PER_NL) / <u64>s.bolus_rate_nl_per_h);
  } else if (loadingUnderWay() && f.granted_rate != 0) {
    const end_nl = stepAt(STATE, s.step + 1).from_nl;
    doseEnds(((end_nl - min(end_nl, f.delivered_nl)) * DUE_PER_NL) / <u64>f.granted_rate);
  }
  const ahead = reservationNl(f.granted_rate) + bolusLeftNl();
  return meterWrite(max(reservedNl(), min(max(f.delivered_nl + ahead, wanted_nl), s.bag_end_nl)));
}

/** The record of a step that is due. If it cannot be written the lower of both rates holds (SPEC 6.1). */
function beginStep(): u32 {
  if (!stepReady()) return status.OK;
  const n = changetype<State>(NEXT);
  if (loadingUnderWay()) doseEnds(0);
  stepNow();
  eventBegin(EVENT_STEP, 4);
  eventUnsigned(0, <u64>n.generation);
  eventUnsigned(1, <u64>n.step);
  eventUnsigned(2, <u64>n.rate_nl_per_h);
  eventUnsigned(3, flow().delivered_nl);
  return commit(0);
}

/** A bolus has its expected end in flash before its first drop (SPEC 6.3); until that can be written it waits. */
function beginBolus(): u32 {
  const f = flow();
  const s = changetype<State>(STATE);
  if (s.bolus_rate_nl_per_h == 0 || f.bolus_known_nl == s.bolus_end_nl) return status.OK;
  const outcome = reserve(0);
  if (outcome != status.OK) return outcome;
  f.bolus_known_nl = s.bolus_end_nl;
  f.bolus_due = bolusLeftNl() * DUE_PER_NL;
  return status.OK;
}

/**
 * All of it is due, and the motor is where it should be: what it were behind at the bolus's end it would never catch up at the basal
 * rate. Without a basal rate it may be a part of a step behind, which goes with the next dose.
 */
function bolusDone(): bool {
  const f = flow();
  if (f.granted_bolus_rate == 0) return false;
  if (bolusLeftNl() == 0) {
    f.due += f.bolus_due;
    f.bolus_due = 0;
  }
  if (f.bolus_due != 0) return false;
  if (f.granted_rate == 0) return f.last_steps >= stepsFor(f.due / DUE_PER_NL);
  return f.delivered_nl * DUE_PER_NL >= f.due;
}

/** Forgets a bolus that has been delivered. Only state: the DECISION or LOCAL that ordered it is the event. */
function endBolus(): void {
  const f = flow();
  const known_nl = f.bolus_known_nl;
  dropBolus();
  if (commit(0) == status.OK) {
    f.granted_bolus_rate = 0;
    f.settle = 1;
  } else {
    f.bolus_known_nl = known_nl; // it is not given again
  }
}

/** Latches alarms that rose and pauses where they ask for it. If that cannot be written the program is held in RAM. */
function raiseAlarms(raised: u32, now: u64): u32 {
  const f = flow();
  const n = changetype<State>(NEXT);
  const rose = raised & alarms.LATCHED & ~n.alarms;
  const pauses = flowing(n.phase) && (raised & alarms.PAUSING) != 0;
  if (rose == 0 && !pauses) return status.OK;
  n.alarms |= rose;
  if (pauses) {
    pause();
    f.paused_ms = now;
  }
  eventBegin(EVENT_ALARM, 4);
  eventUnsigned(0, <u64>rose);
  eventUnsigned(1, <u64>n.generation);
  eventUnsigned(2, f.delivered_nl);
  eventUnsigned(3, <u64>n.phase);
  const outcome = commit(0);
  if (outcome == status.OK) f.settle = 1;
  else f.hold = 1;
  return outcome;
}

/** Alarms that last as long as their cause. */
function alarmsNow(now: u64): u32 {
  const s = changetype<State>(STATE);
  const f = flow();
  let bits = s.alarms;
  if ((s.flags & FLAG_TAMPERED) != 0) bits |= alarms.TAMPERED;
  if (f.degraded != 0) bits |= alarms.DEGRADED;
  if (libraryInGrace()) bits |= alarms.LIBRARY_EXPIRING;
  const rate = <u64>f.granted_rate + <u64>f.granted_bolus_rate;
  const near_ms = <u64>s.near_end_s * 1000;
  if (s.phase == RUNNING && bagLeftNl() * DUE_PER_NL < rate * near_ms) bits |= alarms.NEAR_END;
  if (s.phase == RUNNING && bagDone()) bits |= alarms.VTBI_DONE; // it could not be written
  if (s.phase == KVO) bits |= alarms.KVO;
  if (s.phase == PAUSED && now - f.paused_ms > <u64>s.paused_long_s * 1000) bits |= alarms.PAUSED_LONG;
  if (windowNear()) bits |= alarms.WINDOW_NEAR;
  if (measuresWait()) bits |= alarms.MEASURES;
  return bits;
}

export function grantNothing(outcome: u32): u32 {
  flow().until_ms = 0;
  clearBytes(TICK, GRANT_BYTES);
  store<u32>(TICK, GRANT_RECORD);
  store<u32>(TICK, GRANT_BYTES, 4);
  store<u64>(TICK, flow().last_steps, 16);
  store<u32>(TICK, outcome, 68);
  return outcome;
}

/** Writes the grant record. What it permits comes from the flow account alone, not from a branch here. */
function writeGrant(now: u64, outcome: u32, raised: u32): void {
  const s = changetype<State>(STATE);
  const f = flow();
  const running = flowing(s.phase) && f.hold == 0 && f.until_ms != 0;
  store<u32>(TICK, GRANT_RECORD);
  store<u32>(TICK, GRANT_BYTES, 4);
  store<u32>(TICK, running ? s.generation : 0, 8);
  store<u32>(TICK, f.grant_number, 12);
  store<u64>(TICK, f.granted_steps, 16);
  store<u64>(TICK, running ? f.until_ms : now, 24);
  store<u32>(TICK, running ? f.granted_rate + f.granted_bolus_rate : 0, 32);
  store<u32>(TICK, raised | alarmsNow(now), 36);
  store<u64>(TICK, f.delivered_nl, 40);
  store<u64>(TICK, reservedNl(), 48);
  store<u64>(TICK, bagLeftNl(), 56);
  store<u32>(TICK, s.phase, 64);
  store<u32>(TICK, outcome, 68);
  store<u64>(TICK, bolusLeftNl(), 72);
}
