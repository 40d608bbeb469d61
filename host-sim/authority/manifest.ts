/** The library manifest (SPEC 3.1): what is signed of a drug library. Its entries are bound in by their Merkle root. */
import { externalAad, PROFILE, sign, type Signed, type Signer } from "./cose.js";
import { decodeCbor, encodeCbor, EncodingError, MapReader } from "./encoding.js";

export interface Manifest {
  /** 16 bytes, as in the root document. */
  readonly libraryId: Uint8Array;
  readonly epoch: number;
  /** 1..2^32-1; (epoch, version) rises with every library. */
  readonly version: number;
  readonly issuedS: number;
  /** 0 or not above the time floor: at once. */
  readonly enableS: number;
  readonly expiresS: number;
  /** 1..65,536 */
  readonly entryCount: number;
  /** RFC 6962 root over the raw entries, 32 bytes. */
  readonly merkleRoot: Uint8Array;
  readonly rootVersionMin: number;
  /** major << 16 | minor */
  readonly abiMin: number;
  /** How long after expiry the library may still be used, with an alarm; at most 30 days. */
  readonly graceS: number;
}

export const ENTRIES_MAX = 65_536;
const GRACE_S_MAX = 2_592_000;

/** external_aad of every manifest. */
export const LIBRARY_AAD = externalAad(PROFILE.library, null, null);

/** The payload. Throws EncodingError for a field out of its range. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const payload = encodeCbor({
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
  });
  decodeManifest(payload);
  return payload;
}

/** Reads a payload. Throws EncodingError that names the field. */
export function decodeManifest(payload: Uint8Array): Manifest {
  const map = new MapReader(decodeCbor(payload), "");
  const manifest: Manifest = {
    libraryId: map.bytes(0, "library id", 16),
    epoch: map.uint32(1, "epoch"),
    version: map.uint32(2, "version", 1),
    issuedS: map.uint(3, "issued"),
    enableS: map.uint(4, "enable"),
    expiresS: map.uint(5, "expires"),
    entryCount: map.uint(6, "entry count", 1, ENTRIES_MAX),
    merkleRoot: map.bytes(7, "Merkle root", 32),
    rootVersionMin: map.uint32(8, "minimum root version"),
    abiMin: map.uint32(9, "minimum ABI"),
    graceS: map.uint(10, "grace", 0, GRACE_S_MAX),
  };
  map.end();
  if (manifest.expiresS <= manifest.issuedS) {
    throw new EncodingError(map.at(5, "expires"), "is not after issued");
  }
  return manifest;
}

/** Signs a manifest, by default the work of an author and an approver. Throws EncodingError or RangeError. */
export function signManifest(manifest: Manifest, signers: readonly Signer[]): Signed {
  return sign(encodeManifest(manifest), LIBRARY_AAD, signers);
}
