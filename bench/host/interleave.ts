/**
 * Measures contenders round by round, each of them once in every round. A neighbour that takes the processor for a second then
 * slows one round of all, not one contender: ratios are formed within a round, and their median is what counts.
 */
import type { Contender } from "./contender.js";

export interface InterleaveOptions {
  /** Odd, so that a median is a value that was seen. */
  readonly rounds: number;
  /** How long one contender's turn takes in a round, ms; a slow operation is done once all the same. */
  readonly turnMs: number;
  /** How long each runs before the first round, ms: engines that compile while they run have done so by then. */
  readonly warmUpMs: number;
}

/** Nanoseconds an operation took, by round; one list for each contender, in their order. */
export type Rounds = readonly (readonly number[])[];

/** Runs all rounds. The order turns by one with each round, so that nobody always follows the same neighbour. */
export async function interleave(
  contenders: readonly Contender[],
  options: InterleaveOptions,
): Promise<Rounds> {
  const times: number[] = [];
  for (const contender of contenders) times.push(await warmUp(contender, options));
  const rounds: number[][] = contenders.map(() => []);
  for (let round = 0; round < options.rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const which = (turn + round) % contenders.length;
      const count = times[which]!;
      // Between turns, engines may clean up and finalizers run; not within one.
      await new Promise(setImmediate);
      rounds[which]!.push((await contenders[which]!.measure(count)) / count);
    }
  }
  return rounds;
}

/** Runs a contender until it is warm; how many operations fill its turn. */
async function warmUp(contender: Contender, { turnMs, warmUpMs }: InterleaveOptions): Promise<number> {
  let spentNs = 0;
  let batch = 1;
  let perOperationNs = Infinity;
  while (spentNs < warmUpMs * 1e6) {
    const took = await contender.measure(batch);
    spentNs += took;
    // The fastest batch: the first ones compile.
    perOperationNs = Math.min(perOperationNs, Math.max(took / batch, 1));
    batch = Math.max(1, Math.min(2 * batch, Math.floor((turnMs * 1e6) / perOperationNs)));
  }
  return Math.max(1, Math.round((turnMs * 1e6) / perOperationNs));
}
