/** Runs limit vectors against a build of the gate, each on a pump of its own, and against the reference model where that judges. */
import { bedOf } from "./fixture.js";
import type { Expected, LimitTest, Past, TestGroup } from "./limit-vectors.js";
import { type Answer, Operator } from "./operate.js";
import { referenceAnswer } from "./reference.js";

/** What is wrong with an answer. */
export interface Failure {
  readonly tcId: number;
  readonly by: "gate" | "model";
  readonly expected: string;
  readonly got: string;
}

/** The answer of a pump with this module to one test. Throws if its history does not go as told. */
export function gateAnswer(module: WebAssembly.Module, group: TestGroup, test: LimitTest): Answer {
  const operator = new Operator(bedOf(group, module));
  for (const past of [...group.history, ...(test.before ?? [])]) enact(operator, past);
  return operator.do(test.operation);
}

function enact(operator: Operator, past: Past): void {
  const { status } = operator.do(past);
  const wanted = past.status ?? "OK";
  if (status !== wanted) throw new Error(`history: ${past.op} ended with ${status}, not ${wanted}`);
}

/** Undefined if the gate answers as the vector says. */
export function checkGate(
  module: WebAssembly.Module,
  group: TestGroup,
  test: LimitTest,
): Failure | undefined {
  let got: string;
  try {
    const answer = gateAnswer(module, group, test);
    if (fits(test.expected, answer)) return undefined;
    got = answerText(answer);
  } catch (error) {
    got = (error as Error).message;
  }
  return { tcId: test.tcId, by: "gate", expected: JSON.stringify(test.expected), got };
}

/** `skipped`: what the vector asks is beyond the model. Undefined if it judges as the vector says. */
export function checkModel(group: TestGroup, test: LimitTest): Failure | "skipped" | undefined {
  const answers = referenceAnswer(group, test);
  if (answers === undefined) return "skipped";
  if (answers.some((answer) => fits(test.expected, answer))) return undefined;
  const got = answers.map(answerText).join(" or ");
  return { tcId: test.tcId, by: "model", expected: JSON.stringify(test.expected), got };
}

/** What the vector does not say may be anything; the model leaves open what SPEC leaves open. */
export function fits(expected: Expected, answer: Partial<Answer>): boolean {
  return Object.entries(expected).every(([field, wanted]) => {
    const got = answer[field as keyof Answer];
    return got === undefined ? field !== "status" && field !== "verdict" : got === wanted;
  });
}

function answerText({ verdict, status, limit, bound, softMask, phase }: Partial<Answer>): string {
  return JSON.stringify({ verdict, status, limit, bound, softMask, phase });
}
