import { beforeEach, describe, expect, it } from "vitest";
import { Device } from "../../host-sim/device/device.js";
import { MisuseError, PowerCut } from "../../host-sim/device/errors.js";
import { Gate, GateDead, GateTrap, loadModule } from "../../host-sim/gate/gate.js";
import { LOCAL_ACTION, PHASE, VERDICTS } from "../../host-sim/gate/names.js";
import { STATUS } from "../../host-sim/gate/status.js";
import { stubGateWasm } from "../support/stub-gate.js";

const module = new WebAssembly.Module(stubGateWasm());
const command = (...bytes: number[]) => ({ port: 1, command: new Uint8Array(bytes) });
const TICK = { steps: 0n, stepEpoch: 1, sensors: 0 };

let device: Device;
let gate: Gate;

beforeEach(() => {
  device = new Device({ seed: "gate" });
  gate = new Gate(module, device);
  expect(gate.boot(0)).toBe(STATUS.OK);
  expect(gate.settle()).toBe(STATUS.NOTHING);
});

describe("loading", () => {
  it("says what to do where the module was not built", () => {
    expect(() => loadModule("/nowhere/dosegate.wasm")).toThrow(/npm run build:wasm/);
  });

  it("names the exports that a foreign module lacks", () => {
    // The smallest module: magic and version, nothing else.
    const empty = new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
    expect(() => new Gate(empty, device)).toThrow(/not a gate module.*memory.*libraryBegin/);
  });

  it("reads the version of the ABI", () => {
    expect(gate.abiVersion()).toEqual({ major: 1, minor: 2 });
  });
});

describe("staged work", () => {
  it("runs to its end at once where nobody asks for slices", () => {
    const judged = gate.submit(command(1));
    expect(judged).toMatchObject({ status: STATUS.OK, calls: 1 });
    expect(judged.verdict?.verdict).toBe(VERDICTS.PERMIT);
    expect(judged.verdict?.port).toBe(1);
  });

  it("lets tick, local and inspect run before every slice", () => {
    let ticks = 0;
    const between = () => {
      ticks++;
      expect(gate.tick(TICK).status).toBe(STATUS.OK);
      expect(gate.local({ action: LOCAL_ACTION.PAUSE }).status).toBe(STATUS.OK);
      expect(gate.inspect().status).toBe(STATUS.OK);
    };
    expect(gate.submit(command(1), { between })).toMatchObject({ status: STATUS.OK, calls: 5 });
    expect(ticks).toBe(5);
    expect(gate.submit(command(1), { between, units: 3 }).calls).toBe(2);
  });

  it("passes on what the gate refuses at once, without a result", () => {
    const refused = { status: STATUS.SCHEMA, calls: 0, outcome: null, verdict: null };
    expect(gate.submit(command(0xdd))).toEqual(refused);
    expect(gate.submit(new Uint8Array([9, 9, 9])).status).toBe(STATUS.BAD_RECORD);
    expect(gate.provision(new Uint8Array()).status).toBe(STATUS.BAD_LENGTH);
  });

  it("passes on BUSY where another verb is called between slices", () => {
    const inner: number[] = [];
    const between = () => void inner.push(gate.stage("provision", new Uint8Array([1])));
    expect(gate.submit(command(1), { between, units: 5 }).status).toBe(STATUS.OK);
    expect(inner).toEqual([STATUS.BUSY]);
  });

  it("ends CANCELLED where `between` cancels", () => {
    let calls = 0;
    const between = () => {
      if (++calls === 3) expect(gate.cancel()).toBe(STATUS.CANCELLED);
    };
    expect(gate.submit(command(1), { between })).toMatchObject({ status: STATUS.CANCELLED, verdict: null });
    expect(gate.cancel()).toBe(STATUS.NOTHING);
  });

  it("throws where it does not end within the calls allowed", () => {
    expect(() => gate.submit(command(1), { units: 1, callsMax: 4 })).toThrow(/did not end within 4 calls/);
    expect(gate.finish().status).toBe(STATUS.OK);
  });
});

