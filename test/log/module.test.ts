import { describe, expect, it } from "vitest";
import { verifyAttestation } from "../../host-sim/authority/attestation.js";
import { decodeEnvelope, digestOf } from "../../host-sim/authority/cose.js";
import { decodeProvisioning, derivedKeys } from "../../host-sim/authority/provisioning.js";
import { ROOT_AAD } from "../../host-sim/authority/root.js";
import { describeFault } from "../../host-sim/log/fault.js";
import { type Report, type Trust, verifyLog } from "../../host-sim/log/verify.js";
import { LogCollector } from "../../host-sim/ward/collector.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { bolus, drug, limits, MG, ML, permitted, profile, start, titrate, ward } from "../support/ward.js";

/** A night in which much happens: an override, a bolus, the panel, power cuts. */
function night(cycles: number): { bed: Bed; trust: Trust; collector: LogCollector } {
  const models = [profile(), drug({ continuous: limits("mg/h", { softMax: 8 * MG, hardMax: 20 * MG }) })];
  const bed = ward({ name: "night", models });
  const collector = new LogCollector(bed.issued.deviceId);
  permitted(start(bed));
  bed.pump.runFor(60_000);
  const asked = titrate(bed, { dose: 9 * MG, rateNlPerH: 9 * ML });
  permitted(bed.approve(asked));
  bed.pump.runFor(60_000);
  permitted(bolus(bed, { dose: MG, volumeNl: ML }));
  bed.pump.runFor(120_000);
  titrate(bed, { dose: 21 * MG, rateNlPerH: 21 * ML });
  for (let i = 0; i < cycles; i++) {
    bed.pump.powerCycle();
    bed.pump.runFor(5000);
    collector.collect(bed.pump);
  }
  permitted(bed.acknowledge(1, 3));
  bed.pump.panel("STOP");
  const nonce = new Uint8Array(32).fill(7);
  const { mac0 } = bed.pump.attest(nonce);
  collector.collect(bed.pump);
  const { deviceId, deviceSecret, logKey, block } = bed.issued;
  const key = derivedKeys(deviceSecret).attest;
  const digest = digestOf(decodeEnvelope(decodeProvisioning(block).root), ROOT_AAD);
  return {
    bed,
    collector,
    trust: {
      logKey,
      libraries: [bed.library],
      roots: [{ version: 1, digest }],
      attestation: verifyAttestation(mac0!, { deviceId, key, nonce }),
    },
  };
}

describe("the log of the module that ships", () => {
  const { collector, trust } = night(6);
  const exported = collector.export();
  const verify = (log = exported): Report => verifyLog(log, trust);

  it("is verified with root, library and attestation", () => {
    const report = verify();
    expect(report.faults.map(describeFault)).toEqual([]);
    expect(report.attested).toBe(true);
    expect(report.verdicts.recomputed).toBe(report.verdicts.judged);
    expect(report.verdicts.judged).toBe(5);
    expect(report.streams[0].sequences!.first).toBe(1);
    expect(report.streams.map(({ acknowledged }) => acknowledged)).toEqual([undefined, 3]);
    expect(report.streams[0].events).toMatchObject({
      PROVISIONED: 1,
      LIBRARY_ACTIVATED: 1,
      DECISION: 7,
      BOOT: 6,
    });
    expect(report.streams[1].records).toBeGreaterThan(2);
  });

  it("does not hide a single flipped bit", () => {
    const hidden: string[] = [];
    exported.streams.forEach((pages, stream) => {
      pages.forEach((page, index) => {
        for (let at = (7 * index) % 11; at < page.records.length; at += 11) {
          const records = page.records.slice();
          records[at]! ^= 1 << (at % 8);
          const changed = pages.with(index, { ...page, records });
          const streams = [exported.streams[0], exported.streams[1]].with(stream, changed);
          const report = verify({ ...exported, streams: [streams[0]!, streams[1]!] });
          if (report.ok) hidden.push(`stream ${stream} page ${index} byte ${at}`);
        }
      });
    });
    expect(hidden).toEqual([]);
  });

  it("is truncated without its last page", () => {
    const [decisions, meter] = exported.streams;
    expect(verify({ ...exported, streams: [decisions.slice(0, -1), meter] }).faults).toMatchObject([
      { stream: 0, reason: "truncated" },
    ]);
  });
});
