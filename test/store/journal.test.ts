import { describe, expect, it } from "vitest";
import { verifyStream, type StreamReport } from "../support/stream-verifier.js";
import { STATUS } from "../../host-sim/gate/status.js";
import {
  blankDevice,
  bootedStore,
  DEVICE_ID,
  LOG_KEY,
  provisionedDevice,
  ROOT_PAYLOAD,
  Store,
} from "../support/store.js";

function verified(store: Store, stream: number): StreamReport {
  return verifyStream({ logKey: LOG_KEY, deviceId: DEVICE_ID, stream }, store.pages(stream));
}

describe("a store", () => {
  it("is empty on blank flash and refuses what needs a device", () => {
    const store = new Store(blankDevice());
    expect(store.call("bootStore")).toBe(STATUS.NOT_PROVISIONED);
    expect(store.call("storeOpen")).toBe(0);
    expect(store.decide(1)).toBe(STATUS.STORE_BUSY);
    expect(store.logRead(0, 0)).toBe(STATUS.NOTHING);
  });

  it("keeps state, meter, objects and log from boot to boot", () => {
    const device = provisionedDevice();
    let store = bootedStore(device);
    for (let i = 1; i <= 10; i++) {
      expect(store.decide(i)).toBe(STATUS.OK);
      expect(store.reserve(BigInt(i), BigInt(i + 1))).toBe(STATUS.OK);
    }
    const states = store.states();
    device.powerCycle();
    store = new Store(device);
    expect(store.call("bootStore")).toBe(STATUS.OK);
    expect(store.states()).toBe(states);
    expect(store.part(1)).toEqual(ROOT_PAYLOAD);
    expect(store.part(2)).toEqual(new Uint8Array());
    expect(store.u32("STATE", "AT_GENERATION")).toBe(10);
    expect(store.u64("METER", "AT_AHEAD")).toBe(1n);
    const decisions = verified(store, 0);
    expect(decisions.fault).toBeNull();
    expect(decisions.anchored).toBe(true);
    expect(decisions.records.map((r) => r.event?.kind)).toEqual([1, 2, ...Array<number>(10).fill(6)]);
    const meter = verified(store, 1);
    expect(meter.fault).toBeNull();
    expect(meter.records).toHaveLength(10);
  });
});
