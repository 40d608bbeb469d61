import binaryen from "binaryen";
import { beforeEach, describe, expect, it } from "vitest";
import { Device } from "../../host-sim/device/device.js";
import { MisuseError, PowerCut } from "../../host-sim/device/errors.js";
import { IMPORT_NAMES, type HostCall } from "../../host-sim/device/hook.js";
import { hostImports, type HostImports } from "../../host-sim/device/host.js";
import { pattern, thrownBy } from "./support.js";

const MEMORY_BYTES = 65_536;
/** Where the tests keep outputs. */
const OUT = 1024;

let device: Device;
let memory: { buffer: ArrayBuffer };
let host: HostImports;

beforeEach(() => {
  device = new Device({ seed: "host", wallTimeS: 1_800_000_000 });
  memory = { buffer: new ArrayBuffer(MEMORY_BYTES) };
  host = hostImports(device, () => memory);
});

const view = () => new DataView(memory.buffer);
const bytesAt = (address: number, length: number) => new Uint8Array(memory.buffer, address, length);

describe("the imports", () => {
  it("are exactly the nine of SPEC 11.3", () => {
    expect(Object.keys(host)).toEqual([...IMPORT_NAMES]);
  });

  it("write the geometry as four u32, little-endian", () => {
    expect(host.flashGeometry(OUT)).toBe(0);
    expect([0, 4, 8, 12].map((at) => view().getUint32(OUT + at, true))).toEqual([8, 4096, 16, 40]);
  });

  it("program, read and erase through memory", () => {
    bytesAt(OUT, 16).set(pattern(16));
    expect(host.flashProgram(4096, OUT, 16)).toBe(0);
    expect(host.flashRead(4100, OUT + 64, 8)).toBe(0);
    expect(bytesAt(OUT + 64, 8)).toEqual(pattern(16).slice(4, 12));
    expect(host.flashErase(1)).toBe(0);
    expect(device.flash.isErased(1)).toBe(true);
  });

  it("say UNCORRECTABLE, and leave garbage", () => {
    bytesAt(OUT, 8).set(pattern(8));
    host.flashProgram(0, OUT, 8);
    device.flash.damage(0);
    expect(host.flashRead(0, OUT, 8)).toBe(2);
    expect(bytesAt(OUT, 8)).not.toEqual(pattern(8));
  });

  it("write 64-bit times", () => {
    device.clock.powerCycle(0);
    device.clock.advanceMs(0x1_0000_0005);
    expect(host.uptimeMs(OUT)).toBe(0);
    expect(view().getBigUint64(OUT, true)).toBe(0x1_0000_0005n);
    expect(host.wallTimeS(OUT)).toBe(0);
    expect(view().getBigUint64(OUT, true)).toBe(1_800_000_000n + 4_294_967n);
  });

  it("answer 1 for an absent wall time and for a failing clock, and leave garbage rather than a 0", () => {
    device.clock.setWallTimeS(null);
    expect(host.wallTimeS(OUT)).toBe(1);
    expect(view().getBigUint64(OUT, true)).not.toBe(0n);
    device.clock.uptimeOutage.begin(1);
    expect(host.uptimeMs(OUT)).toBe(1);
    expect(host.uptimeMs(OUT)).toBe(0);
  });

  it("fill entropy up to 64 bytes and refuse 65", () => {
    expect(host.entropy(OUT, 64)).toBe(0);
    expect(new Set(bytesAt(OUT, 64)).size).toBeGreaterThan(30);
    expect(() => host.entropy(OUT, 65)).toThrow(MisuseError);
    device.entropy.outage.begin(1);
    expect(host.entropy(OUT, 32)).toBe(1);
  });

  it("read and advance the counter, and leave garbage when it cannot be read", () => {
    expect(host.counterAdvance()).toBe(0);
    expect(host.counterRead(OUT)).toBe(0);
    expect(view().getUint32(OUT, true)).toBe(1);
    device.counter.readOutage.begin(1);
    expect(host.counterRead(OUT)).toBe(1);
    expect(view().getUint32(OUT, true)).not.toBe(1);
    device.counter.advanceOutage.begin(1);
    expect(host.counterAdvance()).toBe(1);
  });
});

