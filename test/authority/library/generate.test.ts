import { describe, expect, it } from "vitest";
import { toHex } from "../../../host-sim/authority/bytes.js";
import { generateLibrary } from "../../../host-sim/authority/library/generate.js";
import { checkDrug, checkProfile } from "../../../host-sim/authority/library/sense.js";
import { treeInfo } from "../../../host-sim/authority/library/signed.js";
import { naiveRoot, verifiesInclusion } from "./support.js";

describe("a generated library", () => {
  it("has exactly the entries and areas asked for, about 200 bytes each, all of which make sense", () => {
    const library = generateLibrary({ entries: 1200, areas: 5, seed: 1 });
    expect(library.entries).toHaveLength(1200);
    expect(library.areas).toHaveLength(5);
    const findings = library.areas.flatMap(({ profile, drugs }) => [
      ...checkProfile(profile, 1),
      ...drugs.flatMap((drug) => checkDrug(drug, profile, 1)),
    ]);
    expect(findings).toEqual([]);
    const { entryBytes } = treeInfo(library);
    expect(entryBytes.mean).toBeGreaterThan(170);
    expect(entryBytes.mean).toBeLessThan(230);
    expect(entryBytes.max).toBeLessThanOrEqual(512);
  });

  it("is the same for the same seed and another for another", () => {
    const root = (seed: string | number): string =>
      toHex(generateLibrary({ entries: 50, areas: 3, seed }).root);
    expect(root(7)).toBe(root("7"));
    expect(root(7)).not.toBe(root(8));
  });

  it("takes 65,536 entries in seconds, with paths of 16 nodes that verify", () => {
    const library = generateLibrary({ entries: 65_536, areas: 12, seed: 1 });
    const leaves = library.entries.map(({ bytes }) => bytes);
    expect(toHex(library.root)).toBe(toHex(naiveRoot(leaves)));
    for (const index of [0, 1, 4095, 40_000, 65_535]) {
      const path = library.tree.path(index);
      expect(path).toHaveLength(16);
      expect(verifiesInclusion(leaves[index]!, index, 65_536, path, library.root)).toBe(true);
    }
  }, 30_000);

  it("may consist of profiles alone", () => {
    expect(generateLibrary({ entries: 3, areas: 3, seed: 1 }).entries.map(({ model }) => model.kind)).toEqual(
      ["profile", "profile", "profile"],
    );
  });

  it.each([
    [0, 1],
    [65_537, 1],
    [1.5, 1],
    [10, 0],
    [10, 11],
  ])("refuses %d entries in %d areas", (entries, areas) => {
    expect(() => generateLibrary({ entries, areas, seed: 1 })).toThrow(RangeError);
  });
});
