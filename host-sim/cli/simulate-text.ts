/** What `dosegate simulate` prints after a day. */
import type { AttackReport } from "../attack/index.js";
import { asClaimed, tally } from "../attack/tally.js";
import { profileLines } from "./simulate-profiles.js";
import { formatVolume } from "../authority/quantity.js";
import { boundRows } from "../report/flood-section.js";
import type { FloodResult, PortResult } from "../ward/flood/result.js";
import { type HeldLimit, shareOf, type StoryResult } from "../ward/stories/result.js";
import type { ProfileResult } from "../ward/deadline/measure.js";
import { attackTotals, type DayResult, type PumpResult } from "../ward/result.js";
import type { Latencies, Latency } from "../ward/stopwatch.js";

export interface Summary {
  readonly day: DayResult;
  readonly stories: readonly StoryResult[];
  readonly attacks: readonly AttackReport[];
  readonly flood: FloodResult | null;
  readonly profiles: readonly ProfileResult[];
  readonly latencies: Latencies;
  readonly problems: readonly string[];
  /** The report, null if there is none. */
  readonly file: string | null;
}

const PROBLEMS_SHOWN = 20;

export function summaryLines(summary: Summary): string[] {
  const { day, stories, attacks, flood, profiles, latencies, problems, file } = summary;
  const { messages, accepted } = attackTotals(day.attacks);
  const verified = day.pumps.filter(({ log }) => log.ok).length;
  return [
    `${day.hours} h of ${day.pumps.length} pumps, seed ${day.seed} (a simulation, not for clinical use)`,
    "",
    "What honest people asked, and what the gates answered",
    ...day.decisions.map(({ answer, reason, count }) => `  ${pad(count)}  ${answer.padEnd(14)}  ${reason}`),
    "",
    ...(stories.length === 0 ? [] : ["Stories of single patients, and the limits that held in them"]),
    ...stories.flatMap(storyLines),
    ...(stories.length === 0 ? [] : [""]),
    `Attacks on the ward's network: ${messages - accepted} of ${messages} messages refused`,
    ...day.attacks.map(
      ({ technique, messages: sent, answers }) =>
        `  ${pad(sent)}  ${technique.padEnd(34)}  ${Object.keys(answers).sort().join(", ")}`,
    ),
    ...(attacks.length === 0 ? [] : [`Published attacks: ${tally(attacks)}`]),
    ...attacks.map(attackLine),
    "",
    ...(flood === null ? [] : floodLines(flood)),
    ...profileLines(profiles),
    `Logs: ${verified} of ${day.pumps.length} verify`,
    ...day.pumps.map(logLine),
    "",
    "Delivered volume: the gate's count, and what left the pump",
    ...day.pumps.map(volumeLine),
    "",
    "Real time in this process",
    ...(Object.keys(latencies) as (keyof Latencies)[]).map((what) => latencyLine(what, latencies[what])),
    "",
    ...verdictLines(problems),
    ...(file === null ? [] : [`Report: ${file}`]),
  ];
}

/** "0.18 ms" or "12 us" */
export function formatMs(ms: number): string {
  if (ms >= 100) return `${ms.toFixed(0)} ms`;
  if (ms >= 1) return `${ms.toFixed(1)} ms`;
  return ms >= 0.1 ? `${ms.toFixed(2)} ms` : `${(ms * 1000).toFixed(1)} us`;
}

function storyLines({ title, limits, problems }: StoryResult): string[] {
  return [
    `  ${problems.length === 0 ? "ok " : "BAD"}  ${title}`,
    ...limits.map((held) => `     ${limitLine(held)}`),
  ];
}

/** "window of 1 h: 2.1 mg asked, bound 2 mg (105 %)" */
export function limitLine(held: HeldLimit): string {
  const share = `${(shareOf(held) * 100).toFixed(0)} %`;
  return `  ${held.limit.padEnd(32)}  ${held.asked.text.padStart(14)} of ${held.bound.text.padEnd(13)}  ${share.padStart(5)}`;
}

function attackLine(report: AttackReport): string {
  const { id, title, outcome } = report;
  const ending = asClaimed(report) ? outcome.ending.padEnd(8) : "ACCEPTED";
  const { withGate, withoutGate } = outcome;
  return `  ${ending}  ${id.padEnd(14)}  ${title}: ${withGate.volume}, without the gate ${withoutGate.volume}`;
}

function floodLines(flood: FloodResult): string[] {
  const minutes = (flood.floodMs / 60_000).toFixed(0);
  return [
    `Flood: ${flood.count} forged messages at one pump in ${minutes} min`,
    ...flood.ports.map(floodPortLine),
    ...boundRows(flood).map(
      ([what, figure, bound, ok]) => `  ${ok ? "held  " : "BROKEN"}  ${what}: ${figure} (${bound})`,
    ),
    "",
  ];
}

function floodPortLine({ name, orders, accepted, p50Ms, p99Ms, maxMs, maxSlices }: PortResult): string {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  const waits = `p50 ${seconds(p50Ms)}, p99 ${seconds(p99Ms)}, longest ${seconds(maxMs)} or ${maxSlices} slices`;
  return `  ${accepted} of ${orders} genuine orders accepted, ${name}: ${waits}`;
}

function logLine({ name, log }: PumpResult): string {
  const { ok, decisionRecords, meterRecords, judged, recomputed, lost } = log;
  const records = `${decisionRecords + meterRecords} records`;
  const again = `${recomputed} of ${judged} verdicts judged again`;
  return `  ${ok ? "ok " : "BAD"}  ${name.padEnd(16)}  ${records}, ${again}, ${lost} lost`;
}

function volumeLine({ name, countedNl, truthNl, underCounts }: PumpResult): string {
  const over = countedNl - truthNl;
  const verdict =
    underCounts === 0 ? `+${formatVolume(Math.round(over))}` : `UNDER-COUNTED ${underCounts} times`;
  return `  ${name.padEnd(16)}  ${volume(countedNl)}  ${volume(truthNl)}  ${verdict}`;
}

function latencyLine(what: string, { count, p50Ms, p99Ms, maxMs }: Latency): string {
  const times = `p50 ${formatMs(p50Ms)}, p99 ${formatMs(p99Ms)}, longest ${formatMs(maxMs)}`;
  return `  ${what.padEnd(8)}  ${times} (${count} times)`;
}

function verdictLines(problems: readonly string[]): string[] {
  if (problems.length === 0) return ["All is as it must be."];
  const more = problems.length - PROBLEMS_SHOWN;
  return [
    `NOT as it must be, ${problems.length} problems:`,
    ...problems.slice(0, PROBLEMS_SHOWN).map((problem) => `  ${problem}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

function volume(nl: number): string {
  return `${(nl / 1_000_000).toFixed(3)} mL`.padStart(12);
}

function pad(count: number): string {
  return String(count).padStart(5);
}
