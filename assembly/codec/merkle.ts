/**
 * The Merkle tree of RFC 9162 2.1 (RFC 6962 2.1) over SHA-256: a drug library is one signed root, and each entry
 * proves that it belongs. Leaves and nodes hash under different first bytes, so that neither passes for the other.
 */
import { copyBytes } from "../bytes";
import { SHA256_DIGEST_BYTES, sha256Begin, sha256Finish, sha256Update } from "../crypto/sha256";
import { CODEC_SHA256 } from "../layout";
import { TREE_LEAVES_MAX, TREE_LEVELS_MAX } from "../limits";

/** First byte of what a leaf hashes (RFC 9162 2.1.1), stored so that it has an address. */
const PREFIXES: usize = memory.data<u8>([0x00, 0x01]);
const PREFIX_LEAF: u32 = 0;
const PREFIX_NODE: u32 = 1;

/** A tree under construction. Its roots follow, 32 bytes for each level 0..TREE_LEVELS_MAX: 548 bytes in all, at any size. */
@unmanaged
export class Tree {
  /** Leaves appended. Bit k is set exactly if the root of a complete subtree of 2^k leaves waits at level k. */
  leafCount: u32;
}

/** Writes the hash of the leaf of `length` bytes at `leaf` to the 32 bytes at `hash`. */
export function leafHash(hash: usize, leaf: usize, length: u32): void {
  begin(PREFIX_LEAF);
  sha256Update(CODEC_SHA256, leaf, length);
  sha256Finish(CODEC_SHA256, hash);
}

/** Writes the hash of the node over the hashes at `left` and `right` to `hash`, which may be either of them. */
export function nodeHash(hash: usize, left: usize, right: usize): void {
  begin(PREFIX_NODE);
  sha256Update(CODEC_SHA256, left, SHA256_DIGEST_BYTES);
  sha256Update(CODEC_SHA256, right, SHA256_DIGEST_BYTES);
  sha256Finish(CODEC_SHA256, hash);
}

function begin(prefix: u32): void {
  sha256Begin(CODEC_SHA256);
  sha256Update(CODEC_SHA256, PREFIXES + prefix, 1);
}

/**
 * Computes in place, from the leaf hash at `hash`, the root that the path of `pathHashes` hashes at `path` leads to
 * (RFC 9162 2.1.3.2); the caller compares it. False if `index` is not below `size`, or the path has not exactly the
 * length that this leaf of a tree of this size has; `hash` is then no root. A path has 64 hashes at most.
 */
export function inclusionRoot(hash: usize, index: u64, size: u64, path: usize, pathHashes: u32): bool {
  if (index >= size) return false;
  let node = index;
  let last = size - 1;
  for (let i: u32 = 0; i < pathHashes; i++) {
    if (last == 0) return false; // the path goes on above the root
    if ((node & 1) != 0 || node == last) {
      nodeHash(hash, path, hash);
      // The last node of a level without a sibling is the node above it: such levels take nothing from the path.
      const skipped = ctz(node);
      node >>= skipped;
      last >>= skipped;
    } else {
      nodeHash(hash, hash, path);
    }
    node >>= 1;
    last >>= 1;
    path += SHA256_DIGEST_BYTES;
  }
  return last == 0;
}

/** Starts an empty tree. */
export function treeBegin(tree: Tree): void {
  tree.leafCount = 0;
}

/** Appends a leaf of `length` bytes. False, and nothing changed, if the tree has TREE_LEAVES_MAX leaves already. */
export function treeAppend(tree: Tree, leaf: usize, length: u32): bool {
  if (tree.leafCount >= TREE_LEAVES_MAX) return false;
  // Each complete subtree that this leaf fills up merges into one of twice its size (RFC 9162 2.1.2).
  let level: u32 = 0;
  const carry = ctz(~tree.leafCount);
  const hash = rootAt(tree, carry);
  leafHash(hash, leaf, length);
  for (; level < carry; level++) nodeHash(hash, rootAt(tree, level), hash);
  tree.leafCount++;
  return true;
}

/** Writes the root of what has been appended to the 32 bytes at `root`; the tree may grow on. */
export function treeRoot(tree: Tree, root: usize): void {
  if (tree.leafCount == 0) {
    // RFC 9162 2.1.1: the hash of an empty list is the hash of an empty string.
    sha256Begin(CODEC_SHA256);
    sha256Finish(CODEC_SHA256, root);
    return;
  }
  let level = ctz(tree.leafCount);
  copyBytes(root, rootAt(tree, level), SHA256_DIGEST_BYTES);
  for (level++; level <= TREE_LEVELS_MAX; level++) {
    if (((tree.leafCount >> level) & 1) != 0) nodeHash(root, rootAt(tree, level), root);
  }
}

/** Address of the root of the complete subtree of 2^level leaves. */
function rootAt(tree: Tree, level: u32): usize {
  return changetype<usize>(tree) + offsetof<Tree>() + level * SHA256_DIGEST_BYTES;
}
