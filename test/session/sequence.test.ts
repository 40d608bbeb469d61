import { describe, expect, it } from "vitest";
import type { Session } from "../../host-sim/gate/records.js";
import { statusName } from "../../host-sim/gate/status.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import type { Forgery } from "../../host-sim/ward/desk.js";
import { bolus, done, outcome, running, send, start, ward } from "../support/ward.js";

/** A command without effect, by the service engineer. */
const ack = (bed: Bed, forgery: Forgery = {}) =>
  send(bed, { kind: "log-ack", stream: 0, acknowledged: 1 }, forgery);
const acked = (bed: Bed, sequence: number) => outcome(ack(bed, { sequence }));
const repeat = (bed: Bed, record: Uint8Array) => bed.pump.submit(record);
const under = (session: Session): Forgery => ({
  sessionId: session.sessionId,
  receiver: { challenge: session.challenge },
});
const opened = (bed: Bed, port = 1): Session => bed.pump.openSession(port).session!;
const records = (bed: Bed) => bed.pump.inspect().decisionsNextSequence;

/** SPEC 4.2: last < n <= last + 256, last starts at 0. */
describe("a sequence", () => {
  it.each([
    [1, "PERMIT"],
    [256, "PERMIT"],
    [257, "SEQUENCE"],
    [0xffff_ffff, "SEQUENCE"],
    [0, "SCHEMA"],
  ])("of %i as a key's first in a session: %s", (sequence, wanted) => {
    expect(acked(ward(), sequence)).toBe(wanted);
  });

  it.each([
    [99, "SEQUENCE"],
    [100, "SEQUENCE"],
    [101, "PERMIT"],
    [356, "PERMIT"],
    [357, "SEQUENCE"],
  ])("of %i after 100: %s", (sequence, wanted) => {
    const bed = ward();
    expect(acked(bed, 100)).toBe("PERMIT");
    // Other bytes than the last command's, or this would be its repeat.
    expect(outcome(ack(bed, { sequence, lifeS: 299 }))).toBe(wanted);
  });

  it("is used up by a command that is denied", () => {
    const bed = running();
    expect(outcome(send(bed, { kind: "resume" }, { sequence: 50 }))).toBe("PHASE");
    expect(outcome(send(bed, { kind: "pause" }, { sequence: 50 }))).toBe("SEQUENCE");
    expect(outcome(send(bed, { kind: "pause" }, { sequence: 51 }))).toBe("PERMIT");
  });

  it("is not used up by a signature that does not hold", () => {
    const bed = ward();
    const forged = { sequence: 256, receiver: { challenge: new Uint8Array(32) } };
    expect(outcome(ack(bed, forged))).toBe("SIGNATURE");
    expect(acked(bed, 1)).toBe("PERMIT");
  });

  it("is each key's own", () => {
    const bed = ward();
    expect(acked(bed, 200)).toBe("PERMIT");
    expect(outcome(start(bed, {}, { sequence: 1 }))).toBe("PERMIT");
  });
});

describe("the same bytes again", () => {
  it("as the last command return its verdict, and nothing happens twice", () => {
    const bed = running();
    const first = bolus(bed);
    expect(outcome(first)).toBe("PERMIT");
    bed.pump.runFor(200_000);
    const before = { records: records(bed), left: bed.pump.inspect().bolusLeftNl };
    for (let i = 0; i < 3; i++) {
      const again = repeat(bed, first.submission.record);
      expect(again.verdict).toEqual(first.verdict);
      expect(again.calls).toBe(0);
    }
    expect({ records: records(bed), left: bed.pump.inspect().bolusLeftNl }).toEqual(before);
    expect(before.left).toBe(0n);
  });

  it("return a denial as it was, though the reason has gone", () => {
    const bed = running();
    const denied = start(bed);
    done(bed.pump.panel("STOP"));
    expect(repeat(bed, denied.submission.record).verdict).toEqual(denied.verdict);
    expect(bed.pump.inspect().phase).toBe(0);
  });

  it("after another command are a replay", () => {
    const bed = ward();
    const first = ack(bed);
    ack(bed);
    expect(outcome(repeat(bed, first.submission.record))).toBe("SEQUENCE");
  });

  it("with one bit of the signature changed are no repeat", () => {
    const bed = ward();
    const { record } = ack(bed).submission;
    record[record.length - 1]! ^= 1;
    expect(outcome(repeat(bed, record))).toBe("SEQUENCE");
  });

  it("on another port belong to no session", () => {
    const bed = ward();
    const { record } = ack(bed).submission;
    record[8] = 2;
    expect(outcome(repeat(bed, record))).toBe("SESSION");
  });
});

