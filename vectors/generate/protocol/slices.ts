/** What happens between the slices of staged work (SPEC 10). */
import type { ExportName } from "../../../host-sim/gate/abi.js";
import { LOCAL_ACTION } from "../../../host-sim/gate/names.js";
import { STATUS, type StatusName } from "../../../host-sim/gate/status.js";
import { MG, send, titrateBody } from "../../../test/support/ward.js";
import { PATIENT, RUNNING } from "./places.js";
import { type BedScene, type Came, type Draft, vector } from "./scene.js";

const FLAG = "BetweenSlices";
/** After which slices of a titrate something happens; it takes about 35. */
const SLICES = [0, 1, 2, 5, 12, 20, 28, 32];

/** A signed increase to 6 mg/h, staged, and so many slices of it done. */
function staged({ bed, gate }: BedScene, slices: number): void {
  const body = titrateBody(bed, { dose: 6 * MG });
  const { record } = bed.desk.prepare(bed.hospital.keys.prescriber, PATIENT.token, bed.orderId, body);
  gate.stage("submit", record);
  for (let i = 0; i < slices; i++) gate.work(1);
}

function after(
  slices: number,
  comment: string,
  act: (scene: BedScene) => Came | number,
  status: StatusName,
  flags: string[] = [],
): Draft {
  return vector(
    RUNNING,
    `${comment}, after ${slices} slices of an increase`,
    [FLAG, ...flags],
    (scene) => {
      staged(scene, slices);
      return act(scene);
    },
    status,
  );
}

export function sliceDrafts(): Draft[] {
  const refused: readonly (readonly [ExportName, ...number[]])[] = [
    ["trustUpdate", 8],
    ["libraryBegin", 8],
    ["libraryEntry", 8],
    ["libraryCommit"],
    ["libraryAbort"],
    ["sessionOpen", 1],
    ["submit", 40],
    ["approve", 40],
    ["logRead", 0, 0],
    ["attest"],
    ["decommission", 8],
  ];
  return [
    ...SLICES.map((slices) =>
      after(
        slices,
        "tick, then the rest",
        ({ bed, gate }) => {
          bed.device.clock.advanceMs(1000);
          bed.pump.tick();
          return gate.finish();
        },
        "OK",
        ["Accepted"],
      ),
    ),
    ...SLICES.map((slices) =>
      after(
        slices,
        "STOP, then the rest",
        ({ gate }) => {
          gate.local({ action: LOCAL_ACTION.STOP });
          return gate.finish();
        },
        "PHASE",
        ["Panel"],
      ),
    ),
    ...SLICES.map((slices) =>
      after(
        slices,
        "PAUSE, then the rest",
        ({ gate }) => {
          gate.local({ action: LOCAL_ACTION.PAUSE });
          return gate.finish();
        },
        "OK",
        ["Panel"],
      ),
    ),
    ...SLICES.map((slices) =>
      after(
        slices,
        "cancel, then nothing is left",
        ({ gate }) => {
          if (gate.cancel() !== STATUS.CANCELLED) return -1;
          return gate.settle();
        },
        "NOTHING",
        ["Cancelled"],
      ),
    ),
    after(
      3,
      "cancel, and the same again",
      ({ bed, gate }) => {
        gate.cancel();
        return send(bed, titrateBody(bed, { dose: 6 * MG }));
      },
      "OK",
      ["Cancelled", "Accepted"],
    ),
    after(
      3,
      "power lost, booted: nothing is left of it",
      ({ bed }) => {
        bed.pump.powerCycle();
        return bed.pump.gate.work(1);
      },
      "NOTHING",
      ["Reset"],
    ),
    after(3, "inspect", ({ gate }) => gate.inspect().status, "OK", ["Accepted"]),
    ...refused.map(([name, ...args]) =>
      after(3, name, ({ gate }) => gate.instance.call(name, ...args), "BUSY", ["OutOfPlace"]),
    ),
  ];
}
