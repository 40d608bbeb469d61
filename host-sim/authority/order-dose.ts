/** The kinds of an order file that bring a dose: start, PCA, titrate, bolus, loading (SPEC 4.2). */
import type { CommandBody, StartMode, TitrationRange } from "./command.js";
import { START_MODE_NAMES, STEPS_MAX } from "./command-body.js";
import {
  type Concentration,
  type Dose,
  formatDose,
  parseBodySurfaceCm2,
  parseConcentration,
  parseDose,
  parseDurationS,
  parseRateNlPerH,
  parseVolumeNl,
  parseWeightG,
  QuantityError,
} from "./dose.js";
import type { CompiledLibrary, Lookup } from "./library/compile.js";
import type { Fields } from "./library/document.js";
import type { Problem } from "./library/problem.js";
import { integer } from "./library/words.js";
import {
  bolusBody,
  type BagOrder,
  drugReference,
  intermittentBody,
  loadingBody,
  type OrderBase,
  pcaBody,
  sameUnit,
  startBody,
  titrateBody,
  type WholeOrder,
} from "./order.js";
import {
  bolusProblems,
  type CheckedOrder,
  type OrderProblem,
  pcaProblems,
  startProblems,
  titrateProblems,
} from "./order-check.js";
import { type Body, PUMP_CLASSES } from "./rate.js";
import type { OrderKind } from "./roles.js";

export interface OrderOptions {
  /** Needed for every kind with a dose. */
  readonly library?: CompiledLibrary;
  /** Sign although limits are broken, to see the gate refuse. */
  readonly unchecked?: boolean;
}

/** A body, and the entry it was written against. */
export interface Read {
  readonly body: CommandBody;
  readonly lookup?: Lookup;
}

const DAY_S = 86_400;
const DRUG_KEYS = ["pump_class", "area", "drug", "variant", "weight", "bsa", "concentration", "dose"];
const BAG_KEYS = ["vtbi", "total", "set"];
const START_KEYS: Readonly<Record<StartMode, readonly string[]>> = {
  continuous: [...BAG_KEYS, "range", "loading", "steps"],
  intermittent: ["duration", "total", "set"],
  secondary: [...BAG_KEYS, "duration"],
};
const KIND_KEYS: Readonly<Record<OrderKind, readonly string[]>> = {
  start: ["mode"],
  PCA: [...BAG_KEYS, "pca", "loading"],
  titrate: [],
  bolus: ["rate"],
  loading: ["rate"],
};

/** Reads one order; its problems go where the file's go. */
export class DoseReader {
  constructor(
    private readonly path: string,
    private readonly fields: Fields,
    private readonly problems: Problem[],
    private readonly options: OrderOptions,
  ) {}

  /** `common`: the keys that every order file may have. */
  read(kind: OrderKind, common: readonly string[]): Read | undefined {
    const { fields } = this;
    const mode = kind === "start" && fields.has("mode") ? fields.read("mode", readMode) : "continuous";
    if (mode === undefined) return undefined;
    const ofMode = kind === "start" ? START_KEYS[mode] : [];
    fields.only([...common, ...DRUG_KEYS, ...KIND_KEYS[kind], ...ofMode]);
    const pumpClass = fields.required("pump_class", "1", readPumpClass);
    // A PCA order without basal rate has a dose on demand only.
    const dose = this.dose(kind !== "PCA");
    const lookup = this.lookup();
    const concentration = this.concentration(lookup);
    const patient = readPatient(fields);
    if (pumpClass === undefined || !lookup || !concentration) return undefined;
    const { header, root } = this.options.library!;
    const { area, drug, variant } = lookup.drug;
    const version = {
      epoch: header.epoch,
      version: header.version,
      merkleRoot: root,
      rootVersionMin: header.minimumRootVersion,
    };
    const base: OrderBase = {
      drug: drugReference(version, area, drug, variant),
      patient,
      concentration,
      pumpClass,
    };
    const checked: CheckedOrder = {
      drug: lookup.drug,
      profile: lookup.profileModel,
      pumpClass,
      patient,
      concentration,
    };
    if (dose === undefined && (kind !== "PCA" || fields.has("dose"))) return undefined;
    const body = this.body(kind, mode, base, checked, dose);
    return body && { body, lookup };
  }

  private body(
    kind: OrderKind,
    mode: StartMode,
    base: OrderBase,
    checked: CheckedOrder,
    dose: Dose | undefined,
  ): CommandBody | undefined {
    if (kind === "PCA") return this.pca(base, checked, dose);
    if (!dose) return undefined;
    if (kind === "start") return this.start(mode, base, checked, dose);
    if (kind === "titrate") {
      const body = this.attempt("dose", () => titrateBody({ ...base, dose }));
      return body && this.judged(body, () => titrateProblems(checked, body));
    }
    const rateNlPerH = this.fields.required("rate", "100 mL/h", aboveZero(parseRateNlPerH));
    if (rateNlPerH === undefined) return undefined;
    const build = kind === "bolus" ? bolusBody : loadingBody;
    const body = this.attempt("dose", () => build({ ...base, dose, rateNlPerH }));
    return body && this.judged(body, () => bolusProblems(checked, body));
  }

