/** The driver of this process: the module under the JavaScript engine that runs the runner, without a line between them. */
import { createHash } from "node:crypto";
import { IMPORTS, IMPORT_MODULE, type ExportName, type HostImportName } from "../gate/abi.js";
import { type CallEnd, type Driver, type Hello, type Host, hostArguments } from "./protocol.js";

const SLOTS = 64;

/** Thrown through the module where the power goes. */
class Cut extends Error {
  override readonly name = "Cut";
}

export class MemoryDriver implements Driver {
  readonly hello: Hello;
  readonly #module: WebAssembly.Module;
  readonly #watches: { at: number; length: number }[] = [];
  readonly #slots = new Map<number, Uint8Array>();
  #exports: Record<string, unknown> = {};
  #memory: WebAssembly.Memory | null = null;
  #heapBase = 0;
  #host: Host | null = null;

  constructor(wasm: Uint8Array<ArrayBuffer>, name = "node") {
    this.#module = new WebAssembly.Module(wasm);
    const { v8 } = process.versions;
    this.hello = { driver: name, engine: `V8 ${v8}`, module: sha256(wasm), slots: SLOTS };
  }

  load(): Promise<{ heapBase: number }> {
    const names = Object.keys(IMPORTS) as HostImportName[];
    const imports = Object.fromEntries(
      names.map((name) => [name, (...raw: number[]) => this.#import(name, raw)]),
    );
    this.#exports = new WebAssembly.Instance(this.#module, { [IMPORT_MODULE]: imports }).exports;
    this.#memory = this.#exports["memory"] as WebAssembly.Memory;
    this.#heapBase = (this.#exports["__heap_base"] as WebAssembly.Global).value;
    return Promise.resolve({ heapBase: this.#heapBase });
  }

  write(at: number, bytes: Uint8Array): Promise<void> {
    this.#view(at, bytes.length).set(bytes);
    return Promise.resolve();
  }

  read(at: number, length: number): Promise<Uint8Array> {
    return Promise.resolve(this.#view(at, length).slice());
  }

  hash(at: number, length: number): Promise<string> {
    return Promise.resolve(sha256(this.#view(at, length)));
  }

  watch(at: number, length: number): Promise<void> {
    this.#watches.push({ at, length });
    return Promise.resolve();
  }

  call(name: ExportName, args: readonly number[], host: Host): Promise<CallEnd> {
    return Promise.resolve(this.#call(name, args, host));
  }

  save(slot: number): Promise<void> {
    this.#slots.set(slot, this.#view(0, this.#heapBase).slice());
    return Promise.resolve();
  }

  restore(slot: number): Promise<void> {
    const state = this.#slots.get(slot);
    if (state === undefined) return Promise.reject(new RangeError(`slot ${slot} is empty`));
    this.#view(0, state.length).set(state);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #call(name: ExportName, args: readonly number[], host: Host): CallEnd {
    const outer = this.#host;
    this.#host = host;
    try {
      const target = this.#exports[name] as (...args: readonly number[]) => number;
      return { status: target(...args) >>> 0, watched: this.#watched() };
    } catch (thrown) {
      if (thrown instanceof Cut) return { trap: "cut", watched: this.#watched() };
      if (!(thrown instanceof WebAssembly.RuntimeError)) throw thrown;
      return { trap: thrown.message, watched: this.#watched() };
    } finally {
      this.#host = outer;
    }
  }

  #import(name: HostImportName, raw: readonly number[]): number {
    const { numbers, pointer, length } = hostArguments(name, raw);
    const host = this.#host!;
    const data = name === "flashProgram" ? this.#view(pointer, length).slice() : undefined;
    let answer = host({ name, numbers, ...(data && { data }) });
    while ("call" in answer) answer = answer.then(this.#call(answer.call, answer.args, host));
    if ("cut" in answer) throw new Cut("the power went");
    this.#view(pointer, answer.data.length).set(answer.data);
    return answer.status;
  }

  #watched(): string {
    const hash = createHash("sha256");
    for (const { at, length } of this.#watches) hash.update(this.#view(at, length));
    return hash.digest("hex");
  }

  #view(at: number, length: number): Uint8Array {
    if (this.#memory === null) throw new Error("no instance: load one first");
    return new Uint8Array(this.#memory.buffer, at, length);
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
