/** What people may do at the pump without a signature, and what a pump does by itself after a reset. */
import type { Expected, Operation, Past } from "../../host-sim/vectors/limit-vectors.js";
import { deny, type DraftGroup, group, PERMIT, test } from "./group.js";
import { demand, MG, ML, panel, pca, rated, run, start, therapy } from "./orders.js";

export function panelGroups(): DraftGroup[] {
  return [
    rangeGroup(),
    intervalGroup(),
    noRangeGroup(),
    reduceGroup(),
    confirmGroup(),
    lockoutGroup(),
    demandGroup(),
    ...restartGroups(),
    resumeGroup(),
  ];
}

const range = { min: 3 * MG, max: 8 * MG, stepMax: MG, intervalS: 60 };
const to = (value: number): Operation => panel("TITRATE", { value });

function rangeGroup(): DraftGroup {
  const rows: readonly (readonly [string, number, Expected])[] = [
    ["up by the step - 1 pg/h", 6 * MG - 1, PERMIT],
    ["up by the step", 6 * MG, PERMIT],
    ["up by the step + 1 pg/h", 6 * MG + 1, deny("RANGE_STEP")],
    ["down by the step", 4 * MG, PERMIT],
    ["down by the step + 1 pg/h", 4 * MG - 1, deny("RANGE_STEP")],
    ["minimum - 1 pg/h", 3 * MG - 1, deny("RANGE")],
    ["maximum + 1 pg/h", 8 * MG + 1, deny("RANGE")],
  ];
  const wide = start(5 * MG, { range: { ...range, stepMax: 9 * MG, intervalS: 0 } });
  const ends: readonly (readonly [string, number, Expected])[] = [
    ["minimum", 3 * MG, PERMIT],
    ["minimum - 1 pg/h, within the step", 3 * MG - 1, deny("RANGE")],
    ["maximum", 8 * MG, PERMIT],
    ["maximum - 1 pg/h", 8 * MG - 1, PERMIT],
    ["maximum + 1 pg/h, within the step", 8 * MG + 1, deny("RANGE")],
  ];
  const made = (before: readonly Past[]) => (row: (typeof rows)[number]) => {
    const [comment, value, expected] = row;
    const kind = expected === PERMIT ? "WithinBounds" : value > 5 * MG ? "AboveMaximum" : "BelowMinimum";
    return test(comment, ["Range", kind], to(value), expected, before);
  };
  return group("titrating at the panel from 5 mg/h within 3 to 8 mg/h", therapy(), [
    ...rows.map(made([start(5 * MG, { range }), run(61)])),
    ...ends.map(made([wide])),
  ]);
}

function intervalGroup(): DraftGroup {
  const flag = "RangeInterval";
  const before = (s: number): readonly Past[] => [start(5 * MG, { range }), run(s)];
  return group("titrating at the panel sooner than 60 s", therapy(), [
    test("after 59 s", [flag, "BelowMinimum"], to(4 * MG), deny("RANGE_INTERVAL"), before(59)),
    test("after 60 s", [flag, "WithinBounds"], to(4 * MG), PERMIT, before(60)),
    test("after 61 s", [flag, "WithinBounds"], to(4 * MG), PERMIT, before(61)),
    test("a second time, 59 s later", [flag, "BelowMinimum"], to(3 * MG), deny("RANGE_INTERVAL"), [
      ...before(61),
      panel("TITRATE", { value: 4 * MG }),
      run(59),
    ]),
    test("a second time, 60 s later", [flag, "WithinBounds"], to(3 * MG), PERMIT, [
      ...before(61),
      panel("TITRATE", { value: 4 * MG }),
      run(60),
    ]),
  ]);
}

