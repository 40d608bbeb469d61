import { describe, expect, it } from "vitest";
import type { CommandBody } from "../../host-sim/authority/command.js";
import { ceilingsFor } from "../../host-sim/authority/rate.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { MG, ML, outcome, permitted, profile, send, startBody, ward } from "../support/ward.js";
import {
  basal,
  begin,
  intermittentBody,
  loadingBody,
  OTHER,
  pcaBody,
  secondary,
  step,
  therapy,
  underWay,
  whole,
} from "./therapies.js";

const bed = (): Bed => ward({ models: [profile(), therapy(), OTHER] });
const pca = (of: Bed, change: Partial<ReturnType<typeof whole>>, lockoutS = 600) =>
  pcaBody(of, { pca: { ...whole(of, change), lockoutS } });

type Make = (bed: Bed) => CommandBody;

/** Orders in which one figure does not follow from the others; beside each the same order in which it does. */
const FIGURES: readonly (readonly [what: string, status: string, wrong: Make, right: Make])[] = [
  ...[-1, 1].flatMap((by): (readonly [string, string, Make, Make])[] => {
    const off = (of: Bed) => ({ volumeNl: whole(of).volumeNl + by });
    const aside = (of: Bed) => {
      const { rateNlPerH, ...rest } = step(of, ML, 8 * MG);
      return { ...rest, rateNlPerH: rateNlPerH + by * 10_000 };
    };
    const few = `${by} nL`;
    return [
      [
        `a loading volume ${few} off`,
        "RATE_MISMATCH",
        (of) => startBody(of, { loading: whole(of, off(of)) }),
        (of) => startBody(of, { loading: whole(of) }),
      ],
      [`a PCA volume ${few} off`, "RATE_MISMATCH", (of) => pca(of, off(of)), (of) => pca(of, {})],
      [
        `an intermittent volume ${few} off`,
        "RATE_MISMATCH",
        (of) => intermittentBody(of, { vtbiNl: 36 * ML + by, totalNl: 40 * ML }),
        (of) => intermittentBody(of, { totalNl: 40 * ML }),
      ],
      [
        `an intermittent rate ${by} step off`,
        "RATE_MISMATCH",
        (of) => intermittentBody(of, { rateNlPerH: 36 * ML + by * 100_000 }),
        (of) => intermittentBody(of),
      ],
      [
        `a later step's rate ${by} step off`,
        "RATE_MISMATCH",
        (of) => startBody(of, { steps: [aside(of)] }),
        (of) => startBody(of, { steps: [step(of, ML, 8 * MG)] }),
      ],
      [
        `a PCA order's basal rate ${by} step off`,
        "RATE_MISMATCH",
        (of) => pcaBody(of, { basal: { ...basal(of, 2 * MG), rateNlPerH: 2 * ML + by * 10_000 } }),
        (of) => pcaBody(of, { basal: basal(of, 2 * MG) }),
      ],
    ];
  }),
  [
    "a loading rate between two steps",
    "RATE_TOO_COARSE",
    (of) => startBody(of, { loading: whole(of, { rateNlPerH: 60 * ML + 50_000 }) }),
    (of) => startBody(of, { loading: whole(of) }),
  ],
  [
    "a PCA rate between two steps",
    "RATE_TOO_COARSE",
    (of) => pca(of, { rateNlPerH: 60 * ML + 50_000 }),
    (of) => pca(of, {}),
  ],
  [
    "a step slower than the pump's slowest",
    "RATE_TOO_COARSE",
    (of) => startBody(of, { steps: [{ ...step(of, ML, MG / 100 - 1), rateNlPerH: 9_999 }] }),
    (of) => startBody(of, { steps: [step(of, ML, MG / 100)] }),
  ],
  [
    "a loading dose as large as the bag",
    "TOTAL",
    (of) => startBody(of, { vtbiNl: 2 * ML, loading: whole(of) }),
    (of) => startBody(of, { vtbiNl: 2 * ML + 1, loading: whole(of) }),
  ],
  [
    "steps as large as the bag",
    "TOTAL",
    (of) => startBody(of, { vtbiNl: 3 * ML, steps: [step(of, ML, MG), step(of, 2 * ML, MG)] }),
    (of) => startBody(of, { vtbiNl: 3 * ML + 1, steps: [step(of, ML, MG), step(of, 2 * ML, MG)] }),
  ],
  [
    "loading dose and steps as large as the bag",
    "TOTAL",
    (of) => startBody(of, { vtbiNl: 4 * ML, loading: whole(of), steps: [step(of, 2 * ML, MG)] }),
    (of) => startBody(of, { vtbiNl: 4 * ML + 1, loading: whole(of), steps: [step(of, 2 * ML, MG)] }),
  ],
  [
    "an intermittent bag above the total",
    "TOTAL",
    (of) => intermittentBody(of, { totalNl: 36 * ML - 1 }),
    (of) => intermittentBody(of, { totalNl: 36 * ML }),
  ],
  [
    "a PCA bag above the total",
    "TOTAL",
    (of) => pcaBody(of, { vtbiNl: 9 * ML, totalNl: 9 * ML - 1 }),
    (of) => pcaBody(of, { vtbiNl: 9 * ML, totalNl: 9 * ML }),
  ],
  ["an unknown set for PCA", "SET", (of) => pcaBody(of, { setId: 99 }), (of) => pcaBody(of)],
];

