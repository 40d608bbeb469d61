import type { StoryResult } from "./result.js";
import { dose, Teller, type Telling } from "./teller.js";

export const NAME = "program";
export const TITLE = "A loading dose, then three steps down: one order, carried out without a hand";

const LOADING = { dose: "60 unit/kg", rate: "200 mL/h" };
const STEPS = [
  { after: "20 mL", dose: "15 unit/kg/h" },
  { after: "15 mL", dose: "12 unit/kg/h" },
];
const ORDER = { dose: "18 unit/kg/h", vtbi: "150 mL", loading: LOADING, steps: STEPS };

/** Of 72 kg and 100 unit/mL a loading dose is 43.2 mL; rates are rounded down to the pump's steps. */
export function tell(telling: Telling): StoryResult {
  const t = new Teller(NAME, { patient: { area: 1, weightG: 72_000, bsaCm2: 0 } }, telling);
  const { bed } = t;
  const heparin = bed.drug("heparin", 1);
  const loading = { ...LOADING, dose: "110 unit/kg" };
  t.held("heparin, 110 unit/kg to begin with", bed.start(heparin, { ...ORDER, loading }), {
    limit: "loading dose above maximum",
    asked: dose("110 unit/kg"),
    bound: dose("100 unit/kg"),
  });
  const steps = [STEPS[0]!, { after: "15 mL", dose: "45 unit/kg/h" }];
  t.held("45 unit/kg/h in its last step", bed.start(heparin, { ...ORDER, steps }), {
    limit: "continuous dose above maximum",
    asked: dose("45 unit/kg/h"),
    bound: dose("40 unit/kg/h"),
  });
  t.judged("60 unit/kg, then 18, 15 and 12 unit/kg/h", bed.start(heparin, ORDER));
  t.rate("the loading dose flows", "200 mL/h");
  t.wait("the first step begins", ({ step }) => step === 1);
  t.check("behind 43.2 mL", "43.2 mL", Math.abs(Number(t.state.deliveredNl) - 43_200_000) < 500_000);
  t.rate("at 18 unit/kg/h", "12.9 mL/h");
  t.wait("the second, 20 mL later", ({ step }) => step === 2);
  t.rate("at 15 unit/kg/h", "10.8 mL/h");
  t.wait("the last, 15 mL later", ({ step }) => step === 3);
  t.rate("at 12 unit/kg/h", "8.64 mL/h");
  t.panel("back up at the panel: a step that is over is over", "RESTORE", {}, "NOT_REDUCED");
  t.runFor(600_000);
  t.stop();
  return t.end(TITLE);
}
