/** Groups and tests before they are numbered. */
import type {
  DrugText,
  Expected,
  Fixture,
  LimitTest,
  Operation,
  Past,
  ProfileText,
  TestGroup,
} from "../../host-sim/vectors/limit-vectors.js";
import type { StatusName } from "../../host-sim/gate/status.js";
import { PATIENT, profile } from "./orders.js";

export type Draft = Omit<LimitTest, "tcId">;
export interface DraftGroup extends Omit<TestGroup, "tests"> {
  readonly tests: readonly Draft[];
}

type Change = Partial<Omit<Fixture, "library">> & {
  readonly profile?: Partial<ProfileText>;
  readonly history?: readonly Past[];
};

/** An adult on a large-volume pump, in an area that leaves 500 mL/h. */
export function group(
  comment: string,
  drugs: DrugText | readonly DrugText[],
  tests: readonly Draft[],
  change: Change = {},
): DraftGroup {
  const { profile: area, history = [], ...fixture } = change;
  return {
    comment,
    pumpClass: 1,
    patient: PATIENT,
    ...fixture,
    library: { profiles: [profile(area)], drugs: [drugs].flat() },
    history,
    tests,
  };
}

export const PERMIT: Expected = { verdict: "PERMIT", status: "OK" };

/** A refusal; `limit` and `bound` where the status names them. */
export function deny(status: StatusName, limit?: number, bound?: number): Expected {
  return {
    verdict: "DENY",
    status,
    ...(limit !== undefined && { limit }),
    ...(bound !== undefined && { bound }),
  };
}

/** A soft limit that waits for an override. */
export function soft(limit: number, bound: number, ...others: readonly number[]): Expected {
  const softMask = [limit, ...others].reduce((mask, one) => mask | (1 << one), 0);
  return { verdict: "NEEDS_OVERRIDE", status: "LIMIT_SOFT", limit, bound, softMask };
}

export function test(
  comment: string,
  flags: string | readonly string[],
  operation: Operation,
  expected: Expected,
  before?: readonly Past[],
): Draft {
  return { comment, flags: [flags].flat(), ...(before && { before }), operation, expected };
}
