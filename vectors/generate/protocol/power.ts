/**
 * Power cuts at every step that flash takes in an act, each torn in another way, and the boot after it (SPEC 9.2); and parts of the host
 * that fail (SPEC 11.3).
 */
import { PowerCut } from "../../../host-sim/device/errors.js";
import type { CutShape } from "../../../host-sim/device/flash-fault.js";
import type { Device } from "../../../host-sim/device/device.js";
import { Gate } from "../../../host-sim/gate/gate.js";
import { LOCAL_ACTION, phaseName } from "../../../host-sim/gate/names.js";
import { STATUS, type StatusName } from "../../../host-sim/gate/status.js";
import { Recorder } from "../../../host-sim/conformance/recorder.js";
import type { Bed } from "../../../host-sim/ward/bed.js";
import { done, libraryOf, ML, MODULE, send, start } from "../../../test/support/ward.js";
import { EMPTY_BED, IDLE, PATIENT, RUNNING, UNBOOTED } from "./places.js";
import { type BareScene, type BedScene, type Draft, type Place, vector } from "./scene.js";

const SHAPES: readonly CutShape[] = [
  { when: "before" },
  { when: "inside", unit: "random" },
  { when: "inside", unit: "looks-programmed" },
  { when: "inside", unit: "uncorrectable" },
  { when: "after" },
];

interface Act {
  readonly name: string;
  readonly place: Place<BedScene>;
  readonly act: (bed: Bed) => unknown;
  /** Phases that a program may be in afterwards: as before, or as ordered. */
  readonly phases: readonly string[];
  /** Steps of flash that are cut at most. */
  readonly cutsMax: number;
}

const ACTS: readonly Act[] = [
  {
    name: "an association",
    place: EMPTY_BED,
    act: (bed) => bed.associate(PATIENT),
    phases: ["IDLE"],
    cutsMax: 12,
  },
  { name: "a start", place: IDLE, act: (bed) => start(bed), phases: ["IDLE", "PAUSED"], cutsMax: 24 },
  {
    name: "a stop",
    place: RUNNING,
    act: (bed) => send(bed, { kind: "stop" }),
    phases: ["IDLE", "PAUSED"],
    cutsMax: 12,
  },
  {
    name: "a pause at the panel",
    place: RUNNING,
    act: (bed) => bed.pump.panel("PAUSE"),
    phases: ["PAUSED"],
    cutsMax: 8,
  },
  {
    name: "ten seconds of flow",
    place: RUNNING,
    act: (bed) => {
      bed.pump.runFor(10_000);
    },
    phases: ["PAUSED"],
    cutsMax: 6,
  },
  {
    name: "a root update",
    place: IDLE,
    act: (bed) => {
      const { root } = bed.hospital;
      return bed.pump.trustUpdate(
        bed.hospital.publishRoot({ ...root, version: 2, issuedS: root.issuedS + 1 }).bytes,
      );
    },
    phases: ["IDLE"],
    cutsMax: 12,
  },
  {
    name: "a library's commit",
    place: IDLE,
    act: (bed) => bed.install(libraryOf(undefined, { version: 2 })),
    phases: ["IDLE"],
    cutsMax: 12,
  },
];

const unitText = (unit: CutShape["unit"]): string => (typeof unit === "string" ? unit : "prefix");

/** A cut at the flash steps of an act, evenly chosen if there are many. */
function cutsOf({ name, place, act, phases, cutsMax }: Act): Draft[] {
  const dry = place.make(new Recorder()).bed;
  const before = dry.device.flash.steps;
  act(dry);
  const steps = dry.device.flash.steps - before;
  const count = Math.min(steps, cutsMax);
  return Array.from({ length: count }, (_none, i) => {
    const number = Math.floor((i * steps) / count);
    const shape = SHAPES[i % SHAPES.length]!;
    const how = `${shape.when}${shape.unit === undefined ? "" : ` (${unitText(shape.unit)})`}`;
    return vector(
      place,
      `power cut at step ${number} of ${steps} of ${name}, ${how}`,
      ["PowerCut", "Reset"],
      ({ bed }) => {
        bed.device.flash.cutAfter(number, shape);
        try {
          act(bed);
          throw new Error("the power did not go");
        } catch (thrown) {
          if (!(thrown instanceof PowerCut)) throw thrown;
        }
        const status = bed.pump.powerCycle({ offMs: 1000 }, { offMs: 1000 });
        const phase = phaseName(bed.pump.inspect().phase) ?? "unknown";
        if (!phases.includes(phase)) throw new Error(`the program is ${phase} afterwards`);
        return status;
      },
      "OK",
    );
  });
}

