import { describe, expect, it } from "vitest";
import { STATUS, statusName } from "../../host-sim/gate/status.js";
import { blankDevice, bootedStore, provisionedDevice, ROOT_PAYLOAD, Store } from "../support/store.js";

const MANIFEST = new Uint8Array(400).fill(0xa5);

/** Stages parts, rewrites and commits. */
function rewrite(store: Store, parts: ReadonlyMap<number, Uint8Array>): number {
  let slot = 0;
  for (const [part, bytes] of parts) {
    store.call("objectsStage", part, store.hand(bytes, slot++), bytes.length);
  }
  store.call("objectsBegin");
  const written = store.run("objectsStep");
  return written === STATUS.OK ? store.call("commit", 0) : written;
}

describe("object segments", () => {
  it("keep every part that is not staged, across boots and both segments", () => {
    const device = provisionedDevice();
    const store = bootedStore(device);
    expect(rewrite(store, new Map([[2, MANIFEST]]))).toBe(STATUS.OK);
    expect(rewrite(store, new Map([[3, MANIFEST.subarray(0, 33)]]))).toBe(STATUS.OK);
    expect(rewrite(store, new Map([[2, new Uint8Array()]]))).toBe(STATUS.OK);
    device.powerCycle();
    const again = new Store(device);
    expect(again.call("bootStore")).toBe(STATUS.OK);
    expect(again.part(1)).toEqual(ROOT_PAYLOAD);
    expect(again.part(2)).toEqual(new Uint8Array());
    expect(again.part(3)).toEqual(MANIFEST.subarray(0, 33));
  });

  it("that were written but not committed do not count", () => {
    const device = provisionedDevice();
    const store = bootedStore(device);
    store.call("objectsStage", 1, store.hand(MANIFEST), MANIFEST.length);
    store.call("objectsBegin");
    expect(store.run("objectsStep")).toBe(STATUS.OK);
    store.call("rollback");
    expect(store.part(1)).toEqual(ROOT_PAYLOAD);
    device.powerCycle();
    const again = bootedStore(device);
    expect(again.part(1)).toEqual(ROOT_PAYLOAD);
  });

  it("forget what a rewrite that was given up had staged", () => {
    const store = bootedStore(provisionedDevice());
    store.call("objectsStage", 2, store.hand(MANIFEST), MANIFEST.length);
    store.call("objectsBegin");
    store.call("objectsStep");
    expect(rewrite(store, new Map([[3, MANIFEST]]))).toBe(STATUS.OK);
    expect(store.part(2)).toEqual(new Uint8Array());
    expect(store.part(3)).toEqual(MANIFEST);
  });

  it("go on being used while a rewrite is under way and other records are committed", () => {
    const store = bootedStore(provisionedDevice());
    store.call("objectsStage", 1, store.hand(MANIFEST), MANIFEST.length);
    store.call("objectsBegin");
    let status: number = STATUS.WORKING;
    for (let i = 0; status === STATUS.WORKING; i++) {
      expect(store.part(1)).toEqual(ROOT_PAYLOAD);
      expect(store.decide(i)).toBe(STATUS.OK);
      status = store.call("objectsStep");
    }
    expect(status).toBe(STATUS.OK);
    expect(store.call("commit", 0)).toBe(STATUS.OK);
    expect(store.part(1)).toEqual(MANIFEST);
  });

  // Header 264, everything padded to 8: 4096 - 264 = 3832 bytes are left for the parts.
  it.each([
    [3832, "OK"],
    [3833, "BAD_LENGTH"],
    [0xffff_ffff, "BAD_LENGTH"],
  ])("take %i bytes in all: %s", (length, expected) => {
    const store = bootedStore(provisionedDevice());
    store.call("objectsStage", 1, store.at("INPUT"), length);
    store.call("objectsBegin");
    expect(statusName(store.run("objectsStep"))).toBe(expected);
  });

  it("refuse a part longer than the caller's buffer", () => {
    const store = bootedStore(provisionedDevice());
    expect(store.call("objectRead", 1, store.at("IO"), ROOT_PAYLOAD.length)).toBe(ROOT_PAYLOAD.length);
    expect(store.call("objectRead", 1, store.at("IO"), ROOT_PAYLOAD.length - 1)).toBe(0);
  });

  it("that fail to be programmed leave the old ones in use, and the next rewrite succeeds", () => {
    const device = provisionedDevice();
    const store = bootedStore(device);
    device.flash.inject({ effect: "program-error", after: 2 });
    expect(statusName(rewrite(store, new Map([[2, MANIFEST]])))).toBe("FLASH_FAILED");
    expect(store.part(1)).toEqual(ROOT_PAYLOAD);
    expect(rewrite(store, new Map([[2, MANIFEST]]))).toBe(STATUS.OK);
    device.powerCycle();
    expect(bootedStore(device).part(2)).toEqual(MANIFEST);
  });

  it("refuse to copy a part that was damaged", () => {
    const device = provisionedDevice();
    const store = bootedStore(device);
    device.flash.flipBit(4096 + 264 + 100, 3); // provisioning writes segment 1; its root payload
    expect(store.part(1)).toEqual(new Uint8Array());
    expect(statusName(rewrite(store, new Map([[2, MANIFEST]])))).toBe("STORE_CORRUPT");
    device.powerCycle();
    expect(statusName(new Store(device).call("bootStore"))).toBe("STORE_CORRUPT");
  });
});

describe("flash of another pump", () => {
  it.each([
    ["the same secret: a control", 0x5e, "OK"],
    ["its own secret", 0x5f, "NOT_PROVISIONED"],
  ])("beside the objects of a pump with %s", (_what, secret, expected) => {
    const mine = provisionedDevice();
    bootedStore(mine).decide(1);
    const other = blankDevice({ seed: "other" });
    expect(new Store(other).provision(ROOT_PAYLOAD, new Uint8Array(32).fill(secret))).toBe(STATUS.OK);
    other.powerCycle();
    const log = mine.flash.rawBytes().subarray(2 * 4096); // both rings; segments 0 and 1 hold objects
    for (let sector = 2; sector < 16; sector++) {
      other.flash.erase(sector);
      other.flash.program(sector * 4096, log.subarray((sector - 2) * 4096, (sector - 1) * 4096));
    }
    expect(statusName(new Store(other).call("bootStore"))).toBe(expected);
  });
});
