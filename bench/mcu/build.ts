/** Images: wasm2c, one rewritten macro where asked for, gcc, and the sizes of what comes out. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { glue } from "./glue.js";
import { DIAG_WASM, IMAGE_C, RELEASE_WASM, REPLAY, RUNTIME, WORK } from "./paths.js";
import { fixedMemoryBytes, signatures } from "./signature.js";
import { toolVersions, WASM_RT_H } from "./tools.js";

const run = promisify(execFile);

export const CORES = ["cortex-m4", "cortex-m0plus"] as const;
export type Core = (typeof CORES)[number];

/**
 * How an access is held within linear memory. `full`: wasm2c's own check, offset + length > size in 64 bits with the size in a
 * variable. `constant`: offset > 65536 - length, which is the same for a memory of one page that cannot grow.
 */
export const CHECKS = ["full", "constant"] as const;
export type Check = (typeof CHECKS)[number];

export const MODULES = { release: RELEASE_WASM, diag: DIAG_WASM } as const;
export type ModuleName = keyof typeof MODULES;

export interface Image extends TargetImage {
  readonly module: ModuleName;
}

/** One module on one core. */
export interface TargetImage {
  readonly core: Core;
  readonly check: Check;
  /** For QEMU's Cortex-M4 board, which runs code for either core. */
  readonly qemuElf: string;
  /** For the RP2040's emulator, Cortex-M0+ only: code, as it lies in flash. */
  readonly rp2040Bin: string | null;
  readonly sizes: Sizes;
}

export interface Sizes {
  /** What wasm2c's output becomes: code, and constants with the module's data. */
  readonly gateTextBytes: number;
  /** The whole image with runtime and replay. */
  readonly imageTextBytes: number;
}

/** Where the emulators put the script: MPS2's PSRAM, and behind 1 MiB of the RP2040's flash. */
export const SCRIPT_ADDRESS = { qemu: 0x21000000, rp2040: 0x10100000 } as const;
export const RP2040_FLASH = 0x10000000;

/** MPS2's timer has 8 ticks for 5 instructions: which instruction of five each tick belongs to, as nibbles. */
const INSTRUCTION_OF_TICK = "0x43321100";

/** Where wabt's header lies, in the folder of an image. */
const WABT = "wabt";
const QEMU_ELF = "qemu.elf";
const RP2040_ELF = "rp2040.elf";
const RP2040_BIN = "rp2040.bin";
const SIZES = "sizes.json";

const PAGE_BYTES = 65536;
const FULL_CHECK = "if (UNLIKELY(offset + (uint64_t)len > mem->size))";
const CONSTANT_CHECK = `if (UNLIKELY(offset > ${PAGE_BYTES}u - len))`;

/** wasm2c's output with the check that a memory of exactly one page needs. Throws if wasm2c writes its check another way. */
export function withConstantCheck(source: string, memoryBytes: number): string {
  if (memoryBytes !== PAGE_BYTES) {
    throw new Error(`linear memory of ${memoryBytes} B: the check is for one page`);
  }
  const parts = source.split(FULL_CHECK);
  if (parts.length !== 2) {
    throw new Error(
      `wasm2c's bounds check is written another way (${parts.length - 1} found): see RANGE_CHECK`,
    );
  }
  return parts.join(CONSTANT_CHECK);
}

/** Flags of every compilation; README.md says why. */
function flags(core: Core): string[] {
  return [
    `-mcpu=${core}`,
    "-mthumb",
    "-O2",
    "-std=gnu11",
    "-DNDEBUG",
    "-ffunction-sections",
    "-fdata-sections",
  ];
}

/** Builds one image of a module of this project. */
export async function buildImage(module: ModuleName, core: Core, check: Check): Promise<Image> {
  return { module, ...(await buildFrom(MODULES[module], module, core, check)) };
}

/** Builds an image of any module, or takes it as it was built from the same inputs. `label` begins its folder's name. */
export async function buildFrom(
  wasmPath: string,
  label: string,
  core: Core,
  check: Check,
): Promise<TargetImage> {
  const wasm = readFileSync(wasmPath);
  const folder = join(WORK, `${label}-${core}-${check}-${inputDigest(wasm).slice(0, 16)}`);
  if (!existsSync(folder)) {
    // Built beside it and put in place whole: another process may be building the same.
    const building = `${folder}.${process.pid}`;
    rmSync(building, { recursive: true, force: true });
    // In a folder of its own: beside the generated header it would be found before the runtime's.
    mkdirSync(join(building, WABT), { recursive: true });
    copyFileSync(WASM_RT_H, join(building, WABT, "wasm-rt.h"));
    writeFileSync(join(building, "glue.c"), glue(signatures(wasm)));
    await generate(building, wasmPath, check);
    await compile(building, core);
    writeFileSync(join(building, SIZES), JSON.stringify(await link(building, core)));
    if (!existsSync(folder)) renameSync(building, folder);
    rmSync(building, { recursive: true, force: true });
  }
  return {
    core,
    check,
    qemuElf: join(folder, QEMU_ELF),
    rp2040Bin: core === "cortex-m0plus" ? join(folder, RP2040_BIN) : null,
    sizes: JSON.parse(readFileSync(join(folder, SIZES), "utf8")) as Sizes,
  };
}

