/** A stream's records against its chain, its tags and its epochs (SPEC 8). Says at which record it breaks, and how. */
import { equalBytes } from "../authority/bytes.js";
import { diagnoseSequence, diagnoseTag, type Place } from "./diagnosis.js";
import type { ExportPage } from "./export.js";
import type { LogFault } from "./fault.js";
import { chainAfter, chainStart, EpochKeys, type StreamNumber } from "./keys.js";
import { type RawRecord, recordAt } from "./record.js";

/** A record whose tag fits, with the chain after it. */
export interface AuthenticRecord {
  readonly record: RawRecord;
  readonly chain: Uint8Array;
  readonly place: Place;
}

/** What a stream came to. */
export interface StreamWalk {
  readonly stream: StreamNumber;
  /** The records up to the first bad one. */
  readonly records: readonly AuthenticRecord[];
  /** True if the first record is the first that the pump ever wrote to this stream. */
  readonly fromGenesis: boolean;
  /** Sequence after the last authentic record, and the chain there. */
  readonly nextSequence: number;
  readonly head: Uint8Array;
  readonly fault?: LogFault;
}

/** What a walk needs beside the pages. */
export interface StreamTrust {
  readonly deviceId: Uint8Array;
  /** The device's log key, 32 bytes (SPEC 2.3); keys of the streams and epochs are derived here. */
  readonly logKey: Uint8Array;
}

/**
 * More epochs than a log has, and more than pass between two of its records: a header that names a later one was altered, and
 * deriving its key would take forever.
 */
const EPOCH_MAX = 1 << 22;
const EPOCHS_BETWEEN_MAX = 1 << 16;

/** Walks all pages of one stream. */
export function walkStream(
  stream: StreamNumber,
  pages: readonly ExportPage[],
  trust: StreamTrust,
): StreamWalk {
  return new Walk(stream, pages, trust).run();
}

class Walk {
  readonly #stream: StreamNumber;
  readonly #pages: readonly ExportPage[];
  readonly #keys: EpochKeys;
  readonly #genesis: Uint8Array;
  readonly #fromGenesis: boolean;
  readonly #records: AuthenticRecord[] = [];
  #expected: number;
  #chain: Uint8Array;
  #epoch = 1;

  constructor(stream: StreamNumber, pages: readonly ExportPage[], trust: StreamTrust) {
    this.#stream = stream;
    this.#pages = pages;
    this.#keys = new EpochKeys(trust.logKey, stream);
    this.#genesis = chainStart(stream, trust.deviceId);
    this.#expected = pages[0]?.firstSequence ?? 1;
    this.#chain = pages[0]?.chainBefore ?? this.#genesis;
    this.#fromGenesis = equalBytes(this.#chain, this.#genesis);
  }

  run(): StreamWalk {
    let fault = this.#genesisFault();
    for (let page = 0; page < this.#pages.length && !fault; page++) fault = this.#page(page);
    return {
      stream: this.#stream,
      records: this.#records,
      fromGenesis: this.#fromGenesis,
      nextSequence: this.#expected,
      head: this.#chain,
      ...(fault && { fault }),
    };
  }

  /** A log that begins at its first record begins with the device's own chain, and the other way round. */
  #genesisFault(): LogFault | undefined {
    const first = this.#expected;
    if (first < 1) {
      const at = { page: 0, offset: 0 };
      return {
        stream: this.#stream,
        sequence: first,
        reason: "altered",
        message: "sequences begin at 1",
        at,
      };
    }
    if (this.#fromGenesis && first > 1) {
      const message = `the chain begins before record 1, but the export at record ${first}: the records between are missing`;
      return { stream: this.#stream, sequence: 1, reason: "missing", message };
    }
    if (this.#fromGenesis || first > 1) return undefined;
    const message = "the chain before it is not this device's: another device's log, or the page was altered";
    return { stream: this.#stream, sequence: first, reason: "spliced", message, at: { page: 0, offset: 0 } };
  }

  #page(index: number): LogFault | undefined {
    const page = this.#pages[index]!;
    const start = { page: index, offset: 0 };
    const header = recordAt(page.records, 0)?.sequence;
    if (page.firstSequence !== this.#expected && page.firstSequence !== header) {
      const message = `the page says that it begins with record ${page.firstSequence}, which is not what comes here`;
      return this.#fault("altered", message, start);
    }
    if (page.firstSequence === this.#expected && !equalBytes(page.chainBefore, this.#chain)) {
      return this.#fault(...this.#anchorFault(page), start);
    }
    for (let offset = 0; offset < page.records.length;) {
      const place = { page: index, offset };
      const record = recordAt(page.records, offset);
      if (!record) return this.#cutFault(place);
      const fault = this.#record(record, place);
      if (fault) return fault;
      offset += record.length;
    }
    return undefined;
  }

  /** A page with another chain before it than the one that leads there. */
  #anchorFault(page: ExportPage): ["spliced" | "altered", string] {
    const record = recordAt(page.records, 0);
    if (record && this.#fits(record, chainAfter(page.chainBefore, record))) {
      return [
        "spliced",
        "it is genuine, but of another history of this pump: the records before it are not those it was written after",
      ];
    }
    return ["altered", "the chain that the page gives before it is not the one that leads there"];
  }

  #cutFault(place: Place): LogFault {
    const page = this.#pages[place.page]!;
    const rest = page.records.length - place.offset;
    if (place.page === this.#pages.length - 1) {
      return this.#fault(
        "truncated",
        `only ${rest} of its bytes are there, or its lengths were altered`,
        place,
      );
    }
    return this.#fault(
      "altered",
      `its lengths reach beyond the ${rest} bytes that are left of its page`,
      place,
    );
  }

  #record(record: RawRecord, place: Place): LogFault | undefined {
    const scene = {
      stream: this.#stream,
      pages: this.#pages,
      place,
      record,
      expected: this.#expected,
      chain: this.#chain,
      epochBefore: this.#epoch,
      fits: (other: RawRecord, chain: Uint8Array) => this.#fits(other, chain),
    };
    if (record.sequence !== this.#expected) return diagnoseSequence(scene);
    const chain = chainAfter(this.#chain, record);
    if (record.epoch < this.#epoch || !this.#fits(record, chain)) return diagnoseTag(scene);
    this.#records.push({ record, chain, place });
    this.#chain = chain;
    this.#epoch = record.epoch;
    this.#expected++;
    return undefined;
  }

  #fits(record: RawRecord, chain: Uint8Array): boolean {
    const known = this.#fromGenesis || this.#records.length > 0;
    const max = known ? this.#epoch + EPOCHS_BETWEEN_MAX : EPOCH_MAX;
    return record.epoch <= max && this.#keys.fits(record, chain);
  }

  #fault(reason: LogFault["reason"], message: string, at: Place): LogFault {
    return { stream: this.#stream, sequence: this.#expected, reason, message, at };
  }
}
