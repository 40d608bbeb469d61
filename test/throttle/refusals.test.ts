import { describe, expect, it } from "vitest";
import { encodeApprove, encodeSubmit } from "../../host-sim/gate/records.js";
import { STATUS, statusName } from "../../host-sim/gate/status.js";
import { verifyLog } from "../../host-sim/log/verify.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { LogCollector } from "../../host-sim/ward/collector.js";
import { libraryOf, running, send, ward } from "../support/ward.js";

/** A REFUSED event. */
interface Refused {
  readonly port: number;
  readonly status: string;
  readonly count: number;
  readonly uptimeMs: number;
}

/** Every refusal in the meter's log, from a log that verifies. */
function logged(bed: Bed): Refused[] {
  const collector = new LogCollector(bed.issued.deviceId);
  collector.collect(bed.pump);
  const trust = { logKey: bed.issued.logKey, libraries: [bed.library] };
  const { ok, records } = verifyLog(collector.export(), trust);
  expect(ok).toBe(true);
  return records
    .filter(({ event }) => event === "REFUSED")
    .map(({ details, uptimeMs }) => {
      const { port, status, count } = details as { port: number; status: number; count: number };
      return { port, status: status === 0 ? "several" : statusName(status), count, uptimeMs: uptimeMs! };
    });
}

/** Counts by port and status, after as many minutes as the four places of a port need. */
function countsOf(bed: Bed): Record<string, number> {
  bed.pump.runFor(5 * 60_000);
  const counts: Record<string, number> = {};
  for (const { port, status, count } of logged(bed)) {
    counts[`${port} ${status}`] = (counts[`${port} ${status}`] ?? 0) + count;
  }
  return counts;
}

const noise = (bytes: number) => new Uint8Array(bytes).fill(0x5a);

/** SPEC 7 */
describe("a refusal is counted", () => {
  it("by port and status, three of a port and the rest together", () => {
    const bed = ward();
    const { gate } = bed.pump;
    for (let i = 0; i < 3; i++) gate.submit(encodeSubmit({ port: 2, command: noise(40) }));
    gate.approve(encodeApprove({ port: 1, approval: noise(40) }));
    send(bed, { kind: "pause" }, { sessionId: new Uint8Array(8) });
    send(bed, { kind: "pause" }, { sequence: 1000 });
    send(bed, { kind: "pause" }, { lifeS: 4000 });
    send(bed, { kind: "pause" }, { key: bed.hospital.keys.prescriber });
    expect(countsOf(bed)).toEqual({
      "1 ENVELOPE": 1,
      "1 SESSION": 1,
      "1 SEQUENCE": 1,
      "1 several": 2,
      "2 ENVELOPE": 3,
    });
  });

  it("under port 3 where no port can be believed: a bad head, a bad length, a port that is not there", () => {
    const bed = ward();
    const { gate } = bed.pump;
    for (let i = 0; i < 5; i++) gate.submit(noise(100));
    for (let i = 0; i < 2; i++) gate.approve(noise(100));
    gate.approve(noise(2000));
    gate.submit(encodeSubmit({ port: 3, command: noise(40) }));
    gate.approve(encodeApprove({ port: 7, approval: noise(40) }));
    expect(countsOf(bed)).toEqual({ "3 BAD_RECORD": 7, "3 BAD_LENGTH": 1, "3 BAD_PORT": 2 });
  });

  it("once, where a record's parts do not fill it", () => {
    const bed = ward();
    const record = encodeSubmit({ port: 2, command: noise(40) });
    record[12]!--;
    expect(statusName(bed.pump.gate.submit(record).status)).toBe("BAD_RECORD");
    expect(countsOf(bed)).toEqual({ "2 BAD_RECORD": 1 });
  });

  it("of libraries at every verb, at once and in the last slice", () => {
    const bed = ward();
    const { gate } = bed.pump;
    const refusal = (wanted: string, ended: { readonly status: number }) =>
      expect(statusName(ended.status)).toBe(wanted);
    const next = libraryOf(undefined, { version: 2 });
    const { profile, drugs } = next.areas[0]!;
    const other = libraryOf([profile, { ...drugs[0]!, name: "another" }], { version: 2 });
    refusal("INSTALL_NONE", gate.libraryEntry(next.entries[0]!.bytes));
    refusal("INSTALL_NONE", gate.libraryCommit());
    expect(gate.libraryBegin(bed.hospital.publishLibrary(next).bytes).status).toBe(STATUS.OK);
    refusal("SCHEMA", gate.libraryEntry(noise(20)));
    refusal("ENTRY_PROFILE", gate.libraryEntry(next.entries[1]!.bytes));
    expect(countsOf(bed)).toEqual({ "3 INSTALL_NONE": 2, "3 SCHEMA": 1, "3 ENTRY_PROFILE": 1 });
    refusal("ENTRY_COUNT", gate.libraryCommit());
    for (const { bytes } of other.entries) refusal("OK", gate.libraryEntry(bytes));
    refusal("LIBRARY_ROOT", gate.libraryCommit());
    expect(countsOf(bed)).toMatchObject({ "3 ENTRY_COUNT": 1, "3 LIBRARY_ROOT": 1 });
  });

  it("never where it is the host's own: a session of no port, a call out of place; nor is an exact repeat", () => {
    const bed = running();
    const { gate } = bed.pump;
    bed.pump.openSession(9);
    const { record } = send(bed, { kind: "pause" }).submission;
    gate.submit(record);
    expect(
      gate.stage("libraryBegin", bed.hospital.publishLibrary(libraryOf(undefined, { version: 2 })).bytes),
    ).toBe(STATUS.WORKING);
    expect(gate.stage("submit", noise(100))).toBe(STATUS.BUSY);
    gate.cancel();
    expect(countsOf(bed)).toEqual({});
  });
});

describe("flash", () => {
  /** Refusals on every port, and without one, twice a second. */
  function flood(bed: Bed, ms: number): void {
    const { gate } = bed.pump;
    for (let at = 0; at < ms; at += 500) {
      for (let port = 0; port < 4; port++) gate.submit(encodeSubmit({ port, command: noise(40 + (at % 7)) }));
      gate.libraryEntry(noise(20));
      bed.pump.runFor(500);
    }
  }

  it("takes one refusal of a port in any minute, whatever comes", () => {
    const bed = ward();
    flood(bed, 10 * 60_000);
    const all = logged(bed);
    for (let port = 0; port < 4; port++) {
      const times = all.filter((it) => it.port === port).map(({ uptimeMs }) => uptimeMs);
      expect(times.length).toBeGreaterThanOrEqual(10);
      const gaps = times.slice(1).map((at, i) => at - times[i]!);
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(60_000);
    }
  });

  it("that fails is not tried at every turn", () => {
    const bed = ward();
    bed.pump.runFor(60_000);
    // One program of the tail fails; what is tried afterwards is the next segment's.
    bed.device.flash.inject({ effect: "program-error", count: 1 });
    const programs = () => bed.device.callCounts.get("flashProgram") ?? 0;
    flood(bed, 1_000);
    const before = programs();
    flood(bed, 50_000);
    const opened = programs() - before;
    flood(bed, 60_000);
    expect(programs() - before - opened).toBeLessThanOrEqual(4 + 1);
  });
});
