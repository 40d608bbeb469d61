/** The gate's count of each program beside the truth: it may count too much after a power cut, never too little (product promise 3). */
import type { Pump } from "../pump/pump.js";

/** One program, from start to stop. */
export interface ProgramVolume {
  readonly generation: number;
  /** By the gate, nL; what a power cut left uncertain counts as delivered. */
  readonly countedNl: bigint;
  /** What left the pump, pL. */
  readonly truthPl: bigint;
}

export class VolumeCheck {
  readonly #pump: Pump;
  readonly #counted = new Map<number, bigint>();

  constructor(pump: Pump) {
    this.#pump = pump;
  }

  /** Asks the gate what it counts; call it before a program makes way for the next one. */
  check(): void {
    const { generation, deliveredNl } = this.#pump.inspect();
    if (generation !== 0) this.#counted.set(generation, deliveredNl);
  }

  programs(): ProgramVolume[] {
    const { account } = this.#pump;
    const all = new Set([...this.#counted.keys(), ...account.programs()]);
    return [...all]
      .sort((a, b) => a - b)
      .map((generation) => ({
        generation,
        countedNl: this.#counted.get(generation) ?? 0n,
        truthPl: account.deliveredPl(generation),
      }));
  }

  /** Moments at which the gate had counted less than had left the pump, the end included. */
  underCounts(): number {
    const during = this.#pump.journal.samples.filter((sample) => sample.deliveredNl * 1000n < sample.truthPl);
    const atEnd = this.programs().filter(({ countedNl, truthPl }) => countedNl * 1000n < truthPl);
    return during.length + atEnd.length;
  }
}
