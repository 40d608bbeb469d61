/**
 * Tells a story at one bed: everything asked of the gate is a step with the answer that the story needs, and what a limit held is written
 * down with its figures. An answer that differs does not end the story; it makes it fail.
 */
import {
  formatDuration,
  formatRate,
  formatVolume,
  parseDurationS,
  parseVolumeNl,
} from "../../authority/quantity.js";
import { parseDose } from "../../authority/dose.js";
import type { CompiledLibrary } from "../../authority/library/compile.js";
import type { Judged } from "../../gate/gate.js";
import { alarmNames, LIMIT_NAMES, type LocalActionName } from "../../gate/names.js";
import type { State } from "../../gate/records.js";
import { type StatusName, statusName } from "../../gate/status.js";
import type { PanelAnswer, PanelOptions } from "../../pump/pump.js";
import { Bed, type BedOptions, type Patient, patientToken } from "../bed.js";
import { LogCollector, verifyPump } from "../collector.js";
import { Hospital, type HospitalOptions } from "../hospital.js";
import { powerLossesOf } from "../result.js";
import { answerText, type StoryStep } from "../story.js";
import { namedRoot, OPENED_S } from "../ward.js";
import type { Figure, HeldLimit, RatePoint, StoryResult, WindowSeries } from "./result.js";

/** What every story needs to know. */
export interface Telling {
  readonly seed: string;
  readonly module: WebAssembly.Module;
  readonly library: CompiledLibrary;
  /** Told of every step as it ends. */
  readonly onStep?: (step: StoryStep) => void;
}

/** Who lies in the bed, and what the hospital allows. */
export interface Scene {
  readonly patient: Omit<Patient, "token">;
  readonly setId?: number;
  readonly hospital?: Partial<HospitalOptions>;
  readonly device?: BedOptions["device"];
}

/** A limit that must hold: its name, what is asked of it, and its bound. */
export interface Holds {
  readonly limit: string;
  readonly asked: Figure;
  readonly bound: Figure;
  /** Default LIMIT_HARD. */
  readonly reason?: StatusName;
}

export const duration = (text: string): Figure => ({ text, value: parseDurationS(text) });
export const dose = (text: string): Figure => ({ text, value: parseDose(text).value });
export const volume = (text: string): Figure => ({ text, value: parseVolumeNl(text) });
export const seconds = (value: number): Figure => ({ text: formatDuration(value), value });

/** What has not come within half a day does not come. */
const WAIT_MS_MAX = 12 * 3_600_000;
const WAIT_STEP_MS = 5_000;

export class Teller {
  readonly bed: Bed;
  readonly patient: Patient;
  /** Sums of windows over time, if the story has any. */
  windows: WindowSeries[] = [];
  readonly #steps: StoryStep[] = [];
  readonly #limits: HeldLimit[] = [];
  readonly #collector: LogCollector;
  #underCounts = 0;
  #samplesSeen = 0;
  #counts = 0;
  readonly #telling: Telling;
  readonly #beganMs: number;
  readonly #name: string;

  constructor(name: string, scene: Scene, telling: Telling) {
    const { seed, module, library } = telling;
    const hospital = new Hospital({ seed: `${seed}/${name}`, library, nowS: OPENED_S, ...scene.hospital });
    this.#name = name;
    this.#telling = telling;
    this.bed = Bed.ready({
      name: `story ${name}`,
      hospital,
      library,
      module,
      ...(scene.setId !== undefined && { setId: scene.setId }),
      device: { seed: `${seed}/device ${name}`, ...scene.device },
    });
    this.patient = { token: patientToken(name), ...scene.patient };
    this.#collector = new LogCollector(this.bed.issued.deviceId);
    this.#beganMs = this.bed.device.clock.elapsedUs / 1000;
    this.judged("the nurse associates the patient", this.bed.associate(this.patient));
  }

  /** Time since the story began. */
  get nowMs(): number {
    return this.bed.device.clock.elapsedUs / 1000 - this.#beganMs;
  }

  get state(): State {
    return this.bed.pump.inspect();
  }

  runFor(ms: number): void {
    this.bed.pump.runFor(ms);
  }

  /** Lets time pass until `until` holds; a story that waits in vain fails. */
  wait(what: string, until: (state: State) => boolean): void {
    const from = this.nowMs;
    while (!until(this.state) && this.nowMs - from < WAIT_MS_MAX) this.runFor(WAIT_STEP_MS);
    this.check(what, `after ${((this.nowMs - from) / 60_000).toFixed(0)} min`, until(this.state));
  }

  // --- steps ----------------------------------------------------------------------------------------------------

  /** A command or approval. */
  judged<T extends Judged>(what: string, answer: T, expect: StatusName = "OK"): T {
    this.#step(what, answerText(answer), statusName(answer.status) === expect);
    return answer;
  }

  /** One that a limit stops: the verdict must name this limit and this bound. */
  held<T extends Judged>(what: string, answer: T, holds: Holds): T {
    const { verdict, status } = answer;
    const limit = verdict === null ? undefined : LIMIT_NAMES[verdict.limit];
    const named = limit === holds.limit && statusName(status) === (holds.reason ?? "LIMIT_HARD");
    const bound = Number(verdict?.bound ?? 0);
    const other = named && bound !== holds.bound.value ? `, bound ${bound}, not ${holds.bound.value}` : "";
    this.limit(what, answerText(answer) + other, named && other === "", holds);
    return answer;
  }

