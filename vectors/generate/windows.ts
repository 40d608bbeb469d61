/** Windows of 1, 2, 4 and 24 h: what they count, to the base unit, and the two flaws known of the Open PCA Pump. */
import { FLAG_BOLUS_APART, FLAGS, WINDOWS } from "../../host-sim/authority/library/model.js";
import type { DrugText, Operation, Past } from "../../host-sim/vectors/limit-vectors.js";
import { deny, type Draft, type DraftGroup, group, PERMIT, soft, test } from "./group.js";
import {
  bolus,
  demand,
  drug,
  intermittent,
  loading,
  MG,
  ML,
  newBag,
  panel,
  pass,
  pca,
  plain,
  rated,
  run,
  start,
  step,
  therapy,
  titrate,
  whole,
} from "./orders.js";

type Name = (typeof WINDOWS)[number]["name"];
const APART = Object.keys(FLAGS).find((word) => FLAGS[word] === FLAG_BOLUS_APART)!;

interface Way {
  readonly what: string;
  readonly flag: string;
  readonly sum: (hours: number) => number;
  readonly order: (drug: number) => Operation;
  readonly before?: (drug: number) => readonly Past[];
}

/** So slow that the motor makes no step before the order that follows: the patient has had nothing. */
const SLOW = MG / 20;
const started = (code: number): readonly Past[] => [start(SLOW, { drug: code })];

const WAYS: readonly Way[] = [
  {
    what: "a start of 5 mg/h and 100 mL",
    flag: "WindowBasal",
    sum: (hours) => Math.min(5 * hours, 100) * MG,
    order: (code) => start(5 * MG, { drug: code }),
  },
  {
    what: "a start whose later step is faster",
    flag: "WindowBasal",
    sum: (hours) => Math.min(8 * hours, 100) * MG,
    order: (code) => start(5 * MG, { drug: code, steps: [step(90 * ML, 8 * MG)] }),
  },
  {
    what: "a start with a loading dose, which leaves the bag so much less",
    flag: "WindowDose",
    sum: (hours) => Math.min(3 + 5 * hours, 100) * MG,
    order: (code) => start(5 * MG, { drug: code, loading: whole(3 * MG) }),
  },
  {
    what: "an intermittent dose of 36 mg",
    flag: "WindowDose",
    sum: () => 36 * MG,
    order: (code) => intermittent(36 * MG, 3600, { drug: code }),
  },
  {
    what: "PCA of 2 mg/h with one demand of 1 mg",
    flag: "WindowDose",
    sum: (hours) => (1 + 2 * hours) * MG,
    order: (code) => pca({ drug: code, basal: rated(2 * MG) }),
  },
  {
    what: "a bolus of 2 mg beside 0.05 mg/h",
    flag: "WindowDose",
    sum: (hours) => 2 * MG + SLOW * hours,
    before: started,
    order: (code) => bolus({ drug: code }),
  },
  {
    what: "a loading dose of 2 mg beside 0.05 mg/h",
    flag: "WindowDose",
    sum: (hours) => 2 * MG + SLOW * hours,
    before: started,
    order: (code) => loading({ drug: code }),
  },
  {
    what: "an increase to 0.06 mg/h",
    flag: "WindowBasal",
    sum: (hours) => (hours * 6 * MG) / 100,
    before: started,
    order: (code) => titrate((6 * MG) / 100, code),
  },
];

/** Three drugs with one window: a base unit too narrow, exact, and wider. */
function three(name: Name, sum: number, flags: readonly string[], unit = "mg"): DrugText[] {
  return [-1, 0, 1].map((by, i) =>
    therapy({
      drug: 10 + i,
      name: `drug ${10 + i}`,
      flags,
      windows: { unit, [name]: { hardMax: sum + by } },
    }),
  );
}

