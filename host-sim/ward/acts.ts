/** What people do at one pump, what the mains does to it, and what the gate should answer. */
import { parseDose } from "../authority/dose.js";
import type { KeyPair } from "../authority/keys.js";
import { FLAG_APPROVAL } from "../authority/library/model.js";
import { rateStepNlPerH } from "../authority/rate.js";
import { PowerCut } from "../device/errors.js";
import { PHASE, SENSOR } from "../gate/names.js";
import { STATUS } from "../gate/status.js";
import { type Ask, type Bedside } from "./bedside.js";

export type Act = (side: Bedside) => void;

/** A dose that soft limits stop is asked for by this reason code; its meaning is the hospital's. */
const REASON_CODE = 3;
const BAGS_IN_ORDER = 20;
const INTERVAL_S = 60;
const ML = 1_000_000;

export const associate: Act = (side) => {
  const ask: Ask = { actor: "nurse", kind: "associate", what: "associates the patient", expect: "OK" };
  side.ask(ask, () => side.bed.associate(side.patient));
};

/** Starts with the case's first dose. `firstBagH`: how long the first bag lasts at that rate, so that bags end in a short day too. */
export function start(firstBagH: number): Act {
  return (side) => {
    const { bed, care, drug } = side;
    const dose = care.doses[0]!;
    const { rateNlPerH } = bed.startBody(drug, { dose, vtbi: care.bag });
    const fullNl = parseDose(care.bag).value;
    const vtbi = `${Math.max(Math.min(fullNl, Math.floor(rateNlPerH * firstBagH)) / ML, 1).toFixed(1)} mL`;
    const total = `${(BAGS_IN_ORDER * fullNl) / ML} mL`;
    const range = { ...care.range, intervalS: INTERVAL_S };
    const what = `starts ${drug.name} at ${dose}`;
    const ask: Ask = { actor: "prescriber", kind: "start", what, expect: "OK", dose: parseDose(dose).value };
    side.ask(ask, () => bed.start(drug, { dose, vtbi, total, range }));
  };
}

/** A signed titration to another dose within the soft limits. */
export function titrate(key?: KeyPair): Act {
  return (side) => {
    if (!side.ready()) return;
    const others = side.care.doses.filter((dose) => parseDose(dose).value !== side.dose);
    titrateTo(side, side.random.pick(others), "OK", key);
  };
}

export function titrateTo(side: Bedside, dose: string, expect: Ask["expect"], key?: KeyPair) {
  const ask: Ask = {
    actor: "prescriber",
    kind: "titrate",
    what: `titrates to ${dose}`,
    expect,
    dose: parseDose(dose).value,
  };
  return side.ask(ask, () => side.bed.titrate(dose, key === undefined ? {} : { key }));
}

/** A nurse's titration inside the signed range, by one step. */
export const titrateLocally: Act = (side) => {
  if (!side.ready()) return;
  const { range } = side.care;
  const [min, max, step] = [range.min, range.max, range.step].map((text) => parseDose(text).value) as [
    number,
    number,
    number,
  ];
  if (side.dose < min || side.dose > max) return;
  // The signed interval between two steps.
  side.bed.pump.runFor(INTERVAL_S * 1000);
  const dose = side.dose + step <= max && side.random.chance(1, 2) ? side.dose + step : side.dose - step;
  if (dose < min) return;
  const what = `titrates at the panel to ${written(side, dose)}`;
  side.panel({ what, expect: "OK", dose }, "TITRATE", { value: BigInt(dose) });
};

/** The same beyond the signed range. */
export const titrateOutside: Act = (side) => {
  if (!side.ready()) return;
  const dose = parseDose(side.care.softDose).value;
  const what = `titrates at the panel to ${written(side, dose)}, beyond the signed range`;
  side.panel({ what, expect: "RANGE" }, "TITRATE", { value: BigInt(dose) });
};

export const bolus: Act = (side) => {
  const { bolus: wanted } = side.care;
  if (wanted === undefined || !side.ready()) return;
  const what = `bolus of ${wanted.dose} at ${wanted.rate}`;
  const ask: Ask = { actor: "prescriber", kind: "bolus", what, expect: "OK" };
  side.ask(ask, () => side.bed.bolus(wanted.dose, wanted.rate));
};

export const bolusTooLarge: Act = (side) => {
  const { bolus: wanted } = side.care;
  if (wanted === undefined || !side.ready()) return;
  const what = `bolus of ${wanted.hard}`;
  const ask: Ask = { actor: "prescriber", kind: "bolus", what, expect: wanted.hardReason };
  side.ask(ask, () => side.bed.bolus(wanted.hard, wanted.rate));
};

/** A slip of the hand: above the hard maximum. */
export const doseTooHigh: Act = (side) => {
  if (side.ready()) titrateTo(side, side.care.hardDose, side.care.hardReason);
};

/** Above a soft limit: somebody answers for it, as the library's entry demands. */
export const override: Act = (side) => {
  const { bed, care, drug } = side;
  if (!side.ready()) return;
  const waiting = titrateTo(side, care.softDose, "LIMIT_SOFT");
  const dose = parseDose(care.softDose).value;
  if (waiting.status !== STATUS.LIMIT_SOFT || waiting.verdict === null) return;
  const panel = { mask: waiting.verdict.softMask, reasonCode: REASON_CODE };
  if (care.softAnswer === "panel") {
    side.panel({ what: `overrides for ${care.softDose}`, expect: "OK", dose }, "OVERRIDE", panel);
    return;
  }
  if ((drug.flags & FLAG_APPROVAL) !== 0) {
    side.panel({ what: "overrides without a signature", expect: "OVERRIDE_NOT_ALLOWED" }, "OVERRIDE", panel);
  }
  const what = `approves ${care.softDose}`;
  const ask: Ask = { actor: "supervisor", kind: "approval", what, expect: "OK", dose };
  side.ask(ask, () => bed.approve(waiting, REASON_CODE));
};

