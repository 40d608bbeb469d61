/** Commands (SPEC 4.2): one builder input per kind, the signed envelope bound to one pump and one session. */
import { decodeBody, encodeBody } from "./command-body.js";
import { externalAad, PROFILE, sign1, type Signed, type Signer } from "./cose.js";
import { decodeCbor, encodeCbor, EncodingError, MapReader } from "./encoding.js";
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
export interface RatedDose {
  readonly unit: number;
  readonly dose: number;
  readonly rateNlPerH: number;
}

/** A dose that ends: its volume, and how fast it is given. Bolus, loading dose. */
export interface WholeDose extends RatedDose {
  readonly volumeNl: number;
}

/** What the patient may ask for: one dose, and how long after its end the next. */
export interface PcaDose extends WholeDose {
  readonly lockoutS: number;
}

/** A step after the first one: it begins when the step before it has delivered `afterNl`. Its dose is in the order's unit. */
export interface OrderStep {
  readonly afterNl: number;
  readonly dose: number;
  readonly rateNlPerH: number;
}

/** Ways of giving a drug from a bag (SPEC 4.2, modes 1 to 3); a secondary interrupts the program that runs. */
export type StartMode = "continuous" | "intermittent" | "secondary";

/** How a pump behaves (SPEC 4.2). */
export interface Configuration {
  readonly nearEndS: number;
  readonly pausedLongS: number;
  /** 0 = no KVO */
  readonly kvoSMax: number;
}

/** What a start and a PCA order say of the bag. */
interface BagFields {
  readonly drug: DrugReference;
  readonly vtbiNl: number;
  readonly concentration: { readonly amount: number; readonly volumeNl: number };
  readonly setId: number;
  readonly totalNl: number;
  readonly loading?: WholeDose;
}

/** What a command asks for; volumes in nL, weight in g, body surface in cm2. */
export type CommandBody =
  | { readonly kind: "associate"; readonly weightG: number; readonly bsaCm2: number; readonly area: number }
  | ({
      readonly kind: "start";
      /** Continuous if left out. */
      readonly mode?: StartMode;
      readonly range?: TitrationRange;
      /** Steps after the first, 1 to 9. */
      readonly steps?: readonly OrderStep[];
      /** Intermittent: the dose is that of the whole bag, given in this time. */
      readonly durationS?: number;
    } & BagFields &
      RatedDose)
  | ({ readonly kind: "PCA"; readonly pca: PcaDose; readonly basal?: RatedDose } & BagFields)
  | ({ readonly kind: "titrate"; readonly drug: DrugReference } & RatedDose)
  | ({ readonly kind: "bolus"; readonly drug: DrugReference } & WholeDose)
  | ({ readonly kind: "loading"; readonly drug: DrugReference } & WholeDose)
  | { readonly kind: "new bag"; readonly vtbiNl: number }
  | { readonly kind: "pause" | "resume" | "stop" | "disassociate" }
  | { readonly kind: "calibrate"; readonly setId: number; readonly plPerStep: number }
  | { readonly kind: "configure"; readonly configuration: Configuration }
  | { readonly kind: "log-ack"; readonly stream: 0 | 1; readonly acknowledged: number }
  | { readonly kind: "time"; readonly timeS: number };

/** The body of one kind. */
export type BodyOf<K extends CommandBody["kind"]> = Extract<CommandBody, { kind: K }>;

/** What every command has (SPEC 4.2). */
export interface CommandHeader {
  /** 8 bytes */
  readonly sessionId: Uint8Array;
  /** 1..2^32-1 */
  readonly sequence: number;
  /** Counted from the challenge, in uptime; 1..3600 */
  readonly lifeS: number;
  /** 16 bytes; all zero for kinds that concern no patient */
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

const LIFE_S_MAX = 3600;

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

/** external_aad of a command for this pump under this challenge. */
export function commandAad(receiver: Receiver): Uint8Array {
  return externalAad(PROFILE.command, receiver.deviceId, receiver.challenge);
}

/** Signs a command. Throws EncodingError or RangeError. */
export function signCommand(command: Command, receiver: Receiver, signer: Signer): Signed {
  return sign1(encodeCommand(command), commandAad(receiver), signer);
}
