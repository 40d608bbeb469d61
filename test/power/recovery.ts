/** What must hold when the power comes back, whatever step it went in. */
import { toHex } from "../../host-sim/authority/bytes.js";
import type { Device } from "../../host-sim/device/device.js";
import { alarmNames, PHASE, phaseName, STATE_FLAG } from "../../host-sim/gate/names.js";
import type { State } from "../../host-sim/gate/records.js";
import { STATUS, statusName } from "../../host-sim/gate/status.js";
import type { ExportPage } from "../../host-sim/log/export.js";
import { recordAt } from "../../host-sim/log/record.js";
import { verifyLog } from "../../host-sim/log/verify.js";
import { Pump } from "../../host-sim/pump/pump.js";
import { Desk } from "../../host-sim/ward/desk.js";
import type { CutPoint, Moment } from "./cut-points.js";
import { ToldState } from "./log-state.js";
import type { Scenario } from "./scenario.js";

/** Something that a power cut may not do. */
export class Broken extends Error {
  override readonly name = "Broken";
}

export function claim(holds: boolean, what: string): void {
  if (!holds) throw new Broken(what);
}

/** How long the power stays off. */
export const OFF_MS = 2_000;

/** Powers a device on again that has lost its power; the pump's first seconds included. */
export function powerOn(device: Device, scenario: Scenario): { pump: Pump; status: number } {
  const pump = new Pump({ module: scenario.module, device, sampleEveryMs: 0 });
  const status = pump.powerOn({ offMs: OFF_MS });
  return { pump, status };
}

/** What is expected: the state before the call that was cut, the one after it, or, acknowledged, only the one after it. */
export type Expected = "before or after" | "after";

/** Boots and holds what it finds against the call that was cut. Throws Broken. Returns the pump, in service. */
export function recover(
  scenario: Scenario,
  point: CutPoint,
  expected: Expected = "before or after",
): Pump | null {
  const { device } = scenario;
  const { pump, status } = powerOn(device, scenario);
  const { before, after } = point;
  // What the call had not yet answered may be missing; what came before it, or an answer that was given, may not.
  const acknowledged = expected === "after" ? after : before;
  if (status === STATUS.NOT_PROVISIONED) {
    claim(!isProvisioned(acknowledged.state), "the device forgot that it was provisioned");
    claim(device.counter.value === 0, "an empty device whose counter moved");
    claim(pump.provision(scenario.bed.issued.block).status === STATUS.OK, "it cannot be provisioned again");
    return null;
  }
  claim(status === STATUS.OK, `boot answers ${statusName(status)}`);
  const fault = pump.journal.entries.find((entry) => entry.kind === "fault");
  claim(fault === undefined, `after the boot: ${fault?.text}`);
  const found = pump.inspect();
  checkService(device, pump, found);
  checkNeverBack(device, acknowledged.state, found);
  checkState(point, found, expected);
  checkVolumes(device, before, after, found);
  checkReserved(point, found, expected);
  checkLog(scenario, pump, acknowledged.state, found);
  return pump;
}

function isProvisioned(state: State | null): boolean {
  return state !== null && (state.flags & STATE_FLAG.PROVISIONED) !== 0;
}

/** In service, paused if anything, and nothing moves. */
function checkService(device: Device, pump: Pump, found: State): void {
  claim((found.flags & STATE_FLAG.TAMPERED) === 0, "TAMPERED, though only the power went");
  claim((found.flags & (STATE_FLAG.OPENING | STATE_FLAG.DEGRADED)) === 0, `flags ${found.flags}`);
  claim(found.phase !== PHASE.RUNNING, "the program runs after a boot");
  claim(pump.tick() === null && !device.motor.running, "a grant without anybody's leave");
  claim(pump.openSession(1).status === STATUS.OK, "no session can be opened");
}

