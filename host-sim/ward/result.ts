/** What came of a ward's day, as plain data: the report draws it, the command prints it, tests compare it. Times in ms since opening. */
import { exactRate } from "../authority/rate.js";
import { Random } from "../device/random.js";
import { PHASE } from "../gate/names.js";
import type { JournalEntry, Sample } from "../pump/journal.js";
import type { TechniqueCount } from "./attacker.js";
import type { Bedside, LimitsSpan } from "./bedside.js";
import { type LogVerdict, verifyPump } from "./collector.js";
import type { Answer, Happening } from "./happening.js";
import { UPDATE_NOTE } from "./library-update.js";
import type { Ward } from "./ward.js";

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** From here on: the dose that the grants allow, null while there is no program. Boluses are apart. */
export interface DosePoint {
  readonly atMs: number;
  readonly phase: number;
  /** Base units of the drug's dosing unit; 0 while paused. */
  readonly dose: number | null;
}

export interface PumpResult {
  readonly name: string;
  readonly area: string;
  readonly drug: string;
  readonly weightG: number;
  readonly unit: string;
  /** Doses are in base units; so many are one of `unit`. */
  readonly baseUnitsPerUnit: number;
  readonly limits: readonly LimitsSpan[];
  readonly doses: readonly DosePoint[];
  readonly boluses: readonly Span[];
  readonly powerLosses: readonly Span[];
  readonly happenings: readonly Happening[];
  /** Honest messages that a flood made them send again. */
  readonly retries: number;
  readonly countedNl: number;
  readonly truthNl: number;
  /** Moments at which the gate had counted less than had left the pump. */
  readonly underCounts: number;
  /** What left the pump without a grant, nL. */
  readonly ungrantedNl: number;
  readonly log: LogVerdict;
}

/** An answer of the gate with how often it came. */
export interface ReasonCount {
  readonly answer: Answer;
  readonly reason: string;
  readonly count: number;
}

/** Something of the whole hospital. */
export interface Landmark {
  readonly atMs: number;
  readonly text: string;
}

export interface DayResult {
  readonly seed: string;
  readonly hours: number;
  readonly openedS: number;
  readonly pumps: readonly PumpResult[];
  readonly landmarks: readonly Landmark[];
  readonly libraryNote: string;
  /** What honest people asked of the gate, but for the log server's acknowledgements. */
  readonly decisions: readonly ReasonCount[];
  readonly attacks: readonly TechniqueCount[];
  /** Why the day is not as it must be; empty if it is. */
  readonly problems: readonly string[];
}

/** Reads the logs to their ends, verifies them, and gathers what the day was. */
export function resultOf(ward: Ward): DayResult {
  const pumps = ward.sides.map((side) => pumpResult(ward, side));
  const attacks = [...ward.attacker.techniques].sort((a, b) => a.technique.localeCompare(b.technique));
  const journals = ward.sides.flatMap((side) => faultsOf(side));
  return {
    seed: ward.seed,
    hours: ward.hours,
    openedS: ward.openedS,
    pumps,
    landmarks: landmarksOf(ward),
    libraryNote: UPDATE_NOTE,
    decisions: decisionsOf(pumps),
    attacks,
    problems: [...pumps.flatMap(problemsOf), ...attacks.flatMap(acceptedOf), ...journals],
  };
}

/** Messages of attackers, and those among them that changed anything. */
export function attackTotals(attacks: readonly TechniqueCount[]): { messages: number; accepted: number } {
  const sum = (of: (count: TechniqueCount) => number) => attacks.reduce((total, it) => total + of(it), 0);
  return { messages: sum((it) => it.messages), accepted: sum((it) => it.accepted) };
}

function pumpResult(ward: Ward, side: Bedside): PumpResult {
  const { bed, drug, patient } = side;
  const nonce = new Random(`${ward.seed}/nonce ${side.name}`).bytes(32);
  const evidence = { issued: bed.issued, libraries: ward.libraries(), roots: ward.roots, nonce };
  const log = verifyPump(bed.pump, side.collector, evidence);
  const programs = side.volume.programs();
  const sum = (of: (program: (typeof programs)[number]) => bigint) =>
    Number(programs.reduce((total, program) => total + of(program), 0n));
  const { journal } = bed.pump;
  return {
    name: side.name,
    area: ward.library.areas.find(({ profile }) => profile.area === drug.area)!.profile.name,
    drug: drug.name,
    weightG: patient.weightG,
    unit: side.unit,
    baseUnitsPerUnit: side.baseUnitsPerUnit,
    limits: side.limits,
    doses: dosesOf(side, journal.samples),
    boluses: bolusesOf(journal.samples),
    powerLosses: powerLossesOf(journal.entries),
    happenings: side.happenings,
    retries: side.retries,
    countedNl: sum(({ countedNl }) => countedNl),
    truthNl: sum(({ truthPl }) => truthPl) / 1000,
    underCounts: side.volume.underCounts(),
    ungrantedNl: Number(programs.find(({ generation }) => generation === 0)?.truthPl ?? 0n) / 1000,
    log,
  };
}

