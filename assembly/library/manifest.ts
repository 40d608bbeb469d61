/** The library manifest (SPEC 3.1): what signs a drug library of any size. */
import { objectDigest } from "../codec/cose";
import { AT, COPY, END, NONZERO, REQUIRED, UINT32, UINT64 } from "../codec/record";
import { NEXT, OBJECT_TO_BE_SIGNED, TRUST } from "../layout";
import { ABI_VERSION, TREE_LEAVES_MAX } from "../limits";
import * as status from "../status";
import { State } from "../store/state";
import { ROLE_LIBRARY } from "../trust/key";
import { layOut, multisignatureOpen, openedEnvelope } from "../trust/multisignature";
import { decodeObject } from "../trust/object";
import { Root } from "../trust/root";
import { floorAccepts } from "../trust/time";

@unmanaged
export class Manifest {
  present: u32;
  epoch: u32;
  library_id_0: u64;
  library_id_1: u64;
  version: u32;
  entryCount: u32;
  issued_s: u64;
  /** 0 or not above the floor: at once. */
  enable_s: u64;
  expires_s: u64;
  /** Root of the tree over the entries, 32 bytes. */
  root_0: u64;
  root_1: u64;
  root_2: u64;
  root_3: u64;
  root_version_min: u32;
  abi_min: u32;
  grace_s: u32;
  pad: u32;
  /** Digest of the manifest (SPEC 1.5). */
  digest_0: u64;
  digest_1: u64;
  digest_2: u64;
  digest_3: u64;
}

/** Bytes of a manifest record. */
export const MANIFEST_RECORD_BYTES: u32 = <u32>offsetof<Manifest>();

const MUST: u32 = REQUIRED;
const ANY32: u32 = 0xffffffff;
const SECONDS_BITS: u32 = 53;
const GRACE_S_MAX: u32 = 2592000;

// prettier-ignore
const MANIFEST: usize = memory.data<u32>([
  0 | COPY | MUST | offsetof<Manifest>("library_id_0") << AT, 16,
  1 | UINT32 | MUST | offsetof<Manifest>("epoch") << AT, ANY32,
  2 | UINT32 | MUST | NONZERO | offsetof<Manifest>("version") << AT, ANY32,
  3 | UINT64 | MUST | offsetof<Manifest>("issued_s") << AT, SECONDS_BITS,
  4 | UINT64 | MUST | offsetof<Manifest>("enable_s") << AT, SECONDS_BITS,
  5 | UINT64 | MUST | offsetof<Manifest>("expires_s") << AT, SECONDS_BITS,
  6 | UINT32 | MUST | NONZERO | offsetof<Manifest>("entryCount") << AT, TREE_LEAVES_MAX,
  7 | COPY | MUST | offsetof<Manifest>("root_0") << AT, 32,
  8 | UINT32 | MUST | offsetof<Manifest>("root_version_min") << AT, ANY32,
  9 | UINT32 | MUST | offsetof<Manifest>("abi_min") << AT, ANY32,
  10 | UINT32 | MUST | offsetof<Manifest>("grace_s") << AT, GRACE_S_MAX,
  END,
]);

/** Address of the tree's root, 32 bytes. */
export function manifestRoot(m: Manifest): usize {
  return changetype<usize>(m) + offsetof<Manifest>("root_0");
}

/** Address of the manifest's digest, 32 bytes. */
export function manifestDigest(m: Manifest): usize {
  return changetype<usize>(m) + offsetof<Manifest>("digest_0");
}

/** Takes a signed manifest apart and reads it, unverified, into `m`. OK, ENVELOPE, CBOR or SCHEMA. */
export function manifestOpen(m: Manifest, address: usize, length: u32): u32 {
  const opened = multisignatureOpen(address, length, ROLE_LIBRARY);
  if (opened != status.OK) return opened;
  const e = openedEnvelope();
  const record = changetype<usize>(m);
  const decoded = decodeObject(e.payload, e.payloadLength, MANIFEST, record, MANIFEST_RECORD_BYTES);
  if (decoded != status.OK) return decoded;
  layOut(0);
  objectDigest(OBJECT_TO_BE_SIGNED, manifestDigest(m)); // some 150 bytes: no slice of its own
  return status.OK;
}

/** True if the manifest is of the library that `root` names. */
export function manifestIsOf(m: Manifest, root: Root): bool {
  const sameId = m.library_id_0 == root.library_id_0 && m.library_id_1 == root.library_id_1;
  return sameId && m.epoch == root.library_epoch;
}

/** True if `m` comes after `other`: (epoch, version) as a pair. */
export function manifestIsAfter(m: Manifest, other: Manifest): bool {
  return m.epoch > other.epoch || (m.epoch == other.epoch && m.version > other.version);
}

/** What a new manifest must fulfil beside its signatures and its version: library, times, root version and ABI. */
export function manifestAcceptable(m: Manifest): u32 {
  const trust = changetype<Root>(TRUST);
  if (!manifestIsOf(m, trust)) return status.LIBRARY_ID;
  if (m.root_version_min > changetype<State>(NEXT).root_version) return status.LIBRARY_NEEDS_ROOT;
  if (m.abi_min > ABI_VERSION) return status.LIBRARY_NEEDS_ABI;
  // One that is enabled only after its expiry would never be of use.
  if (m.expires_s <= m.enable_s) return status.EXPIRED;
  return floorAccepts(m.issued_s, m.expires_s, trust.max_skew_s);
}
