/**
 * Verifies a log stream from the log key and the device id alone, record by record, and names the first bad one and why. Written from
 * SPEC 8; shares no code with the module, nor with the verifier in host-sim/log, of which it is a second opinion.
 */
import { createHash, createHmac } from "node:crypto";
import { equalBytes, toHex } from "../../host-sim/authority/bytes.js";
import { type CborMap, decodeCbor, EncodingError, MapReader } from "../../host-sim/authority/encoding.js";

/** What a verifier needs of a page of the log (`logRead`). */
export interface StreamPage {
  readonly stream: number;
  readonly firstSequence: number;
  readonly count: number;
  /** Sequence of the record that the gate writes next. */
  readonly nextSequence: number;
  readonly oldestKeptSequence: number;
  /** Chain value before the first record, 32 bytes. */
  readonly chainBefore: Uint8Array;
  /** `count` records one after the other, without padding. */
  readonly records: Uint8Array;
}

/** What a verifier knows of the device beforehand. */
export interface StreamIdentity {
  /** 32 bytes, as provisioned (SPEC 2.3). */
  readonly logKey: Uint8Array;
  /** 16 bytes. */
  readonly deviceId: Uint8Array;
  /** 0 decisions, 1 meter. */
  readonly stream: number;
}

/** A place in the chain that the verifier trusts: from an attestation, or from the last time it verified this stream. */
export interface ChainPlace {
  readonly nextSequence: number;
  readonly chain: Uint8Array;
}

export interface StreamEvent {
  readonly boot: number;
  readonly uptimeMs: number;
  readonly kind: number;
  readonly details: CborMap;
}

export interface StreamRecord {
  readonly sequence: number;
  readonly epoch: number;
  /** null: a record that only moves state. */
  readonly event: StreamEvent | null;
  /** Words of state that the record changed. */
  readonly patch: readonly { readonly word: number; readonly bytes: Uint8Array }[];
  /** Chain value after this record. */
  readonly chain: Uint8Array;
  /** The record as stored, tag included, padding not. */
  readonly bytes: Uint8Array;
}

export type StreamFault =
  "missing" | "malformed" | "order" | "chain" | "epoch" | "tag" | "event" | "truncated" | "head" | "page";

export interface StreamReport {
  /** Verified records, up to the first fault. */
  readonly records: readonly StreamRecord[];
  /** The place before the first record. True trust needs it to be the beginning, or one known from elsewhere. */
  readonly anchor: ChainPlace | null;
  /** Whether the anchor was checked against the beginning or a known place. */
  readonly anchored: boolean;
  /** The place after the last verified record. */
  readonly head: ChainPlace | null;
  /** The first bad record and why; null if all is well. */
  readonly fault: { readonly sequence: number; readonly reason: StreamFault; readonly detail: string } | null;
}

const HEAD_BYTES = 12;
const TAG_BYTES = 16;
const EPOCH_RECORDS_MAX = 64;
/** Epochs this verifier is willing to derive between two records: each boot is one. */
const EPOCH_STEP_MAX = 2048;

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const mac = createHmac("sha256", key);
  for (const part of parts) mac.update(part);
  return new Uint8Array(mac.digest());
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** Where a stream begins: before record 1. */
export function streamBeginning(identity: StreamIdentity): ChainPlace {
  const stream = Uint8Array.of(identity.stream);
  return { nextSequence: 1, chain: sha256(ascii("dosegate chain"), stream, identity.deviceId) };
}

/** The evolving key, forward only. */
class EpochKeys {
  epoch = 1;
  records = 0;
  #key: Uint8Array;

  constructor(identity: StreamIdentity) {
    this.#key = hmac(identity.logKey, ascii("dosegate log"), Uint8Array.of(identity.stream));
  }

