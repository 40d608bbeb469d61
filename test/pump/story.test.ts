import { describe, expect, it } from "vitest";
import { Device } from "../../host-sim/device/device.js";
import { loadModule } from "../../host-sim/gate/gate.js";
import { PHASE, STATE_FLAG } from "../../host-sim/gate/names.js";
import { Pump } from "../../host-sim/pump/pump.js";
import { patientStory, STORY_S } from "../support/story.js";

const module = loadModule();
const run = (seed: string): Pump => {
  const pump = new Pump({ module, device: new Device({ seed, wallTimeS: STORY_S }), sampleEveryMs: 0 });
  patientStory(pump);
  return pump;
};

describe("a patient's hour with the release module", () => {
  it("goes from provisioning to attestation without a fault", () => {
    const pump = run("hour");
    expect(pump.journal.entries.filter((entry) => entry.kind === "fault")).toEqual([]);
    const flags = STATE_FLAG.PROVISIONED | STATE_FLAG.ASSOCIATED;
    expect(pump.inspect()).toMatchObject({
      flags,
      phase: PHASE.IDLE,
      generation: 1,
      boot: 1,
      activeVersion: 7,
    });
  });

  it("never counts less than left the pump, and is exact but for what a power cut leaves uncertain", () => {
    const pump = run("account");
    const { deliveredNl, uncertainNl } = pump.inspect();
    const truthPl = pump.account.deliveredPl(1);
    expect(pump.journal.samples.length).toBeGreaterThan(1000);
    for (const sample of pump.journal.samples) {
      if (sample.generation === 1) expect(sample.deliveredNl * 1000n).toBeGreaterThanOrEqual(sample.truthPl);
    }
    expect(truthPl).toBe(pump.device.motor.deliveredPl);
    expect(deliveredNl * 1000n - truthPl).toBeGreaterThanOrEqual(0n);
    expect(deliveredNl * 1000n - truthPl).toBeLessThanOrEqual(uncertainNl * 1000n);
  });

  it("moves nothing after the stop", () => {
    const pump = run("after");
    const before = pump.device.motor.deliveredPl;
    pump.runFor(600_000);
    expect(pump.device.motor.deliveredPl).toBe(before);
  });

  it("is the same twice from one seed", () => {
    const diary = (pump: Pump) =>
      pump.journal.entries.map((entry) => [entry.atUs, entry.text, entry.verdict]);
    expect(diary(run("twice"))).toEqual(diary(run("twice")));
  });
});
