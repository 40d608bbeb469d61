/** Where every attack begins: a pump on a hospital's network, ten minutes into an infusion that a prescriber ordered. */
import { parseVolumeNl } from "../authority/dose.js";
import { STATUS, statusName } from "../gate/status.js";
import type { CompiledLibrary } from "../authority/library/compile.js";
import { Device, type DeviceOptions } from "../device/device.js";
import type { Flash } from "../device/flash.js";
import { Pump } from "../pump/pump.js";
import { Bed, patientToken } from "../ward/bed.js";
import { Hospital, SETS } from "../ward/hospital.js";
import { Attacker } from "./attacker.js";
import { Tap } from "./tap.js";
import { Transcript } from "./transcript.js";
import { drugOf, libraryOf, type Therapy } from "./therapy.js";
import { UnguardedController } from "./unguarded.js";

/** The day of the attacks, Unix seconds: 2026-02-01, within the example library's life. */
export const ATTACK_DAY_S = 1_769_904_000;
const BEFORE_MS = 600_000;
const SET = SETS[0]!;

export interface Scene {
  readonly module: WebAssembly.Module;
  readonly therapy: Therapy;
  readonly hospital: Hospital;
  readonly bed: Bed;
  /** What goes over the network. */
  readonly tap: Tap;
  /** What reached the pump, for a pump without a gate. */
  readonly transcript: Transcript;
  /** Such a pump, as it was before the first message. */
  readonly unguarded: () => UnguardedController;
  readonly attacker: Attacker;
  /** Libraries that the hospital published, the first one included. */
  readonly libraries: CompiledLibrary[];
}

/** Provisions a pump, installs its library, associates the patient and starts the therapy. Throws if the gate refuses any of it. */
export function prepareScene(
  module: WebAssembly.Module,
  therapy: Therapy,
  device: Pick<DeviceOptions, "entropyStuck"> = {},
): Scene {
  const library = libraryOf(therapy);
  const hospital = new Hospital({ seed: "attacked hospital", library, nowS: ATTACK_DAY_S });
  const tap = new Tap();
  const bed = Bed.ready({
    name: "attacked bed",
    hospital,
    library,
    module,
    pumpClass: therapy.pumpClass,
    setId: SET.setId,
    device,
    pump: { observer: tap },
  });
  tap.clock = bed.device.clock;
  const { clock } = bed.device;
  const options = {
    bagNl: parseVolumeNl(therapy.bag),
    setId: SET.setId,
    plPerStep: SET.plPerStep,
    entries: library.entries.map(({ bytes }) => bytes),
    atUs: clock.elapsedUs,
  };
  const transcript = new Transcript();
  tap.onSubmit = (record) => {
    transcript.note(clock.elapsedUs, (controller) => controller.submit(record));
  };
  const { area, weightG, dose, bag } = therapy;
  const patient = { token: patientToken("patient A"), area, weightG, bsaCm2: 0 };
  permitted("associate", bed.associate(patient).status);
  permitted("start", bed.start(drugOf(therapy), { dose, vtbi: bag }).status);
  bed.pump.runFor(BEFORE_MS);
  return {
    module,
    therapy,
    hospital,
    bed,
    tap,
    transcript,
    unguarded: () => new UnguardedController(options),
    attacker: new Attacker(),
    libraries: [library],
  };
}

/** A second pump of the same hospital with another patient, in whose name and on which nothing runs. */
export function anotherBed(scene: Scene): Bed {
  const { module, hospital, therapy } = scene;
  const { area, weightG } = therapy;
  const bed = Bed.ready({
    name: "another bed",
    hospital,
    library: libraryOf(therapy),
    module,
    pumpClass: therapy.pumpClass,
    setId: SET.setId,
  });
  const patient = { token: patientToken("patient B"), area, weightG, bsaCm2: 0 };
  permitted("associate", bed.associate(patient).status);
  return bed;
}

/**
 * A copy of the pump as it is at this moment, with its power gone and its flash as `tamper` leaves it: for what can only be done to a
 * pump that is opened. Nothing of it reaches the one at the bed. It is still to be switched on.
 */
export function openedPump(scene: Scene, tamper: (flash: Flash) => void): Pump {
  const { bed, module } = scene;
  const device = new Device({ seed: "opened pump", wallTimeS: ATTACK_DAY_S });
  device.restore(bed.device.save());
  tamper(device.flash);
  device.powerCycle();
  return new Pump({ module, device });
}

function permitted(what: string, status: number): void {
  if (status !== STATUS.OK) {
    throw new Error(`the attack's patient cannot be prepared: ${what} ended with ${statusName(status)}`);
  }
}