  /** The key of `epoch`, which must not be behind; null if it is, or absurdly far ahead. */
  at(epoch: number): Uint8Array | null {
    if (epoch < this.epoch || epoch - this.epoch > EPOCH_STEP_MAX) return null;
    if (epoch > this.epoch) this.records = 0;
    for (; this.epoch < epoch; this.epoch++) this.#key = hmac(this.#key, ascii("dosegate epoch"));
    return this.#key;
  }
}

class Faulty extends Error {
  constructor(
    readonly sequence: number,
    readonly reason: StreamFault,
    detail: string,
  ) {
    super(detail);
  }
}

/**
 * Verifies pages in the order they were read. `known` is a place at or before the first page's; `attested` the head that the log must
 * reach, from an attestation made after the log was read.
 */
export function verifyStream(
  identity: StreamIdentity,
  pages: Iterable<StreamPage>,
  options: { readonly known?: ChainPlace; readonly attested?: ChainPlace } = {},
): StreamReport {
  const records: StreamRecord[] = [];
  const beginning = streamBeginning(identity);
  const known = options.known ?? beginning;
  let anchor: ChainPlace | null = null;
  let head: ChainPlace | null = null;
  let anchored = false;
  let fault: StreamReport["fault"] = null;
  try {
    const keys = new EpochKeys(identity);
    let last: StreamPage | null = null;
    for (const page of pages) {
      if (page.stream !== identity.stream) {
        throw new Faulty(
          page.firstSequence,
          "page",
          `a page of stream ${page.stream}, not ${identity.stream}`,
        );
      }
      const before: ChainPlace = { nextSequence: page.firstSequence, chain: page.chainBefore };
      if (head === null) {
        anchor = before;
        anchored = checkAnchor(before, [beginning, known]);
      } else {
        checkContinues(head, before);
      }
      head = before;
      for (const record of verifyPage(page, before, keys)) {
        records.push(record);
        head = { nextSequence: record.sequence + 1, chain: record.chain };
      }
      last = page;
    }
    checkEnd(head, last, options.attested);
  } catch (error) {
    if (!(error instanceof Faulty)) throw error;
    fault = { sequence: error.sequence, reason: error.reason, detail: error.message };
  }
  return { records, anchor, anchored, head, fault };
}

/** A page that begins at a known place must agree with it; whether there was one. */
function checkAnchor(before: ChainPlace, known: readonly ChainPlace[]): boolean {
  const place = known.find((candidate) => candidate.nextSequence === before.nextSequence);
  if (place === undefined) return false;
  if (!equalBytes(place.chain, before.chain)) {
    throw new Faulty(
      before.nextSequence,
      "chain",
      "the chain before it is not the one known for this device",
    );
  }
  return true;
}

function checkContinues(head: ChainPlace, before: ChainPlace): void {
  if (before.nextSequence > head.nextSequence) {
    const count = before.nextSequence - head.nextSequence;
    throw new Faulty(head.nextSequence, "missing", `${count} record(s) from it on are not in the log`);
  }
  if (before.nextSequence < head.nextSequence) {
    throw new Faulty(before.nextSequence, "order", "its page repeats what came before");
  }
  if (!equalBytes(head.chain, before.chain)) {
    throw new Faulty(before.nextSequence, "chain", "its page does not go on where the last one ended");
  }
}

function checkEnd(head: ChainPlace | null, last: StreamPage | null, attested: ChainPlace | undefined): void {
  if (head !== null && last !== null && head.nextSequence !== last.nextSequence) {
    throw new Faulty(head.nextSequence, "truncated", `the gate says its next record is ${last.nextSequence}`);
  }
  if (attested === undefined) return;
  const reached = head?.nextSequence ?? 1;
  if (reached !== attested.nextSequence) {
    throw new Faulty(
      Math.min(reached, attested.nextSequence),
      "head",
      `the log ends before ${reached}, the attestation before ${attested.nextSequence}`,
    );
  }
  if (head !== null && !equalBytes(head.chain, attested.chain)) {
    throw new Faulty(reached, "head", `the chain ends in ${toHex(head.chain)}, the attestation says another`);
  }
}

