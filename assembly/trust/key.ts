/** A key of the root document (SPEC 2.2) and what it may do (SPEC 2.1). */

/** Roles, by number. */
export const ROLE_ROOT: u32 = 0;
export const ROLE_LIBRARY: u32 = 1;
export const ROLE_ORDER: u32 = 2;
export const ROLE_BEDSIDE: u32 = 3;
export const ROLE_OVERRIDE: u32 = 4;
export const ROLE_SERVICE: u32 = 5;
export const ROLE_TIME: u32 = 6;
export const ROLES: u32 = 7;

/** Roles whose keys sign commands and have a kind mask: order, bedside, service, time. */
export const ROLES_WITH_KINDS: u32 =
  (1 << ROLE_ORDER) | (1 << ROLE_BEDSIDE) | (1 << ROLE_SERVICE) | (1 << ROLE_TIME);

/** Both duties, as the bits they are numbered by: author 1, approver 2. */
export const DUTIES_BOTH: u32 = 3;

@unmanaged
export class Key {
  present: u32;
  /** -19 Ed25519, -8 EdDSA; a signer must name the same. */
  algorithm: i32;
  /** Public key, 32 bytes. */
  public_0: u64;
  public_1: u64;
  public_2: u64;
  public_3: u64;
  /** The person or signing service that holds the key. */
  holder: u64;
  /** First 8 bytes of SHA-256(public key): computed, never read from the document. */
  kid: u64;
  duty: u32;
  /** Bit r is role r. */
  roles: u32;
  /** Bit k is command kind k. */
  kinds: u32;
  pad: u32;
}

/** Bytes of a key in a root record. */
export const KEY_BYTES: u32 = <u32>offsetof<Key>();

/** Bytes of an Ed25519 public key. */
export const PUBLIC_KEY_BYTES: u32 = 32;

/** Address of the 32 public key bytes. */
export function publicKeyOf(key: Key): usize {
  return changetype<usize>(key) + offsetof<Key>("public_0");
}

/** Address of the 8-byte key identifier. */
export function kidOf(key: Key): usize {
  return changetype<usize>(key) + offsetof<Key>("kid");
}

/** True if the key has `role`. */
export function keyHasRole(key: Key, role: u32): bool {
  return ((key.roles >> role) & 1) != 0;
}
