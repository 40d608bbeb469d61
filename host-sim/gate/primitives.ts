import { readFileSync } from "node:fs";

/** The exports of the diagnostic build that are used here; assembly/diag.ts and diag-codec.ts say what each does. */
export interface DiagExports {
  readonly memory: WebAssembly.Memory;
  ioBuffer(): number;
  hashBegin(bits: number): void;
  hashUpdate(bits: number, offset: number, length: number): void;
  hashFinish(bits: number): void;
  hmacBegin(keyLength: number): void;
  hmacUpdate(length: number): void;
  hmacFinish(): void;
  ed25519Begin(): number;
  ed25519Update(length: number): void;
  ed25519Step(): number;
  ed25519Result(): number;
  cborItem(length: number): number;
  cborCountItems(bytes: number, prefix: number, prefixBytes: number): number;
  recordDecode(length: number, schemaAt: number, recordAt: number, recordBytes: number): number;
  writeBegin(at: number, capacity: number): void;
  writeItem(type: number, value: bigint): number;
  coseParse(tag: number, length: number, hssLmsBytesMax: number): number;
  coseEnvelope(): number;
  coseSigStructure(index: number, aadAt: number, aadLength: number): number;
  coseMacStructure(aadAt: number, aadLength: number, payloadAt: number, payloadLength: number): number;
  coseDigest(digestAt: number): void;
  coseWriteMac0(payloadAt: number, payloadLength: number, tagAt: number, tagLength: number): number;
  coseSign1Verify(aadLength: number, messageLength: number): number;
  merkleInclusion(index: bigint, size: bigint, pathHashes: number): number;
  treeBegin(): void;
  treeAppend(length: number): number;
  treeRoot(): void;
}

/** Bytes of the buffer shared with the module, hence of the largest object (SPEC 1.1). */
export const OBJECT_BYTES_MAX = 8192;

/** What `ed25519Result` returns for a valid signature (assembly/crypto/ed25519.ts). */
const VALID = 0x2d5aa5d2;

const UINT64_MAX = 2n ** 64n - 1n;
const HASH_BYTES = 32;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** Where `npm run build` puts the module; the same from host-sim/gate and from dist/gate. */
export const DIAG_URL = new URL("../../build/dosegate-diag.wasm", import.meta.url);

/** The answer to "is this valid?", and where the module was not even asked, why it could not be. */
export interface Judged {
  readonly valid: boolean;
  readonly why?: string;
}

/**
 * The gate's primitives, run by the diagnostic build of the very sources that the gate is built from. Bytes of any length
 * are inputs: what has the wrong length is invalid and says so.
 */
export class Primitives {
  readonly exports: DiagExports;
  readonly #io: number;

  constructor(url: URL | string = DIAG_URL) {
    let wasm: Uint8Array<ArrayBuffer>;
    try {
      wasm = new Uint8Array(readFileSync(url));
    } catch (cause) {
      throw new Error(`diagnostic module ${String(url)} cannot be read; build it with: npm run build:wasm`, {
        cause,
      });
    }
    this.exports = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports as unknown as DiagExports;
    this.#io = this.exports.ioBuffer();
  }

  /** Copies bytes into the shared buffer, `at` bytes from its start. */
  put(bytes: Uint8Array, at = 0): void {
    if (at + bytes.length > OBJECT_BYTES_MAX) {
      throw new RangeError(`${bytes.length} B at ${at} do not fit the buffer`);
    }
    new Uint8Array(this.exports.memory.buffer).set(bytes, this.#io + at);
  }

  /** A copy of `length` bytes of the shared buffer, `at` bytes from its start. */
  take(length: number, at = 0): Uint8Array {
    return this.bytes(this.#io + at, length);
  }

  /** A copy of `length` bytes of the module's memory at an address that it gave. */
  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.exports.memory.buffer).slice(address, address + length);
  }

  /** SHA-256 (`bits` 256) or SHA-512 (512) of a message of any length. */
  hash(bits: 256 | 512, message: Uint8Array): Uint8Array {
    this.exports.hashBegin(bits);
    this.#stream(message, (length) => this.exports.hashUpdate(bits, 0, length));
    this.exports.hashFinish(bits);
    return this.take(bits / 8);
  }

  /** HMAC-SHA256 of a message of any length; a key longer than the buffer is hashed first (RFC 2104 2). */
  hmac(key: Uint8Array, message: Uint8Array): Uint8Array {
    const usable = key.length > OBJECT_BYTES_MAX ? this.hash(256, key) : key;
    this.put(usable);
    this.exports.hmacBegin(usable.length);
    this.#stream(message, (length) => this.exports.hmacUpdate(length));
    this.exports.hmacFinish();
    return this.take(HASH_BYTES);
  }

  /** Strict Ed25519 verification (SPEC 1.6) of a message of any length. */
  ed25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Judged {
    if (publicKey.length !== KEY_BYTES) return wrongLength("publicKey", publicKey, KEY_BYTES);
    if (signature.length !== SIGNATURE_BYTES) return wrongLength("signature", signature, SIGNATURE_BYTES);
    this.put(publicKey);
    this.put(signature, KEY_BYTES);
    this.exports.ed25519Begin();
    this.#stream(message, (length) => this.exports.ed25519Update(length));
    while (this.exports.ed25519Step() === 0) continue;
    return { valid: this.exports.ed25519Result() >>> 0 === VALID };
  }

  /** Whether the bytes are exactly one deterministic CBOR item (assembly/codec/item.ts). */
  cborItem(bytes: Uint8Array): Judged {
    if (bytes.length > OBJECT_BYTES_MAX) return tooLong("bytes", bytes.length, OBJECT_BYTES_MAX);
    this.put(bytes);
    return { valid: this.exports.cborItem(bytes.length) === 1 };
  }

  /** Whether a tagged COSE_Sign1 is valid under a key (assembly/codec/cose-generic.ts). */
  coseSign1(publicKey: Uint8Array, externalAad: Uint8Array, message: Uint8Array): Judged {
    if (publicKey.length !== KEY_BYTES) return wrongLength("publicKey", publicKey, KEY_BYTES);
    const room = OBJECT_BYTES_MAX - KEY_BYTES;
    const length = externalAad.length + message.length;
    if (length > room) return tooLong("externalAad and message", length, room);
    this.put(publicKey);
    this.put(externalAad, KEY_BYTES);
    this.put(message, KEY_BYTES + externalAad.length);
    return { valid: this.exports.coseSign1Verify(externalAad.length, message.length) === 1 };
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
    // The path of the largest tree has 64 hashes; the module refuses a longer one by its length.
    const pathMax = 65;
    this.put(root, HASH_BYTES);
    for (const [i, hash] of path.slice(0, pathMax).entries()) this.put(hash, HASH_BYTES * (2 + i));
    this.put(leafHash);
    return { valid: this.exports.merkleInclusion(index, size, Math.min(path.length, pathMax)) === 1 };
  }

  /** Feeds bytes of any length through the shared buffer, one filling after the other. */
  #stream(bytes: Uint8Array, take: (length: number) => void): void {
    for (let at = 0; at < bytes.length; at += OBJECT_BYTES_MAX) {
      const piece = bytes.subarray(at, at + OBJECT_BYTES_MAX);
      this.put(piece);
      take(piece.length);
    }
  }
}

function wrongLength(name: string, bytes: Uint8Array, length: number): Judged {
  return { valid: false, why: `${name} has ${bytes.length} bytes, not ${length}` };
}

function tooLong(name: string, length: number, lengthMax: number): Judged {
  return { valid: false, why: `${name}: ${length} bytes, more than the ${lengthMax} of an object` };
}
