/**
 * The root document (SPEC 2.2): which keys may sign what, how many holders it takes, and the policy. Building checks the
 * document against itself, as the gate will, so that a mistake is found at a desk and not at a bedside.
 */
import { equalBytes, toHex } from "./bytes.js";
import {
  ALGORITHM,
  decodeEnvelope,
  type Envelope,
  externalAad,
  kidOf,
  PROFILE,
  sign,
  type Signed,
  type Signer,
  verifySignature,
} from "./cose.js";
import { type CborValue, checkUint, decodeCbor, encodeCbor, EncodingError, MapReader } from "./encoding.js";
import type { TrustedKey } from "./keys.js";
import { formatDuration } from "./quantity.js";
import {
  COMMAND_KINDS,
  DUTY,
  dutyName,
  kindMask,
  kindsOfMask,
  ROLE,
  ROLE_NAMES,
  roleMask,
  type RoleName,
  rolesOfMask,
} from "./roles.js";

/** Policy values (SPEC 2.2). */
export interface Policy {
  /** How far beyond known time an object may be issued, 0..30 days. */
  readonly maxSkewS: number;
  /** 1..3600 */
  readonly commandLifeSMax: number;
  /** A confirm at the panel may waive a soft limit. */
  readonly localOverride: boolean;
  /** How long an emergency order at the panel may last, 60..7200 s; absent: the policy allows none (SPEC 6.6). */
  readonly emergencySMax?: number;
  /** How long power may have been away for a program to go on by itself, 0..60,000 ms; 5,000 if absent (SPEC 6.5). */
  readonly warmRestartMsMax?: number;
}

/** Thresholds by role; a role that is not named is unused. */
export type Thresholds = Readonly<Partial<Record<RoleName, number>>>;

export interface Root {
  /** 1..32 bytes */
  readonly facility: string;
  /** 1..2^32-1 */
  readonly version: number;
  readonly issuedS: number;
  readonly expiresS: number;
  /** 16 bytes */
  readonly libraryId: Uint8Array;
  readonly libraryEpoch: number;
  /** 1..16 keys */
  readonly keys: readonly TrustedKey[];
  readonly thresholds: Thresholds;
  readonly policy: Policy;
}

export const ROOT_KEYS_MAX = 16;
const SKEW_S_MAX = 86_400 * 30;
const COMMAND_LIFE_S_MAX = 3600;
const FLAG_LOCAL_OVERRIDE = 1;
const FLAG_EMERGENCY = 2;
const EMERGENCY_S_MIN = 60;
const EMERGENCY_S_MAX = 7200;
const WARM_RESTART_MS_MAX = 60_000;
/** What the gate takes a policy without key 4 for. */
export const WARM_RESTART_MS_DEFAULT = 5000;

/** One contradiction: the field, as a YAML author names it, what is wrong, and what to do. */
export interface RootProblem {
  readonly field: string;
  readonly problem: string;
  readonly next: string;
}

/** A root document that the gate would refuse. */
export class RootError extends Error {
  override readonly name = "RootError";
  readonly problems: readonly RootProblem[];
  constructor(problems: readonly RootProblem[]) {
    super(problems.map((p) => `${p.field}: ${p.problem}; ${p.next}`).join("\n"));
    this.problems = problems;
  }
}

/** Everything in which a root document contradicts itself; empty if it is self-consistent but for its signatures. */
export function rootProblems(root: Root): RootProblem[] {
  const problems: RootProblem[] = [];
  const refuse = (field: string, problem: string, next: string): void =>
    void problems.push({ field, problem, next });
  const range = (
    field: string,
    value: number,
    min: number,
    max: number,
    format: (value: number) => string = String,
  ): void => {
    if (!Number.isInteger(value) || value < min || value > max) {
      refuse(
        field,
        `${format(value)} is outside its range; limit ${format(min)} to ${format(max)}`,
        "choose a value within",
      );
    }
  };
  const facilityBytes = Buffer.byteLength(root.facility);
  if (facilityBytes < 1 || facilityBytes > 32) {
    refuse("facility", `has ${facilityBytes} bytes of UTF-8; limit 1..32`, "shorten the name");
  }
  range("version", root.version, 1, 0xffff_ffff);
  range("issued", root.issuedS, 0, Number.MAX_SAFE_INTEGER);
  range("expires", root.expiresS, 0, Number.MAX_SAFE_INTEGER);
  if (root.expiresS <= root.issuedS) refuse("expires", "is not after issued", "choose a later date");
  if (root.libraryId.length !== 16) {
    refuse("library_id", `has ${root.libraryId.length} bytes`, "give 32 hex digits");
  }
  range("library_epoch", root.libraryEpoch, 0, 0xffff_ffff);
  range("policy.max_skew", root.policy.maxSkewS, 0, SKEW_S_MAX, formatDuration);
  range("policy.command_life", root.policy.commandLifeSMax, 1, COMMAND_LIFE_S_MAX, formatDuration);
  const { emergencySMax, warmRestartMsMax } = root.policy;
  if (emergencySMax !== undefined) {
    range("policy.emergency", emergencySMax, EMERGENCY_S_MIN, EMERGENCY_S_MAX, formatDuration);
  }
  if (warmRestartMsMax !== undefined) {
    range("policy.warm_restart", warmRestartMsMax, 0, WARM_RESTART_MS_MAX, (ms) => `${ms} ms`);
  }
  keyProblems(root, refuse);
  thresholdProblems(root, refuse);
  return problems;
}

