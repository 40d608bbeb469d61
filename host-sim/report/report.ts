/** The report of a simulated day: one HTML file that needs nothing else, no script, no font, no network. */
import type { AttackReport } from "../attack/index.js";
import { asClaimed, tally } from "../attack/tally.js";
import { clockTime } from "../ward/clock-time.js";
import type { Answer, Happening } from "../ward/happening.js";
import { COUNT_SHORT } from "../ward/flood/flood.js";
import type { FloodResult } from "../ward/flood/result.js";
import type { ProfileResult } from "../ward/deadline/measure.js";
import { attackTotals, type DayResult, type PumpResult } from "../ward/result.js";
import type { StoryResult } from "../ward/stories/result.js";
import type { Latencies, Timed } from "../ward/stopwatch.js";
import { networkSection, publishedSection } from "./attack-section.js";
import { type Bar, barChart } from "./bars.js";
import { doseCharts } from "./dose-chart.js";
import { floodSection } from "./flood-section.js";
import { htmlDocument } from "./document.js";
import { el, Markup } from "./markup.js";
import { profileSection } from "./profile-section.js";
import { storySection } from "./story-section.js";
import { COLOUR } from "./style.js";
import { mark, numberCell, table } from "./table.js";
import { timeline } from "./timeline.js";

export interface ReportInput {
  readonly day: DayResult;
  /** Empty if none was told. */
  readonly stories: readonly StoryResult[];
  readonly attacks: readonly AttackReport[];
  /** Null if there was none. */
  readonly flood: FloodResult | null;
  /** Empty if none was measured. */
  readonly profiles: readonly ProfileResult[];
  readonly latencies: Latencies;
  /** Why the run is not as it must be; empty if it is. */
  readonly problems: readonly string[];
}

/** The whole file. */
export function renderReport(input: ReportInput): string {
  const { day, stories, attacks, flood, profiles, problems } = input;
  const title = `Dosegate: a simulated ward day, seed ${day.seed}`;
  return htmlDocument(
    title,
    header(day, flood),
    el(
      "main",
      {},
      tiles(input),
      problems.length === 0 ? null : problemSection(problems),
      timelineSection(day),
      doseSection(day),
      stories.length === 0 ? null : storySection(stories),
      attacks.length === 0 ? null : publishedSection(attacks),
      networkSection(day),
      flood === null ? null : floodSection(flood),
      profiles.length === 0 ? null : profileSection(profiles),
      pumpSection(day),
      figures(input),
      footer(),
    ),
  );
}

/** The command that makes this report again. */
export function replayCommand({ seed, hours, pumps }: DayResult, flood: FloodResult | null = null): string {
  const quoted = /^[\w.-]+$/.test(seed) ? seed : `'${seed.replaceAll("'", "'\\''")}'`;
  const flooded = flood === null || flood.count === COUNT_SHORT ? "" : ` --flood ${flood.count}`;
  return `npm start -- --seed ${quoted} --hours ${hours} --pumps ${pumps.length}${flooded}`;
}

function header(day: DayResult, flood: FloodResult | null): Markup {
  return el(
    "header",
    {},
    el(
      "div",
      {},
      el("div", { class: "notice" }, "Simulation. Not for clinical use."),
      el("h1", {}, `A day in a ward of ${day.pumps.length} infusion pumps`),
      el(
        "p",
        {},
        `${day.hours} hours from ${clockTime(day.openedS, 0)}; every pump is guarded by the compiled Dosegate module. ` +
          "Patients, drugs' limits and people are invented.",
      ),
      el("p", {}, `Seed ${day.seed}. The same day again: `, el("code", {}, replayCommand(day, flood))),
    ),
  );
}

