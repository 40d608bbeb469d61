/** SPEC 11.2's binary records in words. Layouts come from the gate's ABI; here is only how each field reads. */
import { toHex } from "../../authority/bytes.js";
import { formatInstant } from "../../authority/instant.js";
import { decimal, formatDuration } from "../../authority/quantity.js";
import * as abi from "../../gate/abi.js";
import { decode, type Layout, typeOf } from "../../gate/layout.js";
import {
  alarmNames,
  kindName,
  LIMIT_NAMES,
  localActionName,
  SENSOR,
  SUBMIT_FLAG,
  verdictName,
} from "../../gate/names.js";
import { decodeApprove, decodeSubmit } from "../../gate/records.js";
import { describeStatus } from "../../gate/status.js";
import { showLogRecords } from "./log.js";
import { field, group, hexField, type Shown } from "./shown.js";
import {
  doseWords,
  flagWords,
  maskWords,
  modeWords,
  phaseWords,
  surfaceWords,
  unitWords,
  weightWords,
} from "./words.js";

type Values = Readonly<Record<string, number | bigint | Uint8Array>>;
/** Shows bytes inside a record; inspect.ts passes itself. */
export type Nested = (name: string, bytes: Uint8Array) => Shown;

const PORT_NAMES = ["panel", "network", "serial"];

/** The record at the start of `bytes`, in words; undefined if its type is none of ours. Throws RecordError if it is damaged. */
export function showRecord(bytes: Uint8Array, nested: Nested): Shown | undefined {
  const layout = abi.LAYOUTS.find((candidate) => candidate.type === typeOf(bytes)) as Layout | undefined;
  if (!layout) return undefined;
  const { values, tail } = decode(layout, bytes);
  const shown = values as Values;
  const parts = Object.entries(shown).map(([name, value]) => showField(name, value, shown));
  return group(`${layout.name} record (SPEC 11.2)`, `${bytes.length} bytes`, [
    ...parts,
    ...showTail(layout, bytes, tail, nested),
  ]);
}

function showTail(layout: Layout, bytes: Uint8Array, tail: Uint8Array, nested: Nested): Shown[] {
  if (layout.type === abi.SUBMIT.type) {
    const { command, drug, profile } = decodeSubmit(bytes);
    return [
      nested("command", command),
      ...[drug, profile].flatMap((p, i) => (p ? [nested(i === 0 ? "entry" : "profile", p.entry)] : [])),
    ];
  }
  if (layout.type === abi.APPROVE.type) return [nested("approval", decodeApprove(bytes).approval)];
  if (layout.type === abi.ATTESTATION.type) return [nested("attestation", tail)];
  return layout.type === abi.LOG.type ? showLogRecords(tail) : [];
}

/** Fields whose name says how they read. */
const BY_NAME: Readonly<Record<string, (value: number, all: Values) => string>> = {
  verdict: (v) => verdictName(v) ?? `none of the three words (0x${v.toString(16)}): permits nothing`,
  status: (v) => describeStatus(v),
  limit: (v) => (v === 0 ? "none" : (LIMIT_NAMES[v] ?? `unknown (${v})`)),
  softMask: maskWords,
  mask: maskWords,
  pendingMask: maskWords,
  unit: unitWords,
  dose: (v, all) => doseWords(v, Number(all["unit"])),
  nearestPermittedDose: (v, all) => (v === 0 ? "none" : doseWords(v, Number(all["unit"]))),
  kind: (v) => kindName(v) ?? `unknown (${v})`,
  action: (v) => localActionName(v) ?? `unknown (${v})`,
  port: (v) => PORT_NAMES[v] ?? `unknown (${v})`,
  stream: (v) => ["decisions", "meter"][v] ?? `unknown (${v})`,
  phase: phaseWords,
  alarms: (v) => alarmNames(v).join(", ") || "none",
  flags: (v, all) => ("commandBytes" in all ? bitNames(SUBMIT_FLAG, v) : flagWords(v)),
  sensors: (v) => bitNames(SENSOR, v),
  mode: modeWords,
  weightG: weightWords,
  bsaCm2: surfaceWords,
  weightNextG: weightWords,
  bsaNextCm2: surfaceWords,
  lockoutLeftS: formatDuration,
  ledgerClockS: formatDuration,
};

/** Of a submit record its own flags; elsewhere those of the state record. */
function bitNames(table: Readonly<Record<string, number>>, flags: number): string {
  const names = Object.entries(table).filter(([, bit]) => (flags & bit) !== 0);
  return names.map(([name]) => name.toLowerCase()).join(", ") || "none";
}

function showField(name: string, value: number | bigint | Uint8Array, all: Values): Shown {
  const label = name
    .replace(/(?:NlPerH|Nl|Ms|S|G|Cm2)$/, "")
    .replace(/([a-z])([A-Z0-9])/g, "$1 $2")
    .toLowerCase();
  if (value instanceof Uint8Array) return hexField(label, value);
  const bare = value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();
  return field(label, bare, fieldWords(name, value, all));
}

function fieldWords(name: string, value: number | bigint, all: Values): string {
  if (name.endsWith("NlPerH") || /NlPerHMax|rateMaxNlPerH/.test(name)) {
    return `${decimal(BigInt(value), 1_000_000n)} mL/h`;
  }
  if (name.endsWith("Nl")) return `${decimal(BigInt(value), 1_000_000n)} mL`;
  if (name.endsWith("Ms")) return `${decimal(BigInt(value), 1000n)} s of uptime`;
  if (name === "floorS") return value === 0n ? "none" : formatInstant(Number(value));
  const words = Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
  return words && value <= BigInt(Number.MAX_SAFE_INTEGER) ? words(Number(value), all) : value.toString();
}

/** What is wrong with bytes that look like a record of unknown type. */
export function unknownRecord(bytes: Uint8Array): string {
  const types = abi.LAYOUTS.map((layout) => `0x${layout.type.toString(16).padStart(4, "0")}`).join(", ");
  if (bytes.length < 8) return `not a record: ${bytes.length} bytes, a record has at least 8`;
  return `not a record: it begins ${toHex(bytes.subarray(0, 2))}, which is none of the types ${types}`;
}