function threeTests(
  flags: readonly string[],
  limit: number,
  sum: number,
  order: (drug: number) => Operation,
  before?: (drug: number) => readonly Past[],
): Draft[] {
  return [-1, 0, 1].map((by, i) =>
    test(
      `hardMax ${by < 0 ? "1 pg below" : by > 0 ? "1 pg above" : "at"} the sum of ${sum} pg`,
      by < 0 ? [...flags, "Window", "AboveMaximum"] : [...flags, "Window", "WithinBounds"],
      order(10 + i),
      by < 0 ? deny("LIMIT_HARD", limit, sum - 1) : PERMIT,
      before?.(10 + i),
    ),
  );
}

export function windowGroups(): DraftGroup[] {
  const perWindow = WINDOWS.flatMap(({ name, hours }, i) => {
    const limit = 27 + i;
    return [
      ...WAYS.map(({ what, flag, sum, order, before }) =>
        group(
          `window of ${name}: ${what}`,
          three(name, sum(hours), ["override"]),
          threeTests([flag], limit, sum(hours), order, before),
        ),
      ),
      softGroup(name, hours, limit),
      perKgGroup(name, hours, limit),
      apartGroup(name, hours, limit),
      pastGroup(name, hours, limit),
      demandGroup(name, limit),
    ];
  });
  return [...perWindow, newBagGroup(), agedGroup(), reductionGroup(), ...openPcaGroups()];
}

function softGroup(name: Name, hours: number, limit: number): DraftGroup {
  const sum = 5 * MG * Math.min(hours, 20);
  const softly = (code: number, softMax: number, flags: readonly string[]) =>
    therapy({
      drug: code,
      name: `drug ${code}`,
      flags,
      windows: { unit: "mg", [name]: { softMax, hardMax: 2 * sum } },
    });
  const drugs = [
    softly(10, sum - 1, ["override"]),
    softly(11, sum, ["override"]),
    softly(12, sum + 1, ["override"]),
    softly(13, sum - 1, []),
  ];
  const by = (code: number) => start(5 * MG, { drug: code });
  return group(`window of ${name}: soft maximum`, drugs, [
    test("1 pg below the sum", ["Window", "SoftBound", "AboveMaximum"], by(10), soft(limit, sum - 1)),
    test("at the sum", ["Window", "WithinBounds"], by(11), PERMIT),
    test("1 pg above the sum", ["Window", "WithinBounds"], by(12), PERMIT),
    test("1 pg below, no override taken", ["Window", "SoftBoundKept", "AboveMaximum"], by(13), {
      ...deny("LIMIT_HARD", limit, sum - 1),
      softMask: 1 << limit,
    }),
  ]);
}

/** For somebody of 70.5 kg the bound is rounded down. */
function perKgGroup(name: Name, hours: number, limit: number): DraftGroup {
  const sum = 5 * MG * Math.min(hours, 20);
  const perKg = Math.ceil((sum * 10) / 705);
  const drugs = [-1, 0].map((by, i) =>
    therapy({
      drug: 10 + i,
      name: `drug ${10 + i}`,
      windows: { unit: "mg/kg", [name]: { hardMax: perKg + by } },
    }),
  );
  const bound = Math.floor(((perKg - 1) * 705) / 10);
  return group(
    `window of ${name}, per kg`,
    drugs,
    [
      test(
        "too narrow by 1 pg/kg",
        ["Window", "AboveMaximum"],
        start(5 * MG, { drug: 10 }),
        deny("LIMIT_HARD", limit, bound),
      ),
      test("just wide enough", ["Window", "WithinBounds"], start(5 * MG, { drug: 11 }), PERMIT),
    ],
    { patient: { weightG: 70_500, bsaCm2: 18_000, area: 1 } },
  );
}

