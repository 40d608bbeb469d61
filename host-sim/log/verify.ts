/**
 * Verifies a pump's exported log: chain, tags and epochs of both streams, the history that the events tell, every verdict judged
 * again, and the heads against an attestation.
 */
import { equalBytes, toHex } from "../authority/bytes.js";
import type { Attestation } from "../authority/attestation.js";
import { EncodingError } from "../authority/encoding.js";
import type { CompiledLibrary } from "../authority/library/compile.js";
import { isJudgedKind, VERDICT } from "../model/judgement.js";
import { attestationFault, type AttestedStream } from "./attested.js";
import { decodeDecision, decodeEvent, type LogEvent, namedDetails } from "./event.js";
import type { LogExport } from "./export.js";
import type { LogFault } from "./fault.js";
import { Clock, type Complaint, History, type NamedRoot } from "./history.js";
import type { StreamNumber } from "./keys.js";
import { type AuthenticRecord, type StreamWalk, walkStream } from "./stream.js";
import { greatestRate, type VerdictCounts, Verdicts } from "./verdicts.js";

/** What a log is verified with. */
export interface Trust {
  /** Log key of the device, 32 bytes (SPEC 2.3). */
  readonly logKey: Uint8Array;
  /** The libraries that judged, as compiled from their files. */
  readonly libraries: readonly CompiledLibrary[];
  /** Root documents: the log must name each version with this digest. */
  readonly roots?: readonly NamedRoot[];
  /** Verified already (`verifyAttestation`); the log must lead to its heads. */
  readonly attestation?: Attestation;
}

/** A verified record: one line of an export. Times in ms of uptime, byte strings as hex. */
export interface VerifiedRecord {
  readonly stream: StreamNumber;
  readonly sequence: number;
  readonly epoch: number;
  /** Absent for a record that only moves state. */
  readonly boot?: number;
  readonly uptimeMs?: number;
  readonly event?: string;
  readonly details?: Record<string, unknown>;
}

export interface SequenceRange {
  readonly first: number;
  readonly last: number;
}

/** What one stream came to. */
export interface StreamReport {
  readonly stream: StreamNumber;
  /** Records verified. */
  readonly records: number;
  /** Absent for an empty stream. */
  readonly sequences?: SequenceRange;
  /** Chain after the last verified record, hex. */
  readonly head: string;
  readonly nextSequence: number;
  /** Records that are not in the export because they are older than its beginning. */
  readonly before?: SequenceRange;
  /** Ranges that the pump itself says it had to drop before they were acknowledged. */
  readonly lost: readonly SequenceRange[];
  /** Highest sequence that a signed log-ack named. */
  readonly acknowledged?: number;
  /** Verified records by event; "none" for those that only move state. */
  readonly events: Readonly<Record<string, number>>;
}

/** A decision's outcome with how often it occurs. Status 0 for permits. */
export interface DecisionCount {
  readonly kind: number;
  readonly verdict: number;
  readonly status: number;
  readonly limit: number;
  readonly count: number;
}

export interface Report {
  /** True if nothing is bad. Whether everything could be judged again, `missingLibraries` says. */
  readonly ok: boolean;
  readonly device: string;
  readonly streams: readonly [StreamReport, StreamReport];
  /** The first bad record of each stream; empty if `ok`. */
  readonly faults: readonly LogFault[];
  readonly decisions: readonly DecisionCount[];
  readonly verdicts: VerdictCounts;
  /** "epoch/version" of libraries that judged, but were not given. */
  readonly missingLibraries: readonly string[];
  /** True if the heads were compared with an attestation: without one, a cut-off end does not show. */
  readonly attested: boolean;
  /** Sequences after the attested ones, by stream: written since. */
  readonly sinceAttestation: readonly [number, number];
  readonly records: readonly VerifiedRecord[];
}

/** Records under one key (SPEC 8). */
const EPOCH_RECORDS_MAX = 64;

