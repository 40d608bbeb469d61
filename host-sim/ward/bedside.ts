/**
 * One place of the ward through a day: a bed with its pump, the people who act there, the log server, and the attacker on its
 * network. It keeps the pump's clock in step with the ward's and writes down what was asked and what the gate answered.
 */
import { formatDoseUnit, parseVolumeNl } from "../authority/dose.js";
import type { Drug } from "../authority/library/model.js";
import { Random } from "../device/random.js";
import type { Ended, Judged } from "../gate/gate.js";
import { LIMIT_NAMES, PHASE, verdictName, type LocalActionName } from "../gate/names.js";
import { STATUS, statusName } from "../gate/status.js";
import type { PanelOptions } from "../pump/pump.js";
import type { Captured } from "./attacker.js";
import type { Bed, Patient } from "./bed.js";
import type { Care } from "./care.js";
import { LogCollector } from "./collector.js";
import type { Sent } from "./desk.js";

import {
  type Actor,
  type Answer,
  type Expected,
  type Happening,
  type HappeningKind,
  isExpected,
} from "./happening.js";
import { VolumeCheck } from "./volume-check.js";

/** What is asked of the gate, for the report. */
export interface Ask {
  readonly actor: Actor;
  readonly kind: HappeningKind;
  readonly what: string;
  /** Status that the plan of the day expects. */
  readonly expect: Expected;
  /** In base units. */
  readonly dose?: number;
}

/** Limits of a dose over time: those of the library the pump had active. */
export interface LimitsSpan {
  readonly fromMs: number;
  readonly libraryVersion: number;
  readonly hardMin: number | null;
  readonly softMin: number | null;
  readonly softMax: number | null;
  readonly hardMax: number | null;
}

const RETRIES_MAX = 4;
/** A known key's own slot comes back after 10 s, a port's token after 2 s (SPEC 7). */
const RETRY_AFTER_MS = 12_000;

export class Bedside {
  readonly happenings: Happening[] = [];
  readonly limits: LimitsSpan[] = [];
  readonly collector: LogCollector;
  readonly volume: VolumeCheck;
  readonly random: Random;
  readonly drug: Drug;
  /** Honest messages that had to be sent again because a flood had used the port's budget up. */
  retries = 0;
  /** Dose in force, in base units. */
  dose = 0;
  /** Told of every order that passed over the network with its verdict. */
  onOrder: ((message: Captured) => void) | null = null;

  constructor(
    readonly bed: Bed,
    readonly care: Care,
    readonly patient: Patient,
    seed: string,
  ) {
    this.random = new Random(`${seed}/${bed.name}`);
    this.collector = new LogCollector(bed.issued.deviceId);
    this.volume = new VolumeCheck(bed.pump);
    this.drug = bed.library.find(care.area, drugCode(bed, care), care.variant).drug;
  }

  get name(): string {
    return this.bed.name;
  }

  get nowMs(): number {
    return this.bed.device.clock.elapsedUs / 1000;
  }