  /** A hand at the panel. */
  panel(
    what: string,
    name: LocalActionName,
    options: PanelOptions = {},
    expect: StatusName = "OK",
  ): PanelAnswer {
    const answer = this.bed.pump.panel(name, options);
    this.#step(what, statusName(answer.status), statusName(answer.status) === expect);
    return answer;
  }

  /** What is found must be what the story needs. */
  is(what: string, found: string, wanted: string): void {
    const same = found === wanted;
    this.#step(what, same ? found : `${found}, not ${wanted}`, same);
  }

  /** Something else that must be so. */
  check(what: string, answer: string, ok: boolean): void {
    this.#step(what, answer, ok);
  }

  /** Every alarm that stands, and no other, by its name. */
  alarms(what: string, ...wanted: readonly string[]): void {
    const standing = this.bed.pump.grant?.alarms ?? this.bed.pump.inspect().alarms;
    this.is(what, alarmNames(standing).join(", ") || "no alarm", wanted.join(", ") || "no alarm");
  }

  /** The rate that the gate has in force. */
  rate(what: string, wanted: string): void {
    this.is(what, formatRate(Number(this.state.rateNlPerH)), wanted);
  }

  /** A limit that held, however that was told. */
  limit(what: string, answer: string, ok: boolean, { limit, asked, bound, reason }: Holds): void {
    this.#step(what, answer, ok);
    const soft = reason === "LIMIT_SOFT";
    if (ok) this.#limits.push({ atMs: this.nowMs, what, limit, soft, asked, bound });
  }

  #step(what: string, answer: string, asPlanned: boolean): void {
    const step = { atMs: this.nowMs, what, answer, asPlanned };
    this.#steps.push(step);
    this.#telling.onStep?.(step);
  }

  // --- counting -------------------------------------------------------------------------------------------------

  /** The end of a program, and its count. */
  stop(also: readonly number[] = []): void {
    this.panel("the nurse stops the infusion", "STOP");
    this.runFor(2000);
    this.count(also);
  }

  /**
   * Compares the gate's count with what left the pump, now and in every sample since the last time. `also`: generations that the
   * present one goes on from.
   */
  count(also: readonly number[] = []): void {
    const { account, journal } = this.bed.pump;
    const { generation, deliveredNl } = this.state;
    const truthPl = [generation, ...also].reduce((sum, it) => sum + account.deliveredPl(it), 0n);
    // A sample without a grant has the number of the program before it.
    const fresh = journal.samples.slice(this.#samplesSeen).filter(({ rateNlPerH }) => rateNlPerH > 0);
    this.#underCounts += fresh.filter((sample) => sample.deliveredNl * 1000n < sample.truthPl).length;
    this.#underCounts += deliveredNl * 1000n < truthPl ? 1 : 0;
    this.#samplesSeen = journal.samples.length;
    this.#counts += 1;
  }

  // --- the end --------------------------------------------------------------------------------------------------

  /** Reads and verifies the log and compares the volumes. */
  end(title: string): StoryResult {
    const name = this.#name;
    const log = this.#log();
    const under = this.#underCounts;
    const leftNl = Number(this.bed.pump.account.totalPl / 1000n);
    const counted = `${formatVolume(leftNl)} left the pump: counted too low`;
    this.check(counted, under === 0 ? "never" : `${under} times`, under === 0 && this.#counts > 0);
    const records = log.decisionRecords + log.meterRecords;
    const judged = `${log.recomputed} of ${log.judged} verdicts judged again`;
    this.check(
      `the sealed log: ${records} records, ${judged}`,
      log.ok ? "verifies" : log.faults.join("; "),
      log.ok,
    );
    const wrong = this.#steps.filter(({ asPlanned }) => !asPlanned);
    return {
      name,
      title,
      steps: this.#steps,
      limits: this.#limits,
      rates: this.#rates(),
      windows: this.windows,
      powerLosses: powerLossesOf(this.bed.pump.journal.entries)
        .map(({ fromMs, toMs }) => ({ fromMs: fromMs - this.#beganMs, toMs: toMs - this.#beganMs }))
        .filter(({ fromMs }) => fromMs >= 0),
      lastsMs: this.nowMs,
      log,
      problems: wrong.map(({ what, answer }) => `story ${name}: ${what}: ${answer}`),
    };
  }

  #log() {
    const { issued, library, hospital, pump } = this.bed;
    const nonce = new Uint8Array(32).fill(0x5a);
    const roots = [namedRoot(hospital)];
    return verifyPump(pump, this.#collector, { issued, libraries: [library], roots, nonce });
  }

  /** The rate that the grants allowed, bolus and all; of an empty bag they allow nothing. */
  #rates(): RatePoint[] {
    return this.bed.pump.journal.samples.map(({ atUs, rateNlPerH, generation, bagLeftNl }) => ({
      atMs: atUs / 1000 - this.#beganMs,
      rateNlPerH: bagLeftNl === 0n ? 0 : rateNlPerH,
      generation,
    }));
  }
}