/** Verifies an exported log. Never throws for what the log says; RangeError for a log key that is not 32 bytes. */
export function verifyLog(exported: LogExport, trust: Trust): Report {
  if (trust.logKey.length !== 32) {
    throw new RangeError(`the log key has ${trust.logKey.length} bytes; it needs 32 (SPEC 2.3)`);
  }
  const { deviceId } = exported;
  const material = { deviceId, logKey: trust.logKey };
  const decisions = new StreamReading(walkStream(0, exported.streams[0], material), trust, deviceId);
  const meter = new StreamReading(walkStream(1, exported.streams[1], material), trust, deviceId);
  const faults = [decisions.fault, meter.fault].filter((fault) => fault !== undefined);
  const { attestation } = trust;
  if (attestation) faults.push(...attestationFaults(attestation, decisions, meter));
  const since = (reading: StreamReading, next: number | undefined): number =>
    next === undefined ? 0 : Math.max(0, reading.walk.nextSequence - next);
  const acknowledged = decisions.acknowledged;
  return {
    ok: faults.length === 0,
    device: toHex(deviceId),
    streams: [decisions.report(acknowledged[0]), meter.report(acknowledged[1])],
    faults,
    decisions: decisions.outcomes(),
    verdicts: decisions.verdicts.counts,
    missingLibraries: [...decisions.verdicts.missing],
    attested: attestation !== undefined,
    sinceAttestation: [
      since(decisions, attestation?.decisions.nextSequence),
      since(meter, attestation?.meter.nextSequence),
    ],
    records: [...decisions.records, ...meter.records],
  };
}

/** Only streams that are sound in themselves are held against the attestation: else its complaint would say less. */
function attestationFaults(
  attestation: Attestation,
  decisions: StreamReading,
  meter: StreamReading,
): LogFault[] {
  const states: AttestedStream[] = [
    { walk: decisions.walk, head: attestation.decisions, history: decisions.history },
    { walk: meter.walk, head: attestation.meter },
  ];
  return states
    .filter((_, stream) => [decisions, meter][stream]!.fault === undefined)
    .map((state) => attestationFault(attestation, state))
    .filter((fault) => fault !== undefined);
}

/** Reads the authentic records of one stream in order, up to the first that cannot be. */
class StreamReading {
  readonly verdicts: Verdicts;
  readonly history: History;
  readonly records: VerifiedRecord[] = [];
  readonly acknowledged: (number | undefined)[] = [undefined, undefined];
  readonly #lost: SequenceRange[] = [];
  readonly #events: Record<string, number> = {};
  readonly #outcomes = new Map<string, DecisionCount>();
  readonly #clock: Clock;
  readonly #roots: readonly NamedRoot[];
  readonly fault: LogFault | undefined;
  #epoch = 0;
  #inEpoch = 0;

  constructor(
    readonly walk: StreamWalk,
    trust: Trust,
    private readonly deviceId: Uint8Array,
  ) {
    this.verdicts = new Verdicts(trust.libraries);
    this.history = new History(walk.fromGenesis);
    this.#clock = new Clock(walk.stream);
    this.#roots = trust.roots ?? [];
    this.fault = this.#readAll() ?? walk.fault;
  }

