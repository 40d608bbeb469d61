/**
 * Trust and library alone (test/support/trust-source.ts), with everything around them in the test's hands: what is in flash,
 * whether a write succeeds, the clock, the counter.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { main } from "./asc.js";
import { STATUS } from "../../host-sim/gate/status.js";
import { ENTRY, SOURCES, trimLayout } from "./trust-source.js";

const ROOT = join(import.meta.dirname, "../..");

const OPTIONS = [
  "--runtime=stub",
  "--use=abort=",
  "--initialMemory=1",
  "--maximumMemory=1",
  "--memoryBase=8192",
  "--optimizeLevel=3",
  "--shrinkLevel=2",
  "--disable=bulk-memory",
  "--disable=sign-extension",
  "--disable=nontrapping-f2i",
  "--disable=mutable-globals",
];

let compiled: Promise<WebAssembly.Module> | undefined;

async function compile(): Promise<WebAssembly.Module> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await main([ENTRY, "--outFile=bench.wasm", ...OPTIONS], {
    readFile: (name: string) => {
      const replaced = SOURCES.get(name);
      if (replaced !== undefined) return replaced;
      try {
        const text = readFileSync(join(ROOT, name), "utf8");
        return name === "assembly/layout.ts" ? trimLayout(text) : text;
      } catch {
        return null;
      }
    },
    writeFile: (_name: string, contents: string | Uint8Array) => {
      if (typeof contents !== "string") binary = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || binary === undefined) {
    throw new Error(`the bench does not compile\n${stderr.toString()}`);
  }
  return new WebAssembly.Module(new Uint8Array(binary));
}

/** One event as it was prepared for the log. */
export interface LoggedEvent {
  readonly kind: number;
  /** Numbers as bigint, bytes as they are. */
  readonly details: ReadonlyMap<number, bigint | Uint8Array>;
}

/** How a staged verb ended. */
export interface Outcome {
  readonly status: number;
  readonly detail: number;
  readonly value: bigint;
  /** Slices it took; 0 for a refusal at once. */
  readonly slices: number;
}

/** Regions of the module whose bytes tests compare. */
export const REGION = {
  state: 0,
  next: 1,
  trust: 2,
  active: 3,
  waiting: 4,
  install: 5,
  installManifest: 6,
  installTree: 7,
  drug: 8,
  profile: 9,
  device: 10,
} as const;

type Call = (...args: (number | bigint)[]) => number;

export class TrustBench {
  /** Parts of the objects in flash: 0 device, 1 root, 2 and 3 manifests. */
  parts = new Map<number, Uint8Array>();
  /** Status of the next commits; of the step that ends writing objects; of formatting. */
  commitStatus: number = STATUS.OK;
  objectsStatus: number = STATUS.OK;
  formatStatus: number = STATUS.OK;
  /** Host clock, undefined = unknown. */
  wallTimeS: bigint | undefined;
  hardwareCounter = 0;
  counterFails = false;
  /** Events whose records were committed. */
  readonly events: LoggedEvent[] = [];
  /** Called before every slice. */
  between: (slice: number) => void = () => undefined;

  readonly #calls: Record<string, Call>;
  readonly #memory: WebAssembly.Memory;
  #staged = new Map<number, Uint8Array>();
  #objectSteps = 0;
  #formatSteps = 0;
  #eventDetails = 0;
  #event: { kind: number; details: Map<number, bigint | Uint8Array> } | undefined;

