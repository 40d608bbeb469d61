/**
 * One pump in the middle of a therapy, and somebody who sends it orders without end: what that costs the genuine ones, and what it must
 * not cost at all. Runs twice with the same seed, once without the flood, so that every difference is the flood's.
 */
import type { CommandBody } from "../../authority/command.js";
import { parseDose } from "../../authority/dose.js";
import type { KeyPair } from "../../authority/keys.js";
import type { CompiledLibrary } from "../../authority/library/compile.js";
import { exampleDirectory, loadLibrary } from "../../authority/library/load.js";
import { titrateBody } from "../../authority/order.js";
import type { Device } from "../../device/device.js";
import { Random } from "../../device/random.js";
import { LOCAL_ACTION, PHASE, PORT } from "../../gate/names.js";
import { STATUS, statusName } from "../../gate/status.js";
import type { Profile } from "../../pump/profile.js";
import type { Pump } from "../../pump/pump.js";
import { Bed, patientToken } from "../bed.js";
import { LogCollector } from "../collector.js";
import { Hospital } from "../hospital.js";
import { OPENED_S } from "../ward.js";
import { Controller } from "./controller.js";
import { floodResult, type FloodResult } from "./result.js";
import { Sender } from "./sender.js";
import { type Phase, PHASES, Traffic } from "./traffic.js";

export interface FloodOptions {
  readonly seed: string;
  readonly module: WebAssembly.Module;
  /** Messages of the flood. Default 10,000. */
  readonly count?: number;
  /** The pump's processor. Default: 5 ms for every slice. */
  readonly profile?: Profile;
  /** Told of every hundredth part that is sent. */
  readonly onProgress?: (sent: number) => void;
}

export const COUNT_DEFAULT = 10_000;
/** What belongs to every simulated day. */
export const COUNT_SHORT = 2_000;
export const COUNT_MAX = 1_000_000;
/** Messages a second, on average; in bursts of which a controller can take some. */
const RATE_PER_S = 8;
const BURST = 20;
const BURST_ONE_IN = 40;
/** Afterwards the refusals that were counted are written, one of a port each minute. */
const CALM_MS = 300_000;
/** Between two orders of one sender. */
const ORDER_MS = { min: 6_000, max: 14_000 } as const;
const STOP_TRIES_PER_PHASE = 50;

const DRUG = "NORepinephrine";
const DOSE = "0.1 mcg/kg/min";
const BAG = "250 mL";

/** What one run leaves to be judged. */
export interface Run {
  readonly bed: Bed;
  readonly library: CompiledLibrary;
  readonly controller: Controller;
  readonly senders: readonly Sender[];
  readonly traffic: Traffic;
  readonly collector: LogCollector;
  /** Program and erase calls that the flood's time saw. */
  readonly flash: { programs: number; erases: number };
  /** Tries of STOP that did not stop. */
  readonly stopsFailed: readonly string[];
  readonly deliveredPl: bigint;
  readonly countedNl: bigint;
  /** When the flood began; how long it lasted, and with the calm after it. */
  readonly beganMs: number;
  readonly floodMs: number;
  readonly totalMs: number;
}

/** Where each phase begins, ms since the flood began; and when its messages are sent. */
export interface Schedule {
  readonly phases: readonly { readonly phase: Phase; readonly fromMs: number; readonly toMs: number }[];
  readonly sends: readonly { readonly atMs: number; readonly phase: Phase }[];
}

/** Throws RangeError for a count that is not 1..1,000,000. */
export function runFlood(options: FloodOptions): FloodResult {
  const { count, schedule } = planned(options);
  const quiet = run(options, schedule, false);
  const flooded = run(options, schedule, true);
  return floodResult({ seed: options.seed, count, schedule, quiet, flooded });
}

/** The flood alone, without the same therapy beside it. Throws like `runFlood`. */
export function floodedRun(options: FloodOptions): Run {
  return run(options, planned(options).schedule, true);
}

function planned({ seed, count = COUNT_DEFAULT }: FloodOptions): { count: number; schedule: Schedule } {
  if (!Number.isInteger(count) || count < 1 || count > COUNT_MAX) {
    throw new RangeError(`flood: ${count} is not a whole number of 1..${COUNT_MAX}`);
  }
  return { count, schedule: scheduleOf(new Random(`${seed}/flood times`), count) };
}

