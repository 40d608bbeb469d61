/**
 * A signed library as a directory, the way a gateway would serve it to pumps (docs/LIBRARY.md):
 *
 *   manifest.cose   COSE_Sign over the manifest (SPEC 3.1), what `libraryBegin` takes
 *   entries.bin     every raw entry in order, each as u16 little-endian length | bytes, what `libraryEntry` takes
 *   tree.json       for people and tools: root, counts, where each area begins; nothing in it is trusted
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { equalBytes, toHex } from "../bytes.js";
import { decodeEnvelope } from "../cose.js";
import { EncodingError } from "../encoding.js";
import type { KeyPair } from "../keys.js";
import { decodeManifest, type Manifest, signManifest } from "../manifest.js";
import { compile, type CompiledLibrary } from "./compile.js";
import { decodeEntry } from "./entry.js";
import type { LibraryHeader } from "./model.js";
import { LibraryError } from "./problem.js";

const MANIFEST_FILE = "manifest.cose";
const ENTRIES_FILE = "entries.bin";
const TREE_FILE = "tree.json";
const LENGTH_BYTES = 2;

/** What stands in tree.json. */
export interface TreeInfo {
  readonly format: "dosegate-library/1";
  readonly note: string;
  readonly root: string;
  readonly entries: number;
  readonly entryBytes: { readonly total: number; readonly mean: number; readonly max: number };
  readonly pathNodesMax: number;
  readonly areas: readonly {
    readonly area: number;
    readonly name: string;
    readonly profileIndex: number;
    readonly drugs: number;
  }[];
}

/** A library read back from a directory. */
export interface SignedLibrary {
  readonly library: CompiledLibrary;
  /** Absent if the directory holds entries without a manifest, as `library generate` leaves it. */
  readonly manifest?: Manifest;
  /** The COSE_Sign as signed. */
  readonly manifestBytes?: Uint8Array;
  /** Key ids of the signers; the signatures are not verified here, since the directory names no trust. */
  readonly signers: readonly string[];
}

/** All entries in one block: u16 little-endian length, then the bytes. */
export function packEntries(entries: readonly Uint8Array[]): Uint8Array {
  const packed = new Uint8Array(entries.reduce((sum, { length }) => sum + LENGTH_BYTES + length, 0));
  const view = new DataView(packed.buffer);
  let at = 0;
  for (const entry of entries) {
    view.setUint16(at, entry.length, true);
    packed.set(entry, at + LENGTH_BYTES);
    at += LENGTH_BYTES + entry.length;
  }
  return packed;
}

/** The entries of a block. Throws EncodingError where it ends inside one. */
export function unpackEntries(packed: Uint8Array): Uint8Array[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length);
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < packed.length) {
    const left = packed.length - at - LENGTH_BYTES;
    const length = left < 0 ? 0 : view.getUint16(at, true);
    if (left < 0 || length > left) {
      throw new EncodingError("", `entry ${entries.length} ends after the file does: the file was cut short`);
    }
    entries.push(packed.slice(at + LENGTH_BYTES, at + LENGTH_BYTES + length));
    at += LENGTH_BYTES + length;
  }
  return entries;
}

/** Sizes and places of a library's entries. */
export function treeInfo(library: CompiledLibrary): TreeInfo {
  const sizes = library.entries.map(({ bytes }) => bytes.length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return {
    format: "dosegate-library/1",
    note: library.header.note,
    root: toHex(library.root),
    entries: sizes.length,
    entryBytes: {
      total,
      mean: Math.round((10 * total) / sizes.length) / 10,
      max: sizes.reduce((max, size) => Math.max(max, size), 0),
    },
    pathNodesMax: library.tree.path(0).length,
    areas: library.areas.map(({ profile, profileIndex, drugs }) => ({
      area: profile.area,
      name: profile.name,
      profileIndex,
      drugs: drugs.length,
    })),
  };
}

/** What a root with the usual threshold would refuse about these signers; empty if nothing (SPEC 2.1). */
export function signerWarnings(signers: readonly KeyPair[]): string[] {
  const warnings = signers
    .filter(({ roles }) => !roles.includes("library"))
    .map(({ name }) => `key "${name}" does not have the role library: a pump refuses the whole manifest`);
  if (new Set(signers.map(({ holder }) => toHex(holder))).size < 2) {
    warnings.push("fewer than two people signed: a root with a library threshold of 2 refuses it");
  }
  for (const duty of ["author", "approver"] as const) {
    if (!signers.some((key) => key.duty === duty)) {
      warnings.push(`no ${duty} signed: a root with a library threshold of 2 refuses it`);
    }
  }
  return warnings;
}

/** Writes entries and tree information, and the manifest if there are signers. */
export function writeLibrary(directory: string, library: CompiledLibrary, signers: readonly KeyPair[]): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, ENTRIES_FILE), packEntries(library.entries.map(({ bytes }) => bytes)));
  writeFileSync(join(directory, TREE_FILE), `${JSON.stringify(treeInfo(library), null, 2)}\n`);
  if (signers.length > 0) {
    writeFileSync(join(directory, MANIFEST_FILE), signManifest(library.manifest(), signers).bytes);
  }
}