function* verifyPage(page: StreamPage, before: ChainPlace, keys: EpochKeys): Generator<StreamRecord> {
  const view = new DataView(page.records.buffer, page.records.byteOffset, page.records.length);
  let at = 0;
  let chain = before.chain;
  for (let i = 0; i < page.count; i++) {
    const expected = page.firstSequence + i;
    const left = page.records.length - at;
    if (left < HEAD_BYTES + TAG_BYTES) {
      throw new Faulty(expected, "malformed", `${left} bytes are left for it`);
    }
    const eventBytes = view.getUint16(at, true);
    const patchBytes = view.getUint16(at + 2, true);
    const bodyBytes = HEAD_BYTES + eventBytes + patchBytes;
    if (bodyBytes + TAG_BYTES > left) {
      throw new Faulty(expected, "malformed", `it claims ${bodyBytes + TAG_BYTES} bytes of ${left}`);
    }
    const sequence = view.getUint32(at + 4, true);
    if (sequence !== expected) throw new Faulty(expected, "order", `record ${sequence} stands in its place`);
    const epoch = view.getUint32(at + 8, true);
    const key = keys.at(epoch);
    if (key === null) throw new Faulty(sequence, "epoch", `epoch ${epoch} after epoch ${keys.epoch}`);
    if (++keys.records > EPOCH_RECORDS_MAX) {
      throw new Faulty(sequence, "epoch", `more than ${EPOCH_RECORDS_MAX} records in epoch ${epoch}`);
    }
    const body = page.records.subarray(at, at + bodyBytes);
    chain = sha256(chain, body);
    const tag = page.records.subarray(at + bodyBytes, at + bodyBytes + TAG_BYTES);
    if (!equalBytes(hmac(key, chain).subarray(0, TAG_BYTES), tag)) {
      throw new Faulty(sequence, "tag", "altered, made with another key, or put after other records");
    }
    const event = body.subarray(HEAD_BYTES, HEAD_BYTES + eventBytes);
    yield {
      sequence,
      epoch,
      event: eventBytes === 0 ? null : readEvent(event, sequence),
      patch: readPatch(body.subarray(HEAD_BYTES + eventBytes), sequence),
      chain,
      bytes: page.records.slice(at, at + bodyBytes + TAG_BYTES),
    };
    at += bodyBytes + TAG_BYTES;
  }
  if (at !== page.records.length) {
    const end = page.firstSequence + page.count;
    throw new Faulty(
      end,
      "malformed",
      `${page.records.length - at} bytes follow the last record of the page`,
    );
  }
}

function readEvent(bytes: Uint8Array, sequence: number): StreamEvent {
  try {
    const map = new MapReader(decodeCbor(bytes), "");
    const named = map.uint32(0, "sequence");
    if (named !== sequence) throw new Faulty(sequence, "event", `its event says it is ${named}`);
    const event = {
      boot: map.uint32(1, "boot"),
      uptimeMs: map.uint(2, "uptime"),
      kind: map.uint32(3, "kind"),
      details: map.any(4, "details"),
    };
    map.end();
    if (!(event.details instanceof Map)) throw new Faulty(sequence, "event", "its details are no map");
    return { ...event, details: event.details as CborMap };
  } catch (error) {
    if (error instanceof EncodingError) throw new Faulty(sequence, "event", error.message);
    throw error;
  }
}

function readPatch(bytes: Uint8Array, sequence: number): StreamRecord["patch"] {
  const runs: { word: number; bytes: Uint8Array }[] = [];
  for (let at = 0; at < bytes.length;) {
    const head = bytes[at]! + 256 * (bytes[at + 1] ?? 0);
    const length = ((head >> 10) + 1) * 4;
    if (at + 2 + length > bytes.length) {
      throw new Faulty(sequence, "malformed", "its patch does not consist of whole runs");
    }
    runs.push({ word: head & 1023, bytes: bytes.slice(at + 2, at + 2 + length) });
    at += 2 + length;
  }
  return runs;
}
