/**
 * The ledger (SPEC 6.3): what a patient has had of an ingredient, by quarter hours in flash and by minutes in RAM, and whether what is to
 * come keeps every window whatever happens to it. It errs on one side: amounts are rounded up, and leave a window late.
 */
import { copyBytes } from "../bytes";
import { LEDGER, METER, METER_NEXT, STATE, UPTIME, WIDE_NUMERATOR } from "../layout";
import { ENTRY_BOLUS_APART } from "../library/entry";
import { ratio } from "../order/wide";
import { accountAt, ACCOUNTS, BUCKETS, Meter, METER_BYTES, State } from "../store/state";
import { accountCharge, accountFind, accountSeek, amountOf, chargeOf, endOf } from "./account";
import { bucketAt, bucketsRoll, plus, QUARTER_S, quarterOf, unpack } from "./bucket";
import { flow } from "./flow";
import { MINUTE_COUNT, MINUTE_S, minuteAt, minutesBuild, minutesOf, minutesRoll } from "./minutes";

/** Windows: 1, 2, 4, 24 h; the first by minutes. */
export const WINDOWS: u32 = 4;
const LIMIT_WINDOW_1: u32 = 27;

/** Quarter hours that one record closes at most, so that it holds them; the next goes on. */
const ROLL_QUARTERS: u32 = 8;
/** How long after a quarter hour its record is waited for: one that a reservation needs mostly comes first. */
const RECORD_WAIT_S: u32 = 75;

/** What flows in one bucket: `whole + rest / divisor` base units. */
@unmanaged
export class Flowing {
  whole: u64;
  rest: u64;
  divisor: u64;
}

/** The ledger in RAM: its clock, and the plan that is being checked. Two Flowing follow: by minutes, by quarter hours. */
@unmanaged
export class Ledger {
  /** Uptime that the clock has been brought to. */
  last_ms: u64;
  /** METER_NEXT and the minutes follow it. */
  clock_s: u32;
  /** Part of a second that it does not show, ms. */
  rest_ms: u32;
  /** 1 once the clock runs. */
  runs: u32;
  /** 1: `windowNear`. */
  near: u32;
  /** A dose's end that is not yet in flash; 1 if there is one. */
  dose_end_s: u32;
  dose_prepared: u32;
  /** The plan: account that it would be charged to, 0 = none yet. */
  account: u32;
  /** Account that the prepared dose's end is about; 0: the one that the next record opens. */
  dose_account: u32;
  /** Amount that counts whatever becomes of the flow: delivered but not yet charged, and the bolus. */
  fixed: u64;
  /** Amount that can still flow. */
  left: u64;
}

export const LEDGER_BYTES: usize = offsetof<Ledger>() + 2 * offsetof<Flowing>();

function ledger(): Ledger {
  return changetype<Ledger>(LEDGER);
}

function flowingIn(window: u32): Flowing {
  return changetype<Flowing>(LEDGER + offsetof<Ledger>() + (window == 0 ? 0 : offsetof<Flowing>()));
}

/** Buckets of a window: 60 minutes, or 8, 16, 96 quarter hours. */
function bucketsOf(window: u32): u32 {
  return window == 0 ? MINUTE_COUNT : window == 3 ? BUCKETS : 4 << window;
}

/** Closed buckets of account `number` as a window counts them, a ring of `ringSize`; 0 without an account. */
function ringOf(window: u32, number: u32): usize {
  if (number == 0) return 0;
  return window == 0 ? minuteAt(number, 0) : bucketAt(accountAt(METER_NEXT, number), 0);
}

function ringSize(window: u32): u32 {
  return window == 0 ? MINUTE_COUNT : BUCKETS;
}

/** Where in the ring the open bucket will stand. */
function ringPlace(window: u32): u32 {
  const minute = ledger().clock_s / MINUTE_S;
  return window == 0 ? minute % MINUTE_COUNT : quarterOf(changetype<Meter>(METER_NEXT).clock_s) % BUCKETS;
}

/** Amount in the bucket that closed `back` buckets ago, from 1. One division a bucket would be two thirds of a judgement's time. */
function closed(ring: usize, size: u32, place: u32, back: u32): u64 {
  if (ring == 0) return 0;
  const index = place < back ? place + size - back : place - back;
  return unpack(load<u32>(ring + ((<usize>index) << 2)));
}

