import { beforeEach, describe, expect, it } from "vitest";
import { decodeEnvelope, digestOf, type Signer, sign } from "../../host-sim/authority/cose.js";
import { LIBRARY_AAD } from "../../host-sim/authority/manifest.js";
import { encodeRootUnchecked, type Root, ROOT_AAD } from "../../host-sim/authority/root.js";
import type { TrustBench } from "../support/trust-bench.js";
import {
  DAY,
  installLibrary,
  KEYS,
  library,
  listed,
  LIBRARY_SIGNERS,
  provisioned,
  ROOT_SIGNERS,
  rootDocument,
  signRootAnyway,
  spoilt,
  STATUS,
  statusName,
  T0,
} from "../support/trust-fixture.js";

const HOUR = 3600;
const T1 = T0 + HOUR;
const FLAG_REVOKED = 2;
const ROOT_UPDATED = 3;
const LIBRARY_ACTIVATED = 5;

function second(change: Partial<Root> = {}): Root {
  return rootDocument({ version: 2, issuedS: T1, ...change });
}

/** SPEC 2.4: from root document N to N+1. */
describe("trustUpdate", () => {
  let bench: TrustBench;
  let untouched: string;
  beforeEach(async () => {
    bench = await provisioned();
    untouched = bench.fingerprint();
  });

  function update(change: Partial<Root> = {}, signers: readonly Signer[] = ROOT_SIGNERS): string {
    return statusName(bench.run("trustUpdate", signRootAnyway(second(change), signers)).status);
  }

  function expectRefused(bytes: Uint8Array, status: number, detail?: number): void {
    const outcome = bench.run("trustUpdate", bytes);
    expect(statusName(outcome.status)).toBe(statusName(status));
    if (detail !== undefined) expect(outcome.detail).toBe(detail);
    expect(bench.fingerprint()).toBe(untouched);
  }

  function refuse(
    change: Partial<Root>,
    status: number,
    signers: readonly Signer[] = ROOT_SIGNERS,
    detail?: number,
  ): void {
    expectRefused(signRootAnyway(second(change), signers), status, detail);
  }

  it("moves trust, floor and counter in one record", () => {
    const bytes = signRootAnyway(second());
    const outcome = bench.run("trustUpdate", bytes);
    expect([statusName(outcome.status), outcome.value]).toEqual(["OK", 2n]);
    expect(bench.state()).toEqual({ counter: 2, flags: 0, rootVersion: 2, floorS: T1, active: 0, next: 0 });
    expect(bench.hardwareCounter).toBe(2);
    const digest = digestOf(decodeEnvelope(bytes), ROOT_AAD);
    expect(bench.events.at(-1)).toEqual({
      kind: ROOT_UPDATED,
      details: new Map<number, bigint | Uint8Array>([
        [0, 2n],
        [1, digest],
        [2, 0n],
        [3, 0n],
      ]),
    });
    expect(Buffer.from(bench.parts.get(1)!)).toEqual(Buffer.concat([encodeRootUnchecked(second()), digest]));
  });

  it("goes on step by step: 1, 2, 3", () => {
    expect(update()).toBe("OK");
    expect(update({ version: 3 })).toBe("OK");
    expect(bench.state().rootVersion).toBe(3);
  });

  it.each([0, 1, 3, 4])("refuses version %i after 1", (version) => {
    if (version === 0) refuse({ version }, STATUS.SCHEMA, ROOT_SIGNERS, 2);
    else refuse({ version }, STATUS.ROOT_VERSION, ROOT_SIGNERS, 2);
  });

  it("refuses the document in force once more", () => {
    expectRefused(signRootAnyway(rootDocument()), STATUS.ROOT_VERSION);
  });

  it("has no successor at version 2^32-1: the number does not wrap", async () => {
    bench = await provisioned(rootDocument({ version: 0xffff_ffff }));
    untouched = bench.fingerprint();
    refuse({ version: 0xffff_ffff }, STATUS.ROOT_VERSION);
    refuse({ version: 0 }, STATUS.SCHEMA);
    refuse({ version: 1 }, STATUS.ROOT_VERSION);
  });

  it("refuses another library id and a lower epoch, and takes the same and a higher one", async () => {
    bench = await provisioned(rootDocument({ libraryEpoch: 5 }));
    untouched = bench.fingerprint();
    refuse({ libraryEpoch: 5, libraryId: new Uint8Array(16).fill(0x1e) }, STATUS.LIBRARY_ID, ROOT_SIGNERS, 5);
    refuse({ libraryEpoch: 4 }, STATUS.LIBRARY_ID, ROOT_SIGNERS, 6);
    expect(update({ libraryEpoch: 5 })).toBe("OK");
    expect(update({ libraryEpoch: 6, version: 3 })).toBe("OK");
  });

  describe("time (SPEC 2.5)", () => {
    it("takes a document from an expired one, though never an expired document", () => {
      const late = T0 + 365 * DAY + 1;
      bench.wallTimeS = BigInt(late);
      refuse({}, STATUS.EXPIRED);
      expect(update({ issuedS: late, expiresS: late + DAY })).toBe("OK");
    });

    it.each<[number, string]>([
      [-1, "OK"],
      [0, "EXPIRED"],
      [1, "EXPIRED"],
    ])("judges expiry by known time: %i s past it is %s", (past, name) => {
      bench.wallTimeS = BigInt(second().expiresS + past);
      expect(update()).toBe(name);
    });

    it.each<[number, string]>([
      [-1, "OK"],
      [0, "OK"],
      [1, "FUTURE"],
    ])("with no clock knows the floor: issued at floor + skew + %i s is %s", (beyond, name) => {
      expect(update({ issuedS: T0 + 2 * DAY + beyond })).toBe(name);
      if (name !== "OK") expect(bench.fingerprint()).toBe(untouched);
    });

    it.each<[number, string]>([
      [-1, "OK"],
      [0, "OK"],
      [1, "TIME_STEP"],
    ])("raises the floor by 400 days %i s: %s, whatever the clock says", (beyond, name) => {
      const issuedS = T0 + 400 * DAY + beyond;
      bench.wallTimeS = BigInt(issuedS);
      expect(update({ issuedS, expiresS: issuedS + DAY })).toBe(name);
      if (name !== "OK") expect(bench.fingerprint()).toBe(untouched);
    });

    it("never lowers the floor, and never stores the clock", () => {
      bench.wallTimeS = BigInt(T0 + 100 * DAY);
      expect(update({ issuedS: T0 - 1 })).toBe("OK");
      expect(bench.state().floorS).toBe(T0);
    });

    it("knows at least the floor when the clock is behind it", () => {
      bench.wallTimeS = 0n;
      expect(update({ issuedS: T0 + 2 * DAY })).toBe("OK");
    });

    it("does not trip over a clock of 2^64-1", () => {
      bench.wallTimeS = 0xffff_ffff_ffff_ffffn;
      refuse({}, STATUS.EXPIRED);
    });

    it("uses the skew of the document in force, not the newcomer's own", async () => {
      bench = await provisioned(
        rootDocument({ policy: { maxSkewS: 0, commandLifeSMax: 60, localOverride: false } }),
      );
      expect(update({ issuedS: T0 + 1 })).toBe("FUTURE");
    });
  });

  describe("signatures", () => {
    it.each([0, 1])("refuses one wrong bit in signature %i and leaves everything unchanged", (index) => {
      const sorted = [...ROOT_SIGNERS].sort((a, b) => Buffer.compare(a.kid, b.kid));
      const signers = sorted.map((signer, i) => (i === index ? spoilt(signer, "bit") : signer));
      refuse({}, STATUS.SIGNATURE, signers, index + 1);
    });

    it("refuses one bad signature beyond the threshold: nothing hides among good ones", async () => {
      const keys = [...rootDocument().keys, KEYS.rootSpare];
      bench = await provisioned(rootDocument({ keys }));
      untouched = bench.fingerprint();
      refuse({ keys }, STATUS.SIGNATURE, [...ROOT_SIGNERS, spoilt(KEYS.rootSpare, "bit")]);
      expect(update({ keys }, [...ROOT_SIGNERS, KEYS.rootSpare])).toBe("OK");
    });

    it("refuses an unknown signer, one without the role, one under another algorithm, one for another profile", () => {
      refuse({}, STATUS.KID_UNKNOWN, [...ROOT_SIGNERS, KEYS.stranger]);
      refuse({}, STATUS.ROLE, [...ROOT_SIGNERS, KEYS.order]);
      refuse({}, STATUS.ROLE, [...ROOT_SIGNERS, KEYS.libraryApprover]);
      refuse({}, STATUS.ALGORITHM, [KEYS.rootAuthor, spoilt(KEYS.rootApprover, "algorithm")]);
      refuse({}, STATUS.SIGNATURE, [KEYS.rootAuthor, spoilt(KEYS.rootApprover, "profile")]);
      expectRefused(sign(encodeRootUnchecked(second()), LIBRARY_AAD, ROOT_SIGNERS).bytes, STATUS.SIGNATURE);
    });

    it("refuses without the author, and without the approver", () => {
      refuse({}, STATUS.THRESHOLD, [KEYS.rootApprover]);
      refuse({}, STATUS.THRESHOLD, [KEYS.rootAuthor]);
    });

    it("refuses two approvers, two keys of one holder, and takes them beside who was missing", async () => {
      const keys = [...rootDocument().keys, KEYS.rootSpare, KEYS.rootAuthorTwin];
      bench = await provisioned(rootDocument({ keys }));
      untouched = bench.fingerprint();
      refuse({ keys }, STATUS.DUTY, [KEYS.rootApprover, KEYS.rootSpare]);
      refuse({ keys }, STATUS.THRESHOLD, [KEYS.rootAuthor, KEYS.rootAuthorTwin]);
      expect(update({ keys }, [KEYS.rootAuthor, KEYS.rootAuthorTwin, KEYS.rootSpare])).toBe("OK");
    });

    it("refuses signers that are not ascending by kid", () => {
      const bytes = signRootAnyway(second());
      // Two signatures of equal length end the object: swapped, each is still good.
      const length = 82;
      const body = bytes.subarray(0, bytes.length - 2 * length);
      const first = bytes.subarray(bytes.length - 2 * length, bytes.length - length);
      const last = bytes.subarray(bytes.length - length);
      expectRefused(new Uint8Array(Buffer.concat([body, last, first])), STATUS.ENVELOPE);
      expectRefused(new Uint8Array(Buffer.concat([body, first, first])), STATUS.ENVELOPE);
      expect(bench.run("trustUpdate", new Uint8Array(Buffer.concat([body, first, last]))).status).toBe(
        STATUS.OK,
      );
    });

    it("needs the old threshold when the new document brings new keys", () => {
      const keys = [KEYS.rootSpare, KEYS.stranger, ...rootDocument().keys.slice(2)];
      // Self-consistent, and signed by all its own root keys: but nobody of the old ones agreed.
      refuse({ keys }, STATUS.THRESHOLD, [KEYS.rootSpare, KEYS.stranger]);
      refuse({ keys }, STATUS.THRESHOLD, [KEYS.rootSpare, KEYS.stranger, KEYS.rootAuthor]);
      // All old ones, and not enough of the new ones.
      refuse({ keys }, STATUS.THRESHOLD, [...ROOT_SIGNERS, KEYS.rootSpare]);
      expect(update({ keys }, [...ROOT_SIGNERS, KEYS.rootSpare, KEYS.stranger])).toBe("OK");
      // The old keys are gone with it.
      expect(update({ keys, version: 3 }, [...ROOT_SIGNERS, KEYS.rootSpare, KEYS.stranger])).toBe(
        "KID_UNKNOWN",
      );
      expect(update({ keys, version: 3 }, [KEYS.rootSpare, KEYS.stranger])).toBe("OK");
    });

    it("does not count a key that lost its root role under the new document", () => {
      const demoted = listed(KEYS.rootApprover, { roles: ["library" as const] });
      const keys = [KEYS.rootAuthor, demoted, KEYS.rootSpare, ...rootDocument().keys.slice(2)];
      refuse({ keys }, STATUS.THRESHOLD, ROOT_SIGNERS);
      expect(update({ keys }, [...ROOT_SIGNERS, KEYS.rootSpare])).toBe("OK");
    });

    it("raises and lowers thresholds only with both sides' consent", () => {
      const keys = [...rootDocument().keys, KEYS.rootSpare];
      const three = { keys, thresholds: { root: 3, library: 2, order: 1 } };
      refuse(three, STATUS.THRESHOLD, ROOT_SIGNERS);
      expect(update(three, [...ROOT_SIGNERS, KEYS.rootSpare])).toBe("OK");
      expect(update({ keys, version: 3 }, ROOT_SIGNERS)).toBe("THRESHOLD");
      expect(update({ keys, version: 3 }, [...ROOT_SIGNERS, KEYS.rootSpare])).toBe("OK");
    });

    it("takes a key under another algorithm only where the document that names it says so", () => {
      const eddsa: Signer = { kid: KEYS.rootSpare.kid, algorithm: -8, sign: (m) => KEYS.rootSpare.sign(m) };
      const declared = listed(KEYS.rootSpare, { algorithm: -8 as const });
      const keys = [...rootDocument().keys, declared];
      refuse({ keys }, STATUS.ALGORITHM, [...ROOT_SIGNERS, KEYS.rootSpare]);
      expect(update({ keys }, [...ROOT_SIGNERS, eddsa])).toBe("OK");
    });
  });

  it("refuses what contradicts itself, before it verifies anything", () => {
    const outcome = bench.run("trustUpdate", signRootAnyway(second({ expiresS: T1 })));
    expect([statusName(outcome.status), outcome.detail, outcome.slices]).toEqual(["ROOT_SENSE", 4, 0]);
    expect(bench.fingerprint()).toBe(untouched);
  });

  it.each([
    ["writing the objects", (b: TrustBench) => void (b.objectsStatus = STATUS.FLASH_FAILED)],
    ["the record", (b: TrustBench) => void (b.commitStatus = STATUS.FLASH_FAILED)],
  ])("leaves everything unchanged when %s fails, and works afterwards", (_what, fail) => {
    fail(bench);
    const bytes = signRootAnyway(second());
    const outcome = bench.run("trustUpdate", bytes);
    expect([statusName(outcome.status), outcome.detail]).toEqual(["FLASH_FAILED", 0]);
    expect(bench.fingerprint()).toBe(untouched);
    bench.commitStatus = bench.objectsStatus = STATUS.OK;
    expect(update()).toBe("OK");
  });

  it("is refused while the hardware counter cannot follow, and goes on when it can", () => {
    bench.counterFails = true;
    expect(update()).toBe("COUNTER");
    expect(bench.fingerprint()).toBe(untouched);
    bench.counterFails = false;
    expect(update()).toBe("OK");
  });

  it("says COUNTER when the counter fails behind the record; the next update first makes up for it", () => {
    const steps: number[] = [];
    bench.between = (slice) => void steps.push(slice);
    bench.run("trustUpdate", signRootAnyway(second({ version: 9 }))); // refused: only to see that it takes no slice
    expect(steps).toEqual([]);
    let slices = 0;
    bench.between = () => {
      slices++;
      // From here on; the check before the first slice has passed.
      bench.counterFails = true;
    };
    expect(update()).toBe("COUNTER");
    expect(slices).toBeGreaterThan(10);
    expect([bench.state().rootVersion, bench.state().counter, bench.hardwareCounter]).toEqual([2, 2, 1]);
    bench.between = () => undefined;
    bench.counterFails = false;
    expect(update({ version: 3 })).toBe("OK");
    expect([bench.state().counter, bench.hardwareCounter]).toEqual([3, 3]);
  });

  describe("and the stored libraries", () => {
    beforeEach(() => {
      expect(statusName(installLibrary(bench, library()).status)).toBe("OK");
    });

    it("keeps an active library that the new document still vouches for", () => {
      expect(update()).toBe("OK");
      expect(bench.state()).toMatchObject({ flags: 0, active: 1, next: 0 });
      expect(statusName(bench.call("libraryUsable"))).toBe("OK");
    });

    it.each<[string, Partial<Root>]>([
      [
        "a signer's key is gone",
        { keys: [...rootDocument().keys.filter((key) => key !== KEYS.libraryAuthor), KEYS.librarySpare] },
      ],
      [
        "the threshold rose",
        { keys: [...rootDocument().keys, KEYS.librarySpare], thresholds: { root: 2, library: 3, order: 1 } },
      ],
      ["the epoch rose", { libraryEpoch: 2 }],
      [
        "a signer lost the role",
        {
          keys: [
            ...rootDocument().keys.filter((key) => key !== KEYS.libraryAuthor),
            KEYS.librarySpare,
            listed(KEYS.libraryAuthor, { roles: ["order"] }),
          ],
        },
      ],
    ])("revokes the active library when %s; it stays revoked", (_why, change) => {
      expect(update(change)).toBe("OK");
      expect(bench.state()).toMatchObject({ flags: FLAG_REVOKED, active: 1 });
      expect(bench.events.at(-1)!.details.get(2)).toBe(1n);
      expect(statusName(bench.call("libraryUsable"))).toBe("LIBRARY_REVOKED");
      expect(update({ ...change, version: 3 })).toBe("OK");
      expect(statusName(bench.call("libraryUsable"))).toBe("LIBRARY_REVOKED");
    });

    it("revokes a library whose stored manifest no longer verifies", () => {
      const stored = bench.parts.get(2)!;
      stored[stored.length - 1]! ^= 1;
      expect(update()).toBe("OK");
      expect(statusName(bench.call("libraryUsable"))).toBe("LIBRARY_REVOKED");
    });

    it("drops a waiting library that fails and keeps the active one that holds", () => {
      const keys = [...rootDocument().keys, KEYS.librarySpare];
      expect(update({ keys })).toBe("OK");
      const waiting = library({ version: 2, enableS: T0 + 30 * DAY }, undefined, [
        KEYS.librarySpare,
        KEYS.libraryApprover,
      ]);
      expect(statusName(installLibrary(bench, waiting).status)).toBe("OK");
      expect(bench.state()).toMatchObject({ active: 1, next: 2 });
      expect(update({ version: 3 })).toBe("OK");
      expect(bench.state()).toMatchObject({ flags: 0, active: 1, next: 0 });
      expect([2, 3].map((key) => bench.events.at(-1)!.details.get(key))).toEqual([0n, 1n]);
      expect(statusName(bench.call("activateNext", 2))).toBe("NOTHING");
    });

    it("activates a waiting library that its issue makes due, after the counter", () => {
      const waiting = library({ version: 2, enableS: T0 + DAY });
      expect(statusName(installLibrary(bench, waiting).status)).toBe("OK");
      const counter = bench.state().counter;
      expect(update({ issuedS: T0 + DAY - 1 })).toBe("OK");
      expect(bench.state()).toMatchObject({ active: 1, next: 2, counter: counter + 1 });
      expect(update({ version: 3, issuedS: T0 + DAY })).toBe("OK");
      expect(bench.state()).toMatchObject({ active: 2, next: 0, counter: counter + 3 });
      expect(bench.hardwareCounter).toBe(counter + 3);
      expect(bench.events.slice(-2).map((event) => event.kind)).toEqual([ROOT_UPDATED, LIBRARY_ACTIVATED]);
      expect(bench.events.at(-1)!.details.get(4)).toBe(1n);
      expect(bench.call("activeVersion")).toBe(2);
    });

    it("replaces a revoked library by the waiting one that holds", () => {
      const both = [...rootDocument().keys, KEYS.librarySpare];
      expect(update({ keys: both })).toBe("OK");
      const waiting = library({ version: 2, enableS: T0 + 30 * DAY }, undefined, [
        KEYS.librarySpare,
        KEYS.libraryApprover,
      ]);
      expect(statusName(installLibrary(bench, waiting).status)).toBe("OK");
      const without = both.filter((key) => key !== KEYS.libraryAuthor);
      expect(update({ keys: without, version: 3 })).toBe("OK");
      expect(bench.state()).toMatchObject({ flags: FLAG_REVOKED, active: 1, next: 2 });
      expect(statusName(bench.call("activateNext", 2))).toBe("OK");
      expect(bench.state()).toMatchObject({ flags: 0, active: 2, next: 0 });
      expect(statusName(bench.call("libraryUsable"))).toBe("OK");
    });

    it("judges slots, whichever of them a local action makes active between two slices", () => {
      const keys = [...rootDocument().keys, KEYS.librarySpare];
      expect(update({ keys })).toBe("OK");
      const waiting = library({ version: 2, enableS: T0 + 30 * DAY }, undefined, [
        KEYS.librarySpare,
        KEYS.libraryApprover,
      ]);
      expect(statusName(installLibrary(bench, waiting).status)).toBe("OK");
      // The new document does not know the spare key: library 2 fails, library 1 holds.
      let last = 0;
      const probe = signRootAnyway(second({ version: 3 }));
      bench.commitStatus = STATUS.FLASH_FAILED;
      bench.between = (slice) => void (last = slice);
      bench.run("trustUpdate", probe);
      bench.commitStatus = STATUS.OK;
      bench.between = (slice) => {
        if (slice === last) expect(statusName(bench.call("activateNext", 2))).toBe("OK");
      };
      expect(statusName(bench.run("trustUpdate", probe).status)).toBe("OK");
      expect(bench.state()).toMatchObject({ flags: FLAG_REVOKED, active: 2, next: 0, rootVersion: 3 });
      expect(bench.hardwareCounter).toBe(bench.state().counter);
    });

    it("drops an install under way, once the document is genuine and not before", () => {
      const lib = library({ version: 2 });
      expect(bench.run("libraryBegin", lib.bytes).status).toBe(STATUS.OK);
      untouched = bench.fingerprint();
      refuse({}, STATUS.SIGNATURE, [KEYS.rootAuthor, spoilt(KEYS.rootApprover, "bit")]);
      expect(bench.run("libraryEntry", lib.entries[0]).status).toBe(STATUS.OK);
      expect(update()).toBe("OK");
      expect(bench.run("libraryEntry", lib.entries[1]).status).toBe(STATUS.INSTALL_NONE);
      expect(statusName(installLibrary(bench, lib).status)).toBe("OK");
    });
  });

  it("keeps every slice small: no call verifies more than one step", () => {
    const keys = Array.from({ length: 11 }, (_, i) =>
      listed(KEYS.order, { publicKey: new Uint8Array(32).fill(i + 1) }),
    );
    const outcome = bench.run(
      "trustUpdate",
      signRootAnyway(second({ keys: [...rootDocument().keys, ...keys] })),
    );
    expect(statusName(outcome.status)).toBe("OK");
    // Two signatures of 25 steps at least, and the payload in pieces of 512 bytes, twice.
    expect(outcome.slices).toBeGreaterThan(2 * 25);
  });

  it("signs libraries by nobody who only signed roots", () => {
    const lib = library({}, undefined, LIBRARY_SIGNERS);
    expect(statusName(installLibrary(bench, lib).status)).toBe("OK");
    expect(
      statusName(bench.run("libraryBegin", library({ version: 2 }, undefined, ROOT_SIGNERS).bytes).status),
    ).toBe("ROLE");
  });
});
