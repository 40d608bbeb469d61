import { describe, expect, it } from "vitest";
import type { LogPage } from "../../host-sim/gate/records.js";
import { STATUS } from "../../host-sim/gate/status.js";
import { type StreamReport, verifyStream } from "../support/stream-verifier.js";
import { bootedStore, DEVICE_ID, LOG_KEY, provisionedDevice, type Store } from "../support/store.js";

const IDENTITY = { logKey: LOG_KEY, deviceId: DEVICE_ID, stream: 0 };

function background(store: Store): void {
  while (store.call("backgroundStep") === STATUS.WORKING);
}

/** A log of three pages or more, over two boots. */
function honestLog(): LogPage[] {
  const device = provisionedDevice();
  let store = bootedStore(device);
  for (let i = 0; i < 70; i++) {
    store.decide(i);
    background(store);
  }
  device.powerCycle();
  store = bootedStore(device);
  store.decide(99);
  return store.pages(0);
}

/** One page per record, so that tampering is by record. */
function split(pages: readonly LogPage[]): LogPage[] {
  const report = verifyStream(IDENTITY, pages);
  if (report.fault !== null) throw new Error(report.fault.detail);
  const template = pages.at(-1)!;
  let chain = report.anchor!.chain;
  return report.records.map((record) => {
    const page = {
      ...template,
      firstSequence: record.sequence,
      count: 1,
      chainBefore: chain,
      records: record.bytes,
    };
    chain = record.chain;
    return page;
  });
}

/** The same records as one page, whatever they are. */
function joined(pages: readonly LogPage[]): LogPage[] {
  const records = new Uint8Array(Buffer.concat(pages.map((page) => page.records)));
  return [{ ...pages[0]!, count: pages.length, records }];
}

function fault(pages: readonly LogPage[]): StreamReport["fault"] {
  return verifyStream(IDENTITY, pages).fault;
}

describe("the verifier of logs", () => {
  const pages = honestLog();
  const records = split(pages);

  it("accepts an honest log, in pages, by record and as one page", () => {
    expect(pages.length).toBeGreaterThan(2);
    for (const log of [pages, records, joined(records)]) {
      const report = verifyStream(IDENTITY, log);
      expect(report.fault).toBeNull();
      expect(report.anchored).toBe(true);
      expect(report.records.map((r) => r.event?.kind)).toEqual([1, 2, ...Array<number>(70).fill(6), 2, 6]);
    }
  });

  it("names the first record that is missing", () => {
    const without = records.toSpliced(10, 1);
    expect(fault(without)).toMatchObject({ sequence: 11, reason: "missing" });
    expect(fault(joined(without))).toMatchObject({ sequence: 11, reason: "order" });
  });

  it("names the first of two that were exchanged", () => {
    const swapped = records.with(20, records[21]!).with(21, records[20]!);
    expect(fault(joined(swapped))).toMatchObject({ sequence: 21, reason: "order" });
  });

  it("names a record that was repeated", () => {
    expect(fault(records.toSpliced(6, 0, records[5]!))).toMatchObject({ sequence: 6, reason: "order" });
  });

  it("names the end where the log was cut off", () => {
    expect(fault(records.slice(0, -1))).toMatchObject({ sequence: records.length, reason: "truncated" });
  });

  it("sees by an attested head what a truncating host hides", () => {
    const head = verifyStream(IDENTITY, records).head!;
    const hidden = records.slice(0, -1).map((page) => ({ ...page, nextSequence: records.length }));
    expect(fault(hidden)).toBeNull();
    const report = verifyStream(IDENTITY, hidden, { attested: head });
    expect(report.fault).toMatchObject({ sequence: records.length, reason: "head" });
  });

  it("refuses another stream, another device, another log key", () => {
    expect(verifyStream({ ...IDENTITY, stream: 1 }, pages).fault?.reason).toBe("page");
    const others = [
      { ...IDENTITY, deviceId: new Uint8Array(16) },
      { ...IDENTITY, logKey: new Uint8Array(32) },
    ];
    for (const identity of others) expect(verifyStream(identity, pages).fault?.sequence).toBe(1);
  });

  it("refuses a beginning that is not the device's, and does not trust an anchor in the middle", () => {
    const forged = [{ ...records[0]!, chainBefore: new Uint8Array(32) }];
    expect(fault(forged)).toMatchObject({ sequence: 1, reason: "chain" });
    expect(verifyStream(IDENTITY, records.slice(30)).anchored).toBe(false);
    const known = { nextSequence: 31, chain: new Uint8Array(32) };
    expect(verifyStream(IDENTITY, records.slice(30), { known }).fault).toMatchObject({
      sequence: 31,
      reason: "chain",
    });
  });

  it("names the record in which any single bit was flipped", () => {
    const sample = records.slice(0, 8);
    const whole = joined(sample)[0]!;
    let at = 0;
    let flips = 0;
    for (const page of sample) {
      for (let byte = 0; byte < page.records.length; byte++, at++) {
        for (let bit = 0; bit < 8; bit++) {
          const altered = whole.records.slice();
          altered[at]! ^= 1 << bit;
          expect(fault([{ ...whole, records: altered }])?.sequence).toBe(page.firstSequence);
          flips++;
        }
      }
    }
    console.log(`flipped bits in records, each named: ${flips}`);
  });
});