/** Amount in the open bucket of account `number`. */
function openOf(window: u32, number: u32): u64 {
  if (number == 0) return 0;
  return window == 0 ? minutesOf(number).open : accountAt(METER_NEXT, number).open;
}

/** Amount delivered for account `number` that no record has charged yet. */
function owedBy(number: u32): u64 {
  const m = changetype<Meter>(METER);
  const f = flow();
  if (number == 0 || number != m.account) return 0;
  if (f.generation != m.generation) return chargeOf(m, endOf(m), m.bolus_delivered_nl);
  // Over, but not settled: the motor may be using its last grant.
  const ended = changetype<State>(STATE).phase == 0 ? m.delivered_nl + m.ahead_nl : 0;
  return chargeOf(m, max(f.delivered_nl, ended), f.bolus_delivered_nl);
}

/** The program's account: the one it is charged to, or would be; 0 = none. */
function programAccount(): u32 {
  const m = changetype<Meter>(METER_NEXT);
  const s = changetype<State>(STATE);
  return m.generation == s.generation && m.account != 0 ? m.account : accountFind(s.ingredient);
}

/** Everything that `number` has had since a window began. */
function hadInWindow(window: u32, number: u32): u64 {
  const ring = ringOf(window, number);
  const size = ringSize(window);
  const place = ringPlace(window);
  let sum = plus(owedBy(number), openOf(window, number));
  for (let back = bucketsOf(window); back != 0; back--) sum = plus(sum, closed(ring, size, place, back));
  return sum;
}

/** The program's cap for a window, base units; 0 = none. */
export function windowCap(window: u32): u64 {
  return load<u64>(STATE + (window << 3), offsetof<State>("window_1"));
}

/** What the program's account has had in the hours before now; 0 without an account or a cap. */
export function windowHad(window: u32): u64 {
  const number = programAccount();
  return number == 0 || windowCap(window) == 0 ? 0 : hadInWindow(window, number);
}

/** Number of the limit that stands for a window (SPEC 4.4). */
export function windowLimit(window: u32): u32 {
  return LIMIT_WINDOW_1 + window;
}

/**
 * The order that `planWorst` and `planFits` are about, for the associated patient: concentration, flags of the entry, bolus volume
 * ordered or under way, highest basal rate, and the basal volume to come at most. Six wide divisions.
 */
export function planSet(
  ingredient: u32,
  amount: u64,
  volume_nl: u64,
  flags: u32,
  bolus_nl: u64,
  rate_nl_per_h: u64,
  left_nl: u64,
): void {
  const p = ledger();
  ledgerRoll();
  p.account = accountFind(ingredient);
  const bolus = (flags & ENTRY_BOLUS_APART) != 0 ? 0 : amountOf(bolus_nl, amount, volume_nl);
  p.fixed = plus(owedBy(p.account), bolus);
  p.left = amountOf(left_nl, amount, volume_nl);
  setFlowing(flowingIn(0), rate_nl_per_h, amount, volume_nl * 60);
  setFlowing(flowingIn(1), rate_nl_per_h, amount, volume_nl * 4);
}

/** nL/h times base units per nL, an hour having so many buckets as `divisor` has volumes. */
function setFlowing(f: Flowing, rate_nl_per_h: u64, amount: u64, divisor: u64): void {
  f.divisor = max<u64>(divisor, 1);
  f.whole = ratio(rate_nl_per_h, amount, 1, f.divisor, 1);
  f.rest = load<u64>(WIDE_NUMERATOR); // below the divisor, so below 2^43
}

/** Amount that flows in `buckets` buckets, rounded up. */
function flows(f: Flowing, buckets: u32): u64 {
  const left = ledger().left;
  if (f.whole > left / buckets) return left; // also what a product would not hold
  return min(left, plus(f.whole * buckets, (f.rest * buckets + f.divisor - 1) / f.divisor));
}

/**
 * The worst sum of a window (0 to 3: 1, 2, 4, 24 h) that can come about, base units; SATURATED if it does not fit 63 bits. Of all four
 * windows 184 buckets are unpacked, with two 64-bit divisions each and no wide one.
 */
