/** How a number of attacks ended, in words. */
import type { AttackReport } from "./index.js";

/** Whether it ended as it must: refused, or within its bound if it has one. */
export function asClaimed({ bound, outcome }: AttackReport): boolean {
  return outcome.ending === (bound === undefined ? "refused" : "bounded");
}

/** "NOT REFUSED", for people who look for it. */
export function endingInWords({ bound, outcome }: AttackReport): string {
  if (outcome.ending !== "accepted") return outcome.ending;
  return bound === undefined ? "NOT REFUSED" : "NOT BOUNDED";
}

/** "20 of 20 refused, 4 of 4 bounded"; without the second half if none is only to be bounded. */
export function tally(attacks: readonly AttackReport[]): string {
  const count = (reports: readonly AttackReport[], ending: string) =>
    `${reports.filter(asClaimed).length} of ${reports.length} ${ending}`;
  const toRefuse = attacks.filter(({ bound }) => bound === undefined);
  const toBound = attacks.filter(({ bound }) => bound !== undefined);
  return [
    ...(toRefuse.length > 0 || toBound.length === 0 ? [count(toRefuse, "refused")] : []),
    ...(toBound.length > 0 ? [count(toBound, "bounded")] : []),
  ].join(", ");
}