export const powerDrafts = (): Draft[] => ACTS.flatMap(cutsOf);

/** A fault of the host in an act, and what it comes to. */
function fault(
  place: Place<BedScene>,
  comment: string,
  break_: (device: Device) => void,
  act: (bed: Bed) => { readonly status: number } | number,
  status: StatusName,
): Draft {
  return vector(
    place,
    comment,
    "HostFault",
    ({ bed }) => {
      break_(bed.device);
      return act(bed);
    },
    status,
  );
}

/** A fault at boot, over blank flash. */
const atBoot = (comment: string, break_: (device: Device) => void, status: StatusName): Draft =>
  vector(
    UNBOOTED,
    comment,
    "HostFault",
    ({ gate, device }: BareScene) => {
      break_(device);
      return gate.boot(0);
    },
    status,
  );

/** A fault at the boot of a pump that ran; what `then` makes of it, by default that storage is opened. */
function atReboot(
  comment: string,
  break_: (device: Device) => void,
  status: StatusName,
  then: (gate: Gate, booted: number) => number = (gate, booted) =>
    booted === STATUS.OK ? gate.settle() : booted,
  flags: string | string[] = "HostFault",
): Draft {
  return vector(
    RUNNING,
    comment,
    flags,
    ({ bed, recorder, use }) => {
      bed.pump.powerOff();
      bed.device.powerCycle();
      break_(bed.device);
      const gate = use(new Gate(MODULE, bed.device, recorder));
      return then(gate, gate.boot(0));
    },
    status,
  );
}

