/** Every Ed25519 verifier that is measured beside ours. */
import { createPublicKey, verify as verifyNative, webcrypto } from "node:crypto";
import * as hazae41 from "@hazae41/ed25519.wasm";
import { ed25519 as nobleCurves } from "@noble/curves/ed25519.js";
import * as nobleEd25519 from "@noble/ed25519";
import { sha512 } from "@noble/hashes/sha2.js";
import sodium from "libsodium-wrappers";
import nacl from "tweetnacl";
import type { Ed25519Peer } from "./ed25519-peer.js";
import { packageVersion } from "./package-version.js";
import { wasmCrypto } from "./wasm-crypto.js";

/** What comes before the 32 bytes in a SubjectPublicKeyInfo (RFC 8410 4). */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

const openssl = `OpenSSL ${process.versions.openssl}`;

/** In the order of the tables' first print; names are what budgets and bars refer to. */
export async function ed25519Peers(): Promise<Ed25519Peer[]> {
  await sodium.ready;
  await hazae41.initBundled();
  nobleEd25519.hashes.sha512 = sha512;
  return [nodeCrypto(), webCrypto(), libsodium(), dalek(), curves(), small(), tweetnacl(), wasmCrypto()];
}

function nodeCrypto(): Ed25519Peer {
  return {
    name: "node:crypto",
    version: openssl,
    engine: "native",
    note: "key objects made before",
    open: (cases) => {
      const keys = cases.map(({ publicKey }) =>
        createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: "der", type: "spki" }),
      );
      return (index) => {
        const { message, signature } = cases[index % cases.length]!;
        return verifyNative(null, message, keys[index % cases.length]!, signature);
      };
    },
  };
}

function webCrypto(): Ed25519Peer {
  return {
    name: "WebCrypto",
    version: openssl,
    engine: "native",
    asynchronous: true,
    note: "keys imported before; every answer is awaited",
    open: async (cases) => {
      const { subtle } = webcrypto;
      const algorithm = { name: "Ed25519" };
      const keys = await Promise.all(
        cases.map(({ publicKey }) => subtle.importKey("raw", publicKey, algorithm, false, ["verify"])),
      );
      return (index) => {
        const { message, signature } = cases[index % cases.length]!;
        return subtle.verify(algorithm, keys[index % cases.length]!, signature, message);
      };
    },
  };
}

function libsodium(): Ed25519Peer {
  return {
    name: "libsodium-wrappers",
    version: packageVersion("libsodium-wrappers"),
    engine: "wasm",
    note: `libsodium ${sodium.sodium_version_string()}`,
    open: (cases) => (index) => {
      const { message, signature, publicKey } = cases[index % cases.length]!;
      return sodium.crypto_sign_verify_detached(signature, message, publicKey);
    },
  };
}

function dalek(): Ed25519Peer {
  const { Ed25519Signature, Ed25519VerifyingKey, Memory } = hazae41;
  return {
    name: "@hazae41/ed25519.wasm",
    version: packageVersion("@hazae41/ed25519.wasm"),
    engine: "wasm",
    note: "ed25519-dalek; keys decompressed before, its best case",
    open: (cases) => {
      const keys = cases.map(({ publicKey }) => new Ed25519VerifyingKey(new Memory(publicKey)));
      return (index) => {
        const it = cases[index % cases.length]!;
        // What these allocate in its heap is freed by their finalizers, after the round.
        const message = new Memory(it.message);
        return keys[index % cases.length]!.verify(message, new Ed25519Signature(new Memory(it.signature)));
      };
    },
  };
}

function curves(): Ed25519Peer {
  return {
    name: "@noble/curves",
    version: packageVersion("@noble/curves"),
    engine: "JavaScript",
    open: (cases) => (index) => {
      const { message, signature, publicKey } = cases[index % cases.length]!;
      return nobleCurves.verify(signature, message, publicKey);
    },
  };
}

function small(): Ed25519Peer {
  return {
    name: "@noble/ed25519",
    version: packageVersion("@noble/ed25519"),
    engine: "JavaScript",
    note: "synchronous, with the SHA-512 of @noble/hashes",
    open: (cases) => (index) => {
      const { message, signature, publicKey } = cases[index % cases.length]!;
      return nobleEd25519.verify(signature, message, publicKey);
    },
  };
}

function tweetnacl(): Ed25519Peer {
  return {
    name: "tweetnacl",
    version: packageVersion("tweetnacl"),
    engine: "JavaScript",
    open: (cases) => (index) => {
      const { message, signature, publicKey } = cases[index % cases.length]!;
      return nacl.sign.detached.verify(message, signature, publicKey);
    },
  };
}
