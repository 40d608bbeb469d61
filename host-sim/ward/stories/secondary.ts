import { ALARM, MODE, PHASE, modeName } from "../../gate/names.js";
import { formatVolume } from "../../authority/quantity.js";
import type { StoryResult } from "./result.js";
import { dose, duration, Teller, type Telling } from "./teller.js";

export const NAME = "secondary";
export const TITLE = "An antibiotic interrupts a fluid, and gives way to it again (piggyback)";

const HALF_HOUR_S = 1800;

export function tell(telling: Telling): StoryResult {
  const t = new Teller(NAME, { patient: { area: 2, weightG: 71_000, bsaCm2: 18_000 } }, telling);
  const { bed } = t;
  const fluid = { dose: "100 mL/h", vtbi: "1000 mL" };
  t.judged(
    "the prescriber starts a fluid at 100 mL/h",
    bed.start(bed.drug("sodium chloride 0.9%", 1), fluid),
  );
  t.runFor(HALF_HOUR_S * 1000);

  const antibiotic = bed.drug("cefTRIAXone piggyback", 2);
  const bag = { dose: "2 g", durationS: HALF_HOUR_S, secondary: true };
  t.held("2 g of cefTRIAXone over it, in 12 min", bed.startBag(antibiotic, { ...bag, durationS: 720 }), {
    limit: "duration below minimum",
    asked: duration("12 min"),
    bound: duration("15 min"),
  });
  t.held("5 g of it, in half an hour", bed.startBag(antibiotic, { ...bag, dose: "5 g" }), {
    limit: "intermittent dose above maximum",
    asked: dose("5 g"),
    bound: dose("4 g"),
  });
  t.judged("2 g of it, in half an hour", bed.startBag(antibiotic, bag));
  t.is("the fluid waits", modeName(t.state.mode) ?? "no program", "SECONDARY");
  t.rate("the antibiotic runs", "200 mL/h");
  const { generation: second, primaryGeneration: first } = t.state;

  t.wait("the antibiotic's bag ends", ({ mode }) => mode !== MODE.SECONDARY);
  const given = Number(bed.pump.account.deliveredPl(second) / 1000n);
  t.is("of its 100 mL left the pump", formatVolume(given), "100 mL");
  t.check("the fluid goes on by itself", "RUNNING", t.state.phase === PHASE.RUNNING);
  t.rate("as it ran before", "100 mL/h");
  t.alarms("it needs nobody");
  t.runFor(HALF_HOUR_S * 1000);
  t.stop([first]);
  t.check("nothing runs", "IDLE", t.state.phase === PHASE.IDLE && (t.state.alarms & ALARM.VTBI_DONE) === 0);
  return t.end(TITLE);
}
