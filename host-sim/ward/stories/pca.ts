import { ALARM, LIMIT_NAMES } from "../../gate/names.js";
import { statusName } from "../../gate/status.js";
import { decimal } from "../../authority/quantity.js";
import type { StoryResult, WindowSeries } from "./result.js";
import { dose, duration, seconds, Teller, type Telling } from "./teller.js";

export const NAME = "pca";
export const TITLE =
  "A patient presses the button every minute: the lockout and the windows of 1 h and 4 h hold";

const PRESSES = 360;
const EVERY_S = 60;
const LOCKOUT_S = 480;
const MG = 1_000_000_000;
const ORDER = { demand: { dose: "0.3 mg", rate: "90 mL/h", lockoutS: LOCKOUT_S }, vtbi: "50 mL" };
const DOSE = dose("0.3 mg").value;
/** Of 10 mg in 50 mL. */
const DOSE_PL = 1_500_000_000n;

export function tell(telling: Telling): StoryResult {
  const t = new Teller(NAME, { patient: { area: 5, weightG: 78_000, bsaCm2: 0 }, setId: 2 }, telling);
  const { bed } = t;
  const drug = bed.drug("HYDROmorphone PCA", 1);
  const wanted = (change: Partial<typeof ORDER.demand>) => ({
    ...ORDER,
    demand: { ...ORDER.demand, ...change },
  });
  t.held("0.7 mg on demand", bed.startPca(drug, wanted({ dose: "0.7 mg" })), {
    limit: "PCA dose above maximum",
    asked: dose("0.7 mg"),
    bound: dose("0.6 mg"),
  });
  t.held("every 4 min", bed.startPca(drug, wanted({ lockoutS: 240 })), {
    limit: "lockout below minimum",
    asked: duration("4 min"),
    bound: duration("5 min"),
  });
  t.judged("0.3 mg on demand, every 8 min at most", bed.startPca(drug, ORDER));
  press(t);
  const { attempts, demands } = t.state;
  const counted = `${attempts} presses, ${demands} doses`;
  const given = t.windows[0]!.demands.filter(({ denied }) => denied === null).length;
  t.check("the gate counted every press and every dose", counted, attempts === PRESSES && demands === given);
  const all = BigInt(given) * DOSE_PL;
  t.check(
    "no dose but those left the pump",
    inMg(BigInt(given) * BigInt(DOSE)),
    bed.pump.account.totalPl === all,
  );
  t.stop();
  return t.end(TITLE);
}

/** Presses for six hours; the first time that each limit holds is a step, the rest is in the curves. */
function press(t: Teller): void {
  const { cap1h, cap4h } = t.state;
  const denials = new Map<string, number>();
  const demands: { atMs: number; denied: string | null }[] = [];
  const points: Record<1 | 4, { atMs: number; sum: number }[]> = { 1: [], 4: [] };
  let over = 0;
  let near = false;
  for (let i = 0; i < PRESSES; i++) {
    const before = t.state;
    const { status, result } = t.bed.pump.panel("DEMAND");
    const denied = result?.limit ? LIMIT_NAMES[result.limit]! : status === 0 ? null : statusName(status);
    demands.push({ atMs: t.nowMs, denied });
    if (denied !== null && !denials.has(denied)) tellDenial(t, denied, before);
    if (denied !== null) denials.set(denied, (denials.get(denied) ?? 0) + 1);
    for (let s = 0; s < EVERY_S; s += 15) {
      t.runFor(15_000);
      const { window1h, window4h } = t.state;
      points[1].push({ atMs: t.nowMs, sum: Number(window1h) });
      points[4].push({ atMs: t.nowMs, sum: Number(window4h) });
      if (window1h > cap1h || window4h > cap4h) over++;
    }
    near ||= ((t.bed.pump.grant?.alarms ?? 0) & ALARM.WINDOW_NEAR) !== 0;
  }
  const series = (hours: 1 | 4, cap: bigint): WindowSeries => ({
    hours,
    unit: "mg",
    baseUnitsPerUnit: MG,
    cap: Number(cap),
    points: points[hours],
    demands,
  });
  t.windows = [series(1, cap1h), series(4, cap4h)];
  const tally = [...denials].map(([why, count]) => `${why} ${count}`).join(", ");
  const why = ["LOCKOUT", "window of 1 h", "window of 4 h"];
  const expected = [...denials.keys()].sort().join() === [...why].sort().join();
  t.check(`${PRESSES} presses in 6 h, denied`, tally, expected);
  t.check("a window was above its cap", over === 0 ? "never" : `${over} times`, over === 0);
  t.check("the alarm WINDOW_NEAR was raised", near ? "yes" : "no", near);
}

function tellDenial(t: Teller, denied: string, before: Teller["state"]): void {
  const window = {
    "window of 1 h": [before.window1h, before.cap1h],
    "window of 4 h": [before.window4h, before.cap4h],
  }[denied];
  if (window !== undefined) {
    const [sum, cap] = window as [bigint, bigint];
    const asked = Number(sum) + DOSE;
    t.limit(`a press: 0.3 mg more than ${inMg(sum)}`, `LIMIT_HARD, ${denied}`, asked > Number(cap), {
      limit: denied,
      asked: { text: inMg(asked), value: asked },
      bound: { text: inMg(cap), value: Number(cap) },
    });
  } else if (denied === "LOCKOUT") {
    // The lockout counts from the end that was written before the first drop: that may still lie a moment ahead.
    const passed = Math.max(0, LOCKOUT_S - before.lockoutLeftS);
    t.limit(`a press ${passed} s after the last dose`, denied, passed < LOCKOUT_S, {
      limit: "lockout of the order",
      asked: seconds(passed),
      bound: seconds(LOCKOUT_S),
    });
  } else t.check("a press", denied, false);
}

function inMg(base: bigint | number): string {
  return `${decimal(BigInt(base), BigInt(MG))} mg`;
}
