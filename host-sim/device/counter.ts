import { Outage } from "./outage.js";
import { HOST_FAILING, HOST_OK, type HostStatus } from "./status.js";

export interface CounterState {
  readonly value: number;
}

/** Largest value of the u32 counter. */
const VALUE_MAX = 0xffff_ffff;

/**
 * The hardware's monotonic counter. It survives power loss, can only rise by one, and wears out after a declared
 * number of advances.
 *
 * `Flash.restore` does not touch it: older flash beside a newer counter is the rollback the gate has to notice
 * (SPEC 2.6). Only `Device.restore`, which takes the whole world back, restores it.
 */
export class MonotonicCounter {
  /** Make `read` fail for some calls. */
  readonly readOutage = new Outage();
  /** Make `advance` fail for some calls; whether it advanced all the same says `failsAdvanced`. */
  readonly advanceOutage = new Outage();
  /** True: an advance that answers HOST_FAILING did happen. Hardware may do either; the caller has to read again. */
  failsAdvanced = false;
  readonly enduranceAdvances: number;
  #value = 0;

  /** `enduranceAdvances`: how many advances the part is good for; the next one fails and changes nothing. */
  constructor(enduranceAdvances = 100_000) {
    if (!Number.isInteger(enduranceAdvances) || enduranceAdvances < 1 || enduranceAdvances > VALUE_MAX) {
      throw new RangeError(`counter endurance ${enduranceAdvances} is not an integer of 1..2^32-1`);
    }
    this.enduranceAdvances = enduranceAdvances;
  }

  /** The true value, for tests. */
  get value(): number {
    return this.#value;
  }

  read(): { status: HostStatus; value: number } {
    return this.readOutage.take()
      ? { status: HOST_FAILING, value: 0 }
      : { status: HOST_OK, value: this.#value };
  }

  advance(): HostStatus {
    const failing = this.advanceOutage.take();
    const worn = this.#value >= this.enduranceAdvances;
    if (!worn && (!failing || this.failsAdvanced)) this.#value++;
    return failing || worn ? HOST_FAILING : HOST_OK;
  }

  save(): CounterState {
    return { value: this.#value };
  }

  restore(state: CounterState): void {
    this.#value = state.value;
  }
}
