/** The ledger beside the gate: thin exports for the tests that set its memory and ask it. AssemblyScript. */
export const LEDGER_SOURCE = `
import * as layout from "./layout";
import * as account from "./delivery/account";
import * as bucket from "./delivery/bucket";
import * as ledger from "./delivery/ledger";
import { minuteAt, minutesClear, minutesOf } from "./delivery/minutes";
import { flow } from "./delivery/flow";
import { accountAt, Meter, METER_BYTES, PRIMARY_AT, PROGRAM_AT, State } from "./store/state";

export function pack(amount: u64): u32 { return bucket.pack(amount); }
export function unpack(packed: u32): u64 { return bucket.unpack(packed); }
export function planSet(ingredient: u32, amount: u64, volume: u64, flags: u32, bolus: u64, rate: u64, left: u64): void {
  ledger.planSet(ingredient, amount, volume, flags, bolus, rate, left);
}
export function planWorst(window: u32): u64 { return ledger.planWorst(window); }
export function planFits(window: u32, cap: u64): u64 { return ledger.planFits(window, cap); }
export function programFits(bolus: u64, rate: u64, left: u64): u32 { return ledger.programFits(bolus, rate, left); }
export function windowLimit(window: u32): u32 { return ledger.windowLimit(window); }
export function windowHad(window: u32): u64 { return ledger.windowHad(window); }
export function windowNear(): u32 { return ledger.windowNear() ? 1 : 0; }
export function ledgerRoom(ingredient: u32): u32 { return ledger.ledgerRoom(ingredient) ? 1 : 0; }
export function accountSeek(ingredient: u32): u32 { return account.accountSeek(ingredient); }
export function accountsUsed(): u32 { return ledger.accountsUsed(); }
export function ledgerAdvance(now: u64): u32 { return ledger.ledgerAdvance(now) ? 1 : 0; }
export function ledgerBoot(off: u32, trusted: u32): void { ledger.ledgerBoot(off, trusted != 0, false); }
export function clock(): u32 { return ledger.ledgerClockS(); }
export function lockoutLeft(): u32 { return ledger.lockoutLeftS(); }
export function doseEnds(ms: u64): void { ledger.doseEnds(ms); }

/** The record that \`meterWrite\` would write, without flash: what is delivered is charged and counts as written. */
export function record(): void {
  const m = changetype<Meter>(layout.METER_NEXT);
  while (!ledger.ledgerRoll()) commit();
  const evicted = account.accountEvict();
  if (evicted != 0) minutesClear(evicted);
  account.accountOpen();
  account.accountCharge(flow().delivered_nl, flow().bolus_delivered_nl);
  m.delivered_nl = flow().delivered_nl;
  m.bolus_delivered_nl = flow().bolus_delivered_nl;
  m.ahead_nl = 0;
  ledger.ledgerPrepareDose(m.account);
  commit();
}
/** METER_NEXT as it stands is in flash. */
export function commit(): void {
  memory.copy(layout.METER, layout.METER_NEXT, METER_BYTES);
  ledger.ledgerWritten();
  for (let number: u32 = 1; number <= 3; number++) {
    const m = minutesOf(number);
    m.open = bucket.charged(m.open, m.prepared);
    m.prepared = 0;
  }
}
export function setFlow(generation: u32, delivered: u64, bolus: u64): void {
  flow().generation = generation;
  flow().delivered_nl = delivered;
  flow().bolus_delivered_nl = bolus;
}
export function setMeter(ahead: u64): void { changetype<Meter>(layout.METER_NEXT).ahead_nl = ahead; commit(); }
export function setPatient(low: u64, high: u64): void {
  const s = changetype<State>(layout.STATE);
  s.patient_0 = low;
  s.patient_1 = high;
}
export function setProgram(phase: u32, generation: u32, ingredient: u32, flags: u32, amount: u64, volume: u64): void {
  const s = changetype<State>(layout.STATE);
  s.phase = phase;
  s.generation = generation;
  s.ingredient = ingredient;
  s.entry_flags = flags;
  s.amount = amount;
  s.amount_volume_nl = volume;
}
export function setBase(base: u64): void { changetype<State>(layout.STATE).base_nl = base; }
export function setPrimary(phase: u32, generation: u32, ingredient: u32, base: u64): void {
  const s = changetype<State>(layout.STATE + PRIMARY_AT - PROGRAM_AT);
  s.phase = phase;
  s.generation = generation;
  s.ingredient = ingredient;
  s.base_nl = base;
}
export function setCap(window: u32, cap: u64): void { store<u64>(layout.STATE + (window << 3), cap, offsetof<State>("window_1")); }
export function setLockout(seconds: u32): void { changetype<State>(layout.STATE).lockout_s = seconds; }
export function setUptime(ms: u64): void { store<u64>(layout.UPTIME, ms); }
export function setClosed(number: u32, quarter: u32, amount: u64): void {
  store<u32>(bucket.bucketAt(accountAt(layout.METER_NEXT, number), quarter), bucket.pack(amount));
}
export function setMinute(number: u32, minute: u32, amount: u64): void { store<u32>(minuteAt(number, minute), bucket.pack(amount)); }
export function setOpen(number: u32, amount: u64, minute: u64): void {
  accountAt(layout.METER_NEXT, number).open = amount;
  minutesOf(number).open = minute;
}
export function ingredientOf(number: u32): u32 { return accountAt(layout.METER, number).ingredient; }
export function openOf(number: u32): u64 { return accountAt(layout.METER, number).open; }
export function closedOf(number: u32, quarter: u32): u64 {
  return bucket.unpack(load<u32>(bucket.bucketAt(accountAt(layout.METER_NEXT, number), quarter)));
}
export function minuteOf(number: u32, minute: u32): u64 { return bucket.unpack(load<u32>(minuteAt(number, minute))); }
export function openMinuteOf(number: u32): u64 { return minutesOf(number).open; }
export function doseEndOf(number: u32): u32 { return accountAt(layout.METER, number).dose_end_s; }
export function heldOf(number: u32): u32 { return accountAt(layout.METER, number).held; }
/** Leaves RAM as a reset does: what flash holds stays. */
export function forget(): void {
  memory.copy(layout.METER_NEXT, layout.METER, METER_BYTES);
  memory.fill(layout.LEDGER, 0, ledger.LEDGER_BYTES);
  memory.fill(layout.MINUTES, 0, 3 * 256);
}
`;
