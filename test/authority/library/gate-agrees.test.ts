import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { allDoseUnits, DIMENSION, type DoseUnit } from "../../../host-sim/authority/dose.js";
import type { CompiledLibrary } from "../../../host-sim/authority/library/compile.js";
import { encodeEntry } from "../../../host-sim/authority/library/entry.js";
import { generateLibrary } from "../../../host-sim/authority/library/generate.js";
import { exampleDirectory, loadLibrary } from "../../../host-sim/authority/library/load.js";
import {
  type Bounds,
  DOSE_GROUPS,
  type Drug,
  type Profile,
  WINDOWS,
} from "../../../host-sim/authority/library/model.js";
import { checkDrug, checkProfile, type Finding } from "../../../host-sim/authority/library/sense.js";
import { Device } from "../../../host-sim/device/device.js";
import { Random } from "../../../host-sim/device/random.js";
import { Gate, loadModule } from "../../../host-sim/gate/gate.js";
import { BOOT_CAUSE } from "../../../host-sim/gate/names.js";
import { STATUS } from "../../../host-sim/gate/status.js";
import { Hospital } from "../../../host-sim/ward/hospital.js";

const module = loadModule();

/** A provisioned gate of a pump class, whose hospital signs libraries like this one. */
function provisioned(
  library: CompiledLibrary,
  pumpClass = 1,
): { gate: Gate; hospital: Hospital; device: Device } {
  const nowS = library.header.issuedS;
  const device = new Device({ seed: "library", wallTimeS: nowS });
  const gate = new Gate(module, device);
  const hospital = new Hospital({ seed: "library", library, nowS });
  gate.boot(BOOT_CAUSE.POWER_ON);
  expect(gate.provision(hospital.issuePump("pump", pumpClass).block).status).toBe(STATUS.OK);
  return { gate, hospital, device };
}

function install(library: CompiledLibrary, pumpClass = 1): { status: number; entryIndex: number | null } {
  const { gate, hospital } = provisioned(library, pumpClass);
  const bytes = library.entries.map((entry) => entry.bytes);
  const { status, entryIndex } = gate.installLibrary(hospital.publishLibrary(library).bytes, bytes);
  return { status, entryIndex };
}

describe("the gate installs what this tool compiles", () => {
  it("the example library", () => {
    expect(install(loadLibrary(exampleDirectory()))).toEqual({ status: STATUS.OK, entryIndex: null });
  });

  it("a generated one of 1,200 entries", () => {
    expect(install(generateLibrary({ entries: 1200, areas: 5, seed: 1 }))).toEqual({
      status: STATUS.OK,
      entryIndex: null,
    });
  });

  it("and refuses, like the tool, the example for a syringe pump, at the first profile", () => {
    expect(install(loadLibrary(exampleDirectory()), 2)).toEqual({
      status: STATUS.ENTRY_CEILING,
      entryIndex: 0,
    });
    expect(() => loadLibrary(exampleDirectory(), 2)).toThrow("above the ceiling");
  });
});

const UNITS = allDoseUnits();

/** A number near those that matter: small, of a real dose, a ceiling in nL, one beside it, or the largest. */
function someValue(random: Random): number {
  const near = random.pick([
    0,
    20_000_000,
    25_000_000,
    250_000_000,
    999_000_000,
    9_999_000_000,
    Number.MAX_SAFE_INTEGER - 1,
  ]);
  return random.pick([
    random.below(1000),
    random.below(2 ** 31) * 1000,
    Math.max(0, near + random.between(-1, 1)),
  ]);
}

function someBounds(random: Random): Bounds {
  const keys = (["hardMin", "softMin", "softMax", "hardMax"] as const).filter(() => random.chance(1, 2));
  const values = keys.map(() => someValue(random));
  if (random.chance(3, 4)) values.sort((a, b) => a - b);
  return Object.fromEntries(keys.map((key, i) => [key, values[i]!]));
}