/** Counters, sequences and boots never fall, and the hardware counter is in step. */
function checkNeverBack(device: Device, was: State | null, found: State): void {
  claim(found.counter === device.counter.value, `counter ${found.counter}, hardware ${device.counter.value}`);
  if (was === null || !isProvisioned(was)) return;
  claim(found.counter >= was.counter, `the counter fell from ${was.counter} to ${found.counter}`);
  claim(found.boot > was.boot, `boot ${found.boot} after boot ${was.boot}`);
  claim(found.decisionsNextSequence >= was.decisionsNextSequence, "the decisions' sequence fell");
  claim(found.meterNextSequence >= was.meterNextSequence, "the meter's sequence fell");
}

/** What a boot must leave as it was, by name; a running program pauses, a bolus is dropped (SPEC 6.1). */
function kept(state: State | null): Record<string, string | number | bigint> {
  if (state === null || !isProvisioned(state)) return {};
  const phase = state.phase === PHASE.RUNNING ? PHASE.PAUSED : state.phase;
  return {
    "root version": state.rootVersion,
    "active library": `${state.activeEpoch}/${state.activeVersion}`,
    "next library": `${state.nextEpoch}/${state.nextVersion}`,
    floor: state.floorS,
    revoked: state.flags & STATE_FLAG.REVOKED,
    associated: state.flags & STATE_FLAG.ASSOCIATED,
    patient: toHex(state.patientToken),
    area: state.area,
    weight: state.weightG,
    surface: state.bsaCm2,
    phase: phaseName(phase) ?? phase,
    generation: state.generation,
    rate: state.rateNlPerH,
    "permitted rate": state.permittedRateNlPerH,
    VTBI: state.vtbiNl,
    total: state.totalNl,
    alarms: alarmNames(state.alarms).join(),
  };
}

/** Records that the call wrote in its clean run. */
export function recordsOf({ before, after }: CutPoint): number {
  const from = before.state;
  const to = after.state!;
  if (from === null) return to.decisionsNextSequence + to.meterNextSequence;
  return (
    to.decisionsNextSequence - from.decisionsNextSequence + (to.meterNextSequence - from.meterNextSequence)
  );
}

/** The state before or the one after; a call of several records may have ended between them, field by field. */
function checkState(point: CutPoint, found: State, expected: Expected): void {
  const have = kept(found);
  const after = kept(point.after.state);
  const before = expected === "after" ? after : kept(point.before.state);
  const names = Object.keys(have);
  const unlike = (other: typeof have): string[] => names.filter((name) => have[name] !== other[name]);
  const mixed = recordsOf(point) > 1;
  const strange = mixed
    ? unlike(before).filter((name) => unlike(after).includes(name))
    : unlike(before).length === 0
      ? []
      : unlike(after);
  const first = strange[0];
  if (first === undefined) return;
  const words = `${String(before[first])} before, ${String(after[first])} after, now ${String(have[first])}`;
  throw new Broken(`${strange.join(", ")} neither before nor after: ${first} ${words}`);
}

/** The gate counts all that left the pump, and no more than it had reserved. */
function checkVolumes(device: Device, before: Moment, after: Moment, found: State): void {
  const moment = found.generation === after.state?.generation ? after : before;
  const truthPl = device.motor.deliveredPl - moment.programBasePl;
  const counted = found.deliveredNl * 1000n;
  claim(counted >= truthPl, `${truthPl} pL left the pump, ${counted} pL are counted`);
  claim(found.deliveredNl === found.reservedNl, "what was reserved is not what is counted");
  claim(found.uncertainNl <= found.deliveredNl, "more is uncertain than delivered");
}

/** What all boluses of a story give, at most, and two motor steps, each rounded up: nL. */
const BOLUSES_NL = 500_000n;
const TWO_STEPS_NL = 202n;

