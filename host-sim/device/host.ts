import type { Device } from "./device.js";
import { MisuseError, PowerCut } from "./errors.js";
import type { HostCall, ImportName } from "./hook.js";
import { HOST_FAILING, HOST_OK, type HostStatus } from "./status.js";

/** As much of WebAssembly.Memory as the imports need, so that tests can do without a module. */
export interface LinearMemory {
  readonly buffer: ArrayBufferLike;
}

/** The import object's `host` module: addresses and lengths in, a HostStatus out. */
export type HostImports = Record<ImportName, (...args: number[]) => number>;

/** Longest single entropy request; the gate needs one challenge at a time. */
const ENTROPY_BYTES_MAX = 64;

/**
 * The imports of the module `host` over one device. `memory` is asked at each call, because it exists only once the
 * module that imports them is instantiated.
 *
 * Stricter than a C host in a Cortex-M: every pointer must lie inside memory, not be null, and be aligned to the value
 * behind it; after a power cut every call is misuse; a failing call leaves garbage in its outputs, so that a value used
 * before its status is looked at shows.
 */
export function hostImports(device: Device, memory: () => LinearMemory): HostImports {
  const port = new HostPort(device, memory);
  const bind = (name: ImportName, arity: number, body: (args: number[]) => HostStatus) => [
    name,
    (...args: number[]) => port.call(name, arity, args, body),
  ];
  return Object.fromEntries([
    bind("flashGeometry", 1, ([out]) => port.flashGeometry(out!)),
    bind("flashRead", 3, ([address, out, length]) =>
      device.flash.read(address!, port.bytes("out", out!, length!)),
    ),
    bind("flashProgram", 3, ([address, input, length]) =>
      device.flash.program(address!, port.bytes("in", input!, length!)),
    ),
    bind("flashErase", 1, ([sector]) => port.flashErase(sector!)),
    bind("uptimeMs", 1, ([out]) => {
      const failing = device.clock.uptimeOutage.take();
      return port.writeU64(out!, failing ? null : device.clock.uptimeMs());
    }),
    bind("wallTimeS", 1, ([out]) => {
      const failing = device.clock.wallOutage.take();
      return port.writeU64(out!, failing ? null : device.clock.wallTimeS());
    }),
    bind("entropy", 2, ([out, length]) => {
      if (length! > ENTROPY_BYTES_MAX) {
        throw new MisuseError(`entropy: ${length!} B asked, at most ${ENTROPY_BYTES_MAX}`);
      }
      return device.entropy.fill(port.bytes("out", out!, length!));
    }),
    bind("counterRead", 1, ([out]) => port.counterRead(out!)),
    bind("counterAdvance", 0, () => device.counter.advance()),
  ]) as HostImports;
}

class HostPort {
  readonly #device: Device;
  readonly #memory: () => LinearMemory;
  #index = 0;

  constructor(device: Device, memory: () => LinearMemory) {
    this.#device = device;
    this.#memory = memory;
  }

  /** One import call: power, arity, hooks, the body, hooks. */
  call(name: ImportName, arity: number, rawArgs: number[], body: (args: number[]) => HostStatus): HostStatus {
    const device = this.#device;
    if (!device.powered) throw new MisuseError(`${name} without power: discard the instance and power-cycle`);
    // Through JavaScript a missing argument would quietly be undefined; through wasm the signature decides.
    if (rawArgs.length !== arity) {
      throw new MisuseError(`${name} takes ${arity} arguments, not ${rawArgs.length}`);
    }
    device.callCounts.set(name, (device.callCounts.get(name) ?? 0) + 1);
    const args = rawArgs.map((value) => value >>> 0); // wasm hands an i32 over as a signed number
    const call: HostCall = { name, args, index: ++this.#index, inExport: device.guard.runningExport };
    try {
      return device.guard.runImport(name, () => {
        for (const hook of device.hooks) hook.before?.(call);
        const status = body(args);
        for (const hook of device.hooks) hook.after?.(call, status);
        return status;
      });
    } catch (thrown) {
      if (thrown instanceof PowerCut) device.flash.powerOff();
      throw thrown;
    }
  }

  flashGeometry(out: number): HostStatus {
    const { unitBytes, sectorBytes, sectorCount, eraseMsMax } = this.#device.flash.geometry;
    const view = this.#view("out", out, 16, 4);
    [unitBytes, sectorBytes, sectorCount, eraseMsMax].forEach((value, i) =>
      view.setUint32(i * 4, value, true),
    );
    return HOST_OK;
  }

  flashErase(sector: number): HostStatus {
    const { flash, guard } = this.#device;
    flash.forbidErase(guard.eraseForbiddenBecause);
    try {
      return flash.erase(sector);
    } finally {
      flash.forbidErase(null);
    }
  }

  counterRead(out: number): HostStatus {
    const view = this.#view("out", out, 4, 4);
    const { status, value } = this.#device.counter.read();
    view.setUint32(0, status === HOST_OK ? value : this.#device.garbage.u32(), true);
    return status;
  }

  /** Writes `value`, or garbage and HOST_FAILING where there is none. */
  writeU64(out: number, value: bigint | null): HostStatus {
    const view = this.#view("out", out, 8, 8);
    view.setBigUint64(0, value ?? this.#device.garbage.u64(), true);
    return value === null ? HOST_FAILING : HOST_OK;
  }

  /** The memory at `pointer`, checked. */
  bytes(what: string, pointer: number, length: number): Uint8Array {
    const { buffer } = this.#memory();
    this.#require(what, pointer, length, buffer.byteLength);
    return new Uint8Array(buffer, pointer, length);
  }

  #view(what: string, pointer: number, length: number, alignment: number): DataView {
    const { buffer } = this.#memory();
    this.#require(what, pointer, length, buffer.byteLength);
    if (pointer % alignment !== 0) {
      throw new MisuseError(
        `${what} pointer 0x${pointer.toString(16)} is not aligned to its ${alignment} B value`,
      );
    }
    return new DataView(buffer, pointer, length);
  }

  #require(what: string, pointer: number, length: number, memoryBytes: number): void {
    const where = `${what} pointer 0x${pointer.toString(16)} of ${length} B`;
    if (pointer === 0) {
      throw new MisuseError(`${where} is null; address 0 is valid memory to wasm, and a mistake to everyone`);
    }
    if (length > memoryBytes || pointer > memoryBytes - length) {
      throw new MisuseError(`${where} leaves the memory of ${memoryBytes} B`);
    }
  }
}
