import { DIAG_BUFFER_BYTES, loadDiag, type Diag } from "./diag.js";

/** Bytes of the largest object (SPEC 1.1). */
export const OBJECT_BYTES_MAX = DIAG_BUFFER_BYTES;

const UINT64_MAX = 2n ** 64n - 1n;
const HASH_BYTES = 32;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** Hashes on the longest path that is handed over. The largest tree has 64; a longer path is refused by its length. */
const PATH_HASHES_MAX = 65;

/** The answer to "is this valid?", and where the module was not even asked, why it could not be. */
export interface Judged {
  readonly valid: boolean;
  readonly why?: string;
}

/**
 * The gate's primitives as questions about bytes of any length, run by the diagnostic build of the very sources that the
 * gate is built from. What has the wrong length is an input like any other: it is invalid, and the answer says why.
 */
export class Primitives {
  constructor(readonly diag: Diag = loadDiag()) {}

  /** SHA-256 (`bits` 256) or SHA-512 (512). */
  hash(bits: 256 | 512, message: Uint8Array): Uint8Array {
    return bits === 256 ? this.diag.sha256(message) : this.diag.sha512(message);
  }

  /** HMAC-SHA256. A key that the buffer does not hold is hashed first, as any key longer than a block is (RFC 2104 2). */
  hmac(key: Uint8Array, message: Uint8Array): Uint8Array {
    return this.diag.hmacSha256(key.length > OBJECT_BYTES_MAX ? this.diag.sha256(key) : key, message);
  }

  /** Strict Ed25519 verification (SPEC 1.6). */
  ed25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Judged {
    if (publicKey.length !== KEY_BYTES) return wrongLength("publicKey", publicKey, KEY_BYTES);
    if (signature.length !== SIGNATURE_BYTES) return wrongLength("signature", signature, SIGNATURE_BYTES);
    return { valid: this.diag.ed25519Verify(publicKey, message, signature) };
  }

  /** Whether the bytes are exactly one deterministic CBOR item (assembly/codec/item.ts). */
  cborItem(bytes: Uint8Array): Judged {
    if (bytes.length > OBJECT_BYTES_MAX) return tooLong("bytes", bytes.length, OBJECT_BYTES_MAX);
    this.diag.write(bytes);
    return { valid: this.diag.call("cborItem", bytes.length) === 1 };
  }

  /** Whether a tagged COSE_Sign1 is valid under a key (assembly/codec/cose-generic.ts). */
  coseSign1(publicKey: Uint8Array, externalAad: Uint8Array, message: Uint8Array): Judged {
    if (publicKey.length !== KEY_BYTES) return wrongLength("publicKey", publicKey, KEY_BYTES);
    const room = OBJECT_BYTES_MAX - KEY_BYTES;
    const length = externalAad.length + message.length;
    if (length > room) return tooLong("externalAad and message", length, room);
    this.diag.write(publicKey);
    this.diag.write(externalAad, KEY_BYTES);
    this.diag.write(message, KEY_BYTES + externalAad.length);
    return { valid: this.diag.call("coseSign1Verify", externalAad.length, message.length) === 1 };
  }

  /** Whether the path leads from the leaf to the root of a tree of that size (RFC 9162 2.1.3.2). */
  merkleInclusion(
    index: bigint,
    size: bigint,
    leafHash: Uint8Array,
    root: Uint8Array,
    path: readonly Uint8Array[],
  ): Judged {
    if (index < 0n || index > UINT64_MAX) return { valid: false, why: "leafIndex is not within 0..2^64-1" };
    if (size < 0n || size > UINT64_MAX) return { valid: false, why: "treeSize is not within 0..2^64-1" };
    if (leafHash.length !== HASH_BYTES) return wrongLength("leafHash", leafHash, HASH_BYTES);
    if (root.length !== HASH_BYTES) return wrongLength("root", root, HASH_BYTES);
    for (const [i, hash] of path.entries()) {
      if (hash.length !== HASH_BYTES) return wrongLength(`proof[${i}]`, hash, HASH_BYTES);
    }
    const place = new Uint8Array(16);
    new DataView(place.buffer).setBigUint64(0, index, true);
    new DataView(place.buffer).setBigUint64(8, size, true);
    const handed = path.slice(0, PATH_HASHES_MAX);
    this.diag.write(Buffer.concat([leafHash, root, place, ...handed]));
    return { valid: this.diag.call("merkleInclusion", handed.length) === 1 };
  }
}

function wrongLength(name: string, bytes: Uint8Array, length: number): Judged {
  return { valid: false, why: `${name} has ${bytes.length} bytes, not ${length}` };
}

function tooLong(name: string, length: number, lengthMax: number): Judged {
  return { valid: false, why: `${name}: ${length} bytes, more than the ${lengthMax} of an object` };
}
