import { beforeEach, describe, expect, it } from "vitest";
import { Device } from "../../host-sim/device/device.js";
import { PowerCut } from "../../host-sim/device/errors.js";
import { GateDead, GateTrap } from "../../host-sim/gate/gate.js";
import { PHASE, SENSOR, STATE_FLAG } from "../../host-sim/gate/names.js";
import { STATUS } from "../../host-sim/gate/status.js";
import { Account } from "../../host-sim/pump/account.js";
import { Pump } from "../../host-sim/pump/pump.js";
import { stubGateWasm } from "../support/stub-gate.js";

const module = new WebAssembly.Module(stubGateWasm());
const start = { port: 1, command: new Uint8Array([1]) };
/** The stub grants 100 steps of 50,000 pL a tick. */
const TICK_PL = 5_000_000n;

let device: Device;
let pump: Pump;

beforeEach(() => {
  device = new Device({ seed: "pump" });
  pump = new Pump({ module, device });
  expect(pump.powerOn()).toBe(STATUS.OK);
});

describe("the motor", () => {
  it("does not move before a program runs", () => {
    pump.runFor(60_000);
    expect(device.motor.deliveredPl).toBe(0n);
  });

  it("moves by one grant a second, and the account agrees with the ground truth", () => {
    pump.submit(start);
    pump.runFor(1_000);
    const before = device.motor.deliveredPl;
    pump.runFor(10_000);
    expect(device.motor.deliveredPl - before).toBe(10n * TICK_PL);
    pump.tick();
    expect(pump.account.deliveredPl(1)).toBe(device.motor.deliveredPl);
    expect(pump.account.programs()).toEqual([1]);
  });

  it("stops within the grant when ticks no longer come", () => {
    pump.submit(start);
    const before = device.motor.deliveredPl;
    device.clock.advanceMs(3_600_000);
    expect(device.motor.deliveredPl - before).toBe(TICK_PL);
  });

  it("is ticked in the middle of staged work", () => {
    const slow = new Pump({ module, device: new Device({ seed: "slow" }), sliceUs: 1_000_000 });
    slow.powerOn();
    slow.submit(start);
    const before = slow.device.motor.deliveredPl;
    slow.submit(start); // five slices of a second each
    expect(slow.device.motor.deliveredPl - before).toBeGreaterThanOrEqual(4n * TICK_PL);
  });

  it("stands still while the occlusion sensor is set, and the gate hears of it", () => {
    pump.submit(start);
    pump.setSensor(SENSOR.OCCLUSION, true);
    const before = device.motor.deliveredPl;
    pump.runFor(5_000);
    expect(device.motor.deliveredPl).toBe(before);
    expect(pump.inspect().phase).toBe(PHASE.PAUSED);
    expect(pump.journal.entries.some((entry) => entry.text === "raised OCCLUSION")).toBe(true);
    pump.setSensor(SENSOR.OCCLUSION, false);
    pump.tick();
    expect(pump.journal.entries.at(-1)?.text).toBe("cleared OCCLUSION");
  });
});

describe("the panel", () => {
  it("halts the motor before the gate hears of a stop", () => {
    pump.submit(start);
    pump.runFor(1_000);
    expect(pump.panel("STOP")).toMatchObject({ status: STATUS.OK, confirmed: false });
    const after = device.motor.deliveredPl;
    pump.runFor(10_000);
    expect(device.motor.deliveredPl).toBe(after);
    expect(pump.grant).toBeNull();
  });

  it("makes the second step of an upward action after the person's time", () => {
    pump.submit(start);
    pump.panel("PAUSE");
    const asked = device.clock.elapsedUs;
    const answer = pump.panel("RESTORE", { confirmAfterMs: 2_500 });
    expect(answer).toMatchObject({ status: STATUS.OK, confirmed: true });
    expect(device.clock.elapsedUs - asked).toBe(2_500_000);
    expect(pump.inspect().phase).toBe(PHASE.RUNNING);
  });

  it("leaves an upward action waiting where nobody confirms", () => {
    const answer = pump.panel("RESTORE", { confirm: false });
    expect(answer).toMatchObject({ status: STATUS.CONFIRM_NEEDED, confirmed: false });
    expect(pump.inspect().phase).toBe(PHASE.IDLE);
    expect(pump.confirm(answer.result!.nonce + 1).status).toBe(STATUS.CONFIRM_STALE);
    expect(pump.confirm(answer.result!.nonce).status).toBe(STATUS.OK);
  });
});

