import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Primitives } from "../../host-sim/gate/primitives.js";
import { toHex } from "../support/bytes.js";
import { diag } from "../support/diag.js";
import { describeVectors, vectorJson, VECTORS } from "../support/vectors.js";

const gate = new Primitives(diag);
const sha256 = (...parts: Uint8Array[]): Buffer => createHash("sha256").update(Buffer.concat(parts)).digest();

// RFC 9162 2.1.1 and 2.1.3.1 as they are written, recursing on lists of leaf hashes.
const leafHash = (leaf: Uint8Array): Buffer => sha256(Uint8Array.of(0), leaf);
const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer => sha256(Uint8Array.of(1), left, right);
const split = (count: number): number => 2 ** Math.floor(Math.log2(count - 1));

function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0]!;
  const k = split(leaves.length);
  return nodeHash(rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)));
}

function pathOf(index: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return index < k
    ? [...pathOf(index, leaves.slice(0, k)), rootOf(leaves.slice(k))]
    : [...pathOf(index - k, leaves.slice(k)), rootOf(leaves.slice(0, k))];
}

/** Leaf i: its number, repeated to a length that differs from leaf to leaf and crosses block boundaries. */
const leaf = (i: number): Uint8Array => new Uint8Array((i * 7) % 200).fill(i);

function treeRoot(): string {
  diag.call("treeRoot");
  return toHex(diag.read(32));
}

function append(bytes: Uint8Array): boolean {
  diag.write(bytes);
  return diag.call("treeAppend", bytes.length) === 1;
}

describe("a tree under construction", () => {
  it("has the root of the recursive definition after each of 300 leaves, and grows on", () => {
    diag.call("treeBegin");
    const leaves: Uint8Array[] = [];
    expect(treeRoot()).toBe(toHex(rootOf(leaves)));
    for (let i = 0; i < 300; i++) {
      expect(append(leaf(i))).toBe(true);
      leaves.push(leafHash(leaf(i)));
      expect(treeRoot(), `${i + 1} leaves`).toBe(toHex(rootOf(leaves)));
    }
  });

  it("takes 65,536 leaves and not one more", () => {
    diag.call("treeBegin");
    const leaves: Uint8Array[] = [];
    for (let i = 0; i < 65_536; i++) {
      const bytes = Uint8Array.of(i & 255, i >> 8);
      expect(append(bytes)).toBe(true);
      leaves.push(leafHash(bytes));
      if (i === 65_534) expect(treeRoot()).toBe(toHex(rootOf(leaves)));
    }
    const full = toHex(rootOf(leaves));
    expect(treeRoot()).toBe(full);
    expect(append(Uint8Array.of(1))).toBe(false);
    expect(treeRoot()).toBe(full);
  });

  it("does not take a leaf for a node: two leaves differ from one leaf of their hashes", () => {
    const [a, b] = [leafHash(leaf(1)), leafHash(leaf(2))];
    diag.call("treeBegin");
    append(Buffer.concat([a, b]));
    expect(treeRoot()).not.toBe(toHex(nodeHash(a, b)));
  });
});

