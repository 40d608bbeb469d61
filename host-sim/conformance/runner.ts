/**
 * Runs protocol vectors on a driver. Fixtures form a tree; each is reached once and kept in one of the driver's slots for the vectors
 * that begin there, so that a small target verifies no signature twice that it need not.
 */
import { DriverError, type Driver } from "./protocol.js";
import { Difference, DrivenPump, type Known } from "./pump.js";
import type { Fixture, ProtocolVector } from "./vector.js";

/** One vector's outcome; `why` in words where it failed. */
export interface VectorResult {
  readonly topic: string;
  readonly vector: ProtocolVector;
  readonly passed: boolean;
  readonly why?: string;
  /** Memory was not compared, or the vector not run at all, because it is of another module. */
  readonly skipped?: "memory" | "vector";
  readonly instructions: number;
  readonly ms: number;
}

/** A vector with where it comes from. */
export interface Work {
  readonly topic: string;
  /** SHA-256 of the module that it was made with. */
  readonly module: string;
  readonly vector: ProtocolVector;
}

export interface RunOptions {
  readonly fixtures: Readonly<Record<string, Fixture>>;
  /** Makes the driver anew after it died; a driver that cannot be started again ends the run. */
  readonly restart?: () => Promise<Driver>;
  readonly result?: (result: VectorResult, done: number, all: number) => void;
}

/** How often a driver may die before the run is given up. */
const DEATHS_MAX = 5;

/** Every vector, those of one fixture together. Throws DriverError where the driver dies for good. */
export async function runVectors(
  driver: Driver,
  work: readonly Work[],
  options: RunOptions,
): Promise<VectorResult[]> {
  const results: VectorResult[] = [];
  let stage = new Stage(driver, options.fixtures);
  let deaths = 0;
  for (const one of inOrder(work, options.fixtures)) {
    let result: VectorResult;
    try {
      result = await stage.run(one);
    } catch (thrown) {
      if (!(thrown instanceof DriverError) || options.restart === undefined || ++deaths > DEATHS_MAX) {
        throw thrown;
      }
      result = { ...one, passed: false, why: `the driver died: ${thrown.message}`, instructions: 0, ms: 0 };
      stage = new Stage(await options.restart(), options.fixtures);
    }
    results.push(result);
    options.result?.(result, results.length, work.length);
  }
  await stage.pump.driver.close();
  return results;
}

/** Those that share a fixture one after the other, fixtures in the order of their tree. */
function inOrder(work: readonly Work[], fixtures: RunOptions["fixtures"]): Work[] {
  const keys = new Map(Object.keys(fixtures).map((name) => [name, lineOf(name, fixtures).join("\n")]));
  const key = (one: Work) => keys.get(one.vector.fixture) ?? "";
  return work
    .map((one, i) => ({ one, i }))
    .sort((a, b) => (key(a.one) < key(b.one) ? -1 : key(a.one) > key(b.one) ? 1 : a.i - b.i))
    .map(({ one }) => one);
}

/** A fixture and those it begins from, the first of them first. Throws RangeError for one that is not there, or leads to itself. */
export function lineOf(name: string, fixtures: RunOptions["fixtures"]): string[] {
  const line: string[] = [];
  for (let at: string | undefined = name; at !== undefined; at = fixtures[at]!.from) {
    if (fixtures[at] === undefined) throw new RangeError(`no fixture "${at}"`);
    if (line.includes(at)) throw new RangeError(`fixture "${at}" leads to itself`);
    line.unshift(at);
  }
  return line;
}

interface Kept {
  readonly known: Known;
  readonly slot: number;
  used: number;
}

class Stage {
  readonly pump: DrivenPump;
  readonly #fixtures: RunOptions["fixtures"];
  readonly #kept = new Map<string, Kept>();
  /** Why a fixture cannot be reached. */
  readonly #broken = new Map<string, string>();
  #clock = 0;

  constructor(driver: Driver, fixtures: RunOptions["fixtures"]) {
    this.pump = new DrivenPump(driver);
    this.#fixtures = fixtures;
  }

  async run(work: Work): Promise<VectorResult> {
    const began = performance.now();
    const { module } = this.pump.driver.hello;
    const ours = module === work.module;
    const end = (passed: boolean, why?: string, skipped?: VectorResult["skipped"]): VectorResult => ({
      topic: work.topic,
      vector: work.vector,
      passed,
      ...(why !== undefined && { why }),
      ...(skipped && { skipped }),
      instructions: this.pump.instructions,
      ms: performance.now() - began,
    });
    this.pump.instructions = 0;
    if (!ours && work.vector.steps.some((step) => "flip" in step)) return end(true, undefined, "vector");
    try {
      await this.#reach(work.vector.fixture);
      this.pump.instructions = 0;
      let number = 0;
      for (const step of work.vector.steps) {
        number++;
        await this.#do(step, `step ${number} of ${work.vector.steps.length}`);
      }
      if (!ours) return end(true, undefined, "memory");
      const memory = await this.pump.memory();
      const same = memory === work.vector.memory;
      return same ? end(true) : end(false, `memory ends as ${memory}, not ${work.vector.memory}`);
    } catch (thrown) {
      if (!(thrown instanceof Difference)) throw thrown;
      return end(false, thrown.message);
    }
  }

  async #do(step: ProtocolVector["steps"][number], where: string): Promise<void> {
    try {
      await this.pump.do(step);
    } catch (thrown) {
      if (thrown instanceof Difference) throw new Difference(`${where}: ${thrown.message}`);
      if (thrown instanceof RangeError) throw new Difference(`${where}: ${thrown.message}`);
      throw thrown;
    }
  }

  /** Brings the pump to a fixture: from the nearest state that is kept. */
  async #reach(name: string): Promise<void> {
    const line = lineOf(name, this.#fixtures);
    const broken = line.find((one) => this.#broken.has(one));
    if (broken !== undefined) throw new Difference(`fixture "${broken}": ${this.#broken.get(broken)!}`);
    let from = line.length;
    while (from > 0 && !this.#kept.has(line[from - 1]!)) from--;
    if (from === 0) this.pump.blank();
    else await this.#recall(this.#kept.get(line[from - 1]!)!);
    for (const one of line.slice(from)) await this.#advance(one, line);
  }

  async #recall(kept: Kept): Promise<void> {
    kept.used = ++this.#clock;
    await this.pump.driver.restore(kept.slot);
    this.pump.recall(kept.known);
  }

  async #advance(name: string, line: readonly string[]): Promise<void> {
    const { steps } = this.#fixtures[name]!;
    let number = 0;
    try {
      for (const step of steps) {
        number++;
        await this.#do(step, `step ${number} of ${steps.length}`);
      }
    } catch (thrown) {
      if (!(thrown instanceof Difference)) throw thrown;
      this.#broken.set(name, thrown.message);
      throw new Difference(`fixture "${name}": ${thrown.message}`);
    }
    const slot = this.#slotFor(line);
    if (slot === null) return;
    await this.pump.driver.save(slot);
    this.#kept.set(name, { known: this.pump.known(), slot, used: ++this.#clock });
  }

  /** A slot that is free, or that of the state used longest ago; `null` if the driver keeps none. */
  #slotFor(line: readonly string[]): number | null {
    const { slots } = this.pump.driver.hello;
    if (this.#kept.size < slots) return this.#kept.size;
    const oldest = [...this.#kept].sort(
      ([a, x], [b, y]) => Number(line.includes(a)) - Number(line.includes(b)) || x.used - y.used,
    )[0];
    if (oldest === undefined) return null;
    this.#kept.delete(oldest[0]);
    return oldest[1].slot;
  }
}