describe("a pointer", () => {
  /** Each import with an output of a known size, called at `out`. */
  const writers: [string, number, (out: number) => number][] = [
    ["flashGeometry", 16, (out) => host.flashGeometry(out)],
    ["flashRead", 8, (out) => host.flashRead(0, out, 8)],
    ["flashProgram", 8, (out) => host.flashProgram(0, out, 8)],
    ["uptimeMs", 8, (out) => host.uptimeMs(out)],
    ["wallTimeS", 8, (out) => host.wallTimeS(out)],
    ["entropy", 8, (out) => host.entropy(out, 8)],
    ["counterRead", 4, (out) => host.counterRead(out)],
  ];

  it.each(writers)("of %s may end at the end of memory and not a value later", (_name, length, call) => {
    expect(call(MEMORY_BYTES - length)).toBe(0);
    expect(() => call(MEMORY_BYTES)).toThrow(/leaves the memory/);
    expect(() => call(-8)).toThrow(/leaves the memory/); // as wasm hands over 0xfffffff8
  });

  it.each(writers)("of %s may not be null", (_name, _length, call) => {
    expect(() => call(0)).toThrow(/is null/);
  });

  it("to a range may not end one byte past memory, nor wrap around it", () => {
    expect(() => host.flashRead(0, MEMORY_BYTES - 7, 8)).toThrow(MisuseError);
    expect(() => host.flashRead(0, OUT, -1)).toThrow(MisuseError);
    expect(() => host.flashRead(0, OUT, MEMORY_BYTES)).toThrow(MisuseError);
  });

  it("to a value must be aligned to it", () => {
    expect(() => host.counterRead(OUT + 2)).toThrow(/not aligned to its 4 B/);
    expect(() => host.uptimeMs(OUT + 4)).toThrow(/not aligned to its 8 B/);
    expect(() => host.flashGeometry(OUT + 1)).toThrow(/not aligned/);
    expect(host.flashRead(0, OUT + 1, 1)).toBe(0);
  });

  it("follows the memory that is there now", () => {
    memory = { buffer: new ArrayBuffer(MEMORY_BYTES) };
    host.flashGeometry(OUT);
    expect(view().getUint32(OUT, true)).toBe(8);
  });
});

describe("a call", () => {
  it("with a missing or extra argument is refused", () => {
    expect(() => host.flashRead(0, OUT)).toThrow(/takes 3 arguments/);
    expect(() => host.counterAdvance(1)).toThrow(MisuseError);
  });

  it("takes addresses above 2^31 as unsigned and refuses them as outside", () => {
    expect(() => host.flashRead(-1, OUT, 1)).toThrow(/0xffffffff: outside/);
    expect(() => host.flashErase(-1)).toThrow(/sector 4294967295/);
  });
});

describe("a hook", () => {
  it("sees every call, its export and its status, and counts it", () => {
    const seen: [string, string | null, number][] = [];
    device.hooks.push({ after: (call, status) => seen.push([call.name, call.inExport, status]) });
    device.clock.setWallTimeS(null);
    device.guard.run("boot", () => {
      host.uptimeMs(OUT);
      host.wallTimeS(OUT);
    });
    host.uptimeMs(OUT);
    expect(seen).toEqual([
      ["uptimeMs", "boot", 0],
      ["wallTimeS", "boot", 1],
      ["uptimeMs", null, 0],
    ]);
    expect(device.callCounts.get("uptimeMs")).toBe(2);
  });

  it("cuts before a call, and nothing of it has happened", () => {
    device.hooks.push({ before: (call) => cutAt(call, "counterAdvance") });
    expect(() => host.counterAdvance()).toThrow(PowerCut);
    expect(device.counter.value).toBe(0);
    expect(device.powered).toBe(false);
  });

  it("cuts after a call, and all of it has happened", () => {
    device.hooks.push({ after: (call) => cutAt(call, "counterAdvance") });
    expect(() => host.counterAdvance()).toThrow(PowerCut);
    expect(device.counter.value).toBe(1);
  });

  it("that throws a PowerCut of its own cuts the power all the same", () => {
    device.hooks.push({
      before: () => {
        throw new PowerCut("by hand");
      },
    });
    expect(() => host.uptimeMs(OUT)).toThrow(PowerCut);
    expect(device.powered).toBe(false);
  });

  function cutAt(call: HostCall, name: string): void {
    if (call.name === name) device.cutPower(`at ${name}`);
  }
});

