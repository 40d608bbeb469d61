import { describe, expect, it } from "vitest";
import { parseDoseUnit } from "../../host-sim/authority/dose.js";
import type { Drug } from "../../host-sim/authority/library/model.js";
import { type Inputs, judge, type JudgedKind, KIND, VERDICT } from "../../host-sim/model/judgement.js";
import { JUDGED, LIMIT } from "../../host-sim/model/limits.js";
import { packUnit } from "../../host-sim/model/units.js";
import {
  BOLUS,
  bolus,
  dose,
  drug,
  judged,
  ML,
  noLimits,
  outcome,
  P,
  profile,
  START,
  STEP,
  wideProfile,
  without,
} from "./support.js";

describe("each limit, one below, at and one above", () => {
  it("has a start within all of them", () => {
    expect(outcome({})).toBe(P);
    expect(outcome({ kind: KIND.bolus })).toBe(P);
    expect(outcome({ kind: KIND.titrate })).toBe(P);
  });

  it.each([
    ["hard minimum", ML - STEP, ML, ML + STEP, "6a/1/1000000", "ask 1", "ask 1"],
    ["soft minimum", 2 * ML - STEP, 2 * ML, 2 * ML + STEP, "ask 1", P, P],
    ["soft maximum", 20 * ML - 100_000, 20 * ML, 20 * ML + 100_000, P, P, "ask 2"],
    ["hard maximum", 40 * ML - 100_000, 40 * ML, 40 * ML + 100_000, "ask 2", "ask 2", "6a/2/40000000"],
  ])("continuous %s", (_, below, at, above, ...expected) => {
    expect([below, at, above].map((nl) => outcome({ inputs: dose(nl) }))).toEqual(expected);
    const titrate = [below, at, above].map((nl) => outcome({ kind: KIND.titrate, inputs: dose(nl) }));
    expect(titrate).toEqual(expected);
  });

  it("judges the stated dose to a single base unit, although both give the same rate", () => {
    const at = (bound: number) =>
      [-1, 0, 1].map((delta) => outcome({ inputs: { dose: bound + delta, rateNlPerH: bound } }));
    expect(at(40 * ML).slice(1)).toEqual(["ask 2", "6a/2/40000000"]);
    expect(at(20 * ML).slice(1)).toEqual([P, "ask 2"]);
  });

  it.each([
    ["hard minimum", ML, "6a/3/1000000", "ask 3", "ask 3"],
    ["soft minimum", 2 * ML, "ask 3", P, P],
    ["soft maximum", 5 * ML, P, P, "ask 4"],
    ["hard maximum", 10 * ML, "ask 4", "ask 4", "6a/4/10000000"],
  ])("bolus dose %s", (_, bound, ...expected) => {
    const found = [-1, 0, 1].map((delta) => outcome({ kind: KIND.bolus, inputs: bolus(bound + delta) }));
    expect(found).toEqual(expected);
  });

  // Bounds in mL/min, rates in mL/h: 0.1 mL/min are 6 mL/h.
  it.each([
    ["hard minimum", 6 * ML, STEP, "6a/5/100000", "ask 5", "ask 5"],
    ["soft minimum", 12 * ML, 100_000, "ask 5", P, P],
    ["soft maximum", 60 * ML, 100_000, P, P, "ask 6"],
    ["hard maximum", 120 * ML, ML, "ask 6", "ask 6", "6a/6/2000000"],
  ])("bolus rate %s", (_, bound, step, ...expected) => {
    const found = [-step, 0, step].map((delta) =>
      outcome({ kind: KIND.bolus, inputs: { rateNlPerH: bound + delta } }),
    );
    expect(found).toEqual(expected);
  });

  it.each([
    ["hard minimum", 10 * ML, "6a/7/10000000", "ask 7", "ask 7"],
    ["soft minimum", 20 * ML, "ask 7", P, P],
    ["soft maximum", 500 * ML, P, P, "ask 8"],
    ["hard maximum", 1000 * ML, "ask 8", "ask 8", "6a/8/1000000000"],
  ])("VTBI %s", (_, bound, ...expected) => {
    const found = [-1, 0, 1].map((delta) => outcome({ inputs: { volumeNl: bound + delta } }));
    expect(found).toEqual(expected);
  });

  it.each([
    ["hard minimum", 1_000_000, "6a/9/1000000", "ask 9", "ask 9"],
    ["soft minimum", 2_000_000, "ask 9", P, P],
    ["soft maximum", 8_000_000, P, P, "ask 10"],
    ["hard maximum", 16_000_000, "ask 10", "ask 10", "6a/10/16000000"],
  ])("concentration %s, in 1 mL and exactly in 3 mL", (_, bound, ...expected) => {
    expect([-1, 0, 1].map((delta) => outcome({ inputs: { amount: bound + delta } }))).toEqual(expected);
    const thirds = [-1, 0, 1].map((delta) =>
      outcome({ inputs: { amount: 3 * bound + delta, concentrationNl: 3 * ML } }),
    );
    expect(thirds).toEqual(expected);
  });

  it.each([
    ["weight of the profile, below", "weightG", 30_000, {}, "69/11/30000", P, P],
    ["weight of the profile, above", "weightG", 200_000, {}, P, P, "69/11/200000"],
    ["weight of the entry, below", "weightG", 40_000, drug, "6a/11/40000", P, P],
    ["weight of the entry, above", "weightG", 150_000, drug, P, P, "6a/11/150000"],
    ["body surface of the profile, below", "bsaCm2", 10_000, {}, "69/12/10000", P, P],
    ["body surface of the profile, above", "bsaCm2", 30_000, {}, P, P, "69/12/30000"],
  ] as const)("%s", (_, field, bound, of, ...expected) => {
    const found = [-1, 0, 1].map((delta) => {
      const inputs: Inputs = { ...START, [field]: bound + delta };
      const entry = of === drug ? drug : without("weightG");
      return judge({ kind: KIND.start, inputs, drug: entry, profile, waivedMask: 0 });
    });
    const said = found.map(({ verdict, causes: [first] }) =>
      verdict === VERDICT.permit ? P : `${first!.status.toString(16)}/${first!.limit}/${first!.bound}`,
    );
    expect(said).toEqual(expected);
  });
});

