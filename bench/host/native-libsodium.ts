/** libsodium as Debian builds it, outside of any engine: a C program that waits for its turn (native-libsodium.c). */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Absent, Contender, Identity } from "./contender.js";
import { hashMessage } from "./hash-peer.js";
import { ROOT } from "./package-version.js";
import { type SignedCase, tampered } from "./signed-case.js";

/** The name under which budgets and bars know it. */
export const NATIVE = "native libsodium";

const DIRECTORY = join(ROOT, "out/bench");
const PROGRAM = join(DIRECTORY, "native-libsodium");

/** Of this process: every one has a file of its own. */
let started = 0;

interface Asked {
  readonly resolve: (line: string) => void;
  readonly reject: (why: Error) => void;
}

/** Compiles the program. Returns what is missing and how to get it, `null` if nothing. */
export function compileNative(): string | null {
  mkdirSync(DIRECTORY, { recursive: true });
  const source = join(ROOT, "bench/host/native-libsodium.c");
  try {
    execFileSync("gcc", ["-O2", "-Wall", "-Wextra", "-o", PROGRAM, source, "-lsodium"], { stdio: "pipe" });
    return null;
  } catch {
    return "not here; on Debian: apt-get install gcc libsodium-dev";
  }
}

/** The running program. */
export class NativeLibsodium {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #asked: Asked[] = [];
  #ended: Error | null = null;

  constructor(cases: readonly SignedCase[]) {
    const file = `${PROGRAM}.${process.pid}.${started++}.cases`;
    writeFileSync(file, Buffer.concat(cases.map(pack)));
    this.#process = spawn(PROGRAM, [file], { stdio: "pipe" });
    createInterface({ input: this.#process.stdout }).on("line", (line) => this.#asked.shift()?.resolve(line));
    this.#process.on("exit", (code) => {
      rmSync(file, { force: true });
      this.#ended = new Error(`${NATIVE} ended, exit code ${code ?? "none"}`);
      for (const { reject } of this.#asked.splice(0)) reject(this.#ended);
    });
  }

  /** The version it prints when it begins; to be asked first, and once. */
  version(): Promise<string> {
    return this.#answer();
  }

  order(line: string): Promise<string> {
    if (this.#ended === null) this.#process.stdin.write(`${line}\n`);
    return this.#answer();
  }

  stop(): void {
    this.#process.stdin.end();
  }

  #answer(): Promise<string> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => this.#asked.push({ resolve, reject }));
  }
}

/** Its verification, after a gate like everybody's: all good cases are valid, none of the forged ones. */
export async function nativeEd25519(cases: readonly SignedCase[]): Promise<Contender | Absent> {
  const missing = compileNative();
  if (missing !== null) return { ...identity(""), absent: missing };
  const control = new NativeLibsodium(
    cases.map((it, i) => tampered(it, i % 2 === 0 ? "signature" : "message", i)),
  );
  await control.version();
  const accepted = Number(await control.order("check"));
  control.stop();
  const native = new NativeLibsodium(cases);
  const version = await native.version();
  const valid = Number(await native.order("check"));
  const right = valid === cases.length && accepted === 0;
  return {
    ...identity(version),
    wrong: right ? null : `takes ${valid} of ${cases.length} good signatures and ${accepted} forged ones`,
    measure: async (times) => Number(await native.order(`verify ${times}`)),
    stop: () => native.stop(),
  };
}

/** Its digest of `bytes`. */
export async function nativeHash(
  bits: 256 | 512,
  bytes: number,
  cases: readonly SignedCase[],
): Promise<Contender | Absent> {
  const missing = compileNative();
  if (missing !== null) return { ...identity(""), absent: missing };
  const native = new NativeLibsodium(cases);
  const version = await native.version();
  const expected = createHash(`sha${bits}`).update(hashMessage(bytes)).digest("hex");
  const right = (await native.order(`digest${bits} ${bytes}`)) === expected;
  return {
    ...identity(version),
    wrong: right ? null : "wrong digest",
    measure: async (times) => Number(await native.order(`sha${bits} ${bytes} ${times}`)),
    stop: () => native.stop(),
  };
}

function identity(version: string): Identity {
  return {
    name: NATIVE,
    version,
    engine: "native",
    note: "C, a process of its own that takes its turn in every round",
  };
}

function pack({ publicKey, signature, message }: SignedCase): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(message.length);
  return Buffer.concat([publicKey, signature, length, message]);
}
