/** Runs traces in two halves, so that two cores share them; how many, from where, and what came up. */
import fc from "fast-check";
import { LONG } from "../support/snapshot.js";
import { Difference } from "./compare.js";
import { type Fixture, fixture } from "./fixture.js";
import { traces } from "./operations.js";
import { type MakeReference, type Tally, Trace } from "./trace.js";

/** Traces of each half: 10^5 in all, 10^6 in the long form. */
export const HALF = Number(process.env["DOSEGATE_TRACES"] ?? (LONG ? 500_000 : 50_000));
/** Where a half begins; another one is another set of traces. */
export const SEED = Number(process.env["DOSEGATE_SEED"] ?? 1);

/** What must come up: answers by command and action, and every limit within reach of the fixture's drugs. */
export const EVERYTHING: readonly string[] = [
  "DEMAND OK",
  "DEMAND PHASE",
  "NEW_BAG LIMIT_HARD",
  "NEW_BAG OK",
  "NEW_BAG PHASE",
  "OVERRIDE OK",
  "OVERRIDE PENDING_NONE",
  "OVERRIDE PHASE",
  "PAUSE OK",
  "PAUSE PHASE",
  "PCA LIMIT_HARD",
  "PCA LIMIT_SOFT",
  "PCA OK",
  "PCA PENDING_BUSY",
  "PCA PHASE",
  "REDUCE NOT_REDUCED",
  "REDUCE OK",
  "REDUCE PHASE",
  "RESTORE CONFIRM_NEEDED",
  "RESTORE NOT_REDUCED",
  "RESTORE PHASE",
  "STOP OK",
  "STOP PHASE",
  "TITRATE PHASE",
  "TITRATE RANGE",
  "TITRATE RANGE_INTERVAL",
  "TITRATE RANGE_STEP",
  "bolus BOLUS_ACTIVE",
  "bolus LIMIT_HARD",
  "bolus LIMIT_PROFILE",
  "bolus LIMIT_SOFT",
  "bolus OK",
  "bolus PHASE",
  "limit 1",
  "limit 13",
  "limit 16",
  "limit 17",
  "limit 19",
  "limit 2",
  "limit 20",
  "limit 21",
  "limit 22",
  "limit 23",
  "limit 24",
  "limit 25",
  "limit 26",
  "limit 27",
  "limit 28",
  "limit 29",
  "limit 4",
  "limit 7",
  "limit 8",
  "loading BOLUS_ACTIVE",
  "loading LIMIT_HARD",
  "loading LIMIT_PROFILE",
  "loading LIMIT_SOFT",
  "loading OK",
  "loading PHASE",
  "loading UNIT",
  "new bag LIMIT_HARD",
  "new bag OK",
  "new bag PHASE",
  "pause OK",
  "pause PHASE",
  "reset",
  "resume OK",
  "resume PHASE",
  "start LIMIT_HARD",
  "start LIMIT_PROFILE",
  "start LIMIT_SOFT",
  "start OK",
  "start PENDING_BUSY",
  "start PHASE",
  "start TOTAL",
  "stop OK",
  "stop PHASE",
  "titrate LIMIT_HARD",
  "titrate LIMIT_SOFT",
  "titrate OK",
  "titrate PHASE",
];

/** Runs `count` traces; throws with seed, path and the shortest trace that differs. */
export function runTraces(
  count: number,
  seed: number,
  pump: Fixture = fixture(),
  make?: MakeReference,
): Tally {
  const tally: Tally = new Map();
  const property = fc.property(traces, (trace) => {
    new Trace(pump, tally, make).run(trace);
  });
  const outcome = fc.check(property, { numRuns: count, seed });
  if (outcome.failed) {
    const trace = JSON.stringify(outcome.counterexample?.[0]);
    const why = String(
      outcome.errorInstance instanceof Error ? outcome.errorInstance.message : outcome.errorInstance,
    );
    throw new Difference(
      `${why}\nin ${trace}\nafter ${outcome.numRuns} traces; again: DOSEGATE_SEED=${seed} DOSEGATE_TRACES=${count} npx vitest run test/differential`,
    );
  }
  return tally;
}

/** "12 PCA LIMIT_HARD", one a line. */
export function inWords(tally: Tally): string {
  return [...tally]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${count} ${name}`)
    .join("\n");
}
