import { describe, expect, it } from "vitest";
import type { Device } from "../../host-sim/device/device.js";
import { STATUS, statusName } from "../../host-sim/gate/status.js";
import { blankDevice, bootedStore, provisionedDevice, Store } from "../support/store.js";

function checkAtBoot(device: Device): string {
  const store = new Store(device);
  store.call("bootStore");
  return statusName(store.call("counterCheckAtBoot"));
}

describe("the hardware counter", () => {
  it("agrees with the state after every boot", () => {
    const device = provisionedDevice();
    for (let boot = 0; boot < 3; boot++) {
      const store = bootedStore(device);
      expect(store.u32("STATE", "AT_COUNTER")).toBe(device.counter.value);
      device.powerCycle();
    }
    expect(device.counter.value).toBe(4);
  });

  it("is completed when the power went between the record and the advance", () => {
    const device = provisionedDevice();
    device.counter.advanceOutage.begin(1);
    const store = new Store(device);
    expect(statusName(store.boot())).toBe("COUNTER");
    const expected = store.u32("STATE", "AT_COUNTER");
    expect(device.counter.value).toBe(expected - 1);
    device.powerCycle();
    expect(checkAtBoot(device)).toBe("OK");
    expect(device.counter.value).toBe(expected);
  });

  it("counts as advanced when the call failed but it did advance", () => {
    const device = provisionedDevice();
    device.counter.failsAdvanced = true;
    device.counter.advanceOutage.begin(1);
    expect(new Store(device).boot()).toBe(STATUS.OK);
  });

  it.each([
    [0, "OK"],
    [1, "TAMPERED"],
    [2, "TAMPERED"],
  ])("%i advances ahead of the state: %s", (ahead, expected) => {
    const device = provisionedDevice();
    for (let i = 0; i < ahead; i++) device.counter.advance();
    expect(checkAtBoot(device)).toBe(expected);
  });

  it("two behind the state is TAMPERED too", () => {
    const device = provisionedDevice();
    bootedStore(device);
    device.powerCycle();
    device.counter.restore({ value: device.counter.value - 2 });
    expect(checkAtBoot(device)).toBe("TAMPERED");
  });

  it("shows that older flash was put back", () => {
    const device = provisionedDevice();
    bootedStore(device).decide(1);
    device.powerCycle();
    const older = device.flash.save();
    bootedStore(device).decide(2);
    device.powerCycle();
    device.flash.restore(older);
    expect(checkAtBoot(device)).toBe("TAMPERED");
  });

  it("above 0 beside blank flash is TAMPERED; at 0 the device is new", () => {
    const device = blankDevice();
    expect(checkAtBoot(device)).toBe("OK");
    device.counter.advance();
    expect(checkAtBoot(device)).toBe("TAMPERED");
  });

  it("that cannot be read is COUNTER, at boot and after an advance", () => {
    const device = provisionedDevice();
    device.counter.readOutage.begin();
    expect(checkAtBoot(device)).toBe("COUNTER");
    device.counter.readOutage.end();
    const store = bootedStore(device);
    device.counter.readOutage.begin();
    expect(statusName(store.call("counterAdvance"))).toBe("COUNTER");
  });

  it("that is worn out is COUNTER", () => {
    const device = provisionedDevice({ counterEnduranceAdvances: 1 });
    expect(statusName(new Store(device).boot())).toBe("COUNTER");
  });
});
