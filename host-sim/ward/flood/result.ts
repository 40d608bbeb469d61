/** What came of a flood, as plain data, and whether every bound held. */
import { PORT } from "../../gate/names.js";
import { type LogVerdict, verifyPump } from "../collector.js";
import { verifyLog } from "../../log/verify.js";
import { namedRoot } from "../ward.js";
import type { Urgency } from "./controller.js";
import type { Run, Schedule } from "./flood.js";
import type { Asked, Sender } from "./sender.js";
import type { TechniqueResult } from "./traffic.js";

/** Genuine orders of one port, of the whole flood or of a phase. */
export interface PortResult {
  readonly port: number;
  readonly name: string;
  readonly orders: number;
  readonly accepted: number;
  /** Messages that it took, retries included. */
  readonly attempts: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly p99Slices: number;
  readonly maxSlices: number;
}

/** What was counted, and what it must not exceed. */
export interface Bounded {
  readonly count: number;
  readonly bound: number;
}

export interface PhaseResult {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** By port. */
  readonly ports: readonly PortResult[];
}

export interface FloodResult {
  readonly seed: string;
  readonly count: number;
  /** How long it lasted. */
  readonly floodMs: number;
  readonly techniques: readonly TechniqueResult[];
  readonly phases: readonly PhaseResult[];
  /** By port, over all phases; and the same without a flood. */
  readonly ports: readonly PortResult[];
  readonly quietPorts: readonly PortResult[];
  /** Every genuine order, in the order of their times, which count from the flood's beginning. */
  readonly asked: readonly Asked[];
  readonly ticks: Urgency;
  readonly stops: Urgency;
  /** Verifications spent on forgeries: network, serial, updates. */
  readonly verifications: readonly (Bounded & { readonly what: string })[];
  /** REFUSED records; and by how much the flood's run exceeds the quiet one in calls of flash. */
  readonly refusedRecords: Bounded;
  readonly extraPrograms: Bounded;
  readonly extraErases: Bounded;
  /** Refusals that the log tells of, and those that the gate gave. */
  readonly refusalsLogged: number;
  readonly refusalsGiven: number;
  readonly deliveredPl: bigint;
  readonly quietDeliveredPl: bigint;
  readonly countedNl: bigint;
  readonly log: LogVerdict;
  /** Permitted orders of which the log does not tell exactly once. */
  readonly missing: number;
  /** Why it is not as it must be; empty if it is. */
  readonly problems: readonly string[];
}

const PORT_NAMES: Readonly<Record<number, string>> = {
  [PORT.PANEL]: "terminal at the pump",
  [PORT.NETWORK]: "network, flooded",
  [PORT.SERIAL]: "serial, flooded a little",
};
/** SPEC 7, in seconds. */
const BUCKET = 8;
const TOKEN_S = 2;
const SLOT_S = 10;
const LANES_OF_PORT = 2;
const REFUSED_S = 60;
const REFUSED_PORTS = 4;
/** Nothing that cannot wait waits for more than the slice under way. */
export const SLICES_MAX = 1;
/** A port that nobody floods waits for one verification of each other inbox, at most 70 slices, and its own. */
export const ELSEWHERE_SLICES_MAX = 4 * 70;
/** A REFUSED with what belongs to it, padded: SPEC 8. */
const REFUSED_BYTES_MAX = 96;

export interface FloodRuns {
  readonly seed: string;
  readonly count: number;
  readonly schedule: Schedule;
  readonly quiet: Run;
  readonly flooded: Run;
}