/** The reservation before or after; where its record was torn, before and the largest one that it can have held (SPEC 6.2). */
function checkReserved({ before, after }: CutPoint, found: State, expected: Expected): void {
  const was = found.generation === before.state?.generation ? before.state.reservedNl : 0n;
  const is = found.generation === after.state?.generation ? after.state.reservedNl : was;
  if (found.reservedNl === is || (expected !== "after" && found.reservedNl === was)) return;
  const rates = [before.state, after.state].map((state) => state?.rateNlPerH ?? 0n);
  const most = (rates[0]! > rates[1]! ? rates[0]! : rates[1]!) / 60n + TWO_STEPS_NL + BOLUSES_NL;
  const torn = expected !== "after" && found.reservedNl > was && found.reservedNl <= was + most;
  claim(torn, `reserved ${was} before, ${is} after, now ${found.reservedNl} nL`);
}

/** Both streams verify, tell the state that is found, and hold every record acknowledged by then, bit by bit. */
function checkLog(scenario: Scenario, pump: Pump, was: State | null, found: State): void {
  const streams = [pagesOf(pump, 0), pagesOf(pump, 1)] as const;
  const { deviceId, logKey } = scenario.bed.issued;
  const report = verifyLog({ deviceId, streams }, { logKey, libraries: scenario.libraries });
  const fault = report.faults[0];
  claim(fault === undefined, `log record ${fault?.sequence} of stream ${fault?.stream}: ${fault?.message}`);
  claim(report.streams[0].nextSequence === found.decisionsNextSequence, "a decision is not in the log");
  claim(report.streams[1].nextSequence === found.meterNextSequence, "a meter record is not in the log");
  const differences = new ToldState(report.records).differences(found);
  claim(differences.length === 0, `the log tells another ${differences.join(", ")}`);
  if (was === null) return;
  const ends = [was.decisionsNextSequence, was.meterNextSequence];
  streams.forEach((pages, stream) => {
    const records = bytesOf(pages);
    for (const [sequence, bytes] of scenario.records[stream]!) {
      if (sequence >= ends[stream]!) continue;
      claim(records.get(sequence) === bytes, `record ${sequence} of stream ${stream} was lost or changed`);
    }
  });
}

/** Service goes on: a program is taken up and stopped, an idle pump judges a command; and the account still holds. */
export function goOn(scenario: Scenario, point: CutPoint, pump: Pump): void {
  const { device, bed } = scenario;
  const { phase } = pump.inspect();
  if (phase === PHASE.PAUSED) {
    const { status } = pump.panel("RESTORE", { patientToken: bed.patient.token });
    // What was reserved may be all that was left of the bag: then only a new one takes the program up.
    const wanted = pump.journal.samples.at(-1)?.bagLeftNl === 0n ? STATUS.PHASE : STATUS.OK;
    claim(status === wanted, `RESTORE answers ${statusName(status)}`);
    pump.runFor(6_000);
  }
  if (phase === PHASE.IDLE) {
    const desk = new Desk({ pump, deviceId: bed.issued.deviceId, library: bed.library });
    const token = new Uint8Array(16);
    const { status } = desk.send(bed.hospital.keys.nurse, token, token, { kind: "stop" });
    claim(status === STATUS.PHASE, `a stop of an idle pump answers ${statusName(status)}`);
  } else {
    const { status } = pump.panel("STOP");
    claim(status === STATUS.OK, `STOP answers ${statusName(status)}`);
    pump.runFor(2_000); // what was really delivered is written
  }
  const found = pump.inspect();
  checkVolumes(device, point.before, point.after, found);
  checkLog(scenario, pump, point.before.state, found);
}

export function pagesOf(pump: Pump, stream: number): ExportPage[] {
  return [...pump.gate.logPages(stream)];
}

/** Records by sequence, as hex. */
export function bytesOf(pages: readonly ExportPage[]): Map<number, string> {
  const found = new Map<number, string>();
  for (const { records } of pages) {
    for (let offset = 0; offset < records.length;) {
      const record = recordAt(records, offset);
      if (record === undefined) break;
      found.set(record.sequence, toHex(records.subarray(offset, offset + record.length)));
      offset += record.length;
    }
  }
  return found;
}
