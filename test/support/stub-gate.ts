import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * A module with the gate's ABI and none of its judgement: it permits anything, and its program is 100 motor steps a
 * tick. Tests of the host side run against it, so that they ask whether the *host* keeps to the ABI. The first byte of a
 * command chooses what happens: 0xdd is refused at once, 0xee traps in the third slice, 0xcc traps in `submit`.
 */
const SOURCE = `
import * as host from "./host";

const IO = memory.data(8192, 8);
const RESULT = memory.data(256, 8);
const TICK = memory.data(128, 8);
const LOCAL = memory.data(64, 8);
const INSPECT = memory.data(320, 8);
const INPUT = memory.data(8192, 8);
const PAGE = memory.data(64, 8);

let staged: u32 = 0;
let left: u32 = 0;
let opening: u32 = 0;
let phase: u32 = 0;
let generation: u32 = 0;
let grant_number: u32 = 0;
let waiting: u32 = 0;
let nonce: u32 = 0;
let delivered: u64 = 0;

export { __heap_base, __data_end };

export function abiVersion(): u32 { return (1 << 16) | 2; }
export function ioBuffer(): usize { return IO; }
export function resultBuffer(): usize { return RESULT; }
export function tickBuffer(): usize { return TICK; }
export function localBuffer(): usize { return LOCAL; }
export function inspectBuffer(): usize { return INSPECT; }

function head(at: usize, type: u32, length: u32): void {
  memory.fill(at, 0, length);
  store<u32>(at, type | (1 << 16));
  store<u32>(at, length, 4);
}

export function boot(cause: u32, offMs: i32): u32 {
  if (host.flashGeometry(PAGE) != 0) return 0x80;
  if (host.counterRead(PAGE) != 0) return 0x84;
  store<u32>(PAGE, cause, 8);
  store<i32>(PAGE, offMs, 12);
  host.wallTimeS(PAGE + 16);
  opening = 3;
  return 0;
}

function stage(verb: u32, length: u32, slices: u32): u32 {
  if (staged != 0) return 0x10;
  if (length == 0 || length > 8192) return 0x17;
  memory.copy(INPUT, IO, length);
  staged = verb;
  left = slices;
  return 1;
}

export function provision(length: u32): u32 { return stage(1, length, 4); }
export function decommission(length: u32): u32 { return stage(9, length, 4); }
export function trustUpdate(length: u32): u32 { return stage(2, length, 4); }
export function libraryBegin(length: u32): u32 { return stage(3, length, 4); }
export function libraryEntry(length: u32): u32 { return stage(4, length, 1); }
export function libraryCommit(): u32 { return stage(5, 1, 2); }
export function libraryAbort(): u32 { return 0; }
export function approve(length: u32): u32 { return stage(7, length, 3); }
export function attest(): u32 { return stage(8, 32, 2); }
export function submit(length: u32): u32 {
  if (load<u32>(IO) != 0x10101) return 0x16;
  if (load<u8>(IO, 32) == 0xcc) unreachable();
  if (load<u8>(IO, 32) == 0xdd) return 0x21;
  return stage(6, length, 5);
}
export function cancel(): u32 {
  if (staged == 0) return 4;
  staged = 0;
  return 0x19;
}

export function sessionOpen(port: u32): u32 {
  if (port > 2) return 0x18;
  head(RESULT, 0x202, 64);
  store<u32>(RESULT, port, 8);
  if (host.entropy(RESULT + 24, 32) != 0) return 0x85;
  memory.copy(RESULT + 16, RESULT + 24, 8);
  return host.uptimeMs(RESULT + 56) == 0 ? 0 : 0x86;
}

/** Opening: erase, program, read back, one a slice. */
function background(): u32 {
  if (opening == 0) return 4;
  opening--;
  if (opening == 2) { if (host.flashErase(1) != 0) return 0x81; }
  if (opening == 1) {
    host.entropy(PAGE, 32);
    if (host.flashProgram(4096, PAGE, 32) != 0) return 0x81;
  }
  if (opening == 0) {
    if (host.flashRead(4096, PAGE + 32, 32) != 0) return 0x81;
    return 4;
  }
  return 1;
}

export function work(units: u32): u32 {
  for (let i: u32 = 0; i < units; i++) {
    if (staged == 0) {
      const status = background();
      if (status != 1) return status;
    } else if (slice()) {
      staged = 0;
      return 2;
    }
  }
  return 1;
}

function slice(): bool {
  left--;
  if (staged == 6 && left == 2 && load<u8>(INPUT, 32) == 0xee) unreachable();
  if (left != 0) return false;
  head(RESULT, 0x203, 24);
  // An entry that begins with 0xdd is refused at its key 3.
  const refused = staged == 4 && load<u8>(INPUT) == 0xdd;
  store<u32>(RESULT, refused ? 0x49 : 0, 8);
  store<u32>(RESULT, refused ? 3 : 0, 12);
  if (staged == 6 || staged == 7) judged();
  if (staged == 8) {
    memory.copy(IO + 8, INPUT, 32);
    store<u32>(IO, 0x602 | (1 << 16));
    store<u32>(IO, 40, 4);
  }
  return true;
}

function judged(): void {
  head(RESULT, 0x201, 128);
  store<u32>(RESULT, 0x2d87b4e1, 8);
  host.counterAdvance();
  phase = 1;
  generation++;
  store<u32>(RESULT, generation, 68);
  store<u32>(RESULT, 2, 72);
  store<u32>(RESULT, load<u32>(INPUT, 8), 124);
}

export function tick(): u32 {
  const steps = load<u64>(TICK, 8);
  const sensors = load<u32>(TICK, 20);
  if (load<u32>(TICK) != 0x10301) return 0x16;
  head(TICK, 0x302, 80);
  if (host.uptimeMs(TICK + 24) != 0) return 0x86;
  if (sensors != 0 && phase == 1) phase = 2;
  delivered = steps * 50;
  grant_number++;
  const running = phase == 1;
  store<u32>(TICK, running ? generation : 0, 8);
  store<u32>(TICK, grant_number, 12);
  store<u64>(TICK, running ? steps + 100 : steps, 16);
  store<u64>(TICK, load<u64>(TICK, 24) + (running ? 5000 : 0), 24);
  store<u32>(TICK, running ? 36000000 : 0, 32);
  store<u32>(TICK, sensors << 3, 36);
  store<u64>(TICK, delivered, 40);
  store<u32>(TICK, phase, 64);
  return 0;
}

export function local(): u32 {
  const action = load<u32>(LOCAL, 8);
  const given = load<u32>(LOCAL, 12);
  head(LOCAL, 0x402, 32);
  let status: u32 = 0;
  if (action == 1) phase = 0;
  else if (action == 2) phase = 2;
  else if (action == 9) {
    if (waiting == 0 || given != nonce) status = 0x76;
    else { phase = 1; waiting = 0; }
  } else {
    waiting = action;
    nonce++;
    status = 3;
    store<u32>(LOCAL, nonce, 12);
  }
  store<u32>(LOCAL, status, 8);
  store<u32>(LOCAL, phase, 24);
  return status;
}

/** Five records of four bytes in each of two streams, two a page. */
export function logRead(stream: u32, sequence: u32): u32 {
  if (staged != 0) return 0x10;
  if (stream > 1) return 0x15;
  if (sequence >= 5) return 4;
  const count: u32 = min<u32>(2, 5 - sequence);
  head(IO, 0x601, 64 + count * 4);
  store<u32>(IO, stream, 8);
  store<u32>(IO, sequence, 12);
  store<u32>(IO, count, 16);
  store<u32>(IO, 5, 20);
  for (let i: u32 = 0; i < count; i++) store<u32>(IO + i * 4, sequence + i, 64);
  return 0;
}

export function inspect(): u32 {
  head(INSPECT, 0x501, 312);
  store<u32>(INSPECT, phase, 48);
  store<u32>(INSPECT, generation, 52);
  store<u64>(INSPECT, delivered, 72);
  return 0;
}
`;

let compiled: Uint8Array<ArrayBuffer> | null = null;

/** The stub's wasm, compiled as the release module is. */
export function stubGateWasm(): Uint8Array<ArrayBuffer> {
  return (compiled ??= compile(SOURCE));
}

function compile(source: string): Uint8Array<ArrayBuffer> {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), "dosegate-stub-"));
  try {
    // The real host port, so that the imports are the real ones.
    copyFileSync(join(root, "assembly/host.ts"), join(folder, "host.ts"));
    writeFileSync(join(folder, "index.ts"), source);
    const features = ["bulk-memory", "sign-extension", "nontrapping-f2i", "mutable-globals"];
    const options = ["--runtime", "stub", "--use", "abort=", "--initialMemory", "1", "--maximumMemory", "1"];
    const disabled = features.flatMap((feature) => ["--disable", feature]);
    const asc = join(root, "node_modules/assemblyscript/bin/asc.js");
    execFileSync(
      process.execPath,
      [asc, "index.ts", "--baseDir", folder, "--outFile", "stub.wasm", "-O2", ...options, ...disabled],
      { stdio: "inherit" },
    );
    return new Uint8Array(readFileSync(join(folder, "stub.wasm")));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
