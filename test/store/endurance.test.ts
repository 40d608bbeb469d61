import { describe, expect, it } from "vitest";
import { STATUS } from "../../host-sim/gate/status.js";
import { verifiedRecords } from "../support/store-sweep.js";
import { bootedStore, provisionedDevice, type Store } from "../support/store.js";

const DECISION = 6;

function background(store: Store): void {
  while (store.call("backgroundStep") === STATUS.WORKING);
}

describe("a flood of reboots", () => {
  it("does not push decisions out of the ring: 200 boots, none acknowledged", () => {
    const device = provisionedDevice();
    const store = bootedStore(device);
    for (let i = 1; i <= 20; i++) expect(store.decide(i)).toBe(STATUS.OK);
    for (let boot = 0; boot < 200; boot++) {
      device.powerCycle();
      bootedStore(device);
    }
    device.powerCycle();
    const records = verifiedRecords(bootedStore(device), 0);
    expect(records[0]!.sequence).toBe(1);
    expect(records.filter((r) => r.event?.kind === DECISION)).toHaveLength(20);
    expect(records.filter((r) => r.event?.kind === 2)).toHaveLength(202);
    console.log(`200 boots: at most ${Math.max(...device.flash.eraseCounts())} erases of a sector`);
  });
});

describe("wear in 64 KiB", () => {
  const DAYS = 5 * 365.25;
  const MINUTES_A_DAY = 24 * 60;

  it.each([
    [8, 10_000],
    [1, 10_000],
  ])(
    "stays below the endurance of flash in five years of a reservation a minute, %i B units",
    (unitBytes, limit) => {
      const geometry = { unitBytes, sectorBytes: 4096, sectorCount: 16, eraseMsMax: 40 };
      const device = provisionedDevice({ geometry });
      const store = bootedStore(device);
      const before = device.flash.eraseCounts();
      const daysSimulated = 4;
      let delivered = 0n;
      for (let minute = 0; minute < daysSimulated * MINUTES_A_DAY; minute++) {
        delivered += 2_083_333n; // 125 mL/h
        expect(store.reserve(delivered, delivered + 2_083_333n)).toBe(STATUS.OK);
        // Sixteen decisions a day: orders, titrations, bags, alarms.
        if (minute % 90 === 0) expect(store.decide(minute)).toBe(STATUS.OK);
        background(store);
      }
      const erases = device.flash.eraseCounts().map((count, sector) => count - before[sector]!);
      const worst = (Math.max(...erases) * DAYS) / daysSimulated;
      // Two boots a day cost each ring two more segments a day at most.
      const withBoots = worst + (2 * DAYS) / 4;
      console.log(
        `${unitBytes} B units, 5 years: ${Math.round(worst)} erases of the most worn sector, ` +
          `${Math.round(withBoots)} with two boots a day`,
      );
      expect(withBoots).toBeLessThan(limit);
      expect(Math.max(...erases)).toBeGreaterThan(0);
    },
  );
});
