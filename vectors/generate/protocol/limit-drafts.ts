/**
 * Limit vectors as they cross the ABI: those of limits.json that say something of their own, each at the fixture that its group is. What
 * is expected is what stands there.
 */
import { STATUS } from "../../../host-sim/gate/status.js";
import { bedOf } from "../../../host-sim/vectors/fixture.js";
import type { LimitTest, Past, TestGroup } from "../../../host-sim/vectors/limit-vectors.js";
import { type Answer, Operator } from "../../../host-sim/vectors/operate.js";
import { MODULE } from "../../../test/support/ward.js";
import { limitVectors } from "../limits.js";
import type { Came, Draft, Place, Scene } from "./scene.js";

/** Groups that repeat what a neighbour says of another class, unit or measure, and add nothing to how it crosses the ABI. */
const REPEATED = [
  /^(ceilings of|profile below the ceilings of) pump class 2, patient class [12]/,
  /^(ceilings of|profile below the ceilings of) pump class 3, patient class [12]/,
  /^window of (2h|4h): (?!a start of 5|soft maximum)/,
  /^(rate of a dose|volume of a bolus) in (?!mL\/h|mg\/kg\/h|mcg\/kg\/min|unit\/h|mEq$|mmol$|mg\/m2|mg$|mL\/m2\/day)/,
  / of (69990|69991|70009|70010|17990|17991|18009) (g|cm2): /,
];

/** Seconds of pump time that a vector may let pass: each is a tick, and two steps in the file. */
const SECONDS_MAX = 30;

interface OperatorScene extends Scene {
  readonly operator: Operator;
}

export function limitDrafts(): Draft[] {
  return limitVectors()
    .testGroups.filter(({ comment }) => !REPEATED.some((pattern) => pattern.test(comment)))
    .flatMap((group) => {
      if (secondsOf(group.history) > SECONDS_MAX) return [];
      const place = placeOf(group);
      return group.tests
        .filter((test) => secondsOf([...(test.before ?? []), test.operation]) <= SECONDS_MAX)
        .map((test) => draftOf(place, { ...test, comment: `${group.comment}: ${test.comment}` }));
    });
}

function secondsOf(operations: readonly Past[]): number {
  return operations.reduce((sum, operation) => {
    if (operation.op === "run") return sum + operation.s;
    return operation.op === "pass" ? sum + operation.s / 60 : sum;
  }, 0);
}

function placeOf(group: TestGroup): Place<OperatorScene> {
  return {
    name: `limits: ${group.comment}`,
    comment: "The pump of this group of limits.json, its history behind it.",
    make: (recorder) => {
      const bed = bedOf(group, MODULE, recorder);
      const operator = new Operator(bed);
      for (const past of group.history) enact(operator, past);
      return {
        recorder,
        operator,
        device: bed.device,
        get gate() {
          return bed.pump.gate;
        },
        use: (gate) => gate,
      };
    },
  };
}

function enact(operator: Operator, past: Past): void {
  const { status } = operator.do(past);
  const wanted = past.status ?? "OK";
  if (status !== wanted) throw new Error(`history: ${past.op} ends with ${status}, not ${wanted}`);
}

function draftOf(
  place: Place<OperatorScene>,
  { comment, flags, before = [], operation, expected }: LimitTest,
): Draft {
  const { status = "OK", verdict, limit, phase } = expected;
  // An order has a verdict record; of the panel and of what passes only a status is said.
  const judged = operation.op === "order" || operation.op === "emergency" || operation.op === "approve";
  return {
    comment,
    flags,
    place,
    act: (scene) => {
      const { operator } = scene as OperatorScene;
      for (const past of before) enact(operator, past);
      return cameOf(operator.do(operation));
    },
    expected: {
      status,
      ...(judged && verdict !== undefined && { verdict }),
      ...(limit !== undefined && { limit }),
      ...(phase !== undefined && { phase }),
    },
  };
}

function cameOf({ status, verdict, limit, phase }: Answer): Came {
  return { status: STATUS[status as keyof typeof STATUS], told: { verdict, limit, phase } };
}
