/**
 * A trace: operations on a pump whose gate is the one that ships, and beside it the reference (host-sim/model). After each operation both must
 * say the same. The reference is told what only the motor and the flash can know: the volume delivered, and when a record of it was written.
 */
import { toHex } from "../../host-sim/authority/bytes.js";
import type { CommandBody } from "../../host-sim/authority/command.js";
import type { Drug } from "../../host-sim/authority/library/model.js";
import { LOCAL_ACTION, type LocalActionName, verdictName } from "../../host-sim/gate/names.js";
import type { State } from "../../host-sim/gate/records.js";
import { statusName } from "../../host-sim/gate/status.js";
import { KIND, VERDICT } from "../../host-sim/model/judgement.js";
import { ANSWER, type Answer, PHASE, ReferenceGate, type Seen } from "../../host-sim/model/program.js";
import { type Order, stepStarts } from "../../host-sim/model/order.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { ML, PATIENT, send } from "../support/ward.js";
import { type Beginning, beginning, type Furthering, furthering } from "./bodies.js";
import { check, Difference, same } from "./compare.js";
import { DRUGS, type Fixture, mg } from "./fixture.js";
import type { Operation } from "./operations.js";
import { orderOf } from "./orders.js";

/** What came up in all traces: names with counts. */
export type Tally = Map<string, number>;

/** The reference, or one with a flaw: a control. */
export type MakeReference = () => ReferenceGate;

/** One trace; throws Difference. */
export class Trace {
  readonly #bed: Bed;
  readonly #model: ReferenceGate;
  readonly #tally: Tally;
  #orders = 0;
  #orderId = new Uint8Array(16);
  #drug: Drug | undefined;
  #clockOffsetMs = 0n;

  constructor({ bed, snapshot }: Fixture, tally: Tally, make: MakeReference = () => new ReferenceGate()) {
    snapshot.restore();
    this.#bed = bed;
    this.#tally = tally;
    this.#model = make();
    this.#model.patient = toHex(PATIENT.token);
    this.#model.weightG = PATIENT.weightG;
    this.#model.bsaCm2 = PATIENT.bsaCm2;
    this.#bed.desk.open();
    this.#tick(0);
    this.#setClock();
  }

  run(trace: readonly Operation[]): void {
    for (const [i, operation] of trace.entries()) {
      try {
        this.#tick(0);
        this.#perform(operation);
        this.#tick(0);
        this.#compareState();
      } catch (error) {
        if (!(error instanceof Difference)) throw error;
        throw new Difference(`operation ${i} ${JSON.stringify(operation)}: ${error.message}`);
      }
    }
  }

  // --- time and observation -----------------------------------------------------------------------------------

