import { describe, expect, it } from "vitest";
import { given, rounded } from "../../host-sim/attack/conclusion.js";
import { dilutedLibrary, titration } from "../../host-sim/attack/attacker.js";
import { openedPump, prepareScene } from "../../host-sim/attack/scene.js";
import { drugOf, INSULIN, NOREPINEPHRINE } from "../../host-sim/attack/therapy.js";
import { UnguardedController } from "../../host-sim/attack/unguarded.js";
import { encodeProvisioning } from "../../host-sim/authority/provisioning.js";
import { encodeCommandUnchecked } from "../../host-sim/authority/command.js";
import { loadModule } from "../../host-sim/gate/gate.js";
import { STATUS } from "../../host-sim/gate/status.js";

const module = loadModule();
const HOUR_US = 3_600_000_000;
const PL_PER_ML = 1_000_000_000n;

/** A pump without a gate on which the therapy runs, and its world's time. */
function running(therapy = NOREPINEPHRINE) {
  const scene = prepareScene(module, therapy);
  const controller = scene.unguarded();
  for (const { atUs, believe } of scene.transcript.received) {
    controller.advanceTo(atUs);
    believe(controller);
  }
  let nowUs = scene.bed.device.clock.elapsedUs;
  controller.advanceTo(nowUs);
  const hour = (): bigint => {
    const before = controller.deliveredPl;
    controller.advanceTo((nowUs += HOUR_US));
    return controller.deliveredPl - before;
  };
  return { scene, controller, hour };
}

describe("a pump without a gate", () => {
  it("gives what was ordered as long as nobody attacks, like the pump with one", () => {
    const { scene, hour } = running();
    const { motor } = scene.bed.device;
    const before = motor.deliveredPl;
    scene.bed.pump.runFor(3_600_000);
    expect(hour()).toBe(15n * PL_PER_ML);
    expect(motor.deliveredPl - before).toBe(15n * PL_PER_ML);
  });

  it("does not run faster because of a library until the next order, then by its concentration", () => {
    const { scene, controller, hour } = running();
    const drug = drugOf(NOREPINEPHRINE);
    controller.library(dilutedLibrary(scene.bed.library, drug, 10).entries.map(({ bytes }) => bytes));
    expect(hour()).toBe(15n * PL_PER_ML);
    controller.order(titration(scene.bed, drug, "0.05 mcg/kg/min"));
    expect(hour()).toBe(150n * PL_PER_ML);
  });

  it("believes a command without signature, session, sequence or patient", () => {
    const { scene, controller, hour } = running();
    const body = titration(scene.bed, drugOf(NOREPINEPHRINE), "0.1 mcg/kg/min");
    const nobody = { sessionId: new Uint8Array(8), sequence: 1, lifeS: 1, patientToken: new Uint8Array(16) };
    controller.submit(encodeCommandUnchecked({ ...nobody, orderId: new Uint8Array(16), body }));
    expect(hour()).toBe(30n * PL_PER_ML);
  });

  it("ignores what it cannot read", () => {
    const { controller, hour } = running();
    controller.submit(new Uint8Array([1, 2, 3]));
    controller.configure(new Uint8Array([1, 2, 3]));
    expect(hour()).toBe(15n * PL_PER_ML);
  });

  it("runs twice as far where a calibration says that a step moves half", () => {
    const { scene, controller, hour } = running();
    const { deviceId, deviceSecret, logKey, pumpClass } = scene.bed.issued;
    const calibrations = [{ setId: 1, plPerStep: 50_000 }];
    const root = new Uint8Array([0xa0]);
    controller.configure(
      encodeProvisioning({ deviceId, deviceSecret, logKey, pumpClass, calibrations, root }),
    );
    expect(hour()).toBe(30n * PL_PER_ML);
  });

  it("gives a bolus for every message, one after the other, and never more than the bag holds", () => {
    const { scene, controller, hour } = running(INSULIN);
    const bolus = scene.bed.bolusBody("5 unit", "60 mL/h");
    controller.order(bolus);
    controller.order(bolus);
    // To the nanolitre: a bolus ends at a whole microsecond, and shares of two flows are rounded apart.
    const hourMl = (): number => Number(hour()) / Number(PL_PER_ML);
    expect(hourMl()).toBeCloseTo(12, 6);
    for (let i = 0; i < 50; i++) controller.order(bolus);
    expect(hourMl()).toBeCloseTo(62, 6);
    expect(hour() + hour()).toBeLessThan(100n * PL_PER_ML);
    expect(hour()).toBe(0n);
    expect(controller.deliveredPl).toBe(100n * PL_PER_ML);
  });

  it("stops, and goes on, for anybody; no faster than its mechanics", () => {
    const { controller, hour } = running();
    controller.order({ kind: "stop" });
    expect(hour()).toBe(0n);
    expect(controller.rateNlPerH).toBe(0);
    controller.order({ kind: "resume" });
    expect(hour()).toBe(15n * PL_PER_ML);
    const fast = new UnguardedController({
      bagNl: 2_000_000_000,
      setId: 1,
      plPerStep: 1,
      entries: [],
      atUs: 0,
    });
    fast.setRate(5_000_000_000);
    fast.advanceTo(HOUR_US);
    expect(fast.deliveredPl).toBe(0n); // no VTBI was told yet
    fast.order({ kind: "new bag", vtbiNl: 1_500_000_000 });
    fast.advanceTo(2 * HOUR_US);
    expect(fast.deliveredPl).toBe(1200n * PL_PER_ML);
    fast.advanceTo(3 * HOUR_US);
    expect(fast.deliveredPl).toBe(1500n * PL_PER_ML);
  });
});

describe("a pump that is opened", () => {
  it("goes on with its therapy if nothing was done to its flash", () => {
    const { scene } = running();
    const pump = openedPump(scene, () => undefined);
    expect(pump.powerOn({ offMs: 1000 })).toBe(STATUS.OK);
    expect(pump.panel("RESTORE", { patientToken: scene.bed.patient.token }).status).toBe(STATUS.OK);
    pump.runFor(60_000);
    expect(pump.grant?.generation).toBe(1);
    expect(scene.bed.pump.grant?.generation).toBe(1);
  });
});

describe("doses in words", () => {
  it("have three significant digits and the largest unit that is not below one", () => {
    const per = 1000n;
    const written = [0n, 1n, 999n, 1000n, 1234n, 12_345n, 123_456n, 9_999_999n].map((n) => rounded(n, per));
    expect(written).toEqual(["0.000", "0.001", "0.999", "1.00", "1.23", "12.3", "123", "10000"]);
    const { concentration } = drugOf(NOREPINEPHRINE);
    expect(given(15n * PL_PER_ML, concentration)).toEqual({
      nl: 15_000_000,
      volume: "15.0 mL",
      amount: "240 mcg",
    });
    expect(given(0n, concentration).amount).toBe("0.000 pg");
  });
});
