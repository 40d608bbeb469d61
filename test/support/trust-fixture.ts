/** A small hospital for the trust bench: keys, root documents, manifests and entries, each easy to make wrong in one place. */
import { type Encodable, encodeCbor } from "../../host-sim/authority/encoding.js";
import { PROFILE as AAD_PROFILE, externalAad, sign, type Signer } from "../../host-sim/authority/cose.js";
import {
  type KeyDescription,
  type KeyPair,
  simulatedKey,
  type TrustedKey,
} from "../../host-sim/authority/keys.js";
import { MerkleTree } from "../../host-sim/authority/library/tree.js";
import { LIBRARY_AAD, type Manifest } from "../../host-sim/authority/manifest.js";
import { encodeRootUnchecked, type Root, ROOT_AAD } from "../../host-sim/authority/root.js";
import { STATUS, statusName } from "../../host-sim/gate/status.js";
import { type Outcome, TrustBench } from "./trust-bench.js";

/** Issue of the first root document, Unix seconds. */
export const T0 = 1_800_000_000;
export const DAY = 86_400;
export const LIBRARY_ID = new Uint8Array(16).fill(0x1d);

function key(
  name: string,
  description: Omit<KeyDescription, "name" | "holder"> & { holder?: string },
): KeyPair {
  return simulatedKey("trust bench", { name, holder: name, ...description });
}

export const KEYS = {
  rootAuthor: key("root author", { duty: "author", roles: ["root"] }),
  rootApprover: key("root approver", { duty: "approver", roles: ["root"] }),
  rootSpare: key("root spare", { duty: "approver", roles: ["root"] }),
  /** A second author key of the holder who has the first. */
  rootAuthorTwin: key("root twin", { duty: "approver", roles: ["root"], holder: "root author" }),
  libraryAuthor: key("library author", { duty: "author", roles: ["library"] }),
  libraryApprover: key("library approver", { duty: "approver", roles: ["library"] }),
  librarySpare: key("library spare", { duty: "author", roles: ["library"] }),
  order: key("prescriber", { duty: "author", roles: ["order"] }),
  stranger: key("stranger", { duty: "author", roles: ["root", "library"] }),
} as const;

/** What a root document says of a key, changed. */
export function listed(key: TrustedKey, change: Partial<TrustedKey> = {}): TrustedKey {
  const { name, algorithm, publicKey, holder, duty, roles, kinds } = key;
  return { name, algorithm, publicKey, holder, duty, roles, kinds, ...change };
}

/** The signers of most root documents. */
export const ROOT_SIGNERS = [KEYS.rootAuthor, KEYS.rootApprover];
export const LIBRARY_SIGNERS = [KEYS.libraryAuthor, KEYS.libraryApprover];

export function rootDocument(change: Partial<Root> = {}): Root {
  return {
    facility: "Test Hospital",
    version: 1,
    issuedS: T0,
    expiresS: T0 + 365 * DAY,
    libraryId: LIBRARY_ID,
    libraryEpoch: 1,
    keys: [KEYS.rootAuthor, KEYS.rootApprover, KEYS.libraryAuthor, KEYS.libraryApprover, KEYS.order],
    thresholds: { root: 2, library: 2, order: 1 },
    policy: { maxSkewS: 2 * DAY, commandLifeSMax: 600, localOverride: true },
    ...change,
  };
}

/** Signs whatever the document says. */
export function signRootAnyway(root: Root, signers: readonly Signer[] = ROOT_SIGNERS): Uint8Array {
  return sign(encodeRootUnchecked(root), ROOT_AAD, signers).bytes;
}

/** Signs a payload of any shape as a root document. */
export function signRootPayload(payload: Encodable, signers: readonly Signer[] = ROOT_SIGNERS): Uint8Array {
  return sign(encodeCbor(payload), ROOT_AAD, signers).bytes;
}

export function provisioningBlock(
  root: Uint8Array,
  change: Record<number, Encodable | undefined> = {},
): Uint8Array {
  return encodeCbor({
    0: new Uint8Array(16).fill(0xd1),
    1: new Uint8Array(32).fill(0x5e),
    2: new Uint8Array(32).fill(0x10),
    3: 1,
    4: [
      [7, 1000],
      [9, 2500],
    ],
    5: root,
    ...change,
  });
}

/** A bench whose device is provisioned with `root`. */
export async function provisioned(
  root: Root = rootDocument(),
  signers: readonly Signer[] = ROOT_SIGNERS,
): Promise<TrustBench> {
  const bench = await TrustBench.create();
  const outcome = bench.run("provision", provisioningBlock(signRootAnyway(root, signers)));
  if (outcome.status !== STATUS.OK) throw new Error(`provisioning ends with ${statusName(outcome.status)}`);
  return bench;
}

