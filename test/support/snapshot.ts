import type { DeviceState } from "../../host-sim/device/device.js";
import type { Pump } from "../../host-sim/pump/pump.js";

/** A pump's gate and device at one moment, to go back to: thousands of attempts then begin at exactly the same place. */
export class Snapshot {
  readonly #pump: Pump;
  readonly #memory: Uint8Array;
  readonly #device: DeviceState;

  constructor(pump: Pump) {
    this.#pump = pump;
    this.#memory = new Uint8Array(pump.gate.instance.memory.buffer).slice();
    this.#device = pump.device.save();
  }

  /** Linear memory is all the state the module has: it has no mutable global that matters between two calls. */
  restore(): void {
    new Uint8Array(this.#pump.gate.instance.memory.buffer).set(this.#memory);
    this.#pump.device.restore(this.#device);
  }
}

/** True where a longer run was asked for. */
export const LONG = process.env["DOSEGATE_LONG"] !== undefined;
