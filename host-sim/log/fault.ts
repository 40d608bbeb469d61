/** What can be wrong with a log, and where. */
import type { StreamNumber } from "./keys.js";

/**
 * `altered`: bytes were changed. `missing`: records were taken out. `reordered`: records change places. `spliced`: records
 * of elsewhere were put in. `rolled back`: the history goes back and on from an earlier point. `truncated`: the end was cut off.
 * `contradiction`: the records are genuine, but what they say cannot be, or a verdict is not the one that the library gives.
 */
export type FaultReason =
  "altered" | "missing" | "reordered" | "spliced" | "rolled back" | "truncated" | "contradiction";

/** The first bad record of a stream. */
export interface LogFault {
  readonly stream: StreamNumber;
  /** The record that is bad, or the first that is missing. */
  readonly sequence: number;
  readonly reason: FaultReason;
  /** What and why, one sentence. */
  readonly message: string;
  /** Where in the export: page from 0, and offset in its records. Absent for what is not there. */
  readonly at?: { readonly page: number; readonly offset: number };
}

/** "stream 0 record 17 altered: ... (page 2, byte 431)" */
export function describeFault(fault: LogFault): string {
  const place = fault.at ? ` (page ${fault.at.page}, byte ${fault.at.offset})` : "";
  return `stream ${fault.stream} record ${fault.sequence} ${fault.reason}: ${fault.message}${place}`;
}
