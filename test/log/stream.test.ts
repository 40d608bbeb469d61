import { describe, expect, it } from "vitest";
import type { ExportPage } from "../../host-sim/log/export.js";
import type { LogFault } from "../../host-sim/log/fault.js";
import { describeFault } from "../../host-sim/log/fault.js";
import { type Report, verifyLog } from "../../host-sim/log/verify.js";
import { DEVICE, library, LOG_KEY, story } from "./story.js";
import { exportOf, pagesOf, StreamWriter, type Written } from "./writer.js";

const compiled = library();

function verify(decisions: readonly ExportPage[], meter: readonly ExportPage[] = []): Report {
  return verifyLog(exportOf(DEVICE, decisions, meter), { logKey: LOG_KEY, libraries: [compiled] });
}

/** Verifies stream 0 made of these records in this order, in one page under the chain before the first of the story. */
function faultOf(records: readonly Written[]): LogFault | undefined {
  return verify(pagesOf(records)).faults[0];
}

const { decisions, meter } = story(compiled);
const { records } = decisions;

describe("a genuine log", () => {
  it.each([1, 2, 3, 5, 100])("is verified in pages of %i records", (perPage) => {
    const report = verify(pagesOf(records, perPage), pagesOf(meter.records, perPage));
    expect(report.faults.map(describeFault)).toEqual([]);
    expect(report.ok).toBe(true);
    const [first, second] = report.streams;
    expect(first.records).toBe(records.length);
    expect(first.sequences).toEqual({ first: 1, last: records.length });
    expect(first.head).toBe(Buffer.from(decisions.chain).toString("hex"));
    expect(second.head).toBe(Buffer.from(meter.chain).toString("hex"));
    expect(report.records).toHaveLength(records.length + meter.records.length);
  });

  it("is verified over many epochs, by 64 records and by boots", () => {
    const log = new StreamWriter(1, DEVICE, LOG_KEY);
    for (let i = 0; i < 400; i++) {
      if (i % 90 === 17) log.newBoot();
      log.raw(new Uint8Array());
    }
    expect(verify([], pagesOf(log.records, 50)).ok).toBe(true);
  });

  it("is verified from the middle on, and says what lies before", () => {
    const report = verify(pagesOf(records.slice(4), 3));
    expect(report.ok).toBe(true);
    expect(report.streams[0].before).toEqual({ first: 1, last: 4 });
  });

  it("is verified when it is empty", () => {
    const report = verify([]);
    expect(report.ok).toBe(true);
    expect(report.streams[0].sequences).toBeUndefined();
  });
});

describe("a record taken out", () => {
  it.each(records.slice(1, -1).map(({ sequence }) => sequence))(
    "is named as missing: record %i",
    (sequence) => {
      const rest = records.filter((record) => record.sequence !== sequence);
      expect(faultOf(rest)).toMatchObject({ sequence, reason: "missing", stream: 0 });
    },
  );

  it("is named with all that are missing", () => {
    const fault = faultOf([...records.slice(0, 3), ...records.slice(7)])!;
    expect(fault).toMatchObject({ sequence: 4, reason: "missing" });
    expect(fault.message).toContain("records 4 to 7 are not there");
  });

  it("is named when it was a whole page", () => {
    const pages = pagesOf(records, 3);
    const fault = verify([pages[0]!, ...pages.slice(2)]).faults[0];
    expect(fault).toMatchObject({ sequence: 4, reason: "missing", at: { page: 1, offset: 0 } });
  });

  it("is named at the beginning of a log that pretends to be whole", () => {
    const pages = pagesOf(records.slice(2));
    const fault = verify([{ ...pages[0]!, chainBefore: records[0]!.chainBefore }]).faults[0];
    expect(fault).toMatchObject({ sequence: 1, reason: "missing" });
  });
});

