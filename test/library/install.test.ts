import { beforeEach, describe, expect, it } from "vitest";
import { decodeEnvelope, digestOf, type Signer } from "../../host-sim/authority/cose.js";
import { encodeCbor } from "../../host-sim/authority/encoding.js";
import { LIBRARY_AAD, type Manifest } from "../../host-sim/authority/manifest.js";
import type { Outcome, TrustBench } from "../support/trust-bench.js";
import {
  DAY,
  drugEntry,
  ENTRIES,
  installLibrary,
  KEYS,
  library,
  LIBRARY_SIGNERS,
  PROFILE_1,
  provisioned,
  rootDocument,
  spoilt,
  STATUS,
  statusName,
  T0,
} from "../support/trust-fixture.js";

const STAGED = 4;
const ACTIVATED = 5;

/** SPEC 3.1, 3.4 */
describe("a library install", () => {
  let bench: TrustBench;
  let untouched: string;
  beforeEach(async () => {
    bench = await provisioned();
    untouched = bench.fingerprint();
  });

  function begin(change: Partial<Manifest> = {}, signers: readonly Signer[] = LIBRARY_SIGNERS): Outcome {
    return bench.run("libraryBegin", library(change, ENTRIES, signers).bytes);
  }

  function refuse(
    change: Partial<Manifest>,
    status: number,
    signers: readonly Signer[] = LIBRARY_SIGNERS,
  ): void {
    expect(statusName(begin(change, signers).status)).toBe(statusName(status));
    expect(bench.fingerprint()).toBe(untouched);
  }

  function install(change: Partial<Manifest> = {}, entries = ENTRIES): string {
    return statusName(installLibrary(bench, library(change, entries)).status);
  }

  describe("begins with a manifest that", () => {
    it("is signed by author and approver", () => {
      const outcome = begin();
      expect([statusName(outcome.status), outcome.value]).toEqual(["OK", 1n]);
      expect(bench.call("installOpen")).toBe(1);
      // Nothing of it is accepted before its commit.
      expect(bench.state()).toMatchObject({ floorS: T0, active: 0, next: 0, counter: 1 });
    });

    it.each<[string, readonly Signer[], number]>([
      ["by the author alone", [KEYS.libraryAuthor], STATUS.THRESHOLD],
      ["by the approver alone", [KEYS.libraryApprover], STATUS.THRESHOLD],
      ["by a stranger too", [...LIBRARY_SIGNERS, KEYS.stranger], STATUS.KID_UNKNOWN],
      ["by root keys", [KEYS.rootAuthor, KEYS.rootApprover], STATUS.ROLE],
      ["by a prescriber too", [...LIBRARY_SIGNERS, KEYS.order], STATUS.ROLE],
      ["with one wrong bit", [KEYS.libraryAuthor, spoilt(KEYS.libraryApprover, "bit")], STATUS.SIGNATURE],
      [
        "under another algorithm",
        [KEYS.libraryAuthor, spoilt(KEYS.libraryApprover, "algorithm")],
        STATUS.ALGORITHM,
      ],
    ])("is not signed %s", (_how, signers, status) => refuse({}, status, signers));

    it("is not signed by two authors", async () => {
      bench = await provisioned(rootDocument({ keys: [...rootDocument().keys, KEYS.librarySpare] }));
      untouched = bench.fingerprint();
      refuse({}, STATUS.DUTY, [KEYS.libraryAuthor, KEYS.librarySpare]);
      expect(begin({}, [KEYS.libraryAuthor, KEYS.librarySpare, KEYS.libraryApprover]).status).toBe(STATUS.OK);
    });

    it.each<[string, Partial<Manifest>, number]>([
      ["another library's", { libraryId: new Uint8Array(16) }, STATUS.LIBRARY_ID],
      ["of a lower epoch", { epoch: 0 }, STATUS.LIBRARY_ID],
      ["of a higher epoch", { epoch: 2 }, STATUS.LIBRARY_ID],
      ["of version 0", { version: 0 }, STATUS.SCHEMA],
      ["for a newer root", { rootVersionMin: 2 }, STATUS.LIBRARY_NEEDS_ROOT],
      ["for a newer minor ABI", { abiMin: (1 << 16) + 1 }, STATUS.LIBRARY_NEEDS_ABI],
      ["for a newer major ABI", { abiMin: 2 << 16 }, STATUS.LIBRARY_NEEDS_ABI],
      ["of no entries", { entryCount: 0 }, STATUS.SCHEMA],
      ["of 65,537 entries", { entryCount: 65_537 }, STATUS.SCHEMA],
      ["with 30 days and 1 s of grace", { graceS: 30 * DAY + 1 }, STATUS.SCHEMA],
      ["expired at its issue", { expiresS: T0 }, STATUS.EXPIRED],
      ["enabled at its expiry", { enableS: T0 + 365 * DAY }, STATUS.EXPIRED],
      ["issued 1 s beyond the skew", { issuedS: T0 + 2 * DAY + 1 }, STATUS.FUTURE],
    ])("is not %s", (_what, change, status) => refuse(change, status));

    it.each<[string, Partial<Manifest>]>([
      ["for an older root and ABI", { rootVersionMin: 0, abiMin: 0 }],
      ["of 65,536 entries", { entryCount: 65_536 }],
      ["expiring 1 s after its issue", { expiresS: T0 + 1 }],
      ["issued at the skew", { issuedS: T0 + 2 * DAY }],
      ["issued before the floor", { issuedS: T0 - DAY }],
      ["enabled 1 s before its expiry", { enableS: T0 + 365 * DAY - 1 }],
    ])("may be %s", (_what, change) => expect(statusName(begin(change).status)).toBe("OK"));

    it("does not raise the floor by more than 400 days", () => {
      bench.wallTimeS = BigInt(T0 + 401 * DAY);
      const at = T0 + 400 * DAY;
      refuse({ issuedS: at + 1, expiresS: at + 30 * DAY }, STATUS.TIME_STEP);
      expect(statusName(begin({ issuedS: at, expiresS: at + 30 * DAY }).status)).toBe("OK");
    });

    it("has not expired by the host's clock", () => {
      bench.wallTimeS = BigInt(T0 + 365 * DAY);
      refuse({}, STATUS.EXPIRED);
      bench.wallTimeS--;
      expect(statusName(begin().status)).toBe("OK");
    });

    it.each<[string, Uint8Array, number]>([
      ["nothing", new Uint8Array(), STATUS.BAD_LENGTH],
      ["1,537 bytes", new Uint8Array(1537), STATUS.BAD_LENGTH],
      ["noise", new Uint8Array(1536).fill(0xff), STATUS.ENVELOPE],
    ])("is not %s", (_what, bytes, status) => {
      expect(statusName(bench.run("libraryBegin", bytes).status)).toBe(statusName(status));
      expect(bench.fingerprint()).toBe(untouched);
    });

    it("may have sixteen signers", async () => {
      // The largest manifest there is still fits its region.
      const { simulatedKey } = await import("../../host-sim/authority/keys.js");
      const signers = Array.from({ length: 14 }, (_, i) =>
        simulatedKey("sixteen", {
          name: `s${i}`,
          holder: `s${i}`,
          duty: i === 0 ? "author" : "approver",
          roles: ["library"],
        }),
      );
      const keys = [KEYS.rootAuthor, KEYS.rootApprover, ...signers];
      bench = await provisioned(rootDocument({ keys, thresholds: { root: 2, library: 14 } }));
      const far = { issuedS: T0, enableS: 2 ** 53 - 2, expiresS: 2 ** 53 - 1, version: 0xffff_ffff };
      const lib = library(far, ENTRIES, signers);
      expect(lib.bytes.length).toBeGreaterThan(1200);
      expect(lib.bytes.length + 2 * 82).toBeLessThanOrEqual(1536);
      expect(statusName(bench.run("libraryBegin", lib.bytes).status)).toBe("OK");
    });
  });

  describe("ends with a commit that", () => {
    it("makes the library active in one record: state, floor, counter, event", () => {
      const lib = library({ issuedS: T0 + 60 });
      expect(statusName(installLibrary(bench, lib).status)).toBe("OK");
      expect(bench.state()).toEqual({
        counter: 2,
        flags: 0,
        rootVersion: 1,
        floorS: T0 + 60,
        active: 1,
        next: 0,
      });
      expect(bench.hardwareCounter).toBe(2);
      expect(bench.parts.get(2)).toEqual(lib.bytes);
      expect(bench.events.at(-1)).toEqual({
        kind: ACTIVATED,
        details: new Map<number, bigint | Uint8Array>([
          [0, 1n],
          [1, 1n],
          [2, lib.manifest.merkleRoot],
          [3, digestOf(decodeEnvelope(lib.bytes), LIBRARY_AAD)],
          [4, 0n],
        ]),
      });
      expect(bench.call("installOpen")).toBe(0);
    });

    it.each<[number, string]>([
      [-1, "active"],
      [0, "active"],
      [1, "waiting"],
    ])("with an enable date %i s from its issue leaves it %s", (after, where) => {
      expect(install({ issuedS: T0 + 60, enableS: T0 + 60 + after })).toBe("OK");
      expect(bench.state()).toMatchObject(
        where === "active" ? { active: 1, next: 0 } : { active: 0, next: 1 },
      );
      expect(bench.events.at(-1)!.kind).toBe(where === "active" ? ACTIVATED : STAGED);
      // Only an activation moves the counter (SPEC 2.6).
      expect(bench.hardwareCounter).toBe(where === "active" ? 2 : 1);
      if (where === "waiting") expect(bench.events.at(-1)!.details.get(4)).toBe(BigInt(T0 + 61));
    });

    it("alternates the slots, and replaces an earlier waiting library", () => {
      expect(install()).toBe("OK");
      expect(install({ version: 2 })).toBe("OK");
      expect(bench.state()).toMatchObject({ active: 2, next: 0 });
      expect(install({ version: 3, enableS: T0 + DAY })).toBe("OK");
      expect(bench.state()).toMatchObject({ active: 2, next: 1 });
      expect(install({ version: 4, enableS: T0 + 2 * DAY })).toBe("OK");
      expect(bench.state()).toMatchObject({ active: 2, next: 1 });
      expect([bench.call("activeVersion"), bench.call("waitingVersion")]).toEqual([2, 4]);
      expect(install({ version: 5 })).toBe("OK");
      expect(bench.state()).toMatchObject({ active: 1, next: 0 });
      expect(bench.call("activeVersion")).toBe(5);
    });

    it("refuses one entry fewer and one more than the manifest says", () => {
      expect(begin().status).toBe(STATUS.OK);
      for (const entry of ENTRIES.slice(0, 2)) {
        expect(bench.run("libraryEntry", entry).status).toBe(STATUS.OK);
      }
      expect(statusName(bench.run("libraryCommit").status)).toBe("ENTRY_COUNT");
      expect(bench.run("libraryEntry", ENTRIES[2]).status).toBe(STATUS.OK);
      const fourth = encodeCbor(drugEntry({ 1: 102 }));
      expect(statusName(bench.run("libraryEntry", fourth).status)).toBe("ENTRY_COUNT");
      expect(statusName(bench.run("libraryCommit").status)).toBe("OK");
    });

    it("refuses another root, and ends the install", () => {
      const other = [...ENTRIES.slice(0, 2), encodeCbor(drugEntry({ 1: 101, 3: "DoBUTamine" }))];
      const lib = { ...library(), entries: other };
      expect(statusName(installLibrary(bench, lib).status)).toBe("LIBRARY_ROOT");
      expect(bench.fingerprint().split("|").at(-1)).toBe("0");
      expect(bench.state()).toMatchObject({ active: 0, next: 0, counter: 1 });
      expect(statusName(bench.run("libraryCommit").status)).toBe("INSTALL_NONE");
    });

    it.each([
      ["writing the objects", (b: TrustBench, s: number) => void (b.objectsStatus = s)],
      ["the record", (b: TrustBench, s: number) => void (b.commitStatus = s)],
    ])("leaves everything as it was when %s fails, and may be tried again", (_what, set) => {
      expect(begin().status).toBe(STATUS.OK);
      for (const entry of ENTRIES) expect(bench.run("libraryEntry", entry).status).toBe(STATUS.OK);
      const before = bench.fingerprint();
      set(bench, STATUS.FLASH_FAILED);
      expect(statusName(bench.run("libraryCommit").status)).toBe("FLASH_FAILED");
      expect(bench.fingerprint()).toBe(before);
      set(bench, STATUS.OK);
      expect(statusName(bench.run("libraryCommit").status)).toBe("OK");
      expect(bench.state().active).toBe(1);
    });

    it("is refused while the counter cannot follow", () => {
      expect(begin().status).toBe(STATUS.OK);
      for (const entry of ENTRIES) bench.run("libraryEntry", entry);
      bench.counterFails = true;
      expect(statusName(bench.run("libraryCommit").status)).toBe("COUNTER");
      bench.counterFails = false;
      expect(statusName(bench.run("libraryCommit").status)).toBe("OK");
    });

    it("judges the manifest once more: it may have expired since the begin", () => {
      expect(begin().status).toBe(STATUS.OK);
      for (const entry of ENTRIES) bench.run("libraryEntry", entry);
      bench.wallTimeS = BigInt(T0 + 365 * DAY);
      expect(statusName(bench.run("libraryCommit").status)).toBe("EXPIRED");
      expect(bench.state().active).toBe(0);
    });

    it("survives a local activation between two of its slices", () => {
      expect(install()).toBe("OK");
      expect(install({ version: 2, enableS: T0 + DAY })).toBe("OK");
      const lib = library({ version: 3, enableS: T0 + 2 * DAY });
      expect(bench.run("libraryBegin", lib.bytes).status).toBe(STATUS.OK);
      for (const entry of ENTRIES) bench.run("libraryEntry", entry);
      bench.between = (slice) => {
        if (slice === 3) expect(statusName(bench.call("activateNext", 2))).toBe("OK");
      };
      expect(statusName(bench.run("libraryCommit").status)).toBe("OK");
      // Library 2 is active in slot 2; library 3 went into the slot that library 1 left.
      expect(bench.state()).toMatchObject({ active: 2, next: 1 });
      expect([bench.call("activeVersion"), bench.call("waitingVersion")]).toEqual([2, 3]);
      expect(bench.parts.get(2)).toEqual(lib.bytes);
    });
  });

  describe("never goes back", () => {
    it.each<[number, number, string]>([
      [1, 5, "LIBRARY_ROLLBACK"],
      [1, 4, "LIBRARY_ROLLBACK"],
      [1, 6, "OK"],
    ])("from (1, 5) to (%i, %i): %s", (epoch, version, status) => {
      expect(install({ version: 5 })).toBe("OK");
      expect(install({ epoch, version })).toBe(status);
    });

    it("behind the waiting library either", () => {
      expect(install({ version: 5 })).toBe("OK");
      expect(install({ version: 7, enableS: T0 + DAY })).toBe("OK");
      expect(install({ version: 6 })).toBe("LIBRARY_ROLLBACK");
      expect(install({ version: 7 })).toBe("LIBRARY_ROLLBACK");
      expect(install({ version: 8 })).toBe("OK");
    });
  });

  describe("is interrupted", () => {
    it("by an abort, after which nothing is under way", () => {
      expect(statusName(bench.call("libraryAbort"))).toBe("INSTALL_NONE");
      expect(begin().status).toBe(STATUS.OK);
      expect(statusName(bench.call("libraryAbort"))).toBe("OK");
      expect(statusName(bench.run("libraryEntry", PROFILE_1).status)).toBe("INSTALL_NONE");
      expect(statusName(bench.run("libraryCommit").status)).toBe("INSTALL_NONE");
      expect(bench.state()).toMatchObject({ active: 0, next: 0 });
    });

    it("by a refused manifest without being lost", () => {
      expect(begin().status).toBe(STATUS.OK);
      expect(bench.run("libraryEntry", ENTRIES[0]).status).toBe(STATUS.OK);
      expect(
        statusName(begin({ version: 2 }, [KEYS.libraryAuthor, spoilt(KEYS.libraryApprover, "bit")]).status),
      ).toBe("SIGNATURE");
      for (const entry of ENTRIES.slice(1)) expect(bench.run("libraryEntry", entry).status).toBe(STATUS.OK);
      expect(statusName(bench.run("libraryCommit").status)).toBe("OK");
      expect(bench.call("activeVersion")).toBe(1);
    });

    it("by an accepted manifest, which starts anew", () => {
      expect(begin().status).toBe(STATUS.OK);
      expect(bench.run("libraryEntry", ENTRIES[0]).status).toBe(STATUS.OK);
      expect(install({ version: 2 })).toBe("OK");
      expect(bench.call("activeVersion")).toBe(2);
    });

    it("by a cancelled entry, which leaves it as before that entry", () => {
      expect(begin().status).toBe(STATUS.OK);
      bench.write(bench.call("io"), PROFILE_1);
      expect(bench.call("libraryEntry", PROFILE_1.length)).toBe(STATUS.WORKING);
      // No step: the work was cancelled.
      for (const entry of ENTRIES) expect(bench.run("libraryEntry", entry).status).toBe(STATUS.OK);
      expect(statusName(bench.run("libraryCommit").status)).toBe("OK");
    });
  });

  it("is read back at boot as it was accepted", () => {
    expect(install()).toBe("OK");
    expect(install({ version: 2, enableS: T0 + DAY })).toBe("OK");
    const [active, waiting] = [bench.region("active"), bench.region("waiting")];
    bench.write(bench.call("region", 3), new Uint8Array(active.length));
    bench.write(bench.call("region", 4), new Uint8Array(waiting.length));
    expect(statusName(bench.call("libraryLoad"))).toBe("OK");
    expect(bench.region("active")).toEqual(active);
    expect(bench.region("waiting")).toEqual(waiting);
    bench.parts.delete(3);
    expect(statusName(bench.call("libraryLoad"))).toBe("STORE_CORRUPT");
  });

  it("takes 65,536 entries in the same memory", () => {
    // One entry as a mould: its drug code is the 32-bit number behind the keys 0 and 1.
    const bare = { 7: undefined, 8: undefined, 9: undefined, 10: undefined, 11: undefined, 12: undefined };
    const mould = encodeCbor(drugEntry({ ...bare, 1: 0x0101_0000 }));
    const codeAt = Buffer.from(mould).indexOf("1a01010000", "hex") + 1;
    expect(codeAt).toBe(5);
    const entries = [PROFILE_1];
    for (let i = 1; i < 65_536; i++) {
      const entry = Uint8Array.from(mould);
      new DataView(entry.buffer).setUint32(codeAt, 0x0101_0000 + i);
      entries.push(entry);
    }
    const lib = library({}, entries);
    expect(statusName(installLibrary(bench, lib).status)).toBe("OK");
    expect(bench.call("activeVersion")).toBe(1);
  });
});

