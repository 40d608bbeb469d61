import { readFileSync } from "node:fs";
import { checkLimitVectors, type LimitTest, type TestGroup } from "../../host-sim/vectors/limit-vectors.js";

export const COMMITTED = readFileSync(new URL("../../vectors/limits.json", import.meta.url), "utf8");
export const VECTORS = checkLimitVectors(JSON.parse(COMMITTED));

export interface Numbered {
  readonly group: TestGroup;
  readonly test: LimitTest;
}

export const ALL: readonly Numbered[] = VECTORS.testGroups.flatMap((group) =>
  group.tests.map((test) => ({ group, test })),
);

export const flagged = (flag: string): Numbered[] => ALL.filter(({ test }) => test.flags.includes(flag));