/** A profile's fields (SPEC 3.2). */
export function profileEntry(
  change: Record<number, Encodable | undefined> = {},
): Record<number, Encodable | undefined> {
  return {
    0: 1,
    1: 0,
    2: 0,
    3: "Adult ICU",
    4: 3,
    5: 999_000_000,
    6: 9_999_000_000,
    7: [40_000, 300_000],
    8: [12_000, 30_000],
    9: 1_000_000,
    ...change,
  };
}

/** mcg/kg/min (SPEC 3.3). */
export const MCG_KG_MIN = 1 | (1 << 4) | (1 << 8);
/** mg without basis or time. */
export const MG = 2;
/** mg/min. */
export const MG_MIN = 2 | (1 << 8);
export const ML = 8;
export const ML_MIN = 8 | (1 << 8);
export const ML_H = 8 | (2 << 8);
export const ML_DAY = 8 | (3 << 8);

/** A drug's fields: every optional key but 6, each with all its bounds. */
export function drugEntry(
  change: Record<number, Encodable | undefined> = {},
): Record<number, Encodable | undefined> {
  return {
    0: 1,
    1: 100,
    2: 0,
    3: "DOPamine",
    4: 8,
    5: [400_000_000_000, 250_000_000],
    7: { 0: MCG_KG_MIN, 1: { 0: 100_000, 1: 500_000, 2: 10_000_000, 3: 20_000_000 } },
    8: { 0: MG, 1: { 0: 1, 1: 2, 2: 3, 3: 4 } },
    9: { 0: MG_MIN, 1: { 0: 1, 1: 2, 2: 3, 3: 4 } },
    10: { 0: 0, 1: 1_000_000, 2: 100_000_000, 3: 500_000_000 },
    11: [40_000, 200_000],
    12: [12_000, 25_000],
    13: 1,
    ...change,
  };
}

export const PROFILE_1 = encodeCbor(profileEntry());
export const ENTRIES: readonly Uint8Array[] = [
  PROFILE_1,
  encodeCbor(drugEntry()),
  encodeCbor(drugEntry({ 1: 101, 3: "DOBUTamine" })),
];

export interface LibraryFixture {
  readonly manifest: Manifest;
  readonly entries: readonly Uint8Array[];
  readonly bytes: Uint8Array;
}

/** A signed library; `change` goes into the manifest whatever it says. */
export function library(
  change: Partial<Manifest> = {},
  entries: readonly Uint8Array[] = ENTRIES,
  signers: readonly Signer[] = LIBRARY_SIGNERS,
): LibraryFixture {
  const manifest: Manifest = {
    libraryId: LIBRARY_ID,
    epoch: 1,
    version: 1,
    issuedS: T0,
    enableS: 0,
    expiresS: T0 + 365 * DAY,
    entryCount: entries.length,
    merkleRoot: new MerkleTree(entries).root,
    rootVersionMin: 1,
    abiMin: 1 << 16,
    graceS: 7 * DAY,
    ...change,
  };
  return { manifest, entries, bytes: signManifestAnyway(manifest, signers) };
}

export function manifestFields(manifest: Manifest): Record<number, Encodable> {
  return {
    0: manifest.libraryId,
    1: manifest.epoch,
    2: manifest.version,
    3: manifest.issuedS,
    4: manifest.enableS,
    5: manifest.expiresS,
    6: manifest.entryCount,
    7: manifest.merkleRoot,
    8: manifest.rootVersionMin,
    9: manifest.abiMin,
    10: manifest.graceS,
  };
}

export function signManifestAnyway(
  manifest: Manifest,
  signers: readonly Signer[] = LIBRARY_SIGNERS,
): Uint8Array {
  return sign(encodeCbor(manifestFields(manifest)), LIBRARY_AAD, signers).bytes;
}

/** Begin, entries, commit; the outcome of the first that is not OK, else of the commit. */
export function installLibrary(bench: TrustBench, lib: LibraryFixture): Outcome {
  const begun = bench.run("libraryBegin", lib.bytes);
  if (begun.status !== STATUS.OK) return begun;
  for (const entry of lib.entries) {
    const taken = bench.run("libraryEntry", entry);
    if (taken.status !== STATUS.OK) return taken;
  }
  return bench.run("libraryCommit");
}

/** A signer whose signatures come out wrong by one bit, or under another algorithm label or profile. */
export function spoilt(signer: KeyPair, how: "bit" | "algorithm" | "profile"): Signer {
  return {
    kid: signer.kid,
    algorithm: how === "algorithm" ? -8 : signer.algorithm,
    sign: (message) => {
      if (how === "profile") {
        const from = Buffer.from(externalAad(AAD_PROFILE.root, null, null));
        const at = Buffer.from(message).indexOf(from);
        if (at < 0) throw new Error("the message has no root profile to replace");
        const changed = new Uint8Array(message);
        changed[at + from.indexOf("root")] = "r".charCodeAt(0) ^ 1;
        return signer.sign(changed);
      }
      const signature = signer.sign(message);
      if (how === "bit") signature[10] = signature[10]! ^ 1;
      return signature;
    },
  };
}

export { STATUS, statusName };
