/** Cuts the power at flash steps of an action, recovers, and holds what is found against what was acknowledged. */
import { expect } from "vitest";
import type { Device, DeviceState } from "../../host-sim/device/device.js";
import { PowerCut } from "../../host-sim/device/errors.js";
import { TORN_SECTORS, TORN_UNITS, type CutShape } from "../../host-sim/device/flash-fault.js";
import { STATUS, statusName } from "../../host-sim/gate/status.js";
import { DEVICE_ID, LOG_KEY, Store } from "./store.js";
import { type StreamRecord, verifyStream } from "./stream-verifier.js";

const EVENT_LOST = 10;

/** Every way a step can be cut. */
export const SHAPES: readonly CutShape[] = [
  { when: "before" },
  { when: "after" },
  ...TORN_UNITS.map((unit, i) => ({
    when: "inside" as const,
    unit,
    sector: TORN_SECTORS[i % TORN_SECTORS.length]!,
  })),
];

/** What is true once a call has returned OK. */
interface Acknowledged {
  readonly states: string;
  /** Next sequence of each stream. */
  readonly sequences: readonly [number, number];
}

/** A device at rest or in service, to begin an action from again and again. */
export interface Start {
  readonly device: Device;
  readonly saved: DeviceState;
  /** Memory of the running instance; null: the action begins with a boot. */
  readonly memory: Uint8Array | null;
}

export function startOf(device: Device, store: Store | null): Start {
  const memory = store === null ? null : new Uint8Array(store.memory.buffer).slice();
  return { device, saved: device.save(), memory };
}

function resume(start: Start): Store {
  start.device.restore(start.saved);
  start.device.flash.clearFaults();
  const store = new Store(start.device);
  if (start.memory !== null) new Uint8Array(store.memory.buffer).set(start.memory);
  return store;
}

function acknowledged(store: Store): Acknowledged {
  return {
    states: store.statesButBoot(),
    sequences: [store.call("sequenceOf", 0), store.call("sequenceOf", 1)],
  };
}

/** An action calls `done` after whatever was acknowledged. */
export type Action = (store: Store, done: () => void) => void;

/** Both streams, verified; throws with the fault. */
export function verifiedRecords(store: Store, stream: number): readonly StreamRecord[] {
  const report = verifyStream({ logKey: LOG_KEY, deviceId: DEVICE_ID, stream }, store.pages(stream));
  if (report.fault !== null) {
    throw new Error(
      `stream ${stream}, record ${report.fault.sequence}: ${report.fault.reason}: ${report.fault.detail}`,
    );
  }
  return report.records;
}

interface Trace {
  readonly steps: number;
  /** Oldest record of each stream before the action. */
  readonly oldest: readonly [number, number];
  readonly acknowledged: readonly Acknowledged[];
  readonly records: readonly (readonly StreamRecord[])[];
}

/** The action without a cut: what is acknowledged when, and what the log then holds. */
function trace(start: Start, action: Action): Trace {
  const { oldest, ...first } = atStart(start);
  const list: Acknowledged[] = [first];
  const store = resume(start);
  const before = start.device.flash.steps;
  action(store, () => list.push(acknowledged(store)));
  const steps = start.device.flash.steps - before;
  return {
    steps,
    oldest,
    acknowledged: list,
    records: [verifiedRecords(store, 0), verifiedRecords(store, 1)],
  };
}

/** What is acknowledged before the action; an instance of its own finds out. */
function atStart(start: Start): Acknowledged & { readonly oldest: readonly [number, number] } {
  const store = resume(start);
  if (start.memory === null) store.call("bootStore");
  const oldest = (stream: number): number => {
    const page = store.logRead(stream, 0);
    return typeof page === "number" ? 1 : page.firstSequence;
  };
  return { ...acknowledged(store), oldest: [oldest(0), oldest(1)] };
}

export interface SweepOptions {
  /** Shapes tried at each step: all, or so many of them, another choice at each step. */
  readonly shapes?: number;
  /** Also cut the recovery, at every so many of its steps. */
  readonly again?: number;
  /** The action makes the device: until it ends there may be none. */
  readonly provisions?: boolean;
}

