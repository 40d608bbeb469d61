import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MerkleTree } from "../../../host-sim/authority/library/tree.js";
import { naiveRoot, verifiesInclusion } from "./support.js";

/** Leaf i: a length and content of its own, across SHA-256's block boundaries. */
const leaf = (i: number): Uint8Array => new Uint8Array((i * 13) % 200).fill(i % 251);
const leavesOf = (count: number): Uint8Array[] => Array.from({ length: count }, (_, i) => leaf(i));

describe("the tree over a library's entries (RFC 6962 2.1)", () => {
  it("has the root of the recursive definition, and paths that verify, for every size of 1..70", () => {
    for (let size = 1; size <= 70; size++) {
      const leaves = leavesOf(size);
      const tree = new MerkleTree(leaves);
      expect(tree.root, `root of ${size}`).toEqual(naiveRoot(leaves));
      for (let i = 0; i < size; i++) {
        expect(verifiesInclusion(leaves[i]!, i, size, tree.path(i), tree.root), `${i} of ${size}`).toBe(true);
      }
    }
  });

  it("does so for 1,200 entries, with paths of at most 11 nodes", () => {
    const leaves = leavesOf(1200);
    const tree = new MerkleTree(leaves);
    expect(tree.root).toEqual(naiveRoot(leaves));
    const paths = leaves.map((_, i) => tree.path(i));
    expect(paths.every((path, i) => verifiesInclusion(leaves[i]!, i, 1200, path, tree.root))).toBe(true);
    expect(Math.max(...paths.map(({ length }) => length))).toBe(11);
  });

  it("gives paths that no other leaf, index, size, order or length satisfies", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 70 }), fc.nat(), fc.nat(), (size, a, b) => {
        const leaves = leavesOf(size);
        const tree = new MerkleTree(leaves);
        const index = a % size;
        const other = (index + 1 + (b % (size - 1))) % size;
        const path = tree.path(index);
        const holds = (i: number, n: number, p: readonly Uint8Array[], bytes = leaves[index]!): boolean =>
          verifiesInclusion(bytes, i, n, p, tree.root);
        expect(holds(index, size, path)).toBe(true);
        expect(holds(index, size, path, Uint8Array.of(255, 1))).toBe(false);
        expect(holds(other, size, path)).toBe(false);
        expect(holds(index, index, path)).toBe(false);
        expect(holds(index, size, path.slice(1))).toBe(false);
        expect(holds(index, size, [...path, path[0]!])).toBe(false);
        expect(holds(index, size, tree.path(other))).toBe(false);
      }),
    );
  });

  it("refuses to be built over nothing, and an index outside", () => {
    expect(() => new MerkleTree([])).toThrow("at least one leaf");
    const tree = new MerkleTree(leavesOf(3));
    for (const index of [-1, 3, 0.5, NaN]) {
      expect(() => tree.path(index), String(index)).toThrow("outside a tree of 3");
    }
  });

  it("hands out copies: writing into a path or root changes nothing", () => {
    const tree = new MerkleTree(leavesOf(5));
    const root = tree.root;
    tree.root.fill(0);
    tree.path(0).forEach((node) => node.fill(0));
    expect(tree.root).toEqual(root);
    expect(verifiesInclusion(leaf(0), 0, 5, tree.path(0), root)).toBe(true);
  });
});