/** Seconds near those that matter: none, one, a day. */
function someSeconds(random: Random): Bounds {
  const keys = (["hardMin", "softMin", "softMax", "hardMax"] as const).filter(() => random.chance(1, 2));
  const values = keys.map(() => random.pick([0, 1, 2, random.below(86_400), 86_399, 86_400, 86_401]));
  if (random.chance(4, 5)) values.sort((a, b) => a - b);
  return Object.fromEntries(keys.map((key, i) => [key, values[i]!]));
}

/** Maxima, or now and then a minimum among them. */
function someMaxima(random: Random): Bounds {
  if (random.chance(1, 4)) return someBounds(random);
  const softMax = Math.min(someValue(random), Number.MAX_SAFE_INTEGER - 1);
  return { softMax, hardMax: Math.max(0, random.pick([softMax, softMax + 1, softMax - 1])) };
}

function someWindows(random: Random, drug: Drug): NonNullable<Drug["windows"]> {
  const names = WINDOWS.map(({ name }) => name).filter(() => random.chance(1, 2));
  return {
    unit: someUnit(random, drug, random.chance(1, 5)),
    limits: Object.fromEntries(names.map((name) => [name, someMaxima(random)])),
  };
}

/** A unit that mostly fits where it is written. */
function someUnit(random: Random, drug: Drug, timed: boolean): DoseUnit {
  if (random.chance(1, 4)) return random.pick(UNITS);
  const dimension = random.chance(1, 4) ? DIMENSION.volume : drug.ingredient & 7;
  const fitting = UNITS.filter(
    ({ amount, time }) => amount.dimension === dimension && (time !== 0) === timed,
  );
  return random.pick(fitting.length > 0 ? fitting : UNITS);
}

const LEFT_OUT = [
  "bolusDose",
  "bolusRate",
  "concentration",
  "intermittent",
  "duration",
  "pcaDose",
  "lockout",
  "loading",
] as const;

/** The drug with one group left out. */
function without(drug: Drug, key: (typeof LEFT_OUT)[number] | "vtbi"): Drug {
  return Object.fromEntries(Object.entries(drug).filter(([name]) => name !== key)) as unknown as Drug;
}

/** One or two changes that may or may not break a rule. Rules in which the tool is stricter are left alone. */
function changedDrug(random: Random, drug: Drug): Drug {
  // What a large pump may hold in a bag is too much for a small one: mostly left out, so that other rules decide.
  let result = random.chance(4, 5) ? without(drug, "vtbi") : drug;
  for (let i = random.between(1, 2); i > 0; i--) {
    const { field: group, timed } = random.pick(DOSE_GROUPS);
    const limits = { unit: someUnit(random, result, timed), bounds: someBounds(random) };
    const withMinimum = { hardMin: 1, ...someSeconds(random) };
    const changes: (() => Partial<Drug>)[] = [
      () => ({ [group]: limits }),
      () => ({ [group]: { unit: result[group]?.unit ?? limits.unit, bounds: limits.bounds } }),
      () => ({ vtbi: someBounds(random) }),
      () => ({ duration: someSeconds(random) }),
      () => ({ lockout: someSeconds(random) }),
      () => ({ intermittent: limits, duration: someSeconds(random) }),
      () => ({ pcaDose: limits, lockout: withMinimum, bolusRate: result.bolusRate ?? limits }),
      () => ({ loading: limits, bolusRate: result.bolusRate ?? limits }),
      () => ({
        titrationStep: {
          intervalS: random.pick([0, 1, 600, 86_400, 86_401]),
          bounds: someMaxima(random),
        },
      }),
      () => ({ windows: someWindows(random, result) }),
      () => ({ advisory: random.pick([0, 1, 2 ** 32 - 1, 2 ** 32]), flags: random.below(64) }),
      () => ({ customConcentration: someBounds(random) }),
      () => ({ ingredient: 8 * random.between(1, 100) + random.below(8) }),
      () => ({ weightG: { min: random.between(200, 500_000), max: random.between(200, 500_000) } }),
      () => ({ bsaCm2: { min: random.between(500, 35_000), max: random.between(500, 35_000) } }),
    ];
    result = { ...result, ...random.pick(changes)() };
    if (random.chance(1, 8)) result = without(result, random.pick(LEFT_OUT));
  }
  // A fixed concentration's dimension is not encoded: the gate cannot see it differ from the ingredient's.
  const { concentration } = result;
  if (!concentration) return result;
  const amount = { value: concentration.amount.value, dimension: result.ingredient & 7 };
  return { ...result, concentration: { amount, volumeNl: concentration.volumeNl } };
}

