import { BOOT_CAUSE, PHASE, phaseName } from "../../gate/names.js";
import { statusName } from "../../gate/status.js";
import type { StoryResult } from "./result.js";
import { seconds, Teller, type Telling } from "./teller.js";

export const NAME = "restart";
export const TITLE =
  "A vasopressor goes on by itself after short resets, with an alarm that somebody answers";

/** Three times what was reserved ahead: a minute of flow, and a few motor steps. */
const LOST_NL_MAX = 3n * 250_500n;

export function tell(telling: Telling): StoryResult {
  const scene = {
    patient: { area: 1, weightG: 80_000, bsaCm2: 0 },
    device: { offClock: "trusted" },
  } as const;
  const t = new Teller(NAME, scene, telling);
  const { bed } = t;
  const drug = bed.drug("NORepinephrine not weight based", 11);
  t.judged(
    "the prescriber starts NORepinephrine at 8 mcg/min",
    bed.start(drug, { dose: "8 mcg/min", vtbi: "50 mL" }),
  );
  t.runFor(1_200_000);

  reset(t, "the host resets for 2 s", 2, BOOT_CAUSE.WARM);
  goesOn(t);
  reset(t, "the power is lost for 60 s: the entry lets this drug go on", 60, BOOT_CAUSE.POWER_ON);
  goesOn(t);
  reset(t, "the power is lost for 61 s", 61, BOOT_CAUSE.POWER_ON);
  const { totalPl } = bed.pump.account;
  t.runFor(60_000);
  const stands = t.state.phase === PHASE.PAUSED && bed.pump.account.totalPl === totalPl;
  t.limit("it waits for a person", phaseName(t.state.phase) ?? "", stands, {
    limit: "time without power",
    asked: seconds(61),
    bound: seconds(60),
  });
  t.panel("restored for another patient", "RESTORE", { patientToken: new Uint8Array(16) }, "PATIENT");
  t.panel("the nurse restores it for this one", "RESTORE", { patientToken: t.patient.token });
  t.rate("it flows", "15 mL/h");
  t.runFor(1_200_000);
  const { uncertainNl } = t.state;
  const text = `${(Number(uncertainNl) / 1e6).toFixed(2)} mL`;
  t.check(
    "what three resets left uncertain counts as given",
    text,
    uncertainNl > 0n && uncertainNl < LOST_NL_MAX,
  );
  t.stop();
  return t.end(TITLE);
}

function reset(t: Teller, what: string, offS: number, cause: number): void {
  const status = t.bed.pump.powerCycle({ offMs: offS * 1000 }, { cause });
  t.bed.desk.open();
  t.is(what, statusName(status), "OK");
}

/** At the same rate, with the alarm, until somebody says that they have seen it. */
function goesOn(t: Teller): void {
  const { account } = t.bed.pump;
  const { totalPl } = account;
  t.runFor(120_000);
  t.rate("it goes on as it was", "15 mL/h");
  t.check("and flows", "RUNNING", t.state.phase === PHASE.RUNNING && account.totalPl > totalPl);
  t.alarms("an alarm tells of it", "RESTARTED");
  t.panel("the nurse has seen it", "ACKNOWLEDGE");
  t.alarms("the alarm has gone");
  t.panel("a second answer finds nothing", "ACKNOWLEDGE", {}, "NOTHING");
}
