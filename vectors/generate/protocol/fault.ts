/** A bit flips in memory after a signature was found valid: the two judgements part, and nothing is permitted. */
import { Recorder } from "../../../host-sim/conformance/recorder.js";
import { placeOf } from "../../../host-sim/conformance/recorder.js";
import type { FlipStep } from "../../../host-sim/conformance/vector.js";
import { STATUS } from "../../../host-sim/gate/status.js";
import { Snapshot } from "../../../test/support/snapshot.js";
import { PATIENT, RUNNING } from "./places.js";
import { type BedScene, type Draft, vector } from "./scene.js";

/** How far before the R that was received the words of the verification may stand. */
const DISTANCE_MAX = 64;
const PLACES_MAX = 4;

/** A pause of the program, staged but for its last slice. */
function staged({ bed, gate }: BedScene): { readonly find: string; readonly finish: () => number } {
  const { record } = bed.desk.prepare(bed.hospital.keys.nurse, PATIENT.token, bed.orderId, { kind: "pause" });
  gate.stage("submit", record);
  const find = Buffer.from(record.slice(-64, -32)).toString("hex");
  return { find, finish: () => gate.finish().status };
}

/** Which byte to flip, and after how many slices: sought in a pump of its own, because no build has its variables elsewhere's place. */
function sought(): { readonly slices: number; readonly flip: FlipStep["flip"] } {
  const scene = RUNNING.make(new Recorder());
  const { gate, bed } = scene;
  const { find } = staged(scene);
  const began = new Snapshot(bed.pump);
  const slices = gate.finish({ units: 1 }).calls - 1;
  for (let place = 1; place <= PLACES_MAX; place++) {
    for (let before = 4; before <= DISTANCE_MAX; before += 4) {
      const flip = { find, before, xor: 1, place };
      began.restore();
      gate.work(slices);
      const memory = new Uint8Array(gate.instance.memory.buffer);
      try {
        memory[placeOf(memory, flip)]! ^= 1;
      } catch (thrown) {
        if (thrown instanceof RangeError) break;
        throw thrown;
      }
      if (gate.finish().status === STATUS.FAULT) return { slices, flip };
    }
  }
  throw new Error("no flipped bit near R makes the two judgements part");
}

export function faultVector(): Draft {
  const { slices, flip } = sought();
  return vector(
    RUNNING,
    "FAULT: a bit of the verification's result flips",
    "SingleFault",
    (scene) => {
      const { finish } = staged(scene);
      scene.gate.work(slices);
      scene.recorder.flip(flip);
      return finish();
    },
    { status: "FAULT" },
  );
}
