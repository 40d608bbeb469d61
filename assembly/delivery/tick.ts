/**
 * The delivery tick (SPEC 6.2): motor position and sensors in, a grant out. Nothing moves without one, and a grant never
 * reaches beyond what flash already counts.
 */
import { eventBegin, eventUnsigned } from "../log/event";
import { NEXT, STATE, TICK } from "../layout";
import { libraryInGrace } from "../library/active";
import * as host from "../host";
import { commit } from "../store/journal";
import { FLAG_TAMPERED, State } from "../store/state";
import * as status from "../status";
import * as alarms from "./alarms";
import {
  bagLeftNl,
  bolusLeftNl,
  DUE_PER_NL,
  flow,
  flowAccount,
  flowLoad,
  meterWrite,
  reservationNl,
  reservedNl,
  stepNl,
  stepsFor,
} from "./flow";
import { COMPLETE, dropBolus, PAUSED, RUNNING } from "./program";

/** Life of a grant, ms: how long the motor may run on without the gate. */
export const GRANT_MS: u64 = 5000;
const NEAR_END_MS: u64 = 300000;
const PAUSED_LONG_MS: u64 = 600000;

const TICK_RECORD: u32 = 0x0301 | (1 << 16);
const TICK_BYTES: u32 = 24;
const GRANT_RECORD: u32 = 0x0302 | (1 << 16);
const GRANT_BYTES: u32 = 80;

const EVENT_ALARM: u32 = 8;
const EVENT_COMPLETE: u32 = 9;

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
  if (f.generation != s.generation) flowLoad();
  const bolus_nl = bolusLeftNl();
  let raised = flowAccount(steps, step_epoch);
  if ((sensors & alarms.SENSOR_OCCLUSION) != 0) raised |= alarms.OCCLUSION;
  if ((sensors & alarms.SENSOR_AIR) != 0) raised |= alarms.AIR;

  const late = s.phase == RUNNING && f.until_ms != 0 && now > f.until_ms;
  if (s.phase == RUNNING && !late && f.until_ms != 0) accrue(now - f.last_ms, bolus_nl);
  f.last_ms = now;

  let outcome = raiseAlarms(raised, now);
  if (s.phase == RUNNING && f.hold == 0) {
    const granted = grantRunning(now);
    if (outcome == status.OK) outcome = granted;
  } else {
    // Until the host has this tick's answer the motor may still use its last grant: the account closes one report later.
    if (f.until_ms != 0) {
      f.granted_steps = max(f.granted_steps, f.last_steps);
    } else {
      f.granted_steps = f.last_steps;
      if (f.settle != 0 && meterWrite(f.delivered_nl) == status.OK) f.settle = 0;
    }
    f.until_ms = 0;
    // A motor that moves without leave: the excess must not be lost with the power, nor every drop of it cost a record.
    if (f.delivered_nl > reservedNl()) meterWrite(f.delivered_nl + reservationNl(s.rate_nl_per_h));
  }
  writeGrant(now, outcome, raised | (late ? alarms.REPORT_LATE : 0));
  return outcome;
}

/**
 * Adds the flow of `elapsed_ms`, before which `bolus_nl` were left of a bolus, to what is due, but never lets it run ahead of the
 * motor by more than a grant: lost time is lost.
 */
function accrue(elapsed_ms: u64, bolus_nl: u64): void {
  const f = flow();
  f.due += flowOf(f.granted_rate, f.granted_bolus_rate, elapsed_ms, bolus_nl);
  const ahead = max(flowToCome(), stepNl() * DUE_PER_NL);
  f.due = min(f.due, f.delivered_nl * DUE_PER_NL + ahead);
}

/** Basal and bolus together, nL/h. */
function rateNow(): u64 {
  const s = changetype<State>(STATE);
  return <u64>s.rate_nl_per_h + (bolusLeftNl() != 0 ? <u64>s.bolus_rate_nl_per_h : 0);
}

/** Flow of `ms` in nL/h times ms: basal, and of a bolus no more than the `bolus_nl` that are left of it. */
function flowOf(rate: u32, bolus_rate: u32, ms: u64, bolus_nl: u64): u64 {
  return <u64>rate * ms + min(<u64>bolus_rate * ms, bolus_nl * DUE_PER_NL);
}

/** Flow of one grant at the present rates. */
function flowToCome(): u64 {
  const s = changetype<State>(STATE);
  return flowOf(s.rate_nl_per_h, s.bolus_rate_nl_per_h, GRANT_MS, bolusLeftNl());
}

