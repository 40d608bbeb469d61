/**
 * Processors that a pump may have: how fast each is, and what it takes for every call of the gate. Instructions are counted, exactly
 * (bench/mcu); what an instruction takes is derived, on zero wait states, and validated on no silicon.
 */
import { COSTS } from "./profile-costs.js";

export type ProfileCore = "cortex-m4" | "cortex-m0plus";

/** Prices by kind, each the most that was seen of it. */
export interface KindCosts {
  /** "boot", "tick/no-flash", "local/STOP", "submit": of the call itself, without its slices. */
  readonly calls: Readonly<Record<string, number>>;
  /** Of every slice of a verb, by its index; of background work, one. */
  readonly slices: Readonly<Record<string, readonly number[]>>;
}

export interface CoreCosts {
  readonly instructions: KindCosts;
  /** Derived, where a table of the core's cycles was laid over what ran. */
  readonly cycles: KindCosts | null;
}

export interface Costs {
  /** SHA-256 of the module that was measured, hex. */
  readonly module: string;
  readonly cores: Readonly<Record<ProfileCore, CoreCosts>>;
}

export interface Profile {
  /** What `--profile` takes. */
  readonly name: string;
  readonly title: string;
  /** Whose instructions are charged. */
  readonly core: ProfileCore;
  readonly mhz: number;
  readonly engine: string;
  /** For every instruction; null: the derived cycles of each kind. */
  readonly cyclesPerInstruction: number | null;
  /** How cycles are known. */
  readonly basis: string;
}

const WASM2C = "wasm2c, gcc -O2, every access checked";
const BASIS: Readonly<Record<ProfileCore, string>> = {
  "cortex-m4": "kind by kind, from a table of the core's cycles over the blocks that ran (bench/mcu)",
  "cortex-m0plus": "kind by kind, from rp2040js: a table of cycles, multiplication in one",
};
/**
 * So many instructions of a Cortex-M4 are the work of a microsecond where V8 runs the gate on a server's processor: a command's 99th
 * percentile there (bench/results/host.json) beside its instructions, rounded down. It stands for the simulating machine, whatever it is.
 */
const HOST_MHZ = 9000;

export const PROFILES: readonly Profile[] = [
  profile("m4-168", "Cortex-M4, 168 MHz", "cortex-m4", 168),
  profile("m4-64", "Cortex-M4, 64 MHz", "cortex-m4", 64),
  profile("rp2040-133", "Cortex-M0+ (RP2040), 133 MHz", "cortex-m0plus", 133),
  profile("m0plus-48", "Cortex-M0+, 48 MHz", "cortex-m0plus", 48),
  {
    name: "host",
    title: "this host, nominal",
    core: "cortex-m4",
    mhz: HOST_MHZ,
    engine: "V8",
    cyclesPerInstruction: 1,
    basis: `${HOST_MHZ} of a Cortex-M4's instructions in a microsecond, nominal`,
  },
];

/** A processor with its usual engine and cycles. `mhz` may be any number above 0. */
export function profile(name: string, title: string, core: ProfileCore, mhz: number): Profile {
  if (!(mhz > 0)) throw new RangeError(`profile ${name}: ${mhz} MHz is not above 0`);
  return { name, title, core, mhz, engine: WASM2C, cyclesPerInstruction: null, basis: BASIS[core] };
}

/** Throws RangeError with the names that there are. */
export function profileNamed(name: string): Profile {
  const found = PROFILES.find((it) => it.name === name);
  if (found !== undefined) return found;
  throw new RangeError(`no profile ${name}: there are ${PROFILES.map((it) => it.name).join(", ")}`);
}

/** Cycles for an instruction over all slices of commands: given, or what the derived cycles come to. */
export function cyclesPerInstruction({ core, cyclesPerInstruction: given }: Profile, costs = COSTS): number {
  const { instructions, cycles } = costs.cores[core];
  if (given !== null || cycles === null) return given ?? 1;
  const sum = ({ slices }: KindCosts) => slices["submit"]!.reduce((total, price) => total + price, 0);
  return sum(cycles) / sum(instructions);
}

/** What calls and slices take on one processor. */
export class PriceList {
  readonly #kinds: KindCosts;
  readonly #perUs: number;
  readonly #sliceMost: number;
  readonly #localMost: number;

  constructor({ core, mhz, cyclesPerInstruction: given }: Profile, costs: Costs = COSTS) {
    const { instructions, cycles } = costs.cores[core];
    const counted = given === null ? cycles : null;
    if (given === null && cycles === null) {
      throw new RangeError(`${core}: no cycles known, give how many an instruction takes`);
    }
    this.#kinds = counted ?? instructions;
    this.#perUs = mhz / (given ?? 1);
    this.#sliceMost = Math.max(...Object.values(this.#kinds.slices).flat());
    const local = Object.entries(this.#kinds.calls).filter(([name]) => name.startsWith("local/"));
    this.#localMost = Math.max(...local.map(([, price]) => price));
  }

  /** Whole microseconds, rounded up. An action at the panel that was not measured costs the most of those that were. */
  callUs(name: string): number {
    const { calls } = this.#kinds;
    const price = calls[name] ?? (name.startsWith("local/") ? this.#localMost : calls["inspect"]!);
    return Math.ceil(price / this.#perUs);
  }

  /** Of a verb's slice, or of background work. Beyond what was measured: the longest of the verb, or of all. */
  sliceUs(verb: string, index: number): number {
    const prices = this.#kinds.slices[verb];
    const price = prices?.[index] ?? (prices === undefined ? this.#sliceMost : Math.max(...prices));
    return Math.ceil(price / this.#perUs);
  }
}
