import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  holderId,
  type KeyDescription,
  KeyFileError,
  newKey,
  readKeyFile,
  readPublicKeyFile,
  simulatedKey,
  writeKeyFiles,
} from "../../host-sim/authority/keys.js";
import { ed25519Verifies, hex } from "./support.js";

const DOCTOR: KeyDescription = {
  name: "doctor",
  holder: "Dr. Who",
  duty: "author",
  roles: ["order"],
  kinds: ["start"],
};
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dosegate-keys-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("a key", () => {
  it("signs with Ed25519", () => {
    const key = newKey(DOCTOR);
    const message = new TextEncoder().encode("message");
    const signature = hex(key.sign(message));
    expect(ed25519Verifies(key.publicKey, hex(message), signature)).toBe(true);
    expect(ed25519Verifies(newKey(DOCTOR).publicKey, hex(message), signature)).toBe(false);
  });

  it("from a seed is the same in every run, another for another seed or name", () => {
    const key = simulatedKey("ward", DOCTOR);
    expect(hex(simulatedKey("ward", DOCTOR).publicKey)).toBe(hex(key.publicKey));
    expect(hex(simulatedKey("ward 2", DOCTOR).publicKey)).not.toBe(hex(key.publicKey));
    expect(hex(simulatedKey("ward", { ...DOCTOR, name: "nurse" }).publicKey)).not.toBe(hex(key.publicKey));
  });

  it("may sign every kind of its roles unless kinds are named", () => {
    const kindsOf = (...roles: KeyDescription["roles"]) =>
      newKey({ name: "n", holder: "h", duty: "author", roles }).kinds;
    expect(kindsOf("order", "service")).toEqual([
      ...["start", "titrate", "bolus", "loading", "PCA"],
      ...["calibrate", "configure", "log-ack"],
    ]);
    expect(kindsOf("time")).toEqual(["time"]);
    expect(kindsOf("root", "library", "override")).toEqual([]);
    expect(newKey(DOCTOR).kinds).toEqual(["start"]);
  });

  it("does not show its private part when it is printed", () => {
    const key = newKey(DOCTOR);
    expect(JSON.stringify(key)).not.toContain("seed");
    expect(Object.values(key)).not.toContainEqual(key.exportSeed());
  });
});

describe("a holder", () => {
  it("is 16 hex digits as they are, or the hash of any other text", () => {
    expect(hex(holderId("0011223344556677"))).toBe("0011223344556677");
    expect(holderId("Dr. Who")).toHaveLength(8);
    expect(hex(holderId("Dr. Who"))).not.toBe(hex(holderId("Dr. Whom")));
  });
});

describe("key files", () => {
  it("give back the same key; the private one is mode 0600 and warns", () => {
    const key = newKey(DOCTOR);
    const { privateFile, publicFile } = writeKeyFiles(join(folder, "doctor"), key);
    expect(statSync(privateFile).mode & 0o777).toBe(0o600);
    expect(readFileSync(privateFile, "utf8")).toMatch(/SIMULATION KEY/);
    expect(readFileSync(publicFile, "utf8")).not.toContain(hex(key.exportSeed()));
    const read = readKeyFile(privateFile);
    expect(hex(read.exportSeed())).toBe(hex(key.exportSeed()));
    for (const again of [read, readPublicKeyFile(privateFile), readPublicKeyFile(publicFile)]) {
      expect(again).toMatchObject({
        name: "doctor",
        algorithm: -19,
        duty: "author",
        roles: ["order"],
        kinds: ["start"],
      });
      expect(hex(again.publicKey)).toBe(hex(key.publicKey));
      expect(hex(again.holder)).toBe(hex(key.holder));
    }
  });

  it("are never replaced", () => {
    writeKeyFiles(join(folder, "doctor"), newKey(DOCTOR));
    expect(() => writeKeyFiles(join(folder, "doctor"), newKey(DOCTOR))).toThrow(/never replaced/);
  });

  it("are refused where there is none, or no folder to write to", () => {
    expect(() => readKeyFile(join(folder, "absent"))).toThrow(/ENOENT.*dosegate keys new/);
    expect(() => writeKeyFiles(join(folder, "absent", "x"), newKey(DOCTOR))).toThrow(/check the path/);
  });

  it("of the public key do not sign", () => {
    const { publicFile } = writeKeyFiles(join(folder, "doctor"), newKey(DOCTOR));
    expect(() => readKeyFile(publicFile)).toThrow(/name the .key.json file/);
  });

  it.each([
    ["not JSON", "no key", /not a key file/],
    ["a JSON null", "null", /not a key file/],
    ["another format", '{"format":"x"}', /not a key file/],
  ])("are refused if %s", (_name, text, message) => {
    const path = join(folder, "bad.key.json");
    writeFileSync(path, text);
    expect(() => readKeyFile(path)).toThrow(KeyFileError);
    expect(() => readPublicKeyFile(path)).toThrow(message);
  });

  it.each([
    ["algorithm", "RSA", /algorithm: must be Ed25519 or EdDSA/],
    ["duty", "boss", /duty: must be author or approver/],
    ["public_key", "00", /public_key: must be 64 hex digits/],
    ["kid", "0000000000000000", /kid: must be the first 8 bytes/],
    ["holder", "00", /holder: must be 16 hex digits/],
    ["roles", ["king"], /roles: must be a list of: root/],
    ["roles", "order", /roles: must be a list of: root/],
    ["kinds", ["explode"], /kinds: must be a list of: associate/],
    ["private_seed", "00", /private_seed: must be 64 hex digits/],
    ["private_seed", "00".repeat(32), /does not belong to private_seed/],
  ])("are refused with a wrong %s (%j)", (field, value, message) => {
    const { privateFile } = writeKeyFiles(join(folder, "doctor"), newKey(DOCTOR));
    const content = JSON.parse(readFileSync(privateFile, "utf8")) as Record<string, unknown>;
    writeFileSync(privateFile, JSON.stringify({ ...content, [field]: value }));
    expect(() => readKeyFile(privateFile)).toThrow(message);
  });
});
