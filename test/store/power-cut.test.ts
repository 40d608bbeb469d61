import { afterAll, describe, expect, it } from "vitest";
import type { BlankRead } from "../../host-sim/device/flash-cells.js";
import type { Device, DeviceOptions } from "../../host-sim/device/device.js";
import { STATUS } from "../../host-sim/gate/status.js";
import { type Action, type Start, startOf, sweep } from "../support/store-sweep.js";
import { blankDevice, bootedStore, provisionedDevice, type Store } from "../support/store.js";

const BLANKS: readonly BlankRead[] = ["ones", "noise", "uncorrectable"];
const UNITS = [1, 8, 32] as const;
const CASES = UNITS.flatMap((unitBytes) => BLANKS.map((blankRead) => [unitBytes, blankRead] as const));

function optionsOf(unitBytes: number, blankRead: BlankRead): Partial<DeviceOptions> {
  const geometry = { unitBytes, sectorBytes: 4096, sectorCount: 16, eraseMsMax: 40 };
  return { geometry, flash: { blankRead } };
}

/** Small units have so many steps that each is cut in some ways only, in others each time. */
function shapesFor(unitBytes: number): { shapes: number } {
  return { shapes: unitBytes === 1 ? 1 : unitBytes === 8 ? 3 : 7 };
}

/** Acts before a tail is replaced at which the sweep begins: the erase falls among them. */
const ACTS_BEFORE = 5;

let total = 0;
afterAll(() => console.log(`power cuts: ${total}, each recovered from`));

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

function background(store: Store): void {
  while (store.call("backgroundStep") === STATUS.WORKING);
}

/** Decisions across the place where background work replaces the tail. */
const rollDecisions: Action = (store, done) => {
  for (let i = 0; i < ACTS_BEFORE + 1; i++) {
    expect(store.decide(100 + i)).toBe(STATUS.OK);
    done();
    background(store);
  }
};

/** Reservations across that place; the ring is full, so that the oldest segment goes and a LOST event is owed. */
const rollMeter: Action = (store, done) => {
  for (let i = 0; i < ACTS_BEFORE + 1; i++) {
    expect(store.reserve(BigInt(i), BigInt(i + 60))).toBe(STATUS.OK);
    done();
    background(store);
  }
};

/** The device a few of `act` before the stream's tail is replaced for the `rolls`th time, with the act's number going on. */
function beforeRoll(
  device: Device,
  stream: number,
  act: (store: Store, i: number) => number,
  rolls: number,
): Start {
  const store = bootedStore(device);
  const history: Start[] = [];
  let rolled = 0;
  for (let i = 0; i < 1000; i++) {
    const tail = store.call("tailOf", stream);
    expect(act(store, i)).toBe(STATUS.OK);
    background(store);
    if (store.call("tailOf", stream) !== tail && ++rolled === rolls) return history[0]!;
    history.push(startOf(device, store));
    if (history.length > ACTS_BEFORE) history.shift();
  }
  throw new Error("the tail is never replaced");
}

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
    total += sweep(startOf(device, null), provision, { ...shapes, provisions: true });
  });

  it("commits", () => {
    const device = provisionedDevice(options);
    total += sweep(startOf(device, bootedStore(device)), commits, shapes);
  });

  it("opening after a boot, with records to carry", () => {
    const device = provisionedDevice(options);
    fill(bootedStore(device), 8);
    device.powerCycle();
    total += sweep(startOf(device, null), boot, shapes);
  });

  it("a rewrite of the objects and its commit", () => {
    const device = provisionedDevice(options);
    total += sweep(startOf(device, bootedStore(device)), newRoot, shapes);
  });

  it("replacing the tail of the decisions", () => {
    const device = provisionedDevice(options);
    const start = beforeRoll(device, 0, (store, i) => store.decide(i), 1);
    total += sweep(start, rollDecisions, shapes);
  });

  it("replacing the tail of a full ring, so that records are lost and said to be", () => {
    const device = provisionedDevice(options);
    const start = beforeRoll(device, 1, (store, i) => store.reserve(BigInt(i), BigInt(i)), 4);
    total += sweep(start, rollMeter, shapes);
  });
});

describe("a second cut while the first is recovered from:", () => {
  const options = optionsOf(32, "noise");

  it("after a cut in a commit", () => {
    const device = provisionedDevice(options);
    fill(bootedStore(device), 6);
    device.powerCycle();
    total += sweep(startOf(device, bootedStore(device)), commits, { shapes: 2, again: 1 });
  });

  it("after a cut in opening", () => {
    const device = provisionedDevice(options);
    fill(bootedStore(device), 6);
    device.powerCycle();
    total += sweep(startOf(device, null), boot, { shapes: 1, again: 3 });
  });
});

describe("the sweep itself", () => {
  it("catches a caller that takes a commit for done before it is", () => {
    const device = provisionedDevice(optionsOf(8, "ones"));
    const eager: Action = (store, done) => {
      done();
      expect(store.decide(1)).toBe(STATUS.OK);
    };
    expect(() => sweep(startOf(device, bootedStore(device)), eager)).toThrow();
  });
});