/** SPEC 4.1 */
describe("a new challenge", () => {
  it("is a candidate: the active session goes on until a valid signature comes under it", () => {
    const bed = ward();
    const active = bed.desk.session();
    const candidate = opened(bed);
    expect(outcome(ack(bed, under(active)))).toBe("PERMIT");
    expect(outcome(ack(bed, { ...under(candidate), receiver: { challenge: new Uint8Array(32) } }))).toBe(
      "SIGNATURE",
    );
    expect(outcome(ack(bed, under(active)))).toBe("PERMIT");
    expect(outcome(ack(bed, { ...under(candidate), sequence: 1 }))).toBe("PERMIT");
    expect(outcome(ack(bed, under(active)))).toBe("SESSION");
    // The sequences began again, the last verdict is forgotten.
    expect(outcome(ack(bed, { ...under(candidate), sequence: 1, lifeS: 299 }))).toBe("SEQUENCE");
    expect(outcome(ack(bed, { ...under(candidate), sequence: 2 }))).toBe("PERMIT");
  });

  it("takes nothing from those before it: whoever asked first may answer last", () => {
    const bed = ward();
    const first = opened(bed);
    for (let i = 0; i < 1000; i++) opened(bed);
    expect(outcome(ack(bed, { ...under(first), sequence: 1 }))).toBe("PERMIT");
  });

  it("is over once a later one is the active session, whether it was answered or not", () => {
    const bed = ward();
    const [first, second, third] = [opened(bed), opened(bed), opened(bed)];
    const answer = ack(bed, { ...under(second), sequence: 1 });
    expect(outcome(answer)).toBe("PERMIT");
    expect(outcome(ack(bed, { ...under(first), sequence: 1 }))).toBe("SESSION");
    expect(outcome(ack(bed, { ...under(third), sequence: 1 }))).toBe("PERMIT");
    expect(outcome(repeat(bed, answer.submission.record))).toBe("SESSION");
    expect(outcome(ack(bed, { ...under(second), sequence: 2 }))).toBe("SESSION");
  });

  it("is found by every bit of its id", () => {
    const bed = ward();
    const candidate = opened(bed);
    for (let bit = 0; bit < 64; bit++) {
      const sessionId = candidate.sessionId.slice();
      sessionId[bit >> 3]! ^= 1 << (bit & 7);
      expect(outcome(ack(bed, { ...under(candidate), sessionId, sequence: 1 })), `bit ${bit}`).toBe(
        "SESSION",
      );
    }
    expect(outcome(ack(bed, { ...under(candidate), sequence: 1 }))).toBe("PERMIT");
  });

  it("of one port is unknown to the others", () => {
    const bed = ward();
    const serial = opened(bed, 2);
    expect(outcome(ack(bed, { ...under(serial), sequence: 1 }))).toBe("SESSION");
    expect(outcome(ack(bed, { ...under(serial), sequence: 1, port: 2 }))).toBe("PERMIT");
    expect(outcome(ack(bed))).toBe("PERMIT");
  });

  it("is another one every time, even if entropy is stuck", () => {
    const bed = ward();
    bed.device.entropy.stuck = true;
    const seen = new Set<string>();
    for (let boot = 0; boot < 3; boot++) {
      for (const port of [0, 1, 2, 0, 1, 2]) {
        seen.add(Buffer.from(opened(bed, port).challenge).toString("hex"));
      }
      bed.pump.powerCycle();
    }
    expect(seen.size).toBe(18);
  });

  it("has its uptime and a count in its id, and two bytes that only who has it knows (SPEC 4.1)", () => {
    const bed = ward();
    const ids = [opened(bed), opened(bed), opened(bed, 2)].map(({ challenge, sessionId, uptimeMs }) => {
      const id = new DataView(sessionId.buffer, sessionId.byteOffset).getBigUint64(0, true);
      expect((id >> 8n) & 0xff_ffff_ffffn).toBe(uptimeMs);
      expect(sessionId.slice(6)).toEqual(challenge.slice(0, 2));
      return id & 0xffff_ffff_ffffn;
    });
    expect(ids[1]! - ids[0]!).toBe(1n);
    expect(ids[2]! - ids[1]!).toBe(1n);
  });

  it("draws on the entropy source once a boot", () => {
    const bed = ward();
    const drawn = () => bed.device.callCounts.get("entropy") ?? 0;
    const before = drawn();
    for (let i = 0; i < 100; i++) opened(bed, i % 3);
    expect(drawn() - before).toBe(0);
    bed.pump.powerCycle();
    for (let i = 0; i < 100; i++) opened(bed, i % 3);
    expect(drawn() - before).toBe(1);
  });

  it.each([3, 4, 0xffff_ffff])("for port %i is refused", (port) => {
    expect(statusName(ward().pump.openSession(port).status)).toBe("BAD_PORT");
  });

  it("is refused while entropy or the clock fails, and the active session goes on", () => {
    const bed = ward();
    bed.device.clock.uptimeOutage.begin(1);
    expect(statusName(bed.pump.openSession(1).status)).toBe("CLOCK");
    expect(outcome(ack(bed))).toBe("PERMIT");
    bed.pump.powerCycle();
    bed.device.entropy.outage.begin(2);
    for (let i = 0; i < 2; i++) expect(statusName(bed.pump.openSession(1).status)).toBe("ENTROPY");
    bed.desk.open();
    expect(outcome(ack(bed))).toBe("PERMIT");
  });
});

