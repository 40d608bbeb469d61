/** Delivery: what the motor reports, what sensors say, how bags end (SPEC 6); approvals and service commands (SPEC 4). */
import { FLAG_KVO } from "../../../host-sim/authority/library/model.js";
import { phaseName, SENSOR } from "../../../host-sim/gate/names.js";
import { STATUS, type StatusName } from "../../../host-sim/gate/status.js";
import type { Expected } from "../../../host-sim/conformance/vector.js";
import type { Bed } from "../../../host-sim/ward/bed.js";
import { begin, interrupt, programWard } from "../../../test/support/programs.js";
import {
  bolus,
  done,
  drug,
  MG,
  ML,
  NOW_S,
  permitted,
  profile,
  send,
  start,
} from "../../../test/support/ward.js";
import { DEMAND, EMPTY_BED, holder, IDLE, PAUSED, RUNNING, SOFT_BED, watched } from "./places.js";
import { bedPlace, type BedScene, type Came, type Draft, type Place, vector } from "./scene.js";

/** A bag of 10 uL: it ends after 7.2 s at 5 mL/h. */
const SHORT_NL = 10_000;
const SHORT = bedPlace("nearly empty bag", "5 mL/h from a bag of 10 uL.", (recorder) => {
  const bed = watched(recorder);
  permitted(start(bed, { vtbiNl: SHORT_NL }));
  return bed;
});
const KEPT_OPEN = bedPlace(
  "nearly empty bag, KVO",
  "The same of a drug that is followed by KVO of 1 mL/h.",
  (recorder) => {
    const bed = watched(recorder, { models: [profile({ kvoRateNlPerH: ML }), drug({ flags: FLAG_KVO })] });
    permitted(start(bed, { vtbiNl: SHORT_NL }));
    return bed;
  },
);
const INTERRUPTED = bedPlace(
  "secondary",
  "A secondary of 10 uL at 5 mL/h has interrupted its primary.",
  (recorder) => {
    const bed = programWard({}, {}, { pump: { observer: recorder } });
    permitted(begin(bed, 2 * ML, 50 * ML));
    permitted(interrupt(bed, 5 * ML, SHORT_NL));
    return bed;
  },
);

type Phase = NonNullable<Expected["phase"]>;

/** What a report of the motor, or time, makes of the program. */
function becomes(
  place: Place<BedScene>,
  comment: string,
  phase: Phase,
  act: (scene: BedScene) => void,
  flags: string[],
): Draft {
  return vector(
    place,
    comment,
    flags,
    (scene) => {
      act(scene);
      const { status, state } = scene.gate.inspect();
      return { status, told: { phase: phaseName(state!.phase) ?? "unknown" } };
    },
    { status: "OK", phase },
  );
}

/** A report a second later: `more` steps beyond where the motor stands. */
function report(
  { bed, gate, device }: BedScene,
  more: number,
  change: { epoch?: number; sensors?: number; lateMs?: number } = {},
) {
  // It stands still from here on: what it reports is what the vector says.
  device.motor.halt();
  device.clock.advanceMs(change.lateMs ?? 1000);
  const { steps, epoch } = device.motor.report();
  const { grant } = gate.tick({
    steps: steps + BigInt(more),
    stepEpoch: epoch + (change.epoch ?? 0),
    sensors: change.sensors ?? 0,
  });
  if (grant === null) throw new Error(`${bed.name}: no grant record`);
  return grant;
}

/** How far the last grant reaches beyond where the motor stands. */
const reach = (scene: BedScene): number =>
  Number(report(scene, 0).reachStep - scene.device.motor.report().steps);