export function hostFaultDrafts(): Draft[] {
  const programFails = (device: Device) => {
    device.flash.inject({ effect: "program-error" });
  };
  const dropped = (device: Device) => {
    device.flash.inject({ effect: "program-dropped" });
  };
  const readFails = (device: Device) => {
    device.flash.inject({ effect: "read-error", count: Infinity });
  };
  const clock = (device: Device) => {
    device.clock.uptimeOutage.begin();
  };
  const pause = (bed: Bed) => send(bed, { kind: "pause" });
  const secondRoot = (bed: Bed) => {
    const { root } = bed.hospital;
    return bed.pump.trustUpdate(
      bed.hospital.publishRoot({ ...root, version: 2, issuedS: root.issuedS + 1 }).bytes,
    );
  };
  return [
    atBoot(
      "boot while the counter cannot be read",
      (device) => {
        device.counter.readOutage.begin();
      },
      "COUNTER",
    ),
    atReboot("boot of a device while flash cannot be read", readFails, "FLASH_FAILED"),
    atReboot(
      "boot of a device while the counter cannot be read",
      (device) => {
        device.counter.readOutage.begin();
      },
      "COUNTER",
    ),
    atReboot(
      "boot with the counter two ahead: no rate is restored",
      (device) => {
        device.counter.advance();
        device.counter.advance();
      },
      "TAMPERED",
      (gate) => {
        gate.settle();
        return gate.local({ action: LOCAL_ACTION.RESTORE }).status;
      },
      ["HostFault", "Rollback"],
    ),
    fault(
      EMPTY_BED,
      "an association whose record cannot be programmed",
      programFails,
      (bed) => bed.associate(PATIENT),
      "FLASH_FAILED",
    ),
    fault(
      EMPTY_BED,
      "an association whose record is dropped silently",
      dropped,
      (bed) => bed.associate(PATIENT),
      "FLASH_FAILED",
    ),
    fault(
      IDLE,
      "a start whose record cannot be programmed",
      programFails,
      (bed) => start(bed),
      "FLASH_FAILED",
    ),
    fault(IDLE, "a start whose record is dropped silently", dropped, (bed) => start(bed), "FLASH_FAILED"),
    fault(
      IDLE,
      "a start whose record cannot be read back",
      (device) => {
        device.flash.inject({ effect: "read-error" });
      },
      (bed) => start(bed),
      "FLASH_FAILED",
    ),
    fault(
      RUNNING,
      "a pause whose record cannot be programmed: the motor is held",
      programFails,
      (bed) => {
        const { status } = pause(bed);
        return bed.pump.grant === null ? status : -1;
      },
      "FLASH_FAILED",
    ),
    fault(
      RUNNING,
      "a stop at the panel whose record cannot be programmed: the motor is held",
      programFails,
      (bed) => {
        const { status } = bed.pump.panel("STOP");
        return bed.pump.grant === null ? status : -1;
      },
      "FLASH_FAILED",
    ),
    fault(
      RUNNING,
      "a reduction at the panel whose record cannot be programmed",
      programFails,
      (bed) => bed.pump.panel("REDUCE", { value: BigInt(4 * ML) }),
      "FLASH_FAILED",
    ),
    fault(IDLE, "a root update whose objects cannot be programmed", programFails, secondRoot, "FLASH_FAILED"),
    fault(
      IDLE,
      "a root update while the counter cannot be advanced",
      (device) => {
        device.counter.advanceOutage.begin();
      },
      secondRoot,
      "COUNTER",
    ),
    fault(
      IDLE,
      "a library while the counter cannot be read",
      (device) => {
        device.counter.readOutage.begin();
      },
      (bed) => bed.install(libraryOf(undefined, { version: 2 })),
      "COUNTER",
    ),
    fault(
      RUNNING,
      "tick without a clock",
      clock,
      ({ pump }) => {
        const { status, grant } = pump.gate.tick({ steps: 0n, stepEpoch: 1, sensors: 0 });
        return grant?.generation === 0 ? status : -1;
      },
      "CLOCK",
    ),
    fault(RUNNING, "a session without a clock", clock, (bed) => bed.pump.openSession(1).status, "CLOCK"),
    fault(
      RUNNING,
      "a stop at the panel without a clock",
      clock,
      ({ pump }) => pump.gate.local({ action: 1 }).status,
      "OK",
    ),
    fault(
      RUNNING,
      "a restored rate without a clock",
      clock,
      ({ pump }) => pump.gate.local({ action: 4 }).status,
      "CLOCK",
    ),
    fault(
      IDLE,
      "a start without wall time",
      (device) => {
        device.clock.setWallTimeS(null);
      },
      (bed) => start(bed),
      "OK",
    ),
    fault(
      IDLE,
      "a root document without wall time",
      (device) => {
        device.clock.setWallTimeS(null);
      },
      secondRoot,
      "OK",
    ),
    fault(
      IDLE,
      "a session after the entropy source failed once",
      () => undefined,
      (bed) => {
        bed.pump.powerCycle();
        bed.device.entropy.outage.begin(1);
        if (bed.pump.openSession(1).status !== STATUS.ENTROPY) return -1;
        return bed.pump.openSession(1).status;
      },
      "OK",
    ),
    vector(
      RUNNING,
      "older flash put back after a root update",
      ["Rollback", "HostFault"],
      ({ bed }) => {
        const old = bed.device.flash.save();
        done(secondRoot(bed));
        bed.pump.powerOff();
        bed.device.powerCycle();
        bed.device.flash.restore(old);
        bed.pump.powerOn();
        bed.desk.open();
        return start(bed);
      },
      "TAMPERED",
    ),
    vector(
      RUNNING,
      "older flash put back: a pause still works",
      ["Rollback", "Accepted"],
      ({ bed }) => {
        const old = bed.device.flash.save();
        done(secondRoot(bed));
        bed.pump.powerOff();
        bed.device.powerCycle();
        bed.device.flash.restore(old);
        bed.pump.powerOn();
        return bed.pump.panel("STOP");
      },
      "OK",
    ),
  ];
}
