import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { type AttackReport, ATTACKS, runAll } from "../attack/index.js";
import { asClaimed, endingInWords } from "../attack/tally.js";
import { loadModule } from "../gate/gate.js";
import { renderReport, type ReportInput } from "../report/report.js";
import { clockTime } from "../ward/clock-time.js";
import { COUNT_DEFAULT, COUNT_MAX, COUNT_SHORT, runFlood } from "../ward/flood/flood.js";
import type { FloodResult } from "../ward/flood/result.js";
import { STORIES, tellStories } from "../ward/stories/index.js";
import type { StoryResult } from "../ward/stories/result.js";
import { onePumpStory, type StoryStep } from "../ward/story.js";
import { type DayResult, resultOf } from "../ward/result.js";
import { HOURS_MAX, PUMPS_MAX, Ward } from "../ward/ward.js";
import { PROFILES } from "../pump/profile.js";
import { CliError } from "./errors.js";
import { Progress } from "./progress.js";
import { measureProfiles, profileProblems, profilesAsJson, profilesOf } from "./simulate-profiles.js";
import { limitLine, summaryLines } from "./simulate-text.js";

interface SimulateOptions {
  seed: string;
  hours: string;
  pumps: string;
  pump?: boolean;
  story?: string;
  stories: boolean;
  report: string | boolean;
  attacks: boolean;
  /** Absent: in short; true: in full; false: not at all. */
  flood?: string | boolean;
  profile?: string[];
  profiles: boolean;
  json?: boolean;
}

const REPORT = "dosegate-report.html";
const PROFILE_NAMES = PROFILES.map(({ name }) => name);
const STORY_NAMES = STORIES.map(({ NAME }) => NAME);
const HELP = `
The same seed gives the same day; only the measured times differ. The report is one HTML file that needs nothing else.

Exit code: 0 all is as it must be; 1 an attack was accepted, a log does not verify, a volume was under-counted, or the gate
answered otherwise than planned, or a processor named with --profile missed a deadline; 2 wrong usage.`;

/** `dosegate simulate`. */
export function registerSimulate(program: Command): void {
  program
    .command("simulate")
    .description("Runs a simulated ward day of pumps with their gates, attacks them, and writes a report.")
    .option("--seed <text>", "decides everything that happens", "1")
    .option("--hours <n>", `length of the day, virtual hours, 1..${HOURS_MAX}`, "24")
    .option("--pumps <n>", `pumps in the ward, 1..${PUMPS_MAX}`, "6")
    .option("--pump", "tell the story of one pump instead, step by step")
    .option("--story <name>", `tell a story of one patient instead: ${STORY_NAMES.join(", ")}, or all`)
    .option("--no-stories", "leave out the stories after the day")
    .option("--no-attacks", "leave out the published attacks")
    .option("--flood [n]", `forged messages of the flood, ${COUNT_DEFAULT} if no number is given`)
    .option("--no-flood", "leave out the flood")
    .option(
      "--profile <name>",
      `processor to check deadlines on: ${PROFILE_NAMES.join(", ")}, or all (repeatable)`,
      more,
    )
    .option("--no-profiles", "leave out the processors")
    .option("--report <file>", "where the report goes", REPORT)
    .option("--no-report", "write no report")
    .option("--json", "print one JSON object instead of lines")
    .addHelpText("after", HELP)
    .action(simulate);
}

