/** The two builds of the gate that are measured: the release module, and the diagnostic one with the same primitives. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Contender } from "./contender.js";
import { timed } from "./contender.js";
import type { Ed25519Peer } from "./ed25519-peer.js";
import type { HashPeer } from "./hash-peer.js";
import type { SignedCase } from "./signed-case.js";

/** A module as it lies on disk, read once: another build may replace the file while this one is measured. */
export interface Build {
  readonly bytes: number;
  readonly sha256: string;
  readonly module: WebAssembly.Module;
}

const VALID = 0x2d5aa5d2;
const BUFFER_BYTES = 8192;

/** Reads and compiles a module of `npm run build:wasm`. */
export function readBuild(directory: string, name: "dosegate.wasm" | "dosegate-diag.wasm"): Build {
  const path = join(directory, name);
  let wasm: Buffer<ArrayBuffer>;
  try {
    wasm = readFileSync(path);
  } catch (cause) {
    throw new Error(`${path} cannot be read; build it with: npm run build:wasm`, { cause });
  }
  return {
    bytes: wasm.length,
    sha256: createHash("sha256").update(wasm).digest("hex"),
    module: new WebAssembly.Module(wasm),
  };
}

type Export = (...args: number[]) => number;

/** One instance of the diagnostic module with its buffer in view: every call copies its input in, as a host does. */
export class Primitives {
  readonly #exports: Record<string, unknown>;
  readonly #buffer: Uint8Array;

  constructor(build: Build) {
    this.#exports = new WebAssembly.Instance(build.module, {}).exports;
    const { memory } = this.#exports as { memory: WebAssembly.Memory };
    this.#buffer = new Uint8Array(memory.buffer, this.function("ioBuffer")(), BUFFER_BYTES);
  }

  has(name: string): boolean {
    return typeof this.#exports[name] === "function";
  }

  function(name: string): Export {
    const found = this.#exports[name];
    if (typeof found !== "function") {
      throw new Error(`the diagnostic module exports no ${name}: build it again`);
    }
    return found as Export;
  }

  /** Builds the table of a key. False if this build prepares none. */
  prepare(publicKey: Uint8Array): boolean {
    if (!this.has("ed25519Prepare")) return false;
    this.#buffer.set(publicKey);
    return this.function("ed25519Prepare")() === 1;
  }

  /** A verification as one call: key, signature and message behind one another. */
  verifier(cases: readonly SignedCase[]): (index: number) => boolean {
    const verify = this.function("ed25519Verify");
    const buffer = this.#buffer;
    return (index) => {
      const { publicKey, signature, message } = cases[index % cases.length]!;
      buffer.set(publicKey);
      buffer.set(signature, 32);
      buffer.set(message, 96);
      return verify(message.length) >>> 0 === VALID;
    };
  }

  /** A digest; what the buffer does not hold goes through it in pieces. */
  hasher(bits: 256 | 512): (message: Uint8Array) => Uint8Array {
    const whole = this.function(`sha${bits}`);
    const [begin, update, finish] = ["hashBegin", "hashUpdate", "hashFinish"].map((it) => this.function(it));
    const buffer = this.#buffer;
    return (message) => {
      if (message.length <= BUFFER_BYTES) {
        buffer.set(message);
        whole(message.length);
      } else {
        begin!(bits);
        for (let at = 0; at < message.length; at += BUFFER_BYTES) {
          const piece = message.subarray(at, at + BUFFER_BYTES);
          buffer.set(piece);
          update!(bits, 0, piece.length);
        }
        finish!(bits);
      }
      return buffer.slice(0, bits / 8);
    };
  }

  /** Whether the leaf is in the tree; times what a gate does for one entry: its leaf hash and the path. */
  proof(entry: Uint8Array, place: Uint8Array, root: Uint8Array, path: Uint8Array): () => boolean {
    const sha256 = this.function("sha256");
    const inclusion = this.function("merkleInclusion");
    const buffer = this.#buffer;
    const nodes = path.length / 32;
    return () => {
      buffer[0] = 0;
      buffer.set(entry, 1);
      sha256(1 + entry.length);
      buffer.set(root, 32);
      buffer.set(place, 64);
      buffer.set(path, 80);
      return inclusion(nodes) === 1;
    };
  }
}

/** The name under which every figure of ours stands. */
export const OURS = "dosegate";
export const OURS_PREPARED = "dosegate, prepared key";
export const OURS_TABLE = "dosegate, table of a key";

/** The gate's verifier, keys unknown before. */
export function ours(build: Build): Ed25519Peer {
  return {
    name: OURS,
    version: build.sha256.slice(0, 8),
    engine: "wasm",
    note: "key, signature and message are copied in for every call",
    open: (cases) => new Primitives(build).verifier(cases),
  };
}

/** The gate's verifier after a key has verified and its table was built; `null` if this build prepares none. */
export function oursPrepared(build: Build): Ed25519Peer | null {
  if (!new Primitives(build).has("ed25519Prepare")) return null;
  return {
    name: OURS_PREPARED,
    version: build.sha256.slice(0, 8),
    engine: "wasm",
    note: "16 messages of one key, whose table was built before",
    open: (cases) => {
      const instance = new Primitives(build);
      instance.prepare(cases[0]!.publicKey);
      return instance.verifier(cases);
    },
  };
}

/** How long the table of a key takes, `null` if this build prepares none. */
export function preparation(build: Build, cases: readonly SignedCase[]): Contender | null {
  const instance = new Primitives(build);
  if (!instance.has("ed25519Prepare")) return null;
  const forget = instance.function("ed25519Forget");
  return {
    name: OURS_TABLE,
    version: build.sha256.slice(0, 8),
    engine: "wasm",
    note: "no verification: what it takes to prepare a key, once",
    wrong: null,
    measure: timed((index) => {
      forget();
      return instance.prepare(cases[index % cases.length]!.publicKey);
    }),
  };
}

/** The gate's digests. */
export function oursHash(build: Build, bits: 256 | 512): HashPeer {
  return {
    name: OURS,
    version: build.sha256.slice(0, 8),
    engine: "wasm",
    open: () => new Primitives(build).hasher(bits),
  };
}
