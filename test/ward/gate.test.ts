/** What the simulated day found in the gate, as small as it gets. */
import { describe, expect, it } from "vitest";
import { exampleDirectory, loadLibrary } from "../../host-sim/authority/library/load.js";
import { loadModule } from "../../host-sim/gate/gate.js";
import { ALARM, LOCAL_ACTION } from "../../host-sim/gate/names.js";
import { STATUS, statusName } from "../../host-sim/gate/status.js";
import type { Pump } from "../../host-sim/pump/pump.js";
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

describe("a library that waits for its date", () => {
  /** STORE_BUSY says: work, then again. */
  function accepted(pump: Pump, deliver: () => number): void {
    let status = deliver();
    if (status === STATUS.STORE_BUSY) {
      pump.runFor(1000);
      status = deliver();
    }
    expect(statusName(status)).toBe("OK");
  }

  /** Orders so close to each other that no background work comes between them. */
  const AT_ONCE = 6;

  /** A pump whose log is filled by titrations, the last ones at once, and then gets the library and the root document. */
  function updated(orders: number): Bed {
    const bed = infusion(`waits ${orders}`);
    for (let i = 0; i < orders + AT_ONCE; i++) {
      if (i <= orders) bed.pump.runFor(i === orders ? 20_000 : 2100);
      accepted(bed.pump, () => bed.titrate(i % 2 === 0 ? "0.1 mcg/kg/min" : "0.2 mcg/kg/min").status);
    }
    const { hospital, pump } = bed;
    const next = stricterLibrary(library, OPENED_S + 10, OPENED_S + 20);
    const entries = next.entries.map(({ bytes }) => bytes);
    const manifest = hospital.publishLibrary(next).bytes;
    accepted(pump, () => pump.installLibrary(manifest, entries).status);
    expect(pump.inspect().activeVersion).toBe(library.header.version);
    const change = { version: 2, issuedS: OPENED_S + 30, epoch: library.header.epoch };
    const root = hospital.publishRoot(hospital.rootDocument(change)).bytes;
    accepted(pump, () => pump.trustUpdate(root).status);
    return bed;
  }

  it("is active soon after a signed date has passed, wherever the log stands in its segment", () => {
    for (let orders = 0; orders < 40; orders++) {
      const { pump } = updated(orders);
      pump.runFor(3000);
      expect([orders, pump.inspect().activeVersion]).toEqual([orders, library.header.version + 1]);
    }
  });
});

describe("a bolus larger than what the bag still holds", () => {
  it("reserves the rest of the bag once, not at every tick", () => {
    const hospital = new Hospital({ seed: "rest", library, nowS: OPENED_S });
    const bed = Bed.ready({ name: "rest", hospital, library, module, setId: 2 });
    bed.associate({ token: patientToken("rest"), area: 3, weightG: 14_000, bsaCm2: 0 });
    const started = bed.start(bed.drug("morphine"), { dose: "20 mcg/kg/h", vtbi: "1 mL", total: "2 mL" });
    expect(statusName(started.status)).toBe("OK");
    bed.pump.runFor(2 * 3_600_000);
    expect(statusName(bed.bolus("49 mcg/kg", "1 mL/h").status)).toBe("OK");
    bed.pump.runFor(10_000);
    const before = bed.pump.inspect().meterNextSequence;
    const { bagLeftNl, bolusLeftNl } = bed.pump.grant!;
    expect(bolusLeftNl).toBeGreaterThan(bagLeftNl);
    bed.pump.runFor(600_000);
    // The basal rate reserves once a minute; there were 600 ticks.
    expect(bed.pump.inspect().meterNextSequence - before).toBeLessThanOrEqual(12);
  });
});
