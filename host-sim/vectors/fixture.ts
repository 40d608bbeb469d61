/** What a group of limit vectors starts from, made real: a pump with this library, and the patient in its bed. */
import { type CommandBody, type RatedDose, type WholeDose } from "../authority/command.js";
import { type DoseUnit, packDoseUnit, parseDoseUnit } from "../authority/dose.js";
import { type CompiledLibrary, compile } from "../authority/library/compile.js";
import {
  type Bounds,
  DOSE_GROUPS,
  type DoseField,
  type DoseLimits,
  type Drug,
  FLAGS,
  type Profile,
  type WindowName,
  WINDOWS,
} from "../authority/library/model.js";
import type { GateObserver } from "../gate/gate.js";
import { Bed, patientToken } from "../ward/bed.js";
import { Hospital } from "../ward/hospital.js";
import type {
  BodyText,
  DrugText,
  Fixture,
  LibraryText,
  LimitsText,
  ProfileText,
  RatedText,
  WholeText,
} from "./limit-vectors.js";

/** When the library was issued, Unix seconds: 2026-02-01. No vector depends on it. */
const NOW_S = 1_769_904_000;
const YEAR_S = 365 * 86_400;

export function profileOf(text: ProfileText): Profile {
  return { kind: "profile", ...text };
}

export function drugOf(text: DrugText): Drug {
  const { continuous, bolusDose, bolusRate, intermittent, loading, pcaDose, ...others } = text;
  const { concentration, titrationStep, windows, flags, ...rest } = others;
  const dimension = text.ingredient & 7;
  return {
    kind: "drug",
    variant: 1,
    ...rest,
    ...(concentration && {
      concentration: {
        amount: { value: concentration.amount, dimension },
        volumeNl: concentration.volumeNl,
      },
    }),
    ...limitsOf({ continuous, bolusDose, bolusRate, intermittent, loading, pcaDose }),
    ...(titrationStep && { titrationStep: stepOf(titrationStep) }),
    ...(windows && { windows: windowsOf(windows) }),
    flags: flags.reduce((all, word) => all | flagOf(word), 0),
  };
}

function limitsOf(
  groups: Readonly<Record<DoseField, LimitsText | undefined>>,
): Readonly<Partial<Record<DoseField, DoseLimits>>> {
  const made: Partial<Record<DoseField, DoseLimits>> = {};
  for (const { field } of DOSE_GROUPS) {
    const text = groups[field];
    if (text === undefined) continue;
    const { unit, ...bounds } = text;
    made[field] = { unit: parseDoseUnit(unit), bounds };
  }
  return made;
}

function stepOf({ intervalS, ...bounds }: Bounds & { readonly intervalS: number }) {
  return { intervalS, bounds };
}

function windowsOf(text: NonNullable<DrugText["windows"]>) {
  const limits: Partial<Record<WindowName, Bounds>> = {};
  for (const { name } of WINDOWS) if (text[name]) limits[name] = text[name];
  return { unit: parseDoseUnit(text.unit), limits };
}

function flagOf(word: string): number {
  const flag = FLAGS[word];
  if (flag === undefined) throw new RangeError(`no entry flag "${word}"; see FLAGS of library/model.ts`);
  return flag;
}

/** The library as the pump is given it. */
export function libraryOf(text: LibraryText, version = 1): CompiledLibrary {
  const header = {
    id: new Uint8Array(16).fill(0x11),
    epoch: 1,
    version,
    issuedS: NOW_S,
    enableS: 0,
    expiresS: NOW_S + YEAR_S,
    graceS: 0,
    minimumRootVersion: 1,
    minimumAbi: 1 << 16,
    note: "NOT FOR CLINICAL USE",
  };
  return compile(header, [...text.profiles.map(profileOf), ...text.drugs.map(drugOf)]);
}

/** A pump that is provisioned, with the library, and the patient associated unless the fixture says otherwise. */
export function bedOf(fixture: Fixture, module: WebAssembly.Module, observer?: GateObserver): Bed {
  const library = libraryOf(fixture.library);
  const hospital = new Hospital({ seed: "limit vectors", library, nowS: NOW_S, ...fixture.policy });
  const pump = observer ? { observer } : {};
  const bed = Bed.ready({ name: "bed", module, hospital, library, pumpClass: fixture.pumpClass, pump });
  if (fixture.associated !== false) {
    const { status } = bed.associate({ token: patientToken("patient"), ...fixture.patient });
    if (status !== 0) throw new Error(`the fixture's patient is refused with status ${status}`);
  }
  return bed;
}

/** The entry of this code. Throws RangeError. */
export function drugIn(library: CompiledLibrary, code: number): Drug {
  const found = library.areas.flatMap(({ drugs }) => drugs).find(({ drug }) => drug === code);
  if (!found) throw new RangeError(`the fixture's library has no drug ${code}`);
  return found;
}

export const packed = (unit: string): number => packDoseUnit(parseDoseUnit(unit) satisfies DoseUnit);

/** The body that is signed. */
export function bodyOf(text: BodyText, library: CompiledLibrary): CommandBody {
  if (!("drug" in text)) return text;
  const { area, drug, variant } = drugIn(library, text.drug);
  const reference = library.reference(area, drug, variant);
  switch (text.kind) {
    case "PCA": {
      const { pca, basal, loading, ...rest } = text;
      return {
        ...rest,
        drug: reference,
        pca: { ...pca, unit: packed(pca.unit) },
        ...(basal && { basal: rated(basal) }),
        ...(loading && { loading: rated(loading) }),
      };
    }
    case "start": {
      const { loading, ...rest } = text;
      return { ...rated(rest), drug: reference, ...(loading && { loading: rated(loading) }) };
    }
    case "titrate":
      return { ...rated(text), drug: reference };
    case "bolus":
    case "loading":
      return { ...rated(text), drug: reference };
  }
}

function rated<T extends RatedText | WholeText>(
  text: T,
): Omit<T, "unit"> & (RatedDose | WholeDose) & { unit: number };
function rated<T extends RatedText>(text: T): Omit<T, "unit"> & { unit: number } {
  return { ...text, unit: packed(text.unit) };
}
