import type { Clock } from "./clock.js";
import { MisuseError } from "./errors.js";

/** Leave to move, as the gate gives it (SPEC 6.2): absolute, so that a repeated one is harmless. */
export interface Grant {
  /** Which program: the grant record's program generation. */
  readonly program: number;
  /** Which grant of it: the grant number, which never goes back. */
  readonly generation: number;
  /** Cumulative step the motor may reach, u64, in the present epoch. */
  readonly reachStep: bigint;
  readonly rateMaxNlPerH: number;
  /** Uptime after which it must not move. */
  readonly untilMs: bigint;
  /**
   * The epoch of the report the grant answers. `reachStep` means nothing in another one, so the controller refuses a
   * grant that names it; leave it out only where the epoch cannot have changed.
   */
  readonly epoch?: number;
}

/** What the pump reports to the gate: cumulative steps, counted from 0 in each epoch. */
export interface MotorReport {
  readonly epoch: number;
  readonly steps: bigint;
}

export interface MotorOptions {
  /** What one step of the mounted set is calibrated to, in picolitres: the signed value. Default 50,000. */
  readonly plPerStep?: number;
  /** What one step really moves, in picolitres. Default as calibrated; another value is a wrong or tampered set. */
  readonly truePlPerStep?: number;
}

export interface MotorState {
  readonly grant: Grant | null;
  readonly deadlineUs: bigint;
  readonly epoch: number;
  readonly steps: bigint;
  readonly deliveredPl: bigint;
  readonly plPerStep: bigint;
  readonly truePlPerStep: bigint;
  readonly earned: bigint;
  readonly settledUs: bigint;
  readonly stalled: boolean;
}

/** Picolitres in a nanolitre times microseconds in an hour: `rate nL/h x time us x 1000` is pL scaled by this. */
const US_PER_HOUR = 3_600_000_000n;
const PL_PER_NL = 1000n;

/**
 * A stepper that obeys grants to the letter: never past `reachStep`, never faster than `rateMaxNlPerH`, never after
 * `untilMs`, and time in which it did not move is not made up. It runs at exactly the rate granted, so a test that
 * sees too much delivered has found too much granted.
 *
 * `deliveredPl` is the ground truth of every delivery test: an account in whole picolitres that no report, epoch or
 * power cut touches.
 */
export class Motor {
  readonly #clock: Clock;
  #grant: Grant | null = null;
  /** The grant's `untilMs` in the world's time, which a reboot of the gate does not reset. */
  #deadlineUs = 0n;
  #epoch = 1;
  #steps = 0n;
  #deliveredPl = 0n;
  #plPerStep: bigint;
  #truePlPerStep: bigint;
  /** Movement earned by time at the granted rate and not yet made, in pL x us/h; below one step after each settling. */
  #earned = 0n;
  #settledUs: bigint;
  #stalled = false;

  constructor(clock: Clock, options: MotorOptions = {}) {
    this.#clock = clock;
    this.#settledUs = BigInt(clock.elapsedUs);
    this.#plPerStep = volume("plPerStep", options.plPerStep ?? 50_000);
    this.#truePlPerStep = volume("truePlPerStep", options.truePlPerStep ?? options.plPerStep ?? 50_000);
  }

  /** Ground truth: all that ever left the pump, in picolitres, less what was drawn back. */
  get deliveredPl(): bigint {
    this.advance();
    return this.#deliveredPl;
  }

  get grant(): Grant | null {
    return this.#grant;
  }

  /** True while it would move if time passed. */
  get running(): boolean {
    this.advance();
    return (
      this.#grant !== null &&
      !this.#stalled &&
      this.#steps < this.#grant.reachStep &&
      this.#now() < this.#deadlineUs
    );
  }

