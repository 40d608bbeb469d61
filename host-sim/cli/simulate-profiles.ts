/** The processors that `dosegate simulate` checks against deadlines, and what it prints of them. */
import { type Profile, profileNamed, PROFILES } from "../pump/profile.js";
import { type Check, duration } from "../ward/deadline/deadline.js";
import { measureProfile, type ProfileResult } from "../ward/deadline/measure.js";
import { CliError } from "./errors.js";

/** Every one unless told, none for false. Throws CliError for a name that there is not. */
export function profilesOf(names: readonly string[] | undefined, wanted: boolean): readonly Profile[] {
  if (names === undefined) return wanted ? PROFILES : [];
  if (names.includes("all")) return PROFILES;
  try {
    return names.map(profileNamed);
  } catch (error) {
    throw new CliError(`--profile: ${(error as Error).message}, or all`);
  }
}

/** Each of them; told as each begins. */
export function measureProfiles(
  profiles: readonly Profile[],
  options: { readonly seed: string; readonly module: WebAssembly.Module },
  onProfile: (done: number, title: string) => void,
): ProfileResult[] {
  return profiles.map((profile, i) => {
    onProfile(i, profile.title);
    return measureProfile(profile, options);
  });
}

/**
 * What makes the command end with 1: a forged order accepted or a day that went otherwise than planned, on any processor; a deadline
 * missed, on one that was asked for by name. Of the others it is a finding about the processor.
 */
export function profileProblems(results: readonly ProfileResult[], named: boolean): string[] {
  return results.flatMap(({ profile, checks, troubles, forgedAccepted }) => {
    const missed = named ? checks.filter(({ met }) => !met) : [];
    return [
      ...(forgedAccepted > 0 ? [`${forgedAccepted} forged messages accepted`] : []),
      ...troubles,
      ...missed.map((check) => `deadline missed: ${checkText(check)}`),
    ].map((problem) => `${profile.name}: ${problem}`);
  });
}

export function profileLines(results: readonly ProfileResult[]): string[] {
  const [first] = results;
  if (first === undefined) return [];
  const width = Math.max(...results.map(({ profile }) => profile.title.length));
  const left = " ".repeat(13 + width);
  const groups = GROUPS.map(([head, columns]) => head.padStart(columns * CELL)).join("");
  const heads = COLUMNS.map(([, head]) => head.padStart(CELL)).join("");
  return [
    `Deadlines by processor, in its own time: ${first.hours} h of one pump, then ${first.floodCount} forged messages`,
    `${left}${groups}`,
    `${left}${heads}`,
    ...results.flatMap((result) => [
      `  ${meets(result).padEnd(9)}  ${result.profile.title.padEnd(width)}${cells(result)}`,
      ...result.checks.filter(({ met }) => !met).map((check) => `             missed: ${checkText(check)}`),
      ...result.troubles.map((trouble) => `             trouble: ${trouble}`),
    ]),
    "",
  ];
}

const CELL = 8;
/** At worst: asked for as the longest slice begins. */
const GROUPS = [
  ["in the day", 3],
  ["in the flood", 3],
  ["at worst", 2],
] as const;
const COLUMNS: readonly (readonly [Check["of"], string])[] = [
  ["order", "order"],
  ["tick", "tick"],
  ["stop", "panel"],
  ["orderBeside", "order"],
  ["tickFlooded", "tick"],
  ["stopFlooded", "STOP"],
  ["tickWorst", "tick"],
  ["stopWorst", "panel"],
];

function meets({ checks, met }: ProfileResult): string {
  const missed = checks.filter((check) => !check.met).length;
  return met ? "meets all" : missed > 0 ? `MISSES ${missed}` : "TROUBLE";
}

function cells({ checks }: ProfileResult): string {
  const of = (key: Check["of"]) => duration(checks.find((check) => check.of === key)?.ms ?? NaN);
  return COLUMNS.map(([key]) => of(key).padStart(CELL)).join("");
}

function checkText({ title, ms, limitMs }: Check): string {
  return `${title}: ${duration(ms)}, deadline ${duration(limitMs)}`;
}

/** What scripts read. */
export function profilesAsJson(results: readonly ProfileResult[]) {
  return results.map(({ profile, checks, ...rest }) => ({
    name: profile.name,
    core: profile.core,
    mhz: profile.mhz,
    engine: profile.engine,
    ...rest,
    // JSON has no infinity: null is an order that was given up.
    deadlines: checks.map(({ of, title, which, limitMs, measured, met }) => ({
      of,
      title,
      which,
      limitMs,
      ...measured,
      met,
    })),
  }));
}