describe("ceilings (SPEC 5.1), one step below, at and one above", () => {
  const rows = [
    // pump class, patient class, rate mL/h, VTBI mL, total mL, bolus mL, rate step at the ceiling
    [1, 3, 999, 9999, 49_995, 250, ML],
    [1, 2, 250, 3000, 15_000, 100, ML],
    [1, 1, 25, 1200, 6000, 20, 100_000],
    [2, 3, 99.9, 100, 500, 50, STEP],
    [2, 1, 25, 100, 500, 20, STEP],
    [3, 3, 90, 500, 2500, 20, 100_000],
    [3, 1, 25, 500, 2500, 20, 100_000],
  ] as const;

  it.each(rows)(
    "pump class %i, patient class %i",
    (pumpClass, patientClass, rate, vtbi, total, bolusMl, step) => {
      const with_ = (kind: JudgedKind, inputs: Partial<Inputs>): string =>
        outcome({
          kind,
          inputs: {
            pumpClass,
            ...(kind === KIND.start ? { volumeNl: ML } : { basalRateNlPerH: 0 }),
            ...inputs,
          },
          drug: noLimits,
          profile: { ...wideProfile, patientClass },
        });
      const around = (kind: JudgedKind, bound: number, by: number, of: (nl: number) => Partial<Inputs>) =>
        [-by, 0, by].map((delta) => with_(kind, of(bound + delta)));
      const nl = (ml: number): number => Math.round(ml * ML);
      expect(around(KIND.start, nl(rate), step, dose)).toEqual([P, P, `68/13/${nl(rate)}`]);
      expect(around(KIND.titrate, nl(rate), step, dose)).toEqual([P, P, `68/13/${nl(rate)}`]);
      const vtbis = around(KIND.start, nl(vtbi), 1, (volumeNl) => ({ volumeNl, totalNl: nl(total) }));
      expect(vtbis).toEqual([P, P, `68/8/${nl(vtbi)}`]);
      const totals = around(KIND.start, nl(total), 1, (totalNl) => ({ totalNl }));
      expect(totals).toEqual([P, P, `68/14/${nl(total)}`]);
      const given = { rateNlPerH: 10 * ML };
      const boluses = around(KIND.bolus, nl(bolusMl), 1, (volume) => ({ ...given, ...bolus(volume) }));
      expect(boluses).toEqual([P, P, `68/15/${nl(bolusMl)}`]);
      const sums = around(KIND.bolus, nl(rate), step, (sum) => ({
        rateNlPerH: 10 * ML,
        basalRateNlPerH: sum - 10 * ML,
      }));
      expect(sums).toEqual([P, P, `68/13/${nl(rate)}`]);
    },
  );

  it("the profile's maxima come after them", () => {
    const around = (bound: number, by: number, of: (nl: number) => Partial<Inputs>) =>
      [-by, 0, by].map((delta) => outcome({ inputs: of(bound + delta), drug: noLimits }));
    expect(around(500 * ML, ML, dose)).toEqual([P, P, "69/13/500000000"]);
    expect(around(2000 * ML, 1, (volumeNl) => ({ volumeNl, totalNl: 3000 * ML }))).toEqual([
      P,
      P,
      "69/8/2000000000",
    ]);
    const sums = [-1, 0, 1].map((delta) =>
      outcome({ kind: KIND.bolus, inputs: { basalRateNlPerH: 470 * ML + delta }, drug: noLimits }),
    );
    expect(sums).toEqual([P, P, "69/13/500000000"]);
  });

  it("a class that does not exist is no verdict at all", () => {
    expect(() => judged({ inputs: { pumpClass: 4 } })).toThrow(RangeError);
    expect(() => judged({ profile: { patientClass: 0 } })).toThrow(RangeError);
  });
});

