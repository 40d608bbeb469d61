/**
 * A day of the ward, planned by fractions of its length so that a short day holds the same: care, slips, power losses, a library
 * update and a root rotation in the afternoon, attacks throughout. The seed decides when and which; the plan decides what.
 */
import { ALARM, PHASE } from "../gate/names.js";
import { parseDose } from "../authority/dose.js";
import * as acts from "./acts.js";
import type { Act } from "./acts.js";
import type { Ask, Bedside } from "./bedside.js";
import { stricterLibrary } from "./library-update.js";
import type { Ward } from "./ward.js";

/** A nurse passes every pump this often; the log server reads twice an hour. */
const ROUND_MS = 5 * 60_000;
const LOG_MS = 30 * 60_000;
/** Mean time between two attacks on one pump. */
const ATTACK_MS = 12 * 60_000;
const FLOODS = 3;

/** When things of the whole hospital happen, as fractions of the day. */
export const AFTERNOON = { staged: 0.55, enabled: 0.6, root: 0.64 } as const;

/** Fills the ward's queue. */
export function planDay(ward: Ward): void {
  const wholeMs = ward.hours * 3_600_000;
  const enableS = ward.openedS + Math.floor((AFTERNOON.enabled * wholeMs) / 1000);
  const next = stricterLibrary(
    ward.library,
    ward.openedS + Math.floor((AFTERNOON.staged * wholeMs) / 1000),
    enableS,
  );
  ward.updates.library = next;
  const manifest = ward.hospital.publishLibrary(next).bytes;
  ward.sides.forEach((side, index) => {
    planCare(ward, side, index, wholeMs);
    const at = (part: number, act: Act) => ward.at(part * wholeMs + index * 1000, side, act);
    at(AFTERNOON.staged, () => stageLibrary(ward, side, manifest));
    if (index % 2 === 0) at(AFTERNOON.enabled + 0.003, () => activate(ward, side));
    at(AFTERNOON.root, () => rotateRoot(ward, side));
    at(0.66, () => orderFromOldLibrary(ward, side));
    at(0.69, (it) => {
      const { keys } = ward.hospital;
      if (it.ready()) acts.titrateTo(it, it.care.doses[0]!, "KID_UNKNOWN", keys.secondPrescriber);
    });
    planExtra(ward, side, wholeMs);
    planAttacks(ward, side, wholeMs);
  });
  for (let atMs = ROUND_MS; atMs < wholeMs * 0.94; atMs += ROUND_MS) {
    for (const side of ward.sides) ward.at(atMs, side, round);
  }
  const every = Math.min(LOG_MS, wholeMs / 8);
  for (let atMs = every; atMs <= wholeMs; atMs += every) {
    for (const side of ward.sides) ward.at(atMs, side, (it) => it.readLog());
  }
}

/** The care of one pump. Its neighbours do the same at other minutes. */
function planCare(ward: Ward, side: Bedside, index: number, wholeMs: number): void {
  const { secondPrescriber } = ward.hospital.keys;
  // Norepinephrine runs above its soft limit while the stricter library arrives: what runs goes on.
  const concerned = side.care.drug === "NORepinephrine";
  const power = [acts.shortPowerLoss, acts.unknownPowerLoss, acts.powerLossWithinOrder];
  const plan: [number, Act][] = [
    [0.015, acts.associate],
    [0.025, acts.start(ward.hours * 0.27)],
    [0.07, acts.titrate(secondPrescriber)],
    [0.1, acts.titrateLocally],
    [0.13, acts.bolus],
    [0.17, acts.doseTooHigh],
    [0.2, acts.titrateOutside],
    [0.23, acts.titrate()],
    concerned ? [0.26, acts.titrateLocally] : [0.26, acts.override],
    [0.3, acts.back],
    [0.34, acts.pauseAndResume],
    [0.38, acts.reduceAndRestore],
    [0.42, acts.bolusTooLarge],
    [0.45, power[index % power.length]!],
    concerned ? [0.52, acts.override] : [0.52, acts.titrateLocally],
    [0.73, acts.titrateLocally],
    [0.76, acts.bolus],
    [0.79, power[(index + 1) % power.length]!],
    [0.82, acts.titrate()],
    [0.85, acts.stopAtPanel],
    [0.86, acts.start(ward.hours)],
    [0.9, acts.titrate()],
    [0.955, acts.stopAndLeave],
  ];
  if (index % 2 === 1) plan.push([0.48, acts.occlusion]);
  if (concerned) plan.push([0.71, doseOfTheMorning]);
  else plan.push([0.53, acts.back]);
  // Up to a hundredth of the day later, never so much that the order of the plan changes.
  for (const [part, act] of plan) {
    const laterMs = side.random.below(Math.max(1, Math.floor(wholeMs / 150)));
    ward.at(Math.floor(part * wholeMs) + laterMs, side, act);
  }
}

