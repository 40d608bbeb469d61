import { describe, expect, it } from "vitest";
import type { BlankRead } from "../../host-sim/device/flash-cells.js";
import type { DeviceOptions } from "../../host-sim/device/device.js";
import { STATUS } from "../../host-sim/gate/status.js";
import { type Action, startOf, sweep } from "../support/store-sweep.js";
import { blankDevice, bootedStore, provisionedDevice, type Store } from "../support/store.js";

const BLANKS: readonly BlankRead[] = ["ones", "noise", "uncorrectable"];
const UNITS = [1, 8, 32] as const;
const CASES = UNITS.flatMap((unitBytes) => BLANKS.map((blankRead) => [unitBytes, blankRead] as const));

function optionsOf(unitBytes: number, blankRead: BlankRead): Partial<DeviceOptions> {
  const geometry = { unitBytes, sectorBytes: 4096, sectorCount: 16, eraseMsMax: 40 };
  return { geometry, flash: { blankRead } };
}

/** A byte-wise part has so many steps that each is cut in one way only, another one each time. */
function shapesFor(unitBytes: number): { shapes: number } {
  return { shapes: unitBytes === 1 ? 1 : 7 };
}

const commits: Action = (store, done) => {
  for (let i = 1; i <= 3; i++) {
    expect(store.decide(i)).toBe(STATUS.OK);
    done();
    expect(store.reserve(BigInt(i), BigInt(i + 60))).toBe(STATUS.OK);
    done();
  }
};

const boot: Action = (store, done) => {
  expect(store.boot()).toBe(STATUS.OK);
  done();
};

const newRoot: Action = (store, done) => {
  expect(store.replaceRoot(new Uint8Array(700).fill(9), 2)).toBe(STATUS.OK);
  done();
};

/** Decides and reserves until background work has replaced both tails. */
const roll: Action = (store, done) => {
  for (let i = 0; i < 40; i++) {
    expect(store.decide(100 + i)).toBe(STATUS.OK);
    done();
    expect(store.reserve(BigInt(i), BigInt(i + 60))).toBe(STATUS.OK);
    done();
    while (store.call("backgroundStep") === STATUS.WORKING);
  }
};

function fill(store: Store, decisions: number): void {
  for (let i = 0; i < decisions; i++) {
    expect(store.decide(i)).toBe(STATUS.OK);
    expect(store.reserve(BigInt(i), BigInt(i))).toBe(STATUS.OK);
  }
}

describe.each(CASES)("a power cut, %i B units, erased flash reads %s:", (unitBytes, blankRead) => {
  const options = optionsOf(unitBytes, blankRead);
  const shapes = shapesFor(unitBytes);

  it("provisioning", () => {
    const device = blankDevice(options);
    const provision: Action = (store, done) => {
      expect(store.provision()).toBe(STATUS.OK);
      done();
    };
    const cuts = sweep(startOf(device, null), provision, { ...shapes, provisions: true });
    console.log(`${cuts} cuts`);
  });

  it("commits", () => {
    const device = provisionedDevice(options);
    const cuts = sweep(startOf(device, bootedStore(device)), commits, shapes);
    console.log(`${cuts} cuts`);
  });

  it("opening after a boot, with records to carry", () => {
    const device = provisionedDevice(options);
    fill(bootedStore(device), 8);
    device.powerCycle();
    const cuts = sweep(startOf(device, null), boot, shapes);
    console.log(`${cuts} cuts`);
  });

  it("a rewrite of the objects and its commit", () => {
    const device = provisionedDevice(options);
    const cuts = sweep(startOf(device, bootedStore(device)), newRoot, shapes);
    console.log(`${cuts} cuts`);
  });
});
