import { describe, expect, it } from "vitest";
import { Clock } from "../../host-sim/device/clock.js";

describe("uptime", () => {
  it("rounds down to whole milliseconds", () => {
    const clock = new Clock();
    clock.advanceUs(999);
    expect(clock.uptimeMs()).toBe(0n);
    clock.advanceUs(1);
    expect(clock.uptimeMs()).toBe(1n);
  });

  it("begins again at 0 with a power cycle, while the world's time and the wall go on", () => {
    const clock = new Clock({ wallTimeS: 1_800_000_000 });
    clock.advanceMs(5000);
    clock.powerCycle(7000);
    expect(clock.uptimeMs()).toBe(0n);
    expect(clock.elapsedUs).toBe(12_000_000);
    expect(clock.wallTimeS()).toBe(1_800_000_012n);
  });

  it("passes 2^32 ms without wrapping", () => {
    const clock = new Clock({ uptimeMs: 0xffff_ffff });
    clock.advanceMs(1);
    expect(clock.uptimeMs()).toBe(0x1_0000_0000n);
  });

  it("can be stepped back, but never below 0, without the world's time moving", () => {
    const clock = new Clock();
    clock.advanceMs(1000);
    clock.stepUptimeMs(-400);
    expect(clock.uptimeMs()).toBe(600n);
    clock.stepUptimeMs(-10_000);
    expect(clock.uptimeMs()).toBe(0n);
    clock.stepUptimeMs(50);
    expect(clock.uptimeMs()).toBe(50n);
    expect(clock.elapsedUs).toBe(1_000_000);
  });

  it("names the moment of a deadline in the world's time, in whichever boot it was set", () => {
    const clock = new Clock();
    clock.advanceMs(1000);
    clock.powerCycle(500);
    expect(clock.elapsedUsAt(200n)).toBe(1_700_000n);
  });

  it.each([-1, 0.5, NaN, Infinity])("refuses to advance by %s", (amount) => {
    expect(() => new Clock().advanceMs(amount)).toThrow(RangeError);
    expect(() => new Clock().advanceUs(amount)).toThrow(RangeError);
  });
});

describe("the time without power", () => {
  it("is that of the last power cut, in the clock and in what was saved of it", () => {
    const clock = new Clock();
    expect(clock.offMs).toBeNull();
    clock.powerCycle(7000);
    clock.powerCycle(0);
    expect(clock.offMs).toBe(0);
    const saved = clock.save();
    clock.powerCycle(300);
    expect(clock.offMs).toBe(300);
    clock.restore(saved);
    expect(clock.offMs).toBe(0);
  });
});

describe("wall time", () => {
  it("is absent unless given, and can be taken away, set and set wrong", () => {
    const clock = new Clock();
    expect(clock.wallTimeS()).toBeNull();
    clock.advanceMs(10_000);
    clock.setWallTimeS(42);
    clock.advanceMs(1000);
    expect(clock.wallTimeS()).toBe(43n);
    clock.setWallTimeS(null);
    expect(clock.wallTimeS()).toBeNull();
  });
});

describe("a saved clock", () => {
  it("goes on from where it was", () => {
    const clock = new Clock({ wallTimeS: 100 });
    clock.powerCycle(250);
    clock.advanceMs(10);
    const state = clock.save();
    clock.powerCycle(9999);
    clock.setWallTimeS(null);
    clock.restore(state);
    expect([clock.uptimeMs(), clock.elapsedUs, clock.wallTimeS()]).toEqual([10n, 260_000, 100n]);
  });
});
