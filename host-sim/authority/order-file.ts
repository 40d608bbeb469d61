/** An order as a prescriber or a nurse writes it: YAML in clinical units, problems with their lines. */
import { toHex } from "./bytes.js";
import type { Command, CommandBody, TitrationRange } from "./command.js";
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
import { Fields, SourceFile } from "./library/document.js";
import { integer } from "./library/parse.js";
import { LibraryError, type Problem, sortProblems } from "./library/problem.js";
import { bolusBody, drugReference, type DoseOrder, sameUnit, startBody, titrateBody } from "./order.js";
import { bolusProblems, type CheckedOrder, continuousProblems, type OrderProblem } from "./order-check.js";
import { type Body, PUMP_CLASSES } from "./rate.js";
import { COMMAND_KIND_NAMES, type CommandKind } from "./roles.js";
import { hex16 } from "./root-file.js";
import type { Proofs } from "./submission.js";

/** What is read from the file; the session comes from the pump. */
export interface OrderFile {
  readonly deviceId: Uint8Array;
  readonly command: Omit<Command, "sessionId">;
  /** For start, titrate and bolus. */
  readonly proofs?: Proofs;
  /** The library's name of the drug. */
  readonly drugName?: string;
  /** Soft limits that the order breaks, and what should be written otherwise. */
  readonly warnings: readonly Problem[];
}

export interface OrderOptions {
  /** Needed for start, titrate and bolus. */
  readonly library?: CompiledLibrary;
  /** Sign although limits are broken, to see the gate refuse. */
  readonly unchecked?: boolean;
}

const COMMON_KEYS = ["kind", "device", "sequence", "life", "patient", "order"];
const DOSE_KEYS = ["pump_class", "area", "drug", "variant", "weight", "bsa", "concentration", "dose"];
const KIND_KEYS: Readonly<Record<CommandKind, readonly string[]>> = {
  associate: ["weight", "bsa", "area"],
  start: [...DOSE_KEYS, "vtbi", "total", "set", "range"],
  titrate: DOSE_KEYS,
  bolus: [...DOSE_KEYS, "rate"],
  loading: [...DOSE_KEYS, "rate"],
  PCA: DOSE_KEYS,
  calibrate: [],
  configure: [],
  time: [],
  "new bag": ["vtbi"],
  pause: [],
  resume: [],
  stop: [],
  disassociate: [],
  "log-ack": ["stream", "acknowledged"],
};
const LIFE_EXAMPLE = "5 min";
const TOKEN_EXAMPLE = "00112233445566778899aabbccddeeff";

/** Reads an order. Throws DescriptionError (root-file.ts) with every problem, unless all of them are soft limits. */
export function parseOrderFile(path: string, text: string, options: OrderOptions): OrderFile {
  const problems: Problem[] = [];
  const file = new SourceFile(path, text, problems, "`kind:`");
  const reader = file.root && new OrderReader(path, file.root, problems, options);
  const order = reader?.read();
  const errors = problems.filter(({ severity }) => severity === "error");
  if (!order || errors.length > 0) throw new LibraryError(sortProblems(errors));
  return { ...order, warnings: sortProblems(problems) };
}

class OrderReader {
  constructor(
    private readonly path: string,
    private readonly fields: Fields,
    private readonly problems: Problem[],
    private readonly options: OrderOptions,
  ) {}

