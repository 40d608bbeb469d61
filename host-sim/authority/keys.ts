/**
 * Signing keys of the simulated hospital: Ed25519 key pairs with what the root document says of them (SPEC 2.1, 2.2). They lie
 * in files, unencrypted: good for a simulator and for vectors, never for a hospital. Whoever signs for real implements
 * `Signer` (cose.ts) over a security module instead.
 */
import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
  sign as signEd25519,
} from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { equalBytes, fromHex, toHex } from "./bytes.js";
import { ALGORITHM, kidOf, sha256, type SignatureAlgorithm, type Signer } from "./cose.js";
import {
  COMMAND_KIND_NAMES,
  type CommandKind,
  DUTY_NAMES,
  type DutyName,
  kindsOfRole,
  ROLE_NAMES,
  type RoleName,
} from "./roles.js";

/** What the trust store knows of a key (SPEC 2.2). */
export interface TrustedKey {
  /** For people only; not part of any object. */
  readonly name: string;
  readonly algorithm: SignatureAlgorithm;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 8 bytes: a person or a signing service. */
  readonly holder: Uint8Array;
  readonly duty: DutyName;
  readonly roles: readonly RoleName[];
  /** Command kinds; only for keys of roles order, bedside, service, time. */
  readonly kinds: readonly CommandKind[];
}

/** A key pair. The private key stays inside; `sign` uses it. */
export class KeyPair implements TrustedKey, Signer {
  readonly name: string;
  readonly algorithm: SignatureAlgorithm;
  readonly publicKey: Uint8Array;
  readonly kid: Uint8Array;
  readonly holder: Uint8Array;
  readonly duty: DutyName;
  readonly roles: readonly RoleName[];
  readonly kinds: readonly CommandKind[];
  readonly #seed: Uint8Array;
  readonly #privateKey: KeyObject;