/** Whether a directory holds a compiled library, not YAML. */
export function isCompiledDirectory(directory: string): boolean {
  return existsSync(join(directory, ENTRIES_FILE));
}

/** Reads a directory back and checks that entries and manifest belong together. Throws LibraryError. */
export function readLibrary(directory: string): SignedLibrary {
  const note = readNote(directory);
  const packed = readFileSync(join(directory, ENTRIES_FILE));
  const models = inFile(directory, ENTRIES_FILE, () =>
    unpackEntries(packed).map((bytes, index) => inEntry(index, () => decodeEntry(bytes))),
  );
  const manifestPath = join(directory, MANIFEST_FILE);
  if (!existsSync(manifestPath)) {
    return {
      library: inFile(directory, ENTRIES_FILE, () => compile(unsignedHeader(note), models)),
      signers: [],
    };
  }
  const manifestBytes = new Uint8Array(readFileSync(manifestPath));
  const { manifest, signers } = inFile(directory, MANIFEST_FILE, () => openManifest(manifestBytes));
  const library = inFile(directory, ENTRIES_FILE, () => compile(headerOf(manifest, note), models));
  if (library.entries.length !== manifest.entryCount || !equalBytes(library.root, manifest.merkleRoot)) {
    throw fault(
      directory,
      MANIFEST_FILE,
      "the entries are not those that were signed; sign the library again",
    );
  }
  return { library, manifest, manifestBytes, signers };
}

function openManifest(bytes: Uint8Array): { manifest: Manifest; signers: string[] } {
  const envelope = decodeEnvelope(bytes);
  if (envelope.type !== "sign") throw new EncodingError("", "is not a COSE_Sign, so not a library manifest");
  return {
    manifest: decodeManifest(envelope.payload),
    signers: envelope.signatures.map(({ kid }) => toHex(kid)),
  };
}

function headerOf(manifest: Manifest, note: string): LibraryHeader {
  return {
    id: manifest.libraryId,
    epoch: manifest.epoch,
    version: manifest.version,
    issuedS: manifest.issuedS,
    enableS: manifest.enableS,
    expiresS: manifest.expiresS,
    graceS: manifest.graceS,
    minimumRootVersion: manifest.rootVersionMin,
    minimumAbi: manifest.abiMin,
    note,
  };
}

/** Entries without a manifest have no version yet; zeros say so. */
function unsignedHeader(note: string): LibraryHeader {
  return {
    id: new Uint8Array(16),
    epoch: 0,
    version: 0,
    issuedS: 0,
    enableS: 0,
    expiresS: 0,
    graceS: 0,
    minimumRootVersion: 0,
    minimumAbi: 0,
    note,
  };
}

function readNote(directory: string): string {
  try {
    const info = JSON.parse(readFileSync(join(directory, TREE_FILE), "utf8")) as Partial<TreeInfo>;
    return typeof info.note === "string" ? info.note : "";
  } catch {
    return ""; // tree.json is a convenience: without it, everything else still reads
  }
}

function inEntry<T>(index: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof EncodingError) throw new EncodingError(`entry ${index}`, error.message);
    throw error;
  }
}

function inFile<T>(directory: string, file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof EncodingError || error instanceof RangeError) {
      throw fault(directory, file, error.message);
    }
    throw error;
  }
}

function fault(directory: string, file: string, message: string): LibraryError {
  return new LibraryError([
    { severity: "error", file: join(directory, file), line: 0, subject: "", message },
  ]);
}
