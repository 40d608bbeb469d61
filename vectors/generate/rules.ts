/** Rules of an order beside the entry's bounds: who, where, in which unit, in which phase, how much in all; and what goes beside what. */
import type { Operation } from "../../host-sim/vectors/limit-vectors.js";
import { deny, type DraftGroup, group, PERMIT, test } from "./group.js";
import {
  associate,
  bolus,
  drug,
  intermittent,
  loading,
  MG,
  ML,
  newBag,
  panel,
  PATIENT,
  pca,
  plain,
  profile,
  rated,
  run,
  start,
  step,
  therapy,
  titrate,
  whole,
} from "./orders.js";

const OTHER = therapy({ drug: 20, name: "othermine", ingredient: 16 });
type Order = Extract<Operation, { op: "order" }>;
const over = (order: Order, change: object): Order => ({ ...order, body: { ...order.body, ...change } });

export function ruleGroups(): DraftGroup[] {
  return [
    patientGroup(),
    areaGroup(),
    ...unitGroups(),
    agreementGroup(),
    totalGroup(),
    orderGroup(),
    phaseGroup(),
    besideGroup(),
    measuresGroup(),
    ...titrationStepGroups(),
    ledgerGroup(),
  ];
}

function patientGroup(): DraftGroup {
  return group(
    "whose order it is",
    [therapy(), OTHER],
    [
      test("a start for the associated patient", ["Patient", "WithinBounds"], start(), PERMIT),
      test("a start for another patient", "Patient", { ...start(), patient: "other" }, deny("PATIENT")),
      test("a PCA order for another patient", "Patient", { ...pca(), patient: "other" }, deny("PATIENT")),
      test("a bolus for another patient", "Patient", { ...bolus(), patient: "other" }, deny("PATIENT"), [
        start(),
      ]),
      test(
        "another patient associated beside the first",
        "Patient",
        { ...associate(), patient: "other" },
        deny("ASSOCIATED"),
      ),
      test("the same patient associated again", ["Patient", "WithinBounds"], associate(), PERMIT),
    ],
  );
}

function areaGroup(): DraftGroup {
  const there = { ...drug({ area: 2, drug: 20, name: "testamine there" }) };
  const made = group(
    "two care areas; the patient lies in the second",
    [drug(), there],
    [
      test("an order of the patient's area", ["Area", "WithinBounds"], start(5 * MG, { drug: 20 }), PERMIT),
      test("an order of the other area", "Area", start(), deny("AREA")),
    ],
    { patient: { ...PATIENT, area: 2 } },
  );
  const profiles = [profile(), profile({ area: 2, name: "Other area" })];
  return { ...made, library: { ...made.library, profiles } };
}

function unitGroups(): DraftGroup[] {
  const otherwise: readonly (readonly [string, Order])[] = [
    ["a continuous dose in mcg/h", over(start(), { unit: "mcg/h" })],
    ["a continuous dose in mg/min", over(start(), { unit: "mg/min" })],
    ["a loading dose in mcg", start(5 * MG, { loading: { ...whole(2 * MG), unit: "mcg" } })],
    ["an intermittent dose in mcg", over(intermittent(), { unit: "mcg" })],
    ["a PCA dose in mcg", pca({}, { unit: "mcg" })],
    ["a basal dose in mg/min", pca({ basal: { ...rated(MG), unit: "mg/min" } })],
  ];
  const without: readonly (readonly [string, readonly string[], Order])[] = [
    ["continuous dose", ["continuous"], start()],
    ["intermittent dose", ["intermittent", "duration"], intermittent()],
    ["loading dose", ["loading"], start(5 * MG, { loading: whole(2 * MG) })],
    ["PCA dose", ["pcaDose", "lockout"], pca()],
  ];
  return [
    group("units of the entry: mg and mg/h", therapy(), [
      ...otherwise.map(([comment, order]) => test(comment, "Unit", order, deny("UNIT"))),
      test("a bolus in mcg", "Unit", bolus({ unit: "mcg" }), deny("UNIT"), [start()]),
      test("a continuous dose in mg/h", ["Unit", "WithinBounds"], start(), PERMIT),
    ]),
    ...without.map(([what, gone, order]) => {
      const entry = Object.fromEntries(Object.entries(therapy()).filter(([field]) => !gone.includes(field)));
      return group(`an entry without a ${what}`, entry as unknown as ReturnType<typeof therapy>, [
        test("ordered", "Unit", order, deny("UNIT")),
      ]);
    }),
  ];
}

