import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toHex } from "../../host-sim/authority/bytes.js";
import { decodeCommand } from "../../host-sim/authority/command.js";
import { decodeEnvelope, verifySignature } from "../../host-sim/authority/cose.js";
import { decodeDecommissioning, decommissionAad } from "../../host-sim/authority/decommission.js";
import { readPublicKeyFile } from "../../host-sim/authority/keys.js";
import { decodeRoot } from "../../host-sim/authority/root.js";
import { decodeSubmit, encodeSession } from "../../host-sim/gate/records.js";
import { changed, dosegate, Folder, LIBRARY_OF_MODES } from "./support.js";

/** The commands that sign what is no plain order: modes, emergencies, a pump's service, its end. */
const folder = new Folder();
const COMMON = `device: 8f3c0000000000000000000000000001
sequence: 1
life: 5 min
`;
const ORDER = `${COMMON}pump_class: 1
patient: 00112233445566778899aabbccddeeff
order: 0000000000000000000000000000002a
area: 7
weight: 70 kg
drug: 1
`;
const CONTINUOUS = `${ORDER}kind: start
dose: 5 mg/h
vtbi: 100 mL
set: 1
`;
const FILES: Readonly<Record<string, string>> = {
  "continuous.yaml": CONTINUOUS,
  "loaded.yaml": `${CONTINUOUS}loading: { dose: 10 mg, rate: 60 mL/h }
steps: [{ after: 20 mL, dose: 4 mg/h }]
`,
  "bag.yaml": `${changed(ORDER, "drug: 1", "drug: 2")}kind: start
mode: intermittent
dose: 1 g
duration: 30 min
set: 1
`,
  "pca.yaml": `${ORDER}kind: PCA
dose: 1 mg/h
pca: { dose: 1 mg, rate: 60 mL/h, lockout: 8 min }
vtbi: 50 mL
set: 1
`,
  "loading.yaml": `${ORDER}kind: loading
dose: 10 mg
rate: 60 mL/h
`,
  "titrate.yaml": `${ORDER}kind: titrate
dose: 6 mg/h
`,
  "time.yaml": `${COMMON}kind: time
time: 2026-02-01T00:00:00Z
`,
  "root.yaml": `facility: General Hospital
version: 1
issued: 2026-01-31
expires: 2027-01-31
library_id: 00112233445566778899aabbccddeeff
library_epoch: 2
keys: [author.pub.json, approver.pub.json, doctor.pub.json, clock.pub.json]
thresholds: { root: 2, library: 2, order: 1, time: 1 }
policy: { max_skew: 1 day, command_life: 10 min, local_override: no, emergency: 30 min, warm_restart: 10 s }
`,
};
const SESSION = toHex(
  encodeSession({
    port: 1,
    boot: 3,
    sessionId: new Uint8Array(8).fill(7),
    challenge: new Uint8Array(32).fill(9),
    uptimeMs: 12_345n,
  }),
);
const DEVICE = "8f3c0000000000000000000000000001";

beforeAll(async () => {
  const make = (name: string, duty: string, ...roles: string[]) =>
    dosegate(
      ...["keys", "new", "--holder", name, "--role", ...roles, "--duty", duty],
      ...["--seed", "cli", "--out", folder.file(name)],
    );
  await make("author", "author", "root", "library");
  await make("approver", "approver", "root", "library");
  await make("doctor", "author", "order");
  await make("clock", "author", "time");
  folder.write("library.yaml", LIBRARY_OF_MODES);
  for (const [name, text] of Object.entries(FILES)) folder.write(name, text);
});
afterAll(() => {
  folder.remove();
});

const keyFiles = (...names: string[]): string[] => names.map((name) => folder.file(`${name}.key.json`));

