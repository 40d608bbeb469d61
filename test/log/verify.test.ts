import { describe, expect, it } from "vitest";
import {
  type Attestation,
  makeAttestation,
  verifyAttestation,
} from "../../host-sim/authority/attestation.js";
import { decodeExport, encodeExport, ExportError } from "../../host-sim/log/export.js";
import type { LogFault } from "../../host-sim/log/fault.js";
import { reportLines } from "../../host-sim/log/report-text.js";
import { type Report, type Trust, verifyLog } from "../../host-sim/log/verify.js";
import { changed, LIBRARY } from "../cli/support.js";
import { checkLibrary } from "../../host-sim/authority/library/load.js";
import {
  activated,
  ASKED,
  begun,
  boot,
  decision,
  DEVICE,
  type DecisionParts,
  K,
  library,
  local,
  LOG_KEY,
  ROOT_DIGEST,
  SOFT_INPUTS,
  SOFT_MASK,
  START_INPUTS,
  story,
  WAIVED,
  WAIVED_LOCALLY,
} from "./story.js";
import { details, exportOf, pagesOf, StreamWriter, type Written } from "./writer.js";

const compiled = library();

function verify(
  log: StreamWriter | readonly Written[],
  trust: Partial<Trust> = {},
  meter: readonly Written[] = [],
): Report {
  const records = log instanceof StreamWriter ? log.records : log;
  const exported = exportOf(DEVICE, pagesOf(records), pagesOf(meter));
  return verifyLog(exported, { logKey: LOG_KEY, libraries: [compiled], ...trust });
}

/** The fault of a log that begins soundly and then has these decisions; it must be at the last of them. */
function faultOf(...parts: DecisionParts[]): LogFault | undefined {
  const log = begun();
  for (const part of parts) log.event(K.DECISION, decision(part));
  const fault = verify(log).faults[0];
  if (fault) expect(fault.sequence).toBe(log.next - 1);
  return fault;
}

