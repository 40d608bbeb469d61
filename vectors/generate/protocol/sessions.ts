/** Sessions, sequences, lives, repeats, budgets (SPEC 4.1, 4.2, 7). */
import { type Forgery } from "../../../host-sim/ward/desk.js";
import type { StatusName } from "../../../host-sim/gate/status.js";
import type { Bed } from "../../../host-sim/ward/bed.js";
import { bolus, done, MG, permitted, send, start, titrate } from "../../../test/support/ward.js";
import { PATIENT, RUNNING, WAITING } from "./places.js";
import { type BedScene, type Came, type Draft, type Place, vector } from "./scene.js";

const at = (
  place: Place<BedScene>,
  comment: string,
  status: StatusName,
  act: (bed: Bed) => Came | number,
  flags: string | string[] = status === "OK" ? ["Replay", "Accepted"] : "Replay",
): Draft => vector(place, comment, flags, ({ bed }) => act(bed), status);

const pause = (bed: Bed, forgery: Forgery = {}): Came => send(bed, { kind: "pause" }, forgery);
const resume = (bed: Bed, forgery: Forgery = {}): Came => send(bed, { kind: "resume" }, forgery);

export function sequenceDrafts(): Draft[] {
  // The nurse's last sequence is 1: the association.
  return [
    at(RUNNING, "sequence of the last command again, in another command", "SEQUENCE", (bed) =>
      pause(bed, { sequence: 1 }),
    ),
    at(RUNNING, "the next sequence", "OK", (bed) => pause(bed, { sequence: 2 })),
    at(RUNNING, "a sequence 256 above the last", "OK", (bed) => pause(bed, { sequence: 257 })),
    at(RUNNING, "a sequence 257 above the last", "SEQUENCE", (bed) => pause(bed, { sequence: 258 })),
    at(RUNNING, "a sequence of 2^32-1", "SEQUENCE", (bed) => pause(bed, { sequence: 0xffff_ffff })),
    at(RUNNING, "a sequence that was passed over", "SEQUENCE", (bed) => {
      permitted(pause(bed, { sequence: 5 }) as never);
      return resume(bed, { sequence: 4 });
    }),
    at(RUNNING, "a sequence below one that was refused for its signature", "OK", (bed) => {
      pause(bed, { sequence: 9, receiver: { challenge: new Uint8Array(32) } });
      return pause(bed, { sequence: 2 });
    }),
    at(RUNNING, "a bolus recorded and sent again: its verdict, and no second bolus", "OK", (bed) => {
      const { submission } = permitted(bolus(bed));
      return bed.pump.submit(submission.record);
    }),
    at(RUNNING, "a bolus sent again after another command", "SEQUENCE", (bed) => {
      const { submission } = permitted(bolus(bed));
      bed.pump.panel("PAUSE");
      permitted(titrate(bed, { dose: 4 * MG }));
      return bed.pump.submit(submission.record);
    }),
    at(RUNNING, "a stop sent again after a reset", "SESSION", (bed) => {
      const { submission } = permitted(send(bed, { kind: "pause" }));
      bed.pump.powerCycle();
      return bed.pump.submit(submission.record);
    }),
    at(RUNNING, "a command recorded on the network, sent to the serial port", "SESSION", (bed) => {
      const { record } = bed.desk.prepare(bed.hospital.keys.nurse, PATIENT.token, bed.orderId, {
        kind: "pause",
      });
      record[8] = 2;
      return bed.pump.submit(record);
    }),
    at(RUNNING, "a command for another pump", "SIGNATURE", (bed) =>
      pause(bed, { receiver: { deviceId: new Uint8Array(16) } }),
    ),
    at(RUNNING, "a command under an older challenge, after a newer one was used", "SESSION", (bed) => {
      const old = bed.desk.prepare(bed.hospital.keys.nurse, PATIENT.token, bed.orderId, { kind: "pause" });
      bed.desk.open();
      permitted(titrate(bed, { dose: 4 * MG }));
      return bed.pump.submit(old.record);
    }),
    at(RUNNING, "a command under the active session while a newer challenge is out", "OK", (bed) => {
      const honest = bed.desk.prepare(bed.hospital.keys.nurse, PATIENT.token, bed.orderId, { kind: "pause" });
      bed.pump.openSession(1);
      return bed.pump.submit(honest.record);
    }),
    at(RUNNING, "a forged command under a candidate leaves the active session", "OK", (bed) => {
      const honest = bed.desk.prepare(bed.hospital.keys.nurse, PATIENT.token, bed.orderId, { kind: "pause" });
      bed.desk.open();
      pause(bed, { receiver: { challenge: new Uint8Array(32) } });
      return bed.pump.submit(honest.record);
    }),
    at(
      RUNNING,
      "a command with a bit of its payload changed",
      "SIGNATURE",
      (bed) => {
        const { record } = bed.desk.prepare(bed.hospital.keys.nurse, PATIENT.token, bed.orderId, {
          kind: "pause",
        });
        record[Buffer.from(record).indexOf(Buffer.from(PATIENT.token))]! ^= 1;
        return bed.pump.submit(record);
      },
      ["Replay", "Forgery"],
    ),
    at(
      RUNNING,
      "a command with a bit of its signature changed",
      "SIGNATURE",
      (bed) => {
        const { record } = bed.desk.prepare(bed.hospital.keys.nurse, PATIENT.token, bed.orderId, {
          kind: "pause",
        });
        record[record.length - 1]! ^= 1;
        return bed.pump.submit(record);
      },
      ["Replay", "Forgery"],
    ),
  ];
}

