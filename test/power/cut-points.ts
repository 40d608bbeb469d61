/** Records a story call by call: where it wrote, the world just before, and what was true before and after. */
import type { Device, DeviceState } from "../../host-sim/device/device.js";
import type { ExportName } from "../../host-sim/gate/abi.js";
import type { GateObserver } from "../../host-sim/gate/gate.js";
import type { Instance } from "../../host-sim/gate/instance.js";
import { decodeState, type State } from "../../host-sim/gate/records.js";
import { STATUS } from "../../host-sim/gate/status.js";

/** What holds between two calls. */
export interface Moment {
  /** As `inspect` says; null before boot. */
  readonly state: State | null;
  /** What the motor had moved when the present program began, pL: its own truth counts from there. */
  readonly programBasePl: bigint;
}

/** One call of an export that programmed or erased flash, or advanced the counter. */
export interface CutPoint {
  /** Place in the story. */
  readonly index: number;
  readonly name: ExportName;
  readonly args: readonly number[];
  /** The device before the call, and the instance's memory with the call's input in it. */
  readonly device: DeviceState;
  readonly memory: Uint8Array;
  /** Flash steps and counter advances of the whole call. */
  readonly steps: number;
  readonly advances: number;
  readonly before: Moment;
  readonly after: Moment;
}

interface Began {
  readonly name: ExportName;
  readonly args: readonly number[];
  readonly device: DeviceState;
  readonly memory: Uint8Array;
  readonly moment: Moment;
}

/** The observer of a pump that lives through a story. */
export class CutPoints implements GateObserver {
  readonly points: CutPoint[] = [];
  /** Calls are looked at only while this is true. */
  recording = false;
  #device: Device | null = null;
  #instance: Instance | null = null;
  #began: Began | null = null;
  #looking = false;
  #last: Moment = { state: null, programBasePl: 0n };

  /** The device whose gate is watched; needed before the first recorded call. */
  watch(device: Device): void {
    this.#device = device;
  }

  instantiated(instance: Instance): void {
    this.#instance = instance;
  }

  calling(name: ExportName, args: readonly number[]): void {
    if (!this.recording || this.#looking) return;
    const device = this.#device!;
    const memory = new Uint8Array(this.#instance!.memory.buffer).slice();
    this.#began = { name, args, device: device.save(), memory, moment: this.#look() };
  }

  returned(): void {
    if (!this.recording || this.#looking || this.#began === null) return;
    const device = this.#device!;
    const { name, args, device: saved, memory, moment } = this.#began;
    this.#began = null;
    const steps = device.flash.steps - saved.flash.steps;
    const advances = device.counter.value - saved.counter.value;
    if (steps === 0 && advances === 0) return;
    const index = this.points.length;
    const after = this.#look();
    this.points.push({ index, name, args, device: saved, memory, steps, advances, before: moment, after });
  }

  /** Before `boot` an instance knows nothing: what was true stays true. */
  #look(): Moment {
    this.#looking = true;
    const instance = this.#instance!;
    const status = instance.call("inspect");
    this.#looking = false;
    if (status !== STATUS.OK) return this.#last;
    const state = decodeState(instance.read("inspect"));
    const isNew = state.generation !== this.#last.state?.generation;
    const programBasePl = isNew ? this.#device!.motor.deliveredPl : this.#last.programBasePl;
    this.#last = { state, programBasePl };
    return this.#last;
  }
}