describe("verdicts judged again", () => {
  it("agree in a sound log", () => {
    const report = verify(story(compiled).decisions);
    expect(report.faults).toEqual([]);
    expect(report.verdicts).toEqual({ total: 5, judged: 3, recomputed: 3 });
    expect(report.decisions).toEqual([
      { kind: 1, verdict: 1, status: 0, limit: 0, count: 1 },
      { kind: 2, verdict: 1, status: 0, limit: 0, count: 2 },
      { kind: 2, verdict: 2, status: 0x60, limit: 0, count: 1 },
      { kind: 2, verdict: 3, status: 0x6b, limit: 2, count: 1 },
    ]);
    expect(reportLines(report)).toContain("all 3 verdicts recomputed");
    expect(reportLines(report).at(-1)).toBe("verified");
  });

  it("name a permit that a hard limit forbids", () => {
    const fault = faultOf({ inputs: { ...START_INPUTS, 8: 4_000, 9: 1_050_000 } })!;
    expect(fault.reason).toBe("contradiction");
    expect(fault.message).toContain(
      "step 20 refuses: LIMIT_HARD (continuous dose below minimum, bound 5000)",
    );
  });

  it("name a permit that a soft limit should have held up", () => {
    expect(faultOf({ inputs: SOFT_INPUTS })!.message).toContain("step 21 asks for an override");
  });

  it("name a denial that nothing asked for", () => {
    const fault = faultOf({ verdict: 2, status: 0x6a, limit: 2, bound: 2_000_000 })!;
    expect(fault.message).toContain("the order breaks nothing");
  });

  it.each([
    ["bound", { ...ASKED, bound: 1_000_001 }],
    ["limit", { ...ASKED, limit: 8 }],
    ["mask", { ...ASKED, softMask: SOFT_MASK | (1 << 8) }],
    ["status", { ...ASKED, status: 0x6a }],
  ])("name an override with another %s", (_, parts) => {
    expect(faultOf(parts)!.reason).toBe("contradiction");
  });

  it("let a denial be that rests on the device's state", () => {
    expect(faultOf({ verdict: 2, status: 0x82 })).toBeUndefined();
    expect(faultOf({ verdict: 2, status: 0x65 })).toBeUndefined(); // SET: no calibration is in a log
  });

  it.each([
    ["a permit with a reason", { status: 0x6a }],
    ["a denial without one", { verdict: 2 }],
    ["a permit without inputs", { inputs: undefined }],
    ["a hard limit without inputs", { verdict: 2, status: 0x6a, inputs: undefined }],
    ["a stop that needs an override", { ...ASKED, kind: 10, inputs: undefined }],
    ["a drug that the library does not have", { inputs: { ...START_INPUTS, 1: 1009 } }],
    ["a pump class that does not exist", { inputs: { ...START_INPUTS, 17: 4 } }],
    ["another library than the active one", { inputs: { ...START_INPUTS, 4: 6 } }],
  ])("name %s", (_, parts) => {
    expect(faultOf(parts)!.reason).toBe("contradiction");
  });

  it("of a reduction need no library, and not its own unit: the running program's decides", () => {
    const inputs = { ...START_INPUTS, 1: 1009, 4: 77, 14: 13_100_000 };
    expect(faultOf({ kind: 3, inputs })).toBeUndefined();
    expect(faultOf({ kind: 3, inputs, verdict: 2, status: 0x63 })).toBeUndefined();
    expect(faultOf({ kind: 3, inputs: { ...inputs, 9: 13_000_000 } })!.message).toContain("RATE_MISMATCH");
    expect(faultOf({ kind: 3, inputs, verdict: 2, status: 0x6a, limit: 1 })!.message).toContain(
      "breaks nothing",
    );
  });

  it("say which library is missing", () => {
    const report = verify(story(compiled).decisions, { libraries: [] });
    expect(report.missingLibraries).toEqual(["2/5"]);
    expect(report.verdicts).toEqual({ total: 5, judged: 3, recomputed: 0 });
    expect(reportLines(report)).toContain("0 of 3 verdicts recomputed");
    expect(reportLines(report, false)).toContain("verdicts not recomputed");
  });

  it("name a library file that is not the one that was active", () => {
    const text = changed(LIBRARY, "soft_max: 1, hard_max: 2", "soft_max: 1, hard_max: 3");
    const edited = checkLibrary([{ name: "edited", text }]).library!;
    const fault = verify(story(compiled).decisions, { libraries: [edited] }).faults[0]!;
    expect(fault).toMatchObject({ sequence: 2, reason: "contradiction" });
    expect(fault.message).toContain("another Merkle root");
  });
});

describe("overrides", () => {
  it("are followed from the question to the answer", () => {
    expect(faultOf(ASKED, WAIVED)).toBeUndefined();
    expect(faultOf(ASKED, WAIVED_LOCALLY)).toBeUndefined(); // at the panel
  });

  it.each([
    ["without a question", [WAIVED]],
    ["of another command", [{ ...ASKED, digest: 8 }, WAIVED]],
    ["a second time", [ASKED, WAIVED, WAIVED]],
    ["of more than was asked", [ASKED, { ...WAIVED, waived: SOFT_MASK | (1 << 8) }]],
    ["without a reason code", [ASKED, { ...WAIVED, reason: undefined, approver: undefined }]],
    ["by the command's own key", [ASKED, { ...WAIVED, approver: 0x0a }]],
  ] as [string, DecisionParts[]][])("are named %s", (_, parts) => {
    expect(faultOf(...parts)!.reason).toBe("contradiction");
  });

  it("at the panel are named where the entry demands a signed approval", () => {
    const text = changed(LIBRARY, "flags: [override]", "flags: [override, approval]");
    const strict = checkLibrary([{ name: "strict", text }]).library!;
    const log = begun(strict);
    log.event(K.DECISION, decision(ASKED));
    log.event(K.DECISION, decision(WAIVED_LOCALLY));
    expect(verify(log, { libraries: [strict] }).faults[0]!.message).toContain("demands a signed approval");
  });
});

