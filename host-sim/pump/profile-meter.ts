/** Turns the gate's calls into the time that a processor takes for them, and keeps how long what cannot wait had to. */
import type { Clock } from "../device/clock.js";
import type { AreaName, ExportName, HostImportName } from "../gate/abi.js";
import type { GateObserver } from "../gate/instance.js";
import { localActionName } from "../gate/names.js";
import { decodeLocal } from "../gate/records.js";
import { STATUS } from "../gate/status.js";
import { PriceList, type Profile } from "./profile.js";

/** How long something waited, its own service included. */
export interface Waits {
  readonly count: number;
  readonly maxUs: number;
}

/** What waits: the motor's report of every second, and a hand at the panel. */
export type Waiting = "tick" | "local";

const STAGING: ReadonlySet<ExportName> = new Set([
  "provision",
  "decommission",
  "trustUpdate",
  "libraryBegin",
  "libraryEntry",
  "libraryCommit",
  "submit",
  "approve",
  "attest",
] as const);

/**
 * Watches one pump's gate. What a call took is owed: whoever runs the gate lets it pass (`take`) before anything else happens. What
 * flash takes passes by itself, in the device's flash: so long for a unit programmed, the geometry's longest for an erase.
 */
export class ProfileMeter implements GateObserver {
  readonly profile: Profile;
  /** From a command's or an approval's arrival to its verdict, all that came between included; us, in their order. */
  readonly verdictsUs: number[] = [];
  /** The longest slice, flash included. */
  sliceMaxUs = 0;
  readonly #prices: PriceList;
  readonly #clock: Clock;
  readonly #waits = { tick: { count: 0, maxUs: 0 }, local: { count: 0, maxUs: 0 } };
  readonly #lastUs = { tick: 0, local: 0 };
  readonly #longestUs = { tick: 0, local: 0 };
  #owedUs = 0;
  #verb: string | null = null;
  #index = 0;
  #opening = false;
  #judgedFromUs: number | null = null;
  #action = "";
  #calledUs = 0;
  #programs = false;
  #erases = false;

  constructor(profile: Profile, clock: Clock) {
    this.profile = profile;
    this.#prices = new PriceList(profile);
    this.#clock = clock;
  }

  /** The time it is once all that is owed has passed. */
  get nowUs(): number {
    return this.#clock.elapsedUs + this.#owedUs;
  }

  get waits(): Readonly<Record<Waiting, Waits>> {
    return this.#waits;
  }

  /** What is owed, which is then owed no more. */
  take(): number {
    const owed = this.#owedUs;
    this.#owedUs = 0;
    return owed;
  }

  /** What the last call of it took. */
  lastUs(what: Waiting): number {
    return this.#lastUs[what];
  }

  /** What it took at most by itself, flash included. */
  longestUs(what: Waiting): number {
    return this.#longestUs[what];
  }

  /** It was due then, and is done now. */
  served(what: Waiting, dueUs: number): void {
    const wait = this.#waits[what];
    wait.count++;
    wait.maxUs = Math.max(wait.maxUs, this.nowUs - dueUs);
  }

  /** Runs something in a world that is put back afterwards: it owes nothing. */
  apart<T>(body: () => T): T {
    const owed = this.#owedUs;
    try {
      return body();
    } finally {
      this.#owedUs = owed;
    }
  }

  // --- what it sees ---------------------------------------------------------------------------------------------

  instantiated(): void {
    this.#opening = false;
    this.died();
  }

  wrote(area: AreaName, bytes: Uint8Array): void {
    if (area === "local") this.#action = localActionName(decodeLocal(bytes).action) ?? "";
  }

  calling(name: ExportName, args: readonly number[]): void {
    if (name === "work" && args[0] !== 1) {
      throw new Error(
        `work(${String(args[0])}) has no price: with a profile the host runs one slice at a time`,
      );
    }
    if (name === "submit" || name === "approve") this.#judgedFromUs = this.nowUs;
    this.#calledUs = this.#clock.elapsedUs;
    this.#programs = false;
    this.#erases = false;
  }

  imported(name: HostImportName): void {
    if (name === "flashProgram") this.#programs = true;
    if (name === "flashErase") this.#erases = true;
  }

  returned(name: ExportName, status: number): void {
    const us = name === "work" ? this.#slice(status) : this.#call(name, status);
    this.#owedUs += us;
    const wholeUs = us + this.#clock.elapsedUs - this.#calledUs;
    if (name === "tick" || name === "local") {
      this.#lastUs[name] = wholeUs;
      this.#longestUs[name] = Math.max(this.#longestUs[name], wholeUs);
    }
    if (name !== "work") return;
    this.sliceMaxUs = Math.max(this.sliceMaxUs, wholeUs);
    if (status !== STATUS.WORKING) this.#ended();
  }

  died(): void {
    this.#verb = null;
    this.#judgedFromUs = null;
    this.#owedUs = 0;
  }

  // --- inside ---------------------------------------------------------------------------------------------------

  #call(name: ExportName, status: number): number {
    if (STAGING.has(name) && status === STATUS.WORKING) {
      this.#verb = name;
      this.#index = 0;
    }
    if (name === "boot") this.#opening = status === STATUS.OK;
    if (name === "cancel") this.#verb = null;
    if (name === "tick") return this.#prices.callUs(this.#programs ? "tick/reservation" : "tick/no-flash");
    return this.#prices.callUs(name === "local" ? `local/${this.#action}` : name);
  }

  #slice(status: number): number {
    if (this.#verb !== null) return this.#prices.sliceUs(this.#verb, this.#index++);
    if (this.#opening) return this.#prices.sliceUs("opening", 0);
    if (this.#erases) return this.#prices.sliceUs("background/erase", 0);
    if (this.#programs) return this.#prices.sliceUs("background/roll", 0);
    const working = status === STATUS.WORKING;
    return this.#prices.sliceUs(working ? "background/prepare-key" : "background/nothing", 0);
  }

  #ended(): void {
    if (this.#judgedFromUs !== null && (this.#verb === "submit" || this.#verb === "approve")) {
      this.verdictsUs.push(this.nowUs - this.#judgedFromUs);
    }
    this.#judgedFromUs = null;
    this.#verb = null;
    this.#opening = false;
  }
}

/** Two that watch the same gate, the first one first. */
export function both(first: GateObserver, second: GateObserver | undefined): GateObserver {
  if (second === undefined) return first;
  return {
    instantiated: (instance) => each((it) => it.instantiated?.(instance)),
    wrote: (area, bytes) => each((it) => it.wrote?.(area, bytes)),
    calling: (name, args) => each((it) => it.calling?.(name, args)),
    importing: (name, args) => each((it) => it.importing?.(name, args)),
    imported: (name, args, status) => each((it) => it.imported?.(name, args, status)),
    returned: (name, status) => each((it) => it.returned?.(name, status)),
    died: (name, cause) => each((it) => it.died?.(name, cause)),
  };
  function each(tell: (observer: GateObserver) => void): void {
    for (const observer of [first, second!]) tell(observer);
  }
}