function agreementGroup(): DraftGroup {
  const flags = ["DoseRate", "RateAgreement"];
  const mismatch = deny("RATE_MISMATCH");
  const off = (by: number) => ({ volumeNl: 2 * ML + by });
  const pair = (by: number) => [
    test(
      `loading volume ${by} nL`,
      flags,
      start(5 * MG, { loading: { ...whole(2 * MG), ...off(by) } }),
      mismatch,
    ),
    test(`PCA volume ${by} nL`, flags, pca({}, { ...whole(2 * MG), ...off(by) }), mismatch),
    test(`intermittent volume ${by} nL`, flags, over(intermittent(), { vtbiNl: 36 * ML + by }), mismatch),
    test(
      `intermittent rate ${by} step`,
      flags,
      over(intermittent(), { rateNlPerH: 36 * ML + by * 100_000 }),
      mismatch,
    ),
    test(
      `rate of a later step ${by} step`,
      flags,
      start(5 * MG, { steps: [{ ...step(ML, 8 * MG), rateNlPerH: 8 * ML + by * 10_000 }] }),
      mismatch,
    ),
    test(
      `basal rate ${by} step`,
      flags,
      pca({ basal: { ...rated(2 * MG), rateNlPerH: 2 * ML + by * 10_000 } }),
      mismatch,
    ),
  ];
  return group("figures of an order that do not follow from its dose", therapy(), [
    ...[-1, 1].flatMap(pair),
    test("loading dose", ["DoseRate", "WithinBounds"], start(5 * MG, { loading: whole(2 * MG) }), PERMIT),
    test("a set that was never calibrated", "Set", start(5 * MG, { setId: 99 }), deny("SET")),
    test("a calibrated set", ["Set", "WithinBounds"], start(5 * MG, { setId: 2 }), PERMIT),
  ]);
}

function totalGroup(): DraftGroup {
  const flag = "Total";
  const rows: readonly (readonly [string, (by: number) => Operation])[] = [
    ["VTBI within the total of 100 mL, of PCA", (by) => pca({ vtbiNl: 100 * ML + by, totalNl: 100 * ML })],
    [
      "intermittent bag within the total of 36 mL",
      (by) => intermittent(36 * MG, 3600, { totalNl: 36 * ML - by }),
    ],
    [
      "loading dose within the bag",
      (by) => start(5 * MG, { vtbiNl: 2 * ML + 1 - by, loading: whole(2 * MG) }),
    ],
    [
      "steps within the bag",
      (by) => start(5 * MG, { vtbiNl: 3 * ML + 1 - by, steps: [step(ML, MG), step(2 * ML, MG)] }),
    ],
  ];
  const bag = start(5 * MG, { vtbiNl: 10 * ML, totalNl: 50 * ML });
  return group("volumes that hold each other", therapy(), [
    ...rows.flatMap(([comment, order]) =>
      [-1, 0, 1].map((by) =>
        test(
          `${comment} ${by < 0 ? "- 1 nL" : by > 0 ? "+ 1 nL" : ""}`.trim(),
          [flag, by > 0 ? "AboveMaximum" : "WithinBounds"],
          order(by),
          by > 0 ? deny("TOTAL") : PERMIT,
        ),
      ),
    ),
    ...[-1, 0, 1].map((by) =>
      test(
        `new bag of what the total leaves${by < 0 ? " - 1 nL" : by > 0 ? " + 1 nL" : ""}`,
        [flag, by > 0 ? "AboveMaximum" : "WithinBounds"],
        newBag(50 * ML + by),
        by > 0 ? deny("TOTAL") : PERMIT,
        [bag],
      ),
    ),
    test(
      "new bag of nothing, at the panel",
      [flag, "BelowMinimum"],
      panel("NEW_BAG", { value: 0 }),
      deny("TOTAL"),
      [bag],
    ),
  ]);
}