export function motorDrafts(): Draft[] {
  const moves = ["Motor"];
  return [
    becomes(
      RUNNING,
      "the motor where its grant ends",
      "RUNNING",
      (scene) => void report(scene, reach(scene)),
      moves,
    ),
    becomes(
      RUNNING,
      "the motor a step beyond its grant",
      "PAUSED",
      (scene) => void report(scene, reach(scene) + 1),
      moves,
    ),
    becomes(
      RUNNING,
      "the motor a thousand steps beyond its grant",
      "PAUSED",
      (scene) => void report(scene, reach(scene) + 1000),
      moves,
    ),
    becomes(
      RUNNING,
      "the motor a step back",
      "PAUSED",
      (scene) => {
        report(scene, reach(scene));
        report(scene, reach(scene) - 1);
        report(scene, 0);
      },
      moves,
    ),
    becomes(RUNNING, "a new step epoch", "RUNNING", (scene) => void report(scene, 0, { epoch: 1 }), moves),
    becomes(
      RUNNING,
      "a report as late as the grant",
      "RUNNING",
      (scene) => void report(scene, 0, { lateMs: 5000 }),
      moves,
    ),
    becomes(
      RUNNING,
      "a report ten seconds late",
      "RUNNING",
      (scene) => void report(scene, 0, { lateMs: 15_000 }),
      moves,
    ),
    becomes(RUNNING, "occlusion", "PAUSED", (scene) => void report(scene, 0, { sensors: SENSOR.OCCLUSION }), [
      "Alarm",
    ]),
    becomes(RUNNING, "air in line", "PAUSED", (scene) => void report(scene, 0, { sensors: SENSOR.AIR }), [
      "Alarm",
    ]),
    becomes(
      RUNNING,
      "the interlock, of what is no PCA",
      "RUNNING",
      (scene) => void report(scene, 0, { sensors: SENSOR.INTERLOCK }),
      ["Alarm"],
    ),
    becomes(
      DEMAND,
      "the interlock, of a PCA",
      "PAUSED",
      (scene) => void report(scene, 0, { sensors: SENSOR.INTERLOCK }),
      ["Alarm"],
    ),
    becomes(
      IDLE,
      "occlusion while nothing runs",
      "IDLE",
      (scene) => void report(scene, 0, { sensors: SENSOR.OCCLUSION }),
      ["Alarm"],
    ),
    becomes(
      PAUSED,
      "ten seconds of a pause: nothing is granted",
      "PAUSED",
      ({ bed }) => {
        bed.pump.runFor(10_000);
        if (bed.pump.grant !== null) throw new Error("a pause is granted flow");
      },
      ["Motor"],
    ),
    becomes(
      RUNNING,
      "a minute of flow",
      "RUNNING",
      ({ bed }) => {
        bed.pump.runFor(60_000);
      },
      ["Motor", "Accepted"],
    ),
    becomes(
      RUNNING,
      "a bolus, to its end",
      "RUNNING",
      ({ bed }) => {
        permitted(bolus(bed, { dose: MG / 5, volumeNl: ML / 5 }));
        bed.pump.runFor(20_000);
      },
      ["Motor", "Accepted"],
    ),
  ];
}

export function bagDrafts(): Draft[] {
  const ends = ["BagEnd"];
  const over = ({ bed }: BedScene): void => {
    bed.pump.runFor(10_000);
  };
  return [
    becomes(SHORT, "a bag that is delivered", "COMPLETE", over, ends),
    becomes(
      SHORT,
      "a new bag after it, restored",
      "RUNNING",
      (scene) => {
        over(scene);
        done(scene.bed.pump.panel("NEW_BAG", { value: BigInt(ML) }));
        done(scene.bed.pump.panel("RESTORE"));
      },
      [...ends, "Accepted"],
    ),
    becomes(
      SHORT,
      "a new bag after it",
      "PAUSED",
      (scene) => {
        over(scene);
        done(scene.bed.pump.panel("NEW_BAG", { value: BigInt(ML) }));
      },
      ends,
    ),
    becomes(
      SHORT,
      "a stop after it",
      "IDLE",
      (scene) => {
        over(scene);
        done(scene.bed.pump.panel("STOP"));
      },
      [...ends, "Accepted"],
    ),
    becomes(
      SHORT,
      "a reset after it",
      "COMPLETE",
      (scene) => {
        over(scene);
        scene.bed.pump.powerCycle();
      },
      [...ends, "Reset"],
    ),
    becomes(KEPT_OPEN, "a bag that is followed by KVO", "KVO", over, ends),
    becomes(
      KEPT_OPEN,
      "a pause of KVO",
      "COMPLETE",
      (scene) => {
        over(scene);
        done(scene.bed.pump.panel("PAUSE"));
      },
      ends,
    ),
    becomes(
      KEPT_OPEN,
      "a reset in KVO",
      "COMPLETE",
      (scene) => {
        over(scene);
        scene.bed.pump.powerCycle();
      },
      [...ends, "Reset"],
    ),
    becomes(
      KEPT_OPEN,
      "air in KVO",
      "COMPLETE",
      (scene) => {
        over(scene);
        report(scene, 0, { sensors: SENSOR.AIR });
      },
      ends,
    ),
    becomes(INTERRUPTED, "a secondary that is delivered: its primary goes on", "RUNNING", over, [
      ...ends,
      "Accepted",
    ]),
    becomes(
      INTERRUPTED,
      "a stop of the secondary",
      "PAUSED",
      ({ bed }) => void done(bed.pump.panel("STOP")),
      ends,
    ),
    becomes(
      INTERRUPTED,
      "a second stop",
      "IDLE",
      ({ bed }) => {
        done(bed.pump.panel("STOP"));
        done(bed.pump.panel("STOP"));
      },
      ends,
    ),
  ];
}