/** Boluses do not count: the same order with and without. */
function apartGroup(name: Name, hours: number, limit: number): DraftGroup {
  const basal = SLOW * hours;
  const windowed = (code: number, hardMax: number, flags: readonly string[]) =>
    therapy({ drug: code, name: `drug ${code}`, flags, windows: { unit: "mg", [name]: { hardMax } } });
  const drugs = [
    windowed(10, basal, ["override"]),
    windowed(11, basal, ["override", APART]),
    windowed(12, basal - 1, ["override", APART]),
  ];
  return group(`window of ${name}: a bolus of 2 mg, counted or apart`, drugs, [
    test(
      "counted",
      ["WindowBolusApart", "AboveMaximum"],
      bolus({ drug: 10 }),
      deny("LIMIT_HARD", limit, basal),
      started(10),
    ),
    test(
      "apart: the basal rate fills the window to the unit",
      ["WindowBolusApart", "WithinBounds"],
      bolus({ drug: 11 }),
      PERMIT,
      started(11),
    ),
    test(
      "apart: the basal rate alone is 1 pg too much",
      ["WindowBolusApart", "AboveMaximum"],
      start(SLOW, { drug: 12 }),
      deny("LIMIT_HARD", limit, basal - 1),
    ),
  ]);
}

/** 1 mg has been given from a bag of 1 mL; the next order counts from there. */
function pastGroup(name: Name, hours: number, limit: number): DraftGroup {
  const sum = (1 + 5 * hours) * MG;
  const before = (code: number): readonly Past[] => [
    start(60 * MG, { drug: code, vtbiNl: ML }),
    run(70),
    plain("stop"),
    run(5),
  ];
  return group(
    `window of ${name}: 1 mg had from an earlier program, then 5 mg/h`,
    three(name, sum, ["override"]),
    threeTests(["WindowPast"], limit, sum, (code) => start(5 * MG, { drug: code, vtbiNl: 200 * ML }), before),
  );
}

/** Without basal flow two demands of 1 mg make 2 mg. */
function demandGroup(name: Name, limit: number): DraftGroup {
  const before = (code: number): readonly Past[] => [pca({ drug: code }, { lockoutS: 60 }), demand, run(240)];
  const tests = [-1, 0, 1].map((by, i) =>
    test(
      `hardMax ${by < 0 ? "1 pg below" : by > 0 ? "1 pg above" : "at"} 2 mg`,
      ["WindowDemand", "Window", by < 0 ? "AboveMaximum" : "WithinBounds"],
      demand,
      by < 0 ? deny("LIMIT_HARD", limit) : PERMIT,
      before(10 + i),
    ),
  );
  return group(`window of ${name}: the second demand of 1 mg`, three(name, 2 * MG, ["override"]), tests);
}

function newBagGroup(): DraftGroup {
  const entry = therapy({ windows: { unit: "mg", "24h": { hardMax: 50 * MG } } });
  const flags = ["WindowBag", "Window"];
  return group(
    "new bag: what the program carries, to the nanolitre",
    entry,
    [
      test("50 mL - 1 nL", [...flags, "WithinBounds"], newBag(50 * ML - 1), PERMIT),
      test("50 mL", [...flags, "WithinBounds"], newBag(50 * ML), PERMIT),
      test("50 mL + 1 nL", [...flags, "AboveMaximum"], newBag(50 * ML + 1), deny("LIMIT_HARD", 30, 50 * MG)),
      test("49 mL at the panel", [...flags, "WithinBounds"], panel("NEW_BAG", { value: 49 * ML }), PERMIT),
      test(
        "51 mL at the panel",
        [...flags, "AboveMaximum"],
        panel("NEW_BAG", { value: 51 * ML }),
        deny("LIMIT_HARD", 30),
      ),
    ],
    // Just after a tick: the motor has reported nothing when the new bag comes.
    { history: [{ op: "uptime", ms: 60_010 }, start(5 * MG, { vtbiNl: 10 * ML, totalNl: 200 * ML })] },
  );
}

