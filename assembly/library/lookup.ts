/**
 * Entries that a command brings with it (SPEC 3.5): they live in untrusted storage, and are believed because they lead to
 * the active manifest's root. Each call is one slice (at most 41 blocks of SHA-256).
 */
import { inclusionRoot, leafHash } from "../codec/merkle";
import { DRUG, HASH_SCRATCH, PROFILE } from "../layout";
import { ENTRY_BYTES_MAX, TREE_LEVELS_MAX } from "../limits";
import * as status from "../status";
import { activeManifest } from "./active";
import { decodeDrug, decodeProfile, Drug, entryKey, isProfile, Profile } from "./entry";
import { manifestRoot } from "./manifest";

/** True if the `length` bytes at `entry` are leaf `index` of the active library, by the `nodes` hashes at `path`. */
export function entryProven(entry: usize, length: u32, index: u32, path: usize, nodes: u32): bool {
  if (length - 1 >= ENTRY_BYTES_MAX || nodes > TREE_LEVELS_MAX) return false;
  const m = activeManifest();
  leafHash(HASH_SCRATCH, entry, length);
  if (!inclusionRoot(HASH_SCRATCH, index, m.entryCount, path, nodes)) return false;
  return memory.compare(HASH_SCRATCH, manifestRoot(m), 32) == 0;
}

/** Reads the drug (area, drug, variant) into DRUG. OK, or PROOF if the entry is another, or not the active library's. */
export function lookupDrug(key: u64, entry: usize, length: u32, index: u32, path: usize, nodes: u32): u32 {
  if (!entryProven(entry, length, index, path, nodes)) return status.PROOF;
  if (isProfile(entry, length)) return status.PROOF;
  const decoded = decodeDrug(entry, length, DRUG);
  if (decoded != status.OK) return decoded;
  const d = changetype<Drug>(DRUG);
  return entryKey(d.area, d.drug, d.variant) == key ? status.OK : status.PROOF;
}

/** Reads the profile of `area` into PROFILE. OK, or PROOF if the entry is another, or not the active library's. */
export function lookupProfile(
  area: u32,
  entry: usize,
  length: u32,
  index: u32,
  path: usize,
  nodes: u32,
): u32 {
  if (!entryProven(entry, length, index, path, nodes)) return status.PROOF;
  if (!isProfile(entry, length)) return status.PROOF;
  const decoded = decodeProfile(entry, length, PROFILE);
  if (decoded != status.OK) return decoded;
  return changetype<Profile>(PROFILE).area == area ? status.OK : status.PROOF;
}
