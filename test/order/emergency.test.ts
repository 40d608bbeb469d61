/** Orders at the panel that nobody signs (SPEC 6.6): what may come so, and how much. */
import { describe, expect, it } from "vitest";
import type { CommandBody } from "../../host-sim/authority/command.js";
import { FLAG_EMERGENCY, FLAG_OVERRIDE, type Drug } from "../../host-sim/authority/library/model.js";
import { emergencySubmission } from "../../host-sim/authority/submission.js";
import { ALARM, PHASE, STATE_FLAG } from "../../host-sim/gate/names.js";
import { statusName } from "../../host-sim/gate/status.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import {
  bolusBody,
  limits,
  MG,
  ML,
  outcome,
  permitted,
  profile,
  start,
  startBody,
  titrate,
  titrateBody,
  ward,
} from "../support/ward.js";
import { intermittentBody, loadingBody, pcaBody, step, therapy, whole } from "./therapies.js";

const FLAGS = FLAG_OVERRIDE | FLAG_EMERGENCY;
/** An emergency may last ten minutes: at 6 mL/h a millilitre. */
const bed = (
  entry: Drug = therapy({ flags: FLAGS }),
  policy: { emergencySMax?: number } = { emergencySMax: 600 },
) => ward({ models: [profile(), entry], hospital: policy });
const short = (of: Bed, change: Parameters<typeof startBody>[1] = {}) =>
  startBody(of, { dose: 6 * MG, vtbiNl: ML, totalNl: ML, ...change });

/** Sends a bare command at the panel, for the bed's order. */
function press(of: Bed, body: CommandBody, token = of.patient.token) {
  const proofs = of.library.proofs(1, 10, 1);
  const { record } = emergencySubmission({ patientToken: token, orderId: of.orderId, body }, proofs);
  return of.pump.submit(record);
}
const WAITS = "NEEDS_OVERRIDE with CONFIRM_NEEDED";
const answer = (of: Bed, mask: number) =>
  statusName(of.pump.panel("OVERRIDE", { mask, reasonCode: 9 }).status);

describe("an emergency start", () => {
  it("waits for a person to answer for it, and runs then under its alarm", () => {
    const of = bed();
    expect(outcome(press(of, short(of)))).toBe(WAITS);
    expect(of.pump.inspect().phase).toBe(PHASE.IDLE);
    expect(answer(of, 0)).toBe("OK");
    expect(of.pump.inspect()).toMatchObject({ phase: PHASE.RUNNING, rateNlPerH: BigInt(6 * ML) });
    expect(of.pump.inspect().alarms & ALARM.EMERGENCY).not.toBe(0);
  });

  it("that breaks soft limits names them, and is answered for by exactly them", () => {
    const of = bed(therapy({ flags: FLAGS, continuous: limits("mg/h", { softMax: 5 * MG }) }));
    const waiting = press(of, short(of));
    expect(outcome(waiting)).toBe(WAITS);
    expect(waiting.verdict!.softMask).toBe(1 << 2);
    expect(answer(of, 0)).toBe("APPROVAL_MISMATCH");
    expect(answer(of, 1 << 2)).toBe("OK");
    expect(of.pump.inspect().phase).toBe(PHASE.RUNNING);
  });

  it("is refused where the policy has none", () => {
    const of = bed(therapy({ flags: FLAGS }), {});
    expect(outcome(press(of, short(of)))).toBe("EMERGENCY_NOT_ALLOWED");
  });

  it("is refused where the entry has none", () => {
    const of = bed(therapy({ flags: FLAG_OVERRIDE }));
    expect(outcome(press(of, short(of)))).toBe("EMERGENCY_NOT_ALLOWED");
  });

  it("is refused by a hard limit like any other", () => {
    const of = bed(therapy({ flags: FLAGS, continuous: limits("mg/h", { hardMax: 6 * MG - 1 }) }));
    expect(outcome(press(of, short(of)))).toBe("LIMIT_HARD");
  });

  it("for another patient is refused", () => {
    const of = bed();
    expect(outcome(press(of, short(of), new Uint8Array(16).fill(9)))).toBe("PATIENT");
  });

  it("lasts no longer than the policy says, to the nanolitre of its total", () => {
    expect(outcome(press(bed(), short(bed())))).toBe(WAITS);
    const of = bed();
    expect(outcome(press(of, short(of, { totalNl: ML + 1 })))).toBe("TOTAL");
    expect(outcome(press(of, short(of, { vtbiNl: ML + 1, totalNl: ML + 1 })))).toBe("TOTAL");
  });
});

