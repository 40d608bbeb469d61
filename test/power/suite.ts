/** The tests of one story: in short form on three geometries, with DOSEGATE_LONG=1 in all forms, with DOSEGATE_CASE one case. */
import { describe, expect, it } from "vitest";
import type { BlankRead } from "../../host-sim/device/flash-cells.js";
import { live, type Setup, type StoryName } from "./scenario.js";
import { CASE_VARIABLE, parseCase, type Plan, runCase, SHAPES, sweep } from "./sweep.js";

const UNITS = [1, 8, 32] as const;
const BLANKS: readonly BlankRead[] = ["ones", "noise", "uncorrectable"];
const LONG = process.env["DOSEGATE_LONG"] === "1";
const HOUR_MS = 3_600_000;

/** The short form: each unit size with another blank; of single bytes, whose steps are many, one in `stride`. */
const SHORT: readonly Setup[] = UNITS.map((unitBytes, i) => ({ unitBytes, blankRead: BLANKS[i]! }));
const FULL: readonly Setup[] = UNITS.flatMap((unitBytes) =>
  BLANKS.map((blankRead) => ({ unitBytes, blankRead })),
);

/** Which boots are cut again: all those after cuts in one call, or some after any. */
export type Again = NonNullable<Plan["again"]>;

export function powerTests(name: StoryName, again: Again): void {
  const only = process.env[CASE_VARIABLE];
  const setups = LONG || only !== undefined ? FULL : SHORT;
  describe(`the power goes: ${name}`, () => {
    for (const setup of setups) {
      const title = `${setup.unitBytes} B units, erased flash reads ${setup.blankRead}`;
      if (only !== undefined) {
        const prefix = `${name}/${setup.unitBytes}/${setup.blankRead}/`;
        const mine = only.startsWith(prefix);
        it.runIf(mine)(`${title}, replayed`, () =>
          runCase(live(name, setup), parseCase(only.slice(prefix.length))),
        );
        continue;
      }
      it(
        title,
        () => {
          const scenario = live(name, setup);
          const count = sweep(scenario, planFor(setup, again));
          expect(count.cuts).toBeGreaterThan(scenario.points.length);
          expect(count.again).toBeGreaterThan(0);
          console.log(`power, ${name}, ${title}: ${count.cuts} cuts, ${count.again} second cuts, 0 lost`);
        },
        HOUR_MS,
      );
    }
  });
}

function planFor({ unitBytes }: Setup, again: Again): Plan {
  const againStride = unitBytes === 1 ? 29 : unitBytes === 8 && !LONG ? 13 : 1;
  if (LONG) return { shapes: SHAPES.length, stride: 1, again, againStride };
  if (unitBytes === 1) return { shapes: 1, stride: 11, again, againStride };
  return { shapes: unitBytes === 8 ? 1 : 3, stride: 1, again, againStride };
}
