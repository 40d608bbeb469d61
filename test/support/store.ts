/** A device whose module is the store alone (store-source.ts), and what a caller of the store does: provision, boot, commit. */
import { Device, type DeviceOptions } from "../../host-sim/device/device.js";
import { hostImports } from "../../host-sim/device/host.js";
import { decodeLog, type LogPage } from "../../host-sim/gate/records.js";
import { STATUS } from "../../host-sim/gate/status.js";
import { compileHarness } from "./harness.js";
import { STORE_SOURCE } from "./store-source.js";

const MODULE = await compileHarness("store", STORE_SOURCE);

/** Names of the exported functions, and of the exported constants. */
type Functions = Record<string, (...args: (number | bigint)[]) => number>;

export const LOG_KEY = new Uint8Array(32).fill(0x4c);
export const DEVICE_ID = Uint8Array.from({ length: 16 }, (_, i) => 0xd0 + i);
export const DEVICE_SECRET = new Uint8Array(32).fill(0x5e);
/** As long as a root document with all its keys. */
export const ROOT_PAYLOAD = Uint8Array.from({ length: 1021 }, (_, i) => (i * 7) & 0xff);

/** Where tests put what they hand over: behind what `bootStore` and the attestation use of INPUT. */
const HANDED_OVER = 4096;

/** One instance, from a reset to the next. Anything it throws ends it. */
export class Store {
  readonly device: Device;
  readonly memory: WebAssembly.Memory;
  readonly #f: Functions;
  readonly #c: Record<string, number> = {};

  constructor(device: Device) {
    this.device = device;
    const instance = new WebAssembly.Instance(MODULE, { host: hostImports(device, () => this.memory) });
    this.memory = instance.exports["memory"] as WebAssembly.Memory;
    this.#f = instance.exports as unknown as Functions;
    for (const [name, value] of Object.entries(instance.exports)) {
      if (value instanceof WebAssembly.Global) this.#c[name] = (value as { value: number }).value;
    }
  }

  call(name: string, ...args: (number | bigint)[]): number {
    return this.#f[name]!(...args) >>> 0;
  }

