/** What a library costs as it grows: installing it, proving an entry of it, and a command that does both proofs. */
import { statusName, STATUS } from "../../host-sim/gate/status.js";
import { type Contender, timed } from "./contender.js";
import { interleave, type InterleaveOptions } from "./interleave.js";
import { type Build, Primitives } from "./module.js";
import { median, medianRatio, quantile } from "./statistics.js";
import { BenchPump, libraryOf } from "./ward-fixture.js";

/** Figures of one library. */
export interface LibraryRow {
  readonly entries: number;
  readonly entryBytesMean: number;
  /** Nodes on the path of the entry that is ordered. */
  readonly pathNodes: number;
  /** Time of the processor. */
  readonly installMs: number;
  readonly installUsPerEntry: number;
  /** Leaf hash and path of one entry; a command proves two. */
  readonly proofUs: number;
  /** A whole command, p50. */
  readonly commandUs: number;
}

export interface LibraryRun {
  readonly rows: readonly LibraryRow[];
  /**
   * What the last nodes of a path cost beside the first ones: the proof's growth per node from the middle to the largest library, over
   * that from the smallest to the middle one. 1 if a lookup grows by log2(n), as the largest has 64 Ki entries.
   */
  readonly proofGrowth: number;
}

/** A handful, the size that is planned for, and the most that a manifest may name. */
export const LIBRARY_SIZES = [40, 1200, 65_536] as const;

export interface LibraryRunOptions {
  readonly installs: number;
  readonly commands: number;
  readonly proofs: InterleaveOptions;
}

/** All sizes, taking turns in everything that is short. */
export async function runLibraries(
  release: WebAssembly.Module,
  diag: Build,
  options: LibraryRunOptions,
): Promise<LibraryRun> {
  const pumps = LIBRARY_SIZES.map((entries) => new BenchPump(release, libraryOf(entries)));
  const commands: number[][] = pumps.map(() => []);
  for (let i = 0; i < options.commands; i++) {
    for (const [at, pump] of pumps.entries()) {
      pump.rest();
      commands[at]!.push(pump.submit(pump.order()).us);
    }
  }
  const installs: number[][] = pumps.map(() => []);
  for (let i = 0; i < options.installs; i++) {
    for (const [at, pump] of pumps.entries()) installs[at]!.push(installMs(pump, i + 2));
  }
  const proofs = await interleave(
    pumps.map((pump) => proof(pump, diag)),
    options.proofs,
  );
  const rows = pumps.map(({ library }, at): LibraryRow => {
    const entries = library.entries.length;
    const bytes = library.entries.reduce((sum, entry) => sum + entry.bytes.length, 0);
    const ms = median(installs[at]!);
    return {
      entries,
      entryBytesMean: bytes / entries,
      pathNodes: pumps[at]!.proofs().path.length,
      installMs: ms,
      installUsPerEntry: (ms * 1000) / entries,
      proofUs: median(proofs[at]!) / 1000,
      commandUs: quantile(commands[at]!, 0.5),
    };
  });
  return { rows, proofGrowth: growth(proofs, rows) };
}

/** By round, as every ratio. */
function growth(proofs: readonly (readonly number[])[], rows: readonly LibraryRow[]): number {
  const perNode = (from: number, to: number) =>
    proofs[to]!.map((ns, i) => (ns - proofs[from]![i]!) / (rows[to]!.pathNodes - rows[from]!.pathNodes));
  return medianRatio(perNode(1, 2), perNode(0, 1));
}

/**
 * Installs the library again as version `version`; begin, every entry and commit, ms. It is the processor's time: an install is longer
 * than a slice of the scheduler, so that on a shared machine the clock's would count others' slices.
 */
function installMs(pump: BenchPump, version: number): number {
  pump.rest(); // a manifest's signatures come out of a bucket, too (SPEC 7)
  const manifest = pump.bed.hospital.publishLibrary(pump.library, { version }).bytes;
  const entries = pump.library.entries.map(({ bytes }) => bytes);
  const before = process.cpuUsage();
  const { status } = pump.gate.installLibrary(manifest, entries);
  const { user, system } = process.cpuUsage(before);
  if (status !== STATUS.OK) throw new Error(`the bench's library is refused: ${statusName(status)}`);
  return (user + system) / 1000;
}

function proof(pump: BenchPump, diag: Build): Contender {
  const { entry, index, path } = pump.proofs();
  const place = new Uint8Array(16);
  const view = new DataView(place.buffer);
  view.setBigUint64(0, BigInt(index), true);
  view.setBigUint64(8, BigInt(pump.library.entries.length), true);
  const prove = new Primitives(diag).proof(entry, place, pump.library.root, Buffer.concat(path));
  const wrong = prove() ? null : "refuses a good path";
  return {
    name: `${pump.library.entries.length} entries`,
    version: "",
    engine: "wasm",
    wrong,
    measure: timed(prove),
  };
}
