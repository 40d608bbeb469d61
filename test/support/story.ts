import { parseDose } from "../../host-sim/authority/dose.js";
import { exampleDirectory, loadLibrary } from "../../host-sim/authority/library/load.js";
import { startBody, titrateBody, type DoseOrder } from "../../host-sim/authority/order.js";
import { verdictName, type VerdictName } from "../../host-sim/gate/names.js";
import { describeStatus, STATUS } from "../../host-sim/gate/status.js";
import type { Pump } from "../../host-sim/pump/pump.js";
import { Desk, type Sent } from "../../host-sim/ward/desk.js";
import { Hospital, SETS } from "../../host-sim/ward/hospital.js";

/** The day of the story, Unix seconds: 2026-02-01, within the example library's life. */
export const STORY_S = 1_769_904_000;

const AREA = 1;
const NOREPINEPHRINE = 1001;
const WEIGHT_G = 80_000;
const PATIENT = new Uint8Array(16).fill(0x70);
const ORDER = new Uint8Array(16).fill(0x0d);
const SET = SETS[0]!;

/**
 * A patient's hour on one pump, from the workshop to the log: provisioning, a library, a start, a dose that needs an
 * approval, one that is refused, panel actions, a power cut and the resumption after it, a stop, an attestation. Throws
 * where the gate does not do what this story needs, so that no test ever compares two silent failures.
 */
export function patientStory(pump: Pump): void {
  const library = loadLibrary(exampleDirectory());
  const hospital = new Hospital({ seed: "story", library, nowS: STORY_S });
  const issued = hospital.issuePump("story");
  pump.device.motor.mount({ plPerStep: SET.plPerStep });
  pump.powerOn();
  needs(pump.provision(issued.block));
  needs(
    pump.installLibrary(
      hospital.publishLibrary(library).bytes,
      library.entries.map((entry) => entry.bytes),
    ),
  );

  const desk = new Desk({ pump, deviceId: issued.deviceId, library });
  const { nurse, prescriber, supervisor } = hospital.keys;
  const order = (dose: string): DoseOrder => ({
    drug: library.reference(AREA, NOREPINEPHRINE, 1),
    dose: parseDose(dose),
    patient: { weightG: WEIGHT_G, bsaCm2: 0 },
    concentration: library.find(AREA, NOREPINEPHRINE, 1).drug.concentration!,
    pumpClass: issued.pumpClass,
  });
  const send = (key: typeof nurse, body: Parameters<Desk["send"]>[3]) => desk.send(key, PATIENT, ORDER, body);

  decides(send(nurse, { kind: "associate", weightG: WEIGHT_G, bsaCm2: 0, area: AREA }), "PERMIT");
  const volumes = { vtbiNl: 100_000_000, totalNl: 200_000_000, setId: SET.setId };
  decides(send(prescriber, startBody({ ...order("0.05 mcg/kg/min"), ...volumes })), "PERMIT");
  pump.runFor(600_000);
  // Above the hard maximum of 3, then above the soft maximum of 1.
  decides(send(prescriber, titrateBody(order("3.2 mcg/kg/min"))), "DENY");
  const waiting = decides(send(prescriber, titrateBody(order("1.2 mcg/kg/min"))), "NEEDS_OVERRIDE");
  decides(desk.approve(supervisor, waiting.verdict!, 3), "PERMIT");
  pump.runFor(60_000);
  decides(send(prescriber, titrateBody(order("0.1 mcg/kg/min"))), "PERMIT");

  needs(pump.panel("PAUSE"));
  pump.runFor(30_000);
  needs(pump.panel("RESTORE"));
  needs(pump.panel("REDUCE", { value: 15_000_000n }));
  pump.runFor(300_000);
  pump.powerCycle({ offMs: 20_000 }, { offMs: 20_000 });
  needs(pump.panel("RESTORE", { patientToken: PATIENT }));
  pump.runFor(300_000);
  decides(send(nurse, { kind: "stop" }), "PERMIT");

  needs(pump.attest(new Uint8Array(32).fill(0x5a)));
  for (const stream of [0, 1]) {
    if ([...pump.gate.logPages(stream)].length === 0) throw new Error(`the log of stream ${stream} is empty`);
  }
  pump.inspect();
}

function needs(answer: { readonly status: number }): void {
  if (answer.status !== STATUS.OK) throw new Error(`the story stops here: ${describeStatus(answer.status)}`);
}

function decides(
  answer: Pick<Sent, "status" | "verdict">,
  wanted: VerdictName,
): Pick<Sent, "status" | "verdict"> {
  const word = answer.verdict === null ? null : verdictName(answer.verdict.verdict);
  if (word !== wanted) {
    throw new Error(`the story needs ${wanted}, not ${String(word)}: ${describeStatus(answer.status)}`);
  }
  return answer;
}
