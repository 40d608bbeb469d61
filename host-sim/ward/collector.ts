/** The server that reads a pump's log before its rings wrap, says so with a signed log-ack, and verifies all of it in the end. */
import { verifyAttestation } from "../authority/attestation.js";
import { derivedKeys } from "../authority/provisioning.js";
import type { CompiledLibrary } from "../authority/library/compile.js";
import { describeFault } from "../log/fault.js";
import type { ExportPage, LogExport } from "../log/export.js";
import type { NamedRoot } from "../log/history.js";
import { type Report, verifyLog } from "../log/verify.js";
import type { Pump } from "../pump/pump.js";
import { statusName } from "../gate/status.js";
import type { Issued } from "./hospital.js";

/** What the verification of one pump's log came to. */
export interface LogVerdict {
  readonly ok: boolean;
  /** Bad records, or why nothing could be verified; empty if `ok`. */
  readonly faults: readonly string[];
  readonly decisionRecords: number;
  readonly meterRecords: number;
  /** Decisions judged again from log and library, of those that limits judged. */
  readonly recomputed: number;
  readonly judged: number;
  /** Records that the pump had to drop before they were read. */
  readonly lost: number;
  readonly attested: boolean;
}

export class LogCollector {
  readonly #deviceId: Uint8Array;
  readonly #pages: [ExportPage[], ExportPage[]] = [[], []];
  readonly #next: [number, number] = [0, 0];

  constructor(deviceId: Uint8Array) {
    this.#deviceId = deviceId;
  }

  /** Reads what is new in both streams. */
  collect(pump: Pump): void {
    for (const stream of [0, 1] as const) {
      for (const page of pump.gate.logPages(stream, this.#next[stream])) {
        const { firstSequence, chainBefore, records } = page;
        this.#pages[stream].push({ firstSequence, chainBefore, records });
        this.#next[stream] = firstSequence + page.count;
      }
    }
  }

  /** Last sequence read; -1 before the first. */
  last(stream: 0 | 1): number {
    return this.#next[stream] - 1;
  }

  export(): LogExport {
    return { deviceId: this.#deviceId, streams: this.#pages };
  }
}

/** What a pump's log is judged with. */
export interface Evidence {
  readonly issued: Issued;
  readonly libraries: readonly CompiledLibrary[];
  readonly roots: readonly NamedRoot[];
  /** 32 bytes that the pump has not seen. */
  readonly nonce: Uint8Array;
}

/** Reads the rest of the log, has its heads attested, and verifies both. A doubt is a fault, never an exception. */
export function verifyPump(pump: Pump, collector: LogCollector, evidence: Evidence): LogVerdict {
  const { issued, libraries, roots, nonce } = evidence;
  const { status, mac0 } = pump.attest(nonce);
  collector.collect(pump);
  const doubts: string[] = [];
  let report: Report | null = null;
  try {
    if (mac0 === null) throw new Error(`the pump attests nothing: ${statusName(status)}`);
    const key = derivedKeys(issued.deviceSecret).attest;
    const attestation = verifyAttestation(mac0, { deviceId: issued.deviceId, key, nonce });
    report = verifyLog(collector.export(), { logKey: issued.logKey, libraries, roots, attestation });
  } catch (error) {
    doubts.push(error instanceof Error ? error.message : String(error));
  }
  const faults = [...doubts, ...(report?.faults.map(describeFault) ?? [])];
  const missing = report?.missingLibraries ?? [];
  if (missing.length > 0) faults.push(`library ${missing.join(", ")} judged, but is not known`);
  const lost = report?.streams.flatMap((stream) => stream.lost) ?? [];
  return {
    ok: report !== null && report.ok && faults.length === 0,
    faults,
    decisionRecords: report?.streams[0].records ?? 0,
    meterRecords: report?.streams[1].records ?? 0,
    recomputed: report?.verdicts.recomputed ?? 0,
    judged: report?.verdicts.judged ?? 0,
    lost: lost.reduce((sum, { first, last }) => sum + last - first + 1, 0),
    attested: report?.attested ?? false,
  };
}