/** SPEC 4.4, steps 16 and 17 */
describe("an order with", () => {
  it.each(FIGURES)("%s is refused: %s", (_what, status, wrong, right) => {
    const refusing = bed();
    expect(outcome(begin(refusing, wrong(refusing)))).toBe(status);
    const taking = bed();
    expect(outcome(begin(taking, right(taking)))).toBe("PERMIT");
  });

  it("nine later steps and a loading dose is too long by none", () => {
    const of = bed();
    const steps = Array.from({ length: 9 }, (_none, i) => step(of, ML, (i + 1) * MG));
    expect(outcome(begin(of, startBody(of, { steps: steps.slice(1), loading: whole(of) })))).toBe("PERMIT");
    const other = bed();
    expect(outcome(begin(other, startBody(other, { steps })))).toBe("PERMIT");
  });
});

/** SPEC 5.1, 4.4 steps 18 and 19: an adult's area on a large-volume pump leaves 500 mL/h here, the ceiling 250 mL of bolus. */
describe("a ceiling", () => {
  const { bolusNlMax } = ceilingsFor(1, 3);
  const LARGE = bolusNlMax * 1000;
  const VOLUMES: readonly (readonly [string, (of: Bed, dose: number) => CommandBody])[] = [
    ["a loading dose", (of, dose) => startBody(of, { vtbiNl: 900 * ML, loading: whole(of, { dose }) })],
    [
      "a PCA dose",
      (of, dose) =>
        pcaBody(of, { vtbiNl: 900 * ML, totalNl: 900 * ML, pca: { ...whole(of, { dose }), lockoutS: 600 } }),
    ],
    ["a loading dose beside the basal rate", (of, dose) => loadingBody(underWay(of), { dose })],
  ];

  it.each(VOLUMES)("of the bolus volume holds for %s", (what, body) => {
    const sent = (dose: number) => {
      const of = bed();
      const made = body(of, dose);
      return what.endsWith("rate") ? send(of, made) : begin(of, made);
    };
    expect(outcome(sent(LARGE))).toBe("PERMIT");
    const above = sent(LARGE + 1000);
    expect(outcome(above)).toBe("LIMIT_CEILING");
    expect(above.verdict).toMatchObject({ limit: 15, bound: BigInt(bolusNlMax) });
  });

  const RATES: readonly (readonly [string, number, (of: Bed, rate: number) => CommandBody])[] = [
    [
      "a later step",
      500,
      (of, rate) => startBody(of, { vtbiNl: 900 * ML, steps: [step(of, ML, rate * 1000)] }),
    ],
    ["a loading dose", 500, (of, rateNlPerH) => startBody(of, { loading: whole(of, { rateNlPerH }) })],
    [
      "PCA and its basal rate together",
      495,
      (of, rateNlPerH) =>
        pcaBody(of, { basal: basal(of, 5 * MG), pca: { ...whole(of, { rateNlPerH }), lockoutS: 600 } }),
    ],
    ["an intermittent dose", 500, (of, rate) => intermittentBody(of, { dose: rate * 1000 })],
  ];

  it.each(RATES)("of the rate holds for %s", (_what, most, body) => {
    const sent = (by: number) => {
      const of = bed();
      return begin(of, body(of, (most + by) * ML));
    };
    expect(outcome(sent(-1))).toBe("PERMIT");
    expect(outcome(sent(0))).toBe("PERMIT");
    const above = sent(1);
    expect(outcome(above)).toBe("LIMIT_PROFILE");
    expect(above.verdict).toMatchObject({ limit: 13, bound: BigInt(500 * ML) });
  });
});

