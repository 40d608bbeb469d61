/** Every SHA-256 and SHA-512 that is measured beside ours. */
import { createHash, webcrypto } from "node:crypto";
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
  return bits === 256 ? [...both, chainsafe()] : [...both, libsodium(), tweetnacl()];
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
    note: "AssemblyScript; the host tools' own SHA-256",
    open: () => asSha256,
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