  /** "mcg/kg/min" */
  get unit(): string {
    return formatDoseUnit(this.#continuous.unit);
  }

  /** Base units in one of the unit's amount. */
  get baseUnitsPerUnit(): number {
    return Number(this.#continuous.unit.amount.baseUnits);
  }

  get #continuous() {
    const { continuous } = this.drug;
    if (continuous === undefined) throw new RangeError(`${this.drug.name} is not given continuously`);
    return continuous;
  }

  /** Lets the pump run up to the ward's time; it may be ahead by the time its last work took. */
  catchUp(nowMs: number): void {
    const behindMs = nowMs - this.nowMs;
    if (behindMs > 0) this.bed.pump.runFor(behindMs);
  }

  // --- asking the gate ------------------------------------------------------------------------------------------

  /** Sends an honest message, again if the network's budget was used up, and writes down the answer. */
  ask<T extends Judged>(ask: Ask, send: () => T): T {
    let judged = send();
    for (let retry = 0; retry < RETRIES_MAX && isPassing(judged.status); retry++) {
      this.retries++;
      this.bed.pump.runFor(RETRY_AFTER_MS);
      if (judged.status === STATUS.SESSION) this.bed.desk.open();
      judged = send();
    }
    this.note(ask, answerOf(judged), statusName(judged.status), limitOf(judged));
    if (isSent(judged) && judged.verdict !== null) {
      this.onOrder?.({ record: judged.submission.record, verdict: judged.verdict });
    }
    const titrated = ask.kind === "start" || ask.kind === "titrate" || ask.kind === "approval";
    if (judged.status === STATUS.OK && titrated && ask.dose !== undefined) this.dose = ask.dose;
    return judged;
  }

  /** Hands over a library or a root document, again if strangers had used up the budget of updates. */
  deliver(ask: Ask, send: () => Ended): Ended {
    let ended = send();
    for (let retry = 0; retry < RETRIES_MAX && isPassing(ended.status); retry++) {
      this.retries++;
      this.bed.pump.runFor(RETRY_AFTER_MS);
      ended = send();
    }
    this.note(ask, ended.status === STATUS.OK ? "DONE" : "REFUSED", statusName(ended.status));
    return ended;
  }

  /** A hand at the panel. */
  panel(ask: Omit<Ask, "kind" | "actor">, name: LocalActionName, options: PanelOptions = {}): number {
    const { status } = this.bed.pump.panel(name, options);
    const reason = statusName(status);
    this.note({ ...ask, actor: "nurse", kind: "panel" }, status === STATUS.OK ? "DONE" : "REFUSED", reason);
    if (status === STATUS.OK && ask.dose !== undefined) this.dose = ask.dose;
    return status;
  }

  note(ask: Ask, answer: Answer, reason: string | null, limit: string | null = null): void {
    const { actor, kind, what, expect, dose = null } = ask;
    const asPlanned = reason === null || isExpected(reason, expect);
    this.happenings.push({ atMs: this.nowMs, actor, kind, what, answer, reason, limit, dose, asPlanned });
  }

  /** Something that was not asked of the gate. */
  tell(actor: Actor, kind: HappeningKind, what: string): void {
    this.note({ actor, kind, what, expect: [] }, "DONE", null);
  }

  // --- care -----------------------------------------------------------------------------------------------------

  /** The nurse sees to it that the infusion runs: a new bag where one has ended, restored where it stands. */
  keepRunning(): boolean {
    const { pump } = this.bed;
    if (!pump.on) return false;
    let { phase } = pump.inspect();
    if (phase === PHASE.COMPLETE || phase === PHASE.KVO) {
      this.newBag("panel");
      phase = pump.inspect().phase;
    }
    if (phase === PHASE.PAUSED) {
      const { token } = this.patient;
      this.panel({ what: "restores the infusion", expect: "OK" }, "RESTORE", { patientToken: token });
      phase = pump.inspect().phase;
    }
    return phase === PHASE.RUNNING;
  }

  /** Ready for the next order: no bolus under way, the infusion running. */
  ready(): boolean {
    this.waitForBolus();
    return this.keepRunning();
  }

  /** A full bag, by the nurse's signature or at the panel. */
  newBag(how: "signed" | "panel"): void {
    const { bag } = this.care;
    const volumeNl = parseVolumeNl(bag);
    if (how === "panel") {
      this.panel({ what: `hangs a new bag of ${bag}`, expect: "OK" }, "NEW_BAG", { value: BigInt(volumeNl) });
      return;
    }
    const ask: Ask = { actor: "nurse", kind: "bedside", what: `new bag of ${bag}, signed`, expect: "OK" };
    this.ask(ask, () => this.bed.command({ kind: "new bag", vtbiNl: volumeNl }));
  }

  /** The patient presses the button. */
  demand(expect: Expected): number {
    return this.panel({ what: "the patient asks for a dose", expect }, "DEMAND");
  }

  /** The patient was weighed again while the pump runs: signed by the nurse, and confirmed at the panel. */
  measure(patient: Patient): void {
    const what = `weight ${patient.weightG} g, body surface ${patient.bsaCm2} cm2`;
    this.ask({ actor: "nurse", kind: "bedside", what, expect: "OK" }, () => this.bed.associate(patient));
    if (this.bed.pump.inspect().weightNextG === 0) return;
    this.panel({ what: `confirms ${what}`, expect: "OK" }, "MEASURES");
  }

  /** Somebody has seen that the program went on by itself after a reset. */
  acknowledgeRestart(): number {
    return this.panel({ what: "has seen the restart", expect: "OK" }, "ACKNOWLEDGE");
  }

  /** An order at the panel that nobody signs, and the second step of it. Returns what became of it. */
  emergency(ask: Omit<Ask, "kind" | "actor">, send: () => Sent, reasonCode = 1): number {
    const waiting = send();
    if (waiting.status !== STATUS.CONFIRM_NEEDED || waiting.verdict === null) {
      this.note({ ...ask, actor: "nurse", kind: "panel" }, answerOf(waiting), statusName(waiting.status));
      return waiting.status;
    }
    return this.panel(ask, "OVERRIDE", { mask: waiting.verdict.softMask, reasonCode });
  }

  /** Waits until no bolus runs, for at most an hour. */
  private waitForBolus(): void {
    for (let minute = 0; minute < 60 && this.bed.pump.inspect().bolusLeftNl > 0n; minute++) {
      this.bed.pump.runFor(60_000);
    }
  }

  /** The limits in force from now on. */
  limitsNow(library = this.bed.library): void {
    const { area, drug, variant } = this.drug;
    const now = library.find(area, drug, variant).drug.continuous?.bounds ?? {};
    this.limits.push({
      fromMs: this.nowMs,
      libraryVersion: library.header.version,
      hardMin: now.hardMin ?? null,
      softMin: now.softMin ?? null,
      softMax: now.softMax ?? null,
      hardMax: now.hardMax ?? null,
    });
  }

  /** Reads the log and acknowledges it with the engineer's key. */
  readLog(): void {
    const { bed, collector } = this;
    if (!bed.pump.on) return;
    collector.collect(bed.pump);
    for (const stream of [0, 1] as const) {
      const last = collector.last(stream);
      const what = `log ${stream === 0 ? "of decisions" : "of the meter"} read up to ${last}`;
      const ask: Ask = { actor: "engineer", kind: "log", what, expect: "OK" };
      if (last >= 0) this.ask(ask, () => bed.acknowledge(stream, last));
    }
  }
}

/** Refusals that say "not now" or "another session", never "no". */
function isPassing(status: number): boolean {
  return status === STATUS.THROTTLED || status === STATUS.SESSION || status === STATUS.STORE_BUSY;
}

function isSent(judged: Judged): judged is Sent {
  return "submission" in judged;
}

function answerOf({ verdict }: Judged): Answer {
  return verdict === null ? "REFUSED" : (verdictName(verdict.verdict) ?? "REFUSED");
}

function limitOf({ verdict }: Judged): string | null {
  return verdict === null ? null : (LIMIT_NAMES[verdict.limit] ?? null);
}

function drugCode(bed: Bed, care: Care): number {
  const found = bed.library
    .named(care.drug)
    .find(({ area, variant }) => area === care.area && variant === care.variant);
  if (found === undefined) throw new RangeError(`area ${care.area} has no ${care.drug} ${care.variant}`);
  return found.drug;
}
