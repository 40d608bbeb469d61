/** Drug libraries, from an author's YAML to what a pump installs: the parts that other folders use. */
export { type CompiledArea, type CompiledEntry, CompiledLibrary, type Lookup } from "./compile.js";
export { generateLibrary, type GenerateOptions } from "./generate.js";
export {
  type Checked,
  checkLibrary,
  exampleDirectory,
  type LibrarySource,
  loadLibrary,
  readSources,
} from "./load.js";
export type { Bounds, DoseLimits, Drug, EntryKey, LibraryHeader, Profile, Range } from "./model.js";
export { formatProblem, LibraryError, type Problem } from "./problem.js";
export { readLibrary, type SignedLibrary, writeLibrary } from "./signed.js";
export { leafHash, MerkleTree, nodeHash } from "./tree.js";
