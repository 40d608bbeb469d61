/** The primitives of the diagnostic module, each called once with a known input. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { DIAG_BUFFER_BYTES } from "../../host-sim/gate/diag.js";
import { type SignedCase, signedCase, tampered } from "../host/signed-case.js";
import { DIAG_WASM } from "./paths.js";
import type { RecordedCall, Step } from "./script.js";
import type { Chapter, Tape } from "./tape.js";

const VALID = 0x2d5aa5d2;
const INVALID = 0xd2a55a2d;
/** One block of input that needs no second one for its padding. */
const BLOCK_BYTES = 55;
const SIZES = [200, 1024] as const;
/** About a dose command's Sig_structure. */
const MESSAGE_BYTES = 256;
const KEYS = 3;
const MESSAGES = 4;

/** Records calls of the diagnostic module. */
class DiagRecorder {
  readonly chapters: Chapter[] = [];
  readonly steps: Step[] = [];
  readonly #exports: Record<string, unknown>;
  readonly #memory: Uint8Array;
  readonly #buffer: number;

  constructor() {
    const module = new WebAssembly.Module(readFileSync(DIAG_WASM));
    this.#exports = new WebAssembly.Instance(module, {}).exports;
    this.#memory = new Uint8Array((this.#exports["memory"] as WebAssembly.Memory).buffer);
    this.#buffer = this.#function("ioBuffer")!()!;
    this.steps.push({ op: "instance", addresses: [this.#buffer] });
  }

  has(name: string): boolean {
    return this.#function(name) !== undefined;
  }

  /** One call in a chapter of its own; returns its result, 0 for none. */
  measure(chapter: string, name: string, args: readonly number[], input: Uint8Array): number {
    this.chapters.push({ name: chapter, firstCall: this.steps.length - 1 });
    const called = this.#function(name);
    if (called === undefined) throw new Error(`diagnostic module: no export ${name}; build it again`);
    const before = this.#area();
    this.#memory.set(input, this.#buffer);
    const status = (called(...args) ?? 0) >>> 0;
    const changes: RecordedCall["changes"] = changed(before, this.#area());
    this.steps.push({ op: "call", name, args, status, inputs: [["io", hex(input)]], imports: [], changes });
    return status;
  }

  output(bytes: number): string {
    return hex(this.#area().subarray(0, bytes));
  }

  #function(name: string): ((...args: number[]) => number | undefined) | undefined {
    return this.#exports[name] as ((...args: number[]) => number | undefined) | undefined;
  }

  #area(): Uint8Array {
    return this.#memory.slice(this.#buffer, this.#buffer + DIAG_BUFFER_BYTES);
  }
}

/** Every primitive that has a row, and each answer checked against Node's own. */
export function primitives(): Tape {
  const diag = new DiagRecorder();
  hashes(diag);
  signatures(diag);
  return {
    name: "primitives",
    recording: { areas: [["io", DIAG_BUFFER_BYTES]], memoryBytes: 0, steps: diag.steps },
    chapters: diag.chapters,
    touchedBytes: 0,
  };
}

function hashes(diag: DiagRecorder): void {
  for (const algorithm of ["sha256", "sha512"] as const) {
    for (const bytes of [BLOCK_BYTES, ...SIZES]) {
      const message = new Uint8Array(bytes).fill(0x3c);
      const row = bytes === BLOCK_BYTES ? "one-block" : String(bytes);
      diag.measure(`${algorithm}/${row}`, algorithm, [bytes], message);
      const wanted = createHash(algorithm).update(message).digest("hex");
      agree(algorithm, wanted, diag.output(wanted.length / 2));
    }
  }
  diag.measure("hmac-sha256/200", "hmacSha256", [32, 200], new Uint8Array(232).fill(0x3c));
}

/** Several keys and messages: a row is the most that any of them takes. */
function signatures(diag: DiagRecorder): void {
  for (let key = 0; key < KEYS; key++) {
    for (const prepared of diag.has("ed25519Prepare") ? [false, true] : [false]) {
      const row = prepared ? "prepared" : "unprepared";
      if (prepared) {
        const { publicKey } = signedCase(key, 0, MESSAGE_BYTES);
        agree("preparation", 1, diag.measure("prepare-key", "ed25519Prepare", [], publicKey));
      }
      for (let index = 0; index < MESSAGES; index++) {
        const good = signedCase(key, index, MESSAGE_BYTES);
        agree("verification", VALID, verify(diag, `verify/${row}`, good));
        agree("verification", INVALID, verify(diag, `verify-refused/${row}`, tampered(good, "message", 0)));
      }
      agree("verification", VALID, verify(diag, `verify-1024/${row}`, signedCase(key, 0, 1024)));
    }
  }
}

function verify(diag: DiagRecorder, chapter: string, { publicKey, signature, message }: SignedCase): number {
  const input = new Uint8Array([...publicKey, ...signature, ...message]);
  return diag.measure(chapter, "ed25519Verify", [message.length], input);
}

function agree(what: string, wanted: string | number, found: string | number): void {
  if (wanted !== found) throw new Error(`diagnostic module: ${what} answers ${found}, not ${wanted}`);
}

/** What differs in the one area; nothing if nothing does. */
function changed(before: Uint8Array, after: Uint8Array): RecordedCall["changes"] {
  let first = 0;
  let last = after.length - 1;
  while (first <= last && after[first] === before[first]) first++;
  if (first > last) return [];
  while (after[last] === before[last]) last--;
  return [["io", first, hex(after.subarray(first, last + 1))]];
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
