/** All groups, numbered. */
import { LIMIT_SCHEMA, type LimitVectors } from "../../host-sim/vectors/limit-vectors.js";
import { boundGroups } from "./bounds.js";
import { ceilingGroups } from "./ceilings.js";
import { emergencyGroups } from "./emergency.js";
import { NOTES } from "./notes.js";
import { panelGroups } from "./panel.js";
import { ruleGroups } from "./rules.js";
import { unitGroups } from "./units.js";
import { windowGroups } from "./windows.js";

const HEADER = [
  "Orders and panel actions against the limits of an infusion pump: each refusal has one cause.",
  "A group is a pump with a drug library and a patient; a test is what happened before (history, before), one operation, and the answer.",
  "Doses are base units per basis per time (pg, micro-units, nEq, nmol, nL), volumes nL, rates nL/h: docs/SPEC.md, sections 3.3 and 4.",
  "What an expectation does not name may be anything. The drugs are made up. NOT FOR CLINICAL USE.",
];

export function limitVectors(): LimitVectors {
  let tcId = 0;
  const drafts = [
    ...boundGroups(),
    ...windowGroups(),
    ...ceilingGroups(),
    ...unitGroups(),
    ...ruleGroups(),
    ...emergencyGroups(),
    ...panelGroups(),
  ];
  const testGroups = drafts.map((draft) => ({
    ...draft,
    tests: draft.tests.map((test) => ({ tcId: ++tcId, ...test })),
  }));
  return {
    algorithm: "DOSEGATE-LIMITS",
    schema: LIMIT_SCHEMA,
    numberOfTests: tcId,
    header: HEADER,
    notes: NOTES,
    testGroups,
  };
}
