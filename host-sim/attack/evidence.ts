/** What the pump's sealed log says of an attack, verified as its reader would (docs/SPEC.md 8). */
import { statusName } from "../gate/status.js";
import { kindName, PORT } from "../gate/names.js";
import type { LogExport } from "../log/export.js";
import type { StreamNumber } from "../log/keys.js";
import { type VerifiedRecord, verifyLog } from "../log/verify.js";
import type { Pump } from "../pump/pump.js";
import type { Assault } from "./assault.js";
import type { Evidence, LogLine } from "./attack.js";

/** Both streams as they leave a pump. */
export function exportLog(pump: Pump, deviceId: Uint8Array): LogExport {
  const pages = (stream: StreamNumber) =>
    [...pump.gate.logPages(stream)].map(({ firstSequence, chainBefore, records }) => ({
      firstSequence,
      chainBefore,
      records,
    }));
  return { deviceId, streams: [pages(0), pages(1)] };
}

/** The events since the attack began, with the verifier's word on the whole log. */
export function evidenceOf(assault: Assault): Evidence {
  const { scene, sequences, answers } = assault;
  const { pump, issued } = scene.bed;
  const report = verifyLog(exportLog(pump, issued.deviceId), {
    logKey: issued.logKey,
    libraries: scene.libraries,
  });
  const log = report.records
    .filter(({ stream, sequence, event }) => event !== undefined && sequence >= sequences[stream])
    .map(lineOf);
  return { answers, log, logVerified: report.ok };
}

function lineOf(record: VerifiedRecord): LogLine {
  const { stream, sequence, event = "", details = {} } = record;
  const name = stream === 0 ? "decisions" : "meter";
  return { stream: name, sequence, event, text: `${name} ${sequence}: ${inWords(event, details)}` };
}

const VERDICT_WORDS = ["", "PERMIT", "DENY", "NEEDS_OVERRIDE"];

function inWords(event: string, details: Readonly<Record<string, unknown>>): string {
  const number = (name: string): number => Number(details[name] ?? 0);
  switch (event) {
    case "REFUSED": {
      const status = number("status");
      const reason = status === 0 ? "further reasons" : statusName(status);
      return `REFUSED ${number("count")} times on ${portName(number("port"))}: ${reason}`;
    }
    case "DECISION": {
      const word = VERDICT_WORDS[number("verdict")] ?? "";
      const status = number("status") === 0 ? "" : `, ${statusName(number("status"))}`;
      const kind = kindName(number("kind")) ?? `kind ${number("kind")}`;
      return `DECISION ${word} ${kind} by ${String(details["kid"])} on ${portName(number("port"))}${status}`;
    }
    case "BOOT":
      return `BOOT, counter ${number("counter")}${number("tampered") === 1 ? ", TAMPERED" : ""}`;
    default:
      return event;
  }
}

/** A port, or for root documents and libraries none. */
function portName(port: number): string {
  const names = Object.keys(PORT) as (keyof typeof PORT)[];
  const found = names.find((name) => PORT[name] === port);
  return found === undefined ? "no port" : `the ${found.toLowerCase()} port`;
}
