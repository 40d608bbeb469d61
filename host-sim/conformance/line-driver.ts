/** A driver that is another program, spoken to in lines (docs/CONFORMANCE.md, section 2). */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { ExportName, HostImportName } from "../gate/abi.js";
import {
  type CallEnd,
  type Driver,
  DriverError,
  fromHex,
  type Hello,
  type Host,
  HOST_CALLS,
  type HostAnswer,
  type HostCall,
  LINE_BYTES_MAX,
  PROTOCOL,
  toHex,
} from "./protocol.js";

export interface LineDriverOptions {
  readonly command: readonly string[];
  readonly cwd?: string;
  /** Silence of the driver that is taken for its end, s. Default 120. */
  readonly timeoutS?: number;
}

type Line = Readonly<Record<string, unknown>>;

/** How much of what a driver says on standard error is kept for its obituary. */
const COMPLAINT_BYTES = 2000;

export class LineDriver implements Driver {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #timeoutMs: number;
  #hello: Hello = { driver: "", engine: "", module: "", slots: 0 };
  #pending = "";
  readonly #lines: string[] = [];
  #waiting: ((line: string | null) => void) | null = null;
  #complaint = "";
  #end: string | null = null;

  private constructor(options: LineDriverOptions) {
    const [command, ...args] = options.command;
    this.#timeoutMs = (options.timeoutS ?? 120) * 1000;
    this.#child = spawn(command!, args, { cwd: options.cwd, stdio: ["pipe", "pipe", "pipe"] });
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#take(text);
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-COMPLAINT_BYTES);
    });
    // A write to a driver that has gone is noticed by its end.
    this.#child.stdin.on("error", () => undefined);
    this.#child.on("error", (error) => {
      this.#ended(error.message);
    });
    this.#child.on("close", (code, signal) => {
      this.#ended(`exit ${code ?? signal ?? "unknown"}`);
    });
  }

  /** Starts the program and greets it. Throws DriverError. */
  static async start(options: LineDriverOptions): Promise<LineDriver> {
    const driver = new LineDriver(options);
    const answer = await driver.#ask({ op: "hello", protocol: PROTOCOL });
    const { driver: name, engine, module, slots } = answer;
    if (answer["protocol"] !== PROTOCOL || typeof name !== "string" || typeof module !== "string") {
      throw driver.#broken(`answers hello with ${JSON.stringify(answer)}`);
    }
    driver.#hello = { driver: name, engine: String(engine), module, slots: Number(slots) };
    return driver;
  }

  get hello(): Hello {
    return this.#hello;
  }

  async load(): Promise<{ heapBase: number }> {
    return { heapBase: this.#number(await this.#ask({ op: "load" }), "heap_base") };
  }

  async write(at: number, bytes: Uint8Array): Promise<void> {
    await this.#ask({ op: "write", at, data: toHex(bytes) });
  }

  async read(at: number, length: number): Promise<Uint8Array> {
    return fromHex(this.#text(await this.#ask({ op: "read", at, length }), "data"));
  }

  async hash(at: number, length: number): Promise<string> {
    return this.#text(await this.#ask({ op: "hash", at, length }), "sha256");
  }

  async watch(at: number, length: number): Promise<void> {
    await this.#ask({ op: "watch", at, length });
  }

  async save(slot: number): Promise<void> {
    await this.#ask({ op: "save", slot });
  }

  async restore(slot: number): Promise<void> {
    await this.#ask({ op: "restore", slot });
  }

  async call(name: ExportName, args: readonly number[], host: Host): Promise<CallEnd> {
    this.#send({ op: "call", name, args: args.map((value) => value >>> 0) });
    for (;;) {
      const line = await this.#receive();
      if (!("host" in line)) return this.#callEnd(this.#expect("call", line));
      let answer = host(this.#hostCall(line));
      while ("call" in answer) answer = answer.then(await this.call(answer.call, answer.args, host));
      this.#send(answerLine(answer));
    }
  }

  async close(): Promise<void> {
    if (this.#end !== null) return;
    this.#send({ op: "bye" });
    this.#child.stdin.end();
    const gone = new Promise<void>((resolve) => {
      this.#child.once("close", () => {
        resolve();
      });
    });
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 5000);
    await gone;
    clearTimeout(timer);
  }

  #hostCall(line: Line): HostCall {
    const name = line["host"] as HostImportName;
    const shape = HOST_CALLS[name] as (typeof HOST_CALLS)[HostImportName] | undefined;
    if (shape === undefined) throw this.#broken(`makes a host call of no such name: ${JSON.stringify(line)}`);
    const numbers = shape.numbers.map((field) => this.#number(line, field));
    return { name, numbers, ...(name === "flashProgram" && { data: fromHex(this.#text(line, "data")) }) };
  }

  #callEnd(line: Line): CallEnd {
    const { status, trap, instructions } = line;
    return {
      ...(typeof status === "number" && { status }),
      ...(typeof trap === "string" && { trap }),
      watched: this.#text(line, "watched"),
      ...(typeof instructions === "number" && { instructions }),
    };
  }

  async #ask(request: { readonly op: string } & Line): Promise<Line> {
    this.#send(request);
    return this.#expect(request.op, await this.#receive());
  }

  #expect(op: string, line: Line): Line {
    if (typeof line["error"] === "string") throw this.#broken(`refuses ${op}: ${line["error"]}`);
    if (line["ok"] !== op) throw this.#broken(`answers ${op} with ${JSON.stringify(line).slice(0, 200)}`);
    return line;
  }

  #send(request: object): void {
    const text = `${JSON.stringify(request)}\n`;
    if (text.length > LINE_BYTES_MAX) {
      throw new RangeError(`a line of ${text.length} bytes is too long to send`);
    }
    this.#child.stdin.write(text);
  }

  #take(text: string): void {
    const lines = (this.#pending + text).split("\n");
    this.#pending = lines.pop()!;
    for (const line of lines) {
      const waiting = this.#waiting;
      this.#waiting = null;
      if (waiting === null) this.#lines.push(line);
      else waiting(line);
    }
  }

  async #receive(): Promise<Line> {
    const ready = this.#lines.shift();
    const text = ready ?? (this.#end === null ? await this.#next() : null);
    if (text === null) {
      throw this.#broken(`is gone (${this.#end ?? `silent for ${this.#timeoutMs / 1000} s`})`);
    }
    if (text.length >= LINE_BYTES_MAX) throw this.#broken(`says a line of ${text.length + 1} bytes`);
    try {
      return JSON.parse(text) as Line;
    } catch {
      throw this.#broken(`says what is no line of the protocol: ${text.slice(0, 200)}`);
    }
  }

  #next(): Promise<string | null> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting = null;
        resolve(null);
      }, this.#timeoutMs);
      this.#waiting = (line) => {
        clearTimeout(timer);
        resolve(line);
      };
    });
  }

  #ended(why: string): void {
    this.#end ??= why;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.(null);
  }

  #broken(what: string): DriverError {
    const complaint = this.#complaint.trim();
    if (this.#end === null) this.#child.kill("SIGKILL");
    return new DriverError(`the driver ${what}${complaint === "" ? "" : `; it says: ${complaint}`}`);
  }

  #number(line: Line, field: string): number {
    const value = line[field];
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 2 ** 32) return value;
    throw this.#broken(`leaves ${field} out: ${JSON.stringify(line).slice(0, 200)}`);
  }

  #text(line: Line, field: string): string {
    const value = line[field];
    if (typeof value === "string") return value;
    throw this.#broken(`leaves ${field} out: ${JSON.stringify(line).slice(0, 200)}`);
  }
}

function answerLine(answer: Exclude<HostAnswer, { call: unknown }>): object {
  return "cut" in answer ? { cut: 1 } : { status: answer.status, data: toHex(answer.data) };
}