export function approvalUseDrafts(): Draft[] {
  const at = (comment: string, status: StatusName, act: (bed: Bed) => Came | number): Draft =>
    vector(
      SOFT_BED,
      comment,
      status === "OK" ? ["Override", "Accepted"] : "Override",
      ({ bed }) => act(bed),
      status,
    );
  const approved = (
    bed: Bed,
    change: { mask?: number; nonce?: Uint8Array } = {},
    key = bed.hospital.keys.supervisor,
  ) => {
    const { verdict } = start(bed);
    return bed.desk.approve(key, verdict!, 1, change);
  };
  return [
    at("an approval", "OK", (bed) => approved(bed)),
    at("an approval of another mask", "APPROVAL_MISMATCH", (bed) => approved(bed, { mask: 8 })),
    at("an approval of one limit more", "APPROVAL_MISMATCH", (bed) => approved(bed, { mask: 12 })),
    at("an approval under another nonce", "APPROVAL_MISMATCH", (bed) =>
      approved(bed, { nonce: new Uint8Array(8) }),
    ),
    at("an approval by a nurse", "ROLE", (bed) => approved(bed, {}, bed.hospital.keys.nurse)),
    at("an approval by a stranger", "KID_UNKNOWN", (bed) =>
      approved(bed, {}, holder("stranger", ["override"])),
    ),
    at("an approval of what does not wait any more", "PENDING_NONE", (bed) => {
      const { verdict } = start(bed);
      bed.pump.panel("STOP");
      return bed.desk.approve(bed.hospital.keys.supervisor, verdict!, 1);
    }),
    at("an approval of an earlier order", "APPROVAL_MISMATCH", (bed) => {
      const first = start(bed).verdict!;
      bed.pump.panel("STOP");
      start(bed);
      return bed.desk.approve(bed.hospital.keys.supervisor, first, 1);
    }),
    at("an approval, and once more", "OK", (bed) => {
      const { verdict } = start(bed);
      permitted(bed.desk.approve(bed.hospital.keys.supervisor, verdict!, 1));
      bed.pump.panel("STOP");
      const again = start(bed).verdict!;
      return bed.desk.approve(bed.hospital.keys.supervisor, again, 1);
    }),
  ];
}

export function serviceDrafts(): Draft[] {
  const at = (
    place: Place<BedScene>,
    comment: string,
    status: StatusName,
    act: (bed: Bed) => Came | number,
  ): Draft =>
    vector(
      place,
      comment,
      status === "OK" ? ["Service", "Accepted"] : "Service",
      ({ bed }) => act(bed),
      status,
    );
  const configuration = { nearEndS: 60, pausedLongS: 3600, kvoSMax: 14_400 };
  return [
    at(IDLE, "calibrate a known set", "OK", (bed) =>
      bed.service({ kind: "calibrate", setId: 1, plPerStep: 1_000_000_000 }),
    ),
    at(IDLE, "calibrate while a fifth set comes", "SET", (bed) => {
      for (let setId = 11; setId < 20; setId++) {
        const { status } = bed.service({ kind: "calibrate", setId, plPerStep: 1 });
        if (status !== STATUS.OK) return status;
      }
      return STATUS.OK;
    }),
    at(RUNNING, "calibrate while a program runs", "PHASE", (bed) =>
      bed.service({ kind: "calibrate", setId: 1, plPerStep: 1 }),
    ),
    at(IDLE, "configure to the bounds", "OK", (bed) => bed.service({ kind: "configure", configuration })),
    at(RUNNING, "configure while a program runs", "PHASE", (bed) =>
      bed.service({ kind: "configure", configuration }),
    ),
    at(IDLE, "acknowledge the log to its newest record", "OK", (bed) =>
      bed.acknowledge(0, bed.pump.inspect().decisionsNextSequence - 1),
    ),
    at(IDLE, "acknowledge a record that is not written", "BAD_ARGUMENT", (bed) =>
      bed.acknowledge(0, bed.pump.inspect().decisionsNextSequence + 5),
    ),
    at(IDLE, "time a second above the floor", "OK", (bed) => bed.service({ kind: "time", timeS: NOW_S + 1 })),
    at(IDLE, "time at the floor", "BAD_ARGUMENT", (bed) => bed.service({ kind: "time", timeS: NOW_S })),
    at(IDLE, "time 400 days above the floor", "OK", (bed) =>
      bed.service({ kind: "time", timeS: NOW_S + 400 * 86_400 }),
    ),
    at(IDLE, "time 400 days and a second above the floor", "TIME_STEP", (bed) =>
      bed.service({ kind: "time", timeS: NOW_S + 400 * 86_400 + 1 }),
    ),
    at(IDLE, "time by an engineer", "ROLE", (bed) =>
      bed.service({ kind: "time", timeS: NOW_S + 1 }, bed.hospital.keys.engineer),
    ),
    at(IDLE, "the patient is disassociated", "OK", (bed) => send(bed, { kind: "disassociate" })),
    at(RUNNING, "the patient of a running program is disassociated", "PHASE", (bed) =>
      send(bed, { kind: "disassociate" }),
    ),
    at(EMPTY_BED, "a patient of 500 kg", "OK", (bed) =>
      bed.associate({ token: new Uint8Array(16).fill(1), weightG: 500_000, bsaCm2: 0, area: 1 }),
    ),
  ];
}
