/**
 * The Merkle tree over a library's entries (RFC 6962 2.1), kept level by level so that 65,536 inclusion paths cost nothing
 * beyond the tree itself. A node without a right neighbour moves up unchanged, which yields exactly the RFC's split at the
 * largest power of two below the size.
 */
import { digest } from "@chainsafe/as-sha256";

const HASH_BYTES = 32;

/** Leaf hash, SHA-256(00 | entry): the prefix keeps an entry from being taken for an inner node (RFC 6962 2.1). */
export function leafHash(entry: Uint8Array): Uint8Array {
  const prefixed = new Uint8Array(1 + entry.length);
  prefixed.set(entry, 1);
  return digest(prefixed);
}

/** Inner hash, SHA-256(01 | left | right); left and right are 32 bytes each. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const prefixed = new Uint8Array(1 + 2 * HASH_BYTES);
  prefixed[0] = 1;
  prefixed.set(left, 1);
  prefixed.set(right, 1 + HASH_BYTES);
  return digest(prefixed);
}

/** A tree over at least one leaf. */
export class MerkleTree {
  /** levels[0] are the leaf hashes, the last level is the root alone; each is a row of 32-byte hashes. */
  private readonly levels: Uint8Array[];

  /** Hashes all leaves; throws on an empty list, for which no library manifest exists (SPEC 3.1: at least one entry). */
  constructor(leaves: readonly Uint8Array[]) {
    if (leaves.length === 0) {
      throw new RangeError("a Merkle tree needs at least one leaf: the library is empty");
    }
    let row = new Uint8Array(leaves.length * HASH_BYTES);
    leaves.forEach((leaf, index) => row.set(leafHash(leaf), index * HASH_BYTES));
    this.levels = [row];
    while (row.length > HASH_BYTES) {
      row = parents(row);
      this.levels.push(row);
    }
  }

  /** Number of leaves. */
  get size(): number {
    return this.levels[0]!.length / HASH_BYTES;
  }

  /** The 32-byte root. */
  get root(): Uint8Array {
    return this.levels.at(-1)!.slice();
  }

  /** The inclusion path of a leaf, from the leaf upward (RFC 6962 2.1.1), 32 bytes a node. Throws outside the tree. */
  path(index: number): Uint8Array[] {
    if (!Number.isInteger(index) || index < 0 || index >= this.size) {
      throw new RangeError(`leaf ${index} is outside a tree of ${this.size} leaves`);
    }
    const nodes: Uint8Array[] = [];
    let position = index;
    for (const row of this.levels.slice(0, -1)) {
      const sibling = (position ^ 1) * HASH_BYTES;
      // The last node of an odd row has no sibling: it moved up unchanged and adds nothing to the path.
      if (sibling < row.length) nodes.push(row.slice(sibling, sibling + HASH_BYTES));
      position >>= 1;
    }
    return nodes;
  }
}

/** The row above: pairs hashed, an odd last node copied. */
function parents(row: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const count = row.length / HASH_BYTES;
  const above = new Uint8Array(Math.ceil(count / 2) * HASH_BYTES);
  for (let i = 0; i < count; i += 2) {
    const left = row.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
    const hash =
      i + 1 < count ? nodeHash(left, row.subarray((i + 1) * HASH_BYTES, (i + 2) * HASH_BYTES)) : left;
    above.set(hash, (i / 2) * HASH_BYTES);
  }
  return above;
}
