/**
 * What a pump's processor must keep up with. The figures are this project's own choice; no standard of infusion pumps gives them. An
 * answer after a second interrupts a person's thought and one within a tenth seems immediate (Nielsen, Usability Engineering, 1993, 5.5).
 */

/** What was measured of one thing on one processor, ms of simulated time. */
export interface Measured {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** All of one processor. */
export interface Measures {
  /** In the ward's day: a command's arrival to its verdict. */
  readonly order: Measured;
  readonly tick: Measured;
  readonly stop: Measured;
  /** In the flood: genuine orders where no forged ones arrive, and where they do, from the first try to the permit. */
  readonly orderBeside: Measured;
  readonly orderFlooded: Measured;
  readonly tickFlooded: Measured;
  readonly stopFlooded: Measured;
  /** The longest slice of all, and only then the tick; or a tick and the hand at the panel. Calculated: it need not have happened. */
  readonly tickWorst: Measured;
  readonly stopWorst: Measured;
}

export interface Deadline {
  readonly of: keyof Measures;
  readonly title: string;
  readonly which: "p99Ms" | "maxMs";
  readonly limitMs: number;
}

const ORDER_MS = 1000;
/** A twentieth of a tick's period; a grant bridges five of them. */
const TICK_MS = 50;
/** The motor is halted at once, without the gate (SPEC 11); this is until the gate has recorded and answered it. */
const STOP_MS = 100;
/** Where forged orders share the port genuine ones are rationed too (SPEC 7): then a person goes to the pump. */
const FLOODED_MS = 60_000;

export const DEADLINES: readonly Deadline[] = [
  { of: "order", title: "order to verdict", which: "p99Ms", limitMs: ORDER_MS },
  { of: "tick", title: "tick served", which: "maxMs", limitMs: TICK_MS },
  { of: "stop", title: "hand at the panel answered", which: "maxMs", limitMs: STOP_MS },
  {
    of: "orderBeside",
    title: "flood: order to permit, terminal at the pump",
    which: "p99Ms",
    limitMs: ORDER_MS,
  },
  { of: "orderFlooded", title: "flood: order to permit, flooded ports", which: "maxMs", limitMs: FLOODED_MS },
  { of: "tickFlooded", title: "flood: tick served", which: "maxMs", limitMs: TICK_MS },
  { of: "stopFlooded", title: "flood: STOP answered", which: "maxMs", limitMs: STOP_MS },
  { of: "tickWorst", title: "tick, asked for as the longest slice begins", which: "maxMs", limitMs: TICK_MS },
  { of: "stopWorst", title: "panel, pressed as the longest slice begins", which: "maxMs", limitMs: STOP_MS },
];

/** A deadline with what came of it. */
export interface Check extends Deadline {
  readonly measured: Measured;
  readonly ms: number;
  /** False also if there was nothing to measure: what never happened was not in time. */
  readonly met: boolean;
}

export function checkAll(measures: Measures, deadlines = DEADLINES): Check[] {
  return deadlines.map((deadline) => {
    const measured = measures[deadline.of];
    const ms = measured[deadline.which];
    return { ...deadline, measured, ms, met: measured.count > 0 && ms <= deadline.limitMs };
  });
}

/** "0.52 ms", "84 ms", "1.2 s"; "never" for what was given up. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return "never";
  if (ms >= 1000) return `${+(ms / 1000).toFixed(1)} s`;
  return ms >= 100 ? `${ms.toFixed(0)} ms` : `${+ms.toPrecision(2)} ms`;
}