describe("a history that cannot be", () => {
  function after(tell: (log: StreamWriter) => void): LogFault | undefined {
    const log = begun();
    log.event(K.DECISION, decision());
    tell(log);
    return verify(log).faults[0];
  }

  it("is told from one that can", () => {
    expect(after((log) => local(log, 3, 1, 13_100_000))).toBeUndefined();
  });

  it.each([
    ["a LOCAL", (log: StreamWriter) => local(log, 3, 2, 0)],
    ["an ALARM", (log: StreamWriter) => void log.event(K.ALARM, details({ 0: 1, 1: 2, 2: 0, 3: 1 }))],
    ["a COMPLETE", (log: StreamWriter) => void log.event(K.COMPLETE, details({ 0: 2, 1: 1, 2: 3, 3: 2 }))],
  ])("has %s of a program that nobody started", (_, tell) => {
    expect(after(tell)!.message).toContain("names program 2, but 1 were permitted");
  });

  it("has a program after a later one", () => {
    const fault = after((log) => {
      log.event(K.DECISION, decision({ digest: 5 }));
      local(log, 1, 2, 0);
      local(log, 1, 1, 0);
    });
    expect(fault!.message).toContain("names program 1 after program 2");
  });

  it("has a local rate above what was permitted", () => {
    expect(after((log) => local(log, 4, 1, 13_100_001))!.message).toContain("above the 13100000");
  });

  it("allows local rates up to the signed range", () => {
    const log = begun();
    log.event(K.DECISION, decision({ inputs: { ...START_INPUTS, 16: 200_000 } }));
    local(log, 5, 1, 52_500_000);
    expect(verify(log).ok).toBe(true);
    local(log, 5, 1, 52_600_000);
    expect(verify(log).ok).toBe(false);
  });

  it("has a clock that falls within a boot", () => {
    const fault = after((log) => {
      log.uptimeMs -= 1001;
      local(log, 3, 1, 0);
    });
    expect(fault!.message).toContain("uptime falls");
  });

  it("has a boot number that falls", () => {
    const fault = after((log) => {
      log.boot--;
      local(log, 3, 1, 0);
    });
    expect(fault!.reason).toBe("rolled back");
  });

  it("has a hardware counter that does not rise", () => {
    const tell = (counters: number[]) =>
      after((log) => {
        for (const counter of counters) boot(log, counter);
      });
    expect(tell([4, 5])).toBeUndefined();
    expect(tell([4, 4])!.reason).toBe("rolled back");
    expect(tell([4, 3])!.reason).toBe("rolled back");
  });

  it("has a boot without a new log epoch", () => {
    const fault = after((log) => {
      log.boot++;
      log.event(K.BOOT, details({ 0: 0, 2: 9, 3: 0, 4: 0, 5: 0 }));
    });
    expect(fault!.message).toContain("new log epoch");
  });

  it("starts a program on a device that is tampered with", () => {
    const fault = after((log) => {
      boot(log, 9, 1);
      log.event(K.DECISION, decision({ digest: 7 }));
    });
    expect(fault!.message).toContain("tampered");
  });

  it("has more than 64 records in one log epoch", () => {
    const log = new StreamWriter(0, DEVICE, LOG_KEY, 1, 65);
    for (let i = 0; i < 64; i++) log.raw(new Uint8Array());
    expect(verify(log).ok).toBe(true);
    log.raw(new Uint8Array());
    expect(verify(log).faults[0]).toMatchObject({ sequence: 65, reason: "contradiction" });
  });

  it("starts a program by a revoked library, but may titrate down", () => {
    const revoked = (parts: DecisionParts): LogFault | undefined =>
      after((log) => {
        log.event(K.ROOT_UPDATED, details({ 0: 2, 1: ROOT_DIGEST, 2: 1, 3: 0 }));
        log.event(K.DECISION, decision({ digest: 7, ...parts }));
      });
    expect(revoked({})!.message).toContain("revoked");
    expect(revoked({ kind: 3, inputs: { ...START_INPUTS, 14: 13_100_000 } })).toBeUndefined();
    expect(revoked({ kind: 3, inputs: { ...START_INPUTS, 14: 13_099_999 } })!.message).toContain("revoked");
  });

  it("a later root document may vouch for the library again", () => {
    const fault = after((log) => {
      log.event(K.ROOT_UPDATED, details({ 0: 2, 1: ROOT_DIGEST, 2: 1, 3: 0 }));
      log.event(K.ROOT_UPDATED, details({ 0: 3, 1: ROOT_DIGEST, 2: 0, 3: 0 }));
      log.event(K.DECISION, decision({ digest: 7 }));
    });
    expect(fault).toBeUndefined();
  });

  it("activates an older library", () => {
    expect(after((log) => activated(log, compiled, 5))!.message).toContain("not older");
  });

  it("skips a root version", () => {
    const fault = after((log) => log.event(K.ROOT_UPDATED, details({ 0: 3, 1: ROOT_DIGEST, 2: 0, 3: 0 })));
    expect(fault!.message).toContain("root version 3 follows 1");
  });

  it("names another root than the document given", () => {
    const roots = (digest: Uint8Array) => [{ version: 1, digest }];
    expect(verify(begun(), { roots: roots(ROOT_DIGEST) }).ok).toBe(true);
    expect(verify(begun(), { roots: roots(new Uint8Array(32)) }).faults[0]!.message).toContain(
      "another digest",
    );
  });

  it("has an event of the other stream, of no kind, or of another sequence", () => {
    const refused = details({ 0: 1, 1: 0x33, 2: 1, 3: 5 });
    expect(after((log) => log.event(K.REFUSED, refused))!.message).toContain("no place in stream 0");
    expect(after((log) => log.event(14, details({})))!.message).toContain("not one of SPEC 8");
    expect(after((log) => log.raw(Buffer.from([0xff])))!.message).toContain("not one of SPEC 8");
    expect(after((log) => log.raw(log.records[1]!.bytes.slice(12, -24)))!.message).toContain(
      "says sequence 2",
    );
  });

  it("provisions another device than the export names", () => {
    const log = new StreamWriter(0, DEVICE, LOG_KEY);
    log.newBoot();
    log.event(K.PROVISIONED, details({ 0: new Uint8Array(16), 1: 1, 2: ROOT_DIGEST, 3: 1 }));
    expect(verify(log).faults[0]!.message).toContain("not the one that the export names");
  });
});