export function floodResult({ seed, count, schedule, quiet, flooded }: FloodRuns): FloodResult {
  const { traffic, floodMs, beganMs, controller } = flooded;
  const log = logOf(flooded);
  const asked = flooded.senders.flatMap((sender) => sender.asked).sort((a, b) => a.atMs - b.atMs);
  const beginning = asked.map((it) => ({ ...it, atMs: it.atMs - beganMs }));
  const between =
    (fromMs: number, toMs: number) =>
    ({ atMs }: Asked) =>
      atMs >= fromMs && atMs < toMs;
  const { techniques } = traffic;
  const result = {
    seed,
    count,
    floodMs,
    techniques,
    phases: schedule.phases.map(({ phase, fromMs, toMs }) => ({
      name: phase.name,
      fromMs,
      toMs,
      ports: portResults(beginning.filter(between(fromMs, toMs))),
    })),
    ports: portResults(beginning),
    quietPorts: portResults(quiet.senders.flatMap((sender) => sender.asked)),
    asked: beginning,
    ticks: controller.waits.tick,
    stops: controller.waits.stop,
    verifications: verificationsOf(flooded),
    ...flashOf(quiet, flooded, log.refusedRecords),
    refusalsLogged: log.refusals,
    refusalsGiven:
      sumOf(techniques, ({ answers }) => refusalsIn(answers)) + sumOf(flooded.senders, (it) => it.refusals),
    deliveredPl: flooded.deliveredPl,
    quietDeliveredPl: quiet.deliveredPl,
    countedNl: flooded.countedNl,
    log: log.verdict,
    missing: log.missing,
  };
  return { ...result, problems: [...problemsOf(result), ...surprisesOf(flooded)] };
}

function sumOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}

/** Sessions that were opened, and repeats that were answered, are no refusals. */
function refusalsIn(answers: Readonly<Record<string, number>>): number {
  return Object.entries(answers).reduce((sum, [name, count]) => sum + (name === "OK" ? 0 : count), 0);
}

