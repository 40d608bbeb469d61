/** What the records say (SPEC 8): events with named fields. */
import { toHex } from "../authority/bytes.js";
import { type CborMap, type CborValue, checkUint, decodeCbor, MapReader } from "../authority/encoding.js";
import type { GivenDose, Inputs } from "../model/judgement.js";
import type { StreamNumber } from "./keys.js";

/** Event kinds by name. */
export const EVENT = {
  PROVISIONED: 1,
  BOOT: 2,
  ROOT_UPDATED: 3,
  LIBRARY_STAGED: 4,
  LIBRARY_ACTIVATED: 5,
  DECISION: 6,
  LOCAL: 7,
  ALARM: 8,
  COMPLETE: 9,
  LOST: 10,
  REFUSED: 11,
  STEP: 12,
  DECOMMISSIONED: 13,
} as const;
export type EventName = keyof typeof EVENT;

/** Names of the details, at their keys. */
const DETAILS: Readonly<Record<EventName, readonly string[]>> = {
  PROVISIONED: ["deviceId", "rootVersion", "rootDigest", "pumpClass"],
  BOOT: ["cause", "offMs", "counter", "tampered", "phase", "uncertainNl"],
  ROOT_UPDATED: ["version", "digest", "activeRevoked", "nextDropped"],
  LIBRARY_STAGED: ["epoch", "version", "root", "digest", "enableS"],
  LIBRARY_ACTIVATED: ["epoch", "version", "root", "digest", "how"],
  DECISION: [
    "port",
    "kid",
    "digest",
    "kind",
    "verdict",
    "status",
    "limit",
    "bound",
    "softMask",
    "waivedMask",
    "patientToken",
    "orderId",
    "inputs",
    "reasonCode",
    "approverKid",
    "ackedStream",
    "ackedSequence",
    "service",
    "emergency",
  ],
  LOCAL: ["action", "generation", "phase", "rateNlPerH", "deliveredNl", "value"],
  ALARM: ["alarms", "generation", "deliveredNl", "phase"],
  COMPLETE: ["generation", "deliveredNl", "phase", "generationAfter"],
  LOST: ["first", "last"],
  REFUSED: ["port", "status", "count", "firstUptimeMs"],
  STEP: ["generation", "step", "rateNlPerH", "deliveredNl"],
  DECOMMISSIONED: ["digest", "counter"],
};

const INPUTS = [
  "area",
  "drug",
  "variant",
  "libraryEpoch",
  "libraryVersion",
  "weightG",
  "bsaCm2",
  "unit",
  "dose",
  "rateNlPerH",
  "volumeNl",
  "amount",
  "concentrationNl",
  "setId",
  "basalRateNlPerH",
  "totalNl",
  "rangeMax",
  "pumpClass",
  "windows",
  "steps",
  "loading",
  "pca",
  "durationS",
  "mode",
] as const satisfies readonly (keyof Inputs)[];
/** Of the inputs those that are not there for every order, and those that are arrays. */
const OPTIONAL: ReadonlySet<string> = new Set([
  "rangeMax",
  "windows",
  "steps",
  "loading",
  "pca",
  "durationS",
]);
const ARRAYS: ReadonlySet<string> = new Set(["windows", "steps", "loading", "pca"]);

const NAMES = new Map((Object.keys(EVENT) as EventName[]).map((name) => [EVENT[name] as number, name]));

export interface LogEvent {
  readonly sequence: number;
  readonly boot: number;
  readonly uptimeMs: number;
  readonly name: EventName;
  readonly details: MapReader;
  /** As decoded, for an export. */
  readonly raw: CborMap;
}

/** The DECISION event. */
export interface Decision {
  readonly port: number;
  readonly kid: Uint8Array;
  readonly digest: Uint8Array;
  /** Command kind (SPEC 4.2). */
  readonly kind: number;
  /** 1 permit, 2 deny, 3 needs override */
  readonly verdict: number;
  readonly status: number;
  readonly limit: number;
  readonly bound: number;
  readonly softMask: number;
  readonly waivedMask: number;
  readonly inputs?: Inputs;
  readonly reasonCode?: number;
  readonly approverKid?: Uint8Array;
  /** Nobody signed it (SPEC 6.6). */
  readonly emergency: boolean;
  /** Of a log-ack: the stream, and up to which sequence the server has it. */
  readonly acked?: { readonly stream: StreamNumber; readonly sequence: number };
}

