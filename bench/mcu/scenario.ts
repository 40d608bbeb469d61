/** What is measured: the lives of pumps, recorded chapter by chapter on the host with the module that ships. */
import { readFileSync } from "node:fs";
import type { CompiledLibrary } from "../../host-sim/authority/library/compile.js";
import { DEFAULT_GEOMETRY } from "../../host-sim/device/device.js";
import { Gate } from "../../host-sim/gate/gate.js";

import { BOOT_CAUSE, LOCAL_ACTION, SENSOR } from "../../host-sim/gate/names.js";
import { describeStatus, STATUS, statusName } from "../../host-sim/gate/status.js";
import { Bed, patientToken } from "../../host-sim/ward/bed.js";
import { Hospital } from "../../host-sim/ward/hospital.js";
import { libraryOf, meanBytes, NOW_S, ORDERED } from "./library.js";
import { RELEASE_WASM } from "./paths.js";
import { type Tape, TapeRecorder } from "./tape.js";

const PATIENT = { token: patientToken("measured"), weightG: 70_000, bsaCm2: 18_000, area: ORDERED.area };
/** What a slice is taken to last on the recorded clock. */
const SLICE_US = 5000;
/** A storage that has not opened after so many slices never does. */
const SLICES_MAX = 10_000;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

/** How many entries the installed libraries have; the whole is 1,200. */
export interface Extent {
  readonly entries: number;
  readonly entriesFull: number;
  /** Minutes of delivery. */
  readonly minutes: number;
}
export const QUICK: Extent = { entries: 100, entriesFull: 40, minutes: 10 };
export const WHOLE: Extent = { entries: 1200, entriesFull: 1200, minutes: 90 };

interface Recorded {
  readonly module: WebAssembly.Module;
  readonly bed: Bed;
  readonly tape: TapeRecorder;
}

/** A pump whose every call is recorded, still blank. */
function recorded(name: string, library: CompiledLibrary): Recorded {
  const wasm = new Uint8Array(readFileSync(RELEASE_WASM));
  const tape = new TapeRecorder(wasm, DEFAULT_GEOMETRY);
  const hospital = new Hospital({ seed: "mcu", library, nowS: NOW_S });
  const module = new WebAssembly.Module(wasm);
  return { bed: new Bed({ name, hospital, library, module, pump: { observer: tape } }), tape, module };
}

/** Everything a pump does, from the workshop to its end; its library is of typical entries. */
export function life(extent: Extent): Tape {
  const library = libraryOf(extent.entries, "typical");
  const { bed, tape } = recorded("life", library);
  const { pump } = bed;
  tape.chapter("boot/blank");
  expect("boot", pump.powerOn(), STATUS.NOT_PROVISIONED);
  tape.chapter("provision");
  done("provision", pump.provision(bed.issued.block));
  tape.chapter(`install/typical/${Math.round(meanBytes(library))}`);
  done("install", bed.install(library));
  order(bed, tape);
  tape.chapter("tick");
  pump.runFor(extent.minutes * MINUTE_MS);
  panel(bed, tape);
  service(bed, tape);
  tape.chapter("trust-update");
  const { root } = bed.hospital;
  done(
    "trust update",
    pump.trustUpdate(bed.hospital.publishRoot({ ...root, version: 2, issuedS: NOW_S + 1 }).bytes),
  );
  tape.chapter("decommission");
  const { counter } = pump.inspect();
  done("decommission", pump.decommission(bed.hospital.decommission(bed.issued.deviceId, counter).bytes));
  return tape.tape("life");
}

