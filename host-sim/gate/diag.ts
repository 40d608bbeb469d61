import { readFileSync } from "node:fs";

/** Where `npm run build` puts the diagnostic module; the same from host-sim/gate and from dist/gate. */
export const DIAG_URL = new URL("../../build/dosegate-diag.wasm", import.meta.url);

/** Bytes of the buffer shared with the module; longer inputs go through in pieces. */
export const DIAG_BUFFER_BYTES = 8192;

/** What a finished verification says: `difference` and `witness` are 0 exactly if the signature is valid. */
export interface Verification {
  /** Key and signature had an acceptable form, known before any arithmetic. */
  readonly acceptable: boolean;
  /** Slices of work it took. */
  readonly slices: number;
  readonly valid: boolean;
  readonly difference: number;
  readonly witness: number;
}

const VALID = 0x2d5aa5d2;
const INVALID = 0xd2a55a2d;

/** The pieces in which a message is fed: the most that counts as one slice of work (assembly/crypto/ed25519.ts). */
const PIECE_BYTES = 1024;

/** The diagnostic module (assembly/diag.ts): the gate's primitives, each as a function from bytes to bytes. */
export class Diag {
  readonly #exports: Record<string, unknown>;
  readonly #memory: WebAssembly.Memory;
  readonly #buffer: number;

  constructor(module: WebAssembly.Module) {
    this.#exports = new WebAssembly.Instance(module, {}).exports;
    const memory = this.#exports.memory;
    if (!(memory instanceof WebAssembly.Memory)) throw new Error("diagnostic module: exports no memory");
    this.#memory = memory;
    this.#buffer = this.call("ioBuffer");
  }

  /** Calls any export by name; the result is unsigned, 0 for none. */
  call(name: string, ...args: number[]): number {
    const target = this.#exports[name];
    if (typeof target !== "function") throw new Error(`diagnostic module: no export ${name}; build it again`);
    return ((target as (...args: number[]) => number | undefined)(...args) ?? 0) >>> 0;
  }

  /** Writes bytes to the shared buffer, from `offset` on. */
  write(bytes: Uint8Array, offset = 0): void {
    if (offset + bytes.length > DIAG_BUFFER_BYTES) {
      throw new RangeError(
        `diagnostic buffer: ${offset + bytes.length} bytes of ${DIAG_BUFFER_BYTES}; use pieces`,
      );
    }
    new Uint8Array(this.#memory.buffer).set(bytes, this.#buffer + offset);
  }

  /** A copy of `length` bytes of the shared buffer, from `offset` on. */
  read(length: number, offset = 0): Uint8Array {
    return this.peek(this.#buffer + offset, length);
  }

  /** A copy of `length` bytes of the module's memory at `address`. */
  peek(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer).slice(address, address + length);
  }

  sha256(message: Uint8Array): Uint8Array {
    return this.#hash(256, message);
  }

  sha512(message: Uint8Array): Uint8Array {
    return this.#hash(512, message);
  }

  hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
    if (key.length + message.length <= DIAG_BUFFER_BYTES) {
      this.write(key);
      this.write(message, key.length);
      this.call("hmacSha256", key.length, message.length);
      return this.read(32);
    }
    this.write(key);
    this.call("hmacBegin", key.length);
    for (const piece of pieces(message, DIAG_BUFFER_BYTES)) {
      this.write(piece);
      this.call("hmacUpdate", piece.length);
    }
    this.call("hmacFinish");
    return this.read(32);
  }

  /**
   * Strict verification (SPEC 1). Like every caller of the module's, this one refuses a key or a signature of another length
   * than 32 or 64 bytes: the module is never asked.
   */
  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    return (
      publicKey.length === 32 &&
      signature.length === 64 &&
      this.ed25519Verification(publicKey, message, signature).valid
    );
  }

  /** The same for 32 and 64 bytes, with everything there is to know about it. */
  ed25519Verification(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Verification {
    this.write(publicKey);
    this.write(signature, 32);
    const acceptable = this.call("ed25519Begin") === 1;
    for (const piece of pieces(message, PIECE_BYTES)) {
      this.write(piece);
      this.call("ed25519Update", piece.length);
    }
    let slices = 1;
    while (this.call("ed25519Step") === 0) slices++;
    const result = this.call("ed25519Result");
    if (result !== VALID && result !== INVALID) {
      throw new Error(`diagnostic module: ed25519 result 0x${result.toString(16)}`);
    }
    return {
      acceptable,
      slices,
      valid: result === VALID,
      difference: this.call("ed25519Difference"),
      witness: this.call("ed25519Witness"),
    };
  }

  #hash(bits: 256 | 512, message: Uint8Array): Uint8Array {
    if (message.length <= DIAG_BUFFER_BYTES) {
      this.write(message);
      this.call(bits === 256 ? "sha256" : "sha512", message.length);
      return this.read(bits / 8);
    }
    this.call("hashBegin", bits);
    for (const piece of pieces(message, DIAG_BUFFER_BYTES)) {
      this.write(piece);
      this.call("hashUpdate", bits, 0, piece.length);
    }
    this.call("hashFinish", bits);
    return this.read(bits / 8);
  }
}

/** Reads and instantiates the diagnostic module. */
export function loadDiag(url: URL | string = DIAG_URL): Diag {
  let wasm: Uint8Array;
  try {
    wasm = new Uint8Array(readFileSync(url));
  } catch (cause) {
    throw new Error(`diagnostic module ${String(url)} cannot be read; build it with: npm run build:wasm`, {
      cause,
    });
  }
  return new Diag(new WebAssembly.Module(wasm));
}

function* pieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
