import { Device } from "../device/device.js";
import { ATTESTATION, GRANT, LOCAL_RESULT, LOG, OUTCOME, VERDICT, type ExportName } from "./abi.js";
import { deviceHost, Instance, type GateHost, type GateObserver } from "./instance.js";
import { LOCAL_ACTION, OFF_TIME_TRUSTED } from "./names.js";
import * as records from "./records.js";
import type { Approval, LocalRequest, LogPage, Submission } from "./records.js";
import { STATUS, statusName } from "./status.js";

export { GateDead, GateTrap, loadModule, type GateHost, type GateObserver } from "./instance.js";

/** How staged work is run. */
export interface RunOptions {
  /** Slices per call of `work`. Default 1 with `between`, else as many as it takes. */
  readonly units?: number;
  /** Called before every call of `work`: here ticks and local actions go. */
  readonly between?: () => void;
  /** More calls of `work` than this is a fault of the gate. Default 1,000,000. */
  readonly callsMax?: number;
}

/** How a staged verb ended. */
export interface Ended {
  /** The refusal at once, or the status in the result record. */
  readonly status: number;
  /** Calls of `work` it took; 0 for a refusal at once. */
  readonly calls: number;
  /** `null` for a refusal at once. */
  readonly outcome: records.Outcome | null;
}

/** How `submit` and `approve` ended: `verdict` where the gate judged, `outcome` or neither where it did not come to that. */
export interface Judged extends Ended {
  readonly verdict: records.Verdict | null;
}

/** How `attest` ended. */
export interface Attested extends Ended {
  /** COSE_Mac0. */
  readonly mac0: Uint8Array | null;
}

const CALLS_MAX = 1_000_000;
const UNITS_MAX = 0x7fff_ffff;

/**
 * The gate as its host sees it: one typed method for every export (SPEC 11.1). Statuses are returned, never thrown; what
 * is thrown is a defect: GateTrap, GateDead, MisuseError, and PowerCut, which ends the instance as it would in a pump.
 */
export class Gate {
  readonly instance: Instance;
  #cancelled = false;

  /** Instantiates `module` over a simulated device, or over any other host. */
  constructor(module: WebAssembly.Module, host: Device | GateHost, observer?: GateObserver) {
    this.instance = new Instance(module, host instanceof Device ? deviceHost(host) : host, observer);
  }

  // --- life -----------------------------------------------------------------------------------------------------

  abiVersion(): { major: number; minor: number } {
    const version = this.instance.call("abiVersion");
    return { major: version >>> 16, minor: version & 0xffff };
  }

  /** `cause`: BOOT_CAUSE; `offMs`: time without power, -1 = unknown; `trusted`: of a clock that nobody can set. */
  boot(cause: number, offMs = -1, trusted = false): number {
    return this.instance.call("boot", trusted ? cause | OFF_TIME_TRUSTED : cause, offMs);
  }

  /** Runs background work until there is none, which is what opens storage after boot. Returns NOTHING, or what failed. */
  settle(options: RunOptions = {}): number {
    return this.#drain(options).status;
  }

  work(units: number): number {
    return this.instance.call("work", units);
  }

  cancel(): number {
    this.#cancelled = true;
    return this.instance.call("cancel");
  }

  provision(block: Uint8Array, options?: RunOptions): Ended {
    return this.#ended(this.#stage("provision", block, options));
  }

  /** `object`: COSE_Sign of the root threshold (SPEC 2.7). What it erases is erased by `settle` afterwards. */
  decommission(object: Uint8Array, options?: RunOptions): Ended {
    return this.#ended(this.#stage("decommission", object, options));
  }

  trustUpdate(root: Uint8Array, options?: RunOptions): Ended {
    return this.#ended(this.#stage("trustUpdate", root, options));
  }

  // --- drug library ---------------------------------------------------------------------------------------------

