/** Accounts of the ledger (SPEC 6.3): whose they are, which gives way to a new one, and what the program's is charged. */
import { clearBytes } from "../bytes";
import { METER_NEXT, STATE } from "../layout";
import { ENTRY_BOLUS_APART } from "../library/entry";
import { ratioCeil } from "../order/wide";
import {
  Account,
  ACCOUNT_BYTES,
  accountAt,
  ACCOUNTS,
  BUCKETS,
  Meter,
  METER_BOLUS_APART,
  PRIMARY_AT,
  PRIMARY_UNCERTAIN_AT,
  PROGRAM_AT,
  State,
} from "../store/state";
import { charged, QUARTER_S, quarterOf } from "./bucket";
import { minutesOf } from "./minutes";

/** The longest lockout, s (SPEC 4.2): a dose that ended earlier no longer matters. */
const LOCKOUT_S_MAX: u32 = 86400;

/** Which account gives way: a free one, one whose buckets are all empty, one that no entry with windows has used. */
const FREE: u32 = 3;
const EMPTY: u32 = 2;
const UNHELD: u32 = 1;

/** The primary that waits, as the state whose program it is: only what stands in a program may be read. */
function primary(): State {
  return changetype<State>(STATE + PRIMARY_AT - PROGRAM_AT);
}

/** Whether an account is the associated patient's, of this ingredient. */
function isOf(a: Account, ingredient: u32): bool {
  const s = changetype<State>(STATE);
  return a.ingredient == ingredient && a.patient_0 == s.patient_0 && a.patient_1 == s.patient_1;
}

/** Number of the patient's account of an ingredient, 0 if there is none. */
export function accountFind(ingredient: u32): u32 {
  for (let number: u32 = 1; number <= ACCOUNTS && ingredient != 0; number++) {
    if (isOf(accountAt(METER_NEXT, number), ingredient)) return number;
  }
  return 0;
}

/** How readily an account gives way, 0 = not at all. That of the program and of its primary stay. */
function yields(a: Account): u32 {
  if (a.ingredient == 0) return FREE;
  const m = changetype<Meter>(METER_NEXT);
  // What a program that is over may still owe it is charged first; of an entry without windows nobody asks.
  if (a.held != 0 && m.ahead_nl != 0 && m.account != 0 && accountAt(METER_NEXT, m.account) == a) return 0;
  if (changetype<State>(STATE).phase != 0 && isOf(a, changetype<State>(STATE).ingredient)) return 0;
  if (primary().phase != 0 && isOf(a, primary().ingredient)) return 0;
  const clock_s = m.clock_s;
  const empty = quarterOf(clock_s) > quarterOf(a.charged_s) + BUCKETS;
  if (empty && clock_s >= a.dose_end_s + LOCKOUT_S_MAX) return EMPTY;
  return a.held == 0 ? UNHELD : 0;
}

/** Number of the account that a program of this ingredient has or would get, 0 = none: of several the one charged longest ago. */
export function accountSeek(ingredient: u32): u32 {
  let found = accountFind(ingredient);
  if (found != 0) return found;
  let most: u32 = 0;
  for (let number: u32 = 1; number <= ACCOUNTS && ingredient != 0; number++) {
    const a = accountAt(METER_NEXT, number);
    const ready = yields(a);
    const before = ready == most && ready != 0 && a.charged_s < accountAt(METER_NEXT, found).charged_s;
    if (ready <= most && !before) continue;
    found = number;
    most = ready;
  }
  return found;
}

/** Clears the account that must give way to the program's, if there is one: its number, else 0. A record of its own says so, because both would not fit one. */
export function accountEvict(): u32 {
  const m = changetype<Meter>(METER_NEXT);
  const s = changetype<State>(STATE);
  const opens = s.phase != 0 && (m.generation != s.generation || m.account == 0);
  const number = opens ? accountSeek(s.ingredient) : 0;
  if (number == 0) return 0;
  const a = accountAt(METER_NEXT, number);
  if (a.ingredient == 0 || isOf(a, s.ingredient)) return 0;
  if (m.account == number) m.account = 0; // what the program before still owes it goes with it
  clearBytes(changetype<usize>(a), ACCOUNT_BYTES);
  return number;
}

