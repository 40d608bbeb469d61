import { beforeAll, describe, expect, it } from "vitest";
import { exampleDirectory, loadLibrary } from "../../host-sim/authority/library/index.js";
import { loadModule } from "../../host-sim/gate/gate.js";
import { statusName } from "../../host-sim/gate/status.js";
import { Bed, patientToken } from "../../host-sim/ward/bed.js";
import { Hospital } from "../../host-sim/ward/hospital.js";

/** SPEC 2.4: after a root update nothing that was signed under the old document may still act. */
describe("a root update", () => {
  let bed: Bed;
  let hospital: Hospital;

  const nextRoot = () => {
    const { root } = hospital;
    const change = { version: root.version + 1, issuedS: root.issuedS + 60, epoch: root.libraryEpoch };
    return hospital.publishRoot(hospital.rootDocument(change)).bytes;
  };

  beforeAll(() => {
    const library = loadLibrary(exampleDirectory());
    hospital = new Hospital({ seed: "root update", library, nowS: library.header.issuedS + 86_400 });
    bed = Bed.ready({ name: "root update", hospital, library, module: loadModule() });
    const patient = { token: patientToken("root update"), area: 1, weightG: 80_000, bsaCm2: 0 };
    expect(statusName(bed.associate(patient).status)).toBe("OK");
  });

  it("refuses what is signed in a session opened before it, and a new session serves", () => {
    const session = bed.desk.open();
    expect(statusName(bed.command({ kind: "stop" }).status)).toBe("PHASE");
    expect(statusName(bed.pump.trustUpdate(nextRoot()).status)).toBe("OK");
    expect(bed.desk.session()).toBe(session);
    expect(statusName(bed.command({ kind: "stop" }).status)).toBe("SESSION");
    bed.desk.open();
    expect(statusName(bed.command({ kind: "stop" }).status)).toBe("PHASE");
  });

  it("ends the wait of a command for its override, at the panel too", () => {
    bed.desk.open();
    const soft = bed.start(bed.drug("NORepinephrine", 3), { dose: "1.5 mcg/kg/min", vtbi: "50 mL" });
    expect(statusName(soft.status)).toBe("LIMIT_SOFT");
    expect(statusName(bed.pump.trustUpdate(nextRoot()).status)).toBe("OK");
    bed.desk.open();
    expect(statusName(bed.approve(soft).status)).toBe("PENDING_NONE");
    const panel = bed.pump.panel("OVERRIDE", { mask: soft.verdict!.softMask, reasonCode: 1 });
    expect(statusName(panel.status)).toBe("PENDING_NONE");
    expect(bed.pump.inspect().generation).toBe(0);
  });

  it("leaves the wait alone if there is none: the same override serves", () => {
    bed.desk.open();
    const soft = bed.start(bed.drug("NORepinephrine", 3), { dose: "1.5 mcg/kg/min", vtbi: "50 mL" });
    expect(statusName(soft.status)).toBe("LIMIT_SOFT");
    expect(statusName(bed.approve(soft).status)).toBe("OK");
    expect(bed.pump.inspect().generation).toBe(1);
  });
});