export function planWorst(window: u32): u64 {
  const p = ledger();
  const buckets = bucketsOf(window);
  const ring = ringOf(window, p.account);
  const size = ringSize(window);
  const place = ringPlace(window);
  let past = plus(p.fixed, openOf(window, p.account));
  let worst: u64 = 0;
  for (let back: u32 = 1; back <= buckets; back++) {
    past = plus(past, closed(ring, size, place, back));
    worst = max(worst, plus(past, flows(flowingIn(window), buckets - back + 1)));
  }
  return worst;
}

/**
 * The same question for the witness, the other way round: time goes on bucket by bucket, what is oldest goes and what flows comes. 0 if no sum
 * exceeds `cap`, else how many do. No division, and never an early end.
 */
export function planFits(window: u32, cap: u64): u64 {
  const p = ledger();
  const f = flowingIn(window);
  const ring = ringOf(window, p.account);
  const size = ringSize(window);
  const place = ringPlace(window);
  let sum = plus(p.fixed, openOf(window, p.account));
  for (let back = bucketsOf(window); back != 0; back--) sum = plus(sum, closed(ring, size, place, back));
  let breaks: u64 = sum > cap ? 1 : 0; // also what can no longer be counted down from
  let whole: u64 = 0;
  let rest: u64 = 0;
  for (let back = bucketsOf(window); back != 0; back--) {
    whole = plus(whole, f.whole);
    rest += f.rest;
    if (rest >= f.divisor) {
      rest -= f.divisor;
      whole = plus(whole, 1);
    }
    if (plus(sum, min(p.left, plus(whole, rest == 0 ? 0 : 1))) > cap) breaks++;
    sum -= closed(ring, size, place, back);
  }
  return breaks;
}

/**
 * The basal volume that can still come out of `bag_nl` beside a bolus of `bolus_nl`. Where boluses do not count toward the windows
 * (`flags` of the entry), what is left of a bolus that was dropped may come as basal flow, which does.
 */
export function basalLeftNl(bag_nl: u64, bolus_nl: u64, flags: u32): u64 {
  if ((flags & ENTRY_BOLUS_APART) != 0) return bag_nl;
  return bag_nl > bolus_nl ? bag_nl - bolus_nl : 0;
}

/** The running program's caps against such a future, out of a bag that holds `bag_nl`: 0, or the number of the limit that would break. */
export function programFits(bolus_nl: u64, rate_nl_per_h: u64, bag_nl: u64): u32 {
  const s = changetype<State>(STATE);
  const left_nl = basalLeftNl(bag_nl, bolus_nl, s.entry_flags);
  planSet(s.ingredient, s.amount, s.amount_volume_nl, s.entry_flags, bolus_nl, rate_nl_per_h, left_nl);
  for (let window: u32 = 0; window < WINDOWS; window++) {
    const cap = windowCap(window);
    if (cap != 0 && planWorst(window) > cap) return windowLimit(window);
  }
  return 0;
}

/** True if the patient has an account of this ingredient, or one can be had. */
export function ledgerRoom(ingredient: u32): bool {
  ledgerRoll();
  return accountSeek(ingredient) != 0;
}

/** Accounts in use. */
export function accountsUsed(): u32 {
  let used: u32 = 0;
  for (let number: u32 = 1; number <= ACCOUNTS; number++) {
    if (accountAt(METER_NEXT, number).ingredient != 0) used++;
  }
  return used;
}

/** The ledger's clock, s. */
export function ledgerClockS(): u32 {
  return ledger().clock_s;
}

/** Seconds of the program's lockout still to pass, by the end of the last dose that its account had. */
export function lockoutLeftS(): u32 {
  const l = ledger();
  const number = programAccount();
  const own = l.dose_account == 0 || l.dose_account == number;
  let end = l.dose_prepared != 0 && own ? l.dose_end_s : 0;
  if (end == 0 && number != 0) end = accountAt(METER_NEXT, number).dose_end_s;
  const over = <u64>end + <u64>changetype<State>(STATE).lockout_s;
  return end == 0 || over <= <u64>l.clock_s ? 0 : <u32>(over - <u64>l.clock_s);
}

/** A dose of the program ends `in_ms` from now, or now if 0: kept for the next record of the account. */
export function doseEnds(in_ms: u64): void {
  const l = ledger();
  l.dose_end_s = l.clock_s + <u32>min<u64>((in_ms + l.rest_ms + 999) / 1000, DOSE_S_MAX);
  l.dose_account = programAccount();
  l.dose_prepared = 1;
}

const DOSE_S_MAX: u64 = 1 << 24;

