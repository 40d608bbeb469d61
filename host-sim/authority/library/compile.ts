/** From profiles and drugs to what is signed: sorted entries, their bytes, and the Merkle tree over them (SPEC 3.1, 3.2). */
import type { DrugReference } from "../command.js";
import type { Manifest } from "../manifest.js";
import type { Proofs } from "../submission.js";
import { encodeEntry } from "./entry.js";
import {
  compareKeys,
  type Drug,
  ENTRY_BYTES_MAX,
  type EntryKey,
  keyOf,
  type LibraryHeader,
  type Profile,
} from "./model.js";
import { MerkleTree } from "./tree.js";

/** One entry of a compiled library. */
export interface CompiledEntry {
  readonly key: EntryKey;
  /** Raw bytes, the Merkle leaf's content. */
  readonly bytes: Uint8Array;
  readonly model: Profile | Drug;
}

/** What a start, titrate or bolus brings along (SPEC 3.5). */
export interface Lookup {
  readonly drug: Drug;
  readonly profileModel: Profile;
  /** Raw bytes of the drug's entry, its index and its path from the leaf upward, 32 bytes a node. */
  readonly entry: Uint8Array;
  readonly entryIndex: number;
  readonly entryPath: readonly Uint8Array[];
  /** The same of the area's profile. */
  readonly profile: Uint8Array;
  readonly profileIndex: number;
  readonly profilePath: readonly Uint8Array[];
}

/** One care area of a compiled library. */
export interface CompiledArea {
  readonly profile: Profile;
  readonly profileIndex: number;
  /** The area's drugs, ascending by code and variant; their indices follow the profile's. */
  readonly drugs: readonly Drug[];
}

/** A library ready to be signed or served. Entries are ascending; each area begins with its profile. */
export class CompiledLibrary {
  readonly areas: readonly CompiledArea[];
  private readonly indices = new Map<string, number>();

  constructor(
    readonly header: LibraryHeader,
    readonly entries: readonly CompiledEntry[],
    readonly tree: MerkleTree,
  ) {
    const areas: { profile: Profile; profileIndex: number; drugs: Drug[] }[] = [];
    entries.forEach(({ key, model }, index) => {
      this.indices.set(indexKey(key), index);
      if (model.kind === "profile") areas.push({ profile: model, profileIndex: index, drugs: [] });
      else areas.at(-1)!.drugs.push(model);
    });
    this.areas = areas;
  }

  /** The RFC 6962 root over the raw entries, 32 bytes. */
  get root(): Uint8Array {
    return this.tree.root;
  }

  /** Index of an entry, a profile being (area, 0, 0); undefined if there is none. */
  indexOf(key: EntryKey): number | undefined {
    return this.indices.get(indexKey(key));
  }

  /** A drug's entry and its area's profile, each with its inclusion path. Throws RangeError if there is none. */
  find(area: number, drug: number, variant: number): Lookup {
    const entryIndex = this.indexOf({ area, drug, variant });
    const profileIndex = this.indexOf({ area, drug: 0, variant: 0 });
    if (entryIndex === undefined || profileIndex === undefined || entryIndex === profileIndex) {
      throw new RangeError(`the library has no drug ${drug} variant ${variant} in area ${area}`);
    }
    const entry = this.entries[entryIndex]!;
    const profile = this.entries[profileIndex]!;
    return {
      drug: entry.model as Drug,
      profileModel: profile.model as Profile,
      entry: entry.bytes,
      entryIndex,
      entryPath: this.tree.path(entryIndex),
      profile: profile.bytes,
      profileIndex,
      profilePath: this.tree.path(profileIndex),
    };
  }

  /** What `submitRecord` takes: the same entries and paths. Throws RangeError if there is no such drug. */
  proofs(area: number, drug: number, variant: number): Proofs {
    const found = this.find(area, drug, variant);
    return {
      drug: { entry: found.entry, index: found.entryIndex, path: found.entryPath },
      profile: { entry: found.profile, index: found.profileIndex, path: found.profilePath },
    };
  }

  /** How an order names a drug of this library (SPEC 4.2). */
  reference(area: number, drug: number, variant: number): DrugReference {
    const { epoch, version, minimumRootVersion } = this.header;
    const rootPrefix = this.root.slice(0, 8);
    return { area, drug, variant, epoch, version, rootPrefix, rootVersionMin: minimumRootVersion };
  }

  /** What is signed of this library (SPEC 3.1). */
  manifest(): Manifest {
    const { header } = this;
    return {
      libraryId: header.id,
      epoch: header.epoch,
      version: header.version,
      issuedS: header.issuedS,
      enableS: header.enableS,
      expiresS: header.expiresS,
      entryCount: this.entries.length,
      merkleRoot: this.root,
      rootVersionMin: header.minimumRootVersion,
      abiMin: header.minimumAbi,
      graceS: header.graceS,
    };
  }

  /** All drugs whose displayed name contains `name`, whatever the letters' case. */
  named(name: string): Drug[] {
    const wanted = name.toLowerCase();
    return this.areas.flatMap((area) =>
      area.drugs.filter((drug) => drug.name.toLowerCase().includes(wanted)),
    );
  }
}

function indexKey(key: EntryKey): string {
  return `${key.area}/${key.drug}/${key.variant}`;
}

/**
 * Sorts, encodes and hashes. The entries must make sense already (`sense.ts`) and form a library (`structure.ts`); what
 * would still break the order or the size is a programmer's error and throws.
 */
export function compile(header: LibraryHeader, models: readonly (Profile | Drug)[]): CompiledLibrary {
  const entries = models
    .map((model): CompiledEntry => ({ key: keyOf(model), bytes: encodeEntry(model), model }))
    .sort((a, b) => compareKeys(a.key, b.key));
  entries.forEach((entry, index) => {
    const before = entries[index - 1];
    if (entry.bytes.length > ENTRY_BYTES_MAX) {
      throw new RangeError(
        `entry ${indexKey(entry.key)} has ${entry.bytes.length} bytes, above ${ENTRY_BYTES_MAX}`,
      );
    }
    if (before && compareKeys(before.key, entry.key) >= 0) {
      throw new RangeError(`entry ${indexKey(entry.key)} occurs twice`);
    }
    if (before?.key.area !== entry.key.area && entry.model.kind !== "profile") {
      throw new RangeError(`area ${entry.key.area} does not begin with its profile`);
    }
  });
  return new CompiledLibrary(header, entries, new MerkleTree(entries.map((entry) => entry.bytes)));
}
