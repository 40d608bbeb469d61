import { describe, expect, it } from "vitest";
import { PHASE } from "../../host-sim/gate/names.js";
import { STATUS } from "../../host-sim/gate/status.js";
import { verifiedRecords } from "../support/store-sweep.js";
import { bootedStore, provisionedDevice, type Store } from "../support/store.js";
import { MG, ML, running } from "../support/ward.js";

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
  const YEARS_DAYS = 5 * 365.25;
  /** A reservation holds 60 s, of which a grant needs the last five: another one follows 55 s later. */
  const RESERVATION_S = 55;
  const DAY_S = 86_400;
  const QUARTER_S = 900;

  /** What delivery writes: volumes, the ledger's clock, and the account's open bucket; a closed one each quarter hour. */
  class Account {
    readonly #view: DataView;
    readonly #at: number;

    constructor(readonly store: Store) {
      this.#view = new DataView(store.memory.buffer);
      this.#at = store.at("METER_NEXT") + store.at("AT_ACCOUNTS");
      this.#view.setUint32(this.#at + 16, 8, true);
      for (let byte = 0; byte < 16; byte++) this.#view.setUint8(this.#at + byte, 0xa0 + byte);
    }

    charge(second: number, amount: bigint): void {
      const quarter = Math.floor(second / QUARTER_S);
      const begins = this.#view.getUint32(this.#at + 24, true);
      if (begins !== quarter * QUARTER_S) {
        const closed = this.#at + 48 + ((begins / QUARTER_S) % 96) * 4;
        this.#view.setUint32(closed, Number(this.#view.getBigUint64(this.#at + 32, true) / 10n), true);
        this.#view.setBigUint64(this.#at + 32, 0n, true);
        this.#view.setUint32(this.#at + 24, quarter * QUARTER_S, true);
      }
      const open = this.#view.getBigUint64(this.#at + 32, true);
      this.#view.setBigUint64(this.#at + 32, open + amount, true);
      this.store.u32("METER_NEXT", "AT_CLOCK", second);
    }
  }

  it.each([1, 8, 16])(
    "stays below the endurance of flash in five years of a reservation a minute, %i B units",
    (unitBytes) => {
      const geometry = { unitBytes, sectorBytes: 4096, sectorCount: 16, eraseMsMax: 40 };
      const device = provisionedDevice({ geometry });
      const store = bootedStore(device);
      const account = new Account(store);
      const before = device.flash.eraseCounts();
      const days = 4;
      let delivered = 0n;
      let records = 0;
      for (let second = 0; second < days * DAY_S; second += RESERVATION_S, records++) {
        delivered += 1_909_722n; // 125 mL/h
        account.charge(second, 1_909_722_222n); // at 1 mg/mL, in pg
        expect(store.reserve(delivered, delivered + 2_083_533n)).toBe(STATUS.OK);
        // Sixteen decisions a day: orders, titrations, bags, alarms.
        if (records % 98 === 0) expect(store.decide(second)).toBe(STATUS.OK);
        background(store);
      }
      const erases = device.flash.eraseCounts().map((count, sector) => count - before[sector]!);
      const worst = (Math.max(...erases) * YEARS_DAYS) / days;
      // Two boots a day cost each ring two segments a day at most, of five or nine.
      const withBoots = worst + (2 * YEARS_DAYS) / 5;
      console.log(
        `${unitBytes} B units, 5 years, a reservation each ${RESERVATION_S} s: ${Math.round(worst)} erases of the most ` +
          `worn sector, ${Math.round(withBoots)} with two boots a day`,
      );
      expect(withBoots).toBeLessThan(10_000);
      expect(Math.max(...erases)).toBeGreaterThan(0);
    },
  );

  it("is what the gate that ships comes to in a day at 125 mL/h", () => {
    const bed = running({}, { dose: 125 * MG, vtbiNl: 4000 * ML, totalNl: 4000 * ML });
    const { flash } = bed.device;
    const before = flash.eraseCounts();
    const { meterNextSequence } = bed.pump.inspect();
    bed.pump.runFor(DAY_S * 1000);
    const state = bed.pump.inspect();
    expect(state).toMatchObject({ phase: PHASE.RUNNING, accountsInUse: 1 });
    const records = state.meterNextSequence - meterNextSequence;
    // Segments 2 to 6 are erased in turn: their mean is finer than a day's whole number for the worst of them.
    const erases = flash.eraseCounts().map((count, sector) => count - before[sector]!);
    const mean = erases.slice(2, 2 + 5).reduce((a, b) => a + b) / 5;
    console.log(
      `the gate: ${records} records a day, ${Math.round(mean * YEARS_DAYS)} erases of each sector in 5 years`,
    );
    expect(records).toBeLessThanOrEqual(Math.ceil(DAY_S / (RESERVATION_S - 1)));
    expect(mean * YEARS_DAYS).toBeLessThan(10_000);
  });
});