/** Puts a dose's end into the record that is being prepared, whose account is `opened`: it may be another program's by now. */
export function ledgerPrepareDose(opened: u32): void {
  const l = ledger();
  const number = l.dose_account == 0 ? opened : l.dose_account;
  if (number != 0 && l.dose_prepared != 0) accountAt(METER_NEXT, number).dose_end_s = l.dose_end_s;
}

/** The record has been written. */
export function ledgerWritten(): void {
  ledger().dose_prepared = 0;
}

/** Brings METER_NEXT to the ledger's clock, as far as one record can hold; true if that was all the way. Only then may it be charged: else the charge would age early. */
export function ledgerRoll(): bool {
  const clock_s = ledger().clock_s;
  const known = quarterOf(changetype<Meter>(METER).clock_s);
  const last = holdsAnything(known) ? (known + ROLL_QUARTERS + 1) * QUARTER_S - 1 : clock_s;
  bucketsRoll(METER_NEXT, min(clock_s, last));
  return changetype<Meter>(METER_NEXT).clock_s >= clock_s;
}

/** Rolls the clock and buckets. True if a record is due: a quarter hour has passed that flash does not know, while an account holds anything. */
export function ledgerAdvance(now_ms: u64): bool {
  const l = ledger();
  if (l.runs == 0) start(now_ms);
  const minute = l.clock_s / MINUTE_S;
  const passed_s = now_ms > l.last_ms ? (now_ms - l.last_ms) / 1000 : 0;
  l.last_ms += passed_s * 1000;
  l.rest_ms = now_ms > l.last_ms ? <u32>(now_ms - l.last_ms) : 0;
  l.clock_s += <u32>min<u64>(passed_s, <u64>(0xffffffff - l.clock_s));
  ledgerRoll();
  const next = l.clock_s / MINUTE_S;
  if (next != minute) {
    minutesRoll(minute, next);
    l.near = near() ? 1 : 0;
  }
  const known = quarterOf(changetype<Meter>(METER).clock_s);
  const late_s = l.clock_s - min(l.clock_s, RECORD_WAIT_S);
  return quarterOf(late_s) > known && holdsAnything(known);
}

/** Whether any account was charged within a day before the quarter hour that flash knows. */
function holdsAnything(known: u32): bool {
  for (let number: u32 = 1; number <= ACCOUNTS; number++) {
    const a = accountAt(METER, number);
    if (a.ingredient != 0 && quarterOf(a.charged_s) + BUCKETS >= known) return true;
  }
  return false;
}

/** The clock goes on from the last record. */
function start(now_ms: u64): void {
  const l = ledger();
  l.runs = 1;
  l.last_ms = now_ms;
  l.rest_ms = 0;
  l.clock_s = changetype<Meter>(METER).clock_s;
  minutesBuild(METER);
}

/**
 * After the store has been read: what was reserved counts as delivered, and the accounts age by time without power that a trusted clock
 * measured, 0 if it is not known; `dosing`: a dose of the account's program was under way. Nothing need be written: the segment that a boot opens begins with it.
 */
export function ledgerBoot(off_ms: u32, trusted: bool, dosing: bool): void {
  const m = changetype<Meter>(METER_NEXT);
  accountCharge(m.delivered_nl + m.ahead_nl, m.bolus_delivered_nl);
  m.uncertain_nl += m.ahead_nl;
  m.delivered_nl += m.ahead_nl;
  m.ahead_nl = 0;
  if (dosing && m.account != 0) {
    // It may have taken longer than was expected when its end was written: it ends no sooner than the last record.
    const a = accountAt(METER_NEXT, m.account);
    a.dose_end_s = max(a.dose_end_s, max<u32>(m.clock_s, 1));
  }
  if (trusted) bucketsRoll(METER_NEXT, m.clock_s + off_ms / 1000);
  copyBytes(METER, METER_NEXT, METER_BYTES);
  start(load<u64>(UPTIME));
}

function near(): bool {
  const number = programAccount();
  for (let window: u32 = 0; window < WINDOWS && number != 0; window++) {
    const cap = windowCap(window);
    if (cap != 0 && hadInWindow(window, number) > cap - (cap + 9) / 10) return true;
  }
  return false;
}

/** Whether a window of the program's account was above nine tenths of its cap when the last minute began. */
export function windowNear(): bool {
  return ledger().near != 0;
}
