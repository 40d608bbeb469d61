/**
 * The ground truth of delivery, program by program: what the motor moved, however the gate counted it, across power cuts
 * and step epochs. Picolitres, exact.
 */
export class Account {
  readonly #byProgram = new Map<number, bigint>();
  #seenPl: bigint;

  /** `truthPl`: what the motor had moved when the account was opened. */
  constructor(truthPl: bigint) {
    this.#seenPl = truthPl;
  }

  /** Books everything moved since the last call to the program whose grant was in force; 0 = none was. */
  book(truthPl: bigint, generation: number): void {
    const moved = truthPl - this.#seenPl;
    this.#seenPl = truthPl;
    if (moved !== 0n) this.#byProgram.set(generation, this.deliveredPl(generation) + moved);
  }

  /** What left the pump under this program. */
  deliveredPl(generation: number): bigint {
    return this.#byProgram.get(generation) ?? 0n;
  }

  /** What left the pump in all since the account was opened. */
  get totalPl(): bigint {
    let total = 0n;
    for (const delivered of this.#byProgram.values()) total += delivered;
    return total;
  }

  /** Programs that moved anything, ascending; 0 stands for movement without a grant. */
  programs(): number[] {
    return [...this.#byProgram.keys()].sort((a, b) => a - b);
  }
}
