import { describe, expect, it } from "vitest";
import type { FlashGeometry } from "../../host-sim/device/geometry.js";
import { STATUS, statusName } from "../../host-sim/gate/status.js";
import { verifiedRecords } from "../support/store-sweep.js";
import { blankDevice, bootedStore, provisionedDevice, Store } from "../support/store.js";

const EVENT_LOST = 10;

function geometry(sectorBytes: number, sectorCount: number, unitBytes = 8): FlashGeometry {
  return { unitBytes, sectorBytes, sectorCount, eraseMsMax: 40 };
}

function background(store: Store): number {
  for (;;) {
    const status = store.call("backgroundStep");
    if (status !== STATUS.WORKING) return status;
  }
}

function reserveMany(store: Store, count: number): void {
  for (let i = 0; i < count; i++) {
    expect(store.reserve(BigInt(i), BigInt(i + 60))).toBe(STATUS.OK);
    background(store);
  }
}

function lostRanges(store: Store, stream: number): (readonly [unknown, unknown])[] {
  return verifiedRecords(store, stream)
    .filter((r) => r.event?.kind === EVENT_LOST)
    .map((r) => [r.event!.details.get(0), r.event!.details.get(1)] as const);
}

describe("flash geometry", () => {
  it.each([
    ["7 segments", geometry(4096, 7)],
    ["sectors of 1,020 bytes at a unit of 4", { ...geometry(1024, 64, 4), sectorBytes: 1026 }],
  ])("is refused with %s", (_what, wanted) => {
    if (wanted.sectorBytes === 1026) wanted = { ...wanted, unitBytes: 2 };
    const store = new Store(blankDevice({ geometry: wanted }));
    expect(statusName(store.call("bootStore"))).toBe("FLASH_GEOMETRY");
  });

  it.each([
    ["8 segments of one sector", geometry(4096, 8)],
    ["12 segments of four sectors", geometry(1024, 48)],
    ["segments of three sectors that are no power of two", geometry(1536, 30)],
    ["64 segments, further sectors unused", geometry(4096, 80)],
    ["sectors of 128 KiB", geometry(131_072, 8, 32)],
    ["units of one byte", geometry(4096, 16, 1)],
    ["units of 32 bytes", geometry(4096, 16, 32)],
  ])("is served with %s", (_what, wanted) => {
    const device = provisionedDevice({ geometry: wanted });
    const store = bootedStore(device);
    for (let i = 0; i < 150; i++) {
      expect(store.decide(i)).toBe(STATUS.OK);
      expect(store.reserve(BigInt(i), BigInt(i + 60))).toBe(STATUS.OK);
      background(store);
    }
    const states = store.states();
    device.powerCycle();
    const again = new Store(device);
    expect(again.call("bootStore")).toBe(STATUS.OK);
    expect(again.states()).toBe(states);
    expect(verifiedRecords(again, 0).length).toBeGreaterThan(10);
    expect(again.open()).toBe(STATUS.OK);
  });
});

