/** Orders at the panel that nobody signs: who may, and how much. */
import type { Operation } from "../../host-sim/vectors/limit-vectors.js";
import { deny, type DraftGroup, group, PERMIT, test } from "./group.js";
import { MG, ML, panel, startBody, therapy } from "./orders.js";

/** Ten minutes of 6 mL/h are 1 mL. */
export function emergencyGroups(): DraftGroup[] {
  const flag = "Emergency";
  const policy = { emergencySMax: 600 };
  const entry = therapy({ flags: ["override", "emergency"] });
  const pressed = (nl: number): Operation => ({
    op: "emergency",
    body: startBody(6 * MG, { vtbiNl: Math.min(nl, ML), totalNl: nl }),
  });
  const waits = { verdict: "NEEDS_OVERRIDE", status: "CONFIRM_NEEDED" } as const;
  return [
    group(
      "emergency start at 6 mL/h for 600 s",
      entry,
      [
        test("total of 1 mL - 1 nL", [flag, "WithinBounds"], pressed(ML - 1), waits),
        test("total of 1 mL", [flag, "WithinBounds"], pressed(ML), waits),
        test("total of 1 mL + 1 nL", [flag, "AboveMaximum"], pressed(ML + 1), deny("TOTAL")),
        test(
          "answered for at the panel",
          [flag, "WithinBounds"],
          panel("OVERRIDE", { reasonCode: 9 }),
          { ...PERMIT, phase: "RUNNING" },
          [{ ...pressed(ML), status: "CONFIRM_NEEDED" }],
        ),
      ],
      { policy },
    ),
    group(
      "emergency start beyond a hard maximum",
      therapy({ flags: ["override", "emergency"], continuous: { unit: "mg/h", hardMax: 6 * MG - 1 } }),
      [test("6 mg/h", [flag, "AboveMaximum"], pressed(ML), deny("LIMIT_HARD", 2, 6 * MG - 1))],
      { policy },
    ),
    group(
      "emergency start of a drug that has none",
      therapy(),
      [test("6 mg/h", flag, pressed(ML), deny("EMERGENCY_NOT_ALLOWED"))],
      { policy },
    ),
    group("emergency start under a policy that has none", entry, [
      test("6 mg/h", flag, pressed(ML), deny("EMERGENCY_NOT_ALLOWED")),
    ]),
    group(
      "emergency of ten minutes under a policy of one",
      entry,
      [test("6 mg/h", [flag, "AboveMaximum"], pressed(ML), deny("TOTAL"))],
      {
        policy: { emergencySMax: 60 },
      },
    ),
  ];
}
