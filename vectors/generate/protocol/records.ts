/** Binary records, spoilt (SPEC 11.2); arguments and ports out of range; calls out of place. */
import type { AreaName, ExportName } from "../../../host-sim/gate/abi.js";
import { LOCAL_ACTION, type LocalActionName } from "../../../host-sim/gate/names.js";
import { encodeLocal, encodeTick } from "../../../host-sim/gate/records.js";
import type { StatusName } from "../../../host-sim/gate/status.js";
import type { Bed } from "../../../host-sim/ward/bed.js";
import { ML } from "../../../test/support/ward.js";
import { ALARMED, BLANK, DEMAND, EMPTY_BED, IDLE, PATIENT, PAUSED, RUNNING, UNBOOTED } from "./places.js";
import { type BareScene, type BedScene, type Draft, type Place, type Scene, vector } from "./scene.js";

type Damage = readonly [what: string, offset: number, value: number];

/** What is wrong with a head: type, version, length. */
const HEADS: readonly Damage[] = [
  ["another type", 0, 0x7f],
  ["version 0", 2, 0],
  ["version 2", 2, 2],
  ["a length one too small", 4, -1],
  ["a length one too large", 4, 1],
];

function damaged(record: Uint8Array, [, offset, value]: Damage): Uint8Array {
  const copy = record.slice();
  if (offset === 4) new DataView(copy.buffer).setUint32(4, copy.length + value, true);
  else copy[offset] = value;
  return copy;
}

/** Writes an area and calls; the status is the call's. */
function call(scene: Scene, area: AreaName, record: Uint8Array, name: ExportName): number {
  const { instance } = scene.gate;
  instance.write(area, record);
  const args = name === "tick" || name === "local" ? [] : [record.length];
  return instance.call(name, ...args);
}

export function headDrafts(): Draft[] {
  const submit = (bed: Bed): Uint8Array =>
    bed.desk.prepare(bed.hospital.keys.nurse, PATIENT.token, bed.orderId, { kind: "pause" }).record;
  const tick = encodeTick({ steps: 0n, stepEpoch: 1, sensors: 0 });
  const local = encodeLocal({ action: LOCAL_ACTION.PAUSE });
  const bad = (
    name: string,
    damages: readonly Damage[],
    act: (scene: BedScene, damage: Damage) => number,
  ): Draft[] =>
    damages.map((damage) =>
      vector(
        RUNNING,
        `${name} record with ${damage[0]}`,
        "BadRecord",
        (scene) => act(scene, damage),
        "BAD_RECORD",
      ),
    );
  return [
    ...bad(
      "submit",
      [...HEADS, ["flag bit 1", 28, 2], ["entry bytes without an entry", 14, 1]],
      (scene, damage) => call(scene, "io", damaged(submit(scene.bed), damage), "submit"),
    ),
    ...bad("tick", HEADS, (scene, damage) => call(scene, "tick", damaged(tick, damage), "tick")),
    ...bad("local", HEADS, (scene, damage) => call(scene, "local", damaged(local, damage), "local")),
    vector(
      RUNNING,
      "submit of 8,193 bytes",
      "BadRecord",
      ({ gate }) => gate.instance.call("submit", 8193),
      "BAD_LENGTH",
    ),
    vector(
      RUNNING,
      "submit of 2^32-1 bytes",
      "BadRecord",
      ({ gate }) => gate.instance.call("submit", 0xffff_ffff),
      "BAD_LENGTH",
    ),
    vector(
      IDLE,
      "library manifest of 0 bytes",
      "BadRecord",
      ({ gate }) => gate.instance.call("libraryBegin", 0),
      "BAD_LENGTH",
    ),
    vector(
      IDLE,
      "library manifest of 1,537 bytes",
      "BadRecord",
      ({ gate }) => gate.instance.call("libraryBegin", 1537),
      "BAD_LENGTH",
    ),
    vector(
      IDLE,
      "root document of 8,193 bytes",
      "BadRecord",
      ({ gate }) => gate.instance.call("trustUpdate", 8193),
      "BAD_LENGTH",
    ),
    vector(
      BLANK,
      "provisioning of 0 bytes",
      "BadRecord",
      ({ gate }) => gate.instance.call("provision", 0),
      "BAD_LENGTH",
    ),
    vector(
      BLANK,
      "provisioning of 8,193 bytes",
      "BadRecord",
      ({ gate }) => gate.instance.call("provision", 8193),
      "BAD_LENGTH",
    ),
    vector(
      RUNNING,
      "submit on port 3",
      "BadArgument",
      (scene) => {
        const record = submit(scene.bed);
        record[8] = 3;
        return call(scene, "io", record, "submit");
      },
      "BAD_PORT",
    ),
    ...[3, 0xffff_ffff].map((port) =>
      vector(
        IDLE,
        `a session on port ${port}`,
        "BadArgument",
        ({ bed }) => bed.pump.openSession(port).status,
        "BAD_PORT",
      ),
    ),
    ...[0, 2].map((port) =>
      vector(
        IDLE,
        `a session on port ${port}`,
        ["BadArgument", "Accepted"],
        ({ bed }) => bed.pump.openSession(port).status,
        "OK",
      ),
    ),
    vector(IDLE, "log of stream 2", "BadArgument", ({ gate }) => gate.logRead(2, 0).status, "BAD_ARGUMENT"),
    vector(
      IDLE,
      "log from beyond its end",
      "Flow",
      ({ gate }) => gate.logRead(0, 0xffff_ffff).status,
      "NOTHING",
    ),
    vector(
      IDLE,
      "log from its beginning",
      ["Flow", "Accepted"],
      ({ gate }) => gate.logRead(0, 0).status,
      "OK",
    ),
    vector(
      RUNNING,
      "log of the meter from its beginning",
      ["Flow", "Accepted"],
      ({ gate }) => gate.logRead(1, 0).status,
      "OK",
    ),
    vector(
      IDLE,
      "an attestation",
      ["Flow", "Accepted"],
      ({ bed }) => bed.pump.attest(new Uint8Array(32).fill(7)),
      "OK",
    ),
    vector(UNBOOTED, "boot with cause 3", "BadArgument", ({ gate }) => gate.boot(3), "BAD_ARGUMENT"),
    vector(IDLE, "boot a second time", "OutOfPlace", ({ gate }) => gate.boot(0), "BAD_ARGUMENT"),
  ];
}

