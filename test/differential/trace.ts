/**
 * A trace: operations on a pump whose gate is the one that ships, and beside it the reference (host-sim/model). After each operation both must
 * say the same. The reference is told what only the motor and the flash can know: the volume delivered, and when a record of it was written.
 */
import fc from "fast-check";
import { toHex } from "../../host-sim/authority/bytes.js";
import type {
  CommandBody,
  OrderStep,
  PcaDose,
  RatedDose,
  TitrationRange,
  WholeDose,
} from "../../host-sim/authority/command.js";
import { type DoseUnit, packDoseUnit, parseDoseUnit } from "../../host-sim/authority/dose.js";
import type { Drug, Profile } from "../../host-sim/authority/library/model.js";
import { bolusVolumeNl, rateFromDose } from "../../host-sim/authority/rate.js";
import { LOCAL_ACTION, type LocalActionName, verdictName } from "../../host-sim/gate/names.js";
import type { State } from "../../host-sim/gate/records.js";
import { statusName } from "../../host-sim/gate/status.js";
import { type Inputs, KIND, VERDICT } from "../../host-sim/model/judgement.js";
import {
  ANSWER,
  type Answer,
  type Expected,
  type Order,
  PHASE,
  ReferenceGate,
  type Seen,
} from "../../host-sim/model/program.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { Snapshot } from "../support/snapshot.js";
import { drug, limits, MG, ML, PATIENT, profile, send, ward } from "../support/ward.js";

const UNIT_MG_H = parseDoseUnit("mg/h");
const UNIT_MG = parseDoseUnit("mg");

/** One operation; the numbers are drawn near the limits of the drug that runs. */
export type Operation =
  | {
      readonly op: "start";
      readonly drug: number;
      readonly dose: number;
      readonly vtbi: number;
      readonly more: number;
      readonly near: number;
    }
  | {
      readonly op: "pca";
      readonly dose: number;
      readonly basal: number;
      readonly lockout: number;
      readonly near: number;
    }
  | { readonly op: "intermittent"; readonly dose: number; readonly duration: number; readonly near: number }
  | { readonly op: "titrate" | "bolus" | "loading"; readonly dose: number; readonly near: number }
  | { readonly op: "new bag" | "panel bag"; readonly vtbi: number }
  | {
      readonly op:
        "pause" | "resume" | "stop" | "STOP" | "PAUSE" | "RESTORE" | "DEMAND" | "OVERRIDE" | "reset";
    }
  | { readonly op: "REDUCE"; readonly rate: number }
  | { readonly op: "TITRATE"; readonly dose: number; readonly near: number }
  | { readonly op: "ticks"; readonly count: number }
  | { readonly op: "gap"; readonly minutes: number };

const near = fc.integer({ min: -1, max: 1 });
const bag = fc.constantFrom(1, 4, 10, 20, 30, 31);

/** Operations, those that lead somewhere more often. */
export const operations: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant("start" as const),
      drug: fc.integer({ min: 0, max: 3 }),
      dose: fc.integer({ min: 1, max: 12 }),
      vtbi: bag,
      more: fc.integer({ min: 0, max: 5 }),
      near,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant("pca" as const),
      dose: fc.integer({ min: 1, max: 4 }),
      basal: fc.integer({ min: 0, max: 3 }),
      lockout: fc.constantFrom(59, 60, 61, 119, 120, 600, 1200, 1201),
      near,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant("intermittent" as const),
      dose: fc.integer({ min: 1, max: 12 }),
      duration: fc.constantFrom(599, 600, 899, 900, 3600, 7200, 7201),
      near,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constantFrom("titrate" as const, "bolus" as const, "loading" as const),
      dose: fc.integer({ min: 1, max: 12 }),
      near,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constantFrom("new bag" as const, "panel bag" as const), vtbi: bag }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constantFrom(
        "pause" as const,
        "resume" as const,
        "STOP" as const,
        "PAUSE" as const,
        "RESTORE" as const,
        "DEMAND" as const,
        "OVERRIDE" as const,
        "stop" as const,
        "reset" as const,
      ),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ op: "DEMAND" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant("REDUCE" as const), rate: fc.integer({ min: 0, max: 12 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant("TITRATE" as const),
      dose: fc.integer({ min: 1, max: 12 }),
      near,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ op: fc.constant("ticks" as const), count: fc.integer({ min: 1, max: 12 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant("gap" as const),
      minutes: fc.constantFrom(1, 5, 15, 59, 61, 119),
    }),
  },
);

