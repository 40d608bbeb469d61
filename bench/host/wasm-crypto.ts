/**
 * wasm-crypto is published as AssemblyScript source without a module, so it is compiled here, once for each release of it and of
 * the compiler: -O3 as in its own build script, but with the minimal runtime, which takes less than half the time of the default one.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync } from "node:fs";
import { basename, join, relative } from "node:path";
import type { Ed25519Peer } from "./ed25519-peer.js";
import type { HashPeer } from "./hash-peer.js";
import { packageDirectory, packageVersion, ROOT } from "./package-version.js";

const NAME = "wasm-crypto";

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly U8ARRAY_ID: { readonly value: number };
  readonly __new: (bytes: number, id: number) => number;
  readonly __pin: (pointer: number) => number;
  readonly __unpin: (pointer: number) => void;
  readonly __collect: () => void;
  readonly signEdVerify: (signature: number, message: number, publicKey: number) => number;
  readonly sha256Hash: (message: number) => number;
  readonly hash: (message: number) => number;
}

/** Its module's path; compiles it if it is not there. */
function compiled(): string {
  // Its real path: node_modules may be a link, and the compiler takes its output path from where it runs.
  const directory = realpathSync(packageDirectory(NAME));
  const cache = join(ROOT, "out/bench");
  const file = join(cache, `${NAME}-${packageVersion(NAME)}-asc-${packageVersion("assemblyscript")}.wasm`);
  if (existsSync(file)) return file;
  mkdirSync(cache, { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  const compiler = join(packageDirectory("assemblyscript"), "bin/asc.js");
  const options = ["-O3", "--exportRuntime", "--runtime", "minimal", "--use", "abort="];
  const sources = ["assembly/crypto.ts", "assembly/precomp.ts"];
  // From its own directory: our compiler options (asconfig.json) are not for it.
  execFileSync(
    process.execPath,
    [
      compiler,
      ...sources,
      ...options,
      "-o",
      relative(directory, join(realpathSync(cache), basename(unfinished))),
    ],
    {
      cwd: directory,
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  renameSync(unfinished, file);
  return file;
}

/** An instance, and byte arrays in its heap. */
class Instance {
  readonly exports: Exports;
  readonly #id: number;
  #calls = 0;

  constructor(module: WebAssembly.Module) {
    this.exports = new WebAssembly.Instance(module, {}).exports as unknown as Exports;
    this.#id = this.exports.U8ARRAY_ID.value;
  }

  /** A managed Uint8Array with these bytes (AssemblyScript's object layout: buffer, dataStart, byteLength). */
  lower(bytes: Uint8Array): number {
    const { __new, __pin, __unpin, memory } = this.exports;
    const buffer = __pin(__new(bytes.length, 1));
    new Uint8Array(memory.buffer).set(bytes, buffer);
    const view = __pin(__new(12, this.#id));
    const words = new Uint32Array(memory.buffer, view, 3);
    words[0] = buffer;
    words[1] = buffer;
    words[2] = bytes.length;
    __unpin(buffer);
    return view;
  }

  /** A copy of a managed Uint8Array. */
  lift(view: number): Uint8Array {
    const [, start, length] = new Uint32Array(this.exports.memory.buffer, view, 3);
    return new Uint8Array(this.exports.memory.buffer, start, length).slice();
  }

  release(...views: readonly number[]): void {
    for (const view of views) this.exports.__unpin(view);
    // It allocates in every operation, and its minimal runtime collects only when told; not each time, to be fair.
    if (++this.#calls % 64 === 0) this.exports.__collect();
  }
}

let module: WebAssembly.Module | undefined;

/** Compiled when a peer is made: an error there is one of the rig, and no refusal of a signature. */
function loaded(): WebAssembly.Module {
  module ??= new WebAssembly.Module(readFileSync(compiled()));
  return module;
}

/** Its Ed25519. */
export function wasmCrypto(): Ed25519Peer {
  const module = loaded();
  return {
    name: NAME,
    version: packageVersion(NAME),
    engine: "wasm",
    note: `AssemblyScript, compiled here by asc ${packageVersion("assemblyscript")} -O3, minimal runtime`,
    open: (cases) => {
      const library = new Instance(module);
      return (index) => {
        const it = cases[index % cases.length]!;
        const signature = library.lower(it.signature);
        const message = library.lower(it.message);
        const publicKey = library.lower(it.publicKey);
        const valid = library.exports.signEdVerify(signature, message, publicKey) !== 0;
        library.release(signature, message, publicKey);
        return valid;
      };
    },
  };
}

/** Its digests. */
export function wasmCryptoHash(bits: 256 | 512): HashPeer {
  const module = loaded();
  return {
    name: NAME,
    version: packageVersion(NAME),
    engine: "wasm",
    open: () => {
      const library = new Instance(module);
      return (bytes) => {
        const message = library.lower(bytes);
        const view = bits === 256 ? library.exports.sha256Hash(message) : library.exports.hash(message);
        const digest = library.lift(view);
        library.release(message);
        return digest;
      };
    },
  };
}
