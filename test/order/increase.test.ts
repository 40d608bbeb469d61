/** The titration step (SPEC 4.4, limit 26), and measures that wait. */
import { describe, expect, it } from "vitest";
import type { Bounds } from "../../host-sim/authority/library/model.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import {
  bolus,
  done,
  MG,
  outcome,
  PATIENT,
  permitted,
  profile,
  running,
  start,
  titrate,
  ward,
} from "../support/ward.js";
import { begin, loadingBody, pcaBody, secondary, OTHER, therapy } from "./therapies.js";
import { send } from "../support/ward.js";

const INTERVAL_S = 600;
const stepped = (bounds: Bounds): Bed =>
  running({ models: [profile(), therapy({ titrationStep: { intervalS: INTERVAL_S, bounds } }), OTHER] });
const up = (bed: Bed, dose: number) => titrate(bed, { dose });

describe("the titration step", () => {
  it.each([
    ["hardMax", "LIMIT_HARD", 0],
    ["softMax", "NEEDS_OVERRIDE", 1 << 26],
  ] as const)("refuses an increase by its %s to the base unit", (bound, beyond, softMask) => {
    const bed = stepped({ [bound]: 2 * MG });
    const broken = up(bed, 7 * MG + 1);
    expect(outcome(broken)).toBe(beyond);
    expect(broken.verdict).toMatchObject({
      limit: 26,
      bound: BigInt(2 * MG),
      nearestPermittedDose: 0n,
      softMask,
    });
    expect(outcome(up(stepped({ [bound]: 2 * MG }), 7 * MG))).toBe("PERMIT");
    expect(outcome(up(stepped({ [bound]: 2 * MG }), 7 * MG - 1))).toBe("PERMIT");
  });

  it("counts several increases within an interval from the dose that it began with", () => {
    const bed = stepped({ hardMax: 2 * MG });
    permitted(up(bed, 6 * MG));
    expect(outcome(up(bed, 7 * MG + 1))).toBe("LIMIT_HARD");
    expect(outcome(up(bed, 7 * MG))).toBe("PERMIT");
  });

  it("counts from the present dose once the interval is over", () => {
    const after = (ms: number) => {
      const bed = stepped({ hardMax: 2 * MG });
      permitted(up(bed, 7 * MG));
      bed.device.clock.advanceMs(INTERVAL_S * 1000 + ms);
      return outcome(up(bed, 9 * MG));
    };
    expect(after(-10_000)).toBe("LIMIT_HARD");
    expect(after(0)).toBe("PERMIT");
  });

  it("is not refreshed by an increase within its interval", () => {
    const bed = stepped({ hardMax: 2 * MG });
    bed.pump.runFor((INTERVAL_S - 60) * 1000);
    permitted(up(bed, 7 * MG));
    bed.pump.runFor(120_000);
    expect(outcome(up(bed, 9 * MG))).toBe("PERMIT");
  });

  it("begins anew with an increase after its interval", () => {
    const bed = stepped({ hardMax: 2 * MG });
    bed.pump.runFor((INTERVAL_S + 60) * 1000);
    permitted(up(bed, 7 * MG));
    bed.pump.runFor(60_000);
    expect(outcome(up(bed, 7 * MG + MG / 100))).toBe("LIMIT_HARD");
  });

  it("never keeps a dose from being reduced, and lets it back to where the interval began", () => {
    const bed = stepped({ hardMax: MG / 10 });
    permitted(up(bed, MG));
    expect(outcome(up(bed, 5 * MG))).toBe("PERMIT");
  });

  it("is no limit of a start", () => {
    expect(
      outcome(
        start(
          ward({ models: [profile(), therapy({ titrationStep: { intervalS: 1, bounds: { hardMax: 1 } } })] }),
        ),
      ),
    ).toBe("PERMIT");
  });
});

/** SPEC 6.4: an associate while a program is under way. */
describe("while new measures wait", () => {
  const waiting = (): Bed => {
    const bed = running({ models: [profile(), therapy(), OTHER] });
    permitted(bed.associate({ ...PATIENT, weightG: 50_000 }));
    return bed;
  };

  it.each([
    ["an increase", (bed: Bed) => up(bed, 6 * MG), "MEASURES"],
    ["a bolus", (bed: Bed) => bolus(bed), "MEASURES"],
    ["a loading dose", (bed: Bed) => send(bed, loadingBody(bed)), "MEASURES"],
    ["a secondary", (bed: Bed) => secondary(bed), "MEASURES"],
    ["a reduction", (bed: Bed) => up(bed, 4 * MG), "PERMIT"],
    ["a stop", (bed: Bed) => send(bed, { kind: "stop" }), "PERMIT"],
  ] as const)("%s is answered by %s", (_what, order, wanted) => {
    expect(outcome(order(waiting()))).toBe(wanted);
  });

  it("a PCA order is refused as well, once the program has ended", () => {
    const bed = waiting();
    permitted(send(bed, { kind: "stop" }));
    expect(outcome(begin(bed, pcaBody(bed)))).toBe("MEASURES");
  });

  it("they hold once somebody at the panel has confirmed them", () => {
    const bed = waiting();
    expect(bed.pump.inspect()).toMatchObject({ weightG: 70_000, weightNextG: 50_000 });
    done(bed.pump.panel("MEASURES"));
    expect(bed.pump.inspect()).toMatchObject({ weightG: 50_000 });
    expect(outcome(up(bed, 6 * MG))).toBe("PERMIT");
  });
});
