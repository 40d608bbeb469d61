/** The stories in which the power is cut: a pump lives through each once, recorded, before any of them is cut. */
import { simulatedKey } from "../../host-sim/authority/keys.js";
import type { CompiledLibrary } from "../../host-sim/authority/library/compile.js";
import { exampleDirectory, loadLibrary } from "../../host-sim/authority/library/load.js";
import { signManifest } from "../../host-sim/authority/manifest.js";
import type { Device } from "../../host-sim/device/device.js";
import type { BlankRead } from "../../host-sim/device/flash-cells.js";
import { loadModule } from "../../host-sim/gate/gate.js";
import { SENSOR, VERDICTS } from "../../host-sim/gate/names.js";
import { STATUS, statusName } from "../../host-sim/gate/status.js";
import { Bed, patientToken } from "../../host-sim/ward/bed.js";
import { Hospital } from "../../host-sim/ward/hospital.js";
import { CutPoints, type CutPoint } from "./cut-points.js";
import { bytesOf, OFF_MS, pagesOf } from "./recovery.js";

export interface Setup {
  readonly unitBytes: number;
  readonly blankRead: BlankRead;
}

/** A story lived through, and the pump it is to be lived through again with. */
export interface Scenario {
  readonly name: StoryName;
  readonly setup: Setup;
  readonly module: WebAssembly.Module;
  readonly device: Device;
  readonly bed: Bed;
  readonly libraries: readonly CompiledLibrary[];
  readonly points: readonly CutPoint[];
  /** Records of both streams at the story's end, by sequence, as hex. */
  readonly records: readonly ReadonlyMap<number, string>[];
}

const DAY_S = 86_400;
/** 2026-02-01, within the example library's life. */
export const NOW_S = 1_769_904_000;
const LIBRARY = loadLibrary(exampleDirectory());
const MODULE = loadModule();
export const PATIENT = { token: patientToken("power"), area: 1, weightG: 80_000, bsaCm2: 0 };

/** Boots a blank pump and provisions it: here already the power may go. */
function provisioning(bed: Bed, record: () => void): void {
  record();
  expectStatus(bed.pump.powerOn(), STATUS.NOT_PROVISIONED);
  needs(bed.pump.provision(bed.issued.block));
  bed.pump.runFor(2_000);
}

function ready(bed: Bed): void {
  expectStatus(bed.pump.powerOn(), STATUS.NOT_PROVISIONED);
  needs(bed.pump.provision(bed.issued.block));
  needs(bed.install(LIBRARY));
}

/** Libraries that begin at once, wait, begin by hand and by a root's time; roots that keep and that revoke them. */
function trust(bed: Bed, record: () => void): void {
  const { pump, hospital } = bed;
  const install = (version: number, enableS: number): void => {
    const change = { version, issuedS: NOW_S, enableS };
    needs(bed.install(LIBRARY, hospital.publishLibrary(LIBRARY, change).bytes));
    pump.runFor(4_000);
  };
  expectStatus(pump.powerOn(), STATUS.NOT_PROVISIONED);
  needs(pump.provision(bed.issued.block));
  record();
  needs(bed.install(LIBRARY));
  install(8, NOW_S + 10 * DAY_S);
  needs(pump.panel("ACTIVATE_LIBRARY"));
  install(9, NOW_S + 30 * DAY_S);
  // The second root's date is past the enable date of library 9: one call, two records.
  const laterS = NOW_S + 31 * DAY_S;
  bed.device.clock.setWallTimeS(laterS);
  const epoch = LIBRARY.header.epoch;
  needs(
    pump.trustUpdate(
      hospital.publishRoot(hospital.rootDocument({ version: 2, issuedS: laterS, epoch })).bytes,
    ),
  );
  pump.runFor(4_000);
  install(10, laterS + 30 * DAY_S);
  // The third root knows other pharmacists: 9 is revoked, 10 dropped.
  const roles = ["library"] as const;
  const author = simulatedKey("new", { name: "author", holder: "author", duty: "author", roles });
  const approver = simulatedKey("new", { name: "approver", holder: "approver", duty: "approver", roles });
  const known = Object.values(hospital.keys).filter((key) => !key.roles.includes("library"));
  const keys = [...known, author, approver];
  const third = hospital.rootDocument({ version: 3, issuedS: laterS + 1, epoch, keys });
  needs(pump.trustUpdate(hospital.publishRoot(third).bytes));
  pump.runFor(4_000);
  const manifest = { ...LIBRARY.manifest(), version: 11, issuedS: laterS + 2 };
  needs(bed.install(LIBRARY, signManifest(manifest, [author, approver]).bytes));
  pump.runFor(2_000);
}

