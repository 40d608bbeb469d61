/** Commands (SPEC 4.2): one builder input per kind, the signed envelope bound to one pump and one session. */
import { externalAad, PROFILE, sign1, type Signed, type Signer } from "./cose.js";
import { decodeCbor, encodeCbor, type Encodable, EncodingError, MapReader } from "./encoding.js";
import { COMMAND_KINDS, kindName } from "./roles.js";

/** Drug and library that the prescriber meant. */
export interface DrugReference {
  readonly area: number;
  readonly drug: number;
  readonly variant: number;
  readonly epoch: number;
  readonly version: number;
  /** First 8 bytes of the library's Merkle root. */
  readonly rootPrefix: Uint8Array;
  readonly rootVersionMin: number;
}

/** A signed titration range in the order's unit (SPEC 4.2): what may be set at the panel without another signature. */
export interface TitrationRange {
  readonly min: number;
  readonly max: number;
  readonly stepMax: number;
  readonly intervalS: number;
}

/** A dose in base units (SPEC 3.3), its packed unit, and the rate that follows from it (SPEC 4.5). */
interface DoseFields {
  readonly drug: DrugReference;
  readonly unit: number;
  readonly dose: number;
  readonly rateNlPerH: number;
}

/** What a command asks for; volumes in nL, weight in g, body surface in cm2. */
export type CommandBody =
  | { readonly kind: "associate"; readonly weightG: number; readonly bsaCm2: number; readonly area: number }
  | ({
      readonly kind: "start";
      readonly vtbiNl: number;
      readonly concentration: { readonly amount: number; readonly volumeNl: number };
      readonly setId: number;
      readonly totalNl: number;
      readonly range?: TitrationRange;
    } & DoseFields)
  | ({ readonly kind: "titrate" } & DoseFields)
  | ({ readonly kind: "bolus"; readonly volumeNl: number } & DoseFields)
  | { readonly kind: "new bag"; readonly vtbiNl: number }
  | { readonly kind: "pause" | "resume" | "stop" | "disassociate" }
  | { readonly kind: "log-ack"; readonly stream: 0 | 1; readonly acknowledged: number };

/** What every command has (SPEC 4.2). */
export interface CommandHeader {
  /** 8 bytes */
  readonly sessionId: Uint8Array;
  /** 1..2^32-1 */
  readonly sequence: number;
  /** Counted from the challenge, in uptime; 1..3600 */
  readonly lifeS: number;
  /** 16 bytes; all zero for log-ack */
  readonly patientToken: Uint8Array;
  /** 16 bytes */
  readonly orderId: Uint8Array;
}

export interface Command extends CommandHeader {
  readonly body: CommandBody;
}

/** Whom a command is for: one pump, one challenge. */
export interface Receiver {
  /** 16 bytes */
  readonly deviceId: Uint8Array;
  /** 32 bytes */
  readonly challenge: Uint8Array;
}

const MODE_CONTINUOUS = 1;
const LIFE_S_MAX = 3600;
/** SPEC 3.2: a concentration's volume, so that dose arithmetic stays within 128 bits. */
const CONCENTRATION_NL_MAX = 10 ** 11;

function encodeReference(drug: DrugReference): Encodable {
  return {
    0: drug.area,
    1: drug.drug,
    2: drug.variant,
    3: drug.epoch,
    4: drug.version,
    5: drug.rootPrefix,
    6: drug.rootVersionMin,
  };
}

/** Body keys mean the same in every kind; which a kind has is SPEC's table. */
function encodeBody(body: CommandBody): Encodable {
  switch (body.kind) {
    case "associate":
      return { 10: body.weightG, 11: body.bsaCm2, 12: body.area };
    case "start":
      return {
        0: MODE_CONTINUOUS,
        ...encodeDose(body),
        5: body.vtbiNl,
        6: [body.concentration.amount, body.concentration.volumeNl],
        7: body.setId,
        8: body.totalNl,
        9: body.range && {
          0: body.range.min,
          1: body.range.max,
          2: body.range.stepMax,
          3: body.range.intervalS,
        },
      };
    case "titrate":
      return encodeDose(body);
    case "bolus":
      return { ...encodeDose(body), 5: body.volumeNl };
    case "new bag":
      return { 5: body.vtbiNl };
    case "log-ack":
      return { 13: body.stream, 14: body.acknowledged };
    default:
      return {};
  }
}

function encodeDose(body: DoseFields): Record<number, Encodable> {
  return { 1: encodeReference(body.drug), 2: body.unit, 3: body.dose, 4: body.rateNlPerH };
}

/** The payload. Throws EncodingError for a field out of its range. */
export function encodeCommand(command: Command): Uint8Array {
  const payload = encodeCommandUnchecked(command);
  decodeCommand(payload);
  return payload;
}