/** One patient: an order by a key not yet prepared, what idle slices make of it, and more orders by the same key. */
function order(bed: Bed, tape: TapeRecorder): void {
  const { pump, desk } = bed;
  tape.chapter("session");
  desk.open();
  tape.chapter("associate");
  done("associate", bed.associate(PATIENT));
  const drug = bed.drug(ORDERED.name);
  tape.chapter("dose/unprepared");
  done("start", bed.start(drug, { dose: "5 mg/h", vtbi: "100 mL", total: "500 mL" }));
  tape.chapter("background");
  idle(pump.gate, bed);
  pump.runFor(5 * SECOND_MS);
  tape.chapter("dose/prepared");
  done("titrate", bed.titrate("6 mg/h"));
  tape.chapter("dose-bolus/prepared");
  done("bolus", bed.bolus("2 mg", "60 mL/h"));
  tape.chapter("dose-override/prepared");
  const waiting = bed.titrate("450 mg/h");
  expect("a dose above the soft maximum", waiting.status, STATUS.LIMIT_SOFT);
  tape.chapter("approve");
  done("approve", bed.approve(waiting));
  tape.chapter("dose-reduction/prepared");
  done("titrate downward", bed.titrate("6 mg/h"));
  tape.chapter("background");
  idle(pump.gate, bed);
}

/** What people do at the panel, and reading the state. */
function panel(bed: Bed, tape: TapeRecorder): void {
  const { pump } = bed;
  const act = (name: Parameters<typeof pump.panel>[0], value?: bigint) => {
    tape.chapter(`local/${name}`);
    done(name, pump.panel(name, value === undefined ? {} : { value }));
  };
  act("REDUCE", 3_000_000n);
  act("PAUSE");
  act("RESTORE");
  tape.chapter("inspect");
  pump.inspect();
  act("STOP");
}

/** What the service port does. */
function service(bed: Bed, tape: TapeRecorder): void {
  const { pump } = bed;
  tape.chapter("attest");
  done("attest", pump.attest(new Uint8Array(32).fill(0x5a)));
  for (const stream of [0, 1]) {
    tape.chapter(`log-read/${stream}`);
    if ([...pump.gate.logPages(stream)].length === 0) throw new Error(`the log of stream ${stream} is empty`);
  }
}

/** Entries as large as they may be: their install, and an order by one of them. */
export function fullEntries(extent: Extent): Tape {
  const library = libraryOf(extent.entriesFull, "full");
  const { bed, tape } = recorded("full entries", library);
  tape.running = false;
  bed.pump.powerOn();
  done("provision", bed.pump.provision(bed.issued.block));
  tape.running = true;
  tape.chapter("boot/empty");
  bed.pump.powerCycle();
  tape.chapter(`install/full/${Math.round(meanBytes(library))}`);
  done("install", bed.install(library));
  tape.chapter("associate");
  done("associate", bed.associate(PATIENT));
  tape.chapter("dose-full/unprepared");
  done("start", bed.start(bed.drug(ORDERED.name), { dose: "5 mg/h", vtbi: "100 mL", total: "500 mL" }));
  tape.chapter("background");
  idle(bed.pump.gate, bed);
  tape.chapter("dose-full/prepared");
  done("titrate", bed.titrate("6 mg/h"));
  return tape.tape("full entries");
}

/** The other ways of giving a drug, and what happens in them: demands, alarms, steps, an interruption, the ends of bags. */
export function therapies(): Tape {
  const library = libraryOf(20, "full");
  const { bed, tape } = recorded("therapies", library);
  const { pump } = bed;
  tape.running = false;
  pump.powerOn();
  done("provision", pump.provision(bed.issued.block));
  done("install", bed.install(library));
  tape.running = true;
  tape.chapter("boot/library");
  pump.powerCycle();
  tape.chapter("associate");
  bed.desk.open();
  done("associate", bed.associate(PATIENT));
  tape.chapter("therapy");
  demands(bed);
  alarms(bed);
  steps(bed);
  return tape.tape("therapies");
}