  libraryBegin(manifest: Uint8Array, options?: RunOptions): Ended {
    return this.#ended(this.#stage("libraryBegin", manifest, options));
  }

  libraryEntry(entry: Uint8Array, options?: RunOptions): Ended {
    return this.#ended(this.#stage("libraryEntry", entry, options));
  }

  libraryCommit(options?: RunOptions): Ended {
    return this.#ended(this.#finish(this.instance.call("libraryCommit"), options));
  }

  libraryAbort(): number {
    return this.instance.call("libraryAbort");
  }

  /** Begin, every entry, commit; stops at the first refusal and aborts. `entryIndex` names the entry refused. */
  installLibrary(
    manifest: Uint8Array,
    entries: Iterable<Uint8Array>,
    options?: RunOptions,
  ): Ended & { entryIndex: number | null } {
    const begun = this.libraryBegin(manifest, options);
    if (begun.status !== STATUS.OK) return { ...begun, entryIndex: null };
    let index = 0;
    for (const entry of entries) {
      const taken = this.libraryEntry(entry, options);
      if (taken.status !== STATUS.OK) {
        this.libraryAbort();
        return { ...taken, entryIndex: index };
      }
      index++;
    }
    return { ...this.libraryCommit(options), entryIndex: null };
  }

  // --- commands -------------------------------------------------------------------------------------------------

  sessionOpen(port: number): { status: number; session: records.Session | null } {
    const status = this.instance.call("sessionOpen", port);
    return {
      status,
      session: status === STATUS.OK ? records.decodeSession(this.instance.read("result")) : null,
    };
  }

  /** `submission`: the parts of a submit record, or its bytes as they stand. */
  submit(submission: Submission | Uint8Array, options?: RunOptions): Judged {
    const record = submission instanceof Uint8Array ? submission : records.encodeSubmit(submission);
    return this.#judged(this.#stage("submit", record, options));
  }

  approve(approval: Approval | Uint8Array, options?: RunOptions): Judged {
    const record = approval instanceof Uint8Array ? approval : records.encodeApprove(approval);
    return this.#judged(this.#stage("approve", record, options));
  }

  // --- delivery -------------------------------------------------------------------------------------------------

  /** `grant` is `null` where the gate refused to give one: then nothing may move. */
  tick(tick: records.Tick): { status: number; grant: records.Grant | null } {
    this.instance.write("tick", records.encodeTick(tick));
    const status = this.instance.call("tick");
    const area = this.instance.read("tick");
    return { status, grant: records.typeOf(area) === GRANT.type ? records.decodeGrant(area) : null };
  }

  /** One call of `local`; `result` is `null` where the gate refused the record itself. */
  local(request: LocalRequest): { status: number; result: records.LocalResult | null } {
    this.instance.write("local", records.encodeLocal(request));
    const status = this.instance.call("local");
    const area = this.instance.read("local");
    return {
      status,
      result: records.typeOf(area) === LOCAL_RESULT.type ? records.decodeLocalResult(area) : null,
    };
  }

  /** The second step of an upward local action. */
  confirm(nonce: number): { status: number; result: records.LocalResult | null } {
    return this.local({ action: LOCAL_ACTION.CONFIRM, nonce });
  }

  inspect(): { status: number; state: records.State | null } {
    const status = this.instance.call("inspect");
    return {
      status,
      state: status === STATUS.OK ? records.decodeState(this.instance.read("inspect")) : null,
    };
  }

  // --- log ------------------------------------------------------------------------------------------------------

  /** The page of the log that holds `sequence`, or the first one after it that is kept. */
  logRead(stream: number, sequence: number): { status: number; page: LogPage | null } {
    const status = this.instance.call("logRead", stream, sequence);
    const area = status === STATUS.OK ? this.instance.read("io") : NO_BYTES;
    return { status, page: records.typeOf(area) === LOG.type ? records.decodeLog(area) : null };
  }