function noRangeGroup(): DraftGroup {
  const around = (min: number, max: number) =>
    start(5 * MG, { range: { min, max, stepMax: MG, intervalS: 0 } });
  return group("ranges and their dose", therapy(), [
    test("titrating without a signed range", "Range", to(5 * MG), deny("RANGE"), [start()]),
    test(
      "range that begins above its dose",
      ["Range", "BelowMinimum"],
      around(5 * MG + 1, 6 * MG),
      deny("RANGE"),
    ),
    test("range of the dose alone", ["Range", "WithinBounds"], around(5 * MG, 5 * MG), PERMIT),
    test(
      "range that ends below its dose",
      ["Range", "AboveMaximum"],
      around(4 * MG, 5 * MG - 1),
      deny("RANGE"),
    ),
  ]);
}

function reduceGroup(): DraftGroup {
  const flag = "Reduce";
  const lower = (value: number) => panel("REDUCE", { value });
  return group(
    "reducing at the panel from 5 mL/h",
    therapy(),
    [
      test("to 5 mL/h + 1 step", flag, lower(5 * ML + 10_000), deny("NOT_REDUCED")),
      test("to 5 mL/h", flag, lower(5 * ML), deny("NOT_REDUCED")),
      test("to 5 mL/h - 1 step", [flag, "WithinBounds"], lower(5 * ML - 10_000), PERMIT),
      test("to nothing", flag, lower(0), deny("NOT_REDUCED")),
      test("between two steps", "RateStep", lower(5 * ML - 10_001), deny("RATE_TOO_COARSE")),
      test("to the slowest rate", [flag, "WithinBounds"], lower(10_000), PERMIT),
      test("to less than the slowest rate", "RateStep", lower(9_999), deny("RATE_TOO_COARSE")),
      test("restoring what was not reduced", flag, panel("RESTORE"), deny("NOT_REDUCED")),
    ],
    { history: [start()] },
  );
}

function confirmGroup(): DraftGroup {
  const flag = "Confirm";
  const after = (confirmAfterMs: number) => panel("RESTORE", { confirmAfterMs });
  return group(
    "the second step of an action at the panel, within 60 s",
    therapy(),
    [
      test("59,999 ms", [flag, "WithinBounds"], after(59_999), PERMIT),
      test("60,000 ms", [flag, "WithinBounds"], after(60_000), PERMIT),
      test("60,001 ms", [flag, "AboveMaximum"], after(60_001), deny("CONFIRM_STALE")),
    ],
    { history: [start(), panel("REDUCE", { value: ML })] },
  );
}

/** A dose of 1 mL takes a minute; the next may come 600 s after its end. */
function lockoutGroup(): DraftGroup {
  const flag = "Lockout";
  return group(
    "a lockout of 600 s",
    therapy(),
    [
      test("659 s after the demand", [flag, "BelowMinimum"], demand, deny("LOCKOUT"), [run(659)]),
      test(
        "661 s after the demand: a tick has seen the end of the dose",
        [flag, "WithinBounds"],
        demand,
        PERMIT,
        [run(661)],
      ),
      test("662 s after the demand", [flag, "WithinBounds"], demand, PERMIT, [run(662)]),
      test("under a new order for the same patient", [flag, "BelowMinimum"], demand, deny("LOCKOUT"), [
        run(70),
        { op: "order", body: { kind: "stop" } },
        run(5),
        pca(),
      ]),
    ],
    { history: [pca(), demand] },
  );
}