function tiles({ day, attacks, latencies }: ReportInput): Markup {
  const { messages, accepted } = attackTotals(day.attacks);
  const held = attacks.filter(asClaimed).length;
  const verified = day.pumps.filter(({ log }) => log.ok).length;
  const under = day.pumps.reduce((sum, pump) => sum + pump.underCounts, 0);
  const asked = day.decisions.reduce((sum, { count }) => sum + count, 0);
  const tile = (ok: boolean | null, figure: string, text: string) =>
    el(
      "div",
      { class: `tile${ok === null ? " plain" : ok ? "" : " bad"}` },
      el("b", {}, figure),
      el("span", {}, text),
    );
  return el(
    "div",
    { class: "tiles" },
    tile(null, asked.toLocaleString("en-US"), `honest requests answered, ${refusals(day)} of them refused`),
    tile(
      accepted === 0 && held === attacks.length,
      `${held} of ${attacks.length}`,
      `published attacks held: ${tally(attacks)}; and ${(messages - accepted).toLocaleString("en-US")} of ${messages.toLocaleString("en-US")} hostile messages refused`,
    ),
    tile(under === 0, under === 0 ? "never" : `${under} times`, "was a volume under-counted"),
    tile(
      verified === day.pumps.length,
      `${verified} of ${day.pumps.length}`,
      "sealed logs verify, every verdict judged again",
    ),
    tile(
      null,
      duration(latencies.submit.p50Ms),
      `for a verdict in this process (99 % within ${duration(latencies.submit.p99Ms)})`,
    ),
  );
}

function refusals({ decisions }: DayResult): number {
  const refused = decisions.filter(({ answer }) => answer === "DENY" || answer === "REFUSED");
  return refused.reduce((sum, { count }) => sum + count, 0);
}

function problemSection(problems: readonly string[]): Markup {
  return el(
    "section",
    { class: "problems", id: "problems" },
    el("h2", {}, `Not as it must be: ${problems.length} problems`),
    el(
      "ul",
      {},
      problems.map((problem) => el("li", {}, problem)),
    ),
  );
}

function timelineSection(day: DayResult): Markup {
  return el(
    "section",
    { id: "timeline" },
    el("h2", {}, "The ward's day"),
    el(
      "p",
      {},
      `In the afternoon a new drug library arrives (${day.libraryNote}), and a root document takes one prescriber's key back. ` +
        "Running infusions go on; orders that refer to the old library, and those of that key, are refused. Rest the pointer on a sign for its story.",
    ),
    timeline(day),
  );
}

function doseSection(day: DayResult): Markup {
  return el(
    "section",
    { id: "doses" },
    el("h2", {}, "Doses against limits"),
    el("p", {}, "Limits are those of the drug library that the pump had active at the time."),
    doseCharts(day),
  );
}

function pumpSection(day: DayResult): Markup {
  const heads = [
    "pump",
    "drug",
    "log records",
    "verdicts judged again",
    "log",
    "counted by the gate",
    "left the pump",
    "difference",
    "volume",
  ];
  return el(
    "section",
    { id: "pumps" },
    el("h2", {}, "Logs and volumes"),
    el(
      "p",
      {},
      "Each log was read over the day, its heads attested, and its chain, tags, history and verdicts verified. The gate may count too " +
        "much after a power loss (what was reserved counts as given), never too little.",
    ),
    table(
      heads,
      day.pumps.map(({ name, drug, log, countedNl, truthNl, underCounts }) => [
        el("td", { class: "nowrap" }, el("b", {}, name)),
        el("td", {}, drug),
        numberCell(log.decisionRecords + log.meterRecords),
        numberCell(`${log.recomputed} of ${log.judged}`),
        el("td", {}, mark(log.ok, "verifies", log.faults[0] ?? "does not verify")),
        numberCell(millilitres(countedNl)),
        numberCell(millilitres(truthNl)),
        numberCell(`+${millilitres(countedNl - truthNl)}`.replace("+-", "-")),
        el("td", {}, mark(underCounts === 0, "never less", `${underCounts} times less`)),
      ]),
      [2, 3, 5, 6, 7],
    ),
    day.pumps.map((pump) => story(day, pump)),
  );
}

