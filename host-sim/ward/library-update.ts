/** The afternoon's drug library: the same but for one drug with stricter limits, enabled later than it is installed. */
import { compile, type CompiledLibrary } from "../authority/library/compile.js";
import type { Drug, Profile } from "../authority/library/model.js";

/** Whose limits change: norepinephrine per kg in the adult ICU. */
const AREA = 1;
const DRUG = 1001;
/** pg/kg/min: 0.5 and 1 mcg/kg/min, where the library before has 1 and 3. */
const STRICTER = { softMax: 500_000, hardMax: 1_000_000 } as const;

/** What people are told of it. */
export const UPDATE_NOTE = "NORepinephrine, adult ICU: soft maximum 1 to 0.5, hard maximum 3 to 1 mcg/kg/min";

/** The next version of `library`. Times in Unix seconds. */
export function stricterLibrary(library: CompiledLibrary, issuedS: number, enableS: number): CompiledLibrary {
  const models = library.entries.map(({ model }) => (isConcerned(model) ? stricter(model) : model));
  return compile({ ...library.header, version: library.header.version + 1, issuedS, enableS }, models);
}

function isConcerned(model: Profile | Drug): model is Drug {
  if (model.kind !== "drug" || model.area !== AREA || model.drug !== DRUG) return false;
  const { continuous } = model;
  return continuous?.unit.basis === PER_KG;
}

const PER_KG = 1;

function stricter(drug: Drug): Drug {
  const continuous = drug.continuous!;
  return { ...drug, continuous: { ...continuous, bounds: { ...continuous.bounds, ...STRICTER } } };
}
