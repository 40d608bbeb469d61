/**
 * What has been delivered, in RAM: motor steps become volume here (SPEC 6.2). The account in flash (Meter) is always ahead of
 * it, because volume is reserved before it is granted; so losing this region can only over-count.
 */
import { copyBytes } from "../bytes";
import { FLOW, METER, METER_NEXT, STATE } from "../layout";
import { calibrationPlPerStep } from "../trust/device";
import { ratio, ratioCeil, SATURATED } from "../order/wide";
import { commit, STEP_FAILED } from "../store/journal";
import { Meter, METER_BYTES, State, stepAt } from "../store/state";
import { streamAt } from "../store/stream";
import * as status from "../status";
import * as host from "../host";
import { accountCharge, accountEvict, accountOpen, baseUncertainNl } from "./account";
import { OVER_DELIVERY, REVERSE } from "./alarms";
import { ledgerPrepareDose, ledgerRoll, ledgerWritten } from "./ledger";
import { minutesClear, minutesSettle } from "./minutes";

/** Delivery since the program's start, rebuilt at boot from Meter. */
@unmanaged
export class Flow {
  generation: u32;
  /** 1 once the motor's position has been taken as a base. */
  bound: u32;
  step_epoch: u32;
  /** 1: no grant until a person acts, because a pause or stop could not be written. */
  hold: u32;
  pl_per_step: u32;
  /** 1: flash has failed; the running program goes on from RAM (SPEC 6.4). */
  degraded: u32;
  grant_number: u32;
  /**
   * 1: the account is still to be written: what was really delivered after a pause or stop; after a bolus or a faster rate that its last
   * record need not be the one that reserved for them, whose damage the next boot could not tell the size of (`flowDistrust`).
   */
  settle: u32;
  last_ms: u64;
  until_ms: u64;
  last_steps: u64;
  granted_steps: u64;
  base_steps: u64;
  base_nl: u64;
  delivered_nl: u64;
  uncertain_nl: u64;
  bolus_delivered_nl: u64;
  /** Flow due since the start, in nL/h times ms, so that no rounding drifts: 3,600,000 of these are one nL. */
  due: u64;
  paused_ms: u64;
  titrated_ms: u64;
  /** When the present interval of the titration step began (SPEC 4.4). */
  step_ms: u64;
  /** Basal and bolus rate of the last grant, nL/h: what moved since then moved under them. */
  granted_rate: u32;
  granted_bolus_rate: u32;
  /** PCA attempts, and doses given, since the last record of the account. */
  demand_attempts: u32;
  demand_given: u32;
  /** Sensors of the last tick, and the step whose rate the last grant had. */
  sensors: u32;
  granted_step: u32;
  /** The bolus whose end is written, by where it ends, and what is still to fall due of it, in units of `due`. */
  bolus_known_nl: u64;
  bolus_due: u64;
}

/** Flow reserved at once, ms: the most that a power cut over-counts (SPEC 6.2). Halving it doubles flash wear. */
const RESERVE_MS: u64 = 60000;

/** nL/h times ms in a nanolitre. */
export const DUE_PER_NL: u64 = 3600000;

export function flow(): Flow {
  return changetype<Flow>(FLOW);
}

/** Volume that flash says is reserved for the running program, nL. Degraded, RAM alone bounds it: up to the bag's end. */
export function reservedNl(): u64 {
  const s = changetype<State>(STATE);
  if (flow().degraded != 0) return s.bag_end_nl;
  const m = changetype<Meter>(METER);
  return m.generation == s.generation ? m.delivered_nl + m.ahead_nl : s.base_nl;
}

/** Volume of one motor step, nL, rounded up. */
export function stepNl(): u64 {
  return <u64>flow().pl_per_step / 1000 + 1;
}

/** Basal volume that is reserved at once at a rate, nL. What is due may be a step ahead of the motor, and a grant is one more. */
export function reservationNl(rate_nl_per_h: u32): u64 {
  return (<u64>rate_nl_per_h * RESERVE_MS) / DUE_PER_NL + 2 * stepNl();
}

