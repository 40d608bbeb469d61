/** Recordings as the binary scripts that ports/c/replay reads; replay.h says what stands in them. */
import type { TraceLine } from "../../host-sim/gate/recorder.js";
import type { Signatures } from "./signature.js";

const MAGIC = 0x31524744;
const OP = { instance: 1, call: 2, memory: 3, end: 4 } as const;
const HOW = { nothing: 0, writes: 1, reads: 2 } as const;
const NO_RESULT = 1;

/** Where an import's outputs go: the index of its pointer; and whether they are what it was given. */
const POINTERS: Readonly<Record<string, { readonly pointer: number; readonly how: number }>> = {
  flashGeometry: { pointer: 0, how: HOW.writes },
  flashRead: { pointer: 1, how: HOW.writes },
  flashProgram: { pointer: 1, how: HOW.reads },
  uptimeMs: { pointer: 0, how: HOW.writes },
  wallTimeS: { pointer: 0, how: HOW.writes },
  entropy: { pointer: 0, how: HOW.writes },
  counterRead: { pointer: 0, how: HOW.writes },
};

export interface RecordedImport {
  readonly name: string;
  readonly args: readonly number[];
  readonly status: number;
  /** What it wrote, or was given; hex. */
  readonly data: string;
}

export interface RecordedCall {
  readonly op: "call";
  readonly name: string;
  readonly args: readonly number[];
  readonly status: number;
  readonly inputs: readonly (readonly [area: string, hex: string])[];
  readonly imports: readonly RecordedImport[];
  readonly changes: readonly (readonly [area: string, offset: number, hex: string])[];
}

export type Step =
  | { readonly op: "instance"; readonly addresses: readonly number[] }
  | RecordedCall
  /** FNV-1a over the words of linear memory up to `memoryBytes`. */
  | { readonly op: "memory"; readonly checksum: number };

export interface Recording {
  /** Names and sizes of the shared areas. */
  readonly areas: readonly (readonly [name: string, bytes: number])[];
  /** How much of linear memory a checksum covers. */
  readonly memoryBytes: number;
  readonly steps: readonly Step[];
}

export function recordedCalls(recording: Recording): RecordedCall[] {
  return recording.steps.filter((step) => step.op === "call");
}

/** What host-sim/gate/recorder.ts has recorded. Throws if a call did not return: such a recording cannot be measured. */
export function fromTrace(lines: readonly TraceLine[], checksums: readonly number[]): Recording {
  const header = lines[0];
  if (header?.op !== "trace") throw new Error("the recording does not begin with its trace line");
  const areas = Object.entries(header["areas"] as Record<string, number>);
  const steps: Step[] = [];
  const sums = [...checksums];
  for (const line of lines) {
    if (line.op === "instance") {
      const addresses = line["areas"] as Record<string, number>;
      steps.push({ op: "instance", addresses: areas.map(([area]) => addresses[area]!) });
    } else if (line.op === "memory") {
      const checksum = sums.shift();
      if (checksum !== undefined) steps.push({ op: "memory", checksum });
    } else if (line.op === "call") {
      if (line["status"] === undefined) throw new Error(`${String(line["name"])} did not return`);
      const imports = line["imports"] as [string, readonly number[], number, string][];
      steps.push({
        ...(line as unknown as RecordedCall),
        imports: imports.map(([name, args, status, data]) => ({ name, args, status, data })),
      });
    }
  }
  return { areas, memoryBytes: header["memory_bytes"] as number, steps };
}

/** FNV-1a over whole words, as replay.c computes it. */
export function checksum(memory: Uint8Array): number {
  const words = new DataView(memory.buffer, memory.byteOffset, memory.byteLength & ~3);
  let hash = 0x811c9dc5;
  for (let at = 0; at < words.byteLength; at += 4) {
    hash = Math.imul(hash ^ words.getUint32(at, true), 0x01000193);
  }
  return hash >>> 0;
}

/** The script of a recording for a module with these signatures. */
export function encodeScript(recording: Recording, { imports, exports }: Signatures): Uint8Array {
  const out = new Words();
  const { areas, memoryBytes, steps } = recording;
  const areaNumber = (name: string) =>
    known(
      "area",
      areas.findIndex(([area]) => area === name),
      name,
    );
  out.words(MAGIC, memoryBytes, areas.length, ...areas.map(([, bytes]) => bytes));
  let calls = 0;
  for (const step of steps) {
    if (step.op === "instance") out.words(OP.instance, ...step.addresses);
    else if (step.op === "memory") out.words(OP.memory, step.checksum);
    else {
      calls++;
      const number = exports.findIndex(({ name }) => name === step.name);
      const flags = exports[known("export", number, step.name)]!.returns ? 0 : NO_RESULT;
      const counts = step.inputs.length + step.imports.length * 2 ** 8 + step.changes.length * 2 ** 24;
      out.words(
        OP.call + number * 2 ** 8 + step.args.length * 2 ** 16 + flags * 2 ** 24,
        step.status,
        counts,
      );
      out.words(...step.args);
      for (const [area, hex] of step.inputs) out.words(areaNumber(area), hex.length / 2).data(hex);
      for (const made of step.imports) {
        const id = known(
          "import",
          imports.findIndex(({ name }) => name === made.name),
          made.name,
        );
        const { pointer, how } = POINTERS[made.name] ?? { pointer: 0, how: HOW.nothing };
        out.words(id + made.args.length * 2 ** 8 + how * 2 ** 16, made.status);
        out.words(how === HOW.nothing ? 0 : made.args[pointer]!, made.data.length / 2, ...made.args);
        out.data(made.data);
      }
      for (const [area, offset, hex] of step.changes) {
        out.words(areaNumber(area), offset, hex.length / 2).data(hex);
      }
    }
  }
  return out.words(OP.end, calls).bytes();
}

function known(what: string, number: number, name: string): number {
  if (number < 0) throw new Error(`the module has no ${what} ${name}; build it again: npm run build:wasm`);
  return number;
}

class Words {
  readonly #pieces: Buffer[] = [];

  words(...values: number[]): this {
    const piece = Buffer.alloc(values.length * 4);
    values.forEach((value, i) => piece.writeUInt32LE(value >>> 0, i * 4));
    this.#pieces.push(piece);
    return this;
  }

  data(hex: string): this {
    const bytes = Buffer.from(hex, "hex");
    this.#pieces.push(bytes, Buffer.alloc(-bytes.length & 3));
    return this;
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#pieces);
  }
}