/** How the orders of each port fared. */
export function portResults(asked: readonly Asked[]): PortResult[] {
  return [PORT.PANEL, PORT.NETWORK, PORT.SERIAL].map((port) => {
    const mine = asked.filter((it) => it.port === port);
    const accepted = mine.filter(({ waitMs }) => waitMs !== null);
    const ms = accepted.map(({ waitMs }) => waitMs!).sort((a, b) => a - b);
    const slices = accepted.map(({ waitSlices }) => waitSlices).sort((a, b) => a - b);
    return {
      port,
      name: PORT_NAMES[port]!,
      orders: mine.length,
      accepted: accepted.length,
      attempts: mine.reduce((sum, { attempts }) => sum + attempts, 0),
      p50Ms: quantile(ms, 0.5),
      p99Ms: quantile(ms, 0.99),
      maxMs: quantile(ms, 1),
      p99Slices: quantile(slices, 0.99),
      maxSlices: quantile(slices, 1),
    };
  });
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

function verificationsOf({ traffic, floodMs }: Run): FloodResult["verifications"] {
  const lane = BUCKET + floodMs / 1000 / TOKEN_S;
  const slots = traffic.keysNamed * (1 + floodMs / 1000 / SLOT_S);
  const port = Math.floor(LANES_OF_PORT * (lane + slots));
  return [
    { what: "network", count: traffic.verified[PORT.NETWORK]!, bound: port },
    { what: "serial", count: traffic.verified[PORT.SERIAL]!, bound: port },
    { what: "updates", count: traffic.verified[3]!, bound: Math.floor(lane) },
  ];
}

function flashOf(quiet: Run, flooded: Run, refusedRecords: number) {
  const bound = REFUSED_PORTS * (Math.floor(flooded.totalMs / 1000 / REFUSED_S) + 1);
  const { segmentBytes } = { segmentBytes: flooded.bed.device.flash.geometry.sectorBytes };
  return {
    refusedRecords: { count: refusedRecords, bound },
    extraPrograms: { count: flooded.flash.programs - quiet.flash.programs, bound },
    extraErases: {
      count: flooded.flash.erases - quiet.flash.erases,
      bound: Math.ceil((bound * REFUSED_BYTES_MAX) / segmentBytes),
    },
  };
}

/** Reads the rest of the log, verifies it, and looks for what it must tell. */
function logOf(run: Run) {
  const { bed, collector, library, senders } = run;
  const roots = [namedRoot(bed.hospital)];
  const evidence = { issued: bed.issued, libraries: [library], roots, nonce: new Uint8Array(32).fill(0xf1) };
  const verdict = verifyPump(bed.pump, collector, evidence);
  const { records } = verifyLog(collector.export(), { logKey: bed.issued.logKey, libraries: [library] });
  const told = new Map<string, number>();
  let refusals = 0;
  let refusedRecords = 0;
  for (const { event, details } of records) {
    if (event === "DECISION") {
      const digest = String(details?.["digest"]);
      told.set(digest, (told.get(digest) ?? 0) + 1);
    }
    if (event === "REFUSED") {
      refusedRecords++;
      refusals += Number(details?.["count"]);
    }
  }
  const permitted = senders.flatMap((sender) => sender.permitted);
  const missing = permitted.filter((digest) => told.get(digest) !== 1).length;
  return { verdict, missing, refusals, refusedRecords };
}

/** What no bound is about, and yet must not be. */
function surprisesOf({ bed, senders, stopsFailed }: Run): string[] {
  const surprises = senders.flatMap((sender: Sender) => sender.surprises);
  const faults = bed.pump.journal.entries.filter(({ kind }) => kind === "fault");
  return [
    ...surprises.map((answer) => `a genuine order was answered ${answer}`),
    ...stopsFailed.map((answer) => `STOP answered ${answer}`),
    ...faults.map(({ text }) => `fault: ${text}`),
  ];
}

/** Every bound that did not hold. */
export function problemsOf(result: Omit<FloodResult, "problems">): string[] {
  const { ports, ticks, stops, verifications, log, techniques } = result;
  const exceeded = (what: string, { count, bound }: Bounded) =>
    count > bound ? [`${what}: ${count}, at most ${bound}`] : [];
  const late = (what: string, { count, slicesMax }: Urgency) => [
    ...(slicesMax > SLICES_MAX ? [`${what} waited for ${slicesMax} slices, at most ${SLICES_MAX}`] : []),
    ...(count === 0 ? [`${what} was never served`] : []),
  ];
  const elsewhere = ports.filter(({ port }) => port === PORT.PANEL);
  return [
    ...techniques.flatMap(({ technique, accepted }) =>
      exceeded(`accepted: ${technique}`, { count: accepted, bound: 0 }),
    ),
    ...late("a tick", ticks),
    ...late("STOP", stops),
    ...verifications.flatMap((it) => exceeded(`verifications of forgeries, ${it.what}`, it)),
    ...exceeded("records of refusals", result.refusedRecords),
    ...exceeded("flash programs that the flood caused", result.extraPrograms),
    ...exceeded("flash erases that the flood caused", result.extraErases),
    ...elsewhere.flatMap(({ name, orders, accepted, maxSlices }) => [
      ...(accepted < orders ? [`${name}: ${orders - accepted} of ${orders} orders not accepted`] : []),
      ...exceeded(`slices that an order waited, ${name}`, { count: maxSlices, bound: ELSEWHERE_SLICES_MAX }),
    ]),
    ...(result.deliveredPl === result.quietDeliveredPl
      ? []
      : [`${result.deliveredPl} pL delivered, ${result.quietDeliveredPl} without the flood`]),
    ...(result.countedNl * 1000n < result.deliveredPl ? ["the gate counted less than was delivered"] : []),
    ...log.faults.map((fault) => `log: ${fault}`),
    ...(result.refusalsLogged === result.refusalsGiven
      ? []
      : [`log: ${result.refusalsLogged} refusals told, ${result.refusalsGiven} given`]),
    ...(log.lost > 0 ? [`log: ${log.lost} records lost`] : []),
    ...(result.missing > 0 ? [`log: ${result.missing} permitted orders not told exactly once`] : []),
  ];
}
