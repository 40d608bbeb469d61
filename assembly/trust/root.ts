/**
 * The root document (SPEC 2.2) as a fixed record, and when it is self-consistent. A record that was accepted needs no
 * further check: its arrays are within bounds, its kids distinct, its thresholds reachable.
 */
import { ALG_ED25519, ALG_EDDSA } from "../codec/cose";
import {
  AT,
  COPY,
  END,
  EXACT,
  INT32,
  LIST,
  MAP,
  NONZERO,
  REQUIRED,
  TEXT,
  UINT32,
  UINT64,
} from "../codec/record";
import { sha256 } from "../crypto/sha256";
import { HASH_SCRATCH } from "../layout";
import { COMMAND_LIFE_S_MAX, ROOT_KEYS_MAX } from "../limits";
import * as status from "../status";
import { Key, KEY_BYTES, PUBLIC_KEY_BYTES, publicKeyOf, ROLE_LIBRARY, ROLES, ROLES_WITH_KINDS } from "./key";
import { decodeObject, failedAt } from "./object";
import { thresholdStatus } from "./threshold";

@unmanaged
export class Root {
  present: u32;
  version: u32;
  issued_s: u64;
  expires_s: u64;
  library_id_0: u64;
  library_id_1: u64;
  library_epoch: u32;
  /** Facility, in the input that was decoded: not valid afterwards. */
  facility: u32;
  facilityBytes: u32;
  policyPresent: u32;
  /** How far beyond known time an object may be issued. */
  max_skew_s: u32;
  command_life_s_max: u32;
  /** POLICY_ bits below. */
  policyFlags: u32;
  /** How long an emergency order at the panel may last (SPEC 6.6); 0 without POLICY_EMERGENCY. */
  emergency_s_max: u32;
  /** How long power may have been away for a program to go on by itself (SPEC 6.5). */
  warm_restart_ms_max: u32;
  thresholdCount: u32;
  thresholdPad: u32;
  /** Thresholds of roles 0..6; 0 = role unused. */
  threshold_0: u32;
  threshold_1: u32;
  threshold_2: u32;
  threshold_3: u32;
  threshold_4: u32;
  threshold_5: u32;
  threshold_6: u32;
  /** Digest of the document (SPEC 1.5); set once its signatures hold. */
  digest_0: u64;
  digest_1: u64;
  digest_2: u64;
  digest_3: u64;
  keyCount: u32;
  keyPad: u32;
}

/** Where the keys begin, ROOT_KEYS_MAX of KEY_BYTES each: right behind their count, as a decoded list has it. */
const KEYS_AT: u32 = <u32>offsetof<Root>();

/** Bytes of a root record. */
export const ROOT_BYTES: u32 = KEYS_AT + ROOT_KEYS_MAX * KEY_BYTES;

/** `Root.policyFlags`: a local confirm may waive a soft limit. */
export const POLICY_LOCAL_OVERRIDE: u32 = 1;
/** An emergency start or increase at the panel, which nobody signs. */
export const POLICY_EMERGENCY: u32 = 2;

const MUST: u32 = REQUIRED;
const ANY32: u32 = 0xffffffff;
const SECONDS_BITS: u32 = 53;
const SKEW_S_MAX: u32 = 2592000;
const EMERGENCY_S_MIN: u32 = 60;
const EMERGENCY_S_MAX: u32 = 7200;
const WARM_RESTART_MS_MAX: u32 = 60000;
const WARM_RESTART_MS_DEFAULT: u32 = 5000;
/** Keys of the document, and of its policy, that rules between fields are about. */
const KEY_POLICY: u32 = 8;
const KEY_EMERGENCY: u32 = 3;
const KEY_WARM_RESTART: u32 = 4;
/** Command kinds are 1..15 (SPEC 4.2). */
const KINDS_MASK: u32 = 0xffff;

// prettier-ignore
const ROOT: usize = memory.data<u32>([
  0 | TEXT | MUST | NONZERO | offsetof<Root>("facility") << AT, 32,
  1 | UINT32 | MUST | NONZERO | offsetof<Root>("version") << AT, ANY32,
  2 | UINT64 | MUST | offsetof<Root>("issued_s") << AT, SECONDS_BITS,
  3 | UINT64 | MUST | offsetof<Root>("expires_s") << AT, SECONDS_BITS,
  4 | COPY | MUST | offsetof<Root>("library_id_0") << AT, 16,
  5 | UINT32 | MUST | offsetof<Root>("library_epoch") << AT, ANY32,
  6 | LIST | MUST | NONZERO | offsetof<Root>("keyCount") << AT, ROOT_KEYS_MAX | (KEY_BYTES << 16),
    MAP, 0,
      0 | INT32 | MUST | offsetof<Key>("algorithm") << AT, 19,
      1 | COPY | MUST | offsetof<Key>("public_0") << AT, PUBLIC_KEY_BYTES,
      2 | COPY | MUST | offsetof<Key>("holder") << AT, 8,
      3 | UINT32 | MUST | NONZERO | offsetof<Key>("duty") << AT, 2,
      4 | UINT32 | MUST | NONZERO | offsetof<Key>("roles") << AT, (1 << ROLES) - 1,
      5 | UINT32 | MUST | offsetof<Key>("kinds") << AT, KINDS_MASK,
    END,
  END,
  7 | LIST | MUST | EXACT | offsetof<Root>("thresholdCount") << AT, ROLES | (4 << 16),
    UINT32, ROOT_KEYS_MAX,
  END,
  8 | MAP | MUST | offsetof<Root>("policyPresent") << AT, 0,
    0 | UINT32 | MUST | (offsetof<Root>("max_skew_s") - offsetof<Root>("policyPresent")) << AT, SKEW_S_MAX,
    1 | UINT32 | MUST | NONZERO | (offsetof<Root>("command_life_s_max") - offsetof<Root>("policyPresent")) << AT, COMMAND_LIFE_S_MAX,
    2 | UINT32 | MUST | (offsetof<Root>("policyFlags") - offsetof<Root>("policyPresent")) << AT, POLICY_LOCAL_OVERRIDE | POLICY_EMERGENCY,
    3 | UINT32 | (offsetof<Root>("emergency_s_max") - offsetof<Root>("policyPresent")) << AT, EMERGENCY_S_MAX,
    4 | UINT32 | (offsetof<Root>("warm_restart_ms_max") - offsetof<Root>("policyPresent")) << AT, WARM_RESTART_MS_MAX,
  END,
  END,
]);

