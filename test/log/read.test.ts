import { describe, expect, it } from "vitest";
import { STATUS, statusName } from "../../host-sim/gate/status.js";
import { streamBeginning, verifyStream } from "../support/stream-verifier.js";
import { bootedStore, DEVICE_ID, LOG_KEY, provisionedDevice, type Store } from "../support/store.js";

const IDENTITY = { logKey: LOG_KEY, deviceId: DEVICE_ID, stream: 0 };

function background(store: Store): void {
  while (store.call("backgroundStep") === STATUS.WORKING);
}

function longLog(decisions: number): Store {
  const store = bootedStore(provisionedDevice());
  for (let i = 0; i < decisions; i++) {
    expect(store.decide(i & 0xff)).toBe(STATUS.OK);
    background(store);
  }
  return store;
}

describe("logRead", () => {
  it("begins at the oldest record for 0, and at the sequence asked for, with the right chain before it", () => {
    const store = longLog(100);
    const whole = verifyStream(IDENTITY, store.pages(0));
    expect(whole.fault).toBeNull();
    expect(whole.records).toHaveLength(102);
    for (const sequence of [1, 2, 31, 32, 33, 40, 77, 101, 102]) {
      const page = store.logRead(0, sequence);
      if (typeof page === "number") throw new Error(`${sequence}: ${statusName(page)}`);
      expect(page.firstSequence).toBe(sequence);
      const before = sequence === 1 ? streamBeginning(IDENTITY).chain : whole.records[sequence - 2]!.chain;
      expect(page.chainBefore).toEqual(before);
      expect(page.nextSequence).toBe(103);
      expect(page.oldestKeptSequence).toBe(1);
      const known = { nextSequence: sequence, chain: before };
      const rest = verifyStream(IDENTITY, [page], { known });
      expect(rest.anchored).toBe(true);
    }
  });

  it("has nothing at and behind the end, and refuses a third stream", () => {
    const store = longLog(3);
    const next = store.call("sequenceOf", 0);
    expect(store.logRead(0, next - 1)).not.toBe(STATUS.NOTHING);
    for (const sequence of [next, next + 1, 0xffff_ffff]) {
      expect(store.logRead(0, sequence)).toBe(STATUS.NOTHING);
    }
    expect(store.logRead(1, 0)).toBe(STATUS.NOTHING);
    expect(store.logRead(2, 0)).toBe(STATUS.BAD_ARGUMENT);
  });

  it("begins at the oldest kept record when older ones were overwritten", () => {
    const store = longLog(500);
    const page = store.logRead(0, 5);
    if (typeof page === "number") throw new Error(statusName(page));
    expect(page.firstSequence).toBe(page.oldestKeptSequence);
    expect(page.firstSequence).toBeGreaterThan(5);
    const report = verifyStream(IDENTITY, store.pages(0));
    expect(report.fault).toBeNull();
    expect(report.anchored).toBe(false); // the anchor is the gate's word, until an archive knows better
  });

  it("says FLASH_FAILED when flash does not answer", () => {
    const store = longLog(3);
    store.device.flash.inject({ effect: "read-error", after: 2 });
    expect(statusName(store.logRead(0, 0) as number)).toBe("FLASH_FAILED");
  });

  it("passes over a segment whose records cannot be read, and the verifier names the gap", () => {
    const store = longLog(100);
    const pages = store.pages(0);
    expect(pages.length).toBeGreaterThan(2);
    // The second segment's first record: the ring's segments follow each other, the first one opened is 6.
    const tail = store.call("tailOf", 0);
    const second = pages[1]!;
    const segment = tail - (pages.length - 2);
    const header = new DataView(store.device.flash.rawBytes().slice(segment * 4096).buffer);
    const stateBytes = header.getUint32(44, true); // SPEC 9.4: the records begin behind 160 bytes and the state
    store.device.flash.damage(segment * 4096 + 160 + stateBytes);
    const report = verifyStream(IDENTITY, store.pages(0));
    expect(report.fault).toMatchObject({ sequence: second.firstSequence, reason: "missing" });
  });
});