/** Back to the case's first dose. */
export const back: Act = (side) => {
  if (side.ready()) titrateTo(side, side.care.doses[0]!, "OK");
};

/** A signed pause, and a signed resumption some minutes later. */
export const pauseAndResume: Act = (side) => {
  if (!side.ready()) return;
  signed(side, "pauses", () => side.bed.command({ kind: "pause" }));
  side.bed.pump.runFor(side.random.between(2, 14) * 60_000);
  signed(side, "resumes", () => side.bed.command({ kind: "resume" }));
};

/** Lower for a while, at the panel, and back. */
export const reduceAndRestore: Act = (side) => {
  if (!side.ready()) return;
  const { pump, issued } = side.bed;
  const wanted = Math.floor((Number(pump.inspect().rateNlPerH) * 7) / 10);
  const step = rateStepNlPerH(issued.pumpClass, wanted);
  const value = BigInt(Math.floor(wanted / step) * step);
  side.panel({ what: "reduces the rate", expect: "OK" }, "REDUCE", { value });
  pump.runFor(side.random.between(3, 12) * 60_000);
  if (pump.inspect().phase === PHASE.RUNNING) {
    side.panel({ what: "restores the rate", expect: "OK" }, "RESTORE");
  } else side.keepRunning(); // the bag ended meanwhile
};

/** The line is pinched off; the alarm pauses the program, and a nurse answers it. */
export const occlusion: Act = (side) => {
  if (!side.ready()) return;
  const { pump } = side.bed;
  side.tell("world", "alarm", "the line is occluded");
  pump.setSensor(SENSOR.OCCLUSION, true);
  pump.runFor(side.random.between(20, 120) * 1000);
  pump.setSensor(SENSOR.OCCLUSION, false);
  pump.runFor(2000);
  side.keepRunning();
};

// --- power ------------------------------------------------------------------------------------------------------

/** The mains fails for less than a minute and the pump knows for how long: the nurse resumes at the panel. */
export const shortPowerLoss: Act = (side) => {
  const offMs = side.random.between(5, 50) * 1000;
  side.tell("world", "power", `power lost for ${offMs / 1000} s`);
  side.bed.pump.powerCycle({ offMs }, { offMs });
  afterBoot(side);
  side.keepRunning();
};

/** Nobody knows how long the pump was off: only a signed order resumes it. */
export const unknownPowerLoss: Act = (side) => {
  const offMs = side.random.between(4, 20) * 60_000;
  // A bag that has just ended, or KVO after it, would need a new bag before anybody could resume.
  const running = side.keepRunning();
  side.tell("world", "power", `power lost, for how long is unknown to the pump`);
  side.bed.pump.powerCycle({ offMs });
  afterBoot(side);
  if (!running) return;
  const { token } = side.patient;
  const what = "resumes at the panel";
  side.panel({ what, expect: "RESUME_TOO_LATE" }, "RESTORE", { patientToken: token });
  signed(side, "resumes", () => side.bed.command({ kind: "resume" }));
};

/** The mains fails while the pump writes an order to its flash. */
export const powerLossWithinOrder: Act = (side) => {
  if (!side.ready()) return;
  const { bed, care } = side;
  const dose = care.doses.find((text) => parseDose(text).value !== side.dose)!;
  const cut = bed.device.flash;
  let writes = side.random.between(0, 6);
  const hook = {
    before: ({ name }: { readonly name: string }) => {
      if (name === "flashProgram" && writes-- === 0) bed.device.cutPower("while an order was written");
    },
  };
  bed.device.hooks.push(hook);
  try {
    titrateTo(side, dose, "OK");
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error;
  } finally {
    bed.device.hooks.splice(bed.device.hooks.indexOf(hook), 1);
  }
  const within = cut.powered ? "" : ", while it wrote an order";
  side.tell("world", "power", `power lost for 30 s${within}`);
  bed.pump.powerCycle({ offMs: 30_000 }, { offMs: 30_000 });
  afterBoot(side);
  side.keepRunning();
  // What the pump made of the order nobody can know from outside: it is given again.
  titrateTo(side, dose, "OK");
};

/** Challenges do not survive a boot. */
function afterBoot(side: Bedside): void {
  side.bed.desk.open();
}

// --- the end ----------------------------------------------------------------------------------------------------

export const stopAtPanel: Act = (side) => {
  side.panel({ what: "stops the infusion", expect: ["OK", "PHASE"] }, "STOP");
  settleVolume(side);
};

export const stopAndLeave: Act = (side) => {
  if (side.bed.pump.inspect().phase !== PHASE.IDLE) {
    signed(side, "stops the infusion", () => side.bed.command({ kind: "stop" }));
  }
  settleVolume(side);
  const ask: Ask = { actor: "nurse", kind: "associate", what: "disassociates the patient", expect: "OK" };
  side.ask(ask, () => side.bed.command({ kind: "disassociate" }));
};

/** A tick lets the gate write what was really delivered; then both counts of the program are final. */
function settleVolume(side: Bedside): void {
  side.bed.pump.runFor(2000);
  side.volume.check();
}

function signed(side: Bedside, what: string, send: () => ReturnType<Bedside["bed"]["command"]>): void {
  side.ask({ actor: "nurse", kind: "bedside", what: `${what}, signed`, expect: "OK" }, send);
}

function written(side: Bedside, dose: number): string {
  return `${+(dose / side.baseUnitsPerUnit).toPrecision(6)} ${side.unit}`;
}