const mg = (value: number): number => value * MG;

/** Drugs with every limit within reach of a few orders. 1 mg is 1 mL. */
const PROFILE: Profile = profile({ rateNlPerHMax: 70 * ML, vtbiNlMax: 30 * ML, kvoRateNlPerH: 0 });
const DRUGS: readonly Drug[] = [
  drug({
    drug: 10,
    ingredient: 80,
    continuous: limits("mg/h", { softMin: mg(2), softMax: mg(6), hardMax: mg(10) }),
    bolusDose: limits("mg", { softMax: mg(3), hardMax: mg(5) }),
    bolusRate: limits("mg/h", { hardMax: mg(60) }),
    loading: limits("mg", { softMin: mg(2), hardMax: mg(6) }),
    pcaDose: limits("mg", { softMax: mg(2), hardMax: mg(3) }),
    lockout: { hardMin: 60, softMin: 120, softMax: 1200 },
    intermittent: limits("mg", { hardMin: mg(2), softMax: mg(8), hardMax: mg(11) }),
    duration: { hardMin: 600, softMin: 900, softMax: 7200 },
    vtbi: { hardMin: 2 * ML, softMax: 20 * ML },
    titrationStep: { intervalS: 600, bounds: { softMax: mg(3), hardMax: mg(5) } },
    windows: {
      unit: UNIT_MG,
      limits: {
        "1h": { softMax: mg(7), hardMax: mg(12) },
        "2h": { hardMax: mg(16) },
        "4h": { softMax: mg(18), hardMax: mg(22) },
        "24h": { hardMax: mg(31) },
      },
    },
  }),
  drug({
    drug: 11,
    ingredient: 88,
    continuous: limits("mg/h", { hardMin: mg(1) + 1, softMax: mg(9) }),
    windows: { unit: parseDoseUnit("mg/kg"), limits: { "4h": { hardMax: 200_000_000 } } },
    flags: 0,
  }),
  drug({ drug: 12, ingredient: 96, continuous: limits("mg/h") }),
  drug({
    drug: 13,
    ingredient: 80,
    continuous: limits("mg/h", { softMax: mg(11) }),
    windows: { unit: UNIT_MG, limits: { "1h": { hardMax: mg(12) } } },
  }),
];

/** A pump as every trace finds it. */
export function fixture(change: Parameters<typeof ward>[0] = {}): Fixture {
  const bed = ward({
    models: [PROFILE, ...DRUGS],
    pump: { tickEveryMs: 1e9, sliceUs: 0 },
    hospital: { flags: 1 } as never,
    ...change,
  });
  bed.desk.open();
  return { bed, snapshot: new Snapshot(bed.pump) };
}
export interface Fixture {
  readonly bed: Bed;
  readonly snapshot: Snapshot;
}

/** What came up in all traces: names with counts. */
export type Tally = Map<string, number>;

