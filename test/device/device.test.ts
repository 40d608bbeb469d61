import { createHash } from "node:crypto";
import { serialize } from "node:v8";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Device } from "../../host-sim/device/device.js";
import { PowerCut } from "../../host-sim/device/errors.js";
import { hostImports } from "../../host-sim/device/host.js";
import { pattern } from "./support.js";

const GRANT = {
  program: 1,
  generation: 1,
  reachStep: 1000n,
  rateMaxNlPerH: 180_000_000, // one 50 nL step a millisecond
  untilMs: 60_000n,
};

describe("a power cycle", () => {
  it("keeps flash and counter, and starts uptime again", () => {
    const device = new Device({ seed: 1, wallTimeS: 1000 });
    device.flash.program(0, pattern(8));
    device.counter.advance();
    device.clock.advanceMs(5000);
    device.powerCycle({ offMs: 2000 });
    expect(device.clock.uptimeMs()).toBe(0n);
    expect(device.clock.wallTimeS()).toBe(1007n);
    expect(device.flash.map(0)[0]).toBe("#");
    expect(device.counter.value).toBe(1);
  });

  it("halts the motor and begins a new epoch, with the delivered volume kept", () => {
    const device = new Device({ seed: 1 });
    device.motor.obey(GRANT);
    device.clock.advanceMs(10);
    device.powerCycle();
    device.clock.advanceMs(10);
    expect(device.motor.report()).toEqual({ epoch: 2, steps: 0n });
    expect(device.motor.deliveredPl).toBe(500_000n);
  });

  it("can leave the motor its count, or leave it running under its grant", () => {
    const steps = (motor: "keeps-steps" | "keeps-running") => {
      const device = new Device({ seed: 1 });
      device.motor.obey(GRANT);
      device.clock.advanceMs(10);
      device.powerCycle({ offMs: 5, motor });
      device.clock.advanceMs(10);
      return device.motor.report();
    };
    expect(steps("keeps-steps")).toEqual({ epoch: 1, steps: 10n });
    expect(steps("keeps-running")).toEqual({ epoch: 1, steps: 25n });
  });
});

describe("what a boot is told of the time without power", () => {
  it.each([
    ["nothing by default", undefined, { offMs: -1, trusted: false }],
    ["the time of a clock that people can set", "settable", { offMs: 2000, trusted: false }],
    ["the time of a clock that nobody can set", "trusted", { offMs: 2000, trusted: true }],
  ] as const)("is %s", (_name, offClock, told) => {
    const device = new Device({ seed: 1, ...(offClock && { offClock }) });
    expect(device.offTime()).toEqual({ offMs: -1, trusted: false });
    device.powerCycle({ offMs: 2000 });
    expect(device.offTime()).toEqual(told);
  });
});

describe("the monitor at the interlock input", () => {
  it("asks nothing while it is not connected, and stops doses below eight breaths a minute", () => {
    const { monitor } = new Device({ seed: 1 });
    const asks = (breathsPerMin: number | null): boolean => {
      monitor.breathsPerMin = breathsPerMin;
      return monitor.interlock;
    };
    expect([null, 16, 8, 7, 0].map(asks)).toEqual([false, false, false, true, true]);
  });

  it("is part of the world that is saved", () => {
    const device = new Device({ seed: 1 });
    device.monitor.breathsPerMin = 6;
    const saved = device.save();
    device.monitor.breathsPerMin = 14;
    device.restore(saved);
    expect(device.monitor.interlock).toBe(true);
  });
});

describe("older flash put back", () => {
  it("does not take the hardware counter back", () => {
    const device = new Device({ seed: 1 });
    const older = device.flash.save();
    device.flash.program(0, pattern(8));
    device.counter.advance();
    device.flash.restore(older);
    expect(device.flash.isErased(0)).toBe(true);
    expect(device.counter.value).toBe(1);
  });
});

/** A digest of everything that can be seen of a device after a fixed exercise of all its parts. */
function fingerprint(device: Device): string {
  const memory = { buffer: new ArrayBuffer(65_536) };
  const host = hostImports(device, () => memory);
  const statuses: number[] = [];
  new Uint8Array(memory.buffer, 1024, 64).set(pattern(64));
  device.motor.obey({ ...GRANT, program: 9 });
  device.flash.inject({ effect: "program-error", after: 1 });
  for (let i = 0; i < 3; i++) statuses.push(host.flashProgram(i * 64, 1024, 64));
  device.flash.inject({ effect: "erase-error" });
  statuses.push(host.flashErase(0), host.flashErase(1), host.entropy(2048, 32), host.wallTimeS(2080));
  statuses.push(host.counterAdvance(), host.flashRead(0, 4096, 512));
  device.flash.cutAfter(1, { when: "inside", unit: "random" });
  expect(() => host.flashProgram(8192, 1024, 64)).toThrow(PowerCut);
  device.powerCycle();
  const hash = createHash("sha256").update(Uint8Array.from(statuses)).update(new Uint8Array(memory.buffer));
  for (const part of Object.values(device.save())) hash.update(serialize(part));
  return hash.digest("hex");
}

describe("determinism", () => {
  it("gives the same device for the same seed, to the bit, and another for another", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        expect(fingerprint(new Device({ seed }))).toBe(fingerprint(new Device({ seed })));
      }),
      { numRuns: 20 },
    );
    expect(fingerprint(new Device({ seed: 1 }))).not.toBe(fingerprint(new Device({ seed: 2 })));
  });

  it("repeats a stretch exactly from a saved device, counter included", () => {
    const device = new Device({ seed: "sweep" });
    device.flash.program(4096 * 3, pattern(64));
    device.counter.advance();
    const state = device.save();
    const first = fingerprint(device);
    device.restore(state);
    expect(device.counter.value).toBe(1);
    expect(fingerprint(device)).toBe(first);
  });

  it("restores into a device that lost its power", () => {
    const device = new Device({ seed: 1 });
    const state = device.save();
    expect(() => device.cutPower()).toThrow(PowerCut);
    device.restore(state);
    expect(device.powered).toBe(true);
    expect(device.flash.erase(0)).toBe(0);
  });
});

describe("options", () => {
  it("reach the parts they are for", () => {
    const device = new Device({
      seed: 1,
      geometry: { unitBytes: 32, sectorBytes: 8192, sectorCount: 8, eraseMsMax: 25 },
      flash: { blankRead: "uncorrectable", programUs: 1000 },
      uptimeMs: 77,
      counterEnduranceAdvances: 1,
      motor: { plPerStep: 1000 },
    });
    expect(device.flash.read(0, new Uint8Array(1))).toBe(2);
    expect(device.clock.uptimeMs()).toBe(77n);
    expect(device.clock.wallTimeS()).toBeNull();
    device.flash.program(0, pattern(64));
    expect(device.clock.uptimeMs()).toBe(79n);
    expect([device.counter.advance(), device.counter.advance()]).toEqual([0, 1]);
    device.motor.overrun(3n);
    expect(device.motor.deliveredPl).toBe(3000n);
    expect(device.seed).toBe("1");
  });
});