describe("records in another order", () => {
  it.each(records.slice(0, -1).map(({ sequence }) => sequence))(
    "are named: %i changed places with the next",
    (sequence) => {
      const i = sequence - 1;
      const swapped = [...records];
      [swapped[i], swapped[i + 1]] = [swapped[i + 1]!, swapped[i]!];
      const page = { ...pagesOf(records)[0]!, records: pagesOf(swapped)[0]!.records };
      expect(verify([page]).faults[0]).toMatchObject({ sequence, reason: "reordered" });
    },
  );

  it("are named when pages changed places", () => {
    const [a, b, c, ...rest] = pagesOf(records, 3);
    expect(verify([a!, c!, b!, ...rest]).faults[0]).toMatchObject({ sequence: 4, reason: "reordered" });
  });

  it("are named when a record moved far back", () => {
    const moved = [...records.slice(0, 2), records[6]!, ...records.slice(2, 6), ...records.slice(7)];
    expect(faultOf(moved)).toMatchObject({ sequence: 3, reason: "reordered" });
  });
});

describe("records of elsewhere", () => {
  const other = new StreamWriter(0, new Uint8Array(16).fill(0xee), new Uint8Array(32).fill(0x21));
  for (const { sequence } of records) other.raw(new Uint8Array(), Buffer.alloc(8, sequence));

  it.each(records.slice(0, -1).map(({ sequence }) => sequence))(
    "are named when put in before record %i",
    (sequence) => {
      const i = sequence - 1;
      const spliced = [...records.slice(0, i), other.records[i]!, ...records.slice(i)];
      const page = { ...pagesOf(records)[0]!, records: pagesOf(spliced)[0]!.records };
      expect(verify([page]).faults[0]).toMatchObject({ sequence, reason: "spliced" });
    },
  );

  it("are named when an own record stands a second time", () => {
    const twice = [...records.slice(0, 6), records[3]!, ...records.slice(6)];
    expect(faultOf(twice)).toMatchObject({ sequence: 7, reason: "spliced" });
  });

  it("are named when one stands in place of an own record", () => {
    const replaced = [...records.slice(0, 5), other.records[5]!, ...records.slice(6)];
    const fault = faultOf(replaced)!;
    expect(fault.sequence).toBe(6);
    expect(fault.reason).toBe("spliced"); // its log epoch gives it away
  });

  it("are named when another pump's log goes under this one's name", () => {
    const fault = verifyLog(exportOf(DEVICE, pagesOf(other.records), []), { logKey: LOG_KEY, libraries: [] })
      .faults[0];
    expect(fault).toMatchObject({ sequence: 1, reason: "spliced" });
  });

  it("are named when another pump's log begins in the middle", () => {
    const fault = faultOf(other.records.slice(3))!;
    expect(fault.sequence).toBe(4);
    expect(fault.message).toContain("another pump's");
  });

  it("are named when the page is genuine, but of another history of this pump", () => {
    const rolled = branch(6);
    const pages = [...pagesOf(records.slice(0, 8), 8), ...pagesOf(rolled.slice(8), 8)];
    expect(verify(pages).faults[0]).toMatchObject({ sequence: 9, reason: "spliced" });
    expect(verify(pages).faults[0]!.message).toContain("another history");
  });
});

/** The story up to record `at`, and then something else: the pump's flash was put back, and it went on. */
function branch(at: number): Written[] {
  const log = new StreamWriter(0, DEVICE, LOG_KEY);
  for (const record of records.slice(0, at)) log.replay(record);
  while (log.records.length < records.length) log.raw(new Uint8Array(), Buffer.alloc(16, 0xb7));
  return log.records;
}

describe("an older state put back", () => {
  it("is named when the log goes back and on", () => {
    const rolled = branch(6);
    const log = [...records.slice(0, 9), ...rolled.slice(6, 9)];
    expect(faultOf(log)).toMatchObject({ sequence: 10, reason: "rolled back" });
  });
});

