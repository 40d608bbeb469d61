/**
 * Cycles of a Cortex-M4, derived: QEMU tells which blocks of code ran, the disassembly what is in them, and a table what each
 * instruction takes. The table follows the instruction timings of the Cortex-M4's technical reference manual (r0p1, 3.3.1) for
 * memory without wait states, with its ranges taken in their middle; it is not validated on silicon.
 */
import { execFileSync, spawn } from "node:child_process";
import type { TargetImage } from "./build.js";
import { type Count, qemuArguments } from "./emulator.js";
import { between, CALIBRATION_STAMPS } from "./stamps.js";

interface Instruction {
  readonly bytes: number;
  readonly cycles: number;
  /** The instruction loads: one that follows another load or store directly takes a cycle less. */
  readonly loads: boolean;
  readonly accesses: boolean;
  /** A block ends with it. */
  readonly ends: boolean;
}

/** A run of instructions without a branch into or out of it. */
interface Block {
  readonly instructions: number;
  /** As far as the branch at its end is not taken. */
  readonly cycles: number;
  /** Where it goes on if that branch is not taken. */
  readonly next: number;
}

/** Refilling the pipeline after a branch takes 1 to 3 cycles. */
const REFILL_CYCLES = 2;
/** A division takes 2 to 12. */
const DIVISION_CYCLES = 7;
/** QEMU ends its blocks at the borders of the smallest page it knows, and before an instruction across one. */
const PAGE_BYTES = 1024;
/** Bits of QEMU's flags of a block: how many instructions it was cut to, 0 if it was not. */
const CUT_MASK = 0x1ff;

const BRANCH = /^(b|bl|bx|blx|cbz|cbnz|tbb|tbh|bkpt|udf)(eq|ne|cs|cc|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)?$/;

/** Of a script's calls, at least so many must add up. */
const ADD_UP_MIN = 0.99;

/**
 * Cycles of every call of a script, by the table; undefined for a call whose blocks do not add up to its exact instructions (QEMU leaves
 * some blocks early and does not say so). Throws if more than one call in a hundred is such.
 */
export async function cyclesOnM4(
  image: TargetImage,
  scriptFile: string,
  counts: readonly Count[],
): Promise<(number | undefined)[]> {
  const stampAt = symbolAddress(image.qemuElf, "replay_now");
  const trace = new Trace(disassembled(image.qemuElf), stampAt);
  const arguments_ = [...qemuArguments(image, scriptFile), "-d", "exec,nochain"];
  const qemu = spawn("qemu-system-arm", arguments_, { stdio: ["ignore", "ignore", "pipe"] });
  for await (const chunk of qemu.stderr) trace.read(chunk as Buffer);
  return trace.calls(counts);
}

class Trace {
  /** Cycles and instructions until each reading of the clock. */
  readonly #stamps: { cycles: number; instructions: number }[] = [];
  readonly #code: ReadonlyMap<number, Instruction>;
  readonly #stampAt: number;
  readonly #blocks = new Map<number, Block>();
  #rest = "";
  #cycles = 0;
  #instructions = 0;
  #last: Block | null = null;
  /** The block told last was a reading of the clock. */
  #stamped = false;

  constructor(code: ReadonlyMap<number, Instruction>, stampAt: number) {
    this.#code = code;
    this.#stampAt = stampAt;
  }

