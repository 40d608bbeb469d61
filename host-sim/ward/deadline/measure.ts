/**
 * A pump on one processor: the ward's day, and the flood of forged orders, in the time that the processor takes for every call and every
 * slice of the gate.
 */
import { PORT } from "../../gate/names.js";
import { cyclesPerInstruction, type Profile } from "../../pump/profile.js";
import type { Waiting } from "../../pump/profile-meter.js";
import type { Pump } from "../../pump/pump.js";
import { floodedRun, type Run } from "../flood/flood.js";
import { portResults } from "../flood/result.js";
import { resultOf } from "../result.js";
import { Ward } from "../ward.js";
import { type Check, checkAll, type Measured, type Measures } from "./deadline.js";

export interface DeadlineOptions {
  readonly seed: string;
  readonly module: WebAssembly.Module;
  /** Length of the ward's day, whole virtual hours. Default 4. */
  readonly hours?: number;
  /** Forged messages. Default 1000. */
  readonly floodCount?: number;
}

/** How one processor fared. */
export interface ProfileResult {
  readonly profile: Profile;
  readonly cyclesPerInstruction: number;
  readonly hours: number;
  readonly floodCount: number;
  readonly checks: readonly Check[];
  /** The longest slice, flash included. */
  readonly sliceMaxMs: number;
  /** What did not go as planned in the day because of the time it took, and orders given up in the flood. */
  readonly troubles: readonly string[];
  /** Forged messages accepted after a verification: none, however slow the processor, or the gate has failed. */
  readonly forgedAccepted: number;
  /** Every deadline met, and no trouble. */
  readonly met: boolean;
}

const HOURS = 4;
const FLOOD_COUNT = 1000;

export function measureProfile(profile: Profile, options: DeadlineOptions): ProfileResult {
  const { seed, module, hours = HOURS, floodCount = FLOOD_COUNT } = options;
  const ward = new Ward({ seed, module, hours, pumps: 1, profile });
  ward.run();
  const { pump } = ward.sides[0]!.bed;
  const flood = floodedRun({ seed, module, profile, count: floodCount });
  const pumps = [pump, flood.bed.pump];
  const measures = { ...ofDay(pump), ...ofFlood(flood), ...worstOf(pumps) };
  const checks = checkAll(measures);
  const troubles = [...resultOf(ward).problems, ...troublesOf(flood)];
  return {
    profile,
    cyclesPerInstruction: cyclesPerInstruction(profile),
    hours,
    floodCount,
    checks,
    sliceMaxMs: sliceMaxMsOf(pumps),
    troubles,
    forgedAccepted: flood.traffic.techniques.reduce((sum, { accepted }) => sum + accepted, 0),
    met: troubles.length === 0 && checks.every(({ met }) => met),
  };
}

function ofDay(pump: Pump): Pick<Measures, "order" | "tick" | "stop"> {
  const { verdictsUs, waits } = meterOf(pump);
  return {
    order: measured(verdictsUs.map((us) => us / 1000)),
    tick: longest(waits.tick.count, waits.tick.maxUs / 1000),
    stop: longest(waits.local.count, waits.local.maxUs / 1000),
  };
}

type OfFlood = Pick<Measures, "orderBeside" | "orderFlooded" | "tickFlooded" | "stopFlooded">;

function ofFlood({ senders, controller }: Run): OfFlood {
  const asked = senders.flatMap((sender) => sender.asked);
  const waitsOf = (of: (port: number) => boolean) =>
    asked.filter(({ port }) => of(port)).map(({ waitMs }) => waitMs ?? Infinity);
  const { tick, stop } = controller.waits;
  return {
    orderBeside: measured(waitsOf((port) => port === PORT.PANEL)),
    orderFlooded: measured(waitsOf((port) => port !== PORT.PANEL)),
    tickFlooded: longest(tick.count, tick.msMax),
    stopFlooded: longest(stop.count, stop.msMax),
  };
}

/** The slice under way has only begun, and is the longest that was seen anywhere: provisioning, boot and erase among them. */
function worstOf(pumps: readonly Pump[]): Pick<Measures, "tickWorst" | "stopWorst"> {
  const longestMs = (what: Waiting) => Math.max(...pumps.map((pump) => meterOf(pump).longestUs(what))) / 1000;
  const tickMs = sliceMaxMsOf(pumps) + longestMs("tick");
  return { tickWorst: longest(1, tickMs), stopWorst: longest(1, tickMs + longestMs("local")) };
}

function sliceMaxMsOf(pumps: readonly Pump[]): number {
  return Math.max(...pumps.map((pump) => meterOf(pump).sliceMaxUs)) / 1000;
}

function troublesOf({ senders, stopsFailed }: Run): string[] {
  const ports = portResults(senders.flatMap((sender) => sender.asked));
  const late = ports.filter(({ accepted, orders }) => accepted < orders);
  return [
    ...late.map(({ name, accepted, orders }) => `flood: ${name}: ${accepted} of ${orders} orders accepted`),
    ...senders.flatMap(({ surprises }) =>
      surprises.map((status) => `flood: an order was answered ${status}`),
    ),
    ...stopsFailed.map((failure) => `flood: STOP answered ${failure}`),
  ];
}

function measured(ms: readonly number[]): Measured {
  const sorted = Float64Array.from(ms).sort();
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

/** Of waits only the longest is kept. */
function longest(count: number, maxMs: number): Measured {
  return { count, p50Ms: maxMs, p99Ms: maxMs, maxMs };
}

function meterOf({ meter }: Pump) {
  if (meter === null) throw new Error("the pump has no profile: give it one to measure its time");
  return meter;
}
