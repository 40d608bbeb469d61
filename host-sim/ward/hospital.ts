/**
 * The people and services of a simulated hospital, and what they sign: root documents, drug libraries, provisioning blocks.
 * Everything follows from a seed text, so that a run replays to the byte.
 */
import type { Signed } from "../authority/cose.js";
import { signDecommissioning } from "../authority/decommission.js";
import { type KeyPair, simulatedKey } from "../authority/keys.js";
import type { CompiledLibrary } from "../authority/library/compile.js";
import { type Manifest, signManifest } from "../authority/manifest.js";
import { encodeProvisioning } from "../authority/provisioning.js";
import { type Policy, type Root, signRoot } from "../authority/root.js";
import { Random } from "../device/random.js";

/** Who holds a key, by what they do. */
export type Person =
  | "rootAuthor"
  | "rootApprover"
  | "pharmacist"
  | "pharmacyChief"
  | "prescriber"
  | "secondPrescriber"
  | "nurse"
  | "supervisor"
  | "engineer"
  | "timekeeper";

export interface HospitalOptions {
  readonly seed: string;
  /** The library that pumps are given first. */
  readonly library: CompiledLibrary;
  /** When the first root document is issued, Unix seconds. */
  readonly nowS: number;
  /** May a nurse waive a soft limit at the panel? Default true. */
  readonly localOverride?: boolean;
  /** How long an emergency order at the panel may last, s. Default: none is allowed. */
  readonly emergencySMax?: number;
  /** How long power may have been away for a program to go on by itself, ms. Default: what the gate takes, 5,000. */
  readonly warmRestartMsMax?: number;
}

/** What a pump leaves the workshop with. */
export interface Issued {
  readonly deviceId: Uint8Array;
  readonly deviceSecret: Uint8Array;
  /** Kept by whoever verifies the pump's log. */
  readonly logKey: Uint8Array;
  readonly pumpClass: number;
  readonly block: Uint8Array;
}

const DAY_S = 86_400;
/** Picolitres per motor step of the disposable sets in use, by set id: 100 and 20 nL. */
export const SETS: readonly { readonly setId: number; readonly plPerStep: number }[] = [
  { setId: 1, plPerStep: 100_000 },
  { setId: 2, plPerStep: 20_000 },
];

export class Hospital {
  readonly keys: Readonly<Record<Person, KeyPair>>;
  readonly #seed: string;
  readonly #libraryId: Uint8Array;
  readonly #policy: Policy;
  #root: Root;

  constructor(options: HospitalOptions) {
    const { seed, library } = options;
    this.#seed = seed;
    this.#libraryId = library.header.id;
    const { localOverride = true, emergencySMax, warmRestartMsMax } = options;
    this.#policy = {
      maxSkewS: DAY_S,
      commandLifeSMax: 600,
      localOverride,
      ...(emergencySMax !== undefined && { emergencySMax }),
      ...(warmRestartMsMax !== undefined && { warmRestartMsMax }),
    };
    const key = (
      name: Person,
      duty: "author" | "approver",
      roles: Parameters<typeof simulatedKey>[1]["roles"],
    ) => simulatedKey(seed, { name, holder: name, duty, roles });
    this.keys = {
      rootAuthor: key("rootAuthor", "author", ["root"]),
      rootApprover: key("rootApprover", "approver", ["root"]),
      pharmacist: key("pharmacist", "author", ["library"]),
      pharmacyChief: key("pharmacyChief", "approver", ["library"]),
      prescriber: key("prescriber", "author", ["order"]),
      secondPrescriber: key("secondPrescriber", "author", ["order"]),
      nurse: key("nurse", "author", ["bedside"]),
      supervisor: key("supervisor", "approver", ["override"]),
      engineer: key("engineer", "author", ["service"]),
      timekeeper: key("timekeeper", "author", ["time"]),
    };
    this.#root = this.rootDocument({ version: 1, issuedS: options.nowS, epoch: library.header.epoch });
  }

  /** The root document in force. */
  get root(): Root {
    return this.#root;
  }

  /** A root document as this hospital writes it; `keys` puts other keys in. */
  rootDocument(change: {
    readonly version: number;
    readonly issuedS: number;
    readonly epoch: number;
    readonly keys?: readonly KeyPair[];
    readonly expiresS?: number;
  }): Root {
    return {
      facility: "Example Hospital",
      version: change.version,
      issuedS: change.issuedS,
      expiresS: change.expiresS ?? change.issuedS + 730 * DAY_S,
      libraryId: this.#libraryId,
      libraryEpoch: change.epoch,
      keys: change.keys ?? Object.values(this.keys),
      thresholds: { root: 2, library: 2, order: 1, bedside: 1, override: 1, service: 1, time: 1 },
      policy: this.#policy,
    };
  }

  /** Signs a root document by both root holders and makes it the one in force. */
  publishRoot(root: Root): Signed {
    const signed = signRoot(root, [this.keys.rootAuthor, this.keys.rootApprover]);
    this.#root = root;
    return signed;
  }

  /** A library's manifest, signed by author and approver; `change` sets what differs from its header. */
  publishLibrary(library: CompiledLibrary, change: Partial<Manifest> = {}): Signed {
    return signManifest({ ...library.manifest(), ...change }, [
      this.keys.pharmacist,
      this.keys.pharmacyChief,
    ]);
  }

  /** The end of one pump, by both root holders; `counter` is its state's. */
  decommission(deviceId: Uint8Array, counter: number): Signed {
    return signDecommissioning({ counter }, deviceId, [this.keys.rootAuthor, this.keys.rootApprover]);
  }

  /** The provisioning block of a new pump. */
  issuePump(name: string, pumpClass = 1): Issued {
    const random = new Random(`${this.#seed} pump ${name}`);
    const deviceId = random.bytes(16);
    const deviceSecret = random.bytes(32);
    const logKey = random.bytes(32);
    const root = signRoot(this.#root, [this.keys.rootAuthor, this.keys.rootApprover]).bytes;
    const block = encodeProvisioning({
      deviceId,
      deviceSecret,
      logKey,
      pumpClass,
      calibrations: [...SETS],
      root,
    });
    return { deviceId, deviceSecret, logKey, pumpClass, block };
  }
}