describe("dosegate order sign", () => {
  const sign = (file: string, key = "doctor", ...more: string[]) =>
    dosegate(
      ...["order", "sign", "--in", folder.file(file), "--session", SESSION, "--key", ...keyFiles(key)],
      ...["--library", folder.file("library.yaml"), "--out", folder.file("order.bin"), ...more],
    );
  const signedBody = (): unknown => {
    const { command } = decodeSubmit(new Uint8Array(readFileSync(folder.file("order.bin"))));
    return decodeCommand(decodeEnvelope(command).payload).body;
  };

  it.each([
    ["loaded.yaml", /loading dose 10 mL\n +then, after 20 mL, rate 4 mL\/h/, { kind: "start" }],
    ["bag.yaml", /intermittent start cefTest.*\n +rate +100 mL\/h\n +volume 50 mL/, { durationS: 1800 }],
    ["pca.yaml", /PCA morphTest.*\n +each dose 1 mL\n +basal rate 1 mL\/h/, { kind: "PCA" }],
    ["loading.yaml", /loading morphTest.*\n +rate +60 mL\/h\n +volume 10 mL/, { kind: "loading" }],
  ])("signs %s and says what follows", async (file, words, body) => {
    const outcome = await sign(file);
    expect(outcome).toMatchObject({ exitCode: 0, stderr: "" });
    expect(outcome.stdout).toMatch(words);
    expect(signedBody()).toMatchObject(body);
  });

  it("signs the time by a key of role time, and warns of another key", async () => {
    expect(await sign("time.yaml", "clock")).toMatchObject({ exitCode: 0, stderr: "" });
    expect(signedBody()).toEqual({ kind: "time", timeS: 1_769_904_000 });
    expect((await sign("time.yaml", "doctor")).stderr).toMatch(/not meant to sign time \(role time\)/);
  });
});

describe("dosegate order emergency", () => {
  const make = (file: string, ...more: string[]) =>
    dosegate(
      ...["order", "emergency", "--in", folder.file(file), "--library", folder.file("library.yaml")],
      ...more,
    );

  it.each(["continuous.yaml", "titrate.yaml"])("makes an unsigned record of %s", async (file) => {
    const outcome = await make(file, "--out", folder.file("emergency.bin"));
    expect(outcome).toMatchObject({ exitCode: 0, stderr: "" });
    const record = new Uint8Array(readFileSync(folder.file("emergency.bin")));
    const { port, command, emergency, drug } = decodeSubmit(record);
    expect({ port, emergency }).toEqual({ port: 0, emergency: true });
    expect(drug).toBeDefined();
    expect(decodeCommand(command).sessionId).toEqual(new Uint8Array(8));
    const shown = await dosegate("inspect", folder.file("emergency.bin"));
    expect(shown.stdout).toMatch(/flags +emergency/);
    expect(shown.stdout).toMatch(/the payload of a command|command: (start|titrate)/);
  });

  it.each(["loaded.yaml", "bag.yaml", "pca.yaml", "loading.yaml", "time.yaml"])(
    "refuses %s, which the gate would not take",
    async (file) => {
      const outcome = await make(file);
      expect(outcome.exitCode).toBe(2);
      expect(outcome.stderr).toMatch(/kind: is no plain start or titrate; limit: one step, no range/);
    },
  );

  it("refuses an order beyond a hard limit", async () => {
    folder.write("beyond.yaml", changed(CONTINUOUS, "dose: 5 mg/h", "dose: 10.1 mg/h"));
    expect((await make("beyond.yaml")).stderr).toMatch(/above the hard maximum; limit 10 mg\/h/);
  });
});

