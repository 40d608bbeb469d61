import { describe, expect, it } from "vitest";
import { decodeEnvelope, kidOf, sign } from "../../host-sim/authority/cose.js";
import { EncodingError } from "../../host-sim/authority/encoding.js";
import { simulatedKey, type TrustedKey } from "../../host-sim/authority/keys.js";
import {
  decodeRoot,
  encodeRoot,
  encodeRootUnchecked,
  type Root,
  ROOT_AAD,
  RootError,
  rootProblems,
  rootSignatureProblem,
  signRoot,
} from "../../host-sim/authority/root.js";
import * as cbor from "./support.js";
import { APPROVER, AUTHOR, bytes, DOCTOR, hex, key, NURSE, ROOT } from "./support.js";

const withKey = (k: TrustedKey): Root => ({ ...ROOT, keys: [...ROOT.keys, k] });

/** SPEC 2.2 by hand. */
function rootByHand(root: Root): string {
  const duties = { author: 1, approver: 2 };
  const roles = ["root", "library", "order", "bedside", "override", "service", "time"];
  const kinds: Record<string, number> = {
    associate: 1,
    start: 2,
    titrate: 3,
    bolus: 4,
    "new bag": 6,
    pause: 8,
    resume: 9,
    stop: 10,
    disassociate: 11,
    loading: 5,
    PCA: 7,
    calibrate: 12,
    configure: 13,
    "log-ack": 14,
    time: 15,
  };
  const mask = (numbers: number[]): number => numbers.reduce((sum, n) => sum + 2 ** n, 0);
  const keys = root.keys.map((k) =>
    cbor.map(
      ...[
        "00",
        cbor.negative(k.algorithm),
        "01",
        cbor.bstr(hex(k.publicKey)),
        "02",
        cbor.bstr(hex(k.holder)),
      ],
      ...["03", cbor.uint(duties[k.duty]), "04", cbor.uint(mask(k.roles.map((r) => roles.indexOf(r))))],
      ...["05", cbor.uint(mask(k.kinds.map((kind) => kinds[kind]!)))],
    ),
  );
  const thresholds = roles.map((role) => cbor.uint((root.thresholds as Record<string, number>)[role] ?? 0));
  const policy = cbor.map(
    "00",
    cbor.uint(root.policy.maxSkewS),
    "01",
    cbor.uint(root.policy.commandLifeSMax),
    "02",
    cbor.uint((root.policy.localOverride ? 1 : 0) + (root.policy.emergencySMax === undefined ? 0 : 2)),
    ...(root.policy.emergencySMax === undefined ? [] : ["03", cbor.uint(root.policy.emergencySMax)]),
    ...(root.policy.warmRestartMsMax === undefined ? [] : ["04", cbor.uint(root.policy.warmRestartMsMax)]),
  );
  return cbor.map(
    ...["00", cbor.tstr(root.facility), "01", cbor.uint(root.version), "02", cbor.uint(root.issuedS)],
    ...[
      "03",
      cbor.uint(root.expiresS),
      "04",
      cbor.bstr(hex(root.libraryId)),
      "05",
      cbor.uint(root.libraryEpoch),
    ],
    ...["06", cbor.array(...keys), "07", cbor.array(...thresholds), "08", policy],
  );
}

describe("a root document", () => {
  it("is byte for byte what SPEC 2.2 says", () => {
    expect(hex(encodeRoot(ROOT))).toBe(rootByHand(ROOT));
  });

  it("is read back as it was written, but for the keys' names", () => {
    const read = decodeRoot(encodeRoot(ROOT));
    expect(hex(encodeRoot(read))).toBe(hex(encodeRoot(ROOT)));
    expect(read.keys[0]!.name).toBe(hex(kidOf(AUTHOR.publicKey)));
    expect(read.policy.localOverride).toBe(true);
  });

  it.each([
    [{ emergencySMax: 60 }],
    [{ emergencySMax: 7200 }],
    [{ warmRestartMsMax: 0 }],
    [{ emergencySMax: 1800, warmRestartMsMax: 60_000 }],
  ])("with policy %o is byte for byte what SPEC 2.2 says, and read back", (change) => {
    const root = { ...ROOT, policy: { ...ROOT.policy, localOverride: false, ...change } };
    expect(hex(encodeRoot(root))).toBe(rootByHand(root));
    expect(decodeRoot(encodeRoot(root)).policy).toEqual(root.policy);
  });

  it("is signed by its own root keys", () => {
    const signed = signRoot(ROOT, [APPROVER, AUTHOR]);
    const envelope = decodeEnvelope(signed.bytes);
    expect(rootSignatureProblem(ROOT, envelope, ROOT)).toBeUndefined();
    expect(hex(envelope.payload)).toBe(rootByHand(ROOT));
  });
});