function orderGroup(): DraftGroup {
  const strange = (order: Order): Order => ({ ...order, order: "other" });
  return group(
    "orders that go on with a program",
    [therapy(), OTHER],
    [
      ...[titrate(6 * MG), bolus(), loading(), newBag(ML)].map((order) =>
        test(`${order.body.kind} under another order id`, "Order", strange(order), deny("ORDER")),
      ),
      test("reduction under another order id", "Order", strange(titrate(4 * MG)), deny("ORDER")),
      test("titrate of another drug", "Order", titrate(6 * MG, 20), deny("ORDER")),
      test("bolus of another drug", "Order", bolus({ drug: 20 }), deny("ORDER")),
      test(
        "a secondary of the primary's own drug",
        "Order",
        start(5 * MG, { mode: "secondary", vtbiNl: 10 * ML }),
        deny("ORDER"),
      ),
      test(
        "a secondary of another drug",
        ["Order", "WithinBounds"],
        start(5 * MG, { mode: "secondary", vtbiNl: 10 * ML, drug: 20 }),
        PERMIT,
      ),
      test("titrate under the order's id", ["Order", "WithinBounds"], titrate(6 * MG), PERMIT),
    ],
    { history: [start()] },
  );
}

function phaseGroup(): DraftGroup {
  const air: Operation = { op: "sensor", sensor: "AIR", on: true };
  const noAir: Operation = { op: "sensor", sensor: "AIR", on: false };
  const flag = "Phase";
  return group(
    "what a phase does not allow",
    [therapy(), OTHER],
    [
      test("titrate without a program", flag, titrate(6 * MG), deny("PHASE")),
      test("bolus without a program", flag, bolus(), deny("PHASE")),
      test("new bag without a program", flag, newBag(ML), deny("PHASE")),
      test("pause without a program", flag, plain("pause"), deny("PHASE")),
      test("stop without anything to stop", flag, plain("stop"), deny("PHASE")),
      test("start beside a program", flag, start(5 * MG, { drug: 20 }), deny("PHASE"), [start()]),
      test("bolus while paused", flag, bolus(), deny("PHASE"), [start(), plain("pause")]),
      test("resume while running", flag, plain("resume"), deny("PHASE"), [start()]),
      test("disassociate while running", flag, plain("disassociate"), deny("PHASE"), [start()]),
      test("demand without PCA", flag, panel("DEMAND"), deny("PHASE"), [start()]),
      test("demand while paused", flag, panel("DEMAND"), deny("PHASE"), [pca(), plain("pause")]),
      test("titrate while paused", [flag, "WithinBounds"], titrate(6 * MG), PERMIT, [
        start(),
        plain("pause"),
      ]),
      test("bolus with air in the line", "Alarm", bolus(), deny("ALARM_ACTIVE"), [
        start(),
        air,
        run(2),
        noAir,
        run(2),
      ]),
      test("bolus after the alarm was answered", ["Alarm", "WithinBounds"], bolus(), PERMIT, [
        start(),
        air,
        run(2),
        noAir,
        run(2),
        plain("resume"),
      ]),
    ],
  );
}

function besideGroup(): DraftGroup {
  const flag = "Beside";
  const fast = bolus(whole(20 * MG, 80 * ML));
  const loaded = start(5 * MG, { loading: whole(2 * MG) });
  return group(
    "a dose beside a dose, in an area of 100 mL/h",
    therapy(),
    [
      test("bolus beside a bolus", flag, bolus(), deny("BOLUS_ACTIVE"), [start(), bolus()]),
      test("bolus after a bolus has ended", [flag, "WithinBounds"], bolus(), PERMIT, [
        start(),
        bolus(),
        run(180),
      ]),
      test("loading dose beside a bolus", flag, loading(), deny("BOLUS_ACTIVE"), [start(), bolus()]),
      test("bolus beside the loading dose of a start", flag, bolus(), deny("BOLUS_ACTIVE"), [
        loaded,
        run(60),
      ]),
      test("bolus after the loading dose of a start", [flag, "WithinBounds"], bolus(), PERMIT, [
        loaded,
        run(180),
      ]),
      test("demand beside a demand's dose", flag, panel("DEMAND"), deny("BOLUS_ACTIVE"), [
        pca(),
        panel("DEMAND"),
        run(30),
      ]),
      test("increase beside a bolus to the area's rate", [flag, "WithinBounds"], titrate(20 * MG), PERMIT, [
        start(),
        fast,
      ]),
      test(
        "increase beside a bolus to the area's rate + 1 step",
        flag,
        titrate(20 * MG + MG / 10),
        deny("BOLUS_ACTIVE"),
        [start(), fast],
      ),
    ],
    { profile: { rateNlPerHMax: 100 * ML } },
  );
}

