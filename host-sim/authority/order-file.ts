/** An order as a prescriber, a nurse or an engineer writes it: YAML in clinical units, problems with their lines. */
import { toHex } from "./bytes.js";
import type { BodyOf, Command, CommandBody } from "./command.js";
import { parseDurationS, parseVolumeNl, QuantityError } from "./dose.js";
import { parseInstant } from "./instant.js";
import type { Lookup } from "./library/compile.js";
import { Fields, SourceFile } from "./library/document.js";
import { LibraryError, type Problem, sortProblems } from "./library/problem.js";
import { integer } from "./library/words.js";
import { aboveZero, DoseReader, type OrderOptions, type Read, readPatient, within } from "./order-dose.js";
import { COMMAND_KIND_NAMES, type CommandKind, isOrderKind, isServiceKind, type OrderKind } from "./roles.js";
import { hex16 } from "./root-file.js";
import type { Proofs } from "./submission.js";

export type { OrderOptions } from "./order-dose.js";

/** What is read from the file; the session comes from the pump. */
export interface OrderFile {
  readonly deviceId: Uint8Array;
  readonly command: Omit<Command, "sessionId">;
  /** For every kind with a dose. */
  readonly proofs?: Proofs;
  /** The library's name of the drug. */
  readonly drugName?: string;
  /** Soft limits that the order breaks, and what should be written otherwise. */
  readonly warnings: readonly Problem[];
}

/** Kinds without a dose: at the bedside, and about the pump. */
type UndosedKind = Exclude<CommandKind, OrderKind>;

const COMMON_KEYS = ["kind", "device", "sequence", "life", "patient", "order"];
const SERVICE_KEYS = ["kind", "device", "sequence", "life"];
const KIND_KEYS: Readonly<Record<UndosedKind, readonly string[]>> = {
  associate: ["weight", "bsa", "area"],
  "new bag": ["vtbi"],
  pause: [],
  resume: [],
  stop: [],
  disassociate: [],
  calibrate: ["set", "pl_per_step"],
  configure: ["near_end", "paused_long", "kvo"],
  "log-ack": ["stream", "acknowledged"],
  time: ["time"],
};
const LIFE_EXAMPLE = "5 min";
const TOKEN_EXAMPLE = "00112233445566778899aabbccddeeff";
const UINT32_MAX = 0xffff_ffff;
/** Bounds of SPEC 4.2. */
const PL_PER_STEP_MAX = 10 ** 9;
const ALARM_S = { min: 60, max: 3600 } as const;
const KVO_S_MAX = 14_400;

/** Reads an order. Throws DescriptionError (root-file.ts) with every problem, unless all of them are soft limits. */
export function parseOrderFile(path: string, text: string, options: OrderOptions): OrderFile {
  const problems: Problem[] = [];
  const file = new SourceFile(path, text, problems, "`kind:`");
  const order = file.root && readOrder(file.root, new DoseReader(path, file.root, problems, options));
  const errors = problems.filter(({ severity }) => severity === "error");
  if (!order || errors.length > 0) throw new LibraryError(sortProblems(errors));
  return { ...order, warnings: sortProblems(problems) };
}

function readOrder(fields: Fields, doses: DoseReader): Omit<OrderFile, "warnings"> | undefined {
  const kind = fields.required("kind", "start", readKind);
  if (kind === undefined) return undefined;
  const common = isServiceKind(kind) ? SERVICE_KEYS : COMMON_KEYS;
  const deviceId = fields.required("device", TOKEN_EXAMPLE, hex16);
  const sequence = fields.required("sequence", "1", (text) => within(integer(text), 1, UINT32_MAX));
  const lifeS = fields.required("life", LIFE_EXAMPLE, (text) => within(parseDurationS(text), 1, 3600));
  const token = (key: string): Uint8Array | undefined =>
    isServiceKind(kind) ? new Uint8Array(16) : fields.required(key, TOKEN_EXAMPLE, hex16);
  const patientToken = token("patient");
  const orderId = token("order");
  const read = isOrderKind(kind) ? doses.read(kind, common) : undosed(kind, fields, common);
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

function undosed(kind: UndosedKind, fields: Fields, common: readonly string[]): Read | undefined {
  fields.only([...common, ...KIND_KEYS[kind]]);
  const body = bodyOf(kind, fields);
  return body && { body };
}

function bodyOf(kind: UndosedKind, fields: Fields): CommandBody | undefined {
  const number = (key: string, example: string, min: number, max: number): number | undefined =>
    fields.required(key, example, (text) => within(integer(text), min, max));
  switch (kind) {
    case "associate": {
      const patient = readPatient(fields);
      const area = number("area", "1", 1, 0xffff);
      return area === undefined ? undefined : { kind, ...patient, area };
    }
    case "new bag": {
      const vtbiNl = fields.required("vtbi", "250 mL", aboveZero(parseVolumeNl));
      return vtbiNl === undefined ? undefined : { kind, vtbiNl };
    }
    case "calibrate": {
      const setId = number("set", "1", 1, UINT32_MAX);
      const plPerStep = number("pl_per_step", "100000", 1, PL_PER_STEP_MAX);
      return setId === undefined || plPerStep === undefined ? undefined : { kind, setId, plPerStep };
    }
    case "configure":
      return configuration(fields);
    case "log-ack": {
      const stream = number("stream", "0", 0, 1) as 0 | 1 | undefined;
      const acknowledged = number("acknowledged", "100", 0, UINT32_MAX);
      return stream === undefined || acknowledged === undefined ? undefined : { kind, stream, acknowledged };
    }
    case "time": {
      const timeS = fields.required("time", "2026-01-31T12:00:00Z", parseInstant);
      return timeS === undefined ? undefined : { kind, timeS };
    }
    default:
      return { kind };
  }
}

function configuration(fields: Fields): BodyOf<"configure"> | undefined {
  const duration = (key: string, example: string, min: number, max: number): number | undefined =>
    fields.required(key, example, (text) => within(parseDurationS(text), min, max));
  const nearEndS = duration("near_end", "5 min", ALARM_S.min, ALARM_S.max);
  const pausedLongS = duration("paused_long", "10 min", ALARM_S.min, ALARM_S.max);
  const kvoSMax = duration("kvo", "60 min", 0, KVO_S_MAX);
  if (nearEndS === undefined || pausedLongS === undefined || kvoSMax === undefined) return undefined;
  return { kind: "configure", configuration: { nearEndS, pausedLongS, kvoSMax } };
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

/** One line that says what an order asks for, for the person who signs. */
export function summarize(order: OrderFile): string {
  const { body, patientToken } = order.command;
  const { kind } = body;
  const mode = kind === "start" && body.mode !== undefined ? `${body.mode} ` : "";
  const what = order.drugName === undefined ? kind : `${mode}${kind} ${order.drugName}`;
  const whom = isServiceKind(kind) ? "" : ` for patient ${toHex(patientToken)}`;
  return `${what}${whom} on pump ${toHex(order.deviceId)}`;
}
