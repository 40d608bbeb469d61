/**
 * The reference program (SPEC 4.4, 6): what a pump's gate must answer to commands and to its panel, written from SPEC alone with
 * unbounded integers. What only the motor can know, how much has been delivered and when a record of it was written, it is told.
 */
import type { Drug } from "../authority/library/model.js";
import { ceilingsOf, rateStepAt } from "./ceilings.js";
import { type Inputs, isReduction, judge, judgeReduction, KIND, VERDICT } from "./judgement.js";
import {
  type Account,
  amountOf,
  type Future,
  Ledger,
  type Strength,
  type WindowIndex,
  WINDOWS,
} from "./ledger.js";
import { type Cause, JUDGED, LIMIT } from "./limits.js";
import { type Order, stepRates, stepStarts } from "./order.js";
import { exactFlow, steppedRate } from "./rate.js";
import { packUnit, unpackUnit } from "./units.js";

/** Statuses beside those of `JUDGED` (SPEC 12). */
export const ANSWER = {
  ok: 0,
  confirm: 0x03,
  pendingBusy: 0x56,
  pendingNone: 0x55,
  mismatch: 0x58,
  patient: 0x60,
  order: 0x6c,
  lockout: 0x6d,
  ledgerFull: 0x6e,
  phase: 0x70,
  bolusActive: 0x71,
  range: 0x72,
  rangeStep: 0x73,
  rangeInterval: 0x74,
  notReduced: 0x75,
  total: 0x78,
  alarmActive: 0x79,
} as const;

export const PHASE = { idle: 0, running: 1, paused: 2, complete: 3, kvo: 4 } as const;

/** One of these is right; `limit` and `bound` only where SPEC names one. */
export interface Expected {
  readonly verdict: 1 | 2 | 3;
  readonly causes: readonly Cause[];
  readonly softMask: number;
}

/** What has been seen of the pump just before. */
export interface Seen {
  readonly phase: number;
  readonly deliveredNl: bigint;
  readonly bolusLeftNl: bigint;
  readonly alarms: number;
  readonly uptimeMs: bigint;
  /** Stopped or paused at the panel or by signature, and not yet taken up again. */
  readonly rateNlPerH: bigint;
  readonly permittedNlPerH: bigint;
  /** The step in force, from 0; it may lag behind the volume while a bolus is under way or the program stands still (SPEC 6.1). */
  readonly step: number;
}

interface Program {
  readonly order: Order;
  readonly strength: Strength;
  unit: number;
  dose: bigint;
  bagEndNl: bigint;
  vtbiNl: bigint;
  readonly totalNl: bigint;
  caps: (bigint | undefined)[];
  chargedNl: bigint;
  account: Account | undefined;
  stepBase: bigint;
  stepMs: bigint;
  titratedMs: bigint;
  rateMaxNlPerH: bigint;
}

const DENY = (status: number, limit?: number, bound?: bigint): Expected => ({
  verdict: VERDICT.deny,
  causes: [{ status, ...(limit !== undefined && { limit }), ...(bound !== undefined && { bound }) }],
  softMask: 0,
});
const LOCAL = (status: number, limit = 0): Answer => ({ status, limit });

/** What a panel action must answer. */
export interface Answer {
  readonly status: number;
  readonly limit: number;
}

export class ReferenceGate {
  readonly ledger = new Ledger();
  patient = "";
  weightG = 0;
  bsaCm2 = 0;
  program: Program | undefined;
  /** A command that waits for an override. */
  pending: { readonly order: Order; readonly mask: number; readonly untilMs: bigint } | undefined;

  // --- what was seen ---------------------------------------------------------------------------------------------

  /** A record of the account was written: what has been delivered since the last is charged. */
  recorded(deliveredNl: bigint): void {
    const p = this.program;
    if (!p) return;
    p.account ??= this.#openAccount(p);
    if (p.account) {
      const { strength } = p;
      const amount = amountOf(deliveredNl, strength) - amountOf(p.chargedNl, strength);
      this.ledger.charge(p.account, amount);
    }
    p.chargedNl = deliveredNl;
  }

