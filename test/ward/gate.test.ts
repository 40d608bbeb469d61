/** What the simulated day found in the gate, as small as it gets. */
import { describe, expect, it } from "vitest";
import { exampleDirectory, loadLibrary } from "../../host-sim/authority/library/load.js";
import { loadModule } from "../../host-sim/gate/gate.js";
import { ALARM, LOCAL_ACTION } from "../../host-sim/gate/names.js";
import { STATUS, statusName } from "../../host-sim/gate/status.js";
import { Bed, patientToken } from "../../host-sim/ward/bed.js";
import { Hospital } from "../../host-sim/ward/hospital.js";
import { stricterLibrary } from "../../host-sim/ward/library-update.js";
import { OPENED_S } from "../../host-sim/ward/ward.js";

const module = loadModule();
const library = loadLibrary(exampleDirectory());

function bedWithPatient(name: string): Bed {
  const hospital = new Hospital({ seed: name, library, nowS: OPENED_S });
  const bed = Bed.ready({ name, hospital, library, module });
  const patient = { token: patientToken(name), area: 1, weightG: 80_000, bsaCm2: 0 };
  expect(statusName(bed.associate(patient).status)).toBe("OK");
  return bed;
}

function infusion(name: string): Bed {
  const bed = bedWithPatient(name);
  const order = { dose: "0.5 mcg/kg/min", vtbi: "100 mL" };
  expect(statusName(bed.start(bed.drug("NORepinephrine"), order).status)).toBe("OK");
  bed.pump.runFor(60_000);
  return bed;
}

describe("an order that refers to another library", () => {
  it("is refused, not trapped on, when the pump has read no profile since its boot", () => {
    const bed = bedWithPatient("stale");
    bed.library = stricterLibrary(library, OPENED_S, 0);
    const order = { dose: "0.1 mcg/kg/min", vtbi: "50 mL" };
    const sent = bed.start(bed.drug("NORepinephrine"), order, { library: bed.library });
    expect(statusName(sent.status)).toBe("LIBRARY_REFERENCE");
  });

  it("is refused for its proof when it brings an entry of another library", () => {
    const bed = bedWithPatient("proof");
    const order = { dose: "0.1 mcg/kg/min", vtbi: "50 mL" };
    const other = stricterLibrary(library, OPENED_S, 0);
    const sent = bed.start(bed.drug("NORepinephrine"), order, { library: other });
    expect(statusName(sent.status)).toBe("PROOF");
  });
});

describe("the motor between a pause and the host's hearing of it", () => {
  /** The last grant, and a pause that the host has not yet heard of. */
  function paused(name: string) {
    const bed = infusion(name);
    const { pump } = bed;
    const grant = pump.tick()!;
    const { epoch, steps } = bed.device.motor.report();
    expect(grant.reachStep).toBeGreaterThan(steps + 1n);
    expect(pump.gate.local({ action: LOCAL_ACTION.PAUSE }).status).toBe(STATUS.OK);
    const tick = (more: bigint) =>
      pump.gate.tick({ steps: steps + more, stepEpoch: epoch, sensors: 0 }).grant!;
    return { bed, tick, first: tick(0n) };
  }

  it("may still use its last grant: that counts, and is no over-delivery", () => {
    const { tick, first } = paused("between");
    const next = tick(1n);
    expect(next.alarms & ALARM.OVER_DELIVERY).toBe(0);
    expect(next.deliveredNl).toBe(first.deliveredNl + 100n);
  });

  it("is over-delivery from the next report on", () => {
    const { tick } = paused("after");
    tick(1n);
    expect(tick(2n).alarms & ALARM.OVER_DELIVERY).not.toBe(0);
  });

  it("is not lost to a power cut right after the pause", () => {
    const { bed, first } = paused("cut");
    bed.pump.powerCycle({ offMs: 1000 }, { offMs: 1000 });
    expect(bed.pump.inspect().deliveredNl).toBeGreaterThanOrEqual(first.deliveredNl + 100n);
  });
});
