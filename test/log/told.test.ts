/** What a log tells of a pump's day: every act, every alarm, which library counted from when, and nobody's name (SPEC 8). */
import { describe, expect, it } from "vitest";
import { toHex } from "../../host-sim/authority/bytes.js";
import { ALARM, type AlarmName, KIND, LOCAL_ACTION, SENSOR } from "../../host-sim/gate/names.js";
import { type VerifiedRecord, verifyLog } from "../../host-sim/log/verify.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { LogCollector } from "../../host-sim/ward/collector.js";
import {
  bolus,
  DAY_S,
  done,
  libraryOf,
  MG,
  ML,
  NOW_S,
  outcome,
  PATIENT,
  permitted,
  running,
  start,
  titrate,
  ward,
} from "../support/ward.js";

/** All that the pump has written so far, verified. */
function told(bed: Bed): readonly VerifiedRecord[] {
  const collector = new LogCollector(bed.issued.deviceId);
  collector.collect(bed.pump);
  const report = verifyLog(collector.export(), { logKey: bed.issued.logKey, libraries: [bed.library] });
  expect(report.faults).toEqual([]);
  return report.records;
}

const named = (records: readonly VerifiedRecord[], event: string): readonly VerifiedRecord[] =>
  records.filter((record) => record.event === event);

describe("the log tells", () => {
  /** GIP 4.1.1 */
  it("every judged command, permitted or denied, and every local action that acted", () => {
    const bed = ward();
    permitted(start(bed));
    expect(outcome(titrate(bed, { dose: 501 * MG, rateNlPerH: 501 * ML }))).toBe("LIMIT_PROFILE");
    bed.pump.runFor(10_000);
    done(bed.pump.panel("REDUCE", { value: BigInt(4 * ML) }));
    done(bed.pump.panel("PAUSE"));
    done(bed.pump.panel("RESTORE"));
    done(bed.pump.panel("STOP"));
    const records = told(bed);
    const kinds = named(records, "DECISION").map(({ details }) => [details!["kind"], details!["verdict"]]);
    expect(kinds).toEqual([
      [KIND.ASSOCIATE, 1],
      [KIND.START, 1],
      [KIND.TITRATE, 2],
    ]);
    const { REDUCE, PAUSE, RESTORE, STOP } = LOCAL_ACTION;
    expect(named(records, "LOCAL").map(({ details }) => details!["action"])).toEqual([
      REDUCE,
      PAUSE,
      RESTORE,
      STOP,
    ]);
  });

  /** GIP 4.1.2, 4.1.3 */
  it.each([
    ["OCCLUSION", (bed: Bed) => bed.pump.setSensor(SENSOR.OCCLUSION, true)],
    ["AIR", (bed: Bed) => bed.pump.setSensor(SENSOR.AIR, true)],
    ["OVER_DELIVERY", (bed: Bed) => bed.device.motor.overrun(1000n)],
    ["REVERSE", (bed: Bed) => bed.device.motor.reverse(100n)],
  ] as const satisfies readonly (readonly [AlarmName, (bed: Bed) => void])[])(
    "the alarm %s with its moment, its program and what was delivered",
    (alarm, raise) => {
      const bed = running();
      bed.pump.runFor(60_000);
      expect(named(told(bed), "ALARM")).toEqual([]);
      const before = bed.pump.inspect();
      raise(bed);
      bed.pump.runFor(2_000);
      const [record, ...more] = named(told(bed), "ALARM");
      expect(more).toEqual([]);
      expect(record!.details).toMatchObject({ alarms: ALARM[alarm], generation: before.generation });
      expect(BigInt(record!.details!["deliveredNl"] as number)).toBeGreaterThanOrEqual(before.deliveredNl);
      expect(record!.boot).toBe(before.boot);
      const now = Number(bed.device.clock.uptimeMs());
      expect(record!.uptimeMs).toBeGreaterThanOrEqual(now - 3_000);
      expect(record!.uptimeMs).toBeLessThanOrEqual(now);
    },
  );

  it("the end of a bag with its volume", () => {
    const bed = running({}, { vtbiNl: ML / 10 });
    bed.pump.runFor(90_000);
    const { generation, deliveredNl, phase } = bed.pump.inspect();
    expect(named(told(bed), "COMPLETE").map(({ details }) => details)).toEqual([
      { generation, deliveredNl: Number(deliveredNl), phase, generationAfter: generation },
    ]);
  });

  /** GIP 6.1.6 */
  it("which library was staged, from when it was to count, and when it did", () => {
    const bed = ward();
    const enableS = NOW_S + DAY_S;
    const next = libraryOf(undefined, { version: 2, issuedS: NOW_S, enableS });
    expect(bed.install(next).status).toBe(0);
    expect(named(told(bed), "LIBRARY_STAGED").map(({ details }) => details)).toMatchObject([
      { version: 2, enableS },
    ]);
    done(bed.pump.panel("ACTIVATE_LIBRARY"));
    const active = named(told(bed), "LIBRARY_ACTIVATED").map(({ details }) => [
      details!["version"],
      details!["how"],
    ]);
    expect(active).toEqual([
      [1, 0],
      [2, 2],
    ]);
  });

  it("of a patient the token alone: no text, and no bytes but ids and digests", () => {
    const bed = running();
    permitted(bolus(bed));
    bed.pump.runFor(60_000);
    bed.pump.powerCycle();
    bed.pump.runFor(5_000);
    done(bed.pump.panel("STOP"));
    const records = told(bed);
    expect(records.length).toBeGreaterThan(8);
    const values = records.flatMap(({ details }) => Object.entries(details ?? {}));
    // Kids of 8 bytes, tokens and ids of 16, digests of 32: all as hex.
    const words = values.flatMap(([name, value]) =>
      typeof value === "string" ? [[name, value] as const] : [],
    );
    expect(words.filter(([, value]) => !/^(?:[\da-f]{16}|[\da-f]{32}|[\da-f]{64})$/.test(value))).toEqual([]);
    const tokens = words.filter(([name]) => name === "patientToken").map(([, value]) => value);
    expect(new Set(tokens)).toEqual(new Set([toHex(PATIENT.token)]));
  });
});