/** What else a patient needs, where it cannot come between a step of the plan and the next. */
function planExtra(ward: Ward, side: Bedside, wholeMs: number): void {
  const random = side.random.fork("extra");
  const wanted = [acts.titrate(), acts.titrateLocally, acts.bolus, acts.reduceAndRestore];
  for (const [from, to] of [
    [0.31, 0.44],
    [0.72, 0.84],
  ] as const) {
    for (let i = 0; i < ward.hours / 6; i++) {
      const atMs = random.between(Math.floor(wholeMs * from), Math.floor(wholeMs * to));
      ward.at(atMs, side, random.pick(wanted));
    }
  }
}

function planAttacks(ward: Ward, side: Bedside, wholeMs: number): void {
  const random = side.random.fork("attacks");
  const count = Math.max(8, Math.round(wholeMs / ATTACK_MS));
  for (let i = 0; i < count; i++) {
    const atMs = random.between(Math.floor(wholeMs * 0.03), Math.floor(wholeMs * 0.95));
    ward.at(atMs, side, (it) => ward.attacker.strike(it));
  }
  for (let i = 0; i < FLOODS; i++) {
    const atMs = random.between(Math.floor(wholeMs * 0.05), Math.floor(wholeMs * 0.95));
    ward.at(atMs, side, (it) => ward.attacker.flood(it));
  }
}

/** The nurse passes by. */
function round(side: Bedside): void {
  const { pump } = side.bed;
  if (pump.inspect().phase === PHASE.IDLE) return;
  if (((pump.grant?.alarms ?? 0) & ALARM.NEAR_END) !== 0) side.newBag("signed");
  side.keepRunning();
}

// --- the hospital's afternoon -----------------------------------------------------------------------------------

function stageLibrary(ward: Ward, side: Bedside, manifest: Uint8Array): void {
  const entries = ward.updates.library!.entries.map(({ bytes }) => bytes);
  const version = ward.updates.library!.header.version;
  const what = `library version ${version} installed, enabled later`;
  const ask: Ask = { actor: "pharmacy", kind: "library", what, expect: "OK" };
  side.deliver(ask, () => side.bed.pump.installLibrary(manifest, entries));
}

/** A nurse activates the library at the panel once its date has come. */
function activate(ward: Ward, side: Bedside): void {
  const { library } = ward.updates;
  const what = `activates library version ${library!.header.version}`;
  side.panel({ what, expect: "OK" }, "ACTIVATE_LIBRARY");
  side.limitsNow(library!);
}

/** A root document without the second prescriber. Its date moves the time floor past the library's enable date. */
function rotateRoot(ward: Ward, side: Bedside): void {
  const document = ward.nextRoot();
  const what = "root version 2 without the second prescriber's key";
  const ask: Ask = { actor: "pharmacy", kind: "trust", what, expect: "OK" };
  const before = side.bed.pump.inspect().activeVersion;
  side.deliver(ask, () => side.bed.pump.trustUpdate(document));
  side.bed.desk.open();
  const { library } = ward.updates;
  if (side.bed.pump.inspect().activeVersion === before) return;
  side.tell("world", "library", `library version ${library!.header.version} active by signed time`);
  side.limitsNow(library!);
}

/** A prescriber's terminal still shows the old library: refused, while what runs goes on; then it is brought up to date. */
function orderFromOldLibrary(ward: Ward, side: Bedside): void {
  const { bed, care } = side;
  if (!side.ready()) return;
  const higher = care.doses.find((dose) => parseDose(dose).value > side.dose) ?? care.hardDose;
  acts.titrateTo(side, higher, "LIBRARY_REFERENCE");
  bed.library = ward.updates.library!;
  bed.desk.library = bed.library;
  bed.pump.runFor(60_000);
  acts.titrateTo(side, care.doses[1]!, "OK");
}

/** What was an override in the morning is beyond the hard limit of the new library. */
function doseOfTheMorning(side: Bedside): void {
  if (side.ready()) acts.titrateTo(side, side.care.softDose, "LIMIT_HARD");
}