describe("the library, the log and the attestation", () => {
  it("installs a library and names the entry that was refused", () => {
    const entries = [new Uint8Array([1]), new Uint8Array([2]), new Uint8Array([0xdd])];
    const manifest = new Uint8Array([1]);
    expect(gate.installLibrary(manifest, entries.slice(0, 2))).toMatchObject({
      status: STATUS.OK,
      entryIndex: null,
    });
    const refused = gate.installLibrary(manifest, entries);
    expect(refused).toMatchObject({ status: STATUS.ENTRY_SENSE, entryIndex: 2 });
    expect(refused.outcome?.detail).toBe(3);
  });

  it("reads a stream page by page", () => {
    const pages = [...gate.logPages(1)];
    expect(pages.map((page) => [page.firstSequence, page.count])).toEqual([
      [0, 2],
      [2, 2],
      [4, 1],
    ]);
    expect(gate.logRead(2, 0)).toEqual({ status: STATUS.BAD_ARGUMENT, page: null });
    expect(gate.logRead(0, 5)).toEqual({ status: STATUS.NOTHING, page: null });
  });

  it("attests the nonce it was given", () => {
    const nonce = new Uint8Array(32).fill(7);
    expect(gate.attest(nonce)).toMatchObject({ status: STATUS.OK, mac0: nonce });
  });
});

describe("sessions, ticks and local actions", () => {
  it("opens a session of the port, and none of a port that is not there", () => {
    const { session } = gate.sessionOpen(2);
    expect(session?.port).toBe(2);
    expect(session?.challenge.subarray(0, 8)).toEqual(session?.sessionId);
    expect(gate.sessionOpen(3)).toEqual({ status: STATUS.BAD_PORT, session: null });
  });

  it("answers a tick with a grant", () => {
    gate.submit(command(1));
    const { status, grant } = gate.tick({ ...TICK, steps: 7n });
    expect(status).toBe(STATUS.OK);
    expect(grant).toMatchObject({ generation: 1, reachStep: 107n, phase: PHASE.RUNNING });
    expect(grant?.untilUptimeMs).toBe(device.clock.uptimeMs() + 5000n);
  });

  it("confirms a local action with the nonce of its first step and with no other", () => {
    const { status, result } = gate.local({ action: LOCAL_ACTION.RESTORE });
    expect(status).toBe(STATUS.CONFIRM_NEEDED);
    expect(gate.confirm(result!.nonce + 1).status).toBe(STATUS.CONFIRM_STALE);
    expect(gate.confirm(result!.nonce)).toMatchObject({
      status: STATUS.OK,
      result: { phase: PHASE.RUNNING },
    });
  });
});

describe("a dead instance", () => {
  const refusesEverything = (reason: RegExp) => {
    expect(() => gate.inspect()).toThrow(GateDead);
    expect(() => gate.submit(command(1))).toThrow(reason);
  };

  it("is one that trapped at once", () => {
    expect(() => gate.submit(command(0xcc))).toThrow(GateTrap);
    refusesEverything(/trapped in submit; discard it and boot a new one/);
  });

  it("is one that trapped between slices", () => {
    expect(() => gate.submit(command(0xee), { units: 1 })).toThrow(/work trapped/);
    refusesEverything(/trapped in work/);
  });

  it("is one whose power was cut, also when the device is on again", () => {
    device.hooks.push({
      before: (call) => {
        if (call.name === "counterAdvance") device.cutPower();
      },
    });
    expect(() => gate.submit(command(1))).toThrow(PowerCut);
    device.hooks.length = 0;
    device.powerCycle();
    refusesEverything(/lost its power in work/);
    expect(new Gate(module, device).boot(0)).toBe(STATUS.OK);
  });

  it("is one that an import called back", () => {
    device.hooks.push({ before: () => void gate.inspect() });
    expect(() => gate.tick(TICK)).toThrow(MisuseError);
    refusesEverything(/misused its host in tick/);
  });
});

describe("bounds", () => {
  it("refuses an input one byte larger than its buffer, and takes one as large", () => {
    expect(gate.stage("provision", new Uint8Array(8192))).toBe(STATUS.WORKING);
    expect(() => gate.stage("provision", new Uint8Array(8193))).toThrow(/8193 B do not fit the io buffer/);
  });

  it("refuses a wrong number of arguments, which wasm would fill up with zeros", () => {
    expect(() => gate.instance.call("boot", 0)).toThrow(/boot takes 2 arguments, not 1/);
  });
});