describe("the rate of a dose (SPEC 4.5)", () => {
  /** 5 mcg/kg/min of 400 mg in 250 mL for 70 kg: 350 mcg/min, 21 mg/h, 13.125 mL/h. */
  const unit = parseDoseUnit("mcg/kg/min");
  const dopamine: Partial<Drug> = {
    continuous: { unit, bounds: {} },
    concentration: { amount: { value: 400 * 10 ** 9, dimension: 0 }, volumeNl: 250 * ML },
  };
  const inputs: Partial<Inputs> = {
    unit: packUnit(unit),
    dose: 5_000_000,
    amount: 400 * 10 ** 9,
    concentrationNl: 250 * ML,
  };
  const of = (rateNlPerH: number, more: Partial<Inputs> = {}): string => {
    return outcome({ inputs: { ...inputs, rateNlPerH, ...more }, drug: dopamine });
  };

  it("must follow from it, rounded down to a step", () => {
    expect(of(13_100_000)).toBe(P);
    expect(of(13_000_000)).toBe("66");
    expect(of(13_125_000)).toBe("66");
    expect(of(13_200_000)).toBe("66");
  });

  it.each([
    ["min", 60, 1],
    ["h", 1, 1],
    ["day", 1, 24],
  ] as const)("counts per %s", (time, over, under) => {
    const perTime = parseDoseUnit(`mg/m2/${time}`);
    // 1.8 m2 x 40 mg at 1.6 mg/mL, in nL/h, by plain division
    const nl = Math.floor((((1.8 * 40) / 1.6) * ML * over) / under);
    const step = nl < 10 * ML ? 10_000 : nl < 100 * ML ? 100_000 : ML;
    const rateNlPerH = Math.floor(nl / step) * step;
    const found = outcome({
      inputs: { ...inputs, unit: packUnit(perTime), dose: 40 * 10 ** 9, rateNlPerH },
      drug: { ...dopamine, continuous: { unit: perTime, bounds: {} } },
      profile: wideProfile,
    });
    expect(found).toBe(nl > 999 * ML ? "68/13/999000000" : P);
  });

  it("is refused as too coarse where more than 5 % would be lost, and not at exactly 5 %", () => {
    const rate = (nl: number, stepped: number): string =>
      outcome({ inputs: { dose: nl, rateNlPerH: stepped }, drug: noLimits });
    expect(rate(200_000, 200_000)).toBe(P);
    // 95 % of 200,000 is 190,000: lost is exactly 5 % of 200,000 at 199,999 + 1
    expect(rate(199_999, 190_000)).toBe(P);
    expect(rate(20_000, 20_000)).toBe(P);
    expect(rate(21_052, 20_000)).toBe(P); // 95.003 % stay
    expect(rate(21_053, 20_000)).toBe("67"); // 94.998 % stay
    expect(rate(9_999, 0)).toBe("67");
  });

  it("cannot overflow", () => {
    const day = parseDoseUnit("g/kg/min");
    const most = Number.MAX_SAFE_INTEGER;
    const found = outcome({
      inputs: {
        unit: packUnit(day),
        dose: most,
        amount: 1,
        concentrationNl: 10 ** 11,
        rateNlPerH: 2 ** 32 - 1,
      },
      drug: { continuous: { unit: day, bounds: {} }, customConcentration: {} },
    });
    expect(found).toBe("66");
  });

  it("needs the weight, or the body surface, that its unit counts per", () => {
    expect(of(13_100_000, { weightG: 0 })).toBe("64");
    const perArea = parseDoseUnit("mg/m2/h");
    const missing = outcome({
      inputs: { ...inputs, unit: packUnit(perArea), bsaCm2: 0 },
      drug: { ...dopamine, continuous: { unit: perArea, bounds: {} } },
    });
    expect(missing).toBe("64");
  });

  it("of a bolus is its volume, and the flow stands on a rate step", () => {
    const of = (more: Partial<Inputs>): string => outcome({ kind: KIND.bolus, inputs: more });
    expect(of({ volumeNl: 3 * ML - 1 })).toBe("66");
    expect(of({ volumeNl: 3 * ML + 1 })).toBe("66");
    expect(of({ rateNlPerH: 30 * ML + 1 })).toBe("66");
    expect(of({ rateNlPerH: 30 * ML + 100_000 })).toBe(P);
  });
});

