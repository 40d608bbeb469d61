/** The line that either of the two opinions holds alone (SPEC 4.4): no build that has lost one of them permits any of these. */
import { describe, expect, it } from "vitest";
import { PHASE, VERDICTS } from "../../host-sim/gate/names.js";
import { decodeSubmit } from "../../host-sim/gate/records.js";
import type { Sent } from "../../host-sim/ward/desk.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import {
  bolus,
  customDrug,
  drug,
  libraryOf,
  limits,
  MG,
  ML,
  profile,
  running,
  start,
  startBody,
  titrate,
  ward,
} from "../support/ward.js";

const LIMITED = drug({
  continuous: limits("mg/h", { hardMin: 2 * MG, softMin: 3 * MG, softMax: 10 * MG, hardMax: 20 * MG }),
  bolusDose: limits("mg", { softMax: 3 * MG, hardMax: 4 * MG }),
  vtbi: { softMax: 150 * ML, hardMax: 200 * ML },
});
const models = [profile({ rateNlPerHMax: 50 * ML, vtbiNlMax: 400 * ML }), LIMITED];
const idle = (): Bed => ward({ models });
const busy = (): Bed => running({ models });
const free = (): Bed => ward({ models: [profile({ rateNlPerHMax: 50 * ML, vtbiNlMax: 400 * ML }), drug()] });

/** What is wrong, and a pump to which it is sent. */
const STARTS: readonly [string, () => readonly [Bed, (bed: Bed) => Sent]][] = [
  ["above the hard maximum", () => [idle(), (bed) => start(bed, { dose: 21 * MG })]],
  ["below the hard minimum", () => [idle(), (bed) => start(bed, { dose: MG })]],
  ["above the soft maximum", () => [idle(), (bed) => start(bed, { dose: 11 * MG })]],
  ["below the soft minimum", () => [idle(), (bed) => start(bed, { dose: 2.5 * MG })]],
  ["with a rate above its dose", () => [idle(), (bed) => start(bed, { rateNlPerH: 6 * ML })]],
  [
    "with a VTBI above the maximum",
    () => [idle(), (bed) => start(bed, { vtbiNl: 201 * ML, totalNl: 300 * ML })],
  ],
  [
    "with a VTBI above the profile's",
    () => [free(), (bed) => start(bed, { vtbiNl: 401 * ML, totalNl: 500 * ML })],
  ],
  ["with a rate above the profile's", () => [free(), (bed) => start(bed, { dose: 51 * MG })]],
  ["with a total above the ceiling", () => [idle(), (bed) => start(bed, { totalNl: 49_996 * ML })]],
  [
    "with a range above the hard maximum",
    () => [idle(), (bed) => start(bed, { range: { min: 3 * MG, max: 21 * MG, stepMax: MG, intervalS: 0 } })],
  ],
  ["for another patient", () => [idle(), (bed) => start(bed, {}, { token: new Uint8Array(16).fill(7) })]],
  [
    "by another library",
    () => [idle(), (bed) => start(bed, { drug: { ...startBody(bed).drug, version: 2 } })],
  ],
  [
    "with entries of another library",
    () => [idle(), (bed) => start(bed, { dose: 21 * MG }, { library: libraryOf([profile(), drug()]) })],
  ],
  [
    "with another concentration",
    () => [
      idle(),
      (bed) =>
        start(bed, { dose: 5 * MG, concentration: { amount: 2 * MG, volumeNl: ML }, rateNlPerH: 2.5 * ML }),
    ],
  ],
  [
    "with a concentration above the maximum",
    () => [
      ward({ models: [profile(), customDrug({ customConcentration: { hardMax: MG } })] }),
      (bed) =>
        start(bed, { dose: 5 * MG, concentration: { amount: 2 * MG, volumeNl: ML }, rateNlPerH: 2.5 * ML }),
    ],
  ],
];

describe("a start", () => {
  it.each(STARTS)("%s begins nothing", (_, make) => {
    const [bed, sending] = make();
    expect(sending(bed).verdict?.verdict).not.toBe(VERDICTS.PERMIT);
    expect(bed.pump.inspect()).toMatchObject({ phase: PHASE.IDLE, generation: 0, rateNlPerH: 0n });
  });

  it("in which nothing is wrong may begin", () => {
    const bed = idle();
    const { submission } = start(bed);
    expect(decodeSubmit(submission.record).drug).toBeDefined();
  });
});

describe("a running program", () => {
  it.each<[string, (bed: Bed) => Sent]>([
    ["a titration above the hard maximum", (bed) => titrate(bed, { dose: 21 * MG })],
    ["a titration above the soft maximum", (bed) => titrate(bed, { dose: 11 * MG })],
    [
      "a titration of another patient",
      (bed) => titrate(bed, { dose: 6 * MG }, { token: new Uint8Array(16) }),
    ],
    ["a bolus above the hard maximum", (bed) => bolus(bed, { dose: 5 * MG })],
    ["a bolus above the soft maximum", (bed) => bolus(bed, { dose: 3.5 * MG })],
    ["a bolus faster than the profile allows", (bed) => bolus(bed, { rateNlPerH: 46 * ML })],
    [
      "a bolus of more than its dose",
      (bed) => bolus(bed, { dose: 2 * MG, volumeNl: 3 * ML, rateNlPerH: 40 * ML }),
    ],
  ])("is not moved by %s", (_, sending) => {
    const bed = busy();
    expect(sending(bed).verdict?.verdict).not.toBe(VERDICTS.PERMIT);
    expect(bed.pump.inspect()).toMatchObject({ rateNlPerH: BigInt(5 * ML), bolusLeftNl: 0n });
  });
});