/** The payload, whatever it says: for attackers and tests of refusals. */
export function encodeCommandUnchecked(command: Command): Uint8Array {
  return encodeCbor({
    0: COMMAND_KINDS[command.body.kind].number,
    1: command.sessionId,
    2: command.sequence,
    3: command.lifeS,
    4: command.patientToken,
    5: command.orderId,
    6: encodeBody(command.body),
  });
}

/** Reads a payload. Throws EncodingError that names the field. */
export function decodeCommand(payload: Uint8Array): Command {
  const map = new MapReader(decodeCbor(payload), "");
  const kindNumber = map.uint(0, "kind", 1);
  const kind = kindName(kindNumber);
  if (!kind) throw new EncodingError(map.at(0, "kind"), `${kindNumber} is unknown or reserved`);
  const bodyMap = map.mapAt(6, "body");
  const command: Command = {
    sessionId: map.bytes(1, "session id", 8),
    sequence: map.uint32(2, "sequence", 1),
    lifeS: map.uint(3, "life", 1, LIFE_S_MAX),
    patientToken: map.bytes(4, "patient token", 16),
    orderId: map.bytes(5, "order id", 16),
    body: decodeBody(kind, bodyMap),
  };
  bodyMap.end();
  map.end();
  return command;
}

function decodeBody(kind: CommandBody["kind"], map: MapReader): CommandBody {
  switch (kind) {
    case "associate":
      return {
        kind,
        weightG: map.uint32(10, "weight"),
        bsaCm2: map.uint32(11, "body surface"),
        area: map.uint(12, "area", 1, 0xffff),
      };
    case "start": {
      map.uint(0, "mode", MODE_CONTINUOUS, MODE_CONTINUOUS);
      const dose = decodeDose(map);
      const [amount, volumeNl] = map.pair(6, "concentration");
      if (amount < 1 || volumeNl < 1 || volumeNl > CONCENTRATION_NL_MAX) {
        throw new EncodingError(
          map.at(6, "concentration"),
          `amount or volume is outside 1..2^53-1, 1..10^11 nL`,
        );
      }
      const vtbiNl = map.uint(5, "VTBI", 1);
      const totalNl = map.uint(8, "total", 1);
      if (vtbiNl > totalNl) throw new EncodingError(map.at(5, "VTBI"), "is above the total");
      const range = map.optional(9, () => decodeRange(map.mapAt(9, "range")));
      return {
        kind,
        ...dose,
        vtbiNl,
        concentration: { amount, volumeNl },
        setId: map.uint32(7, "set id", 1),
        totalNl,
        ...(range ? { range } : {}),
      };
    }
    case "titrate":
      return { kind, ...decodeDose(map) };
    case "bolus":
      return { kind, ...decodeDose(map), volumeNl: map.uint(5, "volume", 1) };
    case "new bag":
      return { kind, vtbiNl: map.uint(5, "VTBI", 1) };
    case "log-ack":
      return {
        kind,
        stream: map.uint(13, "stream", 0, 1) as 0 | 1,
        acknowledged: map.uint32(14, "sequence"),
      };
    default:
      return { kind };
  }
}

function decodeDose(map: MapReader): DoseFields {
  return {
    drug: decodeReference(map.mapAt(1, "drug reference")),
    unit: map.uint(2, "unit", 0, 0xfff),
    dose: map.uint(3, "dose", 1),
    rateNlPerH: map.uint32(4, "rate", 1),
  };
}

function decodeReference(map: MapReader): DrugReference {
  const reference = {
    area: map.uint(0, "area", 1, 0xffff),
    drug: map.uint32(1, "drug", 1),
    variant: map.uint(2, "variant", 0, 0xffff),
    epoch: map.uint32(3, "library epoch"),
    version: map.uint32(4, "library version"),
    rootPrefix: map.bytes(5, "library root prefix", 8),
    rootVersionMin: map.uint32(6, "minimum root version"),
  };
  map.end();
  return reference;
}

function decodeRange(map: MapReader): TitrationRange {
  const range = {
    min: map.uint(0, "minimum"),
    max: map.uint(1, "maximum", 1),
    stepMax: map.uint(2, "largest step", 1),
    intervalS: map.uint(3, "shortest interval", 0, 86_400),
  };
  map.end();
  if (range.min > range.max) throw new EncodingError(map.at(0, "minimum"), "is above the maximum");
  return range;
}

/** external_aad of a command for this pump under this challenge. */
export function commandAad(receiver: Receiver): Uint8Array {
  return externalAad(PROFILE.command, receiver.deviceId, receiver.challenge);
}

/** Signs a command. Throws EncodingError or RangeError. */
export function signCommand(command: Command, receiver: Receiver, signer: Signer): Signed {
  return sign1(encodeCommand(command), commandAad(receiver), signer);
}
