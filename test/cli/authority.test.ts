import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeCommand } from "../../host-sim/authority/command.js";
import { decodeEnvelope, externalAad, verifySignature } from "../../host-sim/authority/cose.js";
import { readPublicKeyFile } from "../../host-sim/authority/keys.js";
import { decodeRoot, rootSignatureProblem } from "../../host-sim/authority/root.js";
import { decodeSubmit, encodeSession } from "../../host-sim/gate/records.js";
import { BOLUS, changed, dosegate, Folder, LIBRARY, START } from "./support.js";

const folder = new Folder();
const ROOT = `facility: General Hospital
version: 1
issued: 2026-01-31
expires: 2027-01-31T12:00:00Z
library_id: 00112233445566778899aabbccddeeff
library_epoch: 2
keys: [author.pub.json, approver.pub.json, doctor.pub.json]
thresholds: { root: 2, library: 2, order: 1 }
policy: { max_skew: 1 day, command_life: 10 min, local_override: no }
`;
const SESSION = encodeSession({
  port: 1,
  boot: 3,
  sessionId: new Uint8Array(8).fill(7),
  challenge: new Uint8Array(32).fill(9),
  uptimeMs: 12_345n,
});
const sessionHex = Buffer.from(SESSION).toString("hex");

beforeAll(async () => {
  const make = (name: string, duty: string, ...roles: string[]) =>
    dosegate(
      "keys",
      "new",
      "--holder",
      name,
      "--role",
      ...roles,
      "--duty",
      duty,
      "--seed",
      "cli",
      "--out",
      folder.file(name),
    );
  await make("author", "author", "root", "library");
  await make("approver", "approver", "root", "library");
  await make("doctor", "author", "order");
  folder.write("root.yaml", ROOT);
  folder.write("library.yaml", LIBRARY);
  folder.write("order.yaml", START);
  folder.write("bolus.yaml", BOLUS);
  folder.write("session.bin", SESSION);
  folder.write("session.hex", `${sessionHex}\n`);
});
afterAll(() => {
  folder.remove();
});

describe("dosegate keys", () => {
  it("new makes two files and warns that they are for simulation", async () => {
    const prefix = folder.file("nurse");
    const made = await dosegate(
      "keys",
      "new",
      "--holder",
      "n",
      "--role",
      "bedside",
      "--duty",
      "author",
      "--kind",
      "pause",
      "stop",
      "--out",
      prefix,
    );
    expect(made.exitCode).toBe(0);
    expect(made.stderr).toMatch(/nurse.key.json: warning: a simulation key/);
    expect(readPublicKeyFile(`${prefix}.pub.json`)).toMatchObject({
      name: "nurse",
      roles: ["bedside"],
      kinds: ["pause", "stop"],
    });
    expect(made.stdout).not.toContain(
      (JSON.parse(readFileSync(`${prefix}.key.json`, "utf8")) as { private_seed: string }).private_seed,
    );
  });

  it("new with a seed makes the same key again", async () => {
    const make = (out: string) =>
      dosegate(
        "keys",
        "new",
        "--holder",
        "h",
        "--role",
        "order",
        "--duty",
        "author",
        "--seed",
        "s",
        "--name",
        "same",
        "--out",
        folder.file(out),
      );
    await make("one");
    await make("two");
    const [one, two] = ["one", "two"].map((name) => readFileSync(folder.file(`${name}.pub.json`), "utf8"));
    expect(one).toBe(two);
  });

  it("show prints what a root document says, never the private part", async () => {
    const shown = await dosegate(
      "keys",
      "show",
      folder.file("doctor.key.json"),
      folder.file("author.pub.json"),
    );
    expect(shown.exitCode).toBe(0);
    expect(shown.stdout).toMatch(/roles +order/);
    expect(shown.stdout).toMatch(/kinds +start, titrate, bolus/);
    const json = JSON.parse(
      (await dosegate("keys", "show", "--json", folder.file("doctor.key.json"))).stdout,
    ) as object[];
    expect(json[0]).toMatchObject({ name: "doctor", roles: ["order"] });
    expect(json[0]).not.toHaveProperty("private_seed");
  });

  const base = ["keys", "new", "--holder", "h", "--duty", "author"];
  it.each([
    [
      "an unknown role",
      [...base, "--role", "king", "--out", "x"],
      /no such role; write one of: root, library/,
    ],
    [
      "an unknown duty",
      ["keys", "new", "--holder", "h", "--role", "order", "--duty", "boss", "--out", "x"],
      /Allowed choices are author, approver/,
    ],
    [
      "a kind of another role",
      [...base, "--role", "order", "--kind", "stop", "--out", "x"],
      /only role bedside signs it/,
    ],
    ["no output", [...base, "--role", "order"], /--out/],
    ["a file that is no key", ["keys", "show", "/dev/null"], /not a key file/],
  ])("refuses %s", async (_name, args, message) => {
    const outcome = await dosegate(...args);
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stderr).toMatch(message);
  });

  it("refuses to replace a key", async () => {
    const again = await dosegate(...base, "--role", "order", "--out", folder.file("doctor"));
    expect(again.exitCode).toBe(2);
    expect(again.stderr).toMatch(/a key is never replaced/);
  });
});

