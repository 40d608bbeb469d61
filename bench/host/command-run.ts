/** Latency of whole dose commands on the release module: from the bytes handed over to the verdict. */
import { BenchPump, libraryOf, type Taken } from "./ward-fixture.js";
import { quantile } from "./statistics.js";

/** How long commands took, us. */
export interface CommandRow {
  /** What figures are named after. */
  readonly id: string;
  readonly title: string;
  /** Commands that count. */
  readonly count: number;
  /** Commands that do not, because the scheduler interrupted them. */
  readonly interrupted: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
}

/** Entries of the library that commands are checked against: the size that is planned for. */
const ENTRIES = 1200;

/** Commands before the first that counts. */
const WARM_UP = 200;

/**
 * A start, with its entry and its profile and both Merkle paths, decoded, verified, proved, judged, journalled and logged to
 * simulated flash. After a boot no key is prepared; in use the prescriber's key has verified before, and the gate had time for
 * its table. `count` of each.
 */
export function runCommands(module: WebAssembly.Module, count: number): CommandRow[] {
  const pump = new BenchPump(module, libraryOf(ENTRIES));
  const known: Taken[] = [];
  const fresh: Taken[] = [];
  for (let i = 0; i < WARM_UP + count; i++) {
    pump.rest();
    const took = pump.submit(pump.order());
    if (i >= WARM_UP) known.push(took);
  }
  for (let i = 0; i < count; i++) {
    pump.rest();
    pump.reboot();
    fresh.push(pump.submit(pump.order()));
  }
  return [
    row("command/known-key", "a start, key known and time for its table", known),
    row("command/after-boot", "a start, first command after a boot", fresh),
  ];
}

function row(id: string, title: string, all: readonly Taken[]): CommandRow {
  const whole = all.filter(({ interrupted }) => !interrupted);
  // If every one was interrupted, they are all there is.
  const times = (whole.length === 0 ? all : whole).map(({ us }) => us);
  return {
    id,
    title,
    count: times.length,
    interrupted: all.length - whole.length,
    p50Us: quantile(times, 0.5),
    p99Us: quantile(times, 0.99),
    maxUs: Math.max(...times),
  };
}
