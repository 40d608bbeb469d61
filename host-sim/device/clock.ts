import { Outage } from "./outage.js";

export interface ClockOptions {
  /** Wall time at the start, in s since 1970; `null` when the pump has no idea (default). */
  wallTimeS?: number | null;
  /** Uptime at the start, in ms, for tests near a wrap of 32 bits. */
  uptimeMs?: number;
}

export interface ClockState {
  readonly elapsedUs: number;
  readonly bootUs: number;
  readonly wallAtStartS: number | null;
  readonly offMs: number | null;
}

/**
 * Virtual time; nothing here ever looks at the real one.
 *
 * `elapsedUs` is the world's time: it runs through power cuts, never steps, and is what tests measure delivery by.
 * Uptime is what the pump sees: it begins again at 0 with every boot. Wall time is a hint that may be absent, wrong or
 * stepped (SPEC 2.5: the gate must not lean on it). Microseconds as a safe integer last 285 years.
 */
export class Clock {
  /** Make `uptimeMs` fail for some calls. */
  readonly uptimeOutage = new Outage();
  /** Make `wallTimeS` fail for some calls. */
  readonly wallOutage = new Outage();
  #elapsedUs = 0;
  #bootUs: number;
  #wallAtStartS: number | null;
  #offMs: number | null = null;

  constructor(options: ClockOptions = {}) {
    this.#bootUs = -whole("uptimeMs", options.uptimeMs ?? 0) * 1000;
    this.#wallAtStartS = options.wallTimeS ?? null;
  }

  /** Time since the simulation began, power cuts included. */
  get elapsedUs(): number {
    return this.#elapsedUs;
  }

  /** Time since boot, rounded down. */
  uptimeMs(): bigint {
    return BigInt(Math.floor((this.#elapsedUs - this.#bootUs) / 1000));
  }

  /** Seconds since 1970, rounded down; `null` when absent. */
  wallTimeS(): bigint | null {
    if (this.#wallAtStartS === null) return null;
    return BigInt(this.#wallAtStartS) + BigInt(Math.floor(this.#elapsedUs / 1_000_000));
  }

  /** How long the last power cut was, in ms; `null` before the first. Whether the pump can know it is the device's. */
  get offMs(): number | null {
    return this.#offMs;
  }

  advanceUs(us: number): void {
    this.#elapsedUs += whole("advanceUs", us);
  }

  advanceMs(ms: number): void {
    this.advanceUs(whole("advanceMs", ms) * 1000);
  }

  /** The world's time at which the present boot's uptime reads `uptimeMs`; deadlines are kept in it. */
  elapsedUsAt(uptimeMs: bigint): bigint {
    return BigInt(this.#bootUs) + uptimeMs * 1000n;
  }

  /** Wall time becomes `wallTimeS` from now on, right or wrong; `null` takes it away. */
  setWallTimeS(wallTimeS: number | null): void {
    this.#wallAtStartS = wallTimeS === null ? null : wallTimeS - Math.floor(this.#elapsedUs / 1_000_000);
  }

  /** A fault: uptime jumps by `ms`, backwards if negative, without the world's time moving. Never below 0. */
  stepUptimeMs(ms: number): void {
    this.#bootUs = Math.min(this.#bootUs - ms * 1000, this.#elapsedUs);
  }

  /** Off for `offMs`, then uptime 0. Wall time goes on. */
  powerCycle(offMs: number): void {
    this.advanceMs(offMs);
    this.#bootUs = this.#elapsedUs;
    this.#offMs = offMs;
  }

  save(): ClockState {
    return {
      elapsedUs: this.#elapsedUs,
      bootUs: this.#bootUs,
      wallAtStartS: this.#wallAtStartS,
      offMs: this.#offMs,
    };
  }

  restore(state: ClockState): void {
    this.#elapsedUs = state.elapsedUs;
    this.#bootUs = state.bootUs;
    this.#wallAtStartS = state.wallAtStartS;
    this.#offMs = state.offMs;
  }
}

function whole(what: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`clock ${what}: ${value} is not a whole number of at least 0`);
}