  read(): Omit<OrderFile, "warnings"> | undefined {
    const { fields } = this;
    const kind = fields.required("kind", "start", readKind);
    if (kind === undefined) return undefined;
    fields.only([...COMMON_KEYS, ...KIND_KEYS[kind]]);
    const deviceId = fields.required("device", TOKEN_EXAMPLE, hex16);
    const sequence = fields.required("sequence", "1", (text) => within(integer(text), 1, 0xffff_ffff));
    const lifeS = fields.required("life", LIFE_EXAMPLE, (text) => within(parseDurationS(text), 1, 3600));
    const isLogAck = kind === "log-ack";
    const patientToken = isLogAck ? new Uint8Array(16) : fields.required("patient", TOKEN_EXAMPLE, hex16);
    const orderId = isLogAck ? new Uint8Array(16) : fields.required("order", TOKEN_EXAMPLE, hex16);
    const read =
      kind === "start" || kind === "titrate" || kind === "bolus"
        ? this.dosed(kind)
        : this.undosed(kind as "stop");
    if (!deviceId || sequence === undefined || lifeS === undefined || !patientToken || !orderId || !read) {
      return undefined;
    }
    const { body, lookup } = read;
    return {
      deviceId,
      command: { sequence, lifeS, patientToken, orderId, body },
      ...(lookup && { proofs: proofsOf(lookup), drugName: lookup.drug.name }),
    };
  }

  private undosed(
    kind: Exclude<
      CommandKind,
      "start" | "titrate" | "bolus" | "loading" | "PCA" | "calibrate" | "configure" | "time"
    >,
  ): Read | undefined {
    const { fields } = this;
    if (kind === "associate") {
      const { weightG, bsaCm2 } = this.patient();
      const area = fields.required("area", "1", (text) => within(integer(text), 1, 0xffff));
      return area === undefined ? undefined : { body: { kind, weightG, bsaCm2, area } };
    }
    if (kind === "new bag") {
      const vtbiNl = fields.required("vtbi", "250 mL", aboveZero(parseVolumeNl));
      return vtbiNl === undefined ? undefined : { body: { kind, vtbiNl } };
    }
    if (kind === "log-ack") {
      const stream = fields.required("stream", "0", (text) => within(integer(text), 0, 1) as 0 | 1);
      const acknowledged = fields.required("acknowledged", "100", (text) =>
        within(integer(text), 0, 0xffff_ffff),
      );
      return stream === undefined || acknowledged === undefined
        ? undefined
        : { body: { kind, stream, acknowledged } };
    }
    return { body: { kind } };
  }

  private dosed(kind: "start" | "titrate" | "bolus"): Read | undefined {
    const { fields } = this;
    const pumpClass = fields.required("pump_class", "1", readPumpClass);
    const dose = fields.required("dose", "5 mcg/kg/min", aboveZeroDose);
    const lookup = this.lookup();
    const concentration = this.concentration(lookup);
    const patient = this.patient();
    if (pumpClass === undefined || !dose || !lookup || !concentration) return undefined;
    const { header, root } = this.options.library!;
    const { area, drug, variant } = lookup.drug;
    const version = {
      epoch: header.epoch,
      version: header.version,
      merkleRoot: root,
      rootVersionMin: header.minimumRootVersion,
    };
    const base: DoseOrder = {
      drug: drugReference(version, area, drug, variant),
      dose,
      patient,
      concentration,
      pumpClass,
    };
    const checked: Omit<CheckedOrder, "rateNlPerH"> = {
      drug: lookup.drug,
      profile: lookup.profileModel,
      pumpClass,
      patient,
      concentration,
      dose,
    };
    if (kind === "start") return this.start(base, checked, lookup);
    if (kind === "bolus") return this.bolus(base, checked, lookup);
    const body = this.attempt("dose", () => titrateBody(base));
    if (!body) return undefined;
    this.judge(continuousProblems({ ...checked, rateNlPerH: body.rateNlPerH }));
    return { body, lookup };
  }

