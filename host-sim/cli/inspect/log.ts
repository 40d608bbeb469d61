/** Log records in words (SPEC 8). The chain and the tags are not checked here: that needs the log key. */
import { toHex } from "../../authority/bytes.js";
import {
  type CborMap,
  type CborValue,
  decodeCbor,
  EncodingError,
  MapReader,
} from "../../authority/encoding.js";
import { formatDuration, formatRate, formatVolume } from "../../authority/quantity.js";
import { alarmNames, kindName, LIMIT_NAMES, localActionName, OFF_TIME_TRUSTED } from "../../gate/names.js";
import { describeStatus } from "../../gate/status.js";
import { dateField, field, group, hexField, type Shown } from "./shown.js";
import { maskWords, modeWords, phaseWords, surfaceWords, unitWords, weightWords } from "./words.js";

const HEADER_BYTES = 12;
const TAG_BYTES = 16;

/** A detail's name, with how it reads where that is not obvious. */
type Detail = readonly [name: string, words?: (value: number) => string];

interface EventKind {
  readonly name: string;
  /** At the index of the key. */
  readonly details: readonly Detail[];
}

const yes = (value: number): string => (value === 0 ? "no" : "yes");
const action = (value: number): string => localActionName(value) ?? `unknown (${value})`;
const command = (value: number): string => kindName(value) ?? `unknown (${value})`;
const limit = (value: number): string =>
  value === 0 ? "none" : (LIMIT_NAMES[value] ?? `unknown (${value})`);
const alarms = (value: number): string => alarmNames(value).join(", ") || "none";
const verdict = (value: number): string =>
  ["none", "PERMIT", "DENY", "NEEDS_OVERRIDE"][value] ?? `unknown (${value})`;
const cause = (value: number): string =>
  (["power-on", "warm restart", "unknown"][value & 0xff] ?? `unknown (${value})`) +
  ((value & OFF_TIME_TRUSTED) !== 0 ? ", time off trusted" : "");
const how = (value: number): string =>
  ["at commit", "by signed time", "at the panel"][value] ?? `unknown (${value})`;
const port = (value: number): string =>
  ["panel", "network", "serial", "updates"][value] ?? `unknown (${value})`;

const LIBRARY: readonly Detail[] = [["epoch"], ["version"], ["Merkle root"], ["digest"]];
const INPUTS: readonly Detail[] = [
  ["area"],
  ["drug"],
  ["variant"],
  ["library epoch"],
  ["library version"],
  ["weight", weightWords],
  ["body surface", surfaceWords],
  ["unit", unitWords],
  ["dose, base units"],
  ["rate", formatRate],
  ["volume", formatVolume],
  ["amount, base units"],
  ["concentration volume", formatVolume],
  ["set"],
  ["basal rate", formatRate],
  ["total", formatVolume],
  ["range max, base units"],
  ["pump class"],
  ["windows of 1, 2, 4, 24 h, base units"],
  ["steps: lowest dose, highest dose, highest rate"],
  ["loading: unit, dose, rate, volume"],
  ["PCA: unit, dose, rate, volume, lockout"],
  ["duration", formatDuration],
  ["mode", modeWords],
];
const DECISION: readonly Detail[] = [
  ["port", port],
  ["kid"],
  ["digest"],
  ["command kind", command],
  ["verdict", verdict],
  ["status", describeStatus],
  ["limit", limit],
  ["bound"],
  ["soft limits broken", maskWords],
  ["soft limits waived", maskWords],
  ["patient token"],
  ["order id"],
  ["inputs"],
  ["reason code"],
  ["approver's kid"],
  ["acknowledged stream"],
  ["acknowledged sequence"],
  ["service"],
  ["emergency", yes],
];

