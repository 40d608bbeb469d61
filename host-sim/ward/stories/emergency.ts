import type { Judged } from "../../gate/gate.js";
import { STATUS } from "../../gate/status.js";
import { answerText } from "../story.js";
import type { StoryResult } from "./result.js";
import { dose, Teller, type Telling, volume } from "./teller.js";

export const NAME = "emergency";
export const TITLE =
  "A vasopressor is started and increased at the panel without a signature, for half an hour";

const HALF_HOUR_S = 1800;
const REASON_CODE = 4;

export function tell(telling: Telling): StoryResult {
  const hospital = { emergencySMax: HALF_HOUR_S };
  const t = new Teller(NAME, { patient: { area: 1, weightG: 80_000, bsaCm2: 0 }, hospital }, telling);
  const { bed } = t;
  const pressor = bed.drug("NORepinephrine", 3);
  const signed = { dose: "0.1 mcg/kg/min", vtbi: "250 mL" };
  const opioid = { dose: "50 mcg/h", vtbi: "2 mL" };
  const other = bed.emergencyStart(bed.drug("fentaNYL", 1), opioid);
  t.judged("an opioid in an emergency: its entry does not allow it", other, "EMERGENCY_NOT_ALLOWED");

  // 0.1 mcg/kg/min of 80 kg and 64 mcg/mL are 7.5 mL/h.
  const hour = bed.emergencyStart(pressor, { ...signed, vtbi: "7.5 mL" });
  t.limit("NORepinephrine at 0.1 mcg/kg/min for an hour", answerText(hour), hour.status === STATUS.TOTAL, {
    limit: "volume of an emergency",
    asked: volume("7.5 mL"),
    bound: volume("3.75 mL"),
  });
  const start = bed.emergencyStart(pressor, { ...signed, vtbi: "3.75 mL" });
  t.judged("for half an hour", start, "CONFIRM_NEEDED");
  t.check("nothing flows before the second step", "nothing", bed.pump.grant === null);
  override(t, start);
  t.rate("it flows", "7.5 mL/h");
  t.alarms("an alarm tells that nobody signed", "EMERGENCY");
  t.runFor(600_000);
  t.stop();
  t.judged("the prescriber signs the same dose, from 250 mL", bed.start(pressor, signed));
  t.alarms("the alarm has gone");
  t.runFor(600_000);

  t.held("the pressure falls: 3.5 mcg/kg/min", bed.emergencyTitrate("3.5 mcg/kg/min"), {
    limit: "continuous dose above maximum",
    asked: dose("3.5 mcg/kg/min"),
    bound: dose("3 mcg/kg/min"),
  });
  const more = bed.emergencyTitrate("0.3 mcg/kg/min");
  t.judged("0.3 mcg/kg/min", more, "CONFIRM_NEEDED");
  override(t, more);
  t.rate("it flows faster", "22.5 mL/h");
  const before = t.nowMs;
  t.wait("nobody signs: it goes back by itself", ({ rateNlPerH }) => rateNlPerH !== 22_500_000n);
  t.rate("to the signed rate", "7.5 mL/h");
  const lasted = (t.nowMs - before) / 1000;
  t.check("after half an hour", `${Math.round(lasted / 60)} min`, Math.abs(lasted - HALF_HOUR_S) < 30);
  t.alarms("the alarm still stands", "EMERGENCY");
  t.judged("the prescriber signs 0.15 mcg/kg/min", bed.titrate("0.15 mcg/kg/min"));
  t.alarms("the alarm has gone");
  t.runFor(600_000);
  t.stop();
  return t.end(TITLE);
}

/** The soft limits of what waits are none: named exactly, with a reason. */
function override(t: Teller, { verdict }: Judged): void {
  const mask = verdict?.softMask ?? 0;
  t.panel("the second step at the panel, with a reason", "OVERRIDE", { mask, reasonCode: REASON_CODE });
}