/** A dose of 1 mg leaves the window of 2 h after eight whole quarter hours, never early. */
function agedGroup(): DraftGroup {
  const entry = therapy({ windows: { unit: "mg", "2h": { hardMax: MG } } });
  const history: readonly Past[] = [pca({ vtbiNl: ML }), demand, run(70), plain("stop"), run(5)];
  const again = pca({ vtbiNl: ML });
  return group(
    "window of 2 h: 1 mg that was had grows old",
    entry,
    [
      test("at once", ["WindowPast", "AboveMaximum"], again, deny("LIMIT_HARD", 28, MG)),
      test("after 2 h less a minute", ["WindowPast", "AboveMaximum"], again, deny("LIMIT_HARD", 28, MG), [
        pass(7140),
      ]),
      test(
        "after 2 h: its quarter hour is not over yet",
        ["WindowPast", "AboveMaximum"],
        again,
        deny("LIMIT_HARD", 28, MG),
        [pass(7200)],
      ),
      test("after 2 h and a quarter", ["WindowPast", "WithinBounds"], again, PERMIT, [pass(8100)]),
    ],
    { history },
  );
}

/** A library with a window comes while a program without one runs. */
function reductionGroup(): DraftGroup {
  const library = {
    profiles: [group("", drug(), []).library.profiles[0]!],
    drugs: [therapy({ windows: { unit: "mg", "1h": { hardMax: MG } } })],
  };
  return group(
    "a window that the running rate exceeds already",
    therapy(),
    [
      test("a reduction is never refused", ["WindowReduction", "WithinBounds"], titrate(4 * MG), PERMIT),
      test("an increase is", ["WindowBasal", "AboveMaximum"], titrate(6 * MG), deny("LIMIT_HARD", 27, MG)),
    ],
    { history: [start(), { op: "library", library }] },
  );
}

/** Window of 240 min, basal rate 1 mg/h, doses of 1 mg: 240 min of basal flow and so many doses. */
function openPcaGroups(): DraftGroup[] {
  const limit = (doses: number) => 4 * MG + doses * MG;
  const entry = (code: number, doses: number) =>
    therapy({ drug: code, name: `drug ${code}`, windows: { unit: "mg", "4h": { hardMax: limit(doses) } } });
  const infusion = (code: number) => pca({ drug: code, basal: rated(MG) }, { lockoutS: 60 });
  const pressed = (code: number, times: number): readonly Past[] => [
    infusion(code),
    run(300),
    ...Array.from({ length: times }).flatMap((): Past[] => [demand, run(600)]),
  ];
  const field = "OpenPcaNoField";
  const alone = "OpenPcaBasalAlone";
  return [
    group(
      "Open PCA: a hard volume over a window, which its library has no field for",
      [entry(10, -0.5), entry(11, 2.5)],
      [
        test(
          "3.5 mg in 240 min: less than the basal flow and one dose",
          [field, "AboveMaximum"],
          infusion(10),
          deny("LIMIT_HARD", 29, limit(-0.5)),
        ),
        test("6.5 mg in 240 min", [field, "WithinBounds"], infusion(11), PERMIT),
      ],
    ),
    group(
      "Open PCA: basal flow alone carries the patient over the window",
      [entry(10, 2.5), entry(11, 3.5)],
      [
        test("first dose", [alone, "WithinBounds"], demand, PERMIT, pressed(10, 0)),
        test("second dose", [alone, "WithinBounds"], demand, PERMIT, pressed(10, 1)),
        test(
          "third dose: delivered and dose fit, the basal flow to come does not",
          [alone, "AboveMaximum"],
          demand,
          deny("LIMIT_HARD", 29),
          pressed(10, 2),
        ),
        test(
          "third dose where the window holds three and a half",
          [alone, "WithinBounds"],
          demand,
          PERMIT,
          pressed(11, 2),
        ),
        test(
          "no dose at all: an increase whose flow alone exceeds the window",
          [alone, "AboveMaximum"],
          titrate(2 * MG, 10),
          deny("LIMIT_HARD", 29, limit(2.5)),
          [infusion(10)],
        ),
      ],
    ),
  ];
}