/** Everything a therapy does: reservations, boluses, overrides, panel, alarms, a new bag, the end. */
function therapy(bed: Bed, record: () => void): void {
  const { pump } = bed;
  ready(bed);
  record();
  permits(bed.associate(PATIENT));
  permits(bed.start(bed.drug("midazolam"), { dose: "10 mg/h", vtbi: "1.5 mL", total: "9 mL" }));
  pump.runFor(125_000);
  permits(bed.titrate("8 mg/h"));
  permits(bed.bolus("0.2 mg", "36 mL/h"));
  pump.runFor(12_000);
  needs(pump.panel("PAUSE"));
  pump.runFor(3_000);
  needs(pump.panel("RESTORE"));
  permits(bed.bolus("0.1 mg", "36 mL/h"));
  pump.runFor(20_000);
  const waiting = bed.titrate("12 mg/h");
  if (waiting.verdict?.verdict !== VERDICTS.NEEDS_OVERRIDE) throw new Error(statusName(waiting.status));
  permits(bed.approve(waiting));
  pump.runFor(5_000);
  needs(pump.panel("REDUCE", { value: 11_000_000n }));
  pump.runFor(400_000); // the bag ends
  permits(bed.command({ kind: "new bag", vtbiNl: 2_000_000 }));
  permits(bed.command({ kind: "resume" }));
  pump.runFor(30_000);
  pump.setSensor(SENSOR.AIR, true);
  pump.runFor(3_000);
  pump.setSensor(SENSOR.AIR, false);
  permits(bed.command({ kind: "resume" }));
  pump.runFor(5_000);
  permits(bed.command({ kind: "pause" }));
  pump.runFor(2_000);
  permits(bed.command({ kind: "stop" }));
  permits(bed.command({ kind: "disassociate" }));
  permits(bed.acknowledge(0, pump.inspect().decisionsNextSequence - 1));
  pump.runFor(2_000);
}

/** Boots: of an idle pump, of one that runs, with a bolus under way, and one soon after the other. */
function boots(bed: Bed, record: () => void): void {
  const { pump } = bed;
  ready(bed);
  const cycle = (): void => {
    expectStatus(pump.powerCycle({ offMs: OFF_MS }, { offMs: OFF_MS }), STATUS.OK);
    pump.runFor(2_000);
  };
  record();
  cycle();
  bed.desk.open();
  permits(bed.associate(PATIENT));
  permits(bed.start(bed.drug("midazolam"), { dose: "10 mg/h", vtbi: "50 mL" }));
  pump.runFor(70_000);
  cycle();
  needs(pump.panel("RESTORE", { patientToken: PATIENT.token }));
  bed.desk.open();
  permits(bed.bolus("0.5 mg", "36 mL/h"));
  pump.runFor(9_000);
  cycle();
  cycle();
  needs(pump.panel("STOP"));
  cycle();
}

const STORIES = { provisioning, trust, therapy, boots };
export type StoryName = keyof typeof STORIES;

/** Lives through a story on a new pump. */
export function live(name: StoryName, setup: Setup): Scenario {
  const cuts = new CutPoints();
  const hospital = new Hospital({ seed: `power ${name}`, library: LIBRARY, nowS: NOW_S });
  const bed = new Bed({
    name,
    hospital,
    library: LIBRARY,
    module: MODULE,
    device: {
      geometry: { unitBytes: setup.unitBytes, sectorBytes: 4096, sectorCount: 20, eraseMsMax: 40 },
      flash: { blankRead: setup.blankRead },
    },
    pump: { observer: cuts, sampleEveryMs: 0 },
  });
  const { device, pump } = bed;
  cuts.watch(device);
  STORIES[name](bed, () => (cuts.recording = true));
  cuts.recording = false;
  const records = [bytesOf(pagesOf(pump, 0)), bytesOf(pagesOf(pump, 1))];
  pump.powerOff();
  return { name, setup, module: MODULE, device, bed, libraries: [LIBRARY], points: cuts.points, records };
}

function needs(answer: { readonly status: number }): void {
  expectStatus(answer.status, STATUS.OK);
}

function permits(answer: { readonly status: number; readonly verdict: { verdict: number } | null }): void {
  expectStatus(answer.status, STATUS.OK);
  if (answer.verdict?.verdict !== VERDICTS.PERMIT) throw new Error("the story needs a permit");
}

function expectStatus(status: number, wanted: number): void {
  if (status !== wanted) {
    throw new Error(`the story stops: ${statusName(status)}, not ${statusName(wanted)}`);
  }
}