describe("an altered byte", () => {
  it("is named at its record, for every byte of every record", () => {
    const page = pagesOf(records)[0]!;
    const wrong: string[] = [];
    let offset = 0;
    for (const { sequence, bytes } of records) {
      for (let i = 0; i < bytes.length; i++) {
        const altered = page.records.slice();
        altered[offset + i]! ^= 0x41;
        const fault = verify([{ ...page, records: altered }]).faults[0];
        if (fault?.sequence !== sequence) {
          wrong.push(`record ${sequence} byte ${i}: ${JSON.stringify(fault)}`);
        }
      }
      offset += bytes.length;
    }
    expect(wrong).toEqual([]);
  }, 60_000);

  it.each([
    ["event", 20, "altered"],
    ["sequence", 4, "altered"],
    ["epoch", 8, "altered"],
  ] as const)("is called altered in the %s", (_, byte, reason) => {
    const page = pagesOf(records)[0]!;
    const altered = page.records.slice();
    const offset = records.slice(0, 5).reduce((sum, { bytes }) => sum + bytes.length, 0);
    altered[offset + byte]! ^= 0x40;
    expect(verify([{ ...page, records: altered }]).faults[0]).toMatchObject({ sequence: 6, reason });
  });

  it("is found to be only the tag's, if it is", () => {
    const page = pagesOf(records)[0]!;
    const altered = page.records.slice();
    altered[records[0]!.bytes.length - 1]! ^= 1;
    expect(verify([{ ...page, records: altered }]).faults[0]!.message).toContain("tag was changed");
  });

  it("does not hide that later pages are genuine", () => {
    const pages = pagesOf(records, 4);
    const first = pages[0]!.records.slice();
    first[30]! ^= 1;
    const fault = verify([{ ...pages[0]!, records: first }, ...pages.slice(1)]).faults[0]!;
    expect(fault.message).toContain("records from 5 on are genuine again");
  });

  it("is named in what the page says of itself", () => {
    const pages = pagesOf(records, 4);
    const chain = pages[1]!.chainBefore.slice();
    chain[0]! ^= 1;
    const of = (page: ExportPage): LogFault | undefined =>
      verify([pages[0]!, page, ...pages.slice(2)]).faults[0];
    expect(of({ ...pages[1]!, chainBefore: chain })).toMatchObject({ sequence: 5, reason: "altered" });
    expect(of({ ...pages[1]!, firstSequence: 6 })).toMatchObject({ sequence: 5, reason: "altered" });
    expect(of({ ...pages[1]!, firstSequence: 4 })).toMatchObject({ sequence: 5, reason: "altered" });
  });

  it("that names an epoch of the far future is refused without deriving its key", () => {
    const page = pagesOf(records)[0]!;
    const altered = page.records.slice();
    altered[11] = 0xff;
    const before = performance.now();
    expect(verify([{ ...page, records: altered }]).ok).toBe(false);
    expect(performance.now() - before).toBeLessThan(2000);
  });

  it("in stream 1 is named there", () => {
    const page = pagesOf(meter.records)[0]!;
    const altered = page.records.slice();
    altered[13]! ^= 1;
    const report = verify(pagesOf(records), [{ ...page, records: altered }]);
    expect(report.faults).toHaveLength(1);
    expect(report.faults[0]).toMatchObject({ stream: 1, sequence: 1, reason: "altered" });
  });
});

it("a log that claims a record 0 is altered: sequences begin at 1", () => {
  const [page] = pagesOf(records);
  expect(verify([{ ...page!, firstSequence: 0 }]).faults[0]).toMatchObject({
    sequence: 0,
    reason: "altered",
  });
});

describe("a cut end", () => {
  it.each([1, 15, 16, 17, 27, 28])("is named when it lies %i bytes inside the last record", (bytes) => {
    const page = pagesOf(records)[0]!;
    const cut = { ...page, records: page.records.slice(0, page.records.length - bytes) };
    expect(verify([cut]).faults[0]).toMatchObject({ sequence: records.length, reason: "truncated" });
  });

  it("between two records does not show without an attestation", () => {
    const report = verify(pagesOf(records.slice(0, -1)));
    expect(report.ok).toBe(true);
    expect(report.attested).toBe(false);
  });
});

it("another log key verifies nothing", () => {
  const trust = { logKey: new Uint8Array(32).fill(1), libraries: [compiled] };
  const report = verifyLog(exportOf(DEVICE, pagesOf(records), pagesOf(meter.records)), trust);
  expect(report.faults.map(({ sequence }) => sequence)).toEqual([1, 1]);
  expect(report.faults[0]!.message).toContain("log key");
});

it("a log key of another length is the caller's mistake", () => {
  expect(() => verifyLog(exportOf(DEVICE, [], []), { logKey: new Uint8Array(31), libraries: [] })).toThrow(
    RangeError,
  );
});
