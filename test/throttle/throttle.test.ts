import { describe, expect, it } from "vitest";
import type { KeyPair } from "../../host-sim/authority/keys.js";
import { PHASE } from "../../host-sim/gate/names.js";
import { statusName } from "../../host-sim/gate/status.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { numbers } from "../support/random.js";
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

/** SPEC 7: a port's active session has a budget that who does not see the port cannot reach. */
describe("an active session", () => {
  /** Forged under a challenge of the forger's own. */
  const uninvited = (bed: Bed, key: KeyPair): Uint8Array => {
    const { sessionId } = bed.pump.openSession(1).session!;
    const forgery = { sessionId, sequence: 1, receiver: { challenge: new Uint8Array(32) } };
    const body = { kind: "pause" } as const;
    return bed.desk.prepare(key, bed.patient.token, bed.orderId, body, forgery).record;
  };

  it("keeps its tokens and its slots in a flood under other challenges, by its own kid too", () => {
    const bed = rested(running());
    const { nurse } = bed.hospital.keys;
    expect(verified(bed, uninvited(bed, nurse))).toBe(8 + 1);
    expect(relayed(bed, uninvited(bed, nurse))).toBe("THROTTLED");
    expect(verified(bed, forged(bed, nurse))).toBe(8 + 1);
    expect(outcome(send(bed, { kind: "pause" }))).toBe("THROTTLED");
  });

  it("leaves as much to those who begin a new one", () => {
    const bed = rested(running());
    const { nurse } = bed.hospital.keys;
    verified(bed, forged(bed, nurse));
    expect(outcome(send(bed, { kind: "pause" }))).toBe("THROTTLED");
    bed.desk.open();
    expect(outcome(send(bed, { kind: "pause" }))).toBe("PERMIT");
  });

  it("and a challenge not yet answered outlast ten thousand others", () => {
    const bed = rested(running());
    const { sessionId, challenge } = bed.pump.openSession(1).session!;
    const spent = () => ({ flash: bed.device.flash.steps, entropy: bed.device.callCounts.get("entropy") });
    const before = spent();
    for (let i = 0; i < 10_000; i++) bed.pump.openSession(i % 3);
    expect(spent()).toEqual(before);
    expect(outcome(send(bed, { kind: "pause" }))).toBe("PERMIT");
    const answer = { sessionId, receiver: { challenge }, sequence: 1 };
    expect(outcome(send(bed, { kind: "resume" }, answer))).toBe("PERMIT");
  });
});

/** The engineer's acknowledgements, on any port: valid, and without effect. Room for their records is made in between. */
function engineer(bed: Bed) {
  const sessions = [0, 1, 2].map((port) => bed.pump.openSession(port).session!);
  const sequences = [0, 0, 0];
  return (port: number): string => {
    bed.pump.gate.settle();
    const { sessionId, challenge } = sessions[port]!;
    const sequence = ++sequences[port]!;
    const body = { kind: "log-ack", stream: 0, acknowledged: 1 } as const;
    const forgery = { port, sequence, sessionId, receiver: { challenge }, lifeS: 600 };
    const zero = new Uint8Array(16);
    return relayed(bed, bed.desk.prepare(bed.hospital.keys.engineer, zero, zero, body, forgery).record);
  };
}

describe("a key", () => {
  it("may send 30 valid commands at once and one more each 2 s, over all ports together", () => {
    const bed = rested(ward());
    const { clock } = bed.device;
    // Each port verifies at its own rate: three of them together are faster than a key may be.
    const acknowledge = engineer(bed);
    const began = Number(clock.uptimeMs());
    /** Up to a time of the test's own; erases have taken some of it. */
    const until = (ms: number) => clock.advanceMs(began + ms - Number(clock.uptimeMs()));
    for (let i = 0; i < 44; i++) {
      if (i % 3 === 0) until((i / 3) * 2_000);
      expect(acknowledge(i % 3), `command ${i}`).toBe("PERMIT");
    }
    // 30 at first, and 14 in 28 s; the next is due after 30 s.
    until(29_999);
    expect(acknowledge(0)).toBe("THROTTLED");
    // Other keys are not concerned; on port 1 theirs is a new session.
    bed.desk.open();
    expect(outcome(bed.associate(bed.patient))).toBe("PERMIT");
    until(30_000 + 200);
    expect(acknowledge(2)).toBe("PERMIT");
    expect(acknowledge(0)).toBe("THROTTLED");
  });

  it("never has more than 60 in a minute, wherever the minute begins", () => {
    const bed = rested(ward());
    const { clock } = bed.device;
    const acknowledge = engineer(bed);
    const random = numbers(60);
    const permitted: number[] = [];
    let throttled = 0;
    for (let i = 0; clock.uptimeMs() < 590_000n; i++) {
      // Rests, then more than a key may send.
      clock.advanceMs(i % 100 === 99 ? 60_000 : Math.floor(random() * 1_500));
      const atMs = Number(clock.uptimeMs());
      const answer = acknowledge(i % 3);
      expect(["PERMIT", "THROTTLED"]).toContain(answer);
      if (answer === "PERMIT") permitted.push(atMs);
      else throttled++;
    }
    const ahead = permitted.map((from) => permitted.filter((at) => at >= from && at < from + 60_000).length);
    expect(Math.max(...ahead)).toBeLessThanOrEqual(60);
    expect(Math.max(...ahead)).toBeGreaterThan(50);
    expect(throttled).toBeGreaterThan(50);
  });
});

/** SPEC 2.4, 7: a key's place in the document may be another key's afterwards. */
describe("a root update", () => {
  const update = (bed: Bed) => {
    const { root } = bed.hospital;
    const keys = [...root.keys].reverse();
    const next = { ...root, version: root.version + 1, issuedS: root.issuedS + 1, keys };
    done(bed.pump.trustUpdate(bed.hospital.publishRoot(next).bytes));
  };

  it("leaves nobody a slot that another key has used", () => {
    const bed = rested(running());
    const { nurse } = bed.hospital.keys;
    expect(verified(bed, forged(bed, nurse, 2))).toBe(8 + 1);
    update(bed);
    expect(verified(bed, forged(bed, nurse, 2))).toBe(8 + 1);
  });

  it("leaves nobody a share that another key has used", () => {
    const bed = rested(ward());
    const acknowledge = engineer(bed);
    for (let i = 0; i < 27; i++) expect(acknowledge(i % 3)).toBe("PERMIT");
    update(bed);
    const again = engineer(bed);
    for (let i = 0; i < 27; i++) expect(again(i % 3)).toBe("PERMIT");
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