function scheduleOf(random: Random, count: number): Schedule {
  const sends: { atMs: number; phase: Phase }[] = [];
  const phases: { phase: Phase; fromMs: number; toMs: number }[] = [];
  const perEvent = (BURST_ONE_IN - 1 + BURST) / BURST_ONE_IN;
  const gapMs = Math.round((2 * 1000 * perEvent) / RATE_PER_S);
  let atMs = 0;
  PHASES.forEach((phase, i) => {
    const fromMs = atMs;
    const until = Math.floor((count * (i + 1)) / PHASES.length);
    while (sends.length < until) {
      atMs += random.between(1, gapMs);
      const burst = random.chance(1, BURST_ONE_IN) ? BURST : 1;
      for (let k = 0; k < burst && sends.length < until; k++) sends.push({ atMs, phase });
    }
    phases.push({ phase, fromMs, toMs: atMs });
  });
  return { phases, sends };
}

function run(options: FloodOptions, schedule: Schedule, withFlood: boolean): Run {
  const { onProgress, seed } = options;
  const { bed, library } = therapy(options);
  const { pump, device } = bed;
  const random = new Random(`${seed}/flood`);
  const controller = new Controller(pump);
  const beganMs = controller.nowMs;
  const floodMs = schedule.sends.at(-1)!.atMs;
  const totalMs = floodMs + CALM_MS;
  const flash = watchFlash(device);
  const same = sameDose(bed);
  const traffic = new Traffic(bed, controller, random.fork("traffic"), same);
  const collector = new LogCollector(bed.issued.deviceId);
  const senders = genuine(bed, controller, random, traffic, collector, same);
  askOrders({ controller, senders, collector, pump }, random, beganMs, floodMs);
  if (withFlood) sendAll(controller, traffic, schedule, beganMs, onProgress);
  const stopsFailed: string[] = [];
  tryStops(schedule, random.fork("stops"), (ms) => {
    controller.urgent(beganMs + ms, "stop", () => {
      flash.paused = true;
      const tried = () => stopTried(bed);
      const failure = pump.meter === null ? tried() : pump.meter.apart(tried);
      flash.paused = false;
      if (failure !== null && failure !== "BUSY") stopsFailed.push(failure);
      return failure !== "BUSY";
    });
  });

  const endMs = beganMs + totalMs + 500;
  controller.haltAt(endMs);
  controller.run(endMs);
  const stopped = pump.panel("STOP");
  if (stopped.status !== STATUS.OK) stopsFailed.push(`at the end: ${statusName(stopped.status)}`);
  pump.runFor(2000);
  const { deliveredPl } = device.motor;
  const countedNl = pump.inspect().deliveredNl;
  const times = { floodMs, totalMs, beganMs };
  return {
    bed,
    library,
    controller,
    senders,
    traffic,
    collector,
    flash,
    stopsFailed,
    deliveredPl,
    countedNl,
    ...times,
  };
}

/** Counts calls of flash from now on, but those of a world that is put back. */
function watchFlash(device: Device): Run["flash"] & { paused: boolean } {
  const flash = { programs: 0, erases: 0, paused: false };
  device.hooks.push({
    after: ({ name }) => {
      if (flash.paused) return;
      if (name === "flashProgram") flash.programs++;
      if (name === "flashErase") flash.erases++;
    },
  });
  return flash;
}

function sendAll(
  controller: Controller,
  traffic: Traffic,
  { sends }: Schedule,
  beganMs: number,
  onProgress: FloodOptions["onProgress"],
): void {
  const hundredth = Math.ceil(sends.length / 100);
  sends.forEach(({ atMs, phase }, i) => {
    controller.events.schedule(beganMs + atMs, () => {
      traffic.send(phase);
      if ((i + 1) % hundredth === 0) onProgress?.(i + 1);
    });
  });
}

function tryStops({ phases }: Schedule, random: Random, tryAt: (ms: number) => void): void {
  for (const { fromMs, toMs } of phases) {
    for (let i = 0; i < STOP_TRIES_PER_PHASE; i++) tryAt(fromMs + random.below(Math.max(toMs - fromMs, 1)));
  }
}