describe("at the panel without a signature", () => {
  const range = { min: MG, max: 9 * MG, stepMax: MG, intervalS: 0 };
  it.each([
    ["a start with a range", "EMERGENCY_NOT_ALLOWED", (of: Bed) => short(of, { range })],
    ["a start in steps", "EMERGENCY_NOT_ALLOWED", (of: Bed) => short(of, { steps: [step(of, 1000, MG)] })],
    [
      "a start with a loading dose",
      "EMERGENCY_NOT_ALLOWED",
      (of: Bed) => short(of, { loading: whole(of, { dose: MG / 10 }) }),
    ],
    [
      "an intermittent dose",
      "EMERGENCY_NOT_ALLOWED",
      (of: Bed) => intermittentBody(of, { totalNl: 36 * ML }),
    ],
    ["a secondary of nothing", "PHASE", (of: Bed) => short(of, { mode: "secondary" })],
    ["PCA", "EMERGENCY_NOT_ALLOWED", (of: Bed) => pcaBody(of)],
  ] as const)("%s is refused: %s", (_what, wanted, body) => {
    const of = bed();
    expect(outcome(press(of, body(of)))).toBe(wanted);
    expect(of.pump.inspect().flags & STATE_FLAG.PENDING).toBe(0);
  });

  it("a secondary is refused beside what runs", () => {
    const of = bed();
    permitted(start(of));
    expect(outcome(press(of, short(of, { mode: "secondary" })))).toBe("EMERGENCY_NOT_ALLOWED");
  });

  it.each([
    ["a bolus", (of: Bed) => bolusBody(of)],
    ["a loading dose", (of: Bed) => loadingBody(of)],
    ["a reduction", (of: Bed) => titrateBody(of, { dose: 4 * MG })],
  ])("%s is refused beside what runs", (_what, body) => {
    const of = bed();
    permitted(start(of));
    expect(outcome(press(of, body(of)))).toBe("EMERGENCY_NOT_ALLOWED");
  });
});

describe("an emergency increase", () => {
  const increased = () => {
    const of = bed();
    permitted(start(of));
    expect(outcome(press(of, titrateBody(of, { dose: 8 * MG })))).toBe(WAITS);
    expect(answer(of, 0)).toBe("OK");
    expect(of.pump.inspect().rateNlPerH).toBe(BigInt(8 * ML));
    return of;
  };

  it("cannot be made to last by another one", () => {
    const of = increased();
    expect(outcome(press(of, titrateBody(of, { dose: 9 * MG })))).toBe("PHASE");
  });

  it.each([
    ["upward", 9],
    ["downward", 7],
  ])("is taken over by a signed titration, also %s", (_way, dose) => {
    const of = increased();
    expect(outcome(titrate(of, { dose: dose * MG }))).toBe("PERMIT");
    expect(of.pump.inspect().alarms & ALARM.EMERGENCY).toBe(0);
    expect(of.pump.inspect().rateNlPerH).toBe(BigInt(dose * ML));
  });

  it("needs the order that runs", () => {
    const of = bed();
    permitted(start(of));
    of.newOrder(therapy());
    expect(outcome(press(of, titrateBody(of, { dose: 8 * MG })))).toBe("ORDER");
  });
});