  private start(
    mode: StartMode,
    base: OrderBase,
    checked: CheckedOrder,
    dose: Dose,
  ): CommandBody | undefined {
    const { fields } = this;
    const secondary = mode === "secondary";
    if (mode === "intermittent" || (secondary && fields.has("duration"))) {
      return this.intermittent(secondary, base, checked, dose);
    }
    const bag = this.bag(base);
    const range = this.range(dose);
    const steps = this.steps(dose);
    if (range && steps) {
      fields.error("steps", "steps: a titration range excludes steps; leave one of them out");
    }
    if (!bag || !steps === fields.has("steps") || !range === fields.has("range")) return undefined;
    const body = this.attempt("dose", () =>
      startBody({ ...bag, dose, secondary, ...(range && { range }), ...(steps && { steps }) }),
    );
    return body && this.judged(body, () => startProblems(checked, body));
  }

  /** Its volume follows from the dose, its rate from volume and duration. */
  private intermittent(
    secondary: boolean,
    base: OrderBase,
    checked: CheckedOrder,
    dose: Dose,
  ): CommandBody | undefined {
    const { fields } = this;
    if (fields.has("vtbi")) fields.error("vtbi", "vtbi: follows from the dose; leave it out");
    const durationS = fields.required("duration", "30 min", (text) => within(parseDurationS(text), 1, DAY_S));
    const setId = this.set();
    const totalNl = fields.read("total", aboveZero(parseVolumeNl));
    if (durationS === undefined || setId === undefined) return undefined;
    const total = totalNl === undefined ? {} : { totalNl };
    const body = this.attempt("dose", () =>
      intermittentBody({ ...base, dose, secondary, durationS, setId, ...total }),
    );
    if (!body) return undefined;
    this.totalHolds(body);
    return this.judged(body, () => startProblems(checked, body));
  }

  private pca(base: OrderBase, checked: CheckedOrder, basal: Dose | undefined): CommandBody | undefined {
    const { fields } = this;
    const bag = this.bag(base);
    const written = fields.fields("pca");
    if (!written) {
      if (!fields.has("pca")) fields.missing("pca", "{ dose: 1 mg, rate: 60 mL/h, lockout: 8 min }");
      return undefined;
    }
    written.only(["dose", "rate", "lockout"]);
    const demand = wholeOf(written);
    const lockoutS = written.required("lockout", "8 min", (text) => within(parseDurationS(text), 1, DAY_S));
    if (!bag || !demand || lockoutS === undefined) return undefined;
    const body = this.attempt("pca", () =>
      pcaBody({ ...bag, pca: { ...demand, lockoutS }, ...(basal && { basal }) }),
    );
    return body && this.judged(body, () => pcaProblems(checked, body));
  }

  /** VTBI, total, set and loading dose. */
  private bag(base: OrderBase): BagOrder | undefined {
    const { fields } = this;
    const vtbiNl = fields.required("vtbi", "250 mL", aboveZero(parseVolumeNl));
    const totalNl = fields.has("total") ? fields.read("total", aboveZero(parseVolumeNl)) : vtbiNl;
    const setId = this.set();
    const written = fields.fields("loading");
    written?.only(["dose", "rate"]);
    const loading = written && wholeOf(written);
    if (vtbiNl === undefined || totalNl === undefined || setId === undefined) return undefined;
    if (!loading === fields.has("loading")) return undefined;
    this.totalHolds({ vtbiNl, totalNl });
    return { ...base, vtbiNl, totalNl, setId, ...(loading && { loading }) };
  }

  private totalHolds({ vtbiNl, totalNl }: { readonly vtbiNl: number; readonly totalNl: number }): void {
    if (vtbiNl <= totalNl) return;
    const key = this.fields.has("vtbi") ? "vtbi" : "total";
    const what = key === "vtbi" ? "vtbi: is above total" : "total: is below the volume of the dose";
    this.fields.error(key, `${what}; limit: the total; raise the total or lower the VTBI`);
  }

  private set(): number | undefined {
    return this.fields.required("set", "1", (text) => within(integer(text), 1, 0xffff_ffff));
  }

  private dose(required: boolean): Dose | undefined {
    const { fields } = this;
    return required
      ? fields.required("dose", "5 mcg/kg/min", aboveZeroDose)
      : fields.read("dose", aboveZeroDose);
  }

  private lookup(): Lookup | undefined {
    const { fields, options } = this;
    const area = fields.required("area", "1", integer);
    const drug = fields.required("drug", "1", integer);
    const variant = fields.has("variant") ? fields.read("variant", integer) : 0;
    if (area === undefined || drug === undefined || variant === undefined) return undefined;
    if (!options.library) {
      fields.error("kind", "kind: needs the drug library; name it with --library DIR");
      return undefined;
    }
    try {
      return options.library.find(area, drug, variant);
    } catch {
      const message = `drug: the library has no drug ${drug} variant ${variant} in area ${area}; correct area, drug or variant`;
      fields.error("drug", message);
      return undefined;
    }
  }

