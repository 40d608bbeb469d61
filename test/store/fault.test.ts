import { describe, expect, it } from "vitest";
import type { FlashFault } from "../../host-sim/device/flash-fault.js";
import { STATUS, statusName } from "../../host-sim/gate/status.js";
import { verifiedRecords } from "../support/store-sweep.js";
import { blankDevice, bootedStore, provisionedDevice, Store } from "../support/store.js";

function background(store: Store): number {
  for (;;) {
    const status = store.call("backgroundStep");
    if (status !== STATUS.WORKING) return status;
  }
}

describe("a failing program", () => {
  it.each(["program-error", "program-dropped"] as const)(
    "%s: the commit is refused, RAM unchanged, nothing is lost",
    (effect) => {
      const device = provisionedDevice();
      const store = bootedStore(device);
      store.decide(1);
      const states = store.states();
      device.flash.inject({ effect });
      expect(statusName(store.decide(2))).toBe("FLASH_FAILED");
      expect(store.states()).toBe(states);
      expect(store.u32("NEXT", "AT_GENERATION")).toBe(1);
      // The place is spent: until a new segment is open nothing is taken.
      expect(statusName(store.decide(3))).toBe("STORE_BUSY");
      expect(background(store)).toBe(STATUS.NOTHING);
      expect(store.decide(4)).toBe(STATUS.OK);
      device.powerCycle();
      const again = bootedStore(device);
      expect(again.u32("STATE", "AT_GENERATION")).toBe(4);
      expect(verifiedRecords(again, 0).map((r) => r.event?.kind)).toEqual([1, 2, 6, 6, 2]);
    },
  );

  it("of a header takes the next segment; the old tail takes no more records meanwhile", () => {
    const device = provisionedDevice();
    const store = bootedStore(device);
    device.flash.inject({ effect: "program-error" });
    expect(store.decide(1)).toBe(STATUS.FLASH_FAILED);
    device.flash.inject({ effect: "program-error", after: 1, count: 2 });
    expect(background(store)).toBe(STATUS.NOTHING);
    expect(store.decide(2)).toBe(STATUS.OK);
    device.powerCycle();
    expect(bootedStore(device).u32("STATE", "AT_GENERATION")).toBe(2);
  });

  it("for good gives the stream up after eight segments and leaves the other one working", () => {
    const device = provisionedDevice();
    const store = bootedStore(device);
    for (let sector = 6; sector < 16; sector++) {
      device.flash.inject({ effect: "program-error", count: Infinity, sector });
    }
    expect(store.decide(1)).toBe(STATUS.FLASH_FAILED);
    expect(statusName(background(store))).toBe("FLASH_FAILED");
    expect(background(store)).toBe(STATUS.NOTHING);
    expect(statusName(store.decide(1))).toBe("FLASH_FAILED");
    expect(store.reserve(1n, 2n)).toBe(STATUS.OK);
  });
});

describe("a failing erase", () => {
  it.each(["erase-error", "erase-stuck"] as const)(
    "%s: another segment is opened, and nothing acknowledged is lost",
    (effect) => {
      const device = provisionedDevice();
      let store = bootedStore(device);
      for (let i = 1; i <= 5; i++) store.decide(i);
      for (let round = 0; round < 12; round++) {
        device.powerCycle();
        device.flash.inject({ effect });
        store = bootedStore(device);
        expect(store.decide(100 + round)).toBe(STATUS.OK);
      }
      const kinds = verifiedRecords(store, 0).map((r) => r.event?.kind);
      expect(kinds.filter((kind) => kind === 6)).toHaveLength(5 + 12);
    },
  );

  it("of one sector for good costs that segment only", () => {
    const device = provisionedDevice();
    device.flash.inject({ effect: "erase-error", count: Infinity, sector: 8 });
    const store = bootedStore(device);
    for (let i = 0; i < 600; i++) {
      expect(store.decide(i & 0xff)).toBe(STATUS.OK);
      expect(background(store)).toBe(STATUS.NOTHING);
    }
    device.powerCycle();
    expect(verifiedRecords(bootedStore(device), 0).length).toBeGreaterThan(150);
  });
});

describe("a failing read", () => {
  it("at any place of a boot is reported, changes nothing, and the next boot succeeds", () => {
    const device = provisionedDevice();
    const store = bootedStore(device);
    for (let i = 1; i <= 3; i++) {
      store.decide(i);
      store.reserve(BigInt(i), 9n);
    }
    const states = store.states();
    device.powerCycle();
    const saved = device.save();
    let failures = 0;
    for (let after = 0; ; after++) {
      device.restore(saved);
      device.flash.clearFaults();
      device.flash.inject({ effect: "read-error", after });
      const found = new Store(device);
      const status = found.call("bootStore");
      if (status === STATUS.OK) expect(found.states()).toBe(states);
      else expect(statusName(status)).toBe("FLASH_FAILED");
      if (status !== STATUS.OK) failures++;
      device.powerCycle();
      device.flash.clearFaults();
      const again = new Store(device);
      expect(again.call("bootStore")).toBe(STATUS.OK);
      expect(again.states()).toBe(states);
      if (after > 400) break;
    }
    expect(failures).toBeGreaterThan(20);
  });

  it("while opening costs no record", () => {
    const device = provisionedDevice();
    const store = bootedStore(device);
    for (let i = 1; i <= 5; i++) store.decide(i);
    device.powerCycle();
    const saved = device.save();
    for (let after = 0; after < 120; after++) {
      device.restore(saved);
      device.flash.clearFaults();
      const found = new Store(device);
      expect(found.call("bootStore")).toBe(STATUS.OK);
      device.flash.inject({ effect: "read-error", after });
      // A record that cannot be read back is refused; nothing else may fail.
      expect(["OK", "FLASH_FAILED"], `read ${after}`).toContain(statusName(found.open()));
      device.flash.clearFaults();
      expect(background(found)).toBe(STATUS.NOTHING);
      expect(found.decide(9)).toBe(STATUS.OK);
      expect(verifiedRecords(found, 0).filter((r) => r.event?.kind === 6)).toHaveLength(6);
    }
  });
});

describe("any single fault, anywhere in a life", () => {
  const EFFECTS: readonly FlashFault["effect"][] = [
    "program-error",
    "program-dropped",
    "erase-error",
    "erase-stuck",
  ];

  it.each(EFFECTS)("%s ends in a status, never in a trap or a lie", (effect) => {
    let struck = 0;
    for (let after = 0; after < 60; after++) {
      const device = blankDevice();
      device.flash.inject({ effect, after });
      const status = new Store(device).provision();
      device.powerCycle();
      if (status !== STATUS.OK) {
        struck++;
        continue;
      }
      const store = new Store(device);
      if (store.boot() !== STATUS.OK) {
        struck++; // the record of the boot was refused; the next segment takes the next one
        expect(background(store)).toBe(STATUS.NOTHING);
      }
      let acknowledged = 0;
      for (let i = 1; i <= 12; i++) {
        const outcome = store.decide(i);
        if (outcome === STATUS.OK) acknowledged = i;
        else struck++;
        background(store);
      }
      device.powerCycle();
      const again = new Store(device);
      expect(again.call("bootStore"), `${effect} ${after}`).toBe(STATUS.OK);
      expect(again.u32("STATE", "AT_GENERATION")).toBe(acknowledged);
    }
    // An erase that fails is made good by the next segment and shows nowhere else, except in provisioning.
    if (effect !== "erase-stuck") expect(struck).toBeGreaterThan(0);
  });
});