  /** Every page of a stream from `sequence` on. Throws if a page cannot be read, or the gate does not move on. */
  *logPages(stream: number, sequence = 0): Generator<LogPage> {
    for (let next = sequence; ;) {
      const { status, page } = this.logRead(stream, next);
      if (status === STATUS.NOTHING) return;
      if (page === null || page.count === 0) {
        throw new Error(`logRead(${stream}, ${next}) answered ${statusName(status)}: the log is not whole`);
      }
      yield page;
      const after = page.firstSequence + page.count;
      if (after <= next) throw new Error(`logRead(${stream}, ${next}) ends at ${after}: it does not move on`);
      next = after;
    }
  }

  /** `nonce`: 32 bytes of the verifier's choice. */
  attest(nonce: Uint8Array, options?: RunOptions): Attested {
    this.instance.write("io", nonce);
    const raw = this.#finish(this.instance.call("attest"), options);
    const ended = this.#ended(raw);
    const area = raw.done ? this.instance.read("io") : NO_BYTES;
    const attested = records.typeOf(area) === ATTESTATION.type;
    return { ...ended, mac0: attested ? records.decodeAttestation(area) : null };
  }

  // --- staged work ----------------------------------------------------------------------------------------------

  /** Only stages: writes the input and returns the verb's status. `finish` runs what it left, as far as one likes. */
  stage(verb: StagedVerb, input: Uint8Array): number {
    this.instance.write("io", input);
    return this.instance.call(verb, input.length);
  }

  /** Runs staged work to its end and reads the result buffer, whatever record stands there. */
  finish(options?: RunOptions): Judged {
    return this.#judged(this.#finish(STATUS.WORKING, options));
  }

  #stage(verb: StagedVerb, input: Uint8Array, options: RunOptions | undefined): Raw {
    return this.#finish(this.stage(verb, input), options);
  }

  #finish(staged: number, options: RunOptions = {}): Raw {
    this.#cancelled = false;
    if (staged === STATUS.DONE) return { status: staged, calls: 0, done: true };
    if (staged !== STATUS.WORKING) return { status: staged, calls: 0, done: false };
    const { status, calls } = this.#drain(options);
    // NOTHING without DONE: someone cancelled in `between`.
    const cancelled = status === STATUS.NOTHING && this.#wasCancelled();
    return { status: cancelled ? STATUS.CANCELLED : status, calls, done: status === STATUS.DONE };
  }

  #wasCancelled(): boolean {
    return this.#cancelled;
  }

  #drain(options: RunOptions): { status: number; calls: number } {
    const { between, callsMax = CALLS_MAX } = options;
    const units = options.units ?? (between === undefined ? UNITS_MAX : 1);
    for (let calls = 1; calls <= callsMax; calls++) {
      between?.();
      const status = this.work(units);
      if (status !== STATUS.WORKING) return { status, calls };
    }
    throw new Error(`staged work did not end within ${callsMax} calls of work(${units})`);
  }

  #ended(raw: Raw): Ended {
    const area = raw.done ? this.instance.read("result") : NO_BYTES;
    const outcome = records.typeOf(area) === OUTCOME.type ? records.decodeOutcome(area) : null;
    return { status: outcome?.status ?? raw.status, calls: raw.calls, outcome };
  }

  #judged(raw: Raw): Judged {
    const area = raw.done ? this.instance.read("result") : NO_BYTES;
    const verdict = records.typeOf(area) === VERDICT.type ? records.decodeVerdict(area) : null;
    const ended = this.#ended(raw);
    return { ...ended, status: verdict?.status ?? ended.status, verdict };
  }
}

/** Verbs that take `length` bytes of the I/O buffer and stage work. */
export type StagedVerb = Extract<
  ExportName,
  "provision" | "decommission" | "trustUpdate" | "libraryBegin" | "libraryEntry" | "submit" | "approve"
>;

interface Raw {
  readonly status: number;
  readonly calls: number;
  readonly done: boolean;
}

const NO_BYTES = new Uint8Array();
