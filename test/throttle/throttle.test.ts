import { describe, expect, it } from "vitest";
import type { KeyPair } from "../../host-sim/authority/keys.js";
import { PHASE } from "../../host-sim/gate/names.js";
import { statusName } from "../../host-sim/gate/status.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { ML, done, libraryOf, outcome, permitted, running, send, ward } from "../support/ward.js";

/** Known to everybody who listens: a kid and a session id. The signature is what the forger lacks. */
function forged(bed: Bed, key: KeyPair, port = 1): Uint8Array {
  const { sessionId } = port === 1 ? bed.desk.session() : bed.pump.openSession(port).session!;
  const receiver = { challenge: new Uint8Array(32) };
  const body = "order" === key.roles[0] ? pauseLike(bed) : ({ kind: "pause" } as const);
  return bed.desk.prepare(key, bed.patient.token, bed.orderId, body, {
    port,
    sessionId,
    receiver,
    sequence: 200,
    lifeS: 600,
  }).record;
}

const pauseLike = (bed: Bed) =>
  ({
    kind: "titrate",
    drug: bed.library.reference(1, 10, 1),
    unit: 0x202,
    dose: 1_000_000_000,
    rateNlPerH: ML,
  }) as const;

/** Relays at one moment of virtual time. */
const relayed = (bed: Bed, record: Uint8Array): string => outcome(bed.pump.gate.submit(record));

/** How many of these get as far as a verification before one is throttled. */
function verified(bed: Bed, record: Uint8Array): number {
  for (let count = 0; count < 1000; count++) {
    const answer = relayed(bed, record);
    if (answer === "THROTTLED") return count;
    expect(answer).toBe("SIGNATURE");
  }
  throw new Error("never throttled");
}

/** A ward whose buckets are full: what its own preparation took has come back. */
function rested(bed: Bed): Bed {
  bed.device.clock.advanceMs(20_000);
  return bed;
}

/** SPEC 7 */
describe("a port", () => {
  it("verifies eight at once, and one more by the slot of the kid", () => {
    const bed = rested(ward());
    expect(verified(bed, forged(bed, bed.hospital.keys.nurse))).toBe(8 + 1);
  });

  it.each([
    [1_999, 0],
    [2_000, 1],
    [3_999, 1],
    [4_000, 2],
    [15_999, 7],
    [16_000, 8],
    [500_000, 8],
  ])("has after %i ms %i more", (ms, more) => {
    const bed = rested(ward());
    const record = forged(bed, bed.hospital.keys.nurse);
    verified(bed, record);
    bed.device.clock.advanceMs(ms);
    // The slot comes back after 10 s; it is counted apart.
    expect(verified(bed, record)).toBe(more + (ms >= 10_000 ? 1 : 0));
  });

  it("keeps a slot for each known kid, once in 10 s", () => {
    const bed = rested(ward());
    const { nurse, prescriber } = bed.hospital.keys;
    const [one, other] = [forged(bed, nurse), forged(bed, prescriber)];
    verified(bed, one);
    expect(verified(bed, other)).toBe(1);
    expect(verified(bed, other)).toBe(0);
    // Every 2 s the stranger takes the new token; the slot is not one of them.
    for (let seconds = 2; seconds <= 8; seconds += 2) {
      bed.device.clock.advanceMs(2_000);
      expect(verified(bed, one)).toBe(1);
      expect(verified(bed, other)).toBe(0);
    }
    bed.device.clock.advanceMs(1_999);
    expect(verified(bed, other)).toBe(0);
    bed.device.clock.advanceMs(1);
    expect(verified(bed, other)).toBe(1 + 1);
  });

  it("that is flooded leaves the others alone", () => {
    const bed = rested(ward());
    const { nurse } = bed.hospital.keys;
    const on2 = forged(bed, nurse, 2);
    verified(bed, forged(bed, nurse));
    expect(verified(bed, on2)).toBe(8 + 1);
    expect(verified(bed, forged(bed, nurse, 0))).toBe(8 + 1);
  });

  it("spends nothing on what is refused before a signature", () => {
    const bed = rested(ward());
    const record = forged(bed, bed.hospital.keys.nurse);
    const unknown = record.map((byte, i) => (i === 50 ? byte ^ 1 : byte));
    for (let i = 0; i < 100; i++) expect(relayed(bed, unknown)).not.toBe("THROTTLED");
    expect(verified(bed, record)).toBe(8 + 1);
  });

  it("lets somebody honest through a flood, by the slot of a key that the flood does not name", () => {
    const bed = rested(running());
    const flood = forged(bed, bed.hospital.keys.prescriber);
    verified(bed, flood);
    expect(relayed(bed, flood)).toBe("THROTTLED");
    expect(outcome(send(bed, { kind: "pause" }))).toBe("PERMIT");
  });
});