  /** What the image itself says has no bracket. Lines like `Trace 0: 0x7f67b0000100 [00800408/000000a4/00000110/ff020200] reset`. */
  read(chunk: Buffer): void {
    const text = this.#rest + chunk.toString("latin1");
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      const bracket = text.indexOf("[", from);
      if (text.startsWith("Stopped", from)) this.#undo();
      else if (bracket >= 0 && bracket < end) {
        const address = parseInt(text.slice(bracket + 10, bracket + 18), 16);
        const flags = parseInt(text.slice(bracket + 28, bracket + 36), 16);
        this.#ran(address, flags & CUT_MASK);
      }
      from = end + 1;
    }
    this.#rest = text.slice(from);
  }

  #ran(address: number, cut: number): void {
    if (this.#last !== null && this.#last.next !== address) this.#cycles += REFILL_CYCLES;
    this.#stamped = address === this.#stampAt;
    if (this.#stamped) {
      this.#stamps.push({ cycles: this.#cycles, instructions: this.#instructions });
    }
    const block = cut === 0 ? this.#known(address) : this.#walk(address, cut);
    this.#cycles += block.cycles;
    this.#instructions += block.instructions;
    this.#last = block;
  }

  /** The block told last did not run after all: QEMU's budget of instructions was used up before it. */
  #undo(): void {
    if (this.#last === null) return;
    this.#cycles -= this.#last.cycles;
    this.#instructions -= this.#last.instructions;
    if (this.#stamped) this.#stamps.pop();
    this.#stamped = false;
    // Whatever runs next is the same block, or a part of it.
    this.#last = null;
  }

  #known(address: number): Block {
    let block = this.#blocks.get(address);
    if (block === undefined) {
      block = this.#walk(address, Infinity);
      this.#blocks.set(address, block);
    }
    return block;
  }

  #walk(address: number, most: number): Block {
    const pageEnd = (Math.floor(address / PAGE_BYTES) + 1) * PAGE_BYTES;
    let at = address;
    let cycles = 0;
    let instructions = 0;
    let before: Instruction | undefined;
    while (instructions < most && at < pageEnd) {
      const instruction = this.#code.get(at);
      if (instruction === undefined || (instructions > 0 && at + instruction.bytes > pageEnd)) break;
      cycles += instruction.cycles - (instruction.loads && before?.accesses === true ? 1 : 0);
      instructions++;
      at += instruction.bytes;
      before = instruction;
      if (instruction.ends) break;
    }
    return { instructions, cycles, next: at };
  }

  /** The stamps of the calls, after those of the image's calibration. */
  calls(counts: readonly Count[]): (number | undefined)[] {
    const [first, second] = this.#stamps;
    if (first === undefined || second === undefined) {
      throw new Error("the trace holds no reading of the clock");
    }
    const cycles = second.cycles - first.cycles;
    const instructions = second.instructions - first.instructions;
    let at = CALIBRATION_STAMPS;
    const calls = counts.map((count) => {
      const stamps = this.#stamps.slice(at, at + 2 + 2 * count.imports);
      at += stamps.length;
      const found = between(
        stamps.map((stamp) => stamp.instructions),
        instructions,
      );
      if (found !== count.instructions) return undefined;
      return between(
        stamps.map((stamp) => stamp.cycles),
        cycles,
      );
    });
    const addUp = calls.filter((one) => one !== undefined).length;
    if (addUp < ADD_UP_MIN * calls.length) {
      throw new Error(`of ${calls.length} calls the blocks of only ${addUp} hold the exact instructions`);
    }
    return calls;
  }
}

function symbolAddress(elf: string, name: string): number {
  const text = execFileSync("arm-none-eabi-nm", [elf], { encoding: "utf8" });
  const line = text.split("\n").find((one) => one.endsWith(` ${name}`));
  if (line === undefined) throw new Error(`${elf} has no ${name}`);
  return parseInt(line, 16) & ~1;
}

function disassembled(elf: string): Map<number, Instruction> {
  const text = execFileSync("arm-none-eabi-objdump", ["-d", elf], { encoding: "utf8", maxBuffer: 1 << 28 });
  const code = new Map<number, Instruction>();
  for (const line of text.split("\n")) {
    const match = /^\s*([0-9a-f]+):\t([0-9a-f]{4}(?: [0-9a-f]{4})?)\s*\t(\S+)\s*(.*)$/.exec(line);
    if (match !== null) code.set(parseInt(match[1]!, 16), instruction(match[2]!, match[3]!, match[4]!));
  }
  return code;
}

function instruction(raw: string, mnemonic: string, operands: string): Instruction {
  const bytes = raw.length > 4 ? 4 : 2;
  const operation = mnemonic.replace(/\.[nw]$/, "");
  const branches = BRANCH.test(operation);
  const moved = /^(ldm|stm|push|pop)/.test(operation)
    ? registers(operands)
    : /^(ldrd|strd)/.test(operation)
      ? 2
      : 0;
  const single = moved === 0 && /^(ldr|str)/.test(operation);
  const loads = single && operation.startsWith("ldr");
  const toPc =
    /\bpc\b/.test(operands) && (moved > 0 || /^(ldr.*|mov)$/.test(operation)) && !/\[pc/.test(operands);
  const division = /^[us]div/.test(operation);
  const cycles = moved > 0 ? 1 + moved : division ? DIVISION_CYCLES : loads ? 2 : 1;
  return { bytes, cycles, loads, accesses: single, ends: branches || toPc };
}

/** How many registers a list names: `{r4, r6-r9, lr}`. */
function registers(operands: string): number {
  const list = /\{(.*)\}/.exec(operands)?.[1] ?? "";
  return list.split(",").reduce((sum, one) => {
    const range = /r(\d+)-r(\d+)/.exec(one);
    return sum + (range === null ? 1 : Number(range[2]) - Number(range[1]) + 1);
  }, 0);
}