/** Streams in which an event may stand. */
export function belongsTo(name: EventName, stream: StreamNumber): boolean {
  if (name === "LOST") return true;
  return (name === "REFUSED") === (stream === 1);
}

/** Reads an event. Throws EncodingError for what is no event of SPEC 8. */
export function decodeEvent(bytes: Uint8Array): LogEvent {
  const map = new MapReader(decodeCbor(bytes), "");
  const kind = map.uint(3, "kind");
  const details = map.mapAt(4, "details");
  const event = {
    sequence: map.uint32(0, "sequence"),
    boot: map.uint32(1, "boot"),
    uptimeMs: map.uint(2, "uptime"),
    details,
    raw: map.any(4, "details") as CborMap,
  };
  map.end();
  const name = NAMES.get(kind);
  // A kind of a later version of the gate is refused: a log of which part is not understood is not verified.
  if (name === undefined) map.uint(3, "kind", 1, NAMES.size);
  return { ...event, name: name! };
}

/** Reads the details of a DECISION. Throws EncodingError. */
export function decodeDecision(map: MapReader): Decision {
  const inputs = map.optional(12, () => decodeInputs(map.mapAt(12, "inputs")));
  const reasonCode = map.optional(13, () => map.uint(13, "reason code", 1, 255));
  const approverKid = map.optional(14, () => map.bytes(14, "approver kid", 8));
  const acked = map.optional(15, () => ({
    stream: map.uint(15, "acknowledged stream", 0, 1) as StreamNumber,
    sequence: map.uint32(16, "acknowledged sequence"),
  }));
  return {
    port: map.uint(0, "port"),
    kid: map.bytes(1, "kid", 8),
    digest: map.bytes(2, "digest", 32),
    kind: map.uint(3, "kind"),
    verdict: map.uint(4, "verdict", 1, 3),
    status: map.uint(5, "status"),
    limit: map.uint(6, "limit"),
    bound: map.uint(7, "bound"),
    softMask: map.uint32(8, "soft mask"),
    waivedMask: map.uint32(9, "waived mask"),
    emergency: map.has(18),
    ...(inputs && { inputs }),
    ...(reasonCode !== undefined && { reasonCode }),
    ...(approverKid && { approverKid }),
    ...(acked && { acked }),
  };
}

function decodeInputs(map: MapReader): Inputs {
  const read = (key: number): number => map.uint(key, INPUTS[key]!);
  const inputs: Record<string, unknown> = {};
  INPUTS.forEach((name, key) => {
    if (ARRAYS.has(name)) return;
    if (!OPTIONAL.has(name) || map.has(key)) inputs[name] = read(key);
  });
  const list = (key: number, length: number): number[] =>
    uints(map.array(key, INPUTS[key]!, length, length), map.at(key, INPUTS[key]!));
  const windows = map.optional(18, () => list(18, 4));
  const steps = map.optional(19, () => list(19, 3));
  const loading = map.optional(20, () => list(20, 4));
  const pca = map.optional(21, () => list(21, 5));
  map.end();
  return {
    ...(inputs as unknown as Inputs),
    ...(windows && { windows }),
    ...(steps && { steps: { lowestDose: steps[0]!, highestDose: steps[1]!, highestRateNlPerH: steps[2]! } }),
    ...(loading && { loading: givenDose(loading) }),
    ...(pca && { pca: { ...givenDose(pca), lockoutS: pca[4]! } }),
  };
}

function givenDose(items: readonly number[]): GivenDose {
  return { unit: items[0]!, dose: items[1]!, rateNlPerH: items[2]!, volumeNl: items[3]! };
}

function uints(items: readonly CborValue[], path: string): number[] {
  return items.map((item, i) => checkUint(item, `${path}, item ${i}`));
}

/** Details by name, bytes as hex: one object of an exported line. */
export function namedDetails(event: LogEvent): Record<string, unknown> {
  const names = DETAILS[event.name];
  return named(event.raw, (key) => names[key]);
}

function named(map: CborMap, nameOf: (key: number) => string | undefined): Record<string, unknown> {
  return Object.fromEntries(
    [...map].map(([key, value]) => [nameOf(key) ?? `key${key}`, plain(value)] as const),
  );
}

function plain(value: CborValue): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (value instanceof Map) return named(value as CborMap, (key) => INPUTS[key]);
  return Array.isArray(value) ? (value as CborValue[]).map(plain) : value;
}
