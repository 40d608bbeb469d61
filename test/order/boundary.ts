/** A value against the bounds of its limit: judged by each of the four to the unit (SPEC 4.4, steps 15, 20 and 21). */
import { describe, expect, it } from "vitest";
import type { Bounds, Drug } from "../../host-sim/authority/library/model.js";
import { STATUS } from "../../host-sim/gate/status.js";
import type { Sent } from "../../host-sim/ward/desk.js";
import { outcome } from "../support/ward.js";

/** The four bounds, and what one step beyond each of them means. */
const BOUNDS: readonly { readonly bound: keyof Bounds; readonly beyond: -1 | 1; readonly soft: boolean }[] = [
  { bound: "hardMin", beyond: -1, soft: false },
  { bound: "softMin", beyond: -1, soft: true },
  { bound: "softMax", beyond: 1, soft: true },
  { bound: "hardMax", beyond: 1, soft: false },
];

export interface Limited {
  readonly what: string;
  /** Limit number of the minimum; the maximum is one more (SPEC 4.4). */
  readonly number: number;
  /** The bound in the entry. */
  readonly at: number;
  readonly entry: (bounds: Bounds) => Drug;
  /** An order whose value is `value`, in the units of the bound. */
  readonly order: (drug: Drug, value: number) => Sent;
  /** The verdict names the nearest permitted dose. */
  readonly dose: boolean;
  /** Only a maximum can be met alone. */
  readonly maximaOnly?: boolean;
  /** Entry units in one of the order's; 1 if left out. */
  readonly scale?: number;
}

export function describeLimited(limited: readonly Limited[]): void {
  describe.each(limited)("$what", ({ number, at, entry, order, dose, maximaOnly, scale = 1 }) => {
    const cases = BOUNDS.filter(({ bound }) => maximaOnly !== true || bound.endsWith("Max"));

    it.each(cases)("is judged by its $bound to the unit", ({ bound, beyond, soft }) => {
      const made = entry({ [bound]: at * scale });
      expect(outcome(order(made, at - beyond))).toBe("PERMIT");
      expect(outcome(order(made, at))).toBe("PERMIT");
      const broken = order(made, at + beyond);
      expect(outcome(broken)).toBe(soft ? "NEEDS_OVERRIDE" : "LIMIT_HARD");
      const limit = beyond < 0 ? number : number + 1;
      expect(broken.verdict).toMatchObject({
        status: soft ? STATUS.LIMIT_SOFT : STATUS.LIMIT_HARD,
        limit,
        bound: BigInt(at * scale),
        nearestPermittedDose: dose ? BigInt(at) : 0n,
        softMask: soft ? 1 << limit : 0,
      });
    });

    it("refuses at a soft bound that may not be overridden, as at a hard one", () => {
      const made = { ...entry({ softMax: at * scale }), flags: 0 };
      expect(outcome(order(made, at))).toBe("PERMIT");
      const broken = order(made, at + 1);
      expect(outcome(broken)).toBe("LIMIT_HARD");
      expect(broken.verdict).toMatchObject({ limit: number + 1, softMask: 1 << (number + 1) });
    });
  });
}