type Refuse = (field: string, problem: string, next: string) => void;

function keyProblems(root: Root, refuse: Refuse): void {
  if (root.keys.length < 1 || root.keys.length > ROOT_KEYS_MAX) {
    refuse("keys", `there are ${root.keys.length}; limit 1..${ROOT_KEYS_MAX}`, "leave some out");
  }
  root.keys.forEach((key, i) => {
    const field = `keys[${i}]`;
    if (key.publicKey.length !== 32) {
      refuse(field, `the public key has ${key.publicKey.length} bytes`, "give 32");
    }
    if (key.holder.length !== 8) refuse(field, `the holder has ${key.holder.length} bytes`, "give 8");
    if (key.roles.length === 0) refuse(field, "has no role", "give it at least one, or leave it out");
    const twin = root.keys.findIndex((other) => equalBytes(other.publicKey, key.publicKey));
    if (twin !== i) {
      refuse(field, `is the same key as keys[${twin}]`, "list each key once, with all its roles");
    }
    const stray = key.kinds.filter((kind) => !key.roles.includes(COMMAND_KINDS[kind].role));
    if (stray.length > 0) {
      refuse(
        field,
        `may sign ${stray.join(", ")} but lacks the role for it`,
        "add the role, or leave the kind out",
      );
    }
  });
}

function thresholdProblems(root: Root, refuse: Refuse): void {
  for (const role of ROLE_NAMES) {
    const threshold = root.thresholds[role] ?? 0;
    const field = `thresholds.${role}`;
    if (!Number.isInteger(threshold) || threshold < 0 || threshold > ROOT_KEYS_MAX) {
      refuse(field, `${threshold} is outside 0..${ROOT_KEYS_MAX}`, "choose a value within");
      continue;
    }
    const signsDocuments = role === "root" || role === "library";
    if (threshold === 0) {
      if (signsDocuments) refuse(field, "is 0 or missing", "it must be at least 1");
      else if (root.keys.some((key) => key.roles.includes(role))) {
        refuse(
          field,
          "is 0 or missing, but a key has the role",
          "set it to 1, or take the role from the key",
        );
      }
      continue;
    }
    if (threshold > 1 && !signsDocuments) {
      refuse(field, `${threshold} is more than the one signer that a command has; limit 1`, "set it to 1");
      continue;
    }
    const reached = holdersReach(root, role, root.keys);
    if (reached !== undefined) refuse(field, reached, "add keys of other holders, or lower the threshold");
  }
}

/** Why the given keys do not reach a role's threshold (SPEC 2.1); undefined if they do. */
export function holdersReach(root: Root, role: RoleName, keys: readonly TrustedKey[]): string | undefined {
  const counted = keys.filter((key) => key.roles.includes(role));
  const holders = new Set(counted.map((key) => toHex(key.holder)));
  const threshold = root.thresholds[role] ?? 0;
  if (holders.size < threshold) return `needs ${threshold} distinct holders, found ${holders.size}`;
  if ((role === "root" || role === "library") && threshold >= 2) {
    for (const duty of ["author", "approver"] as const) {
      if (!counted.some((key) => key.duty === duty)) return `needs an ${duty} among its holders, found none`;
    }
  }
  return undefined;
}

/** The payload. Throws RootError if the document contradicts itself. */
export function encodeRoot(root: Root): Uint8Array {
  const problems = rootProblems(root);
  if (problems.length > 0) throw new RootError(problems);
  return encodeRootUnchecked(root);
}

/** The payload, whatever it says: for attackers and tests of refusals. */
export function encodeRootUnchecked(root: Root): Uint8Array {
  return encodeCbor({
    0: root.facility,
    1: root.version,
    2: root.issuedS,
    3: root.expiresS,
    4: root.libraryId,
    5: root.libraryEpoch,
    6: root.keys.map((key) => ({
      0: key.algorithm,
      1: key.publicKey,
      2: key.holder,
      3: DUTY[key.duty],
      4: roleMask(key.roles),
      5: kindMask(key.kinds),
    })),
    7: ROLE_NAMES.map((role) => root.thresholds[role] ?? 0),
    8: {
      0: root.policy.maxSkewS,
      1: root.policy.commandLifeSMax,
      2:
        (root.policy.localOverride ? FLAG_LOCAL_OVERRIDE : 0) |
        (root.policy.emergencySMax === undefined ? 0 : FLAG_EMERGENCY),
      3: root.policy.emergencySMax,
      4: root.policy.warmRestartMsMax,
    },
  });
}