function demandGroup(): DraftGroup {
  const flag = "Demand";
  const interlock = (on: boolean): Past => ({ op: "sensor", sensor: "INTERLOCK", on });
  const untimed = { tick: false } as const;
  const bag = (vtbiNl: number): readonly Past[] => [pca({ vtbiNl }, { lockoutS: 60 }), demand, run(125)];
  return group("demands", therapy(), [
    test("the first one", [flag, "WithinBounds"], demand, PERMIT, [pca()]),
    test(
      "while a monitor says that the patient breathes too little",
      "Interlock",
      panel("DEMAND", untimed),
      deny("INTERLOCK"),
      [pca(), interlock(true), run(2), panel("RESTORE", untimed)],
    ),
    test("after the monitor has cleared", ["Interlock", "WithinBounds"], demand, PERMIT, [
      pca(),
      interlock(true),
      run(2),
      interlock(false),
      run(2),
      panel("RESTORE"),
    ]),
    test(
      "second dose, 1 nL too little in the bag",
      [flag, "AboveMaximum"],
      demand,
      deny("TOTAL"),
      bag(2 * ML - 1),
    ),
    test("second dose, all that the bag holds", [flag, "WithinBounds"], demand, PERMIT, bag(2 * ML)),
    test("second dose, 1 nL more in the bag", [flag, "WithinBounds"], demand, PERMIT, bag(2 * ML + 1)),
    test("beside a basal rate", [flag, "WithinBounds"], demand, PERMIT, [pca({ basal: rated(MG) }), run(10)]),
  ]);
}

function restartGroups(): DraftGroup[] {
  const flag = "Restart";
  const history = [start(60 * MG), run(10)];
  const reset = (cause: "POWER_ON" | "WARM" | "UNKNOWN", offMs: number): Operation => ({
    op: "reset",
    cause,
    offMs,
  });
  const rows = (most: number, causes: readonly ("POWER_ON" | "WARM" | "UNKNOWN")[]) =>
    causes.flatMap((cause) =>
      [most - 1, most, most + 1].map((offMs) =>
        test(
          `${cause}, ${offMs} ms without power`,
          [flag, offMs > most ? "AboveMaximum" : "WithinBounds"],
          reset(cause, offMs),
          { phase: offMs > most ? "PAUSED" : "RUNNING" },
        ),
      ),
    );
  return [
    group(
      "warm restart, under a policy that says nothing of it: 5,000 ms",
      therapy(),
      [
        ...rows(5000, ["WARM"]),
        test("POWER_ON, at once", [flag, "AboveMaximum"], reset("POWER_ON", 0), { phase: "PAUSED" }),
        test("UNKNOWN, at once", [flag, "AboveMaximum"], reset("UNKNOWN", 0), { phase: "PAUSED" }),
      ],
      { history },
    ),
    group("warm restart, under a policy of 20,000 ms", therapy(), rows(20_000, ["WARM"]), {
      history,
      policy: { warmRestartMsMax: 20_000 },
    }),
    group(
      "an entry that resumes within 60,000 ms",
      therapy({ flags: ["override", "resume"] }),
      rows(60_000, ["POWER_ON", "WARM"]),
      { history },
    ),
    group(
      "PCA never goes on by itself",
      therapy({ flags: ["override", "resume"] }),
      [test("WARM, at once", [flag, "AboveMaximum"], reset("WARM", 0), { phase: "PAUSED" })],
      { history: [pca({ basal: rated(5 * MG) }), run(10)] },
    ),
  ];
}

/** Four hours from the loss of power, of which the last minute is uptime since the boot. */
function resumeGroup(): DraftGroup {
  const UP_MS = 60_000;
  const off: Past = { op: "reset", cause: "POWER_ON", offMs: 4 * 3_600_000 - UP_MS };
  const flag = "Resume";
  const restore = panel("RESTORE", { token: true, confirmAfterMs: 0 });
  const at = (by: number): readonly Past[] => [off, { op: "uptime", ms: UP_MS + by }];
  return group(
    "restoring after a reset, within 4 h",
    therapy(),
    [
      test("4 h - 1 ms", [flag, "WithinBounds"], restore, PERMIT, at(-1)),
      test("4 h", [flag, "WithinBounds"], restore, PERMIT, at(0)),
      test("4 h + 1 ms", [flag, "AboveMaximum"], restore, deny("RESUME_TOO_LATE"), at(1)),
      test("without the patient's token", "Patient", panel("RESTORE"), deny("PATIENT"), [off]),
    ],
    { history: [start(60 * MG), run(10)] },
  );
}