  /** An exported constant. */
  at(name: string): number {
    const value = this.#c[name];
    if (value === undefined) throw new Error(`the store's harness exports no ${name}`);
    return value;
  }

  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }

  /** Puts bytes where a call can read them; returns the address. `slot` keeps several apart. */
  hand(bytes: Uint8Array, slot = 0): number {
    const address = this.at("INPUT") + HANDED_OVER + slot * 1536;
    this.bytes(address, bytes.length).set(bytes);
    return address;
  }

  u32(base: string, field: string, value?: number): number {
    const view = new DataView(this.memory.buffer);
    const address = this.at(base) + this.at(field);
    if (value !== undefined) view.setUint32(address, value, true);
    return view.getUint32(address, true);
  }

  u64(base: string, field: string, value?: bigint): bigint {
    const view = new DataView(this.memory.buffer);
    const address = this.at(base) + this.at(field);
    if (value !== undefined) view.setBigUint64(address, value, true);
    return view.getBigUint64(address, true);
  }

  /** The committed states, both, as one string to compare. */
  states(): string {
    const state = this.bytes(this.at("STATE"), this.at("STATE_LENGTH"));
    const meter = this.bytes(this.at("METER"), this.at("METER_LENGTH"));
    return `${Buffer.from(state).toString("hex")}/${Buffer.from(meter).toString("hex")}`;
  }

  /** The same without boot count and counter, which every boot moves. */
  statesButBoot(): string {
    const saved = [this.u32("STATE", "AT_BOOT"), this.u32("STATE", "AT_COUNTER")] as const;
    this.u32("STATE", "AT_BOOT", 0);
    this.u32("STATE", "AT_COUNTER", 0);
    const states = this.states();
    this.u32("STATE", "AT_BOOT", saved[0]);
    this.u32("STATE", "AT_COUNTER", saved[1]);
    return states;
  }

  /** Calls a sliced verb until it no longer says WORKING. */
  run(name: string, slicesMax = 20_000): number {
    for (let i = 0; i < slicesMax; i++) {
      const status = this.call(name);
      if (status !== STATUS.WORKING) return status;
    }
    throw new Error(`${name} is still WORKING after ${slicesMax} slices`);
  }

  /** Makes a provisioned device of a blank one; the status of the first step that fails. */
  provision(rootPayload: Uint8Array = ROOT_PAYLOAD, secret: Uint8Array = DEVICE_SECRET): number {
    const status = this.call("bootStore");
    if (status !== STATUS.NOT_PROVISIONED) return status;
    this.bytes(this.at("DEVICE_ID"), 16).set(DEVICE_ID);
    this.bytes(this.at("DEVICE_SECRET"), 32).set(secret);
    this.call("formatBegin", this.hand(LOG_KEY));
    const formatted = this.run("formatStep");
    if (formatted !== STATUS.OK) return formatted;
    this.call("objectsStage", 0, this.at("DEVICE"), this.at("DEVICE_LENGTH"));
    this.call("objectsStage", 1, this.hand(rootPayload), rootPayload.length);
    this.call("objectsBegin");
    const written = this.run("objectsStep");
    if (written !== STATUS.OK) return written;
    this.u32("NEXT", "AT_ROOT_VERSION", 1);
    this.u32("NEXT", "AT_COUNTER", 1);
    this.event(1, [[1, 1n]]);
    const committed = this.call("commit", 0);
    return committed === STATUS.OK ? this.call("counterAdvance") : committed;
  }

  /** Boots: state, segments, the BOOT record, the counter. The status of the first step that fails. */
  boot(): number {
    const booted = this.call("bootStore");
    return booted === STATUS.OK ? this.open() : booted;
  }

  /** What follows `bootStore`. */
  open(): number {
    const counter = this.call("counterCheckAtBoot");
    if (counter !== STATUS.OK) return counter;
    const opened = this.run("openStep");
    if (opened !== STATUS.OK) return opened;
    this.u32("NEXT", "AT_BOOT", this.u32("STATE", "AT_BOOT") + 1);
    this.u32("NEXT", "AT_COUNTER", this.u32("STATE", "AT_COUNTER") + 1);
    this.event(2, [
      [0, 0n],
      [2, BigInt(this.u32("NEXT", "AT_COUNTER"))],
      [3, 0n],
      [4, 0n],
      [5, 0n],
    ]);
    const committed = this.call("commit", 0);
    return committed === STATUS.OK ? this.call("counterAdvance") : committed;
  }

  event(kind: number, details: readonly (readonly [number, bigint | Uint8Array])[]): void {
    this.call("eventBegin", kind, details.length);
    for (const [key, value] of details) {
      if (typeof value === "bigint") this.call("eventUnsigned", key, value);
      else this.call("eventBytes", key, this.hand(value, 1), value.length);
    }
  }

  /** A decision of about 120 bytes that moves `generation` to `generation`. */
  decide(generation: number): number {
    this.u32("NEXT", "AT_GENERATION", generation);
    this.event(6, [
      [1, new Uint8Array(8).fill(generation)],
      [2, new Uint8Array(32).fill(generation)],
      [7, BigInt(generation)],
    ]);
    return this.call("commit", 0);
  }

  /** A reservation as delivery makes it every minute: what was delivered, what may be next. */
  reserve(deliveredNl: bigint, reservedNl: bigint): number {
    this.u64("METER_NEXT", "AT_DELIVERED", deliveredNl);
    this.u64("METER_NEXT", "AT_AHEAD", reservedNl - deliveredNl);
    return this.call("commit", 1);
  }

  /** Rewrites the objects with another root payload and commits. */
  replaceRoot(payload: Uint8Array, version: number): number {
    this.call("objectsStage", 1, this.hand(payload), payload.length);
    this.call("objectsBegin");
    const written = this.run("objectsStep");
    if (written !== STATUS.OK) return written;
    this.u32("NEXT", "AT_ROOT_VERSION", version);
    this.event(3, [[0, BigInt(version)]]);
    return this.call("commit", 0);
  }

  /** A part of the objects in use. */
  part(part: number): Uint8Array {
    const length = this.call("objectRead", part, this.at("IO"), 8192);
    return this.bytes(this.at("IO"), length).slice();
  }

  logRead(stream: number, sequence: number): LogPage | number {
    const status = this.call("logRead", stream, sequence);
    return status === STATUS.OK ? decodeLog(this.bytes(this.at("IO"), 8192)) : status;
  }

  /** Every page of a stream. */
  pages(stream: number): LogPage[] {
    const pages: LogPage[] = [];
    for (let next = 0; ;) {
      const page = this.logRead(stream, next);
      if (page === STATUS.NOTHING) return pages;
      if (typeof page === "number") throw new Error(`logRead(${stream}, ${next}) says ${page}`);
      pages.push(page);
      const after = page.firstSequence + page.count;
      if (after <= next) throw new Error(`logRead(${stream}, ${next}) does not move on`);
      next = after;
    }
  }
}

/** A new device, not yet provisioned. */
export function blankDevice(options: Partial<DeviceOptions> = {}): Device {
  return new Device({ seed: "store", ...options });
}

/** A device that was provisioned. Throws if that fails. */
export function provisionedDevice(options: Partial<DeviceOptions> = {}, rootPayload = ROOT_PAYLOAD): Device {
  const device = blankDevice(options);
  const status = new Store(device).provision(rootPayload);
  if (status !== STATUS.OK) throw new Error(`provisioning says ${status}`);
  device.powerCycle();
  return device;
}

/** The next boot of a device. Throws unless it succeeds. */
export function bootedStore(device: Device): Store {
  const store = new Store(device);
  const status = store.boot();
  if (status !== STATUS.OK) throw new Error(`boot says ${status}`);
  return store;
}