/** The DECISION of a log-ack. */
function acknowledged(log: StreamWriter, stream: number, sequence: number, parts: DecisionParts = {}): void {
  log.event(K.DECISION, decision({ kind: 14, inputs: undefined, acked: [stream, sequence], ...parts }));
}

describe("what is not there", () => {
  const log = new StreamWriter(0, DEVICE, LOG_KEY);
  log.newBoot();
  for (let i = 0; i < 10; i++) log.raw(new Uint8Array());
  const kept = (tell: (log: StreamWriter) => void): string => {
    const copy = new StreamWriter(0, DEVICE, LOG_KEY);
    for (const record of log.records) copy.replay(record);
    copy.boot = 1;
    tell(copy);
    return reportLines(verify(copy.records.slice(10))).join("\n");
  };

  it("is explained by an acknowledgement, by a LOST event, or not at all", () => {
    expect(kept((copy) => acknowledged(copy, 0, 10))).toContain("up to 10, acknowledged\n");
    const lost = kept((copy) => {
      acknowledged(copy, 0, 7);
      copy.event(K.LOST, details({ 0: 8, 1: 10 }));
    });
    expect(lost).toContain("up to 10, acknowledged or LOST");
    expect(lost).toContain("LOST records 8..10");
    expect(kept((copy) => acknowledged(copy, 0, 9))).toContain("not explained");
    expect(kept((copy) => acknowledged(copy, 1, 10))).toContain("not explained");
    expect(kept((copy) => acknowledged(copy, 0, 10, { verdict: 2, status: 0x15 }))).toContain(
      "not explained",
    );
  });
});