  private start(
    base: DoseOrder,
    checked: Omit<CheckedOrder, "rateNlPerH">,
    lookup: Lookup,
  ): Read | undefined {
    const { fields } = this;
    const vtbiNl = fields.required("vtbi", "250 mL", aboveZero(parseVolumeNl));
    const totalNl = fields.has("total") ? fields.read("total", aboveZero(parseVolumeNl)) : vtbiNl;
    const setId = fields.required("set", "1", (text) => within(integer(text), 1, 0xffff_ffff));
    const range = this.range(base.dose);
    if (vtbiNl === undefined || totalNl === undefined || setId === undefined) return undefined;
    if (vtbiNl > totalNl) {
      fields.error("vtbi", "vtbi: is above total; limit: the total; raise the total or lower the VTBI");
    }
    const body = this.attempt("dose", () =>
      startBody({ ...base, vtbiNl, totalNl, setId, ...(range && { range }) }),
    );
    if (!body) return undefined;
    this.judge(continuousProblems({ ...checked, rateNlPerH: body.rateNlPerH }, { vtbiNl, totalNl }, range));
    return { body, lookup };
  }

  private bolus(
    base: DoseOrder,
    checked: Omit<CheckedOrder, "rateNlPerH">,
    lookup: Lookup,
  ): Read | undefined {
    const rateNlPerH = this.fields.required("rate", "100 mL/h", aboveZero(parseRateNlPerH));
    if (rateNlPerH === undefined) return undefined;
    const body = this.attempt("dose", () => bolusBody({ ...base, rateNlPerH }));
    if (!body) return undefined;
    this.judge(bolusProblems({ ...checked, rateNlPerH }, body.volumeNl));
    return { body, lookup };
  }

  private patient(): Body {
    return {
      weightG: this.fields.read("weight", parseWeightG) ?? 0,
      bsaCm2: this.fields.read("bsa", parseBodySurfaceCm2) ?? 0,
    };
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
      written.required(key, formatDose(dose), (text) => {
        const read = parseDose(text);
        if (sameUnit(read.unit, dose.unit)) return read.value;
        throw new QuantityError("is not in the order's unit; write it in the unit of the dose");
      });
    const min = inUnit("min");
    const max = inUnit("max");
    const stepMax = inUnit("step");
    const intervalS = written.required("interval", "10 min", (text) =>
      within(parseDurationS(text), 0, 86_400),
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

  /** Runs arithmetic whose QuantityError belongs to a field. */
  private attempt<T extends CommandBody>(field: string, compute: () => T): T | undefined {
    try {
      return compute();
    } catch (error) {
      if (!(error instanceof QuantityError)) throw error;
      this.fields.error(field, `${field}: ${error.message}`);
      return undefined;
    }
  }

  private judge(found: readonly OrderProblem[]): void {
    for (const { field, soft, message } of found) {
      const severity = soft || this.options.unchecked === true ? "warning" : "error";
      const line = this.fields.lineOf(field.split(".")[0]!);
      this.problems.push({ severity, file: this.path, line, subject: field, message });
    }
  }
}

interface Read {
  readonly body: CommandBody;
  readonly lookup?: Lookup;
}

function proofsOf(lookup: Lookup): Proofs {
  return {
    drug: { entry: lookup.entry, index: lookup.entryIndex, path: lookup.entryPath },
    profile: { entry: lookup.profile, index: lookup.profileIndex, path: lookup.profilePath },
  };
}

function readKind(text: string): CommandKind {
  const kind = COMMAND_KIND_NAMES.find((name) => name === text);
  if (kind) return kind;
  throw new QuantityError(`"${text}" is no command kind; write one of: ${COMMAND_KIND_NAMES.join(", ")}`);
}

function readPumpClass(text: string): number {
  const number = integer(text);
  if (PUMP_CLASSES[number]) return number;
  throw new QuantityError(`${number} is no pump class; write 1 large volume, 2 syringe or 3 ambulatory PCA`);
}

function within(value: number, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  throw new QuantityError(`${value} is outside its range; limit ${min} to ${max}; choose a value within`);
}

function aboveZero(parse: (text: string) => number): (text: string) => number {
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

/** One line that says what an order asks for, for the person who signs. */
export function summarize(order: OrderFile): string {
  const { kind } = order.command.body;
  const what = order.drugName === undefined ? kind : `${kind} ${order.drugName}`;
  return `${what} for patient ${toHex(order.command.patientToken)} on pump ${toHex(order.deviceId)}`;
}