/** Reads a payload. Throws EncodingError that names the field. It may still contradict itself: see `rootProblems`. */
export function decodeRoot(payload: Uint8Array): Root {
  const map = new MapReader(decodeCbor(payload), "");
  const thresholds = map.array(7, "thresholds", ROLE_NAMES.length, ROLE_NAMES.length);
  const root: Root = {
    facility: map.text(0, "facility", 1, 32),
    version: map.uint32(1, "version", 1),
    issuedS: map.uint(2, "issued"),
    expiresS: map.uint(3, "expires"),
    libraryId: map.bytes(4, "library id", 16),
    libraryEpoch: map.uint32(5, "library epoch"),
    keys: map.array(6, "keys", 1, ROOT_KEYS_MAX).map((key, i) => decodeKey(key, `key 6 (keys), item ${i}`)),
    thresholds: Object.fromEntries(
      ROLE_NAMES.map((role) => [
        role,
        checkUint(thresholds[ROLE[role]]!, `key 7 (thresholds), item ${ROLE[role]}`),
      ]),
    ),
    policy: decodePolicy(map.mapAt(8, "policy")),
  };
  map.end();
  return root;
}

function decodePolicy(map: MapReader): Policy {
  const maxSkewS = map.uint(0, "max skew", 0, SKEW_S_MAX);
  const commandLifeSMax = map.uint(1, "command life", 1, COMMAND_LIFE_S_MAX);
  const flags = map.uint(2, "flags", 0, FLAG_LOCAL_OVERRIDE | FLAG_EMERGENCY);
  const emergencySMax = map.optional(3, () => map.uint(3, "emergency", EMERGENCY_S_MIN, EMERGENCY_S_MAX));
  const warmRestartMsMax = map.optional(4, () => map.uint(4, "warm restart", 0, WARM_RESTART_MS_MAX));
  if ((emergencySMax !== undefined) !== ((flags & FLAG_EMERGENCY) !== 0)) {
    throw new EncodingError(map.at(3, "emergency"), "is there exactly if flag bit 1 is set");
  }
  map.end();
  return {
    maxSkewS,
    commandLifeSMax,
    localOverride: (flags & FLAG_LOCAL_OVERRIDE) !== 0,
    ...(emergencySMax !== undefined && { emergencySMax }),
    ...(warmRestartMsMax !== undefined && { warmRestartMsMax }),
  };
}

function decodeKey(value: CborValue, path: string): TrustedKey {
  const map = new MapReader(value, path);
  const algorithm = map.int(0, "algorithm");
  if (algorithm !== ALGORITHM.ed25519 && algorithm !== ALGORITHM.eddsa) {
    throw new EncodingError(map.at(0, "algorithm"), `${algorithm} is neither Ed25519 (-19) nor EdDSA (-8)`);
  }
  const publicKey = map.bytes(1, "public key", 32);
  const key: TrustedKey = {
    name: toHex(kidOf(publicKey)),
    algorithm,
    publicKey,
    holder: map.bytes(2, "holder", 8),
    duty: dutyName(map.uint(3, "duty", 1, 2))!,
    roles: rolesOfMask(map.uint(4, "roles", 0, (1 << ROLE_NAMES.length) - 1)),
    kinds: kindsOfMask(map.uint(5, "kinds", 0, 0xffff)),
  };
  map.end();
  return key;
}

/** external_aad of every root document. */
export const ROOT_AAD = externalAad(PROFILE.root, null, null);

/** Signs a root document. Throws RootError if it contradicts itself or if the signers do not reach its own threshold. */
export function signRoot(root: Root, signers: readonly Signer[]): Signed {
  const signed = sign(encodeRoot(root), ROOT_AAD, signers);
  const missing = rootSignatureProblem(root, decodeEnvelope(signed.bytes), root);
  if (missing !== undefined) {
    const next = "sign with keys that the document lists with role root";
    throw new RootError([{ field: "signers", problem: missing, next }]);
  }
  return signed;
}

/**
 * Why the envelope's valid signatures do not reach the root threshold of `trust`; undefined if they do. For an update both
 * the old and the new document are asked (SPEC 2.4); a signer that only the other one knows does not count, nor harm.
 */
export function rootSignatureProblem(root: Root, envelope: Envelope, trust: Root): string | undefined {
  if (envelope.type !== "sign") return "is not a COSE_Sign";
  const valid: TrustedKey[] = [];
  for (const [i, signature] of envelope.signatures.entries()) {
    const key = [...trust.keys, ...root.keys].find((candidate) =>
      equalBytes(kidOf(candidate.publicKey), signature.kid),
    );
    if (!key?.roles.includes("root")) return `kid ${toHex(signature.kid)} is no root key`;
    if (key.algorithm !== signature.algorithm) {
      return `kid ${toHex(signature.kid)} signs with another algorithm than its own`;
    }
    if (!verifySignature(envelope, ROOT_AAD, key.publicKey, i)) {
      return `the signature of kid ${toHex(signature.kid)} is wrong`;
    }
    const trusted = trust.keys.find((candidate) => equalBytes(candidate.publicKey, key.publicKey));
    if (trusted?.roles.includes("root")) valid.push(trusted);
  }
  return holdersReach(trust, "root", valid);
}