/** SPEC 6.1, 4.4 step 9 */
describe("a secondary", () => {
  it("interrupts a program that runs, and one that is paused", () => {
    expect(outcome(secondary(underWay(bed())))).toBe("PERMIT");
    const paused = underWay(bed());
    permitted(send(paused, { kind: "pause" }));
    expect(outcome(secondary(paused))).toBe("PERMIT");
  });

  it("may be an intermittent dose", () => {
    const of = underWay(bed());
    const body = { ...intermittentBody(of, { of: OTHER }), mode: "secondary" as const };
    of.newOrder(OTHER);
    expect(outcome(send(of, body))).toBe("PERMIT");
  });

  it("of nothing is refused", () => {
    expect(outcome(secondary(bed()))).toBe("PHASE");
  });

  it("of a bag that is empty is refused", () => {
    const of = bed();
    permitted(begin(of, startBody(of, { vtbiNl: 10_000 })));
    of.pump.runFor(20_000);
    expect(outcome(secondary(of))).toBe("PHASE");
  });

  it("of a secondary is refused", () => {
    const of = underWay(bed());
    permitted(secondary(of));
    expect(outcome(begin(of, startBody(of, { mode: "secondary" })))).toBe("PHASE");
  });

  it("of PCA is refused", () => {
    const of = bed();
    permitted(begin(of, pcaBody(of, { basal: basal(of, MG) })));
    expect(outcome(secondary(of))).toBe("PHASE");
  });

  it("of a program with a step to come is refused until its last one", () => {
    const of = bed();
    permitted(begin(of, startBody(of, { steps: [step(of, 20_000, 5 * MG)] })));
    expect(outcome(secondary(of))).toBe("PHASE");
    of.pump.runFor(60_000);
    expect(outcome(secondary(of))).toBe("PERMIT");
  });

  it("beside a bolus is refused", () => {
    const of = underWay(bed());
    permitted(send(of, loadingBody(of)));
    expect(outcome(secondary(of))).toBe("BOLUS_ACTIVE");
  });

  it("of the primary's own ingredient is refused, also in another variant", () => {
    const same = therapy({ drug: 30, name: "samine", ingredient: 8 });
    const of = underWay(ward({ models: [profile(), therapy(), same] }));
    expect(outcome(begin(of, startBody(of, { of: same, mode: "secondary", vtbiNl: ML })))).toBe("ORDER");
    expect(outcome(begin(of, startBody(of, { mode: "secondary", vtbiNl: ML })))).toBe("ORDER");
  });

  it("through another set than the primary's is refused", () => {
    expect(outcome(secondary(underWay(bed()), { setId: 2 }))).toBe("SET");
  });
});

describe("a titration", () => {
  const titration = (of: Bed, dose: number): CommandBody => {
    const { drug, unit, rateNlPerH } = startBody(of, { dose });
    return { kind: "titrate", drug, unit, dose, rateNlPerH };
  };

  it.each([
    ["of an intermittent dose", (of: Bed) => intermittentBody(of)],
    ["of PCA without a basal rate", (of: Bed) => pcaBody(of)],
    ["of a program with a step to come", (of: Bed) => startBody(of, { steps: [step(of, ML, 5 * MG)] })],
  ])("%s is refused, upward and downward", (_what, body) => {
    const of = bed();
    permitted(begin(of, body(of)));
    expect(outcome(send(of, titration(of, 400 * MG)))).toBe("PHASE");
    expect(outcome(send(of, titration(of, MG / 10)))).toBe("PHASE");
  });

  it("of a PCA order's basal rate goes both ways", () => {
    const of = bed();
    permitted(begin(of, pcaBody(of, { basal: basal(of, 2 * MG) })));
    expect(outcome(send(of, titration(of, 3 * MG)))).toBe("PERMIT");
    expect(outcome(send(of, titration(of, MG)))).toBe("PERMIT");
  });
});
