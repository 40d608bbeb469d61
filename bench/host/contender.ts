/** What is measured side by side: the same operation, done by different libraries. */

/** Where a contender's code runs. */
export type Engine = "native" | "wasm" | "JavaScript";

/** A library, before it is known whether it is right. */
export interface Identity {
  readonly name: string;
  readonly version: string;
  readonly engine: Engine;
  /** What a reader must know to compare: what is cached, what is copied. */
  readonly note?: string;
}

/** Something that can be timed. */
export interface Contender extends Identity {
  /** `null` if it passed the correctness gate, otherwise what it got wrong. Its times are shown all the same. */
  readonly wrong: string | null;
  /** Does the operation `times` times; the time of all together, ns. */
  measure(times: number): number | Promise<number>;
  /** Ends what it started. */
  readonly stop?: () => void;
}

/** A contender of this group that cannot be measured here, and what to do about it. */
export interface Absent extends Identity {
  readonly absent: string;
}

/** Last results, so that no engine can find out that nobody needs them. */
let sink: unknown = null;

/** The last result of an operation: reading it keeps the work alive. */
export function lastResult(): unknown {
  return sink;
}

/** Times a synchronous operation; `index` goes on from call to call, so that every key has its turn. */
export function timed(operation: (index: number) => unknown): (times: number) => number {
  let index = 0;
  return (times) => {
    const begun = process.hrtime.bigint();
    let last: unknown = null;
    for (let i = 0; i < times; i++) last = operation(index++);
    const took = Number(process.hrtime.bigint() - begun);
    sink = last;
    return took;
  };
}

/** The same for an operation that answers later; each is awaited before the next begins. */
export function timedAsync(
  operation: (index: number) => Promise<unknown>,
): (times: number) => Promise<number> {
  let index = 0;
  return async (times) => {
    const begun = process.hrtime.bigint();
    for (let i = 0; i < times; i++) sink = await operation(index++);
    return Number(process.hrtime.bigint() - begun);
  };
}