/** A pump that infuses. */
function therapy({ seed, module, profile }: FloodOptions): { bed: Bed; library: CompiledLibrary } {
  const library = loadLibrary(exampleDirectory());
  const hospital = new Hospital({ seed: `flood ${seed}`, library, nowS: OPENED_S });
  const pump = profile === undefined ? {} : { pump: { profile } };
  const bed = Bed.ready({ name: `flood ${seed}`, hospital, library, module, ...pump });
  const patient = { token: patientToken("flood"), area: 1, weightG: 80_000, bsaCm2: 0 };
  permitted("associate", bed.associate(patient).status);
  permitted("start", bed.start(bed.drug(DRUG, 3), { dose: DOSE, vtbi: BAG }).status);
  // Budgets are whole again, and ticks stand on whole seconds.
  bed.pump.runFor(60_000);
  return { bed, library };
}

/** An order that is as real as any, and leaves the flow as it is. */
function sameDose(bed: Bed): CommandBody {
  const drug = bed.drug(DRUG, 3);
  return titrateBody({
    drug: bed.library.reference(drug.area, drug.drug, drug.variant),
    dose: parseDose(DOSE),
    patient: bed.patient,
    concentration: drug.concentration!,
    pumpClass: bed.issued.pumpClass,
  });
}

/** A prescriber on the network, another at a terminal beside the pump, and the log server on the serial port. */
function genuine(
  bed: Bed,
  controller: Controller,
  random: Random,
  traffic: Traffic,
  collector: LogCollector,
  same: CommandBody,
): Sender[] {
  const { prescriber, secondPrescriber, engineer } = bed.hospital.keys;
  let acknowledged = 0;
  const logAck = (): CommandBody => {
    const stream = (acknowledged++ % 2) as 0 | 1;
    return { kind: "log-ack", stream, acknowledged: Math.max(collector.last(stream), 1) };
  };
  const sender = (port: number, key: KeyPair, body: () => CommandBody): Sender =>
    new Sender({
      controller,
      bed,
      port,
      key,
      body,
      random: random.fork(`sender ${port}`),
      ...(port === PORT.NETWORK
        ? { onSent: (record: Uint8Array, session) => traffic.overhear(record, session) }
        : {}),
    });
  return [
    sender(PORT.PANEL, secondPrescriber, () => same),
    sender(PORT.NETWORK, prescriber, () => same),
    sender(PORT.SERIAL, engineer, logAck),
  ];
}

/** The log server reads what is new before it acknowledges what it has. */
function askOrders(
  run: Pick<Run, "controller" | "senders" | "collector"> & { readonly pump: Pump },
  random: Random,
  beganMs: number,
  floodMs: number,
): void {
  const { controller, senders, collector, pump } = run;
  senders.forEach((sender, port) => {
    const draws = random.fork(`orders ${port}`);
    for (
      let atMs = draws.below(ORDER_MS.max);
      atMs < floodMs;
      atMs += draws.between(ORDER_MS.min, ORDER_MS.max)
    ) {
      controller.events.schedule(beganMs + atMs, () => {
        if (port === PORT.SERIAL) controller.errand(() => collector.collect(pump));
        sender.ask();
      });
    }
  });
}

/** Presses STOP in a copy of the world, which is put back: null if the pump had stopped, else what it answered. */
function stopTried({ pump, device }: Bed): string | null {
  const { gate } = pump;
  const memory = new Uint8Array(gate.instance.memory.buffer);
  const kept = memory.slice();
  const saved = device.save();
  try {
    const { status } = gate.local({ action: LOCAL_ACTION.STOP });
    if (status !== STATUS.OK) return statusName(status);
    const { epoch, steps } = device.motor.report();
    const { grant } = gate.tick({ steps, stepEpoch: epoch, sensors: 0 });
    const idle = gate.inspect().state?.phase === PHASE.IDLE;
    return idle && grant?.generation === 0 ? null : "OK, but it did not stop";
  } finally {
    memory.set(kept);
    device.restore(saved);
  }
}

function permitted(what: string, status: number): void {
  if (status !== STATUS.OK) throw new Error(`the flood cannot begin: ${what} answered ${statusName(status)}`);
}