/** Base units in `volume_nl` of `amount` in `amount_volume_nl`, rounded up. */
export function amountOf(volume_nl: u64, amount: u64, amount_volume_nl: u64): u64 {
  return amount_volume_nl == 0 ? 0 : ratioCeil(volume_nl, amount, 1, amount_volume_nl, 1);
}

/** Of a cumulative volume and its bolus part what counts. */
function counted(m: Meter, volume_nl: u64, bolus_nl: u64): u64 {
  const counts = (m.flags & METER_BOLUS_APART) != 0 ? volume_nl - bolus_nl : volume_nl;
  return amountOf(counts, m.amount, m.amount_volume_nl);
}

/** What the account of `m` is to be charged when so much has been delivered. From cumulative volumes, so that roundings do not add up. */
export function chargeOf(m: Meter, delivered_nl: u64, bolus_nl: u64): u64 {
  const charged = counted(m, m.delivered_nl, m.bolus_delivered_nl);
  const total = counted(m, delivered_nl, bolus_nl);
  return total > charged ? total - charged : 0;
}

/** The volume that a program which is over counts as delivered: of a primary that which it will go on from, else all that was reserved. */
export function endOf(m: Meter): u64 {
  const p = primary();
  return p.phase != 0 && p.generation == m.generation ? p.base_nl : m.delivered_nl + m.ahead_nl;
}

/** Volume of the program that resets left uncertain before its generation began. */
export function baseUncertainNl(): u64 {
  return changetype<State>(STATE).base_nl == 0 ? 0 : load<u64>(STATE + PRIMARY_UNCERTAIN_AT);
}

/** Charges what has been delivered until now, and has not been charged, to the open bucket. */
export function accountCharge(delivered_nl: u64, bolus_nl: u64): void {
  const m = changetype<Meter>(METER_NEXT);
  const amount = chargeOf(m, delivered_nl, bolus_nl);
  if (m.account == 0 || amount == 0) return;
  const a = accountAt(METER_NEXT, m.account);
  a.open = charged(a.open, amount);
  a.charged_s = quarterOf(m.clock_s) * QUARTER_S;
  minutesOf(m.account).prepared = charged(minutesOf(m.account).prepared, amount);
}

/** Makes METER_NEXT the running program's, and gives it an account of the ledger if there is one to be had. */
export function accountOpen(): void {
  const s = changetype<State>(STATE);
  const m = changetype<Meter>(METER_NEXT);
  if (m.generation != s.generation) {
    accountCharge(endOf(m), m.bolus_delivered_nl);
    const clock_s = m.clock_s;
    clearBytes(METER_NEXT, offsetof<Meter>());
    m.clock_s = clock_s;
    m.generation = s.generation;
    m.delivered_nl = s.base_nl;
    m.uncertain_nl = baseUncertainNl();
    m.amount = s.amount;
    m.amount_volume_nl = s.amount_volume_nl;
    m.flags = (s.entry_flags & ENTRY_BOLUS_APART) != 0 ? METER_BOLUS_APART : 0;
  }
  // Once it is over another patient may be there.
  if (m.account == 0 && s.phase != 0) m.account = accountSeek(s.ingredient);
  if (m.account == 0) return;
  const a = accountAt(METER_NEXT, m.account);
  if (a.ingredient == 0) {
    a.ingredient = s.ingredient;
    a.patient_0 = s.patient_0;
    a.patient_1 = s.patient_1;
  }
  if ((s.window_1 | s.window_2 | s.window_4 | s.window_24 | (<u64>s.lockout_s)) != 0) a.held = 1;
}