describe("a ring", () => {
  it("refuses a record when the tail is full and no segment is ready, and takes it after background work", () => {
    const store = bootedStore(provisionedDevice());
    let taken = 0;
    while (store.decide(taken) === STATUS.OK) taken++;
    const states = store.states();
    expect(store.decide(99)).toBe(STATUS.STORE_BUSY);
    expect(store.states()).toBe(states);
    expect(background(store)).toBe(STATUS.NOTHING);
    expect(store.decide(99)).toBe(STATUS.OK);
    expect(verifiedRecords(store, 0)).toHaveLength(taken + 3);
    expect(taken).toBeGreaterThan(20);
  });

  it("overwrites the oldest when full, says which records were lost, and keeps the rest whole", () => {
    const device = provisionedDevice();
    const store = bootedStore(device);
    reserveMany(store, 600);
    // Up to a record that opens a segment: only then is what its place held before said to be lost.
    const tail = store.call("tailOf", 1);
    for (let i = 0; i < 100 && store.call("tailOf", 1) === tail; i++) reserveMany(store, 2);
    const records = verifiedRecords(store, 1);
    const ranges = lostRanges(store, 1);
    expect(ranges.length).toBeGreaterThan(1);
    expect(records[0]!.sequence).toBeGreaterThan(1);
    expect(ranges.at(-1)![1]).toBe(records[0]!.sequence - 1);
    // Nothing but what was lost is missing: the ranges meet.
    for (let i = 1; i < ranges.length; i++) expect(ranges[i]![0]).toBe((ranges[i - 1]![1] as number) + 1);
    device.powerCycle();
    expect(verifiedRecords(bootedStore(device), 1)[0]!.sequence).toBeGreaterThanOrEqual(records[0]!.sequence);
  });

  it("owes no LOST event for records that were acknowledged", () => {
    const store = bootedStore(provisionedDevice());
    for (let i = 0; i < 12; i++) {
      reserveMany(store, 50);
      store.u32("NEXT", "AT_ACKED_1", store.call("sequenceOf", 1) - 1);
      expect(store.call("commit", 0)).toBe(STATUS.OK);
    }
    expect(verifiedRecords(store, 1)[0]!.sequence).toBeGreaterThan(1);
    expect(lostRanges(store, 1)).toEqual([]);
  });

  it("names only the unacknowledged part of what was lost", () => {
    const store = bootedStore(provisionedDevice());
    reserveMany(store, 100);
    store.u32("NEXT", "AT_ACKED_1", 30);
    expect(store.call("commit", 0)).toBe(STATUS.OK);
    while (lostRanges(store, 1).length === 0) reserveMany(store, 20);
    expect(lostRanges(store, 1)[0]![0]).toBe(31);
  });

  it("does not erase in commits", () => {
    const device = provisionedDevice();
    const store = bootedStore(device);
    const before = device.flash.eraseCounts();
    while (store.decide(1) === STATUS.OK);
    while (store.reserve(BigInt(store.call("sequenceOf", 1)), 1n) === STATUS.OK);
    expect(device.flash.eraseCounts()).toEqual(before);
  });

  it("is bounded in every slice: one sector erased, or about a kibibyte and a record programmed", () => {
    const device = provisionedDevice();
    const store = bootedStore(device);
    for (let i = 0; i < 15; i++) store.decide(i);
    device.powerCycle();
    const again = new Store(device);
    expect(again.call("bootStore")).toBe(STATUS.OK);
    let most = 0;
    for (let status: number = STATUS.WORKING; status === STATUS.WORKING;) {
      const erases = device.flash.eraseCounts().reduce((a, b) => a + b);
      const steps = device.flash.steps;
      status = again.call("openStep");
      const erased = device.flash.eraseCounts().reduce((a, b) => a + b) - erases;
      const programmed = (device.flash.steps - steps - erased) * 8;
      expect(erased).toBeLessThanOrEqual(1);
      if (erased > 0) expect(programmed).toBe(0);
      most = Math.max(most, programmed);
    }
    expect(most).toBeGreaterThan(1000);
    expect(most).toBeLessThanOrEqual(1024 + 800);
  });
});

describe("records", () => {
  it("of a reservation take 40 bytes, of an empty change nothing at all", () => {
    const device = provisionedDevice();
    const store = bootedStore(device);
    store.reserve(1n, 61n);
    const used = store.call("usedOf", 1);
    expect(store.reserve(61n, 121n)).toBe(STATUS.OK);
    expect(store.call("usedOf", 1) - used).toBe(40);
    expect(store.call("commit", 1)).toBe(STATUS.OK);
    expect(store.call("usedOf", 1) - used).toBe(40);
  });

  it("that were prepared and rolled back leave nothing behind", () => {
    const store = bootedStore(provisionedDevice());
    const states = store.states();
    store.u32("NEXT", "AT_GENERATION", 77);
    store.u64("METER_NEXT", "AT_AHEAD", 77n);
    store.event(6, [[0, 1n]]);
    store.call("rollback");
    expect(store.call("commit", 0)).toBe(STATUS.OK);
    expect(store.call("commit", 1)).toBe(STATUS.OK);
    expect(store.states()).toBe(states);
    expect(verifiedRecords(store, 0)).toHaveLength(2);
  });
});