async function generate(folder: string, wasmPath: string, check: Check): Promise<void> {
  const source = join(folder, "dosegate.c");
  await run("wasm2c", ["-n", "dosegate", wasmPath, "-o", source]);
  if (check === "full") return;
  const memoryBytes = fixedMemoryBytes(readFileSync(wasmPath));
  writeFileSync(source, withConstantCheck(readFileSync(source, "utf8"), memoryBytes));
}

/** The generated code by itself, so that its size can be told. Its unused labels and values are wasm2c's. */
async function compile(folder: string, core: Core): Promise<void> {
  const object = join(folder, "dosegate.o");
  const source = join(folder, "dosegate.c");
  await run("arm-none-eabi-gcc", [...flags(core), ...includes(folder), "-w", "-c", source, "-o", object]);
}

async function link(folder: string, core: Core): Promise<Sizes> {
  await linked(folder, core, "qemu", QEMU_ELF);
  if (core === "cortex-m0plus") {
    await linked(folder, core, "rp2040", RP2040_ELF);
    const files = [RP2040_ELF, RP2040_BIN].map((name) => join(folder, name));
    await run("arm-none-eabi-objcopy", ["-O", "binary", ...files]);
  }
  const files = ["dosegate.o", QEMU_ELF].map((name) => join(folder, name));
  const [gateTextBytes, imageTextBytes] = await textBytes(files);
  return { gateTextBytes: gateTextBytes!, imageTextBytes: imageTextBytes! };
}

async function linked(
  folder: string,
  core: Core,
  emulator: keyof typeof SCRIPT_ADDRESS,
  name: string,
): Promise<void> {
  const sources = [
    "wasm-rt.c",
    "startup.c",
    "stack.c",
    ...(core === "cortex-m0plus" ? ["lmul-armv6m.S"] : []),
  ];
  await run("arm-none-eabi-gcc", [
    ...flags(core),
    ...["-Wall", "-Wextra", "-Werror", `-DINSTRUCTION_OF_TICK=${INSTRUCTION_OF_TICK}`],
    ...(emulator === "rp2040" ? ["-DPORT_RP2040"] : []),
    ...includes(folder),
    ...sources.map((source) => join(RUNTIME, source)),
    ...[join(REPLAY, "replay.c"), IMAGE_C, join(folder, "glue.c"), join(folder, "dosegate.o")],
    ...[
      "-nostartfiles",
      "--specs=nano.specs",
      `-L${RUNTIME}`,
      "-T",
      emulator === "qemu" ? "mps2-an386.ld" : "rp2040.ld",
    ],
    ...[
      "-Wl,--gc-sections",
      `-Wl,--defsym=replay_script=0x${SCRIPT_ADDRESS[emulator].toString(16)}`,
      "-o",
      join(folder, name),
    ],
  ]);
}

function includes(folder: string): string[] {
  return [`-I${join(RUNTIME, "include")}`, `-I${join(folder, WABT)}`, `-I${REPLAY}`, `-I${folder}`];
}

async function textBytes(files: readonly string[]): Promise<number[]> {
  const { stdout } = await run("arm-none-eabi-size", [...files]);
  const rows = stdout.trim().split("\n").slice(1);
  return rows.map((row) => Number(row.trim().split(/\s+/)[0]));
}

/** Of everything that an image is made from, the compiler included. */
function inputDigest(wasm: Uint8Array): string {
  const digest = createHash("sha256").update(wasm).update(JSON.stringify(toolVersions()));
  const folders = [RUNTIME, join(RUNTIME, "include"), REPLAY];
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  for (const file of [IMAGE_C, ...files].filter((name) => /\.(c|h|S|ld)$/.test(name)).sort()) {
    digest.update(readFileSync(file));
  }
  return digest.update([flags, glue, linked, generate, withConstantCheck].map(String).join()).digest("hex");
}
