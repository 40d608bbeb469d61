/** One run of the benchmark: recordings, images, both emulators, and what they must agree on. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  buildImage,
  type Check,
  CHECKS,
  type Core,
  CORES,
  type Image,
  type ModuleName,
  MODULES,
} from "./build.js";
import { primitives } from "./diag-tape.js";
import { type Count, type Run, runQemu, runRp2040 } from "./emulator.js";
import { isSingleSlice, type Result } from "./figures.js";
import { cyclesOnM4 } from "./m4-cycles.js";
import { DIAG_WASM, RELEASE_WASM, ROOT, WORK } from "./paths.js";
import { addLife, addPrimitives, derivedRows, measured, type Row, RowSheet } from "./rows.js";
import { boot, fullEntries, life, QUICK, therapies, WHOLE } from "./scenario.js";
import { encodeScript } from "./script.js";
import { signatures } from "./signature.js";
import type { Tape } from "./tape.js";
import { toolVersions } from "./tools.js";

export interface MeasureOptions {
  readonly quick: boolean;
  readonly onProgress?: (text: string) => void;
}

/** What rp2040js takes more than a few seconds for. */
const LONG_TAPES: ReadonlySet<string> = new Set(["life", "primitives", "therapies"]);
/** How many pauses and resumptions fill the ring of the log several times over. */
const EVENTS_FULL = 400;

/** Measures everything. Throws where a count is not the same twice, or the two emulators disagree. */
export async function measure({ quick, onProgress = () => undefined }: MeasureOptions): Promise<Result> {
  const extent = quick ? QUICK : WHOLE;
  const [module, diag] = [identity(RELEASE_WASM), identity(DIAG_WASM)];
  const tapes: Readonly<Record<ModuleName, readonly Tape[]>> = {
    diag: [primitives()],
    release: [
      life(extent),
      fullEntries(extent),
      therapies(),
      boot("little-log", 0),
      boot("full-log", EVENTS_FULL),
    ],
  };
  onProgress("recorded");
  const images = await allImages(onProgress);
  const rows: Row[] = [];
  let globalsBytes = 0;
  for (const core of CORES) {
    for (const check of CHECKS) {
      const sheet = new RowSheet(core, check);
      for (const module of ["diag", "release"] as const) {
        const image = imageOf(images, module, core, check);
        for (const tape of tapes[module]) {
          const script = scriptFile(image, tape);
          const run = await runTwice(image, tape, script);
          const counts = wantsCycles(image, tape, quick) ? withCycles(image, tape, run, script) : run.counts;
          rmSync(script);
          const calls = measured(tape, counts);
          if (module === "diag") addPrimitives(sheet, calls);
          else {
            addLife(sheet, calls);
            globalsBytes = run.globalsBytes;
          }
          onProgress(`${core} ${check}: ${tape.name}, ${counts.length} calls`);
        }
      }
      const seen =
        core === "cortex-m4" && check === "full" && !quick
          ? await withM4Cycles(sheet.rows(), images)
          : sheet.rows();
      const kept = seen.filter(({ row }) => check === "full" || !isSingleSlice(row));
      rows.push(...kept, ...derivedRows(seen, core, check, extent.entriesFull));
    }
  }
  if (module.sha256 !== identity(RELEASE_WASM).sha256 || diag.sha256 !== identity(DIAG_WASM).sha256) {
    throw new Error("a module was built anew meanwhile: run the benchmark again");
  }
  return {
    schema: 1,
    extent: quick ? "quick" : "whole",
    module,
    diag,
    tools: { ...toolVersions(), rp2040js: packageVersion("rp2040js"), node: process.version },
    sizes: images.map(({ core, check, module, sizes }) => ({ core, check, module, ...sizes })),
    memory: {
      linearBytes: tapes.release[0]!.recording.memoryBytes,
      touchedBytes: Math.max(...tapes.release.map((tape) => tape.touchedBytes)),
      globalsBytes,
    },
    rows,
  };
}

/**
 * Adds derived cycles to the rows of the Cortex-M4. Telling blocks apart is slow, so a short life is told; a row has as many cycles
 * an instruction there as here.
 */