  #readAll(): LogFault | undefined {
    for (const authentic of this.walk.records) {
      const { record, place } = authentic;
      const complaint = this.#read(authentic);
      if (complaint) return { stream: this.walk.stream, sequence: record.sequence, ...complaint, at: place };
    }
    return undefined;
  }

  #read({ record }: AuthenticRecord): Complaint | undefined {
    const { stream } = this.walk;
    const { sequence, epoch } = record;
    const began = epoch !== this.#epoch;
    this.#inEpoch = began ? 1 : this.#inEpoch + 1;
    this.#epoch = epoch;
    if (this.#inEpoch > EPOCH_RECORDS_MAX) {
      const message = `log epoch ${epoch} has more than ${EPOCH_RECORDS_MAX} records`;
      return { reason: "contradiction", message };
    }
    if (record.event.length === 0) {
      this.records.push({ stream, sequence, epoch });
      this.#count("none");
      return undefined;
    }
    try {
      const event = decodeEvent(record.event);
      const complaint = this.#clock.check(event, sequence) ?? newBoot(event, began) ?? this.#event(event);
      if (complaint) return complaint;
      this.#count(event.name);
      const { boot, uptimeMs, name } = event;
      this.records.push({
        stream,
        sequence,
        epoch,
        boot,
        uptimeMs,
        event: name,
        details: namedDetails(event),
      });
      return undefined;
    } catch (error) {
      if (!(error instanceof EncodingError)) throw error;
      return { reason: "contradiction", message: `its event is not one of SPEC 8: ${error.message}` };
    }
  }

  #event(event: LogEvent): Complaint | undefined {
    const { details } = event;
    const complaint = this.history.check(event);
    if (complaint) return complaint;
    switch (event.name) {
      case "PROVISIONED":
        if (equalBytes(details.bytes(0, "device id", 16), this.deviceId)) return this.#checkRoot();
        return {
          reason: "contradiction",
          message: "the device provisioned is not the one that the export names",
        };
      case "ROOT_UPDATED":
        return this.#checkRoot();
      case "LIBRARY_STAGED":
      case "LIBRARY_ACTIVATED":
        return this.verdicts.named(this.history.libraries.at(-1)!);
      case "DECISION":
        return this.#decision(event);
      case "LOST":
        this.#lost.push({ first: details.uint32(0, "first"), last: details.uint32(1, "last") });
        return undefined;
      default:
        return undefined;
    }
  }

  #checkRoot(): Complaint | undefined {
    const root = this.history.root!;
    const given = this.#roots.find(({ version }) => version === root.version);
    if (!given || equalBytes(given.digest, root.digest)) return undefined;
    const message = `root version ${root.version} has another digest than the document that was given`;
    return { reason: "contradiction", message };
  }

  #decision(event: LogEvent): Complaint | undefined {
    const decision = decodeDecision(event.details);
    const { kind, verdict, status, limit, inputs, acked } = decision;
    const complaint = this.verdicts.check(decision) ?? this.history.decide(decision);
    if (complaint) return complaint;
    if (verdict === VERDICT.permit && inputs && isJudgedKind(kind)) {
      this.history.permitted(kind, greatestRate(inputs), inputs.mode);
    }
    if (verdict === VERDICT.permit && kind === STOP) this.history.stopped();
    if (verdict === VERDICT.permit && acked) {
      this.acknowledged[acked.stream] = Math.max(acked.sequence, this.acknowledged[acked.stream] ?? 0);
    }
    const named = verdict === VERDICT.permit ? 0 : limit;
    const key = `${kind}/${verdict}/${status}/${named}`;
    const count = (this.#outcomes.get(key)?.count ?? 0) + 1;
    this.#outcomes.set(key, { kind, verdict, status, limit: named, count });
    return undefined;
  }

  #count(name: string): void {
    this.#events[name] = (this.#events[name] ?? 0) + 1;
  }

  /** Every outcome, ascending by kind, verdict, status and limit. */
  outcomes(): DecisionCount[] {
    return [...this.#outcomes.values()].sort(
      (a, b) => a.kind - b.kind || a.verdict - b.verdict || a.status - b.status || a.limit - b.limit,
    );
  }

  report(acknowledged: number | undefined): StreamReport {
    const { walk } = this;
    const last = this.records.at(-1)?.sequence;
    const first = this.records[0]?.sequence;
    return {
      stream: walk.stream,
      records: this.records.length,
      ...(first !== undefined && last !== undefined && { sequences: { first, last } }),
      head: toHex(walk.head),
      nextSequence: walk.nextSequence,
      ...(!walk.fromGenesis && first !== undefined && { before: { first: 1, last: first - 1 } }),
      lost: this.#lost,
      ...(acknowledged !== undefined && { acknowledged }),
      events: this.#events,
    };
  }
}

/** Command kind of a signed stop (SPEC 4.2). */
const STOP = 10;

/** Every boot begins a new log epoch (SPEC 8). */
function newBoot(event: LogEvent, began: boolean): Complaint | undefined {
  if (event.name !== "BOOT" || began) return undefined;
  return { reason: "contradiction", message: `boot ${event.boot} did not begin a new log epoch` };
}