/** The two did not agree. */
export class Difference extends Error {}

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
    if (account && (loaded || (before.bolusLeftNl > 0n && after.bolusLeftNl === 0n)))
      account.doseEndS = this.#model.ledger.clockS;
  }

  #seen(): Seen {
    const s = this.#state();
    return {
      phase: s.phase,
      deliveredNl: s.deliveredNl,
      bolusLeftNl: s.bolusLeftNl,
      alarms: s.alarms,
      uptimeMs: this.#uptimeMs(),
      rateNlPerH: s.rateNlPerH,
      permittedNlPerH: s.permittedRateNlPerH,
    };
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
      case "intermittent":
        return this.#begin(operation);
      case "titrate":
      case "bolus":
      case "loading":
        return this.#more(operation);
      case "new bag":
        return this.#bag(operation.vtbi, false);
      case "panel bag":
        return this.#bag(operation.vtbi, true);
      case "TITRATE":
        return this.#panelTitrate(mg(operation.dose) + operation.near);
      case "REDUCE":
        return this.#panel("REDUCE", this.#model.reduce(BigInt(operation.rate * ML), this.#seen()), {
          value: BigInt(operation.rate * ML),
        });
      case "DEMAND":
        return this.#demand();
      case "OVERRIDE":
        return this.#override();
      case "reset":
        return this.#reset();
      default:
        return this.#phaseChange(operation.op);
    }
  }

  /** Pause, resume, stop, signed or at the panel. */
  #phaseChange(op: "pause" | "resume" | "stop" | "STOP" | "PAUSE" | "RESTORE"): void {
    const seen = this.#seen();
    const p = this.#model.program;
    const bagLeft = p ? p.bagEndNl > seen.deliveredNl : false;
    const stops = op === "stop" || op === "STOP";
    const waits = this.#model.pending !== undefined && seen.uptimeMs <= this.#model.pending.untilMs;
    let status: number = ANSWER.ok;
    if (stops)
      status =
        seen.phase !== PHASE.idle || seen.alarms !== 0 || this.#model.pending ? ANSWER.ok : ANSWER.phase;
    if (op === "pause" || op === "PAUSE") status = seen.phase === PHASE.running ? ANSWER.ok : ANSWER.phase;
    if (op === "resume") status = seen.phase === PHASE.paused && bagLeft ? ANSWER.ok : ANSWER.phase;
    void waits;
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
    if (account && seen.bolusLeftNl > 0n)
      account.doseEndS = (this.#uptimeMs() + this.#clockOffsetMs + 999n) / 1000n;
  }

  #restore(seen: Seen, bagLeft: boolean): void {
    const state = this.#state();
    const lowered = seen.rateNlPerH < seen.permittedNlPerH;
    let status: number = ANSWER.phase;
    if (seen.phase === PHASE.running) status = lowered ? ANSWER.confirm : ANSWER.notReduced;
    if (seen.phase === PHASE.paused) status = ANSWER.confirm;
    void state;
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
    if (expected.status === ANSWER.ok && answer.status === ANSWER.confirm)
      answer = gate.confirm(answer.result!.nonce);
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
    if (atPanel) return this.#panel("NEW_BAG", expected, { value: vtbiNl });
    const judged = send(this.#bed, { kind: "new bag", vtbiNl: Number(vtbiNl) }, { orderId: this.#orderId });
    this.#count(`new bag ${statusName(judged.status)}`);
    same("status of new bag", statusName(judged.status), statusName(expected.status));
  }

  #demand(): void {
    const left = this.#model.lockoutLeftS();
    const real = BigInt(this.#state().lockoutLeftS);
    // An expected end and a real one may differ by what a motor step holds back; its boundary is met elsewhere, to the second.
    if (left > real + 3n || real > left + 3n)
      throw new Difference(`lockout left is ${real} s, expected ${left} s`);
    if ((left === 0n) !== (real === 0n)) return;
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
    if (BigInt(after.ledgerClockS) > this.#model.ledger.clockS)
      throw new Difference("a reset made the ledger's clock run ahead");
    if (after.deliveredNl < before.deliveredNl && before.phase !== PHASE.idle)
      throw new Difference("a reset forgot volume");
    this.#model.ledger.reset(BigInt(after.ledgerClockS), 0n);
    const account = this.#model.program?.account;
    if (before.bolusLeftNl > 0n && account && account.doseEndS < this.#model.ledger.clockS)
      account.doseEndS = this.#model.ledger.clockS;
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
    if (!active || !pending)
      return same("status of OVERRIDE", statusName(done.status), statusName(ANSWER.pendingNone));
    this.#model.pending = undefined;
    const expected = this.#model.order(pending.order, seen, pending.mask);
    const allowed =
      expected.verdict === VERDICT.permit ? [ANSWER.ok] : expected.causes.map(({ status }) => status);
    if (!allowed.includes(done.status as 0))
      throw new Difference(
        `OVERRIDE answers ${statusName(done.status)}, expected ${allowed.map(statusName).join(" or ")}`,
      );
    if (expected.verdict === VERDICT.needsOverride)
      throw new Difference("more limits are broken than were waived");
    if (expected.verdict === VERDICT.permit) this.#afterPermit(pending.order);
  }

  // --- orders -------------------------------------------------------------------------------------------------

  #begin(operation: Extract<Operation, { op: "start" | "pca" | "intermittent" }>): void {
    const meant = DRUGS[operation.op === "start" ? operation.drug : 0]!;
    this.#orders++;
    const orderId = new Uint8Array(16).fill(this.#orders % 256);
    const body = this.#body(operation, meant);
    const order = orderOf(body, meant, toHex(orderId), this.#bed.issued.pumpClass);
    this.#send(body, order, orderId, () => {
      this.#orderId = orderId;
      this.#drug = meant;
    });
  }

  #body(operation: Extract<Operation, { op: "start" | "pca" | "intermittent" }>, meant: Drug): CommandBody {
    const { library } = this.#bed;
    const common = {
      drug: library.reference(meant.area, meant.drug, meant.variant),
      concentration: { amount: MG, volumeNl: ML },
      setId: 1,
    };
    if (operation.op === "pca") {
      const dose = mg(operation.dose) + operation.near;
      const basal = operation.basal === 0 ? {} : { basal: rated(mg(operation.basal), UNIT_MG_H) };
      const pca = { ...whole(dose, UNIT_MG), lockoutS: operation.lockout };
      return { kind: "PCA", ...common, vtbiNl: 20 * ML, totalNl: 60 * ML, pca, ...basal };
    }
    if (operation.op === "intermittent") {
      const dose = mg(operation.dose) + operation.near;
      const volumeNl = whole(dose, UNIT_MG).volumeNl;
      const exact = Math.floor((volumeNl * 3600) / operation.duration);
      const rateNlPerH = Math.max(onStep(exact), 1);
      return {
        kind: "start",
        mode: "intermittent",
        ...common,
        unit: packDoseUnit(UNIT_MG),
        dose,
        rateNlPerH,
        vtbiNl: volumeNl,
        totalNl: 60 * ML,
        durationS: operation.duration,
      };
    }
    const dose = mg(operation.dose) + operation.near;
    const plain = {
      kind: "start",
      ...common,
      ...rated(dose, UNIT_MG_H),
      vtbiNl: operation.vtbi * ML,
      totalNl: 60 * ML,
    } as const;
    switch (operation.more) {
      case 1:
        return {
          ...plain,
          range: {
            min: mg(1),
            max: mg(operation.dose + 2),
            stepMax: mg(2),
            intervalS: 60,
          } satisfies TitrationRange,
        };
      case 2:
        return { ...plain, steps: [step(3 * ML, mg(operation.dose + 2)), step(3 * ML, mg(1) + 1)] };
      case 3:
        return meant.loading ? { ...plain, loading: whole(mg(3) + operation.near, UNIT_MG) } : plain;
      default:
        return plain;
    }
  }

  #more(operation: Extract<Operation, { op: "titrate" | "bolus" | "loading" }>): void {
    const meant = this.#drug ?? DRUGS[0]!;
    const reference = { drug: this.#bed.library.reference(meant.area, meant.drug, meant.variant) };
    const dose = mg(operation.dose) + operation.near;
    const body: CommandBody =
      operation.op === "titrate"
        ? { kind: "titrate", ...reference, ...rated(dose, UNIT_MG_H) }
        : { kind: operation.op, ...reference, ...whole(dose, UNIT_MG) };
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
      const opened = BigInt(this.#bed.desk.session().uptimeMs);
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

function same<T>(what: string, real: T, expected: T): void {
  if (real !== expected) throw new Difference(`${what} is ${String(real)}, expected ${String(expected)}`);
}

interface Said {
  readonly verdict: number;
  readonly status: number;
  readonly limit: number;
  readonly bound: bigint;
  readonly softMask: number;
}

/** The gate's verdict must be one that the reference allows. */
function check(expected: Expected, said: Said): void {
  const wanted =
    expected.causes
      .map(({ status, limit, bound }) => `${statusName(status)} ${limit ?? ""} ${bound ?? ""}`)
      .join(" or ") || "a permit";
  const told = `${said.verdict} ${statusName(said.status)} limit ${said.limit} bound ${said.bound}`;
  if (said.verdict !== expected.verdict)
    throw new Difference(`verdict ${told}, expected ${expected.verdict} ${wanted}`);
  if (expected.verdict === VERDICT.permit) return same("status", said.status, 0);
  const found = expected.causes.some(
    ({ status, limit, bound }) =>
      status === said.status &&
      (limit === undefined || limit === said.limit) &&
      (bound === undefined || bound === said.bound),
  );
  if (!found) throw new Difference(`${told}, expected ${wanted}`);
  if (expected.verdict === VERDICT.needsOverride) same("soft mask", said.softMask, expected.softMask);
}

function rated(dose: number, unit: DoseUnit) {
  const { rateNlPerH } = rateFromDose(
    { value: dose, unit },
    PATIENT,
    { amount: { value: MG, dimension: 0 }, volumeNl: ML },
    1,
  );
  return { unit: packDoseUnit(unit), dose, rateNlPerH };
}

function whole(dose: number, unit: DoseUnit) {
  const volumeNl = bolusVolumeNl({ value: dose, unit }, PATIENT, {
    amount: { value: MG, dimension: 0 },
    volumeNl: ML,
  });
  return { unit: packDoseUnit(unit), dose, rateNlPerH: 60 * ML, volumeNl };
}

function step(afterNl: number, dose: number): OrderStep {
  return { afterNl, dose, rateNlPerH: rated(dose, UNIT_MG_H).rateNlPerH };
}

/** Down to a rate step of a large-volume pump. */
function onStep(rate: number): number {
  const by = rate < 10 * ML ? ML / 100 : rate < 100 * ML ? ML / 10 : ML;
  return rate - (rate % by);
}

/** Every field that an order can have. */
interface Fields extends Partial<WholeDose> {
  readonly vtbiNl?: number;
  readonly totalNl?: number;
  readonly range?: TitrationRange;
  readonly steps?: readonly OrderStep[];
  readonly durationS?: number;
  readonly loading?: WholeDose;
  readonly pca?: PcaDose;
  readonly basal?: RatedDose;
}

/** The command as the reference reads it. */
function orderOf(
  body: CommandBody,
  meant: Drug,
  orderId: string,
  pumpClass: number,
  model?: ReferenceGate,
): Order {
  const b = body as Fields;
  const kind = (
    {
      start: KIND.start,
      PCA: KIND.pca,
      titrate: KIND.titrate,
      bolus: KIND.bolus,
      loading: KIND.loading,
    } as Record<string, Order["kind"]>
  )[body.kind]!;
  const steps = b.steps?.map(({ afterNl, dose, rateNlPerH }) => ({ afterNl, dose, rateNlPerH }));
  const doses = steps?.map(({ dose }) => dose) ?? [];
  const strength = model?.program?.strength;
  const inputs: Inputs = {
    area: meant.area,
    drug: meant.drug,
    variant: meant.variant,
    libraryEpoch: 1,
    libraryVersion: 1,
    weightG: PATIENT.weightG,
    bsaCm2: PATIENT.bsaCm2,
    unit: b.basal?.unit ?? b.unit ?? 0,
    dose: b.basal?.dose ?? b.dose ?? 0,
    rateNlPerH: b.basal?.rateNlPerH ?? b.rateNlPerH ?? 0,
    volumeNl: b.vtbiNl ?? b.volumeNl ?? 0,
    amount: Number(strength?.amount ?? MG),
    concentrationNl: Number(strength?.volumeNl ?? ML),
    setId: 1,
    basalRateNlPerH: 0,
    totalNl: b.totalNl ?? 0,
    ...(b.range && { rangeMax: b.range.max }),
    pumpClass,
    ...(steps && {
      steps: {
        lowestDose: Math.min(...doses),
        highestDose: Math.max(...doses),
        highestRateNlPerH: Math.max(...steps.map(({ rateNlPerH }) => rateNlPerH)),
      },
    }),
    ...(b.loading && { loading: b.loading }),
    ...(b.pca && { pca: b.pca }),
    ...(b.durationS !== undefined && { durationS: b.durationS }),
    mode: kind === KIND.pca ? 4 : b.durationS !== undefined ? 2 : 1,
  };
  return {
    kind,
    orderId,
    drug: meant,
    profile: PROFILE,
    inputs,
    ...(b.range && {
      range: { min: b.range.min, max: b.range.max, step: b.range.stepMax, intervalS: b.range.intervalS },
    }),
    ...(steps && { steps }),
  };
}