describe("the order of the steps", () => {
  it("has the first that fails as the reason", () => {
    // Everything is wrong at once; then one thing after another is mended.
    let inputs: Partial<Inputs> = {
      weightG: 10_000,
      unit: packUnit(parseDoseUnit("mL/min")),
      amount: 1,
      dose: 1000 * ML,
      rateNlPerH: ML,
    };
    const mended: [Partial<Inputs>, string][] = [
      [{}, "69/11/30000"],
      [{ weightG: 70_000 }, "63"],
      [{ unit: START.unit }, "6a/9/1000000"],
      [{ amount: 4_000_000 }, "66"],
      [{ rateNlPerH: 1000 * ML }, "68/13/999000000"],
      [dose(600 * ML), "69/13/500000000"],
      [dose(50 * ML), "6a/2/40000000"],
      [dose(30 * ML), "ask 2"],
      [dose(10 * ML), P],
    ];
    for (const [mend, expected] of mended) {
      inputs = { ...inputs, ...mend };
      expect(outcome({ inputs })).toBe(expected);
    }
  });

  it("asks for all soft limits at once, and waives only those named", () => {
    const inputs = { ...dose(30 * ML), volumeNl: 600 * ML, totalNl: 700 * ML, amount: 9_000_000 };
    expect(outcome({ inputs })).toBe("ask 2 8 10");
    const all = (1 << 2) | (1 << 8) | (1 << 10);
    expect(judged({ inputs, waived: all }).verdict).toBe(VERDICT.permit);
    for (const limit of [2, 8, 10]) {
      const left = judged({ inputs, waived: all & ~(1 << limit) });
      expect(left.verdict).toBe(VERDICT.needsOverride);
      expect(left.causes.map((cause) => cause.limit)).toEqual([limit]);
    }
  });

  it("a hard limit cannot be waived", () => {
    expect(outcome({ inputs: dose(50 * ML), waived: 0xffff })).toBe("6a/2/40000000");
  });

  it("a soft limit that may not be overridden refuses like a hard one", () => {
    expect(outcome({ inputs: dose(30 * ML), drug: { flags: 0 } })).toBe("6a/2/20000000");
    expect(outcome({ inputs: dose(30 * ML), drug: { flags: 0 }, waived: 0xffff })).toBe("6a/2/20000000");
  });

  it("a mode that the entry does not have is refused", () => {
    const bolusOnly = without("continuous");
    const halfBolus = without("bolusRate");
    const otherHalf = without("bolusDose");
    const of = (kind: JudgedKind, entry: Drug) =>
      judge({ kind, inputs: kind === KIND.bolus ? BOLUS : START, drug: entry, profile, waivedMask: 0 })
        .causes[0];
    expect(of(KIND.start, bolusOnly)).toEqual({ status: JUDGED.unit });
    expect(of(KIND.bolus, halfBolus)).toEqual({ status: JUDGED.unit });
    expect(of(KIND.bolus, otherHalf)).toEqual({ status: JUDGED.unit });
    expect(of(KIND.bolus, bolusOnly)).toBeUndefined();
  });

  it("a fixed concentration must be the entry's", () => {
    const rest = without("customConcentration");
    const fixed: Drug = {
      ...rest,
      concentration: { amount: { value: 4_000_000, dimension: 0 }, volumeNl: ML },
    };
    const of = (amount: number, concentrationNl: number): number | undefined =>
      judge({
        kind: KIND.start,
        inputs: { ...START, amount, concentrationNl },
        drug: fixed,
        profile,
        waivedMask: 0,
      }).causes[0]?.limit;
    expect(of(4_000_000, ML)).toBeUndefined();
    expect(of(3_999_999, ML)).toBe(LIMIT.concentrationMin);
    expect(of(4_000_001, ML)).toBe(LIMIT.concentrationMax);
  });

  it("the maximum of a signed range is judged like a dose", () => {
    expect(outcome({ inputs: { rangeMax: 20 * ML } })).toBe(P);
    expect(outcome({ inputs: { rangeMax: 20 * ML + 1 } })).toBe("ask 2");
    expect(outcome({ inputs: { rangeMax: 40 * ML } })).toBe("ask 2");
    expect(outcome({ inputs: { rangeMax: 40 * ML + 1 } })).toBe("6a/2/40000000");
    expect(outcome({ inputs: { rangeMax: 600 * ML } })).toBe("69/13/500000000");
    expect(outcome({ inputs: { rangeMax: 1000 * ML } })).toBe("68/13/999000000");
    expect(outcome({ inputs: { rangeMax: 1000 * ML, pumpClass: 2, volumeNl: 50 * ML } })).toBe(
      "68/13/99900000",
    );
  });

  it("a reduction needs only its rate to follow from its dose", () => {
    const inputs = { ...dose(50 * ML), weightG: 1, volumeNl: 0, amount: 1, basalRateNlPerH: 50 * ML };
    expect(outcome({ kind: KIND.titrate, inputs })).toBe(P);
    expect(outcome({ kind: KIND.titrate, inputs: { ...inputs, dose: 49 * ML } })).toBe("66");
    expect(outcome({ kind: KIND.titrate, inputs: { ...inputs, basalRateNlPerH: 50 * ML - 1 } })).not.toBe(P);
    expect(outcome({ kind: KIND.start, inputs })).not.toBe(P);
  });
});