describe("a session", () => {
  it("ends with a boot", () => {
    const bed = ward();
    const active = bed.desk.session();
    const { record } = ack(bed).submission;
    bed.pump.powerCycle();
    expect(outcome(repeat(bed, record))).toBe("SESSION");
    expect(outcome(ack(bed, under(active)))).toBe("SESSION");
  });

  it("ends with a root update", () => {
    const bed = ward();
    const active = bed.desk.session();
    const { root } = bed.hospital;
    done(
      bed.pump.trustUpdate(
        bed.hospital.publishRoot({ ...root, version: 2, issuedS: root.issuedS + 1 }).bytes,
      ),
    );
    expect(outcome(ack(bed, under(active)))).toBe("SESSION");
  });

  it("of another pump does not count here", () => {
    const bed = ward();
    const other = ward({ name: "other", hospital: bed.hospital });
    const { record } = ack(other).submission;
    expect(outcome(repeat(bed, record))).toBe("SESSION");
    // Not even with this pump's session named in it: device id and challenge are signed too.
    expect(outcome(ack(bed, { receiver: { deviceId: other.issued.deviceId } }))).toBe("SIGNATURE");
    expect(outcome(ack(bed, { receiver: { challenge: other.desk.session().challenge } }))).toBe("SIGNATURE");
  });
});

/** SPEC 4.2: refused when uptime > challenge uptime + life. */
describe("a command's life", () => {
  const aged = (ms: number, lifeS: number) => {
    const bed = ward();
    const { uptimeMs } = bed.desk.open();
    // Signed in time, relayed late.
    const { record } = bed.desk.prepare(
      bed.hospital.keys.engineer,
      new Uint8Array(16),
      new Uint8Array(16),
      { kind: "log-ack", stream: 0, acknowledged: 1 },
      { lifeS },
    );
    bed.device.clock.advanceMs(Number(uptimeMs) + ms - Number(bed.device.clock.uptimeMs()));
    // Without slices' own time.
    return outcome(bed.pump.gate.submit(record));
  };

  it.each([
    [10_000, 10, "PERMIT"],
    [10_001, 10, "COMMAND_EXPIRED"],
    // Root policy allows 600 s at most.
    [600_000, 3600, "PERMIT"],
    [600_001, 3600, "COMMAND_EXPIRED"],
    [0, 3601, "SCHEMA"],
    [0, 0, "SCHEMA"],
  ])("at %i ms of a life of %i s: %s", (ms, lifeS, wanted) => expect(aged(ms, lifeS)).toBe(wanted));

  it("ends for its repeat, too", () => {
    const bed = ward();
    const { record } = ack(bed, { lifeS: 10 }).submission;
    bed.pump.runFor(11_000);
    expect(outcome(repeat(bed, record))).toBe("COMMAND_EXPIRED");
  });
});