/** An option that may be given more than once. */
function more(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

function simulate(options: SimulateOptions): void {
  const quiet = options.json === true;
  if (options.pump === true) {
    tellPump(options.seed, quiet);
    return;
  }
  if (options.story !== undefined) {
    tellStory(options.seed, options.story, quiet);
    return;
  }
  const hours = whole("--hours", options.hours, HOURS_MAX);
  const pumps = whole("--pumps", options.pumps, PUMPS_MAX);
  const floodCount = floodCountOf(options.flood);
  const wanted = profilesOf(options.profile, options.profiles);
  const module = loadModule();
  const progress = new Progress(quiet);
  const ward = new Ward({ seed: options.seed, hours, pumps, module });
  ward.run((hour) => progress.at(hour, hours, `${clockTime(ward.openedS, hour * 3_600_000)} in the ward`));
  const day = resultOf(ward);
  const stories = options.stories ? tellStories({ seed: options.seed, module }) : [];
  let done = 0;
  const attacks = runAll({
    module,
    ...(options.attacks ? {} : { ids: [] }),
    onReport: (report) => {
      progress.at(++done, ATTACKS.length, `${report.id} ${endingInWords(report)}`);
    },
  });
  const flood =
    floodCount === null
      ? null
      : runFlood({
          seed: options.seed,
          module,
          count: floodCount,
          onProgress: (sent) => progress.at(sent, floodCount, "forged messages"),
        });
  const profiles = measureProfiles(wanted, { seed: options.seed, module }, (begun, title) => {
    progress.at(begun + 1, wanted.length, title);
  });
  progress.end();
  const latencies = ward.stopwatch.latencies();
  const problems = [
    ...problemsOf(day, attacks),
    ...stories.flatMap((story) => story.problems),
    ...(flood?.problems ?? []).map((it) => `flood: ${it}`),
    ...profileProblems(profiles, options.profile !== undefined),
  ];
  const file = options.report === false ? null : String(options.report);
  const shown = { day, stories, attacks, flood, profiles, latencies, problems };
  if (file !== null) writeReport(file, renderReport(shown));
  if (quiet) console.log(JSON.stringify(asJson(shown, file), null, 2));
  else for (const line of summaryLines({ ...shown, file })) console.log(line);
  if (problems.length > 0) process.exitCode = 1;
}

/** Why the run is not as it must be: the day's problems, and every published attack that was neither refused nor bounded as it must be. */
export function problemsOf(day: DayResult, attacks: readonly AttackReport[]): string[] {
  const through = attacks.filter((report) => !asClaimed(report));
  return [
    ...day.problems,
    ...through.map(
      (report) => `attack ${report.id} ${endingInWords(report)}: ${report.outcome.problems.join("; ")}`,
    ),
  ];
}

/** What scripts read. Everything but `latency` and `report` depends on the seed alone. */
export function asJson(shown: ReportInput, report: string | null) {
  const { day, stories, attacks, flood, profiles, latencies, problems } = shown;
  return {
    seed: day.seed,
    hours: day.hours,
    ok: problems.length === 0,
    problems,
    decisions: day.decisions,
    attacksOfTheDay: day.attacks,
    stories: stories.map(({ name, limits, log, problems: wrong }) => ({
      name,
      limits,
      log,
      problems: wrong,
    })),
    publishedAttacks: attacks.map(({ id, outcome }) => ({
      id,
      ending: outcome.ending,
      orderedNl: outcome.ordered.nl,
      withGateNl: outcome.withGate.nl,
      withoutGateNl: outcome.withoutGate.nl,
    })),
    pumps: day.pumps.map(({ name, drug, countedNl, truthNl, underCounts, retries, log }) => ({
      name,
      drug,
      countedNl,
      truthNl,
      underCounts,
      retries,
      log,
    })),
    flood: flood === null ? null : floodAsJson(flood),
    profiles: profilesAsJson(profiles),
    latency: latencies,
    report,
  };
}

/** Volumes in nL. */
function floodAsJson({ deliveredPl, quietDeliveredPl, countedNl, ...flood }: FloodResult) {
  return {
    ...flood,
    deliveredNl: Number(deliveredPl) / 1000,
    quietDeliveredNl: Number(quietDeliveredPl) / 1000,
    countedNl: Number(countedNl),
  };
}

/** Messages of the flood; null: none. */
function floodCountOf(option: string | boolean | undefined): number | null {
  if (option === false) return null;
  if (option === undefined) return COUNT_SHORT;
  return option === true ? COUNT_DEFAULT : whole("--flood", option, COUNT_MAX);
}

function tellPump(seed: string, quiet: boolean): void {
  const steps = onePumpStory({ seed, module: loadModule(), ...(quiet ? {} : { onStep: tellStep }) });
  const ok = steps.every(({ asPlanned }) => asPlanned);
  if (quiet) console.log(JSON.stringify({ seed, ok, steps }, null, 2));
  if (!ok) process.exitCode = 1;
}

/** One story of stories/, or all of them. */
function tellStory(seed: string, name: string, quiet: boolean): void {
  if (name !== "all" && !STORY_NAMES.includes(name)) {
    throw new CliError(`--story ${name}: give one of ${STORY_NAMES.join(", ")}, or all`);
  }
  const onStory = ({ title, limits, problems }: StoryResult) => {
    console.log(
      `\n${title}: ${problems.length === 0 ? "as planned" : `NOT as planned, ${problems.length} times`}`,
    );
    for (const held of limits) console.log(limitLine(held));
    console.log("");
  };
  const stories = tellStories({
    seed,
    module: loadModule(),
    ...(name !== "all" && { names: [name] }),
    ...(!quiet && { onStep: tellStep, onStory }),
  });
  const ok = stories.every(({ problems }) => problems.length === 0);
  if (quiet) console.log(JSON.stringify({ seed, ok, stories }, null, 2));
  if (!ok) process.exitCode = 1;
}

function tellStep({ atMs, what, answer, asPlanned }: StoryStep): void {
  const time = `${(atMs / 60_000).toFixed(1)} min`.padStart(9);
  console.log(`${time}  ${what.padEnd(62)}  ${answer}${asPlanned ? "" : "   <- not as planned"}`);
}

function writeReport(file: string, html: string): void {
  try {
    writeFileSync(file, html);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    throw new CliError(`${file}: cannot be written (${code}); choose another --report or --no-report`);
  }
}

function whole(option: string, text: string, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= max) return value;
  throw new CliError(`${option} ${text}: give a whole number of 1..${max}`);
}