/** Extends the grant of a running program, reserving first. */
function grantRunning(now: u64): u32 {
  const f = flow();
  const s = changetype<State>(STATE);
  if (f.until_ms == 0) f.due = f.delivered_nl * DUE_PER_NL;
  let outcome: u32 = status.OK;
  // One step beyond the flow: a motor that paces itself is on its way to its next step, and must not lose the way it has made.
  const wanted = min((f.due + flowToCome()) / DUE_PER_NL + stepNl(), s.bag_end_nl);
  // A bolus is reserved whole before its first drop (SPEC 6.2).
  // What the bag no longer holds is not reserved: asking for it would write at every tick.
  if (min(max(wanted, f.delivered_nl + bolusLeftNl()), s.bag_end_nl) > reservedNl()) {
    const ahead = reservationNl(s.rate_nl_per_h) + bolusLeftNl();
    outcome = meterWrite(min(max(f.delivered_nl + ahead, wanted), s.bag_end_nl));
  }
  const reach = stepsFor(min(wanted, reservedNl()));
  f.granted_steps = max(reach, f.last_steps);
  f.until_ms = now + GRANT_MS;
  f.grant_number++;
  f.granted_rate = s.rate_nl_per_h;
  f.granted_bolus_rate = bolusLeftNl() != 0 ? s.bolus_rate_nl_per_h : 0;
  if (bagDone()) return complete();
  if (s.bolus_rate_nl_per_h != 0 && bolusLeftNl() == 0) endBolus();
  return outcome;
}

/** True when not one more motor step fits into the bag. */
function bagDone(): bool {
  return flow().last_steps >= stepsFor(changetype<State>(STATE).bag_end_nl);
}

/** The bag is delivered. If that cannot be written, the grant is at its end all the same. */
function complete(): u32 {
  const n = changetype<State>(NEXT);
  n.phase = COMPLETE;
  n.alarms |= alarms.VTBI_DONE;
  dropBolus();
  eventBegin(EVENT_COMPLETE, 2);
  eventUnsigned(0, <u64>n.generation);
  eventUnsigned(1, flow().delivered_nl);
  const outcome = commit(0);
  if (outcome == status.OK) flow().settle = 1;
  return outcome;
}

/** Forgets a bolus that has been delivered. Only state: the DECISION that ordered it is the event. */
function endBolus(): void {
  dropBolus();
  commit(0);
}

/** Latches alarms that rose and pauses where they ask for it. If that cannot be written the program is held in RAM. */
function raiseAlarms(raised: u32, now: u64): u32 {
  const f = flow();
  const n = changetype<State>(NEXT);
  const rose = raised & alarms.LATCHED & ~n.alarms;
  const pauses = n.phase == RUNNING && (raised & alarms.PAUSING) != 0;
  if (rose == 0 && !pauses) return status.OK;
  n.alarms |= rose;
  if (pauses) {
    n.phase = PAUSED;
    f.paused_ms = now;
    dropBolus();
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
  if (s.phase == RUNNING && bagLeftNl() * DUE_PER_NL < rateNow() * NEAR_END_MS) bits |= alarms.NEAR_END;
  if (s.phase == RUNNING && bagDone()) bits |= alarms.VTBI_DONE; // it could not be written
  if (s.phase == PAUSED && now - f.paused_ms > PAUSED_LONG_MS) bits |= alarms.PAUSED_LONG;
  return bits;
}

export function grantNothing(outcome: u32): u32 {
  flow().until_ms = 0;
  memory.fill(TICK, 0, GRANT_BYTES);
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
  const running = s.phase == RUNNING && f.hold == 0;
  store<u32>(TICK, GRANT_RECORD);
  store<u32>(TICK, GRANT_BYTES, 4);
  store<u32>(TICK, running ? s.generation : 0, 8);
  store<u32>(TICK, f.grant_number, 12);
  store<u64>(TICK, f.granted_steps, 16);
  store<u64>(TICK, running ? f.until_ms : now, 24);
  store<u32>(TICK, running ? <u32>rateNow() : 0, 32);
  store<u32>(TICK, raised | alarmsNow(now), 36);
  store<u64>(TICK, f.delivered_nl, 40);
  store<u64>(TICK, reservedNl(), 48);
  store<u64>(TICK, bagLeftNl(), 56);
  store<u32>(TICK, s.phase, 64);
  store<u32>(TICK, outcome, 68);
  store<u64>(TICK, bolusLeftNl(), 72);
}
