import { execFileSync, spawnSync } from "node:child_process";
import { createHash, createHmac, generateKeyPairSync, sign } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cdeEncodeOptions, encode } from "cbor2";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { run } from "../../host-sim/cli/program.js";
import { concat, fromHex, toHex } from "../support/bytes.js";
import { describeVectors, vectorJson } from "../support/vectors.js";

const folder = mkdtempSync(join(tmpdir(), "dosegate-conformance-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `dosegate` in this process. */
async function dosegate(...args: string[]): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  vi.spyOn(console, "log").mockImplementation((...text: unknown[]) => void out.push(`${text.join(" ")}\n`));
  vi.spyOn(process.stdout, "write").mockImplementation((text) => out.push(String(text)) > 0);
  vi.spyOn(process.stderr, "write").mockImplementation((text) => err.push(String(text)) > 0);
  await run(args);
  const code = Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  vi.restoreAllMocks();
  return { code, out: out.join(""), err: err.join("") };
}

let files = 0;
function write(content: unknown): string {
  const path = join(folder, `${++files}.json`);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

type Case = Record<string, unknown>;
const vectors = (primitive: string, cases: Case[]): Record<string, unknown> => ({
  schema: "dosegate-primitive-vectors/1",
  primitive,
  source: "test",
  cases,
});

/** Runs cases of one primitive and says of each whether it passed, by what is printed. */
async function outcome(primitive: string, cases: Case[]): Promise<Outcome & { failed: string[] }> {
  const numbered = cases.map((one, i) => ({ id: `c${i}`, ...one }));
  const result = await dosegate("conformance", "--vectors", write(vectors(primitive, numbered)));
  const failed = [...result.out.matchAll(/FAILED (\S+):/g)].map((match) => match[1]!);
  const end = `${cases.length - failed.length} passed, ${failed.length} failed\n`;
  expect(result.out.endsWith(end), result.out + result.err).toBe(true);
  expect(result.code).toBe(failed.length > 0 ? 1 : 0);
  return { ...result, failed };
}

const sha = (bits: number, message: Uint8Array): string =>
  createHash(`sha${bits}`).update(message).digest("hex");
const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const key = toHex(publicKey.export({ format: "der", type: "spki" }).subarray(-32));
const signed = (message: Uint8Array): string => sign(null, message, privateKey).toString("hex");
const cbor = (value: unknown): Uint8Array => Uint8Array.from(encode(value, cdeEncodeOptions));

describe("conformance of the primitives", () => {
  it("compares digests of messages of any length, in either case of hex", async () => {
    for (const bits of [256, 512]) {
      const messages = [0, 1, 64, 8191, 8192, 8193, 100_000].map((length) =>
        new Uint8Array(length).fill(length),
      );
      const cases = messages.map((message) => ({ message: toHex(message), digest: sha(bits, message) }));
      const upper = { message: "AB", digest: sha(bits, fromHex("ab")).toUpperCase(), valid: true };
      expect((await outcome(`sha${bits}`, [...cases, upper])).failed).toEqual([]);
    }
  });

  it("fails a digest that is another one, and one that is stated not to match but does", async () => {
    const digest = sha(256, fromHex("00"));
    const { failed, out } = await outcome("sha256", [
      { message: "01", digest },
      { message: "01", digest, valid: true },
      { message: "01", digest, valid: false },
      { message: "00", digest, valid: false },
      { message: "00", digest: digest.slice(2) },
    ]);
    expect(failed).toEqual(["c0", "c1", "c3", "c4"]);
    expect(out).toContain(`FAILED c0: expected ${digest}, got ${sha(256, fromHex("01"))}`);
    expect(out).toContain(`FAILED c3: expected another digest than ${digest}, got ${digest}`);
  });

  it("judges HMAC tags, whole or cut to 16 bytes at least, under keys and messages of any length", async () => {
    const made = (keyLength: number, messageLength: number): Case => {
      const [secret, message] = [new Uint8Array(keyLength).fill(7), new Uint8Array(messageLength).fill(9)];
      const tag = createHmac("sha256", secret).update(message).digest("hex");
      return { key: toHex(secret), message: toHex(message), tag, valid: true };
    };
    const base = made(32, 10);
    const cut = (bytes: number): Case => ({ ...base, tag: (base["tag"] as string).slice(0, 2 * bytes) });
    const wrong = { ...base, tag: "00".repeat(32) };
    const good = [made(0, 0), made(64, 1), made(65, 1), made(20_000, 1), made(32, 100_000), cut(31), cut(16)];
    const bad = [cut(15), cut(0), { ...base, tag: `${String(base["tag"])}00` }, wrong].map((one) => ({
      ...one,
      valid: false,
    }));
    expect((await outcome("hmac-sha256", [...good, ...bad])).failed).toEqual([]);
    expect((await outcome("hmac-sha256", [wrong, { ...base, valid: false }])).failed).toEqual(["c0", "c1"]);
  });

  it("verifies Ed25519 signatures; keys and signatures of a wrong length are invalid, not an error", async () => {
    const long = new Uint8Array(100_000).fill(3);
    const good = { publicKey: key, message: "616263", signature: signed(fromHex("616263")), valid: true };
    const bad = [
      { ...good, message: "616264" },
      { ...good, publicKey: key.slice(2) },
      { ...good, publicKey: `${key}00` },
      { ...good, publicKey: "" },
      { ...good, signature: good.signature.slice(2) },
      { ...good, signature: `${good.signature}00` },
      { ...good, signature: "" },
    ].map((one) => ({ ...one, valid: false }));
    const longOne = { publicKey: key, message: toHex(long), signature: signed(long), valid: true };
    expect((await outcome("ed25519-verify", [good, longOne, ...bad])).failed).toEqual([]);
    const { failed, out } = await outcome("ed25519-verify", [
      { ...bad[1]!, valid: true },
      { ...good, valid: false },
    ]);
    expect(failed).toEqual(["c0", "c1"]);
    expect(out).toContain("FAILED c0: expected valid, got invalid (publicKey has 31 bytes, not 32)");
    expect(out).toContain("FAILED c1: expected invalid, got valid");
  });

  it("checks deterministic CBOR, up to an object's 8,192 bytes", async () => {
    const bytes = (length: number): string =>
      toHex(concat(Uint8Array.of(0x59, length >> 8, length & 255), new Uint8Array(length)));
    const { failed } = await outcome("cbor-strict", [
      { bytes: "00", valid: true },
      { bytes: "1BFFFFFFFFFFFFFFFF", valid: true },
      { bytes: bytes(8189), valid: true },
      { bytes: bytes(8190), valid: false },
      { bytes: bytes(60_000), valid: false },
      { bytes: "", valid: false },
      { bytes: "f90000", valid: false },
    ]);
    expect(failed).toEqual([]);
    expect((await outcome("cbor-strict", [{ bytes: "1800", valid: true }])).failed).toEqual(["c0"]);
  });

  it("verifies COSE_Sign1 messages", async () => {
    const header = cbor(new Map([[1, -8]]));
    const [aad, payload] = [fromHex("aabb"), fromHex("01")];
    const signature = sign(null, cbor(["Signature1", header, aad, payload]), privateKey);
    const message = toHex(
      concat(fromHex("d2"), cbor([header, new Map(), payload, Uint8Array.from(signature)])),
    );
    const good = { publicKey: key, externalAad: "aabb", message, valid: true };
    const bad = [
      { ...good, externalAad: "" },
      { ...good, publicKey: "00" },
      { ...good, message: message.slice(2) },
      { ...good, message: "" },
      { ...good, message: message + "00".repeat(9000) },
    ].map((one) => ({ ...one, valid: false }));
    expect((await outcome("cose-sign1-verify", [good, ...bad])).failed).toEqual([]);
    expect((await outcome("cose-sign1-verify", [{ ...good, valid: false }])).failed).toEqual(["c0"]);
  });

  it("follows Merkle paths given as an array or as one string, with numbers as large as 2^64 - 1", async () => {
    const hash = (...parts: string[]): string => sha(256, fromHex(parts.join("")));
    const [a, b, c] = ["61", "62", "63"].map((leaf) => hash("00", leaf)) as [string, string, string];
    const root = hash("01", hash("01", a, b), c);
    const good = { leafIndex: 1, treeSize: 3, leafHash: b, root, proof: [a, c], valid: true };
    const bad = [
      { ...good, leafIndex: 0 },
      { ...good, leafIndex: 3 },
      { ...good, leafIndex: -1 },
      { ...good, leafIndex: "18446744073709551615", treeSize: "18446744073709551615" },
      { ...good, leafIndex: "18446744073709551616" },
      { ...good, treeSize: 0 },
      { ...good, treeSize: 2 ** 53 },
      { ...good, proof: [a] },
      { ...good, proof: [a, c, c] },
      { ...good, proof: a + c.slice(2) },
      { ...good, proof: [a, c.slice(2)] },
      { ...good, proof: [] },
      { ...good, proof: Array<string>(500).fill(a) },
      { ...good, root: root.slice(2) },
      { ...good, leafHash: "" },
    ].map((one) => ({ ...one, valid: false }));
    const alike = [
      { ...good, proof: a + c },
      { ...good, leafIndex: "1", treeSize: "3" },
    ];
    const large = {
      ...good,
      leafIndex: "9223372036854775808",
      treeSize: "9223372036854775809",
      proof: [a],
      root: hash("01", a, b),
    };
    expect((await outcome("merkle-inclusion", [good, ...alike, large, ...bad])).failed).toEqual([]);
    expect((await outcome("merkle-inclusion", [{ ...good, valid: false }])).failed).toEqual(["c0"]);
  });

  it("reads numbers beyond 2^53 in JSON exactly", async () => {
    const hash = (...parts: string[]): string => sha(256, fromHex(parts.join("")));
    const [leaf, sibling] = [hash("61"), hash("62")];
    const text = JSON.stringify(
      vectors("merkle-inclusion", [
        {
          id: 1,
          leafIndex: 1,
          treeSize: 2,
          leafHash: leaf,
          root: hash("01", sibling, leaf),
          proof: sibling,
          valid: true,
        },
      ]),
    );
    const huge = text.replace(
      '"leafIndex":1,"treeSize":2',
      '"leafIndex":9223372036854775808,"treeSize":9223372036854775809',
    );
    expect((await dosegate("conformance", "--vectors", write(huge))).out).toMatch(/1 passed, 0 failed\n$/);
    const rounded = huge.replace("9223372036854775809", "9223372036854775810");
    expect((await dosegate("conformance", "--vectors", write(rounded))).out).toMatch(/0 passed, 1 failed\n$/);
  });

  it("adds up several files, and says it all as JSON when asked", async () => {
    const good = write(
      vectors("cbor-strict", [
        { id: "a", bytes: "00", valid: true },
        { id: 2, bytes: "ff", valid: false },
      ]),
    );
    const bad = write(vectors("sha256", [{ id: 7, message: "", digest: "00" }]));
    const lines = await dosegate("conformance", "--vectors", good, bad);
    expect(lines.out).toContain(`${good}: cbor-strict, 2 cases\n${bad}: sha256, 1 cases\n  FAILED 7: `);
    expect(lines.out).toMatch(/2 passed, 1 failed\n$/);
    const repeated = await dosegate("conformance", "--vectors", good, "--vectors", bad, "--json");
    expect(repeated.code).toBe(1);
    expect(JSON.parse(repeated.out)).toMatchObject({
      passed: 2,
      failed: 1,
      files: [
        { file: good, passed: 2 },
        { file: bad, source: "test", failures: [{ id: 7, expected: "00" }] },
      ],
    });
  });
});

describe("a file of vectors is refused, before any case runs,", () => {
  const one = { id: 1, message: "00", digest: "00" };
  const incl = { id: 1, leafIndex: 0, treeSize: 1, leafHash: "00", root: "00", proof: "", valid: false };

  it.each([
    ["not JSON", '{"schema":\n "x",]', /:2:6: not JSON: unexpected "\]"$/],
    ["no object", "[]", /the file: must be object, not \[\]$/],
    ["another schema", { ...vectors("sha256", [one]), schema: "x/1" }, /schema: must be "dosegate-primitive-vectors\/1", not "x\/1"$/],
    ["no schema", { primitive: "sha256", cases: [one] }, /schema: missing$/],
    ["an unknown primitive", vectors("md5", [one]), /primitive: must be one of sha256, .*, not "md5"$/],
    ["no primitive", { schema: "dosegate-primitive-vectors/1", cases: [one] }, /primitive: missing$/],
    ["no cases", { schema: "dosegate-primitive-vectors/1", primitive: "sha256" }, /cases: missing$/],
    ["cases that are no array", { ...vectors("sha256", []), cases: {} }, /cases: must be array, not \{\}$/],
    ["an empty list of cases", vectors("sha256", []), /cases: is empty/],
    ["a case that is no object", vectors("sha256", [one, 5 as unknown as Case]), /cases\[1\]: must be object, not 5$/],
    ["a case without id", vectors("sha256", [{ message: "00", digest: "00" }]), /cases\[0\]\.id: missing$/],
    ["an empty id", vectors("sha256", [{ ...one, id: "" }]), /cases\[0\]\.id: is empty$/],
    ["a missing field", vectors("sha256", [one, { id: 2, message: "00" }]), /cases\[1\]\.digest: missing$/],
    ["a missing verdict", vectors("cbor-strict", [{ id: 1, bytes: "00" }]), /cases\[0\]\.valid: missing$/],
    ["a verdict that is no boolean", vectors("sha256", [{ ...one, valid: "yes" }]), /cases\[0\]\.valid: must be boolean, not "yes"$/],
    ["odd-length hex", vectors("sha256", [{ ...one, digest: "abc" }]), /cases\[0\]\.digest: odd number of hex digits \(3\)$/],
    ["something that is not hex", vectors("sha256", [{ ...one, message: "00zz" }]), /cases\[0\]\.message: not hex: "z" at position 2$/],
    ["hex with a prefix", vectors("sha256", [{ ...one, message: "0x00" }]), /cases\[0\]\.message: not hex: "x" at position 1$/],
    ["hex with a line break at its end", vectors("sha256", [{ ...one, message: "00\n" }]), /cases\[0\]\.message: not hex: "\\n" at position 2$/],
    ["a number for hex", vectors("sha256", [{ ...one, message: 0 }]), /cases\[0\]\.message: must be string, not 0$/],
    ["a repeated id", vectors("sha256", [one, { ...one, id: "x" }, one]), /cases\[2\]\.id: 1 is the id of cases\[0\] already$/],
    ["an id repeated as text", vectors("sha256", [one, { ...one, id: "1" }]), /cases\[1\]\.id: "1" is the id of cases\[0\] already$/],
    ["an index that is no whole number", vectors("merkle-inclusion", [{ ...incl, leafIndex: 1.5 }]), /cases\[0\]\.leafIndex: must be integer or string, not 1.5$/],
    ["an index in hex", vectors("merkle-inclusion", [{ ...incl, treeSize: "0x1" }]), /cases\[0\]\.treeSize: must be a whole number in decimal digits, not "0x1"$/],
    ["a proof element that is not hex", vectors("merkle-inclusion", [{ ...incl, proof: ["00", "0g"] }]), /cases\[0\]\.proof\[1\]: not hex: "g" at position 1$/],
    ["a proof that is neither", vectors("merkle-inclusion", [{ ...incl, proof: null }]), /cases\[0\]\.proof: must be string, not null$/],
  ])("for %s", async (_what, content, expected) => {
    const good = write(vectors("cbor-strict", [{ id: 1, bytes: "00", valid: true }]));
    const { code, out, err } = await dosegate("conformance", "--vectors", good, write(content));
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/^dosegate: [^\n]*\n$/);
    expect(err.trimEnd()).toMatch(expected);
  }); // prettier-ignore

  it("when it is not there", async () => {
    const { code, err } = await dosegate("conformance", "--vectors", join(folder, "none.json"));
    expect([code, err]).toEqual([2, `dosegate: ${join(folder, "none.json")}: no such file\n`]);
  });
});

describe("the command line", () => {
  it("is refused in one line without a value, with an unknown option, or an unknown command", async () => {
    for (const args of [["conformance", "--vectors"], ["conformance", "--speed"], ["fly"]]) {
      const { code, out, err } = await dosegate(...args);
      expect([code, out], args.join(" ")).toEqual([2, ""]);
      expect(err).toMatch(/^dosegate: [^\n]+\n(\(Did you mean [^\n]+\n)?$/);
    }
  });

  it("tells version and help", async () => {
    expect(await dosegate("--version")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    });
    const help = await dosegate("conformance", "--help");
    expect(help).toMatchObject({ code: 0, out: expect.stringContaining("--vectors <path...>") as string });
  });
});

describe("the built command", () => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const installed = join(folder, "installed");

  beforeAll(() => {
    mkdirSync(installed);
    for (const name of ["package.json", "node_modules", "vectors", "build"]) {
      symlinkSync(join(root, name), join(installed, name));
    }
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const options = ["-p", join(root, "tsconfig.json"), "--outDir", join(installed, "dist"), "--noCheck"];
    execFileSync(process.execPath, [tsc, ...options]);
  });

  it("finds its schema and its module from another folder, and exits 0, 1 and 2", () => {
    const main = join(installed, "dist/cli/main.js");
    const exit = (...args: string[]): number | null => {
      const options = { cwd: tmpdir(), encoding: "utf8" } as const;
      return spawnSync(
        process.execPath,
        ["--preserve-symlinks", "--preserve-symlinks-main", main, ...args],
        options,
      ).status;
    };
    const one = (valid: boolean): string => write(vectors("cbor-strict", [{ id: 1, bytes: "00", valid }]));
    expect(exit("conformance", "--vectors", one(true))).toBe(0);
    expect(exit("conformance", "--vectors", one(false))).toBe(1);
    expect(exit("conformance", "--vectors", write("{}"))).toBe(2);
  });
});

interface Wycheproof {
  readonly testGroups: readonly {
    readonly tests: readonly { tcId: number; key: string; msg: string; tag: string; result: string }[];
  }[];
}

describeVectors("wycheproof/hmac_sha256_test.json", "Wycheproof's HMAC-SHA256", () => {
  it("passes as a file of vectors", async () => {
    const { testGroups } = vectorJson("wycheproof/hmac_sha256_test.json") as Wycheproof;
    const cases = testGroups.flatMap((group) =>
      group.tests.map((one) => ({
        id: one.tcId,
        key: one.key,
        message: one.msg,
        tag: one.tag,
        valid: one.result === "valid",
      })),
    );
    const { code, out } = await dosegate("conformance", "--vectors", write(vectors("hmac-sha256", cases)));
    expect(out).toMatch(new RegExp(`^${cases.length} passed, 0 failed$`, "m"));
    expect(code).toBe(0);
  });
});