function changedProfile(random: Random, profile: Profile): Profile {
  const range = (min: number, max: number) => ({
    min: random.between(min, max),
    max: random.between(min, max),
  });
  const rateNlPerHMax = random.pick([profile.rateNlPerHMax, 1 + (someValue(random) % 2 ** 31)]);
  return {
    ...profile,
    patientClass: random.between(1, 3),
    rateNlPerHMax,
    vtbiNlMax: Math.max(1, someValue(random)),
    ...(random.chance(1, 4) && { weightG: range(200, 500_000) }),
    ...(random.chance(1, 4) && { bsaCm2: range(500, 35_000) }),
    kvoRateNlPerH: random.pick([random.below(rateNlPerHMax + 1), rateNlPerHMax, rateNlPerHMax + 1]),
    ...(random.chance(1, 3) && { airUl: random.pick([9, 10, 1000, 1001]) }),
    ...(random.chance(1, 3) && { occlusionMmHg: random.pick([9, 10, 2000, 2001]) }),
  };
}

const refused = (findings: readonly Finding[]): boolean =>
  findings.some(({ severity }) => severity === "error");

/** Statuses by which the gate says that the entry is at fault. */
const ENTRY_FAULTS: readonly number[] = [STATUS.ENTRY_SENSE, STATUS.ENTRY_CEILING, STATUS.SCHEMA];

describe("the tool and the gate judge an entry alike", () => {
  const base = generateLibrary({ entries: 60, areas: 3, seed: "agree" });
  const drugs = base.areas.flatMap((area) => area.drugs.map((drug) => ({ drug, profile: area.profile })));

  it.each([1, 2, 3])("for 2,000 changed drugs and profiles in a pump of class %i", (pumpClass) => {
    const random = new Random(`agree ${pumpClass}`);
    const { gate, hospital, device } = provisioned(base, pumpClass);
    const manifest = hospital.publishLibrary(base).bytes;
    let refusals = 0;
    let drugsJudged = 0;
    for (let i = 0; i < 2000; i++) {
      const { drug: original, profile: whole } = random.pick(drugs);
      const fitting: Profile = { ...whole, rateNlPerHMax: 1_000_000, vtbiNlMax: 1_000_000, kvoRateNlPerH: 0 };
      const profile = random.chance(1, 3) ? changedProfile(random, whole) : fitting;
      const drug = changedDrug(random, original);
      device.clock.advanceMs(10_000); // verifications are throttled (SPEC 7)
      expect(gate.libraryBegin(manifest).status).toBe(STATUS.OK);
      const context = inspect({ i, pumpClass, profile, drug }, { depth: 6 });

      const profileStatus = gate.libraryEntry(encodeEntry(profile)).status;
      expect(profileStatus === STATUS.OK || ENTRY_FAULTS.includes(profileStatus), context).toBe(true);
      expect(profileStatus !== STATUS.OK, context).toBe(refused(checkProfile(profile, pumpClass)));
      if (profileStatus === STATUS.OK) {
        const status = gate.libraryEntry(encodeEntry(drug)).status;
        expect(status === STATUS.OK || ENTRY_FAULTS.includes(status), context).toBe(true);
        // A name of the generator and a continuous dose are always there, so no stricter rule of the tool interferes.
        const found = checkDrug(drug, profile, pumpClass);
        // Flags that the tool finds of no use are no fault of the entry.
        const faults = found.filter(({ field }) => field !== "flags");
        expect(status !== STATUS.OK, context).toBe(refused(faults));
        drugsJudged++;
        if (status !== STATUS.OK) refusals++;
      }
      gate.libraryAbort();
    }
    // Both answers occur often, or the comparison says nothing.
    expect(refusals).toBeGreaterThan(drugsJudged / 4);
    expect(drugsJudged - refusals).toBeGreaterThan(drugsJudged / 10);
  });
});