describe("dosegate root sign", () => {
  const keys = (): string[] => [folder.file("author.key.json"), folder.file("approver.key.json")];
  const sign = (file: string, signers = keys(), out = folder.file("root.cose")) =>
    dosegate("root", "sign", "--in", file, "--keys", ...signers, "--out", out);

  it("makes a root document that stands on its own", async () => {
    const outcome = await sign(folder.file("root.yaml"));
    expect(outcome.stderr).toBe("");
    expect(outcome.exitCode).toBe(0);
    const envelope = decodeEnvelope(new Uint8Array(readFileSync(folder.file("root.cose"))));
    const root = decodeRoot(envelope.payload);
    expect(root).toMatchObject({
      facility: "General Hospital",
      version: 1,
      libraryEpoch: 2,
      policy: { maxSkewS: 86_400, commandLifeSMax: 600 },
    });
    expect(root.issuedS).toBe(Date.UTC(2026, 0, 31) / 1000);
    expect(root.expiresS).toBe(Date.UTC(2027, 0, 31, 12) / 1000);
    expect(rootSignatureProblem(root, envelope, root)).toBeUndefined();
  });

  it.each([
    [
      "version 0",
      "version: 1",
      "version: 0",
      /root.yaml:2: version: 0 is outside its range; limit 1 to 4294967295; choose/,
    ],
    [
      "a wrong date",
      "2026-01-31",
      "31.01.2026",
      /root.yaml:3: issued: "31.01.2026" is not a date; write 2026-01-31/,
    ],
    ["30 February", "2026-01-31", "2026-02-30", /root.yaml:3: issued: "2026-02-30" is not a date/],
    [
      "expiry before issue",
      "2027-01-31T12:00:00Z",
      "2025-01-01",
      /root.yaml:4: expires: is not after issued; choose a later date/,
    ],
    ["a short library id", "ccddeeff", "ccddee", /root.yaml:5: library_id: .*32 hexadecimal digits/],
    [
      "a key file that is not there",
      "doctor.pub",
      "nobody.pub",
      /root.yaml:7: keys: .*nobody.pub.json: cannot be read \(ENOENT\)/,
    ],
    ["a key twice", "doctor.pub", "author.pub", /root.yaml:7: keys\[2\]: is the same key as keys\[0\]/],
    [
      "a threshold nobody reaches",
      "library: 2",
      "library: 3",
      /root.yaml:8: thresholds.library: needs 3 distinct holders, found 2; add keys/,
    ],
    [
      "a threshold of two for commands, which have one signer",
      "order: 1",
      "order: 2",
      /root.yaml:8: thresholds.order: 2 is more than the one signer/,
    ],
    ["an unknown role", "order: 1", "king: 1", /root.yaml:8: unknown key "thresholds.king"/],
    [
      "a skew above 30 days",
      "1 day",
      "31 day",
      /root.yaml:9: policy.max_skew: 31 day is outside its range; limit 0 s to 30 day/,
    ],
    [
      "a policy that is neither yes nor no",
      "local_override: no",
      "local_override: maybe",
      /root.yaml:9: policy.local_override: "maybe" is neither/,
    ],
    ["a missing field", "facility: General Hospital\n", "", /root.yaml:1: facility is missing/],
    ["an unknown field", "version: 1", "version: 1\nmotto: none", /root.yaml:3: unknown key "motto"/],
  ])("refuses %s, with line, limit and next step", async (_name, from, to, message) => {
    const outcome = await sign(folder.write("bad-root.yaml", changed(ROOT, from, to)));
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stderr).toMatch(message);
  });

  it("refuses one signer for two, a stranger, and a public key", async () => {
    const file = folder.file("root.yaml");
    const one = await sign(file, [folder.file("author.key.json")]);
    expect(one.stderr).toMatch(/signers: needs 2 distinct holders, found 1; sign with keys/);
    const doctor = await sign(file, [...keys(), folder.file("doctor.key.json")]);
    expect(doctor.stderr).toMatch(/is no root key/);
    const twice = await sign(file, [keys()[0]!, ...keys()]);
    expect(twice.stderr).toMatch(/--keys: one key signs twice/);
    const publicKey = await sign(file, [folder.file("author.pub.json")]);
    expect(publicKey.stderr).toMatch(/name the .key.json file/);
    for (const outcome of [one, doctor, twice, publicKey]) expect(outcome.exitCode).toBe(2);
  });

  it("refuses a file that is not there and one it cannot write", async () => {
    expect((await sign(folder.file("absent.yaml"))).stderr).toMatch(/absent.yaml: no such file/);
    const unwritable = await sign(folder.file("root.yaml"), keys(), folder.file("no/such/folder"));
    expect(unwritable).toMatchObject({ exitCode: 2 });
    expect(unwritable.stderr).toMatch(/cannot be written \(ENOENT\)/);
  });
});