/** The key of index `index`, below `keyCount`. */
export function keyAt(root: usize, index: u32): Key {
  assert(index < ROOT_KEYS_MAX);
  return changetype<Key>(root + KEYS_AT + index * KEY_BYTES);
}

/** The index of a key that `findKey` or `keyAt` gave. */
export function keyIndexOf(root: usize, key: usize): u32 {
  return <u32>(key - root - KEYS_AT) / KEY_BYTES;
}

/** The key with the 8-byte kid at `kid`, or 0. A kid is a hint (SPEC 1.3): nothing is believed before its signature holds. */
export function findKey(root: usize, kid: usize): usize {
  const wanted = load<u64>(kid);
  const count = changetype<Root>(root).keyCount;
  for (let i: u32 = 0; i < count; i++) {
    if (keyAt(root, i).kid == wanted) return changetype<usize>(keyAt(root, i));
  }
  return 0;
}

/** The threshold of a role, 0 if the role is unused. */
export function thresholdOf(root: usize, role: u32): u32 {
  assert(role < ROLES);
  return load<u32>(root + (role << 2), offsetof<Root>("threshold_0"));
}

/** Address of the document's digest, 32 bytes. */
export function rootDigestOf(root: usize): usize {
  return root + offsetof<Root>("digest_0");
}

/** Reads the payload of a root document into the record at `root`. OK, CBOR, SCHEMA, ALGORITHM or ROOT_SENSE. */
export function rootDecode(payload: usize, length: u32, root: usize): u32 {
  const decoded = decodeObject(payload, length, ROOT, root, ROOT_BYTES);
  if (decoded != status.OK) return decoded;
  const keys = keysSense(root);
  if (keys != status.OK) return keys;
  const r = changetype<Root>(root);
  if (r.expires_s <= r.issued_s) return failedAt(status.ROOT_SENSE, 3);
  const policy = policySense(r);
  return policy != status.OK ? policy : thresholdsSense(root);
}

/** How long an emergency may last is said exactly where the policy allows any; what is not said of a restart has its default. */
function policySense(r: Root): u32 {
  const emergency = r.policyPresent & (1 << KEY_EMERGENCY);
  if (emergency != 0 && r.emergency_s_max < EMERGENCY_S_MIN) {
    return failedAt(status.SCHEMA, ((KEY_POLICY + 1) << 8) | KEY_EMERGENCY);
  }
  if ((emergency != 0) != ((r.policyFlags & POLICY_EMERGENCY) != 0)) {
    return failedAt(status.ROOT_SENSE, KEY_POLICY);
  }
  if ((r.policyPresent & (1 << KEY_WARM_RESTART)) == 0) r.warm_restart_ms_max = WARM_RESTART_MS_DEFAULT;
  return status.OK;
}

/** Computes every kid, and judges each key by itself and against those before it. */
function keysSense(root: usize): u32 {
  const count = changetype<Root>(root).keyCount;
  for (let i: u32 = 0; i < count; i++) {
    const key = keyAt(root, i);
    if (key.algorithm != ALG_ED25519 && key.algorithm != ALG_EDDSA) return failedAt(status.ALGORITHM, 6);
    sha256(publicKeyOf(key), PUBLIC_KEY_BYTES, HASH_SCRATCH);
    // No earlier key may have this kid. This also excludes a key listed twice: the gap by which one key
    // met a threshold of two elsewhere (tuf-conformance, test_duplicate_keys).
    const known = findKey(root, HASH_SCRATCH);
    key.kid = load<u64>(HASH_SCRATCH);
    const hasKinds = (key.roles & ROLES_WITH_KINDS) != 0;
    if (known != 0 || (!hasKinds && key.kinds != 0)) return failedAt(status.ROOT_SENSE, 6);
  }
  return status.OK;
}

/** Every used role must be within reach of the keys that have it, and no key may have an unused role. */
function thresholdsSense(root: usize): u32 {
  const count = changetype<Root>(root).keyCount;
  const everyKey: u32 = (1 << count) - 1;
  let used: u32 = 0;
  for (let role: u32 = 0; role < ROLES; role++) {
    const threshold = thresholdOf(root, role);
    if (threshold == 0 && role > ROLE_LIBRARY) continue;
    used |= 1 << role;
    // A command has one signer: a larger threshold would promise what nothing enforces.
    if (threshold > 1 && role > ROLE_LIBRARY) return failedAt(status.ROOT_SENSE, 7);
    if (thresholdStatus(root, everyKey, role) != status.OK) return failedAt(status.ROOT_SENSE, 7);
  }
  for (let i: u32 = 0; i < count; i++) {
    if ((keyAt(root, i).roles & ~used) != 0) return failedAt(status.ROOT_SENSE, 7);
  }
  return status.OK;
}
