/** What a library costs as it grows: installing it, proving an entry of it, and a command that does both proofs. */
import { statusName, STATUS } from "../../host-sim/gate/status.js";
import { BenchPump, libraryOf } from "./ward-fixture.js";
import { type Build, Primitives } from "./module.js";
import { median, quantile } from "./statistics.js";

/** Figures of one library. */
export interface LibraryRow {
  readonly entries: number;
  readonly entryBytesMean: number;
  /** Nodes on the path of the entry that is ordered. */
  readonly pathNodes: number;
  readonly installMs: number;
  readonly installUsPerEntry: number;
  /** Leaf hash and path of one entry; a command proves two. */
  readonly proofUs: number;
  /** A whole command, p50. */
  readonly commandUs: number;
}

/** A handful, the size that is planned for, and the most that a manifest may name. */
export const LIBRARY_SIZES = [40, 1200, 65_536] as const;

export interface LibraryRunOptions {
  readonly installs: number;
  readonly commands: number;
  /** Proofs are taken in `proofRounds` batches. */
  readonly proofRounds: number;
}

const PROOFS_PER_ROUND = 200;

/** One size. */
export function runLibrary(
  release: WebAssembly.Module,
  diag: Build,
  entries: number,
  options: LibraryRunOptions,
): LibraryRow {
  const library = libraryOf(entries);
  const pump = new BenchPump(release, library);
  // The module is warm by then: timing a compiler is not the aim.
  const commands: number[] = [];
  for (let i = 0; i < options.commands; i++) {
    pump.rest();
    commands.push(pump.submit(pump.order()));
  }
  const installMs = median(Array.from({ length: options.installs }, (_, i) => install(pump, i + 2)));
  const bytes = library.entries.reduce((sum, entry) => sum + entry.bytes.length, 0);
  return {
    entries,
    entryBytesMean: bytes / entries,
    pathNodes: pump.proofs().path.length,
    installMs,
    installUsPerEntry: (installMs * 1000) / entries,
    proofUs: proofUs(pump, diag, options.proofRounds),
    commandUs: quantile(commands, 0.5),
  };
}

/** Installs the library again as version `version`; the time of begin, every entry and commit, ms. */
function install(pump: BenchPump, version: number): number {
  pump.rest(); // a manifest's signatures come out of a bucket, too (SPEC 7)
  const manifest = pump.bed.hospital.publishLibrary(pump.library, { version }).bytes;
  const entries = pump.library.entries.map(({ bytes }) => bytes);
  const begun = performance.now();
  const { status } = pump.gate.installLibrary(manifest, entries);
  const took = performance.now() - begun;
  if (status !== STATUS.OK) throw new Error(`the bench's library is refused: ${statusName(status)}`);
  return took;
}

function proofUs(pump: BenchPump, diag: Build, rounds: number): number {
  const { entry, index, path } = pump.proofs();
  const place = new Uint8Array(16);
  const view = new DataView(place.buffer);
  view.setBigUint64(0, BigInt(index), true);
  view.setBigUint64(8, BigInt(pump.library.entries.length), true);
  const prove = new Primitives(diag).proof(entry, place, pump.library.root, Buffer.concat(path));
  if (!prove()) throw new Error("the bench's proof is refused");
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const begun = process.hrtime.bigint();
    for (let i = 0; i < PROOFS_PER_ROUND; i++) prove();
    times.push(Number(process.hrtime.bigint() - begun) / PROOFS_PER_ROUND / 1000);
  }
  return median(times);
}
