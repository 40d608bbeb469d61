/** An instance of the ledger alone (ledger-source.ts). Numbers and bigints as the exports take them. */
import { hostImports } from "../../host-sim/device/host.js";
import { compileHarness } from "./harness.js";
import { LEDGER_SOURCE } from "./ledger-source.js";
import { blankDevice } from "./store.js";

const MODULE = await compileHarness("ledger", LEDGER_SOURCE);

export const IDLE = 0;
export const RUNNING = 1;
export const PAUSED = 2;

/** The windows 0 to 3: hours, and buckets of what length in seconds (SPEC 6.3). */
export const WINDOWS = [
  { hours: 1, buckets: 60, bucketS: 60 },
  { hours: 2, buckets: 8, bucketS: 900 },
  { hours: 4, buckets: 16, bucketS: 900 },
  { hours: 24, buckets: 96, bucketS: 900 },
] as const;

type Functions = Record<string, (...args: (number | bigint)[]) => number | bigint | undefined>;

export class Ledger {
  readonly #f: Functions;

  constructor() {
    const device = blankDevice();
    const instance: WebAssembly.Instance = new WebAssembly.Instance(MODULE, {
      host: hostImports(device, () => instance.exports["memory"] as WebAssembly.Memory),
    });
    this.#f = instance.exports as unknown as Functions;
    this.call("ledgerAdvance", 0n); // the clock begins with uptime 0
  }

  /** Calls an export; u32 results are unsigned. */
  call(name: string, ...args: (number | bigint)[]): number {
    const f = this.#f[name];
    if (f === undefined) throw new Error(`the ledger's harness exports no ${name}`);
    return Number(f(...args)) >>> 0;
  }

  /** Calls an export whose result is a u64. */
  wide(name: string, ...args: (number | bigint)[]): bigint {
    return BigInt.asUintN(64, BigInt(this.#f[name]!(...args)!));
  }

  /** A running program of a patient, 1 base unit per nL unless told; its account is open. */
  start(
    generation: number,
    ingredient = 8,
    options: { flags?: number; amount?: bigint; volumeNl?: bigint } = {},
  ): this {
    const { flags = 0, amount = 1n, volumeNl = 1n } = options;
    this.call("setProgram", RUNNING, generation, ingredient, flags, amount, volumeNl);
    this.call("setFlow", generation, 0n, 0n);
    this.call("record");
    return this;
  }

  /** So much has been delivered since the start; charged at once. */
  deliver(generation: number, deliveredNl: bigint, bolusNl = 0n): this {
    this.call("setFlow", generation, deliveredNl, bolusNl);
    this.call("record");
    return this;
  }

  /** Uptime goes on to `seconds`, in steps no longer than one record closes, with a record after each. */
  until(seconds: number): this {
    for (;;) {
      const due = this.call("ledgerAdvance", BigInt(seconds) * 1000n);
      if (due === 0) return this;
      this.call("commit");
    }
  }
}