  private concentration(lookup: Lookup | undefined): Concentration | undefined {
    const { fields } = this;
    if (fields.has("concentration")) return fields.read("concentration", parseConcentration);
    if (lookup && !lookup.drug.concentration) fields.missing("concentration", "400 mg in 250 mL");
    return lookup?.drug.concentration;
  }

  private range(dose: Dose): TitrationRange | undefined {
    const written = this.fields.fields("range");
    if (!written) return undefined;
    written.only(["min", "max", "step", "interval"]);
    const inUnit = (key: string): number | undefined =>
      written.required(key, formatDose(dose), inUnitOf(dose));
    const min = inUnit("min");
    const max = inUnit("max");
    const stepMax = inUnit("step");
    const intervalS = written.required("interval", "10 min", (text) =>
      within(parseDurationS(text), 0, DAY_S),
    );
    if (min === undefined || max === undefined || stepMax === undefined || intervalS === undefined) {
      return undefined;
    }
    if (min > max) written.error("min", "range.min: is above range.max; exchange them");
    if (stepMax === 0) {
      written.error("step", "range.step: is 0; limit: above 0; leave the range out to forbid titration");
    }
    return { min, max, stepMax, intervalS };
  }

  private steps(dose: Dose): { readonly afterNl: number; readonly dose: Dose }[] | undefined {
    const { fields } = this;
    if (!fields.has("steps")) return undefined;
    const written = fields.list("steps");
    const most = STEPS_MAX - 1 - (fields.has("loading") ? 1 : 0);
    if (written.length < 1 || written.length > most) {
      fields.error("steps", `steps: there are ${written.length}; limit 1..${most}; leave some out`);
      return undefined;
    }
    const steps = written.flatMap((step) => {
      step.only(["after", "dose"]);
      const afterNl = step.required("after", "20 mL", aboveZero(parseVolumeNl));
      const value = step.required("dose", formatDose(dose), (text) => aboveZero(inUnitOf(dose))(text));
      return afterNl === undefined || value === undefined ? [] : [{ afterNl, dose: { ...dose, value } }];
    });
    return steps.length === written.length ? steps : undefined;
  }

  /** Runs arithmetic whose QuantityError belongs to a field. */
  private attempt<T>(field: string, compute: () => T): T | undefined {
    try {
      return compute();
    } catch (error) {
      if (!(error instanceof QuantityError)) throw error;
      this.fields.error(field, `${field}: ${error.message}`);
      return undefined;
    }
  }

  /** Passes the body on, with what the gate would say to it. */
  private judged<T extends CommandBody>(body: T, check: () => readonly OrderProblem[]): T {
    for (const { field, soft, message } of this.attempt("dose", check) ?? []) {
      const severity = soft || this.options.unchecked === true ? "warning" : "error";
      const line = this.fields.lineOf(field.split(/[.[]/)[0]!);
      this.problems.push({ severity, file: this.path, line, subject: field, message });
    }
    return body;
  }
}

/** Weight and body surface; 0 = not written. */
export function readPatient(fields: Fields): Body {
  return {
    weightG: fields.read("weight", parseWeightG) ?? 0,
    bsaCm2: fields.read("bsa", parseBodySurfaceCm2) ?? 0,
  };
}

function wholeOf(fields: Fields): WholeOrder | undefined {
  const dose = fields.required("dose", "1 mg", aboveZeroDose);
  const rateNlPerH = fields.required("rate", "100 mL/h", aboveZero(parseRateNlPerH));
  return dose && rateNlPerH !== undefined ? { dose, rateNlPerH } : undefined;
}

function inUnitOf(dose: Dose): (text: string) => number {
  return (text) => {
    const read = parseDose(text);
    if (sameUnit(read.unit, dose.unit)) return read.value;
    throw new QuantityError("is not in the order's unit; write it in the unit of the dose");
  };
}

function readMode(text: string): StartMode {
  const mode = START_MODE_NAMES.find((name) => name === text);
  if (mode) return mode;
  throw new QuantityError(`"${text}" is no mode of a start; write one of: ${START_MODE_NAMES.join(", ")}`);
}

function readPumpClass(text: string): number {
  const number = integer(text);
  if (PUMP_CLASSES[number]) return number;
  throw new QuantityError(`${number} is no pump class; write 1 large volume, 2 syringe or 3 ambulatory PCA`);
}

/** A number between two. Throws QuantityError. */
export function within(value: number, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  throw new QuantityError(`${value} is outside its range; limit ${min} to ${max}; choose a value within`);
}

export function aboveZero(parse: (text: string) => number): (text: string) => number {
  return (text) => {
    const value = parse(text);
    if (value > 0) return value;
    throw new QuantityError("is 0; limit: above 0; order something or stop the program");
  };
}

function aboveZeroDose(text: string): Dose {
  const dose = parseDose(text);
  if (dose.value > 0) return dose;
  throw new QuantityError("is 0; limit: above 0; order a dose, or stop the program");
}