/** Runs the action once for each step and shape. Returns how many cuts it made. */
export function sweep(start: Start, action: Action, options: SweepOptions = {}): number {
  const clean = trace(start, action);
  const shapes = options.shapes ?? SHAPES.length;
  let cuts = 0;
  for (let step = 0; step < clean.steps; step++) {
    for (let i = 0; i < shapes; i++) {
      const shape = SHAPES[(step * shapes + i) % SHAPES.length]!;
      const label = `step ${step} of ${clean.steps}, ${JSON.stringify(shape)}`;
      const count = cutOnce(start, action, step, shape);
      if (options.again === undefined) {
        recover(start.device, clean, count, label, options.provisions ?? false);
        cuts++;
        continue;
      }
      cuts += cutRecovery(start.device, clean, count, label, options.again);
    }
  }
  return cuts;
}

/** Cuts once; how many acknowledgements there were before. */
function cutOnce(start: Start, action: Action, step: number, shape: CutShape): number {
  const store = resume(start);
  let count = 0;
  start.device.flash.cutAfter(step, shape);
  try {
    action(store, () => count++);
  } catch (thrown) {
    if (!(thrown instanceof PowerCut)) throw thrown;
    start.device.powerCycle();
    return count;
  }
  throw new Error(`the action ended before its step ${step}`);
}

/** Cuts the boot that follows a cut, at every `stride`th of its steps, and recovers from that. */
function cutRecovery(device: Device, clean: Trace, count: number, label: string, stride: number): number {
  const saved = device.save();
  const before = device.flash.steps;
  expect(new Store(device).boot(), label).toBe(STATUS.OK);
  const steps = device.flash.steps - before;
  let cuts = 0;
  for (let step = 0; step < steps; step += stride) {
    device.restore(saved);
    const shape = SHAPES[(step + count) % SHAPES.length]!;
    device.flash.cutAfter(step, shape);
    expect(() => new Store(device).boot()).toThrow(PowerCut);
    device.powerCycle();
    recover(device, clean, count, `${label}; then step ${step} of the boot, ${JSON.stringify(shape)}`, false);
    cuts++;
  }
  return cuts;
}

/** Boots after a cut and checks: the state before or after, nothing acknowledged lost, log whole, and service goes on. */
function recover(device: Device, clean: Trace, count: number, label: string, provisions: boolean): void {
  const store = new Store(device);
  const status = store.call("bootStore");
  if (provisions && status === STATUS.NOT_PROVISIONED) {
    expect(device.counter.value, label).toBe(0);
    expect(new Store(device).provision(), label).toBe(STATUS.OK);
    return;
  }
  expect(statusName(status), label).toBe("OK");
  const allowed = [clean.acknowledged[count], clean.acknowledged[count + 1]].filter((a) => a !== undefined);
  const found = acknowledged(store);
  expect(
    allowed.map((a) => a.states),
    label,
  ).toContain(found.states);
  for (const stream of [0, 1] as const) {
    expect(found.sequences[stream], label).toBeGreaterThanOrEqual(allowed[0]!.sequences[stream]);
  }
  expect(statusName(store.open()), label).toBe("OK");
  expect(store.decide(200), label).toBe(STATUS.OK);
  expect(store.reserve(1_000_000n, 2_000_000n), label).toBe(STATUS.OK);
  for (const stream of [0, 1] as const) {
    checkRecords(store, clean, stream, allowed[0]!.sequences[stream], label);
  }
}

/** Every record acknowledged before `end` is there, bit by bit, or a LOST event says that the ring has overwritten it. */
function checkRecords(store: Store, clean: Trace, stream: 0 | 1, end: number, label: string): void {
  const found = verifiedRecords(store, stream);
  const records = new Map(found.map((r) => [r.sequence, r]));
  const oldest = found[0]!.sequence;
  if (oldest > clean.oldest[stream]) {
    const lost = found.filter((r) => r.event?.kind === EVENT_LOST).map((r) => r.event!.details.get(1));
    expect(lost, `${label}: stream ${stream} begins at ${oldest}`).toContain(oldest - 1);
  }
  for (const record of clean.records[stream]!) {
    if (record.sequence < oldest) continue;
    if (record.sequence >= end) break;
    const where = `${label}: stream ${stream}, record ${record.sequence}`;
    expect(records.get(record.sequence)?.bytes, where).toEqual(record.bytes);
  }
}