async function withM4Cycles(rows: readonly Row[], images: readonly Image[]): Promise<Row[]> {
  const sheet = new RowSheet("cortex-m4", "full");
  const tapes = [
    primitives(),
    life(QUICK),
    fullEntries(QUICK),
    boot("little-log", 0),
    boot("full-log", EVENTS_FULL),
  ];
  for (const [i, tape] of tapes.entries()) {
    const module: ModuleName = i === 0 ? "diag" : "release";
    const image = imageOf(images, module, "cortex-m4", "full");
    const script = scriptFile(image, tape);
    const { counts } = await runQemu(image, script);
    const cycles = await cyclesOnM4(image, script, counts);
    rmSync(script);
    const calls = measured(
      tape,
      counts.map((count, at) => {
        const derived = cycles[at];
        return derived === undefined ? count : { ...count, cycles: derived };
      }),
    );
    if (module === "diag") addPrimitives(sheet, calls);
    else addLife(sheet, calls);
  }
  const short = new Map(sheet.rows().map((row) => [row.row, row]));
  return rows.map((row) => {
    const { cycles, instructions = 0 } = short.get(row.row) ?? {};
    if (cycles === undefined) return row;
    return { ...row, cycles: Math.round((row.instructions * cycles) / instructions) };
  });
}

function imageOf(images: readonly Image[], module: ModuleName, core: Core, check: Check): Image {
  return images.find((one) => one.module === module && one.core === core && one.check === check)!;
}

/** Two at a time: a compilation takes one core. */
async function allImages(onProgress: (text: string) => void): Promise<Image[]> {
  const wanted = (Object.keys(MODULES) as ModuleName[]).flatMap((module) =>
    CORES.flatMap((core) => CHECKS.map((check) => ({ module, core, check }))),
  );
  const images: Image[] = [];
  const worker = async () => {
    for (let next = wanted.shift(); next !== undefined; next = wanted.shift()) {
      const image = await buildImage(next.module, next.core, next.check);
      images.push(image);
      onProgress(
        `built ${image.module} for ${image.core}, ${image.check} check: ${image.sizes.gateTextBytes} B`,
      );
    }
  };
  await Promise.all([worker(), worker()]);
  const order = (image: Image) => `${image.module}/${image.core}/${image.check}`;
  return images.sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

/** The counts of both runs, which must be the same. */
async function runTwice(image: Image, tape: Tape, script: string): Promise<Run> {
  const [first, second] = await Promise.all([runQemu(image, script), runQemu(image, script)]);
  sameCounts(tape.name, "two runs of QEMU", first.counts, second.counts);
  return first;
}

/** The RP2040's core with full checks; in a quick run the short tapes only. */
function wantsCycles({ core, check }: Image, { name }: Tape, quick: boolean): boolean {
  return core === "cortex-m0plus" && check === "full" && !(quick && LONG_TAPES.has(name));
}

/** Adds the cycles of rp2040js, whose instructions must be QEMU's. */
function withCycles(image: Image, tape: Tape, run: Run, script: string): readonly Count[] {
  const { counts } = runRp2040(image, script);
  sameCounts(tape.name, "QEMU and rp2040js", run.counts, counts);
  return counts;
}

function scriptFile(image: Image, tape: Tape): string {
  mkdirSync(WORK, { recursive: true });
  const file = join(WORK, `${tape.name.replaceAll(" ", "-")}.${process.pid}.script`);
  writeFileSync(file, encodeScript(tape.recording, signatures(readFileSync(MODULES[image.module]))));
  return file;
}

/** Throws if any call took another number of instructions, or another depth of stack. */
export function sameCounts(what: string, who: string, a: readonly Count[], b: readonly Count[]): void {
  if (a.length !== b.length) throw new Error(`${what}: ${who}: ${a.length} and ${b.length} calls`);
  for (const [i, one] of a.entries()) {
    const other = b[i]!;
    for (const of of ["instructions", "importInstructions", "imports", "stackBytes", "status"] as const) {
      if (one[of] === other[of]) continue;
      throw new Error(`${what}: ${who} differ in call ${i + 1}: ${of} ${one[of]} and ${other[of]}`);
    }
  }
}

function identity(path: string): { sha256: string; bytes: number } {
  const bytes = readFileSync(path);
  return { sha256: createHash("sha256").update(bytes).digest("hex"), bytes: bytes.length };
}

function packageVersion(name: string): string {
  const file = join(ROOT, "node_modules", name, "package.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