describe("a key", () => {
  it("may send 60 valid commands in a minute, over all ports together", () => {
    const bed = ward();
    // A key's minute begins with its first command after the one before: here, after the first minute of uptime.
    bed.device.clock.advanceMs(60_000);
    const { engineer } = bed.hospital.keys;
    const sessions = [0, 1, 2].map((port) => bed.pump.openSession(port).session!);
    const began = bed.device.clock.uptimeMs();
    const sent = (sequence: number, port: number): string => {
      const { sessionId, challenge } = sessions[port]!;
      const zero = new Uint8Array(16);
      const body = { kind: "log-ack", stream: 0, acknowledged: 1 } as const;
      const forgery = { port, sequence, sessionId, receiver: { challenge } };
      return relayed(bed, bed.desk.prepare(engineer, zero, zero, body, forgery).record);
    };
    for (let i = 0; i < 60; i++) {
      expect(sent(Math.floor(i / 3) + 1, i % 3)).toBe("PERMIT");
      if (i % 3 === 2) bed.pump.runFor(2_000);
    }
    expect(bed.device.clock.uptimeMs() - began).toBeLessThan(60_000n);
    expect(sent(100, 0)).toBe("THROTTLED");
    bed.desk.open();
    expect(outcome(bed.associate(bed.patient))).toBe("PERMIT");
    bed.device.clock.advanceMs(Number(began + 60_000n - bed.device.clock.uptimeMs()));
    // Refused by its rate, its sequence was not used up.
    expect(sent(100, 0)).toBe("PERMIT");
  });
});

describe("root documents and manifests", () => {
  it("have a bucket of their own", () => {
    const bed = rested(ward());
    const manifest = bed.hospital.publishLibrary(libraryOf(undefined, { version: 2 })).bytes;
    manifest[manifest.length - 1]! ^= 1;
    for (let i = 0; i < 8; i++) {
      expect(statusName(bed.pump.gate.libraryBegin(manifest).status)).toBe("SIGNATURE");
    }
    expect(statusName(bed.pump.gate.libraryBegin(manifest).status)).toBe("THROTTLED");
    const { root } = bed.hospital;
    const newer = bed.hospital.publishRoot({ ...root, version: 2, issuedS: root.issuedS + 1 }).bytes;
    expect(statusName(bed.pump.gate.trustUpdate(newer).status)).toBe("THROTTLED");
    expect(verified(bed, forged(bed, bed.hospital.keys.nurse))).toBe(8 + 1);
    bed.device.clock.advanceMs(2_000);
    expect(statusName(bed.pump.gate.trustUpdate(newer).status)).toBe("OK");
  });
});

describe("2,000 forged orders in five minutes", () => {
  const flooded = (bed: Bed, count = 2_000, perMs = 150) => {
    const records = [bed.hospital.keys.prescriber, bed.hospital.keys.nurse].map((key) => forged(bed, key));
    const answers = new Map<string, number>();
    for (let i = 0; i < count; i++) {
      const answer = relayed(bed, records[i % 2]!);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      bed.pump.runFor(perMs);
    }
    return answers;
  };

  it("are verified at the port's rate and no faster", () => {
    const answers = flooded(rested(ward()));
    expect([...answers.keys()].sort()).toEqual(["SIGNATURE", "THROTTLED"]);
    // 8, one each 2 s for 300 s, and two kids' slots each 10 s.
    expect(answers.get("SIGNATURE")).toBeLessThanOrEqual(8 + 150 + 2 * 31);
  });

  it("cost one record a minute", () => {
    const bed = rested(ward());
    bed.pump.runFor(120_000);
    const before = bed.pump.inspect();
    flooded(bed);
    const after = bed.pump.inspect();
    expect(after.decisionsNextSequence).toBe(before.decisionsNextSequence);
    expect(after.meterNextSequence - before.meterNextSequence).toBeLessThanOrEqual(5 + 1);
    expect(after.meterNextSequence).toBeGreaterThan(before.meterNextSequence);
  });

  it("change nothing of what runs, and a person at the panel can stop", () => {
    const bed = running();
    const quiet = running({ name: "quiet" });
    const answers = flooded(bed);
    expect(answers.has("PERMIT")).toBe(false);
    quiet.pump.runFor(300_000);
    const off = Number(bed.device.motor.deliveredPl - quiet.device.motor.deliveredPl) / 1e6;
    expect(Math.abs(off)).toBeLessThan(5);
    expect(bed.pump.inspect()).toMatchObject({ phase: PHASE.RUNNING, rateNlPerH: BigInt(5 * ML) });
    done(bed.pump.panel("STOP"));
    expect(bed.pump.inspect().phase).toBe(PHASE.IDLE);
  });

  it("do not reach the verdict of somebody who signs", () => {
    const bed = rested(running());
    flooded(bed, 200);
    bed.device.clock.advanceMs(10_000);
    permitted(send(bed, { kind: "pause" }));
  });
});