export function lifeDrafts(): Draft[] {
  const aged = (comment: string, status: StatusName, pastMs: number): Draft =>
    at(RUNNING, comment, status, (bed) => {
      const session = bed.desk.open();
      const prepared = bed.desk.prepare(
        bed.hospital.keys.nurse,
        PATIENT.token,
        bed.orderId,
        { kind: "pause" },
        { lifeS: 10 },
      );
      const ageMs = Number(bed.device.clock.uptimeMs() - session.uptimeMs);
      bed.device.clock.advanceMs(10_000 + pastMs - ageMs);
      return bed.pump.submit(prepared.record);
    });
  return [
    aged("a command of 10 s, when it is 10 s and 1 ms old", "COMMAND_EXPIRED", 1),
    at(RUNNING, "a command of 10 s, when it is 9 s old", "OK", (bed) => {
      bed.desk.open();
      const prepared = bed.desk.prepare(
        bed.hospital.keys.nurse,
        PATIENT.token,
        bed.orderId,
        { kind: "pause" },
        { lifeS: 10 },
      );
      bed.device.clock.advanceMs(9_000);
      return bed.pump.submit(prepared.record);
    }),
    at(RUNNING, "a command whose life ends while it is verified", "COMMAND_EXPIRED", (bed) => {
      const { gate } = bed.pump;
      const session = bed.desk.open();
      const { record } = bed.desk.prepare(
        bed.hospital.keys.nurse,
        PATIENT.token,
        bed.orderId,
        { kind: "pause" },
        { lifeS: 10 },
      );
      bed.device.clock.advanceMs(10_000 - Number(bed.device.clock.uptimeMs() - session.uptimeMs));
      gate.stage("submit", record);
      gate.work(1);
      bed.device.clock.advanceMs(1);
      return gate.finish();
    }),
    at(RUNNING, "a command of 10 s, to the millisecond", "OK", (bed) => {
      const session = bed.desk.open();
      const { record } = bed.desk.prepare(
        bed.hospital.keys.nurse,
        PATIENT.token,
        bed.orderId,
        { kind: "pause" },
        { lifeS: 10 },
      );
      bed.device.clock.advanceMs(10_000 - Number(bed.device.clock.uptimeMs() - session.uptimeMs));
      bed.pump.gate.stage("submit", record);
      return bed.pump.gate.finish();
    }),
  ];
}

const forged = (bed: Bed, port = 1): Came =>
  send(bed, { kind: "pause" }, { sequence: 99, port, receiver: { challenge: new Uint8Array(32) } });

