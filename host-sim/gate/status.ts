/** Names, sentences and faults of the statuses the gate returns (SPEC 12). */
import { STATUS, STATUS_SENTENCES } from "./status-table.js";

export { STATUS, STATUS_SENTENCES } from "./status-table.js";
export type StatusName = keyof typeof STATUS;

const NAMES = new Map<number, StatusName>(
  (Object.keys(STATUS) as StatusName[]).map((name) => [STATUS[name], name]),
);

/** Whose fault each range of statuses says it is, by the number's high digit. */
const FAULTS = [
  "nobody",
  "host",
  "sender",
  "signer",
  "library author",
  "sender",
  "prescription",
  "delivery phase",
  "device",
] as const;
export type Fault = (typeof FAULTS)[number];

/** `LIMIT_HARD`; `UNKNOWN_0xff` for a number that is no status. */
export function statusName(status: number): StatusName | `UNKNOWN_0x${string}` {
  return NAMES.get(status) ?? `UNKNOWN_0x${status.toString(16)}`;
}

/** `LIMIT_HARD (0x6a): A hard limit of the entry is exceeded.` */
export function describeStatus(status: number): string {
  const name = NAMES.get(status);
  const sentence = name === undefined ? "Not a status of this ABI." : STATUS_SENTENCES[name];
  return `${statusName(status)} (0x${status.toString(16).padStart(2, "0")}): ${sentence}`;
}

/** Whose fault a status is; `null` for a number that is no status. */
export function statusFault(status: number): Fault | null {
  return NAMES.has(status) ? (FAULTS[status >> 4] ?? null) : null;
}
