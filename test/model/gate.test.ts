import { describe, expect, it } from "vitest";
import {
  type Concentration,
  formatDoseUnit,
  packDoseUnit,
  parseDoseUnit,
  QuantityError,
} from "../../host-sim/authority/dose.js";
import { bolusVolumeNl, rateFromDose } from "../../host-sim/authority/rate.js";
import type { CommandBody } from "../../host-sim/authority/command.js";
import type { Bounds, Drug, Profile } from "../../host-sim/authority/library/model.js";
import { FLAG_APPROVAL, FLAG_OVERRIDE } from "../../host-sim/authority/library/model.js";
import { describeFault } from "../../host-sim/log/fault.js";
import { type Report, verifyLog } from "../../host-sim/log/verify.js";
import type { Bed, Patient } from "../../host-sim/ward/bed.js";
import { LogCollector } from "../../host-sim/ward/collector.js";
import { numbers } from "../support/random.js";
import { MG, ML, outcome, PATIENT, profile, send, ward } from "../support/ward.js";

/** A generator of orders around the limits of made-up entries. */
class Orders {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = numbers(seed);
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)]!;
  }

  maybe<T>(value: () => T): T | undefined {
    return this.#random() < 0.5 ? value() : undefined;
  }

  /** Any of the four bounds, ascending, in parts of `scale`. */
  bounds(scale: number): Bounds {
    const four = Array.from({ length: 4 }, () => Math.ceil(this.#random() * 100) * (scale / 100)).sort(
      (a, b) => a - b,
    );
    const bounds = Object.fromEntries(
      (["hardMin", "softMin", "softMax", "hardMax"] as const).flatMap((name, i) =>
        this.#random() < (i < 2 ? 0.3 : 0.6) ? [[name, Math.round(four[i]!)]] : [],
      ),
    );
    return bounds;
  }

  /** At a bound, one beside it, or anywhere. */
  near(bounds: Bounds, scale: number): number {
    const known = Object.values(bounds) as number[];
    const anywhere = 1 + this.below(scale * this.one([0.3, 0.6, 1.2]));
    const at = known.length > 0 && this.#random() < 0.6 ? this.one(known) : anywhere;
    return Math.max(1, Math.round(at) + this.one([-1, 0, 0, 1]));
  }

  profile(vtbiMl: number): Profile {
    return profile({
      patientClass: this.one([1, 2, 3]),
      rateNlPerHMax: this.one([10, 25, 25]) * ML,
      vtbiNlMax: this.one([vtbiMl / 2, vtbiMl]) * ML,
      weightG: { min: 200, max: this.one([70_000, 100_000, 100_000, 69_999]) },
      bsaCm2: { min: this.one([500, 500, 18_000, 18_001]), max: 35_000 },
    });
  }

  /** The bag: as the entry has it, the same in twice the volume, or near the bounds of a free one. */
  program(drug: Drug): Program {
    const fixed = drug.concentration;
    const times = this.one([1, 1, 1, 2]);
    const value = fixed
      ? fixed.amount.value + this.one([0, 0, 0, 0, 1])
      : this.near(drug.customConcentration!, 2 * MG);
    return { drug, concentration: { amount: { value: value * times, dimension: 0 }, volumeNl: ML * times } };
  }

  order(bed: Bed, meant: Program, kind: "start" | "titrate" | "bolus", vtbiMaxNl: number): CommandBody {
    const { drug, concentration } = meant;
    const section = kind === "bolus" ? drug.bolusDose : drug.continuous;
    const unit =
      section && this.below(30) > 0 ? section.unit : parseDoseUnit(kind === "bolus" ? "mcg" : "mcg/h");
    const scale = SCALES[formatDoseUnit(unit)] ?? 10 * MG;
    const value = this.near(section?.bounds ?? {}, scale);
    const fields = {
      drug: bed.library.reference(drug.area, drug.drug, drug.variant),
      unit: packDoseUnit(unit),
      dose: value,
    };
    const off = this.below(25) === 0 ? 10_000 : 0;
    if (kind === "bolus") {
      const volumeNl = computed(() => bolusVolumeNl({ value, unit }, bed.patient, concentration)) + off;
      const rateNlPerH = this.one([60, 12, 6, 25, 20, 3]) * ML + this.one([0, 0, 10_000, -10_000, 100_000]);
      return { kind, ...fields, rateNlPerH, volumeNl: Math.max(1, volumeNl) };
    }
    const { pumpClass } = bed.issued;
    const computedRate = computed(
      () => rateFromDose({ value, unit }, bed.patient, concentration, pumpClass).rateNlPerH,
    );
    const rateNlPerH = Math.min(Math.max(1, computedRate + off), 0xffff_ffff);
    if (kind === "titrate") return { kind, ...fields, rateNlPerH };
    const vtbiNl = this.near(
      { ...drug.vtbi, hardMax: drug.vtbi?.hardMax ?? vtbiMaxNl / this.one([1, 2]) },
      vtbiMaxNl,
    );
    const max = this.near(section?.bounds ?? {}, scale);
    const range = { min: 1, max: Math.max(max, value), stepMax: value, intervalS: 60 };
    return {
      kind,
      ...fields,
      rateNlPerH,
      vtbiNl,
      totalNl: Math.max(vtbiNl, this.one([1, vtbiMaxNl, 5 * vtbiMaxNl, 5 * vtbiMaxNl + 1])),
      concentration: { amount: concentration.amount.value, volumeNl: concentration.volumeNl },
      setId: this.one([1, 1, 1, 1, 1, 1, 1, 9]),
      ...(this.below(4) === 0 && { range }),
    };
  }

  /** 1 mg/mL or anything near it, per kg, per m2 or neither. */
  drug(code: number, vtbiMl: number): Drug {
    const concentration = this.maybe(() => ({ amount: { value: MG, dimension: 0 }, volumeNl: ML }));
    const basis = this.one(["", "", "/kg", "/m2"]);
    const continuous = this.one(["mg/h", "mL/h", "mcg/kg/min", "mg/m2/day"]);
    const bolusRate = this.one(Object.keys(BOLUS_RATE_SCALES));
    const range = (at: number) =>
      this.below(3) > 0
        ? undefined
        : {
            min: this.one([500, 500, at, at + 1]),
            max: this.one([at - 1, at, 34_000, 34_000].map((end) => Math.max(end, at - 1))),
          };
    const sorted = (of: { min: number; max: number } | undefined) => of && of.min <= of.max && of;
    const weightG = sorted(range(70_000));
    const bsaCm2 = sorted(range(18_000));
    const sectionOf = (unit: string, scale: number) => ({
      unit: parseDoseUnit(unit),
      bounds: this.bounds(scale),
    });
    return {
      kind: "drug",
      area: 1,
      drug: code,
      variant: 1,
      name: `drug ${code}`,
      ingredient: 8,
      ...(concentration ? { concentration } : { customConcentration: this.bounds(2 * MG) }),
      ...(this.#random() < 0.9 && { continuous: sectionOf(continuous, SCALES[continuous]!) }),
      ...(this.#random() < 0.9 && {
        bolusDose: sectionOf(`mg${basis}`, basis === "" ? 10 * MG : MG / 10),
        bolusRate: sectionOf(bolusRate, BOLUS_RATE_SCALES[bolusRate]!),
      }),
      ...(this.#random() < 0.5 && { vtbi: this.bounds(vtbiMl * ML) }),
      ...(weightG && { weightG }),
      ...(bsaCm2 && { bsaCm2 }),
      flags: this.one([0, FLAG_OVERRIDE, FLAG_OVERRIDE, FLAG_OVERRIDE | FLAG_APPROVAL]),
    };
  }
}

/** What follows from a dose; 1 where nothing does, because the weight is unknown or the mode does not exist. */
function computed(compute: () => number): number {
  try {
    return compute();
  } catch (error) {
    if (error instanceof QuantityError) return 1;
    throw error;
  }
}

/** What a start fixes for the titrations and boluses after it. */
interface Program {
  readonly drug: Drug;
  readonly concentration: Concentration;
}

/** Doses of each unit that make rates within a pump's reach. */
const SCALES: Readonly<Record<string, number>> = {
  "mg/h": 40 * MG,
  "mL/h": 24 * ML,
  "mcg/kg/min": 9_000_000,
  "mg/m2/day": 500 * MG,
};
const BOLUS_RATE_SCALES: Readonly<Record<string, number>> = {
  "mg/h": 60 * MG,
  "mL/min": 0.4 * ML,
  "mcg/kg/min": 14_000_000,
};

/** One ward with a library of its own: orders at and around its limits, then the log, judged again. */
function day(seed: number, orders: number): { report: Report; outcomes: string[] } {
  const random = new Orders(seed);
  const pumpClass = random.one([1, 2, 3]);
  const vtbiMl = [0, 1200, 100, 500][pumpClass]!;
  const drugs = [1, 2, 3].map((code) => random.drug(code, vtbiMl));
  const models = [random.profile(vtbiMl), ...drugs];
  const patient: Patient = {
    ...PATIENT,
    weightG: random.one([0, 70_000, 70_000, 70_000, 17_500]),
    bsaCm2: random.one([0, 18_000, 18_000, 18_000]),
  };
  const bed = ward({
    name: `bed ${seed}`,
    models,
    pumpClass,
    patient,
    hospital: { seed: `hospital ${seed}` },
  });
  const collector = new LogCollector(bed.issued.deviceId);
  const outcomes: string[] = [];
  let running: Program | null = null;
  for (let i = 0; i < orders; i++) {
    bed.pump.runFor(2100); // so that the port's bucket fills again (SPEC 7)
    if (running !== null && random.below(6) === 0) {
      bed.command({ kind: "stop" });
      running = null;
    }
    const meant: Program = running ?? random.program(random.one(drugs));
    const kind = running === null ? "start" : random.one(["titrate", "bolus"] as const);
    const sent = send(bed, random.order(bed, meant, kind, vtbiMl * ML));
    const said = outcome(sent);
    outcomes.push(`${kind} ${said}`);
    const approved = said === "NEEDS_OVERRIDE" && random.below(2) === 0 ? outcome(bed.approve(sent)) : null;
    if (approved !== null) outcomes.push(`approved ${approved}`);
    if (kind === "start" && (approved ?? said) === "PERMIT") running = meant;
    if (said === "NEEDS_OVERRIDE" && approved === null) {
      bed.pump.panel("STOP"); // what waits is dropped with the program
      running = null;
    }
    if (i % 20 === 19) collector.collect(bed.pump);
  }
  collector.collect(bed.pump);
  const { logKey } = bed.issued;
  return { report: verifyLog(collector.export(), { logKey, libraries: [bed.library] }), outcomes };
}

/** What must have come up among the orders, or the comparison would be of little worth. */
const COMMON = [
  "start PERMIT",
  "start NEEDS_OVERRIDE",
  "start LIMIT_HARD",
  "start LIMIT_PROFILE",
  "start LIMIT_CEILING",
  "start RATE_MISMATCH",
  "start RATE_TOO_COARSE",
  "start WEIGHT_UNKNOWN",
  "start UNIT",
  "start SET",
  "titrate PERMIT",
  "titrate LIMIT_HARD",
  "bolus PERMIT",
  "bolus LIMIT_HARD",
  "bolus LIMIT_PROFILE",
  "approved PERMIT",
];

describe("the module and the reference", () => {
  it("judge alike what is ordered at and around every limit", () => {
    const met = new Set<string>();
    for (let seed = 1; seed <= 40; seed++) {
      const { report, outcomes } = day(seed, 40);
      expect(report.faults.map((fault) => `seed ${seed}: ${describeFault(fault)}`)).toEqual([]);
      expect(report.verdicts.judged).toBeGreaterThan(0);
      expect(report.verdicts.recomputed).toBe(report.verdicts.judged);
      for (const one of outcomes) met.add(one);
    }
    expect(COMMON.filter((one) => !met.has(one))).toEqual([]);
  });
});
