/** A report in lines for people. */
import { kindName } from "../authority/roles.js";
import { statusName } from "../gate/status.js";
import { VERDICT } from "../model/judgement.js";
import { LIMIT_NAMES } from "../model/limits.js";
import { streamName } from "./export.js";
import { describeFault } from "./fault.js";
import type { DecisionCount, Report, SequenceRange, StreamReport } from "./verify.js";

/** What was found; the last line is the answer. `verdicts`: false if they were left out on purpose. */
export function reportLines(report: Report, verdicts = true): string[] {
  return [
    `device ${report.device}`,
    ...report.streams.flatMap(streamLines),
    ...decisionLines(report, verdicts),
    attestedLine(report),
    ...(report.ok ? ["verified"] : report.faults.map((fault) => `BAD ${describeFault(fault)}`)),
  ];
}

function streamLines(stream: StreamReport): string[] {
  const name = `stream ${stream.stream} (${streamName(stream.stream)})`;
  if (!stream.sequences) return [`${name}: no records`];
  const { first, last } = stream.sequences;
  const lines = [`${name}: ${stream.records} records, sequence ${first}..${last}, head ${stream.head}`];
  if (stream.before) lines.push(`  ${beforeText(stream, stream.before)}`);
  for (const lost of stream.lost) lines.push(`  LOST ${range(lost)}: the pump dropped them unacknowledged`);
  return lines;
}

/** Older records are gone for a reason, or nobody can say. */
function beforeText(stream: StreamReport, before: SequenceRange): string {
  const acknowledged = stream.acknowledged ?? -1;
  const reached = stream.lost.reduce(
    (last, lost) => (lost.first <= last + 1 ? Math.max(last, lost.last) : last),
    acknowledged,
  );
  const why =
    acknowledged >= before.last
      ? "acknowledged"
      : reached >= before.last
        ? "acknowledged or LOST"
        : "not explained by what follows: ask for an earlier export";
  return `before it: records up to ${before.last}, ${why}`;
}

function decisionLines(report: Report, verdicts: boolean): string[] {
  const { total, judged, recomputed } = report.verdicts;
  const lines = [`${total} decisions`, ...report.decisions.map((one) => `  ${outcome(one)}`)];
  if (!verdicts) lines.push("verdicts not recomputed");
  else if (recomputed === judged) lines.push(`all ${judged} verdicts recomputed`);
  else lines.push(`${recomputed} of ${judged} verdicts recomputed`);
  return lines;
}

const VERDICT_NAMES: ReadonlyMap<number, string> = new Map([
  [VERDICT.permit, "PERMIT"],
  [VERDICT.deny, "DENY"],
  [VERDICT.needsOverride, "NEEDS_OVERRIDE"],
]);

function outcome({ kind, verdict, status, limit, count }: DecisionCount): string {
  const reason = verdict === VERDICT.permit ? "" : ` ${statusName(status)}`;
  const named = limit === 0 ? "" : ` (${LIMIT_NAMES[limit] ?? `limit ${limit}`})`;
  return `${count} x ${kindName(kind) ?? `kind ${kind}`} ${VERDICT_NAMES.get(verdict)!}${reason}${named}`;
}

function attestedLine(report: Report): string {
  if (!report.attested) return "no attestation: a cut-off end would not show";
  const since = report.sinceAttestation.reduce((sum, count) => sum + count, 0);
  return since === 0 ? "the heads are the attested ones" : `the attested heads lie ${since} records back`;
}

function range({ first, last }: SequenceRange): string {
  return first === last ? `record ${first}` : `records ${first}..${last}`;
}