/** The granted basal rate as a dose. */
function dosesOf(side: Bedside, samples: readonly Sample[]): DosePoint[] {
  const { drug, patient } = side;
  const perBaseUnit = exactRate({ value: 1, unit: drug.continuous!.unit }, patient, drug.concentration);
  const dosePerRate = Number(perBaseUnit.denominator) / Number(perBaseUnit.numerator);
  const points: DosePoint[] = [];
  let basal = 0;
  for (const { atUs, phase, rateNlPerH, bolusLeftNl } of samples) {
    if (bolusLeftNl === 0n) basal = rateNlPerH;
    const flowing = phase === PHASE.RUNNING ? basal * dosePerRate : 0;
    const dose = phase === PHASE.IDLE ? null : flowing;
    const last = points.at(-1);
    if (last?.dose !== dose || last.phase !== phase) points.push({ atMs: atUs / 1000, phase, dose });
  }
  return points;
}

function bolusesOf(samples: readonly Sample[]): Span[] {
  const spans: Span[] = [];
  let fromMs: number | null = null;
  for (const { atUs, bolusLeftNl } of samples) {
    if (bolusLeftNl > 0n) fromMs ??= atUs / 1000;
    else if (fromMs !== null) {
      spans.push({ fromMs, toMs: atUs / 1000 });
      fromMs = null;
    }
  }
  return spans;
}

/** From a loss to the boot that ended it. */
/** When the pump was without power. */
export function powerLossesOf(entries: readonly JournalEntry[]): Span[] {
  const spans: Span[] = [];
  let fromMs: number | null = null;
  for (const { atUs, kind, text } of entries) {
    if (kind !== "power") continue;
    if (!text.startsWith("on,")) fromMs ??= atUs / 1000;
    else if (fromMs !== null) {
      spans.push({ fromMs, toMs: atUs / 1000 });
      fromMs = null;
    }
  }
  return spans;
}

function decisionsOf(pumps: readonly PumpResult[]): ReasonCount[] {
  const counts = new Map<string, ReasonCount>();
  for (const { actor, kind, answer, reason } of pumps.flatMap(({ happenings }) => happenings)) {
    if (actor === "attacker" || kind === "log" || reason === null) continue;
    const key = `${answer} ${reason}`;
    counts.set(key, { answer, reason, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count || a.reason.localeCompare(b.reason));
}

/** The first time each of them happened at any pump. */
function landmarksOf(ward: Ward): Landmark[] {
  const all = ward.sides.flatMap(({ happenings }) => happenings).sort((a, b) => a.atMs - b.atMs);
  const first = (text: string, is: (it: Happening) => boolean): Landmark[] => {
    const found = all.find((it) => is(it) && it.answer === "DONE");
    return found === undefined ? [] : [{ atMs: found.atMs, text }];
  };
  const version = ward.updates.library?.header.version ?? 0;
  return [
    ...first(
      `library v${version} installed`,
      ({ kind, actor }) => kind === "library" && actor === "pharmacy",
    ),
    ...first(`v${version} active`, ({ what }) => what === `activates library version ${version}`),
    ...first("root v2: a key is taken back", ({ kind }) => kind === "trust"),
  ];
}

function problemsOf(pump: PumpResult): string[] {
  const { name, happenings, underCounts, ungrantedNl, log } = pump;
  const unplanned = happenings.filter(({ asPlanned, actor }) => !asPlanned && actor !== "attacker");
  return [
    ...unplanned.map(({ what, reason }) => `${name}: ${what}: the gate answered ${String(reason)}`),
    ...(underCounts > 0 ? [`${name}: the gate counted less than was delivered, ${underCounts} times`] : []),
    ...(ungrantedNl > 0 ? [`${name}: ${ungrantedNl} nL were delivered without a grant`] : []),
    ...log.faults.map((fault) => `${name}: log: ${fault}`),
    ...(log.ok || log.faults.length > 0 ? [] : [`${name}: the log does not verify`]),
  ];
}

function acceptedOf({ technique, accepted }: TechniqueCount): string[] {
  return accepted > 0 ? [`attack accepted, ${accepted} times: ${technique}`] : [];
}

function faultsOf(side: Bedside): string[] {
  const faults = side.bed.pump.journal.entries.filter(({ kind }) => kind === "fault");
  return faults.map(({ text }) => `${side.name}: fault: ${text}`);
}
