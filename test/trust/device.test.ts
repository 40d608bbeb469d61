import { beforeEach, describe, expect, it } from "vitest";
import { Device } from "../../host-sim/device/device.js";
import { Gate, loadModule } from "../../host-sim/gate/gate.js";
import { BOOT_CAUSE } from "../../host-sim/gate/names.js";
import {
  DAY,
  KEYS,
  library,
  type LibraryFixture,
  LIBRARY_SIGNERS,
  provisioningBlock,
  rootDocument,
  signRootAnyway,
  spoilt,
  statusName,
  T0,
} from "../support/trust-fixture.js";

/** Trust and library over the store and the device, in the module that ships. */
describe("a pump's trust and library", () => {
  let device: Device;
  let gate: Gate;

  function boot(): string {
    gate = new Gate(loadModule(), device);
    const status = statusName(gate.boot(BOOT_CAUSE.POWER_ON));
    if (status === "OK") gate.settle();
    return status;
  }
  function reboot(): string {
    device.powerCycle();
    return boot();
  }
  const update = (version: number, change = {}): string =>
    statusName(
      gate.trustUpdate(signRootAnyway(rootDocument({ version, issuedS: T0 + version, ...change }))).status,
    );
  function install(lib: LibraryFixture): string {
    const status = statusName(gate.installLibrary(lib.bytes, lib.entries).status);
    gate.settle();
    return status;
  }

  beforeEach(() => {
    device = new Device({ seed: "trust on a device" });
    expect(boot()).toBe("NOT_PROVISIONED");
    expect(statusName(gate.provision(provisioningBlock(signRootAnyway(rootDocument()))).status)).toBe("OK");
    gate.settle();
  });

  it("survive every power cycle, with the counter in step", () => {
    expect(install(library())).toBe("OK");
    expect(install(library({ version: 2, enableS: T0 + DAY }))).toBe("OK");
    expect(update(2)).toBe("OK");
    for (let cycle = 0; cycle < 3; cycle++) {
      expect(reboot()).toBe("OK");
      expect(gate.inspect().state).toMatchObject({
        rootVersion: 2,
        activeEpoch: 1,
        activeVersion: 1,
        nextVersion: 2,
        counter: device.counter.read().value,
      });
    }
    expect(update(3, { issuedS: T0 + DAY })).toBe("OK");
    expect(gate.inspect().state).toMatchObject({ activeVersion: 2, nextVersion: 0 });
    expect(reboot()).toBe("OK");
    expect(gate.inspect().state).toMatchObject({
      rootVersion: 3,
      activeVersion: 2,
      nextVersion: 0,
      counter: device.counter.read().value,
    });
  });

  it("are unmoved by a wrong signature, before and after a power cycle", () => {
    const before = gate.inspect().state;
    const wrong = [KEYS.rootAuthor, spoilt(KEYS.rootApprover, "bit")];
    expect(statusName(gate.trustUpdate(signRootAnyway(rootDocument({ version: 2 }), wrong)).status)).toBe(
      "SIGNATURE",
    );
    const lib = library({}, undefined, [KEYS.libraryAuthor, spoilt(KEYS.libraryApprover, "bit")]);
    expect(install(lib)).toBe("SIGNATURE");
    // Both refusals are counted in the meter stream; nothing else moved.
    expect(gate.inspect().state).toEqual({ ...before, meterNextSequence: expect.any(Number) as number });
    expect(reboot()).toBe("OK");
    expect(gate.inspect().state).toMatchObject({ rootVersion: 1, activeVersion: 0 });
  });

  it("stay revoked over power cycles, and are healed by the next library", () => {
    expect(install(library())).toBe("OK");
    expect(update(2, { libraryEpoch: 2 })).toBe("OK");
    expect(reboot()).toBe("OK");
    expect(gate.inspect().state).toMatchObject({ activeVersion: 1, activeEpoch: 1 });
    const REVOKED = 1 << 2;
    expect(gate.inspect().state!.flags & REVOKED).toBe(REVOKED);
    expect(install(library({ epoch: 2 }, undefined, LIBRARY_SIGNERS))).toBe("OK");
    expect(gate.inspect().state!.flags & REVOKED).toBe(0);
    expect(reboot()).toBe("OK");
    expect(gate.inspect().state).toMatchObject({ activeVersion: 1, activeEpoch: 2 });
  });

  it("show older flash that was put back as TAMPERED", () => {
    const old = device.flash.save();
    expect(install(library())).toBe("OK");
    expect(update(2)).toBe("OK");
    device.powerCycle();
    device.flash.restore(old);
    boot();
    const TAMPERED = 1 << 1;
    expect(gate.inspect().state!.flags & TAMPERED).toBe(TAMPERED);
  });

  it("refuse provisioning once more, and after flash was wiped", () => {
    const block = provisioningBlock(signRootAnyway(rootDocument()));
    expect(statusName(gate.provision(block).status)).toBe("ALREADY_PROVISIONED");
    device.powerCycle();
    for (let sector = 0; sector < device.flash.geometry.sectorCount; sector++) device.flash.erase(sector);
    expect(boot()).toBe("TAMPERED");
    expect(statusName(gate.provision(block).status)).not.toBe("OK");
  });
});
