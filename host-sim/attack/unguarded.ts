/**
 * A pump controller without a gate, as the published advisories describe theirs: it believes what it receives. It is the "without"
 * of every comparison, and a model, not any maker's product. Its assumptions, all of them:
 *
 * - commands, libraries and configuration take effect as soon as they arrive, whoever sent them, however often, whatever they are
 *   signed with or not at all; sessions, sequences, receiver and patient are not looked at;
 * - a command is read as COSE_Sign1 or as its bare payload; what it cannot read it ignores;
 * - the rate follows from the dose, the weight it was told, and the concentration in its stored library (the pump computes, as dose
 *   modes do), or the command's where the library has none; no limit is applied;
 * - boluses are given one after the other beside the basal rate, each at its own rate;
 * - one motor step moves what the mounted set moves; a calibration that says it moves less makes the motor run further;
 * - a restart leaves it standing with all it was told but what was under way, until somebody lets it go on;
 * - it stops at the VTBI it was told, when the bag is empty, and never runs faster than its mechanics.
 *
 * Integers only: picolitres, with rates in nL/h as SPEC has them; time in microseconds.
 */
import { type Command, decodeCommand } from "../authority/command.js";
import { decodeEnvelope } from "../authority/cose.js";
import { type Concentration, unpackDoseUnit } from "../authority/dose.js";
import { EncodingError } from "../authority/encoding.js";
import { decodeEntry } from "../authority/library/entry.js";
import type { Drug } from "../authority/library/model.js";
import { decodeProvisioning } from "../authority/provisioning.js";
import { type Body, exactRate, exactVolume } from "../authority/rate.js";
import { QuantityError } from "../authority/quantity.js";
import { decodeSubmit, RecordError } from "../gate/records.js";

export interface UnguardedOptions {
  /** What hangs at the pump, nL. */
  readonly bagNl: number;
  /** Fastest that the mechanics run, nL/h. Default 1,200 mL/h, as of a large-volume pump. */
  readonly rateNlPerHMax?: number;
  /** Which disposable set is mounted, and what one motor step of it moves. */
  readonly setId: number;
  readonly plPerStep: number;
  /** The library it was installed with. */
  readonly entries: readonly Uint8Array[];
  /** The world's time at which it begins, us. */
  readonly atUs: number;
}

const US_PER_H = 3_600_000_000n;
const PL_PER_NL = 1000n;

interface Bolus {
  leftPl: bigint;
  readonly rateNlPerH: bigint;
}

export class UnguardedController {
  readonly #bagPl: bigint;
  readonly #rateMaxNlPerH: bigint;
  readonly #setId: number;
  readonly #truePlPerStep: bigint;
  #believedPlPerStep: bigint;
  #library = new Map<string, Drug>();
  #patient: Body = { weightG: 0, bsaCm2: 0 };
  #ordered: Concentration | null = null;
  #running = false;
  #rateNlPerH = 0n;
  /** What is left of the VTBI, as the controller counts. */
  #vtbiLeftPl = 0n;
  #boluses: Bolus[] = [];
  #deliveredPl = 0n;
  /** Flow earned and not yet moved, in pL x us/h. */
  #earned = 0n;
  #nowUs: bigint;

  constructor(options: UnguardedOptions) {
    this.#bagPl = BigInt(options.bagNl) * PL_PER_NL;
    this.#rateMaxNlPerH = BigInt(options.rateNlPerHMax ?? 1_200_000_000);
    this.#setId = options.setId;
    this.#truePlPerStep = BigInt(options.plPerStep);
    this.#believedPlPerStep = BigInt(options.plPerStep);
    this.#nowUs = BigInt(options.atUs);
    this.library(options.entries);
  }

  /** What left the bag, picolitres. */
  get deliveredPl(): bigint {
    return this.#deliveredPl;
  }

  /** The basal rate that it believes it runs at, nL/h. */
  get rateNlPerH(): number {
    return this.#running ? Number(this.#rateNlPerH) : 0;
  }

  /** Takes a library, entry by entry; what it cannot read it leaves out. */
  library(entries: Iterable<Uint8Array>): void {
    const library = new Map<string, Drug>();
    for (const bytes of entries) {
      const entry = read(() => decodeEntry(bytes));
      if (entry?.kind === "drug") library.set(keyOf(entry), entry);
    }
    this.#library = library;
  }

  /** Takes a configuration: the calibrations of a provisioning block. */
  configure(block: Uint8Array): void {
    for (const { setId, plPerStep } of read(() => decodeProvisioning(block))?.calibrations ?? []) {
      this.calibrate(setId, plPerStep);
    }
  }

