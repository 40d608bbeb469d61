import { CallGuard } from "./call-guard.js";
import { Clock, type ClockState } from "./clock.js";
import { MonotonicCounter, type CounterState } from "./counter.js";
import { Entropy, type EntropyState } from "./entropy.js";
import { PowerCut } from "./errors.js";
import { Flash, type FlashOptions, type FlashState } from "./flash.js";
import type { FlashGeometry } from "./geometry.js";
import type { HostHook, ImportName } from "./hook.js";
import { Monitor, type MonitorState } from "./monitor.js";
import { Motor, type MotorOptions, type MotorState } from "./motor.js";
import { Random, type RandomState } from "./random.js";

/** 64 KiB of NOR flash as on a Cortex-M4 with ECC on 8 B units: the smallest part the product promises to live in. */
export const DEFAULT_GEOMETRY: FlashGeometry = {
  unitBytes: 8,
  sectorBytes: 4096,
  sectorCount: 16,
  eraseMsMax: 40,
};

export interface DeviceOptions {
  /** Printed with every failure; the same seed gives the same device, to the bit. */
  readonly seed: string | number | bigint;
  readonly geometry?: FlashGeometry;
  readonly flash?: Omit<FlashOptions, "clock">;
  /** Wall time in s since 1970; absent by default. */
  readonly wallTimeS?: number | null;
  /** Uptime the first boot begins at, in ms. */
  readonly uptimeMs?: number;
  /** Advances the hardware counter is good for. */
  readonly counterEnduranceAdvances?: number;
  readonly motor?: MotorOptions;
  /**
   * What tells how long the power was off: nothing (default), a clock that people can set, or one that nobody can (a
   * battery-backed counter): only with the last does the ledger age over a reset (SPEC 6.3).
   */
  readonly offClock?: "none" | "settable" | "trusted";
  /** The entropy source gives the same bytes from the beginning. Default: it does not. */
  readonly entropyStuck?: boolean;
}

export interface PowerCycleOptions {
  /** How long the power was off, in ms. Default 1000; 0 is a warm restart. */
  readonly offMs?: number;
  /**
   * What the motor controller did meanwhile: `resets` (default: a new epoch, steps from 0), `keeps-steps` (halts, but
   * remembers its count), or `keeps-running` (its power stayed on; it goes on under the grant it holds).
   */
  readonly motor?: "resets" | "keeps-steps" | "keeps-running";
}

/** The whole device at one moment, hardware counter included: the way back in a sweep, never an attack. */
export interface DeviceState {
  readonly flash: FlashState;
  readonly clock: ClockState;
  readonly entropy: EntropyState;
  readonly counter: CounterState;
  readonly motor: MotorState;
  readonly monitor: MonitorState;
  readonly garbage: RandomState;
}

/**
 * Everything one pump gives its gate: flash, clock, entropy, hardware counter, and the motor the gate guards. Each part
 * draws from a stream of its own, forked from the seed.
 */
export class Device {
  readonly seed: string;
  readonly random: Random;
  readonly clock: Clock;
  readonly flash: Flash;
  readonly entropy: Entropy;
  readonly counter: MonotonicCounter;
  readonly motor: Motor;
  readonly monitor = new Monitor();
  readonly guard = new CallGuard();
  /** What failing imports leave in their outputs. */
  readonly garbage: Random;
  /** Called around every import, in this order. */
  readonly hooks: HostHook[] = [];
  /** Calls of each import since the device was made. */
  readonly callCounts = new Map<ImportName, number>();
  readonly #offClock: NonNullable<DeviceOptions["offClock"]>;

  constructor(options: DeviceOptions) {
    this.#offClock = options.offClock ?? "none";
    this.random = new Random(options.seed);
    this.seed = this.random.path;
    this.clock = new Clock({ wallTimeS: options.wallTimeS ?? null, uptimeMs: options.uptimeMs ?? 0 });
    this.flash = new Flash(options.geometry ?? DEFAULT_GEOMETRY, this.random.fork("flash"), {
      ...options.flash,
      clock: this.clock,
    });
    this.entropy = new Entropy(this.random.fork("entropy"));
    this.entropy.stuck = options.entropyStuck ?? false;
    this.counter = new MonotonicCounter(options.counterEnduranceAdvances);
    this.motor = new Motor(this.clock, options.motor);
    this.garbage = this.random.fork("garbage");
  }

  /** False from a power cut to the next power cycle; every import is misuse meanwhile. */
  get powered(): boolean {
    return this.flash.powered;
  }

  /** What a boot is told of the time without power: -1 where nothing was measured (SPEC 11.1). */
  offTime(): { readonly offMs: number; readonly trusted: boolean } {
    const { offMs } = this.clock;
    if (this.#offClock === "none" || offMs === null) return { offMs: -1, trusted: false };
    return { offMs, trusted: this.#offClock === "trusted" };
  }

  /** Cuts the power now. From a hook it unwinds through the module. */
  cutPower(why = "on request"): never {
    this.flash.powerOff();
    throw new PowerCut(`power cut ${why}; power-cycle the device and boot a new instance`);
  }

  /** Power off (if it was still on), a pause, power on. The module's instance must have been discarded. */
  powerCycle(options: PowerCycleOptions = {}): void {
    const motor = options.motor ?? "resets";
    if (motor !== "keeps-running") this.motor.halt();
    if (motor === "resets") this.motor.resetController();
    this.clock.powerCycle(options.offMs ?? 1000);
    this.flash.powerOn();
    this.guard.reset();
  }

  save(): DeviceState {
    return {
      flash: this.flash.save(),
      clock: this.clock.save(),
      entropy: this.entropy.save(),
      counter: this.counter.save(),
      motor: this.motor.save(),
      monitor: this.monitor.save(),
      garbage: this.garbage.save(),
    };
  }

  /** Puts the whole world back and switches it on. Planned faults, hooks and call counts stay as they are. */
  restore(state: DeviceState): void {
    this.clock.restore(state.clock);
    this.flash.restore(state.flash);
    this.entropy.restore(state.entropy);
    this.counter.restore(state.counter);
    this.motor.restore(state.motor);
    this.monitor.restore(state.monitor);
    this.garbage.restore(state.garbage);
    this.flash.powerOn();
    this.guard.reset();
  }
}
