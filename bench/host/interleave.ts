/**
 * Measures contenders round by round, each of them once in every round. A neighbour that slows the machine for a second then slows
 * one round of all, not one contender: ratios are formed within a round, and their median is what counts.
 *
 * On a machine that is shared with other processes two things more would favour somebody. Whoever follows a contender that slept
 * (WebCrypto, another process) gets a fresh slice of the scheduler every time: so the order of every round is drawn anew. And a
 * slice that ends within a turn adds milliseconds to it: so a turn is many short batches, and its value is their median.
 */
import { Random } from "../../host-sim/device/random.js";
import type { Contender } from "./contender.js";
import { median } from "./statistics.js";

export interface InterleaveOptions {
  /** Odd, so that a median is a value that was seen. */
  readonly rounds: number;
  /** How long one contender's turn takes in a round, ms; at least three batches in any case. */
  readonly turnMs: number;
  /** How long each runs before the first round, ms: engines that compile while they run have done so by then. */
  readonly warmUpMs: number;
}

/** Nanoseconds an operation took, by round; one list for each contender, in their order. */
export type Rounds = readonly (readonly number[])[];

/** Much shorter than a slice of any scheduler; long enough for the clock. */
const BATCH_NS = 400_000;
const BATCHES_MIN = 3;

/** How a turn is divided. */
interface Turn {
  readonly operations: number;
  readonly batches: number;
}

/** Runs all rounds. */
export async function interleave(
  contenders: readonly Contender[],
  options: InterleaveOptions,
): Promise<Rounds> {
  const turns: Turn[] = [];
  for (const contender of contenders) turns.push(await warmUp(contender, options));
  const rounds: number[][] = contenders.map(() => []);
  const random = new Random("order of rounds");
  for (let round = 0; round < options.rounds; round++) {
    for (const which of shuffled(contenders.length, random)) {
      // Between turns, engines may clean up and finalizers run; not within one.
      await new Promise(setImmediate);
      rounds[which]!.push(await take(contenders[which]!, turns[which]!));
    }
  }
  return rounds;
}

/** One turn: the median of its batches, ns an operation. */
async function take(contender: Contender, { operations, batches }: Turn): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < batches; i++) times.push((await contender.measure(operations)) / operations);
  return median(times);
}

/** Runs a contender until it is warm; how many operations fill a batch, and how many batches its turn. */
async function warmUp(contender: Contender, { turnMs, warmUpMs }: InterleaveOptions): Promise<Turn> {
  let spentNs = 0;
  let operations = 1;
  let perOperationNs = Infinity;
  do {
    const took = await contender.measure(operations);
    spentNs += took;
    // The fastest batch: the first ones compile.
    perOperationNs = Math.min(perOperationNs, Math.max(took / operations, 1));
    operations = Math.max(1, Math.min(2 * operations, Math.floor(BATCH_NS / perOperationNs)));
  } while (spentNs < warmUpMs * 1e6);
  operations = Math.max(1, Math.floor(BATCH_NS / perOperationNs));
  const batches = Math.round((turnMs * 1e6) / (operations * perOperationNs));
  return { operations, batches: Math.max(BATCHES_MIN, batches) };
}

/** 0 to `count` - 1 in an order of their own (Fisher and Yates). */
function shuffled(count: number, random: Random): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.between(0, i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