/** Eight tokens, one of which the start took, and the nurse's reserved slot are used. */
function flood(bed: Bed, count = 8): void {
  for (let i = 0; i < count; i++) forged(bed);
}

export function floodDrafts(): Draft[] {
  const over = (comment: string, status: StatusName, act: (bed: Bed) => Came | number): Draft =>
    at(RUNNING, comment, status, act, status === "OK" ? ["Flood", "Accepted"] : "Flood");
  return [
    over("the seventh forgery takes the lane's last token", "SIGNATURE", (bed) => {
      flood(bed, 6);
      return forged(bed);
    }),
    over("the eighth takes the key's reserved slot", "SIGNATURE", (bed) => {
      flood(bed, 7);
      return forged(bed);
    }),
    over("the ninth is not verified", "THROTTLED", (bed) => {
      flood(bed);
      return forged(bed);
    }),
    over("another key's reserved slot stays", "OK", (bed) => {
      flood(bed);
      return titrate(bed, { dose: 4 * MG });
    }),
    over("a stop at the panel stays", "OK", (bed) => {
      flood(bed);
      return bed.pump.panel("STOP");
    }),
    over("two seconds later one more is verified", "SIGNATURE", (bed) => {
      flood(bed);
      bed.device.clock.advanceMs(2_000);
      return forged(bed);
    }),
    over("the serial port stays", "OK", (bed) => {
      flood(bed);
      const { session } = bed.pump.openSession(2);
      return send(
        bed,
        { kind: "pause" },
        { port: 2, sequence: 1, sessionId: session!.sessionId, receiver: { challenge: session!.challenge } },
      );
    }),
    over("root documents have a budget of their own", "OK", (bed) => {
      flood(bed);
      const { root } = bed.hospital;
      return bed.pump.trustUpdate(
        bed.hospital.publishRoot({ ...root, version: 2, issuedS: root.issuedS + 1 }).bytes,
      );
    }),
  ];
}

export function overrideDrafts(): Draft[] {
  const over = (comment: string, status: StatusName, act: (bed: Bed) => Came | number): Draft =>
    at(WAITING, comment, status, act, status === "OK" ? ["Override", "Accepted"] : "Override");
  const panel = (bed: Bed, mask: number, reasonCode: number): Came =>
    bed.pump.panel("OVERRIDE", { mask, reasonCode });
  const mask = (bed: Bed): number => bed.pump.inspect().pendingMask;
  return [
    over("override at the panel", "OK", (bed) => panel(bed, mask(bed), 1)),
    over("override at the panel, and once more", "PENDING_NONE", (bed) => {
      done(panel(bed, mask(bed), 1));
      return panel(bed, 4, 1);
    }),
    over("override of no limit", "APPROVAL_MISMATCH", (bed) => panel(bed, 0, 1)),
    over("override of another limit", "APPROVAL_MISMATCH", (bed) => panel(bed, 8, 1)),
    over("override of one limit more", "APPROVAL_MISMATCH", (bed) => panel(bed, mask(bed) | 8, 1)),
    over("override without a reason", "APPROVAL_MISMATCH", (bed) => panel(bed, mask(bed), 0)),
    over("override with reason 256", "APPROVAL_MISMATCH", (bed) => panel(bed, mask(bed), 256)),
    over("override with reason 255", "OK", (bed) => panel(bed, mask(bed), 255)),
    over("override after a stop", "PENDING_NONE", (bed) => {
      const waits = mask(bed);
      bed.pump.panel("STOP");
      return panel(bed, waits, 1);
    }),
    over("override after a reset", "PENDING_NONE", (bed) => {
      const waits = mask(bed);
      bed.pump.powerCycle();
      return panel(bed, waits, 1);
    }),
    over("override after the command's life", "PENDING_NONE", (bed) => {
      const waits = mask(bed);
      bed.device.clock.advanceMs(301_000);
      return panel(bed, waits, 1);
    }),
    over("a start within the limit while the other waits", "OK", (bed) => start(bed, { dose: 4 * MG })),
  ];
}