describe("a root document that contradicts itself is refused", () => {
  const many = Array.from({ length: 13 }, (_, i) => key(`k${i}`, "author", "order"));
  const twoAuthors = [AUTHOR, key("author 2", "author", "root", "library"), DOCTOR, NURSE];
  const sameHolder = simulatedKey("s", {
    name: "second key",
    holder: "author",
    duty: "approver",
    roles: ["root", "library"],
  });
  const strayKind = simulatedKey("s", {
    name: "stray",
    holder: "stray",
    duty: "author",
    roles: ["order"],
    kinds: ["stop"],
  });
  const noRole = simulatedKey("s", { name: "none", holder: "none", duty: "author", roles: [] });

  it("but not the good one", () => {
    expect(rootProblems(ROOT)).toEqual([]);
  });

  it.each<[string, Root, string, RegExp]>([
    ["an empty facility", { ...ROOT, facility: "" }, "facility", /limit 1..32/],
    ["a facility of 33 bytes", { ...ROOT, facility: "x".repeat(33) }, "facility", /33 bytes/],
    ["version 0", { ...ROOT, version: 0 }, "version", /outside/],
    ["version 2^32", { ...ROOT, version: 2 ** 32 }, "version", /outside/],
    ["expiry at issue", { ...ROOT, expiresS: ROOT.issuedS }, "expires", /not after issued/],
    ["a library id of 15 bytes", { ...ROOT, libraryId: cbor.fill(15, 0) }, "library_id", /15 bytes/],
    [
      "skew above 30 days by 1 s",
      { ...ROOT, policy: { ...ROOT.policy, maxSkewS: 2_592_001 } },
      "policy.max_skew",
      /limit 0 s to 30 day/,
    ],
    [
      "a command life of 0",
      { ...ROOT, policy: { ...ROOT.policy, commandLifeSMax: 0 } },
      "policy.command_life",
      /limit 1 s to 1 h/,
    ],
    [
      "a command life above 1 h",
      { ...ROOT, policy: { ...ROOT.policy, commandLifeSMax: 3601 } },
      "policy.command_life",
      /3601 s/,
    ],
    [
      "an emergency of 59 s",
      { ...ROOT, policy: { ...ROOT.policy, emergencySMax: 59 } },
      "policy.emergency",
      /59 s is outside its range; limit 1 min to 2 h/,
    ],
    [
      "an emergency above two hours",
      { ...ROOT, policy: { ...ROOT.policy, emergencySMax: 7201 } },
      "policy.emergency",
      /7201 s/,
    ],
    [
      "a warm restart above 60 s",
      { ...ROOT, policy: { ...ROOT.policy, warmRestartMsMax: 60_001 } },
      "policy.warm_restart",
      /limit 0 ms to 60000 ms/,
    ],
    ["no key", { ...ROOT, keys: [] }, "keys", /there are 0/],
    ["17 keys", { ...ROOT, keys: [...ROOT.keys, ...many] }, "keys", /there are 17/],
    ["a key twice", withKey(AUTHOR), "keys[4]", /same key as keys\[0\]/],
    ["a key without role", withKey(noRole), "keys[4]", /no role/],
    ["a kind without its role", withKey(strayKind), "keys[4]", /stop but lacks the role/],
    [
      "no root threshold",
      { ...ROOT, thresholds: { ...ROOT.thresholds, root: 0 } },
      "thresholds.root",
      /0 or missing/,
    ],
    ["no library threshold", { ...ROOT, thresholds: { root: 2 } }, "thresholds.library", /0 or missing/],
    [
      "a threshold of 17",
      { ...ROOT, thresholds: { ...ROOT.thresholds, order: 17 } },
      "thresholds.order",
      /outside/,
    ],
    [
      "a threshold of 2 for single commands",
      { ...ROOT, thresholds: { ...ROOT.thresholds, order: 2 } },
      "thresholds.order",
      /more than the one signer/,
    ],
    [
      "a key whose role is not in use",
      { ...ROOT, thresholds: { ...ROOT.thresholds, order: 0 } },
      "thresholds.order",
      /a key has the role/,
    ],
    [
      "a threshold nobody reaches",
      { ...ROOT, thresholds: { ...ROOT.thresholds, override: 1 } },
      "thresholds.override",
      /needs 1 distinct holders, found 0/,
    ],
    [
      "one holder with two keys for two",
      { ...ROOT, keys: [AUTHOR, sameHolder, DOCTOR, NURSE] },
      "thresholds.root",
      /needs 2 distinct holders, found 1/,
    ],
    ["two authors and no approver", { ...ROOT, keys: twoAuthors }, "thresholds.library", /needs an approver/],
  ])("with %s", (_name, root, field, problem) => {
    const found = rootProblems(root).find((p) => p.field === field && problem.test(p.problem));
    expect(found, JSON.stringify(rootProblems(root))).toBeDefined();
    expect(found!.next).not.toBe("");
    expect(() => encodeRoot(root)).toThrow(RootError);
  });

  it("but an attacker may still encode it", () => {
    expect(decodeRoot(encodeRootUnchecked({ ...ROOT, expiresS: 1 })).expiresS).toBe(1);
  });
});