/** SPEC 3.4, 2.5 */
describe("a library in use", () => {
  let bench: TrustBench;
  beforeEach(async () => {
    bench = await provisioned();
  });

  const usable = (): string => statusName(bench.call("libraryUsable"));

  it("is none before the first install, nor while the first one waits", () => {
    expect(usable()).toBe("LIBRARY_NONE");
    expect(statusName(installLibrary(bench, library({ enableS: T0 + DAY })).status)).toBe("OK");
    expect(usable()).toBe("LIBRARY_NONE");
  });

  it.each<[number, string, number]>([
    [-1, "OK", 0],
    [0, "OK", 1],
    [7 * DAY - 1, "OK", 1],
    [7 * DAY, "LIBRARY_EXPIRED", 0],
    [1000 * DAY, "LIBRARY_EXPIRED", 0],
  ])("%i s after its expiry is %s (in grace: %i)", (past, status, grace) => {
    expect(installLibrary(bench, library()).status).toBe(STATUS.OK);
    bench.wallTimeS = BigInt(T0 + 365 * DAY + past);
    expect(usable()).toBe(status);
    expect(bench.call("libraryInGrace")).toBe(grace);
    // The clock is a hint: without it the floor counts, and nothing of the hint is kept.
    bench.wallTimeS = undefined;
    expect(usable()).toBe("OK");
  });

  it("activates the waiting library by the floor, not by the clock", () => {
    expect(installLibrary(bench, library()).status).toBe(STATUS.OK);
    expect(installLibrary(bench, library({ version: 2, enableS: T0 + DAY })).status).toBe(STATUS.OK);
    bench.wallTimeS = BigInt(T0 + 2 * DAY);
    expect(statusName(bench.call("libraryActivateIfDue"))).toBe("NOTHING");
    expect(bench.call("activeVersion")).toBe(1);
  });

  it("activates the waiting library by a local action, once", () => {
    expect(installLibrary(bench, library({ enableS: T0 + DAY })).status).toBe(STATUS.OK);
    expect(statusName(bench.call("activateNext", 2))).toBe("OK");
    expect(bench.state()).toMatchObject({ active: 1, next: 0, counter: 2 });
    expect(bench.events.at(-1)!.details.get(4)).toBe(2n);
    expect(bench.hardwareCounter).toBe(2);
    expect(statusName(bench.call("activateNext", 2))).toBe("NOTHING");
    expect(bench.state().counter).toBe(2);
  });

  it("stays as it is when the record of an activation fails, or the counter does before it", () => {
    expect(installLibrary(bench, library({ enableS: T0 + DAY })).status).toBe(STATUS.OK);
    const before = bench.fingerprint();
    bench.commitStatus = STATUS.STORE_BUSY;
    expect(statusName(bench.call("activateNext", 2))).toBe("STORE_BUSY");
    bench.commitStatus = STATUS.OK;
    bench.counterFails = true;
    expect(statusName(bench.call("activateNext", 2))).toBe("COUNTER");
    expect(bench.fingerprint()).toBe(before);
  });
});
