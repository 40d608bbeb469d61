/** What an image says of each call, and QEMU and rp2040js to run it. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { RP2040 } from "rp2040js";
import { between, CALIBRATION_STAMPS } from "./stamps.js";
import { RP2040_FLASH, SCRIPT_ADDRESS, type TargetImage } from "./build.js";

/** One export call on the target. */
export interface Count {
  readonly status: number;
  /** Of the gate alone. */
  readonly instructions: number;
  /** Of the host functions that it called: the replay, not a port's. */
  readonly importInstructions: number;
  readonly imports: number;
  /** Below the caller; the host functions have a stack of their own. */
  readonly stackBytes: number;
  /** Of the gate alone, by the emulator's model; only where it has one. */
  readonly cycles?: number;
}

export interface Run {
  readonly counts: readonly Count[];
  /** The instance that wasm2c's code keeps beside linear memory. */
  readonly globalsBytes: number;
}

/** The image said that the replay differs from the recording, or trapped. */
export class ReplayDiffers extends Error {
  override readonly name = "ReplayDiffers";
}

/** 64 ns of virtual time for each instruction: image.c counts on it. */
const ICOUNT = "shift=6";
const OUTPUT_BYTES_MAX = 1 << 28;
const TIME_LIMIT_MS = 120_000;

/** The command line of one run. */
export function qemuArguments(image: TargetImage, scriptFile: string): string[] {
  return [
    ...["-M", "mps2-an386", "-display", "none", "-monitor", "none", "-serial", "none", "-icount", ICOUNT],
    ...["-semihosting-config", "enable=on,target=native", "-kernel", image.qemuElf],
    ...["-device", `loader,file=${scriptFile},addr=0x${SCRIPT_ADDRESS.qemu.toString(16)},force-raw=on`],
  ];
}

/** Runs a script on QEMU's MPS2 board (AN386). */
export async function runQemu(image: TargetImage, scriptFile: string): Promise<Run> {
  const args = qemuArguments(image, scriptFile);
  const options = { maxBuffer: OUTPUT_BYTES_MAX, timeout: TIME_LIMIT_MS, encoding: "utf8" } as const;
  const said = await new Promise<string>((resolve, reject) => {
    execFile("qemu-system-arm", args, options, (error, stdout, stderr) => {
      // What semihosting writes comes out on stderr; its exit code is the image's.
      const text = stdout + stderr;
      if (error !== null && !/^([CGX]|TRAP) /m.test(text)) {
        reject(new Error(`qemu-system-arm: ${error.message}`));
      } else resolve(text);
    });
  });
  return parse(said);
}

const SYS_WRITE0 = 0x04;
const SYS_EXIT_EXTENDED = 0x20;
const BREAK_SEMIHOST = 0xab;
const BREAK_CLOCK = 0xac;
const SRAM = 0x20000000;

/** Runs a script on rp2040js, and adds the cycles of its model. */
export function runRp2040(image: TargetImage, scriptFile: string): Run {
  if (image.rp2040Bin === null) throw new Error(`${image.core} is not the RP2040's core`);
  const chip = new RP2040();
  chip.flash.set(readFileSync(image.rp2040Bin), 0);
  chip.flash.set(readFileSync(scriptFile), SCRIPT_ADDRESS.rp2040 - RP2040_FLASH);
  const vectors = new DataView(chip.flash.buffer, chip.flash.byteOffset);
  const { core } = chip;
  core.SP = vectors.getUint32(0, true);
  core.PC = vectors.getUint32(4, true) & ~1;
  const state: { ended: boolean } = { ended: false };
  let instructions = 0;
  let said = "";
  const cycles: number[] = [];
  let stamps: number[] = [];
  let reading: number | null = null;
  chip.onBreak = (code) => {
    if (code === BREAK_CLOCK) {
      core.registers[0] = instructions;
      stamps.push(core.cycles);
      return;
    }
    if (code !== BREAK_SEMIHOST) throw new Error(`rp2040js: breakpoint ${code}`);
    const argument = core.registers[1]! >>> 0;
    if (core.registers[0] === SYS_WRITE0) {
      const text = textAt(chip, argument);
      said += text;
      if (text !== "C ") return;
      // Before the first call the image has measured nothing at all, first of all.
      reading ??= stamps[1]! - stamps[0]!;
      cycles.push(between(cycles.length === 0 ? stamps.slice(CALIBRATION_STAMPS) : stamps, reading));
      stamps = [];
    } else if (core.registers[0] === SYS_EXIT_EXTENDED) {
      state.ended = true;
    }
  };
  while (!state.ended) {
    core.executeInstruction();
    instructions++;
  }
  const run = parse(said);
  return { ...run, counts: run.counts.map((count, i) => ({ ...count, cycles: cycles[i]! })) };
}

function textAt(chip: RP2040, address: number): string {
  let text = "";
  for (let at = address; ; at++) {
    const byte = at >= SRAM ? chip.sram[at - SRAM]! : chip.flash[at - RP2040_FLASH]!;
    if (byte === 0) return text;
    text += String.fromCharCode(byte);
  }
}

function parse(said: string): Run {
  const counts: Count[] = [];
  let globalsBytes: number | null = null;
  for (const line of said.split("\n")) {
    const [word, ...rest] = line.trim().split(" ");
    const numbers = rest.map((text) => parseInt(text, 16));
    if (word === "C") {
      const [, status, instructions, importInstructions, imports, stackBytes] = numbers as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      counts.push({ status, instructions, importInstructions, imports, stackBytes });
    } else if (word === "G") globalsBytes = numbers[0]!;
    else if (word === "X" || word === "TRAP") {
      throw new ReplayDiffers(`the replay differs after ${counts.length} calls: ${line.trim()}`);
    }
  }
  if (globalsBytes === null) throw new ReplayDiffers(`the image stopped after ${counts.length} calls`);
  return { counts, globalsBytes };
}
