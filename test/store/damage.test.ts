import { describe, expect, it } from "vitest";
import { STATUS, statusName } from "../../host-sim/gate/status.js";
import { verifyStream, type StreamReport } from "../support/stream-verifier.js";
import { bootedStore, DEVICE_ID, LOG_KEY, provisionedDevice, Store } from "../support/store.js";

const GEOMETRY = { unitBytes: 8, sectorBytes: 4096, sectorCount: 8, eraseMsMax: 40 };

function report(store: Store, stream: number): StreamReport {
  return verifyStream({ logKey: LOG_KEY, deviceId: DEVICE_ID, stream }, store.pages(stream));
}

/** Both logs as they are read, or the error that says they cannot be. */
function rawLogs(store: Store): string {
  try {
    return [0, 1].map((s) => store.pages(s).map((p) => Buffer.from(p.records).toString("hex"))).join();
  } catch (error) {
    return String(error);
  }
}

function verifierNames(store: Store): boolean {
  try {
    return [0, 1].some((stream) => report(store, stream).fault !== null);
  } catch {
    return true; // logRead says that there is more, and that it cannot be read
  }
}

/** What a damaged device comes to. */
type Outcome = "harmless" | "refused" | "named by the verifier" | "last record, torn" | "silent";

describe("a flipped bit in flash", () => {
  const device = provisionedDevice({ geometry: GEOMETRY }, new Uint8Array(100).fill(7));
  let store = bootedStore(device);
  for (let i = 1; i <= 3; i++) {
    store.decide(i);
    store.reserve(BigInt(i), BigInt(i + 60));
  }
  device.powerCycle();
  store = bootedStore(device);
  for (let i = 4; i <= 5; i++) {
    store.decide(i);
    store.reserve(BigInt(i), BigInt(i + 60));
  }
  store.replaceRoot(new Uint8Array(64).fill(3), 2);
  store.decide(6);
  device.powerCycle();
  const saved = device.save();
  const reference = new Store(device);
  expect(reference.call("bootStore")).toBe(STATUS.OK);
  const states = reference.states();
  const logs = rawLogs(reference);
  const tails = [0, 1].map((s) => [reference.call("tailOf", s), reference.call("usedOf", s)] as const);

  function outcomeOf(address: number, bit: number): Outcome {
    device.restore(saved);
    device.flash.flipBit(address, bit);
    const found = new Store(device);
    const status = found.call("bootStore");
    if (status === STATUS.STORE_CORRUPT) return "refused";
    // A device that has a past is no empty one: the counter says so (SPEC 2.6).
    if (status === STATUS.NOT_PROVISIONED) return device.counter.value > 0 ? "refused" : "silent";
    if (status !== STATUS.OK) throw new Error(`bit ${bit} of ${address}: ${statusName(status)}`);
    if (found.states() !== states) {
      if (found.call("counterCheckAtBoot") === STATUS.TAMPERED) return "refused";
      return found.call("tornStreams") !== 0 ? "last record, torn" : "silent";
    }
    if (rawLogs(found) === logs) return "harmless";
    return verifierNames(found) ? "named by the verifier" : "silent";
  }

  it("is detected or harmless, every bit of every stored byte", () => {
    const counts = new Map<Outcome, number>();
    const silent: string[] = [];
    const torn = new Set<number>();
    for (let sector = 0; sector < GEOMETRY.sectorCount; sector++) {
      const map = device.flash.map(sector);
      for (let at = 0; at < GEOMETRY.sectorBytes; at++) {
        if (map[Math.floor(at / GEOMETRY.unitBytes)] !== "#") continue;
        for (let bit = 0; bit < 8; bit++) {
          const address = sector * GEOMETRY.sectorBytes + at;
          const outcome = outcomeOf(address, bit);
          counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
          if (outcome === "silent") silent.push(`bit ${bit} of byte ${at} in sector ${sector}`);
          if (outcome === "last record, torn") torn.add(address);
        }
      }
    }
    console.log("flipped bits:", Object.fromEntries(counts));
    expect(silent).toEqual([]);
    expect(counts.get("refused")).toBeGreaterThan(0);
    expect(counts.get("named by the verifier")).toBeGreaterThan(0);
    // Only the very last record of a stream may look like one that a cut tore: it lies at the end of its tail.
    for (const address of torn) {
      const inLast = tails.some(([tail, used]) => {
        const end = tail * GEOMETRY.sectorBytes + used;
        return address < end && address >= end - 200;
      });
      expect(inLast, `byte ${address}`).toBe(true);
    }
  });

  it("is harmless where nothing was programmed", () => {
    for (const [tail, used] of tails) {
      for (let bit = 0; bit < 8; bit++) {
        expect(outcomeOf(tail * GEOMETRY.sectorBytes + used + 40, bit)).toBe("harmless");
      }
    }
  });
});

describe("a unit beyond its ECC", () => {
  it("in an acknowledged record that others follow is damage, not a quiet step back", () => {
    const device = provisionedDevice({ geometry: GEOMETRY });
    const store = bootedStore(device);
    const places: number[] = [];
    for (let i = 1; i <= 5; i++) {
      places.push(store.call("tailOf", 0) * GEOMETRY.sectorBytes + store.call("usedOf", 0));
      store.decide(i);
    }
    device.powerCycle();
    const saved = device.save();
    for (const [i, place] of places.entries()) {
      device.restore(saved);
      device.flash.damage(place + 16);
      const found = new Store(device);
      const last = i === places.length - 1;
      expect(statusName(found.call("bootStore")), `record ${i}`).toBe(last ? "OK" : "STORE_CORRUPT");
    }
  });
});
