import { beforeEach, describe, expect, it } from "vitest";
import { decodeEnvelope, digestOf, sign } from "../../host-sim/authority/cose.js";
import { encodeCbor } from "../../host-sim/authority/encoding.js";
import { LIBRARY_AAD } from "../../host-sim/authority/manifest.js";
import { encodeRootUnchecked, type Root, ROOT_AAD } from "../../host-sim/authority/root.js";
import { TrustBench } from "../support/trust-bench.js";
import {
  DAY,
  KEYS,
  listed,
  provisioningBlock,
  ROOT_SIGNERS,
  rootDocument,
  signRootAnyway,
  spoilt,
  STATUS,
  statusName,
  T0,
} from "../support/trust-fixture.js";

/** SPEC 2.3: one block makes an empty device one hospital's. */
describe("provision", () => {
  let bench: TrustBench;
  let untouched: string;
  beforeEach(async () => {
    bench = await TrustBench.create();
    untouched = bench.fingerprint();
  });

  function expectRefused(block: Uint8Array, status: number, detail?: number): void {
    const outcome = bench.run("provision", block);
    expect(statusName(outcome.status)).toBe(statusName(status));
    if (detail !== undefined) expect(outcome.detail).toBe(detail);
    expect(bench.fingerprint()).toBe(untouched);
  }

  /** Refused for what the root document says. */
  function expectRoot(change: Partial<Root>, status: number, detail?: number): void {
    expectRefused(provisioningBlock(signRootAnyway(rootDocument(change))), status, detail);
  }

  it("keeps device and root, sets floor and counter, and logs the digest", () => {
    const root = signRootAnyway(rootDocument({ version: 5 }));
    const outcome = bench.run("provision", provisioningBlock(root));
    expect(statusName(outcome.status)).toBe("OK");
    expect(outcome.value).toBe(5n);
    expect(bench.state()).toEqual({ counter: 1, flags: 0, rootVersion: 5, floorS: T0, active: 0, next: 0 });
    expect(bench.hardwareCounter).toBe(1);
    expect(bench.call("pumpClass")).toBe(1);
    expect([7, 9, 8, 0].map((set) => bench.call("calibration", set))).toEqual([1000, 2500, 0, 0]);

    const digest = digestOf(decodeEnvelope(root), ROOT_AAD);
    expect(bench.events).toEqual([
      {
        kind: 1,
        details: new Map<number, bigint | Uint8Array>([
          [0, new Uint8Array(16).fill(0xd1)],
          [1, 5n],
          [2, digest],
          [3, 1n],
        ]),
      },
    ]);
    // Flash keeps the payload with its digest, so that the signatures need no place in it.
    const payload = encodeRootUnchecked(rootDocument({ version: 5 }));
    expect(bench.parts.get(1)).toEqual(new Uint8Array(Buffer.concat([payload, digest])));
  });

  it("keeps no trace of the log key, in flash or in RAM", () => {
    bench.run("provision", provisioningBlock(signRootAnyway(rootDocument())));
    const logKey = Buffer.alloc(32, 0x10);
    expect(Buffer.from(bench.read(0, 65536)).includes(logKey)).toBe(false);
    expect([...bench.parts.values()].some((part) => Buffer.from(part).includes(logKey))).toBe(false);
    // The search does find what is kept.
    expect(Buffer.from(bench.read(0, 65536)).includes(Buffer.alloc(32, 0x5e))).toBe(true);
  });

  it("is read back at boot as it was accepted", () => {
    bench.run("provision", provisioningBlock(signRootAnyway(rootDocument())));
    const trusted = Buffer.from(bench.region("trust"));
    bench.write(bench.call("region", 2), new Uint8Array(trusted.length));
    expect(bench.call("trustLoad")).toBe(STATUS.OK);
    // The facility's name is not kept: its address is all that differs.
    const again = Buffer.from(bench.region("trust"));
    const facilityAt = 44;
    trusted.fill(0, facilityAt, facilityAt + 8);
    again.fill(0, facilityAt, facilityAt + 8);
    expect(again.equals(trusted)).toBe(true);
  });

  it.each([1, 100, 1063])("refuses to load a stored root cut to %i bytes", (bytes) => {
    bench.run("provision", provisioningBlock(signRootAnyway(rootDocument())));
    bench.parts.set(1, bench.parts.get(1)!.subarray(0, Math.min(bytes, bench.parts.get(1)!.length - 1)));
    expect(bench.call("trustLoad")).toBe(STATUS.STORE_CORRUPT);
  });

  it("takes an expired root document: it still authorises its successor", () => {
    bench.wallTimeS = BigInt(T0 + 4000 * DAY);
    expect(bench.run("provision", provisioningBlock(signRootAnyway(rootDocument()))).status).toBe(STATUS.OK);
  });

  it("is refused in a device that has a root already, and changes nothing", () => {
    const block = provisioningBlock(signRootAnyway(rootDocument()));
    expect(bench.run("provision", block).status).toBe(STATUS.OK);
    untouched = bench.fingerprint();
    expectRefused(block, STATUS.ALREADY_PROVISIONED);
  });

  it("is refused as TAMPERED in a blank device whose counter has moved by one", () => {
    bench.hardwareCounter = 1;
    untouched = bench.fingerprint();
    expectRefused(provisioningBlock(signRootAnyway(rootDocument())), STATUS.TAMPERED);
  });

  it("is refused when the counter cannot be read", () => {
    bench.counterFails = true;
    expectRefused(provisioningBlock(signRootAnyway(rootDocument())), STATUS.COUNTER);
  });

  it.each([
    ["no bytes", new Uint8Array(), STATUS.BAD_LENGTH],
    ["one byte more than the buffer", new Uint8Array(8193), STATUS.BAD_LENGTH],
    ["noise", new Uint8Array(8192).fill(0xff), STATUS.CBOR],
    [
      "a byte behind the block",
      Buffer.concat([provisioningBlock(new Uint8Array(9)), Buffer.of(0)]),
      STATUS.CBOR,
    ],
    ["an envelope instead of a root document in it", provisioningBlock(new Uint8Array(100)), STATUS.ENVELOPE],
  ])("refuses %s", (_name, block, status) => expectRefused(new Uint8Array(block), status));

  const root = signRootAnyway(rootDocument());
  it.each([
    ["device id of 15 bytes", { 0: new Uint8Array(15) }, 1],
    ["device id of 17 bytes", { 0: new Uint8Array(17) }, 1],
    ["secret of 31 bytes", { 1: new Uint8Array(31) }, 2],
    ["log key of 33 bytes", { 2: new Uint8Array(33) }, 3],
    ["pump class 0", { 3: 0 }, 4],
    ["pump class 4", { 3: 4 }, 4],
    ["no calibration", { 4: [] }, 5],
    ["five calibrations", { 4: [1, 2, 3, 4, 5].map((set) => [set, 1]) }, 5],
    [
      "equal set ids",
      {
        4: [
          [7, 1],
          [7, 2],
        ],
      },
      5,
    ],
    [
      "falling set ids",
      {
        4: [
          [8, 1],
          [7, 2],
        ],
      },
      5,
    ],
    ["set id 0", { 4: [[0, 1]] }, 0x050101],
    ["0 pL per step", { 4: [[1, 0]] }, 0x050102],
    ["10^9 + 1 pL per step", { 4: [[1, 1_000_000_001]] }, 0x050102],
    ["three numbers in a calibration", { 4: [[1, 2, 3]] }, undefined],
    ["no root", { 5: undefined }, 6],
    ["a key too many", { 6: 0 }, 7],
  ])("refuses a block with %s", (_name, change, detail) => {
    expectRefused(provisioningBlock(root, change), STATUS.SCHEMA, detail);
  });

  it.each([
    ["four calibrations", { 4: [1, 2, 3, 4].map((set) => [set, 1_000_000_000]) }],
    ["pump class 3", { 3: 3 }],
  ])("accepts a block with %s", (_name, change) => {
    expect(statusName(bench.run("provision", provisioningBlock(root, change)).status)).toBe("OK");
  });

  describe("judges the root document against itself", () => {
    it.each<[string, Partial<Root>, number, number | undefined]>([
      ["version 0", { version: 0 }, STATUS.SCHEMA, 2],
      ["expiry at its issue", { expiresS: T0 }, STATUS.ROOT_SENSE, 4],
      ["expiry before its issue", { expiresS: T0 - 1 }, STATUS.ROOT_SENSE, 4],
      ["no facility", { facility: "" }, STATUS.SCHEMA, 1],
      ["a facility of 33 bytes", { facility: "x".repeat(33) }, STATUS.SCHEMA, 1],
      ["a library id of 15 bytes", { libraryId: new Uint8Array(15) }, STATUS.SCHEMA, 5],
      ["no keys", { keys: [] }, STATUS.SCHEMA, 7],
      ["a threshold of root 0", { thresholds: { root: 0, library: 2, order: 1 } }, STATUS.ROOT_SENSE, 8],
      ["a threshold of library 0", { thresholds: { root: 2, library: 0, order: 1 } }, STATUS.ROOT_SENSE, 8],
      [
        "a root threshold beyond its holders",
        { thresholds: { root: 3, library: 2, order: 1 } },
        STATUS.ROOT_SENSE,
        8,
      ],
      ["an order threshold of 2", { thresholds: { root: 2, library: 2, order: 2 } }, STATUS.ROOT_SENSE, 8],
      [
        "a used role without keys",
        { thresholds: { root: 2, library: 2, order: 1, override: 1 } },
        STATUS.ROOT_SENSE,
        8,
      ],
      ["a key with an unused role", { thresholds: { root: 2, library: 2 } }, STATUS.ROOT_SENSE, 8],
      [
        "a skew of 30 days and 1 s",
        { policy: { maxSkewS: 30 * DAY + 1, commandLifeSMax: 1, localOverride: false } },
        STATUS.SCHEMA,
        0x0901,
      ],
      [
        "a command life of 0",
        { policy: { maxSkewS: 0, commandLifeSMax: 0, localOverride: false } },
        STATUS.SCHEMA,
        0x0902,
      ],
      [
        "a command life of 3,601 s",
        { policy: { maxSkewS: 0, commandLifeSMax: 3601, localOverride: false } },
        STATUS.SCHEMA,
        0x0902,
      ],
    ])("refuses %s", (_name, change, status, detail) => expectRoot(change, status, detail));

    it.each<[string, Partial<Root>]>([
      ["an expiry one second after its issue", { expiresS: T0 + 1 }],
      ["a facility of 32 bytes", { facility: "x".repeat(32) }],
      [
        "a skew of 30 days and a command life of 3,600 s",
        { policy: { maxSkewS: 30 * DAY, commandLifeSMax: 3600, localOverride: false } },
      ],
      ["version 2^32-1", { version: 0xffff_ffff }],
    ])("accepts %s", (_name, change) => {
      const outcome = bench.run("provision", provisioningBlock(signRootAnyway(rootDocument(change))));
      expect(statusName(outcome.status)).toBe("OK");
    });

    it("refuses a key listed twice, though it has two holders", () => {
      // The gap of tuf-conformance test_duplicate_keys: one key that counts as two.
      const twice = listed(KEYS.rootAuthor, { holder: new Uint8Array(8).fill(9) });
      expectRoot({ keys: [...rootDocument().keys, twice] }, STATUS.ROOT_SENSE, 7);
    });

    it("refuses a threshold of two that one holder with two keys would reach", () => {
      const keys = [KEYS.rootAuthor, KEYS.rootAuthorTwin, ...rootDocument().keys.slice(2)];
      expectRefused(
        provisioningBlock(signRootAnyway(rootDocument({ keys }), [KEYS.rootAuthor, KEYS.rootAuthorTwin])),
        STATUS.ROOT_SENSE,
        8,
      );
    });

    it("refuses two holders who are both approvers", () => {
      const keys = [KEYS.rootSpare, KEYS.rootApprover, ...rootDocument().keys.slice(2)];
      expectRefused(
        provisioningBlock(signRootAnyway(rootDocument({ keys }), [KEYS.rootSpare, KEYS.rootApprover])),
        STATUS.ROOT_SENSE,
        8,
      );
    });

    it("asks no duty of a threshold of one", () => {
      const keys = [KEYS.rootApprover, ...rootDocument().keys.slice(2)];
      const one = rootDocument({ keys, thresholds: { root: 1, library: 2, order: 1 } });
      expect(bench.run("provision", provisioningBlock(signRootAnyway(one, [KEYS.rootApprover]))).status).toBe(
        0,
      );
    });

    it("accepts 16 keys and refuses 17", () => {
      const more = (count: number): Root["keys"] =>
        Array.from({ length: count }, (_, i) =>
          listed(KEYS.order, { publicKey: new Uint8Array(32).fill(i + 1) }),
        );
      expectRoot({ keys: [...rootDocument().keys, ...more(12)] }, STATUS.SCHEMA, 7);
      const sixteen = rootDocument({ keys: [...rootDocument().keys, ...more(11)] });
      expect(bench.run("provision", provisioningBlock(signRootAnyway(sixteen))).status).toBe(STATUS.OK);
    });

    it("refuses what no author's tool would write: another algorithm, no role, kinds without a role for them", () => {
      const payload = (change: Record<number, number>): Uint8Array => {
        const keys = rootDocument().keys.map((key, i) => ({
          0: key.algorithm,
          1: key.publicKey,
          2: key.holder,
          3: key.duty === "author" ? 1 : 2,
          4: [1, 1, 2, 2, 4][i]!,
          5: i === 4 ? 0x1c : 0,
          ...(i === 0 ? change : {}),
        }));
        const fields = {
          0: "Test Hospital",
          1: 1,
          2: T0,
          3: T0 + DAY,
          4: new Uint8Array(16),
          5: 1,
          6: keys,
          7: [2, 2, 1, 0, 0, 0, 0],
          8: { 0: 0, 1: 60, 2: 0 },
        };
        return provisioningBlock(sign(encodeCbor(fields), ROOT_AAD, ROOT_SIGNERS).bytes);
      };
      expectRefused(payload({ 0: -7 }), STATUS.ALGORITHM, 7);
      expectRefused(payload({ 0: 19 }), STATUS.ALGORITHM, 7);
      expectRefused(payload({ 0: -46 }), STATUS.SCHEMA);
      expectRefused(payload({ 3: 0 }), STATUS.SCHEMA);
      expectRefused(payload({ 3: 3 }), STATUS.SCHEMA);
      expectRefused(payload({ 4: 0 }), STATUS.SCHEMA);
      expectRefused(payload({ 4: 128 }), STATUS.SCHEMA);
      expectRefused(payload({ 5: 4 }), STATUS.ROOT_SENSE, 7);
      expect(bench.run("provision", payload({})).status).toBe(STATUS.OK);
    });
  });

  describe("verifies the root's own signatures", () => {
    it.each([0, 1])("refuses one wrong bit in signature %i", (index) => {
      const kids = [...ROOT_SIGNERS].sort((a, b) => Buffer.compare(a.kid, b.kid));
      const signers = kids.map((signer, i) => (i === index ? spoilt(signer, "bit") : signer));
      expectRefused(provisioningBlock(signRootAnyway(rootDocument(), signers)), STATUS.SIGNATURE, index + 1);
    });

    it("refuses one altered bit of the payload that still makes sense", () => {
      const altered = Buffer.from(signRootAnyway(rootDocument()));
      altered[altered.indexOf("Test Hospital")]! ^= 0x20;
      expectRefused(provisioningBlock(new Uint8Array(altered)), STATUS.SIGNATURE, 1);
    });

    it("refuses a document signed as a library", () => {
      const bytes = sign(encodeRootUnchecked(rootDocument()), LIBRARY_AAD, ROOT_SIGNERS).bytes;
      expectRefused(provisioningBlock(bytes), STATUS.SIGNATURE);
    });

    it("refuses a document signed for another purpose by one of two", () => {
      const signers = [KEYS.rootAuthor, spoilt(KEYS.rootApprover, "profile")];
      expectRefused(provisioningBlock(signRootAnyway(rootDocument(), signers)), STATUS.SIGNATURE);
    });

    it("refuses one signer of two, an unlisted signer, a signer without the role, another label", () => {
      const by = (signers: Parameters<typeof signRootAnyway>[1]): Uint8Array =>
        provisioningBlock(signRootAnyway(rootDocument(), signers));
      expectRefused(by([KEYS.rootAuthor]), STATUS.THRESHOLD);
      expectRefused(by([...ROOT_SIGNERS, KEYS.stranger]), STATUS.KID_UNKNOWN);
      expectRefused(by([...ROOT_SIGNERS, KEYS.libraryAuthor]), STATUS.ROLE);
      expectRefused(by([KEYS.rootAuthor, spoilt(KEYS.rootApprover, "algorithm")]), STATUS.ALGORITHM);
    });
  });

  it.each([
    ["formatting", (b: TrustBench) => void (b.formatStatus = STATUS.FLASH_FAILED)],
    ["writing the objects", (b: TrustBench) => void (b.objectsStatus = STATUS.FLASH_FAILED)],
    ["the record", (b: TrustBench) => void (b.commitStatus = STATUS.FLASH_FAILED)],
  ])("leaves the device empty when %s fails", (_what, fail) => {
    fail(bench);
    const outcome = bench.run("provision", provisioningBlock(root));
    expect(statusName(outcome.status)).toBe("FLASH_FAILED");
    expect(bench.call("stateRootVersion")).toBe(0);
    expect(bench.hardwareCounter).toBe(0);
    expect(bench.events).toEqual([]);
  });
});