describe("the signatures of a root document", () => {
  const trusted = (root: Root, ...signers: Parameters<typeof signRoot>[1]): string | undefined => {
    const envelope = decodeEnvelope(sign(encodeRoot(root), ROOT_AAD, signers).bytes);
    return rootSignatureProblem(root, envelope, ROOT);
  };

  it("reach the threshold by an author and an approver", () => {
    expect(trusted(ROOT, AUTHOR, APPROVER)).toBeUndefined();
  });

  it("do not by one holder, by a key without the role, or by a stranger", () => {
    expect(trusted(ROOT, AUTHOR)).toMatch(/needs 2 distinct holders, found 1/);
    expect(trusted(ROOT, AUTHOR, APPROVER, DOCTOR)).toMatch(/is no root key/);
    expect(trusted(ROOT, AUTHOR, APPROVER, key("stranger", "author", "root"))).toMatch(/is no root key/);
  });

  it("do not where one is altered", () => {
    const { bytes: object } = signRoot(ROOT, [AUTHOR, APPROVER]);
    object[object.length - 1]! ^= 1;
    expect(rootSignatureProblem(ROOT, decodeEnvelope(object), ROOT)).toMatch(/signature of kid .* is wrong/);
  });

  it("of an update are counted by the old and by the new document apart", () => {
    const next: Root = {
      ...ROOT,
      version: 2,
      keys: [key("author 2", "author", "root", "library"), APPROVER, DOCTOR, NURSE],
    };
    const both = decodeEnvelope(
      sign(encodeRoot(next), ROOT_AAD, [next.keys[0] as typeof AUTHOR, APPROVER, AUTHOR]).bytes,
    );
    // AUTHOR is no key of the new document: the new one alone does not know it, both together do.
    expect(rootSignatureProblem(next, both, ROOT)).toBeUndefined();
    const newOnly = decodeEnvelope(
      sign(encodeRoot(next), ROOT_AAD, [next.keys[0] as typeof AUTHOR, APPROVER]).bytes,
    );
    expect(rootSignatureProblem(next, newOnly, ROOT)).toMatch(/found 1/);
    expect(rootSignatureProblem(next, newOnly, next)).toBeUndefined();
  });

  it("are needed before anything leaves", () => {
    expect(() => signRoot(ROOT, [AUTHOR])).toThrow(/needs 2 distinct holders/);
  });
});

describe("reading a root document refuses", () => {
  const good = rootByHand(ROOT);
  it.each([
    ["a missing key", good.replace(/^a9/, "a8").slice(0, -2 * 9)],
    ["an algorithm of its own", good.replace("0032" + "01", "0026" + "01")],
    ["a duty of 3", good.replace("0301", "0303")],
    ["a role beyond the last", good.replace("0403", "041880")],
    ["an unknown policy flag", good.replace(/0201$/, "0205")],
    ["the flag of an emergency without its length", good.replace(/0201$/, "0203")],
    ["the length of an emergency without its flag", good.replace(/a3(.{20})0201$/, "a4$10201" + "031864")],
    ["a policy key too many", good.replace(/a3(.{20})0201$/, "a4$10201" + "0500")],
    ["a kind beyond the last", good.replace("0404" + "0518bc", "0404" + "051a00010000")],
  ])("%s", (_name, payload) => {
    expect(payload).not.toBe(good);
    expect(() => decodeRoot(bytes(payload))).toThrow(EncodingError);
  });
});