/** Event kinds of SPEC 8. */
const EVENTS: Readonly<Record<number, EventKind>> = {
  1: { name: "PROVISIONED", details: [["device id"], ["root version"], ["root digest"], ["pump class"]] },
  2: {
    name: "BOOT",
    details: [
      ["cause", cause],
      ["off, ms"],
      ["counter"],
      ["tampered", yes],
      ["phase", phaseWords],
      ["uncertain", formatVolume],
    ],
  },
  3: {
    name: "ROOT_UPDATED",
    details: [["version"], ["digest"], ["active library revoked", yes], ["next library dropped", yes]],
  },
  4: { name: "LIBRARY_STAGED", details: [...LIBRARY, ["enable"]] },
  5: { name: "LIBRARY_ACTIVATED", details: [...LIBRARY, ["how", how]] },
  6: { name: "DECISION", details: DECISION },
  7: {
    name: "LOCAL",
    details: [
      ["action", action],
      ["generation"],
      ["phase after", phaseWords],
      ["rate after", formatRate],
      ["delivered", formatVolume],
      ["value"],
    ],
  },
  8: {
    name: "ALARM",
    details: [["alarms", alarms], ["generation"], ["delivered", formatVolume], ["phase after", phaseWords]],
  },
  9: {
    name: "COMPLETE",
    details: [["generation"], ["delivered", formatVolume], ["phase after", phaseWords], ["generation after"]],
  },
  10: { name: "LOST", details: [["first lost sequence"], ["last lost sequence"]] },
  11: {
    name: "REFUSED",
    details: [["port", port], ["status", describeStatus], ["count"], ["first uptime, ms"]],
  },
  12: {
    name: "STEP",
    details: [["generation"], ["step"], ["rate after", formatRate], ["delivered", formatVolume]],
  },
  13: { name: "DECOMMISSIONED", details: [["digest"], ["counter"]] },
};

/** The event of a log record (SPEC 8). Throws EncodingError for bytes that are none. */
export function showEvent(bytes: Uint8Array): { what: string; parts: readonly Shown[] } {
  const map = new MapReader(decodeCbor(bytes), "");
  const kind = map.uint32(3, "kind");
  const sequence = map.uint32(0, "sequence");
  const boot = map.uint32(1, "boot");
  const uptimeMs = map.uint(2, "uptime");
  const details = map.any(4, "details");
  map.end();
  const known = EVENTS[kind];
  const name = known?.name ?? `kind ${kind}, unknown to this version`;
  return {
    what: `log event ${sequence}: ${name} (SPEC 8)`,
    parts: [
      field("boot", boot),
      field("uptime", uptimeMs, `${uptimeMs} ms`),
      ...showDetails(details, known?.details ?? []),
    ],
  };
}

function showDetails(value: CborValue, names: readonly Detail[]): Shown[] {
  if (!(value instanceof Map)) throw new EncodingError("key 4 (details)", "expected a map");
  return [...(value as CborMap)].map(([key, item]) => {
    const [name, words] = names[key] ?? [`key ${key}`];
    if (item instanceof Uint8Array) return hexField(name, item);
    if (item instanceof Map) return group(name, "", showDetails(item, names === DECISION ? INPUTS : []));
    if (Array.isArray(item)) return field(name, (item as readonly CborValue[]).map(String).join(", "));
    if (typeof item !== "number") return field(name, typeof item === "string" ? item : "nothing");
    return name === "enable" && item > 0
      ? dateField(name, item)
      : field(name, item, words?.(item) ?? String(item));
  });
}

/** The records of a log page, one after the other without padding. A damaged one ends the list and says where. */
export function showLogRecords(tail: Uint8Array): Shown[] {
  const shown: Shown[] = [];
  let at = 0;
  while (at < tail.length) {
    const left = tail.length - at;
    const view = new DataView(tail.buffer, tail.byteOffset + at, left);
    const eventBytes = left >= HEADER_BYTES ? view.getUint16(0, true) : 0;
    const length =
      left >= HEADER_BYTES ? HEADER_BYTES + eventBytes + view.getUint16(2, true) + TAG_BYTES : Infinity;
    if (length > left) {
      return [...shown, field("damaged", at, `the record at byte ${at} is longer than what is left`)];
    }
    shown.push(showLogRecord(tail.subarray(at, at + length), eventBytes));
    at += length;
  }
  return shown;
}

function showLogRecord(record: Uint8Array, eventBytes: number): Shown {
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  const sequence = view.getUint32(4, true);
  const patchBytes = view.getUint16(2, true);
  const common = [
    field("log epoch", view.getUint32(8, true)),
    field("state patch", patchBytes, `${patchBytes} bytes`),
    field(
      "tag",
      toHex(record.subarray(record.length - TAG_BYTES)),
      `${toHex(record.subarray(record.length - TAG_BYTES))} (not checked)`,
    ),
  ];
  if (eventBytes === 0) return group(`record ${sequence}`, "state only", common);
  try {
    const { what, parts } = showEvent(record.subarray(HEADER_BYTES, HEADER_BYTES + eventBytes));
    return group(`record ${sequence}`, what, [...parts, ...common]);
  } catch (error) {
    if (!(error instanceof EncodingError)) throw error;
    return group(`record ${sequence}`, `not a readable event: ${error.message}`, common);
  }
}