describe("after a power cut", () => {
  it("every import is refused until the power cycle", () => {
    expect(() => device.cutPower()).toThrow(PowerCut);
    const calls: [keyof HostImports, number[]][] = [
      ["flashGeometry", [OUT]],
      ["flashRead", [0, OUT, 8]],
      ["flashProgram", [0, OUT, 8]],
      ["flashErase", [0]],
      ["uptimeMs", [OUT]],
      ["wallTimeS", [OUT]],
      ["entropy", [OUT, 8]],
      ["counterRead", [OUT]],
      ["counterAdvance", []],
    ];
    expect(calls.map(([name]) => name)).toEqual([...IMPORT_NAMES]);
    for (const [name, args] of calls) expect(() => host[name](...args)).toThrow(/without power/);
    device.powerCycle();
    for (const [name, args] of calls) expect(host[name](...args)).toBe(0);
  });
});

describe("the guard", () => {
  it("refuses an export called from inside an import", () => {
    device.hooks.push({ before: () => device.guard.run("tick", () => 0) });
    expect(() => device.guard.run("boot", () => host.uptimeMs(OUT))).toThrow(
      /tick called from inside the import/,
    );
  });

  it("refuses an export while another runs", () => {
    expect(() => device.guard.run("boot", () => device.guard.run("tick", () => 0))).toThrow(
      /while boot runs/,
    );
  });

  it("refuses everything on an instance that threw, until the power cycle", () => {
    expect(() =>
      device.guard.run("submit", () => {
        throw new Error("trap");
      }),
    ).toThrow("trap");
    expect(() => device.guard.run("tick", () => 0)).toThrow(/died in submit/);
    device.powerCycle();
    expect(device.guard.run("tick", () => 7)).toBe(7);
  });

  it.each(["tick", "local", "submit"])("refuses an erase inside %s", (name) => {
    expect(() => device.guard.run(name, () => host.flashErase(0))).toThrow(/background work/);
    expect(device.flash.eraseCounts()[0]).toBe(0);
  });

  it("allows an erase inside work, and other flash calls inside tick", () => {
    expect(device.guard.run("work", () => host.flashErase(0))).toBe(0);
    expect(device.guard.run("tick", () => host.flashProgram(0, OUT, 8))).toBe(0);
  });
});

/** A module of three lines: `go` programs one unit from its memory and then stores 1 at address 8. */
function programmingModule(): WebAssembly.Module {
  const built = binaryen.parseText(`(module
    (import "host" "flashProgram" (func $program (param i32 i32 i32) (result i32)))
    (memory (export "memory") 1 1)
    (func (export "go") (result i32)
      (local $status i32)
      (local.set $status (call $program (i32.const 0) (i32.const 1024) (i32.const 8)))
      (i32.store (i32.const 8) (i32.const 1))
      (local.get $status)))`);
  const bytes = new Uint8Array(built.emitBinary());
  built.dispose();
  return new WebAssembly.Module(bytes);
}

describe("through a real module", () => {
  const boot = () => {
    const instance = new WebAssembly.Instance(programmingModule(), {
      host: hostImports(device, () => exports.memory),
    });
    const exports = instance.exports as { memory: WebAssembly.Memory; go: () => number };
    return exports;
  };

  it("a status comes back", () => {
    expect(boot().go()).toBe(0);
    expect(device.flash.map(0)[0]).toBe("#");
  });

  it("a power cut unwinds, and nothing after it runs", () => {
    device.flash.cutAfter(0, { when: "inside", unit: "uncorrectable" });
    const module = boot();
    expect(thrownBy(() => device.guard.run("go", () => module.go()))).toBeInstanceOf(PowerCut);
    expect(new DataView(module.memory.buffer).getUint32(8, true)).toBe(0);
    expect(() => device.guard.run("go", () => module.go())).toThrow(/died in go/);
    expect(() => module.go()).toThrow(/without power/);
  });

  it("misuse unwinds too", () => {
    const module = boot();
    module.go();
    expect(() => module.go()).toThrow(MisuseError);
  });
});