/**
 * After a boot that found the account's last record begun but not valid: it was cut, or an acknowledged one was damaged, and
 * nobody can tell. So the largest reservation it can have held counts as made (SPEC 6.2).
 */
export function flowDistrust(): void {
  const s = changetype<State>(STATE);
  const m = changetype<Meter>(METER_NEXT);
  accountEvict();
  accountOpen();
  flow().pl_per_step = calibrationPlPerStep(s.set);
  const bolus_nl = s.bolus_rate_nl_per_h == 0 ? 0 : s.bolus_end_nl;
  // At the permitted rate: the panel may have reduced it since.
  const reserved_nl = m.delivered_nl + m.ahead_nl;
  const most_nl = reserved_nl + reservationNl(s.rate_permitted_nl_per_h) + bolus_nl;
  m.ahead_nl = max(reserved_nl, min(most_nl, s.bag_end_nl)) - m.delivered_nl;
  copyBytes(METER, METER_NEXT, METER_BYTES);
}

/** Starts the account of a new program, or takes up the one in flash after a boot: what was reserved counts as delivered. */
export function flowLoad(): void {
  const f = flow();
  const s = changetype<State>(STATE);
  const m = changetype<Meter>(METER);
  const known = m.generation == s.generation;
  f.generation = s.generation;
  f.bound = 0;
  f.until_ms = 0;
  f.delivered_nl = known ? m.delivered_nl + m.ahead_nl : s.base_nl;
  f.uncertain_nl = known ? m.uncertain_nl + m.ahead_nl : baseUncertainNl();
  f.bolus_delivered_nl = known ? m.bolus_delivered_nl : 0;
  f.due = f.delivered_nl * DUE_PER_NL;
  f.pl_per_step = calibrationPlPerStep(s.set);
  f.demand_attempts = 0;
  f.demand_given = 0;
}

/** After a record that may have begun another program, or taken up a primary. */
export function flowFollow(): void {
  if (flow().generation != changetype<State>(STATE).generation) flowLoad();
}

/**
 * Writes the account to flash with `reserved_nl` reserved, at least what is delivered; charges the ledger. Of a new program it is
 * opened: what the one before still owes is charged to whom it belongs to, and an account that must give way has a record before it.
 */
export function meterWrite(reserved_nl: u64): u32 {
  let outcome: u32 = status.OK;
  // After hours without a tick: at most a day's quarters, eight a record.
  while (!ledgerRoll() && outcome == status.OK) outcome = commit(1);
  const evicted = outcome == status.OK ? accountEvict() : 0;
  if (evicted != 0) outcome = commit(1);
  if (outcome == status.OK) {
    if (evicted != 0) minutesClear(evicted);
    prepareMeter(reserved_nl);
    outcome = commit(1);
    minutesSettle(outcome == status.OK);
  }
  if (outcome == status.OK) {
    ledgerWritten();
    flow().demand_attempts = 0;
    flow().demand_given = 0;
  }
  // One failure costs a place, and background work opens the next segment; a stream that was given up has none.
  if (outcome != status.OK && streamAt(1).step == STEP_FAILED) degrade();
  return outcome;
}

function prepareMeter(reserved_nl: u64): void {
  const f = flow();
  const m = changetype<Meter>(METER_NEXT);
  accountOpen();
  accountCharge(f.delivered_nl, f.bolus_delivered_nl);
  m.delivered_nl = f.delivered_nl;
  m.ahead_nl = max(reserved_nl, f.delivered_nl) - f.delivered_nl;
  m.uncertain_nl = f.uncertain_nl;
  m.bolus_delivered_nl = f.bolus_delivered_nl;
  m.attempts += f.demand_attempts;
  m.demands += f.demand_given;
  ledgerPrepareDose(m.account);
}

/**
 * Flash has failed in mid-therapy: a drug that a life may hang on goes on to the end of its bag. The counter moves once without
 * a record, so that the next boot finds itself behind it and counts every window as full (SPEC 2.6).
 */
function degrade(): void {
  const f = flow();
  if (f.degraded != 0) return;
  f.degraded = 1;
  host.counterAdvance(); // if this fails too, the next boot still over-counts by the reservation
}

