import { Outage } from "./outage.js";
import type { Random, RandomState } from "./random.js";
import { HOST_FAILING, HOST_OK, type HostStatus } from "./status.js";

export interface EntropyState {
  readonly random: RandomState;
  readonly stuck: boolean;
}

/** The pump's entropy source: seeded, able to fail, and able to fail silently. */
export class Entropy {
  /** Make `fill` answer HOST_FAILING for some calls. */
  readonly outage = new Outage();
  /** A silent fault: status 0, the same bytes every time. The gate's challenges must differ all the same. */
  stuck = false;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Fills `out`; on failure it holds garbage that looks as good as the real thing. */
  fill(out: Uint8Array): HostStatus {
    this.#random.fill(out);
    if (this.outage.take()) return HOST_FAILING;
    if (this.stuck) out.fill(0x5a);
    return HOST_OK;
  }

  save(): EntropyState {
    return { random: this.#random.save(), stuck: this.stuck };
  }

  restore(state: EntropyState): void {
    this.#random.restore(state.random);
    this.stuck = state.stuck;
  }
}
