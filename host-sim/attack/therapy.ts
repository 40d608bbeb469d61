/** The patients of the attacks: real drugs of the example library at ordinary doses (NOT FOR CLINICAL USE). */
import { join } from "node:path";
import type { Concentration } from "../authority/dose.js";
import { formatConcentration } from "../authority/dose.js";
import { ceilingsFor } from "../authority/rate.js";
import { formatWeight } from "../authority/quantity.js";
import { compile, type CompiledLibrary } from "../authority/library/compile.js";
import { exampleDirectory, loadLibrary } from "../authority/library/load.js";
import type { Drug, Profile } from "../authority/library/model.js";

export interface Therapy {
  /** Pump class (SPEC 5.1). */
  readonly pumpClass: number;
  /** Files of the example library that the pump has; all if left out. */
  readonly files?: readonly string[];
  readonly area: number;
  readonly drug: string;
  readonly variant: number;
  readonly weightG: number;
  readonly dose: string;
  /** What hangs there, and may be given: VTBI and total. */
  readonly bag: string;
}

/** A vasopressor in intensive care: what people die of first if its rate is changed. */
export const NOREPINEPHRINE: Therapy = {
  pumpClass: 1,
  area: 1,
  drug: "NORepinephrine",
  variant: 1,
  weightG: 80_000,
  dose: "0.05 mcg/kg/min",
  bag: "250 mL",
};

/** Insulin, the drug of the pumps with a remote control. */
export const INSULIN: Therapy = {
  pumpClass: 1,
  area: 1,
  drug: "insulin regular",
  variant: 1,
  weightG: 75_000,
  dose: "2 unit/h",
  bag: "100 mL",
};

/** An opioid on an ambulatory PCA pump. */
export const MORPHINE_PCA: Therapy = {
  pumpClass: 3,
  files: ["library.yaml", "pca-anaesthesia.yaml"],
  area: 5,
  drug: "morphine PCA",
  variant: 1,
  weightG: 70_000,
  dose: "0.5 mg/h",
  bag: "50 mL",
};

/** A sedative opioid on a syringe pump. */
export const FENTANYL_SYRINGE: Therapy = {
  pumpClass: 2,
  area: 1,
  drug: "fentaNYL",
  variant: 2,
  weightG: 70_000,
  dose: "100 mcg/h",
  bag: "50 mL",
};

/** An anticoagulant by body weight. */
export const HEPARIN: Therapy = {
  pumpClass: 1,
  area: 1,
  drug: "heparin",
  variant: 1,
  weightG: 80_000,
  dose: "12 unit/kg/h",
  bag: "250 mL",
};

const loaded = new Map<string, CompiledLibrary>();

/** The library of a therapy's pump. */
export function libraryOf(therapy: Therapy): CompiledLibrary {
  const { pumpClass, files } = therapy;
  const name = `${pumpClass} ${files?.join() ?? ""}`;
  let library = loaded.get(name);
  if (library === undefined) {
    const directory = exampleDirectory();
    const paths = files?.map((file) => join(directory, file)) ?? directory;
    // A class without files of its own gets the example, written for class 1, cut to what its pumps can do.
    library =
      files === undefined && pumpClass !== 1
        ? withinCeilings(loadLibrary(paths), pumpClass)
        : loadLibrary(paths, pumpClass);
    loaded.set(name, library);
  }
  return library;
}

/** "NORepinephrine 4 mg in 250 mL at 0.05 mcg/kg/min, 80 kg" */
export function describeTherapy(therapy: Therapy): string {
  const { name, concentration } = drugOf(therapy);
  return `${name}, ${formatConcentration(concentration)}, at ${therapy.dose}, ${formatWeight(therapy.weightG)}`;
}

/** The therapy's entry. Throws RangeError if its library has none. */
export function drugOf(therapy: Therapy): Drug & { readonly concentration: Concentration } {
  const found = libraryOf(therapy)
    .named(therapy.drug)
    .find(({ area, variant }) => area === therapy.area && variant === therapy.variant);
  if (found?.concentration === undefined) {
    throw new RangeError(`no ${therapy.drug} of fixed concentration in area ${therapy.area}`);
  }
  return { ...found, concentration: found.concentration };
}

/** The areas of a library with rates and volumes no higher than a pump class has (SPEC 5.1). */
function withinCeilings(library: CompiledLibrary, pumpClass: number): CompiledLibrary {
  const models = library.areas.flatMap(({ profile, drugs }): (Profile | Drug)[] => {
    const { rateNlPerHMax, vtbiNlMax } = ceilingsFor(pumpClass, profile.patientClass);
    const cut: Profile = {
      ...profile,
      rateNlPerHMax: Math.min(profile.rateNlPerHMax, rateNlPerHMax),
      vtbiNlMax: Math.min(profile.vtbiNlMax, vtbiNlMax),
    };
    // A drug counted in mL has limits of its own above the ceiling: it is none for such a pump.
    const given = drugs.filter(({ ingredient }) => (ingredient & 7) !== VOLUME);
    return [cut, ...given.map(withoutVolumeBounds)];
  });
  return compile(library.header, models);
}

const VOLUME = 4;

function withoutVolumeBounds(drug: Drug): Drug {
  const rest: { -readonly [K in keyof Drug]: Drug[K] } = { ...drug };
  delete rest.vtbi;
  return rest;
}