function measuresGroup(): DraftGroup {
  const flag = "Measures";
  return group(
    "a new weight is known of the patient, and nobody has confirmed it at the panel",
    [therapy(), OTHER],
    [
      test("increase", flag, titrate(6 * MG), deny("MEASURES")),
      test("bolus", flag, bolus(), deny("MEASURES")),
      test("loading dose", flag, loading(), deny("MEASURES")),
      test(
        "secondary",
        flag,
        start(5 * MG, { drug: 20, mode: "secondary", vtbiNl: 10 * ML }),
        deny("MEASURES"),
      ),
      test("start after a stop", flag, start(), deny("MEASURES"), [plain("stop")]),
      test("reduction", [flag, "WithinBounds"], titrate(4 * MG), PERMIT),
      test("increase, once confirmed", [flag, "WithinBounds"], titrate(6 * MG), PERMIT, [panel("MEASURES")]),
    ],
    { history: [start(), associate({ weightG: 50_000 })] },
  );
}

/** An increase of at most 2 mg/h within 600 s. */
function titrationStepGroups(): DraftGroup[] {
  const entry = (change: object) => therapy({ titrationStep: { intervalS: 600, ...change } });
  const flag = "TitrationStep";
  const history = [start()];
  const most = 7 * MG;
  const hard = deny("LIMIT_HARD", 26, 2 * MG);
  return [
    group(
      "titration step: hard maximum of 2 mg/h in 600 s",
      entry({ hardMax: 2 * MG }),
      [
        test("by 2 mg/h - 1 pg/h", [flag, "WithinBounds"], titrate(most - 1), PERMIT),
        test("by 2 mg/h", [flag, "WithinBounds"], titrate(most), PERMIT),
        test("by 2 mg/h + 1 pg/h", [flag, "AboveMaximum"], titrate(most + 1), hard),
        test("in two parts to 1 pg/h too much", [flag, "AboveMaximum"], titrate(most + 1), hard, [
          titrate(6 * MG),
        ]),
        test("in two parts", [flag, "WithinBounds"], titrate(most), PERMIT, [titrate(6 * MG)]),
        test("again 599 s later", [flag, "AboveMaximum"], titrate(9 * MG), hard, [titrate(most), run(599)]),
        test("again 600 s later", [flag, "WithinBounds"], titrate(9 * MG), PERMIT, [titrate(most), run(600)]),
        test("back up to where the interval began", [flag, "WithinBounds"], titrate(5 * MG), PERMIT, [
          titrate(MG),
        ]),
      ],
      { history },
    ),
    group(
      "titration step: soft maximum",
      entry({ softMax: 2 * MG }),
      [
        test("by 2 mg/h - 1 pg/h", [flag, "WithinBounds"], titrate(most - 1), PERMIT),
        test("by 2 mg/h", [flag, "WithinBounds"], titrate(most), PERMIT),
        test("by 2 mg/h + 1 pg/h", [flag, "AboveMaximum", "SoftBound"], titrate(most + 1), {
          verdict: "NEEDS_OVERRIDE",
          status: "LIMIT_SOFT",
          limit: 26,
          bound: 2 * MG,
          softMask: 1 << 26,
        }),
      ],
      { history },
    ),
  ];
}

function ledgerGroup(): DraftGroup {
  const windows = { unit: "mg", "24h": { hardMax: 500 * MG } };
  const named = (code: number, counted: boolean) => {
    const change = { drug: code, name: `drug ${code}`, ingredient: 8 * code };
    return therapy(counted ? { ...change, windows } : change);
  };
  const given = [10, 11, 12].flatMap((code) => [
    start(5 * MG, { drug: code }),
    run(20),
    plain("stop"),
    run(10),
  ]);
  return group(
    "three drugs with windows have been given, and three accounts are all there are",
    [named(10, true), named(11, true), named(12, true), named(13, true), named(14, false)],
    [
      test("a fourth with a window", "Account", start(5 * MG, { drug: 13 }), deny("LEDGER_FULL")),
      test("a fourth on demand", "Account", pca({ drug: 14 }), deny("LEDGER_FULL")),
      test("a fourth without a window", ["Account", "WithinBounds"], start(5 * MG, { drug: 14 }), PERMIT),
      test("one of the three again", ["Account", "WithinBounds"], start(5 * MG, { drug: 10 }), PERMIT),
    ],
    { history: given },
  );
}
