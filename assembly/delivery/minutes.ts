/**
 * What every account had by the minute, for the window of 1 h (SPEC 6.3). In RAM: after a reset a quarter hour's whole amount stands in its
 * last minute, so that it leaves the window late.
 */
import { clearBytes } from "../bytes";
import { MINUTES } from "../layout";
import { accountAt, ACCOUNTS, Meter } from "../store/state";
import { bucketAt, charged, pack, quarterOf } from "./bucket";

/** Minutes of one account; MINUTE_COUNT packed amounts of closed minutes follow, that of minute m at m mod MINUTE_COUNT. */
@unmanaged
export class Minutes {
  /** Amount in the open minute. */
  open: u64;
  /** What the record being prepared would add to it. */
  prepared: u64;
}

export const MINUTE_S: u32 = 60;
export const MINUTE_COUNT: u32 = 60;
export const MINUTES_BYTES: usize = offsetof<Minutes>() + <usize>MINUTE_COUNT * 4;
const MINUTES_A_QUARTER: u32 = 15;

/** Minutes of account `number`, from 1. */
export function minutesOf(number: u32): Minutes {
  return changetype<Minutes>(MINUTES + <usize>(number - 1) * MINUTES_BYTES);
}

export function minuteAt(number: u32, minute: u32): usize {
  return changetype<usize>(minutesOf(number)) + offsetof<Minutes>() + ((minute % MINUTE_COUNT) << 2);
}

/** Closes the minutes from `first` up to, not including, `next`. */
export function minutesRoll(first: u32, next: u32): void {
  const passed = min(next - first, MINUTE_COUNT + 1); // then all are empty
  for (let number: u32 = 1; number <= ACCOUNTS; number++) {
    for (let i: u32 = 0; i < passed; i++) {
      store<u32>(minuteAt(number, first + i), pack(minutesOf(number).open));
      minutesOf(number).open = 0;
    }
  }
}

/** The record that was prepared has been written, or forgotten. */
export function minutesSettle(written: bool): void {
  for (let number: u32 = 1; number <= ACCOUNTS; number++) {
    const m = minutesOf(number);
    if (written) m.open = charged(m.open, m.prepared);
    m.prepared = 0;
  }
}

export function minutesClear(number: u32): void {
  clearBytes(changetype<usize>(minutesOf(number)), MINUTES_BYTES);
}

/** What the quarter hours at `meter` say of the last hour. */
export function minutesBuild(meter: usize): void {
  const clock_s = changetype<Meter>(meter).clock_s;
  const quarter = quarterOf(clock_s);
  const minute = clock_s / MINUTE_S;
  for (let number: u32 = 1; number <= ACCOUNTS; number++) {
    const a = accountAt(meter, number);
    minutesClear(number);
    minutesOf(number).open = a.open;
    // At most four quarter hours have ended within the last 60 minutes; none ended before the clock began.
    for (let back: u32 = 0; back < 4 && back < quarter; back++) {
      const last = (quarter - back) * MINUTES_A_QUARTER - 1;
      if (last + MINUTE_COUNT < minute) break;
      store<u32>(minuteAt(number, last), load<u32>(bucketAt(a, quarter - back - 1)));
    }
  }
}