describe("a path", () => {
  const includes = (index: number, leaves: Uint8Array[], path: Uint8Array[], size = leaves.length): boolean =>
    gate.merkleInclusion(BigInt(index), BigInt(size), leaves[index] ?? leaves[0]!, rootOf(leaves), path)
      .valid;

  it("of every leaf of every tree up to 40 leaves leads to the root, and no other index, size or length does", () => {
    for (let size = 1; size <= 40; size++) {
      const leaves = Array.from({ length: size }, (_, i) => leafHash(leaf(i)));
      const root = rootOf(leaves);
      const asks = (
        index: number,
        treeSize: number,
        hash: Uint8Array,
        path: readonly Uint8Array[],
      ): boolean => gate.merkleInclusion(BigInt(index), BigInt(treeSize), hash, root, path).valid;
      for (let index = 0; index < size; index++) {
        const [hash, path] = [leaves[index]!, pathOf(index, leaves)];
        const where = `leaf ${index} of ${size}`;
        expect(asks(index, size, hash, path), where).toBe(true);
        for (let other = 0; other <= size + 1; other++) {
          if (other !== index && asks(other, size, hash, path)) expect.fail(`${where} passes at ${other}`);
        }
        expect(asks(index, size, hash, [...path, root]), `${where}, a hash too many`).toBe(false);
        expect(path.length > 0 && asks(index, size, hash, path.slice(0, -1)), `${where}, one too few`).toBe(
          false,
        );
        expect(path.length > 0 && asks(index, size, hash, path.slice(1)), `${where}, the first gone`).toBe(
          false,
        );
        expect(asks(index, 0, hash, path), `${where}, size 0`).toBe(false);
      }
    }
  });

  it("does not survive a flipped bit anywhere", () => {
    const leaves = Array.from({ length: 37 }, (_, i) => leafHash(leaf(i)));
    fc.assert(
      fc.property(fc.nat(36), fc.nat(), (index, place) => {
        const path = pathOf(index, leaves).map((hash) => Uint8Array.from(hash));
        expect(includes(index, leaves, path)).toBe(true);
        const bit = place % (path.length * 256);
        path[bit >> 8]![(bit >> 3) & 31]! ^= 1 << (bit & 7);
        expect(includes(index, leaves, path)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it("of the last leaf of the largest tree has 64 hashes, and of 2^63 + 1 leaves a single one", () => {
    const hash = leafHash(leaf(1));
    const path = Array.from({ length: 64 }, (_, i) => leafHash(leaf(i)));
    const up = path.reduce<Uint8Array>((node, sibling) => nodeHash(sibling, node), hash);
    const size = 2n ** 64n - 1n;
    // 2^64 - 2 is even at the lowest level only: the last leaf has no sibling there, so 63 levels take a hash.
    const short = path.slice(0, 63).reduce<Uint8Array>((node, sibling) => nodeHash(sibling, node), hash);
    expect(gate.merkleInclusion(size - 1n, size, hash, short, path.slice(0, 63)).valid).toBe(true);
    expect(gate.merkleInclusion(size - 1n, size, hash, up, path).valid).toBe(false);
    expect(
      gate.merkleInclusion(2n ** 63n, 2n ** 63n + 1n, hash, nodeHash(path[0]!, hash), path.slice(0, 1)).valid,
    ).toBe(true);
    expect(gate.merkleInclusion(2n ** 63n, 2n ** 63n + 1n, hash, up, path).valid).toBe(false);
  });

  it("is refused, not misread, when it is far too long or its parts have the wrong length", () => {
    const leaves = [leafHash(leaf(0)), leafHash(leaf(1))];
    const [a, b] = leaves as [Buffer, Buffer];
    const root = rootOf(leaves);
    expect(gate.merkleInclusion(0n, 2n, a, root, [b]).valid).toBe(true);
    expect(gate.merkleInclusion(0n, 2n, a, root, Array<Buffer>(1000).fill(b)).valid).toBe(false);
    expect(gate.merkleInclusion(0n, 2n, a, root, [b.subarray(1)])).toMatchObject({
      valid: false,
      why: "proof[0] has 31 bytes, not 32",
    });
    expect(gate.merkleInclusion(0n, 2n, a.subarray(1), root, [b]).why).toMatch("leafHash has 31 bytes");
    expect(gate.merkleInclusion(0n, 2n, a, root.subarray(1), [b]).why).toMatch("root has 31 bytes");
    expect(gate.merkleInclusion(-1n, 2n, a, root, [b]).why).toMatch("leafIndex");
    expect(gate.merkleInclusion(0n, 2n ** 64n, a, root, [b]).why).toMatch("treeSize");
  });
});

interface InclusionCase {
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string | null;
  readonly leafHash: string | null;
  readonly proof: string[] | null;
  readonly desc: string;
  readonly wantErr: boolean;
}

const INCLUSION = "transparency-dev-merkle/testdata/inclusion";
describeVectors(INCLUSION, "transparency-dev inclusion vectors", () => {
  const files = readdirSync(join(VECTORS, INCLUSION), { recursive: true, encoding: "utf8" }).filter((f) =>
    f.endsWith(".json"),
  );
  const base64 = (text: string | null): Uint8Array => Uint8Array.from(Buffer.from(text ?? "", "base64"));

  it("are judged as stated, valid ones among them", () => {
    let valid = 0;
    for (const file of files) {
      const one = vectorJson(join(INCLUSION, file)) as InclusionCase;
      const path = (one.proof ?? []).map(base64);
      const judged = gate.merkleInclusion(
        BigInt(one.leafIdx),
        BigInt(one.treeSize),
        base64(one.leafHash),
        base64(one.root),
        path,
      );
      expect(judged.valid, `${file} ${one.desc}`).toBe(!one.wantErr);
      if (judged.valid) valid++;
    }
    expect(valid).toBeGreaterThan(0);
    expect(files.length - valid).toBeGreaterThan(0);
  });
});