/**
 * Takes in the motor's position. Returns alarm bits that rose. Steps beyond the grant count in full, steps that fall count
 * nothing; a new epoch (the motor's controller restarted) counts all that was granted.
 */
export function flowAccount(steps: u64, step_epoch: u32): u32 {
  const f = flow();
  if (f.bound == 0) {
    bind(steps, step_epoch);
    return 0;
  }
  if (step_epoch != f.step_epoch) {
    credit(f.granted_steps);
    bind(steps, step_epoch);
    return 0;
  }
  if (steps < f.last_steps) return REVERSE;
  f.last_steps = steps;
  credit(steps);
  return steps > f.granted_steps ? OVER_DELIVERY : 0;
}

/** Counts all that was granted as delivered: of a program that is left while the motor may still use its last grant. */
export function flowForgo(): void {
  if (flow().until_ms != 0) credit(flow().granted_steps);
}

/** Makes the motor's present position the base of what follows. */
function bind(steps: u64, step_epoch: u32): void {
  const f = flow();
  f.bound = 1;
  f.step_epoch = step_epoch;
  f.last_steps = steps;
  f.granted_steps = steps;
  f.base_steps = steps;
  f.base_nl = f.delivered_nl;
}

/** Counts everything up to motor position `steps` as delivered, rounded up; a bolus gets its share, rounded up too. */
function credit(steps: u64): void {
  const f = flow();
  const s = changetype<State>(STATE);
  if (f.pl_per_step == 0 || steps <= f.base_steps) return;
  const moved = ratioCeil(steps - f.base_steps, <u64>f.pl_per_step, 1, 1000, 1);
  const total = moved > VOLUME_SANE_NL ? VOLUME_SANE_NL : min(f.base_nl + moved, VOLUME_SANE_NL);
  if (total <= f.delivered_nl) return;
  const volume = total - f.delivered_nl;
  // A loading dose is a bolus that comes first (SPEC 3.2, flag bit 5). Only a program in its first step still has its list.
  const first = s.step == 0 && s.steps != 0 && stepAt(STATE, 0).loading != 0;
  const loading_nl = first ? stepAt(STATE, 1).from_nl : 0;
  f.bolus_delivered_nl += min(total, loading_nl) - min(f.delivered_nl, loading_nl);
  f.delivered_nl = total;
  // A bolus that was ordered since the last grant has no part in what that grant moved.
  if (s.bolus_rate_nl_per_h == 0 || f.granted_bolus_rate == 0) return;
  const both = <u64>f.granted_bolus_rate + <u64>f.granted_rate;
  const share = ratioCeil(volume, <u64>f.granted_bolus_rate, 1, both, 1);
  f.bolus_delivered_nl = min(f.bolus_delivered_nl + share, s.bolus_end_nl);
}

/** 2,199 L, far above any ceiling: where a nonsensical motor report is cut, so that `due` (times 3,600,000) stays below 2^63. */
const VOLUME_SANE_NL: u64 = 1 << 41;

/** The motor position up to which `volume_nl` since the program's start may be delivered, rounded down. */
export function stepsFor(volume_nl: u64): u64 {
  const f = flow();
  if (f.pl_per_step == 0 || volume_nl <= f.base_nl) return f.base_steps;
  const steps = ratio(volume_nl - f.base_nl, 1000, 1, <u64>f.pl_per_step, 1);
  return steps == SATURATED || steps > u64.MAX_VALUE - f.base_steps ? f.last_steps : f.base_steps + steps;
}

/** Volume left of the bolus under way, nL; 0 if there is none. */
export function bolusLeftNl(): u64 {
  const s = changetype<State>(STATE);
  if (s.bolus_rate_nl_per_h == 0 || flow().bolus_delivered_nl >= s.bolus_end_nl) return 0;
  return s.bolus_end_nl - flow().bolus_delivered_nl;
}

/** Volume left of the bag, nL. */
export function bagLeftNl(): u64 {
  const s = changetype<State>(STATE);
  return s.bag_end_nl > flow().delivered_nl ? s.bag_end_nl - flow().delivered_nl : 0;
}