/** PCA with a loading dose and a basal rate. */
function demands(bed: Bed): void {
  const { pump } = bed;
  const dose = { dose: "1 mg", rate: "60 mL/h" };
  const order = { demand: { ...dose, lockoutS: 120 }, loading: dose, basal: "1 mg/h", vtbi: "50 mL" };
  done("PCA", bed.startPca(bed.drug(ORDERED.name), order));
  idle(pump.gate, bed);
  for (let demand = 0; demand < 3; demand++) {
    pump.runFor(6 * MINUTE_MS);
    done("demand", pump.panel("DEMAND"));
    expect("demand within the lockout", pump.panel("DEMAND").status, STATUS.BOLUS_ACTIVE);
  }
  pump.runFor(6 * MINUTE_MS);
}

/** An occlusion in mid-program, and the way back. */
function alarms(bed: Bed): void {
  const { pump } = bed;
  pump.setSensor(SENSOR.OCCLUSION, true);
  pump.runFor(10 * SECOND_MS);
  pump.setSensor(SENSOR.OCCLUSION, false);
  pump.runFor(SECOND_MS);
  done("restore", pump.panel("RESTORE"));
  pump.runFor(MINUTE_MS);
  done("stop", pump.panel("STOP"));
}

/** A program of nine steps, to the end of its bag and beyond it. */
function steps(bed: Bed): void {
  const { pump } = bed;
  const later = Array.from({ length: 8 }, (_, i) => ({ after: "0.5 mL", dose: `${20 + i} mg/h` }));
  done("steps", bed.start(bed.drug(ORDERED.name), { dose: "19 mg/h", vtbi: "5 mL", steps: later }));
  idle(pump.gate, bed);
  pump.runFor(25 * MINUTE_MS);
}

/** The boot of a pump that was running, after so many events: the log is a ring, which `events` fills or does not. */
export function boot(name: string, events: number): Tape {
  const library = libraryOf(20, "typical");
  const { bed, tape, module } = recorded(`boot ${name}`, library);
  const { pump } = bed;
  tape.running = false;
  pump.powerOn();
  done("provision", pump.provision(bed.issued.block));
  done("install", bed.install(library));
  done("associate", bed.associate(PATIENT));
  done("start", bed.start(bed.drug(ORDERED.name), { dose: "5 mg/h", vtbi: "900 mL", total: "900 mL" }));
  for (let i = 0; i < events; i++) {
    done("pause", pump.panel("PAUSE"));
    done("restore", pump.panel("RESTORE"));
    pump.runFor(SECOND_MS);
  }
  pump.powerOff();
  pump.device.powerCycle({ offMs: 60_000 });
  tape.running = true;
  tape.chapter(`boot/${name}`);
  const gate = new Gate(module, bed.device, tape);
  expect("boot", gate.boot(BOOT_CAUSE.POWER_ON, 60_000), STATUS.OK);
  // A stop is obeyed at once, but answered OK only when it is stored: the slices until then count.
  let stopped = gate.local({ action: LOCAL_ACTION.STOP }).status;
  for (let slices = 0; stopped === STATUS.STORE_BUSY && slices < SLICES_MAX; slices++) {
    bed.device.clock.advanceUs(SLICE_US);
    gate.work(1);
    stopped = gate.local({ action: LOCAL_ACTION.STOP }).status;
  }
  expect("stop after boot", stopped, STATUS.OK);
  tape.chapter(`boot/${name}/opening`);
  idle(gate, bed);
  return tape.tape(`boot ${name}`);
}

/** One slice after the other until nothing is left to do. */
function idle(gate: Gate, bed: Bed): void {
  const between = () => bed.device.clock.advanceUs(SLICE_US);
  expect("background work", gate.settle({ units: 1, between }), STATUS.NOTHING);
}

function done(what: string, answer: { readonly status: number }): void {
  expect(what, answer.status, STATUS.OK);
}

/** A scenario that goes another way than meant would measure something else. */
function expect(what: string, found: number, wanted: number): void {
  if (found === wanted) return;
  throw new Error(`scenario: ${what} answers ${describeStatus(found)}, not ${statusName(wanted)}`);
}
