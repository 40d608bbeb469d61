import { beforeEach, describe, expect, it } from "vitest";
import { concatBytes } from "../../host-sim/authority/bytes.js";
import { encodeCbor } from "../../host-sim/authority/encoding.js";
import { MerkleTree } from "../../host-sim/authority/library/tree.js";
import type { TrustBench } from "../support/trust-bench.js";
import {
  drugEntry,
  installLibrary,
  library,
  profileEntry,
  provisioned,
  statusName,
} from "../support/trust-fixture.js";

/** Two areas, seven entries: a tree whose right side is ragged. */
const ENTRIES = [
  encodeCbor(profileEntry()),
  encodeCbor(drugEntry()),
  encodeCbor(drugEntry({ 2: 1 })),
  encodeCbor(drugEntry({ 1: 101 })),
  encodeCbor(profileEntry({ 0: 2, 3: "Ward" })),
  encodeCbor(drugEntry({ 0: 2 })),
  encodeCbor(drugEntry({ 0: 2, 1: 0xffff_ffff, 2: 65_535 })),
];
const TREE = new MerkleTree(ENTRIES);

/** SPEC 3.5: entries come from untrusted storage and must lead to the active manifest's root. */
describe("an entry brought along", () => {
  let bench: TrustBench;
  beforeEach(async () => {
    bench = await provisioned();
    expect(statusName(installLibrary(bench, library({}, ENTRIES)).status)).toBe("OK");
  });

  function key(area: number, drug: number, variant: number): bigint {
    return (BigInt(area) << 48n) | (BigInt(drug) << 16n) | BigInt(variant);
  }

  interface Brought {
    entry: Uint8Array;
    index: number;
    path: Uint8Array[];
  }
  function brought(index: number, change: Partial<Brought> = {}): Brought {
    return { entry: ENTRIES[index]!, index, path: TREE.path(index), ...change };
  }

  function place({ entry, path }: Brought): [number, number] {
    const entryAt = bench.call("input") + 32;
    const pathAt = entryAt + entry.length;
    bench.write(entryAt, entry);
    bench.write(pathAt, concatBytes(...path));
    return [entryAt, pathAt];
  }
  function drug(wanted: bigint, given: Brought): string {
    const [entryAt, pathAt] = place(given);
    return statusName(
      bench.call("lookupDrug", wanted, entryAt, given.entry.length, given.index, pathAt, given.path.length),
    );
  }
  function profile(area: number, given: Brought): string {
    const [entryAt, pathAt] = place(given);
    return statusName(
      bench.call("lookupProfile", area, entryAt, given.entry.length, given.index, pathAt, given.path.length),
    );
  }

  it.each([
    [1, key(1, 100, 0)],
    [2, key(1, 100, 1)],
    [3, key(1, 101, 0)],
    [5, key(2, 100, 0)],
    [6, key(2, 0xffff_ffff, 65_535)],
  ])("is accepted as the drug it is: entry %i", (index, wanted) => {
    expect(drug(wanted, brought(index))).toBe("OK");
    const view = new DataView(bench.region("drug").buffer);
    expect(key(view.getUint32(4, true), view.getUint32(8, true), view.getUint32(12, true))).toBe(wanted);
  });

  it.each([
    [0, 1],
    [4, 2],
  ])("is accepted as the profile it is: entry %i", (index, area) => {
    expect(profile(area, brought(index))).toBe("OK");
    expect(new DataView(bench.region("profile").buffer).getUint32(4, true)).toBe(area);
  });

  it("is refused as another drug, another variant, another area", () => {
    for (const wanted of [key(1, 101, 0), key(1, 100, 1), key(2, 100, 0), key(1, 100, 65_536)]) {
      expect(drug(wanted, brought(1))).toBe("PROOF");
    }
    expect(profile(2, brought(0))).toBe("PROOF");
  });

  it("is refused as a profile if it is a drug, and as a drug if it is a profile", () => {
    expect(profile(1, brought(1))).toBe("PROOF");
    expect(drug(key(1, 0, 0), brought(0))).toBe("PROOF");
  });

  it("is refused at every other index, and beyond the last", () => {
    for (const index of [0, 2, 3, 4, 5, 6, 7, 65_535, 0xffff_ffff]) {
      expect(drug(key(1, 100, 0), brought(1, { index }))).toBe("PROOF");
    }
  });

  it("is refused with every single bit of its path changed, a node less and a node more", () => {
    const path = TREE.path(1);
    for (let node = 0; node < path.length; node++) {
      for (let bit = 0; bit < 256; bit += 37) {
        const wrong = path.map((hash) => Uint8Array.from(hash));
        wrong[node]![bit >> 3]! ^= 1 << (bit & 7);
        expect(drug(key(1, 100, 0), brought(1, { path: wrong }))).toBe("PROOF");
      }
    }
    expect(drug(key(1, 100, 0), brought(1, { path: path.slice(0, -1) }))).toBe("PROOF");
    expect(drug(key(1, 100, 0), brought(1, { path: [...path, path[0]!] }))).toBe("PROOF");
    expect(drug(key(1, 100, 0), brought(1, { path: [] }))).toBe("PROOF");
    expect(drug(key(1, 100, 0), brought(1, { path: Array.from({ length: 17 }, () => path[0]!) }))).toBe(
      "PROOF",
    );
  });

  it("is refused with a limit raised", () => {
    const raised = encodeCbor(drugEntry({ 10: { 3: 600_000_000 } }));
    expect(drug(key(1, 100, 0), brought(1, { entry: raised }))).toBe("PROOF");
  });

  it("is refused empty, and longer than an entry may be", () => {
    expect(drug(key(1, 100, 0), brought(1, { entry: new Uint8Array() }))).toBe("PROOF");
    expect(drug(key(1, 100, 0), brought(1, { entry: new Uint8Array(513) }))).toBe("PROOF");
  });

  it("is refused once another library is active", () => {
    const next = [...ENTRIES.slice(0, 6), encodeCbor(drugEntry({ 0: 2, 1: 200 }))];
    expect(statusName(installLibrary(bench, library({ version: 2 }, next)).status)).toBe("OK");
    expect(drug(key(1, 100, 0), brought(1))).toBe("PROOF");
    expect(drug(key(1, 100, 0), brought(1, { path: new MerkleTree(next).path(1) }))).toBe("OK");
  });
});
