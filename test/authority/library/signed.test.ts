import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toHex } from "../../../host-sim/authority/bytes.js";
import { decodeEnvelope, verifySignature } from "../../../host-sim/authority/cose.js";
import { type KeyPair, simulatedKey } from "../../../host-sim/authority/keys.js";
import { LIBRARY_AAD } from "../../../host-sim/authority/manifest.js";
import {
  packEntries,
  readLibrary,
  signerWarnings,
  type TreeInfo,
  unpackEntries,
  writeLibrary,
} from "../../../host-sim/authority/library/signed.js";
import { changed, libraryOf, SOUND } from "./support.js";

const author = simulatedKey("library", {
  name: "author",
  holder: "anna",
  duty: "author",
  roles: ["library"],
});
const approver = simulatedKey("library", {
  name: "approver",
  holder: "ben",
  duty: "approver",
  roles: ["library"],
});
const library = libraryOf(SOUND);

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "dosegate-library-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});
const file = (name: string): string => join(directory, name);

describe("a signed library's directory", () => {
  it("reads back as what was written, entry by entry", () => {
    writeLibrary(directory, library, [author, approver]);
    const read = readLibrary(directory);
    expect(read.library.entries).toEqual(library.entries);
    expect(read.library.header).toEqual(library.header);
    expect(toHex(read.library.root)).toBe(toHex(library.root));
    expect(read.manifest).toEqual(library.manifest());
    expect(new Set(read.signers)).toEqual(new Set([toHex(author.kid), toHex(approver.kid)]));
  });

  it("holds a manifest whose two signatures verify, each with its own key only", () => {
    writeLibrary(directory, library, [author, approver]);
    const envelope = decodeEnvelope(new Uint8Array(readFileSync(file("manifest.cose"))));
    const signatures = "signatures" in envelope ? envelope.signatures : [];
    expect(signatures).toHaveLength(2);
    const keys: KeyPair[] = [author, approver].sort((a, b) => Buffer.compare(a.kid, b.kid));
    signatures.forEach((_, i) => {
      expect(verifySignature(envelope, LIBRARY_AAD, keys[i]!.publicKey, i)).toBe(true);
      expect(verifySignature(envelope, LIBRARY_AAD, keys[1 - i]!.publicKey, i)).toBe(false);
    });
  });

  it("tells in tree.json where each area begins", () => {
    writeLibrary(directory, library, []);
    const info = JSON.parse(readFileSync(file("tree.json"), "utf8")) as TreeInfo;
    expect(info).toMatchObject({
      format: "dosegate-library/1",
      note: "NOT FOR CLINICAL USE",
      root: toHex(library.root),
      entries: 6,
      pathNodesMax: 3,
      areas: [{ area: 7, name: "Test ICU", profileIndex: 0, drugs: 5 }],
    });
    expect(info.entryBytes.total).toBe(library.entries.reduce((sum, { bytes }) => sum + bytes.length, 0));
    expect(existsSync(file("manifest.cose"))).toBe(false);
    expect(readLibrary(directory).manifest).toBeUndefined();
  });

  it("reads without tree.json, which nothing depends on", () => {
    writeLibrary(directory, library, [author, approver]);
    rmSync(file("tree.json"));
    expect(toHex(readLibrary(directory).library.root)).toBe(toHex(library.root));
  });

  it("is refused if any byte of its entries changes", () => {
    writeLibrary(directory, library, [author, approver]);
    const packed = readFileSync(file("entries.bin"));
    for (let at = 0; at < packed.length; at++) {
      const altered = Buffer.from(packed);
      altered[at] = altered[at]! ^ 1;
      writeFileSync(file("entries.bin"), altered);
      expect(() => readLibrary(directory), `byte ${at}`).toThrow();
    }
  });

  it("is refused if it is cut short at any byte, or holds another library's manifest", () => {
    writeLibrary(directory, library, [author, approver]);
    const packed = readFileSync(file("entries.bin"));
    for (let length = 0; length < packed.length; length++) {
      writeFileSync(file("entries.bin"), packed.subarray(0, length));
      expect(() => readLibrary(directory), `${length} bytes`).toThrow(directory);
    }
    writeLibrary(directory, libraryOf(changed("hard_max: 35", "hard_max: 34")), [author, approver]);
    writeFileSync(file("entries.bin"), packed);
    expect(() => readLibrary(directory)).toThrow("not those that were signed");
  });
});

describe("packed entries", () => {
  it("are a little-endian length and the bytes, one after the other", () => {
    const entries = [Uint8Array.of(1, 2, 3), new Uint8Array(300).fill(9)];
    const packed = packEntries(entries);
    expect(toHex(packed.subarray(0, 8))).toBe("0300010203" + "2c0109");
    expect(unpackEntries(packed)).toEqual(entries);
    expect(unpackEntries(new Uint8Array())).toEqual([]);
  });
});

describe("signers", () => {
  it("are an author and an approver, two people, each with the role library", () => {
    expect(signerWarnings([author, approver])).toEqual([]);
  });

  it("draw a warning if one of them is missing, both are one person, or a key has another role", () => {
    const sameHolder = simulatedKey("library", {
      name: "b",
      holder: "anna",
      duty: "approver",
      roles: ["library"],
    });
    const ordering = simulatedKey("library", {
      name: "c",
      holder: "cleo",
      duty: "approver",
      roles: ["order"],
    });
    expect(signerWarnings([author])).toEqual([
      expect.stringContaining("fewer than two people"),
      expect.stringContaining("no approver"),
    ]);
    expect(signerWarnings([author, sameHolder])).toEqual([expect.stringContaining("fewer than two people")]);
    expect(signerWarnings([author, ordering])).toEqual([
      expect.stringContaining("does not have the role library"),
    ]);
  });
});