  #uptimeMs(): bigint {
    return this.#bed.device.clock.uptimeMs();
  }

  #state(): State {
    return this.#bed.pump.inspect();
  }

  /** The ledger's clock begins where flash had it, and runs in whole seconds of uptime. */
  #setClock(): void {
    const clock = BigInt(this.#state().ledgerClockS);
    this.#model.ledger.clockS = clock;
    this.#clockOffsetMs = clock * 1000n - this.#uptimeMs();
  }

  /** Lets time pass and reports the motor; tells the reference of a record. */
  #tick(ms: number): void {
    const { device, pump } = this.#bed;
    const before = this.#state();
    device.clock.advanceUs(ms * 1000);
    if (this.#clockOffsetMs !== 0n || ms > 0) {
      this.#model.ledger.clockS = (this.#uptimeMs() + this.#clockOffsetMs) / 1000n;
    }
    pump.tick();
    this.#observe(before);
    pump.gate.work(64);
  }

  #observe(before: State): void {
    const after = this.#state();
    if (after.meterNextSequence !== before.meterNextSequence) this.#model.recorded(after.deliveredNl);
    const account = this.#model.program?.account;
    const loadingNl = BigInt(this.#model.program?.order.inputs.loading?.volumeNl ?? 0);
    const loaded = before.deliveredNl < loadingNl && after.deliveredNl >= loadingNl;
    if (account && (loaded || (before.bolusLeftNl > 0n && after.bolusLeftNl === 0n))) {
      account.doseEndS = this.#model.ledger.clockS;
    }
  }

  #seen(): Seen {
    const s = this.#state();
    this.#compareStep(s);
    return {
      phase: s.phase,
      deliveredNl: s.deliveredNl,
      bolusLeftNl: s.bolusLeftNl,
      alarms: s.alarms,
      uptimeMs: this.#uptimeMs(),
      rateNlPerH: s.rateNlPerH,
      permittedNlPerH: s.permittedRateNlPerH,
      step: s.step,
    };
  }

  /** The step in force follows from the volume; only a bolus or a program that stands still may hold it back (SPEC 6.1). */
  #compareStep(state: State): void {
    const { program } = this.#model;
    if (!program || state.phase === PHASE.idle) return;
    const due = stepStarts(program.order).filter((from) => from <= state.deliveredNl).length;
    const held = state.phase !== PHASE.running || state.bolusLeftNl > 0n;
    if (state.step > due || (!held && state.step !== due)) {
      throw new Difference(`step ${state.step} is in force, expected ${held ? "at most " : ""}${due}`);
    }
  }

  #compareState(): void {
    const state = this.#state();
    const model = this.#model;
    same("ledger clock", BigInt(state.ledgerClockS), model.ledger.clockS);
    if (!model.program || state.phase === PHASE.idle) return;
    const had = [state.window1h, state.window2h, state.window4h, state.window24h];
    had.forEach((sum, i) => same(`window ${i}`, sum, model.hadIn(i as 0, state.deliveredNl)));
    const caps = [state.cap1h, state.cap2h, state.cap4h, state.cap24h];
    caps.forEach((cap, i) => same(`cap ${i}`, cap, model.program!.caps[i] ?? 0n));
  }

  #count(name: string): void {
    this.#tally.set(name, (this.#tally.get(name) ?? 0) + 1);
  }

  // --- operations ---------------------------------------------------------------------------------------------

  #perform(operation: Operation): void {
    switch (operation.op) {
      case "ticks":
        for (let i = 0; i < operation.count; i++) this.#tick(4000);
        return;
      case "gap":
        this.#tick(operation.minutes * 60_000);
        return;
      case "start":
      case "pca":
      case "intermittent": {
        this.#begin(operation);
        return;
      }
      case "titrate":
      case "bolus":
      case "loading": {
        this.#more(operation);
        return;
      }
      case "new bag": {
        this.#bag(operation.vtbi, false);
        return;
      }
      case "panel bag": {
        this.#bag(operation.vtbi, true);
        return;
      }
      case "TITRATE": {
        this.#panelTitrate(mg(operation.dose) + operation.near);
        return;
      }
      case "REDUCE": {
        this.#panel("REDUCE", this.#model.reduce(BigInt(operation.rate * ML), this.#seen()), {
          value: BigInt(operation.rate * ML),
        });
        return;
      }
      case "DEMAND": {
        this.#demand();
        return;
      }
      case "OVERRIDE": {
        this.#override();
        return;
      }
      case "reset": {
        this.#reset();
        return;
      }
      default: {
        this.#phaseChange(operation.op);
        return;
      }
    }
  }

  /** Pause, resume, stop, signed or at the panel. */
  #phaseChange(op: "pause" | "resume" | "stop" | "STOP" | "PAUSE" | "RESTORE"): void {
    const seen = this.#seen();
    const p = this.#model.program;
    const bagLeft = p ? p.bagEndNl > seen.deliveredNl : false;
    const stops = op === "stop" || op === "STOP";
    let status: number = ANSWER.ok;
    if (stops) {
      status =
        seen.phase !== PHASE.idle || seen.alarms !== 0 || this.#model.pending ? ANSWER.ok : ANSWER.phase;
    }
    if (op === "pause" || op === "PAUSE") status = seen.phase === PHASE.running ? ANSWER.ok : ANSWER.phase;
    if (op === "resume") status = seen.phase === PHASE.paused && bagLeft ? ANSWER.ok : ANSWER.phase;
    if (op === "STOP" || op === "PAUSE") {
      this.#panel(op, { status, limit: 0 });
    } else if (op === "RESTORE") {
      this.#restore(seen, bagLeft);
      return;
    } else {
      const judged = send(this.#bed, { kind: op }, { orderId: this.#orderId });
      this.#count(`${op} ${statusName(judged.status)}`);
      same(`status of ${op}`, statusName(judged.status), statusName(status));
    }
    if (status !== ANSWER.ok) return;
    if (stops || op === "pause" || op === "PAUSE") this.#doseDropped(seen);
    if (stops) this.#model.pending = undefined;
    // The account closes one report after the last grant.
    if (stops || op === "pause" || op === "PAUSE") for (let i = 0; i < 3; i++) this.#tick(4000);
  }

  /** What stops flow drops the rest of a dose: it ends now. */
  #doseDropped(seen: Seen): void {
    const account = this.#model.program?.account;
    // Rounded up: a lockout is never shorter than it says.
    if (account && seen.bolusLeftNl > 0n) {
      account.doseEndS = (this.#uptimeMs() + this.#clockOffsetMs + 999n) / 1000n;
    }
  }

  #restore(seen: Seen, bagLeft: boolean): void {
    const lowered = seen.rateNlPerH < seen.permittedNlPerH;
    let status: number = ANSWER.phase;
    if (seen.phase === PHASE.running) status = lowered ? this.#model.besideBolus(seen) : ANSWER.notReduced;
    if (seen.phase === PHASE.paused) status = ANSWER.confirm;
    const answer = this.#bed.pump.gate.local({ action: LOCAL_ACTION.RESTORE, patientToken: PATIENT.token });
    this.#count(`RESTORE ${statusName(answer.status)}`);
    same("status of RESTORE", statusName(answer.status), statusName(status));
    if (status !== ANSWER.confirm) return;
    const done = this.#bed.pump.gate.confirm(answer.result!.nonce);
    same(
      "status of CONFIRM",
      statusName(done.status),
      statusName(seen.phase === PHASE.paused && !bagLeft ? ANSWER.phase : ANSWER.ok),
    );
  }

  #panel(
    action: LocalActionName,
    expected: Answer,
    fields: { value?: bigint; mask?: number; reasonCode?: number } = {},
  ): void {
    const { gate } = this.#bed.pump;
    let answer = gate.local({ action: LOCAL_ACTION[action], patientToken: PATIENT.token, ...fields });
    if (expected.status === ANSWER.ok && answer.status === ANSWER.confirm) {
      answer = gate.confirm(answer.result!.nonce);
    }
    this.#count(`${action} ${statusName(answer.status)}`);
    same(`status of ${action}`, statusName(answer.status), statusName(expected.status));
    if (expected.limit !== 0) same(`limit of ${action}`, answer.result!.limit, expected.limit);
  }

  #panelTitrate(dose: number): void {
    const first = this.#model.titrate(BigInt(dose), this.#seen(), false);
    const expected =
      first.status === ANSWER.confirm ? this.#model.titrate(BigInt(dose), this.#seen(), true) : first;
    this.#panel("TITRATE", expected, { value: BigInt(dose) });
  }

  #bag(vtbiMl: number, atPanel: boolean): void {
    const vtbiNl = BigInt(vtbiMl * ML);
    const expected = this.#model.newBag(vtbiNl, this.#seen(), true);
    if (atPanel) {
      this.#panel("NEW_BAG", expected, { value: vtbiNl });
      return;
    }
    const judged = send(this.#bed, { kind: "new bag", vtbiNl: Number(vtbiNl) }, { orderId: this.#orderId });
    this.#count(`new bag ${statusName(judged.status)}`);
    same("status of new bag", statusName(judged.status), statusName(expected.status));
  }

  #demand(): void {
    const left = this.#model.lockoutLeftS();
    const real = BigInt(this.#state().lockoutLeftS);
    // An expected end and a real one may differ by what a motor step holds back; its boundary is met elsewhere, to the second.
    const underWay = this.#seen().bolusLeftNl > 0n || this.#model.program?.order.inputs.pca === undefined;
    // Two reports of 4 s may pass until the gate calls a dose ended: later, never earlier.
    if (!underWay && (left > real + 3n || real > left + 10n)) {
      throw new Difference(`lockout left is ${real} s, expected ${left} s`);
    }
    if (!underWay && (left === 0n) !== (real === 0n)) return;
    // So it is with a dose that has just ended: for a report or two the gate may still call it under way.
    const end = this.#model.program?.account?.doseEndS ?? 0n;
    if (end !== 0n && end + 5n > this.#model.ledger.clockS && this.#seen().bolusLeftNl === 0n) return;
    const seen = this.#seen();
    const expected = this.#model.demand(seen);
    this.#panel("DEMAND", expected);
    if (expected.status === ANSWER.ok) this.#doseBegins(this.#model.program!.order.inputs.pca!);
  }

  /** The expected end of a dose, rounded up to a second. */
  #doseBegins({ volumeNl, rateNlPerH }: { readonly volumeNl: number; readonly rateNlPerH: number }): void {
    this.#tick(0);
    const account = this.#model.program?.account;
    const seconds = (BigInt(volumeNl) * 3600n + BigInt(rateNlPerH) - 1n) / BigInt(rateNlPerH);
    if (account) account.doseEndS = this.#model.ledger.clockS + seconds;
  }

  #reset(): void {
    const before = this.#state();
    const { bed } = this;
    bed.pump.powerCycle({ offMs: 1000 }, { offMs: 1000 });
    const after = this.#state();
    if (BigInt(after.ledgerClockS) > this.#model.ledger.clockS) {
      throw new Difference("a reset made the ledger's clock run ahead");
    }
    if (after.deliveredNl < before.deliveredNl && before.phase !== PHASE.idle) {
      throw new Difference("a reset forgot volume");
    }
    this.#model.ledger.reset(BigInt(after.ledgerClockS), 0n);
    // A dose that was under way ended by now, if it was not expected to end later (SPEC 6.3).
    const account = this.#model.program?.account;
    const now = this.#model.ledger.clockS;
    if (before.bolusLeftNl > 0n && account && account.doseEndS < now) account.doseEndS = now;
    this.#model.recorded(after.deliveredNl);
    this.#model.pending = undefined;
    const p = this.#model.program;
    if (p) [p.titratedMs, p.stepMs] = [this.#uptimeMs(), this.#uptimeMs()];
    this.#clockOffsetMs = BigInt(after.ledgerClockS) * 1000n - this.#uptimeMs();
    this.#count("reset");
    bed.desk.open();
  }

  get bed(): Bed {
    return this.#bed;
  }

  #override(): void {
    const { pending } = this.#model;
    const seen = this.#seen();
    const active = pending !== undefined && seen.uptimeMs <= pending.untilMs;
    const fields = { mask: pending?.mask ?? 0, reasonCode: 3 };
    const first = this.#bed.pump.gate.local({
      action: LOCAL_ACTION.OVERRIDE,
      patientToken: PATIENT.token,
      ...fields,
    });
    same("first step of OVERRIDE", statusName(first.status), statusName(ANSWER.confirm));
    const done = this.#bed.pump.gate.confirm(first.result!.nonce);
    this.#count(`OVERRIDE ${statusName(done.status)}`);
    if (!active) {
      same("status of OVERRIDE", statusName(done.status), statusName(ANSWER.pendingNone));
      return;
    }
    this.#model.pending = undefined;
    const expected = this.#model.order(pending.order, seen, pending.mask);
    const allowed =
      expected.verdict === VERDICT.permit ? [ANSWER.ok] : expected.causes.map(({ status }) => status);
    if (!allowed.includes(done.status)) {
      throw new Difference(
        `OVERRIDE answers ${statusName(done.status)}, expected ${allowed.map(statusName).join(" or ")}`,
      );
    }
    // More is broken by now than was waived: it waits for an answer to all of it.
    if (expected.verdict === VERDICT.needsOverride) {
      this.#model.pending = { ...pending, mask: expected.softMask };
    }
    if (expected.verdict === VERDICT.permit) this.#afterPermit(pending.order);
  }

  // --- orders -------------------------------------------------------------------------------------------------

  #begin(operation: Beginning): void {
    const meant = DRUGS[operation.op === "start" ? operation.drug : 0]!;
    this.#orders++;
    const orderId = new Uint8Array(16).fill(this.#orders % 256);
    const body = beginning(operation, meant, this.#bed.library);
    const order = orderOf(body, meant, toHex(orderId), this.#bed.issued.pumpClass);
    this.#send(body, order, orderId, () => {
      this.#orderId = orderId;
      this.#drug = meant;
    });
  }

  #more(operation: Furthering): void {
    const meant = this.#drug ?? DRUGS[0]!;
    const body = furthering(operation, meant, this.#bed.library);
    const order = orderOf(body, meant, toHex(this.#orderId), this.#bed.issued.pumpClass, this.#model);
    this.#send(body, order, this.#orderId, () => undefined);
  }

  #send(body: CommandBody, order: Order, orderId: Uint8Array, permitted: () => void): void {
    const seen = this.#seen();
    const expected = this.#model.order(order, seen);
    const before = this.#state();
    const judged = send(this.#bed, body, { orderId });
    const { verdict } = judged;
    if (verdict === null) throw new Difference(`refused: ${statusName(judged.status)}`);
    this.#count(`${body.kind} ${statusName(judged.status)}`);
    if (verdict.limit !== 0) this.#count(`limit ${verdict.limit}`);
    const said = { PERMIT: VERDICT.permit, DENY: VERDICT.deny, NEEDS_OVERRIDE: VERDICT.needsOverride }[
      verdictName(verdict.verdict) ?? "DENY"
    ];
    check(expected, {
      verdict: said,
      status: judged.status,
      limit: verdict.limit,
      bound: verdict.bound,
      softMask: verdict.softMask,
    });
    if (expected.verdict === VERDICT.permit) {
      permitted();
      this.#observe(before);
      this.#afterPermit(order);
    } else if (
      expected.verdict === VERDICT.needsOverride &&
      expected.causes[0]?.status !== ANSWER.pendingBusy
    ) {
      // A command waits as long as it lives: 300 s from its challenge (desk.ts).
      const opened = this.#bed.desk.session().uptimeMs;
      this.#model.pending = { order, mask: expected.softMask, untilMs: opened + 300_000n };
      this.#waiting = { orderId, permitted };
    }
  }

  #waiting: { readonly orderId: Uint8Array; readonly permitted: () => void } | undefined;

  #afterPermit(order: Order): void {
    if (this.#waiting && toHex(this.#waiting.orderId) === order.orderId) this.#waiting.permitted();
    this.#tick(0);
    if (order.kind === KIND.bolus || order.kind === KIND.loading) this.#doseBegins(order.inputs);
    if (order.inputs.loading) this.#doseBegins(order.inputs.loading);
  }
}
