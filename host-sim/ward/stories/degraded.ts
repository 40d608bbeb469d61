import { ALARM, STATE_FLAG } from "../../gate/names.js";
import { formatRate, formatVolume } from "../../authority/quantity.js";
import type { StoryResult } from "./result.js";
import { Teller, type Telling, volume } from "./teller.js";

export const NAME = "degraded";
export const TITLE =
  "The flash fails in the middle of a therapy: it goes on to the end of its bag, and nothing upward";

const BAG = volume("20 mL");

export function tell(telling: Telling): StoryResult {
  const t = new Teller(NAME, { patient: { area: 1, weightG: 80_000, bsaCm2: 0 } }, telling);
  const { bed } = t;
  const order = { dose: "100 mcg/h", vtbi: BAG.text };
  t.judged("the prescriber starts fentaNYL at 100 mcg/h, 20 mL", bed.start(bed.drug("fentaNYL", 1), order));
  t.runFor(1_200_000);
  bed.device.flash.inject({ effect: "program-error", count: Infinity });
  t.wait(
    "from now on the flash takes nothing: the alarm DEGRADED",
    () => ((bed.pump.grant?.alarms ?? 0) & ALARM.DEGRADED) !== 0,
  );
  t.judged("the prescriber titrates to 150 mcg/h", bed.titrate("150 mcg/h"), "FLASH_FAILED");
  t.judged("a bolus of 50 mcg", bed.bolus("50 mcg", "100 mL/h"), "FLASH_FAILED");
  t.panel("a new bag at the panel", "NEW_BAG", { value: BigInt(BAG.value) }, "FLASH_FAILED");
  t.is("the infusion runs on", formatRate(bed.pump.grant?.rateMaxNlPerH ?? 0), "10 mL/h");

  const alarms = () => bed.pump.journal.samples.at(-1)!.alarms;
  t.wait("the bag ends, with its alarm", () => (alarms() & ALARM.VTBI_DONE) !== 0);
  t.runFor(600_000);
  const leftNl = Number(bed.pump.account.totalPl / 1000n);
  t.limit("what left the pump, ten minutes later", formatVolume(leftNl), leftNl === BAG.value, {
    limit: "bag, flash dead",
    asked: { text: formatVolume(leftNl), value: leftNl },
    bound: BAG,
  });
  t.count();

  bed.device.flash.clearFaults();
  bed.pump.powerCycle({ offMs: 60_000 }, { offMs: 60_000 });
  bed.desk.open();
  const tampered = (t.state.flags & STATE_FLAG.TAMPERED) !== 0;
  t.check("the next boot knows that flash missed something", tampered ? "TAMPERED" : "not so", tampered);
  t.panel("nothing starts again", "RESTORE", { patientToken: t.patient.token }, "TAMPERED");
  return t.end(TITLE);
}