/** Everything that happened at one pump but for attacks and log reading, for those who read rather than look. */
function story(day: DayResult, pump: PumpResult): Markup {
  const told = pump.happenings.filter(({ actor, kind }) => actor !== "attacker" && kind !== "log");
  return el(
    "details",
    {},
    el("summary", {}, `${pump.name}: what happened (${told.length})`),
    table(
      ["time", "who", "what", "answer"],
      told.map((it) => [
        el("td", { class: "nowrap" }, clockTime(day.openedS, it.atMs)),
        el("td", {}, it.actor),
        el("td", {}, it.what),
        el("td", {}, answerText(it)),
      ]),
    ),
  );
}

function answerText({ answer, reason, limit }: Happening): Markup {
  const text = [answer, reason === "OK" ? null : reason, limit].filter((part) => part !== null).join(", ");
  const good = answer === "PERMIT" || answer === "DONE";
  return el("span", { class: good ? "ok" : answer === "NEEDS_OVERRIDE" ? "warn-text" : "bad-text" }, text);
}

const ANSWER_COLOUR: Readonly<Record<Answer, string>> = {
  PERMIT: COLOUR.permit,
  DONE: COLOUR.running,
  NEEDS_OVERRIDE: COLOUR.soft,
  DENY: COLOUR.refused,
  REFUSED: COLOUR.refused,
};

function figures({ day, latencies }: ReportInput): Markup {
  const decisions = day.decisions.map(({ answer, reason, count }): Bar => {
    const label = reason === "OK" ? (answer === "PERMIT" ? "permitted" : "done") : reason;
    return { label, value: count, figure: String(count), colour: ANSWER_COLOUR[answer] };
  });
  return el(
    "div",
    { class: "two" },
    el(
      "section",
      { id: "decisions" },
      el("h2", {}, "Answers to honest people"),
      el("p", {}, "Signed commands and hands at the panel, by reason."),
      barChart("Answers of the gates by reason", decisions),
    ),
    el(
      "section",
      { id: "latency" },
      el("h2", {}, "Real time in this process"),
      el(
        "p",
        {},
        "Median, 99th percentile and longest; log scale. V8 compiles while the day runs, and the longest times show it.",
      ),
      barChart("Latency of the gate in this process", latencyBars(latencies), 600, 0.0001),
    ),
  );
}

const TIMED: Readonly<Record<Timed, string>> = {
  submit: "a command's verdict",
  approve: "an approval's verdict",
  slice: "one slice of work",
  tick: "one tick",
};
const QUANTILES = [
  ["p50Ms", "median", COLOUR.line],
  ["p99Ms", "99 %", COLOUR.running],
  ["maxMs", "longest", COLOUR.complete],
] as const;

function latencyBars(latencies: Latencies): Bar[] {
  return (Object.keys(TIMED) as Timed[]).flatMap((what) =>
    QUANTILES.map(([field, name, colour]) => {
      const ms = latencies[what][field];
      return {
        label: field === "p50Ms" ? `${TIMED[what]}, ${name}` : name,
        value: ms,
        figure: duration(ms),
        colour,
      };
    }),
  );
}

function footer(): Markup {
  return el(
    "footer",
    {},
    "The motor's true movement, every message and every power loss come from a simulator; the answers come from the module that is " +
      "shipped. Times are of the machine that ran this, and not of a pump's processor, but where a processor is named.",
  );
}

/** "92 us", "1.2 ms" */
function duration(ms: number): string {
  if (ms >= 100) return `${ms.toFixed(0)} ms`;
  if (ms >= 1) return `${ms.toFixed(1)} ms`;
  const us = ms * 1000;
  return `${us >= 10 ? us.toFixed(0) : us.toFixed(1)} \u00b5s`;
}

function millilitres(nl: number): string {
  return `${(nl / 1_000_000).toFixed(3)} mL`;
}
