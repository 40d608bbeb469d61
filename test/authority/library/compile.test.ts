import { describe, expect, it } from "vitest";
import { toHex } from "../../../host-sim/authority/bytes.js";
import { decodeManifest, encodeManifest } from "../../../host-sim/authority/manifest.js";
import { compile } from "../../../host-sim/authority/library/compile.js";
import { compareKeys } from "../../../host-sim/authority/library/model.js";
import { changed, libraryOf, naiveRoot, SOUND, verifiesInclusion } from "./support.js";

const library = libraryOf(SOUND);
const models = library.entries.map(({ model }) => model);

describe("a compiled library", () => {
  it("has its entries strictly ascending, each area beginning with its profile", () => {
    const keys = library.entries.map(({ key }) => key);
    expect(keys).toEqual([
      { area: 7, drug: 0, variant: 0 },
      { area: 7, drug: 1001, variant: 1 },
      { area: 7, drug: 1001, variant: 2 },
      { area: 7, drug: 2002, variant: 1 },
      { area: 7, drug: 3003, variant: 1 },
      { area: 7, drug: 4004, variant: 1 },
    ]);
    expect(keys.slice(1).every((key, i) => compareKeys(keys[i]!, key) < 0)).toBe(true);
  });

  it("does not depend on the order in which areas and drugs are written", () => {
    const shuffled = compile(library.header, [...models].reverse());
    expect(toHex(shuffled.root)).toBe(toHex(library.root));
  });

  it("is the same each time, and another as soon as one limit moves by one base unit", () => {
    expect(toHex(libraryOf(SOUND).root)).toBe(toHex(library.root));
    const moved = libraryOf(changed("hard_max: 2, source", "hard_max: 1.999999, source"));
    expect(toHex(moved.root)).not.toBe(toHex(library.root));
    expect(
      moved.entries.filter(({ bytes }, i) => toHex(bytes) !== toHex(library.entries[i]!.bytes)),
    ).toHaveLength(2);
  });

  it("finds a drug with its profile, and paths that an independent verifier accepts", () => {
    const leaves = library.entries.map(({ bytes }) => bytes);
    expect(toHex(library.root)).toBe(toHex(naiveRoot(leaves)));
    for (const { key } of library.entries.filter(({ model }) => model.kind === "drug")) {
      const found = library.find(key.area, key.drug, key.variant);
      const { entry, entryIndex, entryPath, profile, profileIndex, profilePath } = found;
      expect(verifiesInclusion(entry, entryIndex, leaves.length, entryPath, library.root)).toBe(true);
      expect(verifiesInclusion(profile, profileIndex, leaves.length, profilePath, library.root)).toBe(true);
      expect(found.drug).toMatchObject({ area: key.area, drug: key.drug, variant: key.variant });
      expect(found.profileModel.area).toBe(key.area);
      expect(library.proofs(key.area, key.drug, key.variant)).toEqual({
        drug: { entry, index: entryIndex, path: entryPath },
        profile: { entry: profile, index: profileIndex, path: profilePath },
      });
    }
  });

  it.each([
    [7, 1001, 3],
    [7, 9999, 1],
    [8, 1001, 1],
    [7, 0, 0],
  ])("has no drug (%i, %i, %i)", (area, drug, variant) => {
    expect(() => library.find(area, drug, variant)).toThrow(
      `no drug ${drug} variant ${variant} in area ${area}`,
    );
  });

  it("says what its manifest says, and how orders refer to it", () => {
    const manifest = decodeManifest(encodeManifest(library.manifest()));
    expect(toHex(manifest.libraryId)).toBe("00112233445566778899aabbccddeeff");
    expect(manifest).toMatchObject({
      epoch: 2,
      version: 5,
      issuedS: Date.UTC(2026, 0, 15, 8) / 1000,
      enableS: 0,
      expiresS: Date.UTC(2027, 0, 15) / 1000,
      graceS: 1_209_600,
      entryCount: 6,
      rootVersionMin: 3,
      abiMin: 0x1_0000,
    });
    expect(toHex(manifest.merkleRoot)).toBe(toHex(library.root));
    expect(library.reference(7, 1001, 2)).toEqual({
      area: 7,
      drug: 1001,
      variant: 2,
      epoch: 2,
      version: 5,
      rootPrefix: library.root.slice(0, 8),
      rootVersionMin: 3,
    });
  });

  it("refuses two entries of one key, a drug without its area's profile, and an entry above 512 bytes", () => {
    const [profile, drug] = models;
    expect(() => compile(library.header, [profile!, drug!, drug!])).toThrow("occurs twice");
    expect(() => compile(library.header, [drug!])).toThrow("does not begin with its profile");
    expect(() => compile(library.header, [{ ...profile!, name: "n".repeat(500) }])).toThrow("above 512");
    expect(() => compile(library.header, [])).toThrow("empty");
  });
});