  #openAccount({ order }: Program): Account | undefined {
    const account = this.ledger.open(this.patient, order.drug.ingredient, []);
    if (account && (order.drug.windows || order.drug.lockout)) account.held = true;
    return account;
  }

  /** The sum that inspect must show for a window of the program. */
  hadIn(window: WindowIndex, deliveredNl: bigint): bigint {
    const p = this.program;
    if (!p || p.caps[window] === undefined) return 0n;
    const account = p.account ?? this.ledger.find(this.patient, p.order.drug.ingredient);
    return account ? this.ledger.had(account, window) + this.#owed(p, deliveredNl) : 0n;
  }

  #owed(p: Program, deliveredNl: bigint): bigint {
    return amountOf(deliveredNl, p.strength) - amountOf(p.chargedNl, p.strength);
  }

  // --- commands --------------------------------------------------------------------------------------------------

  /** Steps 9 to 21 for an order; carries out what it permits, and remembers what waits. */
  order(asSent: Order, seen: Seen, waived = 0): Expected {
    const order = { ...asSent, inputs: { ...asSent.inputs, basalRateNlPerH: Number(seen.rateNlPerH) } };
    const expected = this.#judgeOrder(order, seen, waived);
    if (expected.verdict === VERDICT.permit) this.#carryOut(order, seen, waived);
    if (expected.verdict !== VERDICT.needsOverride) return expected;
    if (this.pending && seen.uptimeMs <= this.pending.untilMs) {
      return { ...DENY(ANSWER.pendingBusy), softMask: expected.softMask };
    }
    return expected;
  }

  #judgeOrder(order: Order, seen: Seen, waived: number): Expected {
    const { kind, inputs } = order;
    const reduces = kind === KIND.titrate && this.program !== undefined && isReduction(kind, inputs);
    const early = this.#eligible(order, seen, reduces);
    if (early !== undefined) return DENY(early);
    const unit = this.program?.unit;
    if (reduces) {
      if (unit !== inputs.unit) return DENY(JUDGED.unit);
      return { ...judgeReduction(inputs), softMask: 0 };
    }
    if (kind === KIND.titrate && unit !== inputs.unit) {
      return this.#merge(order, seen, waived, [[14, { status: JUDGED.unit }]]);
    }
    return this.#merge(order, seen, waived, this.#extent(order));
  }

  /** Steps 9 and 10. */
  #eligible(order: Order, seen: Seen, reduces: boolean): number | undefined {
    const { kind } = order;
    const p = this.program;
    const { phase } = seen;
    if (kind === KIND.start || kind === KIND.pca) {
      if (phase !== PHASE.idle) return ANSWER.phase;
    } else if (kind === KIND.titrate) {
      const steady =
        p !== undefined && (unpackUnit(p.unit)?.time ?? "none") !== "none" && !this.#stepToCome(seen);
      if (!steady || (phase !== PHASE.running && phase !== PHASE.paused)) return ANSWER.phase;
      const beside = seen.bolusLeftNl > 0n ? this.#bolusRate : 0n;
      if (!reduces && beside > 0n && BigInt(order.inputs.rateNlPerH) + beside > p.rateMaxNlPerH) {
        return ANSWER.bolusActive;
      }
    } else {
      if (seen.alarms !== 0) return ANSWER.alarmActive;
      if (phase !== PHASE.running) return ANSWER.phase;
      if (this.#doseUnderWay(seen)) return ANSWER.bolusActive;
    }
    if (kind === KIND.start || kind === KIND.pca) return undefined;
    if (p === undefined || p.order.orderId !== order.orderId) return ANSWER.order;
    const { area, drug, variant } = p.order.inputs;
    const { inputs } = order;
    return inputs.area === area && inputs.drug === drug && inputs.variant === variant
      ? undefined
      : ANSWER.order;
  }

  #bolusRate = 0n;

  /** A bolus, a PCA dose, or the loading dose that a program begins with (SPEC 6.4). */
  #doseUnderWay(seen: Seen): boolean {
    const loading = this.program?.order.inputs.loading;
    return seen.bolusLeftNl > 0n || (loading !== undefined && seen.deliveredNl < BigInt(loading.volumeNl));
  }

  #stepToCome(seen: Seen): boolean {
    const p = this.program;
    if (!p) return false;
    return seen.step < stepStarts(p.order).length;
  }

  /** SET, RANGE and TOTAL: steps 16 and 17 (SPEC 4.4). */
  #extent({ kind, inputs, range, steps }: Order): [number, Cause][] {
    if (kind !== KIND.start && kind !== KIND.pca) return [];
    const found: [number, Cause][] = [];
    if (range && (inputs.dose < range.min || inputs.dose > range.max)) {
      found.push([17, { status: ANSWER.range }]);
    }
    let before = inputs.loading?.volumeNl ?? 0;
    for (const { afterNl } of steps ?? []) before += afterNl;
    if (before >= inputs.volumeNl || inputs.volumeNl > inputs.totalNl) {
      found.push([17, { status: ANSWER.total }]);
    }
    return found;
  }

  /** The reference judgement with what this program adds to its steps. */
  #merge(order: Order, seen: Seen, waived: number, extra: [number, Cause][]): Expected {
    const { kind, drug, profile } = order;
    const inputs = this.#completed(order, seen);
    const judged = judge({ kind, inputs, drug, profile, waivedMask: waived });
    const rates = this.#stepRates(order).map((cause): [number, Cause] => [17, cause]);
    const all = [...extra, ...rates];
    const first = Math.min(...all.map(([step]) => step));
    const step = judged.step ?? Number.MAX_SAFE_INTEGER;
    if (first < step) {
      const at = all.filter(([s]) => s === first).map(([, cause]) => cause);
      return { verdict: VERDICT.deny, causes: at, softMask: 0 };
    }
    if (first === step) {
      const at = all.filter(([s]) => s === first).map(([, cause]) => cause);
      return { verdict: VERDICT.deny, causes: [...judged.causes, ...at], softMask: 0 };
    }
    const past20 = judged.verdict !== VERDICT.deny;
    const counted = drug.windows !== undefined || kind === KIND.pca;
    if (past20 && counted && !this.ledger.hasRoom(this.patient, drug.ingredient, this.#inUse())) {
      return DENY(ANSWER.ledgerFull);
    }
    return { verdict: judged.verdict, causes: judged.causes, softMask: judged.softMask };
  }

  #inUse(): Account[] {
    return this.program?.account ? [this.program.account] : [];
  }

  /** Steps after the first must have the rate of their dose. */
  #stepRates({ inputs, steps }: Order): Cause[] {
    const unit = unpackUnit(inputs.unit);
    if (!unit) return [];
    return (steps ?? []).flatMap(({ dose, rateNlPerH }): Cause[] => {
      const flow = exactFlow(unit, BigInt(dose), {
        weightG: BigInt(inputs.weightG),
        bsaCm2: BigInt(inputs.bsaCm2),
        amount: BigInt(inputs.amount),
        concentrationNl: BigInt(inputs.concentrationNl),
      });
      if (!flow) return [{ status: JUDGED.weightUnknown }];
      const stepped = steppedRate(flow, inputs.pumpClass);
      if (!stepped || stepped.tooCoarse) return [{ status: JUDGED.rateTooCoarse }];
      return stepped.rateNlPerH === BigInt(rateNlPerH) ? [] : [{ status: JUDGED.rateMismatch }];
    });
  }

  /** The order's inputs with what the pump adds: windows' worst sums, the running rate, the base of an increase. */
  #completed(order: Order, seen: Seen): Inputs {
    const { kind, drug, inputs } = order;
    const p = this.program;
    const starts = kind === KIND.start || kind === KIND.pca;
    const account = this.ledger.find(this.patient, drug.ingredient);
    const owed = p && !starts ? this.#owed(p, seen.deliveredNl) : 0n;
    const future = this.#future(order, seen);
    const windows = WINDOWS.map((_, i) => Number(this.ledger.worst(account, i as WindowIndex, owed, future)));
    const base = kind === KIND.titrate && p ? { volumeNl: Number(this.#increaseBase(order, p, seen)) } : {};
    return {
      ...inputs,
      ...base,
      ...(drug.windows && { windows }),
    };
  }

  #increaseBase({ drug }: Order, p: Program, seen: Seen): bigint {
    const intervalMs = BigInt(drug.titrationStep?.intervalS ?? 0) * 1000n;
    return seen.uptimeMs - p.stepMs >= intervalMs ? p.dose : p.stepBase;
  }

  #future(order: Order, seen: Seen): Future {
    const { kind, inputs, steps } = order;
    const bolusApart = (order.drug.flags & 32) !== 0;
    const strength = { amount: BigInt(inputs.amount), volumeNl: BigInt(inputs.concentrationNl) };
    const starts = kind === KIND.start || kind === KIND.pca;
    const rates = [inputs.rateNlPerH, ...(steps ?? []).map(({ rateNlPerH }) => rateNlPerH)];
    let rateNlPerH = BigInt(Math.max(...rates));
    let bolusNl = seen.bolusLeftNl;
    let bagNl = this.program ? positive(this.program.bagEndNl - seen.deliveredNl) : 0n;
    if (starts) {
      bolusNl = BigInt((inputs.loading?.volumeNl ?? 0) + (inputs.pca?.volumeNl ?? 0));
      bagNl = BigInt(inputs.volumeNl);
    } else if (kind !== KIND.titrate) {
      bolusNl = BigInt(inputs.volumeNl);
      rateNlPerH = this.#rateToCome(seen);
    }
    return {
      ...strength,
      bolusApart,
      bolusNl,
      rateNlPerH,
      leftNl: bolusApart ? bagNl : positive(bagNl - bolusNl),
    };
  }

  /** The highest rate of the step in force and those to come. */
  #rateToCome(seen: Seen): bigint {
    const p = this.program!;
    const toCome = stepRates(p.order).slice(seen.step);
    return toCome.reduce((highest, rate) => (rate > highest ? rate : highest), seen.permittedNlPerH);
  }

  #carryOut(order: Order, seen: Seen, waived: number): void {
    const { kind, inputs, drug, profile } = order;
    const caps = this.#caps(drug, waived);
    const ceiling = ceilingsOf(inputs.pumpClass, profile.patientClass)!.rateNlPerHMax;
    const most = BigInt(profile.rateNlPerHMax);
    const rateMaxNlPerH = most < ceiling ? most : ceiling;
    if (kind === KIND.start || kind === KIND.pca) {
      this.program = {
        order,
        strength: { amount: BigInt(inputs.amount), volumeNl: BigInt(inputs.concentrationNl) },
        unit: inputs.unit,
        dose: BigInt(inputs.dose),
        bagEndNl: BigInt(inputs.volumeNl),
        vtbiNl: BigInt(inputs.volumeNl),
        totalNl: BigInt(inputs.totalNl),
        caps,
        chargedNl: 0n,
        account: undefined,
        stepBase: BigInt(inputs.dose),
        stepMs: seen.uptimeMs,
        titratedMs: seen.uptimeMs,
        rateMaxNlPerH,
      };
      return;
    }
    const p = this.program!;
    if (kind === KIND.titrate) {
      if (!isReduction(kind, inputs)) {
        const base = this.#increaseBase(order, p, seen);
        if (base === p.dose) p.stepMs = seen.uptimeMs;
        p.stepBase = base;
        p.caps = caps;
        p.rateMaxNlPerH = rateMaxNlPerH;
      }
      p.dose = BigInt(inputs.dose);
      p.titratedMs = seen.uptimeMs;
      return;
    }
    p.caps = caps;
    this.#bolusRate = BigInt(inputs.rateNlPerH);
  }

  #caps(drug: Drug, waived: number): (bigint | undefined)[] {
    const unit = drug.windows && unpackUnit(packUnit(drug.windows.unit));
    return WINDOWS.map(({ hours }, i) => {
      const bounds = drug.windows?.limits[`${hours}h` as "1h"];
      const soft = (waived & (1 << (LIMIT.window + i))) === 0 ? bounds?.softMax : undefined;
      const bound = soft ?? bounds?.hardMax;
      if (bound === undefined || !unit) return undefined;
      const value = BigInt(bound);
      if (unit.basis === "kg") return (value * BigInt(this.weightG)) / 1000n;
      return unit.basis === "m2" ? (value * BigInt(this.bsaCm2)) / 10_000n : value;
    });
  }

  // --- the panel -------------------------------------------------------------------------------------------------

  /** Back to the permitted rate while running: there must be room beside a bolus (SPEC 6.2). */
  besideBolus(seen: Seen): number {
    const beside = seen.bolusLeftNl > 0n ? this.#bolusRate : 0n;
    const much = beside > 0n && seen.permittedNlPerH + beside > this.program!.rateMaxNlPerH;
    return much ? ANSWER.bolusActive : ANSWER.confirm;
  }

  /** A lower rate: RUNNING or PAUSED, above 0, lower, on a rate step. */
  reduce(rateNlPerH: bigint, seen: Seen): Answer {
    if (seen.phase !== PHASE.running && seen.phase !== PHASE.paused) return LOCAL(ANSWER.phase);
    if (rateNlPerH === 0n || rateNlPerH >= seen.rateNlPerH) return LOCAL(ANSWER.notReduced);
    const step = rateStepAt(this.program!.order.inputs.pumpClass, rateNlPerH);
    return LOCAL(step !== undefined && rateNlPerH % step === 0n ? ANSWER.ok : JUDGED.rateTooCoarse);
  }

  /** A dose of the signed range: the answer of the first call, or of its second step. */
  titrate(dose: bigint, seen: Seen, confirmed: boolean): Answer {
    const p = this.program;
    if (seen.phase !== PHASE.running || !p || this.#stepToCome(seen)) return LOCAL(ANSWER.phase);
    const { range, inputs } = p.order;
    if (!range || dose < BigInt(range.min) || dose > BigInt(range.max)) return LOCAL(ANSWER.range);
    const change = dose > p.dose ? dose - p.dose : p.dose - dose;
    // No wider than the entry's titration step (SPEC 4.2).
    const { intervalS, bounds } = p.order.drug.titrationStep ?? { intervalS: 0, bounds: {} };
    const most = Math.min(range.step, bounds.softMax ?? Infinity, bounds.hardMax ?? Infinity);
    if (change > BigInt(most)) return LOCAL(ANSWER.rangeStep);
    if (seen.uptimeMs - p.titratedMs < BigInt(Math.max(range.intervalS, intervalS)) * 1000n) {
      return LOCAL(ANSWER.rangeInterval);
    }
    const flow = exactFlow(unpackUnit(p.unit)!, dose, {
      weightG: BigInt(this.weightG),
      bsaCm2: BigInt(this.bsaCm2),
      amount: BigInt(inputs.amount),
      concentrationNl: BigInt(inputs.concentrationNl),
    })!;
    const stepped = steppedRate(flow, inputs.pumpClass);
    if (!stepped || stepped.tooCoarse) return LOCAL(JUDGED.rateTooCoarse);
    const rate = stepped.rateNlPerH;
    if (rate > p.rateMaxNlPerH) return LOCAL(JUDGED.profile);
    if (rate > seen.rateNlPerH) {
      const beside = seen.bolusLeftNl > 0n ? this.#bolusRate : 0n;
      if (beside > 0n && rate + beside > p.rateMaxNlPerH) return LOCAL(ANSWER.bolusActive);
      const broken = this.#capBroken(seen, seen.bolusLeftNl, rate, positive(p.bagEndNl - seen.deliveredNl));
      if (broken) return LOCAL(JUDGED.hard, broken);
      if (!confirmed) return LOCAL(ANSWER.confirm);
    }
    p.dose = dose;
    p.titratedMs = seen.uptimeMs;
    return LOCAL(ANSWER.ok);
  }

  /** A new bag, by its signed command or at the panel. */
  newBag(vtbiNl: bigint, seen: Seen, confirmed: boolean): Answer {
    const p = this.program;
    if (seen.phase === PHASE.idle || !p) return LOCAL(ANSWER.phase);
    // A whole dose is the bag's: a larger bag would be a larger dose than was judged (SPEC 4.2).
    const whole = p.order.inputs.durationS !== undefined && vtbiNl > p.vtbiNl;
    if (vtbiNl === 0n || whole || seen.deliveredNl + vtbiNl > p.totalNl) return LOCAL(ANSWER.total);
    const broken = this.#capBroken(seen, seen.bolusLeftNl, this.#rateToCome(seen), vtbiNl);
    if (broken) return LOCAL(JUDGED.hard, broken);
    if (!confirmed) return LOCAL(ANSWER.confirm);
    p.bagEndNl = seen.deliveredNl + vtbiNl;
    p.vtbiNl = vtbiNl;
    return LOCAL(ANSWER.ok);
  }

  /** The patient's button. */
  demand(seen: Seen): Answer {
    const p = this.program;
    const pca = p?.order.inputs.pca;
    if (!p || !pca || seen.phase !== PHASE.running) return LOCAL(ANSWER.phase);
    if (seen.alarms !== 0) return LOCAL(ANSWER.alarmActive);
    if (this.#doseUnderWay(seen)) return LOCAL(ANSWER.bolusActive);
    const left = positive(p.bagEndNl - seen.deliveredNl);
    if (this.lockoutLeftS() > 0n) return LOCAL(ANSWER.lockout);
    if (BigInt(pca.volumeNl) > left) return LOCAL(ANSWER.total);
    if (seen.rateNlPerH + BigInt(pca.rateNlPerH) > p.rateMaxNlPerH) return LOCAL(JUDGED.profile);
    const broken = this.#capBroken(seen, BigInt(pca.volumeNl), this.#rateToCome(seen), left);
    if (broken) return LOCAL(JUDGED.hard, broken);
    this.#bolusRate = BigInt(pca.rateNlPerH);
    return LOCAL(ANSWER.ok);
  }

  lockoutLeftS(): bigint {
    const p = this.program;
    if (!p) return 0n;
    const account = p.account ?? this.ledger.find(this.patient, p.order.drug.ingredient);
    return this.ledger.lockoutLeftS(account, BigInt(p.order.inputs.pca?.lockoutS ?? 0));
  }

  /** The first cap that such a future would break, as its limit number, or 0. */
  #capBroken(seen: Seen, bolusNl: bigint, rateNlPerH: bigint, bagNl: bigint): number {
    const p = this.program!;
    const bolusApart = (p.order.drug.flags & 32) !== 0;
    const leftNl = bolusApart ? bagNl : positive(bagNl - bolusNl);
    const future = { ...p.strength, bolusApart, bolusNl, rateNlPerH, leftNl };
    const account = p.account ?? this.ledger.find(this.patient, p.order.drug.ingredient);
    for (const i of [0, 1, 2, 3] as const) {
      const cap = p.caps[i];
      if (cap !== undefined && this.ledger.worst(account, i, this.#owed(p, seen.deliveredNl), future) > cap) {
        return LIMIT.window + i;
      }
    }
    return 0;
  }
}

const positive = (value: bigint): bigint => (value > 0n ? value : 0n);
