/** What can happen to a pump in a trace. */
import fc from "fast-check";

/** One operation; the numbers are drawn near the limits of the drug that runs. */
export type Operation =
  | {
      readonly op: "start";
      readonly drug: number;
      readonly dose: number;
      readonly vtbi: number;
      readonly more: number;
      readonly near: number;
    }
  | {
      readonly op: "pca";
      readonly dose: number;
      readonly basal: number;
      readonly lockout: number;
      readonly near: number;
    }
  | { readonly op: "intermittent"; readonly dose: number; readonly duration: number; readonly near: number }
  | { readonly op: "titrate" | "bolus" | "loading"; readonly dose: number; readonly near: number }
  | { readonly op: "new bag" | "panel bag"; readonly vtbi: number }
  | {
      readonly op:
        "pause" | "resume" | "stop" | "STOP" | "PAUSE" | "RESTORE" | "DEMAND" | "OVERRIDE" | "reset";
    }
  | { readonly op: "REDUCE"; readonly rate: number }
  | { readonly op: "TITRATE"; readonly dose: number; readonly near: number }
  | { readonly op: "ticks"; readonly count: number }
  | { readonly op: "gap"; readonly minutes: number };

const near = fc.integer({ min: -1, max: 1 });
const bag = fc.constantFrom(1, 4, 10, 20, 30, 31);

const begin: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant("start" as const),
      drug: fc.constantFrom(0, 0, 0, 1, 2, 3),
      dose: fc.constantFrom(1, 2, 3, 4, 4, 5, 5, 6, 6, 7, 9, 10, 11, 12),
      vtbi: bag,
      more: fc.integer({ min: 0, max: 5 }),
      near,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant("pca" as const),
      dose: fc.constantFrom(1, 1, 1, 2, 2, 3, 4),
      basal: fc.constantFrom(0, 0, 2, 3, 4),
      lockout: fc.constantFrom(59, 60, 61, 119, 120, 120, 121, 300, 600, 1200, 1201),
      near,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant("intermittent" as const),
      dose: fc.integer({ min: 1, max: 12 }),
      duration: fc.constantFrom(599, 600, 899, 900, 1800, 3600, 7200, 7201),
      near,
    }),
  },
);

/** Operations, those that lead somewhere more often. */
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 2, arbitrary: begin },
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constantFrom("titrate" as const, "bolus" as const, "loading" as const),
      dose: fc.constantFrom(1, 1, 2, 2, 3, 4, 5, 6, 7, 9, 10, 11),
      near,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constantFrom("new bag" as const, "panel bag" as const), vtbi: bag }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constantFrom(
        "pause" as const,
        "resume" as const,
        "STOP" as const,
        "PAUSE" as const,
        "RESTORE" as const,
        "stop" as const,
        "reset" as const,
      ),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ op: "OVERRIDE" as const }) },
  { weight: 5, arbitrary: fc.constant({ op: "DEMAND" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant("REDUCE" as const), rate: fc.integer({ min: 0, max: 12 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant("TITRATE" as const), dose: fc.integer({ min: 1, max: 9 }), near }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant("ticks" as const),
      count: fc.constantFrom(1, 2, 5, 10, 18, 20, 25),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant("gap" as const),
      minutes: fc.constantFrom(1, 3, 5, 10, 15, 59, 61, 119),
    }),
  },
);

/** A program that is begun, or not, and what follows. */
export const traces: fc.Arbitrary<Operation[]> = fc
  .tuple(begin, fc.array(operation, { maxLength: 7 }))
  .map(([first, rest]) => [first, ...rest]);