describe("against an attestation", () => {
  const { decisions, meter } = story(compiled);
  const truth: Attestation = {
    nonce: new Uint8Array(32).fill(1),
    decisions: { chain: decisions.chain, nextSequence: decisions.next },
    meter: { chain: meter.chain, nextSequence: meter.next },
    rootVersion: 1,
    rootDigest: ROOT_DIGEST,
    library: { epoch: 2, version: 5, merkleRoot: compiled.root },
    counter: 4,
    boot: 2,
    phase: 0,
    flags: 1,
  };
  const key = new Uint8Array(32).fill(3);
  const against = (attestation: Attestation, cut = 0, cutMeter = 0): Report =>
    verify(
      decisions.records.slice(0, decisions.records.length - cut),
      {
        attestation: verifyAttestation(makeAttestation(attestation, DEVICE, key), {
          deviceId: DEVICE,
          key,
          nonce: truth.nonce,
        }),
      },
      meter.records.slice(0, meter.records.length - cutMeter),
    );

  it("a whole log holds", () => {
    const report = against(truth);
    expect(report.faults).toEqual([]);
    expect(report.attested).toBe(true);
    expect(reportLines(report)).toContain("the heads are the attested ones");
  });

  it.each([1, 2, 5])("a log without its last %i records is truncated", (cut) => {
    const first = decisions.next - cut;
    expect(against(truth, cut).faults).toMatchObject([{ stream: 0, sequence: first, reason: "truncated" }]);
    expect(against(truth, 0, cut).faults).toMatchObject([
      { stream: 1, sequence: meter.next - cut, reason: "truncated" },
    ]);
  });

  it("a log that is not there at all is truncated", () => {
    expect(against(truth, decisions.records.length).faults).toMatchObject([
      { sequence: 1, reason: "truncated" },
    ]);
  });

  it("records that came since are counted", () => {
    const { records } = decisions;
    const earlier = {
      ...truth,
      decisions: { chain: records.at(-3)!.chainBefore, nextSequence: decisions.next - 3 },
    };
    const report = against(earlier);
    expect(report.ok).toBe(true);
    expect(report.sinceAttestation).toEqual([3, 0]);
  });

  it.each([0, 3])("another history is named, %i records before the end", (back) => {
    const chain = new Uint8Array(32).fill(9);
    const report = against({ ...truth, decisions: { chain, nextSequence: decisions.next - back } });
    expect(report.faults).toMatchObject([{ sequence: decisions.next - back - 1, reason: "rolled back" }]);
  });

  it("another library or root is named", () => {
    expect(against({ ...truth, library: { ...truth.library, version: 4 } }).faults[0]!.message).toContain(
      "attested to 2/4",
    );
    expect(against({ ...truth, rootVersion: 2 }).faults[0]!.message).toContain("root version 1");
  });

  it("an empty log of a pump that wrote nothing holds", () => {
    const empty = { chain: new StreamWriter(1, DEVICE, LOG_KEY).chain, nextSequence: 1 };
    expect(against({ ...truth, meter: empty }, 0, meter.records.length).ok).toBe(true);
  });
});

describe("the export file", () => {
  const { decisions, meter } = story(compiled);
  const exported = exportOf(DEVICE, pagesOf(decisions.records, 4), pagesOf(meter.records));
  const file = () => JSON.parse(encodeExport(exported)) as Record<string, unknown>;

  it("is read as it was written", () => {
    const read = decodeExport(file());
    expect(read.streams[0].map(({ firstSequence }) => firstSequence)).toEqual([1, 5, 9, 13]);
    expect(verifyLog(read, { logKey: LOG_KEY, libraries: [compiled] }).ok).toBe(true);
  });

  it.each([
    ["format", { format: "dosegate-log/2" }, 'format: must be "dosegate-log/1"'],
    ["device", { device: "00" }, "device: has 1 bytes; 16 are needed"],
    ["device digits", { device: "zz" }, "device: must be hexadecimal digits"],
    ["decisions", { decisions: {} }, "decisions: must be an array of pages"],
    ["unknown field", { more: 1 }, "more: is unknown"],
    ["page", { meter: [7] }, "meter[0]: must be an object, not 7"],
    ["sequence", { meter: [{ firstSequence: -1 }] }, "meter[0].firstSequence: must be an integer"],
    ["chain", { meter: [{ firstSequence: 1, chainBefore: "00" }] }, "meter[0].chainBefore: has 1 bytes"],
  ])("is refused for its %s", (_, change, message) => {
    expect(() => decodeExport({ ...file(), ...change })).toThrow(ExportError);
    expect(() => decodeExport({ ...file(), ...change })).toThrow(message);
  });
});