  /** `seed`: the 32 bytes of RFC 8032 5.1.5. */
  constructor(description: KeyDescription, seed: Uint8Array) {
    if (seed.length !== 32) throw new RangeError(`the private seed has ${seed.length} bytes; it needs 32`);
    this.#seed = seed;
    this.#privateKey = createPrivateKey({
      key: Buffer.concat([PKCS8_PREFIX, seed]),
      format: "der",
      type: "pkcs8",
    });
    const spki = createPublicKey(this.#privateKey).export({ format: "der", type: "spki" });
    this.publicKey = new Uint8Array(spki.subarray(spki.length - 32));
    this.kid = kidOf(this.publicKey);
    this.name = description.name;
    this.algorithm = description.algorithm ?? ALGORITHM.ed25519;
    this.holder = typeof description.holder === "string" ? holderId(description.holder) : description.holder;
    this.duty = description.duty;
    this.roles = description.roles;
    this.kinds = description.kinds ?? description.roles.flatMap(kindsOfRole);
  }

  sign(message: Uint8Array): Uint8Array {
    return new Uint8Array(signEd25519(null, message, this.#privateKey));
  }

  /** The private seed, for the key file and for nothing else. */
  exportSeed(): Uint8Array {
    return this.#seed;
  }
}

/** What is decided when a key is made. */
export interface KeyDescription {
  readonly name: string;
  /** 8 bytes, or a text that `holderId` turns into them. */
  readonly holder: Uint8Array | string;
  readonly duty: DutyName;
  readonly roles: readonly RoleName[];
  /** All kinds of the roles if left out. */
  readonly kinds?: readonly CommandKind[];
  readonly algorithm?: SignatureAlgorithm;
}

/** PKCS#8 of an Ed25519 private key up to its seed (RFC 8410 7). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/** The holder id of a person or service: 16 hex digits are taken as they are, any other text is hashed to 8 bytes. */
export function holderId(text: string): Uint8Array {
  const hex = text.length === 16 ? fromHex(text) : undefined;
  return hex ?? sha256(new TextEncoder().encode(`dosegate holder ${text}`)).subarray(0, 8);
}

/** A new key from the system's entropy. */
export function newKey(description: KeyDescription): KeyPair {
  return new KeyPair(description, new Uint8Array(randomBytes(32)));
}

/** The key that belongs to a seed text and the key's name: the same in every run, so simulations replay. */
export function simulatedKey(seedText: string, description: KeyDescription): KeyPair {
  return new KeyPair(
    description,
    sha256(new TextEncoder().encode(`dosegate simulation key ${seedText} ${description.name}`)),
  );
}

const PRIVATE_FORMAT = "dosegate-private-key/1";
const PUBLIC_FORMAT = "dosegate-public-key/1";
const WARNING =
  "SIMULATION KEY: stored without protection. Never sign for a pump that a patient may be connected to with this key.";

/** Largest key file, bytes: anything larger is something else. */
const FILE_BYTES_MAX = 65_536;

/** A key file that cannot be used; the message names file, field and next step. */
export class KeyFileError extends Error {
  override readonly name = "KeyFileError";
}

function describe(key: TrustedKey): Record<string, unknown> {
  return {
    name: key.name,
    algorithm: key.algorithm === ALGORITHM.ed25519 ? "Ed25519" : "EdDSA",
    kid: toHex(kidOf(key.publicKey)),
    public_key: toHex(key.publicKey),
    holder: toHex(key.holder),
    duty: key.duty,
    roles: key.roles,
    kinds: key.kinds,
  };
}

/** The public key file. */
export function publicKeyFile(key: TrustedKey): string {
  return `${JSON.stringify({ format: PUBLIC_FORMAT, ...describe(key) }, null, 2)}\n`;
}

/** The private key file, with its warning on top. */
export function privateKeyFile(key: KeyPair): string {
  const content = {
    warning: WARNING,
    format: PRIVATE_FORMAT,
    ...describe(key),
    private_seed: toHex(key.exportSeed()),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** Writes `PREFIX.key.json` (mode 0600) and `PREFIX.pub.json`; refuses to replace either. Throws KeyFileError. */
export function writeKeyFiles(prefix: string, key: KeyPair): { privateFile: string; publicFile: string } {
  const privateFile = `${prefix}.key.json`;
  const publicFile = `${prefix}.pub.json`;
  write(privateFile, privateKeyFile(key), 0o600);
  write(publicFile, publicKeyFile(key), 0o644);
  return { privateFile, publicFile };
}

function write(path: string, text: string, mode: number): void {
  try {
    writeFileSync(path, text, { mode, flag: "wx" });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const next =
      code === "EEXIST"
        ? "a key is never replaced; choose another name or remove the file"
        : "check the path";
    throw new KeyFileError(`${path}: cannot be written (${code ?? "unknown"}); ${next}`);
  }
}

/** Reads a private key file. Throws KeyFileError. */
export function readKeyFile(path: string): KeyPair {
  const fields = readFields(path);
  if (fields["format"] === PUBLIC_FORMAT) {
    throw new KeyFileError(`${path}: this is the public key; name the .key.json file beside it to sign`);
  }
  if (fields["format"] !== PRIVATE_FORMAT) throw notAKey(path);
  const trusted = trustedOf(path, fields);
  const key = new KeyPair(trusted, hexField(path, fields, "private_seed", 32));
  if (!equalBytes(key.publicKey, trusted.publicKey)) {
    throw new KeyFileError(
      `${path}: public_key does not belong to private_seed; the file was altered, make a new key`,
    );
  }
  return key;
}

/** Reads the public side of a key from either file. Throws KeyFileError. */
export function readPublicKeyFile(path: string): TrustedKey {
  const fields = readFields(path);
  if (fields["format"] !== PUBLIC_FORMAT && fields["format"] !== PRIVATE_FORMAT) throw notAKey(path);
  return trustedOf(path, fields);
}

function notAKey(path: string): KeyFileError {
  return new KeyFileError(`${path}: is not a key file of dosegate; make one with "dosegate keys new"`);
}

function readFields(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new KeyFileError(
      `${path}: cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"}); ` +
        'check the path, or make a key with "dosegate keys new"',
    );
  }
  if (text.length > FILE_BYTES_MAX) throw notAKey(path);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // falls through: not JSON is not a key file
  }
  throw notAKey(path);
}

function trustedOf(path: string, fields: Record<string, unknown>): TrustedKey {
  const algorithm = fields["algorithm"];
  if (algorithm !== "Ed25519" && algorithm !== "EdDSA") throw badField(path, "algorithm", "Ed25519 or EdDSA");
  const duty = DUTY_NAMES.find((name) => name === fields["duty"]);
  if (!duty) throw badField(path, "duty", DUTY_NAMES.join(" or "));
  const publicKey = hexField(path, fields, "public_key", 32);
  if (fields["kid"] !== toHex(kidOf(publicKey))) {
    throw badField(path, "kid", "the first 8 bytes of SHA-256(public_key)");
  }
  return {
    name: typeof fields["name"] === "string" ? fields["name"] : "",
    algorithm: algorithm === "Ed25519" ? ALGORITHM.ed25519 : ALGORITHM.eddsa,
    publicKey,
    holder: hexField(path, fields, "holder", 8),
    duty,
    roles: namesField(path, fields, "roles", ROLE_NAMES),
    kinds: namesField(path, fields, "kinds", COMMAND_KIND_NAMES),
  };
}

function hexField(path: string, fields: Record<string, unknown>, name: string, length: number): Uint8Array {
  const text = fields[name];
  const bytes = typeof text === "string" ? fromHex(text) : undefined;
  if (bytes?.length !== length) throw badField(path, name, `${length * 2} hex digits`);
  return bytes;
}

function namesField<T extends string>(
  path: string,
  fields: Record<string, unknown>,
  name: string,
  allowed: readonly T[],
): T[] {
  const value = fields[name];
  const list: readonly unknown[] = Array.isArray(value) ? value : [null];
  return list.map((item) => {
    const found = allowed.find((candidate) => candidate === item);
    if (!found) throw badField(path, name, `a list of: ${allowed.join(", ")}`);
    return found;
  });
}

function badField(path: string, name: string, rule: string): KeyFileError {
  return new KeyFileError(
    `${path}: ${name}: must be ${rule}; correct it, or make a new key with "dosegate keys new"`,
  );
}