  /** Takes a calibration. */
  calibrate(setId: number, plPerStep: number): void {
    if (setId === this.#setId && plPerStep > 0) this.#believedPlPerStep = BigInt(plPerStep);
  }

  /** Takes a submit record, or the bare bytes of a command, signed or not. */
  submit(bytes: Uint8Array): void {
    const object = read(() => decodeSubmit(bytes).command) ?? bytes;
    const payload = read(() => decodeEnvelope(object).payload) ?? object;
    const command = read(() => decodeCommand(payload));
    if (command !== undefined) this.order(command.body);
  }

  /** Does what an order says, now. */
  order(body: Command["body"]): void {
    switch (body.kind) {
      case "associate":
        this.#patient = { weightG: body.weightG, bsaCm2: body.bsaCm2 };
        return;
      case "start":
        this.#ordered = {
          amount: { value: body.concentration.amount, dimension: dimensionOf(body.unit) },
          volumeNl: body.concentration.volumeNl,
        };
        this.#rateNlPerH = this.#rateOf(body);
        this.#vtbiLeftPl = BigInt(body.vtbiNl) * PL_PER_NL;
        this.#running = true;
        return;
      case "titrate":
        this.#rateNlPerH = this.#rateOf(body);
        return;
      case "bolus":
      case "loading":
        this.#boluses.push({ leftPl: this.#bolusNl(body) * PL_PER_NL, rateNlPerH: BigInt(body.rateNlPerH) });
        return;
      case "new bag":
        this.#vtbiLeftPl = BigInt(body.vtbiNl) * PL_PER_NL;
        return;
      case "resume":
        this.#running = true;
        return;
      case "calibrate":
        this.calibrate(body.setId, body.plPerStep);
        return;
      case "pause":
      case "stop":
        this.#running = false;
        this.#boluses = [];
        return;
      default:
        return;
    }
  }

  /** A rate set by hand, for protocols that know no dose. */
  setRate(rateNlPerH: number): void {
    this.#rateNlPerH = BigInt(rateNlPerH);
    this.#running = rateNlPerH > 0;
  }

  /** Starts anew, as after a loss of power: it stands until it is told to go on. */
  restart(): void {
    this.#running = false;
    this.#boluses = [];
  }

  /** Delivers up to the world's time `us`. */
  advanceTo(us: number): void {
    while (this.#nowUs < BigInt(us)) {
      const spanUs = this.#spanOf(BigInt(us) - this.#nowUs);
      this.#move(spanUs);
      this.#nowUs += spanUs;
      if (this.#boluses[0]?.leftPl === 0n) this.#boluses.shift();
    }
  }

  /** Basal rate that flows now, nL/h: none beyond the VTBI. */
  get #basalNlPerH(): bigint {
    return this.#running && this.#vtbiLeftPl > 0n ? this.#rateNlPerH : 0n;
  }

  /** The time until bolus or VTBI end at the soonest, at most `leftUs`. */
  #spanOf(leftUs: bigint): bigint {
    const bolus = this.#boluses[0];
    const ends = [
      endOf(this.#vtbiLeftPl, this.#basalNlPerH),
      endOf(bolus?.leftPl ?? 0n, bolus?.rateNlPerH ?? 0n),
    ];
    return ends.reduce<bigint>((span, end) => (end !== null && end < span ? end : span), leftUs);
  }

  #move(spanUs: bigint): void {
    const bolus = this.#boluses[0];
    const wanted = this.#basalNlPerH + (bolus?.rateNlPerH ?? 0n);
    if (wanted === 0n) return;
    this.#earned += least(wanted, this.#rateMaxNlPerH) * PL_PER_NL * spanUs;
    const earnedPl = this.#earned / US_PER_H;
    this.#earned -= earnedPl * US_PER_H;
    const share = (earnedPl * (bolus?.rateNlPerH ?? 0n)) / wanted;
    const bolusPl = least(share, bolus?.leftPl ?? 0n);
    const basalPl = least(earnedPl - share, this.#vtbiLeftPl);
    if (bolus !== undefined) bolus.leftPl -= bolusPl;
    this.#vtbiLeftPl -= basalPl;
    const movedPl = ((bolusPl + basalPl) * this.#truePlPerStep) / this.#believedPlPerStep;
    this.#deliveredPl += least(movedPl, this.#bagPl - this.#deliveredPl);
  }

  /** Rate of a continuous dose by the stored library, rounded down; 0 where it cannot be computed. */
  #rateOf(body: Extract<Command["body"], { kind: "start" | "titrate" }>): bigint {
    const unit = unpackDoseUnit(body.unit);
    if (unit === undefined) return 0n;
    const exact = read(() =>
      exactRate({ value: body.dose, unit }, this.#patient, this.#concentration(body.drug)),
    );
    return exact === undefined ? 0n : exact.numerator / exact.denominator;
  }

  #bolusNl(body: Extract<Command["body"], { kind: "bolus" | "loading" }>): bigint {
    const unit = unpackDoseUnit(body.unit);
    if (unit === undefined) return 0n;
    const exact = read(() =>
      exactVolume({ value: body.dose, unit }, this.#patient, this.#concentration(body.drug)),
    );
    return exact === undefined ? 0n : exact.numerator / exact.denominator;
  }

  #concentration(drug: { area: number; drug: number; variant: number }): Concentration | undefined {
    return this.#library.get(keyOf(drug))?.concentration ?? this.#ordered ?? undefined;
  }
}

function keyOf({ area, drug, variant }: { area: number; drug: number; variant: number }): string {
  return `${area}/${drug}/${variant}`;
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** Microseconds in which `leftPl` flow at a rate, rounded up; null if they never do. */
function endOf(leftPl: bigint, rateNlPerH: bigint): bigint | null {
  if (leftPl <= 0n || rateNlPerH === 0n) return null;
  const plPerH = rateNlPerH * PL_PER_NL;
  return (leftPl * US_PER_H + plPerH - 1n) / plPerH;
}

function dimensionOf(unit: number): number {
  return unpackDoseUnit(unit)?.amount.dimension ?? 0;
}

/** What it cannot read or compute it ignores. */
function read<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    const ignored = [EncodingError, RecordError, QuantityError, RangeError];
    if (ignored.some((kind) => error instanceof kind)) return undefined;
    throw error;
  }
}