const VERBS: readonly (readonly [ExportName, ...number[]])[] = [
  ["provision", 8],
  ["decommission", 8],
  ["trustUpdate", 8],
  ["libraryBegin", 8],
  ["libraryEntry", 8],
  ["libraryCommit"],
  ["libraryAbort"],
  ["sessionOpen", 1],
  ["submit", 40],
  ["approve", 40],
  ["work", 1],
  ["logRead", 0, 0],
  ["attest"],
  ["inspect"],
  ["tick"],
  ["local"],
];

export function placeDrafts(): Draft[] {
  const all = (place: Place<BareScene>, when: string, status: (name: ExportName) => StatusName): Draft[] =>
    VERBS.filter(([name]) => name !== "provision" || place !== BLANK).map(([name, ...args]) =>
      vector(
        place,
        `${name} ${when}`,
        "OutOfPlace",
        ({ gate }) => gate.instance.call(name, ...args),
        status(name),
      ),
    );
  return [
    ...all(UNBOOTED, "before boot", () => "NOT_BOOTED"),
    // inspect says of an empty device that it is one: flag bit 0 of its record.
    ...all(BLANK, "without a device", (name) => (name === "inspect" ? "OK" : "NOT_PROVISIONED")),
  ];
}

/** Every panel action where nothing speaks for it, and where it may be done. */
export function panelDrafts(): Draft[] {
  const at = (place: Place<BedScene>, action: LocalActionName, status: StatusName, value = 0): Draft =>
    vector(
      place,
      `${action} at the panel`,
      status === "OK" ? ["Panel", "Accepted"] : "Panel",
      ({ bed }) => bed.pump.panel(action, { value: BigInt(value) }),
      status,
    );
  return [
    at(IDLE, "STOP", "PHASE"),
    at(IDLE, "PAUSE", "PHASE"),
    at(IDLE, "REDUCE", "PHASE", ML),
    at(IDLE, "RESTORE", "PHASE"),
    at(IDLE, "TITRATE", "PHASE", ML),
    at(IDLE, "NEW_BAG", "PHASE", ML),
    at(IDLE, "DEMAND", "PHASE"),
    at(IDLE, "MEASURES", "NOTHING"),
    at(IDLE, "ACKNOWLEDGE", "NOTHING"),
    at(RUNNING, "STOP", "OK"),
    at(RUNNING, "PAUSE", "OK"),
    at(RUNNING, "REDUCE", "OK", 4 * ML),
    at(RUNNING, "NEW_BAG", "OK", 50 * ML),
    at(RUNNING, "DEMAND", "PHASE"),
    at(PAUSED, "STOP", "OK"),
    at(PAUSED, "PAUSE", "PHASE"),
    at(PAUSED, "RESTORE", "OK"),
    at(PAUSED, "REDUCE", "OK", 4 * ML),
    at(PAUSED, "TITRATE", "PHASE", ML),
    at(DEMAND, "DEMAND", "OK"),
    at(DEMAND, "PAUSE", "OK"),
    at(ALARMED, "RESTORE", "OK"),
    at(ALARMED, "STOP", "OK"),
    at(EMPTY_BED, "STOP", "PHASE"),
    ...[0, 13, 0xffff_ffff].map((action) =>
      vector(
        RUNNING,
        `panel action ${action}`,
        ["Panel", "BadArgument"],
        ({ gate }) => gate.local({ action }).status,
        "BAD_ARGUMENT",
      ),
    ),
  ];
}
