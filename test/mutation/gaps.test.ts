/** What no other test can see, because something behind it refuses the same a moment later. */
import { describe, expect, it } from "vitest";
import { Gate } from "../../host-sim/gate/gate.js";
import { STATUS, statusName } from "../../host-sim/gate/status.js";
import { type Bed, patientToken } from "../../host-sim/ward/bed.js";
import { drugOf, MODULE, PATIENT, send, startBody, ward } from "../support/ward.js";

/** The submit record of a good start, for a pump as it stands now. */
function recordOf(bed: Bed): Uint8Array {
  bed.newOrder(drugOf(bed));
  const { prescriber } = bed.hospital.keys;
  return bed.desk.prepare(prescriber, bed.patient.token, bed.orderId, startBody(bed)).record;
}

describe("the second opinion", () => {
  it("alone refuses a start before whose last slice the signature's own verdict is spoilt", () => {
    const bed = ward();
    const { device } = bed;
    const { gate } = bed.pump;
    const record = recordOf(bed);
    const began = new Uint8Array(gate.instance.memory.buffer).slice();
    const world = device.save();
    gate.stage("submit", record);
    const { calls } = gate.finish({ units: 1, between: () => undefined });
    expect(calls).toBeGreaterThan(2);

    device.restore(world);
    const again = new Gate(MODULE, device);
    new Uint8Array(again.instance.memory.buffer).set(began);
    again.stage("submit", record);
    for (let i = 1; i < calls; i++) expect(again.work(1)).toBe(STATUS.WORKING);
    const last = new Uint8Array(again.instance.memory.buffer).slice();
    const before = device.save();

    // Where that verdict stands is the module's own business: every word of its memory is spoilt in turn, until one shows.
    let faults = 0;
    for (let at = 8; at < again.instance.heapBase && faults === 0; at += 4) {
      device.restore(before);
      const spoilt = new Gate(MODULE, device);
      const memory = new Uint8Array(spoilt.instance.memory.buffer);
      memory.set(last);
      for (let i = 0; i < 4; i++) memory[at + i]! ^= 0xff;
      try {
        if (spoilt.finish({ units: 1 }).status === STATUS.FAULT) faults++;
      } catch {
        // A spoilt address may end in a trap: nothing was permitted.
      }
    }
    expect(faults).toBe(1);
  });
});

describe("a command whose life is over", () => {
  it("is refused at once, before it costs a verification", () => {
    const bed = ward({ patient: null });
    bed.desk.session();
    bed.device.clock.advanceMs(2_000);
    const judged = bed.desk.send(
      bed.hospital.keys.nurse,
      patientToken("late"),
      new Uint8Array(16),
      { kind: "associate", weightG: PATIENT.weightG, bsaCm2: PATIENT.bsaCm2, area: PATIENT.area },
      { lifeS: 1 },
    );
    expect(statusName(judged.status)).toBe("COMMAND_EXPIRED");
    expect(judged.calls).toBe(0);
  });
});

describe("a sequence", () => {
  it("that was used is refused at once, whatever it is used for", () => {
    const bed = ward();
    const sequence = bed.desk.sequenceOf(bed.hospital.keys.nurse) - 1;
    const judged = send(bed, { kind: "stop" }, { sequence });
    expect(statusName(judged.status)).toBe("SEQUENCE");
    expect(judged.calls).toBe(0);
  });
});
