/**
 * Who lies in the ward and what they are given: one case per pump, over the five care areas of the example library. Doses are
 * written as people order them; NOT FOR CLINICAL USE.
 */
export interface Care {
  /** Displayed name of the pump's place; a number follows where a case occurs again. */
  readonly place: string;
  readonly area: number;
  /** Displayed name in the library, and variant. */
  readonly drug: string;
  readonly variant: number;
  readonly weightsG: readonly number[];
  /** 0 = unknown. */
  readonly bsaCm2: number;
  /** Disposable set (hospital.ts). */
  readonly setId: number;
  /** Doses within the soft limits; the first starts the infusion. */
  readonly doses: readonly string[];
  /** What a nurse may choose without a new order: minimum, maximum, largest step. */
  readonly range: { readonly min: string; readonly max: string; readonly step: string };
  /** Above the soft, below the hard maximum. */
  readonly softDose: string;
  /** Who may answer for it: the library's entry says so. */
  readonly softAnswer: "panel" | "approval";
  /** Above the hard maximum, and what the gate says to it. */
  readonly hardDose: string;
  readonly hardReason: "LIMIT_HARD" | "LIMIT_PROFILE";
  readonly bolus?: {
    readonly dose: string;
    readonly rate: string;
    /** Above the hard maximum of a bolus, and what the gate says to it. */
    readonly hard: string;
    readonly hardReason: "LIMIT_HARD" | "LIMIT_CEILING";
  };
  /** Volume of a full bag or syringe. */
  readonly bag: string;
}

export const CARES: readonly Care[] = [
  {
    place: "Adult ICU",
    area: 1,
    drug: "NORepinephrine",
    variant: 3,
    weightsG: [62_000, 80_000, 94_000],
    bsaCm2: 0,
    setId: 1,
    doses: ["0.1 mcg/kg/min", "0.06 mcg/kg/min", "0.15 mcg/kg/min", "0.2 mcg/kg/min", "0.3 mcg/kg/min"],
    range: { min: "0.02 mcg/kg/min", max: "0.4 mcg/kg/min", step: "0.05 mcg/kg/min" },
    softDose: "1.2 mcg/kg/min",
    softAnswer: "approval",
    hardDose: "3.5 mcg/kg/min",
    hardReason: "LIMIT_HARD",
    bag: "250 mL",
  },
  {
    place: "Adult ward",
    area: 2,
    drug: "sodium chloride 0.9%",
    variant: 1,
    weightsG: [58_000, 71_000, 85_000],
    bsaCm2: 18_000,
    setId: 1,
    doses: ["100 mL/h", "80 mL/h", "125 mL/h", "150 mL/h"],
    range: { min: "50 mL/h", max: "200 mL/h", step: "25 mL/h" },
    softDose: "300 mL/h",
    softAnswer: "panel",
    hardDose: "650 mL/h",
    hardReason: "LIMIT_PROFILE",
    bolus: { dose: "50 mL", rate: "300 mL/h", hard: "251 mL", hardReason: "LIMIT_CEILING" },
    bag: "1000 mL",
  },
  {
    place: "Paediatrics",
    area: 3,
    drug: "morphine",
    variant: 1,
    weightsG: [14_000, 22_000, 31_000],
    bsaCm2: 0,
    setId: 2,
    doses: ["20 mcg/kg/h", "10 mcg/kg/h", "15 mcg/kg/h", "30 mcg/kg/h"],
    range: { min: "10 mcg/kg/h", max: "35 mcg/kg/h", step: "5 mcg/kg/h" },
    softDose: "55 mcg/kg/h",
    softAnswer: "panel",
    hardDose: "120 mcg/kg/h",
    hardReason: "LIMIT_HARD",
    bolus: { dose: "40 mcg/kg", rate: "6 mL/h", hard: "110 mcg/kg", hardReason: "LIMIT_HARD" },
    bag: "50 mL",
  },
  {
    place: "Neonatal ICU",
    area: 4,
    drug: "alprostadil",
    variant: 2,
    weightsG: [2400, 3200, 3900],
    bsaCm2: 0,
    setId: 2,
    doses: ["50 ng/kg/min", "30 ng/kg/min", "70 ng/kg/min", "90 ng/kg/min"],
    range: { min: "20 ng/kg/min", max: "100 ng/kg/min", step: "20 ng/kg/min" },
    softDose: "160 ng/kg/min",
    softAnswer: "panel",
    hardDose: "450 ng/kg/min",
    hardReason: "LIMIT_HARD",
    bag: "50 mL",
  },
  {
    place: "PCA",
    area: 5,
    drug: "morphine PCA",
    variant: 1,
    weightsG: [66_000, 78_000, 90_000],
    bsaCm2: 0,
    setId: 2,
    doses: ["0.5 mg/h", "0.8 mg/h", "1 mg/h"],
    range: { min: "0.2 mg/h", max: "1 mg/h", step: "0.2 mg/h" },
    softDose: "1.6 mg/h",
    softAnswer: "approval",
    hardDose: "3.5 mg/h",
    hardReason: "LIMIT_HARD",
    bolus: { dose: "1 mg", rate: "30 mL/h", hard: "6 mg", hardReason: "LIMIT_HARD" },
    bag: "50 mL",
  },
  {
    place: "Adult ICU",
    area: 1,
    drug: "heparin",
    variant: 1,
    weightsG: [60_000, 72_000, 88_000],
    bsaCm2: 0,
    setId: 1,
    doses: ["12 unit/kg/h", "10 unit/kg/h", "14 unit/kg/h", "18 unit/kg/h"],
    range: { min: "8 unit/kg/h", max: "20 unit/kg/h", step: "2 unit/kg/h" },
    softDose: "30 unit/kg/h",
    softAnswer: "panel",
    hardDose: "45 unit/kg/h",
    hardReason: "LIMIT_HARD",
    bolus: { dose: "20 unit/kg", rate: "200 mL/h", hard: "110 unit/kg", hardReason: "LIMIT_HARD" },
    bag: "250 mL",
  },
];

/** The cases of a ward of `pumps` pumps with the names of their places: "Adult ICU 1", "Adult ICU 2", "PCA 1". */
export function roster(pumps: number): { readonly name: string; readonly care: Care }[] {
  const counts = new Map<string, number>();
  return Array.from({ length: pumps }, (_, index) => {
    const care = CARES[index % CARES.length]!;
    const count = (counts.get(care.place) ?? 0) + 1;
    counts.set(care.place, count);
    return { name: `${care.place} ${count}`, care };
  });
}