describe("power", () => {
  it("comes back with a new instance, the account going on", () => {
    pump.submit(start);
    pump.runFor(3_000);
    const old = pump.gate;
    const before = pump.account.totalPl;
    expect(pump.powerCycle({ offMs: 60_000 }, { offMs: 60_000 })).toBe(STATUS.OK);
    expect(pump.account.totalPl).toBe(device.motor.deliveredPl);
    expect(pump.account.totalPl).toBeGreaterThanOrEqual(before);
    expect(() => old.inspect()).toThrow(GateDead);
    pump.runFor(10_000);
    expect(pump.inspect().phase).toBe(PHASE.IDLE);
  });

  it("off lets time pass and nothing move", () => {
    pump.submit(start);
    pump.powerOff();
    const before = device.motor.deliveredPl;
    const asked = device.clock.elapsedUs;
    pump.runFor(5_000);
    expect(device.clock.elapsedUs - asked).toBe(5_000_000);
    expect(device.motor.deliveredPl).toBe(before);
    expect(() => pump.inspect()).toThrow(/the pump is off/);
    expect(pump.powerOn()).toBe(STATUS.OK);
  });

  it("cut in the middle of a command is thrown on and noted, and a power cycle brings the pump back", () => {
    device.hooks.push({
      before: (call) => {
        if (call.name === "counterAdvance") device.cutPower("by the test");
      },
    });
    expect(() => pump.submit(start)).toThrow(PowerCut);
    device.hooks.length = 0;
    expect(pump.on).toBe(false);
    expect(pump.journal.entries.at(-1)).toMatchObject({ kind: "power" });
    expect(pump.powerCycle()).toBe(STATUS.OK);
    expect(pump.submit(start).status).toBe(STATUS.OK);
  });

  it("is cut by a trap: the motor halts at once", () => {
    pump.submit(start);
    expect(() => pump.submit({ port: 1, command: new Uint8Array([0xee]) })).toThrow(GateTrap);
    expect(pump.on).toBe(false);
    expect(device.motor.grant).toBeNull();
    expect(pump.journal.entries.at(-1)?.text).toMatch(/work trapped/);
    expect(pump.powerCycle({ offMs: 0 })).toBe(STATUS.OK);
  });
});

describe("the journal", () => {
  it("says what came in, what was decided and how delivery went on", () => {
    pump.submit(start);
    pump.submit({ port: 1, command: new Uint8Array([0xdd]) });
    pump.runFor(1_000);
    pump.panel("STOP");
    expect(pump.journal.entries.map((entry) => `${entry.kind}: ${entry.text}`)).toEqual([
      "power: on, boot OK",
      "command: START PERMIT, OK",
      "delivery: RUNNING at 36000000 nL/h (program 1)",
      "command: command REFUSED, SCHEMA",
      "panel: STOP OK",
      "delivery: IDLE at 0 nL/h (program 1)",
    ]);
    expect(pump.journal.entries[1]!.verdict?.port).toBe(1);
  });

  it("samples delivery at every change and else once a minute", () => {
    pump.submit(start);
    pump.runFor(301_000);
    const running = pump.journal.samples.filter((sample) => sample.phase === PHASE.RUNNING);
    expect(running.length).toBe(6);
    for (const sample of running) expect(sample.truthPl).toBe(sample.deliveredNl * 1000n);
  });
});

describe("the account", () => {
  it("books movement without a grant to no program", () => {
    pump.submit(start);
    pump.panel("STOP");
    const granted = pump.account.deliveredPl(1);
    device.motor.overrun(3n);
    pump.tick();
    expect(pump.account.deliveredPl(0)).toBe(150_000n);
    expect(pump.account.deliveredPl(1)).toBe(granted);
    expect(pump.account.totalPl).toBe(device.motor.deliveredPl);
  });

  it("counts what was drawn back", () => {
    const account = new Account(100n);
    account.book(160n, 1);
    account.book(130n, 1);
    account.book(130n, 2);
    expect(account.deliveredPl(1)).toBe(30n);
    expect(account.programs()).toEqual([1]);
  });
});

describe("provisioning and the library", () => {
  it("are relayed and noted", () => {
    expect(pump.provision(new Uint8Array([1])).status).toBe(STATUS.OK);
    expect(pump.installLibrary(new Uint8Array([1]), [new Uint8Array([0xdd])]).entryIndex).toBe(0);
    expect(pump.journal.entries.map((entry) => entry.text).slice(-2)).toEqual([
      "provisioning OK",
      "install ENTRY_SENSE at entry 0",
    ]);
    expect(pump.inspect().flags & STATE_FLAG.INSTALL).toBe(0);
  });
});