describe("dosegate order sign", () => {
  const sign = (order: string, ...rest: string[]) =>
    dosegate("order", "sign", "--in", folder.file(order), "--key", folder.file("doctor.key.json"), ...rest);
  const library = ["--library", folder.file("library.yaml")];

  it.each([
    ["a binary session record", () => folder.file("session.bin")],
    ["a file of hex", () => folder.file("session.hex")],
    ["hex on the command line", () => sessionHex],
  ])("with %s makes a submit record for that session", async (_name, session) => {
    const outcome = await sign(
      "order.yaml",
      "--session",
      session(),
      ...library,
      "--out",
      folder.file("order.bin"),
    );
    expect(outcome.stderr).toBe("");
    expect(outcome.stdout).toMatch(/start NORepinephrine .*\n +rate +13.1 mL\/h/);
    const submitted = decodeSubmit(new Uint8Array(readFileSync(folder.file("order.bin"))));
    expect(submitted.port).toBe(1);
    expect(submitted.drug!.index).toBe(1);
    const envelope = decodeEnvelope(submitted.command);
    const device = Uint8Array.from(Buffer.from("8f3c0000000000000000000000000001", "hex"));
    const aad = externalAad("dosegate/command/1", device, new Uint8Array(32).fill(9));
    expect(verifySignature(envelope, aad, readPublicKeyFile(folder.file("doctor.pub.json")).publicKey)).toBe(
      true,
    );
    expect(decodeCommand(envelope.payload)).toMatchObject({
      sessionId: new Uint8Array(8).fill(7),
      sequence: 1,
      lifeS: 300,
    });
  });

  it("without --out prints hex", async () => {
    const outcome = await sign("bolus.yaml", "--session", sessionHex, ...library);
    const submitted = decodeSubmit(Uint8Array.from(Buffer.from(outcome.stdout.trim(), "hex")));
    expect(decodeCommand(decodeEnvelope(submitted.command).payload).body).toMatchObject({
      kind: "bolus",
      volumeNl: 5_000_000,
    });
  });

  it("warns when the key is not meant for it, and signs for the gate to refuse", async () => {
    const outcome = await dosegate(
      ...["order", "sign", "--in", folder.file("order.yaml"), "--key", folder.file("author.key.json")],
      ...["--session", sessionHex, ...library],
    );
    expect(outcome.exitCode).toBe(0);
    expect(outcome.stderr).toMatch(/this key is not meant to sign start \(role order\)/);
  });

  it("refuses an order beyond a hard limit, unless told not to check", async () => {
    const beyond = changed(START.replace(/range: .*\n/, ""), "dose: 0.05", "dose: 2.1");
    folder.write("beyond.yaml", beyond);
    const refused = await sign("beyond.yaml", "--session", sessionHex, ...library);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(/beyond.yaml:12: dose: .* limit 2 mcg\/kg\/min/);
    const signed = await sign("beyond.yaml", "--session", sessionHex, ...library, "--unchecked");
    expect(signed.exitCode).toBe(0);
    expect(signed.stderr).toMatch(/beyond.yaml:12: warning: dose: /);
  });

  it.each([
    [
      "a session that is neither file nor hex",
      ["--session", "nowhere"],
      /--session: "nowhere" is neither a file nor 128 hex digits/,
    ],
    [
      "a session record of another type",
      ["--session", `0102${sessionHex.slice(4)}`],
      /--session: session record: has type/,
    ],
    [
      "a library that is not there",
      ["--session", sessionHex, "--library", "/nowhere"],
      /nowhere: no such file or directory/,
    ],
  ])("refuses %s", async (_name, args, message) => {
    const outcome = await sign("order.yaml", ...args);
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stderr).toMatch(message);
  });
});
