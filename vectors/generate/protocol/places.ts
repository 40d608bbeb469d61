/** The places that vectors begin at. Each name is that of a fixture. */
import { simulatedKey } from "../../../host-sim/authority/keys.js";
import type { Root } from "../../../host-sim/authority/root.js";
import type { Recorder } from "../../../host-sim/conformance/recorder.js";
import { SENSOR } from "../../../host-sim/gate/names.js";
import { Bed } from "../../../host-sim/ward/bed.js";
import { Hospital } from "../../../host-sim/ward/hospital.js";
import { demandWard, type Pca } from "../../../test/support/programs.js";
import {
  done,
  drug,
  libraryOf,
  limits,
  MG,
  MODULE,
  NOW_S,
  PATIENT,
  permitted,
  profile,
  start,
  type StartBody,
  ward,
  type WardOptions,
} from "../../../test/support/ward.js";
import { barePlace, bedPlace } from "./scene.js";

/** A ward that the recorder watches. */
export function watched(recorder: Recorder, options: WardOptions = {}): Bed {
  return ward({ ...options, pump: { ...options.pump, observer: recorder } });
}

export function watchedRunning(
  recorder: Recorder,
  options: WardOptions = {},
  change: Partial<StartBody> = {},
): Bed {
  const bed = watched(recorder, options);
  permitted(start(bed, change));
  return bed;
}

export const UNBOOTED = barePlace("new instance", "A new instance over blank flash, not booted.");
export const BLANK = barePlace("blank", "Booted over blank flash: NOT_PROVISIONED.", {}, (gate) =>
  gate.boot(0),
);

/** Powered, provisioned, nothing else. */
export const BARE = bedPlace("provisioned, settled", "Provisioned, without a library.", (recorder) => {
  const library = libraryOf();
  const bed = new Bed({
    name: "bed",
    hospital: new Hospital({ seed: "ward", library, nowS: NOW_S }),
    library,
    module: MODULE,
    pump: { observer: recorder },
  });
  bed.pump.powerOn();
  done(bed.pump.provision(bed.issued.block));
  return bed;
});

export const EMPTY_BED = bedPlace(
  "nobody in the bed",
  "A library is active, nobody is associated.",
  (recorder) => watched(recorder, { patient: null }),
);
export const IDLE = bedPlace("idle", "A patient is associated, nothing was ordered.", (recorder) =>
  watched(recorder),
);
export const RUNNING = bedPlace("running", "5 mg/h of a drug of 1 mg/mL, 100 mL, runs.", (recorder) =>
  watchedRunning(recorder),
);
export const PAUSED = bedPlace("paused", "Running, then paused at the panel.", (recorder) => {
  const bed = watchedRunning(recorder);
  done(bed.pump.panel("PAUSE"));
  return bed;
});
export const OFF = bedPlace(
  "off",
  "Running, then without power for a second; booted, storage not yet open.",
  (recorder) => {
    const bed = watchedRunning(recorder);
    bed.pump.powerOff();
    bed.device.powerCycle();
    return bed;
  },
);

const RANGE = { min: MG, max: 9 * MG, stepMax: MG };
export const RANGED = bedPlace(
  "titratable",
  "Running with a signed range of 1 to 9 mg/h, steps of 1 mg/h.",
  (recorder) => watchedRunning(recorder, {}, { range: { ...RANGE, intervalS: 0 } }),
);
export const RANGED_HOURLY = bedPlace("titratable hourly", "The same, a step an hour.", (recorder) =>
  watchedRunning(recorder, {}, { range: { ...RANGE, intervalS: 3600 } }),
);

export const SOFT = [profile(), drug({ continuous: limits("mg/h", { softMax: 4 * MG }) })];
export const SOFT_BED = bedPlace("soft limit", "The drug has a soft maximum of 4 mg/h.", (recorder) =>
  watched(recorder, { models: SOFT }),
);
export const WAITING = bedPlace(
  "override needed",
  "5 mg/h were ordered, the soft maximum is 4 mg/h: the command waits.",
  (recorder) => {
    const bed = watched(recorder, { models: SOFT });
    start(bed);
    return bed;
  },
);

export const PCA: Pca = {};
export const DEMAND = bedPlace("PCA", "1 mL on demand, 10 min apart.", (recorder) =>
  demandWard({}, {}, { pump: { observer: recorder } }),
);
export const ALARMED = bedPlace(
  "air in line",
  "Running, then air: paused with a latched alarm.",
  (recorder) => {
    const bed = watchedRunning(recorder);
    bed.pump.setSensor(SENSOR.AIR, true);
    bed.pump.runFor(2_000);
    return bed;
  },
);

/** A hospital with one more key in its root document. */
export function hospitalWith(...keys: readonly Root["keys"][number][]): Hospital {
  const hospital = new Hospital({ seed: "ward", library: libraryOf(), nowS: NOW_S });
  hospital.publishRoot({ ...hospital.root, keys: [...hospital.root.keys, ...keys] });
  return hospital;
}

export const holder = (name: string, roles: Parameters<typeof simulatedKey>[1]["roles"]) =>
  simulatedKey("vectors", { name, holder: name, duty: "author", roles });

export { PATIENT };

/** Those that give fixtures their names. */
export const PLACES = [
  UNBOOTED,
  BLANK,
  BARE,
  EMPTY_BED,
  IDLE,
  RUNNING,
  PAUSED,
  SOFT_BED,
  WAITING,
  RANGED,
  DEMAND,
  ALARMED,
];