describe("dosegate root sign", () => {
  const sign = (file: string) =>
    dosegate(
      ...["root", "sign", "--in", folder.file(file), "--keys", ...keyFiles("author", "approver")],
      ...["--out", folder.file("root.cose")],
    );

  it("writes how long an emergency may last and how short a restart must be", async () => {
    expect(await sign("root.yaml")).toMatchObject({ exitCode: 0, stderr: "" });
    const root = decodeRoot(decodeEnvelope(new Uint8Array(readFileSync(folder.file("root.cose")))).payload);
    expect(root.policy).toMatchObject({ emergencySMax: 1800, warmRestartMsMax: 10_000 });
    expect(root.keys.find(({ roles }) => roles.includes("time"))?.kinds).toEqual(["time"]);
    const shown = await dosegate("inspect", folder.file("root.cose"));
    expect(shown.stdout).toMatch(/emergency +30 min/);
    expect(shown.stdout).toMatch(/warm restart +10000 ms/);
  });

  it.each([
    ["emergency: 30 min", "emergency: 59 s", /root.yaml:9: policy.emergency: 59 s is outside its range/],
    ["emergency: 30 min", "emergency: 121 min", /policy.emergency: 121 min is outside its range.* 2 h/],
    ["warm_restart: 10 s", "warm_restart: 61 s", /root.yaml:9: policy.warm_restart: 61000 ms is outside/],
  ])("refuses %s as %s", async (from, to, message) => {
    folder.write("bad-root.yaml", changed(FILES["root.yaml"]!, from, to));
    const outcome = await sign("bad-root.yaml");
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stderr).toMatch(message);
  });
});

describe("dosegate decommission sign", () => {
  const end = folder.file("end.cose");
  const sign = (keys: readonly string[], ...more: string[]) =>
    dosegate(
      ...["decommission", "sign", "--device", DEVICE, "--counter", "7", "--keys", ...keyFiles(...keys)],
      ...["--out", end, ...more],
    );
  beforeAll(async () => {
    await dosegate(
      ...["root", "sign", "--in", folder.file("root.yaml")],
      ...["--keys", ...keyFiles("author", "approver"), "--out", folder.file("trust.cose")],
    );
  });

  it("signs the end of one pump at one counter, by all who are named", async () => {
    const outcome = await sign(["author", "approver"], "--root", folder.file("trust.cose"));
    expect(outcome).toMatchObject({ exitCode: 0, stderr: "" });
    expect(outcome.stdout).toMatch(/the end of pump 8f3c.* at counter 7/);
    const envelope = decodeEnvelope(new Uint8Array(readFileSync(end)));
    expect(decodeDecommissioning(envelope.payload)).toEqual({ counter: 7 });
    const aad = decommissionAad(Uint8Array.from(Buffer.from(DEVICE, "hex")));
    const byKid = ["author", "approver"].map((name) => readPublicKeyFile(folder.file(`${name}.pub.json`)));
    for (const { publicKey } of byKid) {
      expect([0, 1].some((i) => verifySignature(envelope, aad, publicKey, i))).toBe(true);
    }
    const shown = await dosegate("inspect", end);
    expect(shown.stdout).toMatch(/^decommissioning of one pump \(SPEC 2.7\)[^]*counter +7/);
  });

  it.each([
    ["too few signers", ["author"], /needs 2 distinct holders, found 1; name more key files/],
    ["a signer without the role", ["author", "approver", "doctor"], /doctor is no root key of .*trust.cose/],
  ])("refuses %s where the root document is named", async (_name, keys, message) => {
    const outcome = await sign(keys, "--root", folder.file("trust.cose"));
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stderr).toMatch(message);
  });

  it.each([
    ["a device id of 15 bytes", ["--device", DEVICE.slice(2)], /write 32 hexadecimal digits/],
    ["a counter that is none", ["--counter", "7.5"], /write the whole number/],
    ["a counter beyond 32 bits", ["--counter", "4294967296"], /write the whole number/],
    ["a root document that is none", ["--root", folder.file("root.yaml")], /is no signed root document/],
    ["a root document that is not there", ["--root", folder.file("absent")], /cannot be read \(ENOENT\)/],
  ])("refuses %s", async (_name, args, message) => {
    const outcome = await sign(["author", "approver"], ...args);
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stderr).toMatch(message);
  });

  it("refuses one key twice", async () => {
    expect((await sign(["author", "author"])).stderr).toMatch(/--keys: one key signs twice/);
  });
});
