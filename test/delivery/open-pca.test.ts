/**
 * The reference of the Open PCA Pump against its own flaw: its limit over a time window (Open PCA R5.2, EC13) counts what was
 * delivered and the dose that is asked for, so that basal flow alone can carry the patient over it afterwards (Vasicek et al., ICLP
 * 2024). Its case: a window of 240 min that holds the basal rate all through and two and a half doses.
 */
import { describe, expect, it } from "vitest";
import type { Bed } from "../../host-sim/ward/bed.js";
import { statusName } from "../../host-sim/gate/status.js";
import { basal, begin, pcaBody, therapy, whole } from "../order/therapies.js";
import { limits, MG, permitted, profile, ward } from "../support/ward.js";

const HOURS = 4;
const MINUTES = 60 * HOURS;
const BASAL = MG;
const DOSE = MG;
/** 1 mg is 1 mL. */
const LIMIT = HOURS * BASAL + 2.5 * DOSE;
const MINUTE_MS = 60_000;

/** PCA with a basal rate, under a window of 4 h. */
function infusion(hardMax: number): Bed {
  const windows = { unit: limits("mg").unit, limits: { "4h": { hardMax } } };
  const bed = ward({ models: [profile(), therapy({ windows, lockout: { hardMin: 60 } })] });
  const pca = { ...whole(bed, { dose: DOSE }), lockoutS: 60 };
  permitted(begin(bed, pcaBody(bed, { pca, basal: basal(bed, BASAL) })));
  return bed;
}

/** What the motor moved in each minute, in pg, of which a pL holds one; the button is pressed in the minutes given, and what it said. */
function run(bed: Bed, minutes: number, pressed: readonly number[]): { moved: number[]; said: string[] } {
  const moved: number[] = [];
  const said: string[] = [];
  for (let minute = 0; minute < minutes; minute++) {
    if (pressed.includes(minute)) said.push(statusName(bed.pump.panel("DEMAND").status));
    const before = bed.device.motor.deliveredPl;
    bed.pump.runFor(MINUTE_MS);
    moved.push(Number(bed.device.motor.deliveredPl - before));
  }
  return { moved, said };
}

/** The most in any window of 240 min. */
function fullest(moved: readonly number[]): number {
  let sum = 0;
  let most = 0;
  moved.forEach((amount, minute) => {
    sum += amount - (moved[minute - MINUTES] ?? 0);
    most = Math.max(most, sum);
  });
  return most;
}

describe("a window of 240 min for the basal rate and two and a half doses", () => {
  const pressed = [5, 15, 25];

  it("lets two doses pass and denies the third, though what was delivered and the dose would fit", () => {
    const { moved, said } = run(infusion(LIMIT), 30, pressed);
    expect(said).toEqual(["OK", "OK", "LIMIT_HARD"]);
    const delivered = moved.slice(0, 25).reduce((sum, amount) => sum + amount, 0);
    expect(delivered + DOSE).toBeLessThan(LIMIT);
  });

  it("is never exceeded by the basal rate afterwards", () => {
    const { moved } = run(infusion(LIMIT), 2 * MINUTES, pressed);
    expect(fullest(moved)).toBeLessThanOrEqual(LIMIT);
    expect(fullest(moved)).toBeGreaterThan(LIMIT - DOSE);
  });

  it("would be, had the third dose been given: a control without the window", () => {
    const { moved, said } = run(infusion(2 * LIMIT), 2 * MINUTES, pressed);
    expect(said).toEqual(["OK", "OK", "OK"]);
    expect(fullest(moved)).toBeGreaterThan(LIMIT);
  });
});
