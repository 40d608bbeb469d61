/**
 * Runs an image on rp2040js: `node rp2040.mjs IMAGE.bin`. Semihosting goes to this process's standard input and output;
 * breakpoint 0xac answers with the number of instructions so far, 0xad to 0xaf are
 * explained in emulator.c.
 */
import { createHash } from "node:crypto";
import { readFileSync, readSync, writeSync } from "node:fs";
import { RP2040 } from "rp2040js";

const SYS_OPEN = 0x01;
const SYS_WRITE0 = 0x04;
const SYS_WRITE = 0x05;
const SYS_READ = 0x06;
const SYS_EXIT_EXTENDED = 0x20;
const MODE_READ = 0;
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const FLASH = 0x10000000;
const SRAM = 0x20000000;

const chip = new RP2040();
chip.flash.set(readFileSync(process.argv[2]), 0);
const vectors = new DataView(chip.flash.buffer, chip.flash.byteOffset);
const { core } = chip;
core.SP = vectors.getUint32(0, true);
core.PC = vectors.getUint32(4, true) & ~1;

let instructions = 0;
let exitCode = null;

/** Bytes of the chip's memory: its SRAM, or its flash, which begins at the image. */
function memory(address, bytes) {
  const [array, from] = address >= SRAM ? [chip.sram, address - SRAM] : [chip.flash, address - FLASH];
  return array.subarray(from, from + bytes);
}

function word(address) {
  return new DataView(chip.sram.buffer, chip.sram.byteOffset).getUint32((address >>> 0) - SRAM, true);
}

/** Answers the bytes that were not moved, as Arm's specification has it. */
function transfer(argument, move) {
  const [address, bytes] = [word(argument + 4), word(argument + 8)];
  return bytes - move(memory(address, bytes));
}

function written(bytes) {
  let done = 0;
  while (done < bytes.length) done += writeSync(STDOUT, bytes, done);
  return done;
}

function semihost(operation, argument) {
  switch (operation) {
    case SYS_OPEN:
      return word(argument + 4) === MODE_READ ? STDIN : STDOUT;
    case SYS_READ:
      return transfer(argument, (to) => readSync(STDIN, to, 0, to.length, null));
    case SYS_WRITE:
      return transfer(argument, written);
    case SYS_WRITE0: {
      const rest = memory(argument, 4096);
      writeSync(STDERR, rest.subarray(0, rest.indexOf(0)));
      return 0;
    }
    case SYS_EXIT_EXTENDED:
      exitCode = word(argument + 4);
      return 0;
    default:
      throw new Error(`semihosting operation ${operation} is not known here`);
  }
}

/** Kept states, one behind the other. */
const states = new Uint8Array(64 * 65536);

function keep(save) {
  const [place, address, bytes] = core.registers.subarray(0, 3);
  const [chips, kept] = [memory(address >>> 0, bytes), states.subarray(place, place + bytes)];
  if (save) kept.set(chips);
  else chips.set(kept);
}

/** The SHA-256 under way: a driver has one at a time. */
let hash = createHash("sha256");

function sha256() {
  const [action, address, bytes] = core.registers.subarray(0, 3);
  const data = memory(address >>> 0, bytes);
  if (action === 0) hash = createHash("sha256");
  else if (action === 1) hash.update(data);
  else data.set(hash.digest());
}

chip.onBreak = (code) => {
  if (code === 0xac) core.registers[0] = instructions;
  else if (code === 0xad || code === 0xae) keep(code === 0xad);
  else if (code === 0xaf) sha256();
  else if (code === 0xab) core.registers[0] = semihost(core.registers[0], core.registers[1] >>> 0);
  else throw new Error(`breakpoint ${code}`);
};

while (exitCode === null) {
  core.executeInstruction();
  instructions++;
}
process.exitCode = exitCode;