  report(): MotorReport {
    this.advance();
    return { epoch: this.#epoch, steps: this.#steps };
  }

  /**
   * Takes a grant; it replaces the one before it, which is first carried out up to this moment. False, and the grant
   * not taken, if it was given for another epoch.
   */
  obey(grant: Grant): boolean {
    this.advance();
    if (grant.epoch !== undefined && grant.epoch !== this.#epoch) return false;
    const held = this.#grant;
    if (held !== null && held.program === grant.program && grant.generation < held.generation) {
      throw new MisuseError(
        `motor: grant of program ${grant.program} goes back from generation ${held.generation} to ${grant.generation}; ` +
          `a stale grant must never be handed on`,
      );
    }
    if (!Number.isSafeInteger(grant.rateMaxNlPerH) || grant.rateMaxNlPerH < 0) {
      throw new MisuseError(`motor: rate ${grant.rateMaxNlPerH} nL/h is not a whole number of at least 0`);
    }
    if (!isU64(grant.reachStep) || !isU64(grant.untilMs)) {
      throw new MisuseError(
        `motor: reachStep ${grant.reachStep} or untilMs ${grant.untilMs} is not an unsigned 64-bit value`,
      );
    }
    this.#grant = grant;
    this.#deadlineUs = this.#clock.elapsedUsAt(grant.untilMs);
    return true;
  }

  /** Stops and forgets the grant. Always allowed: the host may stop first and report afterwards. */
  halt(): void {
    this.advance();
    this.#grant = null;
    this.#earned = 0n;
  }

  /** Moves as far as grant and time allow up to the present moment; returns the steps made. */
  advance(): bigint {
    const affordable = this.#earn();
    if (this.#grant === null) return 0n;
    const room = this.#grant.reachStep > this.#steps ? this.#grant.reachStep - this.#steps : 0n;
    const steps = this.#stalled ? 0n : min(affordable, room);
    // At the end of its reach, stalled or expired it stands still; what it did not use is lost, not saved up.
    const blocked = this.#stalled || room === steps || this.#now() >= this.#deadlineUs;
    this.#earned = blocked ? 0n : this.#earned - steps * this.#stepCost();
    this.#move(steps);
    return steps;
  }

  /** Moves exactly `steps` now, as firmware driving the coils itself would. Anything a grant does not cover is misuse. */
  drive(steps: bigint): void {
    const grant = this.#grant;
    const live = this.#now() <= this.#deadlineUs;
    const affordable = this.#earn();
    if (grant === null) {
      throw new MisuseError(`motor: ${steps} steps without a grant; only a grant may move the motor`);
    }
    if (!live) {
      throw new MisuseError(`motor: ${steps} steps after the grant ended at ${grant.untilMs} ms of uptime`);
    }
    if (this.#steps + steps > grant.reachStep) {
      throw new MisuseError(
        `motor: ${steps} steps from ${this.#steps} pass the granted step ${grant.reachStep}`,
      );
    }
    if (steps < 0n || steps > affordable) {
      throw new MisuseError(
        `motor: ${steps} steps now; ${grant.rateMaxNlPerH} nL/h allow ${affordable} since the last`,
      );
    }
    this.#earned %= this.#stepCost();
    this.#move(this.#stalled ? 0n : steps);
  }

  /** Mounts a set. Only while halted: a calibration that changes under a running grant would change its volume. */
  mount(set: MotorOptions & { readonly plPerStep: number }): void {
    this.advance();
    if (this.#grant !== null) {
      throw new MisuseError("motor: a set is mounted while a grant is held; halt() first");
    }
    this.#plPerStep = volume("plPerStep", set.plPerStep);
    this.#truePlPerStep = volume("truePlPerStep", set.truePlPerStep ?? set.plPerStep);
    this.#earned = 0n;
  }

  // --- faults ---------------------------------------------------------------------------------------------------

  /** An occlusion: the motor stands still whatever is granted, until `stall(false)`. */
  stall(stalled = true): void {
    this.advance();
    this.#stalled = stalled;
  }

  /** Moves `steps` no grant covers: what the gate must see as over-delivery. */
  overrun(steps: bigint): void {
    this.advance();
    this.#move(steps);
  }

  /** Moves `steps` backwards. Counts cannot go below 0. */
  reverse(steps: bigint): void {
    this.advance();
    if (steps > this.#steps) {
      throw new RangeError(`motor reverse(${steps}): only ${this.#steps} steps were made this epoch`);
    }
    this.#move(-steps);
  }

  /** The motor controller resets: steps count from 0 in a new epoch, and the grant is gone. */
  resetController(): void {
    this.halt();
    this.#steps = 0n;
    this.#epoch = this.#epoch === 0xffff_ffff ? 0 : this.#epoch + 1;
  }

  save(): MotorState {
    this.advance();
    return {
      grant: this.#grant,
      deadlineUs: this.#deadlineUs,
      epoch: this.#epoch,
      steps: this.#steps,
      deliveredPl: this.#deliveredPl,
      plPerStep: this.#plPerStep,
      truePlPerStep: this.#truePlPerStep,
      earned: this.#earned,
      settledUs: this.#settledUs,
      stalled: this.#stalled,
    };
  }

  /** The clock has to be restored first: the motor goes on from the moment it was saved at. */
  restore(state: MotorState): void {
    this.#grant = state.grant;
    this.#deadlineUs = state.deadlineUs;
    this.#epoch = state.epoch;
    this.#steps = state.steps;
    this.#deliveredPl = state.deliveredPl;
    this.#plPerStep = state.plPerStep;
    this.#truePlPerStep = state.truePlPerStep;
    this.#earned = state.earned;
    this.#settledUs = state.settledUs;
    this.#stalled = state.stalled;
  }

  // --- inside ---------------------------------------------------------------------------------------------------

  /** Credits the time since the last settling, at the granted rate; returns the whole steps it pays for. */
  #earn(): bigint {
    const now = this.#now();
    const from = this.#settledUs;
    this.#settledUs = now;
    if (this.#grant === null) return 0n;
    const until = min(now, this.#deadlineUs);
    if (until > from) this.#earned += (until - from) * BigInt(this.#grant.rateMaxNlPerH) * PL_PER_NL;
    return this.#earned / this.#stepCost(); // floor: a step is made only once it is paid in full
  }

  #stepCost(): bigint {
    return this.#plPerStep * US_PER_HOUR;
  }

  #move(steps: bigint): void {
    this.#steps += steps;
    this.#deliveredPl += steps * this.#truePlPerStep;
  }

  #now(): bigint {
    return BigInt(this.#clock.elapsedUs);
  }
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function isU64(value: bigint): boolean {
  return BigInt.asUintN(64, value) === value;
}

function volume(what: string, picolitres: number): bigint {
  if (Number.isSafeInteger(picolitres) && picolitres > 0) return BigInt(picolitres);
  throw new RangeError(`motor ${what}: ${picolitres} is not a whole number of picolitres above 0`);
}
