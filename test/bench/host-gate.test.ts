import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { whatIsWrong } from "../../bench/host/ed25519-gate.js";
import type { Ed25519Peer } from "../../bench/host/ed25519-peer.js";
import { ed25519Peers } from "../../bench/host/ed25519-peers.js";
import { type HashPeer, whatIsWrongWithHash } from "../../bench/host/hash-peer.js";
import { hashPeers } from "../../bench/host/hash-peers.js";
import { type Build, ours, oursHash, oursPrepared, readBuild } from "../../bench/host/module.js";
import { compileNative, nativeEd25519, nativeHash } from "../../bench/host/native-libsodium.js";
import { casesOfManyKeys, casesOfOneKey, signedCase } from "../../bench/host/signed-case.js";

const BUILD = fileURLToPath(new URL("../../build", import.meta.url));
let diag: Build;
let peers: readonly Ed25519Peer[];

beforeAll(async () => {
  diag = readBuild(BUILD, "dosegate-diag.wasm");
  peers = await ed25519Peers();
});

const peer = (name: string): Ed25519Peer => {
  const found = peers.find((it) => it.name === name);
  if (found === undefined) throw new Error(`no peer ${name}`);
  return found;
};

describe("the correctness gate of Ed25519", () => {
  it.each([
    "node:crypto",
    "WebCrypto",
    "libsodium-wrappers",
    "@hazae41/ed25519.wasm",
    "@noble/curves",
    "@noble/ed25519",
    "tweetnacl",
  ])("lets %s pass", async (name) => {
    expect(await whatIsWrong(peer(name))).toBeNull();
  });

  it("lets the gate's own verifier pass, prepared and not", async () => {
    expect(await whatIsWrong(ours(diag))).toBeNull();
    const prepared = oursPrepared(diag);
    expect(prepared).not.toBeNull();
    expect(await whatIsWrong(prepared!)).toBeNull();
  });

  it("marks a verifier that refuses messages from 192 bytes on, as the published wasm-crypto does", async () => {
    const wrong = await whatIsWrong(peer("wasm-crypto"));
    expect(wrong).toContain("refuses 32 of 32 good signatures");
    expect(wrong).toMatch(/it refuses those of 192, 255, 256, 1023, 1024$/);
  });

  it("marks one that accepts everything, one that refuses everything, and one that looks at half of the signature", async () => {
    const always = (answer: boolean): Ed25519Peer => ({ ...peer("tweetnacl"), open: () => () => answer });
    expect(await whatIsWrong(always(true))).toBe("accepts 112 of 112 forgeries");
    expect(await whatIsWrong(always(false))).toContain("refuses 32 of 32");
    const good = peer("node:crypto");
    const half: Ed25519Peer = {
      ...good,
      // The last eight bytes of S are taken for granted.
      open: async (cases) => {
        const [exact, mended] = await Promise.all([good.open(cases), good.open(cases.map(mend))]);
        return async (index) => (await exact(index)) || (await mended(index));
      },
    };
    expect(await whatIsWrong(half)).toBe("accepts 16 of 112 forgeries");
  });

  it("takes an exception for a refusal", async () => {
    const good = peer("node:crypto");
    const throwing: Ed25519Peer = {
      ...good,
      open: async (cases) => {
        const verify = await good.open(cases);
        return async (index) => {
          if (await verify(index)) return true;
          throw new Error("bad signature");
        };
      },
    };
    expect(await whatIsWrong(throwing)).toBeNull();
  });
});

/** Turns bit 0 of byte 60 back if that makes it one of the cases. */
function mend(it: ReturnType<typeof signedCase>): ReturnType<typeof signedCase> {
  const signature = it.signature.slice();
  signature[60] = signature[60]! ^ 1;
  return { ...it, signature };
}

describe("the correctness gate of the digests", () => {
  it.each([256, 512] as const)("lets every SHA-%i pass but wasm-crypto's", async (bits) => {
    const all = [oursHash(diag, bits), ...(await hashPeers(bits))];
    const wrong: Record<string, string | null> = {};
    for (const it of all) wrong[it.name] = await whatIsWrongWithHash(it, bits);
    const shortest = bits === 256 ? 128 : 256;
    const { "wasm-crypto": published, ...others } = wrong;
    expect(published).toContain(`${shortest} bytes the shortest`);
    expect(Object.values(others).every((it) => it === null)).toBe(true);
    expect(Object.keys(others).length).toBeGreaterThanOrEqual(6);
  });

  it("marks a digest that is wrong at one length alone", async () => {
    const off: HashPeer = {
      name: "off by one",
      version: "1",
      engine: "JavaScript",
      open: () => (message) => {
        const digest = createHash("sha256").update(message).digest();
        if (message.length === 119) digest[31]! ^= 1;
        return digest;
      },
    };
    expect(await whatIsWrongWithHash(off, 256)).toBe(
      "wrong digest for 1 of 267 lengths, 119 bytes the shortest",
    );
    expect(await whatIsWrongWithHash(off, 512)).toContain("267 of 267");
  });
});

describe("libsodium in C", () => {
  const missing = compileNative();

  it.skipIf(missing !== null)(
    "passes the gate and times what it is told (Debian: gcc, libsodium-dev)",
    async () => {
      const verify = await nativeEd25519(casesOfManyKeys());
      const hash = await nativeHash(512, 200, casesOfOneKey());
      for (const it of [verify, hash]) {
        if ("absent" in it) throw new Error(it.absent);
        expect(it.wrong).toBeNull();
        expect(await it.measure(16)).toBeGreaterThan(0);
        it.stop?.();
      }
    },
  );

  it.skipIf(missing !== null)(
    "is marked where the cases it is given are not signed (Debian: gcc, libsodium-dev)",
    async () => {
      const unsigned = casesOfManyKeys().map((it) => ({ ...it, signature: new Uint8Array(64).fill(1) }));
      const it = await nativeEd25519(unsigned);
      if ("absent" in it) throw new Error(it.absent);
      expect(it.wrong).toBe("takes 0 of 16 good signatures and 0 forged ones");
      it.stop?.();
    },
  );
});
