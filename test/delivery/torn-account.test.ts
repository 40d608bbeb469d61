import { describe, expect, it } from "vitest";
import { exampleDirectory, loadLibrary } from "../../host-sim/authority/library/index.js";
import { loadModule } from "../../host-sim/gate/gate.js";
import { statusName } from "../../host-sim/gate/status.js";
import { Bed, patientToken } from "../../host-sim/ward/bed.js";
import { Hospital } from "../../host-sim/ward/hospital.js";

/**
 * SPEC 6.2: the last record of the account may be damaged after it was acknowledged, and after a reset nobody can tell that from a
 * cut. So the largest reservation it can have held is counted: delivered volume is never under-counted.
 */
describe("an account whose last record does not verify", () => {
  const library = loadLibrary(exampleDirectory());
  const hospital = new Hospital({ seed: "torn account", library, nowS: library.header.issuedS + 86_400 });
  const patient = { token: patientToken("torn account"), area: 1, weightG: 80_000, bsaCm2: 0 };

  /** A pump at 30 mL/h, just after a reservation, and the addresses that this reservation programmed. */
  function afterReservation(name: string): { bed: Bed; programmed: number[] } {
    const bed = Bed.ready({ name, hospital, library, module: loadModule() });
    expect(statusName(bed.associate(patient).status)).toBe("OK");
    const drug = bed.drug("NORepinephrine", 1);
    expect(statusName(bed.start(drug, { dose: "0.1 mcg/kg/min", vtbi: "100 mL" }).status)).toBe("OK");
    bed.pump.runFor(70_000);
    let before = bed.device.flash.rawBytes().slice();
    const { meterNextSequence } = bed.pump.inspect();
    for (let second = 0; bed.pump.inspect().meterNextSequence === meterNextSequence; second++) {
      expect(second, "a reservation a minute").toBeLessThan(120);
      before = bed.device.flash.rawBytes().slice();
      bed.pump.runFor(1000);
    }
    bed.pump.runFor(20_000);
    const after = bed.device.flash.rawBytes();
    const programmed = [...after.keys()].filter((address) => after[address] !== before[address]);
    expect(programmed.length).toBeGreaterThan(16);
    return { bed, programmed };
  }

  function reboot(bed: Bed): { countedNl: number; truthNl: number } {
    bed.pump.powerCycle();
    const truthNl = Number(bed.device.motor.deliveredPl) / 1000;
    return { countedNl: Number(bed.pump.inspect().deliveredNl), truthNl };
  }

  it("still counts at least what was delivered, whichever bit is damaged, after a second reset too", () => {
    const { bed, programmed } = afterReservation("damaged");
    const state = bed.device.save();
    for (const address of programmed) {
      bed.device.restore(state);
      bed.device.flash.flipBit(address, address % 8);
      for (let boots = 0; boots < 2; boots++) {
        const { countedNl, truthNl } = reboot(bed);
        expect(countedNl, `byte ${address}, boot ${boots + 1}`).toBeGreaterThanOrEqual(truthNl);
        expect(countedNl - truthNl, "no more than two minutes and a few steps too much").toBeLessThan(
          1_100_000,
        );
      }
    }
  });

  it("is counted as it stands where nothing is damaged: at most a minute too much", () => {
    const { bed } = afterReservation("whole");
    const { countedNl, truthNl } = reboot(bed);
    expect(countedNl).toBeGreaterThanOrEqual(truthNl);
    expect(countedNl - truthNl).toBeLessThan(600_000);
  });
});