  private constructor(module: WebAssembly.Module) {
    const instance = new WebAssembly.Instance(module, { host: this.#host(), test: this.#test() });
    this.#calls = instance.exports as unknown as Record<string, Call>;
    this.#memory = instance.exports["memory"] as WebAssembly.Memory;
  }

  /** A bench with nothing in flash. */
  static async create(): Promise<TrustBench> {
    compiled ??= compile();
    return new TrustBench(await compiled);
  }

  #host(): Record<string, (...args: number[]) => number> {
    return {
      wallTimeS: (out) => {
        if (this.wallTimeS === undefined) return 1;
        new DataView(this.#memory.buffer).setBigUint64(out, this.wallTimeS, true);
        return 0;
      },
      counterRead: (out) => {
        if (this.counterFails) return 1;
        new DataView(this.#memory.buffer).setUint32(out, this.hardwareCounter, true);
        return 0;
      },
      counterAdvance: () => {
        if (this.counterFails) return 1;
        this.hardwareCounter++;
        return 0;
      },
    };
  }

  #test(): Record<string, (...args: never[]) => number | undefined> {
    return {
      commitStatus: () => {
        const told = this.#event?.details.size ?? this.#eventDetails;
        if (told !== this.#eventDetails) {
          throw new Error(`an event of ${this.#eventDetails} details has ${told}`);
        }
        if (this.commitStatus === STATUS.OK) {
          if (this.#event) this.events.push(this.#event);
          if (this.#staged.size > 0) this.parts = new Map([...this.parts, ...this.#staged]);
          this.#staged = new Map();
        }
        this.#event = undefined;
        return this.commitStatus;
      },
      formatStatus: () => (this.#formatSteps++ % 2 === 0 ? STATUS.WORKING : this.formatStatus),
      stage: (part: number, address: number, length: number) => {
        this.#staged.set(part, this.read(address, length));
        return undefined;
      },
      begin: () => {
        this.#objectSteps = 0;
        return undefined;
      },
      step: () => (this.#objectSteps++ < 3 ? STATUS.WORKING : this.objectsStatus),
      read: (part: number, out: number, max: number) => {
        const bytes = this.parts.get(part) ?? new Uint8Array();
        if (bytes.length > max) return 0;
        this.write(out, bytes);
        return bytes.length;
      },
      eventBegin: (kind: number, details: number) => {
        this.#event = { kind, details: new Map() };
        this.#eventDetails = details;
        return undefined;
      },
      eventUnsigned: (key: number, value: bigint) => {
        this.#event!.details.set(key, value);
        return undefined;
      },
      eventBytes: (key: number, address: number, length: number) => {
        this.#event!.details.set(key, this.read(address, length));
        return undefined;
      },
    };
  }

  call(name: string, ...args: (number | bigint)[]): number {
    const fn = this.#calls[name];
    if (!fn) throw new Error(`the bench has no export ${name}`);
    const value: number | bigint = fn(...args);
    return typeof value === "bigint" ? Number(value) : value >>> 0;
  }

  read(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer.slice(address, address + length));
  }

  write(address: number, bytes: Uint8Array): void {
    new Uint8Array(this.#memory.buffer).set(bytes, address);
  }

  region(name: keyof typeof REGION): Uint8Array {
    return this.read(this.call("region", REGION[name]), this.call("regionBytes", REGION[name]));
  }

  /** Everything that a refused verb must leave as it was, as one text. */
  fingerprint(): string {
    const regions = (
      ["state", "next", "trust", "active", "waiting", "installManifest", "installTree"] as const
    ).map((name) => Buffer.from(this.region(name)).toString("hex"));
    const parts = [...this.parts].map(([part, bytes]) => `${part}:${Buffer.from(bytes).toString("hex")}`);
    return [...regions, ...parts, this.events.length, this.hardwareCounter, this.call("installOpen")].join(
      "|",
    );
  }

  /** Stages `verb` with `bytes` in the I/O buffer and runs its slices to the end. */
  run(verb: string, bytes?: Uint8Array): Outcome {
    if (bytes) this.write(this.call("io"), bytes.subarray(0, 8192));
    const staged = bytes ? this.call(verb, bytes.length) : this.call(verb);
    if (staged !== STATUS.WORKING) return { ...this.#outcome(), status: staged, slices: 0 };
    // What the host does to its buffer after the call must not matter.
    this.write(this.call("io"), new Uint8Array(8192).fill(0xee));
    for (let slices = 1; slices < 100_000; slices++) {
      this.between(slices);
      if (this.call(`${verb}Step`) === STATUS.DONE) return { ...this.#outcome(), slices };
    }
    throw new Error(`${verb} does not end`);
  }

  #outcome(): Outcome {
    const view = new DataView(this.#memory.buffer, this.call("result"));
    return {
      status: view.getUint32(8, true),
      detail: view.getUint32(12, true),
      value: view.getBigUint64(16, true),
      slices: 0,
    };
  }

  state(): {
    counter: number;
    flags: number;
    rootVersion: number;
    floorS: number;
    active: number;
    next: number;
  } {
    return {
      counter: this.call("stateCounter"),
      flags: this.call("stateFlags"),
      rootVersion: this.call("stateRootVersion"),
      floorS: this.call("stateFloor"),
      active: this.call("stateActive"),
      next: this.call("stateNext"),
    };
  }
}
