/** Headers as long as the state is (SPEC 9.4), and records that need more room than most (SPEC 9.2). */
import { describe, expect, it } from "vitest";
import { STATUS, statusName } from "../../host-sim/gate/status.js";
import { verifiedRecords } from "../support/store-sweep.js";
import { bootedStore, provisionedDevice, Store } from "../support/store.js";

const SEGMENT_BYTES = 4096;
const STATES = ["NEXT", "METER_NEXT"] as const;
/** Bytes of each stream's state, and what its headers may hold of it. */
const WHOLE = [880, 1368] as const;
const SIZES = [
  [256, 512, 768, 880],
  [256, 512, 768, 1024, 1280, 1368],
] as const;
const CASES = SIZES.flatMap((sizes, stream) => sizes.map((size) => [stream as 0 | 1, size] as const));

function background(store: Store): void {
  while (store.call("backgroundStep") === STATUS.WORKING);
}

/** Sets a word of the prepared state. */
function put(store: Store, stream: 0 | 1, at: number, value: number): void {
  new DataView(store.memory.buffer).setUint32(store.at(STATES[stream]) + at, value, true);
}

/** Bytes of state in the header of a stream's tail. */
function headerState(store: Store, stream: 0 | 1): number {
  const at = store.call("tailOf", stream) * SEGMENT_BYTES + 44;
  return new DataView(store.device.flash.rawBytes().slice(at).buffer).getUint32(0, true);
}

/** Commits until the stream has another tail. */
function roll(store: Store, stream: 0 | 1): void {
  const tail = store.call("tailOf", stream);
  for (let i = 0; store.call("tailOf", stream) === tail; i++) {
    expect(i).toBeLessThan(200);
    expect(stream === 0 ? store.decide(i) : store.reserve(BigInt(i), BigInt(i + 60))).toBe(STATUS.OK);
    background(store);
  }
}

describe("a segment header", () => {
  it.each(CASES)(
    "of stream %i holds %i bytes of a state that ends there, and a boot finds it all",
    (stream, size) => {
      const device = provisionedDevice();
      const store = bootedStore(device);
      put(store, stream, size - 4, 0xabcdef);
      expect(store.call("commit", stream)).toBe(STATUS.OK);
      roll(store, stream);
      expect(headerState(store, stream)).toBe(size);
      const states = store.states();
      device.powerCycle();
      const again = new Store(device);
      expect(again.call("bootStore")).toBe(STATUS.OK);
      expect(again.states()).toBe(states);
      // One word more needs the next size, a state that has shrunk a smaller one.
      expect(again.open()).toBe(STATUS.OK);
      if (size < WHOLE[stream]) {
        put(again, stream, size, 1);
        expect(again.call("commit", stream)).toBe(STATUS.OK);
        roll(again, stream);
        expect(headerState(again, stream)).toBeGreaterThan(size);
        put(again, stream, size, 0);
      }
      put(again, stream, size - 4, 0);
      expect(again.call("commit", stream)).toBe(STATUS.OK);
      roll(again, stream);
      expect(headerState(again, stream)).toBe(256);
      expect(verifiedRecords(again, stream).length).toBeGreaterThan(0);
    },
  );

  it("grows with a state that has grown since its segment was prepared", () => {
    for (const stream of [0, 1] as const) {
      const device = provisionedDevice();
      const store = bootedStore(device);
      const tail = store.call("tailOf", stream);
      // At each moment of the opening once: the slices are erase, ready, header.
      for (let slices = 0; slices < 6; slices++) {
        const used = store.call("tailOf", stream);
        for (let i = 0; i < 200; i++) {
          const status = stream === 0 ? store.decide(i) : store.reserve(BigInt(i), BigInt(i + 60));
          if (status !== STATUS.OK) break;
        }
        for (let i = 0; i < slices; i++) store.call("backgroundStep");
        put(store, stream, WHOLE[stream] - 4, slices + 1);
        store.call("commit", stream);
        background(store);
        put(store, stream, WHOLE[stream] - 4, 0);
        expect(store.call("commit", stream), `${slices} slices`).toBe(STATUS.OK);
        expect(store.call("tailOf", stream)).not.toBe(used);
      }
      expect(store.call("tailOf", stream)).not.toBe(tail);
      const states = store.states();
      device.powerCycle();
      const again = new Store(device);
      expect(again.call("bootStore")).toBe(STATUS.OK);
      expect(again.states()).toBe(states);
      expect(verifiedRecords(again, stream).length).toBeGreaterThan(50);
    }
  });

  it.each(CASES)(
    "of stream %i with %i bytes of state that is damaged is missed, not passed over",
    (stream, size) => {
      for (const carried of [false, true]) {
        const device = provisionedDevice();
        const store = bootedStore(device);
        put(store, stream, size - 4, 0xabcdef);
        expect(store.call("commit", stream)).toBe(STATUS.OK);
        if (carried) device.powerCycle();
        else roll(store, stream);
        // With records to carry: the boot's segment begins with those of the one before.
        const latest = carried ? bootedStore(device) : store;
        for (let i = 0; i < 3; i++) {
          expect(stream === 0 ? latest.decide(i) : latest.reserve(BigInt(i), BigInt(i + 61))).toBe(STATUS.OK);
        }
        device.powerCycle();
        const saved = device.save();
        for (const at of [0, 4, 12, 44, 48, 160, 143 + size, 150 + size]) {
          device.restore(saved);
          device.flash.flipBit(latest.call("tailOf", stream) * SEGMENT_BYTES + at, 1);
          expect(statusName(new Store(device).call("bootStore")), `carried ${carried}, byte ${at}`).toBe(
            "STORE_CORRUPT",
          );
        }
      }
    },
  );
});

describe("a record larger than most of its stream", () => {
  it("asks for another tail when there is room for the others, and then finds it", () => {
    const store = bootedStore(provisionedDevice());
    // 192 bytes would do for most: fill up to some 300.
    const tail = store.call("tailOf", 1);
    for (let i = 0; SEGMENT_BYTES - store.call("usedOf", 1) > 300; i++) {
      expect(store.reserve(BigInt(i), BigInt(i + 60))).toBe(STATUS.OK);
      background(store);
    }
    expect(store.call("tailOf", 1)).toBe(tail);
    const account = (value: number): void => {
      for (let at = 72; at < 72 + 432; at += 4) put(store, 1, at, value);
    };
    account(7);
    expect(store.call("commit", 1)).toBe(STATUS.STORE_BUSY);
    background(store);
    expect(store.call("tailOf", 1)).not.toBe(tail);
    account(7);
    expect(store.call("commit", 1)).toBe(STATUS.OK);
    const { bytes } = verifiedRecords(store, 1).at(-1)!;
    expect(bytes.length).toBe(28 + 432 + 4); // two runs
    // The next tail is replaced as late as ever.
    const next = store.call("tailOf", 1);
    for (let i = 0; SEGMENT_BYTES - store.call("usedOf", 1) > 250; i++) {
      expect(store.reserve(BigInt(i), BigInt(i + 60))).toBe(STATUS.OK);
      background(store);
    }
    expect(store.call("tailOf", 1)).toBe(next);
  });
});
