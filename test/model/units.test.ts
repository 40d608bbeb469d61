import { describe, expect, it } from "vitest";
import { allDoseUnits, formatDoseUnit, packDoseUnit } from "../../host-sim/authority/dose.js";
import { PATIENT_CLASSES, PUMP_CLASSES, ceilingsFor, rateStepNlPerH } from "../../host-sim/authority/rate.js";
import { ceilingsOf, rateStepAt } from "../../host-sim/model/ceilings.js";
import { packUnit, unpackUnit } from "../../host-sim/model/units.js";

describe("units, read a second time", () => {
  it("are the same 108 as those that orders are written with", () => {
    for (const unit of allDoseUnits()) {
      const packed = packUnit(unit);
      expect(packed).toBe(packDoseUnit(unit));
      const { dimension, basis, time } = unpackUnit(packed)!;
      expect(dimension).toBe(unit.amount.dimension);
      const parts = [unit.amount.name, basis, time].filter((part) => part !== "none");
      expect(parts.join("/")).toBe(formatDoseUnit(unit));
    }
  });

  it("are no others", () => {
    let valid = 0;
    for (let packed = 0; packed < 0x1000; packed++) if (unpackUnit(packed)) valid++;
    expect(valid).toBe(108);
    for (const packed of [9, 15, 3 << 4, 4 << 8, 0x1000]) expect(unpackUnit(packed)).toBeUndefined();
  });
});

describe("ceilings, written down a second time", () => {
  it("are those that orders are checked with", () => {
    for (const pump of Object.keys(PUMP_CLASSES).map(Number)) {
      for (const patient of Object.keys(PATIENT_CLASSES).map(Number)) {
        const ours = ceilingsOf(pump, patient)!;
        const theirs = ceilingsFor(pump, patient);
        expect(Number(ours.rateNlPerHMax)).toBe(theirs.rateNlPerHMax);
        expect(Number(ours.vtbiNlMax)).toBe(theirs.vtbiNlMax);
        expect(Number(ours.totalNlMax)).toBe(theirs.totalNlMax);
        expect(Number(ours.bolusNlMax)).toBe(theirs.bolusNlMax);
      }
    }
  });

  it("have the same rate steps, up to the class's ceiling", () => {
    for (const pump of Object.keys(PUMP_CLASSES).map(Number)) {
      const max = PUMP_CLASSES[pump]!.rateNlPerHMax;
      for (const nl of [0, 1, 9_999_999, 10_000_000, 10_000_001, 99_999_999, 100_000_000, max]) {
        if (nl <= max) expect(Number(rateStepAt(pump, BigInt(nl)))).toBe(rateStepNlPerH(pump, nl));
      }
    }
  });

  it("end where SPEC's table ends", () => {
    expect(ceilingsOf(0, 1)).toBeUndefined();
    expect(ceilingsOf(1, 4)).toBeUndefined();
    expect(rateStepAt(2, 99_999_999n)).toBe(10_000n);
    expect(rateStepAt(2, 100_000_000n)).toBeUndefined();
  });
});
