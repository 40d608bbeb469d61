/** Gate and reference must say the same. */
import { statusName } from "../../host-sim/gate/status.js";
import { VERDICT } from "../../host-sim/model/judgement.js";
import type { Expected } from "../../host-sim/model/program.js";

/** The two did not agree. */
export class Difference extends Error {}

export function same<T>(what: string, real: T, expected: T): void {
  if (real !== expected) throw new Difference(`${what} is ${String(real)}, expected ${String(expected)}`);
}

interface Said {
  readonly verdict: number;
  readonly status: number;
  readonly limit: number;
  readonly bound: bigint;
  readonly softMask: number;
}

/** The gate's verdict must be one that the reference allows. */
export function check(expected: Expected, said: Said): void {
  const wanted =
    expected.causes
      .map(({ status, limit, bound }) => `${statusName(status)} ${limit ?? ""} ${bound ?? ""}`)
      .join(" or ") || "a permit";
  const told = `${said.verdict} ${statusName(said.status)} limit ${said.limit} bound ${said.bound}`;
  if (said.verdict !== expected.verdict) {
    throw new Difference(`verdict ${told}, expected ${expected.verdict} ${wanted}`);
  }
  if (expected.verdict === VERDICT.permit) {
    same("status", said.status, 0);
    return;
  }
  const found = expected.causes.some(
    ({ status, limit, bound }) =>
      status === said.status &&
      (limit === undefined || limit === said.limit) &&
      (bound === undefined || bound === said.bound),
  );
  if (!found) throw new Difference(`${told}, expected ${wanted}`);
  if (expected.verdict === VERDICT.needsOverride) same("soft mask", said.softMask, expected.softMask);
}
