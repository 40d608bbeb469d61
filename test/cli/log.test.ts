import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { type Attestation, makeAttestation } from "../../host-sim/authority/attestation.js";
import { encodeExport } from "../../host-sim/log/export.js";
import { DEVICE, library, LOG_KEY, ROOT_DIGEST, story } from "../log/story.js";
import { exportOf, pagesOf } from "../log/writer.js";
import { changed, dosegate, Folder, LIBRARY } from "./support.js";

const folder = new Folder();
afterAll(() => folder.remove());

const { decisions, meter } = story();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const exported = exportOf(DEVICE, pagesOf(decisions.records, 5), pagesOf(meter.records));
const file = folder.write("log.json", encodeExport(exported));
const key = folder.write("log.key", `${hex(LOG_KEY)}\n`);
const libraryFile = folder.write("library.yaml", LIBRARY);
const sound = ["log", "verify", "--log", file, "--log-key", key, "--library", libraryFile];

const attestKey = new Uint8Array(32).fill(3);
const attestation: Attestation = {
  nonce: new Uint8Array(32).fill(1),
  decisions: { chain: decisions.chain, nextSequence: decisions.next },
  meter: { chain: meter.chain, nextSequence: meter.next },
  rootVersion: 1,
  rootDigest: ROOT_DIGEST,
  library: { epoch: 2, version: 5, merkleRoot: library().root },
  counter: 4,
  boot: 2,
  phase: 0,
  flags: 1,
};
const attested = folder.write("attestation.cose", makeAttestation(attestation, DEVICE, attestKey));
const attestOptions = ["--attestation", attested, "--attest-key", hex(attestKey), "--nonce", "01".repeat(32)];

/** A log in which record 4 is another one by a byte. */
function damaged(): string {
  const pages = pagesOf(decisions.records);
  const records = pages[0]!.records.slice();
  const offset = decisions.records.slice(0, 3).reduce((sum, { bytes }) => sum + bytes.length, 0);
  records[offset + 40]! ^= 1;
  return folder.write("damaged.json", encodeExport(exportOf(DEVICE, [{ ...pages[0]!, records }], [])));
}

describe("dosegate log verify", () => {
  it("says what it verified", async () => {
    const { exitCode, stdout, stderr } = await dosegate(...sound);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    const last = decisions.next - 1;
    const head = hex(decisions.chain);
    expect(stdout).toContain(`stream 0 (decisions): ${last} records, sequence 1..${last}, head ${head}`);
    expect(stdout).toContain("1 x start DENY PATIENT");
    expect(stdout).toContain("1 x start NEEDS_OVERRIDE LIMIT_SOFT (continuous dose above maximum)");
    expect(stdout).toContain("all 3 verdicts recomputed");
    expect(stdout).toContain("no attestation: a cut-off end would not show");
    expect(stdout.trimEnd().endsWith("verified")).toBe(true);
  });

  it("takes the key as hex, as bytes and as digits in a file", async () => {
    const raw = folder.write("raw.key", LOG_KEY);
    for (const given of [hex(LOG_KEY), raw, key]) {
      expect(
        (await dosegate("log", "verify", "--log", file, "--log-key", given, "--no-verdicts")).exitCode,
      ).toBe(0);
    }
  });

  it("ends with 1 and names the first bad record, what, where and why", async () => {
    const { exitCode, stdout } = await dosegate(
      ...["log", "verify", "--log", damaged(), "--log-key", key, "--library", libraryFile],
    );
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/BAD stream 0 record 4 altered: its tag does not fit.* \(page 0, byte \d+\)\n$/);
    expect(stdout).not.toContain("verified\n");
  });

  it("compares with an attestation", async () => {
    const { exitCode, stdout } = await dosegate(...sound, ...attestOptions);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("the heads are the attested ones");
    const cut = exportOf(DEVICE, pagesOf(decisions.records.slice(0, -2)), pagesOf(meter.records));
    const shorter = folder.write("cut.json", encodeExport(cut));
    const without = await dosegate(...sound.with(3, shorter), ...attestOptions);
    expect(without.exitCode).toBe(1);
    expect(without.stdout).toContain("truncated: records");
  });

  it("takes the module's attestation record as it is", async () => {
    const mac0 = readFileSync(attested);
    const header = Buffer.alloc(8);
    header.writeUInt16LE(0x0602, 0);
    header.writeUInt16LE(1, 2);
    header.writeUInt32LE(8 + mac0.length, 4);
    const record = folder.write("attestation.bin", Buffer.concat([header, mac0]));
    expect((await dosegate(...sound, ...attestOptions.with(1, record))).exitCode).toBe(0);
  });

  it("prints JSON", async () => {
    const { stdout } = await dosegate(...sound, "--json");
    const report = JSON.parse(stdout) as Record<string, unknown>;
    expect(report["ok"]).toBe(true);
    expect(report["verdicts"]).toEqual({ total: 5, judged: 3, recomputed: 3 });
    expect(report["records"]).toBeUndefined();
  });

  it("exports verified records as JSON lines, and none behind a bad one", async () => {
    const out = folder.file("records.jsonl");
    const lines = () =>
      readFileSync(out, "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    await dosegate(...sound, "--export", out);
    expect(lines()).toHaveLength(decisions.records.length + meter.records.length);
    expect(lines()[0]).toMatchObject({ device: hex(DEVICE), stream: 0, sequence: 1, event: "PROVISIONED" });
    const start = lines().find(({ event, sequence }) => event === "DECISION" && sequence === 5)!;
    expect(start["details"]).toMatchObject({ verdict: 1, inputs: { rateNlPerH: 13_100_000, drug: 1001 } });
    await dosegate("log", "verify", "--log", damaged(), "--log-key", key, "--no-verdicts", "--export", out);
    expect(lines().map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  });
});

describe("dosegate log verify refuses with 2", () => {
  const edited = folder.write("other.yaml", changed(LIBRARY, "version: 5", "version: 6"));
  it.each([
    ["no log key", ["--log", file], "the log key is missing; give --log-key or --provisioning"],
    [
      "a short key",
      ["--log", file, "--log-key", folder.write("short", "00")],
      "neither 32 bytes nor 64 hex digits",
    ],
    ["a missing file", ["--log", folder.file("none"), "--log-key", key], "no such file"],
    [
      "another file",
      ["--log", folder.write("x.json", "{}"), "--log-key", key],
      'format: must be "dosegate-log/1"',
    ],
    [
      "a library that is not given",
      ["--log", file, "--log-key", key],
      "library 2/5 judged, but was not given",
    ],
    ["only another library", ["--log", file, "--log-key", key, "--library", edited], "library 2/5 judged"],
    ["no attestation key", [...sound.slice(2), "--attestation", attested], "the attestation key is missing"],
    ["no nonce", [...sound.slice(2), ...attestOptions.slice(0, 4)], "--nonce: give the 64 hex digits"],
    ["a wrong block", ["--log", file, "--provisioning", key], "not a provisioning block"],
    ["a wrong root", [...sound.slice(2), "--root", key], "not a root document"],
  ])("%s", async (_, args, message) => {
    const { exitCode, stderr } = await dosegate("log", "verify", ...args);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });

  it("but a replayed attestation with 1: that is an answer", async () => {
    const { exitCode, stderr } = await dosegate(...sound, ...attestOptions.with(5, "02".repeat(32)));
    expect(exitCode).toBe(1);
    expect(stderr).toContain("older attestation was replayed");
  });
});
