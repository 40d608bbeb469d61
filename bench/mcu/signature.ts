/**
 * What a module imports and exports, with the number of parameters of each: read from the binary (WebAssembly core
 * specification 5.5), because JavaScript's own reflection does not tell parameters.
 */

export interface Signature {
  readonly name: string;
  readonly parameters: number;
  /** It returns an i32; else nothing. */
  readonly returns: boolean;
}

export interface Signatures {
  /** Functions only, in the module's order: their numbers in a script. */
  readonly imports: readonly Signature[];
  readonly exports: readonly Signature[];
}

const SECTION = { type: 1, import: 2, function: 3, memory: 5, export: 7 } as const;
const PAGE_BYTES = 65536;
/** Limits with a maximum. */
const BOUNDED = 1;
const KIND_FUNCTION = 0;
const I32 = 0x7f;

/** Reads the signatures of a module whose functions take and return i32 only. Throws where it is something else. */
export function signatures(wasm: Uint8Array): Signatures {
  const reader = new Reader(wasm);
  reader.skip(8);
  let types: readonly Omit<Signature, "name">[] = [];
  const functionTypes: number[] = [];
  const imports: Signature[] = [];
  const exports: Signature[] = [];
  while (!reader.atEnd) {
    const id = reader.byte();
    const end = reader.leb() + reader.at;
    if (id === SECTION.type) types = reader.list(() => type(reader));
    if (id === SECTION.import) {
      reader.list(() => {
        reader.text();
        const name = reader.text();
        if (reader.byte() !== KIND_FUNCTION) throw new Error(`import ${name}: not a function`);
        const index = reader.leb();
        functionTypes.push(index);
        imports.push({ name, ...types[index]! });
      });
    }
    if (id === SECTION.function) functionTypes.push(...reader.list(() => reader.leb()));
    if (id === SECTION.export) {
      reader.list(() => {
        const name = reader.text();
        const kind = reader.byte();
        const index = reader.leb();
        if (kind === KIND_FUNCTION) exports.push({ name, ...types[functionTypes[index]!]! });
      });
    }
    reader.skip(end - reader.at);
  }
  return { imports, exports };
}

/** Bytes of the module's one memory, if its minimum is its maximum. Throws if it can grow. */
export function fixedMemoryBytes(wasm: Uint8Array): number {
  const reader = new Reader(wasm);
  reader.skip(8);
  while (!reader.atEnd) {
    const id = reader.byte();
    const end = reader.leb() + reader.at;
    if (id === SECTION.memory && reader.leb() === 1) {
      const bounded = reader.byte() === BOUNDED;
      const pages = reader.leb();
      if (bounded && reader.leb() === pages) return pages * PAGE_BYTES;
      throw new Error("linear memory can grow: no constant holds for its size");
    }
    reader.skip(end - reader.at);
  }
  throw new Error("the module has no memory of its own");
}

function type(reader: Reader): Omit<Signature, "name"> {
  if (reader.byte() !== 0x60) throw new Error("not a function type");
  const parameters = reader.list(() => reader.byte());
  const results = reader.list(() => reader.byte());
  return { parameters: parameters.length, returns: results.length === 1 && results[0] === I32 };
}

class Reader {
  at = 0;
  constructor(readonly bytes: Uint8Array) {}

  get atEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    const value = this.bytes[this.at++];
    if (value === undefined) throw new Error("the module ends early");
    return value;
  }

  /** Unsigned LEB128. */
  leb(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  text(): string {
    const length = this.leb();
    this.at += length;
    return new TextDecoder().decode(this.bytes.subarray(this.at - length, this.at));
  }

  list<T>(read: () => T): T[] {
    return Array.from({ length: this.leb() }, read);
  }

  skip(bytes: number): void {
    this.at += bytes;
  }
}
