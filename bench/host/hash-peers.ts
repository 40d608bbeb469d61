/** Every SHA-256 and SHA-512 that is measured beside ours. */
import { createHash, webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { digest as asSha256 } from "@chainsafe/as-sha256";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { createSHA256, createSHA512 } from "hash-wasm";
import sodium from "libsodium-wrappers";
import nacl from "tweetnacl";
import type { HashPeer } from "./hash-peer.js";
import { packageVersion } from "./package-version.js";
import { wasmCryptoHash } from "./wasm-crypto.js";

const openssl = `OpenSSL ${process.versions.openssl}`;

/** Those that have this digest. */
export async function hashPeers(bits: 256 | 512): Promise<HashPeer[]> {
  await sodium.ready;
  const both = [nodeCrypto(bits), webCrypto(bits), hashWasm(bits), noble(bits), wasmCryptoHash(bits)];
  // libsodium-wrappers has SHA-256 only in its larger edition, tweetnacl has none, as-sha256 nothing else.
  return bits === 256 ? [...both, chainsafe(), chainsafeWithoutSimd()] : [...both, libsodium(), tweetnacl()];
}

function nodeCrypto(bits: 256 | 512): HashPeer {
  const name = `sha${bits}`;
  return {
    name: "node:crypto",
    version: openssl,
    engine: "native",
    note: "createHash; uses the processor's SHA instructions where it has them",
    open: () => (message) => createHash(name).update(message).digest(),
  };
}

function webCrypto(bits: 256 | 512): HashPeer {
  const name = `SHA-${bits}`;
  return {
    name: "WebCrypto",
    version: openssl,
    engine: "native",
    asynchronous: true,
    note: "every answer is awaited",
    open: () => async (message) => new Uint8Array(await webcrypto.subtle.digest(name, message)),
  };
}

function hashWasm(bits: 256 | 512): HashPeer {
  return {
    name: "hash-wasm",
    version: packageVersion("hash-wasm"),
    engine: "wasm",
    note: "one instance, used again",
    open: async () => {
      const hasher = await (bits === 256 ? createSHA256() : createSHA512());
      return (message) => hasher.init().update(message).digest("binary");
    },
  };
}

function noble(bits: 256 | 512): HashPeer {
  const hash = bits === 256 ? sha256 : sha512;
  return {
    name: "@noble/hashes",
    version: packageVersion("@noble/hashes"),
    engine: "JavaScript",
    open: () => (message) => hash(message),
  };
}

function chainsafe(): HashPeer {
  return {
    name: "@chainsafe/as-sha256",
    version: packageVersion("@chainsafe/as-sha256"),
    engine: "wasm",
    note: "AssemblyScript, with SIMD where the engine has it; the host tools' own SHA-256",
    open: () => asSha256,
  };
}

/** What its module without SIMD exports. */
interface AsSha256 {
  readonly memory: WebAssembly.Memory;
  readonly input: WebAssembly.Global;
  readonly output: WebAssembly.Global;
  readonly INPUT_LENGTH: WebAssembly.Global;
  init(): void;
  update(at: number, length: number): void;
  final(to: number): void;
}

/** The package's other module, which like ours uses nothing but integers: what a microcontroller could run. */
function chainsafeWithoutSimd(): HashPeer {
  return {
    name: "@chainsafe/as-sha256, no SIMD",
    version: packageVersion("@chainsafe/as-sha256"),
    engine: "wasm",
    note: "the package's module without SIMD",
    open: () => {
      const entry = createRequire(import.meta.url).resolve("@chainsafe/as-sha256");
      const module = new WebAssembly.Module(readFileSync(join(dirname(entry), "../build/optimized.wasm")));
      const imports = { env: { abort: () => undefined } };
      const gate = new WebAssembly.Instance(module, imports).exports as unknown as AsSha256;
      const input = gate.input.value;
      const output = gate.output.value;
      const most = gate.INPUT_LENGTH.value;
      const bytes = new Uint8Array(gate.memory.buffer);
      return (message) => {
        gate.init();
        for (let at = 0; at < message.length; at += most) {
          const piece = message.subarray(at, at + most);
          bytes.set(piece, input);
          gate.update(input, piece.length);
        }
        gate.final(output);
        return bytes.slice(output, output + 32);
      };
    },
  };
}

function libsodium(): HashPeer {
  return {
    name: "libsodium-wrappers",
    version: packageVersion("libsodium-wrappers"),
    engine: "wasm",
    open: () => (message) => sodium.crypto_hash(message),
  };
}

function tweetnacl(): HashPeer {
  return {
    name: "tweetnacl",
    version: packageVersion("tweetnacl"),
    engine: "JavaScript",
    open: () => (message) => nacl.hash(message),
  };
}
