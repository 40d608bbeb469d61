/**
 * The driver of this engine as a program of its own: `node dist/conformance/node-driver.js MODULE.wasm`. Slower than the one inside the
 * runner, and there because it takes the way that every other driver takes.
 */
import { readFileSync, readSync, writeSync } from "node:fs";
import type { ExportName } from "../gate/abi.js";
import { MemoryDriver } from "./memory-driver.js";
import {
  type CallEnd,
  fromHex,
  HOST_CALLS,
  type Host,
  type HostAnswer,
  type HostCall,
  LINE_BYTES_MAX,
  PROTOCOL,
  toHex,
} from "./protocol.js";

type Line = Readonly<Record<string, unknown>>;

/** Standard input by lines, waiting for each. */
class Input {
  readonly #chunk = Buffer.alloc(65536);
  #text = "";

  /** `null` at the end. */
  line(): Line | null {
    for (;;) {
      const at = this.#text.indexOf("\n");
      if (at >= 0) {
        const line = this.#text.slice(0, at);
        this.#text = this.#text.slice(at + 1);
        return JSON.parse(line) as Line;
      }
      const count = readSync(0, this.#chunk, 0, this.#chunk.length, null);
      if (count === 0) return null;
      this.#text += this.#chunk.toString("latin1", 0, count);
    }
  }
}

function say(answer: object): void {
  const line = `${JSON.stringify(answer)}\n`;
  if (line.length > LINE_BYTES_MAX) throw new RangeError(`a line of ${line.length} bytes`);
  writeSync(1, line);
}

const input = new Input();
const driver = new MemoryDriver(new Uint8Array(readFileSync(process.argv[2]!)), "node-lines");

/** Hands a host call on; a request that comes instead of its answer is an export called from inside it. */
const host: Host = (call) => {
  say(callLine(call));
  return answer();
};

function answer(): HostAnswer {
  const line = input.line();
  if (line === null) process.exit(0);
  if (typeof line["status"] === "number") {
    return { status: line["status"], data: fromHex(line["data"] as string) };
  }
  if (line["cut"] !== undefined) return { cut: true };
  if (line["op"] !== "call") {
    say({ error: "inside a host call only calls are taken here" });
    return answer();
  }
  return {
    call: line["name"] as ExportName,
    args: line["args"] as number[],
    then: (end) => {
      say({ ok: "call", ...ended(end) });
      return answer();
    },
  };
}

function callLine({ name, numbers, data }: HostCall): object {
  const fields = HOST_CALLS[name].numbers.map((field, i) => [field, numbers[i]]);
  return { host: name, ...(Object.fromEntries(fields) as object), ...(data && { data: toHex(data) }) };
}

const ended = ({ status, trap, watched }: CallEnd): object =>
  status === undefined ? { trap: trap!.replace(/["\\]/g, "'"), watched } : { status, watched };

async function request(line: Line): Promise<object> {
  const number = (field: string): number => line[field] as number;
  switch (line["op"]) {
    case "hello":
      return { protocol: PROTOCOL, ...driver.hello };
    case "load":
      return { heap_base: (await driver.load()).heapBase };
    case "write":
      await driver.write(number("at"), fromHex(line["data"] as string));
      return {};
    case "read":
      return { data: toHex(await driver.read(number("at"), number("length"))) };
    case "hash":
      return { sha256: await driver.hash(number("at"), number("length")) };
    case "watch":
      await driver.watch(number("at"), number("length"));
      return {};
    case "call":
      return ended(await driver.call(line["name"] as ExportName, line["args"] as number[], host));
    case "save":
      await driver.save(number("slot"));
      return {};
    case "restore":
      await driver.restore(number("slot"));
      return {};
    default:
      throw new RangeError(`no request ${String(line["op"])}`);
  }
}

for (let line = input.line(); line !== null && line["op"] !== "bye"; line = input.line()) {
  try {
    say({ ok: line["op"], ...(await request(line)) });
  } catch (error) {
    say({ error: (error as Error).message.replace(/["\\]/g, "'") });
  }
}
